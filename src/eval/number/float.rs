//! Binary floating point with as many bits as wanted, rounded to the nearest and halves to even: Go's `math/big.Float`, by which
//! Terraform computes.

use std::cmp::Ordering;

use super::natural::Natural;

/// `mantissa` times 2 to the `exponent`. The mantissa is odd, or zero.
#[derive(Clone, Debug)]
pub struct Float {
    pub negative: bool,
    mantissa: Natural,
    exponent: i64,
    /// How many bits of mantissa a result that is computed from this one may have.
    pub precision: u32,
}

/// A number with more bits than this before or after its point is given up: some 600 digits.
const LARGEST: i64 = 1 << 11;

/// Decimal digits `d1 d2 d3…` that stand for 0.d1d2d3… times 10 to the `point`. Zero has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    pub digits: String,
    pub point: i64,
}

/// How many digits a number is written with.
#[derive(Clone, Copy, Debug)]
pub enum Digits {
    /// As few as tell it from its neighbours.
    Shortest,
    /// So many after the point.
    Fraction(usize),
    /// So many from the first that is not zero.
    Significant(usize),
}

impl Float {
    pub fn new(negative: bool, mantissa: Natural, exponent: i64, precision: u32) -> Option<Float> {
        Float::rounded(negative, mantissa, exponent, false, precision)
    }

    /// `more`: there is something after the last bit of the mantissa, which has more bits than `precision` then.
    fn rounded(negative: bool, mantissa: Natural, exponent: i64, more: bool, precision: u32) -> Option<Float> {
        let (mut mantissa, mut exponent) = (mantissa, exponent);
        let cut = mantissa.length().saturating_sub(precision as usize);
        if cut > 0 {
            let half = mantissa.bit(cut - 1);
            let beyond = more || mantissa.trailing_zeros() < cut - 1;
            mantissa = mantissa.shifted_right(cut);
            if half && (beyond || mantissa.is_odd()) {
                mantissa = mantissa.plus(&Natural::new(1));
            }
            exponent += i64::try_from(cut).ok()?;
        }
        let zeros = mantissa.trailing_zeros();
        mantissa = mantissa.shifted_right(zeros);
        exponent = if mantissa.is_zero() { 0 } else { exponent + i64::try_from(zeros).ok()? };
        let top = exponent.checked_add(i64::try_from(mantissa.length()).ok()?)?;
        (exponent >= -LARGEST && top <= LARGEST).then_some(Float { negative, mantissa, exponent, precision })
    }

    /// `digits` (without sign or point) times 10 to the `exponent`.
    pub fn from_decimal(negative: bool, digits: &str, exponent: i64, precision: u32) -> Option<Float> {
        if digits.len() as i64 > LARGEST / 3 || exponent.unsigned_abs() > LARGEST.unsigned_abs() / 3 {
            return None;
        }
        let mantissa = Natural::from_decimal(digits)?;
        let power = Natural::power(5, usize::try_from(exponent.unsigned_abs()).ok()?);
        if exponent >= 0 {
            return Float::new(negative, mantissa.times(&power), exponent, precision);
        }
        Float::quotient(negative, &mantissa, &power, exponent, precision)
    }

    fn quotient(negative: bool, dividend: &Natural, divisor: &Natural, exponent: i64, precision: u32) -> Option<Float> {
        let room = (precision as usize + 2 + divisor.length()).saturating_sub(dividend.length());
        let (quotient, rest) = dividend.shifted_left(room).divide(divisor);
        Float::rounded(negative, quotient, exponent - i64::try_from(room).ok()?, !rest.is_zero(), precision)
    }

    pub fn from_f64(value: f64) -> Option<Float> {
        let bits = value.to_bits();
        let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i64, bits & ((1 << 52) - 1));
        // Those next to zero have no leading one.
        let (mantissa, exponent) = if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
        if value.is_finite() { Float::new(value.is_sign_negative(), Natural::new(mantissa.into()), exponent, 53) } else { None }
    }

    pub fn to_f64(&self) -> f64 {
        let cut = self.mantissa.length().saturating_sub(64);
        let top = self.mantissa.shifted_right(cut).to_u128().unwrap_or(0);
        // One bit for all that is cut off keeps halves from being taken for halves.
        let beyond = u128::from(cut > 0 && self.mantissa.trailing_zeros() < cut);
        let exponent = i32::try_from(self.exponent + cut as i64).unwrap_or(0);
        let size = (top << 1 | beyond) as f64 * 2_f64.powi(exponent / 2) * 2_f64.powi(exponent - exponent / 2 - 1);
        if self.negative { -size } else { size }
    }

    pub fn is_zero(&self) -> bool {
        self.mantissa.is_zero()
    }

    pub fn is_whole(&self) -> bool {
        self.exponent >= 0
    }

    /// The size of what stands before the point.
    pub fn whole(&self) -> Natural {
        let bits = usize::try_from(self.exponent.unsigned_abs()).unwrap_or(0);
        if self.exponent >= 0 { self.mantissa.shifted_left(bits) } else { self.mantissa.shifted_right(bits) }
    }

    /// The sum as its own bits have it, before it is rounded.
    fn sum(&self, other: &Float, precision: u32) -> Option<Float> {
        let exponent = self.exponent.min(other.exponent);
        let aligned = |float: &Float| usize::try_from(float.exponent - exponent).ok().map(|bits| float.mantissa.shifted_left(bits));
        let (a, b) = (aligned(self)?, aligned(other)?);
        let (negative, mantissa) = match a.cmp(&b) {
            _ if self.negative == other.negative => (self.negative, a.plus(&b)),
            Ordering::Less => (other.negative, b.minus(&a)),
            Ordering::Equal => (false, Natural::default()),
            Ordering::Greater => (self.negative, a.minus(&b)),
        };
        Float::new(negative, mantissa, exponent, precision)
    }

    pub fn plus(&self, other: &Float) -> Option<Float> {
        self.sum(other, self.precision.max(other.precision))
    }

    pub fn negated(&self) -> Float {
        Float { negative: !self.negative, ..self.clone() }
    }

    /// With so many bits as both have, and more where the product has more: cty computes it with 512.
    pub fn times(&self, other: &Float) -> Option<Float> {
        let widest = self.precision.max(other.precision);
        let product = self.product(other, 512.max(widest))?;
        let precision = widest.max(u32::try_from(product.mantissa.length()).ok()?);
        Some(Float { precision, ..product })
    }

    fn product(&self, other: &Float, precision: u32) -> Option<Float> {
        let exponent = self.exponent + other.exponent;
        Float::new(self.negative != other.negative, self.mantissa.times(&other.mantissa), exponent, precision)
    }

    /// `other` is not zero.
    pub fn over(&self, other: &Float) -> Option<Float> {
        let (exponent, negative) = (self.exponent - other.exponent, self.negative != other.negative);
        Float::quotient(negative, &self.mantissa, &other.mantissa, exponent, self.precision.max(other.precision))
    }

    /// What remains of a division that is cut off at the point, with the rounding that cty has on the way. `other` is not zero.
    pub fn remainder(&self, other: &Float) -> Option<Float> {
        let ratio = self.over(other)?;
        let times = Float::new(ratio.negative, ratio.whole(), 0, self.precision)?;
        self.sum(&other.product(&times, self.precision)?.negated(), self.precision)
    }

    /// The next whole number in a direction.
    pub fn to_whole(&self, up: bool) -> Option<Float> {
        let away = !self.is_whole() && self.negative != up;
        let whole = if away { self.whole().plus(&Natural::new(1)) } else { self.whole() };
        Float::new(self.negative && !whole.is_zero(), whole, 0, self.precision)
    }

    pub fn compare(&self, other: &Float) -> Ordering {
        match self.sum(&other.negated(), u32::MAX) {
            Some(difference) if difference.is_zero() => Ordering::Equal,
            Some(difference) if difference.negative => Ordering::Less,
            _ => Ordering::Greater,
        }
    }

    pub fn decimal(&self, digits: Digits) -> Decimal {
        let exact = exact(&self.mantissa, self.exponent);
        match digits {
            Digits::Shortest => self.shortest(exact),
            Digits::Fraction(count) => cut(&exact, exact.point.saturating_add(count as i64)),
            Digits::Significant(count) => cut(&exact, count as i64),
        }
    }

    /// Any number within half a bit of this one, after the last of its precision, would be read as this one. Digits are taken until
    /// what they say is within.
    fn shortest(&self, exact_digits: Decimal) -> Decimal {
        if self.mantissa.is_zero() {
            return exact_digits;
        }
        // So that the last bit of the mantissa is half of one.
        let shift = (self.precision as usize + 1).saturating_sub(self.mantissa.length());
        let (mantissa, exponent) = (self.mantissa.shifted_left(shift), self.exponent - shift as i64);
        let (one, inclusive) = (Natural::new(1), !mantissa.bit(1));
        let (lower, upper) = (exact(&mantissa.minus(&one), exponent), exact(&mantissa.plus(&one), exponent));
        let at = |decimal: &Decimal, index: usize| decimal.digits.as_bytes().get(index).copied().unwrap_or(b'0');
        for (index, digit) in exact_digits.digits.bytes().enumerate() {
            let (low, high) = (at(&lower, index), at(&upper, index));
            let down = low != digit || (inclusive && index + 1 == lower.digits.len());
            let up = digit != high && (inclusive || digit + 1 < high || index + 1 < upper.digits.len());
            match (down, up) {
                (true, true) => return cut(&exact_digits, index as i64 + 1),
                (true, false) => return cut_off(&exact_digits, index + 1, false),
                (false, true) => return cut_off(&exact_digits, index + 1, true),
                (false, false) => {}
            }
        }
        exact_digits
    }
}

/// All digits of `mantissa` times 2 to the `exponent`.
fn exact(mantissa: &Natural, exponent: i64) -> Decimal {
    let power = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
    let (whole, decimals) = match exponent {
        0.. => (mantissa.shifted_left(power), 0),
        // Over a power of two is times one of five, and then over one of ten.
        _ => (mantissa.times(&Natural::power(5, power)), exponent.unsigned_abs() as i64),
    };
    if whole.is_zero() {
        return Decimal { digits: String::new(), point: 0 };
    }
    let digits = whole.to_decimal();
    let point = digits.len() as i64 - decimals;
    Decimal { digits: digits.trim_end_matches('0').to_owned(), point }
}

/// The first `count` digits, rounded to the nearest and halves to even.
fn cut(decimal: &Decimal, count: i64) -> Decimal {
    let Ok(count) = usize::try_from(count) else { return Decimal { digits: String::new(), point: 0 } };
    let Some(rest) = decimal.digits.get(count..).filter(|rest| !rest.is_empty()) else { return decimal.clone() };
    let odd = count.checked_sub(1).and_then(|last| decimal.digits.as_bytes().get(last)).is_some_and(|digit| digit % 2 == 1);
    let up = if rest == "5" { odd } else { rest.as_bytes().first() >= Some(&b'5') };
    cut_off(decimal, count, up)
}

/// The first `count` digits, or the next larger number of so many.
fn cut_off(decimal: &Decimal, count: usize, up: bool) -> Decimal {
    let kept = decimal.digits.get(..count).unwrap_or(&decimal.digits);
    if !up {
        let digits = kept.trim_end_matches('0').to_owned();
        return Decimal { point: if digits.is_empty() { 0 } else { decimal.point }, digits };
    }
    let kept = kept.trim_end_matches('9');
    match kept.char_indices().next_back() {
        Some((last, digit)) => {
            let next = char::from_u32(digit as u32 + 1).unwrap_or('9');
            Decimal { digits: format!("{}{next}", kept.get(..last).unwrap_or_default()), point: decimal.point }
        }
        None => Decimal { digits: "1".to_owned(), point: decimal.point + 1 },
    }
}

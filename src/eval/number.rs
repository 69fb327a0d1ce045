//! Terraform numbers: binary floating point of up to 512 bits, as cty computes with Go's `math/big.Float`.

mod float;
mod natural;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use float::Float;
pub use float::{Decimal, Digits};
use natural::Natural;

/// A number. Small whole numbers, which are most, are kept in place.
#[derive(Clone, Debug)]
pub struct Number(Repr);

#[derive(Clone, Debug)]
enum Repr {
    /// A whole number and its precision in bits, which is enough for it.
    Small(i64, u16),
    Large(Arc<Float>),
}

/// What is written in source and in JSON has so many bits.
const WRITTEN: u16 = 512;
/// What functions count has as many as Go's integers.
const COUNTED: u16 = 64;
/// Whole numbers below this need no more bits than any number has: 2^53.
const FEW_BITS: u64 = 1 << 53;

impl Number {
    pub fn whole(value: i128) -> Number {
        match i64::try_from(value) {
            Ok(small) => Number(Repr::Small(small, COUNTED)),
            Err(_) => {
                let precision = (128 - value.unsigned_abs().leading_zeros()).max(COUNTED.into());
                let float = Float::new(value < 0, Natural::new(value.unsigned_abs()), 0, precision);
                float.map_or(Number(Repr::Small(0, COUNTED)), |float| Number(Repr::Large(Arc::new(float))))
            }
        }
    }

    /// Nothing for infinities and not-a-number. What Terraform computes with 64-bit floats keeps their 53 bits.
    pub fn float(value: f64) -> Option<Number> {
        Float::from_f64(value).map(Number::from)
    }

    /// Digits as HCL, JSON and strings write them: `1`, `-0.5`, `1e3`, `.5`. Nothing for anything else, and for more than some 600
    /// digits.
    pub fn parse(text: &str) -> Option<Number> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if let Ok(small) = digits.parse::<u32>()
            && digits.starts_with(|first: char| first.is_ascii_digit())
            && (small > 0 || digits.len() == text.len())
        {
            let small = i64::from(small);
            return Some(Number(Repr::Small(if digits.len() < text.len() { -small } else { small }, WRITTEN)));
        }
        let (negative, digits, exponent) = written(text)?;
        Float::from_decimal(negative, &digits, exponent, WRITTEN.into()).map(Number::from)
    }

    /// Whether a text that is no number here would be one with more room.
    pub fn is_too_large(text: &str) -> bool {
        Number::parse(text).is_none() && written(text).is_some()
    }

    /// As `parseint` reads it; the base is from 2 to 62.
    pub fn parse_whole(text: &str, base: u32, digit: impl Fn(char) -> Option<u32>) -> Option<Number> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let size = Natural::parse(digits.chars().map(digit), base)?;
        let precision = u32::try_from(size.length()).ok()?.max(COUNTED.into());
        Float::new(negative && !size.is_zero(), size, 0, precision).map(Number::from)
    }

    fn large(&self) -> Option<Float> {
        match &self.0 {
            Repr::Small(value, precision) => Float::new(*value < 0, Natural::new(value.unsigned_abs().into()), 0, (*precision).into()),
            Repr::Large(float) => Some(Float::clone(float)),
        }
    }

    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(value, _) => *value as f64,
            Repr::Large(float) => float.to_f64(),
        }
    }

    /// Whether it is computed with bit by bit, which takes a while.
    pub fn is_large(&self) -> bool {
        matches!(self.0, Repr::Large(_))
    }

    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(value, _) => *value < 0,
            Repr::Large(float) => float.negative,
        }
    }

    fn is_zero(&self) -> bool {
        match &self.0 {
            Repr::Small(value, _) => *value == 0,
            Repr::Large(float) => float.is_zero(),
        }
    }

    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Repr::Small(..) => true,
            Repr::Large(float) => float.is_whole(),
        }
    }

    /// The whole number it is, if it is one and fits.
    pub fn as_whole(&self) -> Option<i128> {
        match &self.0 {
            Repr::Small(value, _) => Some((*value).into()),
            Repr::Large(float) if float.is_whole() => {
                let size = i128::try_from(float.whole().to_u128()?).ok()?;
                Some(if float.negative { -size } else { size })
            }
            Repr::Large(_) => None,
        }
    }

    /// A position in a list, if it is one.
    pub fn as_index(&self) -> Option<usize> {
        self.as_whole().and_then(|whole| usize::try_from(whole).ok())
    }

    /// Computes with whole numbers where all is small, and the result is, and else bit by bit. Nothing where the result is too large.
    fn combine(&self, other: &Number, small: fn(i64, i64) -> Option<i64>, large: fn(&Float, &Float) -> Option<Float>) -> Option<Number> {
        if let (Repr::Small(a, first), Repr::Small(b, second)) = (&self.0, &other.0)
            && let Some(result) = small(*a, *b)
            && (result.unsigned_abs() < FEW_BITS || *first.max(second) >= COUNTED)
        {
            return Some(Number(Repr::Small(result, *first.max(second))));
        }
        large(&self.large()?, &other.large()?).map(Number::from)
    }

    pub fn add(&self, other: &Number) -> Option<Number> {
        self.combine(other, i64::checked_add, Float::plus)
    }

    pub fn subtract(&self, other: &Number) -> Option<Number> {
        self.combine(other, i64::checked_sub, |a, b| a.plus(&b.negated()))
    }

    pub fn multiply(&self, other: &Number) -> Option<Number> {
        // Zero times a negative number is the negative zero.
        self.combine(other, |a, b| a.checked_mul(b).filter(|product| *product != 0), Float::times)
    }

    /// Nothing for a division by zero, which has Terraform go on with an infinity.
    pub fn divide(&self, other: &Number) -> Option<Number> {
        let exact = |a: i64, b: i64| if b != 0 && a != 0 && a.checked_rem(b) == Some(0) { a.checked_div(b) } else { None };
        if other.is_zero() { None } else { self.combine(other, exact, Float::over) }
    }

    /// What remains of a division by zero is all.
    pub fn remainder(&self, other: &Number) -> Option<Number> {
        if other.is_zero() { Some(self.clone()) } else { self.combine(other, i64::checked_rem, Float::remainder) }
    }

    pub fn negate(&self) -> Option<Number> {
        match &self.0 {
            Repr::Small(value, precision) if *value != 0 => Some(Number(Repr::Small(value.checked_neg()?, *precision))),
            // A large number: the negative zero is one.
            _ => self.large().map(|float| Number(Repr::Large(Arc::new(float.negated())))),
        }
    }

    pub fn absolute(&self) -> Option<Number> {
        if self.is_negative() { self.negate() } else { Some(self.clone()) }
    }

    pub fn ceiling(&self) -> Option<Number> {
        if self.is_whole() { Some(self.clone()) } else { self.large()?.to_whole(true).map(Number::from) }
    }

    pub fn floor(&self) -> Option<Number> {
        if self.is_whole() { Some(self.clone()) } else { self.large()?.to_whole(false).map(Number::from) }
    }

    /// The digits of its size, and where its point stands.
    pub fn decimal(&self, digits: Digits) -> Decimal {
        self.large().map_or(Decimal { digits: String::new(), point: 0 }, |float| float.decimal(digits))
    }

    /// The digits of the size of a whole number to the base 2, 8, 10 or 16.
    pub fn whole_digits(&self, base: u32) -> Option<String> {
        let whole = self.large().filter(Float::is_whole)?.whole();
        Some(match base {
            2 => whole.to_power_of_two(1),
            8 => whole.to_power_of_two(3),
            16 => whole.to_power_of_two(4),
            _ => whole.to_decimal(),
        })
    }
}

/// Whether it is negative, its digits, and how many places its point stands behind them.
fn written(text: &str) -> Option<(bool, String, i64)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    if !digits(whole) || !digits(fraction) || whole.len() + fraction.len() == 0 || unsigned.is_empty() || !digits(unsigned) {
        return None;
    }
    // One that does not fit is too large whatever it is.
    let exponent = exponent.parse::<i64>().unwrap_or(i64::MAX);
    Some((negative, format!("{whole}{fraction}"), exponent.saturating_sub(i64::try_from(fraction.len()).ok()?)))
}

impl From<Float> for Number {
    fn from(float: Float) -> Number {
        let precision = u16::try_from(float.precision).ok();
        let small = if float.is_whole() { float.whole().to_u128().and_then(|size| i64::try_from(size).ok()) } else { None };
        match (small, precision) {
            (Some(size), Some(precision)) if !(float.negative && size == 0) && (size.unsigned_abs() < FEW_BITS || precision >= COUNTED) => {
                Number(Repr::Small(if float.negative { -size } else { size }, precision))
            }
            _ => Number(Repr::Large(Arc::new(float))),
        }
    }
}

impl Decimal {
    /// Without an exponent, and with `decimals` digits after the point, or as many as there are.
    pub fn plain(&self, decimals: Option<usize>) -> String {
        let digit = |position: i64| match usize::try_from(position) {
            Ok(position) => self.digits.as_bytes().get(position).map_or('0', |digit| *digit as char),
            Err(_) => '0',
        };
        let mut text: String = if self.point > 0 { (0..self.point).map(digit).collect() } else { "0".to_owned() };
        let there = (self.digits.len() as i64 - self.point).max(0);
        let decimals = decimals.map_or(there, |decimals| decimals as i64);
        if decimals > 0 {
            text.push('.');
            text.extend((0..decimals).map(|place| digit(self.point + place)));
        }
        text
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        match (&self.0, &other.0) {
            (Repr::Small(a, _), Repr::Small(b, _)) => Some(a.cmp(b)),
            _ => Some(self.large()?.compare(&other.large()?)),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(value, _) => write!(f, "{value}"),
            Repr::Large(float) => {
                let sign = if float.negative { "-" } else { "" };
                write!(f, "{sign}{}", float.decimal(Digits::Shortest).plain(None))
            }
        }
    }
}

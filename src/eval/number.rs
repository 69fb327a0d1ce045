//! Terraform numbers: whole numbers exactly up to 38 digits, others as 64-bit floats.

use std::fmt;

/// A number. Terraform computes with 512 bits; policies hold ports, days and account numbers.
#[derive(Clone, Debug)]
pub struct Number(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Whole(i128),
    Float(f64),
}

impl Number {
    pub fn whole(value: i128) -> Number {
        Number(Repr::Whole(value))
    }

    /// Nothing for infinities and not-a-number.
    pub fn float(value: f64) -> Option<Number> {
        if !value.is_finite() {
            return None;
        }
        // 2^120: within what i128 holds, so that equal numbers have one form.
        if value.fract() == 0.0 && value.abs() < 1.3e36 {
            return Some(Number::whole(value as i128));
        }
        Some(Number(Repr::Float(value)))
    }

    /// Digits as HCL and JSON write them, `1`, `-0.5`, `1e3`.
    pub fn parse(text: &str) -> Option<Number> {
        if let Ok(whole) = text.parse::<i128>() {
            return Some(Number::whole(whole));
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-')) {
            return None;
        }
        exponential(text).map(Number::whole).or_else(|| Number::float(text.parse().ok()?))
    }

    pub fn as_f64(&self) -> f64 {
        match self.0 {
            Repr::Whole(value) => value as f64,
            Repr::Float(value) => value,
        }
    }

    /// The whole number it is, if it is one.
    pub fn as_whole(&self) -> Option<i128> {
        match self.0 {
            Repr::Whole(value) => Some(value),
            Repr::Float(_) => None,
        }
    }

    /// A position in a list, if it is one.
    pub fn as_index(&self) -> Option<usize> {
        self.as_whole().and_then(|whole| usize::try_from(whole).ok())
    }

    /// Computes exactly where both are whole and the result fits, else with floats.
    pub fn combine(&self, other: &Number, exact: fn(i128, i128) -> Option<i128>, float: fn(f64, f64) -> f64) -> Option<Number> {
        if let (Repr::Whole(a), Repr::Whole(b)) = (&self.0, &other.0)
            && let Some(result) = exact(*a, *b)
        {
            return Some(Number::whole(result));
        }
        Number::float(tidy(float(self.as_f64(), other.as_f64())))
    }
}

/// A whole number written with a point or an exponent, `1e30`, with all its digits.
fn exponential(text: &str) -> Option<i128> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let zeros = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let power = 10_i128.checked_pow(u32::try_from(zeros).ok()?)?;
    format!("{whole}{fraction}").parse::<i128>().ok()?.checked_mul(power)
}

/// 0.1 + 0.2 is 0.3 with Terraform's 512 bits: a result that is a hair's breadth from a short decimal is meant to be that.
fn tidy(value: f64) -> f64 {
    let rounded = format!("{value:.14e}");
    let digits = rounded.split('e').next().unwrap_or_default().trim_end_matches('0');
    if digits.len() <= 13 { rounded.parse().unwrap_or(value) } else { value }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.partial_cmp(other) == Some(std::cmp::Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<std::cmp::Ordering> {
        match (&self.0, &other.0) {
            (Repr::Whole(a), Repr::Whole(b)) => Some(a.cmp(b)),
            _ => self.as_f64().partial_cmp(&other.as_f64()),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Repr::Whole(value) => write!(f, "{value}"),
            Repr::Float(value) => write!(f, "{value}"),
        }
    }
}

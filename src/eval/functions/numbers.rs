//! Functions over numbers.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/abs> and its neighbours.

use super::{ANY, Call, Function, Outcome, function};
use crate::eval::number::Number;

pub const TABLE: &[Function] = &[
    function("max", 1, ANY, |call| extreme(call, |new, best| new > best)),
    function("min", 1, ANY, |call| extreme(call, |new, best| new < best)),
    function("ceil", 1, 1, |call| round(call, f64::ceil)),
    function("floor", 1, 1, |call| round(call, f64::floor)),
    function("abs", 1, 1, abs),
    function("log", 2, 2, log),
    function("pow", 2, 2, pow),
    function("signum", 1, 1, signum),
    function("parseint", 2, 2, parseint),
];

fn extreme(call: &Call, better: fn(&Number, &Number) -> bool) -> Outcome {
    let mut best = call.number(0)?;
    for index in 1..call.count() {
        let number = call.number(index)?;
        if better(&number, &best) {
            best = number;
        }
    }
    call.give_number(Some(best))
}

fn round(call: &Call, direction: fn(f64) -> f64) -> Outcome {
    let number = call.number(0)?;
    call.give_number(if number.as_whole().is_some() { Some(number) } else { Number::float(direction(number.as_f64())) })
}

fn abs(call: &Call) -> Outcome {
    let number = call.number(0)?;
    call.give_number(match number.as_whole().and_then(i128::checked_abs) {
        Some(whole) => Some(Number::whole(whole)),
        None => Number::float(number.as_f64().abs()),
    })
}

/// Terraform computes it with 64-bit floats, too.
fn log(call: &Call) -> Outcome {
    let (number, base) = (call.number(0)?.as_f64(), call.number(1)?.as_f64());
    call.give_number(Number::float(number.ln() / base.ln()))
}

fn pow(call: &Call) -> Outcome {
    let power = call.number(0)?.as_f64().powf(call.number(1)?.as_f64());
    // Digits beyond what a 64-bit float holds are zeros in Terraform.
    call.give_number(if power.is_finite() { Number::parse(&format!("{power}")) } else { None })
}

fn signum(call: &Call) -> Outcome {
    let sign = call.whole(0)?.signum();
    call.give_number(Some(Number::whole(sign)))
}

fn parseint(call: &Call) -> Outcome {
    let argument = call.argument(0)?;
    if !matches!(argument.kind, crate::eval::value::Kind::String(_)) {
        return Err(call.fail("first argument must be a string"));
    }
    let text = call.text(0)?;
    let base = call.whole(1)?;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
    let valid = (2..=62).contains(&base) && !digits.is_empty();
    let number = digits.chars().try_fold(0_i128, |number, character| {
        let digit = digit(character, base)?;
        number.checked_mul(base)?.checked_add(digit)
    });
    match number {
        Some(number) if valid => call.give_number(Some(Number::whole(if text.starts_with('-') { -number } else { number }))),
        _ => Err(call.fail(format!("cannot parse {text:?} as a base {base} integer"))),
    }
}

/// Up to base 36 letters count the same in both cases; beyond it capitals come after small letters, as in Go's `math/big`.
fn digit(character: char, base: i128) -> Option<i128> {
    let offset = match character {
        '0'..='9' => character as i128 - '0' as i128,
        'a'..='z' => character as i128 - 'a' as i128 + 10,
        'A'..='Z' if base <= 36 => character as i128 - 'A' as i128 + 10,
        'A'..='Z' => character as i128 - 'A' as i128 + 36,
        _ => return None,
    };
    (offset < base).then_some(offset)
}

//! Functions over numbers.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/abs> and its neighbours.

use super::lists::too_many;
use super::{ANY, Call, Function, Outcome, function};
use crate::eval::number::Number;

/// Of what `parseint` reads: numbers are no larger anyway.
const LONGEST_DIGITS: usize = 600;

pub const TABLE: &[Function] = &[
    function("max", 1, ANY, |call| extreme(call, |new, best| new > best)),
    function("min", 1, ANY, |call| extreme(call, |new, best| new < best)),
    function("ceil", 1, 1, |call| change(call, Number::ceiling)),
    function("floor", 1, 1, |call| change(call, Number::floor)),
    function("abs", 1, 1, |call| change(call, Number::absolute)),
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

/// What a number becomes; nothing where it would be too large.
fn change(call: &Call, change: fn(&Number) -> Option<Number>) -> Outcome {
    let number = call.number(0)?;
    call.give_number(change(&number))
}

/// Terraform computes it with 64-bit floats, too.
fn log(call: &Call) -> Outcome {
    let (number, base) = (call.number(0)?.as_f64(), call.number(1)?.as_f64());
    call.give_number(Number::float(number.ln() / base.ln()))
}

/// With 64-bit floats.
fn pow(call: &Call) -> Outcome {
    call.give_number(Number::float(call.number(0)?.as_f64().powf(call.number(1)?.as_f64())))
}

/// Of whole numbers of 64 bits only.
fn signum(call: &Call) -> Outcome {
    let whole = i64::try_from(call.whole(0)?).map_err(|_| call.wrong("whole number of 64 bits"))?;
    call.give_number(Some(Number::whole(whole.signum().into())))
}

fn parseint(call: &Call) -> Outcome {
    let argument = call.argument(0)?;
    if !matches!(argument.kind, crate::eval::value::Kind::String(_) | crate::eval::value::Kind::Unknown(_)) {
        return Err(call.fail("first argument must be a string"));
    }
    let text = call.text(0)?;
    let base = u32::try_from(call.whole(1)?).ok().filter(|base| (2..=62).contains(base));
    if text.len() > LONGEST_DIGITS {
        return Err(too_many(call, "parseint() of so many digits"));
    }
    match base.and_then(|base| Number::parse_whole(&text, base, |character| digit(character, base))) {
        Some(number) => call.give_number(Some(number)),
        None => Err(call.fail(format!("cannot parse {text:?} as an integer of this base"))),
    }
}

/// Up to base 36 letters count the same in both cases; beyond it capitals come after small letters, as in Go's `math/big`.
fn digit(character: char, base: u32) -> Option<u32> {
    let offset = match character {
        '0'..='9' => character as u32 - '0' as u32,
        'a'..='z' => character as u32 - 'a' as u32 + 10,
        'A'..='Z' if base <= 36 => character as u32 - 'A' as u32 + 10,
        'A'..='Z' => character as u32 - 'A' as u32 + 36,
        _ => return None,
    };
    (offset < base).then_some(offset)
}

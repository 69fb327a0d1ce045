//! Encodings and hashes.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/jsonencode> and its neighbours.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

use super::{Call, Function, Outcome, function};
use crate::eval::json;
use crate::eval::value::{Kind, Part, Str, Value};

pub const TABLE: &[Function] = &[
    function("jsonencode", 1, 1, jsonencode),
    function("jsondecode", 1, 1, jsondecode),
    function("base64encode", 1, 1, |call| call.string(STANDARD.encode(call.text(0)?.as_bytes()))),
    function("base64decode", 1, 1, base64decode),
    function("textencodebase64", 2, 2, textencodebase64),
    function("textdecodebase64", 2, 2, textdecodebase64),
    function("urlencode", 1, 1, urlencode),
    function("urldecode", 1, 1, urldecode),
    function("md5", 1, 1, |call| hash(call, |text| hex(&md5::Md5::digest(text)))),
    function("sha1", 1, 1, |call| hash(call, |text| hex(&sha1::Sha1::digest(text)))),
    function("sha256", 1, 1, |call| hash(call, |text| hex(&sha2::Sha256::digest(text)))),
    function("sha512", 1, 1, |call| hash(call, |text| hex(&sha2::Sha512::digest(text)))),
    function("base64sha256", 1, 1, |call| hash(call, |text| STANDARD.encode(sha2::Sha256::digest(text)))),
    function("base64sha512", 1, 1, |call| hash(call, |text| STANDARD.encode(sha2::Sha512::digest(text)))),
];

/// Keeps the value, so that nothing is lost on the way to the policy. An unknown value is encoded, too: its text is unknown, but it is
/// certainly what encodes this value.
fn jsonencode(call: &Call) -> Outcome {
    let value = call.raw(0)?;
    let mut encoded = Str::default();
    encoded.push(Part::Json(Arc::new(value.clone())));
    let mut text = Value::str(encoded, call.span);
    text.way = value.way.clone();
    Ok(text)
}

fn jsondecode(call: &Call) -> Outcome {
    let argument = call.argument(0)?;
    let decoded = match &argument.kind {
        Kind::String(text) => match text.json() {
            Some(value) => Value::clone(value),
            None => json::decode(text, argument.span),
        },
        _ => match argument.as_str() {
            Some(text) => json::decode(&text, argument.span),
            None => return Err(call.wrong("string")),
        },
    };
    Ok(decoded.out_of(&argument.way))
}

fn base64decode(call: &Call) -> Outcome {
    let encoded: String = call.text(0)?.chars().filter(|character| !matches!(character, '\r' | '\n')).collect();
    let bytes = STANDARD.decode(encoded).map_err(|_| call.fail("failed to decode base64 data"))?;
    let text = String::from_utf8(bytes).map_err(|_| call.fail("the result of decoding the provided string is not valid UTF-8"))?;
    call.string(text)
}

fn textencodebase64(call: &Call) -> Outcome {
    let text = call.text(0)?;
    utf8_only(call)?;
    call.string(STANDARD.encode(text.as_bytes()))
}

fn textdecodebase64(call: &Call) -> Outcome {
    utf8_only(call)?;
    base64decode(call)
}

/// Other character sets are for scripts handed to machines.
fn utf8_only(call: &Call) -> Outcome<()> {
    if call.text(1)?.eq_ignore_ascii_case("utf-8") { Ok(()) } else { Err(call.any_unknown()) }
}

/// As Go's `url.QueryEscape` does it.
fn urlencode(call: &Call) -> Outcome {
    let mut encoded = String::new();
    for byte in call.text(0)?.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte as char),
            b' ' => encoded.push('+'),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    call.string(encoded)
}

/// OpenTofu's.
fn urldecode(call: &Call) -> Outcome {
    let text = call.text(0)?;
    let mut decoded = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let digits = [bytes.next(), bytes.next()].map(|digit| digit.and_then(|digit| (digit as char).to_digit(16)));
                let [Some(high), Some(low)] = digits else { return Err(call.fail("failed to decode URL")) };
                decoded.push((high * 16 + low) as u8);
            }
            other => decoded.push(other),
        }
    }
    call.string(String::from_utf8(decoded).map_err(|_| call.fail("failed to decode URL"))?)
}

fn hash(call: &Call, digest: fn(&[u8]) -> String) -> Outcome {
    call.string(digest(call.text(0)?.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

//! Encodings and hashes.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/jsonencode> and its neighbours.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

use super::lists::too_many;
use super::{Call, Function, Outcome, function};
use crate::eval::json;
use crate::eval::value::{Kind, Part, Str, Value};

pub const TABLE: &[Function] = &[
    function("jsonencode", 1, 1, jsonencode),
    function("jsondecode", 1, 1, jsondecode),
    function("base64encode", 1, 1, |call| call.string(STANDARD.encode(call.text(0)?.as_bytes()))),
    function("base64decode", 1, 1, base64decode),
    function("base64gunzip", 1, 1, base64gunzip),
    function("uuidv5", 2, 2, uuidv5),
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
    if argument.as_str().is_some_and(|text| matches!(text.parts.first(), Some(Part::Text(first)) if first.value().starts_with('\u{feff}')))
    {
        return Err(call.fail("invalid JSON: it begins with a byte order mark"));
    }
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

/// OpenTofu's.
fn base64gunzip(call: &Call) -> Outcome {
    let bytes = STANDARD.decode(call.text(0)?.as_bytes()).map_err(|_| call.fail("failed to decode base64 data"))?;
    let refused = || call.fail("failed to decode gzip data");
    let body = gzip_body(&bytes).ok_or_else(refused)?;
    match miniz_oxide::inflate::decompress_to_vec_with_limit(body, MOST_INFLATED) {
        Ok(text) => call.string(String::from_utf8(text).map_err(|_| refused())?),
        Err(error) if error.status == miniz_oxide::inflate::TINFLStatus::HasMoreOutput => Err(too_many(call, "gzip data this large")),
        Err(_) => Err(refused()),
    }
}

/// Bytes that compressed data may become: a few of them could become any number.
const MOST_INFLATED: usize = 8 << 20;

/// What stands after the header (RFC 1952): names and comments end with a zero.
fn gzip_body(bytes: &[u8]) -> Option<&[u8]> {
    let (header, mut rest) = bytes.split_at_checked(10)?;
    let [0x1f, 0x8b, 8, flags, ..] = header else { return None };
    if flags & 4 != 0 {
        let length = rest.get(..2).map(|length| length.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))?;
        rest = rest.get(2 + length..)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            rest = rest.get(rest.iter().position(|byte| *byte == 0)? + 1..)?;
        }
    }
    if flags & 2 != 0 { rest.get(2..) } else { Some(rest) }
}

/// A name in a namespace, by SHA-1 (RFC 4122).
fn uuidv5(call: &Call) -> Outcome {
    let space = call.text(0)?;
    let name = call.text(1)?;
    let last = match space.as_ref() {
        "dns" => Some(0x10),
        "url" => Some(0x11),
        "oid" => Some(0x12),
        "x500" => Some(0x14),
        _ => None,
    };
    let namespace = match last {
        Some(last) => Some(0x6ba7_b800_9dad_11d1_80b4_00c0_4fd4_30c8 | last << 96),
        None => parse_uuid(&space),
    };
    let namespace: u128 = namespace.ok_or_else(|| call.fail("uuidv5() doesn't support this namespace"))?;
    let digest = sha1::Sha1::new().chain_update(namespace.to_be_bytes()).chain_update(name.as_bytes()).finalize();
    let bits = digest.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let bits = bits & !(0xf << 76) & !(0b11 << 62) | 5 << 76 | 0b10 << 62;
    let text = format!("{bits:032x}");
    let piece = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    call.string(format!("{}-{}-{}-{}-{}", piece(0..8), piece(8..12), piece(12..16), piece(16..20), piece(20..32)))
}

/// With hyphens, bare, in braces or as a URN.
fn parse_uuid(text: &str) -> Option<u128> {
    let inner = text.strip_prefix("urn:uuid:").or_else(|| text.strip_prefix('{')?.strip_suffix('}')).unwrap_or(text);
    let hyphens: Vec<usize> = inner.match_indices('-').map(|(index, _)| index).collect();
    let digits = inner.replace('-', "");
    let formed = hyphens.is_empty() || hyphens == [8, 13, 18, 23];
    (formed && digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| u128::from_str_radix(&digits, 16).ok())?
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

//! Text in other character sets than Unicode's.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/textencodebase64>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Call, Function, Outcome, function};

pub const TABLE: &[Function] =
    &[function("textencodebase64", 2, 2, textencodebase64), function("textdecodebase64", 2, 2, textdecodebase64)];

#[derive(Clone, Copy, PartialEq)]
enum Charset {
    Utf8,
    /// Least byte first.
    Utf16Little,
    Utf16Big,
    /// The first 256 characters of Unicode.
    Latin1,
    /// Latin 1 with other characters from 0x80 to 0x9f.
    Windows1252,
}

/// What Windows-1252 has from 0x80 on, a space where it has nothing.
const WINDOWS: &str = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/// The character sets that scripts for machines are written in; of others the result is not known.
fn charset(call: &Call) -> Outcome<Charset> {
    match call.text(1)?.to_ascii_lowercase().as_str() {
        "utf-8" => Ok(Charset::Utf8),
        "utf-16le" => Ok(Charset::Utf16Little),
        "utf-16be" => Ok(Charset::Utf16Big),
        "iso-8859-1" | "latin1" => Ok(Charset::Latin1),
        "windows-1252" => Ok(Charset::Windows1252),
        "us-ascii" if call.text(0)?.is_ascii() => Ok(Charset::Utf8),
        _ => super::strings::never_known(call).map(|_| Charset::Utf8),
    }
}

fn textencodebase64(call: &Call) -> Outcome {
    let text = call.text(0)?;
    let charset = charset(call)?;
    let refused = || call.fail("the given string contains characters that cannot be represented in this encoding");
    let bytes: Vec<u8> = match charset {
        Charset::Utf8 => text.as_bytes().to_vec(),
        Charset::Utf16Little => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Charset::Utf16Big => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => text.chars().map(|character| byte_of(character, charset)).collect::<Option<_>>().ok_or_else(refused)?,
    };
    call.string(STANDARD.encode(bytes))
}

fn textdecodebase64(call: &Call) -> Outcome {
    let charset = charset(call)?;
    let encoded: String = call.text(0)?.chars().filter(|character| !matches!(character, '\r' | '\n')).collect();
    let bytes = STANDARD.decode(encoded).map_err(|_| call.fail("the given value is not valid base64"))?;
    let units = |join: fn([u8; 2]) -> u16| {
        let pairs = bytes.chunks(2).map(|pair| pair.try_into().map(join).ok());
        pairs.collect::<Option<Vec<u16>>>().and_then(|units| String::from_utf16(&units).ok())
    };
    let text = match charset {
        Charset::Utf8 => String::from_utf8(bytes).ok(),
        Charset::Utf16Little => units(u16::from_le_bytes),
        Charset::Utf16Big => units(u16::from_be_bytes),
        _ => bytes.iter().map(|byte| character_of(*byte, charset)).collect(),
    };
    call.string(text.ok_or_else(|| call.fail("the given string contains symbols that are not defined for this encoding"))?)
}

fn byte_of(character: char, charset: Charset) -> Option<u8> {
    (0..=u8::MAX).find(|byte| character_of(*byte, charset) == Some(character))
}

fn character_of(byte: u8, charset: Charset) -> Option<char> {
    match byte.checked_sub(0x80) {
        Some(index @ 0..0x20) if charset == Charset::Windows1252 => WINDOWS.chars().nth(index.into()).filter(|found| *found != ' '),
        _ => Some(byte.into()),
    }
}

//! `managed.bin`: the documents of AWS's own policies, which are three megabytes of JSON and seldom asked for.
//!
//! Several documents of neighbouring names are one frame, compressed with deflate (RFC 1951): they share most of their words. A
//! frame is decoded when one of its documents is asked for, and kept. Little-endian: a magic, the number of frames, for each
//! the offset of its end and its decoded size, the frames.

use std::sync::{LazyLock, OnceLock};

/// First eight bytes of `managed.bin`: magic and version.
pub const MAGIC: [u8; 8] = *b"IAMD\x01\0\0\0";

/// No frame is larger when decoded; what says so is not ours.
pub const LARGEST: usize = 1 << 20;

static FILE: &[u8] = include_bytes!("managed.bin");

/// Decoded frames of the embedded file; none where one cannot be decoded.
static DECODED: LazyLock<Box<[OnceLock<Option<String>>]>> =
    LazyLock::new(|| std::iter::repeat_with(OnceLock::new).take(Frames::read(FILE).count()).collect());

/// A document of the embedded file.
pub fn document(frame: u16, start: u32, length: u32) -> Option<&'static str> {
    let number = usize::from(frame);
    let text = DECODED.get(number)?.get_or_init(|| Frames::read(FILE).decode(number)).as_deref()?;
    let start = usize::try_from(start).ok()?;
    text.get(start..start.checked_add(usize::try_from(length).ok()?)?)
}

/// A file of frames.
#[derive(Clone, Copy)]
pub struct Frames<'f> {
    /// The end of each frame in `body`, and its decoded size.
    table: &'f [[u8; 8]],
    body: &'f [u8],
}

impl<'f> Frames<'f> {
    /// No frames where the file is not of this layout.
    pub fn read(file: &'f [u8]) -> Frames<'f> {
        Frames::checked(file).unwrap_or(Frames { table: &[], body: &[] })
    }

    fn checked(file: &'f [u8]) -> Option<Frames<'f>> {
        let (magic, rest) = file.split_first_chunk::<8>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let table = usize::try_from(u32::from_le_bytes(*count)).ok()?.checked_mul(8)?;
        let (table, body) = rest.split_at_checked(table)?;
        (*magic == MAGIC).then_some(Frames { table: table.as_chunks().0, body })
    }

    pub fn count(self) -> usize {
        self.table.len()
    }

    /// The text of a frame.
    pub fn decode(self, number: usize) -> Option<String> {
        let (end, size) = self.entry(number)?;
        let start = number.checked_sub(1).map_or(Some(0), |before| Some(self.entry(before)?.0))?;
        let packed = self.body.get(start..end)?;
        let bytes = miniz_oxide::inflate::decompress_to_vec_with_limit(packed, size.min(LARGEST)).ok()?;
        String::from_utf8(bytes).ok().filter(|text| text.len() == size)
    }

    fn entry(self, number: usize) -> Option<(usize, usize)> {
        let [e0, e1, e2, e3, s0, s1, s2, s3] = *self.table.get(number)?;
        let end = usize::try_from(u32::from_le_bytes([e0, e1, e2, e3])).ok()?;
        Some((end, usize::try_from(u32::from_le_bytes([s0, s1, s2, s3])).ok()?))
    }
}

/// The file of these frames.
pub fn write(frames: &[String]) -> Result<Vec<u8>, String> {
    let number = |size: usize| u32::try_from(size).map_err(|_| "over 4 GiB of policy documents");
    let mut file = MAGIC.to_vec();
    file.extend(number(frames.len())?.to_le_bytes());
    let mut body = Vec::new();
    for frame in frames {
        if frame.len() > LARGEST {
            return Err(format!("a frame of {} bytes is larger than {LARGEST}", frame.len()));
        }
        body.extend(miniz_oxide::deflate::compress_to_vec(frame.as_bytes(), 10));
        file.extend(number(body.len())?.to_le_bytes());
        file.extend(number(frame.len())?.to_le_bytes());
    }
    file.extend(body);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file() -> Vec<u8> {
        write(&["first".repeat(40), String::new(), "third é".repeat(9)]).unwrap()
    }

    #[test]
    fn frames_come_back_as_they_were_written() {
        let file = file();
        let frames = Frames::read(&file);
        assert_eq!(frames.count(), 3);
        assert_eq!(frames.decode(0), Some("first".repeat(40)));
        assert_eq!(frames.decode(1), Some(String::new()));
        assert_eq!(frames.decode(2), Some("third é".repeat(9)));
        assert_eq!(frames.decode(3), None);
    }

    #[test]
    fn a_frame_that_says_another_size_than_it_has_is_refused() {
        for size in [0, 199, 201, u32::MAX] {
            let mut file = file();
            file[16..20].copy_from_slice(&size.to_le_bytes());
            assert_eq!(Frames::read(&file).decode(0), None, "{size}");
            assert_eq!(Frames::read(&file).decode(2), Some("third é".repeat(9)));
        }
    }

    #[test]
    fn every_frame_of_the_embedded_file_decodes() {
        let frames = Frames::read(FILE);
        assert!(frames.count() > 50);
        assert!((0..frames.count()).all(|number| frames.decode(number).is_some()));
        assert_eq!(document(0, u32::MAX, u32::MAX), None);
        assert_eq!(document(u16::MAX, 0, 1), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(cut in 0_usize..200, changes in prop::collection::vec((0_usize..200, any::<u8>()), 0..6)) {
            let mut file = file();
            for (place, byte) in changes {
                if let Some(old) = file.get_mut(place) {
                    *old = byte;
                }
            }
            file.truncate(cut);
            let frames = Frames::read(&file);
            for number in 0..frames.count().min(5) {
                prop_assert!(frames.decode(number).is_none_or(|text| text.len() <= LARGEST));
            }
        }
    }
}

//! What a picture claims to be, read from its first bytes without decoding it.
//!
//! A PNG of 40 bytes can claim 4 gigapixels; its size is checked against the limits here, at host and
//! guest, before a decoder is let near it.

use super::PictureKind;

/// Kind, width and height of a PNG or JPEG; `None` for anything else, damaged or empty.
pub(crate) fn measure(bytes: &[u8]) -> Option<(PictureKind, u32, u32)> {
    let (kind, width, height) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let (width, height) = png(bytes)?;
        (PictureKind::Png, width, height)
    } else if bytes.starts_with(&[0xff, 0xd8]) {
        let (width, height) = jpeg(bytes)?;
        (PictureKind::Jpeg, width, height)
    } else {
        return None;
    };
    (width > 0 && height > 0).then_some((kind, width, height))
}

/// IHDR is always the first chunk.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    let word = |at: usize| {
        bytes
            .get(at..at + 4)
            .and_then(|b| b.try_into().ok())
            .map(u32::from_be_bytes)
    };
    Some((word(16)?, word(20)?))
}

/// Walks the segments to the first frame header.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            0xff => at += 1,               // padding
            0x01 | 0xd0..=0xd8 => at += 2, // without a body
            0xd9 | 0xda => return None,    // image data before its frame header
            _ => {
                let word = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
                let len = usize::from(word(at + 2)?);
                // Frame headers, but not the tables that share their numbers: DHT c4, JPG c8, DAC cc.
                if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                    return Some((u32::from(word(at + 7)?), u32::from(word(at + 5)?)));
                }
                at += 2 + len.max(2);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_read_from_the_header() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend([0, 0, 1, 0, 0, 0, 0, 64, 8, 6, 0, 0, 0]);
        assert_eq!(measure(&png), Some((PictureKind::Png, 256, 64)));
        let jpeg = [
            0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc4, 0, 2, 0xff, 0xff, 0xc2, 0, 17, 8, 0, 32, 1, 0, 3,
        ];
        assert_eq!(measure(&jpeg), Some((PictureKind::Jpeg, 256, 32)));
        assert_eq!(measure(b"RIFF....WEBP"), None);
        assert_eq!(measure(b""), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_hang(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), jpeg: bool) {
            let magic: &[u8] = if jpeg { &[0xff, 0xd8, 0xff] } else { b"\x89PNG\r\n\x1a\n" };
            bytes.splice(0..0, magic.iter().copied());
            let _ = measure(&bytes);
        }
    }
}

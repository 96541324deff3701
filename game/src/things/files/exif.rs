//! What a photo says of itself beside its picture: which way up it is, which is obeyed, and where, when and by which device it was
//! taken, which nobody who only looks at it should learn.
//!
//! Flow: a file is brought in → [`bare`] leaves all of that out but which way up it is → the host and everybody get what is left.
//! Whoever shows one turns it as it says ([`turn`]).
//! Invariants: no bytes make anything in here panic; the picture itself is copied byte for byte; of a whole picture that is bare
//! already nothing changes, so that it stays the same file.

use bytes::Bytes;

/// How a picture is turned before it is seen, in Exif's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn(u8);

impl Turn {
    /// As it is.
    pub const NONE: Self = Self(1);

    fn new(number: u16) -> Option<Self> {
        let number = u8::try_from(number).ok()?;
        (1..=8).contains(&number).then_some(Self(number))
    }

    /// From 1 to 8.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Its width is seen as its height.
    pub fn is_on_its_side(self) -> bool {
        self.0 >= 5
    }
}

/// How this picture is turned before it is seen.
pub fn turn(bytes: &[u8]) -> Turn {
    let said = match bytes.strip_prefix(PNG) {
        Some(chunks) => chunks_of(chunks).find_map(|chunk| match chunk.kind {
            b"eXIf" => orientation(chunk.body),
            _ => None,
        }),
        None => segments_of(bytes)
            .take_while(|segment| segment.marker != SCAN)
            .find_map(|segment| {
                orientation(
                    segment
                        .body
                        .strip_prefix(EXIF)
                        .filter(|_| segment.marker == APP1)?,
                )
            }),
    };
    said.unwrap_or(Turn::NONE)
}

/// The same picture without what it says beside it; anything else as it is.
pub fn bare(bytes: &Bytes) -> Bytes {
    let bare = if let Some(chunks) = bytes.strip_prefix(PNG) {
        bare_png(chunks, turn(bytes))
    } else if bytes.starts_with(&[0xff, START]) {
        bare_jpeg(bytes, turn(bytes))
    } else {
        return bytes.clone();
    };
    if bare == *bytes {
        bytes.clone()
    } else {
        bare.into()
    }
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// How Exif begins in a JPEG.
const EXIF: &[u8] = b"Exif\0\0";
/// Markers of a JPEG.
const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const COMMENT: u8 = 0xfe;

/// Exif that says which way up a picture is and nothing else.
fn only(Turn(turn): Turn) -> [u8; 26] {
    let mut exif = *b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0";
    exif[18] = turn;
    exif
}

/// Which way up it is, of Exif.
fn orientation(exif: &[u8]) -> Option<Turn> {
    let is_little = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let list = exif.get(4..8)?.try_into().ok()?;
    let list = if is_little {
        u32::from_le_bytes(list)
    } else {
        u32::from_be_bytes(list)
    };
    let list = usize::try_from(list).ok()?;
    (0..usize::from(short(list)?)).find_map(|n| {
        let entry = list.checked_add(2 + 12 * n)?;
        let is_it = short(entry)? == 0x0112 && short(entry.checked_add(2)?)? == 3;
        short(entry.checked_add(8)?).filter(|_| is_it).and_then(Turn::new)
    })
}

struct Segment<'a> {
    marker: u8,
    whole: &'a [u8],
    /// Behind its length.
    body: &'a [u8],
}

/// The first segment, a scan with its data, and what is behind it.
fn segment(bytes: &[u8]) -> Option<(Segment<'_>, &[u8])> {
    let before = bytes.iter().take_while(|byte| **byte == 0xff).count();
    let marker = *bytes.get(before).filter(|_| before > 0)?;
    let head = before + 1;
    let mut end = head;
    if !matches!(marker, 0x01 | 0xd0..=END) {
        let len = bytes
            .get(head..head + 2)?
            .try_into()
            .ok()
            .map(u16::from_be_bytes)?;
        end += usize::from(len.max(2));
    }
    if marker == SCAN {
        let data = bytes.get(end..)?;
        let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7);
        end += data.windows(2).position(is_marker).unwrap_or(data.len());
    }
    let (whole, behind) = bytes.split_at_checked(end)?;
    let body = whole.get(head + 2..).unwrap_or_default();
    Some((Segment { marker, whole, body }, behind))
}

fn segments_of(mut bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    std::iter::from_fn(move || {
        let (segment, behind) = segment(bytes)?;
        bytes = behind;
        Some(segment)
    })
}

fn bare_jpeg(bytes: &[u8], turn: Turn) -> Vec<u8> {
    let mut bare = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for Segment { marker, whole, body } in segments_of(bytes) {
        done += whole.len();
        let is_left_out = match marker {
            APP2 => !body.starts_with(b"ICC_PROFILE\0"),
            // Of the others one says how its colours are written, and one that it is a JPEG.
            0xe0 | 0xee => false,
            APP1..=0xef | COMMENT => true,
            _ => false,
        };
        if !is_left_out {
            bare.extend_from_slice(whole);
        }
        match marker {
            START if turn != Turn::NONE && done == whole.len() => {
                bare.extend([0xff, APP1, 0, 34]);
                bare.extend(EXIF);
                bare.extend(only(turn));
            }
            // Behind the end telephones put more pictures and films, each with words of its own.
            END => return bare,
            _ => {}
        }
    }
    // Cut off or damaged: that is for its reader to say.
    bare.extend(bytes.get(done..).unwrap_or_default());
    bare
}

struct Chunk<'a> {
    kind: &'a [u8; 4],
    whole: &'a [u8],
    body: &'a [u8],
}

fn chunk(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let len = bytes.first_chunk().copied().map(u32::from_be_bytes)?;
    let len = usize::try_from(len).ok()?;
    let (whole, behind) = bytes.split_at_checked(len.checked_add(12)?)?;
    let kind = whole.get(4..)?.first_chunk()?;
    let body = whole.get(8..8 + len)?;
    Some((Chunk { kind, whole, body }, behind))
}

fn chunks_of(mut bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    std::iter::from_fn(move || {
        let (chunk, behind) = chunk(bytes)?;
        bytes = behind;
        Some(chunk)
    })
}

/// Texts of a PNG that stay.
const OF_THE_WORK: [&[u8]; 4] = [b"Title", b"Author", b"Copyright", b"Disclaimer"];

fn bare_png(chunks: &[u8], turn: Turn) -> Vec<u8> {
    let mut bare = PNG.to_vec();
    let mut done = 0;
    for Chunk { kind, whole, body } in chunks_of(chunks) {
        done += whole.len();
        let is_left_out = match kind {
            b"eXIf" | b"tIME" => true,
            // Of the texts those that say what it is and whose.
            b"tEXt" | b"zTXt" | b"iTXt" => {
                let about = body.split(|byte| *byte == 0).next().unwrap_or_default();
                !OF_THE_WORK.contains(&about)
            }
            _ => false,
        };
        if !is_left_out {
            bare.extend_from_slice(whole);
        }
        match kind {
            b"IHDR" if turn != Turn::NONE => {
                let exif = only(turn);
                bare.extend((exif.len() as u32).to_be_bytes());
                let from = bare.len();
                bare.extend(b"eXIf");
                bare.extend(exif);
                bare.extend(sum(&bare[from..]).to_be_bytes());
            }
            b"IEND" => return bare,
            _ => {}
        }
    }
    bare.extend(chunks.get(done..).unwrap_or_default());
    bare
}

/// The check of a PNG's chunk (CRC-32).
fn sum(bytes: &[u8]) -> u32 {
    let sum = bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            let low = 0_u32.wrapping_sub(sum & 1);
            (sum >> 1) ^ (0xedb8_8320 & low)
        })
    });
    !sum
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        let mut segment = vec![0xff, marker];
        segment.extend((body.len() as u16 + 2).to_be_bytes());
        segment.extend(body);
        segment
    }

    /// Big-endian, with a place behind the list.
    fn exif(turn: u8) -> Vec<u8> {
        let mut exif = b"MM\0*\0\0\0\x08\0\x02".to_vec();
        exif.extend([0x01, 0x0f, 0, 2, 0, 0, 0, 4, b'c', b'a', b'm', 0]);
        exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, turn, 0, 0]);
        exif.extend([0; 4]);
        exif.extend(b"52.5200 13.4050");
        exif
    }

    fn jpeg(turn: u8) -> Bytes {
        let mut jpeg = vec![0xff, START];
        jpeg.extend(segment(0xe0, b"JFIF\0"));
        jpeg.extend(segment(APP1, &[EXIF, &exif(turn)].concat()));
        jpeg.extend(segment(APP1, b"http://ns.adobe.com/xap/1.0/\0GPSLatitude"));
        jpeg.extend(segment(APP2, b"ICC_PROFILE\0colours"));
        jpeg.extend(segment(APP2, b"MPF\0more pictures"));
        jpeg.extend(segment(0xed, b"Photoshop 3.0\0Berlin"));
        jpeg.extend(segment(COMMENT, b"at home"));
        jpeg.extend(segment(0xc0, &[8, 0, 32, 1, 0, 3]));
        jpeg.extend(segment(SCAN, &[1, 2, 3]));
        jpeg.extend([1, 0xff, 0, 2, 0xff, 0xd0, 3]);
        jpeg.extend(segment(0xc4, b"tables"));
        jpeg.extend(segment(SCAN, &[4]));
        jpeg.extend([5, 0xff, END]);
        jpeg.extend(b"a film with GPS");
        jpeg.into()
    }

    fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut chunk = (body.len() as u32).to_be_bytes().to_vec();
        chunk.extend(kind);
        chunk.extend(body);
        chunk.extend(sum(&chunk[4..]).to_be_bytes());
        chunk
    }

    fn png(turn: u8) -> Bytes {
        let mut png = PNG.to_vec();
        png.extend(chunk(b"IHDR", &[0; 13]));
        png.extend(chunk(b"tEXt", b"Author\0Ada"));
        png.extend(chunk(b"tEXt", b"Creation Time\0noon"));
        png.extend(chunk(b"tEXt", b"Source\0a telephone"));
        png.extend(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0GPSLatitude"));
        png.extend(chunk(b"zTXt", b"Raw profile type exif\0"));
        png.extend(chunk(b"IDAT", b"the picture"));
        png.extend(chunk(b"eXIf", &exif(turn)));
        png.extend(chunk(b"IEND", b""));
        png.extend(b"more");
        png.into()
    }

    fn says(bytes: &[u8], what: &[u8]) -> bool {
        bytes.windows(what.len()).any(|window| window == what)
    }

    #[test]
    fn a_photo_keeps_which_way_up_it_is_and_says_nothing_else() {
        for number in 1..=8 {
            for whole in [jpeg(number), png(number)] {
                let seen = Turn(number);
                assert_eq!(turn(&whole), seen);
                let bare = bare(&whole);
                assert_eq!(turn(&bare), seen, "{number}");
                for secret in [
                    &b"13.4050"[..],
                    b"GPS",
                    b"cam\0",
                    b"Berlin",
                    b"home",
                    b"more",
                    b"Raw",
                ] {
                    assert!(!says(&bare, secret), "{}", secret.escape_ascii());
                }
                assert_eq!(super::bare(&bare), bare, "and is the same file from then on");
            }
        }
        assert!(Turn(6).is_on_its_side() && !Turn(3).is_on_its_side());
    }

    #[test]
    fn the_picture_itself_stays_and_so_does_what_says_whose_it_is() {
        let bare_jpeg = bare(&jpeg(1));
        let mut wanted = vec![0xff, START];
        wanted.extend(segment(0xe0, b"JFIF\0"));
        wanted.extend(segment(APP2, b"ICC_PROFILE\0colours"));
        let whole = jpeg(1);
        let frame = whole.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        wanted.extend(&whole[frame..whole.len() - b"a film with GPS".len()]);
        assert_eq!(bare_jpeg, wanted);
        let bare_png = bare(&png(6));
        assert!(!says(&bare_png, b"noon") && !says(&bare_png, b"a telephone"));
        assert!(says(&bare_png, b"Author\0Ada") && says(&bare_png, &chunk(b"IDAT", b"the picture")));
        assert!(says(&bare_png, &chunk(b"eXIf", &only(Turn(6)))));
        let model = Bytes::from_static(b"glTF and more");
        assert_eq!(bare(&model), model);
    }

    #[test]
    fn a_chunk_is_checked_as_a_png_wants_it() {
        assert_eq!(sum(b"IEND"), 0xae42_6082);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_grow(whole: bool, jpeg_like: bool, cut in 0_usize..400, at in 0_usize..400, byte: u8) {
            let mut bytes = if jpeg_like { jpeg(6) } else { png(6) }.to_vec();
            if !whole {
                bytes.truncate(cut);
            }
            if let Some(there) = bytes.get_mut(at) {
                *there = byte;
            }
            let bytes = Bytes::from(bytes);
            let bare = bare(&bytes);
            prop_assert!(bare.len() <= bytes.len() + 38);
        }
    }
}

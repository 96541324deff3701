//! What a glTF file is packed in: one `.glb`, or JSON with buffers inside it or beside it.

use super::accessor::Bad;
use bytes::Bytes;

/// Why a container cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sealed {
    /// Damaged in this way.
    Bad(Bad),
    /// Packed as this version of glTF.
    Version(u32),
}

/// The JSON of the file and, in a `.glb`, the binary chunk.
pub(crate) fn split(bytes: &Bytes) -> Result<(Bytes, Option<Bytes>), Sealed> {
    if !bytes.starts_with(b"glTF") {
        return Ok((bytes.clone(), None));
    }
    let cut_off = Sealed::Bad(Bad("cut off"));
    let word = |at: usize| {
        bytes
            .get(at..at + 4)
            .and_then(|word| word.try_into().ok())
            .map(u32::from_le_bytes)
    };
    let version = word(4).ok_or(cut_off)?;
    if version != 2 {
        return Err(Sealed::Version(version));
    }
    let mut json = None;
    let mut blob = None;
    let mut at = 12;
    while at + 8 <= bytes.len() {
        let (Some(len), Some(kind)) = (word(at), word(at + 4)) else {
            break;
        };
        let begin = at + 8;
        let end = usize::try_from(len).ok().and_then(|len| begin.checked_add(len));
        let end = end.filter(|end| *end <= bytes.len()).ok_or(cut_off)?;
        match &kind.to_le_bytes() {
            b"JSON" if json.is_none() => json = Some(bytes.slice(begin..end)),
            b"BIN\0" if blob.is_none() => blob = Some(bytes.slice(begin..end)),
            _ => {} // unknown chunks are to be skipped, says glTF
        }
        at = end.next_multiple_of(4);
    }
    Ok((json.ok_or(Sealed::Bad(Bad("no description inside")))?, blob))
}

/// The bytes written into a `data:` address; `None` for an address of another kind.
pub(crate) fn embedded(uri: &str) -> Option<Result<Bytes, Bad>> {
    let data = uri.strip_prefix("data:")?;
    let encoded = data
        .split_once(";base64,")
        .map(|(_, encoded)| encoded.trim_end_matches('='));
    let bytes = encoded
        .and_then(|encoded| data_encoding::BASE64_NOPAD.decode(encoded.as_bytes()).ok())
        .map(Bytes::from)
        .ok_or(Bad("unreadable embedded bytes"));
    Some(bytes)
}

//! What a glTF file is packed in: one `.glb`, or JSON with buffers inside it or beside it.

use super::json::Root;
use crate::world::assembly::at_most;
use crate::world::error::WorldError;
use crate::world::files::{Reader, WorldPath};
use crate::world::limits;
use bytes::Bytes;

pub(super) fn damaged(path: &WorldPath, what: &'static str) -> WorldError {
    WorldError::Damaged {
        path: path.as_str().to_owned(),
        what,
    }
}

/// The JSON of the file and, in a `.glb`, the binary chunk.
pub(super) fn split(path: &WorldPath, bytes: &Bytes) -> Result<(Bytes, Option<Bytes>), WorldError> {
    if !bytes.starts_with(b"glTF") {
        return Ok((bytes.clone(), None));
    }
    let word = |at: usize| {
        bytes
            .get(at..at + 4)
            .and_then(|word| word.try_into().ok())
            .map(u32::from_le_bytes)
    };
    let version = word(4).ok_or_else(|| damaged(path, "cut off"))?;
    if version != 2 {
        return Err(WorldError::GltfVersion {
            found: version.to_string(),
        });
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
        let end = end
            .filter(|end| *end <= bytes.len())
            .ok_or_else(|| damaged(path, "cut off"))?;
        match &kind.to_le_bytes() {
            b"JSON" if json.is_none() => json = Some(bytes.slice(begin..end)),
            b"BIN\0" if blob.is_none() => blob = Some(bytes.slice(begin..end)),
            _ => {} // unknown chunks are to be skipped, says glTF
        }
        at = end.next_multiple_of(4);
    }
    Ok((json.ok_or_else(|| damaged(path, "no description inside"))?, blob))
}

pub(super) fn buffers(
    reader: &mut Reader<'_>,
    path: &WorldPath,
    root: &Root,
    blob: Option<Bytes>,
) -> Result<Vec<Bytes>, WorldError> {
    at_most("buffers", root.buffers.len() as u64, limits::MAX_FILES as u64)?;
    let mut buffers = Vec::new();
    for (index, buffer) in root.buffers.iter().enumerate() {
        let bytes = match &buffer.uri {
            Some(uri) => fetch(reader, path, uri).map_err(|error| match error {
                WorldError::Missing { .. } => WorldError::MissingPart {
                    path: path.as_str().to_owned(),
                    file: uri.clone(),
                },
                other => other,
            })?,
            None if index == 0 => blob.clone().unwrap_or_default(),
            None => Bytes::new(),
        };
        if buffer.byte_length > bytes.len() as u64 {
            return Err(damaged(path, "a buffer is shorter than announced"));
        }
        buffers.push(bytes);
    }
    Ok(buffers)
}

/// Bytes a URI stands for: written into it, or in a file beside.
pub(super) fn fetch(reader: &mut Reader<'_>, path: &WorldPath, uri: &str) -> Result<Bytes, WorldError> {
    let Some(data) = uri.strip_prefix("data:") else {
        return reader.read(&path.refer(uri)?);
    };
    let encoded = data
        .split_once(";base64,")
        .map(|(_, encoded)| encoded.trim_end_matches('='));
    encoded
        .and_then(|encoded| data_encoding::BASE64_NOPAD.decode(encoded.as_bytes()).ok())
        .map(Bytes::from)
        .ok_or_else(|| damaged(path, "unreadable embedded bytes"))
}

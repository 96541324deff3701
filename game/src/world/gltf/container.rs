//! The bytes a world's glTF file is made of: its container, and buffers inside it or beside it in the world's
//! folder.

use crate::gltf::accessor::Bad;
use crate::gltf::container::{self, Sealed};
use crate::gltf::json::Root;
use crate::world::assembly::at_most;
use crate::world::error::{Measure, WorldError};
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
    container::split(bytes).map_err(|sealed| match sealed {
        Sealed::Bad(Bad(what)) => damaged(path, what),
        Sealed::Version(version) => WorldError::GltfVersion {
            found: version.to_string(),
        },
    })
}

pub(super) fn buffers(
    reader: &mut Reader<'_>,
    path: &WorldPath,
    root: &Root,
    blob: Option<Bytes>,
) -> Result<Vec<Bytes>, WorldError> {
    at_most(
        Measure::Buffers,
        root.buffers.len() as u64,
        limits::MAX_FILES as u64,
    )?;
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
    match container::embedded(uri) {
        None => reader.read(&path.refer(uri)?),
        Some(bytes) => bytes.map_err(|Bad(what)| damaged(path, what)),
    }
}

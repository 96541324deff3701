//! What can be wrong with an avatar's file, as facts; the sentence for each is in `words`.

use super::Bone;
use crate::world::shown;

/// Why a file cannot be worn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AvatarError {
    #[error("neither VRM nor glTF")]
    UnknownKind,
    #[error("{what:?}: {found}, at most {max}")]
    TooMuch { what: Measure, found: u64, max: u64 },
    #[error("glTF or VRM version {}", shown(.found))]
    Version { found: String },
    #[error("line {line}, column {column}: {}", shown(.what))]
    Syntax {
        line: usize,
        column: usize,
        what: String,
    },
    #[error("damaged: {what}")]
    Damaged { what: &'static str },
    #[error("needs {}", shown(.file))]
    MissingPart { file: String },
    #[error("requires the extension {}", shown(.name))]
    Extension { name: String },
    #[error("bones missing: {bones:?}")]
    MissingBones { bones: Vec<Bone> },
    #[error("shows nothing")]
    Empty,
}

/// What there can be too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    FileBytes,
    DescriptionBytes,
    DescriptionMemory,
    Triangles,
    Vertices,
    Bones,
    Nodes,
    Parts,
    Materials,
    Textures,
    /// Of all pictures together, as they lie in the file.
    Pixels,
}

/// Refuses what is more than a limit.
pub(super) fn at_most(what: Measure, found: u64, max: u64) -> Result<(), AvatarError> {
    if found > max {
        return Err(AvatarError::TooMuch { what, found, max });
    }
    Ok(())
}

pub(super) fn damaged(what: &'static str) -> AvatarError {
    AvatarError::Damaged { what }
}

//! What can be wrong with a world, as facts, and the sentence a person reads for each.
//!
//! Two severities: a [`WorldError`] means the world is not loaded; a [`WorldWarning`] means it is, with
//! something left out. Invariant: whatever comes out of a file into a sentence or a log is clipped and free
//! of control characters ([`shown`]), so that a hostile name cannot repaint a terminal or a toast.

use core::fmt::Write as _;
use std::io;

/// Why a world cannot be loaded. [`Self::sentence`] is for people, `Display` for logs.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    #[error("no such file: {path}")]
    Missing { path: String },
    #[error("not a file: {path}")]
    NotAFile { path: String },
    #[error("reading {path}: {kind}")]
    Io { path: String, kind: io::ErrorKind },
    #[error("{path} is neither world.ron nor glTF")]
    UnknownKind { path: String },
    #[error("{what}: {found}, at most {max}")]
    TooMuch {
        what: &'static str,
        found: u64,
        max: u64,
    },
    #[error("path leads out of the world's folder: {}", shown(.path))]
    PathEscapes { path: String },
    #[error("not on this disk: {}", shown(.uri))]
    Remote { uri: String },
    #[error("world file version {found}, this build reads up to {known}")]
    NewerVersion { found: u32, known: u32 },
    #[error("glTF version {}", shown(.found))]
    GltfVersion { found: String },
    #[error("{path}, line {line}, column {column}: {}", shown(.what))]
    Syntax {
        path: String,
        line: usize,
        column: usize,
        what: String,
    },
    #[error("{path} is damaged: {what}")]
    Damaged { path: String, what: &'static str },
    #[error("{path} needs {}", shown(.file))]
    MissingPart { path: String, file: String },
    #[error("{path} requires the extension {}", shown(.name))]
    Extension { path: String, name: String },
    #[error("{path}: {what} {index} is part of itself")]
    Cycle {
        path: String,
        what: &'static str,
        index: usize,
    },
    #[error("{path}: {what} is not a usable number")]
    BadNumber { path: String, what: String },
    #[error("{path} shows nothing")]
    Empty { path: String },
    #[error("bytes do not match the hash announced for {path}")]
    WrongBytes { path: String },
    #[error("manifest: {what}")]
    BadManifest { what: &'static str },
}

impl WorldError {
    /// What happened and what to do about it, for a person.
    pub fn sentence(&self) -> String {
        match self {
            Self::Missing { path } => {
                format!(
                    "There is no file “{}”. Check the path and try again.",
                    shown(path)
                )
            }
            Self::NotAFile { path } => format!(
                "“{}” is a folder or a device. Give the world file itself (world.ron, .glb or .gltf).",
                shown(path)
            ),
            Self::Io { path, kind } => {
                format!(
                    "“{}” cannot be read ({kind}). Check its permissions and the disk.",
                    shown(path)
                )
            }
            Self::UnknownKind { path } => format!(
                "“{}” is not a world Holm knows. It opens world.ron files and glTF 2.0 (.glb, .gltf); export your scene as glTF.",
                shown(path)
            ),
            Self::TooMuch { what, found, max } => format!(
                "This world is too large: {what}: {}, and Holm takes up to {}. Reduce it (in Blender: the Decimate modifier, smaller pictures) and try again.",
                grouped(*found),
                grouped(*max)
            ),
            Self::PathEscapes { path } => format!(
                "This world asks for the file “{}” outside its own folder, which Holm does not open. Put everything into the world's folder.",
                shown(path)
            ),
            Self::Remote { uri } => format!(
                "This world asks for “{}”, which is not in its folder. Download it into the world's folder first.",
                shown(uri)
            ),
            Self::NewerVersion { found, known } => format!(
                "This world was made with a newer Holm (world version {found}, this one reads up to {known}). Update Holm."
            ),
            Self::GltfVersion { found } => format!(
                "This is glTF {}, and Holm reads glTF 2.0. Export it again with a current program.",
                shown(found)
            ),
            Self::Syntax {
                path,
                line,
                column,
                what,
            } => {
                format!(
                    "“{}” has a mistake in line {line}, column {column}: {}.",
                    shown(path),
                    shown(what)
                )
            }
            Self::Damaged { path, what } => format!(
                "“{}” is damaged ({what}). Download or export it again.",
                shown(path)
            ),
            Self::MissingPart { path, file } => format!(
                "“{}” needs “{}”, which is not there. Copy it next to the world file, or export as one .glb.",
                shown(path),
                shown(file)
            ),
            Self::Extension { path, name } => format!(
                "“{}” is packed with {}, which Holm cannot read. Export it again without compression.",
                shown(path),
                shown(name)
            ),
            Self::Cycle { path, what, index } => format!(
                "“{}” is broken: {what} {index} contains itself. Export it again.",
                shown(path)
            ),
            Self::BadNumber { path, what } => format!(
                "“{}” has an unusable number: {}. Correct it and try again.",
                shown(path),
                shown(what)
            ),
            Self::Empty { path } => {
                format!(
                    "“{}” has nothing to show. Export it with its meshes.",
                    shown(path)
                )
            }
            Self::WrongBytes { path } => format!(
                "The host sent other bytes for “{}” than it had announced. Try again, or ask the host to restart the world.",
                shown(path)
            ),
            Self::BadManifest { what } => {
                format!(
                    "The host describes its world in a way that makes no sense ({what}). Ask the host to update Holm."
                )
            }
        }
    }
}

/// What was left out of a world that is shown all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorldWarning {
    MissingTexture { file: String },
    UnreadableTexture { file: String },
    HugeTexture { file: String, width: u32, height: u32 },
    TooManyTexturePixels { file: String },
    SkippedMesh { name: String, why: &'static str },
    BadTransform { name: String },
    TooFar { name: String },
    FloorAdded,
    NoWalkableFloor,
    Figures,
    More,
}

impl WorldWarning {
    /// What is missing in the picture and why, for a person.
    pub fn sentence(&self) -> String {
        match self {
            Self::MissingTexture { file } => {
                format!(
                    "The picture “{}” is missing; its surfaces are plain.",
                    shown(file)
                )
            }
            Self::UnreadableTexture { file } => format!(
                "The picture “{}” is neither PNG nor JPEG or is damaged; its surfaces are plain.",
                shown(file)
            ),
            Self::HugeTexture { file, width, height } => format!(
                "The picture “{}” is {width} × {height} pixels, more than Holm shows; its surfaces are plain.",
                shown(file)
            ),
            Self::TooManyTexturePixels { file } => format!(
                "The pictures of this world are too large together; “{}” is left out.",
                shown(file)
            ),
            Self::SkippedMesh { name, why } => {
                format!("The shape “{}” is left out: {why}.", shown(name))
            }
            Self::BadTransform { name } => format!(
                "“{}” stands at an impossible place or size and is left out.",
                shown(name)
            ),
            Self::TooFar { name } => format!(
                "“{}” reaches farther than 30 km out; there one cannot walk on it.",
                shown(name)
            ),
            Self::FloorAdded => {
                "There is too little to stand on, so a plain floor was put under it.".to_owned()
            }
            Self::NoWalkableFloor => {
                "No place to stand was found; you start above the middle of the world.".to_owned()
            }
            Self::Figures => "Animated figures in this world stand still.".to_owned(),
            Self::More => "Some more was left out.".to_owned(),
        }
    }
}

/// A foreign word made fit for a sentence: at most 80 characters, nothing that moves a cursor or turns
/// the reading direction.
pub(crate) fn shown(foreign: &str) -> String {
    const MAX_CHARS: usize = 80;
    let mut out = String::with_capacity(foreign.len().min(MAX_CHARS * 4));
    for (index, c) in foreign.chars().enumerate() {
        if index == MAX_CHARS {
            out.push('…');
            break;
        }
        let tame = !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        out.push(if tame { c } else { '·' });
    }
    out
}

/// 3000000 as 3,000,000.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        let _ = out.write_char(digit); // a String cannot fail
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(10_000_000), "10,000,000");
    }

    #[test]
    fn a_hostile_name_cannot_repaint_the_terminal() {
        let name = format!("a\u{1b}[2J\u{202e}b{}", "x".repeat(500));
        let tame = shown(&name);
        assert!(tame.starts_with("a·[2J·b"), "{tame}");
        assert_eq!(tame.chars().count(), 81);
        let error = WorldError::PathEscapes { path: name };
        assert!(error.to_string().ends_with(&tame), "nor through the log: {error}");
    }
}

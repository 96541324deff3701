//! What can be wrong with a world, as facts, and the sentence a person reads for each.
//!
//! Two severities: a [`WorldError`] means the world is not loaded; a [`WorldWarning`] means it is, with
//! something left out. Invariants: a sentence has nothing in it that is not in the person's language or out of their
//! file; what only a program's maker can use is in the log alone. Whatever comes out of a file into a sentence or a log
//! is clipped and free of control characters ([`shown`]), so that a hostile name cannot repaint a terminal or a toast.

use crate::words::Phrase;
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
    #[error("{what:?}: {found}, at most {max}")]
    TooMuch { what: Measure, found: u64, max: u64 },
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
        /// The word that nobody knows, where it is one.
        word: Option<String>,
    },
    #[error("{path} is damaged: {what}")]
    Damaged { path: String, what: &'static str },
    #[error("{path} needs {}", shown(.file))]
    MissingPart { path: String, file: String },
    #[error("{path} requires the extension {}", shown(.name))]
    Extension { path: String, name: String },
    #[error("{path}: node {index} is part of itself")]
    Cycle { path: String, index: usize },
    #[error("{path}: {what} is not a usable number")]
    BadNumber { path: String, what: String },
    #[error("{path} shows nothing")]
    Empty { path: String },
    #[error("bytes do not match the hash announced for {path}")]
    WrongBytes { path: String },
    #[error("manifest: {what}")]
    BadManifest { what: &'static str },
}

/// What there can be too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    FileBytes,
    AllBytes,
    Files,
    /// Of `world.ron`.
    WorldFileBytes,
    /// Of a glTF file's JSON.
    DescriptionBytes,
    /// What that may take parsed, bytes.
    DescriptionMemory,
    Buffers,
    Nodes,
    /// Nodes within nodes.
    Depth,
    Meshes,
    ShapesInMesh,
    Shapes,
    Vertices,
    /// Of triangles.
    Corners,
    /// Every copy counted.
    Triangles,
    /// Of shapes, every copy counted.
    PlacedCorners,
    SolidTriangles,
    Materials,
    Textures,
    Things,
    SpawnPoints,
    Moments,
    Lights,
    Sounds,
    Floors,
    Ladders,
    Seats,
    Waters,
    /// Things that move.
    Rides,
    /// Boxes by which they stop people.
    RideParts,
    PathPoints,
}

impl Measure {
    /// The key of its name.
    fn words(self) -> &'static str {
        match self {
            Self::FileBytes => "world-measure-file-bytes",
            Self::AllBytes => "world-measure-all-bytes",
            Self::Files => "world-measure-files",
            Self::WorldFileBytes => "world-measure-world-file-bytes",
            Self::DescriptionBytes => "world-measure-description",
            Self::DescriptionMemory => "world-measure-memory",
            Self::Buffers => "world-measure-buffers",
            Self::Nodes => "world-measure-nodes",
            Self::Depth => "world-measure-depth",
            Self::Meshes => "world-measure-meshes",
            Self::ShapesInMesh => "world-measure-mesh-shapes",
            Self::Shapes => "world-measure-shapes",
            Self::Vertices => "world-measure-vertices",
            Self::Corners => "world-measure-corners",
            Self::Triangles => "world-measure-triangles",
            Self::PlacedCorners => "world-measure-placed-corners",
            Self::SolidTriangles => "world-measure-solid-triangles",
            Self::Materials => "world-measure-materials",
            Self::Textures => "world-measure-textures",
            Self::Things => "world-measure-things",
            Self::SpawnPoints => "world-measure-spawn-points",
            Self::Moments => "world-measure-moments",
            Self::Lights => "world-measure-lights",
            Self::Sounds => "world-measure-sounds",
            Self::Floors => "world-measure-floors",
            Self::Ladders => "world-measure-ladders",
            Self::Seats => "world-measure-seats",
            Self::Waters => "world-measure-waters",
            Self::Rides => "world-measure-rides",
            Self::RideParts => "world-measure-ride-parts",
            Self::PathPoints => "world-measure-path-points",
        }
    }
}

impl WorldError {
    /// What happened and what to do about it, for a person.
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::Missing { path } => Phrase::new("world-missing").with("path", shown(path)),
            Self::NotAFile { path } => Phrase::new("world-not-a-file").with("path", shown(path)),
            Self::Io { path, .. } => Phrase::new("world-unreadable").with("path", shown(path)),
            Self::UnknownKind { path } => Phrase::new("world-unknown-kind").with("path", shown(path)),
            Self::TooMuch { what, found, max } => Phrase::new("world-too-much")
                .saying("what", what.words())
                .counting("found", *found)
                .counting("max", *max),
            Self::PathEscapes { path } => Phrase::new("world-path-escapes").with("path", shown(path)),
            Self::Remote { uri } => Phrase::new("world-remote").with("uri", shown(uri)),
            Self::NewerVersion { found, known } => Phrase::new("world-newer")
                .with("found", found.to_string())
                .with("known", known.to_string()),
            Self::GltfVersion { found } => Phrase::new("world-gltf-version").with("found", shown(found)),
            Self::Syntax {
                path,
                line,
                column,
                word,
                ..
            } => match word {
                Some(word) => Phrase::new("world-unknown-word").with("word", shown(word)),
                None => Phrase::new("world-syntax"),
            }
            .with("path", shown(path))
            .with("line", line.to_string())
            .with("column", column.to_string()),
            Self::Damaged { path, .. } => Phrase::new("world-damaged").with("path", shown(path)),
            Self::MissingPart { path, file } => Phrase::new("world-missing-part")
                .with("path", shown(path))
                .with("file", shown(file)),
            Self::Extension { path, name } => Phrase::new("world-extension")
                .with("path", shown(path))
                .with("name", shown(name)),
            Self::Cycle { path, index } => Phrase::new("world-cycle")
                .with("path", shown(path))
                .with("index", index.to_string()),
            Self::BadNumber { path, what } => Phrase::new("world-bad-number")
                .with("path", shown(path))
                .with("what", shown(what)),
            Self::Empty { path } => Phrase::new("world-empty").with("path", shown(path)),
            Self::WrongBytes { path } => Phrase::new("world-wrong-bytes").with("path", shown(path)),
            Self::BadManifest { .. } => Phrase::new("world-bad-manifest"),
        }
    }

    /// The same in English.
    pub fn sentence(&self) -> String {
        self.phrase().to_string()
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

#[cfg(test)]
mod tests {
    use super::*;

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

//! Where a world's bytes come from: a folder, or memory.
//!
//! Flow: a reference written in a file → [`WorldPath`] → [`FolderFiles`] or [`MemoryFiles`] → [`Reader`], which
//! keeps to the limits and remembers what the world consists of.
//! Invariant: no path, whether written in a file or sent by a host, leads out of the world's folder.

use super::error::{Measure, WorldError};
use super::limits;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A path inside a world's folder: relative, `/` between its parts, no `.` or `..`, valid on every system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorldPath(String);

impl WorldPath {
    /// Checks a path that stands in a manifest or on a command line.
    pub fn new(path: &str) -> Result<Self, WorldError> {
        Self::resolve(None, path)
    }

    /// Follows a reference found in the file `from`. References are relative to that file, may be
    /// percent-encoded as glTF asks, and may climb with `..` as long as they stay inside the folder.
    pub fn refer(&self, uri: &str) -> Result<Self, WorldError> {
        Self::resolve(Some(self), uri)
    }

    fn resolve(from: Option<&Self>, uri: &str) -> Result<Self, WorldError> {
        let escapes = || WorldError::PathEscapes { path: uri.to_owned() };
        if uri.len() > 4 * limits::MAX_PATH_BYTES {
            return Err(escapes());
        }
        if let Some((scheme, _)) = uri.split_once(':') {
            // One letter is a Windows drive, more is http: and its like.
            return Err(if scheme.len() > 1 {
                WorldError::Remote { uri: uri.to_owned() }
            } else {
                escapes()
            });
        }
        let path = percent_decoded(uri).ok_or_else(escapes)?.replace('\\', "/");
        if path.starts_with('/') {
            return Err(escapes());
        }
        let mut parts: Vec<&str> = Vec::new();
        if let Some(from) = from {
            parts.extend(from.0.split('/'));
            parts.pop();
        }
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or_else(escapes)?;
                }
                part if is_plain_name(part) => parts.push(part),
                _ => return Err(escapes()),
            }
        }
        let ends_in_a_name = !matches!(path.rsplit('/').next(), None | Some("" | "." | ".."));
        let path = parts.join("/");
        if !ends_in_a_name || path.len() > limits::MAX_PATH_BYTES {
            return Err(escapes());
        }
        Ok(Self(path))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name that is one file on Linux, macOS and Windows alike: no drive, stream, device or hidden end.
fn is_plain_name(name: &str) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let device = DEVICES.iter().any(|device| {
        stem.strip_prefix(device)
            .is_some_and(|rest| rest.is_empty() || (rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit()))
    });
    !device
        && !name.ends_with(['.', ' '])
        && !name
            .chars()
            .any(|c| c.is_control() || matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|'))
}

fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            out.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

/// Something that has a world's files.
pub trait WorldFiles {
    /// The bytes of a file, refused before they are read when there are more than `max_bytes`.
    fn read(&self, path: &WorldPath, max_bytes: u64) -> Result<Bytes, WorldError>;
}

/// Files in a folder on disk. Links are followed only while they stay inside it.
pub struct FolderFiles {
    root: PathBuf,
}

impl FolderFiles {
    /// The folder that holds `main`, and the name of `main` in it.
    pub fn around(main: &Path) -> Result<(Self, WorldPath), WorldError> {
        let shown = main.display().to_string();
        let io = |error: std::io::Error| from_io(&shown, &error);
        let real = main.canonicalize().map_err(io)?;
        if !real.metadata().map_err(io)?.is_file() {
            return Err(WorldError::NotAFile { path: shown });
        }
        let (Some(root), Some(name)) = (real.parent(), real.file_name()) else {
            return Err(WorldError::NotAFile { path: shown });
        };
        let name = name
            .to_str()
            .ok_or_else(|| WorldError::PathEscapes { path: shown.clone() })?;
        // Not `WorldPath::new`: this name is the person's own, and a '%' in it is a '%'.
        if !is_plain_name(name) || name.len() > limits::MAX_PATH_BYTES {
            return Err(WorldError::PathEscapes { path: shown });
        }
        Ok((
            Self {
                root: root.to_owned(),
            },
            WorldPath(name.to_owned()),
        ))
    }
}

impl WorldFiles for FolderFiles {
    fn read(&self, path: &WorldPath, max_bytes: u64) -> Result<Bytes, WorldError> {
        let io = |error: std::io::Error| from_io(path.as_str(), &error);
        let joined = path
            .as_str()
            .split('/')
            .fold(self.root.clone(), |at, part| at.join(part));
        let real = joined.canonicalize().map_err(io)?;
        if !real.starts_with(&self.root) {
            return Err(WorldError::PathEscapes {
                path: path.as_str().to_owned(),
            });
        }
        let file = std::fs::File::open(&real).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(WorldError::NotAFile {
                path: path.as_str().to_owned(),
            });
        }
        check_file_size(metadata.len(), max_bytes)?;
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        // One byte more than allowed: a file that grows while it is read is refused, not cut.
        file.take(max_bytes + 1).read_to_end(&mut bytes).map_err(io)?;
        check_file_size(bytes.len() as u64, max_bytes)?;
        Ok(bytes.into())
    }
}

fn from_io(path: &str, error: &std::io::Error) -> WorldError {
    let path = path.to_owned();
    match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => WorldError::Missing { path },
        kind => WorldError::Io { path, kind },
    }
}

fn check_file_size(found: u64, max: u64) -> Result<(), WorldError> {
    if found > max {
        return Err(WorldError::TooMuch {
            what: Measure::FileBytes,
            found,
            max,
        });
    }
    Ok(())
}

/// Files in memory: the built-in world, and what a guest has fetched.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(BTreeMap<WorldPath, Bytes>);

impl MemoryFiles {
    /// Adds a file, replacing one of the same path.
    pub fn insert(&mut self, path: WorldPath, bytes: Bytes) {
        self.0.insert(path, bytes);
    }
}

impl WorldFiles for MemoryFiles {
    fn read(&self, path: &WorldPath, max_bytes: u64) -> Result<Bytes, WorldError> {
        let bytes = self.0.get(path).ok_or_else(|| WorldError::Missing {
            path: path.as_str().to_owned(),
        })?;
        check_file_size(bytes.len() as u64, max_bytes)?;
        Ok(bytes.clone())
    }
}

/// Reads files once, within the limits, and remembers them for the bundle.
pub(super) struct Reader<'a> {
    files: &'a dyn WorldFiles,
    read: BTreeMap<WorldPath, Bytes>,
    total_bytes: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(files: &'a dyn WorldFiles) -> Self {
        Self {
            files,
            read: BTreeMap::new(),
            total_bytes: 0,
        }
    }

    pub(super) fn read(&mut self, path: &WorldPath) -> Result<Bytes, WorldError> {
        if let Some(bytes) = self.read.get(path) {
            return Ok(bytes.clone());
        }
        if self.read.len() == limits::MAX_FILES {
            return Err(WorldError::TooMuch {
                what: Measure::Files,
                found: limits::MAX_FILES as u64 + 1,
                max: limits::MAX_FILES as u64,
            });
        }
        let bytes = self.files.read(path, limits::MAX_FILE_BYTES)?;
        self.total_bytes += bytes.len() as u64;
        if self.total_bytes > limits::MAX_BUNDLE_BYTES {
            return Err(WorldError::TooMuch {
                what: Measure::AllBytes,
                found: self.total_bytes,
                max: limits::MAX_BUNDLE_BYTES,
            });
        }
        self.read.insert(path.clone(), bytes.clone());
        Ok(bytes)
    }

    pub(super) fn has_read(&self, path: &WorldPath) -> bool {
        self.read.contains_key(path)
    }

    /// Drops a file from the bundle again: read, and found of no use.
    pub(super) fn forget(&mut self, path: &WorldPath) {
        if let Some(bytes) = self.read.remove(path) {
            self.total_bytes -= bytes.len() as u64;
        }
    }

    /// Everything that was read, in path order.
    pub(super) fn into_files(self) -> BTreeMap<WorldPath, Bytes> {
        self.read
    }
}

/// A path as a manifest has it: already clean, so that the same file never has two names.
pub(super) fn manifest_path(path: &str) -> Result<WorldPath, WorldError> {
    let plain = !path.is_empty()
        && path.len() <= limits::MAX_PATH_BYTES
        && path.split('/').all(|part| {
            !part.is_empty() && part != "." && part != ".." && !part.contains('\\') && is_plain_name(part)
        });
    if plain {
        Ok(WorldPath(path.to_owned()))
    } else {
        Err(WorldError::PathEscapes {
            path: path.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_stay_inside_the_folder() {
        let from = WorldPath::new("models/house.gltf").unwrap();
        assert_eq!(from.refer("a%20b.png").unwrap().as_str(), "models/a b.png");
        assert_eq!(
            from.refer("../textures/./a.png").unwrap().as_str(),
            "textures/a.png"
        );
        assert_eq!(from.refer("tex\\a.png").unwrap().as_str(), "models/tex/a.png");
        for hostile in [
            "../../etc/passwd",
            "..\\..\\etc",
            "/etc/passwd",
            "\\\\server\\share",
            "C:\\a",
            "c:a",
            "%2e%2e/%2e%2e/x",
            "%2Fetc%2Fpasswd",
            "a%00b",
            "%",
            "%zz",
            "%ff",
            "",
            ".",
            "..",
            "con",
            "NUL.png",
            "lpt1.bin",
            "a:stream",
            "a.",
            "a\u{7}",
        ] {
            assert!(from.refer(hostile).is_err(), "{hostile}");
        }
        assert!(matches!(
            from.refer("https://x/y.bin"),
            Err(WorldError::Remote { .. })
        ));
        assert!(matches!(
            from.refer("file:///etc/passwd"),
            Err(WorldError::Remote { .. })
        ));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_out_of_the_folder_is_not_followed() {
        let root = std::env::temp_dir().join(format!("holm-files-{}", std::process::id()));
        let inside = root.join("world");
        std::fs::create_dir_all(&inside).unwrap();
        std::fs::write(root.join("secret"), b"s").unwrap();
        std::fs::write(inside.join("a.gltf"), b"{}").unwrap();
        let _ = std::fs::remove_file(inside.join("link"));
        std::os::unix::fs::symlink(root.join("secret"), inside.join("link")).unwrap();
        let (files, main) = FolderFiles::around(&inside.join("a.gltf")).unwrap();
        assert_eq!(files.read(&main, 10).unwrap().as_ref(), b"{}");
        assert!(matches!(
            files.read(&WorldPath::new("link").unwrap(), 10),
            Err(WorldError::PathEscapes { .. })
        ));
        assert!(matches!(files.read(&main, 1), Err(WorldError::TooMuch { .. })));
        assert!(matches!(
            FolderFiles::around(&inside),
            Err(WorldError::NotAFile { .. })
        ));
        assert!(matches!(
            FolderFiles::around(&inside.join("none.glb")),
            Err(WorldError::Missing { .. })
        ));
        std::fs::remove_dir_all(root).unwrap();
    }

    proptest! {
        #[test]
        fn no_reference_ever_escapes(uri in "[a./\\\\%2e0-9fF:~ -]{0,40}") {
            if let Ok(path) = WorldPath::new("x/y.gltf").unwrap().refer(&uri) {
                prop_assert!(!path.as_str().starts_with('/'));
                prop_assert!(path.as_str().split('/').all(|part| !part.is_empty() && part != ".." && part != "."));
                prop_assert!(manifest_path(path.as_str()).is_ok(), "what a host bundles, a guest accepts");
            }
        }
    }
}

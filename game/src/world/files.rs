//! Where a world's bytes come from, and the bundle in which a host hands them to its guests.
//!
//! Flow at the host: [`FolderFiles`] (or the built-in world's [`MemoryFiles`]) → [`Reader`] reads only what
//! the world refers to and remembers it → [`Bundle`] → [`WorldManifest`] to each guest, blobs on request.
//! Flow at a guest: manifest, checked → blobs by hash → [`MemoryFiles`] → the same loader.
//! Invariant: no path, whether written in a file or sent by a host, leads out of the world's folder.

use super::error::WorldError;
use super::limits;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
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
        && !name.chars().any(|c| c.is_control() || matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|'))
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
        let name = name.to_str().ok_or_else(|| WorldError::PathEscapes { path: shown.clone() })?;
        // Not `WorldPath::new`: this name is the person's own, and a '%' in it is a '%'.
        if !is_plain_name(name) || name.len() > limits::MAX_PATH_BYTES {
            return Err(WorldError::PathEscapes { path: shown });
        }
        Ok((Self { root: root.to_owned() }, WorldPath(name.to_owned())))
    }
}

impl WorldFiles for FolderFiles {
    fn read(&self, path: &WorldPath, max_bytes: u64) -> Result<Bytes, WorldError> {
        let io = |error: std::io::Error| from_io(path.as_str(), &error);
        let real = self.root.join(path.as_str()).canonicalize().map_err(io)?;
        if !real.starts_with(&self.root) {
            return Err(WorldError::PathEscapes { path: path.as_str().to_owned() });
        }
        let file = std::fs::File::open(&real).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(WorldError::NotAFile { path: path.as_str().to_owned() });
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
        return Err(WorldError::TooMuch { what: "bytes in one file", found, max });
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
        let bytes = self.0.get(path).ok_or_else(|| WorldError::Missing { path: path.as_str().to_owned() })?;
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
        Self { files, read: BTreeMap::new(), total_bytes: 0 }
    }

    pub(super) fn read(&mut self, path: &WorldPath) -> Result<Bytes, WorldError> {
        if let Some(bytes) = self.read.get(path) {
            return Ok(bytes.clone());
        }
        if self.read.len() == limits::MAX_FILES {
            return Err(WorldError::TooMuch {
                what: "files",
                found: limits::MAX_FILES as u64 + 1,
                max: limits::MAX_FILES as u64,
            });
        }
        let bytes = self.files.read(path, limits::MAX_FILE_BYTES)?;
        self.total_bytes += bytes.len() as u64;
        if self.total_bytes > limits::MAX_BUNDLE_BYTES {
            return Err(WorldError::TooMuch {
                what: "bytes in all files",
                found: self.total_bytes,
                max: limits::MAX_BUNDLE_BYTES,
            });
        }
        self.read.insert(path.clone(), bytes.clone());
        Ok(bytes)
    }

    /// Drops a file from the bundle again: read, and found of no use.
    pub(super) fn forget(&mut self, path: &WorldPath) {
        if let Some(bytes) = self.read.remove(path) {
            self.total_bytes -= bytes.len() as u64;
        }
    }

    pub(super) fn into_bundle(self, main: WorldPath) -> Bundle {
        let files = self
            .read
            .into_iter()
            .map(|(path, bytes)| BundleFile { hash: *blake3::hash(&bytes).as_bytes(), path, bytes })
            .collect();
        Bundle { main, files }
    }
}

/// A file of a world, as the host offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleFile {
    pub path: WorldPath,
    /// BLAKE3 of `bytes`.
    pub hash: [u8; 32],
    pub bytes: Bytes,
}

/// Everything a guest needs to build the same world: only what the world refers to, in path order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    pub main: WorldPath,
    pub files: Vec<BundleFile>,
}

/// What a host tells a guest about its world. Foreign: use it through [`WorldFetch`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorldManifest {
    /// Shown while the world is fetched, at most [`limits::MAX_NAME_CHARS`] characters.
    pub name: String,
    /// Where a guest may stand before the rest is there: feet, metres.
    pub spawn: [f32; 3],
    /// Radians about +y.
    pub spawn_yaw: f32,
    /// Path of the file to begin with; one of `files`.
    pub main: String,
    pub files: Vec<ManifestFile>,
}

/// One file of a [`WorldManifest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    pub path: String,
    pub hash: [u8; 32],
    pub len: u64,
}

/// A guest's way from a manifest to the files, one blob at a time. Pure: who fetches is not its business.
#[derive(Clone, Debug)]
pub struct WorldFetch {
    manifest: WorldManifest,
    main: WorldPath,
    paths: Vec<WorldPath>,
    got: Vec<Option<Bytes>>,
}

impl WorldFetch {
    /// Checks everything the host says before anything is asked for.
    pub fn new(manifest: WorldManifest) -> Result<Self, WorldError> {
        let bad = |what| WorldError::BadManifest { what };
        if manifest.files.is_empty() || manifest.files.len() > limits::MAX_FILES {
            return Err(bad("number of files"));
        }
        if manifest.name.chars().count() > limits::MAX_NAME_CHARS {
            return Err(bad("name"));
        }
        let place = manifest.spawn.iter().all(|v| v.is_finite() && v.abs() <= limits::MAX_REACH_METRES);
        if !place || !manifest.spawn_yaw.is_finite() {
            return Err(bad("spawn point"));
        }
        let mut total = 0_u64;
        let mut paths = Vec::with_capacity(manifest.files.len());
        for file in &manifest.files {
            if file.len > limits::MAX_FILE_BYTES {
                return Err(WorldError::TooMuch {
                    what: "bytes in one file",
                    found: file.len,
                    max: limits::MAX_FILE_BYTES,
                });
            }
            total += file.len; // 256 files of at most 256 MiB: no overflow
            let path = manifest_path(&file.path)?;
            if paths.contains(&path) {
                return Err(bad("the same file twice"));
            }
            paths.push(path);
        }
        if total > limits::MAX_BUNDLE_BYTES {
            return Err(WorldError::TooMuch {
                what: "bytes in all files",
                found: total,
                max: limits::MAX_BUNDLE_BYTES,
            });
        }
        let main = manifest_path(&manifest.main)?;
        if !paths.contains(&main) {
            return Err(bad("main file"));
        }
        let got = vec![None; paths.len()];
        Ok(Self { manifest, main, paths, got })
    }

    /// The manifest, checked.
    pub fn manifest(&self) -> &WorldManifest {
        &self.manifest
    }

    /// Hash and length of each blob still missing, each hash once, in the order to ask for them.
    pub fn missing(&self) -> Vec<([u8; 32], u64)> {
        let mut missing: Vec<([u8; 32], u64)> = Vec::new();
        for (file, got) in self.manifest.files.iter().zip(&self.got) {
            if got.is_none() && !missing.iter().any(|(hash, _)| *hash == file.hash) {
                missing.push((file.hash, file.len));
            }
        }
        missing
    }

    /// Takes a blob that arrived. True when it was one of ours; wrong bytes are an error.
    pub fn take(&mut self, hash: [u8; 32], bytes: &Bytes) -> Result<bool, WorldError> {
        let mut ours = false;
        for (file, got) in self.manifest.files.iter().zip(&mut self.got) {
            if file.hash == hash {
                // The session checks hashes too; one check more costs 1 ms a megabyte and needs no trust.
                if file.len != bytes.len() as u64 || *blake3::hash(bytes).as_bytes() != hash {
                    return Err(WorldError::WrongBytes { path: file.path.clone() });
                }
                *got = Some(bytes.clone());
                ours = true;
            }
        }
        Ok(ours)
    }

    /// Bytes here, and bytes in all.
    pub fn progress(&self) -> (u64, u64) {
        let all = self.manifest.files.iter().map(|file| file.len).sum();
        let have = self.manifest.files.iter().zip(&self.got).filter(|(_, got)| got.is_some());
        (have.map(|(file, _)| file.len).sum(), all)
    }

    /// The files and the one to begin with, once nothing is missing.
    pub fn finish(&self) -> Option<(MemoryFiles, WorldPath)> {
        let mut files = MemoryFiles::default();
        for (path, got) in self.paths.iter().zip(&self.got) {
            files.insert(path.clone(), got.clone()?);
        }
        Some((files, self.main.clone()))
    }
}

/// A path as a manifest has it: already clean, so that the same file never has two names.
fn manifest_path(path: &str) -> Result<WorldPath, WorldError> {
    let plain = !path.is_empty() && path.len() <= limits::MAX_PATH_BYTES && path.split('/').all(|part| {
        !part.is_empty() && part != "." && part != ".." && !part.contains('\\') && is_plain_name(part)
    });
    if plain {
        Ok(WorldPath(path.to_owned()))
    } else {
        Err(WorldError::PathEscapes { path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    fn manifest(files: &[(&str, &[u8])]) -> WorldManifest {
        WorldManifest {
            name: "a".into(),
            spawn: [0.0; 3],
            spawn_yaw: 0.0,
            main: files[0].0.into(),
            files: files
                .iter()
                .map(|(path, bytes)| ManifestFile {
                    path: (*path).into(),
                    hash: *blake3::hash(bytes).as_bytes(),
                    len: bytes.len() as u64,
                })
                .collect(),
        }
    }

    #[test]
    fn references_stay_inside_the_folder() {
        let from = WorldPath::new("models/house.gltf").unwrap();
        assert_eq!(from.refer("a%20b.png").unwrap().as_str(), "models/a b.png");
        assert_eq!(from.refer("../textures/./a.png").unwrap().as_str(), "textures/a.png");
        assert_eq!(from.refer("tex\\a.png").unwrap().as_str(), "models/tex/a.png");
        for hostile in [
            "../../etc/passwd", "..\\..\\etc", "/etc/passwd", "\\\\server\\share", "C:\\a", "c:a", "%2e%2e/%2e%2e/x",
            "%2Fetc%2Fpasswd", "a%00b", "%", "%zz", "%ff", "", ".", "..", "con", "NUL.png", "lpt1.bin", "a:stream", "a.", "a\u{7}",
        ] {
            assert!(from.refer(hostile).is_err(), "{hostile}");
        }
        assert!(matches!(from.refer("https://x/y.bin"), Err(WorldError::Remote { .. })));
        assert!(matches!(from.refer("file:///etc/passwd"), Err(WorldError::Remote { .. })));
    }

    #[test]
    fn a_guest_gets_what_was_announced_or_an_error() {
        let m = manifest(&[("w.ron", b"one"), ("b/c.bin", b"two"), ("d.bin", b"two")]);
        let mut fetch = WorldFetch::new(m.clone()).unwrap();
        assert_eq!(fetch.missing().len(), 2, "equal bytes are fetched once");
        assert!(fetch.finish().is_none());
        assert!(fetch.take(m.files[1].hash, &Bytes::from_static(b"twO")).is_err());
        assert!(!fetch.take([9; 32], &Bytes::from_static(b"x")).unwrap());
        assert!(fetch.take(m.files[0].hash, &Bytes::from_static(b"one")).unwrap());
        assert_eq!(fetch.progress(), (3, 9));
        assert!(fetch.take(m.files[1].hash, &Bytes::from_static(b"two")).unwrap());
        let (files, main) = fetch.finish().unwrap();
        assert_eq!(main.as_str(), "w.ron");
        assert_eq!(files.read(&WorldPath::new("d.bin").unwrap(), 10).unwrap().as_ref(), b"two");
    }

    #[test]
    fn a_hostile_manifest_is_refused() {
        let good = manifest(&[("w.ron", b"one")]);
        let refused = |change: &dyn Fn(&mut WorldManifest)| {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(WorldFetch::new(bad).is_err());
        };
        refused(&|m| m.files.clear());
        refused(&|m| m.files = vec![m.files[0].clone(); 2]);
        refused(&|m| m.main = "other.ron".into());
        refused(&|m| m.files[0].len = u64::MAX);
        refused(&|m| m.files[0].path = "../w.ron".into());
        refused(&|m| m.spawn[1] = f32::NAN);
        refused(&|m| m.spawn[1] = 1e9);
        refused(&|m| m.name = "x".repeat(65));
    }

    #[test]
    fn the_largest_manifest_fits_its_limit() {
        let files = (0..limits::MAX_FILES)
            .map(|index| ManifestFile {
                path: format!("{index:0>width$}", width = limits::MAX_PATH_BYTES),
                hash: [7; 32],
                len: limits::MAX_BUNDLE_BYTES / limits::MAX_FILES as u64,
            })
            .collect::<Vec<_>>();
        let manifest = WorldManifest {
            name: "\u{1f3dd}".repeat(limits::MAX_NAME_CHARS),
            spawn: [1.0; 3],
            spawn_yaw: 1.0,
            main: files[0].path.clone(),
            files,
        };
        let bytes = postcard::to_stdvec(&manifest).unwrap();
        assert!(bytes.len() as u64 <= limits::MAX_MANIFEST_BYTES, "{}", bytes.len());
        assert!(WorldFetch::new(postcard::from_bytes(&bytes).unwrap()).is_ok());
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
        assert!(matches!(FolderFiles::around(&inside), Err(WorldError::NotAFile { .. })));
        assert!(matches!(FolderFiles::around(&inside.join("none.glb")), Err(WorldError::Missing { .. })));
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

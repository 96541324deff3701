//! The bundle in which a host hands its world to guests, and a guest's way to it.
//!
//! Flow at the host: what the reader read → [`Bundle`] → [`WorldManifest`] to each guest, blobs on request.
//! Flow at a guest: manifest, checked → blobs by hash ([`WorldFetch`]) → [`MemoryFiles`] → the same loader.
//! Invariant: nothing a host announces is believed before it is checked, and no bytes without their hash.

use super::error::{Measure, WorldError};
use super::files::{MemoryFiles, Reader, WorldPath, manifest_path};
use super::limits;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

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

impl Bundle {
    /// What a reader read, hashed.
    pub(super) fn of(reader: Reader<'_>, main: WorldPath) -> Self {
        let files = reader
            .into_files()
            .into_iter()
            .map(|(path, bytes)| BundleFile {
                hash: *blake3::hash(&bytes).as_bytes(),
                path,
                bytes,
            })
            .collect();
        Self { main, files }
    }
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
        let place = manifest
            .spawn
            .iter()
            .all(|v| v.is_finite() && v.abs() <= limits::MAX_REACH_METRES);
        if !place || !manifest.spawn_yaw.is_finite() {
            return Err(bad("spawn point"));
        }
        let mut total = 0_u64;
        let mut paths = Vec::with_capacity(manifest.files.len());
        for file in &manifest.files {
            if file.len > limits::MAX_FILE_BYTES {
                return Err(WorldError::TooMuch {
                    what: Measure::FileBytes,
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
                what: Measure::AllBytes,
                found: total,
                max: limits::MAX_BUNDLE_BYTES,
            });
        }
        let main = manifest_path(&manifest.main)?;
        if !paths.contains(&main) {
            return Err(bad("main file"));
        }
        let got = vec![None; paths.len()];
        Ok(Self {
            manifest,
            main,
            paths,
            got,
        })
    }

    /// The manifest, checked.
    pub fn manifest(&self) -> &WorldManifest {
        &self.manifest
    }

    /// Hash and length of each blob to ask for now, each hash once: what one stands on first, and its pictures once
    /// nothing of that is missing.
    pub fn missing(&self) -> Vec<([u8; 32], u64)> {
        let of = |pictures: bool| {
            let mut missing: Vec<([u8; 32], u64)> = Vec::new();
            for (file, got) in self.manifest.files.iter().zip(&self.got) {
                let wanted = got.is_none() && is_picture(&file.path) == pictures;
                if wanted && !missing.iter().any(|(hash, _)| *hash == file.hash) {
                    missing.push((file.hash, file.len));
                }
            }
            missing
        };
        let ground = of(false);
        if ground.is_empty() { of(true) } else { ground }
    }

    /// Takes a blob that arrived. True when it was one of ours; wrong bytes are an error.
    pub fn take(&mut self, hash: [u8; 32], bytes: &Bytes) -> Result<bool, WorldError> {
        let mut ours = false;
        for (file, got) in self.manifest.files.iter().zip(&mut self.got) {
            if file.hash == hash {
                // The session checks hashes too; one check more costs 1 ms a megabyte and needs no trust.
                if file.len != bytes.len() as u64 || *blake3::hash(bytes).as_bytes() != hash {
                    return Err(WorldError::WrongBytes {
                        path: file.path.clone(),
                    });
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
        let have = self
            .manifest
            .files
            .iter()
            .zip(&self.got)
            .filter(|(_, got)| got.is_some());
        (have.map(|(file, _)| file.len).sum(), all)
    }

    /// The files and the one to begin with, once nothing but pictures is missing: enough to walk on.
    pub fn ground(&self) -> Option<(MemoryFiles, WorldPath)> {
        let mut files = MemoryFiles::default();
        let mut lacks_pictures = false;
        for (path, got) in self.paths.iter().zip(&self.got) {
            match got {
                Some(bytes) => {
                    files.insert(path.clone(), bytes.clone());
                }
                None if is_picture(path.as_str()) => lacks_pictures = true,
                None => return None,
            }
        }
        lacks_pictures.then(|| (files, self.main.clone()))
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

/// By its name: whoever calls a floor `floor.png` has their guests wait for all of it.
fn is_picture(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default();
    ["png", "jpg", "jpeg"]
        .iter()
        .any(|picture| ending.eq_ignore_ascii_case(picture))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::files::WorldFiles as _;
    use super::*;

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
        assert_eq!(
            files
                .read(&WorldPath::new("d.bin").unwrap(), 10)
                .unwrap()
                .as_ref(),
            b"two"
        );
    }

    #[test]
    fn pictures_are_asked_for_when_there_is_something_to_stand_on() {
        let m = manifest(&[
            ("w.gltf", b"one"),
            ("a.PNG", b"two"),
            ("b.bin", b"six"),
            ("c.jpeg", b"ten"),
        ]);
        let hash = |index: usize| m.files[index].hash;
        let asked =
            |fetch: &WorldFetch| -> Vec<_> { fetch.missing().into_iter().map(|(hash, _)| hash).collect() };
        let mut fetch = WorldFetch::new(m.clone()).unwrap();
        assert_eq!(asked(&fetch), [hash(0), hash(2)]);
        fetch.take(hash(0), &Bytes::from_static(b"one")).unwrap();
        assert!(fetch.ground().is_none());
        fetch.take(hash(2), &Bytes::from_static(b"six")).unwrap();
        assert_eq!(asked(&fetch), [hash(1), hash(3)]);
        let (files, main) = fetch.ground().unwrap();
        assert_eq!(main.as_str(), "w.gltf");
        assert!(files.read(&WorldPath::new("b.bin").unwrap(), 10).is_ok());
        assert!(files.read(&WorldPath::new("a.PNG").unwrap(), 10).is_err());
        fetch.take(hash(1), &Bytes::from_static(b"two")).unwrap();
        fetch.take(hash(3), &Bytes::from_static(b"ten")).unwrap();
        assert!(fetch.ground().is_none() && fetch.finish().is_some());
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
        assert!(
            bytes.len() as u64 <= limits::MAX_MANIFEST_BYTES,
            "{}",
            bytes.len()
        );
        assert!(WorldFetch::new(postcard::from_bytes(&bytes).unwrap()).is_ok());
    }
}

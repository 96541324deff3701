//! The place of a world that is kept in a folder of its own: what one stands on there, beside what people built.
//!
//! Flow: a guest keeps a copy ([`write`]) → `place.ron` says which world that comes with Holm it is, or of which files it consists, and
//! `place/` has those, each under the BLAKE3 of its bytes → whoever hosts it by its name stands in it again ([`load`]).
//! Invariants: no name of a file becomes a path; what is read is checked as if a stranger had sent it, for a stranger made it.

use super::Vault;
use super::copies::{HELD, not_written};
use super::keeping::{WORLDS, holds_a_world};
use crate::customs;
use crate::hosting::OwnWorld;
use crate::words::Phrase;
use crate::world::{self, BuiltIn, WorldDocument, WorldError, WorldFetch, WorldManifest};
use bytes::Bytes;
use holm_document::files::FilePlace;
use holm_document::folder::Folder;
use holm_document::part::Blob;
use holm_document::store::Disk;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// What says which place it is.
const FILE: &str = "place.ron";
/// Its files.
const FOLDER: &str = "place";
/// The format that is written, and the newest that is read.
const FORMAT: u32 = 1;
/// The longest list of files there can be, as text: four letters for each byte of a hash.
const MOST_BYTES: u64 = 256 << 10;

/// See the module.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    format: u32,
    /// What the room was called in which it was kept.
    called: String,
    place: Place,
}

#[derive(Debug, Serialize, Deserialize)]
enum Place {
    /// One that comes with Holm, by its name.
    BuiltIn(String),
    /// Files of its own.
    Files(WorldManifest),
}

/// Writes it down beside the world in this folder. Blocking.
///
/// # Errors
/// What the disk says, for a person.
pub(super) fn write(folder: &Folder, called: &str, document: &WorldDocument) -> Result<(), Phrase> {
    let place = match BuiltIn::of(&document.bundle) {
        Some(which) => Place::BuiltIn(which.name().to_owned()),
        None => {
            let files = files(folder.path());
            for file in &document.bundle.files {
                let blob = Blob {
                    hash: file.hash,
                    bytes: file.bytes.len() as u64,
                };
                files
                    .write(&blob, &file.bytes)
                    .map_err(|error| not_written(folder.path(), &error))?;
            }
            Place::Files(document.manifest())
        }
    };
    let told = Told {
        format: FORMAT,
        called: called.to_owned(),
        place,
    };
    ron::to_string(&told)
        .map_err(io::Error::other)
        .and_then(|text| folder.another().write(FILE, text.as_bytes()))
        .map_err(|error| not_written(folder.path(), &error))
}

/// Where the files of the place of the world in this folder are.
pub(super) fn files(folder: &Path) -> FilePlace {
    FilePlace::at(folder.join(FOLDER))
}

/// What is said of the place of the world in this folder, as it is written, and its files; `None` where nothing is said, or it
/// is one that comes with Holm as the world is named.
///
/// # Errors
/// It is damaged or cannot be read, for a person.
pub(super) fn of_its_own(folder: &Path) -> Result<Option<(Vec<u8>, Vec<Blob>)>, Phrase> {
    let Some(Told { place, .. }) = told(folder)? else {
        return Ok(None);
    };
    let text = fs::read(folder.join(FILE)).map_err(unread)?;
    let mut files: Vec<Blob> = match place {
        Place::BuiltIn(_) => Vec::new(),
        Place::Files(manifest) => {
            let files = manifest.files.iter();
            files
                .map(|file| Blob {
                    hash: file.hash,
                    bytes: file.len,
                })
                .collect()
        }
    };
    files.sort();
    files.dedup();
    Ok(Some((text, files)))
}

/// Writes down what was said of a place in another's file, whose files are here already; looks whether one can stand there.
///
/// # Errors
/// One cannot, for a person.
pub(super) fn take_in(folder: &Path, told: &[u8]) -> Result<(), Phrase> {
    let own = Folder::new(folder).map_err(unread)?;
    own.another().write(FILE, told).map_err(unread)?;
    load(folder).map(|_| ())
}

fn unread(error: impl std::fmt::Display) -> Phrase {
    Phrase::new("keep-place-unread").with("error", error.to_string())
}

/// What is said of the place of the world in this folder; `None` where nothing is.
fn told(folder: &Path) -> Result<Option<Told>, Phrase> {
    let file = match File::open(folder.join(FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unread(error)),
    };
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(unread)?;
    let told: Told = ron::from_str(&text).map_err(unread)?;
    if told.format > FORMAT {
        return Err(Phrase::new("keep-place-newer"));
    }
    Ok(Some(told))
}

/// The place of the world in this folder; `None` where none is written down. Blocking, as long as it is large.
///
/// # Errors
/// It is damaged or cannot be read, for a person.
pub(super) fn load(folder: &Path) -> Result<Option<WorldDocument>, Phrase> {
    let Some(Told { called, place, .. }) = told(folder)? else {
        return Ok(None);
    };
    let bad = |error: WorldError| {
        bevy::log::warn!("the place of a kept world was not opened: {error}");
        error.phrase()
    };
    let mut document = match place {
        Place::BuiltIn(name) => {
            let which = BuiltIn::named(&name).ok_or_else(|| Phrase::new("keep-place-newer"))?;
            which.load().map_err(bad)?
        }
        Place::Files(manifest) => {
            let kept = files(folder);
            let mut fetch = WorldFetch::new(manifest).map_err(bad)?;
            let (files, main) = loop {
                if let Some(all) = fetch.finish() {
                    break all;
                }
                for (hash, bytes) in fetch.missing() {
                    let found = kept.read(&Blob { hash, bytes }).map_err(unread)?;
                    let found = found.ok_or_else(|| unread(io::Error::from(io::ErrorKind::NotFound)))?;
                    fetch.take(hash, &Bytes::from(found)).map_err(bad)?;
                }
            };
            world::load(&files, &main).map_err(bad)?
        }
    };
    document.name = customs::world_name(&called);
    Ok(Some(document))
}

/// The worlds that are kept here with their places, by name. Blocking, and short: it reads a line of each.
pub fn own_worlds(vault: &Vault) -> Vec<OwnWorld> {
    let entries = fs::read_dir(vault.folder().join(WORLDS));
    let mut worlds: Vec<OwnWorld> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| holds_a_world(&entry.path()) && !entry.path().join(HELD).exists())
        .filter_map(|entry| {
            let told = told(&entry.path()).ok().flatten()?;
            Some(OwnWorld {
                name: entry.file_name().into_string().ok()?,
                called: told.called,
            })
        })
        .collect();
    worlds.sort();
    worlds
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::world::{MemoryFiles, WorldPath};
    use std::path::PathBuf;

    fn empty(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("holm-place-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        path
    }

    fn meadow() -> WorldDocument {
        let main = WorldPath::new("worlds/meadow.ron").unwrap();
        let text = "World(version: 1, name: \"Meadow\", spawns: [(at: (3, 1, 0), facing_degrees: 90)], fall_below: -7, \
                    things: [(shape: Box(size: (20, 1, 20)), at: (0, -1, 0))])";
        let mut files = MemoryFiles::default();
        files.insert(main.clone(), Bytes::from_static(text.as_bytes()));
        world::load(&files, &main).unwrap()
    }

    #[test]
    fn a_place_is_the_same_when_it_is_opened_again() {
        for (name, document) in [
            ("own", meadow()),
            ("built-in", BuiltIn::QuietRoom.load().unwrap()),
        ] {
            let path = empty(name);
            let folder = Folder::new(&path).unwrap();
            assert!(load(&path).unwrap().is_none(), "nothing is said yet");
            write(&folder, "Käthe", &document).unwrap();
            let opened = load(&path).unwrap().unwrap();
            assert_eq!(opened.name, "Käthe");
            let named = WorldDocument {
                name: opened.name.clone(),
                ..document
            };
            assert_eq!(opened, named);
            assert_eq!(path.join(FOLDER).exists(), name == "own");
            if name == "built-in" {
                let text = fs::read_to_string(path.join(FILE)).unwrap();
                assert_eq!(text, r#"(format:1,called:"Käthe",place:BuiltIn("quiet-room"))"#);
            }
            fs::remove_dir_all(path).unwrap();
        }
    }

    #[test]
    fn a_place_goes_along_in_one_file_and_a_strangers_is_looked_through() {
        let [here, there] = ["goes", "comes"].map(empty);
        let folder = Folder::new(&here).unwrap();
        assert!(of_its_own(&here).unwrap().is_none(), "nothing is said yet");
        write(&folder, "Meadow", &meadow()).unwrap();
        let (told, blobs) = of_its_own(&here).unwrap().unwrap();
        assert_eq!(blobs.len(), 1);
        Folder::new(&there).unwrap();
        assert!(take_in(&there, &told).is_err(), "its file is not there");
        let bytes = files(&here).read(&blobs[0]).unwrap().unwrap();
        files(&there).write(&blobs[0], &bytes).unwrap();
        assert!(take_in(&there, b"(format:1,called:").is_err());
        take_in(&there, &told).unwrap();
        assert_eq!(load(&there).unwrap(), load(&here).unwrap());
        for path in [here, there] {
            fs::remove_dir_all(path).unwrap();
        }
    }

    #[test]
    fn a_place_that_is_damaged_or_leads_elsewhere_is_a_sentence() {
        let path = empty("damaged");
        let folder = Folder::new(&path).unwrap();
        let document = meadow();
        write(&folder, "Meadow", &document).unwrap();
        let text = fs::read_to_string(path.join(FILE)).unwrap();
        for (from, to) in [
            ("worlds/meadow.ron", "../../meadow.ron"),
            ("format:1", "format:2"),
            ("Files", "Elsewhere"),
        ] {
            assert!(text.contains(from), "{text}");
            fs::write(path.join(FILE), text.replace(from, to)).unwrap();
            assert!(load(&path).is_err(), "{to}");
        }
        fs::write(path.join(FILE), &text).unwrap();
        assert!(load(&path).is_ok());
        let hash = holm_document::one_file::hex(&document.bundle.files[0].hash);
        fs::write(path.join(FOLDER).join(hash), b"another world").unwrap();
        assert!(load(&path).is_err());
        fs::remove_dir_all(path.join(FOLDER)).unwrap();
        assert!(load(&path).is_err());
        fs::remove_dir_all(path).unwrap();
    }
}

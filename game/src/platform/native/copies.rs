//! A copy of somebody else's world, on its way to a folder of its own among the worlds that are kept here.
//!
//! Flow: [`CopyPlace::begin`] makes the folder, with a mark in it → the files that things show go into it ([`CopyPlace::take`], [`CopyPlace::put`]) →
//! [`CopyPlace::finish`] writes the place and the world, made its keeper's, and takes the mark away.
//! Invariants: it is a world when all of it is there, and nothing of it stays where that does not come (what a program left that
//! was ended meanwhile is removed when the next copy begins); no world that is kept here, or
//! ever will be by another road, has its name.

use super::keeping::{self, WORLDS};
use super::{Vault, place};
use crate::customs;
use crate::succession::heir::HeldWorld;
use crate::things::keep::WorldCopy;
use crate::words::Phrase;
use holm_document::files::FilePlace;
use holm_document::folder::Folder;
use holm_document::part::Blob;
use holm_document::store::{Store, StoreError};
use holm_document::theirs;
use holm_net::link::RoomSecret;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Copies of one name that are told apart by a number.
const MOST: u32 = 999;

/// A file in the folder of a copy that is not whole.
const MARK: &str = "copying";
/// A file in the folder of a world that somebody else hosts, and that we would go on with.
pub(super) const HELD: &str = "held";

/// See the module.
pub struct CopyPlace {
    name: String,
    folder: Folder,
    files: FilePlace,
    /// All of it is there.
    whole: AtomicBool,
}

impl CopyPlace {
    /// A folder for a copy of a world that is called so. Blocking.
    ///
    /// # Errors
    /// What the disk says, for a person.
    pub fn begin(vault: &Vault, called: &str) -> Result<Self, Phrase> {
        let worlds = vault.folder().join(WORLDS);
        let not = |error: io::Error| not_written(&worlds, &error);
        fs::create_dir_all(&worlds).map_err(not)?;
        sweep(&worlds);
        let stem = stem(called);
        // Always with a number: neither worlds that come with Holm nor those of files are kept under such a name.
        for number in 1..=MOST {
            let name = format!("{stem}-{number}");
            let path = worlds.join(&name);
            match fs::create_dir(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(not(error)),
            }
            let marked = Folder::new(&path).and_then(|folder| {
                fs::write(path.join(MARK), [])?;
                Ok(folder)
            });
            let folder = marked.map_err(|error| {
                let _ = fs::remove_dir_all(&path);
                not(error)
            })?;
            return Ok(Self {
                files: FilePlace::beside(&path),
                folder,
                name,
                whole: AtomicBool::new(false),
            });
        }
        Err(not(io::ErrorKind::AlreadyExists.into()))
    }

    /// Under which name it is found among the worlds that are kept here.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes a file in, where it is on this device; whether it is. Blocking.
    ///
    /// # Errors
    /// What the disk says, for a person.
    pub fn take(&self, file: &Blob, cache: &FilePlace) -> Result<bool, Phrase> {
        match cache.read(file) {
            Ok(Some(bytes)) => self.put(file, &bytes).map(|()| true),
            // What is damaged here is fetched anew.
            Ok(None) | Err(_) => Ok(false),
        }
    }

    /// Takes in the bytes of a file. Blocking.
    ///
    /// # Errors
    /// What the disk says, for a person.
    pub fn put(&self, file: &Blob, bytes: &[u8]) -> Result<(), Phrase> {
        self.files
            .write(file, bytes)
            .map_err(|error| not_written(self.folder.path(), &error))
    }

    /// Writes the world. Blocking.
    ///
    /// # Errors
    /// What the disk says, or that it is no world, for a person.
    pub fn finish(&self, copy: WorldCopy) -> Result<(), Phrase> {
        let not = |error: io::Error| not_written(self.folder.path(), &error);
        let (state, history) = theirs::copy(copy.state, copy.owner.0, copy.at_secs)
            .map_err(|error| Phrase::new("keep-no-world").with("error", error.to_string()))?;
        place::write(&self.folder, &copy.called, &copy.place)?;
        let world = RoomSecret::random().map_err(|error| not(io::Error::other(error)))?;
        Store::create(self.folder.another(), world.0, &state, &history).map_err(|error| match error {
            StoreError::Disk(error) => not(error),
            error => not(io::Error::other(error)),
        })?;
        fs::remove_file(self.folder.path().join(MARK)).map_err(not)?;
        self.whole.store(true, Ordering::Release);
        Ok(())
    }
}

impl CopyPlace {
    /// Writes a world as its host has it, with its place, to go on from if that host vanishes: facts go into what is
    /// returned. Until it is [`Self::claim`]ed it is nobody's here, and goes with this value. Blocking.
    ///
    /// # Errors
    /// What the disk says, for a person.
    pub fn hold(&self, world: &HeldWorld) -> Result<Store<Folder>, Phrase> {
        let not = |error: io::Error| not_written(self.folder.path(), &error);
        fs::write(self.folder.path().join(HELD), []).map_err(not)?;
        place::write(&self.folder, &world.called, &world.place)?;
        let store = Store::create(self.folder.another(), world.world, &world.state, &world.history);
        store.map_err(|error| match error {
            StoreError::Disk(error) => not(error),
            error => not(io::Error::other(error)),
        })
    }

    /// It is a world of ours from now on. Blocking, and short.
    ///
    /// # Errors
    /// What the disk says, for a person; it is held as before then.
    pub fn claim(&self) -> Result<(), Phrase> {
        for mark in [MARK, HELD] {
            fs::remove_file(self.folder.path().join(mark))
                .map_err(|error| not_written(self.folder.path(), &error))?;
        }
        self.whole.store(true, Ordering::Release);
        Ok(())
    }
}

/// Removes what programs left that were ended while they kept a copy, or held a world for its host: what is marked, is no world or
/// only held, and is in nobody's use.
fn sweep(worlds: &Path) {
    for entry in fs::read_dir(worlds).into_iter().flatten().flatten() {
        let path = entry.path();
        let held = path.join(HELD).is_file();
        if !path.join(MARK).is_file() || keeping::holds_a_world(&path) && !held {
            continue;
        }
        if let Ok(folder) = Folder::new(&path)
            && let Err(error) = fs::remove_dir_all(folder.path())
        {
            bevy::log::warn!("what was left of a copy could not be removed: {error}");
        }
    }
}

impl Drop for CopyPlace {
    fn drop(&mut self) {
        if !self.whole.load(Ordering::Acquire)
            && let Err(error) = fs::remove_dir_all(self.folder.path())
        {
            bevy::log::warn!("what there was of a copy could not be removed: {error}");
        }
    }
}

/// What the disk said, for a person.
pub(super) fn not_written(folder: &Path, error: &io::Error) -> Phrase {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Phrase::new("keep-disk-full"),
        _ => Phrase::new("keep-not-written")
            .with("error", error.to_string())
            .with("folder", folder.display().to_string()),
    }
}

/// What a world is called, as a folder's name begins.
fn stem(called: &str) -> String {
    let called = customs::world_name(called);
    let words: Vec<&str> = called
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let stem: String = words.join("-").chars().take(keeping::NAME_CHARS).collect();
    if stem.is_empty() { "world".to_owned() } else { stem }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_copys_name_is_one_that_a_world_can_have_and_no_other_has() {
        let data = std::env::temp_dir().join(format!("holm-copies-{}", std::process::id()));
        let _ = fs::remove_dir_all(&data);
        let vault = Vault::at(Some(data.clone()));
        let begun = |called: &str| CopyPlace::begin(&vault, called).unwrap();
        let names: Vec<CopyPlace> = [
            "Harbour",
            "Harbour",
            "../../Ada's  garden",
            "مرفأ",
            "\u{202E}?!",
            &"long ".repeat(40),
        ]
        .map(begun)
        .into();
        let all: Vec<&str> = names.iter().map(CopyPlace::name).collect();
        assert_eq!(all[..4], ["Harbour-1", "Harbour-2", "Ada-s-garden-1", "مرفأ-1"]);
        for name in all {
            assert_eq!(keeping::checked(name).unwrap(), name);
        }
        // What was never finished leaves nothing, also where the program was ended in the middle.
        drop(names);
        let left = data.join(WORLDS).join("Left-1");
        fs::create_dir(&left).unwrap();
        fs::write(left.join(MARK), []).unwrap();
        fs::create_dir(data.join(WORLDS).join("Other")).unwrap();
        let mine = begun("Mine");
        let other = begun("Mine");
        assert!(!left.exists() && data.join(WORLDS).join("Other").exists());
        assert!(mine.folder.path().exists(), "in use");
        drop((mine, other));
        fs::remove_dir(data.join(WORLDS).join("Other")).unwrap();
        assert_eq!(fs::read_dir(data.join(WORLDS)).unwrap().count(), 0);
        fs::remove_dir_all(data).unwrap();
    }

    #[test]
    fn a_full_disk_is_told_from_one_that_says_no() {
        let told = |kind: io::ErrorKind| not_written(Path::new("here"), &kind.into());
        assert_eq!(told(io::ErrorKind::StorageFull), Phrase::new("keep-disk-full"));
        assert_ne!(
            told(io::ErrorKind::PermissionDenied),
            Phrase::new("keep-disk-full")
        );
    }
}

//! Files that people brought into a world, on the disk beside it: each under the BLAKE3 of its bytes, and there once.
//!
//! Flow: whoever hosts writes a file ([`FilePlace::write`]) before a fact may name it → reads it for those who show it → removes
//! what nothing names any more ([`named`]).
//! Invariants: a file under its name is whole, and on the disk, when [`FilePlace::write`] returns; what is read has the hash that
//! was asked for, or is an error; names come from hashes and never from people; a world opens whatever is missing here.

use crate::folder::Folder;
use crate::history::History;
use crate::journal::WorldId;
use crate::one_file::{self, Shelf};
use crate::part::Blob;
use crate::state::State;
use crate::version::{self, VersionError};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Its name beside a world's snapshots and facts.
const FOLDER: &str = "files";
/// Being written, and of no use to anybody.
const UNFINISHED: &str = "part";

/// A folder of such files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlace(PathBuf);

impl FilePlace {
    /// Beside the world in this folder.
    #[must_use]
    pub fn beside(world: &Path) -> Self {
        Self(world.join(FOLDER))
    }

    /// In this folder, which is made when something is first written.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Which files there are, by hash, and how long. Whether they are whole is seen when they are read.
    ///
    /// # Errors
    /// As the system says; a folder that is not there has nothing in it.
    pub fn list(&self) -> io::Result<BTreeMap<[u8; 32], u64>> {
        let mut found = BTreeMap::new();
        for entry in self.entries()? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(hash) = name.to_str().and_then(one_file::unhex) else {
                continue; // somebody else's
            };
            let about = entry.metadata()?;
            if about.is_file() {
                found.insert(hash, about.len());
            }
        }
        Ok(found)
    }

    /// The same, after what was never written to its end is removed: for whoever has the world open.
    ///
    /// # Errors
    /// As the system says.
    pub fn tidied(&self) -> io::Result<BTreeMap<[u8; 32], u64>> {
        for entry in self.entries()? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == UNFINISHED) {
                fs::remove_file(path)?;
            }
        }
        self.list()
    }

    fn entries(&self) -> io::Result<impl Iterator<Item = io::Result<fs::DirEntry>>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => Some(entries),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(entries.into_iter().flatten())
    }

    fn of(&self, hash: &[u8; 32]) -> PathBuf {
        self.0.join(one_file::hex(hash))
    }

    /// Takes these bytes in; they are on the disk when this returns. Blocking.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] where they are not the file that is said; otherwise as the system says. Nothing of them is
    /// there then.
    pub fn write(&self, file: &Blob, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() as u64 != file.bytes || blake3::hash(bytes) != blake3::Hash::from(file.hash) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.take(file, &mut &bytes[..])
    }

    fn take(&self, file: &Blob, bytes: &mut dyn Read) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        let place = self.of(&file.hash);
        let unfinished = place.with_extension(UNFINISHED);
        let copied = File::create(&unfinished).and_then(|mut to| {
            io::copy(bytes, &mut to)?;
            to.flush()?;
            to.sync_all()
        });
        if let Err(error) = copied.and_then(|()| fs::rename(&unfinished, &place)) {
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        // The name, too. Windows has no such call and needs none.
        if cfg!(unix) {
            File::open(&self.0)?.sync_all()?;
        }
        Ok(())
    }

    /// The bytes of a file, `None` where it is not here. Blocking.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] where it is damaged; otherwise as the system says.
    pub fn read(&self, file: &Blob) -> io::Result<Option<Vec<u8>>> {
        let Some(opened) = self.open(file)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(usize::try_from(file.bytes).unwrap_or(usize::MAX))
            .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        // One byte more: what is too long is seen to be, and not held.
        opened.take(file.bytes + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != file.bytes || blake3::hash(&bytes) != blake3::Hash::from(file.hash) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Some(bytes))
    }

    /// The file, to be read piece by piece; nobody has looked whether it is whole.
    ///
    /// # Errors
    /// As the system says.
    pub fn open(&self, file: &Blob) -> io::Result<Option<File>> {
        match File::open(self.of(&file.hash)) {
            Ok(opened) => Ok(Some(opened)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Away with it; one that is not there is away.
    ///
    /// # Errors
    /// As the system says.
    pub fn remove(&self, hash: &[u8; 32]) -> io::Result<()> {
        match fs::remove_file(self.of(hash)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes those that were written longest ago until what is left takes no more than this, bytes: for what can be fetched
    /// again.
    ///
    /// # Errors
    /// As the system says.
    pub fn shrink(&self, most_bytes: u64) -> io::Result<()> {
        let mut all = Vec::new();
        for (hash, bytes) in self.list()? {
            all.push((fs::metadata(self.of(&hash))?.modified()?, hash, bytes));
        }
        all.sort_unstable();
        let mut left: u64 = all.iter().map(|(_, _, bytes)| bytes).sum();
        for (_, hash, bytes) in all {
            if left <= most_bytes {
                break;
            }
            self.remove(&hash)?;
            left -= bytes;
        }
        Ok(())
    }
}

impl Shelf for FilePlace {
    fn put(&mut self, file: &Blob, bytes: &mut dyn Read) -> io::Result<()> {
        self.take(file, bytes)
    }
}

/// Files that a world names: in its things, in what can be taken back, and in its versions. Whatever else is beside it nobody can
/// ever see again. Blocking: it reads every version.
///
/// # Errors
/// A disk does not say: then nobody knows what may be removed. A version that is damaged, or another world's, names nothing that
/// could be brought back.
pub fn named(
    folder: &Folder,
    world: &WorldId,
    state: &State,
    history: &History,
) -> Result<BTreeSet<Blob>, VersionError> {
    let mut named = one_file::files(state, Some(history));
    for (number, about) in version::list(folder)? {
        match about.and_then(|_| version::open(folder, world, number)) {
            Ok((_, old)) => named.extend(one_file::files(&old, None)),
            Err(error @ VersionError::Store(_)) => return Err(error),
            Err(_) => {}
        }
    }
    Ok(named)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn place(name: &str) -> FilePlace {
        let path = std::env::temp_dir().join(format!("holm-files-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        FilePlace::beside(&path)
    }

    fn blob(bytes: &[u8]) -> Blob {
        Blob {
            hash: *blake3::hash(bytes).as_bytes(),
            bytes: bytes.len() as u64,
        }
    }

    #[test]
    fn a_file_is_there_once_and_read_as_it_was_written_or_not_at_all() {
        let place = place("once");
        let file = blob(b"a picture");
        assert_eq!(place.read(&file).unwrap(), None, "and no folder is no error");
        for _ in 0..2 {
            place.write(&file, b"a picture").unwrap();
        }
        assert_eq!(place.list().unwrap(), BTreeMap::from([(file.hash, 9)]));
        assert_eq!(place.read(&file).unwrap().as_deref(), Some(&b"a picture"[..]));
        // Another length is another file, whatever its hash.
        let longer = Blob { bytes: 10, ..file };
        assert_eq!(
            place.read(&longer).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
        assert_eq!(
            place.write(&longer, b"a picture!").unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
        fs::write(place.of(&file.hash), b"a pIcture").unwrap();
        assert_eq!(place.read(&file).unwrap_err().kind(), io::ErrorKind::InvalidData);
        // Whoever brings it again mends it.
        place.write(&file, b"a picture").unwrap();
        assert!(place.read(&file).unwrap().is_some());
        place.remove(&file.hash).unwrap();
        place.remove(&file.hash).unwrap();
        assert_eq!(place.list().unwrap(), BTreeMap::new());
    }

    #[test]
    fn what_was_never_finished_is_tidied_and_what_is_not_ours_is_left_alone() {
        let place = place("tidy");
        let file = blob(b"whole");
        place.write(&file, b"whole").unwrap();
        let torn = place.of(&[7; 32]).with_extension(UNFINISHED);
        fs::write(&torn, b"tor").unwrap();
        fs::write(place.path().join("notes.txt"), b"mine").unwrap();
        assert_eq!(place.list().unwrap().len(), 1, "half a file is none");
        assert_eq!(place.tidied().unwrap().len(), 1);
        assert!(!torn.exists() && place.path().join("notes.txt").exists());
    }

    #[test]
    fn what_can_be_fetched_again_makes_room_for_what_is_newer() {
        let place = place("shrink");
        let all: Vec<Blob> = (0..4u8)
            .map(|n| {
                let bytes = [n; 100];
                let file = blob(&bytes);
                place.write(&file, &bytes).unwrap();
                let then =
                    std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(u64::from(n) + 1);
                File::options()
                    .write(true)
                    .open(place.of(&file.hash))
                    .unwrap()
                    .set_modified(then)
                    .unwrap();
                file
            })
            .collect();
        place.shrink(250).unwrap();
        let left: Vec<bool> = all
            .iter()
            .map(|file| place.read(file).unwrap().is_some())
            .collect();
        assert_eq!(left, [false, false, true, true]);
    }
}

//! A world's folder on a real disk.
//!
//! Invariants: one program at a time has it, for two would write into each other's records; a file is replaced by renaming a finished one over it, and the folder is synced after that, so that after
//! a power cut there is the old one or the new one.

use crate::store::Disk;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// See the module.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Locked as long as it is open; the system lets go of it however the program ends.
    lock: Arc<File>,
    /// The file that grows stays open.
    open: Option<(String, File)>,
    /// A file was begun, through any handle, since the folder was synced.
    begun: Arc<AtomicBool>,
}

/// Being written, and of no use to anybody; with the name that it is to have behind it, for two may be written at once.
const UNFINISHED: &str = "unfinished-";
/// What version 1 called it.
const UNFINISHED_OF_1: &str = "unfinished";
const LOCK: &str = "lock";

impl Folder {
    /// This one; made where it is not there.
    ///
    /// # Errors
    /// As the system says; [`io::ErrorKind::ResourceBusy`] where another program has it.
    pub fn new(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        fs::create_dir_all(&path)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::Error(error) => error,
            TryLockError::WouldBlock => io::ErrorKind::ResourceBusy.into(),
        })?;
        let folder = Self {
            path,
            lock: Arc::new(lock),
            open: None,
            begun: Arc::default(),
        };
        for name in folder.list()? {
            if name.starts_with(UNFINISHED) || name == UNFINISHED_OF_1 {
                fs::remove_file(folder.at(&name))?;
            }
        }
        Ok(folder)
    }

    /// Another handle, for a thread that syncs and writes snapshots ([`crate::store::Pending`]).
    #[must_use]
    pub fn another(&self) -> Self {
        Self {
            path: self.path.clone(),
            lock: Arc::clone(&self.lock),
            open: None,
            begun: Arc::clone(&self.begun),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn growing(&mut self, name: &str) -> io::Result<&mut File> {
        if self.open.as_ref().is_none_or(|(open, _)| open != name) {
            let file = OpenOptions::new().append(true).open(self.at(name))?;
            self.open = Some((name.to_owned(), file));
        }
        match &mut self.open {
            Some((_, file)) => Ok(file),
            None => Err(io::ErrorKind::NotFound.into()), // put there above
        }
    }

    /// What was renamed or removed is so after a power cut, too. Windows has no such call and needs none.
    fn sync_folder(&self) -> io::Result<()> {
        if cfg!(unix) {
            File::open(&self.path)?.sync_all()?;
        }
        Ok(())
    }
}

impl Disk for Folder {
    fn list(&self) -> io::Result<Vec<String>> {
        listed(&self.path)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.at(name))
    }

    fn read_beginning(&self, name: &str, most_bytes: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(self.at(name))?
            .take(most_bytes as u64)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.open = None;
        let unfinished = self.at(&format!("{UNFINISHED}{name}"));
        {
            // Closed before it is renamed: some systems ask for that.
            let mut file = File::create(&unfinished)?;
            file.write_all(bytes)?;
            file.sync_all()?;
        }
        fs::rename(&unfinished, self.at(name))?;
        self.sync_folder()
    }

    fn begin(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.begun.store(true, Ordering::Release);
        self.open = None;
        File::create(self.at(name))?.write_all(bytes)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.growing(name)?.write_all(bytes)
    }

    fn cut(&mut self, name: &str, len: u64) -> io::Result<()> {
        self.open = None;
        let file = OpenOptions::new().write(true).open(self.at(name))?;
        file.set_len(len)?;
        file.sync_all()
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.growing(name)?.sync_data()?;
        if self.begun.swap(false, Ordering::AcqRel)
            && let Err(error) = self.sync_folder()
        {
            self.begun.store(true, Ordering::Release);
            return Err(error);
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.open = None;
        fs::rename(self.at(from), self.at(to))?;
        self.sync_folder()
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.open = None;
        fs::remove_file(self.at(name))
    }
}

/// A world's folder that is looked at and not changed, not even by a lock's file ([`crate::doctor`]).
#[derive(Debug)]
pub struct Looking {
    path: PathBuf,
    /// As long as it is held no program begins to write there.
    lock: Option<File>,
    in_use: bool,
}

impl Looking {
    /// At this one. Where no program has it, none gets it as long as this is kept.
    ///
    /// # Errors
    /// As the system says, [`io::ErrorKind::NotFound`] where there is none.
    pub fn at(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        fs::read_dir(&path)?;
        let (mut lock, mut in_use) = (None, false);
        match File::open(path.join(LOCK)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {} // never opened here: a copy of one
            Err(error) => return Err(error),
            Ok(file) => match file.try_lock_shared() {
                Ok(()) => lock = Some(file),
                Err(TryLockError::WouldBlock) => in_use = true,
                Err(TryLockError::Error(error)) => return Err(error),
            },
        }
        Ok(Self { path, lock, in_use })
    }

    /// Whether a program has it open: what is being written just then may look torn.
    pub fn is_in_use(&self) -> bool {
        self.in_use
    }

    /// Whether nobody else can begin to write meanwhile.
    pub fn is_held(&self) -> bool {
        self.lock.is_some()
    }
}

fn only_looking<T>() -> io::Result<T> {
    Err(io::ErrorKind::ReadOnlyFilesystem.into())
}

impl Disk for Looking {
    fn list(&self) -> io::Result<Vec<String>> {
        listed(&self.path)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path.join(name))
    }

    fn write(&mut self, _: &str, _: &[u8]) -> io::Result<()> {
        only_looking()
    }

    fn begin(&mut self, _: &str, _: &[u8]) -> io::Result<()> {
        only_looking()
    }

    fn append(&mut self, _: &str, _: &[u8]) -> io::Result<()> {
        only_looking()
    }

    fn cut(&mut self, _: &str, _: u64) -> io::Result<()> {
        only_looking()
    }

    fn sync(&mut self, _: &str) -> io::Result<()> {
        only_looking()
    }

    fn rename(&mut self, _: &str, _: &str) -> io::Result<()> {
        only_looking()
    }

    fn remove(&mut self, _: &str) -> io::Result<()> {
        only_looking()
    }
}

fn listed(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        names.extend(entry?.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

//! The folder where this device keeps what is its person's: keys, name, the last link.
//!
//! Invariant: a file is there whole or not at all, and nobody else on this machine may read it.

use bevy::prelude::Resource;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Kept files are keys and names; anything of a megabyte is something else.
const MAX_BYTES: u64 = 1 << 20;

/// A folder of small private files.
#[derive(Resource, Clone, Debug)]
pub struct Vault {
    folder: PathBuf,
    /// Files that were begun, through any clone of this.
    begun: Arc<AtomicU64>,
}

impl Vault {
    /// In `folder`; without one where `HOLM_DATA` says, or in the usual place of this system.
    pub fn at(folder: Option<PathBuf>) -> Self {
        Self {
            folder: folder.unwrap_or_else(usual_folder),
            begun: Arc::default(),
        }
    }

    /// The folder, for people to look into.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is kept under a name.
    ///
    /// # Errors
    /// What the system says, for a person.
    pub fn load(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        self.load_up_to(name, MAX_BYTES)
    }

    /// The same for what may be larger than keys and names.
    ///
    /// # Errors
    /// What the system says, for a person.
    pub fn load_up_to(&self, name: &str, max_bytes: u64) -> Result<Option<Vec<u8>>, String> {
        let path = self.folder.join(name);
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
            Ok(about) if !about.is_file() || about.len() > max_bytes => {
                Err(format!("{} is no such file", path.display()))
            }
            Ok(_) => fs::read(&path).map(Some).map_err(|error| error.to_string()),
        }
    }

    /// Keeps bytes under a name.
    ///
    /// # Errors
    /// What the system says, for a person: a full disk, a folder that cannot be written.
    pub fn save(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        self.write(name, bytes).map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull => "the disk is full".to_owned(),
            io::ErrorKind::PermissionDenied => format!("{} cannot be written", self.folder.display()),
            _ => error.to_string(),
        })
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        // Two programs of one person may start at once, and a program's worlds have a thread each: each write begins a file of
        // its own.
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let aside = self
            .folder
            .join(format!("{name}.{}.{number}.new", std::process::id()));
        let written = private(&aside).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        if let Err(error) = written {
            let _ = fs::remove_file(&aside);
            return Err(error);
        }
        fs::rename(&aside, self.folder.join(name))
    }

    /// Puts a broken file aside under another name, which it returns.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_aside(&self, name: &str) -> Result<String, String> {
        for i in 0..100 {
            let aside = self.folder.join(format!("{name}.broken{i}"));
            if !aside.exists() {
                fs::rename(self.folder.join(name), &aside).map_err(|error| error.to_string())?;
                return Ok(aside.display().to_string());
            }
        }
        Err("too many broken files are kept already".to_owned())
    }
}

/// A new file only this user can read.
fn private(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn usual_folder() -> PathBuf {
    let env = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(folder) = env("HOLM_DATA") {
        return folder;
    }
    if cfg!(windows) {
        return env("APPDATA").unwrap_or_default().join("Holm");
    }
    let home = env("HOME").unwrap_or_else(|| PathBuf::from("."));
    if cfg!(target_os = "macos") {
        return home.join("Library/Application Support/Holm");
    }
    // A relative XDG path is to be ignored (XDG base directory specification).
    env("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| home.join(".local/share"))
        .join("holm")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::profile;

    fn empty(name: &str) -> Vault {
        let folder = std::env::temp_dir().join(format!("holm-vault-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Vault::at(Some(folder))
    }

    #[test]
    fn one_is_the_same_person_after_a_restart() {
        let vault = empty("restart");
        let (first, notice) = profile::load(&vault).unwrap();
        assert_eq!(notice, None);
        let (second, _) = profile::load(&vault).unwrap();
        assert_eq!(first.identity.account(), second.identity.account());
        fs::remove_dir_all(vault.folder()).unwrap();
    }

    #[test]
    fn worlds_of_one_program_do_not_write_into_each_others_files() {
        let vault = empty("at-once");
        std::thread::scope(|scope| {
            for letter in *b"abcd" {
                let vault = vault.clone();
                scope.spawn(move || {
                    for _ in 0..50 {
                        vault.save("link", &[letter; 4_000]).unwrap();
                    }
                });
            }
        });
        let kept = vault.load("link").unwrap().unwrap();
        assert_eq!(kept, [kept[0]; 4_000], "whole");
        assert_eq!(fs::read_dir(vault.folder()).unwrap().count(), 1, "and alone");
        fs::remove_dir_all(vault.folder()).unwrap();
    }

    #[test]
    fn a_damaged_key_is_set_aside_and_said() {
        let vault = empty("damaged");
        let (first, _) = profile::load(&vault).unwrap();
        let path = vault.folder().join("identity.key");
        let mut bytes = fs::read(&path).unwrap();
        bytes[40] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let (second, notice) = profile::load(&vault).unwrap();
        assert_ne!(first.identity.account(), second.identity.account());
        assert!(
            notice
                .unwrap()
                .sentence
                .to_string()
                .contains("identity.key.broken0")
        );
        assert_eq!(
            fs::read(vault.folder().join("identity.key.broken0")).unwrap(),
            bytes,
            "kept as it was"
        );
        let (third, notice) = profile::load(&vault).unwrap();
        assert_eq!(
            (third.identity.account(), notice),
            (second.identity.account(), None)
        );
        fs::remove_dir_all(vault.folder()).unwrap();
    }

    #[test]
    fn without_a_disk_one_is_somebody_and_told() {
        let vault = Vault::at(Some(PathBuf::from("/dev/null/nowhere")));
        let (_, notice) = profile::load(&vault).unwrap();
        assert!(notice.is_some());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_keys() {
        use std::os::unix::fs::PermissionsExt;
        let vault = empty("mode");
        profile::load(&vault).unwrap();
        let mode = fs::metadata(vault.folder().join("identity.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(vault.folder()).unwrap();
    }
}

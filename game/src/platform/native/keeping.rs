//! Folders in which the worlds that are hosted here are kept: what people build in them.
//!
//! Invariant: one world, one folder, whichever way it was opened; a folder that another program has is not opened.

use super::Vault;
use crate::hosting::WorldChoice;
use crate::succession::kept::newest_beside;
use crate::things::KeptWorld;
use crate::words::Phrase;
use crate::world::BuiltIn;
use holm_document::folder::Folder;
use holm_document::store::{Store, StoreError};
use holm_document::{History, State};
use holm_identity::AccountKey;
use holm_net::link::RoomSecret;
use std::io;
use std::path::Path;
use std::time::Duration;

/// Within this person's data.
pub(super) const WORLDS: &str = "worlds";
/// A world that was just closed here is still being written as a whole: that is waited for, so often and so long.
const CLOSING_TRIES: u32 = 30;
const CLOSING_STEP: Duration = Duration::from_millis(100);
/// Letters of a name that somebody gives.
const MOST_NAME_CHARS: usize = 64;
/// Letters of a world file's name in its folder's.
pub(super) const NAME_CHARS: usize = 40;

/// What is kept of this world; a new one is its owner's. Without a folder or an owner, nothing is. Blocking.
///
/// # Errors
/// A sentence for a person: a disk that is full or forbids it, or another program that has the world open.
pub(super) fn open(
    world: &WorldChoice,
    keep: Option<&str>,
    vault: Option<&Vault>,
    owner: Option<AccountKey>,
) -> Result<Option<KeptWorld>, Phrase> {
    let (Some(vault), Some(owner)) = (vault, owner) else {
        return Ok(None);
    };
    let name = keep.map_or_else(|| folder_name(world), str::to_owned);
    // The world may have come home in a folder of its own.
    let path = newest_beside(&vault.folder().join(WORLDS).join(name));
    let not_kept = |error: &dyn std::fmt::Display| {
        Phrase::new("house-not-kept")
            .with("error", error.to_string())
            .with("folder", path.display().to_string())
    };
    let begun = begin(&path, owner);
    match begun {
        Ok(kept) => Ok(Some(kept)),
        Err(StoreError::Disk(error)) if error.kind() == io::ErrorKind::ResourceBusy => {
            Err(Phrase::new("house-open-elsewhere"))
        }
        // There is something that could not be read: nobody is to build beside it.
        Err(error) if holds_a_world(&path) => Err(not_kept(&error)),
        Err(error) => {
            bevy::log::warn!("what people build in this world cannot be kept, so nobody can build: {error}");
            Ok(Some(KeptWorld {
                store: None,
                state: State::new(owner.0),
                history: History::default(),
            }))
        }
    }
}

/// Opens the world of this folder, or begins it there.
fn begin(path: &Path, owner: AccountKey) -> Result<KeptWorld, StoreError> {
    match Store::open(folder(path)?) {
        Ok((store, state, history, found)) => {
            for file in &found.damaged {
                bevy::log::warn!("{file} in {} was damaged and is kept aside", path.display());
            }
            Ok(KeptWorld {
                store: Some(store),
                state,
                history,
            })
        }
        Err(StoreError::NoWorld) => {
            let world = RoomSecret::random().map_err(io::Error::other)?;
            let (state, history) = (State::new(owner.0), History::default());
            let store = Store::create(folder(path)?, world.0, &state, &history)?;
            Ok(KeptWorld {
                store: Some(store),
                state,
                history,
            })
        }
        Err(error) => Err(error),
    }
}

fn folder(path: &Path) -> io::Result<Folder> {
    let mut tries = 0;
    loop {
        match Folder::new(path) {
            // This program may just be closing it.
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy && tries < CLOSING_TRIES => {
                tries += 1;
                std::thread::sleep(CLOSING_STEP);
            }
            opened => return opened,
        }
    }
}

/// A name under which a world can be kept: what every disk takes, and no way out of the folder.
///
/// # Errors
/// A sentence for a person.
pub(super) fn checked(name: &str) -> Result<&str, String> {
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    if name.is_empty() || name.chars().count() > MOST_NAME_CHARS || !name.chars().all(fits) {
        return Err(format!(
            "“{name}” cannot be a world's name here: 1 to {MOST_NAME_CHARS} letters, digits, - and _."
        ));
    }
    Ok(name)
}

/// Whether there is more than what marks it as open.
pub(super) fn holds_a_world(path: &Path) -> bool {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .any(|name| name.starts_with("snapshot-") || name.starts_with("facts-"))
}

/// Of a world that comes with Holm, its name; of a file, its name and what tells it from others of that name.
fn folder_name(world: &WorldChoice) -> String {
    match world {
        WorldChoice::BuiltIn(which) => which.name().to_owned(),
        WorldChoice::AsKept => BuiltIn::default().name().to_owned(),
        WorldChoice::File(path) => {
            let whole = path.canonicalize().unwrap_or_else(|_| path.clone());
            let stem = |path: &Path| {
                path.file_stem().map_or_else(String::new, |stem| {
                    stem.to_string_lossy()
                        .chars()
                        .take(NAME_CHARS)
                        .map(|letter| if letter.is_alphanumeric() { letter } else { '-' })
                        .collect()
                })
            };
            let hash = blake3::hash(whole.as_os_str().as_encoded_bytes()).to_hex();
            format!("{}-{}", stem(&whole), &hash[..12])
        }
    }
}

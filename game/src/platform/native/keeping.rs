//! Folders in which the worlds that are hosted here are kept: what people build in them.
//!
//! Invariant: one world, one folder, whichever way it was opened; a folder that another program has is not opened.

use super::Vault;
use crate::hosting::WorldChoice;
use crate::things::KeptWorld;
use crate::words::Phrase;
use holm_document::folder::Folder;
use holm_document::store::{Store, StoreError};
use holm_document::{History, State};
use holm_identity::AccountKey;
use holm_net::link::RoomSecret;
use std::io;
use std::path::Path;
use std::time::Duration;

/// Within this person's data.
const WORLDS: &str = "worlds";
/// A world that was just closed here is still being written as a whole: that is waited for, so often and so long.
const CLOSING_TRIES: u32 = 30;
const CLOSING_STEP: Duration = Duration::from_millis(100);
/// Letters of a world file's name in its folder's.
const NAME_CHARS: usize = 40;

/// What is kept of this world; a new one is its owner's. Without a folder or an owner, nothing is. Blocking.
///
/// # Errors
/// A sentence for a person: a disk that is full or forbids it, or another program that has the world open.
pub(super) fn open(
    world: &WorldChoice,
    vault: Option<&Vault>,
    owner: Option<AccountKey>,
) -> Result<Option<KeptWorld>, Phrase> {
    let (Some(vault), Some(owner)) = (vault, owner) else {
        return Ok(None);
    };
    let path = vault.folder().join(WORLDS).join(folder_name(world));
    let not_kept = |error: &dyn std::fmt::Display| {
        Phrase::new("house-not-kept")
            .with("error", error.to_string())
            .with("folder", path.display().to_string())
    };
    let folder = || {
        let mut tries = 0;
        loop {
            match Folder::new(&path) {
                Ok(folder) => return Ok(folder),
                // This program may just be closing it.
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy && tries < CLOSING_TRIES => {
                    tries += 1;
                    std::thread::sleep(CLOSING_STEP);
                }
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                    return Err(Phrase::new("house-open-elsewhere"));
                }
                Err(error) => return Err(not_kept(&error)),
            }
        }
    };
    match Store::open(folder()?) {
        Ok((store, state, history, found)) => {
            for file in &found.damaged {
                bevy::log::warn!("{file} in {} was damaged and is kept aside", path.display());
            }
            Ok(Some(KeptWorld {
                store,
                state,
                history,
            }))
        }
        Err(StoreError::NoWorld) => {
            let world = RoomSecret::random().map_err(|error| not_kept(&error))?;
            let (state, history) = (State::new(owner.0), History::default());
            let store = Store::create(folder()?, world.0, &state, &history).map_err(|error| not_kept(&error))?;
            Ok(Some(KeptWorld {
                store,
                state,
                history,
            }))
        }
        Err(error) => Err(not_kept(&error)),
    }
}

/// Of a world that comes with Holm, its name; of a file, its name and what tells it from others of that name.
fn folder_name(world: &WorldChoice) -> String {
    match world {
        WorldChoice::BuiltIn(which) => which.name().to_owned(),
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

//! Folders in which the worlds that are hosted here are kept: what people build in them.
//!
//! Invariant: one world, one folder, whichever way it was opened; a folder that another program has is not opened.

use super::Vault;
use crate::hosting::WorldChoice;
use crate::things::KeptWorld;
use crate::words::Phrase;
use holm_document::folder::Folder;
use holm_document::store::{Store, StoreError};
use holm_net::link::RoomSecret;
use std::io;
use std::path::Path;

/// Within this person's data.
const WORLDS: &str = "worlds";
/// Letters of a world file's name in its folder's.
const NAME_CHARS: usize = 40;

/// What is kept of this world. Blocking.
///
/// # Errors
/// A sentence for a person: a disk that is full or forbids it, or another program that has the world open.
pub(super) fn open(world: &WorldChoice, vault: Option<&Vault>) -> Result<Option<KeptWorld>, Phrase> {
    let Some(vault) = vault else {
        return Ok(None);
    };
    let path = vault.folder().join(WORLDS).join(folder_name(world));
    let not_kept = |error: &dyn std::fmt::Display| {
        Phrase::new("house-not-kept")
            .with("error", error.to_string())
            .with("folder", path.display().to_string())
    };
    let folder = || {
        Folder::new(&path).map_err(|error| match error.kind() {
            io::ErrorKind::ResourceBusy => Phrase::new("house-open-elsewhere"),
            _ => not_kept(&error),
        })
    };
    match Store::open(folder()?) {
        Ok((store, state, history, found)) => {
            for file in &found.damaged {
                bevy::log::warn!("{file} in {} was damaged and is kept aside", path.display());
            }
            Ok(Some(KeptWorld::Old {
                store: Box::new(store),
                state: Box::new(state),
                history: Box::new(history),
            }))
        }
        Err(StoreError::NoWorld) => {
            let world = RoomSecret::random().map_err(|error| not_kept(&error))?;
            Ok(Some(KeptWorld::New(folder()?, world.0)))
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

//! Keys and a name in the page's storage, as hexadecimal text.
//!
//! Invariant: whoever may run scripts on this origin may read it; that is the host who served the page. So
//! an identity in a browser is one for this host's worlds, and no other device's key comes near it.

use bevy::prelude::Resource;
use std::path::Path;

/// Under this prefix, beside the settings' `holm/`.
const PREFIX: &str = "holm/vault/";

/// What this page keeps.
#[derive(Resource, Clone, Debug)]
pub struct Vault;

impl Vault {
    /// A browser has no folder.
    pub fn folder(&self) -> &Path {
        Path::new("")
    }

    /// What is kept under a name.
    ///
    /// # Errors
    /// When the browser allows no storage, for a person.
    pub fn load(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let text = storage()?
            .get_item(&format!("{PREFIX}{name}"))
            .map_err(|_| FORBIDDEN.to_owned())?;
        // Text that is no hexadecimal is a damaged file: the reader of the bytes says so.
        Ok(text.map(|text| bytes(&text).unwrap_or_default()))
    }

    /// The same: a page's storage has a limit of its own.
    ///
    /// # Errors
    /// When the browser allows no storage, for a person.
    pub fn load_up_to(&self, name: &str, _max_bytes: u64) -> Result<Option<Vec<u8>>, String> {
        self.load(name)
    }

    /// Keeps bytes under a name.
    ///
    /// # Errors
    /// When the browser's storage is full or forbidden, for a person.
    pub fn save(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        storage()?
            .set_item(&format!("{PREFIX}{name}"), &text)
            .map_err(|_| "the browser's storage is full".to_owned())
    }

    /// Puts what is broken aside under another name, which it returns.
    ///
    /// # Errors
    /// When the browser allows no storage.
    pub fn set_aside(&self, name: &str) -> Result<String, String> {
        let storage = storage()?;
        let forbidden = |_| FORBIDDEN.to_owned();
        let from = format!("{PREFIX}{name}");
        // What was put aside before is somebody's, too.
        let aside = (0..100)
            .map(|i| format!("{PREFIX}{name}.broken{i}"))
            .find(|aside| storage.get_item(aside).is_ok_and(|kept| kept.is_none()))
            .ok_or("too many broken files are kept already")?;
        let text = storage.get_item(&from).map_err(forbidden)?.unwrap_or_default();
        storage.set_item(&aside, &text).map_err(forbidden)?;
        storage.remove_item(&from).map_err(forbidden)?;
        Ok(format!("“{aside}” in this page's storage"))
    }
}

const FORBIDDEN: &str = "the browser allows no storage on this page";

fn storage() -> Result<web_sys::Storage, String> {
    let window = web_sys::window().ok_or(FORBIDDEN)?;
    // An error here is a person who forbids it (private windows, strict settings).
    window
        .local_storage()
        .ok()
        .flatten()
        .ok_or_else(|| FORBIDDEN.to_owned())
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

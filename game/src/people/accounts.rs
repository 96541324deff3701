//! Lists of accounts and what they were called, as this device keeps them.
//!
//! Invariants: lines that are no account cost only themselves; a list that cannot be read is put aside.

use crate::customs;
use crate::platform::Vault;
use bevy::prelude::warn;
use data_encoding::HEXLOWER;
use holm_identity::AccountKey;
use std::collections::BTreeMap;

/// Accounts and names.
pub(super) type Accounts = BTreeMap<AccountKey, String>;

/// A line takes some 150 bytes.
const MAX_BYTES: usize = 512 * 1024;

pub(super) fn to_text(accounts: &Accounts) -> Option<String> {
    let lines: Vec<(String, &str)> = accounts
        .iter()
        .map(|(key, name)| (HEXLOWER.encode(&key.0), name.as_str()))
        .collect();
    ron::ser::to_string_pretty(&lines, ron::ser::PrettyConfig::default()).ok()
}

pub(super) fn from_text(text: &str, most: usize) -> Option<Accounts> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let lines: Vec<(String, String)> = ron::from_str(text).ok()?;
    let accounts = lines.into_iter().filter_map(|(key, name)| {
        let key = HEXLOWER.decode(key.as_bytes()).ok()?.try_into().ok()?;
        Some((AccountKey(key), customs::name(&name)))
    });
    Some(accounts.take(most).collect())
}

/// `None`: there is none yet.
///
/// # Errors
/// What was wrong with it; it lies beside its place now.
pub(super) fn load(vault: &Vault, name: &str, most: usize) -> Result<Option<Accounts>, String> {
    let read = match vault.load(name) {
        Ok(None) => return Ok(None),
        Ok(Some(bytes)) => std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| from_text(text, most))
            .ok_or_else(|| "no list".to_owned()),
        Err(error) => Err(error),
    };
    read.map(Some)
        .map_err(|error| format!("{error}: {:?}", vault.set_aside(name)))
}

pub(super) fn keep(vault: &Vault, name: &str, accounts: &Accounts) {
    if let Some(text) = to_text(accounts)
        && let Err(error) = vault.save(name, text.as_bytes())
    {
        warn!("{name} was not kept: {error}");
    }
}

//! To which worlds somebody said that they would go on with them: kept on this device, so that a program that begins again asks
//! nobody twice.
//!
//! Invariant: a word counts for one world of one host; a file that cannot be read is as if nothing had been said.

use super::rules::Account;
use crate::platform::Vault;
use bevy::log::warn;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const FILE: &str = "heir.ron";
/// The format that is written, and the newest that is read.
const FORMAT: u32 = 1;
/// Worlds of others that one would go on with: more than anybody has friends who host.
const MOST: usize = 256;

/// A world, and who hosts it.
pub(super) type Of = (Account, [u8; 16]);

#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
    /// Host and world, as hexadecimal digits.
    worlds: Vec<(String, String)>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Agreed {
    worlds: BTreeSet<Of>,
    read: bool,
}

impl Agreed {
    /// Whether they said yes to this, now or in an earlier run.
    pub(super) fn has(&mut self, vault: Option<&Vault>, of: &Of) -> bool {
        self.read(vault);
        self.worlds.contains(of)
    }

    /// They say yes to it, or no.
    pub(super) fn say(&mut self, vault: Option<&Vault>, of: Of, yes: bool) {
        self.read(vault);
        let changed = if yes {
            self.worlds.len() < MOST && self.worlds.insert(of)
        } else {
            self.worlds.remove(&of)
        };
        if let (true, Some(vault)) = (changed, vault) {
            let written = ron::to_string(&Kept {
                format: FORMAT,
                worlds: self.worlds.iter().map(digits).collect(),
            });
            let saved = written
                .map_err(|error| error.to_string())
                .and_then(|text| vault.save(FILE, text.as_bytes()));
            if let Err(error) = saved {
                warn!("that somebody would go on with a world is not kept for next time: {error}");
            }
        }
    }

    fn read(&mut self, vault: Option<&Vault>) {
        let (false, Some(vault)) = (std::mem::replace(&mut self.read, true), vault) else {
            return;
        };
        match vault.load(FILE) {
            Ok(None) => {}
            Ok(Some(bytes)) => match parse(&bytes) {
                Some(worlds) => self.worlds.extend(worlds),
                None => warn!(
                    "to which worlds somebody said that they would go on with them could not be read: {FILE} is damaged or newer"
                ),
            },
            Err(error) => warn!("{FILE} could not be read: {error}"),
        }
    }
}

fn digits((host, world): &Of) -> (String, String) {
    (HEXLOWER.encode(host), HEXLOWER.encode(world))
}

fn parse(bytes: &[u8]) -> Option<BTreeSet<Of>> {
    let kept: Kept = ron::from_str(core::str::from_utf8(bytes).ok()?).ok()?;
    if kept.format > FORMAT || kept.worlds.len() > MOST {
        return None;
    }
    let of = |(host, world): &(String, String)| {
        let host = HEXLOWER.decode(host.as_bytes()).ok()?.try_into().ok()?;
        let world = HEXLOWER.decode(world.as_bytes()).ok()?.try_into().ok()?;
        Some((host, world))
    };
    kept.worlds.iter().map(of).collect()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_for_the_next_run_and_for_that_world_only() {
        let folder = std::env::temp_dir().join(format!("holm-agreed-{}", std::process::id()));
        let vault = Vault::at(Some(folder.clone()));
        let (harbour, garden) = (([1; 32], [2; 16]), ([1; 32], [3; 16]));
        let mut first = Agreed::default();
        assert!(!first.has(Some(&vault), &harbour));
        first.say(Some(&vault), harbour, true);
        let mut second = Agreed::default();
        assert!(second.has(Some(&vault), &harbour) && !second.has(Some(&vault), &garden));
        second.say(Some(&vault), harbour, false);
        assert!(!Agreed::default().has(Some(&vault), &harbour));
        vault
            .save(FILE, b"(format: 1, worlds: [(\"zz\", \"\")])")
            .unwrap();
        let mut third = Agreed::default();
        assert!(
            !third.has(Some(&vault), &harbour),
            "damaged: as if nothing had been said"
        );
        third.say(Some(&vault), garden, true);
        assert!(Agreed::default().has(Some(&vault), &garden));
        std::fs::remove_dir_all(folder).unwrap();
    }
}

//! What a host keeps about succession beside its world, so that it knows after a crash who may have gone on with it.
//!
//! Invariant: a file that cannot be read is as if there were none, and is said in the log: the world itself is more important.

use super::rules::{Account, Roll};
use super::will::{Chain, Heir};
use bevy::log::warn;
use holm_document::folder::Folder;
use holm_document::store::Disk;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FILE: &str = "succession.ron";
/// The format that is written, and the newest that is read.
const FORMAT: u32 = 1;
const MOST_BYTES: usize = 1 << 20;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    format: u32,
    /// In which term this host is, or was.
    pub(super) term: u64,
    /// By which right, where it is not the owner's own.
    pub(super) chain: Chain,
    /// Whom its host named, in their order.
    pub(super) named: Vec<Account>,
    /// Where those were last who were ready.
    pub(super) heirs: BTreeMap<Account, Heir>,
    pub(super) roll: Roll,
    /// It is hosted, or its host ended without closing it.
    pub(super) open: bool,
}

impl Kept {
    /// Of a host in this term, by this right, that has named nobody.
    pub(super) fn of(term: u64, chain: Chain) -> Self {
        Self {
            format: FORMAT,
            term,
            chain,
            ..Self::default()
        }
    }

    /// What is kept in this folder; as of a world that never had an heir, where nothing is.
    pub(super) fn load(folder: &Folder) -> Self {
        let new = Self::of(1, Chain::default());
        let bytes = match folder.read(FILE) {
            Ok(bytes) => bytes,
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    warn!("who goes on with this world could not be read: {error}");
                }
                return new;
            }
        };
        let read = core::str::from_utf8(&bytes)
            .ok()
            .filter(|text| text.len() <= MOST_BYTES)
            .and_then(|text| ron::from_str::<Self>(text).ok())
            .filter(|kept| kept.format <= FORMAT);
        read.unwrap_or_else(|| {
            warn!("who goes on with this world could not be read: {FILE} is damaged or newer");
            new
        })
    }

    /// Blocking, and short.
    pub(super) fn save(&self, folder: &Folder) {
        let written = ron::to_string(self)
            .map_err(std::io::Error::other)
            .and_then(|text| folder.another().write(FILE, text.as_bytes()));
        if let Err(error) = written {
            warn!("who goes on with this world could not be written down: {error}");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_what_is_damaged_is_nothing() {
        let path = std::env::temp_dir().join(format!("holm-succession-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        let folder = Folder::new(&path).unwrap();
        assert_eq!(Kept::load(&folder).term, 1);
        let kept = Kept {
            format: FORMAT,
            term: 3,
            named: vec![[5; 32]],
            open: true,
            ..Kept::default()
        };
        kept.save(&folder);
        assert_eq!(Kept::load(&folder), kept);
        std::fs::write(path.join(FILE), b"(format: 1, term").unwrap();
        assert_eq!(Kept::load(&folder).term, 1);
        std::fs::remove_dir_all(path).unwrap();
    }
}

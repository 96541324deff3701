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
use std::path::{Path, PathBuf};

const FILE: &str = "succession.ron";
/// The format that is written, and the newest that is read.
const FORMAT: u32 = 1;
const MOST_BYTES: usize = 1 << 20;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    format: u32,
    /// Which world it is.
    #[serde(default)]
    pub(super) world: [u8; 16],
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
    /// Somebody else may have gone on with it: nothing is changed before that is known.
    #[serde(default)]
    pub(super) asks: bool,
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

    /// The same of a folder that somebody may be using; `None` where nothing can be read. Blocking, and short.
    fn peek(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join(FILE)).ok()?;
        let kept = ron::from_str::<Self>(&text).ok()?;
        (text.len() <= MOST_BYTES && kept.format <= FORMAT).then_some(kept)
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

/// Of all folders beside this one that have the same world, the one that has it in the newest term: this one, where it is no other.
/// Blocking, and short.
pub fn newest_beside(folder: &Path) -> PathBuf {
    let Some(own) = Kept::peek(folder) else {
        return folder.to_owned();
    };
    let newest = of_world(folder.parent().unwrap_or(folder), &own.world)
        .into_iter()
        .max_by_key(|(term, _)| *term)
        .filter(|(term, _)| *term > own.term);
    newest.map_or_else(|| folder.to_owned(), |(_, path)| path)
}

/// The newest term in which a program of this person went on with this world; 0: none did. Blocking, and short.
pub fn newest_term(worlds: &Path, world: &[u8; 16]) -> u64 {
    let terms = of_world(worlds, world);
    terms.into_iter().map(|(term, _)| term).max().unwrap_or(0)
}

/// Folders with this world, and the terms that they have it in; not what is only held for its host.
fn of_world(worlds: &Path, world: &[u8; 16]) -> Vec<(u64, PathBuf)> {
    let entries = std::fs::read_dir(worlds).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter_map(|path| Some((Kept::peek(&path)?, path)))
        .filter(|(kept, _)| kept.world == *world && *world != [0; 16])
        .map(|(kept, path)| (kept.term, path))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn of_two_folders_with_one_world_the_newer_term_is_opened() {
        let worlds = std::env::temp_dir().join(format!("holm-terms-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&worlds);
        for (name, world, term) in [("harbour", 7, 1), ("Harbour-1", 7, 3), ("Other-1", 8, 9)] {
            let kept = Kept {
                world: [world; 16],
                ..Kept::of(term, Chain::default())
            };
            kept.save(&Folder::new(worlds.join(name)).unwrap());
        }
        assert_eq!(newest_beside(&worlds.join("harbour")), worlds.join("Harbour-1"));
        assert_eq!(newest_beside(&worlds.join("Other-1")), worlds.join("Other-1"));
        assert_eq!(newest_beside(&worlds.join("none")), worlds.join("none"));
        assert_eq!(
            (newest_term(&worlds, &[7; 16]), newest_term(&worlds, &[1; 16])),
            (3, 0)
        );
        std::fs::remove_dir_all(worlds).unwrap();
    }

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

//! A world as one file (`.holm`) that another machine opens.
//!
//! It is a plain ZIP archive in which nothing is compressed, so that anybody can look inside with what they have:
//! `holm.ron` says what it is ([`Manifest`]), `world.snapshot` is the world as its folder has it ([`crate::journal`]),
//! `licences.txt` says of each file of people what is known about it, and `files/` has those files, each under the BLAKE3 of its
//! bytes. What one stands on there is not the document's business: `place.ron` and `place/` go along as they are given, and come out
//! as they went in. Flow: [`export()`] ← a [`Source`] of files; [`import()`] → a [`Shelf`] for files and a folder for the world.
//! Invariants: no name in the archive becomes a path; no length is believed before it was compared with a limit and with the
//! file's own; nothing that compresses is read, so nothing is larger inside than outside.

mod export;
mod import;
mod look;

use crate::journal::{NotRead, WorldId};
use crate::limits;
use crate::part::Blob;
use crate::state::State;
use crate::store::StoreError;
use crate::theirs::NotTheirs;
use crate::thing::FactNo;
use crate::{History, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::{self, Read};

pub use crate::theirs::RanksAndTable;
pub use export::{Export, Exported, Place, Source, export};
pub use import::{Import, Imported, Shelf, import};
pub use look::look;
pub(crate) use look::unhex;

/// The newest format that is read; the one that is written where a place goes along. Without one it is 1, as before there were places.
pub const FORMAT: u32 = 2;
const WITHOUT_PLACE: u32 = 1;

const MANIFEST: &str = "holm.ron";
const SNAPSHOT: &str = "world.snapshot";
const LICENCES: &str = "licences.txt";
const FILES: &str = "files/";
const PLACE: &str = "place.ron";
const PLACE_FILES: &str = "place/";

/// What takes no more than that is read, bytes.
const MANIFEST_BYTES: u64 = 64 << 10;
const LICENCES_BYTES: u64 = 16 << 20;
/// The same of what is said of a place: four letters for each byte of a hash.
pub const PLACE_BYTES: u64 = 256 << 10;
/// Files of one place.
pub const MOST_PLACE_FILES: usize = 256;

/// What is said of a world in its file. Numbers are compared with what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// What its owner calls it: 1 to [`limits::NAME_CHARS`] letters in one line.
    pub name: String,
    /// When it was written, seconds since 1970.
    pub at_secs: u64,
    /// Which world it is a copy of, hex.
    pub world: String,
    pub newest: FactNo,
    pub things: u32,
    pub people: u32,
    /// Whether the past is in it: who did what, and what can be taken back.
    pub history: bool,
    pub snapshot_bytes: u64,
    /// BLAKE3 of `world.snapshot`, hex.
    pub snapshot_blake3: String,
    /// Files of people that are in it…
    pub files: u32,
    /// …and how much they take, bytes…
    pub files_bytes: u64,
    /// …and those that things in it show and that were not to be had.
    pub missing: u32,
    /// Files of its place that are in it, and how much they take, bytes.
    #[serde(default)]
    pub place_files: u32,
    #[serde(default)]
    pub place_bytes: u64,
}

/// Why a world could not be written into one file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("a world's name is 1 to {} letters in one line", limits::NAME_CHARS)]
    BadName,
    #[error("it has more than {} files in it", limits::EXPORTED_FILES)]
    TooMany,
    /// It was being written to while it was read.
    #[error("a file changed while it was read")]
    Changed,
    #[error(transparent)]
    Disk(#[from] io::Error),
    /// A file of its place was not to be had, or damaged: without it nobody stands there.
    #[error("a file of its place is missing or damaged")]
    NoPlace,
    #[error("it cannot be written: {0}")]
    Archive(String),
}

/// Why a file is no world that can be taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("it is no world in one file, or it is cut off")]
    NoWorld,
    #[error("it was written by a newer program (format {0}; this one reads up to {FORMAT})")]
    Newer(u32),
    /// Packed by another program, or by somebody with something in mind.
    #[error("there is something in it that no world has: {0}")]
    Foreign(String),
    #[error("something in it is larger than a world can have")]
    TooLarge,
    #[error("what it says of itself is not what is in it")]
    NotAsSaid,
    #[error("the world in it cannot be read: {0}")]
    NotRead(#[from] NotRead),
    /// Which one, BLAKE3.
    #[error("one of its files is damaged")]
    BadFile([u8; 32]),
    #[error("it cannot be made the importer's: {0}")]
    NotYours(Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Disk(#[from] io::Error),
}

impl From<NotTheirs> for ImportError {
    fn from(not: NotTheirs) -> Self {
        match not {
            NotTheirs::Full => Self::NotYours(Refusal::Full),
            NotTheirs::TooLarge => Self::TooLarge,
            NotTheirs::Damaged => Self::NotRead(NotRead::Damaged),
        }
    }
}

/// Files that things show, and with a past those that they showed: each once.
pub fn files(state: &State, history: Option<&History>) -> BTreeSet<Blob> {
    let now = state.things().flat_map(|(_, thing)| thing.parts());
    let mut files: BTreeSet<Blob> = now.filter_map(|held| held.part.file()).collect();
    for past in history.into_iter().flat_map(History::past) {
        files.extend(past.files());
    }
    files
}

/// Bytes as people read them, and as the archive names files.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn entry(folder: &str, blob: &Blob) -> String {
    format!("{folder}{}", hex(&blob.hash))
}

fn world_name(world: &WorldId) -> String {
    hex(world)
}

/// Reads a file, and with its last byte says whether it is the one that was meant: whoever copies it has an error then.
struct Checked<R> {
    inner: R,
    file: Blob,
    read: u64,
    hasher: blake3::Hasher,
}

impl<R: Read> Checked<R> {
    fn new(inner: R, file: Blob) -> Self {
        Self {
            inner,
            file,
            read: 0,
            hasher: blake3::Hasher::new(),
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let some = self.inner.read(buffer)?;
        self.read += some as u64;
        self.hasher.update(buffer.get(..some).unwrap_or_default());
        let cut_off = some == 0 && !buffer.is_empty() && self.read < self.file.bytes;
        let another = some > 0
            && self.read >= self.file.bytes
            && (self.read > self.file.bytes || self.hasher.finalize().as_bytes() != &self.file.hash);
        if cut_off || another {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(some)
    }
}

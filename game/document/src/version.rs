//! Named versions of a world: how it was when somebody said "keep this", in files beside its own.
//!
//! Flow: [`save`] writes the things, people and powers of that moment → [`list`] reads what is said of each → [`open`] gives the
//! state back, for `Keeper::restore`. All of it is work at the disk, on any thread, through any handle of the world's
//! folder ([`crate::folder::Folder::another`]).
//! Invariants: names of files come from numbers and never from people; a version of another world, or a damaged one, is not opened;
//! what is listed costs the beginning of each file and no more.

use crate::history::History;
use crate::journal::{self, NotRead, Snapshot, WorldId};
use crate::limits;
use crate::state::State;
use crate::store::{Disk, StoreError};
use crate::thing::FactNo;
use serde::{Deserialize, Serialize};

/// The format that is written: a magic, this number, the length of what is said of it (u16), that, the beginning of the BLAKE3
/// of all before (8 bytes), and a snapshot without a past.
const FORMAT: u16 = 1;
const MAGIC: &[u8; 8] = b"HOLMVERS";
const FILES: &str = "version-";
const CHECK_BYTES: usize = 8;
const BEFORE_ABOUT_BYTES: usize = 8 + 2 + 2;
/// What is said of a version takes no more: a name of [`limits::NAME_CHARS`], and some numbers.
const HEAD_BYTES: usize = 1_024;

/// One of a world's versions; no number is given twice while the newest is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionNo(pub u64);

/// What is said of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub world: WorldId,
    /// From a person, see [`name`].
    pub name: String,
    /// When it was saved, seconds since 1970.
    pub at_secs: u64,
    /// The account of who saved it.
    pub by: [u8; 32],
    /// The newest fact in it.
    pub newest: FactNo,
    pub things: u32,
    /// [`State::digest`].
    pub digest: [u8; 16],
}

/// Why a version is not kept or not opened.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    #[error("a version's name is 1 to {} letters in one line", limits::NAME_CHARS)]
    BadName,
    #[error("there is a version of that name")]
    NameTaken,
    #[error("there are {} versions, and no more are kept", limits::VERSIONS)]
    TooMany,
    #[error("there is no such version")]
    NotThere,
    #[error("it is a version of another world")]
    AnothersWorld,
    #[error(transparent)]
    NotRead(#[from] NotRead),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<std::io::Error> for VersionError {
    fn from(error: std::io::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A name for a version, without the space around it: 1 to [`limits::NAME_CHARS`] letters in one line.
///
/// # Errors
/// [`VersionError::BadName`].
pub fn name(name: &str) -> Result<&str, VersionError> {
    let name = name.trim();
    // Letters that turn what follows around would show one name and be another.
    let turns = |letter: char| matches!(letter, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let bad =
        |letter: char| letter.is_control() || turns(letter) || matches!(letter, '\u{2028}' | '\u{2029}');
    if name.is_empty() || name.chars().nth(limits::NAME_CHARS).is_some() || name.contains(bad) {
        return Err(VersionError::BadName);
    }
    Ok(name)
}

/// Keeps this world as it is now, under this name.
///
/// # Errors
/// The name is none or taken, there are too many, or the disk says no; nothing is kept then.
pub fn save<D: Disk>(
    disk: &mut D,
    world: &WorldId,
    state: &State,
    told: &str,
    by: [u8; 32],
    at_secs: u64,
) -> Result<VersionNo, VersionError> {
    let told = name(told)?;
    let numbers = numbers(disk)?;
    if numbers.len() >= limits::VERSIONS {
        return Err(VersionError::TooMany);
    }
    if list(disk)?
        .iter()
        .any(|(_, about)| about.as_ref().is_ok_and(|about| about.name == told))
    {
        return Err(VersionError::NameTaken);
    }
    let about = About {
        world: *world,
        name: told.to_owned(),
        at_secs,
        by,
        newest: state.newest(),
        things: u32::try_from(state.things().len()).unwrap_or(u32::MAX),
        digest: state.digest(),
    };
    let snapshot = Snapshot::of(world, state, &History::default()).bytes()?;
    let mut bytes = head(&about)?;
    bytes.extend(snapshot);
    let number = VersionNo(numbers.last().map_or(1, |number| number.0.saturating_add(1)));
    disk.write(&file(number), &bytes)?;
    Ok(number)
}

/// What is said of each, by number; the older ones first. Those that cannot be read are there with the reason.
///
/// # Errors
/// The disk does not say which there are.
pub fn list<D: Disk>(disk: &D) -> Result<Vec<(VersionNo, Result<About, VersionError>)>, VersionError> {
    let about = |number: VersionNo| {
        let beginning = disk.read_beginning(&file(number), HEAD_BYTES)?;
        Ok(read_head(&beginning)?.0)
    };
    let numbers = numbers(disk)?;
    Ok(numbers
        .into_iter()
        .map(|number| (number, about(number)))
        .collect())
}

/// The world as it was.
///
/// # Errors
/// It is not there, another world's, damaged, or a newer program's; or the disk says no.
pub fn open<D: Disk>(disk: &D, world: &WorldId, number: VersionNo) -> Result<(About, State), VersionError> {
    if !numbers(disk)?.contains(&number) {
        return Err(VersionError::NotThere);
    }
    let (about, state) = read(&disk.read(&file(number))?)?;
    if about.world != *world {
        return Err(VersionError::AnothersWorld);
    }
    Ok((about, state))
}

/// A version from its file's bytes.
///
/// # Errors
/// It is none, damaged, or a newer program's.
pub fn read(bytes: &[u8]) -> Result<(About, State), NotRead> {
    let (about, len) = read_head(bytes)?;
    let (world, state, _) = journal::read_snapshot(bytes.get(len..).unwrap_or_default())?;
    if world != about.world || state.newest() != about.newest {
        return Err(NotRead::Damaged);
    }
    Ok((about, state))
}

/// Away with it.
///
/// # Errors
/// It is not there, or the disk says no.
pub fn remove<D: Disk>(disk: &mut D, number: VersionNo) -> Result<(), VersionError> {
    if !numbers(disk)?.contains(&number) {
        return Err(VersionError::NotThere);
    }
    Ok(disk.remove(&file(number))?)
}

pub(crate) fn file(number: VersionNo) -> String {
    format!("{FILES}{:010}", number.0)
}

fn numbers<D: Disk>(disk: &D) -> Result<Vec<VersionNo>, VersionError> {
    Ok(numbers_of(&disk.list()?))
}

/// The oldest first.
pub(crate) fn numbers_of(names: &[String]) -> Vec<VersionNo> {
    let number = |name: &String| Some(VersionNo(name.strip_prefix(FILES)?.parse().ok()?));
    // Only what we would have called so: "version-+1" is somebody's own file.
    let ours = |number: &VersionNo| names.contains(&file(*number));
    let mut numbers: Vec<VersionNo> = names.iter().filter_map(number).filter(ours).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn check(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let mut check = [0; CHECK_BYTES];
    blake3::Hasher::new()
        .update(bytes)
        .finalize_xof()
        .fill(&mut check);
    check
}

fn head(about: &About) -> Result<Vec<u8>, NotRead> {
    let about = postcard::to_stdvec(about).map_err(|_| NotRead::Damaged)?;
    let len = u16::try_from(about.len()).map_err(|_| NotRead::Damaged)?;
    let mut bytes = Vec::new();
    bytes.extend(MAGIC);
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend(len.to_le_bytes());
    bytes.extend(about);
    bytes.extend(check(&bytes));
    Ok(bytes)
}

/// What is said of it, and where the snapshot begins.
fn read_head(bytes: &[u8]) -> Result<(About, usize), NotRead> {
    let number = |at: usize| {
        let bytes = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(u16::from_le_bytes(bytes))
    };
    if bytes.get(..8) != Some(MAGIC) {
        return Err(NotRead::NoHeader);
    }
    let format = number(8).ok_or(NotRead::NoHeader)?;
    let len = usize::from(number(10).ok_or(NotRead::NoHeader)?);
    let at = BEFORE_ABOUT_BYTES + len;
    let plain = bytes.get(..at).ok_or(NotRead::Damaged)?;
    if bytes.get(at..at + CHECK_BYTES) != Some(&check(plain)) {
        return Err(NotRead::Damaged);
    }
    if format > FORMAT {
        return Err(NotRead::Newer(format));
    }
    let about: About = postcard::from_bytes(plain.get(BEFORE_ABOUT_BYTES..).unwrap_or_default())
        .map_err(|_| NotRead::Damaged)?;
    if name(&about.name).ok() != Some(about.name.as_str()) {
        return Err(NotRead::Damaged);
    }
    Ok((about, at + CHECK_BYTES))
}

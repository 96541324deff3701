//! What is in a world's folder and how well it is, without changing anything there.
//!
//! Flow: [`examine`] reads every file once → each is told apart and looked through → each snapshot is compared with the one before it
//! and the facts between → the world is opened on a copy in memory, which says what opening it would find and do.
//! Invariant: the disk is asked for its files and their bytes, and for nothing else.

use crate::history::History;
use crate::journal::{self, Facts, NotRead, WorldId};
use crate::one_file;
use crate::part::Blob;
use crate::state::State;
use crate::store::{DAMAGED, Disk, FACTS, Found, SNAPSHOT, Store, StoreError, named, numbers};
use crate::thing::FactNo;
use crate::version::{self, About, VersionNo};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// Why a file is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("the disk does not give it out: {0}")]
    Unreadable(io::ErrorKind),
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// Whole, and of another fact than its name says.
    #[error("it is not what its name says")]
    Misnamed,
}

/// Whether a snapshot is what the facts before it make of an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    Same,
    /// Somebody counted differently, or a file was exchanged.
    Differs,
    /// No older snapshot is whole, or a fact between is missing.
    NotKnown,
}

/// A world as it was at one fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole {
    pub world: WorldId,
    pub newest: FactNo,
    /// [`State::digest`].
    pub digest: [u8; 16],
    pub things: usize,
    pub people: usize,
    /// Facts that can be taken back.
    pub past: usize,
}

impl Whole {
    fn of(world: &WorldId, state: &State, history: &History) -> Self {
        Self {
            world: *world,
            newest: state.newest(),
            digest: state.digest(),
            things: state.things().len(),
            people: state.people().len(),
            past: history.past().count(),
        }
    }
}

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotFound {
    pub name: String,
    pub bytes: u64,
    /// The format's number, where it begins like one.
    pub version: Option<u16>,
    pub whole: Result<Whole, Trouble>,
    pub replay: Replay,
}

/// A file of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactsFound {
    pub name: String,
    pub bytes: u64,
    /// `Ok(None)` where nothing is in it: it was begun, and the program ended.
    pub read: Result<Option<FactsRead>, Trouble>,
}

/// What is in a file of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactsRead {
    pub version: u16,
    pub world: WorldId,
    /// The fact before its first…
    pub base: FactNo,
    /// …and its last good one.
    pub last: FactNo,
    /// What is behind the last good one is torn or damaged.
    pub good_bytes: u64,
    /// Whatever other files have after its base was refused.
    pub voids: bool,
    /// A later file voids what this one has after that fact.
    pub counts_to: Option<FactNo>,
}

/// A named version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionFound {
    pub number: VersionNo,
    pub bytes: u64,
    /// Looked through, not only what is said of it.
    pub about: Result<About, Trouble>,
}

/// A file that is no part of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherFound {
    pub name: String,
    /// `None` where the disk does not give it out.
    pub bytes: Option<u64>,
}

/// See the module.
#[derive(Debug)]
pub struct Report {
    /// The oldest first.
    pub snapshots: Vec<SnapshotFound>,
    /// The oldest first.
    pub facts: Vec<FactsFound>,
    pub versions: Vec<VersionFound>,
    /// Files of people that the world, its past and its versions name: whether they are there, [`crate::files`] says.
    pub named: BTreeSet<Blob>,
    /// Damaged files that were put aside.
    pub aside: Vec<OtherFound>,
    pub others: Vec<OtherFound>,
    /// The world as it would be opened, and what would be found; or why it would not.
    pub opens: Result<(Whole, Found), StoreError>,
}

impl Report {
    /// Whether all that is there is as it was written: what was put aside long ago does no harm.
    pub fn is_well(&self) -> bool {
        let opens = self
            .opens
            .as_ref()
            .is_ok_and(|(_, found)| found.damaged.is_empty());
        let is_whole = |one: &SnapshotFound| one.whole.is_ok() && one.replay != Replay::Differs;
        let is_good = |one: &FactsFound| match &one.read {
            Ok(Some(read)) => read.good_bytes == one.bytes || read.counts_to.is_some(),
            Ok(None) => true,
            Err(_) => false,
        };
        opens
            && self.snapshots.iter().all(is_whole)
            && self.facts.iter().all(is_good)
            && self.versions.iter().all(|one| one.about.is_ok())
    }
}

/// Looks at everything in a world's folder ([`crate::folder::Looking`], or one that is open). It holds two worlds in memory.
///
/// # Errors
/// The disk does not say which files there are.
pub fn examine<D: Disk>(disk: &D) -> Result<Report, io::Error> {
    let names = disk.list()?;
    let (facts, read) = facts(disk, &names);
    let snapshots = snapshots(disk, &names, &read);
    let mut named = BTreeSet::new();
    let versions = versions(disk, &names, &mut named);
    let known = |name: &String| {
        snapshots.iter().any(|one| one.name == *name)
            || facts.iter().any(|one| one.name == *name)
            || versions.iter().any(|one| version::file(one.number) == *name)
    };
    let rest = names.iter().filter(|name| !known(name));
    let (aside, others) = rest.partition(|name| name.starts_with(DAMAGED));
    let found = |names: Vec<&String>| {
        let found = names.into_iter().map(|name| OtherFound {
            name: name.clone(),
            bytes: disk.read(name).ok().map(|bytes| bytes.len() as u64),
        });
        found.collect()
    };
    let opens = Store::open(Copy::of(disk)).map(|(store, state, history, found)| {
        let whole = Whole::of(store.world(), &state, &history);
        named.extend(one_file::files(&state, Some(&history)));
        (whole, found)
    });
    Ok(Report {
        aside: found(aside),
        others: found(others),
        snapshots,
        facts,
        versions,
        named,
        opens,
    })
}

/// The oldest first; and what could be read of them.
fn facts<D: Disk>(disk: &D, names: &[String]) -> (Vec<FactsFound>, Vec<(Facts, FactNo)>) {
    let (mut found, mut all) = (Vec::new(), Vec::new());
    let mut until = FactNo::MAX;
    for base in numbers(names, FACTS) {
        let name = named(FACTS, base);
        let (bytes, read) = match disk.read(&name) {
            Err(error) => (0, Err(Trouble::Unreadable(error.kind()))),
            Ok(bytes) if bytes.is_empty() => (0, Ok(None)),
            Ok(bytes) => {
                let read = journal::read(&bytes).map_err(Trouble::NotRead);
                let named_well = read.and_then(|read| {
                    if read.base == base {
                        Ok(Some(read))
                    } else {
                        Err(Trouble::Misnamed)
                    }
                });
                (bytes.len(), named_well)
            }
        };
        let told = read.map(|read| {
            read.map(|read| {
                let told = FactsRead {
                    version: read.version,
                    world: read.world,
                    base,
                    last: base + read.facts.len() as u64,
                    good_bytes: read.good_bytes as u64,
                    voids: read.voids,
                    counts_to: (until != FactNo::MAX).then_some(until),
                };
                let voids = read.voids;
                all.push((read, until));
                if voids {
                    until = until.min(base);
                }
                told
            })
        });
        found.push(FactsFound {
            name,
            bytes: bytes as u64,
            read: told,
        });
    }
    found.reverse();
    all.reverse();
    (found, all)
}

/// The oldest first, each compared with the one before it.
fn snapshots<D: Disk>(disk: &D, names: &[String], facts: &[(Facts, FactNo)]) -> Vec<SnapshotFound> {
    let mut found = Vec::new();
    let mut before: Option<(WorldId, State)> = None;
    for number in numbers(names, SNAPSHOT).into_iter().rev() {
        let name = named(SNAPSHOT, number);
        let bytes = disk
            .read(&name)
            .map_err(|error| Trouble::Unreadable(error.kind()));
        let len = bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        let version = bytes
            .as_ref()
            .ok()
            .and_then(|bytes| journal::version_of_snapshot(bytes));
        let read = bytes.and_then(|bytes| journal::read_snapshot(&bytes).map_err(Trouble::NotRead));
        let read = read.and_then(|read| {
            if read.1.newest() == number {
                Ok(read)
            } else {
                Err(Trouble::Misnamed)
            }
        });
        let mut replay = Replay::NotKnown;
        let whole = read.map(|(world, state, history)| {
            if let Some((same, older)) = before.take()
                && same == world
            {
                replay = compared(older, facts, &world, &state);
            }
            let whole = Whole::of(&world, &state, &history);
            before = Some((world, state));
            whole
        });
        found.push(SnapshotFound {
            name,
            bytes: len,
            version,
            whole,
            replay,
        });
    }
    found
}

/// Whether these facts make of the one the other.
fn compared(mut from: State, facts: &[(Facts, FactNo)], world: &WorldId, to: &State) -> Replay {
    for (file, until) in facts.iter().filter(|(file, _)| file.world == *world) {
        for fact in &file.facts {
            if fact.number == from.newest() + 1 && fact.number <= to.newest().min(*until) {
                from.apply(fact);
            }
        }
    }
    if from.newest() != to.newest() {
        Replay::NotKnown
    } else if from.digest() == to.digest() {
        Replay::Same
    } else {
        Replay::Differs
    }
}

fn versions<D: Disk>(disk: &D, names: &[String], named: &mut BTreeSet<Blob>) -> Vec<VersionFound> {
    let numbers = version::numbers_of(names).into_iter();
    let found = numbers.map(|number| {
        let bytes = disk.read(&version::file(number));
        let bytes = bytes.map_err(|error| Trouble::Unreadable(error.kind()));
        VersionFound {
            number,
            bytes: bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            about: bytes.and_then(|bytes| {
                let (about, old) = version::read(&bytes)?;
                named.extend(one_file::files(&old, None));
                Ok(about)
            }),
        }
    });
    found.collect()
}

/// A disk of which nothing is changed: what is written stays in memory.
struct Copy<'a, D> {
    of: &'a D,
    /// What was written, or is gone.
    changed: BTreeMap<String, Option<Vec<u8>>>,
}

impl<'a, D: Disk> Copy<'a, D> {
    fn of(of: &'a D) -> Self {
        Self {
            of,
            changed: BTreeMap::new(),
        }
    }

    fn put(&mut self, name: &str, bytes: Option<Vec<u8>>) {
        self.changed.insert(name.to_owned(), bytes);
    }
}

impl<D: Disk> Disk for Copy<'_, D> {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = self.of.list()?;
        names.retain(|name| !self.changed.contains_key(name));
        let written = self.changed.iter().filter(|(_, bytes)| bytes.is_some());
        names.extend(written.map(|(name, _)| name.clone()));
        names.sort_unstable();
        Ok(names)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        match self.changed.get(name) {
            None => self.of.read(name),
            Some(bytes) => bytes.clone().ok_or_else(|| io::ErrorKind::NotFound.into()),
        }
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.put(name, Some(bytes.to_vec()));
        Ok(())
    }

    fn begin(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.write(name, bytes)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut all = self.read(name)?;
        all.extend(bytes);
        self.write(name, &all)
    }

    fn cut(&mut self, name: &str, len: u64) -> io::Result<()> {
        let mut all = self.read(name)?;
        all.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        self.write(name, &all)
    }

    fn sync(&mut self, _name: &str) -> io::Result<()> {
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let bytes = self.read(from)?;
        self.put(from, None);
        self.put(to, Some(bytes));
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.put(name, None);
        Ok(())
    }
}

//! A world on a disk that may be full, slow, torn or cut off at any moment.
//!
//! Flow: [`Store::append`] writes the facts of a moment at once and returns when the system has them; [`Store::sync`] once a
//! second makes the disk have them; [`Store::compact`] writes a snapshot and begins a new file of facts. [`Store::open`] takes the
//! newest snapshot that is whole and every good fact since.
//! Invariants: what was appended is there after the process was killed, and after the power was cut what was synced; a file
//! that is damaged is kept aside, never changed; after a failed write nothing is written behind what it left; the last two
//! snapshots are there, so that one may be damaged.

use crate::deed::Fact;
use crate::history::History;
use crate::journal::{self, Check, Facts, NotRead, WorldId};
use crate::state::State;
use crate::thing::FactNo;
use std::io;

/// A folder for one world.
pub trait Disk {
    /// Names of the files in it.
    ///
    /// # Errors
    /// As the system says.
    fn list(&self) -> io::Result<Vec<String>>;
    /// A whole file.
    ///
    /// # Errors
    /// As the system says.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
    /// A whole file at once, on the disk when this returns: after a power cut there is the old one or the new one.
    ///
    /// # Errors
    /// As the system says; the old file is there then.
    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Adds to a file; the system has it when this returns.
    ///
    /// # Errors
    /// As the system says; some of it may have been written.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Cuts a file.
    ///
    /// # Errors
    /// As the system says.
    fn cut(&mut self, name: &str, len: u64) -> io::Result<()>;
    /// What was appended is on the disk when this returns.
    ///
    /// # Errors
    /// As the system says.
    fn sync(&mut self, name: &str) -> io::Result<()>;
    /// Another name.
    ///
    /// # Errors
    /// As the system says.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// Away with it.
    ///
    /// # Errors
    /// As the system says.
    fn remove(&mut self, name: &str) -> io::Result<()>;
}

/// Why a world could not be opened, or a fact not be kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no world here")]
    NoWorld,
    #[error("there is a world here already")]
    Taken,
    /// No snapshot is whole; all are kept.
    #[error("every snapshot is damaged: {0}")]
    AllDamaged(NotRead),
    #[error(transparent)]
    Disk(#[from] io::Error),
    #[error("a fact is too long to keep")]
    TooLong,
}

/// What was found on opening.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Files that are damaged, by the names under which they are kept.
    pub damaged: Vec<String>,
    /// Facts since the snapshot.
    pub facts: usize,
}

/// The file of facts that grows.
#[derive(Clone, Debug)]
struct Growing {
    name: String,
    len: u64,
    last: Check,
    /// Something may lie behind `len` that is no record.
    torn: bool,
    synced: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Store<D> {
    disk: D,
    world: WorldId,
    growing: Growing,
    newest: FactNo,
}

const SNAPSHOT: &str = "snapshot-";
const FACTS: &str = "facts-";
const DAMAGED: &str = "damaged-";
/// Snapshots that are kept.
const GENERATIONS: usize = 2;

fn named(kind: &str, number: FactNo) -> String {
    format!("{kind}{number:020}")
}

/// Numbers of the files of this kind, the newest first.
fn numbers(names: &[String], kind: &str) -> Vec<FactNo> {
    let number = |name: &String| name.strip_prefix(kind)?.parse().ok();
    let mut numbers: Vec<FactNo> = names.iter().filter_map(number).collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers
}

impl<D: Disk> Store<D> {
    /// Begins a world.
    ///
    /// # Errors
    /// There is one, or the disk says no.
    pub fn create(mut disk: D, world: WorldId, state: &State, history: &History) -> Result<Self, StoreError> {
        if !numbers(&disk.list()?, SNAPSHOT).is_empty() {
            return Err(StoreError::Taken);
        }
        let growing = begin(&mut disk, &world, state, history)?;
        Ok(Self {
            disk,
            world,
            growing,
            newest: state.newest(),
        })
    }

    /// Opens the world that is there, as it was after the last good fact.
    ///
    /// # Errors
    /// None is there, or no snapshot is whole, or the disk says no. Nothing is lost by that.
    pub fn open(mut disk: D) -> Result<(Self, State, History, Found), StoreError> {
        let names = disk.list()?;
        let mut found = Found::default();
        let mut whole = None;
        let mut why = None;
        for number in numbers(&names, SNAPSHOT) {
            let name = named(SNAPSHOT, number);
            match journal::read_snapshot(&disk.read(&name)?) {
                Ok(read) if read.1.newest() == number => {
                    whole = Some(read);
                    break;
                }
                Ok(_) => why = Some(NotRead::Damaged),
                // A newer program's: it is not ours to put aside, or to go on without.
                Err(newer @ NotRead::Newer(_)) => return Err(StoreError::AllDamaged(newer)),
                Err(not_read) => why = Some(not_read),
            }
            found.damaged.push(name);
        }
        let Some((world, mut state, mut history)) = whole else {
            return Err(why.map_or(StoreError::NoWorld, StoreError::AllDamaged));
        };
        // Only now: where all are damaged, everything stays as it is for somebody who can mend it.
        for name in &mut found.damaged {
            *name = aside(&mut disk, &names, name)?;
        }
        let growing = Self::replay(&mut disk, &world, &names, &mut state, &mut history, &mut found)?;
        let newest = state.newest();
        let store = Self {
            disk,
            world,
            growing,
            newest,
        };
        Ok((store, state, history, found))
    }

    /// Every good fact since the snapshot, through all files that go on from each other.
    fn replay(
        disk: &mut D,
        world: &WorldId,
        names: &[String],
        state: &mut State,
        history: &mut History,
        found: &mut Found,
    ) -> Result<Growing, StoreError> {
        let mut growing = None;
        let snapshot = state.newest();
        for base in numbers(names, FACTS).into_iter().rev() {
            if base < snapshot {
                continue; // it ends at the snapshot, or before
            }
            let name = named(FACTS, base);
            let bytes = disk.read(&name)?;
            let read = match journal::read(&bytes) {
                Ok(read) if base == state.newest() && read.base == base && read.world == *world => read,
                Err(newer @ NotRead::Newer(_)) => return Err(StoreError::AllDamaged(newer)),
                // Damaged from the beginning, or what lies before it is missing.
                _ => {
                    found.damaged.push(aside(disk, names, &name)?);
                    continue;
                }
            };
            let Facts {
                facts,
                good_bytes,
                last,
                ..
            } = read;
            for fact in facts {
                let trace = state.apply(&fact);
                history.record(fact, trace);
                found.facts += 1;
            }
            if good_bytes < bytes.len() {
                let kept = free(names, &name);
                disk.write(&kept, &bytes)?;
                found.damaged.push(kept);
                disk.cut(&name, good_bytes as u64)?;
            }
            growing = Some(Growing {
                name,
                len: good_bytes as u64,
                last,
                torn: false,
                synced: false,
            });
        }
        match growing {
            Some(growing) => Ok(growing),
            None => Ok(fresh(disk, world, state.newest())?),
        }
    }

    /// Which world it is.
    pub fn world(&self) -> &WorldId {
        &self.world
    }

    /// The newest fact that is kept.
    pub fn newest(&self) -> FactNo {
        self.newest
    }

    /// Bytes of facts since the snapshot: when there are many, it is time to [`Self::compact`].
    pub fn journal_bytes(&self) -> u64 {
        self.growing.len
    }

    /// Keeps these facts, all or none: when it returns the system has them.
    ///
    /// # Errors
    /// The disk says no: none of them may be told to anybody.
    pub fn append(&mut self, facts: &[Fact]) -> Result<(), StoreError> {
        self.mend()?;
        let growing = &mut self.growing;
        let (mut bytes, mut last) = (Vec::new(), growing.last);
        for fact in facts {
            journal::write(&mut bytes, &mut last, fact).map_err(|_| StoreError::TooLong)?;
        }
        if let Err(error) = self.disk.append(&growing.name, &bytes) {
            growing.torn = self.disk.cut(&growing.name, growing.len).is_err();
            return Err(error.into());
        }
        growing.len += bytes.len() as u64;
        growing.last = last;
        growing.synced = false;
        self.newest = facts.last().map_or(self.newest, |fact| fact.number);
        Ok(())
    }

    /// Cuts off what a failed write left.
    fn mend(&mut self) -> io::Result<()> {
        if self.growing.torn {
            self.disk.cut(&self.growing.name, self.growing.len)?;
            self.growing.torn = false;
        }
        Ok(())
    }

    /// What was appended is on the disk when this returns.
    ///
    /// # Errors
    /// The disk says no.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        if !self.growing.synced {
            self.disk.sync(&self.growing.name)?;
            self.growing.synced = true;
        }
        Ok(())
    }

    /// Writes the world as it is, and begins a new file of facts. Of older ones, the last stays.
    ///
    /// # Errors
    /// The disk says no: the old files go on.
    pub fn compact(&mut self, state: &State, history: &History) -> Result<(), StoreError> {
        if state.newest() != self.newest {
            return Err(StoreError::NoWorld); // it is not the world that is kept here
        }
        self.mend()?; // what is behind the last fact must not be taken for the next one
        self.sync()?; // a snapshot that turns out bad must find all facts
        self.growing = begin(&mut self.disk, &self.world, state, history)?;
        let names = self.disk.list()?;
        let kept = numbers(&names, SNAPSHOT);
        let Some(oldest) = kept.get(GENERATIONS - 1) else {
            return Ok(());
        };
        for kind in [SNAPSHOT, FACTS] {
            for number in numbers(&names, kind) {
                if number < *oldest {
                    self.disk.remove(&named(kind, number))?;
                }
            }
        }
        Ok(())
    }

    /// The disk again.
    pub fn close(self) -> D {
        self.disk
    }
}

/// An empty file of facts, and then the snapshot before it: the other way round, facts would go on being written to the old
/// file where only the new one could not be made, and a snapshot that is there hides them.
fn begin<D: Disk>(
    disk: &mut D,
    world: &WorldId,
    state: &State,
    history: &History,
) -> Result<Growing, StoreError> {
    let bytes = journal::snapshot(world, state, history).map_err(|_| StoreError::TooLong)?;
    let growing = fresh(disk, world, state.newest())?;
    if let Err(error) = disk.write(&named(SNAPSHOT, state.newest()), &bytes) {
        // Where even that fails, an empty file is in nobody's way.
        let _ = disk.remove(&growing.name);
        return Err(error.into());
    }
    Ok(growing)
}

fn fresh<D: Disk>(disk: &mut D, world: &WorldId, base: FactNo) -> io::Result<Growing> {
    let (bytes, last) = journal::header(world, base);
    let name = named(FACTS, base);
    disk.write(&name, &bytes)?;
    Ok(Growing {
        name,
        len: bytes.len() as u64,
        last,
        torn: false,
        synced: true,
    })
}

/// A name for a damaged file that is not taken.
fn free(names: &[String], name: &str) -> String {
    (0..)
        .map(|number| format!("{DAMAGED}{number}-{name}"))
        .find(|free| !names.contains(free))
        .unwrap_or_default()
}

fn aside<D: Disk>(disk: &mut D, names: &[String], name: &str) -> io::Result<String> {
    let kept = free(names, name);
    disk.rename(name, &kept)?;
    Ok(kept)
}

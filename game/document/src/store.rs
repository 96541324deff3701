//! A world on a disk that may be full, slow, torn or cut off at any moment.
//!
//! Flow: [`Store::append`] writes the facts of a moment at once and returns when the system has them. [`Store::begin_sync`] once a
//! second, and [`Store::begin_snapshot`] now and then, say what another thread is to do at the disk ([`Pending::run`]): to make
//! it have the facts, and to write the world as it was, while facts go on in a new file. [`Store::sync`] and
//! [`Store::compact`] do the same at once, where waiting is no harm. [`Store::open`] takes the newest snapshot that is whole
//! and every good fact since.
//! Invariants: what was appended is there after the process was killed, and after the power was cut what was synced; a file
//! that is damaged is kept, never changed: facts go on in a new one; after a failed write nothing is written behind what
//! it left; facts are without gaps; the last two snapshots are there, so that one may be damaged; until a snapshot is whole
//! the one before it and all files of facts since are the world.

use crate::deed::Fact;
use crate::history::History;
use crate::journal::{self, Check, Facts, NotRead, Snapshot, WorldId};
use crate::state::State;
use crate::thing::FactNo;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

mod disk;

pub use disk::Disk;

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
    /// They do not go on from what is kept, or are none that could be read again.
    #[error("these facts are not the next ones")]
    NotNext,
    /// What the disk has of it is not known since a sync that failed: a new snapshot is needed.
    #[error("the disk lost track of what was written")]
    Unsound,
}

/// What was found on opening.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Files that are damaged or could not be read, by the names under which they are kept.
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
}

/// What everybody who syncs knows. It is locked while somebody does: a failed sync is told once, to one of two.
#[derive(Debug, Default)]
struct Syncs {
    /// The newest fact that the disk has.
    synced: Mutex<FactNo>,
    /// A sync failed: nobody knows what of the facts since the last snapshot the disk has.
    unsound: AtomicBool,
}

impl Syncs {
    /// Makes the disk have these files, in their order, and with them all up to the last fact of the last.
    fn sync<D: Disk>(&self, disk: &mut D, files: &[(String, FactNo)]) -> Result<(), StoreError> {
        // Whoever panicked in here has left it unsound.
        let mut synced = self.synced.lock().map_err(|_| StoreError::Unsound)?;
        if self.is_unsound() {
            // Another try would say yes and mean nothing: the system has forgotten what it could not write.
            return Err(StoreError::Unsound);
        }
        for (file, last) in files {
            if *synced >= *last {
                continue; // it may even be removed by now
            }
            if let Err(error) = disk.sync(file) {
                self.unsound.store(true, Ordering::Release);
                return Err(error.into());
            }
            *synced = *last;
        }
        Ok(())
    }

    fn is_unsound(&self) -> bool {
        self.unsound.load(Ordering::Acquire)
    }

    /// A snapshot has all up to this fact.
    fn mended(&self, newest: FactNo) {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        *synced = newest;
        self.synced.clear_poison();
        self.unsound.store(false, Ordering::Release);
    }
}

/// See the module.
#[derive(Debug)]
pub struct Store<D> {
    disk: D,
    world: WorldId,
    growing: Growing,
    newest: FactNo,
    /// Files of facts that ended, with their last fact; the disk may not have all of them.
    behind: Vec<(String, FactNo)>,
    syncs: Arc<Syncs>,
    /// Files of facts with something unreadable in them: they are put aside where others are removed.
    damaged: Vec<String>,
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
        // Facts first: a snapshot alone would be a world already, to which the rest is missing.
        let growing = fresh(&mut disk, &world, state.newest())?;
        write_snapshot(&mut disk, &Snapshot::of(&world, state, history))?;
        Ok(Self {
            disk,
            world,
            growing,
            newest: state.newest(),
            behind: Vec::new(),
            syncs: Arc::default(),
            damaged: Vec::new(),
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
        let (mut why, mut unread) = (None, None);
        for number in numbers(&names, SNAPSHOT) {
            let name = named(SNAPSHOT, number);
            let bytes = match disk.read(&name) {
                Ok(bytes) => bytes,
                Err(error) => {
                    // A bad sector: it may be readable elsewhere. It stays where it is.
                    why = why.or(Some(NotRead::Damaged));
                    unread = Some(error);
                    continue;
                }
            };
            match journal::read_snapshot(&bytes) {
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
            let why = why.map_or(StoreError::NoWorld, StoreError::AllDamaged);
            return Err(unread.map_or(why, StoreError::Disk));
        };
        // Only now: where all are damaged, everything stays as it is for somebody who can mend it.
        for name in &mut found.damaged {
            *name = aside(&mut disk, &names, name)?;
        }
        let (mut damaged, mut behind) = (Vec::new(), Vec::new());
        let growing = Self::replay(
            &mut disk,
            &world,
            &names,
            &mut state,
            &mut history,
            &mut found,
            &mut damaged,
            &mut behind,
        )?;
        behind.retain(|(name, _)| *name != growing.name);
        let newest = state.newest();
        let store = Self {
            disk,
            world,
            growing,
            newest,
            behind,
            syncs: Arc::default(),
            damaged,
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
        damaged: &mut Vec<String>,
        behind: &mut Vec<(String, FactNo)>,
    ) -> Result<Growing, StoreError> {
        let mut growing = None;
        let snapshot = state.newest();
        for base in numbers(names, FACTS).into_iter().rev() {
            if base < snapshot {
                continue; // it ends at the snapshot, or before
            }
            let name = named(FACTS, base);
            let bytes = disk.read(&name)?;
            if bytes.is_empty() {
                continue; // begun, and the program ended
            }
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
                version,
                facts,
                good_bytes,
                last,
                ..
            } = read;
            for fact in facts {
                let trace = state.apply(&fact);
                history.record(fact, trace);
                history.prune();
                found.facts += 1;
            }
            behind.push((name.clone(), state.newest()));
            let whole = good_bytes == bytes.len();
            let goes_on = whole && version == journal::VERSION;
            if !goes_on {
                // What is good in it is left behind here, and may not be on the disk yet.
                disk.sync(&name)?;
            }
            if !whole {
                found.damaged.push(name.clone());
                damaged.push(name.clone());
            }
            growing = goes_on.then_some(Growing {
                name,
                len: good_bytes as u64,
                last,
                torn: false,
            });
        }
        if let Some(growing) = growing {
            return Ok(growing);
        }
        // Damaged from its first record on: the new one would have its name.
        let name = named(FACTS, state.newest());
        if let Some(found) = found.damaged.iter_mut().find(|damaged| **damaged == name) {
            *found = aside(disk, names, &name)?;
            damaged.retain(|damaged| *damaged != name);
        }
        Ok(fresh(disk, world, state.newest())?)
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
        for (fact, number) in facts.iter().zip(self.newest + 1..) {
            if fact.number != number || fact.check().is_err() {
                return Err(StoreError::NotNext);
            }
            journal::write(&mut bytes, &mut last, fact).map_err(|_| StoreError::TooLong)?;
        }
        if let Err(error) = self.disk.append(&growing.name, &bytes) {
            growing.torn = self.disk.cut(&growing.name, growing.len).is_err();
            return Err(error.into());
        }
        growing.len += bytes.len() as u64;
        growing.last = last;
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
        let files = self.files();
        self.syncs.sync(&mut self.disk, &files)?;
        self.behind.clear();
        Ok(())
    }

    /// The same, for whoever has time for it; `None` where the disk has all, or somebody is at it just now.
    pub fn begin_sync(&mut self) -> Option<Pending> {
        let synced = *self.syncs.synced.try_lock().ok()?;
        self.behind.retain(|(_, last)| *last > synced);
        let left = synced < self.newest && !self.syncs.is_unsound();
        left.then(|| self.pending(None))
    }

    /// Whether a sync has failed, here or elsewhere: only [`Self::compact`] helps.
    pub fn is_unsound(&self) -> bool {
        self.syncs.is_unsound() || self.syncs.synced.is_poisoned()
    }

    /// What the disk may not have, the oldest first.
    fn files(&self) -> Vec<(String, FactNo)> {
        let growing = (self.growing.name.clone(), self.newest);
        self.behind.iter().cloned().chain([growing]).collect()
    }

    /// Facts go on in a new file from here on, and the world as it is now is to be written, by whoever has time for that:
    /// nothing here waits for the disk, and without the snapshot nothing is lost.
    ///
    /// # Errors
    /// The disk says no: the old files go on. [`StoreError::Unsound`] where only [`Self::compact`] helps.
    pub fn begin_snapshot(&mut self, state: &State, history: &History) -> Result<Pending, StoreError> {
        if state.newest() != self.newest {
            return Err(StoreError::NotNext); // it is not the world that is kept here
        }
        if self.is_unsound() {
            return Err(StoreError::Unsound);
        }
        self.mend()?; // what is behind the last fact must not be taken for the next one
        // The old file is synced first: a snapshot that turns out bad must find all facts.
        let snapshot = Snapshot::of(&self.world, state, history);
        let pending = self.pending(Some(snapshot));
        self.begin_facts()?;
        Ok(pending)
    }

    /// The same, and writes it at once.
    ///
    /// # Errors
    /// The disk says no: the old files go on.
    pub fn compact(&mut self, state: &State, history: &History) -> Result<(), StoreError> {
        if state.newest() != self.newest {
            return Err(StoreError::NotNext);
        }
        self.mend()?;
        if !self.is_unsound() {
            self.sync()?;
        }
        // Facts go on in the new file whether or not the snapshot can be written: without it the old one and both files are
        // the world. The other way round, a snapshot would hide what still went to the old file.
        self.growing = fresh(&mut self.disk, &self.world, self.newest)?;
        write_snapshot(&mut self.disk, &Snapshot::of(&self.world, state, history))?;
        self.syncs.mended(self.newest);
        self.behind.clear();
        tidy(&mut self.disk, &self.damaged)
    }

    fn pending(&self, snapshot: Option<Snapshot>) -> Pending {
        Pending {
            files: self.files(),
            newest: self.newest,
            syncs: Arc::clone(&self.syncs),
            snapshot,
            damaged: self.damaged.clone(),
        }
    }

    /// A new file of facts, unless there is one with none in it.
    fn begin_facts(&mut self) -> Result<(), StoreError> {
        let name = named(FACTS, self.newest);
        if self.growing.name == name {
            return Ok(());
        }
        let (bytes, last) = journal::header(&self.world, self.newest);
        if let Err(error) = self.disk.begin(&name, &bytes) {
            // Facts go on in the old file: what is left of the new one would be taken for damage.
            let _ = self.disk.remove(&name);
            return Err(error.into());
        }
        let growing = Growing {
            name,
            len: bytes.len() as u64,
            last,
            torn: false,
        };
        self.behind
            .push((std::mem::replace(&mut self.growing, growing).name, self.newest));
        Ok(())
    }

    /// Where it lies.
    pub fn disk(&self) -> &D {
        &self.disk
    }

    /// The disk again.
    pub fn close(self) -> D {
        self.disk
    }
}

/// What is still to be done at the disk.
///
/// One at a time is enough; if two are run at once, or one too late or never, that costs work and nothing else.
#[derive(Debug)]
#[must_use = "nothing is synced or written yet"]
pub struct Pending {
    files: Vec<(String, FactNo)>,
    newest: FactNo,
    syncs: Arc<Syncs>,
    snapshot: Option<Snapshot>,
    damaged: Vec<String>,
}

impl Pending {
    /// The newest fact that the disk will have.
    pub fn newest(&self) -> FactNo {
        self.newest
    }

    /// Syncs the facts, on any thread, through another handle of the store's disk; then, where a snapshot was begun, writes
    /// it and removes what is older than the last two. Where it is not written, or not to its end, the world opens from
    /// the one before.
    ///
    /// # Errors
    /// The disk says no: nothing is removed, and after a sync that failed [`Store::is_unsound`].
    pub fn run<D: Disk>(self, disk: &mut D) -> Result<(), StoreError> {
        self.syncs.sync(disk, &self.files)?;
        let Some(snapshot) = &self.snapshot else {
            return Ok(());
        };
        write_snapshot(disk, snapshot)?;
        tidy(disk, &self.damaged)
    }
}

/// Removes what is older than the last snapshots; what is damaged is put aside.
fn tidy<D: Disk>(disk: &mut D, damaged: &[String]) -> Result<(), StoreError> {
    let names = disk.list()?;
    let Some(oldest) = numbers(&names, SNAPSHOT).get(GENERATIONS - 1).copied() else {
        return Ok(());
    };
    for kind in [SNAPSHOT, FACTS] {
        for number in numbers(&names, kind) {
            let name = named(kind, number);
            if number >= oldest {
                continue;
            }
            let done = if damaged.contains(&name) {
                aside(disk, &names, &name).map(|_| ())
            } else {
                disk.remove(&name)
            };
            match done {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {} // another's tidying was faster
                done => done?,
            }
        }
    }
    Ok(())
}

fn write_snapshot<D: Disk>(disk: &mut D, snapshot: &Snapshot) -> Result<(), StoreError> {
    let bytes = snapshot.bytes().map_err(|_| StoreError::TooLong)?;
    Ok(disk.write(&named(SNAPSHOT, snapshot.newest()), &bytes)?)
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

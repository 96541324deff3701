//! A world on a disk that may be full, slow, torn or cut off at any moment.
//!
//! Flow: [`Store::keep`] makes the disk have the facts of a moment before anybody is told of them. Where less will do,
//! [`Store::append`] writes them and returns when the system has them. [`Store::begin_sync`] once a
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
use crate::journal::{self, Check, NotRead, Snapshot, WorldId};
use crate::state::State;
use crate::thing::FactNo;
use replay::Replay;
use std::io;
use std::sync::Arc;

mod beside;
mod disk;
mod replay;

pub use beside::Pending;
use beside::Syncs;
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
    /// It was begun before facts were taken back.
    #[error("facts were taken back meanwhile")]
    Retracted,
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
    /// Whatever other files have after its base counts no more.
    voids: bool,
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
    /// Facts after this one were refused, and the disk may have some of them still.
    owed: Option<FactNo>,
    /// The newest fact before the last ones were appended, where it ended, and in which file.
    before: Option<(FactNo, u64, String)>,
}

pub(crate) const SNAPSHOT: &str = "snapshot-";
pub(crate) const FACTS: &str = "facts-";
pub(crate) const DAMAGED: &str = "damaged-";
/// Snapshots that are kept.
const GENERATIONS: usize = 2;

pub(crate) fn named(kind: &str, number: FactNo) -> String {
    format!("{kind}{number:020}")
}

/// Numbers of the files of this kind, the newest first.
pub(crate) fn numbers(names: &[String], kind: &str) -> Vec<FactNo> {
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
            owed: None,
            before: None,
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
        let mut replay = Replay {
            world: &world,
            names: &names,
            state: &mut state,
            history: &mut history,
            found: &mut found,
            damaged: Vec::new(),
            behind: Vec::new(),
        };
        let growing = replay.run(&mut disk)?;
        let (damaged, mut behind) = (replay.damaged, replay.behind);
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
            owed: None,
            before: None,
        };
        Ok((store, state, history, found))
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

    /// Makes the disk have these facts, all or none, before anybody is told of them. Where it lost track of what it has, the
    /// world with them is written as a whole.
    ///
    /// # Errors
    /// The disk says no: none of them may be told to anybody, and whoever opens the world finds none of them, unless
    /// [`Self::owes`].
    pub fn keep(&mut self, facts: &[Fact], state: &State, history: &History) -> Result<(), StoreError> {
        let before = self.newest;
        self.append(facts)?;
        let Err(error) = self.sync() else {
            return Ok(());
        };
        if self.compact(state, history).is_ok() {
            return Ok(());
        }
        let _ = self.retract(before); // `owes` says whether it could
        Err(error)
    }

    /// Adds these facts, all or none: when it returns the system has them.
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
            growing.torn = true;
            let _ = self.mend(); // or the next time that something is to be written
            return Err(error.into());
        }
        self.before = Some((self.newest, growing.len, growing.name.clone()));
        growing.len += bytes.len() as u64;
        growing.last = last;
        self.newest = facts.last().map_or(self.newest, |fact| fact.number);
        Ok(())
    }

    /// The facts after this one were refused: nobody was told of them. They do not count any more, for whoever opens the world
    /// later, and facts go on from this one.
    ///
    /// # Errors
    /// It is not one that is kept here, or too old to go back to; nothing has changed then. Or the disk says no: facts go on
    /// from there all the same, and nothing is kept before this was made good, which every call tries ([`Self::owes`]).
    pub fn retract(&mut self, to: FactNo) -> Result<(), StoreError> {
        let names = self.disk.list(); // a disk that says nothing is asked again below
        let too_old = |names: &Vec<String>| numbers(names, SNAPSHOT).iter().all(|number| *number > to);
        if to > self.newest || names.as_ref().is_ok_and(too_old) {
            return Err(StoreError::NotNext);
        }
        self.newest = to;
        self.owed = Some(to);
        self.settle()
    }

    /// Whether facts that were refused may still be on the disk, for whoever opens the world if this program ended now.
    pub fn owes(&self) -> bool {
        self.owed.is_some() || self.growing.torn
    }

    /// Puts in order what a failed write or a retraction left, before anything else is written.
    fn mend(&mut self) -> Result<(), StoreError> {
        if self.growing.torn && self.disk.cut(&self.growing.name, self.growing.len).is_ok() {
            self.growing.torn = false;
        }
        if self.growing.torn && self.owed.is_none() {
            self.owed = Some(self.newest);
        }
        self.settle()
    }

    /// Says for good that nothing after the owed fact counts.
    fn settle(&mut self) -> Result<(), StoreError> {
        let Some(to) = self.owed else { return Ok(()) };
        let syncs = Arc::clone(&self.syncs);
        syncs.retract();
        let _whole = syncs.whole();
        let names = self.disk.list()?;
        // What is removed here is so for good with the folder that is synced below.
        for kind in [SNAPSHOT, FACTS] {
            for number in numbers(&names, kind).into_iter().filter(|number| *number > to) {
                match self.disk.remove(&named(kind, number)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                    _ => {}
                }
            }
        }
        if let Some((before, len, file)) = &self.before
            && *before == to
        {
            let _ = self.disk.cut(file, *len); // makes room, no more: the new file voids what is there
        }
        let growing = voiding(&mut self.disk, &self.world, to)?;
        let old = std::mem::replace(&mut self.growing, growing).name;
        self.behind.push((old, to));
        // Files that began later are gone, and what others have after it is not asked for.
        let is_there = |name: &str| {
            name.strip_prefix(FACTS)?
                .parse()
                .ok()
                .filter(|base: &FactNo| *base < to)
        };
        self.behind.retain(|(name, _)| is_there(name).is_some());
        for (_, last) in &mut self.behind {
            *last = to.min(*last);
        }
        syncs.retracted_to(to);
        (self.owed, self.before) = (None, None);
        Ok(())
    }

    /// What was appended is on the disk when this returns.
    ///
    /// # Errors
    /// The disk says no.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.settle()?;
        let files = self.files();
        self.syncs
            .sync(&mut self.disk, &files, self.syncs.retractions())?;
        self.behind.clear();
        Ok(())
    }

    /// The same, for whoever has time for it; `None` where the disk has all, or somebody is at it just now.
    pub fn begin_sync(&mut self) -> Option<Pending> {
        let synced = *self.syncs.synced.try_lock().ok()?;
        self.behind.retain(|(_, last)| *last > synced);
        let left = synced < self.newest && !self.syncs.is_unsound() && self.owed.is_none();
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
        if self.growing.name != named(FACTS, self.newest) {
            self.growing = fresh(&mut self.disk, &self.world, self.newest)?;
        } else if self.is_unsound() {
            // There is no fact in it, and what the disk has of it nobody knows.
            let again = if self.growing.voids { voiding } else { fresh };
            self.growing = again(&mut self.disk, &self.world, self.newest)?;
        }
        write_snapshot(&mut self.disk, &Snapshot::of(&self.world, state, history))?;
        self.syncs.mended(self.newest);
        self.behind.clear();
        // The world is written: old files that stay for now are removed after the next time.
        let _ = tidy(&mut self.disk, &self.damaged);
        Ok(())
    }

    fn pending(&self, snapshot: Option<Snapshot>) -> Pending {
        Pending {
            files: self.files(),
            newest: self.newest,
            syncs: Arc::clone(&self.syncs),
            snapshot,
            damaged: self.damaged.clone(),
            retractions: self.syncs.retractions(),
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
            voids: false,
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
    written(disk, base, journal::header(world, base), false)
}

/// The same, and whatever other files have after that fact counts no more.
fn voiding<D: Disk>(disk: &mut D, world: &WorldId, base: FactNo) -> io::Result<Growing> {
    written(disk, base, journal::voiding_header(world, base), true)
}

fn written<D: Disk>(
    disk: &mut D,
    base: FactNo,
    (bytes, last): (Vec<u8>, Check),
    voids: bool,
) -> io::Result<Growing> {
    let name = named(FACTS, base);
    disk.write(&name, &bytes)?;
    Ok(Growing {
        name,
        len: bytes.len() as u64,
        last,
        torn: false,
        voids,
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

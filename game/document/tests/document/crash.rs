//! Killed processes, cut power, full disks, flipped bits: what was confirmed is there, and what is damaged is kept.

use super::people::{account, painted, placed};
use holm_document::folder::Folder;
use holm_document::store::{Disk, Found, Pending, Store, StoreError};
use holm_document::{Act, History, Keeper, Now, PersonNo, State, ThingId, Wish};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

pub(crate) const WORLD: [u8; 16] = *b"a world of tests";

#[derive(Clone, Debug, Default)]
struct File {
    bytes: Vec<u8>,
    synced: usize,
    /// A sync failed, and the system has forgotten that it has to write this.
    lost: bool,
}

#[derive(Debug, Default)]
struct Inner {
    files: BTreeMap<String, File>,
    /// Bytes that still fit.
    room: Option<usize>,
    cuts_fail: bool,
    syncs_fail: bool,
    /// Whole files are there, but their folder could not be synced, so that they may be gone after a power cut: an error.
    writes_say_no: bool,
    /// Nothing that is to change anything is done, and nothing is read.
    dead: bool,
}

impl Inner {
    fn alive(&self) -> io::Result<()> {
        if self.dead {
            Err(io::ErrorKind::Other.into())
        } else {
            Ok(())
        }
    }
}

/// A disk in memory that can be full and lose its power.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryDisk(Rc<RefCell<Inner>>);

impl MemoryDisk {
    fn file(&self, name: &str) -> File {
        self.0.borrow().files[name].clone()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.borrow().files.keys().cloned().collect()
    }

    /// No trouble any more.
    fn works(&self) {
        let mut inner = self.0.borrow_mut();
        (inner.room, inner.cuts_fail, inner.writes_say_no) = (None, false, false);
        (inner.syncs_fail, inner.dead) = (false, false);
    }

    /// What was not synced may be there or not, up to any byte.
    fn cut_power(&self, share: f64) {
        let mut inner = self.0.borrow_mut();
        if share < 0.2 {
            // Not even its name.
            inner.files.retain(|_, file| file.synced > 0);
        }
        for file in inner.files.values_mut() {
            let loose = file.bytes.len() - file.synced;
            file.bytes.truncate(file.synced + (loose as f64 * share) as usize);
        }
    }
}

fn full() -> io::Error {
    io::Error::from(io::ErrorKind::StorageFull)
}

impl Disk for MemoryDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        self.0.borrow().alive()?;
        Ok(self.names())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let inner = self.0.borrow();
        inner.alive()?;
        let file = inner.files.get(name);
        file.map(|file| file.bytes.clone())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.0.borrow_mut();
        inner.alive()?;
        if let Some(room) = &mut inner.room {
            *room = room.checked_sub(bytes.len()).ok_or_else(full)?;
        }
        let file = File {
            bytes: bytes.to_vec(),
            synced: bytes.len(),
            lost: false,
        };
        inner.files.insert(name.to_owned(), file);
        if inner.writes_say_no {
            return Err(io::ErrorKind::Other.into());
        }
        Ok(())
    }

    fn begin(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.0.borrow().alive()?;
        self.0.borrow_mut().files.insert(name.to_owned(), File::default());
        self.append(name, bytes)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let inner = &mut *self.0.borrow_mut();
        inner.alive()?;
        let fits = inner.room.map_or(bytes.len(), |room| room.min(bytes.len()));
        if let Some(room) = &mut inner.room {
            *room -= fits;
        }
        let file = inner.files.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        file.bytes.extend(&bytes[..fits]);
        if fits < bytes.len() { Err(full()) } else { Ok(()) }
    }

    fn cut(&mut self, name: &str, len: u64) -> io::Result<()> {
        let inner = &mut *self.0.borrow_mut();
        inner.alive()?;
        if inner.cuts_fail {
            return Err(io::ErrorKind::Other.into());
        }
        let file = inner.files.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        if let Some(room) = &mut inner.room {
            *room += file.bytes.len().saturating_sub(len as usize);
        }
        file.bytes.truncate(len as usize);
        file.synced = file.synced.min(len as usize);
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let inner = &mut *self.0.borrow_mut();
        inner.alive()?;
        let file = inner.files.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        file.lost |= inner.syncs_fail;
        if inner.syncs_fail {
            return Err(io::ErrorKind::Other.into());
        }
        if !file.lost {
            file.synced = file.bytes.len();
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut inner = self.0.borrow_mut();
        inner.alive()?;
        let file = inner.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        inner.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let mut inner = self.0.borrow_mut();
        inner.alive()?;
        inner.files.remove(name);
        Ok(())
    }
}

/// A host alone that makes things and paints them, each fact kept before it counts.
pub(crate) struct Solo<D: Disk> {
    pub(crate) keeper: Keeper,
    pub(crate) store: Store<D>,
    /// The digest after each fact.
    pub(crate) digests: Vec<[u8; 16]>,
    /// Whole facts of a commit that failed may lie behind what was confirmed, up to this one, as long as the store owes that
    /// they are taken back: whoever opens the world then finds them.
    left_behind: u64,
    left_digests: Vec<[u8; 16]>,
}

fn now(number: u64) -> Now {
    Now {
        since_start: Duration::from_secs(number),
        secs: 1_000 + number,
    }
}

impl<D: Disk> Solo<D> {
    pub(crate) fn new(disk: D) -> Self {
        let state = State::new(account(0));
        let history = History::default();
        Self {
            store: Store::create(disk, WORLD, &state, &history).unwrap(),
            digests: vec![state.digest()],
            keeper: Keeper::new(state, history),
            left_behind: 0,
            left_digests: Vec::new(),
        }
    }

    /// As many facts in one commit; whether they were kept.
    pub(crate) fn go_on(&mut self, count: usize) -> Result<(), StoreError> {
        self.go(count, false)
    }

    /// The same as hosts do it: on the disk before anybody is told.
    pub(crate) fn go_on_for_good(&mut self, count: usize) -> Result<(), StoreError> {
        self.go(count, true)
    }

    fn go(&mut self, count: usize, for_good: bool) -> Result<(), StoreError> {
        let first = self.keeper.state().newest() + 1;
        let mut facts = Vec::new();
        for _ in 0..count {
            let number = self.keeper.state().newest();
            let serial = self.keeper.state().serial(PersonNo(0));
            let act = match number % 4 {
                1 if serial > 0 => Act::Set {
                    thing: ThingId {
                        maker: PersonNo(0),
                        serial,
                    },
                    part: painted(number as u8),
                    seen: None,
                },
                3 => Act::Undo { within: None },
                _ => Act::Make {
                    thing: ThingId {
                        maker: PersonNo(0),
                        serial: serial + 1,
                    },
                    parts: vec![placed(number as f32)],
                },
            };
            let wish = Wish {
                number: 1,
                acts: vec![act],
            };
            facts.extend(self.keeper.wish(PersonNo(0), &wish, now(number)).unwrap());
            self.digests.truncate(number as usize + 1);
            self.digests.push(self.keeper.state().digest());
        }
        let kept = if for_good {
            let (state, history) = (self.keeper.state(), self.keeper.history());
            self.store.keep(&facts, state, history)
        } else {
            self.store.append(&facts)
        };
        if kept.is_err() {
            // A run always comes by the same digests: the longest try tells those of all.
            if self.left_behind < self.keeper.state().newest() {
                self.left_behind = self.keeper.state().newest();
                self.left_digests = self.digests.clone();
            }
            self.keeper.take_out(first);
        }
        if !self.store.owes() {
            self.left_behind = 0;
        }
        kept
    }

    /// After this fact, which may be one that was left behind.
    fn digest(&self, number: u64) -> [u8; 16] {
        let digests = if number > self.store.newest() {
            &self.left_digests
        } else {
            &self.digests
        };
        digests[number as usize]
    }

    pub(crate) fn compact(&mut self) -> Result<(), StoreError> {
        self.store.compact(self.keeper.state(), self.keeper.history())
    }
}

#[derive(Clone, Debug)]
enum Step {
    GoOn(usize),
    GoOnForGood(usize),
    Sync,
    Compact,
    /// A snapshot is begun, and written after some other steps, or never.
    Begin,
    Run(prop::sample::Index),
    BeginSync,
    SyncsFail(bool),
    Reopen,
    /// Bytes that still fit, then none.
    Room(usize),
    CutsFail(bool),
    Dies(bool),
    WritesSayNo(bool),
    Space,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (1..6usize).prop_map(Step::GoOn),
        6 => (1..6usize).prop_map(Step::GoOnForGood),
        2 => Just(Step::Sync),
        2 => Just(Step::Compact),
        3 => Just(Step::Begin),
        3 => Just(Step::BeginSync),
        1 => any::<bool>().prop_map(Step::SyncsFail),
        3 => any::<prop::sample::Index>().prop_map(Step::Run),
        2 => Just(Step::Reopen),
        2 => (0..600usize).prop_map(Step::Room),
        1 => any::<bool>().prop_map(Step::CutsFail),
        1 => any::<bool>().prop_map(Step::Dies),
        1 => any::<bool>().prop_map(Step::WritesSayNo),
        2 => Just(Step::Space),
    ]
}

proptest! {
    /// Whatever the disk does: what it said yes to is there, nothing else, and after a power cut what was synced.
    #[test]
    fn what_was_confirmed_is_there(steps in proptest::collection::vec(step(), 1..60), power in proptest::option::of(0.0..1.0f64)) {
        let disk = MemoryDisk::default();
        let mut solo = Solo::new(disk.clone());
        let mut synced = 0;
        let mut pending: Vec<Pending> = Vec::new();
        for step in steps {
            match step {
                Step::GoOn(count) => _ = solo.go_on(count),
                Step::GoOnForGood(count) => if solo.go_on_for_good(count).is_ok() { synced = solo.store.newest(); },
                Step::Sync => if solo.store.sync().is_ok() { synced = solo.store.newest(); },
                Step::Compact => if solo.compact().is_ok() { synced = solo.store.newest(); },
                Step::Begin => {
                    pending.extend(solo.store.begin_snapshot(solo.keeper.state(), solo.keeper.history()).ok());
                }
                Step::BeginSync => pending.extend(solo.store.begin_sync()),
                Step::SyncsFail(fail) => disk.0.borrow_mut().syncs_fail = fail,
                Step::Run(which) => if !pending.is_empty() {
                    let some = pending.swap_remove(which.index(pending.len()));
                    let newest = some.newest();
                    if some.run(&mut disk.clone()).is_ok() {
                        synced = synced.max(newest);
                    }
                },
                Step::Room(bytes) => disk.0.borrow_mut().room = Some(bytes),
                Step::Dies(dead) => disk.0.borrow_mut().dead = dead,
                Step::CutsFail(fail) => disk.0.borrow_mut().cuts_fail = fail,
                Step::WritesSayNo(no) => disk.0.borrow_mut().writes_say_no = no,
                Step::Space => disk.0.borrow_mut().room = None,
                Step::Reopen => {
                    disk.works();
                    pending.clear(); // the process that was to run them is gone
                    for file in disk.0.borrow_mut().files.values_mut() {
                        file.lost = false; // what a failed sync left is not asked of a later process
                    }
                    let (store, state, history, _) = Store::open(disk.clone()).unwrap();
                    let most = solo.store.newest().max(solo.left_behind);
                    prop_assert!((solo.store.newest()..=most).contains(&state.newest()));
                    prop_assert_eq!(state.digest(), solo.digest(state.newest()));
                    if state.newest() > solo.store.newest() {
                        solo.digests = solo.left_digests.clone();
                    }
                    solo.left_behind = 0;
                    (solo.store, solo.keeper) = (store, Keeper::new(state, history));
                }
            }
            prop_assert_eq!(solo.store.newest(), solo.keeper.state().newest());
            if !solo.store.owes() {
                solo.left_behind = 0; // made good by whatever was asked for
            }
        }
        let confirmed = solo.store.newest();
        disk.works();
        if let Some(share) = power {
            disk.cut_power(share);
        }
        let (_, state, history, _) = Store::open(disk).unwrap();
        prop_assert!(state.newest() <= confirmed.max(solo.left_behind));
        let least = if power.is_some() { synced } else { confirmed };
        prop_assert!(state.newest() >= least);
        prop_assert_eq!(state.digest(), solo.digest(state.newest()));
        prop_assert_eq!(history.past().next_back().map_or(state.newest(), |past| past.fact.number), state.newest());
    }

    /// One bit anywhere: the world opens with some of its facts, exactly as it was after them, or not at all where no
    /// snapshot is whole; and the damaged file is there, byte for byte.
    #[test]
    fn one_flipped_bit_costs_at_most_what_comes_after_it(file in any::<prop::sample::Index>(), bit in any::<prop::sample::Index>()) {
        let disk = MemoryDisk::default();
        let mut solo = Solo::new(disk.clone());
        for round in 0..3 {
            solo.go_on(7).unwrap();
            if round < 2 {
                solo.compact().unwrap();
            }
        }
        let newest = solo.store.newest();
        let names = disk.names();
        let name = &names[file.index(names.len())];
        let mut bytes = disk.file(name).bytes;
        let at = bit.index(bytes.len() * 8);
        bytes[at / 8] ^= 1 << (at % 8);
        disk.0.borrow_mut().files.insert(name.clone(), File { synced: bytes.len(), bytes: bytes.clone(), lost: false });
        match Store::open(disk.clone()) {
            Ok((mut store, state, history, found)) => {
                prop_assert!(name.starts_with("snapshot") && state.newest() == newest || state.newest() <= newest);
                prop_assert_eq!(state.digest(), solo.digests[state.newest() as usize]);
                if let Found { damaged, .. } = &found && let Some(kept) = damaged.first() {
                    prop_assert_eq!(disk.file(kept).bytes, bytes.clone());
                }
                // A damaged snapshot costs nothing: the one before and all facts since are there.
                if name.starts_with("snapshot") {
                    prop_assert_eq!(state.newest(), newest);
                }
                // And it goes on from there, for good.
                let mut keeper = Keeper::new(state, history);
                let serial = keeper.state().serial(PersonNo(0)) + 1;
                let thing = ThingId { maker: PersonNo(0), serial };
                let wish = Wish { number: 1, acts: vec![Act::Make { thing, parts: vec![placed(1.0)] }] };
                let fact = keeper.wish(PersonNo(0), &wish, now(500)).unwrap().unwrap();
                store.append(&[fact]).unwrap();
                let (_, again, _, found) = Store::open(disk.clone()).unwrap();
                prop_assert_eq!(again.digest(), keeper.state().digest());
                for kept in found.damaged {
                    prop_assert_eq!(disk.file(&kept).bytes, bytes.clone());
                }
            }
            // There are two snapshots, and one bit damages one of them.
            Err(error) => prop_assert!(false, "{}", error),
        }
    }

    /// No bytes make a panic.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), snapshot in any::<bool>()) {
        let magic: &[u8] = if snapshot { b"HOLMSNAP\x01\x00" } else { b"HOLMFACT\x01\x00" };
        for bytes in [bytes.clone(), [magic, &bytes].concat()] {
            let _ = holm_document::journal::read(&bytes);
            let _ = holm_document::journal::read_snapshot(&bytes);
        }
    }
}

#[test]
fn a_full_disk_keeps_what_was_confirmed_and_goes_on_when_there_is_room() {
    let disk = MemoryDisk::default();
    let mut solo = Solo::new(disk.clone());
    solo.go_on(5).unwrap();
    disk.0.borrow_mut().room = Some(20);
    disk.0.borrow_mut().cuts_fail = true;
    assert!(matches!(solo.go_on(3), Err(StoreError::Disk(_))));
    assert!(solo.go_on(3).is_err(), "what was torn is not written behind");
    assert_eq!(solo.keeper.state().newest(), 5);
    disk.0.borrow_mut().room = None;
    disk.0.borrow_mut().cuts_fail = false;
    solo.go_on(4).unwrap();
    let (_, state, _, found) = Store::open(disk).unwrap();
    assert_eq!((state.newest(), found.damaged), (9, Vec::new()));
}

#[test]
fn what_a_failed_sync_forgot_only_a_snapshot_brings_back() {
    let disk = MemoryDisk::default();
    let mut solo = Solo::new(disk.clone());
    solo.go_on(3).unwrap();
    let begun = solo.store.begin_sync().unwrap();
    solo.go_on(2).unwrap();
    disk.0.borrow_mut().syncs_fail = true;
    assert!(matches!(begun.run(&mut disk.clone()), Err(StoreError::Disk(_))));
    disk.0.borrow_mut().syncs_fail = false;
    // The disk says yes again, and means nothing by it.
    assert!(solo.store.is_unsound() && solo.store.begin_sync().is_none());
    assert!(matches!(solo.store.sync(), Err(StoreError::Unsound)));
    let begun = solo
        .store
        .begin_snapshot(solo.keeper.state(), solo.keeper.history());
    assert!(matches!(begun, Err(StoreError::Unsound)));
    solo.go_on(1).unwrap();
    solo.compact().unwrap();
    solo.go_on(1).unwrap();
    solo.store.sync().unwrap();
    disk.cut_power(0.0);
    assert_eq!(Store::open(disk).unwrap().1.newest(), 7);
}

/// A disk on which five facts are kept for good, whose next sync fails; and what is refused because of it. `trouble` is what else
/// fails then.
fn refused(trouble: impl Fn(&mut Inner)) -> (MemoryDisk, Solo<MemoryDisk>) {
    let disk = MemoryDisk::default();
    let mut solo = Solo::new(disk.clone());
    solo.go_on_for_good(2).unwrap();
    solo.compact().unwrap();
    solo.go_on_for_good(3).unwrap();
    disk.0.borrow_mut().syncs_fail = true;
    trouble(&mut disk.0.borrow_mut());
    assert!(matches!(solo.go_on_for_good(3), Err(StoreError::Disk(_))));
    assert_eq!((solo.store.newest(), solo.keeper.state().newest()), (5, 5));
    (disk, solo)
}

type Trouble = fn(&mut Inner);

/// All after which a little can be written still, or again. A sync that fails has often written everything, so all of the refused
/// facts are there to be found.
const TROUBLES: [Trouble; 4] = [
    |inner| inner.room = Some(300), // for the facts, not for a world
    |inner| (inner.room, inner.cuts_fail) = (Some(300), true),
    |inner| inner.writes_say_no = true,
    |inner| (inner.writes_say_no, inner.cuts_fail) = (true, true),
];

#[test]
fn what_was_refused_does_not_come_back_after_a_restart() {
    for (which, trouble) in TROUBLES.into_iter().enumerate() {
        let (disk, mut solo) = refused(trouble);
        if which >= 2 {
            assert!(solo.store.owes(), "whether the folder has it nobody knows");
            disk.works();
            solo.store.sync().unwrap(); // whatever is asked for first makes it good
        }
        assert!(!solo.store.owes(), "trouble {which}");
        let digest = solo.digests[5];
        disk.works();
        let (_, state, _, found) = Store::open(disk.clone()).unwrap();
        assert_eq!((state.newest(), state.digest()), (5, digest), "trouble {which}");
        assert_eq!(found.damaged, Vec::<String>::new());
        // And others follow in their place, for good.
        solo.go_on_for_good(2).unwrap();
        let (_, state, _, _) = Store::open(disk.clone()).unwrap();
        assert_eq!((state.newest(), state.digest()), (7, solo.digests[7]));
        disk.cut_power(0.0);
        let (store, state, history, _) = Store::open(disk.clone()).unwrap();
        assert_eq!((state.newest(), state.digest()), (7, solo.digests[7]));
        (solo.store, solo.keeper) = (store, Keeper::new(state, history));
        for _ in 0..3 {
            solo.compact().unwrap();
            solo.go_on_for_good(2).unwrap();
        }
        let (_, state, _, found) = Store::open(disk).unwrap();
        assert_eq!((state.newest(), state.digest()), (13, solo.digests[13]));
        assert_eq!(found.damaged, Vec::<String>::new());
    }
}

#[test]
fn what_is_void_stays_so_where_the_file_that_says_so_is_torn_or_written_anew() {
    for compacts in [false, true] {
        let (disk, mut solo) = refused(|inner| (inner.room, inner.cuts_fail) = (Some(300), true));
        disk.works();
        if compacts {
            disk.0.borrow_mut().room = Some(60); // for a header, and not for a world
            assert!(solo.compact().is_err());
        } else {
            let name = "facts-00000000000000000005";
            disk.clone().append(name, b"no record").unwrap();
        }
        disk.works();
        for _ in 0..2 {
            let (_, state, _, _) = Store::open(disk.clone()).unwrap();
            assert_eq!((state.newest(), state.digest()), (5, solo.digests[5]));
        }
    }
}

/// What no program can know after a restart; it can be asked for before, and nothing is built on it.
#[test]
fn a_disk_that_says_nothing_any_more_is_owed_and_nothing_is_kept_before_it_is_made_good() {
    let (disk, mut solo) = refused(|inner| inner.writes_say_no = true);
    disk.0.borrow_mut().dead = true;
    assert!(solo.store.owes());
    assert!(solo.go_on_for_good(1).is_err() && solo.go_on(1).is_err() && solo.compact().is_err());
    assert!(solo.store.begin_sync().is_none() && solo.store.owes());
    disk.works();
    solo.go_on(1).unwrap();
    assert!(!solo.store.owes());
    let (_, state, _, _) = Store::open(disk).unwrap();
    assert_eq!((state.newest(), state.digest()), (6, solo.digests[6]));
}

#[test]
fn what_was_begun_before_facts_were_taken_back_writes_none_of_them() {
    let disk = MemoryDisk::default();
    let mut solo = Solo::new(disk.clone());
    solo.go_on_for_good(3).unwrap();
    solo.go_on(2).unwrap();
    let sync = solo.store.begin_sync().unwrap();
    let snapshot = solo
        .store
        .begin_snapshot(solo.keeper.state(), solo.keeper.history())
        .unwrap();
    solo.store.retract(3).unwrap();
    solo.keeper.take_out(4);
    for late in [sync, snapshot] {
        assert!(matches!(late.run(&mut disk.clone()), Err(StoreError::Retracted)));
    }
    assert!(!solo.store.is_unsound());
    assert!(matches!(solo.store.retract(4), Err(StoreError::NotNext)));
    solo.go_on_for_good(1).unwrap();
    let (_, state, _, _) = Store::open(disk).unwrap();
    assert_eq!((state.newest(), state.digest()), (4, solo.digests[4]));
}

#[test]
fn facts_that_are_not_the_next_ones_are_not_kept() {
    let disk = MemoryDisk::default();
    let mut solo = Solo::new(disk.clone());
    solo.go_on(3).unwrap();
    let last = solo.keeper.history().past().next_back().unwrap().fact.clone();
    assert!(matches!(
        solo.store.append(std::slice::from_ref(&last)),
        Err(StoreError::NotNext)
    ));
    let mut far = last;
    far.number = 9;
    assert!(matches!(solo.store.append(&[far]), Err(StoreError::NotNext)));
    solo.go_on(1).unwrap();
    assert_eq!(Store::open(disk).unwrap().1.newest(), 4);
}

#[test]
fn two_programs_do_not_have_one_world() {
    let path = std::env::temp_dir().join(format!("holm-two-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    let first = Folder::new(&path).unwrap();
    let second = Folder::new(&path).map(|_| ()).unwrap_err();
    assert_eq!(second.kind(), io::ErrorKind::ResourceBusy);
    drop(first);
    Folder::new(&path).unwrap();
    std::fs::remove_dir_all(&path).unwrap();
}

#[test]
fn a_newer_programs_world_is_left_alone() {
    let disk = MemoryDisk::default();
    let mut solo = Solo::new(disk.clone());
    solo.go_on(5).unwrap();
    let name = "snapshot-00000000000000000000";
    let mut bytes = disk.file(name).bytes;
    bytes[8] = 9;
    let end = bytes.len() - 32;
    let hash = blake3::hash(&bytes[..end]);
    bytes[end..].copy_from_slice(hash.as_bytes());
    disk.0.borrow_mut().files.insert(
        name.to_owned(),
        File {
            synced: bytes.len(),
            bytes,
            lost: false,
        },
    );
    let before = disk.names();
    assert!(matches!(
        Store::open(disk.clone()),
        Err(StoreError::AllDamaged(holm_document::journal::NotRead::Newer(9)))
    ));
    assert_eq!(disk.names(), before);
}

/// The process that is killed. Says each number once it is confirmed, and writes snapshots on other threads all the while, at times
/// two at once.
#[test]
fn writer() {
    let Some(folder) = std::env::var_os("HOLM_CRASH_FOLDER") else {
        return; // the test below starts it
    };
    let mut solo = Solo::new(Folder::new(folder).unwrap());
    let mut said = io::stdout().lock();
    let mut writing = Vec::new();
    for round in 0.. {
        solo.go_on(1 + round % 5).unwrap();
        if round % 40 == 39 {
            solo.compact().unwrap();
        } else if round % 3 == 2 {
            let (state, history) = (solo.keeper.state(), solo.keeper.history());
            let pending = solo.store.begin_snapshot(state, history).unwrap();
            let mut disk = solo.store.disk().another();
            writing.push(std::thread::spawn(move || pending.run(&mut disk).unwrap()));
        }
        if let Some(pending) = solo.store.begin_sync() {
            let mut disk = solo.store.disk().another();
            writing.push(std::thread::spawn(move || pending.run(&mut disk).unwrap()));
        }
        while writing.len() > 2 {
            writing.remove(0).join().unwrap();
        }
        writeln!(said, "kept {}", solo.store.newest()).unwrap();
    }
}

/// A real process, really killed, at any moment of a real run: 20 times, or as often as HOLM_CRASH_RUNS says. Of 100 kills 39 were
/// in the middle of a snapshot that another thread wrote.
#[test]
fn a_killed_process_loses_nothing_that_it_confirmed() {
    let runs: u64 = std::env::var("HOLM_CRASH_RUNS").map_or(20, |runs| runs.parse().unwrap());
    // The digests that a run comes by are always the same.
    let mut whole = Solo::new(MemoryDisk::default());
    for run in 0..runs {
        let folder = std::env::temp_dir().join(format!("holm-crash-{}-{run}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::writer", "--nocapture", "--test-threads=1"])
            .env("HOLM_CRASH_FOLDER", &folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Killed after so many confirmations, in the middle of whatever it does then.
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let confirmed = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("kept ")?.parse::<u64>().ok())
            .nth((run * 7 % 97) as usize)
            .unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let (_, state, _, found) = Store::open(Folder::new(&folder).unwrap()).unwrap();
        assert!(
            state.newest() >= confirmed,
            "run {run}: {} of {confirmed}",
            state.newest()
        );
        assert!(found.damaged.len() <= 1, "{found:?}");
        while whole.keeper.state().newest() < state.newest() {
            whole.go_on(1).unwrap();
        }
        assert_eq!(
            state.digest(),
            whole.digests[state.newest() as usize],
            "run {run}"
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

//! At the host: the files of the world, taken in from whoever brings them and given out to whoever shows them.
//!
//! Flow, once a frame (`tend`): somebody brings a file → may they, is there room → fetched from them → its beginning is looked at →
//! written down beside the loop → `Held`, and only from then on a wish may name it ([`Library::admits`]). Somebody wants one →
//! read beside the loop → offered → `Ready`; what nobody has fetched for longest makes room in memory.
//! It is fetched before it is judged, and not meanwhile: a fact that names it is then true from the first moment, for whoever comes
//! next and after every crash, and a wish waits for nothing while the world is asked of it.
//! Invariants: what is held is on the disk; memory and disk have bounds; everybody has a share of both: one file at a time comes
//! from each, what is held and named by nothing counts for whoever brought it, and what is read from the disk for somebody costs
//! their time; whoever stops sending is given up and costs nobody else who brings the same; nothing is decoded here; nothing is
//! removed that a thing, a version or the past names.

use super::Outbox;
use super::read;
use super::wire::{FromHost as FilesFromHost, ToHost as FilesToHost, WhyNoFile};
use crate::platform;
use crate::session::patience::Watch;
use crate::session::{GuestBlob, Heard, Session, Tell, Unseated};
use crate::things::Ledger;
use crate::things::wire::{FromHost as ThingsFromHost, ToHost as ThingsToHost};
use crate::wire::{FromHost, ToHost};
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use bytes::Bytes;
use core::time::Duration;
use holm_document::files::{FilePlace, named};
use holm_document::folder::Folder;
use holm_document::journal::WorldId;
use holm_document::limits::{BLOB_BYTES, FILES, FILES_BYTES};
use holm_document::part::Blob;
use holm_document::{Act, Capability, History, PersonNo, State, one_file};
use holm_net::pose::Slot;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;

/// Files fetched side by side, one from each guest: each is in memory until it is written.
const FETCHES: usize = 4;
/// Where others wait for such a place, whoever sends more slowly than this gives it up after a minute: 64 MB in half an hour.
const LEAST_BYTES_PER_SEC: u64 = 32 << 10;
/// Files that wait to be fetched or written: of one who brings them, and of all.
const BRINGS_EACH: usize = 8;
const BRINGS: usize = 64;
/// Files read from the disk side by side.
const LOADS: usize = 2;
/// Files that one person waits for: they ask for two at a time.
const WANTS_EACH: usize = 8;
/// What is read from the disk for one person, bytes in a microsecond: more than a host sends to all together. And what each
/// file costs beside its bytes.
const READ_BYTES_PER_MICRO: u64 = 16;
const READ_COST_BYTES: u64 = 64 << 10;
/// How far ahead of that somebody may be: two of the largest files at once.
const READ_AHEAD: Duration = Duration::from_secs(8);
/// What is held in memory to be given out, bytes: four of the largest.
const SERVED_BYTES: u64 = 4 * BLOB_BYTES;
/// What was asked for so lately is being fetched: longer than the transfer waits before it asks for a lost block again.
const IN_USE: Duration = Duration::from_secs(15);
/// How long one that is ready stays for a first question.
const READY_FOR: Duration = Duration::from_secs(3);
/// One that waits for room longer takes it from what is in use: whoever wants it waits 20 s for an answer.
const ROOM_WITHIN: Duration = Duration::from_secs(8);
/// A world that is kept nowhere has its files in memory, bytes.
const UNKEPT_BYTES: u64 = 4 * BLOB_BYTES;
/// How often whoever brings one is told how much of it is here.
const TOLD_EVERY: Duration = Duration::from_millis(500);
/// What was brought and is named by nothing is kept for so long: it is in somebody's hand.
const IN_HAND: Duration = Duration::from_secs(15 * 60);
/// Of one person: four times what a client keeps at hand.
const IN_HAND_EACH: usize = 32;
/// How often it is looked what nothing names any more, and how soon at the earliest, where there is no room.
const SWEEP_EVERY: Duration = Duration::from_secs(10 * 60);
const SWEEP_AGAIN: Duration = Duration::from_secs(30);

/// Where they are kept.
enum Place {
    /// With a world that ends with its session.
    Memory,
    Disk {
        files: FilePlace,
        folder: Folder,
        world: WorldId,
    },
    /// Nowhere: nothing is taken.
    None,
}

/// The files of the world that is hosted.
pub(crate) struct Library {
    place: Place,
    /// By hash, and how long.
    held: BTreeMap<[u8; 32], u64>,
    held_bytes: u64,
    /// Those in memory, offered to whoever fetches them, and since when, as if asked for then.
    served: BTreeMap<[u8; 32], (Bytes, Duration)>,
    served_bytes: u64,
    coming: Vec<Coming>,
    /// Who waits for which to be read, in the order in which they were wanted first, and since when.
    wanted: VecDeque<([u8; 32], Duration)>,
    waiters: BTreeMap<[u8; 32], BTreeSet<Slot>>,
    loads: Vec<(Blob, Task<io::Result<Option<Vec<u8>>>>)>,
    /// Until when they have used their share of reading.
    reads: BTreeMap<Slot, Duration>,
    /// Things may not name them yet.
    in_hand: BTreeMap<[u8; 32], InHand>,
    sweep: Sweep,
    sweep_at: Duration,
}

/// A file that is held and that no thing has named since: it counts for whoever brought it last.
struct InHand {
    since: Duration,
    by: PersonNo,
    bytes: u64,
}

/// A file on its way in.
struct Coming {
    file: Blob,
    /// Who brings it; the first is asked.
    from: Vec<(Slot, PersonNo)>,
    /// Whoever was asked last.
    by: PersonNo,
    step: Step,
    told: Duration,
}

enum Step {
    Waiting,
    Fetching(Watch),
    Writing(Bytes, Task<io::Result<()>>),
}

/// Looking for what nothing names.
#[derive(Default)]
enum Sweep {
    #[default]
    Idle,
    /// And what wishes have named since it began.
    Looking(Task<Option<BTreeSet<Blob>>>, BTreeSet<[u8; 32]>),
    /// These are being removed: what has such a hash comes after that.
    Removing(BTreeSet<[u8; 32]>, Task<()>),
}

/// A file, for a host that looks at its own world.
pub(super) enum AtHand {
    Here(Bytes),
    OnDisk(FilePlace),
}

impl Library {
    /// Of the world in this folder; of one that is kept nowhere without.
    pub(crate) fn new(place: Option<(Folder, WorldId)>, kept: bool) -> Self {
        let mut held = BTreeMap::new();
        let place = match place {
            Some((folder, world)) => {
                let files = FilePlace::beside(folder.path());
                match files.tidied() {
                    Ok(found) => {
                        held = found;
                        Place::Disk { files, folder, world }
                    }
                    Err(error) => {
                        error!("the files of this world cannot be read: {error}");
                        Place::None
                    }
                }
            }
            None if kept => Place::None,
            None => Place::Memory,
        };
        Self {
            place,
            held_bytes: held.values().sum(),
            held,
            served: BTreeMap::new(),
            served_bytes: 0,
            coming: Vec::new(),
            wanted: VecDeque::new(),
            waiters: BTreeMap::new(),
            loads: Vec::new(),
            reads: BTreeMap::new(),
            in_hand: BTreeMap::new(),
            sweep: Sweep::Idle,
            sweep_at: SWEEP_AGAIN,
        }
    }

    /// Whether every file that these acts name is held; then it is kept for them.
    pub(crate) fn admits(&mut self, acts: &[Act]) -> bool {
        if !super::named(acts).all(|file| self.holds(&file)) {
            return false;
        }
        if let Sweep::Looking(_, since) = &mut self.sweep {
            since.extend(super::named(acts).map(|file| file.hash));
        }
        true
    }

    /// A fact names what these acts name: from now on it counts for whose things show it.
    pub(crate) fn placed(&mut self, acts: &[Act]) {
        for file in super::named(acts) {
            self.in_hand.remove(&file.hash);
        }
    }

    fn holds(&self, file: &Blob) -> bool {
        self.held.get(&file.hash) == Some(&file.bytes)
    }

    pub(super) fn at_hand(&self, file: &Blob) -> Option<AtHand> {
        if !self.holds(file) {
            return None;
        }
        if let Some((bytes, _)) = self.served.get(&file.hash) {
            return Some(AtHand::Here(bytes.clone()));
        }
        match &self.place {
            Place::Disk { files, .. } => Some(AtHand::OnDisk(files.clone())),
            Place::Memory | Place::None => None,
        }
    }

    /// It is not what it was when it was written: whoever brings it again mends it.
    fn is_lost(&mut self, file: &Blob) {
        if let Some(bytes) = self.held.remove(&file.hash) {
            self.held_bytes -= bytes;
        }
        self.in_hand.remove(&file.hash);
    }

    fn most_bytes(&self) -> u64 {
        match self.place {
            Place::Memory => UNKEPT_BYTES,
            Place::Disk { .. } => FILES_BYTES,
            Place::None => 0,
        }
    }

    /// Whether this may come in.
    fn judge(&mut self, from: (Slot, PersonNo), file: &Blob, room: &Room<'_>) -> Result<(), WhyNoFile> {
        if file.bytes == 0 || file.bytes > BLOB_BYTES {
            return Err(WhyNoFile::TooLarge);
        }
        let standing = room.state.person(from.1).ok_or(WhyNoFile::NotAllowed)?;
        let powers = room.state.powers();
        let may = powers.of(standing, room.now_secs);
        if !may.has(Capability::Spawn) || !may.has(Capability::Media) {
            return Err(WhyNoFile::NotAllowed);
        }
        let is_theirs = |(hash, hand): &(&[u8; 32], &InHand)| {
            hand.by == from.1 && **hash != file.hash && room.now.saturating_sub(hand.since) < IN_HAND
        };
        let in_hand = self.in_hand.iter().filter(is_theirs);
        let (unnamed, unnamed_bytes) = in_hand.fold((0, 0), |(count, bytes), (_, hand)| {
            (count + 1, bytes + hand.bytes)
        });
        if unnamed >= IN_HAND_EACH {
            return Err(WhyNoFile::TooMany);
        }
        if self.holds(file) {
            return Ok(());
        }
        if room.rests || matches!(self.place, Place::None) {
            return Err(WhyNoFile::NotKept);
        }
        let of_them = |coming: &&Coming| coming.from.iter().any(|(slot, _)| *slot == from.0);
        let theirs = self.coming.iter().filter(of_them);
        let (count, bytes) = theirs.fold((0, 0), |(count, bytes), coming| {
            (count + 1, bytes + coming.file.bytes)
        });
        if count >= BRINGS_EACH || self.coming.len() >= BRINGS {
            return Err(WhyNoFile::TooMany);
        }
        let had = room.state.usage(from.1).bytes.saturating_add(unnamed_bytes);
        if had.saturating_add(bytes).saturating_add(file.bytes) > powers.quota(standing).bytes {
            return Err(WhyNoFile::Quota);
        }
        let coming: u64 = self.coming.iter().map(|coming| coming.file.bytes).sum();
        let all = self.held_bytes + coming + file.bytes;
        if self.held.len() + self.coming.len() >= FILES || all > self.most_bytes() {
            self.sweep_at = self.sweep_at.min(room.now + SWEEP_AGAIN);
            return Err(WhyNoFile::Full);
        }
        Ok(())
    }

    fn bring(&mut self, from: (Slot, PersonNo), file: Blob, room: &Room<'_>, said: &mut Said) {
        if self
            .coming
            .iter()
            .any(|coming| coming.file == file && coming.from.contains(&from))
        {
            return; // said twice
        }
        match self.judge(from, &file, room) {
            Err(why) => said.not_held(from.0, file.hash, why),
            Ok(()) if self.holds(&file) => {
                self.is_in_hand(&file, from.1, room.now);
                if let Sweep::Looking(_, since) = &mut self.sweep {
                    since.insert(file.hash);
                }
                said.one(from.0, FilesFromHost::Held { hash: file.hash });
            }
            Ok(()) => match self.coming.iter_mut().find(|coming| coming.file == file) {
                Some(coming) => coming.from.push(from),
                None => self.coming.push(Coming {
                    file,
                    from: vec![from],
                    by: from.1,
                    step: Step::Waiting,
                    told: room.now,
                }),
            },
        }
    }

    fn is_in_hand(&mut self, file: &Blob, by: PersonNo, since: Duration) {
        let bytes = file.bytes;
        self.in_hand.insert(file.hash, InHand { since, by, bytes });
    }

    /// This one brings such files no more: they left, or thought better of it, or do not send it.
    fn drop_from(&mut self, slot: Slot, which: impl Fn(&Blob) -> bool, session: &mut Session) {
        self.coming.retain_mut(|coming| {
            if !which(&coming.file) {
                return true;
            }
            let asked = coming.from.first().is_some_and(|(first, _)| *first == slot);
            coming.from.retain(|(other, _)| *other != slot);
            if asked && matches!(coming.step, Step::Fetching(_)) {
                session.forget_from(slot, &coming.file.hash);
                coming.step = Step::Waiting;
            }
            // What is here already is written down: it was paid for.
            !coming.from.is_empty() || matches!(coming.step, Step::Writing(..))
        });
    }

    /// It is not to be had from whoever was asked.
    fn not_had(&mut self, slot: Slot, file: Blob, why: WhyNoFile, session: &mut Session, said: &mut Said) {
        said.not_held(slot, file.hash, why);
        self.drop_from(slot, |other| *other == file, session);
    }

    fn arrived(&mut self, came: &GuestBlob, session: &mut Session, said: &mut Said) {
        let asked = |coming: &&mut Coming| {
            coming.file.hash == came.hash
                && matches!(coming.step, Step::Fetching(_))
                && coming.from.first().is_some_and(|(slot, _)| *slot == came.from)
        };
        let Some(coming) = self.coming.iter_mut().find(asked) else {
            return; // another feature's
        };
        let file = coming.file;
        match &came.bytes {
            Some(bytes) if bytes.len() as u64 != coming.file.bytes => {
                self.not_had(came.from, file, WhyNoFile::NotReceived, session, said);
            }
            Some(bytes) if read::kind(bytes).is_none() => {
                self.not_had(came.from, file, WhyNoFile::Unknown, session, said);
            }
            Some(bytes) => coming.step = writing(&self.place, coming.file, bytes.clone()),
            None => self.not_had(came.from, file, WhyNoFile::NotReceived, session, said),
        }
    }

    /// Begins what can begin, and goes on with what is under way.
    fn take_in(&mut self, now: Duration, session: &mut Session, own: &Outbox, said: &mut Said) {
        let me = session.me();
        let busy = |coming: &&Coming| !matches!(coming.step, Step::Waiting);
        let mut under_way = self.coming.iter().filter(busy).count();
        let removing = match &self.sweep {
            Sweep::Removing(hashes, _) => Some(hashes),
            _ => None,
        };
        let is_removed = |file: &Blob| removing.is_some_and(|hashes| hashes.contains(&file.hash));
        // One at a time from each: the next would wait behind it on the same line, and nobody has more than one place.
        let mut asked: BTreeSet<Slot> = self
            .coming
            .iter()
            .filter(|coming| matches!(coming.step, Step::Fetching(_)))
            .filter_map(|coming| coming.from.first().map(|(slot, _)| *slot))
            .collect();
        let (mut slow, mut idle, mut is_crowded) = (Vec::new(), None, false);
        let (mut still, mut lacking) = (Vec::new(), Vec::new());
        for coming in &mut self.coming {
            let Some((slot, person)) = coming.from.first().copied() else {
                continue; // being written, for nobody
            };
            match &mut coming.step {
                Step::Waiting if asked.contains(&slot) || is_removed(&coming.file) => {}
                Step::Waiting if under_way >= FETCHES => is_crowded = true,
                Step::Waiting => {
                    asked.insert(slot);
                    under_way += 1;
                    coming.by = person;
                    if Some(slot) != me {
                        session.fetch_from(slot, coming.file.hash, coming.file.bytes);
                        coming.step = Step::Fetching(Watch::default());
                    } else if let Some(bytes) = own.bytes(&coming.file) {
                        coming.step = writing(&self.place, coming.file, bytes);
                    } else {
                        lacking.push((slot, coming.file));
                    }
                }
                Step::Fetching(watch) => {
                    let mut away = true;
                    session.for_each_person(|person| away &= person.slot != slot || person.away);
                    let here = (!away)
                        .then(|| session.coming_from(slot, &coming.file.hash))
                        .flatten();
                    // It waits behind another feature's file of the same person.
                    if !away && here.is_none() {
                        idle.get_or_insert(coming.file);
                    }
                    if watch.is_still(now, here) {
                        still.push((slot, coming.file));
                        continue;
                    }
                    let rate = watch.bytes_per_sec().filter(|rate| *rate < LEAST_BYTES_PER_SEC);
                    slow.extend(rate.map(|rate| (rate, slot, coming.file)));
                    if let Some(bytes) = here.filter(|_| now.saturating_sub(coming.told) >= TOLD_EVERY) {
                        coming.told = now;
                        let hash = coming.file.hash;
                        for (slot, _) in &coming.from {
                            said.one(*slot, FilesFromHost::Coming { hash, bytes });
                        }
                    }
                }
                Step::Writing(..) => {}
            }
        }
        // One place is enough: one of which nothing can come yet waits behind those that wait…
        if is_crowded && let Some(at) = self.coming.iter().position(|coming| Some(coming.file) == idle) {
            let mut coming = self.coming.remove(at);
            if let Some((slot, _)) = coming.from.first() {
                session.forget_from(*slot, &coming.file.hash);
            }
            coming.step = Step::Waiting;
            self.coming.push(coming);
            is_crowded = false;
        }
        // …or the slowest gives up its own.
        let slowest = slow.into_iter().min_by_key(|(rate, ..)| *rate);
        still.extend(slowest.filter(|_| is_crowded).map(|(_, slot, file)| (slot, file)));
        for (slot, file) in still.into_iter().chain(lacking) {
            self.not_had(slot, file, WhyNoFile::NotReceived, session, said);
        }
        let mut at = 0;
        while let Some(coming) = self.coming.get_mut(at) {
            let Step::Writing(_, task) = &mut coming.step else {
                at += 1;
                continue;
            };
            let Some(result) = check_ready(task) else {
                at += 1;
                continue;
            };
            let Coming {
                file, from, by, step, ..
            } = self.coming.remove(at);
            let Step::Writing(bytes, _) = step else { continue };
            match result {
                Ok(()) => {
                    if self.held.insert(file.hash, file.bytes).is_none() {
                        self.held_bytes += file.bytes;
                    }
                    self.is_in_hand(&file, by, now);
                    // Otherwise it is read when it is wanted.
                    if self.make_room(file.bytes, false, now, session) {
                        self.serve(file.hash, bytes, now, session);
                    }
                    for (slot, _) in from {
                        said.one(slot, FilesFromHost::Held { hash: file.hash });
                    }
                }
                Err(error) => {
                    error!("a file that somebody brought cannot be written down: {error}");
                    for (slot, _) in from {
                        said.not_held(slot, file.hash, WhyNoFile::NotKept);
                    }
                }
            }
        }
    }

    /// Room in memory for one more: those that nobody fetched for longest make it, and none that is being fetched, unless
    /// `at_any_cost`. Whether there is room now.
    fn make_room(&mut self, bytes: u64, at_any_cost: bool, now: Duration, session: &mut Session) -> bool {
        // Those of a world that is kept nowhere are nowhere else.
        if matches!(self.place, Place::Memory) {
            return true;
        }
        let loading: u64 = self.loads.iter().map(|(file, _)| file.bytes).sum();
        while self.served_bytes + loading + bytes > SERVED_BYTES {
            let used = |(hash, (_, since)): (&[u8; 32], &(Bytes, Duration))| {
                let asked = session.blob_asked(hash).unwrap_or_default();
                (asked.max(*since), *hash)
            };
            let Some((at, oldest)) = self.served.iter().map(used).min() else {
                return false;
            };
            if !at_any_cost && now.saturating_sub(at) < IN_USE {
                return false;
            }
            self.withdraw(&oldest, session);
        }
        true
    }

    /// In memory, for whoever fetches it.
    fn serve(&mut self, hash: [u8; 32], bytes: Bytes, now: Duration, session: &mut Session) {
        if self.served.contains_key(&hash) {
            return;
        }
        session.offer_blob(bytes.clone());
        self.served_bytes += bytes.len() as u64;
        self.served.insert(hash, (bytes, ready_at(now)));
    }

    fn withdraw(&mut self, hash: &[u8; 32], session: &mut Session) {
        if let Some((bytes, _)) = self.served.remove(hash) {
            self.served_bytes -= bytes.len() as u64;
            session.withdraw_blob(hash);
        }
    }

    fn want(&mut self, slot: Slot, hash: [u8; 32], now: Duration, said: &mut Said) {
        if let Some((_, since)) = self.served.get_mut(&hash) {
            *since = ready_at(now).max(*since);
            said.one(slot, FilesFromHost::Ready { hash });
            return;
        }
        let waits = self
            .waiters
            .values()
            .filter(|waiters| waiters.contains(&slot))
            .count();
        if !self.held.contains_key(&hash) || waits >= WANTS_EACH {
            said.one(slot, FilesFromHost::NotHere { hash });
            return;
        }
        self.waiters.entry(hash).or_default().insert(slot);
        let loading = self.loads.iter().any(|(file, _)| file.hash == hash);
        if !loading && self.wanted.iter().all(|(other, _)| *other != hash) {
            self.wanted.push_back((hash, now));
        }
    }

    /// The first that somebody wants who has not used up their share, who that is, and since when it is wanted.
    fn next_load(&self, now: Duration) -> Option<([u8; 32], Slot, Duration)> {
        let may = |slot: &&Slot| self.reads.get(*slot).is_none_or(|paid| *paid <= now + READ_AHEAD);
        self.wanted.iter().find_map(|(hash, since)| {
            let slot = self.waiters.get(hash)?.iter().find(may)?;
            Some((*hash, *slot, *since))
        })
    }

    /// Reads what is wanted.
    fn give_out(&mut self, now: Duration, session: &mut Session, said: &mut Said) {
        while self.loads.len() < LOADS
            && let Some((hash, slot, since)) = self.next_load(now)
        {
            let (Some(bytes), Place::Disk { files, .. }) = (self.held.get(&hash).copied(), &self.place)
            else {
                self.wanted.retain(|(other, _)| *other != hash);
                self.answer(&hash, FilesFromHost::NotHere { hash }, said);
                continue;
            };
            let (file, files) = (Blob { hash, bytes }, files.clone());
            if !self.make_room(bytes, now.saturating_sub(since) >= ROOM_WITHIN, now, session) {
                break; // who wants it waits a moment
            }
            self.wanted.retain(|(other, _)| *other != hash);
            let cost = Duration::from_micros((bytes + READ_COST_BYTES) / READ_BYTES_PER_MICRO);
            let paid = self.reads.entry(slot).or_default();
            *paid = now.max(*paid) + cost;
            let task = AsyncComputeTaskPool::get().spawn(async move { files.read(&file) });
            self.loads.push((file, task));
        }
        let mut at = 0;
        while let Some((_, task)) = self.loads.get_mut(at) {
            let Some(result) = check_ready(task) else {
                at += 1;
                continue;
            };
            let (file, _) = self.loads.swap_remove(at);
            let hash = file.hash;
            match result {
                Ok(Some(bytes)) => {
                    self.serve(hash, bytes.into(), now, session);
                    self.answer(&hash, FilesFromHost::Ready { hash }, said);
                }
                other => {
                    error!(
                        "a file of this world is missing or damaged: {} ({other:?})",
                        one_file::hex(&hash)
                    );
                    if !matches!(&other, Err(error) if error.kind() != io::ErrorKind::InvalidData) {
                        self.is_lost(&file);
                    }
                    self.answer(&hash, FilesFromHost::NotHere { hash }, said);
                }
            }
        }
    }

    fn answer(&mut self, hash: &[u8; 32], answer: FilesFromHost, said: &mut Said) {
        for slot in self.waiters.remove(hash).unwrap_or_default() {
            said.one(slot, answer.clone());
        }
    }

    fn left(&mut self, slot: Slot, session: &mut Session) {
        self.drop_from(slot, |_| true, session);
        self.waiters.values_mut().for_each(|waiters| {
            waiters.remove(&slot);
        });
        self.waiters.retain(|_, waiters| !waiters.is_empty());
        let waiters = &self.waiters;
        self.wanted.retain(|(hash, _)| waiters.contains_key(hash));
        self.reads.remove(&slot);
    }

    fn is_to_be_swept(&self, now: Duration) -> bool {
        matches!(self.sweep, Sweep::Idle) && now >= self.sweep_at && !self.held.is_empty()
    }

    /// Removes, now and then, what nothing names any more. `world`: begins to look.
    fn sweep(&mut self, now: Duration, world: Option<(State, History)>, session: &mut Session) {
        match &mut self.sweep {
            Sweep::Idle => {
                let Some((state, history)) = world else { return };
                self.sweep_at = now + SWEEP_EVERY;
                let task = match &self.place {
                    Place::Disk { folder, world, .. } => {
                        let (folder, world) = (folder.another(), *world);
                        AsyncComputeTaskPool::get().spawn(async move {
                            let named = named(&folder, &world, &state, &history);
                            named
                                .inspect_err(|error| {
                                    warn!("which files are still named is not known: {error}")
                                })
                                .ok()
                        })
                    }
                    Place::Memory | Place::None => AsyncComputeTaskPool::get()
                        .spawn(async move { Some(one_file::files(&state, Some(&history))) }),
                };
                self.sweep = Sweep::Looking(task, BTreeSet::new());
            }
            Sweep::Looking(task, since) => {
                let Some(found) = check_ready(task) else { return };
                let mut named = std::mem::take(since);
                self.sweep = Sweep::Idle;
                let Some(found) = found else { return };
                named.extend(found.into_iter().map(|file| file.hash));
                self.in_hand
                    .retain(|_, hand| now.saturating_sub(hand.since) < IN_HAND);
                let gone = |hash: &[u8; 32]| {
                    !named.contains(hash)
                        && !self.in_hand.contains_key(hash)
                        && !self.coming.iter().any(|coming| coming.file.hash == *hash)
                };
                let gone: BTreeSet<[u8; 32]> = self.held.keys().copied().filter(gone).collect();
                for hash in &gone {
                    self.held_bytes -= self.held.remove(hash).unwrap_or_default();
                    self.withdraw(hash, session);
                }
                if let (false, Place::Disk { files, .. }) = (gone.is_empty(), &self.place) {
                    let (files, hashes) = (files.clone(), gone.clone());
                    let task = AsyncComputeTaskPool::get().spawn(async move {
                        for hash in &hashes {
                            if let Err(error) = files.remove(hash) {
                                warn!("a file that nothing names is still there: {error}");
                            }
                        }
                    });
                    self.sweep = Sweep::Removing(gone, task);
                }
            }
            Sweep::Removing(_, task) => {
                if check_ready(task).is_some() {
                    self.sweep = Sweep::Idle;
                }
            }
        }
    }
}

/// As of when one that is ready counts as asked for.
fn ready_at(now: Duration) -> Duration {
    now.saturating_sub(IN_USE - READY_FOR)
}

fn writing(place: &Place, file: Blob, bytes: Bytes) -> Step {
    let place = match place {
        Place::Disk { files, .. } => Some(files.clone()),
        Place::Memory | Place::None => None,
    };
    let copy = bytes.clone();
    let task = AsyncComputeTaskPool::get().spawn(async move {
        match place {
            Some(place) => place.write(&file, &copy),
            // Its hash was looked at when it came; our own person's was taken by ourselves.
            None => Ok(()),
        }
    });
    Step::Writing(bytes, task)
}

/// What a file is judged by.
struct Room<'a> {
    state: &'a State,
    now: Duration,
    now_secs: u64,
    /// The disk takes nothing just now.
    rests: bool,
}

#[derive(Default)]
struct Said(Vec<Tell>);

impl Said {
    fn one(&mut self, to: Slot, message: FilesFromHost) {
        self.0
            .push(Tell::one(to, FromHost::Things(ThingsFromHost::File(message))));
    }

    fn not_held(&mut self, to: Slot, hash: [u8; 32], why: WhyNoFile) {
        self.one(to, FilesFromHost::NotHeld { hash, why });
    }
}

pub(crate) fn tend(
    mut ledger: ResMut<Ledger>,
    mut session: ResMut<Session>,
    own: Res<Outbox>,
    time: Res<Time<Real>>,
    mut heard: MessageReader<Heard>,
    mut came: MessageReader<GuestBlob>,
    mut unseated: MessageReader<Unseated>,
    mut tell: MessageWriter<Tell>,
) {
    let Some(open) = ledger.open() else {
        heard.clear();
        came.clear();
        unseated.clear();
        return;
    };
    let now = time.elapsed();
    let mut said = Said::default();
    let left: BTreeSet<Slot> = unseated.read().map(|left| left.slot).collect();
    for slot in &left {
        open.files.left(*slot, &mut session);
    }
    for Heard { from, message } in heard.read() {
        let ToHost::Things(ThingsToHost::File(message)) = message else {
            continue;
        };
        // Said just before they left, or by whoever has their seat now: nobody knows.
        let Some(person) = open.person(*from).filter(|_| !left.contains(from)) else {
            continue;
        };
        match message {
            FilesToHost::Bring(file) => {
                // Shared with the world's until that changes.
                let state = open.state().clone();
                let room = Room {
                    state: &state,
                    now,
                    now_secs: platform::unix_secs(),
                    rests: open.takes_nothing(now),
                };
                open.files.bring((*from, person), *file, &room, &mut said);
            }
            FilesToHost::Keep { hash } => {
                let is_it = |file: &Blob| file.hash == *hash;
                open.files.drop_from(*from, is_it, &mut session);
            }
            FilesToHost::Want { hash } => open.files.want(*from, *hash, now, &mut said),
        }
    }
    for came in came.read() {
        open.files.arrived(came, &mut session, &mut said);
    }
    open.files.take_in(now, &mut session, &own, &mut said);
    open.files.give_out(now, &mut session, &mut said);
    let world = open.files.is_to_be_swept(now);
    let world = world.then(|| (open.state().clone(), open.history().clone()));
    open.files.sweep(now, world, &mut session);
    tell.write_batch(said.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// On no disk, as full as it may be with files of the largest size, one a second from the hundredth on.
    fn full(session: &mut Session) -> Library {
        let mut library = Library::new(None, true);
        let bytes = Bytes::from(vec![0_u8; BLOB_BYTES as usize]);
        for n in 0..4 {
            assert!(library.make_room(BLOB_BYTES, false, secs(100), session));
            library.serve([n; 32], bytes.clone(), secs(100 + u64::from(n)), session);
        }
        assert_eq!(library.served_bytes, SERVED_BYTES);
        library
    }

    #[test]
    fn memory_has_a_bound_and_what_is_in_use_waits_only_so_long_for_its_end() {
        let mut session = Session::default();
        let mut library = full(&mut session);
        assert!(
            !library.make_room(BLOB_BYTES, false, secs(102), &mut session),
            "all are ready for a first question"
        );
        assert!(library.make_room(BLOB_BYTES, false, secs(104), &mut session));
        let left: Vec<u8> = library.served.keys().map(|hash| hash[0]).collect();
        assert_eq!(left, [1, 2, 3], "the first made room, and no other");
        let mut library = full(&mut session);
        // Wanted again: it stays a moment longer.
        library.want(Slot(1), [0; 32], secs(103), &mut Said::default());
        assert!(library.make_room(BLOB_BYTES, false, secs(105), &mut session));
        assert!(library.served.contains_key(&[0; 32]) && !library.served.contains_key(&[1; 32]));
        let mut library = full(&mut session);
        assert!(library.make_room(BLOB_BYTES, true, secs(102), &mut session));
        assert_eq!(library.served_bytes, SERVED_BYTES - BLOB_BYTES);
    }

    #[test]
    fn whoever_wants_everything_over_and_over_leaves_others_their_share_of_reading() {
        let mut library = Library::new(None, true);
        let mut said = Said::default();
        for n in 0..9 {
            library.held.insert([n; 32], BLOB_BYTES);
        }
        for n in 0..7 {
            library.want(Slot(1), [n; 32], secs(10), &mut said);
        }
        library.want(Slot(2), [8; 32], secs(10), &mut said);
        assert_eq!(library.next_load(secs(10)), Some(([0; 32], Slot(1), secs(10))));
        library.reads.insert(Slot(1), secs(10) + READ_AHEAD + secs(1));
        assert_eq!(library.next_load(secs(10)), Some(([8; 32], Slot(2), secs(10))));
        assert_eq!(library.next_load(secs(12)), Some(([0; 32], Slot(1), secs(10))));
        library.left(Slot(1), &mut Session::default());
        assert_eq!(library.wanted.len(), 1, "nobody waits for them any more");
    }
}

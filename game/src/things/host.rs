//! At the host: wishes become facts, facts go to the disk and then to everybody.
//!
//! Flow, once a frame: what the disk has by now is told → newcomers get their next pieces → wishes are judged → what came of
//! them goes to the disk, beside the loop.
//! Invariants: a fact that is not on the disk is told to nobody; one that cannot be written has not been; what is given to a
//! newcomer is the world as of the last told fact, so that nobody waits for it to be quiet.

use super::files::library::Library;
use super::motion::Settling;
use super::pieces::{Joined, MOST_BYTES, cut};
use super::wire::{FromHost as ThingsFromHost, NoVersion, ToHost as ThingsToHost};
use super::{Banned, Built, Decree, Decreed, Kept, KeptWorld, Rights, Things, VersionDecree, VersionsTold};
use crate::platform;
use crate::powers::{Misdeed, Misdone};
use crate::profile::Profile;
use crate::session::{Entered, Heard, Kick, Seated, Session, SessionEnded, Tell, Unseated};
use crate::wire::{FromHost, ToHost};
use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, futures::check_ready};
use holm_document::arrival::Arrival;
use holm_document::folder::Folder;
use holm_document::journal::WorldId;
use holm_document::keeper::{Keeper, Now};
use holm_document::limits::{HISTORY_DEEDS, ROLLED_BACK};
use holm_document::resync::Resync;
use holm_document::store::{Store, StoreError};
use holm_document::{
    Act, Capabilities, Deed, Fact, FactNo, History, Order, PersonNo, Refusal, Standing, State, Wish,
};
use holm_net::pose::Slot;
use std::collections::BTreeMap;
use std::time::Duration;
use versions::{Asker, Versions};

mod orders;
mod settling;
mod versions;

/// The world as its host keeps it, while one is hosted.
#[derive(Resource, Default)]
pub(crate) struct Ledger(Option<SyncCell<Open>>);

impl Ledger {
    /// The world, while one is hosted.
    pub(crate) fn open(&mut self) -> Option<&mut Open> {
        self.0.as_mut().map(SyncCell::get)
    }
}

/// Why a world that is hosted is only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Still {
    /// Others may go on with it elsewhere.
    CutOff,
    /// Somebody else goes on with it from now on.
    Given,
}

/// A world that is hosted.
pub(crate) struct Open {
    keeper: Keeper,
    disk: Disk,
    /// As of the last fact that was told; shared with the keeper's until that changes.
    told: State,
    /// What became so by that and was not shown here yet, at a host that is nobody in its own world and is told nothing.
    unseen: Option<Built>,
    seats: BTreeMap<Slot, Seat>,
    /// Here, and not met yet: their fact could not be written.
    unmet: Vec<Knock>,
    /// Done, and not on the disk yet.
    unkept: Vec<Unkept>,
    /// Whose turn it is to get a piece of the world.
    turn: usize,
    /// The disk said no: nothing is tried before then.
    rests_until: Duration,
    /// Here it is only looked at.
    still: Option<Still>,
    /// Where it is kept.
    folder: Option<Folder>,
    /// The newest fact that a host before us can have told.
    began_at: FactNo,
    /// How often everybody was given all of it, because what changed was too much to be told.
    anew: u32,
    /// A journal that could not be made short is not tried again before then.
    long_until: Duration,
    /// Whose world it is hosted as.
    account: [u8; 32],
    orders: orders::Orders,
    versions: Versions,
    /// What its things show.
    pub(super) files: Library,
    /// Wishes that were refused.
    refused: u64,
    /// As of the last time that the disk was idle.
    journal_bytes: u64,
    /// What came to rest, and no fact says so yet.
    unsettled: settling::Unsettled,
    /// What moves, as if it stopped now: where it stays when the world is closed.
    pub(crate) moving: Settling,
}

/// Somebody who came in.
#[derive(Clone, Copy)]
struct Knock {
    slot: Slot,
    account: [u8; 32],
    /// Where they appear, metres.
    place: [f32; 3],
    /// They have the world from its host before us: they say what they need of it.
    moved: bool,
}

struct Unkept {
    fact: Fact,
    /// Who hears why, if it cannot be kept.
    from: Slot,
}

/// Where facts are written down.
enum Disk {
    /// Nowhere: the world ends with its session.
    None,
    Idle(Box<Store<Folder>>),
    Writing(Box<Writing>),
    /// There is none, or it lost what it had taken: people come and go, and nothing is promised in this session.
    Lost,
}

struct Writing {
    /// So many of the facts that are not kept yet.
    count: usize,
    /// The world with them.
    then: State,
    task: Task<Written>,
}

struct Written {
    store: Box<Store<Folder>>,
    result: Result<(), StoreError>,
    /// The facts are kept, and their file is still long.
    long: bool,
}

/// What the host knows of one who is here.
struct Seat {
    person: PersonNo,
    knock: Knock,
    /// Until the whole world was given.
    arrival: Option<Arrival>,
    /// What differs in their copy, until all of it was given.
    mending: Option<Resync>,
    /// The world that they have begins with that arrival's first piece: facts before it say nothing to them.
    begun: bool,
    /// Pieces of it that were not acknowledged yet.
    underway: usize,
    wish: Joined,
    /// A new copy is asked for.
    again: bool,
    /// When they may have one, and how long the next will take.
    again_at: Duration,
    again_after: Duration,
}

/// Pieces of a world under way to one newcomer, and bytes of each: half of what the session holds back for a slow link.
const UNDERWAY: usize = 8;
const PIECE_BYTES: usize = 16 * 1024;
/// Bytes of pieces to all newcomers in one frame: encoding them takes some 0.3 ms.
const FRAME_BYTES: usize = 64 * 1024;
/// A new copy costs the host some work: the first is given at once, the next after so long, and each after twice that.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
const AGAIN_MOST: Duration = Duration::from_secs(60);
/// A journal is compacted at this size; when that fails, again after a while.
const JOURNAL_BYTES: u64 = 8 << 20;
const LONG_FOR: Duration = Duration::from_secs(60);
/// A disk that said no is not asked again before.
const RESTS_FOR: Duration = Duration::from_secs(5);
/// Said to whoever sends what no program of ours sends.
const NOT_UNDERSTOOD: &str = "sent something this world does not understand";
/// Said to the banned, and to one too many.
const BANNED: &str = "you are banned from this world";
const FULL: &str = "this world has met as many people as it can remember";

/// What is said at the end of a frame.
#[derive(Default)]
struct Said {
    tell: Vec<Tell>,
    kick: Vec<Kick>,
    misdone: Vec<Misdone>,
    decreed: Vec<Decreed>,
    versions: Vec<VersionsTold>,
    banned: Vec<Banned>,
}

impl Said {
    fn answer(&mut self, to: Slot, wish: u32, why: Option<Refusal>) {
        self.tell.push(Tell::one(
            to,
            FromHost::Things(ThingsFromHost::Answer { wish, why }),
        ));
    }

    fn kick(&mut self, slot: Slot, why: &str) {
        self.kick.push(Kick {
            slot,
            why: why.to_owned(),
        });
    }
}

impl Open {
    fn new(kept: Option<KeptWorld>, owner: [u8; 32]) -> Self {
        let store = kept.as_ref().and_then(|kept| kept.store.as_ref());
        let place = store.map(|store| (store.disk().another(), *store.world()));
        let another = |(folder, world): &(Folder, WorldId)| (folder.another(), *world);
        let folder = place.as_ref().map(|(folder, _)| folder.another());
        let files = Library::new(place.as_ref().map(another), kept.is_some());
        let versions = Versions::new(place);
        let (keeper, disk) = match kept {
            Some(KeptWorld {
                store,
                state,
                history,
            }) => {
                let disk = store.map_or(Disk::Lost, |store| Disk::Idle(Box::new(store)));
                (Keeper::new(state, history), disk)
            }
            None => (Keeper::new(State::new(owner), History::default()), Disk::None),
        };
        Self {
            told: keeper.state().clone(),
            unseen: None,
            keeper,
            disk,
            seats: BTreeMap::new(),
            unmet: Vec::new(),
            unkept: Vec::new(),
            turn: 0,
            rests_until: Duration::ZERO,
            still: None,
            folder,
            began_at: FactNo::MAX,
            anew: 0,
            long_until: Duration::ZERO,
            account: owner,
            orders: orders::Orders::default(),
            versions,
            files,
            refused: 0,
            journal_bytes: 0,
            unsettled: settling::Unsettled::default(),
            moving: Settling::new(),
        }
    }

    fn journal_bytes(&self) -> u64 {
        match &self.disk {
            Disk::Idle(store) => store.journal_bytes(),
            Disk::None | Disk::Writing(_) | Disk::Lost => self.journal_bytes,
        }
    }

    /// How the world is, the newest facts with it.
    pub(crate) fn state(&self) -> &State {
        self.keeper.state()
    }

    /// What was done in it.
    pub(crate) fn history(&self) -> &History {
        self.keeper.history()
    }

    /// Who sits there, once they are met.
    pub(crate) fn person(&self, slot: Slot) -> Option<PersonNo> {
        self.seats.get(&slot).map(|seat| seat.person)
    }

    /// What each of those here may.
    fn rights(&self, now: Now) -> BTreeMap<Slot, Capabilities> {
        let state = self.keeper.state();
        let powers = state.powers();
        let newcomer = Standing {
            role: powers.newcomer(),
            ..Standing::default()
        };
        let unmet = self.unmet.iter().map(|knock| (knock.slot, &newcomer));
        let met = self
            .seats
            .iter()
            .filter_map(|(slot, seat)| Some((*slot, state.person(seat.person)?)));
        unmet
            .chain(met)
            .map(|(slot, standing)| (slot, powers.of(standing, now.secs)))
            .collect()
    }

    /// The same, for files.
    pub(super) fn takes_nothing(&self, since_start: Duration) -> bool {
        matches!(self.disk, Disk::Lost) || since_start < self.rests_until
    }

    /// Why nothing can be changed just now, if so: the disk takes nothing, or we may not.
    fn rests(&self, now: Now) -> Option<Refusal> {
        if self.still.is_some() {
            return Some(Refusal::CutOff);
        }
        self.takes_nothing(now.since_start).then_some(Refusal::NotKept)
    }

    /// From now on it is only looked at, or it can be changed again.
    pub(crate) fn keep_still(&mut self, still: Option<Still>) {
        self.still = still;
    }

    /// Whoever hosted it before us told no fact after this one.
    pub(crate) fn began_at(&mut self, fact: FactNo) {
        self.began_at = fact;
    }

    /// How often so much changed at once that it was given anew instead of being told.
    pub(crate) fn times_anew(&self) -> u32 {
        self.anew
    }

    /// Whether somebody has come along from the host before, and not just for a look.
    pub(crate) fn has_come_along(&self, slot: Slot) -> bool {
        self.seats
            .get(&slot)
            .is_some_and(|seat| seat.begun || !seat.knock.moved)
    }

    /// Where it is kept.
    pub(crate) fn folder(&self) -> Option<&Folder> {
        self.folder.as_ref()
    }

    /// The world as its host has told it, and what was done until then; which one it is. `None` where it is kept nowhere, or
    /// its disk is at work.
    pub(crate) fn for_an_heir(&self) -> Option<(WorldId, State, History)> {
        match &self.disk {
            Disk::Idle(store) if self.unkept.is_empty() => {
                Some((*store.world(), self.told.clone(), self.keeper.history().clone()))
            }
            _ => None,
        }
    }

    /// Somebody came in, or is here and was not met.
    fn seat(&mut self, knock: Knock, now: Now, said: &mut Said) {
        let known = self.keeper.state().number_of(&knock.account).is_some();
        if !known && (self.still.is_some() || now.since_start < self.rests_until) {
            self.unmet.push(knock);
            return;
        }
        match self.keeper.meet(&knock.account, now) {
            Ok((person, fact)) => {
                self.unkept.extend(fact.map(|fact| Unkept {
                    fact,
                    from: knock.slot,
                }));
                let seat = Seat {
                    person,
                    knock,
                    arrival: (!knock.moved).then(|| Arrival::new(knock.place)),
                    mending: None,
                    begun: false,
                    underway: 0,
                    wish: Joined::default(),
                    again: false,
                    again_at: Duration::ZERO,
                    again_after: AGAIN_AFTER,
                };
                self.seats.insert(knock.slot, seat);
            }
            Err(Refusal::Full) => said.kick(knock.slot, FULL),
            Err(_) => said.kick(knock.slot, BANNED),
        }
    }

    fn unseat(&mut self, slot: Slot) {
        self.seats.remove(&slot);
        self.unmet.retain(|knock| knock.slot != slot);
    }

    /// Those who could not be met are tried again.
    fn meet_again(&mut self, now: Now, said: &mut Said) {
        if !self.unmet.is_empty() && self.still.is_none() && now.since_start >= self.rests_until {
            for knock in std::mem::take(&mut self.unmet) {
                self.seat(knock, now, said);
            }
        }
    }

    /// What the disk has by now: told, or taken back.
    fn written(&mut self, now: Now, said: &mut Said) {
        let Disk::Writing(writing) = &mut self.disk else {
            return;
        };
        let Some(written) = check_ready(&mut writing.task) else {
            return;
        };
        let (count, then) = (writing.count, writing.then.clone());
        self.disk = Disk::Idle(written.store);
        if written.long {
            self.long_until = now.since_start + LONG_FOR;
        }
        match written.result {
            Ok(()) => self.tell(count, then, said),
            Err(error) => self.take_back(&error, now, said),
        }
    }

    /// So many of the facts are kept, and the world with them is this one.
    fn tell(&mut self, count: usize, then: State, said: &mut Said) {
        let facts: Vec<Fact> = self.unkept.drain(..count).map(|unkept| unkept.fact).collect();
        self.told = then;
        if let Some(unseen) = &mut self.unseen {
            let deeds = facts.iter().flat_map(|fact| &fact.deeds);
            unseen.touched.extend(deeds.filter_map(Deed::thing));
        }
        self.keeper.kept_up_to(self.told.newest());
        self.unsettled.told(&self.told);
        self.orders.kept_up_to(self.told.newest(), said);
        let pieces = cut(&facts);
        let bytes: usize = pieces.iter().map(|piece| piece.bytes.len()).sum();
        if bytes > MOST_BYTES {
            // At the pace of each one's link.
            self.anew += 1;
            for seat in self.seats.values_mut() {
                seat.anew();
            }
        }
        let to_all = self.unmet.is_empty() && self.seats.values().all(|seat| seat.begun);
        for piece in pieces {
            let message = FromHost::Things(ThingsFromHost::Facts(piece));
            if to_all {
                said.tell.push(Tell::all(message));
                continue;
            }
            let begun = self.seats.iter().filter(|(_, seat)| seat.begun);
            said.tell
                .extend(begun.map(|(slot, _)| Tell::one(*slot, message.clone())));
        }
        for deed in facts.iter().flat_map(|fact| &fact.deeds) {
            let Deed::Ordered {
                order: Order::Ban { person, banned },
                ..
            } = deed
            else {
                continue;
            };
            said.banned
                .extend(self.told.person(*person).map(|standing| Banned {
                    account: standing.account,
                    banned: *banned,
                }));
            if *banned {
                let theirs = self.seats.iter().filter(|(_, seat)| seat.person == *person);
                theirs.for_each(|(slot, _)| said.kick(*slot, BANNED));
            }
        }
    }

    /// What could not be written down has not been.
    fn take_back(&mut self, error: &StoreError, now: Now, said: &mut Said) {
        error!("what people build cannot be written down: {error}");
        self.rests_until = now.since_start + RESTS_FOR;
        if let Disk::Idle(store) = &self.disk
            && store.newest() != self.told.newest()
        {
            // What comes next would not follow what it has.
            self.disk = Disk::Lost;
        }
        let Some(first) = self.unkept.first() else { return };
        self.keeper.take_out(first.fact.number);
        self.orders.lost_from(first.fact.number, said);
        self.unsettled.lost_from(first.fact.number, &self.told);
        for Unkept { fact, from } in std::mem::take(&mut self.unkept) {
            let still_here = self.seats.get(&from).is_some_and(|seat| seat.person == fact.by);
            if fact.wish != 0 && still_here {
                said.answer(from, fact.wish, Some(Refusal::NotKept));
            }
        }
        // Whoever came in by such a fact is not met now.
        let state = self.keeper.state();
        let met = |seat: &Seat| state.number_of(&seat.knock.account) == Some(seat.person);
        self.unmet.extend(
            self.seats
                .values()
                .filter(|seat| !met(seat))
                .map(|seat| seat.knock),
        );
        self.seats.retain(|_, seat| met(seat));
    }

    /// The next pieces of the world, to those who have not all of it.
    fn welcome(&mut self, now: Now, said: &mut Said) {
        let mut left = FRAME_BYTES;
        let turn = self.turn.checked_rem(self.seats.len()).unwrap_or_default();
        self.turn = self.turn.wrapping_add(1);
        let mut waiting: Vec<(&Slot, &mut Seat)> = self.seats.iter_mut().collect();
        waiting.rotate_left(turn);
        for (slot, seat) in waiting {
            if seat.again && now.since_start >= seat.again_at {
                seat.again_at = now.since_start + seat.again_after;
                seat.again_after = (seat.again_after * 2).min(AGAIN_MOST);
                seat.anew();
            }
            // Not before the fact by which they were met.
            if self.told.number_of(&seat.knock.account) != Some(seat.person) {
                continue;
            }
            // Only what differs, to whom the whole was given once.
            while seat.arrival.is_none() && left > 0 && seat.underway < UNDERWAY {
                let patch = seat
                    .mending
                    .as_mut()
                    .and_then(|mending| mending.next(&self.told, PIECE_BYTES));
                let Some(patch) = patch else {
                    seat.mending = None;
                    break;
                };
                seat.underway += 1;
                left = left.saturating_sub(PIECE_BYTES);
                said.tell
                    .push(Tell::one(*slot, FromHost::Things(ThingsFromHost::Patch(patch))));
            }
            while left > 0 && seat.underway < UNDERWAY {
                let Some(arrival) = &mut seat.arrival else { break };
                let Some(chunk) = arrival.next(&self.told, PIECE_BYTES) else {
                    seat.arrival = None;
                    break;
                };
                seat.begun = true;
                seat.underway += 1;
                left = left.saturating_sub(PIECE_BYTES);
                said.tell
                    .push(Tell::one(*slot, FromHost::Things(ThingsFromHost::World(chunk))));
            }
        }
    }

    /// What one of those here says.
    fn hear(&mut self, from: Slot, message: &ThingsToHost, now: Now, said: &mut Said) {
        let rests = self.rests(now);
        let Some(seat) = self.seats.get_mut(&from) else {
            return; // not met, or sent away in this frame
        };
        match message {
            ThingsToHost::Got => seat.underway = seat.underway.saturating_sub(1),
            ThingsToHost::Again => seat.again = true,
            ThingsToHost::Compare { newest, digest } => {
                // Of another moment nobody can say anything.
                if seat.arrival.is_none() && *newest == self.told.newest() && *digest != self.told.digest() {
                    warn!("the copy of guest {} differs from the world", from.0);
                    said.tell
                        .push(Tell::one(from, FromHost::Things(ThingsFromHost::Differs)));
                }
            }
            ThingsToHost::Mend(theirs) => {
                // At most what a whole copy costs, and no sooner.
                if seat.arrival.is_none() && seat.mending.is_none() && now.since_start >= seat.again_at {
                    seat.again_at = now.since_start + seat.again_after;
                    seat.again_after = (seat.again_after * 2).min(AGAIN_MOST);
                    seat.mending = Resync::new(&self.told, theirs);
                }
            }
            // All of it is on its way to whoever comes by another road.
            ThingsToHost::Since { newest } if seat.knock.moved && !seat.begun && seat.arrival.is_none() => {
                let told = self.told.newest();
                // What the host before told to them and not to us is not so.
                let known = Some(*newest).filter(|newest| *newest <= self.began_at);
                match known.and_then(|newest| self.keeper.history().since(newest, told)) {
                    // Facts are told to them from now on, and these come before.
                    Some(facts) => {
                        seat.begun = true;
                        let pieces = cut(&facts);
                        let bytes: usize = pieces.iter().map(|piece| piece.bytes.len()).sum();
                        if bytes > MOST_BYTES {
                            seat.anew();
                        } else {
                            said.tell.extend(pieces.into_iter().map(|piece| {
                                Tell::one(from, FromHost::Things(ThingsFromHost::Facts(piece)))
                            }));
                        }
                    }
                    None => seat.again = true,
                }
            }
            ThingsToHost::Since { .. } => {}
            // Those of `files`.
            ThingsToHost::File(_) => {}
            ThingsToHost::Version(wish) => self.versions.ask(Asker::Seat(from), wish.clone(), said),
            ThingsToHost::Wish(piece) => match seat.wish.take::<Wish>(piece, MOST_BYTES) {
                Err(_) => {
                    self.seats.remove(&from);
                    said.kick(from, NOT_UNDERSTOOD);
                }
                Ok(None) => {}
                // The next host hears of it.
                Ok(Some(_)) if self.still == Some(Still::Given) => {}
                Ok(Some(wish)) if rests.is_some() => said.answer(from, wish.number, rests),
                // A fact names no bytes that are not here.
                Ok(Some(wish)) if !self.files.admits(&wish.acts) => {
                    self.refused += 1;
                    said.answer(from, wish.number, Some(Refusal::NoFile));
                }
                Ok(Some(wish)) => {
                    let person = seat.person;
                    match self.keeper.wish(person, &wish, now) {
                        Ok(Some(fact)) => {
                            self.files.placed(&wish.acts);
                            self.unkept.push(Unkept { fact, from });
                            self.roll_on(person, from, &wish, now);
                        }
                        Ok(None) => said.answer(from, wish.number, None),
                        Err(why) => {
                            self.refused += 1;
                            if why == Refusal::TooOften {
                                said.misdone.push(Misdone {
                                    slot: from,
                                    what: Misdeed::Wishes,
                                });
                            }
                            said.answer(from, wish.number, Some(why));
                        }
                    }
                }
            },
        }
    }

    /// One fact rolls back only so much: the rest of it follows at once, and answers nothing more.
    fn roll_on(&mut self, person: PersonNo, from: Slot, wish: &Wish, now: Now) {
        if !matches!(wish.acts.as_slice(), [Act::RollBack { .. }]) {
            return;
        }
        let rest = Wish {
            number: 0,
            acts: wish.acts.clone(),
        };
        for _ in 0..HISTORY_DEEDS / ROLLED_BACK {
            match self.keeper.wish(person, &rest, now) {
                Ok(Some(fact)) => self.unkept.push(Unkept { fact, from }),
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Begins to write what is not kept yet.
    fn write(&mut self, now: Now, said: &mut Said) {
        if self.unkept.is_empty() {
            return;
        }
        let long = matches!(&self.disk, Disk::Idle(store) if store.journal_bytes() > JOURNAL_BYTES)
            && now.since_start >= self.long_until;
        if long {
            self.forget(now);
        }
        let then = self.keeper.state().clone();
        match std::mem::replace(&mut self.disk, Disk::None) {
            // Nothing to wait for; of a lost one these are only people who came.
            disk @ (Disk::None | Disk::Lost) => {
                self.disk = disk;
                self.tell(self.unkept.len(), then, said);
            }
            Disk::Idle(mut store) => {
                self.journal_bytes = store.journal_bytes();
                let facts: Vec<Fact> = self.unkept.iter().map(|unkept| unkept.fact.clone()).collect();
                let count = facts.len();
                // Cheap: both are shared until they change.
                let world = (then.clone(), self.keeper.history().clone());
                let task = AsyncComputeTaskPool::get().spawn(async move {
                    let result = store.keep(&facts, &world.0, &world.1);
                    let long = long && result.is_ok() && store.compact(&world.0, &world.1).is_err();
                    Written { store, result, long }
                });
                self.disk = Disk::Writing(Box::new(Writing { count, then, task }));
            }
            writing @ Disk::Writing(_) => self.disk = writing,
        }
    }

    /// Those who left and of whom nothing is left are forgotten, before the world is written as a whole.
    fn forget(&mut self, now: Now) {
        let here: Vec<PersonNo> = self.seats.values().map(|seat| seat.person).collect();
        let fact = self.keeper.forget(&|person| here.contains(&person), now);
        // Nobody wished it: nobody is answered.
        self.unkept.extend(fact.map(|fact| Unkept {
            fact,
            from: Slot::HOST,
        }));
    }

    /// Nobody is here any more: everything goes to the disk, and the journal becomes short, beside the loop.
    fn close(mut self, now: Now) {
        if self.still.is_none() {
            self.settle_all(now);
        }
        if let Disk::Writing(writing) = self.disk {
            let Writing { count, task, .. } = *writing;
            let written = block_on(task);
            self.disk = Disk::Idle(written.store);
            if let Err(error) = written.result {
                error!("what people built last could not be written down: {error}");
                return; // none of it was told
            }
            self.unkept.drain(..count);
        }
        let Disk::Idle(mut store) = self.disk else { return };
        let facts: Vec<Fact> = self.unkept.into_iter().map(|unkept| unkept.fact).collect();
        let world = (self.keeper.state().clone(), self.keeper.history().clone());
        if let Err(error) = store.keep(&facts, &world.0, &world.1) {
            error!("what people built last could not be written down: {error}");
            return;
        }
        let whole = async move {
            if let Err(error) = store.compact(&world.0, &world.1) {
                warn!("the world's journal stays long: {error}");
            }
        };
        AsyncComputeTaskPool::get().spawn(whole).detach();
    }
}

impl Seat {
    fn anew(&mut self) {
        self.arrival = Some(Arrival::new(self.knock.place));
        self.mending = None;
        self.begun = false;
        self.again = false;
        self.underway = 0;
    }
}

/// A hosted world opens with what was kept of it.
pub(super) fn begin(
    mut entered: MessageReader<Entered>,
    session: Res<Session>,
    profile: Option<Res<Profile>>,
    time: Res<Time<Real>>,
    mut kept: ResMut<Kept>,
    mut ledger: ResMut<Ledger>,
    mut tell: MessageWriter<Tell>,
) {
    let Some(moved) = entered.read().last().map(|entered| entered.moved) else {
        return;
    };
    close(&mut ledger, at(time.elapsed()));
    // Whatever world was meant: it is this one, or it is closed.
    let kept = kept.0.take().map(SyncCell::to_inner);
    let Some(profile) = profile.filter(|_| session.is_host()) else {
        return;
    };
    let owner = profile.identity.account().0;
    let mut open = Open::new(kept, owner);
    if let Some(slot) = session.me() {
        let knock = Knock {
            slot,
            account: owner,
            place: [0.0; 3],
            moved,
        };
        let mut said = Said::default();
        open.seat(knock, at(time.elapsed()), &mut said);
        // Whoever hosts is not sent away, even where an imported world bans them.
        tell.write_batch(said.tell);
    } else {
        open.unseen = Some(Built {
            anew: true,
            ..default()
        });
    }
    ledger.0 = Some(SyncCell::new(open));
}

fn close(ledger: &mut Ledger, now: Now) {
    if let Some(open) = ledger.0.take() {
        SyncCell::to_inner(open).close(now);
    }
}

pub(crate) fn at(since_start: Duration) -> Now {
    Now {
        since_start,
        secs: platform::unix_secs(),
    }
}

pub(super) fn judge(
    mut seated: MessageReader<Seated>,
    mut unseated: MessageReader<Unseated>,
    mut heard: MessageReader<Heard>,
    mut decrees: MessageReader<Decree>,
    session: Res<Session>,
    time: Res<Time<Real>>,
    mut ledger: ResMut<Ledger>,
    mut rights: ResMut<Rights>,
    mut tell: MessageWriter<Tell>,
    mut kick: MessageWriter<Kick>,
    mut misdone: MessageWriter<Misdone>,
    mut decreed: MessageWriter<Decreed>,
    mut version_decrees: MessageReader<VersionDecree>,
    mut versions_told: MessageWriter<VersionsTold>,
    mut banned: MessageWriter<Banned>,
) {
    if !session.is_host() {
        close(&mut ledger, at(time.elapsed())); // another link was followed meanwhile
    }
    let Some(open) = ledger.open() else {
        rights.0.clear();
        seated.clear();
        unseated.clear();
        heard.clear();
        decreed.write_batch(decrees.read().map(Decreed::by_nobody));
        versions_told.write_batch(version_decrees.read().map(|decree| VersionsTold {
            ticket: decree.ticket,
            outcome: Err(NoVersion::NotThere),
        }));
        return;
    };
    let now = at(time.elapsed());
    let mut said = Said::default();
    let left: Vec<Slot> = unseated.read().map(|left| left.slot).collect();
    let came: BTreeMap<Slot, bool> = seated.read().map(|came| (came.slot, came.moved)).collect();
    // Who is said to have left and to have come is somebody else: what was heard from there may be of either.
    let both = |slot: &Slot| left.contains(slot) && came.contains_key(slot);
    left.iter()
        .filter(|slot| both(slot))
        .for_each(|slot| open.unseat(*slot));
    open.written(now, &mut said);
    open.meet_again(now, &mut said);
    for (slot, moved) in &came {
        let mut account = None;
        session.for_each_person(|person| {
            if person.slot == *slot {
                account = Some(person.account.0);
            }
        });
        let Some(account) = account else {
            continue; // gone in the same frame
        };
        let place = session.shown_pose(*slot).map_or([0.0; 3], |pose| pose.position);
        let knock = Knock {
            slot: *slot,
            account,
            place,
            moved: *moved,
        };
        open.seat(knock, now, &mut said);
    }
    open.welcome(now, &mut said);
    for Heard { from, message } in heard.read() {
        if let ToHost::Things(message) = message
            && !both(from)
        {
            open.hear(*from, message, now, &mut said);
        }
    }
    // What somebody wished just before they left was still judged.
    left.iter()
        .filter(|slot| !both(slot))
        .for_each(|slot| open.unseat(*slot));
    for decree in decrees.read() {
        open.decree(decree, now, &mut said);
    }
    for VersionDecree { ticket, wish } in version_decrees.read() {
        open.versions.ask(Asker::Ticket(*ticket), wish.clone(), &mut said);
    }
    open.versions(now, &mut said);
    open.settle(now);
    open.write(now, &mut said);
    rights.0 = open.rights(now);
    tell.write_batch(said.tell);
    kick.write_batch(said.kick);
    misdone.write_batch(said.misdone);
    decreed.write_batch(said.decreed);
    versions_told.write_batch(said.versions);
    banned.write_batch(said.banned);
}

/// A host that is nobody in its own world has its things, too: they fall and roll where nobody looks.
pub(super) fn show(mut ledger: ResMut<Ledger>, mut things: ResMut<Things>, mut built: MessageWriter<Built>) {
    let Some(open) = ledger.open() else { return };
    let Some(unseen) = &mut open.unseen else { return };
    if unseen.anew || !unseen.touched.is_empty() {
        built.write(std::mem::take(unseen));
        things.hosted(open.told.clone());
    }
}

/// The session is over: the world is closed.
pub(super) fn end(mut ended: MessageReader<SessionEnded>, time: Res<Time<Real>>, mut ledger: ResMut<Ledger>) {
    if ended.read().count() > 0 {
        close(&mut ledger, at(time.elapsed()));
    }
}

//! At the host: wishes become facts, facts go to the disk and then to everybody.
//!
//! Flow, once a frame: what the disk has by now is told → newcomers get their next pieces → wishes are judged → what came of
//! them goes to the disk, beside the loop.
//! Invariants: a fact that is not on the disk is told to nobody; one that cannot be written has not been; what is given to a
//! newcomer is a world of told facts only.

use super::pieces::{Joined, cut};
use super::wire::{FromHost as ThingsFromHost, ToHost as ThingsToHost};
use super::{Kept, KeptWorld};
use crate::platform;
use crate::profile::Profile;
use crate::session::{Entered, Heard, Kick, Seated, Session, SessionEnded, Tell, Unseated};
use crate::wire::{FromHost, ToHost};
use bevy::prelude::*;
use bevy::tasks::{IoTaskPool, Task, block_on, futures::check_ready};
use holm_document::arrival::Arrival;
use holm_document::folder::Folder;
use holm_document::keeper::{Keeper, Now};
use holm_document::store::{Store, StoreError};
use holm_document::{Fact, History, PersonNo, Refusal, State, Wish};
use holm_net::pose::Slot;
use std::collections::BTreeMap;
use std::time::Duration;

/// The world as its host keeps it, while one is hosted.
#[derive(Resource, Default)]
pub(super) struct Ledger(Option<bevy::platform::cell::SyncCell<Open>>);

struct Open {
    keeper: Keeper,
    disk: Disk,
    seats: BTreeMap<Slot, Seat>,
    /// Done, and not on the disk yet.
    unkept: Vec<Unkept>,
    /// Whose turn it is to get a piece of the world.
    turn: usize,
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
    /// Nowhere, though it should be: nothing is promised.
    Full,
    Idle(Box<Store<Folder>>),
    /// The first so many of the facts that are not kept yet are being written.
    Writing(usize, Task<Written>),
}

type Written = (Box<Store<Folder>>, Result<(), StoreError>);

/// What the host knows of one who is here.
struct Seat {
    person: PersonNo,
    /// Until the whole world was given.
    arrival: Option<Arrival>,
    /// Pieces of it that were not acknowledged yet.
    underway: usize,
    wish: Joined,
    /// When a new copy was asked for last.
    again: Option<Duration>,
}

/// Pieces of a world under way to one newcomer, and bytes of each: half of what the session holds back for a slow link.
const UNDERWAY: usize = 8;
const PIECE_BYTES: usize = 16 * 1024;
/// Bytes of pieces to all newcomers in one frame: encoding them takes some 0.3 ms.
const FRAME_BYTES: usize = 64 * 1024;
/// Longest wish, bytes: a selection of some thousand things.
const WISH_BYTES: usize = 1 << 20;
/// Facts told at once; what is longer everybody fetches as a new copy, at the pace of their link.
const TOLD_BYTES: usize = 1 << 20;
/// A new copy costs the host some work: nobody gets one more often.
const AGAIN_EVERY: Duration = Duration::from_secs(2);
/// A journal is compacted at this size.
const JOURNAL_BYTES: u64 = 8 << 20;
/// Said to whoever sends what no program of ours sends.
const NOT_UNDERSTOOD: &str = "sent something this world does not understand";
/// Said to the banned.
const BANNED: &str = "you are banned from this world";

impl Open {
    fn new(kept: Option<KeptWorld>, owner: [u8; 32]) -> Self {
        let (keeper, disk) = match kept {
            Some(KeptWorld::Old {
                store,
                state,
                history,
            }) => (Keeper::new(*state, *history), Disk::Idle(store)),
            Some(KeptWorld::New(folder, world)) => {
                let (state, history) = (State::new(owner), History::default());
                let disk = match Store::create(folder, world, &state, &history) {
                    Ok(store) => Disk::Idle(Box::new(store)),
                    Err(error) => {
                        error!("this world is not kept: {error}");
                        Disk::Full
                    }
                };
                (Keeper::new(state, history), disk)
            }
            None => (Keeper::new(State::new(owner), History::default()), Disk::None),
        };
        Self {
            keeper,
            disk,
            seats: BTreeMap::new(),
            unkept: Vec::new(),
            turn: 0,
        }
    }

    /// Somebody came in; `Err` for the banned.
    fn seat(&mut self, slot: Slot, account: &[u8; 32], place: [f32; 3], now: Now) -> Result<(), Refusal> {
        let (person, fact) = self.keeper.meet(account, now)?;
        self.unkept.extend(fact.map(|fact| Unkept { fact, from: slot }));
        self.seats.insert(
            slot,
            Seat {
                person,
                arrival: Some(Arrival::new(place)),
                underway: 0,
                wish: Joined::default(),
                again: None,
            },
        );
        Ok(())
    }

    /// What the disk has by now: told, or taken back.
    fn written(&mut self, told: &mut Vec<Tell>) {
        let (count, result) = match &mut self.disk {
            Disk::None => (self.unkept.len(), Ok(())),
            Disk::Idle(_) => return,
            Disk::Full => (0, Err(StoreError::NoWorld)),
            Disk::Writing(count, task) => {
                let Some((store, result)) = check_ready(task) else {
                    return;
                };
                let count = *count;
                self.disk = Disk::Idle(store);
                (count, result)
            }
        };
        match result {
            Ok(()) => {
                let facts: Vec<Fact> = self.unkept.drain(..count).map(|unkept| unkept.fact).collect();
                if self.unkept.is_empty() {
                    self.keeper.kept();
                }
                self.tell(&facts, told);
            }
            Err(error) => {
                error!("the world could not be written down: {error}");
                self.take_back(told);
            }
        }
    }

    fn tell(&mut self, facts: &[Fact], told: &mut Vec<Tell>) {
        if facts.is_empty() {
            return;
        }
        let pieces = cut(&facts);
        let bytes: usize = pieces.iter().map(|piece| piece.bytes.len()).sum();
        if bytes > TOLD_BYTES {
            self.all_anew();
            return;
        }
        told.extend(
            pieces
                .into_iter()
                .map(|piece| Tell::all(FromHost::Things(ThingsFromHost::Facts(piece)))),
        );
    }

    /// What could not be written down has not been.
    fn take_back(&mut self, told: &mut Vec<Tell>) {
        let Some(first) = self.unkept.first() else { return };
        self.keeper.take_out(first.fact.number);
        for Unkept { fact, from } in std::mem::take(&mut self.unkept) {
            if fact.wish != 0 {
                told.push(answer(from, fact.wish, Some(Refusal::NotKept)));
            }
        }
        // Whoever came in by such a fact is not met now.
        self.seats
            .retain(|_, seat| self.keeper.state().person(seat.person).is_some());
    }

    fn all_anew(&mut self) {
        for seat in self.seats.values_mut() {
            seat.arrival = Some(Arrival::new([0.0; 3]));
        }
    }

    /// The next pieces of the world, to those who have not all of it.
    fn welcome(&mut self, told: &mut Vec<Tell>) {
        if !self.unkept.is_empty() || matches!(self.disk, Disk::Writing(..)) {
            return;
        }
        let mut left = FRAME_BYTES;
        let count = self.seats.len();
        let turn = self.turn;
        self.turn = turn.wrapping_add(1);
        let mut waiting: Vec<(&Slot, &mut Seat)> = self.seats.iter_mut().collect();
        if count > 0 {
            waiting.rotate_left(turn % count);
        }
        for (slot, seat) in waiting {
            while left > 0 && seat.underway < UNDERWAY {
                let Some(arrival) = &mut seat.arrival else { break };
                let Some(chunk) = arrival.next(self.keeper.state(), PIECE_BYTES) else {
                    seat.arrival = None;
                    break;
                };
                seat.underway += 1;
                left = left.saturating_sub(PIECE_BYTES);
                told.push(Tell::one(*slot, FromHost::Things(ThingsFromHost::World(chunk))));
            }
        }
    }

    /// What one of those here says. `Err`: no program of ours says that.
    fn hear(&mut self, from: Slot, message: &ThingsToHost, now: Now, told: &mut Vec<Tell>) -> Result<(), ()> {
        let Some(seat) = self.seats.get_mut(&from) else {
            return Ok(()); // sent away in this frame
        };
        match message {
            ThingsToHost::Got => seat.underway = seat.underway.saturating_sub(1),
            ThingsToHost::Again => {
                let since = seat.again.map(|again| now.since_start.saturating_sub(again));
                if since.is_none_or(|since| since >= AGAIN_EVERY) {
                    seat.again = Some(now.since_start);
                    seat.arrival = Some(Arrival::new([0.0; 3]));
                    seat.underway = 0;
                }
            }
            ThingsToHost::Wish(piece) => {
                let person = seat.person;
                let Some(wish) = seat.wish.take::<Wish>(piece, WISH_BYTES).map_err(|_| ())? else {
                    return Ok(());
                };
                match self.keeper.wish(person, &wish, now) {
                    Ok(Some(fact)) => self.unkept.push(Unkept { fact, from }),
                    Ok(None) => told.push(answer(from, wish.number, None)),
                    Err(why) => told.push(answer(from, wish.number, Some(why))),
                }
            }
        }
        Ok(())
    }

    /// Begins to write what is not kept yet.
    fn write(&mut self, now: Now, told: &mut Vec<Tell>) {
        if self.unkept.is_empty() {
            return;
        }
        let long = matches!(&self.disk, Disk::Idle(store) if store.journal_bytes() > JOURNAL_BYTES);
        if long {
            self.forget(now);
        }
        match std::mem::replace(&mut self.disk, Disk::None) {
            // Nothing to wait for.
            disk @ (Disk::None | Disk::Full) => {
                self.disk = disk;
                self.written(told);
            }
            Disk::Idle(mut store) => {
                let facts: Vec<Fact> = self.unkept.iter().map(|unkept| unkept.fact.clone()).collect();
                let count = facts.len();
                // Cheap: they are shared until they change.
                let compact = long.then(|| (self.keeper.state().clone(), self.keeper.history().clone()));
                let task = IoTaskPool::get().spawn(async move {
                    let result = keep(&mut store, &facts, compact.as_ref());
                    (store, result)
                });
                self.disk = Disk::Writing(count, task);
            }
            writing @ Disk::Writing(..) => self.disk = writing,
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

    /// Nobody is here any more: everything goes to the disk, and the past becomes short.
    fn close(mut self) {
        let mut told = Vec::new();
        if let Disk::Writing(count, task) = self.disk {
            let (store, result) = block_on(task);
            self.disk = Disk::Idle(store);
            match result {
                Ok(()) => drop(self.unkept.drain(..count)),
                Err(_) => self.take_back(&mut told),
            }
        }
        if let Disk::Idle(mut store) = self.disk {
            let facts: Vec<Fact> = self.unkept.into_iter().map(|unkept| unkept.fact).collect();
            let world = (self.keeper.state().clone(), self.keeper.history().clone());
            if let Err(error) = keep(&mut store, &facts, Some(&world)) {
                error!("the world could not be written down at its end: {error}");
            }
        }
    }
}

fn keep(
    store: &mut Store<Folder>,
    facts: &[Fact],
    compact: Option<&(State, History)>,
) -> Result<(), StoreError> {
    store.append(facts)?;
    store.sync()?;
    if let Some((state, history)) = compact
        && let Err(error) = store.compact(state, history)
    {
        // The facts are kept; only their file stays long.
        warn!("the world's journal could not be made short: {error}");
    }
    Ok(())
}

fn answer(to: Slot, wish: u32, why: Option<Refusal>) -> Tell {
    Tell::one(to, FromHost::Things(ThingsFromHost::Answer { wish, why }))
}

/// A hosted world opens with what was kept of it.
pub(super) fn begin(
    mut entered: MessageReader<Entered>,
    session: Res<Session>,
    profile: Option<Res<Profile>>,
    time: Res<Time<Real>>,
    mut kept: ResMut<Kept>,
    mut ledger: ResMut<Ledger>,
) {
    if entered.read().count() == 0 {
        return;
    }
    if let Some(open) = ledger.0.take() {
        bevy::platform::cell::SyncCell::to_inner(open).close();
    }
    let Some(profile) = profile.filter(|_| session.is_host()) else {
        return;
    };
    let owner = profile.identity.account().0;
    let kept = kept.0.take().map(bevy::platform::cell::SyncCell::to_inner);
    let mut open = Open::new(kept, owner);
    if let Some(me) = session.me() {
        // The owner is not banned from what is theirs; an imported world's host may be.
        if let Err(why) = open.seat(me, &owner, [0.0; 3], at(time.elapsed())) {
            warn!("the host is not let into this world's things: {why}");
        }
    }
    ledger.0 = Some(bevy::platform::cell::SyncCell::new(open));
}

fn at(since_start: Duration) -> Now {
    Now {
        since_start,
        secs: platform::unix_secs(),
    }
}

pub(super) fn judge(
    mut seated: MessageReader<Seated>,
    mut unseated: MessageReader<Unseated>,
    mut heard: MessageReader<Heard>,
    session: Res<Session>,
    time: Res<Time<Real>>,
    mut ledger: ResMut<Ledger>,
    mut tell: MessageWriter<Tell>,
    mut kick: MessageWriter<Kick>,
) {
    let Some(open) = &mut ledger.0 else {
        seated.clear();
        unseated.clear();
        heard.clear();
        return;
    };
    let open = open.get();
    let now = at(time.elapsed());
    let mut told = Vec::new();
    for left in unseated.read() {
        open.seats.remove(&left.slot);
    }
    open.written(&mut told);
    for Seated { slot } in seated.read() {
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
        if let Err(why) = open.seat(*slot, &account, place, now) {
            let why = match why {
                Refusal::Full => "this world has met as many people as it can remember",
                _ => BANNED,
            };
            kick.write(Kick {
                slot: *slot,
                why: why.to_owned(),
            });
        }
    }
    open.welcome(&mut told);
    for Heard { from, message } in heard.read() {
        let ToHost::Things(message) = message else {
            continue;
        };
        if open.hear(*from, message, now, &mut told).is_err() {
            open.seats.remove(from);
            kick.write(Kick {
                slot: *from,
                why: NOT_UNDERSTOOD.to_owned(),
            });
        }
    }
    open.write(now, &mut told);
    tell.write_batch(told);
}

/// The session is over: the world is closed.
pub(super) fn end(mut ended: MessageReader<SessionEnded>, mut ledger: ResMut<Ledger>) {
    if ended.read().count() > 0
        && let Some(open) = ledger.0.take()
    {
        bevy::platform::cell::SyncCell::to_inner(open).close();
    }
}

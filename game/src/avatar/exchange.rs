//! What everybody wears: told, fetched, distrusted and read.
//!
//! Flow: at the host `judge` (rules of the wardrobe) → told to all → [`Wearing`] on each person → where it is wanted,
//! its file is fetched from the host, read in a task, looked at for what its wearer said of it → [`Avatars`].
//! Invariants: nothing is fetched that this person does not want to show; an avatar that is not here, too much or
//! not what it was said to be leaves its wearer in the default family's clothes and costs nobody anything else; clothes
//! are those of an account, so whoever gets a slot next is never seen in them; what does not come on is given up
//! (`session::patience`) and asked for again later, or as soon as it is told anew.

use super::document::AvatarDocument;
use super::error::AvatarError;
use super::licence::needs_declaration;
use super::own::Own;
use super::rules::{Deed, Wardrobe};
use super::wire::{AvatarRef, FromHost, ToHost, Weight, WhyNot, Worn};
use super::{AvatarSystems, read};
use crate::people::look::Look;
use crate::people::{People, PeopleSystems, Person};
use crate::session::patience::{Tries, Watch};
use crate::session::{
    BlobArrived, BlobFailed, GuestBlob, Heard, Seated, Session, SessionEnded, SessionPhase, SessionSystems,
    Tell, Told, Unseated,
};
use crate::wire::{FromHost as GameFromHost, ToHost as GameToHost};
use crate::world::WorldStatus;
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use bytes::Bytes;
use core::time::Duration;
use holm_net::pose::Slot;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Room>()
        .init_resource::<Avatars>()
        .init_resource::<AvatarsShown>()
        .add_message::<NotShown>()
        .configure_sets(
            PreUpdate,
            (AvatarSystems::Own, AvatarSystems::Exchange)
                .chain()
                .after(SessionSystems::Receive)
                .after(PeopleSystems::Follow)
                .before(crate::chat::ChatSystems::Receive),
        )
        .add_systems(
            PreUpdate,
            (forget, judge, note, dress, fetch, take)
                .chain()
                .in_set(AvatarSystems::Exchange),
        );
}

/// What somebody is seen in. On every [`Person`].
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wearing {
    /// Stands in until the avatar is there, and wherever it is not shown.
    pub look: Look,
    pub avatar: Option<AvatarRef>,
}

/// The host does not pass my avatar on.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotShown(pub WhyNot);

/// Which avatars of others this process shows; a client's settings say it.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AvatarsShown {
    #[default]
    Everything,
    UpToFair,
    OnlyGood,
    /// The default stands in for all; a headless host looks at nobody anyway.
    Nothing,
}

impl AvatarsShown {
    /// Whether one of this weight is shown.
    pub fn shows(self, weight: Weight) -> bool {
        match self {
            Self::Everything => true,
            Self::UpToFair => weight <= Weight::Fair,
            Self::OnlyGood => weight <= Weight::Good,
            Self::Nothing => false,
        }
    }
}

/// Avatars of others at once, and the bytes of their files and pictures together: what a browser's tab has beside a
/// world. Whoever comes after wears the default until somebody leaves.
const MAX_AVATARS: usize = 32;
const MAX_AVATAR_BYTES: u64 = 512 << 20;

/// Fetched from the host side by side: two hide the round trip between one and the next, and the others wait here, where
/// they can still be told apart from what nobody wants any more.
const FETCHES_AT_ONCE: usize = 2;

/// The avatars of people here, by hash. What a file is stays apart from what each of its wearers says of it: nobody
/// undresses somebody else by lying about the same file, nor is dressed by another's word.
#[derive(Resource, Debug, Default)]
pub struct Avatars {
    files: BTreeMap<[u8; 32], AvatarState>,
    shown: AvatarsShown,
}

/// How far one is.
#[derive(Debug)]
pub enum AvatarState {
    /// So many bytes.
    Fetching(u32),
    Reading(Reading),
    Ready(Arc<AvatarDocument>),
    /// Nobody is shown in it, for this reason.
    Refused(Refusal),
}

/// A file being read: on another thread, or in a browser, which has one, between two frames.
#[derive(Debug)]
pub struct Reading {
    task: Task<Result<AvatarDocument, AvatarError>>,
    len: u64,
}

/// Why an avatar of somebody else is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its bytes are not to be had.
    NotReceived,
    Unreadable(AvatarError),
    /// Heavier, or otherwise not what its wearer said.
    NotAsSaid,
    /// Its file reserves it, and its wearer did not say that they may.
    Licence,
    /// There are too many here already.
    NoRoom,
}

impl Avatars {
    /// What somebody who says this of it is shown in.
    pub fn document(&self, said: &AvatarRef) -> Option<&Arc<AvatarDocument>> {
        match self.files.get(&said.hash) {
            Some(AvatarState::Ready(document))
                if self.shown.shows(said.weight) && judge_document(document, said).is_ok() =>
            {
                Some(document)
            }
            _ => None,
        }
    }

    /// Why somebody who says this of it is not shown in it, once that is known.
    pub fn refusal(&self, said: &AvatarRef) -> Option<Refusal> {
        match self.files.get(&said.hash)? {
            AvatarState::Refused(refusal) => Some(refusal.clone()),
            AvatarState::Ready(document) => judge_document(document, said).err(),
            AvatarState::Fetching(_) | AvatarState::Reading(_) => None,
        }
    }

    /// How far a file is; `None` when nobody wears it or it is not to be shown.
    pub fn state(&self, hash: &[u8; 32]) -> Option<&AvatarState> {
        self.files.get(hash)
    }

    /// What is here, and what is on its way as far as one knows.
    fn bytes(&self) -> u64 {
        self.files.values().map(AvatarState::bytes).sum()
    }

    fn fetching(&self) -> usize {
        let fetching = |state: &&AvatarState| matches!(state, AvatarState::Fetching(_));
        self.files.values().filter(fetching).count()
    }
}

impl AvatarState {
    fn bytes(&self) -> u64 {
        match self {
            Self::Fetching(len) => u64::from(*len),
            Self::Reading(reading) => reading.len,
            Self::Ready(document) => document_bytes(document),
            Self::Refused(_) => 0,
        }
    }
}

fn document_bytes(document: &AvatarDocument) -> u64 {
    document.meter.bytes + document.meter.texture_bytes
}

/// What is known of the room one is in.
#[derive(Resource, Default)]
struct Room {
    worn: BTreeMap<Slot, Dressed>,
    /// We were the host when it was looked at last.
    hosts: bool,
    /// At the host.
    wardrobe: Wardrobe,
    /// At the host: what it passes on, to be looked at here as well.
    held: BTreeMap<[u8; 32], Bytes>,
    /// Files on their way here.
    watches: BTreeMap<[u8; 32], Watch>,
    /// What did not come, by hash and length: of two lengths that are said of a file one is wrong.
    tries: BTreeMap<([u8; 32], u32), Tries>,
    /// Told of since what did not come was looked at.
    anew: BTreeSet<[u8; 32]>,
}

/// What somebody wears, and who they are.
#[derive(Clone, Copy, Debug)]
struct Dressed {
    account: [u8; 32],
    worn: Worn,
}

fn forget(mut ended: MessageReader<SessionEnded>, mut room: ResMut<Room>, mut avatars: ResMut<Avatars>) {
    if ended.read().count() > 0 {
        *room = Room::default();
        avatars.files.clear();
    }
}

fn judge(
    mut room: ResMut<Room>,
    mut session: ResMut<Session>,
    own: Res<Own>,
    people: Res<People>,
    persons: Query<&Person>,
    time: Res<Time<Real>>,
    mut heard: MessageReader<Heard>,
    mut came: MessageReader<GuestBlob>,
    mut seated: MessageReader<Seated>,
    mut unseated: MessageReader<Unseated>,
    mut tell: MessageWriter<Tell>,
) {
    if !session.is_host() {
        heard.clear();
        came.clear();
        seated.clear();
        unseated.clear();
        // What was offered went with the room.
        if std::mem::take(&mut room.hosts) {
            room.wardrobe = Wardrobe::default();
            room.held.clear();
        }
        return;
    }
    room.hosts = true;
    let now = time.elapsed();
    let room = &mut *room;
    let mut deeds = Vec::new();
    let mut left = BTreeSet::new();
    for Unseated { slot, .. } in unseated.read() {
        deeds.extend(room.wardrobe.left(*slot));
        left.insert(*slot);
    }
    for Heard { from, message } in heard.read() {
        let GameToHost::Avatar(ToHost::Wear(wish)) = message else {
            continue;
        };
        // Said just before they left: nobody would ever take off what they put on now, or whoever has their slot already
        // would wear it.
        if people.entity(*from).is_none() || left.contains(from) {
            continue;
        }
        let mine = session.me() == Some(*from);
        let bytes = own.bytes().filter(|_| mine).cloned();
        deeds.extend(room.wardrobe.wear(now, *from, *wish, bytes));
    }
    for GuestBlob { from, hash, bytes } in came.read() {
        room.wardrobe.arrived(*from, *hash, bytes.clone(), &mut deeds);
    }
    let person = |slot: Slot| people.entity(slot).and_then(|entity| persons.get(entity).ok());
    let here = |slot: Slot, hash: &[u8; 32]| {
        person(slot)
            .filter(|person| !person.away)
            .and_then(|_| session.coming_from(slot, hash))
    };
    room.wardrobe.watch(now, here, &mut deeds);
    let told = |slot: Slot, worn: Worn| {
        let account = person(slot)?.account.0;
        let slot = slot.0;
        Some(GameFromHost::Avatar(FromHost::Worn { slot, account, worn }))
    };
    for deed in deeds {
        match deed {
            // Nobody there any more is nobody to be told of: everybody follows the roster.
            Deed::Tell(slot, worn) => {
                tell.write_batch(told(slot, worn).map(Tell::all));
            }
            Deed::Refuse(slot, why) => {
                tell.write(Tell::one(slot, GameFromHost::Avatar(FromHost::NotShown { why })));
            }
            Deed::Fetch(slot, avatar) => session.fetch_from(slot, avatar.hash, u64::from(avatar.len)),
            Deed::Forget(slot, hash) => session.forget_from(slot, &hash),
            Deed::Offer(bytes) => {
                if let Some(hash) = session.offer_blob(bytes.clone()) {
                    room.held.insert(hash, bytes);
                }
            }
            Deed::Withdraw(hash) => {
                room.held.remove(&hash);
                session.withdraw_blob(&hash);
            }
        }
    }
    for Seated { slot: to, .. } in seated.read() {
        for (slot, worn) in room.wardrobe.all() {
            tell.write_batch(told(slot, worn).map(|message| Tell::one(*to, message)));
        }
    }
}

fn note(
    mut room: ResMut<Room>,
    mut own: ResMut<Own>,
    time: Res<Time<Real>>,
    people: Res<People>,
    session: Res<Session>,
    mut told: MessageReader<Told>,
    mut not_shown: MessageWriter<NotShown>,
) {
    for Told(message) in told.read() {
        match message {
            GameFromHost::Avatar(FromHost::Worn { slot, account, worn }) => {
                // A host is checked like anybody.
                let Ok(worn) = worn.checked() else { continue };
                let (slot, account) = (Slot(*slot), *account);
                if session.me() == Some(slot) {
                    own.passed_on(worn.avatar);
                }
                room.anew.extend(worn.avatar.map(|avatar| avatar.hash));
                if room.worn.len() <= holm_net::session::MAX_GUESTS {
                    room.worn.insert(slot, Dressed { account, worn });
                }
            }
            GameFromHost::Avatar(FromHost::NotShown { why }) => {
                own.refuse(time.elapsed(), *why);
                if *why != WhyNot::TooOften {
                    not_shown.write(NotShown(*why));
                }
            }
            _ => {}
        }
    }
    // Told in order with the roster, so whoever is not here has left.
    if session.roster_changed() {
        room.worn.retain(|slot, _| people.entity(*slot).is_some());
    }
}

/// Puts on everybody what they are known to wear; on me at once, whatever the host says.
fn dress(
    mut commands: Commands,
    room: Res<Room>,
    own: Res<Own>,
    people: Query<(Entity, &Person, Option<&Wearing>)>,
) {
    for (entity, person, wearing) in &people {
        let default = || Look::of_account(&person.account.0);
        let now = if person.me {
            Wearing {
                look: own.look.unwrap_or_else(default),
                avatar: own.avatar_ref(),
            }
        } else {
            let dressed = room.worn.get(&person.slot);
            // What was told of somebody who had this slot before is nobody's.
            let worn = dressed.filter(|dressed| dressed.account == person.account.0);
            let worn = worn.map(|dressed| dressed.worn).unwrap_or_default();
            Wearing {
                look: worn.look.unwrap_or_else(default),
                avatar: worn.avatar,
            }
        };
        if wearing != Some(&now) {
            commands.entity(entity).insert(now);
        }
    }
}

fn fetch(
    mut session: ResMut<Session>,
    mut avatars: ResMut<Avatars>,
    mut room: ResMut<Room>,
    shown: Res<AvatarsShown>,
    world: Res<WorldStatus>,
    time: Res<Time<Real>>,
) {
    let me = session.me();
    let now = time.elapsed();
    let room = &mut *room;
    let wanted: BTreeMap<[u8; 32], BTreeSet<u32>> = room
        .worn
        .iter()
        .filter(|(slot, _)| Some(**slot) != me)
        .filter_map(|(_, dressed)| dressed.worn.avatar)
        .filter(|avatar| shown.shows(avatar.weight))
        .fold(BTreeMap::new(), |mut wanted, avatar| {
            let lens: &mut BTreeSet<u32> = wanted.entry(avatar.hash).or_default();
            lens.insert(avatar.len);
            wanted
        });
    if avatars.shown != *shown {
        avatars.shown = *shown;
    }
    give_up(&mut session, &mut avatars, room, now);
    // Ground to stand on comes first: what is on its way is asked for again after it.
    let ground_first = matches!(*world, WorldStatus::Fetching { .. });
    let is_wanted = |hash: &[u8; 32], state: &AvatarState| {
        wanted.get(hash).is_some_and(|lens| match state {
            AvatarState::Fetching(len) => !ground_first && lens.contains(len),
            _ => true,
        })
    };
    if avatars.files.iter().any(|(hash, state)| !is_wanted(hash, state)) {
        avatars.files.retain(|hash, state| {
            let keep = is_wanted(hash, state);
            if matches!(state, AvatarState::Fetching(_)) && !keep {
                session.forget_blob(hash);
            }
            keep
        });
        // There may be room now.
        let no_room = |state: &AvatarState| matches!(state, AvatarState::Refused(Refusal::NoRoom));
        avatars.files.retain(|_, state| !no_room(state));
    }
    let anew = core::mem::take(&mut room.anew);
    room.tries.retain(|(hash, len), _| {
        !anew.contains(hash) && wanted.get(hash).is_some_and(|lens| lens.contains(len))
    });
    if ground_first {
        return;
    }
    // What has failed least comes first, so that what never comes keeps nobody waiting who has not been asked for yet.
    let mut open: Vec<(u32, [u8; 32], u32)> = Vec::new();
    for (hash, lens) in &wanted {
        let lost = |state: &AvatarState| matches!(state, AvatarState::Refused(Refusal::NotReceived));
        if avatars.files.get(hash).is_none_or(lost) {
            open.extend(lens.iter().filter_map(|len| {
                let tries = room.tries.get(&(*hash, *len)).copied().unwrap_or_default();
                tries.are_over(now).then_some((tries.count, *hash, *len))
            }));
        }
    }
    open.sort_unstable();
    let mut begun = BTreeSet::new();
    for (_, hash, len) in open {
        if begun.contains(&hash) {
            continue;
        }
        let busy = |state: &&AvatarState| !matches!(state, AvatarState::Refused(_));
        let full = avatars.files.values().filter(busy).count() >= MAX_AVATARS
            || avatars.bytes() + u64::from(len) > MAX_AVATAR_BYTES;
        let state = if full {
            AvatarState::Refused(Refusal::NoRoom)
        } else if session.is_host() {
            match room.held.get(&hash) {
                Some(bytes) => AvatarState::Reading(begin(bytes.clone())),
                None => {
                    room.tries.entry((hash, len)).or_default().failed(now);
                    AvatarState::Refused(Refusal::NotReceived)
                }
            }
        } else if avatars.fetching() < FETCHES_AT_ONCE {
            session.fetch_blob(hash, u64::from(len));
            AvatarState::Fetching(len)
        } else {
            continue;
        };
        begun.insert(hash);
        avatars.files.insert(hash, state);
    }
}

/// Lets go of what does not come on.
fn give_up(session: &mut Session, avatars: &mut ResMut<Avatars>, room: &mut Room, now: Duration) {
    let linked = session.phase() == SessionPhase::Inside;
    let mut still = Vec::new();
    let mut watched = BTreeMap::new();
    for (hash, state) in &avatars.files {
        let AvatarState::Fetching(len) = state else {
            continue;
        };
        let here = linked.then(|| session.coming(hash)).flatten();
        let mut watch = room.watches.get(hash).copied().unwrap_or_default();
        if watch.is_still(now, here) {
            still.push((*hash, *len));
        } else {
            watched.insert(*hash, watch);
        }
    }
    room.watches = watched;
    for (hash, len) in still {
        info!("somebody's avatar does not come on, and is asked for again later");
        session.forget_blob(&hash);
        room.tries.entry((hash, len)).or_default().failed(now);
        avatars
            .files
            .insert(hash, AvatarState::Refused(Refusal::NotReceived));
    }
}

fn begin(bytes: Bytes) -> Reading {
    Reading {
        len: bytes.len() as u64,
        task: AsyncComputeTaskPool::get().spawn(async move { read(&bytes) }),
    }
}

fn take(
    mut avatars: ResMut<Avatars>,
    mut room: ResMut<Room>,
    time: Res<Time<Real>>,
    mut arrived: MessageReader<BlobArrived>,
    mut failed: MessageReader<BlobFailed>,
) {
    for BlobArrived { hash, bytes } in arrived.read() {
        if let Some(state @ AvatarState::Fetching(_)) = avatars.files.get_mut(hash) {
            *state = AvatarState::Reading(begin(bytes.clone()));
        }
    }
    for BlobFailed { hash } in failed.read() {
        if let Some(AvatarState::Fetching(len)) = avatars.files.get(hash) {
            room.tries
                .entry((*hash, *len))
                .or_default()
                .failed(time.elapsed());
            avatars
                .files
                .insert(*hash, AvatarState::Refused(Refusal::NotReceived));
        }
    }
    let reading: BTreeSet<[u8; 32]> = avatars
        .files
        .iter()
        .filter(|(_, state)| matches!(state, AvatarState::Reading(_)))
        .map(|(hash, _)| *hash)
        .collect();
    for hash in reading {
        let Some(AvatarState::Reading(reading)) = avatars.bypass_change_detection().files.get_mut(&hash)
        else {
            continue;
        };
        let Some(result) = check_ready(&mut reading.task) else {
            continue;
        };
        let len = reading.len;
        let others = avatars.bytes().saturating_sub(len);
        let state = match result {
            // Its pictures are known only now.
            Ok(document) if others + document_bytes(&document) > MAX_AVATAR_BYTES => {
                AvatarState::Refused(Refusal::NoRoom)
            }
            Ok(document) => AvatarState::Ready(Arc::new(document)),
            Err(error) => AvatarState::Refused(Refusal::Unreadable(error)),
        };
        if let AvatarState::Refused(refusal) = &state {
            info!("somebody's avatar is not shown: {refusal:?}");
        }
        avatars.files.insert(hash, state);
    }
}

/// Whether a file is what this wearer said, and may be shown on them.
fn judge_document(document: &AvatarDocument, said: &AvatarRef) -> Result<(), Refusal> {
    if Weight::from(document.meter.rank) > said.weight || document.meter.bytes != u64::from(said.len) {
        return Err(Refusal::NotAsSaid);
    }
    if needs_declaration(&document.meta) && !said.declared {
        return Err(Refusal::Licence);
    }
    Ok(())
}

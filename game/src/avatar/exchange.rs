//! What everybody wears: told, fetched, distrusted and read.
//!
//! Flow: at the host `judge` (rules of the wardrobe) → told to all → [`Wearing`] on each person → where it is wanted,
//! its file is fetched from the host, read in a task, looked at for what its wearer said of it → [`Avatars`].
//! Invariants: nothing is fetched that this person does not want to show; an avatar that is not here, too much or
//! not what it was said to be leaves its wearer in the default family's clothes and costs nobody anything else.

use super::document::AvatarDocument;
use super::error::AvatarError;
use super::licence::needs_declaration;
use super::own::Own;
use super::rules::{Deed, Wardrobe};
use super::wire::{AvatarRef, FromHost, ToHost, Weight, WhyNot, Worn};
use super::{AvatarSystems, read};
use crate::people::look::Look;
use crate::people::{People, PeopleSystems, Person};
use crate::session::{
    BlobArrived, BlobFailed, GuestBlob, Heard, Seated, Session, SessionEnded, SessionSystems, Tell, TellAll,
    Told, Unseated,
};
use crate::wire::{FromHost as GameFromHost, ToHost as GameToHost};
use crate::world::WorldStatus;
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use bytes::Bytes;
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

/// The avatars of people here, by hash.
#[derive(Resource, Debug, Default)]
pub struct Avatars(BTreeMap<[u8; 32], AvatarState>);

/// How far one is.
#[derive(Debug)]
pub enum AvatarState {
    Fetching,
    Reading(Reading),
    Ready(Arc<AvatarDocument>),
    /// It is not shown, for this reason.
    Refused(Refusal),
}

/// A file being read: on another thread, or in a browser, which has one, between two frames.
#[derive(Debug)]
pub struct Reading {
    task: Task<Result<AvatarDocument, AvatarError>>,
    said: AvatarRef,
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
    /// An avatar that can be shown.
    pub fn document(&self, hash: &[u8; 32]) -> Option<&Arc<AvatarDocument>> {
        match self.0.get(hash) {
            Some(AvatarState::Ready(document)) => Some(document),
            _ => None,
        }
    }

    /// How far one is; `None` when nobody wears it or it is not to be shown.
    pub fn state(&self, hash: &[u8; 32]) -> Option<&AvatarState> {
        self.0.get(hash)
    }

    fn bytes(&self) -> u64 {
        self.0
            .values()
            .map(|state| match state {
                AvatarState::Ready(document) => document.meter.bytes + document.meter.texture_bytes,
                _ => 0,
            })
            .sum()
    }
}

/// What is known of the room one is in.
#[derive(Resource, Default)]
struct Room {
    worn: BTreeMap<Slot, Worn>,
    /// At the host.
    wardrobe: Wardrobe,
    /// At the host: what it passes on, to be looked at here as well.
    held: BTreeMap<[u8; 32], Bytes>,
}

fn forget(mut ended: MessageReader<SessionEnded>, mut room: ResMut<Room>, mut avatars: ResMut<Avatars>) {
    if ended.read().count() > 0 {
        *room = Room::default();
        avatars.0.clear();
    }
}

fn judge(
    mut room: ResMut<Room>,
    mut session: ResMut<Session>,
    own: Res<Own>,
    time: Res<Time<Real>>,
    mut heard: MessageReader<Heard>,
    mut came: MessageReader<GuestBlob>,
    mut seated: MessageReader<Seated>,
    mut unseated: MessageReader<Unseated>,
    mut tell: MessageWriter<Tell>,
    mut tell_all: MessageWriter<TellAll>,
) {
    if !session.is_host() {
        heard.clear();
        came.clear();
        seated.clear();
        unseated.clear();
        return;
    }
    let now = time.elapsed();
    let room = &mut *room;
    let mut deeds = Vec::new();
    for Unseated { slot, .. } in unseated.read() {
        deeds.extend(room.wardrobe.left(*slot));
    }
    for Heard { from, message } in heard.read() {
        let GameToHost::Avatar(ToHost::Wear(wish)) = message else {
            continue;
        };
        let mine = session.me() == Some(*from);
        let bytes = own.bytes().filter(|_| mine).cloned();
        deeds.extend(room.wardrobe.wear(now, *from, *wish, bytes));
    }
    for GuestBlob { from, hash, bytes } in came.read() {
        room.wardrobe.arrived(*from, *hash, bytes.clone(), &mut deeds);
    }
    for deed in deeds {
        match deed {
            Deed::Tell(slot, worn) => {
                tell_all.write(TellAll(GameFromHost::Avatar(FromHost::Worn {
                    slot: slot.0,
                    worn,
                })));
            }
            Deed::Refuse(slot, why) => {
                tell.write(Tell {
                    to: slot,
                    message: GameFromHost::Avatar(FromHost::NotShown { why }),
                });
            }
            Deed::Fetch(slot, avatar) => session.fetch_from(slot, avatar.hash, u64::from(avatar.len)),
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
    for Seated { slot: to } in seated.read() {
        for (slot, worn) in room.wardrobe.all() {
            tell.write(Tell {
                to: *to,
                message: GameFromHost::Avatar(FromHost::Worn { slot: slot.0, worn }),
            });
        }
    }
}

fn note(
    mut room: ResMut<Room>,
    mut own: ResMut<Own>,
    people: Res<People>,
    session: Res<Session>,
    mut told: MessageReader<Told>,
    mut not_shown: MessageWriter<NotShown>,
) {
    for Told(message) in told.read() {
        match message {
            GameFromHost::Avatar(FromHost::Worn { slot, worn }) => {
                // A host is checked like anybody.
                if let Ok(worn) = worn.checked()
                    && room.worn.len() <= holm_net::session::MAX_GUESTS
                {
                    room.worn.insert(Slot(*slot), worn);
                }
            }
            GameFromHost::Avatar(FromHost::NotShown { why }) => {
                own.refused = Some(*why);
                not_shown.write(NotShown(*why));
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
            match room.worn.get(&person.slot) {
                Some(worn) => Wearing {
                    look: worn.look.unwrap_or_else(default),
                    avatar: worn.avatar,
                },
                None => Wearing {
                    look: default(),
                    avatar: None,
                },
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
    room: Res<Room>,
    shown: Res<AvatarsShown>,
    world: Res<WorldStatus>,
) {
    let me = session.me();
    let wanted: BTreeMap<[u8; 32], AvatarRef> = room
        .worn
        .iter()
        .filter(|(slot, _)| Some(**slot) != me)
        .filter_map(|(_, worn)| worn.avatar)
        .filter(|avatar| shown.shows(avatar.weight))
        .map(|avatar| (avatar.hash, avatar))
        .collect();
    if avatars.0.keys().any(|hash| !wanted.contains_key(hash)) {
        avatars.0.retain(|hash, _| wanted.contains_key(hash));
        // There may be room now.
        let no_room = |state: &AvatarState| matches!(state, AvatarState::Refused(Refusal::NoRoom));
        avatars.0.retain(|_, state| !no_room(state));
    }
    // Ground to stand on comes first.
    if matches!(*world, WorldStatus::Fetching { .. }) {
        return;
    }
    for (hash, said) in wanted {
        if avatars.0.contains_key(&hash) {
            continue;
        }
        let busy = |state: &&AvatarState| !matches!(state, AvatarState::Refused(_));
        let full =
            avatars.0.values().filter(busy).count() >= MAX_AVATARS || avatars.bytes() >= MAX_AVATAR_BYTES;
        let state = if full {
            AvatarState::Refused(Refusal::NoRoom)
        } else if session.is_host() {
            match room.held.get(&hash) {
                Some(bytes) => AvatarState::Reading(begin(bytes.clone(), said)),
                None => AvatarState::Refused(Refusal::NotReceived),
            }
        } else {
            session.fetch_blob(hash, u64::from(said.len));
            AvatarState::Fetching
        };
        avatars.0.insert(hash, state);
    }
}

fn begin(bytes: Bytes, said: AvatarRef) -> Reading {
    Reading {
        task: AsyncComputeTaskPool::get().spawn(async move { read(&bytes) }),
        said,
    }
}

fn take(
    mut avatars: ResMut<Avatars>,
    room: Res<Room>,
    mut arrived: MessageReader<BlobArrived>,
    mut failed: MessageReader<BlobFailed>,
) {
    for BlobArrived { hash, bytes } in arrived.read() {
        let said = room
            .worn
            .values()
            .filter_map(|worn| worn.avatar)
            .find(|a| a.hash == *hash);
        if let (Some(state @ AvatarState::Fetching), Some(said)) = (avatars.0.get_mut(hash), said) {
            *state = AvatarState::Reading(begin(bytes.clone(), said));
        }
    }
    for BlobFailed { hash } in failed.read() {
        if let Some(state @ AvatarState::Fetching) = avatars.0.get_mut(hash) {
            *state = AvatarState::Refused(Refusal::NotReceived);
        }
    }
    let reading: BTreeSet<[u8; 32]> = avatars
        .0
        .iter()
        .filter(|(_, state)| matches!(state, AvatarState::Reading(_)))
        .map(|(hash, _)| *hash)
        .collect();
    for hash in reading {
        let Some(AvatarState::Reading(reading)) = avatars.bypass_change_detection().0.get_mut(&hash) else {
            continue;
        };
        let Some(result) = check_ready(&mut reading.task) else {
            continue;
        };
        let said = reading.said;
        let state = match result {
            Ok(document) => match judge_document(&document, said) {
                Ok(()) => AvatarState::Ready(Arc::new(document)),
                Err(refusal) => AvatarState::Refused(refusal),
            },
            Err(error) => AvatarState::Refused(Refusal::Unreadable(error)),
        };
        if let AvatarState::Refused(refusal) = &state {
            info!("somebody's avatar is not shown: {refusal:?}");
        }
        avatars.0.insert(hash, state);
    }
}

/// Whether a file is what its wearer said, and may be shown.
fn judge_document(document: &AvatarDocument, said: AvatarRef) -> Result<(), Refusal> {
    if Weight::from(document.meter.rank) > said.weight || document.meter.bytes != u64::from(said.len) {
        return Err(Refusal::NotAsSaid);
    }
    if needs_declaration(&document.meta) && !said.declared {
        return Err(Refusal::Licence);
    }
    Ok(())
}

//! People: an entity for everyone in the room, from the moment they are in it.
//!
//! Flow: the session's roster → [`Person`] entities (spawned at once, with a place to stand) → views.
//! Invariant: presence is guaranteed: whatever fails to load or arrive, there is an entity with a name
//! and a [`Posture`] for each person, and none for anybody who left.

mod accounts;
pub mod known;
pub mod look;
pub mod mute;
#[cfg(feature = "view")]
pub(crate) mod nameplate;
#[cfg(feature = "view")]
pub(crate) mod ui;
#[cfg(feature = "view")]
pub(crate) mod view;

use crate::customs;
use crate::session::{Session, SessionSystems};
use bevy::prelude::*;
use holm_identity::AccountKey;
use holm_net::pose::{Pose, Slot};
use holm_net::transport::Path;
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<People>()
        .add_plugins((mute::plugin, known::plugin))
        .add_message::<PersonEntered>()
        .add_message::<PersonLeft>()
        .configure_sets(PreUpdate, PeopleSystems::Follow.after(SessionSystems::Receive))
        .add_systems(PreUpdate, follow_roster.in_set(PeopleSystems::Follow));
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeopleSystems {
    /// `PreUpdate`: entities follow the roster.
    Follow,
}

/// Somebody in the room, as the host tells it.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Person {
    pub slot: Slot,
    /// Fit to be shown: [`customs::name`] has seen it.
    pub name: String,
    pub account: AccountKey,
    /// This is who sits here.
    pub me: bool,
    pub ping_ms: Option<u16>,
    pub path: Path,
    /// Their link is down and their seat is kept for a while.
    pub away: bool,
}

/// The person who sits here.
#[derive(Component, Clone, Copy, Debug)]
pub struct Me;

/// Where somebody is drawn and how they hold themselves now. For others it comes from the stream, for
/// oneself from the body.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Posture {
    pub pose: Pose,
    /// Whether a pose of theirs ever came; before, they stand at the spawn point.
    pub known: bool,
}

/// Somebody is here now.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct PersonEntered {
    pub entity: Entity,
    pub slot: Slot,
    pub name: String,
}

/// Somebody is gone.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct PersonLeft {
    pub slot: Slot,
    pub name: String,
}

/// Who has which entity.
#[derive(Resource, Debug, Default)]
pub struct People {
    by_slot: BTreeMap<Slot, Entity>,
    next_look: Duration,
}

impl People {
    pub fn entity(&self, slot: Slot) -> Option<Entity> {
        self.by_slot.get(&slot).copied()
    }

    /// Everybody, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, Entity)> + '_ {
        self.by_slot.iter().map(|(slot, entity)| (*slot, *entity))
    }

    pub fn len(&self) -> usize {
        self.by_slot.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_slot.is_empty()
    }
}

/// How often ping and path are looked at when nobody comes or goes: they change every two seconds.
const LOOK_EVERY: Duration = Duration::from_millis(500);

fn follow_roster(
    mut commands: Commands,
    session: Res<Session>,
    time: Res<Time<Real>>,
    mut people: ResMut<People>,
    mut persons: Query<&mut Person>,
    mut entered: MessageWriter<PersonEntered>,
    mut left: MessageWriter<PersonLeft>,
) {
    let now = time.elapsed();
    if !session.roster_changed() && now < people.next_look {
        return;
    }
    people.next_look = now + LOOK_EVERY;
    let me = session.me();
    let mut here = BTreeMap::new();
    session.for_each_person(|p| {
        here.insert(
            p.slot,
            Person {
                slot: p.slot,
                name: customs::name(&p.name),
                account: p.account,
                me: me == Some(p.slot),
                ping_ms: p.ping_ms,
                path: p.path,
                away: p.away,
            },
        );
    });
    // In a world that moved to another host somebody has another slot, and is who they were.
    let mut elsewhere = BTreeMap::new();
    people.by_slot.retain(|slot, entity| {
        let Ok(old) = persons.get(*entity) else {
            return true;
        };
        let same = |new: &&Person| new.account == old.account && new.me == old.me;
        if here.get(slot).is_some_and(|new| same(&new)) {
            return true;
        }
        let moved = here.values().find(same).map(|new| new.slot);
        elsewhere.extend(moved.map(|new| (new, *entity)));
        moved.is_none()
    });
    for (slot, entity) in elsewhere {
        if let Some(other) = people.by_slot.insert(slot, entity)
            && let Ok(gone) = persons.get(other)
        {
            let name = gone.name.clone();
            left.write(PersonLeft { slot, name });
            commands.entity(other).try_despawn();
        }
        if let (Ok(mut old), Some(new)) = (persons.get_mut(entity), here.get(&slot)) {
            old.set_if_neq(new.clone());
        }
    }
    people.by_slot.retain(|slot, entity| {
        // A slot is given to somebody else after its person left: then it is another entity.
        let same = |old: &Person| {
            here.get(slot)
                .is_some_and(|new| new.account == old.account && new.me == old.me)
        };
        match persons.get(*entity) {
            Ok(old) if same(old) => true,
            old => {
                let name = old.map(|p| p.name.clone()).unwrap_or_default();
                left.write(PersonLeft { slot: *slot, name });
                commands.entity(*entity).try_despawn();
                false
            }
        }
    });
    for (slot, person) in here {
        if let Some(entity) = people.by_slot.get(&slot) {
            if let Ok(mut old) = persons.get_mut(*entity) {
                old.set_if_neq(person);
            }
            continue;
        }
        let name = person.name.clone();
        let is_me = person.me;
        let mut spawned = commands.spawn((
            Name::new(format!("person {}", slot.0)),
            person,
            Posture::default(),
            Transform::default(),
        ));
        if is_me {
            spawned.insert(Me);
        }
        people.by_slot.insert(slot, spawned.id());
        entered.write(PersonEntered {
            entity: spawned.id(),
            slot,
            name,
        });
    }
}

//! What moves: things that fall, roll, are carried and thrown.
//!
//! Flow: at the host the engine moves them (`host`), 20 times a second the session streams those that are in motion, and
//! where one comes to rest becomes a fact. Everybody else shows them where the stream has them (`show`) in [`Motion`].
//! Whoever takes one in their hand ([`Grab`]) carries it themselves (`carry`), the host tells the others; thrown
//! ([`LetGo`]), it is the host's again.
//! Invariants: what rests costs nothing and is where the document says, for everybody; a thing is in one hand at most; the
//! order of what is told is kept, so that a late sample never moves what was put elsewhere since.

mod carry;
#[cfg(feature = "view")]
pub(crate) mod hands;
mod host;
pub mod rules;
mod show;
#[cfg(feature = "view")]
pub(crate) mod view;
pub mod wire;

use super::bodies::{BodiesSystems, Loose};
use crate::body::BodySystems;
use crate::powers::PowersSystems;
use crate::session::SessionSystems;
use avian3d::prelude::PhysicsSystems;
use bevy::prelude::*;
pub use carry::Carrying;
use holm_document::part::Place;
use holm_document::{PersonNo, ThingId};
use holm_net::body::BodyPose;
use holm_net::pose::Slot;
use std::collections::BTreeMap;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Motion>()
        .init_resource::<Carrying>()
        .init_resource::<host::Awake>()
        .insert_resource(Time::<Fixed>::from_hz(crate::body::rules::STEP_HZ))
        .add_message::<Grab>()
        .add_message::<LetGo>()
        .add_message::<NotGrabbed>()
        .configure_sets(
            PreUpdate,
            // Last: each of them tells something, in an order of its own.
            MotionSystems::Receive
                .after(BodiesSystems::Embody)
                .after(BodySystems::Embody)
                .after(PowersSystems::Receive),
        )
        .configure_sets(Update, MotionSystems::Show.after(BodySystems::Show))
        .configure_sets(
            PostUpdate,
            MotionSystems::Speak
                .after(PowersSystems::Speak)
                .before(SessionSystems::Send),
        )
        .add_systems(
            PreUpdate,
            (show::note, host::note, host::judge)
                .chain()
                .in_set(MotionSystems::Receive),
        )
        .add_systems(
            FixedUpdate,
            (host::carry, host::push)
                .chain()
                .after(BodySystems::Step)
                .run_if(host::is_host),
        )
        .add_systems(
            FixedPostUpdate,
            host::sample.after(PhysicsSystems::Last).run_if(host::is_host),
        )
        .add_systems(
            Update,
            (carry::carry, show::show, host::show)
                .chain()
                .in_set(MotionSystems::Show),
        )
        .add_systems(PostUpdate, carry::speak.in_set(MotionSystems::Speak));
}

/// For a host that walks nowhere itself: where nothing is loose no engine runs.
pub(crate) fn sparing_plugin(app: &mut App) {
    use PhysicsSystems::{First, Last, Prepare, StepSimulation, Writeback};
    let some = |loose: Query<(), With<Loose>>| !loose.is_empty();
    app.configure_sets(
        FixedPostUpdate,
        (First, Prepare, StepSimulation, Writeback, Last).run_if(some),
    );
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MotionSystems {
    /// `PreUpdate`: who holds what, and what moves at all.
    Receive,
    /// `Update`: where it is in this frame.
    Show,
    /// `PostUpdate`: what our hands did.
    Speak,
}

/// A wish: take this in my hand.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct Grab {
    pub thing: ThingId,
}

/// A wish: let go of what I hold; `thrown`: away from me, the way I look.
#[derive(Message, Clone, Copy, Debug, Default, PartialEq)]
pub struct LetGo {
    pub thrown: bool,
}

/// The host did not let us take it, or took it out of our hand.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct NotGrabbed {
    pub why: wire::NotHeld,
}

/// Less than this is no motion, and not worth a fact: metres and radians.
const STILL_METRES: f32 = 2e-3;
const STILL_RADIANS: f32 = 5e-3;

/// Where a thing is, whatever its size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct At {
    pub position: Vec3,
    pub rotation: Quat,
}

impl From<BodyPose> for At {
    fn from(pose: BodyPose) -> Self {
        Self {
            position: Vec3::from_array(pose.position),
            rotation: Quat::from_array(pose.rotation).normalize(),
        }
    }
}

impl From<At> for BodyPose {
    fn from(at: At) -> Self {
        Self {
            position: at.position.to_array(),
            rotation: at.rotation.to_array(),
        }
    }
}

impl From<&Place> for At {
    fn from(place: &Place) -> Self {
        Self {
            position: Vec3::from_array(place.position),
            rotation: Quat::from_array(place.rotation).normalize(),
        }
    }
}

impl From<&Transform> for At {
    fn from(at: &Transform) -> Self {
        Self {
            position: at.translation,
            rotation: at.rotation,
        }
    }
}

impl At {
    fn transform(self) -> Transform {
        Transform::from_translation(self.position).with_rotation(self.rotation)
    }

    fn lerp(self, to: Self, part: f32) -> Self {
        Self {
            position: self.position.lerp(to.position, part),
            rotation: self.rotation.slerp(to.rotation, part),
        }
    }

    /// Nobody would see a difference.
    fn is_near(self, other: Self) -> bool {
        self.position.distance(other.position) < STILL_METRES
            && self.rotation.angle_between(other.rotation) < STILL_RADIANS
    }

    /// As good as where the document has it.
    fn is_at(self, place: &Place) -> bool {
        self.is_near(Self::from(place))
    }

    /// As a place of this size.
    fn place(self, scale: [f32; 3]) -> Place {
        Place {
            position: self.position.to_array(),
            rotation: self.rotation.normalize().to_array(),
            scale,
        }
    }
}

/// Where the things are that move now, and who holds which.
#[derive(Resource, Debug, Default)]
pub struct Motion {
    moving: BTreeMap<ThingId, Moving>,
    held: BTreeMap<ThingId, Slot>,
}

#[derive(Clone, Copy, Debug)]
struct Moving {
    /// Of the session's stream; `None` at the host, which needs none of its own.
    stream: Option<Stream>,
    /// In this frame; `None` before anything of it came.
    at: Option<At>,
}

#[derive(Clone, Copy, Debug)]
struct Stream {
    slot: Slot,
    generation: bool,
    /// It rests there: nothing follows on the stream, but a fact.
    rests: Option<Rest>,
}

#[derive(Clone, Copy, Debug)]
struct Rest {
    at: At,
    /// What the document said before that fact.
    before: Option<Place>,
}

impl Motion {
    /// Where a thing is that moves, which is not where the document says.
    pub fn at(&self, thing: ThingId) -> Option<At> {
        self.moving.get(&thing)?.at
    }

    /// Things that move, with where they are.
    pub fn iter(&self) -> impl Iterator<Item = (ThingId, At)> + '_ {
        self.moving
            .iter()
            .filter_map(|(thing, moving)| Some((*thing, moving.at?)))
    }

    /// Who has it in their hand.
    pub fn holder(&self, thing: ThingId) -> Option<Slot> {
        self.held.get(&thing).copied()
    }

    /// What somebody has in their hand.
    pub fn in_hand(&self, slot: Slot) -> Option<ThingId> {
        self.held
            .iter()
            .find(|(_, by)| **by == slot)
            .map(|(thing, _)| *thing)
    }
}

/// At the host, for the world's keeper: where what moves would be if it stopped now, and whose doing that is.
pub(crate) type Settling = Vec<(Option<PersonNo>, ThingId, Place)>;

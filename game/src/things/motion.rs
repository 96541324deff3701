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
use holm_document::limits::COORDINATE_METRES;
use holm_document::part::Place;
use holm_document::{PersonNo, ThingId};
use holm_net::body::{BodyPose, MAX_BODIES};
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
            (show::note, host::note, host::judge, show::layers)
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

    /// Somewhere in a world, and turned by a turn: what another process says may be neither.
    fn is_sound(self) -> bool {
        self.position.abs().max_element() <= COORDINATE_METRES
            && self.position.is_finite()
            && (self.rotation.length() - 1.0).abs() < 0.01
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
    pub(crate) fn place(self, scale: [f32; 3]) -> Place {
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
    /// Which thing the host named last for a slot of its stream.
    by_slot: BTreeMap<Slot, ThingId>,
    held: BTreeMap<ThingId, Slot>,
}

/// Things that one process draws elsewhere than the document has them: all that a stream can tell of, and as many that came
/// to rest. What a host names beyond that is where the document has it.
const MOST_MOVING: usize = 2 * MAX_BODIES;

#[derive(Clone, Copy, Debug)]
struct Moving {
    /// Of the session's stream; `None` where it says nothing of it, and at the host, which needs none of its own.
    stream: Option<Stream>,
    /// It rests there: nothing follows on the stream, but a fact.
    rests: Option<Rest>,
    /// In this frame; `None` before anything of it came.
    at: Option<At>,
}

impl Moving {
    /// Nobody but our own hand says where.
    const OURS: Self = Self {
        stream: None,
        rests: None,
        at: None,
    };

    /// Where the engine here has it.
    fn here(at: At) -> Self {
        Self {
            stream: None,
            rests: None,
            at: Some(at),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Stream {
    slot: Slot,
    generation: bool,
}

#[derive(Clone, Copy, Debug)]
struct Rest {
    at: At,
    /// What the document said before that fact; `None` while the thing itself has not come.
    before: Option<Place>,
}

impl Motion {
    /// Where a thing is that moves, which is not where the document says.
    pub fn at(&self, thing: ThingId) -> Option<At> {
        self.moving.get(&thing)?.at
    }

    /// The host says that this is its stream from now on. A slot is one thing's: whatever had it before has come to rest.
    fn streams(&mut self, thing: ThingId, stream: Stream) {
        let room = self.moving.len() < MOST_MOVING || self.moving.contains_key(&thing);
        if usize::from(stream.slot.0) >= MAX_BODIES || !room {
            return;
        }
        if let Some(before) = self.by_slot.insert(stream.slot, thing)
            && before != thing
            && let Some(moving) = self.moving.get_mut(&before)
            && moving.stream.is_some_and(|old| old.slot == stream.slot)
        {
            moving.stream = None;
            if moving.rests.is_none() {
                self.moving.remove(&before);
            }
        }
        let at = self.at(thing);
        let moving = Moving {
            stream: Some(stream),
            rests: None,
            at,
        };
        self.moving.insert(thing, moving);
    }

    /// The host says that it came to rest. `before`: where the document has it now.
    fn rests(&mut self, thing: ThingId, at: At, before: Option<Place>) {
        let room = self.moving.len() < MOST_MOVING;
        let rests = Some(Rest { at, before });
        match self.moving.get_mut(&thing) {
            Some(moving) => moving.rests = rests,
            // It did so before we came.
            None if room => {
                let (stream, at) = (None, None);
                self.moving.insert(thing, Moving { stream, rests, at });
            }
            None => {}
        }
    }

    /// Its host is gone, and another will say what moves: until a fact or that one says otherwise each stays where it was
    /// drawn last. `kept`: where the document has it.
    fn stays(&mut self, kept: impl Fn(ThingId) -> Option<Place>) {
        self.by_slot.clear();
        self.held.clear();
        self.moving.retain(|thing, moving| {
            moving.stream = None;
            moving.rests = moving.at.map(|at| Rest {
                at,
                before: kept(*thing),
            });
            moving.rests.is_some()
        });
    }

    /// The host says in whose hand it is; nobody has two of them.
    fn is_held(&mut self, thing: ThingId, by: Option<Slot>) {
        self.held
            .retain(|held, holder| *held != thing && Some(*holder) != by);
        self.held.extend(by.map(|by| (thing, by)));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(serial: u32) -> ThingId {
        ThingId {
            maker: PersonNo(0),
            serial,
        }
    }

    fn stream(slot: u16) -> Stream {
        Stream {
            slot: Slot(slot),
            generation: false,
        }
    }

    const THERE: At = At {
        position: Vec3::ONE,
        rotation: Quat::IDENTITY,
    };

    #[test]
    fn a_host_that_names_ever_more_things_fills_no_memory() {
        let mut motion = Motion::default();
        for serial in 0..50_000u32 {
            let slot = serial as u16;
            motion.streams(thing(serial), stream(slot));
            motion.is_held(thing(serial), Some(Slot(slot % 512)));
            if serial % 2 == 0 {
                motion.rests(thing(serial), THERE, None);
                motion.rests(thing(serial + 100_000), THERE, None);
            }
        }
        assert!(motion.moving.len() <= MOST_MOVING && motion.by_slot.len() <= MAX_BODIES);
        assert_eq!(motion.held.len(), 512);
    }

    #[test]
    fn what_rests_stays_while_another_thing_has_its_slot() {
        let mut motion = Motion::default();
        motion.streams(thing(1), stream(3));
        motion.rests(thing(1), THERE, None);
        motion.streams(thing(2), stream(3));
        assert!(
            motion.moving[&thing(1)]
                .rests
                .is_some_and(|rest| rest.at == THERE)
        );
        assert!(motion.moving[&thing(1)].stream.is_none());
        // One that was not said to rest has no way to be told of any more.
        motion.streams(thing(4), stream(3));
        assert!(!motion.moving.contains_key(&thing(2)));
    }

    #[test]
    fn what_is_nowhere_or_turned_by_nothing_is_not_sound() {
        assert!(THERE.is_sound());
        for position in [Vec3::splat(1e38), Vec3::NAN, Vec3::X * f32::INFINITY] {
            assert!(!At { position, ..THERE }.is_sound(), "{position}");
        }
        for turn in [[1e30, 0.0, 0.0, 0.0], [0.0; 4], [f32::NAN; 4], [1.0; 4]] {
            let rotation = Quat::from_array(turn);
            assert!(!At { rotation, ..THERE }.is_sound(), "{rotation}");
        }
    }
}

//! What I hold in my hand, and how it leaves it.
//!
//! Flow: [`Grab`] → it is before my eyes at once, the host is asked → each frame it goes with my look, and the session
//! streams it → [`LetGo`] → the host has it, and until its word comes the engine here foresees the throw.
//! Invariants: what the host does not give me I do not hold; each `Take` is answered once, so that an answer is never taken for
//! that to a later one; whatever leaves my hand is said to have left it.

use super::rules::{self, MOST_SPEED, throw_speed};
use super::wire::{FromHost as MotionFromHost, ToHost as MotionToHost};
use super::{At, Grab, LetGo, Motion};
use crate::body::{Body, Intent};
use crate::people::{Me, Posture};
use crate::session::{Entered, Session, SessionEnded, TellHost, Told};
use crate::things::bodies::{Bodies, Loose};
use crate::wire::{FromHost, ToHost};
use avian3d::prelude::*;
use bevy::prelude::*;
use holm_document::ThingId;
use holm_net::pose::Slot;
use std::collections::BTreeMap;

/// What is in my hand, and what just left it.
#[derive(Resource, Debug, Default)]
pub struct Carrying {
    held: Option<Carried>,
    flying: BTreeMap<ThingId, Flying>,
    /// How often I asked for it and was not answered yet.
    asked: BTreeMap<ThingId, u32>,
    /// For the host, in this frame.
    said: Vec<MotionToHost>,
}

#[derive(Clone, Copy, Debug)]
struct Carried {
    thing: ThingId,
    loose: Loose,
    /// From where it lay; it comes to the hand within [`TAKE_SECS`].
    from: At,
    taken_secs: f32,
    /// As it is turned to whoever holds it.
    turn: Quat,
    at: At,
    velocity: Vec3,
}

/// Thrown by me: where the engine here has it, until the host's word has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flying {
    left_secs: f32,
    /// How much of it is the host's already, 0..1.
    part: f32,
}

/// How long it takes to the hand.
const TAKE_SECS: f32 = 0.18;
/// From the eyes, metres, for what has no size.
const ARM_METRES: f32 = 0.75;
/// Below the line of sight, so that one sees where one goes.
const BELOW_METRES: f32 = 0.28;
/// Eyes above feet.
const EYES_METRES: f32 = 1.6;
/// If the host's word on a throw does not come, it is where the host has it after all.
const FLYING_SECS: f32 = 2.0;
/// How long what is foreseen takes to become what is told.
const BLEND_SECS: f32 = 0.9;
/// How much the newest frame counts for how fast a hand is.
const NEWEST: f32 = 0.35;

impl Carrying {
    /// What I hold.
    pub fn thing(&self) -> Option<ThingId> {
        self.held.map(|held| held.thing)
    }

    /// What only we may know to be elsewhere than the document has it: in my hand, or just thrown.
    pub(super) fn mine(&self) -> impl Iterator<Item = ThingId> {
        self.thing().into_iter().chain(self.flying.keys().copied())
    }

    /// What the host says about hands. False: it is not mine any more.
    fn hears(&mut self, message: &MotionFromHost, myself: Option<Slot>) -> bool {
        let (thing, by, refused) = match message {
            MotionFromHost::Held { thing, by } => (thing, by.map(Slot), false),
            MotionFromHost::NotHeld { thing, .. } => (thing, None, true),
            MotionFromHost::Moves(_) | MotionFromHost::Rests(_) => return true,
        };
        let mine = by.is_some() && by == myself;
        if (mine || refused)
            && let Some(asked) = self.asked.get_mut(thing)
        {
            *asked -= 1;
            if *asked == 0 {
                self.asked.remove(thing);
            }
        }
        // Another has it, or it never was mine to throw: it does not fly on here.
        if !mine
            && (by.is_some() || refused)
            && let Some(flying) = self.flying.get_mut(thing)
        {
            flying.left_secs = 0.0;
        }
        // Before the answer to what I asked last, it is about what was before.
        mine || self.asked.contains_key(thing) || self.thing() != Some(*thing)
    }

    /// The world has another host: what I hold I ask of that one, and what I threw is where it has it.
    fn moves_on(&mut self) {
        self.asked.clear();
        self.said.clear();
        for flying in self.flying.values_mut() {
            flying.left_secs = 0.0;
        }
        if let Some(thing) = self.thing() {
            self.asked.insert(thing, 1);
            self.said.push(MotionToHost::Take { thing });
        }
    }

    /// It is not in my hand any more, and nobody threw it: it falls from where it is.
    fn drops(&mut self) {
        if let Some(held) = self.held.take() {
            self.said.push(MotionToHost::LetGo {
                thing: held.thing,
                position: held.at.position.to_array(),
                rotation: held.at.rotation.to_array(),
                velocity: [0.0; 3],
                spin: [0.0; 3],
            });
        }
    }

    /// Where I hold it.
    pub(super) fn at(&self, thing: ThingId) -> Option<At> {
        self.held.filter(|held| held.thing == thing).map(|held| held.at)
    }

    /// What left my hand is foreseen here; `streamed`: where the host has it. Where it is drawn.
    pub(super) fn foreseen(
        &mut self,
        thing: ThingId,
        local: At,
        streamed: Option<At>,
        secs: f32,
    ) -> Option<At> {
        let flying = self.flying.get_mut(&thing)?;
        let Some(streamed) = streamed else {
            return Some(local);
        };
        flying.part = (flying.part + secs / BLEND_SECS).min(1.0);
        let part = flying.part;
        Some(local.lerp(streamed, part * part * (3.0 - 2.0 * part)))
    }

    /// Those whose word has come whole, or never will, so many seconds after the last look.
    pub(super) fn landed(&mut self, secs: f32) -> Vec<ThingId> {
        for flying in self.flying.values_mut() {
            flying.left_secs -= secs;
        }
        let over = |flying: &Flying| flying.part >= 1.0 || flying.left_secs <= 0.0;
        let landed = self.flying.iter().filter(|(_, flying)| over(flying));
        let landed: Vec<ThingId> = landed.map(|(thing, _)| *thing).collect();
        self.flying.retain(|_, flying| !over(flying));
        landed
    }
}

/// What the hand does in this frame.
pub(super) fn carry(
    mut grabs: MessageReader<Grab>,
    mut let_go: MessageReader<LetGo>,
    mut told: MessageReader<Told>,
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    me: Query<(&Posture, &Intent, &Body), With<Me>>,
    loose: Query<(&Loose, &Transform), Without<Me>>,
    bodies: Res<Bodies>,
    space: SpatialQuery,
    time: Res<Time<Real>>,
    mut session: ResMut<Session>,
    mut motion: ResMut<Motion>,
    mut carrying: ResMut<Carrying>,
    mut commands: Commands,
) {
    let carrying = &mut *carrying;
    let myself = session.me();
    let (came, over) = (entered.read().last(), ended.read().count() > 0);
    match came {
        Some(Entered { moved: true, .. }) if !over => carrying.moves_on(),
        None if !over => {}
        _ => *carrying = Carrying::default(),
    }
    // The host's word counts: somebody was quicker, or it is not mine to take.
    for Told(message) in told.read() {
        if let FromHost::Motion(message) = message
            && !carrying.hears(message, myself)
        {
            carrying.held = None;
        }
    }
    if carrying
        .held
        .is_some_and(|held| bodies.entity(held.thing).is_none())
    {
        carrying.drops(); // it was taken away, or the world comes anew
    }
    let Ok((posture, intent, body)) = me.single() else {
        carrying.drops();
        session.set_in_hand(None);
        grabs.clear();
        let_go.clear();
        return;
    };
    let feet = Vec3::from_array(posture.pose.position);
    let eyes = feet + Vec3::Y * EYES_METRES;
    let look = Quat::from_rotation_y(intent.look_yaw) * Quat::from_rotation_x(intent.look_pitch);
    for Grab { thing } in grabs.read() {
        let free = motion.holder(*thing).is_none_or(|by| Some(by) == myself);
        let found = bodies
            .entity(*thing)
            .and_then(|entity| Some((entity, loose.get(entity).ok()?)));
        let Some((entity, (loose, at))) = found.filter(|_| free && carrying.held.is_none()) else {
            continue;
        };
        let from = At::from(at);
        // What I had thrown the engine here moves.
        if carrying.flying.remove(thing).is_some() {
            let still = (LinearVelocity::ZERO, AngularVelocity::ZERO);
            commands.entity(entity).insert((RigidBody::Kinematic, still));
        }
        *carrying.asked.entry(*thing).or_default() += 1;
        carrying.held = Some(Carried {
            thing: *thing,
            loose: *loose,
            from,
            taken_secs: 0.0,
            turn: (Quat::from_rotation_y(intent.look_yaw).inverse() * from.rotation).normalize(),
            at: from,
            velocity: Vec3::ZERO,
        });
        carrying.said.push(MotionToHost::Take { thing: *thing });
    }
    if let Some(held) = &mut carrying.held {
        let secs = time.delta_secs().max(1e-4);
        held.taken_secs += secs;
        let wanted = ARM_METRES + held.loose.reach_metres;
        let radius = (held.loose.reach_metres * 0.6).clamp(0.03, 0.6);
        let own = bodies.entity(held.thing);
        let filter = crate::third_party::avian::ground().with_excluded_entities(own);
        let way = look * Vec3::NEG_Z;
        let hand = eyes - Vec3::Y * BELOW_METRES;
        let free = Dir3::new(way).ok().and_then(|way| {
            let config = ShapeCastConfig::from_max_distance(wanted);
            let hit = space.cast_shape(
                &Collider::sphere(radius),
                hand,
                Quat::IDENTITY,
                way,
                &config,
                &filter,
            )?;
            Some(hit.distance)
        });
        let before = held.at;
        let target = At {
            position: hand + way * free.unwrap_or(wanted),
            rotation: (Quat::from_rotation_y(intent.look_yaw) * held.turn).normalize(),
        };
        let part = (held.taken_secs / TAKE_SECS).min(1.0);
        held.at = held.from.lerp(target, part * part * (3.0 - 2.0 * part));
        let velocity = (held.at.position - before.position) / secs;
        held.velocity = held.velocity.lerp(velocity, NEWEST);
    }
    if let Some(LetGo { thrown }) = let_go.read().last()
        && let Some(held) = carrying.held.take()
    {
        let own = Vec3::from_array(body.state.velocity.to_array());
        let velocity = if *thrown {
            look * Vec3::NEG_Z * throw_speed(held.loose.mass_kg) + own
        } else {
            held.velocity
        };
        let velocity = rules::tamed(velocity, MOST_SPEED);
        // A throw turns over a little; what is put down does not.
        let spin = if *thrown {
            look * Vec3::X * -2.0
        } else {
            Vec3::ZERO
        };
        carrying.said.push(MotionToHost::LetGo {
            thing: held.thing,
            position: held.at.position.to_array(),
            rotation: held.at.rotation.to_array(),
            velocity: velocity.to_array(),
            spin: spin.to_array(),
        });
        if !session.is_host()
            && let Some(entity) = bodies.entity(held.thing)
        {
            commands.entity(entity).insert((
                RigidBody::Dynamic,
                held.at.transform(),
                LinearVelocity(velocity),
                AngularVelocity(spin),
            ));
            let flying = Flying {
                left_secs: FLYING_SECS,
                part: 0.0,
            };
            carrying.flying.insert(held.thing, flying);
            if motion.holder(held.thing) == myself {
                motion.held.remove(&held.thing);
            }
        }
    }
    session.set_in_hand(carrying.held.map(|held| held.at.into()));
}

/// Hands on what the hand did.
pub(super) fn speak(mut carrying: ResMut<Carrying>, mut host: MessageWriter<TellHost>) {
    for said in carrying.said.drain(..) {
        host.write(TellHost(ToHost::Motion(said)));
    }
}

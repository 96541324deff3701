//! Everywhere but where the engine moves them: which things move, and where the stream has them.

use super::host::Awake;
use super::wire::FromHost as MotionFromHost;
use super::{At, Carrying, Motion, Moving, NotGrabbed, Stream};
use crate::session::{Entered, Session, SessionEnded, Told};
use crate::things::bodies::{Bodies, Loose};
use crate::things::{Built, Things};
use crate::third_party::avian::Layer;
use crate::wire::FromHost;
use avian3d::prelude::{AngularVelocity, CollisionLayers, LinearVelocity, RigidBody};
use bevy::prelude::*;
use holm_document::rules::seen_at;
use holm_document::{PartKind, ThingId};
use holm_net::pose::{MAX_SLOTS, Slot};
use std::collections::BTreeSet;

/// What the host says moves, rests and is held.
pub(super) fn note(
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    mut told: MessageReader<Told>,
    mut built: MessageReader<Built>,
    things: Res<Things>,
    session: Res<Session>,
    mut motion: ResMut<Motion>,
    mut not_grabbed: MessageWriter<NotGrabbed>,
) {
    let (came, over) = (entered.read().last(), ended.read().count() > 0);
    match came {
        Some(Entered { moved: true, .. }) if !over => {
            motion.stays(|thing| things.state().and_then(|state| seen_at(state, thing)));
        }
        None if !over => {}
        _ => *motion = Motion::default(),
    }
    for Told(message) in told.read() {
        let FromHost::Motion(message) = message else {
            continue;
        };
        match message {
            // The host itself sees what its engine does.
            MotionFromHost::Moves(_) | MotionFromHost::Rests(_) | MotionFromHost::Held { .. }
                if session.is_host() => {}
            MotionFromHost::Moves(moves) => {
                for moves in moves {
                    let stream = Stream {
                        slot: Slot(moves.slot),
                        generation: moves.generation,
                    };
                    motion.streams(moves.thing, stream);
                }
            }
            MotionFromHost::Rests(rests) => {
                for rests in rests {
                    let at = At {
                        position: Vec3::from_array(rests.position),
                        rotation: Quat::from_array(rests.rotation),
                    };
                    if at.is_sound() {
                        let before = things.state().and_then(|state| seen_at(state, rests.thing));
                        motion.rests(rests.thing, at, before);
                    }
                }
            }
            MotionFromHost::Held { thing, by } => {
                if by.is_none_or(|by| usize::from(by) < MAX_SLOTS) {
                    motion.is_held(*thing, by.map(Slot));
                }
            }
            MotionFromHost::NotHeld { thing, why } => {
                if !session.is_host() && motion.held.get(thing).copied() == session.me() {
                    motion.held.remove(thing);
                }
                not_grabbed.write(NotGrabbed { why: *why });
            }
        }
    }
    // A fact that came in the same frame came behind them: it has the last word on what rests, and what is gone moves no more.
    // Before all is here, what is not here may be still to come: the host says only once what moves.
    let whole = things.me().is_some();
    let motion = &mut *motion;
    for built in built.read() {
        let state = things.state();
        let is_there = |thing| {
            state.is_some_and(|state| {
                state
                    .thing(thing)
                    .is_some_and(|thing| thing.held(PartKind::Body).is_some())
            })
        };
        motion.moving.retain(|thing, moving| {
            if !is_there(*thing) {
                return !whole;
            }
            let Some(rest) = &mut moving.rests else {
                return true;
            };
            if !built.touched.contains(thing) {
                return true;
            }
            let now = state.and_then(|state| seen_at(state, *thing));
            if rest.before.is_none() {
                // It has just come, and need not have that fact in it.
                rest.before = now;
                return !now.is_some_and(|now| rest.at.is_at(&now));
            }
            now == rest.before
        });
        motion.held.retain(|thing, _| !whole || is_there(*thing));
    }
}

/// What somebody holds stands in nobody's way, and lifts nobody; let go, it is what its weight makes it.
pub(super) fn layers(
    motion: Res<Motion>,
    awake: Res<Awake>,
    carrying: Res<Carrying>,
    bodies: Res<Bodies>,
    loose: Query<(&Loose, &CollisionLayers)>,
    mut before: Local<BTreeSet<ThingId>>,
    mut commands: Commands,
) {
    let all = motion.held.keys().chain(awake.held()).copied();
    let held: BTreeSet<ThingId> = all.chain(carrying.thing()).collect();
    for thing in held.union(&before) {
        let Some(entity) = bodies.entity(*thing) else {
            continue;
        };
        let Ok((loose, old)) = loose.get(entity) else {
            continue;
        };
        let layer = if held.contains(thing) {
            Layer::Light
        } else {
            loose.layer()
        };
        let new = layer.with_all();
        if *old != new {
            commands.entity(entity).insert(new);
        }
    }
    *before = held;
}

/// How quickly what lags behind where it rests goes there, a second.
const REST_RATE: f32 = 12.0;

/// Puts everything that the stream moves where it has it in this frame.
pub(super) fn show(
    session: Res<Session>,
    time: Res<Time<Real>>,
    bodies: Res<Bodies>,
    mut motion: ResMut<Motion>,
    mut carrying: ResMut<Carrying>,
    things: Res<Things>,
    mut colliders: Query<&mut Transform, With<Loose>>,
    mut commands: Commands,
) {
    if session.is_host() {
        return;
    }
    let secs = time.delta_secs();
    let part = 1.0 - (-REST_RATE * secs).exp();
    // What is in my hand, or just left it, is not where it lay, whatever the host has heard by now.
    for thing in carrying.mine() {
        motion.moving.entry(thing).or_insert(Moving::OURS);
    }
    let mine: BTreeSet<ThingId> = carrying.mine().collect();
    let mut back = Vec::new();
    // What was drawn where it rests, and where the document has it, moves no more.
    motion.moving.retain(|thing, moving| {
        if moving.stream.is_none() && moving.rests.is_none() && !mine.contains(thing) {
            back.push(*thing); // the host never moved it
            return false;
        }
        let rests = moving.rests.map(|rest| rest.at);
        let kept = || seen_at(things.state()?, *thing);
        rests.is_none()
            || moving.at != rests
            || !kept().is_some_and(|kept| moving.at.is_some_and(|at| at.is_at(&kept)))
    });
    for (thing, moving) in &mut motion.moving {
        let streamed = moving
            .stream
            .and_then(|stream| session.shown_body(stream.slot, stream.generation))
            .map(At::from);
        let rests = moving.rests.map(|rest| rest.at);
        let told = match (rests, streamed.or(moving.at)) {
            (None, shown) => shown,
            (Some(rests), None) => Some(rests),
            // The last of its way, as far as it came, and gently on to where it lies.
            (Some(rests), Some(shown)) => {
                let next = moving.at.unwrap_or(shown).lerp(rests, part);
                Some(if next.is_near(rests) { rests } else { next })
            }
        };
        let entity = bodies.entity(*thing);
        let collider = entity.and_then(|entity| colliders.get_mut(entity).ok());
        let Some(mut collider) = collider else { continue };
        if let Some(held) = carrying.at(*thing) {
            moving.at = Some(held);
            *collider = held.transform();
            continue;
        }
        let word = streamed.or(rests);
        if let Some(foreseen) = carrying.foreseen(*thing, At::from(&*collider), word, secs) {
            moving.at = Some(foreseen);
            continue; // the engine here moves it
        }
        moving.at = told;
        if let Some(at) = told {
            *collider = at.transform();
        }
    }
    for thing in back {
        let kept = things.state().and_then(|state| seen_at(state, thing));
        let collider = bodies
            .entity(thing)
            .and_then(|entity| colliders.get_mut(entity).ok());
        if let (Some(kept), Some(mut collider)) = (kept, collider) {
            *collider = At::from(&kept).transform();
        }
    }
    for thing in carrying.landed(secs) {
        if let Some(entity) = bodies.entity(thing) {
            let still = (LinearVelocity::ZERO, AngularVelocity::ZERO);
            commands.entity(entity).insert((RigidBody::Kinematic, still));
        }
    }
}

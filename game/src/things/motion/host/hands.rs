//! Hands, at the host: who takes and lets go, where what they hold goes, and who pushes what by walking into it.
//!
//! Flow: `Take` → whether they may, reach and see it → it goes where their hand says → `LetGo`, and the engine has it.
//! Invariant: nothing is taken, held or handed through a wall.

use super::Awake;
use crate::body::rules::{CROUCHED_METRES, HEIGHT_METRES, RADIUS_METRES};
use crate::people::{Person, Posture};
use crate::powers::{Misdeed, Misdone};
use crate::session::{Heard, Session, Tell};
use crate::things::bodies::{Bodies, Loose, Solid};
use crate::things::host::Ledger;
use crate::things::motion::rules::{self, MOST_SPEED, MOST_SPIN};
use crate::things::motion::wire::{FromHost as MotionFromHost, NotHeld, ToHost as MotionToHost};
use crate::things::motion::{At, Carrying};
use crate::things::{Rights, Things};
use crate::third_party::avian::{Layer, ground};
use crate::wire::{FromHost, ToHost};
use avian3d::prelude::*;
use bevy::prelude::*;
use holm_document::ThingId;
use holm_net::pose::{Gait, Slot};
use std::collections::BTreeMap;

/// Nobody's hand has it any more.
pub(super) fn release(commands: &mut Commands, bodies: &Bodies, thing: ThingId) {
    if let Some(entity) = bodies.entity(thing) {
        commands.entity(entity).remove::<SleepingDisabled>().insert((
            RigidBody::Dynamic,
            LinearVelocity::ZERO,
            AngularVelocity::ZERO,
        ));
    }
}

/// Who takes and lets go.
pub(in crate::things::motion) fn judge(
    mut heard: MessageReader<Heard>,
    session: ResMut<Session>,
    things: Res<Things>,
    rights: Res<Rights>,
    mut ledger: ResMut<Ledger>,
    bodies: Res<Bodies>,
    loose: Query<(&Loose, &Transform, &Collider)>,
    people: Query<(&Person, &Posture)>,
    space: SpatialQuery,
    time: Res<Time<Real>>,
    mut awake: ResMut<Awake>,
    mut commands: Commands,
    mut tell: MessageWriter<Tell>,
    mut misdone: MessageWriter<Misdone>,
) {
    let session = session.into_inner();
    if !session.is_host() {
        heard.clear();
        return;
    }
    for Heard { from, message } in heard.read() {
        let ToHost::Motion(message) = message else {
            continue;
        };
        let from = *from;
        let eyes = eyes_of(session, &people, from);
        match message {
            MotionToHost::Take { thing } => {
                let thing = *thing;
                // Each is told to everybody.
                if !awake.takes.entry(from).or_default().may_take(time.elapsed()) {
                    misdone.write(Misdone {
                        slot: from,
                        what: Misdeed::Wishes,
                    });
                    // To them alone: who asks waits for an answer.
                    let why = NotHeld::NotAllowed;
                    let not = MotionFromHost::NotHeld { thing, why };
                    tell.write(Tell::one(from, FromHost::Motion(not)));
                    continue;
                }
                if awake.held.get(&thing) == Some(&from) {
                    let held = MotionFromHost::Held {
                        thing,
                        by: Some(from.0),
                    };
                    tell.write(Tell::one(from, FromHost::Motion(held)));
                    continue;
                }
                let mut take = || {
                    let state = things.state().ok_or(NotHeld::Gone)?;
                    let entity = bodies.entity(thing).ok_or(NotHeld::Gone)?;
                    let (loose, at, form) = loose.get(entity).map_err(|_| NotHeld::Gone)?;
                    let who = ledger
                        .open()
                        .and_then(|open| open.person(from))
                        .ok_or(NotHeld::NotAllowed)?;
                    rules::may_hold(state, who, rights.of(from), thing)?;
                    if awake.held.contains_key(&thing) {
                        return Err(NotHeld::Taken);
                    }
                    let eyes = eyes.ok_or(NotHeld::TooFar)?;
                    rules::can_hold(eyes, at.translation, loose.reach_metres, loose.mass_kg)?;
                    // What lies flat may have sunk in a little, and of what is large the middle may be hidden.
                    let above = at.translation + Vec3::Y * BEFORE_METRES;
                    let (nearest, _) = form.project_point(at.translation, at.rotation, eyes, true);
                    if ![at.translation, above, nearest]
                        .into_iter()
                        .any(|at| is_seen(&space, eyes, at, entity))
                    {
                        return Err(NotHeld::TooFar);
                    }
                    Ok((who, entity))
                };
                match take() {
                    Ok((who, entity)) => {
                        // One at a time.
                        let before: Vec<ThingId> = held_by(&awake.held, from);
                        for other in before {
                            awake.held.remove(&other);
                            release(&mut commands, &bodies, other);
                            let held = MotionFromHost::Held {
                                thing: other,
                                by: None,
                            };
                            tell.write(Tell::all(FromHost::Motion(held)));
                        }
                        awake.held.insert(thing, from);
                        if let Some(slot) = awake.is_moved_by(thing, who) {
                            session.put_in_hand(from, Some(slot));
                        }
                        commands.entity(entity).remove::<Sleeping>().insert((
                            SleepingDisabled,
                            RigidBody::Kinematic,
                            LinearVelocity::ZERO,
                            AngularVelocity::ZERO,
                        ));
                        tell.write(Tell::all(FromHost::Motion(MotionFromHost::Held {
                            thing,
                            by: Some(from.0),
                        })));
                    }
                    Err(why) => {
                        let not = MotionFromHost::NotHeld { thing, why };
                        tell.write(Tell::one(from, FromHost::Motion(not)));
                    }
                }
            }
            MotionToHost::LetGo {
                thing,
                position,
                rotation,
                velocity,
                spin,
            } => {
                let thing = *thing;
                if awake.held.get(&thing) != Some(&from) {
                    continue; // it was taken from them meanwhile
                }
                awake.held.remove(&thing);
                session.put_in_hand(from, None);
                tell.write(Tell::all(FromHost::Motion(MotionFromHost::Held {
                    thing,
                    by: None,
                })));
                let Some(entity) = bodies.entity(thing) else {
                    continue;
                };
                let Ok((loose, last, _)) = loose.get(entity) else {
                    continue;
                };
                let told = At {
                    position: Vec3::from_array(*position),
                    rotation: Quat::from_array(*rotation),
                };
                let sound = told.is_sound()
                    && eyes.is_some_and(|eyes| {
                        rules::can_hold(eyes, told.position, loose.reach_metres, loose.mass_kg).is_ok()
                            && is_seen(&space, eyes, told.position, entity)
                    });
                let place = if sound { told } else { At::from(last) };
                let place = At {
                    rotation: place.rotation.normalize(),
                    ..place
                };
                commands.entity(entity).remove::<SleepingDisabled>().insert((
                    RigidBody::Dynamic,
                    place.transform(),
                    LinearVelocity(rules::tamed(Vec3::from_array(*velocity), MOST_SPEED)),
                    AngularVelocity(rules::tamed(Vec3::from_array(*spin), MOST_SPIN)),
                ));
            }
        }
    }
}

fn held_by(held: &BTreeMap<ThingId, Slot>, slot: Slot) -> Vec<ThingId> {
    let theirs = held.iter().filter(|(_, by)| **by == slot);
    theirs.map(|(thing, _)| *thing).collect()
}

/// What is before a wall stays so far before it, metres.
const BEFORE_METRES: f32 = 0.05;

/// From the eyes towards a place, as far as nothing but the thing itself is in the way.
fn towards(space: &SpatialQuery, eyes: Vec3, place: Vec3, thing: Entity) -> Vec3 {
    let Ok((way, far)) = Dir3::new_and_length(place - eyes) else {
        return eyes;
    };
    let filter = ground().with_excluded_entities([thing]);
    match space.cast_ray(eyes, way, far, true, &filter) {
        Some(wall) => eyes + *way * (wall.distance - BEFORE_METRES).max(0.0),
        None => place,
    }
}

/// Nothing is taken or handed through a wall.
fn is_seen(space: &SpatialQuery, eyes: Vec3, place: Vec3, thing: Entity) -> bool {
    towards(space, eyes, place, thing) == place
}

/// Eyes are so far below the crown, metres.
const BELOW_CROWN_METRES: f32 = 0.15;

/// A guest's own word on where they are; what is drawn lags behind.
fn eyes_of(session: &Session, people: &Query<(&Person, &Posture)>, slot: Slot) -> Option<Vec3> {
    let pose = session.newest_pose(slot).or_else(|| {
        let (_, posture) = people.iter().find(|(person, _)| person.slot == slot)?;
        Some(posture.pose)
    })?;
    let crown = if pose.gait == Gait::Crouch {
        CROUCHED_METRES
    } else {
        HEIGHT_METRES
    };
    Some(Vec3::from_array(pose.position) + Vec3::Y * (crown - BELOW_CROWN_METRES))
}

/// What is in hands goes where those are, and not to where their eyes do not see: whatever a hand says, it lies on their side
/// of a wall when it is let go.
pub(in crate::things::motion) fn carry(
    session: Res<Session>,
    carrying: Res<Carrying>,
    awake: Res<Awake>,
    bodies: Res<Bodies>,
    people: Query<(&Person, &Posture)>,
    space: SpatialQuery,
    time: Res<Time>,
    mut held: Query<(&Transform, &mut LinearVelocity, &mut AngularVelocity)>,
) {
    let secs = time.delta_secs().max(1e-3);
    for (thing, by) in &awake.held {
        let at = if Some(*by) == session.me() {
            carrying.at(*thing)
        } else {
            session.in_hand_of(*by).map(At::from)
        };
        let Some(entity) = bodies.entity(*thing) else {
            continue;
        };
        let Ok((now, mut velocity, mut spin)) = held.get_mut(entity) else {
            continue;
        };
        // A hand that says nothing holds still.
        let (Some(at), Some(eyes)) = (at, eyes_of(&session, &people, *by)) else {
            (velocity.0, spin.0) = (Vec3::ZERO, Vec3::ZERO);
            continue;
        };
        let place = towards(&space, eyes, at.position, entity);
        // By its velocity, so that it pushes what it meets; faster than any arm it is not.
        velocity.0 = ((place - now.translation) / secs).clamp_length_max(MOST_SPEED * 2.0);
        let turn = (at.rotation * now.rotation.inverse()).normalize();
        let turn = if turn.w < 0.0 { -turn } else { turn };
        spin.0 = (turn.to_scaled_axis() / secs).clamp_length_max(MOST_SPIN * 4.0);
    }
}

/// A walker's body, as it pushes.
const PUSH_METRES: f32 = RADIUS_METRES + 0.03;

/// Who walks into something light pushes it along.
pub(in crate::things::motion) fn push(
    people: Query<(&Person, &Posture)>,
    space: SpatialQuery,
    things: Res<Things>,
    rights: Res<Rights>,
    mut ledger: ResMut<Ledger>,
    mut awake: ResMut<Awake>,
    loose: Query<(), With<Loose>>,
    mut bodies: Query<(&Solid, &Transform, &Loose, &RigidBody, &mut LinearVelocity)>,
    time: Res<Time>,
    mut commands: Commands,
    mut last: Local<BTreeMap<Slot, Vec3>>,
) {
    let Some(state) = things.state().filter(|_| !loose.is_empty()) else {
        last.clear();
        return;
    };
    let secs = time.delta_secs().max(1e-3);
    let filter = SpatialQueryFilter::from_mask(Layer::Light);
    let capsule = Collider::capsule(PUSH_METRES, HEIGHT_METRES - 2.0 * PUSH_METRES);
    last.retain(|slot, _| people.iter().any(|(person, _)| person.slot == *slot));
    for (person, posture) in &people {
        if !posture.known {
            continue;
        }
        let Some(who) = ledger.open().and_then(|open| open.person(person.slot)) else {
            continue;
        };
        let feet = Vec3::from_array(posture.pose.position);
        // What is drawn moves once a frame; over some steps it is what they walk.
        let before = *last.get(&person.slot).unwrap_or(&feet);
        let smooth = before.lerp(feet, 0.3);
        last.insert(person.slot, smooth);
        let walk = ((smooth - before) / secs).with_y(0.0).clamp_length_max(8.0);
        let middle = feet + Vec3::Y * HEIGHT_METRES * 0.5;
        for entity in space.shape_intersections(&capsule, middle, Quat::IDENTITY, &filter) {
            let Ok((Solid(thing), at, body, kind, mut velocity)) = bodies.get_mut(entity) else {
                continue;
            };
            if *kind != RigidBody::Dynamic {
                continue; // it is in a hand
            }
            // To kick it is to move it: whoever may not goes through it.
            if rules::may_hold(state, who, rights.of(person.slot), *thing).is_err() {
                continue;
            }
            let way = (at.translation - feet).with_y(0.0);
            let away = way.try_normalize().or(walk.try_normalize()).unwrap_or(Vec3::X);
            let deep = (PUSH_METRES + body.reach_metres * 0.6 - way.length()).clamp(0.0, PUSH_METRES);
            let pushed = rules::pushed(velocity.0, walk, away, deep);
            if pushed.distance_squared(velocity.0) < 1e-4 {
                continue;
            }
            velocity.0 = pushed;
            commands.entity(entity).remove::<Sleeping>();
            awake.is_moved_by(*thing, who);
        }
    }
}

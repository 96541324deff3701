//! At the host: what moves, who holds it, and where it comes to rest.
//!
//! Flow, each fixed step: what is in hands goes where those are → who walks pushes → the engine steps → 20 times a second
//! what is awake goes to the stream, and what fell asleep becomes a fact.
//! Invariants: what is told to move is told to rest; a hand that is gone holds nothing.

use super::rules::{self, MOST_SPEED, MOST_SPIN};
use super::wire::{FromHost as MotionFromHost, Moves, NotHeld, Rests, ToHost as MotionToHost};
use super::{At, Carrying, Motion, Moving, Settling};
use crate::body::SpawnPoint;
use crate::body::rules::{HEIGHT_METRES, RADIUS_METRES};
use crate::people::{Person, Posture};
use crate::session::{Entered, Heard, Seated, Session, SessionEnded, Tell, Unseated};
use crate::things::bodies::{Bodies, Loose, RestsAt, Solid, is_loose};
use crate::things::host::{Ledger, at};
use crate::things::{Built, Rights, Things};
use crate::third_party::avian::Layer;
use crate::wire::{FromHost, ToHost};
use avian3d::prelude::*;
use bevy::prelude::*;
use holm_document::limits::COORDINATE_METRES;
use holm_document::part::Place;
use holm_document::rules::seen_at;
use holm_document::{PersonNo, ThingId};
use holm_net::body::MAX_BODIES;
use holm_net::pose::{POSE_HZ, Slot};
use std::collections::{BTreeMap, BTreeSet};

/// What moves here now.
#[derive(Resource, Debug, Default)]
pub(crate) struct Awake {
    things: BTreeMap<ThingId, Waking>,
    /// Slots of the stream that were given back.
    free: BTreeSet<u16>,
    next: u16,
    held: BTreeMap<ThingId, Slot>,
    /// Of these the next motion is that person's doing.
    moved_by: BTreeMap<ThingId, PersonNo>,
}

#[derive(Clone, Copy, Debug)]
struct Waking {
    slot: Slot,
    /// Where the document has it.
    kept: Place,
    /// Whose doing it is that it moves.
    mover: Option<PersonNo>,
    /// Before the last step, and after.
    before: At,
    now: At,
}

impl Awake {
    fn take_slot(&mut self) -> Option<Slot> {
        if let Some(slot) = self.free.pop_first() {
            return Some(Slot(slot));
        }
        let slot = self.next;
        (usize::from(slot) < MAX_BODIES).then(|| {
            self.next += 1;
            Slot(slot)
        })
    }
}

pub(super) fn is_host(session: Res<Session>) -> bool {
    session.is_host()
}

/// Ticks that the stream samples in: every third step.
const STEPS_A_TICK: u64 = 60 / POSE_HZ as u64;
const _: () = assert!(60 % POSE_HZ == 0 && crate::body::rules::STEP_HZ == 60.0);

/// Another world, and who came and went.
pub(super) fn note(
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    mut seated: MessageReader<Seated>,
    mut unseated: MessageReader<Unseated>,
    mut built: MessageReader<Built>,
    things: Res<Things>,
    bodies: Res<Bodies>,
    persons: Query<&Person>,
    rests: Query<&RestsAt>,
    mut session: ResMut<Session>,
    mut awake: ResMut<Awake>,
    mut motion: ResMut<Motion>,
    mut commands: Commands,
    mut tell: MessageWriter<Tell>,
) {
    if entered.read().count() + ended.read().count() > 0 {
        *awake = Awake::default();
    }
    if !session.is_host() {
        seated.clear();
        unseated.clear();
        built.clear();
        return;
    }
    // What somebody put elsewhere, or took away, begins anew.
    let state = things.state();
    for built in built.read() {
        let lies = |thing: &ThingId| !awake.things.contains_key(thing);
        let told = |thing: &ThingId| built.anew || built.touched.contains(thing);
        motion.moving.retain(|thing, _| !(lies(thing) && told(thing)));
        let touched: Vec<ThingId> = awake
            .things
            .keys()
            .filter(|thing| built.anew || built.touched.contains(thing))
            .copied()
            .collect();
        for thing in touched {
            let place = state
                .filter(|state| is_loose(state, thing))
                .and_then(|state| seen_at(state, thing));
            let Some(waking) = awake.things.get_mut(&thing) else {
                continue;
            };
            if place == Some(waking.kept) {
                continue;
            }
            let rested = bodies.entity(thing).and_then(|entity| rests.get(entity).ok());
            if let (Some(place), Some(RestsAt(rested))) = (place, rested)
                && place == *rested
            {
                waking.kept = place; // our own word, and it has gone on since
                continue;
            }
            let slot = waking.slot;
            session.remove_body(slot);
            match place {
                Some(place) => {
                    let at = At::from(&place);
                    (waking.kept, waking.before, waking.now) = (place, at, at);
                    let generation = session.body_generation(slot);
                    tell.write(Tell::all(FromHost::Motion(MotionFromHost::Moves(vec![Moves {
                        thing,
                        slot: slot.0,
                        generation,
                    }]))));
                }
                None => {
                    awake.things.remove(&thing);
                    awake.free.insert(slot.0);
                    motion.moving.remove(&thing);
                }
            }
            if let Some(by) = awake.held.remove(&thing) {
                session.put_in_hand(by, None);
                tell.write(Tell::all(FromHost::Motion(MotionFromHost::Held {
                    thing,
                    by: None,
                })));
                release(&mut commands, &bodies, thing);
            }
        }
    }
    for Seated { slot } in seated.read() {
        let moves: Vec<Moves> = awake
            .things
            .iter()
            .map(|(thing, waking)| Moves {
                thing: *thing,
                slot: waking.slot.0,
                generation: session.body_generation(waking.slot),
            })
            .collect();
        for moves in moves.chunks(MOST_TOLD) {
            let moves = MotionFromHost::Moves(moves.to_vec());
            tell.write(Tell::one(*slot, FromHost::Motion(moves)));
        }
        for (thing, by) in &awake.held {
            let held = MotionFromHost::Held {
                thing: *thing,
                by: Some(by.0),
            };
            tell.write(Tell::one(*slot, FromHost::Motion(held)));
        }
    }
    // Whoever left, or lost their link, holds nothing.
    let gone: BTreeSet<Slot> = unseated.read().map(|left| left.slot).collect();
    let away = |slot: &Slot| persons.iter().any(|person| person.slot == *slot && person.away);
    let loose: Vec<(ThingId, Slot)> = awake
        .held
        .iter()
        .filter(|(_, by)| gone.contains(by) || away(by))
        .map(|(thing, by)| (*thing, *by))
        .collect();
    for (thing, by) in loose {
        awake.held.remove(&thing);
        session.put_in_hand(by, None);
        tell.write(Tell::all(FromHost::Motion(MotionFromHost::Held {
            thing,
            by: None,
        })));
        release(&mut commands, &bodies, thing);
    }
}

/// Lines of one message.
const MOST_TOLD: usize = 512;

fn release(commands: &mut Commands, bodies: &Bodies, thing: ThingId) {
    if let Some(entity) = bodies.entity(thing) {
        commands.entity(entity).remove::<SleepingDisabled>().insert((
            RigidBody::Dynamic,
            LinearVelocity::ZERO,
            AngularVelocity::ZERO,
        ));
    }
}

/// Who takes and lets go.
pub(super) fn judge(
    mut heard: MessageReader<Heard>,
    session: ResMut<Session>,
    things: Res<Things>,
    rights: Res<Rights>,
    mut ledger: ResMut<Ledger>,
    bodies: Res<Bodies>,
    loose: Query<(&Loose, &Transform)>,
    people: Query<(&Person, &Posture)>,
    space: SpatialQuery,
    mut awake: ResMut<Awake>,
    mut commands: Commands,
    mut tell: MessageWriter<Tell>,
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
        let posture = people.iter().find(|(person, _)| person.slot == from);
        // A guest's own word on where they are; what is drawn lags behind.
        let feet = session
            .newest_pose(from)
            .or(posture.map(|(_, posture)| posture.pose))
            .map(|pose| Vec3::from_array(pose.position));
        match message {
            MotionToHost::Take { thing } => {
                let thing = *thing;
                let mut take = || {
                    let state = things.state().ok_or(NotHeld::Gone)?;
                    let entity = bodies.entity(thing).ok_or(NotHeld::Gone)?;
                    let (loose, at) = loose.get(entity).map_err(|_| NotHeld::Gone)?;
                    let who = ledger
                        .open()
                        .and_then(|open| open.person(from))
                        .ok_or(NotHeld::NotAllowed)?;
                    rules::may_hold(state, who, rights.of(from), thing)?;
                    if awake.held.get(&thing).is_some_and(|by| *by != from) {
                        return Err(NotHeld::Taken);
                    }
                    let eyes = feet.ok_or(NotHeld::TooFar)? + Vec3::Y * HEIGHT_METRES;
                    rules::can_hold(eyes, at.translation, loose.reach_metres, loose.mass_kg)?;
                    Ok((who, entity))
                };
                match take() {
                    Ok((who, entity)) => {
                        // One at a time.
                        let before: Vec<ThingId> = held_by(&awake.held, from);
                        for other in before.into_iter().filter(|other| *other != thing) {
                            awake.held.remove(&other);
                            release(&mut commands, &bodies, other);
                            let held = MotionFromHost::Held {
                                thing: other,
                                by: None,
                            };
                            tell.write(Tell::all(FromHost::Motion(held)));
                        }
                        awake.held.insert(thing, from);
                        awake.moved_by.insert(thing, who);
                        if let Some(waking) = awake.things.get_mut(&thing) {
                            waking.mover = Some(who);
                            session.put_in_hand(from, Some(waking.slot));
                        }
                        commands.entity(entity).remove::<Sleeping>().insert((
                            SleepingDisabled,
                            RigidBody::Kinematic,
                            Layer::Light.with_all(),
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
                let Ok((loose, last)) = loose.get(entity) else {
                    continue;
                };
                let told = At {
                    position: Vec3::from_array(*position),
                    rotation: Quat::from_array(*rotation).normalize(),
                };
                let eyes = feet.map(|feet| feet + Vec3::Y * HEIGHT_METRES);
                let sound = told.position.is_finite()
                    && told.rotation.is_finite()
                    && eyes.is_some_and(|eyes| {
                        rules::can_hold(eyes, told.position, loose.reach_metres, loose.mass_kg).is_ok()
                            && nothing_between(&space, eyes, told.position, entity)
                    });
                let place = if sound { told } else { At::from(last) };
                commands.entity(entity).remove::<SleepingDisabled>().insert((
                    RigidBody::Dynamic,
                    layer_of(loose).with_all(),
                    place.transform(),
                    LinearVelocity(rules::tamed(Vec3::from_array(*velocity), MOST_SPEED)),
                    AngularVelocity(rules::tamed(Vec3::from_array(*spin), MOST_SPIN)),
                ));
            }
        }
    }
}

fn layer_of(loose: &Loose) -> Layer {
    if loose.is_light() {
        Layer::Light
    } else {
        Layer::Ground
    }
}

fn held_by(held: &BTreeMap<ThingId, Slot>, slot: Slot) -> Vec<ThingId> {
    let theirs = held.iter().filter(|(_, by)| **by == slot);
    theirs.map(|(thing, _)| *thing).collect()
}

/// Nothing is handed through a wall.
fn nothing_between(space: &SpatialQuery, eyes: Vec3, place: Vec3, thing: Entity) -> bool {
    let Ok((way, far)) = Dir3::new_and_length(place - eyes) else {
        return true;
    };
    let filter = crate::third_party::avian::ground().with_excluded_entities([thing]);
    space.cast_ray(eyes, way, far, true, &filter).is_none()
}

/// What is in hands goes where those are.
pub(super) fn carry(
    session: Res<Session>,
    carrying: Res<Carrying>,
    awake: Res<Awake>,
    bodies: Res<Bodies>,
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
        let (Some(at), Some(entity)) = (at, bodies.entity(*thing)) else {
            continue;
        };
        let Ok((now, mut velocity, mut spin)) = held.get_mut(entity) else {
            continue;
        };
        // By its velocity, so that it pushes what it meets; faster than any arm it is not.
        velocity.0 = ((at.position - now.translation) / secs).clamp_length_max(MOST_SPEED * 2.0);
        let turn = (at.rotation * now.rotation.inverse()).normalize();
        let turn = if turn.w < 0.0 { -turn } else { turn };
        spin.0 = (turn.to_scaled_axis() / secs).clamp_length_max(MOST_SPIN * 4.0);
    }
}

/// A walker's body, as it pushes.
const PUSH_METRES: f32 = RADIUS_METRES + 0.03;

/// Who walks into something light pushes it along.
pub(super) fn push(
    people: Query<(&Person, &Posture)>,
    space: SpatialQuery,
    solids: Query<&Solid>,
    mut ledger: ResMut<Ledger>,
    mut awake: ResMut<Awake>,
    loose: Query<(), With<Loose>>,
    mut bodies: Query<(&Transform, &Loose, &RigidBody, &mut LinearVelocity)>,
    time: Res<Time>,
    mut commands: Commands,
    mut last: Local<BTreeMap<Slot, Vec3>>,
) {
    if loose.is_empty() {
        last.clear();
        return;
    }
    let secs = time.delta_secs().max(1e-3);
    let filter = SpatialQueryFilter::from_mask(Layer::Light);
    let capsule = Collider::capsule(PUSH_METRES, HEIGHT_METRES - 2.0 * PUSH_METRES);
    last.retain(|slot, _| people.iter().any(|(person, _)| person.slot == *slot));
    for (person, posture) in &people {
        if !posture.known {
            continue;
        }
        let feet = Vec3::from_array(posture.pose.position);
        // What is drawn moves once a frame; over some steps it is what they walk.
        let before = *last.get(&person.slot).unwrap_or(&feet);
        let smooth = before.lerp(feet, 0.3);
        last.insert(person.slot, smooth);
        let walk = ((smooth - before) / secs).with_y(0.0).clamp_length_max(8.0);
        let middle = feet + Vec3::Y * HEIGHT_METRES * 0.5;
        for entity in space.shape_intersections(&capsule, middle, Quat::IDENTITY, &filter) {
            let Ok((at, body, kind, velocity)) = bodies.get(entity) else {
                continue;
            };
            if *kind != RigidBody::Dynamic {
                continue; // it is in a hand
            }
            let way = (at.translation - feet).with_y(0.0);
            let away = way.try_normalize().or(walk.try_normalize()).unwrap_or(Vec3::X);
            let deep = (PUSH_METRES + body.reach_metres * 0.6 - way.length()).clamp(0.0, PUSH_METRES);
            let pushed = rules::pushed(velocity.0, walk, away, deep);
            if pushed.distance_squared(velocity.0) < 1e-4 {
                continue;
            }
            if let Ok((_, _, _, mut velocity)) = bodies.get_mut(entity) {
                velocity.0 = pushed;
            }
            commands.entity(entity).remove::<Sleeping>();
            if let (Ok(Solid(thing)), Some(who)) = (
                solids.get(entity),
                ledger.open().and_then(|open| open.person(person.slot)),
            ) {
                awake.moved_by.insert(*thing, who);
                if let Some(waking) = awake.things.get_mut(thing) {
                    waking.mover = Some(who);
                }
            }
        }
    }
}

/// Fallen out of the world, or nowhere at all.
fn is_lost(at: At, spawn: &SpawnPoint) -> bool {
    !at.position.is_finite()
        || at.position.y < spawn.bottom
        || at.position.abs().max_element() > COORDINATE_METRES
}

/// After a step: what is awake is streamed, what fell asleep comes to rest.
pub(super) fn sample(
    time: Res<Time<Fixed>>,
    real: Res<Time<Real>>,
    mut session: ResMut<Session>,
    things: Res<Things>,
    spawn: Res<SpawnPoint>,
    bodies: Query<(Entity, &Solid, &Transform, Has<Sleeping>, &RigidBody), With<Loose>>,
    collisions: Collisions,
    entities: Res<Bodies>,
    mut ledger: ResMut<Ledger>,
    mut awake: ResMut<Awake>,
    mut motion: ResMut<Motion>,
    mut tell: MessageWriter<Tell>,
    mut steps: Local<u64>,
    mut commands: Commands,
) {
    *steps += 1;
    let Some(state) = things.state() else {
        return;
    };
    let awake = &mut *awake;
    let (mut moves, mut rests, mut settled) = (Vec::new(), Vec::new(), Settling::new());
    for (entity, Solid(thing), transform, asleep, kind) in &bodies {
        let thing = *thing;
        let now = At::from(transform);
        let held = awake.held.contains_key(&thing);
        if is_lost(now, &spawn) && !held {
            // Back where it lay, and there it stays until somebody touches it: it may fall again.
            let Some(waking) = awake.things.remove(&thing) else {
                continue;
            };
            session.remove_body(waking.slot);
            awake.free.insert(waking.slot.0);
            motion.moving.remove(&thing);
            let at = At::from(&waking.kept);
            let still = (LinearVelocity::ZERO, AngularVelocity::ZERO);
            commands
                .entity(entity)
                .insert((RigidBody::Static, at.transform(), still));
            rests.push(Rests {
                thing,
                position: at.position.to_array(),
                rotation: at.rotation.to_array(),
            });
            continue;
        }
        if asleep && !held {
            let Some(waking) = awake.things.remove(&thing) else {
                continue;
            };
            session.remove_body(waking.slot);
            awake.free.insert(waking.slot.0);
            rests.push(Rests {
                thing,
                position: now.position.to_array(),
                rotation: now.rotation.normalize().to_array(),
            });
            let place = now.place(waking.kept.scale);
            commands.entity(entity).insert(RestsAt(place));
            if now.is_at(&waking.kept) {
                motion.moving.remove(&thing);
            } else {
                // Until the fact says so: `note`.
                let at = Some(now);
                motion.moving.insert(thing, Moving { stream: None, at });
                settled.push((waking.mover, thing, place));
            }
            continue;
        }
        if let Some(waking) = awake.things.get_mut(&thing) {
            (waking.before, waking.now) = (waking.now, now);
            continue;
        }
        let Some(kept) = seen_at(state, thing).filter(|_| *kind != RigidBody::Static) else {
            continue;
        };
        let Some(slot) = awake.take_slot() else {
            continue; // more than can be told of: it moves here, and is told of when others rest
        };
        // Whoever moved what bumped into it moved it, too.
        let mover = awake.moved_by.remove(&thing).or_else(|| {
            let entity = entities.entity(thing)?;
            collisions
                .entities_colliding_with(entity)
                .filter_map(|other| bodies.get(other).ok())
                .find_map(|(_, Solid(other), ..)| awake.things.get(other)?.mover)
        });
        awake.things.insert(
            thing,
            Waking {
                slot,
                kept,
                mover,
                before: now,
                now,
            },
        );
        if let Some(by) = awake.held.get(&thing) {
            session.put_in_hand(*by, Some(slot));
        }
        moves.push(Moves {
            thing,
            slot: slot.0,
            generation: session.body_generation(slot),
        });
    }
    if steps.is_multiple_of(STEPS_A_TICK) {
        let me = session.me();
        let here = awake.things.iter().filter(|(thing, _)| {
            // A guest's hand streams by itself.
            awake.held.get(thing).is_none_or(|by| Some(*by) == me)
        });
        let here: Vec<_> = here.map(|(_, waking)| (waking.slot, waking.now.into())).collect();
        session.put_bodies(time.elapsed(), here);
    }
    for moves in moves.chunks(MOST_TOLD) {
        tell.write(Tell::all(FromHost::Motion(MotionFromHost::Moves(moves.to_vec()))));
    }
    for rests in rests.chunks(MOST_TOLD) {
        tell.write(Tell::all(FromHost::Motion(MotionFromHost::Rests(rests.to_vec()))));
    }
    if let Some(open) = ledger.open() {
        let mut of: BTreeMap<Option<PersonNo>, Vec<(ThingId, Place)>> = BTreeMap::new();
        for (mover, thing, place) in settled {
            of.entry(mover).or_default().push((thing, place));
        }
        for (mover, places) in of {
            open.settle(mover, &places, at(real.elapsed()));
        }
        open.moving.clear();
        let moving = awake.things.iter();
        open.moving.extend(
            moving.map(|(thing, waking)| (waking.mover, *thing, waking.now.place(waking.kept.scale))),
        );
    }
}

/// Where what the engine moves is drawn: between its last two steps; and who holds what.
pub(super) fn show(
    fixed: Res<Time<Fixed>>,
    session: Res<Session>,
    carrying: Res<Carrying>,
    awake: Res<Awake>,
    mut motion: ResMut<Motion>,
) {
    if !session.is_host() {
        return;
    }
    motion.held.clone_from(&awake.held);
    let part = fixed.overstep_fraction();
    for (thing, waking) in &awake.things {
        let at = waking.before.lerp(waking.now, part);
        // What I hold goes with my eyes, not with the steps.
        let at = carrying.at(*thing).unwrap_or(at);
        motion.moving.insert(
            *thing,
            Moving {
                stream: None,
                at: Some(at),
            },
        );
    }
}

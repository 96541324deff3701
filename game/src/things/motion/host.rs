//! At the host: what moves, who holds it, and where it comes to rest.
//!
//! Flow, each fixed step: what is in hands goes where those are → who walks pushes (`hands`) → the engine steps → 20 times a
//! second what is awake goes to the stream, and what fell asleep becomes a fact.
//! Invariants: what is told to move is told to rest; a hand that is gone holds nothing.

mod hands;

use super::rules::Takes;
use super::wire::{FromHost as MotionFromHost, Moves, Rests};
use super::{At, Carrying, Motion, Moving, Settling};
use crate::body::SpawnPoint;
use crate::people::Person;
use crate::session::{Entered, Seated, Session, SessionEnded, Tell, Unseated};
use crate::things::bodies::{Bodies, Loose, RestsAt, Solid, is_loose};
use crate::things::host::{Ledger, at};
use crate::things::{Built, Things};
use crate::wire::FromHost;
use avian3d::prelude::*;
use bevy::prelude::*;
use hands::release;
pub(super) use hands::{carry, judge, push};
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
    /// How often each of them may take something yet.
    takes: BTreeMap<Slot, Takes>,
    /// Of these, which do not move yet, the next motion is that person's doing.
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
    /// That it moves, or soon will, is this person's doing; which slot it has, if it does already.
    fn is_moved_by(&mut self, thing: ThingId, who: PersonNo) -> Option<Slot> {
        let Some(waking) = self.things.get_mut(&thing) else {
            self.moved_by.insert(thing, who);
            return None;
        };
        waking.mover = Some(who);
        Some(waking.slot)
    }

    /// What somebody holds.
    pub(super) fn held(&self) -> impl Iterator<Item = &ThingId> {
        self.held.keys()
    }

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
    mut ledger: ResMut<Ledger>,
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
    let awake = &mut *awake;
    let open = ledger.open();
    for built in built.read() {
        let lies = |thing: &ThingId| !awake.things.contains_key(thing);
        let told = |thing: &ThingId| built.anew || built.touched.contains(thing);
        // Painted, or named, it lies where it lay.
        let waits = |thing: &ThingId| open.as_ref().is_some_and(|open| open.is_unsettled(*thing));
        motion
            .moving
            .retain(|thing, _| !(lies(thing) && told(thing)) || waits(thing));
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
            if let (Some(place), Some(rested)) = (place, rested)
                && rested.is_said(&place)
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
                    waking.mover = None; // whoever put it there says so by that
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
        let held = &awake.held;
        awake
            .moved_by
            .retain(|thing, _| held.contains_key(thing) || !told(thing));
    }
    for Seated { slot, .. } in seated.read() {
        // Where things lie that the world, as they get it, has elsewhere.
        let open = ledger.open().into_iter().flat_map(|open| open.unsettled());
        let lie: Vec<Rests> = open
            .filter(|(thing, _)| !awake.things.contains_key(thing))
            .map(|(thing, place)| Rests {
                thing,
                position: place.position,
                rotation: place.rotation,
            })
            .collect();
        for lie in lie.chunks(MOST_TOLD) {
            let rests = MotionFromHost::Rests(lie.to_vec());
            tell.write(Tell::one(*slot, FromHost::Motion(rests)));
        }
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
    awake.takes.retain(|slot, _| !gone.contains(slot));
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

/// Fallen out of the world, or nowhere at all.
fn is_lost(at: At, spawn: &SpawnPoint) -> bool {
    !at.is_sound() || at.position.y < spawn.bottom
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
    let mut open = ledger.open();
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
            let waits = open.as_ref().is_some_and(|open| open.is_unsettled(thing));
            if now.is_at(&waking.kept) && !waits {
                motion.moving.remove(&thing);
            } else {
                // Until the fact says so: `note`.
                motion.moving.insert(thing, Moving::here(now));
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
        if let Some(open) = &mut open {
            open.moves(thing);
        }
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
    if let Some(open) = open {
        for (mover, thing, place) in settled {
            open.lies(mover, thing, place, at(real.elapsed()));
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
        motion.moving.insert(*thing, Moving::here(at));
    }
}

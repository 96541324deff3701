//! What happens to things: doors, what is put down, taken up and thrown, and what bumps into something.
//!
//! Flow: [`Built`] (what the document says) and [`Motion`] (what moves) → what is heard → [`PlaySound`].
//! Invariant: a copy of a whole world that arrives is no sound, and who builds a thousand things at once is heard once.

use super::{EarsAt, PlaySound};
use crate::things::motion::{Motion, MotionSystems};
use crate::things::{Built, Things};
use crate::world::CurrentWorld;
use bevy::prelude::*;
use holm_audio::clips::Clip;
use holm_document::rules::seen_at;
use holm_document::{Part, PartKind, State as Document, ThingId};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, (built, moved.after(MotionSystems::Show)));
}

/// What is known of a thing, to hear what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Known {
    at: Vec3,
    /// Of a door: whether it is open.
    open: Option<bool>,
}

/// A thing moved by less was only turned or painted, metres.
const MOVED_METRES: f32 = 0.03;
/// Whoever builds is heard so often at most.
const BUILD_EVERY: Duration = Duration::from_millis(140);
/// Farther away nobody hears how something is put down, metres.
const HEARD_METRES: f32 = 35.0;

fn known(state: &Document, id: ThingId) -> Option<Known> {
    let open = match state.thing(id)?.part(PartKind::Door) {
        Some(Part::Door(door)) => Some(door.open),
        _ => None,
    };
    let at = Vec3::from_array(seen_at(state, id)?.position);
    Some(Known { at, open })
}

/// What became of it, as it is heard.
fn became(before: Option<Known>, after: Option<Known>) -> Option<(Clip, Vec3)> {
    Some(match (before, after) {
        (Some(before), Some(after)) if before.open != after.open && before.open.is_some() => match after.open
        {
            Some(true) => (Clip::DoorOpen, after.at),
            Some(false) => (Clip::DoorClose, after.at),
            None => return None,
        },
        (Some(before), Some(after)) if before.at.distance(after.at) > MOVED_METRES => {
            (Clip::PutDown, after.at)
        }
        (None, Some(after)) => (Clip::PutDown, after.at),
        (Some(before), None) => (Clip::PickUp, before.at),
        _ => return None,
    })
}

fn built(
    mut built: MessageReader<Built>,
    things: Res<Things>,
    motion: Res<Motion>,
    ears: Res<EarsAt>,
    time: Res<Time<Real>>,
    mut all: Local<BTreeMap<ThingId, Known>>,
    mut heard: Local<Option<Duration>>,
    mut play: MessageWriter<PlaySound>,
) {
    let now = time.elapsed();
    for built in built.read() {
        let state = things.state();
        // While the world still comes in pieces, a piece is no deed.
        let comes = things.me().is_none();
        if built.anew {
            all.clear();
            if let Some(state) = state {
                all.extend(
                    state
                        .things()
                        .filter_map(|(id, _)| Some((*id, known(state, *id)?))),
                );
            }
            continue;
        }
        for id in &built.touched {
            let after = state.and_then(|state| known(state, *id));
            let before = match after {
                Some(after) => all.insert(*id, after),
                None => all.remove(id),
            };
            let Some((clip, at)) = became(before, after).filter(|_| !comes) else {
                continue;
            };
            // What moves by itself comes to rest by a fact, too: `moved` has heard it.
            let moves = state
                .and_then(|state| state.thing(*id))
                .is_some_and(|thing| thing.part(PartKind::Body).is_some())
                || motion.at(*id).is_some();
            let is_door = matches!(clip, Clip::DoorOpen | Clip::DoorClose);
            let due = heard.is_none_or(|last| now.saturating_sub(last) >= BUILD_EVERY);
            if at.distance(ears.position) < HEARD_METRES && (is_door || (due && !moves)) {
                if !is_door {
                    *heard = Some(now);
                }
                play.write(PlaySound::at(clip, at, 0.8, 1.0));
            }
        }
    }
}

/// How often what moves is looked at, seconds: the stream tells it 20 times a second, and between two of its words
/// everything goes straight.
const LOOK_SECS: f32 = 0.05;
/// A smaller change of speed between two looks is a turn in the air, or noise, metres a second.
const BUMP_SPEED: f32 = 1.1;
/// The same thing is heard again after so long, seconds: what rolls down a stair, not what trembles.
const BUMP_SECS: f32 = 0.15;
/// Let go faster than this it was thrown, metres a second.
const THROWN_SPEED: f32 = 2.5;
/// A longer way between two looks is a new place, metres.
const LEAP_METRES: f32 = 3.0;
/// What falls gets faster by this, metres a second squared.
const FALLS: f32 = 9.81;

/// A thing that moves, as it was at the last look.
#[derive(Clone, Copy, Debug)]
struct Mover {
    at: Vec3,
    velocity: Vec3,
    is_held: bool,
    quiet_secs: f32,
}

/// What is heard of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Heard {
    /// With this change of speed, metres a second.
    Bump(f32),
    Taken,
    Put,
    Thrown,
}

impl Mover {
    fn new(at: Vec3, is_held: bool) -> Self {
        Self {
            at,
            velocity: Vec3::ZERO,
            is_held,
            quiet_secs: 0.0,
        }
    }

    /// `secs` later it is there.
    fn look(&mut self, at: Vec3, is_held: bool, secs: f32) -> Option<Heard> {
        let way = at - self.at;
        if !way.is_finite() || way.length() > LEAP_METRES || secs <= 0.0 {
            *self = Self::new(at, is_held);
            return None;
        }
        let velocity = way / secs;
        let before = std::mem::replace(&mut self.velocity, velocity);
        let was_held = std::mem::replace(&mut self.is_held, is_held);
        self.at = at;
        self.quiet_secs += secs;
        let heard = match (was_held, is_held) {
            (false, true) => Heard::Taken,
            (true, false) if velocity.length() > THROWN_SPEED => Heard::Thrown,
            (true, false) => Heard::Put,
            (true, true) => return None,
            (false, false) => {
                let change = velocity - before;
                // In free fall speed changes, too, and nothing is heard of it.
                let change = change.length().min((change + Vec3::Y * FALLS * secs).length());
                if change < BUMP_SPEED || self.quiet_secs < BUMP_SECS {
                    return None;
                }
                Heard::Bump(change)
            }
        };
        self.quiet_secs = 0.0;
        Some(heard)
    }
}

/// A bump by how large the thing is, metres of its longest side.
fn bump(size: f32) -> Clip {
    if size < 0.3 {
        Clip::BumpSmall
    } else if size < 1.1 {
        Clip::BumpMiddle
    } else {
        Clip::BumpBig
    }
}

fn moved(
    motion: Res<Motion>,
    things: Res<Things>,
    world: Res<CurrentWorld>,
    ears: Res<EarsAt>,
    time: Res<Time<Real>>,
    mut movers: Local<BTreeMap<ThingId, Mover>>,
    mut waited: Local<f32>,
    mut play: MessageWriter<PlaySound>,
) {
    *waited += time.delta_secs();
    if *waited < LOOK_SECS {
        return;
    }
    let secs = std::mem::take(&mut *waited);
    movers.retain(|thing, _| motion.at(*thing).is_some());
    for (thing, at) in motion.iter() {
        let at = at.position;
        let is_held = motion.holder(thing).is_some();
        let mover = movers.entry(thing).or_insert_with(|| Mover::new(at, is_held));
        let before = mover.at;
        let heard = mover.look(at, is_held, secs);
        if at.distance(ears.position) > HEARD_METRES {
            continue;
        }
        let water = world
            .document
            .as_ref()
            .and_then(|world| world.fixtures.water_at(at));
        if let Some(surface) = water
            && before.y > surface
            && mover.velocity.y < -1.0
        {
            play.write(PlaySound::at(Clip::Splash, at, 0.6, 1.25));
            continue;
        }
        let Some(heard) = heard else { continue };
        let size = things
            .state()
            .and_then(|state| seen_at(state, thing))
            .map_or(0.5, |place| place.scale.into_iter().fold(0.0, f32::max));
        let (clip, gain) = match heard {
            Heard::Bump(change) => (bump(size), (change / 7.0).clamp(0.15, 1.0)),
            Heard::Taken => (Clip::PickUp, 0.8),
            Heard::Put => (Clip::PutDown, 0.7),
            Heard::Thrown => (Clip::Throw, 0.8),
        };
        play.write(PlaySound::at(clip, at, gain, 1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Vec3 = Vec3::new(1.0, 2.0, 3.0);

    fn of(at: Vec3, open: Option<bool>) -> Option<Known> {
        Some(Known { at, open })
    }

    #[test]
    fn a_door_is_heard_when_it_opens_and_closes_and_not_when_it_is_painted() {
        let door = |before, after| became(of(AT, Some(before)), of(AT, Some(after))).map(|(clip, _)| clip);
        assert_eq!(door(false, true), Some(Clip::DoorOpen));
        assert_eq!(door(true, false), Some(Clip::DoorClose));
        assert_eq!(door(true, true), None);
    }

    #[test]
    fn what_is_put_somewhere_moved_or_taken_away_is_heard_where_it_is_or_was() {
        let there = AT + Vec3::X;
        assert_eq!(became(None, of(AT, None)), Some((Clip::PutDown, AT)));
        assert_eq!(
            became(of(AT, None), of(there, None)),
            Some((Clip::PutDown, there))
        );
        assert_eq!(became(of(AT, None), None), Some((Clip::PickUp, AT)));
        assert_eq!(became(of(AT, None), of(AT, None)), None);
        assert_eq!(became(None, None), None);
    }

    /// Drops a ball from 2 m; how often it is heard, and how it was.
    fn drop_ball() -> Vec<Heard> {
        let mut mover = Mover::new(Vec3::Y * 2.0, false);
        let (mut height, mut speed) = (2.0f32, 0.0f32);
        let mut heard = Vec::new();
        for _ in 0..60 {
            speed -= FALLS * LOOK_SECS;
            height += speed * LOOK_SECS;
            if height < 0.0 {
                (height, speed) = (0.0, -speed * 0.4);
            }
            heard.extend(mover.look(Vec3::Y * height, false, LOOK_SECS));
        }
        heard
    }

    #[test]
    fn a_ball_that_falls_is_heard_where_it_meets_the_floor_and_less_each_time() {
        let heard = drop_ball();
        let Some(Heard::Bump(first)) = heard.first() else {
            panic!("{heard:?}");
        };
        assert!(*first > 4.0 && (1..=5).contains(&heard.len()), "{heard:?}");
        for next in &heard[1..] {
            assert!(matches!(next, Heard::Bump(change) if change < first), "{heard:?}");
        }
    }

    #[test]
    fn a_hand_takes_puts_down_and_throws() {
        let mut mover = Mover::new(Vec3::ZERO, false);
        assert_eq!(mover.look(Vec3::ZERO, true, LOOK_SECS), Some(Heard::Taken));
        assert_eq!(mover.look(Vec3::X * 0.1, true, LOOK_SECS), None);
        assert_eq!(mover.look(Vec3::X * 0.1, false, LOOK_SECS), Some(Heard::Put));
        mover.look(Vec3::X * 0.1, true, LOOK_SECS);
        assert_eq!(mover.look(Vec3::X * 0.5, false, LOOK_SECS), Some(Heard::Thrown));
        assert_eq!(mover.look(Vec3::NAN, false, LOOK_SECS), None);
    }

    #[test]
    fn what_is_larger_sounds_larger() {
        assert_eq!(
            [0.1, 0.5, 2.0].map(bump),
            [Clip::BumpSmall, Clip::BumpMiddle, Clip::BumpBig]
        );
    }
}

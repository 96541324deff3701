//! What bodies sound like: steps, jumps, landings, splashes and strokes of everybody near, oneself too.
//!
//! Flow: [`Posture`] and place of each person, and how far their figure's legs are ([`Figure::stride`]) → [`Walker`] → what
//! is heard, on what they walk → [`PlaySound`].
//! Invariant: whatever a peer sends, nobody is heard more often than legs can go, and no more than the nearest few are.

use super::{EarsAt, PlaySound};
use crate::body::BodySystems;
use crate::people::mute::Muted;
use crate::people::view::motion::strides_per_metre;
use crate::people::view::{Figure, LookSystems};
use crate::people::{Person, Posture};
use crate::things::bodies::Solid;
use crate::third_party::avian::ground;
use crate::world::{CurrentWorld, Footing, WorldDocument};
use avian3d::prelude::SpatialQuery;
use bevy::prelude::*;
use holm_audio::clips::{Clip, Surface, step};
use holm_net::pose::Gait;
use std::collections::BTreeMap;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, walk.after(BodySystems::Show).after(LookSystems::Animate));
}

/// So many people are heard at once, the nearest: more steps are a murmur that tells nothing.
const MOST_HEARD: usize = 8;
/// Beyond this nobody's steps are heard, metres.
const HEARD_METRES: f32 = 25.0;
/// Legs do not go faster than this, seconds between two steps: a runner's are a fifth of a second apart.
const LEAST_SECS: f32 = 0.16;
/// A longer way in one frame is a new place, metres.
const TELEPORT_METRES: f32 = 3.0;
/// Slower than this one shifts one's weight, metres a second.
const WALKS: f32 = 0.4;
/// In the air for so long it was a jump or a fall, and no stair.
const ALOFT_SECS: f32 = 0.12;

/// What is seen of somebody in a frame.
#[derive(Clone, Copy, Debug)]
struct Seen {
    feet: Vec3,
    gait: Gait,
    /// Strides of two steps that their figure has taken, where it has legs.
    stride: Option<f32>,
}

/// What is heard of them.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Heard {
    /// At this speed, metres a second.
    Step(f32),
    Rung,
    Jump,
    /// Falling at this speed, metres a second.
    Land(f32),
    Splash(f32),
    Stroke,
}

/// What of somebody's past is heard in how they go on.
#[derive(Clone, Copy, Debug)]
struct Walker {
    feet: Vec3,
    gait: Gait,
    /// Along the ground, metres a second.
    speed: f32,
    /// The fastest of this fall, metres a second.
    falls: f32,
    aloft_secs: f32,
    /// Of legs that nobody draws.
    stride: f32,
    half_strides: i32,
    /// Since the last sound.
    quiet_secs: f32,
    count: u32,
}

fn on_foot(gait: Gait) -> bool {
    matches!(gait, Gait::Ground | Gait::Run | Gait::Crouch)
}

impl Walker {
    fn new(seen: &Seen) -> Self {
        Self {
            feet: seen.feet,
            gait: seen.gait,
            speed: 0.0,
            falls: 0.0,
            aloft_secs: 0.0,
            stride: 0.0,
            half_strides: half_strides(seen.stride.unwrap_or_default()),
            quiet_secs: 0.0,
            count: 0,
        }
    }

    /// Time passes, `secs` of it.
    fn go(&mut self, seen: &Seen, secs: f32) -> Option<Heard> {
        let way = seen.feet - self.feet;
        if !way.is_finite() || way.length() > TELEPORT_METRES {
            *self = Self::new(seen);
            return None;
        }
        let secs = secs.clamp(1e-4, 0.25);
        let along = way.with_y(0.0).length();
        self.speed += ((along / secs).min(14.0) - self.speed) * (1.0 - (-12.0 * secs).exp());
        self.quiet_secs += secs;
        let rises = (way.y / secs).clamp(-40.0, 40.0);
        let before = std::mem::replace(&mut self.gait, seen.gait);
        self.feet = seen.feet;

        self.stride += along * strides_per_metre(self.speed, 1.0);
        match seen.gait {
            Gait::Swim => self.stride += 0.42 * secs,
            Gait::Climb => self.stride += way.y.abs() / 0.62,
            _ => {}
        }
        self.stride = self.stride.rem_euclid(1000.0);
        let half = half_strides(seen.stride.unwrap_or(self.stride));
        let stepped = half != self.half_strides;
        self.half_strides = half;

        let (aloft_secs, falls) = (self.aloft_secs, self.falls);
        if seen.gait == Gait::Air {
            self.aloft_secs += secs;
            self.falls = self.falls.max(-rises);
        } else {
            (self.aloft_secs, self.falls) = (0.0, 0.0);
        }
        let heard = match (before, seen.gait) {
            (Gait::Air, Gait::Swim) if falls > 1.5 => Heard::Splash(falls),
            (Gait::Air, now) if on_foot(now) && aloft_secs > ALOFT_SECS => Heard::Land(falls),
            (before, Gait::Air) if on_foot(before) && rises > 1.0 => Heard::Jump,
            (_, now) if on_foot(now) && stepped && self.speed > WALKS => Heard::Step(self.speed),
            (_, Gait::Swim) if stepped && self.speed > WALKS * 0.5 => Heard::Stroke,
            (_, Gait::Climb) if stepped && rises.abs() > 0.1 => Heard::Rung,
            _ => return None,
        };
        if self.quiet_secs < LEAST_SECS {
            return None;
        }
        self.quiet_secs = 0.0;
        self.count = self.count.wrapping_add(1);
        Some(heard)
    }
}

/// Each is a step: the left foot comes down at whole strides, the right one between.
fn half_strides(stride: f32) -> i32 {
    (stride * 2.0).floor() as i32
}

/// Deeper than this feet splash, metres.
const WET_METRES: f32 = 0.04;
/// So high above the sea its beach reaches, metres.
const BEACH_METRES: f32 = 0.9;

/// What these feet walk on. What people built is boards; near the sea it is sand; where nothing is known, stone.
fn surface(world: Option<&WorldDocument>, feet: Vec3, on_thing: bool) -> Surface {
    let Some(world) = world else {
        return if on_thing { Surface::Wood } else { Surface::Stone };
    };
    let fixtures = &world.fixtures;
    let wet = feet + Vec3::Y * WET_METRES;
    if fixtures.water_at(wet).is_some() {
        return Surface::Water;
    }
    if on_thing {
        return Surface::Wood;
    }
    // A sole is never quite on its floor.
    let sole = feet + Vec3::Y * 0.05;
    if let Some(floor) = world.floors.iter().find(|floor| floor.contains(sole)) {
        return match floor.of {
            Footing::Stone => Surface::Stone,
            Footing::Wood => Surface::Wood,
            Footing::Sand => Surface::Sand,
            Footing::Grass => Surface::Grass,
        };
    }
    match fixtures.sea_level {
        Some(level) if feet.y - level < BEACH_METRES => Surface::Sand,
        _ => Surface::Stone,
    }
}

/// How it sounds: which clip, how loud and how fast.
fn sounds(heard: Heard, gait: Gait, surface: Surface, count: u32) -> (Clip, f32, f32) {
    // A few hundredths up or down, so that three takes are more.
    let rate = 0.95 + 0.02 * (count.wrapping_mul(7) % 6) as f32;
    match heard {
        Heard::Step(speed) => {
            let bent = if gait == Gait::Crouch { 0.4 } else { 1.0 };
            let gain = (0.25 + 0.13 * speed).clamp(0.3, 1.0) * bent;
            (step(surface, count), gain, rate)
        }
        Heard::Rung => (step(Surface::Wood, count), 0.4, rate * 1.15),
        Heard::Jump => (Clip::Jump, 0.6, rate),
        Heard::Land(falls) => {
            let gain = (falls / 7.0).clamp(0.35, 1.0);
            if surface == Surface::Water {
                (Clip::Splash, gain * 0.6, rate * 1.2)
            } else {
                (Clip::Land, gain, rate)
            }
        }
        Heard::Splash(falls) => (Clip::Splash, (falls / 7.0).clamp(0.4, 1.0), rate),
        Heard::Stroke if count.is_multiple_of(2) => (Clip::SwimStroke, 0.6, rate),
        Heard::Stroke => (Clip::SwimStrokeB, 0.6, rate),
    }
}

/// One's own feet are always near.
const OWN_GAIN: f32 = 0.6;

fn walk(
    people: Query<(Entity, &Person, &Posture, &Transform, Option<&Figure>)>,
    muted: Res<Muted>,
    world: Res<CurrentWorld>,
    ears: Res<EarsAt>,
    space: Option<SpatialQuery>,
    solids: Query<&Solid>,
    time: Res<Time<Real>>,
    mut walkers: Local<BTreeMap<Entity, Walker>>,
    mut play: MessageWriter<PlaySound>,
) {
    walkers.retain(|entity, _| people.contains(*entity));
    let mut heard: Vec<(f32, &Person, Gait, Vec3, Heard, u32)> = Vec::new();
    for (entity, person, posture, place, figure) in &people {
        if !posture.known {
            continue;
        }
        let seen = Seen {
            feet: place.translation,
            gait: posture.pose.gait,
            stride: figure.map(Figure::stride),
        };
        let walker = walkers.entry(entity).or_insert_with(|| Walker::new(&seen));
        let metres = ears.position.distance(seen.feet);
        if let Some(sound) = walker.go(&seen, time.delta_secs())
            && metres < HEARD_METRES
            && !muted.is_blocked(&person.account)
        {
            heard.push((metres, person, seen.gait, seen.feet, sound, walker.count));
        }
    }
    heard.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (_, person, gait, feet, sound, count) in heard.into_iter().take(MOST_HEARD) {
        let below = || {
            let hit = space
                .as_ref()?
                .cast_ray(feet + Vec3::Y * 0.3, Dir3::NEG_Y, 0.6, true, &ground())?;
            solids.get(hit.entity).ok()
        };
        let surface = surface(world.document.as_deref(), feet, below().is_some());
        let (clip, gain, rate) = sounds(sound, gait, surface, count);
        let gain = if person.me { gain * OWN_GAIN } else { gain };
        play.write(PlaySound::at(clip, feet, gain, rate));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: f32 = 1.0 / 60.0;

    fn seen(feet: Vec3, gait: Gait) -> Seen {
        Seen {
            feet,
            gait,
            stride: None,
        }
    }

    fn walked(speed: f32, secs: f32, gait: Gait) -> usize {
        let mut walker = Walker::new(&seen(Vec3::ZERO, gait));
        let frames = (secs / FRAME) as u32;
        (0..frames)
            .filter_map(|frame| {
                let feet = Vec3::X * speed * FRAME * frame as f32;
                walker.go(&seen(feet, gait), FRAME)
            })
            .inspect(|heard| assert!(matches!(heard, Heard::Step(_))))
            .count()
    }

    #[test]
    fn steps_come_as_fast_as_legs_go() {
        assert_eq!(walked(0.0, 10.0, Gait::Ground), 0);
        // A walk is about two steps a second, a run three or four.
        let (walk, run) = (walked(1.6, 10.0, Gait::Ground), walked(4.6, 10.0, Gait::Run));
        assert!((18..=36).contains(&walk), "{walk}");
        assert!(run > walk && run <= 62, "{run}");
    }

    #[test]
    fn whoever_flickers_between_places_and_ways_to_be_is_heard_no_more_than_legs_go() {
        let mut walker = Walker::new(&seen(Vec3::ZERO, Gait::Ground));
        let mut count = 0;
        for frame in 0..600u32 {
            let gait = Gait::ALL[frame as usize % Gait::ALL.len()];
            let feet = Vec3::new((frame % 2) as f32 * 2.9, (frame % 3) as f32, 0.0);
            count += usize::from(walker.go(&seen(feet, gait), FRAME).is_some());
        }
        assert!(count <= (10.0 / LEAST_SECS) as usize + 1, "{count}");
        for nonsense in [Vec3::NAN, Vec3::splat(1e38), Vec3::INFINITY] {
            assert_eq!(walker.go(&seen(nonsense, Gait::Run), FRAME), None);
        }
    }

    #[test]
    fn a_jump_is_heard_at_both_ends_and_a_stair_at_none() {
        let mut walker = Walker::new(&seen(Vec3::ZERO, Gait::Ground));
        let mut heard = Vec::new();
        let mut go = |feet: f32, gait: Gait| heard.extend(walker.go(&seen(Vec3::Y * feet, gait), FRAME));
        for _ in 0..30 {
            go(0.0, Gait::Ground);
        }
        let mut height = 0.0f32;
        for frame in 0..40 {
            height = (height + (4.0 - 0.25 * frame as f32) * FRAME).max(0.0);
            go(height, Gait::Air);
        }
        go(0.0, Gait::Ground);
        for _ in 0..30 {
            go(0.0, Gait::Ground);
        }
        // A stair: one frame in the air.
        go(-0.02, Gait::Air);
        go(-0.1, Gait::Ground);
        assert!(
            matches!(heard[..], [Heard::Jump, Heard::Land(falls)] if falls > 2.0),
            "{heard:?}"
        );
    }

    #[test]
    fn whoever_falls_into_water_splashes() {
        let mut walker = Walker::new(&seen(Vec3::Y * 3.0, Gait::Air));
        for frame in 1..20 {
            walker.go(&seen(Vec3::Y * (3.0 - 0.1 * frame as f32), Gait::Air), FRAME);
        }
        let heard = walker.go(&seen(Vec3::Y, Gait::Swim), FRAME);
        assert!(matches!(heard, Some(Heard::Splash(_))), "{heard:?}");
    }

    #[test]
    fn who_bends_down_is_quieter_and_who_runs_is_louder() {
        let gain = |speed: f32, gait: Gait| sounds(Heard::Step(speed), gait, Surface::Stone, 0).1;
        assert!(gain(1.0, Gait::Crouch) < 0.5 * gain(1.6, Gait::Ground));
        assert!(gain(5.0, Gait::Run) > 1.5 * gain(1.6, Gait::Ground));
    }

    #[test]
    fn without_a_world_one_walks_on_stone_and_on_things_on_boards() {
        assert_eq!(surface(None, Vec3::ZERO, false), Surface::Stone);
        assert_eq!(surface(None, Vec3::ZERO, true), Surface::Wood);
    }
}

//! Who may take what in their hand, and how far and fast it can go from there. Pure.

use super::wire::NotHeld;
use bevy::prelude::*;
use holm_document::part::{Body, Shape};
use holm_document::{Capabilities, Capability, PartKind, PersonNo, State, ThingId};
use std::f32::consts::PI;
use std::time::Duration;

/// Heaviest thing that a hand takes, kilograms.
pub const MOST_KG: f32 = 120.0;
/// From the eyes to the nearest of a thing, metres: where a hand can be when one leans.
pub const REACH_METRES: f32 = 3.0;
/// More than that for whoever looked when it was nearer.
const LATE_METRES: f32 = 1.5;
/// How fast a throw is, metres a second, for what weighs nothing…
const THROW_SPEED: f32 = 11.0;
/// …and half of that for what weighs so much.
const THROW_KG: f32 = 25.0;
/// Fastest that anything leaves a hand.
pub const MOST_SPEED: f32 = 20.0;
/// Radians a second.
pub const MOST_SPIN: f32 = 6.0 * PI;

/// What things are made of that somebody makes loose, kilograms a cubic metre: hollow, so that a box of a metre is
/// carried and one of a metre and a half is not.
const KG_A_CUBIC_METRE: f32 = 60.0;

/// Something of this form and size that falls, rolls and is thrown.
pub fn loose_body(shape: Shape, metres: Vec3) -> Body {
    let of_its_box = match shape {
        Shape::Box => 1.0,
        Shape::Cylinder => 0.79,
        Shape::Ball => 0.52,
        Shape::Wedge => 0.5,
        Shape::Capsule => 0.39,
        Shape::Cone => 0.26,
        Shape::Ring => 0.14,
    };
    let volume = metres.abs().element_product() * of_its_box;
    Body {
        moves: true,
        mass_kg: (volume * KG_A_CUBIC_METRE).clamp(0.05, 10_000.0),
        friction: 0.6,
        // A ball bounces, a box hardly.
        bounce: if shape == Shape::Ball { 0.55 } else { 0.15 },
    }
}

/// Whether this person may take it: things are there to be played with, as doors are to be opened, by whoever may build at
/// all.
///
/// # Errors
/// Why not.
pub fn may_hold(state: &State, who: PersonNo, may: Capabilities, thing: ThingId) -> Result<(), NotHeld> {
    let found = state.thing(thing).ok_or(NotHeld::Gone)?;
    let builds = [Capability::Spawn, Capability::EditOwn, Capability::EditOthers];
    if !builds.into_iter().any(|capability| may.has(capability)) {
        return Err(NotHeld::NotAllowed);
    }
    if found.owner == who || may.has(Capability::RollBack) {
        return Ok(());
    }
    let owner = state.person(found.owner);
    if owner.is_some_and(|owner| owner.blocks.contains(&who)) {
        return Err(NotHeld::Blocked);
    }
    if found.held(PartKind::Lock).is_some() {
        return Err(NotHeld::Locked);
    }
    Ok(())
}

/// Whether a hand reaches so far and lifts so much.
///
/// # Errors
/// Why not.
pub fn can_hold(eyes: Vec3, middle: Vec3, reach_metres: f32, mass_kg: f32) -> Result<(), NotHeld> {
    if mass_kg > MOST_KG {
        return Err(NotHeld::TooHeavy);
    }
    if eyes.distance(middle) - reach_metres > REACH_METRES + LATE_METRES {
        return Err(NotHeld::TooFar);
    }
    Ok(())
}

/// So often a second somebody takes something: faster than one presses a key for long…
const TAKES_A_SEC: f32 = 5.0;
/// …and so many times at once.
const TAKES_AT_ONCE: f32 = 20.0;

/// How often somebody may take something yet: each time is told to everybody.
#[derive(Clone, Copy, Debug)]
pub struct Takes {
    left: f32,
    at: Duration,
}

impl Default for Takes {
    fn default() -> Self {
        Self {
            left: TAKES_AT_ONCE,
            at: Duration::ZERO,
        }
    }
}

impl Takes {
    /// Whether they may once more; that is one less then. `now` never goes back.
    pub fn may_take(&mut self, now: Duration) -> bool {
        let passed = now.saturating_sub(self.at).as_secs_f32();
        self.left = (self.left + passed * TAKES_A_SEC).min(TAKES_AT_ONCE);
        self.at = now;
        let may = self.left >= 1.0;
        self.left -= if may { 1.0 } else { 0.0 };
        may
    }
}

/// How fast something of this weight is thrown, metres a second.
pub fn throw_speed(mass_kg: f32) -> f32 {
    THROW_SPEED / (1.0 + mass_kg.max(0.0) / THROW_KG)
}

/// A velocity as it can be; still where it is none.
pub fn tamed(velocity: Vec3, most: f32) -> Vec3 {
    if velocity.is_finite() {
        velocity.clamp_length_max(most)
    } else {
        Vec3::ZERO
    }
}

/// Fastest that somebody who stands pushes something out of where they stand, metres a second.
const PUSHES: f32 = 0.8;
/// So deep in somebody it merely touches them: what leans on two people does not tremble between them.
const TOUCHES_METRES: f32 = 0.05;

/// How somebody who walks pushes something light along: its velocity afterwards. `away` is from them to it, level; `deep` is
/// how far they are in it, metres.
pub fn pushed(velocity: Vec3, walker: Vec3, away: Vec3, deep: f32) -> Vec3 {
    // Out of the way within a few steps, and as fast as they walk into it.
    let out = walker.dot(away).max(0.0) + ((deep - TOUCHES_METRES).max(0.0) * 6.0).min(PUSHES);
    let has = velocity.dot(away);
    velocity + away * (out - has).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use holm_document::Part;
    use proptest::prelude::*;

    #[test]
    fn a_ball_flies_and_a_chest_drops() {
        assert!(throw_speed(0.4) > 10.0 && throw_speed(25.0) < 6.0 && throw_speed(120.0) > 1.0);
    }

    #[test]
    fn a_small_box_is_carried_and_a_large_one_stays() {
        let kilos = |metres| loose_body(Shape::Box, Vec3::splat(metres)).mass_kg;
        assert!(kilos(1.0) < MOST_KG && kilos(1.5) > MOST_KG);
        for metres in [1e-3, 1000.0] {
            assert_eq!(
                Part::from(loose_body(Shape::Ring, Vec3::splat(metres))).check(),
                Ok(())
            );
        }
    }

    #[test]
    fn whoever_takes_without_end_takes_five_times_a_second() {
        let mut takes = Takes::default();
        let taken = (0..1_000)
            .filter(|ms: &u64| takes.may_take(Duration::from_millis(60_000 + *ms)))
            .count();
        assert!((24..=25).contains(&taken), "{taken}");
    }

    #[test]
    fn one_holds_what_is_near_and_not_too_heavy() {
        let eyes = Vec3::Y * 1.7;
        assert_eq!(can_hold(eyes, Vec3::new(0.0, 0.5, -2.0), 0.3, 5.0), Ok(()));
        assert_eq!(can_hold(eyes, Vec3::Z * 9.0, 0.3, 5.0), Err(NotHeld::TooFar));
        assert_eq!(can_hold(eyes, Vec3::Z, 0.3, 500.0), Err(NotHeld::TooHeavy));
    }

    proptest! {
        #[test]
        fn nobody_pulls_and_nothing_is_shot_away(
            v in proptest::array::uniform3(-9.0f32..9.0), w in proptest::array::uniform3(-6.0f32..6.0),
            angle in 0.0f32..7.0, deep in 0.0f32..0.5,
        ) {
            let (v, w) = (Vec3::from_array(v), Vec3::from_array(w));
            let away = Vec3::new(angle.cos(), 0.0, angle.sin());
            let after = pushed(v, w, away, deep);
            prop_assert!(after.dot(away) >= v.dot(away) - 1e-4);
            prop_assert!(after.dot(away) <= v.dot(away).max(w.length() + PUSHES) + 1e-4);
            let beside = away.cross(Vec3::Y);
            prop_assert!((after.dot(beside) - v.dot(beside)).abs() < 1e-3);
        }

        #[test]
        fn whatever_is_told_a_throw_is_a_throw(v in proptest::array::uniform3(any::<f32>())) {
            let tamed = tamed(Vec3::from_array(v), MOST_SPEED);
            prop_assert!(tamed.is_finite() && tamed.length() <= MOST_SPEED * 1.001);
        }
    }
}

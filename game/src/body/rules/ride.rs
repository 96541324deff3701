//! On what moves: carried along, boarded, left with its speed, pushed out of its way, and never through a wall.
//!
//! Flow: what moves has gone its way of this step already ([`RideStep`]); `carry` takes along who stands on it,
//! `be_pushed` moves whoever it went into. Both sweep against everything else, so that a wall stops them; then
//! the thing passes through the body, which is the only way left.

use super::{BodyState, Ground, SKIN_METRES};
use bevy::math::Vec3;

/// One thing that moves, in one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RideStep {
    /// How far it went, metres; zero where it jumped (a clock was set right).
    pub shift: Vec3,
}

/// Most a body is pushed in one step, metres: more than the fastest ride's 0.13.
const PUSH_METRES: f32 = 0.3;

/// Takes along who stands on something that moved. A wall in the way holds the body back, and the floor slides
/// away under it.
pub(super) fn carry(state: &mut BodyState, ground: &impl Ground) {
    let Some(step) = state.ride.and_then(|ride| ground.rides().get(ride)) else {
        state.ride = None;
        return;
    };
    moved_by(state, step.shift, ground);
}

/// Out of the way of whatever moved into the body.
pub(super) fn be_pushed(state: &mut BodyState, ground: &impl Ground) {
    for ride in 0..ground.rides().len() {
        if let Some(out) = ground.push_out(ride, state.position, state.stature)
            && out.is_finite()
        {
            moved_by(state, out.clamp_length_max(PUSH_METRES), ground);
        }
    }
}

/// As far as nothing is in the way, and along what is.
fn moved_by(state: &mut BodyState, shift: Vec3, ground: &impl Ground) {
    let mut left = shift;
    for _ in 0..3 {
        if left.length_squared() < 1e-12 {
            return;
        }
        let Some(touch) = ground.sweep(state.position, state.stature, left, SKIN_METRES) else {
            state.position += left;
            return;
        };
        // A hair away from what was met: a sweep that begins by touching it might not see it.
        state.position += left * touch.fraction + touch.normal * HAIR_METRES;
        left *= 1.0 - touch.fraction;
        left -= touch.normal * left.dot(touch.normal).min(0.0);
    }
}

/// See [`moved_by`].
pub(super) const HAIR_METRES: f32 = 3e-4;

/// Speed of what is under the feet, metres a second.
fn speed(ride: Option<usize>, ground: &impl Ground, dt: f32) -> Vec3 {
    ride.and_then(|ride| ground.rides().get(ride))
        .map_or(Vec3::ZERO, |step| step.shift / dt.max(1e-4))
}

/// The feet are on `ride` now, or on what does not move.
pub(super) fn board(state: &mut BodyState, ride: Option<usize>, ground: &impl Ground, dt: f32) {
    if ride != state.ride {
        state.velocity += speed(state.ride, ground, dt) - speed(ride, ground, dt);
        state.ride = ride;
    }
}

/// Nothing is under the feet any more: what carried them gave them its speed.
pub(super) fn leave(state: &mut BodyState, ground: &impl Ground, dt: f32) {
    board(state, None, ground, dt);
}

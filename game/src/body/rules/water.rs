//! In the water: wading slows, from the chest on one swims, floats at the surface, dives where one looks, and
//! climbs out over an edge by a jump.
//!
//! Invariant: somebody who wishes nothing ends floating with the head above the surface; nothing here gives
//! more upward speed at the surface than climbing out needs.

use super::{
    BodyState, GRAVITY, Ground, Mode, Moves, SKIN_METRES, SNAP_METRES, STEP_METRES, Stature,
    WALKABLE_NORMAL_Y, Wish, get_out, ride, slide, turn,
};
use bevy::math::{Vec2, Vec3};

/// From this depth on one swims, metres: the chest.
pub(super) const SWIM_METRES: f32 = 1.2;
/// With ground under the feet, one walks again from this depth on. Less, so that a wave does not decide.
pub(super) const WADE_METRES: f32 = 1.05;
/// Feet of somebody who floats are this far below the surface, metres: the eyes, 1.45 m up, are dry.
pub(super) const FLOAT_METRES: f32 = 1.3;
const _: () = assert!(WADE_METRES < SWIM_METRES && SWIM_METRES < FLOAT_METRES);
/// The highest edge that a jump climbs out over, metres above the surface: a pier's.
pub(super) const EDGE_METRES: f32 = 0.9;
/// Half the speed is left in water to the waist (1 m).
const WAIST_METRES: f32 = 1.0;
const WAIST_SPEED: f32 = 0.5;
/// How quickly water takes and gives speed, per second.
const DRAG: f32 = 5.0;
/// Fastest rise of somebody who does nothing, and fastest dive with `crouch`, metres a second.
const RISE: f32 = 0.9;
const DIVE: f32 = 1.5;
/// One looks this far down before walking ahead dives, radians: the way one looks at the shore dives nobody.
const DIVE_PITCH: f32 = 0.45;
/// How long climbing out may take, seconds: a jump of 2.5 m.
const HAUL_SECS: f32 = 1.1;

/// How deep the feet are in water; below zero where there is none.
pub(super) fn depth(feet: Vec3, ground: &impl Ground) -> f32 {
    // A floor that a box of water ends on, and the gap above it, are in the water.
    let probe = feet + Vec3::Y * 0.05;
    ground
        .fixtures()
        .water_at(probe)
        .map_or(-1.0, |surface| surface - feet.y)
}

/// What is left of one's speed in water of this depth.
pub(super) fn wading(depth: f32) -> f32 {
    1.0 - (depth / WAIST_METRES).clamp(0.0, 1.0) * (1.0 - WAIST_SPEED)
}

/// Whoever climbs out goes on over the edge.
pub(super) fn hauled(state: &BodyState, wish: &Wish) -> Wish {
    if state.haul_secs > 0.0 {
        Wish {
            walk: state.haul,
            run: true,
            crouch: false,
            ..*wish
        }
    } else {
        *wish
    }
}

pub(super) fn begin(state: &mut BodyState) {
    state.mode = Mode::Swim;
    state.stature = Stature::Standing;
    state.grounded = false;
    state.ride = None;
    state.haul_secs = 0.0;
}

fn end(state: &mut BodyState) {
    state.mode = Mode::Foot;
}

pub(super) fn swim(state: &mut BodyState, wish: &Wish, moves: &Moves, ground: &impl Ground, dt: f32) {
    get_out(state, ground);
    ride::be_pushed(state, ground);
    let depth = depth(state.position, ground);
    if depth < 0.3 {
        return end(state); // the water is gone, or this is a puddle
    }
    if depth < WADE_METRES && stands(state, ground) {
        return end(state);
    }
    if let Some(number) = super::ladder::walked_into(state, wish, ground) {
        super::ladder::take_hold(state, number);
        return;
    }
    if state.jump_wanted_secs > 0.0 {
        if depth > FLOAT_METRES + 0.3 {
            state.jump_wanted_secs = 0.0;
            state.velocity.y = state.velocity.y.max(2.2); // a kick upwards
        } else if let Some((way, rise)) = edge(state, wish, ground, depth) {
            state.jump_wanted_secs = 0.0;
            state.mode = Mode::Foot;
            state.haul = way;
            state.haul_secs = HAUL_SECS;
            state.air_secs = super::COYOTE_SECS + dt;
            state.velocity = Vec3::Y * (2.0 * GRAVITY * rise).sqrt();
            return;
        }
    }
    turn(state, wish.walk, wish.look_yaw, dt);

    let speed = if wish.run {
        moves.sprint_metres_per_sec
    } else {
        moves.swim_metres_per_sec
    };
    let walk = wish.walk.clamp_length_max(1.0) * speed;
    let look = Vec2::new(-wish.look_yaw.sin(), -wish.look_yaw.cos());
    let ahead = walk.dot(look);
    let to_float = depth - FLOAT_METRES;
    let under = to_float > 0.25;
    let steers =
        ahead.abs() > 0.1 && (wish.look_pitch < -DIVE_PITCH || (under && wish.look_pitch.abs() > 0.15));
    let (flat, climb) = if wish.crouch {
        (walk, -DIVE)
    } else if steers {
        let (sin, cos) = wish.look_pitch.clamp(-1.5, 1.5).sin_cos();
        (walk - look * ahead * (1.0 - cos), ahead * sin)
    } else if under && ahead.abs() > 0.1 {
        (walk, 0.0) // on under water, where one looks
    } else {
        (walk, (to_float * 2.0).clamp(-RISE, RISE))
    };
    // To the surface, and no further.
    let climb = climb.min((to_float * 4.0).max(-RISE));
    let want = Vec3::new(flat.x, climb, flat.y);
    state.velocity += (want - state.velocity) * (1.0 - (-DRAG * dt).exp());
    state.grounded = false;
    state.ground_normal = Vec3::Y;
    slide(state, state.velocity * dt, ground);
}

/// Whether there is ground to stand on right under the feet.
fn stands(state: &BodyState, ground: &impl Ground) -> bool {
    ground
        .sweep(
            state.position,
            state.stature,
            Vec3::NEG_Y * SNAP_METRES,
            super::GAP_METRES,
        )
        .is_some_and(|touch| touch.normal.y > 0.3)
}

/// An edge that can be climbed out over: which way it is and how high a jump that takes.
fn edge(state: &BodyState, wish: &Wish, ground: &impl Ground, depth: f32) -> Option<(Vec2, f32)> {
    let way = if wish.walk.length_squared() > 0.01 {
        wish.walk.normalize()
    } else {
        Vec2::new(-state.yaw.sin(), -state.yaw.cos())
    };
    let stature = state.stature;
    let lift = Vec3::Y * (depth + EDGE_METRES + STEP_METRES);
    let up = lift
        * ground
            .sweep(state.position, stature, lift, SKIN_METRES)
            .map_or(1.0, |touch| touch.fraction);
    let ahead = Vec3::new(way.x, 0.0, way.y) * 0.75;
    let raised = state.position + up;
    if ground.sweep(raised, stature, ahead, SKIN_METRES).is_some() {
        return None;
    }
    let touch = ground.sweep(raised + ahead, stature, -up, SKIN_METRES)?;
    let rise = up.y * (1.0 - touch.fraction);
    // Above the surface, or in water to wade in; what lies deeper is swum over.
    let edge = touch.normal.y >= WALKABLE_NORMAL_Y && rise > (depth - WADE_METRES).max(0.1);
    (edge && rise <= depth + EDGE_METRES).then_some((way, rise + 0.3))
}

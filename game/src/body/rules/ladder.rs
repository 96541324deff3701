//! On a ladder: taken hold of by walking into it, by `act`, or by walking off the floor above it; up and down
//! by walking towards it and away; off it by a jump or `act`; over its upper end onto the floor there.
//!
//! Invariant: every motion is a sweep; whoever has walked over the upper end or reached ground at the lower one
//! is on foot.

use super::{
    BodyState, GAP_METRES, Ground, Mode, Moves, RADIUS_METRES, SKIN_METRES, STEP_METRES, Stature,
    WALKABLE_NORMAL_Y, Wish, get_out, ride, slide, turn_to,
};
use crate::world::Ladder;
use bevy::math::{Vec2, Vec3};

/// How far behind the rungs a climber hangs, metres.
const HANG_METRES: f32 = RADIUS_METRES + 0.06;
/// Feet at the upper end are this far above its floor.
const OVER_METRES: f32 = 0.03;
/// For this long after letting go no ladder is taken hold of by walking.
const LOOSE_SECS: f32 = 0.45;
/// How fast a climber is pulled to the middle of the rungs, metres a second.
const PULL: f32 = 3.0;

fn ahead(ladder: &Ladder) -> Vec2 {
    let ahead = ladder.ahead();
    Vec2::new(ahead.x, ahead.z)
}

/// The ladder that somebody on foot or swimming walks into.
pub(super) fn walked_into(state: &BodyState, wish: &Wish, ground: &impl Ground) -> Option<usize> {
    if state.loose_secs > 0.0 || state.haul_secs > 0.0 || wish.walk.length_squared() < 0.1 {
        return None;
    }
    let walk = wish.walk.normalize();
    ground.fixtures().ladders.iter().position(|ladder| {
        let local = ladder.local(state.position);
        walk.dot(ahead(ladder)) > 0.7
            && local.x.abs() <= ladder.width * 0.5 + 0.15
            && (0.0..=HANG_METRES + 0.2).contains(&local.z)
            && local.y >= -0.4
            // At its end one steps over it.
            && local.y <= ladder.height - STEP_METRES
    })
}

/// The ladder below the edge that somebody has just walked off, backwards or not.
pub(super) fn walked_off(state: &BodyState, wish: &Wish, ground: &impl Ground) -> Option<usize> {
    if state.loose_secs > 0.0 || state.velocity.y > 0.0 || wish.walk.length_squared() < 0.01 {
        return None;
    }
    let walk = wish.walk.normalize();
    ground.fixtures().ladders.iter().position(|ladder| {
        let local = ladder.local(state.position);
        walk.dot(ahead(ladder)) < -0.5
            && local.x.abs() <= ladder.width * 0.5 + 0.25
            && (-0.2..=1.0).contains(&local.z)
            && (ladder.height - 1.0..=ladder.height + 0.5).contains(&local.y)
    })
}

/// The nearest ladder that an outstretched hand reaches, from below, beside or above.
pub(super) fn within_reach(state: &BodyState, ground: &impl Ground) -> Option<usize> {
    let chest = state.position + Vec3::Y;
    let ladders = ground.fixtures().ladders.iter().enumerate();
    ladders
        .filter_map(|(number, ladder)| {
            let local = ladder.local(state.position);
            let before = local.z > 0.0 && local.z <= 1.1 && (-0.6..=ladder.height).contains(&local.y);
            let above = (-1.2..=1.0).contains(&local.z)
                && (ladder.height - 0.5..=ladder.height + 0.6).contains(&local.y);
            let beside = local.x.abs() <= ladder.width * 0.5 + 0.4;
            let hand = ladder.world(Vec3::new(0.0, local.y + 1.0, local.z.clamp(0.02, HANG_METRES)));
            ((before || above) && beside && ground.is_open(chest, hand))
                .then(|| (number, local.x.abs() + local.z.abs()))
        })
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(number, _)| number)
}

pub(super) fn take_hold(state: &mut BodyState, number: usize) {
    state.mode = Mode::Climb(number);
    state.stature = Stature::Standing;
    state.velocity = Vec3::ZERO;
    state.grounded = false;
    state.ride = None;
    state.haul_secs = 0.0;
    state.jump_wanted_secs = 0.0;
}

pub(super) fn let_go(state: &mut BodyState) {
    state.mode = Mode::Foot;
    state.loose_secs = LOOSE_SECS;
    state.velocity = Vec3::ZERO;
    state.air_secs = super::COYOTE_SECS + 0.01; // nothing to jump from
}

pub(super) fn climb(
    state: &mut BodyState,
    number: usize,
    wish: &Wish,
    moves: &Moves,
    ground: &impl Ground,
    dt: f32,
) {
    let Some(ladder) = ground.fixtures().ladders.get(number).copied() else {
        return let_go(state); // another world
    };
    get_out(state, ground);
    ride::be_pushed(state, ground);
    let local = ladder.local(state.position);
    let far = local.x.abs() > ladder.width * 0.5 + 0.7 || !(-1.5..=1.4).contains(&local.z);
    if far || local.y > ladder.height + STEP_METRES + 0.5 || local.y < -0.7 {
        return let_go(state); // pushed off, or below its end
    }
    if state.jump_wanted_secs > 0.0 {
        state.jump_wanted_secs = 0.0;
        let_go(state);
        let away = -ahead(&ladder) * 2.6;
        state.velocity = Vec3::new(away.x, 3.2, away.y);
        return;
    }
    turn_to(state, ladder.yaw, dt);
    let speed = moves.climb_metres_per_sec * if wish.run { 1.5 } else { 1.0 };
    let along = wish.walk.clamp_length_max(1.0).dot(ahead(&ladder));
    let pace = along * speed * dt;
    let pull = |from: f32, to: f32| (to - from).clamp(-PULL * dt, PULL * dt);
    let top = ladder.height + OVER_METRES;
    let at_top = local.y >= top - 0.01;
    let over_edge = local.z < HANG_METRES - 0.08 && local.y >= top - 0.3;
    let sideways = pull(local.x, 0.0);

    if at_top && along > 0.0 || over_edge {
        // Over the end: ahead onto the floor, or back to the rungs.
        let z = if along > 0.0 {
            -pace
        } else {
            pull(local.z, HANG_METRES)
        };
        let motion = ladder.world(Vec3::new(sideways, pull(local.y, top.max(local.y)), z)) - ladder.foot;
        let before = state.position;
        slide(state, motion, ground);
        let went = ladder.local(state.position).z - local.z;
        if along > 0.0 && went > -pace * 0.3 && local.y < ladder.height + STEP_METRES {
            // A lip: a little higher, as one steps over it.
            state.position = before;
            slide(state, Vec3::Y * pace, ground);
        }
        state.velocity = Vec3::ZERO;
        let gone = ladder.local(state.position).z;
        if along > 0.0 && gone <= -(RADIUS_METRES + 0.12) {
            state.mode = Mode::Foot;
            let on = ladder.ahead() * along.max(0.0) * moves.walk_metres_per_sec;
            state.velocity = on;
            state.air_secs = 0.0;
        }
        return;
    }
    let rise = if along > 0.0 {
        pace.min(top - local.y).max(0.0)
    } else {
        pace
    };
    let closer = Vec3::new(sideways, 0.0, pull(local.z, HANG_METRES));
    slide(state, ladder.world(closer) - ladder.foot, ground);
    if rise < 0.0 {
        let down = Vec3::Y * rise;
        if let Some(touch) = ground.sweep(state.position, state.stature, down, GAP_METRES)
            && touch.normal.y >= WALKABLE_NORMAL_Y
        {
            state.position += down * touch.fraction;
            let_go(state);
            state.air_secs = 0.0;
            return;
        }
        if local.y + rise < -0.3 {
            return let_go(state);
        }
    }
    let free = ground
        .sweep(state.position, state.stature, Vec3::Y * rise, SKIN_METRES)
        .map_or(1.0, |touch| touch.fraction);
    state.position.y += rise * free;
    state.velocity = Vec3::ZERO;
}

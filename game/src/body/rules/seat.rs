//! In a seat: `act` sits down in the nearest free one, `act`, a jump or walking stands up where there is room.
//!
//! Invariant: one gets only into a seat that one could walk up to (nothing solid in between), and out of it only
//! to where one stood before or to where there is room for a body and nothing in between.

use super::{BodyState, GAP_METRES, Ground, Mode, RADIUS_METRES, Stature, Wish, turn_to};
use crate::world::Seat;
use bevy::math::{Quat, Vec3};
use std::f32::consts::{FRAC_PI_2, PI};

/// How far a seat may be to be sat down in, over the floor and in height, metres.
const REACH_METRES: f32 = 1.3;
const REACH_UP_METRES: f32 = 0.8;
/// Where one stands up to, from the middle of the seat.
const BEFORE_METRES: f32 = RADIUS_METRES + 0.35;
/// How fast one moves into a seat and out of it, metres a second: a step takes a quarter of a second.
const SETTLE: f32 = 3.6;
/// Sitting down and standing up goes through no collider, so what is in between is looked at along this height
/// above the seat's surface: above an armrest.
const SHOULDER_METRES: f32 = 0.5;

fn shoulder(seat: &Seat) -> Vec3 {
    seat.surface + Vec3::Y * SHOULDER_METRES
}

/// The nearest seat that is free and within reach.
pub(super) fn nearest(state: &BodyState, ground: &impl Ground) -> Option<usize> {
    let seats = ground.fixtures().seats.iter().enumerate();
    seats
        .filter_map(|(number, seat)| {
            let way = seat.position() - state.position;
            let far = way.with_y(0.0).length();
            let near = far <= REACH_METRES && way.y.abs() <= REACH_UP_METRES;
            // Rays are for those that are near: a world may have thousands.
            (near
                && !ground.is_taken(seat, false)
                && ground.is_open(state.position + Vec3::Y * 0.95, shoulder(seat)))
            .then_some((number, far))
        })
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(number, _)| number)
}

pub(super) fn sit_down(state: &mut BodyState, number: usize, wish: &Wish) {
    state.mode = Mode::Sit(number);
    state.stand_at = state.position;
    state.settled = wish.walk.length_squared() < 0.01;
    state.velocity = Vec3::ZERO;
    state.grounded = false;
    state.stature = Stature::Standing;
    state.ride = None;
    state.jump_wanted_secs = 0.0;
    state.haul_secs = 0.0;
}

pub(super) fn sit(state: &mut BodyState, number: usize, wish: &Wish, ground: &impl Ground, dt: f32) {
    let Some(seat) = ground.fixtures().seats.get(number).copied() else {
        state.mode = Mode::StandUp; // another world
        return;
    };
    let walks = wish.walk.length_squared() > 0.2;
    state.settled |= !walks;
    if state.jump_wanted_secs > 0.0 || (walks && state.settled) || ground.is_taken(&seat, true) {
        return rise(state, ground);
    }
    turn_to(state, seat.yaw, dt);
    approach(state, seat.position(), dt);
    state.velocity = Vec3::ZERO;
}

/// Towards `place`; whether it is reached.
fn approach(state: &mut BodyState, place: Vec3, dt: f32) -> bool {
    let way = place - state.position;
    state.position += way.clamp_length_max(SETTLE * dt);
    way.length() <= SETTLE * dt
}

/// Looks for where to stand, and gets up.
pub(super) fn rise(state: &mut BodyState, ground: &impl Ground) {
    state.jump_wanted_secs = 0.0;
    if let Mode::Sit(number) = state.mode
        && let Some(seat) = ground.fixtures().seats.get(number)
        && let Some(place) = place_to_stand(seat, ground)
    {
        state.stand_at = place;
    }
    state.mode = Mode::StandUp;
}

/// Before the seat, beside it, behind it: the first with a floor, room, and nothing in between.
fn place_to_stand(seat: &Seat, ground: &impl Ground) -> Option<Vec3> {
    [0.0, FRAC_PI_2, -FRAC_PI_2, PI].into_iter().find_map(|turn| {
        let ahead = Quat::from_rotation_y(seat.yaw + turn) * Vec3::NEG_Z;
        let above = seat.position() + ahead * BEFORE_METRES + Vec3::Y * 0.5;
        if ground.way_out(above, Stature::Standing).length() > 0.02 {
            return None;
        }
        let down = Vec3::NEG_Y * 1.1;
        let touch = ground.sweep(above, Stature::Standing, down, GAP_METRES)?;
        let place = above + down * touch.fraction;
        (touch.ride.is_none()
            && touch.normal.y > 0.6
            && ground.is_open(shoulder(seat), place + Vec3::Y * 0.95)
            && ground.is_open(shoulder(seat), place + Vec3::Y * 1.5))
        .then_some(place)
    })
}

pub(super) fn stand_up(state: &mut BodyState, dt: f32) {
    if approach(state, state.stand_at, dt) {
        state.mode = Mode::Foot;
        state.velocity = Vec3::ZERO;
        state.air_secs = 0.0;
        state.loose_secs = 0.3;
    }
}

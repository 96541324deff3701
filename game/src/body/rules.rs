//! How a body moves: pure rules, one fixed step at a time.
//!
//! Flow: [`step`] takes a [`Wish`] and asks the [`Ground`] what is in the way; nothing else decides. On foot is
//! here; `water`, `ladder` and `seat` are other ways to be ([`Mode`]), `ride` is being carried and pushed by what
//! moves.
//! Invariants: the same wishes on the same ground give the same path whatever the frame rate; a state is
//! finite after every step; a body never gains height from walking against something it cannot climb; every
//! motion but sitting down and standing up is a sweep, so that nothing passes a wall.

mod ladder;
mod ride;
mod seat;
mod water;
mod wedge;

pub use ride::RideStep;
pub use wedge::Contact;

use crate::world::{Fixtures, Seat};
use bevy::math::{Vec2, Vec3};
use holm_net::pose::Gait;
use std::f32::consts::{PI, TAU};

/// Steps a second. Fast enough that a run moves 9 cm a step, less than the body's radius: casts stay short.
pub const STEP_HZ: f64 = 60.0;

/// The body is a capsule: this is its radius, metres.
pub const RADIUS_METRES: f32 = 0.3;
/// The capsule's height from feet to crown, metres.
pub const HEIGHT_METRES: f32 = 1.75;
/// The same bent down: under a table, through a hatch.
pub const CROUCHED_METRES: f32 = 1.1;
/// Highest step walked up without a jump, metres: a chair's seat is 0.45, a high stair 0.2.
pub const STEP_METRES: f32 = 0.36;
/// How far the ground may fall away within one step and the feet still follow it, metres. As high as a step
/// up, so that stairs feel the same both ways.
pub const SNAP_METRES: f32 = STEP_METRES;
/// Steepest ground one can stand on: the cosine of 50°.
pub const WALKABLE_NORMAL_Y: f32 = 0.642_8;
/// Distance kept from everything while moving, metres. Much smaller and casts start inside of what they touched.
pub const SKIN_METRES: f32 = 0.01;
/// Distance kept from the ground, metres. More than the skin, so that walking on a plane touches nothing.
pub const GAP_METRES: f32 = 0.015;
const _: () = assert!(GAP_METRES > SKIN_METRES);
/// Metres a second²: twice the earth's, as games do: a jump of 1.15 m then takes 0.68 s instead of 0.97.
pub const GRAVITY: f32 = 20.0;
/// Fastest fall, metres a second.
pub const TERMINAL_METRES_PER_SEC: f32 = 40.0;
/// A jump still counts this long after the edge was left, seconds…
pub const COYOTE_SECS: f32 = 0.12;
/// …and when asked for this long before the ground is reached.
pub const JUMP_BUFFER_SECS: f32 = 0.13;
/// Metres a second² on the ground: a run is reached in 0.12 s.
const GROUND_ACCELERATION: f32 = 45.0;
/// In the air one can steer, not turn around.
const AIR_ACCELERATION: f32 = 12.0;
/// How quickly the body turns to where it walks, per second.
const TURN_RATE: f32 = 14.0;
/// How far the head turns before the body follows, radians.
pub const HEAD_TURN: f32 = 1.2;
/// Somebody in the air who comes against a slope at a run slides up it at most this fast; a jump leaves faster.
const SLIDES_UP_METRES_PER_SEC: f32 = 4.5;
/// Most that what one stands on adds to a jump, metres a second: the fastest thing that moves.
const LIFT_METRES_PER_SEC: f32 = crate::world::limits::MAX_RIDE_METRES_PER_SEC;
/// Planes a motion slides along in one step before it is given up.
const SLIDES: usize = 4;

/// How fast and how high.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moves {
    pub walk_metres_per_sec: f32,
    pub run_metres_per_sec: f32,
    pub crouch_metres_per_sec: f32,
    pub jump_metres: f32,
    pub swim_metres_per_sec: f32,
    /// Swimming with `run`.
    pub sprint_metres_per_sec: f32,
    pub climb_metres_per_sec: f32,
}

impl Default for Moves {
    fn default() -> Self {
        Self {
            walk_metres_per_sec: 2.6,
            run_metres_per_sec: 5.6,
            crouch_metres_per_sec: 1.4,
            jump_metres: 1.15,
            swim_metres_per_sec: 1.7,
            sprint_metres_per_sec: 2.8,
            climb_metres_per_sec: 1.9,
        }
    }
}

/// What the person wants in this step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wish {
    /// Direction over the ground, world x and z; at most 1 long.
    pub walk: Vec2,
    pub run: bool,
    pub jump: bool,
    /// Bent down; under water, down.
    pub crouch: bool,
    /// Sit down, stand up, take hold, let go.
    pub act: bool,
    /// Where the person looks, radians about +y.
    pub look_yaw: f32,
    /// Up is positive, radians; where a swimmer goes.
    pub look_pitch: f32,
}

/// How a body is: what its wishes mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Mode {
    /// On the ground or in the air.
    #[default]
    Foot,
    Swim,
    /// On the ladder with this number.
    Climb(usize),
    /// In the seat with this number, or on the way into it.
    Sit(usize),
    /// On the way out of a seat, to `BodyState::stand_at`.
    StandUp,
}

/// How tall a body is just now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stature {
    #[default]
    Standing,
    Crouched,
}

impl Stature {
    /// From feet to crown, metres.
    pub fn height(self) -> f32 {
        match self {
            Self::Standing => HEIGHT_METRES,
            Self::Crouched => CROUCHED_METRES,
        }
    }
}

/// What [`Wish::act`] would do just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    Sit,
    StandUp,
    TakeHold,
    LetGo,
}

/// A body after a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BodyState {
    /// Feet, metres.
    pub position: Vec3,
    /// Metres a second; on something that moves, relative to it.
    pub velocity: Vec3,
    /// Where the body faces, radians about +y, −π..π.
    pub yaw: f32,
    pub grounded: bool,
    /// Up from the ground, where `grounded`.
    pub ground_normal: Vec3,
    /// Seconds since there was ground to jump from; beyond [`COYOTE_SECS`] after a jump.
    pub air_secs: f32,
    /// Seconds for which a jump asked for is still wanted.
    pub jump_wanted_secs: f32,
    pub mode: Mode,
    pub stature: Stature,
    /// What moves under the feet.
    pub ride: Option<usize>,
    /// Seconds for which no ladder is taken hold of by walking into it.
    pub loose_secs: f32,
    /// Which way one climbs out of the water, and seconds left to get there.
    haul: Vec2,
    haul_secs: f32,
    /// Where somebody who sits will stand: first where they came from.
    stand_at: Vec3,
    /// In a seat: no longer walking, so that walking stands up.
    settled: bool,
}

impl Default for BodyState {
    fn default() -> Self {
        Self::standing(Vec3::ZERO, 0.0)
    }
}

impl BodyState {
    /// At rest at `position`; the first step finds out what is below.
    pub fn standing(position: Vec3, yaw: f32) -> Self {
        Self {
            position,
            velocity: Vec3::ZERO,
            yaw: wrap(yaw),
            grounded: false,
            ground_normal: Vec3::Y,
            air_secs: 0.0,
            jump_wanted_secs: 0.0,
            mode: Mode::Foot,
            stature: Stature::Standing,
            ride: None,
            loose_secs: 0.0,
            haul: Vec2::ZERO,
            haul_secs: 0.0,
            stand_at: position,
            settled: false,
        }
    }

    /// What others see of it.
    pub fn gait(&self, moves: &Moves) -> Gait {
        match self.mode {
            Mode::Swim => Gait::Swim,
            Mode::Climb(_) => Gait::Climb,
            Mode::Sit(_) => Gait::Sit,
            Mode::StandUp => Gait::Ground,
            // A stair's edge is no fall.
            Mode::Foot if !self.grounded && self.air_secs > 0.08 => Gait::Air,
            Mode::Foot if self.stature == Stature::Crouched => Gait::Crouch,
            Mode::Foot
                if self.ground_speed() > (moves.walk_metres_per_sec + moves.run_metres_per_sec) * 0.5 =>
            {
                Gait::Run
            }
            Mode::Foot => Gait::Ground,
        }
    }

    /// Speed over the ground, metres a second.
    pub fn ground_speed(&self) -> f32 {
        Vec2::new(self.velocity.x, self.velocity.z).length()
    }
}

/// Something in the way of a body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Touch {
    /// How far the body gets, of the motion asked for, 0..1; then it is `gap` away from what it touches.
    pub fraction: f32,
    /// Unit, away from what is touched.
    pub normal: Vec3,
    /// Where it is touched.
    pub point: Vec3,
    /// Which of the things that move it is.
    pub ride: Option<usize>,
}

/// What bodies move against.
pub trait Ground {
    /// What a body with its feet at `feet` first comes within `gap` of when moved by `motion`. What it is
    /// already near to and moves away from is not in the way, nor is what moves and is where the body is.
    fn sweep(&self, feet: Vec3, stature: Stature, motion: Vec3, gap: f32) -> Option<Touch>;
    /// The upward normal of the surface at most `depth` straight below `from`.
    fn surface_below(&self, from: Vec3, depth: f32) -> Option<Vec3>;
    /// Everything at most `reach` away from the body, moving or not.
    fn contacts(&self, feet: Vec3, stature: Stature, reach: f32) -> Vec<Contact>;
    /// A way out for a body that is inside of something that does not move; zero when it is not.
    fn way_out(&self, feet: Vec3, stature: Stature) -> Vec3;

    /// Whether nothing solid that does not move is on the straight line.
    fn is_open(&self, _from: Vec3, _to: Vec3) -> bool {
        true
    }

    /// What there is to climb, to sit on and to swim in.
    fn fixtures(&self) -> &Fixtures {
        NO_FIXTURES
    }

    /// Whether somebody else has the seat; of two who sit in one, `mine` says whether the other may stay.
    fn is_taken(&self, _seat: &Seat, _mine: bool) -> bool {
        false
    }

    /// How what moves went in this step; [`Touch::ride`] counts these.
    fn rides(&self) -> &[RideStep] {
        &[]
    }

    /// The shortest way out of one of them, for a body that is inside of it.
    fn push_out(&self, _ride: usize, _feet: Vec3, _stature: Stature) -> Option<Vec3> {
        None
    }
}

const NO_FIXTURES: &Fixtures = &Fixtures {
    ladders: Vec::new(),
    seats: Vec::new(),
    waters: Vec::new(),
    sea_level: None,
    rides: Vec::new(),
};

/// Moves a body by one step of `dt` seconds.
pub fn step(state: &mut BodyState, wish: &Wish, moves: &Moves, ground: &impl Ground, dt: f32) {
    state.air_secs = if state.grounded {
        0.0
    } else {
        (state.air_secs + dt).min(60.0)
    };
    state.jump_wanted_secs = if wish.jump {
        JUMP_BUFFER_SECS
    } else {
        (state.jump_wanted_secs - dt).max(0.0)
    };
    state.loose_secs = (state.loose_secs - dt).max(0.0);
    state.haul_secs = (state.haul_secs - dt).max(0.0);
    if wish.act {
        act(state, wish, ground);
    }
    match state.mode {
        Mode::Foot => foot(state, wish, moves, ground, dt),
        Mode::Swim => water::swim(state, wish, moves, ground, dt),
        Mode::Climb(number) => ladder::climb(state, number, wish, moves, ground, dt),
        Mode::Sit(number) => seat::sit(state, number, wish, ground, dt),
        Mode::StandUp => seat::stand_up(state, dt),
    }
    if !state.position.is_finite() || !state.velocity.is_finite() {
        // A collider with broken numbers must not take a body with it.
        *state = BodyState::standing(Vec3::ZERO, 0.0);
    }
}

/// What [`Wish::act`] would do in the next step.
pub fn offer(state: &BodyState, ground: &impl Ground) -> Option<Offer> {
    match state.mode {
        Mode::Sit(_) => Some(Offer::StandUp),
        Mode::Climb(_) => Some(Offer::LetGo),
        Mode::StandUp => None,
        Mode::Foot | Mode::Swim => {
            if seat::nearest(state, ground).is_some() {
                Some(Offer::Sit)
            } else {
                ladder::within_reach(state, ground).map(|_| Offer::TakeHold)
            }
        }
    }
}

fn act(state: &mut BodyState, wish: &Wish, ground: &impl Ground) {
    match offer(state, ground) {
        Some(Offer::Sit) => {
            if let Some(number) = seat::nearest(state, ground) {
                seat::sit_down(state, number, wish);
            }
        }
        Some(Offer::TakeHold) => {
            if let Some(number) = ladder::within_reach(state, ground) {
                ladder::take_hold(state, number);
            }
        }
        Some(Offer::StandUp) => seat::rise(state, ground),
        Some(Offer::LetGo) => ladder::let_go(state),
        None => {}
    }
}

/// On the ground and in the air.
fn foot(state: &mut BodyState, wish: &Wish, moves: &Moves, ground: &impl Ground, dt: f32) {
    let was_grounded = state.grounded;
    get_out(state, ground);

    let depth = water::depth(state.position, ground);
    if depth > water::SWIM_METRES && !(state.haul_secs > 0.0 && state.velocity.y > 0.0) {
        water::begin(state);
        return water::swim(state, wish, moves, ground, dt);
    }
    if let Some(number) = ladder::walked_into(state, wish, ground) {
        ladder::take_hold(state, number);
        return ladder::climb(state, number, wish, moves, ground, dt);
    }
    let wish = water::hauled(state, wish);

    change_stature(state, wish.crouch, ground);
    turn(state, wish.walk, wish.look_yaw, dt);

    let jumps = state.jump_wanted_secs > 0.0
        && state.air_secs <= COYOTE_SECS
        && (state.stature == Stature::Standing || wish.crouch);
    if !jumps {
        ride::carry(state, ground);
    }
    ride::be_pushed(state, ground);

    accelerate(state, &wish, moves, depth, dt);
    if jumps {
        ride::leave(state, ground, dt);
        // A lift that rises adds its speed.
        let rising = state.velocity.y.clamp(0.0, LIFT_METRES_PER_SEC);
        state.velocity.y = (2.0 * GRAVITY * moves.jump_metres).sqrt() + rising;
        state.grounded = false;
        state.air_secs = COYOTE_SECS + dt; // one jump a take-off
        state.jump_wanted_secs = 0.0;
    }

    let motion = if state.grounded {
        state.velocity.y = 0.0;
        along_ground(state.velocity * dt, state.ground_normal)
    } else {
        let before = state.velocity.y;
        state.velocity.y = (before - GRAVITY * dt).max(-TERMINAL_METRES_PER_SEC);
        // Mean of both speeds: the height of a jump does not depend on the step.
        Vec3::new(
            state.velocity.x * dt,
            (before + state.velocity.y) * 0.5 * dt,
            state.velocity.z * dt,
        )
    };
    slide(state, motion, ground);
    land(state, was_grounded, ground, dt);
    if state.grounded {
        state.haul_secs = 0.0;
    } else if was_grounded
        && !wish.run
        && let Some(number) = ladder::walked_off(state, &wish, ground)
    {
        ladder::take_hold(state, number);
    }
}

/// Out of whatever does not move and has the body in it.
fn get_out(state: &mut BodyState, ground: &impl Ground) {
    let out = ground.way_out(state.position, state.stature);
    if out.is_finite() {
        state.position += out.clamp_length_max(0.25);
    }
}

/// Bends down at once, and stands up where there is room.
fn change_stature(state: &mut BodyState, crouch: bool, ground: &impl Ground) {
    if crouch {
        state.stature = Stature::Crouched;
    } else if state.stature == Stature::Crouched {
        let up = Vec3::Y * (HEIGHT_METRES - CROUCHED_METRES);
        let way_up = ground.sweep(state.position, Stature::Crouched, up, SKIN_METRES);
        // A cast straight up along an edge may miss it; whoever would stand in something stays down.
        let room = || ground.way_out(state.position, Stature::Standing) == Vec3::ZERO;
        if way_up.is_none() && room() {
            state.stature = Stature::Standing;
        }
    }
}

fn turn(state: &mut BodyState, walk: Vec2, look_yaw: f32, dt: f32) {
    let target = if walk.length_squared() > 1e-4 {
        (-walk.x).atan2(-walk.y)
    } else {
        // Standing, the head turns alone until the neck says no.
        let off = wrap(look_yaw - state.yaw);
        state.yaw + off - off.clamp(-HEAD_TURN, HEAD_TURN)
    };
    turn_to(state, target, dt);
}

fn turn_to(state: &mut BodyState, target: f32, dt: f32) {
    let off = wrap(target - state.yaw);
    state.yaw = wrap(state.yaw + off * (1.0 - (-TURN_RATE * dt).exp()));
}

/// `depth` of the water one wades in slows down.
fn accelerate(state: &mut BodyState, wish: &Wish, moves: &Moves, depth: f32, dt: f32) {
    let speed = if state.stature == Stature::Crouched {
        moves.crouch_metres_per_sec
    } else if wish.run {
        moves.run_metres_per_sec
    } else {
        moves.walk_metres_per_sec
    };
    let speed = speed * water::wading(depth);
    let want = wish.walk.clamp_length_max(1.0) * speed;
    let have = Vec2::new(state.velocity.x, state.velocity.z);
    if !state.grounded && want == Vec2::ZERO {
        return; // a jump is not braked by letting go
    }
    let rate = if state.grounded {
        GROUND_ACCELERATION
    } else {
        AIR_ACCELERATION
    };
    let next = have + (want - have).clamp_length_max(rate * dt);
    state.velocity.x = next.x;
    state.velocity.z = next.y;
}

/// Moves as far as possible, along whatever is in the way, up steps where the ground allows it.
fn slide(state: &mut BodyState, motion: Vec3, ground: &impl Ground) {
    let (from, speed) = (state.position, state.velocity);
    slide_along(state, motion, ground);
    if state.position.distance_squared(from) < motion.length_squared() * (STUCK * STUCK) {
        wedge::squeeze(state, motion, speed, ground);
    }
    // A sweep that began by touching may have missed what it touched: nobody is seen in a wall for it.
    get_out(state, ground);
}

/// Who gets less far than this of a motion may be wedged between several things.
const STUCK: f32 = 0.1;

/// Two planes face each other within 3°: the square of its sine.
const FACING: f32 = 0.002_7;

/// The same from sweep to sweep, each along what the one before met.
fn slide_along(state: &mut BodyState, motion: Vec3, ground: &impl Ground) {
    let mut left = motion;
    let mut planes: [Vec3; SLIDES] = [Vec3::ZERO; SLIDES];
    let mut stepped = false;
    for round in 0..SLIDES {
        if left.length_squared() < 1e-10 {
            return;
        }
        let Some(touch) = ground.sweep(state.position, state.stature, left, SKIN_METRES) else {
            state.position += left;
            return;
        };
        state.position += left * touch.fraction;
        left *= 1.0 - touch.fraction;
        let walkable = touch.normal.y >= WALKABLE_NORMAL_Y;
        let steps = state.grounded || state.mode == Mode::Swim;
        if steps && !walkable && !stepped && step_up(state, left, ground) {
            return;
        }
        stepped = true;
        // On foot a steep face is a wall: it stops, and does not lift.
        let mut plane = touch.normal;
        if state.grounded && !walkable && plane.y > 0.0 {
            plane = Vec3::new(plane.x, 0.0, plane.z).normalize_or(plane);
        }
        planes[round] = plane;
        left = clip(left, plane);
        if !walkable || !state.grounded {
            state.velocity = clip(state.velocity, plane);
        }
        for earlier in &planes[..round] {
            if left.dot(*earlier) < -1e-6 {
                // Between two planes only their common line is free; between two that face each other, what is
                // along both.
                let crease = earlier.cross(plane);
                let along = |v: Vec3| {
                    if crease.length_squared() < FACING {
                        v - plane * v.dot(plane)
                    } else {
                        crease * (v.dot(crease) / crease.length_squared())
                    }
                };
                left = along(left);
                let along = along(state.velocity);
                state.velocity = if state.grounded {
                    Vec3::new(along.x, 0.0, along.z)
                } else {
                    along
                };
            }
        }
        // A hair away from the plane, so that the next cast does not begin by touching it.
        left += plane * 2e-4;
    }
}

/// The same way over the map, up and down with the ground: hills neither hurl nor brake.
fn along_ground(flat: Vec3, normal: Vec3) -> Vec3 {
    let rise = -(normal.x * flat.x + normal.z * flat.z) / normal.y.max(WALKABLE_NORMAL_Y);
    Vec3::new(flat.x, rise, flat.z)
}

/// `v` without what points into the plane.
fn clip(v: Vec3, normal: Vec3) -> Vec3 {
    v - normal * v.dot(normal).min(0.0)
}

/// Tries to get over what is in the way by lifting the feet. True when the body stands on it.
fn step_up(state: &mut BodyState, left: Vec3, ground: &impl Ground) -> bool {
    let flat = Vec3::new(left.x, 0.0, left.z);
    let Some(dir) = flat.try_normalize() else {
        return false;
    };
    let lift = Vec3::Y * STEP_METRES;
    let up = lift
        * ground
            .sweep(state.position, state.stature, lift, SKIN_METRES)
            .map_or(1.0, |t| t.fraction);
    let raised = state.position + up;
    let forward = flat
        * ground
            .sweep(raised, state.stature, flat, SKIN_METRES)
            .map_or(1.0, |t| t.fraction);
    if forward.length_squared() < 1e-8 {
        return false;
    }
    let down = -(up + Vec3::Y * GAP_METRES);
    let above = raised + forward;
    let Some(touch) = ground.sweep(above, state.stature, down, GAP_METRES) else {
        return false;
    };
    // The round foot finds a hold on edges higher than it may step; those stay walls.
    if touch.point.y > state.position.y + STEP_METRES {
        return false;
    }
    let Some(normal) = standing_normal(&touch, dir, ground) else {
        return false;
    };
    state.position = above + down * touch.fraction;
    state.ground_normal = normal;
    state.velocity.y = 0.0;
    true
}

/// The normal to stand on at a touch below the body, if one can stand there. The round foot touches the
/// edge of a step aslant: then the surface just behind the edge counts.
fn standing_normal(touch: &Touch, outward: Vec3, ground: &impl Ground) -> Option<Vec3> {
    if touch.normal.y >= WALKABLE_NORMAL_Y {
        return Some(touch.normal);
    }
    if touch.normal.y <= 0.05 {
        return None;
    }
    let behind = touch.point + outward * 0.03 + Vec3::Y * 0.06;
    ground
        .surface_below(behind, 0.12)
        .filter(|n| n.y >= WALKABLE_NORMAL_Y)
}

/// A drop longer than this is looked at twice, metres.
const LATE_METRES: f32 = 0.02;

/// Finds the ground below, and stays on it.
fn land(state: &mut BodyState, was_grounded: bool, ground: &impl Ground, dt: f32) {
    state.grounded = state.grounded && state.velocity.y <= 0.0;
    if state.velocity.y > SLIDES_UP_METRES_PER_SEC {
        return;
    }
    let reach = if was_grounded { SNAP_METRES } else { GAP_METRES };
    let down = Vec3::NEG_Y * reach;
    let met = ground.sweep(state.position, state.stature, down, GAP_METRES);
    let found = met.and_then(|touch| {
        let outward = (touch.point - state.position) * Vec3::new(1.0, 0.0, 1.0);
        let normal = standing_normal(&touch, outward.normalize_or_zero(), ground)?;
        // Rising, one is on the ground only where one slides up along it.
        let leaves = state.velocity.y > 0.0 && state.velocity.dot(normal) > 0.2;
        (!leaves).then_some((touch, normal))
    });
    if let Some((touch, normal)) = found {
        let drop = down * touch.fraction;
        // A sweep along an edge may see the floor too late; then the next step finds it.
        if drop.y > -LATE_METRES || !wedge::is_inside(state.position + drop, state.stature, ground) {
            state.position += drop;
        }
        if !was_grounded && touch.fraction == 0.0 {
            // It fell onto the ground as near as the skin; feet keep the gap.
            state.position.y += GAP_METRES - SKIN_METRES;
        }
        ride::board(state, touch.ride, ground, dt);
        state.grounded = true;
        state.ground_normal = normal;
        state.velocity.y = 0.0;
        state.air_secs = 0.0;
    } else if let Some(touch) = met
        && state.velocity.y <= 0.0
        && let Some(normal) = wedge::settle(state, was_grounded, ground)
    {
        ride::board(state, touch.ride, ground, dt);
        state.grounded = true;
        state.ground_normal = normal;
        state.velocity.y = 0.0;
        state.air_secs = 0.0;
    } else {
        ride::leave(state, ground, dt);
        state.grounded = false;
        state.ground_normal = Vec3::Y;
    }
}

/// An angle as −π..π.
pub fn wrap(angle: f32) -> f32 {
    if !angle.is_finite() {
        return 0.0;
    }
    let a = (angle + PI).rem_euclid(TAU) - PI;
    a.clamp(-PI, PI)
}

/// The ground bots walk on: one plane at a height, without end.
#[derive(Clone, Copy, Debug)]
pub struct FlatGround {
    pub height: f32,
}

impl Ground for FlatGround {
    fn sweep(&self, feet: Vec3, _stature: Stature, motion: Vec3, gap: f32) -> Option<Touch> {
        let room = feet.y - self.height - gap;
        (motion.y < 0.0 && room + motion.y < 0.0).then(|| Touch {
            fraction: (room / -motion.y).clamp(0.0, 1.0),
            normal: Vec3::Y,
            point: Vec3::new(feet.x, self.height, feet.z),
            ride: None,
        })
    }

    fn surface_below(&self, from: Vec3, depth: f32) -> Option<Vec3> {
        (0.0..=depth).contains(&(from.y - self.height)).then_some(Vec3::Y)
    }

    fn contacts(&self, feet: Vec3, _stature: Stature, reach: f32) -> Vec<Contact> {
        let distance = feet.y - self.height;
        let floor = Contact {
            normal: Vec3::Y,
            distance,
        };
        if distance <= reach {
            vec![floor]
        } else {
            Vec::new()
        }
    }

    fn way_out(&self, feet: Vec3, _stature: Stature) -> Vec3 {
        Vec3::Y * (self.height - feet.y).max(0.0)
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

//! Bodies on grounds made of boxes and slopes, with the same casts the game uses.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::body::ground::BodyShapes;
use crate::body::rides::Rides;
use avian3d::parry::query::{self, ShapeCastOptions};
use avian3d::prelude::Collider;
use bevy::math::Quat;
use proptest::prelude::*;
use std::f32::consts::FRAC_1_SQRT_2;

#[path = "rules_tests/anywhere.rs"]
mod anywhere;
#[path = "rules_tests/ladder.rs"]
mod ladder;
#[path = "rules_tests/ride.rs"]
mod ride;
#[path = "rules_tests/seat.rs"]
mod seat;
#[path = "rules_tests/water.rs"]
mod water;
#[path = "rules_tests/wedge.rs"]
mod wedge;

/// Colliders where they stand, what moves, and what there is to do.
#[derive(Default)]
struct Course {
    solids: Vec<(Collider, Vec3, Quat)>,
    fixtures: Fixtures,
    rides: Rides,
    shapes: BodyShapes,
    /// Somebody else sits in every seat.
    taken: bool,
}

impl Course {
    fn floor() -> Self {
        let mut course = Self::default();
        course.block(Vec3::new(0.0, -0.5, 0.0), Vec3::new(200.0, 1.0, 200.0));
        course
    }

    /// A box that is not turned.
    fn block(&mut self, centre: Vec3, size: Vec3) {
        self.cuboid(centre, size, Quat::IDENTITY);
    }

    fn cuboid(&mut self, centre: Vec3, size: Vec3, rotation: Quat) {
        self.solids
            .push((Collider::cuboid(size.x, size.y, size.z), centre, rotation));
    }

    /// A box that moves.
    fn platform(&mut self, centre: Vec3, size: Vec3, through: &[Vec3], period_secs: f32) {
        self.fixtures.rides.push(crate::world::Ride {
            course: crate::world::Course::new(through, period_secs, 0.5).unwrap(),
            boxes: vec![crate::world::SolidBox {
                centre,
                size,
                rotation: Quat::IDENTITY,
            }],
        });
        self.rides = Rides::of(&self.fixtures);
    }

    /// Everything that moves to where it is after step `number`.
    fn advance(&mut self, number: usize) {
        self.rides.advance(&self.fixtures, number as f64 / STEP_HZ, DT);
    }

    /// Whether a body would be inside of something that stands still.
    fn is_inside(&self, feet: Vec3, stature: Stature) -> bool {
        self.way_out(feet, stature).length() > 0.0
    }
}

/// How exactly contacts with boxes of 200 m are found, metres.
const HAIR: f32 = 0.004;

fn pose(at: Vec3, rotation: Quat) -> avian3d::parry::math::Pose {
    avian3d::parry::math::Pose::from_parts(at, rotation)
}

impl Ground for Course {
    fn sweep(&self, feet: Vec3, stature: Stature, motion: Vec3, gap: f32) -> Option<Touch> {
        let length = motion.length();
        let dir = motion.try_normalize()?;
        let from = pose(feet + Vec3::Y * stature.height() * 0.5, Quat::IDENTITY);
        let options = ShapeCastOptions {
            max_time_of_impact: length,
            target_distance: gap,
            stop_at_penetration: false,
            compute_impact_geometry_on_penetration: true,
        };
        self.solids
            .iter()
            .filter_map(|(collider, at, rotation)| {
                let there = pose(*at, *rotation);
                let hit = query::cast_shapes(
                    &there,
                    Vec3::ZERO,
                    collider.shape_scaled().as_ref(),
                    &from,
                    dir,
                    self.shapes.capsule(stature),
                    options,
                )
                .unwrap()?;
                Some(Touch {
                    fraction: hit.time_of_impact / length,
                    normal: there.rotation * hit.normal1,
                    point: there * hit.witness1,
                    ride: None,
                })
            })
            .chain(self.rides.sweep(&self.shapes, feet, stature, motion, gap))
            .min_by(|a, b| a.fraction.total_cmp(&b.fraction))
    }

    fn surface_below(&self, from: Vec3, depth: f32) -> Option<Vec3> {
        self.solids
            .iter()
            .filter_map(|(c, at, rotation)| c.cast_ray(*at, *rotation, from, Vec3::NEG_Y, depth, false))
            .chain(self.rides.surface_below(from, depth))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, normal)| normal)
    }

    fn contacts(&self, feet: Vec3, stature: Stature, reach: f32) -> Vec<Contact> {
        let from = pose(feet + Vec3::Y * stature.height() * 0.5, Quat::IDENTITY);
        let still = self.solids.iter().filter_map(|(collider, at, rotation)| {
            let there = pose(*at, *rotation);
            let shape = collider.shape_scaled();
            let contact = query::contact(&there, shape.as_ref(), &from, self.shapes.capsule(stature), reach);
            contact.unwrap().map(|contact| Contact {
                normal: contact.normal1,
                distance: contact.dist,
            })
        });
        still
            .chain(self.rides.contacts(&self.shapes, feet, stature, reach))
            .collect()
    }

    fn way_out(&self, feet: Vec3, stature: Stature) -> Vec3 {
        let mut out = Vec3::ZERO;
        for (collider, at, rotation) in &self.solids {
            let there = pose(*at, *rotation);
            let from = pose(feet + out + Vec3::Y * stature.height() * 0.5, Quat::IDENTITY);
            let shape = collider.shape_scaled();
            let contact = query::contact(&there, shape.as_ref(), &from, self.shapes.capsule(stature), 0.0);
            if let Some(contact) = contact.unwrap().filter(|contact| contact.dist < -HAIR) {
                out -= contact.normal1 * contact.dist;
            }
        }
        out
    }

    fn is_open(&self, from: Vec3, to: Vec3) -> bool {
        let Some(direction) = (to - from).try_normalize() else {
            return true;
        };
        !self.solids.iter().any(|(collider, at, rotation)| {
            collider
                .cast_ray(*at, *rotation, from, direction, from.distance(to), true)
                .is_some()
        })
    }

    fn fixtures(&self) -> &Fixtures {
        &self.fixtures
    }

    fn is_taken(&self, _seat: &Seat, _mine: bool) -> bool {
        self.taken
    }

    fn rides(&self) -> &[RideStep] {
        &self.rides.steps
    }

    fn push_out(&self, ride: usize, feet: Vec3, stature: Stature) -> Option<Vec3> {
        self.rides.push_out(&self.shapes, ride, feet, stature)
    }
}

const DT: f32 = 1.0 / 60.0;

fn step_once(state: &mut BodyState, wish: Wish, ground: &impl Ground) {
    step(state, &wish, &Moves::default(), ground, DT);
}

fn run_for(state: &mut BodyState, wish: Wish, ground: &impl Ground, secs: f32) {
    for _ in 0..(secs / DT).round() as usize {
        step_once(state, wish, ground);
    }
}

fn settled(ground: &impl Ground, at: Vec3) -> BodyState {
    let mut state = BodyState::standing(at, 0.0);
    run_for(&mut state, Wish::default(), ground, 1.0);
    state
}

const EAST: Wish = Wish {
    walk: Vec2::X,
    run: false,
    jump: false,
    crouch: false,
    act: false,
    look_yaw: 0.0,
    look_pitch: 0.0,
};

const REST: Wish = Wish {
    walk: Vec2::ZERO,
    ..EAST
};

/// Aslant to walls that run along x or z.
const SOUTH_EAST: Wish = Wish {
    walk: Vec2::new(FRAC_1_SQRT_2, FRAC_1_SQRT_2),
    ..EAST
};

#[test]
fn a_body_dropped_lands_and_stays_put() {
    let course = Course::floor();
    let state = settled(&course, Vec3::new(3.0, 2.0, 1.0));
    assert!(state.grounded);
    assert!(
        (state.position.y - GAP_METRES).abs() < 0.002,
        "{}",
        state.position.y
    );
    let mut later = state;
    run_for(&mut later, Wish::default(), &course, 5.0);
    assert!(later.position.distance(state.position) < 1e-3);
}

#[test]
fn walking_and_running_go_at_their_speeds() {
    let course = Course::floor();
    for run in [false, true] {
        let mut state = settled(&course, Vec3::ZERO);
        run_for(&mut state, Wish { run, ..EAST }, &course, 1.0);
        let from = state.position.x;
        run_for(&mut state, Wish { run, ..EAST }, &course, 2.0);
        let speed = (state.position.x - from) / 2.0;
        let want = if run {
            Moves::default().run_metres_per_sec
        } else {
            Moves::default().walk_metres_per_sec
        };
        assert!((speed - want).abs() < 0.05, "run {run}: {speed}");
    }
}

#[test]
fn a_jump_reaches_its_height() {
    let course = Course::floor();
    let mut state = settled(&course, Vec3::ZERO);
    let mut top = 0.0f32;
    for i in 0..60 {
        step_once(&mut state, Wish { jump: i == 0, ..REST }, &course);
        top = top.max(state.position.y - GAP_METRES);
    }
    assert!((top - 1.15).abs() < 0.03, "{top}");
    assert!(state.grounded);
}

#[test]
fn a_jump_held_down_is_one_jump_a_landing_and_never_one_in_the_air() {
    let course = Course::floor();
    let mut state = settled(&course, Vec3::ZERO);
    let mut top = 0.0f32;
    for _ in 0..200 {
        step_once(&mut state, Wish { jump: true, ..REST }, &course);
        top = top.max(state.position.y);
    }
    assert!(top < 1.25, "{top}");
}

#[test]
fn a_jump_a_moment_after_the_edge_still_counts() {
    let mut course = Course::default();
    course.block(Vec3::new(0.0, -0.5, 0.0), Vec3::new(4.0, 1.0, 4.0));
    let mut state = settled(&course, Vec3::new(0.0, 0.0, 0.0));
    let mut left_at = None;
    for i in 0..200 {
        let late = left_at.is_some_and(|at| i == at + 5);
        step_once(
            &mut state,
            Wish {
                run: true,
                jump: late,
                ..EAST
            },
            &course,
        );
        if late {
            assert!(state.velocity.y > 5.0, "five steps (83 ms) after the edge");
            return;
        }
        if !state.grounded && left_at.is_none() {
            left_at = Some(i);
        }
    }
    panic!("never left the edge");
}

#[test]
fn a_jump_asked_for_just_before_landing_happens_on_landing() {
    let course = Course::floor();
    let mut state = BodyState::standing(Vec3::Y * 0.6, 0.0);
    state.air_secs = 1.0;
    let mut jumped = false;
    let mut asked = false;
    for _ in 0..60 {
        let soon = !asked && state.position.y < 0.3;
        asked |= soon;
        step_once(&mut state, Wish { jump: soon, ..REST }, &course);
        jumped |= state.velocity.y > 5.0;
    }
    assert!(asked && jumped);
}

#[test]
fn stairs_are_walked_up_and_down_without_leaving_the_ground() {
    let mut course = Course::floor();
    for i in 1..=5 {
        // Step i begins at x = 1 + 0.3·i and its top is at 0.18·i.
        let (i, rise) = (i as f32, 0.18 * i as f32);
        course.block(
            Vec3::new(1.0 + 0.3 * i + 5.0, rise * 0.5, 0.0),
            Vec3::new(10.0, rise, 4.0),
        );
    }
    let mut state = settled(&course, Vec3::ZERO);
    let mut airborne = 0;
    for _ in 0..180 {
        step_once(&mut state, EAST, &course);
        airborne += usize::from(!state.grounded);
    }
    assert!(state.position.y > 0.88, "climbed to {}", state.position.y);
    assert_eq!(airborne, 0, "feet stay on the stairs going up");
    for _ in 0..300 {
        step_once(
            &mut state,
            Wish {
                walk: -Vec2::X,
                ..REST
            },
            &course,
        );
        airborne += usize::from(!state.grounded);
    }
    assert!(state.position.y < 0.05, "and down to {}", state.position.y);
    assert_eq!(airborne, 0, "feet stay on the stairs going down");
}

#[test]
fn a_step_of_a_third_of_a_metre_is_walked_up_and_a_wall_is_not() {
    for (height, climbs) in [
        (0.1, true),
        (0.2, true),
        (0.3, true),
        (0.34, true),
        (0.45, false),
        (1.0, false),
    ] {
        let mut course = Course::floor();
        course.block(Vec3::new(3.0, height * 0.5, 0.0), Vec3::new(2.0, height, 10.0));
        for run in [false, true] {
            let mut state = settled(&course, Vec3::ZERO);
            let mut highest = 0.0f32;
            for _ in 0..90 {
                step_once(&mut state, Wish { run, ..EAST }, &course);
                highest = highest.max(state.position.y);
            }
            assert_eq!(
                highest > height,
                climbs,
                "height {height}, run {run}: reached {highest}"
            );
            if !climbs {
                assert!(
                    state.position.x < 2.0 - RADIUS_METRES + 0.02,
                    "through the wall: {}",
                    state.position.x
                );
                assert!(highest < 0.1, "lifted by the wall: {highest}");
            }
        }
    }
}

#[test]
fn a_thirty_degree_slope_is_walked_and_a_sixty_degree_one_is_not() {
    for (degrees, walks) in [
        (20.0f32, true),
        (30.0, true),
        (45.0, true),
        (60.0, false),
        (75.0, false),
    ] {
        let mut course = Course::floor();
        let tilt = Quat::from_rotation_z(degrees.to_radians());
        // The slope's upper face goes through (1, 0, 0).
        let face = Vec3::new(1.0, 0.0, 0.0);
        course.cuboid(
            face + tilt * Vec3::new(5.0, -1.0, 0.0),
            Vec3::new(12.0, 2.0, 10.0),
            tilt,
        );
        let mut state = settled(&course, Vec3::new(-0.5, 0.0, 0.0));
        run_for(&mut state, EAST, &course, 2.0);
        assert_eq!(state.position.y > 0.5, walks, "{degrees}°: {}", state.position);
        if walks {
            let rest = settled(&course, state.position);
            let mut later = rest;
            run_for(&mut later, Wish::default(), &course, 3.0);
            assert!(
                later.position.distance(rest.position) < 0.01,
                "slides down {degrees}°"
            );
            run_for(&mut state, EAST, &course, 0.5);
            assert!(
                (state.ground_speed() - 2.6).abs() < 0.1,
                "{degrees}°: {}",
                state.ground_speed()
            );
        }
    }
}

#[test]
fn a_wall_met_at_an_angle_is_slid_along() {
    let mut course = Course::floor();
    course.block(Vec3::new(3.0, 2.0, 0.0), Vec3::new(2.0, 4.0, 40.0));
    let mut state = settled(&course, Vec3::ZERO);
    run_for(&mut state, SOUTH_EAST, &course, 3.0);
    assert!(state.position.x < 2.0 - RADIUS_METRES + 0.02);
    assert!(state.position.z > 4.0, "stuck at {}", state.position);
}

#[test]
fn a_corner_holds() {
    let mut course = Course::floor();
    course.block(Vec3::new(3.0, 2.0, 0.0), Vec3::new(2.0, 4.0, 40.0));
    course.cuboid(
        Vec3::new(0.0, 2.0, 3.0),
        Vec3::new(40.0, 4.0, 2.0),
        Quat::from_rotation_y(0.2),
    );
    let mut state = settled(&course, Vec3::ZERO);
    run_for(
        &mut state,
        Wish {
            run: true,
            ..SOUTH_EAST
        },
        &course,
        6.0,
    );
    assert!(
        state.position.x < 2.0 && state.position.y < 0.1,
        "{}",
        state.position
    );
    let at = state.position;
    run_for(
        &mut state,
        Wish {
            run: true,
            ..SOUTH_EAST
        },
        &course,
        1.0,
    );
    assert!(
        state.position.distance(at) < 0.02,
        "jitters in the corner by {}",
        state.position.distance(at)
    );
}

#[test]
fn a_ceiling_ends_a_jump_and_nothing_more() {
    let mut course = Course::floor();
    course.block(Vec3::new(0.0, 2.6, 0.0), Vec3::new(20.0, 1.0, 20.0));
    let mut state = settled(&course, Vec3::ZERO);
    let mut top = 0.0f32;
    for i in 0..60 {
        step_once(&mut state, Wish { jump: i == 0, ..EAST }, &course);
        top = top.max(state.position.y);
    }
    assert!(top + HEIGHT_METRES < 2.1, "{top}");
    assert!(state.grounded && state.position.x > 1.5);
}

#[test]
fn the_head_turns_first_and_the_body_follows() {
    let course = Course::floor();
    let mut state = settled(&course, Vec3::ZERO);
    run_for(
        &mut state,
        Wish {
            look_yaw: 0.8,
            ..REST
        },
        &course,
        1.0,
    );
    assert_eq!(state.yaw, 0.0);
    run_for(
        &mut state,
        Wish {
            look_yaw: 2.0,
            ..REST
        },
        &course,
        1.0,
    );
    assert!((state.yaw - 0.8).abs() < 0.01, "{}", state.yaw);
    run_for(&mut state, EAST, &course, 1.0);
    assert!(
        (state.yaw + PI / 2.0).abs() < 0.01,
        "faces where it walks: {}",
        state.yaw
    );
}

#[test]
fn flat_ground_is_ground() {
    let ground = FlatGround { height: 2.0 };
    let mut state = settled(&ground, Vec3::Y * 4.0);
    assert!(state.grounded && (state.position.y - 2.0 - GAP_METRES).abs() < 1e-3);
    run_for(&mut state, Wish { run: true, ..EAST }, &ground, 2.0);
    assert!(state.position.x > 10.0 && state.grounded);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// Whatever somebody presses, they stay above the floor, at finite numbers, and below what a jump reaches.
    #[test]
    fn nobody_falls_through_the_floor_or_flies(keys in proptest::collection::vec((0u8..9, any::<bool>(), any::<bool>(), -4.0f32..4.0), 20..60)) {
        let mut course = Course::floor();
        course.block(Vec3::new(2.0, 0.1, 1.0), Vec3::new(1.0, 0.2, 1.0));
        course.cuboid(Vec3::new(-2.0, 1.0, -1.0), Vec3::new(1.0, 2.0, 3.0), Quat::from_rotation_y(0.4));
        course.cuboid(Vec3::new(0.0, 0.0, -3.0), Vec3::new(4.0, 1.0, 3.0), Quat::from_rotation_x(0.5));
        let mut state = settled(&course, Vec3::ZERO);
        for (dir, run, jump, look_yaw) in keys {
            let walk = if dir == 0 { Vec2::ZERO } else { Vec2::from_angle(f32::from(dir) * PI / 4.0) };
            run_for(&mut state, Wish { walk, run, jump, look_yaw, ..REST }, &course, 0.2);
            prop_assert!(state.position.is_finite());
            prop_assert!(state.position.y > -0.02, "below the floor: {}", state.position);
            prop_assert!(state.position.y < 5.0, "flies: {}", state.position);
        }
    }
}

/// Low-poly hills as world files have them: a triangle mesh of waves up to a metre high, gentle enough to walk.
fn hills() -> Course {
    let (mut points, mut triangles) = (Vec::new(), Vec::new());
    const N: u32 = 40;
    for i in 0..=N {
        for j in 0..=N {
            let (x, z) = (i as f32 - 20.0, j as f32 - 20.0);
            points.push(Vec3::new(x, (x * 0.7).sin() * (z * 0.6).cos() * 0.6, z));
        }
    }
    for i in 0..N {
        for j in 0..N {
            let a = i * (N + 1) + j;
            triangles.push([a, a + 1, a + N + 1]);
            triangles.push([a + 1, a + N + 2, a + N + 1]);
        }
    }
    let mut course = Course::default();
    course
        .solids
        .push((Collider::trimesh(points, triangles), Vec3::ZERO, Quat::IDENTITY));
    course
}

#[test]
fn hills_of_triangles_are_run_over_at_full_speed_with_feet_on_the_ground() {
    let course = hills();
    for (heading, run) in [(0.1f32, false), (1.3, true), (2.9, true), (4.0, false)] {
        let walk = Vec2::from_angle(heading);
        let mut state = settled(&course, Vec3::new(0.3, 1.5, 0.2));
        run_for(&mut state, Wish { walk, run, ..REST }, &course, 0.3);
        let from = state.position;
        let mut airborne = 0;
        for _ in 0..150 {
            step_once(&mut state, Wish { walk, run, ..REST }, &course);
            airborne += usize::from(!state.grounded);
        }
        let gone = (state.position - from) * Vec3::new(1.0, 0.0, 1.0);
        let speed = gone.length() / 2.5;
        let want = if run { 5.6 } else { 2.6 };
        assert!(speed > want * 0.97, "heading {heading}: {speed} of {want}");
        assert!(airborne <= 2, "heading {heading}: {airborne} steps in the air");
    }
}

#[test]
fn a_wall_on_hills_is_slid_along_and_not_stuck_to() {
    let mut course = hills();
    course.block(Vec3::new(3.0, 2.0, 0.0), Vec3::new(2.0, 8.0, 40.0));
    let mut state = settled(&course, Vec3::new(1.0, 1.0, -8.0));
    run_for(&mut state, SOUTH_EAST, &course, 1.5);
    let from = state.position;
    run_for(&mut state, SOUTH_EAST, &course, 3.0);
    let speed = (state.position.z - from.z) / 3.0;
    assert!(speed > 1.2, "{speed} of 1.84");
}

//! Between things that lean: rocks, backrests, gaps that narrow downwards, pits with slanting walls.

use super::*;

/// A floor as small as the walks here: parry's casts against boxes of 200 m may panic.
fn floor() -> Course {
    let mut course = Course::default();
    course.block(Vec3::new(0.0, -0.5, 0.0), Vec3::new(20.0, 1.0, 20.0));
    course
}

/// What gets somebody a metre away from where they are, if anything does: 8 ways, walking, and with a jump now and
/// then. Metres.
fn farthest(course: &Course, from: &BodyState) -> f32 {
    let tries = (0..8).flat_map(|way| [false, true].map(|jumps| (way, jumps)));
    tries
        .map(|(way, jumps)| {
            let walk = Vec2::from_angle(way as f32 * PI / 4.0);
            let (mut state, mut far) = (*from, 0.0f32);
            for n in 0..150 {
                let jump = jumps && n % 50 == 10;
                step_once(&mut state, Wish { walk, jump, ..REST }, course);
                far = far.max(state.position.distance(from.position));
            }
            far
        })
        .fold(0.0, f32::max)
}

/// Whether a body could get a metre away in one hop: straight up as high as one jumps, and straight on from there.
/// Where no such hop is free, the pit counts as closed.
fn is_open(course: &Course, from: &BodyState) -> bool {
    let up = Vec3::Y * (Moves::default().jump_metres - 0.15);
    let free = course
        .sweep(from.position, from.stature, up, 2.0 * SKIN_METRES)
        .map_or(1.0, |touch| touch.fraction);
    (0..=10).any(|part| {
        let raised = from.position + up * free * part as f32 * 0.1;
        (0..8).any(|way| {
            let walk = Vec2::from_angle(way as f32 * PI / 4.0) * 1.1;
            let there = Vec3::new(walk.x, 0.0, walk.y);
            course
                .sweep(raised, from.stature, there, 2.0 * SKIN_METRES)
                .is_none()
                && course.way_out(raised + there, from.stature) == Vec3::ZERO
        })
    })
}

/// A gap along x between two slabs `lean` radians off the vertical, `half` metres from the middle at the floor; a
/// positive lean makes it wider upwards.
fn gap(half: f32, lean: f32) -> Course {
    let mut course = floor();
    for side in [-1.0f32, 1.0] {
        let turn = Quat::from_rotation_x(side * lean);
        let up = turn * Vec3::Y;
        let out = turn * (Vec3::Z * side);
        let foot = Vec3::Z * (side * half);
        course.cuboid(foot + up * 0.8 + out * 0.5, Vec3::new(4.0, 1.8, 1.0), turn);
    }
    course
}

#[test]
fn a_gap_that_narrows_downwards_is_walked_along_and_jumped_out_of() {
    for centimetres in 0..32 {
        for lean in [0.05f32, 0.15, 0.3, 0.5, 0.7] {
            let half = centimetres as f32 * 0.01;
            let course = gap(half, lean);
            let state = settled(&course, Vec3::Y * 2.5);
            let far = farthest(&course, &state);
            assert!(
                state.grounded && far > 1.0,
                "{half} m at the floor, {lean} rad: {far} m from {state:?}"
            );
            // Along it one walks, with feet on the ground.
            let (mut walks, mut airborne) = (state, 0);
            for _ in 0..30 {
                step_once(&mut walks, EAST, &course);
                airborne += usize::from(!walks.grounded);
            }
            assert!(
                walks.position.x > 0.9 && airborne == 0,
                "{half} m at the floor, {lean} rad, {airborne} steps in the air: {walks:?}"
            );
        }
    }
}

#[test]
fn under_two_things_that_lean_together_one_walks_as_far_as_one_fits() {
    // To two millimetres more than one is thick.
    for millimetres in [2.0, 5.0, 9.0, 11.0, 15.0, 25.0, 50.0, 100.0, 300.0] {
        for lean in [0.05f32, 0.1, 0.2f32] {
            let half = (RADIUS_METRES + millimetres * 0.001) / lean.cos() + 1.46 * lean.tan();
            let course = gap(half, -lean);
            let mut state = BodyState::standing(Vec3::new(-1.5, 0.02, 0.0), 0.0);
            run_for(&mut state, REST, &course, 0.5);
            run_for(&mut state, EAST, &course, 1.0);
            assert!(
                state.grounded && state.position.x > 0.9,
                "{half} m at the floor, {lean} rad: {state:?}"
            );
        }
    }
}

#[test]
fn nobody_climbs_a_valley_between_steep_faces_by_jumping() {
    // Two faces of 65° that meet in a line of 57°: too steep for either.
    let mut course = floor();
    for side in [-1.0f32, 1.0] {
        let turn = Quat::from_rotation_y(side * 0.6) * Quat::from_rotation_z(65f32.to_radians());
        let face = Vec3::new(1.0, 0.0, 0.0);
        course.cuboid(
            face + turn * Vec3::new(4.0, -1.0, 0.0),
            Vec3::new(16.0, 2.0, 20.0),
            turn,
        );
    }
    let mut state = settled(&course, Vec3::new(-0.5, 0.0, 0.0));
    let mut top = 0.0f32;
    for n in 0..900 {
        step_once(
            &mut state,
            Wish {
                jump: n % 3 == 0,
                run: true,
                ..EAST
            },
            &course,
        );
        top = top.max(state.position.y);
    }
    assert!(top < 2.0, "climbed to {top}");
}

/// Up to six boxes of any lean around a place, and where one falls from.
fn heap() -> impl Strategy<Value = (Vec<(f32, f32, f32, Vec3, Vec3)>, Vec2)> {
    let leaning = (
        0.0f32..6.3,
        0.2f32..1.1,
        -0.4f32..1.2,
        (0.3f32..2.5, 0.4f32..2.5, 0.1f32..1.5).prop_map(|(x, y, z)| Vec3::new(x, y, z)),
        (-0.7f32..0.7, -3.2f32..3.2, -0.7f32..0.7).prop_map(|(x, y, z)| Vec3::new(x, y, z)),
    );
    (
        proptest::collection::vec(leaning, 2..7),
        (-0.6f32..0.6, -0.6f32..0.6).prop_map(|(x, z)| Vec2::new(x, z)),
    )
}

fn pile(stones: &[(f32, f32, f32, Vec3, Vec3)]) -> Course {
    let mut course = floor();
    for (angle, away, height, size, turns) in stones {
        let at = Quat::from_rotation_y(*angle) * Vec3::X * *away + Vec3::Y * *height;
        let turn = Quat::from_euler(bevy::math::EulerRot::YXZ, turns.y, turns.x, turns.z);
        course.cuboid(at, *size, turn);
    }
    course
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever one falls in between, one gets a metre away from it, or there is no hop that leads out.
    #[test]
    fn whoever_falls_between_rocks_gets_out_again((stones, from) in heap()) {
        let course = pile(&stones);
        let above = BodyState::standing(Vec3::new(from.x, 4.0, from.y), 0.0);
        prop_assume!(!course.is_inside(above.position, above.stature));
        let mut state = above;
        run_for(&mut state, REST, &course, 2.5);
        // On an edge that rounding finds every other step, too.
        prop_assert!(state.air_secs < COYOTE_SECS, "still in the air: {state:?}");
        let far = farthest(&course, &state);
        prop_assert!(far > 1.0 || !is_open(&course, &state), "{far} m from {state:?}");
    }
}

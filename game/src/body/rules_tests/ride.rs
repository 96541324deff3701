//! Lifts, ferries and what they do to those on them and in their way.

use super::*;

/// Lets `secs` pass on a course where things move.
fn ride_for(state: &mut BodyState, wish: Wish, course: &mut Course, step_count: &mut usize, secs: f32) {
    for _ in 0..(secs / DT).round() as usize {
        *step_count += 1;
        course.advance(*step_count);
        step_once(state, wish, course);
    }
}

fn ferry() -> Course {
    let mut course = Course::default();
    course.block(Vec3::new(0.0, -5.0, 0.0), Vec3::new(200.0, 1.0, 200.0));
    course.platform(
        Vec3::new(0.0, -0.1, 0.0),
        Vec3::new(3.0, 0.2, 3.0),
        &[Vec3::X * 20.0],
        20.0,
    );
    course
}

#[test]
fn whoever_stands_on_a_ferry_stands_still_on_it() {
    let (mut course, mut n) = (ferry(), 0);
    let mut state = BodyState::standing(Vec3::new(0.4, 0.02, -0.3), 0.0);
    for _ in 0..1200 {
        ride_for(&mut state, REST, &mut course, &mut n, DT);
        let there = course.fixtures.rides[0].course.at(n as f64 / STEP_HZ);
        let off = state.position - there - Vec3::new(0.4, GAP_METRES, -0.3);
        assert!(off.length() < 0.02, "step {n}: {off}");
        assert!(n < 3 || (state.grounded && state.ground_speed() < 0.01));
    }
}

#[test]
fn whoever_walks_on_a_ferry_walks_as_on_the_floor() {
    let (mut course, mut n) = (ferry(), 0);
    let mut state = BodyState::standing(Vec3::new(-1.0, 0.02, 0.0), 0.0);
    ride_for(&mut state, REST, &mut course, &mut n, 4.0);
    let before = state.position - course.fixtures.rides[0].course.at(n as f64 / STEP_HZ);
    ride_for(&mut state, EAST, &mut course, &mut n, 0.5);
    let after = state.position - course.fixtures.rides[0].course.at(n as f64 / STEP_HZ);
    assert!(((after - before).x - 1.3).abs() < 0.12, "{}", after - before);
}

#[test]
fn a_jump_on_a_ferry_lands_where_it_began_and_one_off_it_keeps_the_speed() {
    let (mut course, mut n) = (ferry(), 0);
    let mut state = BodyState::standing(Vec3::new(0.0, 0.02, 0.0), 0.0);
    ride_for(&mut state, REST, &mut course, &mut n, 4.6);
    ride_for(&mut state, Wish { jump: true, ..REST }, &mut course, &mut n, DT);
    let ride_speed = (course.rides.steps[0].shift / DT).x;
    assert!(ride_speed > 2.0, "{ride_speed}");
    assert!((state.velocity.x - ride_speed).abs() < 0.1, "{}", state.velocity);
    ride_for(&mut state, REST, &mut course, &mut n, 1.0);
    let there = course.fixtures.rides[0].course.at(n as f64 / STEP_HZ);
    assert!(
        state.grounded && (state.position - there).length() < 0.35,
        "{}",
        state.position - there
    );
}

#[test]
fn a_lift_carries_up_and_down_with_feet_on_it() {
    let mut course = Course::floor();
    course.platform(
        Vec3::new(0.0, 0.1, 0.0),
        Vec3::new(2.0, 0.2, 2.0),
        &[Vec3::Y * 8.0],
        7.0,
    );
    let mut n = 0;
    course.advance(0);
    let mut state = BodyState::standing(Vec3::new(0.3, 0.22, 0.0), 0.0);
    let (mut airborne, mut top) = (0, 0.0f32);
    for _ in 0..840 {
        ride_for(&mut state, REST, &mut course, &mut n, DT);
        airborne += usize::from(!state.grounded && n > 3);
        top = top.max(state.position.y);
    }
    assert_eq!(airborne, 0);
    assert!((top - 8.2).abs() < 0.05, "{top}");
}

#[test]
fn what_comes_along_the_floor_pushes_aside_and_into_no_wall() {
    let mut course = Course::floor();
    course.platform(
        Vec3::new(-4.0, 1.0, 0.0),
        Vec3::new(1.0, 2.0, 6.0),
        &[Vec3::X * 8.0],
        8.0,
    );
    let mut n = 0;
    let mut state = settled(&course, Vec3::ZERO);
    ride_for(&mut state, REST, &mut course, &mut n, 4.0);
    assert!(state.position.x > 4.0, "pushed along: {}", state.position);
    // With a wall behind, the thing goes through the body, which stays where it is.
    let mut state = settled(&course, Vec3::ZERO);
    course.block(Vec3::new(2.5, 2.0, 0.0), Vec3::new(1.0, 4.0, 20.0));
    let mut n = 0;
    course.advance(0);
    for _ in 0..480 {
        ride_for(&mut state, REST, &mut course, &mut n, DT);
        assert!(
            state.position.x < 2.0 - RADIUS_METRES + 0.02,
            "{}",
            state.position
        );
        assert!(
            !course.is_inside(state.position, state.stature),
            "{}",
            state.position
        );
    }
    ride_for(&mut state, EAST, &mut course, &mut n, 0.5);
    let from = state.position;
    ride_for(
        &mut state,
        Wish {
            walk: Vec2::Y,
            ..REST
        },
        &mut course,
        &mut n,
        2.0,
    );
    assert!(
        state.position.distance(from) > 2.0,
        "free again: {}",
        state.position
    );
}

#[test]
fn a_lift_under_a_low_ceiling_squeezes_nobody_through_it() {
    let mut course = Course::floor();
    course.block(Vec3::new(0.0, 3.5, 0.0), Vec3::new(20.0, 1.0, 20.0));
    course.platform(
        Vec3::new(0.0, 0.1, 0.0),
        Vec3::new(2.0, 0.2, 2.0),
        &[Vec3::Y * 2.5],
        6.0,
    );
    let mut n = 0;
    course.advance(0);
    let mut state = BodyState::standing(Vec3::new(0.0, 0.22, 0.0), 0.0);
    for _ in 0..720 {
        ride_for(&mut state, REST, &mut course, &mut n, DT);
        assert!(state.position.y + HEIGHT_METRES < 3.01, "{}", state.position);
        assert!(state.position.y > -0.01, "{}", state.position);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn nothing_that_moves_carries_anybody_through_a_wall(
        keys in proptest::collection::vec((0u8..9, any::<bool>(), any::<bool>(), any::<bool>()), 10..30),
        x in -4.0f32..4.0, z in -4.0f32..4.0, period in 5.0f32..14.0,
    ) {
        // A closed room of 12 × 12 × 5 m with a lift, a ferry that goes right up to the walls, and a press.
        let mut course = Course::floor();
        for (at, size) in [
            (Vec3::new(6.5, 3.0, 0.0), Vec3::new(1.0, 6.0, 14.0)),
            (Vec3::new(-6.5, 3.0, 0.0), Vec3::new(1.0, 6.0, 14.0)),
            (Vec3::new(0.0, 3.0, 6.5), Vec3::new(14.0, 6.0, 1.0)),
            (Vec3::new(0.0, 3.0, -6.5), Vec3::new(14.0, 6.0, 1.0)),
            (Vec3::new(0.0, 5.5, 0.0), Vec3::new(14.0, 1.0, 14.0)),
        ] {
            course.block(at, size);
        }
        course.platform(Vec3::new(-5.0, 0.15, 0.0), Vec3::new(2.0, 0.3, 4.0), &[Vec3::X * 10.0], period);
        course.platform(Vec3::new(0.0, 0.1, 4.5), Vec3::new(3.0, 0.2, 3.0), &[Vec3::Y * 4.5], period);
        course.platform(Vec3::new(5.0, 1.0, -4.5), Vec3::new(2.0, 2.0, 3.0), &[Vec3::X * -10.0], period);
        course.advance(0);
        let mut state = BodyState::standing(Vec3::new(x, 2.2, z), 0.0);
        let mut n = 0;
        for (dir, run, jump, crouch) in keys {
            let walk = if dir == 0 { Vec2::ZERO } else { Vec2::from_angle(f32::from(dir) * PI / 4.0) };
            for _ in 0..20 {
                ride_for(&mut state, Wish { walk, run, jump, crouch, ..REST }, &mut course, &mut n, DT);
                let p = state.position;
                prop_assert!(p.is_finite() && state.velocity.is_finite());
                prop_assert!(p.x.abs() < 5.72 && p.z.abs() < 5.72, "through a wall: {p}");
                prop_assert!(p.y > -0.05 && p.y + state.stature.height() < 5.05, "through floor or roof: {p}");
            }
        }
    }
}

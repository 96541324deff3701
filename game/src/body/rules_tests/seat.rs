//! Sitting down and standing up.

use super::*;

fn bench() -> Course {
    let mut course = Course::floor();
    // A bench 0.44 m high with a back, and a seat on it that faces −z.
    course.block(Vec3::new(0.0, 0.22, 0.0), Vec3::new(2.0, 0.44, 0.5));
    course.block(Vec3::new(0.0, 0.5, 0.3), Vec3::new(2.0, 1.0, 0.1));
    course.fixtures.seats.push(Seat {
        surface: Vec3::new(0.0, 0.45, 0.0),
        yaw: 0.0,
    });
    course
}

const ACT: Wish = Wish { act: true, ..REST };

fn sit(course: &Course) -> BodyState {
    let mut state = settled(course, Vec3::new(0.2, 0.0, -1.0));
    assert_eq!(offer(&state, course), Some(Offer::Sit));
    step_once(&mut state, ACT, course);
    run_for(&mut state, REST, course, 1.0);
    state
}

#[test]
fn act_sits_at_the_seats_place_and_facing() {
    let course = bench();
    let state = sit(&course);
    assert_eq!(
        (state.mode, state.gait(&Moves::default())),
        (Mode::Sit(0), Gait::Sit)
    );
    assert!(state.position.abs_diff_eq(Vec3::ZERO, 1e-3), "{}", state.position);
    assert!(state.yaw.abs() < 0.02, "{}", state.yaw);
}

#[test]
fn act_a_jump_and_walking_stand_up_on_free_floor() {
    let course = bench();
    for wish in [ACT, Wish { jump: true, ..REST }, EAST] {
        let mut state = sit(&course);
        assert_eq!(offer(&state, &course), Some(Offer::StandUp));
        step_once(&mut state, wish, &course);
        run_for(&mut state, REST, &course, 1.0);
        assert!(state.mode == Mode::Foot && state.grounded, "{:?}", state);
        assert!(
            !course.is_inside(state.position, state.stature),
            "{}",
            state.position
        );
        assert!(
            state.position.z < -0.4 && state.position.y < 0.05,
            "before the bench: {}",
            state.position
        );
    }
}

#[test]
fn somebody_who_walks_up_to_a_seat_with_the_key_still_down_stays_seated() {
    let course = bench();
    let mut state = settled(&course, Vec3::new(0.0, 0.0, -1.4));
    let walk = Wish {
        walk: Vec2::Y,
        ..REST
    };
    run_for(&mut state, walk, &course, 0.2);
    step_once(&mut state, Wish { act: true, ..walk }, &course);
    run_for(&mut state, walk, &course, 1.0);
    assert_eq!(state.mode, Mode::Sit(0));
    run_for(&mut state, REST, &course, 0.1);
    run_for(&mut state, walk, &course, 0.1);
    assert_ne!(state.mode, Mode::Sit(0));
}

#[test]
fn a_seat_that_is_taken_far_away_or_behind_a_wall_is_not_offered() {
    let mut course = bench();
    let near = settled(&course, Vec3::new(0.0, 0.0, -1.0));
    course.taken = true;
    assert_eq!(offer(&near, &course), None);
    course.taken = false;
    let far = settled(&course, Vec3::new(0.0, 0.0, -2.0));
    assert_eq!(offer(&far, &course), None);
    course.block(Vec3::new(0.0, 1.5, -0.5), Vec3::new(6.0, 3.0, 0.05));
    assert_eq!(offer(&near, &course), None, "a wall");
}

#[test]
fn who_shares_a_seat_with_somebody_who_came_first_gets_up() {
    let mut course = bench();
    let mut state = sit(&course);
    course.taken = true;
    run_for(&mut state, REST, &course, 1.0);
    assert_eq!(state.mode, Mode::Foot);
}

#[test]
fn walled_in_after_sitting_down_one_stands_where_one_came_from() {
    let mut course = bench();
    let mut state = sit(&course);
    for (x, z) in [(0.0, -1.6), (1.7, -0.5), (-1.7, -0.5)] {
        course.block(Vec3::new(x, 1.0, z), Vec3::new(2.0, 2.0, 2.0));
    }
    step_once(&mut state, ACT, &course);
    run_for(&mut state, REST, &course, 1.0);
    assert!(state.mode == Mode::Foot && state.position.is_finite());
}

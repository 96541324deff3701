//! Up, down, off and over.

use super::*;
use crate::world::Ladder;

const HEIGHT: f32 = 4.0;

/// A wall of 4 m with a floor on top, in the east, and a ladder at it.
fn tower() -> Course {
    let mut course = Course::floor();
    course.block(Vec3::new(7.0, HEIGHT * 0.5, 0.0), Vec3::new(10.0, HEIGHT, 10.0));
    course.fixtures.ladders.push(Ladder {
        foot: Vec3::new(1.93, 0.0, 0.0),
        yaw: -PI / 2.0, // one faces +x
        height: HEIGHT,
        width: 0.5,
    });
    course
}

const WEST: Wish = Wish {
    walk: Vec2::NEG_X,
    ..EAST
};

#[test]
fn walking_into_a_ladder_climbs_it_onto_the_floor_above() {
    for run in [false, true] {
        let course = tower();
        let mut state = settled(&course, Vec3::new(0.0, 0.0, 0.1));
        let mut climbed = false;
        let mut highest = 0.0f32;
        for _ in 0..300 {
            step_once(&mut state, Wish { run, ..EAST }, &course);
            climbed |= state.gait(&Moves::default()) == Gait::Climb;
            highest = highest.max(state.position.y);
            assert!(
                !course.is_inside(state.position, state.stature),
                "{}",
                state.position
            );
            if climbed && state.grounded && state.position.x > 3.5 {
                break;
            }
        }
        assert!(climbed && state.grounded && state.mode == Mode::Foot);
        assert!(
            (state.position.y - HEIGHT - GAP_METRES).abs() < 0.01,
            "{}",
            state.position
        );
        assert!(highest < HEIGHT + 0.2, "no leap at the top: {highest}");
        assert!(state.position.x > 3.0);
    }
}

#[test]
fn walking_off_the_floor_above_takes_hold_and_walking_on_ends_at_the_foot() {
    let course = tower();
    let mut state = settled(&course, Vec3::new(5.0, HEIGHT + 0.1, 0.0));
    let mut climbed = 0;
    let mut fastest = 0.0f32;
    for _ in 0..400 {
        let before = state.position.y;
        step_once(&mut state, WEST, &course);
        climbed += usize::from(matches!(state.mode, Mode::Climb(_)));
        fastest = fastest.max(before - state.position.y);
        if state.grounded && state.position.y < 0.1 {
            break;
        }
    }
    assert!(climbed > 60, "{climbed} steps on the ladder");
    assert!(fastest < 0.1, "fell {fastest} m in a step");
    assert!(state.grounded && state.position.y < 0.05 && state.mode == Mode::Foot);
    run_for(&mut state, WEST, &course, 1.0);
    assert!(
        state.position.x < 0.2,
        "and on over the floor: {}",
        state.position
    );
}

#[test]
fn act_takes_hold_above_beside_and_below_and_lets_go() {
    let course = tower();
    for from in [Vec3::new(1.1, 0.0, 0.2), Vec3::new(2.6, HEIGHT + 0.05, 0.3)] {
        let mut state = settled(&course, from);
        assert_eq!(offer(&state, &course), Some(Offer::TakeHold), "{from}");
        step_once(&mut state, Wish { act: true, ..REST }, &course);
        run_for(&mut state, REST, &course, 2.0);
        assert!(matches!(state.mode, Mode::Climb(0)), "{from}: {:?}", state);
        let hangs = course.fixtures.ladders[0].local(state.position);
        assert!(
            hangs.x.abs() < 0.02 && (hangs.z - 0.36).abs() < 0.02,
            "{from}: {hangs}"
        );
        assert!(
            (state.position.y - from.y).abs() < 0.2,
            "stays where it took hold: {}",
            state.position
        );
        assert_eq!(offer(&state, &course), Some(Offer::LetGo));
        step_once(&mut state, Wish { act: true, ..REST }, &course);
        run_for(&mut state, REST, &course, 2.0);
        assert!(
            state.grounded && state.mode == Mode::Foot && state.position.y < 0.05,
            "{:?}",
            state
        );
    }
    let far = settled(&course, Vec3::new(-2.0, 0.0, 0.0));
    assert_eq!(offer(&far, &course), None);
}

#[test]
fn a_jump_leaves_the_ladder_backwards() {
    let course = tower();
    let mut state = settled(&course, Vec3::new(1.0, 0.0, 0.0));
    run_for(&mut state, EAST, &course, 1.5);
    assert!(matches!(state.mode, Mode::Climb(_)) && state.position.y > 0.8);
    step_once(&mut state, Wish { jump: true, ..EAST }, &course);
    run_for(&mut state, REST, &course, 1.5);
    assert!(state.grounded && state.position.x < 0.6, "{}", state.position);
}

#[test]
fn a_ladder_under_a_closed_hatch_is_climbed_to_the_hatch() {
    let mut course = tower();
    course.block(Vec3::new(1.0, 3.2, 0.0), Vec3::new(4.0, 0.2, 4.0));
    let mut state = settled(&course, Vec3::new(0.0, 0.0, 0.0));
    run_for(&mut state, EAST, &course, 5.0);
    assert!(matches!(state.mode, Mode::Climb(_)));
    assert!(state.position.y + HEIGHT_METRES < 3.1, "{}", state.position);
    run_for(&mut state, WEST, &course, 3.0);
    assert!(state.grounded && state.position.y < 0.05);
}

#[test]
fn a_ladder_leads_out_of_the_water() {
    let mut course = Course::default();
    course.block(Vec3::new(7.0, -2.0, 0.0), Vec3::new(10.0, 6.0, 10.0));
    course.fixtures.sea_level = Some(-1.0);
    course.fixtures.ladders.push(Ladder {
        foot: Vec3::new(1.93, -3.0, 0.0),
        yaw: -PI / 2.0,
        height: HEIGHT,
        width: 0.5,
    });
    let mut state = settled(&course, Vec3::new(-2.0, -2.0, 0.0));
    assert_eq!(state.mode, Mode::Swim);
    run_for(&mut state, EAST, &course, 7.0);
    assert!(
        state.grounded && (state.position.y - 1.0).abs() < 0.05,
        "{:?}",
        state
    );
}

#[test]
fn a_floor_a_hand_higher_than_the_ladder_is_stepped_onto() {
    let mut course = tower();
    course.fixtures.ladders[0].height = HEIGHT - 0.25;
    let mut state = settled(&course, Vec3::new(0.0, 0.0, 0.0));
    run_for(&mut state, EAST, &course, 6.0);
    assert!(state.grounded && state.position.y > HEIGHT - 0.01, "{:?}", state);
}

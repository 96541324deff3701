//! Wading, floating, diving, climbing out.

use super::super::water::{FLOAT_METRES, SWIM_METRES};
use super::*;
use crate::world::WaterBox;

/// A pool of 12 × 12 m, 4 m deep, with its surface 0.5 m below the floor around it; a beach in the east.
fn pool() -> Course {
    let mut course = Course::default();
    course.block(Vec3::new(0.0, -5.0, 0.0), Vec3::new(60.0, 1.0, 60.0));
    course.block(Vec3::new(-16.0, -2.5, 0.0), Vec3::new(20.0, 5.0, 60.0));
    course.block(Vec3::new(0.0, -2.5, 16.0), Vec3::new(60.0, 5.0, 20.0));
    course.block(Vec3::new(0.0, -2.5, -16.0), Vec3::new(60.0, 5.0, 20.0));
    // From the bottom at x = 2 up to the floor at x = 14: 20°.
    let tilt = Quat::from_rotation_z((4.5f32 / 12.0).atan());
    let up = tilt * Vec3::Y;
    course.cuboid(Vec3::new(8.0, -2.25, 0.0) - up, Vec3::new(30.0, 2.0, 20.0), tilt);
    course.fixtures.waters.push(WaterBox {
        foot: Vec3::new(0.0, -4.5, 0.0),
        size: Vec3::new(60.0, 4.0, 12.0),
        yaw: 0.0,
    });
    course
}

const SURFACE: f32 = -0.5;

#[test]
fn whoever_falls_in_floats_with_the_head_above_the_surface() {
    let course = pool();
    for height in [0.0, 3.0, 30.0] {
        let mut state = BodyState::standing(Vec3::new(-2.0, height, 0.0), 0.0);
        run_for(&mut state, REST, &course, 9.0);
        assert_eq!(state.mode, Mode::Swim);
        let float = state.position.y + FLOAT_METRES - SURFACE;
        assert!(float.abs() < 0.03, "from {height} m: {float}");
        assert!(state.velocity.length() < 0.02);
        assert_eq!(state.gait(&Moves::default()), Gait::Swim);
    }
}

#[test]
fn a_swimmer_gets_on_and_never_out_of_the_water_by_speed() {
    let course = pool();
    let mut state = settled(&course, Vec3::new(-4.0, -2.0, 0.0));
    let from = state.position.x;
    for run in [false, true] {
        for _ in 0..60 {
            step_once(
                &mut state,
                Wish {
                    run,
                    jump: true,
                    ..EAST
                },
                &course,
            );
            assert!(
                state.position.y < SURFACE - SWIM_METRES + 0.2,
                "{}",
                state.position
            );
        }
    }
    let went = state.position.x - from;
    assert!((3.0..4.6).contains(&went), "{went} m in 2 s");
}

#[test]
fn looking_down_and_ahead_dives_and_looking_up_comes_back() {
    let course = pool();
    let mut state = settled(&course, Vec3::new(-4.0, -2.0, 0.0));
    // look_yaw of −90° looks along +x.
    let swim = |look_pitch: f32| Wish {
        look_yaw: -PI / 2.0,
        look_pitch,
        ..EAST
    };
    run_for(&mut state, swim(-0.2), &course, 0.5);
    assert!(state.position.y > SURFACE - 1.5, "a glance down is no dive");
    run_for(&mut state, swim(-1.2), &course, 1.2);
    assert!(state.position.y < SURFACE - 2.4, "{}", state.position);
    let deep = state.position.y;
    run_for(&mut state, swim(0.0), &course, 0.5);
    assert!((state.position.y - deep).abs() < 0.6, "on under water");
    run_for(&mut state, swim(1.0), &course, 2.5);
    assert!(
        (state.position.y + FLOAT_METRES - SURFACE).abs() < 0.1,
        "{}",
        state.position
    );
    run_for(&mut state, Wish { crouch: true, ..REST }, &course, 1.0);
    assert!(state.position.y < SURFACE - 2.0, "crouch dives");
    run_for(&mut state, REST, &course, 6.0);
    assert!(
        (state.position.y + FLOAT_METRES - SURFACE).abs() < 0.05,
        "and one comes up by oneself"
    );
}

#[test]
fn a_jump_at_the_edge_climbs_out_and_in_the_middle_does_nothing() {
    let course = pool();
    let mut state = settled(&course, Vec3::new(-2.0, -2.0, 0.0));
    run_for(&mut state, Wish { jump: true, ..REST }, &course, 1.0);
    assert!(state.position.y < SURFACE - 1.2);
    for (way, run) in [(Vec2::NEG_Y, false), (Vec2::Y, true), (Vec2::NEG_X, false)] {
        let mut state = settled(&course, Vec3::new(-2.0, -2.0, 0.0));
        let there = Wish {
            walk: way,
            run,
            ..REST
        };
        run_for(&mut state, there, &course, 5.0);
        assert_eq!(state.mode, Mode::Swim, "an edge is no beach");
        step_once(&mut state, Wish { jump: true, ..there }, &course);
        run_for(&mut state, REST, &course, 1.5);
        assert!(state.grounded && state.position.y > -0.02, "{way}: {:?}", state);
    }
}

#[test]
fn a_beach_is_waded_out_of_and_into() {
    let course = pool();
    let mut state = settled(&course, Vec3::new(-2.0, -2.0, 0.0));
    run_for(&mut state, EAST, &course, 11.0);
    assert!(state.grounded && state.position.y > -0.05, "{}", state.position);
    let west = Wish {
        walk: Vec2::NEG_X,
        ..REST
    };
    // Down the beach: slower and slower, then swimming, and no flickering between the two.
    let (mut changes, mut mode) = (0, state.mode);
    let mut slowest = f32::MAX;
    for _ in 0..600 {
        step_once(&mut state, west, &course);
        changes += usize::from(state.mode != mode);
        mode = state.mode;
        if mode == Mode::Foot {
            slowest = slowest.min(state.ground_speed());
        }
    }
    assert_eq!((mode, changes), (Mode::Swim, 1));
    assert!(slowest < 1.6, "{slowest}: to the chest one wades");
}

#[test]
fn the_sea_has_no_edge() {
    let mut course = Course::default();
    course.fixtures.sea_level = Some(0.0);
    let mut state = BodyState::standing(Vec3::Y * 5.0, 0.0);
    run_for(&mut state, Wish { run: true, ..EAST }, &course, 30.0);
    assert!(
        state.position.x > 60.0 && (state.position.y + FLOAT_METRES).abs() < 0.05,
        "{}",
        state.position
    );
}

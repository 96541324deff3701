//! A course with everything in it, and people who press anything.

use super::*;
use crate::world::{Ladder, WaterBox};

/// A closed yard of 20 × 20 m under a roof 9 m up: walls, stairs, a slope, a table to crawl under, a pool with a
/// ladder and an edge, a tower with a ladder, two seats, a lift and a ferry.
fn yard() -> Course {
    let mut course = Course::default();
    let mut block = |x: f32, y: f32, z: f32, sx: f32, sy: f32, sz: f32| {
        course.block(Vec3::new(x, y, z), Vec3::new(sx, sy, sz));
    };
    // Floor with a hole of 6 × 6 m in the south-east, whose bottom is 3 m down.
    block(-3.5, -2.0, 0.0, 13.0, 4.0, 22.0);
    block(6.5, -2.0, -3.5, 7.0, 4.0, 15.0);
    block(6.5, -3.5, 7.5, 7.0, 1.0, 7.0);
    for (x, z, sx, sz) in [
        (11.0, 0.0, 2.0, 24.0),
        (-11.0, 0.0, 2.0, 24.0),
        (0.0, 11.0, 24.0, 2.0),
        (0.0, -11.0, 24.0, 2.0),
    ] {
        block(x, 2.0, z, sx, 16.0, sz);
    }
    block(0.0, 9.5, 0.0, 24.0, 1.0, 24.0);
    // Stairs, a tower of 4 m, a table.
    for i in 1..=6 {
        let rise = 0.2 * i as f32;
        block(-9.0 + 0.3 * i as f32, rise * 0.5, -8.0, 0.3, rise, 3.0);
    }
    block(-8.0, 2.0, 6.0, 4.0, 4.0, 4.0);
    block(1.0, 1.35, -6.0, 3.0, 0.1, 2.0);
    course.cuboid(
        Vec3::new(6.0, 0.0, -7.0),
        Vec3::new(6.0, 1.0, 3.0),
        Quat::from_rotation_z(0.5),
    );
    course.fixtures = Fixtures {
        ladders: vec![
            Ladder {
                foot: Vec3::new(-5.93, 0.0, 6.0),
                yaw: PI / 2.0,
                height: 4.0,
                width: 0.6,
            },
            Ladder {
                foot: Vec3::new(6.0, -2.6, 4.07),
                yaw: 0.0,
                height: 2.6,
                width: 0.6,
            },
        ],
        seats: vec![
            Seat {
                surface: Vec3::new(-2.0, 0.45, 9.4),
                yaw: 0.0,
            },
            Seat {
                surface: Vec3::new(-2.7, 0.45, 9.4),
                yaw: 0.0,
            },
        ],
        waters: vec![WaterBox {
            foot: Vec3::new(6.5, -3.0, 7.0),
            size: Vec3::new(7.0, 2.6, 6.0),
            yaw: 0.0,
        }],
        ..Fixtures::default()
    };
    course.platform(
        Vec3::new(-1.0, 0.1, 2.0),
        Vec3::new(2.0, 0.2, 2.0),
        &[Vec3::Y * 5.0],
        9.0,
    );
    course.platform(
        Vec3::new(1.0, 0.3, -3.0),
        Vec3::new(2.0, 0.6, 2.0),
        &[Vec3::X * 7.0, Vec3::new(7.0, 0.0, 2.0)],
        12.0,
    );
    course.advance(0);
    course
}

fn random_wish(keys: (u8, u8, f32, f32)) -> Wish {
    let (dir, flags, look_yaw, look_pitch) = keys;
    let walk = if dir == 0 {
        Vec2::ZERO
    } else {
        Vec2::from_angle(f32::from(dir) * PI / 4.0)
    };
    Wish {
        walk,
        run: flags & 1 != 0,
        jump: flags & 6 == 6,
        crouch: flags & 24 == 24,
        act: flags & 96 == 96,
        look_yaw,
        look_pitch,
    }
}

fn keys(count: core::ops::Range<usize>) -> impl Strategy<Value = Vec<(u8, u8, f32, f32)>> {
    proptest::collection::vec((0u8..9, any::<u8>(), -3.2f32..3.2, -1.5f32..1.5), count)
}

fn start() -> impl Strategy<Value = Vec3> {
    prop_oneof![
        Just(Vec3::new(-8.0, 4.1, 6.0)),
        Just(Vec3::new(-4.8, 0.1, 6.0)),
        Just(Vec3::new(6.0, 0.1, 2.0)),
        Just(Vec3::new(6.0, -1.0, 7.0)),
        Just(Vec3::new(-2.0, 0.1, 8.0)),
        Just(Vec3::new(-1.0, 0.3, 2.0)),
        Just(Vec3::new(1.0, 0.7, -3.0)),
        Just(Vec3::new(1.0, 0.1, -8.0)),
    ]
}

/// Plays keys, each for a third of a second; `check` sees every state.
fn play(
    course: &mut Course,
    state: &mut BodyState,
    step_count: &mut usize,
    keys: &[(u8, u8, f32, f32)],
    mut check: impl FnMut(&Course, &BodyState, &BodyState) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    for key in keys {
        let mut wish = random_wish(*key);
        for _ in 0..20 {
            *step_count += 1;
            course.advance(*step_count);
            let before = *state;
            step_once(state, wish, course);
            check(course, &before, state)?;
            (wish.jump, wish.act) = (false, false); // pressed, not held
        }
    }
    Ok(())
}

/// The edge of the table stands above whoever comes out from under it.
#[test]
fn nobody_stands_up_into_an_edge() {
    let course = yard();
    for millimetres in -400..400 {
        let z = -7.0 + millimetres as f32 * 0.001;
        let mut state = BodyState::standing(Vec3::new(1.767_488_7, 0.015, z), 0.0);
        state.stature = Stature::Crouched;
        step_once(&mut state, Wish::default(), &course);
        assert!(
            !course.is_inside(state.position, state.stature),
            "stands in the table at {z}: {state:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever is pressed: in the yard, in nothing solid, at finite numbers, and no faster than a fall.
    #[test]
    fn nobody_gets_through_a_wall_whatever_they_press(keys in keys(15..40), start in start()) {
        let (mut course, mut n) = (yard(), 0);
        let mut state = BodyState::standing(start, 0.0);
        play(&mut course, &mut state, &mut n, &keys, |course, before, after| {
            let p = after.position;
            prop_assert!(p.is_finite() && after.velocity.is_finite() && after.yaw.is_finite());
            prop_assert!(p.x.abs() < 9.8 && p.z.abs() < 9.8 && (-3.01..9.0).contains(&p.y), "out of the yard: {after:?}");
            let seated = matches!(after.mode, Mode::Sit(_) | Mode::StandUp);
            // Out of one thing may lead a hair into another, which the next step mends.
            let inside = course.way_out(p, after.stature).length();
            prop_assert!(seated || inside < RADIUS_METRES / 20.0, "{inside} m inside: {after:?}");
            prop_assert!(p.distance(before.position) < 0.5, "leapt from {before:?} to {after:?}");
            // As much as climbing out over the highest edge takes.
            prop_assert!(after.velocity.y < 11.0, "launched: {after:?}");
            Ok(())
        })?;
    }

    /// From wherever one gets to, walking somewhere (or getting up, or a jump) leads away: nobody is stuck.
    #[test]
    fn nobody_is_ever_stuck(keys in keys(8..30), start in start()) {
        let (mut course, mut n) = (yard(), 0);
        let mut state = BodyState::standing(start, 0.0);
        play(&mut course, &mut state, &mut n, &keys, |_, _, _| Ok(()))?;
        let from = state.position;
        let farthest = (0..8).map(|way| {
            let (mut there, mut again, mut m) = (state, yard(), n);
            again.advance(m);
            let walk = Vec2::from_angle(way as f32 * PI / 4.0);
            for i in 0..120 {
                m += 1;
                again.advance(m);
                // Somebody who sits or hangs lets go first.
                let act = i == 1 && matches!(there.mode, Mode::Sit(_) | Mode::Climb(_));
                step_once(&mut there, Wish { walk, act, ..REST }, &again);
            }
            there.position.distance(from)
        }).fold(0.0f32, f32::max);
        prop_assert!(farthest > 0.5, "stuck at {state:?}");
    }

    /// The same steps give the same path, to the last bit.
    #[test]
    fn the_same_wishes_give_the_same_path(keys in keys(5..15), start in start()) {
        let run = || {
            let (mut course, mut n) = (yard(), 0);
            let mut state = BodyState::standing(start, 0.0);
            let mut path = Vec::new();
            play(&mut course, &mut state, &mut n, &keys, |_, _, state| { path.push(*state); Ok(()) }).unwrap();
            path
        };
        prop_assert_eq!(run(), run());
    }
}

#[test]
fn bent_down_one_goes_under_a_table_and_stands_up_behind_it_only() {
    let mut course = Course::floor();
    course.block(Vec3::new(3.0, 1.35, 0.0), Vec3::new(2.0, 0.1, 4.0));
    let crawl = Wish { crouch: true, ..EAST };
    let mut state = settled(&course, Vec3::ZERO);
    run_for(&mut state, EAST, &course, 2.0);
    assert!(state.position.x < 2.0, "upright it is a wall");
    run_for(&mut state, crawl, &course, 1.2);
    assert!((2.3..3.7).contains(&state.position.x), "{}", state.position);
    assert_eq!(state.gait(&Moves::default()), Gait::Crouch);
    let speed = state.ground_speed();
    assert!((speed - 1.4).abs() < 0.05, "{speed}");
    run_for(&mut state, REST, &course, 0.5);
    assert_eq!(state.stature, Stature::Crouched, "no room to stand up");
    run_for(&mut state, EAST, &course, 2.0);
    assert_eq!(state.stature, Stature::Standing);
    assert!(state.position.x > 4.0, "{}", state.position);
}

#[test]
fn a_fixture_of_the_world_before_does_not_hold_anybody() {
    let course = Course::floor();
    for mode in [Mode::Sit(3), Mode::Climb(9), Mode::StandUp] {
        let mut state = BodyState::standing(Vec3::Y * 0.1, 0.0);
        state.mode = mode;
        state.ride = Some(7);
        run_for(&mut state, REST, &course, 2.0);
        assert!(
            state.mode == Mode::Foot && state.grounded && state.ride.is_none(),
            "{mode:?}: {state:?}"
        );
    }
}

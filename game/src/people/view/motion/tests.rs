//! What motion promises: joints that bend one way, feet that do not slide, emotes without jumps, whatever arrives.
//!
//! Invariant: pure; time is handed in.

use super::*;
use proptest::prelude::*;

/// Where the islander's bones are, roughly; exact places come from the file.
fn skeleton() -> Skeleton {
    let mut rest = [Vec3::ZERO; LIMBS];
    let mut put = |limb: Limb, x: f32, y: f32| rest[limb as usize] = Vec3::new(x, y, 0.0);
    put(Hips, 0.0, 0.62);
    put(Spine, 0.0, 0.72);
    put(Chest, 0.0, 0.88);
    put(Neck, 0.0, 1.19);
    put(Head, 0.0, 1.25);
    for side in 0..2 {
        let out = SIDES[side];
        put(SHOULDERS[side], out * 0.07, 1.1);
        put(UPPER_ARMS[side], out * 0.19, 1.1);
        put(LOWER_ARMS[side], out * 0.405, 1.1);
        put(HANDS[side], out * 0.615, 1.1);
        put(UPPER_LEGS[side], out * 0.098, 0.59);
        put(LOWER_LEGS[side], out * 0.098, 0.34);
        put(FEET[side], out * 0.098, 0.09);
    }
    Skeleton::new(rest)
}

/// Moves somebody for some seconds and tells after every step.
fn live(mut seen: Seen, velocity: Vec3, turning: f32, secs: f32, mut tell: impl FnMut(&Seen, &Mover)) {
    let mut mover = Mover::new(0.3, 1.0);
    let step = 1.0 / 120.0;
    for _ in 0..(secs / step) as usize {
        seen.position += Quat::from_rotation_y(seen.yaw) * velocity * step;
        seen.yaw += turning * step;
        mover.advance(&seen, step);
        tell(&seen, &mover);
    }
}

fn places(mover: &Mover) -> [Vec3; LIMBS] {
    let skeleton = skeleton();
    solve(&mover.held(), &skeleton, [0.0; 2]).places(&skeleton)
}

#[test]
fn a_foot_that_stands_stays_where_it_is() {
    for speed in [0.8, 1.9, 3.0, 5.0] {
        let mut before: [Option<Vec3>; 2] = [None; 2];
        let mut secs = 0.0;
        let (mut slid, mut stood) = (0.0f32, 0.0f32);
        live(Seen::default(), Vec3::NEG_Z * speed, 0.0, 4.0, |seen, mover| {
            secs += 1.0 / 120.0;
            if secs < 1.5 {
                return;
            }
            let held = mover.held();
            let places = places(mover);
            for side in 0..2 {
                let stands = held.feet[side].at.y < 0.004 && held.feet[side].pitch.abs() < 0.3;
                let at = seen.position + places[FEET[side] as usize];
                if let (true, Some(last)) = (stands, before[side]) {
                    slid += Vec2::new(at.x - last.x, at.z - last.z).length();
                    stood += speed / 120.0;
                }
                before[side] = stands.then_some(at);
            }
        });
        assert!(stood > 0.5, "feet stand at {speed} m/s");
        assert!(slid / stood < 0.12, "{slid} of {stood} m at {speed} m/s");
    }
}

#[test]
fn feet_meet_uneven_ground_and_the_hips_follow_the_lower_one() {
    let skeleton = skeleton();
    let held = Held::default();
    let flat = solve(&held, &skeleton, [0.0; 2]).places(&skeleton);
    let steps = solve(&held, &skeleton, [0.0, -0.14]).places(&skeleton);
    for (side, ground) in [(0, 0.0), (1, -0.14)] {
        let foot = FEET[side] as usize;
        assert!(
            (steps[foot].y - flat[foot].y - ground).abs() < 0.01,
            "{side}: {:?}",
            steps[foot]
        );
    }
    assert!(steps[Hips as usize].y < flat[Hips as usize].y - 0.08);
}

#[test]
fn knees_bend_ahead_and_elbows_never_backwards() {
    for (gait, speed) in [
        (Gait::Ground, 1.9),
        (Gait::Run, 5.0),
        (Gait::Crouch, 0.9),
        (Gait::Sit, 0.0),
    ] {
        let seen = Seen {
            gait,
            ..Seen::default()
        };
        live(seen, Vec3::NEG_Z * speed, 0.0, 2.0, |_, mover| {
            let held = mover.held();
            let places = places(mover);
            for side in 0..2 {
                let [hip, knee, foot] =
                    [UPPER_LEGS, LOWER_LEGS, FEET].map(|limbs| places[limbs[side] as usize]);
                let straight = hip.lerp(foot, 0.5);
                assert!(
                    knee.z <= straight.z + 0.02,
                    "{gait:?}: knee {knee} behind {straight}"
                );
                let bend = held.turns[LOWER_ARMS[side] as usize].y * SIDES[side];
                assert!(bend >= -0.05, "{gait:?}: elbow {bend}");
            }
        });
    }
}

/// Where the limbs are after two seconds of a gait.
fn settled(gait: Gait, velocity: Vec3) -> [Vec3; LIMBS] {
    let mut last = [Vec3::ZERO; LIMBS];
    let seen = Seen {
        gait,
        ..Seen::default()
    };
    live(seen, velocity, 0.0, 2.0, |_, mover| last = places(mover));
    last
}

#[test]
fn who_swims_lies_in_the_water_and_draws_their_arms() {
    let lying = settled(Gait::Swim, Vec3::NEG_Z * 1.2);
    let [head, hips] = [Head, Hips].map(|limb| lying[limb as usize]);
    assert!(
        hips.z - head.z > head.y - hips.y,
        "further ahead than up: {head} {hips}"
    );
    let mut reach = [f32::INFINITY, f32::NEG_INFINITY];
    let seen = Seen {
        gait: Gait::Swim,
        ..Seen::default()
    };
    live(seen, Vec3::NEG_Z * 1.2, 0.0, 4.0, |_, mover| {
        let hand = places(mover)[RightHand as usize].x;
        reach = [reach[0].min(hand), reach[1].max(hand)];
    });
    assert!(reach[1] - reach[0] > 0.15, "{reach:?}");
}

#[test]
fn who_climbs_has_hands_over_the_shoulders_that_take_turns() {
    let mut ahead = [false; 2];
    let seen = Seen {
        gait: Gait::Climb,
        ..Seen::default()
    };
    let mut secs = 0.0;
    live(seen, Vec3::Y * 1.2, 0.0, 4.0, |_, mover| {
        secs += 1.0 / 120.0;
        if secs < 1.0 {
            return;
        }
        let places = places(mover);
        let [right, left] = [RightHand, LeftHand].map(|hand| places[hand as usize]);
        assert!(
            right.y.max(left.y) > places[Chest as usize].y,
            "one hand holds on: {right} {left}"
        );
        assert!(right.z < 0.0 && left.z < 0.0, "on the ladder, ahead");
        ahead[usize::from(right.y > left.y)] = true;
    });
    assert_eq!(ahead, [true; 2]);
}

#[test]
fn who_falls_spreads_the_arms_and_who_springs_draws_up_the_legs() {
    let stands = settled(Gait::Ground, Vec3::ZERO);
    let falls = settled(Gait::Air, Vec3::NEG_Y * 6.0);
    let wide = |places: &[Vec3; LIMBS]| (places[RightHand as usize].x - places[LeftHand as usize].x).abs();
    assert!(
        wide(&falls) > wide(&stands) + 0.2,
        "{} {}",
        wide(&falls),
        wide(&stands)
    );
    let springs = settled(Gait::Air, Vec3::Y * 2.0);
    let drawn = |places: &[Vec3; LIMBS]| places[LeftFoot as usize].y.max(places[RightFoot as usize].y);
    assert!(drawn(&springs) > drawn(&stands) + 0.05);
}

#[test]
fn a_wave_lifts_the_right_hand_over_the_head_while_the_legs_walk_on() {
    let seen = Seen {
        gesture: gesture::WAVE,
        ..Seen::default()
    };
    let mut highest = 0.0f32;
    let mut reach = 0.0f32;
    live(seen, Vec3::NEG_Z * 1.9, 0.0, 2.0, |_, mover| {
        let places = places(mover);
        highest = highest.max(places[RightHand as usize].y);
        assert!(places[LeftHand as usize].y < 1.05);
        reach = reach.max((places[LeftFoot as usize].z - places[RightFoot as usize].z).abs());
    });
    assert!(highest > 1.35, "{highest}");
    assert!(reach > 0.3, "{reach}");
}

#[test]
fn every_gesture_is_seen_and_stops_without_a_jump() {
    for gesture in gesture::ALL {
        let mut mover = Mover::new(0.1, 1.0);
        let mut seen = Seen {
            gesture,
            ..Seen::default()
        };
        let rest = Mover::new(0.1, 1.0).held();
        let mut most = 0.0f32;
        let mut last: Option<Held> = None;
        for step in 0..240 {
            if step == 150 {
                seen.gesture = gesture::NO_GESTURE;
            }
            mover.advance(&seen, 1.0 / 60.0);
            let held = mover.held();
            for limb in 0..LIMBS {
                most = most.max(held.turns[limb].distance(rest.turns[limb]));
                if let Some(last) = last {
                    let jump = held.turns[limb].distance(last.turns[limb]);
                    assert!(jump < 0.5, "gesture {gesture}: {jump} rad in a frame");
                }
            }
            last = Some(held);
        }
        assert!(most > 0.8, "gesture {gesture} moves {most}");
    }
}

#[test]
fn the_head_looks_where_one_looks_and_the_eyes_are_first() {
    let mut mover = Mover::new(0.2, 1.0);
    let seen = Seen {
        head_yaw: 0.9,
        ..Seen::default()
    };
    mover.advance(&Seen::default(), 0.016);
    mover.advance(&seen, 0.016);
    assert!(mover.held().eyes.x > 0.1, "eyes ahead of the head");
    for _ in 0..120 {
        mover.advance(&seen, 0.016);
    }
    let held = mover.held();
    let turned: f32 = [Hips, Spine, Chest, Neck, Head]
        .iter()
        .map(|limb| held.turns[*limb as usize].y)
        .sum();
    assert!((turned - 0.9).abs() < 0.12, "{turned}");
}

#[test]
fn a_mouth_follows_a_voice_and_shuts_when_it_ends() {
    assert_eq!((talk(0), talk(15)), (0.0, 1.0));
    assert!((0..15).all(|level| talk(level) <= talk(level + 1)));
    let mut mover = Mover::new(0.2, 1.0);
    let speaks = Seen {
        talk: talk(10),
        ..Seen::default()
    };
    let mut last = 0.0;
    for _ in 0..15 {
        mover.advance(&speaks, 1.0 / 60.0);
        let open = mover.held().talk;
        assert!(open >= last && open - last < 0.4, "{last} to {open}");
        last = open;
    }
    assert!((last - speaks.talk).abs() < 0.05, "{last}");
    for _ in 0..30 {
        mover.advance(&Seen::default(), 1.0 / 60.0);
    }
    assert!(mover.held().talk < 0.01);
}

proptest! {
    #[test]
    fn nothing_a_peer_sends_breaks_a_joint(
        position in prop::array::uniform3(prop_oneof![Just(f32::NAN), Just(f32::INFINITY), -40_000.0f32..40_000.0]),
        angles in prop::array::uniform3(prop_oneof![Just(f32::NAN), -1e9f32..1e9]),
        gesture: u8, gait in 0usize..7, step in prop_oneof![Just(f32::NAN), Just(0.0), 0.0f32..10.0],
    ) {
        let mut mover = Mover::new(0.5, 1.0);
        let strange = Seen {
            position: position.into(),
            yaw: angles[0],
            head_yaw: angles[1],
            pitch: angles[2],
            gait: Gait::ALL[gait],
            gesture,
            talk: angles[2],
        };
        let skeleton = skeleton();
        for seen in [Seen::default(), strange, Seen::default(), strange, strange] {
            mover.advance(&seen, step);
            let held = mover.held();
            prop_assert!(held.turns.iter().all(|turn| turn.is_finite() && turn.abs().max_element() < 4.0));
            prop_assert!((0.0..=1.0).contains(&held.talk));
            let solved = solve(&held, &skeleton, [0.3, -5.0]);
            prop_assert!(solved.hips.is_finite());
            prop_assert!(solved.turns.iter().all(|turn| turn.is_normalized()));
        }
    }
}

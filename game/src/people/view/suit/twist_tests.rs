//! Constraints with angles that one can work out by hand.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::fixture::chain;
use super::*;
use core::f32::consts::{FRAC_PI_2, FRAC_PI_3, FRAC_PI_4, PI};
use proptest::prelude::*;

/// Nodes 1 to `count` side by side below the root, a metre apart along x.
fn fan(count: usize) -> AvatarDocument {
    let places: Vec<Vec3> = (0..=count).map(|node| Vec3::X * node as f32).collect();
    let mut document = chain(&places);
    for node in document.nodes.iter_mut().skip(1) {
        node.parent = Some(0);
    }
    document
}

fn rests(document: &AvatarDocument) -> Vec<Place> {
    let place = |node: &crate::avatar::document::AvatarNode| Place {
        at: node.translation,
        turn: node.rotation,
        scale: node.scale,
    };
    document.nodes.iter().map(place).collect()
}

fn follows(node: u16, source: u16, weight: f32, follow: Follow) -> Constraint {
    Constraint {
        node,
        source,
        weight,
        follow,
    }
}

#[track_caller]
fn assert_turned(is: Quat, wanted: Quat) {
    let apart = is.angle_between(wanted);
    assert!(apart < 1e-3, "{is:?} {wanted:?}: {apart}");
}

/// What node 2 becomes when node 1 is turned by this against its rest.
fn second(document: &AvatarDocument, turn: Quat) -> Quat {
    let mut pose = rests(document);
    pose[1].turn = document.nodes[1].rotation * turn;
    follow(document, &mut pose);
    pose[2].turn
}

#[test]
fn a_rotation_is_the_same_turn_from_ones_own_rest() {
    let mut document = fan(2);
    document.constraints = vec![follows(2, 1, 1.0, Follow::Rotation)];
    let turn = Quat::from_rotation_y(FRAC_PI_3);
    assert_turned(second(&document, turn), turn);
    document.constraints[0].weight = 0.5;
    assert_turned(second(&document, turn), Quat::from_rotation_y(FRAC_PI_3 / 2.0));
    // Each in its own space: about the source's own y is about one's own y.
    document.constraints[0].weight = 1.0;
    document.nodes[1].rotation = Quat::from_rotation_x(1.1);
    document.nodes[2].rotation = Quat::from_rotation_z(FRAC_PI_2);
    assert_turned(second(&document, turn), Quat::from_rotation_z(FRAC_PI_2) * turn);
    document.constraints[0].weight = 0.0;
    assert_turned(second(&document, turn), Quat::from_rotation_z(FRAC_PI_2));
}

#[test]
fn a_roll_takes_what_is_about_its_axis_and_leaves_the_rest() {
    let mut document = fan(2);
    document.constraints = vec![follows(2, 1, 1.0, Follow::Roll(0))];
    let roll = Quat::from_rotation_x(FRAC_PI_4);
    assert_turned(second(&document, roll), roll);
    assert_turned(second(&document, Quat::from_rotation_y(0.8)), Quat::IDENTITY);
    // The arm is bent as well: only its twist goes on.
    assert_turned(second(&document, Quat::from_rotation_z(0.7) * roll), roll);
    document.constraints[0].weight = 0.5;
    assert_turned(second(&document, roll), Quat::from_rotation_x(FRAC_PI_4 / 2.0));
    // Rests that differ: the source rolls about what is z to the one that follows.
    document.constraints[0] = follows(2, 1, 1.0, Follow::Roll(2));
    document.nodes[2].rotation = Quat::from_rotation_y(FRAC_PI_2);
    assert_turned(
        second(&document, roll),
        Quat::from_rotation_y(FRAC_PI_2) * Quat::from_rotation_z(FRAC_PI_4),
    );
}

#[test]
fn an_aim_points_where_its_source_is_the_shortest_way() {
    let mut document = fan(2);
    document.nodes[1].translation = Vec3::new(0.0, 0.0, -3.0);
    document.nodes[2].translation = Vec3::ZERO;
    document.constraints = vec![follows(2, 1, 1.0, Follow::Aim(1, false))];
    // From up to ahead is a quarter about x.
    assert_turned(
        second(&document, Quat::IDENTITY),
        Quat::from_rotation_x(-FRAC_PI_2),
    );
    document.constraints[0].follow = Follow::Aim(2, true);
    assert_turned(second(&document, Quat::IDENTITY), Quat::IDENTITY);
    document.constraints[0].follow = Follow::Aim(0, false);
    assert_turned(
        second(&document, Quat::IDENTITY),
        Quat::from_rotation_y(FRAC_PI_2),
    );
    document.constraints[0].weight = 0.5;
    assert_turned(
        second(&document, Quat::IDENTITY),
        Quat::from_rotation_y(FRAC_PI_4),
    );
    // Whatever it hangs on is turned and larger: it still points there.
    document.nodes[0].rotation = Quat::from_rotation_y(1.0);
    document.nodes[0].scale = Vec3::splat(2.0);
    document.constraints[0].weight = 1.0;
    let own = second(&document, Quat::IDENTITY);
    let to = document.nodes[0].rotation * Vec3::NEG_Z;
    assert!((document.nodes[0].rotation * own * Vec3::X).dot(to) > 0.9999);
    // At its own place there is nowhere to point: it stays as it rests.
    document.nodes[1].translation = Vec3::ZERO;
    assert_turned(second(&document, Quat::IDENTITY), Quat::IDENTITY);
}

#[test]
fn what_follows_something_that_follows_is_there_in_the_same_frame() {
    let mut document = fan(4);
    document.nodes[3].translation = Vec3::ZERO;
    document.nodes[4].parent = Some(2);
    document.nodes[4].translation = Vec3::Y;
    // As the reader sorts them: 2 turns as 1 does, and 3 points at what hangs on 2.
    document.nodes[2].translation = Vec3::ZERO;
    document.constraints = vec![
        follows(2, 1, 1.0, Follow::Rotation),
        follows(3, 4, 1.0, Follow::Aim(1, false)),
    ];
    let mut pose = rests(&document);
    pose[1].turn = Quat::from_rotation_x(FRAC_PI_2);
    follow(&document, &mut pose);
    assert!(
        (pose[3].turn * Vec3::Y).abs_diff_eq(Vec3::Z, 1e-3),
        "{:?}",
        pose[3].turn
    );
    // And back at once.
    pose[1].turn = Quat::IDENTITY;
    follow(&document, &mut pose);
    assert_turned(pose[3].turn, Quat::IDENTITY);
}

fn any_follow() -> impl Strategy<Value = Follow> {
    prop_oneof![
        Just(Follow::Rotation),
        (0_u8..5).prop_map(Follow::Roll),
        (0_u8..5, any::<bool>()).prop_map(|(axis, negative)| Follow::Aim(axis, negative)),
    ]
}

proptest! {
    /// What a reader let through by mistake, circles included, costs no turn that is none.
    #[test]
    fn whatever_follows_whatever_every_turn_is_one(
        all in proptest::collection::vec((0_u16..9, 0_u16..9, 0.0_f32..=1.0, any_follow()), 0..12),
        angles in proptest::collection::vec(-PI..PI, 6),
        flat: bool,
    ) {
        let mut document = chain(&[Vec3::ZERO, Vec3::Y, Vec3::X, Vec3::ZERO, Vec3::Z, -Vec3::Y]);
        if flat {
            document.nodes[3].parent = Some(0);
            document.nodes[5].scale = Vec3::splat(1e-6);
        }
        document.constraints = all.iter().map(|(node, source, weight, of)| follows(*node, *source, *weight, *of)).collect();
        let mut pose = rests(&document);
        for (place, angle) in pose.iter_mut().zip(&angles) {
            place.turn = Quat::from_rotation_z(*angle) * Quat::from_rotation_x(angle * 2.0);
        }
        for _ in 0..3 {
            follow(&document, &mut pose);
            for place in &pose {
                prop_assert!(place.turn.is_normalized());
            }
        }
    }
}

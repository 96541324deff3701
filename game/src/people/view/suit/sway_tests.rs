//! What swings: the same at every frame rate, around what is in its way, bounded whatever a file says.

use super::super::fixture;
use super::*;
use crate::avatar::document::{Collider, Spring, SpringJoint};
use crate::avatar::limits;
use proptest::prelude::*;

fn joint(node: u16) -> SpringJoint {
    SpringJoint {
        node,
        tail: Vec3::new(0.0, -0.15, 0.0),
        radius: 0.02,
        stiffness: 0.6,
        gravity_power: 0.4,
        gravity_dir: Vec3::NEG_Y,
        drag: 0.4,
    }
}

/// A plait of three on a head at 1.5 m.
fn plait() -> AvatarDocument {
    let link = Vec3::new(0.0, -0.15, 0.0);
    let mut document = fixture::chain(&[Vec3::ZERO, Vec3::new(0.0, 1.5, 0.0), link, link, link]);
    document.springs.springs.push(Spring {
        centre: None,
        colliders: Vec::new(),
        joints: vec![joint(1), joint(2), joint(3)],
    });
    document
}

fn pose(document: &AvatarDocument) -> Vec<Place> {
    document
        .nodes
        .iter()
        .map(|node| Place {
            at: node.translation,
            turn: node.rotation,
            scale: node.scale,
        })
        .collect()
}

fn at(at: Vec3, yaw: f32) -> Place {
    Place {
        at,
        turn: Quat::from_rotation_y(yaw),
        scale: Vec3::ONE,
    }
}

/// Somebody who sways and turns, at this moment.
fn dancer(secs: f32) -> Place {
    at(
        Vec3::new(0.3 * (secs * 4.0).sin(), 0.05 * (secs * 8.0).cos(), secs * 0.8),
        (secs * 3.0).sin(),
    )
}

/// Where the ends are after so long, drawn so often a second.
fn danced(frames_a_second: u32, secs: u32) -> Vec<Place> {
    let document = plait();
    let mut pose = pose(&document);
    let mut sway = Sway::new(&document);
    let step = 1.0 / frames_a_second as f32;
    sway.advance(&document, dancer(0.0), &mut pose, step);
    for frame in 1..=frames_a_second * secs {
        sway.advance(&document, dancer(frame as f32 * step), &mut pose, step);
    }
    places(&document, &pose, dancer(secs as f32))
}

#[test]
fn what_swings_swings_the_same_at_every_frame_rate() {
    let reference = danced(60, 3);
    let head = reference[1].at;
    let swung = (reference[4].at - head).angle_between(Vec3::NEG_Y);
    assert!(swung > 0.05, "it swings at all: {swung}");
    for rate in [20, 30, 48, 90, 144, 240] {
        let other = danced(rate, 3);
        let apart = other[4].at.distance(reference[4].at);
        // The end of 45 cm; what is left is that a slow picture bends the way of the body into straight pieces.
        assert!(apart < 0.012, "{apart} m at {rate} frames a second");
    }
}

#[test]
fn hair_comes_after_the_head_and_then_to_rest() {
    let document = plait();
    let mut pose = pose(&document);
    let mut sway = Sway::new(&document);
    let end = |pose: &[Place], body: Place| places(&document, pose, body)[4].at;
    for _ in 0..60 {
        sway.advance(&document, Place::default(), &mut pose, STEP_SECS);
    }
    let hanging = end(&pose, Place::default());
    assert!(hanging.distance(Vec3::new(0.0, 1.05, 0.0)) < 1e-3, "{hanging}");
    // A step aside within a tenth of a second.
    for step in 1..=6 {
        let body = at(Vec3::X * 0.05 * step as f32, 0.0);
        sway.advance(&document, body, &mut pose, STEP_SECS);
    }
    let body = at(Vec3::X * 0.3, 0.0);
    let behind = end(&pose, body);
    assert!(behind.x < 0.25, "it trails: {behind}");
    for _ in 0..600 {
        sway.advance(&document, body, &mut pose, STEP_SECS);
    }
    assert!(end(&pose, body).distance(hanging + Vec3::X * 0.3) < 1e-3);
}

#[test]
fn ends_stay_out_of_what_they_may_not_go_into_and_within_what_holds_them() {
    let shapes = [
        ColliderShape::Sphere {
            offset: Vec3::new(0.0, -0.25, 0.02),
            radius: 0.1,
            inside: false,
        },
        ColliderShape::Capsule {
            offset: Vec3::new(-0.2, -0.3, 0.03),
            tail: Vec3::new(0.2, -0.3, 0.03),
            radius: 0.08,
            inside: false,
        },
        ColliderShape::Plane {
            offset: Vec3::new(0.0, 0.0, -0.05),
            normal: Vec3::NEG_Z,
        },
        ColliderShape::Sphere {
            offset: Vec3::new(0.0, -0.1, 0.0),
            radius: 0.38,
            inside: true,
        },
    ];
    for shape in shapes {
        let mut document = plait();
        document.springs.colliders.push(Collider { node: 1, shape });
        // What hangs on what swings is no place for a collider that holds it: the head is.
        document.nodes[1].translation = Vec3::ZERO;
        document.nodes.insert(1, document.nodes[1].clone());
        document.nodes[1].translation = Vec3::new(0.0, 1.5, 0.0);
        for (index, node) in document.nodes.iter_mut().enumerate().skip(1) {
            node.parent = Some(index as u16 - 1);
        }
        let spring = &mut document.springs.springs[0];
        spring.colliders = vec![0];
        for joint in &mut spring.joints {
            joint.node += 1;
        }
        let mut pose = pose(&document);
        let mut sway = Sway::new(&document);
        for frame in 0..240 {
            sway.advance(&document, dancer(frame as f32 / 60.0), &mut pose, STEP_SECS);
        }
        let places = places(&document, &pose, dancer(239.0 / 60.0));
        let bump = bump(&shape, &places[1]);
        for node in [3, 4, 5] {
            let moved = pushed(places[node].at, 0.02, &bump).distance(places[node].at);
            assert!(moved < 0.035, "{moved} m deep in {shape:?}");
        }
    }
}

#[test]
fn whoever_appears_elsewhere_or_was_not_seen_begins_at_rest() {
    let document = plait();
    let mut pose = pose(&document);
    let mut sway = Sway::new(&document);
    for frame in 0..30 {
        sway.advance(&document, dancer(frame as f32 / 60.0), &mut pose, STEP_SECS);
    }
    let far = at(Vec3::new(400.0, 3.0, -70.0), 1.0);
    sway.advance(&document, far, &mut pose, STEP_SECS);
    for node in [1, 2, 3] {
        assert!(pose[node].turn.angle_between(Quat::IDENTITY) < 1e-3);
    }
    for frame in 0..30 {
        sway.advance(&document, dancer(frame as f32 / 60.0), &mut pose, STEP_SECS);
    }
    sway.rest(&mut pose);
    for node in [1, 2, 3] {
        assert_eq!(pose[node].turn, Quat::IDENTITY);
    }
}

#[test]
fn a_spring_with_a_centre_does_not_feel_the_way_of_its_body() {
    let mut document = plait();
    document.springs.springs[0].centre = Some(0);
    let mut pose = pose(&document);
    let mut sway = Sway::new(&document);
    for frame in 0..90 {
        let body = at(Vec3::new(0.0, 0.0, frame as f32 * 0.08), 0.0);
        sway.advance(&document, body, &mut pose, STEP_SECS);
    }
    assert!(pose[1].turn.angle_between(Quat::IDENTITY) < 1e-3);
}

#[test]
fn as_many_joints_and_colliders_as_a_file_may_have_do_no_harm() {
    let mut document = fixture::chain(&vec![Vec3::new(0.0, 0.01, 0.0); limits::MAX_SPRING_JOINTS + 1]);
    for index in 0..limits::MAX_COLLIDERS {
        document.springs.colliders.push(Collider {
            node: index as u16,
            shape: ColliderShape::Sphere {
                offset: Vec3::splat(0.01),
                radius: if index % 2 == 0 { 1e6 } else { 0.0 },
                inside: index % 3 == 0,
            },
        });
    }
    document.springs.springs.push(Spring {
        centre: Some(7),
        colliders: (0..32).collect(),
        joints: (1..=limits::MAX_SPRING_JOINTS as u16).map(joint).collect(),
    });
    let mut pose = pose(&document);
    let mut sway = Sway::new(&document);
    assert!(sway.cost() > 8_000);
    for frame in 0..12 {
        sway.advance(&document, dancer(frame as f32 / 6.0), &mut pose, 1.0 / 6.0);
    }
    assert!(pose.iter().all(|place| place.turn.is_normalized()));
}

#[test]
fn the_islander_of_our_own_swings_by_plaits_bobble_and_scarf_and_nothing_of_it_is_left_out() {
    let file = include_bytes!("../../../../tests/avatars/islander.vrm");
    let document = crate::avatar::read(&bytes::Bytes::from_static(file)).unwrap();
    assert!(document.warnings.is_empty(), "{:?}", document.warnings);
    let mut sway = Sway::new(&document);
    assert_eq!(sway.nodes().count(), 3 + 3 + 1 + 2);
    let mut pose = pose(&document);
    let rest = pose.clone();
    for frame in 0..60 {
        sway.advance(&document, dancer(frame as f32 / 30.0), &mut pose, 1.0 / 30.0);
    }
    let nodes: Vec<usize> = sway.nodes().collect();
    for (node, place) in pose.iter().enumerate() {
        let turned = place.turn.angle_between(rest[node].turn);
        assert_eq!(
            turned > 1e-3,
            nodes.contains(&node),
            "{}: {turned}",
            document.nodes[node].name
        );
        assert!(turned < 1.9, "{}: {turned}", document.nodes[node].name);
    }
}

fn wild() -> impl Strategy<Value = f32> {
    prop_oneof![
        Just(0.0),
        -2.0..2.0f32,
        -1e6..1e6f32,
        Just(1e-6),
        Just(f32::NAN),
        Just(f32::INFINITY),
    ]
}

proptest! {
    #[test]
    fn nothing_a_file_or_a_body_says_makes_a_turn_that_is_none(
        numbers in proptest::array::uniform16(wild()),
        nodes in proptest::collection::vec(0u16..8, 6),
        ways in proptest::collection::vec((wild(), wild(), 0.0..0.6f32), 1..12),
        inside: bool,
    ) {
        let mut document = plait();
        document.nodes[2].scale = Vec3::new(numbers[9], 1.0, numbers[10]).map(|v| if v.is_finite() && v != 0.0 { v } else { 1.0 });
        document.springs.colliders = vec![
            Collider { node: nodes[0] % 5, shape: ColliderShape::Capsule {
                offset: Vec3::new(numbers[0], numbers[1], 0.0),
                tail: Vec3::new(numbers[2], numbers[1], 0.0),
                radius: numbers[3],
                inside,
            } },
            Collider { node: nodes[1] % 5, shape: ColliderShape::Plane { offset: Vec3::splat(numbers[4]), normal: Vec3::new(numbers[5], numbers[6], 0.0) } },
        ];
        let spring = &mut document.springs.springs[0];
        spring.colliders = nodes.clone(); // some of them are not there
        spring.centre = Some(nodes[2]);
        // The same node twice, one that is not there, and a joint of no length.
        spring.joints.push(joint(nodes[3]));
        spring.joints[1].tail = Vec3::new(numbers[7], numbers[8], 0.0);
        spring.joints[2].stiffness = numbers[11];
        spring.joints[2].drag = numbers[12];
        spring.joints[0].gravity_power = numbers[13];
        spring.joints[0].radius = numbers[14];
        spring.joints[1].gravity_dir = Vec3::splat(numbers[15]);
        let mut pose = pose(&document);
        let mut sway = Sway::new(&document);
        for (x, y, secs) in ways {
            sway.advance(&document, at(Vec3::new(x, y, 0.0), 0.0), &mut pose, secs);
            for place in &pose {
                prop_assert!(place.turn.is_finite() && (place.turn.length() - 1.0).abs() < 1e-3, "{:?}", place.turn);
            }
        }
    }
}

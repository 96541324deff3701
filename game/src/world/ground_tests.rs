//! Ground of any shape, divided: nothing opens, nothing grows without bound, and no cast against it panics.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use avian3d::parry::math::Pose;
use avian3d::parry::query::{self, ShapeCastOptions};
use avian3d::parry::shape::{Ball, Capsule, Shape};
use bevy::math::Quat;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A square floor about the origin.
fn floor(side: f32) -> SolidMesh {
    let h = side * 0.5;
    SolidMesh {
        positions: vec![
            Vec3::new(-h, 0.0, h),
            Vec3::new(h, 0.0, h),
            Vec3::new(h, 0.0, -h),
            Vec3::new(-h, 0.0, -h),
        ],
        triangles: vec![[0, 1, 2], [0, 2, 3]],
    }
}

fn area(solid: &SolidMesh) -> f64 {
    let of = |triangle: &[u32; 3]| {
        let [a, b, c] = solid.corners(*triangle);
        f64::from((b - a).cross(c - a).length()) * 0.5
    };
    solid.triangles.iter().map(of).sum()
}

/// Edges that only one triangle has, by the bits of their ends.
fn open_edges(pieces: &[&SolidMesh]) -> usize {
    let mut open = BTreeSet::new();
    for (solid, triangle) in pieces
        .iter()
        .flat_map(|solid| solid.triangles.iter().map(move |triangle| (solid, triangle)))
    {
        let corners = solid
            .corners(*triangle)
            .map(|corner| corner.to_array().map(f32::to_bits));
        for side in 0..3 {
            let (a, b) = (corners[side], corners[(side + 1) % 3]);
            let edge = [a.min(b), a.max(b)];
            if !open.remove(&edge) {
                open.insert(edge);
            }
        }
    }
    open.len()
}

#[test]
fn a_long_floor_is_divided_and_is_still_the_same_floor() {
    let whole = floor(100.0);
    let finer = divided(&whole, EDGE_METRES);
    assert!(
        finer
            .triangles
            .iter()
            .all(|t| too_long(finer.corners(*t), EDGE_METRES).is_none())
    );
    assert!((area(&finer) - 10_000.0).abs() < 0.1, "{}", area(&finer));
    assert_eq!(
        finer.triangles.len() as u64,
        2 + added(std::slice::from_ref(&whole), EDGE_METRES)
    );
    let rim = finer.corners(finer.triangles[0]);
    assert!(
        (rim[1] - rim[0]).cross(rim[2] - rim[0]).y > 0.0,
        "it still faces up"
    );
}

#[test]
fn pieces_that_touch_are_divided_alike() {
    let (mut west, mut east) = (floor(90.0), floor(90.0));
    west.triangles.pop();
    east.triangles.remove(0);
    // The same floor in two pieces: only its rim is open, and is as long as in one.
    let (west, east) = (divided(&west, EDGE_METRES), divided(&east, EDGE_METRES));
    let whole = floor(90.0);
    assert_eq!(
        open_edges(&[&west, &east]),
        open_edges(&[&divided(&whole, EDGE_METRES)])
    );
    assert_eq!(open_edges(&[&west, &east]), 4 * 16, "a side of 90 m in 16 parts");
}

#[test]
fn short_triangles_are_left_as_they_are() {
    let small = floor(5.0);
    assert!(matches!(divided(&small, EDGE_METRES), Cow::Borrowed(_)));
}

#[test]
fn the_largest_floor_there_can_be_stays_within_the_limit() {
    let huge: Vec<SolidMesh> = (0..8).map(|_| floor(2.0 * limits::MAX_REACH_METRES)).collect();
    let edge = edge_metres(&huge);
    assert!(edge > EDGE_METRES && added(&huge, edge) <= limits::MAX_DIVIDED_TRIANGLES);
    assert!(
        added(&huge, edge * 0.5) > limits::MAX_DIVIDED_TRIANGLES,
        "as fine as may be"
    );
}

/// Whatever a stranger may call ground: huge, needle-like, almost nothing, all through one spot.
fn ground() -> impl Strategy<Value = SolidMesh> {
    let size = prop_oneof![Just(0.01f32), Just(1.0), Just(30.0), Just(200.0), Just(4_000.0)];
    let corner =
        (size, -1f32..1.0, -1f32..1.0, -1f32..1.0).prop_map(|(size, x, y, z)| Vec3::new(x, y, z) * size);
    let thin = prop_oneof![Just(1.0f32), Just(1e-2), Just(1e-4), Just(1e-6)];
    let triangle = (corner.clone(), corner.clone(), corner, thin).prop_map(|(a, b, c, thin)| {
        // As thin as it is said: the third corner beside the first edge.
        let middle = a.lerp(b, 0.3);
        [a, b, middle + (c - middle) * thin]
    });
    proptest::collection::vec(triangle, 1..12).prop_map(|triangles| {
        let mut solid = SolidMesh::default();
        for [a, b, c] in triangles {
            // What `add_solid` lets through.
            if super::super::assembly::has_area([a, b, c]) {
                let first = solid.positions.len() as u32;
                solid.positions.extend([a, b, c]);
                solid.triangles.push([first, first + 1, first + 2]);
            }
        }
        solid
    })
}

/// Casts like a body's and a camera's, from places near the ground.
fn cast_about(colliders: &[Collider], solid: &SolidMesh, seeds: &[(u16, Vec3, Vec3)]) {
    let shapes: [&dyn Shape; 2] = [&Capsule::new_y(0.575, 0.3), &Ball::new(0.2)];
    for (which, aside, motion) in seeds {
        let Some(triangle) = solid
            .triangles
            .get(usize::from(*which) % solid.triangles.len().max(1))
        else {
            return;
        };
        let [a, b, c] = solid.corners(*triangle);
        let share = f32::from(*which) / f32::from(u16::MAX);
        let from = Pose::from_parts(a.lerp(b, share).lerp(c, 0.3) + *aside, Quat::IDENTITY);
        for (collider, shape) in colliders
            .iter()
            .flat_map(|collider| shapes.map(|shape| (collider, shape)))
        {
            let there = Pose::from_parts(Vec3::ZERO, Quat::IDENTITY);
            let options = ShapeCastOptions {
                max_time_of_impact: motion.length(),
                target_distance: 0.01,
                stop_at_penetration: false,
                compute_impact_geometry_on_penetration: true,
            };
            let ground = collider.shape_scaled();
            let way = motion.normalize_or_zero();
            let _ = query::cast_shapes(&there, Vec3::ZERO, ground.as_ref(), &from, way, shape, options);
            let _ = query::contact(&there, ground.as_ref(), &from, shape, 0.02);
        }
    }
}

fn near(most: f32) -> impl Strategy<Value = Vec3> {
    (-most..most, -most..most, -most..most).prop_map(|(x, y, z)| Vec3::new(x, y, z))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_cast_against_divided_ground_panics(
        solid in ground(),
        seeds in proptest::collection::vec((any::<u16>(), near(1.5), near(2.0)), 64),
    ) {
        cast_about(&colliders(std::slice::from_ref(&solid)), &solid, &seeds);
    }

    #[test]
    fn dividing_keeps_the_area_and_every_edge_short(solid in ground()) {
        let edge = edge_metres(std::slice::from_ref(&solid));
        let finer = divided(&solid, edge);
        prop_assert!(finer.triangles.iter().all(|t| too_long(finer.corners(*t), edge).is_none()));
        let (before, after) = (area(&solid), area(&finer));
        // Middles of edges are rounded: a needle of kilometres gets thicker or thinner by that.
        let sides = |t: &[u32; 3]| {
            let [a, b, c] = solid.corners(*t);
            f64::from(a.distance(b) + b.distance(c) + c.distance(a))
        };
        let rounding = 5e-4 * solid.triangles.iter().map(sides).sum::<f64>();
        prop_assert!((before - after).abs() <= 0.01 * before + rounding, "{before} {after}");
    }
}

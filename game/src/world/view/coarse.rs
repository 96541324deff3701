//! Coarser copies of meshes, for where they are far away.
//!
//! Corners that are in one cell of a grid become one, at the place that is farthest out, so that the outline stays; what
//! then has no area is left out. Invariant: bounded by the mesh it is made of, the same on every machine.

use super::super::document::MeshData;
use bevy::math::{IVec3, Vec3, Vec4};
use std::collections::{BTreeMap, BTreeSet};

/// Cells along the longest side.
const CELLS: f32 = 6.0;
/// A copy with more than this share of the triangles is not worth having.
const WORTH: f32 = 0.6;

/// `None` where it would hardly be cheaper.
pub(super) fn coarse(mesh: &MeshData) -> Option<MeshData> {
    let positions = || mesh.positions.iter().map(|p| Vec3::from_array(*p));
    let (low, high) = positions().fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), p| {
        (low.min(p), high.max(p))
    });
    let (middle, side) = ((low + high) * 0.5, (high - low).max_element());
    if !(side.is_finite() && side > 0.0) {
        return None;
    }
    let cell = side / CELLS;
    let mut numbers: BTreeMap<[i32; 3], u32> = BTreeMap::new();
    let mut corners: Vec<(Vec3, Vec4, f32)> = Vec::new();
    let mut number_of = Vec::with_capacity(mesh.positions.len());
    for (index, position) in positions().enumerate() {
        let key: IVec3 = ((position - low) / cell).floor().as_ivec3();
        let number = *numbers.entry(key.to_array()).or_insert_with(|| {
            corners.push((position, Vec4::ZERO, 0.0));
            (corners.len() - 1) as u32 // no more than the mesh has
        });
        let (at, colour, count) = &mut corners[number as usize];
        if position.distance_squared(middle) > at.distance_squared(middle) {
            *at = position;
        }
        let own = mesh.colours.as_ref().and_then(|colours| colours.get(index));
        *colour += own.map_or(Vec4::ONE, |own| Vec4::from_array(*own));
        *count += 1.0;
        number_of.push(number);
    }
    let mut known = BTreeSet::new();
    let mut indices = Vec::new();
    for triangle in mesh.indices.chunks_exact(3) {
        let [a, b, c] = [triangle[0], triangle[1], triangle[2]].map(|index| number_of[index as usize]);
        let first = [a, b, c].into_iter().min().unwrap_or(a);
        // Turned so that the same triangle is known again; its other side is another one.
        let key = if first == a {
            [a, b, c]
        } else if first == b {
            [b, c, a]
        } else {
            [c, a, b]
        };
        if a != b && b != c && c != a && known.insert(key) {
            indices.extend(key);
        }
    }
    let cheaper = (indices.len() as f32) < WORTH * mesh.indices.len() as f32;
    (cheaper && !indices.is_empty()).then(|| MeshData {
        positions: corners.iter().map(|(at, ..)| at.to_array()).collect(),
        normals: None, // flat, as what is seen from far away may be
        uvs: None,
        colours: mesh.colours.is_some().then(|| {
            corners
                .iter()
                .map(|(_, colour, count)| (*colour / *count).to_array())
                .collect()
        }),
        indices,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::super::shapes;
    use super::*;

    #[test]
    fn a_ball_stays_a_ball_of_the_same_size_with_fewer_sides() {
        let ball = shapes::sphere(1.0);
        let far = coarse(&ball).unwrap();
        assert!(far.indices.len() * 10 < ball.indices.len() * 6);
        let reach = |mesh: &MeshData| {
            let from_middle = |p: &[f32; 3]| (Vec3::from_array(*p) - Vec3::Y).length();
            mesh.positions.iter().map(from_middle).fold(0.0, f32::max)
        };
        assert!((reach(&far) - reach(&ball)).abs() < 0.02, "{}", reach(&far));
        let outwards = far.indices.chunks_exact(3).filter(|t| {
            let [a, b, c] = [t[0], t[1], t[2]].map(|index| Vec3::from_array(far.positions[index as usize]));
            (b - a).cross(c - a).dot((a + b + c) / 3.0 - Vec3::Y) > 0.0
        });
        let all = far.indices.len() / 3;
        assert!(outwards.count() * 10 > all * 9, "it still faces outwards");
    }

    #[test]
    fn what_is_simple_already_has_no_coarser_copy() {
        assert_eq!(coarse(&shapes::cuboid(Vec3::ONE)), None);
        assert_eq!(coarse(&MeshData::default()), None);
    }
}

//! Coarser copies of meshes, for where they are far away.
//!
//! Flow: a mesh falls into its parts → corners of a thick part that are in one cell of a grid become one, at the place that
//! is farthest out, so that the outline stays; what then has no area is left out → thin parts (posts, wires, leaves) stay as
//! they are, for of them nothing but shards would be left → the outline of all is compared with the mesh's own.
//! Invariants: a copy looks like its mesh from every side, or there is none; bounded by the mesh it is made of, the same on
//! every machine.

use super::super::document::MeshData;
use bevy::math::{IVec3, Vec2, Vec3, Vec4};
use core::f32::consts::FRAC_1_SQRT_2;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Cells along the longest side.
const CELLS: f32 = 6.0;
/// A copy with more than this share of the triangles is not worth having.
const WORTH: f32 = 0.6;
/// How much of an outline may be another one: a ball of this many cells has an eighth less or more of itself.
const OTHER_OUTLINE: f32 = 0.14;
/// Points of an outline along each side: from where a copy is shown a thing is hardly larger on a screen.
const OUTLINE: usize = 64;
/// Points looked at for all outlines of a mesh together; a mesh that needs more has no copy.
const MOST_POINTS: u64 = 8_000_000;

/// `None` where it would hardly be cheaper, or would look like something else.
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
    let parts = Parts::of(mesh, cell);
    let mut numbers: BTreeMap<(u32, [i32; 3]), u32> = BTreeMap::new();
    let mut corners: Vec<(Vec3, Vec4, f32)> = Vec::new();
    let mut number_of = Vec::with_capacity(mesh.positions.len());
    for (index, position) in positions().enumerate() {
        let part = parts.of_corner[index];
        let key: IVec3 = if parts.is_thin[part as usize] {
            // Each corner for itself.
            IVec3::new(-1, -1, parts.place_of_corner[index] as i32)
        } else {
            ((position - low) / cell).floor().as_ivec3()
        };
        let number = *numbers.entry((part, key.to_array())).or_insert_with(|| {
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
    if !cheaper || indices.is_empty() {
        return None;
    }
    let copy = MeshData {
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
    };
    let mut points = MOST_POINTS;
    for (across, up) in VIEWS {
        let own = outline(mesh, middle, side, across, up, &mut points)?;
        let other = outline(&copy, middle, side, across, up, &mut points)?;
        if differs(&own, &other) > OTHER_OUTLINE {
            return None;
        }
    }
    Some(copy)
}

/// What hangs together, by the places of its corners: flat shading gives each face corners of its own.
struct Parts {
    of_corner: Vec<u32>,
    /// Corners at the same place have the same number.
    place_of_corner: Vec<u32>,
    /// Thinner than a cell, or open and therefore of no thickness at all.
    is_thin: Vec<bool>,
}

impl Parts {
    fn of(mesh: &MeshData, cell: f32) -> Self {
        let mut places: HashMap<[u32; 3], u32> = HashMap::new();
        let place_of_corner: Vec<u32> = mesh
            .positions
            .iter()
            .map(|p| {
                let next = places.len() as u32;
                // −0 is where 0 is.
                *places.entry(p.map(|x| (x + 0.0).to_bits())).or_insert(next)
            })
            .collect();
        let mut above: Vec<u32> = (0..places.len() as u32).collect();
        for triangle in mesh.indices.chunks_exact(3) {
            let [a, b, c] = [triangle[0], triangle[1], triangle[2]]
                .map(|index| top(&mut above, place_of_corner[index as usize]));
            let first = a.min(b).min(c);
            for other in [a, b, c] {
                above[other as usize] = first;
            }
        }
        let of_corner: Vec<u32> = place_of_corner
            .iter()
            .map(|place| top(&mut above, *place))
            .collect();
        // Twice the area and six times the volume of each.
        let mut sizes = vec![(0.0f32, 0.0f32); above.len()];
        for triangle in mesh.indices.chunks_exact(3) {
            let [a, b, c] = [triangle[0], triangle[1], triangle[2]]
                .map(|index| Vec3::from_array(mesh.positions[index as usize]));
            let (area, volume) = &mut sizes[of_corner[triangle[0] as usize] as usize];
            *area += (b - a).cross(c - a).length();
            *volume += a.dot(b.cross(c));
        }
        // Four times the volume by the area is the thickness of a post, twice that of a board, and a third less than that
        // of a ball.
        let is_thin = sizes
            .iter()
            .map(|(area, volume)| {
                let thickness = 4.0 * (volume.abs() / 6.0) / (area / 2.0);
                thickness.is_nan() || thickness < cell * THICK
            })
            .collect();
        Self {
            of_corner,
            place_of_corner,
            is_thin,
        }
    }
}

/// How much of a cell a part must measure across to be made of cells.
const THICK: f32 = 1.0;

/// The number that all of one part share, with shorter ways to it for the next who asks.
fn top(above: &mut [u32], at: u32) -> u32 {
    let mut root = at;
    while above[root as usize] != root {
        root = above[root as usize];
    }
    let mut next = at;
    while above[next as usize] != root {
        next = std::mem::replace(&mut above[next as usize], root);
    }
    root
}

/// From where outlines are looked at: what lies across and what lies up. From all around, and from above.
const VIEWS: [(Vec3, Vec3); 5] = [
    (Vec3::X, Vec3::Y),
    (Vec3::Z, Vec3::Y),
    (Vec3::X, Vec3::Z),
    (Vec3::new(FRAC_1_SQRT_2, 0.0, FRAC_1_SQRT_2), Vec3::Y),
    (Vec3::new(FRAC_1_SQRT_2, 0.0, -FRAC_1_SQRT_2), Vec3::Y),
];

/// Which points of a square around it a mesh covers, a row a number.
type Outline = [u64; OUTLINE];
const _: () = assert!(OUTLINE == u64::BITS as usize);

/// `None` when `points` do not suffice.
fn outline(
    mesh: &MeshData,
    middle: Vec3,
    side: f32,
    across: Vec3,
    up: Vec3,
    points: &mut u64,
) -> Option<Outline> {
    let mut covered = [0u64; OUTLINE];
    // Aslant a side of a cube is longer.
    let scale = OUTLINE as f32 / (side * 1.45);
    let seen = |index: u32| {
        let at = Vec3::from_array(mesh.positions[index as usize]) - middle;
        Vec2::new(at.dot(across), at.dot(up)) * scale + OUTLINE as f32 / 2.0
    };
    for triangle in mesh.indices.chunks_exact(3) {
        let [a, b, c] = [triangle[0], triangle[1], triangle[2]].map(seen);
        let cell = |x: f32| (x.floor().max(0.0) as usize).min(OUTLINE - 1);
        let (least, most) = (a.min(b).min(c), a.max(b).max(c));
        let rows = cell(least.y)..=cell(most.y);
        for (y, row) in covered
            .iter_mut()
            .enumerate()
            .take(rows.end() + 1)
            .skip(*rows.start())
        {
            for x in cell(least.x)..=cell(most.x) {
                *points = points.checked_sub(1)?;
                let point = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
                let sides = [(a, b), (b, c), (c, a)].map(|(from, to)| (to - from).perp_dot(point - from));
                if sides.iter().all(|side| *side >= 0.0) || sides.iter().all(|side| *side <= 0.0) {
                    *row |= 1 << x;
                }
            }
        }
    }
    Some(covered)
}

/// How much of an outline is another one, as a share of it.
fn differs(own: &Outline, other: &Outline) -> f32 {
    let all: u32 = own.iter().map(|row| row.count_ones()).sum();
    let others: u32 = own.iter().zip(other).map(|(a, b)| (a ^ b).count_ones()).sum();
    others as f32 / all.max(1) as f32
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

    /// A mesh of several, each moved and stretched.
    fn together(parts: &[(&MeshData, Vec3, Vec3)]) -> MeshData {
        let mut all = MeshData::default();
        for (mesh, at, scale) in parts {
            let first = all.positions.len() as u32;
            let moved = mesh.positions.iter();
            all.positions
                .extend(moved.map(|p| (Vec3::from_array(*p) * *scale + *at).to_array()));
            all.indices.extend(mesh.indices.iter().map(|index| index + first));
        }
        all
    }

    #[test]
    fn a_lamp_on_a_wire_keeps_its_wire() {
        let (ball, wire) = (shapes::sphere(1.0), shapes::cuboid(Vec3::ONE));
        let lamp = together(&[
            (&ball, Vec3::ZERO, Vec3::splat(0.8)),
            (&wire, Vec3::new(0.0, 1.6, 0.0), Vec3::new(0.02, 3.0, 0.02)),
        ]);
        let of_wire = |mesh: &MeshData| mesh.positions.iter().filter(|p| p[1] > 3.0).count();
        if let Some(far) = coarse(&lamp) {
            assert_eq!(of_wire(&far), 8, "its corners");
        }
        let post = together(&[(&ball, Vec3::ZERO, Vec3::new(0.05, 3.0, 0.05))]);
        assert_eq!(coarse(&post), None, "of a post nothing but shards would be left");
    }

    #[test]
    fn every_copy_in_the_worlds_of_holm_looks_like_its_mesh() {
        // Not one of those by which copies are judged.
        let across = Vec3::new(0.9, 0.1, 0.4).normalize();
        let up = across.cross(Vec3::new(-0.4, 0.5, 0.8)).normalize();
        let mut copies = 0;
        for which in crate::world::BuiltIn::ALL {
            let document = which.load().unwrap();
            for (number, mesh) in super::super::repeated(&document) {
                let Some(far) = coarse(mesh) else { continue };
                copies += 1;
                let positions = || mesh.positions.iter().map(|p| Vec3::from_array(*p));
                let (low, high) = (
                    positions().reduce(Vec3::min).unwrap(),
                    positions().reduce(Vec3::max).unwrap(),
                );
                let (middle, side) = ((low + high) * 0.5, (high - low).max_element());
                let mut points = u64::MAX;
                let mut seen =
                    |mesh: &MeshData| outline(mesh, middle, side, across, up, &mut points).unwrap();
                let other = differs(&seen(mesh), &seen(&far));
                assert!(other < 0.2, "{which:?} {number}: {other}");
            }
        }
        assert!(copies >= 3, "{copies}: it is still worth it");
    }

    #[test]
    fn what_is_simple_already_has_no_coarser_copy() {
        assert_eq!(coarse(&shapes::cuboid(Vec3::ONE)), None);
        assert_eq!(coarse(&MeshData::default()), None);
    }
}

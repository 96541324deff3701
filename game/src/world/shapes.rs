//! Simple solids for world.ron: flat-shaded, standing on the origin, made of the same mesh data as glTF.

use super::document::MeshData;
use bevy::math::{Vec2, Vec3};
use core::f32::consts::TAU;

/// Sides of round shapes: 24 look round from across a room.
const SIDES: usize = 24;

/// A box of this size, its bottom on y = 0.
pub(super) fn cuboid(size: Vec3) -> MeshData {
    let h = Vec3::new(size.x / 2.0, size.y, size.z / 2.0);
    let p = |x: f32, y: f32, z: f32| Vec3::new(x * h.x, y * h.y, z * h.z);
    let mut mesh = Builder::default();
    mesh.face([p(-1., 0., 1.), p(1., 0., 1.), p(1., 1., 1.), p(-1., 1., 1.)]);
    mesh.face([p(1., 0., -1.), p(-1., 0., -1.), p(-1., 1., -1.), p(1., 1., -1.)]);
    mesh.face([p(1., 0., 1.), p(1., 0., -1.), p(1., 1., -1.), p(1., 1., 1.)]);
    mesh.face([p(-1., 0., -1.), p(-1., 0., 1.), p(-1., 1., 1.), p(-1., 1., -1.)]);
    mesh.face([p(-1., 1., 1.), p(1., 1., 1.), p(1., 1., -1.), p(-1., 1., -1.)]);
    mesh.face([p(-1., 0., -1.), p(1., 0., -1.), p(1., 0., 1.), p(-1., 0., 1.)]);
    mesh.0
}

/// A wedge of this size that rises towards −z.
pub(super) fn ramp(size: Vec3) -> MeshData {
    let h = Vec3::new(size.x / 2.0, size.y, size.z / 2.0);
    let p = |x: f32, y: f32, z: f32| Vec3::new(x * h.x, y * h.y, z * h.z);
    let mut mesh = Builder::default();
    mesh.face([p(-1., 0., 1.), p(1., 0., 1.), p(1., 1., -1.), p(-1., 1., -1.)]);
    mesh.face([p(1., 0., -1.), p(-1., 0., -1.), p(-1., 1., -1.), p(1., 1., -1.)]);
    mesh.face([p(-1., 0., -1.), p(1., 0., -1.), p(1., 0., 1.), p(-1., 0., 1.)]);
    mesh.face([p(1., 0., 1.), p(1., 0., -1.), p(1., 1., -1.)]);
    mesh.face([p(-1., 0., -1.), p(-1., 0., 1.), p(-1., 1., -1.)]);
    mesh.0
}

/// A level rectangle, seen and solid from above.
pub(super) fn plane(size: Vec2) -> MeshData {
    let (x, z) = (size.x / 2.0, size.y / 2.0);
    let mut mesh = Builder::default();
    mesh.face([
        Vec3::new(-x, 0., z),
        Vec3::new(x, 0., z),
        Vec3::new(x, 0., -z),
        Vec3::new(-x, 0., -z),
    ]);
    mesh.0
}

/// Two rails and rungs between them, upright on the origin, in the plane z = 0.
pub(super) fn ladder(width: f32, height: f32) -> MeshData {
    let mut mesh = MeshData::default();
    let mut bar = |size: Vec3, foot: Vec3| {
        let part = cuboid(size);
        let base = mesh.positions.len() as u32;
        let moved = part
            .positions
            .iter()
            .map(|p| (Vec3::from_array(*p) + foot).to_array());
        mesh.positions.extend(moved);
        mesh.normals
            .get_or_insert_default()
            .extend(part.normals.unwrap_or_default());
        mesh.indices.extend(part.indices.iter().map(|index| base + index));
    };
    let side = (width - RAIL_METRES) * 0.5;
    for x in [-side, side] {
        bar(Vec3::new(RAIL_METRES, height, RAIL_METRES), Vec3::X * x);
    }
    let mut y = RUNG_EVERY_METRES;
    while y < height - RAIL_METRES {
        let size = Vec3::new(width - 2.0 * RAIL_METRES, RAIL_METRES * 0.6, RAIL_METRES * 0.6);
        bar(size, Vec3::Y * y);
        y += RUNG_EVERY_METRES;
    }
    mesh
}

/// Thickness of a ladder's rails, metres.
const RAIL_METRES: f32 = 0.05;
/// As far apart as on ladders one buys, metres.
const RUNG_EVERY_METRES: f32 = 0.28;

/// An upright cylinder, or a cone where `top_radius` is 0.
pub(super) fn cylinder(radius: f32, top_radius: f32, height: f32) -> MeshData {
    let mut mesh = Builder::default();
    let at = |side: usize, radius: f32, y: f32| {
        let angle = TAU * side as f32 / SIDES as f32;
        Vec3::new(radius * angle.cos(), y, -radius * angle.sin())
    };
    for side in 0..SIDES {
        let next = side + 1;
        mesh.face([Vec3::ZERO, at(next, radius, 0.0), at(side, radius, 0.0)]);
        if top_radius > 0.0 {
            mesh.face([
                at(side, radius, 0.0),
                at(next, radius, 0.0),
                at(next, top_radius, height),
                at(side, top_radius, height),
            ]);
            mesh.face([
                Vec3::Y * height,
                at(side, top_radius, height),
                at(next, top_radius, height),
            ]);
        } else {
            mesh.face([at(side, radius, 0.0), at(next, radius, 0.0), Vec3::Y * height]);
        }
    }
    mesh.0
}

/// A ball that touches y = 0 from above.
pub(super) fn sphere(radius: f32) -> MeshData {
    let rings = SIDES / 2;
    let at = |ring: usize, side: usize| {
        let (down, around) = (
            TAU / 2.0 * ring as f32 / rings as f32,
            TAU * side as f32 / SIDES as f32,
        );
        let flat = down.sin();
        radius * Vec3::new(flat * around.cos(), 1.0 + down.cos(), -flat * around.sin())
    };
    let mut mesh = Builder::default();
    for ring in 0..rings {
        for side in 0..SIDES {
            let (a, b) = (at(ring, side), at(ring, side + 1));
            let (c, d) = (at(ring + 1, side + 1), at(ring + 1, side));
            if ring > 0 {
                mesh.face([a, d, b]);
            }
            if ring + 1 < rings {
                mesh.face([b, d, c]);
            }
        }
    }
    mesh.0
}

#[derive(Default)]
struct Builder(MeshData);

impl Builder {
    /// A flat, convex face; its corners run anticlockwise seen from outside.
    fn face<const N: usize>(&mut self, corners: [Vec3; N]) {
        let normal = (corners[1] - corners[0])
            .cross(corners[2] - corners[0])
            .normalize_or_zero();
        let base = self.0.positions.len() as u32;
        self.0.positions.extend(corners.map(|corner| corner.to_array()));
        self.0
            .normals
            .get_or_insert_default()
            .extend([normal.to_array(); N]);
        self.0
            .indices
            .extend((2..N as u32).flat_map(|corner| [base, base + corner - 1, base + corner]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Volume by the divergence theorem: right only if the surface is closed and faces outwards.
    fn volume(mesh: &MeshData) -> f32 {
        let corner = |index: u32| Vec3::from_array(mesh.positions[index as usize]);
        mesh.indices
            .chunks_exact(3)
            .map(|t| corner(t[0]).dot(corner(t[1]).cross(corner(t[2]))) / 6.0)
            .sum()
    }

    #[test]
    fn solids_are_closed_and_face_outwards() {
        assert!((volume(&cuboid(Vec3::new(2.0, 3.0, 4.0))) - 24.0).abs() < 1e-3);
        assert!((volume(&ramp(Vec3::new(2.0, 3.0, 4.0))) - 12.0).abs() < 1e-3);
        let polygon = SIDES as f32 / 2.0 * (TAU / SIDES as f32).sin();
        assert!((volume(&cylinder(1.0, 1.0, 2.0)) - 2.0 * polygon).abs() < 1e-3);
        assert!((volume(&cylinder(1.0, 0.0, 3.0)) - polygon).abs() < 1e-3);
        let ball = volume(&sphere(1.0));
        assert!((3.9..4.19).contains(&ball), "{ball}");
    }

    #[test]
    fn a_ramp_rises_towards_minus_z() {
        let mesh = ramp(Vec3::new(1.0, 2.0, 3.0));
        let top = mesh.positions.iter().filter(|p| p[1] > 1.9);
        assert!(top.clone().count() > 0 && top.clone().all(|p| p[2] < 0.0));
    }
}

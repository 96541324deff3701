//! Round shapes pressed into one mesh: what a body is made of.
//!
//! Everything is turned on a lathe (a profile of radius and height, swept around y) and carries vertex
//! colours, so that one mesh and one material can have boots and trousers.
//! Invariant: normals are unit length and every index is in range, whatever the profile.

use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;
use core::f32::consts::TAU;

/// A mesh under construction.
#[derive(Default)]
pub(super) struct Clay {
    positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    colours: Vec<[f32; 4]>,
    indices: Vec<u32>,
}

impl Clay {
    /// Sweeps `profile`, points of (radius, height) from bottom to top in metres, around y.
    /// Two equal neighbours make a hard edge. `colour` is linear and multiplies the material's.
    pub(super) fn lathe(
        mut self,
        profile: &[(f32, f32)],
        segments: u32,
        colour: [f32; 3],
        place: Transform,
    ) -> Self {
        let start = self.positions.len() as u32;
        let segments = segments.max(3);
        let slope = |from: (f32, f32), to: (f32, f32)| {
            // Outward normal of a profile edge that runs upwards.
            Vec2::new(to.1 - from.1, from.0 - to.0).normalize_or_zero()
        };
        for (index, &(radius, height)) in profile.iter().enumerate() {
            let before = (index > 0).then(|| slope(profile[index - 1], profile[index]));
            let after = profile.get(index + 1).map(|next| slope(profile[index], *next));
            let flat = match (before, after) {
                // A doubled point has no slope of its own and takes its other neighbour's.
                (Some(a), Some(b)) => (a + b).normalize_or(Vec2::X),
                (Some(a), None) | (None, Some(a)) => a.normalize_or(Vec2::Y),
                (None, None) => Vec2::X,
            };
            for segment in 0..=segments {
                let (sin, cos) = (TAU * segment as f32 / segments as f32).sin_cos();
                let normal = Vec3::new(cos * flat.x, flat.y, sin * flat.x);
                let position = place.transform_point(Vec3::new(cos * radius, height, sin * radius));
                self.positions.push(position.into());
                self.normals.push(
                    (place.rotation * (normal / place.scale))
                        .normalize_or(Vec3::Y)
                        .into(),
                );
                self.colours.push([colour[0], colour[1], colour[2], 1.0]);
            }
        }
        let ring = segments + 1;
        for row in 0..profile.len().saturating_sub(1) as u32 {
            for segment in 0..segments {
                let a = start + row * ring + segment;
                let (b, c, d) = (a + 1, a + ring, a + ring + 1);
                self.indices.extend([a, c, b, b, c, d]);
            }
        }
        self
    }

    /// A ball, stretched by `place`'s scale.
    pub(super) fn ball(self, radius: f32, segments: u32, colour: [f32; 3], place: Transform) -> Self {
        let rows = (segments / 2).max(4);
        let profile: Vec<_> = (0..=rows)
            .map(|row| {
                let angle = core::f32::consts::PI * row as f32 / rows as f32;
                (radius * angle.sin(), -radius * angle.cos())
            })
            .collect();
        self.lathe(&profile, segments, colour, place)
    }

    /// A ring around y: `radius` to the middle of a roll of `thickness` (radius too).
    pub(super) fn ring(
        self,
        radius: f32,
        thickness: f32,
        segments: u32,
        colour: [f32; 3],
        place: Transform,
    ) -> Self {
        const ROLL: u32 = 10;
        let profile: Vec<_> = (0..=ROLL)
            .map(|step| {
                // From the inside bottom, outwards and up, so that profile edges run the way normals expect.
                let angle = TAU * step as f32 / ROLL as f32 + core::f32::consts::PI;
                (radius + thickness * angle.cos(), thickness * angle.sin())
            })
            .collect();
        self.lathe(&profile, segments, colour, place)
    }

    pub(super) fn fire(self) -> Mesh {
        Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, self.positions)
            .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, self.normals)
            .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, self.colours)
            .with_inserted_indices(Indices::U32(self.indices))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_faces_outwards() {
        let shapes = [
            Clay::default().ball(1.0, 16, [1.0; 3], Transform::default()),
            Clay::default().ball(0.2, 8, [1.0; 3], Transform::from_scale(Vec3::new(1.0, 3.0, 0.5))),
            Clay::default().lathe(
                &[(0.0, 0.0), (0.5, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)],
                12,
                [1.0; 3],
                Transform::default(),
            ),
        ];
        for clay in shapes {
            for triangle in clay.indices.chunks(3) {
                let corner = |index: usize| Vec3::from(clay.positions[triangle[index] as usize]);
                let face = (corner(1) - corner(0)).cross(corner(2) - corner(0));
                if face.length() < 1e-6 {
                    continue; // a pole
                }
                for &index in triangle {
                    let normal = Vec3::from(clay.normals[index as usize]);
                    assert!((normal.length() - 1.0).abs() < 1e-4);
                    assert!(
                        face.normalize().dot(normal) > -0.3,
                        "face {face} against normal {normal}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_ring_faces_outwards_all_around() {
        let clay = Clay::default().ring(1.0, 0.2, 24, [1.0; 3], Transform::default());
        for (position, normal) in clay.positions.iter().zip(&clay.normals) {
            let position = Vec3::from(*position);
            let middle = Vec3::new(position.x, 0.0, position.z).normalize_or_zero();
            assert!((position - middle).dot(Vec3::from(*normal)) > 0.0);
        }
    }
}

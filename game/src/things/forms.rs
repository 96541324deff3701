//! The simple forms as triangles: what is drawn is what one bumps into.
//!
//! Invariants: closed, corners anticlockwise from outside, 1 m across, in the middle of the origin; no more triangles than
//! the document counts for them.

use bevy::math::{Vec2, Vec3};
use core::f32::consts::{PI, TAU};
use holm_document::part::Shape;

/// Corners, their normals, and three corners a triangle.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub positions: Vec<Vec3>,
    pub normals: Vec<Vec3>,
    pub triangles: Vec<[u32; 3]>,
}

/// Sides of what is round.
const SIDES: usize = 24;
const _: () = assert!(SIDES.is_multiple_of(4));

/// Every shape, in the order of their numbers.
#[cfg(any(test, feature = "view"))]
pub(super) const ALL: [Shape; 7] = [
    Shape::Box,
    Shape::Ball,
    Shape::Cylinder,
    Shape::Cone,
    Shape::Wedge,
    Shape::Ring,
    Shape::Capsule,
];

pub(super) fn of(shape: Shape) -> Form {
    match shape {
        Shape::Box => block(),
        Shape::Wedge => wedge(),
        Shape::Ball => turned(&arc(0.5, 0.0, 0.0, PI, 12)),
        Shape::Cylinder => turned(&[
            (Vec2::new(0.0, 0.5), Vec2::Y),
            (Vec2::new(0.5, 0.5), Vec2::Y),
            (Vec2::new(0.5, 0.5), Vec2::X),
            (Vec2::new(0.5, -0.5), Vec2::X),
            (Vec2::new(0.5, -0.5), Vec2::NEG_Y),
            (Vec2::new(0.0, -0.5), Vec2::NEG_Y),
        ]),
        Shape::Cone => {
            let slope = Vec2::new(2.0, 1.0).normalize();
            turned(&[
                (Vec2::new(0.0, 0.5), slope),
                (Vec2::new(0.5, -0.5), slope),
                (Vec2::new(0.5, -0.5), Vec2::NEG_Y),
                (Vec2::new(0.0, -0.5), Vec2::NEG_Y),
            ])
        }
        Shape::Capsule => {
            let mut line = arc(0.25, 0.25, 0.0, PI / 2.0, 6);
            line.extend(arc(0.25, -0.25, PI / 2.0, PI, 6));
            turned(&line)
        }
        Shape::Ring => {
            let (far, thick) = (0.36, 0.14);
            let line: Vec<(Vec2, Vec2)> = (0..=12)
                .map(|n| {
                    let (sin, cos) = (TAU * n as f32 / 12.0).sin_cos();
                    let out = Vec2::new(cos, -sin);
                    (Vec2::new(far, 0.0) + thick * out, out)
                })
                .collect();
            turned(&line)
        }
    }
}

/// From one angle to another, from straight up towards outside: places and normals.
fn arc(radius: f32, middle: f32, from: f32, to: f32, steps: usize) -> Vec<(Vec2, Vec2)> {
    (0..=steps)
        .map(|n| {
            let (sin, cos) = (from + (to - from) * n as f32 / steps as f32).sin_cos();
            let out = Vec2::new(if sin.abs() < 1e-6 { 0.0 } else { sin }, cos);
            (Vec2::new(0.0, middle) + radius * out, out)
        })
        .collect()
}

/// A line turned about the y axis: from top to bottom on the right side, with the normals of its ends.
fn turned(line: &[(Vec2, Vec2)]) -> Form {
    let mut form = Form::default();
    let around = |at: Vec2, side: usize| {
        let (sin, cos) = (TAU * (side % SIDES) as f32 / SIDES as f32).sin_cos();
        Vec3::new(at.x * cos, at.y, -at.x * sin)
    };
    for pair in line.windows(2) {
        let [(top, top_normal), (low, low_normal)] = [pair[0], pair[1]];
        if top == low {
            continue; // an edge: only the normal is another
        }
        for side in 0..SIDES {
            let corners = [
                (top, top_normal, side),
                (low, low_normal, side),
                (low, low_normal, side + 1),
                (top, top_normal, side + 1),
            ];
            let base = form.positions.len() as u32;
            for (at, normal, side) in corners {
                form.positions.push(around(at, side));
                form.normals
                    .push(around(normal, side).normalize_or(Vec3::Y * normal.y.signum()));
            }
            if low.x > 0.0 {
                form.triangles.push([base, base + 1, base + 2]);
            }
            if top.x > 0.0 {
                form.triangles.push([base, base + 2, base + 3]);
            }
        }
    }
    form
}

fn flat(faces: &[&[Vec3]]) -> Form {
    let mut form = Form::default();
    for face in faces {
        let normal = (face[1] - face[0]).cross(face[2] - face[0]).normalize_or_zero();
        let base = form.positions.len() as u32;
        form.positions.extend(*face);
        form.normals.extend(face.iter().map(|_| normal));
        form.triangles
            .extend((2..face.len() as u32).map(|corner| [base, base + corner - 1, base + corner]));
    }
    form
}

fn block() -> Form {
    let p = |x: f32, y: f32, z: f32| Vec3::new(x, y, z) * 0.5;
    let [a, b, c, d] = [p(-1., -1., 1.), p(1., -1., 1.), p(1., -1., -1.), p(-1., -1., -1.)];
    let [e, f, g, h] = [p(-1., 1., 1.), p(1., 1., 1.), p(1., 1., -1.), p(-1., 1., -1.)];
    flat(&[
        &[a, b, f, e],
        &[b, c, g, f],
        &[c, d, h, g],
        &[d, a, e, h],
        &[e, f, g, h],
        &[d, c, b, a],
    ])
}

/// Rises towards −z.
fn wedge() -> Form {
    let p = |x: f32, y: f32, z: f32| Vec3::new(x, y, z) * 0.5;
    let [a, b, c, d] = [p(-1., -1., 1.), p(1., -1., 1.), p(1., -1., -1.), p(-1., -1., -1.)];
    let [g, h] = [p(1., 1., -1.), p(-1., 1., -1.)];
    flat(&[
        &[a, b, g, h],
        &[c, d, h, g],
        &[b, c, g],
        &[d, a, h],
        &[d, c, b, a],
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use holm_document::Part;
    use std::collections::HashMap;

    #[test]
    fn forms_are_closed_face_outwards_and_cost_what_the_document_says() {
        for (at, shape) in ALL.into_iter().enumerate() {
            assert_eq!(shape as usize, at);
            let form = of(shape);
            // Every edge is in two triangles, once in each direction.
            let key = |index: u32| (form.positions[index as usize] * 1e4).round().as_ivec3();
            let mut edges: HashMap<_, i32> = HashMap::new();
            let mut volume = 0.0;
            for [a, b, c] in &form.triangles {
                for (from, to) in [(a, b), (b, c), (c, a)] {
                    *edges.entry((key(*from), key(*to))).or_default() += 1;
                    *edges.entry((key(*to), key(*from))).or_default() -= 1;
                }
                let [a, b, c] = [a, b, c].map(|index| form.positions[*index as usize]);
                volume += a.dot(b.cross(c)) / 6.0;
                let normal = form.normals[form.triangles[0][0] as usize];
                assert!((normal.length() - 1.0).abs() < 1e-3, "{shape:?}");
            }
            assert!(edges.values().all(|count| *count == 0), "{shape:?} is open");
            assert!(volume > 0.05, "{shape:?} {volume}");
            let most = form
                .positions
                .iter()
                .fold(0.0f32, |most, p| most.max(p.abs().max_element()));
            assert!((most - 0.5).abs() < 1e-3, "{shape:?} is {most} m to its side");
            let counted = Part::from(shape).usage().triangles;
            assert!(
                form.triangles.len() as u64 <= counted,
                "{shape:?}: {} of {counted}",
                form.triangles.len()
            );
        }
    }
}

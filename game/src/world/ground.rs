//! What one stands on, as the physics engine gets it.
//!
//! Flow: a document's [`SolidMesh`]es → triangles with long edges are divided → one collider a piece.
//! Invariants: an edge that two triangles share is divided at the same points in both, so that no gap opens, whichever
//! pieces they are in; dividing adds no more triangles than [`limits::MAX_DIVIDED_TRIANGLES`]; a piece that the
//! engine cannot take is left out and told, and ends nothing.

use super::document::SolidMesh;
use super::limits;
use avian3d::prelude::Collider;
use bevy::log::error;
use bevy::math::Vec3;
use std::borrow::Cow;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Longer edges are halved, metres. The engine's casts work with differences of corners: beside edges of 200 m they lose
/// millimetres, and about one in two million ends in an assertion, which ends a browser's whole program.
const EDGE_METRES: f32 = 8.0;

pub(super) fn colliders(solids: &[SolidMesh]) -> Vec<Collider> {
    let edge = edge_metres(solids);
    solids
        .iter()
        .filter_map(|solid| collider(&divided(solid, edge)))
        .collect()
}

/// The shortest length that all edges can be brought to.
fn edge_metres(solids: &[SolidMesh]) -> f32 {
    let mut edge = EDGE_METRES;
    while added(solids, edge) > limits::MAX_DIVIDED_TRIANGLES {
        edge *= 2.0;
    }
    edge
}

/// How many triangles more there would be; one too many says enough.
fn added(solids: &[SolidMesh], edge: f32) -> u64 {
    let mut added = 0;
    let mut left: Vec<[Vec3; 3]> = Vec::new();
    for triangle in solids
        .iter()
        .flat_map(|solid| solid.triangles.iter().map(|triangle| solid.corners(*triangle)))
    {
        left.push(triangle);
        while let Some(corners) = left.pop() {
            let Some(side) = too_long(corners, edge) else {
                continue;
            };
            added += 1;
            if added > limits::MAX_DIVIDED_TRIANGLES {
                return added;
            }
            let [a, b, c] = from_side(corners, side);
            let middle = (a + b) * 0.5;
            left.extend([[a, middle, c], [middle, b, c]]);
        }
    }
    added
}

/// The longest side, where it is longer than `edge`: 0 is from the first corner to the second.
fn too_long(corners: [Vec3; 3], edge: f32) -> Option<usize> {
    let square = |side: usize| corners[side].distance_squared(corners[(side + 1) % 3]);
    let longest = (0..3).max_by(|a, b| square(*a).total_cmp(&square(*b)))?;
    (square(longest) > edge * edge).then_some(longest)
}

/// The same triangle, beginning with this side.
fn from_side<T: Copy>(triangle: [T; 3], side: usize) -> [T; 3] {
    [0, 1, 2].map(|n| triangle[(side + n) % 3])
}

fn divided(solid: &SolidMesh, edge: f32) -> Cow<'_, SolidMesh> {
    let is_long = |triangle: &[u32; 3]| too_long(solid.corners(*triangle), edge).is_some();
    if !solid.triangles.iter().any(is_long) {
        return Cow::Borrowed(solid);
    }
    let mut finer = SolidMesh {
        positions: solid.positions.clone(),
        triangles: Vec::with_capacity(solid.triangles.len()),
    };
    // By their ends, the smaller index first.
    let mut middles: HashMap<[u32; 2], u32> = HashMap::new();
    let mut left: Vec<[u32; 3]> = solid.triangles.iter().rev().copied().collect();
    while let Some(triangle) = left.pop() {
        let Some(side) = too_long(finer.corners(triangle), edge) else {
            finer.triangles.push(triangle);
            continue;
        };
        let [a, b, c] = from_side(triangle, side);
        let positions = &mut finer.positions;
        let middle = *middles.entry([a.min(b), a.max(b)]).or_insert_with(|| {
            positions.push((positions[a as usize] + positions[b as usize]) * 0.5);
            (positions.len() - 1) as u32 // two for each of MAX_DIVIDED_TRIANGLES at most
        });
        left.extend([[middle, b, c], [a, middle, c]]);
    }
    Cow::Owned(finer)
}

/// `None` for a piece the physics engine does not take; the document's checks leave none that we know of.
fn collider(solid: &SolidMesh) -> Option<Collider> {
    // No flags: merging vertices and repairing topology take longer than the tree itself, and bodies are
    // cast shapes, which need neither.
    let build = || Collider::try_trimesh(solid.positions.clone(), solid.triangles.clone());
    // Its tree is built with assertions; nothing of ours is changed meanwhile.
    match catch_unwind(AssertUnwindSafe(build)) {
        Ok(Ok(collider)) => Some(collider),
        Ok(Err(error)) => {
            error!("a piece of ground was refused: {error}");
            None
        }
        Err(_) => None, // told by the panic itself
    }
}

#[cfg(test)]
#[path = "ground_tests.rs"]
mod tests;

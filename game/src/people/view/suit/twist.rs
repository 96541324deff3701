//! Nodes of a body that follow others (`VRMC_node_constraint`): twists of arms and legs, what points at something, and
//! what turns as another does. Pure.

use super::sway::Place;
use crate::avatar::document::{AvatarDocument, Constraint, Follow};
use bevy::math::{Quat, Vec3};

const AXES: [Vec3; 3] = [Vec3::X, Vec3::Y, Vec3::Z];

/// Turns the nodes that follow, in the order of the document, in which what one looks at has been turned before. `pose`
/// is what all nodes are in their parents.
pub(super) fn follow(document: &AvatarDocument, pose: &mut [Place]) {
    for constraint in &document.constraints {
        if let Some(turn) = turned(document, constraint, pose)
            && turn.is_finite()
            && let Some(place) = pose.get_mut(usize::from(constraint.node))
        {
            place.turn = turn.normalize();
        }
    }
}

fn turned(document: &AvatarDocument, constraint: &Constraint, pose: &[Place]) -> Option<Quat> {
    let (node, source) = (usize::from(constraint.node), usize::from(constraint.source));
    let rest = document.nodes.get(node)?.rotation;
    let source_rest = document.nodes.get(source)?.rotation;
    let moved = source_rest.inverse() * pose.get(source)?.turn;
    let goal = match constraint.follow {
        Follow::Rotation => rest * moved,
        Follow::Roll(axis) => {
            let axis = *AXES.get(usize::from(axis))?;
            let here = rest.inverse() * (source_rest * moved * source_rest.inverse()) * rest;
            let swing = Quat::from_rotation_arc(axis, (here * axis).try_normalize()?);
            rest * swing.inverse() * here
        }
        Follow::Aim(axis, negative) => {
            let axis = *AXES.get(usize::from(axis))? * if negative { -1.0 } else { 1.0 };
            let parent = usize::from(document.nodes.get(node)?.parent?);
            let above = place(document, pose, parent)?;
            let from = above.turn * rest * axis;
            let here = above.point(pose.get(node)?.at);
            let to = (place(document, pose, source)?.at - here).try_normalize()?;
            above.turn.inverse() * Quat::from_rotation_arc(from.normalize_or(to), to) * above.turn * rest
        }
    };
    Some(rest.slerp(goal, constraint.weight))
}

/// Where a node is in the body.
fn place(document: &AvatarDocument, pose: &[Place], node: usize) -> Option<Place> {
    let mut place = *pose.get(node)?;
    let mut above = document.nodes.get(node)?.parent;
    while let Some(node) = above.map(usize::from) {
        place = pose.get(node)?.then(&place);
        above = document.nodes.get(node)?.parent;
    }
    Some(place)
}

#[cfg(test)]
#[path = "twist_tests.rs"]
mod tests;

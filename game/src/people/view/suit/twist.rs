//! Nodes of a body that follow others (`VRMC_node_constraint`): twists of arms and legs, and what the specification
//! calls aim. Pure.

use super::sway::{Place, places};
use crate::avatar::document::{AvatarDocument, Constraint, Follow};
use bevy::math::{Quat, Vec3};

const AXES: [Vec3; 3] = [Vec3::X, Vec3::Y, Vec3::Z];

/// Turns the nodes that follow, in the order of the file. `pose` is what all nodes are in their parents.
pub(super) fn follow(document: &AvatarDocument, pose: &mut [Place]) {
    let aims = document
        .constraints
        .iter()
        .any(|constraint| matches!(constraint.follow, Follow::Aim(..)));
    let world = if aims {
        places(document, pose, Place::default())
    } else {
        Vec::new()
    };
    for constraint in &document.constraints {
        if let Some(turn) = turned(document, constraint, pose, &world)
            && turn.is_finite()
        {
            pose[usize::from(constraint.node)].turn = turn.normalize();
        }
    }
}

fn turned(
    document: &AvatarDocument,
    constraint: &Constraint,
    pose: &[Place],
    world: &[Place],
) -> Option<Quat> {
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
            let above = world.get(usize::from(document.nodes.get(node)?.parent?))?.turn;
            let from = above * rest * axis;
            let to = (world.get(source)?.at - world.get(node)?.at).try_normalize()?;
            above.inverse() * Quat::from_rotation_arc(from.normalize_or(to), to) * above * rest
        }
    };
    Some(rest.slerp(goal, constraint.weight))
}

//! Puts an avatar on its feet: metres, y up, looking along −z; and finds how its bones are turned in T-pose.
//!
//! VRM 0.x files look along −z already, VRM 1.0 and glTF along +z, plain files anywhere: hips and shoulders say it.
//! Motion is made for somebody in T-pose. Files that rest in A-pose get the rotations that bring them there, so that
//! an arm that hangs down hangs down on everybody.

use super::Bone;
use super::document::{AvatarNode, BoneNode, Humanoid, Kind};
use super::error::{AvatarError, damaged};
use super::limits::HEIGHT_METRES;
use bevy::math::{Mat3, Mat4, Quat, Vec3};

/// How far from T-pose a limb may rest before it is turned, radians. VRM files are in T-pose by their specification,
/// and a little slack is their author's wish; others are turned unless they are there already.
const SLACK_VRM: f32 = 0.4;
const SLACK_PLAIN: f32 = 0.03;

/// Where nodes are at rest: `avatar_from_node` of each, with the root as it is now.
pub(super) fn places(nodes: &[AvatarNode]) -> Vec<Mat4> {
    let mut places: Vec<Mat4> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let local = Mat4::from_translation(node.translation)
            * Mat4::from_quat(node.rotation)
            * Mat4::from_scale(node.scale);
        let above = node
            .parent
            .map_or(Mat4::IDENTITY, |parent| places[usize::from(parent)]);
        places.push(above * local);
    }
    places
}

/// Rotations of nodes at rest, in the avatar's space.
fn rotations(nodes: &[AvatarNode]) -> Vec<Quat> {
    let mut rotations: Vec<Quat> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let above = node
            .parent
            .map_or(Quat::IDENTITY, |parent| rotations[usize::from(parent)]);
        rotations.push((above * node.rotation).normalize());
    }
    rotations
}

/// What was done to make somebody stand.
pub(super) struct Standing {
    pub(super) humanoid: Humanoid,
    /// 1 for most.
    pub(super) scale: f32,
}

/// Turns, scales and shifts the root, which is the identity before. `vertices` are those of all parts at rest.
pub(super) fn stand(
    nodes: &mut [AvatarNode],
    bones: &[Option<u16>; Bone::COUNT],
    kind: Kind,
    vertices: &[Vec3],
    eyes: Vec3,
) -> Result<Standing, AvatarError> {
    let raw = places(nodes);
    let at = |bone: Bone| bones[bone as usize].map(|node| raw[usize::from(node)].w_axis.truncate());
    let need = |bone: Bone| at(bone).ok_or(damaged("a bone that is not there"));
    let (hips, head) = (need(Bone::Hips)?, need(Bone::Head)?);
    let legs = need(Bone::LeftUpperLeg)? - need(Bone::RightUpperLeg)?;
    let arms = need(Bone::LeftUpperArm)? - need(Bone::RightUpperArm)?;
    let rotation = facing(kind, head - hips, legs.try_normalize().unwrap_or(arms));

    let turned = |point: Vec3| rotation * point;
    let feet = [Bone::LeftFoot, Bone::RightFoot, Bone::LeftToes, Bone::RightToes];
    let foot = feet
        .into_iter()
        .filter_map(at)
        .map(|p| turned(p).y)
        .fold(f32::INFINITY, f32::min);
    let head_y = turned(head).y;
    let tall = head_y - foot;
    if !(tall.is_finite() && tall > 1e-6) {
        return Err(damaged("a head below its feet"));
    }
    let (mut lowest, mut highest) = (f32::INFINITY, f32::NEG_INFINITY);
    for vertex in vertices {
        let y = turned(*vertex).y;
        // Tails, trains and long ears are no part of the height.
        if y > foot - 0.25 * tall {
            lowest = lowest.min(y);
        }
        if y < head_y + 0.45 * tall {
            highest = highest.max(y);
        }
    }
    let by_shape = if lowest < foot + 0.1 * tall {
        lowest
    } else {
        foot - 0.06 * tall
    };
    let ground = match kind {
        // VRM: the origin is between the feet, on the ground.
        Kind::Vrm0 | Kind::Vrm1 if (-0.1 * tall..0.3 * tall).contains(&foot) => 0.0,
        _ => by_shape,
    };
    let top = highest.max(head_y + 0.08 * tall);
    let height = top - ground;
    let scale = if HEIGHT_METRES.contains(&height) {
        1.0
    } else if HEIGHT_METRES.contains(&(height / 100.0)) {
        0.01 // centimetres
    } else {
        height.clamp(*HEIGHT_METRES.start(), *HEIGHT_METRES.end()) / height
    };
    let middle = match kind {
        Kind::Plain => turned(hips).with_y(0.0),
        Kind::Vrm0 | Kind::Vrm1 => Vec3::ZERO,
    };
    if !(scale.is_finite() && scale > 0.0 && middle.is_finite() && ground.is_finite()) {
        return Err(damaged("an impossible size"));
    }
    let root = &mut nodes[0];
    root.rotation = rotation;
    root.scale = Vec3::splat(scale);
    root.translation = -(middle + Vec3::Y * ground) * scale;

    let places = places(nodes);
    if places.iter().any(|place| !place.is_finite()) {
        return Err(damaged("an impossible size"));
    }
    let at = |bone: Bone| bones[bone as usize].map(|node| places[usize::from(node)].w_axis.truncate());
    let eye_height = match (at(Bone::LeftEye), at(Bone::RightEye), at(Bone::Head)) {
        (Some(left), Some(right), _) => (left.y + right.y) / 2.0,
        (_, _, Some(head)) => head.y + (eyes.y * scale).clamp(0.0, 0.2),
        _ => 0.9 * height * scale,
    };
    let hips_height = at(Bone::Hips)
        .map_or(0.5 * height * scale, |hips| hips.y)
        .max(0.05);
    Ok(Standing {
        humanoid: Humanoid {
            bones: t_pose(nodes, bones, &places, kind),
            hips_height,
            height: height * scale,
            eye_height: eye_height.clamp(0.1, height * scale),
        },
        scale,
    })
}

/// The rotation after which somebody looks along −z.
fn facing(kind: Kind, up: Vec3, left: Vec3) -> Quat {
    let by_kind = match kind {
        Kind::Vrm0 => Quat::IDENTITY,
        Kind::Vrm1 | Kind::Plain => Quat::from_rotation_y(core::f32::consts::PI),
    };
    let up = up.normalize_or(Vec3::Y);
    // Whoever rests a little bent still stands upright.
    let axis = [Vec3::X, Vec3::Y, Vec3::Z, Vec3::NEG_X, Vec3::NEG_Y, Vec3::NEG_Z]
        .into_iter()
        .find(|axis| axis.dot(up) > 0.8)
        .unwrap_or(up);
    let up = if kind == Kind::Plain { axis } else { Vec3::Y };
    let Some(left) = left.reject_from_normalized(up).try_normalize() else {
        return by_kind;
    };
    let ahead = left.cross(up);
    if kind != Kind::Plain {
        // The specification leaves two ways, and files exist that were written the other way round.
        return if ahead.z > 0.3 {
            Quat::from_rotation_y(core::f32::consts::PI)
        } else if ahead.z < -0.3 {
            Quat::IDENTITY
        } else {
            by_kind
        };
    }
    // Columns are where the avatar's right, up and back are now; the transpose brings them home.
    let now = Mat3::from_cols(-left, up, -ahead);
    Quat::from_mat3(&now.transpose()).normalize()
}

fn t_pose(
    nodes: &[AvatarNode],
    bones: &[Option<u16>; Bone::COUNT],
    places: &[Mat4],
    kind: Kind,
) -> [Option<BoneNode>; Bone::COUNT] {
    let rest = rotations(nodes);
    let mut posed = rest.clone();
    let slack = if kind == Kind::Plain {
        SLACK_PLAIN
    } else {
        SLACK_VRM
    };
    let mut bone_of: Vec<Option<Bone>> = vec![None; nodes.len()];
    for bone in Bone::ALL {
        if let Some(node) = bones[bone as usize] {
            bone_of[usize::from(node)] = Some(bone);
        }
    }
    let place = |node: u16| places[usize::from(node)].w_axis.truncate();
    for (index, node) in nodes.iter().enumerate() {
        let Some(parent) = node.parent else { continue };
        let carried = (posed[usize::from(parent)] * node.rotation).normalize();
        posed[index] = carried;
        let Some(bone) = bone_of[index] else { continue };
        if matches!(bone, Bone::LeftFoot | Bone::RightFoot) {
            posed[index] = rest[index]; // soles stay on the ground
            continue;
        }
        let Some((next, wanted)) = limb(bone) else {
            continue;
        };
        let Some(next) = bones[next as usize] else {
            continue;
        };
        let at_rest = place(next) - place(index as u16);
        let Some(now) = (carried * rest[index].inverse() * at_rest).try_normalize() else {
            continue;
        };
        if now.angle_between(wanted) > slack {
            posed[index] = (Quat::from_rotation_arc(now, wanted) * carried).normalize();
        }
    }
    core::array::from_fn(|bone| {
        let node = bones[bone]?;
        let index = usize::from(node);
        let t_parent = nodes[index]
            .parent
            .map_or(Quat::IDENTITY, |parent| posed[usize::from(parent)]);
        Some(BoneNode {
            node,
            t_local: (t_parent.inverse() * posed[index]).normalize(),
            t_parent,
            rest: place(node),
        })
    })
}

/// The bone a limb points to, and where that is in T-pose.
fn limb(bone: Bone) -> Option<(Bone, Vec3)> {
    Some(match bone {
        Bone::LeftUpperArm => (Bone::LeftLowerArm, Vec3::NEG_X),
        Bone::LeftLowerArm => (Bone::LeftHand, Vec3::NEG_X),
        Bone::RightUpperArm => (Bone::RightLowerArm, Vec3::X),
        Bone::RightLowerArm => (Bone::RightHand, Vec3::X),
        Bone::LeftUpperLeg => (Bone::LeftLowerLeg, Vec3::NEG_Y),
        Bone::LeftLowerLeg => (Bone::LeftFoot, Vec3::NEG_Y),
        Bone::RightUpperLeg => (Bone::RightLowerLeg, Vec3::NEG_Y),
        Bone::RightLowerLeg => (Bone::RightFoot, Vec3::NEG_Y),
        _ => return None,
    })
}

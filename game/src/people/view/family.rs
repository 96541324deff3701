//! The family of people that comes with Holm: pieces out of a file, put together to one mesh for each look.
//!
//! Flow: `assets/people/islander-*.glb` → [`Family::read`] once → [`Family::bake`] for a look and a degree of detail:
//! pieces chosen, moved to the build, painted in the look's colours → one mesh, one draw.
//! Invariant: whatever the look, what is baked has indices in range, and joints below [`JOINTS`].
//!
//! One mesh and one material for a whole person, because WebGL2 draws skinned meshes one by one: forty people are
//! forty draws instead of four hundred.

use super::motion::{LIMBS, Limb, Skeleton, Solved};
use super::paint;
use crate::avatar::{AvatarDocument, Bone};
use crate::people::look::{Choice, Look};
use bevy::asset::RenderAssetUsages;
use bevy::math::Affine3A;
use bevy::mesh::{Indices, PrimitiveTopology, VertexAttributeValues};
use bevy::prelude::*;
use bytes::Bytes;
use std::collections::BTreeMap;

/// Near, middle, far.
const FILES: [&[u8]; 3] = [
    include_bytes!("../../../../assets/people/islander-0.glb"),
    include_bytes!("../../../../assets/people/islander-1.glb"),
    include_bytes!("../../../../assets/people/islander-2.glb"),
];

/// The nearest of them, as an avatar of one's own could be: for pictures of what one does with such a file.
pub(crate) fn file() -> Bytes {
    Bytes::from_static(FILES[0])
}

/// Bones with vertices: those that move, and three of the face.
pub(crate) const JOINTS: usize = LIMBS + 3;
pub(crate) const LEFT_EYE: usize = LIMBS;
pub(crate) const RIGHT_EYE: usize = LIMBS + 1;
pub(crate) const JAW: usize = LIMBS + 2;

/// The bone of a limb.
pub(crate) const BONES: [Bone; LIMBS] = [
    Bone::Hips,
    Bone::Spine,
    Bone::Chest,
    Bone::Neck,
    Bone::Head,
    Bone::LeftShoulder,
    Bone::LeftUpperArm,
    Bone::LeftLowerArm,
    Bone::LeftHand,
    Bone::RightShoulder,
    Bone::RightUpperArm,
    Bone::RightLowerArm,
    Bone::RightHand,
    Bone::LeftUpperLeg,
    Bone::LeftLowerLeg,
    Bone::LeftFoot,
    Bone::RightUpperLeg,
    Bone::RightLowerLeg,
    Bone::RightFoot,
];

/// The joint a joint hangs on.
pub(crate) const fn parent(joint: usize) -> Option<usize> {
    if joint < LIMBS {
        super::motion::parent(joint)
    } else {
        Some(Limb::Head as usize)
    }
}

/// A piece to be worn, in the space of the body.
struct Piece {
    positions: Vec<Vec3>,
    normals: Vec<Vec3>,
    slots: Vec<u8>,
    shades: Vec<f32>,
    joints: Vec<[u16; 4]>,
    weights: Vec<[f32; 4]>,
    indices: Vec<u32>,
}

/// All pieces, in three degrees of detail, and where the bones are.
pub(crate) struct Family {
    pieces: [BTreeMap<String, Piece>; 3],
    rest: [Vec3; JOINTS],
}

impl Family {
    /// `None` when a file of ours is damaged, which a test rules out.
    pub(crate) fn read() -> Option<Self> {
        let mut rest = None;
        let mut pieces = FILES.map(|_| BTreeMap::new());
        for (file, pieces) in FILES.iter().zip(&mut pieces) {
            let document = crate::avatar::read(&Bytes::from_static(file)).ok()?;
            let world = world(&document);
            let joint_of = joints(&document);
            let mut places = [Vec3::ZERO; JOINTS];
            for (node, joint) in &joint_of {
                places[*joint] = world.get(*node)?.translation.into();
            }
            rest.get_or_insert(places);
            for part in &document.parts {
                if let Some(piece) = piece(&document, part, &world, &joint_of) {
                    pieces.insert(part.name.clone(), piece);
                }
            }
        }
        Some(Self { pieces, rest: rest? })
    }

    /// Where the bones of a build are.
    pub(crate) fn rest(&self, look: &Look) -> [Vec3; JOINTS] {
        let build = Build::of(look);
        let mut rest = self.rest;
        for joint in 0..JOINTS {
            rest[joint] = match parent(joint) {
                // The hips are as high as the legs make them.
                None => {
                    let foot = self.rest[Limb::LeftFoot as usize].y;
                    Vec3::new(0.0, foot + (self.rest[0].y - foot) * build.legs, 0.0)
                }
                Some(parent) => {
                    let offset = self.rest[joint] - self.rest[parent];
                    rest[parent] + offset * build.offset(joint)
                }
            };
        }
        rest
    }

    pub(crate) fn skeleton(rest: &[Vec3; JOINTS]) -> Skeleton {
        Skeleton::new(core::array::from_fn(|limb| rest[limb]))
    }

    /// A person as one mesh: `detail` 0 is the finest. Held still as `pose` says, or with joints.
    pub(crate) fn bake(&self, look: &Look, detail: usize, pose: Option<&Solved>) -> Mesh {
        let build = Build::of(look);
        let rest = self.rest(look);
        let colours = paint::slots(look);
        let affine: [Affine3A; JOINTS] = core::array::from_fn(|joint| {
            // Grown to the build about the joint.
            Affine3A::from_translation(rest[joint])
                * Affine3A::from_scale(build.girth(joint))
                * Affine3A::from_translation(-self.rest[joint])
        });
        let posed = pose.map(|pose| posed(pose, &rest));
        let mut positions = Vec::new();
        let mut normals = Vec::new();
        let mut paints = Vec::new();
        let mut joints = Vec::new();
        let mut weights = Vec::new();
        let mut indices: Vec<u32> = Vec::new();
        let pieces = &self.pieces[detail.min(2)];
        for piece in worn(look).into_iter().filter_map(|name| pieces.get(name)) {
            let start = positions.len() as u32; // some thousand
            for (vertex, position) in piece.positions.iter().enumerate() {
                let mut at = Vec3::ZERO;
                let mut towards = Vec3::ZERO;
                for (joint, weight) in piece.joints[vertex].iter().zip(piece.weights[vertex]) {
                    if weight <= 0.0 {
                        continue;
                    }
                    let joint = usize::from(*joint);
                    let mut grown = affine[joint].transform_point3(*position);
                    let mut normal = piece.normals[vertex] / build.girth(joint);
                    if let Some(posed) = &posed {
                        grown = posed[joint].transform_point3(grown);
                        normal = posed[joint].transform_vector3(normal);
                    }
                    at += grown * weight;
                    towards += normal * weight;
                }
                positions.push(at.to_array());
                normals.push(towards.normalize_or(Vec3::Y).to_array());
                let colour = colours[usize::from(piece.slots[vertex]) % colours.len()];
                let shade = piece.shades[vertex];
                paints.push([colour[0] * shade, colour[1] * shade, colour[2] * shade, 1.0]);
                joints.push(piece.joints[vertex]);
                weights.push(piece.weights[vertex]);
            }
            indices.extend(piece.indices.iter().map(|index| start + index));
        }
        let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
            .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
            .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, paints)
            .with_inserted_indices(Indices::U32(indices));
        if posed.is_none() {
            mesh.insert_attribute(
                Mesh::ATTRIBUTE_JOINT_INDEX,
                VertexAttributeValues::Uint16x4(joints),
            );
            mesh.insert_attribute(Mesh::ATTRIBUTE_JOINT_WEIGHT, weights);
        }
        mesh
    }
}

/// What each joint does to a vertex in a pose.
fn posed(pose: &Solved, rest: &[Vec3; JOINTS]) -> [Affine3A; JOINTS] {
    let mut turns = [Quat::IDENTITY; JOINTS];
    let mut places = [Vec3::ZERO; JOINTS];
    for joint in 0..JOINTS {
        let own = pose.turns.get(joint).copied().unwrap_or(Quat::IDENTITY);
        (places[joint], turns[joint]) = match parent(joint) {
            None => (pose.hips, own),
            Some(parent) => (
                places[parent] + turns[parent] * (rest[joint] - rest[parent]),
                turns[parent] * own,
            ),
        };
    }
    core::array::from_fn(|joint| {
        Affine3A::from_rotation_translation(turns[joint], places[joint])
            * Affine3A::from_translation(-rest[joint])
    })
}

/// Where every node of a document is at rest.
fn world(document: &AvatarDocument) -> Vec<Affine3A> {
    let mut world: Vec<Affine3A> = Vec::with_capacity(document.nodes.len());
    for node in &document.nodes {
        let own = Affine3A::from_scale_rotation_translation(node.scale, node.rotation, node.translation);
        let above = node.parent.and_then(|parent| world.get(usize::from(parent)));
        world.push(above.map_or(own, |above| *above * own));
    }
    world
}

/// Which joint a node is.
fn joints(document: &AvatarDocument) -> BTreeMap<usize, usize> {
    let face = [
        (Bone::LeftEye, LEFT_EYE),
        (Bone::RightEye, RIGHT_EYE),
        (Bone::Jaw, JAW),
    ];
    BONES
        .iter()
        .enumerate()
        .map(|(joint, bone)| (*bone, joint))
        .chain(face)
        .filter_map(|(bone, joint)| Some((usize::from(document.humanoid.node(bone)?), joint)))
        .collect()
}

fn piece(
    document: &AvatarDocument,
    part: &crate::avatar::document::Part,
    world: &[Affine3A],
    joint_of: &BTreeMap<usize, usize>,
) -> Option<Piece> {
    let skin = document.skins.get(part.skin?)?;
    let mut ours = Vec::with_capacity(skin.joints.len());
    for (node, bind) in skin.joints.iter().zip(&skin.inverse_bind) {
        let node = usize::from(*node);
        let joint = joint_of.get(&node).copied().unwrap_or(0) as u16; // below JOINTS
        ours.push((joint, *world.get(node)? * Affine3A::from_mat4(*bind)));
    }
    let mut piece = Piece {
        positions: Vec::with_capacity(part.positions.len()),
        normals: Vec::with_capacity(part.positions.len()),
        slots: Vec::new(),
        shades: Vec::new(),
        joints: Vec::new(),
        weights: part.weights.clone(),
        indices: part.indices.clone(),
    };
    for vertex in 0..part.positions.len() {
        let joints = part.joints.get(vertex)?;
        let (_, first) = ours.get(usize::from(joints[0]))?;
        piece
            .positions
            .push(first.transform_point3(part.positions[vertex].into()));
        piece
            .normals
            .push(first.transform_vector3((*part.normals.get(vertex)?).into()));
        let [slot, shade] = *part.uvs.get(vertex)?;
        piece.slots.push((slot * 16.0) as u8);
        piece.shades.push(shade.clamp(0.0, 1.0));
        piece
            .joints
            .push(joints.map(|joint| ours.get(usize::from(joint)).map_or(0, |(joint, _)| *joint)));
    }
    Some(piece)
}

/// The pieces of a look.
fn worn(look: &Look) -> Vec<&'static str> {
    let mut worn = vec!["head", "legs"];
    let hat = look.get(Choice::Hat);
    worn.extend(
        ["face-freckles", "face-glasses", "face-beard"]
            .get(usize::from(look.get(Choice::Face)).wrapping_sub(1)),
    );
    let hair = ["hair-short", "hair-bob", "hair-bun", "hair-plaits", "hair-curls"];
    // A hood hides it all.
    if hat != 5 {
        worn.extend(hair.get(usize::from(look.get(Choice::Hair)).wrapping_sub(1)));
        if hat == 0 && look.get(Choice::Hair) == 5 {
            worn.push("hair-curls-open");
        }
    }
    let hats = ["hat-bobble", "hat-beanie", "hat-cap", "hat-straw", "hat-hood"];
    worn.extend(hats.get(usize::from(hat).wrapping_sub(1)));
    let coats = ["coat-coat", "coat-jumper", "coat-dress", "coat-waistcoat"];
    let coat = usize::from(look.get(Choice::Coat));
    worn.extend(coats.get(coat));
    worn.extend(
        ["scarf-scarf", "scarf-neckerchief"].get(usize::from(look.get(Choice::Scarf)).wrapping_sub(1)),
    );
    worn.push(if coat == 0 { "hands-mittens" } else { "hands-bare" });
    worn
}

/// How a build differs from the one that was modelled; 1 is the same.
#[derive(Clone, Copy, Debug)]
struct Build {
    legs: f32,
    trunk: f32,
    arms: f32,
    /// Of the trunk: across, and front to back.
    girth: [f32; 2],
    /// Of arms and legs.
    limbs: f32,
    shoulders: f32,
    head: f32,
}

impl Build {
    fn of(look: &Look) -> Self {
        let same = Self {
            legs: 1.0,
            trunk: 1.0,
            arms: 1.0,
            girth: [1.0; 2],
            limbs: 1.0,
            shoulders: 1.0,
            head: 1.0,
        };
        match look.get(Choice::Build) {
            1 => Self {
                legs: 1.08,
                trunk: 1.03,
                arms: 1.04,
                girth: [0.86, 0.88],
                limbs: 0.90,
                shoulders: 0.90,
                head: 0.97,
            },
            2 => Self {
                legs: 0.93,
                trunk: 0.98,
                girth: [1.24, 1.34],
                limbs: 1.14,
                shoulders: 1.17,
                head: 1.04,
                ..same
            },
            3 => Self {
                legs: 0.76,
                trunk: 0.80,
                arms: 0.80,
                girth: [0.94, 0.97],
                limbs: 0.96,
                shoulders: 0.92,
                head: 1.0,
            },
            4 => Self {
                legs: 1.22,
                trunk: 1.12,
                arms: 1.16,
                girth: [1.02, 0.98],
                limbs: 1.02,
                shoulders: 1.08,
                head: 1.0,
            },
            _ => same,
        }
    }

    /// How far a joint is from its parent.
    fn offset(&self, joint: usize) -> Vec3 {
        use Limb::*;
        let is = |limb: Limb| joint == limb as usize;
        if joint >= LIMBS {
            Vec3::splat(self.head)
        } else if is(LeftUpperLeg) || is(RightUpperLeg) {
            Vec3::new(self.girth[0].sqrt(), 1.0, 1.0)
        } else if joint > RightUpperLeg as usize
            || (joint > LeftUpperLeg as usize && joint < RightUpperLeg as usize)
        {
            Vec3::new(1.0, self.legs, 1.0)
        } else if is(LeftShoulder) || is(RightShoulder) || is(LeftUpperArm) || is(RightUpperArm) {
            Vec3::new(self.shoulders, self.trunk, 1.0)
        } else if joint >= LeftShoulder as usize {
            Vec3::new(self.arms, 1.0, 1.0)
        } else {
            Vec3::new(1.0, self.trunk, 1.0)
        }
    }

    /// How thick what hangs on a joint is.
    fn girth(&self, joint: usize) -> Vec3 {
        use Limb::*;
        let is = |limb: Limb| joint == limb as usize;
        if joint >= LIMBS || is(Head) {
            Vec3::splat(self.head)
        } else if is(Neck) {
            Vec3::new(self.head, self.trunk, self.head)
        } else if is(LeftFoot) || is(RightFoot) {
            // Soles stay on the ground.
            Vec3::new(self.limbs, 1.0, self.limbs)
        } else if joint >= LeftUpperLeg as usize {
            Vec3::new(self.limbs, self.legs, self.limbs)
        } else if is(LeftHand) || is(RightHand) {
            Vec3::splat(self.limbs)
        } else if joint >= LeftShoulder as usize {
            Vec3::new(self.arms, self.limbs, self.limbs)
        } else {
            Vec3::new(self.girth[0], self.trunk, self.girth[1])
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_piece_that_can_be_worn_is_in_the_files_and_every_look_can_be_baked() {
        let family = Family::read().unwrap();
        for choice in Choice::ALL {
            for value in 0..choice.count() {
                let look = Look::of_account(&[3; 32]).with(choice, value);
                for name in worn(&look) {
                    assert!(family.pieces[0].contains_key(name), "{name}");
                }
                for detail in 0..3 {
                    let mesh = family.bake(&look, detail, None);
                    let count = mesh.count_vertices();
                    assert!(count > 100, "{count}");
                    assert!(mesh.indices().unwrap().iter().all(|index| index < count));
                }
            }
        }
    }

    #[test]
    fn a_crowd_is_light() {
        let family = Family::read().unwrap();
        // Triangles a person may have, near, between and far: a hundred of the last are 90,000.
        for (detail, most) in [(0, 9_000), (1, 2_800), (2, 1_000)] {
            for seed in 0..40u8 {
                let mesh = family.bake(&Look::of_account(&[seed; 32]), detail, None);
                let triangles = mesh.indices().unwrap().len() / 3;
                assert!(triangles <= most, "{triangles} at {detail}");
            }
        }
    }

    #[test]
    fn everybody_stands_on_their_soles() {
        let family = Family::read().unwrap();
        for build in 0..Choice::Build.count() {
            let look = Look::default().with(Choice::Build, build);
            let mesh = family.bake(&look, 0, None);
            let Some(VertexAttributeValues::Float32x3(positions)) = mesh.attribute(Mesh::ATTRIBUTE_POSITION)
            else {
                panic!("no positions");
            };
            let lowest = positions.iter().map(|p| p[1]).fold(f32::INFINITY, f32::min);
            assert!(lowest.abs() < 0.012, "build {build} stands at {lowest}");
        }
    }
}

//! From somebody's bytes to an [`AvatarDocument`].
//!
//! Flow: [`crate::gltf`]'s container and JSON → the VRM extension told in one shape (`said`, from `vrm0` or `vrm1`), or
//! bones by name (`names`) → nodes → shapes, each counted against [`limits`] before it is read → faces, springs →
//! `rest` puts it on its feet → meter.
//! Invariant: a damaged structure is refused; a damaged look (a picture, one face, one spring) is left out with a
//! warning. No panic and no allocation beyond the limits, whatever the bytes: `fuzz/` and tests try.

mod follow;
mod said;
mod shapes;
mod surfaces;
#[cfg(test)]
mod tests;
mod vrm0;
mod vrm1;
mod work;

use super::document::{
    AvatarDocument, AvatarNode, AvatarWarning, Collider, Constraint, Expression, Kind, LookBy, MorphBind,
    Preset, Spring, SpringJoint, Springs,
};
use super::error::{AvatarError, Measure, at_most, damaged};
use super::json::{Extra, shown_name};
use super::names::{Candidate, recognise};
use super::{Bone, limits, meter, rest};
use crate::gltf::accessor::{Bad, Buffers};
use crate::gltf::container::{self, Sealed, split};
use crate::gltf::description;
use crate::gltf::json::{self, Root};
use bevy::math::{Mat4, Quat, Vec3};
use bytes::Bytes;
use said::{Of, Said, Tail, Thumbnail};
use std::collections::{BTreeMap, BTreeSet};
use surfaces::Found;
use work::Work;

/// Extensions a file may require: read here, or only finer looks that can be missing.
const KNOWN_EXTENSIONS: [&str; 16] = [
    "VRM",
    "VRMC_vrm",
    "VRMC_springBone",
    "VRMC_springBone_extended_collider",
    "VRMC_materials_mtoon",
    "VRMC_materials_hdr_emissiveMultiplier",
    "VRMC_node_constraint",
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "KHR_materials_unlit",
    "KHR_materials_emissive_strength",
    "KHR_materials_specular",
    "KHR_materials_ior",
    "KHR_materials_clearcoat",
    "KHR_materials_sheen",
    "KHR_lights_punctual",
];

/// Reads an avatar's file.
///
/// # Errors
/// When the bytes are no avatar, or one beyond the limits.
pub fn read(bytes: &Bytes) -> Result<AvatarDocument, AvatarError> {
    read_counting(bytes, &Work::default())
}

fn read_counting(bytes: &Bytes, work: &Work) -> Result<AvatarDocument, AvatarError> {
    at_most(
        Measure::FileBytes,
        bytes.len() as u64,
        limits::MAX_FILE_BYTES as u64,
    )?;
    if !bytes.starts_with(b"glTF") && !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(AvatarError::UnknownKind);
    }
    let (description, blob) = split(bytes).map_err(|sealed| match sealed {
        Sealed::Bad(Bad(what)) => damaged(what),
        Sealed::Version(version) => AvatarError::Version {
            found: version.to_string(),
        },
    })?;
    at_most(
        Measure::DescriptionBytes,
        description::bytes(&description) as u64,
        limits::MAX_JSON_BYTES as u64,
    )?;
    at_most(
        Measure::DescriptionMemory,
        description::memory(&description),
        limits::MAX_JSON_MEMORY,
    )?;
    let text = description.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&description);
    let syntax = |error: serde_json::Error| AvatarError::Syntax {
        line: error.line(),
        column: error.column(),
        what: error.to_string(),
    };
    let root: Root = serde_json::from_slice(text).map_err(syntax)?;
    let extra: Extra = serde_json::from_slice(text).map_err(syntax)?;
    if !(root.asset.version == "2.0" || root.asset.version.starts_with("2.")) {
        return Err(AvatarError::Version {
            found: root.asset.version,
        });
    }
    if let Some(name) = root
        .extensions_required
        .iter()
        .find(|name| !KNOWN_EXTENSIONS.contains(&name.as_str()))
    {
        return Err(AvatarError::Extension { name: name.clone() });
    }
    let buffers = buffers(&root, blob)?;
    let said = if extra.extensions["VRMC_vrm"].is_object() {
        vrm1::read(&extra, work)
    } else if extra.extensions["VRM"].is_object() {
        vrm0::read(&extra, work)
    } else {
        Said::nothing()
    };
    let mut file = File {
        buffers: Buffers { root: &root, buffers },
        extra: &extra,
        kind: said.kind,
        nodes: vec![AvatarNode {
            name: "avatar".to_owned(),
            parent: None,
            translation: Vec3::ZERO,
            rotation: Quat::IDENTITY,
            scale: Vec3::ONE,
        }],
        file_nodes: vec![None],
        node_of: vec![None; root.nodes.len()],
        materials: Vec::new(),
        materials_of: vec![None; root.materials.len()],
        plain: None,
        pictures: Vec::new(),
        pictures_of: vec![Found::Unseen; root.images.len()],
        warnings: Vec::new(),
        work,
    };
    file.walk()?;
    let document = file.finish(said, bytes)?;
    if work.is_left() {
        Ok(document)
    } else {
        Err(damaged("more to do than a body is worth"))
    }
}

fn buffers(root: &Root, blob: Option<Bytes>) -> Result<Vec<Bytes>, AvatarError> {
    at_most(
        Measure::Textures,
        root.buffers.len() as u64,
        limits::MAX_BUFFERS as u64,
    )?;
    let mut buffers = Vec::new();
    for (index, buffer) in root.buffers.iter().enumerate() {
        let bytes = match &buffer.uri {
            Some(uri) => match container::embedded(uri) {
                Some(bytes) => bytes.map_err(|Bad(what)| damaged(what))?,
                // An avatar is one file: nothing beside it is looked at.
                None => return Err(AvatarError::MissingPart { file: uri.clone() }),
            },
            None if index == 0 => blob.clone().unwrap_or_default(),
            None => Bytes::new(),
        };
        if buffer.byte_length > bytes.len() as u64 {
            return Err(damaged("a buffer is shorter than announced"));
        }
        buffers.push(bytes);
    }
    Ok(buffers)
}

/// A file half read.
struct File<'a> {
    buffers: Buffers<'a>,
    extra: &'a Extra,
    kind: Kind,
    nodes: Vec<AvatarNode>,
    /// By node of ours: the file's.
    file_nodes: Vec<Option<usize>>,
    /// By node of the file: ours.
    node_of: Vec<Option<u16>>,
    materials: Vec<super::document::AvatarMaterial>,
    /// By material of the file.
    materials_of: Vec<Option<usize>>,
    /// The material of surfaces without one.
    plain: Option<usize>,
    pictures: Vec<super::document::Picture>,
    /// By picture of the file.
    pictures_of: Vec<Found>,
    warnings: Vec<AvatarWarning>,
    work: &'a Work,
}

impl File<'_> {
    fn warn(&mut self, warning: AvatarWarning) {
        if self.warnings.len() < limits::MAX_WARNINGS && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Takes the nodes of the scene, parents first. Iterative: a deep file must not use up the stack.
    fn walk(&mut self) -> Result<(), AvatarError> {
        let root = self.buffers.root;
        let roots: Vec<usize> = match root.scenes.get(root.scene.unwrap_or(0)) {
            Some(scene) => scene.nodes.clone(),
            None => {
                let mut is_child = vec![false; root.nodes.len()];
                for child in root.nodes.iter().flat_map(|node| &node.children) {
                    if let Some(is_child) = is_child.get_mut(*child) {
                        *is_child = true;
                    }
                }
                (0..root.nodes.len()).filter(|node| !is_child[*node]).collect()
            }
        };
        at_most(Measure::Nodes, roots.len() as u64, limits::MAX_NODES as u64)?;
        let mut steps: Vec<(usize, u16, usize)> = roots.into_iter().rev().map(|node| (node, 0, 1)).collect();
        while let Some((index, parent, depth)) = steps.pop() {
            let node = root.nodes.get(index).ok_or(damaged("a node that is not there"))?;
            if self.node_of[index].is_some() {
                return Err(damaged("a node in two places"));
            }
            at_most(
                Measure::Nodes,
                self.nodes.len() as u64 + 1,
                limits::MAX_NODES as u64,
            )?;
            at_most(Measure::Nodes, depth as u64, limits::MAX_NODE_DEPTH as u64)?;
            at_most(
                Measure::Nodes,
                (steps.len() + node.children.len()) as u64,
                limits::MAX_NODES as u64,
            )?;
            let here = self.nodes.len() as u16; // below MAX_NODES
            self.node_of[index] = Some(here);
            self.file_nodes.push(Some(index));
            let (translation, rotation, scale) =
                local(node).ok_or(damaged("a place that is not made of numbers"))?;
            self.nodes.push(AvatarNode {
                name: shown_name(&node.name),
                parent: Some(parent),
                translation,
                rotation,
                scale,
            });
            steps.extend(node.children.iter().rev().map(|child| (*child, here, depth + 1)));
        }
        Ok(())
    }

    fn place(&self, file_node: usize) -> Option<u16> {
        self.node_of.get(file_node).copied().flatten()
    }

    fn finish(mut self, said: Said, bytes: &Bytes) -> Result<AvatarDocument, AvatarError> {
        let bones = self.bones(&said)?;
        let faces = self.faces(said.expressions);
        let (parts, skins, maps) = self.shapes(&faces)?;
        if parts.is_empty() {
            return Err(AvatarError::Empty);
        }
        let thumbnail = match said.thumbnail {
            Some(Thumbnail::Image(image)) => Some(image),
            Some(Thumbnail::Texture(texture)) => {
                let texture = self.buffers.root.textures.get(texture);
                texture.and_then(|texture| texture.source)
            }
            None => None,
        };
        let on_materials = self.pictures.len();
        let room = on_materials < limits::MAX_TEXTURES;
        let thumbnail = match thumbnail.filter(|image| room && *image < self.pictures_of.len()) {
            Some(image) => self.likeness(image)?,
            None => None,
        };
        let texture_bytes = surfaces::fit(&mut self.pictures, on_materials);

        let vertices = shapes::at_rest(&self.nodes, &parts, &skins);
        let standing = rest::stand(&mut self.nodes, &bones, said.kind, &vertices, said.look_at.offset)?;
        if standing.scale != 1.0 {
            self.warn(AvatarWarning::Scaled {
                percent: (standing.scale * 100.0).round().max(1.0) as u32,
            });
        }
        let expressions = self.expressions(faces, &maps);
        let springs = self.springs(&said.colliders, &said.springs);
        let constraints: Vec<Constraint> = said
            .constraints
            .iter()
            .filter_map(|constraint| {
                let (node, source) = (self.place(constraint.node)?, self.place(constraint.source)?);
                (node != source).then_some(Constraint {
                    node,
                    source,
                    weight: constraint.weight,
                    follow: constraint.follow,
                })
            })
            .collect();
        let asked = constraints.len();
        let constraints = follow::in_order(&self.nodes, constraints);
        if constraints.len() < asked {
            self.warn(AvatarWarning::Constraints);
        }
        let mut parts: Vec<_> = parts.into_iter().map(|raw| raw.part).collect();
        let head = bones[Bone::Head as usize];
        for (part, raw) in parts.iter_mut().zip(&maps) {
            let whose = said.first_person.iter().find(|(of, _)| match of {
                Of::Mesh(mesh) => raw.mesh == *mesh,
                Of::Node(node) => raw.node == *node,
            });
            part.first_person = whose.map(|(_, whose)| *whose).unwrap_or_default();
            part.of_head = head.is_some_and(|head| shapes::hangs_on(part, head, &self.nodes, &skins));
        }
        let mut look_at = said.look_at;
        let eyes = [Bone::LeftEye, Bone::RightEye].map(|eye| bones[eye as usize].is_some());
        let looks = |preset| {
            expressions
                .iter()
                .any(|face: &Expression| face.preset == Some(preset))
        };
        // Whoever says bones and has none may have faces, and the other way round.
        if look_at.by == LookBy::Bone && eyes != [true; 2] && looks(Preset::LookLeft) {
            look_at.by = LookBy::Expression;
        }
        let mut meta = said.meta;
        meta.thumbnail = thumbnail;
        let mut document = AvatarDocument {
            hash: *blake3::hash(bytes).as_bytes(),
            kind: said.kind,
            meta,
            nodes: self.nodes,
            humanoid: standing.humanoid,
            skins,
            parts,
            materials: self.materials,
            pictures: self.pictures,
            expressions,
            springs,
            constraints,
            look_at,
            meter: Default::default(),
            warnings: self.warnings,
        };
        document.meter = meter::measure(&document, bytes.len() as u64, texture_bytes);
        Ok(document)
    }

    /// Which node is which bone: as the extension says, or by name.
    fn bones(&self, said: &Said) -> Result<[Option<u16>; Bone::COUNT], AvatarError> {
        let mut bones = [None; Bone::COUNT];
        if said.kind == Kind::Plain {
            let joints: BTreeSet<usize> = self
                .buffers
                .root
                .skins
                .iter()
                .flat_map(|skin| skin.joints.iter().take(limits::MAX_NODES).copied())
                .collect();
            // Ours goes first and is nothing.
            let candidates: Vec<Candidate<'_>> = self
                .nodes
                .iter()
                .zip(&self.file_nodes)
                .map(|(node, file)| Candidate {
                    name: &node.name,
                    parent: node.parent,
                    is_joint: file.is_some_and(|file| joints.contains(&file)),
                })
                .collect();
            bones = recognise(&candidates);
        } else {
            let mut taken = BTreeSet::new();
            for (bone, node) in &said.bones {
                if let Some(node) = self.place(*node)
                    && bones[*bone as usize].is_none()
                    && taken.insert(node)
                {
                    bones[*bone as usize] = Some(node);
                }
            }
        }
        // A bone hangs below the hips, whatever the file says.
        if let Some(hips) = bones[Bone::Hips as usize] {
            for bone in Bone::ALL.into_iter().skip(1) {
                let below = bones[bone as usize].is_none_or(|node| {
                    let mut line = core::iter::successors(Some(node), |node: &u16| {
                        self.nodes[usize::from(*node)].parent
                    });
                    line.any(|node| node == hips)
                });
                if !below {
                    bones[bone as usize] = None;
                }
            }
        }
        let missing: Vec<Bone> = Bone::ALL
            .into_iter()
            .filter(|bone| bone.is_required() && bones[*bone as usize].is_none())
            .collect();
        if missing.is_empty() {
            Ok(bones)
        } else {
            Err(AvatarError::MissingBones { bones: missing })
        }
    }

    /// The faces of the extension; of a plain file those its forms are named after.
    fn faces(&self, said: Vec<said::SaidExpression>) -> Vec<said::SaidExpression> {
        if self.kind != Kind::Plain {
            return said;
        }
        let mut faces: BTreeMap<Preset, said::SaidExpression> = BTreeMap::new();
        for (mesh, extra) in self.extra.meshes.iter().enumerate().take(limits::MAX_NODES) {
            for (index, name) in shapes::target_names(extra)
                .iter()
                .enumerate()
                .take(limits::MAX_MORPHS)
            {
                let Some(preset) = shapes::preset_of(name.as_str().unwrap_or_default()) else {
                    continue;
                };
                let face = faces.entry(preset).or_insert_with(|| said::SaidExpression {
                    name: format!("{preset:?}"),
                    preset: Some(preset),
                    is_binary: false,
                    overrides: Default::default(),
                    morphs: Vec::new(),
                    colours: Vec::new(),
                    uvs: Vec::new(),
                });
                if !self.work.bind() {
                    continue;
                }
                face.morphs.push(said::SaidMorph {
                    of: Of::Mesh(mesh),
                    index,
                    weight: 1.0,
                });
            }
        }
        faces.into_values().collect()
    }

    fn expressions(&mut self, faces: Vec<said::SaidExpression>, maps: &[RawMap]) -> Vec<Expression> {
        let mut left = limits::MAX_BINDS;
        let mut all = Vec::new();
        for face in faces {
            let mut morphs = Vec::new();
            for bind in &face.morphs {
                for (part, map) in maps.iter().enumerate() {
                    self.work.step();
                    let same = match bind.of {
                        Of::Mesh(mesh) => map.mesh == mesh,
                        Of::Node(node) => map.node == node,
                    };
                    if let (true, Some(morph)) = (same, map.morph_of.get(&bind.index))
                        && left > 0
                    {
                        left -= 1;
                        morphs.push(MorphBind {
                            part: part as u16, // below MAX_PARTS
                            morph: *morph,
                            weight: bind.weight,
                        });
                    }
                }
            }
            let mut material = |material: u16| {
                let at = self.materials_of.get(usize::from(material)).copied().flatten()?;
                left = left.checked_sub(1)?;
                Some(at as u16) // below MAX_MATERIALS
            };
            let colours = face.colours.iter().filter_map(|bind| {
                material(bind.material).map(|material| super::document::ColourBind { material, ..*bind })
            });
            let colours: Vec<_> = colours.collect();
            let uvs = face.uvs.iter().filter_map(|bind| {
                material(bind.material).map(|material| super::document::UvBind { material, ..*bind })
            });
            let uvs: Vec<_> = uvs.collect();
            let [override_blink, override_look_at, override_mouth] = face.overrides;
            all.push(Expression {
                name: face.name,
                preset: face.preset,
                is_binary: face.is_binary,
                override_blink,
                override_look_at,
                override_mouth,
                morphs,
                colours,
                uvs,
            });
        }
        if left == 0 || self.work.more_binds() {
            self.warn(AvatarWarning::Expressions);
        }
        all
    }

    fn springs(
        &mut self,
        colliders: &[(usize, super::document::ColliderShape)],
        springs: &[said::SaidSpring],
    ) -> Springs {
        let mut out = Springs::default();
        // One on a node that is not there is nobody's, but keeps its place out of the list.
        let mut collider_of = Vec::new();
        for (node, shape) in colliders {
            collider_of.push(self.place(*node).map(|node| {
                out.colliders.push(Collider { node, shape: *shape });
                (out.colliders.len() - 1) as u16 // below MAX_COLLIDERS
            }));
        }
        let mut children: Vec<Vec<u16>> = vec![Vec::new(); self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            if let Some(parent) = node.parent {
                children[usize::from(parent)].push(index as u16);
            }
        }
        let places = rest::places(&self.nodes);
        let mut swings = BTreeSet::new();
        // Below a node is walked once, by whoever names it first: nobody swings twice.
        let mut walked = vec![false; self.nodes.len()];
        let mut pairs = 0;
        let mut too_many = false;
        for spring in springs {
            let colliders: Vec<u16> = spring
                .colliders
                .iter()
                .filter_map(|collider| collider_of.get(*collider).copied().flatten())
                .collect();
            let mut joints: Vec<SpringJoint> = Vec::new();
            for said in &spring.joints {
                let Some(first) = self.place(said.node) else {
                    continue;
                };
                let mut stack = vec![first];
                while let Some(node) = stack.pop() {
                    self.work.step();
                    let tail = match said.tail {
                        Tail::Node(next) => self.place(next).and_then(|next| {
                            let to_local = places[usize::from(node)].inverse();
                            let tail = to_local.transform_point3(places[usize::from(next)].w_axis.truncate());
                            (tail.is_finite()).then_some(tail)
                        }),
                        Tail::Below => {
                            if core::mem::replace(&mut walked[usize::from(node)], true) {
                                continue;
                            }
                            stack.extend(children[usize::from(node)].iter().rev());
                            Some(self.tail_below(node, &children))
                        }
                    };
                    let Some(tail) = tail.filter(|tail| tail.length_squared() > 1e-12) else {
                        continue;
                    };
                    if swings.len() >= limits::MAX_SPRING_JOINTS
                        || pairs + colliders.len() > limits::MAX_SPRING_PAIRS
                    {
                        too_many = true;
                        break;
                    }
                    // A node swings once, whatever the file says; the root of all does not.
                    if node != 0 && swings.insert(node) {
                        pairs += colliders.len();
                        joints.push(SpringJoint {
                            node,
                            tail,
                            radius: said.radius,
                            stiffness: said.stiffness,
                            gravity_power: said.gravity_power,
                            gravity_dir: said.gravity_dir.normalize_or(Vec3::NEG_Y),
                            drag: said.drag,
                        });
                    }
                }
            }
            // Nodes are counted parents first.
            joints.sort_by_key(|joint| joint.node);
            if !joints.is_empty() {
                out.springs.push(Spring {
                    centre: spring.centre.and_then(|centre| self.place(centre)),
                    colliders,
                    joints,
                });
            }
        }
        if too_many {
            self.warn(AvatarWarning::Springs);
        }
        out
    }

    /// Where VRM 0.x has a swinging node end: at its first child, or a little beyond a last one.
    fn tail_below(&self, node: u16, children: &[Vec<u16>]) -> Vec3 {
        match children[usize::from(node)].first() {
            Some(child) => self.nodes[usize::from(*child)].translation,
            None => {
                let this = &self.nodes[usize::from(node)];
                let direction = this.rotation.inverse() * this.translation;
                // 7 cm, as UniVRM does it.
                direction.normalize_or(Vec3::Y) * 0.07
            }
        }
    }
}

/// What a part was in the file.
struct RawMap {
    mesh: usize,
    node: usize,
    /// By form of the file's mesh: the part's.
    morph_of: BTreeMap<usize, u16>,
}

/// A node's own translation, rotation and scale; `None` where they are no numbers of a body.
fn local(node: &json::Node) -> Option<(Vec3, Quat, Vec3)> {
    let (translation, rotation, scale) = match node.matrix {
        Some(matrix) => {
            let matrix = Mat4::from_cols_array(&matrix);
            if !matrix.is_finite() || matrix.determinant().abs() < 1e-18 {
                return None;
            }
            let (scale, rotation, translation) = matrix.to_scale_rotation_translation();
            (translation, rotation, scale)
        }
        None => {
            let rotation = node.rotation.map_or(Quat::IDENTITY, Quat::from_array);
            (
                Vec3::from_array(node.translation.unwrap_or_default()),
                rotation,
                Vec3::from_array(node.scale.unwrap_or([1.0; 3])),
            )
        }
    };
    let sane = |v: Vec3| v.is_finite() && v.abs().max_element() <= limits::MAX_NUMBER;
    if !sane(translation) || !sane(scale) || !rotation.is_finite() {
        return None;
    }
    let length = rotation.length();
    let rotation = if length.is_finite() && length > 1e-6 {
        (rotation / length).normalize()
    } else {
        Quat::IDENTITY
    };
    // Scaled to nothing is how some programs hide things; nothing has no inverse.
    let least = |v: f32| if v.abs() < 1e-4 { 1e-4 } else { v };
    Some((
        translation,
        rotation,
        Vec3::new(least(scale.x), least(scale.y), least(scale.z)),
    ))
}

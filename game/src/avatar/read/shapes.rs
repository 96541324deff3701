//! Shapes of an avatar: vertices with what moves them, their forms, and the skins they need.
//!
//! Invariant: what is about to be read has been counted first; joints and weights are usable whatever the file had.

use super::said::{Of, SaidExpression};
use super::{File, RawMap};
use crate::avatar::document::{AvatarNode, AvatarWarning, FirstPerson, Morph, Part, Preset, Skin};
use crate::avatar::error::{AvatarError, Measure, at_most, damaged};
use crate::avatar::json::{MeshExtra, list, shown_name};
use crate::avatar::{limits, rest};
use crate::gltf::accessor::Bad;
use crate::gltf::{fan, json, strip};
use bevy::math::{Mat4, Vec3, Vec4};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A part whose joints may still be those of the file's skin.
pub(super) struct RawPart {
    pub(super) part: Part,
}

/// What has been counted so far.
#[derive(Default)]
struct Counted {
    vertices: u64,
    triangles: u64,
    morph_vertices: u64,
}

fn bad(Bad(what): Bad) -> AvatarError {
    damaged(what)
}

impl File<'_> {
    /// Every shape of the scene.
    pub(super) fn shapes(
        &mut self,
        faces: &[SaidExpression],
    ) -> Result<(Vec<RawPart>, Vec<Skin>, Vec<RawMap>), AvatarError> {
        let root = self.buffers.root;
        let mut counted = Counted::default();
        let mut parts = Vec::new();
        let mut maps = Vec::new();
        let mut skin_of: BTreeMap<usize, usize> = BTreeMap::new();
        let mut file_skins: Vec<usize> = Vec::new();
        // Sorted once: a face has thousands of binds, a file a thousand nodes.
        let mut used: BTreeMap<Of, BTreeSet<usize>> = BTreeMap::new();
        for bind in faces.iter().flat_map(|face| &face.morphs) {
            used.entry(bind.of).or_default().insert(bind.index);
        }
        let mut looked_at = 0;
        for here in 1..self.nodes.len() {
            let Some(file_node) = self.file_nodes[here] else {
                continue;
            };
            let node = &root.nodes[file_node];
            let Some(mesh_index) = node.mesh else { continue };
            let mesh = root
                .meshes
                .get(mesh_index)
                .ok_or(damaged("a mesh that is not there"))?;
            let used = [Of::Mesh(mesh_index), Of::Node(file_node)].map(|of| used.get(&of));
            let extra = self.extra.meshes.get(mesh_index);
            let names = extra.map_or(&[][..], target_names);
            let name = match shown_name(&mesh.name) {
                name if name.is_empty() => self.nodes[here].name.clone(),
                name => name,
            };
            for primitive in mesh.primitives.iter() {
                // Those that are left out below take time as well, and a mesh stands on as many nodes as it likes.
                looked_at += 1;
                at_most(Measure::Parts, looked_at, limits::MAX_PRIMITIVES as u64)?;
                self.work.step();
                at_most(Measure::Parts, parts.len() as u64 + 1, limits::MAX_PARTS as u64)?;
                let mut part = match self.primitive(primitive, &mut counted)? {
                    Ok(part) if !part.indices.is_empty() => part,
                    Ok(_) => continue,
                    Err(why) => {
                        self.warn(AvatarWarning::Shape {
                            name: name.clone(),
                            why,
                        });
                        continue;
                    }
                };
                part.name.clone_from(&name);
                part.node = here as u16; // below MAX_NODES
                part.material = self.material(primitive.material)?;
                let morph_of = self.forms(primitive, used, names, &mut part, &mut counted)?;
                let skinned = node.skin.filter(|_| !part.joints.is_empty());
                if let Some(skin) = skinned {
                    if root.skins.get(skin).is_none() {
                        return Err(damaged("a skin that is not there"));
                    }
                    part.skin = Some(*skin_of.entry(skin).or_insert_with(|| {
                        file_skins.push(skin);
                        file_skins.len() - 1
                    }));
                } else {
                    part.joints = Vec::new();
                    part.weights = Vec::new();
                }
                parts.push(RawPart { part });
                maps.push(RawMap {
                    mesh: mesh_index,
                    node: file_node,
                    morph_of,
                });
            }
        }
        let mut skins = Vec::new();
        for (at, skin) in file_skins.into_iter().enumerate() {
            skins.push(self.skin(skin, at, &mut parts)?);
        }
        Ok((parts, skins, maps))
    }

    /// The outer error refuses the file, the inner one leaves out this shape.
    fn primitive(
        &mut self,
        primitive: &json::Primitive,
        counted: &mut Counted,
    ) -> Result<Result<Part, &'static str>, AvatarError> {
        let Some(position) = primitive.attributes.position else {
            return Ok(Err("it has no positions"));
        };
        if !matches!(primitive.mode, 4..=6) {
            return Ok(Err("it is made of points or lines"));
        }
        let buffers = &self.buffers;
        let vertices = buffers.accessor(position).map_err(bad)?.count;
        let corners = match primitive.indices {
            Some(indices) => buffers.accessor(indices).map_err(bad)?.count,
            None => vertices,
        };
        let triangles = if primitive.mode == 4 {
            corners / 3
        } else {
            corners.saturating_sub(2)
        };
        counted.vertices = counted.vertices.saturating_add(vertices);
        counted.triangles = counted.triangles.saturating_add(triangles);
        at_most(Measure::Triangles, counted.triangles, limits::MAX_TRIANGLES)?;
        at_most(Measure::Vertices, counted.vertices, limits::MAX_VERTICES)?;
        let positions = buffers.vectors::<3>(position, 0.0).map_err(bad)?;
        let sane = |v: &f32| v.is_finite() && v.abs() <= limits::MAX_NUMBER;
        if !positions.iter().flatten().all(sane) {
            return Ok(Err("it has positions that are no numbers"));
        }
        let mut indices = match primitive.indices {
            Some(indices) => buffers.indices(indices, positions.len()).map_err(bad)?,
            None => (0..positions.len() as u32).collect(), // within MAX_VERTICES
        };
        match primitive.mode {
            5 => indices = strip(&indices),
            6 => indices = fan(&indices),
            _ => indices.truncate(indices.len() / 3 * 3),
        }
        // Looks: a broken attribute costs the attribute, not the shape.
        let whole = |index: Option<usize>| {
            index.filter(|index| {
                buffers
                    .accessor(*index)
                    .is_ok_and(|accessor| accessor.count == vertices)
            })
        };
        let attributes = &primitive.attributes;
        let normals = whole(attributes.normal)
            .and_then(|index| buffers.vectors::<3>(index, 0.0).ok())
            .filter(|normals| normals.iter().flatten().all(|v| v.is_finite()))
            .map(|mut normals| {
                for normal in &mut normals {
                    *normal = Vec3::from_array(*normal).normalize_or(Vec3::Y).to_array();
                }
                normals
            });
        let uvs = whole(attributes.uv)
            .and_then(|index| buffers.vectors::<2>(index, 0.0).ok())
            .filter(|uvs| uvs.iter().flatten().all(sane));
        let colours = whole(attributes.colour)
            .and_then(|index| buffers.vectors::<4>(index, 1.0).ok())
            .filter(|colours| colours.iter().flatten().all(|v| v.is_finite()))
            .map(|mut colours| {
                for colour in &mut colours {
                    *colour = colour.map(|v| v.clamp(0.0, 1.0));
                }
                colours
            });
        let (mut joints, mut weights) = (Vec::new(), Vec::new());
        if let (Some(joint), Some(weight)) = (whole(attributes.joints), whole(attributes.weights)) {
            let raw = buffers.vectors::<4>(joint, 0.0).map_err(bad)?;
            weights = buffers.vectors::<4>(weight, 0.0).map_err(bad)?;
            joints = raw
                .into_iter()
                .map(|four| {
                    four.map(|v| {
                        if (0.0..65_536.0).contains(&v) {
                            v as u16
                        } else {
                            u16::MAX
                        }
                    })
                })
                .collect();
        }
        let normals = normals.unwrap_or_else(|| smooth(&positions, &indices));
        Ok(Ok(Part {
            name: String::new(),
            node: 0,
            skin: None,
            positions,
            normals,
            uvs: uvs.unwrap_or_default(),
            colours: colours.unwrap_or_default(),
            joints,
            weights,
            indices,
            material: 0,
            morphs: Vec::new(),
            first_person: FirstPerson::Auto,
            of_head: false,
        }))
    }

    /// Reads the forms that a face uses; those of the file to those of the part.
    fn forms(
        &mut self,
        primitive: &json::Primitive,
        used: [Option<&BTreeSet<usize>>; 2],
        names: &[Value],
        part: &mut Part,
        counted: &mut Counted,
    ) -> Result<BTreeMap<usize, u16>, AvatarError> {
        let mut morph_of = BTreeMap::new();
        let vertices = part.positions.len();
        for index in used.into_iter().flatten().flatten() {
            self.work.step();
            let Some(target) = primitive.targets.get(*index) else {
                continue;
            };
            let room = counted.morph_vertices + vertices as u64 <= limits::MAX_MORPH_VERTICES;
            if !room || part.morphs.len() == limits::MAX_MORPHS {
                self.warn(AvatarWarning::Expressions);
                break;
            }
            counted.morph_vertices += vertices as u64;
            let read = |accessor: Option<usize>| -> Result<Vec<[f32; 3]>, AvatarError> {
                let Some(accessor) = accessor else {
                    return Ok(Vec::new());
                };
                if self.buffers.accessor(accessor).map_err(bad)?.count != vertices as u64 {
                    return Err(damaged("a form of another shape"));
                }
                let vectors = self.buffers.vectors::<3>(accessor, 0.0).map_err(bad)?;
                let sane = |v: &f32| v.is_finite() && v.abs() <= limits::MAX_NUMBER;
                Ok(if vectors.iter().flatten().all(sane) {
                    vectors
                } else {
                    Vec::new()
                })
            };
            let mut positions = read(target.position)?;
            if positions.is_empty() {
                positions = vec![[0.0; 3]; vertices];
            }
            let normals = read(target.normal)?;
            morph_of.insert(*index, part.morphs.len() as u16); // below MAX_MORPHS
            let name = names.get(*index).and_then(Value::as_str).unwrap_or_default();
            part.morphs.push(Morph {
                name: shown_name(name),
                positions,
                normals,
            });
        }
        Ok(morph_of)
    }

    /// A skin with the joints that are used, and the parts of it changed to them.
    fn skin(&mut self, file_skin: usize, at: usize, parts: &mut [RawPart]) -> Result<Skin, AvatarError> {
        let source = &self.buffers.root.skins[file_skin];
        at_most(
            Measure::Bones,
            source.joints.len() as u64,
            limits::MAX_NODES as u64,
        )?;
        let inverse_bind = match source.inverse_bind_matrices {
            Some(accessor) => {
                let count = self.buffers.accessor(accessor).map_err(bad)?.count;
                at_most(Measure::Bones, count, limits::MAX_NODES as u64)?;
                self.buffers.matrices(accessor).map_err(bad)?
            }
            None => vec![Mat4::IDENTITY.to_cols_array(); source.joints.len()],
        };
        let usable = |joint: u16| {
            let joint = usize::from(joint);
            let node = source.joints.get(joint).and_then(|node| self.place(*node))?;
            let matrix = Mat4::from_cols_array(inverse_bind.get(joint)?);
            let sane = matrix
                .to_cols_array()
                .iter()
                .all(|v| v.is_finite() && v.abs() <= limits::MAX_NUMBER);
            sane.then_some((node, matrix))
        };
        let mut skin = Skin {
            joints: Vec::new(),
            inverse_bind: Vec::new(),
        };
        let mut new_of: BTreeMap<u16, Option<u16>> = BTreeMap::new();
        for part in parts.iter_mut().filter(|raw| raw.part.skin == Some(at)) {
            let part = &mut part.part;
            for (joints, weights) in part.joints.iter_mut().zip(&mut part.weights) {
                for (joint, weight) in joints.iter_mut().zip(weights.iter_mut()) {
                    if !weight.is_finite() || *weight <= 0.0 {
                        (*joint, *weight) = (0, 0.0);
                        continue;
                    }
                    let new = new_of.entry(*joint).or_insert_with(|| {
                        let (node, matrix) = usable(*joint)?;
                        skin.joints.push(node);
                        skin.inverse_bind.push(matrix);
                        Some((skin.joints.len() - 1) as u16) // as many as joints of the file at most
                    });
                    match new {
                        Some(new) => *joint = *new,
                        None => (*joint, *weight) = (0, 0.0),
                    }
                }
                let sum: f32 = weights.iter().sum();
                *weights = if sum.is_finite() && sum > 1e-6 {
                    weights.map(|weight| weight / sum)
                } else {
                    [1.0, 0.0, 0.0, 0.0]
                };
            }
        }
        if skin.joints.is_empty() {
            // Nothing hangs on any joint: then all of it hangs on the root.
            skin.joints.push(0);
            skin.inverse_bind.push(Mat4::IDENTITY);
        }
        at_most(
            Measure::Bones,
            skin.joints.len() as u64,
            limits::MAX_JOINTS as u64,
        )?;
        Ok(skin)
    }
}

/// Normals for a shape without them: rounded, as bodies are.
fn smooth(positions: &[[f32; 3]], indices: &[u32]) -> Vec<[f32; 3]> {
    let mut sums = vec![Vec3::ZERO; positions.len()];
    for triangle in indices.chunks_exact(3) {
        let corners = [triangle[0], triangle[1], triangle[2]].map(|corner| corner as usize);
        let [a, b, c] = corners.map(|corner| Vec3::from_array(positions[corner]));
        let normal = (b - a).cross(c - a);
        for corner in corners {
            sums[corner] += normal;
        }
    }
    sums.into_iter()
        .map(|sum| sum.normalize_or(Vec3::Y).to_array())
        .collect()
}

/// Every vertex where it is at rest.
pub(super) fn at_rest(nodes: &[AvatarNode], parts: &[RawPart], skins: &[Skin]) -> Vec<Vec3> {
    let places = rest::places(nodes);
    let palettes: Vec<Vec<Mat4>> = skins
        .iter()
        .map(|skin| {
            let joints = skin.joints.iter().zip(&skin.inverse_bind);
            joints
                .map(|(joint, inverse)| places[usize::from(*joint)] * *inverse)
                .collect()
        })
        .collect();
    let mut out = Vec::new();
    for RawPart { part } in parts {
        for (index, position) in part.positions.iter().enumerate() {
            let position = Vec3::from_array(*position);
            let point = match part.skin {
                Some(skin) => {
                    let palette = &palettes[skin];
                    let four = part.joints[index].iter().zip(part.weights[index]);
                    four.map(|(joint, weight)| {
                        weight * (palette[usize::from(*joint)] * Vec4::from((position, 1.0))).truncate()
                    })
                    .sum()
                }
                None => places[usize::from(part.node)].transform_point3(position),
            };
            if point.is_finite() {
                out.push(point);
            }
        }
    }
    out
}

/// Whether more than half of a part moves with this node or what hangs on it.
pub(super) fn hangs_on(part: &Part, head: u16, nodes: &[AvatarNode], skins: &[Skin]) -> bool {
    let below = |node: u16| {
        core::iter::successors(Some(node), |node| nodes[usize::from(*node)].parent).any(|node| node == head)
    };
    let Some(skin) = part.skin else {
        return below(part.node);
    };
    let of_head: Vec<bool> = skins[skin].joints.iter().map(|joint| below(*joint)).collect();
    let share: f32 = part
        .joints
        .iter()
        .zip(&part.weights)
        .flat_map(|(joints, weights)| joints.iter().zip(weights))
        .filter(|(joint, _)| of_head[usize::from(**joint)])
        .map(|(_, weight)| *weight)
        .sum();
    share > 0.5 * part.positions.len() as f32
}

/// Names of the forms of a mesh, where programs write them.
pub(super) fn target_names(extra: &MeshExtra) -> &[Value] {
    let names = list(&extra.extras["targetNames"]);
    if !names.is_empty() {
        return names;
    }
    // Those of VRM 0.x are with the first primitive.
    extra
        .primitives
        .first()
        .map_or(&[], |primitive| list(&primitive.extras["targetNames"]))
}

/// The face a form is named after, in the words of VRM, of Oculus' visemes, and of ARKit.
pub(super) fn preset_of(name: &str) -> Option<Preset> {
    let name: String = name
        .rsplit(['.', ':'])
        .next()
        .unwrap_or(name)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(40)
        .collect::<String>()
        .to_ascii_lowercase();
    Some(match name.as_str() {
        "blink" | "eyesclosed" | "vrcblink" => Preset::Blink,
        "blinkleft" | "eyeblinkleft" | "blinkl" | "winkleft" => Preset::BlinkLeft,
        "blinkright" | "eyeblinkright" | "blinkr" | "winkright" => Preset::BlinkRight,
        "visemeaa" | "aa" | "vrcvaa" | "jawopen" | "mouthopen" => Preset::Aa,
        "visemei" | "ih" | "vrcvih" => Preset::Ih,
        "visemeu" | "ou" | "vrcvou" => Preset::Ou,
        "visemee" | "ee" | "vrcve" => Preset::Ee,
        "visemeo" | "oh" | "vrcvoh" => Preset::Oh,
        "happy" | "joy" | "smile" | "mouthsmile" => Preset::Happy,
        "angry" => Preset::Angry,
        "sad" | "sorrow" => Preset::Sad,
        "relaxed" => Preset::Relaxed,
        "surprised" | "surprise" => Preset::Surprised,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_known_by_the_names_of_several_programs() {
        assert_eq!(preset_of("blendShape16.vrc_blink"), Some(Preset::Blink));
        assert_eq!(preset_of("viseme_aa"), Some(Preset::Aa));
        assert_eq!(preset_of("eyeBlinkLeft"), Some(Preset::BlinkLeft));
        assert_eq!(preset_of("hat_off"), None);
    }
}

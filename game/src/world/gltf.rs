//! glTF 2.0 (`.glb`, `.gltf`): from somebody's bytes to checked meshes, materials and places.
//!
//! Flow: [`split`] the container → JSON ([`crate::gltf`]) → extensions and buffers → walk the nodes of the scene,
//! each mesh read once and placed as often as it is used → [`Model`].
//! One parser serves the collider and the picture, in the headless host and in the browser alike, so that
//! nobody walks on what they do not see. A damaged structure is refused; a damaged look (picture, colours,
//! one impossible node) is left out with a warning.
//!
//! Names carry two wishes, as other engines' importers read them: a node ending in `-nocol` is not solid,
//! one ending in `-colonly` is solid and not shown. A node whose name begins with `spawn` is where to arrive.
//! A material's name may end in `-sway`, `-flame`, `-afloat` or `-wings` (it moves), or in `-lamp` (lit by night) or
//! `-sunlit` (the alpha of its corners says how open the sky is there).

mod container;

use super::assembly::{Assembly, Instance, Model, at_most, is_usable};
use super::document::{Alpha, MaterialData, MeshData, Motion, PictureData, Spawn, TextureUse, Wrap};
use super::error::{Measure, WorldError, WorldWarning, shown};
use super::files::{Reader, WorldPath};
use super::limits;
use crate::gltf::accessor::{Bad, Buffers};
use crate::gltf::json::{self, Root};
use crate::gltf::{description, fan, picture, strip};
use bevy::math::{Mat4, Quat, Vec3};
use bytes::Bytes;
use container::{buffers, damaged, fetch, split};

/// Extensions a file may require: read here, or only finer looks that can be missing.
const KNOWN_EXTENSIONS: [&str; 19] = [
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "KHR_materials_unlit",
    "KHR_materials_emissive_strength",
    "KHR_materials_anisotropy",
    "KHR_materials_clearcoat",
    "KHR_materials_dispersion",
    "KHR_materials_ior",
    "KHR_materials_iridescence",
    "KHR_materials_sheen",
    "KHR_materials_specular",
    "KHR_materials_transmission",
    "KHR_materials_variants",
    "KHR_materials_volume",
    "KHR_materials_pbrSpecularGlossiness",
    "KHR_lights_punctual",
    "KHR_animation_pointer",
    "KHR_texture_basisu",
    "EXT_texture_webp",
];

/// Reads a glTF file into the assembly's lists.
pub(super) fn read(
    reader: &mut Reader<'_>,
    path: &WorldPath,
    bytes: &Bytes,
    assembly: &mut Assembly,
) -> Result<Model, WorldError> {
    let (json, blob) = split(path, bytes)?;
    at_most(
        Measure::DescriptionBytes,
        json.len() as u64,
        limits::MAX_GLTF_JSON_BYTES as u64,
    )?;
    at_most(
        Measure::DescriptionMemory,
        description::memory(&json),
        limits::MAX_GLTF_JSON_MEMORY,
    )?;
    // Some exporters begin with a byte order mark, which JSON forbids.
    let text = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&json);
    let root: Root = serde_json::from_slice(text).map_err(|error| WorldError::Syntax {
        path: path.as_str().to_owned(),
        line: error.line(),
        column: error.column(),
        what: error.to_string(),
        word: None,
    })?;
    if !(root.asset.version == "2.0" || root.asset.version.starts_with("2.")) {
        return Err(WorldError::GltfVersion {
            found: root.asset.version,
        });
    }
    if let Some(name) = root
        .extensions_required
        .iter()
        .find(|name| !KNOWN_EXTENSIONS.contains(&name.as_str()))
    {
        return Err(WorldError::Extension {
            path: path.as_str().to_owned(),
            name: name.clone(),
        });
    }
    at_most(
        Measure::Materials,
        root.materials.len() as u64,
        limits::MAX_MATERIALS as u64,
    )?;
    at_most(Measure::Nodes, root.nodes.len() as u64, limits::MAX_NODES as u64)?;
    for (what, found) in [
        (Measure::Meshes, root.meshes.len()),
        (Measure::Textures, root.textures.len()),
        (Measure::Textures, root.images.len()),
    ] {
        at_most(what, found as u64, limits::MAX_GLTF_ENTRIES as u64)?;
    }
    let buffers = buffers(reader, path, &root, blob)?;
    let meshes = root.meshes.iter().map(|_| None).collect();
    let materials = vec![None; root.materials.len()];
    let pictures = vec![None; root.images.len()];
    let mut file = File {
        reader,
        path,
        buffers: Buffers { root: &root, buffers },
        assembly,
        meshes,
        materials,
        pictures,
        plain: None,
        model: Model::default(),
    };
    file.walk()?;
    Ok(file.model)
}

/// One primitive of a mesh, read.
#[derive(Clone, Copy)]
struct Part {
    mesh: usize,
    material: usize,
}

struct File<'a, 'r> {
    reader: &'a mut Reader<'r>,
    path: &'a WorldPath,
    buffers: Buffers<'a>,
    assembly: &'a mut Assembly,
    /// By mesh of the file: read at first use, so that unused meshes cost nothing.
    meshes: Vec<Option<Vec<Part>>>,
    /// By material of the file.
    materials: Vec<Option<usize>>,
    /// By image of the file; the inner `None` is one that cannot be shown.
    pictures: Vec<Option<Option<usize>>>,
    /// The material of surfaces without one.
    plain: Option<usize>,
    model: Model,
}

enum Step {
    Enter { node: usize, parent: Mat4, depth: usize },
    Leave(usize),
}

impl File<'_, '_> {
    fn bad(&self, Bad(what): Bad) -> WorldError {
        damaged(self.path, what)
    }

    /// Visits the nodes of the scene. Iterative: a deep file must not use up the stack.
    fn walk(&mut self) -> Result<(), WorldError> {
        let root = self.buffers.root;
        let roots: Vec<usize> = match root.scenes.get(root.scene.unwrap_or(0)) {
            Some(scene) => scene.nodes.clone(),
            None if root.scene.is_some() => return Err(damaged(self.path, "a scene that is not there")),
            // No scene at all: everything that is nobody's child.
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
        let mut inside = vec![false; root.nodes.len()];
        let mut visits = 0_u64;
        let mut steps: Vec<Step> = roots
            .iter()
            .rev()
            .map(|node| Step::Enter {
                node: *node,
                parent: Mat4::IDENTITY,
                depth: 0,
            })
            .collect();
        while let Some(step) = steps.pop() {
            let (index, parent, depth) = match step {
                Step::Enter { node, parent, depth } => (node, parent, depth),
                Step::Leave(node) => {
                    inside[node] = false;
                    continue;
                }
            };
            let node = root
                .nodes
                .get(index)
                .ok_or_else(|| damaged(self.path, "a node that is not there"))?;
            if inside[index] {
                return Err(WorldError::Cycle {
                    path: self.path.as_str().to_owned(),
                    index,
                });
            }
            visits += 1;
            at_most(Measure::Nodes, visits, limits::MAX_NODES as u64)?;
            at_most(Measure::Depth, depth as u64, limits::MAX_NODE_DEPTH as u64)?;
            inside[index] = true;
            steps.push(Step::Leave(index));
            let model_from_node = parent * local(node);
            let label = label(&node.name, "node", index);
            if !is_usable(&model_from_node) {
                // Scaled to nothing is how some programs hide things; its children are hidden with it.
                self.assembly.warn(WorldWarning::BadTransform { name: label });
                continue;
            }
            if begins_with(&node.name, "spawn")
                && self.model.spawns.len() < limits::MAX_SPAWNS
                && model_from_node.w_axis.truncate().abs().max_element() <= limits::MAX_REACH_METRES
            {
                let ahead = model_from_node.transform_vector3(Vec3::NEG_Z);
                let yaw = (-ahead.x).atan2(-ahead.z);
                self.model.spawns.push(Spawn {
                    feet: model_from_node.w_axis.truncate(),
                    yaw,
                });
            }
            if let Some(mesh) = node.mesh {
                if node.skin.is_some() {
                    self.assembly.warn(WorldWarning::Figures);
                }
                let shown = !ends_with(&node.name, "-colonly");
                let solid = !ends_with(&node.name, "-nocol") && node.skin.is_none();
                for part in self.mesh(mesh)? {
                    at_most(
                        Measure::Shapes,
                        self.model.instances.len() as u64 + 1,
                        limits::MAX_DRAWN as u64,
                    )?;
                    self.model.instances.push(Instance {
                        name: label.clone(),
                        mesh: part.mesh,
                        material: part.material,
                        model_from_mesh: model_from_node,
                        shown,
                        solid,
                    });
                }
            }
            at_most(
                Measure::Nodes,
                steps.len() as u64 + node.children.len() as u64,
                2 * limits::MAX_NODES as u64,
            )?;
            for child in node.children.iter().rev() {
                steps.push(Step::Enter {
                    node: *child,
                    parent: model_from_node,
                    depth: depth + 1,
                });
            }
        }
        Ok(())
    }

    /// Reads a mesh, once.
    fn mesh(&mut self, index: usize) -> Result<Vec<Part>, WorldError> {
        match self.meshes.get(index) {
            None => return Err(damaged(self.path, "a mesh that is not there")),
            Some(Some(parts)) => return Ok(parts.clone()),
            Some(None) => {}
        }
        let root = self.buffers.root;
        let mesh = &root.meshes[index];
        let name = label(&mesh.name, "mesh", index);
        at_most(
            Measure::ShapesInMesh,
            mesh.primitives.len() as u64,
            limits::MAX_DRAWN as u64,
        )?;
        let mut parts = Vec::new();
        for primitive in &mesh.primitives {
            match self.primitive(primitive)? {
                Ok(data) if !data.indices.is_empty() => {
                    let mesh = self.assembly.add_mesh(data);
                    let material = self.material(primitive.material)?;
                    parts.push(Part { mesh, material });
                }
                Ok(_) => {}
                Err(why) => self.assembly.warn(WorldWarning::SkippedMesh {
                    name: name.clone(),
                    why,
                }),
            }
        }
        self.meshes[index] = Some(parts.clone());
        Ok(parts)
    }

    /// The outer error refuses the file, the inner one leaves out this shape.
    fn primitive(
        &mut self,
        primitive: &json::Primitive,
    ) -> Result<Result<MeshData, &'static str>, WorldError> {
        let Some(position) = primitive.attributes.position else {
            return Ok(Err("it has no positions"));
        };
        if !matches!(primitive.mode, 4..=6) {
            return Ok(Err("it is made of points or lines"));
        }
        let buffers = &self.buffers;
        let bad = |Bad(what): Bad| damaged(self.path, what);
        let vertices = buffers.accessor(position).map_err(bad)?.count;
        let corners = match primitive.indices {
            Some(indices) => buffers.accessor(indices).map_err(bad)?.count,
            None => vertices,
        };
        // Strips and fans become up to three times as many corners.
        let corners = if primitive.mode == 4 {
            corners
        } else {
            corners.saturating_mul(3)
        };
        self.assembly.reserve(vertices, corners)?;
        let positions = buffers.vectors::<3>(position, 0.0).map_err(bad)?;
        if positions
            .iter()
            .flatten()
            .any(|v| !v.is_finite() || v.abs() > limits::MAX_SHOWN_METRES * limits::MAX_SCALE)
        {
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
        let normals = whole(primitive.attributes.normal)
            .and_then(|index| buffers.vectors::<3>(index, 0.0).ok())
            .filter(|normals| normals.iter().flatten().all(|v| v.is_finite()))
            .map(|normals| {
                let unit = |normal: [f32; 3]| {
                    Vec3::from_array(normal)
                        .try_normalize()
                        .unwrap_or(Vec3::Y)
                        .to_array()
                };
                normals.into_iter().map(unit).collect()
            });
        let uvs = whole(primitive.attributes.uv)
            .and_then(|index| buffers.vectors::<2>(index, 0.0).ok())
            .filter(|uvs| uvs.iter().flatten().all(|v| v.is_finite()));
        let colours = whole(primitive.attributes.colour)
            .and_then(|index| buffers.vectors::<4>(index, 1.0).ok())
            .filter(|colours| colours.iter().flatten().all(|v| v.is_finite()))
            .map(|colours| {
                colours
                    .into_iter()
                    .map(|colour| colour.map(|v| v.clamp(0.0, 1.0)))
                    .collect()
            });
        Ok(Ok(MeshData {
            positions,
            normals,
            uvs,
            colours,
            indices,
        }))
    }

    fn material(&mut self, index: Option<usize>) -> Result<usize, WorldError> {
        let Some(index) = index else {
            if let Some(plain) = self.plain {
                return Ok(plain);
            }
            let plain = self.assembly.add_material(MaterialData::default())?;
            self.plain = Some(plain);
            return Ok(plain);
        };
        match self.materials.get(index) {
            None => return Err(damaged(self.path, "a material that is not there")),
            Some(Some(material)) => return Ok(*material),
            Some(None) => {}
        }
        let source = &self.buffers.root.materials[index];
        let pbr = &source.pbr_metallic_roughness;
        let unit = |value: f32, otherwise: f32| {
            if value.is_finite() {
                value.clamp(0.0, 1.0)
            } else {
                otherwise
            }
        };
        let strength = source
            .extensions
            .emissive_strength
            .as_ref()
            .and_then(|e| e.emissive_strength)
            .unwrap_or(1.0);
        // A lamp of more than this burns out the picture whatever it is.
        let strength = if strength.is_finite() {
            strength.clamp(0.0, 100.0)
        } else {
            1.0
        };
        let base_texture = self.texture(pbr.base_color_texture.as_ref())?;
        let emissive_texture = self.texture(source.emissive_texture.as_ref())?;
        let data = MaterialData {
            base_colour: pbr.base_color_factor.unwrap_or([1.0; 4]).map(|v| unit(v, 1.0)),
            metallic: unit(pbr.metallic_factor.unwrap_or(1.0), 0.0),
            roughness: unit(pbr.roughness_factor.unwrap_or(1.0), 1.0),
            emissive: source
                .emissive_factor
                .unwrap_or([0.0; 3])
                .map(|v| unit(v, 0.0) * strength),
            base_texture,
            emissive_texture,
            unlit: source.extensions.unlit.is_some(),
            double_sided: source.double_sided,
            alpha: match source.alpha_mode.as_deref() {
                Some("MASK") => Alpha::Mask(unit(source.alpha_cutoff.unwrap_or(0.5), 0.5)),
                Some("BLEND") => Alpha::Blend,
                _ => Alpha::Opaque,
            },
            motion: if ends_with(&source.name, "-sway") {
                Motion::Sway
            } else if ends_with(&source.name, "-flame") {
                Motion::Flame
            } else if ends_with(&source.name, "-afloat") {
                Motion::Afloat
            } else if ends_with(&source.name, "-wings") {
                Motion::Wings
            } else {
                Motion::Still
            },
            lamp: ends_with(&source.name, "-lamp"),
            // Elsewhere alpha is alpha.
            sunlit: ends_with(&source.name, "-sunlit")
                && !matches!(source.alpha_mode.as_deref(), Some("MASK" | "BLEND")),
        };
        let material = self.assembly.add_material(data)?;
        self.materials[index] = Some(material);
        Ok(material)
    }

    /// A texture on a material; `None` where it has none or it cannot be shown.
    fn texture(&mut self, info: Option<&json::TextureInfo>) -> Result<Option<TextureUse>, WorldError> {
        // Only the first set of texture coordinates is read; another would show the picture in the wrong place.
        let Some(info) = info.filter(|info| info.tex_coord == 0) else {
            return Ok(None);
        };
        let root = self.buffers.root;
        let Some(texture) = root.textures.get(info.index) else {
            return Err(damaged(self.path, "a texture that is not there"));
        };
        let Some(source) = texture.source else {
            // Only in a format of an extension (KTX2, WebP).
            self.assembly.warn(WorldWarning::UnreadableTexture {
                file: format!("texture {}", info.index),
            });
            return Ok(None);
        };
        let Some(picture) = self.picture(source)? else {
            return Ok(None);
        };
        let sampler = texture.sampler.and_then(|sampler| root.samplers.get(sampler));
        let wrap = |code: Option<u32>| match code {
            Some(33_071) => Wrap::Clamp,
            Some(33_648) => Wrap::Mirror,
            _ => Wrap::Repeat,
        };
        let transform = info.extensions.transform.as_ref();
        let sane = |value: f32, otherwise: f32| {
            if value.is_finite() && value.abs() < 1e6 {
                value
            } else {
                otherwise
            }
        };
        Ok(Some(TextureUse {
            picture,
            wrap: [
                wrap(sampler.and_then(|s| s.wrap_s)),
                wrap(sampler.and_then(|s| s.wrap_t)),
            ],
            nearest: sampler.and_then(|s| s.mag_filter) == Some(9_728),
            offset: transform
                .and_then(|t| t.offset)
                .unwrap_or([0.0; 2])
                .map(|v| sane(v, 0.0)),
            rotation: sane(transform.and_then(|t| t.rotation).unwrap_or(0.0), 0.0),
            scale: transform
                .and_then(|t| t.scale)
                .unwrap_or([1.0; 2])
                .map(|v| sane(v, 1.0)),
        }))
    }

    /// A picture of the file, once.
    fn picture(&mut self, index: usize) -> Result<Option<usize>, WorldError> {
        match self.pictures.get(index) {
            None => return Err(damaged(self.path, "a picture that is not there")),
            Some(Some(picture)) => return Ok(*picture),
            Some(None) => {}
        }
        let image = &self.buffers.root.images[index];
        let external = image.uri.as_deref().filter(|uri| !uri.starts_with("data:"));
        let file = match external {
            Some(uri) => uri.to_owned(),
            None => label(&image.name, "picture", index),
        };
        // The same file may be a buffer, or another image of this or another model.
        let only_ours = external
            .and_then(|uri| self.path.refer(uri).ok())
            .filter(|path| !self.reader.has_read(path));
        let bytes = match (&image.uri, image.buffer_view) {
            (Some(uri), _) => match fetch(self.reader, self.path, uri) {
                Ok(bytes) => Ok(bytes),
                // A way out of the folder is a lie about the whole file, not a missing picture.
                Err(error @ (WorldError::PathEscapes { .. } | WorldError::TooMuch { .. })) => {
                    return Err(error);
                }
                Err(WorldError::Damaged { .. }) => {
                    Err(WorldWarning::UnreadableTexture { file: file.clone() })
                }
                Err(_) => Err(WorldWarning::MissingTexture { file: file.clone() }),
            },
            (None, Some(view)) => Ok(self.buffers.view(view).map_err(|bad| self.bad(bad))?.1),
            (None, None) => Err(WorldWarning::MissingTexture { file: file.clone() }),
        };
        let picture = match bytes.and_then(|bytes| self.checked_picture(&file, bytes)) {
            Ok(picture) => Some(picture),
            Err(warning) => {
                self.assembly.warn(warning);
                // What is not shown need not travel to guests either.
                if let Some(path) = only_ours {
                    self.reader.forget(&path);
                }
                None
            }
        };
        self.pictures[index] = Some(picture);
        Ok(picture)
    }

    fn checked_picture(&mut self, file: &str, bytes: Bytes) -> Result<usize, WorldWarning> {
        let file = file.to_owned();
        let Some((kind, width, height)) = picture::measure(&bytes) else {
            return Err(WorldWarning::UnreadableTexture { file });
        };
        if width.max(height) > limits::MAX_TEXTURE_SIDE {
            return Err(WorldWarning::HugeTexture { file, width, height });
        }
        self.assembly
            .add_picture(PictureData {
                bytes,
                kind,
                width,
                height,
            })
            .ok_or(WorldWarning::TooManyTexturePixels { file })
    }
}

/// What a part of the file is called in a sentence. Cut here already: a name is kept with every copy of its
/// part, and nothing in the file bounds its length.
fn label(name: &str, kind: &str, index: usize) -> String {
    if name.is_empty() {
        format!("{kind} {index}")
    } else {
        shown(name)
    }
}

/// Whether a name begins so, in capitals or not.
fn begins_with(name: &str, beginning: &str) -> bool {
    name.get(..beginning.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(beginning))
}

/// Whether a name ends so, in capitals or not.
fn ends_with(name: &str, ending: &str) -> bool {
    name.len()
        .checked_sub(ending.len())
        .and_then(|at| name.get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
}

/// A node's own transform; identity where it is not made of numbers is left to the caller's check.
fn local(node: &json::Node) -> Mat4 {
    if let Some(matrix) = node.matrix {
        return Mat4::from_cols_array(&matrix);
    }
    let rotation = node.rotation.map(Quat::from_array).unwrap_or(Quat::IDENTITY);
    let length = rotation.length();
    // Exporters write quaternions of length 0.99; nothing at all is no rotation.
    let rotation = if length > 1e-6 {
        rotation / length
    } else {
        Quat::IDENTITY
    };
    // Through the matrix of each: `from_scale_rotation_translation` asserts what a file need not keep.
    Mat4::from_translation(Vec3::from_array(node.translation.unwrap_or_default()))
        * Mat4::from_quat(rotation)
        * Mat4::from_scale(Vec3::from_array(node.scale.unwrap_or([1.0; 3])))
}

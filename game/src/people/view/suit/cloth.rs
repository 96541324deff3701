//! What a document's look becomes in the renderer: meshes, pictures, materials, once for all who wear it.
//!
//! Flow: [`Cutter`] beside the frames, or a piece at a time between them where there is one thread (decoding takes time)
//! → [`Cut::sew`] puts it into the assets → [`Cloth`].
//! Invariants: a picture is decoded once for each way it is used, and no larger than the meter said; between two frames
//! of a page at most one picture more is decoded than [`Thrift`] allows.

use super::toon::{self, ToonMaterial};
use crate::avatar::AvatarDocument;
use crate::avatar::document::{AvatarMaterial, Part};
use crate::gltf::{Alpha, TextureUse};
use crate::view::thrift::Thrift;
use bevy::asset::RenderAssetUsages;
use bevy::math::{Affine2, Mat2};
use bevy::mesh::morph::MorphAttributes;
use bevy::mesh::skinning::SkinnedMeshInverseBindposes;
use bevy::mesh::{Indices, PrimitiveTopology, VertexAttributeValues};
use bevy::prelude::*;
use bevy::render::render_resource::{Face, TextureFormat};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A picture and how it is looked up.
type Use = (usize, [u8; 2], bool);

fn usage(texture: &TextureUse) -> Use {
    (
        texture.picture,
        texture.wrap.map(|wrap| wrap as u8),
        texture.nearest,
    )
}

/// What is cut.
#[derive(Default)]
pub(super) struct Cut {
    meshes: Vec<Mesh>,
    /// `None` is one that cannot be decoded: known, so that it is not tried once for each surface that it is on.
    pictures: BTreeMap<Use, Option<Image>>,
}

/// A material in the renderer.
#[derive(Clone, Debug)]
pub(super) enum Surface {
    Plain(Handle<StandardMaterial>),
    Toon {
        body: Handle<ToonMaterial>,
        outline: Option<Handle<ToonMaterial>>,
    },
}

/// One document's cloth.
#[derive(Clone)]
pub(super) struct Cloth {
    pub(super) meshes: Vec<Handle<Mesh>>,
    /// Whether the meshes have the document's forms.
    pub(super) forms: bool,
    pub(super) binds: Vec<Handle<SkinnedMeshInverseBindposes>>,
    pub(super) surfaces: Vec<Surface>,
}

/// Cuts a suit, a mesh or a picture at a time.
pub(super) struct Cutter {
    document: Arc<AvatarDocument>,
    /// False where the graphics card has no room for forms.
    pub(super) forms: bool,
    cut: Cut,
    /// Pictures to be decoded yet.
    left: Vec<TextureUse>,
}

impl Cutter {
    pub(super) fn new(document: Arc<AvatarDocument>, forms: bool) -> Self {
        let worn = document.materials.iter().flat_map(textures).flatten();
        let once: BTreeMap<Use, TextureUse> = worn.map(|texture| (usage(&texture), texture)).collect();
        Self {
            left: once.into_values().collect(),
            document,
            forms,
            cut: Cut::default(),
        }
    }

    /// Cuts the next piece, and says how much work it was, in pixels or vertices; `None` when there is none left.
    fn step(&mut self) -> Option<u64> {
        let document = &self.document;
        if let Some(part) = document.parts.get(self.cut.meshes.len()) {
            let bumpy = document
                .materials
                .get(part.material)
                .is_some_and(|material| material.mtoon.is_none() && material.normal_texture.is_some());
            self.cut.meshes.push(mesh(part, self.forms, bumpy));
            return Some(part.positions.len() as u64 * (1 + part.morphs.len() as u64));
        }
        let texture = self.left.pop()?;
        let Some(picture) = document.pictures.get(texture.picture) else {
            return Some(0);
        };
        let most_side = picture.shown[0].max(picture.shown[1]);
        let mut image = crate::world::view::to_image(&picture.data, &texture, most_side);
        if let Some(image) = image.as_mut().filter(|_| picture.linear) {
            image.texture_descriptor.format = TextureFormat::Rgba8Unorm;
        }
        self.cut.pictures.insert(usage(&texture), image);
        Some(u64::from(picture.data.width) * u64::from(picture.data.height))
    }

    /// Cuts on for as long as it may; what is cut, once everything is.
    pub(super) fn cut(&mut self, thrift: &mut Thrift) -> Option<Cut> {
        let is_done = thrift.spend(|| self.step());
        is_done.then(|| core::mem::take(&mut self.cut))
    }

    /// All that is left at once.
    pub(super) fn finish(mut self) -> Cut {
        while self.step().is_some() {}
        self.cut
    }
}

fn textures(material: &AvatarMaterial) -> [Option<TextureUse>; 9] {
    let toon = material.mtoon.as_ref();
    [
        material.base_texture,
        material.emissive_texture,
        material.normal_texture,
        toon.and_then(|toon| toon.shade_texture),
        toon.and_then(|toon| toon.shading_shift_texture),
        toon.and_then(|toon| toon.matcap_texture),
        toon.and_then(|toon| toon.rim_texture),
        toon.and_then(|toon| toon.uv_mask_texture),
        toon.and_then(|toon| toon.outline_width_texture),
    ]
}

fn mesh(part: &Part, forms: bool, bumpy: bool) -> Mesh {
    let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, part.positions.clone())
        .with_inserted_indices(Indices::U32(part.indices.clone()));
    let normals = if part.normals.len() == part.positions.len() {
        part.normals.clone()
    } else {
        vec![[0.0, 1.0, 0.0]; part.positions.len()]
    };
    mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, normals);
    if !part.uvs.is_empty() {
        mesh.insert_attribute(Mesh::ATTRIBUTE_UV_0, part.uvs.clone());
        if bumpy && let Err(error) = mesh.generate_tangents() {
            // Then it is smooth.
            debug!("no tangents: {error}");
        }
    }
    if !part.colours.is_empty() {
        mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, part.colours.clone());
    }
    if part.skin.is_some() && !part.joints.is_empty() {
        mesh.insert_attribute(
            Mesh::ATTRIBUTE_JOINT_INDEX,
            VertexAttributeValues::Uint16x4(part.joints.clone()),
        );
        mesh.insert_attribute(Mesh::ATTRIBUTE_JOINT_WEIGHT, part.weights.clone());
    }
    if forms && !part.morphs.is_empty() {
        let mut targets = Vec::with_capacity(part.morphs.len() * part.positions.len());
        for morph in &part.morphs {
            for vertex in 0..part.positions.len() {
                let of = |list: &[[f32; 3]]| list.get(vertex).copied().map_or(Vec3::ZERO, Vec3::from_array);
                targets.push(MorphAttributes::new(
                    of(&morph.positions),
                    of(&morph.normals),
                    Vec3::ZERO,
                ));
            }
        }
        mesh.set_morph_targets(targets);
    }
    mesh
}

/// How texture coordinates are moved.
pub(super) fn placing(scale: [f32; 2], rotation: f32, offset: [f32; 2]) -> Affine2 {
    // As KHR_texture_transform has it: offset, then rotation against the clock, then scale.
    Affine2::from_translation(Vec2::from_array(offset))
        * Affine2::from_mat2(Mat2::from_angle(-rotation))
        * Affine2::from_scale(Vec2::from_array(scale))
}

impl Cut {
    pub(super) fn sew(
        self,
        document: &AvatarDocument,
        forms: bool,
        meshes: &mut Assets<Mesh>,
        images: &mut Assets<Image>,
        binds: &mut Assets<SkinnedMeshInverseBindposes>,
        plains: &mut Assets<StandardMaterial>,
        toons: &mut Assets<ToonMaterial>,
    ) -> Cloth {
        let pictures: BTreeMap<Use, Handle<Image>> = self
            .pictures
            .into_iter()
            .filter_map(|(key, image)| Some((key, images.add(image?))))
            .collect();
        let surfaces = document.materials.iter().enumerate().map(|(index, data)| {
            let picture = |texture: &Option<TextureUse>| pictures.get(&usage(texture.as_ref()?)).cloned();
            let base = base(index, data, &picture);
            let Some(mtoon) = &data.mtoon else {
                return Surface::Plain(plains.add(base));
            };
            let made = |outline: bool| {
                let pictures = toon::Pictures {
                    shade: picture(&mtoon.shade_texture),
                    shift: picture(&mtoon.shading_shift_texture),
                    matcap: picture(&mtoon.matcap_texture),
                    rim: picture(&mtoon.rim_texture),
                    mask: picture(&mtoon.uv_mask_texture),
                    width: picture(&mtoon.outline_width_texture),
                };
                toon::of(base.clone(), data, mtoon, pictures, outline)
            };
            Surface::Toon {
                body: toons.add(made(false)),
                outline: toon::is_outlined(mtoon).then(|| toons.add(made(true))),
            }
        });
        Cloth {
            surfaces: surfaces.collect(),
            forms,
            meshes: self.meshes.into_iter().map(|mesh| meshes.add(mesh)).collect(),
            binds: document
                .skins
                .iter()
                .map(|skin| binds.add(SkinnedMeshInverseBindposes::from(skin.inverse_bind.clone())))
                .collect(),
        }
    }
}

/// What every surface has, cartoon or not.
fn base(
    index: usize,
    data: &AvatarMaterial,
    picture: &impl Fn(&Option<TextureUse>) -> Option<Handle<Image>>,
) -> StandardMaterial {
    let [red, green, blue, alpha] = data.base_colour;
    let later = data.mtoon.as_ref().map_or(0, |mtoon| mtoon.render_queue_offset);
    StandardMaterial {
        base_color: Color::linear_rgba(red, green, blue, alpha),
        base_color_texture: picture(&data.base_texture),
        metallic: data.metallic,
        perceptual_roughness: data.roughness,
        reflectance: 0.25,
        emissive: LinearRgba::rgb(data.emissive[0], data.emissive[1], data.emissive[2]),
        emissive_texture: picture(&data.emissive_texture),
        normal_map_texture: picture(&data.normal_texture),
        uv_transform: data.base_texture.map_or(Affine2::IDENTITY, |texture| {
            placing(texture.scale, texture.rotation, texture.offset)
        }),
        unlit: data.unlit,
        double_sided: data.double_sided,
        cull_mode: (!data.double_sided).then_some(Face::Back),
        alpha_mode: match data.alpha {
            Alpha::Opaque => AlphaMode::Opaque,
            Alpha::Mask(at) => AlphaMode::Mask(at),
            Alpha::Blend => AlphaMode::Blend,
        },
        // Of see-through surfaces at one place the later is drawn over the earlier, as their author said, and else in
        // the file's order. Below 1: only the order changes, not the depth.
        depth_bias: f32::from(later) * 0.01 + (index as f32) * 1e-4,
        ..default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::view::thrift::PIXELS_A_FRAME;
    use bytes::Bytes;

    fn cut(document: &AvatarDocument, forms: bool) -> Cut {
        Cutter::new(Arc::new(document.clone()), forms).finish()
    }

    #[test]
    fn a_suit_has_the_forms_of_its_part_or_none_where_there_is_no_room_for_them() {
        let document = super::super::fixture::formed();
        let forms = document.parts[0].morphs.len();
        let with = cut(&document, true);
        let targets = with.meshes[0].morph_targets().unwrap();
        assert_eq!(targets.len(), forms * document.parts[0].positions.len());
        // Form after form, each with all vertices.
        assert_eq!(targets[4].position, Vec3::new(0.0, 0.5, 0.0));
        assert_eq!(
            targets[4].normal,
            Vec3::ZERO,
            "a form without normals has none that move"
        );
        assert!(!cut(&document, false).meshes[0].has_morph_targets());
    }

    #[test]
    fn a_picture_that_is_used_twice_is_made_once_and_as_large_as_said() {
        let file = include_bytes!("../../../../tests/avatars/cool_loops.vrm");
        let mut document = crate::avatar::read(&Bytes::from_static(file)).unwrap();
        let texture = document.materials[0].base_texture.unwrap();
        let side = document.pictures[texture.picture].shown[0] / 4;
        document.pictures[texture.picture].shown = [side; 2];
        let cut = cut(&document, true);
        // Lit and shaded colour are the same picture.
        assert!(
            document.materials[0]
                .mtoon
                .as_ref()
                .unwrap()
                .shade_texture
                .is_some()
        );
        assert_eq!(cut.pictures.len(), 1);
        let image = cut.pictures.values().next().unwrap().as_ref().unwrap();
        assert_eq!(image.width(), side);
    }

    #[test]
    fn thirty_two_pictures_are_decoded_one_after_the_other_with_frames_between_them() {
        let file = include_bytes!("../../../../tests/avatars/VRMC_materials_mtoon_UV_Animation_Test.vrm");
        let mut document = crate::avatar::read(&Bytes::from_static(file)).unwrap();
        let side = 1024;
        let mut picture = document.pictures[0].clone();
        (picture.data.width, picture.data.height) = (side, side);
        // What cannot be decoded is as much work as its header said: it may fail at its end.
        picture.data.bytes = picture.data.bytes.slice(..40);
        document.pictures = vec![picture; 32];
        let surface = AvatarMaterial::default();
        let texture = document
            .materials
            .iter()
            .flat_map(textures)
            .flatten()
            .next()
            .unwrap();
        document.materials = (0..32)
            .map(|picture| AvatarMaterial {
                base_texture: Some(TextureUse { picture, ..texture }),
                ..surface.clone()
            })
            .collect();
        let all = cut(&document, true);
        let document = Arc::new(document);
        // Two suits share what a frame has.
        let mut suits = [0; 2].map(|_| Some(Cutter::new(document.clone(), true)));
        let mut thrift = Thrift::default();
        let mut frames = 0;
        let mut done = Vec::new();
        let left =
            |suits: &[Option<Cutter>]| -> usize { suits.iter().flatten().map(|suit| suit.left.len()).sum() };
        while suits.iter().any(Option::is_some) {
            frames += 1;
            assert!(frames < 10_000);
            thrift.next_frame();
            let before = left(&suits);
            for place in &mut suits {
                if let Some(cut) = place.as_mut().and_then(|suit| suit.cut(&mut thrift)) {
                    done.push(cut);
                    *place = None;
                }
            }
            assert!(before - left(&suits) <= 1, "{frames}");
        }
        assert!(frames >= 63 * i64::from(side * side) / PIXELS_A_FRAME, "{frames}");
        for cut in done {
            assert_eq!(cut.pictures.len(), all.pictures.len());
            assert_eq!(cut.meshes.len(), all.meshes.len());
        }
    }

    #[test]
    fn pictures_take_what_the_meter_says() {
        let file = include_bytes!("../../../../tests/avatars/VRMC_materials_mtoon_UV_Animation_Test.vrm");
        let mut document = crate::avatar::read(&Bytes::from_static(file)).unwrap();
        let taken = |cut: &Cut| -> usize {
            let images = cut.pictures.values().flatten();
            images.map(|image| image.data.as_ref().unwrap().len()).sum()
        };
        let few = cut(&document, true);
        let taken_at_first = taken(&few) as u64;
        // Mip levels of pictures that are no powers of two are rounded down.
        let said = document.meter.texture_bytes;
        assert!(
            taken_at_first > 0 && taken_at_first <= said,
            "{taken_at_first} {said}"
        );
        // However many surfaces there are, and whether their picture can be decoded or not.
        let surface = document.materials[0].clone();
        document.materials.resize(64, surface);
        assert_eq!(taken(&cut(&document, true)) as u64, taken_at_first);
        for picture in &mut document.pictures {
            picture.data.bytes = picture.data.bytes.slice(..40);
        }
        let broken = cut(&document, true);
        assert_eq!(broken.pictures.len(), few.pictures.len(), "each is tried once");
        assert_eq!(taken(&broken), 0);
    }
}

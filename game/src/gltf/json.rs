//! The JSON of glTF 2.0, as far as Holm shows it. What is not named here is skipped while parsing.
//!
//! Written out instead of using a glTF crate: the ones there are index by what the file says and panic on
//! a lie, and a host's file must not be able to end a guest's program.

use super::MAX_ENTRIES;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use serde::Deserialize;
use serde::de::{IgnoredAny, SeqAccess, Visitor};

/// A list that holds one entry more than [`MAX_ENTRIES`] at most: what is longer still looks too long to
/// whoever counts it, and takes no more memory while it is read.
pub(crate) struct List<T>(Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Entries(PhantomData))
    }
}

struct Entries<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
    type Value = List<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<List<T>, A::Error> {
        let mut list = Vec::new();
        while list.len() <= MAX_ENTRIES {
            match entries.next_element()? {
                Some(entry) => list.push(entry),
                None => return Ok(List(list)),
            }
        }
        while entries.next_element::<IgnoredAny>()?.is_some() {}
        Ok(List(list))
    }
}

/// Keeps `null` from being an error where exporters write it for "not there".
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Root {
    pub(crate) asset: Asset,
    pub(crate) extensions_required: Vec<String>,
    pub(crate) scene: Option<usize>,
    pub(crate) scenes: Vec<Scene>,
    pub(crate) nodes: List<Node>,
    pub(crate) meshes: List<Mesh>,
    pub(crate) accessors: Vec<Accessor>,
    pub(crate) buffer_views: Vec<BufferView>,
    pub(crate) buffers: Vec<Buffer>,
    pub(crate) materials: List<Material>,
    pub(crate) textures: List<Texture>,
    pub(crate) images: List<Image>,
    pub(crate) samplers: Vec<Sampler>,
    pub(crate) skins: List<Skin>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asset {
    pub(crate) version: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Scene {
    pub(crate) nodes: Vec<usize>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Node {
    #[serde(deserialize_with = "or_default")]
    pub(crate) name: String,
    pub(crate) children: Vec<usize>,
    pub(crate) mesh: Option<usize>,
    pub(crate) skin: Option<usize>,
    pub(crate) matrix: Option<[f32; 16]>,
    pub(crate) translation: Option<[f32; 3]>,
    pub(crate) rotation: Option<[f32; 4]>,
    pub(crate) scale: Option<[f32; 3]>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Mesh {
    #[serde(deserialize_with = "or_default")]
    pub(crate) name: String,
    pub(crate) primitives: Vec<Primitive>,
}

#[derive(Deserialize)]
pub(crate) struct Primitive {
    pub(crate) attributes: Attributes,
    pub(crate) indices: Option<usize>,
    pub(crate) material: Option<usize>,
    #[serde(default = "triangles")]
    pub(crate) mode: u32,
    #[serde(default)]
    pub(crate) targets: List<Target>,
}

/// Another form of a primitive, as differences.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Target {
    #[serde(rename = "POSITION")]
    pub(crate) position: Option<usize>,
    #[serde(rename = "NORMAL")]
    pub(crate) normal: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Skin {
    pub(crate) inverse_bind_matrices: Option<usize>,
    pub(crate) joints: Vec<usize>,
}

fn triangles() -> u32 {
    4
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Attributes {
    #[serde(rename = "POSITION")]
    pub(crate) position: Option<usize>,
    #[serde(rename = "NORMAL")]
    pub(crate) normal: Option<usize>,
    #[serde(rename = "TEXCOORD_0")]
    pub(crate) uv: Option<usize>,
    #[serde(rename = "COLOR_0")]
    pub(crate) colour: Option<usize>,
    #[serde(rename = "JOINTS_0")]
    pub(crate) joints: Option<usize>,
    #[serde(rename = "WEIGHTS_0")]
    pub(crate) weights: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Accessor {
    pub(crate) buffer_view: Option<usize>,
    #[serde(default)]
    pub(crate) byte_offset: u64,
    pub(crate) component_type: u32,
    #[serde(default)]
    pub(crate) normalized: bool,
    pub(crate) count: u64,
    #[serde(rename = "type")]
    pub(crate) shape: String,
    pub(crate) sparse: Option<Sparse>,
}

#[derive(Deserialize)]
pub(crate) struct Sparse {
    pub(crate) count: u64,
    pub(crate) indices: SparseIndices,
    pub(crate) values: SparseValues,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SparseIndices {
    pub(crate) buffer_view: usize,
    #[serde(default)]
    pub(crate) byte_offset: u64,
    pub(crate) component_type: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SparseValues {
    pub(crate) buffer_view: usize,
    #[serde(default)]
    pub(crate) byte_offset: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BufferView {
    pub(crate) buffer: usize,
    #[serde(default)]
    pub(crate) byte_offset: u64,
    pub(crate) byte_length: u64,
    pub(crate) byte_stride: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Buffer {
    pub(crate) uri: Option<String>,
    pub(crate) byte_length: u64,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Material {
    #[serde(deserialize_with = "or_default")]
    pub(crate) name: String,
    pub(crate) pbr_metallic_roughness: Pbr,
    pub(crate) emissive_factor: Option<[f32; 3]>,
    pub(crate) emissive_texture: Option<TextureInfo>,
    pub(crate) normal_texture: Option<TextureInfo>,
    pub(crate) alpha_mode: Option<String>,
    pub(crate) alpha_cutoff: Option<f32>,
    pub(crate) double_sided: bool,
    pub(crate) extensions: MaterialExtensions,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct MaterialExtensions {
    #[serde(rename = "KHR_materials_unlit")]
    pub(crate) unlit: Option<serde::de::IgnoredAny>,
    #[serde(rename = "KHR_materials_emissive_strength")]
    pub(crate) emissive_strength: Option<EmissiveStrength>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EmissiveStrength {
    pub(crate) emissive_strength: Option<f32>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Pbr {
    pub(crate) base_color_factor: Option<[f32; 4]>,
    pub(crate) base_color_texture: Option<TextureInfo>,
    pub(crate) metallic_factor: Option<f32>,
    pub(crate) roughness_factor: Option<f32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TextureInfo {
    pub(crate) index: usize,
    #[serde(default)]
    pub(crate) tex_coord: u32,
    /// Of normals: how steep they are.
    pub(crate) scale: Option<f32>,
    #[serde(default)]
    pub(crate) extensions: TextureExtensions,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct TextureExtensions {
    #[serde(rename = "KHR_texture_transform")]
    pub(crate) transform: Option<TextureTransform>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct TextureTransform {
    pub(crate) offset: Option<[f32; 2]>,
    pub(crate) rotation: Option<f32>,
    pub(crate) scale: Option<[f32; 2]>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Texture {
    pub(crate) sampler: Option<usize>,
    pub(crate) source: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Image {
    #[serde(deserialize_with = "or_default")]
    pub(crate) name: String,
    pub(crate) uri: Option<String>,
    pub(crate) buffer_view: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Sampler {
    pub(crate) mag_filter: Option<u32>,
    pub(crate) wrap_s: Option<u32>,
    pub(crate) wrap_t: Option<u32>,
}

//! A glTF file as one thing in a world: read by the reader of worlds, without ground, places to arrive or anything beside it.
//!
//! Invariants: everything it shows is in the file itself; its triangles are counted, its size is measured, and both are within
//! bounds before anybody draws it. Figures stand still, and nothing in the file moves.

use super::assembly::{Assembly, Solid, at_most};
use super::document::{Drawn, MaterialData, MeshData, PictureData};
use super::error::{Measure, WorldError, WorldWarning};
use super::files::{MemoryFiles, Reader, WorldPath};
use super::{gltf, limits};
use crate::gltf::TextureUse;
use bevy::math::{Mat4, Vec3};
use bytes::Bytes;
use std::collections::HashSet;

/// Shapes drawn for one thing, each an entity: a car of a game has 30, a scanned house 100.
const MOST_DRAWN: u64 = 512;
/// Corners of all of them, every copy counted: they are gone through to measure the thing.
const MOST_CORNERS: u64 = 2_000_000;
/// Pixels of its pictures together: two of 4096², 128 MiB while they are decoded.
pub(crate) const MOST_PIXELS: u64 = 32 << 20;
/// A corner with its normal, its place on a picture and its colour, bytes.
const VERTEX_BYTES: u64 = 48;
/// Smallest side, metres: what is flat still has an inside to be stretched into.
const LEAST_METRES: f32 = 1e-4;

/// A file that can be shown: every number finite, every index right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    pub meshes: Vec<MeshData>,
    pub materials: Vec<MaterialData>,
    pub pictures: Vec<PictureData>,
    pub drawn: Vec<Drawn>,
    /// What was left out.
    pub warnings: Vec<WorldWarning>,
    /// Length of the file: its pictures are parts of it, so that all of it stays here.
    pub file_bytes: u64,
}

/// The upright box around it, metres; no side is nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObjectSize {
    pub centre: Vec3,
    pub size: Vec3,
}

impl Object {
    /// Reads one, with at most so many triangles. Blocking; about 1 s for 50 MB.
    ///
    /// # Errors
    /// Why it cannot be shown.
    pub fn read(bytes: &Bytes, most_triangles: u64) -> Result<Self, WorldError> {
        // What the file calls is looked for beside it, where nothing is.
        let main = WorldPath::new("model.gltf")?;
        let files = MemoryFiles::default();
        let mut reader = Reader::new(&files);
        let mut assembly = Assembly::default();
        let model = gltf::read(&mut reader, &main, bytes, &mut assembly)?;
        assembly.place(&model, Mat4::IDENTITY, Solid::None)?;
        let mut object = assembly.into_object();
        object.file_bytes = bytes.len() as u64;
        at_most(Measure::Shapes, object.drawn.len() as u64, MOST_DRAWN)?;
        at_most(Measure::Triangles, object.triangles(), most_triangles)?;
        let corners = object
            .drawn
            .iter()
            .map(|drawn| object.meshes[drawn.mesh].positions.len() as u64);
        at_most(Measure::Vertices, corners.sum(), MOST_CORNERS)?;
        let pixels = object
            .pictures
            .iter()
            .map(|p| u64::from(p.width) * u64::from(p.height));
        at_most(Measure::Textures, pixels.sum(), MOST_PIXELS)?;
        let empty = || WorldError::Empty {
            path: main.as_str().to_owned(),
        };
        object.size().map(|_| ()).ok_or_else(empty)?;
        Ok(object)
    }

    /// Triangles drawn, every copy counted.
    pub fn triangles(&self) -> u64 {
        let of = |drawn: &Drawn| self.meshes[drawn.mesh].indices.len() as u64 / 3;
        self.drawn.iter().map(of).sum()
    }

    /// The images that its materials show, each once, as far as one thing may have them: each kind of edge is a copy.
    pub(crate) fn images(&self) -> Vec<TextureUse> {
        let (mut seen, mut pixels) = (HashSet::new(), 0);
        let uses = self
            .materials
            .iter()
            .flat_map(|material| [material.base_texture, material.emissive_texture]);
        uses.flatten()
            .filter(|texture| seen.insert(texture.image()))
            .filter(|texture| {
                let picture = &self.pictures[texture.picture];
                pixels += u64::from(picture.width) * u64::from(picture.height);
                pixels <= limits::MAX_TEXTURE_PIXELS
            })
            .collect()
    }

    /// What it takes to show it, bytes: the file, its shapes as they are here and as they are drawn, and its pictures decoded,
    /// with their smaller copies.
    pub fn bytes(&self) -> u64 {
        let sizes = |mesh: &MeshData| (mesh.positions.len() as u64, mesh.indices.len() as u64);
        let here = |mesh: &MeshData| {
            let (corners, indices) = sizes(mesh);
            corners * VERTEX_BYTES + indices * 4
        };
        let drawn = |mesh: &MeshData| {
            let (corners, indices) = sizes(mesh);
            // Without normals faces are flat, and each corner of each is one of its own.
            let flat = if mesh.normals.is_none() { indices } else { 0 };
            corners.max(flat) * VERTEX_BYTES + indices * 4
        };
        let shapes: u64 = self.meshes.iter().map(|mesh| here(mesh) + drawn(mesh)).sum();
        let moved = self.drawn.iter().filter(|drawn| drawn.is_moved_by_corners());
        let moved: u64 = moved.map(|copy| drawn(&self.meshes[copy.mesh])).sum();
        let images = self.images();
        let pictures = images
            .iter()
            .map(|image| self.pictures[image.picture].shown_bytes());
        self.file_bytes + shapes + moved + pictures.sum::<u64>()
    }

    /// How large it is; `None` where there is nothing to see.
    pub fn size(&self) -> Option<ObjectSize> {
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        for drawn in &self.drawn {
            let mesh = &self.meshes[drawn.mesh];
            for index in &mesh.indices {
                let corner = Vec3::from_array(mesh.positions[*index as usize]);
                let at = drawn.world_from_mesh.transform_point3(corner);
                (low, high) = (low.min(at), high.max(at));
            }
        }
        let size = (high - low).max(Vec3::splat(LEAST_METRES));
        let centre = (low + high) / 2.0;
        (low.x <= high.x && size.is_finite() && centre.is_finite()).then_some(ObjectSize { centre, size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gltf::{PictureKind, Wrap};

    fn triangle() -> MeshData {
        MeshData {
            positions: vec![[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]],
            normals: Some(vec![[0.0, 1.0, 0.0]; 3]),
            indices: vec![0, 1, 2],
            ..MeshData::default()
        }
    }

    fn at(world_from_mesh: Mat4) -> Drawn {
        Drawn {
            mesh: 0,
            material: 0,
            world_from_mesh,
            ride: None,
        }
    }

    #[test]
    fn each_copy_of_a_shape_that_is_drawn_counts() {
        let of = |drawn: Vec<Drawn>| Object {
            meshes: vec![triangle()],
            drawn,
            ..Object::default()
        };
        let plain = of(vec![at(Mat4::IDENTITY); 9]);
        let corners = 3 * VERTEX_BYTES + 3 * 4;
        assert_eq!(plain.bytes(), 2 * corners, "here, and as it is drawn");
        let mirror = Mat4::from_scale(Vec3::new(-1.0, 1.0, 1.0));
        assert_eq!(of(vec![at(mirror); 9]).bytes(), (2 + 9) * corners);
        // Few corners on many faces without normals.
        let mut flat = plain.clone();
        flat.meshes[0].normals = None;
        flat.meshes[0].indices = vec![0; 3_000];
        assert_eq!(flat.bytes(), 3 * VERTEX_BYTES + 3_000 * (VERTEX_BYTES + 2 * 4));
        flat.file_bytes = 64 << 20;
        assert!(flat.bytes() > 64 << 20, "all of the file is kept");
    }

    #[test]
    fn each_kind_of_edge_is_a_picture() {
        let material = |wrap| MaterialData {
            base_texture: Some(TextureUse::plain(wrap)),
            emissive_texture: Some(TextureUse::plain(Wrap::Repeat)),
            ..MaterialData::default()
        };
        let object = Object {
            materials: [Wrap::Repeat, Wrap::Mirror, Wrap::Repeat].map(material).to_vec(),
            pictures: vec![PictureData {
                bytes: Bytes::new(),
                kind: PictureKind::Png,
                width: 8_192,
                height: 4_096,
            }],
            ..Object::default()
        };
        assert_eq!(
            object.images(),
            [TextureUse::plain(Wrap::Repeat), TextureUse::plain(Wrap::Mirror)]
        );
        assert_eq!(object.bytes(), 2 * (2_048 * 1_024 * 4 * 4 / 3));
        let all = [Wrap::Repeat, Wrap::Mirror, Wrap::Clamp].map(material);
        let mut many = object;
        many.materials = all.to_vec();
        many.materials.push(MaterialData {
            base_texture: Some(TextureUse {
                nearest: true,
                ..TextureUse::plain(Wrap::Clamp)
            }),
            ..MaterialData::default()
        });
        assert_eq!(many.images().len(), 3, "one thing has so many and no more");
    }
}

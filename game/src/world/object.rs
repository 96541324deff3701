//! A glTF file as one thing in a world: read by the reader of worlds, without ground, places to arrive or anything beside it.
//!
//! Invariants: everything it shows is in the file itself; its triangles are counted, its size is measured, and both are within
//! bounds before anybody draws it. Figures stand still, and nothing in the file moves.

use super::assembly::{Assembly, Solid, at_most};
use super::document::{Drawn, MaterialData, MeshData, PictureData};
use super::error::{Measure, WorldError, WorldWarning};
use super::files::{MemoryFiles, Reader, WorldPath};
use super::gltf;
use bevy::math::{Mat4, Vec3};
use bytes::Bytes;

/// Shapes drawn for one thing, each an entity: a car of a game has 30, a scanned house 100.
const MOST_DRAWN: u64 = 512;
/// Corners of all of them, every copy counted: they are gone through to measure the thing.
const MOST_CORNERS: u64 = 2_000_000;
/// Pixels of its pictures together: two of 4096², 128 MiB while they are decoded.
pub(crate) const MOST_PIXELS: u64 = 32 << 20;
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
        let object = assembly.into_object();
        at_most(Measure::Shapes, object.drawn.len() as u64, MOST_DRAWN)?;
        at_most(Measure::Corners, object.triangles(), most_triangles)?;
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

    /// Bytes of its shapes, and of its pictures when they are decoded with their smaller copies.
    pub fn bytes(&self) -> u64 {
        let shapes = self.meshes.iter().map(|mesh| {
            (mesh.positions.len() * 48 + mesh.indices.len() * 4) as u64 // position, normal, place on a picture, colour
        });
        let pictures = self.pictures.iter().map(PictureData::shown_bytes);
        shapes.sum::<u64>() + pictures.sum::<u64>()
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

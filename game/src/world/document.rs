//! A world after every check: what to draw, what to stand on, where to arrive, and the files it came from.
//!
//! Flow: [`load`] picks the reader by the first bytes (`scene` for world.ron, `gltf` for glTF) → readers
//! hand parts to an [`Assembly`], which closes the document.
//! Invariant: every number in a [`WorldDocument`] is finite and in range, every index points at something,
//! so nothing after this module checks again. Pure: no engine beyond its vector types, same at host and guest.

use super::assembly::{Assembly, Solid};
use super::error::{WorldError, WorldWarning};
use super::files::{FolderFiles, Reader, WorldFiles, WorldPath};
use super::fixtures::Fixtures;
use super::manifest::{Bundle, ManifestFile, WorldManifest};
use super::sounding::{Floor, WorldSound};
use super::{gltf, limits, scene};
pub use crate::gltf::{Alpha, PictureData, PictureKind, TextureUse, Wrap};
use bevy::math::{Mat4, Vec3};
use bytes::Bytes;
use std::path::Path;

/// A world, checked and ready to be built.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldDocument {
    pub name: String,
    /// Where people arrive; at least one.
    pub spawns: Vec<Spawn>,
    /// Light and air at each moment the world has; at least one, the first is the one it begins with.
    pub moments: Vec<Moment>,
    /// Lamps and fires.
    pub lights: Vec<Lamp>,
    /// What is heard in it.
    pub sounds: Vec<WorldSound>,
    /// What one walks on, where its author says it; the first that contains one counts.
    pub floors: Vec<Floor>,
    /// Shapes, each in its own space; several [`Drawn`] may share one.
    pub meshes: Vec<MeshData>,
    pub materials: Vec<MaterialData>,
    pub pictures: Vec<PictureData>,
    pub drawn: Vec<Drawn>,
    /// What one stands on and bumps into, in world space, in pieces of a size that builds quickly.
    pub solids: Vec<SolidMesh>,
    /// What a body can climb, sit on, swim in and ride.
    pub fixtures: Fixtures,
    /// Below this height (metres) somebody has fallen out of the world.
    pub fall_below: f32,
    /// Everything solid and shown lies in this box.
    pub bounds: Bounds,
    /// What was left out.
    pub warnings: Vec<WorldWarning>,
    /// The files a guest needs to build the same document.
    pub bundle: Bundle,
}

impl WorldDocument {
    /// Light and air at a moment; the first where it has no such moment.
    pub fn environment(&self, moment: u8) -> Environment {
        self.moments
            .get(usize::from(moment))
            .or(self.moments.first())
            .map_or_else(Environment::default, |moment| moment.environment)
    }

    /// What the host tells guests.
    pub fn manifest(&self) -> WorldManifest {
        let first = self.spawns.first().copied().unwrap_or_default();
        WorldManifest {
            name: self.name.clone(),
            spawn: first.feet.to_array(),
            spawn_yaw: first.yaw,
            main: self.bundle.main.as_str().to_owned(),
            files: self
                .bundle
                .files
                .iter()
                .map(|file| ManifestFile {
                    path: file.path.as_str().to_owned(),
                    hash: file.hash,
                    len: file.bytes.len() as u64,
                })
                .collect(),
        }
    }

    /// [`Self::manifest`] as a guest fetches it; its length is bounded by [`limits::MAX_MANIFEST_BYTES`].
    pub fn manifest_bytes(&self) -> Bytes {
        // A Vec has room for anything, and the manifest has nothing that postcard cannot write.
        postcard::to_stdvec(&self.manifest()).unwrap_or_default().into()
    }

    /// Lets go of shapes, looks and ground, and keeps what a host without eyes or feet needs: its name,
    /// where to arrive, and the files for its guests.
    pub fn forget_shapes(&mut self) {
        self.meshes = Vec::new();
        self.materials = Vec::new();
        self.pictures = Vec::new();
        self.drawn = Vec::new();
        self.solids = Vec::new();
        self.fixtures = Fixtures::default();
    }

    /// Triangles one can stand on or bump into.
    pub fn solid_triangle_count(&self) -> usize {
        self.solids.iter().map(|solid| solid.triangles.len()).sum()
    }

    /// Triangles drawn, every instance counted.
    pub fn drawn_triangle_count(&self) -> usize {
        self.drawn
            .iter()
            .map(|drawn| self.meshes[drawn.mesh].indices.len() / 3)
            .sum()
    }
}

/// A place to arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spawn {
    /// Feet, metres.
    pub feet: Vec3,
    /// Radians about +y; 0 looks along −z.
    pub yaw: f32,
}

/// A time of day, or another mood: light and air under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// As the host chooses it; empty where a world has but one.
    pub name: String,
    pub environment: Environment,
}

/// A light that shines from a point, without shadows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lamp {
    pub at: Vec3,
    /// Linear RGB, 0..1.
    pub colour: [f32; 3],
    pub lumens: f32,
    /// It lights nothing farther away than this, metres.
    pub reach_metres: f32,
    /// A fire's: unsteady, and lit at every moment.
    pub fire: bool,
}

/// Light and air.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Environment {
    /// Unit vector from the ground to the sun.
    pub to_sun: Vec3,
    /// Linear RGB, 0..1.
    pub sun_colour: [f32; 3],
    /// Illuminance of a surface that faces the sun, lux.
    pub sun_lux: f32,
    /// Light from everywhere, candela per square metre.
    pub ambient: f32,
    /// Linear RGB of that light.
    pub ambient_colour: [f32; 3],
    /// Linear RGB straight up.
    pub zenith: [f32; 3],
    /// Linear RGB where sky and ground meet; haze has this colour too.
    pub horizon: [f32; 3],
    /// Linear RGB below the horizon: what far ground or water looks like.
    pub nadir: [f32; 3],
    /// How far one sees before haze has taken most of it, metres; 0 for clear air.
    pub haze_metres: f32,
    /// How much of the sky is clouds, 0..1.
    pub clouds: f32,
    /// How bright the stars are, 0..1.
    pub stars: f32,
    /// How bright lamps are, 0..1: nobody lights them by day.
    pub lamps: f32,
    /// A water surface.
    pub water: Option<Water>,
}

impl Default for Environment {
    /// Friendly daylight for a scene that brings none.
    fn default() -> Self {
        Self {
            to_sun: Vec3::new(0.45, 0.75, 0.48).normalize(),
            sun_colour: [1.0, 0.93, 0.82],
            sun_lux: 6_500.0,
            ambient: 550.0,
            ambient_colour: [0.78, 0.86, 1.0],
            zenith: [0.16, 0.33, 0.60],
            horizon: [0.62, 0.74, 0.84],
            nadir: [0.30, 0.36, 0.40],
            haze_metres: 0.0,
            clouds: 0.35,
            stars: 0.0,
            lamps: 1.0,
            water: None,
        }
    }
}

/// An endless level water surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Water {
    /// Height, metres.
    pub level: f32,
    /// Linear RGBA.
    pub colour: [f32; 4],
}

/// An axis-aligned box, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub min: Vec3,
    pub max: Vec3,
}

impl Bounds {
    pub(super) const NOTHING: Self = Self {
        min: Vec3::INFINITY,
        max: Vec3::NEG_INFINITY,
    };

    pub(super) fn add(&mut self, point: Vec3) {
        self.min = self.min.min(point);
        self.max = self.max.max(point);
    }

    /// The middle, or the origin when there is nothing.
    pub fn centre(&self) -> Vec3 {
        if self.min.x <= self.max.x {
            (self.min + self.max) / 2.0
        } else {
            Vec3::ZERO
        }
    }
}

/// Vertices and triangles. Attributes that exist have as many entries as `positions`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeshData {
    pub positions: Vec<[f32; 3]>,
    /// Unit length, or absent: then faces are flat.
    pub normals: Option<Vec<[f32; 3]>>,
    pub uvs: Option<Vec<[f32; 2]>>,
    /// Linear RGBA.
    pub colours: Option<Vec<[f32; 4]>>,
    /// Three a triangle, each below `positions.len()`.
    pub indices: Vec<u32>,
}

/// How a surface looks: the part of glTF's metallic-roughness model that Holm shows.
#[derive(Clone, Debug, PartialEq)]
pub struct MaterialData {
    /// Linear RGBA, 0..1.
    pub base_colour: [f32; 4],
    pub metallic: f32,
    pub roughness: f32,
    /// Linear RGB; above 1 it glows.
    pub emissive: [f32; 3],
    pub base_texture: Option<TextureUse>,
    pub emissive_texture: Option<TextureUse>,
    pub unlit: bool,
    pub double_sided: bool,
    pub alpha: Alpha,
    pub motion: Motion,
    /// Shines as brightly as the moment's lamps do.
    pub lamp: bool,
    /// The alpha of its vertex colours says how much of the sky the sun can be seen in, for where no shadows are drawn.
    pub sunlit: bool,
}

impl Default for MaterialData {
    fn default() -> Self {
        Self {
            base_colour: [1.0; 4],
            metallic: 0.0,
            roughness: 0.9,
            emissive: [0.0; 3],
            base_texture: None,
            emissive_texture: None,
            unlit: false,
            double_sided: false,
            alpha: Alpha::Opaque,
            motion: Motion::Still,
            lamp: false,
            sunlit: false,
        }
    }
}

/// How a surface moves by itself. Seen only: what is solid stays where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Motion {
    #[default]
    Still,
    /// Leaves and grass in the wind; a vertex colour's alpha says how much of it.
    Sway,
    /// Fire; alpha as above.
    Flame,
    /// Rocks on the water about its own origin.
    Afloat,
    /// Wings that beat; alpha as above.
    Wings,
}

/// One mesh somewhere in the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    pub mesh: usize,
    pub material: usize,
    /// Affine, invertible, finite. Of what moves: where it is at rest.
    pub world_from_mesh: Mat4,
    /// Which of the document's `fixtures.rides` it moves with.
    pub ride: Option<usize>,
}

impl Drawn {
    /// Whether it is mirrored or sheared: no place, turn and size say the same as its matrix, so its corners are moved instead,
    /// in a copy of its own.
    pub(crate) fn is_moved_by_corners(&self) -> bool {
        let matrix = self.world_from_mesh;
        let most = matrix
            .to_cols_array()
            .iter()
            .fold(1.0_f32, |most, value| most.max(value.abs()));
        let (scale, rotation, translation) = matrix.to_scale_rotation_translation();
        let said = Mat4::from_scale_rotation_translation(scale, rotation, translation);
        matrix.determinant() <= 0.0 || !said.abs_diff_eq(matrix, 1e-4 * most)
    }
}

/// A piece of ground, world space. Not empty; no triangle without area.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SolidMesh {
    pub positions: Vec<Vec3>,
    pub triangles: Vec<[u32; 3]>,
}

impl SolidMesh {
    /// Corners of a triangle.
    pub fn corners(&self, triangle: [u32; 3]) -> [Vec3; 3] {
        triangle.map(|index| self.positions[index as usize])
    }
}

/// Loads a world from a path on this machine.
pub fn load_path(path: &Path) -> Result<WorldDocument, WorldError> {
    let (files, main) = FolderFiles::around(path)?;
    load(&files, &main)
}

/// Loads a world from files. Blocking; takes about 1 s for 50 MB, so keep it off a thread that draws.
pub fn load(files: &dyn WorldFiles, main: &WorldPath) -> Result<WorldDocument, WorldError> {
    let mut reader = Reader::new(files);
    let bytes = reader.read(main)?;
    let mut assembly = Assembly::default();
    match kind_of(main, &bytes) {
        Some(Kind::Gltf) => {
            let model = gltf::read(&mut reader, main, &bytes, &mut assembly)?;
            assembly.name = model_name(main);
            assembly.place(&model, Mat4::IDENTITY, Solid::Exact)?;
            assembly.spawns.extend(model.spawns.iter().copied());
        }
        Some(Kind::Ron) => scene::read(&mut reader, main, &bytes, &mut assembly)?,
        None => {
            return Err(WorldError::UnknownKind {
                path: main.as_str().to_owned(),
            });
        }
    }
    assembly.finish(reader, main.clone())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Gltf,
    Ron,
}

/// By content first: a file that is renamed still opens.
fn kind_of(path: &WorldPath, bytes: &[u8]) -> Option<Kind> {
    if bytes.starts_with(b"glTF") {
        return Some(Kind::Gltf);
    }
    match path
        .as_str()
        .rsplit_once('.')
        .map(|(_, end)| end.to_ascii_lowercase())
        .as_deref()
    {
        Some("gltf" | "glb") => Some(Kind::Gltf),
        Some("ron") => Some(Kind::Ron),
        _ => match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => Some(Kind::Gltf),
            _ => None,
        },
    }
}

/// A glTF file has no title: its file name without the end, underscores as spaces.
fn model_name(path: &WorldPath) -> String {
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    clean_name(&stem.replace(['_', '-'], " "))
}

/// A name as it may be shown: trimmed, bounded, without control characters, never empty.
pub(super) fn clean_name(name: &str) -> String {
    let name = super::error::shown(name.trim());
    let name: String = name.chars().take(limits::MAX_NAME_CHARS).collect();
    if name.is_empty() {
        "A world".to_owned()
    } else {
        name
    }
}

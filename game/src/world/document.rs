//! A world after every check: what to draw, what to stand on, where to arrive, and the files it came from.
//!
//! Flow: [`load`] picks the reader by the first bytes (`scene` for world.ron, `gltf` for glTF) → readers
//! hand parts to an [`Assembly`] → [`Assembly::finish`] finds spawn points and closes the document.
//! Invariant: every number in a [`WorldDocument`] is finite and in range, every index points at something,
//! so nothing after this module checks again. Pure: no engine beyond its vector types, same at host and guest.

use super::error::{WorldError, WorldWarning};
use super::files::{Bundle, FolderFiles, ManifestFile, Reader, WorldFiles, WorldManifest, WorldPath};
use super::{gltf, limits, scene, shapes, spawn};
use bevy::math::{Mat4, Vec3};
use bytes::Bytes;
use std::path::Path;

/// A world, checked and ready to be built.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldDocument {
    pub name: String,
    /// Where people arrive; at least one.
    pub spawns: Vec<Spawn>,
    pub environment: Environment,
    /// Shapes, each in its own space; several [`Drawn`] may share one.
    pub meshes: Vec<MeshData>,
    pub materials: Vec<MaterialData>,
    pub pictures: Vec<PictureData>,
    pub drawn: Vec<Drawn>,
    /// What one stands on and bumps into, in world space, in pieces of a size that builds quickly.
    pub solids: Vec<SolidMesh>,
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
    }

    /// Triangles one can stand on or bump into.
    pub fn solid_triangle_count(&self) -> usize {
        self.solids.iter().map(|solid| solid.triangles.len()).sum()
    }

    /// Triangles drawn, every instance counted.
    pub fn drawn_triangle_count(&self) -> usize {
        self.drawn.iter().map(|drawn| self.meshes[drawn.mesh].indices.len() / 3).sum()
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
    /// A water surface.
    pub water: Option<Water>,
}

impl Default for Environment {
    /// Friendly daylight for a scene that brings none.
    fn default() -> Self {
        Self {
            to_sun: Vec3::new(0.45, 0.75, 0.48).normalize(),
            sun_colour: [1.0, 0.93, 0.82],
            sun_lux: 9_000.0,
            ambient: 900.0,
            ambient_colour: [0.78, 0.86, 1.0],
            zenith: [0.16, 0.33, 0.60],
            horizon: [0.62, 0.74, 0.84],
            nadir: [0.30, 0.36, 0.40],
            haze_metres: 0.0,
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
    pub(super) const NOTHING: Self = Self { min: Vec3::INFINITY, max: Vec3::NEG_INFINITY };

    pub(super) fn add(&mut self, point: Vec3) {
        self.min = self.min.min(point);
        self.max = self.max.max(point);
    }

    /// The middle, or the origin when there is nothing.
    pub fn centre(&self) -> Vec3 {
        if self.min.x <= self.max.x { (self.min + self.max) / 2.0 } else { Vec3::ZERO }
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
        }
    }
}

/// What a colour's alpha means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Alpha {
    Opaque,
    /// Holes where alpha is below this.
    Mask(f32),
    Blend,
}

/// A picture on a material.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextureUse {
    /// Index into [`WorldDocument::pictures`].
    pub picture: usize,
    pub wrap: [Wrap; 2],
    /// Hard pixels instead of smooth ones.
    pub nearest: bool,
    /// Moves texture coordinates: offset, rotation in radians, scale.
    pub offset: [f32; 2],
    pub rotation: f32,
    pub scale: [f32; 2],
}

/// Beyond the edge of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrap {
    Repeat,
    Mirror,
    Clamp,
}

/// An encoded picture whose announced size is within the limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureData {
    pub bytes: Bytes,
    pub kind: PictureKind,
    pub width: u32,
    pub height: u32,
}

/// The two kinds glTF requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    Png,
    Jpeg,
}

/// One mesh somewhere in the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    pub mesh: usize,
    pub material: usize,
    /// Affine, invertible, finite.
    pub world_from_mesh: Mat4,
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

/// How a thing stops people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Solid {
    /// By its own triangles.
    #[default]
    Exact,
    /// By the box around it.
    Box,
    /// Not at all.
    None,
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
        None => return Err(WorldError::UnknownKind { path: main.as_str().to_owned() }),
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
    match path.as_str().rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
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
    if name.is_empty() { "A world".to_owned() } else { name }
}

/// A glTF file that was read: parts in the assembly's lists, waiting to be placed any number of times.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) instances: Vec<Instance>,
    pub(super) spawns: Vec<Spawn>,
}

/// One mesh of a model.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) name: String,
    pub(super) mesh: usize,
    pub(super) material: usize,
    pub(super) model_from_mesh: Mat4,
    pub(super) shown: bool,
    pub(super) solid: bool,
}

/// Pieces of ground grow to about this many triangles: a collision tree of this size takes 0.1 s.
const SOLID_PIECE_TRIANGLES: usize = 100_000;

/// A document being put together; counts what it holds and stops at the limits.
#[derive(Default)]
pub(super) struct Assembly {
    pub(super) name: String,
    pub(super) spawns: Vec<Spawn>,
    pub(super) environment: Environment,
    pub(super) fall_below: Option<f32>,
    meshes: Vec<MeshData>,
    materials: Vec<MaterialData>,
    pictures: Vec<PictureData>,
    drawn: Vec<Drawn>,
    solids: Vec<SolidMesh>,
    solid_triangles: u64,
    warnings: Vec<WorldWarning>,
    vertices: u64,
    indices: u64,
    pixels: u64,
}

impl Assembly {
    pub(super) fn warn(&mut self, warning: WorldWarning) {
        if self.warnings.contains(&warning) {
            return;
        }
        match self.warnings.len() {
            n if n + 1 < limits::MAX_WARNINGS => self.warnings.push(warning),
            n if n < limits::MAX_WARNINGS => self.warnings.push(WorldWarning::More),
            _ => {}
        }
    }

    /// Counts vertices and indices before they are read, so that a lie costs no memory.
    pub(super) fn reserve(&mut self, vertices: u64, indices: u64) -> Result<(), WorldError> {
        self.vertices = self.vertices.saturating_add(vertices);
        self.indices = self.indices.saturating_add(indices);
        at_most("vertices", self.vertices, limits::MAX_VERTICES)?;
        at_most("triangle corners", self.indices, limits::MAX_INDICES)
    }

    pub(super) fn add_mesh(&mut self, mesh: MeshData) -> usize {
        self.meshes.push(mesh);
        self.meshes.len() - 1
    }

    pub(super) fn add_material(&mut self, material: MaterialData) -> Result<usize, WorldError> {
        at_most("materials", self.materials.len() as u64 + 1, limits::MAX_MATERIALS as u64)?;
        self.materials.push(material);
        Ok(self.materials.len() - 1)
    }

    /// Adds a picture if all pictures together stay in bounds.
    pub(super) fn add_picture(&mut self, picture: PictureData) -> Option<usize> {
        let pixels = self.pixels + u64::from(picture.width) * u64::from(picture.height);
        if pixels > limits::MAX_TEXTURE_PIXELS || self.pictures.len() == limits::MAX_TEXTURES {
            return None;
        }
        self.pixels = pixels;
        self.pictures.push(picture);
        Some(self.pictures.len() - 1)
    }

    /// Puts a model into the world.
    pub(super) fn place(
        &mut self,
        model: &Model,
        world_from_model: Mat4,
        solid: Solid,
    ) -> Result<(), WorldError> {
        let mut around = Bounds::NOTHING;
        for instance in &model.instances {
            let world_from_mesh = world_from_model * instance.model_from_mesh;
            if !is_usable(&world_from_mesh) {
                self.warn(WorldWarning::BadTransform { name: instance.name.clone() });
                continue;
            }
            if instance.shown {
                at_most("shapes", self.drawn.len() as u64 + 1, limits::MAX_DRAWN as u64)?;
                self.drawn.push(Drawn { mesh: instance.mesh, material: instance.material, world_from_mesh });
            }
            match solid {
                Solid::Exact if instance.solid => {
                    self.add_solid(&instance.name, instance.mesh, &world_from_mesh)?;
                }
                Solid::Box => {
                    for position in &self.meshes[instance.mesh].positions {
                        around.add(world_from_mesh.transform_point3(Vec3::from_array(*position)));
                    }
                }
                Solid::Exact | Solid::None => {}
            }
        }
        if around.min.x <= around.max.x {
            // Never flat: a box without thickness has triangles without area.
            let size = (around.max - around.min).max(Vec3::splat(0.01));
            let mesh = self.add_mesh(shapes::cuboid(size));
            let foot = Vec3::new(around.centre().x, around.min.y, around.centre().z);
            self.reserve(24, 36)?;
            self.add_solid("box", mesh, &Mat4::from_translation(foot))?;
        }
        Ok(())
    }

    /// Adds a mesh's triangles to the ground.
    fn add_solid(&mut self, name: &str, mesh: usize, world_from_mesh: &Mat4) -> Result<(), WorldError> {
        let count = self.meshes[mesh].indices.len() / 3;
        at_most("solid triangles", self.solid_triangles + count as u64, limits::MAX_SOLID_TRIANGLES)?;
        self.solid_triangles += count as u64;
        if self.solids.last().is_none_or(|piece| piece.triangles.len() >= SOLID_PIECE_TRIANGLES) {
            self.solids.push(SolidMesh::default());
        }
        let Some(piece) = self.solids.last_mut() else { return Ok(()) };
        let mesh = &self.meshes[mesh];
        let base = piece.positions.len();
        let mut too_far = false;
        piece.positions.extend(
            mesh.positions.iter().map(|position| world_from_mesh.transform_point3(Vec3::from_array(*position))),
        );
        let Ok(base) = u32::try_from(base) else { return Ok(()) }; // MAX_VERTICES is far below
        for corners in mesh.indices.chunks_exact(3) {
            let triangle = [corners[0] + base, corners[1] + base, corners[2] + base];
            let [a, b, c] = piece.corners(triangle);
            if [a, b, c].iter().any(|p| !p.is_finite() || p.abs().max_element() > limits::MAX_REACH_METRES) {
                too_far = true;
                continue;
            }
            // Without area: no ground, and a trap for the collision tree.
            if (b - a).cross(c - a).length_squared() > 1e-14 {
                piece.triangles.push(triangle);
            }
        }
        // Corners nobody uses may be far out or not finite; the tree must not see them.
        for position in &mut piece.positions[base as usize..] {
            if !position.is_finite() || position.abs().max_element() > limits::MAX_REACH_METRES {
                *position = Vec3::ZERO;
            }
        }
        if too_far {
            self.warn(WorldWarning::TooFar { name: name.to_owned() });
        }
        Ok(())
    }

    /// Finds where to arrive and closes the document.
    pub(super) fn finish(mut self, reader: Reader<'_>, main: WorldPath) -> Result<WorldDocument, WorldError> {
        if self.drawn.is_empty() && self.solids.iter().all(|solid| solid.triangles.is_empty()) {
            return Err(WorldError::Empty { path: main.as_str().to_owned() });
        }
        let mut shown = Bounds::NOTHING;
        for drawn in &self.drawn {
            for position in &self.meshes[drawn.mesh].positions {
                let point = drawn.world_from_mesh.transform_point3(Vec3::from_array(*position));
                if point.is_finite() && point.abs().max_element() <= limits::MAX_REACH_METRES {
                    shown.add(point);
                }
            }
        }
        self.solids.retain(|solid| !solid.triangles.is_empty());
        let found = spawn::find(&self.solids);
        if self.spawns.is_empty() {
            if found.as_ref().is_none_or(|found| found.area_square_metres < spawn::ENOUGH_SQUARE_METRES) {
                self.add_floor(shown)?;
            } else if let Some(found) = found {
                self.spawns.push(found.spawn);
            }
        }
        self.spawns.truncate(limits::MAX_SPAWNS);
        let spawns = spawn::settle(&self.spawns, &self.solids);
        let mut bounds = shown;
        for position in self.solids.iter().flat_map(|solid| solid.triangles.iter().flat_map(|t| solid.corners(*t))) {
            bounds.add(position);
        }
        let lowest_spawn = spawns.iter().map(|spawn| spawn.feet.y).fold(f32::INFINITY, f32::min);
        let lowest = bounds.min.y.min(lowest_spawn);
        // A floor that swallows those who arrive would be an endless fall.
        let fall_below =
            self.fall_below.unwrap_or(lowest - limits::FALL_MARGIN_METRES).min(lowest_spawn - 1.0);
        Ok(WorldDocument {
            name: clean_name(&self.name),
            spawns,
            environment: self.environment,
            meshes: self.meshes,
            materials: self.materials,
            pictures: self.pictures,
            drawn: self.drawn,
            solids: self.solids,
            fall_below,
            bounds,
            warnings: self.warnings,
            bundle: reader.into_bundle(main),
        })
    }

    /// An object rather than a place: put it on a floor and arrive in front of it.
    fn add_floor(&mut self, shown: Bounds) -> Result<(), WorldError> {
        let (centre, size, low) = if shown.min.x <= shown.max.x {
            (shown.centre(), shown.max - shown.min, shown.min.y)
        } else {
            (Vec3::ZERO, Vec3::ZERO, 0.0)
        };
        let side = (size.x.max(size.z) * 2.0 + 24.0).min(limits::MAX_REACH_METRES);
        self.reserve(24, 36)?;
        let mesh = self.add_mesh(shapes::cuboid(Vec3::new(side, 0.5, side)));
        let material =
            self.add_material(MaterialData { base_colour: [0.36, 0.38, 0.36, 1.0], ..MaterialData::default() })?;
        // A hair below, so that the object's own underside does not flicker through it.
        let world_from_mesh = Mat4::from_translation(Vec3::new(centre.x, low - 0.501, centre.z));
        self.drawn.push(Drawn { mesh, material, world_from_mesh });
        self.add_solid("floor", mesh, &world_from_mesh)?;
        let feet = Vec3::new(centre.x, low, (centre.z + size.z / 2.0 + 3.0).min(centre.z + side / 2.0 - 1.0));
        self.spawns.push(Spawn { feet, yaw: 0.0 });
        self.warn(WorldWarning::FloorAdded);
        Ok(())
    }
}

/// Refuses more than the limit.
pub(super) fn at_most(what: &'static str, found: u64, max: u64) -> Result<(), WorldError> {
    if found > max { Err(WorldError::TooMuch { what, found, max }) } else { Ok(()) }
}

/// A transform that puts things somewhere one can see them: finite, affine, neither flat nor absurd.
pub(super) fn is_usable(matrix: &Mat4) -> bool {
    let affine = matrix.row(3).abs_diff_eq(bevy::math::Vec4::W, 1e-4);
    let axes = [matrix.x_axis, matrix.y_axis, matrix.z_axis].map(|axis| axis.truncate().length());
    matrix.is_finite()
        && affine
        && matrix.w_axis.truncate().abs().max_element() <= limits::MAX_SHOWN_METRES
        && axes.iter().all(|length| (limits::MIN_SCALE..=limits::MAX_SCALE).contains(length))
        && matrix.determinant().abs() > 1e-18
}

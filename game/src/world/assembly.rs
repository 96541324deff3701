//! A document being put together: parts from the readers, counted, placed, and closed.
//!
//! Flow: readers add meshes, materials and pictures → [`Assembly::place`] puts a [`Model`] into the world as
//! something drawn and something solid → [`Assembly::finish`] finds where to arrive.
//! Invariant: limits are checked before memory is taken, and what passes here is finite and in range.

use super::document::{
    Bounds, Drawn, Environment, Lamp, MaterialData, MeshData, Moment, PictureData, SolidMesh, Spawn,
    WorldDocument, clean_name,
};
use super::error::{Measure, WorldError, WorldWarning};
use super::files::{Reader, WorldPath};
use super::fixtures::{Course, Fixtures, Ride, SolidBox};
use super::manifest::Bundle;
use super::object::Object;
use super::scene::Fixture;
use super::sounding::{Floor, WorldSound};
use super::{limits, shapes, spawn};
use bevy::math::{Mat4, Quat, Vec3};

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
    /// Takes the place of `environment` where it is not empty.
    pub(super) moments: Vec<Moment>,
    pub(super) lights: Vec<Lamp>,
    pub(super) sounds: Vec<WorldSound>,
    pub(super) floors: Vec<Floor>,
    pub(super) fall_below: Option<f32>,
    pub(super) fixtures: Fixtures,
    ride_boxes: u64,
    meshes: Vec<MeshData>,
    materials: Vec<MaterialData>,
    pictures: Vec<PictureData>,
    drawn: Vec<Drawn>,
    solids: Vec<SolidMesh>,
    solid_triangles: u64,
    warnings: Vec<WorldWarning>,
    vertices: u64,
    indices: u64,
    /// Shapes placed, shown or not, and their vertices and indices.
    placed_shapes: u64,
    placed: u64,
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
        at_most(Measure::Vertices, self.vertices, limits::MAX_VERTICES)?;
        at_most(Measure::Corners, self.indices, limits::MAX_INDICES)
    }

    pub(super) fn add_mesh(&mut self, mesh: MeshData) -> usize {
        self.meshes.push(mesh);
        self.meshes.len() - 1
    }

    pub(super) fn add_material(&mut self, material: MaterialData) -> Result<usize, WorldError> {
        at_most(
            Measure::Materials,
            self.materials.len() as u64 + 1,
            limits::MAX_MATERIALS as u64,
        )?;
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
            self.count_placed(instance.mesh)?;
            let world_from_mesh = world_from_model * instance.model_from_mesh;
            if !is_usable(&world_from_mesh) {
                self.warn(WorldWarning::BadTransform {
                    name: instance.name.clone(),
                });
                continue;
            }
            if instance.shown {
                self.drawn.push(Drawn {
                    mesh: instance.mesh,
                    material: instance.material,
                    world_from_mesh,
                    ride: None,
                });
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
            self.add_solid("box", mesh, &Mat4::from_translation(foot))?;
            self.meshes.pop(); // nobody sees it
        }
        Ok(())
    }

    pub(super) fn add_fixture(&mut self, fixture: Fixture) -> Result<(), WorldError> {
        let fixtures = &mut self.fixtures;
        match fixture {
            Fixture::Ladder(ladder) => fixtures.ladders.push(ladder),
            Fixture::Seat(seat) => fixtures.seats.push(seat),
            Fixture::Water(water) => fixtures.waters.push(water),
        }
        let most = |what, found: usize, max: usize| at_most(what, found as u64, max as u64);
        most(Measure::Ladders, fixtures.ladders.len(), limits::MAX_LADDERS)?;
        most(Measure::Seats, fixtures.seats.len(), limits::MAX_SEATS)?;
        most(Measure::Waters, fixtures.waters.len(), limits::MAX_WATERS)
    }

    /// Puts a model into the world that moves along a path. It stops people by the boxes around its meshes (or
    /// by one around them all): those can push somebody out, which a surface without an inside cannot.
    pub(super) fn place_ride(
        &mut self,
        model: &Model,
        world_from_model: Mat4,
        solid: Solid,
        course: Course,
    ) -> Result<(), WorldError> {
        let rides = self.fixtures.rides.len();
        at_most(Measure::Rides, rides as u64 + 1, limits::MAX_RIDES as u64)?;
        let drawn = self.drawn.len();
        self.place(model, world_from_model, Solid::None)?;
        for drawn in &mut self.drawn[drawn..] {
            drawn.ride = Some(rides);
        }
        let mut boxes = Vec::new();
        let mut around = Bounds::NOTHING;
        for instance in model.instances.iter().filter(|instance| instance.solid) {
            let world_from_mesh = world_from_model * instance.model_from_mesh;
            if solid == Solid::None || !is_usable(&world_from_mesh) {
                continue;
            }
            let mut of_mesh = Bounds::NOTHING;
            for position in &self.meshes[instance.mesh].positions {
                of_mesh.add(Vec3::from_array(*position));
                around.add(world_from_mesh.transform_point3(Vec3::from_array(*position)));
            }
            boxes.extend(box_of(&of_mesh, &world_from_mesh));
        }
        if solid == Solid::Box {
            boxes = box_of(&around, &Mat4::IDENTITY).into_iter().collect();
        }
        let reach = course.reach() + 1.0;
        boxes.retain(|b: &SolidBox| {
            b.centre.abs().max_element() + b.size.max_element() + reach <= limits::MAX_REACH_METRES
        });
        self.ride_boxes += boxes.len() as u64;
        at_most(Measure::RideParts, self.ride_boxes, limits::MAX_RIDE_BOXES as u64)?;
        self.fixtures.rides.push(Ride { course, boxes });
        Ok(())
    }

    /// Counts a copy of a shape before it is looked at, so that a few bytes that name it again cost no time.
    fn count_placed(&mut self, mesh: usize) -> Result<(), WorldError> {
        let mesh = &self.meshes[mesh];
        self.placed_shapes += 1;
        self.placed += (mesh.positions.len() + mesh.indices.len()) as u64;
        at_most(Measure::Shapes, self.placed_shapes, limits::MAX_DRAWN as u64)?;
        at_most(Measure::PlacedCorners, self.placed, limits::MAX_PLACED)
    }

    /// Adds a mesh's triangles to the ground, and of its corners those that they use.
    fn add_solid(&mut self, name: &str, mesh: usize, world_from_mesh: &Mat4) -> Result<(), WorldError> {
        let count = self.meshes[mesh].indices.len() / 3;
        at_most(
            Measure::SolidTriangles,
            self.solid_triangles + count as u64,
            limits::MAX_SOLID_TRIANGLES,
        )?;
        self.solid_triangles += count as u64;
        if self
            .solids
            .last()
            .is_none_or(|piece| piece.triangles.len() >= SOLID_PIECE_TRIANGLES)
        {
            self.solids.push(SolidMesh::default());
        }
        let Some(piece) = self.solids.last_mut() else {
            return Ok(());
        };
        let mesh = &self.meshes[mesh];
        let corners: Vec<Vec3> = mesh
            .positions
            .iter()
            .map(|position| world_from_mesh.transform_point3(Vec3::from_array(*position)))
            .collect();
        // Where in the piece a corner went. Most corners of a mesh may be nobody's, in every one of its copies.
        let mut place_of: Vec<Option<u32>> = vec![None; corners.len()];
        let mut too_far = false;
        for triangle in mesh.indices.chunks_exact(3) {
            let triangle = [triangle[0], triangle[1], triangle[2]].map(|index| index as usize);
            let [a, b, c] = triangle.map(|index| corners[index]);
            if [a, b, c]
                .iter()
                .any(|p| !p.is_finite() || p.abs().max_element() > limits::MAX_REACH_METRES)
            {
                too_far = true;
                continue;
            }
            if !has_area([a, b, c]) {
                continue;
            }
            let positions = &mut piece.positions;
            let placed = triangle.map(|index| {
                *place_of[index].get_or_insert_with(|| {
                    positions.push(corners[index]);
                    (positions.len() - 1) as u32 // at most three for each of MAX_SOLID_TRIANGLES
                })
            });
            piece.triangles.push(placed);
        }
        if too_far {
            self.warn(WorldWarning::TooFar {
                name: name.to_owned(),
            });
        }
        Ok(())
    }

    /// What was placed, without a world around it.
    pub(super) fn into_object(self) -> Object {
        Object {
            meshes: self.meshes,
            materials: self.materials,
            pictures: self.pictures,
            drawn: self.drawn,
            warnings: self.warnings,
            file_bytes: 0,
        }
    }

    /// Finds where to arrive and closes the document.
    pub(super) fn finish(mut self, reader: Reader<'_>, main: WorldPath) -> Result<WorldDocument, WorldError> {
        if self.drawn.is_empty() && self.solids.iter().all(|solid| solid.triangles.is_empty()) {
            return Err(WorldError::Empty {
                path: main.as_str().to_owned(),
            });
        }
        let mut shown = Bounds::NOTHING;
        for drawn in &self.drawn {
            for position in &self.meshes[drawn.mesh].positions {
                let point = drawn
                    .world_from_mesh
                    .transform_point3(Vec3::from_array(*position));
                if point.is_finite() && point.abs().max_element() <= limits::MAX_REACH_METRES {
                    shown.add(point);
                }
            }
        }
        self.solids.retain(|solid| !solid.triangles.is_empty());
        let found = spawn::find(&self.solids);
        if self.spawns.is_empty() {
            if found
                .as_ref()
                .is_none_or(|found| found.area_square_metres < spawn::ENOUGH_SQUARE_METRES)
            {
                self.add_floor(shown)?;
            } else if let Some(found) = found {
                self.spawns.push(found.spawn);
            }
        }
        self.spawns.truncate(limits::MAX_SPAWNS);
        let spawns = spawn::settle(&self.spawns, &self.solids);
        let mut bounds = shown;
        for position in self
            .solids
            .iter()
            .flat_map(|solid| solid.triangles.iter().flat_map(|t| solid.corners(*t)))
        {
            bounds.add(position);
        }
        let lowest_spawn = spawns
            .iter()
            .map(|spawn| spawn.feet.y)
            .fold(f32::INFINITY, f32::min);
        let lowest = bounds.min.y.min(lowest_spawn);
        // A floor that swallows those who arrive would be an endless fall.
        let fall_below = self
            .fall_below
            .unwrap_or(lowest - limits::FALL_MARGIN_METRES)
            .min(lowest_spawn - 1.0);
        let environment = self
            .moments
            .first()
            .map_or(self.environment, |first| first.environment);
        Ok(WorldDocument {
            name: clean_name(&self.name),
            spawns,
            moments: if self.moments.is_empty() {
                vec![Moment {
                    name: String::new(),
                    environment: self.environment,
                }]
            } else {
                self.moments
            },
            lights: self.lights,
            sounds: self.sounds,
            floors: self.floors,
            meshes: self.meshes,
            materials: self.materials,
            pictures: self.pictures,
            drawn: self.drawn,
            solids: self.solids,
            fixtures: Fixtures {
                sea_level: environment.water.map(|water| water.level),
                ..self.fixtures
            },
            fall_below,
            bounds,
            warnings: self.warnings,
            bundle: Bundle::of(reader, main),
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
        let material = self.add_material(MaterialData {
            base_colour: [0.36, 0.38, 0.36, 1.0],
            ..MaterialData::default()
        })?;
        // A hair below, so that the object's own underside does not flicker through it.
        let world_from_mesh = Mat4::from_translation(Vec3::new(centre.x, low - 0.501, centre.z));
        self.drawn.push(Drawn {
            mesh,
            material,
            world_from_mesh,
            ride: None,
        });
        self.add_solid("floor", mesh, &world_from_mesh)?;
        let feet = Vec3::new(
            centre.x,
            low,
            (centre.z + size.z / 2.0 + 3.0).min(centre.z + side / 2.0 - 1.0),
        );
        self.spawns.push(Spawn { feet, yaw: 0.0 });
        self.warn(WorldWarning::FloorAdded);
        Ok(())
    }
}

/// Refuses more than the limit.
pub(super) fn at_most(what: Measure, found: u64, max: u64) -> Result<(), WorldError> {
    if found > max {
        Err(WorldError::TooMuch { what, found, max })
    } else {
        Ok(())
    }
}

/// Whether a triangle is ground. One that is nearly a line carries nobody, and is a trap for the collision tree and its
/// casts.
pub(super) fn has_area([a, b, c]: [Vec3; 3]) -> bool {
    let twice_area = (b - a).cross(c - a).length();
    let longest = a
        .distance_squared(b)
        .max(b.distance_squared(c))
        .max(c.distance_squared(a));
    twice_area > 1e-7 && twice_area > 1e-6 * longest
}

/// The box around a mesh, turned with it. A sheared mesh has none of its own, and gets an upright one.
fn box_of(of_mesh: &Bounds, world_from_mesh: &Mat4) -> Option<SolidBox> {
    if of_mesh.min.x > of_mesh.max.x {
        return None;
    }
    let (scale, rotation, _) = world_from_mesh.to_scale_rotation_translation();
    let again = Mat4::from_scale_rotation_translation(scale, rotation, world_from_mesh.w_axis.truncate());
    let size = of_mesh.max - of_mesh.min;
    let tolerance = 1e-3 * (1.0 + scale.abs().max_element());
    let (centre, size, rotation) = if again.abs_diff_eq(*world_from_mesh, tolerance) && rotation.is_finite() {
        (
            world_from_mesh.transform_point3(of_mesh.centre()),
            size * scale.abs(),
            rotation,
        )
    } else {
        let mut around = Bounds::NOTHING;
        for corner in 0..8u32 {
            let pick = |axis: u32, low: f32, high: f32| if corner >> axis & 1 == 0 { low } else { high };
            around.add(world_from_mesh.transform_point3(Vec3::new(
                pick(0, of_mesh.min.x, of_mesh.max.x),
                pick(1, of_mesh.min.y, of_mesh.max.y),
                pick(2, of_mesh.min.z, of_mesh.max.z),
            )));
        }
        (around.centre(), around.max - around.min, Quat::IDENTITY)
    };
    let found = SolidBox {
        centre,
        // Never flat: nothing can be pushed out of what has no inside.
        size: size.max(Vec3::splat(0.02)),
        rotation: rotation.normalize(),
    };
    (found.centre.is_finite() && found.size.is_finite()).then_some(found)
}

/// A transform that puts things somewhere one can see them: finite, affine, neither flat nor absurd.
pub(super) fn is_usable(matrix: &Mat4) -> bool {
    let affine = matrix.row(3).abs_diff_eq(bevy::math::Vec4::W, 1e-4);
    let axes = [matrix.x_axis, matrix.y_axis, matrix.z_axis].map(|axis| axis.truncate().length());
    matrix.is_finite()
        && affine
        && matrix.w_axis.truncate().abs().max_element() <= limits::MAX_SHOWN_METRES
        && axes
            .iter()
            .all(|length| (limits::MIN_SCALE..=limits::MAX_SCALE).contains(length))
        && matrix.determinant().abs() > 1e-18
}

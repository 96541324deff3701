//! `world.ron`: the world file a person writes.
//!
//! ```ron
//! World(
//!     version: 1,
//!     name: "Harbour",
//!     spawns: [(at: (0, 1, 4), facing_degrees: 180)],
//!     things: [
//!         (shape: Model("island.glb")),
//!         (shape: Box(size: (2, 1, 2)), at: (4, 0, -3), colour: "#a8763e", solid: Box),
//!     ],
//! )
//! ```
//!
//! Metres, degrees, y up, −z ahead; colours as on the web. Everything but `version` and `things` may be
//! left out. Invariant: an unknown word is an error with its line, so that a typing mistake is not a
//! silently missing tree; a newer version is told as such before anything else is looked at.

use super::assembly::{Assembly, Instance, Model, Solid, at_most};
use super::document::{Alpha, Environment, Lamp, MaterialData, Moment, Spawn, Water, clean_name};
use super::error::{Measure, WorldError};
use super::files::{Reader, WorldPath};
use super::fixtures::{Course, Ladder, Seat, WaterBox};
use super::sounding::{Ambience, Floor, Footing, WorldSound};
use super::{gltf, limits, shapes};
use bevy::math::{EulerRot, Mat4, Quat, Vec2, Vec3};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The newest world version this build reads. Raised when an older build would misread a file.
pub const WORLD_VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(rename = "World")]
struct VersionOnly {
    version: u32,
}

#[derive(Deserialize)]
#[serde(rename = "World", deny_unknown_fields)]
struct WorldFile {
    #[expect(dead_code, reason = "looked at before the rest is read, and no error here")]
    version: u32,
    #[serde(default)]
    name: String,
    /// Who made it and what others may do with it; shown nowhere yet, kept with the file.
    #[serde(default)]
    #[expect(dead_code, reason = "for people who open the file")]
    licence: String,
    #[serde(default)]
    spawns: Vec<SpawnPoint>,
    #[serde(default)]
    environment: Surroundings,
    /// Several of them by name, in place of `environment`: "Evening", "Day". The first is the one it begins with.
    #[serde(default)]
    moments: Vec<MomentFile>,
    #[serde(default)]
    lights: Vec<Light>,
    /// What is heard in it.
    #[serde(default)]
    sounds: Vec<Sound>,
    /// What floors sound like underfoot.
    #[serde(default)]
    floors: Vec<FloorBox>,
    /// Height in metres below which somebody has fallen out of the world.
    #[serde(default)]
    fall_below: Option<f32>,
    things: Vec<Thing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpawnPoint {
    at: [f32; 3],
    /// 0 looks along −z, 90 along −x.
    #[serde(default)]
    facing_degrees: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MomentFile {
    name: String,
    environment: Surroundings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Light {
    at: [f32; 3],
    #[serde(default = "white")]
    colour: String,
    /// A candle has 12, a lantern some hundreds.
    lumens: f32,
    /// Metres.
    reach: f32,
    /// Flickers, and burns by day too.
    #[serde(default)]
    fire: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sound {
    of: Ambience,
    /// Everywhere where nothing is said.
    #[serde(default)]
    at: Option<[f32; 3]>,
    /// It is heard so far, metres.
    #[serde(default = "sound_range")]
    range: f32,
    /// 0..1.
    #[serde(default = "whole")]
    gain: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FloorBox {
    of: Footing,
    /// Middle of the bottom of a box that does not turn.
    at: [f32; 3],
    size: [f32; 3],
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Surroundings {
    sun: Option<Sun>,
    ambient: Option<Ambient>,
    sky: Option<Sky>,
    /// How far one sees, metres; 0 for clear air.
    haze: f32,
    /// How bright lamps are, 0..1; 1 where nothing is said.
    lamps: Option<f32>,
    water: Option<WaterSurface>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sun {
    /// Where it stands: 0 is −z (north), 90 is +x (east).
    azimuth_degrees: f32,
    elevation_degrees: f32,
    #[serde(default = "white")]
    colour: String,
    lux: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ambient {
    #[serde(default = "white")]
    colour: String,
    brightness: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sky {
    zenith: String,
    horizon: String,
    nadir: String,
    /// How much of it is clouds, 0..1.
    clouds: Option<f32>,
    /// How bright the stars are, 0..1.
    stars: Option<f32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaterSurface {
    level: f32,
    colour: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    shape: Shape,
    #[serde(default)]
    at: [f32; 3],
    /// About x, y and z, applied roll first, then pitch, then yaw.
    #[serde(default)]
    turn_degrees: [f32; 3],
    #[serde(default = "unit")]
    scale: [f32; 3],
    /// White where nothing is said; water is blue.
    #[serde(default)]
    colour: Option<String>,
    #[serde(default)]
    solid: SolidKind,
    /// Whether one sees it: a simple solid around a fine model need not be seen.
    #[serde(default = "yes")]
    shown: bool,
    /// A path it moves along.
    #[serde(default)]
    moves: Option<Moves>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moves {
    /// Where it goes from its `at`, metres from there; from the last it goes back to `at`.
    through: Vec<[f32; 3]>,
    /// One round, rests included.
    period_secs: f32,
    /// At `at` and at every point.
    #[serde(default)]
    rest_secs: f32,
}

#[derive(Deserialize, Default, Clone, Copy)]
enum SolidKind {
    #[default]
    Exact,
    Box,
    None,
}

/// Sizes in metres. Shapes stand on their `at`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
enum Shape {
    Model(String),
    Box {
        size: [f32; 3],
    },
    Ramp {
        size: [f32; 3],
    },
    Plane {
        size: [f32; 2],
    },
    Cylinder {
        radius: f32,
        height: f32,
    },
    Cone {
        radius: f32,
        height: f32,
    },
    Sphere {
        radius: f32,
    },
    /// To climb; one faces its −z. Not solid.
    Ladder {
        height: f32,
        #[serde(default = "ladder_width")]
        width: f32,
    },
    /// Room for one person to sit, `height` above its `at`, facing its −z. Not seen, not solid.
    Seat {
        #[serde(default = "seat_height")]
        height: f32,
    },
    /// To wade, swim and dive in: a box full of water, of which one sees the surface.
    Water {
        size: [f32; 3],
    },
}

fn white() -> String {
    "#ffffff".to_owned()
}

fn yes() -> bool {
    true
}

fn whole() -> f32 {
    1.0
}

/// As far as a fire is heard.
fn sound_range() -> f32 {
    30.0
}

/// A household ladder's.
fn ladder_width() -> f32 {
    0.5
}

/// A chair's.
fn seat_height() -> f32 {
    holm_net::pose::SEAT_METRES
}

fn unit() -> [f32; 3] {
    [1.0; 3]
}

/// Reads a world file and everything it refers to into the assembly.
pub(super) fn read(
    reader: &mut Reader<'_>,
    path: &WorldPath,
    bytes: &[u8],
    assembly: &mut Assembly,
) -> Result<(), WorldError> {
    at_most(Measure::WorldFileBytes, bytes.len() as u64, limits::MAX_RON_BYTES)?;
    let text = core::str::from_utf8(bytes).map_err(|_| WorldError::Damaged {
        path: path.as_str().to_owned(),
        what: "not text",
    })?;
    let ron = ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .with_recursion_limit(limits::MAX_RON_DEPTH);
    let syntax = |error: ron::error::SpannedError| WorldError::Syntax {
        path: path.as_str().to_owned(),
        line: error.span.start.line,
        column: error.span.start.col,
        what: error.code.to_string(),
        word: unknown_word(&error.code),
    };
    let version = ron.from_str::<VersionOnly>(text).map_err(syntax)?.version;
    if version > WORLD_VERSION {
        return Err(WorldError::NewerVersion {
            found: version,
            known: WORLD_VERSION,
        });
    }
    let file: WorldFile = ron.from_str(text).map_err(syntax)?;
    at_most(
        Measure::Things,
        file.things.len() as u64,
        limits::MAX_THINGS as u64,
    )?;
    at_most(
        Measure::SpawnPoints,
        file.spawns.len() as u64,
        limits::MAX_SPAWNS as u64,
    )?;
    let check = Check { path };

    assembly.name = file.name;
    assembly.environment = check.environment(&file.environment)?;
    at_most(
        Measure::Moments,
        file.moments.len() as u64,
        limits::MAX_MOMENTS as u64,
    )?;
    for moment in &file.moments {
        assembly.moments.push(Moment {
            name: clean_name(&moment.name),
            environment: check.environment(&moment.environment)?,
        });
    }
    if let Some(first) = assembly.moments.first() {
        assembly.environment = first.environment;
    }
    at_most(
        Measure::Lights,
        file.lights.len() as u64,
        limits::MAX_LIGHTS as u64,
    )?;
    for (index, light) in file.lights.iter().enumerate() {
        let what = |field: &str| format!("lights[{index}].{field}");
        assembly.lights.push(Lamp {
            at: check.place(&what("at"), light.at)?,
            colour: check.rgb(&what("colour"), &light.colour)?,
            lumens: check.between(&what("lumens"), light.lumens, 0.0..=1_000_000.0)?,
            reach_metres: check.between(&what("reach"), light.reach, 0.1..=200.0)?,
            fire: light.fire,
        });
    }
    at_most(
        Measure::Sounds,
        file.sounds.len() as u64,
        limits::MAX_SOUNDS as u64,
    )?;
    for (index, sound) in file.sounds.iter().enumerate() {
        let what = |field: &str| format!("sounds[{index}].{field}");
        assembly.sounds.push(WorldSound {
            of: sound.of,
            at: match sound.at {
                Some(at) => Some(check.place(&what("at"), at)?),
                None => None,
            },
            range_metres: check.between(&what("range"), sound.range, 1.0..=limits::MAX_SOUND_METRES)?,
            gain: check.between(&what("gain"), sound.gain, 0.0..=1.0)?,
        });
    }
    at_most(
        Measure::Floors,
        file.floors.len() as u64,
        limits::MAX_FLOORS as u64,
    )?;
    for (index, floor) in file.floors.iter().enumerate() {
        let what = |field: &str| format!("floors[{index}].{field}");
        for side in floor.size {
            check.between(&what("size"), side, 0.01..=10_000.0)?;
        }
        assembly.floors.push(Floor {
            of: floor.of,
            foot: check.place(&what("at"), floor.at)?,
            size: Vec3::from_array(floor.size),
        });
    }
    if let Some(height) = file.fall_below {
        assembly.fall_below = Some(check.within("fall_below", height, limits::MAX_REACH_METRES)?);
    }
    for (index, spawn) in file.spawns.iter().enumerate() {
        let what = |field: &str| format!("spawns[{index}].{field}");
        assembly.spawns.push(Spawn {
            feet: check.place(&what("at"), spawn.at)?,
            yaw: check
                .within(&what("facing_degrees"), spawn.facing_degrees, 3_600.0)?
                .to_radians(),
        });
    }
    let spawns_given = !assembly.spawns.is_empty();

    let mut models: BTreeMap<WorldPath, Model> = BTreeMap::new();
    let mut materials: BTreeMap<String, usize> = BTreeMap::new();
    for (index, thing) in file.things.iter().enumerate() {
        let what = |field: &str| format!("things[{index}].{field}");
        let place = check.place(&what("at"), thing.at)?;
        let mut turn = [0.0; 3];
        for (turn, degrees) in turn.iter_mut().zip(thing.turn_degrees) {
            *turn = check
                .within(&what("turn_degrees"), degrees, 3_600.0)?
                .to_radians();
        }
        for scale in thing.scale {
            let absolute = check.within(&what("scale"), scale, limits::MAX_SCALE)?.abs();
            if absolute < limits::MIN_SCALE {
                return Err(check.bad(&what("scale")));
            }
        }
        let world_from_thing = Mat4::from_scale_rotation_translation(
            Vec3::from_array(thing.scale),
            Quat::from_euler(EulerRot::YXZ, turn[1], turn[0], turn[2]),
            place,
        );
        let solid = match thing.solid {
            SolidKind::Exact => Solid::Exact,
            SolidKind::Box => Solid::Box,
            SolidKind::None => Solid::None,
        };
        let course = match &thing.moves {
            Some(moves) => Some(check.course(&what, moves)?),
            None => None,
        };
        if let Some(fixture) = check.fixture(&what, thing, place, turn)? {
            assembly.add_fixture(fixture)?;
        }
        if let Shape::Model(uri) = &thing.shape {
            let model_path = path.refer(uri)?;
            if !models.contains_key(&model_path) {
                let missing = |error| match error {
                    WorldError::Missing { .. } => WorldError::MissingPart {
                        path: path.as_str().to_owned(),
                        file: uri.clone(),
                    },
                    other => other,
                };
                let bytes = reader.read(&model_path).map_err(missing)?;
                let model = gltf::read(reader, &model_path, &bytes, assembly)?;
                models.insert(model_path.clone(), model);
            }
            let model = &models[&model_path];
            put(assembly, model, world_from_thing, solid, course)?;
            if !spawns_given {
                let (_, rotation, _) = world_from_thing.to_scale_rotation_translation();
                for spawn in &model.spawns {
                    let feet = world_from_thing.transform_point3(spawn.feet);
                    // The thing's scale may have carried it out of everybody's reach.
                    if assembly.spawns.len() < limits::MAX_SPAWNS
                        && feet.abs().max_element() <= limits::MAX_REACH_METRES
                    {
                        let ahead = rotation * Quat::from_rotation_y(spawn.yaw) * Vec3::NEG_Z;
                        assembly.spawns.push(Spawn {
                            feet,
                            yaw: (-ahead.x).atan2(-ahead.z),
                        });
                    }
                }
            }
            continue;
        }
        let Some(mesh) = check.mesh(&what("shape"), &thing.shape)? else {
            continue;
        };
        let passable = matches!(thing.shape, Shape::Ladder { .. } | Shape::Water { .. });
        assembly.reserve(mesh.positions.len() as u64, mesh.indices.len() as u64)?;
        let mesh = assembly.add_mesh(mesh);
        let colour = match (&thing.colour, &thing.shape) {
            (Some(colour), _) => colour.clone(),
            (None, Shape::Water { .. }) => WATER_COLOUR.to_owned(),
            (None, _) => white(),
        };
        let material = match materials.get(&colour) {
            Some(material) => *material,
            None => {
                let base_colour = check.colour(&what("colour"), &colour)?;
                let alpha = if base_colour[3] < 1.0 {
                    Alpha::Blend
                } else {
                    Alpha::Opaque
                };
                let material = assembly.add_material(MaterialData {
                    base_colour,
                    alpha,
                    ..MaterialData::default()
                })?;
                materials.insert(colour, material);
                material
            }
        };
        let model = Model {
            instances: vec![Instance {
                name: what("shape"),
                mesh,
                material,
                model_from_mesh: Mat4::IDENTITY,
                shown: thing.shown,
                solid: !passable,
            }],
            spawns: Vec::new(),
        };
        let solid = if passable { Solid::None } else { solid };
        put(assembly, &model, world_from_thing, solid, course)?;
    }
    Ok(())
}

/// A word that should have been another one: most mistakes of people who write.
fn unknown_word(error: &ron::Error) -> Option<String> {
    match error {
        ron::Error::NoSuchStructField { found, .. } | ron::Error::NoSuchEnumVariant { found, .. } => {
            Some(found.clone())
        }
        _ => None,
    }
}

/// The harbour's.
const WATER_COLOUR: &str = "#2b6f7ce6";

/// What a thing is to a body, besides solid.
pub(super) enum Fixture {
    Ladder(Ladder),
    Seat(Seat),
    Water(WaterBox),
}

fn put(
    assembly: &mut Assembly,
    model: &Model,
    world_from_thing: Mat4,
    solid: Solid,
    course: Option<Course>,
) -> Result<(), WorldError> {
    match course {
        Some(course) => assembly.place_ride(model, world_from_thing, solid, course),
        None => assembly.place(model, world_from_thing, solid),
    }
}

/// Turns written numbers into checked ones, naming the field that is wrong.
struct Check<'a> {
    path: &'a WorldPath,
}

impl Check<'_> {
    fn bad(&self, what: &str) -> WorldError {
        WorldError::BadNumber {
            path: self.path.as_str().to_owned(),
            what: what.to_owned(),
        }
    }

    /// Finite and within ±`most`.
    fn within(&self, what: &str, value: f32, most: f32) -> Result<f32, WorldError> {
        if value.is_finite() && value.abs() <= most {
            Ok(value)
        } else {
            Err(self.bad(what))
        }
    }

    fn between(
        &self,
        what: &str,
        value: f32,
        range: core::ops::RangeInclusive<f32>,
    ) -> Result<f32, WorldError> {
        if range.contains(&value) {
            Ok(value)
        } else {
            Err(self.bad(what))
        }
    }

    fn place(&self, what: &str, at: [f32; 3]) -> Result<Vec3, WorldError> {
        for value in at {
            self.within(what, value, limits::MAX_REACH_METRES)?;
        }
        Ok(Vec3::from_array(at))
    }

    /// `#rrggbb` or `#rrggbbaa` to linear.
    fn colour(&self, what: &str, text: &str) -> Result<[f32; 4], WorldError> {
        let digits = text.strip_prefix('#').filter(|digits| {
            // Not left to the number parser: it takes a sign for a digit.
            digits.bytes().all(|digit| digit.is_ascii_hexdigit()) && matches!(digits.len(), 6 | 8)
        });
        let digits = digits.ok_or_else(|| self.bad(what))?;
        let mut colour = [1.0; 4];
        for (channel, value) in colour.iter_mut().enumerate().take(digits.len() / 2) {
            let byte =
                u8::from_str_radix(&digits[channel * 2..channel * 2 + 2], 16).map_err(|_| self.bad(what))?;
            let encoded = f32::from(byte) / 255.0;
            *value = if channel == 3 { encoded } else { linear(encoded) };
        }
        Ok(colour)
    }

    fn rgb(&self, what: &str, text: &str) -> Result<[f32; 3], WorldError> {
        self.colour(what, text).map(|[r, g, b, _]| [r, g, b])
    }

    fn environment(&self, file: &Surroundings) -> Result<Environment, WorldError> {
        let mut environment = Environment::default();
        if let Some(sun) = &file.sun {
            let azimuth = self
                .within("sun.azimuth_degrees", sun.azimuth_degrees, 3_600.0)?
                .to_radians();
            let elevation = self
                .within("sun.elevation_degrees", sun.elevation_degrees, 90.0)?
                .to_radians();
            environment.to_sun = Vec3::new(
                azimuth.sin() * elevation.cos(),
                elevation.sin(),
                -azimuth.cos() * elevation.cos(),
            );
            environment.sun_colour = self.rgb("sun.colour", &sun.colour)?;
            environment.sun_lux = self.between("sun.lux", sun.lux, 0.0..=150_000.0)?;
        }
        if let Some(ambient) = &file.ambient {
            environment.ambient_colour = self.rgb("ambient.colour", &ambient.colour)?;
            environment.ambient = self.between("ambient.brightness", ambient.brightness, 0.0..=100_000.0)?;
        }
        if let Some(sky) = &file.sky {
            environment.zenith = self.rgb("sky.zenith", &sky.zenith)?;
            environment.horizon = self.rgb("sky.horizon", &sky.horizon)?;
            environment.nadir = self.rgb("sky.nadir", &sky.nadir)?;
            if let Some(clouds) = sky.clouds {
                environment.clouds = self.between("sky.clouds", clouds, 0.0..=1.0)?;
            }
            if let Some(stars) = sky.stars {
                environment.stars = self.between("sky.stars", stars, 0.0..=1.0)?;
            }
        }
        environment.haze_metres = self.between("haze", file.haze, 0.0..=limits::MAX_REACH_METRES)?;
        if let Some(lamps) = file.lamps {
            environment.lamps = self.between("lamps", lamps, 0.0..=1.0)?;
        }
        if let Some(water) = &file.water {
            environment.water = Some(Water {
                level: self.within("water.level", water.level, limits::MAX_REACH_METRES)?,
                colour: self.colour("water.colour", &water.colour)?,
            });
        }
        Ok(environment)
    }

    fn course(&self, what: &impl Fn(&str) -> String, moves: &Moves) -> Result<Course, WorldError> {
        at_most(
            Measure::PathPoints,
            moves.through.len() as u64,
            limits::MAX_PATH_POINTS as u64,
        )?;
        let mut through = Vec::with_capacity(moves.through.len());
        for point in &moves.through {
            through.push(self.place(&what("moves.through"), *point)?);
        }
        let period = what("moves.period_secs");
        let period_secs = self.between(&period, moves.period_secs, 0.5..=limits::MAX_PERIOD_SECS)?;
        let rest_secs = self.between(
            &what("moves.rest_secs"),
            moves.rest_secs,
            0.0..=limits::MAX_PERIOD_SECS,
        )?;
        Course::new(&through, period_secs, rest_secs)
            .filter(|course| course.fastest() <= limits::MAX_RIDE_METRES_PER_SEC)
            .ok_or_else(|| self.bad(&period))
    }

    /// What the thing is besides a shape. Those that are something stand upright, still, and are not scaled.
    fn fixture(
        &self,
        what: &impl Fn(&str) -> String,
        thing: &Thing,
        at: Vec3,
        turn: [f32; 3],
    ) -> Result<Option<Fixture>, WorldError> {
        let yaw = turn[1];
        let fixture = match thing.shape {
            Shape::Ladder { height, width } => Fixture::Ladder(Ladder {
                foot: at,
                yaw,
                height: self.between(&what("height"), height, 0.5..=limits::MAX_LADDER_METRES)?,
                width: self.between(&what("width"), width, 0.3..=4.0)?,
            }),
            Shape::Seat { height } => Fixture::Seat(Seat {
                surface: at + Vec3::Y * self.between(&what("height"), height, 0.0..=2.0)?,
                yaw,
            }),
            Shape::Water { size } => {
                for side in size {
                    self.between(&what("size"), side, 0.1..=10_000.0)?;
                }
                Fixture::Water(WaterBox {
                    foot: at,
                    size: Vec3::from_array(size),
                    yaw,
                })
            }
            _ => return Ok(None),
        };
        if turn[0] != 0.0 || turn[2] != 0.0 {
            return Err(self.bad(&what("turn_degrees")));
        }
        if thing.scale != unit() {
            return Err(self.bad(&what("scale")));
        }
        if thing.moves.is_some() {
            return Err(self.bad(&what("moves")));
        }
        Ok(Some(fixture))
    }

    /// What one sees of a shape; nothing for a seat, whose bench is a thing of its own.
    fn mesh(&self, what: &str, shape: &Shape) -> Result<Option<super::document::MeshData>, WorldError> {
        let size = |value: f32| self.between(what, value, 0.001..=10_000.0);
        let size3 = |[x, y, z]: [f32; 3]| Ok::<_, WorldError>(Vec3::new(size(x)?, size(y)?, size(z)?));
        Ok(Some(match shape {
            Shape::Box { size } => shapes::cuboid(size3(*size)?),
            Shape::Ramp { size } => shapes::ramp(size3(*size)?),
            Shape::Plane { size: [x, z] } => shapes::plane(Vec2::new(size(*x)?, size(*z)?)),
            Shape::Cylinder { radius, height } => {
                shapes::cylinder(size(*radius)?, size(*radius)?, size(*height)?)
            }
            Shape::Cone { radius, height } => shapes::cylinder(size(*radius)?, 0.0, size(*height)?),
            Shape::Sphere { radius } => shapes::sphere(size(*radius)?),
            Shape::Ladder { height, width } => shapes::ladder(size(*width)?, size(*height)?),
            Shape::Water { size: sides } => {
                let mut surface = shapes::plane(Vec2::new(size(sides[0])?, size(sides[2])?));
                for position in &mut surface.positions {
                    position[1] = size(sides[1])?;
                }
                surface
            }
            Shape::Seat { .. } => return Ok(None),
            Shape::Model(_) => return Err(self.bad(what)), // placed by the caller
        }))
    }
}

/// sRGB to linear light, as CSS defines it.
fn linear(encoded: f32) -> f32 {
    if encoded <= 0.04045 {
        encoded / 12.92
    } else {
        ((encoded + 0.055) / 1.055).powf(2.4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_file_takes_no_more_parsed_than_forty_times_its_text() {
        // The shortest way to write an entry of each list, and what it takes; a list that grows takes up to three times
        // that while it is copied.
        for (text, bytes) in [
            ("(shape:Seat()),", size_of::<Thing>()),
            ("(at:(0,0,0)),", size_of::<SpawnPoint>()),
            ("(name:\"\",environment:()),", size_of::<MomentFile>()),
            (
                "(at:(0,0,0),lumens:0,reach:0),",
                size_of::<Light>() + white().capacity(),
            ),
            ("(of:Sea),", size_of::<Sound>()),
            ("(of:Wood,at:(0,0,0),size:(1,1,1)),", size_of::<FloorBox>()),
            ("(0,0,0),", size_of::<[f32; 3]>()),
        ] {
            assert!(3 * bytes <= 40 * text.len(), "{text}: {bytes}");
        }
    }
}

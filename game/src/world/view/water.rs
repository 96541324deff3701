//! The sea of a world: a wide disc that goes with the camera, and a picture of how deep it is.
//!
//! Flow: the build task calls [`Shore::of`] with what is solid → `raise` puts the disc into the world → `follow` keeps
//! its middle under the eye, so that the sea has no end → `paint` gives it each new sky. Under water (`dive`) the sky is
//! another: [`drowned`].
//! Invariant: the picture is bounded (256 KB) and so is the time to make it, whatever the world.

use super::super::document::{SolidMesh, Water};
use super::Shown;
use crate::body::camera::{CameraSystems, MainCamera};
use crate::sky::{Air, Sky};
use crate::world::CurrentWorld;
use bevy::asset::{RenderAssetUsages, load_internal_asset, uuid_handle};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::image::{ImageAddressMode, ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::light::{NotShadowCaster, NotShadowReceiver};
use bevy::mesh::{Indices, MeshVertexBufferLayoutRef, PrimitiveTopology};
use bevy::pbr::{Material, MaterialPipeline, MaterialPipelineKey};
use bevy::prelude::*;
use bevy::render::render_resource::{
    AsBindGroup, Extent3d, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError,
    TextureDimension, TextureFormat,
};
use bevy::shader::{Shader, ShaderRef};
use core::f32::consts::TAU;

const SHADER: Handle<Shader> = uuid_handle!("8f2c1f5e-6a0b-4c0e-9d5d-0a5b1f6f3c04");

pub(super) fn plugin(app: &mut App) {
    load_internal_asset!(app, SHADER, "water.wgsl", Shader::from_wgsl);
    app.add_plugins(MaterialPlugin::<WaterMaterial>::default())
        .init_resource::<Under>()
        .add_systems(Update, dive.after(CameraSystems::Follow).before(super::light))
        .add_systems(
            PostUpdate,
            (
                paint.run_if(resource_changed::<Sky>),
                follow.before(TransformSystems::Propagate),
            ),
        );
}

/// The farthest water, metres: from 30 m above it the sea ends a twentieth of a degree below the horizon, less than a
/// pixel. Nearer, and a stripe of sky is seen under its edge.
const FAR_METRES: f32 = 34_000.0;
const _: () = assert!(FAR_METRES < crate::sky::DOME_METRES);
/// Rings and spokes of the disc: 0.4 m apart at the middle, each ring this much wider than the one within. 11,000
/// triangles.
const RINGS: u32 = 64;
const WIDER: f32 = 1.159;
const SPOKES: u32 = 88;
/// The disc moves in steps of this, so that its corners do not swim through the waves; metres.
const STEP_METRES: f32 = 2.0;
/// Height of the waves that lift the surface, metres: a sheltered bay.
const WAVE_METRES: f32 = 0.07;

/// Pixels a side of the picture of depths.
const SIDE: usize = 512;
/// Depth that is told from deeper, metres; below it the bottom is not seen.
const DEPTH_METRES: f32 = 5.0;
/// What rises higher than this above the water is not the bottom of it: a pier over deep water is no shoal.
const BANK_METRES: f32 = 0.7;
/// Texels tried against triangles, all in all: about 0.1 s.
const MAX_TRIES: usize = 24_000_000;

/// How deep a world's water is.
pub(super) struct Shore {
    image: Image,
    /// Least x and z, and one through the size.
    place: Vec4,
}

impl Shore {
    /// From everything solid; `None` where nothing is near the water.
    pub(super) fn of(solids: &[SolidMesh], level: f32) -> Option<Self> {
        let triangles = || {
            solids
                .iter()
                .flat_map(|solid| solid.triangles.iter().map(|t| solid.corners(*t)))
                .filter(|corners| {
                    let low = corners[0].y.min(corners[1].y).min(corners[2].y);
                    low < level + BANK_METRES && low > level - 4.0 * DEPTH_METRES
                })
        };
        let (mut min, mut max) = (Vec2::INFINITY, Vec2::NEG_INFINITY);
        for corner in triangles().flatten() {
            (min, max) = (min.min(corner.xz()), max.max(corner.xz()));
        }
        let size = max - min;
        if size.min_element().partial_cmp(&1.0) != Some(core::cmp::Ordering::Greater) {
            return None;
        }
        let texel = size / SIDE as f32;
        let deepest = level - DEPTH_METRES;
        let mut bottom = vec![deepest; SIDE * SIDE];
        let mut tries = 0;
        for corners in triangles() {
            if tries > MAX_TRIES {
                break;
            }
            let flat = corners.map(|corner| (corner.xz() - min) / texel - 0.5);
            let low = flat[0].min(flat[1]).min(flat[2]).ceil().max(Vec2::ZERO);
            let high = flat[0]
                .max(flat[1])
                .max(flat[2])
                .floor()
                .min(Vec2::splat(SIDE as f32 - 1.0));
            let (ab, ac) = (flat[1] - flat[0], flat[2] - flat[0]);
            let area = ab.perp_dot(ac);
            if area.abs() < 1e-9 {
                continue;
            }
            let mut z = low.y;
            while z <= high.y {
                let mut x = low.x;
                while x <= high.x {
                    tries += 1;
                    let at = Vec2::new(x, z) - flat[0];
                    let (v, w) = (at.perp_dot(ac) / area, ab.perp_dot(at) / area);
                    if v >= 0.0 && w >= 0.0 && v + w <= 1.0 {
                        let height = corners[0].y
                            + v * (corners[1].y - corners[0].y)
                            + w * (corners[2].y - corners[0].y);
                        let spot = &mut bottom[z as usize * SIDE + x as usize];
                        if height < level + BANK_METRES {
                            *spot = spot.max(height);
                        }
                    }
                    x += 1.0;
                }
                z += 1.0;
            }
        }
        let data = bottom
            .iter()
            .map(|height| ((level - height) / DEPTH_METRES * 255.0).clamp(0.0, 255.0) as u8)
            .collect();
        let mut image = Image::new(
            Extent3d {
                width: SIDE as u32,
                height: SIDE as u32,
                depth_or_array_layers: 1,
            },
            TextureDimension::D2,
            data,
            TextureFormat::R8Unorm,
            RenderAssetUsages::RENDER_WORLD,
        );
        image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
            address_mode_u: ImageAddressMode::ClampToEdge,
            address_mode_v: ImageAddressMode::ClampToEdge,
            mag_filter: ImageFilterMode::Linear,
            min_filter: ImageFilterMode::Linear,
            ..default()
        });
        Some(Self {
            image,
            place: Vec4::new(min.x, min.y, 1.0 / size.x, 1.0 / size.y),
        })
    }
}

#[derive(Clone, Copy, Debug, Default, ShaderType)]
struct Sea {
    air: Air,
    deep: Vec4,
    shallow: Vec4,
    shore: Vec4,
    waves: Vec4,
}

#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub(super) struct WaterMaterial {
    #[uniform(0)]
    sea: Sea,
    #[texture(1)]
    #[sampler(2)]
    shore: Handle<Image>,
}

impl Material for WaterMaterial {
    fn vertex_shader() -> ShaderRef {
        SHADER.into()
    }

    fn fragment_shader() -> ShaderRef {
        SHADER.into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Blend
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn specialize(
        _pipeline: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        _layout: &MeshVertexBufferLayoutRef,
        _key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        descriptor.primitive.cull_mode = None; // seen by swimmers, too
        Ok(())
    }
}

/// Whether the eye is under water.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Under(pub(super) bool);

/// The eye is under water when it is this far below the surface, metres: waves pass over it before.
const DIVE_METRES: f32 = 0.06;
/// How far one sees under water, metres.
const MURK_METRES: f32 = 17.0;
/// Of a pool in a world without a sea.
const POOL: [f32; 4] = [0.02, 0.16, 0.20, 0.9];

fn dive(camera: Query<&Transform, With<MainCamera>>, current: Res<CurrentWorld>, mut under: ResMut<Under>) {
    let eye = camera.iter().next().map(|camera| camera.translation);
    let surface = current
        .document
        .as_ref()
        .zip(eye)
        .and_then(|(document, eye)| document.fixtures.water_at(eye));
    let is_under = eye
        .zip(surface)
        .is_some_and(|(eye, surface)| eye.y < surface - DIVE_METRES);
    under.set_if_neq(Under(is_under));
}

/// The same light under water: its colour all around, lighter above, and one does not see far.
pub(super) fn drowned(sky: Sky, water: Option<&Water>) -> Sky {
    let sea = coloured(&Water {
        level: 0.0,
        colour: water.map_or(POOL, |water| water.colour),
    });
    let rgb = |colour: Vec4| LinearRgba::rgb(colour.x, colour.y, colour.z);
    let (deep, shallow) = (rgb(sea.deep), rgb(sea.shallow));
    Sky {
        zenith: shallow,
        horizon: deep.mix(&shallow, 0.45),
        nadir: deep,
        sun_lux: sky.sun_lux * 0.6,
        ambient: sky.ambient.mix(&shallow, 0.4),
        haze_metres: MURK_METRES,
        clouds: 0.0,
        stars: 0.0,
        ..sky
    }
}

/// The sea that is shown.
#[derive(Component)]
pub(super) struct Surface;

pub(super) fn raise(
    commands: &mut Commands,
    meshes: &mut Assets<Mesh>,
    materials: &mut Assets<WaterMaterial>,
    images: &mut Assets<Image>,
    water: &Water,
    shore: Option<Shore>,
) {
    let (image, place) = match shore {
        Some(shore) => (shore.image, shore.place),
        None => (Image::default(), Vec4::ZERO),
    };
    let sea = Sea {
        shore: place,
        waves: Vec4::new(DEPTH_METRES, WAVE_METRES, 0.0, 0.0),
        ..coloured(water)
    };
    commands.spawn((
        Shown,
        Surface,
        Mesh3d(meshes.add(disc())),
        MeshMaterial3d(materials.add(WaterMaterial {
            sea,
            shore: images.add(image),
        })),
        Transform::from_xyz(0.0, water.level, 0.0),
        NotShadowCaster,
        NotShadowReceiver,
        NoFrustumCulling,
    ));
}

/// Shallow water is the deep one's colour with more light in it.
fn coloured(water: &Water) -> Sea {
    let deep = Vec4::from_array(water.colour);
    let shallow = (deep * 2.1 + Vec4::new(0.01, 0.05, 0.045, 0.0)).min(Vec4::ONE);
    Sea {
        deep,
        shallow,
        ..default()
    }
}

/// Another moment: the same sea in another light.
pub(super) fn recolour(water: &Water, material: &mut WaterMaterial) {
    let colours = coloured(water);
    material.sea.deep = colours.deep;
    material.sea.shallow = colours.shallow;
}

pub(super) fn paint(
    sky: Res<Sky>,
    mut materials: ResMut<Assets<WaterMaterial>>,
    surfaces: Query<&MeshMaterial3d<WaterMaterial>, With<Surface>>,
) {
    for surface in &surfaces {
        if let Some(mut material) = materials.get_mut(&surface.0) {
            material.sea.air = sky.air();
        }
    }
}

fn follow(
    camera: Query<&Transform, (With<MainCamera>, Without<Surface>)>,
    mut surfaces: Query<&mut Transform, With<Surface>>,
) {
    let Some(camera) = camera.iter().next() else {
        return;
    };
    for mut surface in &mut surfaces {
        let at = (camera.translation / STEP_METRES).round() * STEP_METRES;
        if at.is_finite() {
            surface.translation = at.with_y(surface.translation.y);
        }
    }
}

/// Rings that grow outwards: fine where waves are seen to rise, coarse where they are not.
fn disc() -> Mesh {
    let mut positions = vec![[0.0, 0.0, 0.0]];
    for ring in 1..=RINGS {
        let grown = |ring: u32| WIDER.powi(ring as i32) - 1.0;
        let radius = FAR_METRES * grown(ring) / grown(RINGS);
        for spoke in 0..SPOKES {
            let (sin, cos) = (TAU * spoke as f32 / SPOKES as f32).sin_cos();
            positions.push([radius * cos, 0.0, radius * sin]);
        }
    }
    let at = |ring: u32, spoke: u32| 1 + (ring - 1) * SPOKES + spoke % SPOKES;
    let mut indices = Vec::new();
    for spoke in 0..SPOKES {
        indices.extend([0, at(1, spoke + 1), at(1, spoke)]);
        for ring in 1..RINGS {
            let (a, b, c, d) = (
                at(ring, spoke),
                at(ring, spoke + 1),
                at(ring + 1, spoke + 1),
                at(ring + 1, spoke),
            );
            indices.extend([a, b, c, a, c, d]);
        }
    }
    let normals = vec![[0.0, 1.0, 0.0]; positions.len()];
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
        .with_inserted_indices(Indices::U32(indices))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_sea_reaches_the_horizon_and_is_fine_where_one_stands() {
        let disc = disc();
        let Some(positions) = disc
            .attribute(Mesh::ATTRIBUTE_POSITION)
            .and_then(|p| p.as_float3())
        else {
            panic!("it has corners");
        };
        let radius = |p: &[f32; 3]| Vec3::from_array(*p).length();
        let farthest = positions.iter().map(radius).fold(0.0, f32::max);
        let below_horizon = (30.0 / farthest).atan().to_degrees();
        assert!(below_horizon < 0.06, "{below_horizon}°, a pixel of 1080 rows");
        let first = radius(&positions[1]);
        assert!((0.3..0.5).contains(&first), "{first}");
    }

    /// A bank that falls from 2 m above the water at x = 0 to 3 m below it at x = 10.
    fn bank() -> Vec<SolidMesh> {
        let p = |x: f32, y: f32, z: f32| Vec3::new(x, y, z);
        vec![SolidMesh {
            positions: vec![p(0., 2., 0.), p(10., -3., 0.), p(10., -3., 10.), p(0., 2., 10.)],
            triangles: vec![[0, 2, 1], [0, 3, 2]],
        }]
    }

    fn depth(shore: &Shore, x: f32, z: f32) -> f32 {
        let u = ((x - shore.place.x) * shore.place.z * SIDE as f32) as usize;
        let v = ((z - shore.place.y) * shore.place.w * SIDE as f32) as usize;
        f32::from(shore.image.data.as_ref().unwrap()[v * SIDE + u]) / 255.0 * DEPTH_METRES
    }

    #[test]
    fn the_sea_is_as_deep_as_the_ground_under_it() {
        let shore = Shore::of(&bank(), 0.0).unwrap();
        assert!((depth(&shore, 8.0, 5.0) - 2.0).abs() < 0.05);
        assert!((depth(&shore, 6.0, 5.0) - 1.0).abs() < 0.05);
        assert!(depth(&shore, 3.6, 5.0) < 0.01, "the beach is dry");
    }

    #[test]
    fn a_pier_over_deep_water_is_no_shoal() {
        let mut solids = bank();
        let p = |x: f32, z: f32| Vec3::new(x, 1.0, z);
        solids.push(SolidMesh {
            positions: vec![p(7., 4.), p(9., 4.), p(9., 6.), p(7., 6.)],
            triangles: vec![[0, 2, 1], [0, 3, 2]],
        });
        assert!((depth(&Shore::of(&solids, 0.0).unwrap(), 8.0, 5.0) - 2.0).abs() < 0.05);
    }

    #[test]
    fn whoever_dives_sees_water_all_around_and_not_far() {
        let water = Water {
            level: 0.0,
            colour: [0.01, 0.2, 0.3, 0.9],
        };
        let sky = drowned(Sky::default(), Some(&water));
        assert!(sky.haze_metres < 20.0 && sky.clouds == 0.0);
        for colour in [sky.zenith, sky.horizon, sky.nadir] {
            assert!(colour.blue > 3.0 * colour.red, "{colour:?}");
        }
        assert!(sky.zenith.blue > sky.nadir.blue, "lighter above");
        assert!(drowned(Sky::default(), None).haze_metres < 20.0, "in a pool, too");
    }

    #[test]
    fn a_world_high_above_its_water_has_no_shore() {
        assert!(Shore::of(&bank(), -100.0).is_none());
        assert!(Shore::of(&[], 0.0).is_none());
    }
}

//! Light from all around: a tiny picture of the sky, blurred, so that what faces the zenith is cooler and what faces
//! the evening warmer. Cheap: two cube maps of 8 pixels a side.
//!
//! Invariant: as bright on average as the plain ambient light it takes the place of, so that a world's numbers keep
//! their meaning.

use super::Sky;
use bevy::asset::RenderAssetUsages;
use bevy::image::{ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::light::EnvironmentMapLight;
use bevy::prelude::*;
use bevy::render::render_resource::{
    Extent3d, TextureDimension, TextureFormat, TextureViewDescriptor, TextureViewDimension,
};

/// How much of the ambient light comes from directions; the rest is the same everywhere and keeps corners readable.
pub(super) const SHARE: f32 = 0.7;

/// Pixels a side of a face: light from all around changes slowly.
const SIDE: u32 = 8;

/// The light the cameras have now.
#[derive(Component)]
pub(super) struct Surrounded;

pub(super) fn light_all_around(
    mut commands: Commands,
    sky: Res<Sky>,
    mut images: ResMut<Assets<Image>>,
    cameras: Query<Entity, With<Camera3d>>,
) {
    if cameras.is_empty() {
        return;
    }
    let map = images.add(surroundings(&sky));
    for camera in &cameras {
        commands
            .entity(camera)
            .insert((Surrounded, light(&sky, map.clone())));
    }
}

pub(super) fn light_new_cameras(
    mut commands: Commands,
    sky: Res<Sky>,
    mut images: ResMut<Assets<Image>>,
    cameras: Query<Entity, (Added<Camera3d>, Without<Surrounded>)>,
) {
    for camera in &cameras {
        let map = images.add(surroundings(&sky));
        commands.entity(camera).insert((Surrounded, light(&sky, map)));
    }
}

fn light(sky: &Sky, map: Handle<Image>) -> EnvironmentMapLight {
    EnvironmentMapLight {
        diffuse_map: map.clone(),
        specular_map: map,
        intensity: sky.ambient_brightness * SHARE,
        ..default()
    }
}

/// Direction of a point of a cube's face, in the order graphics cards want: +x, −x, +y, −y, +z, −z.
fn towards(face: usize, u: f32, v: f32) -> Vec3 {
    match face {
        0 => Vec3::new(1.0, -v, -u),
        1 => Vec3::new(-1.0, -v, u),
        2 => Vec3::new(u, 1.0, v),
        3 => Vec3::new(u, -1.0, -v),
        4 => Vec3::new(u, -v, 1.0),
        _ => Vec3::new(-u, -v, -1.0),
    }
    .normalize()
}

/// What comes from one direction: sky above, and below what the ground gives back of it.
fn radiance(sky: &Sky, direction: Vec3) -> Vec3 {
    let rgb = |colour: LinearRgba| Vec3::new(colour.red, colour.green, colour.blue);
    let towards_sun = direction.dot(sky.to_sun.normalize_or(Vec3::Y)).max(0.0);
    let glow = rgb(sky.sun) * 0.5 * towards_sun.powi(3);
    let up = rgb(sky.base(direction.with_y(direction.y.abs()))) + glow;
    if direction.y >= 0.0 {
        up
    } else {
        // Ground gives back a third, warmer than it came.
        up.lerp(rgb(sky.horizon), 0.5) * Vec3::new(0.42, 0.36, 0.28)
    }
}

fn surroundings(sky: &Sky) -> Image {
    // Directions spread evenly over the sphere by the golden angle.
    const SAMPLES: usize = 192;
    let samples: Vec<(Vec3, Vec3)> = (0..SAMPLES)
        .map(|n| {
            let y = 1.0 - 2.0 * (n as f32 + 0.5) / SAMPLES as f32;
            let (sin, cos) = (2.399_963 * n as f32).sin_cos();
            let flat = (1.0 - y * y).max(0.0).sqrt();
            let direction = Vec3::new(flat * cos, y, flat * sin);
            (direction, radiance(sky, direction))
        })
        .collect();
    let mut pixels: Vec<Vec3> = Vec::new();
    for face in 0..6 {
        for y in 0..SIDE {
            for x in 0..SIDE {
                let at = |n: u32| (n as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0;
                let normal = towards(face, at(x), at(y));
                let (light, weight) =
                    samples
                        .iter()
                        .fold((Vec3::ZERO, 0.0), |(light, weight), (way, shine)| {
                            let facing = normal.dot(*way).max(0.0);
                            (light + *shine * facing, weight + facing)
                        });
                pixels.push(light / weight.max(1e-6));
            }
        }
    }
    let mean = pixels.iter().sum::<Vec3>() / pixels.len() as f32;
    let grey = |colour: Vec3| colour.dot(Vec3::new(0.2126, 0.7152, 0.0722));
    let wanted = Vec3::new(sky.ambient.red, sky.ambient.green, sky.ambient.blue);
    let scale = grey(wanted) / grey(mean).max(1e-6);
    let mut data = Vec::new();
    for pixel in pixels {
        // Half sky, half what the world asked for: a blue world in a red evening stays a little blue.
        let pixel = pixel.lerp(wanted * grey(pixel) / grey(wanted).max(1e-6), 0.25) * scale;
        for channel in [pixel.x, pixel.y, pixel.z, 1.0] {
            data.extend(half_float(channel.clamp(0.0, 1_000.0)).to_le_bytes());
        }
    }
    let mut image = Image::new(
        Extent3d {
            width: SIDE,
            height: SIDE,
            depth_or_array_layers: 6,
        },
        TextureDimension::D2,
        data,
        TextureFormat::Rgba16Float,
        RenderAssetUsages::RENDER_WORLD,
    );
    image.texture_view_descriptor = Some(TextureViewDescriptor {
        dimension: Some(TextureViewDimension::Cube),
        ..default()
    });
    image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
        mag_filter: ImageFilterMode::Linear,
        min_filter: ImageFilterMode::Linear,
        mipmap_filter: ImageFilterMode::Linear,
        ..default()
    });
    image
}

/// IEEE 754 half precision of a number that is not negative; what is too small for it is nothing.
fn half_float(value: f32) -> u16 {
    let bits = value.to_bits();
    let exponent = (bits >> 23) as i32 - 127 + 15;
    if exponent <= 0 {
        return 0;
    }
    if exponent >= 31 {
        return 0x7BFF;
    }
    ((exponent as u16) << 10) | ((bits >> 13) & 0x3FF) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_halves() {
        for (value, half) in [
            (0.0, 0),
            (1.0, 0x3C00),
            (0.5, 0x3800),
            (2.0, 0x4000),
            (1.5, 0x3E00),
        ] {
            assert_eq!(half_float(value), half, "{value}");
        }
    }

    #[test]
    fn a_face_of_the_cube_looks_its_own_way() {
        let ways = [Vec3::X, Vec3::NEG_X, Vec3::Y, Vec3::NEG_Y, Vec3::Z, Vec3::NEG_Z];
        for (face, way) in ways.into_iter().enumerate() {
            assert!(towards(face, 0.0, 0.0).abs_diff_eq(way, 1e-6));
        }
    }

    #[test]
    fn light_from_above_is_the_skys_and_from_below_the_grounds() {
        let sky = Sky::default();
        let (up, down) = (radiance(&sky, Vec3::Y), radiance(&sky, Vec3::NEG_Y));
        assert!(up.z > up.x, "the zenith is blue: {up}");
        assert!(down.x > down.z, "the ground is warm: {down}");
    }
}

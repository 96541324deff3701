//! The dome one sees behind everything: its material, its mesh and the picture its clouds are cut from.
//!
//! Flow: [`Sky`](super::Sky) → [`Air`] → one draw after everything opaque, so that hidden sky costs nothing.
//! Invariant: one small texture made here, no compute, no cube maps: what WebGL2 has.

use bevy::asset::{RenderAssetUsages, load_internal_asset, uuid_handle};
use bevy::image::{ImageAddressMode, ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::pbr::{Material, MaterialPipeline, MaterialPipelineKey};
use bevy::prelude::*;
use bevy::render::render_resource::{
    AsBindGroup, Extent3d, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError,
    TextureDimension, TextureFormat,
};
use bevy::shader::{Shader, ShaderRef};

const AIR_SHADER: Handle<Shader> = uuid_handle!("8f2c1f5e-6a0b-4c0e-9d5d-0a5b1f6f3c01");
const DOME_SHADER: Handle<Shader> = uuid_handle!("8f2c1f5e-6a0b-4c0e-9d5d-0a5b1f6f3c02");

pub(super) fn plugin(app: &mut App) {
    load_internal_asset!(app, AIR_SHADER, "air.wgsl", Shader::from_wgsl);
    load_internal_asset!(app, DOME_SHADER, "dome.wgsl", Shader::from_wgsl);
    app.add_plugins(MaterialPlugin::<DomeMaterial>::default());
}

/// What the shaders know of the sky; `air.wgsl` has the same fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub(crate) struct Air {
    pub(crate) zenith: Vec4,
    pub(crate) horizon: Vec4,
    pub(crate) nadir: Vec4,
    pub(crate) sun: Vec4,
    pub(crate) to_sun: Vec4,
    pub(crate) weather: Vec4,
}

#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub(super) struct DomeMaterial {
    #[uniform(0)]
    pub(super) air: Air,
    #[texture(1)]
    #[sampler(2)]
    pub(super) clouds: Handle<Image>,
}

impl Material for DomeMaterial {
    fn fragment_shader() -> ShaderRef {
        DOME_SHADER.into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        // Not to be seen through: to be drawn after what hides it.
        AlphaMode::Blend
    }

    fn depth_bias(&self) -> f32 {
        // Behind every other thing that is blended.
        -1.0e6
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
        descriptor.primitive.cull_mode = None; // seen from inside
        Ok(())
    }
}

/// Pixels a side of the clouds' picture: 341 KB with its smaller copies.
const SIDE: u32 = 512;

/// Clouds from noise that joins at its edges.
pub(super) fn clouds() -> Image {
    let mut level: Vec<f32> = Vec::with_capacity((SIDE * SIDE) as usize);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let at = Vec2::new(x as f32, y as f32) / SIDE as f32;
            let mut value = 0.0;
            let (mut cells, mut strength, mut all) = (5, 1.0, 0.0);
            for octave in 0..6 {
                let bump = noise(at * cells as f32, cells, octave);
                // Round on top and hollow between, as heaped clouds are.
                let bump = if octave < 3 {
                    1.0 - (2.0 * bump - 1.0).abs()
                } else {
                    bump
                };
                value += bump * strength;
                all += strength;
                cells *= 2;
                strength *= 0.52;
            }
            level.push(value / all);
        }
    }
    // Stretched to the whole range, so that a cover of one half covers half.
    let (low, high) = level
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
    for value in &mut level {
        *value = (*value - low) / (high - low).max(1e-6);
    }
    let mut data: Vec<u8> = Vec::new();
    let (mut side, mut levels) = (SIDE as usize, 0);
    loop {
        data.extend(level.iter().map(|value| (value * 255.0) as u8));
        levels += 1;
        if side == 1 {
            break;
        }
        let half = side / 2;
        level = (0..half * half)
            .map(|n| {
                let (x, y) = (n % half * 2, n / half * 2);
                let row = y * side + x;
                (level[row] + level[row + 1] + level[row + side] + level[row + side + 1]) / 4.0
            })
            .collect();
        side = half;
    }
    let mut image = Image::new_uninit(
        Extent3d {
            width: SIDE,
            height: SIDE,
            depth_or_array_layers: 1,
        },
        TextureDimension::D2,
        TextureFormat::R8Unorm,
        RenderAssetUsages::RENDER_WORLD,
    );
    image.texture_descriptor.mip_level_count = levels;
    image.data = Some(data);
    image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
        address_mode_u: ImageAddressMode::Repeat,
        address_mode_v: ImageAddressMode::Repeat,
        mag_filter: ImageFilterMode::Linear,
        min_filter: ImageFilterMode::Linear,
        mipmap_filter: ImageFilterMode::Linear,
        ..default()
    });
    image
}

/// Value noise, 0..1, that repeats after `cells`.
fn noise(at: Vec2, cells: u32, seed: u32) -> f32 {
    let cell = at.floor();
    let within = at - cell;
    let soft = within * within * (Vec2::splat(3.0) - 2.0 * within);
    let corner = |dx: u32, dy: u32| {
        let mut hash = ((cell.x as u32 + dx) % cells)
            .wrapping_mul(0x85EB_CA6B)
            .wrapping_add(((cell.y as u32 + dy) % cells).wrapping_mul(0xC2B2_AE35))
            .wrapping_add(seed.wrapping_mul(0x27D4_EB2F));
        hash = (hash ^ (hash >> 15)).wrapping_mul(0x2C1B_3C6D);
        hash = (hash ^ (hash >> 12)).wrapping_mul(0x297A_2D39);
        ((hash ^ (hash >> 15)) & 0xFFFF) as f32 / 65_535.0
    };
    let low = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * soft.x;
    let high = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * soft.x;
    low + (high - low) * soft.y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_join_at_their_edges() {
        for n in 0..40 {
            let along = n as f32 * 0.123;
            assert!((noise(Vec2::new(0.0, along), 5, 1) - noise(Vec2::new(5.0, along), 5, 1)).abs() < 1e-5);
        }
    }

    #[test]
    fn the_clouds_picture_has_every_smaller_copy() {
        let image = clouds();
        assert_eq!(image.texture_descriptor.mip_level_count, 10);
        assert_eq!(image.data.map(|data| data.len()), Some((4 * 512 * 512 - 1) / 3));
    }
}

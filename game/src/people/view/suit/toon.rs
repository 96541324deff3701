//! The cartoon look of VRM (MToon) as a material: shade, edge of light, rim, matcap, outline, moving pictures.
//!
//! Flow: [`of`] turns what a document says into a [`ToonMaterial`] → `toon.wgsl` lights it, `outline.wgsl` thickens the
//! second draw of those with an outline; both have their numbers from `paint.wgsl`.
//! Invariant: needs nothing WebGL2 lacks: uniforms of 112 bytes, and of its 16 pictures for vertices and fragments
//! together (one is of forms) two beside the ordinary material's and one for the vertices of outlines: all 16 are taken.
//!
//! An extension of the ordinary material, because shadows, alpha, sides and what moves vertices are then Bevy's.

use crate::avatar::document::{AvatarMaterial, Mtoon, Outline};
use bevy::asset::{load_internal_asset, uuid_handle};
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::pbr::{ExtendedMaterial, MaterialExtension, MaterialExtensionKey, MaterialExtensionPipeline};
use bevy::prelude::*;
use bevy::render::render_resource::{
    AsBindGroup, Face, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError,
};
use bevy::shader::{Shader, ShaderRef};

const PAINT: Handle<Shader> = uuid_handle!("3d3b5f0e-54a6-4b9e-8b1c-6a7f53b0c810");
const SHADER: Handle<Shader> = uuid_handle!("3d3b5f0e-54a6-4b9e-8b1c-6a7f53b0c811");
const OUTLINE_SHADER: Handle<Shader> = uuid_handle!("3d3b5f0e-54a6-4b9e-8b1c-6a7f53b0c812");

pub(super) fn plugin(app: &mut App) {
    load_internal_asset!(app, PAINT, "paint.wgsl", Shader::from_wgsl);
    load_internal_asset!(app, SHADER, "toon.wgsl", Shader::from_wgsl);
    load_internal_asset!(app, OUTLINE_SHADER, "outline.wgsl", Shader::from_wgsl);
    app.add_plugins(MaterialPlugin::<ToonMaterial>::default());
}

pub(in crate::people::view) type ToonMaterial = ExtendedMaterial<StandardMaterial, Toon>;

/// What MToon adds to a surface.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
#[bind_group_data(ToonKey)]
pub(in crate::people::view) struct Toon {
    #[uniform(100)]
    pub(super) paint: Paint,
    #[texture(101)]
    #[sampler(102)]
    rim: Option<Handle<Image>>,
    #[texture(103)]
    #[sampler(104)]
    mask: Option<Handle<Image>>,
    #[texture(105, visibility(vertex))]
    #[sampler(106, visibility(vertex))]
    width: Option<Handle<Image>>,
    /// The second draw.
    outline: bool,
    /// See-through, and hides what is behind it all the same.
    hides: bool,
}

/// The numbers, as `paint.wgsl` has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub(in crate::people::view) struct Paint {
    pub(super) shade: Vec4,
    pub(super) matcap: Vec4,
    pub(super) rim: Vec4,
    pub(super) outline: Vec4,
    mixes: Vec4,
    moves: Vec4,
    bumps: Vec4,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(C)]
pub(in crate::people::view) struct ToonKey {
    outline: bool,
    hides: bool,
    by_screen: bool,
    bumps: bool,
    shifts: bool,
}

impl From<&Toon> for ToonKey {
    fn from(toon: &Toon) -> Self {
        Self {
            outline: toon.outline,
            hides: toon.hides,
            by_screen: toon.paint.moves.w > 1.5,
            bumps: toon.paint.bumps.x != 0.0,
            shifts: toon.paint.bumps.y != 0.0,
        }
    }
}

impl MaterialExtension for Toon {
    fn fragment_shader() -> ShaderRef {
        SHADER.into()
    }

    fn specialize(
        _pipeline: &MaterialExtensionPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        _layout: &MeshVertexBufferLayoutRef,
        key: MaterialExtensionKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        if descriptor.vertex.shader_defs.contains(&"PREPASS_PIPELINE".into()) {
            return Ok(());
        }
        let key = key.bind_group_data;
        if let Some(fragment) = &mut descriptor.fragment {
            for (asked, name) in [(key.bumps, "TOON_BUMPS"), (key.shifts, "TOON_SHIFT")] {
                if asked {
                    fragment.shader_defs.push(name.into());
                }
            }
        }
        if key.outline {
            if key.by_screen {
                descriptor.vertex.shader_defs.push("TOON_BY_SCREEN".into());
            }
            descriptor.vertex.shader = OUTLINE_SHADER;
            descriptor.primitive.cull_mode = Some(Face::Front);
            if let Some(fragment) = &mut descriptor.fragment {
                fragment.shader_defs.push("TOON_OUTLINE".into());
            }
        }
        if key.hides
            && let Some(depth) = &mut descriptor.depth_stencil
        {
            depth.depth_write_enabled = Some(true);
        }
        Ok(())
    }
}

/// Whether a surface is drawn a second time.
pub(super) fn is_outlined(mtoon: &Mtoon) -> bool {
    mtoon.outline != Outline::None && mtoon.outline_width > 0.0
}

/// The pictures MToon uses beside those of every surface.
#[derive(Default)]
pub(super) struct Pictures {
    pub(super) shade: Option<Handle<Image>>,
    pub(super) shift: Option<Handle<Image>>,
    pub(super) matcap: Option<Handle<Image>>,
    pub(super) rim: Option<Handle<Image>>,
    pub(super) mask: Option<Handle<Image>>,
    pub(super) width: Option<Handle<Image>>,
}

/// A surface as its author painted it; `base` is the same as an ordinary one.
pub(super) fn of(
    base: StandardMaterial,
    data: &AvatarMaterial,
    mtoon: &Mtoon,
    pictures: Pictures,
    outline: bool,
) -> ToonMaterial {
    let wide = |[r, g, b]: [f32; 3], w: f32| Vec4::new(r, g, b, w);
    let matcap = match &pictures.matcap {
        Some(_) => mtoon.matcap_colour,
        // Nothing to look up is nothing to add; an empty slot would be white.
        None => [0.0; 3],
    };
    let paint = Paint {
        shade: wide(mtoon.shade_colour, mtoon.shading_shift),
        matcap: wide(matcap, mtoon.shading_toony),
        rim: wide(mtoon.rim_colour, mtoon.rim_fresnel_power),
        outline: wide(mtoon.outline_colour, mtoon.outline_width),
        mixes: Vec4::new(
            mtoon.rim_lift,
            mtoon.rim_lighting_mix,
            mtoon.outline_lighting_mix,
            mtoon.gi_equalization,
        ),
        moves: Vec4::new(
            mtoon.uv_scroll[0],
            mtoon.uv_scroll[1],
            mtoon.uv_rotation,
            if mtoon.outline == Outline::Screen {
                2.0
            } else {
                1.0
            },
        ),
        bumps: Vec4::new(
            if base.normal_map_texture.is_some() {
                data.normal_scale
            } else {
                0.0
            },
            if pictures.shift.is_some() {
                mtoon.shading_shift_scale
            } else {
                0.0
            },
            0.0,
            0.0,
        ),
    };
    ToonMaterial {
        base: StandardMaterial {
            occlusion_texture: pictures.shade,
            metallic_roughness_texture: pictures.matcap,
            depth_map: pictures.shift,
            ..base
        },
        extension: Toon {
            paint,
            rim: pictures.rim,
            mask: pictures.mask,
            width: pictures.width,
            outline,
            hides: mtoon.transparent_with_z_write,
        },
    }
}

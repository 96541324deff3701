//! Surfaces that move by themselves: a vertex shader in front of the ordinary material, nothing to compute here.
//!
//! Invariant: a world without moving surfaces makes no such pipeline; bodies and shadows are not moved.

use super::super::document::Motion;
use bevy::asset::{load_internal_asset, uuid_handle};
use bevy::pbr::{ExtendedMaterial, MaterialExtension};
use bevy::prelude::*;
use bevy::render::render_resource::AsBindGroup;
use bevy::shader::{Shader, ShaderRef};

const SHADER: Handle<Shader> = uuid_handle!("8f2c1f5e-6a0b-4c0e-9d5d-0a5b1f6f3c03");

pub(super) fn plugin(app: &mut App) {
    load_internal_asset!(app, SHADER, "moving.wgsl", Shader::from_wgsl);
    app.add_plugins(MaterialPlugin::<MovingMaterial>::default());
}

pub(super) type MovingMaterial = ExtendedMaterial<StandardMaterial, Moving>;

/// Which motion, and how far it goes (metres).
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug, PartialEq)]
pub(super) struct Moving {
    #[uniform(100)]
    motion: Vec4,
}

impl Moving {
    /// `None` for what stands still.
    pub(super) fn of(motion: Motion) -> Option<Self> {
        let (kind, metres) = match motion {
            Motion::Still => return None,
            // Seen, and small enough that a still shadow does not betray it.
            Motion::Sway => (1.0, 0.09),
            Motion::Flame => (2.0, 0.55),
            Motion::Afloat => (3.0, 0.07),
            Motion::Wings => (4.0, 0.6),
        };
        Some(Self {
            motion: Vec4::new(kind, metres, 0.0, 0.0),
        })
    }
}

impl MaterialExtension for Moving {
    fn vertex_shader() -> ShaderRef {
        SHADER.into()
    }
}

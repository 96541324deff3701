//! What the world that is shown asks of a graphics card: counted, for `holm --shot` and `cargo xtask bench`.

use super::Shown;
use super::moving::MovingMaterial;
use crate::world::CurrentWorld;
use bevy::asset::UntypedAssetId;
use bevy::ecs::system::SystemParam;
use bevy::light::NotShadowCaster;
use bevy::prelude::*;
use std::collections::HashSet;

/// Looks at what is shown.
#[derive(SystemParam)]
pub(crate) struct Cost<'w, 's> {
    current: Res<'w, CurrentWorld>,
    shown: Query<
        'w,
        's,
        (
            &'static Mesh3d,
            Option<&'static MeshMaterial3d<StandardMaterial>>,
            Option<&'static MeshMaterial3d<MovingMaterial>>,
            &'static ViewVisibility,
            Has<NotShadowCaster>,
        ),
        With<Shown>,
    >,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// All of the world's, in view or not; sea and sky included.
    pub(crate) triangles: usize,
    /// Draws of the picture: copies of a mesh in one material are one draw. Only what is in view.
    pub(crate) draws: usize,
    /// Draws of the shadows, at most: every kind of caster once for each cascade.
    pub(crate) shadow_draws: usize,
    /// Pictures with their smaller copies: the world's own, clouds and shore.
    pub(crate) texture_bytes: u64,
}

/// Triangles of the sea's disc and the sky's dome, bytes of the pictures of clouds and shore.
const SEA_TRIANGLES: usize = 88 * (1 + 2 * 63);
const SKY_TRIANGLES: usize = 320;
const CLOUD_BYTES: u64 = (4 * 512 * 512 - 1) / 3;
const SHORE_BYTES: u64 = 512 * 512;

impl Cost<'_, '_> {
    pub(crate) fn count(&self) -> Counted {
        let Some(document) = &self.current.document else {
            return Counted::default();
        };
        let mut draws = HashSet::new();
        let mut casters = HashSet::new();
        for (mesh, still, moving, visible, shadowless) in &self.shown {
            let material: UntypedAssetId = match (still, moving) {
                (Some(material), _) => material.0.id().untyped(),
                (_, Some(material)) => material.0.id().untyped(),
                _ => continue, // the sea, below
            };
            let kind = (mesh.0.id(), material);
            if visible.get() {
                draws.insert(kind);
            }
            if !shadowless {
                casters.insert(kind);
            }
        }
        let sea = document.environment(0).water.is_some();
        let pictures: u64 = document
            .pictures
            .iter()
            .map(|picture| picture.shown_bytes())
            .sum();
        Counted {
            triangles: document.drawn_triangle_count() + SKY_TRIANGLES + if sea { SEA_TRIANGLES } else { 0 },
            draws: draws.len() + 1 + usize::from(sea),
            shadow_draws: casters.len() * crate::platform::SHADOW_CASCADES,
            texture_bytes: pictures + CLOUD_BYTES + if sea { SHORE_BYTES } else { 0 },
        }
    }
}

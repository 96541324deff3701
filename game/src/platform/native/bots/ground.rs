//! What bots walk on: the built-in world's solids where the host has that world, else a plain at the height
//! of the spawn point.

use crate::world::{self, WorldManifest};
use avian3d::prelude::Collider;
use bevy::math::{Quat, Vec3};

/// Heights, shared by all bots of the process.
pub(super) struct BotGround {
    pub(super) spawn: Vec3,
    solids: Vec<Collider>,
}

/// How far above its feet a bot looks for ground: a step, not a roof.
const REACH_UP: f32 = 0.6;

impl BotGround {
    pub(super) fn flat(height: f32) -> Self {
        Self {
            spawn: Vec3::Y * height,
            solids: Vec::new(),
        }
    }

    /// Of the world a host told of. Foreign numbers, checked here: bots fetch no files and so need no
    /// [`world::WorldFetch`], which would refuse the whole manifest.
    pub(super) fn of(manifest: &WorldManifest) -> Self {
        let spawn = Vec3::from_array(manifest.spawn);
        let spawn = if spawn.is_finite() {
            let reach = Vec3::splat(world::limits::MAX_REACH_METRES);
            spawn.clamp(-reach, reach)
        } else {
            Vec3::ZERO
        };
        Self {
            spawn,
            solids: solids(manifest).unwrap_or_default(),
        }
    }

    /// The ground's height near somebody's feet.
    pub(super) fn height(&self, feet: Vec3) -> f32 {
        let from = feet + Vec3::Y * REACH_UP;
        let hit = self
            .solids
            .iter()
            .filter_map(|solid| solid.cast_ray(Vec3::ZERO, Quat::IDENTITY, from, Vec3::NEG_Y, 20.0, false))
            .map(|(distance, _)| distance)
            .min_by(f32::total_cmp);
        hit.map_or(self.spawn.y, |distance| from.y - distance)
    }
}

fn solids(manifest: &WorldManifest) -> Option<Vec<Collider>> {
    // Somebody's own world is none of these: fetching it would measure the fetch.
    let document = world::BuiltIn::ALL
        .into_iter()
        .filter_map(|which| which.load().ok())
        .find(|document| document.manifest().files == manifest.files)?;
    let solid = |solid: &world::SolidMesh| {
        Collider::try_trimesh(solid.positions.clone(), solid.triangles.clone()).ok()
    };
    Some(document.solids.iter().filter_map(solid).collect())
}

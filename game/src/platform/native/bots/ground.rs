//! What bots walk on and sit on: the built-in world's solids and seats where the host has that world, else a plain at
//! the height of the spawn point.

use crate::body::rules::{Contact, FlatGround, Ground, Stature, Touch};
use crate::world::{self, Fixtures, Seat, WorldDocument, WorldManifest};
use avian3d::prelude::Collider;
use bevy::math::{Quat, Vec3};

/// Heights, shared by all bots of the process.
pub(super) struct BotGround {
    pub(super) spawn: Vec3,
    solids: Vec<Collider>,
    /// Seats alone: bots neither climb nor swim.
    fixtures: Fixtures,
}

/// The floor below one bot in one step, and the seats around it.
pub(super) struct Floor<'a> {
    pub(super) flat: FlatGround,
    pub(super) fixtures: &'a Fixtures,
    /// Whether somebody else sits there; of two, whether the other one may stay.
    pub(super) taken: &'a dyn Fn(&Seat, bool) -> bool,
}

impl Ground for Floor<'_> {
    fn sweep(&self, feet: Vec3, stature: Stature, motion: Vec3, gap: f32) -> Option<Touch> {
        self.flat.sweep(feet, stature, motion, gap)
    }

    fn surface_below(&self, from: Vec3, depth: f32) -> Option<Vec3> {
        self.flat.surface_below(from, depth)
    }

    fn contacts(&self, feet: Vec3, stature: Stature, reach: f32) -> Vec<Contact> {
        self.flat.contacts(feet, stature, reach)
    }

    fn way_out(&self, feet: Vec3, stature: Stature) -> Vec3 {
        self.flat.way_out(feet, stature)
    }

    fn fixtures(&self) -> &Fixtures {
        self.fixtures
    }

    fn is_taken(&self, seat: &Seat, mine: bool) -> bool {
        (self.taken)(seat, mine)
    }
}

/// How far above its feet a bot looks for ground: a step, not a roof.
const REACH_UP: f32 = 0.6;

impl BotGround {
    pub(super) fn flat(height: f32) -> Self {
        Self {
            spawn: Vec3::Y * height,
            solids: Vec::new(),
            fixtures: Fixtures::default(),
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
        let document = built_in(manifest);
        Self {
            spawn,
            solids: document.as_ref().map(solids).unwrap_or_default(),
            fixtures: Fixtures {
                seats: document
                    .map(|document| document.fixtures.seats)
                    .unwrap_or_default(),
                ..Fixtures::default()
            },
        }
    }

    pub(super) fn fixtures(&self) -> &Fixtures {
        &self.fixtures
    }

    /// The same ground with these seats.
    #[cfg(test)]
    pub(super) fn with_seats(mut self, seats: Vec<Seat>) -> Self {
        self.fixtures.seats = seats;
        self
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

fn built_in(manifest: &WorldManifest) -> Option<WorldDocument> {
    // Somebody's own world is none of these: fetching it would measure the fetch.
    world::BuiltIn::ALL
        .into_iter()
        .filter_map(|which| which.load().ok())
        .find(|document| document.manifest().files == manifest.files)
}

fn solids(document: &WorldDocument) -> Vec<Collider> {
    let solid = |solid: &world::SolidMesh| {
        Collider::try_trimesh(solid.positions.clone(), solid.triangles.clone()).ok()
    };
    document.solids.iter().filter_map(solid).collect()
}

//! Things that move along a path, as one sees them.
//!
//! Invariant: they are drawn where they are at this frame's time, as one's own body is, so that somebody on a ferry
//! does not tremble on it.

use crate::world::{CurrentWorld, WorldClock};
use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        PostUpdate,
        ride.before(bevy::transform::TransformSystems::Propagate),
    );
}

/// Something of the world that moves: with which ride, and where it is when that is at rest.
#[derive(Component)]
pub(super) struct Rider {
    pub(super) ride: usize,
    pub(super) at_rest: Vec3,
}

fn ride(world: Res<CurrentWorld>, clock: Res<WorldClock>, mut riders: Query<(&Rider, &mut Transform)>) {
    let Some(document) = &world.document else {
        return;
    };
    let secs = clock.secs();
    for (rider, mut transform) in &mut riders {
        if let Some(ride) = document.fixtures.rides.get(rider.ride) {
            let place = rider.at_rest + ride.course.at(secs);
            if transform.translation != place {
                transform.translation = place;
            }
        }
    }
}

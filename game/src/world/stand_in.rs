//! Somewhere to stand when the host's world cannot be shown: a wide floor, so that a guest still walks among
//! the others and talks to them.

use super::document::{Spawn, WorldDocument, load};
use super::error::WorldError;
use super::files::{MemoryFiles, WorldPath};
use bytes::Bytes;

/// A floor, its top where the host would have had the guest arrive.
///
/// # Errors
/// None for a place within the limits of worlds.
pub(super) fn stand_in(at: Spawn) -> Result<WorldDocument, WorldError> {
    let [x, y, z] = at.feet.to_array();
    let text = format!(
        "World(version: 1, name: \"A floor\",
            spawns: [(at: ({x:.3}, {y:.3}, {z:.3}), facing_degrees: {:.1})],
            environment: (haze: 260),
            fall_below: {:.3},
            things: [(shape: Box(size: (400, 1, 400)), at: ({x:.3}, {:.3}, {z:.3}), colour: \"#8a9690\", solid: Box)])",
        at.yaw.rem_euclid(std::f32::consts::TAU).to_degrees(),
        y - 40.0,
        y - 1.0, // a box stands on its place
    );
    let main = WorldPath::new("world.ron")?;
    let mut files = MemoryFiles::default();
    files.insert(main.clone(), Bytes::from(text));
    load(&files, &main)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::world::limits::MAX_REACH_METRES;
    use bevy::math::Vec3;

    #[test]
    fn it_stands_wherever_a_manifest_may_put_somebody() {
        for feet in [
            Vec3::ZERO,
            Vec3::new(-7.25, 2.5, 10.0),
            Vec3::splat(MAX_REACH_METRES - 250.0),
        ] {
            let floor = stand_in(Spawn { feet, yaw: -1.0 }).unwrap();
            // A hand's breadth: arrivals are set down a little above their ground.
            assert!(floor.spawns[0].feet.abs_diff_eq(feet, 0.1), "{:?}", floor.spawns);
            assert!((floor.spawns[0].yaw.sin() - (-1.0f32).sin()).abs() < 0.01);
            assert!(!floor.solids.is_empty() && !floor.drawn.is_empty());
            assert!((floor.bounds.max.y - feet.y).abs() < 0.01, "{:?}", floor.bounds);
        }
    }
}

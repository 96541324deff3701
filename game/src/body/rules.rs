//! How a body moves: pure rules, one fixed step at a time.

use bevy::math::Vec3;

/// Steps a second.
pub const STEP_HZ: f64 = 60.0;

/// A body after a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BodyState {
    /// Feet, metres.
    pub position: Vec3,
    /// Metres a second.
    pub velocity: Vec3,
    /// Where the body faces, radians about +y.
    pub yaw: f32,
    pub grounded: bool,
}

impl BodyState {
    pub fn standing(position: Vec3, yaw: f32) -> Self {
        Self { position, yaw, ..Self::default() }
    }
}

/// How fast and how high.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moves {
    pub walk_metres_per_sec: f32,
    pub run_metres_per_sec: f32,
    pub jump_metres: f32,
}

impl Default for Moves {
    fn default() -> Self {
        Self { walk_metres_per_sec: 2.6, run_metres_per_sec: 5.6, jump_metres: 1.15 }
    }
}

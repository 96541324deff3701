//! avian3d: collision shapes and casts. Nothing is simulated by it yet: bodies are kinematic and move by
//! our own rules (`body/rules`), against static colliders.

use avian3d::prelude::*;
use bevy::prelude::*;

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins(
        PhysicsPlugins::default()
            .build()
            .disable::<PhysicsInterpolationPlugin>(),
    );
}

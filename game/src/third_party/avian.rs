//! avian3d: collision shapes, casts, and the physics of what moves. People are none of it: they move by our own rules
//! (`body/rules`), against its colliders.
//!
//! Invariant: where nothing can move and nobody walks, no engine runs (`things/motion`).

use avian3d::prelude::*;
use bevy::prelude::*;

/// What colliders are to each other and to who walks.
#[derive(PhysicsLayer, Clone, Copy, Debug, Default)]
pub(crate) enum Layer {
    /// One stands on it and before it.
    #[default]
    Ground,
    /// Walkers go through it.
    Light,
}

impl Layer {
    /// A collider of this kind, which meets all others.
    pub(crate) fn with_all(self) -> CollisionLayers {
        CollisionLayers::new(self, LayerMask::ALL)
    }
}

/// What holds a walker up and stops them.
pub(crate) fn ground() -> SpatialQueryFilter {
    SpatialQueryFilter::from_mask(Layer::Ground)
}

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins(
        PhysicsPlugins::default()
            .build()
            .disable::<PhysicsInterpolationPlugin>(),
    );
}

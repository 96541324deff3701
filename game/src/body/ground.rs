//! The world's colliders as the rules see them.

use super::rules::{GAP_METRES, Ground, HEIGHT_METRES, RADIUS_METRES, SKIN_METRES, Touch};
use avian3d::character_controller::move_and_slide::DepenetrationConfig;
use avian3d::prelude::*;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

/// The shape every body has. A resource, so that it is made once.
#[derive(Resource, Clone, Debug)]
pub(super) struct BodyShape(Collider);

impl Default for BodyShape {
    fn default() -> Self {
        Self(Collider::capsule(
            RADIUS_METRES,
            HEIGHT_METRES - 2.0 * RADIUS_METRES,
        ))
    }
}

/// avian's casts against everything solid in the world.
#[derive(SystemParam)]
pub(super) struct Colliders<'w, 's> {
    casts: MoveAndSlide<'w, 's>,
    shape: Res<'w, BodyShape>,
}

const CENTRE: Vec3 = Vec3::new(0.0, HEIGHT_METRES * 0.5, 0.0);
const _: () = assert!(SKIN_METRES < GAP_METRES);

impl Ground for Colliders<'_, '_> {
    fn sweep(&self, feet: Vec3, motion: Vec3, gap: f32) -> Option<Touch> {
        let (direction, length) = Dir3::new_and_length(motion).ok()?;
        let config = ShapeCastConfig {
            max_distance: length,
            target_distance: gap,
            compute_contact_on_penetration: true,
            ignore_origin_penetration: true,
        };
        let filter = SpatialQueryFilter::DEFAULT;
        let hit = self.casts.spatial_query.cast_shape(
            &self.shape.0,
            feet + CENTRE,
            Quat::IDENTITY,
            direction,
            &config,
            &filter,
        )?;
        Some(Touch {
            fraction: (hit.distance / length).clamp(0.0, 1.0),
            normal: hit.normal1,
            point: hit.point1,
        })
    }

    fn surface_below(&self, from: Vec3, depth: f32) -> Option<Vec3> {
        let hit = self.casts.spatial_query.cast_ray(
            from,
            Dir3::NEG_Y,
            depth,
            false,
            &SpatialQueryFilter::DEFAULT,
        )?;
        // A triangle seen from behind still carries the feet.
        Some(if hit.normal.y < 0.0 {
            -hit.normal
        } else {
            hit.normal
        })
    }

    fn way_out(&self, feet: Vec3) -> Vec3 {
        let config = DepenetrationConfig {
            skin_width: 0.0,
            ..DepenetrationConfig::default()
        };
        self.casts.depenetrate(
            &self.shape.0,
            feet + CENTRE,
            Quat::IDENTITY,
            &config,
            &SpatialQueryFilter::DEFAULT,
        )
    }
}

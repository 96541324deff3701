//! How much room there is for the camera around a head: what the world says to its questions.
//!
//! Invariant: every cast begins where its ball touches nothing, with a thinner ball than the one before it: what a ball
//! already touches, the engine may not see.

use crate::body::careful::ask;
use crate::body::rides::Rides;
use avian3d::prelude::*;
use bevy::prelude::*;

/// Nothing is nearer to the eye than this, metres: enough for looks, and for the near plane wherever that is small.
const CLEAR_METRES: f32 = 0.17;
/// More than the near plane's corners, metres.
const MARGIN_METRES: f32 = 0.04;
/// Each ball is thinner than the one before by this, metres.
const THINNER_METRES: f32 = 0.015;
/// Directions beside straight back in which something may come between, radians: to both sides, and above and below. At
/// the widest one walks past a post at arm's length for 0.2 s before it does.
const ASIDE: [f32; 5] = [0.06, 0.14, 0.26, 0.42, 0.62];
const UPRIGHT: [f32; 2] = [0.10, 0.24];
/// What is aside by an angle is as far away as if it were this much further for each radian, metres: a turn of 180° a
/// second moves the camera by 0.2 m a frame.
const METRES_A_RADIAN: f32 = 4.0;

pub(super) struct Room<'a, 'w, 's> {
    space: &'a SpatialQuery<'w, 's>,
    rides: &'a Rides,
    /// Thinnest of the balls, metres.
    radius: f32,
}

impl<'a, 'w, 's> Room<'a, 'w, 's> {
    /// `corner` is how far the near plane's corners are from the eye.
    pub(super) fn new(space: &'a SpatialQuery<'w, 's>, rides: &'a Rides, corner: f32) -> Self {
        Self {
            space,
            rides,
            radius: CLEAR_METRES.max(corner + MARGIN_METRES),
        }
    }

    /// How high the thickest ball fits under a crown of a body, metres above its feet.
    pub(super) fn under(&self, crown: f32) -> f32 {
        crown - self.radius - 3.0 * THINNER_METRES
    }

    pub(super) fn above(&self, from: Vec3, length: f32) -> f32 {
        self.free(from, Vec3::Y, length, 3.0).unwrap_or(0.0)
    }

    pub(super) fn beside(&self, from: Vec3, way: Vec3, length: f32) -> f32 {
        self.free(from, way, length, 2.0).unwrap_or(0.0)
    }

    /// Metres that are free behind a place, at most `length`; and how many of them when what is aside has come between.
    /// `None` where the engine gives no answer.
    pub(super) fn behind(&self, from: Vec3, rotation: Quat, length: f32) -> Option<(f32, f32)> {
        let free = self.free(from, rotation * Vec3::Z, length, 1.0)?;
        let mut soon = free;
        let aside = ASIDE.iter().map(|angle| (*angle, Vec3::Y));
        let upright = UPRIGHT.iter().map(|angle| (*angle, Vec3::X));
        for (angle, about) in aside
            .chain(upright)
            .flat_map(|(angle, about)| [(angle, about), (angle, -about)])
        {
            let further = METRES_A_RADIAN * angle;
            if soon > further {
                let way = rotation * (Quat::from_axis_angle(about, angle) * Vec3::Z);
                let aside = self.free(from, way, soon - further, 1.0)?;
                soon = soon.min(aside + further);
            }
        }
        Some((free, soon))
    }

    /// Whether nothing is nearer than it may be.
    pub(super) fn is_clear(&self, at: Vec3) -> bool {
        let ball = Collider::sphere(self.radius);
        let mut clear = true;
        let asked = ask(|| {
            let filter = SpatialQueryFilter::DEFAULT;
            self.space
                .shape_intersections_callback(&ball, at, Quat::IDENTITY, &filter, |_| {
                    clear = false;
                    false
                });
        });
        // Where the engine gives up, the casts have said all that is known.
        (clear || asked.is_none()) && self.rides.is_clear(at, self.radius)
    }

    /// Metres that a ball gets, which is thicker than the thinnest by `thicker` times the difference.
    fn free(&self, from: Vec3, way: Vec3, length: f32, thicker: f32) -> Option<f32> {
        let direction = Dir3::new(way).ok()?;
        if length <= 0.0 {
            return Some(0.0);
        }
        let radius = self.radius + thicker * THINNER_METRES;
        let ball = Collider::sphere(radius);
        let config = ShapeCastConfig::from_max_distance(length);
        let filter = SpatialQueryFilter::DEFAULT;
        let hit = ask(|| {
            self.space
                .cast_shape(&ball, from, Quat::IDENTITY, direction, &config, &filter)
        })?;
        let free = hit.map_or(length, |hit| hit.distance);
        let free = self.rides.room(from, *direction, radius, free);
        free.is_finite().then_some(free.max(0.0))
    }
}

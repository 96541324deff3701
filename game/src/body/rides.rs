//! What moves, as bodies meet it: where each thing is in this step, and how it went there.
//!
//! Flow: the world's clock → `advance`, before the bodies step → [`Rides`] → the rules' sweeps. Between steps
//! `look_ahead` has them where the coming step will.
//! Invariant: a thing is where its course says at the session's time and nowhere else, so that everybody's
//! is at the same place; a clock that is set right makes it jump, and nobody is carried along then.

use super::careful::ask;
use super::ground::BodyShapes;
use super::rules::{Contact, RideStep, Stature, Touch};
use crate::world::{CurrentWorld, Fixtures, WorldClock, limits};
use avian3d::parry::math::Pose;
use avian3d::parry::query::{self, ShapeCastOptions, ShapeCastStatus};
use avian3d::parry::shape::Cuboid;
use bevy::prelude::*;

/// A body this much inside of something that moves is inside, metres; less is rounding.
const INSIDE_METRES: f32 = 1e-3;
/// After being pushed out one is this far from it: more than the skin, so that the next sweep is free.
const CLEAR_METRES: f32 = 0.012;

/// How much of a box beyond what is asked for is still looked at, metres: a way out of it is never shorter than this
/// through where it was cut.
const MARGIN_METRES: f32 = 4.0;

/// All things that move.
#[derive(Resource, Clone, Debug, Default)]
pub(crate) struct Rides {
    boxes: Vec<MovingBox>,
    /// Offset of each thing from where it is at rest.
    offsets: Vec<Vec3>,
    pub(super) steps: Vec<RideStep>,
    /// The offsets of the last step, while `offsets` are those of the coming one.
    ahead_of: Option<Vec<Vec3>>,
}

#[derive(Clone, Debug)]
struct MovingBox {
    ride: usize,
    shape: Cuboid,
    at_rest: Pose,
}

impl Rides {
    pub(super) fn of(fixtures: &Fixtures) -> Self {
        let boxes = fixtures.rides.iter().enumerate().flat_map(|(ride, moving)| {
            moving.boxes.iter().map(move |solid| MovingBox {
                ride,
                shape: Cuboid::new(solid.size * 0.5),
                at_rest: Pose::from_parts(solid.centre, solid.rotation),
            })
        });
        Self {
            boxes: boxes.collect(),
            offsets: vec![Vec3::ZERO; fixtures.rides.len()],
            steps: vec![RideStep::default(); fixtures.rides.len()],
            ahead_of: None,
        }
    }

    /// Moves everything to where it is at this time.
    pub(super) fn advance(&mut self, fixtures: &Fixtures, secs: f64, dt: f32) {
        for (number, ride) in fixtures.rides.iter().enumerate() {
            let (Some(offset), Some(step)) = (self.offsets.get_mut(number), self.steps.get_mut(number))
            else {
                return;
            };
            let next = ride.course.at(secs);
            let shift = next - *offset;
            *offset = next;
            // Twice the fastest, for a clock that catches up; more is a jump.
            let jumped = shift.length() > limits::MAX_RIDE_METRES_PER_SEC * dt * 2.0;
            step.shift = if jumped { Vec3::ZERO } else { shift };
        }
    }

    fn place(&self, solid: &MovingBox) -> Pose {
        let offset = self.offsets.get(solid.ride).copied().unwrap_or_default();
        Pose::from_parts(solid.at_rest.translation + offset, solid.at_rest.rotation)
    }

    /// What of a box can be within `reach` of a place, as a box; `None` where nothing of it is. Beside sides of hundreds
    /// of metres the engine is inexact, and may give up.
    fn near(&self, solid: &MovingBox, place: Vec3, reach: f32) -> Option<(Pose, Cuboid)> {
        let there = self.place(solid);
        let local = there.inverse_transform_point(place);
        let reach = Vec3::splat(reach + MARGIN_METRES);
        let low = (local - reach).max(-solid.shape.half_extents);
        let high = (local + reach).min(solid.shape.half_extents);
        let half = (high - low) * 0.5;
        (half.min_element() > 0.0).then(|| {
            let centre = there * ((low + high) * 0.5);
            (Pose::from_parts(centre, there.rotation), Cuboid::new(half))
        })
    }

    /// What of it a body first meets; a body inside of one of them does not meet that one.
    pub(super) fn sweep(
        &self,
        shapes: &BodyShapes,
        feet: Vec3,
        stature: Stature,
        motion: Vec3,
        gap: f32,
    ) -> Option<Touch> {
        let length = motion.length();
        let direction = motion.try_normalize()?;
        let body = shapes.capsule(stature);
        let from = Pose::from_parts(feet + Vec3::Y * stature.height() * 0.5, Quat::IDENTITY);
        let options = ShapeCastOptions {
            max_time_of_impact: length,
            target_distance: gap,
            stop_at_penetration: false,
            compute_impact_geometry_on_penetration: true,
        };
        let reach = length + gap + stature.height();
        self.boxes
            .iter()
            .filter_map(|solid| {
                let (there, shape) = self.near(solid, from.translation, reach)?;
                if depth_in(&there, &shape, &from, body, 0.0).is_some_and(|(deep, _)| deep > INSIDE_METRES) {
                    return None;
                }
                let hit =
                    ask(|| query::cast_shapes(&there, Vec3::ZERO, &shape, &from, direction, body, options))?
                        .ok()??;
                if hit.status == ShapeCastStatus::Failed {
                    return None;
                }
                Some(Touch {
                    fraction: (hit.time_of_impact / length).clamp(0.0, 1.0),
                    normal: there.rotation * hit.normal1,
                    point: there * hit.witness1,
                    ride: Some(solid.ride),
                })
            })
            .min_by(|a, b| a.fraction.total_cmp(&b.fraction))
    }

    /// Each of them that is at most `reach` away from a body.
    pub(super) fn contacts(
        &self,
        shapes: &BodyShapes,
        feet: Vec3,
        stature: Stature,
        reach: f32,
    ) -> impl Iterator<Item = Contact> {
        let from = Pose::from_parts(feet + Vec3::Y * stature.height() * 0.5, Quat::IDENTITY);
        self.boxes.iter().filter_map(move |solid| {
            let (there, shape) = self.near(solid, from.translation, stature.height() + reach)?;
            let (deep, normal) = depth_in(&there, &shape, &from, shapes.capsule(stature), reach)?;
            Some(Contact {
                normal,
                distance: -deep,
            })
        })
    }

    /// The way out of one of them, for a body inside of it.
    pub(super) fn push_out(
        &self,
        shapes: &BodyShapes,
        ride: usize,
        feet: Vec3,
        stature: Stature,
    ) -> Option<Vec3> {
        let from = Pose::from_parts(feet + Vec3::Y * stature.height() * 0.5, Quat::IDENTITY);
        self.boxes
            .iter()
            .filter(|solid| solid.ride == ride)
            .filter_map(|solid| {
                let (there, shape) = self.near(solid, from.translation, stature.height())?;
                depth_in(&there, &shape, &from, shapes.capsule(stature), 0.0)
            })
            .filter(|(deep, _)| *deep > INSIDE_METRES)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(deep, normal)| normal * (deep + CLEAR_METRES))
    }

    /// The upward normal of the nearest of their surfaces straight below.
    pub(super) fn surface_below(&self, from: Vec3, depth: f32) -> Option<(f32, Vec3)> {
        self.boxes
            .iter()
            .filter_map(|solid| {
                let ray = query::Ray::new(from, Vec3::NEG_Y);
                let hit = query::RayCast::cast_ray_and_get_normal(
                    &solid.shape,
                    &self.place(solid),
                    &ray,
                    depth,
                    false,
                )?;
                Some((hit.time_of_impact, hit.normal))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// How far a ball gets, for the camera.
    #[cfg(feature = "view")]
    pub(super) fn room(&self, from: Vec3, direction: Vec3, radius: f32, length: f32) -> f32 {
        let ball = avian3d::parry::shape::Ball::new(radius);
        let options = ShapeCastOptions::with_max_time_of_impact(length);
        let from = Pose::from_parts(from, Quat::IDENTITY);
        let free = |solid: &MovingBox| {
            let (there, shape) = self.near(solid, from.translation, length + radius)?;
            ask(|| query::cast_shapes(&there, Vec3::ZERO, &shape, &from, direction, &ball, options))?.ok()?
        };
        let hits = self.boxes.iter().filter_map(free);
        hits.map(|hit| hit.time_of_impact).fold(length, f32::min)
    }

    /// Whether a ball is clear of them, for the camera.
    #[cfg(feature = "view")]
    pub(super) fn is_clear(&self, at: Vec3, radius: f32) -> bool {
        let near = |solid: &MovingBox| {
            let local = self.place(solid).inverse_transform_point(at);
            let nearest = local.clamp(-solid.shape.half_extents, solid.shape.half_extents);
            local.distance(nearest) < radius
        };
        !self.boxes.iter().any(near)
    }
}

/// How deep a body is in a box, and which way is out. Below zero: how far it is away, where that is at most `reach`.
fn depth_in(
    there: &Pose,
    solid: &Cuboid,
    from: &Pose,
    body: &dyn avian3d::parry::shape::Shape,
    reach: f32,
) -> Option<(f32, Vec3)> {
    let contact = ask(|| query::contact(there, solid, from, body, reach))?.ok()??;
    (contact.dist.is_finite() && contact.normal1.is_finite()).then_some((-contact.dist, contact.normal1))
}

/// `FixedUpdate`, before bodies step: everything that moves goes its way.
pub(super) fn advance(
    mut rides: ResMut<Rides>,
    world: Res<CurrentWorld>,
    clock: Res<WorldClock>,
    fixed: Res<Time<Fixed>>,
) {
    let Some(document) = &world.document else {
        if !rides.offsets.is_empty() {
            *rides = Rides::default();
        }
        return;
    };
    if let Some(offsets) = rides.ahead_of.take() {
        rides.offsets = offsets;
    }
    // The time this step ends at: what is left over of the frame is still to come.
    let secs = clock.secs() - fixed.overstep().as_secs_f64();
    if world.is_changed() {
        *rides = Rides::of(&document.fixtures);
        rides.advance(&document.fixtures, secs, 0.0);
    }
    rides.advance(&document.fixtures, secs, fixed.timestep().as_secs_f32());
}

/// After the frame's steps: everything that moves to where it will be at the end of the coming one.
pub(super) fn look_ahead(
    mut rides: ResMut<Rides>,
    world: Res<CurrentWorld>,
    clock: Res<WorldClock>,
    fixed: Res<Time<Fixed>>,
) {
    let Some(document) = &world.document else {
        return;
    };
    if rides.offsets.is_empty() || rides.offsets.len() != document.fixtures.rides.len() {
        return; // another world came, and no step since
    }
    let rides = &mut *rides;
    let last = rides.ahead_of.get_or_insert_with(|| rides.offsets.clone());
    rides.offsets.clone_from(last);
    let left = fixed.timestep().saturating_sub(fixed.overstep());
    let secs = clock.secs() + left.as_secs_f64();
    rides.advance(&document.fixtures, secs, fixed.timestep().as_secs_f32());
}

//! The world as the rules see it: what stands still, what moves, what can be climbed and sat on.

use super::careful::ask;
use super::rides::Rides;
use super::rules::{
    CROUCHED_METRES, Contact, GAP_METRES, Ground, HEIGHT_METRES, RADIUS_METRES, RideStep, SKIN_METRES,
    Stature, Touch,
};
use crate::people::{Me, Person, Posture};
use crate::session::Session;
use crate::world::{CurrentWorld, Fixtures, Seat};
use avian3d::character_controller::move_and_slide::DepenetrationConfig;
use avian3d::parry::shape::{Capsule, Shape};
use avian3d::prelude::*;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use holm_net::pose::Gait;

/// The shapes every body has. A resource, so that they are made once.
#[derive(Resource, Clone, Debug)]
pub(super) struct BodyShapes {
    colliders: [Collider; 2],
    capsules: [Capsule; 2],
}

impl Default for BodyShapes {
    fn default() -> Self {
        let straight = |height: f32| height - 2.0 * RADIUS_METRES;
        let heights = [HEIGHT_METRES, CROUCHED_METRES];
        Self {
            colliders: heights.map(|height| Collider::capsule(RADIUS_METRES, straight(height))),
            capsules: heights.map(|height| Capsule::new_y(straight(height) * 0.5, RADIUS_METRES)),
        }
    }
}

impl BodyShapes {
    fn collider(&self, stature: Stature) -> &Collider {
        &self.colliders[stature as usize]
    }

    pub(super) fn capsule(&self, stature: Stature) -> &dyn Shape {
        &self.capsules[stature as usize]
    }
}

/// Somebody who sits within this of a seat has it, metres…
const TAKEN_METRES: f32 = 0.5;
/// …and one who sits in the very same, because both sat down before either saw the other.
const SHARED_METRES: f32 = 0.25;

/// avian's casts against everything solid that stands still, ours against what moves.
#[derive(SystemParam)]
pub(super) struct Colliders<'w, 's> {
    casts: MoveAndSlide<'w, 's>,
    shapes: Res<'w, BodyShapes>,
    rides: Res<'w, Rides>,
    world: Option<Res<'w, CurrentWorld>>,
    session: Res<'w, Session>,
    others: Query<'w, 's, (&'static Person, &'static Posture), Without<Me>>,
    nothing: Local<'s, Fixtures>,
}

const _: () = assert!(SKIN_METRES < GAP_METRES);

fn centre(feet: Vec3, stature: Stature) -> Vec3 {
    feet + Vec3::Y * stature.height() * 0.5
}

impl Ground for Colliders<'_, '_> {
    fn sweep(&self, feet: Vec3, stature: Stature, motion: Vec3, gap: f32) -> Option<Touch> {
        let (direction, length) = Dir3::new_and_length(motion).ok()?;
        let config = ShapeCastConfig {
            max_distance: length,
            target_distance: gap,
            compute_contact_on_penetration: true,
            ignore_origin_penetration: true,
        };
        let hit = ask(|| {
            self.casts.spatial_query.cast_shape(
                self.shapes.collider(stature),
                centre(feet, stature),
                Quat::IDENTITY,
                direction,
                &config,
                &crate::third_party::avian::ground(),
            )
        });
        let whole = |hit: &ShapeHitData| {
            hit.distance.is_finite() && hit.normal1.is_finite() && hit.point1.is_finite()
        };
        let still = match hit {
            Some(None) => None,
            Some(Some(hit)) if whole(&hit) => Some(Touch {
                fraction: (hit.distance / length).clamp(0.0, 1.0),
                normal: hit.normal1,
                point: hit.point1,
                ride: None,
            }),
            // Nobody knows what is there: not a step further.
            _ => Some(Touch {
                fraction: 0.0,
                normal: -*direction,
                point: centre(feet, stature),
                ride: None,
            }),
        };
        let moving = self.rides.sweep(&self.shapes, feet, stature, motion, gap);
        match (still, moving) {
            (Some(still), Some(moving)) if moving.fraction < still.fraction => Some(moving),
            (still, moving) => still.or(moving),
        }
    }

    fn surface_below(&self, from: Vec3, depth: f32) -> Option<Vec3> {
        let casts = &self.casts.spatial_query;
        let filter = &crate::third_party::avian::ground();
        let hit = ask(|| casts.cast_ray(from, Dir3::NEG_Y, depth, false, filter)).flatten();
        let moving = self.rides.surface_below(from, depth);
        let normal = match (hit, moving) {
            (Some(hit), Some((distance, normal))) if distance < hit.distance => normal,
            (Some(hit), _) => hit.normal,
            (None, moving) => moving?.1,
        };
        // A triangle seen from behind still carries the feet.
        Some(if normal.y < 0.0 { -normal } else { normal })
    }

    fn contacts(&self, feet: Vec3, stature: Stature, reach: f32) -> Vec<Contact> {
        let mut near: Vec<Contact> = self.rides.contacts(&self.shapes, feet, stature, reach).collect();
        ask(|| {
            self.casts.intersections(
                self.shapes.collider(stature),
                centre(feet, stature),
                Quat::IDENTITY,
                reach,
                &crate::third_party::avian::ground(),
                |_, contact, normal| {
                    near.push(Contact {
                        normal: *normal,
                        distance: -contact.penetration,
                    });
                    true
                },
            );
        });
        near.retain(|contact| contact.normal.is_finite() && contact.distance.is_finite());
        near
    }

    fn way_out(&self, feet: Vec3, stature: Stature) -> Vec3 {
        let config = DepenetrationConfig {
            skin_width: 0.0,
            ..DepenetrationConfig::default()
        };
        let way_out = ask(|| {
            self.casts.depenetrate(
                self.shapes.collider(stature),
                centre(feet, stature),
                Quat::IDENTITY,
                &config,
                &crate::third_party::avian::ground(),
            )
        });
        way_out.unwrap_or_default()
    }

    fn is_open(&self, from: Vec3, to: Vec3) -> bool {
        let Ok((direction, length)) = Dir3::new_and_length(to - from) else {
            return true;
        };
        let casts = &self.casts.spatial_query;
        let hit = ask(|| {
            casts.cast_ray(
                from,
                direction,
                length,
                true,
                &crate::third_party::avian::ground(),
            )
        });
        hit.is_some_and(|hit| hit.is_none())
    }

    fn fixtures(&self) -> &Fixtures {
        let document = self.world.as_ref().and_then(|world| world.document.as_ref());
        document.map_or(&self.nothing, |document| &document.fixtures)
    }

    fn is_taken(&self, seat: &Seat, mine: bool) -> bool {
        let me = self.session.me();
        let within = if mine { SHARED_METRES } else { TAKEN_METRES };
        self.others.iter().any(|(person, posture)| {
            let there = Vec3::from_array(posture.pose.position);
            posture.known
                && posture.pose.gait == Gait::Sit
                && there.distance(seat.position()) < within
                // Two who both sit in one seat: who came into the room first stays.
                && (!mine || me.is_some_and(|me| person.slot < me))
        })
    }

    fn rides(&self) -> &[RideStep] {
        &self.rides.steps
    }

    fn push_out(&self, ride: usize, feet: Vec3, stature: Stature) -> Option<Vec3> {
        self.rides.push_out(&self.shapes, ride, feet, stature)
    }
}

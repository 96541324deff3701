//! What one bumps into: things with a body, as the physics engine gets them.
//!
//! Invariant: a collider is where its thing is drawn; nothing moves by physics yet, so all stand.

use super::forms;
use super::{Built, Things, ThingsSystems};
use avian3d::prelude::{Collider, RigidBody};
use bevy::prelude::*;
use holm_document::part::{Place, Shape};
use holm_document::rules::seen_at;
use holm_document::{Part, PartKind, State, ThingId};
use std::collections::HashMap;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Bodies>()
        .add_systems(PreUpdate, embody.after(ThingsSystems::Receive));
}

/// Which thing this collider is.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Solid(pub ThingId);

/// What stands there, by its thing.
#[derive(Resource, Default)]
struct Bodies(HashMap<ThingId, Standing>);

struct Standing {
    entity: Entity,
    shape: Shape,
    place: Place,
}

/// What is larger, metres, is as the engine takes ground: its casts lose millimetres beside long edges of solid forms.
const LARGE_METRES: f32 = 32.0;

/// What is there to bump into: its form and where.
fn solid(state: &State, id: ThingId) -> Option<(Shape, Place)> {
    let thing = state.thing(id)?;
    thing.part(PartKind::Body)?;
    let shape = match thing.part(PartKind::Shape) {
        Some(Part::Shape(shape)) => *shape,
        _ => super::files::solid(thing)?,
    };
    Some((shape, seen_at(state, id)?))
}

fn embody(
    mut commands: Commands,
    mut built: MessageReader<Built>,
    things: Res<Things>,
    mut bodies: ResMut<Bodies>,
) {
    let Some(change) = super::changed(&mut built, &things) else {
        return;
    };
    for (id, state) in change.of(bodies.0.keys().copied()) {
        let wanted = state.and_then(|state| solid(state, id));
        let old = bodies.0.get(&id);
        if old.map(|standing| (standing.shape, standing.place)) == wanted {
            continue; // painted, or named
        }
        if let Some(old) = bodies.0.remove(&id) {
            commands.entity(old.entity).despawn();
        }
        let Some((shape, place)) = wanted else { continue };
        let Some(collider) = collider(shape, Vec3::from_array(place.scale)) else {
            continue;
        };
        let at = Transform::from_translation(Vec3::from_array(place.position))
            .with_rotation(Quat::from_array(place.rotation).normalize());
        let entity = commands.spawn((Solid(id), RigidBody::Static, collider, at)).id();
        bodies.0.insert(id, Standing { entity, shape, place });
    }
}

/// The same for everybody: by the form and its size alone. `None` for one the engine does not take.
fn collider(shape: Shape, scale: Vec3) -> Option<Collider> {
    let form = || forms::of(shape);
    let corners = || form().positions.iter().map(|corner| *corner * scale).collect();
    let even = |a: f32, b: f32| (a - b).abs() <= 1e-3 * a.max(b);
    let around = even(scale.x, scale.z);
    let round = around && even(scale.x, scale.y);
    if scale.max_element() > LARGE_METRES || shape == Shape::Ring {
        return Collider::try_trimesh(corners(), form().triangles).ok();
    }
    match shape {
        Shape::Box => Some(Collider::cuboid(scale.x, scale.y, scale.z)),
        Shape::Ball if round => Some(Collider::sphere(scale.x * 0.5)),
        Shape::Capsule if round => Some(Collider::capsule(scale.x * 0.25, scale.x * 0.5)),
        Shape::Cylinder if around => Some(Collider::cylinder(scale.x * 0.5, scale.y)),
        Shape::Cone if around => Some(Collider::cone(scale.x * 0.5, scale.y)),
        _ => Collider::convex_hull(corners()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use avian3d::prelude::SimpleCollider;

    #[test]
    fn every_form_of_every_size_is_as_large_as_it_is_drawn() {
        for shape in forms::ALL {
            for scale in [
                Vec3::ONE,
                Vec3::splat(0.05),
                Vec3::new(2.0, 0.5, 1.0),
                Vec3::new(3.0, 7.0, 3.0),
                Vec3::splat(900.0),
                Vec3::new(0.001, 1000.0, 5.0),
            ] {
                let aabb = collider(shape, scale).map(|collider| collider.aabb(Vec3::ZERO, Quat::IDENTITY));
                let drawn = forms::of(shape)
                    .positions
                    .iter()
                    .fold(Vec3::ZERO, |most, corner| most.max((*corner * scale).abs()));
                let most = aabb.map_or(Vec3::MAX, |aabb| aabb.max);
                let off = ((most - drawn) / scale).abs().max_element();
                assert!(off < 0.02, "{shape:?} {scale}: {most} and not {drawn}");
            }
        }
    }
}

//! What one bumps into: things with a body, as the physics engine gets them.
//!
//! Invariant: a collider is where its thing is drawn; nothing moves by physics yet, so all stand.

use super::forms;
use super::{Built, Things, ThingsSystems};
use crate::world;
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

#[derive(Resource, Default)]
struct Bodies(HashMap<ThingId, Vec<Entity>>);

/// What is there to bump into: its form and where.
fn solid(state: &State, id: ThingId) -> Option<(Shape, Place)> {
    let thing = state.thing(id)?;
    thing.part(PartKind::Body)?;
    let Some(Part::Shape(shape)) = thing.part(PartKind::Shape) else {
        return None;
    };
    Some((*shape, seen_at(state, id)?))
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
        for entity in bodies.0.remove(&id).into_iter().flatten() {
            commands.entity(entity).despawn();
        }
        let Some((shape, place)) = state.and_then(|state| solid(state, id)) else {
            continue;
        };
        let entities = colliders(shape, Vec3::from_array(place.scale))
            .into_iter()
            .map(|collider| {
                let at = Transform::from_translation(Vec3::from_array(place.position))
                    .with_rotation(Quat::from_array(place.rotation).normalize());
                commands.spawn((Solid(id), RigidBody::Static, collider, at)).id()
            })
            .collect();
        bodies.0.insert(id, entities);
    }
}

fn colliders(shape: Shape, scale: Vec3) -> Vec<Collider> {
    let form = forms::of(shape);
    world::colliders(&[world::SolidMesh {
        positions: form.positions.iter().map(|corner| *corner * scale).collect(),
        triangles: form.triangles,
    }])
}

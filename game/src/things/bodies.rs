//! What one bumps into: things with a body, as the physics engine gets them.
//!
//! Flow: [`Built`] → which things stand and which are moved by physics ([`super::motion`]) → their colliders. What hangs on
//! something that moves is part of its body.
//! Invariants: a collider is where its thing is drawn; what comes to hang on what moves, or hangs on it no more, changes its body and
//! not its way; only the host's engine moves anything, at everybody else it is put
//! where the host says.

use super::forms::{self, Form};
use super::{Built, Things, ThingsSystems};
use crate::powers::PowersSystems;
use crate::session::Session;
use crate::third_party::avian::Layer;
use avian3d::prelude::*;
use bevy::prelude::*;
use holm_document::part::{self, Place, Shape};
use holm_document::rules::{hangs_on, seen_at};
use holm_document::{Part, PartKind, State, ThingId, arrange};
use std::collections::{BTreeSet, HashMap};
use std::f32::consts::TAU;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Bodies>().add_systems(
        PreUpdate,
        embody
            .in_set(BodiesSystems::Embody)
            .after(ThingsSystems::Receive)
            .after(PowersSystems::Receive),
    );
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodiesSystems {
    /// `PreUpdate`: what was built stands there.
    Embody,
}

/// Which thing this collider is.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Solid(pub ThingId);

/// Physics moves it.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Loose {
    /// Kilograms, with all that hangs on it.
    pub mass_kg: f32,
    /// From its middle to its farthest corner, metres.
    pub reach_metres: f32,
}

impl Loose {
    /// Walkers go through it and push it along, rather than stand before it.
    pub fn is_light(&self) -> bool {
        self.mass_kg <= LIGHT_KG
    }

    /// What it is to who walks, while nobody holds it.
    pub(crate) fn layer(&self) -> Layer {
        if self.is_light() {
            Layer::Light
        } else {
            Layer::Ground
        }
    }
}

/// Where the engine here let it come to rest last: a fact that says so is our own word.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub(crate) struct RestsAt(pub(crate) Place);

impl RestsAt {
    /// Whether the document says so: a door that is open is told as it stands when it is closed, and there and back is not
    /// exactly the same.
    pub(crate) fn is_said(&self, place: &Place) -> bool {
        self.0.scale == place.scale && is_there(&stand(&self.0), place)
    }
}

/// What a person walks through and pushes away: a ball, a chair, a box of paper.
const LIGHT_KG: f32 = 30.0;

/// What stands there, by its thing.
#[derive(Resource, Default)]
pub(crate) struct Bodies {
    standing: HashMap<ThingId, Standing>,
    /// What hung on something that moves when that was built, and on which.
    part_of: HashMap<ThingId, ThingId>,
}

impl Bodies {
    /// The collider of this thing.
    pub(crate) fn entity(&self, thing: ThingId) -> Option<Entity> {
        self.standing.get(&thing).map(|standing| standing.entity)
    }

    /// These hang on it now, and no others.
    fn consists_of(&mut self, thing: ThingId, parts: Vec<ThingId>) {
        let Some(standing) = self.standing.get_mut(&thing) else {
            return;
        };
        if standing.parts == parts {
            return;
        }
        for old in std::mem::take(&mut standing.parts) {
            if self.part_of.get(&old) == Some(&thing) {
                self.part_of.remove(&old);
            }
        }
        self.part_of.extend(parts.iter().map(|part| (*part, thing)));
        standing.parts = parts;
    }
}

struct Standing {
    entity: Entity,
    body: Body,
    place: Place,
    /// All that hangs on it, where it moves.
    parts: Vec<ThingId>,
}

/// What makes a body what it is, wherever it is.
#[derive(Clone, Debug)]
struct Body {
    /// Its forms and where they are from its middle; one that stands has one.
    forms: Vec<(Shape, Place)>,
    /// Of one that moves.
    loose: Option<part::Body>,
    /// This process's engine moves it.
    here: bool,
}

impl Body {
    /// Nobody would feel a difference: where what hangs on it is from it is reckoned anew wherever it lies.
    fn is_like(&self, other: &Self) -> bool {
        let alike = |(a, b): (&(Shape, Place), &(Shape, Place))| {
            a.0 == b.0 && a.1.scale == b.1.scale && is_there(&stand(&a.1), &b.1)
        };
        (self.loose, self.here, self.forms.len()) == (other.loose, other.here, other.forms.len())
            && self.forms.iter().zip(&other.forms).all(alike)
    }
}

/// What is larger, metres, is as the engine takes ground: its casts lose millimetres beside long edges of solid forms.
const LARGE_METRES: f32 = 32.0;

fn body_part(state: &State, id: ThingId) -> Option<part::Body> {
    match state.thing(id)?.part(PartKind::Body)? {
        Part::Body(body) => Some(*body),
        _ => None,
    }
}

fn shape_part(state: &State, id: ThingId) -> Option<Shape> {
    let thing = state.thing(id)?;
    match thing.part(PartKind::Shape) {
        Some(Part::Shape(shape)) => Some(*shape),
        _ => super::files::solid(thing),
    }
}

/// What hangs on nothing, with a shape and a body that moves.
pub(crate) fn is_loose(state: &State, id: ThingId) -> bool {
    hangs_on(state, id).is_none()
        && shape_part(state, id).is_some()
        && body_part(state, id).is_some_and(|body| body.moves)
}

/// Where `below` is from `above`, both as they are seen: the inverse of [`Place::and`], with sizes of their own.
pub(crate) fn from_above(above: &Place, below: &Place) -> Place {
    let back = Quat::from_array(above.rotation).normalize().inverse();
    let way = Vec3::from_array(below.position) - Vec3::from_array(above.position);
    Place {
        position: (back * way).to_array(),
        rotation: (back * Quat::from_array(below.rotation)).normalize().to_array(),
        scale: below.scale,
    }
}

/// Slower than this is still, metres a second.
const STILL_SPEED: f32 = 0.12;

/// Most forms of one body: what hangs on it beyond that is seen and not felt.
const MOST_FORMS: usize = 256;

/// What is there to bump into, and where; with all that hangs on it, where it moves.
fn solid(state: &State, id: ThingId, host: bool) -> Option<(Body, Place, Vec<ThingId>)> {
    let own = body_part(state, id)?;
    let shape = shape_part(state, id)?;
    let place = seen_at(state, id)?;
    let at_middle = |scale| Place {
        scale,
        ..Place::default()
    };
    let mut forms = vec![(shape, at_middle(place.scale))];
    let root = arrange::root(state, id);
    if root != id && is_loose(state, root) {
        return None; // part of what it hangs on
    }
    let loose = own.moves && root == id;
    let mut parts = Vec::new();
    if loose {
        let mut left = vec![id];
        while let Some(above) = left.pop() {
            for below in state.hanging_on(above) {
                left.push(below);
                parts.push(below);
                if let (Some(shape), Some(_), Some(seen)) = (
                    shape_part(state, below),
                    body_part(state, below),
                    seen_at(state, below),
                ) && forms.len() < MOST_FORMS
                {
                    forms.push((shape, from_above(&place, &seen)));
                }
            }
        }
    }
    let body = Body {
        forms,
        loose: loose.then_some(own),
        here: host && loose,
    };
    Some((body, place, parts))
}

fn embody(
    mut commands: Commands,
    mut built: MessageReader<Built>,
    things: Res<Things>,
    session: Res<Session>,
    mut bodies: ResMut<Bodies>,
    touching: Option<Res<ContactGraph>>,
    loose: Query<
        (
            &Transform,
            Option<&RestsAt>,
            &RigidBody,
            &LinearVelocity,
            &AngularVelocity,
            Has<SleepingDisabled>,
        ),
        With<Loose>,
    >,
) {
    let Some(change) = super::changed(&mut built, &things) else {
        return;
    };
    let changed = change.of(bodies.standing.keys().copied());
    // What hangs on something that moves changes that, and so does what hung on it.
    let roots: BTreeSet<ThingId> = changed
        .iter()
        .flat_map(|(id, state)| {
            let now = state.map(|state| arrange::root(state, *id));
            now.into_iter().chain(bodies.part_of.get(id).copied())
        })
        .collect();
    let state = things.state();
    let all: BTreeSet<ThingId> = changed.into_iter().map(|(id, _)| id).chain(roots).collect();
    for id in all {
        let wanted = state.and_then(|state| solid(state, id, session.is_host()));
        let parts = wanted.as_ref().map(|(_, _, parts)| parts.clone());
        bodies.consists_of(id, parts.unwrap_or_default());
        if let (Some(old), Some((body, place, _))) = (bodies.standing.get_mut(&id), &wanted)
            && old.body.is_like(body)
            && (body.loose.is_some() || old.place == *place)
        {
            if old.place == *place {
                continue; // painted, or named
            }
            old.place = *place;
            // What came to rest is where it is; what somebody puts elsewhere is there, and still.
            let there = loose.get(old.entity).is_ok_and(|(at, rests, ..)| {
                is_there(at, place) || rests.is_some_and(|rests| rests.is_said(place))
            });
            if !there {
                let still = (LinearVelocity::ZERO, AngularVelocity::ZERO);
                let mut entity = commands.entity(old.entity);
                // Where it lay before says nothing any more: it may be put there again.
                entity
                    .insert((stand(place), still, kind(body)))
                    .remove::<RestsAt>();
            }
            continue;
        }
        let old = bodies.standing.remove(&id);
        if let Some(old) = &old {
            // What slept on it falls: the engine wakes nobody when something that stands goes.
            let on_it = touching
                .iter()
                .flat_map(|touching| touching.entities_colliding_with(old.entity));
            for other in on_it.filter(|other| loose.contains(*other)) {
                commands.entity(other).try_remove::<Sleeping>();
            }
            commands.entity(old.entity).despawn();
        }
        let Some((body, place, parts)) = wanted else {
            continue;
        };
        let Some(entity) = spawn(&mut commands, id, &body, &place) else {
            continue;
        };
        // Another body on the same way: it rolls on, or is in the same hand.
        if let Some(old) = old
            && old.place == place
            && body.loose.is_some()
            && old.body.here == body.here
            && let Ok((at, rests, kind, velocity, spin, held)) = loose.get(old.entity)
        {
            let mut entity = commands.entity(entity);
            entity.insert((*at, *kind, *velocity, *spin));
            if let Some(rests) = rests {
                entity.insert(*rests);
            }
            if held {
                entity.insert(SleepingDisabled);
            }
        }
        let standing = Standing {
            entity,
            body,
            place,
            parts: Vec::new(),
        };
        bodies.standing.insert(id, standing);
        bodies.consists_of(id, parts);
    }
}

/// What came to rest is told as exactly as the engine has it; a little less than what one sees.
fn is_there(at: &Transform, place: &Place) -> bool {
    at.translation.distance(Vec3::from_array(place.position)) < 2e-3
        && at
            .rotation
            .angle_between(Quat::from_array(place.rotation).normalize())
            < 5e-3
}

/// Who moves one that moves.
fn kind(body: &Body) -> RigidBody {
    if body.here {
        RigidBody::Dynamic
    } else {
        RigidBody::Kinematic
    }
}

/// Where a collider stands: its size is in it.
fn stand(place: &Place) -> Transform {
    Transform::from_translation(Vec3::from_array(place.position))
        .with_rotation(Quat::from_array(place.rotation).normalize())
}

fn spawn(commands: &mut Commands, id: ThingId, body: &Body, place: &Place) -> Option<Entity> {
    let at = stand(place);
    let Some(loose) = body.loose else {
        let (shape, form) = body.forms.first()?;
        let collider = collider(*shape, Vec3::from_array(form.scale))?;
        return Some(commands.spawn((Solid(id), RigidBody::Static, collider, at)).id());
    };
    let parts: Vec<(Vec3, Quat, Collider)> = body
        .forms
        .iter()
        .flat_map(|(shape, form)| {
            let middle = Vec3::from_array(form.position);
            let turn = Quat::from_array(form.rotation).normalize();
            solids(*shape, Vec3::from_array(form.scale))
                .into_iter()
                .map(move |collider| (middle, turn, collider))
        })
        .collect();
    let collider = match parts.as_slice() {
        [] => return None,
        [(middle, turn, one)] if *middle == Vec3::ZERO && turn.is_near_identity() => one.clone(),
        _ => Collider::compound(parts),
    };
    let extent = collider.aabb(Vec3::ZERO, Quat::IDENTITY).size();
    let thin = extent.min_element();
    let volume = collider.mass_properties(1.0).mass.max(1e-6);
    let reach = collider.aabb(Vec3::ZERO, Quat::IDENTITY);
    let loose_body = Loose {
        mass_kg: loose.mass_kg,
        reach_metres: reach.min.abs().max(reach.max.abs()).length(),
    };
    let layers = loose_body.layer().with_all();
    let mut entity = commands.spawn((Solid(id), loose_body, kind(body), collider, at, layers));
    entity.insert((
        ColliderDensity(loose.mass_kg / volume),
        Friction::new(loose.friction),
        Restitution::new(loose.bounce),
        LinearDamping(0.05),
        // What rolls comes to rest some day, as on any real ground…
        AngularDamping(2.5),
        // …and a small ball that hardly moves turns many times.
        SleepThreshold {
            linear: STILL_SPEED,
            angular: (2.0 * STILL_SPEED / thin.max(0.02)).max(STILL_SPEED),
        },
    ));
    Some(entity.id())
}

/// The same for everybody: by the form and its size alone. `None` for one the engine does not take.
fn collider(shape: Shape, scale: Vec3) -> Option<Collider> {
    if scale.max_element() > LARGE_METRES || shape == Shape::Ring {
        let form = forms::of(shape);
        return Collider::try_trimesh(corners(&form, scale), form.triangles).ok();
    }
    convex(shape, scale)
}

fn corners(form: &Form, scale: Vec3) -> Vec<Vec3> {
    form.positions.iter().map(|corner| *corner * scale).collect()
}

fn convex(shape: Shape, scale: Vec3) -> Option<Collider> {
    let even = |a: f32, b: f32| (a - b).abs() <= 1e-3 * a.max(b);
    let around = even(scale.x, scale.z);
    let round = around && even(scale.x, scale.y);
    match shape {
        Shape::Box => Some(Collider::cuboid(scale.x, scale.y, scale.z)),
        Shape::Ball if round => Some(Collider::sphere(scale.x * 0.5)),
        Shape::Capsule if round => Some(Collider::capsule(scale.x * 0.25, scale.x * 0.5)),
        Shape::Cylinder if around => Some(Collider::cylinder(scale.x * 0.5, scale.y)),
        Shape::Cone if around => Some(Collider::cone(scale.x * 0.5, scale.y)),
        _ => Collider::convex_hull(corners(&forms::of(shape), scale)),
    }
}

/// Pieces of a ring that moves.
const RING_PIECES: usize = 12;

/// As bodies that have an inside, which only such can move.
fn solids(shape: Shape, scale: Vec3) -> Vec<Collider> {
    if shape != Shape::Ring {
        return convex(shape, scale).into_iter().collect();
    }
    let form = forms::of(Shape::Ring);
    let piece = TAU / RING_PIECES as f32;
    (0..RING_PIECES)
        .filter_map(|number| {
            let middle = (number as f32 + 0.5) * piece;
            let within = |corner: &&Vec3| {
                let way = (f32::atan2(-corner.z, corner.x) - middle + TAU * 1.5).rem_euclid(TAU) - TAU * 0.5;
                way.abs() <= piece * 0.5 + 1e-3
            };
            let corners = form.positions.iter().filter(within);
            Collider::convex_hull(corners.map(|corner| *corner * scale).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_moves_has_an_inside_and_is_as_large_too() {
        for shape in forms::ALL {
            for scale in [Vec3::ONE, Vec3::splat(0.2), Vec3::new(2.0, 0.5, 1.0)] {
                let mut most = Vec3::ZERO;
                let mut volume = 0.0;
                for solid in solids(shape, scale) {
                    most = most.max(solid.aabb(Vec3::ZERO, Quat::IDENTITY).max);
                    volume += solid.mass_properties(1.0).mass;
                }
                let drawn = forms::of(shape)
                    .positions
                    .iter()
                    .fold(Vec3::ZERO, |most, corner| most.max((*corner * scale).abs()));
                assert!(
                    ((most - drawn) / scale).abs().max_element() < 0.02,
                    "{shape:?} {most} {drawn}"
                );
                assert!(volume > 0.05 * scale.element_product(), "{shape:?} {volume}");
            }
        }
    }
}

//! How things look: simple forms, their colours and lights.
//!
//! Flow: [`Built`] → what changed → entities with shared meshes and materials, so that equal things are one draw.
//! Invariant: only what the document holds is shown.

use super::files::view::Showing;
use super::forms;
use super::{Built, Things};
use crate::settings::Settings;
use crate::world::view::tag;
use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, MeshTag, PrimitiveTopology};
use bevy::prelude::*;
use holm_document::part::{Lamp, Paint, Place, Shape};
use holm_document::rules::seen_at;
use holm_document::{Part, PartKind, State, ThingId};
use std::collections::{BTreeMap, HashMap};

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Shown>()
        .init_resource::<Stock>()
        .init_resource::<Preview>()
        .add_systems(Update, (show, glide, preview).chain().in_set(ShowSystems));
}

/// `Update`: things are drawn where the document has them, or where somebody here is just putting them.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ShowSystems;

/// What is drawn of each thing.
#[derive(Resource, Default)]
pub(super) struct Shown(HashMap<ThingId, Entity>);

impl Shown {
    pub(super) fn get(&self, id: ThingId) -> Option<Entity> {
        self.0.get(&id).copied()
    }
}

/// Things that are drawn elsewhere than they are, while somebody here moves them and has not let go.
#[derive(Resource, Default)]
pub(super) struct Preview {
    places: BTreeMap<ThingId, Place>,
    /// Frames until they are drawn where they are; `None` while they are held.
    left: Option<u8>,
}

/// Frames between letting go and the wish's own effect: until then they would be drawn where they were.
const SETTLING_FRAMES: u8 = 3;

impl Preview {
    /// Exactly these, from now on.
    pub(super) fn hold(&mut self, places: BTreeMap<ThingId, Place>) {
        self.places = places;
        self.left = None;
    }

    /// They were let go: soon they are where they are drawn.
    pub(super) fn let_go(&mut self) {
        self.left = Some(SETTLING_FRAMES);
    }

    /// Back to where they are.
    pub(super) fn forget(&mut self) {
        self.left = Some(0);
    }
}

fn preview(
    mut preview: ResMut<Preview>,
    things: Res<Things>,
    shown: Res<Shown>,
    mut seen: Query<&mut Transform, Without<Gliding>>,
    mut drawn: Local<BTreeMap<ThingId, Place>>,
) {
    if preview.places.is_empty() && drawn.is_empty() {
        return;
    }
    if let Some(left) = &mut preview.left {
        if *left == 0 {
            preview.places.clear();
            preview.left = None;
        } else {
            *left -= 1;
        }
    }
    let mut put = |id: ThingId, place: &Place| {
        if let Some(mut at) = shown.get(id).and_then(|entity| seen.get_mut(entity).ok()) {
            at.set_if_neq(transform(place));
        }
    };
    for id in drawn.keys().filter(|id| !preview.places.contains_key(id)) {
        if let Some(place) = things.state().and_then(|state| seen_at(state, *id)) {
            put(*id, &place);
        }
    }
    for (id, place) in &preview.places {
        put(*id, place);
    }
    drawn.clone_from(&preview.places);
}

/// Meshes and materials that things share.
#[derive(Resource, Default)]
pub(super) struct Stock {
    meshes: HashMap<usize, Handle<Mesh>>,
    paints: HashMap<[u8; 7], Handle<StandardMaterial>>,
}

/// Kinds of paint that are remembered; more, and those that nothing wears are forgotten.
const MOST_PAINTS: usize = 4_096;
/// How bright what glows fully is, against white in the sun.
const GLOW: f32 = 3.0;

/// What a thing without paint looks like.
pub(super) const PLAIN: Paint = Paint {
    colour: [214, 205, 190, 255],
    roughness: 210,
    metal: 0,
    glow: 0,
};

impl Stock {
    pub(super) fn mesh(&mut self, meshes: &mut Assets<Mesh>, shape: Shape) -> Handle<Mesh> {
        let new = || {
            let form = forms::of(shape);
            let indices = form.triangles.into_iter().flatten().collect();
            let mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
                .with_inserted_attribute(
                    Mesh::ATTRIBUTE_POSITION,
                    form.positions.iter().map(Vec3::to_array).collect::<Vec<_>>(),
                )
                .with_inserted_attribute(
                    Mesh::ATTRIBUTE_NORMAL,
                    form.normals.iter().map(Vec3::to_array).collect::<Vec<_>>(),
                )
                .with_inserted_indices(Indices::U32(indices));
            meshes.add(mesh)
        };
        self.meshes.entry(shape as usize).or_insert_with(new).clone()
    }

    fn paint(&mut self, materials: &mut Assets<StandardMaterial>, paint: Paint) -> Handle<StandardMaterial> {
        let [r, g, b, a] = paint.colour;
        let key = [r, g, b, a, paint.roughness, paint.metal, paint.glow];
        if self.paints.len() >= MOST_PAINTS && !self.paints.contains_key(&key) {
            self.paints.clear(); // what is worn keeps its own handle
        }
        self.paints
            .entry(key)
            .or_insert_with(|| materials.add(material(paint)))
            .clone()
    }
}

pub(super) fn material(paint: Paint) -> StandardMaterial {
    let [r, g, b, a] = paint.colour;
    let colour = Color::srgba_u8(r, g, b, a);
    let share = |byte: u8| f32::from(byte) / 255.0;
    StandardMaterial {
        base_color: colour,
        perceptual_roughness: share(paint.roughness).max(0.089),
        // Without surroundings to mirror, metal would be black.
        metallic: share(paint.metal) * 0.35,
        emissive: colour.to_linear() * (share(paint.glow) * GLOW),
        alpha_mode: if a == 255 {
            AlphaMode::Opaque
        } else {
            AlphaMode::Blend
        },
        ..default()
    }
}

/// Where something at this place is drawn.
pub(super) fn transform(place: &Place) -> Transform {
    Transform {
        translation: Vec3::from_array(place.position),
        rotation: Quat::from_array(place.rotation).normalize(),
        scale: Vec3::from_array(place.scale),
    }
}

/// A leaf on its way: it turns about its hinge.
#[derive(Component, Clone, Copy, Debug)]
struct Gliding {
    from: Quat,
    to: Transform,
    /// 0..1.
    done: f32,
}

/// How long a door takes to swing.
const SWING_SECS: f32 = 0.45;

impl Gliding {
    fn now(&self) -> Transform {
        let eased = self.done * self.done * (3.0 - 2.0 * self.done);
        let to = self.to;
        let hinge = Vec3::NEG_X * 0.5 * to.scale.x;
        let rotation = self.from.slerp(to.rotation, eased);
        Transform {
            translation: to.translation + to.rotation * hinge - rotation * hinge,
            rotation,
            scale: to.scale,
        }
    }
}

fn glide(
    mut commands: Commands,
    time: Res<Time<Real>>,
    mut gliding: Query<(Entity, &mut Gliding, &mut Transform)>,
) {
    for (entity, mut leaf, mut transform) in &mut gliding {
        leaf.done = (leaf.done + time.delta_secs() / SWING_SECS).min(1.0);
        *transform = leaf.now();
        if leaf.done >= 1.0 {
            commands.entity(entity).remove::<Gliding>();
        }
    }
}

/// What is seen of a thing.
struct Look {
    /// It swings, rather than being somewhere else at once.
    door: bool,
    form: Option<(Shape, Paint)>,
    lamp: Option<Lamp>,
    /// It shows a file, which `files::view` hangs under it.
    file: Option<Showing>,
    place: Place,
}

/// Where the light of a lamp with a cone comes from: it hangs on the thing, and shines down.
#[derive(Component)]
struct Beam;

fn look(state: &State, id: ThingId) -> Option<Look> {
    let thing = state.thing(id)?;
    let paint = match thing.part(PartKind::Paint) {
        Some(Part::Paint(paint)) => *paint,
        _ => PLAIN,
    };
    let form = match thing.part(PartKind::Shape) {
        Some(Part::Shape(shape)) => Some((*shape, paint)),
        _ => None,
    };
    let lamp = match thing.part(PartKind::Lamp) {
        Some(Part::Lamp(lamp)) => Some(*lamp),
        _ => None,
    };
    let file = super::files::of(thing).map(|part| Showing {
        part: part.clone(),
        unlit: paint.glow > 0,
    });
    let written = thing.part(PartKind::Writing).is_some();
    (form.is_some() || lamp.is_some() || file.is_some() || written).then_some(Look {
        file,
        door: thing.part(PartKind::Door).is_some(),
        form,
        lamp,
        place: seen_at(state, id)?,
    })
}

/// The beam that this thing has.
#[derive(Component)]
pub(super) struct Beaming(Entity);

/// All around, or down within a cone.
fn shine(entity: &mut EntityCommands, lamp: Option<Lamp>, old: Option<&Beaming>) {
    if let Some(Beaming(beam)) = old {
        entity.commands().entity(*beam).try_despawn();
        entity.remove::<Beaming>();
    }
    let Some(lamp) = lamp else {
        entity.remove::<PointLight>();
        return;
    };
    let [r, g, b] = lamp.colour;
    let color = Color::srgb_u8(r, g, b);
    let Some(cone) = lamp.cone_degrees else {
        entity.insert(PointLight {
            color,
            intensity: lamp.lumens,
            range: lamp.reach_metres,
            shadow_maps_enabled: false,
            ..default()
        });
        return;
    };
    let outer_angle = cone.to_radians();
    let around = entity.id();
    let beam = entity
        .commands()
        .spawn((
            Beam,
            SpotLight {
                color,
                intensity: lamp.lumens,
                range: lamp.reach_metres,
                outer_angle,
                inner_angle: outer_angle * SOFT_FROM,
                shadow_maps_enabled: false,
                ..default()
            },
            Transform::from_rotation(Quat::from_rotation_x(-core::f32::consts::FRAC_PI_2)),
            ChildOf(around),
        ))
        .id();
    entity.remove::<PointLight>().insert(Beaming(beam));
}

/// From this part of a cone on its light grows weaker towards the edge.
const SOFT_FROM: f32 = 0.8;

pub(super) fn show(
    mut commands: Commands,
    mut built: MessageReader<Built>,
    things: Res<Things>,
    mut shown: ResMut<Shown>,
    mut stock: ResMut<Stock>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    settings: Option<Res<Settings>>,
    seen: Query<&Transform>,
    beams: Query<&Beaming>,
) {
    let still = settings.is_some_and(|settings| settings.reduced_motion);
    let Some(change) = super::changed(&mut built, &things) else {
        return;
    };
    for (id, state) in change.of(shown.0.keys().copied()) {
        let Some(look) = state.and_then(|state| look(state, id)) else {
            if let Some(entity) = shown.0.remove(&id) {
                commands.entity(entity).despawn();
            }
            continue;
        };
        let entity = *shown.0.entry(id).or_insert_with(|| commands.spawn_empty().id());
        let to = transform(&look.place);
        let before = seen.get(entity).ok().filter(|_| look.door && !still);
        let mut entity = commands.entity(entity);
        match before.map(|before| before.rotation) {
            Some(from) if from.angle_between(to.rotation) > 0.01 => {
                entity.insert(Gliding { from, to, done: 0.0 });
            }
            _ => {
                entity.remove::<Gliding>().insert(to);
            }
        }
        entity.insert((Visibility::default(), MeshTag(tag::NOTHING)));
        match look.form {
            Some((shape, paint)) => entity.insert((
                Mesh3d(stock.mesh(&mut meshes, shape)),
                MeshMaterial3d(stock.paint(&mut materials, paint)),
            )),
            None => entity.remove::<(Mesh3d, MeshMaterial3d<StandardMaterial>)>(),
        };
        match look.file {
            Some(showing) => entity.insert(showing),
            None => entity.remove::<Showing>(),
        };
        let beam = beams.get(entity.id()).ok();
        shine(&mut entity, look.lamp, beam);
    }
}

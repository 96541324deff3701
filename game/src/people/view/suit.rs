//! Bodies that people brought: a document becomes joints, skinned meshes and materials below its wearer.
//!
//! Flow: [`Wearing`] names a document that is here → `cloth` makes meshes and pictures of it beside the frames, once for
//! everybody who wears it → `wear` spawns it and publishes [`Rig`] → `animate` of the view moves it with the same motion
//! as everybody's ([`Rig::hold`], then `twist` and `sway`, then [`Rig::write`]) → `show_faces` (`face`).
//! Invariant: until a suit is there, and whenever it is far away, the default family stands in.

mod cloth;
mod face;
#[cfg(test)]
mod fixture;
mod sway;
mod toon;
mod twist;

use super::detail::Detail;
use super::family::BONES;
use super::motion::{Held, LIMBS, Skeleton, Solved};
use super::{Figure, Stature};
use crate::avatar::document::{AvatarNode, FirstPerson};
use crate::avatar::own::Own;
use crate::avatar::{AvatarDocument, Avatars, Bone, Wearing};
use crate::body::camera::Eye;
use crate::people::Person;
use crate::platform;
use crate::view::thrift::Thrift;
use bevy::camera::primitives::Aabb;
use bevy::camera::visibility::{NoAutoAabb, RenderLayers};
use bevy::ecs::system::SystemParam;
use bevy::light::NotShadowCaster;
use bevy::math::Affine3A;
use bevy::mesh::morph::MeshMorphWeights;
use bevy::mesh::skinning::{SkinnedMesh, SkinnedMeshInverseBindposes};
use bevy::prelude::*;
use bevy::render::renderer::RenderDevice;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use cloth::{Cloth, Cut, Cutter, Surface};
use face::Showing;
use std::collections::BTreeMap;
use std::sync::Arc;
use sway::{Place, Sway};
use toon::ToonMaterial;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Suits>().add_plugins(toon::plugin);
}

/// A body somebody brought, as it stands in the world. On its wearer.
#[derive(Component)]
pub(crate) struct Rig {
    document: Arc<AvatarDocument>,
    /// By node of the document.
    joints: Vec<Entity>,
    /// By part of the document: the shape, and its outline.
    parts: Vec<(Entity, Option<Entity>)>,
    shade: Shade,
    model: Entity,
    skeleton: Skeleton,
    /// From the space of the body to that of the hips' parent.
    hips_from_body: Affine3A,
    /// What every node is in its parent, and which of them ever change.
    pose: Vec<Place>,
    moves: Vec<usize>,
    sway: Sway,
    showing: Showing,
    worn_face: Face,
}

/// What throws the shadow of whoever looks out of this head (`shade`); nothing for anybody else.
#[derive(Default)]
struct Shade {
    /// The head and what hangs on it, by node.
    joints: BTreeMap<usize, Entity>,
    /// By part of the document.
    shapes: Vec<Entity>,
}

impl Shade {
    /// The second joints of the head, beside the first ones, where they are at rest.
    fn new(commands: &mut Commands, document: &AvatarDocument, joints: &[Entity]) -> Self {
        let head = document.humanoid.node(Bone::Head).map(usize::from);
        let mut shade = Self::default();
        for (index, node) in document.nodes.iter().enumerate() {
            let above = node.parent.map(usize::from);
            let on_head = above.and_then(|above| shade.joints.get(&above)).copied();
            let on_neck = above
                .filter(|_| Some(index) == head)
                .and_then(|above| joints.get(above))
                .copied();
            if let Some(above) = on_head.or(on_neck) {
                let place = at_rest(node);
                let joint = commands.spawn((super::Joint, place, Visibility::Inherited, ChildOf(above)));
                shade.joints.insert(index, joint.id());
            }
        }
        shade
    }
}

/// Where a node is in its parent.
fn at_rest(node: &AvatarNode) -> Transform {
    Transform {
        translation: node.translation,
        rotation: node.rotation,
        scale: node.scale,
    }
}

/// The face that is on the shapes now.
#[derive(Default)]
struct Face {
    shown: Option<Showing>,
    weights: Vec<f32>,
    forms: Vec<Vec<f32>>,
    /// Surfaces that a face paints are their wearer's own.
    painted: Vec<(u16, Surface)>,
}

/// One document's cloth, shared by all who wear it.
enum Wardrobe {
    /// On another thread, with forms or without.
    Away(Task<Cut>, bool),
    /// Between the frames of the only one.
    Here(Cutter),
    Ready(Cloth),
}

impl Wardrobe {
    fn new(document: &Arc<AvatarDocument>, forms: bool) -> Self {
        let cutter = Cutter::new(document.clone(), forms);
        if platform::ONE_THREAD {
            return Self::Here(cutter);
        }
        Self::Away(
            AsyncComputeTaskPool::get().spawn(async move { cutter.finish() }),
            forms,
        )
    }

    /// What is cut, with forms or without, once everything is.
    fn cut(&mut self, thrift: &mut Thrift) -> Option<(Cut, bool)> {
        match self {
            Self::Away(task, forms) => Some((check_ready(task)?, *forms)),
            Self::Here(cutter) => Some((cutter.cut(thrift)?, cutter.forms)),
            Self::Ready(_) => None,
        }
    }
}

/// Every document that is worn here.
#[derive(Resource, Default)]
pub(super) struct Suits {
    worn: BTreeMap<[u8; 32], Wardrobe>,
    thrift: Thrift,
}

/// Everything a suit is made of.
#[derive(SystemParam)]
pub(super) struct Fabrics<'w> {
    meshes: ResMut<'w, Assets<Mesh>>,
    images: ResMut<'w, Assets<Image>>,
    binds: ResMut<'w, Assets<SkinnedMeshInverseBindposes>>,
    plains: ResMut<'w, Assets<StandardMaterial>>,
    toons: ResMut<'w, Assets<ToonMaterial>>,
    device: Option<Res<'w, RenderDevice>>,
}

/// Bevy lays forms into pictures this wide where there are no storage buffers (WebGL2).
const FORM_PICTURE_SIDE: u32 = bevy::mesh::morph::MAX_TEXTURE_WIDTH;

impl Fabrics<'_> {
    /// Whether the graphics card has room for forms; without, faces stay still, and nothing else is lost.
    fn has_forms(&self) -> bool {
        self.device.as_ref().is_none_or(|device| {
            let limits = device.limits();
            limits.max_storage_buffers_per_shader_stage > 0
                || limits.max_texture_dimension_3d >= FORM_PICTURE_SIDE
        })
    }
}

/// Puts on and takes off.
pub(super) fn wear(
    mut commands: Commands,
    mut suits: ResMut<Suits>,
    avatars: Res<Avatars>,
    own: Option<Res<Own>>,
    mut fabrics: Fabrics,
    people: Query<(Entity, &Person, &Wearing, Option<&Rig>), With<Figure>>,
) {
    let mut worn = BTreeMap::new();
    let suits = &mut *suits;
    suits.thrift.next_frame();
    for (entity, person, wearing, rig) in &people {
        let mine = own.as_ref().filter(|_| person.me).and_then(|own| own.document());
        let document = mine.or_else(|| wearing.avatar.and_then(|avatar| avatars.document(&avatar)));
        if rig.map(|rig| rig.document.hash) == document.map(|document| document.hash) {
            if let Some(document) = document {
                worn.insert(document.hash, ());
            }
            continue;
        }
        if let Some(rig) = rig {
            commands.entity(rig.model).try_despawn();
            commands.entity(entity).remove::<Rig>();
        }
        let Some(document) = document else { continue };
        worn.insert(document.hash, ());
        let wardrobe = suits
            .worn
            .entry(document.hash)
            .or_insert_with(|| Wardrobe::new(document, fabrics.has_forms()));
        if let Some((cut, forms)) = wardrobe.cut(&mut suits.thrift) {
            let Fabrics {
                meshes,
                images,
                binds,
                plains,
                toons,
                ..
            } = &mut fabrics;
            *wardrobe = Wardrobe::Ready(cut.sew(document, forms, meshes, images, binds, plains, toons));
        }
        if let Wardrobe::Ready(cloth) = wardrobe {
            let rig = spawn(&mut commands, document, cloth, &mut fabrics, person.me);
            commands.entity(entity).add_child(rig.model).insert(rig);
        }
    }
    suits.worn.retain(|hash, _| worn.contains_key(hash));
}

/// A box around whatever a body does, tails and sleeves included.
fn room(height: f32) -> Aabb {
    Aabb::from_min_max(
        Vec3::new(-1.1, -0.5, -1.1) * height,
        Vec3::new(1.1, 1.6, 1.1) * height,
    )
}

fn spawn(
    commands: &mut Commands,
    document: &Arc<AvatarDocument>,
    cloth: &Cloth,
    fabrics: &mut Fabrics,
    me: bool,
) -> Rig {
    let model = commands.spawn((Transform::default(), Visibility::default())).id();
    let mut joints: Vec<Entity> = Vec::with_capacity(document.nodes.len());
    let mut pose: Vec<Place> = Vec::with_capacity(document.nodes.len());
    for node in &document.nodes {
        pose.push(Place {
            at: node.translation,
            turn: node.rotation,
            scale: node.scale,
        });
        let above = node
            .parent
            .and_then(|above| joints.get(usize::from(above)).copied());
        joints.push(
            commands
                .spawn((
                    super::Joint,
                    at_rest(node),
                    Visibility::Inherited,
                    ChildOf(above.unwrap_or(model)),
                ))
                .id(),
        );
    }
    let painted: Vec<(u16, Surface)> = face::painted(document)
        .into_iter()
        .filter_map(|material| {
            let surface = own_copy(cloth.surfaces.get(usize::from(material))?, fabrics)?;
            Some((material, surface))
        })
        .collect();
    let mut parts = Vec::with_capacity(document.parts.len());
    let mut shade = if me {
        Shade::new(commands, document, &joints)
    } else {
        Shade::default()
    };
    for (part, mesh) in document.parts.iter().zip(&cloth.meshes) {
        let own = painted
            .iter()
            .find(|(material, _)| usize::from(*material) == part.material);
        let surface = own
            .map(|(_, surface)| surface)
            .or(cloth.surfaces.get(part.material));
        let mut dress = |outline: bool, joint: &dyn Fn(u16) -> Entity| {
            let mut shape =
                commands.spawn((Mesh3d(mesh.clone()), Transform::default(), Visibility::Inherited));
            match surface {
                Some(Surface::Plain(material)) => shape.insert(MeshMaterial3d(material.clone())),
                Some(Surface::Toon {
                    outline: Some(material),
                    ..
                }) if outline => shape.insert((MeshMaterial3d(material.clone()), NotShadowCaster)),
                Some(Surface::Toon { body, .. }) => shape.insert(MeshMaterial3d(body.clone())),
                None => shape.insert(MeshMaterial3d(Handle::<StandardMaterial>::default())),
            };
            if cloth.forms && !part.morphs.is_empty() {
                shape.insert(MeshMorphWeights::Value {
                    weights: vec![0.0; part.morphs.len()],
                });
            }
            let skin = part.skin.filter(|_| !part.joints.is_empty());
            let skin = skin.and_then(|skin| Some((document.skins.get(skin)?, cloth.binds.get(skin)?)));
            match skin {
                Some((skin, bind)) => shape.insert((
                    SkinnedMesh {
                        inverse_bindposes: bind.clone(),
                        joints: skin.joints.iter().map(|node| joint(*node)).collect(),
                    },
                    room(document.humanoid.height),
                    NoAutoAabb,
                    ChildOf(model),
                )),
                None => shape.insert(ChildOf(joint(part.node))),
            };
            shape.id()
        };
        let outlined = matches!(surface, Some(Surface::Toon { outline: Some(_), .. }));
        let seen = |node: u16| joints.get(usize::from(node)).copied().unwrap_or(model);
        parts.push((dress(false, &seen), outlined.then(|| dress(true, &seen))));
        if me {
            let thrown = |node: u16| {
                let own = shade.joints.get(&usize::from(node)).copied();
                own.unwrap_or_else(|| seen(node))
            };
            let shape = dress(false, &thrown);
            shade.shapes.push(shape);
            let dark = (RenderLayers::layer(super::shade::LAYER), Visibility::Hidden);
            commands.entity(shape).insert(dark);
        }
    }
    let humanoid = &document.humanoid;
    let mut rest = [Vec3::ZERO; LIMBS];
    for limb in 0..LIMBS {
        let place = humanoid.bones[BONES[limb] as usize].map(|bone| bone.rest);
        // A bone that is missing is where its parent is.
        let above = super::motion::parent(limb).map_or(Vec3::Y, |parent| rest[parent]);
        rest[limb] = place.unwrap_or(above);
    }
    let at_rest = sway::places(document, &pose, Place::default());
    let hips_from_body = humanoid
        .node(Bone::Hips)
        .and_then(|hips| document.nodes.get(usize::from(hips))?.parent)
        .and_then(|parent| at_rest.get(usize::from(parent)))
        .map_or(Affine3A::IDENTITY, |place| {
            Affine3A::from_scale_rotation_translation(place.scale, place.turn, place.at).inverse()
        });
    let sway = Sway::new(document);
    let eyes = [Bone::LeftEye, Bone::RightEye];
    let mut moves: Vec<usize> = BONES
        .iter()
        .chain(&eyes)
        .filter_map(|bone| humanoid.node(*bone).map(usize::from))
        .chain(
            document
                .constraints
                .iter()
                .map(|constraint| usize::from(constraint.node)),
        )
        .chain(sway.nodes())
        .filter(|node| *node < joints.len())
        .collect();
    moves.sort_unstable();
    moves.dedup();
    Rig {
        document: document.clone(),
        joints,
        parts,
        shade,
        model,
        skeleton: Skeleton::new(rest),
        hips_from_body,
        pose,
        moves,
        sway,
        showing: Showing::default(),
        worn_face: Face {
            painted,
            ..Face::default()
        },
    }
}

/// A surface that only its wearer has.
fn own_copy(surface: &Surface, fabrics: &mut Fabrics) -> Option<Surface> {
    let toon = |handle: &Handle<ToonMaterial>, toons: &mut Assets<ToonMaterial>| {
        let copy = toons.get(handle)?.clone();
        Some(toons.add(copy))
    };
    Some(match surface {
        Surface::Plain(handle) => {
            let copy = fabrics.plains.get(handle)?.clone();
            Surface::Plain(fabrics.plains.add(copy))
        }
        Surface::Toon { body, outline } => Surface::Toon {
            body: toon(body, &mut fabrics.toons)?,
            outline: outline
                .as_ref()
                .and_then(|outline| toon(outline, &mut fabrics.toons)),
        },
    })
}

/// Things that swing are stepped for so many pairs of ends and colliders in a frame, nearest first as far as the degrees
/// of detail know: 16 heads of long hair, or two of the heaviest that pass the limits.
pub(super) const MOST_SWAYED: usize = 16_384;

impl Rig {
    pub(super) fn skeleton(&self) -> &Skeleton {
        &self.skeleton
    }

    /// What is drawn of it.
    pub(super) fn shapes(&self) -> impl Iterator<Item = Entity> {
        self.parts.iter().map(|(shape, _)| *shape)
    }

    /// What it costs to step what swings.
    pub(super) fn sway_cost(&self) -> usize {
        self.sway.cost()
    }

    /// Holds every bone as it belongs; a turn of a bone that is missing goes on to the next.
    pub(super) fn hold(&mut self, solved: &Solved, held: &Held) {
        let humanoid = &self.document.humanoid;
        let mut owed = [Quat::IDENTITY; LIMBS];
        for limb in 0..LIMBS {
            let above = super::motion::parent(limb).map_or(Quat::IDENTITY, |parent| owed[parent]);
            let turn = above * solved.turns[limb];
            let Some(bone) = humanoid.bones[BONES[limb] as usize] else {
                owed[limb] = turn;
                continue;
            };
            let Some(place) = self.pose.get_mut(usize::from(bone.node)) else {
                continue;
            };
            place.turn = bone.local(turn);
            if limb == 0 {
                place.at = self.hips_from_body.transform_point3(solved.hips);
            }
        }
        for (bone, left) in [(Bone::LeftEye, true), (Bone::RightEye, false)] {
            if let Some(bone) = humanoid.bones[bone as usize]
                && let Some(place) = self.pose.get_mut(usize::from(bone.node))
            {
                place.turn = bone.local(face::eye(&self.document.look_at, held.eyes, left));
            }
        }
        twist::follow(&self.document, &mut self.pose);
        self.showing = Showing {
            joy: held.mouth,
            talk: held.talk,
            blink: held.blink,
            eyes: held.eyes,
        };
    }

    /// Lets swing what swings, `secs` after the last time, on a body that stands at `place`; or hang, when nobody would
    /// see it.
    pub(super) fn swing(&mut self, place: &Transform, secs: f32, swings: bool) {
        let document = self.document.clone();
        if !swings {
            self.sway.rest(&mut self.pose);
            return;
        }
        let body = Place {
            at: place.translation,
            turn: place.rotation,
            scale: place.scale,
        };
        self.sway.advance(&document, body, &mut self.pose, secs);
    }

    /// Puts the joints where they belong; `headless` for whoever looks out of this head.
    pub(super) fn write(
        &self,
        headless: bool,
        joints: &mut Query<&mut Transform, (With<super::Joint>, Without<super::MainCamera>)>,
    ) {
        let head = self.document.humanoid.node(Bone::Head).map(usize::from);
        for node in &self.moves {
            let (Some(entity), Some(place)) = (self.joints.get(*node), self.pose.get(*node)) else {
                continue;
            };
            let mut next = Transform {
                translation: place.at,
                rotation: place.turn,
                scale: place.scale,
            };
            if let Some(shade) = self.shade.joints.get(node)
                && let Ok(mut transform) = joints.get_mut(*shade)
            {
                transform.set_if_neq(next);
            }
            if headless && Some(*node) == head {
                // Whole bodies are often one shape: what hangs on the head goes, the rest stays to be looked down at.
                next.scale *= 0.001;
            }
            if let Ok(mut transform) = joints.get_mut(*entity) {
                transform.set_if_neq(next);
            }
        }
    }
}

/// Puts faces on the shapes whose faces have changed.
pub(super) fn show_faces(
    mut rigs: Query<(&mut Rig, &Figure)>,
    mut shapes: Query<&mut MeshMorphWeights>,
    mut plains: ResMut<Assets<StandardMaterial>>,
    mut toons: ResMut<Assets<ToonMaterial>>,
) {
    for (mut rig, figure) in &mut rigs {
        if figure.detail == Detail::Still || rig.document.expressions.is_empty() {
            continue;
        }
        let rig = &mut *rig;
        if rig.worn_face.shown == Some(rig.showing) {
            continue;
        }
        let face = &mut rig.worn_face;
        face.shown = Some(rig.showing);
        let before = core::mem::take(&mut face.weights);
        face::weigh(&rig.document, &rig.showing, &mut face.weights);
        if before == face.weights {
            continue;
        }
        face::forms(&rig.document, &face.weights, &mut face.forms);
        for ((shape, outline), forms) in rig.parts.iter().zip(&face.forms) {
            for entity in [Some(*shape), *outline].into_iter().flatten() {
                if let Ok(mut worn) = shapes.get_mut(entity)
                    && let MeshMorphWeights::Value { weights } = worn.bypass_change_detection()
                    && weights != forms
                {
                    weights.clone_from(forms);
                    worn.set_changed();
                }
            }
        }
        for (material, surface) in &face.painted {
            match surface {
                Surface::Plain(handle) => {
                    if let Some(mut plain) = plains.get_mut(handle) {
                        face::paint(&rig.document, &face.weights, *material, &mut plain, None);
                    }
                }
                Surface::Toon { body, outline } => {
                    for handle in [Some(body), outline.as_ref()].into_iter().flatten() {
                        if let Some(mut toon) = toons.get_mut(handle) {
                            let ToonMaterial { base, extension } = &mut *toon;
                            let paint = Some(&mut extension.paint);
                            face::paint(&rig.document, &face.weights, *material, base, paint);
                        }
                    }
                }
            }
        }
    }
}

/// A suit is shown near, the default family far away and until then; and not what hides the view from one's own eyes.
pub(super) fn show_one_of_both(
    mut people: Query<(&Person, &Figure, Option<&Rig>, &mut Stature)>,
    mut visibilities: Query<&mut Visibility>,
    eye: Res<Eye>,
) {
    let mut show = |entity: Entity, shown: bool| {
        if let Ok(mut visibility) = visibilities.get_mut(entity) {
            visibility.set_if_neq(if shown {
                Visibility::Inherited
            } else {
                Visibility::Hidden
            });
        }
    };
    for (person, figure, rig, mut stature) in &mut people {
        let suited = rig.is_some() && figure.detail != Detail::Still;
        show(figure.model, !suited);
        // A name is above whoever is seen.
        let worn = rig.filter(|_| suited).map(|rig| Stature {
            top: rig.document.humanoid.height + 0.06,
        });
        stature.set_if_neq(worn.unwrap_or_else(|| figure.stature()));
        let Some(rig) = rig else { continue };
        show(rig.model, suited);
        let from_within = person.me && !eye.sees_oneself();
        // A line thinner than a pixel costs a draw and shows nothing.
        let lined = figure.detail <= Detail::Plain;
        for ((shape, outline), part) in rig.parts.iter().zip(&rig.document.parts) {
            let shown = match part.first_person {
                FirstPerson::Auto => !(from_within && part.of_head),
                FirstPerson::Both => true,
                FirstPerson::OthersOnly => !from_within,
                FirstPerson::WearerOnly => from_within,
            };
            show(*shape, shown);
            if let Some(outline) = outline {
                show(*outline, shown && lined);
            }
        }
        for (shape, part) in rig.shade.shapes.iter().zip(&rig.document.parts) {
            show(
                *shape,
                from_within && part.first_person != FirstPerson::WearerOnly,
            );
        }
    }
}

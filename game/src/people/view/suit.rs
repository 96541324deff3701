//! Bodies that people brought: a document becomes joints, skinned meshes and materials below its wearer.
//!
//! Flow: [`Wearing`] names a document that is here → `cut` makes meshes and pictures of it beside the frames, once for
//! everybody who wears it → `wear` spawns it and publishes [`Rig`] → `animate` of the view moves its joints with the
//! same motion as everybody's.
//! Invariant: until a suit is there, and whenever it is far away, the default family stands in.

use super::Figure;
use super::detail::Detail;
use super::family::BONES;
use super::motion::{LIMBS, Skeleton, Solved};
use crate::avatar::document::{AvatarMaterial, FirstPerson, Part};
use crate::avatar::own::Own;
use crate::avatar::{AvatarDocument, Avatars, Bone, Wearing};
use crate::body::camera::Eye;
use crate::gltf::Alpha;
use crate::people::Person;
use bevy::asset::RenderAssetUsages;
use bevy::math::Affine3A;
use bevy::mesh::skinning::{SkinnedMesh, SkinnedMeshInverseBindposes};
use bevy::mesh::{Indices, PrimitiveTopology, VertexAttributeValues};
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A body somebody brought, as it stands in the world. On its wearer.
#[derive(Component, Clone)]
pub(crate) struct Rig {
    pub(crate) document: Arc<AvatarDocument>,
    /// By node of the document.
    pub(crate) joints: Vec<Entity>,
    /// By part of the document.
    pub(crate) parts: Vec<Entity>,
    model: Entity,
    skeleton: Skeleton,
    /// From the space of the body to that of the hips' parent.
    hips_from_body: Affine3A,
}

/// What is cut beside the frames: meshes by part, pictures by material.
type Cut = (Vec<Mesh>, Vec<Option<Image>>);

/// One document's cloth, shared by all who wear it.
enum Cloth {
    Cutting(Task<Cut>),
    Ready {
        meshes: Vec<Handle<Mesh>>,
        binds: Vec<Handle<SkinnedMeshInverseBindposes>>,
        materials: Vec<Handle<StandardMaterial>>,
    },
}

/// Every document that is worn here.
#[derive(Resource, Default)]
pub(super) struct Suits(BTreeMap<[u8; 32], Cloth>);

fn cut(document: &AvatarDocument) -> Cut {
    let meshes = document.parts.iter().map(mesh).collect();
    let pictures = document
        .materials
        .iter()
        .map(|material| {
            let texture = material.base_texture?;
            let picture = document.pictures.get(texture.picture)?;
            let mut image = crate::world::view::to_image(&picture.data, &texture)?;
            if picture.linear {
                image.texture_descriptor.format = TextureFormat::Rgba8Unorm;
            }
            Some(image)
        })
        .collect();
    (meshes, pictures)
}

fn mesh(part: &Part) -> Mesh {
    let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, part.positions.clone())
        .with_inserted_indices(Indices::U32(part.indices.clone()));
    if part.normals.len() == part.positions.len() {
        mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, part.normals.clone());
    } else {
        mesh.insert_attribute(
            Mesh::ATTRIBUTE_NORMAL,
            vec![[0.0, 1.0, 0.0]; part.positions.len()],
        );
    }
    if !part.uvs.is_empty() {
        mesh.insert_attribute(Mesh::ATTRIBUTE_UV_0, part.uvs.clone());
    }
    if !part.colours.is_empty() {
        mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, part.colours.clone());
    }
    if part.skin.is_some() && !part.joints.is_empty() {
        mesh.insert_attribute(
            Mesh::ATTRIBUTE_JOINT_INDEX,
            VertexAttributeValues::Uint16x4(part.joints.clone()),
        );
        mesh.insert_attribute(Mesh::ATTRIBUTE_JOINT_WEIGHT, part.weights.clone());
    }
    mesh
}

fn material(data: &AvatarMaterial, picture: Option<Handle<Image>>) -> StandardMaterial {
    let [red, green, blue, alpha] = data.base_colour;
    StandardMaterial {
        base_color: Color::linear_rgba(red, green, blue, alpha),
        base_color_texture: picture,
        metallic: data.metallic,
        perceptual_roughness: data.roughness,
        reflectance: 0.25,
        emissive: LinearRgba::rgb(data.emissive[0], data.emissive[1], data.emissive[2]),
        unlit: data.unlit,
        double_sided: data.double_sided,
        cull_mode: (!data.double_sided).then_some(bevy::render::render_resource::Face::Back),
        alpha_mode: match data.alpha {
            Alpha::Opaque => AlphaMode::Opaque,
            Alpha::Mask(at) => AlphaMode::Mask(at),
            Alpha::Blend => AlphaMode::Blend,
        },
        ..default()
    }
}

/// Puts on and takes off.
pub(super) fn wear(
    mut commands: Commands,
    mut suits: ResMut<Suits>,
    avatars: Res<Avatars>,
    own: Option<Res<Own>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut images: ResMut<Assets<Image>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut binds: ResMut<Assets<SkinnedMeshInverseBindposes>>,
    people: Query<(Entity, &Person, &Wearing, Option<&Rig>), With<Figure>>,
) {
    let mut worn = BTreeMap::new();
    for (entity, person, wearing, rig) in &people {
        let mine = own.as_ref().filter(|_| person.me).and_then(|own| own.document());
        let document = mine.or_else(|| wearing.avatar.and_then(|avatar| avatars.document(&avatar.hash)));
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
        let cloth = suits.0.entry(document.hash).or_insert_with(|| {
            let document = document.clone();
            Cloth::Cutting(AsyncComputeTaskPool::get().spawn(async move { cut(&document) }))
        });
        if let Cloth::Cutting(task) = cloth {
            let Some((cut_meshes, pictures)) = check_ready(task) else {
                continue;
            };
            *cloth = Cloth::Ready {
                meshes: cut_meshes.into_iter().map(|mesh| meshes.add(mesh)).collect(),
                binds: document
                    .skins
                    .iter()
                    .map(|skin| binds.add(SkinnedMeshInverseBindposes::from(skin.inverse_bind.clone())))
                    .collect(),
                materials: document
                    .materials
                    .iter()
                    .zip(pictures)
                    .map(|(data, picture)| {
                        let picture = picture.map(|picture| images.add(picture));
                        materials.add(material(data, picture))
                    })
                    .collect(),
            };
        }
        if let Cloth::Ready {
            meshes,
            binds,
            materials,
        } = cloth
        {
            let rig = spawn(&mut commands, document, meshes, binds, materials);
            commands.entity(entity).add_child(rig.model).insert(rig);
        }
    }
    suits.0.retain(|hash, _| worn.contains_key(hash));
}

fn spawn(
    commands: &mut Commands,
    document: &Arc<AvatarDocument>,
    meshes: &[Handle<Mesh>],
    binds: &[Handle<SkinnedMeshInverseBindposes>],
    materials: &[Handle<StandardMaterial>],
) -> Rig {
    let model = commands.spawn((Transform::default(), Visibility::default())).id();
    let mut joints: Vec<Entity> = Vec::with_capacity(document.nodes.len());
    let mut world: Vec<Affine3A> = Vec::with_capacity(document.nodes.len());
    for node in &document.nodes {
        let own = Transform {
            translation: node.translation,
            rotation: node.rotation,
            scale: node.scale,
        };
        let above = node.parent.map(usize::from);
        let parent = above
            .and_then(|above| joints.get(above).copied())
            .unwrap_or(model);
        let base = above
            .and_then(|above| world.get(above).copied())
            .unwrap_or(Affine3A::IDENTITY);
        world.push(base * own.compute_affine());
        joints.push(
            commands
                .spawn((super::Joint, own, Visibility::Inherited, ChildOf(parent)))
                .id(),
        );
    }
    let mut parts = Vec::with_capacity(document.parts.len());
    for (part, mesh) in document.parts.iter().zip(meshes) {
        let mut shape = commands.spawn((
            Mesh3d(mesh.clone()),
            MeshMaterial3d(materials.get(part.material).cloned().unwrap_or_default()),
            Transform::default(),
            Visibility::Inherited,
        ));
        let skin = part.skin.filter(|_| !part.joints.is_empty());
        if let Some((skin, bind)) = skin.and_then(|skin| Some((document.skins.get(skin)?, binds.get(skin)?)))
        {
            shape.insert((
                SkinnedMesh {
                    inverse_bindposes: bind.clone(),
                    joints: skin
                        .joints
                        .iter()
                        .map(|node| joints.get(usize::from(*node)).copied().unwrap_or(model))
                        .collect(),
                },
                bevy::camera::visibility::NoFrustumCulling,
                ChildOf(model),
            ));
        } else {
            shape.insert(ChildOf(
                joints.get(usize::from(part.node)).copied().unwrap_or(model),
            ));
        }
        parts.push(shape.id());
    }
    let humanoid = &document.humanoid;
    let mut rest = [Vec3::ZERO; LIMBS];
    for limb in 0..LIMBS {
        let place = humanoid.bones[BONES[limb] as usize].map(|bone| bone.rest);
        // A bone that is missing is where its parent is.
        let above = super::motion::parent(limb).map_or(Vec3::Y, |parent| rest[parent]);
        rest[limb] = place.unwrap_or(above);
    }
    let hips_from_body = humanoid
        .node(Bone::Hips)
        .and_then(|hips| document.nodes.get(usize::from(hips))?.parent)
        .and_then(|parent| world.get(usize::from(parent)))
        .map_or(Affine3A::IDENTITY, |world| world.inverse());
    Rig {
        document: document.clone(),
        joints,
        parts,
        model,
        skeleton: Skeleton::new(rest),
        hips_from_body,
    }
}

impl Rig {
    pub(super) fn skeleton(&self) -> &Skeleton {
        &self.skeleton
    }

    /// Puts every bone where it belongs; a turn of a bone that is missing goes on to the next.
    pub(super) fn write(
        &self,
        solved: &Solved,
        joints: &mut Query<&mut Transform, (With<super::Joint>, Without<super::MainCamera>)>,
    ) {
        let humanoid = &self.document.humanoid;
        let mut owed = [Quat::IDENTITY; LIMBS];
        for limb in 0..LIMBS {
            let above = super::motion::parent(limb).map_or(Quat::IDENTITY, |parent| owed[parent]);
            let turn = above * solved.turns[limb];
            let Some(bone) = humanoid.bones[BONES[limb] as usize] else {
                owed[limb] = turn;
                continue;
            };
            let Some(entity) = self.joints.get(usize::from(bone.node)) else {
                continue;
            };
            if let Ok(mut transform) = joints.get_mut(*entity) {
                transform.rotation = bone.local(turn);
                if limb == 0 {
                    transform.translation = self.hips_from_body.transform_point3(solved.hips);
                }
            }
        }
    }
}

/// A suit is shown near, the default family far away and until then; and not what hides the view from one's own eyes.
pub(super) fn show_one_of_both(
    people: Query<(&Person, &Figure, Option<&Rig>)>,
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
    for (person, figure, rig) in &people {
        let suited = rig.is_some() && figure.detail != Detail::Still;
        show(figure.model, !suited);
        let Some(rig) = rig else { continue };
        show(rig.model, suited);
        let from_within = person.me && eye.first_person;
        for (entity, part) in rig.parts.iter().zip(&rig.document.parts) {
            let shown = match part.first_person {
                FirstPerson::Auto => !(from_within && part.of_head),
                FirstPerson::Both => true,
                FirstPerson::OthersOnly => !from_within,
                FirstPerson::WearerOnly => from_within,
            };
            show(*entity, shown);
        }
    }
}

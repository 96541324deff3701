//! How files look: a picture on a thin board, a model, or a soft box where there is nothing to see yet, or ever.
//!
//! Flow: `things::view` says what a thing shows ([`Showing`]) → what is ready is prepared beside the loop, once for each file, or a
//! piece at a time between the frames where there is one thread for both → hung under the thing, as often as it is shown. What is put down and still on its way to the host is a box, too.
//! Invariants: a thing is as large whatever has come of its file; equal files share their meshes and materials; nothing is kept
//! that nothing shows.

use super::read::{BadFile, Content};
use super::{Files, FilesShown, Outbox, Refusal, exif};
use crate::platform;
use crate::settings::Settings;
use crate::things::Built;
use crate::things::view::{Stock, transform};
use crate::view::thrift::Thrift;
use crate::world::view::object::{self, ObjectLooks, ObjectParts};
use crate::world::view::tag;
use bevy::asset::RenderAssetUsages;
use bevy::light::NotShadowCaster;
use bevy::mesh::{Indices, MeshTag, PrimitiveTopology};
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use holm_document::Part;
use holm_document::part::{Blob, Shape};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Prints>()
        .add_systems(Update, (obey_settings, hang, going).chain());
}

/// A thing shows this.
#[derive(Component, Clone, Debug, PartialEq)]
pub(crate) struct Showing {
    pub(crate) part: Part,
    /// A picture shines by itself instead of being lit.
    pub(crate) unlit: bool,
}

/// What hangs under a thing now.
#[derive(Component, Clone, Debug, PartialEq)]
pub(crate) enum Hung {
    /// Of how many bytes.
    Waiting(Blob),
    Refused(Refusal),
    Shown(Blob, bool),
}

/// Belongs to what hangs there, and goes with it.
#[derive(Component)]
struct Hanging;

/// A box for something that is put down and not in the world yet, and the share of its file that the host has.
#[derive(Component, Clone, Copy, Debug)]
pub(crate) struct Going(pub(crate) f32);

/// What is ready to be hung, each file once.
#[derive(Resource, Default)]
struct Prints {
    prints: BTreeMap<Blob, Print>,
    board: Option<Handle<Mesh>>,
    /// Boxes: something comes; nothing does.
    soft: Option<[Handle<StandardMaterial>; 2]>,
    /// As of the last look.
    changes: u64,
    thrift: Thrift,
}

enum Print {
    /// On another thread.
    Preparing(Task<Option<Looks>>),
    /// Between the frames of the only one.
    Here(Maker),
    /// Lit and unlit.
    Picture([Handle<StandardMaterial>; 2]),
    Model(ObjectParts),
    /// Its bytes are not what they said.
    Bad,
}

enum Looks {
    Picture(Box<Image>),
    Model(Box<ObjectLooks>),
}

fn obey_settings(settings: Res<Settings>, mut shown: ResMut<FilesShown>) {
    shown.set_if_neq(settings.files);
}

/// A picture with parts that one sees through is drawn after what is behind it.
fn is_clear(image: &Image) -> bool {
    let size = image.texture_descriptor.size;
    let first = (size.width * size.height * 4) as usize;
    let data = image.data.as_deref().unwrap_or_default();
    data.get(..first)
        .unwrap_or_default()
        .chunks_exact(4)
        .any(|pixel| pixel[3] < 250)
}

/// Prepares one file, a piece at a time.
struct Maker {
    content: Arc<Content>,
    made: Made,
}

enum Made {
    /// Inside: nothing where it cannot be decoded.
    Picture(Option<Option<Box<Image>>>),
    Model(Box<object::Making>),
}

impl Maker {
    fn new(content: Arc<Content>) -> Self {
        let made = match &*content {
            Content::Picture(_) => Made::Picture(None),
            Content::Model(model) => Made::Model(Box::new(object::Making::new(model))),
        };
        Self { content, made }
    }

    /// The next piece, and how much work it was; `None` when there is none left.
    fn step(&mut self) -> Option<u64> {
        match (&*self.content, &mut self.made) {
            (Content::Model(model), Made::Model(making)) => making.step(model),
            (Content::Picture(picture), Made::Picture(made)) if made.is_none() => {
                let turn = exif::turn(&picture.bytes).number();
                *made = Some(object::hung(picture, turn).map(Box::new));
                Some(u64::from(picture.width) * u64::from(picture.height))
            }
            _ => None,
        }
    }

    /// What was made, once nothing is left.
    fn take(&mut self) -> Option<Looks> {
        Some(match std::mem::replace(&mut self.made, Made::Picture(None)) {
            Made::Picture(image) => Looks::Picture(image.flatten()?),
            Made::Model(making) => Looks::Model(Box::new(making.finish())),
        })
    }
}

fn prepare(content: Arc<Content>) -> Print {
    let mut maker = Maker::new(content);
    if platform::ONE_THREAD {
        return Print::Here(maker);
    }
    Print::Preparing(AsyncComputeTaskPool::get().spawn(async move {
        while maker.step().is_some() {}
        maker.take()
    }))
}

/// 1 m each way: a face to +z, one to −z on which it is the right way round as well, and edges.
fn board() -> Mesh {
    let mut positions: Vec<[f32; 3]> = Vec::new();
    let mut normals = Vec::new();
    let mut uvs: Vec<[f32; 2]> = Vec::new();
    let mut indices = Vec::new();
    let mut side = |right: Vec3, up: Vec3, is_edge: bool| {
        let normal = right.cross(up);
        let first = positions.len() as u32;
        for (x, y) in [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)] {
            positions.push((normal * 0.5 + right * x + up * y).to_array());
            normals.push(normal.to_array());
            let at = normal * 0.5 + right * x + up * y;
            // An edge has the colours of where the picture ends.
            let uv = if is_edge {
                Vec2::new(at.x + 0.5, 0.5 - at.y)
            } else {
                Vec2::new(x + 0.5, 0.5 - y)
            };
            uvs.push(uv.to_array());
        }
        indices.extend([0, 1, 2, 0, 2, 3].map(|corner| first + corner));
    };
    side(Vec3::X, Vec3::Y, false);
    side(Vec3::NEG_X, Vec3::Y, false);
    for (right, up) in [
        (Vec3::NEG_Z, Vec3::Y),
        (Vec3::Z, Vec3::Y),
        (Vec3::X, Vec3::NEG_Z),
        (Vec3::X, Vec3::Z),
    ] {
        side(right, up, true);
    }
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, uvs)
        .with_inserted_indices(Indices::U32(indices))
}

fn soft(colour: Srgba) -> StandardMaterial {
    StandardMaterial {
        base_color: colour.into(),
        perceptual_roughness: 1.0,
        alpha_mode: AlphaMode::Blend,
        ..default()
    }
}

/// Something comes: a breath of sand. Nothing does: a breath of rust.
const COMES: Srgba = Srgba::new(0.93, 0.88, 0.78, 0.35);
const NEVER: Srgba = Srgba::new(0.72, 0.40, 0.30, 0.40);

fn hang(
    mut commands: Commands,
    mut built: MessageReader<Built>,
    files: Res<Files>,
    mut prints: ResMut<Prints>,
    mut stock: ResMut<Stock>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut images: ResMut<Assets<Image>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    shown: Query<(Entity, &Showing, Option<&Hung>)>,
    gone: Query<Entity, (With<Hung>, Without<Showing>)>,
    children: Query<&Children>,
    hanging: Query<(), With<Hanging>>,
) {
    let is_ready = prints.finish(&mut images, &mut meshes, &mut materials);
    let is_same = built.is_empty() && prints.changes == files.changes() && !is_ready;
    built.clear();
    if is_same {
        return;
    }
    prints.changes = files.changes();
    // What hangs under this one alone is gone through: many things may show one small file.
    let clear = |commands: &mut Commands, of: Entity| {
        for child in children.get(of).into_iter().flatten() {
            if hanging.contains(*child) {
                commands.entity(*child).despawn();
            }
        }
    };
    for entity in &gone {
        clear(&mut commands, entity);
        commands.entity(entity).remove::<Hung>();
    }
    let mut used = BTreeSet::new();
    for (entity, showing, hung) in &shown {
        let Some(file) = showing.part.file() else { continue };
        let now = match files.content(&showing.part) {
            Ok(None) => Hung::Waiting(file),
            Err(why) => Hung::Refused(why),
            Ok(Some(content)) => {
                used.insert(file);
                let print = prints
                    .prints
                    .entry(file)
                    .or_insert_with(|| prepare(content.clone()));
                match print {
                    Print::Preparing(_) | Print::Here(_) => Hung::Waiting(file),
                    Print::Bad => Hung::Refused(Refusal::Bad(BadFile::Damaged)),
                    Print::Picture(_) | Print::Model(_) => Hung::Shown(file, showing.unlit),
                }
            }
        };
        if hung == Some(&now) {
            continue;
        }
        if hung.is_some() {
            clear(&mut commands, entity);
        }
        prints.hang(
            &mut commands,
            entity,
            &now,
            &mut stock,
            &mut meshes,
            &mut materials,
        );
        commands.entity(entity).insert(now);
    }
    prints.prints.retain(|file, _| used.contains(file));
}

impl Prints {
    /// Takes what was prepared; whether something was.
    fn finish(
        &mut self,
        images: &mut Assets<Image>,
        meshes: &mut Assets<Mesh>,
        materials: &mut Assets<StandardMaterial>,
    ) -> bool {
        let mut is_ready = false;
        self.thrift.next_frame();
        for print in self.prints.values_mut() {
            let looks = match print {
                Print::Preparing(task) => check_ready(task),
                Print::Here(maker) => self.thrift.spend(|| maker.step()).then(|| maker.take()),
                Print::Picture(_) | Print::Model(_) | Print::Bad => None,
            };
            let Some(looks) = looks else { continue };
            is_ready = true;
            *print = match looks {
                None => Print::Bad,
                Some(Looks::Model(looks)) => Print::Model(looks.put(meshes, images, materials)),
                Some(Looks::Picture(image)) => {
                    let alpha_mode = if is_clear(&image) {
                        AlphaMode::Blend
                    } else {
                        AlphaMode::Opaque
                    };
                    let image = images.add(*image);
                    let material = |unlit| StandardMaterial {
                        base_color_texture: Some(image.clone()),
                        perceptual_roughness: 0.85,
                        unlit,
                        alpha_mode,
                        ..default()
                    };
                    Print::Picture([false, true].map(|unlit| materials.add(material(unlit))))
                }
            };
        }
        is_ready
    }

    fn board(&mut self, meshes: &mut Assets<Mesh>) -> Handle<Mesh> {
        self.board.get_or_insert_with(|| meshes.add(board())).clone()
    }

    fn soft(&mut self, materials: &mut Assets<StandardMaterial>, never: bool) -> Handle<StandardMaterial> {
        let soft = self
            .soft
            .get_or_insert_with(|| [COMES, NEVER].map(|colour| materials.add(soft(colour))));
        soft[usize::from(never)].clone()
    }

    fn hang(
        &mut self,
        commands: &mut Commands,
        under: Entity,
        what: &Hung,
        stock: &mut Stock,
        meshes: &mut Assets<Mesh>,
        materials: &mut Assets<StandardMaterial>,
    ) {
        let drawn = |mesh, material, at: Transform| {
            (
                Hanging,
                Mesh3d(mesh),
                MeshMaterial3d(material),
                at,
                MeshTag(tag::NOTHING),
            )
        };
        let print = match what {
            Hung::Shown(file, unlit) => self.prints.get(file).map(|print| (print, *unlit)),
            Hung::Waiting(_) | Hung::Refused(_) => None,
        };
        match print {
            Some((Print::Picture(both), unlit)) => {
                let material = both[usize::from(unlit)].clone();
                let board = self.board(meshes);
                commands.spawn((drawn(board, material, Transform::IDENTITY), ChildOf(under)));
            }
            Some((Print::Model(parts), _)) => {
                let frame = (
                    Hanging,
                    parts.unit_from_object,
                    Visibility::default(),
                    ChildOf(under),
                );
                let frame = commands.spawn(frame).id();
                for (mesh, material, at) in &parts.drawn {
                    commands.spawn((
                        Mesh3d(mesh.clone()),
                        MeshMaterial3d(material.clone()),
                        *at,
                        MeshTag(tag::NOTHING),
                        ChildOf(frame),
                    ));
                }
            }
            _ => {
                let material = self.soft(materials, matches!(what, Hung::Refused(_)));
                let mesh = stock.mesh(meshes, Shape::Box);
                let seen = drawn(mesh, material, Transform::IDENTITY);
                commands.spawn((seen, NotShadowCaster, ChildOf(under)));
            }
        }
    }
}

/// Boxes for what is put down and on its way to the host.
fn going(
    mut commands: Commands,
    outbox: Res<Outbox>,
    mut prints: ResMut<Prints>,
    mut stock: ResMut<Stock>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut boxes: Query<(Entity, &mut Going, &mut Transform)>,
) {
    let mut left = boxes.iter_mut();
    for (parts, share) in outbox.going() {
        let place = parts.iter().find_map(|part| match part {
            Part::Place(place) => Some(*place),
            _ => None,
        });
        let at = transform(&place.unwrap_or_default());
        if let Some((_, mut going, mut transform)) = left.next() {
            *going = Going(share);
            transform.set_if_neq(at);
            continue;
        }
        let material = prints.soft(&mut materials, false);
        let mesh = stock.mesh(&mut meshes, Shape::Box);
        commands.spawn((
            Going(share),
            Mesh3d(mesh),
            MeshMaterial3d(material),
            at,
            MeshTag(tag::NOTHING),
            NotShadowCaster,
        ));
    }
    for (entity, _, _) in left {
        commands.entity(entity).despawn();
    }
}

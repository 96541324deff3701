//! From a wish to a world: read, checked and built off the main thread, swapped in at once.
//!
//! Flow: [`LoadWorld`] → one task (a newer wish drops the older task) → [`Built`] → [`CurrentWorld`],
//! colliders, spawn point. Invariant: at most one task runs; a failed one leaves the world that is there.

use super::document::{SolidMesh, WorldDocument};
use super::{CurrentWorld, LoadWorld, WorldStatus, WorldSystems, document, harbour};
use crate::body::SpawnPoint;
use avian3d::prelude::*;
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use std::sync::Arc;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Builder>()
        .add_systems(PreUpdate, (begin, finish).chain().in_set(WorldSystems::Build));
}

pub(super) fn ground_plugin(app: &mut App) {
    app.world_mut().get_resource_or_init::<Builder>().ground = true;
}

/// A process that shows its world prepares that in the same task.
#[cfg(feature = "view")]
pub(super) fn prepare_looks(app: &mut App) {
    app.init_resource::<super::view::Fresh>();
    app.world_mut().get_resource_or_init::<Builder>().looks = true;
}

/// The task under way, and what it is to make.
#[derive(Resource, Default)]
struct Builder {
    ground: bool,
    #[cfg(feature = "view")]
    looks: bool,
    task: Option<Task<Result<Built, String>>>,
}

/// A world that only needs to be put in place.
struct Built {
    document: Option<Arc<WorldDocument>>,
    colliders: Vec<Collider>,
    #[cfg(feature = "view")]
    looks: Option<super::view::Looks>,
}

/// A piece of the ground of the current world.
#[derive(Component)]
struct GroundPiece;

fn begin(
    mut wishes: MessageReader<LoadWorld>,
    mut builder: ResMut<Builder>,
    mut status: ResMut<WorldStatus>,
) {
    let Some(wish) = wishes.read().last().cloned() else {
        return;
    };
    let ground = builder.ground;
    #[cfg(feature = "view")]
    let looks = builder.looks;
    #[cfg(not(feature = "view"))]
    let looks = false;
    *status = WorldStatus::Building;
    // Dropping the task of an older wish cancels it.
    builder.task = Some(AsyncComputeTaskPool::get().spawn(async move {
        let document = read(wish).map_err(|error| error.sentence())?;
        let colliders = match &document {
            Some(document) if ground => document.solids.iter().filter_map(collider).collect(),
            _ => Vec::new(),
        };
        let document = if ground || looks {
            document
        } else {
            document.map(without_shapes)
        };
        Ok(Built {
            #[cfg(feature = "view")]
            looks: document.as_deref().filter(|_| looks).map(super::view::prepare),
            document,
            colliders,
        })
    }));
}

fn read(wish: LoadWorld) -> Result<Option<Arc<WorldDocument>>, super::WorldError> {
    Ok(Some(match wish {
        LoadWorld::Nothing => return Ok(None),
        LoadWorld::Document(document) => document,
        LoadWorld::Harbour => Arc::new(harbour::harbour()?),
        LoadWorld::Path(path) => Arc::new(document::load_path(&path)?),
        LoadWorld::Files(files, main) => Arc::new(document::load(&*files, &main)?),
    }))
}

/// A host without eyes or feet only hands the files on: a large world costs it no more than those.
fn without_shapes(document: Arc<WorldDocument>) -> Arc<WorldDocument> {
    let mut document = Arc::unwrap_or_clone(document);
    document.forget_shapes();
    Arc::new(document)
}

/// `None` for a piece the physics engine does not take; the document's checks leave none that we know of.
fn collider(solid: &SolidMesh) -> Option<Collider> {
    // No flags: merging vertices and repairing topology take longer than the tree itself, and bodies are
    // cast shapes, which need neither.
    match Collider::try_trimesh(solid.positions.clone(), solid.triangles.clone()) {
        Ok(collider) => Some(collider),
        Err(error) => {
            error!("a piece of ground was refused: {error}");
            None
        }
    }
}

fn finish(
    mut commands: Commands,
    mut builder: ResMut<Builder>,
    mut status: ResMut<WorldStatus>,
    mut current: ResMut<CurrentWorld>,
    spawn_point: Option<ResMut<SpawnPoint>>,
    pieces: Query<Entity, With<GroundPiece>>,
    #[cfg(feature = "view")] fresh: Option<ResMut<super::view::Fresh>>,
) {
    let Some(result) = builder.task.as_mut().and_then(check_ready) else {
        return;
    };
    builder.task = None;
    let built = match result {
        Ok(built) => built,
        Err(sentence) => {
            warn!("the world was not loaded: {sentence}");
            *status = WorldStatus::Failed { sentence };
            return;
        }
    };
    for piece in &pieces {
        commands.entity(piece).despawn();
    }
    for collider in built.colliders {
        commands.spawn((GroundPiece, RigidBody::Static, collider, Transform::IDENTITY));
    }
    if let Some(document) = &built.document {
        for warning in &document.warnings {
            info!("{}", warning.sentence());
        }
        if let Some(mut spawn_point) = spawn_point {
            let first = document.spawns.first().copied().unwrap_or_default();
            spawn_point.position = first.feet;
            spawn_point.yaw = first.yaw;
            spawn_point.bottom = document.fall_below;
            spawn_point.places = document.spawns.iter().map(|spawn| spawn.feet).collect();
            spawn_point.ready = true;
        }
    }
    #[cfg(feature = "view")]
    if let Some(mut fresh) = fresh {
        fresh.0 = built.looks;
    }
    *status = if built.document.is_some() {
        WorldStatus::Ready
    } else {
        WorldStatus::None
    };
    current.document = built.document;
}

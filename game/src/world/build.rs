//! From a wish to a world: read, checked and built off the main thread, swapped in at once.
//!
//! Flow: [`LoadWorld`] → one task (a newer wish drops the older task) → [`Built`] → [`CurrentWorld`],
//! colliders (`ground`), spawn point. A guest's world may come twice, the second time with its pictures: then only how
//! it looks is replaced, and nobody who walks or sits in it notices.
//! Invariant: at most one task runs; a failed one leaves the world that is there, except that a guest whose host's world
//! fails gets a floor in its place.

use super::document::WorldDocument;
use super::error::WorldError;
use super::{CurrentWorld, LoadWorld, Spawn, WorldStatus, WorldSystems, document, ground, stand_in};
use crate::body::SpawnPoint;
use crate::words::Phrase;
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
    task: Option<Task<Result<Built, Phrase>>>,
}

/// A world that only needs to be put in place.
struct Built {
    /// Why this is a stand-in for another.
    trouble: Option<Phrase>,
    document: Option<Arc<WorldDocument>>,
    colliders: Vec<Collider>,
    #[cfg(feature = "view")]
    looks: Option<super::view::Looks>,
    /// Its pictures are still to come.
    bare: bool,
    /// The same world as the one there is, but for its looks. (Only a task's end changes which one that is, and there
    /// is one task: so it is still the one that was compared.)
    repainted: bool,
}

/// A piece of the ground of the current world.
#[derive(Component)]
struct GroundPiece;

fn begin(
    mut wishes: MessageReader<LoadWorld>,
    mut builder: ResMut<Builder>,
    mut status: ResMut<WorldStatus>,
    current: Res<CurrentWorld>,
) {
    let Some(wish) = wishes.read().last().cloned() else {
        return;
    };
    let stands = builder.ground;
    #[cfg(feature = "view")]
    let looks = builder.looks;
    #[cfg(not(feature = "view"))]
    let looks = false;
    let bare = matches!(wish, LoadWorld::Ground { .. });
    if bare && !stands && !looks {
        return; // nobody stands or looks here
    }
    if !bare && !matches!(wish, LoadWorld::StandIn { .. }) {
        *status = WorldStatus::Building;
    }
    let before = match &wish {
        LoadWorld::Fetched { .. } => current.document.clone(),
        _ => None,
    };
    // Dropping the task of an older wish cancels it.
    builder.task = Some(AsyncComputeTaskPool::get().spawn(async move {
        let (document, trouble) = read(wish)?;
        let repainted = trouble.is_none()
            && matches!((&before, &document), (Some(before), Some(document)) if same_shape(before, document));
        let colliders = match &document {
            Some(document) if stands && !repainted => ground::colliders(&document.solids),
            _ => Vec::new(),
        };
        let document = if stands || looks {
            document
        } else {
            document.map(without_shapes)
        };
        Ok(Built {
            trouble,
            #[cfg(feature = "view")]
            looks: document.as_deref().filter(|_| looks).map(super::view::prepare),
            document,
            colliders,
            bare,
            repainted,
        })
    }));
}

/// The world that is wished, or one in its place with the sentence why; without any, the sentence alone.
fn read(wish: LoadWorld) -> Result<(Option<Arc<WorldDocument>>, Option<Phrase>), Phrase> {
    let document = match wish {
        LoadWorld::Nothing => return Ok((None, None)),
        LoadWorld::Document(document) => return Ok((Some(document), None)),
        LoadWorld::BuiltIn(which) => which.load(),
        LoadWorld::Path(path) => document::load_path(&path),
        LoadWorld::Fetched { files, main, at } => match document::load(&*files, &main) {
            Err(error) => return instead(at, told(&error)),
            document => document,
        },
        LoadWorld::Ground { files, main } => document::load(&*files, &main),
        LoadWorld::StandIn { at, sentence } => return instead(at, sentence),
    };
    match document {
        Ok(document) => Ok((Some(Arc::new(document)), None)),
        Err(error) => Err(told(&error)),
    }
}

/// The sentence for a person; what else is known of it is in the log.
fn told(error: &WorldError) -> Phrase {
    warn!("the world was not built: {error}");
    error.phrase()
}

/// Whether everything but looks is one and the same: where one walks, arrives, sits and falls.
fn same_shape(a: &WorldDocument, b: &WorldDocument) -> bool {
    a.solids == b.solids
        && a.fixtures == b.fixtures
        && a.spawns == b.spawns
        && a.fall_below == b.fall_below
        && a.moments == b.moments
        && a.meshes == b.meshes
        && a.drawn == b.drawn
}

fn instead(at: Spawn, sentence: Phrase) -> Result<(Option<Arc<WorldDocument>>, Option<Phrase>), Phrase> {
    match stand_in::stand_in(at) {
        Ok(floor) => Ok((Some(Arc::new(floor)), Some(sentence))),
        Err(_) => Err(sentence),
    }
}

/// A host without eyes or feet only hands the files on: a large world costs it no more than those.
fn without_shapes(document: Arc<WorldDocument>) -> Arc<WorldDocument> {
    let mut document = Arc::unwrap_or_clone(document);
    document.forget_shapes();
    Arc::new(document)
}

/// There is something to stand on: everybody starts at the world's spawn points.
fn arrive(spawn_point: &mut SpawnPoint, document: &WorldDocument) {
    let first = document.spawns.first().copied().unwrap_or_default();
    *spawn_point = SpawnPoint {
        position: first.feet,
        yaw: first.yaw,
        bottom: document.fall_below,
        ready: true,
        places: document.spawns.iter().map(|spawn| spawn.feet).collect(),
    };
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
        Err(sentence) if matches!(*status, WorldStatus::Fetching { .. }) => {
            // The ground alone is no world: it comes whole, later.
            debug!("without its pictures: {sentence}");
            return;
        }
        Err(sentence) => {
            *status = WorldStatus::Failed { sentence };
            return;
        }
    };
    #[cfg(feature = "view")]
    if let Some(mut fresh) = fresh {
        fresh.0 = built.looks;
    }
    if built.repainted {
        // Whoever follows the world's shape has nothing to do anew.
        if let (Some(document), Some(mut spawn_point)) = (&built.document, spawn_point)
            && !spawn_point.ready
        {
            // The world behind the title is the one that was joined: its ground stands, we have yet to arrive.
            arrive(&mut spawn_point, document);
        }
        current.bypass_change_detection().document = built.document;
        *status = WorldStatus::Ready;
        return;
    }
    for piece in &pieces {
        commands.entity(piece).despawn();
    }
    for collider in built.colliders {
        commands.spawn((GroundPiece, RigidBody::Static, collider, Transform::IDENTITY));
    }
    if let Some(document) = &built.document {
        for warning in document.warnings.iter().filter(|_| !built.bare) {
            info!("{}", warning.sentence());
        }
        if let Some(mut spawn_point) = spawn_point {
            arrive(&mut spawn_point, document);
        }
    }
    *status = match (built.trouble, &built.document) {
        (Some(sentence), _) => WorldStatus::Failed { sentence },
        (None, Some(_)) => WorldStatus::Ready,
        (None, None) => WorldStatus::None,
    };
    current.document = built.document;
}

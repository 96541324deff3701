//! The world one stands in: somebody's file, checked, built, walked on and looked at.
//!
//! Flow: [`LoadWorld`] → `build` reads and checks the file off the main thread ([`load`]: `files` →
//! `scene` or `gltf` → [`WorldDocument`]) → colliders (`ground`) and pictures (`view`) → [`WorldStatus`].
//! Between people (`exchange`): a host offers the bundle of files by hash, a guest fetches them, checks them
//! as if they came from an enemy, and builds the very same document.
//! Invariants: a world is there whole or not at all, and the one before stays until the next is ready;
//! every number of a [`WorldDocument`] is in range; no file outside a world's own folder is ever opened.

mod assembly;
mod build;
mod built_in;
mod clock;
mod document;
mod error;
mod exchange;
mod files;
mod fixtures;
mod gltf;
mod ground;
pub mod limits;
mod manifest;
mod object;
mod scene;
mod shapes;
mod sounding;
mod spawn;
mod stand_in;
#[cfg(feature = "view")]
pub(crate) mod view;

use crate::customs;
use crate::words::{Phrase, Words};
use bevy::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

pub use built_in::BuiltIn;
pub use clock::WorldClock;
pub use document::{
    Alpha, Bounds, Drawn, Environment, Lamp, MaterialData, MeshData, Moment, Motion, PictureData,
    PictureKind, SolidMesh, Spawn, TextureUse, Water, WorldDocument, Wrap, load, load_path,
};
pub(crate) use error::shown;
pub use error::{Measure, WorldError, WorldWarning};
pub(crate) use exchange::Standing;
pub use files::{FolderFiles, MemoryFiles, WorldFiles, WorldPath};
pub use fixtures::{Course, Fixtures, Ladder, Ride, Seat, SolidBox, WaterBox};
pub use manifest::{Bundle, BundleFile, ManifestFile, WorldFetch, WorldManifest};
pub use object::{Object, ObjectSize};
pub use scene::WORLD_VERSION;
pub use sounding::{Ambience, Floor, Footing, WorldSound};

/// What every process needs: the world as a document, offered to guests or fetched from the host.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CurrentWorld>()
        .init_resource::<WorldStatus>()
        .init_resource::<CurrentMoment>()
        .add_message::<LoadWorld>()
        .add_message::<ChooseMoment>()
        .configure_sets(
            PreUpdate,
            (WorldSystems::Build, WorldSystems::Exchange)
                .chain()
                .after(crate::session::SessionSystems::Receive)
                .before(crate::people::PeopleSystems::Follow),
        )
        .add_plugins((build::plugin, clock::plugin, exchange::plugin));
}

/// What a process with a body of its own needs besides: something to stand on.
pub(super) fn ground_plugin(app: &mut App) {
    app.add_plugins(build::ground_plugin);
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorldSystems {
    /// `PreUpdate`: a wish becomes a world.
    Build,
    /// `PreUpdate`: files are offered and fetched. After `Build`, so that a host that is just changing its
    /// world does not offer the one before.
    Exchange,
}

/// A wish: stand in this world instead. The last wish of a frame counts.
#[derive(Message, Clone, Debug)]
pub enum LoadWorld {
    /// One that comes with Holm.
    BuiltIn(BuiltIn),
    /// A file on this machine.
    Path(PathBuf),
    /// A host's files, the one to begin with, and where one arrives; a stand-in when they are no world.
    Fetched {
        files: Arc<MemoryFiles>,
        main: WorldPath,
        at: Spawn,
    },
    /// The same without its pictures, which are still on their way: one can walk meanwhile. When these files are no
    /// world by themselves nothing happens.
    Ground {
        files: Arc<MemoryFiles>,
        main: WorldPath,
    },
    /// Somewhere to stand in place of a host's world that cannot be had, for this reason.
    StandIn { at: Spawn, sentence: Phrase },
    /// One that is loaded already: a host reads its world before it opens the door.
    Document(Arc<WorldDocument>),
    /// None: an empty stage.
    Nothing,
}

/// A host's wish: another moment of the world, for everybody in it.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChooseMoment(pub u8);

/// Which of the world's moments it is; the first where the world has no such one.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CurrentMoment(pub u8);

/// The words for a moment's name; `None` for one that only its author has a name for.
pub fn moment_words(name: &str) -> Option<&'static str> {
    Some(match name {
        "Morning" => "places-morning",
        "Day" => "places-day",
        "Afternoon" => "places-afternoon",
        "Evening" => "places-evening",
        "Dusk" => "places-dusk",
        "Night" => "places-night",
        _ => return None,
    })
}

/// What a world is called on this screen: one that comes with Holm in the language of whoever reads it, any other as
/// its host wrote it.
pub fn said_name(words: &Words, raw: &str) -> String {
    let name = customs::world_name(raw);
    BuiltIn::titled(&name).map_or(name, |which| words.say(which.words()))
}

/// How far the wished world is.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub enum WorldStatus {
    #[default]
    None,
    /// Bytes here, and bytes in all (0 until the host has said how many). One may stand in it already, if what is
    /// still missing is pictures.
    Fetching { have: u64, of: u64 },
    /// Everything is here; it is being checked and built.
    Building,
    /// One can stand in it.
    Ready,
    /// It cannot be shown; what happened and what to do, for a person. One stands where one stood before, or
    /// as a guest on a stand-in.
    Failed { sentence: Phrase },
}

/// The world one stands in.
#[derive(Resource, Clone, Debug, Default)]
pub struct CurrentWorld {
    /// `None` before the first world is ready.
    pub document: Option<Arc<WorldDocument>>,
}

impl CurrentWorld {
    /// Where the person with this slot arrives, so that nobody arrives inside somebody else while there
    /// is room. The first place of an empty stage is the origin.
    pub fn arrival(&self, slot: u16) -> Spawn {
        let spawns = self
            .document
            .as_ref()
            .map_or(&[][..], |document| &document.spawns);
        spawns
            .get(usize::from(slot) % spawns.len().max(1))
            .copied()
            .unwrap_or_default()
    }
}

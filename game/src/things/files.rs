//! Files that things show: pictures and models that people bring into a world.
//!
//! Flow, in: a file's bytes → `bring` looks at it here → in the hand → put down, [`Outbox`] offers it → the host fetches it
//! (`library`) and writes it down → only then the wish goes out that names it. Out: [`Built`](super::Built) names files → those
//! one is willing to show are fetched, the nearest first (`shown`), distrusted (`read`) and kept ([`FileCache`]) → [`Files`] →
//! `view`.
//! Invariants: a host holds on its disk what a fact names, and knows nothing of it but its hash, its length and how it begins;
//! every file is there once, by its hash; a file that is not here, too much or not what was said is a box that says so, and costs
//! nobody anything else.

#[cfg(feature = "view")]
pub(crate) mod bring;
pub mod exif;
pub(crate) mod library;
mod outbox;
pub mod read;
#[cfg(feature = "view")]
mod recast;
mod shown;
#[cfg(feature = "view")]
pub(crate) mod ui;
#[cfg(feature = "view")]
pub(crate) mod view;
pub mod wire;

use bevy::prelude::*;
use holm_document::files::FilePlace;
use holm_document::part::{Blob, Shape};
use holm_document::{Act, Part, PartKind, Thing};
pub use outbox::{NotBrought, Outbox};
pub use shown::{FileState, Files, FilesShown, Refusal};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Outbox>()
        .init_resource::<Files>()
        .init_resource::<FilesShown>()
        .add_message::<NotBrought>();
}

pub(super) use library::tend;
pub(super) use outbox::{hear, speak};
pub(super) use shown::{forget, step};

/// Where files of worlds one was in are kept on this device, so that they travel once.
#[derive(Resource, Clone, Debug)]
pub struct FileCache(pub FilePlace);

/// Files that such acts name.
pub(crate) fn named(acts: &[Act]) -> impl Iterator<Item = Blob> + '_ {
    acts.iter()
        .flat_map(|act| match act {
            Act::Make { parts, .. } => parts.as_slice(),
            Act::Set { part, .. } => std::slice::from_ref(part),
            _ => &[],
        })
        .filter_map(Part::file)
}

/// The part by which a thing shows a file.
pub(super) fn of(thing: &Thing) -> Option<&Part> {
    [PartKind::Picture, PartKind::Model]
        .into_iter()
        .find_map(|kind| thing.part(kind))
}

/// What one bumps into where a thing shows a file: the box that it fills, which its place scales. The same for everybody,
/// whatever has come of the file.
pub(super) fn solid(thing: &Thing) -> Option<Shape> {
    of(thing).map(|_| Shape::Box)
}

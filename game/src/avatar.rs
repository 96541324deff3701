//! Avatars: bodies that people bring themselves, as VRM 0.x, VRM 1.0 or any rigged humanoid glTF.
//!
//! Flow: a file's bytes → `read` (checked against [`limits`]) → [`AvatarDocument`]; mine (`own`) is told and sent to the
//! host, which tells and sends it to the others (`exchange`, `rules`) → [`Wearing`] and [`Avatars`] → [`crate::people`]
//! dresses everybody.
//! Invariant: every index and number of a document is in range, so nothing after the reader checks again; whatever
//! is wrong with a file costs its wearer a sentence and nobody anything else.
//!
//! Why a reader of our own, on the glTF parts that worlds use ([`crate::gltf`]), and not a crate:
//! bevy_vrm1 0.10 reads VRM 1.0 only and bevy_vrm 0.4 VRM 0.x only (without expressions, look-at or licence); both go
//! through Bevy's glTF loader, whose `gltf` crate panics on lying lengths, and unwrap what it gave them; neither has
//! limits, and both need Bevy's asset server, which a headless host lacks. A stranger's file has to be read by one
//! strict parser, the same on a desktop, in a browser and in a test.

pub mod bone;
pub mod document;
pub mod error;
mod exchange;
mod json;
#[cfg(feature = "view")]
mod kept;
pub mod licence;
pub mod limits;
mod meter;
mod names;
pub mod own;
mod read;
mod rest;
mod rules;
#[cfg(feature = "view")]
pub(crate) mod sentences;
#[cfg(feature = "view")]
pub(crate) mod ui;
pub mod wire;

pub use bone::Bone;
pub use document::AvatarDocument;
pub use error::AvatarError;
pub use exchange::{AvatarState, Avatars, AvatarsShown, NotShown, Refusal, Wearing};
pub use read::read;
pub use wire::AvatarRef;

use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins((own::plugin, exchange::plugin));
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AvatarSystems {
    /// `PreUpdate`: what I wear follows my wishes.
    Own,
    /// `PreUpdate`: what everybody wears is told, fetched and put on.
    Exchange,
}

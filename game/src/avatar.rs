//! Avatars: bodies that people bring themselves, as VRM 0.x, VRM 1.0 or any rigged humanoid glTF.
//!
//! Flow: a file's bytes → `read` (checked against [`limits`]) → [`AvatarDocument`] → [`crate::people`] dresses
//! somebody in it.
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
mod json;
pub mod limits;
mod meter;
mod names;
mod read;
mod rest;

pub use bone::Bone;
pub use document::AvatarDocument;
pub use error::AvatarError;
pub use read::read;

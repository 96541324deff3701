//! The world that comes with Holm: a small harbour island. Its files are part of the program, so that
//! hosting needs no file and joining somebody's harbour needs no download.
//!
//! Made by `assets/worlds/harbour/make.py`; `assets/worlds/harbour/world.ron` says the rest.

use super::document::{WorldDocument, load};
use super::error::WorldError;
use super::files::{MemoryFiles, WorldPath};
use bytes::Bytes;

const WORLD: &[u8] = include_bytes!("../../../assets/worlds/harbour/world.ron");
const MODEL: &[u8] = include_bytes!("../../../assets/worlds/harbour/harbour.glb");

/// Loads the built-in world.
///
/// # Errors
/// None in a build whose tests pass; the caller reports it like any other world that does not load.
pub fn harbour() -> Result<WorldDocument, WorldError> {
    let (files, main) = harbour_files()?;
    load(&files, &main)
}

/// The built-in world's files, and the one to begin with.
pub fn harbour_files() -> Result<(MemoryFiles, WorldPath), WorldError> {
    let mut files = MemoryFiles::default();
    let main = WorldPath::new("world.ron")?;
    files.insert(main.clone(), Bytes::from_static(WORLD));
    files.insert(WorldPath::new("harbour.glb")?, Bytes::from_static(MODEL));
    Ok((files, main))
}

/// The built-in world's bytes: what a guest need not fetch.
pub(super) fn blobs() -> [Bytes; 2] {
    [Bytes::from_static(WORLD), Bytes::from_static(MODEL)]
}

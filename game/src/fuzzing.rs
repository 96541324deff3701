//! Doors for fuzzers: files as a stranger's come in.
//!
//! Flow: `fuzz/` calls one of [`TARGETS`] with a fuzzer's bytes; `game/tests/avatars/fuzz_corpus.rs` calls all of them
//! with the corpus and its mutations on every test run.
//! Invariant: no target has a failure of its own; what panics or hangs here does so for whoever opens such a file.

use crate::world::{MemoryFiles, WorldPath};
use bytes::Bytes;

/// Name and function of every target; a target's corpus lies in `fuzz/corpus/NAME`.
pub const TARGETS: [(&str, fn(&[u8])); 3] = [("avatar", avatar), ("file", file), ("world", world)];

/// Reads an avatar: VRM or plain, packed or as text.
pub fn avatar(data: &[u8]) {
    drop(crate::avatar::read(&Bytes::copy_from_slice(data)));
}

/// Reads a file that somebody brought into a world, and what it says of itself and what is left of that.
pub fn file(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    drop(crate::things::files::read::about(&bytes));
    drop(crate::things::files::exif::bare(&bytes));
    if let Ok(content) = crate::things::files::read::read(&bytes) {
        assert!(content.size().is_finite() && content.size().min_element() > 0.0);
    }
}

/// Reads a world of one file: glTF packed or as text, or a world's own description.
pub fn world(data: &[u8]) {
    let name = if data.starts_with(b"glTF") {
        "world.glb"
    } else if data.starts_with(b"{") {
        "world.gltf"
    } else {
        "world.ron"
    };
    let Ok(path) = WorldPath::new(name) else {
        return;
    };
    let mut files = MemoryFiles::default();
    files.insert(path.clone(), Bytes::copy_from_slice(data));
    drop(crate::world::load(&files, &path));
}

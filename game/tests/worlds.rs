//! World files, good and bad: what a friend exports opens, what an enemy writes ends in a sentence.
//!
//! Here is what they share: a scene with a floor and ways to change it. What opens is in `good`, what does not in the
//! others.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "worlds/damage.rs"]
mod damage;
#[path = "worlds/good.rs"]
mod good;
#[path = "worlds/lies.rs"]
mod lies;
#[path = "worlds/mistakes.rs"]
mod mistakes;
#[path = "worlds/too_much.rs"]
mod too_much;

use bytes::Bytes;
use holm::world::{MemoryFiles, WorldDocument, WorldError, WorldPath, WorldWarning, limits, load};
use serde_json::{Value, json};

fn path(path: &str) -> WorldPath {
    WorldPath::new(path).unwrap()
}

fn open(main: &str, files: &[(&str, &[u8])]) -> Result<WorldDocument, WorldError> {
    let mut memory = MemoryFiles::default();
    for (name, bytes) in files {
        memory.insert(path(name), Bytes::copy_from_slice(bytes));
    }
    load(&memory, &path(main))
}

fn open_ron(text: &str) -> Result<WorldDocument, WorldError> {
    open("world.ron", &[("world.ron", text.as_bytes())])
}

fn open_gltf(root: &Value) -> Result<WorldDocument, WorldError> {
    open(
        "scene.gltf",
        &[
            ("scene.gltf", root.to_string().as_bytes()),
            ("data.bin", &floor_bytes()),
        ],
    )
}

/// Four corners of a floor of 20 × 20 m, then two triangles as u16.
fn floor_bytes() -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in [-10.0_f32, 0., 10., 10., 0., 10., 10., 0., -10., -10., 0., -10.] {
        bytes.extend(value.to_le_bytes());
    }
    for index in [0_u16, 1, 2, 0, 2, 3] {
        bytes.extend(index.to_le_bytes());
    }
    bytes
}

/// A scene with that floor.
fn floor() -> Value {
    json!({
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "floor"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [0.5, 0.25, 0.125, 1.0]}}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 6, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 48},
            {"buffer": 0, "byteOffset": 48, "byteLength": 12},
        ],
        "buffers": [{"uri": "data.bin", "byteLength": 60}],
    })
}

fn changed(pointer: &str, value: Value) -> Value {
    let mut root = floor();
    *root
        .pointer_mut(pointer)
        .unwrap_or_else(|| panic!("{pointer} is not there")) = value;
    root
}

fn with(key: &str, value: Value) -> Value {
    let mut root = floor();
    root[key] = value;
    root
}

fn glb(root: &Value, blob: &[u8]) -> Vec<u8> {
    let mut json = root.to_string().into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    let mut blob = blob.to_vec();
    blob.resize(blob.len().next_multiple_of(4), 0);
    let mut out = b"glTF".to_vec();
    out.extend(2_u32.to_le_bytes());
    out.extend(((12 + 8 + json.len() + 8 + blob.len()) as u32).to_le_bytes());
    out.extend((json.len() as u32).to_le_bytes());
    out.extend(b"JSON");
    out.extend(&json);
    out.extend((blob.len() as u32).to_le_bytes());
    out.extend(b"BIN\0");
    out.extend(&blob);
    out
}

fn floor_glb() -> Vec<u8> {
    let mut root = floor();
    root["buffers"] = json!([{"byteLength": 60}]);
    glb(&root, &floor_bytes())
}

/// What every document promises, whatever file it came from.
fn assert_sound(document: &WorldDocument) {
    assert!(!document.spawns.is_empty());
    for spawn in &document.spawns {
        assert!(spawn.feet.is_finite() && spawn.yaw.is_finite());
        assert!(spawn.feet.y > document.fall_below, "nobody arrives fallen");
    }
    assert!(document.fall_below.is_finite());
    for mesh in &document.meshes {
        assert!(mesh.positions.iter().flatten().all(|v| v.is_finite()));
        assert!(mesh.indices.len().is_multiple_of(3));
        assert!(
            mesh.indices
                .iter()
                .all(|index| (*index as usize) < mesh.positions.len())
        );
        assert!(
            mesh.normals
                .as_ref()
                .is_none_or(|n| n.len() == mesh.positions.len())
        );
        assert!(mesh.uvs.as_ref().is_none_or(|n| n.len() == mesh.positions.len()));
        assert!(
            mesh.colours
                .as_ref()
                .is_none_or(|n| n.len() == mesh.positions.len())
        );
    }
    for drawn in &document.drawn {
        assert!(drawn.mesh < document.meshes.len() && drawn.material < document.materials.len());
        assert!(drawn.world_from_mesh.is_finite());
    }
    for material in &document.materials {
        for texture in [&material.base_texture, &material.emissive_texture]
            .into_iter()
            .flatten()
        {
            assert!(texture.picture < document.pictures.len());
        }
    }
    for solid in &document.solids {
        assert!(!solid.triangles.is_empty());
        assert!(
            solid
                .positions
                .iter()
                .all(|p| p.is_finite() && p.abs().max_element() <= limits::MAX_REACH_METRES)
        );
        assert!(
            solid
                .triangles
                .iter()
                .flatten()
                .all(|index| (*index as usize) < solid.positions.len())
        );
    }
    assert!(document.warnings.len() <= limits::MAX_WARNINGS);
    assert!(document.manifest_bytes().len() as u64 <= limits::MAX_MANIFEST_BYTES);
}

/// Opens, and expects a refusal whose sentence has these words.
#[track_caller]
fn refused(result: Result<WorldDocument, WorldError>, words: &str) {
    let error = result
        .err()
        .unwrap_or_else(|| panic!("opened, and should say “{words}”"));
    let sentence = error.sentence();
    assert!(sentence.contains(words), "“{sentence}” does not say “{words}”");
    assert!(sentence.ends_with('.') && sentence.len() < 500, "{sentence}");
}

//! What asks for more than there is: refused before it costs anything.

use super::*;
use holm::world::Measure;

#[test]
fn nodes_that_share_children_do_not_multiply_without_end() {
    // 40 levels of two references to the same child: 2^40 visits.
    let mut nodes: Vec<Value> = (0..40).map(|n| json!({"children": [n + 1, n + 1]})).collect();
    nodes.push(json!({"mesh": 0}));
    refused(open_gltf(&with("nodes", json!(nodes))), "too large: Nodes");
}

#[test]
fn a_deep_tree_is_refused_and_does_not_use_up_the_stack() {
    let mut nodes: Vec<Value> = (0..50_000).map(|n| json!({"children": [n + 1]})).collect();
    nodes.push(json!({"mesh": 0}));
    refused(open_gltf(&with("nodes", json!(nodes))), "Nodes within nodes");
}

#[test]
fn ten_million_vertices_are_refused_before_they_cost_anything() {
    // Without a buffer view all of them are zero: 40 bytes that ask for 120 MB.
    let mut root = changed("/accessors/0/count", json!(10_000_000));
    root["accessors"][0].as_object_mut().unwrap().remove("bufferView");
    refused(
        open_gltf(&root),
        "Vertices: 10,000,000, and Holm takes up to 3,000,000",
    );
    let root = changed("/accessors/0/count", json!(u64::MAX));
    refused(open_gltf(&root), "too large");
    refused(
        open_gltf(&changed("/accessors/1/count", json!(u64::MAX / 2))),
        "too large",
    );
}

#[test]
fn a_mesh_repeated_until_it_is_too_much_ground_is_refused() {
    let nodes: Vec<Value> = (0..60_000).map(|_| json!({"mesh": 0})).collect();
    let mut root = with("nodes", json!(nodes));
    root["scenes"][0]["nodes"] = json!((0..60_000).collect::<Vec<u32>>());
    let primitive = root["meshes"][0]["primitives"][0].clone();
    root["meshes"][0]["primitives"] = json!([primitive, primitive]);
    refused(open_gltf(&root), "too large");
}

#[test]
fn copies_of_a_large_mesh_are_refused_before_they_are_gone_through() {
    let mut root = changed("/accessors/0/count", json!(2_000_000));
    root["accessors"][0].as_object_mut().unwrap().remove("bufferView");
    root["nodes"] = json!(vec![json!({"mesh": 0, "name": "tree-nocol"}); 60]);
    root["scenes"][0]["nodes"] = json!((0..60).collect::<Vec<u32>>());
    refused(open_gltf(&root), "too large: Corners of shapes");
}

#[test]
fn corners_that_no_triangle_uses_are_not_copied_into_the_ground() {
    let mut bytes = floor_bytes();
    let indices = bytes.split_off(48);
    bytes.resize(12_000, 0);
    bytes.extend(&indices);
    let mut root = changed("/accessors/0/count", json!(1_000));
    root["bufferViews"][0]["byteLength"] = json!(12_000);
    root["bufferViews"][1]["byteOffset"] = json!(12_000);
    root["buffers"][0]["byteLength"] = json!(12_012);
    root["nodes"] = json!([{"mesh": 0}, {"mesh": 0, "translation": [0.0, 5.0, 0.0]}]);
    root["scenes"][0]["nodes"] = json!([0, 1]);
    let text = root.to_string();
    let document = open("a.gltf", &[("a.gltf", text.as_bytes()), ("data.bin", &bytes)]).unwrap();
    assert_sound(&document);
    assert_eq!(document.solid_triangle_count(), 4);
    let corners: usize = document.solids.iter().map(|solid| solid.positions.len()).sum();
    assert_eq!(corners, 8);
}

#[test]
fn a_list_of_empty_entries_is_not_held_in_memory() {
    let empty = json!(vec![json!({}); 200_000]);
    for (list, words) in [
        ("nodes", "too large: Nodes: 100,001"),
        ("meshes", "too large: Meshes: 100,001"),
        ("textures", "too large: Pictures: 100,001"),
        ("images", "too large: Pictures: 100,001"),
        ("materials", "too large: Materials: 100,001"),
    ] {
        refused(open_gltf(&with(list, empty.clone())), words);
    }
}

#[test]
fn too_many_files_are_refused() {
    let mut root = floor();
    let bytes = floor_bytes();
    let names: Vec<String> = (0..300).map(|n| format!("{n}.bin")).collect();
    root["buffers"] = names
        .iter()
        .map(|name| json!({"uri": name, "byteLength": 60}))
        .collect();
    let text = root.to_string();
    let mut files: Vec<(&str, &[u8])> = vec![("a.gltf", text.as_bytes())];
    files.extend(names.iter().map(|name| (name.as_str(), bytes.as_slice())));
    refused(open("a.gltf", &files), "too large");
}

#[test]
fn more_that_moves_than_a_body_can_mind_is_refused() {
    let moves = "moves: (through: [(0, 1, 0)], period_secs: 9)";
    let many = format!("(shape: Box(size: (1, 1, 1)), {moves}),").repeat(limits::MAX_RIDES + 1);
    let error = open_ron(&format!("World(version: 1, things: [{many}])")).unwrap_err();
    assert!(
        matches!(
            error,
            WorldError::TooMuch {
                what: Measure::Rides,
                ..
            }
        ),
        "{error}"
    );
    let seats = "(shape: Seat()),".repeat(limits::MAX_SEATS + 1);
    let error = open_ron(&format!("World(version: 1, things: [{seats}])")).unwrap_err();
    assert!(
        matches!(
            error,
            WorldError::TooMuch {
                what: Measure::Seats,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_description_that_would_swell_is_refused_before_it_is_parsed() {
    let mut root = floor();
    root["samplers"] = json!(vec![json!({}); 1_100_000]);
    assert!(root.to_string().len() < 4 << 20);
    let error = open_gltf(&root).unwrap_err();
    assert!(
        matches!(
            error,
            WorldError::TooMuch {
                what: Measure::DescriptionMemory,
                ..
            }
        ),
        "{error}"
    );
    root["samplers"] = json!(vec![json!({}); 1_000]);
    assert!(open_gltf(&root).is_ok());
}

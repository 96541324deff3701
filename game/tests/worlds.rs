//! World files, good and bad: what a friend exports opens, what an enemy writes ends in a sentence.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use bevy::math::Vec3;
use bytes::Bytes;
use holm::world::{
    BuiltIn, MemoryFiles, WorldDocument, WorldError, WorldFetch, WorldManifest, WorldPath, WorldWarning,
    limits, load,
};
use proptest::prelude::*;
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

// --- good files ---------------------------------------------------------------------------------------

#[test]
fn a_gltf_scene_is_walkable_as_it_is() {
    let document = open_gltf(&floor()).unwrap();
    assert_sound(&document);
    assert_eq!(document.name, "scene");
    assert_eq!(document.solid_triangle_count(), 2);
    assert!(document.warnings.is_empty(), "{:?}", document.warnings);
    let feet = document.spawns[0].feet;
    assert!(
        feet.y > 0.0 && feet.y < 0.1 && feet.x.abs() < 1.0 && feet.z.abs() < 1.0,
        "{feet}"
    );
    let names: Vec<&str> = document
        .bundle
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(names, ["data.bin", "scene.gltf"]);
}

#[test]
fn the_same_scene_in_one_file_or_two_is_the_same_world() {
    let two = open_gltf(&floor()).unwrap();
    let one = open("scene.glb", &[("scene.glb", &floor_glb())]).unwrap();
    assert_eq!(
        (&one.meshes, &one.solids, &one.spawns),
        (&two.meshes, &two.solids, &two.spawns)
    );
    let inline = format!(
        "data:application/octet-stream;base64,{}",
        data_encoding::BASE64.encode(&floor_bytes())
    );
    let inside = open_gltf(&changed("/buffers/0/uri", json!(inline))).unwrap();
    assert_eq!(inside.meshes, two.meshes);
    assert_eq!(inside.bundle.files.len(), 1);
}

#[test]
fn a_node_called_spawn_is_where_one_arrives() {
    let nodes = json!([
        {"mesh": 0, "children": [1], "translation": [100.0, 5.0, 0.0]},
        {"name": "Spawn_main", "translation": [3.0, 0.5, -2.0], "rotation": [0.0, 0.6, 0.0, 0.8]},
    ]);
    let document = open_gltf(&with("nodes", nodes)).unwrap();
    let spawn = document.spawns[0];
    assert!((spawn.feet.x - 103.0).abs() < 1e-3 && (spawn.feet.z + 2.0).abs() < 1e-3);
    assert!(
        (spawn.feet.y - 5.03).abs() < 1e-3,
        "settled onto the floor: {}",
        spawn.feet
    );
    assert!((spawn.yaw - 2.0 * 0.6_f32.asin()).abs() < 1e-3, "{}", spawn.yaw);
}

#[test]
fn names_say_what_is_solid_and_what_is_shown() {
    let nodes = json!([
        {"children": [1, 2, 3]},
        {"mesh": 0, "name": "leaves-nocol"},
        {"mesh": 0, "name": "wall-colonly", "translation": [0.0, 1.0, 0.0]},
        {"mesh": 0, "name": "floor", "translation": [0.0, -1.0, 0.0]},
    ]);
    let document = open_gltf(&with("nodes", nodes)).unwrap();
    assert_eq!(document.drawn.len(), 2);
    assert_eq!(document.solid_triangle_count(), 4);
    assert_eq!(document.meshes.len(), 1, "one mesh, used three times");
}

#[test]
fn an_object_gets_a_floor_to_be_looked_at_from() {
    let small = json!([{"mesh": 0, "scale": [0.05, 0.05, 0.05]}]);
    let document = open_gltf(&with("nodes", small)).unwrap();
    assert_eq!(document.warnings, [WorldWarning::FloorAdded]);
    assert!(document.solid_triangle_count() > 2);
    assert_sound(&document);
}

#[test]
fn a_world_file_places_shapes_and_models() {
    let ron = br##"World(
        version: 1,
        name: "  Two floors ",
        spawns: [(at: (1, 4, 0), facing_degrees: 90)],
        environment: (sun: (azimuth_degrees: 90, elevation_degrees: 0, lux: 1000), water: (level: -1, colour: "#204060c0")),
        things: [
            (shape: Model("models/floor.gltf"), at: (0, 3, 0), turn_degrees: (0, 90, 0)),
            (shape: Model("models/floor.gltf"), solid: None),
            (shape: Box(size: (2, 1, 2)), at: (4, 3, 0), colour: "#ff0000"),
            (shape: Cylinder(radius: 1, height: 2), at: (-4, 3, 0), solid: Box),
        ],
    )"##;
    let mut root = floor();
    root["buffers"][0]["uri"] = json!("../bin/data.bin");
    let root = root.to_string();
    let bin = floor_bytes();
    let files: [(&str, &[u8]); 3] = [
        ("world.ron", ron),
        ("models/floor.gltf", root.as_bytes()),
        ("bin/data.bin", &bin),
    ];
    let document = open("world.ron", &files).unwrap();
    assert_sound(&document);
    assert_eq!(document.name, "Two floors");
    assert_eq!(document.drawn.len(), 4);
    assert_eq!(document.solid_triangle_count(), 2 + 12 + 12);
    assert!((document.environment(0).to_sun.x - 1.0).abs() < 1e-5);
    assert!((document.spawns[0].feet.y - 3.03).abs() < 1e-3);
    assert_eq!(document.bundle.files.len(), 3);
}

#[test]
fn the_harbour_is_a_good_place_to_arrive() {
    let document = BuiltIn::Harbour.load().unwrap();
    assert_sound(&document);
    assert_eq!(document.name, "Harbour");
    assert!(document.warnings.is_empty(), "{:?}", document.warnings);
    assert!(
        document.spawns.len() >= 16,
        "room for a crowd: {}",
        document.spawns.len()
    );
    for spawn in &document.spawns {
        assert!(spawn.feet.y > 0.8, "nobody arrives in the water: {spawn:?}");
    }
}

#[test]
fn a_guest_builds_the_very_same_world_from_the_hosts_bytes() {
    let host = BuiltIn::Harbour.load().unwrap();
    let manifest: WorldManifest = postcard::from_bytes(&host.manifest_bytes()).unwrap();
    let mut fetch = WorldFetch::new(manifest).unwrap();
    for (hash, len) in fetch.missing() {
        let file = host.bundle.files.iter().find(|file| file.hash == hash).unwrap();
        assert_eq!(file.bytes.len() as u64, len);
        assert!(fetch.take(hash, &file.bytes).unwrap());
    }
    let (files, main) = fetch.finish().unwrap();
    assert_eq!(load(&files, &main).unwrap(), host);
}

// --- bad files ----------------------------------------------------------------------------------------

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

#[test]
fn a_node_that_contains_itself_is_refused() {
    let cycle = json!([{"children": [1]}, {"children": [2]}, {"children": [0], "mesh": 0}]);
    refused(open_gltf(&with("nodes", cycle)), "contains itself");
    refused(
        open_gltf(&with("nodes", json!([{"children": [0], "mesh": 0}]))),
        "contains itself",
    );
}

#[test]
fn nodes_that_share_children_do_not_multiply_without_end() {
    // 40 levels of two references to the same child: 2^40 visits.
    let mut nodes: Vec<Value> = (0..40).map(|n| json!({"children": [n + 1, n + 1]})).collect();
    nodes.push(json!({"mesh": 0}));
    refused(open_gltf(&with("nodes", json!(nodes))), "too large: nodes");
}

#[test]
fn a_deep_tree_is_refused_and_does_not_use_up_the_stack() {
    let mut nodes: Vec<Value> = (0..50_000).map(|n| json!({"children": [n + 1]})).collect();
    nodes.push(json!({"mesh": 0}));
    refused(open_gltf(&with("nodes", json!(nodes))), "nodes within nodes");
}

#[test]
fn ten_million_vertices_are_refused_before_they_cost_anything() {
    // Without a buffer view all of them are zero: 40 bytes that ask for 120 MB.
    let mut root = changed("/accessors/0/count", json!(10_000_000));
    root["accessors"][0].as_object_mut().unwrap().remove("bufferView");
    refused(
        open_gltf(&root),
        "vertices: 10,000,000, and Holm takes up to 3,000,000",
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
    refused(open_gltf(&root), "too large: corners of shapes");
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
        ("nodes", "too large: nodes: 100,001"),
        ("meshes", "too large: meshes: 100,001"),
        ("textures", "too large: textures: 100,001"),
        ("images", "too large: pictures: 100,001"),
        ("materials", "too large: materials: 100,001"),
    ] {
        refused(open_gltf(&with(list, empty.clone())), words);
    }
}

#[test]
fn an_endless_name_is_cut_and_its_end_still_says_what_is_solid() {
    let endless = "x".repeat(1_000_000);
    let mut root = floor();
    root["nodes"] = json!([
        {"mesh": 0},
        {"mesh": 0, "name": format!("{endless}-NoCol")},
        {"mesh": 0, "name": endless, "scale": [0.0, 1.0, 1.0]},
    ]);
    root["scenes"][0]["nodes"] = json!([0, 1, 2]);
    let document = open_gltf(&root).unwrap();
    assert_eq!((document.drawn.len(), document.solid_triangle_count()), (2, 2));
    let WorldWarning::BadTransform { name } = &document.warnings[0] else {
        panic!("{:?}", document.warnings)
    };
    assert_eq!(name.chars().count(), 81);
}

#[test]
fn a_spawn_that_a_scale_carries_out_of_reach_is_nowhere() {
    let ron = br#"World(version: 1, things: [
        (shape: Box(size: (40, 1, 40)), at: (0, -1, 0)),
        (shape: Model("floor.gltf"), scale: (10000, 10000, 10000), solid: None),
    ])"#;
    let mut root = floor();
    root["nodes"] = json!([{"mesh": 0, "children": [1]}, {"name": "spawn", "translation": [10.0, 0.0, 0.0]}]);
    let root = root.to_string();
    let bin = floor_bytes();
    let files: [(&str, &[u8]); 3] = [
        ("world.ron", ron),
        ("floor.gltf", root.as_bytes()),
        ("data.bin", &bin),
    ];
    let document = open("world.ron", &files).unwrap();
    assert_sound(&document);
    assert!(
        WorldFetch::new(document.manifest()).is_ok(),
        "{:?}",
        document.spawns[0]
    );
}

#[test]
fn lies_about_the_buffers_are_refused() {
    for (pointer, value) in [
        ("/buffers/0/byteLength", json!(61)),
        ("/bufferViews/0/byteLength", json!(61)),
        ("/bufferViews/0/byteOffset", json!(u64::MAX)),
        ("/bufferViews/0/buffer", json!(1)),
        ("/accessors/0/count", json!(5)),
        ("/accessors/0/bufferView", json!(9)),
        ("/accessors/0/componentType", json!(1)),
        ("/accessors/0/type", json!("MAT9")),
        ("/accessors/1/count", json!(7)),
        ("/accessors/1/componentType", json!(5126)),
        ("/meshes/0/primitives/0/indices", json!(5)),
        ("/meshes/0/primitives/0/attributes/POSITION", json!(77)),
        ("/meshes/0/primitives/0/material", json!(3)),
        ("/nodes/0/mesh", json!(3)),
        ("/scenes/0/nodes/0", json!(8)),
        ("/scene", json!(8)),
    ] {
        let result = open_gltf(&changed(pointer, value.clone()));
        assert!(
            matches!(result, Err(WorldError::Damaged { .. })),
            "{pointer} = {value}: {result:?}"
        );
    }
    let stride = changed(
        "/bufferViews/0",
        json!({"buffer": 0, "byteLength": 48, "byteStride": u64::MAX}),
    );
    refused(open_gltf(&stride), "is damaged");
    // An index beyond the vertices.
    let mut bytes = floor_bytes();
    bytes[48] = 4;
    let root = floor().to_string();
    refused(
        open("a.gltf", &[("a.gltf", root.as_bytes()), ("data.bin", &bytes)]),
        "corner that is not there",
    );
}

#[test]
fn a_missing_buffer_is_refused_and_a_missing_picture_is_not() {
    refused(
        open_gltf(&changed("/buffers/0/uri", json!("gone.bin"))),
        "needs “gone.bin”",
    );
    let mut root = floor();
    root["images"] = json!([{"uri": "gone.png"}]);
    root["textures"] = json!([{"source": 0}]);
    root["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] = json!({"index": 0});
    let document = open_gltf(&root).unwrap();
    assert_eq!(
        document.warnings,
        [WorldWarning::MissingTexture {
            file: "gone.png".into()
        }]
    );
    assert!(document.materials[0].base_texture.is_none());
    root["images"] = json!([{"uri": "../../../etc/passwd"}]);
    refused(open_gltf(&root), "outside its own folder");
}

#[test]
fn nothing_outside_the_folder_or_on_the_net_is_asked_for() {
    for uri in [
        "../../etc/passwd",
        "/etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "C:\\secret",
        "\\\\host\\share",
    ] {
        refused(
            open_gltf(&changed("/buffers/0/uri", json!(uri))),
            "outside its own folder",
        );
    }
    refused(
        open_gltf(&changed("/buffers/0/uri", json!("http://10.0.0.1/x.bin"))),
        "Download it",
    );
    refused(
        open_ron(r#"World(version: 1, things: [(shape: Model("../x.glb"))])"#),
        "outside its own folder",
    );
}

#[test]
fn numbers_that_are_none_cost_the_shape_and_not_the_world() {
    for (at, value) in [(0, f32::NAN), (4, f32::INFINITY), (8, f32::MAX)] {
        let mut bytes = floor_bytes();
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        let root = floor().to_string();
        refused(
            open("a.gltf", &[("a.gltf", root.as_bytes()), ("data.bin", &bytes)]),
            "nothing to show",
        );
    }
    for transform in [
        json!({"mesh": 0, "scale": [0.0, 1.0, 1.0]}),
        json!({"mesh": 0, "scale": [1e30, 1e30, 1e30]}),
        json!({"mesh": 0, "translation": [1e39, 0.0, 0.0]}),
        json!({"mesh": 0, "matrix": [1,0,0,5, 0,1,0,0, 0,0,1,0, 0,0,0,1]}),
    ] {
        let mut root = floor();
        root["nodes"] = json!([{"mesh": 0}, transform]);
        root["scenes"][0]["nodes"] = json!([0, 1]);
        let document = open_gltf(&root).unwrap();
        assert_sound(&document);
        assert_eq!(document.drawn.len(), 1);
        assert!(
            matches!(document.warnings[0], WorldWarning::BadTransform { .. }),
            "{:?}",
            document.warnings
        );
    }
}

#[test]
fn what_is_too_far_to_walk_is_seen_and_not_walked_on() {
    let mut root = floor();
    root["nodes"] = json!([{"mesh": 0}, {"mesh": 0, "translation": [200000.0, 0.0, 0.0]}]);
    root["scenes"][0]["nodes"] = json!([0, 1]);
    let document = open_gltf(&root).unwrap();
    assert_sound(&document);
    assert_eq!((document.drawn.len(), document.solid_triangle_count()), (2, 2));
    assert!(matches!(document.warnings[0], WorldWarning::TooFar { .. }));
}

#[test]
fn a_picture_that_claims_too_much_is_left_out() {
    let png = |width: u32, height: u32| {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend(width.to_be_bytes());
        png.extend(height.to_be_bytes());
        png.extend([8, 6, 0, 0, 0]);
        png
    };
    let mut root = floor();
    root["images"] = json!([{"uri": "bomb.png"}]);
    root["textures"] = json!([{"source": 0}]);
    root["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] = json!({"index": 0});
    let text = root.to_string();
    let open_with = |picture: &[u8]| {
        let files: [(&str, &[u8]); 3] = [
            ("a.gltf", text.as_bytes()),
            ("data.bin", &floor_bytes()),
            ("bomb.png", picture),
        ];
        open("a.gltf", &files).unwrap()
    };
    let huge = open_with(&png(60_000, 60_000));
    assert!(
        matches!(huge.warnings[0], WorldWarning::HugeTexture { width: 60_000, .. }),
        "{:?}",
        huge.warnings
    );
    assert_eq!(
        huge.bundle.files.len(),
        2,
        "what is not shown is not sent to guests"
    );
    let unreadable = open_with(b"GIF89a");
    assert!(matches!(
        unreadable.warnings[0],
        WorldWarning::UnreadableTexture { .. }
    ));
    let mut buffer = floor();
    buffer["images"] = json!([{"uri": "data.bin"}]);
    buffer["textures"] = json!([{"source": 0}]);
    buffer["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] = json!({"index": 0});
    let document = open_gltf(&buffer).unwrap();
    assert!(matches!(
        document.warnings[0],
        WorldWarning::UnreadableTexture { .. }
    ));
    assert_eq!(
        document.bundle.files.len(),
        2,
        "a buffer that is no picture is still a buffer"
    );
    let good = open_with(&png(256, 256));
    assert!(good.warnings.is_empty() && good.pictures.len() == 1 && good.bundle.files.len() == 3);
}

#[test]
fn all_pictures_together_have_a_limit() {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(8_192_u32.to_be_bytes());
    png.extend(8_192_u32.to_be_bytes());
    png.extend([8, 6, 0, 0, 0]);
    let uri = format!("data:image/png;base64,{}", data_encoding::BASE64.encode(&png));
    let mut root = floor();
    root["images"] = json!([{"uri": uri}, {"uri": uri}]);
    root["textures"] = json!([{"source": 0}, {"source": 1}]);
    root["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] = json!({"index": 0});
    root["materials"][0]["emissiveTexture"] = json!({"index": 1});
    let document = open_gltf(&root).unwrap();
    assert_eq!(document.pictures.len(), 1);
    assert!(matches!(
        document.warnings[0],
        WorldWarning::TooManyTexturePixels { .. }
    ));
}

#[test]
fn compressed_files_and_old_versions_say_what_to_do() {
    let draco = with("extensionsRequired", json!(["KHR_draco_mesh_compression"]));
    refused(open_gltf(&draco), "packed with KHR_draco_mesh_compression");
    assert!(open_gltf(&with("extensionsRequired", json!(["KHR_mesh_quantization"]))).is_ok());
    refused(open_gltf(&changed("/asset/version", json!("1.0"))), "glTF 1.0");
    let mut old = floor_glb();
    old[4] = 1;
    refused(
        open("a.glb", &[("a.glb", &old)]),
        "glTF 1, and Holm reads glTF 2.0",
    );
    refused(open("a.glb", &[("a.glb", b"glTF")]), "damaged");
    refused(open("a.txt", &[("a.txt", b"hello")]), "not a world Holm knows");
    refused(
        open("a.gltf", &[("a.gltf", b"{\"asset\": ")]),
        "mistake in line 1",
    );
    refused(
        open("a.gltf", &[("a.gltf", "[".repeat(100_000).as_bytes())]),
        "mistake in line 1",
    );
    refused(
        open_gltf(&json!({"asset": {"version": "2.0"}})),
        "nothing to show",
    );
}

#[test]
fn a_mistake_in_a_world_file_is_named_with_its_line() {
    refused(open_ron("World(\n  version: 1,\n  thinks: [],\n)"), "line 3");
    refused(open_ron("World(version: 7, spaceships: Yes)"), "newer Holm");
    refused(
        open_ron("World(version: 1, things: [(shape: Box(size: (NaN, 1, 1)))])"),
        "things[0].shape",
    );
    refused(
        open_ron("World(version: 1, things: [(shape: Box(size: (1, 1, 1)), at: (inf, 0, 0))])"),
        "things[0].at",
    );
    refused(
        open_ron("World(version: 1, things: [(shape: Sphere(radius: 1), scale: (0, 1, 1))])"),
        "things[0].scale",
    );
    refused(
        open_ron(r##"World(version: 1, things: [(shape: Sphere(radius: 1), colour: "#é12345")])"##),
        "colour",
    );
    refused(
        open_ron(r##"World(version: 1, things: [(shape: Sphere(radius: 1), colour: "#+f+f+f")])"##),
        "colour",
    );
    refused(open_ron("World(version: 1, things: [])"), "nothing to show");
    refused(
        open_ron(r#"World(version: 1, things: [(shape: Model("gone.glb"))])"#),
        "needs “gone.glb”",
    );
    let deep = format!("World(version: 1, things: {}", "[".repeat(200_000));
    refused(open_ron(&deep), "mistake in line 1");
    let many = format!(
        "World(version: 1, things: [{}])",
        "(shape: Sphere(radius: 1)),".repeat(10_001)
    );
    refused(open_ron(&many), "things: 10,001");
    refused(
        open_ron(&format!("World(version: 1, things: []){}", " ".repeat(3 << 20))),
        "bytes in world.ron",
    );
    refused(
        open("world.ron", &[("world.ron", &[0xff, 0xfe, 0x00])]),
        "not text",
    );
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_damage_to_a_glb_makes_it_panic(
        hits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        keep in any::<Option<prop::sample::Index>>(),
    ) {
        let mut bytes = floor_glb();
        for (at, value) in hits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(keep) = keep {
            bytes.truncate(keep.index(bytes.len()));
        }
        if let Ok(document) = open("a.glb", &[("a.glb", &bytes)]) {
            assert_sound(&document);
        }
    }

    #[test]
    fn no_number_in_a_gltf_makes_it_panic(
        which in any::<prop::sample::Index>(),
        value in prop_oneof![
            Just(json!(null)), Just(json!(-1)), Just(json!(0)), Just(json!(1)), Just(json!(7)), Just(json!(1e38)),
            Just(json!(u64::MAX)), Just(json!(u32::MAX)), Just(json!("x")), Just(json!([])), Just(json!({})),
        ],
    ) {
        let mut root = floor();
        let mut leaves = Vec::new();
        collect(&root, String::new(), &mut leaves);
        *root.pointer_mut(&leaves[which.index(leaves.len())]).unwrap() = value;
        if let Ok(document) = open_gltf(&root) {
            assert_sound(&document);
        }
    }

    #[test]
    fn no_damage_to_a_world_file_makes_it_panic(
        hits in proptest::collection::vec((any::<prop::sample::Index>(), "[ -~]"), 1..6),
    ) {
        let mut text = r##"World(version: 1, name: "a", spawns: [(at: (0, 1, 2), facing_degrees: 3)], environment: (haze: 5,
            sun: (azimuth_degrees: 1, elevation_degrees: 2, lux: 3)), things: [(shape: Ramp(size: (1, 2, 3)), at: (4, 5, 6)),
            (shape: Cone(radius: 1, height: 2), scale: (1, 2, 3), turn_degrees: (10, 20, 30), colour: "#aabbcc", solid: Box)])"##
            .to_owned();
        for (at, with) in hits {
            let at = at.index(text.len());
            text.replace_range(at..=at, &with);
        }
        if let Ok(document) = open_ron(&text) {
            assert_sound(&document);
        }
    }
}

/// JSON pointers of everything in a value.
fn collect(value: &Value, at: String, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                collect(value, format!("{at}/{key}"), out);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                collect(value, format!("{at}/{index}"), out);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        out.push(at);
    }
}

/// The fixtures of `docs/worlds.md`, as it writes them.
const FIXTURES: &str = r##"World(version: 1, environment: (water: (level: -1, colour: "#2b6f7ce6")), fall_below: -20, things: [
    (shape: Box(size: (40, 1, 40)), at: (0, -1, 0)),
    (shape: Ladder(height: 4), at: (0, 0, -3), turn_degrees: (0, 90, 0), colour: "#8a5a33"),
    (shape: Seat(height: 0.45), at: (2, 0, 5), turn_degrees: (0, 180, 0)),
    (shape: Water(size: (6, 2, 10)), at: (20, -2, 0), colour: "#2b6f7ccc"),
    (shape: Box(size: (2, 0.2, 2)), at: (0, 0, 9), moves: (through: [(0, 6, 0)], period_secs: 16, rest_secs: 3)),
])"##;

#[test]
fn ladders_seats_water_and_platforms_are_read_as_the_page_says() {
    let document = open_ron(FIXTURES).unwrap();
    assert_sound(&document);
    let fixtures = &document.fixtures;
    let ladder = fixtures.ladders[0];
    assert_eq!((ladder.height, ladder.foot.z), (4.0, -3.0));
    assert!(ladder.ahead().abs_diff_eq(Vec3::NEG_X, 1e-5));
    assert!((fixtures.seats[0].surface.y - 0.45).abs() < 1e-6);
    assert!(
        fixtures.seats[0].position().y.abs() < 1e-6,
        "on a chair the pose is on the floor"
    );
    assert_eq!(fixtures.water_at(Vec3::new(20.0, -1.5, 4.0)), Some(0.0));
    assert_eq!(fixtures.water_at(Vec3::new(90.0, -1.5, 4.0)), Some(-1.0));
    let ride = &fixtures.rides[0];
    assert_eq!(ride.course.at(1.0), Vec3::ZERO);
    assert_eq!(
        ride.course.at(9.0),
        Vec3::Y * 6.0,
        "3 s of rest, 5 s up, then rest"
    );
    assert!(ride.boxes[0].centre.abs_diff_eq(Vec3::new(0.0, 0.1, 9.0), 1e-5));
    assert!(ride.boxes[0].size.abs_diff_eq(Vec3::new(2.0, 0.2, 2.0), 1e-5));
    // Floor, ladder, water's surface, platform are seen; only the floor is ground that stays.
    assert_eq!(document.drawn.len(), 4);
    assert_eq!(
        document
            .drawn
            .iter()
            .filter(|drawn| drawn.ride == Some(0))
            .count(),
        1
    );
    assert_eq!(document.solid_triangle_count(), 12);
}

#[test]
fn a_fixture_that_makes_no_sense_is_refused_with_its_name() {
    let thing = |text: &str| {
        open_ron(&format!(
            "World(version: 1, things: [(shape: Plane(size: (9, 9))), ({text})])"
        ))
    };
    for (text, word) in [
        ("shape: Ladder(height: 1e9)", "things[1].height"),
        (
            "shape: Ladder(height: 3), turn_degrees: (20, 0, 0)",
            "things[1].turn_degrees",
        ),
        ("shape: Ladder(height: 3), scale: (2, 2, 2)", "things[1].scale"),
        ("shape: Seat(height: -1)", "things[1].height"),
        ("shape: Water(size: (1, 0, 1))", "things[1].size"),
        ("shape: Water(size: (1, NaN, 1))", "things[1].size"),
        (
            "shape: Seat(), moves: (through: [(0, 1, 0)], period_secs: 9)",
            "things[1].moves",
        ),
        (
            "shape: Box(size: (1, 1, 1)), moves: (through: [], period_secs: 9)",
            "things[1].moves.period_secs",
        ),
        (
            "shape: Box(size: (1, 1, 1)), moves: (through: [(0, 900, 0)], period_secs: 9)",
            "things[1].moves.period_secs",
        ),
        (
            "shape: Box(size: (1, 1, 1)), moves: (through: [(0, 9, 0)], period_secs: 0)",
            "things[1].moves.period_secs",
        ),
        (
            "shape: Box(size: (1, 1, 1)), moves: (through: [(0, 9e9, 0)], period_secs: 9)",
            "things[1].moves.through",
        ),
        (
            "shape: Box(size: (1, 1, 1)), moves: (through: [(0, 9, 0)], period_secs: 9, rest_secs: 5)",
            "things[1].moves.period_secs",
        ),
    ] {
        let error = thing(text).unwrap_err();
        assert!(error.sentence().contains(word), "{text}: {}", error.sentence());
    }
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
                what: "things that move",
                ..
            }
        ),
        "{error}"
    );
    let seats = "(shape: Seat()),".repeat(limits::MAX_SEATS + 1);
    let error = open_ron(&format!("World(version: 1, things: [{seats}])")).unwrap_err();
    assert!(
        matches!(error, WorldError::TooMuch { what: "seats", .. }),
        "{error}"
    );
}

#[test]
fn a_thing_that_is_not_shown_still_stops_people() {
    let document = open_ron(
        "World(version: 1, things: [(shape: Box(size: (9, 1, 9))), (shape: Box(size: (1, 2, 1)), shown: false)])",
    )
    .unwrap();
    assert_eq!((document.drawn.len(), document.solid_triangle_count()), (1, 24));
}

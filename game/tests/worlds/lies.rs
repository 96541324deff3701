//! Files that say what is not so: parts that are not there, numbers that are none, pictures that claim too much.

use super::*;

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
        "is damaged",
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

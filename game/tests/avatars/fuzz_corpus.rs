//! The fuzz targets of files on the corpus, and on a bounded number of its mutations, without a fuzzer.
//!
//! `HOLM_WRITE_CORPUS=1 cargo test -p holm --test avatars` writes the corpus anew.

use super::{MIXAMO, SKELETON, figure, glb, vrm1};
use holm::fuzzing::TARGETS;
use holm_net::fuzzing::{Corpus, mutated};
use holm_net::transport::memory::SeededRng;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target)
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = fs::read_dir(folder(target))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let inputs: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    assert!(!inputs.is_empty(), "no corpus for {target}");
    inputs
}

/// The same as text, with its buffer inside.
fn as_text(mut root: Value, blob: &[u8]) -> Vec<u8> {
    let data = data_encoding::BASE64.encode(blob);
    root["buffers"][0]["uri"] = json!(format!("data:application/octet-stream;base64,{data}"));
    root.to_string().into_bytes()
}

pub(super) fn vrm0() -> (Value, Vec<u8>) {
    let names: Vec<&str> = SKELETON.iter().map(|(name, ..)| *name).collect();
    let (mut root, blob) = figure(&names, 0.0);
    let bones = names[..21].iter().enumerate();
    let bones: Vec<Value> = bones
        .map(|(node, name)| json!({"bone": name, "node": node}))
        .collect();
    root["extensions"] = json!({"VRM": {
        "meta": {"title": "Figure", "allowedUserName": "Everyone", "licenseName": "CC0", "texture": -1},
        "humanoid": {"humanBones": bones},
        "blendShapeMaster": {"blendShapeGroups": [{
            "name": "Blink", "presetName": "blink",
            "binds": [{"mesh": 0, "index": 0, "weight": 100}],
            "materialValues": [{"materialName": "skin", "propertyName": "_Color", "targetValue": [1, 1, 1, 1]}],
        }]},
        "secondaryAnimation": {
            "colliderGroups": [{"node": 4, "colliders": [{"offset": {"x": 0, "y": 0, "z": 0}, "radius": 0.1}]}],
            "boneGroups": [{"bones": [21], "stiffiness": 1, "dragForce": 0.4, "colliderGroups": [0]}],
        },
        "materialProperties": [{
            "name": "skin", "shader": "VRM/MToon", "floatProperties": {"_ShadeToony": 0.9},
            "vectorProperties": {"_Color": [1, 1, 1, 1]}, "textureProperties": {},
        }],
    }});
    (root, blob)
}

/// The beginning of a PNG that says whose it is.
fn picture() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x30\x08\x06\0\0\0".to_vec();
    bytes.extend(b"\0\0\0\0\0\0\0\x0atEXtAuthor\0Ada\0\0\0\0");
    bytes
}

fn write_corpus() {
    let put = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder(target)).unwrap();
        fs::write(folder(target).join(name), bytes).unwrap();
    };
    let plain = figure(&MIXAMO, 0.5);
    for (name, (root, blob)) in [("plain", &plain), ("vrm0", &vrm0()), ("vrm1", &vrm1())] {
        put("avatar", name, &glb(root, blob));
        put("avatar", &format!("{name}_text"), &as_text(root.clone(), blob));
    }
    // To the reader of worlds a figure is a scene as good as any.
    put("world", "packed", &glb(&plain.0, &plain.1));
    put("file", "packed", &glb(&plain.0, &plain.1));
    put("file", "text", &as_text(plain.0.clone(), &plain.1));
    put("file", "picture", &picture());
    put("world", "text", &as_text(plain.0, &plain.1));
}

#[test]
fn no_corpus_of_files_and_no_mutation_of_it_harms_anybody() {
    if std::env::var_os("HOLM_WRITE_CORPUS").is_some() {
        write_corpus();
    }
    for (name, target) in TARGETS {
        let corpus = corpus(name);
        for seed in 0..1_000 {
            let input = mutated(&mut SeededRng::new(seed), &corpus, Corpus::Files);
            let unharmed = std::panic::catch_unwind(|| target(&input)).is_ok();
            assert!(unharmed, "{name}, seed {seed}");
        }
    }
    // One that is refused at the door would search nothing.
    for input in corpus("avatar") {
        super::assert_sound(&super::open(&input).unwrap());
    }
    for input in corpus("file") {
        assert!(holm::things::files::read::read(&input.into()).is_ok());
    }
    for input in corpus("world") {
        let name = if input.starts_with(b"{") {
            "world.gltf"
        } else {
            "world.glb"
        };
        let path = holm::world::WorldPath::new(name).unwrap();
        let mut files = holm::world::MemoryFiles::default();
        files.insert(path.clone(), input.into());
        assert!(!holm::world::load(&files, &path).unwrap().meshes.is_empty());
    }
}

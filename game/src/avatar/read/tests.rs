//! Files that are made to keep a machine busy: each ends within a few steps, counted and not timed.

use super::*;
use serde_json::{Value, json};

const VRM0: &[u8] = include_bytes!("../../../tests/avatars/cool_loops.vrm");
const VRM1: &[u8] = include_bytes!("../../../tests/avatars/VRMC_materials_mtoon_UV_Animation_Test.vrm");

/// A sample with another description.
fn changed(sample: &'static [u8], change: impl FnOnce(&mut Value)) -> Bytes {
    let (description, blob) = split(&Bytes::from_static(sample)).unwrap();
    let mut root: Value = serde_json::from_slice(&description).unwrap();
    change(&mut root);
    let text = root.to_string().into_bytes();
    let blob = blob.unwrap();
    let mut out = b"glTF".to_vec();
    for word in [2, (28 + text.len() + blob.len()) as u32, text.len() as u32] {
        out.extend(word.to_le_bytes());
    }
    out.extend(b"JSON");
    out.extend(&text);
    out.resize(out.len().next_multiple_of(4), b' ');
    out.extend((blob.len() as u32).to_le_bytes());
    out.extend(b"BIN\0");
    out.extend(&blob);
    out.into()
}

/// What became of it, and the steps that took.
fn counted(bytes: &Bytes) -> (Result<AvatarDocument, AvatarError>, u64) {
    let work = Work::default();
    let document = read_counting(bytes, &work);
    (document, work.steps())
}

/// Hangs more nodes below the first of the scene; the index of the first of them.
fn more_nodes(root: &mut Value, more: impl Iterator<Item = Value>) -> usize {
    let nodes = root["nodes"].as_array_mut().unwrap();
    let begin = nodes.len();
    nodes.extend(more);
    let new: Vec<usize> = (begin..nodes.len()).collect();
    let scene = root["scenes"][0]["nodes"].as_array_mut().unwrap();
    scene.extend(new.into_iter().map(|node| json!(node)));
    begin
}

#[test]
fn the_samples_take_few_steps() {
    for sample in [VRM0, VRM1] {
        let (document, steps) = counted(&Bytes::from_static(sample));
        assert!(document.is_ok() && steps < 5_000, "{steps}");
    }
}

#[test]
fn entries_that_are_nothing_count_like_others() {
    let file = changed(VRM1, |root| {
        root["extensions"]["VRMC_springBone"] = json!({
            "colliderGroups": [{"colliders": vec![-1; 50_000]}],
            "springs": vec![json!({"colliderGroups": vec![0; 1_000], "joints": []}); 100],
        });
    });
    let (document, steps) = counted(&file);
    // All references to all entries are 5 000 million.
    assert!(document.is_ok() && steps < 200_000, "{steps}");
}

#[test]
fn what_faces_change_is_bounded_before_anything_is_asked_about_it() {
    let file = changed(VRM0, |root| {
        let groups = &mut root["extensions"]["VRM"]["blendShapeMaster"]["blendShapeGroups"];
        groups[0]["binds"] = json!(vec![json!({"mesh": 1, "index": 0}); 20_000]);
        for group in 1..5 {
            groups[group]["materialValues"] = json!(vec![json!({}); 2_000]);
        }
        root["extensions"]["VRM"]["materialProperties"] = json!(vec![json!({"name": "x"}); 64]);
        let meshes = root["meshes"].as_array_mut().unwrap();
        meshes.push(json!({"primitives": []}));
        more_nodes(root, (0..900).map(|_| json!({"mesh": 1})));
    });
    let (document, steps) = counted(&file);
    assert!(steps < 50_000, "{steps}");
    assert!(document.unwrap().warnings.contains(&AvatarWarning::Expressions));
    // Materials are searched for each colour of each face: within the limit as well.
    let file = changed(VRM0, |root| {
        let groups = &mut root["extensions"]["VRM"]["blendShapeMaster"]["blendShapeGroups"];
        for group in 0..8 {
            groups[group]["materialValues"] = json!(vec![json!({}); 4_000]);
        }
        root["extensions"]["VRM"]["materialProperties"] = json!(vec![json!({"name": "x"}); 64]);
    });
    let (document, steps) = counted(&file);
    // All colours against all materials are 2 million.
    assert!(
        document.is_ok() && steps < 64 * limits::MAX_BINDS as u64 + 20_000,
        "{steps}"
    );
}

#[test]
fn shapes_that_cannot_be_shown_count_like_others() {
    let file = changed(VRM1, |root| {
        let meshes = root["meshes"].as_array_mut().unwrap();
        meshes.push(json!({"primitives": vec![json!({"attributes": {}}); 20_000]}));
        more_nodes(root, (0..900).map(|_| json!({"mesh": 3})));
    });
    let (document, steps) = counted(&file);
    let refused = matches!(
        document,
        Err(AvatarError::TooMuch {
            what: Measure::Parts,
            ..
        })
    );
    assert!(refused && steps < 5_000, "{steps}");
    // Some that are points or lines are no reason to refuse a figure.
    let file = changed(VRM1, |root| {
        let meshes = root["meshes"].as_array_mut().unwrap();
        meshes.push(json!({"primitives": vec![json!({"attributes": {}}); limits::MAX_PARTS]}));
        more_nodes(root, core::iter::once(json!({"mesh": 3})));
    });
    assert!(counted(&file).0.is_ok());
}

#[test]
fn a_branch_that_many_springs_name_is_walked_once() {
    let file = changed(VRM0, |root| {
        // Seven chains of a hundred nodes in one place: nothing there has a length that could swing.
        let begin = more_nodes(root, core::iter::once(json!({})));
        let nodes = root["nodes"].as_array_mut().unwrap();
        let mut firsts = Vec::new();
        for _ in 0..7 {
            firsts.push(nodes.len());
            for _ in 0..99 {
                let next = nodes.len() + 1;
                nodes.push(json!({"children": [next]}));
            }
            nodes.push(json!({}));
        }
        nodes[begin]["children"] = json!(firsts);
        root["extensions"]["VRM"]["secondaryAnimation"] = json!({
            "boneGroups": vec![json!({"bones": vec![begin; 256]}); 256],
        });
    });
    let (document, steps) = counted(&file);
    // All names of all nodes are 46 million.
    assert!(steps < 3 * 256 * 256, "{steps}");
    let springs = document.unwrap().springs.springs;
    assert_eq!(springs.iter().map(|spring| spring.joints.len()).sum::<usize>(), 7);
}

#[test]
fn a_description_that_would_swell_is_refused_before_it_is_parsed() {
    let file = changed(VRM1, |root| {
        root["extensions"]["EXT_of_nobody"] = json!(vec![json!({"": 0}); 150_000]);
    });
    let refused = match read(&file) {
        Err(AvatarError::TooMuch { what, found, max }) => what == Measure::DescriptionMemory && found > max,
        _ => false,
    };
    assert!(refused);
}

#[test]
fn a_picture_that_stands_for_the_avatar_and_is_on_it_as_well_counts() {
    let with = |texture: i32| {
        let file = changed(VRM0, |root| {
            root["extensions"]["VRM"]["meta"]["texture"] = json!(texture);
        });
        read(&file).unwrap()
    };
    let (named, unnamed) = (with(0), with(-1));
    assert_eq!((named.meta.thumbnail, unnamed.meta.thumbnail), (Some(0), None));
    assert!(unnamed.meter.texture_bytes > 0);
    assert_eq!(named.meter.texture_bytes, unnamed.meter.texture_bytes);
}

#[test]
fn a_picture_counts_once_for_each_way_it_is_looked_up() {
    let with = |edges: [u32; 3]| {
        let file = changed(VRM1, |root| {
            for (n, edge) in edges.into_iter().enumerate() {
                root["textures"][n]["source"] = json!(0);
                root["samplers"][n]["wrapS"] = json!(edge);
            }
        });
        read(&file).unwrap()
    };
    let one = with([10_497; 3]);
    let three = with([10_497, 33_071, 33_648]);
    assert_eq!(three.pictures.len(), one.pictures.len() + 2);
    assert_eq!(three.pictures[0].data, three.pictures[2].data);
    assert!(three.meter.texture_bytes > 2 * one.meter.texture_bytes);
}

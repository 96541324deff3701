//! Avatar files, good and bad: what people bring opens and stands right; what an enemy writes ends in an error.
//!
//! Long because every test here needs the same hand-made figure, in three formats.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "avatars/between_people.rs"]
mod between_people;
#[path = "avatars/fuzz_corpus.rs"]
mod fuzz_corpus;

use bevy::math::{Mat4, Quat, Vec3};
use bytes::Bytes;
use holm::avatar::document::{
    AvatarWarning, Commercial, Follow, Kind, LookBy, Modification, Outline, Override, Preset, Rank, WornBy,
};
use holm::avatar::error::{AvatarError, Measure};
use holm::avatar::{AvatarDocument, Bone, limits, read};
use proptest::prelude::*;
use serde_json::{Value, json};

const COOL_LOOPS: &[u8] = include_bytes!("avatars/cool_loops.vrm");
const MTOON: &[u8] = include_bytes!("avatars/VRMC_materials_mtoon_UV_Animation_Test.vrm");
const PAINTED: &[u8] = include_bytes!("avatars/painted.vrm");
const EXPRESSIONS: &[u8] = include_bytes!("avatars/VRMC_vrm_expressions_isBinary_Overridden.vrm");

fn open(bytes: &[u8]) -> Result<AvatarDocument, AvatarError> {
    read(&Bytes::copy_from_slice(bytes))
}

fn glb(root: &Value, blob: &[u8]) -> Vec<u8> {
    let mut text = root.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    let mut blob = blob.to_vec();
    blob.resize(blob.len().next_multiple_of(4), 0);
    let mut out = b"glTF".to_vec();
    out.extend(2_u32.to_le_bytes());
    out.extend((28 + text.len() as u32 + blob.len() as u32).to_le_bytes());
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(b"JSON");
    out.extend(&text);
    out.extend((blob.len() as u32).to_le_bytes());
    out.extend(b"BIN\0");
    out.extend(&blob);
    out
}

/// Name, parent, place in the world when the arms are held out and the person looks along +z, as glTF has it.
const SKELETON: [(&str, usize, [f32; 3]); 22] = [
    ("hips", 0, [0.0, 1.0, 0.0]),
    ("spine", 0, [0.0, 1.1, 0.0]),
    ("chest", 1, [0.0, 1.25, 0.0]),
    ("neck", 2, [0.0, 1.45, 0.0]),
    ("head", 3, [0.0, 1.55, 0.0]),
    ("leftShoulder", 2, [0.05, 1.4, 0.0]),
    ("leftUpperArm", 5, [0.15, 1.4, 0.0]),
    ("leftLowerArm", 6, [0.4, 1.4, 0.0]),
    ("leftHand", 7, [0.65, 1.4, 0.0]),
    ("rightShoulder", 2, [-0.05, 1.4, 0.0]),
    ("rightUpperArm", 9, [-0.15, 1.4, 0.0]),
    ("rightLowerArm", 10, [-0.4, 1.4, 0.0]),
    ("rightHand", 11, [-0.65, 1.4, 0.0]),
    ("leftUpperLeg", 0, [0.1, 0.95, 0.0]),
    ("leftLowerLeg", 13, [0.1, 0.5, 0.0]),
    ("leftFoot", 14, [0.1, 0.08, 0.0]),
    ("leftToes", 15, [0.1, 0.02, 0.12]),
    ("rightUpperLeg", 0, [-0.1, 0.95, 0.0]),
    ("rightLowerLeg", 17, [-0.1, 0.5, 0.0]),
    ("rightFoot", 18, [-0.1, 0.08, 0.0]),
    ("rightToes", 19, [-0.1, 0.02, 0.12]),
    ("tail", 0, [0.0, 0.95, -0.1]),
];

const MIXAMO: [&str; 22] = [
    "mixamorig:Hips",
    "mixamorig:Spine",
    "mixamorig:Spine1",
    "mixamorig:Neck",
    "mixamorig:Head",
    "mixamorig:LeftShoulder",
    "mixamorig:LeftArm",
    "mixamorig:LeftForeArm",
    "mixamorig:LeftHand",
    "mixamorig:RightShoulder",
    "mixamorig:RightArm",
    "mixamorig:RightForeArm",
    "mixamorig:RightHand",
    "mixamorig:LeftUpLeg",
    "mixamorig:LeftLeg",
    "mixamorig:LeftFoot",
    "mixamorig:LeftToeBase",
    "mixamorig:RightUpLeg",
    "mixamorig:RightLeg",
    "mixamorig:RightFoot",
    "mixamorig:RightToeBase",
    "tail",
];

/// A figure of one triangle for each bone, 1.7 m high, as glTF with a binary chunk. `arms_down` turns the arms by so
/// many radians towards the hips, as in A-pose; a second tail hangs on the first.
fn figure(names: &[&str], arms_down: f32) -> (Value, Vec<u8>) {
    let place = |bone: usize| Vec3::from_array(SKELETON[bone].2);
    let mut nodes = Vec::new();
    for (bone, (_, parent, _)) in SKELETON.iter().enumerate() {
        let from = if bone == 0 { Vec3::ZERO } else { place(*parent) };
        let children: Vec<usize> = (1..SKELETON.len())
            .filter(|child| SKELETON[*child].1 == bone)
            .collect();
        let mut node = json!({"name": names[bone], "translation": (place(bone) - from).to_array()});
        if bone == 6 || bone == 10 {
            let turn = if bone == 6 { -arms_down } else { arms_down };
            node["rotation"] = json!(Quat::from_rotation_z(turn).to_array());
        }
        if !children.is_empty() {
            node["children"] = json!(children);
        }
        nodes.push(node);
    }
    nodes[21]["children"] = json!([22]);
    nodes.push(json!({"name": "tail end", "translation": [0.0, -0.2, 0.0]}));
    nodes.push(json!({"name": "body", "mesh": 0, "skin": 0}));
    let mut blob = Vec::new();
    let mut views = Vec::new();
    let mut view = |bytes: Vec<u8>, blob: &mut Vec<u8>| {
        blob.resize(blob.len().next_multiple_of(4), 0);
        views.push(json!({"buffer": 0, "byteOffset": blob.len(), "byteLength": bytes.len()}));
        blob.extend(bytes);
    };
    let floats =
        |values: &mut dyn Iterator<Item = f32>| values.flat_map(f32::to_le_bytes).collect::<Vec<u8>>();
    let corner = |bone: usize, n: usize| {
        // The head's triangle reaches to the crown, the toes' to the ground.
        let up = if bone == 4 { 0.15 } else { 0.02 };
        place(bone) + [Vec3::ZERO, Vec3::new(0.02, 0.0, 0.0), Vec3::new(0.0, up, 0.02)][n]
            - if bone == 16 || bone == 20 {
                Vec3::Y * 0.02
            } else {
                Vec3::ZERO
            }
    };
    let corners = || (0..SKELETON.len()).flat_map(|bone| (0..3).map(move |n| (bone, n)));
    view(
        floats(&mut corners().flat_map(|(bone, n)| corner(bone, n).to_array())),
        &mut blob,
    );
    view(
        corners().flat_map(|(bone, _)| [bone as u8, 0, 0, 0]).collect(),
        &mut blob,
    );
    view(corners().flat_map(|_| [255, 0, 0, 0]).collect(), &mut blob);
    view(
        (0..SKELETON.len() as u16 * 3)
            .flat_map(u16::to_le_bytes)
            .collect(),
        &mut blob,
    );
    let inverse = (0..SKELETON.len()).flat_map(|bone| Mat4::from_translation(-place(bone)).to_cols_array());
    view(floats(&mut inverse.into_iter()), &mut blob);
    // A form, sparse: the first corner of the head moves a centimetre.
    view((12_u16).to_le_bytes().to_vec(), &mut blob);
    view(floats(&mut [0.0, 0.01, 0.0].into_iter()), &mut blob);
    let count = SKELETON.len() * 3;
    let root = json!({
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0, 23]}],
        "nodes": nodes,
        "skins": [{"joints": (0..SKELETON.len()).collect::<Vec<_>>(), "inverseBindMatrices": 4}],
        "materials": [{"name": "skin", "pbrMetallicRoughness": {"baseColorFactor": [0.8, 0.6, 0.5, 1.0]}}],
        "meshes": [{
            "name": "body",
            "primitives": [{
                "attributes": {"POSITION": 0, "JOINTS_0": 1, "WEIGHTS_0": 2},
                "indices": 3,
                "material": 0,
                "targets": [{"POSITION": 5}],
            }],
            "extras": {"targetNames": ["blink"]},
        }],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": count, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5121, "count": count, "type": "VEC4"},
            {"bufferView": 2, "componentType": 5121, "normalized": true, "count": count, "type": "VEC4"},
            {"bufferView": 3, "componentType": 5123, "count": count, "type": "SCALAR"},
            {"bufferView": 4, "componentType": 5126, "count": SKELETON.len(), "type": "MAT4"},
            {"componentType": 5126, "count": count, "type": "VEC3", "sparse": {
                "count": 1,
                "indices": {"bufferView": 5, "componentType": 5123},
                "values": {"bufferView": 6},
            }},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": blob.len()}],
    });
    (root, blob)
}

/// The same as VRM 1.0, with a tail that swings.
fn vrm1() -> (Value, Vec<u8>) {
    let names: Vec<&str> = SKELETON.iter().map(|(name, ..)| *name).collect();
    let (mut root, blob) = figure(&names, 0.0);
    let bones: serde_json::Map<String, Value> = names[..21]
        .iter()
        .enumerate()
        .map(|(node, name)| ((*name).to_owned(), json!({"node": node})))
        .collect();
    root["extensionsUsed"] = json!([
        "VRMC_vrm",
        "VRMC_springBone",
        "VRMC_materials_mtoon",
        "VRMC_node_constraint"
    ]);
    root["extensions"] = json!({
        "VRMC_vrm": {
            "specVersion": "1.0",
            "meta": {"name": "Figure", "authors": ["Holm"], "licenseUrl": "https://vrm.dev/licenses/1.0/"},
            "humanoid": {"humanBones": bones},
            "firstPerson": {"meshAnnotations": [{"node": 23, "type": "both"}]},
            "expressions": {
                "preset": {"blink": {"morphTargetBinds": [{"node": 23, "index": 0, "weight": 0.5}]}},
                "custom": {"pale": {
                    "materialColorBinds": [{"material": 0, "type": "color", "targetValue": [1.0, 1.0, 1.0, 1.0]}],
                    "overrideMouth": "block",
                }},
            },
        },
        "VRMC_springBone": {
            "specVersion": "1.0",
            "colliders": [{"node": 13, "shape": {"capsule": {"radius": 0.05, "tail": [0.0, -0.4, 0.0]}}}],
            "colliderGroups": [{"colliders": [0]}],
            "springs": [{
                "joints": [{"node": 21, "hitRadius": 0.02, "stiffness": 0.5, "gravityPower": 0.3}, {"node": 22}],
                "colliderGroups": [0],
            }],
        },
    });
    root["materials"][0]["extensions"] = json!({"VRMC_materials_mtoon": {
        "specVersion": "1.0", "shadeColorFactor": [0.4, 0.3, 0.3], "outlineWidthMode": "worldCoordinates",
        "outlineWidthFactor": 0.002,
    }});
    root["nodes"][22]["extensions"] = json!({"VRMC_node_constraint": {"specVersion": "1.0", "constraint": {
        "roll": {"source": 4, "rollAxis": "Y", "weight": 0.5},
    }}});
    (root, blob)
}

fn open_figure(change: impl FnOnce(&mut Value)) -> Result<AvatarDocument, AvatarError> {
    let (mut root, blob) = figure(&MIXAMO, 0.0);
    change(&mut root);
    open(&glb(&root, &blob))
}

/// Everything that the module promises about a document.
fn assert_sound(document: &AvatarDocument) {
    let nodes = document.nodes.len();
    assert!(nodes <= limits::MAX_NODES && document.nodes[0].parent.is_none());
    for (index, node) in document.nodes.iter().enumerate().skip(1) {
        assert!(usize::from(node.parent.unwrap()) < index);
        assert!(node.translation.is_finite() && node.rotation.is_normalized() && node.scale.is_finite());
    }
    for bone in Bone::ALL {
        let place = document.humanoid.bones[bone as usize];
        assert!(place.is_some() || !bone.is_required());
        if let Some(place) = place {
            assert!(usize::from(place.node) < nodes && place.rest.is_finite());
            assert!(place.t_local.is_normalized() && place.t_parent.is_normalized());
        }
    }
    let height = document.humanoid.height;
    assert!((0.39..=2.61).contains(&height), "{height}");
    for skin in &document.skins {
        assert_eq!(skin.joints.len(), skin.inverse_bind.len());
        assert!(skin.joints.len() <= limits::MAX_JOINTS && !skin.joints.is_empty());
        assert!(skin.joints.iter().all(|joint| usize::from(*joint) < nodes));
        assert!(skin.inverse_bind.iter().all(|matrix| matrix.is_finite()));
    }
    let mut triangles = 0;
    let mut morph_vertices = 0;
    assert!(!document.parts.is_empty() && document.parts.len() <= limits::MAX_PARTS);
    for part in &document.parts {
        let count = part.positions.len();
        triangles += part.indices.len() / 3;
        assert!(part.indices.iter().all(|index| (*index as usize) < count));
        assert_eq!(part.normals.len(), count);
        assert!(part.uvs.is_empty() || part.uvs.len() == count);
        assert!(part.colours.is_empty() || part.colours.len() == count);
        assert!(
            part.positions
                .iter()
                .chain(&part.normals)
                .flatten()
                .all(|v| v.is_finite())
        );
        assert!(part.material < document.materials.len() && usize::from(part.node) < nodes);
        match part.skin {
            None => assert!(part.joints.is_empty() && part.weights.is_empty()),
            Some(skin) => {
                assert!(part.joints.len() == count && part.weights.len() == count);
                let joints = document.skins[skin].joints.len();
                assert!(
                    part.joints
                        .iter()
                        .flatten()
                        .all(|joint| usize::from(*joint) < joints)
                );
                for weights in &part.weights {
                    assert!(
                        (weights.iter().sum::<f32>() - 1.0).abs() < 1e-3 && weights.iter().all(|w| *w >= 0.0)
                    );
                }
            }
        }
        for morph in &part.morphs {
            morph_vertices += count;
            assert!(
                morph.positions.len() == count && (morph.normals.is_empty() || morph.normals.len() == count)
            );
        }
    }
    assert!(triangles as u64 <= limits::MAX_TRIANGLES && morph_vertices as u64 <= limits::MAX_MORPH_VERTICES);
    assert_eq!(document.meter.triangles as usize, triangles);
    let pictures = document.pictures.len();
    assert!(pictures <= limits::MAX_TEXTURES && document.meter.texture_bytes <= limits::MAX_TEXTURE_BYTES);
    for material in &document.materials {
        let of_mtoon = material.mtoon.iter().flat_map(|m| {
            [
                m.shade_texture,
                m.shading_shift_texture,
                m.matcap_texture,
                m.rim_texture,
                m.outline_width_texture,
                m.uv_mask_texture,
            ]
        });
        let mut textures = [
            material.base_texture,
            material.emissive_texture,
            material.normal_texture,
        ]
        .into_iter()
        .chain(of_mtoon)
        .flatten();
        assert!(textures.all(|texture| texture.picture < pictures));
        assert!(material.base_colour.iter().all(|v| (0.0..=1.0).contains(v)));
    }
    assert!(document.meta.thumbnail.is_none_or(|picture| picture < pictures));
    for face in &document.expressions {
        for bind in &face.morphs {
            assert!(usize::from(bind.morph) < document.parts[usize::from(bind.part)].morphs.len());
        }
        assert!(
            face.colours
                .iter()
                .all(|bind| usize::from(bind.material) < document.materials.len())
        );
        assert!(
            face.uvs
                .iter()
                .all(|bind| usize::from(bind.material) < document.materials.len())
        );
    }
    let springs = &document.springs;
    assert!(
        springs
            .colliders
            .iter()
            .all(|collider| usize::from(collider.node) < nodes)
    );
    for spring in &springs.springs {
        assert!(
            spring
                .colliders
                .iter()
                .all(|c| usize::from(*c) < springs.colliders.len())
        );
        assert!(spring.centre.is_none_or(|centre| usize::from(centre) < nodes));
        for joint in &spring.joints {
            assert!(usize::from(joint.node) < nodes && joint.node > 0);
            assert!(joint.tail.is_finite() && joint.tail.length() > 0.0 && joint.gravity_dir.is_normalized());
        }
    }
    assert!(springs.springs.iter().map(|s| s.joints.len()).sum::<usize>() <= limits::MAX_SPRING_JOINTS);
}

/// Where a bone is in T-pose when every bone is held as motion says "nothing".
fn t_pose(document: &AvatarDocument, wanted: Bone) -> Vec3 {
    let mut places: Vec<Mat4> = Vec::new();
    for (index, node) in document.nodes.iter().enumerate() {
        let bone = Bone::ALL
            .into_iter()
            .find(|bone| document.humanoid.node(*bone) == Some(index as u16));
        let rotation = bone.map_or(node.rotation, |bone| {
            document.humanoid.local(bone, Quat::IDENTITY).unwrap()
        });
        let local = Mat4::from_scale_rotation_translation(node.scale, rotation, node.translation);
        let above = node
            .parent
            .map_or(Mat4::IDENTITY, |parent| places[usize::from(parent)]);
        places.push(above * local);
    }
    places[usize::from(document.humanoid.node(wanted).unwrap())]
        .w_axis
        .truncate()
}

fn assert_stands(document: &AvatarDocument) {
    let rest = |bone: Bone| document.humanoid.bones[bone as usize].unwrap().rest;
    assert!(
        rest(Bone::LeftUpperLeg).x < rest(Bone::RightUpperLeg).x,
        "the left is on the left of who looks along −z"
    );
    assert!(rest(Bone::Head).y > rest(Bone::Hips).y && rest(Bone::LeftFoot).y > -0.02);
    if document.humanoid.node(Bone::LeftToes).is_some() {
        let (toes, foot) = (rest(Bone::LeftToes), rest(Bone::LeftFoot));
        assert!(toes.z < foot.z + 1e-3, "toes point ahead: {toes} {foot}");
    }
    for (hand, arm, side) in [
        (Bone::LeftHand, Bone::LeftUpperArm, -1.0),
        (Bone::RightHand, Bone::RightUpperArm, 1.0),
    ] {
        let out = (t_pose(document, hand) - t_pose(document, arm)).normalize();
        assert!(out.x * side > 0.9, "{hand:?} is held out: {out}");
    }
}

#[test]
fn a_vrm_0_of_another_program_reads_whole() {
    let document = open(COOL_LOOPS).unwrap();
    assert_sound(&document);
    assert_stands(&document);
    assert_eq!(document.kind, Kind::Vrm0);
    assert_eq!(
        (
            document.meter.triangles,
            document.meter.parts,
            document.meter.textures
        ),
        (2764, 1, 1)
    );
    assert_eq!(document.meter.bytes, COOL_LOOPS.len() as u64);
    assert_eq!(document.meter.rank, Rank::Good);
    assert_eq!(document.pictures[0].shown, [1024, 1024]);
    let meta = &document.meta;
    assert_eq!(
        (&*meta.title, &*meta.authors[0]),
        ("Cool_loops", "Polygonal Mind")
    );
    assert_eq!(
        (meta.worn_by, meta.redistribution),
        (WornBy::Everyone, Some(true))
    );
    assert_eq!(
        (meta.commercial, meta.modification),
        (Commercial::Corporation, Modification::Yes)
    );
    assert_eq!((meta.violent, meta.credit_required), (Some(true), Some(false)));
    let presets: Vec<_> = document
        .expressions
        .iter()
        .filter_map(|face| face.preset)
        .collect();
    for preset in [
        Preset::Aa,
        Preset::Ee,
        Preset::Ih,
        Preset::Oh,
        Preset::Ou,
        Preset::Blink,
        Preset::BlinkLeft,
    ] {
        assert!(presets.contains(&preset), "{preset:?}");
    }
    let blink = document
        .expressions
        .iter()
        .find(|face| face.preset == Some(Preset::Blink))
        .unwrap();
    let bind = blink.morphs[0];
    assert_eq!(
        (
            &*document.parts[0].morphs[usize::from(bind.morph)].name,
            bind.weight
        ),
        ("blendShape16.vrc_blink", 1.0)
    );
    let mtoon = document.materials[0].mtoon.as_ref().unwrap();
    assert_eq!(mtoon.outline, Outline::None);
    assert!(
        (mtoon.shade_colour[0] - 0.9331).abs() < 1e-3,
        "sRGB to linear: {:?}",
        mtoon.shade_colour
    );
    assert!(
        (1.5..2.4).contains(&document.humanoid.height),
        "{}",
        document.humanoid.height
    );
    assert_eq!(document.warnings, []);
}

#[test]
fn the_samples_of_vrm_1_read_whole() {
    let document = open(MTOON).unwrap();
    assert_sound(&document);
    assert_stands(&document);
    assert_eq!(document.kind, Kind::Vrm1);
    assert_eq!((document.meter.triangles, document.parts.len()), (6, 3));
    assert_eq!(
        Bone::ALL
            .into_iter()
            .filter(|bone| document.humanoid.node(*bone).is_some())
            .count(),
        53
    );
    let speeds: Vec<_> = document
        .materials
        .iter()
        .map(|material| {
            let mtoon = material.mtoon.as_ref().unwrap();
            assert!(mtoon.shade_texture.is_some() && material.double_sided && !material.unlit);
            (mtoon.uv_scroll, mtoon.uv_rotation)
        })
        .collect();
    assert_eq!(speeds, [([1.0, 0.0], 0.0), ([0.0, 1.0], 0.0), ([0.0, 0.0], 1.0)]);
    assert_eq!(document.meta.antisocial_or_hateful, Some(false));
    assert_eq!(document.meta.modification, Modification::YesAndPassOn);

    let document = open(EXPRESSIONS).unwrap();
    assert_sound(&document);
    assert_stands(&document);
    assert_eq!(document.look_at.by, LookBy::Expression);
    let face = |preset| {
        document
            .expressions
            .iter()
            .find(|face| face.preset == Some(preset))
            .unwrap()
    };
    let (happy, blink) = (face(Preset::Happy), face(Preset::Blink));
    assert_eq!(
        (happy.override_blink, happy.is_binary, happy.uvs.len()),
        (Override::Blend, false, 2)
    );
    assert_eq!((blink.is_binary, blink.uvs[0].offset), (true, [0.0, 0.875]));
    assert_eq!(
        document.materials[usize::from(happy.uvs[0].material)].name,
        "Validation Window"
    );
    assert_eq!(document.meta.copyright, "(c) 2025 pixiv Inc.");
}

#[test]
fn a_vrm_1_with_springs_reads_whole() {
    let (root, blob) = vrm1();
    let document = open(&glb(&root, &blob)).unwrap();
    assert_sound(&document);
    assert_stands(&document);
    let spring = &document.springs.springs[0];
    assert_eq!((spring.joints.len(), spring.colliders.len()), (1, 1));
    let joint = spring.joints[0];
    assert_eq!(document.nodes[usize::from(joint.node)].name, "tail");
    assert_eq!(
        (
            joint.tail.distance(Vec3::new(0.0, -0.2, 0.0)) < 1e-6,
            joint.radius,
            joint.stiffness
        ),
        (true, 0.02, 0.5)
    );
    assert_eq!(
        (joint.gravity_power, joint.gravity_dir, joint.drag),
        (0.3, Vec3::NEG_Y, 0.5)
    );
    assert_eq!(document.constraints[0].follow, Follow::Roll(1));
    let blink = &document.expressions[0];
    assert_eq!((blink.preset, blink.morphs[0].weight), (Some(Preset::Blink), 0.5));
    assert_eq!(document.parts[0].morphs[0].positions[12], [0.0, 0.01, 0.0]);
    let pale = &document.expressions[1];
    assert_eq!(
        (&*pale.name, pale.override_mouth, pale.colours.len()),
        ("pale", Override::Block, 1)
    );
    // What the file does not allow is not allowed.
    let meta = &document.meta;
    assert_eq!(
        (meta.worn_by, meta.redistribution, meta.violent),
        (WornBy::OnlyAuthor, Some(false), Some(false))
    );
    assert_eq!(
        (meta.credit_required, meta.commercial),
        (Some(true), Commercial::PersonalNonProfit)
    );
}

#[test]
fn everything_that_mtoon_says_is_read() {
    let document = open(PAINTED).unwrap();
    assert_sound(&document);
    assert_stands(&document);
    assert_eq!(document.warnings, []);
    let of = |name: &str| {
        let mut all = document.materials.iter();
        let material = all.find(|material| material.name == name).unwrap();
        (material, material.mtoon.as_ref().unwrap())
    };
    let linear = |texture: Option<holm::avatar::document::TextureUse>| {
        texture.map(|texture| document.pictures[texture.picture].linear)
    };
    let (head, _) = of("bumps");
    assert_eq!(
        (linear(head.normal_texture), head.normal_scale),
        (Some(true), 1.0)
    );
    assert_eq!(head.base_texture.unwrap().scale, [12.0, 6.0]);
    let (_, chest) = of("matcap");
    assert_eq!((chest.matcap_colour, chest.rim_lighting_mix), ([1.0; 3], 0.0));
    assert_eq!(
        [chest.matcap_texture, chest.rim_texture].map(linear),
        [Some(false); 2],
        "colours"
    );
    let (_, hips) = of("rim");
    assert_eq!(hips.rim_colour, [0.2, 0.9, 0.4]);
    assert_eq!(
        (hips.rim_fresnel_power, hips.rim_lift, hips.rim_lighting_mix),
        (3.0, 0.1, 0.5)
    );
    let (_, arms) = of("drawn");
    assert_eq!((arms.outline, arms.outline_width), (Outline::Screen, 0.012));
    assert_eq!(linear(arms.outline_width_texture), Some(true));
    let (_, legs) = of("moving");
    assert_eq!(
        (legs.uv_scroll, linear(legs.uv_mask_texture)),
        ([0.0, 0.25], Some(true))
    );
    let (_, feet) = of("shifted");
    assert_eq!((feet.shading_shift, feet.shading_shift_scale), (-1.0, 2.0));
    assert_eq!(linear(feet.shading_shift_texture), Some(true));
    // One picture with three masks in it is one.
    let masks = [
        feet.shading_shift_texture,
        arms.outline_width_texture,
        legs.uv_mask_texture,
    ];
    assert!(
        masks
            .iter()
            .all(|mask| mask.unwrap().picture == masks[0].unwrap().picture)
    );
}

#[test]
fn constraints_are_read_and_sorted_and_those_in_a_circle_are_left_out() {
    let document = open(PAINTED).unwrap();
    let name = |node: u16| document.nodes[usize::from(node)].name.as_str();
    let mut read: Vec<_> = document
        .constraints
        .iter()
        .map(|of| (name(of.node), name(of.source), of.follow, of.weight))
        .collect();
    let place = |of: &str| read.iter().position(|(node, ..)| *node == of).unwrap();
    assert!(
        place("first") < place("second"),
        "the file says it the other way round"
    );
    read.sort_by_key(|(node, ..)| *node);
    assert_eq!(
        read,
        [
            ("first", "head", Follow::Rotation, 0.5),
            ("pointer", "rightHand", Follow::Aim(1, false), 1.0),
            ("roll", "leftUpperArm", Follow::Roll(0), 1.0),
            ("second", "first", Follow::Rotation, 1.0),
        ]
    );
    let (mut root, blob) = vrm1();
    let turn = |source: usize| json!({"VRMC_node_constraint": {"specVersion": "1.0", "constraint": {"rotation": {"source": source}}}});
    let nodes = root["nodes"].as_array().unwrap().len();
    for node in 1..nodes {
        root["nodes"][node]["extensions"] = turn(if node == 5 { 3 } else { node - 1 });
    }
    let document = open(&glb(&root, &blob)).unwrap();
    assert_sound(&document);
    assert_eq!(document.warnings, []);
    assert!(document.constraints.len() > 20, "a line of them");
    root["nodes"][3]["extensions"] = turn(5);
    let document = open(&glb(&root, &blob)).unwrap();
    assert_sound(&document);
    assert_eq!(document.warnings, [AvatarWarning::Constraints]);
    assert_eq!(document.constraints.len(), 2, "what does not hang on the circle");
}

#[test]
fn mtoon_of_the_older_format_becomes_what_its_makers_migration_says() {
    let (mut root, blob) = fuzz_corpus::vrm0();
    let picture = format!(
        "data:image/png;base64,{}",
        data_encoding::BASE64.encode(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x40\x08\x06\0\0\0")
    );
    root["images"] = json!([{"uri": picture}]);
    root["textures"] = json!([{"source": 0}]);
    let mut mtoon = |floats: Value| {
        root["extensions"]["VRM"]["materialProperties"][0] = json!({
            "name": "skin", "shader": "VRM/MToon", "floatProperties": floats,
            "vectorProperties": {"_RimColor": [1, 0.5, 0, 1], "_OutlineColor": [0, 0, 1, 1]},
            "textureProperties": {"_SphereAdd": 0, "_RimTexture": 0, "_OutlineWidthTexture": 0, "_UvAnimMaskTexture": 0},
        });
        let document = open(&glb(&root, &blob)).unwrap();
        assert_sound(&document);
        document.materials[0].mtoon.clone().unwrap()
    };
    let near = |is: f32, wanted: f32| (is - wanted).abs() < 1e-4;
    // The figures are those of the tests of UniVRM's migration.
    for (toony, shift, wanted) in [
        (0.9, 0.0, (0.95, -0.05)),
        (0.0, 0.0, (0.5, -0.5)),
        (0.0, -1.0, (0.0, 0.0)),
        (0.7, -0.4, (0.79, 0.19)),
    ] {
        let read = mtoon(json!({"_ShadeToony": toony, "_ShadeShift": shift}));
        let read = (read.shading_toony, read.shading_shift);
        assert!(
            near(read.0, wanted.0) && near(read.1, wanted.1),
            "{read:?}, not {wanted:?}"
        );
    }
    let world = mtoon(json!({"_OutlineWidthMode": 1, "_OutlineWidth": 0.5, "_IndirectLightIntensity": 0.3}));
    assert_eq!(world.outline, Outline::World);
    assert!(near(world.outline_width, 0.005) && near(world.gi_equalization, 0.7));
    // There it is of half the screen's height, here of the whole.
    let screen = mtoon(json!({
        "_OutlineWidthMode": 2, "_OutlineWidth": 0.5, "_OutlineColorMode": 1, "_OutlineLightingMix": 0.25,
        "_RimFresnelPower": 4, "_RimLift": 0.2, "_RimLightingMix": 0.6, "_UvAnimScrollY": 2,
    }));
    assert_eq!(
        (screen.outline, screen.outline_lighting_mix),
        (Outline::Screen, 0.25)
    );
    assert!(near(screen.outline_width, 0.0025), "{}", screen.outline_width);
    assert_eq!(
        (screen.rim_fresnel_power, screen.rim_lift, screen.rim_lighting_mix),
        (4.0, 0.2, 0.6)
    );
    assert!(near(screen.rim_colour[1], 0.2140), "{:?}", screen.rim_colour);
    assert_eq!((screen.matcap_colour, screen.uv_scroll), ([1.0; 3], [0.0, -2.0]));
    let pictures = [
        screen.matcap_texture,
        screen.rim_texture,
        screen.outline_width_texture,
        screen.uv_mask_texture,
    ];
    assert!(pictures.iter().all(Option::is_some));
}

#[test]
fn a_plain_figure_is_known_by_the_names_of_its_bones() {
    let document = open_figure(|_| {}).unwrap();
    assert_sound(&document);
    assert_stands(&document);
    assert_eq!(document.kind, Kind::Plain);
    assert!(
        (document.humanoid.height - 1.7).abs() < 0.01,
        "{}",
        document.humanoid.height
    );
    assert!((document.humanoid.hips_height - 1.0).abs() < 0.01);
    assert_eq!(document.expressions[0].preset, Some(Preset::Blink));
    assert_eq!(document.parts[0].joints[12], [4, 0, 0, 0]);
    assert_eq!(document.meta.worn_by, WornBy::Unsaid);
}

#[test]
fn whatever_way_a_plain_figure_looks_and_however_it_is_measured_it_stands_the_same() {
    let upright = open_figure(|_| {}).unwrap();
    for turn in [
        Quat::from_rotation_y(2.0),
        Quat::from_rotation_x(-core::f32::consts::FRAC_PI_2),
        Quat::from_rotation_z(core::f32::consts::FRAC_PI_2) * Quat::from_rotation_y(1.0),
    ] {
        let turned = open_figure(|root| {
            root["nodes"][23]["children"] = json!([]);
            root["nodes"].as_array_mut().unwrap().push(json!({
                "name": "Armature", "rotation": turn.to_array(), "scale": [100.0, 100.0, 100.0],
                "translation": [300.0, -40.0, 7.0], "children": [0],
            }));
            root["scenes"][0]["nodes"] = json!([24, 23]);
        })
        .unwrap();
        assert_sound(&turned);
        assert_stands(&turned);
        for bone in [Bone::Head, Bone::LeftHand, Bone::RightFoot] {
            let of = |document: &AvatarDocument| document.humanoid.bones[bone as usize].unwrap().rest;
            assert!(
                of(&upright).distance(of(&turned)) < 0.01,
                "{bone:?} {} {}",
                of(&upright),
                of(&turned)
            );
        }
    }
}

#[test]
fn arms_that_rest_at_an_angle_are_held_out_in_t_pose() {
    let (root, blob) = figure(&MIXAMO, 0.8);
    let document = open(&glb(&root, &blob)).unwrap();
    assert_sound(&document);
    assert_stands(&document);
    let hand = document.humanoid.bones[Bone::LeftHand as usize].unwrap().rest;
    assert!(hand.y < 1.1, "it rests in A-pose: {hand}");
    assert!((t_pose(&document, Bone::LeftHand).y - 1.4).abs() < 0.01);
}

#[test]
fn a_text_file_with_everything_inside_is_the_same_figure() {
    let (mut root, blob) = figure(&MIXAMO, 0.0);
    let packed = open(&glb(&root, &blob)).unwrap();
    root["buffers"][0]["uri"] = json!(format!(
        "data:application/octet-stream;base64,{}",
        data_encoding::BASE64.encode(&blob)
    ));
    let text = open(root.to_string().as_bytes()).unwrap();
    assert_eq!(text.parts, packed.parts);
    root["buffers"][0]["uri"] = json!("figure.bin");
    assert_eq!(
        open(root.to_string().as_bytes()),
        Err(AvatarError::MissingPart {
            file: "figure.bin".into()
        })
    );
}

#[test]
fn bones_that_are_missing_are_named() {
    let error = open_figure(|root| {
        root["nodes"][7]["name"] = json!("thing");
        root["nodes"][14]["name"] = json!("stick");
    });
    assert_eq!(
        error,
        Err(AvatarError::MissingBones {
            bones: vec![Bone::LeftLowerLeg, Bone::LeftLowerArm]
        })
    );
    assert!(matches!(
        open(include_bytes!("../../assets/LICENCE.md")),
        Err(AvatarError::UnknownKind)
    ));
}

#[test]
fn joints_of_two_bytes_interleaved_with_weights_are_the_same() {
    let plain = open_figure(|_| {}).unwrap();
    let (mut root, mut blob) = figure(&MIXAMO, 0.0);
    blob.resize(blob.len().next_multiple_of(4), 0);
    let begin = blob.len();
    for bone in 0..SKELETON.len() as u16 {
        for _ in 0..3 {
            for value in [bone, 0, 0, 0] {
                blob.extend(value.to_le_bytes());
            }
            for value in [u16::MAX, 0, 0, 0] {
                blob.extend(value.to_le_bytes());
            }
        }
    }
    let views = root["bufferViews"].as_array_mut().unwrap();
    views.push(json!({"buffer": 0, "byteOffset": begin, "byteLength": blob.len() - begin, "byteStride": 16}));
    let view = views.len() - 1;
    for (accessor, offset) in [(1, 0), (2, 8)] {
        root["accessors"][accessor]["bufferView"] = json!(view);
        root["accessors"][accessor]["byteOffset"] = json!(offset);
        root["accessors"][accessor]["componentType"] = json!(5123);
    }
    root["buffers"][0]["byteLength"] = json!(blob.len());
    assert_eq!(open(&glb(&root, &blob)).unwrap().parts, plain.parts);
}

#[test]
fn what_is_too_much_is_refused_before_it_costs_anything() {
    let too_much = |result: Result<AvatarDocument, AvatarError>, measure: Measure| match result {
        Err(AvatarError::TooMuch { what, found, max }) => assert!(what == measure && found > max, "{what:?}"),
        other => panic!("{measure:?}: {other:?}"),
    };
    too_much(open(&vec![b'{'; limits::MAX_FILE_BYTES + 1]), Measure::FileBytes);
    too_much(
        open(format!("{{{}", " ".repeat(limits::MAX_JSON_BYTES)).as_bytes()),
        Measure::DescriptionBytes,
    );
    for (accessor, measure) in [(3, Measure::Triangles), (0, Measure::Vertices)] {
        let count = json!(4_000_000_000_u64);
        too_much(
            open_figure(|root| root["accessors"][accessor]["count"] = count),
            measure,
        );
    }
    too_much(
        open_figure(|root| {
            let primitive = root["meshes"][0]["primitives"][0].clone();
            root["meshes"][0]["primitives"] = json!(vec![primitive; limits::MAX_PARTS + 1]);
        }),
        Measure::Parts,
    );
    too_much(
        open_figure(|root| {
            let nodes = root["nodes"].as_array_mut().unwrap();
            nodes.extend((0..limits::MAX_NODES).map(|_| json!({})));
            let all: Vec<usize> = [0, 23].into_iter().chain(24..nodes.len()).collect();
            root["scenes"][0]["nodes"] = json!(all);
        }),
        Measure::Nodes,
    );
}

#[test]
fn loops_and_shared_nodes_are_refused() {
    for children in [json!([0]), json!([5]), json!([99])] {
        let error = open_figure(|root| root["nodes"][22]["children"] = children.clone());
        assert!(
            matches!(error, Err(AvatarError::Damaged { .. })),
            "{children}: {error:?}"
        );
    }
}

#[test]
fn pictures_that_claim_too_much_are_left_out_and_large_ones_shown_smaller() {
    let png = |side: u32| {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(side.to_be_bytes());
        bytes.extend(side.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0]);
        format!("data:image/png;base64,{}", data_encoding::BASE64.encode(&bytes))
    };
    let with = |side: u32, count: usize| {
        open_figure(|root| {
            root["images"] = json!((0..count).map(|_| json!({"uri": png(side)})).collect::<Vec<_>>());
            root["textures"] = json!((0..count).map(|n| json!({"source": n})).collect::<Vec<_>>());
            let primitive = root["meshes"][0]["primitives"][0].clone();
            root["meshes"][0]["primitives"] = json!(
                (0..count)
                    .map(|n| {
                        let mut primitive = primitive.clone();
                        primitive["material"] = json!(n);
                        primitive
                    })
                    .collect::<Vec<_>>()
            );
            root["materials"] = json!(
                (0..count)
                    .map(|n| json!({"pbrMetallicRoughness": {"baseColorTexture": {"index": n}}}))
                    .collect::<Vec<_>>()
            );
        })
    };
    let bomb = with(60_000, 1).unwrap();
    assert_sound(&bomb);
    assert!(bomb.pictures.is_empty() && bomb.materials[0].base_texture.is_none() && bomb.warnings.len() == 1);
    let two = with(2048, 2).unwrap();
    assert_eq!(two.pictures[1].shown, [2048, 2048]);
    let many = with(2048, 20).unwrap();
    assert_sound(&many);
    assert_eq!(many.pictures[19].shown, [512, 512]);
    assert_eq!(with(4096, 8).unwrap().pictures[7].shown, [1024, 1024]);
    // A few kilobytes that claim what would keep a page busy for many seconds.
    let error = with(4096, 9);
    assert!(
        matches!(
            error,
            Err(AvatarError::TooMuch {
                what: Measure::Pixels,
                ..
            })
        ),
        "{error:?}"
    );
    let error = with(64, limits::MAX_TEXTURES + 1);
    assert!(
        matches!(
            error,
            Err(AvatarError::TooMuch {
                what: Measure::Textures,
                ..
            })
        ),
        "{error:?}"
    );
}

#[test]
fn weights_and_joints_that_are_none_still_hold_the_body_together() {
    let (root, mut blob) = figure(&MIXAMO, 0.0);
    let joints = root["bufferViews"][1]["byteOffset"].as_u64().unwrap() as usize;
    for byte in &mut blob[joints..joints + 100] {
        *byte = 250;
    }
    let document = open(&glb(&root, &blob)).unwrap();
    assert_sound(&document);
}

#[test]
fn a_file_that_is_packed_or_from_the_future_says_so() {
    let packed = open_figure(|root| root["extensionsRequired"] = json!(["KHR_draco_mesh_compression"]));
    assert_eq!(
        packed,
        Err(AvatarError::Extension {
            name: "KHR_draco_mesh_compression".into()
        })
    );
    let future = open_figure(|root| root["asset"]["version"] = json!("3.0"));
    assert_eq!(future, Err(AvatarError::Version { found: "3.0".into() }));
}

/// Places in a JSON tree.
fn collect(value: &Value, at: String, out: &mut Vec<String>) {
    out.push(at.clone());
    match value {
        Value::Array(list) => (0..list.len()).for_each(|n| collect(&list[n], format!("{at}/{n}"), out)),
        Value::Object(map) => {
            for (key, value) in map {
                collect(
                    value,
                    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                    out,
                );
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_damage_to_a_file_makes_the_reader_panic(
        sample in 0_usize..4,
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<proptest::sample::Index>(),
        early: bool,
    ) {
        let (root, blob) = vrm1();
        let ours = glb(&root, &blob);
        let mut bytes = [&ours[..], MTOON, EXPRESSIONS, COOL_LOOPS][sample].to_vec();
        let reach = if early { bytes.len().min(12_000) } else { bytes.len() };
        for (at, byte) in damage {
            bytes[at.index(reach)] = byte;
        }
        if cut.index(4) == 0 {
            let at = cut.index(bytes.len());
            bytes.truncate(at);
        }
        if let Ok(document) = open(&bytes) {
            assert_sound(&document);
        }
    }

    #[test]
    fn no_value_in_the_description_makes_the_reader_panic(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), prop_oneof![
            Just(json!(null)), Just(json!(-1)), Just(json!(0)), Just(json!(1e39)), Just(json!(u64::MAX)), Just(json!("x")),
            Just(json!([])), Just(json!({})), Just(json!([0, 0, 0, 0])), (0_u32..70).prop_map(|n| json!(n)),
            any::<f32>().prop_map(|v| json!(v)), any::<u32>().prop_map(|v| json!(v)),
        ]), 1..4),
        plain: bool,
    ) {
        let (mut root, blob) = if plain { figure(&MIXAMO, 0.3) } else { vrm1() };
        let mut places = Vec::new();
        collect(&root, String::new(), &mut places);
        for (place, value) in changes {
            let place = &places[place.index(places.len())];
            if let Some(at) = root.pointer_mut(place) {
                *at = value;
            }
        }
        if let Ok(document) = open(&glb(&root, &blob)) {
            assert_sound(&document);
        }
    }
}

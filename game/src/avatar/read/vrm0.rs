//! VRM 0.x: the extension `VRM`, told in the terms of VRM 1.0 as its migration guide has it.
//!
//! Its vectors are Unity's (z points the other way), its weights are percent, its colours are sRGB.

use super::said::{Of, Said, SaidExpression, SaidJoint, SaidMorph, SaidSpring, Tail, Thumbnail};
use super::work::Work;
use crate::avatar::Bone;
use crate::avatar::document::{
    ColliderShape, ColourBind, ColourOf, Commercial, FirstPerson, Kind, LookAt, LookBy, Meta, Modification,
    Override, Preset, RangeMap, UvBind, WornBy,
};
use crate::avatar::json::{Extra, index, number, ranged, text, unity_vector, vector};
use crate::avatar::limits;
use bevy::math::Vec3;
use serde_json::Value;

pub(super) fn read(extra: &Extra, work: &Work) -> Said {
    let vrm = &extra.extensions["VRM"];
    let bones = work
        .all(&vrm["humanoid"]["humanBones"])
        .filter_map(|bone| {
            Some((
                Bone::from_vrm0_name(bone["bone"].as_str()?)?,
                index(&bone["node"])?,
            ))
        })
        .take(2 * Bone::COUNT)
        .collect();
    let first_person = work
        .all(&vrm["firstPerson"]["meshAnnotations"])
        .filter_map(|annotation| {
            let whose = match annotation["firstPersonFlag"].as_str()? {
                "Both" => FirstPerson::Both,
                "ThirdPersonOnly" => FirstPerson::OthersOnly,
                "FirstPersonOnly" => FirstPerson::WearerOnly,
                _ => FirstPerson::Auto,
            };
            Some((Of::Mesh(index(&annotation["mesh"])?), whose))
        })
        .take(limits::MAX_NODES)
        .collect();
    let (colliders, springs) = read_springs(&vrm["secondaryAnimation"], work);
    Said {
        kind: Kind::Vrm0,
        meta: meta(&vrm["meta"]),
        thumbnail: index(&vrm["meta"]["texture"]).map(Thumbnail::Texture),
        bones,
        expressions: work
            .first(
                &vrm["blendShapeMaster"]["blendShapeGroups"],
                limits::MAX_EXPRESSIONS,
            )
            .map(|group| expression(group, &vrm["materialProperties"], work))
            .collect(),
        look_at: look_at(&vrm["firstPerson"]),
        first_person,
        colliders,
        springs,
        constraints: Vec::new(),
    }
}

fn meta(meta: &Value) -> Meta {
    let allowed = |key: &str| match meta[key].as_str() {
        Some("Allow") => Some(true),
        Some("Disallow") => Some(false),
        _ => None,
    };
    let licence = text(&meta["licenseName"]);
    let other = [&meta["otherPermissionUrl"], &meta["otherLicenseUrl"]].map(|url| url.as_str().unwrap_or(""));
    // VRoid Hub writes its conditions into the address; this is the only place where they are.
    let said_in_url = |key: &str, value: &str| {
        let conditions = other
            .iter()
            .filter(|url| url.starts_with("https://hub.vroid.com/license?"))
            .flat_map(|url| url.split(['?', '&', '#']).skip(1));
        conditions
            .filter_map(|pair| pair.split_once('='))
            .any(|(k, v)| k == key && v == value)
    };
    let creative_commons = licence.starts_with("CC_") || licence == "CC0";
    let redistribution = match licence.as_str() {
        "Redistribution_Prohibited" => Some(false),
        _ if said_in_url("redistribution", "disallow") => Some(false),
        _ if creative_commons || said_in_url("redistribution", "allow") => Some(true),
        _ => None,
    };
    let modification = if licence.ends_with("_ND")
        || said_in_url("modification", "disallow")
        || said_in_url("modification", "disallowed")
    {
        Modification::No
    } else if creative_commons {
        Modification::YesAndPassOn
    } else if said_in_url("modification", "allow") {
        Modification::Yes
    } else {
        Modification::Unsaid
    };
    Meta {
        title: text(&meta["title"]),
        version: text(&meta["version"]),
        authors: Some(text(&meta["author"]))
            .filter(|author| !author.is_empty())
            .into_iter()
            .collect(),
        contact: text(&meta["contactInformation"]),
        reference: text(&meta["reference"]),
        copyright: String::new(),
        licence_url: text(&meta["otherLicenseUrl"]),
        thumbnail: None,
        worn_by: match meta["allowedUserName"].as_str() {
            Some("Everyone") => WornBy::Everyone,
            Some("ExplicitlyLicensedPerson") => WornBy::Licensed,
            Some("OnlyAuthor") => WornBy::OnlyAuthor,
            _ => WornBy::Unsaid,
        },
        redistribution,
        commercial: match allowed("commercialUssageName") {
            _ if licence.contains("_NC") => Commercial::No,
            Some(true) => Commercial::Corporation,
            Some(false) => Commercial::No,
            None => Commercial::Unsaid,
        },
        modification,
        credit_required: match licence.as_str() {
            "CC0" => Some(false),
            _ if licence.starts_with("CC_BY") || said_in_url("credit", "necessary") => Some(true),
            _ if said_in_url("credit", "unnecessary") => Some(false),
            _ => None,
        },
        violent: allowed("violentUssageName"),
        sexual: allowed("sexualUssageName"),
        political_or_religious: None,
        antisocial_or_hateful: None,
        licence,
    }
}

fn preset(name: &str) -> Option<Preset> {
    Some(match name {
        "a" => Preset::Aa,
        "i" => Preset::Ih,
        "u" => Preset::Ou,
        "e" => Preset::Ee,
        "o" => Preset::Oh,
        "blink" => Preset::Blink,
        "blink_l" => Preset::BlinkLeft,
        "blink_r" => Preset::BlinkRight,
        "joy" => Preset::Happy,
        "angry" => Preset::Angry,
        "sorrow" => Preset::Sad,
        "fun" => Preset::Relaxed,
        "lookup" => Preset::LookUp,
        "lookdown" => Preset::LookDown,
        "lookleft" => Preset::LookLeft,
        "lookright" => Preset::LookRight,
        "neutral" => Preset::Neutral,
        _ => return None,
    })
}

fn expression(group: &Value, materials: &Value, work: &Work) -> SaidExpression {
    let preset_name = group["presetName"]
        .as_str()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let morphs = work
        .binds(&group["binds"])
        .filter_map(|bind| {
            Some(SaidMorph {
                of: Of::Mesh(index(&bind["mesh"])?),
                index: index(&bind["index"])?,
                weight: ranged(&bind["weight"], 100.0, 0.0, 100.0) / 100.0,
            })
        })
        .collect();
    let mut colours = Vec::new();
    let mut uvs = Vec::new();
    for value in work.binds(&group["materialValues"]) {
        let name = value["materialName"].as_str().unwrap_or_default();
        let material = work
            .first(materials, limits::MAX_MATERIALS)
            .position(|material| material["name"].as_str() == Some(name));
        let (Some(material), Some(target)) = (material, vector::<4>(&value["targetValue"])) else {
            continue;
        };
        let material = material as u16; // below MAX_MATERIALS
        let of = match value["propertyName"].as_str() {
            Some("_Color") => ColourOf::Base,
            Some("_EmissionColor") => ColourOf::Emission,
            Some("_ShadeColor") => ColourOf::Shade,
            Some("_RimColor") => ColourOf::Rim,
            Some("_OutlineColor") => ColourOf::Outline,
            Some("_MainTex_ST") => {
                uvs.push(UvBind {
                    material,
                    scale: [target[0], target[1]],
                    offset: [target[2], 1.0 - target[3] - target[1]],
                });
                continue;
            }
            Some("_MainTex_ST_S") => {
                uvs.push(UvBind {
                    material,
                    scale: [target[0], 1.0],
                    offset: [target[2], 0.0],
                });
                continue;
            }
            _ => continue,
        };
        let [red, green, blue, alpha] = target;
        let [red, green, blue] = [red, green, blue].map(linear);
        colours.push(ColourBind {
            material,
            of,
            target: [red, green, blue, alpha.clamp(0.0, 1.0)],
        });
    }
    SaidExpression {
        name: text(&group["name"]),
        preset: preset(&preset_name),
        is_binary: group["isBinary"].as_bool().unwrap_or(false),
        overrides: [Override::None; 3],
        morphs,
        colours,
        uvs,
    }
}

/// From the sRGB curve that VRM 0.x keeps its colours in.
pub(super) fn linear(value: f32) -> f32 {
    let value = value.clamp(0.0, 100.0);
    if value <= 0.04045 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

fn look_at(value: &Value) -> LookAt {
    let by = match value["lookAtTypeName"].as_str() {
        Some("BlendShape") => LookBy::Expression,
        _ => LookBy::Bone,
    };
    let most = if by == LookBy::Bone { 10.0 } else { 1.0 };
    let range = |key: &str| RangeMap {
        input_max_degrees: ranged(&value[key]["xRange"], 90.0, 0.1, 180.0),
        most: ranged(&value[key]["yRange"], most, 0.0, 90.0),
    };
    LookAt {
        by,
        offset: unity_vector(&value["firstPersonBoneOffset"]).unwrap_or(Vec3::new(0.0, 0.06, 0.0)),
        inner: range("lookAtHorizontalInner"),
        outer: range("lookAtHorizontalOuter"),
        down: range("lookAtVerticalDown"),
        up: range("lookAtVerticalUp"),
    }
}

fn read_springs(value: &Value, work: &Work) -> (Vec<(usize, ColliderShape)>, Vec<SaidSpring>) {
    let mut colliders = Vec::new();
    // By group: where its colliders begin and end.
    let mut groups = Vec::new();
    for group in work.first(&value["colliderGroups"], limits::MAX_COLLIDERS) {
        let begin = colliders.len();
        for collider in work.first(&group["colliders"], limits::MAX_COLLIDERS) {
            if let Some(node) = index(&group["node"])
                && colliders.len() < limits::MAX_COLLIDERS
            {
                let shape = ColliderShape::Sphere {
                    offset: unity_vector(&collider["offset"]).unwrap_or(Vec3::ZERO),
                    radius: ranged(&collider["radius"], 0.0, 0.0, 100.0),
                    inside: false,
                };
                colliders.push((node, shape));
            }
        }
        groups.push(begin..colliders.len());
    }
    let springs = work
        .first(&value["boneGroups"], limits::MAX_SPRING_JOINTS)
        .map(|group| {
            let joint = |node| SaidJoint {
                node,
                tail: Tail::Below,
                radius: ranged(&group["hitRadius"], 0.0, 0.0, 10.0),
                // The misspelling is the format's.
                stiffness: ranged(&group["stiffiness"], 1.0, 0.0, 100.0),
                gravity_power: ranged(&group["gravityPower"], 0.0, 0.0, 100.0),
                gravity_dir: unity_vector(&group["gravityDir"]).unwrap_or(Vec3::NEG_Y),
                drag: number(&group["dragForce"]).unwrap_or(0.5).clamp(0.0, 1.0),
            };
            let mut of: Vec<usize> = work
                .first(&group["colliderGroups"], limits::MAX_COLLIDERS)
                .filter_map(|group| groups.get(index(group)?).cloned())
                .flatten()
                .take(4 * limits::MAX_COLLIDERS)
                .collect();
            of.sort_unstable();
            of.dedup();
            SaidSpring {
                centre: index(&group["center"]),
                colliders: of,
                joints: work
                    .first(&group["bones"], limits::MAX_SPRING_JOINTS)
                    .filter_map(index)
                    .map(joint)
                    .collect(),
            }
        })
        .collect();
    (colliders, springs)
}

//! VRM 1.0: `VRMC_vrm`, `VRMC_springBone`, `VRMC_node_constraint`. Defaults are those of the specification.

use super::said::{
    Of, Said, SaidConstraint, SaidExpression, SaidJoint, SaidMorph, SaidSpring, Tail, Thumbnail,
};
use super::work::Work;
use crate::avatar::Bone;
use crate::avatar::document::{
    ColliderShape, ColourBind, ColourOf, Commercial, FirstPerson, Follow, Kind, LookAt, LookBy, Meta,
    Modification, Override, Preset, RangeMap, UvBind, WornBy,
};
use crate::avatar::json::{Extra, index, list, number, ranged, shown_name, text, vector};
use crate::avatar::limits;
use bevy::math::Vec3;
use serde_json::Value;

const PRESETS: [(&str, Preset); 18] = [
    ("happy", Preset::Happy),
    ("angry", Preset::Angry),
    ("sad", Preset::Sad),
    ("relaxed", Preset::Relaxed),
    ("surprised", Preset::Surprised),
    ("aa", Preset::Aa),
    ("ih", Preset::Ih),
    ("ou", Preset::Ou),
    ("ee", Preset::Ee),
    ("oh", Preset::Oh),
    ("blink", Preset::Blink),
    ("blinkLeft", Preset::BlinkLeft),
    ("blinkRight", Preset::BlinkRight),
    ("lookUp", Preset::LookUp),
    ("lookDown", Preset::LookDown),
    ("lookLeft", Preset::LookLeft),
    ("lookRight", Preset::LookRight),
    ("neutral", Preset::Neutral),
];

pub(super) fn read(extra: &Extra, work: &Work) -> Said {
    let vrm = &extra.extensions["VRMC_vrm"];
    let springs = &extra.extensions["VRMC_springBone"];
    let (colliders, springs) = read_springs(springs, work);
    let bones = Bone::ALL
        .into_iter()
        .filter_map(|bone| Some((bone, index(&vrm["humanoid"]["humanBones"][bone.name()]["node"])?)))
        .collect();
    let first_person = work
        .all(&vrm["firstPerson"]["meshAnnotations"])
        .filter_map(|annotation| {
            let whose = match annotation["type"].as_str()? {
                "both" => FirstPerson::Both,
                "thirdPersonOnly" => FirstPerson::OthersOnly,
                "firstPersonOnly" => FirstPerson::WearerOnly,
                _ => FirstPerson::Auto,
            };
            Some((Of::Node(index(&annotation["node"])?), whose))
        })
        .take(limits::MAX_NODES)
        .collect();
    Said {
        kind: Kind::Vrm1,
        meta: meta(&vrm["meta"]),
        thumbnail: index(&vrm["meta"]["thumbnailImage"]).map(Thumbnail::Image),
        bones,
        expressions: expressions(&vrm["expressions"], work),
        look_at: look_at(&vrm["lookAt"]),
        first_person,
        colliders,
        springs,
        constraints: constraints(extra, work),
    }
}

fn meta(meta: &Value) -> Meta {
    // A permission that is not there is not given: the schema's default is false.
    let allowed = |key: &str| Some(meta[key].as_bool().unwrap_or(false));
    Meta {
        title: text(&meta["name"]),
        version: text(&meta["version"]),
        authors: list(&meta["authors"]).iter().map(text).take(8).collect(),
        contact: text(&meta["contactInformation"]),
        reference: text(&meta["references"][0]),
        copyright: text(&meta["copyrightInformation"]),
        licence: String::new(),
        licence_url: text(&meta["licenseUrl"]),
        thumbnail: None,
        worn_by: match meta["avatarPermission"].as_str() {
            Some("everyone") => WornBy::Everyone,
            Some("onlySeparatelyLicensedPerson") => WornBy::Licensed,
            _ => WornBy::OnlyAuthor,
        },
        redistribution: allowed("allowRedistribution"),
        commercial: match meta["commercialUsage"].as_str() {
            Some("personalProfit") => Commercial::PersonalProfit,
            Some("corporation") => Commercial::Corporation,
            _ => Commercial::PersonalNonProfit,
        },
        modification: match meta["modification"].as_str() {
            Some("allowModification") => Modification::Yes,
            Some("allowModificationRedistribution") => Modification::YesAndPassOn,
            _ => Modification::No,
        },
        credit_required: Some(meta["creditNotation"].as_str() != Some("unnecessary")),
        violent: allowed("allowExcessivelyViolentUsage"),
        sexual: allowed("allowExcessivelySexualUsage"),
        political_or_religious: allowed("allowPoliticalOrReligiousUsage"),
        antisocial_or_hateful: allowed("allowAntisocialOrHateUsage"),
    }
}

fn expressions(value: &Value, work: &Work) -> Vec<SaidExpression> {
    let known = PRESETS
        .iter()
        .filter(|(name, _)| value["preset"][name].is_object())
        .map(|(name, preset)| ((*name).to_owned(), Some(*preset), &value["preset"][name]));
    let custom = value["custom"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, expression)| (shown_name(name), None, expression));
    known
        .chain(custom)
        .take(limits::MAX_EXPRESSIONS)
        .map(|(name, preset, value)| expression(name, preset, value, work))
        .collect()
}

fn expression(name: String, preset: Option<Preset>, value: &Value, work: &Work) -> SaidExpression {
    let overrides =
        ["overrideBlink", "overrideLookAt", "overrideMouth"].map(|key| match value[key].as_str() {
            Some("block") => Override::Block,
            Some("blend") => Override::Blend,
            _ => Override::None,
        });
    let morphs = work
        .binds(&value["morphTargetBinds"])
        .filter_map(|bind| {
            Some(SaidMorph {
                of: Of::Node(index(&bind["node"])?),
                index: index(&bind["index"])?,
                weight: ranged(&bind["weight"], 1.0, 0.0, 1.0),
            })
        })
        .collect();
    let colours = work
        .binds(&value["materialColorBinds"])
        .filter_map(|bind| {
            let of = match bind["type"].as_str()? {
                "color" => ColourOf::Base,
                "emissionColor" => ColourOf::Emission,
                "shadeColor" => ColourOf::Shade,
                "matcapColor" => ColourOf::Matcap,
                "rimColor" => ColourOf::Rim,
                "outlineColor" => ColourOf::Outline,
                _ => return None,
            };
            Some(ColourBind {
                material: u16::try_from(index(&bind["material"])?).ok()?,
                of,
                target: vector::<4>(&bind["targetValue"])?.map(|v| v.clamp(0.0, 100.0)),
            })
        })
        .collect();
    let uvs = work
        .binds(&value["textureTransformBinds"])
        .filter_map(|bind| {
            Some(UvBind {
                material: u16::try_from(index(&bind["material"])?).ok()?,
                offset: vector(&bind["offset"]).unwrap_or([0.0; 2]),
                scale: vector(&bind["scale"]).unwrap_or([1.0; 2]),
            })
        })
        .collect();
    SaidExpression {
        name,
        preset,
        is_binary: value["isBinary"].as_bool().unwrap_or(false),
        overrides,
        morphs,
        colours,
        uvs,
    }
}

fn look_at(value: &Value) -> LookAt {
    let by = match value["type"].as_str() {
        Some("expression") => LookBy::Expression,
        _ => LookBy::Bone,
    };
    let most = if by == LookBy::Bone { 10.0 } else { 1.0 };
    let range = |key: &str| RangeMap {
        input_max_degrees: ranged(&value[key]["inputMaxValue"], 90.0, 0.1, 180.0),
        most: ranged(&value[key]["outputScale"], most, 0.0, 90.0),
    };
    LookAt {
        by,
        offset: vector(&value["offsetFromHeadBone"]).map_or(Vec3::new(0.0, 0.06, 0.0), Vec3::from_array),
        inner: range("rangeMapHorizontalInner"),
        outer: range("rangeMapHorizontalOuter"),
        down: range("rangeMapVerticalDown"),
        up: range("rangeMapVerticalUp"),
    }
}

type Swinging = (Vec<(usize, ColliderShape)>, Vec<SaidSpring>);

fn read_springs(value: &Value, work: &Work) -> Swinging {
    // One that cannot be read keeps its place, so that the groups' indices stay right.
    let nowhere = ColliderShape::Sphere {
        offset: Vec3::ZERO,
        radius: 0.0,
        inside: false,
    };
    let colliders = work
        .first(&value["colliders"], limits::MAX_COLLIDERS)
        .map(|collider| {
            let extended = &collider["extensions"]["VRMC_springBone_extended_collider"]["shape"];
            let shape = shape(extended).or_else(|| shape(&collider["shape"]));
            match (index(&collider["node"]), shape) {
                (Some(node), Some(shape)) => (node, shape),
                _ => (usize::MAX, nowhere),
            }
        })
        .collect();
    let groups = list(&value["colliderGroups"]);
    let springs = work.first(&value["springs"], limits::MAX_SPRING_JOINTS);
    let springs = springs.map(|spring| {
        // A group is named by many springs, and many times by each: what is counted is what is looked at.
        let mut colliders: Vec<usize> = work
            .first(&spring["colliderGroups"], limits::MAX_COLLIDERS)
            .filter_map(|group| groups.get(index(group)?))
            .flat_map(|group| work.first(&group["colliders"], limits::MAX_COLLIDERS))
            .take(4 * limits::MAX_COLLIDERS)
            .filter_map(index)
            .collect();
        colliders.sort_unstable();
        colliders.dedup();
        let chain: Vec<&Value> = work
            .first(&spring["joints"], limits::MAX_SPRING_JOINTS + 1)
            .collect();
        let joints = chain.windows(2).filter_map(|pair| {
            let (joint, next) = (pair[0], pair[1]);
            Some(SaidJoint {
                node: index(&joint["node"])?,
                tail: Tail::Node(index(&next["node"])?),
                radius: ranged(&joint["hitRadius"], 0.0, 0.0, 10.0),
                stiffness: ranged(&joint["stiffness"], 1.0, 0.0, 100.0),
                gravity_power: ranged(&joint["gravityPower"], 0.0, 0.0, 100.0),
                gravity_dir: vector(&joint["gravityDir"]).map_or(Vec3::NEG_Y, Vec3::from_array),
                drag: ranged(&joint["dragForce"], 0.5, 0.0, 1.0),
            })
        });
        SaidSpring {
            centre: index(&spring["center"]),
            colliders,
            joints: joints.collect(),
        }
    });
    (colliders, springs.collect())
}

fn shape(value: &Value) -> Option<ColliderShape> {
    let point = |value: &Value| vector(value).map_or(Vec3::ZERO, Vec3::from_array);
    let radius = |value: &Value| ranged(&value["radius"], 0.0, 0.0, 100.0);
    let inside = |value: &Value| value["inside"].as_bool().unwrap_or(false);
    let (sphere, capsule, plane) = (&value["sphere"], &value["capsule"], &value["plane"]);
    if sphere.is_object() {
        Some(ColliderShape::Sphere {
            offset: point(&sphere["offset"]),
            radius: radius(sphere),
            inside: inside(sphere),
        })
    } else if capsule.is_object() {
        Some(ColliderShape::Capsule {
            offset: point(&capsule["offset"]),
            tail: point(&capsule["tail"]),
            radius: radius(capsule),
            inside: inside(capsule),
        })
    } else if plane.is_object() {
        Some(ColliderShape::Plane {
            offset: point(&plane["offset"]),
            normal: vector(&plane["normal"])
                .and_then(|normal| Vec3::from_array(normal).try_normalize())
                .unwrap_or(Vec3::Z),
        })
    } else {
        None
    }
}

fn constraints(extra: &Extra, work: &Work) -> Vec<SaidConstraint> {
    let one = |(node, extended): (usize, &crate::avatar::json::Extended)| {
        let constraint = &extended.extensions["VRMC_node_constraint"]["constraint"];
        let axis = |name: &str| match name.chars().last() {
            Some('X') => Some(0),
            Some('Y') => Some(1),
            Some('Z') => Some(2),
            _ => None,
        };
        let (value, follow) = if constraint["roll"].is_object() {
            let roll = &constraint["roll"];
            (roll, Follow::Roll(axis(roll["rollAxis"].as_str()?)?))
        } else if constraint["aim"].is_object() {
            let aim = &constraint["aim"];
            let name = aim["aimAxis"].as_str()?;
            (aim, Follow::Aim(axis(name)?, name.starts_with("Negative")))
        } else {
            (&constraint["rotation"], Follow::Rotation)
        };
        Some(SaidConstraint {
            node,
            source: index(&value["source"])?,
            weight: number(&value["weight"]).unwrap_or(1.0).clamp(0.0, 1.0),
            follow,
        })
    };
    extra
        .nodes
        .iter()
        .take_while(|_| work.step())
        .enumerate()
        .filter_map(one)
        .take(limits::MAX_CONSTRAINTS)
        .collect()
}

//! Recognises the bones of a rigged humanoid that has no VRM extension, by what rigs call them.
//!
//! Flow: names → words (`LeftUpLeg`, `upper_arm.L`, `Bip001 L Thigh`, `J_Bip_L_UpperLeg` all fall apart the same way)
//! → limbs with a side → the spine between hips and head by how the nodes hang together, because no two programs
//! count it alike.
//! Invariant: whatever the names, each node is one bone at most, and a bone hangs below the one it grows from.

use super::Bone;

/// What a node is to this search.
pub(super) struct Candidate<'a> {
    pub(super) name: &'a str,
    /// Below its own index.
    pub(super) parent: Option<u16>,
    /// Moves vertices: control bones and markers do not.
    pub(super) is_joint: bool,
}

/// The bones found, by [`Bone`]. Nodes are given parents first.
pub(super) fn recognise(nodes: &[Candidate<'_>]) -> [Option<u16>; Bone::COUNT] {
    let any_joint = nodes.iter().any(|node| node.is_joint);
    let mut found: Vec<Option<Limb>> = Vec::with_capacity(nodes.len());
    for node in nodes {
        found.push(if node.is_joint || !any_joint {
            limb(node.name)
        } else {
            None
        });
    }
    // "Leg" and "arm" alone are the upper half where the lower one has a name of its own.
    let named = |wanted: &[Name]| found.iter().flatten().any(|limb| wanted.contains(&limb.name));
    let leg = if named(&[Name::LowerLeg]) && !named(&[Name::UpperLeg]) {
        Name::UpperLeg
    } else {
        Name::LowerLeg
    };
    let arm = if named(&[Name::UpperArm]) && !named(&[Name::LowerArm]) {
        Name::LowerArm
    } else {
        Name::UpperArm
    };
    let mut bones = [None; Bone::COUNT];
    for (node, limb) in found.iter().enumerate() {
        let Some(limb) = limb else { continue };
        let name = match limb.name {
            Name::Leg => leg,
            Name::Arm => arm,
            name => name,
        };
        if let Some(bone) = bone(name, limb.side, limb.number) {
            let place = &mut bones[bone as usize];
            // The first is nearest to the root: twists and ends of the same name hang below it.
            if place.is_none() {
                *place = Some(node as u16); // below MAX_NODES
            }
        }
    }
    spine(nodes, &mut bones);
    bones
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Middle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Hips,
    Neck,
    Head,
    Jaw,
    Eye,
    UpperLeg,
    LowerLeg,
    Leg,
    Foot,
    Toes,
    Shoulder,
    UpperArm,
    LowerArm,
    Arm,
    Hand,
    Thumb,
    Index,
    Middle,
    Ring,
    Little,
}

#[derive(Clone, Copy, Debug)]
struct Limb {
    name: Name,
    side: Side,
    /// Of a finger's joint, from 1; 0 is the bone inside the hand.
    number: u32,
}

fn limb(raw: &str) -> Option<Limb> {
    let mut side = Side::Middle;
    let mut number = None;
    let mut words = Vec::new();
    for word in words_of(raw) {
        match word.as_str() {
            "l" | "left" => side = Side::Left,
            "r" | "right" => side = Side::Right,
            // What is built around bones and is none.
            "end" | "nub" | "ik" | "fk" | "twist" | "roll" | "pole" | "target" | "ctrl" | "control"
            | "helper" | "socket" | "mch" | "org" | "tweak" | "effector" | "corrective" | "weapon"
            | "share" | "dummy" => {
                return None;
            }
            // Prefixes of programs and rigs.
            "mixamorig" | "bip" | "def" | "j" | "c" | "cc" | "base" | "b" | "jnt" | "joint" | "bone"
            | "f" | "armature" | "valve" | "valvebiped" | "rig" | "sk" | "character" | "ctr" | "human" => {}
            "proximal" => number = Some(1),
            "intermediate" => number = Some(2),
            "distal" => number = Some(3),
            "metacarpal" => number = Some(0),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
                // The first number of a finger is its joint; "Bip001" comes before there is a word.
                if number.is_none() && !words.is_empty() {
                    number = digits.parse().ok();
                }
            }
            _ => words.push(word),
        }
    }
    let number = number.unwrap_or(1);
    let finger = |name| Some(Limb { name, side, number });
    let joined = words.concat();
    let name = match joined.as_str() {
        "hips" | "hip" | "pelvis" => Name::Hips,
        "neck" => Name::Neck,
        "head" => Name::Head,
        "jaw" => Name::Jaw,
        "eye" | "eyeball" | "faceeye" | "adjeye" => Name::Eye,
        "upperleg" | "upleg" | "thigh" | "legupper" => Name::UpperLeg,
        "lowerleg" | "lowleg" | "shin" | "calf" | "knee" | "leglower" => Name::LowerLeg,
        "leg" => Name::Leg,
        "foot" | "ankle" => Name::Foot,
        "toe" | "toes" | "ball" | "toebase" => Name::Toes,
        "shoulder" | "clavicle" | "collar" | "collarbone" => Name::Shoulder,
        "upperarm" | "uparm" | "armupper" => Name::UpperArm,
        "lowerarm" | "lowarm" | "forearm" | "elbow" | "armlower" => Name::LowerArm,
        "arm" => Name::Arm,
        "hand" | "wrist" => Name::Hand,
        other => {
            let other = other.strip_prefix("hand").unwrap_or(other);
            let other = other.strip_prefix("finger").unwrap_or(other);
            let other = other.strip_suffix("finger").unwrap_or(other);
            return match other {
                "thumb" => finger(Name::Thumb),
                "index" | "pointer" => finger(Name::Index),
                "middle" | "mid" => finger(Name::Middle),
                "ring" => finger(Name::Ring),
                "little" | "pinky" | "pinkie" => finger(Name::Little),
                _ => None,
            };
        }
    };
    Some(Limb { name, side, number })
}

/// A name in words: at capitals, between letters and digits, and at everything else. Lower case; names of programs
/// that end in a colon or a bar are dropped. Looks no farther than 64 characters.
fn words_of(raw: &str) -> Vec<String> {
    let raw = raw.rsplit([':', '|']).next().unwrap_or(raw);
    let mut words: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in raw.chars().take(64) {
        let cut = !c.is_ascii_alphanumeric()
            || !last.is_ascii_alphanumeric()
            || (c.is_ascii_uppercase() && !last.is_ascii_uppercase())
            || c.is_ascii_digit() != last.is_ascii_digit();
        if c.is_ascii_alphanumeric() {
            match words.last_mut() {
                Some(word) if !cut => word.push(c.to_ascii_lowercase()),
                _ => words.push(c.to_ascii_lowercase().to_string()),
            }
        }
        last = c;
    }
    words
}

fn bone(name: Name, side: Side, number: u32) -> Option<Bone> {
    use Bone as B;
    let sided = |left, right| match side {
        Side::Left => Some(left),
        Side::Right => Some(right),
        Side::Middle => None,
    };
    match (name, side) {
        (Name::Hips, Side::Middle) => return Some(B::Hips),
        (Name::Neck, Side::Middle) => return Some(B::Neck),
        (Name::Head, Side::Middle) => return Some(B::Head),
        (Name::Jaw, Side::Middle) => return Some(B::Jaw),
        _ => {}
    }
    match (name, number) {
        (Name::Eye, _) => sided(B::LeftEye, B::RightEye),
        (Name::UpperLeg, _) => sided(B::LeftUpperLeg, B::RightUpperLeg),
        (Name::LowerLeg, _) => sided(B::LeftLowerLeg, B::RightLowerLeg),
        (Name::Foot, _) => sided(B::LeftFoot, B::RightFoot),
        (Name::Toes, _) => sided(B::LeftToes, B::RightToes),
        (Name::Shoulder, _) => sided(B::LeftShoulder, B::RightShoulder),
        (Name::UpperArm, _) => sided(B::LeftUpperArm, B::RightUpperArm),
        (Name::LowerArm, _) => sided(B::LeftLowerArm, B::RightLowerArm),
        (Name::Hand, _) => sided(B::LeftHand, B::RightHand),
        (Name::Thumb, 1) => sided(B::LeftThumbMetacarpal, B::RightThumbMetacarpal),
        (Name::Thumb, 2) => sided(B::LeftThumbProximal, B::RightThumbProximal),
        (Name::Thumb, 3) => sided(B::LeftThumbDistal, B::RightThumbDistal),
        (Name::Index, 1) => sided(B::LeftIndexProximal, B::RightIndexProximal),
        (Name::Index, 2) => sided(B::LeftIndexIntermediate, B::RightIndexIntermediate),
        (Name::Index, 3) => sided(B::LeftIndexDistal, B::RightIndexDistal),
        (Name::Middle, 1) => sided(B::LeftMiddleProximal, B::RightMiddleProximal),
        (Name::Middle, 2) => sided(B::LeftMiddleIntermediate, B::RightMiddleIntermediate),
        (Name::Middle, 3) => sided(B::LeftMiddleDistal, B::RightMiddleDistal),
        (Name::Ring, 1) => sided(B::LeftRingProximal, B::RightRingProximal),
        (Name::Ring, 2) => sided(B::LeftRingIntermediate, B::RightRingIntermediate),
        (Name::Ring, 3) => sided(B::LeftRingDistal, B::RightRingDistal),
        (Name::Little, 1) => sided(B::LeftLittleProximal, B::RightLittleProximal),
        (Name::Little, 2) => sided(B::LeftLittleIntermediate, B::RightLittleIntermediate),
        (Name::Little, 3) => sided(B::LeftLittleDistal, B::RightLittleDistal),
        _ => None,
    }
}

/// A node's ancestors, itself first.
fn line(nodes: &[Candidate<'_>], from: u16) -> impl Iterator<Item = u16> {
    core::iter::successors(Some(from), |node| nodes[usize::from(*node)].parent)
}

/// Hips, spine, chest and neck: the line from the head down to where the legs meet.
fn spine(nodes: &[Candidate<'_>], bones: &mut [Option<u16>; Bone::COUNT]) {
    let get = |bones: &[Option<u16>; Bone::COUNT], bone: Bone| bones[bone as usize];
    let (Some(left), Some(right)) = (get(bones, Bone::LeftUpperLeg), get(bones, Bone::RightUpperLeg)) else {
        return;
    };
    let arm = get(bones, Bone::LeftShoulder).or(get(bones, Bone::LeftUpperArm));
    let Some(arm) = arm else { return };
    let above = |node: u16, of: u16| line(nodes, of).skip(1).any(|other| other == node);
    // Where both legs and an arm come together.
    let meeting = line(nodes, left)
        .skip(1)
        .find(|node| above(*node, right) && above(*node, arm));
    let named =
        get(bones, Bone::Hips).filter(|hips| [left, right, arm].iter().all(|limb| above(*hips, *limb)));
    let Some(hips) = named.or(meeting) else { return };
    for place in bones.iter_mut().filter(|place| **place == Some(hips)) {
        *place = None;
    }
    bones[Bone::Hips as usize] = Some(hips);
    // Where the arms leave the spine.
    let Some(chest_top) = line(nodes, arm).skip(1).find(|node| {
        get(bones, Bone::RightShoulder)
            .or(get(bones, Bone::RightUpperArm))
            .is_none_or(|right| above(*node, right))
    }) else {
        return;
    };
    let mut trunk: Vec<u16> = line(nodes, chest_top).take_while(|node| *node != hips).collect();
    trunk.reverse();
    let taken: Vec<u16> = bones.iter().flatten().copied().collect();
    trunk.retain(|node| !taken.contains(node));
    let (spine, chest, upper) = match trunk[..] {
        [] => (None, None, None),
        [spine] => (Some(spine), None, None),
        [spine, chest] => (Some(spine), Some(chest), None),
        [spine, .., chest, upper] => (Some(spine), Some(chest), Some(upper)),
    };
    // With three in all, the first of the last two is the chest; with more, those between stay as they are.
    for (bone, node) in [
        (Bone::Spine, spine),
        (Bone::Chest, chest),
        (Bone::UpperChest, upper),
    ] {
        bones[bone as usize] = node;
    }
    let joints = || (0..nodes.len() as u16).filter(|node| nodes[usize::from(*node)].is_joint);
    if get(bones, Bone::Head).is_none() {
        // Rigify counts the neck and the head as parts of the spine: the highest of its line is the head.
        let mut top = chest_top;
        let is_limb = |node: u16| bones.contains(&Some(node));
        while let Some(next) = joints().find(|node| {
            nodes[usize::from(*node)].parent == Some(top)
                && !is_limb(*node)
                && words_of(nodes[usize::from(*node)].name)
                    .iter()
                    .any(|word| word == "spine")
        }) {
            top = next;
        }
        if top != chest_top {
            bones[Bone::Head as usize] = Some(top);
        }
    }
    if let (Some(head), None) = (get(bones, Bone::Head), get(bones, Bone::Neck)) {
        let neck = line(nodes, head)
            .skip(1)
            .take_while(|node| *node != chest_top && *node != hips)
            .find(|node| !bones.contains(&Some(*node)));
        bones[Bone::Neck as usize] = neck;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Names as a tree: deeper by leading spaces.
    fn rig(text: &str) -> (Vec<String>, Vec<Option<u16>>) {
        let mut names = Vec::new();
        let mut parents = Vec::new();
        let mut open: Vec<(usize, u16)> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let depth = line.len() - line.trim_start().len();
            open.retain(|(other, _)| *other < depth);
            parents.push(open.last().map(|(_, node)| *node));
            open.push((depth, names.len() as u16));
            names.push(line.trim().to_owned());
        }
        (names, parents)
    }

    fn found(text: &str) -> Vec<(Bone, String)> {
        let (names, parents) = rig(text);
        let nodes: Vec<_> = names
            .iter()
            .zip(parents)
            .map(|(name, parent)| Candidate {
                name,
                parent,
                is_joint: true,
            })
            .collect();
        let bones = recognise(&nodes);
        Bone::ALL
            .into_iter()
            .filter_map(|bone| Some((bone, names[usize::from(bones[bone as usize]?)].clone())))
            .collect()
    }

    fn expect(text: &str, wanted: &[(Bone, &str)]) {
        let found = found(text);
        for bone in Bone::ALL.into_iter().filter(|bone| bone.is_required()) {
            assert!(found.iter().any(|(of, _)| *of == bone), "{bone:?} in {found:?}");
        }
        for (bone, name) in wanted {
            assert!(
                found.iter().any(|(of, found)| of == bone && found == name),
                "{bone:?} is {name} in {found:?}"
            );
        }
    }

    #[test]
    fn mixamo() {
        expect(
            "
mixamorig:Hips
 mixamorig:Spine
  mixamorig:Spine1
   mixamorig:Spine2
    mixamorig:Neck
     mixamorig:Head
      mixamorig:HeadTop_End
    mixamorig:LeftShoulder
     mixamorig:LeftArm
      mixamorig:LeftForeArm
       mixamorig:LeftHand
        mixamorig:LeftHandThumb1
         mixamorig:LeftHandThumb2
        mixamorig:LeftHandIndex1
    mixamorig:RightShoulder
     mixamorig:RightArm
      mixamorig:RightForeArm
       mixamorig:RightHand
 mixamorig:LeftUpLeg
  mixamorig:LeftLeg
   mixamorig:LeftFoot
    mixamorig:LeftToeBase
     mixamorig:LeftToe_End
 mixamorig:RightUpLeg
  mixamorig:RightLeg
   mixamorig:RightFoot",
            &[
                (Bone::Chest, "mixamorig:Spine1"),
                (Bone::UpperChest, "mixamorig:Spine2"),
                (Bone::LeftLowerLeg, "mixamorig:LeftLeg"),
                (Bone::LeftUpperArm, "mixamorig:LeftArm"),
                (Bone::LeftThumbMetacarpal, "mixamorig:LeftHandThumb1"),
                (Bone::LeftIndexProximal, "mixamorig:LeftHandIndex1"),
                (Bone::LeftToes, "mixamorig:LeftToeBase"),
            ],
        );
    }

    #[test]
    fn rigify_calls_the_head_spine() {
        expect(
            "
DEF-spine
 DEF-spine.001
  DEF-spine.002
   DEF-spine.003
    DEF-spine.004
     DEF-spine.005
      DEF-spine.006
    DEF-shoulder.L
     DEF-upper_arm.L
      DEF-upper_arm.L.001
       DEF-forearm.L
        DEF-hand.L
         DEF-f_index.01.L
    DEF-shoulder.R
     DEF-upper_arm.R
      DEF-forearm.R
       DEF-hand.R
 DEF-thigh.L
  DEF-thigh.L.001
   DEF-shin.L
    DEF-foot.L
     DEF-toe.L
 DEF-thigh.R
  DEF-shin.R
   DEF-foot.R",
            &[
                (Bone::Hips, "DEF-spine"),
                (Bone::Spine, "DEF-spine.001"),
                (Bone::UpperChest, "DEF-spine.003"),
                (Bone::Head, "DEF-spine.006"),
                (Bone::Neck, "DEF-spine.005"),
                (Bone::LeftUpperArm, "DEF-upper_arm.L"),
                (Bone::LeftIndexProximal, "DEF-f_index.01.L"),
            ],
        );
    }

    #[test]
    fn unreal() {
        expect(
            "
root
 pelvis
  spine_01
   spine_02
    spine_03
     neck_01
      head
     clavicle_l
      upperarm_l
       upperarm_twist_01_l
       lowerarm_l
        hand_l
         thumb_01_l
          thumb_02_l
     clavicle_r
      upperarm_r
       lowerarm_r
        hand_r
  thigh_l
   calf_l
    foot_l
     ball_l
  thigh_r
   calf_r
    foot_r
 ik_foot_root
  ik_foot_l",
            &[
                (Bone::Hips, "pelvis"),
                (Bone::Spine, "spine_01"),
                (Bone::LeftLowerLeg, "calf_l"),
                (Bone::LeftThumbProximal, "thumb_02_l"),
            ],
        );
    }

    #[test]
    fn vroid_biped_and_knees() {
        expect(
            "
J_Bip_C_Hips
 J_Bip_C_Spine
  J_Bip_C_Chest
   J_Bip_C_Neck
    J_Bip_C_Head
   J_Bip_L_Shoulder
    J_Bip_L_UpperArm
     J_Bip_L_LowerArm
      J_Bip_L_Hand
       J_Bip_L_Little1
   J_Bip_R_Shoulder
    J_Bip_R_UpperArm
     J_Bip_R_LowerArm
      J_Bip_R_Hand
 J_Bip_L_UpperLeg
  J_Bip_L_LowerLeg
   J_Bip_L_Foot
 J_Bip_R_UpperLeg
  J_Bip_R_LowerLeg
   J_Bip_R_Foot",
            &[
                (Bone::Chest, "J_Bip_C_Chest"),
                (Bone::LeftLittleProximal, "J_Bip_L_Little1"),
            ],
        );
        expect(
            "
Hips
 Spine
  Chest
   Head
   Left shoulder
    Left arm
     Left elbow
      Left wrist
   Right shoulder
    Right arm
     Right elbow
      Right wrist
 Left leg
  Left knee
   Left ankle
 Right leg
  Right knee
   Right ankle",
            &[
                (Bone::LeftUpperLeg, "Left leg"),
                (Bone::LeftLowerLeg, "Left knee"),
                (Bone::RightHand, "Right wrist"),
            ],
        );
        expect(
            "
Bip001
 Bip001 Pelvis
  Bip001 Spine
   Bip001 Spine1
    Bip001 Neck
     Bip001 Head
     Bip001 L Clavicle
      Bip001 L UpperArm
       Bip001 L Forearm
        Bip001 L Hand
     Bip001 R Clavicle
      Bip001 R UpperArm
       Bip001 R Forearm
        Bip001 R Hand
   Bip001 L Thigh
    Bip001 L Calf
     Bip001 L Foot
   Bip001 R Thigh
    Bip001 R Calf
     Bip001 R Foot",
            &[
                (Bone::Hips, "Bip001 Pelvis"),
                (Bone::LeftShoulder, "Bip001 L Clavicle"),
            ],
        );
    }

    proptest! {
        #[test]
        fn no_names_and_no_tree_make_it_panic(
            rig in proptest::collection::vec((
                prop_oneof!["[A-Za-z0-9_.: ]{0,12}", Just("LeftArm".to_owned()), Just("head".to_owned()),
                    Just("thigh.L".to_owned()), Just("thigh.R".to_owned()), Just("hips".to_owned()),
                    Just("arm_l".to_owned()), Just("spine".to_owned())],
                any::<u16>(), any::<bool>()), 1..40)
        ) {
            let nodes: Vec<_> = rig.iter().enumerate().map(|(n, (name, parent, is_joint))| Candidate {
                name,
                parent: (n > 0).then(|| parent % n as u16),
                is_joint: *is_joint,
            }).collect();
            let bones = recognise(&nodes);
            let mut used: Vec<_> = bones.iter().flatten().collect();
            used.sort_unstable();
            let before = used.len();
            used.dedup();
            prop_assert_eq!(used.len(), before);
        }
    }
}

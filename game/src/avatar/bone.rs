//! The bones of a person, as VRM 1.0 names them.
//!
//! Invariant: a bone's parent stands before it in [`Bone::ALL`], so that one pass in this order goes from the hips
//! outwards.

macro_rules! bones {
    ($($bone:ident $name:literal $parent:ident $required:literal,)*) => {
        /// A bone of the humanoid skeleton.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Bone { $($bone,)* }

        impl Bone {
            /// Every bone, parents before children.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$bone,)*];
            /// How many there are.
            pub const COUNT: usize = [$(stringify!($bone)),*].len();

            /// Its name in VRM 1.0.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$bone => $name,)* }
            }

            /// The bone it grows from when all are there; the hips are their own.
            pub const fn parent(self) -> Self {
                match self { $(Self::$bone => Self::$parent,)* }
            }

            /// Whether nobody can do without it.
            pub const fn is_required(self) -> bool {
                match self { $(Self::$bone => $required,)* }
            }
        }
    };
}

bones! {
    Hips "hips" Hips true,
    Spine "spine" Hips true,
    Chest "chest" Spine false,
    UpperChest "upperChest" Chest false,
    Neck "neck" UpperChest false,
    Head "head" Neck true,
    LeftEye "leftEye" Head false,
    RightEye "rightEye" Head false,
    Jaw "jaw" Head false,
    LeftUpperLeg "leftUpperLeg" Hips true,
    LeftLowerLeg "leftLowerLeg" LeftUpperLeg true,
    LeftFoot "leftFoot" LeftLowerLeg true,
    LeftToes "leftToes" LeftFoot false,
    RightUpperLeg "rightUpperLeg" Hips true,
    RightLowerLeg "rightLowerLeg" RightUpperLeg true,
    RightFoot "rightFoot" RightLowerLeg true,
    RightToes "rightToes" RightFoot false,
    LeftShoulder "leftShoulder" UpperChest false,
    LeftUpperArm "leftUpperArm" LeftShoulder true,
    LeftLowerArm "leftLowerArm" LeftUpperArm true,
    LeftHand "leftHand" LeftLowerArm true,
    RightShoulder "rightShoulder" UpperChest false,
    RightUpperArm "rightUpperArm" RightShoulder true,
    RightLowerArm "rightLowerArm" RightUpperArm true,
    RightHand "rightHand" RightLowerArm true,
    LeftThumbMetacarpal "leftThumbMetacarpal" LeftHand false,
    LeftThumbProximal "leftThumbProximal" LeftThumbMetacarpal false,
    LeftThumbDistal "leftThumbDistal" LeftThumbProximal false,
    LeftIndexProximal "leftIndexProximal" LeftHand false,
    LeftIndexIntermediate "leftIndexIntermediate" LeftIndexProximal false,
    LeftIndexDistal "leftIndexDistal" LeftIndexIntermediate false,
    LeftMiddleProximal "leftMiddleProximal" LeftHand false,
    LeftMiddleIntermediate "leftMiddleIntermediate" LeftMiddleProximal false,
    LeftMiddleDistal "leftMiddleDistal" LeftMiddleIntermediate false,
    LeftRingProximal "leftRingProximal" LeftHand false,
    LeftRingIntermediate "leftRingIntermediate" LeftRingProximal false,
    LeftRingDistal "leftRingDistal" LeftRingIntermediate false,
    LeftLittleProximal "leftLittleProximal" LeftHand false,
    LeftLittleIntermediate "leftLittleIntermediate" LeftLittleProximal false,
    LeftLittleDistal "leftLittleDistal" LeftLittleIntermediate false,
    RightThumbMetacarpal "rightThumbMetacarpal" RightHand false,
    RightThumbProximal "rightThumbProximal" RightThumbMetacarpal false,
    RightThumbDistal "rightThumbDistal" RightThumbProximal false,
    RightIndexProximal "rightIndexProximal" RightHand false,
    RightIndexIntermediate "rightIndexIntermediate" RightIndexProximal false,
    RightIndexDistal "rightIndexDistal" RightIndexIntermediate false,
    RightMiddleProximal "rightMiddleProximal" RightHand false,
    RightMiddleIntermediate "rightMiddleIntermediate" RightMiddleProximal false,
    RightMiddleDistal "rightMiddleDistal" RightMiddleIntermediate false,
    RightRingProximal "rightRingProximal" RightHand false,
    RightRingIntermediate "rightRingIntermediate" RightRingProximal false,
    RightRingDistal "rightRingDistal" RightRingIntermediate false,
    RightLittleProximal "rightLittleProximal" RightHand false,
    RightLittleIntermediate "rightLittleIntermediate" RightLittleProximal false,
    RightLittleDistal "rightLittleDistal" RightLittleIntermediate false,
}

impl Bone {
    /// The bone of this VRM 1.0 name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bone| bone.name() == name)
    }

    /// The bone of this VRM 0.x name: the same but for the thumbs, which VRM 1.0 renamed.
    pub fn from_vrm0_name(name: &str) -> Option<Self> {
        match name {
            "leftThumbProximal" => Some(Self::LeftThumbMetacarpal),
            "leftThumbIntermediate" => Some(Self::LeftThumbProximal),
            "rightThumbProximal" => Some(Self::RightThumbMetacarpal),
            "rightThumbIntermediate" => Some(Self::RightThumbProximal),
            "leftThumbMetacarpal" | "rightThumbMetacarpal" => None,
            other => Self::from_name(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_stand_before_their_children() {
        for bone in Bone::ALL {
            assert!(bone == Bone::Hips || bone.parent() < bone, "{bone:?}");
            assert_eq!(Bone::from_name(bone.name()), Some(bone));
        }
        assert_eq!(
            Bone::ALL.into_iter().filter(|bone| bone.is_required()).count(),
            15
        );
    }

    #[test]
    fn the_thumbs_of_vrm_0_are_those_of_vrm_1() {
        assert_eq!(
            Bone::from_vrm0_name("leftThumbIntermediate"),
            Some(Bone::LeftThumbProximal)
        );
        assert_eq!(
            Bone::from_vrm0_name("rightThumbDistal"),
            Some(Bone::RightThumbDistal)
        );
        assert_eq!(Bone::from_vrm0_name("hips"), Some(Bone::Hips));
    }
}

//! What a VRM extension says, with the file's own indices: where VRM 0.x and 1.0 become one.

use crate::avatar::Bone;
use crate::avatar::document::{
    ColliderShape, ColourBind, FirstPerson, Follow, Kind, LookAt, LookBy, Meta, Override, Preset, RangeMap,
    UvBind,
};
use bevy::math::Vec3;

/// Before nodes are known. Nothing in here is checked against what the file has.
pub(super) struct Said {
    pub(super) kind: Kind,
    pub(super) meta: Meta,
    pub(super) thumbnail: Option<Thumbnail>,
    pub(super) bones: Vec<(Bone, usize)>,
    pub(super) expressions: Vec<SaidExpression>,
    pub(super) look_at: LookAt,
    pub(super) first_person: Vec<(Of, FirstPerson)>,
    pub(super) colliders: Vec<(usize, ColliderShape)>,
    pub(super) springs: Vec<SaidSpring>,
    pub(super) constraints: Vec<SaidConstraint>,
}

impl Said {
    /// A file without any extension for avatars.
    pub(super) fn nothing() -> Self {
        let degrees = |most| RangeMap {
            input_max_degrees: 90.0,
            most,
        };
        Self {
            kind: Kind::Plain,
            meta: Meta::default(),
            thumbnail: None,
            bones: Vec::new(),
            expressions: Vec::new(),
            // What VRM programs write when nobody changes it.
            look_at: LookAt {
                by: LookBy::Bone,
                offset: Vec3::new(0.0, 0.06, 0.0),
                inner: degrees(10.0),
                outer: degrees(10.0),
                down: degrees(10.0),
                up: degrees(10.0),
            },
            first_person: Vec::new(),
            colliders: Vec::new(),
            springs: Vec::new(),
            constraints: Vec::new(),
        }
    }
}

#[derive(Clone, Copy)]
pub(super) enum Thumbnail {
    Texture(usize),
    Image(usize),
}

/// VRM 0.x speaks of meshes, VRM 1.0 of nodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    Mesh(usize),
    Node(usize),
}

pub(super) struct SaidExpression {
    pub(super) name: String,
    pub(super) preset: Option<Preset>,
    pub(super) is_binary: bool,
    /// Blink, look-at, mouth.
    pub(super) overrides: [Override; 3],
    pub(super) morphs: Vec<SaidMorph>,
    pub(super) colours: Vec<ColourBind>,
    pub(super) uvs: Vec<UvBind>,
}

#[derive(Clone, Copy)]
pub(super) struct SaidMorph {
    pub(super) of: Of,
    pub(super) index: usize,
    pub(super) weight: f32,
}

pub(super) struct SaidSpring {
    pub(super) centre: Option<usize>,
    pub(super) colliders: Vec<usize>,
    pub(super) joints: Vec<SaidJoint>,
}

#[derive(Clone, Copy)]
pub(super) struct SaidJoint {
    pub(super) node: usize,
    pub(super) tail: Tail,
    pub(super) radius: f32,
    pub(super) stiffness: f32,
    pub(super) gravity_power: f32,
    pub(super) gravity_dir: Vec3,
    pub(super) drag: f32,
}

/// Where the end of a swinging node is.
#[derive(Clone, Copy)]
pub(super) enum Tail {
    /// At this node.
    Node(usize),
    /// At the first child, and everything below swings as well (VRM 0.x).
    Below,
}

#[derive(Clone, Copy)]
pub(super) struct SaidConstraint {
    pub(super) node: usize,
    pub(super) source: usize,
    pub(super) weight: f32,
    pub(super) follow: Follow,
}

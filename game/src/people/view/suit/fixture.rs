//! Documents for tests, by hand.

use crate::avatar::Bone;
use crate::avatar::document::{
    AvatarDocument, AvatarMaterial, AvatarNode, Expression, FirstPerson, Humanoid, Kind, LookAt, LookBy,
    Meta, Meter, Morph, Override, Part, Preset, RangeMap, Springs,
};
use bevy::math::{Quat, Vec3};

/// Nodes in a line, each so far from the one before; the first is the root.
pub(super) fn chain(offsets: &[Vec3]) -> AvatarDocument {
    let nodes = offsets
        .iter()
        .enumerate()
        .map(|(index, offset)| AvatarNode {
            name: String::new(),
            parent: (index as u16).checked_sub(1),
            translation: *offset,
            rotation: Quat::IDENTITY,
            scale: Vec3::ONE,
        })
        .collect();
    let map = RangeMap {
        input_max_degrees: 90.0,
        most: 10.0,
    };
    AvatarDocument {
        hash: [0; 32],
        kind: Kind::Vrm1,
        meta: Meta::default(),
        nodes,
        humanoid: Humanoid {
            bones: [None; Bone::COUNT],
            hips_height: 1.0,
            height: 1.7,
            eye_height: 1.5,
        },
        skins: Vec::new(),
        parts: Vec::new(),
        materials: vec![AvatarMaterial::default()],
        pictures: Vec::new(),
        expressions: Vec::new(),
        springs: Springs::default(),
        constraints: Vec::new(),
        look_at: LookAt {
            by: LookBy::Bone,
            offset: Vec3::ZERO,
            inner: map,
            outer: map,
            down: map,
            up: map,
        },
        meter: Meter::default(),
        warnings: Vec::new(),
    }
}

/// An expression that does nothing yet.
pub(super) fn face(preset: Preset) -> Expression {
    Expression {
        name: format!("{preset:?}"),
        preset: Some(preset),
        is_binary: false,
        override_blink: Override::None,
        override_look_at: Override::None,
        override_mouth: Override::None,
        morphs: Vec::new(),
        colours: Vec::new(),
        uvs: Vec::new(),
    }
}

/// A triangle with so many forms.
pub(super) fn part(forms: usize) -> Part {
    let morph = Morph {
        name: String::new(),
        positions: vec![[0.0; 3], [0.0, 0.5, 0.0], [0.0; 3]],
        normals: Vec::new(),
    };
    Part {
        name: String::new(),
        node: 0,
        skin: None,
        positions: vec![[0.0; 3]; 3],
        normals: vec![[0.0, 1.0, 0.0]; 3],
        uvs: Vec::new(),
        colours: Vec::new(),
        joints: Vec::new(),
        weights: Vec::new(),
        indices: vec![0, 1, 2],
        material: 0,
        morphs: vec![morph; forms],
        first_person: FirstPerson::Auto,
        of_head: false,
    }
}

/// A body of one triangle with two forms.
pub(super) fn formed() -> AvatarDocument {
    let mut document = chain(&[Vec3::ZERO]);
    document.parts = vec![part(2)];
    document
}

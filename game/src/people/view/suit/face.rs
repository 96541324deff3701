//! Faces: how far each expression of a document is there, what that does to shapes and colours, and where eyes turn.
//! Pure.
//!
//! Flow: [`Showing`] (what somebody's body does now) → [`weigh`] → [`Forms`] of the shapes, and `paint` of surfaces.
//! Invariant: weights are 0..1 whatever the file says; a face that forbids blinking, looking or speaking is obeyed.

use crate::avatar::document::{
    AvatarDocument, ColourOf, Expression, LookAt, LookBy, Override, Preset, RangeMap,
};
use bevy::math::{Affine2, Quat, Vec2, Vec3, Vec4};
use bevy::prelude::*;

use super::cloth::placing;
use super::toon::Paint;

/// What a body's face does now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Showing {
    /// 0 at ease, 1 laughing.
    pub(super) joy: f32,
    /// 0 shut, 1 as wide as somebody speaks.
    pub(super) talk: f32,
    /// 0 open, 1 shut.
    pub(super) blink: f32,
    /// Of the eyes against the head as `motion` has it, radians: left and up are positive.
    pub(super) eyes: Vec2,
}

/// What the motion's eyes are turned by at most, and what an author's numbers count on for that: they say how eyes
/// turn for something that is so far aside, and a person who glances looks at something about 40° away.
const GLANCE_DEGREES: f32 = 40.0;
const MOST_EYES: f32 = 0.22;

/// Where one looks against the head, degrees: left and up.
fn glance(eyes: Vec2) -> Vec2 {
    (eyes / MOST_EYES).clamp(Vec2::NEG_ONE, Vec2::ONE) * GLANCE_DEGREES
}

/// How far each expression is there.
pub(super) fn weigh(document: &AvatarDocument, showing: &Showing, weights: &mut Vec<f32>) {
    let faces = &document.expressions;
    weights.clear();
    weights.resize(faces.len(), 0.0);
    let has = |preset: Preset| faces.iter().any(|face| face.preset == Some(preset));
    let glad = [Preset::Happy, Preset::Relaxed, Preset::Aa]
        .into_iter()
        .find(|preset| has(*preset));
    let look = glance(showing.eyes);
    let by_face = document.look_at.by == LookBy::Expression;
    let look_at = &document.look_at;
    let part = |map: &RangeMap, degrees: f32| if by_face { map.map(degrees) } else { 0.0 };
    // Who has no glad face laughs with an open mouth.
    let laughs = if glad == Some(Preset::Aa) {
        showing.joy * 0.6
    } else {
        0.0
    };
    for (face, weight) in faces.iter().zip(weights.iter_mut()) {
        let wanted = match face.preset {
            Some(Preset::Aa) => laughs.max(showing.talk),
            Some(preset) if Some(preset) == glad => showing.joy,
            Some(Preset::Blink) => showing.blink,
            Some(Preset::BlinkLeft | Preset::BlinkRight) if !has(Preset::Blink) => showing.blink,
            Some(Preset::LookLeft) => part(&look_at.outer, look.x),
            Some(Preset::LookRight) => part(&look_at.outer, -look.x),
            Some(Preset::LookUp) => part(&look_at.up, look.y),
            Some(Preset::LookDown) => part(&look_at.down, -look.y),
            _ => 0.0,
        };
        let wanted = if wanted.is_finite() {
            wanted.clamp(0.0, 1.0)
        } else {
            0.0
        };
        *weight = if face.is_binary {
            f32::from(wanted > 0.5)
        } else {
            wanted
        };
    }
    let left = [
        left_for(faces, weights, Kind::Blink, |face| face.override_blink),
        left_for(faces, weights, Kind::Look, |face| face.override_look_at),
        left_for(faces, weights, Kind::Mouth, |face| face.override_mouth),
    ];
    for (face, weight) in faces.iter().zip(weights.iter_mut()) {
        if let Some(kind) = kind(face) {
            let left = left[kind as usize];
            // Half of a face that is there or not is not there.
            *weight *= if face.is_binary && left < 1.0 { 0.0 } else { left };
        }
    }
}

/// What other faces may take back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blink,
    Look,
    Mouth,
}

fn kind(face: &Expression) -> Option<Kind> {
    Some(match face.preset? {
        Preset::Blink | Preset::BlinkLeft | Preset::BlinkRight => Kind::Blink,
        Preset::LookUp | Preset::LookDown | Preset::LookLeft | Preset::LookRight => Kind::Look,
        Preset::Aa | Preset::Ih | Preset::Ou | Preset::Ee | Preset::Oh => Kind::Mouth,
        _ => return None,
    })
}

/// How much of a kind is left by the faces that override it.
fn left_for(faces: &[Expression], weights: &[f32], of: Kind, says: impl Fn(&Expression) -> Override) -> f32 {
    let taken: f32 = faces
        .iter()
        .zip(weights)
        .filter(|(face, _)| kind(face) != Some(of))
        .map(|(face, weight)| match says(face) {
            Override::Block => f32::from(*weight > 0.0),
            Override::Blend => *weight,
            Override::None => 0.0,
        })
        .sum();
    (1.0 - taken).clamp(0.0, 1.0)
}

/// Adds up the forms of all parts: by part, by its form.
pub(super) fn forms(document: &AvatarDocument, weights: &[f32], out: &mut Vec<Vec<f32>>) {
    out.resize(document.parts.len(), Vec::new());
    for (forms, part) in out.iter_mut().zip(&document.parts) {
        forms.clear();
        forms.resize(part.morphs.len(), 0.0);
    }
    for (face, weight) in document.expressions.iter().zip(weights) {
        if *weight <= 0.0 {
            continue;
        }
        for bind in &face.morphs {
            let form = out
                .get_mut(usize::from(bind.part))
                .and_then(|forms| forms.get_mut(usize::from(bind.morph)));
            if let Some(form) = form {
                *form = (*form + weight * bind.weight).clamp(0.0, 1.0);
            }
        }
    }
}

/// Materials that some face paints.
pub(super) fn painted(document: &AvatarDocument) -> Vec<u16> {
    let faces = document.expressions.iter();
    let mut painted: Vec<u16> = faces
        .flat_map(|face| {
            let colours = face.colours.iter().map(|bind| bind.material);
            colours.chain(face.uvs.iter().map(|bind| bind.material))
        })
        .filter(|material| usize::from(*material) < document.materials.len())
        .collect();
    painted.sort_unstable();
    painted.dedup();
    painted
}

/// Paints a surface as the faces have it.
pub(super) fn paint(
    document: &AvatarDocument,
    weights: &[f32],
    material: u16,
    surface: &mut StandardMaterial,
    toon: Option<&mut Paint>,
) {
    let Some(data) = document.materials.get(usize::from(material)) else {
        return;
    };
    let mixed = |of: ColourOf, rest: [f32; 4]| {
        let mut colour = Vec4::from_array(rest);
        for (face, weight) in document.expressions.iter().zip(weights) {
            for bind in face
                .colours
                .iter()
                .filter(|bind| bind.material == material && bind.of == of)
            {
                colour += (Vec4::from_array(bind.target) - Vec4::from_array(rest)) * *weight;
            }
        }
        colour.max(Vec4::ZERO)
    };
    let [red, green, blue, alpha] = mixed(ColourOf::Base, data.base_colour).to_array();
    surface.base_color = Color::linear_rgba(red, green, blue, alpha.min(1.0));
    let solid = |[red, green, blue]: [f32; 3]| [red, green, blue, 1.0];
    let [red, green, blue, _] = mixed(ColourOf::Emission, solid(data.emissive)).to_array();
    surface.emissive = LinearRgba::rgb(red, green, blue);
    let rest = data.base_texture.map_or(([1.0; 2], 0.0, [0.0; 2]), |texture| {
        (texture.scale, texture.rotation, texture.offset)
    });
    let (mut scale, mut offset) = (Vec2::from_array(rest.0), Vec2::from_array(rest.2));
    for (face, weight) in document.expressions.iter().zip(weights) {
        for bind in face.uvs.iter().filter(|bind| bind.material == material) {
            scale += (Vec2::from_array(bind.scale) - Vec2::from_array(rest.0)) * *weight;
            offset += (Vec2::from_array(bind.offset) - Vec2::from_array(rest.2)) * *weight;
        }
    }
    let moved = placing(scale.to_array(), rest.1, offset.to_array());
    surface.uv_transform = if moved.is_finite() {
        moved
    } else {
        Affine2::IDENTITY
    };
    if let (Some(toon), Some(mtoon)) = (toon, &data.mtoon) {
        let lay = |slot: &mut Vec4, of: ColourOf, rest: [f32; 3]| {
            *slot = mixed(of, solid(rest)).truncate().extend(slot.w);
        };
        lay(&mut toon.shade, ColourOf::Shade, mtoon.shade_colour);
        lay(&mut toon.rim, ColourOf::Rim, mtoon.rim_colour);
        lay(&mut toon.outline, ColourOf::Outline, mtoon.outline_colour);
        if mtoon.matcap_texture.is_some() {
            lay(&mut toon.matcap, ColourOf::Matcap, mtoon.matcap_colour);
        }
    }
}

/// How an eye is turned from looking straight ahead, in the axes of the body.
pub(super) fn eye(look_at: &LookAt, eyes: Vec2, left: bool) -> Quat {
    if look_at.by != LookBy::Bone {
        return Quat::IDENTITY;
    }
    let look = glance(eyes);
    // Away from the nose is to the left for the left eye.
    let outward = (look.x > 0.0) == left;
    let aside = if outward { &look_at.outer } else { &look_at.inner };
    let yaw = aside.map(look.x.abs()) * look.x.signum();
    let up = if look.y > 0.0 { &look_at.up } else { &look_at.down };
    let pitch = up.map(look.y.abs()) * look.y.signum();
    let turn = Quat::from_rotation_y(yaw.to_radians()) * Quat::from_axis_angle(Vec3::X, pitch.to_radians());
    if turn.is_finite() { turn } else { Quat::IDENTITY }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
#[path = "face_tests.rs"]
mod tests;

//! What VRM adds to the JSON of glTF, and ways to take things out of it that are never surprised.
//!
//! Programs write these extensions with numbers as text, −1 for "none" and lists that are null: each value is taken
//! if it is what it should be and is otherwise not there. Every number that comes out is finite.

use super::limits::{MAX_NAME_CHARS, MAX_NUMBER};
use crate::gltf::json::List;
use crate::world::shown;
use bevy::math::Vec3;
use serde::Deserialize;
use serde_json::Value;

/// The second look at the file's JSON, beside [`crate::gltf::json::Root`].
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Extra {
    pub(super) extensions: Value,
    pub(super) nodes: List<Extended>,
    pub(super) meshes: List<MeshExtra>,
    pub(super) materials: List<Extended>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Extended {
    pub(super) extensions: Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct MeshExtra {
    pub(super) extras: Value,
    pub(super) primitives: List<PrimitiveExtra>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PrimitiveExtra {
    pub(super) extras: Value,
}

/// The entries of a list, or none.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A number of a size that a body can have.
pub(super) fn number(value: &Value) -> Option<f32> {
    let number = value.as_f64()? as f32;
    (number.is_finite() && number.abs() <= MAX_NUMBER).then_some(number)
}

/// A number in a range.
pub(super) fn ranged(value: &Value, otherwise: f32, least: f32, most: f32) -> f32 {
    number(value).unwrap_or(otherwise).clamp(least, most)
}

/// An index; −1 is none.
pub(super) fn index(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}

/// A list of exactly these many numbers, or more.
pub(super) fn vector<const N: usize>(value: &Value) -> Option<[f32; N]> {
    let list = list(value);
    let mut out = [0.0; N];
    for (at, out) in out.iter_mut().enumerate() {
        *out = number(list.get(at)?)?;
    }
    Some(out)
}

/// A colour as the file has it.
pub(super) fn colour(value: &Value) -> Option<[f32; 3]> {
    vector::<3>(value).map(|rgb| rgb.map(|v| v.clamp(0.0, 100.0)))
}

/// `{x, y, z}` of Unity, whose z points the other way.
pub(super) fn unity_vector(value: &Value) -> Option<Vec3> {
    let of = |key: &str| number(&value[key]);
    Some(Vec3::new(of("x")?, of("y")?, -of("z")?))
}

/// A text fit to be shown.
pub(super) fn text(value: &Value) -> String {
    shown_name(value.as_str().unwrap_or_default())
}

/// A name fit to be shown: short, one line, nothing that turns the reading direction.
pub(super) fn shown_name(raw: &str) -> String {
    let cut = raw
        .char_indices()
        .nth(MAX_NAME_CHARS)
        .map_or(raw, |(at, _)| &raw[..at]);
    shown(cut.trim())
}

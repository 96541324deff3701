//! Between several things at once: what holds a body that touches none of them where one could stand, and which way
//! it still moves.
//!
//! Flow: `slide` got nowhere → [`squeeze`]; `land` met something too steep → [`settle`]. Both look at everything
//! that is near at the same time, where a sweep sees only what is met first.
//! Invariants: nothing here goes deeper into anything than the body was before; one stands only where the steepest
//! way down is one that could be walked.

use super::ride::HAIR_METRES;
use super::{BodyState, GAP_METRES, Ground, SKIN_METRES, SNAP_METRES, Stature, WALKABLE_NORMAL_Y};
use bevy::math::Vec3;

/// Something near a body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contact {
    /// Unit, away from what is near.
    pub normal: Vec3,
    /// Metres between the two; below zero the body is that deep inside.
    pub distance: f32,
}

/// What is nearer than this is in the way of [`squeeze`], metres.
const NEAR_METRES: f32 = 2.0 * SKIN_METRES;
/// What is nearer than this holds a body up, metres: the skin, and what rounding makes of it.
const HOLDS_METRES: f32 = SKIN_METRES + 0.004;
const _: () = assert!(HOLDS_METRES < GAP_METRES);
/// Steps of [`squeeze`], metres: a twentieth of the thinnest that a body could get through unnoticed, its width.
const INCH_METRES: f32 = 0.03;
/// How exactly depths are found, metres.
const ROUNDING_METRES: f32 = 5e-4;
/// A wall that leans less than this is upright (sine of the angle): rounding leans more than nothing.
const UPRIGHT: f32 = 0.02;

/// The rest of a motion that sweeps found no way for, along everything that is near; `speed` was the body's before.
pub(super) fn squeeze(state: &mut BodyState, motion: Vec3, speed: Vec3, ground: &impl Ground) {
    let near = ground.contacts(state.position, state.stature, NEAR_METRES);
    if near.len() < 2 {
        return; // along one thing a sweep finds its way
    }
    let planes: Vec<Vec3> = near
        .iter()
        .map(|contact| wall(contact.normal, state.grounded))
        .collect();
    let way = within(motion, &planes);
    let steps = (way.length() / INCH_METRES).ceil().clamp(1.0, 8.0);
    let deep = depth(&near);
    let mut went = false;
    for _ in 0..steps as usize {
        let there = state.position + way / steps;
        if depth(&ground.contacts(there, state.stature, SKIN_METRES)) > deep + ROUNDING_METRES {
            break;
        }
        state.position = there;
        went = true;
    }
    if went {
        state.velocity = within(speed, &planes);
    }
}

/// What of a surface is in the way: on foot a steep face is a wall, and does not lift.
fn wall(normal: Vec3, grounded: bool) -> Vec3 {
    let steep = (0.0..WALKABLE_NORMAL_Y).contains(&normal.y);
    if steep && (grounded || normal.y < UPRIGHT) {
        normal.with_y(0.0).normalize_or(normal)
    } else {
        normal
    }
}

/// Whether a body would be in something, by more than sweeps and contacts disagree.
pub(super) fn is_inside(feet: Vec3, stature: Stature, ground: &impl Ground) -> bool {
    depth(&ground.contacts(feet, stature, 0.0)) > SKIN_METRES
}

/// How deep inside of the deepest.
fn depth(near: &[Contact]) -> f32 {
    near.iter().map(|contact| -contact.distance).fold(0.0, f32::max)
}

/// Down to where something holds the body, if that is near: whether it stands there, on what slope. For bodies that
/// met something too steep on their way down.
pub(super) fn settle(state: &mut BodyState, was_grounded: bool, ground: &impl Ground) -> Option<Vec3> {
    let mut lower = *state;
    if was_grounded {
        sink(&mut lower, ground);
        let deep = |body: &BodyState| depth(&ground.contacts(body.position, body.stature, 0.0));
        if deep(&lower) > deep(state) + ROUNDING_METRES {
            lower = *state; // a sweep that began by touching did not see it
        }
    }
    let (normal, floor) = held(&lower, ground)?;
    // Feet keep the gap.
    let up = Vec3::Y * (GAP_METRES - floor.unwrap_or(GAP_METRES)).max(0.0);
    if ground.sweep(lower.position, lower.stature, up, 0.0).is_none() {
        lower.position += up;
    }
    state.position = lower.position;
    Some(normal)
}

/// Straight down, and along what is too steep to stand on, to the first thing that is not.
fn sink(state: &mut BodyState, ground: &impl Ground) {
    let mut planes = Vec::new();
    let mut left = Vec3::NEG_Y * SNAP_METRES;
    while planes.len() < 4 && left.y < -1e-4 {
        let Some(touch) = ground.sweep(state.position, state.stature, left, SKIN_METRES) else {
            state.position += left;
            return;
        };
        state.position += left * touch.fraction;
        if touch.normal.y >= WALKABLE_NORMAL_Y {
            return;
        }
        // A hair away, or an upright wall is met again and again.
        state.position += touch.normal * HAIR_METRES;
        planes.push(wall(touch.normal, false));
        left = within(left * (1.0 - touch.fraction), &planes);
    }
}

/// Upwards from what holds a body, where the steepest way down is flat enough to stand on, and how far away the floor
/// is, if there is one. On one surface the steepest way down is its own slope; between two it is their common line.
fn held(state: &BodyState, ground: &impl Ground) -> Option<(Vec3, Option<f32>)> {
    let mut near = ground.contacts(state.position, state.stature, GAP_METRES + HAIR_METRES * 4.0);
    let is_floor = |contact: &Contact| contact.normal.y >= WALKABLE_NORMAL_Y;
    near.retain(|contact| is_floor(contact) || contact.distance < HOLDS_METRES);
    let floor = near.iter().filter(|contact| is_floor(contact));
    let floor = floor.map(|contact| contact.distance).min_by(f32::total_cmp);
    let planes: Vec<Vec3> = near.iter().map(|contact| wall(contact.normal, false)).collect();
    let down = within(Vec3::NEG_Y, &planes);
    let steepness = down.length();
    if steepness > (1.0 - WALKABLE_NORMAL_Y * WALKABLE_NORMAL_Y).sqrt() {
        return None;
    }
    let along = down.normalize_or_zero();
    Some(((Vec3::Y - along * along.y).try_normalize()?, floor))
}

/// The nearest to `v` that points into none of the planes.
fn within(v: Vec3, planes: &[Vec3]) -> Vec3 {
    let tolerance = 1e-3 * v.length();
    let free = |v: Vec3| planes.iter().all(|plane| v.dot(*plane) >= -tolerance);
    if free(v) {
        return v;
    }
    let along_one = planes.iter().map(|plane| v - *plane * v.dot(*plane).min(0.0));
    let along_two = planes.iter().enumerate().flat_map(|(n, plane)| {
        planes[..n].iter().map(|other| {
            let crease = plane.cross(*other).normalize_or_zero();
            crease * v.dot(crease)
        })
    });
    along_one
        .chain(along_two)
        .filter(|v| free(*v))
        .min_by(|a, b| a.distance_squared(v).total_cmp(&b.distance_squared(v)))
        .unwrap_or(Vec3::ZERO)
}

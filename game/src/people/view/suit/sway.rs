//! What swings on a body: hair, skirts, tails, as `VRMC_springBone` has it. Pure.
//!
//! Flow: each frame the body's pose and place → [`Sway::advance`] steps the ends of what swings, [`STEP_SECS`] at a
//! time, through the way the body has gone since the last frame → turns of those nodes in the pose.
//! Invariants: the same at every frame rate, because steps have one length; every end is always at its length from
//! where it hangs, so nothing a file says throws it far; what is no number any more hangs as it rests.

use crate::avatar::document::{AvatarDocument, ColliderShape};
use bevy::math::{Quat, Vec3};

/// Springs were made to be stepped by players at 60 frames a second, and their stiffness counts on it.
pub(super) const STEP_SECS: f32 = 1.0 / 60.0;
/// Steps in a frame; what is missing on a slow machine is not made up for.
const MOST_STEPS: u32 = 10;
/// A body that is farther than this from where it was has not gone there, metres.
const TELEPORT_METRES: f32 = 3.0;
/// After so long without being moved one starts anew: nothing is known of the way, seconds.
const FORGET_SECS: f32 = 0.5;

/// Where something is, in its parent or in the world: moved, turned, scaled. Shear is left out: bodies have none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) at: Vec3,
    pub(super) turn: Quat,
    pub(super) scale: Vec3,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            at: Vec3::ZERO,
            turn: Quat::IDENTITY,
            scale: Vec3::ONE,
        }
    }
}

impl Place {
    pub(super) fn point(&self, point: Vec3) -> Vec3 {
        self.at + self.turn * (self.scale * point)
    }

    fn point_inverse(&self, point: Vec3) -> Vec3 {
        self.turn.inverse() * (point - self.at) / self.scale
    }

    pub(super) fn then(&self, child: &Self) -> Self {
        Self {
            at: self.point(child.at),
            turn: (self.turn * child.turn).normalize(),
            scale: self.scale * child.scale,
        }
    }

    fn mix(&self, other: &Self, part: f32) -> Self {
        Self {
            at: self.at.lerp(other.at, part),
            turn: self.turn.slerp(other.turn, part),
            scale: other.scale,
        }
    }
}

/// Where all nodes are in the world; `pose` is what they are in their parents.
pub(super) fn places(document: &AvatarDocument, pose: &[Place], body: Place) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::with_capacity(document.nodes.len());
    for (node, own) in document.nodes.iter().zip(pose) {
        let above = node.parent.and_then(|parent| places.get(usize::from(parent)));
        places.push(above.unwrap_or(&body).then(own));
    }
    places
}

/// Something that swings.
#[derive(Clone, Debug)]
struct Strand {
    node: usize,
    parent: usize,
    /// How it hangs at rest.
    rest: Quat,
    /// To its end, in its own space, and the direction of that.
    tail: Vec3,
    axis: Vec3,
    radius: f32,
    stiffness: f32,
    /// Metres a second.
    pull: Vec3,
    keeps: f32,
    centre: Option<usize>,
    /// Begin and end in [`Sway::bumped`].
    bumps: (usize, usize),
    /// Where its end is and was a step ago: in the world, or in the space of its centre.
    end: [Vec3; 2],
    /// From where it hangs to its end, now and a step ago, unit length.
    way: [Vec3; 2],
}

/// A collider in the world.
#[derive(Clone, Copy, Debug)]
enum Bump {
    /// Ends of a line, radius, whether one stays within.
    Line(Vec3, Vec3, f32, bool),
    Plane(Vec3, Vec3),
}

/// Everything on a body that swings.
#[derive(Clone, Debug, Default)]
pub(super) struct Sway {
    /// Parents before children.
    strands: Vec<Strand>,
    /// By node: it swings, or hangs on what does.
    hangs: Vec<bool>,
    /// Indices of nodes that hang, parents first, and the strand of those that swing.
    line: Vec<(usize, Option<usize>)>,
    /// Indices into the document's colliders, by strand.
    bumped: Vec<u16>,
    /// Where all nodes were at the end of the last frame; empty before the first.
    before: Vec<Place>,
    /// Seconds since the last step.
    left: f32,
    /// Since when it has been at rest: its turns are written already.
    resting: bool,
}

impl Sway {
    pub(super) fn new(document: &AvatarDocument) -> Self {
        let mut sway = Self {
            hangs: vec![false; document.nodes.len()],
            ..Self::default()
        };
        for spring in &document.springs.springs {
            let begin = sway.bumped.len();
            sway.bumped.extend(
                spring
                    .colliders
                    .iter()
                    .filter(|index| usize::from(**index) < document.springs.colliders.len()),
            );
            let bumps = (begin, sway.bumped.len());
            for joint in &spring.joints {
                let node = usize::from(joint.node);
                let Some((rest, parent)) = document
                    .nodes
                    .get(node)
                    .and_then(|node| Some((node.rotation, node.parent?)))
                else {
                    continue;
                };
                let Some(axis) = joint.tail.try_normalize() else {
                    continue;
                };
                if sway.hangs[node] {
                    continue; // once is enough
                }
                sway.hangs[node] = true;
                sway.strands.push(Strand {
                    node,
                    parent: usize::from(parent),
                    rest,
                    tail: joint.tail,
                    axis,
                    radius: joint.radius,
                    stiffness: joint.stiffness,
                    pull: joint.gravity_dir * joint.gravity_power,
                    keeps: 1.0 - joint.drag.clamp(0.0, 1.0),
                    centre: spring
                        .centre
                        .map(usize::from)
                        .filter(|node| *node < document.nodes.len()),
                    bumps,
                    end: [Vec3::ZERO; 2],
                    way: [Vec3::NEG_Y; 2],
                });
            }
        }
        sway.strands.sort_by_key(|strand| strand.node);
        let mut strand_of = vec![None; document.nodes.len()];
        for (index, strand) in sway.strands.iter().enumerate() {
            strand_of[strand.node] = Some(index);
        }
        for (node, about) in document.nodes.iter().enumerate() {
            sway.hangs[node] |= about.parent.is_some_and(|parent| sway.hangs[usize::from(parent)]);
            if sway.hangs[node] {
                sway.line.push((node, strand_of[node]));
            }
        }
        sway
    }

    /// What a step costs: pairs of ends and what they may touch.
    pub(super) fn cost(&self) -> usize {
        self.strands
            .iter()
            .map(|strand| 2 + strand.bumps.1 - strand.bumps.0)
            .sum()
    }

    /// Nodes whose turns change.
    pub(super) fn nodes(&self) -> impl Iterator<Item = usize> {
        self.strands.iter().map(|strand| strand.node)
    }

    /// Hangs as it rests, and begins anew when it is next moved.
    pub(super) fn rest(&mut self, pose: &mut [Place]) {
        if self.resting {
            return;
        }
        self.resting = true;
        self.before.clear();
        for strand in &self.strands {
            pose[strand.node].turn = strand.rest;
        }
    }

    /// Time passes, `secs` of it, in which the body went from where it was to `body`; turns what swings in `pose`.
    pub(super) fn advance(&mut self, document: &AvatarDocument, body: Place, pose: &mut [Place], secs: f32) {
        if self.strands.is_empty() {
            return;
        }
        let secs = if secs.is_finite() { secs.max(0.0) } else { 0.0 };
        let now = places(document, pose, body);
        let jumped = match (self.before.first(), now.first()) {
            (Some(before), Some(now)) => {
                let way = before.at.distance(now.at);
                way.is_nan() || way >= TELEPORT_METRES
            }
            _ => true,
        };
        self.resting = false;
        if jumped || secs > FORGET_SECS {
            self.begin(document, &now, pose);
        } else {
            let already = self.left;
            self.left += secs;
            let steps = (self.left / STEP_SECS) as u32; // at most 30
            self.left -= steps as f32 * STEP_SECS;
            for step in steps.saturating_sub(MOST_STEPS)..steps {
                let when = (step + 1) as f32 * STEP_SECS - already;
                let part = if secs > 0.0 {
                    (when / secs).clamp(0.0, 1.0)
                } else {
                    1.0
                };
                self.step(document, &now, pose, part);
            }
        }
        self.turn(&now, pose);
        self.before = now;
    }

    /// At rest where the body is now.
    fn begin(&mut self, document: &AvatarDocument, now: &[Place], pose: &[Place]) {
        self.left = 0.0;
        let mut placed = now.to_vec();
        for (node, strand) in &self.line {
            let own = strand.map_or(pose[*node].turn, |strand| self.strands[strand].rest);
            let above = document.nodes[*node]
                .parent
                .map_or(Place::default(), |parent| placed[usize::from(parent)]);
            placed[*node] = above.then(&Place {
                turn: own,
                ..pose[*node]
            });
        }
        for strand in &mut self.strands {
            let place = placed[strand.node];
            let end = place.point(strand.tail);
            let end = strand
                .centre
                .map_or(end, |centre| placed[centre].point_inverse(end));
            strand.end = [end; 2];
            strand.way = [(place.turn * strand.axis).normalize_or(Vec3::NEG_Y); 2];
        }
    }

    /// One step, at a moment between the last frame and this one.
    fn step(&mut self, document: &AvatarDocument, now: &[Place], pose: &[Place], part: f32) {
        let mut placed: Vec<Option<Place>> = vec![None; now.len()];
        let before = &self.before;
        let moment = |node: usize| before[node].mix(&now[node], part);
        // Colliders that hang on what swings are a step late, as in every player that steps in the file's order.
        let bumps: Vec<Bump> = document
            .springs
            .colliders
            .iter()
            .map(|collider| bump(&collider.shape, &moment(usize::from(collider.node))))
            .collect();
        for (node, strand) in &self.line {
            let (node, parent) = (*node, document.nodes[*node].parent);
            let above = parent.map(usize::from).map_or(Place::default(), |parent| {
                placed[parent].unwrap_or_else(|| moment(parent))
            });
            let mut own = pose[node];
            if let Some(strand) = strand.map(|strand| &mut self.strands[strand]) {
                own.turn = strand.rest;
                let rest = above.then(&own);
                let rest_way = (rest.turn * strand.axis).normalize_or(Vec3::NEG_Y);
                let length = (rest.scale * strand.tail).length();
                let centre = strand
                    .centre
                    .map(|centre| placed[centre].unwrap_or_else(|| moment(centre)));
                let [end, last] = strand
                    .end
                    .map(|end| centre.map_or(end, |centre| centre.point(end)));
                let on = end
                    + (end - last) * strand.keeps
                    + rest_way * (strand.stiffness * STEP_SECS)
                    + strand.pull * STEP_SECS;
                let mut way = (on - rest.at).normalize_or(rest_way);
                let radius = strand.radius * rest.scale.abs().max_element();
                for index in &self.bumped[strand.bumps.0..strand.bumps.1] {
                    let next = pushed(rest.at + way * length, radius, &bumps[usize::from(*index)]);
                    way = (next - rest.at).normalize_or(way);
                }
                let next = rest.at + way * length;
                let kept = centre.map_or(next, |centre| centre.point_inverse(next));
                let was = centre.map_or(end, |centre| centre.point_inverse(end));
                if way.is_finite() && kept.is_finite() && was.is_finite() {
                    strand.end = [kept, was];
                    strand.way = [way, strand.way[0]];
                } else {
                    let end = rest.at + rest_way * length;
                    strand.end = [end; 2];
                    strand.way = [if rest_way.is_finite() {
                        rest_way
                    } else {
                        Vec3::NEG_Y
                    }; 2];
                }
                own.turn = swung(strand, &above, strand.way[0]);
            }
            placed[node] = Some(above.then(&own));
        }
    }

    /// Turns nodes to where their ends are now, between the last two steps.
    fn turn(&self, now: &[Place], pose: &mut [Place]) {
        let mut placed = now.to_vec();
        let part = (self.left / STEP_SECS).clamp(0.0, 1.0);
        for (node, strand) in &self.line {
            // A node that hangs has a parent: the root of all does not swing.
            let Some(strand) = strand.map(|strand| &self.strands[strand]) else {
                continue;
            };
            let above = placed[strand.parent];
            let way = strand.way[1]
                .lerp(strand.way[0], part)
                .normalize_or(strand.way[0]);
            pose[*node].turn = swung(strand, &above, way);
            placed[*node] = above.then(&pose[*node]);
        }
    }
}

/// The turn in its parent after which a strand points this way.
fn swung(strand: &Strand, above: &Place, way: Vec3) -> Quat {
    let rest = (above.turn * strand.rest).normalize();
    let rest_way = (rest * strand.axis).normalize_or(way);
    let turn = above.turn.inverse() * Quat::from_rotation_arc(rest_way, way) * rest;
    if turn.is_finite() {
        turn.normalize()
    } else {
        strand.rest
    }
}

fn bump(shape: &ColliderShape, place: &Place) -> Bump {
    let wide = place.scale.abs().max_element();
    match *shape {
        ColliderShape::Sphere {
            offset,
            radius,
            inside,
        } => {
            let at = place.point(offset);
            Bump::Line(at, at, radius * wide, inside)
        }
        ColliderShape::Capsule {
            offset,
            tail,
            radius,
            inside,
        } => Bump::Line(place.point(offset), place.point(tail), radius * wide, inside),
        ColliderShape::Plane { offset, normal } => {
            Bump::Plane(place.point(offset), (place.turn * normal).normalize_or(Vec3::Y))
        }
    }
}

/// An end that does not go into something.
fn pushed(end: Vec3, own_radius: f32, bump: &Bump) -> Vec3 {
    match *bump {
        Bump::Line(from, to, radius, inside) => {
            let along = to - from;
            let part = (end - from).dot(along) / along.length_squared();
            let nearest = if part.is_finite() {
                from + along * part.clamp(0.0, 1.0)
            } else {
                from
            };
            let off = end - nearest;
            let metres = off.length();
            let too_near = if inside {
                metres + own_radius - radius
            } else {
                radius + own_radius - metres
            };
            if too_near <= 0.0 {
                return end;
            }
            let out = off.normalize_or(Vec3::Y) * if inside { -1.0 } else { 1.0 };
            end + out * too_near
        }
        Bump::Plane(at, normal) => {
            let below = own_radius - (end - at).dot(normal);
            if below > 0.0 { end + normal * below } else { end }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
#[path = "sway_tests.rs"]
mod tests;

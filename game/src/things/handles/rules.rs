//! Handles as geometry: where they lie in the picture, which one is meant, and what dragging one does.
//!
//! Flow: [`Lens`] (the camera) and [`Frame`] (what is held) → [`lines`] → [`hit`] → [`Drag`] → [`Motion`] → [`Motion::of`] a place.
//! Invariants: pure; a drag back to where it began does nothing; what snaps ends on the grid whatever it began on; no
//! motion leads out of what a world takes.

use bevy::math::{Dir3, Quat, Vec2, Vec3};
use core::f32::consts::{PI, TAU};
use holm_document::Part;
use holm_document::part::Place;

/// What the handles do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::things) enum Tool {
    #[default]
    Move,
    Turn,
    Size,
}

/// One of the handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::things) enum Grip {
    /// Along it, or about it.
    Axis(usize),
    /// Along the other two.
    Plane(usize),
    /// Along the picture; in all directions.
    Middle,
}

/// The grid that things snap to, metres, and the angle, degrees.
pub(in crate::things) const GRID_METRES: f32 = 0.25;
pub(in crate::things) const GRID_DEGREES: f32 = 15.0;
/// How long handles are, points.
const LENGTH: f32 = 88.0;
/// Where the handles of two axes begin and end, of that.
const PLANE: (f32, f32) = (0.28, 0.48);
/// Handles are not dragged farther than this at once, metres.
const FARTHEST_METRES: f32 = 500.0;
/// Points that are drawn for twice the size.
const DOUBLE_POINTS: f32 = 140.0;
/// Corners of a ring.
const RING: usize = 48;

/// The camera as it projects, in points of the picture, y down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::things) struct Lens {
    pub eye: Vec3,
    pub rotation: Quat,
    /// Height of the picture at 1 m, metres.
    pub height: f32,
    pub min: Vec2,
    pub size: Vec2,
}

impl Lens {
    /// Points of the picture for a metre at 1 m.
    fn points(&self) -> f32 {
        self.size.y / self.height.max(1e-3)
    }

    /// `None`: it is behind the eye.
    pub(in crate::things) fn project(&self, at: Vec3) -> Option<Vec2> {
        let local = self.rotation.inverse() * (at - self.eye);
        (local.z < -0.02).then(|| {
            let flat = Vec2::new(local.x, -local.y) / -local.z;
            self.min + self.size * 0.5 + flat * self.points()
        })
    }

    /// From the eye through a point of the picture.
    pub(in crate::things) fn ray(&self, at: Vec2) -> (Vec3, Dir3) {
        let flat = (at - self.min - self.size * 0.5) / self.points();
        let along = self.rotation * Vec3::new(flat.x, -flat.y, -1.0);
        (self.eye, Dir3::new(along).unwrap_or(Dir3::NEG_Z))
    }

    fn forward(&self) -> Vec3 {
        self.rotation * Vec3::NEG_Z
    }

    /// Metres that a point of the picture is, at that distance.
    pub(in crate::things) fn metres_a_point(&self, at: Vec3) -> f32 {
        (at - self.eye).dot(self.forward()).max(0.05) / self.points()
    }
}

/// Where the handles are, and which way they point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::things) struct Frame {
    pub at: Vec3,
    pub turn: Quat,
    /// How large what is held is, metres.
    pub size: Vec3,
    /// Several things: they grow together, or not at all.
    pub several: bool,
}

impl Frame {
    pub(in crate::things) fn axis(&self, axis: usize) -> Vec3 {
        self.turn * Vec3::AXES[axis % 3]
    }
}

/// A handle as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::things) struct Line {
    pub grip: Grip,
    pub points: Vec<Vec2>,
}

/// All handles of a tool that are seen, in the picture.
pub(in crate::things) fn lines(tool: Tool, frame: &Frame, lens: &Lens) -> Vec<Line> {
    let length = LENGTH * lens.metres_a_point(frame.at);
    let seen = |grip: Grip, corners: &[Vec3]| {
        let points: Option<Vec<Vec2>> = corners.iter().map(|corner| lens.project(*corner)).collect();
        points.map(|points| Line { grip, points })
    };
    let mut all = Vec::new();
    for axis in 0..3 {
        let along = frame.axis(axis);
        let (next, last) = (frame.axis(axis + 1), frame.axis(axis + 2));
        match tool {
            Tool::Move | Tool::Size => {
                all.extend(seen(
                    Grip::Axis(axis),
                    &[frame.at + along * length * 0.12, frame.at + along * length],
                ));
            }
            Tool::Turn => {
                let ring: Vec<Vec3> = (0..=RING)
                    .map(|at| {
                        let (sin, cos) = (TAU * at as f32 / RING as f32).sin_cos();
                        frame.at + (next * cos + last * sin) * length
                    })
                    .collect();
                all.extend(seen(Grip::Axis(axis), &ring));
            }
        }
        // Seen from its edge, a plane is none.
        let from = (frame.at - lens.eye).normalize_or_zero();
        if tool == Tool::Move && from.dot(along).abs() > 0.12 {
            let corner = |a: f32, b: f32| frame.at + (next * a + last * b) * length;
            let (near, far) = PLANE;
            all.extend(seen(
                Grip::Plane(axis),
                &[
                    corner(near, near),
                    corner(far, near),
                    corner(far, far),
                    corner(near, far),
                    corner(near, near),
                ],
            ));
        }
    }
    if tool != Tool::Turn {
        all.extend(seen(Grip::Middle, &[frame.at]));
    }
    all
}

/// The handle that is meant at this point: within so many points of it.
pub(in crate::things) fn hit(lines: &[Line], at: Vec2, within: f32) -> Option<Grip> {
    let far = |line: &Line| match (line.grip, line.points.as_slice()) {
        (Grip::Plane(_), corners) if inside(corners, at) => 0.0,
        (_, [one]) => one.distance(at) - 4.0,
        (_, points) => points
            .windows(2)
            .map(|pair| from_line(at, pair[0], pair[1]))
            .fold(f32::MAX, f32::min),
    };
    lines
        .iter()
        .map(|line| (far(line), line.grip))
        .filter(|(far, _)| *far <= within)
        .min_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, grip)| grip)
}

fn from_line(at: Vec2, a: Vec2, b: Vec2) -> f32 {
    let along = b - a;
    let part = ((at - a).dot(along) / along.length_squared().max(1e-6)).clamp(0.0, 1.0);
    at.distance(a + along * part)
}

fn inside(corners: &[Vec2], at: Vec2) -> bool {
    let mut sides = corners
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).perp_dot(at - pair[0]));
    let first = sides.next().unwrap_or(0.0);
    first != 0.0 && sides.all(|side| side * first > 0.0)
}

/// What is done to all that is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::things) enum Motion {
    Moved(Vec3),
    /// About what holds the handles.
    Turned(Quat),
    /// Along each thing's own directions; of several from what holds the handles.
    Sized(Vec3),
}

impl Motion {
    pub(in crate::things) const NONE: Self = Self::Moved(Vec3::ZERO);

    /// Where something is afterwards. `None`: no world takes that.
    pub(in crate::things) fn of(self, about: Vec3, place: &Place) -> Option<Place> {
        let at = Vec3::from_array(place.position);
        let rotation = Quat::from_array(place.rotation);
        let mut after = *place;
        match self {
            Self::Moved(by) => after.position = (at + by).to_array(),
            Self::Turned(turn) => {
                after.position = (about + turn * (at - about)).to_array();
                after.rotation = (turn * rotation).normalize().to_array();
            }
            Self::Sized(factor) => {
                // Only one that stands in the middle grows more in one direction than in another.
                let even = factor.x;
                after.position = (about + (at - about) * even).to_array();
                after.scale = (Vec3::from_array(place.scale) * factor).to_array();
            }
        }
        Part::from(after).check().is_ok().then_some(after)
    }
}

/// A drag under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::things) struct Drag {
    pub tool: Tool,
    pub grip: Grip,
    pub frame: Frame,
    from: Vec2,
    /// Radians so far, and where the pointer was then: more than once around is possible.
    turned: f32,
    last: Vec2,
}

/// How far along a line, from `at`, it is nearest to a ray.
fn along_line(at: Vec3, line: Vec3, (from, ray): (Vec3, Dir3)) -> Option<f32> {
    let between = at - from;
    let b = line.dot(*ray);
    let room = 1.0 - b * b;
    let far = (b * ray.dot(between) - line.dot(between)) / room;
    // Almost along the look, a point of the picture is the whole line.
    (room > 1e-3 && far.abs() < FARTHEST_METRES).then_some(far)
}

fn on_plane(at: Vec3, normal: Vec3, (from, ray): (Vec3, Dir3)) -> Option<Vec3> {
    let falls = ray.dot(normal);
    let far = (at - from).dot(normal) / falls;
    (falls.abs() > 1e-3 && far > 0.0 && far < FARTHEST_METRES).then(|| from + *ray * far)
}

/// To the next step.
pub(in crate::things) fn snapped(value: f32, step: f32) -> f32 {
    (value / step).round() * step
}

impl Drag {
    pub(in crate::things) fn new(tool: Tool, grip: Grip, frame: Frame, from: Vec2) -> Self {
        Self {
            tool,
            grip,
            frame,
            from,
            turned: 0.0,
            last: from,
        }
    }

    /// What it does now that the pointer is there. `None`: there is nothing of it to be seen from here.
    pub(in crate::things) fn to(&mut self, lens: &Lens, to: Vec2, snap: bool) -> Option<Motion> {
        if to == self.from && self.turned == 0.0 {
            self.last = to;
            return Some(Motion::NONE);
        }
        match self.tool {
            Tool::Move => self.moved(lens, to, snap).map(Motion::Moved),
            Tool::Turn => self.turned(lens, to, snap).map(Motion::Turned),
            Tool::Size => self.sized(lens, to, snap).map(Motion::Sized),
        }
    }

    fn moved(&self, lens: &Lens, to: Vec2, snap: bool) -> Option<Vec3> {
        let (frame, began, now) = (&self.frame, lens.ray(self.from), lens.ray(to));
        let by = match self.grip {
            Grip::Axis(axis) => {
                let line = frame.axis(axis);
                line * (along_line(frame.at, line, now)? - along_line(frame.at, line, began)?)
            }
            Grip::Plane(_) | Grip::Middle => {
                let normal = match self.grip {
                    Grip::Plane(axis) => frame.axis(axis),
                    _ => lens.forward(),
                };
                on_plane(frame.at, normal, now)? - on_plane(frame.at, normal, began)?
            }
        };
        if !snap {
            return Some(by);
        }
        let own = frame.turn.inverse() * by;
        // Along the world's directions it ends on the world's grid; along others it goes whole steps.
        let worldly = frame.turn.abs_diff_eq(Quat::IDENTITY, 1e-5);
        let moves = |axis: usize| match self.grip {
            Grip::Axis(of) => of == axis,
            Grip::Plane(of) => of != axis,
            Grip::Middle => true,
        };
        let mut snapped_by = Vec3::ZERO;
        for axis in (0..3).filter(|axis| moves(*axis)) {
            let from = if worldly { frame.at[axis] } else { 0.0 };
            snapped_by[axis] = snapped(from + own[axis], GRID_METRES) - from;
        }
        Some(frame.turn * snapped_by)
    }

    fn turned(&mut self, lens: &Lens, to: Vec2, snap: bool) -> Option<Quat> {
        let middle = lens.project(self.frame.at)?;
        let Grip::Axis(axis) = self.grip else {
            return None;
        };
        let angle = |at: Vec2| f32::atan2(middle.y - at.y, at.x - middle.x);
        if to.distance(middle) > 2.0 {
            let step = angle(to) - angle(self.last);
            self.turned += (step + PI).rem_euclid(TAU) - PI;
            self.last = to;
        }
        let axis = self.frame.axis(axis);
        // Anticlockwise in the picture, as seen from where the axis points to.
        let facing = axis.dot(self.frame.at - lens.eye) < 0.0;
        let turned = if facing { self.turned } else { -self.turned };
        let turned = if snap {
            snapped(turned, GRID_DEGREES.to_radians())
        } else {
            turned
        };
        Some(Quat::from_axis_angle(axis, turned))
    }

    fn sized(&self, lens: &Lens, to: Vec2, snap: bool) -> Option<Vec3> {
        let frame = &self.frame;
        let fit = |size: f32, factor: f32| {
            let factor = factor.clamp(0.01, 100.0);
            if snap && size > 0.0 {
                snapped(size * factor, GRID_METRES).max(GRID_METRES) / size
            } else {
                factor
            }
        };
        match self.grip {
            Grip::Axis(axis) => {
                let line = frame.axis(axis);
                let began = along_line(frame.at, line, lens.ray(self.from))?;
                let now = along_line(frame.at, line, lens.ray(to))?;
                if began.abs() < 1e-4 {
                    return None;
                }
                if frame.several {
                    return Some(Vec3::splat(fit(frame.size.max_element(), now / began)));
                }
                let mut factor = Vec3::ONE;
                factor[axis] = fit(frame.size[axis], now / began);
                Some(factor)
            }
            Grip::Plane(_) | Grip::Middle => {
                let drawn = to - self.from;
                let factor = ((drawn.x - drawn.y) / DOUBLE_POINTS).exp2();
                Some(Vec3::splat(fit(frame.size.max_element(), factor)))
            }
        }
    }
}

/// Whether a point lies in the rectangle between two others.
pub(in crate::things) fn within(a: Vec2, b: Vec2, at: Vec2) -> bool {
    at.cmpge(a.min(b)).all() && at.cmple(a.max(b)).all()
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

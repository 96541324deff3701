//! Where things are, for whoever points at them.
//!
//! Flow: [`Built`] → what changed → a grid → a ray looks into the cells it goes through.
//! Invariants: what is found is what a look at each thing would find; a look costs what is near the ray, however much there
//! is elsewhere.

use super::forms::{self, Form};
use super::view::transform;
use super::{Built, Things};
use bevy::prelude::*;
use holm_document::part::Shape;
use holm_document::rules::seen_at;
use holm_document::{Part, PartKind, State as Document, ThingId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A side of a cell, metres: most of what people build is smaller.
const CELL_METRES: f32 = 8.0;
/// What reaches farther from its middle than this is looked at each time. A ray is sampled twice a cell, so that a middle is
/// within a cell of the nearest sample, and its cell beside that of the sample.
const LARGE_METRES: f32 = CELL_METRES * 0.75;
/// What has no form of its own is taken for a block of so many metres.
const FORMLESS_METRES: f32 = 0.3;
/// How thick a picture or a writing is taken for, metres.
const FLAT_METRES: f32 = 0.04;
/// How wide a letter is taken for, of the height of its line.
const LETTER: f32 = 0.55;

/// A thing as it is pointed at: a block, and the form within it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Block {
    /// Its scale is the block's size, metres.
    pub at: Transform,
    pub shape: Option<Shape>,
    /// The physics engine knows it.
    pub solid: bool,
}

impl Block {
    /// `None`: there is nothing to point at.
    pub(crate) fn of(state: &Document, id: ThingId) -> Option<Self> {
        let thing = state.thing(id)?;
        let mut at = transform(&seen_at(state, id)?);
        let (shape, size) = measure(thing.parts().iter().map(|held| &held.part), at.scale)?;
        at.scale = size;
        let form = shape.is_some() || super::files::solid(thing).is_some();
        let solid = form && thing.part(PartKind::Body).is_some();
        Some(Self { at, shape, solid })
    }

    fn reach(&self) -> f32 {
        self.at.scale.length() * 0.5
    }

    /// Where a ray enters it, and the side's normal.
    fn touched(&self, forms: &[Form], from: Vec3, along: Vec3) -> Option<(f32, Vec3)> {
        let (far, normal) = through(from, along, &self.at)?;
        match self.shape {
            None | Some(Shape::Box) => Some((far, normal)),
            Some(shape) => touched(forms.get(shape as usize)?, &self.at, from, along),
        }
    }
}

/// The form of a thing of these parts, and how large its block is, metres. `None`: nothing of it is seen or heard.
pub(super) fn measure<'a>(
    parts: impl Iterator<Item = &'a Part>,
    scale: Vec3,
) -> Option<(Option<Shape>, Vec3)> {
    let mut shape = None;
    let mut size = None;
    for part in parts {
        match part {
            Part::Shape(of) => (shape, size) = (Some(*of), Some(scale)),
            // What it fills is what its place says.
            Part::Model(_) | Part::Picture(_) if shape.is_none() => size = Some(scale),
            Part::Writing(writing) if shape.is_none() => {
                let rows = writing.text.lines().count().max(1) as f32;
                let letters = writing.text.lines().map(|line| line.chars().count()).max();
                let wide = letters.unwrap_or(1).clamp(1, 40) as f32 * LETTER;
                let flat = Vec3::new(wide, rows, 0.0) * writing.line_metres * scale.y;
                size = Some(flat + Vec3::Z * FLAT_METRES);
            }
            Part::Lamp(_) | Part::Sound(_) => {
                size = size.or(Some(scale.min(Vec3::splat(FORMLESS_METRES))));
            }
            _ => {}
        }
    }
    Some((shape, size?))
}

/// What a ray met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Touch {
    pub metres: f32,
    pub normal: Vec3,
    pub thing: ThingId,
}

/// See the module.
#[derive(Resource, Debug)]
pub(crate) struct Index {
    blocks: BTreeMap<ThingId, Block>,
    cells: HashMap<IVec3, Vec<ThingId>>,
    large: BTreeSet<ThingId>,
    forms: Vec<Form>,
    /// Counts what happened to things.
    pub(super) revision: u64,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            blocks: BTreeMap::new(),
            cells: HashMap::new(),
            large: BTreeSet::new(),
            forms: forms::ALL.into_iter().map(forms::of).collect(),
            revision: 0,
        }
    }
}

fn cell(at: Vec3) -> IVec3 {
    (at / CELL_METRES).floor().as_ivec3()
}

impl Index {
    fn put(&mut self, id: ThingId, block: Option<Block>) {
        if self.blocks.get(&id) == block.as_ref() {
            return;
        }
        if let Some(old) = self.blocks.remove(&id)
            && !self.large.remove(&id)
        {
            let cell = cell(old.at.translation);
            if let Some(there) = self.cells.get_mut(&cell) {
                there.retain(|other| *other != id);
                if there.is_empty() {
                    self.cells.remove(&cell);
                }
            }
        }
        let Some(block) = block else { return };
        if block.reach() > LARGE_METRES {
            self.large.insert(id);
        } else {
            self.cells.entry(cell(block.at.translation)).or_default().push(id);
        }
        self.blocks.insert(id, block);
    }

    /// Everything that can be pointed at.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (ThingId, &Block)> {
        self.blocks.iter().map(|(id, block)| (*id, block))
    }

    pub(crate) fn get(&self, id: ThingId) -> Option<&Block> {
        self.blocks.get(&id)
    }

    /// What may lie on a ray.
    fn near_ray(&self, from: Vec3, along: Vec3, reach: f32) -> BTreeSet<ThingId> {
        let mut near = self.large.clone();
        let steps = (reach / (CELL_METRES * 0.5)).ceil() as i32;
        let mut seen: BTreeSet<[i32; 3]> = BTreeSet::new();
        for step in 0..=steps {
            let middle = cell(from + along * (step as f32 * CELL_METRES * 0.5));
            for (x, y, z) in
                (-1..=1).flat_map(|x| (-1..=1).flat_map(move |y| (-1..=1).map(move |z| (x, y, z))))
            {
                let cell = middle + IVec3::new(x, y, z);
                if seen.insert(cell.to_array())
                    && let Some(there) = self.cells.get(&cell)
                {
                    near.extend(there);
                }
            }
        }
        near
    }

    /// The first thing on a ray that is `wanted`.
    pub(crate) fn cast(
        &self,
        from: Vec3,
        along: Dir3,
        reach: f32,
        wanted: impl Fn(ThingId, &Block) -> bool,
    ) -> Option<Touch> {
        let touch = |thing: ThingId| {
            let block = self.blocks.get(&thing).filter(|block| wanted(thing, block))?;
            let (metres, normal) = block.touched(&self.forms, from, *along)?;
            (metres < reach).then_some(Touch {
                metres,
                normal,
                thing,
            })
        };
        let near = self.near_ray(from, *along, reach);
        near.into_iter()
            .filter_map(touch)
            .min_by(|a, b| a.metres.total_cmp(&b.metres))
    }
}

pub(super) fn know(mut built: MessageReader<Built>, things: Res<Things>, mut index: ResMut<Index>) {
    let Some(change) = super::changed(&mut built, &things) else {
        return;
    };
    for (id, state) in change.of(index.blocks.keys().copied()) {
        let block = state.and_then(|state| Block::of(state, id));
        index.put(id, block);
    }
    index.revision += 1;
}

/// Where a ray enters a block, and the side's normal.
fn through(from: Vec3, along: Vec3, at: &Transform) -> Option<(f32, Vec3)> {
    let back = at.rotation.inverse();
    let (start, way) = (back * (from - at.translation), back * along);
    let half = at.scale * 0.5;
    let (mut enters, mut leaves, mut side) = (0.0f32, f32::MAX, None);
    for axis in 0..3 {
        if way[axis].abs() < 1e-6 {
            if start[axis].abs() > half[axis] {
                return None;
            }
            continue;
        }
        let (a, b) = (
            (-half[axis] - start[axis]) / way[axis],
            (half[axis] - start[axis]) / way[axis],
        );
        if a.min(b) > enters {
            enters = a.min(b);
            let mut normal = Vec3::ZERO;
            normal[axis] = -way[axis].signum();
            side = Some(normal);
        }
        leaves = leaves.min(a.max(b));
    }
    // Whoever stands within it does not look at it.
    side.filter(|_| enters <= leaves)
        .map(|normal| (enters, at.rotation * normal))
}

/// The same of a form: one looks through the hole of a ring.
fn touched(form: &Form, at: &Transform, from: Vec3, along: Vec3) -> Option<(f32, Vec3)> {
    let back = at.rotation.inverse();
    let scale = at.scale.max(Vec3::splat(1e-4));
    // The way is not made 1 long: what is measured along it are metres of the world.
    let (start, way) = (back * (from - at.translation) / scale, back * along / scale);
    let corner = |index: u32| form.positions.get(index as usize).copied();
    let mut nearest: Option<(f32, Vec3)> = None;
    for [a, b, c] in &form.triangles {
        let (Some(a), Some(b), Some(c)) = (corner(*a), corner(*b), corner(*c)) else {
            continue;
        };
        let (ab, ac) = (b - a, c - a);
        let normal = ab.cross(ac);
        let facing = -way.dot(normal);
        if facing <= 0.0 {
            continue; // seen from inside
        }
        let (to, turned) = (start - a, way.cross(start - a));
        let (far, u, v) = (to.dot(normal), -ac.dot(turned), ab.dot(turned));
        if far < 0.0 || u < 0.0 || v < 0.0 || u + v > facing {
            continue;
        }
        let far = far / facing;
        if nearest.is_none_or(|(nearest, _)| far < nearest) {
            nearest = Some((far, (at.rotation * (normal / scale)).normalize_or(Vec3::Y)));
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use holm_document::PersonNo;
    use proptest::prelude::*;

    fn block(at: Vec3, size: Vec3, shape: Shape) -> Block {
        Block {
            at: Transform::from_translation(at).with_scale(size),
            shape: Some(shape),
            solid: false,
        }
    }

    fn id(serial: u32) -> ThingId {
        ThingId {
            maker: PersonNo(0),
            serial,
        }
    }

    #[test]
    fn a_ray_meets_the_side_that_faces_it() {
        let at = Transform::from_xyz(0.0, 0.0, -5.0);
        let (far, normal) = through(Vec3::ZERO, Vec3::NEG_Z, &at).unwrap_or_default();
        assert!((far - 4.5).abs() < 1e-5 && normal == Vec3::Z, "{far} {normal}");
        assert_eq!(through(Vec3::ZERO, Vec3::Z, &at), None);
        assert_eq!(through(Vec3::new(0.0, 0.0, -5.0), Vec3::NEG_Z, &at), None);
    }

    #[test]
    fn one_looks_through_a_ring_and_past_the_edge_of_a_ball() {
        let forms = Index::default().forms;
        let look = |shape, x: f32| {
            let mut at = block(Vec3::new(0.0, 0.0, -5.0), Vec3::splat(2.0), shape);
            at.at.rotate_x(core::f32::consts::FRAC_PI_2);
            at.touched(&forms, Vec3::new(x, 0.0, 0.0), Vec3::NEG_Z)
        };
        assert_eq!(look(Shape::Ring, 0.0), None);
        assert!(look(Shape::Ring, 0.75).is_some());
        let (far, normal) = look(Shape::Ball, 0.0).unwrap_or_default();
        assert!((far - 4.0).abs() < 0.05 && normal.z > 0.95, "{far} {normal}");
        assert_eq!(look(Shape::Ball, 0.99).map(|(far, _)| far > 4.5), Some(true));
        assert_eq!(look(Shape::Cone, 0.95).map(|(far, _)| far > 5.8), Some(true));
    }

    proptest! {
        #[test]
        fn a_ray_finds_what_a_look_at_every_thing_finds(
            things in prop::collection::vec(
                (prop::array::uniform3(-40.0f32..40.0), prop::array::uniform3(0.1f32..9.0), 0usize..7), 1..60),
            from in prop::array::uniform3(-40.0f32..40.0),
            along in prop::array::uniform3(-1.0f32..1.0),
            reach in 1.0f32..60.0,
            gone in prop::collection::vec(0u32..60, 0..9),
        ) {
            let Ok(along) = Dir3::new(Vec3::from_array(along)) else { return Ok(()) };
            let from = Vec3::from_array(from);
            let mut index = Index::default();
            for (serial, (at, size, shape)) in (0..).zip(&things) {
                let block = block(Vec3::from_array(*at), Vec3::from_array(*size), forms::ALL[*shape]);
                index.put(id(serial), Some(block));
            }
            for serial in gone {
                index.put(id(serial), None);
            }
            let all = index
                .iter()
                .filter_map(|(_, block)| block.touched(&index.forms, from, *along))
                .map(|(far, _)| far)
                .filter(|far| *far < reach)
                .min_by(f32::total_cmp);
            prop_assert_eq!(index.cast(from, along, reach, |_, _| true).map(|touch| touch.metres), all);
        }
    }
}

//! The building hand: what one holds, where it would stand, and what one looks at.
//!
//! Flow: the panel (`ui`) or a key fills the [`Hand`] → `aim` follows the view → a ghost stands where it would be put →
//! pressing puts it down: a [`Build`].
//! Invariants: with something in hand one walks on; Escape puts it away; nothing changes before it is put down.

use super::bodies::Solid;
use super::choice::Choice;
use super::handles::rules::{GRID_DEGREES, GRID_METRES};
use super::index::{Block, Index, measure};
use super::motion::rules::loose_body;
use super::view::{PLAIN, Stock, material, transform};
use super::{Build, NotBuilt, Things};
use crate::body::camera::{CameraSystems, MainCamera};
use crate::customs;
use crate::input::actions::Doing;
use crate::input::hands::Hands;
use crate::people::Me;
use crate::people::view::EYE_HEIGHT;
use crate::screens::{Panel, Pointer, ScreenSystems, Screens, in_world};
use crate::session::SessionPhase;
use avian3d::prelude::{SpatialQuery, SpatialQueryFilter};
use bevy::light::NotShadowCaster;
use bevy::prelude::*;
use holm_document::arrange::{Chosen, root, with_below};
use holm_document::part::{Body, Lamp, Paint, Place, Shape, Writing};
use holm_document::rules::seen_at;
use holm_document::{Act, Part, PartKind, Refusal, State as Document, ThingId, limits};

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Hand>().init_resource::<Index>().add_systems(
        Update,
        (
            choose.after(ScreenSystems::Choose),
            (super::index::know, aim, ghost)
                .chain()
                .after(CameraSystems::Follow),
        ),
    );
}

/// How far away something is put or picked up, metres from the eyes.
const REACH_METRES: f32 = 12.0;
/// Where there is nothing to put it on, it floats this far away, metres.
const FLOATS_METRES: f32 = 4.0;
/// How solid a ghost is drawn.
const GHOST_ALPHA: f32 = 0.55;

/// What the next new thing is like.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    pub shape: Shape,
    pub paint: Paint,
    /// Metres across.
    pub size: f32,
    /// One bumps into it.
    pub solid: bool,
    /// It lights what is around it.
    pub lights: bool,
    /// It falls, rolls and is thrown.
    pub loose: bool,
    /// What is written on it.
    pub text: String,
    /// It has no form: only what is written is seen.
    pub bare: bool,
}

impl Default for Design {
    fn default() -> Self {
        Self {
            shape: Shape::Box,
            paint: PLAIN,
            size: 1.0,
            solid: true,
            lights: false,
            loose: false,
            text: String::new(),
            bare: false,
        }
    }
}

impl Design {
    fn parts(&self) -> Vec<Part> {
        let text = customs::writing(&self.text);
        if self.bare && !text.is_empty() {
            let line_metres = self.size * OF_LINE;
            return vec![Part::Paint(self.paint), Writing { text, line_metres }.into()];
        }
        let mut parts = vec![Part::Shape(self.shape), Part::Paint(self.paint)];
        if !text.is_empty() {
            parts.push(written_on(text, Vec3::splat(self.size)).into());
        }
        if self.lights {
            parts.push(lamp(self.paint, self.size).into());
        }
        if self.loose {
            parts.push(loose_body(self.shape, Vec3::splat(self.size)).into());
        } else if self.solid {
            parts.push(STANDING.into());
        }
        parts
    }
}

/// Height of a line of writing that stands alone, of the size of what is put down.
const OF_LINE: f32 = 0.25;

/// What is written on something of this size: in lines as high as there is room for, an eighth of its height at most.
pub(super) fn written_on(text: String, scale: Vec3) -> Writing {
    let rows = text.lines().count().max(1) as f32;
    let letters = text
        .lines()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(1)
        .max(1) as f32;
    let by_height = scale.y * 0.8 / rows;
    let by_width = scale.x * 1.5 / letters;
    // A long line is broken rather than written too small to be read.
    let least = scale.y / 12.0;
    Writing {
        text,
        line_metres: by_height.min(by_width.max(least)).clamp(0.01, 10.0),
    }
}

/// What something of this colour and so many metres across shines like: a lantern at 0.3 m, a lamp post's head at 1 m.
pub(super) fn lamp(paint: Paint, metres: f32) -> Lamp {
    let [red, green, blue, _] = paint.colour;
    Lamp {
        colour: [red, green, blue],
        lumens: (LUMENS_A_METRE * metres).clamp(10.0, limits::LAMP_LUMENS),
        reach_metres: (REACH_A_METRE * metres.sqrt()).clamp(2.0, 30.0),
        cone_degrees: None,
    }
}

/// Of a lamp, for each metre of its size; and how far it reaches.
const LUMENS_A_METRE: f32 = 40_000.0;
const REACH_A_METRE: f32 = 12.0;

/// What others bump into, and nothing moves.
pub(super) const STANDING: Body = Body {
    moves: false,
    mass_kg: 10.0,
    friction: 0.6,
    bounce: 0.1,
};

/// What is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Holding {
    #[default]
    Nothing,
    /// A new thing of these parts, and another one after it.
    New {
        parts: Vec<Part>,
        scale: Vec3,
        rotation: Quat,
    },
    /// Nothing: things are chosen, one after the other, by walking up to them.
    Choosing,
    /// A thing that is there already is put somewhere else.
    Moved {
        thing: ThingId,
        scale: Vec3,
        rotation: Quat,
    },
}

#[derive(Resource, Debug)]
pub struct Hand {
    pub design: Design,
    /// Things snap to a grid and to angles.
    pub snap: bool,
    holding: Holding,
    /// Which way one looked when it was taken, radians about +y: it turns with whoever holds it.
    taken_yaw: Option<f32>,
    /// The thing in the middle of the picture, the one it hangs on.
    pub(super) looked_at: Option<ThingId>,
    /// Where what is held would stand, and how large it is.
    at: Option<Place>,
    size: Vec3,
}

impl Default for Hand {
    fn default() -> Self {
        Self {
            design: Design::default(),
            snap: true,
            holding: Holding::default(),
            taken_yaw: None,
            looked_at: None,
            at: None,
            size: Vec3::ONE,
        }
    }
}

impl Hand {
    pub fn is_empty(&self) -> bool {
        self.holding == Holding::Nothing
    }

    /// Whether a new thing with this part is in it.
    pub(super) fn holds(&self, part: &Part) -> bool {
        matches!(&self.holding, Holding::New { parts, .. } if parts.contains(part))
    }

    /// Takes a new thing.
    pub fn take_new(&mut self, screens: &mut Screens) {
        let holding = Holding::New {
            parts: self.design.parts(),
            scale: if self.design.bare && !self.design.text.trim().is_empty() {
                Vec3::ONE
            } else {
                Vec3::splat(self.design.size)
            },
            rotation: Quat::IDENTITY,
        };
        self.take(holding, screens);
    }

    /// Takes something that shows a file, of this size and turned to whoever takes it.
    pub(super) fn take_file(&mut self, part: Part, scale: Vec3, rotation: Quat, screens: &mut Screens) {
        let mut parts = vec![part];
        if self.design.solid {
            parts.push(STANDING.into());
        }
        let holding = Holding::New {
            parts,
            scale,
            rotation,
        };
        self.take(holding, screens);
    }

    /// Takes another one like this.
    pub fn take_copy(&mut self, state: &Document, id: ThingId, screens: &mut Screens) {
        let (Some(thing), Some(seen)) = (state.thing(id), seen_at(state, id)) else {
            return;
        };
        let own = [PartKind::Place, PartKind::Attach, PartKind::Lock];
        let parts = thing.parts().iter().map(|held| held.part.clone());
        let holding = Holding::New {
            parts: parts.filter(|part| !own.contains(&part.kind())).collect(),
            scale: Vec3::from_array(seen.scale),
            rotation: Quat::from_array(seen.rotation).normalize(),
        };
        self.take(holding, screens);
    }

    /// Takes this one, to put it somewhere else.
    pub fn take_up(&mut self, state: &Document, thing: ThingId, screens: &mut Screens) {
        let Some(seen) = seen_at(state, thing) else { return };
        let holding = Holding::Moved {
            thing,
            scale: Vec3::from_array(seen.scale),
            rotation: Quat::from_array(seen.rotation).normalize(),
        };
        self.take(holding, screens);
    }

    /// Walks on to choose things.
    pub fn choose(&mut self, screens: &mut Screens) {
        self.take(Holding::Choosing, screens);
    }

    /// Whether things are chosen by walking up to them.
    pub fn is_choosing(&self) -> bool {
        self.holding == Holding::Choosing
    }

    fn take(&mut self, holding: Holding, screens: &mut Screens) {
        self.holding = holding;
        self.taken_yaw = None;
        self.at = None;
        screens.close(Panel::Build);
        screens.open(Panel::Hand);
    }

    fn moved(&self) -> Option<ThingId> {
        match &self.holding {
            Holding::Moved { thing, .. } => Some(*thing),
            _ => None,
        }
    }

    /// The wish that puts down what is held.
    fn put(&self, things: &Things) -> Option<Vec<Act>> {
        let place = self.at?;
        match &self.holding {
            Holding::Nothing | Holding::Choosing => None,
            Holding::New { parts, .. } => {
                let thing = things.next_thing()?;
                let mut all = vec![Part::Place(place)];
                all.extend(parts.iter().cloned());
                Some(vec![Act::Make { thing, parts: all }])
            }
            Holding::Moved { thing, .. } => {
                let seen = things.state()?.thing(*thing)?.held(PartKind::Place)?.since;
                Some(vec![Act::Set {
                    thing: *thing,
                    part: place.into(),
                    seen: Some(seen),
                }])
            }
        }
    }
}

/// Keys open the panel, put down and take back.
pub(super) fn choose(
    hands: Res<Hands>,
    mouse: Res<ButtonInput<MouseButton>>,
    pointer: Res<Pointer>,
    phase: Res<State<SessionPhase>>,
    things: Res<Things>,
    mut screens: ResMut<Screens>,
    mut hand: ResMut<Hand>,
    mut choice: ResMut<Choice>,
    mut build: MessageWriter<Build>,
    mut gone: MessageWriter<NotBuilt>,
    mut held: Local<bool>,
) {
    // A click that takes the pointer puts nothing down.
    let pointed = std::mem::replace(&mut *held, pointer.held()) && pointer.held();
    if !screens.is_open(Panel::Hand) && !hand.is_empty() {
        hand.holding = Holding::Nothing;
    }
    if !in_world(phase.get()) {
        return;
    }
    let free = screens
        .top()
        .is_none_or(|top| matches!(top, Panel::Build | Panel::People | Panel::Hand));
    if hands.started(Doing::Build) && free {
        screens.close(Panel::Hand);
        screens.toggle(Panel::Build);
        hand.holding = Holding::Nothing;
        return;
    }
    let building = matches!(screens.top(), Some(Panel::Build | Panel::Hand));
    if building && hands.started(Doing::Undo) {
        build.write(Build {
            acts: vec![Act::Undo { within: None }],
        });
    } else if building && hands.started(Doing::Redo) {
        build.write(Build {
            acts: vec![Act::Redo { within: None }],
        });
    }
    if screens.blocks_walking() || hand.is_empty() {
        return;
    }
    if let (Some(moved), Some(state)) = (hand.moved(), things.state())
        && state.thing(moved).is_none()
    {
        hand.holding = Holding::Nothing;
        screens.close(Panel::Hand);
        gone.write(NotBuilt { why: Refusal::Gone });
        return;
    }
    let clicked = pointed && mouse.just_pressed(MouseButton::Left);
    if hand.is_choosing() {
        if (hands.started(Doing::Act) || clicked)
            && let (Some(thing), Some(state)) = (hand.looked_at, things.state())
        {
            choice.point(state, thing, true, false);
        }
        return;
    }
    if (hands.started(Doing::Act) || clicked)
        && let Some(acts) = hand.put(&things)
    {
        build.write(Build { acts });
        if hand.moved().is_some() {
            hand.holding = Holding::Nothing;
            screens.close(Panel::Hand);
        }
    }
}

/// What the middle of the picture is on.
struct Hit {
    at: Vec3,
    normal: Vec3,
    thing: Option<ThingId>,
}

fn aim(
    camera: Query<&Transform, With<MainCamera>>,
    me: Query<&Transform, (With<Me>, Without<MainCamera>)>,
    space: SpatialQuery,
    solids: Query<(Entity, &Solid)>,
    index: Res<Index>,
    things: Res<Things>,
    screens: Res<Screens>,
    mut hand: ResMut<Hand>,
) {
    let building = screens.is_open(Panel::Build) || screens.is_open(Panel::Hand);
    let (Ok(camera), Ok(me), Some(state), true) = (camera.single(), me.single(), things.state(), building)
    else {
        if hand.looked_at.is_some() || hand.at.is_some() {
            hand.looked_at = None;
            hand.at = None;
        }
        return;
    };
    let along = camera.forward();
    let eyes = me.translation + Vec3::Y * EYE_HEIGHT;
    // What is between the camera and one's own head is behind one.
    let from = camera.translation + *along * (eyes - camera.translation).dot(*along).max(0.0);
    let left_out = hand
        .moved()
        .map_or_else(Chosen::new, |moved| with_below(state, [moved]));
    let mut filter = SpatialQueryFilter::default();
    if !left_out.is_empty() {
        let entities = solids.iter().filter(|(_, solid)| left_out.contains(&solid.0));
        filter = filter.with_excluded_entities(entities.map(|(entity, _)| entity));
    }
    let ground = space
        .cast_ray(from, along, REACH_METRES, true, &filter)
        .map(|hit| Hit {
            at: from + *along * hit.distance,
            normal: hit.normal,
            thing: solids.get(hit.entity).ok().map(|(_, solid)| solid.0),
        });
    // Things that nobody bumps into are looked at, too.
    let reach = ground.as_ref().map_or(REACH_METRES, |hit| hit.at.distance(from));
    let wanted = |id: ThingId, block: &Block| !block.solid && !left_out.contains(&id);
    let airy = index.cast(from, along, reach, wanted).map(|touch| Hit {
        at: from + *along * touch.metres,
        normal: touch.normal,
        thing: Some(touch.thing),
    });
    let hit = airy.or(ground);
    hand.looked_at = hit
        .as_ref()
        .and_then(|hit| hit.thing)
        .map(|thing| root(state, thing));
    let (scale, size, rotation) = match &hand.holding {
        Holding::Nothing | Holding::Choosing => {
            hand.at = None;
            return;
        }
        Holding::New {
            parts,
            scale,
            rotation,
        } => {
            let size = measure(parts.iter(), *scale).map_or(*scale, |(_, size)| size);
            (*scale, size, *rotation)
        }
        Holding::Moved {
            thing,
            scale,
            rotation,
        } => {
            let block = index.get(*thing);
            (*scale, block.map_or(*scale, |block| block.at.scale), *rotation)
        }
    };
    let yaw = f32::atan2(-along.x, -along.z);
    // A writing is read by whoever puts it there.
    let faces_me = matches!(&hand.holding, Holding::New { parts, .. } if is_only_written(parts));
    let turned = yaw - *hand.taken_yaw.get_or_insert(if faces_me { 0.0 } else { yaw });
    let step = GRID_DEGREES.to_radians();
    let turned = if hand.snap {
        (turned / step).round() * step
    } else {
        turned
    };
    let turn = Quat::from_rotation_y(turned);
    let place = Place {
        scale: scale.to_array(),
        ..put_at(from, along, hit.as_ref(), size, turn * rotation, hand.snap)
    };
    hand.size = size;
    hand.at = Part::from(place).check().is_ok().then_some(place);
}

/// Whether nothing but writing is seen of a thing of these parts.
fn is_only_written(parts: &[Part]) -> bool {
    let has = |kind| parts.iter().any(|part| part.kind() == kind);
    has(PartKind::Writing) && !has(PartKind::Shape)
}

/// Where something of this size stands on what is looked at.
fn put_at(from: Vec3, along: Dir3, hit: Option<&Hit>, scale: Vec3, rotation: Quat, snap: bool) -> Place {
    let half = scale * 0.5;
    // How far it reaches towards what it stands on.
    let reaches = |normal: Vec3| (rotation.inverse() * normal).abs().dot(half);
    let grid = |metres: f32| {
        if snap {
            (metres / GRID_METRES).round() * GRID_METRES
        } else {
            metres
        }
    };
    let position = match hit {
        Some(Hit { at, normal, .. }) => {
            let mut at = *at;
            // Along what it stands on, and not into it.
            for axis in 0..3 {
                if normal[axis].abs() < 0.7 {
                    at[axis] = grid(at[axis]);
                }
            }
            at + normal * reaches(*normal)
        }
        None => (from + *along * (FLOATS_METRES + half.max_element()))
            .to_array()
            .map(grid)
            .into(),
    };
    Place {
        position: position.to_array(),
        rotation: rotation.normalize().to_array(),
        scale: scale.to_array(),
    }
}

/// What is held, where it would stand.
#[derive(Component)]
struct Ghost;

fn ghost(
    mut commands: Commands,
    hand: Res<Hand>,
    things: Res<Things>,
    mut stock: ResMut<Stock>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut ghosts: Query<(Entity, &mut Transform), With<Ghost>>,
    mut shown: Local<Holding>,
) {
    let Some(place) = hand.at.filter(|_| !hand.is_empty()) else {
        for (entity, _) in &ghosts {
            commands.entity(entity).despawn();
        }
        *shown = Holding::Nothing;
        return;
    };
    let at = Transform {
        scale: hand.size,
        ..transform(&place)
    };
    if *shown == hand.holding {
        for (_, mut ghost) in &mut ghosts {
            *ghost = at;
        }
        return;
    }
    for (entity, _) in &ghosts {
        commands.entity(entity).despawn();
    }
    shown.clone_from(&hand.holding);
    let parts: Vec<Part> = match &hand.holding {
        Holding::Nothing | Holding::Choosing => Vec::new(),
        Holding::New { parts, .. } => parts.clone(),
        Holding::Moved { thing, .. } => {
            let thing = things.state().and_then(|state| state.thing(*thing));
            thing.map_or_else(Vec::new, |thing| {
                thing.parts().iter().map(|held| held.part.clone()).collect()
            })
        }
    };
    let mut shape = Shape::Box;
    let mut paint = PLAIN;
    for part in &parts {
        match part {
            Part::Shape(of) => shape = *of,
            Part::Paint(of) => paint = *of,
            _ => {}
        }
    }
    let mut seen = material(paint);
    seen.base_color.set_alpha(GHOST_ALPHA);
    seen.alpha_mode = AlphaMode::Blend;
    commands.spawn((
        Ghost,
        Mesh3d(stock.mesh(&mut meshes, shape)),
        MeshMaterial3d(materials.add(seen)),
        at,
        NotShadowCaster,
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_on_level_ground_stands_on_it(
            x in -50.0f32..50.0, z in -50.0f32..50.0, y in -5.0f32..5.0,
            size in 0.1f32..5.0, turn in 0.0f32..7.0, snap in any::<bool>(),
        ) {
            let hit = Hit { at: Vec3::new(x, y, z), normal: Vec3::Y, thing: None };
            let rotation = Quat::from_rotation_y(turn);
            let place = put_at(Vec3::ZERO, Dir3::NEG_Z, Some(&hit), Vec3::splat(size), rotation, snap);
            prop_assert!((place.position[1] - size / 2.0 - y).abs() < 1e-3);
            prop_assert!((place.position[0] - x).abs() <= GRID_METRES / 2.0 + 1e-3);
            prop_assert!(Part::from(place).check().is_ok());
        }
    }
}

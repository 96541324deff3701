//! Handles on what is chosen, and the pointer in the picture while the building panel is open.
//!
//! Flow: the pointer on the picture → on a handle: `rules` → what is chosen is drawn where it would be ([`Preview`]) → let go:
//! one wish ([`Build`]). On a thing: it is chosen. On nothing: a box is drawn, and what is in it is chosen.
//! Invariants: a drag is one wish, which is refused as a whole where somebody else moved one of the things meanwhile; Escape
//! ends a drag as if it had never begun; what lies on panels never comes here.

pub(in crate::things) mod rules;

use super::bodies::Solid;
use super::choice::Choice;
use super::hand::Hand;
use super::index::Index;
use super::view::Preview;
use super::{Build, Things};
use crate::body::camera::{Eye, MainCamera};
use crate::screens::{Device, Panel, Screens};
use crate::session::SessionPhase;
use crate::settings::Settings;
use crate::theme;
use crate::words::Words;
use avian3d::prelude::{SpatialQuery, SpatialQueryFilter};
use bevy::prelude::*;
use bevy_egui::egui::{self, Color32, PointerButton, Pos2, Stroke, StrokeKind, pos2};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_document::arrange::{self, Chosen};
use holm_document::part::Place;
use holm_document::rules::seen_at;
use holm_document::{Act, FactNo, State as Document, ThingId, limits};
use rules::{Drag, Frame, Grip, Lens, Line, Motion, Tool};
use std::collections::BTreeMap;

pub(crate) fn plugin(app: &mut App) {
    let in_world = in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away));
    app.init_resource::<Handles>().add_systems(
        EguiPrimaryContextPass,
        show.in_set(crate::view::ViewSystems::Hud).run_if(in_world),
    );
}

/// How near a pointer and a finger must be to a handle, points.
const NEAR_POINTER: f32 = 9.0;
const NEAR_FINGER: f32 = 22.0;
/// How far away things are chosen by the pointer, metres.
const REACH_METRES: f32 = 150.0;
/// Radians that one looks around for a point drawn with the other button, or a finger.
const RADIANS_A_POINT: f32 = 0.005;
/// Red, green and blue for the three directions, as everywhere; each has its letter, too.
const AXES: [Color32; 3] = [
    Color32::from_rgb(232, 92, 84),
    Color32::from_rgb(126, 200, 90),
    Color32::from_rgb(92, 150, 240),
];
const LETTERS: [&str; 3] = ["building-x", "building-y", "building-z"];

/// Where things are and since when, before they are moved.
type Places = BTreeMap<ThingId, (Place, Option<FactNo>)>;

/// See the module.
#[derive(Resource, Default)]
pub(crate) struct Handles {
    pub(in crate::things) tool: Tool,
    /// One thing's own directions instead of the world's.
    pub(in crate::things) own: bool,
    /// What the pointer is on.
    pub(in crate::things) pointed: Option<ThingId>,
    busy: Option<Busy>,
    /// Where the handles are, as of a choice and a state of things: thousands are not measured anew for each picture.
    known: Option<(Key, Option<Frame>)>,
}

/// What the place of handles follows from.
type Key = (u64, u64, Tool, bool);

/// What a drag does.
enum Busy {
    Held {
        drag: Drag,
        places: Places,
        motion: Motion,
    },
    Box(Pos2),
    Looking,
}

impl Handles {
    /// Ends what is under way as if it had not begun. False where nothing was.
    pub(in crate::things) fn cancel(&mut self, preview: &mut Preview) -> bool {
        if matches!(self.busy, Some(Busy::Held { .. })) {
            preview.forget();
        }
        self.busy.take().is_some()
    }
}

impl Handles {
    /// Where the handles of what is chosen are.
    pub(in crate::things) fn frame(
        &mut self,
        state: &Document,
        index: &Index,
        choice: &Choice,
    ) -> Option<Frame> {
        let key = (choice.version(), index.revision, self.tool, self.own);
        match &self.known {
            Some((known, frame)) if *known == key => *frame,
            _ => {
                let frame = frame(state, index, choice.chosen(), self.tool, self.own);
                self.known = Some((key, frame));
                frame
            }
        }
    }
}

/// The tops of what is chosen, where they are.
fn places(state: &Document, chosen: &Chosen) -> Places {
    arrange::tops(state, chosen)
        .into_iter()
        .filter_map(|id| Some((id, (seen_at(state, id)?, arrange::placed_since(state, id)))))
        .collect()
}

/// The same for things that need not be chosen.
pub(in crate::things) fn frame(
    state: &Document,
    index: &Index,
    chosen: &Chosen,
    tool: Tool,
    own: bool,
) -> Option<Frame> {
    let places = places(state, chosen);
    let all = arrange::with_below(state, places.keys().copied());
    let several = all.len() > 1;
    let only = places.values().next().filter(|_| places.len() == 1);
    let (mut least, mut most) = (Vec3::MAX, Vec3::MIN);
    for block in all.iter().filter_map(|id| index.get(*id)) {
        let turn = Mat3::from_quat(block.at.rotation);
        let reach = (0..3).fold(Vec3::ZERO, |reach, axis| {
            reach + (turn.col(axis) * block.at.scale[axis] * 0.5).abs()
        });
        least = least.min(block.at.translation - reach);
        most = most.max(block.at.translation + reach);
    }
    let (at, turn) = match only {
        Some((place, _)) => (
            Vec3::from_array(place.position),
            Quat::from_array(place.rotation).normalize(),
        ),
        None if least.cmple(most).all() => ((least + most) * 0.5, Quat::IDENTITY),
        None => {
            let first = places.values().next()?;
            (Vec3::from_array(first.0.position), Quat::IDENTITY)
        }
    };
    let size = match only {
        Some((place, _)) if !several => Vec3::from_array(place.scale),
        _ => (most - least).max(Vec3::splat(0.01)),
    };
    let along_own = only.is_some() && (own || tool == Tool::Size);
    Some(Frame {
        at,
        turn: if along_own { turn } else { Quat::IDENTITY },
        size,
        several,
    })
}

/// Where they all would be. `None`: one of them would be where no world takes it.
fn after(places: &Places, about: Vec3, motion: Motion) -> Option<Places> {
    places
        .iter()
        .map(|(id, (place, since))| Some((*id, (motion.of(about, place)?, *since))))
        .collect()
}

/// The wish that does this to all that is chosen.
pub(in crate::things) fn moved(state: &Document, chosen: &Chosen, about: Vec3, motion: Motion) -> Vec<Act> {
    after(&places(state, chosen), about, motion).map_or_else(Vec::new, |places| arrange::put(state, &places))
}

/// Sends a wish; one that is longer than a wish may be in several.
pub(in crate::things) fn wish(build: &mut MessageWriter<Build>, acts: &[Act]) {
    build.write_batch(
        acts.chunks(limits::ACTS)
            .map(|acts| Build { acts: acts.to_vec() }),
    );
}

/// The camera in egui's points.
fn lens(ctx: &egui::Context, camera: &Transform, projection: &Projection) -> Option<Lens> {
    let Projection::Perspective(perspective) = projection else {
        return None;
    };
    let screen = ctx.viewport_rect();
    Some(Lens {
        eye: camera.translation,
        rotation: camera.rotation,
        height: 2.0 * (perspective.fov * 0.5).tan(),
        min: flat(screen.min),
        size: Vec2::new(screen.width(), screen.height()),
    })
}

fn flat(at: Pos2) -> Vec2 {
    Vec2::new(at.x, at.y)
}

fn show(
    mut contexts: EguiContexts,
    screens: Res<Screens>,
    words: Res<Words>,
    device: Res<Device>,
    settings: Res<Settings>,
    things: Res<Things>,
    index: Res<Index>,
    hand: Res<Hand>,
    (space, solids): (SpatialQuery, Query<&Solid>),
    camera: Query<(&Transform, &Projection), With<MainCamera>>,
    mut choice: ResMut<Choice>,
    mut handles: ResMut<Handles>,
    mut preview: ResMut<Preview>,
    mut eye: ResMut<Eye>,
    mut build: MessageWriter<Build>,
) -> Result {
    let handles = &mut *handles;
    let (Some(Panel::Build), Some(_), Some(state), Ok((camera, projection))) =
        (screens.top(), things.me(), things.state(), camera.single())
    else {
        handles.cancel(&mut preview);
        handles.pointed = None;
        return Ok(());
    };
    let ctx = contexts.ctx_mut()?;
    let Some(lens) = lens(ctx, camera, projection) else {
        return Ok(());
    };
    let screen = ctx.viewport_rect();
    // What a keyboard has no use for takes no focus.
    let sense = egui::Sense::CLICK | egui::Sense::DRAG;
    let glass = egui::Area::new("handles".into())
        .order(egui::Order::Background)
        .fixed_pos(screen.min)
        .constrain(false)
        .movable(false)
        .show(ctx, |ui| ui.allocate_response(screen.size(), sense))
        .inner;
    let keys = ctx.input(|input| input.modifiers);
    let more = keys.shift || keys.command;
    let snap = hand.snap != keys.command;
    let on_glass = *device == Device::Touch;

    // What is held is where it is drawn.
    let mut held_at = None;
    if let Some(Busy::Held { drag, places, motion }) = &mut handles.busy {
        if let Some(to) = glass.interact_pointer_pos().filter(|_| glass.dragged())
            && let Some(next) = drag.to(&lens, flat(to), snap)
            && let Some(there) = after(places, drag.frame.at, next)
        {
            *motion = next;
            let moved: BTreeMap<ThingId, Place> =
                there.into_iter().map(|(id, (place, _))| (id, place)).collect();
            let all = arrange::with_below(state, moved.keys().copied());
            let seen = |id: ThingId| Some((id, arrange::seen_if(state, &moved, id)?));
            preview.hold(all.into_iter().filter_map(seen).collect());
        }
        let mut frame = drag.frame;
        match *motion {
            Motion::Moved(by) => frame.at += by,
            Motion::Turned(turn) if frame.turn != Quat::IDENTITY => frame.turn = turn * frame.turn,
            Motion::Turned(_) | Motion::Sized(_) => {}
        }
        held_at = Some((drag.grip, frame));
    }
    let frame = match held_at {
        Some((_, frame)) => Some(frame),
        None => handles.frame(state, &index, &choice),
    };
    let lines = frame.map_or_else(Vec::new, |frame| rules::lines(handles.tool, &frame, &lens));
    let near = if on_glass { NEAR_FINGER } else { NEAR_POINTER };
    let grip = |at: Pos2| rules::hit(&lines, flat(at), near);

    if glass.drag_started_by(PointerButton::Primary) {
        let began = ctx.input(|input| input.pointer.press_origin());
        if let Some(from) = began.or(glass.interact_pointer_pos()) {
            handles.busy = Some(match (grip(from), frame) {
                (Some(grip), Some(frame)) => Busy::Held {
                    drag: Drag::new(handles.tool, grip, frame, flat(from)),
                    places: places(state, choice.chosen()),
                    motion: Motion::NONE,
                },
                _ if on_glass && !choice.several => Busy::Looking,
                _ => Busy::Box(from),
            });
        }
    }
    let looks = glass.dragged_by(PointerButton::Secondary) || matches!(handles.busy, Some(Busy::Looking));
    if looks {
        let by = glass.drag_delta() * RADIANS_A_POINT * settings.mouse_sensitivity;
        let up = if settings.invert_y { -1.0 } else { 1.0 };
        eye.turn(-by.x, -by.y * up);
    }
    let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Background, "grips".into()));
    let p = theme::palette(ctx);
    if let (Some(Busy::Box(from)), Some(to)) = (&handles.busy, glass.interact_pointer_pos()) {
        let drawn = egui::Rect::from_two_pos(*from, to);
        painter.rect(
            drawn,
            2.0,
            p.amber.gamma_multiply(0.15),
            Stroke::new(1.5, p.amber),
            StrokeKind::Inside,
        );
        if glass.drag_stopped() {
            let within = within(state, &index, &lens, flat(*from), flat(to));
            if more || choice.several {
                choice.add(within);
            } else {
                choice.set(within);
            }
        }
    }
    if glass.drag_stopped() {
        if let Some(Busy::Held { drag, places, motion }) = &handles.busy
            && *motion != Motion::NONE
            && let Some(there) = after(places, drag.frame.at, *motion)
        {
            wish(&mut build, &arrange::put(state, &there));
        }
        if matches!(handles.busy, Some(Busy::Held { .. })) {
            preview.let_go();
        }
        handles.busy = None;
    }

    let under = |at: Pos2| under(&lens, &space, &solids, &index, at);
    let hovered = glass.hover_pos().filter(|_| handles.busy.is_none() && !on_glass);
    handles.pointed = hovered.filter(|at| grip(*at).is_none()).and_then(under);
    if glass.clicked_by(PointerButton::Primary)
        && let Some(at) = glass.interact_pointer_pos()
        && grip(at).is_none()
    {
        match under(at) {
            Some(hit) => choice.point(state, hit, more, keys.alt),
            None if more || choice.several => {}
            None => choice.clear(),
        }
    }
    let lit = held_at.map(|(grip, _)| grip).or(hovered.and_then(grip));
    if lit.is_some() {
        ctx.set_cursor_icon(egui::CursorIcon::Grab);
    }
    paint(&painter, &p, &words, handles.tool, &lines, lit);
    Ok(())
}

/// The thing that is seen at this point of the picture.
fn under(
    lens: &Lens,
    space: &SpatialQuery,
    solids: &Query<&Solid>,
    index: &Index,
    at: Pos2,
) -> Option<ThingId> {
    let (from, along) = lens.ray(flat(at));
    let solid = space.cast_ray(from, along, REACH_METRES, true, &SpatialQueryFilter::default());
    let reach = solid.as_ref().map_or(REACH_METRES, |hit| hit.distance);
    let airy = index.cast(from, along, reach, |_, block| !block.solid);
    match (airy, solid) {
        (Some(touch), _) => Some(touch.thing),
        (None, Some(hit)) => solids.get(hit.entity).ok().map(|solid| solid.0),
        (None, None) => None,
    }
}

/// The tops of all whose middle is seen within this box.
fn within(state: &Document, index: &Index, lens: &Lens, from: Vec2, to: Vec2) -> Chosen {
    index
        .iter()
        .filter(|(_, block)| block.at.translation.distance(lens.eye) < REACH_METRES)
        .filter(|(_, block)| {
            let seen = lens.project(block.at.translation);
            seen.is_some_and(|at| rules::within(from, to, at))
        })
        .map(|(id, _)| arrange::root(state, id))
        .collect()
}

fn paint(
    painter: &egui::Painter,
    p: &theme::Palette,
    words: &Words,
    tool: Tool,
    lines: &[Line],
    lit: Option<Grip>,
) {
    let at = |point: &Vec2| pos2(point.x, point.y);
    for line in lines {
        let is_lit = lit == Some(line.grip);
        let colour = match line.grip {
            _ if is_lit => p.glow,
            Grip::Axis(axis) | Grip::Plane(axis) => AXES[axis % 3],
            Grip::Middle => p.foam,
        };
        let points: Vec<Pos2> = line.points.iter().map(at).collect();
        let wide = if is_lit { 4.0 } else { 2.5 };
        match line.grip {
            Grip::Plane(_) => {
                let fill = colour.gamma_multiply(if is_lit { 0.75 } else { 0.45 });
                painter.add(egui::Shape::convex_polygon(points, fill, Stroke::new(1.0, p.ink)));
            }
            Grip::Middle => {
                if let Some(middle) = points.first() {
                    painter.circle(
                        *middle,
                        if is_lit { 8.0 } else { 6.5 },
                        colour,
                        Stroke::new(1.5, p.ink),
                    );
                }
            }
            Grip::Axis(axis) => {
                painter.line(points.clone(), Stroke::new(wide + 2.5, p.ink));
                painter.line(points.clone(), Stroke::new(wide, colour));
                let (Some(end), Some(before)) = (points.last(), points.iter().rev().nth(1)) else {
                    continue;
                };
                let letter_at = match tool {
                    Tool::Move => {
                        arrow(painter, *before, *end, colour, p.ink);
                        *end + (*end - *before).normalized() * 20.0
                    }
                    Tool::Size => {
                        let end_box = egui::Rect::from_center_size(*end, egui::Vec2::splat(12.0));
                        painter.rect(end_box, 2.0, colour, Stroke::new(1.5, p.ink), StrokeKind::Outside);
                        *end + (*end - *before).normalized() * 18.0
                    }
                    // Beside the ring, an eighth of the way around.
                    Tool::Turn => points.get(points.len() / 8).copied().unwrap_or(*end),
                };
                letter(painter, p, &words.say(LETTERS[axis % 3]), letter_at, colour);
            }
        }
    }
}

fn arrow(painter: &egui::Painter, before: Pos2, end: Pos2, colour: Color32, ink: Color32) {
    let along = (end - before).normalized();
    let across = along.rot90() * 6.5;
    let tip = vec![end + along * 12.0, end - across, end + across];
    painter.add(egui::Shape::convex_polygon(tip, colour, Stroke::new(1.5, ink)));
}

fn letter(painter: &egui::Painter, p: &theme::Palette, text: &str, at: Pos2, colour: Color32) {
    let font = egui::FontId::new(13.0, theme::bold());
    painter.circle_filled(at, 8.5, p.ink);
    painter.text(at, egui::Align2::CENTER_CENTER, text, font, colour);
}

//! What can be done with what is chosen, or with the thing in the middle of the picture while nothing is.
//!
//! Flow: a head that says what it is and chooses more → one of five pages ([`Page`]) → acts of one wish.
//! Invariant: what it offers is for all that is chosen at once, and is one wish.

mod light;

use super::super::bodies::is_loose;
use super::super::choice::{self, Choice};
use super::super::hand::{Hand, STANDING};
use super::super::handles::rules::{Frame, GRID_DEGREES, GRID_METRES, Motion, Tool};
use super::super::handles::{self, Handles};
use super::super::motion::rules::loose_body;
use super::draft::Draft;
use super::{Seen, Wish, called, colours, story};
use crate::theme::{self, widgets};
use bevy::prelude::*;
use bevy_egui::egui::{self, DragValue};
use holm_document::arrange::{self, Chosen};
use holm_document::part::{Door, Lamp, Lock, Name, Paint, Place, Writing};
use holm_document::rules::{hangs_on, seen_at};
use holm_document::{Act, Capability, Part, PartKind, State as Document, ThingId, limits};

/// What is worked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Page {
    #[default]
    Place,
    Look,
    Writing,
    Light,
    Story,
}

/// What the panel remembers from frame to frame.
#[derive(Resource, Default)]
pub(crate) struct Bench {
    pub(crate) page: Page,
    name: Draft<String>,
    /// Whose name it is that is typed.
    named: Chosen,
    paint: Draft<PaintOf>,
    text: Draft<String>,
    line: Draft<f32>,
    lamp: Draft<Option<Lamp>>,
}

/// Without a default of its own.
#[derive(Clone, Debug)]
struct PaintOf(Paint);

impl Default for PaintOf {
    fn default() -> Self {
        Self(super::super::view::PLAIN)
    }
}

/// How far a door opens, degrees.
const SWING_DEGREES: f32 = 100.0;
/// Heights of a line that are offered, metres.
const LINES: core::ops::RangeInclusive<f32> = 0.03..=1.5;

/// The panel's part for what is chosen. Also what should have the focus first.
pub(super) fn show(
    ui: &mut egui::Ui,
    seen: &Seen,
    hand: &mut Hand,
    choice: &mut Choice,
    handles: &mut Handles,
    bench: &mut Bench,
    chosen: &Chosen,
) -> (Option<egui::Response>, Option<Wish>) {
    let Some(state) = seen.things.state() else {
        return (None, None);
    };
    let first = chosen.first().copied().filter(|id| state.thing(*id).is_some());
    let Some(first) = first else { return (None, None) };
    let (focus, mut wish) = head(ui, seen, choice, state, chosen, first);
    let pages = [
        (Page::Place, "building-page-place"),
        (Page::Look, "building-page-look"),
        (Page::Writing, "building-page-writing"),
        (Page::Light, "building-page-light"),
        (Page::Story, "building-page-story"),
    ]
    .map(|(page, key)| (page, seen.words.say(key)));
    widgets::choose(ui, &mut bench.page, &pages);
    let of_page = match bench.page {
        Page::Place => place(ui, seen, hand, choice, handles, state, chosen, first),
        Page::Look => look(ui, seen, bench, state, chosen, first),
        Page::Writing => writing(ui, seen, bench, state, chosen, first),
        Page::Light => light::show(ui, seen, bench, state, chosen, first),
        Page::Story => story::show(ui, seen, first),
    };
    wish = of_page.or(wish);
    (Some(focus), wish)
}

fn press(ui: &mut egui::Ui, seen: &Seen, key: &str) -> bool {
    widgets::button(ui, &seen.words.say(key), widgets::Weight::Plain, 0.0).clicked()
}

fn row<R>(ui: &mut egui::Ui, add: impl FnOnce(&mut egui::Ui) -> R) -> R {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(6.0);
        add(ui)
    })
    .inner
}

/// What it is, whose, and how more is chosen.
fn head(
    ui: &mut egui::Ui,
    seen: &Seen,
    choice: &mut Choice,
    state: &Document,
    chosen: &Chosen,
    first: ThingId,
) -> (egui::Response, Option<Wish>) {
    let words = &seen.words;
    let inside = arrange::with_below(state, [first]).len() - 1;
    let title = match (chosen.len(), inside) {
        (1, inside) if inside > 0 && arrange::is_bare(state, first) => {
            words.with("building-group-of", &[("count", inside.into())])
        }
        (1, _) => called(&seen.things, words, first),
        (count, _) => words.with("building-chosen", &[("count", count.into())]),
    };
    widgets::name(ui, &title);
    if let (1, Some(thing)) = (chosen.len(), state.thing(first)) {
        widgets::aside(ui, super::whose(seen, thing.owner));
    }
    let mut wish = None;
    let focus = row(ui, |ui| {
        let key = if choice.is_empty() {
            "building-choose"
        } else {
            "building-choose-none"
        };
        let button = widgets::button(ui, &words.say(key), widgets::Weight::Plain, 0.0);
        if button.clicked() {
            if choice.is_empty() {
                choice.set(chosen.clone());
            } else {
                choice.clear();
            }
        }
        if chosen.len() == 1 && press(ui, seen, "building-choose-alike") {
            choice.set(choice::alike(&seen.things, first));
        }
        if press(ui, seen, "building-choose-mine") {
            wish = Some(Wish::ChooseMine);
        }
        if press(ui, seen, "building-choose-walking") {
            wish = Some(Wish::Walk);
        }
        button
    });
    widgets::toggle(ui, &mut choice.several, &words.say("building-several"));
    (focus, wish)
}

fn place(
    ui: &mut egui::Ui,
    seen: &Seen,
    hand: &mut Hand,
    choice: &mut Choice,
    handles: &mut Handles,
    state: &Document,
    chosen: &Chosen,
    first: ThingId,
) -> Option<Wish> {
    let words = &seen.words;
    let tools = [
        (Tool::Move, "building-move"),
        (Tool::Turn, "building-turn"),
        (Tool::Size, "building-scale"),
    ]
    .map(|(tool, key)| (tool, words.say(key)));
    widgets::choose(ui, &mut handles.tool, &tools);
    let mut wish = numbers(ui, seen, handles, choice, state, chosen).map(Wish::Do);
    widgets::toggle(ui, &mut hand.snap, &words.say("building-snap"));
    if chosen.len() == 1 {
        widgets::toggle(ui, &mut handles.own, &words.say("building-own"));
    }
    row(ui, |ui| {
        if chosen.len() == 1 {
            if press(ui, seen, "building-carry") {
                wish = Some(Wish::Carry(first));
            }
            if press(ui, seen, "building-copy") {
                wish = Some(Wish::Copy(first));
            }
        }
        if press(ui, seen, "building-duplicate") {
            let camera = seen.camera.single().ok();
            wish = Some(Wish::Do(choice::copies(
                state,
                &seen.things,
                choice,
                chosen,
                camera,
            )));
        }
        if chosen.len() > 1 {
            if press(ui, seen, "building-group") {
                wish = Some(Wish::Do(choice::grouped(state, &seen.things, choice, chosen)));
            }
            let on = choice.last().or(chosen.last().copied());
            if let Some(on) = on
                && press(ui, seen, "building-hang")
            {
                let acts = arrange::hang(state, chosen, on);
                choice.set(Chosen::from([arrange::root(state, on)]));
                wish = Some(Wish::Do(acts));
            }
        }
        if chosen.iter().any(|id| state.hanging_on(*id).next().is_some())
            && press(ui, seen, "building-ungroup")
        {
            wish = Some(Wish::Do(choice::ungrouped(state, choice, chosen)));
        }
        if chosen.iter().any(|id| hangs_on(state, *id).is_some()) && press(ui, seen, "building-let-go") {
            wish = Some(Wish::Do(arrange::let_go(state, chosen)));
        }
        if press(ui, seen, "building-remove") {
            wish = Some(Wish::Do(arrange::remove(state, chosen)));
        }
    });
    wish
}

/// Exact numbers of the tool in hand, with steps to either side.
fn numbers(
    ui: &mut egui::Ui,
    seen: &Seen,
    handles: &mut Handles,
    choice: &Choice,
    state: &Document,
    chosen: &Chosen,
) -> Option<Vec<Act>> {
    let tool = handles.tool;
    let frame = if choice.is_empty() {
        handles::frame(state, &seen.index, chosen, tool, handles.own)
    } else {
        handles.frame(state, &seen.index, choice)
    }?;
    let only = match arrange::tops(state, chosen).as_slice() {
        [one] => seen_at(state, *one),
        _ => None,
    };
    let letters = ["building-x", "building-y", "building-z"].map(|key| seen.words.say(key));
    // Fields of their own for each choice: what is typed for one is never another's.
    let fields = (tool as u8, chosen);
    let motion = ui
        .push_id(fields, |ui| wanted(ui, seen, tool, frame, only, &letters))
        .inner?;
    let acts = handles::moved(state, chosen, frame.at, motion);
    (!acts.is_empty()).then_some(acts)
}

/// What the numbers of a tool are to do.
fn wanted(
    ui: &mut egui::Ui,
    seen: &Seen,
    tool: Tool,
    frame: Frame,
    only: Option<Place>,
    letters: &[String; 3],
) -> Option<Motion> {
    let mut motion = None;
    match tool {
        Tool::Move => {
            for (axis, letter) in letters.iter().enumerate() {
                let most = limits::COORDINATE_METRES;
                let value = frame.at[axis];
                if let Some(to) = number(ui, seen, letter, value, GRID_METRES, " m", -most..=most) {
                    let mut by = Vec3::ZERO;
                    by[axis] = to - value;
                    motion = Some(Motion::Moved(by));
                }
            }
        }
        Tool::Turn => {
            let turn = only.map_or(Quat::IDENTITY, |place| {
                Quat::from_array(place.rotation).normalize()
            });
            let (y, x, z) = turn.to_euler(EulerRot::YXZ);
            let now = [x, y, z].map(f32::to_degrees);
            for (axis, letter) in letters.iter().enumerate() {
                let label = format!("{letter}°");
                if let Some(to) = number(ui, seen, &label, now[axis], GRID_DEGREES, "°", -360.0..=360.0) {
                    let mut wanted = now;
                    wanted[axis] = to;
                    let [x, y, z] = wanted.map(f32::to_radians);
                    let after = Quat::from_euler(EulerRot::YXZ, y, x, z);
                    motion = Some(Motion::Turned((after * turn.inverse()).normalize()));
                }
            }
        }
        Tool::Size => {
            let sizes: &[(usize, &str)] = if frame.several {
                &[(0, "building-size")]
            } else {
                &[(0, "building-x"), (1, "building-y"), (2, "building-z")]
            };
            for (axis, key) in sizes {
                let value = if frame.several {
                    frame.size.max_element()
                } else {
                    frame.size[*axis]
                };
                let range = limits::LEAST_SCALE..=limits::MOST_SCALE;
                let label = seen.words.say(key);
                if let Some(to) = number(ui, seen, &label, value, GRID_METRES, " m", range)
                    && value > 0.0
                    && to > 0.0
                {
                    let mut factor = Vec3::splat(if frame.several { to / value } else { 1.0 });
                    if !frame.several {
                        factor[*axis] = to / value;
                    }
                    motion = Some(Motion::Sized(factor));
                }
            }
        }
    }
    motion
}

/// A number with a step to either side; what it is to be from now on.
fn number(
    ui: &mut egui::Ui,
    seen: &Seen,
    label: &str,
    value: f32,
    step: f32,
    unit: &str,
    range: core::ops::RangeInclusive<f32>,
) -> Option<f32> {
    let mut wanted = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let with = |key| seen.words.with(key, &[("what", label.into())]);
        let less = widgets::button(ui, &with("building-less"), widgets::Weight::Plain, 64.0);
        let id = ui.id().with(("number", label));
        // What was typed in a field that was not shown since is forgotten.
        let pass = ui.ctx().cumulative_pass_nr();
        let typed: Option<(u64, f32)> = ui.data(|data| data.get_temp(id));
        let typed = typed.filter(|(at, _)| pass <= at + 1).map(|(_, to)| to);
        let mut shown = typed.unwrap_or(value);
        let drag = DragValue::new(&mut shown)
            .speed(step * 0.2)
            .range(range.clone())
            .fixed_decimals(2)
            .suffix(unit);
        let size = egui::vec2(104.0, theme::CONTROL_HEIGHT);
        let field = ui.add_sized(size, drag);
        field.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::DragValue, ui.is_enabled(), label));
        if field.dragged() || field.has_focus() {
            // Only what somebody changed: the field itself reads what it shows, rounded, when it loses the focus.
            if let Some(to) = if field.changed() { Some(shown) } else { typed } {
                ui.data_mut(|data| data.insert_temp(id, (pass, to)));
            }
        } else {
            // Not at every letter, and not at every step of a drag.
            ui.data_mut(|data| data.remove_temp::<(u64, f32)>(id));
            let dropped = ui.input(|input| input.key_pressed(egui::Key::Escape));
            wanted = typed.filter(|to| !dropped && (to - value).abs() > 1e-4);
        }
        let more = widgets::button(ui, &with("building-more"), widgets::Weight::Plain, 64.0);
        for (button, by) in [(less, -step), (more, step)] {
            if button.clicked() {
                wanted = Some((value + by).clamp(*range.start(), *range.end()));
            }
        }
    });
    wanted
}

fn look(
    ui: &mut egui::Ui,
    seen: &Seen,
    bench: &mut Bench,
    state: &Document,
    chosen: &Chosen,
    first: ThingId,
) -> Option<Wish> {
    let words = &seen.words;
    // What is done to all of a group is done to what is in it.
    let all = &arrange::with_below(state, chosen.iter().copied());
    let has = |id: &ThingId, kind: PartKind| state.thing(*id).is_some_and(|thing| thing.held(kind).is_some());
    let seen_parts: Chosen = all
        .iter()
        .filter(|id| has(id, PartKind::Shape) || has(id, PartKind::Writing) || has(id, PartKind::Paint))
        .copied()
        .collect();
    let mut acts = Vec::new();
    if let Some(shown) = seen_parts.first() {
        let now = match state.thing(*shown).and_then(|thing| thing.part(PartKind::Paint)) {
            Some(Part::Paint(paint)) => *paint,
            _ => super::super::view::PLAIN,
        };
        bench.paint.follow(*shown, PaintOf(now));
        let mut paint = bench.paint.value.0;
        let mut let_go = false;
        widgets::name(ui, &words.say("building-colour"));
        if let Some([r, g, b]) = colours(ui, words, [paint.colour[0], paint.colour[1], paint.colour[2]]) {
            paint.colour = [r, g, b, paint.colour[3]];
            let_go = true;
            bench.paint.done();
        }
        let mut share = |ui: &mut egui::Ui, bench: &mut Bench, key: &str, byte: &mut u8, from_end: bool| {
            let mut value = f32::from(*byte) / 255.0;
            if from_end {
                value = 1.0 - value;
            }
            let before = value;
            let response = widgets::slider(ui, &words.say(key), &mut value, 0.0..=1.0, "");
            if value != before {
                let value = if from_end { 1.0 - value } else { value };
                *byte = (value * 255.0).round() as u8; // 0..=255
            }
            let_go |= bench.paint.note(&response);
        };
        share(ui, bench, "building-shine", &mut paint.roughness, true);
        share(ui, bench, "building-metal", &mut paint.metal, false);
        share(ui, bench, "building-glow", &mut paint.glow, false);
        share(ui, bench, "building-clear", &mut paint.colour[3], true);
        bench.paint.value = PaintOf(paint);
        if let_go && paint != now {
            acts = arrange::set(state, &seen_parts, &paint.into());
        }
    }
    name(ui, seen, bench, state, chosen, first);
    row(ui, |ui| {
        let locked = all.iter().all(|id| has(id, PartKind::Lock));
        if press(
            ui,
            seen,
            if locked {
                "building-unlock"
            } else {
                "building-lock"
            },
        ) {
            acts = if locked {
                arrange::clear(state, all, PartKind::Lock)
            } else {
                arrange::set(state, all, &Lock.into())
            };
        }
        let forms: Chosen = all
            .iter()
            .filter(|id| has(id, PartKind::Shape))
            .copied()
            .collect();
        if !forms.is_empty() {
            let solid = forms.iter().all(|id| has(id, PartKind::Body));
            if press(ui, seen, if solid { "building-airy" } else { "building-solid" }) {
                acts = if solid {
                    arrange::clear(state, &forms, PartKind::Body)
                } else {
                    let airy = forms
                        .iter()
                        .filter(|id| !has(id, PartKind::Body))
                        .copied()
                        .collect();
                    arrange::set(state, &airy, &STANDING.into())
                };
            }
        }
        if seen.things.may().has(Capability::Moving) && !forms.is_empty() {
            let loose = forms.iter().all(|id| is_loose(state, *id));
            if press(ui, seen, if loose { "building-hold" } else { "building-loose" }) {
                acts = forms.iter().filter_map(|id| falls(state, *id, !loose)).collect();
            }
        }
        if chosen.len() == 1 {
            acts = door(ui, seen, state, first).unwrap_or(std::mem::take(&mut acts));
        }
    });
    (!acts.is_empty()).then_some(Wish::Do(acts))
}

/// It falls and rolls from now on, as its form and size say, or stands.
fn falls(state: &Document, thing: ThingId, loose: bool) -> Option<Act> {
    let part = if loose {
        let metres = Vec3::from_array(seen_at(state, thing)?.scale);
        let shape = match state.thing(thing)?.part(PartKind::Shape) {
            Some(Part::Shape(shape)) => *shape,
            _ => return None,
        };
        loose_body(shape, metres)
    } else {
        STANDING
    };
    Some(Act::Set {
        thing,
        part: part.into(),
        seen: None,
    })
}

fn name(
    ui: &mut egui::Ui,
    seen: &Seen,
    bench: &mut Bench,
    state: &Document,
    chosen: &Chosen,
    first: ThingId,
) {
    bench.name.follow(first, name_of(state, first));
    let label = seen.words.say("building-name");
    let name = &mut bench.name.value;
    let field = |ui: &mut egui::Ui| widgets::field(ui, &label, name, "", limits::NAME_CHARS);
    let response = ui.push_id(first, field).inner;
    if response.has_focus() {
        bench.name.hold_in(response.id);
        bench.named.clone_from(chosen);
    }
}

fn name_of(state: &Document, thing: ThingId) -> String {
    match state.thing(thing).and_then(|thing| thing.part(PartKind::Name)) {
        Some(Part::Name(name)) => name.0.clone(),
        _ => String::new(),
    }
}

/// The name that was typed, for what it was typed for, once its field has lost the focus: by Enter, by a press on another
/// thing, by another page. Escape drops it.
pub(super) fn named(ctx: &egui::Context, bench: &mut Bench, state: &Document) -> Option<Vec<Act>> {
    let of = bench.name.let_go(ctx)?;
    let name = bench.name.value.trim().to_owned();
    if name == name_of(state, of) {
        return None;
    }
    let acts = if name.is_empty() {
        arrange::clear(state, &bench.named, PartKind::Name)
    } else {
        arrange::set(state, &bench.named, &Name(name).into())
    };
    (!acts.is_empty()).then_some(acts)
}

fn door(ui: &mut egui::Ui, seen: &Seen, state: &Document, id: ThingId) -> Option<Vec<Act>> {
    let set = |door: Door| {
        vec![Act::Set {
            thing: id,
            part: door.into(),
            seen: None,
        }]
    };
    let mut acts = None;
    match state.thing(id)?.part(PartKind::Door) {
        Some(Part::Door(door)) => {
            let open = !door.open;
            let key = if open {
                "building-door-open"
            } else {
                "building-door-close"
            };
            if press(ui, seen, key) {
                acts = Some(vec![Act::Open { thing: id, open }]);
            }
            if press(ui, seen, "building-door-side") {
                let swing_degrees = -door.swing_degrees;
                acts = Some(set(Door {
                    swing_degrees,
                    ..*door
                }));
            }
            if press(ui, seen, "building-door-not") {
                let kind = PartKind::Door;
                acts = Some(vec![Act::Clear { thing: id, kind }]);
            }
        }
        _ => {
            if press(ui, seen, "building-door") {
                acts = Some(set(Door {
                    open: false,
                    swing_degrees: SWING_DEGREES,
                }));
            }
        }
    }
    acts
}

fn writing(
    ui: &mut egui::Ui,
    seen: &Seen,
    bench: &mut Bench,
    state: &Document,
    chosen: &Chosen,
    first: ThingId,
) -> Option<Wish> {
    let words = &seen.words;
    let now = match state.thing(first).and_then(|thing| thing.part(PartKind::Writing)) {
        Some(Part::Writing(writing)) => Some(writing.clone()),
        _ => None,
    };
    let says = now
        .as_ref()
        .map(|writing| writing.text.clone())
        .unwrap_or_default();
    bench.text.follow(first, says);
    let response = super::paragraph(ui, &words.say("building-text"), &mut bench.text.value);
    if response.has_focus() || response.changed() {
        bench.text.hold();
    }
    let scale = seen_at(state, first).map_or(Vec3::ONE, |place| Vec3::from_array(place.scale));
    let text = crate::customs::writing(&bench.text.value);
    let usual = super::super::hand::written_on(text.clone(), scale).line_metres;
    bench
        .line
        .follow(first, now.as_ref().map_or(usual, |writing| writing.line_metres));
    let label = words.say("building-line");
    let slid = widgets::slider(ui, &label, &mut bench.line.value, LINES, " m");
    let let_go = bench.line.note(&slid);
    let line_metres = match &now {
        Some(_) => bench.line.value,
        None => usual,
    };
    let mut acts = Vec::new();
    row(ui, |ui| {
        if press(ui, seen, "building-write") && !text.is_empty() {
            bench.text.done();
            let part = Writing {
                text: text.clone(),
                line_metres,
            };
            acts = arrange::set(state, chosen, &part.into());
        }
        if now.is_some() && press(ui, seen, "building-write-not") {
            bench.text.done();
            acts = arrange::clear(state, chosen, PartKind::Writing);
        }
    });
    if let (true, Some(now)) = (let_go, now)
        && (now.line_metres - line_metres).abs() > 1e-4
    {
        let part = Writing { line_metres, ..now };
        acts = arrange::set(state, chosen, &part.into());
    }
    (!acts.is_empty()).then_some(Wish::Do(acts))
}

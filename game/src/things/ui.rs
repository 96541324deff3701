//! The building panel, the mark in the middle of the picture, and what one is told when something cannot be.
//!
//! Invariant: what it offers for the thing that is looked at is what the document's rules would let one do, as far as is
//! known here; the host decides.

use super::hand::{Hand, STANDING, lamp};
use super::{Build, NotBuilt, Things, forms};
use crate::body::camera::MainCamera;
use crate::customs;
use crate::notices::Notice;
use crate::people::Person;
use crate::screens::{Panel, Screens};
use crate::session::SessionPhase;
use crate::theme::{self, widgets};
use crate::view::FirstFocus;
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, Color32, Stroke};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_document::part::{Door, Lock, Paint, Shape};
use holm_document::rules::seen_at;
use holm_document::{Act, Part, PartKind, Refusal, ThingId};

pub(crate) fn plugin(app: &mut App) {
    let in_world = in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away));
    app.add_systems(Update, tell).add_systems(
        EguiPrimaryContextPass,
        (
            mark.in_set(crate::view::ViewSystems::Hud),
            show.in_set(crate::view::ViewSystems::Panels),
        )
            .run_if(in_world),
    );
}

/// Points.
const WIDTH: f32 = 330.0;
/// How far a door opens, degrees.
const SWING_DEGREES: f32 = 100.0;
/// Metres across that the slider offers.
const LEAST_SIZE: f32 = 0.1;
const MOST_SIZE: f32 = 8.0;

/// The colours of the panel: those of the worlds that come with Holm.
const COLOURS: [(&str, [u8; 3]); 12] = [
    ("building-white", [238, 233, 222]),
    ("building-sand", [214, 190, 150]),
    ("building-stone", [140, 138, 134]),
    ("building-black", [44, 46, 50]),
    ("building-wood", [150, 104, 66]),
    ("building-red", [190, 62, 48]),
    ("building-orange", [224, 138, 54]),
    ("building-yellow", [232, 200, 84]),
    ("building-green", [98, 142, 70]),
    ("building-teal", [47, 100, 112]),
    ("building-blue", [62, 104, 176]),
    ("building-purple", [132, 92, 160]),
];

fn words_of(shape: Shape) -> &'static str {
    match shape {
        Shape::Box => "building-box",
        Shape::Ball => "building-ball",
        Shape::Cylinder => "building-cylinder",
        Shape::Cone => "building-cone",
        Shape::Wedge => "building-wedge",
        Shape::Ring => "building-ring",
        Shape::Capsule => "building-capsule",
    }
}

/// What a thing is called: its name, or its form.
fn called(things: &Things, words: &Words, id: ThingId) -> String {
    let thing = things.state().and_then(|state| state.thing(id));
    if let Some(Part::Name(name)) = thing.and_then(|thing| thing.part(PartKind::Name)) {
        return customs::name(&name.0);
    }
    match thing.and_then(|thing| thing.part(PartKind::Shape)) {
        Some(Part::Shape(shape)) => words.say(words_of(*shape)),
        _ => words.say("building-thing"),
    }
}

/// What a press in the panel asks for.
enum Wish {
    Back,
    New,
    Bring,
    Move(ThingId),
    Copy(ThingId),
    Do(Vec<Act>),
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    mut hand: ResMut<Hand>,
    things: Res<Things>,
    words: Res<Words>,
    persons: Query<&Person>,
    mut build: MessageWriter<Build>,
    mut first: Local<FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Build) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let screen = ctx.content_rect();
    let width = (WIDTH * theme::text_scale(ctx)).min(screen.width() - 24.0);
    let (side, x) = if theme::begins_right(ctx) {
        (Align2::RIGHT_CENTER, -12.0)
    } else {
        (Align2::LEFT_CENTER, 12.0)
    };
    let mut wish = None;
    egui::Area::new("build".into())
        .anchor(side, [x, 0.0])
        .order(egui::Order::Foreground)
        .show(ctx, |ui| {
            widgets::panel_frame(ui.ctx()).show(ui, |ui| {
                ui.set_width(width - 48.0);
                crate::view::bar_beside(ui);
                crate::view::scrolled(screen.height() - 72.0).show(ui, |ui| {
                    ui.with_layout(widgets::column(ui.ctx()), |ui| {
                        if widgets::heading(ui, &words.say("building-title"), &words.say("building-back")) {
                            wish = Some(Wish::Back);
                        }
                        if let Some(left) = things.left() {
                            widgets::aside(ui, words.with("building-left", &[("count", left.into())]));
                        }
                        // What is not all here takes no wishes.
                        if things.me().is_none() {
                            widgets::aside(ui, words.say("building-wait"));
                            ui.disable();
                        }
                        if let Some(thing) = hand.looked_at {
                            wish = of_thing(ui, &words, &things, &hand, &persons, thing).or(wish.take());
                            ui.separator();
                        }
                        let take = next(ui, &words, &mut hand);
                        first.give(screens.opened(), &take);
                        if take.clicked() {
                            wish = Some(Wish::New);
                        }
                        let bring = words.say("files-bring");
                        if widgets::wide_button(ui, &bring, widgets::Weight::Plain).clicked() {
                            wish = Some(Wish::Bring);
                        }
                        ui.horizontal_wrapped(|ui| {
                            for (text, act) in [
                                ("building-undo", Act::Undo { within: None }),
                                ("building-redo", Act::Redo { within: None }),
                            ] {
                                if widgets::button(ui, &words.say(text), widgets::Weight::Plain, 0.0)
                                    .clicked()
                                {
                                    wish = Some(Wish::Do(vec![act]));
                                }
                            }
                        });
                        crate::view::follow_focus(ui);
                    });
                });
            });
        });
    let Some(state) = things.state() else {
        if matches!(wish, Some(Wish::Back)) {
            screens.back();
        }
        return Ok(());
    };
    match wish {
        None => {}
        Some(Wish::Back) => {
            screens.back();
        }
        Some(Wish::New) => hand.take_new(&mut screens),
        Some(Wish::Bring) => screens.open(Panel::Bring),
        Some(Wish::Move(thing)) => hand.take_up(state, thing, &mut screens),
        Some(Wish::Copy(thing)) => hand.take_copy(state, thing, &mut screens),
        Some(Wish::Do(acts)) => {
            build.write(Build { acts });
        }
    }
    Ok(())
}

/// What can be done with the thing in the middle of the picture.
fn of_thing(
    ui: &mut egui::Ui,
    words: &Words,
    things: &Things,
    hand: &Hand,
    persons: &Query<&Person>,
    id: ThingId,
) -> Option<Wish> {
    let state = things.state()?;
    let thing = state.thing(id)?;
    widgets::name(ui, &called(things, words, id));
    let whose = if Some(thing.owner) == things.me() {
        words.say("building-yours")
    } else {
        let account = state.person(thing.owner).map(|standing| standing.account);
        let here = persons.iter().find(|person| Some(person.account.0) == account);
        here.map_or_else(
            || words.say("building-somebodys"),
            |person| words.with("building-whose", &[("name", words.called(&person.name).into())]),
        )
    };
    widgets::aside(ui, whose);
    let mut wish = None;
    let set = |part: Part| {
        Some(Wish::Do(vec![Act::Set {
            thing: id,
            part,
            seen: None,
        }]))
    };
    let clear = |kind: PartKind| Some(Wish::Do(vec![Act::Clear { thing: id, kind }]));
    ui.horizontal_wrapped(|ui| {
        let mut press =
            |text: &str| widgets::button(ui, &words.say(text), widgets::Weight::Plain, 0.0).clicked();
        if press("building-move") {
            wish = Some(Wish::Move(id));
        }
        if press("building-copy") {
            wish = Some(Wish::Copy(id));
        }
        if press("building-paint") {
            wish = set(hand.design.paint.into());
        }
        let solid = thing.part(PartKind::Body).is_some();
        if press(if solid { "building-airy" } else { "building-solid" }) {
            wish = if solid {
                clear(PartKind::Body)
            } else {
                set(STANDING.into())
            };
        }
        let locked = thing.part(PartKind::Lock).is_some();
        if press(if locked {
            "building-unlock"
        } else {
            "building-lock"
        }) {
            wish = if locked {
                clear(PartKind::Lock)
            } else {
                set(Lock.into())
            };
        }
        let shines = thing.part(PartKind::Lamp).is_some();
        if press(if shines {
            "building-dark"
        } else {
            "building-bright"
        }) {
            let size = seen_at(state, id).map_or(1.0, |place| place.scale.into_iter().fold(0.0, f32::max));
            let paint = match thing.part(PartKind::Paint) {
                Some(Part::Paint(paint)) => *paint,
                _ => super::view::PLAIN,
            };
            wish = if shines {
                clear(PartKind::Lamp)
            } else {
                set(lamp(paint, size).into())
            };
        }
        match thing.part(PartKind::Door) {
            Some(Part::Door(door)) => {
                if press(if door.open {
                    "building-door-close"
                } else {
                    "building-door-open"
                }) {
                    wish = Some(Wish::Do(vec![Act::Open {
                        thing: id,
                        open: !door.open,
                    }]));
                }
                if press("building-door-side") {
                    let swing_degrees = -door.swing_degrees;
                    wish = set(Door {
                        swing_degrees,
                        ..*door
                    }
                    .into());
                }
                if press("building-door-not") {
                    wish = clear(PartKind::Door);
                }
            }
            _ => {
                if press("building-door") {
                    wish = set(Door {
                        open: false,
                        swing_degrees: SWING_DEGREES,
                    }
                    .into());
                }
            }
        }
        if press("building-remove") {
            wish = Some(Wish::Do(vec![Act::Remove { thing: id }]));
        }
    });
    wish
}

/// What the next new thing is like; the button that takes it in hand.
fn next(ui: &mut egui::Ui, words: &Words, hand: &mut Hand) -> egui::Response {
    let take = widgets::wide_button(ui, &words.say("building-take"), widgets::Weight::Primary);
    widgets::name(ui, &words.say("building-shape"));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 6.0);
        for shape in forms::ALL {
            let weight = if shape == hand.design.shape {
                widgets::Weight::Primary
            } else {
                widgets::Weight::Plain
            };
            if widgets::button(ui, &words.say(words_of(shape)), weight, 0.0).clicked() {
                hand.design.shape = shape;
            }
        }
    });
    widgets::name(ui, &words.say("building-colour"));
    let options: Vec<(Color32, String)> = COLOURS
        .iter()
        .map(|(name, [r, g, b])| (Color32::from_rgb(*r, *g, *b), words.say(name)))
        .collect();
    let chosen = |paint: &Paint| {
        COLOURS
            .iter()
            .position(|(_, colour)| *colour == paint.colour[..3])
            .map_or(u8::MAX, |at| at as u8) // twelve
    };
    let mut colour = chosen(&hand.design.paint);
    let before = colour;
    theme::swatches(ui, &mut colour, &options);
    if colour != before
        && let Some((_, [r, g, b])) = COLOURS.get(usize::from(colour))
    {
        hand.design.paint.colour = [*r, *g, *b, 255];
    }
    widgets::slider(
        ui,
        &words.say("building-size"),
        &mut hand.design.size,
        LEAST_SIZE..=MOST_SIZE,
        " m",
    );
    let mut glows = hand.design.paint.glow > 0;
    if widgets::toggle(ui, &mut glows, &words.say("building-glows")).changed() {
        hand.design.paint.glow = if glows { 255 } else { 0 };
    }
    widgets::toggle(ui, &mut hand.design.lights, &words.say("building-lights"));
    widgets::toggle(ui, &mut hand.design.solid, &words.say("building-bump"));
    widgets::toggle(ui, &mut hand.snap, &words.say("building-snap"));
    take
}

/// The middle of the picture, while one builds, and the edges of what the panel is about.
fn mark(
    mut contexts: EguiContexts,
    screens: Res<Screens>,
    hand: Res<Hand>,
    things: Res<Things>,
    camera: Query<(&Camera, &GlobalTransform), With<MainCamera>>,
) -> Result {
    if !screens.is_open(Panel::Build) && !screens.is_open(Panel::Hand) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let p = theme::palette(ctx);
    let middle = ctx.content_rect().center();
    let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Background, "aim".into()));
    painter.circle_stroke(middle, 5.0, Stroke::new(3.0, p.ink));
    painter.circle_stroke(middle, 5.0, Stroke::new(1.5, p.foam));
    let seen = hand
        .looked_at
        .filter(|_| screens.top() == Some(Panel::Build))
        .and_then(|thing| seen_at(things.state()?, thing));
    if let (Some(place), Ok((camera, eye))) = (seen, camera.single()) {
        let from_unit = super::view::transform(&place).to_matrix();
        let corner = |index: usize| {
            let sign = |bit: usize| if index >> bit & 1 == 1 { 0.5 } else { -0.5 };
            let at = from_unit.transform_point3(Vec3::new(sign(0), sign(1), sign(2)));
            let at = camera.world_to_viewport(eye, at).ok()?;
            Some(egui::pos2(at.x, at.y) / ctx.zoom_factor())
        };
        for (index, bit) in (0..8).flat_map(|index| (0..3).map(move |bit| (index, bit))) {
            // Each edge once: from the corner that has the bit unset.
            if index >> bit & 1 == 0
                && let (Some(a), Some(b)) = (corner(index), corner(index | 1 << bit))
            {
                painter.line_segment([a, b], Stroke::new(3.0, p.ink));
                painter.line_segment([a, b], Stroke::new(1.5, p.amber));
            }
        }
    }
    Ok(())
}

/// The sentence for a refusal, and what to do.
fn sentence(why: Refusal) -> &'static str {
    match why {
        Refusal::NotAllowed(_) | Refusal::Nobody => "building-not-allowed",
        Refusal::Quota => "building-quota",
        Refusal::Full => "building-full",
        Refusal::Bad(_) | Refusal::WrongNumber | Refusal::Ring => "building-bad",
        Refusal::Gone => "building-gone",
        Refusal::Stale => "building-stale",
        Refusal::Locked => "building-locked",
        Refusal::Blocked | Refusal::Above => "building-blocked",
        Refusal::Nothing => "building-nothing",
        Refusal::TooMuch => "building-much",
        Refusal::TooOften => "building-often",
        Refusal::NotKept => "building-not-kept",
        Refusal::NoFile => "files-no-file",
    }
}

fn tell(mut refused: MessageReader<NotBuilt>, words: Res<Words>, mut notices: MessageWriter<Notice>) {
    for NotBuilt { why } in refused.read() {
        let text = words.say(sentence(*why));
        notices.write(match why {
            Refusal::NotKept | Refusal::Full => Notice::trouble(text, ""),
            _ => Notice::plain(text),
        });
    }
}

//! The emote wheel: six small figures in a circle, each doing what it is for.
//!
//! Flow: its action → [`Panel::Emotes`] → a press, a digit or the stick's focus → [`Express`] → closed.
//! Invariant: everything in it is a control with a focus of its own, so that mouse, finger, arrow keys and pad choose
//! in the same way; digits are the shortcut for who knows it by heart.

use super::{ALL, CLAP, DANCE, Express, Gesturing, LAUGH, NO_GESTURE, POINT, SHRUG, WAVE};
use crate::input::actions::Doing;
use crate::input::hands::Hands;
use crate::people::Me;
use crate::screens::{Panel, Screens};
use crate::session::SessionPhase;
use crate::theme::{self, Palette};
use crate::view::FirstFocus;
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, Color32, FontId, Pos2, Rect, Sense, Shape, Stroke, Vec2 as Points};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use core::f32::consts::TAU;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Update, open.after(crate::screens::ScreenSystems::Choose))
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Panels),
        );
}

/// From the middle to the middle of a figure, and half a figure's ground, points.
const WHEEL: f32 = 118.0;
const SPOKE: f32 = 48.0;
/// Room for the words below the lowest.
const SIDE: f32 = 2.0 * (WHEEL + SPOKE) + 28.0;

fn open(hands: Res<Hands>, phase: Option<Res<State<SessionPhase>>>, mut screens: ResMut<Screens>) {
    let inside = phase.is_some_and(|phase| matches!(phase.get(), SessionPhase::Inside));
    let wished = hands.started(Doing::Emotes);
    let free = screens
        .top()
        .is_none_or(|top| matches!(top, Panel::Emotes | Panel::People));
    if wished && inside && free {
        screens.toggle(Panel::Emotes);
    }
}

/// The words of a gesture.
pub(crate) fn key(gesture: u8) -> &'static str {
    match gesture {
        CLAP => "gesture-clap",
        POINT => "gesture-point",
        DANCE => "gesture-dance",
        LAUGH => "gesture-laugh",
        SHRUG => "gesture-shrug",
        _ => "gesture-wave",
    }
}

const DIGITS: [egui::Key; 6] = [
    egui::Key::Num1,
    egui::Key::Num2,
    egui::Key::Num3,
    egui::Key::Num4,
    egui::Key::Num5,
    egui::Key::Num6,
];

/// Whether a press began since the wheel is there: the finger that opened it lifts beside it, and closes nothing.
#[derive(Default)]
struct Beside {
    opened: Option<u64>,
    pressed: bool,
}

impl Beside {
    fn follow(&mut self, opened: u64, pressed: bool) {
        if self.opened == Some(opened) {
            self.pressed |= pressed;
        } else {
            *self = Self {
                opened: Some(opened),
                pressed: false,
            };
        }
    }
}

/// Smaller where there is no room: a phone held upright is 360 points wide.
fn size_on(screen: Points) -> f32 {
    ((screen.min_elem() - 16.0) / SIDE).clamp(0.6, 1.0)
}

/// From the middle to a figure.
pub(crate) fn place_of(index: usize, screen: Points) -> Points {
    let angle = TAU * index as f32 / ALL.len() as f32 - TAU / 4.0;
    Points::angled(angle) * WHEEL * size_on(screen)
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    words: Res<Words>,
    me: Query<&Gesturing, With<Me>>,
    mut wishes: MessageWriter<Express>,
    mut first: Local<FirstFocus>,
    mut beside: Local<Beside>,
) -> Result {
    if screens.top() != Some(Panel::Emotes) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let under_way = me.iter().next().map(|gesturing| gesturing.gesture);
    let mut chosen = None;
    let mut close = false;
    let pressed = ctx.input(|input| input.pointer.primary_pressed());
    beside.follow(screens.opened().count, pressed);
    let screen = ctx.content_rect().size();
    let size = size_on(screen);
    egui::Area::new("emotes".into())
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .order(egui::Order::Foreground)
        .show(ctx, |ui| {
            let p = theme::palette(ui.ctx());
            let (rect, ground) = ui.allocate_exact_size(Points::splat(SIDE * size), Sense::hover());
            let middle = rect.center();
            ui.painter().circle(
                middle,
                (WHEEL + SPOKE + 12.0) * size,
                p.panel(),
                Stroke::new(1.0, p.edge),
            );
            for (index, gesture) in ALL.into_iter().enumerate() {
                let at = middle + place_of(index, screen);
                let spoke = Rect::from_center_size(at, Points::splat(2.0 * SPOKE * size));
                let response = ui.interact(spoke, ui.id().with(gesture), Sense::click());
                let name = words.say(key(gesture));
                response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &name));
                if index == 0 {
                    first.give(screens.opened(), &response);
                }
                let lit = response.hovered() || response.has_focus();
                let fill = if lit { p.shallows } else { p.tide };
                let edge = match (response.has_focus(), under_way == Some(gesture)) {
                    (true, _) => Stroke::new(3.0, p.foam),
                    (false, true) => Stroke::new(2.0, p.moss),
                    (false, false) => Stroke::new(1.0, p.edge),
                };
                ui.painter().circle(at, (SPOKE - 3.0) * size, fill, edge);
                figure(
                    ui.painter(),
                    at - Points::new(0.0, 8.0) * size,
                    size * 1.05,
                    gesture,
                    &p,
                );
                ui.painter().text(
                    at + Points::new(0.0, SPOKE * 0.62) * size,
                    Align2::CENTER_CENTER,
                    &name,
                    FontId::new(
                        (12.5 * size * theme::text_scale(ui.ctx())).max(11.0),
                        theme::bold(),
                    ),
                    p.foam,
                );
                ui.painter().text(
                    at + Points::new(-SPOKE * 0.58, -SPOKE * 0.58) * size,
                    Align2::CENTER_CENTER,
                    (index + 1).to_string(),
                    FontId::new(11.0, theme::bold()),
                    p.mist,
                );
                if response.clicked() {
                    chosen = Some(gesture);
                }
            }
            let centre = Rect::from_center_size(middle, Points::splat(84.0 * size));
            let response = ui.interact(centre, ui.id().with("middle"), Sense::click());
            let stop = under_way.is_some();
            let name = words.say(if stop { "gesture-stop" } else { "gesture-close" });
            response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &name));
            let edge = if response.has_focus() {
                Stroke::new(3.0, p.foam)
            } else {
                Stroke::new(1.0, p.edge)
            };
            let fill = if response.hovered() { p.shallows } else { p.deep };
            ui.painter().circle(middle, 40.0 * size, fill, edge);
            let font = FontId::new((13.0 * theme::text_scale(ui.ctx())).min(17.0), theme::bold());
            ui.painter()
                .text(middle, Align2::CENTER_CENTER, &name, font, p.foam);
            if response.clicked() {
                chosen = stop.then_some(NO_GESTURE);
                close = true;
            }
            // A press beside the wheel is no choice.
            let within = ground.hovered() || response.hovered() || ui.ui_contains_pointer();
            close |= !within && beside.pressed && ui.input(|input| input.pointer.primary_clicked());
        });
    ctx.input(|input| {
        for (digit, gesture) in DIGITS.into_iter().zip(ALL) {
            if input.key_pressed(digit) {
                chosen = Some(gesture);
            }
        }
    });
    if let Some(gesture) = chosen {
        wishes.write(Express { gesture });
    }
    if close || chosen.is_some() {
        screens.close(Panel::Emotes);
    }
    Ok(())
}

/// A small islander who does it: head with a cap, coat, arms.
fn figure(painter: &egui::Painter, at: Pos2, size: f32, gesture: u8, p: &Palette) {
    let to = |x: f32, y: f32| at + Points::new(x, y) * size;
    let lean = if gesture == DANCE { 3.0 } else { 0.0 };
    let coat = [
        to(-6.0, -3.0),
        to(6.0, -3.0),
        to(9.0 + lean, 15.0),
        to(-9.0 + lean, 15.0),
    ];
    let sleeve = Stroke::new(4.0 * size, p.amber);
    let arms: [[Pos2; 3]; 2] = match gesture {
        CLAP => [
            [to(-6.0, -1.0), to(-12.0, 6.0), to(-1.5, 3.0)],
            [to(6.0, -1.0), to(12.0, 6.0), to(1.5, 3.0)],
        ],
        POINT => [
            [to(-6.0, -1.0), to(-9.0, 5.0), to(-10.0, 11.0)],
            [to(6.0, -1.0), to(12.0, -2.0), to(20.0, -3.0)],
        ],
        DANCE => [
            [to(-6.0, -1.0), to(-13.0, -5.0), to(-12.0, -14.0)],
            [to(6.0, -1.0), to(12.0, 4.0), to(18.0, 0.0)],
        ],
        LAUGH => [
            [to(-6.0, -1.0), to(-11.0, 6.0), to(-3.0, 8.0)],
            [to(6.0, -1.0), to(11.0, 6.0), to(3.0, 9.0)],
        ],
        SHRUG => [
            [to(-6.0, -3.0), to(-11.0, 5.0), to(-18.0, 0.0)],
            [to(6.0, -3.0), to(11.0, 5.0), to(18.0, 0.0)],
        ],
        _ => [
            [to(-6.0, -1.0), to(-9.0, 5.0), to(-10.0, 11.0)],
            [to(6.0, -1.0), to(12.0, -6.0), to(15.0, -15.0)],
        ],
    };
    painter.add(Shape::convex_polygon(coat.to_vec(), p.amber, Stroke::NONE));
    for arm in arms {
        painter.line_segment([arm[0], arm[1]], sleeve);
        painter.line_segment([arm[1], arm[2]], sleeve);
        painter.circle_filled(arm[1], 2.0 * size, p.amber);
        painter.circle_filled(arm[2], 3.0 * size, SKIN);
    }
    let tilt = if matches!(gesture, SHRUG | DANCE) {
        2.5
    } else {
        0.0
    };
    painter.circle_filled(to(tilt, -11.0), 8.0 * size, SKIN);
    let cap: Vec<Pos2> = (0..=8)
        .map(|step| {
            let angle = TAU / 2.0 + TAU / 2.0 * step as f32 / 8.0;
            to(tilt + 8.6 * angle.cos(), -12.0 + 9.0 * angle.sin())
        })
        .collect();
    painter.add(Shape::convex_polygon(cap, p.coral, Stroke::NONE));
    painter.circle_filled(to(tilt, -21.5), 2.6 * size, p.foam);
    for side in [-3.0, 3.0] {
        painter.circle_filled(to(tilt + side, -10.0), 1.1 * size, INK);
    }
    if gesture == LAUGH {
        painter.circle_filled(to(tilt, -6.6), 2.0 * size, INK);
    }
    // What moves, moves: two strokes beside it.
    let mark = Stroke::new(1.5 * size, p.mist);
    let marks: &[[(f32, f32); 2]] = match gesture {
        CLAP => &[[(-4.0, -1.0), (-6.0, -4.0)], [(4.0, -1.0), (6.0, -4.0)]],
        DANCE => &[[(17.0, -10.0), (20.0, -13.0)], [(-19.0, 6.0), (-22.0, 9.0)]],
        LAUGH => &[[(12.0, -13.0), (15.0, -15.0)], [(-12.0, -13.0), (-15.0, -15.0)]],
        WAVE => &[[(19.0, -17.0), (22.0, -19.0)], [(20.0, -11.0), (23.0, -11.0)]],
        _ => &[],
    };
    for [from, until] in marks {
        painter.line_segment([to(from.0, from.1), to(until.0, until.1)], mark);
    }
}

/// Face and eyes of the small figures: of a person, so no colour of the interface.
const SKIN: Color32 = Color32::from_rgb(222, 170, 130);
const INK: Color32 = Color32::from_rgb(40, 34, 34);

//! The controls every panel is built from.
//!
//! Invariant: each has a state for rest, pointer, press, focus and disabled, a name for a screen
//! reader, and can be worked by keyboard alone.

use super::field::Field;
use super::*;
use bevy_egui::egui::text::LayoutJob;
use bevy_egui::egui::{
    Align, Frame, Layout, Rect, Response, RichText, Sense, StrokeKind, Ui, WidgetInfo, WidgetType,
};

/// One below the other, from the side that lines begin at. Rows made by `ui.horizontal` in it begin there, too.
pub fn column(ctx: &egui::Context) -> Layout {
    Layout::top_down(if letters::from_right(ctx) {
        Align::Max
    } else {
        Align::Min
    })
}

/// Beside each other, from the side that lines begin at.
pub fn leading(ctx: &egui::Context, across: Align) -> Layout {
    if letters::from_right(ctx) {
        Layout::right_to_left(across)
    } else {
        Layout::left_to_right(across)
    }
}

/// Beside each other, from the side that lines end at.
pub fn trailing(ctx: &egui::Context, across: Align) -> Layout {
    if letters::from_right(ctx) {
        Layout::left_to_right(across)
    } else {
        Layout::right_to_left(across)
    }
}

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The one thing most people want here. At most one a panel.
    Primary,
    /// An equal among others.
    Plain,
    /// Back, cancel, more.
    Quiet,
}

/// What a button is larger than its text, points.
const BUTTON_EDGES: Vec2 = Vec2::new(2.0 * 16.0, 18.0);

/// A button as wide as `width` (or its text when smaller than it), as high as its text needs: letters can be large, and
/// what does not fit the panel is wrapped.
pub fn button(ui: &mut Ui, text: &str, weight: Weight, width: f32) -> Response {
    sized_button(ui, text, weight, Vec2::new(width, CONTROL_HEIGHT))
}

/// What stands on a button, in so much room.
fn button_text(ui: &Ui, text: &str, room: f32) -> std::sync::Arc<egui::Galley> {
    let font = TextStyle::Button.resolve(ui.style());
    let mut job = LayoutJob::simple(text.to_owned(), font, Color32::PLACEHOLDER, room.max(40.0));
    job.halign = Align::Center;
    ui.painter().layout_job(job)
}

/// The same, at least so large.
fn sized_button(ui: &mut Ui, text: &str, weight: Weight, least: Vec2) -> Response {
    let p = palette(ui.ctx());
    let width = least.x;
    // In a row that wraps it may have the next one for itself.
    let room = if ui.layout().main_wrap() {
        ui.max_rect().width()
    } else {
        ui.available_width().max(width)
    } - BUTTON_EDGES.x;
    let galley = button_text(ui, text, room);
    let size = least.max(galley.size() + BUTTON_EDGES);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, ui.is_enabled(), text));
    if ui.is_rect_visible(rect) {
        let lit = response.hovered() || response.has_focus();
        let down = response.is_pointer_button_down_on();
        let (fill, ink) = match (weight, lit, down) {
            (Weight::Primary, _, true) => (p.amber, p.ink),
            (Weight::Primary, true, _) => (p.glow, p.ink),
            (Weight::Primary, false, _) => (p.amber, p.ink),
            (Weight::Plain, true, false) => (p.shallows, p.foam),
            (Weight::Plain, ..) => (p.tide, p.foam),
            (Weight::Quiet, true, _) => (Color32::from_white_alpha(14), p.foam),
            (Weight::Quiet, false, _) => (Color32::TRANSPARENT, p.mist),
        };
        let face = if down { rect.shrink(1.0) } else { rect };
        let edge = match weight {
            Weight::Primary => Stroke::NONE,
            Weight::Plain | Weight::Quiet => Stroke::new(1.0, p.edge),
        };
        let round = CornerRadius::same(WIDGET_RADIUS);
        ui.painter().rect(face, round, fill, edge, StrokeKind::Inside);
        // Text that is centred hangs from the middle of its upper edge.
        let hang = egui::pos2(rect.center().x, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley_with_override_text_color(hang, galley, ink);
        focus_ring(ui, &response, WIDGET_RADIUS);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A button across the whole panel.
pub fn wide_button(ui: &mut Ui, text: &str, weight: Weight) -> Response {
    let width = ui.available_width();
    button(ui, text, weight, width)
}

/// Buttons across the whole panel, so many in a row; which one was pressed.
pub fn buttons(ui: &mut Ui, columns: usize, texts: &[String]) -> Option<usize> {
    let columns = columns.max(1);
    let mut pressed = None;
    let width = (ui.available_width() - STEP * (columns - 1) as f32) / columns as f32;
    for (row, texts) in texts.chunks(columns).enumerate() {
        // What does not fit wraps within its own column, and its neighbours are as high as it is.
        let height = texts
            .iter()
            .map(|text| button_text(ui, text, width - BUTTON_EDGES.x).size().y + BUTTON_EDGES.y)
            .fold(CONTROL_HEIGHT, f32::max);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = STEP;
            for (column, text) in texts.iter().enumerate() {
                let size = Vec2::new(width, height);
                let layout = Layout::top_down(Align::Min);
                let clicked = ui
                    .allocate_ui_with_layout(size, layout, |ui| {
                        ui.set_max_width(width);
                        sized_button(ui, text, Weight::Plain, size).clicked()
                    })
                    .inner;
                if clicked {
                    pressed = Some(row * columns + column);
                }
            }
        });
    }
    pressed
}

/// The ring around what the keyboard would press.
pub fn focus_ring(ui: &Ui, response: &Response, radius: u8) {
    let p = palette(ui.ctx());
    if response.has_focus() {
        ui.painter().rect_stroke(
            response.rect.expand(3.0),
            CornerRadius::same(radius + 3),
            Stroke::new(2.0, p.foam),
            StrokeKind::Inside,
        );
    }
}

/// A labelled line of text. `limit` counts characters.
pub fn field(ui: &mut Ui, label: &str, text: &mut String, hint: &str, limit: usize) -> Response {
    let p = palette(ui.ctx());
    ui.label(RichText::new(label).small().color(p.mist));
    let response = Field::line(text, limit).hint(hint).show(ui).response;
    response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, label));
    response
}

/// A switch with its sentence; the whole row answers.
pub fn toggle(ui: &mut Ui, on: &mut bool, label: &str) -> Response {
    let p = palette(ui.ctx());
    let font = TextStyle::Body.resolve(ui.style());
    let room = (ui.available_width() - 60.0).max(60.0);
    let from_right = letters::from_right(ui.ctx());
    let mut job = LayoutJob::simple(label.to_owned(), font, p.foam, room);
    if from_right {
        job.halign = Align::RIGHT;
    }
    let galley = ui.painter().layout_job(job);
    let height = row_height(ui.ctx()).max(galley.size().y + 10.0);
    let (rect, mut response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::click());
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    response.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, ui.is_enabled(), *on, label));
    let how = ui.ctx().animate_bool(response.id, *on);
    let track = Rect::from_min_size(
        egui::pos2(
            if from_right { rect.min.x } else { rect.max.x - 44.0 },
            rect.center().y - 12.0,
        ),
        Vec2::new(44.0, 24.0),
    );
    let painter = ui.painter();
    let begin = if from_right { rect.right() } else { rect.left() };
    let at = egui::pos2(begin, rect.center().y - galley.size().y / 2.0);
    painter.galley(at, galley, p.foam);
    painter.rect_filled(track, CornerRadius::same(12), if *on { p.amber } else { p.tide });
    painter.rect_stroke(
        track,
        CornerRadius::same(12),
        Stroke::new(1.0, p.reed),
        StrokeKind::Inside,
    );
    let knob = egui::lerp(
        track.left() + 12.0..=track.right() - 12.0,
        if from_right { 1.0 - how } else { how },
    );
    painter.circle_filled(
        egui::pos2(knob, track.center().y),
        9.0,
        if *on { p.ink } else { p.mist },
    );
    if response.has_focus() {
        painter.rect_stroke(
            track.expand(3.0),
            CornerRadius::same(15),
            Stroke::new(2.0, p.foam),
            StrokeKind::Inside,
        );
    }
    response
}

/// The name of what is chosen below it.
pub fn name(ui: &mut Ui, text: &str) -> Response {
    let p = palette(ui.ctx());
    ui.add_space(4.0);
    ui.label(RichText::new(text).color(p.foam))
}

/// One of a few, side by side, in rows where they do not fit. Answers for the chosen one; changed when another one is.
pub fn choose<T: PartialEq + Clone>(ui: &mut Ui, value: &mut T, options: &[(T, String)]) -> Response {
    let p = palette(ui.ctx());
    let mut chosen: Option<Response> = None;
    let mut changed = false;
    // What is longer than the panel is wide, in large letters, goes on in a second line.
    let widest = ui.available_width() - 24.0;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(6.0);
        for (option, text) in options {
            let is = option == value;
            let font = TextStyle::Body.resolve(ui.style());
            let ink = if is { p.ink } else { p.foam };
            let galley = ui.painter().layout(text.clone(), font, ink, widest);
            let size = Vec2::new(
                galley.size().x + 24.0,
                row_height(ui.ctx()).max(galley.size().y + 12.0),
            );
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            response.widget_info(|| WidgetInfo::selected(WidgetType::RadioButton, ui.is_enabled(), is, text));
            let lit = response.hovered() || response.has_focus();
            let fill = match (is, lit) {
                (true, false) => p.amber,
                (true, true) => p.glow,
                (false, true) => p.shallows,
                (false, false) => p.tide,
            };
            let edge = if is {
                Stroke::NONE
            } else {
                Stroke::new(1.0, p.edge)
            };
            let round = CornerRadius::same(WIDGET_RADIUS);
            ui.painter().rect(rect, round, fill, edge, StrokeKind::Inside);
            ui.painter()
                .galley(rect.center() - galley.size() / 2.0, galley, ink);
            focus_ring(ui, &response, WIDGET_RADIUS);
            let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
            if response.clicked() && !is {
                *value = option.clone();
                changed = true;
            }
            if is || chosen.is_none() {
                chosen = Some(response);
            }
        }
    });
    let mut response = chosen.unwrap_or_else(|| ui.label(""));
    if changed {
        response.mark_changed();
    }
    response
}

/// A slider with its name and its value; in a narrow panel, or with large letters, below them.
pub fn slider(
    ui: &mut Ui,
    label: &str,
    value: &mut f32,
    range: core::ops::RangeInclusive<f32>,
    unit: &str,
) -> Response {
    let decimals = if *range.end() > 10.0 { 0 } else { 2 };
    let shown = format!("{value:.decimals$}{unit}");
    let step = (range.end() - range.start()) / RAIL_STEPS;
    slider_in_steps(ui, label, value, range, step, shown)
}

/// The same with a step of one's own for keys, and a value that is said in other words.
pub fn slider_in_steps(
    ui: &mut Ui,
    label: &str,
    value: &mut f32,
    range: core::ops::RangeInclusive<f32>,
    step: f32,
    shown: String,
) -> Response {
    let wide = ui.available_width() > 21.0 * TextStyle::Body.resolve(ui.style()).size;
    let mut response = None;
    // Above its rail a name needs no row of its own height: the rail has one.
    let above = ui.spacing().item_spacing.y;
    if !wide {
        ui.spacing_mut().item_spacing.y = 0.0;
    }
    ui.horizontal(|ui| {
        ui.set_min_height(if wide { 34.0 } else { 0.0 });
        // The label last: it wraps in what the others leave.
        ui.with_layout(trailing(ui.ctx(), Align::Center), |ui| {
            ui.add(egui::Label::new(shown).wrap_mode(egui::TextWrapMode::Extend));
            if wide {
                response = Some(rail(ui, 180.0, label, value, &range, step));
            }
            ui.with_layout(leading(ui.ctx(), Align::Center), |ui| {
                ui.add(egui::Label::new(label).wrap());
            });
        });
    });
    ui.spacing_mut().item_spacing.y = above;
    response.unwrap_or_else(|| {
        let width = ui.available_width();
        rail(ui, width, label, value, &range, step)
    })
}

/// Steps from one end of a slider to the other, by keys, where nothing else is said.
const RAIL_STEPS: f32 = 40.0;
/// Half of what is dragged along it, points.
const KNOB: f32 = 9.0;

/// Where a value lies between the ends of its range as seen from the left, and the way back.
fn part_of(value: f32, range: &core::ops::RangeInclusive<f32>, from_right: bool) -> f32 {
    let part = egui::remap_clamp(value, range.clone(), 0.0..=1.0);
    if from_right { 1.0 - part } else { part }
}

fn value_at(part: f32, range: &core::ops::RangeInclusive<f32>, from_right: bool) -> f32 {
    let part = part.clamp(0.0, 1.0);
    egui::lerp(range.clone(), if from_right { 1.0 - part } else { part })
}

/// What is dragged: the least value is where lines begin.
fn rail(
    ui: &mut Ui,
    width: f32,
    label: &str,
    value: &mut f32,
    range: &core::ops::RangeInclusive<f32>,
    step: f32,
) -> Response {
    let p = palette(ui.ctx());
    let from_right = letters::from_right(ui.ctx());
    let size = Vec2::new(width, row_height(ui.ctx()));
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let ends = Rect::from_center_size(rect.center(), Vec2::new(rect.width() - 2.0 * KNOB, 6.0));
    let before = *value;
    if let Some(at) = response.interact_pointer_pos() {
        *value = value_at((at.x - ends.left()) / ends.width(), range, from_right);
    }
    if response.has_focus() {
        let arrows = egui::EventFilter {
            horizontal_arrows: true,
            ..Default::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let steps = ui.input(|input| {
            input.num_presses(egui::Key::ArrowRight) as f32 - input.num_presses(egui::Key::ArrowLeft) as f32
        });
        if steps != 0.0 {
            let part = part_of(*value, range, from_right);
            let part_a_step = step / (range.end() - range.start());
            *value = value_at(part + steps * part_a_step, range, from_right);
        }
    }
    if *value != before {
        response.mark_changed();
    }
    let shown = f64::from(*value);
    response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), shown, label));
    let knob = egui::pos2(
        egui::lerp(ends.x_range(), part_of(*value, range, from_right)),
        ends.center().y,
    );
    let mut done = ends;
    if from_right {
        done.min.x = knob.x;
    } else {
        done.max.x = knob.x;
    }
    let painter = ui.painter();
    let round = CornerRadius::same(3);
    painter.rect(ends, round, p.ink, Stroke::new(1.0, p.reed), StrokeKind::Outside);
    painter.rect_filled(done, round, p.amber);
    let lit = response.hovered() || response.dragged() || response.has_focus();
    painter.circle_filled(knob, KNOB, if lit { p.glow } else { p.foam });
    if response.has_focus() {
        painter.circle_stroke(knob, KNOB + 4.0, Stroke::new(2.0, p.foam));
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// The ground of every panel.
pub fn panel_frame(ctx: &egui::Context) -> Frame {
    let p = palette(ctx);
    Frame::NONE
        .fill(p.panel())
        .stroke(Stroke::new(1.0, p.edge))
        .corner_radius(CornerRadius::same(PANEL_RADIUS))
        .inner_margin(Margin::same(24))
        .shadow(egui::Shadow {
            offset: [0, 8],
            blur: 32,
            spread: 0,
            color: Color32::from_black_alpha(110),
        })
}

/// A panel's title with the way back. True when back was pressed.
pub fn heading(ui: &mut Ui, title: &str, back: &str) -> bool {
    heading_button(ui, title, back).clicked()
}

/// The same; the way back itself, for whoever gives it the focus.
pub fn heading_button(ui: &mut Ui, title: &str, back: &str) -> Response {
    let p = palette(ui.ctx());
    let widest = |text: &str, style: TextStyle| {
        let font = style.resolve(ui.style());
        let width = |word: &str| {
            let galley = ui.painter().layout_no_wrap(word.to_owned(), font.clone(), p.foam);
            galley.size().x
        };
        text.split_whitespace().map(width).fold(0.0, f32::max)
    };
    // Large letters in a narrow window: a word is not broken for the sake of the button beside it.
    let beside = widest(back, TextStyle::Button) + 2.0 * 16.0 + STEP;
    if widest(title, TextStyle::Heading) > ui.available_width() - beside {
        let way_back = ui
            .with_layout(trailing(ui.ctx(), Align::Min), |ui| {
                button(ui, back, Weight::Quiet, 0.0)
            })
            .inner;
        ui.add(egui::Label::new(RichText::new(title).heading().color(p.foam)).wrap());
        return way_back;
    }
    // The way back first: a long title wraps beside it.
    ui.with_layout(trailing(ui.ctx(), Align::Min), |ui| {
        let way_back = button(ui, back, Weight::Quiet, 0.0);
        ui.with_layout(column(ui.ctx()), |ui| {
            ui.add_space(4.0);
            ui.add(egui::Label::new(RichText::new(title).heading().color(p.foam)).wrap());
        });
        way_back
    })
    .inner
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Fine,
    Plain,
    Trouble,
}

impl Mood {
    pub fn colour(self, p: &Palette) -> Color32 {
        match self {
            Mood::Fine => p.moss,
            Mood::Plain => p.amber,
            Mood::Trouble => p.coral,
        }
    }
}

/// A sentence that matters, with a coloured edge; `next` says what to do.
pub fn callout(ui: &mut Ui, mood: Mood, title: &str, next: &str) {
    let p = palette(ui.ctx());
    let ground = Frame::NONE
        .fill(p.ink)
        .stroke(Stroke::new(1.0, p.edge))
        .corner_radius(CornerRadius::same(WIDGET_RADIUS));
    callout_on(ui, ground, mood, title, next);
}

/// The same on a ground of one's own.
pub fn callout_on(ui: &mut Ui, ground: Frame, mood: Mood, title: &str, next: &str) {
    let p = palette(ui.ctx());
    let from_right = letters::from_right(ui.ctx());
    let inner = ground
        .inner_margin(Margin {
            left: if from_right { 14 } else { 18 },
            right: if from_right { 18 } else { 14 },
            top: 12,
            bottom: 12,
        })
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            ui.with_layout(column(ui.ctx()), |ui| {
                ui.label(RichText::new(title).family(bold()).color(p.foam));
                if !next.is_empty() {
                    ui.label(RichText::new(next).color(p.mist));
                }
            });
        });
    let rect = inner.response.rect;
    let left = if from_right {
        rect.max.x - 10.0
    } else {
        rect.min.x + 6.0
    };
    let edge = Rect::from_min_max(
        egui::pos2(left, rect.min.y + 10.0),
        egui::pos2(left + 4.0, rect.max.y - 10.0),
    );
    ui.painter()
        .rect_filled(edge, CornerRadius::same(2), mood.colour(&p));
}

/// How high [`callout_on`] will be in a column of this width, points.
pub fn callout_height(ui: &Ui, width: f32, title: &str, next: &str) -> f32 {
    let lines = |text: RichText| {
        egui::WidgetText::from(text)
            .into_galley(
                ui,
                Some(egui::TextWrapMode::Wrap),
                width - 32.0,
                egui::TextStyle::Body,
            )
            .size()
            .y
    };
    let next = if next.is_empty() {
        0.0
    } else {
        4.0 + lines(RichText::new(next))
    };
    24.0 + lines(RichText::new(title).family(bold())) + next
}

/// How far something has come; `None` while nobody knows.
pub fn progress(ui: &mut Ui, fraction: Option<f32>) {
    let p = palette(ui.ctx());
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 8.0), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(4), p.ink);
    let filled = match fraction {
        Some(fraction) => Rect::from_min_size(
            rect.min,
            Vec2::new(rect.width() * fraction.clamp(0.02, 1.0), rect.height()),
        ),
        None => {
            let phase = ui.input(|input| input.time as f32 * 0.6).fract();
            let width = rect.width() * 0.3;
            let left = rect.left() + (rect.width() + width) * phase - width;
            Rect::from_min_size(egui::pos2(left, rect.top()), Vec2::new(width, rect.height())).intersect(rect)
        }
    };
    ui.painter().rect_filled(filled, CornerRadius::same(4), p.amber);
}

/// A small filled circle beside a line.
pub fn dot(ui: &mut Ui, colour: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(12.0, 18.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.5, colour);
}

/// What something is called and what it is, side by side from where lines begin, each in its own column.
pub fn pair(ui: &mut Ui, label: &str, value: &str) {
    let room = ui.available_width();
    ui.horizontal_top(|ui| {
        let first = room * 0.4;
        ui.allocate_ui_with_layout(Vec2::new(first, 0.0), column(ui.ctx()), |ui| {
            ui.set_width(first);
            aside(ui, label);
        });
        ui.with_layout(column(ui.ctx()), |ui| {
            ui.add(egui::Label::new(value).wrap());
        });
    });
}

/// Small text that may step back.
pub fn aside(ui: &mut Ui, text: impl Into<String>) -> Response {
    let p = palette(ui.ctx());
    ui.label(RichText::new(text).small().color(p.mist))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Lays out one control with so much room and gives its size.
    fn size_of(room: f32, wraps: bool, add: impl Fn(&mut Ui) -> Response) -> Vec2 {
        let ctx = egui::Context::default();
        give_letters(&ctx, &[]);
        apply(&ctx, &Appearance::default());
        let mut size = Vec2::ZERO;
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            ui.set_max_width(room);
            let mut show = |ui: &mut Ui| {
                // Something is in the row already.
                ui.allocate_exact_size(Vec2::new(room - 60.0, 20.0), Sense::hover());
                size = add(ui).rect.size();
            };
            if wraps {
                ui.horizontal_wrapped(|ui| show(ui));
            } else {
                show(ui);
            }
        });
        output.textures_delta.clear();
        size
    }

    #[test]
    fn a_button_at_the_end_of_a_row_goes_to_the_next_one_and_is_not_broken_into_letters() {
        let size = size_of(300.0, true, |ui| button(ui, "Dismiss this", Weight::Quiet, 0.0));
        assert!(size.y < 1.5 * CONTROL_HEIGHT && size.x > 80.0, "{size}");
    }

    #[test]
    fn fingers_find_every_control() {
        let ctx = egui::Context::default();
        assert!(row_height(&ctx) >= 24.0);
        set_on_glass(&ctx, true);
        assert!(row_height(&ctx) >= 44.0);
        assert!(size_of(300.0, false, |ui| button(ui, "x", Weight::Quiet, 0.0)).min_elem() >= 32.0);
    }

    #[test]
    fn buttons_in_a_row_are_as_high_as_the_highest_of_them() {
        let texts = ["Invite", "Whoever is here with me in this world", "Look", "Build"].map(str::to_owned);
        for text_scale in [1.0, 2.0] {
            let ctx = egui::Context::default();
            give_letters(&ctx, &[]);
            apply(
                &ctx,
                &Appearance {
                    text_scale,
                    ..Default::default()
                },
            );
            let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
                ui.set_max_width(360.0);
                buttons(ui, 2, &texts);
            });
            output.textures_delta.clear();
            let mut rects: Vec<Rect> = ctx.viewport(|viewport| {
                let widgets = &viewport.prev_pass.widgets;
                let all = widgets.layers().flat_map(|(_, widgets)| widgets.iter());
                all.filter(|widget| widget.sense.is_focusable())
                    .map(|widget| widget.rect)
                    .collect()
            });
            assert_eq!(rects.len(), 4);
            rects.sort_by(|a, b| a.top().total_cmp(&b.top()).then(a.left().total_cmp(&b.left())));
            assert!(rects[0].height() > rects[2].height(), "one wraps: {rects:?}");
            for row in rects.chunks(2) {
                assert_eq!(row[0].y_range(), row[1].y_range(), "{text_scale}: {rects:?}");
            }
        }
    }

    #[test]
    fn a_key_moves_a_slider_by_the_step_it_was_given_and_not_past_its_end() {
        let ctx = egui::Context::default();
        give_letters(&ctx, &[]);
        apply(&ctx, &Appearance::default());
        let press = egui::Event::Key {
            key: egui::Key::ArrowRight,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: egui::Modifiers::NONE,
        };
        let mut value = 3.0;
        let mut frame = |events: Vec<egui::Event>| {
            let input = egui::RawInput {
                events,
                ..Default::default()
            };
            let mut output = ctx.run_ui(input, |ui| {
                slider_in_steps(ui, "Much", &mut value, 0.0..=6.0, 2.0, "8 lm".to_owned()).request_focus();
            });
            output.textures_delta.clear();
            value
        };
        // It has the focus in the second, and arrows for itself from the third on.
        frame(Vec::new());
        assert_eq!(frame(Vec::new()), 3.0);
        assert!((frame(vec![press.clone()]) - 5.0).abs() < 1e-5);
        assert_eq!(frame(vec![press]), 6.0);
    }

    proptest! {
        #[test]
        fn a_slider_shows_what_it_says_in_both_directions(part in 0.0f32..=1.0, from_right: bool) {
            let range = 0.25..=4.0;
            let value = value_at(part, &range, from_right);
            prop_assert!(range.contains(&value));
            prop_assert!((part_of(value, &range, from_right) - part).abs() < 1e-4);
        }

        #[test]
        fn a_slider_stays_in_its_range(part in -3.0f32..4.0, from_right: bool) {
            let range = 0.5..=2.0;
            prop_assert!(range.contains(&value_at(part, &range, from_right)));
        }
    }
}

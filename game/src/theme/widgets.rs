//! The controls every panel is built from.
//!
//! Invariant: each has a state for rest, pointer, press, focus and disabled, a name for a screen
//! reader, and can be worked by keyboard alone.

use super::*;
use bevy_egui::egui::text::LayoutJob;
use bevy_egui::egui::{
    Align, Frame, Layout, Rect, Response, RichText, Sense, StrokeKind, TextEdit, Ui, WidgetInfo, WidgetType,
};

/// One below the other, from the side that lines begin at. Rows made by `ui.horizontal` in it begin there, too.
pub fn column(ctx: &egui::Context) -> Layout {
    Layout::top_down(if letters::from_right(ctx) {
        Align::Max
    } else {
        Align::Min
    })
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

/// A button as wide as `width` (or its text when smaller than it), as high as its text needs: letters can be large, and
/// what does not fit the panel is wrapped.
pub fn button(ui: &mut Ui, text: &str, weight: Weight, width: f32) -> Response {
    let p = palette(ui.ctx());
    let font = TextStyle::Button.resolve(ui.style());
    let room = ui.available_width().max(width) - 2.0 * 16.0;
    let mut job = LayoutJob::simple(text.to_owned(), font, Color32::PLACEHOLDER, room.max(40.0));
    job.halign = Align::Center;
    let galley = ui.painter().layout_job(job);
    let size = Vec2::new(
        width.max(galley.size().x + 2.0 * 16.0),
        CONTROL_HEIGHT.max(galley.size().y + 18.0),
    );
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
        ui.painter()
            .rect_filled(face, CornerRadius::same(WIDGET_RADIUS), fill);
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
    let response = ui.add(
        TextEdit::singleline(text)
            .char_limit(limit)
            .hint_text(RichText::new(hint).color(p.reed))
            .margin(Margin::symmetric(12, 11))
            .background_color(p.ink)
            .horizontal_align(if letters::from_right(ui.ctx()) {
                Align::Max
            } else {
                Align::Min
            })
            .desired_width(f32::INFINITY),
    );
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
    let height = (CONTROL_HEIGHT - 6.0).max(galley.size().y + 10.0);
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
        Stroke::new(1.0, p.edge),
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
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(6.0);
        for (option, text) in options {
            let is = option == value;
            let font = TextStyle::Body.resolve(ui.style());
            let ink = if is { p.ink } else { p.foam };
            let galley = ui.painter().layout_no_wrap(text.clone(), font, ink);
            let size = Vec2::new(
                galley.size().x + 24.0,
                (CONTROL_HEIGHT - 4.0).max(galley.size().y + 12.0),
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
            ui.painter()
                .rect_filled(rect, CornerRadius::same(WIDGET_RADIUS), fill);
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
    let wide = ui.available_width() > 21.0 * TextStyle::Body.resolve(ui.style()).size;
    let mut response = None;
    ui.horizontal(|ui| {
        ui.set_min_height(34.0);
        ui.label(label);
        ui.with_layout(trailing(ui.ctx(), Align::Center), |ui| {
            ui.add(egui::Label::new(shown).wrap_mode(egui::TextWrapMode::Extend));
            if wide {
                ui.spacing_mut().slider_width = 170.0;
                response = Some(ui.add(egui::Slider::new(value, range.clone()).show_value(false)));
            }
        });
    });
    let response = response.unwrap_or_else(|| {
        ui.spacing_mut().slider_width = ui.available_width() - 8.0;
        ui.add(egui::Slider::new(value, range).show_value(false))
    });
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Slider, ui.is_enabled(), label));
    focus_ring(ui, &response, WIDGET_RADIUS);
    response
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
    let p = palette(ui.ctx());
    // The way back first: a long title wraps beside it.
    ui.with_layout(trailing(ui.ctx(), Align::Min), |ui| {
        let clicked = button(ui, back, Weight::Quiet, 0.0).clicked();
        ui.with_layout(column(ui.ctx()), |ui| {
            ui.add_space(4.0);
            ui.add(egui::Label::new(RichText::new(title).heading().color(p.foam)).wrap());
        });
        clicked
    })
    .inner
}

/// A key or button as it is printed on the device.
pub fn keycap(ui: &mut Ui, key: &str) {
    let p = palette(ui.ctx());
    let font = FontId::new(12.5, bold());
    let galley = ui.painter().layout_no_wrap(key.to_owned(), font, p.foam);
    let size = Vec2::new((galley.size().x + 12.0).max(22.0), 22.0);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect(
        rect,
        CornerRadius::same(6),
        p.tide,
        Stroke::new(1.0, p.edge),
        StrokeKind::Inside,
    );
    ui.painter()
        .galley(rect.center() - galley.size() / 2.0, galley, p.foam);
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
    let from_right = letters::from_right(ui.ctx());
    let inner = Frame::NONE
        .fill(p.ink)
        .corner_radius(CornerRadius::same(WIDGET_RADIUS))
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

/// Small text that may step back.
pub fn aside(ui: &mut Ui, text: impl Into<String>) -> Response {
    let p = palette(ui.ctx());
    ui.label(RichText::new(text).small().color(p.mist))
}

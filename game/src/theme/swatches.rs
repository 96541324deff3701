//! Colours to choose from: fields with names.
//!
//! Invariant: no colour is told by itself alone: the chosen one has a mark on it, and each has its name beside it for
//! pointers and for screen readers.

use super::widgets::focus_ring;
use super::*;
use bevy_egui::egui::{Response, Sense, StrokeKind, Ui, WidgetInfo, WidgetType};

/// A side of a field, points: a thumb finds it among its neighbours.
const SIDE: f32 = 36.0;

/// One of many colours, in rows. Answers for the chosen one; changed when another one is.
pub fn swatches(ui: &mut Ui, value: &mut u8, options: &[(Color32, String)]) -> Option<Response> {
    let p = palette(ui.ctx());
    let mut chosen: Option<Response> = None;
    let mut changed = false;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(6.0);
        for (at, (colour, name)) in (0u8..).zip(options) {
            let is = at == *value;
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(SIDE), Sense::click());
            response.widget_info(|| WidgetInfo::selected(WidgetType::RadioButton, ui.is_enabled(), is, name));
            let lit = response.hovered() || response.has_focus();
            let painter = ui.painter();
            let field = rect.shrink(if lit || is { 1.0 } else { 3.0 });
            painter.rect_filled(field, CornerRadius::same(WIDGET_RADIUS), *colour);
            painter.rect_stroke(
                field,
                CornerRadius::same(WIDGET_RADIUS),
                Stroke::new(1.0, p.edge),
                StrokeKind::Inside,
            );
            if is {
                // A tick in whichever of the two is seen on it.
                let light = 0.30 * f32::from(colour.r())
                    + 0.59 * f32::from(colour.g())
                    + 0.11 * f32::from(colour.b());
                let ink = if light > 120.0 { p.ink } else { p.foam };
                let at = |x: f32, y: f32| rect.center() + Vec2::new(x, y);
                painter.line(
                    vec![at(-6.5, 0.5), at(-2.0, 5.0), at(7.0, -5.0)],
                    Stroke::new(3.0, ink),
                );
            }
            focus_ring(ui, &response, WIDGET_RADIUS);
            let response = response
                .on_hover_cursor(egui::CursorIcon::PointingHand)
                .on_hover_text(name.as_str());
            if response.clicked() && !is {
                *value = at;
                changed = true;
            }
            if is {
                chosen = Some(response);
            }
        }
    });
    if changed && let Some(response) = &mut chosen {
        response.mark_changed();
    }
    chosen
}

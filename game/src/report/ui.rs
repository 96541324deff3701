//! The report's window.

use super::Report;
use crate::screens::{Panel, Screens};
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::{self, RichText};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        EguiPrimaryContextPass,
        show.in_set(crate::view::ViewSystems::Panels),
    );
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    report: Res<Report>,
    words: Res<Words>,
    time: Res<Time<Real>>,
    mut copied_until: Local<f32>,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Report) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let mut back = false;
    let now = time.elapsed_secs();
    crate::view::dialog(ctx, "report", 520.0, |ui| {
        back = widgets::heading(ui, &words.say("report-title"), &words.say("report-back"));
        for (label, value) in report.rows(&words) {
            widgets::pair(ui, &label, &value);
        }
        lines(ui, &words.say("report-guests"), &report.guests(&words));
        lines(ui, &words.say("report-tried"), &report.tried);
        ui.add_space(8.0);
        let text = if now < *copied_until {
            "report-copied"
        } else {
            "report-copy"
        };
        let copy = widgets::wide_button(ui, &words.say(text), widgets::Weight::Primary);
        first.give(screens.opened(), &copy);
        if copy.clicked() {
            ui.ctx().copy_text(report.text());
            *copied_until = now + 2.0;
        }
    });
    if back {
        screens.back();
    }
    Ok(())
}

/// A list too long for the panel, in a well of its own; nothing when it is empty.
fn lines(ui: &mut egui::Ui, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    ui.add_space(6.0);
    widgets::aside(ui, title);
    egui::Frame::NONE
        .fill(theme::palette(ui.ctx()).ink)
        .corner_radius(egui::CornerRadius::same(theme::WIDGET_RADIUS))
        .inner_margin(egui::Margin::same(12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            egui::ScrollArea::vertical()
                .id_salt(title)
                .max_height(150.0)
                .show(ui, |ui| {
                    for line in lines {
                        ui.label(
                            RichText::new(line)
                                .monospace()
                                .color(theme::palette(ui.ctx()).mist),
                        );
                    }
                });
        });
}

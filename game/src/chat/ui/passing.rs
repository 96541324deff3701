//! Lines that pass in the corner while the log is closed, and how many were missed.
//!
//! Invariant: at least the newest line is shown, and all of them leave room for the world.

use super::{Around, Entry, corner, width};
use crate::chat::{ChatLog, lines};
use crate::theme::glyph::{Glyph, glyph};
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy_egui::egui::{self, RichText};
use std::time::Duration;

/// Between lines that pass, points; rows of each that are shown (the log has all of it); and how much of the screen's
/// height they may cover together: above it is what one looks at.
const LINES_APART: f32 = 4.0;
const PASSING_ROWS: usize = 5;
const PASSING_SHARE: f32 = 0.45;
/// The same on a telephone held upright, where all of it lies before one's own figure.
const PASSING_SHARE_UPRIGHT: f32 = 0.27;

/// How many of the last there is room for; one at least.
fn newest_that_fit(heights: &[f32], room: f32) -> usize {
    let mut high = 0.0;
    let fit = heights.iter().rev().take_while(|height| {
        high += **height;
        let fits = high <= room;
        high += LINES_APART;
        fits
    });
    fit.count().max(1).min(heights.len())
}

/// The newest lines, for a while, and how many were missed.
pub(super) fn show(
    ctx: &egui::Context,
    entry: &mut Entry,
    log: &ChatLog,
    around: &Around,
    opens: Option<&Glyph>,
    words: &Words,
    now: Duration,
) {
    if entry.fresh.is_empty() && entry.missed.is_empty() {
        return;
    }
    let mut width = width(ctx);
    let screen = ctx.content_rect();
    if theme::on_glass(ctx) {
        // Left of the buttons under the right thumb.
        width = width.min(screen.width() - 40.0 - 110.0);
    }
    corner(ctx, "chat lines", width, false, |ui| {
        ui.spacing_mut().item_spacing.y = LINES_APART;
        let inside = width - 24.0;
        let fresh: Vec<_> = entry
            .fresh
            .iter()
            .filter_map(|(id, until)| Some((log.get(*id)?, until)))
            .map(|(line, until)| {
                let mut job = lines::passing(ui, line, around.colour(ctx, line), inside, words);
                job.wrap.max_rows = PASSING_ROWS;
                (line, until, ui.painter().layout_job(job))
            })
            .collect();
        let heights: Vec<f32> = fresh.iter().map(|(.., text)| text.size().y + 12.0).collect();
        let share = if screen.height() > screen.width() {
            PASSING_SHARE_UPRIGHT
        } else {
            PASSING_SHARE
        };
        let keep = newest_that_fit(&heights, screen.height() * share);
        for (line, until, text) in fresh.into_iter().skip(heights.len() - keep) {
            let opacity = until.saturating_sub(now).as_secs_f32().min(1.0);
            let p = theme::palette(ui.ctx());
            let ring = if line.names_me {
                p.amber
            } else {
                egui::Color32::TRANSPARENT
            };
            ui.scope(|ui| {
                ui.multiply_opacity(opacity);
                pill(ui)
                    .stroke(egui::Stroke::new(1.5, ring))
                    .show(ui, |ui| ui.label(text));
            });
        }
        if entry.fresh.is_empty() {
            unread(ui, entry, words, opens);
        }
    });
}

fn pill(ui: &egui::Ui) -> egui::Frame {
    egui::Frame::NONE
        .fill(theme::palette(ui.ctx()).pill(0.95))
        .corner_radius(egui::CornerRadius::same(12))
        .inner_margin(egui::Margin::symmetric(12, 6))
}

fn unread(ui: &mut egui::Ui, entry: &Entry, words: &Words, opens: Option<&Glyph>) {
    let p = theme::palette(ui.ctx());
    pill(ui).show(ui, |ui| {
        ui.horizontal(|ui| {
            let calls = entry.missed.iter().filter(|missed| missed.names_me).count();
            let called = calls > 0;
            widgets::dot(ui, if called { p.coral } else { p.amber });
            ui.label(words.with("chat-unread", &[("count", entry.missed.len().into())]));
            if called {
                let calls = words.with("chat-unread-calls", &[("count", calls.into())]);
                ui.label(RichText::new(calls).family(theme::bold()).color(p.amber));
            }
            if let Some(key) = opens {
                glyph(ui, key);
            }
        });
    });
}

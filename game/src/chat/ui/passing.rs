//! Lines that pass while the log is closed, and how many were missed.
//!
//! Invariants: at least the newest line is shown, and all of them leave room for the world; on glass they are where no
//! thumb is.

use super::{Around, Entry, corner, width};
use crate::chat::{ChatLog, lines};
use crate::theme::glyph::{Glyph, glyph, glyph_width};
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy_egui::egui;
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
    let width = width(ctx);
    let screen = ctx.content_rect();
    place(ctx, width, |ui| {
        ui.spacing_mut().item_spacing.y = LINES_APART;
        let inside = width.min(screen.width() - 40.0) - 24.0;
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
            unread(ui, width.min(screen.width() - 40.0), entry, words, opens);
        }
    });
}

fn pill(ui: &egui::Ui) -> egui::Frame {
    egui::Frame::NONE
        .fill(theme::palette(ui.ctx()).pill(0.95))
        .corner_radius(egui::CornerRadius::same(12))
        .inner_margin(egui::Margin::symmetric(12, 6))
}

/// At a desk in the lower corner; on glass below what stands at the upper edge: below are the thumbs, and in the middle is
/// one's own figure.
fn place(ctx: &egui::Context, width: f32, contents: impl FnOnce(&mut egui::Ui)) {
    if !theme::on_glass(ctx) {
        return corner(ctx, "chat lines", width, false, contents);
    }
    let screen = ctx.content_rect();
    // Held across, what else hangs from the upper edge is beside them.
    let upright = screen.height() > screen.width();
    let hangs = [
        (egui::Order::Middle, "place"),
        (egui::Order::Middle, "looked at"),
        (egui::Order::Middle, "away"),
        (egui::Order::Middle, "fetching"),
        (egui::Order::Middle, "whisper"),
        (egui::Order::Foreground, "announcement"),
        (egui::Order::Middle, "guide"),
        (egui::Order::Tooltip, "notices"),
    ];
    let top = crate::view::below(ctx, if upright { &hangs[..] } else { &hangs[..6] }, 72.0);
    egui::Area::new("chat lines".into())
        .anchor(egui::Align2::LEFT_TOP, [20.0, top])
        .interactable(false)
        .order(egui::Order::Middle)
        .show(ctx, |ui| {
            ui.set_width(width.min(screen.width() - 40.0));
            ui.with_layout(widgets::column(ctx), contents);
        });
}

/// How many lines were missed, and how many of them call: one paragraph, for on a telephone it may need two rows.
fn unread(ui: &mut egui::Ui, width: f32, entry: &Entry, words: &Words, opens: Option<&Glyph>) {
    let p = theme::palette(ui.ctx());
    let calls = entry.missed.iter().filter(|missed| missed.names_me).count();
    let body = egui::TextStyle::Body.resolve(ui.style());
    let mut job = egui::text::LayoutJob {
        halign: if theme::letters::from_right(ui.ctx()) {
            egui::Align::RIGHT
        } else {
            egui::Align::LEFT
        },
        ..Default::default()
    };
    let beside = opens.map_or(0.0, |key| glyph_width(ui, key) + ui.spacing().item_spacing.x);
    job.wrap.max_width = (width - 24.0 - 12.0 - ui.spacing().item_spacing.x - beside).max(60.0);
    let mut say = |text: &str, font_id: egui::FontId, color| {
        let format = egui::TextFormat {
            font_id,
            color,
            ..Default::default()
        };
        job.append(text, 0.0, format);
    };
    let count = words.with("chat-unread", &[("count", entry.missed.len().into())]);
    say(&count, body.clone(), p.foam);
    if calls > 0 {
        let calls = words.with("chat-unread-calls", &[("count", calls.into())]);
        say(
            &format!(" {calls}"),
            egui::FontId::new(body.size, theme::bold()),
            p.amber,
        );
    }
    let text = ui.painter().layout_job(job);
    pill(ui).show(ui, |ui| {
        ui.horizontal(|ui| {
            widgets::dot(ui, if calls > 0 { p.coral } else { p.amber });
            ui.label(text);
            if let Some(key) = opens {
                glyph(ui, key);
            }
        });
    });
}

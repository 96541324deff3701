//! The log of a room, and the way to its end.
//!
//! Flow: lines that are not of the muted → `lines` draws them; keys and presses choose one → its sheet.
//! Invariant: where one left off is marked until the log is closed.

use super::entry::write;
use super::{Around, Entry, Wishes, corner, width};
use crate::chat::lines::{self, Layouts, Pressed, Shown};
use crate::chat::{ChatLine, ChatLog};
use crate::people::mute::Muted;
use crate::platform;
use crate::screens::{Device, Opened, Panel};
use crate::settings::Settings;
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy_egui::egui::{self, Id, Key, Modifiers, RichText};

/// "now", "5 min", "2 h": a host's clock is not ours, and hours mean something in every time zone.
pub(super) fn ago(at_secs: u64, now_secs: u64, words: &Words) -> String {
    let count = |key, count: u64| words.with(key, &[("count", count.into())]);
    match now_secs.saturating_sub(at_secs) {
        0..60 => words.say("chat-now"),
        secs @ 60..3600 => count("chat-minutes", secs / 60),
        secs @ 3600..86_400 => count("chat-hours", secs / 3600),
        secs => count("chat-days", secs / 86_400),
    }
}

/// The log and the entry.
pub(super) fn room(
    ctx: &egui::Context,
    entry: &mut Entry,
    drawn: &mut Layouts,
    log: &ChatLog,
    around: &Around,
    muted: &Muted,
    settings: &Settings,
    device: Device,
    words: &Words,
    wishes: &mut Wishes,
    first: &mut crate::view::FirstFocus,
    opened: Opened,
) {
    let now_secs = platform::unix_secs();
    let heard: Vec<&ChatLine> = log
        .lines()
        .filter(|line| !muted.contains(&line.account))
        .collect();
    let newest = heard.last().map_or(0, |line| line.id);
    if !entry.missed.is_empty() {
        entry.first_new = heard.iter().find(|line| line.id > entry.seen).map(|line| line.id);
        entry.missed.clear();
    }
    let mut before = None;
    let shown: Vec<Shown> = heard
        .iter()
        .map(|line| {
            let first_new = entry.first_new == Some(line.id);
            let headed = first_new || !lines::goes_on(line, before);
            before = Some(*line);
            Shown {
                line,
                colour: around.colour(ctx, line),
                time: if headed && settings.chat_times {
                    ago(line.at_secs, now_secs, words)
                } else {
                    String::new()
                },
                headed,
                first_new,
            }
        })
        .collect();
    let mut act = None;
    corner(ctx, "chat", width(ctx), true, |ui| {
        let log_id = Id::new("chat log");
        let entry_id = Id::new("chat entry");
        let follow = choose(ui, log_id, entry_id, entry, &heard, &mut act);
        let mut area = crate::view::scrolled(ctx.content_rect().height() * 0.42)
            .stick_to_bottom(true)
            .content_margin(egui::Margin::ZERO);
        if std::mem::take(&mut entry.go_to_end) {
            area = area.vertical_scroll_offset(f32::MAX);
        }
        let output = area.show_viewport(ui, |ui, viewport| {
            if shown.is_empty() {
                ui.set_width(ui.available_width());
                widgets::aside(ui, words.say("chat-nothing"));
                return None;
            }
            drawn.show(ui, viewport, &shown, words, entry.selected, follow)
        });
        // As many as the log holds: what fell out of it is not drawn again.
        drawn.keep(|id| log.get(id).is_some());
        act = act.take().or(output.inner);
        let below = output.content_size.y - output.state.offset.y - output.inner_rect.height();
        entry.at_end = below < 12.0;
        if entry.at_end {
            entry.seen = newest;
        } else {
            let new = heard.iter().filter(|line| line.id > entry.seen).count();
            if to_end(ui, new, words) {
                entry.go_to_end = true;
            }
        }
        ui.add_space(4.0);
        write(
            ui, entry_id, log_id, entry, log, around, device, words, wishes, first, opened,
        );
    });
    match act {
        Some(Pressed::Line(id)) => {
            entry.about = Some(id);
            wishes.screens.open(Panel::ChatLine);
        }
        Some(Pressed::Link(id, link)) => {
            entry.about = Some(id);
            entry.address = Some(link);
            wishes.screens.open(Panel::Address);
        }
        None => {}
    }
}

/// The log under the keys: up and down choose a line, Enter opens what can be done with it, down from the last leads
/// back. True when the choice moved.
fn choose(
    ui: &mut egui::Ui,
    log_id: Id,
    entry_id: Id,
    entry: &mut Entry,
    heard: &[&ChatLine],
    act: &mut Option<Pressed>,
) -> bool {
    // No size of its own: it is the log that shows who has the keys.
    let rect = egui::Rect::from_min_size(ui.next_widget_position(), egui::Vec2::ZERO);
    let response = ui.interact(rect, log_id, egui::Sense::focusable_noninteractive());
    if !response.has_focus() {
        entry.selected = None;
        return false;
    }
    let filter = egui::EventFilter {
        vertical_arrows: true,
        ..Default::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(log_id, filter));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let last = heard.len().saturating_sub(1);
    let at = entry
        .selected
        .and_then(|id| heard.iter().position(|line| line.id == id));
    let mut next = at.unwrap_or(last);
    if pressed(Key::ArrowUp) {
        next = next.saturating_sub(1);
    }
    if pressed(Key::ArrowDown) {
        if next == last {
            ui.memory_mut(|memory| memory.request_focus(entry_id));
        }
        next = (next + 1).min(last);
    }
    if pressed(Key::Home) {
        next = 0;
    }
    if pressed(Key::End) {
        next = last;
    }
    entry.selected = heard.get(next).map(|line| line.id);
    if pressed(Key::Enter) {
        *act = entry.selected.map(Pressed::Line);
    }
    Some(next) != at
}

/// Back to the newest line. True when pressed.
fn to_end(ui: &mut egui::Ui, new: usize, words: &Words) -> bool {
    let text = match new {
        0 => words.say("chat-to-end"),
        new => words.with("chat-new-below", &[("count", new.into())]),
    };
    let p = theme::palette(ui.ctx());
    let label = RichText::new(text).small().family(theme::bold());
    ui.vertical_centered(|ui| {
        let response = ui.add(egui::Button::new(label.color(p.ink)).fill(p.amber));
        widgets::focus_ring(ui, &response, theme::WIDGET_RADIUS);
        response.clicked()
    })
    .inner
}

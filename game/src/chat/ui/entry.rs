//! Where one writes: whom a line is for, whom it names, and what becomes of it once it is sent.
//!
//! Flow: keys and presses in [`write`] → [`Say`], [`Edit`] → what the host refuses comes back ([`explain`]), and what it
//! never answered is said ([`account_for`]).
//! Invariant: nothing that was written is lost without a word.

use super::{Around, Entry, Wishes};
use crate::chat::wire::WhyNot;
use crate::chat::{ChatLog, Edit, NotChanged, NotSaid, Reach, Say, draft, mentions, rules};
use crate::customs::MAX_CHAT_CHARS;
use crate::notices::Notice;
use crate::screens::{Device, Opened, Panel};
use crate::session::{SessionEnd, SessionEnded, SessionPhase};
use crate::theme::field::Field;
use crate::theme::glyph::{Glyph, glyph};
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::text::{CCursor, CCursorRange};
use bevy_egui::egui::{self, Id, Key, Modifiers, RichText};
use holm_net::pose::Slot;

/// The counter appears when this few characters are left.
const NEARLY_FULL: usize = 80;
/// Names offered at once.
const OFFERED: usize = 4;
/// Drafts on their way to the host, kept until it answers. A host answers in a round trip; more than these nobody types.
const SENT: usize = 16;

pub(super) fn explain(
    mut not_said: MessageReader<NotSaid>,
    mut not_changed: MessageReader<NotChanged>,
    words: Res<Words>,
    mut entry: ResMut<Entry>,
    mut notices: MessageWriter<Notice>,
) {
    let what = |why: &WhyNot| match why {
        WhyNot::TooFast => "chat-too-fast",
        WhyNot::Empty => "chat-empty",
        WhyNot::NotAllowed => "chat-not-allowed",
        WhyNot::NotYours => "chat-not-yours",
        WhyNot::TooLate => "chat-too-late",
        WhyNot::Silent => "chat-silent",
    };
    for NotSaid { why } in not_said.read() {
        // What was refused is not lost: it comes back into the entry.
        let refused = entry.sent.pop_front();
        if let Some(text) = refused
            && entry.draft.is_empty()
            && entry.editing.is_none()
        {
            entry.draft = text;
            entry.cursor_to_end = true;
        }
        notices.write(Notice::trouble(words.say(what(why)), words.say("chat-not-sent")));
    }
    for NotChanged { id, why } in not_changed.read() {
        let refused = entry.changes.iter().position(|(changed, _)| changed == id);
        if let Some((_, text)) = refused.and_then(|at| entry.changes.remove(at))
            && entry.draft.is_empty()
            && entry.editing.is_none()
        {
            entry.draft = text;
            entry.cursor_to_end = true;
        }
        notices.write(Notice::trouble(
            words.say(what(why)),
            words.say("chat-not-changed"),
        ));
    }
}

/// The room ended under a line that was on its way: whether anybody read it is not known here. Who leaves by their own
/// will has sent it before the good-bye, unless there was no link to send it on.
pub(super) fn account_for(
    mut ended: MessageReader<SessionEnded>,
    phase: Res<State<SessionPhase>>,
    mut before: Local<SessionPhase>,
    mut entry: ResMut<Entry>,
    words: Res<Words>,
    mut notices: MessageWriter<Notice>,
) {
    let was = std::mem::replace(&mut *before, *phase.get());
    for SessionEnded { end } in ended.read() {
        let sent = std::mem::take(&mut entry.sent);
        if *end == SessionEnd::Left && was != SessionPhase::Away {
            continue;
        }
        if let Some(text) = sent.back() {
            notices.write(Notice::trouble(
                words.say("chat-unsure"),
                words.with("chat-unsure-next", &[("text", text.into())]),
            ));
        }
    }
}

/// The entry with what belongs to it: names to choose from, whom the line is for, how much room is left.
pub(super) fn write(
    ui: &mut egui::Ui,
    id: Id,
    log_id: Id,
    entry: &mut Entry,
    log: &ChatLog,
    around: &Around,
    device: Device,
    words: &Words,
    wishes: &mut Wishes,
    first: &mut crate::view::FirstFocus,
    opened: Opened,
) {
    let p = theme::palette(ui.ctx());
    let others = around.others();
    let may_announce = rules::may_announce(around.things.may());
    let focused = ui.memory(|memory| memory.has_focus(id));
    let cursor = cursor(ui.ctx(), id, &entry.draft);
    let offered = draft::candidates(&entry.draft, cursor, &others, OFFERED);
    let mut chosen = None;
    if focused {
        // In the order in which they could be meant at once: a shifted key first.
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if pressed(Modifiers::SHIFT, Key::Tab) || pressed(Modifiers::NONE, Key::PageUp) {
            ui.memory_mut(|memory| memory.request_focus(log_id));
        } else if pressed(Modifiers::NONE, Key::Tab) {
            match offered.first() {
                Some((slot, name)) => chosen = Some((*slot, (*name).to_owned())),
                None if entry.editing.is_none() => entry.reach = draft::next_reach(entry.reach, may_announce),
                None => {}
            }
        } else if entry.draft.is_empty() && pressed(Modifiers::NONE, Key::ArrowUp) {
            let own = around.me().map(|(me, _)| me.account);
            let last = log
                .lines()
                .rev()
                .find(|line| Some(line.account) == own && !line.taken_back);
            match last {
                // A pad has no Shift: its cross leads into the log.
                Some(line) if device == Device::Keyboard && entry.editing.is_none() => {
                    entry.edit(line);
                    wishes.screens.open(Panel::ChatEdit);
                }
                _ => ui.memory_mut(|memory| memory.request_focus(log_id)),
            }
        }
    }
    if entry.editing.is_some() {
        ui.label(RichText::new(words.say("chat-editing")).small().color(p.amber));
    }
    if !offered.is_empty() {
        ui.horizontal_wrapped(|ui| {
            for (index, (slot, name)) in offered.iter().enumerate() {
                let text = RichText::new(format!("@{name}")).small();
                let button = egui::Button::new(text).fill(if index == 0 { p.shallows } else { p.tide });
                let response = ui.add(button);
                widgets::focus_ring(ui, &response, theme::WIDGET_RADIUS);
                if response.clicked() {
                    chosen = Some((*slot, (*name).to_owned()));
                }
            }
            key(ui, device, Glyph::Cap(words.say("input-key-tab")));
        });
    }
    if let Some((slot, name)) = chosen {
        let at = draft::complete(&mut entry.draft, cursor, &name);
        entry.picked.push(slot);
        set_cursor(ui.ctx(), id, &entry.draft, at);
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    let hint = match entry.reach {
        _ if entry.editing.is_some() => "chat-hint-edit",
        Reach::World => "chat-hint-all",
        Reach::Near => "chat-hint-near",
        Reach::Announcement => "chat-hint-announce",
    };
    let filter = egui::EventFilter {
        tab: true,
        horizontal_arrows: true,
        vertical_arrows: true,
        escape: false,
    };
    let field = egui::ScrollArea::vertical()
        .id_salt("chat field")
        .max_height(96.0 * theme::text_scale(ui.ctx()))
        .show(ui, |ui| {
            Field::paragraph(&mut entry.draft, MAX_CHAT_CHARS)
                .id(id)
                .filter(filter)
                .hint(words.say(hint))
                .show(ui)
        })
        .inner;
    let (field, enter) = (field.response, field.entered);
    // A pasted page is one line.
    if field.changed() && entry.draft.contains(['\n', '\r', '\t']) {
        entry.draft = entry.draft.replace("\r\n", " ").replace(['\n', '\r', '\t'], " ");
    }
    if entry.editing.is_none()
        && let Some(reach) = draft::take_prefix(&mut entry.draft)
    {
        if reach != Reach::Announcement || may_announce {
            entry.reach = reach;
        }
        set_cursor(ui.ctx(), id, &entry.draft, entry.draft.len());
    }
    first.give(opened, &field);
    if std::mem::take(&mut entry.cursor_to_end) {
        set_cursor(ui.ctx(), id, &entry.draft, entry.draft.len());
    }
    ui.horizontal(|ui| {
        if entry.editing.is_none() {
            reach_switch(ui, entry, around, may_announce, words, device);
        }
        let used = entry.draft.chars().count();
        ui.with_layout(widgets::trailing(ui.ctx(), egui::Align::Center), |ui| {
            if used + NEARLY_FULL >= MAX_CHAT_CHARS {
                let full = used >= MAX_CHAT_CHARS;
                let counter = RichText::new(format!("{used} / {MAX_CHAT_CHARS}")).small();
                ui.label(counter.color(if full { p.coral } else { p.amber }));
            } else if device == Device::Keyboard {
                widgets::aside(ui, words.say("chat-send"));
                key(ui, device, Glyph::Cap(words.say("input-key-enter")));
            }
        });
    });
    if enter {
        send(entry, &others, wishes);
    }
}

/// Whom the next line is for; a press goes on to the next.
fn reach_switch(
    ui: &mut egui::Ui,
    entry: &mut Entry,
    around: &Around,
    may_announce: bool,
    words: &Words,
    device: Device,
) {
    let p = theme::palette(ui.ctx());
    let (text, colour) = match entry.reach {
        Reach::World => (words.say("chat-to-all"), p.foam),
        Reach::Near => (
            words.with("chat-to-near", &[("count", around.hearing().into())]),
            p.foam,
        ),
        Reach::Announcement => (words.say("chat-to-announce"), p.amber),
    };
    let label = RichText::new(text).small().family(theme::bold()).color(colour);
    let response = ui.add(egui::Button::new(label).fill(p.tide));
    widgets::focus_ring(ui, &response, theme::WIDGET_RADIUS);
    if response.clicked() {
        entry.reach = draft::next_reach(entry.reach, may_announce);
    }
    key(ui, device, Glyph::Cap(words.say("input-key-tab")));
}

/// A key of the field itself, which nobody can bind: shown where there are keys.
fn key(ui: &mut egui::Ui, device: Device, cap: Glyph) {
    if device == Device::Keyboard {
        glyph(ui, &cap);
    }
}

fn send(entry: &mut Entry, others: &[(Slot, String)], wishes: &mut Wishes) {
    let here: Vec<(Slot, &str)> = others.iter().map(|(slot, name)| (*slot, name.as_str())).collect();
    let named = mentions::find(&entry.draft, &here, &entry.picked);
    entry.picked.clear();
    // What is left of it for others: some characters are nothing to see.
    let empty = crate::customs::chat_line(&entry.draft).is_none();
    if let Some((id, waiting)) = entry.editing.take() {
        let text = std::mem::replace(&mut entry.draft, waiting);
        if !empty {
            entry.changes.push_back((id, text.clone()));
            if entry.changes.len() > SENT {
                entry.changes.pop_front();
            }
            wishes.edit.write(Edit {
                id,
                text,
                mentions: named,
            });
        }
        wishes.screens.close(Panel::ChatEdit);
        return;
    }
    if !empty {
        let text = std::mem::take(&mut entry.draft);
        entry.sent.push_back(text.clone());
        if entry.sent.len() > SENT {
            entry.sent.pop_front();
        }
        wishes.say.write(Say {
            text,
            reach: entry.reach,
            mentions: named,
        });
        // The next word is one to all again unless somebody says otherwise: nobody wants to announce by habit.
        if entry.reach == Reach::Announcement {
            entry.reach = Reach::World;
        }
    }
    wishes.screens.close(Panel::Chat);
}

/// Where the cursor stands in the draft, in bytes.
fn cursor(ctx: &egui::Context, id: Id, draft: &str) -> usize {
    let chars = egui::TextEdit::load_state(ctx, id)
        .and_then(|state| state.cursor.char_range())
        .map_or(usize::MAX, |range| range.primary.index.0);
    draft.char_indices().nth(chars).map_or(draft.len(), |(at, _)| at)
}

fn set_cursor(ctx: &egui::Context, id: Id, draft: &str, at: usize) {
    let chars = draft.get(..at).unwrap_or(draft).chars().count();
    let mut state = egui::TextEdit::load_state(ctx, id).unwrap_or_default();
    let range = CCursorRange::one(CCursor::new(chars));
    state.cursor.set_char_range(Some(range));
    state.store(ctx, id);
}

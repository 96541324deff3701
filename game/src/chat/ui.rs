//! Reading and writing: the lines in the corner, the log, the entry, the bubbles over heads.
//!
//! Flow: Enter opens the entry → [`Say`], [`Edit`]; [`Said`] → a fading line and a [`Bubble`] over whoever said it; a press
//! on a line or a link opens one of `sheets`.
//! Invariants: a draft survives closing the entry, being refused and changing another line, and no room hears what was
//! meant for another; what was missed is counted and marked; of the muted there is nothing to be seen.

use super::lines::{self, Layouts, Pressed, Shown};
use super::wire::WhyNot;
use super::{
    Changed, ChatLine, ChatLog, Edit, NotChanged, NotSaid, Reach, Said, Say, banner, draft, mentions, rules,
    sheets,
};
use crate::customs::MAX_CHAT_CHARS;
use crate::input::actions::Doing;
use crate::input::glyphs::Signs;
use crate::notices::Notice;
use crate::people::mute::Muted;
use crate::people::{Me, People, Person, Posture};
use crate::platform;
use crate::screens::{Device, Panel, Screens};
use crate::session::{Entered, Session, SessionPhase};
use crate::settings::Settings;
use crate::theme::glyph::{Glyph, glyph};
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::text::{CCursor, CCursorRange};
use bevy_egui::egui::{self, Id, Key, Modifiers, RichText};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_identity::AccountKey;
use holm_net::pose::Slot;
use std::collections::VecDeque;
use std::time::Duration;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Entry>()
        .init_resource::<Drawn>()
        .add_plugins((banner::plugin, sheets::plugin))
        .add_systems(
            Update,
            ((begin_room, hear, hear_changes, fade).chain(), explain, redress),
        )
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Hud)
                .run_if(not(in_state(SessionPhase::Off)).and_then(not(in_state(SessionPhase::Joining)))),
        );
}

/// How long a line stays in the corner while the entry is closed.
const LINE_LASTS: Duration = Duration::from_secs(12);
/// Lines in the corner while the entry is closed.
const FRESH_LINES: usize = 6;
/// The counter appears when this few characters are left.
const NEARLY_FULL: usize = 80;
/// Names offered at once.
const OFFERED: usize = 4;
/// Drafts on their way to the host, kept until it answers. A host answers in a round trip; more than these nobody types.
const SENT: usize = 16;

/// How long a bubble stays: time to read it at 15 characters a second.
fn bubble_lasts(chars: usize) -> Duration {
    Duration::from_secs_f32(4.0 + (chars.min(120) as f32) / 15.0)
}

/// What somebody just said, over their head.
#[derive(Component, Clone, Debug, PartialEq)]
pub(crate) struct Bubble {
    line: u64,
    account: AccountKey,
    text: String,
    since: Duration,
    until: Duration,
}

impl Bubble {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Comes quickly, goes slowly.
    pub(crate) fn opacity(&self, now: Duration) -> f32 {
        let age = now.saturating_sub(self.since).as_secs_f32();
        let left = self.until.saturating_sub(now).as_secs_f32();
        (age * 6.0).min(left * 1.5).clamp(0.0, 1.0)
    }
}

/// The entry, and what was missed while it was closed.
#[derive(Resource, Debug, Default)]
pub(crate) struct Entry {
    pub(super) draft: String,
    reach: Reach,
    /// Whom a name in the draft means, where several bear it.
    picked: Vec<Slot>,
    /// The line that is being changed, and the draft that waits meanwhile.
    editing: Option<(u64, String)>,
    /// What is on its way to the host, to come back if it is refused.
    sent: VecDeque<String>,
    /// Changes of lines on their way, likewise.
    changes: VecDeque<(u64, String)>,
    fresh: VecDeque<(u64, Duration)>,
    unread: u32,
    /// Of them, lines that name me.
    calls: u32,
    /// The newest line that was seen, and the first that was new when the log was opened.
    seen: u64,
    first_new: Option<u64>,
    /// Whether the log shows its end, and whether it shall.
    at_end: bool,
    go_to_end: bool,
    /// The line that the keys chose in the log.
    selected: Option<u64>,
    /// The line and the address the open sheets are about.
    pub(crate) about: Option<u64>,
    pub(crate) address: Option<String>,
    /// Put the cursor behind the draft.
    cursor_to_end: bool,
}

impl Entry {
    /// Puts a line of one's own into the entry, to be changed.
    pub(crate) fn edit(&mut self, line: &ChatLine) {
        let waiting = match self.editing.take() {
            Some((_, waiting)) => waiting,
            None => std::mem::take(&mut self.draft),
        };
        self.editing = Some((line.id, waiting));
        self.draft.clone_from(&line.text);
        self.cursor_to_end = true;
    }

    /// Back from that, to what was being written before.
    fn stop_editing(&mut self) {
        if let Some((_, waiting)) = self.editing.take() {
            self.draft = waiting;
            self.cursor_to_end = true;
        }
    }

    /// The lines that pass are seen no more, read or not.
    pub(crate) fn let_lines_go(&mut self) {
        self.fresh.clear();
    }

    /// Calls somebody in the draft.
    pub(super) fn call(&mut self, slot: Slot, name: &str) {
        if !self.draft.is_empty() && !self.draft.ends_with(' ') {
            self.draft.push(' ');
        }
        self.draft.push_str(&format!("@{name} "));
        self.picked.push(slot);
        self.cursor_to_end = true;
    }
}

/// Paragraphs that were made already.
#[derive(Resource, Debug, Default)]
struct Drawn(Layouts);

/// A new room begins with nothing typed and nothing missed.
fn begin_room(mut entered: MessageReader<Entered>, mut entry: ResMut<Entry>, mut drawn: ResMut<Drawn>) {
    if entered.read().count() > 0 {
        *entry = Entry::default();
        *drawn = Drawn::default();
    }
}

fn hear(
    mut commands: Commands,
    mut said: MessageReader<Said>,
    mut entry: ResMut<Entry>,
    session: Res<Session>,
    people: Res<People>,
    muted: Res<Muted>,
    screens: Res<Screens>,
    time: Res<Time<Real>>,
    words: Res<Words>,
    mut notices: MessageWriter<Notice>,
) {
    let now = time.elapsed();
    for Said { line } in said.read() {
        let mine = session.me() == Some(line.slot);
        if mine {
            entry.sent.pop_front();
        }
        if muted.contains(&line.account) {
            continue;
        }
        entry.fresh.push_back((line.id, now + LINE_LASTS));
        if entry.fresh.len() > FRESH_LINES {
            entry.fresh.pop_front();
        }
        if !screens.is_open(Panel::Chat) && !mine {
            entry.unread += 1;
            if line.names_me {
                entry.calls += 1;
                notices.write(Notice {
                    mood: widgets::Mood::Plain,
                    what: words.with("chat-calls-you", &[("name", (&line.name).into())]),
                    next: String::new(),
                });
            }
        }
        if let Some(entity) = people.entity(line.slot) {
            let until = now + bubble_lasts(line.text.chars().count());
            commands.entity(entity).try_insert(Bubble {
                line: line.id,
                account: line.account,
                text: line.text.clone(),
                since: now,
                until,
            });
        }
    }
}

/// What changed is changed over heads, too.
fn hear_changes(
    mut commands: Commands,
    mut changed: MessageReader<Changed>,
    log: Res<ChatLog>,
    mut entry: ResMut<Entry>,
    mut bubbles: Query<(Entity, &mut Bubble)>,
) {
    for Changed { id } in changed.read() {
        if let Some(at) = entry.changes.iter().position(|(changed, _)| changed == id) {
            entry.changes.remove(at);
        }
        for (entity, mut bubble) in bubbles.iter_mut().filter(|(_, bubble)| bubble.line == *id) {
            match log.get(*id).filter(|line| !line.taken_back) {
                Some(line) => bubble.text.clone_from(&line.text),
                None => {
                    commands.entity(entity).remove::<Bubble>();
                }
            }
        }
    }
}

fn fade(
    mut commands: Commands,
    bubbles: Query<(Entity, &Bubble)>,
    muted: Res<Muted>,
    log: Res<ChatLog>,
    mut entry: ResMut<Entry>,
    time: Res<Time<Real>>,
) {
    let now = time.elapsed();
    let shown = |id| log.get(id).is_some_and(|line| !muted.contains(&line.account));
    if entry.fresh.iter().any(|(id, _)| !shown(*id)) {
        entry.fresh.retain(|(id, _)| shown(*id));
    }
    for (entity, bubble) in &bubbles {
        if bubble.until <= now || muted.contains(&bubble.account) {
            commands.entity(entity).remove::<Bubble>();
        }
    }
    if entry.fresh.front().is_some_and(|(_, until)| *until <= now) {
        entry.fresh.pop_front();
    }
}

fn explain(
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

/// Colours, letters or words changed: paragraphs are made anew.
fn redress(settings: Res<Settings>, words: Res<Words>, mut drawn: ResMut<Drawn>) {
    if settings.is_changed() || words.is_changed() {
        drawn.0.change_dress();
    }
}

/// "now", "5 min", "2 h": a host's clock is not ours, and hours mean something in every time zone.
fn ago(at_secs: u64, now_secs: u64, words: &Words) -> String {
    let count = |key, count: u64| words.with(key, &[("count", count.into())]);
    match now_secs.saturating_sub(at_secs) {
        0..60 => words.say("chat-now"),
        secs @ 60..3600 => count("chat-minutes", secs / 60),
        secs @ 3600..86_400 => count("chat-hours", secs / 3600),
        secs => count("chat-days", secs / 86_400),
    }
}

/// Who is here, as the chat needs it.
#[derive(SystemParam)]
struct Around<'w, 's> {
    people: Res<'w, People>,
    persons: Query<'w, 's, (&'static Person, &'static Posture, Has<Me>)>,
}

impl Around<'_, '_> {
    /// Who said a line, if they are still here: slots are lent again, accounts are not.
    fn author(&self, line: &ChatLine) -> Option<&Person> {
        let (person, ..) = self.persons.get(self.people.entity(line.slot)?).ok()?;
        (person.account == line.account).then_some(person)
    }

    fn colour(&self, ctx: &egui::Context, line: &ChatLine) -> egui::Color32 {
        match self.author(line) {
            Some(person) => theme::person_colour(&person.account.0),
            None => theme::palette(ctx).mist,
        }
    }

    fn others(&self) -> Vec<(Slot, String)> {
        self.persons
            .iter()
            .filter(|(.., me)| !me)
            .map(|(person, ..)| (person.slot, person.name.clone()))
            .collect()
    }

    fn me(&self) -> Option<(&Person, &Posture)> {
        self.persons
            .iter()
            .find(|(.., me)| *me)
            .map(|(person, posture, _)| (person, posture))
    }

    /// How many would hear a low word of mine, as far as this side knows.
    fn hearing(&self) -> usize {
        let Some((_, me)) = self.me() else { return 0 };
        let speaker = Vec3::from_array(me.pose.position);
        let near = |posture: &Posture| {
            posture.known && rules::hears(Vec3::from_array(posture.pose.position), speaker)
        };
        let others = self.persons.iter().filter(|(.., me)| !me);
        others.filter(|(_, posture, _)| near(posture)).count()
    }
}

/// What pressing something in the chat leads to.
#[derive(SystemParam)]
struct Wishes<'w> {
    say: MessageWriter<'w, Say>,
    edit: MessageWriter<'w, Edit>,
    screens: ResMut<'w, Screens>,
}

fn show(
    mut contexts: EguiContexts,
    mut entry: ResMut<Entry>,
    mut drawn: ResMut<Drawn>,
    log: Res<ChatLog>,
    around: Around,
    muted: Res<Muted>,
    settings: Res<Settings>,
    signs: Signs,
    words: Res<Words>,
    time: Res<Time<Real>>,
    mut wishes: Wishes,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let top = wishes.screens.top();
    if entry.editing.is_some() && !wishes.screens.is_open(Panel::ChatEdit) {
        entry.stop_editing();
    }
    if matches!(top, Some(Panel::Chat | Panel::ChatEdit)) {
        let opened = wishes.screens.opened();
        room(
            ctx,
            &mut entry,
            &mut drawn.0,
            &log,
            &around,
            &muted,
            &settings,
            signs.device(),
            &words,
            &mut wishes,
            &mut first,
            opened,
        );
    } else if !wishes.screens.blocks_walking() {
        // What was new when the log was last open is not new any more.
        entry.first_new = None;
        entry.selected = None;
        let opens = signs.of(Doing::Chat);
        passing(
            ctx,
            &mut entry,
            &log,
            &around,
            opens.as_ref(),
            &words,
            time.elapsed(),
        );
    }
    Ok(())
}

fn width(ctx: &egui::Context) -> f32 {
    let screen = ctx.content_rect().width();
    let scale = theme::text_scale(ctx);
    (screen * 0.42)
        .clamp(280.0 * scale, 440.0 * scale)
        .min(screen - 40.0 - 28.0)
}

/// The log and the entry.
fn room(
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
    opened: u64,
) {
    let now_secs = platform::unix_secs();
    let heard: Vec<&ChatLine> = log
        .lines()
        .filter(|line| !muted.contains(&line.account))
        .collect();
    let newest = heard.last().map_or(0, |line| line.id);
    if entry.unread > 0 {
        entry.first_new = heard.iter().find(|line| line.id > entry.seen).map(|line| line.id);
        (entry.unread, entry.calls) = (0, 0);
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
        let mut area = crate::view::scrolled(ctx.content_rect().height() * 0.42).stick_to_bottom(true);
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

/// The entry with what belongs to it: names to choose from, whom the line is for, how much room is left.
fn write(
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
    opened: u64,
) {
    let p = theme::palette(ui.ctx());
    let others = around.others();
    let may_announce = around.me().is_some_and(|(me, _)| rules::may_announce(me.slot));
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
                if ui.add(button).clicked() {
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
    // Before the field sees it, which would break the line.
    let enter = focused && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
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
            ui.add(
                egui::TextEdit::multiline(&mut entry.draft)
                    .id(id)
                    .desired_rows(1)
                    .char_limit(MAX_CHAT_CHARS)
                    .event_filter(filter)
                    .hint_text(RichText::new(words.say(hint)).color(p.reed))
                    .margin(egui::Margin::symmetric(12, 10))
                    .background_color(p.ink)
                    .horizontal_align(if theme::letters::from_right(ui.ctx()) {
                        egui::Align::Max
                    } else {
                        egui::Align::Min
                    })
                    .desired_width(f32::INFINITY),
            )
        })
        .inner;
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
fn passing(
    ctx: &egui::Context,
    entry: &mut Entry,
    log: &ChatLog,
    around: &Around,
    opens: Option<&Glyph>,
    words: &Words,
    now: Duration,
) {
    if entry.fresh.is_empty() && entry.unread == 0 {
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
            let called = entry.calls > 0;
            widgets::dot(ui, if called { p.coral } else { p.amber });
            ui.label(words.with("chat-unread", &[("count", entry.unread.into())]));
            if called {
                let calls = words.with("chat-unread-calls", &[("count", entry.calls.into())]);
                ui.label(RichText::new(calls).family(theme::bold()).color(p.amber));
            }
            if let Some(key) = opens {
                glyph(ui, key);
            }
        });
    });
}

fn corner(
    ctx: &egui::Context,
    id: &'static str,
    width: f32,
    solid: bool,
    contents: impl FnOnce(&mut egui::Ui),
) {
    let frame = if solid {
        widgets::panel_frame(ctx).inner_margin(egui::Margin::same(14))
    } else {
        egui::Frame::NONE
    };
    // On glass the lines may be where a thumb walks, but the buttons are always at the right.
    let from_right = theme::letters::from_right(ctx) && (solid || theme::begins_right(ctx));
    let (side, x) = if from_right {
        (egui::Align2::RIGHT_BOTTOM, -20.0)
    } else {
        (egui::Align2::LEFT_BOTTOM, 20.0)
    };
    // Above the hints, which are as high as their letters; on glass there are none.
    let y = match solid || theme::on_glass(ctx) {
        true => -20.0,
        false => -40.0 - 24.0 * theme::text_scale(ctx),
    };
    egui::Area::new(id.into())
        .anchor(side, [x, y])
        .interactable(solid)
        .order(egui::Order::Middle)
        .show(ctx, |ui| {
            frame.show(ui, |ui| {
                ui.set_width(width);
                ui.with_layout(widgets::column(ctx), contents);
            });
        });
}

#[cfg(test)]
#[path = "ui_tests.rs"]
mod tests;

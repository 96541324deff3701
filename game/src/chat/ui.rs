//! Reading and writing: what is said, and who hears it, on the screen.
//!
//! Flow: Enter opens the `log` with the `entry` under it → [`Say`], [`Edit`]; [`Said`] → a line that passes in the corner
//! (`passing`) and a [`Bubble`] over whoever said it; a press on a line or a link opens one of `sheets`.
//! Invariants: a draft survives closing the entry, being refused and changing another line, and no room hears what was
//! meant for another; what was missed is counted and marked; of the muted there is nothing to be seen.

mod bubble;
mod entry;
mod log;
mod passing;

use super::lines::Layouts;
use super::{ChatLine, ChatLog, Edit, Reach, Say, banner, rules, sheets};
use crate::input::actions::Doing;
use crate::input::glyphs::Signs;
use crate::people::mute::Muted;
use crate::people::{Me, People, Person, Posture};
use crate::screens::{Panel, Screens};
use crate::session::{Entered, SessionPhase};
use crate::settings::Settings;
use crate::theme::{self, widgets};
use crate::things::Things;
use crate::words::Words;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_net::pose::Slot;
use std::collections::VecDeque;
use std::time::Duration;

pub(crate) use bubble::Bubble;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Entry>()
        .init_resource::<Drawn>()
        .add_plugins((banner::plugin, sheets::plugin))
        .add_systems(
            Update,
            (
                (
                    entry::account_for,
                    begin_room,
                    bubble::hear,
                    bubble::hear_changes,
                    bubble::fade,
                )
                    .chain(),
                entry::explain,
                redress,
            ),
        )
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Hud)
                .run_if(not(in_state(SessionPhase::Off)).and_then(not(in_state(SessionPhase::Joining)))),
        );
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
    missed: VecDeque<Missed>,
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

/// A line that came while the log was closed.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Missed {
    line: u64,
    names_me: bool,
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
    if entered.read().any(|entered| !entered.moved) {
        *entry = Entry::default();
        *drawn = Drawn::default();
    }
}

/// Colours, letters or words changed: paragraphs are made anew.
fn redress(settings: Res<Settings>, words: Res<Words>, mut drawn: ResMut<Drawn>) {
    if settings.is_changed() || words.is_changed() {
        drawn.0.change_dress();
    }
}

/// Who is here, as the chat needs it.
#[derive(SystemParam)]
struct Around<'w, 's> {
    people: Res<'w, People>,
    persons: Query<'w, 's, (&'static Person, &'static Posture, Has<Me>)>,
    things: Res<'w, Things>,
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
            .filter(|(person, _, me)| !me && !person.name.is_empty())
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
        log::room(
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
        passing::show(
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
    let from_right = theme::letters::from_right(ctx) && (solid || theme::begins_right(ctx));
    let (side, x) = if from_right {
        (egui::Align2::RIGHT_BOTTOM, -20.0)
    } else {
        (egui::Align2::LEFT_BOTTOM, 20.0)
    };
    // Above the hints, which are as high as their letters.
    let y = match solid {
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

//! Notices: short sentences that come, can be read, and go.
//!
//! Flow: anybody writes a [`Notice`] → `keep` → the stack in the corner. Comings and goings of people and
//! errors of systems arrive here too.
//! Invariant: at most four at once, the oldest gives way; the same sentence twice is shown once.

use crate::hosting::HostOpened;
use crate::people::mute::MutedLost;
use crate::people::{Person, PersonEntered, PersonLeft};
use crate::sentences;
use crate::session::{Entered, SessionPhase};
use crate::theme::{self, widgets::Mood};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};
use std::collections::VecDeque;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Notices>()
        .add_message::<Notice>()
        .add_systems(Update, (tell_comings, tell_opened, tell_muted_lost, keep).chain())
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Overlay),
        );
}

/// More than this cover the world they talk about.
const MAX_SHOWN: usize = 4;

/// A wish: tell the person at this screen.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub mood: Mood,
    pub what: String,
    /// What to do about it; may be empty.
    pub next: String,
}

impl Notice {
    pub fn plain(what: impl Into<String>) -> Self {
        Self {
            mood: Mood::Plain,
            what: what.into(),
            next: String::new(),
        }
    }

    pub fn fine(what: impl Into<String>) -> Self {
        Self {
            mood: Mood::Fine,
            what: what.into(),
            next: String::new(),
        }
    }

    pub fn trouble(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            mood: Mood::Trouble,
            what: what.into(),
            next: next.into(),
        }
    }

    /// A while to look there, and a second for each 30 characters: together the time in which a slow reader
    /// (15 a second) reads a sentence of 100.
    fn lasts(&self) -> Duration {
        let least = if self.mood == Mood::Trouble { 7.0 } else { 3.5 };
        let chars = self.what.chars().count() + self.next.chars().count();
        Duration::from_secs_f32(least + chars as f32 / 30.0)
    }
}

/// What is shown now, oldest first.
#[derive(Resource, Debug, Default)]
pub(crate) struct Notices(VecDeque<(Notice, Duration)>);

impl Notices {
    fn take(&mut self, notice: Notice, now: Duration) {
        self.0.retain(|(old, _)| *old != notice);
        let until = now + notice.lasts();
        self.0.push_back((notice, until));
        while self.0.len() > MAX_SHOWN {
            self.0.pop_front();
        }
    }

    /// None is left.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    fn forget(&mut self, now: Duration) {
        self.0.retain(|(_, until)| *until > now);
    }
}

/// People who were there when we came are not news.
const SETTLING: Duration = Duration::from_secs(3);

fn tell_comings(
    mut entered: MessageReader<Entered>,
    mut came: MessageReader<PersonEntered>,
    mut left: MessageReader<PersonLeft>,
    mut inside_since: Local<Option<Duration>>,
    phase: Res<State<SessionPhase>>,
    persons: Query<&Person>,
    time: Res<Time<Real>>,
    words: Res<Words>,
    mut notices: MessageWriter<Notice>,
) {
    let now = time.elapsed();
    if entered.read().count() > 0 {
        *inside_since = Some(now);
    }
    let settled = inside_since.is_some_and(|since| now.saturating_sub(since) > SETTLING);
    for person in came.read() {
        let me = persons.get(person.entity).is_ok_and(|person| person.me);
        if settled && !me {
            notices.write(Notice::fine(
                words.with("notices-here", &[("name", words.called(&person.name).into())]),
            ));
        }
    }
    for person in left.read() {
        if settled && *phase.get() == SessionPhase::Inside {
            notices.write(Notice::plain(
                words.with("notices-left", &[("name", words.called(&person.name).into())]),
            ));
        }
    }
}

fn tell_opened(mut opened: MessageReader<HostOpened>, words: Res<Words>, mut notices: MessageWriter<Notice>) {
    for opened in opened.read() {
        notices.write(Notice {
            mood: Mood::Fine,
            what: words.say("notices-opened"),
            next: words.say("notices-opened-next"),
        });
        if !opened.reachable {
            notices.write(Notice::trouble(
                sentences::no_network(&words),
                words.say("notices-no-network-next"),
            ));
        }
    }
}

fn tell_muted_lost(
    mut lost: MessageReader<MutedLost>,
    words: Res<Words>,
    mut notices: MessageWriter<Notice>,
) {
    if lost.read().count() > 0 {
        notices.write(Notice::trouble(
            words.say("notices-muted-lost"),
            words.say("notices-muted-lost-next"),
        ));
    }
}

fn keep(mut notices: ResMut<Notices>, mut wishes: MessageReader<Notice>, time: Res<Time<Real>>) {
    let now = time.elapsed();
    for notice in wishes.read() {
        notices.take(notice.clone(), now);
    }
    if notices.0.iter().any(|(_, until)| *until <= now) {
        notices.forget(now);
    }
}

fn show(mut contexts: EguiContexts, notices: Res<Notices>, time: Res<Time<Real>>) -> Result {
    if notices.0.is_empty() {
        return Ok(());
    }
    let now = time.elapsed();
    let ctx = contexts.ctx_mut()?;
    let screen = ctx.content_rect();
    let width = (320.0 * theme::text_scale(ctx)).min(screen.width() - 40.0);
    let (corner, x) = if theme::begins_right(ctx) {
        (egui::Align2::LEFT_TOP, 20.0)
    } else {
        (egui::Align2::RIGHT_TOP, -20.0)
    };
    // Buttons of glass are in this corner; in a narrow window also what else hangs from the upper edge.
    let announced = crate::chat::BANNER_WIDTH * theme::text_scale(ctx);
    let top = if screen.width() < 2.0 * (width + 32.0) + announced {
        crate::view::below(
            ctx,
            &[
                (egui::Order::Middle, "looked at"),
                (egui::Order::Middle, "guide"),
                (egui::Order::Middle, "away"),
                (egui::Order::Foreground, "announcement"),
            ],
            76.0,
        )
    } else if theme::on_glass(ctx) {
        76.0
    } else {
        20.0
    };
    egui::Area::new("notices".into())
        .anchor(corner, [x, top])
        .interactable(false)
        .order(egui::Order::Tooltip)
        .show(ctx, |ui| {
            ui.set_width(width);
            // The newest that fit under one another: large letters in a small window leave room for one or two.
            let mut room = screen.height() - top - 20.0;
            let mut fits = 0;
            for (notice, _) in notices.0.iter().rev() {
                room -= theme::widgets::callout_height(ui, width, &notice.what, &notice.next);
                if room < 0.0 {
                    break;
                }
                room -= ui.spacing().item_spacing.y;
                fits += 1;
            }
            for (notice, until) in notices.0.iter().skip(notices.0.len() - fits.max(1)) {
                let left = until.saturating_sub(now).as_secs_f32();
                if !theme::still(ui.ctx()) {
                    ui.set_opacity((left * 2.0).min(1.0));
                }
                let ground = theme::widgets::panel_frame(ui.ctx());
                theme::widgets::callout_on(ui, ground, notice.mood, &notice.what, &notice.next);
            }
        });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_sentence_twice_is_shown_once_and_old_ones_give_way() {
        let mut notices = Notices::default();
        for index in 0..7 {
            notices.take(Notice::plain(format!("Notice {index}")), Duration::ZERO);
        }
        notices.take(Notice::plain("Notice 6"), Duration::from_secs(1));
        let shown: Vec<_> = notices.0.iter().map(|(notice, _)| notice.what.as_str()).collect();
        assert_eq!(shown, ["Notice 3", "Notice 4", "Notice 5", "Notice 6"]);
        notices.forget(Duration::from_secs(60));
        assert!(notices.0.is_empty());
    }
}

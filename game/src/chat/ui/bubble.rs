//! What was just said, over heads; and what passes in the corner, or is counted as missed.
//!
//! Flow: [`Said`], [`Changed`] → [`Bubble`] on a person, [`Entry`]; a moment later both are gone.
//! Invariant: nothing of the muted is shown or counted, from when they are muted.

use super::{Entry, Missed};
use crate::chat::{Changed, ChatLog, Said};
use crate::notices::Notice;
use crate::people::People;
use crate::people::mute::Muted;
use crate::screens::{Panel, Screens};
use crate::session::Session;
use crate::theme::widgets;
use crate::words::Words;
use bevy::prelude::*;
use holm_identity::AccountKey;
use std::time::Duration;

/// How long a line stays in the corner while the entry is closed.
const LINE_LASTS: Duration = Duration::from_secs(12);
/// Lines in the corner while the entry is closed.
const FRESH_LINES: usize = 6;

/// How long a bubble stays: time to read it at 15 characters a second.
fn bubble_lasts(chars: usize) -> Duration {
    Duration::from_secs_f32(4.0 + (chars.min(120) as f32) / 15.0)
}

/// What somebody just said, over their head.
#[derive(Component, Clone, Debug, PartialEq)]
pub(crate) struct Bubble {
    pub(super) line: u64,
    pub(super) account: AccountKey,
    pub(super) text: String,
    pub(super) since: Duration,
    pub(super) until: Duration,
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

pub(super) fn hear(
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
            entry.missed.push_back(Missed {
                line: line.id,
                names_me: line.names_me,
            });
            if line.names_me {
                notices.write(Notice {
                    mood: widgets::Mood::Plain,
                    what: words.with("chat-calls-you", &[("name", words.called(&line.name).into())]),
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
pub(super) fn hear_changes(
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

pub(super) fn fade(
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
    // What left the log cannot be read any more, either.
    if entry.missed.front().is_some_and(|missed| !shown(missed.line)) || muted.is_changed() {
        entry.missed.retain(|missed| shown(missed.line));
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

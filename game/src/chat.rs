//! Chat: everyone in the world reads what you say.
//!
//! Flow: `ui` → [`Say`] → `wire` → the host's `rules` → [`Said`] → [`ChatLog`], `ui`, bubbles.
//! Invariant: nothing is shown that `customs` has not tamed, by the host and again by whoever shows it.

pub mod rules;
#[cfg(feature = "view")]
pub(crate) mod ui;
pub mod wire;

use crate::people::{People, Person};
use crate::session::{Entered, Heard, Seated, SessionSystems, Tell, TellAll, TellHost, Told, Unseated};
use crate::wire::{FromHost, ToHost};
use crate::{customs, platform};
use bevy::prelude::*;
use holm_net::pose::Slot;
use std::collections::VecDeque;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ChatLog>()
        .init_resource::<ChatRoom>()
        .add_message::<Say>()
        .add_message::<Said>()
        .add_message::<NotSaid>()
        .configure_sets(
            PreUpdate,
            ChatSystems::Receive
                .after(SessionSystems::Receive)
                .after(crate::people::PeopleSystems::Follow),
        )
        .configure_sets(PostUpdate, ChatSystems::Speak.before(SessionSystems::Send))
        .add_systems(
            PreUpdate,
            (begin_room, judge, greet, note)
                .chain()
                .in_set(ChatSystems::Receive),
        )
        .add_systems(PostUpdate, speak.in_set(ChatSystems::Speak));
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChatSystems {
    /// `PreUpdate`: the host judges, everyone takes note.
    Receive,
    /// `PostUpdate`: what is wished to be said goes to the host.
    Speak,
}

/// A wish: say this to everyone.
#[derive(Message, Clone, Debug)]
pub struct Say {
    pub text: String,
}

/// Somebody said something, just now. (What was said before we came is only in the [`ChatLog`].)
#[derive(Message, Clone, Debug, PartialEq)]
pub struct Said {
    pub slot: Slot,
    pub name: String,
    pub text: String,
}

/// Our line was not passed on.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct NotSaid {
    pub why: wire::WhyNot,
}

/// A line as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatLine {
    pub id: u64,
    pub slot: Slot,
    pub name: String,
    pub text: String,
    /// Seconds since 1970 by the host's clock.
    pub at_secs: u64,
}

/// What was said in this room, oldest first.
#[derive(Resource, Debug, Default)]
pub struct ChatLog {
    lines: VecDeque<ChatLine>,
}

/// Most lines kept for scrolling back; at 500 characters each that is 1 MB of text at worst.
const LOG_LINES: usize = 500;

impl ChatLog {
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &ChatLine> + ExactSizeIterator {
        self.lines.iter()
    }

    /// Takes a line from the host; `None` if it is an old one or nothing is left of it.
    fn note(&mut self, line: &wire::Line) -> Option<&ChatLine> {
        if self.lines.back().is_some_and(|last| last.id >= line.id) {
            return None;
        }
        let text = customs::chat_line(&line.text)?;
        if self.lines.len() == LOG_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(ChatLine {
            id: line.id,
            slot: Slot(line.slot),
            name: customs::name(&line.name),
            text,
            at_secs: line.at_secs,
        });
        self.lines.back()
    }
}

/// The host's memory of the conversation.
#[derive(Resource, Debug, Default)]
struct ChatRoom(rules::Room);

/// A new room begins with nothing said.
fn begin_room(mut entered: MessageReader<Entered>, mut log: ResMut<ChatLog>, mut room: ResMut<ChatRoom>) {
    if entered.read().count() > 0 {
        *log = ChatLog::default();
        *room = ChatRoom::default();
    }
}

fn judge(
    mut heard: MessageReader<Heard>,
    mut left: MessageReader<Unseated>,
    mut room: ResMut<ChatRoom>,
    time: Res<Time<Real>>,
    people: Res<People>,
    persons: Query<&Person>,
    mut all: MessageWriter<TellAll>,
    mut one: MessageWriter<Tell>,
) {
    for Unseated { slot, .. } in left.read() {
        room.0.forget(*slot);
    }
    for Heard { from, message } in heard.read() {
        let ToHost::Chat(wire::ToHost::Say(text)) = message;
        let name = people
            .entity(*from)
            .and_then(|e| persons.get(e).ok())
            .map_or("", |p| p.name.as_str());
        match room
            .0
            .say(time.elapsed(), platform::unix_secs(), *from, name, text)
        {
            Ok(line) => {
                all.write(TellAll(FromHost::Chat(wire::FromHost::Said(line))));
            }
            Err(why) => {
                one.write(Tell {
                    to: *from,
                    message: FromHost::Chat(wire::FromHost::NotSaid(why)),
                });
            }
        }
    }
}

fn greet(mut seated: MessageReader<Seated>, room: Res<ChatRoom>, mut one: MessageWriter<Tell>) {
    for Seated { slot } in seated.read() {
        for lines in room.0.history(HISTORY_MESSAGE_BYTES) {
            one.write(Tell {
                to: *slot,
                message: FromHost::Chat(wire::FromHost::History(lines)),
            });
        }
    }
}

/// Text bytes in one history message: under the 48 KiB of a message with room for the numbers.
const HISTORY_MESSAGE_BYTES: usize = 40 * 1024;
const _: () = assert!(HISTORY_MESSAGE_BYTES < crate::wire::MAX_MESSAGE_BYTES);

fn note(
    mut told: MessageReader<Told>,
    mut log: ResMut<ChatLog>,
    mut said: MessageWriter<Said>,
    mut not_said: MessageWriter<NotSaid>,
) {
    for Told(message) in told.read() {
        match message {
            FromHost::Chat(wire::FromHost::Said(line)) => {
                if let Some(line) = log.note(line) {
                    said.write(Said {
                        slot: line.slot,
                        name: line.name.clone(),
                        text: line.text.clone(),
                    });
                }
            }
            FromHost::Chat(wire::FromHost::History(lines)) => {
                for line in lines {
                    log.note(line);
                }
            }
            FromHost::Chat(wire::FromHost::NotSaid(why)) => {
                not_said.write(NotSaid { why: *why });
            }
            FromHost::Session(_) => {}
        }
    }
}

fn speak(mut wishes: MessageReader<Say>, mut host: MessageWriter<TellHost>) {
    for Say { text } in wishes.read() {
        if let Some(text) = customs::chat_line(text) {
            host.write(TellHost(ToHost::Chat(wire::ToHost::Say(text))));
        }
    }
}

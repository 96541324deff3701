//! Chat: everyone in the world, or everyone near you, reads what you say.
//!
//! Flow: `ui` → [`Say`], [`Edit`], [`TakeBack`] → `wire` → the host's `rules` → [`Said`], [`Changed`] → [`ChatLog`], `ui`,
//! bubbles, `banner`.
//! Invariants: nothing is shown that `customs` has not tamed, by the host and again by whoever shows it; what was taken
//! back is nowhere in memory.

#[cfg(feature = "view")]
mod banner;
#[cfg(feature = "view")]
mod draft;
#[cfg(feature = "view")]
mod lines;
pub mod links;
pub mod mentions;
pub mod rules;
#[cfg(feature = "view")]
mod sheets;
#[cfg(feature = "view")]
pub(crate) mod ui;
pub mod wire;

use crate::people::{People, Person, Posture};
use crate::powers::{Misdeed, Misdone};
use crate::profile::Profile;
use crate::session::{Entered, Heard, Seated, Session, SessionSystems, Tell, TellHost, Told, Unseated};
use crate::things::Rights;
use crate::wire::{FromHost, ToHost};
use crate::{customs, platform};
#[cfg(feature = "view")]
pub use banner::BANNER_WIDTH;
use bevy::prelude::*;
use holm_identity::AccountKey;
use holm_net::pose::Slot;
use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;
pub use wire::{Reach, WhyNot};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ChatLog>()
        .init_resource::<ChatRoom>()
        .add_message::<Say>()
        .add_message::<Edit>()
        .add_message::<TakeBack>()
        .add_message::<Said>()
        .add_message::<Changed>()
        .add_message::<NotSaid>()
        .add_message::<NotChanged>()
        .add_message::<HostSays>()
        .configure_sets(
            PreUpdate,
            ChatSystems::Receive
                .after(SessionSystems::Receive)
                .after(crate::people::PeopleSystems::Follow)
                // Where people stand decides who hears them.
                .after(crate::body::BodySystems::Embody),
        )
        .configure_sets(PostUpdate, ChatSystems::Speak.before(SessionSystems::Send))
        .add_systems(
            PreUpdate,
            (
                judge_last_words
                    .after(SessionSystems::Receive)
                    .after(crate::world::WorldSystems::Exchange)
                    .before(crate::people::PeopleSystems::Follow),
                (begin_room, judge, greet, note)
                    .chain()
                    .in_set(ChatSystems::Receive),
            ),
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

/// A wish: say this.
#[derive(Message, Clone, Debug)]
pub struct Say {
    pub text: String,
    pub reach: Reach,
    /// Who is named in it; the host checks.
    pub mentions: Vec<Slot>,
}

impl Say {
    /// To everyone here, naming nobody.
    pub fn to_all(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            reach: Reach::World,
            mentions: Vec::new(),
        }
    }
}

/// A wish: put this text in the place of a line of mine.
#[derive(Message, Clone, Debug)]
pub struct Edit {
    pub id: u64,
    pub text: String,
    pub mentions: Vec<Slot>,
}

/// A wish: take a line of mine back.
#[derive(Message, Clone, Copy, Debug)]
pub struct TakeBack {
    pub id: u64,
}

/// At the host: a wish of the world itself, also where nobody of the host's walks about in it.
#[derive(Message, Clone, Debug)]
pub struct HostSays {
    pub text: String,
    /// `None`: to all here, in a banner, and to who comes later.
    pub to: Option<Slot>,
}

/// Somebody said something, just now. (What was said before we came is only in the [`ChatLog`].)
#[derive(Message, Clone, Debug, PartialEq)]
pub struct Said {
    pub line: ChatLine,
}

/// A line in the log is another now, or taken back.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct Changed {
    pub id: u64,
}

/// Our line was not passed on. The host answers each of our lines, in order, by this or by [`Said`].
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct NotSaid {
    pub why: WhyNot,
}

/// Our line stays as it was.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct NotChanged {
    pub id: u64,
    pub why: WhyNot,
}

/// A line as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatLine {
    pub id: u64,
    pub slot: Slot,
    pub account: AccountKey,
    pub name: String,
    /// Empty once it is taken back.
    pub text: String,
    /// Seconds since 1970 by the host's clock.
    pub at_secs: u64,
    pub reach: Reach,
    /// Where in the text people are named who were here when it was noted.
    pub named: Vec<Range<usize>>,
    /// It names us.
    pub names_me: bool,
    pub edited: bool,
    pub taken_back: bool,
    /// Changes whenever the line does.
    pub version: u32,
}

/// What was said in this room, oldest first.
#[derive(Resource, Debug, Default)]
pub struct ChatLog {
    lines: VecDeque<ChatLine>,
}

/// Most lines kept for scrolling back; at 500 characters each that is 1 MB of text at worst.
const LOG_LINES: usize = 500;

/// What mentions are found by: names of people here, and who we are.
struct Names<'a> {
    here: Vec<(Slot, &'a str)>,
    me: Option<Slot>,
}

impl Names<'_> {
    /// Where a text names them, and whether it names us.
    fn places(&self, text: &str, mentions: &[u16]) -> (Vec<Range<usize>>, bool) {
        let mentions = &mentions[..mentions.len().min(mentions::MAX_MENTIONS)];
        let named = |slot: &Slot| mentions.contains(&slot.0);
        let names = self
            .here
            .iter()
            .filter(|(slot, _)| named(slot))
            .map(|(_, name)| *name);
        let places = mentions::places(text, names);
        let me = !places.is_empty() && self.me.as_ref().is_some_and(named);
        (places, me)
    }
}

impl ChatLog {
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &ChatLine> + ExactSizeIterator {
        self.lines.iter()
    }

    /// The number of the newest line; 0 where nothing was said.
    fn newest(&self) -> u64 {
        self.lines.back().map_or(0, |line| line.id)
    }

    pub fn get(&self, id: u64) -> Option<&ChatLine> {
        let at = self.lines.binary_search_by_key(&id, |line| line.id).ok()?;
        self.lines.get(at)
    }

    fn get_mut(&mut self, id: u64) -> Option<&mut ChatLine> {
        let at = self.lines.binary_search_by_key(&id, |line| line.id).ok()?;
        self.lines.get_mut(at)
    }

    /// Takes a line from the host; `None` if we have it or nothing is left of it. Lines to us and lines to all may
    /// overtake each other by a frame, so each is put where its number belongs.
    fn note(&mut self, line: &wire::Line, names: &Names) -> Option<&ChatLine> {
        let at = self.lines.binary_search_by_key(&line.id, |line| line.id).err()?;
        let text = customs::chat_line(&line.text)?;
        if at == 0 && self.lines.len() == LOG_LINES {
            return None;
        }
        let (named, names_me) = names.places(&text, &line.mentions);
        let noted = ChatLine {
            id: line.id,
            slot: Slot(line.slot),
            account: AccountKey(line.account),
            name: customs::name(&line.name),
            text,
            at_secs: line.at_secs,
            reach: line.reach,
            named,
            names_me,
            edited: line.edited,
            taken_back: false,
            version: 0,
        };
        self.lines.insert(at, noted);
        if self.lines.len() > LOG_LINES {
            self.lines.pop_front();
        }
        self.get(line.id)
    }

    /// Its author changed a line. False if we do not have it.
    fn edit(&mut self, id: u64, text: &str, mentions: &[u16], names: &Names) -> bool {
        let (Some(line), Some(text)) = (self.get_mut(id), customs::chat_line(text)) else {
            return false;
        };
        if line.taken_back {
            return false;
        }
        (line.named, line.names_me) = names.places(&text, mentions);
        line.text = text;
        line.edited = true;
        line.version += 1;
        true
    }

    /// Its author took a line back. False if we do not have it.
    fn take_back(&mut self, id: u64) -> bool {
        let Some(line) = self.get_mut(id) else {
            return false;
        };
        line.text = String::new();
        line.named = Vec::new();
        line.names_me = false;
        line.taken_back = true;
        line.version += 1;
        true
    }
}

/// The host's memory of the conversation.
#[derive(Resource, Debug, Default)]
struct ChatRoom(rules::Room);

/// A new room begins with nothing said; one that moved to another host goes on.
fn begin_room(mut entered: MessageReader<Entered>, mut log: ResMut<ChatLog>, mut room: ResMut<ChatRoom>) {
    if let Some(Entered { moved, .. }) = entered.read().last() {
        if !moved {
            *log = ChatLog::default();
        }
        *room = ChatRoom(rules::Room::after(log.newest()));
    }
}

/// Who said something just before they left is still known when it is judged. Where somebody else has the slot within the
/// same frame, nobody knows who said it: then it is not said, rather than said in another's name.
fn judge_last_words(
    heard: MessageReader<Heard>,
    mut left: MessageReader<Unseated>,
    mut seated: MessageReader<Seated>,
    mut room: ResMut<ChatRoom>,
    time: Res<Time<Real>>,
    persons: Query<(&Person, &Posture)>,
    rights: Res<Rights>,
    tell: MessageWriter<Tell>,
    misdone: MessageWriter<Misdone>,
) {
    let followed: Vec<Slot> = seated.read().map(|seated| seated.slot).collect();
    let leavers: Vec<Slot> = left
        .read()
        .map(|left| left.slot)
        .filter(|slot| !followed.contains(slot))
        .collect();
    judge_those(
        heard,
        |slot| leavers.contains(&slot),
        &mut room.0,
        time.elapsed(),
        &persons,
        &rights,
        tell,
        misdone,
    );
}

fn judge(
    heard: MessageReader<Heard>,
    mut left: MessageReader<Unseated>,
    mut room: ResMut<ChatRoom>,
    time: Res<Time<Real>>,
    persons: Query<(&Person, &Posture)>,
    rights: Res<Rights>,
    misdone: MessageWriter<Misdone>,
    mut says: MessageReader<HostSays>,
    session: Res<Session>,
    profile: Option<Res<Profile>>,
    mut tell: MessageWriter<Tell>,
) {
    let leavers: Vec<Slot> = left.read().map(|left| left.slot).collect();
    for slot in &leavers {
        room.0.forget(*slot);
    }
    let profile = profile.filter(|_| session.is_host());
    for HostSays { text, to } in says.read() {
        let Some(profile) = &profile else { break };
        // A host without a name speaks in its world's.
        let name = customs::name(&profile.name);
        let name = if name.is_empty() {
            customs::world_name(session.world_name())
        } else {
            name
        };
        let account = profile.identity.account();
        let line = room.0.host_says(
            time.elapsed(),
            platform::unix_secs(),
            account,
            name,
            text,
            to.is_none(),
        );
        if let Some(line) = line {
            let message = FromHost::Chat(wire::FromHost::Said(line));
            tell.write(Tell { to: *to, message });
        }
    }
    judge_those(
        heard,
        |slot| !leavers.contains(&slot),
        &mut room.0,
        time.elapsed(),
        &persons,
        &rights,
        tell,
        misdone,
    );
}

fn judge_those(
    mut heard: MessageReader<Heard>,
    of: impl Fn(Slot) -> bool,
    room: &mut rules::Room,
    now: Duration,
    persons: &Query<(&Person, &Posture)>,
    rights: &Rights,
    mut tell: MessageWriter<Tell>,
    mut misdone: MessageWriter<Misdone>,
) {
    let wishes: Vec<(Slot, &wire::ToHost)> = heard
        .read()
        .filter_map(|Heard { from, message }| match message {
            ToHost::Chat(wish) if of(*from) => Some((*from, wish)),
            _ => None,
        })
        .collect();
    if wishes.is_empty() {
        return;
    }
    let mut here = present(persons, rights);
    here.sort_unstable_by_key(|p| p.slot);
    for (from, wish) in wishes {
        let judged = match wish {
            wire::ToHost::Say(wish) => room
                .say(now, platform::unix_secs(), from, wish, &here)
                .map(|(audience, line)| (audience, wire::FromHost::Said(line)))
                .map_err(wire::FromHost::NotSaid),
            wire::ToHost::Edit { id, text, mentions } => room
                .edit(now, from, *id, text, mentions, &here)
                .map(|(audience, rules::Change { text, mentions })| {
                    (
                        audience,
                        wire::FromHost::Edited {
                            id: *id,
                            text,
                            mentions,
                        },
                    )
                })
                .map_err(|why| wire::FromHost::NotChanged { id: *id, why }),
            wire::ToHost::TakeBack { id } => room
                .take_back(now, from, *id, &here)
                .map(|audience| (audience, wire::FromHost::TakenBack { id: *id }))
                .map_err(|why| wire::FromHost::NotChanged { id: *id, why }),
        };
        match judged {
            Ok((rules::Audience::Everyone, message)) => {
                tell.write(Tell::all(FromHost::Chat(message)));
            }
            Ok((rules::Audience::Some(slots), message)) => {
                let told = |to| Tell::one(to, FromHost::Chat(message.clone()));
                tell.write_batch(slots.into_iter().map(told));
            }
            Err(message) => {
                if matches!(
                    message,
                    wire::FromHost::NotSaid(WhyNot::TooFast)
                        | wire::FromHost::NotChanged {
                            why: WhyNot::TooFast,
                            ..
                        }
                ) {
                    misdone.write(Misdone {
                        slot: from,
                        what: Misdeed::Lines,
                    });
                }
                tell.write(Tell::one(from, FromHost::Chat(message)));
            }
        }
    }
}

/// Everybody in the room, with their newest pose and what they may.
fn present(persons: &Query<(&Person, &Posture)>, rights: &Rights) -> Vec<rules::Present> {
    persons
        .iter()
        .map(|(person, posture)| rules::Present {
            slot: person.slot,
            account: person.account,
            name: person.name.clone(),
            position: posture.known.then(|| Vec3::from_array(posture.pose.position)),
            may: rights.of(person.slot),
        })
        .collect()
}

fn greet(mut seated: MessageReader<Seated>, room: Res<ChatRoom>, mut one: MessageWriter<Tell>) {
    for Seated { slot, .. } in seated.read() {
        for lines in room.0.history(HISTORY_MESSAGE_BYTES) {
            one.write(Tell::one(*slot, FromHost::Chat(wire::FromHost::History(lines))));
        }
    }
}

/// Text bytes in one history message: under the 48 KiB of a message with room for the numbers.
const HISTORY_MESSAGE_BYTES: usize = 40 * 1024;
const _: () = assert!(HISTORY_MESSAGE_BYTES < crate::wire::MAX_MESSAGE_BYTES);

fn note(
    mut told: MessageReader<Told>,
    session: Res<Session>,
    people: Res<People>,
    persons: Query<&Person>,
    mut log: ResMut<ChatLog>,
    mut said: MessageWriter<Said>,
    mut changed: MessageWriter<Changed>,
    mut not_said: MessageWriter<NotSaid>,
    mut not_changed: MessageWriter<NotChanged>,
) {
    if told.is_empty() {
        return;
    }
    let names = Names {
        here: people
            .iter()
            .filter_map(|(slot, entity)| Some((slot, persons.get(entity).ok()?.name.as_str())))
            .collect(),
        me: session.me(),
    };
    for Told(message) in told.read() {
        let FromHost::Chat(message) = message else {
            continue;
        };
        match message {
            wire::FromHost::Said(line) => {
                if let Some(line) = log.note(line, &names) {
                    said.write(Said { line: line.clone() });
                }
            }
            wire::FromHost::History(lines) => {
                for line in lines {
                    log.note(line, &names);
                }
            }
            wire::FromHost::NotSaid(why) => {
                not_said.write(NotSaid { why: *why });
            }
            wire::FromHost::Edited { id, text, mentions } => {
                if log.edit(*id, text, mentions, &names) {
                    changed.write(Changed { id: *id });
                }
            }
            wire::FromHost::TakenBack { id } => {
                if log.take_back(*id) {
                    changed.write(Changed { id: *id });
                }
            }
            wire::FromHost::NotChanged { id, why } => {
                not_changed.write(NotChanged { id: *id, why: *why });
            }
        }
    }
}

fn speak(
    mut wishes: MessageReader<Say>,
    mut edits: MessageReader<Edit>,
    mut back: MessageReader<TakeBack>,
    mut host: MessageWriter<TellHost>,
) {
    let slots = |mentions: &[Slot]| mentions.iter().map(|slot| slot.0).collect();
    for Say {
        text,
        reach,
        mentions,
    } in wishes.read()
    {
        if let Some(text) = customs::chat_line(text) {
            host.write(TellHost(ToHost::Chat(wire::ToHost::Say(wire::Saying {
                text,
                reach: *reach,
                mentions: slots(mentions),
            }))));
        }
    }
    for Edit { id, text, mentions } in edits.read() {
        if let Some(text) = customs::chat_line(text) {
            host.write(TellHost(ToHost::Chat(wire::ToHost::Edit {
                id: *id,
                text,
                mentions: slots(mentions),
            })));
        }
    }
    for TakeBack { id } in back.read() {
        host.write(TellHost(ToHost::Chat(wire::ToHost::TakeBack { id: *id })));
    }
}

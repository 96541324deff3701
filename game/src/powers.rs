//! Who may do what here, as people meet it: sending away, strikes for whoever does harm, and who did what.
//!
//! Flow: a panel → [`SendAway`], [`AskPast`], or an order, which is a wish of `things` → the host's rules → the seat ends,
//! [`Told`], [`Reports`], [`Pages`]. Others report what no honest hands do ([`Misdone`]) → `strikes`. Who is banned → `barred`.
//! Invariants: what somebody may is the document's to say, and the host asks it anew each time; whom I block is kept on this
//! device, and told to each world that knows them.

pub mod barred;
mod host;
pub mod past;
pub mod story;
pub mod strikes;
#[cfg(feature = "view")]
pub(crate) mod ui;
pub mod wire;

use crate::chat::ChatSystems;
use crate::customs;
use crate::people::known::Known;
use crate::people::mute::{MuteSystems, Muted};
use crate::people::{People, Person};
use crate::session::{Entered, SessionEnded, SessionSystems, TellHost, Told};
use crate::things::{Build, Things, ThingsSystems};
use crate::wire::{FromHost, ToHost};
use bevy::prelude::*;
use holm_document::{Act, FactNo, Order, ThingId};
use holm_identity::AccountKey;
use holm_net::pose::Slot;
use past::Pages;
use std::collections::VecDeque;
use std::time::Duration;
use story::Story;
pub use strikes::Misdeed;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Reports>()
        .init_resource::<Pages>()
        .init_resource::<Story>()
        .add_message::<AskStory>()
        .init_resource::<host::Order>()
        .init_resource::<barred::Barred>()
        .init_resource::<barred::BanAddresses>()
        .add_message::<SendAway>()
        .add_message::<AskPast>()
        .add_message::<Misdone>()
        .add_message::<Reported>()
        .add_message::<NotDone>()
        .configure_sets(PreUpdate, PowersSystems::Receive.after(ThingsSystems::Receive))
        .configure_sets(
            PostUpdate,
            PowersSystems::Speak
                .after(ThingsSystems::Speak)
                .after(ChatSystems::Speak)
                .before(SessionSystems::Send),
        )
        .add_systems(
            PreUpdate,
            (
                (host::watch, host::judge, host::strike).chain(),
                (barred::begin, barred::note, barred::obey, barred::tend).chain(),
                note,
                keep_blocks.after(MuteSystems::Apply),
            )
                .chain()
                .in_set(PowersSystems::Receive),
        )
        .add_systems(PostUpdate, speak.in_set(PowersSystems::Speak));
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PowersSystems {
    /// `PreUpdate`: the host judges, everybody takes note.
    Receive,
    /// `PostUpdate`: wishes go to the host.
    Speak,
}

/// A wish: this one is to leave the world.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct SendAway {
    pub slot: Slot,
    /// The seat may be somebody else's by now.
    pub account: AccountKey,
}

/// A wish: tell us who did what before this fact; 0 asks for the newest.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct AskPast {
    pub before: FactNo,
}

/// A wish: tell us what was done to this thing before this fact; 0 asks for the newest.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct AskStory {
    pub thing: ThingId,
    pub before: FactNo,
}

/// At the host: somebody did what no honest hands do. One alone may be bad luck.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct Misdone {
    pub slot: Slot,
    pub what: Misdeed,
}

/// To whoever keeps order here: somebody has one strike more.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct Reported(pub Report);

/// The host did not do it: we may not, or they are gone.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct NotDone;

/// Somebody has one strike more.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub account: AccountKey,
    pub name: String,
    pub what: Misdeed,
    /// With this one, 1..=3; at 3 they were sent away.
    pub strikes: u8,
}

/// The strikes that we were told of in this session, newest last.
#[derive(Resource, Debug, Default)]
pub struct Reports(VecDeque<Report>);

/// Reports that are remembered.
const REPORTS: usize = 200;

impl Reports {
    /// The newest about somebody.
    pub fn of(&self, account: &AccountKey) -> Option<&Report> {
        self.0.iter().rev().find(|report| report.account == *account)
    }
}

fn note(
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    mut told: MessageReader<Told>,
    people: Res<People>,
    persons: Query<&Person>,
    known: Res<Known>,
    mut reports: ResMut<Reports>,
    (mut pages, mut story): (ResMut<Pages>, ResMut<Story>),
    mut reported: MessageWriter<Reported>,
    mut not_done: MessageWriter<NotDone>,
) {
    if entered.read().count() + ended.read().count() > 0 {
        *reports = Reports::default();
        *pages = Pages::default();
        *story = Story::default();
    }
    for Told(message) in told.read() {
        let FromHost::Powers(message) = message else {
            continue;
        };
        match message {
            wire::FromHost::Struck {
                account,
                what,
                strikes,
            } => {
                let account = AccountKey(*account);
                let here = people.iter().filter_map(|(_, entity)| persons.get(entity).ok());
                let name = here
                    .filter(|person| person.account == account)
                    .map(|person| person.name.clone())
                    .next()
                    .or_else(|| known.name(&account).map(str::to_owned))
                    .unwrap_or_default();
                let report = Report {
                    account,
                    name,
                    what: *what,
                    strikes: (*strikes).clamp(1, strikes::MOST),
                };
                if reports.0.len() == REPORTS {
                    reports.0.pop_front();
                }
                reports.0.push_back(report.clone());
                reported.write(Reported(report));
            }
            wire::FromHost::Past { entries, more } => pages.take(entries, *more),
            wire::FromHost::Story { thing, steps, more } => story.take(*thing, steps, *more),
            wire::FromHost::NotDone => {
                not_done.write(NotDone);
            }
        }
    }
}

/// Whom this device blocks is blocked in this world, too, as soon as it knows them: they change nothing that is mine.
fn keep_blocks(
    muted: Res<Muted>,
    things: Res<Things>,
    time: Res<Time<Real>>,
    mut next: Local<Duration>,
    mut build: MessageWriter<Build>,
) {
    if muted.blocked().next().is_none() || time.elapsed() < *next {
        return;
    }
    *next = time.elapsed() + Duration::from_secs(2);
    let (Some(state), Some(standing)) = (things.state(), things.standing()) else {
        return;
    };
    let missing: Vec<Act> = muted
        .blocked()
        .filter_map(|(account, _)| state.number_of(&account.0))
        .filter(|person| !standing.blocks.contains(person))
        .map(|person| {
            Act::Order(Order::Block {
                person,
                blocked: true,
            })
        })
        .collect();
    if !missing.is_empty() {
        build.write(Build { acts: missing });
    }
}

fn speak(
    mut away: MessageReader<SendAway>,
    mut past: MessageReader<AskPast>,
    mut stories: MessageReader<AskStory>,
    mut story: ResMut<Story>,
    mut host: MessageWriter<TellHost>,
) {
    let away = away.read().map(|wish| wire::ToHost::SendAway {
        slot: wish.slot.0,
        account: wish.account.0,
    });
    let past = past.read().map(|wish| wire::ToHost::Past { before: wish.before });
    let stories = stories.read().map(|wish| {
        story.ask(wish.thing);
        wire::ToHost::Story {
            thing: wish.thing,
            before: wish.before,
        }
    });
    host.write_batch(
        away.chain(past)
            .chain(stories)
            .map(|message| TellHost(ToHost::Powers(message))),
    );
}

/// A name from the host, fit to be shown: empty where it knows none.
fn shown(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        customs::name(name)
    }
}

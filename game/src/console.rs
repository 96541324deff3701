//! Console: one language in which a host is told what to do, typed at it or sent by its admin page.
//!
//! Flow: [`Asked`] (a line, by its ticket) → `language` reads it, `whom` finds who is meant → `work` asks the ledger
//! ([`crate::things::Decree`]), the session or the chat → [`Answered`].
//! Invariants: what is ordered is done as the host's own account and judged by the rules that judge everybody; every ticket is
//! answered once, whatever becomes of the world.

pub mod language;
pub mod pace;
pub mod picture;
mod told;
pub mod whom;
mod work;

use crate::hosting::HostOpened;
use crate::quit::Quit;
use crate::session::{Session, SessionEnded};
use crate::{chat, session};
use bevy::prelude::*;
use holm_identity::AccountKey;
use holm_net::pose::Slot;
use pace::Pace;
use picture::{Picture, Saved};
use std::collections::BTreeMap;
use std::time::Duration;
use whom::Names;
use work::Job;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Desk>()
        .init_resource::<Pace>()
        .init_resource::<Welcome>()
        .add_message::<Asked>()
        .add_message::<Answered>()
        .add_message::<PlatformAsked>()
        .add_message::<Restarting>()
        .add_message::<HostOpened>()
        .add_systems(
            Update,
            (
                note_who_is_here,
                welcome,
                work::hear,
                work::obey,
                count_down,
                close,
            )
                .chain()
                .in_set(ConsoleSystems::Obey),
        );
}

/// A host that can be spoken to, also in tests.
pub struct ConsolePlugin;

impl Plugin for ConsolePlugin {
    fn build(&self, app: &mut App) {
        plugin(app);
    }
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsoleSystems {
    /// `Update`: what was asked is done and answered.
    Obey,
}

/// Somebody who may run this host says or asks something.
#[derive(Message, Clone, Debug)]
pub struct Asked {
    /// The answer names it.
    pub ticket: u64,
    pub what: Ask,
}

#[derive(Clone, Debug)]
pub enum Ask {
    /// A command, as it was typed.
    Line(String),
    /// How everything is.
    Picture,
    /// Which versions of the world there are.
    Versions,
}

/// What came of what was [`Asked`].
#[derive(Message, Clone, Debug)]
pub struct Answered {
    pub ticket: u64,
    pub answer: Answer,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Sentences for whoever asked, and whether it was done.
    Said {
        done: bool,
        lines: Vec<String>,
    },
    Picture(Box<Picture>),
    /// The newest first.
    Versions(Vec<Saved>),
}

impl Answer {
    pub fn done(line: impl Into<String>) -> Self {
        Self::Said {
            done: true,
            lines: vec![line.into()],
        }
    }

    pub fn not(line: impl Into<String>) -> Self {
        Self::Said {
            done: false,
            lines: vec![line.into()],
        }
    }
}

/// What only the program around the world can do: it answers with [`Answered`].
#[derive(Message, Clone, Copy, Debug)]
pub struct PlatformAsked {
    pub ticket: u64,
    pub what: ForPlatform,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForPlatform {
    /// The configuration file is to be read again.
    Reload,
    /// The link of the admin page is wanted.
    AdminLink,
}

/// The program is to begin again once it has ended.
#[derive(Message, Clone, Copy, Debug)]
pub struct Restarting;

/// What somebody who comes in is told; nothing if it is empty.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Welcome(pub String);

/// What is going on at the console.
#[derive(Resource, Debug, Default)]
struct Desk {
    names: Names,
    since: BTreeMap<Slot, Here>,
    jobs: BTreeMap<u64, Job>,
    leaving: Option<Leaving>,
    link: Option<String>,
    opened: Option<Duration>,
}

/// Since when somebody is here.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Here {
    account: AccountKey,
    since: Duration,
}

/// The world closes.
#[derive(Clone, Debug)]
struct Leaving {
    at: Duration,
    restart: bool,
    reason: String,
    /// Seconds that were left when it was said last.
    said: u64,
}

/// Seconds before the end at which everybody is told: often enough to finish a sentence, too seldom to nag.
const TOLD_AT: [u64; 7] = [3_600, 600, 300, 60, 30, 10, 5];

fn note_who_is_here(
    session: Res<Session>,
    time: Res<Time<Real>>,
    mut desk: ResMut<Desk>,
    mut opened: MessageReader<HostOpened>,
) {
    let (desk, now) = (&mut *desk, time.elapsed());
    for opened in opened.read() {
        desk.link = Some(opened.link.clone());
        desk.opened = Some(now);
    }
    if !session.roster_changed() {
        return;
    }
    let before = std::mem::take(&mut desk.since);
    session.for_each_person(|person| {
        let name = crate::customs::name(&person.name);
        desk.names.note(&person.account, &name);
        let known = before
            .get(&person.slot)
            .filter(|here| here.account == person.account);
        let here = known.copied().unwrap_or(Here {
            account: person.account,
            since: now,
        });
        desk.since.insert(person.slot, here);
    });
}

fn welcome(
    mut seated: MessageReader<session::Seated>,
    welcome: Res<Welcome>,
    mut says: MessageWriter<chat::HostSays>,
) {
    for session::Seated { slot, .. } in seated.read() {
        if !welcome.0.is_empty() {
            says.write(chat::HostSays {
                text: welcome.0.clone(),
                to: Some(*slot),
            });
        }
    }
}

/// Tells everybody how long the world stays open, and closes it.
fn count_down(
    mut desk: ResMut<Desk>,
    time: Res<Time<Real>>,
    mut says: MessageWriter<chat::HostSays>,
    mut quit: MessageWriter<Quit>,
    mut restarting: MessageWriter<Restarting>,
) {
    let now = time.elapsed();
    let Some(leaving) = &mut desk.leaving else { return };
    let left = leaving.at.saturating_sub(now);
    if left.is_zero() {
        if leaving.restart {
            restarting.write(Restarting);
        }
        quit.write(Quit {
            why: told::goodbye(leaving.restart, &leaving.reason),
        });
        desk.leaving = None;
        return;
    }
    let secs = left.as_secs_f64().ceil() as u64;
    let due = TOLD_AT.iter().find(|at| secs <= **at && leaving.said > **at);
    if due.is_some() || leaving.said == u64::MAX {
        leaving.said = secs;
        says.write(chat::HostSays {
            text: told::closing(leaving.restart, secs, &leaving.reason),
            to: None,
        });
    }
}

/// Nobody waits for the answer of a world that is gone.
fn close(
    mut ended: MessageReader<SessionEnded>,
    mut desk: ResMut<Desk>,
    mut answered: MessageWriter<Answered>,
) {
    if ended.read().count() == 0 {
        return;
    }
    (desk.link, desk.opened) = (None, None);
    for ticket in std::mem::take(&mut desk.jobs).into_keys() {
        answered.write(Answered {
            ticket,
            answer: Answer::not("The world is closed."),
        });
    }
}

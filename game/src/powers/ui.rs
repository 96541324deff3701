//! The panels about people and power, and what one is told of strikes.
//!
//! Invariant: what is offered is what the document's rules would let one do, as far as is known here; the host decides.

mod history;
mod person;
mod table;
mod versions;

use super::strikes::MOST;
use super::{Misdeed, NotDone, Report, Reported};
use crate::notices::Notice;
use crate::people::Person;
use crate::people::known::Known;
use crate::people::mute::Muted;
use crate::session::SessionPhase;
use crate::things::{Build, Things};
use crate::words::Words;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::EguiPrimaryContextPass;
use holm_document::power::Line;
use holm_document::{Act, Capabilities, Capability, Order, PersonNo, Role, Standing};
use holm_identity::AccountKey;

pub(crate) fn plugin(app: &mut App) {
    let in_world = in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away));
    app.init_resource::<About>()
        .init_resource::<table::Shown>()
        .add_systems(Update, (tell, versions::tell).chain())
        .add_systems(
            EguiPrimaryContextPass,
            (person::show, table::show, history::show, versions::show)
                .in_set(crate::view::ViewSystems::Panels)
                .run_if(in_world),
        );
}

/// Whom [`Panel::Person`](crate::screens::Panel::Person) is about.
#[derive(Resource, Debug, Default)]
pub(crate) struct About(pub(crate) Option<AccountKey>);

/// What panels about somebody look at.
#[derive(SystemParam)]
pub(crate) struct Around<'w, 's> {
    pub(crate) things: Res<'w, Things>,
    known: Res<'w, Known>,
    muted: Res<'w, Muted>,
    pub(crate) persons: Query<'w, 's, &'static Person>,
}

impl Around<'_, '_> {
    pub(crate) fn here(&self, account: &AccountKey) -> Option<&Person> {
        self.persons.iter().find(|person| person.account == *account)
    }

    /// What they are called, or some letters of their account where nobody here knows them.
    pub(crate) fn name(&self, account: &AccountKey, words: &Words) -> String {
        let muted = || self.muted.iter().find(|(key, _)| *key == account);
        self.here(account)
            .map(|person| person.name.as_str())
            .or_else(|| self.known.name(account))
            .or_else(|| muted().map(|(_, name)| name))
            .map_or_else(
                || words.with("powers-somebody", &[("key", short(account).into())]),
                |name| words.called(name),
            )
    }

    fn standing(&self, account: &AccountKey) -> Option<(PersonNo, &Standing)> {
        let state = self.things.state()?;
        let number = state.number_of(&account.0)?;
        Some((number, state.person(number)?))
    }

    /// Whether we may do it to somebody of this rank.
    fn may_over(&self, may: Capabilities, capability: Capability, role: Role) -> bool {
        let own = self.things.standing().map(|standing| standing.role);
        may.has(capability) && own.is_some_and(|own| own.is_over(role))
    }
}

/// The first letters of an account: enough to tell two people apart.
fn short(account: &AccountKey) -> String {
    data_encoding::HEXUPPER.encode(&account.0[..4])
}

fn order(build: &mut MessageWriter<Build>, order: Order) {
    build.write(Build {
        acts: vec![Act::Order(order)],
    });
}

fn role_words(role: Role) -> &'static str {
    match role {
        Role::Owner => "powers-owner",
        Role::Moderator => "powers-moderator",
        Role::Builder => "powers-builder",
        Role::Guest => "powers-guest",
        Role::Spectator => "powers-spectator",
    }
}

fn capability_words(capability: Capability) -> &'static str {
    match capability {
        Capability::Talk => "powers-talk",
        Capability::Chat => "powers-chat",
        Capability::Emote => "powers-emote",
        Capability::Spawn => "powers-spawn",
        Capability::EditOwn => "powers-edit-own",
        Capability::EditOthers => "powers-edit-others",
        Capability::Moving => "powers-moving",
        Capability::Media => "powers-media",
        Capability::Invite => "powers-invite",
        Capability::Kick => "powers-kick",
        Capability::Ban => "powers-ban",
        Capability::RollBack => "powers-roll-back",
        Capability::Settings => "powers-settings",
        Capability::Copy => "powers-copy",
    }
}

/// How many things one may have, to choose from; what is set otherwise is one more.
fn amounts(now: u32) -> Vec<u32> {
    let mut all = vec![0, 50, 200, 1_000, 5_000, 20_000];
    all.push(now);
    all.sort_unstable();
    all.dedup();
    all
}

/// The same line with another number of things, and of what comes with things in the usual measure.
fn with_things(line: Line, things: u32) -> Line {
    let mut quota = line.quota;
    quota.things = things;
    quota.triangles = u64::from(things) * 1_000;
    quota.moving = things / 20;
    quota.lamps = things / 50;
    // Whoever may have something may also say so.
    quota.wishes_per_sec = quota.wishes_per_sec.max(if things > 0 { 20 } else { 0 });
    Line { quota, ..line }
}

/// So long since, in words.
pub(crate) fn ago(words: &Words, secs: u64) -> String {
    let (key, count) = match secs {
        0..60 => return words.say("powers-now"),
        60..3_600 => ("powers-minutes", secs / 60),
        3_600..86_400 => ("powers-hours", secs / 3_600),
        _ => ("powers-days", secs / 86_400),
    };
    let time = words.with(key, &[("count", count.into())]);
    words.with("powers-ago", &[("time", time.into())])
}

fn misdeed(what: Misdeed) -> &'static str {
    match what {
        Misdeed::Wishes => "powers-did-wishes",
        Misdeed::Lines => "powers-did-lines",
        Misdeed::Speed => "powers-did-speed",
        Misdeed::Orders => "powers-did-orders",
    }
}

/// What somebody did, and how often.
fn struck(words: &Words, report: &Report) -> String {
    words.with(
        "powers-struck",
        &[
            ("name", words.called(&report.name).into()),
            ("what", words.say(misdeed(report.what)).into()),
            ("strikes", report.strikes.into()),
            ("most", MOST.into()),
        ],
    )
}

fn tell(
    mut reported: MessageReader<Reported>,
    mut not_done: MessageReader<NotDone>,
    words: Res<Words>,
    mut notices: MessageWriter<Notice>,
) {
    for Reported(report) in reported.read() {
        notices.write(Notice::trouble(struck(&words, report), ""));
    }
    if not_done.read().count() > 0 {
        notices.write(Notice::plain(words.say("powers-not-done")));
    }
}

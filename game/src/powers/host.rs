//! At the host: who is sent away, who gets a strike, and what is told of the past.
//!
//! Invariants: every wish is judged by the document as it is now; nobody is asked twice a second for the past.

use super::past::{self, PAGE};
use super::story;
use super::strikes::{self, Misdeed, Strikes};
use super::wire::{FromHost as Answer, ToHost as Asked};
use super::{Misdone, wire};
use crate::people::known::Known;
use crate::people::{People, Person, Posture};
use crate::profile::Profile;
use crate::session::{Entered, Heard, Kick, Session, Tell, Unseated};
use crate::things::Rights;
use crate::things::host::{Ledger, Open};
use crate::wire::{FromHost, ToHost};
use bevy::prelude::*;
use holm_document::{Capability, Role};
use holm_identity::AccountKey;
use holm_net::pose::Slot;
use std::collections::BTreeMap;
use std::time::Duration;

/// What the host remembers of those who are here, and of who did harm.
#[derive(Resource, Default)]
pub(super) struct Order {
    strikes: Strikes,
    /// Where they were a second ago.
    seen: BTreeMap<Slot, (Duration, Vec3)>,
    asked: BTreeMap<Slot, Duration>,
    /// Whose gestures nobody sees.
    still: BTreeMap<Slot, bool>,
}

/// Farther than this in a second is neither walked nor fallen, metres.
const FASTEST_METRES: f32 = 60.0;
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A page of the past is put together at most so often for one person.
const PAST_EVERY: Duration = Duration::from_millis(250);
/// Said to whoever is sent away by rule.
const THREE_STRIKES: &str = "sent away after three warnings";

impl Order {
    /// Whether somebody may have a page of the past now, which they then had.
    fn may_ask(&mut self, slot: Slot, now: Duration) -> bool {
        let asked = self.asked.get(&slot);
        let may = asked.is_none_or(|asked| now.saturating_sub(*asked) >= PAST_EVERY);
        if may {
            self.asked.insert(slot, now);
        }
        may
    }
}

/// Who moves as nobody can, and whose gestures are seen.
pub(super) fn watch(
    mut entered: MessageReader<Entered>,
    persons: Query<(&Person, &Posture)>,
    rights: Res<Rights>,
    time: Res<Time<Real>>,
    mut session: ResMut<Session>,
    mut order: ResMut<Order>,
    mut misdone: MessageWriter<Misdone>,
) {
    if entered.read().count() > 0 {
        // Strikes stay: whoever was sent away does not begin anew with the next world.
        *order = Order {
            strikes: std::mem::take(&mut order.strikes),
            ..default()
        };
    }
    if !session.is_host() {
        return;
    }
    let now = time.elapsed();
    for (person, posture) in &persons {
        if person.me || !posture.known {
            continue;
        }
        let here = Vec3::from_array(posture.pose.position);
        let (since, there) = *order.seen.entry(person.slot).or_insert((now, here));
        if now.saturating_sub(since) >= LOOK_EVERY {
            order.seen.insert(person.slot, (now, here));
            let secs = now.saturating_sub(since).as_secs_f32();
            if here.distance(there) > FASTEST_METRES * secs {
                misdone.write(Misdone {
                    slot: person.slot,
                    what: Misdeed::Speed,
                });
            }
        }
    }
    for (slot, may) in rights.iter() {
        let still = !may.has(Capability::Emote);
        if order.still.insert(slot, still).unwrap_or(false) != still {
            session.set_still(slot, still);
        }
    }
}

pub(super) fn judge(
    mut heard: MessageReader<Heard>,
    mut unseated: MessageReader<Unseated>,
    mut ledger: ResMut<Ledger>,
    mut order: ResMut<Order>,
    rights: Res<Rights>,
    known: Res<Known>,
    profile: Option<Res<Profile>>,
    people: Res<People>,
    persons: Query<&Person>,
    time: Res<Time<Real>>,
    mut tell: MessageWriter<Tell>,
    mut kick: MessageWriter<Kick>,
    mut misdone: MessageWriter<Misdone>,
) {
    let left: Vec<Slot> = unseated.read().map(|left| left.slot).collect();
    for slot in &left {
        order.seen.remove(slot);
        order.asked.remove(slot);
        order.still.remove(slot);
    }
    let Some(open) = ledger.open() else {
        heard.clear();
        return;
    };
    let now = time.elapsed();
    // Whoever hosts is not among those they met.
    let own = profile.as_deref();
    let own = own.map(|profile| (profile.identity.account(), profile.name.as_str()));
    let name = |account: &[u8; 32]| {
        let account = AccountKey(*account);
        let mine = own.filter(|(mine, _)| *mine == account).map(|(_, name)| name);
        mine.or(known.name(&account)).unwrap_or_default()
    };
    for Heard { from, message } in heard.read() {
        let ToHost::Powers(message) = message else {
            continue;
        };
        if left.contains(from) {
            continue;
        }
        match message {
            Asked::SendAway { slot, account } => {
                let slot = Slot(*slot);
                let there = people
                    .entity(slot)
                    .and_then(|entity| persons.get(entity).ok())
                    .is_some_and(|person| person.account.0 == *account);
                let may = rights.of(*from).has(Capability::Kick);
                if may && there && stands_over(open, *from, account) {
                    kick.write(Kick {
                        slot,
                        why: String::new(),
                    });
                    continue;
                }
                if !may {
                    misdone.write(Misdone {
                        slot: *from,
                        what: Misdeed::Orders,
                    });
                }
                tell.write(Tell::one(*from, FromHost::Powers(Answer::NotDone)));
            }
            Asked::Past { .. } | Asked::Story { .. } if !order.may_ask(*from, now) => {
                // Whoever wants it asks again.
            }
            Asked::Story { thing, before } => {
                let (steps, more) = story::page(open.history(), open.state(), *thing, *before, &name);
                let answer = Answer::Story {
                    thing: *thing,
                    steps,
                    more,
                };
                tell.write(Tell::one(*from, FromHost::Powers(answer)));
            }
            Asked::Past { before } => {
                let orders = rights.of(*from).has(Capability::Kick);
                let (entries, more) = past::page(open.history(), open.state(), *before, PAGE, orders, &name);
                tell.write(Tell::one(*from, FromHost::Powers(Answer::Past { entries, more })));
            }
        }
    }
}

fn stands_over(open: &Open, slot: Slot, account: &[u8; 32]) -> bool {
    let state = open.state();
    let role = |person| state.person(person).map(|standing| standing.role);
    let own = open.person(slot).and_then(role);
    // Whoever could not be met yet is a newcomer.
    let theirs = state
        .number_of(account)
        .and_then(role)
        .unwrap_or_else(|| state.powers().newcomer());
    own.is_some_and(|own: Role| own.is_over(theirs))
}

/// What was reported becomes strikes, and the third one a goodbye.
pub(super) fn strike(
    mut misdone: MessageReader<Misdone>,
    mut order: ResMut<Order>,
    people: Res<People>,
    persons: Query<&Person>,
    rights: Res<Rights>,
    time: Res<Time<Real>>,
    mut tell: MessageWriter<Tell>,
    mut kick: MessageWriter<Kick>,
) {
    for Misdone { slot, what } in misdone.read() {
        let person = people.entity(*slot).and_then(|entity| persons.get(entity).ok());
        // Whoever hosts is not sent away from their own world.
        let Some(person) = person.filter(|_| *slot != Slot::HOST) else {
            continue;
        };
        let Some(strikes) = order.strikes.count(person.account, *what, time.elapsed()) else {
            continue;
        };
        warn!(
            "guest {} has strike {strikes} of {}: {what:?}",
            slot.0,
            strikes::MOST
        );
        let struck = wire::FromHost::Struck {
            account: person.account.0,
            what: *what,
            strikes,
        };
        let told = rights
            .iter()
            .filter(|(other, may)| other != slot && may.has(Capability::Kick));
        tell.write_batch(told.map(|(to, _)| Tell::one(to, FromHost::Powers(struck.clone()))));
        if strikes >= strikes::MOST {
            kick.write(Kick {
                slot: *slot,
                why: THREE_STRIKES.to_owned(),
            });
        }
    }
}

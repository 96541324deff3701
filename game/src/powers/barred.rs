//! At the host: where the banned come from is kept out for a week, too, so that a new account alone brings nobody back.
//!
//! Flow: of whoever is here the door says where they come from (`note`) → somebody is [`Banned`] → all who come from there are
//! barred, unless somebody else who is here does (`obey`) → the door refuses them (`tend`). It ends with the ban, by hand, and
//! by itself.
//! Invariants: addresses are in no document, in no log, and told to nobody but whoever runs this host; they are kept beside the
//! world on this machine (`kept`), and whoever goes on with it elsewhere has none of them.

mod kept;

use crate::hosting::Hosting;
use crate::platform;
use crate::session::{Entered, Session, SessionEnded};
use crate::things::{Banned, Ledger};
use bevy::prelude::*;
use holm_document::State;
use holm_document::folder::Folder;
use holm_net::household::Household;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// An account's key.
pub type Account = [u8; 32];

/// How long a household is kept out: long enough to lose interest, short enough for an address that is somebody else's by then.
pub const BARRED_SECS: u64 = 7 * 24 * 60 * 60;
/// Most bars at a time; the one that ends first gives way.
pub const MOST: usize = 1_024;
/// How long it is known where somebody came from who has left: whoever did harm is often found out the next day.
pub const REMEMBERED_SECS: u64 = 24 * 60 * 60;
/// Those who left of whom it is known; whoever left first is forgotten first.
pub const MOST_REMEMBERED: usize = 512;
/// How often it is looked whether something has ended.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Whether addresses are banned here beside accounts: the host's configuration says it.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct BanAddresses(pub bool);

impl Default for BanAddresses {
    fn default() -> Self {
        Self(true)
    }
}

/// Nobody is let in who comes from there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    pub household: Household,
    /// Who is banned.
    pub account: Account,
    /// Seconds since 1970.
    pub until_secs: u64,
}

/// All households that are kept out, the newest last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bars(Vec<Bar>);

impl Bars {
    pub fn iter(&self) -> impl Iterator<Item = &Bar> {
        self.0.iter()
    }

    pub fn households(&self) -> BTreeSet<Household> {
        self.0.iter().map(|bar| bar.household).collect()
    }

    /// This household is kept out from now on, for this account's sake.
    pub fn add(&mut self, household: Household, account: Account, now_secs: u64) {
        self.drop_where(|bar| bar.household == household && bar.account == account);
        if self.0.len() >= MOST {
            let first = self.0.iter().enumerate().min_by_key(|(_, bar)| bar.until_secs);
            if let Some(at) = first.map(|(at, _)| at) {
                self.0.remove(at);
            }
        }
        self.0.push(Bar {
            household,
            account,
            until_secs: now_secs.saturating_add(BARRED_SECS),
        });
    }

    /// Nobody is kept out any more for the sake of this account; whether anybody was.
    pub fn lift(&mut self, account: &Account) -> bool {
        self.drop_where(|bar| bar.account == *account)
    }

    /// This household may come in again; whether it was kept out.
    pub fn unbar(&mut self, household: Household) -> bool {
        self.drop_where(|bar| bar.household == household)
    }

    /// What has ended goes; whether anything had. Whatever a clock or a file says, none is longer than one that begins now.
    pub fn tidy(&mut self, now_secs: u64) -> bool {
        let latest = now_secs.saturating_add(BARRED_SECS);
        for bar in &mut self.0 {
            bar.until_secs = bar.until_secs.min(latest);
        }
        self.drop_where(|bar| bar.until_secs <= now_secs)
    }

    fn drop_where(&mut self, gone: impl Fn(&Bar) -> bool) -> bool {
        let before = self.0.len();
        self.0.retain(|bar| !gone(bar));
        self.0.len() != before
    }
}

/// What a ban did about where they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barring {
    /// Whoever comes from there is kept out.
    Done,
    /// Somebody else who is here comes from there: nobody is kept out.
    Shared,
    /// It is not known where that is.
    Unknown,
    /// Addresses are not banned here.
    Off,
}

/// Where those come from who are here, or were not long ago.
#[derive(Debug, Default)]
pub struct Whereabouts(BTreeMap<Account, Seen>);

#[derive(Debug)]
struct Seen {
    /// By which the rendezvous knows their link, or knew it.
    id: [u8; 16],
    household: Option<Household>,
    left_secs: Option<u64>,
}

impl Whereabouts {
    /// Takes note of who is here, by which id the rendezvous knows them; none while their link is lost. `ask`: it says where they
    /// come from, asked once for each link.
    pub fn note(
        &mut self,
        here: &BTreeMap<Account, Option<[u8; 16]>>,
        now_secs: u64,
        ask: impl Fn([u8; 16]) -> Option<Household>,
    ) {
        for (account, id) in here {
            let seen = self.0.get_mut(account);
            if let Some(seen) = seen.filter(|seen| id.is_none_or(|id| seen.id == id)) {
                seen.left_secs = None;
                continue;
            }
            if let Some(id) = *id {
                let seen = Seen {
                    id,
                    household: ask(id),
                    left_secs: None,
                };
                self.0.insert(*account, seen);
            }
        }
        for (account, seen) in &mut self.0 {
            if !here.contains_key(account) {
                seen.left_secs.get_or_insert(now_secs);
            }
        }
        self.forget(now_secs);
    }

    /// Whoever left long ago is forgotten, and of too many who left first.
    pub fn forget(&mut self, now_secs: u64) {
        self.0.retain(|_, seen| {
            let recent = |left: u64| now_secs.saturating_sub(left) < REMEMBERED_SECS;
            seen.left_secs
                .is_none_or(|left| seen.household.is_some() && recent(left))
        });
        let left = self.0.iter();
        let mut left: Vec<(u64, Account)> = left
            .filter_map(|(account, seen)| Some((seen.left_secs?, *account)))
            .collect();
        left.sort_unstable();
        let too_many = left.len().saturating_sub(MOST_REMEMBERED);
        for (_, account) in left.into_iter().take(too_many) {
            self.0.remove(&account);
        }
    }

    /// From where nobody is to come any more, since this account is banned.
    ///
    /// # Errors
    /// Why nobody is kept out: [`Barring::Unknown`] or [`Barring::Shared`].
    pub fn to_bar(
        &self,
        account: &Account,
        is_banned: impl Fn(&Account) -> bool,
    ) -> Result<Household, Barring> {
        let seen = self.0.get(account).and_then(|seen| seen.household);
        let household = seen.ok_or(Barring::Unknown)?;
        let shares = |(other, seen): (&Account, &Seen)| {
            seen.household == Some(household)
                && seen.left_secs.is_none()
                && other != account
                && !is_banned(other)
        };
        if self.0.iter().any(shares) {
            return Err(Barring::Shared);
        }
        Ok(household)
    }
}

/// See the module.
#[derive(Resource, Debug, Default)]
pub struct Barred {
    bars: Bars,
    whereabouts: Whereabouts,
    /// Beside which world it is kept.
    folder: Option<Folder>,
    /// What the newest bans did.
    newest: Vec<(Account, Barring)>,
    /// The door does not know of it yet.
    untold: bool,
}

impl Barred {
    /// Who is kept out, the newest last.
    pub fn iter(&self) -> impl Iterator<Item = &Bar> {
        self.bars.iter()
    }

    /// Whoever comes from there may come in again; whether they could not.
    pub fn unbar(&mut self, household: Household) -> bool {
        let changed = self.bars.unbar(household);
        if changed {
            self.changed();
        }
        changed
    }

    /// What came of this ban, in the frame in which it was told.
    pub fn of_ban(&self, account: &Account) -> Option<Barring> {
        let found = self.newest.iter().find(|(banned, _)| banned == account);
        found.map(|(_, barring)| *barring)
    }

    fn changed(&mut self) {
        self.untold = true;
        if let Some(folder) = &self.folder {
            kept::save(folder, &self.bars);
        }
    }
}

fn is_banned(state: &State, account: &Account) -> bool {
    let person = state.number_of(account).and_then(|person| state.person(person));
    person.is_some_and(|standing| standing.banned)
}

/// A world is hosted from now on, or not any more.
pub(super) fn begin(
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    session: Res<Session>,
    mut ledger: ResMut<Ledger>,
    mut barred: ResMut<Barred>,
) {
    if entered.read().count() + ended.read().count() == 0 {
        return;
    }
    *barred = Barred::default();
    let Some(open) = ledger.open().filter(|_| session.is_host()) else {
        return;
    };
    let Some(folder) = open.folder() else { return };
    let state = open.state();
    let mut bars = kept::load(folder);
    // Whom the world does not ban, for whatever reason, nobody is kept out for.
    let mut changed = bars.drop_where(|bar| !is_banned(state, &bar.account));
    changed |= bars.tidy(platform::unix_secs());
    barred.bars = bars;
    barred.folder = Some(folder.another());
    barred.untold = true;
    if changed {
        barred.changed();
    }
}

/// Who is here, and where they come from.
pub(super) fn note(hosting: Option<Res<Hosting>>, mut session: ResMut<Session>, mut barred: ResMut<Barred>) {
    if !session.is_host() || !session.roster_changed() {
        return;
    }
    let mut people = Vec::new();
    session.for_each_person(|person| people.push((person.account.0, person.slot)));
    let here: BTreeMap<Account, Option<[u8; 16]>> = people
        .into_iter()
        .map(|(account, slot)| (account, session.known_as(slot)))
        .collect();
    let house = hosting.as_deref().and_then(Hosting::house);
    let ask = |id: [u8; 16]| house.and_then(|house| house.household(id));
    barred.whereabouts.note(&here, platform::unix_secs(), ask);
}

/// Somebody is banned, or not any more.
pub(super) fn obey(
    mut bans: MessageReader<Banned>,
    wanted: Res<BanAddresses>,
    mut ledger: ResMut<Ledger>,
    mut barred: ResMut<Barred>,
) {
    if bans.is_empty() {
        return;
    }
    let Some(open) = ledger.open() else {
        bans.clear();
        return;
    };
    let (barred, state) = (&mut *barred, open.state());
    let mut changed = false;
    barred.newest.clear();
    for Banned { account, banned } in bans.read() {
        if !banned {
            changed |= barred.bars.lift(account);
            continue;
        }
        let found = if wanted.0 {
            barred
                .whereabouts
                .to_bar(account, |other| is_banned(state, other))
        } else {
            Err(Barring::Off)
        };
        let barring = match found {
            Ok(household) => {
                barred.bars.add(household, *account, platform::unix_secs());
                changed = true;
                Barring::Done
            }
            Err(why) => why,
        };
        if barring == Barring::Shared {
            info!("somebody is banned whose network others who are here share: it is not kept out");
        }
        barred.newest.push((*account, barring));
    }
    if changed {
        barred.changed();
    }
}

/// What has ended goes, and the door knows whom to refuse.
pub(super) fn tend(
    hosting: Option<Res<Hosting>>,
    wanted: Res<BanAddresses>,
    time: Res<Time<Real>>,
    mut barred: ResMut<Barred>,
    mut next: Local<Duration>,
) {
    if time.elapsed() >= *next {
        *next = time.elapsed() + LOOK_EVERY;
        let now_secs = platform::unix_secs();
        barred.whereabouts.forget(now_secs);
        if barred.bars.tidy(now_secs) {
            barred.changed();
        }
    }
    if !barred.untold && !wanted.is_changed() {
        return;
    }
    let Some(hosting) = hosting else { return };
    barred.untold = false;
    if let Some(house) = hosting.house() {
        // They are kept on while addresses are not banned: that may change again.
        house.bar(if wanted.0 {
            barred.bars.households()
        } else {
            BTreeSet::new()
        });
    }
}

#[cfg(test)]
mod tests;

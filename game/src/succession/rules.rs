//! Who may go on with a world when people lose each other. Pure: time is handed in.
//!
//! Flow, at the host: who is here becomes a [`Roll`], which its heirs are told → [`Book::may_write`]: whoever cannot be reached any
//! more could not be enough to go on without us. At an heir that lost its host: [`Claim::look`], with those who came to it.
//! Why never two of them write: an heir needs more than half of a roll that it was told, the host stops as soon as more than half
//! of any roll that a lost heir may have cannot be reached, and it notices that ([`LEASE`]) before an heir begins
//! ([`TAKE_OVER`]). Clocks may differ; how fast they go may not, by more than a tenth.

use postcard_schema::Schema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// Whoever has not certainly heard the host for so long may have gone over to an heir.
pub const LEASE: Duration = Duration::from_millis(3_200);
/// An heir that has heard nothing of its host for so long opens.
pub const TAKE_OVER: Duration = Duration::from_millis(3_600);
const _: () = assert!(TAKE_OVER.as_millis() > LEASE.as_millis());
/// An heir to whom too few come closes again, and never claims that term any more.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(45);
/// Whoever was lost so long after an heir, at most, can have come to it in time.
const TOGETHER: Duration = Duration::from_secs(75);
/// An account's key.
pub type Account = [u8; 32];

/// Who is in a world, its host among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Roll {
    /// Counts up.
    pub number: u32,
    pub people: BTreeSet<Account>,
}

impl Roll {
    /// Whether so many of it are more than half.
    fn is_won(&self, count: usize) -> bool {
        count * 2 > self.people.len()
    }
}

/// What a host knows of one heir.
#[derive(Clone, Copy, Debug)]
struct Holds {
    /// The oldest roll that they may have, and the newest.
    acknowledged: u32,
    told: u32,
}

/// The host's book of who is here, and of what its heirs were told of that.
#[derive(Clone, Debug, Default)]
pub struct Book {
    rolls: VecDeque<Roll>,
    heirs: BTreeMap<Account, Holds>,
    /// Who cannot be reached, and did not say good-bye: since when.
    lost: BTreeMap<Account, Duration>,
}

impl Book {
    /// Who is here, with whether they can be reached; the host is, always. `left`: who said good-bye since the last look. An heir
    /// that was lost may have gone on meanwhile: it counts as lost until it says that it has not ([`Self::is_back`]). Whether
    /// there is a new roll to tell.
    pub fn look(&mut self, now: Duration, here: &BTreeMap<Account, bool>, left: &BTreeSet<Account>) -> bool {
        for (account, reached) in here {
            if !*reached {
                self.lost.entry(*account).or_insert(now);
            } else if !self.heirs.contains_key(account) {
                self.lost.remove(account);
            }
        }
        for account in left.iter().filter(|account| !here.contains_key(*account)) {
            self.lost.remove(account);
            self.heirs.remove(account);
        }
        let newest = self.newest();
        let gone = newest.people.iter();
        for account in gone.filter(|account| !here.contains_key(*account) && !left.contains(*account)) {
            self.lost.entry(*account).or_insert(now);
        }
        let is_new = !newest.people.iter().eq(here.keys());
        if is_new {
            self.rolls.push_back(Roll {
                number: newest.number + 1,
                people: here.keys().copied().collect(),
            });
        }
        self.forget();
        is_new
    }

    /// The newest roll.
    pub fn newest(&self) -> Roll {
        self.rolls.back().cloned().unwrap_or_default()
    }

    /// This heir was told the newest roll.
    pub fn told(&mut self, heir: Account) {
        let newest = self.newest().number;
        let holds = self.heirs.entry(heir).or_insert(Holds {
            acknowledged: newest,
            told: newest,
        });
        holds.told = newest;
    }

    /// This heir says that it has this roll.
    pub fn acknowledged(&mut self, heir: &Account, roll: u32) {
        if let Some(holds) = self.heirs.get_mut(heir) {
            holds.acknowledged = roll.clamp(holds.acknowledged, holds.told);
        }
        self.forget();
    }

    /// This one is here, and has not gone on with the world.
    pub fn is_back(&mut self, account: &Account) {
        self.lost.remove(account);
    }

    /// Heirs that may have a roll.
    pub fn heirs(&self) -> impl Iterator<Item = &Account> {
        self.heirs.keys()
    }

    /// They are no heir any more, and have said so themselves.
    pub fn is_no_heir(&mut self, account: &Account) {
        self.heirs.remove(account);
        self.forget();
    }

    /// Whether they are to be told the newest roll: one after the other, so that they may have one of two at most.
    pub fn is_due(&self, heir: &Account) -> bool {
        self.heirs
            .get(heir)
            .is_none_or(|holds| holds.acknowledged == holds.told && holds.told != self.newest().number)
    }

    /// Nobody can go on with this world elsewhere just now.
    pub fn may_write(&self) -> bool {
        self.heirs
            .iter()
            .filter_map(|(heir, holds)| Some((self.lost.get(heir)?, holds)))
            .all(|(since, holds)| {
                let with_them = |account: &&Account| {
                    self.lost
                        .get(*account)
                        .is_some_and(|lost| *lost <= *since + TOGETHER)
                };
                let theirs = |roll: &&Roll| (holds.acknowledged..=holds.told).contains(&roll.number);
                self.rolls
                    .iter()
                    .filter(theirs)
                    .all(|roll| !roll.is_won(roll.people.iter().filter(with_them).count()))
            })
    }

    /// Who would have to be reached for that.
    pub fn missing(&self) -> impl Iterator<Item = &Account> {
        self.lost.keys()
    }

    /// Whoever is not here may have gone on with somebody else: as after our own end.
    pub fn forgets_the_lost(&mut self) {
        let lost = std::mem::take(&mut self.lost);
        self.heirs.retain(|heir, _| !lost.contains_key(heir));
    }

    /// What no heir can have says nothing any more.
    fn forget(&mut self) {
        let newest = self.newest().number;
        let held = |roll: &Roll| {
            let mut heirs = self.heirs.values();
            heirs.any(|holds| (holds.acknowledged..=holds.told).contains(&roll.number))
        };
        self.rolls.retain(|roll| roll.number == newest || held(roll));
        let rolls = &self.rolls;
        self.lost
            .retain(|account, _| rolls.iter().any(|roll| roll.people.contains(account)));
    }
}

/// Whether the world may have gone on without its host, which ended with this roll.
pub fn may_have_gone_on(roll: &Roll, heirs: &BTreeSet<Account>, host: &Account) -> bool {
    let others = roll.people.iter().filter(|account| *account != host).count();
    others * 2 >= roll.people.len()
        && roll
            .people
            .iter()
            .any(|account| account != host && heirs.contains(account))
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// Enough are here: it is our world to keep.
    Writes,
    /// Not yet: it is looked at.
    Waits,
    /// Too few came.
    GivesUp,
}

/// An heir that lost its host, and opened.
#[derive(Clone, Debug)]
pub struct Claim {
    roll: Roll,
    me: Account,
    since: Duration,
    /// The host's program is known to have ended, and we are the first that may go on: half is enough then.
    half_is_enough: bool,
    writes: bool,
}

impl Claim {
    /// Opened at `since` with this roll.
    pub fn new(roll: Roll, me: Account, since: Duration, half_is_enough: bool) -> Self {
        Self {
            roll,
            me,
            since,
            half_is_enough,
            writes: false,
        }
    }

    /// The host gave the world to us.
    pub fn given(roll: Roll, me: Account, since: Duration) -> Self {
        Self {
            writes: true,
            ..Self::new(roll, me, since, false)
        }
    }

    /// With those who are here. Once it writes it does so for good.
    pub fn look(&mut self, now: Duration, here: impl IntoIterator<Item = Account>) -> Claimed {
        let mut with_us: BTreeSet<Account> = here.into_iter().collect();
        with_us.insert(self.me);
        let count = self.roll.people.intersection(&with_us).count();
        let half = self.half_is_enough && count * 2 >= self.roll.people.len();
        self.writes |= half || self.roll.is_won(count);
        if self.writes {
            Claimed::Writes
        } else if now.saturating_sub(self.since) >= GIVE_UP_AFTER {
            Claimed::GivesUp
        } else {
            Claimed::Waits
        }
    }

    /// Who would have to come.
    pub fn missing(&self, here: &BTreeSet<Account>) -> usize {
        let with_us = self.roll.people.intersection(here).count();
        (self.roll.people.len() / 2 + 1).saturating_sub(with_us)
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

//! When somebody has done harm once too often: pure, by account, so that a new seat changes nothing.
//!
//! Flow: each [`Misdeed`] was already refused where it was done; it fills a bucket that leaks, and a bucket that runs over is
//! a strike. Strikes are forgotten one by one; at [`MOST`] somebody is sent away.
//! Invariant: bad luck costs nothing: what a bad link or a nervous hand can do stays below the brim.

use holm_identity::AccountKey;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// What no honest program does, or not so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Schema)]
pub enum Misdeed {
    /// Wishes beyond what they may send.
    Wishes,
    /// Lines of chat beyond what they may say.
    Lines,
    /// Nobody walks, swims or falls so fast.
    Speed,
    /// Orders that are not theirs to give.
    Orders,
}

impl Misdeed {
    /// How many at once are no strike yet, and how many are forgotten a second.
    fn bucket(self) -> (f32, f32) {
        match self {
            // A panel that is played like a piano meets the limit some times; a script meets it hundreds of times.
            Self::Wishes => (60.0, 4.0),
            Self::Lines => (20.0, 1.0),
            // One leap is a fall off the world, or a door from one end of it to the other.
            Self::Speed => (3.0, 0.1),
            // The panel offers none that are not allowed; what was allowed a moment ago may be pressed once more.
            Self::Orders => (10.0, 0.2),
        }
    }
}

/// At so many somebody is sent away.
pub const MOST: u8 = 3;
/// One strike is forgotten after so long.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);
/// Accounts that are remembered: whoever did nothing for longest gives way.
const ACCOUNTS: usize = 4_096;

/// See the module.
#[derive(Debug, Default)]
pub struct Strikes(BTreeMap<AccountKey, Record>);

#[derive(Debug, Default)]
struct Record {
    buckets: BTreeMap<Misdeed, (f32, Duration)>,
    strikes: u8,
    /// When the newest came, or one was forgotten.
    since: Duration,
    last: Duration,
}

impl Strikes {
    /// One misdeed; the strikes of its author, if it was one too many. `now` never goes back.
    pub fn count(&mut self, account: AccountKey, what: Misdeed, now: Duration) -> Option<u8> {
        if self.0.len() >= ACCOUNTS && !self.0.contains_key(&account) {
            let oldest = self.0.iter().min_by_key(|(_, record)| record.last);
            let oldest = oldest.map(|(account, _)| *account);
            oldest.map(|account| self.0.remove(&account));
        }
        let record = self.0.entry(account).or_default();
        record.last = now;
        let (brim, leak) = what.bucket();
        let (level, at) = record.buckets.entry(what).or_insert((0.0, now));
        *level = (*level - now.saturating_sub(*at).as_secs_f32() * leak).max(0.0) + 1.0;
        *at = now;
        if *level <= brim {
            return None;
        }
        *level = 0.0;
        record.forget(now);
        record.strikes = (record.strikes + 1).min(MOST);
        record.since = now;
        Some(record.strikes)
    }
}

impl Record {
    fn forget(&mut self, now: Duration) {
        while self.strikes > 0 && now.saturating_sub(self.since) >= FORGOTTEN_AFTER {
            self.strikes -= 1;
            self.since += FORGOTTEN_AFTER;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BO: AccountKey = AccountKey([2; 32]);

    /// So many a second, for so long: the strikes one after the other.
    fn pour(strikes: &mut Strikes, what: Misdeed, per_sec: u32, secs: u64, from: u64) -> Vec<u8> {
        let mut got = Vec::new();
        for second in from..from + secs {
            for _ in 0..per_sec {
                got.extend(strikes.count(BO, what, Duration::from_secs(second)));
            }
        }
        got
    }

    #[test]
    fn bad_luck_is_no_strike_and_a_flood_is_three() {
        let mut strikes = Strikes::default();
        assert!(pour(&mut strikes, Misdeed::Lines, 1, 600, 0).is_empty());
        assert!(pour(&mut strikes, Misdeed::Wishes, 4, 600, 0).is_empty());
        assert!(pour(&mut strikes, Misdeed::Speed, 1, 3, 1_000).is_empty());
        assert_eq!(pour(&mut strikes, Misdeed::Lines, 50, 2, 2_000), [1, 2, 3, 3]);
    }

    #[test]
    fn strikes_are_forgotten_one_by_one_and_follow_the_account() {
        let mut strikes = Strikes::default();
        assert_eq!(pour(&mut strikes, Misdeed::Lines, 21, 1, 0), [1]);
        assert_eq!(pour(&mut strikes, Misdeed::Wishes, 61, 1, 10), [2]);
        let later = 10 + FORGOTTEN_AFTER.as_secs();
        assert_eq!(
            pour(&mut strikes, Misdeed::Lines, 21, 1, later),
            [2],
            "one is forgotten"
        );
        let much_later = later + 10 * FORGOTTEN_AFTER.as_secs();
        assert_eq!(pour(&mut strikes, Misdeed::Lines, 21, 1, much_later), [1]);
    }

    #[test]
    fn a_crowd_of_accounts_fills_no_memory() {
        let mut strikes = Strikes::default();
        for n in 0..ACCOUNTS as u32 + 100 {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&n.to_le_bytes());
            strikes.count(AccountKey(key), Misdeed::Speed, Duration::from_secs(n.into()));
        }
        assert_eq!(strikes.0.len(), ACCOUNTS);
    }
}

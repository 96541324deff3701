//! What one address has of us: connections, lines, and how fast it asks for more.
//!
//! Invariant: an address with nothing open and a full bucket is forgotten, and the table never grows past
//! [`MAX_ADDRESSES`]: when it is full of busy strangers, new ones are refused rather than old ones forgiven.

use core::time::Duration;
use std::collections::HashMap;

use holm_net::household::Household;

use super::bucket::Bucket;
use crate::config::Limits;

/// Addresses remembered at a time, about 6 MB. An honest server sees a few hundred an hour.
const MAX_ADDRESSES: usize = 65_536;

#[derive(Debug)]
struct Address {
    connections: usize,
    guests: usize,
    joins: Bucket,
}

/// All addresses we hold something for.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    known: HashMap<Household, Address>,
}

impl Addresses {
    /// Counts a connection in, if there is room for one more.
    pub(crate) fn connect(&mut self, key: Household, limits: &Limits, now: Duration) -> bool {
        let Some(address) = self.entry(key, limits, now) else {
            return false;
        };
        let room = address.connections < limits.connections_per_address;
        address.connections += usize::from(room);
        room
    }

    pub(crate) fn disconnect(&mut self, key: Household) {
        if let Some(address) = self.known.get_mut(&key) {
            address.connections = address.connections.saturating_sub(1);
        }
    }

    /// Counts a guest line in, if it comes neither too soon nor too many.
    pub(crate) fn join(&mut self, key: Household, limits: &Limits, now: Duration) -> bool {
        let Some(address) = self.entry(key, limits, now) else {
            return false;
        };
        let room = address.guests < limits.guests_per_address && address.joins.take(1.0, limits.joins, now);
        address.guests += usize::from(room);
        room
    }

    pub(crate) fn leave(&mut self, key: Household) {
        if let Some(address) = self.known.get_mut(&key) {
            address.guests = address.guests.saturating_sub(1);
        }
    }

    /// Forgets whoever has nothing here any more.
    pub(crate) fn forget(&mut self, limits: &Limits, now: Duration) {
        self.known
            .retain(|_, a| a.connections > 0 || a.guests > 0 || !a.joins.is_full(limits.joins, now));
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    fn entry(&mut self, key: Household, limits: &Limits, now: Duration) -> Option<&mut Address> {
        if self.known.len() >= MAX_ADDRESSES && !self.known.contains_key(&key) {
            return None; // `forget` runs every second
        }
        Some(self.known.entry(key).or_insert_with(|| Address {
            connections: 0,
            guests: 0,
            joins: Bucket::full(limits.joins, now),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_counts_as_one_and_is_forgotten_when_it_left() {
        let limits = Limits {
            guests_per_address: 2,
            ..Limits::default()
        };
        let key = |s: &str| s.parse::<Household>().expect("an address");
        let mut addresses = Addresses::default();
        let now = Duration::ZERO;
        assert!(addresses.join(key("2001:db8::1"), &limits, now));
        assert!(addresses.join(key("2001:db8::ffff"), &limits, now));
        assert!(
            !addresses.join(key("2001:db8::2"), &limits, now),
            "a third from the same /64"
        );
        assert!(
            addresses.join(key("2001:db8:0:1::2"), &limits, now),
            "the neighbours"
        );
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));

        addresses.leave(key("2001:db8::1"));
        addresses.leave(key("2001:db8::1"));
        addresses.forget(&limits, now);
        assert_eq!(addresses.known.len(), 2, "its bucket is not full again yet");
        addresses.forget(&limits, Duration::from_secs(60));
        assert_eq!(addresses.known.len(), 1);
    }

    #[test]
    fn joins_faster_than_the_rate_are_refused() {
        let limits = Limits::default();
        let key = Household::V4([192, 0, 2, 1]);
        let mut addresses = Addresses::default();
        let mut inside = 0;
        for _ in 0..1000 {
            if addresses.join(key, &limits, Duration::ZERO) {
                inside += 1;
                addresses.leave(key);
            }
        }
        assert_eq!(inside, 60);
    }
}

//! Who did what, page by page: told by the host, kept as far as one looked.
//!
//! Invariant: whom somebody blocks is told to nobody; changes of powers only to those who keep order.

use super::shown;
use super::wire::{Entry, How, Who};
use bevy::prelude::Resource;
use holm_document::{Deed, Fact, FactNo, History, Order, PersonNo, State};
use holm_identity::AccountKey;
use std::collections::BTreeMap;

/// Facts a page: some 8 KB.
pub const PAGE: usize = 64;
/// Facts that are looked at for one page: those that are told to nobody are passed over.
const LOOKED_AT: usize = 4_096;
/// Facts that are kept here.
const KEPT: usize = 4_096;

/// The newest facts before `before` (0: all), newest first, and whether there are more.
pub fn page<'a>(
    history: &History,
    state: &State,
    before: FactNo,
    most: usize,
    orders: bool,
    name: &dyn Fn(&[u8; 32]) -> &'a str,
) -> (Vec<Entry>, bool) {
    let who = |person: PersonNo| {
        let account = state.person(person).map_or([0; 32], |standing| standing.account);
        Who {
            account,
            name: name(&account).to_owned(),
        }
    };
    let mut entries = Vec::new();
    let past = history.past().rev().map(|past| &past.fact);
    let mut past = past.filter(|fact| before == 0 || fact.number < before);
    for fact in past.by_ref().take(LOOKED_AT) {
        entries.extend(entry(fact, orders, &who));
        if entries.len() == most {
            break;
        }
    }
    (entries, past.next().is_some())
}

/// `None`: nothing of it is told.
fn entry(fact: &Fact, orders: bool, who: &dyn Fn(PersonNo) -> Who) -> Option<Entry> {
    let mut entry = Entry {
        number: fact.number,
        at_secs: fact.at_secs,
        by: who(fact.by),
        way: How::of(fact.way, who),
        made: 0,
        changed: 0,
        removed: 0,
        order: None,
        met: false,
    };
    let mut told = false;
    for deed in &fact.deeds {
        match deed {
            Deed::Made { .. } | Deed::Remade { .. } => entry.made += 1,
            Deed::Set { .. } | Deed::Restored { .. } | Deed::Cleared { .. } | Deed::Given { .. } => {
                entry.changed += 1;
            }
            Deed::Removed { .. } => entry.removed += 1,
            Deed::Met { .. } => entry.met = true,
            Deed::Ordered { order, .. } => {
                if orders && !matches!(order, Order::Block { .. }) {
                    entry.order = Some((order.clone(), about(order).map(who)));
                }
                continue;
            }
            Deed::Forgotten { .. } => continue,
        }
        told = true;
    }
    (told || entry.order.is_some()).then_some(entry)
}

fn about(order: &Order) -> Option<PersonNo> {
    match order {
        Order::Rank { person, .. }
        | Order::Except { person, .. }
        | Order::Allot { person, .. }
        | Order::Ban { person, .. }
        | Order::Silence { person, .. }
        | Order::Block { person, .. } => Some(*person),
        Order::Line { .. } | Order::Newcomers { .. } | Order::Lock { .. } => None,
    }
}

/// What we were told of the past.
#[derive(Resource, Debug, Default)]
pub struct Pages {
    entries: BTreeMap<FactNo, Entry>,
    /// There is more before the oldest.
    more: bool,
    /// How often something came.
    came: u64,
}

impl Pages {
    /// Newest first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().rev()
    }

    /// The fact before which there is more; `None`: this is all.
    pub fn more_before(&self) -> Option<FactNo> {
        let (oldest, _) = self.entries.first_key_value()?;
        self.more.then_some(*oldest)
    }

    /// Counts answers: nothing came yet at 0.
    pub fn came(&self) -> u64 {
        self.came
    }

    /// An answer of the host.
    pub(super) fn take(&mut self, entries: &[Entry], more: bool) {
        self.came += 1;
        let oldest = self.entries.first_key_value().map(|(number, _)| *number);
        let newest = self.entries.last_key_value().map(|(number, _)| *number);
        let last = entries.last().map(|entry| entry.number);
        // A page that does not touch what is here would leave a gap that nobody sees.
        if let (Some(newest), Some(last)) = (newest, last)
            && last > newest + 1
            && more
        {
            self.entries.clear();
        }
        if oldest.is_none() || last.is_none() || last < oldest || self.entries.is_empty() {
            self.more = more;
        }
        for entry in entries {
            let fit = Entry {
                by: fit(&entry.by),
                way: match &entry.way {
                    How::RolledBack(who) => How::RolledBack(fit(who)),
                    way => way.clone(),
                },
                order: entry
                    .order
                    .clone()
                    .map(|(order, about)| (order, about.as_ref().map(fit))),
                ..entry.clone()
            };
            self.entries.insert(entry.number, fit);
        }
        while self.entries.len() > KEPT {
            self.entries.pop_first();
        }
    }
}

fn fit(who: &Who) -> Who {
    Who {
        account: who.account,
        name: shown(&who.name),
    }
}

impl Who {
    pub fn key(&self) -> AccountKey {
        AccountKey(self.account)
    }
}

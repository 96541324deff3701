//! What is computed from things and people and kept in step with them: accounts, what hangs on what, who is named where.

use crate::part::{Part, PartKind};
use crate::power::Standing;
use crate::thing::{PersonNo, Thing, ThingId};
use std::collections::{BTreeMap, BTreeSet};

/// What somebody's things take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub things: u64,
    pub bytes: u64,
    pub triangles: u64,
    pub moving: u64,
    pub lamps: u64,
}

impl Usage {
    fn add(&mut self, other: Self) {
        self.things += other.things;
        self.bytes += other.bytes;
        self.triangles += other.triangles;
        self.moving += other.moving;
        self.lamps += other.lamps;
    }

    fn subtract(&mut self, other: Self) {
        self.things -= other.things;
        self.bytes -= other.bytes;
        self.triangles -= other.triangles;
        self.moving -= other.moving;
        self.lamps -= other.lamps;
    }

    fn of(thing: &Thing) -> Self {
        let mut usage = Self {
            things: 1,
            ..Self::default()
        };
        for held in thing.parts() {
            usage.add(held.part.usage());
        }
        usage
    }
}

/// See the module. Of everybody who is named, known or not: while a world arrives, some of it is there before the rest.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    pub(super) usage: BTreeMap<PersonNo, Usage>,
    pub(super) hanging: BTreeMap<ThingId, BTreeSet<ThingId>>,
    pub(super) accounts: BTreeMap<[u8; 32], PersonNo>,
    /// Things and parts that somebody made, and people who block them; not there where there are none.
    named: BTreeMap<PersonNo, u64>,
}

impl Counted {
    /// Whether something is whose, is made by, says or blocks this person.
    pub(super) fn is_named(&self, person: PersonNo) -> bool {
        self.usage.contains_key(&person) || self.named.contains_key(&person)
    }

    pub(super) fn name(&mut self, person: PersonNo, here: bool) {
        let count = self.named.entry(person).or_default();
        *count = if here { *count + 1 } else { count.saturating_sub(1) };
        if *count == 0 {
            self.named.remove(&person);
        }
    }

    /// A thing came or went.
    pub(super) fn thing(&mut self, id: ThingId, thing: &Thing, here: bool) {
        let usage = Usage::of(thing);
        let all = self.usage.entry(thing.owner).or_default();
        if here {
            all.add(usage);
        } else {
            all.subtract(usage);
            if all.things == 0 {
                self.usage.remove(&thing.owner);
            }
        }
        self.name(id.maker, here);
        for held in thing.parts() {
            self.name(held.by, here);
        }
        if let Some(Part::Attach(attach)) = thing.part(PartKind::Attach) {
            let hanging = self.hanging.entry(attach.to).or_default();
            if here {
                hanging.insert(id);
            } else {
                hanging.remove(&id);
                if hanging.is_empty() {
                    self.hanging.remove(&attach.to);
                }
            }
        }
    }

    /// Somebody came or went.
    pub(super) fn person(&mut self, person: PersonNo, standing: &Standing, here: bool) {
        if here {
            self.accounts.insert(standing.account, person);
        } else if self.accounts.get(&standing.account) == Some(&person) {
            // While a copy is repaired two people may have one account for a moment: the later one keeps it.
            self.accounts.remove(&standing.account);
        }
        for blocked in &standing.blocks {
            self.name(*blocked, here);
        }
    }
}

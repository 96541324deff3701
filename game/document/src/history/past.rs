//! Facts and what was before them, in blocks that a copy shares.
//!
//! A snapshot takes all of the past to another thread at the price of a pointer for each block.
//! Invariant: a block that somebody else has is never changed; what comes next begins a new one.

use crate::deed::{Deed, Fact, Way};
use crate::part::{Blob, Part};
use crate::state::{Before, Trace};
use crate::thing::{FactNo, PersonNo, Thing, ThingId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// A fact and what was before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Past {
    pub fact: Fact,
    pub before: Trace,
}

impl Past {
    pub(super) fn bytes(&self) -> usize {
        postcard::experimental::serialized_size(self).unwrap_or(0)
    }

    /// Files that it is about: taken back or done again, they are shown.
    pub(crate) fn files(&self) -> Vec<Blob> {
        let mut files = Vec::new();
        let mut has = |part: &Part| files.extend(part.file());
        for deed in &self.fact.deeds {
            match deed {
                Deed::Made { parts, .. } => parts.iter().for_each(&mut has),
                Deed::Set { part, .. } => has(part),
                Deed::Remade { old, .. } => old.parts().iter().for_each(|held| has(&held.part)),
                Deed::Restored { old, .. } => has(&old.part),
                _ => {}
            }
        }
        for before in &self.before {
            match before {
                Before::Thing(_, Some(old)) => old.parts().iter().for_each(|held| has(&held.part)),
                Before::Part(_, _, Some(old)) => has(&old.part),
                _ => {}
            }
        }
        files
    }

    /// Everybody whom what can be taken back of it needs: who did it, and who made, said or had what was there or is.
    pub(super) fn mentions(&self) -> BTreeSet<PersonNo> {
        let mut people = BTreeSet::new();
        if !self.fact.deeds.iter().any(can_be_taken_back) {
            return people;
        }
        people.insert(self.fact.by);
        if let Way::RolledBack(person) = self.fact.way {
            people.insert(person);
        }
        let named = |people: &mut BTreeSet<PersonNo>, id: ThingId, thing: &Thing| {
            people.extend([id.maker, thing.owner]);
            people.extend(thing.parts().iter().map(|held| held.by));
        };
        for deed in &self.fact.deeds {
            match deed {
                Deed::Made { thing, owner, .. } => people.extend([thing.maker, *owner]),
                Deed::Remade { thing, old } => named(&mut people, *thing, old),
                Deed::Restored { old, .. } => people.extend([old.by]),
                Deed::Given { owner, .. } => people.extend([*owner]),
                Deed::Set { .. }
                | Deed::Cleared { .. }
                | Deed::Removed { .. }
                | Deed::Met { .. }
                | Deed::Ordered { .. }
                | Deed::Forgotten { .. } => {}
            }
        }
        for before in &self.before {
            match before {
                Before::Thing(id, Some(thing)) => named(&mut people, *id, thing),
                Before::Part(_, _, Some(held)) => people.extend([held.by]),
                Before::Owner(_, owner) => people.extend([*owner]),
                Before::Thing(_, None)
                | Before::Part(_, _, None)
                | Before::NotMet
                | Before::Standing(..)
                | Before::Blocked(..)
                | Before::Powers(_)
                | Before::Serial(..)
                | Before::Forgotten(..) => {}
            }
        }
        people
    }
}

pub(super) fn can_be_taken_back(deed: &Deed) -> bool {
    !matches!(
        deed,
        Deed::Met { .. } | Deed::Ordered { .. } | Deed::Forgotten { .. }
    )
}

/// So many to a block: 65,536 of them are then 256 pointers.
const BLOCK: usize = 256;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pasts {
    /// None is empty. By number, without gaps.
    blocks: VecDeque<Arc<Vec<Past>>>,
    /// So many of the first block are gone already.
    gone: usize,
    len: usize,
}

impl Pasts {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Past> {
        let from = |at| if at == 0 { self.gone } else { 0 };
        let blocks = self.blocks.iter().enumerate();
        blocks.flat_map(move |(at, block)| block.get(from(at)..).unwrap_or_default())
    }

    pub(super) fn get(&self, number: FactNo) -> Option<&Past> {
        let first = self.iter().next()?.fact.number;
        let begins = |block: &Arc<Vec<Past>>| block.first().is_some_and(|past| past.fact.number <= number);
        let block = self
            .blocks
            .get(self.blocks.partition_point(begins).checked_sub(1)?)?;
        let at = number.checked_sub(block.first()?.fact.number)?;
        let past = block.get(usize::try_from(at).ok()?)?;
        (number >= first && past.fact.number == number).then_some(past)
    }

    pub(super) fn push(&mut self, past: Past) {
        self.len += 1;
        if let Some(last) = self.blocks.back_mut()
            && last.len() < BLOCK
            && let Some(last) = Arc::get_mut(last)
        {
            last.push(past);
            return;
        }
        self.blocks.push_back(Arc::new(vec![past]));
    }

    /// Lets the oldest go.
    pub(super) fn drop_oldest(&mut self) {
        let Some(block) = self.blocks.front_mut() else {
            return;
        };
        if let Some(oldest) = Arc::get_mut(block).and_then(|block| block.get_mut(self.gone)) {
            // Its number stays, by which the block is found, and not what may be large.
            (oldest.fact.deeds, oldest.before) = (Vec::new(), Trace::new());
        }
        self.gone += 1;
        self.len -= 1;
        if self.gone >= block.len() {
            self.blocks.pop_front();
            self.gone = 0;
        }
    }

    pub(super) fn into_vec(self) -> Vec<Past> {
        let mut all = Vec::with_capacity(self.len);
        let mut gone = self.gone;
        for block in self.blocks {
            let block = Arc::try_unwrap(block).unwrap_or_else(|shared| (*shared).clone());
            all.extend(block.into_iter().skip(std::mem::take(&mut gone)));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn past(number: FactNo) -> Past {
        Past {
            fact: Fact {
                number,
                by: PersonNo(0),
                at_secs: 0,
                wish: 0,
                way: Way::Done,
                deeds: Vec::new(),
            },
            before: Trace::new(),
        }
    }

    proptest! {
        /// The same as a plain queue, whatever copies are taken and whenever they are let go.
        #[test]
        fn it_is_a_queue_of_which_copies_stay_what_they_were(steps in proptest::collection::vec((0..4u8, 0..400usize), 0..60)) {
            let (mut pasts, mut plain) = (Pasts::default(), VecDeque::new());
            let mut copies: Vec<(Pasts, VecDeque<FactNo>)> = Vec::new();
            let mut newest = 7;
            for (what, many) in steps {
                match what {
                    0 | 1 => for _ in 0..many {
                        newest += 1;
                        pasts.push(past(newest));
                        plain.push_back(newest);
                    },
                    2 => for _ in 0..many {
                        pasts.drop_oldest();
                        plain.pop_front();
                    },
                    _ if many < 100 => copies.clear(),
                    _ => copies.push((pasts.clone(), plain.clone())),
                }
                for (pasts, plain) in copies.iter().chain([&(pasts.clone(), plain.clone())]) {
                    prop_assert!(pasts.iter().map(|past| &past.fact.number).eq(plain));
                    prop_assert!(pasts.iter().rev().map(|past| &past.fact.number).eq(plain.iter().rev()));
                    prop_assert_eq!(pasts.len(), plain.len());
                    let first = plain.front().copied().unwrap_or(newest + 1);
                    prop_assert!(pasts.get(first.saturating_sub(1)).is_none());
                    prop_assert!(pasts.get(newest + 1).is_none());
                    for number in plain.iter().step_by(37) {
                        prop_assert_eq!(pasts.get(*number).map(|past| past.fact.number), Some(*number));
                    }
                }
            }
        }
    }
}

//! What was done to one thing, and by whom: told by the host to whoever asks, kept for the thing that was asked about last.
//!
//! Invariants: whoever may see a thing may know who made it; nothing is told of what else a fact did.

use super::shown;
use super::wire::{Did, How, Step, Who};
use bevy::prelude::Resource;
use holm_document::{Deed, Fact, FactNo, History, PersonNo, State, ThingId};

/// Steps an answer: some 3 KB.
pub const PAGE: usize = 32;
/// Steps that are kept here.
const KEPT: usize = 512;

/// The newest steps before `before` (0: all), newest first, and whether there are more.
pub fn page<'a>(
    history: &History,
    state: &State,
    thing: ThingId,
    before: FactNo,
    name: &dyn Fn(&[u8; 32]) -> &'a str,
) -> (Vec<Step>, bool) {
    let who = |person: PersonNo| {
        let account = state.person(person).map_or([0; 32], |standing| standing.account);
        Who {
            account,
            name: name(&account).to_owned(),
        }
    };
    let facts = history.of_thing(thing).map(|past| &past.fact);
    let mut facts = facts.filter(|fact| before == 0 || fact.number < before);
    let steps = facts.by_ref().take(PAGE).map(|fact| Step {
        number: fact.number,
        at_secs: fact.at_secs,
        by: who(fact.by),
        way: How::of(fact.way, &who),
        did: did(fact, thing),
    });
    let steps = steps.collect();
    (steps, facts.next().is_some())
}

/// What a fact did to this thing, each kind once.
fn did(fact: &Fact, of: ThingId) -> Vec<Did> {
    let mut all = Vec::new();
    for deed in &fact.deeds {
        let did = match deed {
            Deed::Made { thing, .. } | Deed::Remade { thing, .. } if *thing == of => Did::Made,
            Deed::Set { thing, part } if *thing == of => Did::Changed(part.kind()),
            Deed::Restored { thing, old } if *thing == of => Did::Changed(old.part.kind()),
            Deed::Cleared { thing, kind } if *thing == of => Did::Cleared(*kind),
            Deed::Removed { thing } if *thing == of => Did::Removed,
            Deed::Given { thing, .. } if *thing == of => Did::Given,
            _ => continue,
        };
        if !all.contains(&did) {
            all.push(did);
        }
    }
    all
}

/// What we were told of one thing.
#[derive(Resource, Debug, Default)]
pub struct Story {
    about: Option<ThingId>,
    /// Newest first.
    steps: Vec<Step>,
    more: bool,
    came: bool,
}

impl Story {
    /// Newest first, as far as we were told. `None`: nothing came about this thing yet.
    pub fn of(&self, thing: ThingId) -> Option<&[Step]> {
        (self.about == Some(thing) && self.came).then_some(self.steps.as_slice())
    }

    /// The fact before which there is more; `None`: this is all.
    pub fn more_before(&self) -> Option<FactNo> {
        let oldest = self.steps.last()?;
        self.more.then_some(oldest.number)
    }

    /// We ask about this one.
    pub(super) fn ask(&mut self, thing: ThingId) {
        if self.about != Some(thing) {
            *self = Self {
                about: Some(thing),
                ..Self::default()
            };
        }
    }

    /// An answer of the host: the newest steps, or those behind the ones that are here.
    pub(super) fn take(&mut self, thing: ThingId, steps: &[Step], more: bool) {
        if self.about != Some(thing) {
            return; // an answer to what is not asked any more
        }
        self.came = true;
        let fit = |step: &Step| Step {
            by: fit(&step.by),
            way: match &step.way {
                How::RolledBack(who) => How::RolledBack(fit(who)),
                way => way.clone(),
            },
            did: step.did.iter().take(MOST_DID).copied().collect(),
            ..*step
        };
        let first = steps.first().map_or(0, |step| step.number);
        let behind = self.steps.last().is_some_and(|last| first < last.number);
        if behind {
            self.more = more;
            self.steps.extend(steps.iter().map(fit));
        } else {
            // The newest, on top of what is here where the two touch.
            let last = steps.last().map_or(0, |step| step.number);
            let known = self.steps.iter().position(|step| step.number == last);
            let rest = known.map_or_else(Vec::new, |at| self.steps.split_off(at + 1));
            if rest.is_empty() {
                self.more = more;
            }
            self.steps = steps.iter().map(fit).collect();
            self.steps.extend(rest);
        }
        // However a host numbers them: newest first, each once.
        self.steps.sort_by_key(|step| std::cmp::Reverse(step.number));
        self.steps.dedup_by_key(|step| step.number);
        self.steps.truncate(KEPT);
    }
}

/// Kinds of what a step did that are said.
const MOST_DID: usize = 8;

fn fit(who: &Who) -> Who {
    Who {
        account: who.account,
        name: shown(&who.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holm_document::PartKind;

    fn steps(numbers: impl IntoIterator<Item = FactNo>) -> Vec<Step> {
        let step = |number| Step {
            number,
            at_secs: 5,
            by: Who {
                account: [1; 32],
                name: "Ada\u{202E}\n".to_owned(),
            },
            way: How::Done,
            did: vec![Did::Changed(PartKind::Paint); 100],
        };
        numbers.into_iter().map(step).collect()
    }

    #[test]
    fn pages_come_one_behind_the_other_and_what_is_new_on_top() {
        let thing = |serial| ThingId {
            maker: PersonNo(0),
            serial,
        };
        let numbers = |story: &Story| -> Vec<FactNo> {
            let steps = story.of(thing(1)).unwrap_or_default();
            steps.iter().map(|step| step.number).collect()
        };
        let mut story = Story::default();
        story.ask(thing(1));
        assert_eq!(story.of(thing(1)), None, "nothing came yet");
        story.take(thing(2), &steps([3]), false);
        assert_eq!(story.of(thing(1)), None, "that was about another one");
        story.take(thing(1), &steps([9, 7]), true);
        assert_eq!(story.more_before(), Some(7));
        story.take(thing(1), &steps([4, 2]), false);
        assert_eq!((numbers(&story), story.more_before()), (vec![9, 7, 4, 2], None));
        story.take(thing(1), &steps([11, 9]), true);
        assert_eq!(
            (numbers(&story), story.more_before()),
            (vec![11, 9, 7, 4, 2], None)
        );
        let step = &story.of(thing(1)).unwrap_or_default()[0];
        assert_eq!((step.by.name.as_str(), step.did.len()), ("Ada", MOST_DID));
        for page in 0..200u64 {
            story.take(thing(1), &steps((page * 20..page * 20 + 32).rev()), true);
        }
        assert!(numbers(&story).len() <= KEPT);
        story.ask(thing(2));
        assert_eq!(story.of(thing(1)), None);
    }
}

//! What was done, by whom, and what was before: taking back, doing again, rolling back.
//!
//! Flow: each fact is [`History::record`]ed with its [`Trace`] → [`History::undo`] and its kin say which deeds take a fact
//! back as things are now. Those become a fact like any other.
//! Invariants: what somebody else changed since is left as they left it; a value that was taken back counts as said by whoever
//! first said it, so that one can go back step by step, and forward again; nothing here is asked of a clock.

use crate::deed::{Deed, Fact, Refusal, Way};
use crate::limits;
use crate::part::PartKind;
use crate::rules::hangs_on;
use crate::state::{Before, State, Trace};
use crate::thing::{FactNo, Held, PersonNo, Thing, ThingId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// A fact and what was before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Past {
    pub fact: Fact,
    pub before: Trace,
}

/// What somebody can take back, and do again, newest last.
#[derive(Clone, Debug, Default)]
struct Stacks {
    undo: Vec<FactNo>,
    redo: Vec<FactNo>,
}

/// The past, as far back as it is kept.
#[derive(Clone, Debug, Default)]
pub struct History {
    past: VecDeque<Past>,
    stacks: BTreeMap<PersonNo, Stacks>,
    deeds: usize,
}

/// A part or a thing as such, by which the past is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Part(ThingId, PartKind),
    Owner(ThingId),
    Thing(ThingId),
}

impl Key {
    fn thing(self) -> ThingId {
        match self {
            Self::Part(thing, _) | Self::Owner(thing) | Self::Thing(thing) => thing,
        }
    }
}

/// Whether somebody may do these deeds.
pub type Allows<'a> = &'a dyn Fn(&State, &[Deed]) -> Result<(), Refusal>;

/// Steps that one person can go back: more than anybody remembers.
const STEPS: usize = 1_000;

impl History {
    /// From the oldest to the newest.
    pub fn past(&self) -> impl DoubleEndedIterator<Item = &Past> + ExactSizeIterator {
        self.past.iter()
    }

    /// One of them, if it is still kept.
    pub fn get(&self, number: FactNo) -> Option<&Past> {
        let first = self.past.front()?.fact.number;
        let past = self.past.get(usize::try_from(number.checked_sub(first)?).ok()?)?;
        (past.fact.number == number).then_some(past)
    }

    /// Adds the newest fact; the oldest may go.
    pub fn record(&mut self, fact: Fact, before: Trace) {
        let stacks = self.stacks.entry(fact.by).or_default();
        let forget = |stack: &mut Vec<FactNo>, gone: FactNo| stack.retain(|number| *number != gone);
        let lasting = fact.deeds.iter().any(can_be_taken_back);
        match fact.way {
            Way::Done | Way::RolledBack(_) if lasting => {
                stacks.undo.push(fact.number);
                stacks.redo.clear();
            }
            Way::Done | Way::RolledBack(_) => {}
            Way::Undone { fact: of, whole } => {
                if whole {
                    forget(&mut stacks.undo, of);
                }
                stacks.redo.push(fact.number);
            }
            Way::Redone { fact: of, whole } => {
                if whole {
                    forget(&mut stacks.redo, of);
                }
                stacks.undo.push(fact.number);
            }
        }
        for stack in [&mut stacks.undo, &mut stacks.redo] {
            let over = stack.len().saturating_sub(STEPS);
            stack.drain(..over);
        }
        self.deeds += fact.deeds.len().max(1);
        self.past.push_back(Past { fact, before });
        while self.deeds > limits::HISTORY_FACTS && self.past.len() > 1 {
            if let Some(oldest) = self.past.pop_front() {
                self.deeds -= oldest.fact.deeds.len().max(1);
            }
        }
    }

    /// Takes the facts from this one on out again, as if they had never been: the newest first.
    pub(crate) fn cut(&mut self, from: FactNo) -> Vec<Past> {
        let mut all = Vec::from(std::mem::take(self).past);
        let kept = all.partition_point(|past| past.fact.number < from);
        let mut gone = all.split_off(kept);
        // What they did to the stacks is told by what is left.
        for past in all {
            self.record(past.fact, past.before);
        }
        gone.reverse();
        gone
    }

    /// The deeds that take back the newest that `who` did and that `may` be taken back, within `thing` or anywhere, and what
    /// they take back.
    ///
    /// # Errors
    /// [`Refusal::Nothing`], or the first of what `may` says where it allows nothing.
    pub fn undo(
        &self,
        state: &mut State,
        who: PersonNo,
        thing: Option<ThingId>,
        may: Allows<'_>,
    ) -> Result<(Vec<Deed>, Way), Refusal> {
        let stacks = self.stacks.get(&who).ok_or(Refusal::Nothing)?;
        self.newest_that_gives(state, &stacks.undo, thing, may)
            .map(|(deeds, fact, whole)| (deeds, Way::Undone { fact, whole }))
    }

    /// The same for what they took back last.
    ///
    /// # Errors
    /// As [`Self::undo`].
    pub fn redo(
        &self,
        state: &mut State,
        who: PersonNo,
        thing: Option<ThingId>,
        may: Allows<'_>,
    ) -> Result<(Vec<Deed>, Way), Refusal> {
        let stacks = self.stacks.get(&who).ok_or(Refusal::Nothing)?;
        self.newest_that_gives(state, &stacks.redo, thing, may)
            .map(|(deeds, fact, whole)| (deeds, Way::Redone { fact, whole }))
    }

    fn newest_that_gives(
        &self,
        state: &mut State,
        stack: &[FactNo],
        thing: Option<ThingId>,
        may: Allows<'_>,
    ) -> Result<(Vec<Deed>, FactNo, bool), Refusal> {
        let mut why = Refusal::Nothing;
        for number in stack.iter().rev() {
            let Some(past) = self.get(*number) else {
                continue;
            };
            let mut back = Back::new(state, false);
            back.take_back(past, thing);
            let deeds = back.deeds();
            if deeds.is_empty() {
                continue;
            }
            match may(state, &deeds) {
                Ok(()) => return Ok((deeds, *number, thing.is_none())),
                Err(refusal) if why == Refusal::Nothing => why = refusal,
                Err(_) => {}
            }
        }
        Err(why)
    }

    /// The deeds that take back all that `person` did since that time, even where they are mixed with what others did:
    /// what others changed since stays as they left it, but what `person` made goes.
    ///
    /// # Errors
    /// [`Refusal::Nothing`].
    pub fn roll_back(
        &self,
        state: &mut State,
        person: PersonNo,
        since_secs: u64,
    ) -> Result<Vec<Deed>, Refusal> {
        let mut back = Back::new(state, true);
        for past in self.past.iter().rev() {
            if past.fact.at_secs < since_secs {
                break;
            }
            if past.fact.by == person {
                back.take_back(past, None);
            }
        }
        let deeds = back.deeds();
        if deeds.is_empty() {
            return Err(Refusal::Nothing);
        }
        Ok(deeds)
    }
}

fn can_be_taken_back(deed: &Deed) -> bool {
    !matches!(deed, Deed::Met { .. } | Deed::Ordered { .. })
}

/// Facts taken back on the state itself, to see what would be; then put right again.
struct Back<'a> {
    state: &'a mut State,
    /// What is made goes even where others touched it.
    forced: bool,
    trace: Trace,
    /// As they were before anything was taken back.
    were: BTreeMap<ThingId, Option<Thing>>,
}

impl<'a> Back<'a> {
    fn new(state: &'a mut State, forced: bool) -> Self {
        Self {
            state,
            forced,
            trace: Trace::new(),
            were: BTreeMap::new(),
        }
    }

    fn take_back(&mut self, past: &Past, within: Option<ThingId>) {
        // Of each part and thing: what was before the fact, and what the fact left behind.
        let mut olds: BTreeMap<Key, &Before> = BTreeMap::new();
        for before in &past.before {
            let key = match before {
                Before::Thing(thing, _) => Key::Thing(*thing),
                Before::Part(thing, kind, _) => Key::Part(*thing, *kind),
                Before::Owner(thing, _) => Key::Owner(*thing),
                Before::NotMet | Before::Standing(..) | Before::Powers(_) | Before::Serial(..) => continue,
            };
            if within.is_none_or(|thing| key.thing() == thing) {
                olds.entry(key).or_insert(before);
            }
        }
        let left = left_behind(&past.fact);
        let removed = |before: &Before| matches!(before, Before::Thing(_, Some(_)));
        // What was removed is there before its parts are looked at, what was made goes after; of trees, from the top and
        // from the leaves.
        let mut again: Vec<_> = olds.iter().filter(|(_, before)| removed(before)).collect();
        again.sort_by_key(|(key, _)| std::cmp::Reverse(position(&past.before, **key)));
        let parts = olds.iter().filter(|(key, _)| !matches!(key, Key::Thing(_)));
        let mut made: Vec<_> = olds
            .iter()
            .filter(|(key, before)| matches!(key, Key::Thing(_)) && !removed(before))
            .collect();
        made.sort_by_key(|(key, _)| std::cmp::Reverse(position(&past.before, **key)));
        for (key, before) in again.into_iter().chain(parts).chain(made) {
            self.put_back(*key, before, left.get(key).copied().flatten(), &past.fact);
        }
    }

    /// `left`: which fact's value the fact that is taken back left there.
    fn put_back(&mut self, key: Key, before: &Before, left: Option<FactNo>, fact: &Fact) {
        let id = key.thing();
        match (key, before) {
            (Key::Part(_, kind), Before::Part(_, _, old)) => {
                let Some(thing) = self.state.thing(id) else { return };
                if thing.held(kind).map(|held| held.origin) != left {
                    return;
                }
                self.touch(id);
                let now = self.state.put_part(id, kind, old.clone());
                self.trace.push(Before::Part(id, kind, now));
            }
            (Key::Owner(_), Before::Owner(_, old)) => {
                let given = left.map(|owner| PersonNo(owner as u32)); // see `left_behind`
                if self.state.thing(id).map(|thing| thing.owner) != given {
                    return;
                }
                self.touch(id);
                if let Some(now) = self.state.put_owner(id, *old) {
                    self.trace.push(Before::Owner(id, now));
                }
            }
            (Key::Thing(_), Before::Thing(_, Some(old))) => {
                let hangs_in_the_air = match old.part(PartKind::Attach) {
                    Some(crate::part::Part::Attach(attach)) => self.state.thing(attach.to).is_none(),
                    _ => false,
                };
                if self.state.thing(id).is_some() || hangs_in_the_air {
                    return;
                }
                self.touch(id);
                self.state.put_thing(id, Some(old.clone()));
                self.trace.push(Before::Thing(id, None));
            }
            (Key::Thing(_), Before::Thing(_, None)) => {
                let Some(thing) = self.state.thing(id) else { return };
                let later = |held: &Held| held.since > fact.number && held.by != fact.by;
                let others = thing.parts().iter().any(later);
                if Some(thing.made) != left
                    || others && !self.forced
                    || self.state.hanging_on(id).next().is_some()
                {
                    return;
                }
                self.touch(id);
                let now = self.state.put_thing(id, None);
                self.trace.push(Before::Thing(id, now));
            }
            _ => {}
        }
    }

    fn touch(&mut self, id: ThingId) {
        self.were
            .entry(id)
            .or_insert_with(|| self.state.thing(id).cloned());
    }

    /// What is to be done, all in all; the state is as before.
    fn deeds(self) -> Vec<Deed> {
        let depth = |state: &State, id: ThingId| {
            let above = |at: &ThingId| hangs_on(state, *at);
            std::iter::successors(Some(id), above)
                .take(limits::HANGING_DEPTH + 1)
                .count()
        };
        let (mut again, mut changed, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for (id, was) in &self.were {
            match (was, self.state.thing(*id)) {
                (None, Some(now)) => again.push((
                    depth(self.state, *id),
                    Deed::Remade {
                        thing: *id,
                        old: now.clone(),
                    },
                )),
                (Some(_), None) => gone.push(*id),
                (Some(was), Some(now)) => differences(*id, was, now, &mut changed),
                (None, None) => {}
            }
        }
        again.sort_by_key(|(depth, _)| *depth);
        self.state.restore(self.trace);
        gone.sort_by_key(|id| std::cmp::Reverse(depth(self.state, *id)));
        let again = again.into_iter().map(|(_, deed)| deed);
        let gone = gone.into_iter().map(|thing| Deed::Removed { thing });
        again.chain(changed).chain(gone).collect()
    }
}

fn position(trace: &Trace, key: Key) -> usize {
    trace
        .iter()
        .position(|before| matches!((before, key), (Before::Thing(thing, _), Key::Thing(id)) if *thing == id))
        .unwrap_or(0)
}

/// Which fact's value this fact left in each part and thing; `None` where it left nothing there. For owners it is the number of
/// the new one.
fn left_behind(fact: &Fact) -> BTreeMap<Key, Option<FactNo>> {
    let mut left = BTreeMap::new();
    for deed in &fact.deeds {
        match deed {
            Deed::Made { thing, .. } => {
                left.insert(Key::Thing(*thing), Some(fact.number));
            }
            Deed::Remade { thing, old } => {
                left.insert(Key::Thing(*thing), Some(old.made));
            }
            Deed::Removed { thing } => {
                left.insert(Key::Thing(*thing), None);
            }
            Deed::Set { thing, part } => {
                left.insert(Key::Part(*thing, part.kind()), Some(fact.number));
            }
            Deed::Restored { thing, old } => {
                left.insert(Key::Part(*thing, old.part.kind()), Some(old.origin));
            }
            Deed::Cleared { thing, kind } => {
                left.insert(Key::Part(*thing, *kind), None);
            }
            Deed::Given { thing, owner } => {
                left.insert(Key::Owner(*thing), Some(u64::from(owner.0)));
            }
            Deed::Met { .. } | Deed::Ordered { .. } => {}
        }
    }
    left
}

fn differences(thing: ThingId, was: &Thing, now: &Thing, deeds: &mut Vec<Deed>) {
    if was.owner != now.owner {
        deeds.push(Deed::Given {
            thing,
            owner: now.owner,
        });
    }
    for kind in PartKind::ALL {
        match (was.held(*kind), now.held(*kind)) {
            (Some(_), None) => deeds.push(Deed::Cleared { thing, kind: *kind }),
            (was, Some(now))
                if was.map(|was| &was.part) != Some(&now.part)
                    || was.map(|was| was.origin) != Some(now.origin) =>
            {
                deeds.push(Deed::Restored {
                    thing,
                    old: now.clone(),
                });
            }
            _ => {}
        }
    }
}

//! What was done, by whom, and what was before: taking back, doing again, rolling back.
//!
//! Flow: each fact is [`History::record`]ed with its [`Trace`] → [`History::undo`] and its kin say which deeds take a fact
//! back as things are now. Those become a fact like any other.
//! Invariants: what somebody else changed since is left as they left it; a value that was taken back counts as said by whoever
//! first said it, so that one can go back step by step, and forward again; nothing here is asked of a clock.

use crate::deed::{Deed, Fact, Refusal, Way};
use crate::limits;
use crate::part::{Part, PartKind};
use crate::rules::{hangs_on, hangs_soundly, let_go};
use crate::state::{Before, State, Trace};
use crate::thing::{FactNo, Held, PersonNo, Thing, ThingId};
use std::collections::BTreeMap;

mod past;

pub use past::Past;
pub(crate) use past::Pasts;
use past::can_be_taken_back;

/// The key of a part or a thing, and the facts that left something or nothing there, in their order.
type Index = BTreeMap<Key, Vec<FactNo>>;

/// What somebody can take back, and do again, newest last.
#[derive(Clone, Debug, Default)]
struct Stacks {
    undo: Vec<FactNo>,
    redo: Vec<FactNo>,
}

/// The past, as far back as it is kept.
#[derive(Clone, Debug, Default)]
pub struct History {
    past: Pasts,
    stacks: BTreeMap<PersonNo, Stacks>,
    index: Index,
    /// By person: in how many of the facts that can be taken back they are named.
    mentioned: BTreeMap<PersonNo, usize>,
    deeds: usize,
    bytes: usize,
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
    pub fn past(&self) -> impl DoubleEndedIterator<Item = &Past> {
        self.past.iter()
    }

    /// All of it, for a snapshot.
    pub(crate) fn share(&self) -> Pasts {
        self.past.clone()
    }

    /// Whether something that can be taken back was done by them or to what was theirs.
    pub fn mentions(&self, person: PersonNo) -> bool {
        self.mentioned.contains_key(&person)
    }

    /// One of them, if it is still kept.
    pub fn get(&self, number: FactNo) -> Option<&Past> {
        self.past.get(number)
    }

    /// What was done to this thing, as far back as is remembered, the newest first.
    pub fn of_thing(&self, thing: ThingId) -> impl Iterator<Item = &Past> {
        let mut numbers = Vec::new();
        let mut add = |key: Key| numbers.extend(self.index.get(&key).into_iter().flatten().copied());
        for kind in PartKind::ALL {
            add(Key::Part(thing, *kind));
        }
        add(Key::Owner(thing));
        add(Key::Thing(thing));
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().rev().filter_map(|number| self.get(number))
    }

    /// All facts after this one through the newest, where `newest` is that; `None` where some of them are remembered no more.
    pub fn since(&self, fact: FactNo, newest: FactNo) -> Option<Vec<Fact>> {
        let mut facts: Vec<Fact> = self
            .past()
            .rev()
            .take_while(|past| past.fact.number > fact)
            .map(|past| past.fact.clone())
            .collect();
        facts.reverse();
        (facts.len() as u64 == newest.checked_sub(fact)?).then_some(facts)
    }

    /// Adds the newest fact.
    pub fn record(&mut self, fact: Fact, before: Trace) {
        for deed in &fact.deeds {
            if let Deed::Forgotten { person } = deed {
                self.stacks.remove(person);
            }
        }
        let lasting = fact.deeds.iter().any(can_be_taken_back);
        if lasting {
            self.stack(&fact);
        }
        let past = Past { fact, before };
        for person in past.mentions() {
            *self.mentioned.entry(person).or_default() += 1;
        }
        for key in left_behind(&past.fact).into_keys() {
            self.index.entry(key).or_default().push(past.fact.number);
        }
        self.deeds += past.fact.deeds.len().max(1);
        self.bytes += past.bytes();
        self.past.push(past);
    }

    /// Somebody's newest step, forward or back.
    fn stack(&mut self, fact: &Fact) {
        let stacks = self.stacks.entry(fact.by).or_default();
        let forget = |stack: &mut Vec<FactNo>, gone: FactNo| stack.retain(|number| *number != gone);
        match fact.way {
            Way::Done | Way::RolledBack(_) | Way::Restored { .. } => {
                stacks.undo.push(fact.number);
                stacks.redo.clear();
            }
            // Who takes back does not mean where a ball rolled. A roll-back does.
            Way::Settled => {}
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
    }

    /// Lets the oldest go where there is too much. Not before the newest are kept: what could not be written down is taken
    /// out again, and for that it must be known.
    pub fn prune(&mut self) {
        self.prune_up_to(FactNo::MAX);
    }

    /// The same where only the facts up to this one are kept.
    pub fn prune_up_to(&mut self, kept: FactNo) {
        while (self.deeds > limits::HISTORY_DEEDS || self.bytes > limits::HISTORY_BYTES)
            && self.past.len() > 1
        {
            let Some(oldest) = self.past.iter().next() else {
                return;
            };
            if oldest.fact.number > kept {
                return;
            }
            for person in oldest.mentions() {
                if let Some(count) = self.mentioned.get_mut(&person) {
                    *count -= 1;
                    if *count == 0 {
                        self.mentioned.remove(&person);
                    }
                }
            }
            self.deeds -= oldest.fact.deeds.len().max(1);
            self.bytes -= oldest.bytes();
            for key in left_behind(&oldest.fact).into_keys() {
                if let Some(facts) = self.index.get_mut(&key) {
                    facts.retain(|number| *number != oldest.fact.number);
                    if facts.is_empty() {
                        self.index.remove(&key);
                    }
                }
            }
            self.past.drop_oldest();
        }
    }

    /// Which fact made that nothing is there, as of before `below`; through what was taken back to what was there then.
    fn absence(&self, key: Key, mut below: FactNo) -> Option<FactNo> {
        loop {
            let facts = self.index.get(&key)?;
            let newest = *facts.get(facts.partition_point(|number| *number < below).checked_sub(1)?)?;
            match self.get(newest)?.fact.way {
                Way::Undone { fact, .. } | Way::Redone { fact, .. } if fact < newest => below = fact,
                _ => return Some(newest),
            }
        }
    }

    /// Takes the facts from this one on out again, as if they had never been: the newest first.
    pub(crate) fn cut(&mut self, from: FactNo) -> Vec<Past> {
        let mut all = std::mem::take(self).past.into_vec();
        let kept = all.partition_point(|past| past.fact.number < from);
        let mut gone = all.split_off(kept);
        // What they did to stacks and index is told by what is left.
        for past in all {
            self.record(past.fact, past.before);
        }
        gone.reverse();
        gone
    }

    /// The deeds that take back the newest that `who` did and that `may` be taken back, within `thing` or anywhere, and what
    /// they take back. It looks at a bounded number of deeds.
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
        let found = self.newest_that_gives(state, &stacks.undo, thing, may);
        found.map(|(deeds, fact, whole)| (deeds, Way::Undone { fact, whole }))
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
        let found = self.newest_that_gives(state, &stacks.redo, thing, may);
        found.map(|(deeds, fact, whole)| (deeds, Way::Redone { fact, whole }))
    }

    fn newest_that_gives(
        &self,
        state: &mut State,
        stack: &[FactNo],
        thing: Option<ThingId>,
        may: Allows<'_>,
    ) -> Result<(Vec<Deed>, FactNo, bool), Refusal> {
        let (mut why, mut looked) = (Refusal::Nothing, 0);
        for number in stack.iter().rev() {
            let Some(past) = self.get(*number) else {
                continue; // not remembered any more
            };
            looked += past.fact.deeds.len();
            if looked > limits::DEEDS && looked > past.fact.deeds.len() {
                break;
            }
            let mut back = Back::new(state, self, false);
            back.take_back(past, thing);
            let deeds = back.deeds();
            if deeds.is_empty() {
                continue; // others may take back what lies over it: then it gives something again
            }
            match may(state, &deeds) {
                Ok(()) => return Ok((deeds, *number, thing.is_none())),
                Err(refusal) if why == Refusal::Nothing => why = refusal,
                Err(_) => {}
            }
        }
        Err(why)
    }

    /// The deeds that take back what `person` did since that time, the newest first, as much as goes into one fact; even
    /// where it is mixed with what others did: what others changed since stays as they left it, but what `person` made goes.
    ///
    /// # Errors
    /// [`Refusal::Nothing`].
    pub fn roll_back(
        &self,
        state: &mut State,
        person: PersonNo,
        since_secs: u64,
    ) -> Result<Vec<Deed>, Refusal> {
        let mut past = self
            .past
            .iter()
            .rev()
            .take_while(|past| past.fact.at_secs >= since_secs)
            .filter(|past| past.fact.by == person && past.fact.deeds.iter().any(can_be_taken_back))
            .peekable();
        // What was taken back before gives nothing: on to the first that does.
        while past.peek().is_some() {
            let mut room = limits::ROLLED_BACK;
            let mut some = Vec::new();
            while let Some(next) =
                past.next_if(|next| room == limits::ROLLED_BACK || next.fact.deeds.len() <= room)
            {
                room = room.saturating_sub(next.fact.deeds.len().max(1));
                some.push(next);
            }
            let mut back = Back::new(state, self, true);
            back.let_others_go(&some);
            for past in some {
                back.take_back(past, None);
            }
            let deeds = back.deeds();
            if !deeds.is_empty() {
                return Ok(deeds);
            }
        }
        Err(Refusal::Nothing)
    }
}

/// Facts taken back on the state itself, to see what would be; then put right again.
struct Back<'a> {
    state: &'a mut State,
    history: &'a History,
    /// Where something was taken back: it is as it was before this fact.
    as_before: BTreeMap<Key, FactNo>,
    /// What is made goes even where others touched it.
    forced: bool,
    trace: Trace,
    /// As they were before anything was taken back.
    were: BTreeMap<ThingId, Option<Thing>>,
}

impl<'a> Back<'a> {
    fn new(state: &'a mut State, history: &'a History, forced: bool) -> Self {
        Self {
            state,
            history,
            as_before: BTreeMap::new(),
            forced,
            trace: Trace::new(),
            were: BTreeMap::new(),
        }
    }

    /// What others hung on things that these facts made stays where it is seen, before any of them moves.
    fn let_others_go(&mut self, past: &[&Past]) {
        let made = past.iter().flat_map(|past| {
            let things = past.fact.deeds.iter().filter_map(|deed| match deed {
                Deed::Made { thing, .. } => Some(*thing),
                _ => None,
            });
            things.map(|thing| (thing, past.fact.number, past.fact.by))
        });
        for (thing, number, by) in made {
            if self.state.thing(thing).is_none_or(|thing| thing.made != number) {
                continue;
            }
            let others = |below: &ThingId| below.maker != by;
            let hanging: Vec<ThingId> = self.state.hanging_on(thing).filter(others).collect();
            for below in hanging {
                self.touch(below);
                for deed in let_go(self.state, below) {
                    self.state.perform(&deed, by, number, &mut self.trace);
                }
            }
        }
    }

    fn take_back(&mut self, past: &Past, within: Option<ThingId>) {
        // Of each part and thing: what was before the fact (and how early in it), and what the fact left behind.
        let mut olds: BTreeMap<Key, (usize, &Before)> = BTreeMap::new();
        for (at, before) in past.before.iter().enumerate() {
            let key = match before {
                Before::Thing(thing, _) => Key::Thing(*thing),
                Before::Part(thing, kind, _) => Key::Part(*thing, *kind),
                Before::Owner(thing, _) => Key::Owner(*thing),
                Before::NotMet
                | Before::Standing(..)
                | Before::Blocked(..)
                | Before::Powers(_)
                | Before::Serial(..)
                | Before::Forgotten(..) => continue,
            };
            if within.is_none_or(|thing| key.thing() == thing) {
                olds.entry(key).or_insert((at, before));
            }
        }
        let left = left_behind(&past.fact);
        // What was removed is there before its parts are looked at, what was made goes after; of trees, from the top and
        // from the leaves.
        let (mut again, mut parts, mut made) = (Vec::new(), Vec::new(), Vec::new());
        for (key, (at, before)) in olds {
            match before {
                Before::Thing(_, Some(_)) => again.push((at, key, before)),
                Before::Thing(_, None) => made.push((at, key, before)),
                _ => parts.push((at, key, before)),
            }
        }
        again.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
        made.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
        let mut put_back = |(_, key, before): &(usize, Key, &Before)| {
            let done = self.put_back(*key, before, left.get(key).copied().flatten(), &past.fact);
            if done {
                self.as_before.insert(*key, past.fact.number);
            }
            done
        };
        // What cannot hang where it hung may, once others that hang on it do not: from the top down it always can.
        let mut todo: Vec<_> = again.into_iter().chain(parts).collect();
        for _ in 0..=limits::HANGING_DEPTH {
            let before = todo.len();
            todo.retain(|one| !put_back(one));
            todo.retain(|(_, _, before)| hung(before));
            if todo.is_empty() || todo.len() == before {
                break;
            }
        }
        made.iter().for_each(|one| _ = put_back(one));
    }

    /// Whether nothing is there because of this fact, and not because somebody else made it so since.
    fn left_nothing(&self, key: Key, fact: &Fact) -> bool {
        let now = self.as_before.get(&key).copied().unwrap_or(FactNo::MAX);
        let history = self.history;
        history.absence(key, now) == history.absence(key, fact.number.saturating_add(1))
    }

    /// Whether it could hang there.
    fn hangs(&self, thing: ThingId, old: &Held) -> bool {
        match &old.part {
            Part::Attach(attach) => {
                let mut looks = limits::LOOKS;
                hangs_soundly(self.state, thing, attach.to, &mut looks) == Ok(true)
            }
            _ => true,
        }
    }

    /// `left`: which fact's value the fact that is taken back left there. Whether anything was put back.
    fn put_back(&mut self, key: Key, before: &Before, left: Option<FactNo>, fact: &Fact) -> bool {
        let id = key.thing();
        match (key, before) {
            (Key::Part(_, kind), Before::Part(_, _, old)) => {
                let Some(thing) = self.state.thing(id) else {
                    return false;
                };
                let now = thing.held(kind).map(|held| held.origin);
                if now != left
                    || now.is_none() && !self.left_nothing(key, fact)
                    || old.as_ref().is_some_and(|old| !self.hangs(id, old))
                {
                    return false;
                }
                self.touch(id);
                let now = self.state.put_part(id, kind, old.clone());
                self.trace.push(Before::Part(id, kind, now));
            }
            (Key::Owner(_), Before::Owner(_, old)) => {
                let given = left.map(|owner| PersonNo(owner as u32)); // see `left_behind`
                if self.state.thing(id).map(|thing| thing.owner) != given {
                    return false;
                }
                self.touch(id);
                if let Some(now) = self.state.put_owner(id, *old) {
                    self.trace.push(Before::Owner(id, now));
                }
            }
            (Key::Thing(_), Before::Thing(_, Some(old))) => {
                let hangs = old.held(PartKind::Attach).is_none_or(|old| self.hangs(id, old));
                if self.state.thing(id).is_some() || !hangs || !self.left_nothing(key, fact) {
                    return false;
                }
                self.touch(id);
                self.state.put_thing(id, Some(old.clone()));
                self.trace.push(Before::Thing(id, None));
            }
            (Key::Thing(_), Before::Thing(_, None)) => {
                let Some(thing) = self.state.thing(id) else {
                    return false;
                };
                let later = |held: &Held| held.since > fact.number && held.by != fact.by;
                let others = thing.parts().iter().any(later);
                if Some(thing.made) != left || others && !self.forced {
                    return false;
                }
                if self.state.hanging_on(id).next().is_some() {
                    return false;
                }
                self.touch(id);
                let now = self.state.put_thing(id, None);
                self.trace.push(Before::Thing(id, now));
            }
            _ => return false,
        }
        true
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

/// Whether something was there that hung on something.
fn hung(before: &Before) -> bool {
    match before {
        Before::Thing(_, Some(thing)) => thing.held(PartKind::Attach).is_some(),
        Before::Part(_, PartKind::Attach, Some(_)) => true,
        _ => false,
    }
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
            Deed::Met { .. } | Deed::Ordered { .. } | Deed::Forgotten { .. } => {}
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

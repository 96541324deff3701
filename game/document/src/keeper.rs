//! The host's copy of a world: wishes come in, numbered facts go out.
//!
//! Flow: [`Keeper::wish`] → rules → a fact that is so here already → the caller writes it down ([`Keeper::kept`]) and then
//! tells it to everybody; where it cannot be written, [`Keeper::take_out`] makes it not have been.
//! Invariant: numbers have no gaps; whoever asks too often is told so before anything is looked at.

use crate::deed::{Act, Deed, Fact, Refusal, Way, Wish};
use crate::history::History;
use crate::limits;
use crate::part::{Part, PartKind, Place};
use crate::power::{Capabilities, Capability, Role};
use crate::restoring::{self, Difference};
use crate::rules;
use crate::state::{PEOPLE_BUCKETS, State, Trace};
use crate::thing::{FactNo, Held, PersonNo, ThingId};
use core::time::Duration;
use std::collections::BTreeMap;

/// Wishes are allotted over so long: somebody who drags and drops for a moment may.
const ALLOTTED_OVER_SECS: f64 = 10.0;
/// A wish counts as one more for each so many deeds that come of it…
const DEEDS_A_WISH: usize = 64;
/// …and for each so many bytes in them: what one says is told to everybody.
const BYTES_A_WISH: usize = 4_096;

/// People whom one fact forgets: a millisecond's work, and a fact of 5 kB. The rest are forgotten the next time…
const FORGOTTEN: usize = 1_024;
/// …as are those beyond so many that were looked at.
const LOOKED_AT: usize = 8_192;

/// When facts come to be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Now {
    /// Of a clock that only goes forward.
    pub since_start: Duration,
    /// Seconds since 1970.
    pub secs: u64,
}

#[derive(Clone, Copy, Debug)]
struct Allotment {
    left: f64,
    at: Duration,
}

/// A fact does not fit a copy that follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not the next fact of this world")]
pub struct NotFollowed;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    state: State,
    history: History,
    allotments: BTreeMap<PersonNo, Allotment>,
    /// The bucket of people at which [`Self::forget`] goes on.
    forgets_from: usize,
}

impl Keeper {
    /// Of this world, with this past.
    #[must_use]
    pub fn new(state: State, history: History) -> Self {
        Self {
            state,
            history,
            allotments: BTreeMap::new(),
            forgets_from: 0,
        }
    }

    /// How the world is.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What was done.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Somebody comes in: their number, and the fact that gave it to them, where they are new.
    ///
    /// # Errors
    /// [`Refusal::Full`] where a world has met as many as it can remember; [`Refusal::NotAllowed`] for the banned.
    pub fn meet(&mut self, account: &[u8; 32], now: Now) -> Result<(PersonNo, Option<Fact>), Refusal> {
        if let Some(person) = self.state.number_of(account) {
            let banned = self.state.person(person).is_some_and(|standing| standing.banned);
            return if banned {
                Err(Refusal::NotAllowed(Capability::Chat))
            } else {
                Ok((person, None))
            };
        }
        let person = self.state.next_person().ok_or(Refusal::Full)?;
        let role = self.state.powers().newcomer();
        let deed = Deed::Met {
            account: *account,
            role,
        };
        let fact = self.fact(person, 0, Way::Done, vec![deed], now);
        let trace = self.state.apply(&fact);
        self.history.record(fact.clone(), trace);
        Ok((person, Some(fact)))
    }

    /// Forgets whoever nothing is left of, in the world ([`State::is_forgettable`]) and in what can be taken back, and who is
    /// not `present`: the fact, or `None` where nobody was found. For before a snapshot is taken; who comes back is met
    /// anew, under a new number. In a world of many people each call looks at some of them, and the next goes on there.
    pub fn forget(&mut self, present: &dyn Fn(PersonNo) -> bool, now: Now) -> Option<Fact> {
        let forgettable = |person: &PersonNo| {
            self.state.is_forgettable(*person) && !self.history.mentions(*person) && !present(*person)
        };
        let (mut gone, mut looked_at) = (Vec::new(), 0);
        let mut bucket = self.forgets_from;
        for _ in 0..PEOPLE_BUCKETS {
            let people = self.state.people.bucket(bucket);
            let found = people
                .into_iter()
                .flat_map(BTreeMap::keys)
                .copied()
                .filter(forgettable);
            gone.extend(found.take(FORGOTTEN - gone.len()));
            looked_at += people.map_or(0, BTreeMap::len);
            if gone.len() == FORGOTTEN {
                break; // there may be more in this one
            }
            bucket = (bucket + 1) % PEOPLE_BUCKETS;
            if looked_at >= LOOKED_AT {
                break;
            }
        }
        self.forgets_from = bucket;
        if gone.is_empty() {
            return None;
        }
        for person in &gone {
            self.allotments.remove(person);
        }
        let deeds = gone.into_iter().map(|person| Deed::Forgotten { person });
        let fact = self.fact(PersonNo(0), 0, Way::Done, deeds.collect(), now);
        let trace = self.state.apply(&fact);
        self.history.record(fact.clone(), trace);
        Some(fact)
    }

    /// Makes a wish come true: the fact, or `None` where all was so already.
    ///
    /// # Errors
    /// Why not; nothing has changed then.
    pub fn wish(&mut self, who: PersonNo, wish: &Wish, now: Now) -> Result<Option<Fact>, Refusal> {
        self.allot(who, wish, now)?;
        let since = self.state.newest() + 1;
        let (deeds, trace, way) = match wish.acts.as_slice() {
            [Act::Undo { within }] => {
                let may = rules::may(&self.state, who, now.secs)?;
                let allows = |state: &State, deeds: &[Deed]| rules::may_again(state, who, may, deeds);
                let (deeds, way) = self.history.undo(&mut self.state, who, *within, &allows)?;
                let (deeds, trace) = self.again(who, may, deeds, way, since)?;
                (deeds, trace, way)
            }
            [Act::Redo { within }] => {
                let may = rules::may(&self.state, who, now.secs)?;
                let allows = |state: &State, deeds: &[Deed]| rules::may_again(state, who, may, deeds);
                let (deeds, way) = self.history.redo(&mut self.state, who, *within, &allows)?;
                let (deeds, trace) = self.again(who, may, deeds, way, since)?;
                (deeds, trace, way)
            }
            [Act::RollBack { person, secs }] => {
                self.may_roll_back(who, *person, now)?;
                let since_secs = self.at(now).saturating_sub(*secs);
                let deeds = self.history.roll_back(&mut self.state, *person, since_secs)?;
                let trace = self.perform(who, &deeds, since)?;
                (deeds, trace, Way::RolledBack(*person))
            }
            acts => {
                let (deeds, trace) = rules::attempt(&mut self.state, who, acts, now.secs, since)?;
                (deeds, trace, Way::Done)
            }
        };
        if deeds.is_empty() {
            return Ok(None);
        }
        let fact = self.fact(who, wish.number, way, deeds, now);
        let bytes = postcard::experimental::serialized_size(&fact).unwrap_or(usize::MAX);
        if bytes > limits::FACT_BYTES {
            self.state.restore(trace);
            return Err(Refusal::TooMuch);
        }
        self.charge(who, &fact, bytes);
        self.state.set_newest(fact.number);
        self.history.record(fact.clone(), trace);
        Ok(Some(fact))
    }

    /// Makes things what they were in an older state of this world ([`crate::version`]), as much as goes into one fact: it is
    /// asked for until it is `None`. Nobody's quota is asked for, and nobody's powers change; owners whom the world forgot are
    /// met again. It is taken back like anything else that `who` did. `wish` is what it answers, 0 where nobody wished.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] without [`Capability::Settings`]; [`Refusal::Full`] where a forgotten owner does not fit into
    /// the world; nothing has changed then.
    pub fn restore(
        &mut self,
        who: PersonNo,
        wish: u32,
        old: &State,
        now: Now,
    ) -> Result<Option<Fact>, Refusal> {
        if !rules::may(&self.state, who, now.secs)?.has(Capability::Settings) {
            return Err(Refusal::NotAllowed(Capability::Settings));
        }
        let (before, since) = (self.state.bytes(), self.state.newest() + 1);
        let mut difference = Difference {
            state: &mut self.state,
            who,
            since,
            deeds: Vec::new(),
            trace: Trace::new(),
            room: limits::ROLLED_BACK,
            room_bytes: restoring::MOST_BYTES,
        };
        let done = difference.next(old);
        let Difference { deeds, trace, .. } = difference;
        let done = done.and_then(|()| {
            let full = rules::overfull(&self.state, before);
            if full { Err(Refusal::Full) } else { Ok(()) }
        });
        if let Err(refusal) = done {
            self.state.restore(trace);
            return Err(refusal);
        }
        if trace.is_empty() {
            return Ok(None);
        }
        let fact = self.fact(who, wish, Way::Restored { fact: old.newest() }, deeds, now);
        self.state.set_newest(fact.number);
        self.history.record(fact.clone(), trace);
        Ok(Some(fact))
    }

    /// What moves came to rest at these places, where it is seen. Where `mover` says who moved it last, it is theirs, and goes with what else
    /// they did when that is rolled back; without, it is where whoever said its place let it fall, and what they said is
    /// taken back as if it had not fallen. Nobody is asked whether they may. `None` where all is there already; what is not
    /// there any more, or outside of the world, is passed over.
    pub fn settle(&mut self, mover: Option<PersonNo>, places: &[(ThingId, Place)], now: Now) -> Option<Fact> {
        let mover = mover.filter(|mover| self.state.person(*mover).is_some());
        let mut by = mover;
        let mut deeds = Vec::new();
        for (thing, place) in places.iter().take(limits::DEEDS) {
            let held = self
                .state
                .thing(*thing)
                .and_then(|thing| thing.held(PartKind::Place));
            let Some(held) = held else { continue };
            // A door that is open is told as it stands when it is closed.
            let part = Part::from(rules::told(&self.state, *thing, place));
            if held.part == part || Part::from(*place).check().is_err() || part.check().is_err() {
                continue;
            }
            let thing = *thing;
            deeds.push(if mover.is_some() {
                Deed::Set { thing, part }
            } else {
                by.get_or_insert(held.by);
                let old = Held { part, ..held.clone() };
                Deed::Restored { thing, old }
            });
        }
        if deeds.is_empty() {
            return None;
        }
        let fact = self.fact(by?, 0, Way::Settled, deeds, now);
        let trace = self.state.apply(&fact);
        self.history.record(fact.clone(), trace);
        Some(fact)
    }

    /// Takes the next fact from whoever keeps this world now: a copy that another goes on from one day. What it names is as that one
    /// judged it.
    ///
    /// # Errors
    /// It is not the next one, or none that anybody may tell; nothing has changed then. Or the world holds more than one can:
    /// the copy is of no use any more.
    pub fn follow(&mut self, fact: Fact) -> Result<(), NotFollowed> {
        if Some(fact.number) != self.state.newest().checked_add(1) || fact.check().is_err() {
            return Err(NotFollowed);
        }
        let trace = self.state.apply(&fact);
        self.history.record(fact, trace);
        if self.state.is_within_limits() {
            Ok(())
        } else {
            Err(NotFollowed)
        }
    }

    /// Every fact so far is written down.
    pub fn kept(&mut self) {
        self.history.prune();
    }

    /// Every fact up to this one is written down.
    pub fn kept_up_to(&mut self, number: FactNo) {
        self.history.prune_up_to(number);
    }

    /// Makes the newest facts, from this one on, not have been: they could not be kept.
    pub fn take_out(&mut self, from: FactNo) {
        for past in self.history.cut(from) {
            self.state.restore(past.before);
            self.state.set_newest(past.fact.number - 1);
        }
    }

    /// A clock that was set back does not make the past younger.
    fn at(&self, now: Now) -> u64 {
        let last = self.history.past().next_back();
        now.secs.max(last.map_or(0, |past| past.fact.at_secs))
    }

    fn fact(&self, by: PersonNo, wish: u32, way: Way, deeds: Vec<Deed>, now: Now) -> Fact {
        Fact {
            number: self.state.newest() + 1,
            by,
            at_secs: self.at(now),
            wish,
            way,
            deeds,
        }
    }

    /// What takes back, or does again. Of a world that was restored it asks for nobody's quota, as that did not.
    fn again(
        &mut self,
        who: PersonNo,
        may: Capabilities,
        deeds: Vec<Deed>,
        mut way: Way,
        since: FactNo,
    ) -> Result<(Vec<Deed>, Trace), Refusal> {
        let mut below = since;
        while let Way::Undone { fact, .. } | Way::Redone { fact, .. } = way
            && fact < below
            && let Some(past) = self.history.get(fact)
        {
            (way, below) = (past.fact.way, fact);
        }
        if matches!(way, Way::Restored { .. }) && may.has(Capability::Settings) {
            let trace = self.perform(who, &deeds, since)?;
            return Ok((deeds, trace));
        }
        rules::perform(&mut self.state, who, deeds, since)
    }

    /// Whoever keeps order is asked for nobody's quota: what comes back was there before.
    fn perform(&mut self, who: PersonNo, deeds: &[Deed], since: FactNo) -> Result<Trace, Refusal> {
        let before = self.state.bytes();
        let mut trace = Trace::new();
        for deed in deeds {
            self.state.perform(deed, who, since, &mut trace);
        }
        if rules::overfull(&self.state, before) {
            self.state.restore(trace);
            return Err(Refusal::Full);
        }
        Ok(trace)
    }

    fn may_roll_back(&self, who: PersonNo, person: PersonNo, now: Now) -> Result<(), Refusal> {
        let may = rules::may(&self.state, who, now.secs)?;
        if !may.has(Capability::RollBack) {
            return Err(Refusal::NotAllowed(Capability::RollBack));
        }
        let role = |person| self.state.person(person).map(|standing| standing.role);
        let (own, theirs) = (
            role(who).ok_or(Refusal::Nobody)?,
            role(person).ok_or(Refusal::Nobody)?,
        );
        if who != person && own != Role::Owner && theirs <= own {
            return Err(Refusal::Above);
        }
        Ok(())
    }

    fn allot(&mut self, who: PersonNo, wish: &Wish, now: Now) -> Result<(), Refusal> {
        if wish.acts.len() > limits::ACTS {
            return Err(Refusal::TooMuch);
        }
        let standing = self.state.person(who).ok_or(Refusal::Nobody)?;
        let quota = self.state.powers().quota(standing);
        // Whoever may nothing may still say whom they block.
        let per_sec = f64::from(quota.wishes_per_sec.max(1));
        let most = per_sec * ALLOTTED_OVER_SECS;
        let allotment = self.allotments.entry(who).or_insert(Allotment {
            left: most,
            at: now.since_start,
        });
        let passed = now.since_start.saturating_sub(allotment.at).as_secs_f64();
        allotment.left = (allotment.left + passed * per_sec).min(most);
        allotment.at = now.since_start;
        if allotment.left < 1.0 {
            return Err(Refusal::TooOften);
        }
        // A wish that is refused has cost work, too.
        allotment.left -= 1.0 + (wish.acts.len() / DEEDS_A_WISH) as f64;
        Ok(())
    }

    /// For what came of a wish, one waits afterwards: a large one at once is fine, one after the other is not.
    fn charge(&mut self, who: PersonNo, fact: &Fact, bytes: usize) {
        if let Some(allotment) = self.allotments.get_mut(&who) {
            allotment.left -= (fact.deeds.len() / DEEDS_A_WISH + bytes / BYTES_A_WISH) as f64;
        }
    }
}

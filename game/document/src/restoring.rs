//! A world becomes again what it was: the deeds that lead from the present things to those of an older state.
//!
//! Flow: `Keeper::restore` → [`Difference::next`] performs as many as go into one fact, in an order in which nothing ever hangs on
//! what is not there → asked again until there is nothing more.
//! People are found by their accounts: whom the world forgot meanwhile is met again under a new number, and what they had
//! made comes back as theirs. Powers, bans and people stay as they are today.
//! Invariant: each fact leaves less that differs, and after the last one every thing is there with the parts and the owner that it
//! had, and no other.

use crate::deed::{Deed, Refusal};
use crate::limits;
use crate::part::{Attach, Part, PartKind};
use crate::rules::hangs_on;
use crate::state::{State, Trace};
use crate::thing::{FactNo, Held, PersonNo, Thing, ThingId};
use std::collections::{BTreeMap, BTreeSet};

/// Deeds of one fact take no more, bytes: half of what a fact may.
pub(crate) const MOST_BYTES: usize = limits::FACT_BYTES / 2;

/// What one fact of restoring does, being done on the state itself.
pub(crate) struct Difference<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) who: PersonNo,
    /// The fact that will say it.
    pub(crate) since: FactNo,
    pub(crate) deeds: Vec<Deed>,
    pub(crate) trace: Trace,
    /// Room for so many more deeds…
    pub(crate) room: usize,
    /// …and bytes of them.
    pub(crate) room_bytes: usize,
}

/// The fact is full: the rest is for the next one.
struct Full;

/// Why it is not known how things are to be.
enum Stop {
    Full,
    Refused(Refusal),
}

impl Difference<'_> {
    /// Performs the next deeds; none where all is as it was.
    ///
    /// # Errors
    /// [`Refusal::Full`] where an owner is to be met again and the world has met as many as it can.
    pub(crate) fn next(&mut self, old: &State) -> Result<(), Refusal> {
        match self.goal(old) {
            Ok(goal) => self.towards(&goal).unwrap_or(()),
            Err(Stop::Full) => {}
            Err(Stop::Refused(why)) => return Err(why),
        }
        Ok(())
    }

    fn does(&mut self, deed: Deed) -> Result<(), Full> {
        let bytes = postcard::experimental::serialized_size(&deed).unwrap_or(0);
        if self.room == 0 || self.room_bytes < bytes {
            return Err(Full);
        }
        self.room -= 1;
        self.room_bytes -= bytes;
        self.state.perform(&deed, self.who, self.since, &mut self.trace);
        self.deeds.push(deed);
        Ok(())
    }

    /// Things as they are to be, with today's numbers of people. Whoever is named in them and not known is met.
    fn goal(&mut self, old: &State) -> Result<BTreeMap<ThingId, Thing>, Stop> {
        let mut named: BTreeSet<PersonNo> = BTreeSet::new();
        for (id, thing) in old.things() {
            named.extend([id.maker, thing.owner]);
            named.extend(thing.parts().iter().map(|held| held.by));
        }
        let mut now: BTreeMap<PersonNo, PersonNo> = BTreeMap::new();
        for person in named {
            let number = match old.person(person) {
                Some(standing) => self.met(&standing.account)?,
                None => self.who, // in no version that we wrote
            };
            now.insert(person, number);
        }
        let number = |person: PersonNo| now.get(&person).copied().unwrap_or(self.who);
        let id = |id: ThingId| ThingId {
            maker: number(id.maker),
            serial: id.serial,
        };
        let things = old.things().map(|(of, thing)| {
            let mut goal = Thing::new(number(thing.owner), thing.made);
            for held in thing.parts() {
                let part = match &held.part {
                    Part::Attach(attach) => Attach { to: id(attach.to) }.into(),
                    part => part.clone(),
                };
                let by = number(held.by);
                goal.put(Held {
                    part,
                    by,
                    ..held.clone()
                });
            }
            (id(*of), goal)
        });
        Ok(things.collect())
    }

    fn met(&mut self, account: &[u8; 32]) -> Result<PersonNo, Stop> {
        if let Some(number) = self.state.number_of(account) {
            return Ok(number);
        }
        let deed = Deed::Met {
            account: *account,
            role: self.state.powers().newcomer(),
        };
        self.does(deed).map_err(|Full| Stop::Full)?;
        self.state.number_of(account).ok_or(Stop::Refused(Refusal::Full))
    }

    /// In this order: nothing hangs any more where it is not to hang; what was made since goes; what stays is as it was; what is
    /// gone comes back; and all hangs where it hung. So there is never more in the world than before or after.
    fn towards(&mut self, goal: &BTreeMap<ThingId, Thing>) -> Result<(), Full> {
        let kind = PartKind::Attach;
        let ids: Vec<ThingId> = self.state.things().map(|(id, _)| *id).collect();
        let (stay, mut go): (Vec<ThingId>, Vec<ThingId>) =
            ids.into_iter().partition(|id| goal.contains_key(id));
        let hung = |thing: Option<&Thing>| thing.and_then(|thing| thing.part(kind)).cloned();
        for thing in &stay {
            let now = hung(self.state.thing(*thing));
            if now.is_some() && now != hung(goal.get(thing)) {
                self.does(Deed::Cleared { thing: *thing, kind })?;
            }
        }
        go.sort_by_cached_key(|id| std::cmp::Reverse(depth(*id, |at| hangs_on(self.state, at))));
        for thing in go {
            self.does(Deed::Removed { thing })?;
        }
        for thing in &stay {
            if let Some(goal) = goal.get(thing) {
                self.mend(*thing, goal)?;
            }
        }
        let mut back: Vec<ThingId> = goal
            .keys()
            .filter(|id| self.state.thing(**id).is_none())
            .copied()
            .collect();
        back.sort_by_cached_key(|id| depth(*id, |at| attached(goal.get(&at)?)));
        for thing in back {
            if let Some(goal) = goal.get(&thing) {
                self.remake(thing, goal)?;
            }
        }
        for thing in &stay {
            let to = goal.get(thing).and_then(|goal| goal.held(kind)).cloned();
            if let Some(old) = to
                && self
                    .state
                    .thing(*thing)
                    .is_some_and(|thing| thing.part(kind) != Some(&old.part))
            {
                self.does(Deed::Restored { thing: *thing, old })?;
            }
        }
        Ok(())
    }

    /// Everything of a thing that is there, but what it hangs on.
    fn mend(&mut self, thing: ThingId, goal: &Thing) -> Result<(), Full> {
        for kind in PartKind::ALL
            .iter()
            .copied()
            .filter(|kind| *kind != PartKind::Attach)
        {
            let Some(now) = self.state.thing(thing) else {
                return Ok(());
            };
            match (now.part(kind), goal.held(kind)) {
                (Some(_), None) => self.does(Deed::Cleared { thing, kind })?,
                (now, Some(old)) if now != Some(&old.part) => {
                    let old = old.clone();
                    self.does(Deed::Restored { thing, old })?;
                }
                _ => {}
            }
        }
        if self.state.thing(thing).is_some_and(|now| now.owner != goal.owner) {
            let owner = goal.owner;
            self.does(Deed::Given { thing, owner })?;
        }
        Ok(())
    }

    fn remake(&mut self, thing: ThingId, goal: &Thing) -> Result<(), Full> {
        if thing.serial > self.state.serial(thing.maker) {
            // Under a new number of its maker, who is not to give this serial again.
            let parts = goal.parts().iter().map(|held| held.part.clone()).collect();
            let owner = goal.owner;
            return self.does(Deed::Made { thing, owner, parts });
        }
        let old = goal.clone();
        self.does(Deed::Remade { thing, old })
    }
}

fn attached(thing: &Thing) -> Option<ThingId> {
    match thing.part(PartKind::Attach)? {
        Part::Attach(attach) => Some(attach.to),
        _ => None,
    }
}

/// How deep it hangs, as far as things may.
fn depth(id: ThingId, above: impl Fn(ThingId) -> Option<ThingId>) -> usize {
    let all = std::iter::successors(Some(id), |at| above(*at));
    all.take(limits::HANGING_DEPTH + 1).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::Name;
    use proptest::prelude::*;

    const OWNER: PersonNo = PersonNo(0);

    fn id(serial: usize) -> ThingId {
        ThingId {
            maker: OWNER,
            serial: serial as u32 + 1,
        }
    }

    /// Of these things those that are there, with a name, each hung on the other that it says, where that makes no ring.
    fn world(things: &[Option<(u8, Option<usize>)>]) -> State {
        let mut state = State::new([1; 32]);
        let mut trace = Trace::new();
        let there = |at: usize| things.get(at).copied().flatten();
        for (at, (name, _)) in (0..things.len()).filter_map(|at| Some((at, there(at)?))) {
            let parts = vec![Name(name.to_string()).into()];
            let deed = Deed::Made {
                thing: id(at),
                owner: OWNER,
                parts,
            };
            state.perform(&deed, OWNER, 1, &mut trace);
        }
        for at in 0..things.len() {
            let Some((_, Some(to))) = there(at) else { continue };
            let to = id(to % things.len());
            let mut looks = limits::LOOKS;
            if crate::rules::hangs_soundly(&state, id(at), to, &mut looks) == Ok(true) {
                let part = Attach { to }.into();
                let deed = Deed::Set { thing: id(at), part };
                state.perform(&deed, OWNER, 2, &mut trace);
            }
        }
        state.set_newest(2);
        state
    }

    fn content(state: &State) -> BTreeMap<ThingId, (PersonNo, Vec<Part>)> {
        let parts = |thing: &Thing| thing.parts().iter().map(|held| held.part.clone()).collect();
        let things = state.things();
        things
            .map(|(id, thing)| (*id, (thing.owner, parts(thing))))
            .collect()
    }

    proptest! {
        /// However little goes into one fact, and however things hung and hang: on the way nothing hangs on what is not there,
        /// in a ring or too deep, and nothing is done twice.
        #[test]
        fn every_step_on_the_way_is_a_sound_world(
            old in proptest::collection::vec(proptest::option::weighted(0.7, (0..3u8, proptest::option::weighted(0.7, 0..24usize))), 24),
            now in proptest::collection::vec(proptest::option::weighted(0.7, (0..3u8, proptest::option::weighted(0.7, 0..24usize))), 24),
            room in 1..7usize,
        ) {
            let (old, mut state) = (world(&old), world(&now));
            let mut done = 0;
            loop {
                let mut step = Difference {
                    state: &mut state, who: OWNER, since: 3, deeds: Vec::new(), trace: Trace::new(),
                    room, room_bytes: MOST_BYTES,
                };
                prop_assert!(step.next(&old).is_ok());
                let deeds = step.deeds.len();
                if deeds == 0 {
                    break;
                }
                done += deeds;
                prop_assert!(done < 200);
                for (id, thing) in state.things() {
                    let deep = depth(*id, |at| hangs_on(&state, at));
                    prop_assert!(deep <= limits::HANGING_DEPTH + 1);
                    if let Some(to) = attached(thing) {
                        let mut looks = limits::LOOKS;
                        prop_assert_eq!(crate::rules::hangs_soundly(&state, *id, to, &mut looks), Ok(true));
                    }
                }
            }
            prop_assert_eq!(content(&state), content(&old));
        }
    }
}

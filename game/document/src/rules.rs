//! What the host lets happen: acts become deeds, or a [`Refusal`].
//!
//! Flow: `attempt` tries the acts one after the other on the state itself, each seeing what those before it did; where
//! one is refused, everything is put back. The same code runs at a guest who does not wait for the answer.
//! Invariants: pure, but for the state handed in; all of a wish or none of it; nobody gets more than their quota by one.

use crate::deed::{Act, Deed, Order, Refusal};
use crate::limits;
use crate::part::{Part, PartKind};
use crate::power::{Capabilities, Capability, Quota, Role};
use crate::state::{State, Trace, Usage};
use crate::thing::{FactNo, PersonNo, Thing, ThingId};
use std::collections::BTreeMap;

/// What came of a wish: what is so now, and what was before.
pub(crate) type Attempt = (Vec<Deed>, Trace);

/// Makes these acts of `who` come true as the fact `since`, or says why not and changes nothing.
///
/// # Errors
/// The [`Refusal`] of the first act that may not be.
pub(crate) fn attempt(
    state: &mut State,
    who: PersonNo,
    acts: &[Act],
    now_secs: u64,
    since: FactNo,
) -> Result<Attempt, Refusal> {
    if acts.len() > limits::ACTS {
        return Err(Refusal::TooMuch);
    }
    let mut trying = Trying {
        who,
        may: may(state, who, now_secs)?,
        now_secs,
        since,
        usage_before: BTreeMap::new(),
        deeds: Vec::new(),
        trace: Trace::new(),
    };
    let tried = acts
        .iter()
        .try_for_each(|act| trying.act(state, act))
        .and_then(|()| trying.accounts(state));
    match tried {
        Ok(()) => Ok((trying.deeds, trying.trace)),
        Err(refusal) => {
            state.restore(trying.trace);
            Err(refusal)
        }
    }
}

/// What somebody may.
pub(crate) fn may(state: &State, who: PersonNo, now_secs: u64) -> Result<Capabilities, Refusal> {
    let standing = state.person(who).ok_or(Refusal::Nobody)?;
    Ok(state.powers().of(standing, now_secs))
}

/// Whether `who` may change a thing that is, or was, like this.
pub(crate) fn may_touch(
    state: &State,
    who: PersonNo,
    may: Capabilities,
    thing: &Thing,
) -> Result<(), Refusal> {
    let need = |capability| {
        if may.has(capability) {
            Ok(())
        } else {
            Err(Refusal::NotAllowed(capability))
        }
    };
    if thing.owner == who {
        return need(Capability::EditOwn);
    }
    need(Capability::EditOthers)?;
    if may.has(Capability::RollBack) {
        return Ok(()); // who keeps order
    }
    let owner = state.person(thing.owner);
    if owner.is_some_and(|owner| owner.blocks.contains(&who)) {
        return Err(Refusal::Blocked);
    }
    if thing.held(PartKind::Lock).is_some() {
        return Err(Refusal::Locked);
    }
    Ok(())
}

/// Whether `who` may do what takes back, or does again, what they once did: rights may have gone since.
pub(crate) fn may_again(
    state: &State,
    who: PersonNo,
    may: Capabilities,
    deeds: &[Deed],
) -> Result<(), Refusal> {
    deeds.iter().try_for_each(|deed| {
        let touched = match deed {
            Deed::Remade { old, .. } => Some(old),
            Deed::Made { thing, .. }
            | Deed::Set { thing, .. }
            | Deed::Restored { thing, .. }
            | Deed::Cleared { thing, .. }
            | Deed::Removed { thing }
            | Deed::Given { thing, .. } => state.thing(*thing),
            Deed::Met { .. } | Deed::Ordered { .. } => None,
        };
        let Some(thing) = touched else { return Ok(()) };
        may_touch(state, who, may, thing)?;
        // What was given away is neither taken back nor away, but by who keeps order.
        let theirs = matches!(deed, Deed::Given { .. } | Deed::Removed { .. }) && thing.owner != who;
        if theirs && !may.has(Capability::RollBack) {
            return Err(Refusal::NotAllowed(Capability::RollBack));
        }
        Ok(())
    })
}

struct Trying {
    who: PersonNo,
    may: Capabilities,
    now_secs: u64,
    since: FactNo,
    /// Of everybody whose account is touched.
    usage_before: BTreeMap<PersonNo, Usage>,
    deeds: Vec<Deed>,
    trace: Trace,
}

impl Trying {
    fn need(&self, capability: Capability) -> Result<(), Refusal> {
        if self.may.has(capability) {
            Ok(())
        } else {
            Err(Refusal::NotAllowed(capability))
        }
    }

    fn does(&mut self, state: &mut State, deed: Deed) {
        state.perform(&deed, self.who, self.since, &mut self.trace);
        self.deeds.push(deed);
    }

    fn account(&mut self, state: &State, person: PersonNo) {
        self.usage_before
            .entry(person)
            .or_insert_with(|| state.usage(person));
    }

    fn act(&mut self, state: &mut State, act: &Act) -> Result<(), Refusal> {
        match act {
            Act::Make { thing, parts } => self.make(state, *thing, parts),
            Act::Set { thing, part, seen } => self.set(state, *thing, part, *seen),
            Act::Clear { thing, kind } => {
                if self.edited(state, *thing)?.held(*kind).is_some() {
                    self.does(
                        state,
                        Deed::Cleared {
                            thing: *thing,
                            kind: *kind,
                        },
                    );
                }
                Ok(())
            }
            Act::Remove { thing } => {
                self.edited(state, *thing)?;
                for thing in with_hanging(state, *thing).into_iter().rev() {
                    self.edited(state, thing)?;
                    self.does(state, Deed::Removed { thing });
                }
                Ok(())
            }
            Act::Give { thing, to } => {
                let owner = self.edited(state, *thing)?.owner;
                if state.person(*to).is_none() {
                    return Err(Refusal::Nobody);
                }
                // What is not mine is not mine to give, but for who keeps order.
                if owner != self.who {
                    self.need(Capability::RollBack)?;
                }
                if owner != *to {
                    self.account(state, *to);
                    self.does(
                        state,
                        Deed::Given {
                            thing: *thing,
                            owner: *to,
                        },
                    );
                }
                Ok(())
            }
            Act::Order(order) => self.order(state, order),
            // They need the past: see `Keeper`.
            Act::Undo { .. } | Act::Redo { .. } | Act::RollBack { .. } => Err(Refusal::Nothing),
        }
    }

    /// A thing that I may change.
    fn edited<'a>(&mut self, state: &'a State, thing: ThingId) -> Result<&'a Thing, Refusal> {
        let found = state.thing(thing).ok_or(Refusal::Gone)?;
        may_touch(state, self.who, self.may, found)?;
        self.account(state, found.owner);
        Ok(found)
    }

    fn allowed(&self, part: &Part) -> Result<(), Refusal> {
        part.check()?;
        if part.is_media() {
            self.need(Capability::Media)?;
        }
        match part {
            Part::Body(body) if body.moves => self.need(Capability::Moving),
            _ => Ok(()),
        }
    }

    fn make(&mut self, state: &mut State, thing: ThingId, parts: &[Part]) -> Result<(), Refusal> {
        self.need(Capability::Spawn)?;
        if thing.maker != self.who || thing.serial <= state.serial(self.who) {
            return Err(Refusal::WrongNumber);
        }
        if state.things().len() >= limits::THINGS {
            return Err(Refusal::Full);
        }
        let mut kinds: Vec<PartKind> = parts.iter().map(Part::kind).collect();
        kinds.sort_unstable();
        if kinds.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Refusal::TooMuch);
        }
        for part in parts {
            self.allowed(part)?;
            self.hangs_well(state, thing, part)?;
        }
        self.account(state, self.who);
        self.does(
            state,
            Deed::Made {
                thing,
                owner: self.who,
                parts: parts.to_vec(),
            },
        );
        Ok(())
    }

    fn set(
        &mut self,
        state: &mut State,
        thing: ThingId,
        part: &Part,
        seen: Option<FactNo>,
    ) -> Result<(), Refusal> {
        let who = self.who;
        let held = self.edited(state, thing)?.held(part.kind());
        if let (Some(seen), Some(held)) = (seen, held)
            && held.since > seen
            && held.by != who
        {
            return Err(Refusal::Stale);
        }
        if held.is_some_and(|held| held.part == *part) {
            return Ok(());
        }
        self.allowed(part)?;
        self.hangs_well(state, thing, part)?;
        self.does(
            state,
            Deed::Set {
                thing,
                part: part.clone(),
            },
        );
        Ok(())
    }

    /// Nothing hangs on itself, on what is not there, or on what its maker may not change.
    fn hangs_well(&mut self, state: &State, thing: ThingId, part: &Part) -> Result<(), Refusal> {
        let Part::Attach(attach) = part else {
            return Ok(());
        };
        self.edited(state, attach.to)?;
        let mut above = Some(attach.to);
        let mut depth = depth_below(state, thing, 0);
        while let Some(at) = above {
            depth += 1;
            if at == thing || depth > limits::HANGING_DEPTH {
                return Err(Refusal::Ring);
            }
            above = hangs_on(state, at);
        }
        Ok(())
    }

    /// Nobody has more than they may by this wish; who had too much before may have less.
    fn accounts(&self, state: &State) -> Result<(), Refusal> {
        let over = |(person, before): (&PersonNo, &Usage)| over_quota(state, *person, before);
        if self.usage_before.iter().any(over) {
            return Err(Refusal::Quota);
        }
        Ok(())
    }

    fn order(&mut self, state: &mut State, order: &Order) -> Result<(), Refusal> {
        let rank = |person: PersonNo| {
            let standing = state.person(person);
            standing.map(|standing| standing.role).ok_or(Refusal::Nobody)
        };
        let own = rank(self.who)?;
        // An owner may everything; others only what is below them.
        let below = |role: Role| {
            if own == Role::Owner || role > own {
                Ok(())
            } else {
                Err(Refusal::Above)
            }
        };
        let over = |person: PersonNo| {
            let role = rank(person)?;
            // Owners are equals: none is taken out by another.
            if role == Role::Owner && person != self.who {
                return Err(Refusal::Above);
            }
            below(role)
        };
        match order {
            Order::Rank { person, role } => {
                self.need(Capability::Settings)?;
                over(*person)?;
                below(*role)?;
                let owners = state.people().iter().filter(|one| one.role == Role::Owner);
                if rank(*person)? == Role::Owner && *role != Role::Owner && owners.count() == 1 {
                    return Err(Refusal::Above); // somebody has to be
                }
            }
            Order::Except { person, more, .. } => {
                self.need(Capability::Settings)?;
                over(*person)?;
                if !more.is_within(self.may) {
                    return Err(Refusal::Above);
                }
            }
            Order::Allot { person, .. } => {
                self.need(Capability::Settings)?;
                over(*person)?;
            }
            Order::Ban { person, .. } => {
                self.need(Capability::Ban)?;
                over(*person)?;
                if *person == self.who {
                    return Err(Refusal::Above); // nobody could take it back
                }
            }
            Order::Silence { person, .. } => {
                self.need(Capability::Kick)?;
                over(*person)?;
            }
            Order::Line { role, line } => {
                self.need(Capability::Settings)?;
                below(*role)?;
                if own != Role::Owner && !line.may.is_within(self.may) {
                    return Err(Refusal::Above);
                }
            }
            Order::Newcomers { role } => {
                self.need(Capability::Settings)?;
                if *role == Role::Owner {
                    return Err(Refusal::Above);
                }
                below(*role)?;
            }
            Order::Lock { .. } => self.need(Capability::Settings)?,
            Order::Block { person, .. } => {
                rank(*person)?;
                if *person == self.who {
                    return Err(Refusal::Above);
                }
            }
        }
        self.does(
            state,
            Deed::Ordered {
                by: self.who,
                order: order.clone(),
            },
        );
        // What was ordered may be about oneself.
        self.may = may(state, self.who, self.now_secs)?;
        Ok(())
    }
}

/// Whether somebody has more than they may, and more than before.
pub(crate) fn over_quota(state: &State, person: PersonNo, before: &Usage) -> bool {
    let quota = state
        .person(person)
        .map(|standing| state.powers().quota(standing))
        .unwrap_or_default();
    grew_beyond(&quota, before, &state.usage(person))
}

fn grew_beyond(quota: &Quota, before: &Usage, after: &Usage) -> bool {
    let over = |most: u64, before: u64, after: u64| after > most && after > before;
    over(u64::from(quota.things), before.things, after.things)
        || over(quota.bytes, before.bytes, after.bytes)
        || over(quota.triangles, before.triangles, after.triangles)
        || over(u64::from(quota.moving), before.moving, after.moving)
        || over(u64::from(quota.lamps), before.lamps, after.lamps)
}

/// What a thing hangs on.
pub fn hangs_on(state: &State, thing: ThingId) -> Option<ThingId> {
    match state.thing(thing)?.part(PartKind::Attach)? {
        Part::Attach(attach) => Some(attach.to),
        _ => None,
    }
}

/// A thing and all that hangs on it, what hangs after what it hangs on.
pub fn with_hanging(state: &State, thing: ThingId) -> Vec<ThingId> {
    let mut all = vec![thing];
    let mut at = 0;
    while let Some(next) = all.get(at) {
        // No rings: the rules see to it, and nothing is met twice on a tree.
        all.extend(
            state
                .hanging_on(*next)
                .filter(|below| state.thing(*below).is_some()),
        );
        at += 1;
    }
    all
}

fn depth_below(state: &State, thing: ThingId, depth: usize) -> usize {
    if depth > limits::HANGING_DEPTH {
        return depth;
    }
    state
        .hanging_on(thing)
        .map(|below| depth_below(state, below, depth + 1))
        .max()
        .unwrap_or(depth)
}

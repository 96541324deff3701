//! What the host lets happen: acts become deeds, or a [`Refusal`].
//!
//! Flow: `attempt` tries the acts one after the other on the state itself, each seeing what those before it did; where
//! one is refused, everything is put back. The same code runs at a guest who does not wait for the answer.
//! Invariants: pure, but for the state handed in; all of a wish or none of it; nobody gets more than their quota by one.

use crate::deed::{Act, Deed, Order, Refusal};
use crate::limits;
use crate::part::{Door, Part, PartKind, Place};
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
    let before = state.bytes();
    let mut trying = Trying {
        who,
        may: may(state, who, now_secs)?,
        now_secs,
        since,
        accounts: Accounts::default(),
        looks: limits::LOOKS,
        deeds: Vec::new(),
        trace: Trace::new(),
    };
    let tried = acts
        .iter()
        .try_for_each(|act| trying.act(state, act))
        .and_then(|()| trying.accounts.check(state, before));
    match tried {
        Ok(()) => Ok((trying.deeds, trying.trace)),
        Err(refusal) => {
            state.restore(trying.trace);
            Err(refusal)
        }
    }
}

/// Makes deeds so that were found elsewhere (taken back, done again), if everybody whose things they touch has room for them.
///
/// # Errors
/// [`Refusal::Quota`], [`Refusal::Full`], [`Refusal::TooMuch`]; nothing has changed then.
pub(crate) fn perform(
    state: &mut State,
    who: PersonNo,
    deeds: Vec<Deed>,
    since: FactNo,
) -> Result<Attempt, Refusal> {
    if deeds.len() > limits::DEEDS {
        return Err(Refusal::TooMuch);
    }
    let before = state.bytes();
    let (mut accounts, mut trace) = (Accounts::default(), Trace::new());
    for deed in &deeds {
        match deed {
            Deed::Made { owner, .. } => accounts.watch(state, *owner),
            Deed::Remade { old, .. } => accounts.watch(state, old.owner),
            Deed::Given { owner, .. } => accounts.watch(state, *owner),
            Deed::Set { thing, .. } | Deed::Restored { thing, .. } => {
                if let Some(thing) = state.thing(*thing) {
                    accounts.watch(state, thing.owner);
                }
            }
            Deed::Cleared { .. }
            | Deed::Removed { .. }
            | Deed::Met { .. }
            | Deed::Ordered { .. }
            | Deed::Forgotten { .. } => {}
        }
        state.perform(deed, who, since, &mut trace);
    }
    match accounts.check(state, before) {
        Ok(()) => Ok((deeds, trace)),
        Err(refusal) => {
            state.restore(trace);
            Err(refusal)
        }
    }
}

/// What everybody had whose account a wish touches.
#[derive(Default)]
struct Accounts(BTreeMap<PersonNo, Usage>);

impl Accounts {
    fn watch(&mut self, state: &State, person: PersonNo) {
        self.0.entry(person).or_insert_with(|| state.usage(person));
    }

    /// Nobody has more than they may by this wish; who had too much before may have less. The same of the world, which took so
    /// many bytes before.
    fn check(&self, state: &State, before_bytes: u64) -> Result<(), Refusal> {
        if overfull(state, before_bytes) {
            return Err(Refusal::Full);
        }
        let over = |(person, before): (&PersonNo, &Usage)| over_quota(state, *person, before);
        if self.0.iter().any(over) {
            return Err(Refusal::Quota);
        }
        Ok(())
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
            Deed::Met { .. } | Deed::Ordered { .. } | Deed::Forgotten { .. } => None,
        };
        let Some(thing) = touched else { return Ok(()) };
        may_touch(state, who, may, thing)?;
        let comes_back = match deed {
            Deed::Remade { old, .. } => old.parts(),
            Deed::Restored { old, .. } => std::slice::from_ref(old),
            _ => &[],
        };
        for held in comes_back {
            may_have(may, &held.part)?;
            if let Part::Attach(attach) = &held.part
                && let Some(above) = state.thing(attach.to)
            {
                may_touch(state, who, may, above)?;
            }
        }
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
    accounts: Accounts,
    /// Things that may still be looked at to see how deep they hang.
    looks: usize,
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

    fn does(&mut self, state: &mut State, deed: Deed) -> Result<(), Refusal> {
        if self.deeds.len() >= limits::DEEDS {
            return Err(Refusal::TooMuch);
        }
        state.perform(&deed, self.who, self.since, &mut self.trace);
        self.deeds.push(deed);
        Ok(())
    }

    fn act(&mut self, state: &mut State, act: &Act) -> Result<(), Refusal> {
        match act {
            Act::Make { thing, parts } => self.make(state, *thing, parts),
            Act::Set { thing, part, seen } => self.set(state, *thing, part, *seen),
            Act::Clear { thing, kind } => {
                let (thing, kind) = (*thing, *kind);
                if self.edited(state, thing)?.held(kind).is_some() {
                    self.does(state, Deed::Cleared { thing, kind })?;
                }
                Ok(())
            }
            Act::Remove { thing } => self.remove(state, *thing),
            Act::Give { thing, to } => {
                let owner = self.edited(state, *thing)?.owner;
                let receiver = state.person(*to).ok_or(Refusal::Nobody)?;
                // Nobody has to keep what they do not want from whom they do not want it.
                if receiver.blocks.contains(&self.who) {
                    return Err(Refusal::Blocked);
                }
                // What is not mine is not mine to give, but for who keeps order.
                if owner != self.who {
                    self.need(Capability::RollBack)?;
                }
                if owner != *to {
                    self.accounts.watch(state, *to);
                    let (thing, owner) = (*thing, *to);
                    self.does(state, Deed::Given { thing, owner })?;
                }
                Ok(())
            }
            Act::Order(order) => self.order(state, order),
            Act::Open { thing, open } => self.open(state, *thing, *open),
            // They need the past: see `Keeper`.
            Act::Undo { .. } | Act::Redo { .. } | Act::RollBack { .. } => Err(Refusal::Nothing),
        }
    }

    /// Doors are there for everybody: whoever may not change a thing may go through it.
    fn open(&mut self, state: &mut State, thing: ThingId, open: bool) -> Result<(), Refusal> {
        let found = state.thing(thing).ok_or(Refusal::Gone)?;
        let Some(Part::Door(door)) = found.part(PartKind::Door) else {
            return Err(Refusal::Gone);
        };
        if found.owner != self.who && !self.may.has(Capability::RollBack) {
            let owner = state.person(found.owner);
            if owner.is_some_and(|owner| owner.blocks.contains(&self.who)) {
                return Err(Refusal::Blocked);
            }
            if found.held(PartKind::Lock).is_some() {
                return Err(Refusal::Locked);
            }
        }
        if door.open == open {
            return Ok(());
        }
        let part = Door { open, ..*door }.into();
        self.does(state, Deed::Set { thing, part })
    }

    /// A thing that I may change.
    fn edited<'a>(&mut self, state: &'a State, thing: ThingId) -> Result<&'a Thing, Refusal> {
        let found = state.thing(thing).ok_or(Refusal::Gone)?;
        may_touch(state, self.who, self.may, found)?;
        self.accounts.watch(state, found.owner);
        Ok(found)
    }

    /// With all that hangs on it; what I may not touch of that hangs on nothing afterwards and stays where it is seen.
    fn remove(&mut self, state: &mut State, thing: ThingId) -> Result<(), Refusal> {
        self.edited(state, thing)?;
        let (mut gone, mut loose, mut left) = (Vec::new(), Vec::new(), vec![thing]);
        while let Some(next) = left.pop() {
            gone.push(next);
            if gone.len() + left.len() > limits::DEEDS {
                return Err(Refusal::TooMuch);
            }
            for below in state.hanging_on(next) {
                if self.edited(state, below).is_ok() {
                    left.push(below);
                } else {
                    loose.extend(let_go(state, below));
                }
            }
        }
        for deed in loose {
            self.does(state, deed)?;
        }
        gone.into_iter()
            .rev()
            .try_for_each(|thing| self.does(state, Deed::Removed { thing }))
    }

    fn allowed(&self, part: &Part) -> Result<(), Refusal> {
        part.check()?;
        may_have(self.may, part)
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
        self.accounts.watch(state, self.who);
        self.does(
            state,
            Deed::Made {
                thing,
                owner: self.who,
                parts: parts.to_vec(),
            },
        )
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
        let part = part.clone();
        self.does(state, Deed::Set { thing, part })
    }

    /// Nothing hangs on itself, on what is not there, or on what its maker may not change.
    fn hangs_well(&mut self, state: &State, thing: ThingId, part: &Part) -> Result<(), Refusal> {
        let Part::Attach(attach) = part else {
            return Ok(());
        };
        self.edited(state, attach.to)?;
        if hangs_soundly(state, thing, attach.to, &mut self.looks)? {
            Ok(())
        } else {
            Err(Refusal::Ring)
        }
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
                let owners = state.people().filter(|(_, one)| one.role == Role::Owner);
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
            Order::Block { person, blocked } => {
                rank(*person)?;
                if *person == self.who {
                    return Err(Refusal::Above);
                }
                let blocks = state.person(self.who).map_or(0, |me| me.blocks.len());
                if *blocked && blocks >= limits::BLOCKS {
                    return Err(Refusal::Quota);
                }
            }
        }
        self.does(
            state,
            Deed::Ordered {
                by: self.who,
                order: order.clone(),
            },
        )?;
        // What was ordered may be about oneself.
        self.may = may(state, self.who, self.now_secs)?;
        Ok(())
    }
}

/// What brings bytes into the world or is moved by physics takes a right of its own.
fn may_have(may: Capabilities, part: &Part) -> Result<(), Refusal> {
    let need = |capability| {
        if may.has(capability) {
            Ok(())
        } else {
            Err(Refusal::NotAllowed(capability))
        }
    };
    if part.is_media() {
        need(Capability::Media)?;
    }
    match part {
        Part::Body(body) if body.moves => need(Capability::Moving),
        _ => Ok(()),
    }
}

/// Whether the world holds more than it may, by what was done since it took so many bytes.
pub(crate) fn overfull(state: &State, before_bytes: u64) -> bool {
    let bytes = state.bytes();
    state.things().len() > limits::THINGS || bytes > limits::WORLD_BYTES && bytes > before_bytes
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

/// Where a thing stands from what it hangs on; a door that is open has swung.
pub fn stands_at(state: &State, thing: ThingId) -> Option<Place> {
    let thing = state.thing(thing)?;
    let Some(Part::Place(place)) = thing.part(PartKind::Place) else {
        return None;
    };
    match thing.part(PartKind::Door) {
        Some(Part::Door(door)) if door.open => Some(door.swung(place)),
        _ => Some(*place),
    }
}

/// Where a thing is in the world, through all that it hangs on; doors that are open have swung, with what hangs on them.
pub fn seen_at(state: &State, thing: ThingId) -> Option<Place> {
    let own = stands_at(state, thing)?;
    let above = std::iter::successors(hangs_on(state, thing), |at| hangs_on(state, *at));
    let all = above
        .take(limits::HANGING_DEPTH)
        .filter_map(|above| stands_at(state, above));
    Some(all.fold(own, |below, above| above.and(&below)))
}

/// What its [`Place`] must say for a thing to stand there: a door that is open is told as it stands when it is closed.
pub fn told(state: &State, thing: ThingId, stands: &Place) -> Place {
    match state.thing(thing).and_then(|thing| thing.part(PartKind::Door)) {
        Some(Part::Door(door)) if door.open => door.unswung(stands),
        _ => *stands,
    }
}

/// Whether `who` may change this thing now, as the host would judge.
pub fn may_change(state: &State, who: PersonNo, now_secs: u64, thing: ThingId) -> bool {
    match (state.thing(thing), may(state, who, now_secs)) {
        (Some(thing), Ok(may)) => may_touch(state, who, may, thing).is_ok(),
        _ => false,
    }
}

/// The deeds after which it hangs on nothing and is where it was.
pub(crate) fn let_go(state: &State, thing: ThingId) -> Vec<Deed> {
    // A door that is open is told as it stands when it is closed.
    let door = match state.thing(thing).and_then(|thing| thing.part(PartKind::Door)) {
        Some(Part::Door(door)) if door.open => Some(*door),
        _ => None,
    };
    let seen = seen_at(state, thing).map(|place| Deed::Set {
        thing,
        part: door.map_or(place, |door| door.unswung(&place)).into(),
    });
    let kind = PartKind::Attach;
    seen.into_iter().chain([Deed::Cleared { thing, kind }]).collect()
}

/// Whether a thing can hang there: it is there, it does not hang on the thing itself, and nothing comes to hang too deep.
///
/// # Errors
/// [`Refusal::TooMuch`] where `looks` run out.
pub(crate) fn hangs_soundly(
    state: &State,
    thing: ThingId,
    to: ThingId,
    looks: &mut usize,
) -> Result<bool, Refusal> {
    if state.thing(to).is_none() {
        return Ok(false);
    }
    let mut above = Some(to);
    let mut depth = depth_below(state, thing, 0, looks)?;
    while let Some(at) = above {
        depth += 1;
        if at == thing || depth > limits::HANGING_DEPTH {
            return Ok(false);
        }
        above = hangs_on(state, at);
    }
    Ok(true)
}

fn depth_below(state: &State, thing: ThingId, depth: usize, looks: &mut usize) -> Result<usize, Refusal> {
    if depth > limits::HANGING_DEPTH {
        return Ok(depth);
    }
    let mut deepest = depth;
    for below in state.hanging_on(thing) {
        *looks = looks.checked_sub(1).ok_or(Refusal::TooMuch)?;
        deepest = deepest.max(depth_below(state, below, depth + 1, looks)?);
    }
    Ok(deepest)
}

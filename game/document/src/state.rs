//! How the world is: things and powers after some fact, and the one way in which facts change it.
//!
//! Flow: [`State::apply`] takes a [`Fact`] and gives back what was before ([`Trace`]); [`State::restore`] puts exactly that
//! back, which is how wishes that are not answered yet, refused wishes, undo and roll-back work.
//! Invariants: the same facts in the same order make the same state with the same [`State::digest`] on every machine;
//! applying and restoring leaves no difference; a deed about what is not there changes nothing.

use crate::deed::{Deed, Fact, Order};
use crate::limits;
use crate::part::{BadPart, Part, PartKind};
use crate::power::{Powers, Role, Standing};
use crate::thing::{FactNo, Held, PersonNo, Thing, ThingId};
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};
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

/// What was before a change, in the order of changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Before {
    Thing(ThingId, Option<Thing>),
    Part(ThingId, PartKind, Option<Held>),
    Owner(ThingId, PersonNo),
    /// Somebody was met: nobody was there.
    NotMet,
    Standing(PersonNo, Standing),
    /// Whether the first blocked the second.
    Blocked(PersonNo, PersonNo, bool),
    Powers(Powers),
    /// The newest number that this maker had given.
    Serial(PersonNo, u32),
}

impl Before {
    /// Whether it is such as a world has, where it was read from a file.
    pub(crate) fn check(&self) -> Result<(), BadPart> {
        match self {
            Self::Thing(_, Some(thing)) => thing.check(),
            Self::Part(_, _, Some(held)) => held.part.check(),
            _ => Ok(()),
        }
    }
}

/// See [`Before`]; restored from its end.
pub type Trace = Vec<Before>;

/// A world without its things.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Frame {
    pub newest: FactNo,
    pub powers: Powers,
    pub people: Vec<Standing>,
    /// By person: the newest serial given.
    pub serials: Vec<u32>,
}

/// Things are hashed in so many groups, so that two machines find out which of them differ.
pub const BUCKETS: usize = 256;

/// A world.
#[derive(Clone, Debug, Default)]
pub struct State {
    things: BTreeMap<ThingId, Thing>,
    people: Vec<Standing>,
    /// By [`PersonNo`]: the newest serial given.
    serials: Vec<u32>,
    pub(crate) powers: Powers,
    newest: FactNo,
    // What follows is computed from the rest.
    usage: Vec<Usage>,
    hanging: BTreeMap<ThingId, BTreeSet<ThingId>>,
    sums: Vec<u128>,
}

impl State {
    /// A world with nothing in it, of this account.
    #[must_use]
    pub fn new(owner: [u8; 32]) -> Self {
        let mut state = Self {
            sums: vec![0; BUCKETS],
            ..Self::default()
        };
        state.meet(Standing {
            account: owner,
            role: Role::Owner,
            ..Standing::default()
        });
        state
    }

    /// All but the things, to keep or to send.
    pub fn frame(&self) -> Frame {
        Frame {
            newest: self.newest,
            powers: self.powers.clone(),
            people: self.people.clone(),
            serials: self.serials.clone(),
        }
    }

    /// The frame that somebody kept or sent, without things yet. `None` where it is none.
    pub fn of_frame(frame: Frame) -> Option<Self> {
        let people = frame.people.len();
        if people != frame.serials.len() || people == 0 || people > limits::PEOPLE {
            return None;
        }
        Some(Self {
            people: frame.people,
            serials: frame.serials,
            powers: frame.powers,
            newest: frame.newest,
            usage: vec![Usage::default(); people],
            sums: vec![0; BUCKETS],
            ..Self::default()
        })
    }

    /// Puts a thing in its place that was kept or sent.
    ///
    /// # Errors
    /// It is none that a world takes, or its owner is nobody.
    pub fn receive(&mut self, id: ThingId, thing: Thing) -> Result<(), BadPart> {
        thing.check()?;
        let known = |person| self.person(person).is_some();
        let full = self.things.len() >= limits::THINGS && !self.things.contains_key(&id);
        if !known(thing.owner) || !known(id.maker) || full {
            return Err(BadPart::Range);
        }
        self.put_thing(id, Some(thing));
        Ok(())
    }

    /// Things by their numbers.
    pub fn things(&self) -> impl ExactSizeIterator<Item = (&ThingId, &Thing)> {
        self.things.iter()
    }

    /// One of them.
    pub fn thing(&self, id: ThingId) -> Option<&Thing> {
        self.things.get(&id)
    }

    /// What hangs on it, one level down.
    pub fn hanging_on(&self, id: ThingId) -> impl Iterator<Item = ThingId> {
        self.hanging.get(&id).into_iter().flatten().copied()
    }

    /// Whom the world has met, by [`PersonNo`].
    pub fn people(&self) -> &[Standing] {
        &self.people
    }

    /// One of them.
    pub fn person(&self, person: PersonNo) -> Option<&Standing> {
        self.people.get(person.0 as usize)
    }

    /// The number of this account, if the world has met it.
    pub fn number_of(&self, account: &[u8; 32]) -> Option<PersonNo> {
        let at = self
            .people
            .iter()
            .position(|standing| standing.account == *account)?;
        Some(PersonNo(at as u32)) // at most limits::PEOPLE
    }

    /// The newest serial that this maker has given.
    pub fn serial(&self, maker: PersonNo) -> u32 {
        self.serials.get(maker.0 as usize).copied().unwrap_or(0)
    }

    /// Who may what.
    pub fn powers(&self) -> &Powers {
        &self.powers
    }

    /// What this person's things take.
    pub fn usage(&self, person: PersonNo) -> Usage {
        self.usage.get(person.0 as usize).copied().unwrap_or_default()
    }

    /// The newest fact in it.
    pub fn newest(&self) -> FactNo {
        self.newest
    }

    pub(crate) fn set_newest(&mut self, newest: FactNo) {
        self.newest = newest;
    }

    /// Makes it so; what was before.
    pub fn apply(&mut self, fact: &Fact) -> Trace {
        let mut trace = Trace::new();
        for deed in &fact.deeds {
            self.perform(deed, fact.by, fact.number, &mut trace);
        }
        self.newest = fact.number;
        trace
    }

    /// Makes one deed so, and writes down what was before.
    pub(crate) fn perform(&mut self, deed: &Deed, by: PersonNo, since: FactNo, trace: &mut Trace) {
        match deed {
            Deed::Made { thing, owner, parts } => {
                if self.things.contains_key(thing) || self.person(*owner).is_none() {
                    return;
                }
                let mut made = Thing::new(*owner, since);
                for part in parts {
                    made.put(Held {
                        part: part.clone(),
                        since,
                        origin: since,
                        by,
                    });
                }
                if let Some(serial) = self.serials.get_mut(thing.maker.0 as usize)
                    && *serial < thing.serial
                {
                    trace.push(Before::Serial(thing.maker, *serial));
                    *serial = thing.serial;
                }
                trace.push(Before::Thing(*thing, None));
                self.put_thing(*thing, Some(made));
            }
            Deed::Set { thing, part } => {
                if self.things.contains_key(thing) {
                    let kind = part.kind();
                    let held = Held {
                        part: part.clone(),
                        since,
                        origin: since,
                        by,
                    };
                    let before = self.put_part(*thing, kind, Some(held));
                    trace.push(Before::Part(*thing, kind, before));
                }
            }
            Deed::Remade { thing, old } => {
                if !self.things.contains_key(thing) && self.person(old.owner).is_some() {
                    trace.push(Before::Thing(*thing, None));
                    self.put_thing(*thing, Some(old.clone().touched(since)));
                }
            }
            Deed::Restored { thing, old } => {
                if self.things.contains_key(thing) {
                    let kind = old.part.kind();
                    let held = Held { since, ..old.clone() };
                    let before = self.put_part(*thing, kind, Some(held));
                    trace.push(Before::Part(*thing, kind, before));
                }
            }
            Deed::Cleared { thing, kind } => {
                if self.thing(*thing).and_then(|thing| thing.held(*kind)).is_some() {
                    let before = self.put_part(*thing, *kind, None);
                    trace.push(Before::Part(*thing, *kind, before));
                }
            }
            Deed::Removed { thing } => {
                if self.things.contains_key(thing) {
                    let before = self.put_thing(*thing, None);
                    trace.push(Before::Thing(*thing, before));
                }
            }
            Deed::Given { thing, owner } => {
                if self.person(*owner).is_some()
                    && let Some(before) = self.put_owner(*thing, *owner)
                {
                    trace.push(Before::Owner(*thing, before));
                }
            }
            Deed::Met { account, role } => {
                if self.people.len() < limits::PEOPLE && self.number_of(account).is_none() {
                    self.meet(Standing {
                        account: *account,
                        role: *role,
                        ..Standing::default()
                    });
                    trace.push(Before::NotMet);
                }
            }
            Deed::Ordered { by, order } => self.obey(*by, order, trace),
        }
    }

    fn obey(&mut self, by: PersonNo, order: &Order, trace: &mut Trace) {
        let mut standing = |person: PersonNo, change: &dyn Fn(&mut Standing)| {
            if let Some(standing) = self.people.get_mut(person.0 as usize) {
                trace.push(Before::Standing(person, standing.clone()));
                change(standing);
            }
        };
        match order {
            Order::Rank { person, role } => standing(*person, &|standing| standing.role = *role),
            Order::Except { person, more, less } => standing(*person, &|standing| {
                standing.more = *more;
                standing.less = *less;
            }),
            Order::Allot { person, quota } => standing(*person, &|standing| standing.quota = *quota),
            Order::Ban { person, banned } => standing(*person, &|standing| standing.banned = *banned),
            Order::Silence { person, until_secs } => {
                standing(*person, &|standing| standing.silent_until = *until_secs);
            }
            Order::Block { person, blocked } => {
                if let Some(was) = self.block(by, *person, *blocked) {
                    trace.push(Before::Blocked(by, *person, was));
                }
            }
            Order::Line { .. } | Order::Newcomers { .. } | Order::Lock { .. } => {
                trace.push(Before::Powers(self.powers.clone()));
                match order {
                    Order::Line { role, line } => self.powers.set_line(*role, *line),
                    Order::Newcomers { role } => self.powers.newcomers = *role,
                    Order::Lock { locked } => self.powers.locked = *locked,
                    _ => {}
                }
            }
        }
    }

    /// Whether it was so before; `None` where nobody is `by`.
    fn block(&mut self, by: PersonNo, person: PersonNo, blocked: bool) -> Option<bool> {
        let blocks = &mut self.people.get_mut(by.0 as usize)?.blocks;
        Some(if blocked {
            !blocks.insert(person)
        } else {
            blocks.remove(&person)
        })
    }

    /// Puts back exactly what was before the changes of this trace.
    pub fn restore(&mut self, trace: Trace) {
        for before in trace.into_iter().rev() {
            self.put_back(before);
        }
    }

    pub(crate) fn put_back(&mut self, before: Before) {
        match before {
            Before::Thing(id, thing) => {
                self.put_thing(id, thing);
            }
            Before::Part(id, kind, held) => {
                self.put_part(id, kind, held);
            }
            Before::Owner(id, owner) => {
                self.put_owner(id, owner);
            }
            Before::NotMet => {
                self.people.pop();
                self.serials.pop();
                self.usage.pop();
            }
            Before::Standing(person, standing) => {
                if let Some(now) = self.people.get_mut(person.0 as usize) {
                    *now = standing;
                }
            }
            Before::Blocked(by, person, was) => {
                self.block(by, person, was);
            }
            Before::Powers(powers) => self.powers = powers,
            Before::Serial(maker, serial) => {
                if let Some(now) = self.serials.get_mut(maker.0 as usize) {
                    *now = serial;
                }
            }
        }
    }

    fn meet(&mut self, standing: Standing) {
        self.people.push(standing);
        self.serials.push(0);
        self.usage.push(Usage::default());
    }

    /// Puts a thing in its place, or takes it away; what was there.
    pub(crate) fn put_thing(&mut self, id: ThingId, thing: Option<Thing>) -> Option<Thing> {
        let before = match thing {
            Some(thing) => self.things.insert(id, thing),
            None => self.things.remove(&id),
        };
        let mut counted = Counted {
            usage: &mut self.usage,
            hanging: &mut self.hanging,
            sums: &mut self.sums,
        };
        if let Some(before) = &before {
            counted.count(id, before, false);
        }
        if let Some(now) = self.things.get(&id) {
            counted.count(id, now, true);
        }
        before
    }

    pub(crate) fn put_part(&mut self, id: ThingId, kind: PartKind, held: Option<Held>) -> Option<Held> {
        // Taken out and put in again, so that what is computed follows in one place.
        let mut thing = self.put_thing(id, None)?;
        let before = match held {
            Some(held) => thing.put(held),
            None => thing.take(kind),
        };
        self.put_thing(id, Some(thing));
        before
    }

    pub(crate) fn put_owner(&mut self, id: ThingId, owner: PersonNo) -> Option<PersonNo> {
        let mut thing = self.put_thing(id, None)?;
        let before = std::mem::replace(&mut thing.owner, owner);
        self.put_thing(id, Some(thing));
        Some(before)
    }

    /// One hash for each group of things: where two machines differ, these do.
    pub fn sums(&self) -> &[u128] {
        &self.sums
    }

    /// One hash of everything: equal where and only where two states are (but for a chance of one in 2^64).
    pub fn digest(&self) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.newest.to_le_bytes());
        for sum in &self.sums {
            hasher.update(&sum.to_le_bytes());
        }
        hasher.update(&self.digest_of_people());
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        digest
    }

    /// The same of powers and people alone.
    pub fn digest_of_people(&self) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new();
        // Writing to a vector of bytes what derives its format cannot fail; an empty one would only hash alike.
        let bytes = postcard::to_stdvec(&(&self.powers, &self.people, &self.serials)).unwrap_or_default();
        hasher.update(&bytes);
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        digest
    }

    /// The things of one of the [`BUCKETS`].
    pub fn bucket(&self, bucket: usize) -> impl Iterator<Item = (ThingId, &Thing)> {
        self.things
            .iter()
            .filter(move |(id, _)| bucket_of(**id) == bucket)
            .map(|(id, thing)| (*id, thing))
    }
}

/// Spreads numbers that follow each other.
fn bucket_of(id: ThingId) -> usize {
    let mixed = (u64::from(id.maker.0) << 32 | u64::from(id.serial)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 56) as usize
}

/// Its group, and what it adds to that group's sum. A sum of hashes is the same in every order and is kept in step with
/// each change; it is an alarm, not a proof: who wants to deceive it can.
fn hashed(id: ThingId, thing: &Thing) -> (usize, u128) {
    let bytes = postcard::to_stdvec(&(id, thing)).unwrap_or_default(); // as in `digest_of_people`
    let mut sum = [0; 16];
    blake3::Hasher::new().update(&bytes).finalize_xof().fill(&mut sum);
    (bucket_of(id), u128::from_le_bytes(sum))
}

/// What is computed from things: accounts, what hangs on what, hashes.
struct Counted<'a> {
    usage: &'a mut [Usage],
    hanging: &'a mut BTreeMap<ThingId, BTreeSet<ThingId>>,
    sums: &'a mut [u128],
}

impl Counted<'_> {
    fn count(&mut self, id: ThingId, thing: &Thing, here: bool) {
        let (bucket, sum) = hashed(id, thing);
        if let Some(all) = self.sums.get_mut(bucket) {
            *all = if here {
                all.wrapping_add(sum)
            } else {
                all.wrapping_sub(sum)
            };
        }
        let usage = Usage::of(thing);
        if let Some(all) = self.usage.get_mut(thing.owner.0 as usize) {
            if here {
                all.add(usage);
            } else {
                all.subtract(usage);
            }
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
}

//! How the world is: things and powers after some fact, and the one way in which facts change it.
//!
//! Flow: [`State::apply`] takes a [`Fact`] and gives back what was before ([`Trace`]); [`State::restore`] puts exactly that
//! back, which is how wishes that are not answered yet, refused wishes, undo and roll-back work.
//! Invariants: the same facts in the same order make the same state with the same [`State::digest`] on every machine;
//! applying and restoring leaves no difference; a deed about what is not there changes nothing.

use crate::buckets::{Buckets, Key};
use crate::deed::{Deed, Fact, Order};
use crate::limits;
use crate::part::{BadPart, PartKind};
use crate::power::{Powers, Role, Standing};
use crate::thing::{FactNo, Held, PersonNo, Thing, ThingId};
use counted::Counted;
pub use counted::Usage;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

mod counted;

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
    /// Somebody was remembered.
    Forgotten(PersonNo, Person),
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

/// Somebody whom the world remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Person {
    pub standing: Standing,
    /// The newest serial that they have given to a thing.
    pub serial: u32,
}

/// A world without its people and things.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Frame {
    pub newest: FactNo,
    pub powers: Powers,
    /// The number of the next one who is met. None is given twice: things and the past name people by them.
    pub next_person: u32,
}

/// Things are in so many buckets, so that two machines find out which of them differ…
pub const THING_BUCKETS: usize = 256;
/// …and people in so many.
pub const PEOPLE_BUCKETS: usize = 64;

impl Key for ThingId {
    const BUCKETS: usize = THING_BUCKETS;

    /// Spreads numbers that follow each other.
    fn bucket(self) -> usize {
        let mixed =
            (u64::from(self.maker.0) << 32 | u64::from(self.serial)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 56) as usize
    }
}

impl Key for PersonNo {
    const BUCKETS: usize = PEOPLE_BUCKETS;

    fn bucket(self) -> usize {
        self.0 as usize % PEOPLE_BUCKETS
    }
}

/// A world.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(crate) things: Buckets<ThingId, Thing>,
    pub(crate) people: Buckets<PersonNo, Person>,
    next_person: u32,
    pub(crate) powers: Powers,
    newest: FactNo,
    /// Computed from the rest.
    counted: Counted,
}

impl State {
    /// A world with nothing in it, of this account, under the table that new worlds have.
    #[must_use]
    pub fn new(owner: [u8; 32]) -> Self {
        Self::under(Powers::default(), owner)
    }

    /// A world with nothing in it, of this account, under this table.
    #[must_use]
    pub fn under(powers: Powers, owner: [u8; 32]) -> Self {
        let mut state = Self {
            powers,
            ..Self::default()
        };
        state.meet(owner, Role::Owner);
        state
    }

    /// All but people and things, to keep or to send.
    pub fn frame(&self) -> Frame {
        Frame {
            newest: self.newest,
            powers: self.powers.clone(),
            next_person: self.next_person,
        }
    }

    /// The frame that somebody kept or sent, without people and things yet. `None` where it is none.
    pub fn of_frame(frame: Frame) -> Option<Self> {
        let mut state = Self::default();
        state.set_frame(frame).ok()?;
        Some(state)
    }

    pub(crate) fn set_frame(&mut self, frame: Frame) -> Result<(), BadPart> {
        frame.powers.check()?;
        if frame.newest > FactNo::MAX / 2 {
            return Err(BadPart::Range); // see `Fact::check`
        }
        self.powers = frame.powers;
        self.newest = frame.newest;
        self.next_person = frame.next_person;
        Ok(())
    }

    /// Puts somebody in their place who was kept or sent.
    ///
    /// # Errors
    /// They are nobody whom a world remembers.
    pub fn receive_person(&mut self, number: PersonNo, person: Person) -> Result<(), BadPart> {
        let full = self.people.len() >= limits::PEOPLE && !self.people.contains(number);
        if number.0 >= self.next_person || full || person.standing.blocks.len() > limits::BLOCKS {
            return Err(BadPart::Range);
        }
        self.put_person(number, Some(person));
        Ok(())
    }

    /// Puts a thing in its place that was kept or sent.
    ///
    /// # Errors
    /// It is none that a world takes, or its owner is nobody.
    pub fn receive(&mut self, id: ThingId, thing: Thing) -> Result<(), BadPart> {
        thing.check()?;
        let full = self.things.len() >= limits::THINGS && !self.things.contains(id);
        if self.person(thing.owner).is_none() || id.maker.0 >= self.next_person || full {
            return Err(BadPart::Range);
        }
        self.put_thing(id, Some(thing));
        Ok(())
    }

    /// Whether it is no larger than a world may be: a host who tells facts may lie, or be another program.
    pub(crate) fn is_within_limits(&self) -> bool {
        self.things.len() <= limits::THINGS
            && self.things.bytes() <= limits::WORLD_BYTES
            && self.people.len() <= limits::PEOPLE
    }

    /// Things by their numbers, in an order that is the same on every machine.
    pub fn things(&self) -> impl ExactSizeIterator<Item = (&ThingId, &Thing)> {
        self.things.iter()
    }

    /// One of them.
    pub fn thing(&self, id: ThingId) -> Option<&Thing> {
        self.things.get(id)
    }

    /// What all things take when they are written down, bytes.
    pub fn bytes(&self) -> u64 {
        self.things.bytes()
    }

    /// What hangs on it, one level down.
    pub fn hanging_on(&self, id: ThingId) -> impl Iterator<Item = ThingId> {
        self.counted.hanging.get(&id).into_iter().flatten().copied()
    }

    /// Whom the world remembers.
    pub fn people(&self) -> impl ExactSizeIterator<Item = (PersonNo, &Standing)> {
        self.people
            .iter()
            .map(|(number, person)| (*number, &person.standing))
    }

    /// One of them.
    pub fn person(&self, person: PersonNo) -> Option<&Standing> {
        self.people.get(person).map(|person| &person.standing)
    }

    /// The number of this account, if the world remembers it.
    pub fn number_of(&self, account: &[u8; 32]) -> Option<PersonNo> {
        self.counted.accounts.get(account).copied()
    }

    /// The accounts of those who own the world.
    pub fn owners(&self) -> impl Iterator<Item = [u8; 32]> {
        let owners = self.people().filter(|(_, person)| person.role == Role::Owner);
        owners.map(|(_, person)| person.account)
    }

    /// The number of the next one who is met, if there is another.
    pub fn next_person(&self) -> Option<PersonNo> {
        let left = self.next_person < u32::MAX && self.people.len() < limits::PEOPLE;
        left.then_some(PersonNo(self.next_person))
    }

    /// Whether nothing would be missed if the world forgot this person: they have, made and said nothing that is there, are
    /// what anybody is who comes in, and nobody blocks them. Who was ever banned, silenced, ranked, allotted or excepted,
    /// and not put right again in every word, is remembered.
    pub fn is_forgettable(&self, person: PersonNo) -> bool {
        self.person(person).is_some_and(|standing| {
            let anybody = Standing {
                account: standing.account,
                role: self.powers.newcomer(),
                ..Standing::default()
            };
            *standing == anybody && !self.counted.is_named(person)
        })
    }

    /// The newest serial that this maker has given.
    pub fn serial(&self, maker: PersonNo) -> u32 {
        self.people.get(maker).map_or(0, |person| person.serial)
    }

    /// Who may what.
    pub fn powers(&self) -> &Powers {
        &self.powers
    }

    /// What this person's things take.
    pub fn usage(&self, person: PersonNo) -> Usage {
        self.counted.usage.get(&person).copied().unwrap_or_default()
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
                if self.things.contains(*thing) || self.person(*owner).is_none() {
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
                let serial = self.serial(thing.maker);
                if serial < thing.serial && self.put_serial(thing.maker, thing.serial) {
                    trace.push(Before::Serial(thing.maker, serial));
                }
                trace.push(Before::Thing(*thing, None));
                self.put_thing(*thing, Some(made));
            }
            Deed::Set { thing, part } => {
                if self.things.contains(*thing) {
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
                if !self.things.contains(*thing) && self.person(old.owner).is_some() {
                    trace.push(Before::Thing(*thing, None));
                    self.put_thing(*thing, Some(old.clone().touched(since)));
                }
            }
            Deed::Restored { thing, old } => {
                if self.things.contains(*thing) {
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
                if self.things.contains(*thing) {
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
                if self.number_of(account).is_none() && self.meet(*account, *role) {
                    trace.push(Before::NotMet);
                }
            }
            Deed::Forgotten { person } => {
                if self.is_forgettable(*person)
                    && let Some(before) = self.put_person(*person, None)
                {
                    trace.push(Before::Forgotten(*person, before));
                }
            }
            Deed::Ordered { by, order } => self.obey(*by, order, trace),
        }
    }

    fn obey(&mut self, by: PersonNo, order: &Order, trace: &mut Trace) {
        let mut standing = |person: PersonNo, change: &dyn Fn(&mut Standing)| {
            let before = self.people.change(person, |person| {
                let before = person.standing.clone();
                change(&mut person.standing);
                before
            });
            trace.extend(before.map(|before| Before::Standing(person, before)));
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
        let was = self.people.change(by, |by| {
            let blocks = &mut by.standing.blocks;
            if blocked {
                !blocks.insert(person)
            } else {
                blocks.remove(&person)
            }
        })?;
        if was != blocked {
            self.counted.name(person, blocked);
        }
        Some(was)
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
                if let Some(last) = self.next_person.checked_sub(1) {
                    self.put_person(PersonNo(last), None);
                    self.next_person = last;
                }
            }
            Before::Standing(number, standing) => {
                if let Some(mut person) = self.people.get(number).cloned() {
                    person.standing = standing;
                    self.put_person(number, Some(person));
                }
            }
            Before::Blocked(by, person, was) => {
                self.block(by, person, was);
            }
            Before::Powers(powers) => self.powers = powers,
            Before::Serial(maker, serial) => {
                self.put_serial(maker, serial);
            }
            Before::Forgotten(number, person) => {
                self.put_person(number, Some(person));
            }
        }
    }

    /// Whether there was another number to give.
    fn meet(&mut self, account: [u8; 32], role: Role) -> bool {
        let Some(number) = self.next_person() else {
            return false;
        };
        let standing = Standing {
            account,
            role,
            ..Standing::default()
        };
        let person = Person { standing, serial: 0 };
        self.put_person(number, Some(person));
        self.next_person = number.0 + 1; // see `next_person`
        true
    }

    fn put_serial(&mut self, maker: PersonNo, serial: u32) -> bool {
        self.people.change(maker, |maker| maker.serial = serial).is_some()
    }

    /// Puts somebody in their place, or takes them away; who was there.
    pub(crate) fn put_person(&mut self, number: PersonNo, person: Option<Person>) -> Option<Person> {
        let before = match &person {
            Some(person) => self.people.insert(number, person.clone()),
            None => self.people.remove(number),
        };
        if let Some(before) = &before {
            self.counted.person(number, &before.standing, false);
        }
        if let Some(person) = &person {
            self.counted.person(number, &person.standing, true);
        }
        before
    }

    /// Puts a thing in its place, or takes it away; what was there.
    pub(crate) fn put_thing(&mut self, id: ThingId, thing: Option<Thing>) -> Option<Thing> {
        let before = match thing {
            Some(thing) => self.things.insert(id, thing),
            None => self.things.remove(id),
        };
        if let Some(before) = &before {
            self.counted.thing(id, before, false);
        }
        if let Some(now) = self.things.get(id) {
            self.counted.thing(id, now, true);
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

    /// One hash of everything: equal where and only where two states are (but for a chance of one in 2^64).
    pub fn digest(&self) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.newest.to_le_bytes());
        hasher.update(&self.digest_of_powers());
        for sum in self.people.sums().chain(self.things.sums()) {
            hasher.update(&sum.to_le_bytes());
        }
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        digest
    }

    /// The same of the table of powers and the number of the next person alone.
    pub(crate) fn digest_of_powers(&self) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new();
        // As in `buckets`: it cannot fail.
        hasher.update(&postcard::to_stdvec(&(&self.powers, self.next_person)).unwrap_or_default());
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        digest
    }
}

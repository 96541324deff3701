//! A host and some people whose messages take their time, for tests.

use holm_document::part::{Name, Paint, Place};
use holm_document::replica::Replica;
use holm_document::{
    Act, Fact, History, Keeper, Now, Order, Part, PartKind, PersonNo, Refusal, Role, State, ThingId, Wish,
};
use std::collections::VecDeque;
use std::time::Duration;

/// The account of the person with this number.
pub(crate) fn account(person: u8) -> [u8; 32] {
    [person + 1; 32]
}

enum ToGuest {
    Fact(Fact),
    /// Refused, or so already.
    No(u32),
}

/// Somebody for each number, all but 0 over links that keep their order.
pub(crate) struct Party {
    pub(crate) keeper: Keeper,
    /// What each of them would go on from: the host's world, and every fact that reached them.
    pub(crate) copies: Vec<Keeper>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) refusals: Vec<(usize, Refusal)>,
    pub(crate) now: Now,
    to_host: Vec<VecDeque<Wish>>,
    to_guest: Vec<VecDeque<ToGuest>>,
    seed: u64,
}

impl Party {
    pub(crate) fn new(people: usize, seed: u64) -> Self {
        let now = Now {
            since_start: Duration::from_secs(1),
            secs: 1_000,
        };
        let mut keeper = Keeper::new(State::new(account(0)), History::default());
        let mut facts = Vec::new();
        for person in 1..people {
            facts.extend(keeper.meet(&account(person as u8), now).unwrap().1);
        }
        let replica = |person| Replica::new(keeper.state().clone(), PersonNo(person as u32));
        Self {
            replicas: (0..people).map(replica).collect(),
            copies: vec![keeper.clone(); people],
            keeper,
            facts,
            refusals: Vec::new(),
            now,
            to_host: (0..people).map(|_| VecDeque::new()).collect(),
            to_guest: (0..people).map(|_| VecDeque::new()).collect(),
            seed: seed | 1,
        }
    }

    pub(crate) fn later(&mut self, secs: u64) {
        self.now.secs += secs;
        self.now.since_start += Duration::from_secs(secs);
    }

    /// What this person has before their eyes.
    pub(crate) fn seen(&self, who: usize) -> &State {
        self.replicas[who].state()
    }

    pub(crate) fn next_thing(&self, who: usize) -> ThingId {
        self.replicas[who].next_thing()
    }

    /// The same, as the host counts.
    pub(crate) fn keeper_next(&self, who: usize) -> ThingId {
        let maker = PersonNo(who as u32);
        ThingId {
            maker,
            serial: self.keeper.state().serial(maker) + 1,
        }
    }

    /// So here at once, and on its way.
    pub(crate) fn wish(&mut self, who: usize, acts: Vec<Act>) {
        if let Ok((wish, _)) = self.replicas[who].wish(acts, self.now.secs) {
            self.to_host[who].push_back(wish);
        }
    }

    /// One message of somebody arrives.
    pub(crate) fn carry(&mut self) {
        let lanes = self.to_host.len() * 2;
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let first = (self.seed >> 33) as usize % lanes;
        for lane in (0..lanes).map(|lane| (first + lane) % lanes) {
            let who = lane / 2;
            if lane % 2 == 0 {
                if let Some(wish) = self.to_host[who].pop_front() {
                    let answer = self.keeper.wish(PersonNo(who as u32), &wish, self.now);
                    self.answer(who, wish.number, answer);
                    return;
                }
            } else if let Some(message) = self.to_guest[who].pop_front() {
                let replica = &mut self.replicas[who];
                match message {
                    ToGuest::Fact(fact) => {
                        // A test that changes the host's world by hand tells nobody.
                        let _ = self.copies[who].follow(fact.clone());
                        replica.hear(&[fact], self.now.secs).expect("facts come in order");
                    }
                    ToGuest::No(wish) => _ = replica.refused(wish, self.now.secs),
                }
                return;
            }
        }
    }

    fn answer(&mut self, who: usize, wish: u32, answer: Result<Option<Fact>, Refusal>) {
        match answer {
            Ok(Some(fact)) => {
                for lane in &mut self.to_guest {
                    lane.push_back(ToGuest::Fact(fact.clone()));
                }
                self.facts.push(fact);
            }
            Ok(None) => self.to_guest[who].push_back(ToGuest::No(wish)),
            Err(why) => {
                self.refusals.push((who, why));
                self.to_guest[who].push_back(ToGuest::No(wish));
            }
        }
    }

    /// The host is gone, with all that was on its way: this person goes on from what they have, and the others come to them.
    pub(crate) fn hand_over(&mut self, to: usize) {
        for lane in &mut self.to_host {
            lane.clear();
        }
        for lane in &mut self.to_guest {
            lane.clear();
        }
        self.keeper = self.copies[to].clone();
        let newest = self.keeper.state().newest();
        self.facts.retain(|fact| fact.number <= newest);
        for who in 0..self.replicas.len() {
            let replica = &mut self.replicas[who];
            match self.keeper.history().since(replica.state().newest(), newest) {
                Some(facts) => {
                    replica
                        .hear(&facts, self.now.secs)
                        .expect("they go on from there");
                    for fact in facts {
                        self.copies[who].follow(fact).expect("they go on from there");
                    }
                    self.to_host[who].extend(replica.wishes().cloned());
                }
                // They heard more than whoever goes on: all of it anew.
                None => {
                    let me = PersonNo(who as u32);
                    let number = replica.number();
                    *replica = Replica::new(self.keeper.state().clone(), me).counting_from(number);
                    self.copies[who] = self.keeper.clone();
                }
            }
        }
    }

    /// Until everything has arrived.
    pub(crate) fn settle(&mut self) {
        while self.to_host.iter().any(|lane| !lane.is_empty())
            || self.to_guest.iter().any(|lane| !lane.is_empty())
        {
            self.carry();
        }
    }

    /// A wish and its answer, with nothing between.
    pub(crate) fn at_once(&mut self, who: usize, act: Act) -> Result<(), Refusal> {
        self.many_at_once(who, vec![act])
    }

    pub(crate) fn many_at_once(&mut self, who: usize, acts: Vec<Act>) -> Result<(), Refusal> {
        self.settle();
        let (wish, _) = self.replicas[who].wish(acts, self.now.secs)?;
        let answer = self.keeper.wish(PersonNo(who as u32), &wish, self.now);
        let told = answer.clone().map(|_| ());
        self.answer(who, wish.number, answer);
        self.settle();
        told
    }

    /// A wish as the host gets it, from somebody whose program does not try it first.
    pub(crate) fn at_host(&mut self, who: usize, acts: Vec<Act>) -> Result<(), Refusal> {
        self.settle();
        let wish = Wish { number: 0, acts };
        let answer = self.keeper.wish(PersonNo(who as u32), &wish, self.now);
        let told = answer.clone().map(|_| ());
        if let Ok(Some(_)) = answer {
            self.answer(who, 0, answer);
            self.settle();
        }
        told
    }

    pub(crate) fn rank(&mut self, person: u32, role: Role) {
        let person = PersonNo(person);
        self.at_once(0, Act::Order(Order::Rank { person, role })).unwrap();
    }
}

/// A part is to be so, whatever anybody has seen.
pub(crate) fn set(thing: ThingId, part: Part) -> Act {
    Act::Set {
        thing,
        part,
        seen: None,
    }
}

pub(crate) fn placed(x: f32) -> Part {
    Place {
        position: [x, 0.0, 0.0],
        ..Place::default()
    }
    .into()
}

pub(crate) fn painted(hue: u8) -> Part {
    Paint {
        colour: [hue, 100, 100, 255],
        roughness: 128,
        metal: 0,
        glow: 0,
    }
    .into()
}

pub(crate) fn name(text: &str) -> Part {
    Name(text.to_owned()).into()
}

/// A new box of this person's, at the origin.
pub(crate) fn made(party: &mut Party, who: usize) -> ThingId {
    let thing = party.next_thing(who);
    let parts = vec![placed(0.0), holm_document::part::Shape::Box.into(), painted(0)];
    party.at_once(who, Act::Make { thing, parts }).unwrap();
    thing
}

/// How far to the right a thing is.
pub(crate) fn at(state: &State, thing: ThingId) -> f32 {
    match state.thing(thing).and_then(|thing| thing.part(PartKind::Place)) {
        Some(Part::Place(place)) => place.position[0],
        other => panic!("{other:?}"),
    }
}

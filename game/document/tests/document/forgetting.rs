//! Whoever left nothing behind is forgotten, by a fact; whoever did is not, and nobody's past comes to be another's.

use super::crash::MemoryDisk;
use super::people::{Party, account, made, painted, placed, set};
use holm_document::arrival::{Arrival, Arriving};
use holm_document::store::Store;
use holm_document::{Act, Deed, Fact, Order, PersonNo, Refusal, Role};
use proptest::prelude::*;

impl Party {
    /// Whoever is not among these numbers, and left nothing.
    pub(super) fn forget(&mut self, present: &[u32]) -> Vec<u32> {
        self.settle();
        let is_here = |person: PersonNo| present.contains(&person.0);
        let Some(fact) = self.keeper.forget(&is_here, self.now) else {
            return Vec::new();
        };
        let gone = fact.deeds.iter().map(|deed| match deed {
            Deed::Forgotten { person } => person.0,
            other => panic!("{other:?}"),
        });
        let gone = gone.collect();
        self.told(fact);
        gone
    }

    pub(super) fn meets(&mut self, who: u8) -> PersonNo {
        let (person, fact) = self.keeper.meet(&account(who), self.now).unwrap();
        if let Some(fact) = fact {
            self.told(fact);
        }
        person
    }

    /// Everybody hears it.
    pub(super) fn told(&mut self, fact: Fact) {
        for replica in &mut self.replicas {
            replica.hear(std::slice::from_ref(&fact), self.now.secs).unwrap();
        }
        self.facts.push(fact);
    }

    /// Things and people have left the past by which they could come back.
    pub(super) fn long_ago(&mut self) {
        let state = self.keeper.state().clone();
        self.keeper = holm_document::Keeper::new(state, holm_document::History::default());
    }
}

#[test]
fn only_who_left_nothing_is_forgotten() {
    let mut party = Party::new(9, 1);
    let person = PersonNo;
    let order = |party: &mut Party, who, order| party.at_once(who, Act::Order(order)).unwrap();
    made(&mut party, 1); // has something
    party.rank(2, Role::Builder); // is somebody
    order(
        &mut party,
        0,
        Order::Ban {
            person: person(3),
            banned: true,
        },
    );
    order(
        &mut party,
        0,
        Order::Block {
            person: person(4),
            blocked: true,
        },
    );
    order(
        &mut party,
        5,
        Order::Block {
            person: person(0),
            blocked: true,
        },
    );
    order(
        &mut party,
        0,
        Order::Silence {
            person: person(6),
            until_secs: 5,
        },
    );
    assert_eq!(party.forget(&[7]), [8]);
    assert_eq!(party.forget(&[]), [7]);
    assert_eq!(party.forget(&[]), Vec::<u32>::new());
    for who in 0..9 {
        assert_eq!(party.seen(who).digest(), party.keeper.state().digest());
    }
    let state = party.keeper.state();
    assert!(state.person(person(8)).is_none() && state.number_of(&account(8)).is_none());
    // What is wished by nobody, or for nobody.
    assert_eq!(party.at_host(8, vec![]), Err(Refusal::Nobody));
    let thing = made(&mut party, 1);
    let to = person(8);
    assert_eq!(party.at_once(1, Act::Give { thing, to }), Err(Refusal::Nobody));
    // Who comes back is somebody new: no number is given twice.
    assert_eq!(party.meets(8), person(9));
    assert_eq!(party.meets(1), person(1));
}

#[test]
fn who_can_be_taken_back_or_has_said_something_is_remembered() {
    let mut party = Party::new(4, 1);
    for who in 1..4 {
        party.rank(who, Role::Builder);
    }
    let wall = made(&mut party, 0);
    let gone = made(&mut party, 1);
    party.at_once(1, Act::Remove { thing: gone }).unwrap();
    party.at_once(2, set(wall, painted(2))).unwrap();
    let given = made(&mut party, 3);
    party
        .at_once(
            3,
            Act::Give {
                thing: given,
                to: PersonNo(0),
            },
        )
        .unwrap();
    for who in 1..4 {
        party.rank(who, Role::Guest);
    }
    assert_eq!(
        party.forget(&[]),
        Vec::<u32>::new(),
        "all of it can still be taken back"
    );
    party.long_ago();
    // What is painted bears a name, and so does what was made and given away.
    assert_eq!(party.forget(&[]), [1]);
    party.at_once(0, set(wall, painted(3))).unwrap();
    party.at_once(0, Act::Remove { thing: given }).unwrap();
    party.long_ago();
    assert_eq!(party.forget(&[]), [2, 3]);
}

#[test]
fn of_very_many_visitors_some_are_forgotten_at_a_time_and_all_in_the_end() {
    let mut party = Party::new(1, 1);
    for number in 0..20_000u32 {
        let key = *blake3::hash(&number.to_le_bytes()).as_bytes();
        party.keeper.meet(&key, party.now).unwrap();
    }
    let mut facts = 0;
    while party.keeper.state().people().len() > 2 && facts < 100 {
        let stays = |person: PersonNo| person == PersonNo(12_345);
        if let Some(fact) = party.keeper.forget(&stays, party.now) {
            assert!(postcard::to_stdvec(&fact).unwrap().len() < 5_000);
        }
        facts += 1;
    }
    let left: Vec<_> = party
        .keeper
        .state()
        .people()
        .map(|(person, _)| person.0)
        .collect();
    assert_eq!((left, facts), (vec![0, 12_345], 20));
}

#[test]
fn forgetting_that_could_not_be_kept_has_not_been() {
    let mut party = Party::new(3, 1);
    let before = (party.keeper.state().digest(), party.keeper.state().newest());
    assert!(party.keeper.forget(&|_| false, party.now).is_some());
    party.keeper.meet(&account(1), party.now).unwrap();
    party.keeper.take_out(before.1 + 1);
    let state = party.keeper.state();
    assert_eq!((state.digest(), state.newest()), before);
    assert_eq!(state.number_of(&account(1)), Some(PersonNo(1)));
}

#[test]
fn a_told_forgetting_of_who_has_something_changes_nothing() {
    let mut party = Party::new(2, 1);
    let thing = made(&mut party, 1);
    let mut state = party.keeper.state().clone();
    let fact = Fact {
        number: state.newest() + 1,
        by: PersonNo(0),
        at_secs: 0,
        wish: 0,
        way: holm_document::Way::Done,
        deeds: [0, 1, 7, u32::MAX]
            .map(|person| Deed::Forgotten {
                person: PersonNo(person),
            })
            .to_vec(),
    };
    let trace = state.apply(&fact);
    assert!(trace.is_empty());
    assert_eq!(state.thing(thing).unwrap().owner, PersonNo(1));
    assert_eq!(state.people().len(), 2);
}

proptest! {
    /// People come, build, give, go, are forgotten and come back, in any order: host, guests, a newcomer, and the world
    /// opened from its files have the same digest; the world never names anybody whom it does not know; and everything can be
    /// taken back to the first day.
    #[test]
    fn host_guest_newcomer_and_files_forget_the_same(
        steps in proptest::collection::vec((0..12u8, 0..8u8, 0..8u8), 1..80),
        long_ago in any::<bool>(),
    ) {
        let mut party = Party::new(1, 3);
        let disk = MemoryDisk::default();
        let mut store = Store::create(disk.clone(), [1; 16], party.keeper.state(), party.keeper.history()).unwrap();
        let mut kept = 0;
        let numbers = |party: &Party| party.keeper.state().people().map(|(person, _)| person).collect::<Vec<_>>();
        for (what, whose, which) in steps {
            party.later(1);
            let people = numbers(&party);
            let who = people[usize::from(whose) % people.len()];
            let other = people[usize::from(which) % people.len()];
            let thing = {
                let things: Vec<_> = party.keeper.state().things().map(|(id, _)| *id).collect();
                things.get(usize::from(which) % things.len().max(1)).copied()
            };
            let act = match (what, thing) {
                (0..=2, _) => {
                    party.meets(whose);
                    continue;
                }
                (3, _) => {
                    party.forget(&[u32::from(which)]);
                    continue;
                }
                (4, _) => {
                    store.append(&party.facts[kept..]).unwrap();
                    kept = party.facts.len();
                    party.keeper.kept();
                    store.compact(party.keeper.state(), party.keeper.history()).unwrap();
                    continue;
                }
                (5, _) | (_, None) => Act::Make {
                    thing: holm_document::ThingId { maker: who, serial: party.keeper.state().serial(who) + 1 },
                    parts: vec![placed(1.0)],
                },
                (6, Some(thing)) => Act::Remove { thing },
                (7, Some(thing)) => Act::Give { thing, to: other },
                (8, _) => Act::Undo { within: None },
                (9, _) => Act::Order(Order::Block { person: other, blocked: which % 2 == 0 }),
                (10, _) => Act::RollBack { person: other, secs: 20 },
                (_, Some(thing)) => set(thing, painted(which)),
            };
            let wish = holm_document::Wish { number: 1, acts: vec![act] };
            if let Ok(Some(fact)) = party.keeper.wish(who, &wish, party.now) {
                party.told(fact);
            }
            let state = party.keeper.state();
            for (id, thing) in state.things() {
                prop_assert!(state.person(id.maker).is_some() && state.person(thing.owner).is_some());
                prop_assert!(thing.parts().iter().all(|held| state.person(held.by).is_some()));
            }
        }
        store.append(&party.facts[kept..]).unwrap();
        let digest = party.keeper.state().digest();
        prop_assert_eq!(party.seen(0).digest(), digest);
        let (_, opened, history, _) = Store::open(disk).unwrap();
        prop_assert_eq!(opened.digest(), digest);
        let mut arrival = Arrival::new([0.0; 3]);
        let mut arriving = Arriving::default();
        while let Some(piece) = arrival.next(party.keeper.state(), 60) {
            arriving.piece(piece).unwrap();
        }
        let replica = arriving.done(&account(0)).unwrap().unwrap();
        prop_assert_eq!(replica.state().digest(), digest);
        if long_ago {
            let mut keeper = holm_document::Keeper::new(opened, history);
            keeper.take_out(1);
            prop_assert_eq!(keeper.state().digest(), holm_document::State::new(account(0)).digest());
            prop_assert_eq!(keeper.state().people().len(), 1);
        }
    }
}

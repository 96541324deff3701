//! A world is as it was in a version that somebody kept: for everybody, whoever was forgotten meanwhile, and until that is taken
//! back; and what is kept as a version is listed, opened, and never mistaken for another.

use super::crash::MemoryDisk;
use super::people::{Party, account, made, name, painted, placed, set};
use super::together::{act, step};
use holm_document::part::Attach;
use holm_document::store::{Disk, Store};
use holm_document::version::{self, VersionError, VersionNo};
use holm_document::{
    Act, Capability, History, Keeper, Now, Order, Part, PersonNo, Refusal, Role, State, ThingId, Way, Wish,
    limits,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

const WORLD: [u8; 16] = *b"a world restored";

/// What one can see of a world's things, with people by their accounts.
type Content = BTreeMap<([u8; 32], u32), ([u8; 32], Vec<Part>, Option<([u8; 32], u32)>)>;

fn content(state: &State) -> Content {
    let who = |person: PersonNo| state.person(person).unwrap().account;
    let id = |id: ThingId| (who(id.maker), id.serial);
    let things = state.things().map(|(of, thing)| {
        let mut parts: Vec<Part> = thing.parts().iter().map(|held| held.part.clone()).collect();
        let on = parts.iter().find_map(|part| match part {
            Part::Attach(attach) => Some(id(attach.to)),
            _ => None,
        });
        parts.retain(|part| !matches!(part, Part::Attach(_)));
        (id(*of), (who(thing.owner), parts, on))
    });
    things.collect()
}

impl Party {
    /// Until there is nothing more; how many facts it took.
    fn restore(&mut self, who: u32, old: &State) -> usize {
        self.settle();
        for facts in 0.. {
            self.later(1);
            let Some(fact) = self.keeper.restore(PersonNo(who), 0, old, self.now).unwrap() else {
                return facts;
            };
            assert!(facts < 10 && fact.check().is_ok());
            assert_eq!(fact.way, Way::Restored { fact: old.newest() });
            self.told(fact);
        }
        unreachable!()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    /// Random wishes, a version, random wishes: restored, everything is as it was in it, for everybody and in the files; and
    /// taken back, as it was before.
    #[test]
    fn things_are_as_they_were_and_taken_back_as_they_are(
        before in proptest::collection::vec(step(4), 1..60),
        after in proptest::collection::vec(step(4), 1..60),
        seed in any::<u64>(),
        forgets in any::<bool>(),
    ) {
        let mut party = Party::new(4, seed);
        let mut disk = MemoryDisk::default();
        let state = party.keeper.state();
        let mut store = Store::create(disk.clone(), WORLD, &State::new(account(0)), &History::default()).unwrap();
        let mut kept = state.newest();
        store.append(&party.facts).unwrap();
        for step in &before {
            act(&mut party, step);
            party.later(1);
        }
        party.settle();
        let number = version::save(&mut disk, &WORLD, party.keeper.state(), "then", account(0), 5).unwrap();
        let then = content(party.keeper.state());
        for step in &after {
            act(&mut party, step);
            party.later(1);
        }
        party.settle();
        if forgets {
            // Nobody remembers the past any more, so that people can be forgotten who were somebody then.
            party.long_ago();
            party.forget(&[0]);
        }
        let powers = |state: &State| {
            let people = state.people().map(|(number, standing)| (number, standing.clone()));
            (state.powers().clone(), people.collect::<BTreeMap<_, _>>())
        };
        let (now, mighty) = (content(party.keeper.state()), powers(party.keeper.state()));
        let (about, old) = version::open(&disk, &WORLD, number).unwrap();
        prop_assert_eq!((about.digest, about.things as usize), (old.digest(), then.len()));
        let facts = party.restore(0, &old);
        prop_assert_eq!(&content(party.keeper.state()), &then);
        // Whoever was there has the powers that they had.
        let after = powers(party.keeper.state());
        prop_assert_eq!(after.0, mighty.0);
        for (person, standing) in mighty.1 {
            prop_assert_eq!(after.1.get(&person), Some(&standing));
        }
        for who in 0..4 {
            prop_assert_eq!(party.seen(who).digest(), party.keeper.state().digest());
        }
        prop_assert_eq!(party.restore(0, &old), 0);
        for (id, thing) in party.keeper.state().things() {
            let known = |person| party.keeper.state().person(person).is_some();
            prop_assert!(known(id.maker) && known(thing.owner));
            prop_assert!(thing.parts().iter().all(|held| known(held.by)));
            prop_assert!(id.serial <= party.keeper.state().serial(id.maker));
        }
        kept = kept.min(party.facts.len() as u64);
        store.append(&party.facts[kept as usize..]).unwrap();
        let (_, opened, history, _) = Store::open(disk).unwrap();
        prop_assert_eq!(opened.digest(), party.keeper.state().digest());
        let last = history.past().next_back().map(|past| past.fact.way);
        let told = matches!(last, Some(Way::Restored { .. }));
        prop_assert!(facts == 0 || told);
        for _ in 0..facts {
            party.at_once(0, Act::Undo { within: None }).unwrap();
        }
        prop_assert_eq!(content(party.keeper.state()), now);
    }
}

#[test]
fn who_was_forgotten_has_their_things_again_and_stays_what_anybody_is() {
    let mut party = Party::new(3, 1);
    party.rank(1, Role::Builder);
    let table = made(&mut party, 1);
    let cup = made(&mut party, 2);
    let hangs = |to| set(cup, Attach { to }.into());
    party.rank(2, Role::Builder);
    party.at_once(2, hangs(table)).unwrap();
    let old = party.keeper.state().clone();
    party.at_once(0, Act::Remove { thing: table }).unwrap();
    party.rank(1, Role::Guest);
    party.rank(2, Role::Guest);
    party.long_ago();
    assert_eq!(party.forget(&[0, 2]), [1]);
    assert_eq!(party.restore(0, &old), 1);
    let state = party.keeper.state();
    let again = state.number_of(&account(1)).unwrap();
    assert_eq!(again, PersonNo(3), "a new number");
    assert_eq!(state.person(again).unwrap().role, Role::Guest);
    let back = ThingId {
        maker: again,
        ..table
    };
    assert_eq!(state.thing(back).unwrap().owner, again);
    assert_eq!(holm_document::rules::hangs_on(state, cup), Some(back));
    // What they make next has a number of its own.
    assert_eq!(party.keeper_next(3).serial, 2);
}

#[test]
fn only_who_may_change_settings_restores_and_a_banned_owner_stays_banned() {
    let mut party = Party::new(3, 1);
    let thing = made(&mut party, 1);
    party.rank(2, Role::Moderator);
    let old = party.keeper.state().clone();
    let order = |order| Act::Order(order);
    let ban = Order::Ban {
        person: PersonNo(1),
        banned: true,
    };
    party
        .many_at_once(0, vec![Act::Remove { thing }, order(ban)])
        .unwrap();
    for who in [1, 2] {
        let refused = party.keeper.restore(PersonNo(who), 0, &old, party.now);
        assert_eq!(refused, Err(Refusal::NotAllowed(Capability::Settings)));
    }
    assert_eq!(party.restore(0, &old), 1);
    let state = party.keeper.state();
    assert_eq!(state.thing(thing).unwrap().owner, PersonNo(1));
    assert!(state.person(PersonNo(1)).unwrap().banned);
}

#[test]
fn more_than_one_fact_holds_comes_back_in_some_and_goes_again_in_as_many() {
    let mut keeper = Keeper::new(State::new(account(0)), History::default());
    let mut now = Now {
        since_start: Duration::ZERO,
        secs: 9,
    };
    let count = 2 * limits::ROLLED_BACK + 100;
    let mut wish = |keeper: &mut Keeper, acts: Vec<Act>| {
        (now.secs, now.since_start) = (now.secs + 60, now.since_start + Duration::from_secs(60));
        keeper.wish(PersonNo(0), &Wish { number: 1, acts }, now).unwrap();
    };
    let thing = |serial: usize| ThingId {
        maker: PersonNo(0),
        serial: serial as u32,
    };
    let all: Vec<usize> = (1..=count).collect();
    for some in all.chunks(limits::ACTS) {
        let parts = || vec![placed(1.0)];
        let make = some.iter().map(|serial| Act::Make {
            thing: thing(*serial),
            parts: parts(),
        });
        wish(&mut keeper, make.collect());
    }
    let old = keeper.state().clone();
    for some in all.chunks(limits::ACTS) {
        let remove = some.iter().map(|serial| Act::Remove {
            thing: thing(*serial),
        });
        wish(&mut keeper, remove.collect());
    }
    let mut facts = 0;
    while let Some(fact) = keeper.restore(PersonNo(0), 0, &old, Now::default()).unwrap() {
        assert!(fact.deeds.len() <= limits::ROLLED_BACK && fact.check().is_ok());
        facts += 1;
    }
    assert_eq!((facts, content(keeper.state())), (3, content(&old)));
    for _ in 0..facts {
        wish(&mut keeper, vec![Act::Undo { within: None }]);
    }
    assert_eq!(keeper.state().things().len(), 0);
}

#[test]
fn versions_are_listed_by_their_names_and_go_when_they_are_told_to() {
    let mut disk = MemoryDisk::default();
    let mut party = Party::new(2, 1);
    let thing = made(&mut party, 1);
    let save = |disk: &mut MemoryDisk, party: &Party, name: &str| {
        version::save(disk, &WORLD, party.keeper.state(), name, account(1), 77)
    };
    let first = save(&mut disk, &party, "  Before the party ").unwrap();
    let digest = party.keeper.state().digest();
    party.at_once(1, set(thing, painted(9))).unwrap();
    let second = save(&mut disk, &party, "../../etc/passwd").unwrap();
    assert_eq!(disk.names(), ["version-0000000001", "version-0000000002"]);
    let told = version::list(&disk).unwrap();
    let told: Vec<_> = told
        .into_iter()
        .map(|(number, about)| (number, about.unwrap()))
        .collect();
    assert_eq!([told[0].0, told[1].0], [first, second]);
    let about = &told[0].1;
    assert_eq!(
        (about.name.as_str(), about.at_secs, about.by),
        ("Before the party", 77, account(1))
    );
    assert_eq!((about.things, about.digest, about.newest), (1, digest, 2));
    assert_eq!(version::open(&disk, &WORLD, first).unwrap().1.digest(), digest);
    assert!(matches!(
        save(&mut disk, &party, "Before the party"),
        Err(VersionError::NameTaken)
    ));
    let long = "ä".repeat(limits::NAME_CHARS + 1);
    for bad in ["", "  ", "two\nlines", "a\u{202E}b", "\u{7}", &long] {
        assert!(
            matches!(save(&mut disk, &party, bad), Err(VersionError::BadName)),
            "{bad:?}"
        );
    }
    let other = version::open(&disk, b"another world ..", first);
    assert!(matches!(other, Err(VersionError::AnothersWorld)));
    version::remove(&mut disk, first).unwrap();
    assert!(matches!(
        version::remove(&mut disk, first),
        Err(VersionError::NotThere)
    ));
    assert!(matches!(
        version::open(&disk, &WORLD, first),
        Err(VersionError::NotThere)
    ));
    // Numbers go on, as many as there may be.
    for number in 3..=limits::VERSIONS as u64 + 1 {
        assert_eq!(
            save(&mut disk, &party, &format!("{number}")).unwrap(),
            VersionNo(number)
        );
    }
    assert!(matches!(
        save(&mut disk, &party, "more"),
        Err(VersionError::TooMany)
    ));
    // A world that opens beside them is not disturbed.
    let state = party.keeper.state();
    Store::create(disk.clone(), WORLD, state, party.keeper.history()).unwrap();
    let (_, opened, _, found) = Store::open(disk).unwrap();
    assert_eq!((opened.digest(), found.damaged), (state.digest(), Vec::new()));
}

#[test]
fn a_version_with_one_flipped_bit_is_not_opened_and_says_so() {
    let mut disk = MemoryDisk::default();
    let mut party = Party::new(2, 1);
    let thing = made(&mut party, 1);
    party.at_once(1, set(thing, name("a"))).unwrap();
    let state = party.keeper.state();
    let number = version::save(&mut disk, &WORLD, state, "whole", account(1), 77).unwrap();
    let bytes = disk.read("version-0000000001").unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut bad = bytes.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        disk.write("version-0000000001", &bad).unwrap();
        assert!(
            matches!(
                version::open(&disk, &WORLD, number),
                Err(VersionError::NotRead(_))
            ),
            "bit {bit}"
        );
        assert_eq!(version::list(&disk).unwrap().len(), 1);
    }
    for len in 0..bytes.len() {
        disk.write("version-0000000001", &bytes[..len]).unwrap();
        assert!(version::open(&disk, &WORLD, number).is_err());
    }
}

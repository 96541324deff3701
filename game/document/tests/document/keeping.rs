//! A guest keeps a copy of the world as they have it: the same things, their own world, and nobody's power with it.

use super::crash::MemoryDisk;
use super::people::{Party, account, name, placed, set};
use holm_document::part::{Attach, Lock};
use holm_document::power::{Capabilities, Line};
use holm_document::store::Store;
use holm_document::theirs::{NotTheirs, copy};
use holm_document::{
    Act, Capability, Deed, Fact, Keeper, Order, PersonNo, Powers, Quota, Role, State, ThingId, Way, Wish,
};

const NEW: [u8; 16] = *b"the new world id";

fn things(state: &State) -> Vec<(ThingId, holm_document::Thing)> {
    let things = state.things();
    things.map(|(id, thing)| (*id, thing.clone())).collect()
}

fn orders(party: &mut Party, orders: impl IntoIterator<Item = Order>) {
    party
        .many_at_once(0, orders.into_iter().map(Act::Order).collect())
        .unwrap();
}

/// Four people, of whom the host ranked two; things that hang on each other, one of them locked.
fn world() -> Party {
    let mut party = Party::new(4, 1);
    party.rank(2, Role::Moderator);
    party.rank(3, Role::Builder);
    let mut last = None;
    for who in [1, 2, 3, 1] {
        let thing = party.next_thing(who);
        let parts = vec![placed(who as f32), name(&format!("of {who}"))];
        party.at_once(who, Act::Make { thing, parts }).unwrap();
        if let Some(to) = last.replace(thing) {
            party.at_once(2, set(thing, Attach { to }.into())).unwrap();
        }
    }
    party.at_once(1, set(last.unwrap(), Lock.into())).unwrap();
    party
}

#[test]
fn a_copy_opened_again_has_the_same_things_and_is_its_keepers() {
    let mut party = world();
    // On its way, and nobody knows what the host will say.
    let thing = party.next_thing(1);
    let parts = vec![placed(9.0), name("not answered")];
    party.wish(1, vec![Act::Make { thing, parts }]);
    assert!(party.seen(1).thing(thing).is_some());
    let confirmed = party.replicas[1].confirmed_state();
    assert_eq!(confirmed.digest(), party.keeper.state().digest());
    let (state, history) = copy(confirmed, account(1), 5_000).unwrap();
    let disk = MemoryDisk::default();
    drop(Store::create(disk.clone(), NEW, &state, &history).unwrap());
    let (store, opened, past, found) = Store::open(disk).unwrap();
    assert_eq!((*store.world(), found.damaged), (NEW, Vec::new()));
    assert_eq!(things(&opened), things(party.keeper.state()));
    assert!(opened.thing(thing).is_none());
    assert_eq!(opened.digest(), state.digest());
    let told: Vec<_> = past
        .past()
        .map(|past| (past.fact.at_secs, past.fact.by))
        .collect();
    assert_eq!(told, [(5_000, PersonNo(1))], "who took it is in its past");
    // Theirs to host: what was another's is theirs to change now, and numbers go on where they were.
    let mut keeper = Keeper::new(opened, past);
    let next = ThingId {
        maker: PersonNo(1),
        serial: keeper.state().serial(PersonNo(1)) + 1,
    };
    assert_eq!(next, thing);
    let others = ThingId {
        maker: PersonNo(2),
        serial: 1,
    };
    let parts = vec![placed(0.0)];
    let wish = Wish {
        number: 1,
        acts: vec![set(others, name("mine")), Act::Make { thing: next, parts }],
    };
    keeper.wish(PersonNo(1), &wish, party.now).unwrap();
}

#[test]
fn ranks_and_rights_of_others_do_not_come_along_and_bans_stay() {
    let mut party = world();
    let all = Capabilities::all();
    let everything = Quota {
        things: u32::MAX,
        ..Quota::default()
    };
    let line = Line {
        may: all,
        quota: everything,
    };
    let role = Role::Guest;
    let person = PersonNo(3);
    orders(
        &mut party,
        [
            Order::Line { role, line },
            Order::Newcomers {
                role: Role::Moderator,
            },
            Order::Except {
                person,
                more: all,
                less: Capabilities::of(&[Capability::Talk]),
            },
            Order::Allot {
                person,
                quota: Some(everything),
            },
            Order::Ban { person, banned: true },
        ],
    );
    // The keeper was silenced, and is a guest like any other.
    let person = PersonNo(1);
    orders(
        &mut party,
        [Order::Silence {
            person,
            until_secs: u64::MAX,
        }],
    );
    party.settle();
    let confirmed = party.replicas[1].confirmed_state();
    let (state, _) = copy(confirmed, account(1), 5_000).unwrap();
    assert_eq!(*state.powers(), Powers::default());
    let people: Vec<_> = state.people().map(|(_, standing)| standing.clone()).collect();
    let [host, me, moderator, builder] = &people[..] else {
        panic!("{people:?}")
    };
    assert_eq!(
        [host, me, moderator, builder].map(|one| one.role),
        [Role::Guest, Role::Owner, Role::Guest, Role::Guest]
    );
    assert_eq!(state.powers().of(me, 5_000), all, "and not silent at home");
    assert!(builder.banned && !host.banned && !moderator.banned);
    assert_eq!((builder.more, builder.quota), (Capabilities::NONE, None));
    assert!(builder.less.has(Capability::Talk), "what takes away stays");
    assert_eq!(state.usage(PersonNo(0)).things, 0);
    assert_eq!(state.usage(PersonNo(2)).things, 1, "what was theirs is");
}

#[test]
fn whoever_the_world_has_not_met_can_own_a_copy_too() {
    let party = world();
    let stranger = [77; 32];
    let (state, _) = copy(party.keeper.state().clone(), stranger, 5_000).unwrap();
    let me = state.number_of(&stranger).unwrap();
    assert_eq!(me, PersonNo(4));
    let owners = state.people().filter(|(_, one)| one.role == Role::Owner);
    assert_eq!(owners.map(|(one, _)| one).collect::<Vec<_>>(), [me]);
}

#[test]
fn what_no_honest_host_tells_is_not_kept() {
    let party = world();
    let mut state = party.keeper.state().clone();
    let ring: Vec<_> = state.things().map(|(id, _)| *id).take(2).collect();
    let hang = |thing, to| Deed::Set {
        thing,
        part: Attach { to }.into(),
    };
    let fact = Fact {
        number: state.newest() + 1,
        by: PersonNo(0),
        at_secs: 0,
        wish: 0,
        way: Way::Done,
        deeds: vec![hang(ring[0], ring[1]), hang(ring[1], ring[0])],
    };
    state.apply(&fact);
    assert_eq!(copy(state, account(1), 5_000).unwrap_err(), NotTheirs::Damaged);
}

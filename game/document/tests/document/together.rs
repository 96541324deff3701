//! Several people build at once, each seeing their own wishes before the host has answered: whatever they do and however
//! late the answers are, everybody ends with the same world; and what is taken back is exactly one's own.

use super::people::{self, Party, at, made, name, painted, placed, set};
use holm_document::journal::Snapshot;
use holm_document::part::{Attach, Name, Paint, Place, Shape};
use holm_document::{
    Act, Capability, Fact, History, Keeper, Now, Order, Part, PartKind, PersonNo, Refusal, Role, State,
    ThingId, Wish,
};
use proptest::prelude::*;

/// What somebody does next, by small numbers.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Make {
        who: usize,
        what: u8,
    },
    Move {
        who: usize,
        which: usize,
        to: i8,
    },
    Colour {
        who: usize,
        which: usize,
        hue: u8,
    },
    Rename {
        who: usize,
        which: usize,
    },
    Hang {
        who: usize,
        which: usize,
        on: usize,
    },
    Remove {
        who: usize,
        which: usize,
    },
    Give {
        who: usize,
        which: usize,
        to: usize,
    },
    Many {
        who: usize,
        from: usize,
        hue: u8,
    },
    Undo {
        who: usize,
        within: Option<usize>,
    },
    Redo {
        who: usize,
    },
    RollBack {
        person: usize,
        secs: u64,
    },
    Rank {
        person: usize,
        role: Role,
    },
    Block {
        who: usize,
        whom: usize,
    },
    Lock {
        locked: bool,
    },
    /// Some messages arrive.
    Wait {
        messages: usize,
    },
}

pub(super) fn step(people: usize) -> impl Strategy<Value = Step> {
    let who = 0..people;
    let which = 0..24usize;
    prop_oneof![
        6 => (who.clone(), any::<u8>()).prop_map(|(who, what)| Step::Make { who, what }),
        6 => (who.clone(), which.clone(), any::<i8>()).prop_map(|(who, which, to)| Step::Move { who, which, to }),
        4 => (who.clone(), which.clone(), any::<u8>()).prop_map(|(who, which, hue)| Step::Colour { who, which, hue }),
        2 => (who.clone(), which.clone()).prop_map(|(who, which)| Step::Rename { who, which }),
        3 => (who.clone(), which.clone(), which.clone()).prop_map(|(who, which, on)| Step::Hang { who, which, on }),
        3 => (who.clone(), which.clone()).prop_map(|(who, which)| Step::Remove { who, which }),
        1 => (who.clone(), which.clone(), who.clone()).prop_map(|(who, which, to)| Step::Give { who, which, to }),
        2 => (who.clone(), which.clone(), any::<u8>()).prop_map(|(who, from, hue)| Step::Many { who, from, hue }),
        6 => (who.clone(), proptest::option::weighted(0.3, which.clone()))
            .prop_map(|(who, within)| Step::Undo { who, within }),
        4 => who.clone().prop_map(|who| Step::Redo { who }),
        1 => (who.clone(), 0..40u64).prop_map(|(person, secs)| Step::RollBack { person, secs }),
        1 => (0..people, prop_oneof![Just(Role::Builder), Just(Role::Guest), Just(Role::Spectator), Just(Role::Moderator)])
            .prop_map(|(person, role)| Step::Rank { person, role }),
        1 => (who.clone(), who.clone()).prop_map(|(who, whom)| Step::Block { who, whom }),
        1 => any::<bool>().prop_map(|locked| Step::Lock { locked }),
        8 => (1..12usize).prop_map(|messages| Step::Wait { messages }),
    ]
}

pub(super) fn act(party: &mut Party, step: &Step) {
    // Of what this person sees just now.
    let thing = |party: &Party, who: usize, which: usize| {
        let things: Vec<ThingId> = party.seen(who).things().map(|(id, _)| *id).collect();
        (!things.is_empty()).then(|| things[which % things.len()])
    };
    let one = |party: &mut Party, who: usize, which: usize, act: &dyn Fn(ThingId) -> Act| {
        if let Some(thing) = thing(party, who, which) {
            party.wish(who, vec![act(thing)]);
        }
    };
    match step {
        Step::Make { who, what } => {
            let id = party.next_thing(*who);
            let parts = vec![placed(f32::from(*what)), Shape::Box.into(), painted(*what)];
            party.wish(*who, vec![Act::Make { thing: id, parts }]);
        }
        Step::Move { who, which, to } => {
            one(party, *who, *which, &|thing| set(thing, placed(f32::from(*to))));
        }
        Step::Colour { who, which, hue } => {
            let newest = party.seen(*who).newest();
            one(party, *who, *which, &|thing| Act::Set {
                thing,
                part: painted(*hue),
                seen: Some(newest),
            });
        }
        Step::Rename { who, which } => {
            one(party, *who, *which, &|thing| {
                set(thing, name(&format!("{who}'s")))
            });
        }
        Step::Hang { who, which, on } => {
            if let Some(on) = thing(party, *who, *on) {
                one(party, *who, *which, &|thing| set(thing, Attach { to: on }.into()));
            }
        }
        Step::Remove { who, which } => one(party, *who, *which, &|thing| Act::Remove { thing }),
        Step::Give { who, which, to } => {
            let to = PersonNo(*to as u32);
            one(party, *who, *which, &|thing| Act::Give { thing, to });
        }
        Step::Many { who, from, hue } => {
            let things: Vec<ThingId> = party.seen(*who).things().map(|(id, _)| *id).collect();
            let acts = things
                .iter()
                .skip(from % 8)
                .take(5)
                .map(|thing| set(*thing, painted(*hue)));
            let acts = acts.collect();
            party.wish(*who, acts);
        }
        Step::Undo { who, within } => {
            let within = within.and_then(|which| thing(party, *who, which));
            party.wish(*who, vec![Act::Undo { within }]);
        }
        Step::Redo { who } => party.wish(*who, vec![Act::Redo { within: None }]),
        Step::RollBack { person, secs } => {
            let person = PersonNo(*person as u32);
            party.wish(0, vec![Act::RollBack { person, secs: *secs }]);
        }
        Step::Rank { person, role } => {
            let order = Order::Rank {
                person: PersonNo(*person as u32),
                role: *role,
            };
            party.wish(0, vec![Act::Order(order)]);
        }
        Step::Block { who, whom } => {
            let order = Order::Block {
                person: PersonNo(*whom as u32),
                blocked: true,
            };
            party.wish(*who, vec![Act::Order(order)]);
        }
        Step::Lock { locked } => party.wish(0, vec![Act::Order(Order::Lock { locked: *locked })]),
        Step::Wait { messages } => {
            for _ in 0..*messages {
                party.carry();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    /// Random wishes of several people, answers at any time: everybody ends with the same world, which is the one that
    /// the facts alone make, with accounts and hashes that were kept in step and not just computed.
    #[test]
    fn everybody_ends_with_the_same_world(steps in proptest::collection::vec(step(4), 1..160), seed in any::<u64>()) {
        let mut party = Party::new(4, seed);
        for step in &steps {
            act(&mut party, step);
            party.later(1);
        }
        party.settle();
        let digest = party.keeper.state().digest();
        for who in 0..4 {
            prop_assert_eq!(party.replicas[who].unanswered(), 0);
            prop_assert_eq!(party.seen(who).digest(), digest, "person {}", who);
        }
        let mut alone = State::new(people::account(0));
        for fact in &party.facts {
            alone.apply(fact);
        }
        prop_assert_eq!(alone.digest(), digest);
        for person in 0..4 {
            prop_assert_eq!(alone.usage(PersonNo(person)), party.keeper.state().usage(PersonNo(person)));
        }
        // And back to the first day, fact by fact.
        let mut keeper = party.keeper.clone();
        keeper.take_out(1);
        prop_assert_eq!(keeper.state().digest(), State::new(people::account(0)).digest());
    }

    /// The same with hosts that vanish, and whoever goes on from what reached them: everybody ends with one world, the same for whoever
    /// went on from the first fact, with one past.
    #[test]
    fn a_world_outlives_its_hosts(
        steps in proptest::collection::vec((step(4), proptest::option::weighted(0.06, 0..4_usize)), 1..160),
        seed in any::<u64>(),
    ) {
        let mut party = Party::new(4, seed);
        for (step, goes_on) in &steps {
            act(&mut party, step);
            party.later(1);
            if let Some(heir) = goes_on {
                party.hand_over(*heir);
            }
        }
        party.settle();
        let bytes = |keeper: &Keeper| Snapshot::of(&[7; 16], keeper.state(), keeper.history()).bytes().unwrap();
        let digest = party.keeper.state().digest();
        for who in 0..4 {
            prop_assert_eq!(party.replicas[who].unanswered(), 0);
            prop_assert_eq!(party.seen(who).digest(), digest, "person {}", who);
            prop_assert!(bytes(&party.copies[who]) == bytes(&party.keeper), "the past of person {}", who);
        }
        let mut alone = State::new(people::account(0));
        for fact in &party.facts {
            alone.apply(fact);
        }
        prop_assert_eq!(alone.digest(), digest);
    }

    /// Whatever else happened: all that I did is taken back step by step, and then done again, to the same world, as long
    /// as nobody else touches it.
    #[test]
    fn all_the_way_back_and_forth_again(steps in proptest::collection::vec(step(1), 1..60)) {
        let mut party = Party::new(1, 7);
        for step in &steps {
            if !matches!(step, Step::Undo { .. } | Step::Redo { .. } | Step::RollBack { .. } | Step::Rank { .. }
                | Step::Block { .. } | Step::Lock { .. } | Step::Give { .. }) {
                act(&mut party, step);
            }
        }
        party.settle();
        let shown = |party: &Party| {
            let things = party.keeper.state().things().map(|(id, thing)| {
                let parts = thing.parts().iter().map(|held| held.part.clone()).collect::<Vec<_>>();
                (*id, parts)
            });
            things.collect::<Vec<_>>()
        };
        let end = shown(&party);
        let mut back = 0;
        while party.at_once(0, Act::Undo { within: None }).is_ok() {
            back += 1;
        }
        prop_assert!(shown(&party).is_empty(), "{:?}", shown(&party));
        for _ in 0..back {
            party.at_once(0, Act::Redo { within: None }).unwrap();
        }
        prop_assert_eq!(shown(&party), end);
    }
}

#[test]
fn two_who_move_one_thing_end_with_the_same() {
    let mut party = Party::new(3, 1);
    party.rank(1, Role::Builder);
    party.rank(2, Role::Builder);
    let thing = made(&mut party, 0);
    for (who, x) in [(1, 5.0), (2, 9.0)] {
        party.wish(who, vec![set(thing, placed(x))]);
    }
    // Each sees their own at once.
    assert_eq!((at(party.seen(1), thing), at(party.seen(2), thing)), (5.0, 9.0));
    party.settle();
    let end = at(party.keeper.state(), thing);
    assert!((0..3).all(|who| at(party.seen(who), thing) == end));
}

#[test]
fn who_changes_what_somebody_else_just_changed_is_told() {
    let mut party = Party::new(3, 1);
    party.rank(1, Role::Builder);
    party.rank(2, Role::Builder);
    let thing = made(&mut party, 0);
    let seen = Some(party.keeper.state().newest());
    for who in [1, 2] {
        party.wish(
            who,
            vec![Act::Set {
                thing,
                part: name("mine now"),
                seen,
            }],
        );
    }
    party.settle();
    assert_eq!(party.refusals.len(), 1);
    assert!(matches!(party.refusals[0], (_, Refusal::Stale)));
}

#[test]
fn all_of_a_wish_happens_or_none() {
    let mut party = Party::new(2, 1);
    let mine = made(&mut party, 1);
    let theirs = made(&mut party, 0);
    let before = party.keeper.state().digest();
    let both = [mine, theirs].map(|thing| set(thing, painted(9)));
    let why = party.many_at_once(1, both.to_vec());
    assert_eq!(why, Err(Refusal::NotAllowed(Capability::EditOthers)));
    assert_eq!(party.keeper.state().digest(), before);
}

#[test]
fn what_i_take_back_leaves_what_others_changed_since() {
    let mut party = Party::new(2, 1);
    party.rank(1, Role::Builder);
    let thing = made(&mut party, 0);
    let paint = |hue| set(thing, painted(hue));
    party.at_once(0, paint(1)).unwrap();
    party.at_once(0, set(thing, placed(4.0))).unwrap();
    party.at_once(1, paint(2)).unwrap();
    let colour = |party: &Party| {
        party
            .keeper
            .state()
            .thing(thing)
            .unwrap()
            .part(PartKind::Paint)
            .cloned()
    };
    // My step, then my first colour, over which theirs lies: that is no step of mine any more; then the thing itself, which
    // they have painted: it stays.
    party.at_once(0, Act::Undo { within: None }).unwrap();
    assert_eq!(at(party.keeper.state(), thing), 0.0);
    assert_eq!(
        party.at_once(0, Act::Undo { within: None }),
        Err(Refusal::Nothing)
    );
    assert_eq!(colour(&party), Some(painted(2)));
    // They take theirs back, and mine is there again, and can be taken back.
    party.at_once(1, Act::Undo { within: None }).unwrap();
    assert_eq!(colour(&party), Some(painted(1)));
    party.at_once(0, Act::Undo { within: None }).unwrap();
    assert_eq!(colour(&party), Some(painted(0)));
}

#[test]
fn undo_within_a_thing_leaves_my_other_things() {
    let mut party = Party::new(1, 1);
    let (first, second) = (made(&mut party, 0), made(&mut party, 0));
    party
        .many_at_once(0, vec![set(first, painted(5)), set(second, painted(5))])
        .unwrap();
    party.at_once(0, Act::Undo { within: Some(first) }).unwrap();
    let colour = |party: &Party, thing| {
        party
            .keeper
            .state()
            .thing(thing)
            .unwrap()
            .part(PartKind::Paint)
            .cloned()
    };
    assert_eq!(
        (colour(&party, first), colour(&party, second)),
        (Some(painted(0)), Some(painted(5)))
    );
    // The rest of the same step is still mine to take back.
    party.at_once(0, Act::Undo { within: None }).unwrap();
    assert_eq!(colour(&party, second), Some(painted(0)));
}

#[test]
fn a_tree_is_removed_and_comes_back_whole() {
    let mut party = Party::new(1, 1);
    let [root, branch, leaf] = [0; 3].map(|_| made(&mut party, 0));
    let hang = |thing, to| Act::Set {
        thing,
        part: Attach { to }.into(),
        seen: None,
    };
    party.at_once(0, hang(branch, root)).unwrap();
    party.at_once(0, hang(leaf, branch)).unwrap();
    assert_eq!(party.at_once(0, hang(root, leaf)), Err(Refusal::Ring));
    let whole = party.keeper.state().clone();
    party.at_once(0, Act::Remove { thing: root }).unwrap();
    assert_eq!(party.keeper.state().things().len(), 0);
    party.at_once(0, Act::Undo { within: None }).unwrap();
    assert_eq!(party.keeper.state().things().len(), 3);
    assert_eq!(
        party.keeper.state().hanging_on(root).collect::<Vec<_>>(),
        whole.hanging_on(root).collect::<Vec<_>>()
    );
    // And on from there as if nothing had been.
    party.at_once(0, Act::Undo { within: None }).unwrap();
    assert_eq!(party.keeper.state().hanging_on(branch).count(), 0);
}

#[test]
fn what_is_taken_back_makes_no_ring_and_hangs_on_nothing_that_is_gone() {
    let mut party = Party::new(1, 1);
    let [x, y] = [0; 2].map(|_| made(&mut party, 0));
    let hang = |thing, to| set(thing, Attach { to }.into());
    let kind = PartKind::Attach;
    party.at_once(0, hang(x, y)).unwrap();
    party.at_once(0, Act::Clear { thing: x, kind }).unwrap();
    party.at_once(0, hang(y, x)).unwrap();
    // To hang x on y again, y would have to let go first.
    let within = Some(x);
    let _ = party.at_once(0, Act::Undo { within });
    assert_eq!(
        party.keeper.state().thing(x).and_then(|thing| thing.part(kind)),
        None
    );
    party.at_once(0, Act::Remove { thing: x }).unwrap();
    assert_eq!(party.keeper.state().things().len(), 0);

    let [shelf, cup] = [0; 2].map(|_| made(&mut party, 0));
    party.at_once(0, hang(cup, shelf)).unwrap();
    party.at_once(0, Act::Clear { thing: cup, kind }).unwrap();
    party.at_once(0, Act::Remove { thing: shelf }).unwrap();
    let within = Some(cup);
    let _ = party.at_once(0, Act::Undo { within });
    assert_eq!(
        party.keeper.state().thing(cup).and_then(|thing| thing.part(kind)),
        None
    );
}

#[test]
fn what_is_gone_by_anothers_hand_stays_gone() {
    let mut party = Party::new(2, 1);
    party.rank(1, Role::Builder);
    let thing = made(&mut party, 0);
    let kind = PartKind::Name;
    party.at_once(0, set(thing, name("mine"))).unwrap();
    party.at_once(0, Act::Clear { thing, kind }).unwrap();
    party.at_once(1, set(thing, name("theirs"))).unwrap();
    party.at_once(1, Act::Clear { thing, kind }).unwrap();
    // My clearing lies under theirs: what is left to take back is the thing itself, which they have touched in between
    // and left as it was.
    let _ = party.at_once(0, Act::Undo { within: None });
    assert!(
        party
            .keeper
            .state()
            .thing(thing)
            .is_none_or(|thing| thing.part(kind).is_none())
    );
}

#[test]
fn a_clock_that_is_set_back_hides_no_vandal() {
    let mut party = Party::new(2, 1);
    party.later(10_000);
    let thing = made(&mut party, 1);
    party.now.secs -= 5_000;
    let second = made(&mut party, 1);
    let command = Act::RollBack {
        person: PersonNo(1),
        secs: 60,
    };
    party.at_once(0, command).unwrap();
    let state = party.keeper.state();
    assert!(state.thing(thing).is_none() && state.thing(second).is_none());
}

#[test]
fn what_others_hung_on_what_goes_stays_where_it_was_seen() {
    let mut party = Party::new(3, 1);
    party.rank(1, Role::Builder);
    party.rank(2, Role::Builder);
    let hang = |thing, to| set(thing, Attach { to }.into());
    // A vandal's tower, with a friend's pebble on it.
    let tower = made(&mut party, 1);
    party.at_once(1, set(tower, placed(7.0))).unwrap();
    let pebble = made(&mut party, 2);
    party
        .many_at_once(2, vec![hang(pebble, tower), set(pebble, placed(2.0))])
        .unwrap();
    let command = Act::RollBack {
        person: PersonNo(1),
        secs: 3_600,
    };
    party.at_once(0, command).unwrap();
    let state = party.keeper.state();
    assert!(state.thing(tower).is_none());
    assert_eq!(state.thing(pebble).unwrap().part(PartKind::Attach), None);
    assert_eq!(at(state, pebble), 9.0);
    // And a guest removes what is theirs, whatever a builder hung on it.
    party.rank(1, Role::Guest);
    let table = made(&mut party, 1);
    let cup = made(&mut party, 2);
    party.at_once(2, hang(cup, table)).unwrap();
    party.at_once(1, Act::Remove { thing: table }).unwrap();
    assert!(party.keeper.state().thing(cup).is_some());
}

#[test]
fn nobody_gets_more_than_their_quota_by_presents_that_come_and_go() {
    let mut party = Party::new(3, 1);
    let most = party.keeper.state().powers().line(Role::Guest).quota.things;
    let [own, theirs] = [made(&mut party, 1), made(&mut party, 0)];
    let to = PersonNo(1);
    party.at_once(0, Act::Give { thing: theirs, to }).unwrap();
    party.at_once(0, Act::Undo { within: None }).unwrap();
    for _ in 1..most {
        made(&mut party, 1);
        party.later(1);
    }
    assert_eq!(party.at_once(0, Act::Redo { within: None }), Err(Refusal::Quota));
    assert_eq!(party.keeper.state().usage(PersonNo(1)).things, u64::from(most));
    // From whom one blocks one has to take nothing.
    party.at_once(1, Act::Remove { thing: own }).unwrap();
    let block = Order::Block {
        person: PersonNo(0),
        blocked: true,
    };
    party.at_once(1, Act::Order(block)).unwrap();
    assert_eq!(
        party.at_once(0, Act::Give { thing: theirs, to }),
        Err(Refusal::Blocked)
    );
}

#[test]
fn more_than_one_fact_can_hold_is_refused_before_it_is_promised() {
    let mut party = Party::new(1, 1);
    let root = made(&mut party, 0);
    let mut hung = 0;
    while hung <= holm_document::limits::DEEDS {
        let mut acts = Vec::new();
        for _ in 0..2_000 {
            let thing = ThingId {
                maker: PersonNo(0),
                serial: party.keeper.state().serial(PersonNo(0)) + acts.len() as u32 + 1,
            };
            let parts = vec![Attach { to: root }.into()];
            acts.push(Act::Make { thing, parts });
        }
        hung += acts.len();
        party.later(100);
        party.at_host(0, acts).unwrap();
    }
    party.later(1_000);
    assert_eq!(
        party.at_host(0, vec![Act::Remove { thing: root }]),
        Err(Refusal::TooMuch)
    );
    assert_eq!(party.keeper.state().things().len(), hung + 1);
}

#[test]
fn a_vandals_minutes_are_taken_back_with_one_command_and_nothing_of_others() {
    let mut party = Party::new(3, 1);
    party.rank(1, Role::Builder);
    party.rank(2, Role::Builder);
    let house = made(&mut party, 0);
    let garden = made(&mut party, 2);
    party.later(600);
    let fine = party.keeper.state().clone();
    let raid = party.now.secs;
    for _ in 0..50 {
        made(&mut party, 1);
        party.later(1);
    }
    party.at_once(1, set(house, painted(200))).unwrap();
    party.at_once(1, set(house, painted(201))).unwrap();
    party.at_once(1, Act::Remove { thing: garden }).unwrap();
    // Meanwhile somebody else works on.
    party.at_once(2, set(house, painted(77))).unwrap();
    let door = made(&mut party, 2);
    let command = Act::RollBack {
        person: PersonNo(1),
        secs: party.now.secs - raid,
    };
    assert_eq!(
        party.at_once(2, command.clone()),
        Err(Refusal::NotAllowed(Capability::RollBack))
    );
    party.at_once(0, command.clone()).unwrap();
    let state = party.keeper.state();
    let colour = |state: &State, thing| state.thing(thing).unwrap().part(PartKind::Paint).cloned();
    assert_eq!(state.things().len(), 3);
    assert_eq!(
        colour(state, house),
        Some(painted(77)),
        "what somebody else did since"
    );
    assert_eq!(colour(state, garden), colour(&fine, garden));
    assert_eq!(state.thing(garden).unwrap().owner, PersonNo(2));
    assert!(state.thing(door).is_some());
    assert_eq!(party.at_once(0, command), Err(Refusal::Nothing));
    // It was a mistake? Then that is taken back, too.
    party.at_once(0, Act::Undo { within: None }).unwrap();
    assert_eq!(party.keeper.state().things().len(), 2 + 50);
}

#[test]
fn whom_i_block_changes_nothing_of_mine() {
    let mut party = Party::new(3, 1);
    party.rank(1, Role::Builder);
    party.rank(2, Role::Builder);
    let mine = made(&mut party, 1);
    let block = Act::Order(Order::Block {
        person: PersonNo(2),
        blocked: true,
    });
    party.at_once(1, block).unwrap();
    let acts = [
        set(mine, painted(3)),
        Act::Remove { thing: mine },
        Act::Clear {
            thing: mine,
            kind: PartKind::Paint,
        },
        Act::Give {
            thing: mine,
            to: PersonNo(2),
        },
    ];
    for act in acts {
        assert_eq!(party.at_once(2, act), Err(Refusal::Blocked));
    }
    let theirs = made(&mut party, 2);
    let hang = Act::Set {
        thing: theirs,
        part: Attach { to: mine }.into(),
        seen: None,
    };
    assert_eq!(party.at_once(2, hang), Err(Refusal::Blocked));
}

#[test]
fn taking_back_needs_the_same_rights_as_doing() {
    let mut party = Party::new(3, 1);
    party.rank(1, Role::Builder);
    party.rank(2, Role::Builder);
    let thing = made(&mut party, 1);
    party.at_once(2, set(thing, painted(5))).unwrap();
    let block = |blocked| {
        Act::Order(Order::Block {
            person: PersonNo(2),
            blocked,
        })
    };
    let undo = Act::Undo { within: None };
    party.at_once(1, block(true)).unwrap();
    assert_eq!(party.at_once(2, undo.clone()), Err(Refusal::Blocked));
    party.at_once(1, block(false)).unwrap();
    party.rank(2, Role::Guest);
    assert_eq!(
        party.at_once(2, undo.clone()),
        Err(Refusal::NotAllowed(Capability::EditOthers))
    );
    party.rank(2, Role::Builder);
    party.at_once(2, undo.clone()).unwrap();
    // A present is a present.
    let to = PersonNo(2);
    party.at_once(1, Act::Give { thing, to }).unwrap();
    assert_eq!(
        party.at_once(1, undo),
        Err(Refusal::NotAllowed(Capability::RollBack))
    );
    assert_eq!(party.keeper.state().thing(thing).unwrap().owner, to);
}

#[test]
fn quotas_hold_to_the_last_thing_and_taking_back_frees_them() {
    let mut party = Party::new(2, 1);
    let most = party.keeper.state().powers().line(Role::Guest).quota.things;
    for _ in 0..most {
        made(&mut party, 1);
        party.later(1);
    }
    let one_more = |party: &mut Party| {
        let thing = party.next_thing(1);
        let parts = vec![placed(0.0)];
        party.at_once(1, Act::Make { thing, parts })
    };
    assert_eq!(one_more(&mut party), Err(Refusal::Quota));
    party.at_once(1, Act::Undo { within: None }).unwrap();
    assert!(one_more(&mut party).is_ok());
    assert_eq!(
        party.at_once(1, Act::Redo { within: None }),
        Err(Refusal::Nothing),
        "what is new has taken its place"
    );
}

#[test]
fn a_flood_of_wishes_is_told_so_and_others_go_on() {
    let mut party = Party::new(3, 1);
    let mut refused = 0;
    for _ in 0..1_000 {
        let thing = party.keeper_next(1);
        let parts = vec![placed(0.0)];
        if party.at_host(1, vec![Act::Make { thing, parts }]) == Err(Refusal::TooOften) {
            refused += 1;
        }
    }
    assert!(refused >= 800, "{refused}");
    made(&mut party, 2);
}

#[test]
fn no_number_is_given_twice_and_nobody_makes_in_anothers_name() {
    let mut party = Party::new(2, 1);
    let thing = made(&mut party, 1);
    let parts = vec![placed(0.0)];
    let again = Act::Make {
        thing,
        parts: parts.clone(),
    };
    assert_eq!(party.at_host(1, vec![again.clone()]), Err(Refusal::WrongNumber));
    party.at_once(1, Act::Remove { thing }).unwrap();
    assert_eq!(party.at_host(1, vec![again]), Err(Refusal::WrongNumber));
    let other = ThingId {
        maker: PersonNo(0),
        serial: 77,
    };
    assert_eq!(
        party.at_host(1, vec![Act::Make { thing: other, parts }]),
        Err(Refusal::WrongNumber)
    );
}

#[test]
fn ranks_are_given_from_above_only() {
    let mut party = Party::new(3, 1);
    party.rank(1, Role::Moderator);
    let rank = |person: u32, role| {
        Act::Order(Order::Rank {
            person: PersonNo(person),
            role,
        })
    };
    assert_eq!(
        party.at_once(1, rank(2, Role::Builder)),
        Err(Refusal::NotAllowed(Capability::Settings))
    );
    assert_eq!(party.at_once(0, rank(0, Role::Guest)), Err(Refusal::Above));
    let ban = |person| {
        Act::Order(Order::Ban {
            person: PersonNo(person),
            banned: true,
        })
    };
    assert_eq!(party.at_once(1, ban(0)), Err(Refusal::Above));
    assert_eq!(party.at_once(1, ban(1)), Err(Refusal::Above));
    party.at_once(1, ban(2)).unwrap();
    assert_eq!(
        party.at_once(2, rank(2, Role::Owner)),
        Err(Refusal::NotAllowed(Capability::Settings))
    );
    assert!(party.keeper.meet(&people::account(2), party.now).is_err());
}

#[test]
fn a_fact_that_could_not_be_kept_has_not_been() {
    let mut party = Party::new(1, 1);
    made(&mut party, 0);
    let before = (party.keeper.state().digest(), party.keeper.state().newest());
    let thing = made(&mut party, 0);
    party.at_once(0, set(thing, painted(8))).unwrap();
    party.keeper.take_out(before.1 + 1);
    assert_eq!(
        (party.keeper.state().digest(), party.keeper.state().newest()),
        before
    );
    // And taking back goes on with what is there.
    let undo = Wish {
        number: 9,
        acts: vec![Act::Undo { within: None }],
    };
    assert!(party.keeper.wish(PersonNo(0), &undo, party.now).is_ok());
    assert_eq!(party.keeper.state().things().len(), 0);
}

/// What crosses the wire and lies in journals, to the byte: a change of the format has to be seen here first.
#[test]
fn a_fact_is_these_bytes() {
    let mut keeper = Keeper::new(State::new([9; 32]), History::default());
    let thing = ThingId {
        maker: PersonNo(0),
        serial: 1,
    };
    let parts: Vec<Part> = vec![
        Place::default().into(),
        Name("Hut".into()).into(),
        Shape::Box.into(),
        Paint {
            colour: [1, 2, 3, 255],
            roughness: 128,
            metal: 0,
            glow: 0,
        }
        .into(),
    ];
    let wish = Wish {
        number: 3,
        acts: vec![Act::Make { thing, parts }],
    };
    let now = Now {
        secs: 300,
        ..Now::default()
    };
    let fact: Fact = keeper.wish(PersonNo(0), &wish, now).unwrap().unwrap();
    let bytes = postcard::to_stdvec(&fact).unwrap();
    let place = [
        vec![0; 12],
        vec![0; 12],
        1.0f32.to_le_bytes().to_vec(),
        [1.0f32.to_le_bytes(); 3].concat(),
    ];
    let expected = [
        // Number, by, 300 s, wish, done; one deed: made, thing 0/1, owner, four parts.
        vec![1, 0, 0xAC, 2, 3, 0, 1, 0, 0, 1, 0, 4],
        vec![0],
        place.concat(),
        vec![2, 3, b'H', b'u', b't'],
        vec![4, 0],
        vec![5, 1, 2, 3, 255, 128, 0, 0],
    ];
    assert_eq!(bytes, expected.concat());
    assert_eq!(postcard::from_bytes::<Fact>(&bytes).unwrap(), fact);
}

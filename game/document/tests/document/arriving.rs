//! Somebody comes while others build: in the end they have the same world, near things first, and nobody waits.

use super::people::{Party, account, at, made, painted, placed};
use holm_document::arrival::{Arrival, Arriving, NotReceived};
use holm_document::{Act, PersonNo, Role};
use proptest::prelude::*;

proptest! {
    /// Things are made, changed and removed between the pieces, in any order and at any pace.
    #[test]
    fn who_comes_while_others_build_has_the_same_world(
        before in 0..40usize,
        during in proptest::collection::vec((0..5u8, any::<u8>(), 0..40usize), 0..60),
        bytes in 40..2_000usize,
    ) {
        let mut party = Party::new(2, 3);
        party.rank(1, Role::Builder);
        for index in 0..before {
            let who = index % 2;
            let thing = party.keeper_next(who);
            party.at_host(who, vec![Act::Make { thing, parts: vec![placed(index as f32)] }]).unwrap();
            party.later(1);
        }
        let (_, fact) = party.keeper.meet(&account(9), party.now).unwrap();
        prop_assert!(fact.is_some());
        let mut arrival = Arrival::new([0.0; 3]);
        let mut arriving = Arriving::default();
        let mut changes = during.into_iter();
        loop {
            let piece = arrival.next(party.keeper.state(), bytes);
            let over = piece.is_none();
            if let Some(piece) = piece {
                arriving.piece(piece).unwrap();
            }
            for (what, value, which) in changes.by_ref().take(3) {
                let things: Vec<_> = party.keeper.state().things().map(|(id, _)| *id).collect();
                let some = things.get(which % things.len().max(1)).copied();
                let act = match (what, some) {
                    (0, _) | (_, None) => {
                        Act::Make { thing: party.keeper_next(1), parts: vec![placed(f32::from(value))] }
                    }
                    (1, Some(thing)) => Act::Remove { thing },
                    (2, Some(thing)) => Act::Give { thing, to: PersonNo(u32::from(value % 3)) },
                    (3, Some(_)) => Act::Undo { within: None },
                    (_, Some(thing)) => Act::Set { thing, part: painted(value), seen: None },
                };
                let wish = holm_document::Wish { number: 1, acts: vec![act] };
                if let Ok(Some(fact)) = party.keeper.wish(PersonNo(u32::from(what > 0) ^ 1), &wish, party.now) {
                    arriving.fact(&fact).unwrap();
                }
                party.later(1);
            }
            if over {
                break;
            }
        }
        let replica = arriving.done(&account(9)).expect("all was given");
        prop_assert_eq!(replica.state().digest(), party.keeper.state().digest());
        prop_assert_eq!(replica.me(), PersonNo(2));
        for person in 0..3 {
            prop_assert_eq!(replica.state().usage(PersonNo(person)), party.keeper.state().usage(PersonNo(person)));
        }
    }
}

#[test]
fn near_things_come_first_and_each_piece_keeps_to_its_bytes() {
    let mut party = Party::new(1, 3);
    for index in 0..200 {
        let thing = made(&mut party, 0);
        let part = placed((index * 37 % 200) as f32);
        party
            .at_once(
                0,
                Act::Set {
                    thing,
                    part,
                    seen: None,
                },
            )
            .unwrap();
        party.later(1);
    }
    let state = party.keeper.state();
    let mut arrival = Arrival::new([0.0; 3]);
    let mut far = -1.0;
    let mut pieces = 0;
    while let Some(piece) = arrival.next(state, 1_000) {
        pieces += 1;
        assert!(postcard::to_stdvec(&piece).unwrap().len() < 1_050);
        for (thing, _) in &piece.things {
            let at = at(state, *thing);
            assert!(at >= far, "{at} after {far}");
            far = at;
        }
    }
    assert!(pieces > 10 && far > 190.0);
}

#[test]
fn pieces_out_of_order_and_hostile_ones_are_refused() {
    let mut party = Party::new(1, 3);
    let thing = made(&mut party, 0);
    let mut arrival = Arrival::new([0.0; 3]);
    let piece = arrival.next(party.keeper.state(), 10_000).unwrap();
    let mut arriving = Arriving::default();
    let mut headless = piece.clone();
    headless.frame = None;
    assert_eq!(arriving.piece(headless), Err(NotReceived::Order));
    arriving.piece(piece.clone()).unwrap();
    assert_eq!(arriving.piece(piece.clone()), Err(NotReceived::Order));
    let mut fact = party.facts.last().cloned().unwrap();
    assert_eq!(arriving.fact(&fact), Err(NotReceived::Order));
    fact.number = party.keeper.state().newest() + 1;
    fact.deeds = vec![holm_document::Deed::Set {
        thing,
        part: placed(f32::NAN),
    }];
    assert!(matches!(arriving.fact(&fact), Err(NotReceived::Bad(_))));
    let mut nobody = piece;
    if let Some(frame) = &mut nobody.frame {
        frame.people.clear();
    }
    assert!(matches!(
        Arriving::default().piece(nobody),
        Err(NotReceived::Bad(_))
    ));
}

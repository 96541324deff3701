//! Somebody comes while others build: in the end they have the same world, near things first, and nobody waits.

use super::people::{Party, account, at, made, name, painted, placed};
use holm_document::arrival::{Arrival, Arriving, Chunk, LEAST_CHUNK_BYTES, NotReceived};
use holm_document::part::Writing;
use holm_document::replica::Replica;
use holm_document::{
    Act, Deed, Fact, Order, Part, Person, PersonNo, Role, Standing, State, ThingId, Way, Wish, limits,
};
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
        let replica = arriving.done(&account(9)).unwrap().expect("all was given");
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
        assert!(postcard::to_stdvec(&piece).unwrap().len() <= 1_000);
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
    nobody.people.clear();
    assert!(matches!(
        Arriving::default().piece(nobody),
        Err(NotReceived::Bad(_))
    ));
}

/// Everything that `arrival` still gives, to the end or to the first refusal.
fn all(arrival: &mut Arrival, state: &State, arriving: &mut Arriving) -> Result<(), NotReceived> {
    while let Some(piece) = arrival.next(state, 500) {
        arriving.piece(piece)?;
    }
    Ok(())
}

#[test]
fn thousands_of_people_come_in_messages_of_48_kib() {
    const MESSAGE_BYTES: usize = 48 << 10;
    let mut party = Party::new(1, 3);
    let key = |number: u32| *blake3::hash(&number.to_le_bytes()).as_bytes();
    for number in 0..5_000 {
        party.keeper.meet(&key(number), party.now).unwrap();
        party.keeper.kept();
    }
    // And one of them with as long a list as there may be.
    for person in 2..=limits::BLOCKS as u32 + 1 {
        party.later(1);
        let order = Order::Block {
            person: PersonNo(person),
            blocked: true,
        };
        let wish = Wish {
            number: 1,
            acts: vec![Act::Order(order)],
        };
        party.keeper.wish(PersonNo(1), &wish, party.now).unwrap();
    }
    let state = party.keeper.state();
    let mut arrival = Arrival::new([0.0; 3]);
    let mut arriving = Arriving::default();
    let mut pieces = 0;
    while let Some(piece) = arrival.next(state, MESSAGE_BYTES) {
        let bytes = postcard::to_stdvec(&piece).unwrap();
        assert!(bytes.len() <= MESSAGE_BYTES, "{}", bytes.len());
        arriving.piece(postcard::from_bytes(&bytes).unwrap()).unwrap();
        pieces += 1;
    }
    assert!((5..8).contains(&pieces), "{pieces}");
    let replica = arriving.done(&key(4_999)).unwrap().unwrap();
    assert_eq!(replica.state().digest(), state.digest());
    assert_eq!(replica.me(), PersonNo(5_000));
}

#[test]
fn the_longest_person_and_the_longest_thing_fit_in_the_least_piece() {
    let mut party = Party::new(1, 3);
    let thing = party.keeper_next(0);
    let long = "\u{1F600}".repeat(limits::WRITING_CHARS);
    let parts = vec![
        name(&"\u{1F600}".repeat(limits::NAME_CHARS)),
        Writing {
            text: long,
            line_metres: 1.0,
        }
        .into(),
    ];
    party.at_host(0, vec![Act::Make { thing, parts }]).unwrap();
    let state = party.keeper.state();
    let person = Person {
        standing: Standing {
            quota: Some(state.powers().line(Role::Owner).quota),
            silent_until: u64::MAX,
            blocks: (0..limits::BLOCKS as u32)
                .map(|number| PersonNo(u32::MAX - number))
                .collect(),
            ..Standing::default()
        },
        serial: u32::MAX,
    };
    let sizes = [
        postcard::to_stdvec(&state.things().next().unwrap())
            .unwrap()
            .len(),
        postcard::to_stdvec(&(PersonNo(u32::MAX), person)).unwrap().len(),
        postcard::to_stdvec(&state.frame()).unwrap().len(),
    ];
    // The other parts take less than 500 bytes all together.
    assert!(
        sizes.iter().sum::<usize>() + 1_000 < LEAST_CHUNK_BYTES,
        "{sizes:?}"
    );
}

#[test]
fn an_arrival_that_was_cut_or_goes_on_for_ever_is_refused() {
    let mut party = Party::new(40, 3);
    for _ in 0..40 {
        made(&mut party, 0);
        party.later(1);
    }
    let state = party.keeper.state();
    let pieces = || {
        let mut arrival = Arrival::new([0.0; 3]);
        std::iter::from_fn(move || arrival.next(state, 500)).collect::<Vec<_>>()
    };
    assert!(pieces().len() > 6);
    // Any one of them is missing: it is told at the latest by the last.
    for missing in 0..pieces().len() {
        let mut arriving = Arriving::default();
        let mut rest = pieces();
        let last = missing + 1 == rest.len();
        rest.remove(missing);
        let received = rest.into_iter().try_for_each(|piece| arriving.piece(piece));
        assert_eq!(received.is_ok(), last, "{missing}: {received:?}");
        assert!(!matches!(arriving.done(&account(1)), Ok(Some(_))));
    }
    // The same things again and again, an empty piece, one after the last.
    let mut arriving = Arriving::default();
    for piece in pieces() {
        arriving.piece(piece).unwrap();
    }
    assert_eq!(arriving.piece(pieces().remove(3)), Err(NotReceived::Order));
    assert_eq!(arriving.done(&[99; 32]).map(|_| ()), Err(NotReceived::Nobody));
    let mut arriving = Arriving::default();
    arriving.piece(pieces().remove(0)).unwrap();
    let mut piece = pieces().remove(6);
    (piece.left, piece.digest) = (9, None);
    let mut empty = piece.clone();
    (empty.people, empty.things) = (Vec::new(), Vec::new());
    assert_eq!(arriving.piece(empty), Err(NotReceived::Order));
    for rest in pieces().drain(1..6) {
        arriving.piece(rest).unwrap();
    }
    let mut many = 0;
    while let Ok(()) = arriving.piece(piece.clone()) {
        many += piece.things.len().max(1);
        assert!(many <= limits::THINGS);
    }
    assert_eq!(arriving.piece(piece), Err(NotReceived::TooMuch));
}

#[test]
fn a_host_cannot_fill_a_guests_memory() {
    let party = Party::new(2, 3);
    let state = party.keeper.state();
    let mut arriving = Arriving::default();
    all(&mut Arrival::new([0.0; 3]), state, &mut arriving).unwrap();
    let mut replica = Replica::new(state.clone(), PersonNo(1));
    let text = "a".repeat(limits::WRITING_CHARS);
    let writing: Part = Writing {
        text,
        line_metres: 1.0,
    }
    .into();
    let mut serial = 0;
    let (mut refused, mut unheard) = (false, false);
    for number in state.newest() + 1..state.newest() + 20 {
        let mut deeds = Vec::new();
        for _ in 0..limits::DEEDS {
            serial += 1;
            let thing = ThingId {
                maker: PersonNo(0),
                serial,
            };
            let parts = vec![writing.clone()];
            deeds.push(Deed::Made {
                thing,
                owner: PersonNo(0),
                parts,
            });
        }
        let fact = Fact {
            number,
            by: PersonNo(0),
            at_secs: 0,
            wish: 0,
            way: Way::Done,
            deeds,
        };
        refused |= arriving.fact(&fact) == Err(NotReceived::TooMuch);
        unheard |= replica.hear(&[fact], 1).is_none();
        if refused && unheard {
            break;
        }
    }
    assert!(refused && unheard);
    // What an honest keeper would say to whoever wants that.
    let bytes = u64::from(serial) * 2_000;
    assert!(
        bytes < limits::WORLD_BYTES + (limits::DEEDS as u64) * 2_100,
        "{bytes}"
    );
}

proptest! {
    /// No piece makes a panic, in any order and with any bytes in it.
    #[test]
    fn hostile_pieces_are_refused_or_harmless(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
    ) {
        let mut party = Party::new(5, 3);
        let thing = made(&mut party, 1);
        party.at_once(1, Act::Set { thing, part: painted(1), seen: None }).unwrap();
        let mut arrival = Arrival::new([0.0; 3]);
        let mut pieces: Vec<Vec<u8>> = std::iter::from_fn(|| arrival.next(party.keeper.state(), 120))
            .map(|piece| postcard::to_stdvec(&piece).unwrap())
            .collect();
        pieces.push(bytes);
        for (piece, bit) in flips {
            let piece = piece.index(pieces.len());
            let piece = &mut pieces[piece];
            if !piece.is_empty() {
                let bit = bit.index(piece.len() * 8);
                piece[bit / 8] ^= 1 << (bit % 8);
            }
        }
        let mut arriving = Arriving::default();
        for piece in pieces {
            if let Ok(piece) = postcard::from_bytes::<Chunk>(&piece) {
                let _ = arriving.piece(piece);
            }
        }
        if let Ok(Some(mut replica)) = arriving.done(&account(1)) {
            prop_assert_eq!(replica.state().digest(), party.keeper.state().digest());
            let _ = replica.wish(vec![Act::Remove { thing }], 1);
        }
    }
}

//! A copy that came to differ is found out and mended with few bytes, while everybody goes on.

use super::people::{Party, account, made, name, painted, placed, set};
use holm_document::arrival::{LEAST_CHUNK_BYTES, NotReceived};
use holm_document::replica::Replica;
use holm_document::resync::{Digests, Patch, Resync, Span};
use holm_document::{Act, Deed, Fact, Order, PersonNo, Role, State, ThingId, Way, Wish};
use proptest::prelude::*;

/// The same world with something that never happened in it, and nobody's number out of step.
fn flipped(state: &State, deeds: Vec<Deed>) -> State {
    let mut other = state.clone();
    // As a fact that the host told to nobody, in place of its newest.
    other.apply(&Fact {
        number: state.newest(),
        by: PersonNo(0),
        at_secs: 0,
        wish: 0,
        way: Way::Done,
        deeds,
    });
    other
}

fn size<T: serde::Serialize>(value: &T) -> usize {
    postcard::to_stdvec(value).unwrap().len()
}

/// All of what differs, with nothing between; the bytes that went there and back.
fn mended(replica: &mut Replica, state: &State, most_bytes: usize) -> Result<usize, NotReceived> {
    let asked = replica.confirmed_digests();
    let mut bytes = size(&asked);
    let mut resync = Resync::new(state, &asked).unwrap();
    while let Some(patch) = resync.next(state, most_bytes) {
        bytes += size(&patch);
        let patch: Patch = postcard::from_bytes(&postcard::to_stdvec(&patch).unwrap()).unwrap();
        replica.patch(patch, 2_000)?;
    }
    Ok(bytes)
}

fn filled(things: usize) -> Party {
    let mut party = Party::new(3, 1);
    party.rank(1, Role::Builder);
    for index in 0..things {
        let who = index % 2;
        let thing = party.keeper_next(who);
        let parts = vec![placed(index as f32), painted(index as u8)];
        party.at_host(who, vec![Act::Make { thing, parts }]).unwrap();
        party.later(1);
    }
    party
}

#[test]
fn one_flipped_field_among_thousands_is_mended_with_few_bytes() {
    let party = filled(4_000);
    let state = party.keeper.state();
    let whole: usize = state.things().map(|thing| size(&thing)).sum();
    let thing = ThingId {
        maker: PersonNo(1),
        serial: 77,
    };
    let mut replica = Replica::new(
        flipped(
            state,
            vec![Deed::Set {
                thing,
                part: painted(99),
            }],
        ),
        PersonNo(2),
    );
    assert_ne!(replica.confirmed_digest(), state.digest());
    let bytes = mended(&mut replica, state, 48 << 10).unwrap();
    assert_eq!(replica.confirmed_digest(), state.digest());
    // A hash for each bucket, and one bucket of 4,000 / 256 things.
    assert!(bytes < 5_000 && whole > 200_000, "{bytes} of {whole}");
    // Where nothing differs, one piece says so.
    assert!(mended(&mut replica, state, 48 << 10).unwrap() < 2_700);
}

proptest! {
    /// Anything on a replica is changed behind its back, while it has wishes on their way and facts come between the pieces: in
    /// the end it is as the host's, its wishes are still so in its eyes, and no piece was longer than allowed.
    #[test]
    fn whatever_differs_is_mended_and_wishes_stay(
        lies in proptest::collection::vec((0..8u8, 0..40usize, any::<u8>()), 0..12),
        during in proptest::collection::vec((0..5u8, any::<u8>(), 0..40usize), 0..20),
        wishes in 0..4u8,
        most_bytes in 100..1_200usize,
    ) {
        let mut party = filled(40);
        let state = party.keeper.state();
        let things: Vec<ThingId> = state.things().map(|(id, _)| *id).collect();
        let lie = |(what, which, value): (u8, usize, u8)| {
            let thing = things[which];
            let person = PersonNo(u32::from(value % 3));
            match what {
                0 => Deed::Set { thing, part: painted(value) },
                1 => Deed::Removed { thing },
                2 => Deed::Given { thing, owner: person },
                3 => Deed::Made {
                    thing: ThingId { maker: person, serial: 1_000 + u32::from(value) },
                    owner: person,
                    parts: vec![name("a ghost")],
                },
                4 => Deed::Met { account: account(50 + value % 100), role: Role::Moderator },
                5 => Deed::Ordered { by: PersonNo(0), order: Order::Ban { person, banned: true } },
                6 => Deed::Ordered { by: PersonNo(0), order: Order::Lock { locked: true } },
                _ => Deed::Ordered { by: person, order: Order::Block { person: PersonNo(2), blocked: true } },
            }
        };
        let lies: Vec<Deed> = lies.into_iter().map(lie).collect();
        let mut replica = Replica::new(flipped(state, lies.clone()), PersonNo(1));
        let mut mine = Vec::new();
        for value in 0..wishes {
            let thing = replica.next_thing();
            let wished = replica.wish(vec![Act::Make { thing, parts: vec![name("mine"), painted(value)] }], party.now.secs);
            if wished.is_ok() {
                mine.push(thing);
            }
        }
        prop_assert_eq!(replica.unanswered(), mine.len());
        let mut changes = during.into_iter();
        // Facts between may have met a copy that was not mended yet: then a second round does it.
        for round in 0..2 {
            let mut resync = Resync::new(party.keeper.state(), &replica.confirmed_digests()).unwrap();
            let mut mended = Ok(());
            while let Some(patch) = resync.next(party.keeper.state(), most_bytes) {
                prop_assert!(size(&patch) <= most_bytes.max(400), "{} > {}", size(&patch), most_bytes);
                mended = replica.patch(patch, party.now.secs).map(|_| ());
                for (what, value, which) in changes.by_ref().take(2) {
                    let all: Vec<_> = party.keeper.state().things().map(|(id, _)| *id).collect();
                    let thing = all[which % all.len()];
                    let act = match what {
                        0 => Act::Make { thing: party.keeper_next(0), parts: vec![placed(f32::from(value))] },
                        1 if all.len() > 5 => Act::Remove { thing },
                        2 => Act::Give { thing, to: PersonNo(u32::from(value % 3)) },
                        3 => Act::Undo { within: None },
                        _ => set(thing, painted(value)),
                    };
                    let wish = holm_document::Wish { number: 1_000_000, acts: vec![act] };
                    if let Ok(Some(fact)) = party.keeper.wish(PersonNo(0), &wish, party.now) {
                        prop_assert!(replica.hear(&[fact], party.now.secs).is_some());
                    }
                    party.later(1);
                }
            }
            if mended.is_ok() {
                break;
            }
            prop_assert_eq!((round, mended), (0, Err(NotReceived::Differs)));
        }
        let state = party.keeper.state();
        prop_assert_eq!(replica.confirmed_digest(), state.digest());
        prop_assert_eq!(replica.confirmed_digests(), state.digests());
        prop_assert_eq!(replica.unanswered(), mine.len());
        for person in 0..3 {
            let own = mine.iter().filter(|thing| replica.state().thing(**thing).is_some()).count() as u64;
            let own = if person == 1 { own } else { 0 };
            let person = PersonNo(person);
            prop_assert_eq!(replica.state().usage(person).things, state.usage(person).things + own);
        }
        // What I may still wish is so.
        if !lies.iter().any(|lie| matches!(lie, Deed::Ordered { .. })) {
            for thing in mine {
                prop_assert!(replica.state().thing(thing).is_some() || thing.serial >= 1_000);
            }
        }
    }

    /// No patch makes a panic, whatever it says.
    #[test]
    fn hostile_patches_are_refused_or_harmless(
        bucket in 0..600u16,
        after in proptest::option::of(0..4u32),
        through in proptest::option::of(0..4u32),
        people in proptest::collection::vec(0..6u32, 0..4),
        serials in proptest::collection::vec(0..50u32, 0..4),
        left in 0..2u32,
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let party = filled(10);
        let state = party.keeper.state();
        let mut replica = Replica::new(state.clone(), PersonNo(1));
        let id = |serial| ThingId { maker: PersonNo(serial % 3), serial };
        let some = state.things().next().map(|(_, thing)| thing.clone()).unwrap();
        let patch = Patch {
            newest: state.newest(),
            frame: None,
            people: vec![Span {
                bucket: bucket % 80,
                after: after.map(PersonNo),
                through: through.map(PersonNo),
                all: people.iter().map(|number| (PersonNo(*number), holm_document::Person::default())).collect(),
            }],
            things: vec![Span {
                bucket,
                after: after.map(id),
                through: through.map(id),
                all: serials.iter().map(|serial| (id(*serial), some.clone())).collect(),
            }],
            left,
            digest: (left == 0).then_some([0; 16]),
        };
        let _ = replica.patch(patch, 1);
        if let Ok(patch) = postcard::from_bytes::<Patch>(&bytes) {
            let _ = replica.patch(patch, 1);
        }
        if let Ok(digests) = postcard::from_bytes::<Digests>(&bytes) {
            prop_assert!(Resync::new(state, &digests).is_none());
        }
        let _ = replica.wish(vec![], 1);
        let _ = replica.confirmed_digest();
    }
}

#[test]
fn a_copy_that_is_nothing_like_it_is_mended_in_pieces_under_a_message() {
    let mut party = filled(3_000);
    // Their own things come after them, however many pieces they take.
    for number in 0..600u32 {
        let key = *blake3::hash(&number.to_le_bytes()).as_bytes();
        let (maker, _) = party.keeper.meet(&key, party.now).unwrap();
        let thing = ThingId { maker, serial: 1 };
        let wish = Wish {
            number: 1,
            acts: vec![Act::Make {
                thing,
                parts: vec![placed(1.0)],
            }],
        };
        party.keeper.wish(maker, &wish, party.now).unwrap();
    }
    let state = party.keeper.state();
    let mut none = State::of_frame(state.frame()).unwrap();
    none.apply(&Fact {
        number: state.newest(),
        by: PersonNo(0),
        at_secs: 0,
        wish: 0,
        way: Way::Done,
        deeds: vec![Deed::Ordered {
            by: PersonNo(0),
            order: Order::Newcomers {
                role: Role::Spectator,
            },
        }],
    });
    let mut replica = Replica::new(none, PersonNo(1));
    let mut resync = Resync::new(state, &replica.confirmed_digests()).unwrap();
    let mut pieces = 0;
    while let Some(patch) = resync.next(state, LEAST_CHUNK_BYTES) {
        assert!(size(&patch) <= LEAST_CHUNK_BYTES, "{}", size(&patch));
        replica.patch(patch, 1).unwrap();
        pieces += 1;
    }
    assert!(pieces > 10, "{pieces}");
    assert_eq!(replica.confirmed_digest(), state.digest());
    let thing = ThingId {
        maker: PersonNo(1),
        serial: 3,
    };
    assert_eq!(replica.state().thing(thing), state.thing(thing));
}

#[test]
fn a_patch_out_of_its_place_is_refused() {
    let mut party = filled(10);
    let mut replica = Replica::new(party.keeper.state().clone(), PersonNo(1));
    let mut resync = Resync::new(party.keeper.state(), &replica.confirmed_digests()).unwrap();
    let patch = resync.next(party.keeper.state(), 9_999).unwrap();
    assert_eq!(
        (patch.left, &patch.people, &patch.things),
        (0, &Vec::new(), &Vec::new())
    );
    let mut early = patch.clone();
    early.newest += 1;
    assert_eq!(replica.patch(early, 1), Err(NotReceived::Order));
    let mut unfounded = patch.clone();
    unfounded.digest = None;
    assert_eq!(replica.patch(unfounded, 1), Err(NotReceived::Order));
    let mut other = patch.clone();
    other.digest = Some([7; 16]);
    assert_eq!(replica.patch(other, 1), Err(NotReceived::Differs));
    assert!(replica.patch(patch, 1).unwrap().is_empty());
    made(&mut party, 0);
}

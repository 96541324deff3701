//! What moves by itself comes to rest somewhere: that is so for everybody, and taken back with what it came from.

use super::people::{Party, at, made, painted, placed, set};
use holm_document::part::{Door, Place};
use holm_document::rules::seen_at;
use holm_document::{Act, PersonNo, Refusal, Role, ThingId, Way};

fn resting(x: f32) -> Place {
    Place {
        position: [x, 0.0, 0.0],
        ..Place::default()
    }
}

fn rests(party: &mut Party, mover: Option<u32>, thing: ThingId, x: f32) {
    party.settle();
    let fact = party
        .keeper
        .settle(mover.map(PersonNo), &[(thing, resting(x))], party.now)
        .unwrap();
    assert!(fact.check().is_ok() && fact.way == Way::Settled);
    party.told(fact);
    for who in 0..party.replicas.len() {
        assert_eq!(at(party.seen(who), thing), x);
    }
}

const UNDO: Act = Act::Undo { within: None };

#[test]
fn what_fell_is_taken_back_to_where_it_was_before_it_was_let_fall() {
    let mut party = Party::new(2, 1);
    let thing = made(&mut party, 0);
    party.at_once(0, set(thing, placed(5.0))).unwrap();
    rests(&mut party, None, thing, 4.5);
    // Whoever saw it before it fell has seen nobody else's change since.
    party.at_once(0, UNDO).unwrap();
    assert_eq!(at(party.seen(1), thing), 0.0);
    party.at_once(0, Act::Redo { within: None }).unwrap();
    assert_eq!(at(party.seen(1), thing), 4.5);
    party.at_once(0, UNDO).unwrap();
    party.at_once(0, UNDO).unwrap();
    assert!(
        party.seen(1).thing(thing).is_none(),
        "what I made goes, wherever it fell"
    );
}

#[test]
fn a_throw_is_no_step_back_but_goes_with_a_roll_back() {
    let mut party = Party::new(3, 1);
    let thing = made(&mut party, 0);
    party.at_once(0, set(thing, painted(9))).unwrap();
    party.later(60);
    for x in [3.0, 8.0] {
        rests(&mut party, Some(1), thing, x);
        party.later(1);
    }
    assert_eq!(party.at_once(1, UNDO), Err(Refusal::Nothing));
    // Nobody's own steps end at somebody's throw.
    party.at_once(0, UNDO).unwrap();
    assert_eq!(at(party.seen(2), thing), 8.0);
    party.rank(2, Role::Moderator);
    let vandal = PersonNo(1);
    party
        .at_once(
            2,
            Act::RollBack {
                person: vandal,
                secs: 30,
            },
        )
        .unwrap();
    assert_eq!(at(party.seen(0), thing), 0.0);
}

#[test]
fn what_is_not_there_or_nowhere_does_not_come_to_rest() {
    let mut party = Party::new(1, 1);
    let thing = made(&mut party, 0);
    let nothing = ThingId { serial: 99, ..thing };
    let far = resting(f32::INFINITY);
    let places = [(nothing, resting(1.0)), (thing, far), (thing, resting(0.0))];
    assert_eq!(party.keeper.settle(None, &places, party.now), None);
    // Of somebody whom nobody knows: as by itself.
    let fact = party
        .keeper
        .settle(Some(PersonNo(77)), &[(thing, resting(2.0))], party.now)
        .unwrap();
    assert_eq!(fact.by, PersonNo(0));
}

#[test]
fn a_door_that_is_open_lies_where_it_is_seen() {
    let mut party = Party::new(2, 1);
    let thing = made(&mut party, 0);
    let door = Door {
        open: true,
        swing_degrees: 90.0,
    };
    party.at_once(0, set(thing, door.into())).unwrap();
    let rests = Place {
        position: [3.0, 0.2, -1.0],
        ..Place::default()
    };
    party.settle();
    let fact = party
        .keeper
        .settle(Some(PersonNo(1)), &[(thing, rests)], party.now)
        .unwrap();
    party.told(fact);
    for who in 0..party.replicas.len() {
        let seen = seen_at(party.seen(who), thing).unwrap();
        let off = [0, 1, 2].map(|axis| (seen.position[axis] - rests.position[axis]).abs());
        assert!(off.into_iter().all(|off| off < 1e-4), "{seen:?}");
        assert!(seen.rotation[3].abs() > 0.9999, "{seen:?}");
    }
}

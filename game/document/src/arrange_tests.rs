//! Several things at once, as a world's keeper takes it.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::history::History;
use crate::keeper::{Keeper, Now};
use crate::part::{Door, Lock, Shape};
use crate::thing::PersonNo;
use crate::{Refusal, Wish};
use proptest::prelude::*;
use std::time::Duration;

const ME: PersonNo = PersonNo(0);

fn id(serial: u32) -> ThingId {
    ThingId { maker: ME, serial }
}

struct World(Keeper, u64);

impl World {
    fn new() -> Self {
        Self(Keeper::new(State::new([1; 32]), History::default()), 0)
    }

    fn wish(&mut self, acts: Vec<Act>) -> Result<(), Refusal> {
        self.1 += 60;
        let now = Now {
            secs: self.1,
            since_start: Duration::from_secs(self.1),
        };
        let wish = Wish { number: 1, acts };
        self.0.wish(ME, &wish, now).map(|_| ())
    }

    fn state(&self) -> &State {
        self.0.state()
    }

    fn make(&mut self, serial: u32, place: Place, on: Option<u32>) {
        let mut parts = vec![place.into(), Shape::Box.into()];
        parts.extend(on.map(|on| Part::Attach(Attach { to: id(on) })));
        self.wish(vec![Act::Make {
            thing: id(serial),
            parts,
        }])
        .unwrap();
    }

    fn seen(&self, serial: u32) -> Place {
        seen_at(self.state(), id(serial)).unwrap()
    }
}

fn at(x: f32, y: f32, z: f32) -> Place {
    Place {
        position: [x, y, z],
        ..Place::default()
    }
}

fn chosen(serials: &[u32]) -> Chosen {
    serials.iter().copied().map(id).collect()
}

fn near(a: &Place, b: &Place) -> bool {
    let close = |a: f32, b: f32| (a - b).abs() <= 2e-3 * (1.0 + a.abs().max(b.abs()));
    let all = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| close(*a, *b));
    let dot: f32 = a.rotation.iter().zip(&b.rotation).map(|(a, b)| a * b).sum();
    all(&a.position, &b.position) && all(&a.scale, &b.scale) && dot.abs() > 0.999
}

#[test]
fn a_group_stays_where_it_is_seen_moves_as_one_and_leaves_nothing_behind() {
    let mut world = World::new();
    world.make(1, at(1.0, 0.5, 0.0), None);
    world.make(2, at(3.0, 0.5, 4.0), None);
    world.make(3, at(9.0, 0.5, 9.0), None);
    assert_eq!(
        group(world.state(), &chosen(&[1]), id(4)),
        None,
        "one is no group"
    );
    let acts = group(world.state(), &chosen(&[1, 2]), id(4)).unwrap();
    world.wish(acts).unwrap();
    assert!(near(&world.seen(1), &at(1.0, 0.5, 0.0)) && near(&world.seen(2), &at(3.0, 0.5, 4.0)));
    assert_eq!(root(world.state(), id(2)), id(4));
    assert!(is_bare(world.state(), id(4)));
    let mut place = world.seen(4);
    place.position[1] += 2.0;
    let since = placed_since(world.state(), id(4));
    let acts = put(world.state(), &BTreeMap::from([(id(4), (place, since))]));
    world.wish(acts).unwrap();
    assert!(near(&world.seen(1), &at(1.0, 2.5, 0.0)));
    let (acts, free) = ungroup(world.state(), &chosen(&[4]));
    assert_eq!(free, chosen(&[1, 2]));
    world.wish(acts).unwrap();
    assert!(near(&world.seen(2), &at(3.0, 2.5, 4.0)));
    assert!(world.state().thing(id(4)).is_none());
    assert_eq!(hangs_on(world.state(), id(1)), None);
}

#[test]
fn a_group_ends_with_the_last_that_it_held() {
    let mut world = World::new();
    world.make(1, at(1.0, 0.5, 0.0), None);
    world.make(2, at(3.0, 0.5, 4.0), None);
    let acts = group(world.state(), &chosen(&[1, 2]), id(3)).unwrap();
    world.wish(acts).unwrap();
    let acts = remove(world.state(), &chosen(&[1]));
    world.wish(acts).unwrap();
    assert!(world.state().thing(id(3)).is_some(), "one is left");
    let acts = let_go(world.state(), &chosen(&[2]));
    world.wish(acts).unwrap();
    assert!(world.state().thing(id(3)).is_none());
    assert!(near(&world.seen(2), &at(3.0, 0.5, 4.0)));
}

#[test]
fn what_hangs_on_what_was_chosen_is_told_once_and_nothing_hangs_on_itself() {
    let mut world = World::new();
    world.make(1, at(1.0, 0.5, 0.0), None);
    world.make(2, at(0.0, 1.0, 0.0), Some(1));
    world.make(3, at(5.0, 0.5, 0.0), None);
    assert_eq!(tops(world.state(), &chosen(&[1, 2])), [id(1)]);
    assert_eq!(with_below(world.state(), [id(1)]), chosen(&[1, 2]));
    assert!(hang(world.state(), &chosen(&[1]), id(2)).is_empty());
    let acts = hang(world.state(), &chosen(&[1, 3]), id(3));
    world.wish(acts).unwrap();
    assert_eq!(root(world.state(), id(2)), id(3));
    assert!(near(&world.seen(2), &at(1.0, 1.5, 0.0)));
    let moved = BTreeMap::from([(id(3), at(6.0, 0.5, 0.0))]);
    assert!(near(
        &seen_if(world.state(), &moved, id(2)).unwrap(),
        &at(2.0, 1.5, 0.0)
    ));
}

#[test]
fn a_copy_has_all_that_hangs_on_it_stands_beside_it_and_is_not_locked() {
    let mut world = World::new();
    world.make(1, at(1.0, 0.5, 0.0), None);
    world.make(2, at(0.0, 1.0, 0.0), Some(1));
    world.make(3, at(0.0, 1.0, 0.0), Some(2));
    let lock = set(world.state(), &chosen(&[1]), &Lock.into());
    world.wish(lock).unwrap();
    let (acts, copies) = copy(world.state(), &chosen(&[1]), id(4), [2.0, 0.0, 0.0]);
    assert_eq!(copies, chosen(&[4]));
    world.wish(acts).unwrap();
    assert_eq!(world.state().things().len(), 6);
    assert!(near(&world.seen(4), &at(3.0, 0.5, 0.0)) && near(&world.seen(6), &at(3.0, 2.5, 0.0)));
    assert!(world.state().thing(id(4)).unwrap().held(PartKind::Lock).is_none());
    let acts = clear(world.state(), &chosen(&[1, 2]), PartKind::Lock);
    assert_eq!(acts.len(), 1, "what has no lock loses none");
}

#[test]
fn what_was_done_to_one_thing_is_remembered_newest_first() {
    let mut world = World::new();
    world.make(1, at(1.0, 0.5, 0.0), None);
    world.make(2, at(2.0, 0.5, 0.0), None);
    for (serial, x) in [(1, 3.0), (2, 4.0), (1, 5.0)] {
        let acts = vec![Act::Set {
            thing: id(serial),
            part: at(x, 0.0, 0.0).into(),
            seen: None,
        }];
        world.wish(acts).unwrap();
    }
    let numbers: Vec<FactNo> = world
        .0
        .history()
        .of_thing(id(1))
        .map(|past| past.fact.number)
        .collect();
    assert_eq!(numbers, [5, 3, 1]);
}

fn a_place() -> impl Strategy<Value = Place> {
    (
        prop::array::uniform3(-50.0f32..50.0),
        prop::array::uniform4(-1.0f32..1.0),
        prop::array::uniform3(0.2f32..5.0),
    )
        .prop_map(|(position, turn, scale)| {
            let length = turn.iter().map(|part| part * part).sum::<f32>().sqrt();
            let rotation = if length > 0.1 {
                turn.map(|part| part / length)
            } else {
                [0.0, 0.0, 0.0, 1.0]
            };
            Place {
                position,
                rotation,
                scale,
            }
        })
}

proptest! {
    #[test]
    fn under_is_the_way_back_of_and(above in a_place(), seen in a_place()) {
        prop_assert!(near(&above.and(&above.under(&seen)), &seen));
    }

    #[test]
    fn whatever_is_hung_let_go_grouped_and_ungrouped_is_seen_where_it_was(
        places in prop::collection::vec(a_place(), 4),
        steps in prop::collection::vec((0u8..4, 0usize..4, 0usize..4), 1..8),
        open in any::<bool>(),
    ) {
        let mut world = World::new();
        for (at, place) in (1..).zip(&places) {
            world.make(at, *place, None);
        }
        if open {
            let door = Door { open: true, swing_degrees: 80.0 };
            let acts = set(world.state(), &chosen(&[1]), &door.into());
            world.wish(acts).unwrap();
        }
        let seen: Vec<Place> = (1..5).map(|serial| world.seen(serial)).collect();
        let mut next = 5;
        for (what, a, b) in steps {
            let (a, b) = (id(a as u32 + 1), id(b as u32 + 1));
            let some = Chosen::from([a, b]);
            let acts = match what {
                0 => hang(world.state(), &Chosen::from([a]), b),
                1 => let_go(world.state(), &some),
                2 => group(world.state(), &some, id(next)).unwrap_or_default(),
                _ => ungroup(world.state(), &some).0,
            };
            if !acts.is_empty() {
                prop_assert_eq!(world.wish(acts), Ok(()));
                next = world.state().serial(ME) + 1;
            }
        }
        // Scales of what hangs askew in something stretched are kept within what a world takes: none of these meets that.
        for (serial, seen) in (1..5).zip(&seen) {
            prop_assert!(near(&world.seen(serial), seen), "{} {:?} {:?}", serial, world.seen(serial), seen);
        }
    }
}

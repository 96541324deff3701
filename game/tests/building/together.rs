//! Several things at once, by several people, over the in-memory transport: groups, moves, copies, and what was done to one
//! thing.

use super::*;
use holm::powers::AskStory;
use holm::powers::story::Story;
use holm::powers::wire::{Did, How};
use holm_document::arrange::{self, Chosen};
use holm_document::rules::seen_at;
use std::collections::BTreeMap;

impl Room {
    fn state(&self, who: usize) -> &State {
        self.things(who).state().unwrap()
    }

    fn seen(&self, who: usize, thing: ThingId) -> [f32; 3] {
        seen_at(self.state(who), thing).unwrap().position
    }

    /// The wish of a drag: all that is chosen stands so many metres farther along x.
    fn drag(&mut self, who: usize, chosen: &Chosen, by: f32) {
        let state = self.state(who);
        let places: BTreeMap<_, _> = arrange::tops(state, chosen)
            .into_iter()
            .map(|id| {
                let mut place = seen_at(state, id).unwrap();
                place.position[0] += by;
                (id, (place, arrange::placed_since(state, id)))
            })
            .collect();
        let acts = arrange::put(state, &places);
        self.build(who, acts);
    }

    fn story(&self, who: usize, thing: ThingId) -> Option<&[holm::powers::wire::Step]> {
        self.apps[who].world().resource::<Story>().of(thing)
    }
}

#[test]
fn a_group_is_one_step_for_everybody_moves_as_one_and_is_undone_as_one() {
    let mut room = Room::new(31, None);
    let bo = room.guest(2, "Bo", Weather::BENCH_50MS);
    let cy = room.guest(3, "Cy", Weather::GOOD_WIFI);
    room.all_here();
    let boxes: Chosen = (0..20)
        .map(|n| room.make(bo, &format!("box {n}"), n as f32))
        .collect();
    room.same_for_all(5.0);
    let new = room.things(bo).next_thing().unwrap();
    let acts = arrange::group(room.state(bo), &boxes, new).unwrap();
    room.build(bo, acts);
    room.same_for_all(5.0);
    room.drag(bo, &Chosen::from([new]), 100.0);
    room.same_for_all(5.0);
    for who in [0, bo, cy] {
        for (n, id) in boxes.iter().enumerate() {
            assert!(
                (room.seen(who, *id)[0] - (n as f32 + 100.0)).abs() < 1e-3,
                "{who} {n}"
            );
            assert_eq!(arrange::root(room.state(who), *id), new);
        }
    }
    let first = room.things(bo).next_thing().unwrap();
    let (acts, copies) = arrange::copy(room.state(bo), &Chosen::from([new]), first, [0.0, 5.0, 0.0]);
    room.build(bo, acts);
    room.same_for_all(5.0);
    assert_eq!((room.count(cy), copies.len()), (Some(42), 1));
    for left in [21, 21, 20] {
        room.build(bo, vec![Act::Undo { within: None }]);
        room.same_for_all(5.0);
        assert_eq!(room.count(cy), Some(left));
    }
    assert_eq!(
        room.seen(cy, *boxes.first().unwrap())[0],
        0.0,
        "ungrouped, where it was"
    );
    assert_eq!(room.refused(bo), []);
}

#[test]
fn a_drag_of_many_is_refused_as_a_whole_where_somebody_moved_one_of_them_meanwhile() {
    let mut room = Room::new(32, None);
    let bo = room.guest(2, "Bo", Weather::BENCH_50MS);
    room.all_here();
    let boxes: Chosen = (0..5)
        .map(|n| room.make(bo, &format!("box {n}"), n as f32))
        .collect();
    room.same_for_all(5.0);
    let one = *boxes.iter().nth(3).unwrap();
    room.drag(bo, &boxes, 10.0);
    room.drag(0, &Chosen::from([one]), 50.0);
    room.same_for_all(5.0);
    assert_eq!(room.refused(bo), [Refusal::Stale]);
    for who in [0, bo] {
        assert_eq!(room.seen(who, one)[0], 53.0, "{who}");
        assert_eq!(room.seen(who, *boxes.first().unwrap())[0], 0.0, "{who}");
    }
}

#[test]
fn who_did_what_to_one_thing_is_told_to_whoever_asks_and_mine_in_it_is_taken_back() {
    let mut room = Room::new(33, None);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    let cy = room.guest(3, "Cy", Weather::GOOD_WIFI);
    room.all_here();
    let chair = room.make(bo, "chair", 0.0);
    let other = room.make(bo, "table", 1.0);
    room.same_for_all(5.0);
    room.drag(bo, &Chosen::from([chair, other]), 2.0);
    room.same_for_all(5.0);
    let paint = Part::Paint(Paint {
        colour: [1, 2, 3, 255],
        roughness: 0,
        metal: 0,
        glow: 0,
    });
    let acts = arrange::set(room.state(0), &Chosen::from([chair]), &paint);
    room.build(0, acts);
    room.same_for_all(5.0);
    room.apps[cy].world_mut().write_message(AskStory {
        thing: chair,
        before: 0,
    });
    room.until(5.0, "Cy is told", |room| room.story(cy, chair).is_some());
    let told: Vec<(&str, &[Did])> = room
        .story(cy, chair)
        .unwrap()
        .iter()
        .map(|step| (step.by.name.as_str(), step.did.as_slice()))
        .collect();
    assert_eq!(
        told,
        [
            ("Ada", &[Did::Changed(PartKind::Paint)][..]),
            ("Bo", &[Did::Changed(PartKind::Place)]),
            ("Bo", &[Did::Made]),
        ]
    );
    let within = Some(chair);
    room.build(bo, vec![Act::Undo { within }]);
    room.same_for_all(5.0);
    assert_eq!(room.seen(cy, chair)[0], 0.0);
    assert_eq!(
        room.seen(cy, other)[0],
        3.0,
        "in the other thing nothing was taken back"
    );
    assert_eq!(
        room.state(cy).thing(chair).unwrap().part(PartKind::Paint),
        Some(&paint),
        "what Ada did stays"
    );
    // What is new comes on top.
    let later = Duration::from_secs(1);
    let steps = (later.as_secs_f32() / FRAME.as_secs_f32()) as usize;
    for _ in 0..steps {
        room.apps.iter_mut().for_each(App::update);
    }
    room.apps[cy].world_mut().write_message(AskStory {
        thing: chair,
        before: 0,
    });
    room.until(5.0, "Cy is told more", |room| {
        room.story(cy, chair).is_some_and(|steps| steps.len() == 4)
    });
    let newest = &room.story(cy, chair).unwrap()[0];
    assert_eq!((newest.by.name.as_str(), &newest.way), ("Bo", &How::Undone));
}

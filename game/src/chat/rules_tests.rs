//! What the rules of chat promise: reach, authorship, time windows, budgets, whatever anybody sends.
//!
//! Invariant: pure; time and people are handed in.

#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use proptest::prelude::*;

const AT: Duration = Duration::from_secs(10);

fn present(slot: u16, name: &str, x: f32) -> Present {
    Present {
        slot: Slot(slot),
        account: AccountKey([slot as u8 + 1; 32]),
        name: name.to_owned(),
        position: Some(Vec3::new(x, 0.0, 0.0)),
        may: if slot == 0 {
            Capabilities::all()
        } else {
            Capabilities::of(&[Capability::Chat])
        },
    }
}

/// Ada hosts; Bo is 5 m from her, Cy 30 m (25 m from Bo).
fn here() -> Vec<Present> {
    vec![
        present(0, "Ada", 0.0),
        present(1, "Bo", 5.0),
        present(2, "Cy", 30.0),
    ]
}

fn saying(text: &str, reach: Reach) -> Saying {
    Saying {
        text: text.to_owned(),
        reach,
        mentions: Vec::new(),
    }
}

fn say(room: &mut Room, now: Duration, slot: u16, text: &str) -> Result<Line, WhyNot> {
    room.say(now, 0, Slot(slot), &saying(text, Reach::World), &here())
        .map(|(_, line)| line)
}

#[test]
fn the_sixth_line_at_once_is_too_fast_and_a_second_later_it_is_not() {
    let mut room = Room::default();
    for i in 0..5 {
        assert!(say(&mut room, AT, 1, "hi").is_ok(), "line {i}");
    }
    assert_eq!(say(&mut room, AT, 1, "hi"), Err(WhyNot::TooFast));
    assert!(say(&mut room, AT, 2, "hi").is_ok(), "somebody else still may");
    assert!(say(&mut room, AT + Duration::from_secs(1), 1, "hi").is_ok());
}

#[test]
fn empty_lines_and_false_edits_are_not_a_free_flood() {
    let mut room = Room::default();
    for _ in 0..3 {
        assert_eq!(say(&mut room, AT, 1, " \n"), Err(WhyNot::Empty));
    }
    let edit = room.edit(AT, Slot(1), 99, "x", &[], &here());
    assert_eq!(edit, Err(WhyNot::NotYours));
    assert_eq!(
        room.take_back(AT, Slot(1), u64::MAX, &here()),
        Err(WhyNot::NotYours)
    );
    assert_eq!(room.take_back(AT, Slot(1), 0, &here()), Err(WhyNot::TooFast));
}

#[test]
fn a_word_to_those_nearby_is_for_those_nearby_and_for_nobody_later() {
    let mut room = Room::default();
    let (audience, line) = room
        .say(AT, 0, Slot(0), &saying("psst", Reach::Near), &here())
        .unwrap();
    assert_eq!(audience, Audience::Some(vec![Slot(0), Slot(1)]));
    assert!(room.history(1 << 20).is_empty());
    // Cy comes nearer: the edit still goes to those who heard it.
    let closer = [
        present(0, "Ada", 0.0),
        present(1, "Bo", 5.0),
        present(2, "Cy", 6.0),
    ];
    let (audience, _) = room.edit(AT, Slot(0), line.id, "psst!", &[], &closer).unwrap();
    assert_eq!(audience, Audience::Some(vec![Slot(0), Slot(1)]));
    // Bo leaves, and the slot is lent to somebody else.
    room.forget(Slot(1));
    assert_eq!(
        room.take_back(AT, Slot(0), line.id, &closer),
        Ok(Audience::Some(vec![Slot(0)]))
    );
}

#[test]
fn whoever_has_no_pose_yet_hears_nothing_said_nearby() {
    let mut people = here();
    people[1].position = None;
    let mut room = Room::default();
    let said = room.say(AT, 0, Slot(0), &saying("psst", Reach::Near), &people);
    assert_eq!(said.unwrap().0, Audience::Some(vec![Slot(0)]));
    let said = room.say(AT, 0, Slot(1), &saying("psst", Reach::Near), &people);
    assert_eq!(said.unwrap().0, Audience::Some(vec![Slot(1)]));
}

#[test]
fn only_the_host_announces() {
    let mut room = Room::default();
    let wish = saying("The boat leaves", Reach::Announcement);
    assert_eq!(room.say(AT, 0, Slot(1), &wish, &here()), Err(WhyNot::NotAllowed));
    assert!(room.say(AT, 0, Slot(0), &wish, &here()).is_ok());
}

#[test]
fn whoever_is_not_in_the_room_says_nothing_in_it() {
    let mut room = Room::default();
    assert_eq!(say(&mut room, AT, 9, "boo"), Err(WhyNot::NotAllowed));
}

#[test]
fn a_line_is_changed_by_its_author_within_a_quarter_of_an_hour() {
    let mut room = Room::default();
    let line = say(&mut room, AT, 1, "teh").unwrap();
    let by_cy = room.edit(AT, Slot(2), line.id, "Bo is silly", &[], &here());
    assert_eq!(by_cy, Err(WhyNot::NotYours));
    let (audience, change) = room
        .edit(AT, Slot(1), line.id, "the, @Ada", &[0, 2], &here())
        .unwrap();
    assert_eq!(audience, Audience::Everyone);
    assert_eq!((change.text.as_str(), change.mentions), ("the, @Ada", vec![0]));
    let late = AT + EDIT_WITHIN + Duration::from_secs(1);
    let edit = room.edit(late, Slot(1), line.id, "x", &[], &here());
    assert_eq!(edit, Err(WhyNot::TooLate));
    let read = room.history(1 << 20).concat();
    assert_eq!((read[0].text.as_str(), read[0].edited), ("the, @Ada", true));
    assert_eq!(
        room.take_back(late, Slot(1), line.id, &here()),
        Ok(Audience::Everyone)
    );
    assert!(
        room.history(1 << 20).is_empty(),
        "nobody who comes later reads it"
    );
}

#[test]
fn whoever_comes_back_on_another_seat_still_owns_their_lines() {
    let mut room = Room::default();
    let line = say(&mut room, AT, 1, "mine").unwrap();
    room.forget(Slot(1));
    let mut back = here();
    back[1].slot = Slot(7);
    back.push(Present {
        account: AccountKey([77; 32]),
        ..present(1, "Somebody else", 0.0)
    });
    assert_eq!(room.take_back(AT, Slot(1), line.id, &back), Err(WhyNot::NotYours));
    assert!(room.take_back(AT, Slot(7), line.id, &back).is_ok());
}

#[test]
fn a_late_joiner_reads_the_last_hundred_in_order() {
    let mut room = Room::default();
    for i in 0..130u64 {
        say(&mut room, Duration::from_secs(i * 10), 1, &format!("line {i}")).unwrap();
    }
    let lines: Vec<Line> = room.history(1 << 20).concat();
    assert_eq!(lines.len(), HISTORY_LINES);
    assert_eq!(lines.first().unwrap().text, "line 30");
    assert_eq!(lines.last().unwrap().text, "line 129");
}

#[test]
fn a_history_of_full_lines_is_sent_in_pieces_that_fit() {
    let mut room = Room::default();
    let full = "界".repeat(500);
    for i in 0..100u64 {
        say(&mut room, Duration::from_secs(i * 10), 1, &full).unwrap();
    }
    let pieces = room.history(40 * 1024);
    assert!(pieces.len() > 1);
    for piece in &pieces {
        let message = super::super::wire::FromHost::History(piece.clone());
        let bytes = postcard::to_stdvec(&message).unwrap();
        assert!(
            bytes.len() <= crate::wire::MAX_MESSAGE_BYTES,
            "{} bytes",
            bytes.len()
        );
    }
    assert_eq!(pieces.concat().len(), 100);
}

fn any_reach() -> impl Strategy<Value = Reach> {
    prop_oneof![Just(Reach::World), Just(Reach::Near), Just(Reach::Announcement)]
}

proptest! {
    #[test]
    fn the_near_hear_and_the_far_do_not(
        places in proptest::collection::vec(proptest::array::uniform3(-60.0f32..60.0), 1..20),
        holes in proptest::collection::vec(any::<bool>(), 20),
    ) {
        let here: Vec<Present> = places.iter().enumerate().map(|(slot, place)| Present {
            position: (!holes[slot]).then(|| Vec3::from_array(*place)),
            ..present(slot as u16, "Somebody", 0.0)
        }).collect();
        let mut room = Room::default();
        let (audience, _) = room.say(AT, 0, Slot(0), &saying("hi", Reach::Near), &here).unwrap();
        let Audience::Some(told) = audience else { panic!("a near line to everyone") };
        for p in &here {
            let near = match (p.position, here[0].position) {
                (Some(a), Some(b)) => a.distance(b) <= NEAR_METRES + 1e-3,
                _ => false,
            };
            prop_assert!(!told.contains(&p.slot) || near || p.slot == Slot(0));
            prop_assert_eq!(told.contains(&Slot(0)), true);
        }
    }

    /// Whatever is wished: only authors change lines, ids never repeat, and no more is kept than is said.
    #[test]
    fn no_wish_of_anybody_breaks_the_room(
        wishes in proptest::collection::vec((0u16..5, 0u8..3, any_reach(), 0u64..30, "\\PC{0,12}", 0u64..4), 1..80),
    ) {
        let here = here();
        let mut room = Room::default();
        let (mut now, mut last) = (AT, 0);
        let mut authors = std::collections::BTreeMap::new();
        for (slot, what, reach, id, text, secs) in wishes {
            now += Duration::from_secs(secs);
            match what {
                0 => {
                    if let Ok((_, line)) = room.say(now, 0, Slot(slot), &saying(&text, reach), &here) {
                        prop_assert!(line.id > last && slot < 3);
                        prop_assert!(reach != Reach::Announcement || slot == 0);
                        last = line.id;
                        authors.insert(line.id, slot);
                    }
                }
                1 => if room.edit(now, Slot(slot), id, &text, &[id as u16], &here).is_ok() {
                    prop_assert_eq!(authors.get(&id), Some(&slot));
                },
                _ => if room.take_back(now, Slot(slot), id, &here).is_ok() {
                    prop_assert_eq!(authors.remove(&id), Some(slot));
                },
            }
        }
        prop_assert!(room.history.len() <= HISTORY_LINES && room.near.len() <= NEAR_LINES);
        let ids: Vec<u64> = room.history.iter().map(|kept| kept.line.id).collect();
        prop_assert!(ids.is_sorted());
    }
}

#[test]
fn whoever_was_silenced_neither_says_nor_changes_and_still_takes_back() {
    let mut room = Room::default();
    let line = say(&mut room, AT, 1, "mine").unwrap();
    let mut here = here();
    here[1].may = Capabilities::NONE;
    let wish = saying("once more", Reach::World);
    assert_eq!(room.say(AT, 0, Slot(1), &wish, &here), Err(WhyNot::Silent));
    assert_eq!(
        room.edit(AT, Slot(1), line.id, "more", &[], &here),
        Err(WhyNot::Silent)
    );
    assert!(room.take_back(AT, Slot(1), line.id, &here).is_ok());
}

#[test]
fn announcements_are_made_by_whoever_keeps_order() {
    let mut room = Room::default();
    let mut here = here();
    let wish = saying("The boat leaves", Reach::Announcement);
    assert_eq!(room.say(AT, 0, Slot(1), &wish, &here), Err(WhyNot::NotAllowed));
    here[1].may = Capabilities::of(&[Capability::Chat, Capability::Kick]);
    assert!(room.say(AT, 0, Slot(1), &wish, &here).is_ok());
}

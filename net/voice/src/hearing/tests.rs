//! The rule in small scenes, and on random crowds against a second look at each pair.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

const NOBODY: [u16; 0] = [];

fn talks(reach: Reach) -> Option<Talk<'static>> {
    Some(Talk {
        reach,
        level: 8,
        to: Audience::All,
        bytes_per_sec: 0,
    })
}

/// Somebody on a line who talks.
fn talker(slot: u16, x: f32) -> Person<'static> {
    Person {
        talk: talks(Reach::Normal),
        ..Person::at(slot, [x, 0.0, 0.0])
    }
}

fn listener() -> Person<'static> {
    Person::at(0, [0.0; 3])
}

/// Whom the listener hears in a tick on its own.
fn heard(people: &[Person<'_>]) -> Vec<u16> {
    let mut hearing = Hearing::new();
    hearing.update(people);
    hearing.heard_by(0).to_vec()
}

#[test]
fn each_reach_ends_where_it_says() {
    for (reach, metres) in [(Reach::Whisper, 3.0), (Reach::Normal, 25.0), (Reach::Shout, 60.0)] {
        for (x, expected) in [(metres - 0.01, vec![1]), (metres + 0.01, vec![])] {
            let person = Person {
                talk: talks(reach),
                ..talker(1, x)
            };
            assert_eq!(heard(&[listener(), person]), expected, "{reach:?} at {x}");
        }
    }
}

#[test]
fn who_was_heard_is_heard_a_little_farther_and_then_not_until_it_is_near_again() {
    let mut hearing = Hearing::new();
    let mut at = |x: f32| {
        hearing.update(&[listener(), talker(1, x)]);
        !hearing.heard_by(0).is_empty()
    };
    let walk = [
        (25.5, false),
        (24.9, true),
        (26.2, true),
        (26.3, false),
        (25.5, false),
        (24.9, true),
    ];
    for (x, expected) in walk {
        assert_eq!(at(x), expected, "at {x}");
    }
}

#[test]
fn the_stage_is_heard_everywhere_from_who_may() {
    let on_stage = |may_use_stage| Person {
        talk: talks(Reach::Stage),
        may_use_stage,
        ..talker(1, 1e6)
    };
    assert_eq!(heard(&[listener(), on_stage(true)]), [1]);
    assert_eq!(heard(&[listener(), on_stage(false)]), NOBODY);
    let lost = Person {
        position: [f32::NAN; 3],
        ..on_stage(true)
    };
    assert_eq!(heard(&[listener(), lost]), [1]);
}

#[test]
fn the_stage_comes_first_among_the_twelve() {
    let mut people: Vec<Person> = (1..=20).map(|slot| talker(slot, f32::from(slot))).collect();
    people.push(Person {
        talk: talks(Reach::Stage),
        may_use_stage: true,
        ..talker(99, 500.0)
    });
    people.push(listener());
    assert_eq!(heard(&people), [99, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
}

#[test]
fn who_may_not_talk_or_is_silenced_is_not_heard() {
    let plain = talker(1, 2.0);
    for person in [
        Person {
            may_talk: false,
            ..plain
        },
        Person {
            silenced: true,
            ..plain
        },
        Person { talk: None, ..plain },
    ] {
        assert_eq!(heard(&[listener(), person]), NOBODY);
    }
}

#[test]
fn nobody_hears_themselves() {
    assert_eq!(heard(&[talker(0, 0.0)]), NOBODY);
}

#[test]
fn a_mute_goes_one_way_and_a_block_both() {
    let (a, b) = (talker(0, 0.0), talker(1, 2.0));
    let both = |people: &[Person<'_>]| {
        let mut hearing = Hearing::new();
        hearing.update(people);
        [hearing.heard_by(0).to_vec(), hearing.heard_by(1).to_vec()]
    };
    assert_eq!(both(&[a, b]), [vec![1], vec![0]]);
    assert_eq!(both(&[Person { mutes: &[1], ..a }, b]), [vec![], vec![0_u16]]);
    assert_eq!(both(&[Person { blocks: &[1, 7], ..a }, b]), [NOBODY, NOBODY]);
}

#[test]
fn a_whisper_is_for_one_and_a_circle_for_its_members() {
    let whisper = |to| Person {
        talk: Some(Talk {
            reach: Reach::Whisper,
            level: 3,
            to,
            bytes_per_sec: 0,
        }),
        ..talker(5, 1.0)
    };
    let others = [1, 2, 3].map(|slot| Person::at(slot, [0.0; 3]));
    let who = |to| {
        let mut hearing = Hearing::new();
        hearing.update(&[whisper(to), others[0], others[1], others[2]]);
        [1, 2, 3].map(|slot| hearing.heard_by(slot) == [5])
    };
    assert_eq!(who(Audience::All), [true, true, true]);
    assert_eq!(who(Audience::One(2)), [false, true, false]);
    assert_eq!(who(Audience::Circle(&[1, 3, 5])), [true, false, true]);
    assert_eq!(who(Audience::Circle(&[])), [false, false, false]);
}

#[test]
fn earmuffs_shut_out_all_who_are_farther_the_stage_too() {
    let stage = Person {
        talk: talks(Reach::Stage),
        may_use_stage: true,
        ..talker(3, 40.0)
    };
    let people = [talker(1, 4.0), talker(2, 6.0), stage];
    let with = |earmuffs| {
        heard(&[
            Person {
                earmuffs,
                ..listener()
            },
            people[0],
            people[1],
            people[2],
        ])
    };
    assert_eq!(with(None), [3, 1, 2]);
    assert_eq!(with(Some(5.0)), [1]);
    for nobody in [0.0, -1.0, f32::NAN] {
        assert_eq!(with(Some(nobody)), NOBODY);
        // Not even who stands in the same place.
        let earmuffs = Some(nobody);
        assert_eq!(
            heard(&[
                Person {
                    earmuffs,
                    ..listener()
                },
                talker(1, 0.0)
            ]),
            NOBODY
        );
    }
    assert_eq!(with(Some(f32::INFINITY)), [3, 1, 2]);
}

#[test]
fn a_newcomer_takes_a_place_only_if_it_is_clearly_nearer() {
    let mut hearing = Hearing::new();
    let mut people: Vec<Person> = (1..=12).map(|slot| talker(slot, 10.0)).collect();
    people.push(listener());
    hearing.update(&people);
    people.push(talker(50, 8.0));
    hearing.update(&people);
    assert!(!hearing.heard_by(0).contains(&50));
    people[13].position[0] = 7.0;
    hearing.update(&people);
    assert!(hearing.heard_by(0).contains(&50));
    assert_eq!(hearing.heard_by(0).len(), MAX_HEARD);
    // And is as hard to get rid of.
    people[13].position[0] = 12.0;
    hearing.update(&people);
    assert!(hearing.heard_by(0).contains(&50));
}

/// Somebody who takes so much of a link.
fn takes(slot: u16, x: f32, bytes_per_sec: u32) -> Person<'static> {
    Person {
        talk: Some(Talk {
            bytes_per_sec,
            ..Talk::default()
        }),
        ..talker(slot, x)
    }
}

#[test]
fn where_there_is_no_room_for_all_the_nearest_are_heard_and_the_others_not_at_all() {
    let small = Person {
        room_bytes_per_sec: 10_000,
        ..listener()
    };
    let four = [4, 3, 2, 1].map(|slot| takes(slot, f32::from(slot) * 5.0, 3_000));
    let mut hearing = Hearing::new();
    hearing.update(&[&four[..], &[small]].concat());
    assert_eq!(hearing.heard_by(0), [1, 2]);
    assert_eq!(
        [1, 2, 3, 4].map(|slot| hearing.listeners_of(slot)),
        [4, 4, 3, 3],
        "the talkers hear each other"
    );
    // The nearest is heard whatever it takes, and what it leaves is the others'.
    assert_eq!(heard(&[small, takes(1, 5.0, 50_000), four[2]]), [1]);
    assert_eq!(heard(&[small, takes(1, 5.0, 5_000), four[2]]), [1, 2]);
}

#[test]
fn a_room_that_is_full_to_the_brim_stays_with_those_it_has() {
    let small = Person {
        room_bytes_per_sec: 6_100,
        ..listener()
    };
    let mut hearing = Hearing::new();
    let mut with = |second: u32| {
        hearing.update(&[small, takes(1, 5.0, 3_000), takes(2, 6.0, second)]);
        hearing.heard_by(0).len()
    };
    let steps = [2_900, 2_700, 3_000, 3_090, 3_110, 3_090, 2_700];
    assert_eq!(steps.map(&mut with), [1, 2, 2, 2, 1, 1, 2]);
}

#[test]
fn who_says_it_is_loud_counts_as_half_as_far_and_no_nearer() {
    let with_level = |slot, x, level| Person {
        talk: Some(Talk {
            level,
            ..Talk::default()
        }),
        ..talker(slot, x)
    };
    let near: Vec<Person> = (1..=12).map(|slot| with_level(slot, 10.0, 0)).collect();
    for (x, expected) in [(19.0, true), (21.0, false)] {
        let people = [near.clone(), vec![listener(), with_level(50, x, u8::MAX)]].concat();
        assert_eq!(heard(&people).contains(&50), expected, "at {x}");
    }
}

#[test]
fn somebody_whom_nobody_hears_can_be_told() {
    let mut hearing = Hearing::new();
    let far = Person::at(2, [100.0, 0.0, 0.0]);
    hearing.update(&[listener(), far, talker(1, 2.0)]);
    assert_eq!([0, 1, 2, 9].map(|slot| hearing.listeners_of(slot)), [0, 1, 0, 0]);
    hearing.update(&[far, talker(1, 2.0)]);
    assert_eq!(hearing.listeners_of(1), 0);
    assert_eq!(hearing.heard_by(0), NOBODY); // gone
}

/// What a crowd wants of its members, drawn.
#[derive(Clone, Debug)]
struct Drawn {
    position: [f32; 3],
    reach: Option<usize>,
    level: u8,
    may_talk: bool,
    may_use_stage: bool,
    silenced: bool,
    mutes: Vec<u16>,
    blocks: Vec<u16>,
    circle: Option<Vec<u16>>,
    earmuffs: Option<f32>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let few = || {
        vec(0..40_u16, 0..4).prop_map(|mut slots| {
            slots.sort_unstable();
            slots
        })
    };
    let place =
        prop_oneof![20 => -40.0..40.0_f32, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY), 1 => Just(1e30)];
    (
        (place, -5.0..5.0_f32, -40.0..40.0_f32).prop_map(|(x, y, z)| [x, y, z]),
        prop::option::weighted(0.7, 0..4_usize),
        any::<u8>(),
        prop::bool::weighted(0.9),
        any::<bool>(),
        prop::bool::weighted(0.1),
        few(),
        few(),
        prop::option::weighted(0.1, few()),
        prop::option::weighted(0.2, -1.0..40.0_f32),
    )
        .prop_map(
            |(position, reach, level, may_talk, may_use_stage, silenced, mutes, blocks, circle, earmuffs)| {
                Drawn {
                    position,
                    reach,
                    level,
                    may_talk,
                    may_use_stage,
                    silenced,
                    mutes,
                    blocks,
                    circle,
                    earmuffs,
                }
            },
        )
}

fn people(crowd: &[Drawn]) -> Vec<Person<'_>> {
    crowd
        .iter()
        .zip(0..)
        .map(|(drawn, slot)| Person {
            slot,
            position: drawn.position,
            talk: drawn.reach.map(|reach| Talk {
                reach: Reach::ALL[reach],
                level: drawn.level,
                to: drawn.circle.as_deref().map_or(Audience::All, Audience::Circle),
                bytes_per_sec: 0,
            }),
            may_talk: drawn.may_talk,
            may_use_stage: drawn.may_use_stage,
            silenced: drawn.silenced,
            mutes: &drawn.mutes,
            blocks: &drawn.blocks,
            earmuffs: drawn.earmuffs,
            room_bytes_per_sec: u32::MAX,
        })
        .collect()
}

/// Whether a listener may and wants to hear a talker at all, said in another way than the rule says it.
fn allowed(listener: &Person<'_>, talker: &Person<'_>, slack: f32) -> bool {
    let Some(talk) = talker.talk else {
        return false;
    };
    let away = (0..3)
        .map(|axis| f64::from(listener.position[axis]) - f64::from(talker.position[axis]))
        .map(|way| way * way)
        .sum::<f64>()
        .sqrt();
    let within = |metres: f32| away <= f64::from(metres * slack) * 1.000_01;
    let reached = match talk.reach {
        Reach::Stage => talker.may_use_stage,
        reach => within(range_metres(reach)),
    };
    let meant = match talk.to {
        Audience::All => true,
        Audience::One(slot) => slot == listener.slot,
        Audience::Circle(few) => few.contains(&listener.slot),
    };
    let wanted = listener.slot != talker.slot
        && !listener.mutes.contains(&talker.slot)
        && !listener.blocks.contains(&talker.slot)
        && !talker.blocks.contains(&listener.slot)
        && listener
            .earmuffs
            .is_none_or(|radius| radius > 0.0 && within(radius));
    reached && meant && wanted && talker.may_talk && !talker.silenced
}

proptest! {
    #[test]
    fn only_who_is_allowed_is_heard_and_nobody_is_left_out_without_need(ticks in vec(vec(drawn(), 1..40), 1..5)) {
        let mut hearing = Hearing::new();
        for crowd in &ticks {
            let people = people(crowd);
            hearing.update(&people);
            for listener in &people {
                let heard = hearing.heard_by(listener.slot);
                prop_assert!(heard.len() <= MAX_HEARD);
                for slot in heard {
                    prop_assert!(allowed(listener, &people[usize::from(*slot)], LEAVE), "{listener:?} {slot}");
                    prop_assert_eq!(heard.iter().filter(|other| *other == slot).count(), 1);
                }
                if heard.len() < MAX_HEARD {
                    for talker in people.iter().filter(|talker| allowed(listener, talker, 0.999)) {
                        prop_assert!(heard.contains(&talker.slot), "{listener:?} {talker:?}");
                    }
                } else {
                    // Nobody on a stage is left out while somebody who is not is heard.
                    let on_stage = |person: &Person<'_>| person.talk.is_some_and(|talk| talk.reach == Reach::Stage);
                    if heard.iter().any(|slot| !on_stage(&people[usize::from(*slot)])) {
                        for talker in people.iter().filter(|talker| on_stage(talker) && allowed(listener, talker, 0.999)) {
                            prop_assert!(heard.contains(&talker.slot));
                        }
                    }
                }
            }
            for talker in &people {
                let count = people.iter().filter(|p| hearing.heard_by(p.slot).contains(&talker.slot)).count();
                prop_assert_eq!(hearing.listeners_of(talker.slot), count);
            }
        }
    }

    #[test]
    fn a_crowd_that_only_sways_changes_nothing(
        places in vec((-30.0..30.0_f32, -30.0..30.0_f32), 30),
        sways in vec(vec((-0.1..0.1_f32, -0.1..0.1_f32), 30), 20),
        levels in vec(vec(5..10_u8, 30), 20),
    ) {
        let mut hearing = Hearing::new();
        let crowd = |sway: &[(f32, f32)], level: &[u8]| -> Vec<Person<'static>> {
            places.iter().zip(sway).zip(level).zip(0..).map(|(((place, sway), level), slot)| Person {
                talk: Some(Talk { level: *level, ..Talk::default() }),
                ..Person::at(slot, [place.0 + sway.0, 0.0, place.1 + sway.1])
            }).collect()
        };
        hearing.update(&crowd(&[(0.0, 0.0); 30], &[8; 30]));
        let sorted = |hearing: &Hearing, slot| {
            let mut heard = hearing.heard_by(slot).to_vec();
            heard.sort_unstable();
            heard
        };
        let first: Vec<_> = (0..30).map(|slot| sorted(&hearing, slot)).collect();
        for (sway, level) in sways.iter().zip(&levels) {
            hearing.update(&crowd(sway, level));
            for slot in 0..30 {
                let now = sorted(&hearing, slot);
                // Somebody may come in at the edge where there is room; nobody goes.
                prop_assert!(first[usize::from(slot)].iter().all(|talker| now.contains(talker)), "{slot}");
            }
        }
    }

    #[test]
    fn it_is_the_same_for_the_same_ticks(ticks in vec(vec(drawn(), 1..30), 1..4)) {
        let [mut one, mut other] = [Hearing::new(), Hearing::new()];
        for crowd in &ticks {
            let mut people = people(crowd);
            one.update(&people);
            people.reverse(); // whoever is told first
            other.update(&people);
            for person in &people {
                prop_assert_eq!(one.heard_by(person.slot), other.heard_by(person.slot));
            }
        }
    }
}

//! Whatever lines do in whatever order, the bounds hold and nothing is left behind.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::config::Rate;

#[derive(Clone, Debug)]
enum Step {
    Host { room: u8, token: Option<u8> },
    Guest { room: u8, address: u8 },
    Leave { seat: usize },
    HostSays { seat: usize, to: usize },
    GuestSays { seat: usize, to: usize },
    Read { seat: usize },
    Sweep { secs: u64 },
    Bar { address: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..3_u8, prop::option::of(0..2_u8)).prop_map(|(room, token)| Step::Host { room, token }),
        (0..3_u8, 0..3_u8).prop_map(|(room, address)| Step::Guest { room, address }),
        (0..20_usize).prop_map(|seat| Step::Leave { seat }),
        (0..20_usize, 0..20_usize).prop_map(|(seat, to)| Step::HostSays { seat, to }),
        (0..20_usize, 0..20_usize).prop_map(|(seat, to)| Step::GuestSays { seat, to }),
        (0..20_usize).prop_map(|seat| Step::Read { seat }),
        (0..15_u64).prop_map(|secs| Step::Sweep { secs }),
        // Nobody comes from 3.
        (0..4_u8).prop_map(|address| Step::Bar { address }),
    ]
}

fn limits() -> Limits {
    Limits {
        rooms: 2,
        guests_per_room: 3,
        guests_per_address: 4,
        joins: Rate {
            burst: 8.0,
            per_sec: 1.0,
        },
        ..Limits::default()
    }
}

#[test]
fn rooms_that_strangers_filled_do_not_keep_the_program_from_hosting_its_own() {
    let rooms = Rooms::new(limits(), Metrics::default());
    let stranger = Owner::Token(blake3::hash(b"stranger"));
    let _seats = ["0", "1"].map(|room| rooms.admit_host(room, stranger).unwrap());
    assert_eq!(rooms.admit_host("2", stranger).err(), Some(close_code::FULL));
    assert!(rooms.admit_host("2", Owner::Here).is_ok());
}

#[test]
fn where_a_guest_came_from_is_remembered_for_the_last_of_them() {
    let rooms = Rooms::new(limits(), Metrics::default());
    let _host = rooms.admit_host("0", Owner::Here).unwrap();
    let come = |n: usize| {
        let from = Household::V4([10, 0, (n >> 8) as u8, n as u8]);
        let seat = rooms.admit_guest("0", Some(from), Duration::ZERO).unwrap();
        let id = seat.id;
        rooms.leave(seat, Duration::ZERO);
        (id, from)
    };
    let (first, from) = come(0);
    assert_eq!(rooms.household(first), Some(from), "also when its line has ended");
    let spared = rooms.admit_guest("0", None, Duration::ZERO).unwrap();
    assert_eq!(rooms.household(spared.id), None);
    for n in 1..REMEMBERED {
        come(n);
    }
    assert_eq!(rooms.household(first), Some(from));
    let (newest, from) = come(REMEMBERED);
    assert_eq!(
        (rooms.household(first), rooms.household(newest)),
        (None, Some(from))
    );
    assert_eq!(rooms.state().came_from.len(), REMEMBERED);
}

proptest! {
    #[test]
    fn bounds_hold_and_nothing_is_left_behind(steps in prop::collection::vec(step(), 1..120)) {
        let rooms = Rooms::new(limits(), Metrics::default());
        let mut seats: Vec<Seat> = Vec::new();
        let mut now = Duration::ZERO;
        let data = || RawValue::from_string("1".to_owned()).unwrap();
        for step in steps {
            match step {
                Step::Host { room, token } => {
                    let owner = token.map_or(Owner::Here, |t| Owner::Token(blake3::hash(&[t])));
                    seats.extend(rooms.admit_host(&format!("{room}"), owner));
                }
                Step::Guest { room, address } => {
                    let key = Household::V4([192, 0, 2, address]);
                    seats.extend(rooms.admit_guest(&format!("{room}"), Some(key), now));
                }
                Step::Leave { seat } if seat < seats.len() => rooms.leave(seats.swap_remove(seat), now),
                Step::HostSays { seat, to } if seat < seats.len() && to < seats.len() => {
                    if let Role::Host { line } = seats[seat].role {
                        let _ = rooms.host_says(&seats[seat].room, line, seats[to].id, data());
                    }
                }
                Step::GuestSays { seat, to } if seat < seats.len() && to < seats.len() => {
                    let (from, to) = (&seats[seat], seats[to].id);
                    if let (Role::Guest, Ok(word)) = (from.role, rooms.guest_says(&from.room, from.id, to, data())) {
                        prop_assert_eq!(rooms.state().rooms[&from.room].host, to, "only ever to the room's host");
                        let _ = word.host.try_send(word.frame);
                    }
                }
                Step::Read { seat } if seat < seats.len() => {
                    let room = seats[seat].room.clone();
                    while let Ok(frame) = seats[seat].frames.try_recv() {
                        // Whoever speaks to a seat is in its room, at the other end of it.
                        if let Ok(Event::Signal { sender, .. }) = serde_json::from_str::<Event>(&frame) {
                            let is_host = matches!(seats[seat].role, Role::Host { .. });
                            let heard = seats.iter().find(|s| s.id == sender && (s.role == Role::Guest) == is_host);
                            prop_assert!(heard.is_none_or(|s| s.room == room));
                        }
                    }
                }
                Step::Sweep { secs } => {
                    now += Duration::from_secs(secs);
                    rooms.sweep(now);
                }
                Step::Bar { address } => rooms.bar(BTreeSet::from([Household::V4([192, 0, 2, address])])),
                _ => {}
            }
            let state = rooms.state();
            let strangers = state.rooms.values().filter(|room| room.owner != Owner::Here);
            prop_assert!(strangers.count() <= 2);
            prop_assert!(state.rooms.values().all(|room| room.guests.len() <= 3));
            let mut guests = state.rooms.values().flat_map(|room| room.guests.values());
            let is_barred = |guest: &Guest| guest.address.is_some_and(|key| state.barred.contains(&key));
            prop_assert!(!guests.any(is_barred));
        }
        // A line whose seat was taken from it has been told so.
        for seat in &mut seats {
            let state = rooms.state();
            let holds = state.rooms.get(&seat.room).is_some_and(|room| match seat.role {
                Role::Host { line } => room.line == line,
                Role::Guest => room.guests.contains_key(&seat.id),
            });
            prop_assert_eq!(holds, seat.end.try_recv().is_err(), "{:?}", seat.role);
        }
        for seat in seats {
            rooms.leave(seat, now);
        }
        rooms.sweep(now + Duration::from_secs(3600));
        rooms.sweep(now + Duration::from_secs(7200));
        prop_assert_eq!(rooms.state().rooms.len(), 0);
        prop_assert!(rooms.state().addresses.is_empty());
    }
}

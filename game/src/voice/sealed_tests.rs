//! Several people and their circles, with a host between them that loses, forges and keeps what it likes.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::customs;
use holm_voice::frame::{Reach, Sequence};

const STEP: Duration = Duration::from_millis(50);

struct Somebody {
    me: Identity,
    circles: Circles,
}

impl Somebody {
    fn new(number: u8) -> Self {
        Self {
            me: Identity::from_secrets(&[number; 32], &[number | 0x80; 32]),
            circles: Circles::default(),
        }
    }

    fn account(&self) -> AccountKey {
        self.me.account()
    }
}

struct Room {
    people: Vec<Somebody>,
    slots: Vec<u16>,
    now: Duration,
    sent: usize,
}

impl Room {
    fn new(count: u8) -> Self {
        let mut room = Self {
            people: (1..=count).map(Somebody::new).collect(),
            slots: (1..=u16::from(count)).collect(),
            now: Duration::from_secs(100),
            sent: 0,
        };
        room.meet();
        room
    }

    /// Everybody sees who is here.
    fn meet(&mut self) {
        let all: Vec<(AccountKey, Slot)> = self
            .people
            .iter()
            .zip(&self.slots)
            .map(|(person, slot)| (person.account(), Slot(*slot)))
            .collect();
        for person in &mut self.people {
            let me = person.me.account();
            let here = all.iter().filter(|(account, _)| *account != me).copied();
            person.circles.set_here(here.collect(), false);
        }
    }

    fn speak_to(&mut self, who: usize, few: &[usize]) {
        let mut few: Vec<AccountKey> = few.iter().map(|of| self.people[*of].account()).collect();
        few.sort_unstable();
        let Somebody { me, circles } = &mut self.people[who];
        circles.speak_to(me, Some(few), self.now);
    }

    /// So many steps; `host` may change a letter, or keep it.
    fn live_with(&mut self, steps: usize, mut host: impl FnMut(&mut Outgoing) -> bool) {
        for _ in 0..steps {
            self.now += STEP;
            for who in 0..self.people.len() {
                let Somebody { me, circles } = &mut self.people[who];
                circles.tend(me, self.now);
                let from = me.account();
                for mut letter in circles.outgoing(self.now) {
                    self.sent += 1;
                    assert!(customs::letter(&letter.letter), "{letter:?}");
                    if !host(&mut letter) {
                        continue;
                    }
                    let to = self.people.iter_mut().find(|to| to.account() == letter.to);
                    if let Some(Somebody { me, circles }) = to {
                        circles.hear(me, from, letter.circle, &letter.letter, self.now);
                    }
                }
            }
        }
    }

    fn live(&mut self, steps: usize) {
        self.live_with(steps, |_| true);
    }

    /// What everybody makes of a frame that somebody says, and what of it the host sees; a step later, because letters go first.
    fn say(&mut self, who: usize, number: u16) -> (Option<Frame>, Vec<bool>) {
        let frame = frame(number);
        let said = self.people[who].circles.seal(&frame);
        self.live(1);
        let from = self.people[who].account();
        let now = self.now;
        let heard = self.people.iter_mut().map(|person| {
            let opened = said.and_then(|said| person.circles.open(from, &said, now));
            if let Some(opened) = &opened {
                assert_eq!(*opened, frame);
            }
            opened.is_some()
        });
        (said, heard.collect())
    }

    fn offers(&self, who: usize) -> Vec<Offer> {
        self.people[who].circles.offers()
    }
}

fn frame(number: u16) -> Frame {
    let flags = Flags {
        reach: Reach::Whisper,
        sealed: false,
        begins: number == 0,
    };
    Frame::new(Sequence(number), flags, 9, b"between us").unwrap()
}

#[test]
fn a_whisper_is_for_its_one_and_nothing_is_said_before_there_are_keys() {
    let mut room = Room::new(3);
    let (clear, _) = room.say(0, 0);
    assert_eq!(clear, Some(frame(0)), "to all, as it is");
    room.speak_to(0, &[1]);
    assert_eq!(
        room.people[0].circles.seal(&frame(1)),
        None,
        "nobody could open it"
    );
    room.live(10);
    let (said, heard) = room.say(0, 2);
    let said = said.unwrap();
    assert!(said.flags.sealed && said.payload() != frame(2).payload());
    assert_eq!(heard, [false, true, false]);
    assert!(room.offers(2).is_empty());
    let offers = room.offers(1);
    assert_eq!(offers.len(), 1);
    assert_eq!(offers[0].answer(), Audience::Few(vec![room.people[0].account()]));
    // Back to all: in clear again, and nobody is spoken to alone.
    let Somebody { me, circles } = &mut room.people[0];
    circles.speak_to(me, None, room.now);
    room.live(2);
    assert_eq!(room.people[0].circles.seal(&frame(3)), Some(frame(3)));
    assert!(room.offers(1).is_empty());
}

#[test]
fn a_circle_is_answered_to_all_who_are_in_it() {
    let mut room = Room::new(4);
    room.speak_to(0, &[1, 2]);
    room.live(10);
    assert_eq!(room.say(0, 0).1, [false, true, true, false]);
    for who in [1, 2] {
        let offer = room.offers(who).remove(0);
        let Audience::Few(few) = offer.answer() else {
            panic!("a few");
        };
        assert_eq!(few.len(), 2);
        let Somebody { me, circles } = &mut room.people[who];
        circles.speak_to(me, Some(few), room.now);
    }
    room.live(10);
    assert_eq!(room.say(1, 0).1, [true, false, true, false]);
    assert_eq!(room.say(2, 0).1, [true, true, false, false]);
    assert_eq!(room.offers(0).len(), 2);
}

#[test]
fn who_is_left_out_hears_nothing_that_follows_and_may_come_back() {
    let mut room = Room::new(3);
    room.speak_to(0, &[1, 2]);
    room.live(10);
    assert_eq!(room.say(0, 0).1, [false, true, true]);
    room.speak_to(0, &[1]);
    for number in 1..4 {
        assert_eq!(room.say(0, number).1, [false, true, false], "{number}");
    }
    assert!(room.offers(2).is_empty());
    assert!(room.offers(1)[0].others.is_empty(), "those who stay know it");
    room.speak_to(0, &[1, 2]);
    room.live(10);
    assert_eq!(room.say(0, 4).1, [false, true, true]);
}

#[test]
fn who_keeps_listening_though_they_were_left_out_comes_back_in_another_circle() {
    let mut room = Room::new(3);
    room.speak_to(0, &[1, 2]);
    room.live(200);
    room.speak_to(0, &[1]);
    // They are not told, and still believe that they are in it.
    room.live_with(10, |letter| letter.letter != Letter::Ends);
    assert_eq!(room.say(0, 1).1, [false, true, false]);
    room.speak_to(0, &[1, 2]);
    room.live(60);
    assert_eq!(room.say(0, 2).1, [false, true, true]);
}

#[test]
fn whoever_goes_and_comes_back_gets_keys_anew() {
    let mut room = Room::new(3);
    room.speak_to(0, &[1, 2]);
    room.live(10);
    let bo = room.people.remove(1);
    let slot = room.slots.remove(1);
    room.meet();
    assert_eq!(room.say(0, 0).1, [false, true], "of the two who are left");
    // A program that has just begun, in the same seat and in the same moment for all others.
    room.people.insert(1, Somebody::new(2));
    room.slots.insert(1, slot);
    assert_eq!(room.people[1].account(), bo.account());
    room.meet();
    room.live(10);
    assert_eq!(room.say(0, 1).1, [false, true, true]);
    // The old program hears nothing of it.
    let mut bo = bo;
    let said = room.people[0].circles.seal(&frame(2)).unwrap();
    let from = room.people[0].account();
    assert_eq!(bo.circles.open(from, &said, room.now), None);
    // One that began anew without anybody noticing asks in vain for a while, and is told again.
    room.people[1] = Somebody::new(2);
    room.meet();
    room.live(210);
    assert_eq!(room.say(0, 3).1, [false, true, true]);
}

#[test]
fn letters_that_are_lost_are_asked_for_again() {
    for lost in 0..6 {
        let mut room = Room::new(2);
        room.speak_to(0, &[1]);
        let mut number = 0;
        room.live_with(40, |_| {
            number += 1;
            number != lost + 1
        });
        room.live(250);
        assert_eq!(room.say(0, 0).1, [false, true], "letter {lost}");
    }
}

#[test]
fn a_host_that_changes_letters_makes_nobody_hear_or_believe_anything() {
    let others = Somebody::new(9).account().0;
    let forgeries: [fn(&mut Outgoing, [u8; 32]); 4] = [
        |letter, other| {
            if let Letter::Speaks { members, .. } = &mut letter.letter {
                members.push(other);
                members.sort_unstable();
            }
        },
        |letter, _| {
            if let Letter::Speaks { signature, .. } = &mut letter.letter {
                signature[7] ^= 1;
            }
        },
        |letter, _| letter.circle[3] ^= 1,
        |letter, _| {
            if let Letter::Speaks { announcement, .. } = &mut letter.letter {
                announcement[140] ^= 1;
            }
        },
    ];
    for (number, forge) in forgeries.into_iter().enumerate() {
        let mut room = Room::new(3);
        room.speak_to(0, &[1]);
        room.live_with(100, |letter| {
            forge(letter, others);
            true
        });
        assert!(room.offers(1).is_empty(), "{number}");
        assert_eq!(room.people[0].circles.seal(&frame(0)), None, "{number}");
    }
    // A letter of the one, given to the other as if they had been meant.
    let mut room = Room::new(3);
    let cy = room.people[2].account();
    room.speak_to(0, &[1]);
    room.live_with(100, |letter| {
        letter.to = cy;
        true
    });
    assert!(room.offers(2).is_empty());
    assert_eq!(room.people[0].circles.seal(&frame(0)), None);
}

#[test]
fn what_goes_in_the_open_is_not_changed_on_the_way() {
    let mut room = Room::new(2);
    room.speak_to(0, &[1]);
    room.live(10);
    let said = room.people[0].circles.seal(&frame(5)).unwrap();
    room.live(2);
    let from = room.people[0].account();
    let with = |flags, level, number| Frame::new(Sequence(number), flags, level, said.payload()).unwrap();
    let shouted = Flags {
        reach: Reach::Shout,
        ..said.flags
    };
    let begins = Flags {
        begins: true,
        ..said.flags
    };
    let now = room.now;
    let open = |room: &mut Room, frame: &Frame| room.people[1].circles.open(from, frame, now);
    for changed in [
        with(shouted, 9, 5),
        with(begins, 9, 5),
        with(said.flags, 8, 5),
        with(said.flags, 9, 6),
    ] {
        assert_eq!(open(&mut room, &changed), None, "{changed:?}");
    }
    assert_eq!(open(&mut room, &said), Some(frame(5)));
    assert_eq!(open(&mut room, &said), None, "once");
}

#[test]
fn sixteen_who_come_at_once_hear_each_other_and_no_queue_grows() {
    let mut room = Room::new(16);
    let all: Vec<usize> = (0..16).collect();
    for who in 0..16 {
        let others: Vec<usize> = all.iter().copied().filter(|other| *other != who).collect();
        room.speak_to(who, &others);
    }
    for _ in 0..100 {
        room.live(1);
        let waiting = room.people.iter().map(|person| person.circles.waiting.len());
        assert!(waiting.max().unwrap() <= MOST_WAITING);
    }
    room.live(200);
    for who in 0..16 {
        let heard = room.say(who, 0).1;
        assert_eq!(heard.iter().filter(|heard| **heard).count(), 15, "{who}");
    }
    // 120 at once and 16 a second, in fifteen seconds, of each.
    assert!(room.sent <= 16 * (120 + 16 * 16), "{}", room.sent);
}

#[test]
fn who_is_shut_out_neither_hears_nor_is_heard() {
    let mut room = Room::new(2);
    room.speak_to(0, &[1]);
    room.speak_to(1, &[0]);
    room.live(10);
    assert_eq!(
        (room.say(0, 0).1, room.say(1, 0).1),
        (vec![false, true], vec![true, false])
    );
    // As whoever blocks somebody: they are not in the audience any more either.
    let other = room.people[1].account();
    let Somebody { me, circles } = &mut room.people[0];
    circles.deaf_to(&other);
    circles.speak_to(me, Some(Vec::new()), room.now);
    assert_eq!(room.say(0, 1), (None, vec![false, false]));
    let said = room.people[1].circles.seal(&frame(1));
    let opened = said.and_then(|said| room.people[0].circles.open(other, &said, room.now));
    assert_eq!(opened, None);
}

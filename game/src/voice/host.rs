//! At the host: who may be heard by whom, what everybody is told of microphones, and the letters of circles.
//!
//! Flow: what each may ([`Rights`]), whom they block (the document), what they said of their own voice ([`Mine`]) → [`Room`] →
//! the session's rules, `Microphones` to all, `HeardBy` to whoever talks. Letters go from the one to the other, unread.
//! Invariants: rules are as the document and the newest wishes say, in the frame in which they change; what one guest sends,
//! however often, costs the others a bounded number of messages; a host that is nobody in its world hears nothing.

use super::wire::{FromHost as Told, Microphone, Mine, ToHost as Said};
use crate::customs;
use crate::session::{Entered, Heard, Seated, Session, Tell, Unseated};
use crate::things::host::Open;
use crate::things::{Ledger, Rights};
use crate::wire::{FromHost, ToHost};
use bevy::prelude::*;
use holm_document::{Capabilities, Capability, PersonNo};
use holm_identity::AccountKey;
use holm_net::pose::Slot;
use holm_net::session::voice::VoiceRules;
use std::collections::BTreeMap;
use std::time::Duration;

/// What somebody said of their voice is heeded at most so often; the newest counts. Everybody is told of microphones, and
/// whoever has an audience may have it decided anew who hears whom.
const HEED_EVERY: Duration = Duration::from_millis(100);
/// A talker is told at most so often how many hear them.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// Letters from one person, at once and a second. A circle of sixteen that all come at once costs each of them 120, which
/// an honest program sends at a lower pace (`sealed`); what is beyond is not passed on.
const LETTERS: f32 = 160.0;
const LETTERS_PER_SEC: f32 = 20.0;
/// Letters to one person: so that several together do not fill the line of somebody who is away.
const LETTERS_TO: f32 = 320.0;
const LETTERS_TO_PER_SEC: f32 = 40.0;

/// Who may be heard everywhere: whoever may speak to all in a banner, and may talk.
fn may_use_stage(may: Capabilities) -> bool {
    may.has(Capability::Talk) && may.has(Capability::Kick)
}

/// Somebody in the room, as voice needs to know them.
#[derive(Clone, Debug, PartialEq)]
struct Present {
    slot: Slot,
    account: AccountKey,
    may: Capabilities,
    /// Whom of those here they block, ascending.
    blocks: Vec<u16>,
}

/// A bucket of letters that leaks.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    filled: f32,
    at: Duration,
}

impl Bucket {
    /// Whether one more finds room.
    fn takes(&mut self, now: Duration, brim: f32, leak_per_sec: f32) -> bool {
        let leaked = now.saturating_sub(self.at).as_secs_f32() * leak_per_sec;
        self.filled = (self.filled - leaked).max(0.0);
        self.at = now;
        let takes = self.filled + 1.0 <= brim;
        self.filled += if takes { 1.0 } else { 0.0 };
        takes
    }
}

/// What the host knows of one who is here.
#[derive(Debug, Default)]
struct Seat {
    /// What they said last.
    said: Option<Mine>,
    /// What of it counts by now.
    heeded: Option<Mine>,
    next: Duration,
    /// As the session has them.
    rules: Option<VoiceRules>,
    /// What they were told last while they talk, and when.
    heard_by: Option<(u16, Duration)>,
    sent: Bucket,
    received: Bucket,
}

/// Everybody's voice, as the host knows it.
#[derive(Resource, Debug, Default)]
pub(super) struct Room {
    seats: BTreeMap<Slot, Seat>,
}

impl Room {
    /// They are gone; whoever sits there next is somebody else.
    fn forget(&mut self, slot: Slot) {
        self.seats.remove(&slot);
    }

    /// What somebody says of their voice; it counts in [`Room::heed`].
    fn say(&mut self, slot: Slot, mine: &Mine) {
        self.seats.entry(slot).or_default().said = Some(mine.clone());
    }

    /// Whether one letter more goes from the one to the other.
    fn passes(&mut self, now: Duration, from: &Present, to: &Present) -> bool {
        let blocked = from.blocks.contains(&to.slot.0) || to.blocks.contains(&from.slot.0);
        if from.account == to.account || blocked {
            return false;
        }
        let sent = &mut self.seats.entry(from.slot).or_default().sent;
        if !sent.takes(now, LETTERS, LETTERS_PER_SEC) {
            return false;
        }
        let received = &mut self.seats.entry(to.slot).or_default().received;
        received.takes(now, LETTERS_TO, LETTERS_TO_PER_SEC)
    }

    /// All that is known of microphones.
    fn microphones(&self) -> Vec<(u16, Microphone)> {
        let known = |(slot, seat): (&Slot, &Seat)| Some((slot.0, seat.heeded.as_ref()?.microphone));
        self.seats.iter().filter_map(known).collect()
    }

    /// What was said counts, where it is time; which microphones are another way now.
    fn heed(&mut self, now: Duration) -> Vec<(u16, Microphone)> {
        let mut changed = Vec::new();
        for (slot, seat) in &mut self.seats {
            if now < seat.next || seat.said == seat.heeded {
                continue;
            }
            let microphone = |mine: &Option<Mine>| mine.as_ref().map(|mine| mine.microphone);
            let before = microphone(&seat.heeded);
            seat.heeded.clone_from(&seat.said);
            seat.next = now + HEED_EVERY;
            if let Some(microphone) = microphone(&seat.heeded).filter(|now| Some(*now) != before) {
                changed.push((slot.0, microphone));
            }
        }
        changed
    }

    /// Rules that are others now. `here` is everybody, by slot.
    fn rules(&mut self, here: &[Present]) -> Vec<(Slot, VoiceRules)> {
        let mut changed = Vec::new();
        for person in here {
            let seat = self.seats.entry(person.slot).or_default();
            let rules = rules_of(person, seat.heeded.as_ref(), here);
            if seat.rules.as_ref() != Some(&rules) {
                seat.rules = Some(rules.clone());
                changed.push((person.slot, rules));
            }
        }
        changed
    }

    /// What a talker is to be told of how many hear them, if anything; `None` of who does not talk.
    fn hears(&mut self, now: Duration, slot: Slot, listeners: Option<usize>) -> Option<u16> {
        let seat = self.seats.entry(slot).or_default();
        let Some(listeners) = listeners else {
            seat.heard_by = None;
            return None;
        };
        let listeners = u16::try_from(listeners).unwrap_or(u16::MAX);
        let told = seat
            .heard_by
            .is_some_and(|(told, at)| told == listeners || now.saturating_sub(at) < TELL_EVERY);
        if told {
            return None;
        }
        seat.heard_by = Some((listeners, now));
        Some(listeners)
    }
}

fn rules_of(person: &Present, mine: Option<&Mine>, here: &[Present]) -> VoiceRules {
    let audience = mine.and_then(|mine| mine.audience.as_deref());
    let to = audience.map(|few| {
        let few = customs::audience(few);
        let others = here.iter().filter(|other| other.slot != person.slot);
        others
            .filter(|other| few.binary_search(&other.account).is_ok())
            .map(|other| other.slot.0)
            .collect()
    });
    VoiceRules {
        silent: !person.may.has(Capability::Talk),
        stage: may_use_stage(person.may),
        to,
        // Whom somebody mutes nobody else is told, the host neither.
        mutes: Vec::new(),
        blocks: person.blocks.clone(),
        earmuffs: mine.and_then(|mine| mine.earmuffs).map(f32::from),
    }
}

/// Everybody in the room, by slot.
fn present(session: &Session, rights: &Rights, open: Option<&mut Open>) -> Vec<Present> {
    let mut here = Vec::new();
    session.for_each_person(|person| {
        here.push(Present {
            slot: person.slot,
            account: person.account,
            may: rights.of(person.slot),
            blocks: Vec::new(),
        });
    });
    here.sort_unstable_by_key(|person| person.slot);
    let Some(open) = open else { return here };
    let numbers: Vec<_> = here.iter().map(|person| open.person(person.slot)).collect();
    let slots: Vec<u16> = here.iter().map(|person| person.slot.0).collect();
    for (person, number) in here.iter_mut().zip(&numbers) {
        let standing = number.and_then(|number| open.state().person(number));
        let Some(standing) = standing.filter(|standing| !standing.blocks.is_empty()) else {
            continue;
        };
        let blocked = |other: Option<PersonNo>| other.is_some_and(|other| standing.blocks.contains(&other));
        let others = slots.iter().zip(&numbers);
        person.blocks = others
            .filter(|(_, other)| blocked(**other))
            .map(|(slot, _)| *slot)
            .collect();
    }
    here
}

pub(super) fn judge(
    mut entered: MessageReader<Entered>,
    mut seated: MessageReader<Seated>,
    mut unseated: MessageReader<Unseated>,
    mut heard: MessageReader<Heard>,
    rights: Res<Rights>,
    time: Res<Time<Real>>,
    mut session: ResMut<Session>,
    mut ledger: ResMut<Ledger>,
    mut room: ResMut<Room>,
    mut tell: MessageWriter<Tell>,
) {
    if entered.read().count() > 0 || !session.is_host() {
        room.seats.clear();
    }
    if !session.is_host() {
        seated.clear();
        unseated.clear();
        heard.clear();
        return;
    }
    let now = time.elapsed();
    let left: Vec<Slot> = unseated.read().map(|left| left.slot).collect();
    left.iter().for_each(|slot| room.forget(*slot));
    let here = present(&session, &rights, ledger.open());
    let say = |message| FromHost::Voice(message);
    for Heard { from, message } in heard.read() {
        // Whoever sits there now has not said it.
        let (ToHost::Voice(message), false) = (message, left.contains(from)) else {
            continue;
        };
        let Some(author) = here.iter().find(|person| person.slot == *from) else {
            continue;
        };
        match message {
            Said::Mine(mine) => room.say(*from, mine),
            Said::Letter { to, circle, letter } => {
                let to = here.iter().find(|person| person.account.0 == *to);
                if let Some(to) = to.filter(|_| customs::letter(letter))
                    && room.passes(now, author, to)
                {
                    let passed = Told::Letter {
                        from: author.account.0,
                        circle: *circle,
                        letter: letter.clone(),
                    };
                    tell.write(Tell::one(to.slot, say(passed)));
                }
            }
        }
    }
    let known = room.microphones();
    for Seated { slot, .. } in seated.read() {
        if !known.is_empty() {
            tell.write(Tell::one(*slot, say(Told::Microphones(known.clone()))));
        }
    }
    let changed = room.heed(now);
    if !changed.is_empty() {
        tell.write(Tell::all(say(Told::Microphones(changed))));
    }
    for (slot, rules) in room.rules(&here) {
        session.set_voice(slot, rules);
    }
    for person in &here {
        let listeners = session.voice_listeners(person.slot);
        if let Some(listeners) = room.hears(now, person.slot, listeners) {
            tell.write(Tell::one(person.slot, say(Told::HeardBy(listeners))));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GUEST: [Capability; 2] = [Capability::Talk, Capability::Chat];

    fn person(slot: u16, may: &[Capability]) -> Present {
        Present {
            slot: Slot(slot),
            account: AccountKey([slot as u8; 32]),
            may: Capabilities::of(may),
            blocks: Vec::new(),
        }
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn rules(room: &mut Room, here: &[Present], slot: u16) -> Option<VoiceRules> {
        let changed = room.rules(here);
        changed
            .into_iter()
            .find(|(of, _)| of.0 == slot)
            .map(|(_, rules)| rules)
    }

    #[test]
    fn who_may_not_talk_is_silent_and_the_stage_is_for_those_who_keep_order() {
        let mut here = [
            person(0, &Capability::ALL),
            person(1, &GUEST),
            person(2, &[Capability::Chat]),
        ];
        let mut room = Room::default();
        let changed = room.rules(&here);
        let facts: Vec<_> = changed
            .iter()
            .map(|(slot, rules)| (slot.0, rules.silent, rules.stage))
            .collect();
        assert_eq!(facts, [(0, false, true), (1, false, false), (2, true, false)]);
        assert_eq!(room.rules(&here), [], "nothing is another way");
        // Whoever was silenced has no stage either.
        here[0].may = Capabilities::of(&[Capability::Kick]);
        let silenced = rules(&mut room, &here, 0).unwrap();
        assert!(silenced.silent && !silenced.stage);
        // Somebody else sits there now.
        room.forget(Slot(1));
        assert!(rules(&mut room, &here, 1).is_some());
    }

    #[test]
    fn an_audience_is_of_accounts_and_follows_them_as_they_come_and_go() {
        let mut here = vec![person(0, &GUEST), person(1, &GUEST), person(2, &GUEST)];
        let mut room = Room::default();
        room.rules(&here);
        let mine = Mine {
            audience: Some(vec![[2; 32], [9; 32], [0; 32]]),
            ..Mine::default()
        };
        room.say(Slot(0), &mine);
        room.heed(ms(0));
        assert_eq!(
            rules(&mut room, &here, 0).unwrap().to,
            Some(vec![2]),
            "not oneself"
        );
        let mut back = person(7, &GUEST);
        back.account = AccountKey([9; 32]);
        here.push(back);
        assert_eq!(rules(&mut room, &here, 0).unwrap().to, Some(vec![2, 7]));
        here.clear();
        here.push(person(0, &GUEST));
        assert_eq!(
            rules(&mut room, &here, 0).unwrap().to,
            Some(vec![]),
            "nobody, and not all"
        );
    }

    #[test]
    fn the_newest_word_counts_and_not_every_one() {
        let mut room = Room::default();
        let is = |microphone| Mine {
            microphone,
            ..Mine::default()
        };
        room.say(Slot(3), &is(Microphone::Open));
        assert_eq!(room.heed(ms(0)), [(3, Microphone::Open)]);
        let mut told = 0;
        for at in 1..1_000 {
            let next = [Microphone::Muted, Microphone::Open][at as usize % 2];
            room.say(Slot(3), &is(next));
            told += room.heed(ms(at)).len();
        }
        assert!(told <= 10, "{told}");
        room.say(Slot(3), &is(Microphone::None));
        assert_eq!(room.heed(ms(2_000)), [(3, Microphone::None)]);
        assert_eq!(room.microphones(), [(3, Microphone::None)]);
    }

    #[test]
    fn how_many_hear_is_told_at_once_and_then_twice_a_second_at_most() {
        let mut room = Room::default();
        let mut hears = |at, listeners| room.hears(ms(at), Slot(1), listeners);
        assert_eq!(hears(0, None), None);
        assert_eq!(hears(10, Some(0)), Some(0));
        assert_eq!(hears(20, Some(3)), None, "too soon");
        assert_eq!(hears(510, Some(3)), Some(3));
        assert_eq!(hears(2_000, Some(3)), None, "the same");
        assert_eq!(hears(2_001, None), None);
        assert_eq!(hears(2_002, Some(3)), Some(3), "they begin anew");
    }

    #[test]
    fn letters_go_to_others_who_are_not_blocked_and_not_without_end() {
        let (mut bo, cy) = (person(1, &GUEST), person(2, &[]));
        let mut room = Room::default();
        assert!(room.passes(ms(0), &bo, &cy), "also to whoever may not talk");
        assert!(!room.passes(ms(0), &bo, &bo));
        bo.blocks = vec![2];
        assert!(!room.passes(ms(0), &bo, &cy) && !room.passes(ms(0), &cy, &bo));
        bo.blocks.clear();
        let passed = (0..1_000).filter(|at| room.passes(ms(*at), &bo, &cy)).count();
        assert!((150..=181).contains(&passed), "{passed}");
        assert!(room.passes(ms(60_000), &bo, &cy), "a minute later again");
        assert!(room.passes(ms(1_000), &cy, &bo), "others have their own");
    }

    proptest! {
        #[test]
        fn whatever_somebody_says_their_rules_name_only_those_who_are_here(
            earmuffs in proptest::option::of(any::<u8>()),
            audience in proptest::option::of(
                proptest::collection::vec(any::<u8>().prop_map(|n| [n % 9; 32]), 0..40),
            ),
        ) {
            let here: Vec<Present> = (0..6).map(|slot| person(slot, &GUEST)).collect();
            let all = audience.is_none();
            let mine = Mine { microphone: Microphone::Open, earmuffs, audience };
            let rules = rules_of(&here[2], Some(&mine), &here);
            prop_assert_eq!(rules.to.is_none(), all);
            let to = rules.to.unwrap_or_default();
            prop_assert!(to.iter().all(|slot| *slot < 6 && *slot != 2));
            prop_assert!(to.is_sorted_by(|a, b| a < b));
            prop_assert!(rules.earmuffs.is_none_or(|metres| (0.0..=255.0).contains(&metres)));
        }
    }
}

//! Who hears whom: the host's rule, by which it sends a talker's frames on, or does not. It decodes nothing.
//!
//! Flow: every tick the host says where everybody is, who talks and who wants what → [`Hearing::update`] → for each
//! listener the talkers whose frames go to it ([`Hearing::heard_by`]), for each talker how many hear it
//! ([`Hearing::listeners_of`], "nobody hears you").
//!
//! A voice reaches as far as its [`Reach`] ([`range_metres`]), to whoever of those there it is meant for ([`Audience`]);
//! what a listener wants (mutes, blocks, earmuffs) stands above what a talker wants, the stage included. Of those who are
//! left a listener gets [`MAX_HEARD`]: the stage first, then by distance, a loud one as if it stood half as far away. Where
//! somebody stands the host knows; how loud it is the talker says, so that a lie is worth no more than those steps.
//! Where a listener's link has no room for all of them it gets the first, whole: of twelve voices with holes none is understood.
//!
//! Nothing flaps: who is heard is heard a little farther out ([`LEAVE`]), and gives way only to who is clearly nearer
//! ([`KEEP`]). For that the caller keeps somebody's [`Talk`] for a second or two after the last frame, through the pauses of
//! a sentence.
//!
//! Invariant: it is the same for the same ticks; nobody is heard from outside the range times [`LEAVE`], by more than
//! [`MAX_HEARD`] at once, against the will of the host or of the listener; who is heard beside others fits into the listener's
//! room with them.

#[cfg(test)]
mod tests;

use crate::frame::{MAX_LEVEL, Reach};

/// Most talkers that somebody hears at once. More are a murmur in which nobody is understood, and each costs the listener's
/// link 25 kbit/s.
pub const MAX_HEARD: usize = 12;

/// Who is heard is heard up to this much farther: 1.25 m at 25 m, more than somebody sways who stands and talks.
pub const LEAVE: f32 = 1.05;

/// Who is heard counts as this much nearer than it is, so that a newcomer must be clearly nearer to take its place.
pub const KEEP: f32 = 0.75;

/// Who is not heard yet must leave so much of what it takes free, so that a room that is full to the brim stays with those it has.
const NEWCOMER: u32 = 8;

/// Nearer than this all are as near, metres: at arm's length nobody is to be told apart by distance.
const ARMS_LENGTH: f32 = 1.0;

/// The loudest counts as so much nearer.
const LOUDEST: f32 = 2.0;

/// Steps of level that a talker's loudness falls by in a tick: between two words it does not fall silent.
const FALL: f32 = 0.25;

/// How far a voice is heard, metres; the stage has no end. About what it is outdoors: of a normal voice little is
/// understood beyond 25 m, of a shout beyond 60.
#[must_use]
pub fn range_metres(reach: Reach) -> f32 {
    match reach {
        Reach::Whisper => 3.0,
        Reach::Normal => 25.0,
        Reach::Shout => 60.0,
        Reach::Stage => f32::INFINITY,
    }
}

/// For whom a voice is meant, of those within its range.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Audience<'a> {
    /// For all.
    #[default]
    All,
    /// For one, as a whisper is.
    One(u16),
    /// For a chosen few, ascending: the members of a circle.
    Circle(&'a [u16]),
}

impl Audience<'_> {
    fn has(&self, slot: u16) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => *one == slot,
            Self::Circle(few) => few.binary_search(&slot).is_ok(),
        }
    }
}

/// That somebody talks, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Talk<'a> {
    /// How far it is meant to be heard.
    pub reach: Reach,
    /// How loud its last frame said that it was.
    pub level: u8,
    /// For whom.
    pub to: Audience<'a>,
    /// What it takes of the link of each who hears it.
    pub bytes_per_sec: u32,
}

/// What the host knows of a person in this tick.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Who it is in this session. No two people have the same; numbers are small, a place is kept for each up to the largest.
    pub slot: u16,
    /// Where its head is, metres.
    pub position: [f32; 3],
    /// Whether it talks.
    pub talk: Option<Talk<'a>>,
    /// Whether the host lets it talk at all.
    pub may_talk: bool,
    /// Whether the host lets it be heard everywhere. Who asks for it and may not is not heard: its frames say "stage", and
    /// would be played without distance.
    pub may_use_stage: bool,
    /// Whether it was silenced, for now.
    pub silenced: bool,
    /// Whom it does not want to hear, ascending.
    pub mutes: &'a [u16],
    /// Whom it wants to have nothing to do with, ascending: neither hears the other.
    pub blocks: &'a [u16],
    /// Only who is nearer is heard, metres; 0 is nobody.
    pub earmuffs: Option<f32>,
    /// What its link has for voices. The first of them it gets in any case.
    pub room_bytes_per_sec: u32,
}

impl Person<'_> {
    /// Somebody at a place who is silent, may talk, and wants to hear everybody.
    #[must_use]
    pub const fn at(slot: u16, position: [f32; 3]) -> Self {
        Self {
            slot,
            position,
            talk: None,
            may_talk: true,
            may_use_stage: false,
            silenced: false,
            mutes: &[],
            blocks: &[],
            earmuffs: None,
            room_bytes_per_sec: u32::MAX,
        }
    }

    fn is_heard_at_all(&self) -> bool {
        let stage = self.talk.is_some_and(|talk| talk.reach == Reach::Stage);
        self.talk.is_some() && self.may_talk && !self.silenced && (!stage || self.may_use_stage)
    }
}

/// Whom somebody hears.
#[derive(Clone, Copy, Default)]
struct Ears {
    slots: [u16; MAX_HEARD],
    len: usize,
}

impl Ears {
    fn heard(&self) -> &[u16] {
        &self.slots[..self.len]
    }
}

/// One of those whom a listener could hear.
#[derive(Clone, Copy)]
struct Candidate {
    slot: u16,
    stage: bool,
    /// Metres, as near as it counts.
    distance: f32,
    /// Bytes a second, as many as it counts for.
    takes: u32,
}

/// Who hears whom, from tick to tick.
#[derive(Default)]
pub struct Hearing {
    /// By slot, now and in the tick before.
    ears: Vec<Ears>,
    before: Vec<Ears>,
    /// By slot: how loud a talker was of late, in levels.
    loudness: Vec<f32>,
    /// By slot: how many hear it.
    listeners: Vec<u16>,
    candidates: Vec<Candidate>,
}

impl Hearing {
    /// Nobody hears anybody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decides for this tick. Everybody who is there must be among them; who is not hears nothing and is not heard.
    pub fn update(&mut self, people: &[Person<'_>]) {
        let slots = people
            .iter()
            .map(|person| usize::from(person.slot) + 1)
            .max()
            .unwrap_or(0);
        core::mem::swap(&mut self.ears, &mut self.before);
        self.ears.clear();
        self.ears.resize(slots, Ears::default());
        self.before.resize(slots, Ears::default());
        self.loudness.resize(slots, 0.0);
        self.listeners.clear();
        self.listeners.resize(slots, 0);
        for person in people {
            let loudness = &mut self.loudness[usize::from(person.slot)];
            let level = person.talk.map_or(0, |talk| talk.level.min(MAX_LEVEL));
            *loudness = f32::from(level).max(*loudness - FALL);
        }
        for listener in people {
            self.choose(listener, people);
        }
    }

    /// The talkers whose frames go to a listener, those first that matter most.
    #[must_use]
    pub fn heard_by(&self, listener: u16) -> &[u16] {
        self.ears.get(usize::from(listener)).map_or(&[], Ears::heard)
    }

    /// How many people hear a talker.
    #[must_use]
    pub fn listeners_of(&self, talker: u16) -> usize {
        self.listeners
            .get(usize::from(talker))
            .copied()
            .map_or(0, usize::from)
    }

    fn choose(&mut self, listener: &Person<'_>, people: &[Person<'_>]) {
        let at = usize::from(listener.slot);
        let before = self.before[at];
        self.candidates.clear();
        for talker in people.iter().filter(|person| person.is_heard_at_all()) {
            let heard = before.heard().contains(&talker.slot);
            if let Some(distance) = distance_heard(listener, talker, heard) {
                let louder =
                    1.0 + (LOUDEST - 1.0) * self.loudness[usize::from(talker.slot)] / f32::from(MAX_LEVEL);
                let keep = if heard { KEEP } else { 1.0 };
                let bytes = talker.talk.map_or(0, |talk| talk.bytes_per_sec);
                let spare = if heard { 0 } else { bytes / NEWCOMER };
                self.candidates.push(Candidate {
                    slot: talker.slot,
                    stage: talker.talk.is_some_and(|talk| talk.reach == Reach::Stage),
                    distance: distance.max(ARMS_LENGTH) * keep / louder,
                    takes: bytes.saturating_add(spare),
                });
            }
        }
        self.candidates.sort_unstable_by(|a, b| {
            let nearer = || a.distance.total_cmp(&b.distance);
            b.stage.cmp(&a.stage).then_with(nearer).then(a.slot.cmp(&b.slot))
        });
        let ears = &mut self.ears[at];
        let mut room = listener.room_bytes_per_sec;
        for (place, candidate) in ears.slots.iter_mut().zip(&self.candidates) {
            if ears.len > 0 && candidate.takes > room {
                break;
            }
            room = room.saturating_sub(candidate.takes);
            *place = candidate.slot;
            ears.len += 1;
            self.listeners[usize::from(candidate.slot)] += 1;
        }
    }
}

/// How far away a talker is, as its voice goes, if the listener hears it; `already` if it heard it in the tick before.
fn distance_heard(listener: &Person<'_>, talker: &Person<'_>, already: bool) -> Option<f32> {
    let talk = talker.talk?;
    let refused = listener.slot == talker.slot
        || !talk.to.has(listener.slot)
        || listener.mutes.binary_search(&talker.slot).is_ok()
        || listener.blocks.binary_search(&talker.slot).is_ok()
        || talker.blocks.binary_search(&listener.slot).is_ok();
    if refused {
        return None;
    }
    let [x, y, z] = core::array::from_fn(|axis| listener.position[axis] - talker.position[axis]);
    let distance = (x * x + y * y + z * z).sqrt();
    let slack = if already { LEAVE } else { 1.0 };
    let range = range_metres(talk.reach);
    // Written so that a distance that is no number is too far, but for the stage.
    let in_range = range.is_infinite() || distance <= range * slack;
    let let_in = listener
        .earmuffs
        .is_none_or(|radius| radius > 0.0 && distance <= radius * slack);
    // A shout from 60 m is as near as a voice from 25: by distance alone it would never be among the nearest.
    let as_it_goes = if talk.reach == Reach::Shout {
        range_metres(Reach::Normal) / range
    } else {
        1.0
    };
    (in_range && let_in).then_some(if distance.is_finite() {
        distance * as_it_goes
    } else {
        f32::MAX
    })
}

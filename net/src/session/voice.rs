//! Voice within a session: what somebody says goes to the host with their poses, and from there to whoever is to hear it.
//!
//! Flow: `Mouth::say` at a guest → its next datagram (section `VOICE`) → `Forum::said` at the host, which
//! knows who hears whom ([`Hearing`]) → `Ears::put` of each listener's seat → their next datagram → [`Heard`].
//! Invariants: the host reads which frames there are, how far they are meant to be heard and how loud they say that they are, and
//! nothing else; nothing is queued for longer than it is worth, and nobody is sent what they are not to hear.

use super::Misbehaved;
use crate::pose::{Crowd, MAX_SLOTS, Slot};
use bytes::Bytes;
use core::time::Duration;
use holm_voice::frame::{Bundle, Bundler, Frame, Reach};
use holm_voice::hearing::{Audience, Hearing, Person, Talk};
use std::collections::{BTreeMap, VecDeque};

/// A frame that somebody else said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub slot: Slot,
    pub frame: Frame,
    /// When it came, in session time.
    pub at: Duration,
}

/// Frames that nobody fetched: 12 talkers for half a second. What is older would be heard too late.
const MOST_HEARD: usize = 300;
/// Frames of our own that are worth a datagram by themselves: with two, 25 leave in a second, five more than without a voice.
const WORTH_SENDING: usize = 2;
/// Datagrams with voice for one listener are at least so far apart: of several talkers, what comes within it goes together.
const FORWARD_EVERY: Duration = Duration::from_millis(20);
/// Bytes that wait for one listener: three datagrams, or what twelve say in a tenth of a second.
const MOST_WAITING: usize = 3_300;
/// Whoever said nothing for so long does not talk any more: they are not among those who are heard.
const PAUSE: Duration = Duration::from_millis(1_500);
/// How often it is decided anew who hears whom.
const DECIDE_EVERY: Duration = Duration::from_millis(50);

/// What the game says of somebody's voice, at the host. Slots ascend in each list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VoiceRules {
    /// They are not heard.
    pub silent: bool,
    /// They may be heard everywhere.
    pub stage: bool,
    /// They speak to these only.
    pub to: Option<Vec<u16>>,
    /// They do not hear these.
    pub mutes: Vec<u16>,
    /// Neither hears the other.
    pub blocks: Vec<u16>,
    /// They hear nobody who is farther away, metres.
    pub earmuffs: Option<f32>,
}

/// What one says oneself, on its way to the host.
#[derive(Default)]
pub(crate) struct Mouth {
    bundler: Bundler,
    /// Something was said in the last datagrams: poses wait for the next that carries voice.
    talking: bool,
}

impl Mouth {
    pub(crate) fn say(&mut self, frame: &Frame) {
        self.bundler.put(frame);
        self.talking = true;
    }

    pub(crate) fn set_repeat(&mut self, frames: u8) {
        self.bundler.set_repeat(frames);
    }

    /// Whether a datagram is to leave now. `fresh`: there is a new pose, which goes along with what is said.
    pub(crate) fn is_due(&self, fresh: bool) -> bool {
        let waits = self.bundler.waiting();
        waits >= WORTH_SENDING || fresh && (waits > 0 || !self.talking)
    }

    /// Everything that was said since the last datagram and fits into `room` bytes.
    pub(crate) fn take(&mut self, room: usize, out: &mut Vec<u8>) {
        out.clear();
        self.talking = self.bundler.waiting() > 0;
        while let Some(bundle) = self.bundler.take() {
            if out.len() + bundle.byte_len() > room {
                break; // lost, as in a datagram
            }
            bundle.write_to_host(out);
        }
    }
}

/// Reads what a guest says.
pub(super) fn read_said(mut body: &[u8], mut each: impl FnMut(&Bundle)) -> Result<(), Misbehaved> {
    while !body.is_empty() {
        let (bundle, len) = Bundle::read_to_host(body).map_err(|_| Misbehaved)?;
        each(&bundle);
        body = body.get(len..).ok_or(Misbehaved)?;
    }
    Ok(())
}

/// Reads what a host passes on.
pub(super) fn read_heard(mut body: &[u8], mut each: impl FnMut(Slot, &Bundle)) -> Result<(), Misbehaved> {
    while !body.is_empty() {
        let (slot, bundle, len) = Bundle::read_to_guest(body).map_err(|_| Misbehaved)?;
        if usize::from(slot) >= MAX_SLOTS {
            return Err(Misbehaved);
        }
        each(Slot(slot), &bundle);
        body = body.get(len..).ok_or(Misbehaved)?;
    }
    Ok(())
}

/// What was heard and not fetched yet.
#[derive(Default)]
pub(crate) struct Inbox(VecDeque<Heard>);

impl Inbox {
    pub(crate) fn put(&mut self, slot: Slot, bundle: &Bundle, at: Duration) {
        for frame in bundle.frames() {
            if self.0.len() >= MOST_HEARD {
                self.0.pop_front();
            }
            self.0.push_back(Heard {
                slot,
                frame: *frame,
                at,
            });
        }
    }

    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Heard> + '_ {
        self.0.drain(..)
    }
}

/// What waits for one listener.
#[derive(Default)]
pub(crate) struct Ears {
    waiting: VecDeque<Bytes>,
    bytes: usize,
    next: Duration,
}

impl Ears {
    pub(crate) fn put(&mut self, bundle: Bytes) {
        self.bytes += bundle.len();
        self.waiting.push_back(bundle);
        while self.bytes > MOST_WAITING {
            let Some(oldest) = self.waiting.pop_front() else {
                break;
            };
            self.bytes -= oldest.len();
        }
    }

    /// Whether a datagram is to leave now for the sake of what was said.
    pub(crate) fn is_due(&self, now: Duration) -> bool {
        !self.waiting.is_empty() && now >= self.next
    }

    /// As much as fits into `room` bytes; the oldest first.
    pub(crate) fn take(&mut self, now: Duration, room: usize, out: &mut Vec<u8>) {
        out.clear();
        while let Some(bundle) = self.waiting.front()
            && out.len() + bundle.len() <= room
        {
            out.extend_from_slice(bundle);
            self.bytes -= bundle.len();
            self.waiting.pop_front();
        }
        self.next = now + FORWARD_EVERY;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Nobody listens just now.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.bytes = 0;
    }
}

#[derive(Clone, Copy)]
struct Speaking {
    reach: Reach,
    level: u8,
    last: Duration,
}

/// Who says what to whom, at the host.
#[derive(Default)]
pub(crate) struct Forum {
    hearing: Hearing,
    speaking: BTreeMap<Slot, Speaking>,
    rules: BTreeMap<Slot, VoiceRules>,
    next: Duration,
    /// What was said since the last look, ready to be passed on.
    said: Vec<(Slot, Bytes)>,
    pub(crate) forwarded_bytes: u64,
}

impl Forum {
    pub(crate) fn set_rules(&mut self, slot: Slot, rules: VoiceRules) {
        self.rules.insert(slot, rules);
        self.next = Duration::ZERO;
    }

    /// The slot is somebody else's, or nobody's.
    pub(crate) fn forget(&mut self, slot: Slot) {
        self.rules.remove(&slot);
        self.speaking.remove(&slot);
    }

    /// How many hear somebody who talks.
    pub(crate) fn listeners_of(&self, slot: Slot) -> usize {
        self.hearing.listeners_of(slot.0)
    }

    /// Whether somebody talks, pauses of a sentence counted.
    pub(crate) fn talks(&self, slot: Slot) -> bool {
        self.speaking.contains_key(&slot)
    }

    pub(crate) fn said(&mut self, now: Duration, slot: Slot, bundle: &Bundle) {
        let Some(newest) = bundle.frames().last() else {
            return;
        };
        let speaking = Speaking {
            reach: newest.flags.reach,
            level: newest.level(),
            last: now,
        };
        // Whoever begins, or means to be heard farther, is not to wait for it.
        let before = self.speaking.insert(slot, speaking);
        if before.is_none_or(|before| before.reach != speaking.reach) {
            self.next = Duration::ZERO;
        }
        let mut bytes = Vec::with_capacity(3 + bundle.byte_len());
        bundle.write_to_guest(slot.0, &mut bytes);
        self.said.push((slot, bytes.into()));
    }

    /// Decides who hears whom, if it is time, and passes on what was said: `put` for each listener and bundle.
    pub(crate) fn pass_on(
        &mut self,
        now: Duration,
        crowd: &Crowd,
        here: impl Iterator<Item = Slot> + Clone,
        mut put: impl FnMut(Slot, Slot, &Bytes),
    ) {
        self.speaking
            .retain(|_, speaking| now.saturating_sub(speaking.last) < PAUSE);
        if self.speaking.is_empty() && self.said.is_empty() {
            return;
        }
        if now >= self.next {
            self.next = now + DECIDE_EVERY;
            self.decide(crowd, here.clone());
        }
        for (talker, bytes) in self.said.drain(..) {
            for listener in here.clone() {
                if self.hearing.heard_by(listener.0).contains(&talker.0) {
                    self.forwarded_bytes += bytes.len() as u64;
                    put(listener, talker, &bytes);
                }
            }
        }
    }

    fn decide(&mut self, crowd: &Crowd, here: impl Iterator<Item = Slot>) {
        let nothing = VoiceRules::default();
        let people: Vec<Person<'_>> = here
            .filter_map(|slot| {
                let position = crowd.latest(slot)?.metres();
                let rules = self.rules.get(&slot).unwrap_or(&nothing);
                let talk = self.speaking.get(&slot).map(|speaking| Talk {
                    reach: speaking.reach,
                    level: speaking.level,
                    to: match rules.to.as_deref() {
                        None => Audience::All,
                        Some(few) => Audience::Circle(few),
                    },
                });
                Some(Person {
                    talk,
                    may_use_stage: rules.stage,
                    silenced: rules.silent,
                    mutes: &rules.mutes,
                    blocks: &rules.blocks,
                    earmuffs: rules.earmuffs,
                    ..Person::at(slot.0, position)
                })
            })
            .collect();
        self.hearing.update(&people);
    }
}

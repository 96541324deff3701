//! Voice within a session: what somebody says goes to the host with their poses, and from there to whoever is to hear it.
//!
//! Flow: `Mouth::say` at a guest → its next datagram (section `VOICE`) → `Forum::said` at the host, which
//! knows who hears whom ([`Hearing`]) → `Ears::put` of each listener's seat → their next datagram → [`Heard`].
//! Invariants: the host reads which frames there are, how far they are meant to be heard and how loud they say that they are, and
//! nothing else; nothing is queued for longer than it is worth, and nobody is sent what they are not to hear; a talker costs each
//! listener what a talker costs, and voices leave a listener's link room for who moves.

use super::Misbehaved;
use super::frames::MAX_SECTION_BYTES;
use super::gate::Bucket;
use crate::pose::{Crowd, MAX_SLOTS, Slot};
use bytes::Bytes;
use core::time::Duration;
use holm_voice::codec::{MAX_BITS_PER_SEC, MAX_PAYLOAD};
use holm_voice::frame::{Bundle, Bundler, Frame, MAX_FRAMES, Reach};
use holm_voice::hearing::{Audience, Hearing, Person, Talk, range_metres};
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
/// Frames of our own that are worth a datagram by themselves: 25 leave in a second, five more than without a voice.
///
/// It costs a frame of 20 ms, and a listener's jitter buffer makes delay of it for all. Measured with 24 kbit/s: two at a time add
/// 29.9 kbit/s to a link, headers included (`examples/voice_session_bench.rs`), and are heard 98 ms after they were said
/// (`from_mouth_to_ear_it_takes_less_than_a_tenth_of_a_second`). Each by itself is heard 13 ms sooner and adds 50: 30 datagrams
/// more than a silence has instead of five, of 93 B of headers each, for the talker and for each listener. Bars: 30 and 100.
const WORTH_SENDING: usize = 2;
/// A frame goes by itself if nothing followed it for so long: it was the last for now.
const LAST_AFTER: Duration = Duration::from_millis(30);
/// So many datagrams with voice in a second for one listener, on average: of several talkers, what comes within it goes together.
const FORWARD_EVERY: Duration = Duration::from_millis(20);
/// From one bundle of a talker to the next, and what they may be late by: 40 ms and a frame of the screens on the way.
const BUNDLES_APART: Duration = Duration::from_millis(60);
/// Bytes that wait for one listener: what twelve say who repeat everything, in a tenth of a second.
const MOST_WAITING: usize = 10_000;
/// Whoever said nothing for so long does not talk any more: they are not among those who are heard.
const PAUSE: Duration = Duration::from_millis(1_500);
/// How often it is decided anew who hears whom.
const DECIDE_EVERY: Duration = Duration::from_millis(50);
/// So often a talker brings a decision before its time, and so often all of them together, a second: whoever changes their reach
/// with each frame costs others next to nothing (for 400 people of whom 20 talk it takes 0.2 ms,
/// `voice_bench`).
const HURRY_EVERY: Duration = Duration::from_secs(1);
const HURRIES_PER_SEC: f64 = 20.0;

/// A slot in front of a bundle takes so many bytes at most.
const SLOT_BYTES: usize = 2;
const _: () = assert!(MAX_SLOTS <= 1 << (7 * SLOT_BYTES));
/// No bundle is longer, bytes: with a slot in front it must fit into a datagram that has nothing else, or it would never leave.
const LONGEST_BUNDLE: usize = MAX_SECTION_BYTES - SLOT_BYTES;
/// What a talker of ours has at most in a second: 50 frames, each of them said and then twice repeated in bundles of four.
const HONEST_BYTES_PER_SEC: u32 = 2 * MAX_BITS_PER_SEC / 8 + 100 * 2 + 25 * 3;
const _: () = assert!(
    LONGEST_BUNDLE >= 3 + MAX_FRAMES * (2 + MAX_BITS_PER_SEC as usize / 8 / 50) + MAX_PAYLOAD,
    "a full bundle at the highest rate, with one frame as loud as can be, is not refused"
);
/// Most bundles of a datagram: a talker gathers no more frames.
const MOST_BUNDLES: usize = 2 * MAX_FRAMES;
/// What a bundle costs a host besides its bytes, in bytes: one that is nearly empty has to be paid, too.
const BUNDLE_COSTS: usize = 32;
/// What a talker may say, in bytes and costs. An honest one has 8,275 B/s and 800 of costs; the rest is for sounds that take more
/// bits than the mean that a codec was told. Beyond it nothing is passed on: each byte goes to everybody who hears.
const TALKER_PER_SEC: f64 = 11_000.0;
const TALKER_BURST: f64 = 11_000.0;
const _: () = assert!(HONEST_BYTES_PER_SEC as f64 + 25.0 * BUNDLE_COSTS as f64 <= TALKER_PER_SEC / 1.2);

/// Of what a listener's stream may have, what others say may have with its headers: who moves is seen to move whatever is said.
const SHARE: f64 = 0.75;
/// Of that, for headers: 30 datagrams a second more than a silence has, of 93 B and a section's beginning.
const SHARE_FOR_HEADERS: f64 = 30.0 * 98.0;
/// A listener's voices may come so much ahead of their share, seconds: what a stalled link brings at once.
const SHARE_BURST_SECS: f64 = 0.25;
/// What a talker is taken for before it was measured: 24 kbit/s in bundles of two. And how fast that follows what is said,
/// counted in time in which they talk: a pause between two sentences makes nobody else heard.
const TYPICAL_BYTES_PER_SEC: f32 = 3_400.0;
const MEASURED_OVER: Duration = Duration::from_secs(1);
const TALKS_ON: Duration = Duration::from_millis(60);

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
    repeat: u8,
    /// Since when something waits.
    since: Option<Duration>,
    /// Something was said in the last datagrams: poses wait for the next that carries voice.
    talking: bool,
}

impl Mouth {
    pub(crate) fn say(&mut self, frame: &Frame) {
        self.bundler.put(frame);
        self.talking = true;
    }

    /// The same where a clock is at hand.
    pub(crate) fn say_at(&mut self, now: Duration, frame: &Frame) {
        self.since.get_or_insert(now);
        self.say(frame);
    }

    pub(crate) fn set_repeat(&mut self, frames: u8) {
        self.repeat = frames;
        self.bundler.set_repeat(frames);
    }

    /// Whether a datagram is to leave now. `fresh`: there is a new pose, which goes along with what is said.
    pub(crate) fn is_due(&mut self, now: Duration, fresh: bool) -> bool {
        let waits = self.bundler.waiting();
        if waits == 0 {
            self.since = None;
            return fresh && !self.talking;
        }
        let since = *self.since.get_or_insert(now);
        waits >= WORTH_SENDING || now.saturating_sub(since) >= LAST_AFTER
    }

    /// The next bundle of what was said.
    pub(crate) fn next(&mut self) -> Option<Bundle> {
        self.since = None;
        self.bundler.take()
    }

    /// Everything that was said since the last datagram and fits into `room` bytes.
    pub(crate) fn take(&mut self, room: usize, out: &mut Vec<u8>) {
        out.clear();
        self.talking = self.bundler.waiting() > 0;
        while let Some(bundle) = self.next() {
            if out.len() + bundle.byte_len() > room.min(LONGEST_BUNDLE) {
                break; // lost, as in a datagram
            }
            bundle.write_to_host(out);
        }
    }

    /// There is nobody to say it to: it would come too late.
    pub(crate) fn clear(&mut self) {
        let repeat = self.repeat;
        *self = Self::default();
        self.set_repeat(repeat);
    }
}

/// Reads what a guest says.
pub(super) fn read_said(mut body: &[u8], mut each: impl FnMut(&Bundle)) -> Result<(), Misbehaved> {
    for _ in 0..MOST_BUNDLES {
        if body.is_empty() {
            return Ok(());
        }
        let (bundle, len) = Bundle::read_to_host(body).map_err(|_| Misbehaved)?;
        each(&bundle);
        body = body.get(len..).ok_or(Misbehaved)?;
    }
    if body.is_empty() { Ok(()) } else { Err(Misbehaved) }
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
pub(crate) struct Ears {
    waiting: VecDeque<Bytes>,
    bytes: usize,
    next: Duration,
    /// Until then more is likely to come.
    expects_until: Duration,
    share: Bucket,
    room_bytes_per_sec: u32,
}

impl Ears {
    /// Of somebody whose stream may have so much.
    pub(crate) fn new(stream_bytes_per_sec: u32) -> Self {
        let share = f64::from(stream_bytes_per_sec) * SHARE;
        let burst = (share * SHARE_BURST_SECS).max(LONGEST_BUNDLE as f64);
        Self {
            waiting: VecDeque::new(),
            bytes: 0,
            next: Duration::ZERO,
            expects_until: Duration::ZERO,
            share: Bucket::new(share, burst),
            room_bytes_per_sec: (share - SHARE_FOR_HEADERS).max(0.0) as u32,
        }
    }

    /// What talkers may take together.
    pub(crate) fn room_bytes_per_sec(&self) -> u32 {
        self.room_bytes_per_sec
    }

    /// Takes what somebody said; answers how many bytes are dropped for it, or of it. Few are: who does not fit is not among
    /// those who are heard.
    pub(crate) fn put(&mut self, now: Duration, bundle: Bytes) -> usize {
        debug_assert!(bundle.len() <= MAX_SECTION_BYTES, "it would never leave");
        if bundle.len() > MAX_SECTION_BYTES || !self.share.try_take(now, bundle.len() as f64) {
            return bundle.len();
        }
        self.bytes += bundle.len();
        self.waiting.push_back(bundle);
        let mut dropped = 0;
        while self.bytes > MOST_WAITING
            && let Some(oldest) = self.waiting.pop_front()
        {
            self.bytes -= oldest.len();
            dropped += oldest.len();
        }
        dropped
    }

    /// Whether a datagram is to leave now for the sake of what was said.
    pub(crate) fn is_due(&self, now: Duration) -> bool {
        !self.waiting.is_empty() && now >= self.next
    }

    /// As much as fits into `room` bytes; the oldest first.
    pub(crate) fn take(&mut self, room: usize, out: &mut Vec<u8>) {
        out.clear();
        while let Some(bundle) = self.waiting.front()
            && out.len() + bundle.len() <= room
        {
            out.extend_from_slice(bundle);
            self.bytes -= bundle.len();
            self.waiting.pop_front();
        }
    }

    /// Datagrams left with all of it. In step with the last, or what waits 20 ms where somebody looks each 17 would wait 33.
    pub(crate) fn sent(&mut self, now: Duration) {
        let in_step = self.next.max(now.saturating_sub(FORWARD_EVERY)) + FORWARD_EVERY;
        self.next = in_step.min(now + FORWARD_EVERY);
        self.expects_until = now + BUNDLES_APART;
    }

    /// Whether somebody is likely to say something before long: who moves may wait for it, and saves a datagram.
    pub(crate) fn expects(&self, now: Duration) -> bool {
        now < self.expects_until
    }

    /// So many bytes of headers left for the sake of what was said.
    pub(crate) fn charge(&mut self, now: Duration, headers: usize) {
        self.share.take(now, headers as f64);
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

/// Somebody who talks, or did a moment ago.
struct Speaking {
    reach: Reach,
    level: u8,
    last: Duration,
    /// Under which reach it was decided who hears them; `None`: they have just begun.
    decided: Option<Reach>,
    /// A decision for their sake does not come before its time until then.
    patient_until: Duration,
    allowance: Bucket,
    bytes_per_sec: f32,
}

impl Speaking {
    fn new(now: Duration) -> Self {
        Self {
            reach: Reach::Normal,
            level: 0,
            last: now,
            decided: None,
            patient_until: Duration::ZERO,
            allowance: Bucket::new(TALKER_PER_SEC, TALKER_BURST),
            bytes_per_sec: TYPICAL_BYTES_PER_SEC,
        }
    }

    /// They said so many bytes. The older ones fade, while they talk.
    fn measure(&mut self, now: Duration, bytes: usize) {
        let passed = now.saturating_sub(self.last).min(TALKS_ON);
        let over = MEASURED_OVER.as_secs_f32();
        self.bytes_per_sec += bytes as f32 / over - self.bytes_per_sec * passed.as_secs_f32() / over;
    }
}

/// Whether what is said with one reach may go to those who were found for another: a voice that was lowered is not for those who
/// heard it before, and what says that it is from the stage is only for whom it was decided so.
fn goes_to_those_of(said: Reach, decided: Reach) -> bool {
    said == decided
        || said != Reach::Stage && decided != Reach::Stage && range_metres(said) >= range_metres(decided)
}

/// Something said, ready to be passed on.
struct Said {
    by: Slot,
    reach: Reach,
    bytes: Bytes,
}

/// Who says what to whom, at the host.
pub(crate) struct Forum {
    hearing: Hearing,
    /// It was decided, and somebody talked then.
    is_anybody_heard: bool,
    speaking: BTreeMap<Slot, Speaking>,
    rules: BTreeMap<Slot, VoiceRules>,
    next: Duration,
    hurries: Bucket,
    /// Since the last look.
    said: Vec<Said>,
    /// Of all that was said since the start, for all listeners together where it was passed on.
    pub(crate) forwarded_bytes: u64,
    /// Said, and passed on to nobody: too long, too much, or under a reach that was not decided on yet.
    pub(crate) refused_bytes: u64,
    pub(crate) decisions: u64,
}

impl Default for Forum {
    fn default() -> Self {
        Self {
            hearing: Hearing::new(),
            is_anybody_heard: false,
            speaking: BTreeMap::new(),
            rules: BTreeMap::new(),
            next: Duration::ZERO,
            hurries: Bucket::new(HURRIES_PER_SEC, HURRIES_PER_SEC),
            said: Vec::new(),
            forwarded_bytes: 0,
            refused_bytes: 0,
            decisions: 0,
        }
    }
}

impl Forum {
    /// For somebody who is here.
    pub(crate) fn set_rules(&mut self, slot: Slot, rules: VoiceRules) {
        if self.rules.get(&slot) != Some(&rules) {
            self.rules.insert(slot, rules);
            self.next = Duration::ZERO;
        }
    }

    /// The slot is somebody else's, or nobody's.
    pub(crate) fn forget(&mut self, slot: Slot) {
        self.rules.remove(&slot);
        self.speaking.remove(&slot);
        self.said.retain(|said| said.by != slot);
        // Whoever has it next does not hear whom it heard.
        self.next = Duration::ZERO;
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
        let (len, reach) = (bundle.byte_len(), newest.flags.reach);
        if len > LONGEST_BUNDLE {
            self.refused_bytes += len as u64;
            return;
        }
        let speaking = self.speaking.entry(slot).or_insert_with(|| Speaking::new(now));
        if !speaking.allowance.try_take(now, (len + BUNDLE_COSTS) as f64) {
            self.refused_bytes += len as u64;
            return;
        }
        speaking.measure(now, len + SLOT_BYTES);
        (speaking.reach, speaking.level, speaking.last) = (reach, newest.level(), now);
        // Whoever begins, or means to be heard farther, is not to wait for it.
        if speaking.decided != Some(reach) && now >= speaking.patient_until && self.hurries.try_take(now, 1.0)
        {
            speaking.patient_until = now + HURRY_EVERY;
            self.next = Duration::ZERO;
        }
        let mut bytes = Vec::with_capacity(SLOT_BYTES + len);
        bundle.write_to_guest(slot.0, &mut bytes);
        self.said.push(Said {
            by: slot,
            reach,
            bytes: bytes.into(),
        });
    }

    /// Decides who hears whom, if it is time, and passes on what was said: `put` for each listener and bundle. `here`: everybody,
    /// and how many bytes a second their link has for voices.
    pub(crate) fn pass_on(
        &mut self,
        now: Duration,
        crowd: &Crowd,
        here: impl Iterator<Item = (Slot, u32)> + Clone,
        mut put: impl FnMut(Slot, Slot, &Bytes),
    ) {
        self.speaking
            .retain(|_, speaking| now.saturating_sub(speaking.last) < PAUSE);
        if self.speaking.is_empty() {
            if self.is_anybody_heard {
                self.is_anybody_heard = false;
                self.hearing.update(&[]);
            }
            return;
        }
        if now >= self.next {
            self.next = now + DECIDE_EVERY;
            self.decide(crowd, here.clone());
        }
        for Said { by, reach, bytes } in self.said.drain(..) {
            let decided = self.speaking.get(&by).and_then(|speaking| speaking.decided);
            if !decided.is_some_and(|decided| goes_to_those_of(reach, decided)) {
                self.refused_bytes += bytes.len() as u64;
                continue;
            }
            for (listener, _) in here.clone() {
                if self.hearing.heard_by(listener.0).contains(&by.0) {
                    self.forwarded_bytes += bytes.len() as u64;
                    put(listener, by, &bytes);
                }
            }
        }
    }

    fn decide(&mut self, crowd: &Crowd, here: impl Iterator<Item = (Slot, u32)>) {
        self.decisions += 1;
        self.is_anybody_heard = true;
        let nothing = VoiceRules::default();
        let people: Vec<Person<'_>> = here
            .filter_map(|(slot, room_bytes_per_sec)| {
                let position = crowd.latest(slot)?.metres();
                let rules = self.rules.get(&slot).unwrap_or(&nothing);
                let talk = self.speaking.get(&slot).map(|speaking| Talk {
                    reach: speaking.reach,
                    level: speaking.level,
                    to: match rules.to.as_deref() {
                        None => Audience::All,
                        Some(few) => Audience::Circle(few),
                    },
                    bytes_per_sec: speaking.bytes_per_sec as u32,
                });
                Some(Person {
                    talk,
                    may_use_stage: rules.stage,
                    silenced: rules.silent,
                    mutes: &rules.mutes,
                    blocks: &rules.blocks,
                    earmuffs: rules.earmuffs,
                    room_bytes_per_sec,
                    ..Person::at(slot.0, position)
                })
            })
            .collect();
        self.hearing.update(&people);
        for speaking in self.speaking.values_mut() {
            speaking.decided = Some(speaking.reach);
        }
    }
}

#[cfg(test)]
mod tests;

//! What somebody hears of one talker: frames as they come in, samples as a device wants them.
//!
//! Flow: [`Playout::receive`] puts a frame into `buffer` and tells `delay` when it came. [`Playout::play`] takes
//! from `stretch`'s tape; whenever that is empty it fetches 20 ms: the frame that is due, or what the next one says
//! of it (FEC), or what sounds likely (PLC). Frames wait as long as 97 of 100 of them needed of late. A spurt of talk
//! begins only when its first frame has waited as long, so that nothing has to be stretched in the middle of a word;
//! later `pace` corrects the delay one pitch period at a time, by 5 % at most.
//!
//! Where nothing has come at all, nobody can tell late from lost: the position is *held* while something likely is
//! heard. If the frame comes it is played, so one that is late raises the delay by just as much; if a later one comes,
//! what was heard in the meantime stands for those that are missing, and the delay is as before.
//! After 100 ms without news the spurt is over. Most ends of talk are just that: a talker who is silent sends nothing.
//!
//! Time is handed in, of one clock for both calls; only differences count, and any leap of it is got over.
//! Invariants: all samples are finite and in −1..=1; neither call allocates; what is kept is bounded; no delay stays
//! (`pace` brings it back, what is old is forgotten).

mod buffer;
mod comfort;
mod delay;
mod pace;
mod stretch;

use crate::codec::{Decode, MAX_PAYLOAD, Samples};
use crate::frame::Sequence;
use crate::{FRAME_SAMPLES, RATE_HZ};
use buffer::Buffer;
use comfort::Comfort;
use core::time::Duration;
use delay::Delay;
use stretch::Tape;

/// Frames kept of one talker, 1 s. More would only be a longer delay; a sequence that is further away is another one.
const FRAMES: usize = 50;
/// A frame, in samples of time.
const FRAME: i64 = FRAME_SAMPLES as i64;
/// A millisecond, in samples of time.
const MS: i64 = RATE_HZ as i64 / 1000;

/// Frames that are made up before the spurt is over: 100 ms. PLC repeats itself audibly soon after.
const CONCEALED: u32 = 5;
/// A join of what does not belong together is this long: 5 ms. Shorter clicks, longer swallows the start of a word.
const JOIN: usize = 240;
/// A payload of this many bytes or fewer is no sound but the talker's word that there is none (DTX).
const SILENT_BYTES: usize = 2;

/// What has waited this long is not talk any more: the device slept, or the clock leapt.
const FORGET: i64 = FRAME * FRAMES as i64 + pace::FAR;
/// RMS of a frame in which nobody speaks: −60 dB of full scale, or −26 dB of how loud the talker was.
const QUIET: f32 = 0.001;
const QUIET_SHARE: f32 = 0.05;
/// How loud the talker was halves in about 3 s.
const LOUD_FADES: f32 = 0.995;

/// So many frames of an unrelated sequence in a row are a new session of the talker: one alone may be a stray.
const STRAYS: u8 = 3;
/// In a row: not more than this many frames from one to the next.
const STRAYS_APART: i16 = 10;
/// Talk that goes on, after this many frames or fewer, without the mark of a beginning was interrupted, not silent.
const INTERRUPTED: i64 = 25;

const _: () = assert!(
    delay::MAX + pace::FAR < FRAME * FRAMES as i64,
    "the buffer holds the longest delay"
);

/// What can be turned off, to measure what it is worth. Everybody listens with the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Lost frames out of the ones after them (in-band FEC).
    pub recover: bool,
    /// The delay follows the network. Without: 60 ms, what is later than that is lost, nothing is stretched or cut.
    pub adapt: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            recover: true,
            adapt: true,
        }
    }
}

/// What one call of [`Playout::play`] gave.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Played {
    /// Some of it is talk, or stands for talk.
    pub speaking: bool,
    /// Its root mean square, 0 to 1.
    pub level: f32,
}

/// Figures of one talker, since the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlayoutStats {
    /// How long frames should wait after the quickest of them, milliseconds, 20 to 120.
    pub target_ms: f32,
    /// How long they do: the shortest wait of the last frames played. What the quickest took to get here, and the
    /// 20 ms of a frame, come on top.
    pub delay_ms: f32,
    /// Frames taken: not those that came twice or are no frames.
    pub received: u64,
    /// Frames that were not there when a later one was to be played, or were no frames. Some came [`late`](Self::late).
    pub lost: u64,
    /// Of those, played out of what the next frame said of them.
    pub recovered: u64,
    /// Frames' lengths of 20 ms that were made up in the middle of talk, whether something was lost or late.
    pub concealed: u64,
    /// Frames that came when their turn was over.
    pub late: u64,
    /// Frames left out because too much was waiting.
    pub cut: u64,
    /// What was left out in pitch periods, milliseconds.
    pub shortened_ms: f32,
    /// What was added in pitch periods, milliseconds.
    pub lengthened_ms: f32,
}

/// Whether there is talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nobody was ever heard.
    Unknown,
    /// There is nothing to play.
    Silent,
    /// The frame `next` waits for its turn; this many samples went by.
    Filling {
        waited: i64,
    },
    Talking,
}

/// What [`Playout::fetch`] does.
enum Due {
    Frame,
    Recover,
    /// Makes it up, …
    Conceal,
    /// … or waits for it and makes something up meanwhile; `last` if the talk is over with it.
    Hold {
        last: bool,
    },
    End,
}

/// Of one talker. See the module.
pub struct Playout<D> {
    decoder: D,
    settings: Settings,
    buffer: Buffer,
    delay: Delay,
    tape: Tape,
    comfort: Comfort,
    phase: Phase,
    /// Number of the frame that is due next. Numbers are sequences that do not wrap.
    next: i64,
    /// Frames before this one had their turn.
    floor: i64,
    /// Last of an unrelated sequence, and how many there were in a row.
    strays: (Sequence, u8),
    /// Frames made up for want of any frame: `next` waited for them.
    held: i64,
    /// Frames made up since the last real one.
    run: u32,
    /// How loud what was made up has been at its end, 0 to 1; 1 after a real frame.
    gain: f32,
    /// What was put on the tape last ends in silence.
    ending: bool,
    /// What is next does not follow on what was last.
    broken: bool,
    /// Samples that may be added or left out.
    credit: i64,
    /// RMS of the loudest of the last seconds, and whether the last frame was far below.
    loud: f32,
    quiet: bool,
    /// Last sample played.
    last: f32,
    frame: Box<Samples>,
    left_out: Box<Samples>,
    /// In samples; the rest of the figures.
    shortened: i64,
    lengthened: i64,
    stats: PlayoutStats,
}

impl<D: Decode> Playout<D> {
    /// Nothing heard yet. Everything it will ever need is allocated here.
    #[must_use]
    pub fn new(decoder: D, settings: Settings) -> Self {
        Self {
            decoder,
            settings,
            buffer: Buffer::new(),
            delay: Delay::new(settings.adapt),
            tape: Tape::new(),
            comfort: Comfort::new(),
            phase: Phase::Unknown,
            next: 0,
            floor: 0,
            strays: (Sequence(0), 0),
            held: 0,
            run: 0,
            gain: 0.0,
            ending: false,
            broken: true,
            credit: 0,
            loud: 0.0,
            quiet: true,
            last: 0.0,
            frame: Box::new([0.0; FRAME_SAMPLES]),
            left_out: Box::new([0.0; FRAME_SAMPLES]),
            shortened: 0,
            lengthened: 0,
            stats: PlayoutStats::default(),
        }
    }

    /// A frame that came at `now`; `begins` if the talker was silent before it. It may come late, twice, in any order
    /// and be anything: one that is of no use is dropped. 2 bytes or fewer say that the talker falls silent.
    pub fn receive(&mut self, sequence: Sequence, begins: bool, payload: &[u8], now: Duration) {
        if payload.len() > MAX_PAYLOAD {
            return;
        }
        let now = samples_of(now);
        let number = self.next + i64::from(sequence.since(Sequence(self.next as u16)));
        let ahead = number - self.next;
        let window = FRAMES as i64;
        let near = (-window..window).contains(&ahead);
        if near && self.buffer.has(number) {
            return; // twice
        }
        match self.phase {
            Phase::Unknown => self.start_over(number),
            Phase::Silent if ahead >= 0 => self.next = number,
            Phase::Filling { .. } if near && ahead < 0 && number >= self.floor => self.next = number,
            _ if near && ahead >= 0 => {}
            _ if near => {
                self.stats.late += 1;
                self.delay.arrived(now, number); // it tells how late frames can be
                return;
            }
            _ => {
                if !begins && !self.is_another_session(sequence) {
                    return;
                }
                self.start_over(number);
            }
        }
        self.strays.1 = 0;
        if matches!(self.phase, Phase::Unknown | Phase::Silent) {
            self.phase = Phase::Filling { waited: 0 };
        }
        self.buffer.put(number, begins, payload);
        self.delay.arrived(now, number);
        self.stats.received += 1;
    }

    /// The next samples, for a device that wants them at `now`: all of `out` is written, whatever its length.
    /// Half a second after talk, silence is exactly 0.
    pub fn play(&mut self, out: &mut [f32], now: Duration) -> Played {
        let now = samples_of(now);
        let block = out.len();
        let mut at = 0;
        let mut speaking = false;
        while at < block {
            if self.tape.is_empty() && self.phase == Phase::Talking {
                self.fetch(now, (block - at) as i64);
            } else if !self.tape.is_empty() {
                at += self.tape.take(&mut out[at..]);
                self.last = out[at - 1];
                speaking = true;
            } else if !self.starts(now, block) {
                let rest = &mut out[at..];
                if let Phase::Filling { waited } = &mut self.phase {
                    *waited = waited.saturating_add(rest.len() as i64);
                }
                self.last = self.comfort.fill(rest, self.last);
                break;
            }
        }
        Played {
            speaking,
            level: rms(out).min(1.0),
        }
    }

    /// Figures.
    #[must_use]
    pub fn stats(&self) -> PlayoutStats {
        PlayoutStats {
            target_ms: millis(self.delay.target()),
            // What is held may be lost, then it is no delay.
            delay_ms: millis(self.delay.waits() - self.held * FRAME),
            shortened_ms: millis(self.shortened),
            lengthened_ms: millis(self.lengthened),
            ..self.stats
        }
    }

    // What comes in.

    /// The talker is another one, or counts anew: `number` is the first frame of it.
    fn start_over(&mut self, number: i64) {
        self.buffer.clear();
        self.next = number;
        self.floor = number - FRAMES as i64;
        self.phase = Phase::Silent;
        self.forget_run();
    }

    /// What was made up last was no talk: nothing was lost.
    fn forget_run(&mut self) {
        self.held = 0;
        self.run = 0;
    }

    /// Whether enough frames of an unrelated sequence came to follow it.
    fn is_another_session(&mut self, sequence: Sequence) -> bool {
        let (last, count) = self.strays;
        let in_a_row = count > 0 && (1..=STRAYS_APART).contains(&sequence.since(last));
        self.strays = (sequence, if in_a_row { count + 1 } else { 1 });
        self.strays.1 >= STRAYS
    }

    // What goes out.

    /// Whether the frame that waits may be played in a block of so many samples; if so, talk begins.
    fn starts(&mut self, now: i64, block: usize) -> bool {
        let Phase::Filling { waited } = self.phase else {
            return false;
        };
        // A block is taken at once, the last frame of it before its time. By how much at most, over all blocks:
        let early = block as i64 - greatest_common_divisor(block as i64, FRAME);
        let wanted = self.delay.target() + early;
        let age = self.delay.age(now, self.next);
        if age < wanted && waited < wanted {
            return false;
        }
        if !self.settings.adapt && age - wanted >= FRAME {
            let in_time = self.next + (age - wanted) / FRAME;
            let Some(first) = self.buffer.first_from(in_time) else {
                self.next = in_time;
                self.end();
                return false;
            };
            self.next = first;
            if self.delay.age(now, first) < wanted {
                return false;
            }
        }
        let gap = self.next - self.floor;
        let begins = self.buffer.get(self.next).is_some_and(|frame| frame.begins);
        if begins || !(0..=INTERRUPTED).contains(&gap) {
            self.forget_run();
        } else {
            self.stats.lost += gap.cast_unsigned();
        }
        self.delay.start();
        self.phase = Phase::Talking;
        self.gain = 0.0;
        self.ending = false;
        self.broken = true;
        true
    }

    /// Puts the next 20 ms on the tape, so many samples before the end of a block, or ends the talk.
    fn fetch(&mut self, now: i64, before_end: i64) {
        if self.delay.age(now, self.next) > FORGET {
            self.buffer.clear();
            self.forget_run();
            return self.end();
        }
        match self.due() {
            Due::Frame => self.play_frame(now, before_end),
            Due::Recover => {
                self.delay.fetched(now, self.next, before_end);
                self.next += 1;
                self.stats.lost += 1;
                let recovered = self
                    .buffer
                    .get(self.next)
                    .is_some_and(|frame| self.decoder.recover(frame.payload, &mut self.frame).is_ok());
                if recovered {
                    self.stats.recovered += 1;
                    self.real();
                    self.tape.put(&self.frame);
                } else {
                    self.conceal(false);
                }
            }
            Due::Conceal => {
                self.delay.fetched(now, self.next, before_end);
                self.next += 1;
                self.stats.lost += 1;
                self.conceal(false);
            }
            Due::Hold { last } => {
                self.held += 1;
                self.delay.shift(FRAME);
                self.conceal(last);
            }
            Due::End => self.end(),
        }
        if self.phase == Phase::Talking {
            self.floor = self.next;
        }
    }

    /// What the next 20 ms are; `next` moves over what is not worth waiting for.
    fn due(&mut self) -> Due {
        if self.ending {
            return Due::End;
        }
        // Who does not adapt does not wait either: what is late is lost.
        let late = if self.settings.adapt { 0 } else { self.held };
        let Some(first) = self.buffer.first_from(self.next + late) else {
            return Due::Hold { last: self.quiet };
        };
        let Some(frame) = self.buffer.get(first) else {
            return Due::End;
        };
        let silent = frame.payload.len() <= SILENT_BYTES;
        let missing = first - self.next;
        if missing > 0 && frame.begins {
            return Due::Hold { last: true }; // the talker was silent, nothing is lost
        }
        // What was heard while we waited stands for as many; when too much is waiting they are not missed.
        let stood_for = if self.settings.adapt {
            let over = self.delay.too_long().max(0) / FRAME;
            self.held.max(over.min(missing - 1)).min(missing)
        } else {
            late
        };
        self.skip(stood_for);
        self.stats.lost += stood_for.cast_unsigned();
        self.held = 0;
        match missing - stood_for {
            0 if silent => {
                self.next += 1;
                Due::Hold { last: true }
            }
            0 => Due::Frame,
            1 if self.settings.recover && !silent => Due::Recover,
            _ => Due::Conceal,
        }
    }

    /// So many frames are left out.
    fn skip(&mut self, frames: i64) {
        if frames > 0 {
            self.next += frames;
            self.delay.shift(-frames * FRAME);
            self.broken = true;
        }
    }

    /// Decodes the frame that is due, or something like it.
    fn play_frame(&mut self, now: i64, before_end: i64) {
        self.delay.fetched(now, self.next, before_end);
        let decoded = decode(&mut self.decoder, &self.buffer, self.next, &mut self.frame);
        self.next += 1;
        if !decoded {
            self.stats.lost += 1;
            return self.conceal(false);
        }
        if self.settings.adapt {
            self.leave_out();
        }
        self.real();
        self.tape.put(&self.frame);
        if self.settings.adapt {
            self.stretch();
        }
    }

    /// What is in `frame` is talk: measures it, and joins it to what was before.
    fn real(&mut self) {
        tame(&mut self.frame);
        let level = rms(&*self.frame);
        self.loud = level.max(self.loud * LOUD_FADES);
        self.quiet = is_quiet(level, self.loud);
        self.comfort.learn(level);
        if self.broken {
            join(&mut self.frame, self.gain, self.last);
        }
        self.broken = false;
        self.gain = 1.0;
        self.stats.concealed += u64::from(self.run);
        self.forget_run();
    }

    /// Makes 20 ms up, fainter each time; `last` if the talk is over with it.
    fn conceal(&mut self, last: bool) {
        self.decoder.conceal(&mut self.frame);
        tame(&mut self.frame);
        self.run += 1;
        self.ending = last || self.run >= CONCEALED;
        let to = if self.ending {
            0.0
        } else {
            self.gain
                .min(1.0 - (self.run - 1) as f32 / (CONCEALED - 1) as f32)
        };
        for (at, sample) in self.frame.iter_mut().enumerate() {
            *sample *= self.gain + (to - self.gain) * (at as f32 / FRAME_SAMPLES as f32);
        }
        self.gain = to;
        self.broken = true;
        self.tape.put(&self.frame);
    }

    /// The talk is over; what is still there is of the next one.
    fn end(&mut self) {
        self.floor = self.next;
        self.delay.shift(-self.held * FRAME);
        self.phase = match self.buffer.first_from(self.next) {
            Some(first) => {
                self.next = first;
                Phase::Filling { waited: 0 }
            }
            None => Phase::Silent,
        };
        self.held = 0;
    }
}

/// A time in samples. Later than 30,000 years it stands still.
fn samples_of(now: Duration) -> i64 {
    let secs = now.as_secs().min(1 << 40).cast_signed();
    secs * i64::from(RATE_HZ) + i64::from(now.subsec_nanos()) * MS / 1_000_000
}

fn millis(samples: i64) -> f32 {
    samples as f32 / MS as f32
}

fn greatest_common_divisor(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn rms(samples: &[f32]) -> f32 {
    let energy: f32 = samples.iter().map(|sample| sample * sample).sum();
    (energy / samples.len().max(1) as f32).sqrt()
}

fn is_quiet(level: f32, loud: f32) -> bool {
    level < QUIET.max(QUIET_SHARE * loud)
}

/// Whatever a decoder gave is finite and in −1..=1 afterwards.
fn tame(samples: &mut Samples) {
    for sample in samples {
        *sample = if sample.is_finite() {
            sample.clamp(-1.0, 1.0)
        } else {
            0.0
        };
    }
}

/// False if it is not there or no frame.
fn decode<D: Decode>(decoder: &mut D, buffer: &Buffer, number: i64, out: &mut Samples) -> bool {
    buffer
        .get(number)
        .is_some_and(|frame| decoder.decode(frame.payload, out).is_ok())
}

/// Starts a frame at the sample that was last, and as loud as that was, and lets both go within [`JOIN`].
fn join(frame: &mut Samples, gain: f32, last: f32) {
    let step = last - frame[0] * gain;
    for (at, sample) in frame[..JOIN].iter_mut().enumerate() {
        let done = at as f32 / JOIN as f32;
        let joined = *sample * (gain + (1.0 - gain) * done) + step * (1.0 - done);
        *sample = joined.clamp(-1.0, 1.0);
    }
}

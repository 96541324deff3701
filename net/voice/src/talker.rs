//! What a microphone's samples become: is it speech, how loud, in how many bits.
//!
//! Flow: samples of 48 kHz, any number at once → 20 ms each: `tone` (no rumble) → `activity` (is it speech) → `loudness`
//! (everybody about as loud, nobody too loud) → the codec, if it is to be heard → a [`Frame`] for
//! [`crate::frame::Bundler`]. What takes noise and echo out of the samples comes before all this and is not here: a browser
//! does it itself, a machine with `nnnoiseless`.
//!
//! Silence is not sent, and not encoded either. Whoever was heard says so once when it ends, in one byte ([`SILENCE`]): else
//! a listener would take it for a loss and make something up. When speech begins again, what was said in the 60 ms before
//! it was noticed goes with it.
//! Invariant: every 20 ms has a number, sent or not; nothing is sent while muted, nor what was said before a key was held;
//! no call allocates.

mod activity;
mod loudness;
mod tone;

use crate::codec::{
    BITS_PER_SEC, Encode, MAX_BITS_PER_SEC, MAX_PAYLOAD, MIN_BITS_PER_SEC, MIN_LOSS_PERCENT, Samples,
};
use crate::frame::{Flags, Frame, MAX_REPEAT, Reach, Sequence, level};
use crate::{FRAME_SAMPLES, FRAMES_HZ};
use activity::Activity;
use loudness::Loudness;
use tone::HighPass;

/// Frames of an open microphone that still go after the last that was speech: 400 ms, more than the pause before a stop
/// consonant or between two words, and a breath.
const HANGOVER: u32 = 20;
/// Frames that go after a key was let go: 200 ms, since fingers are faster than tongues.
const RELEASE: u32 = 10;
/// Frames from before speech was noticed that go with it: the first that was loud, and 40 ms in which a soft consonant begins.
const PREROLL: usize = 3;
/// A payload of this many bytes or fewer says that it is silent ([`Encode::encode`]).
const SILENT_BYTES: usize = 2;
/// What is sent in the place of the first frame that is not: Opus' first byte for 20 ms of one channel, and no sound.
pub const SILENCE: [u8; 1] = [9 << 3];

/// Loss from which one frame of the datagram before is repeated, and from which two are: `frame` has the measurements.
const REPEAT_FROM: [f32; MAX_REPEAT as usize] = [0.03, 0.06];
/// Frames of a datagram, of 20 a second.
const FRAMES_A_DATAGRAM: f32 = FRAMES_HZ as f32 / 20.0;
/// What frames and bundles cost beside their payload, bits a second: 2 B of each of 50, 4 B of each of 20.
const FRAME_HEADS_BITS_PER_SEC: f32 = 800.0;
const BUNDLE_HEADS_BITS_PER_SEC: f32 = 640.0;

/// When a microphone is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// When somebody speaks.
    OpenMic,
    /// While a key is held ([`Talker::hold`]).
    PushToTalk,
    /// Never.
    #[default]
    Muted,
}

/// What a person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// When the microphone is heard.
    pub mode: Mode,
    /// How far.
    pub reach: Reach,
    /// Whether it is made as loud as others are.
    pub automatic_gain: bool,
}

impl Default for Settings {
    /// Muted: nobody is heard before they want to be.
    fn default() -> Self {
        Self {
            mode: Mode::Muted,
            reach: Reach::Normal,
            automatic_gain: true,
        }
    }
}

/// What the microphone hears, for a person to see; also while muted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meter {
    /// How loud it is, 0 to [`crate::frame::MAX_LEVEL`], as others would hear it.
    pub level: u8,
    /// The highest sample of the last frame, 0 to 1, as others would hear it.
    pub peak: f32,
    /// What it is made louder by, dB.
    pub gain_db: f32,
    /// It is speech.
    pub speech: bool,
    /// Others hear it.
    pub sending: bool,
}

/// A microphone on its way to others.
pub struct Talker<E> {
    encoder: E,
    settings: Settings,
    held: bool,
    repeat: u8,
    meter: Meter,
    tone: HighPass,
    activity: Activity,
    loudness: Loudness,
    /// Samples of a frame that is not whole yet.
    gathered: Samples,
    len: usize,
    /// Number of the frame that is next.
    sequence: Sequence,
    /// The last frames that were not encoded, the newest last; how many there are.
    unsent: [Samples; PREROLL],
    unsent_len: usize,
    /// Frames that still go though it is not speech.
    tail: u32,
    sending: bool,
    /// The last that was sent said that it is silent, or nothing was sent yet.
    silent: bool,
}

impl<E: Encode> Talker<E> {
    /// A microphone that nobody has spoken into.
    pub fn new(encoder: E, settings: Settings) -> Self {
        let mut talker = Self {
            encoder,
            settings,
            held: false,
            repeat: 0,
            meter: Meter::default(),
            tone: HighPass::new(),
            activity: Activity::new(),
            loudness: Loudness::new(),
            gathered: [0.0; FRAME_SAMPLES],
            len: 0,
            sequence: Sequence::default(),
            unsent: [[0.0; FRAME_SAMPLES]; PREROLL],
            unsent_len: 0,
            tail: 0,
            sending: false,
            silent: true,
        };
        talker.encoder.adapt(BITS_PER_SEC, MIN_LOSS_PERCENT);
        talker
    }

    /// What was chosen.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// Chooses anew, from the next frame on.
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Whether the key of [`Mode::PushToTalk`] is held.
    pub fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// What the last whole frame was like.
    #[must_use]
    pub fn meter(&self) -> Meter {
        self.meter
    }

    /// How many frames are to be repeated, for [`crate::frame::Bundler::set_repeat`].
    #[must_use]
    pub fn repeat(&self) -> u8 {
        self.repeat
    }

    /// How much of its frames is lost on the way, 0 to 1, as its listeners count before anything is repaired; and how many
    /// bits a second they may take with all that belongs to them. About once a second.
    ///
    /// Repeats come first, as far as the bits reach; the codec is told of the loss that they leave.
    pub fn adapt(&mut self, loss: f32, budget_bits_per_sec: u32) {
        let loss = if loss.is_finite() {
            loss.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let bits = |repeat: u8| {
            let times = 1.0 + f32::from(repeat) / FRAMES_A_DATAGRAM;
            ((budget_bits_per_sec as f32 - BUNDLE_HEADS_BITS_PER_SEC) / times - FRAME_HEADS_BITS_PER_SEC)
                as u32
        };
        self.repeat = (1..)
            .zip(REPEAT_FROM)
            .take_while(|(repeat, from)| loss >= *from && bits(*repeat) >= MIN_BITS_PER_SEC)
            .map(|(repeat, _)| repeat)
            .last()
            .unwrap_or(0);
        let repeated = f32::from(self.repeat) / FRAMES_A_DATAGRAM;
        let left = loss * (1.0 - repeated) + loss * loss * repeated;
        let bits = bits(self.repeat).clamp(MIN_BITS_PER_SEC, MAX_BITS_PER_SEC);
        self.encoder.adapt(bits, (left * 100.0).round() as u8);
    }

    /// What the microphone heard next: any number of samples, of one channel at 48 kHz. `each` gets the frames that are to go.
    pub fn hear(&mut self, samples: &[f32], mut each: impl FnMut(&Frame)) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(FRAME_SAMPLES - self.len));
            self.gathered[self.len..][..now.len()].copy_from_slice(now);
            self.len += now.len();
            rest = later;
            if self.len == FRAME_SAMPLES {
                self.len = 0;
                let frame = self.gathered;
                self.frame(frame, &mut each);
                self.sequence = self.sequence.plus(1);
            }
        }
    }

    fn frame(&mut self, mut samples: Samples, each: &mut impl FnMut(&Frame)) {
        self.tone.take_rumble(&mut samples);
        let speech = self.activity.hear(&samples, self.sending);
        let gain_db = self
            .loudness
            .even(&mut samples, speech, self.settings.automatic_gain);
        let wanted = match self.settings.mode {
            Mode::OpenMic => self.goes_on(speech, HANGOVER),
            Mode::PushToTalk => self.goes_on(self.held, RELEASE),
            Mode::Muted => self.goes_on(false, 0),
        };
        self.meter = Meter {
            level: level(rms(&samples)),
            peak: samples.iter().fold(0.0, |peak, sample| peak.max(sample.abs())),
            gain_db,
            speech,
            sending: wanted,
        };
        if wanted {
            for before in PREROLL - self.unsent_len..PREROLL {
                let samples = self.unsent[before];
                let number = self.sequence.0.wrapping_sub((PREROLL - before) as u16);
                self.send(Sequence(number), &samples, each);
            }
            self.unsent_len = 0;
            self.send(self.sequence, &samples, each);
        } else {
            if self.sending && !self.silent {
                self.say(self.sequence, 0, &SILENCE, each);
            } else if self.settings.mode == Mode::OpenMic {
                self.unsent.rotate_left(1);
                self.unsent[PREROLL - 1] = samples;
                self.unsent_len = PREROLL.min(self.unsent_len + 1);
            }
            if self.settings.mode != Mode::OpenMic {
                self.unsent_len = 0; // it was said while nobody was to hear it
            }
        }
        self.sending = wanted;
    }

    /// Whether a frame goes: there is a reason, or there was one a moment ago.
    fn goes_on(&mut self, reason: bool, tail: u32) -> bool {
        self.tail = if reason {
            tail
        } else {
            self.tail.min(tail).saturating_sub(1)
        };
        reason || self.tail > 0
    }

    fn send(&mut self, sequence: Sequence, samples: &Samples, each: &mut impl FnMut(&Frame)) {
        let mut payload = [0; MAX_PAYLOAD];
        // A codec that fails says nothing, as if it were silent: the next frame is another.
        let len = self.encoder.encode(samples, &mut payload).unwrap_or(0);
        if len > SILENT_BYTES {
            self.say(sequence, level(rms(samples)), &payload[..len], each);
        } else if !self.silent {
            self.say(sequence, 0, &SILENCE, each);
        }
    }

    fn say(&mut self, sequence: Sequence, level: u8, payload: &[u8], each: &mut impl FnMut(&Frame)) {
        let silent = payload.len() <= SILENT_BYTES;
        let flags = Flags {
            reach: self.settings.reach,
            sealed: false,
            begins: self.silent && !silent,
        };
        self.silent = silent;
        if let Some(frame) = Frame::new(sequence, flags, level, payload) {
            each(&frame);
        }
    }
}

fn rms(samples: &Samples) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / FRAME_SAMPLES as f32).sqrt()
}

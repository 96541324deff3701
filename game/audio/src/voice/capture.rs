//! A microphone's end: a block of the device becomes frames; the program fetches them and says how they are made.
//!
//! Both halves share three words: what was chosen, what the network is like, and the meter. A word has no queue that could
//! be full: whatever was said last is there, even if the device did not run for an hour.

use super::noise::{BLOCK, NoNoise};
use super::resample::Resampler;
use crate::{MicrophoneSettings, Trouble};
use core::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use holm_voice::RATE_HZ;
use holm_voice::codec::{Encoder, in_range};
use holm_voice::frame::{Frame, Reach};
use holm_voice::talker::{Meter, Mode, Settings, Talker};
use std::sync::Arc;

/// Frames that wait to be fetched: a second. A program that stands still for longer has nobody left to say it to.
const WAITING: usize = 50;
/// A payload of so many bytes says that there is silence: it tells nothing of anybody.
const SILENT_BYTES: usize = 2;

/// What both halves see.
#[derive(Default)]
struct Shared {
    /// [`Choice`].
    choice: AtomicU32,
    /// Loss as an `f32` in the high half, bits a second in the low one; 0: nobody said anything yet.
    network: AtomicU64,
    /// [`pack_meter`].
    meter: AtomicU64,
    repeat: AtomicU8,
}

/// What the program chose, as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Choice {
    talker: Settings,
    without_noise: bool,
    held: bool,
}

impl Choice {
    fn of(settings: &MicrophoneSettings, held: bool) -> Self {
        Self {
            talker: Settings {
                mode: settings.mode,
                reach: settings.reach,
                automatic_gain: settings.automatic_gain,
            },
            without_noise: settings.without_noise,
            held,
        }
    }

    fn pack(self) -> u32 {
        let mode = match self.talker.mode {
            Mode::Muted => 0,
            Mode::OpenMic => 1,
            Mode::PushToTalk => 2,
        };
        mode | (self.talker.reach as u32) << 2
            | u32::from(self.talker.automatic_gain) << 4
            | u32::from(self.without_noise) << 5
            | u32::from(self.held) << 6
    }

    fn unpack(word: u32) -> Self {
        let bit = |at: u32| word >> at & 1 == 1;
        Self {
            talker: Settings {
                mode: match word & 0b11 {
                    1 => Mode::OpenMic,
                    2 => Mode::PushToTalk,
                    _ => Mode::Muted,
                },
                reach: Reach::ALL[(word >> 2 & 0b11) as usize],
                automatic_gain: bit(4),
            },
            without_noise: bit(5),
            held: bit(6),
        }
    }
}

/// Peak in 16 bits, gain in 16 (hundredths of a dB), level in 8, and two flags: one word, so all of it is of one frame.
fn pack_meter(meter: &Meter) -> u64 {
    let peak = (meter.peak.clamp(0.0, 1.0) * f32::from(u16::MAX)) as u16;
    let gain = (meter.gain_db * 100.0) as i16;
    u64::from(peak)
        | u64::from(gain.cast_unsigned()) << 16
        | u64::from(meter.level) << 32
        | u64::from(meter.speech) << 40
        | u64::from(meter.sending) << 41
}

fn unpack_meter(word: u64) -> Meter {
    Meter {
        peak: f32::from(word as u16) / f32::from(u16::MAX),
        gain_db: f32::from(((word >> 16) as u16).cast_signed()) / 100.0,
        level: (word >> 32) as u8,
        speech: word >> 40 & 1 == 1,
        sending: word >> 41 & 1 == 1,
    }
}

/// The half of the device's thread.
pub struct Capture {
    shared: Arc<Shared>,
    frames: rtrb::Producer<Frame>,
    channels: usize,
    resampler: Resampler<1>,
    noise: NoNoise,
    talker: Talker<Encoder>,
    /// Samples that do not make a block yet.
    block: [f32; BLOCK],
    len: usize,
    choice: Choice,
    network: u64,
}

/// The half of the program.
pub struct Mouth {
    shared: Arc<Shared>,
    frames: rtrb::Consumer<Frame>,
    choice: Choice,
}

pub(super) fn pair(
    rate_hz: u32,
    channels: u16,
    settings: &MicrophoneSettings,
) -> Result<(Capture, Mouth), Trouble> {
    let choice = Choice::of(settings, false);
    let shared = Arc::new(Shared {
        choice: choice.pack().into(),
        ..Shared::default()
    });
    let (producer, consumer) = rtrb::RingBuffer::new(WAITING);
    let encoder = Encoder::new().map_err(|_| Trouble::Broken)?;
    let capture = Capture {
        shared: Arc::clone(&shared),
        frames: producer,
        channels: channels_of(channels)?,
        resampler: resampler(rate_hz)?,
        noise: NoNoise::new(),
        talker: Talker::new(encoder, choice.talker),
        block: [0.0; BLOCK],
        len: 0,
        choice,
        network: 0,
    };
    let mouth = Mouth {
        shared,
        frames: consumer,
        choice,
    };
    Ok((capture, mouth))
}

fn channels_of(channels: u16) -> Result<usize, Trouble> {
    if channels == 0 {
        Err(Trouble::Broken)
    } else {
        Ok(usize::from(channels))
    }
}

fn resampler(rate_hz: u32) -> Result<Resampler<1>, Trouble> {
    Resampler::new(rate_hz, RATE_HZ).ok_or(Trouble::Broken)
}

impl Capture {
    /// From now on it hears another device. What was said keeps its numbers, and how loud somebody is stays known.
    ///
    /// # Errors
    /// [`Trouble::Broken`], and it is as it was: no device has such a rate or no channels.
    pub fn retune(&mut self, rate_hz: u32, channels: u16) -> Result<(), Trouble> {
        let resampler = resampler(rate_hz)?;
        self.channels = channels_of(channels)?;
        self.resampler = resampler;
        Ok(())
    }

    /// What the microphone heard next: any number of samples, one of each channel in turn. For the device's own thread.
    pub fn hear(&mut self, interleaved: &[f32]) {
        let Self {
            shared,
            frames,
            channels,
            resampler,
            noise,
            talker,
            block,
            len,
            choice,
            network,
        } = self;
        let mut full = |block: &mut [f32; BLOCK]| {
            let chosen = Choice::unpack(shared.choice.load(Ordering::Acquire));
            if *choice != chosen {
                *choice = chosen;
                talker.set_settings(chosen.talker);
                talker.hold(chosen.held);
            }
            let told = shared.network.load(Ordering::Acquire);
            if *network != told {
                *network = told;
                talker.adapt(f32::from_bits((told >> 32) as u32), told as u32);
                shared.repeat.store(talker.repeat(), Ordering::Release);
            }
            noise.take_out(block, chosen.without_noise);
            talker.hear(&*block, |frame| {
                // Nobody fetches them: the newest is dropped, the program's half alone may take from the ring.
                let _ = frames.push(*frame);
            });
            shared.meter.store(pack_meter(&talker.meter()), Ordering::Release);
        };
        for sample in interleaved.chunks_exact(*channels) {
            let mixed = sample.iter().map(|sample| in_range(*sample)).sum::<f32>() / *channels as f32;
            resampler.push([mixed], |[sample]| {
                block[*len] = sample.clamp(-1.0, 1.0);
                *len += 1;
                if *len == BLOCK {
                    *len = 0;
                    full(block);
                }
            });
        }
    }
}

impl Mouth {
    /// Fetches what was said since the last call; at least every half a second, or some of it is lost.
    pub fn frames(&mut self, mut each: impl FnMut(&Frame)) {
        while let Ok(frame) = self.frames.pop() {
            // The device may have been in the middle of a frame when it was muted.
            if self.choice.talker.mode != Mode::Muted || frame.payload().len() <= SILENT_BYTES {
                each(&frame);
            }
        }
    }

    /// Chooses anew: [`MicrophoneSettings`] without the device and the echo, which are the device's business. Who mutes is
    /// not heard any more with what was said and not fetched yet, either.
    pub fn set(&mut self, settings: &MicrophoneSettings) {
        self.tell(Choice::of(settings, self.choice.held));
        if settings.mode == Mode::Muted {
            while self.frames.pop().is_ok() {}
        }
    }

    /// Whether the key of [`Mode::PushToTalk`] is held.
    pub fn hold(&mut self, held: bool) {
        self.tell(Choice { held, ..self.choice });
    }

    fn tell(&mut self, choice: Choice) {
        self.choice = choice;
        self.shared.choice.store(choice.pack(), Ordering::Release);
    }

    /// What the network is like ([`Talker::adapt`]): about once a second.
    pub fn adapt(&mut self, loss: f32, budget_bits_per_sec: u32) {
        let word = u64::from(loss.to_bits()) << 32 | u64::from(budget_bits_per_sec);
        self.shared.network.store(word, Ordering::Release);
    }

    /// How many frames are to be repeated ([`Talker::repeat`]).
    #[must_use]
    pub fn repeat(&self) -> u8 {
        self.shared.repeat.load(Ordering::Acquire)
    }

    /// What the microphone hears, also while muted.
    #[must_use]
    pub fn meter(&self) -> Meter {
        unpack_meter(self.shared.meter.load(Ordering::Acquire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_and_the_meter_come_back_from_their_words() {
        for word in 0..128 {
            if word & 0b11 != 3 {
                assert_eq!(Choice::unpack(word).pack(), word);
            }
        }
        let meter = Meter {
            level: 15,
            peak: 1.0,
            gain_db: -12.25,
            speech: true,
            sending: false,
        };
        assert_eq!(unpack_meter(pack_meter(&meter)), meter);
        let other = Meter {
            level: 3,
            peak: 0.0,
            gain_db: 24.5,
            speech: false,
            sending: true,
        };
        assert_eq!(unpack_meter(pack_meter(&other)), other);
    }
}

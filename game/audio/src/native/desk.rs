//! The mixer's half that belongs to the device's thread: blocks of 48 kHz become what the device asks for.
//!
//! kira mixes at our own rate whatever the device's is: one resampler behind the mix instead of one for every voice. Before
//! each block it notes on the [`Beat`] how long it is and when it is wanted: kira cuts blocks into small parts, but a jitter
//! buffer has to know what is taken at once.
//! Invariant: [`Desk::fill`] neither allocates nor waits, and writes everything.

use super::mixer::Loan;
use crate::Trouble;
use crate::voice::resample::Resampler;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use core::time::Duration;
use cpal::FromSample;
use holm_voice::RATE_HZ;
use kira::backend::Renderer;
use std::sync::Arc;

/// Samples of the longest block that is mixed at once: devices that ask for more get it in parts.
pub(super) const LONGEST: usize = 2_048;
const CHANNELS: usize = 2;

/// What is mixed just now.
#[derive(Default)]
pub(super) struct Beat {
    now_micros: AtomicU64,
    samples: AtomicU32,
}

impl Beat {
    /// When it is wanted, and how many samples it has: at most [`LONGEST`].
    pub(super) fn read(&self) -> (Duration, usize) {
        let now = Duration::from_micros(self.now_micros.load(Ordering::Relaxed));
        (now, (self.samples.load(Ordering::Relaxed) as usize).min(LONGEST))
    }
}

/// See the module.
pub(super) struct Desk {
    renderer: Renderer,
    beat: Arc<Beat>,
    resampler: Resampler<CHANNELS>,
    mix: Box<[f32; LONGEST * CHANNELS]>,
}

impl Desk {
    pub(super) fn new(loan: &mut Loan, beat: Arc<Beat>) -> Result<Self, Trouble> {
        Ok(Self {
            renderer: loan.take().ok_or(Trouble::Broken)?,
            beat,
            resampler: Resampler::new(RATE_HZ, RATE_HZ).ok_or(Trouble::Broken)?,
            mix: Box::new([0.0; LONGEST * CHANNELS]),
        })
    }

    /// Another device, which wants so many samples a second. False if none has such a rate.
    pub(super) fn retune(&mut self, rate_hz: u32) -> bool {
        Resampler::new(RATE_HZ, rate_hz).is_some_and(|resampler| {
            self.resampler = resampler;
            true
        })
    }

    /// What is heard next, for a device that wants it at `now`. What it has beyond two channels is silent.
    pub(super) fn fill<T: FromSample<f32> + Copy>(&mut self, out: &mut [T], channels: usize, now: Duration) {
        let Self {
            renderer,
            beat,
            resampler,
            mix,
        } = self;
        let mut left = resampler.needs(out.len() / channels.max(1));
        let (mut at, mut len) = (0, 0);
        for sample in out.chunks_mut(channels.max(1)) {
            let heard = resampler.pull(|| {
                if at == len {
                    (at, len) = (0, left.clamp(1, LONGEST));
                    left -= len.min(left);
                    beat.now_micros.store(now.as_micros() as u64, Ordering::Relaxed);
                    beat.samples.store(len as u32, Ordering::Relaxed);
                    renderer.on_start_processing();
                    renderer.process(&mut mix[..len * CHANNELS], CHANNELS as u16);
                }
                at += 1;
                [mix[at * 2 - 2], mix[at * 2 - 1]]
            });
            match sample {
                [both] => *both = T::from_sample_((heard[0] + heard[1]) / 2.0),
                [left, right, others @ ..] => {
                    *left = T::from_sample_(heard[0]);
                    *right = T::from_sample_(heard[1]);
                    others.fill(T::from_sample_(0.0));
                }
                [] => {}
            }
        }
    }
}

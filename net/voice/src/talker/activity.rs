//! Whether it is speech: clearly louder than what is always there.
//!
//! What is always there is the softest of the last seconds (minimum statistics, Martin 2001): a fan has no pauses, and
//! nobody speaks for four seconds without one. Energy alone takes a slammed door for speech; what tells those apart is
//! the noise suppression before this.

use super::rms;
use crate::codec::Samples;

/// The softest frame is remembered by half seconds, of which so many count.
const BLOCK_FRAMES: u32 = 25;
const BLOCKS: usize = 8;
/// What is always there is believed to be this loud before anything was heard, dB: a microphone in a room.
const FIRST_DB: f32 = -55.0;
/// And never softer, or a microphone that is shut off between words would make everything speech.
const SOFTEST_DB: f32 = -68.0;
/// Speech begins so much above it, dB, and goes on so much above it. Breath and fans vary by less; an "f" at an arm's
/// length is about 10 above a quiet room.
const BEGINS_DB: f32 = 8.0;
const GOES_ON_DB: f32 = 5.0;
/// Loud frames in a row that are speech: one alone is a key that was struck.
const IN_A_ROW: u32 = 2;

pub(super) struct Activity {
    /// The softest frame of each block, dB, the one that is not over yet last.
    softest: [f32; BLOCKS],
    frames: u32,
    loud: u32,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            softest: [FIRST_DB; BLOCKS],
            frames: 0,
            loud: 0,
        }
    }

    /// Whether the frame that is heard next is speech; `already` if the ones before were.
    pub(super) fn hear(&mut self, samples: &Samples, already: bool) -> bool {
        let db = 20.0 * rms(samples).max(1e-5).log10();
        if self.frames == BLOCK_FRAMES {
            self.frames = 0;
            self.softest.rotate_left(1);
            self.softest[BLOCKS - 1] = db;
        }
        self.frames += 1;
        let now = &mut self.softest[BLOCKS - 1];
        *now = now.min(db);
        let above = if already { GOES_ON_DB } else { BEGINS_DB };
        self.loud = if db > self.always_db() + above {
            self.loud + 1
        } else {
            0
        };
        self.loud >= if already { 1 } else { IN_A_ROW }
    }

    fn always_db(&self) -> f32 {
        self.softest
            .iter()
            .copied()
            .fold(f32::INFINITY, f32::min)
            .max(SOFTEST_DB)
    }
}

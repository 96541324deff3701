//! What hums, hisses and rattles is taken out of a voice: `nnnoiseless`, 10 ms at a time.
//!
//! It needs the next 10 ms to know the last, so what it gives is 10 ms late; while it is off nothing is late. Between the
//! two one block fades into the other: a step of 10 ms would be a click.
//! Invariant: what goes in is finite and in −1..=1, and so is what comes out.

use nnnoiseless::DenoiseState;

/// Samples of a block at 48 kHz.
pub(super) const BLOCK: usize = DenoiseState::FRAME_SIZE;
/// It was taught with samples of 16 bits.
const SCALE: f32 = 32_768.0;

const _: () = assert!(
    holm_voice::FRAME_SAMPLES.is_multiple_of(BLOCK),
    "a frame waits for no block"
);

/// How much of what comes out it made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Nothing,
    /// It was switched on, and gives something sensible from the next block on.
    Learning,
    Everything,
}

pub(super) struct NoNoise {
    network: Box<DenoiseState<'static>>,
    part: Part,
    clean: [f32; BLOCK],
    scaled: [f32; BLOCK],
}

impl NoNoise {
    pub(super) fn new() -> Self {
        Self {
            network: DenoiseState::new(),
            part: Part::Nothing,
            clean: [0.0; BLOCK],
            scaled: [0.0; BLOCK],
        }
    }

    /// Takes it out of a block, if `on`.
    pub(super) fn take_out(&mut self, block: &mut [f32; BLOCK], on: bool) {
        if !on && self.part == Part::Nothing {
            return;
        }
        for (scaled, sample) in self.scaled.iter_mut().zip(&*block) {
            *scaled = sample * SCALE;
        }
        self.network.process_frame(&mut self.clean, &self.scaled);
        let (from, to) = match self.part {
            Part::Everything => (1.0, f32::from(u8::from(on))),
            Part::Learning => (0.0, f32::from(u8::from(on))),
            Part::Nothing => (0.0, 0.0),
        };
        for (at, (sample, clean)) in block.iter_mut().zip(&self.clean).enumerate() {
            let share = from + (to - from) * at as f32 / BLOCK as f32;
            *sample = (*sample * (1.0 - share) + clean / SCALE * share).clamp(-1.0, 1.0);
        }
        self.part = match (on, self.part) {
            (false, _) => Part::Nothing,
            (true, Part::Nothing) => Part::Learning,
            (true, _) => Part::Everything,
        };
    }
}

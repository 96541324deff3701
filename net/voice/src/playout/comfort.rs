//! What is heard of a talker who is silent: for half a second a little of their room, then nothing.
//!
//! Talk that stops dead, with the noise around it, sounds like a broken line.
//! Invariant: it starts at the sample that was last, is never louder than [`LOUDEST`], and ends in exact zeros.

/// −54 dB of full scale: what is louder is not noise, and would be heard as a hiss.
const LOUDEST: f32 = 0.002;
/// It stays for this many samples, half a second, …
const STAYS: u32 = 24_000;
/// … then goes within as many as it took to come, 100 ms.
const FADES: f32 = 4_800.0;
/// What the last sample loses from one to the next: all in 5 ms.
const DECAY: f32 = 0.98;
/// Below this nothing is left: half a step of 16 bits.
const NOTHING: f32 = 1.0 / 65_536.0;
/// How much louder a room may get from one frame to the next: twice in 2 s.
const RISE: f32 = 1.007;

pub(super) struct Comfort {
    /// RMS of the faintest frames.
    room: f32,
    /// Share of it that is heard, 0 to 1.
    heard: f32,
    /// Samples since there was talk.
    silent: u32,
    /// Of the noise: its seed, and its last sample.
    seed: u32,
    noise: f32,
}

impl Comfort {
    pub(super) fn new() -> Self {
        Self {
            room: NOTHING,
            heard: 0.0,
            silent: STAYS,
            seed: 1,
            noise: 0.0,
        }
    }

    /// A frame of talk was this loud (RMS).
    pub(super) fn learn(&mut self, level: f32) {
        self.room = level.min(self.room.max(NOTHING) * RISE).min(LOUDEST);
        self.heard = 0.0;
        self.silent = 0;
    }

    /// Fills `out`, after `last`; gives its last sample.
    pub(super) fn fill(&mut self, out: &mut [f32], mut last: f32) -> f32 {
        last -= self.noise * self.heard;
        for sample in &mut *out {
            last *= DECAY;
            if last.abs() < NOTHING {
                last = 0.0;
            }
            self.silent = self.silent.saturating_add(1);
            let step = if self.silent < STAYS { 1.0 } else { -1.0 };
            self.heard = (self.heard + step / FADES).clamp(0.0, 1.0);
            if self.heard > 0.0 {
                self.seed = self.seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // White, −1 to 1, of RMS 0.58; rooms are duller, and the filter halves it.
                let white = self.seed.cast_signed() as f32 / i32::MAX as f32;
                self.noise += 0.4 * (white * self.room * 3.5 - self.noise);
            } else {
                self.noise = 0.0;
            }
            *sample = last + self.noise * self.heard;
        }
        out.last().copied().unwrap_or(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_heard_for_half_a_second_no_louder_than_it_was_and_then_nothing() {
        let mut comfort = Comfort::new();
        for _ in 0..1_000 {
            comfort.learn(0.2);
            comfort.learn(0.001);
        }
        let mut out = vec![0.0; 48_000];
        let mut last = 0.3;
        for block in out.chunks_mut(441) {
            last = comfort.fill(block, last);
        }
        assert!((out[0] - 0.3).abs() < 0.01, "it starts where talk ended");
        let room = &out[4_800..24_000];
        let rms = (room.iter().map(|sample| sample * sample).sum::<f32>() / room.len() as f32).sqrt();
        assert!((0.0008..0.0012).contains(&rms), "{rms}");
        assert!(out[29_000..].iter().all(|sample| *sample == 0.0));
    }

    #[test]
    fn how_much_is_asked_for_at_once_makes_no_difference() {
        let heard = |block| {
            let mut comfort = Comfort::new();
            for _ in 0..1_000 {
                comfort.learn(0.2);
                comfort.learn(0.001);
            }
            let mut out = vec![0.0; 9_600];
            let mut last = 0.3;
            for block in out.chunks_mut(block) {
                last = comfort.fill(block, last);
            }
            out
        };
        let same = |a: &f32, b: &f32| (a - b).abs() < 1e-4;
        assert!(heard(9_600).iter().zip(&heard(60)).all(|(a, b)| same(a, b)));
    }

    #[test]
    fn who_is_never_faint_leaves_no_hiss_louder_than_a_room() {
        let mut comfort = Comfort::new();
        for _ in 0..10_000 {
            comfort.learn(0.5);
        }
        let mut out = vec![0.0; 24_000];
        comfort.fill(&mut out, 0.0);
        assert!(out.iter().all(|sample| sample.abs() < 4.0 * LOUDEST));
    }
}

//! Takes out what no voice has in it: rumble under 80 Hz, the microphone's own direct current, what is no number.

use crate::RATE_HZ;
use crate::codec::Samples;
use core::f64::consts::{PI, SQRT_2};

/// Lower than the lowest voice, Hz: wind, steps, a table that is knocked against.
const CUT_HZ: f64 = 80.0;
/// What a device may say that is louder than everything, as high as the limiter can bring down.
const LOUDEST: f32 = 8.0;

/// A Butterworth filter of second order, in doubles: at 80 of 48,000 Hz its poles are too near 1 for singles.
pub(super) struct HighPass {
    b: f64,
    a: [f64; 2],
    state: [f64; 2],
}

impl HighPass {
    pub(super) fn new() -> Self {
        let k = (PI * CUT_HZ / f64::from(RATE_HZ)).tan();
        let norm = 1.0 / (1.0 + SQRT_2 * k + k * k);
        Self {
            b: norm,
            a: [2.0 * (k * k - 1.0) * norm, (1.0 - SQRT_2 * k + k * k) * norm],
            state: [0.0; 2],
        }
    }

    pub(super) fn take_rumble(&mut self, samples: &mut Samples) {
        let [a1, a2] = self.a;
        let [mut s1, mut s2] = self.state;
        for sample in samples {
            let x = if sample.is_finite() {
                f64::from(sample.clamp(-LOUDEST, LOUDEST))
            } else {
                0.0
            };
            let y = self.b * x + s1;
            s1 = -2.0 * self.b * x - a1 * y + s2;
            s2 = self.b * x - a2 * y;
            *sample = y as f32;
        }
        // What rings on for ever is slow to reckon with.
        self.state = [s1, s2].map(|s| if s.abs() < 1e-12 { 0.0 } else { s });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(hz: f32) -> f32 {
        let mut filter = HighPass::new();
        let mut loudest = 0.0_f32;
        for frame in 0..50 {
            let mut samples = core::array::from_fn(|i| {
                let time = (frame * crate::FRAME_SAMPLES + i) as f32 / RATE_HZ as f32;
                (core::f32::consts::TAU * hz * time).sin()
            });
            filter.take_rumble(&mut samples);
            if frame > 40 {
                loudest = samples.iter().fold(loudest, |peak, s| peak.max(s.abs()));
            }
        }
        20.0 * loudest.log10()
    }

    #[test]
    fn rumble_goes_and_a_voice_stays() {
        assert!(through(20.0) < -22.0);
        assert!((-3.2..-2.8).contains(&through(80.0)));
        assert!(through(160.0) > -0.4);
        assert!(through(4000.0) > -0.1);
    }

    #[test]
    fn what_is_no_number_is_over_with_its_frame() {
        let mut filter = HighPass::new();
        let mut samples = [f32::NAN; crate::FRAME_SAMPLES];
        samples[7] = f32::INFINITY;
        samples[9] = f32::MAX;
        filter.take_rumble(&mut samples);
        assert!(samples.iter().all(|s| s.abs() <= 2.0 * LOUDEST));
    }
}

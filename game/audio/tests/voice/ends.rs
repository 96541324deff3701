//! Two ends of a voice by a clock: somebody speaks, frames cross, somebody listens. And how far two sounds are apart.

use core::time::Duration;
use holm_audio::MicrophoneSettings;
use holm_audio::voice::{self, Capture, Ear, Mouth, Talk};
use holm_voice::frame::Frame;
use holm_voice::talker::Mode;

/// A block of both devices.
pub(crate) const BLOCK: Duration = Duration::from_millis(10);
/// Samples of it at 48 kHz.
pub(crate) const BLOCK_SAMPLES: usize = 480;
pub(crate) const RATE_HZ: u32 = 48_000;

pub(crate) fn settings(mode: Mode, without_noise: bool) -> MicrophoneSettings {
    MicrophoneSettings {
        mode,
        without_noise,
        automatic_gain: false,
        ..MicrophoneSettings::default()
    }
}

/// Somebody who speaks and somebody who listens, with nothing between them.
pub(crate) struct Ends {
    pub(crate) capture: Capture,
    pub(crate) mouth: Mouth,
    pub(crate) ear: Ear,
    pub(crate) talk: Talk,
    pub(crate) now: Duration,
    pub(crate) rate_hz: u32,
    pub(crate) channels: u16,
}

impl Ends {
    pub(crate) fn new(rate_hz: u32, channels: u16, settings: &MicrophoneSettings) -> Self {
        let (capture, mouth) = voice::capture(rate_hz, channels, settings).expect("a microphone");
        let (ear, talk) = voice::talker().expect("a talker");
        Self {
            capture,
            mouth,
            ear,
            talk,
            now: Duration::from_secs(1),
            rate_hz,
            channels,
        }
    }

    /// Says all of it (one channel, the microphone's rate), in blocks of 10 ms; what is heard meanwhile, and the frames.
    pub(crate) fn say(&mut self, samples: &[f32]) -> (Vec<f32>, Vec<Frame>) {
        let (mut heard, mut said) = (Vec::new(), Vec::new());
        let mut out = [0.0; BLOCK_SAMPLES];
        for block in samples.chunks(self.rate_hz as usize / 100) {
            let interleaved: Vec<f32> = block
                .iter()
                .flat_map(|sample| core::iter::repeat_n(*sample, self.channels.into()))
                .collect();
            self.capture.hear(&interleaved);
            let (talk, now) = (&mut self.talk, self.now);
            self.mouth.frames(|frame| {
                talk.put(frame, now);
                said.push(*frame);
            });
            self.ear.play(&mut out, self.now);
            heard.extend_from_slice(&out);
            self.now += BLOCK;
        }
        (heard, said)
    }
}

/// How alike what was heard is to what was said, and by how much later it was heard, in samples up to `most`: tenth of a
/// second by tenth, since a listener's delay moves while they listen. 1 is the same wave; of each that is not silent.
pub(crate) fn alike(said: &[f32], heard: &[f32], most: usize) -> (Vec<usize>, f32) {
    const PART: usize = RATE_HZ as usize / 10;
    let product = |a: &[f32], b: &[f32], step: usize| -> f32 {
        let pairs = a.iter().zip(b).step_by(step);
        pairs.map(|(a, b)| a * b).sum()
    };
    let (mut lags, mut sum) = (Vec::new(), 0.0);
    for at in (0..said.len().min(heard.len().saturating_sub(most))).step_by(PART) {
        let Some(part) = said.get(at..at + PART) else {
            break;
        };
        if product(part, part, 1) < 1e-4 * PART as f32 {
            continue; // −40 dB: a pause, a breath
        }
        let like = |lag: usize, step: usize| {
            let Some(later) = heard.get(at + lag..at + lag + PART) else {
                return -1.0;
            };
            let both = product(part, part, step) * product(later, later, step);
            product(part, later, step) / both.sqrt().max(1e-9)
        };
        // By steps that are short beside a voice's waves, then between the best two.
        let coarse = (0..most).step_by(8).map(|lag| (lag, like(lag, 4)));
        let (best, _) = coarse.max_by(|a, b| a.1.total_cmp(&b.1)).expect("a lag");
        let fine = (best.saturating_sub(8)..best + 8).map(|lag| (lag, like(lag, 1)));
        let (lag, like) = fine.max_by(|a, b| a.1.total_cmp(&b.1)).expect("a lag");
        lags.push(lag);
        sum += like;
    }
    let mean = sum / lags.len().max(1) as f32;
    lags.sort_unstable();
    (lags, mean)
}

/// The same sound at another rate: a plain sinc of 32 on each side, by the book.
pub(crate) fn at_rate(samples: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
    let step = f64::from(from_hz) / f64::from(to_hz);
    let cutoff = (1.0 / step).min(1.0) * 0.95;
    let reach = (32.0 / cutoff) as i64;
    (0..(samples.len() as f64 / step) as usize)
        .map(|at| {
            let moment = at as f64 * step;
            let middle = moment as i64;
            (middle - reach..=middle + reach)
                .filter_map(|near| {
                    let sample = samples.get(usize::try_from(near).ok()?)?;
                    let x = near as f64 - moment;
                    let window = (core::f64::consts::FRAC_PI_2 * x / (reach + 1) as f64)
                        .cos()
                        .powi(2);
                    let angle = core::f64::consts::PI * x * cutoff;
                    let sinc = if angle.abs() < 1e-9 {
                        1.0
                    } else {
                        angle.sin() / angle
                    };
                    Some((f64::from(*sample) * window * sinc * cutoff) as f32)
                })
                .sum()
        })
        .collect()
}

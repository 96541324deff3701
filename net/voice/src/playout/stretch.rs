//! The tape that is played from, and how it is made a little shorter or longer without a change of pitch.
//!
//! One period is left out or repeated, right where the next sample is due: what would come fades into what comes a
//! period later, or came a period ago (waveform-similarity overlap-add, as in NetEq's accelerate and expand). Which
//! period is found by normalised correlation of the 10 ms around the place, first at 8 kHz, then sample by sample.
//! All this needs is the frame itself and the 20 ms before it: nothing waits for it.
//! Invariant: the first sample of what is put on follows on the last one played, whatever was done.

use crate::FRAME_SAMPLES;

/// Played samples that are kept: as far back as [`Tape::lengthen`] looks.
const PAST: usize = MAX_LAG + HALF;
/// Shortest and longest period, 2.5 and 15 ms: 400 to 67 Hz. A higher voice repeats itself in some of these as well.
const MIN_LAG: usize = 120;
const MAX_LAG: usize = 720;
/// Half of what is compared, 5 ms. [`MAX_LAG`] and this fit into a frame.
const HALF: usize = 240;
/// Of so many samples one is made for the first look.
const COARSE: usize = 6;

const _: () = assert!(MAX_LAG + HALF <= FRAME_SAMPLES && PAST.is_multiple_of(COARSE));
const _: () = assert!(HALF.is_multiple_of(COARSE) && MIN_LAG.is_multiple_of(COARSE));
const _: () = assert!(FRAME_SAMPLES.is_multiple_of(COARSE));

pub(super) struct Tape {
    /// [`PAST`] samples that were played, then those that will be.
    samples: Box<[f32; PAST + FRAME_SAMPLES + MAX_LAG]>,
    /// Next to be played.
    at: usize,
    end: usize,
}

#[derive(Clone, Copy)]
enum Towards {
    Later,
    Earlier,
}

impl Tape {
    pub(super) fn new() -> Self {
        Self {
            samples: Box::new([0.0; PAST + FRAME_SAMPLES + MAX_LAG]),
            at: PAST,
            end: PAST,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at == self.end
    }

    /// Puts a frame on a tape that is empty; what is not, is lost.
    pub(super) fn put(&mut self, frame: &[f32; FRAME_SAMPLES]) {
        self.samples.copy_within(self.at - PAST..self.at, 0);
        self.at = PAST;
        self.end = PAST + FRAME_SAMPLES;
        self.samples[self.at..self.end].copy_from_slice(frame);
    }

    /// Plays as much as there is and fits; gives how many samples.
    pub(super) fn take(&mut self, out: &mut [f32]) -> usize {
        let count = out.len().min(self.end - self.at);
        out[..count].copy_from_slice(&self.samples[self.at..self.at + count]);
        self.at += count;
        count
    }

    /// Leaves a period of at most `most` samples out of the frame that was just put on; gives its length, 0 if there
    /// is none that is as `alike` as that. `None`: it is too quiet to matter.
    pub(super) fn shorten(&mut self, most: usize, alike: Option<f32>) -> usize {
        let Some(lag) = self.period(most, alike, Towards::Later) else {
            return 0;
        };
        let fades = lag.min(FRAME_SAMPLES - lag);
        let (now, later) = self.samples[PAST..self.end].split_at_mut(lag);
        fade(&now[..fades], &mut later[..fades]);
        self.samples.copy_within(PAST + lag..self.end, PAST);
        self.end -= lag;
        lag
    }

    /// Repeats a period of at most `most` samples before the frame that was just put on; otherwise like
    /// [`shorten`](Self::shorten).
    pub(super) fn lengthen(&mut self, most: usize, alike: Option<f32>) -> usize {
        let Some(lag) = self.period(most, alike, Towards::Earlier) else {
            return 0;
        };
        // The period before goes in; it fades from what would have come, and leads to it by itself.
        self.samples.copy_within(PAST..self.end, PAST + lag);
        self.samples.copy_within(PAST - lag..PAST, PAST);
        self.end += lag;
        let (period, would_be) = self.samples[PAST..self.end].split_at_mut(lag);
        fade(&would_be[..lag], period);
        lag
    }

    /// Length of what repeats itself around the next sample.
    fn period(&self, most: usize, alike: Option<f32>, towards: Towards) -> Option<usize> {
        let most = most.min(MAX_LAG);
        if most < MIN_LAG || self.at != PAST || self.end != PAST + FRAME_SAMPLES {
            return None;
        }
        let Some(alike) = alike else {
            return Some(most);
        };
        let fine = &self.samples[..PAST + FRAME_SAMPLES];
        let mut coarse = [0.0; (PAST + FRAME_SAMPLES) / COARSE];
        for (coarse, fine) in coarse.iter_mut().zip(fine.chunks_exact(COARSE)) {
            *coarse = fine.iter().sum();
        }
        let roughly = most_alike(
            &coarse,
            PAST / COARSE,
            HALF / COARSE,
            MIN_LAG / COARSE..=most / COARSE,
            towards,
        );
        let (roughly, _) = roughly?;
        let lags = (roughly * COARSE - COARSE).max(MIN_LAG)..=(roughly * COARSE + COARSE).min(most);
        let (lag, likeness) = most_alike(fine, PAST, HALF, lags, towards)?;
        (likeness >= alike).then_some(lag)
    }
}

/// Which of `lags` makes what is around `at` look most like itself, and how much, −1 to 1. The
/// first of several.
fn most_alike(
    samples: &[f32],
    at: usize,
    half: usize,
    lags: core::ops::RangeInclusive<usize>,
    towards: Towards,
) -> Option<(usize, f32)> {
    let here = &samples[at - half..at + half];
    let mut best: Option<(usize, f32)> = None;
    for lag in lags {
        let from = match towards {
            Towards::Later => at - half + lag,
            Towards::Earlier => at - half - lag,
        };
        let likeness = likeness(here, &samples[from..from + 2 * half]);
        if best.is_none_or(|(_, best)| likeness > best) {
            best = Some((lag, likeness));
        }
    }
    best
}

/// Normalised correlation: 1 where one is the other, louder or not; 0 where one is nothing.
fn likeness(a: &[f32], b: &[f32]) -> f32 {
    let (mut both, mut a2, mut b2) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        both += a * b;
        a2 += a * a;
        b2 += b * b;
    }
    let power: f32 = a2 * b2;
    if power > 0.0 { both / power.sqrt() } else { 0.0 }
}

/// Makes `to` begin as `from` does; they are as long.
pub(super) fn fade(from: &[f32], to: &mut [f32]) {
    let length = to.len() as f32;
    for (at, (to, from)) in to.iter_mut().zip(from).enumerate() {
        *to = from + (*to - from) * (at as f32 / length);
    }
}

#[cfg(test)]
mod tests;

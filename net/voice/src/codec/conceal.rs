//! What sounds likely where a frame is missing: the last period of the voice goes on and fades.
//!
//! Only for a page: libopus does it itself, and better, since it goes on with the throat and not with the sound. `ropus`
//! 0.12.18 says of a lost voiced frame next to nothing (it leaves out the part of `silk_PLC_conceal` that fills the
//! long-term predictor), which is a hole that everybody hears. When it is mended there, this file can go.
//!
//! Flow: every frame that was heard → [`Concealer::heard`] → its end is kept → [`Concealer::next`] goes on from there →
//! the next that is heard is faded in.
//! Invariant: within full scale, and silent after as many frames as [`FADES`] has.

use super::Samples;
use crate::{FRAME_SAMPLES, RATE_HZ};

/// Periods of a voice, samples: 400 Hz, a child that shouts, to 66 Hz, a man who grumbles.
const SHORTEST: usize = RATE_HZ as usize / 400;
const LONGEST: usize = RATE_HZ as usize / 66;
/// What is kept of the past: the longest period, before a stretch to compare it with.
const KEPT: usize = 2 * FRAME_SAMPLES;
/// Samples compared, and how far apart they are: what the ear calls pitch is under 3 kHz.
const COMPARED: usize = FRAME_SAMPLES;
const STEP: usize = 8;
/// Where two sounds are joined, samples: 5 ms.
const JOINED: usize = RATE_HZ as usize / 200;
/// How loud it is at the end of each lost frame. The ear forgives 60 ms, and a word that rings longer is a wrong one.
const FADES: [f32; 5] = [0.9, 0.65, 0.4, 0.15, 0.0];

const _: () = assert!(LONGEST + COMPARED <= KEPT);

/// What is remembered of a talker.
pub(super) struct Concealer {
    /// The end of what was heard or made up, the newest last.
    past: [f32; KEPT],
    /// Frames made up since one was heard.
    lost: usize,
    /// The period that goes on, samples.
    period: usize,
}

impl Concealer {
    pub(super) fn new() -> Self {
        Self {
            past: [0.0; KEPT],
            lost: 0,
            period: LONGEST,
        }
    }

    /// A frame that came; after a lost one its beginning is joined to what was made up.
    pub(super) fn heard(&mut self, frame: &mut Samples) {
        if self.lost > 0 {
            let gain = self.gain();
            for (at, sample) in frame.iter_mut().enumerate().take(JOINED) {
                let part = at as f32 / JOINED as f32;
                *sample = *sample * part + self.made_up(at) * gain * (1.0 - part);
            }
            self.lost = 0;
        }
        self.remember(frame);
    }

    /// A frame that is likely.
    pub(super) fn next(&mut self, out: &mut Samples) {
        let mut gap = 0.0;
        if self.lost == 0 {
            self.period = self.pitch();
            gap = self.past[KEPT - 1] - self.past[KEPT - 1 - self.period];
            self.join_period();
        }
        let from = self.gain();
        self.lost += 1;
        let to = self.gain();
        // What is remembered goes on at its full height: else every period would fade the ones after it once more.
        let mut whole = [0.0; FRAME_SAMPLES];
        for (at, sample) in whole.iter_mut().enumerate() {
            *sample = self.made_up(at);
        }
        self.remember(&whole);
        for (at, (sample, whole)) in out.iter_mut().zip(whole).enumerate() {
            // What was heard ended elsewhere than a period before: that goes by and by, not at once.
            let still = gap * (1.0 - at as f32 / JOINED as f32).max(0.0);
            let gain = from + (to - from) * at as f32 / FRAME_SAMPLES as f32;
            *sample = (whole * gain + still).clamp(-1.0, 1.0);
        }
    }

    fn gain(&self) -> f32 {
        match self.lost {
            0 => 1.0,
            lost => FADES.get(lost - 1).copied().unwrap_or(0.0),
        }
    }

    /// The sample so many after the end: the same place in the last period.
    fn made_up(&self, at: usize) -> f32 {
        self.past[KEPT - self.period + at % self.period]
    }

    fn remember(&mut self, frame: &Samples) {
        self.past.copy_within(FRAME_SAMPLES.., 0);
        self.past[KEPT - FRAME_SAMPLES..].copy_from_slice(frame);
    }

    /// The end of the last period is led over to the end of the one before, after which it began: it can be repeated without
    /// a click.
    fn join_period(&mut self) {
        let len = JOINED.min(self.period / 4);
        for at in 0..len {
            let part = (at + 1) as f32 / (len + 1) as f32;
            let end = KEPT - len + at;
            self.past[end] = self.past[end] * (1.0 - part) + self.past[end - self.period] * part;
        }
    }

    /// The lag at which the past is most like itself.
    fn pitch(&self) -> usize {
        let likeness = |lag: usize| {
            let (mut both, mut power) = (0.0, 1e-9);
            for at in (KEPT - COMPARED..KEPT).step_by(STEP) {
                let (now, then) = (self.past[at], self.past[at - lag]);
                both += now * then;
                power += then * then;
            }
            both.max(0.0) * both / power
        };
        let best = |lags: &mut dyn Iterator<Item = usize>| {
            let mut best = (0.0, LONGEST); // nothing is like anything: a long period buzzes least
            for lag in lags {
                let like = likeness(lag);
                if like > best.0 {
                    best = (like, lag);
                }
            }
            best.1
        };
        let coarse = best(&mut (SHORTEST..=LONGEST).step_by(STEP / 2));
        best(&mut (coarse.saturating_sub(STEP / 2).max(SHORTEST)..=(coarse + STEP / 2).min(LONGEST)))
    }
}

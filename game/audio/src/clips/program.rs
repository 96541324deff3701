//! What the program has to say: soft bells of one scale (C, five tones), so that two at once are a chord.
//!
//! Invariant: what goes up is good or begins, what goes down ends; nothing is shrill, and only trouble is low.

use super::tones::{Canvas, Chance, Swell, mode};

const D4: f32 = 293.66;
const G4: f32 = 392.00;
const A4: f32 = 440.00;
const C5: f32 = 523.25;
const D5: f32 = 587.33;
const E5: f32 = 659.26;
const G5: f32 = 783.99;
const A5: f32 = 880.00;
const C6: f32 = 1_046.50;

pub(super) fn press(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(0.14);
    canvas.strike(0.001, &[mode(G5, 0.014, 1.0), mode(G5 * 2.0, 0.007, 0.22)], 0.7);
    let tick = Swell {
        attack: 0.0015,
        fall: 0.006,
    };
    canvas.puff(chance, 0.0, 1_400.0, 1.3, tick, 0.35);
    canvas.once(0.02)
}

pub(super) fn panel(chance: &mut Chance, opens: bool) -> Vec<f32> {
    let mut canvas = Canvas::new(0.48);
    let (first, second) = if opens { (G4, C5) } else { (C5, G4) };
    let sheet = Swell {
        attack: 0.060,
        fall: 0.045,
    };
    canvas.puff(chance, 0.0, if opens { 1_300.0 } else { 900.0 }, 1.4, sheet, 0.16);
    canvas.bell(0.010, first, 0.045, 0.5);
    canvas.bell(0.070, second, 0.055, 0.6);
    canvas.once(0.05)
}

pub(super) fn chat_line() -> Vec<f32> {
    let mut canvas = Canvas::new(0.50);
    canvas.bubble(0.0, 520.0, 0.020, 0.30);
    canvas.bell(0.020, C5, 0.060, 0.8);
    canvas.bell(0.020, G5, 0.040, 0.25);
    canvas.once(0.05)
}

pub(super) fn mention() -> Vec<f32> {
    let mut canvas = Canvas::new(1.15);
    canvas.bell(0.0, E5, 0.10, 0.8);
    canvas.bell(0.11, A5, 0.15, 0.9);
    canvas.bell(0.11, C6, 0.10, 0.20);
    canvas.echoes(0.25, 0.22);
    canvas.once(0.15)
}

pub(super) fn came() -> Vec<f32> {
    let mut canvas = Canvas::new(1.15);
    canvas.bell(0.0, G4, 0.11, 0.7);
    canvas.bell(0.10, C5, 0.12, 0.8);
    canvas.bell(0.20, E5, 0.14, 0.9);
    canvas.echoes(0.22, 0.22);
    canvas.once(0.15)
}

pub(super) fn left() -> Vec<f32> {
    let mut canvas = Canvas::new(1.10);
    canvas.bell(0.0, D5, 0.10, 0.8);
    canvas.bell(0.12, A4, 0.13, 0.7);
    canvas.echoes(0.22, 0.22);
    canvas.once(0.15)
}

pub(super) fn notice() -> Vec<f32> {
    let mut canvas = Canvas::new(0.95);
    canvas.bell(0.0, A4, 0.12, 0.8);
    canvas.bell(0.0, E5, 0.11, 0.55);
    canvas.echoes(0.20, 0.20);
    canvas.once(0.12)
}

pub(super) fn trouble() -> Vec<f32> {
    let mut canvas = Canvas::new(1.05);
    canvas.bell(0.0, D4 * 1.122_46, 0.09, 0.9);
    canvas.bell(0.15, D4 * 0.840_9, 0.14, 1.0);
    canvas.echoes(0.18, 0.18);
    canvas.once(0.12)
}

pub(super) fn photo(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(0.55);
    // A mirror goes up, and comes back.
    for (at, loud) in [(0.002, 0.8), (0.085, 1.0)] {
        let click = Swell {
            attack: 0.001,
            fall: 0.007,
        };
        canvas.puff(chance, at, 1_900.0, 1.1, click, 0.9 * loud);
        canvas.strike(at, &[mode(240.0, 0.016, 0.5), mode(905.0, 0.010, 0.3)], loud);
    }
    canvas.bell(0.12, C6, 0.05, 0.10);
    canvas.once(0.06)
}

pub(super) fn microphone(on: bool) -> Vec<f32> {
    let mut canvas = Canvas::new(0.58);
    let (first, second) = if on { (A4, D5) } else { (D5, A4) };
    canvas.bell(0.0, first, 0.055, 0.8);
    canvas.bell(0.085, second, 0.065, 0.9);
    canvas.once(0.06)
}

//! What bodies do: they walk, jump, land and swim.
//!
//! Flow: each is a few puffs of noise for what gives way, and struck modes for what does not. A step is a heel, and a
//! toe a moment later; chance moves everything a little, which is what makes takes of it.

use super::tones::{Canvas, Chance, Filter, Mode, Swell, count, mode, smooth};

const STEP_SECS: f32 = 0.34;

fn swell(attack: f32, fall: f32) -> Swell {
    Swell { attack, fall }
}

/// The toe comes so much after the heel, seconds.
fn toe(chance: &mut Chance) -> f32 {
    chance.between(0.065, 0.085)
}

pub(super) fn stone(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(STEP_SECS);
    let tone = chance.between(0.9, 1.1);
    let toe = toe(chance);
    canvas.puff(chance, 0.002, 170.0 * tone, 1.2, swell(0.003, 0.022), 1.6);
    canvas.puff(chance, 0.003, 950.0 * tone, 1.1, swell(0.002, 0.014), 0.8);
    canvas.puff(chance, 0.004, 2_600.0 * tone, 1.2, swell(0.002, 0.009), 0.28);
    canvas.puff(chance, toe, 700.0 * tone, 1.2, swell(0.004, 0.016), 0.45);
    // What is ground under the sole.
    canvas.puff(
        chance,
        toe + 0.004,
        2_900.0 * tone,
        1.0,
        swell(0.010, 0.022),
        0.16,
    );
    canvas.once(0.03)
}

pub(super) fn wood(chance: &mut Chance) -> Vec<f32> {
    const PLANK: [Mode; 6] = [
        mode(108.0, 0.050, 1.0),
        mode(187.0, 0.042, 0.8),
        mode(301.0, 0.030, 0.62),
        mode(455.0, 0.022, 0.42),
        mode(722.0, 0.014, 0.24),
        mode(1_130.0, 0.009, 0.12),
    ];
    let mut canvas = Canvas::new(STEP_SECS);
    let tone = chance.between(0.88, 1.12);
    let toe = toe(chance);
    let plank = PLANK.map(|mode| Mode {
        hz: mode.hz * tone * chance.between(0.96, 1.04),
        ..mode
    });
    canvas.strike(0.002, &plank, 1.0);
    canvas.strike(toe, &plank, 0.42);
    canvas.puff(chance, 0.002, 800.0, 1.2, swell(0.002, 0.011), 1.1);
    canvas.puff(chance, toe, 1_500.0, 1.2, swell(0.006, 0.018), 0.20);
    canvas.once(0.03)
}

/// Grains that give way, thick after `rise` seconds and fewer from then on.
fn crunch(
    canvas: &mut Canvas,
    chance: &mut Chance,
    from: f32,
    rise: f32,
    fall: f32,
    band: (f32, f32),
    gain: f32,
) {
    let secs = rise + fall * 3.0;
    for _ in 0..count(secs) / 60 {
        let at = chance.between(0.0, secs);
        let part = smooth(at / rise) * (1.0 - smooth((at - rise) / (fall * 3.0)));
        let (hz, loud) = (chance.between(band.0, band.1), chance.unit());
        let fall = chance.between(0.002, 0.006);
        canvas.puff(
            chance,
            from + at,
            hz,
            0.9,
            swell(0.001, fall),
            gain * part * loud * loud,
        );
    }
}

pub(super) fn sand(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(STEP_SECS + 0.06);
    let toe = toe(chance) + 0.02;
    canvas.puff(chance, 0.004, 120.0, 1.3, swell(0.012, 0.030), 0.8);
    canvas.puff(chance, 0.004, 1_700.0, 1.4, swell(0.030, 0.035), 0.30);
    canvas.puff(chance, toe, 2_300.0, 1.4, swell(0.035, 0.035), 0.22);
    crunch(&mut canvas, chance, 0.004, 0.030, 0.035, (1_800.0, 4_200.0), 0.55);
    crunch(&mut canvas, chance, toe, 0.030, 0.035, (1_800.0, 4_200.0), 0.40);
    canvas.once(0.03)
}

pub(super) fn grass(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(STEP_SECS + 0.06);
    let toe = toe(chance) + 0.015;
    let tone = chance.between(0.85, 1.15);
    canvas.puff(chance, 0.003, 105.0, 1.3, swell(0.008, 0.028), 1.4);
    canvas.puff(chance, 0.003, 420.0, 1.2, swell(0.008, 0.020), 0.40);
    canvas.puff(chance, 0.006, 2_200.0 * tone, 1.3, swell(0.028, 0.028), 0.30);
    canvas.puff(chance, toe, 2_900.0 * tone, 1.3, swell(0.032, 0.030), 0.20);
    crunch(&mut canvas, chance, toe, 0.025, 0.025, (2_500.0, 4_800.0), 0.20);
    canvas.once(0.03)
}

/// Bubbles between `from` and `to` seconds, most of them early.
fn bubbles(
    canvas: &mut Canvas,
    chance: &mut Chance,
    many: usize,
    from: f32,
    to: f32,
    band: (f32, f32),
    gain: f32,
) {
    for _ in 0..many {
        let late = chance.unit();
        let at = from + (to - from) * late * late;
        // Small ones are many, and large ones are loud.
        let small = chance.unit().sqrt();
        let hz = band.0 + (band.1 - band.0) * small;
        let fall = 0.030 - 0.020 * small;
        let loud = gain * (1.15 - small) * chance.between(0.3, 1.0);
        canvas.bubble(at, hz, fall, loud);
    }
}

pub(super) fn wade(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(0.52);
    let tone = chance.between(0.88, 1.12);
    canvas.puff(chance, 0.002, 240.0 * tone, 1.3, swell(0.012, 0.040), 1.1);
    canvas.puff(chance, 0.004, 950.0 * tone, 1.4, swell(0.020, 0.050), 0.65);
    canvas.puff(chance, 0.060, 2_400.0 * tone, 1.4, swell(0.050, 0.055), 0.16);
    bubbles(&mut canvas, chance, 16, 0.03, 0.34, (380.0, 1_500.0), 0.30);
    canvas.once(0.05)
}

pub(super) fn jump(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(0.30);
    canvas.puff(chance, 0.0, 150.0, 1.2, swell(0.010, 0.024), 0.9);
    canvas.puff(chance, 0.0, 900.0, 1.3, swell(0.030, 0.028), 0.50);
    canvas.puff(chance, 0.03, 2_200.0, 1.3, swell(0.040, 0.030), 0.16);
    canvas.once(0.03)
}

pub(super) fn land(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(0.42);
    for (at, part) in [(0.002, 1.0), (0.026, 0.7)] {
        canvas.puff(chance, at, 95.0, 1.2, swell(0.004, 0.045), 2.2 * part);
        canvas.puff(chance, at, 420.0, 1.3, swell(0.003, 0.022), 0.9 * part);
        canvas.puff(chance, at, 1_700.0, 1.3, swell(0.003, 0.014), 0.28 * part);
    }
    // Cloth comes after.
    canvas.puff(chance, 0.05, 1_900.0, 1.4, swell(0.040, 0.035), 0.12);
    canvas.once(0.04)
}

pub(super) fn splash(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(1.25);
    canvas.puff(chance, 0.0, 140.0, 1.2, swell(0.006, 0.070), 2.2);
    canvas.puff(chance, 0.004, 600.0, 1.4, swell(0.012, 0.090), 1.2);
    // What is thrown up is bright at first, and falls back as drops.
    let mut filter = Filter::new(3_500.0, 1.4);
    canvas.add(0.01, 1.2, |secs| {
        filter.tune(900.0 + 3_000.0 / (1.0 + secs * secs * 60.0), 1.4);
        let loud = smooth(secs / 0.03) / (1.0 + secs * secs * 50.0) * (1.0 - smooth((secs - 0.5) / 0.6));
        0.75 * loud * filter.low(chance.white())
    });
    bubbles(&mut canvas, chance, 48, 0.05, 0.95, (260.0, 1_700.0), 0.34);
    canvas.once(0.15)
}

pub(super) fn stroke(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(0.95);
    let tone = chance.between(0.85, 1.15);
    canvas.puff(chance, 0.0, 330.0 * tone, 1.4, swell(0.170, 0.090), 1.0);
    canvas.puff(chance, 0.05, 850.0 * tone, 1.4, swell(0.160, 0.080), 0.55);
    canvas.puff(chance, 0.16, 2_100.0 * tone, 1.5, swell(0.090, 0.070), 0.12);
    bubbles(&mut canvas, chance, 18, 0.14, 0.70, (300.0, 1_100.0), 0.22);
    canvas.once(0.10)
}

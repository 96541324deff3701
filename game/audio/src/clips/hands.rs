//! What hands do, and what happens to what they let go of: doors, and things that are taken, put, thrown and bumped.

use super::tones::{Canvas, Chance, Filter, Mode, Swell, mode, smooth};

const LATCH: [Mode; 4] = [
    mode(640.0, 0.016, 0.7),
    mode(1_090.0, 0.012, 0.5),
    mode(1_830.0, 0.008, 0.25),
    mode(2_700.0, 0.005, 0.10),
];
const LEAF: [Mode; 5] = [
    mode(84.0, 0.075, 1.0),
    mode(139.0, 0.060, 0.8),
    mode(226.0, 0.042, 0.45),
    mode(371.0, 0.026, 0.22),
    mode(610.0, 0.016, 0.10),
];

fn swell(attack: f32, fall: f32) -> Swell {
    Swell { attack, fall }
}

pub(super) fn door_open(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(0.85);
    canvas.strike(0.004, &LATCH, 0.55);
    canvas.strike(0.062, &LATCH, 0.8);
    canvas.strike(0.062, &LEAF, 0.25);
    canvas.puff(chance, 0.07, 420.0, 1.4, swell(0.150, 0.085), 0.35);
    canvas.puff(chance, 0.12, 1_300.0, 1.4, swell(0.160, 0.070), 0.07);
    canvas.once(0.08)
}

pub(super) fn door_close(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(0.90);
    canvas.puff(chance, 0.0, 360.0, 1.4, swell(0.100, 0.030), 0.30);
    canvas.strike(0.13, &LEAF, 1.0);
    canvas.puff(chance, 0.13, 320.0, 1.3, swell(0.003, 0.030), 1.0);
    canvas.strike(0.165, &LATCH, 0.40);
    canvas.echoes(0.16, 0.25);
    canvas.once(0.08)
}

/// A body that is not held: its modes are not in tune, as of wood and clay.
fn knock(hz: f32, fall: f32) -> [Mode; 5] {
    [
        mode(hz, fall, 1.0),
        mode(hz * 1.59, fall * 0.75, 0.55),
        mode(hz * 2.36, fall * 0.5, 0.28),
        mode(hz * 3.42, fall * 0.32, 0.12),
        mode(hz * 5.10, fall * 0.2, 0.05),
    ]
}

pub(super) fn pick_up(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(0.30);
    canvas.puff(chance, 0.0, 1_500.0, 1.4, swell(0.030, 0.022), 0.35);
    canvas.puff(chance, 0.02, 2_300.0, 1.4, swell(0.045, 0.022), 0.14);
    canvas.strike(0.035, &knock(410.0, 0.026), 0.30);
    canvas.strike(0.080, &knock(520.0, 0.022), 0.20);
    canvas.once(0.04)
}

pub(super) fn put_down(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(0.36);
    canvas.strike(0.004, &knock(205.0, 0.040), 0.9);
    canvas.puff(chance, 0.003, 700.0, 1.3, swell(0.003, 0.014), 0.6);
    // It rocks once.
    canvas.strike(0.070, &knock(232.0, 0.030), 0.30);
    canvas.once(0.04)
}

pub(super) fn throw(chance: &mut Chance) -> Vec<f32> {
    const SECS: f32 = 0.36;
    let mut canvas = Canvas::new(SECS);
    let (mut air, mut soft) = (Filter::new(600.0, 0.7), Filter::new(2_000.0, 1.4));
    canvas.add(0.0, SECS, |secs| {
        let part = secs / SECS;
        let swing = smooth(part / 0.4) * smooth((1.0 - part) / 0.6);
        air.tune(380.0 + 900.0 * swing, 0.7);
        swing * swing * soft.low(air.band(chance.white()))
    });
    canvas.once(0.05)
}

pub(super) fn bump(chance: &mut Chance, hz: f32, fall: f32) -> Vec<f32> {
    let mut canvas = Canvas::new(0.12 + fall * 6.5);
    canvas.strike(0.003, &knock(hz, fall), 1.0);
    canvas.puff(chance, 0.002, hz * 2.6, 1.3, swell(0.002, fall * 0.30), 0.9);
    // What small speakers still give of a large one.
    canvas.puff(
        chance,
        0.002,
        (hz * 4.0).max(620.0),
        1.3,
        swell(0.002, fall * 0.16),
        0.7,
    );
    canvas.once(0.04)
}

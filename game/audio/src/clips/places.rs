//! What places sound like: sea, wind, fire, rooms, and whoever lives there.
//!
//! Flow: loops are noise whose band and loudness move slowly, longer than they are heard, and joined; what is made of single
//! calls or pops goes around the end.
//! Invariant: in a loop nothing stands out: what one waits for the second time is a machine.

use super::tones::{Canvas, Chance, Filter, RATE_HZ, Swell, mode, sine, smooth};

/// What fades into the beginning, seconds.
const OVERLAP: f32 = 1.6;

/// Wanders between 0 and 1 without a corner, a new aim every `secs` seconds.
struct Wander {
    from: f32,
    to: f32,
    part: f32,
    each: f32,
}

impl Wander {
    fn new(chance: &mut Chance, secs: f32) -> Self {
        Self {
            from: chance.unit(),
            to: chance.unit(),
            part: chance.unit(),
            each: 1.0 / (secs * RATE_HZ as f32),
        }
    }

    fn next(&mut self, chance: &mut Chance) -> f32 {
        self.part += self.each;
        if self.part >= 1.0 {
            (self.from, self.to, self.part) = (self.to, chance.unit(), 0.0);
        }
        self.from + (self.to - self.from) * smooth(self.part)
    }
}

/// How high a wave stands `secs` after it is first heard: it comes slowly, breaks, and runs up the sand.
fn breaks(secs: f32) -> f32 {
    if secs < 0.0 {
        return 0.0;
    }
    let rise = smooth(secs / 2.6);
    rise * rise / (1.0 + (secs - 2.6).max(0.0) * (secs - 2.6).max(0.0) * 0.9)
}

pub(super) fn sea_near(chance: &mut Chance) -> Vec<f32> {
    const SECS: f32 = 12.0;
    // A wave that breaks beyond the end goes on at the beginning: it is heard before, and after.
    const WAVES: [(f32, f32); 3] = [(0.4, 0.8), (4.3, 1.0), (8.4, 0.65)];
    let mut canvas = Canvas::new(SECS + OVERLAP);
    let mut body = Filter::new(500.0, 1.5);
    let mut deep = Filter::new(150.0, 1.4);
    let (mut foam, mut hiss) = (Filter::new(2_600.0, 1.5), Filter::new(4_500.0, 1.4));
    let mut wander = Wander::new(chance, 0.7);
    canvas.add(0.0, SECS + OVERLAP, |secs| {
        let (mut wave, mut wash) = (0.0f32, 0.0f32);
        for (at, high) in WAVES {
            for around in [-SECS, 0.0, SECS] {
                wave += high * breaks(secs - at - around);
                // Foam comes after the crest, and stays.
                wash += high * breaks((secs - at - around - 0.9) * 0.75);
            }
        }
        body.tune(260.0 + 900.0 * wave.min(1.4), 1.5);
        let white = chance.white();
        let other = chance.white();
        let flicker = 0.8 + 0.4 * wander.next(chance);
        0.9 * deep.low(white) * (0.5 + wave)
            + 0.9 * body.low(white) * (0.16 + 0.9 * wave)
            + 0.24 * hiss.low(foam.band(other)) * (0.10 + 0.9 * wash) * flicker
    });
    canvas.joined(OVERLAP)
}

pub(super) fn sea_far(chance: &mut Chance) -> Vec<f32> {
    const SECS: f32 = 10.0;
    let mut canvas = Canvas::new(SECS + OVERLAP);
    let (mut low, mut lower) = (Filter::new(300.0, 1.4), Filter::new(420.0, 1.4));
    let mut high = Filter::new(850.0, 1.3);
    let (mut slow, mut other) = (Wander::new(chance, 2.7), Wander::new(chance, 1.9));
    canvas.add(0.0, SECS + OVERLAP, |_| {
        let white = chance.white();
        let (slow, other) = (slow.next(chance), other.next(chance));
        lower.low(low.low(white)) * (0.75 + 0.5 * slow) + 0.16 * high.band(white) * (0.5 + 0.7 * other)
    });
    canvas.joined(OVERLAP)
}

pub(super) fn wind(chance: &mut Chance) -> Vec<f32> {
    const SECS: f32 = 12.0;
    let mut canvas = Canvas::new(SECS + OVERLAP);
    let (mut air, mut soft) = (Filter::new(350.0, 0.9), Filter::new(700.0, 1.4));
    let (mut leaves, mut dull) = (Filter::new(2_800.0, 1.5), Filter::new(4_200.0, 1.4));
    let (mut gust, mut turn) = (Wander::new(chance, 2.3), Wander::new(chance, 1.1));
    let mut rustle = Wander::new(chance, 0.09);
    canvas.add(0.0, SECS + OVERLAP, |_| {
        let (gust, turn) = (gust.next(chance), turn.next(chance));
        let rustle = rustle.next(chance);
        air.tune(240.0 + 330.0 * gust + 90.0 * turn, 0.9);
        let white = chance.white();
        let other = chance.white();
        soft.low(air.band(white)) * (0.35 + 0.85 * gust)
            + 0.17 * dull.low(leaves.band(other)) * (0.08 + gust * gust * (0.5 + 0.7 * rustle))
    });
    canvas.joined(OVERLAP)
}

pub(super) fn crickets(chance: &mut Chance) -> Vec<f32> {
    const SECS: f32 = 8.0;
    let mut canvas = Canvas::new(SECS);
    // Height, chirps in the loop, pulses in a chirp, seconds between pulses, how near.
    for (hz, chirps, pulses, apart, near) in [
        (3_950.0, 11u8, 3u8, 0.034, 1.0),
        (4_320.0, 13, 4, 0.029, 0.5),
        (3_600.0, 9, 3, 0.040, 0.35),
        (4_130.0, 14, 3, 0.031, 0.22),
    ] {
        for chirp in 0..chirps {
            let at = SECS * f32::from(chirp) / f32::from(chirps) + chance.between(0.0, 0.14);
            // Now and then one rests.
            if chance.unit() < 0.15 {
                continue;
            }
            let loud = near * chance.between(0.6, 1.0);
            for pulse in 0..pulses {
                let mut phase = 0.0;
                let grows = 0.55 + 0.45 * f32::from(pulse + 1) / f32::from(pulses);
                canvas.add_around(at + apart * f32::from(pulse), 0.024, |secs| {
                    phase += hz * (1.0 - 0.8 * secs) / RATE_HZ as f32;
                    let whole = smooth(secs / 0.009) * smooth((0.024 - secs) / 0.012);
                    loud * grows * whole * sine(phase)
                });
            }
        }
    }
    canvas.around()
}

pub(super) fn fire(chance: &mut Chance) -> Vec<f32> {
    const SECS: f32 = 10.0;
    let mut canvas = Canvas::new(SECS + OVERLAP);
    let (mut draught, mut soft) = (Filter::new(130.0, 1.3), Filter::new(260.0, 1.4));
    let (mut hiss, mut dull) = (Filter::new(1_500.0, 1.5), Filter::new(3_200.0, 1.4));
    let (mut flame, mut breath) = (Wander::new(chance, 0.16), Wander::new(chance, 0.9));
    canvas.add(0.0, SECS + OVERLAP, |_| {
        let (flame, breath) = (flame.next(chance), breath.next(chance));
        let white = chance.white();
        let other = chance.white();
        1.5 * soft.low(draught.band(white)) * (0.35 + 0.65 * flame) * (0.5 + breath)
            + 0.075 * dull.low(hiss.band(other)) * (0.5 + 0.5 * breath)
    });
    // Wood cracks in showers: a few loud, most hardly heard.
    let mut at = 0.0;
    let mut busy = 0.5;
    while at < SECS + OVERLAP - 0.1 {
        if chance.unit() < 0.12 {
            busy = chance.unit();
        }
        at += chance.between(0.01, 0.05 + 0.22 * (1.0 - busy));
        let loud = chance.unit();
        let loud = loud * loud * loud * loud;
        let hz = chance.between(700.0, 2_400.0);
        let fall = 0.0018 + 0.0045 * loud;
        canvas.puff(
            chance,
            at,
            hz,
            0.8,
            Swell { attack: 0.0008, fall },
            0.10 + 1.5 * loud,
        );
        if loud > 0.4 {
            // The log gives the loud ones a body.
            canvas.strike(
                at,
                &[mode(hz * 0.32, 0.014, 0.20), mode(hz * 0.55, 0.008, 0.12)],
                loud,
            );
        }
    }
    canvas.joined(OVERLAP)
}

pub(super) fn lighthouse(chance: &mut Chance) -> Vec<f32> {
    const SECS: f32 = 6.0;
    let mut canvas = Canvas::new(SECS);
    // Whole turns in the loop, so that the end is the beginning.
    for (hz, gain, beats, depth) in [
        (55.0, 1.0, 3.0, 0.25),
        (110.0, 0.55, 3.0, 0.35),
        (165.0, 0.22, 6.0, 0.5),
        (220.0, 0.18, 2.0, 0.6),
        (331.0, 0.08, 5.0, 0.8),
    ] {
        let from = chance.unit();
        canvas.add(0.0, SECS, |secs| {
            let slow = 1.0 + depth * sine(from + secs * beats / SECS);
            gain * slow * sine(from + secs * hz)
        });
    }
    canvas.around()
}

pub(super) fn room(chance: &mut Chance) -> Vec<f32> {
    const SECS: f32 = 7.0;
    let mut canvas = Canvas::new(SECS + OVERLAP);
    let (mut low, mut lower) = (Filter::new(160.0, 1.4), Filter::new(240.0, 1.4));
    let mut high = Filter::new(700.0, 1.4);
    let mut slow = Wander::new(chance, 2.0);
    canvas.add(0.0, SECS + OVERLAP, |_| {
        let white = chance.white();
        lower.low(low.low(white)) * (0.85 + 0.3 * slow.next(chance)) + 0.05 * high.band(white)
    });
    canvas.joined(OVERLAP)
}

/// Cries of a gull: a voice with overtones that goes up and falls, through a throat.
pub(super) fn gull(chance: &mut Chance, cries: u8) -> Vec<f32> {
    let secs = 0.75 + 0.34 * f32::from(cries);
    let mut canvas = Canvas::new(secs + 0.7);
    let mut at = 0.02;
    for cry in 0..cries {
        let long = if cries == 1 {
            0.52
        } else {
            chance.between(0.22, 0.28)
        };
        // A laugh falls from cry to cry.
        let top = chance.between(1_150.0, 1_230.0) * (1.0 - 0.05 * f32::from(cry));
        let mut phase = 0.0;
        let mut throat = Filter::new(1_750.0, 0.9);
        let mut air = Filter::new(2_000.0, 0.8);
        let loud = chance.between(0.8, 1.0);
        canvas.add(at, long, |secs| {
            let part = secs / long;
            let rise = smooth(part / 0.22);
            let bend = 0.62 + 0.38 * rise - 0.30 * smooth((part - 0.30) / 0.70);
            let flutter = 1.0 + 0.012 * sine(secs * 31.0);
            phase += top * bend * flutter / RATE_HZ as f32;
            let voice =
                sine(phase) + 0.55 * sine(phase * 2.0) + 0.32 * sine(phase * 3.0) + 0.14 * sine(phase * 4.0);
            let breath = 0.12 * air.band(chance.white());
            let whole = smooth(part / 0.18) * smooth((1.0 - part) / 0.55);
            loud * whole * (0.55 * throat.band(voice) + 0.35 * sine(phase) + breath)
        });
        at += long + chance.between(0.05, 0.08);
    }
    // It is far up, above water.
    canvas.echoes(0.35, 0.30);
    canvas.once(0.25)
}

/// A note that glides from one height to another.
fn whistle(canvas: &mut Canvas, at: f32, secs: f32, from: f32, to: f32, gain: f32) {
    let mut phase = 0.0;
    canvas.add(at, secs, |now| {
        let part = now / secs;
        phase += (from + (to - from) * smooth(part)) / RATE_HZ as f32;
        let whole = smooth(part / 0.3) * smooth((1.0 - part) / 0.5);
        gain * whole * (sine(phase) + 0.06 * sine(phase * 2.0))
    });
}

pub(super) fn bird(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(1.7);
    let mut at = 0.01;
    for note in 0..6u8 {
        let high = chance.between(3_000.0, 3_700.0);
        let secs = chance.between(0.055, 0.10);
        let falls = if note % 2 == 0 { 0.78 } else { 1.18 };
        let loud = 0.6 + 0.4 * chance.unit();
        whistle(&mut canvas, at, secs, high, high * falls, loud);
        at += secs + chance.between(0.05, 0.10);
    }
    canvas.echoes(0.25, 0.25);
    canvas.once(0.25)
}

pub(super) fn whistler(chance: &mut Chance) -> Vec<f32> {
    let mut canvas = Canvas::new(2.2);
    // Three clear notes and a trill, as of a blackbird.
    whistle(&mut canvas, 0.01, 0.20, 1_980.0, 2_100.0, 0.9);
    whistle(&mut canvas, 0.25, 0.16, 2_480.0, 2_350.0, 0.8);
    whistle(&mut canvas, 0.45, 0.30, 2_080.0, 1_820.0, 1.0);
    for trill in 0..5u8 {
        let at = 0.86 + 0.072 * f32::from(trill);
        let high = chance.between(2_700.0, 3_100.0);
        whistle(&mut canvas, at, 0.055, high, high * 0.88, 0.40);
    }
    canvas.echoes(0.30, 0.28);
    canvas.once(0.30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wanders_stays_between() {
        let mut chance = Chance::new(3);
        let mut wander = Wander::new(&mut chance, 0.01);
        for _ in 0..50_000 {
            assert!((0.0..=1.0).contains(&wander.next(&mut chance)));
        }
    }

    #[test]
    fn a_wave_comes_breaks_and_runs_out() {
        assert_eq!(breaks(-0.1), 0.0);
        assert!(breaks(2.6) > 0.99 && breaks(1.0) < 0.3 && breaks(5.0) < 0.2);
    }
}

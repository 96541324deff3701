//! Tones that are played faster or slower stay as high and as smooth as they were.
use super::*;
use core::f32::consts::TAU;

fn tone(hz: f32, at: usize) -> f32 {
    0.5 * (TAU * (hz * at as f32 / 48_000.0).fract()).sin()
}

/// Plays so many frames of a tone, each stretched by 5 % on average; gives what is heard and by how much it changed.
fn play(hz: f32, frames: usize, shorter: bool) -> (Vec<f32>, usize) {
    let mut tape = Tape::new();
    let mut heard = Vec::new();
    let (mut credit, mut stretched) = (0, 0);
    for number in 0..frames {
        let frame = core::array::from_fn(|at| tone(hz, number * FRAME_SAMPLES + at));
        tape.put(&frame);
        credit += FRAME_SAMPLES / 20;
        let lag = if shorter {
            tape.shorten(credit, Some(0.9))
        } else {
            tape.lengthen(credit, Some(0.9))
        };
        credit -= lag;
        stretched += lag;
        let mut block = [0.0; 441];
        while !tape.is_empty() {
            let count = tape.take(&mut block);
            heard.extend_from_slice(&block[..count]);
        }
    }
    (heard, stretched)
}

#[test]
fn a_tone_is_as_high_and_as_smooth_when_it_is_5_percent_shorter_or_longer() {
    for hz in [70.0, 97.3, 120.0, 187.7, 200.0, 261.6, 390.0, 700.0, 1_003.0] {
        for shorter in [true, false] {
            let (heard, stretched) = play(hz, 500, shorter);
            let said = 500 * FRAME_SAMPLES;
            assert_eq!(
                heard.len(),
                if shorter {
                    said - stretched
                } else {
                    said + stretched
                }
            );
            let share = stretched as f32 / said as f32;
            assert!((0.047..=0.05).contains(&share), "{hz} Hz: {share}");
            let crossings: Vec<f64> = (1..heard.len())
                .filter(|at| heard[at - 1] < 0.0 && heard[*at] >= 0.0)
                .map(|at| at as f64 - f64::from(heard[at] / (heard[at] - heard[at - 1])))
                .collect();
            let periods = (crossings.len() - 1) as f64;
            let is = 48_000.0 * periods / (crossings[crossings.len() - 1] - crossings[0]);
            assert!((is / f64::from(hz) - 1.0).abs() < 0.005, "{hz} Hz became {is}");
            let step = heard
                .windows(2)
                .map(|pair| (pair[1] - pair[0]).abs())
                .fold(0.0, f32::max);
            let usual = 0.5 * TAU * hz / 48_000.0;
            assert!(
                step <= 2.0 * usual,
                "{hz} Hz: a step of {step}, usual are {usual}"
            );
        }
    }
}

#[test]
fn what_is_like_nothing_else_is_left_alone_unless_it_is_quiet() {
    let mut tape = Tape::new();
    let mut seed = 1_u32;
    let mut noise = || {
        core::array::from_fn(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.cast_signed() as f32 / i32::MAX as f32
        })
    };
    for _ in 0..20 {
        tape.put(&noise());
        assert_eq!(tape.shorten(MAX_LAG, Some(0.9)), 0);
        assert_eq!(tape.lengthen(MAX_LAG, Some(0.9)), 0);
        tape.take(&mut [0.0; FRAME_SAMPLES]);
    }
    tape.put(&noise());
    assert_eq!(tape.shorten(MAX_LAG, None), MAX_LAG);
    tape.take(&mut [0.0; FRAME_SAMPLES]);
    tape.put(&noise());
    assert_eq!(tape.lengthen(MAX_LAG + 9, None), MAX_LAG);
    assert_eq!(tape.lengthen(MAX_LAG, None), 0, "once a frame");
}

#[test]
fn no_more_is_taken_than_is_allowed() {
    let mut tape = Tape::new();
    let frame = core::array::from_fn(|at| tone(200.0, at)); // of whole periods
    tape.put(&frame);
    tape.take(&mut [0.0; FRAME_SAMPLES]);
    tape.put(&frame);
    assert_eq!(tape.shorten(MIN_LAG - 1, None), 0);
    assert_eq!(tape.shorten(200, Some(0.9)), 0, "its period is 240");
    assert_eq!(tape.shorten(MAX_LAG, Some(0.9)), 240, "not two or three of them");
}

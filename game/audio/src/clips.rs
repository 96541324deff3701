//! The sounds of a world, made by arithmetic: no file is loaded, and every machine has the same.

/// A sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Clip {
    /// A step on stone.
    StepStone,
}

/// A sound, made.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Samples a second.
    pub rate_hz: u32,
    /// One channel, −1 to 1.
    pub samples: Vec<f32>,
    /// Its end joins its beginning.
    pub looped: bool,
}

/// Makes a sound.
#[must_use]
pub fn samples(clip: Clip) -> Sample {
    match clip {
        Clip::StepStone => Sample {
            rate_hz: 48_000,
            samples: (0..4_800)
                .map(|at| {
                    let secs = at as f32 / 48_000.0;
                    (secs * 180.0 * core::f32::consts::TAU).sin() * (-secs * 40.0).exp() * 0.5
                })
                .collect(),
            looped: false,
        },
    }
}

//! The sounds of a world, made by arithmetic: no file is loaded, and every machine has the same.

/// A sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Clip {
    /// A step on stone.
    StepStone,
}

/// A sound as samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Samples a second.
    pub rate_hz: u32,
    /// −1 to 1, of one channel.
    pub samples: Vec<f32>,
    /// Its end goes on at its beginning.
    pub looped: bool,
}

/// What a sound sounds like.
#[must_use]
pub fn samples(clip: Clip) -> Sample {
    match clip {
        Clip::StepStone => Sample {
            rate_hz: 24_000,
            samples: (0..2400)
                .map(|at| (at as f32 * 0.1).sin() * (-at as f32 / 400.0).exp() * 0.3)
                .collect(),
            looped: false,
        },
    }
}

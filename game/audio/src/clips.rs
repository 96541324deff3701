//! The sounds of a world, made by arithmetic: no file is loaded, and every machine has the same.

/// A sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Clip {
    /// A step on stone.
    StepStone,
}

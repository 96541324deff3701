//! How people move: quantised, delta coded against acknowledged baselines, budgeted, interpolated.

/// Slot of a person in a session: 0 is the host's own avatar, guests get the lowest free one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Slot(pub u16);

impl Slot {
    /// The host's own avatar (absent when the host is headless).
    pub const HOST: Slot = Slot(0);
}

/// Where somebody is and how they hold themselves, in the game's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    /// Feet, metres, world space, y up. Finite, each within ±32,768 m.
    pub position: [f32; 3],
    /// Where the body faces: radians about +y, any finite value (wrapped to −π..π).
    pub yaw: f32,
    /// Where the head faces relative to the body: radians about +y, −π/2..π/2.
    pub head_yaw: f32,
    /// Where the head looks up or down: radians, −π/2..π/2, up is positive.
    pub pitch: f32,
    /// What the legs do.
    pub gait: Gait,
    /// Gesture under way, 0 for none; the meaning is the game's (1 = wave).
    pub gesture: u8,
}

/// What the legs do. Two bits on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Gait {
    #[default]
    Ground = 0,
    Run = 1,
    Air = 2,
    Crouch = 3,
}

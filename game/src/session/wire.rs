//! What the session itself says: which world this is.

use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    /// The world's manifest is this blob; the first thing every guest is told, and told again when the
    /// host changes the world.
    World {
        manifest: [u8; 32],
        len: u64,
        /// Which of the world's moments (day, evening) it is; told again when the host chooses another.
        moment: u8,
    },
}

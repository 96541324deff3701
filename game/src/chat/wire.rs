//! Chat on the wire.

use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToHost {
    /// Please say this. Cut and tamed by the host.
    Say(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    /// Somebody said this.
    Said(Line),
    /// What was said before you came, oldest first.
    History(Vec<Line>),
    /// To one guest: the host did not pass your line on.
    NotSaid(WhyNot),
}

/// One line of chat. The name travels with it: whoever said it may be gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Line {
    /// Counts up for the whole room.
    pub id: u64,
    /// Slot of the person who said it.
    pub slot: u16,
    pub name: String,
    pub text: String,
    /// Seconds since 1970 by the host's clock.
    pub at_secs: u64,
}

/// Why a line was not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum WhyNot {
    /// Too many in a short time.
    TooFast,
    /// Nothing was left of it.
    Empty,
}

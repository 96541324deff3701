//! What lasts in a world: things, powers, and their history.
//!
//! A world is a snapshot and the numbered facts since. Flow: a [`Wish`] → the host's [`Keeper`] (rules) → a [`Fact`] → the
//! journal ([`store`]) → everybody, who apply it with the same code ([`replica`], [`arrival`] for who comes late, [`resync`] for
//! who came to differ).
//! Undo, roll-back, late join, crash recovery and hand-over are consequences of this one mechanism, and a feature joins it
//! by a line in [`part`].
//! Invariants: no engine, no clock, no randomness; what is applied needs no rule and cannot fail; every state that was
//! reached by the same facts has the same digest.

pub mod arrange;
pub mod arrival;
mod buckets;
pub mod deed;
pub mod doctor;
pub mod files;
pub mod folder;
pub mod fuzzing;
pub mod history;
pub mod journal;
pub mod keeper;
pub mod limits;
pub mod one_file;
pub mod part;
pub mod power;
pub mod replica;
mod restoring;
pub mod resync;
pub mod rules;
pub mod state;
pub mod store;
pub mod theirs;
pub mod thing;
pub mod version;

pub use deed::{Act, Deed, Fact, Order, Refusal, Way, Wish};
pub use history::{History, Past};
pub use keeper::{Keeper, Now};
pub use part::{Part, PartKind};
pub use power::{Capabilities, Capability, Powers, Quota, Role, Standing};
pub use state::{Person, State, Usage};
pub use thing::{FactNo, Held, PersonNo, Thing, ThingId};

//! Sessions between several people in one process, on good and bad days: the centre of the suite.
#![allow(clippy::unwrap_used, reason = "tests")]

mod bodies;
mod hostile;
mod joining;
mod party;
mod poses;
mod resuming;
mod voice;

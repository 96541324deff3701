//! Carry bytes between people: find, connect, authenticate, order, drop, measure.
//!
//! Layers, bottom up; each knows only those above it in this list:
//!
//! 1. [`transport`]: three channels to each peer, over WebRTC (native, browser) or in memory (tests,
//!    with seeded bad links). No meaning in the bytes.
//! 2. [`wire`]: bits, varints and bounds: every reader of foreign bytes is built from it.
//! 3. [`stream`]: how things move: quantised, delta coded, budgeted, interpolated; [`pose`] and [`body`] say what there is
//!    to tell of a person and of a thing.
//! 4. [`session`]: who is at the other end, and what survives a lost link. The only part a game talks to.
//!
//! [`household`] says who counts as one at a door.
//!
//! Invariants: time is handed in (no clock is read here outside `transport/native`, `transport/web`);
//! nothing panics on foreign bytes; every queue has a bound and says who loses when it is full.

pub mod body;
#[doc(hidden)]
pub mod fuzzing;
pub mod household;
pub mod link;
pub mod pose;
pub mod session;
pub mod stream;
pub mod transfer;
pub mod transport;
pub mod wire;

//! The rendezvous over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests with real sockets and deadlines"
)]

mod help;
mod lan;
mod signaling;
mod turn;
mod web;

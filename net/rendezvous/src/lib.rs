//! Where people meet before they are linked: rooms with one host each, and the port that serves them.
//!
//! Flow: a program that hosts a world [binds](Server::bind) one port, [starts](Server::start) it on a thread
//! of its own, takes its [host seat](ServerHandle::host_seat) in a room, and shows the link. Whoever opens the
//! link gets the browser client from `web`, knocks at `/signal/ROOM` in `signal`, and `rooms` carries
//! words between that guest and the room's host until the two have a WebRTC link of their own.
//! [`turn`] mints short-lived relay credentials, [`lan`] tells the local network what is hosted here.
//!
//! Invariants: words pass between a room's host and its guests, never between guests, and are not read on
//! the way; whoever is malformed, too fast, too slow or too many loses only their own line; every table and
//! queue here has a bound in [`Limits`].

pub mod lan;
pub mod turn;

mod config;
mod metrics;
mod rooms;
mod server;
mod signal;
mod web;

pub use config::{BindError, Limits, Rate, RemoteHosts, ServerConfig, TlsFiles};
pub use holm_net::household::Household;
pub use prometheus_client::registry::Registry;
pub use server::{Server, ServerHandle};
pub use web::WorldCard;

//! Who is at the other end, and what survives a lost link.
//!
//! A [`host::Host`] serves many guests, a [`guest::Guest`] is one; both are driven by `update` with the
//! time and a [`crate::transport::Transport`] and answer with events. Neither reads a clock or does I/O.
//!
//! Every guest sees: the hello (signed, bound to both DTLS fingerprints), a roster of people (slot, name,
//! account key, ping, path), reliable ordered messages whose meaning is the game's, and poses.
//! Invariant: a reliable message accepted by `send` arrives exactly once and in order, across a resume,
//! or the session ends with a reason both sides are told.

mod frames;
mod gate;
pub mod guest;
mod hello;
pub mod host;
mod names;
mod order;
mod peer;
mod pulse;
pub mod voice;
#[cfg(test)]
mod worked;

use crate::pose::Slot;
use crate::transport::Path;
use core::time::Duration;
use holm_identity::AccountKey;

/// Version of everything this crate puts on the wire. Two versions never talk: the older is told to update.
pub const PROTOCOL_VERSION: u16 = 3;

/// Network ticks a second: one stream datagram to each peer in each, some more while somebody talks.
pub const TICK_HZ: u32 = 20;

/// Most people one host takes unless configured otherwise.
pub const DEFAULT_MAX_GUESTS: usize = 250;

/// Longest name on the wire, in bytes of UTF-8; the game shows at most 32 characters of it.
pub const MAX_NAME_BYTES: usize = 96;

/// Longest world name on the wire, in bytes of UTF-8: 64 characters of most scripts.
pub const MAX_WORLD_NAME_BYTES: usize = 192;

/// Longest words with which a host stops or sends somebody away, in bytes of UTF-8.
pub const MAX_REASON_BYTES: usize = 200;

/// Longest reliable game message, bytes.
pub const MAX_GAME_MESSAGE_BYTES: usize = 48 * 1024;

/// More guests than this a host does not take, whatever its configuration says: their roster has to fit
/// one welcome.
pub const MAX_GUESTS: usize = 400;

/// How long a seat is kept for somebody whose link was lost.
pub const KEEP_SEAT: Duration = Duration::from_secs(30);

/// How long each step of the handshake may take.
pub const HANDSHAKE_STEP: Duration = Duration::from_secs(10);

/// How long a good-bye may take to arrive before the link is closed without it.
const FAREWELL: Duration = Duration::from_secs(1);

// A roster entry has at most: slot 3, account 32, name 1 + 96, ping 4, path 1, away 1.
const _: () = assert!((MAX_GUESTS + 1) * (MAX_NAME_BYTES + 42) + 600 <= crate::transport::MAX_MESSAGE_BYTES);
const _: () = assert!(MAX_GAME_MESSAGE_BYTES < crate::transport::MAX_MESSAGE_BYTES);

/// The peer sent what no honest peer sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Misbehaved;

/// One person in the room, as everybody in it is told.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Person {
    pub slot: Slot,
    pub account: AccountKey,
    pub name: String,
    /// Round trip between this person and the host, milliseconds; `None` until measured, and for the host.
    pub ping_ms: Option<u16>,
    pub path: Path,
    /// The link is down and the seat is kept for a while.
    pub away: bool,
}

/// Why a session ended, as the person is told. Crosses the wire, so nothing internal is in it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum EndReason {
    /// The host stops the world; with the host's own words, at most 200 bytes.
    HostStopped(String),
    /// Sent away by the host; with a reason, at most 200 bytes.
    Kicked(String),
    /// The host speaks this version of the protocol, and the guest another.
    Version { host: u16 },
    /// The protocol version is the same but the game's messages differ: another build.
    Build,
    /// The link in the browser or client does not open this room (wrong or old secret).
    WrongSecret,
    /// The host, or somebody posing as it, could not prove who it is, or said what no honest host says.
    HostUnproven,
    /// The room is full.
    Full,
    /// The same account joined from elsewhere.
    Elsewhere,
    /// Could not keep up: too much was waiting for this person.
    TooSlow,
    /// Sent what no honest client sends.
    Misbehaved,
    /// The link was lost and could not be restored in time.
    Lost,
    /// The person left.
    Left,
}

//! The host's side of a session: admits guests, keeps their seats, carries their words and poses.

use super::{EndReason, Person};
use crate::pose::{Pose, Slot};
use crate::transport::Transport;
use bytes::Bytes;
use core::time::Duration;
use holm_identity::Identity;

/// What a host needs to know before it opens its door.
#[derive(Clone, Debug)]
pub struct HostConfig {
    pub identity: Identity,
    /// The room's secret from the link; whoever has it may come in.
    pub secret: crate::link::RoomSecret,
    /// Shown to guests before the world is there; at most 64 characters.
    pub world_name: String,
    /// Hash of the game's own message list: two builds that differ refuse each other.
    pub game_protocol: u64,
    pub max_guests: usize,
    /// The host's own avatar's name; `None` for a headless host, which has no avatar.
    pub own_name: Option<String>,
    /// Bytes a second for one guest's stream datagrams, headers included (default 32,000 = 256 kbit/s).
    pub stream_bytes_per_sec: u32,
}

/// What happened at the host.
#[derive(Clone, Debug, PartialEq)]
pub enum HostEvent {
    /// Somebody new is in. They know the roster already; the game now sends them what it must.
    Joined { slot: Slot },
    /// A link broke; the seat is kept for 30 s.
    Lost { slot: Slot },
    /// The same person is back on a new link, with everything that waited for them.
    Resumed { slot: Slot },
    /// A seat is free again.
    Left { slot: Slot, reason: EndReason },
    /// A reliable game message, in order.
    Message { slot: Slot, bytes: Bytes },
    /// A guest asks for a blob this host does not have; for the log.
    UnknownBlob { slot: Slot, hash: [u8; 32] },
}

/// Totals since the start, for `/metrics` and the bench.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostTotals {
    pub joins: u64,
    pub resumes: u64,
    pub refused: u64,
    pub misbehaved: u64,
    pub sent_stream_bytes: u64,
    pub sent_stream_messages: u64,
    pub received_stream_bytes: u64,
    pub sent_order_bytes: u64,
    pub received_order_bytes: u64,
    pub sent_bulk_bytes: u64,
    /// Avatar updates encoded for all receivers together, and their payload bytes.
    pub avatar_updates: u64,
    pub avatar_update_bytes: u64,
}

/// A hosted session. See [`super`] for what it promises.
pub struct Host;

impl Host {
    pub fn new(_config: HostConfig) -> Self {
        todo!()
    }
    /// Drives everything once: reads the transport, answers, and sends what is due at `now`.
    /// Call it at least [`super::TICK_HZ`] times a second; more often lowers latency, and streams
    /// still leave at `TICK_HZ`.
    pub fn update(&mut self, _now: Duration, _transport: &mut dyn Transport, _events: &mut Vec<HostEvent>) {
        todo!()
    }
    /// Sends one reliable, ordered message (at most 48 KiB). False if that slot is not in.
    pub fn send(&mut self, _slot: Slot, _message: Bytes) -> bool {
        todo!()
    }
    /// [`Self::send`] to everyone who is in (kept seats included).
    pub fn broadcast(&mut self, _message: Bytes) {
        todo!()
    }
    /// The host's own avatar, sampled now; only with `own_name`.
    pub fn set_own_pose(&mut self, _now: Duration, _pose: Pose) {
        todo!()
    }
    /// Where to draw somebody at `now`: interpolated; `None` before their first pose.
    pub fn shown_pose(&self, _slot: Slot, _now: Duration) -> Option<Pose> {
        todo!()
    }
    /// The newest pose received from somebody, not interpolated (rules use it).
    pub fn latest_pose(&self, _slot: Slot) -> Option<Pose> {
        todo!()
    }
    /// Everyone in the room, by slot, the host's own avatar included.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        core::iter::empty()
    }
    /// Makes bytes available to guests by their BLAKE3 hash.
    pub fn offer_blob(&mut self, _bytes: Bytes) -> [u8; 32] {
        todo!()
    }
    /// Sends somebody away with a reason; they cannot resume.
    pub fn kick(&mut self, _slot: Slot, _reason: &str) {
        todo!()
    }
    /// Tells everybody why and ends; call `update` until [`Self::is_over`], or for one second.
    pub fn stop(&mut self, _reason: &str) {
        todo!()
    }
    pub fn is_over(&self) -> bool {
        todo!()
    }
    pub fn totals(&self) -> HostTotals {
        todo!()
    }
}

//! A guest's side of a session: proves who it is, follows the roster, keeps its seat over a lost link.

use super::{EndReason, Person};
use crate::pose::{Pose, Slot};
use crate::transport::{JoinFailure, JoinStep, LinkReport, Transport};
use bytes::Bytes;
use core::time::Duration;
use holm_identity::Identity;

/// What a guest needs to know before it knocks.
#[derive(Clone, Debug)]
pub struct GuestConfig {
    pub identity: Identity,
    pub secret: crate::link::RoomSecret,
    pub name: String,
    pub game_protocol: u64,
}

/// What happened at the guest.
#[derive(Clone, Debug, PartialEq)]
pub enum GuestEvent {
    /// A step on the way in.
    Progress(JoinStep),
    /// Inside. The roster is filled.
    Entered { slot: Slot, world_name: String },
    PersonJoined { slot: Slot },
    PersonLeft { slot: Slot },
    /// A reliable game message from the host, in order.
    Message(Bytes),
    /// The link broke; trying to come back until `until` (session time).
    Lost { until: Duration },
    Resumed,
    /// A blob asked for with `fetch_blob` arrived and its hash is right.
    Blob { hash: [u8; 32], bytes: Bytes },
    /// The host does not have the blob or sent one that does not match.
    BlobFailed { hash: [u8; 32] },
    /// Over, for this reason. Nothing follows.
    Ended(EndReason),
    /// Never got in.
    Failed(JoinFailure),
}

/// A joined session. See [`super`] for what it promises.
pub struct Guest;

/// Figures of this guest's link, for the connection report and the bench.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GuestStats {
    pub rtt_ms: Option<f32>,
    /// Stream datagrams of the host that never came, of all that were sent in the last 10 s, 0..1.
    pub loss: f32,
    pub late_packets: u64,
    pub lost_packets: u64,
    pub received_packets: u64,
    /// Delay added by the interpolation timeline, milliseconds.
    pub playout_ms: f32,
    /// Avatar updates decoded, and their payload bytes.
    pub avatar_updates: u64,
    pub avatar_update_bytes: u64,
    pub avatar_update_max_bytes: u64,
}

impl Guest {
    pub fn new(_config: GuestConfig) -> Self {
        todo!()
    }
    /// Drives everything once. The transport given after a lost link may be a new one ([`Self::wants_new_link`]).
    pub fn update(&mut self, _now: Duration, _transport: &mut dyn Transport, _events: &mut Vec<GuestEvent>) {
        todo!()
    }
    /// The link is lost and the owner should build a new transport to the same room for the resume.
    pub fn wants_new_link(&self) -> bool {
        todo!()
    }
    /// Sends one reliable, ordered message to the host (at most 48 KiB). False when over.
    pub fn send(&mut self, _message: Bytes) -> bool {
        todo!()
    }
    /// My own avatar, sampled now.
    pub fn set_own_pose(&mut self, _now: Duration, _pose: Pose) {
        todo!()
    }
    /// Where to draw somebody at `now`: interpolated; `None` before their first pose.
    pub fn shown_pose(&self, _slot: Slot, _now: Duration) -> Option<Pose> {
        todo!()
    }
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        core::iter::empty()
    }
    /// Asks the host for a blob; ends in [`GuestEvent::Blob`] or [`GuestEvent::BlobFailed`].
    pub fn fetch_blob(&mut self, _hash: [u8; 32], _len: u64) {
        todo!()
    }
    /// Bytes of a blob here so far and in all.
    pub fn blob_progress(&self, _hash: &[u8; 32]) -> Option<(u64, u64)> {
        todo!()
    }
    /// Says good-bye; call `update` until [`GuestEvent::Ended`], or for one second.
    pub fn leave(&mut self) {
        todo!()
    }
    pub fn stats(&self) -> GuestStats {
        todo!()
    }
    pub fn report(&self) -> Option<LinkReport> {
        todo!()
    }
}

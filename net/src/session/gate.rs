//! How much one peer may send, counted before anything is parsed.
//!
//! Invariant: the limits are twice what an honest sender paces itself to, with bursts for a network
//! that stood still for some seconds; whoever is over them floods.

use super::order::Pace;
use crate::transfer::MAX_BLOCK_MESSAGE_BYTES;
use crate::transport::{Channel, MAX_DATAGRAM_BYTES, MAX_MESSAGE_BYTES};
use core::time::Duration;

/// A token bucket. Starts full.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    rate: f64,
    burst: f64,
    level: f64,
    at: Duration,
}

impl Bucket {
    pub(crate) const fn new(rate_per_sec: f64, burst: f64) -> Self {
        Self {
            rate: rate_per_sec,
            burst,
            level: burst,
            at: Duration::ZERO,
        }
    }

    fn refill(&mut self, now: Duration) {
        let elapsed = now.saturating_sub(self.at);
        self.at = self.at.max(now);
        self.level = (self.level + elapsed.as_secs_f64() * self.rate).min(self.burst);
    }

    /// Whether `amount` may be taken; more than a whole burst may once the bucket is full.
    pub(crate) fn has(&mut self, now: Duration, amount: f64) -> bool {
        self.refill(now);
        self.level >= amount.min(self.burst)
    }

    /// What may be taken now.
    pub(crate) fn left(&mut self, now: Duration) -> f64 {
        self.refill(now);
        self.level
    }

    pub(crate) fn take(&mut self, now: Duration, amount: f64) {
        self.refill(now);
        self.level -= amount;
    }

    /// [`Self::take`], if [`Self::has`].
    pub(crate) fn try_take(&mut self, now: Duration, amount: f64) -> bool {
        let has = self.has(now, amount);
        if has {
            self.take(now, amount);
        }
        has
    }
}

/// Stream datagrams a second: 20 poses, 50 voice; what a network held back for 3 s comes at once.
const STREAM_PER_SEC: f64 = 200.0;
const STREAM_BURST: f64 = 600.0;
/// Requests for blocks a second: one asks for up to 16 blocks, so this is over a gigabit.
const WANTS_PER_SEC: f64 = 1000.0;
const WANTS_BURST: f64 = 2000.0;
/// Longest request for blocks.
const MAX_WANT_BYTES: usize = 64;

/// The limits of one link's incoming messages.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    stream: Bucket,
    order_frames: Bucket,
    order_bytes: Bucket,
    bulk: Option<Bucket>,
    /// Blocks that we asked this guest for and that have not come.
    blocks: u64,
    max_order_bytes: usize,
}

impl Gate {
    /// At the host, for a guest's messages.
    pub(crate) fn for_guest(pace: Pace) -> Self {
        Self {
            bulk: Some(Bucket::new(WANTS_PER_SEC, WANTS_BURST)),
            max_order_bytes: super::MAX_GAME_MESSAGE_BYTES + 1,
            ..Self::for_host(pace)
        }
    }

    /// At a guest, for the host's. Blocks come as asked for; unasked ones cost their sender only.
    pub(crate) fn for_host(pace: Pace) -> Self {
        Self {
            stream: Bucket::new(STREAM_PER_SEC, STREAM_BURST),
            order_frames: Bucket::new(pace.frames_per_sec * 2.0, pace.burst_frames * 2.0),
            order_bytes: Bucket::new(pace.bytes_per_sec * 2.0, pace.burst_bytes * 2.0),
            bulk: None,
            blocks: 0,
            max_order_bytes: MAX_MESSAGE_BYTES,
        }
    }

    /// So many blocks were asked of a guest and may come.
    pub(crate) fn expect_blocks(&mut self, count: u32) {
        self.blocks = self.blocks.saturating_add(u64::from(count));
    }

    /// Counts one message; false when it is too large or one too many.
    pub(crate) fn admit(&mut self, now: Duration, channel: Channel, len: usize) -> bool {
        match channel {
            Channel::Stream => len <= MAX_DATAGRAM_BYTES && self.stream.try_take(now, 1.0),
            Channel::Order => {
                len <= self.max_order_bytes
                    && self.order_frames.try_take(now, 1.0)
                    && self.order_bytes.try_take(now, len as f64)
            }
            Channel::Bulk => match &mut self.bulk {
                Some(bucket) if len <= MAX_WANT_BYTES => bucket.try_take(now, 1.0),
                Some(_) => {
                    let asked = self.blocks > 0 && len <= MAX_BLOCK_MESSAGE_BYTES;
                    self.blocks = self.blocks.saturating_sub(1);
                    asked
                }
                None => len <= MAX_MESSAGE_BYTES,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::order::{GUEST_PACE, HOST_PACE};

    #[test]
    fn a_flood_is_noticed_within_a_tenth_of_a_second_and_an_honest_guest_never() {
        let mut gate = Gate::for_guest(GUEST_PACE);
        // Ten megabytes a second in full datagrams.
        let admitted = (0..900)
            .take_while(|n| gate.admit(Duration::from_micros(n * 116), Channel::Stream, 1159))
            .count();
        assert!((600..700).contains(&admitted), "{admitted}");
        let mut gate = Gate::for_guest(GUEST_PACE);
        assert!((0..20_000u64).all(|n| gate.admit(
            Duration::from_millis(n * 1000 / 70),
            Channel::Stream,
            1159
        )));
    }

    #[test]
    fn a_paced_sender_stays_within_the_receivers_limits() {
        for pace in [GUEST_PACE, HOST_PACE] {
            let (mut frames, mut bytes) = (
                Bucket::new(pace.frames_per_sec, pace.burst_frames),
                Bucket::new(pace.bytes_per_sec, pace.burst_bytes),
            );
            let mut gate = Gate::for_guest(pace);
            for ms in 0..10_000 {
                let now = Duration::from_millis(ms);
                while frames.has(now, 1.0) && bytes.has(now, 3000.0) {
                    frames.take(now, 1.0);
                    bytes.take(now, 3000.0);
                    assert!(gate.admit(now, Channel::Order, 3000), "at {ms} ms");
                }
            }
        }
    }

    #[test]
    fn oversized_messages_are_refused_on_each_channel() {
        let mut gate = Gate::for_guest(GUEST_PACE);
        assert!(!gate.admit(Duration::ZERO, Channel::Stream, 1160));
        assert!(!gate.admit(Duration::ZERO, Channel::Order, 48 * 1024 + 2));
        assert!(!gate.admit(Duration::ZERO, Channel::Bulk, 65));
        // What was asked for may come, once and no longer than a block.
        gate.expect_blocks(2);
        assert!(gate.admit(Duration::ZERO, Channel::Bulk, MAX_BLOCK_MESSAGE_BYTES));
        assert!(!gate.admit(Duration::ZERO, Channel::Bulk, MAX_BLOCK_MESSAGE_BYTES + 1));
        assert!(!gate.admit(Duration::ZERO, Channel::Bulk, 65));
    }
}

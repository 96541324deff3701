//! How much a peer may send before it is taken for a flood.
//!
//! matchbox's inbound queues have no bound, so the only thing that keeps a flooder from filling memory
//! is that each poll takes everything out and closes the link of whoever sent more than any honest peer
//! does. Sessions above have tighter limits of their own; these are what the transport itself survives.

use crate::transport::{Channel, MAX_DATAGRAM_BYTES, MAX_MESSAGE_BYTES};
use core::time::Duration;

/// Sustained rate and burst of one channel. The burst is also what may be waiting in one poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub messages_per_sec: u32,
    pub burst_messages: u32,
    pub bytes_per_sec: u32,
    pub burst_bytes: u32,
}

/// What one peer may send us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboundLimits {
    pub stream: Rate,
    pub order: Rate,
    pub bulk: Rate,
}

impl InboundLimits {
    /// A guest, seen by its host: 20 poses and 50 voice frames a second, some wishes, a shared file.
    /// Bursts cover a host that did not poll for a few seconds.
    pub const FROM_GUEST: Self = Self {
        stream: Rate {
            messages_per_sec: 300,
            burst_messages: 1200,
            bytes_per_sec: 300 * 1024,
            burst_bytes: 1200 * 1024,
        },
        order: Rate {
            messages_per_sec: 1000,
            burst_messages: 4000,
            bytes_per_sec: 1024 * 1024,
            burst_bytes: 2 * 1024 * 1024,
        },
        bulk: Rate {
            messages_per_sec: 500,
            burst_messages: 1000,
            bytes_per_sec: 4 * 1024 * 1024,
            burst_bytes: 4 * 1024 * 1024,
        },
    };

    /// A host, seen by its guest: as much as a fast network and a browser tab that slept can have waiting.
    pub const FROM_HOST: Self = Self {
        stream: Rate {
            messages_per_sec: 2000,
            burst_messages: 100_000,
            bytes_per_sec: 4 * 1024 * 1024,
            burst_bytes: 64 * 1024 * 1024,
        },
        order: Rate {
            messages_per_sec: 20_000,
            burst_messages: 100_000,
            bytes_per_sec: 64 * 1024 * 1024,
            burst_bytes: 64 * 1024 * 1024,
        },
        bulk: Rate {
            messages_per_sec: 50_000,
            burst_messages: 100_000,
            bytes_per_sec: 256 * 1024 * 1024,
            burst_bytes: 128 * 1024 * 1024,
        },
    };
}

/// A token bucket each for messages and bytes.
#[derive(Debug)]
struct Bucket {
    rate: Rate,
    messages: f64,
    bytes: f64,
    at: Duration,
}

impl Bucket {
    fn new(rate: Rate, now: Duration) -> Self {
        Self {
            rate,
            messages: f64::from(rate.burst_messages),
            bytes: f64::from(rate.burst_bytes),
            at: now,
        }
    }

    fn refill(&mut self, now: Duration) {
        let secs = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        let Rate {
            messages_per_sec,
            burst_messages,
            bytes_per_sec,
            burst_bytes,
        } = self.rate;
        self.messages = (self.messages + secs * f64::from(messages_per_sec)).min(f64::from(burst_messages));
        self.bytes = (self.bytes + secs * f64::from(bytes_per_sec)).min(f64::from(burst_bytes));
    }

    fn take(&mut self, len: usize) -> bool {
        self.messages -= 1.0;
        self.bytes -= len as f64;
        self.messages >= 0.0 && self.bytes >= 0.0
    }
}

/// The limits of one link, at work.
#[derive(Debug)]
pub(super) struct Meter([Bucket; 3]);

impl Meter {
    pub(super) fn new(limits: InboundLimits, now: Duration) -> Self {
        Self([limits.stream, limits.order, limits.bulk].map(|rate| Bucket::new(rate, now)))
    }

    pub(super) fn refill(&mut self, now: Duration) {
        self.0.iter_mut().for_each(|bucket| bucket.refill(now));
    }

    /// False when this message is one too many, or longer than its channel carries.
    pub(super) fn admits(&mut self, channel: Channel, len: usize) -> bool {
        len <= max_len(channel) && self.0[channel as usize].take(len)
    }
}

/// Longest message of a channel, bytes.
pub(super) fn max_len(channel: Channel) -> usize {
    match channel {
        Channel::Stream => MAX_DATAGRAM_BYTES,
        Channel::Order | Channel::Bulk => MAX_MESSAGE_BYTES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honest_guest_with_voice_passes_even_when_the_host_slept_for_five_seconds() {
        let mut meter = Meter::new(InboundLimits::FROM_GUEST, Duration::ZERO);
        for second in (0..60).step_by(5) {
            meter.refill(Duration::from_secs(second));
            for _ in 0..5 * 70 {
                assert!(meter.admits(Channel::Stream, MAX_DATAGRAM_BYTES));
            }
        }
    }

    #[test]
    fn a_flood_of_ten_megabytes_a_second_is_cut_within_a_second_on_every_channel() {
        for (channel, len) in [
            (Channel::Stream, 1159),
            (Channel::Order, 16_000),
            (Channel::Bulk, 60_000),
            (Channel::Order, 20),
        ] {
            let mut meter = Meter::new(InboundLimits::FROM_GUEST, Duration::ZERO);
            let per_poll = 10_000_000 / 20 / len;
            let cut_at = (1..).find(|poll| {
                meter.refill(Duration::from_millis(50 * poll));
                (0..per_poll).any(|_| !meter.admits(channel, len))
            });
            assert!(
                cut_at.is_some_and(|poll| poll <= 16),
                "{channel:?} {len} B: {cut_at:?}"
            );
        }
    }

    #[test]
    fn a_stream_message_that_would_need_two_packets_is_refused() {
        let mut meter = Meter::new(InboundLimits::FROM_GUEST, Duration::ZERO);
        assert!(meter.admits(Channel::Stream, MAX_DATAGRAM_BYTES));
        assert!(!meter.admits(Channel::Stream, MAX_DATAGRAM_BYTES + 1));
    }
}

//! Reliable messages that survive a lost link: exactly once, in order.
//!
//! Flow: frames wait → are handed to the transport while at most [`WINDOW_BYTES`] are unacknowledged →
//! are forgotten when the peer's count of received frames passes them. On a new link the two sides
//! exchange how many *game* messages each has received since the beginning; what lies beyond that count
//! goes back to the front of the queue, and control frames are dropped, because the welcome tells anew
//! what they told.
//! Invariant: the transport's own queue, which has no bound, never holds more than the window; what waits
//! here is bounded by [`MAX_WAITING_BYTES`], and whoever lets that fill is too slow.

use super::gate::Bucket;
use bytes::Bytes;
use core::time::Duration;
use std::collections::VecDeque;

/// Unacknowledged bytes handed to the transport: fills 20 Mbit/s at a round trip of 100 ms, and a full
/// one delays a stream datagram behind it by 0.4 s at 5 Mbit/s. Larger ones delay streams more.
pub(crate) const WINDOW_BYTES: usize = 256 * 1024;
/// Unacknowledged frames: bounds what tiny messages cost beyond their bytes.
const WINDOW_FRAMES: usize = 1024;
/// Accepted and not yet acknowledged, for one peer; over it the peer is too slow.
pub(crate) const MAX_WAITING_BYTES: usize = 4 * 1024 * 1024;
/// The same for tiny messages, each of which costs about this much besides its bytes.
const FRAME_OVERHEAD_BYTES: usize = 64;

/// A rate both ends know: the sender paces itself to it, the receiver's [`super::gate`] takes twice as much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) bytes_per_sec: f64,
    pub(crate) burst_bytes: f64,
    pub(crate) frames_per_sec: f64,
    pub(crate) burst_frames: f64,
}

/// What a guest may send on the ordered channel: wishes, chat. 4 Mbit/s and 400 a second are far over what
/// a person does, and 250 guests at full rate still leave the host time to read them.
pub(crate) const GUEST_PACE: Pace = Pace {
    bytes_per_sec: 512e3,
    burst_bytes: 1024e3,
    frames_per_sec: 400.0,
    burst_frames: 1000.0,
};
/// What a host may send to one guest: facts, late-join snapshots.
pub(crate) const HOST_PACE: Pace = Pace {
    bytes_per_sec: 4e6,
    burst_bytes: 2e6,
    frames_per_sec: 2000.0,
    burst_frames: 4000.0,
};

#[derive(Clone, Debug)]
struct Frame {
    bytes: Bytes,
    game: bool,
}

/// More than [`MAX_WAITING_BYTES`] would wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// A count that cannot be: of what was never sent, or of what was already acknowledged away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadCount;

/// Both directions of the ordered channel, for one seat, over all its links.
#[derive(Debug)]
pub(crate) struct Order {
    waiting: VecDeque<Frame>,
    in_flight: VecDeque<Frame>,
    in_flight_bytes: usize,
    /// Bytes with overhead of all frames in both queues.
    held_bytes: usize,
    /// Game messages accepted for sending since the beginning.
    game_accepted: u64,
    /// Game frames in both queues.
    game_held: u64,
    /// Frames the peer has acknowledged on this link.
    acked: u64,
    /// Frames received on this link; what our acks say.
    received: u64,
    /// Game messages received since the beginning.
    game_received: u64,
    bytes_bucket: Bucket,
    frames_bucket: Bucket,
}

impl Order {
    pub(crate) fn new(pace: Pace) -> Self {
        Self {
            waiting: VecDeque::new(),
            in_flight: VecDeque::new(),
            in_flight_bytes: 0,
            held_bytes: 0,
            game_accepted: 0,
            game_held: 0,
            acked: 0,
            received: 0,
            game_received: 0,
            bytes_bucket: Bucket::new(pace.bytes_per_sec, pace.burst_bytes),
            frames_bucket: Bucket::new(pace.frames_per_sec, pace.burst_frames),
        }
    }

    /// Takes a game frame; from now on it arrives, or the session ends with a reason.
    pub(crate) fn push_game(&mut self, bytes: Bytes) -> Result<(), Full> {
        if self.held_bytes + bytes.len() + FRAME_OVERHEAD_BYTES > MAX_WAITING_BYTES {
            return Err(Full);
        }
        self.game_accepted += 1;
        self.game_held += 1;
        self.push(Frame { bytes, game: true });
        Ok(())
    }

    /// Takes a control frame, which lives as long as the link.
    pub(crate) fn push_control(&mut self, bytes: Bytes) -> Result<(), Full> {
        if self.held_bytes + bytes.len() + FRAME_OVERHEAD_BYTES > MAX_WAITING_BYTES + WINDOW_BYTES {
            return Err(Full);
        }
        self.push(Frame { bytes, game: false });
        Ok(())
    }

    fn push(&mut self, frame: Frame) {
        self.held_bytes += frame.bytes.len() + FRAME_OVERHEAD_BYTES;
        self.waiting.push_back(frame);
    }

    /// Hands over what the window and the pace allow. `send` says whether the transport took it.
    pub(crate) fn flush(&mut self, now: Duration, mut send: impl FnMut(Bytes) -> bool) {
        while let Some(frame) = self.waiting.front() {
            let len = frame.bytes.len();
            let window_full = self.in_flight.len() >= WINDOW_FRAMES
                || (self.in_flight_bytes + len > WINDOW_BYTES && !self.in_flight.is_empty());
            if window_full || !self.frames_bucket.has(now, 1.0) || !self.bytes_bucket.has(now, len as f64) {
                return;
            }
            if !send(frame.bytes.clone()) {
                return;
            }
            self.frames_bucket.take(now, 1.0);
            self.bytes_bucket.take(now, len as f64);
            self.in_flight_bytes += len;
            if let Some(frame) = self.waiting.pop_front() {
                self.in_flight.push_back(frame);
            }
        }
    }

    /// The peer has received `count` frames on this link. Late acks (smaller counts) say nothing new.
    pub(crate) fn acknowledge(&mut self, count: u64) -> Result<(), BadCount> {
        if count > self.acked + self.in_flight.len() as u64 {
            return Err(BadCount);
        }
        while self.acked < count {
            self.acked += 1;
            self.forget_oldest();
        }
        Ok(())
    }

    fn forget_oldest(&mut self) {
        if let Some(frame) = self.in_flight.pop_front() {
            self.in_flight_bytes -= frame.bytes.len();
            self.held_bytes -= frame.bytes.len() + FRAME_OVERHEAD_BYTES;
            self.game_held -= u64::from(frame.game);
        }
    }

    /// One frame came in on this link.
    pub(crate) fn count_received(&mut self, game: bool) {
        self.received += 1;
        self.game_received += u64::from(game);
    }

    /// Goes over to a new link, where the peer says it has received `game_received` game messages in all.
    pub(crate) fn relink(&mut self, game_received: u64) -> Result<(), BadCount> {
        let first_held = self.game_accepted - self.game_held;
        let in_flight = self.in_flight.iter().filter(|frame| frame.game).count() as u64;
        let arrived = game_received.checked_sub(first_held).ok_or(BadCount)?;
        if arrived > in_flight {
            return Err(BadCount);
        }
        let waiting = core::mem::take(&mut self.waiting);
        let in_flight = core::mem::take(&mut self.in_flight);
        let missing = in_flight
            .into_iter()
            .filter(|frame| frame.game)
            .skip(usize::try_from(arrived).map_err(|_| BadCount)?);
        self.waiting = missing
            .chain(waiting.into_iter().filter(|frame| frame.game))
            .collect();
        self.game_held -= arrived;
        self.held_bytes = self
            .waiting
            .iter()
            .map(|frame| frame.bytes.len() + FRAME_OVERHEAD_BYTES)
            .sum();
        self.in_flight_bytes = 0;
        self.acked = 0;
        self.received = 0;
        Ok(())
    }

    /// Everything handed over and acknowledged.
    pub(crate) fn is_flushed(&self) -> bool {
        self.waiting.is_empty() && self.in_flight.is_empty()
    }

    /// Frames received on this link, for our ack.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Game messages received since the beginning, for a resume.
    pub(crate) fn game_received(&self) -> u64 {
        self.game_received
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    /// Hands over all that may go and answers it.
    fn flush(order: &mut Order, now: Duration) -> Vec<Bytes> {
        let mut sent = Vec::new();
        order.flush(now, |bytes| {
            sent.push(bytes);
            true
        });
        sent
    }

    #[test]
    fn the_transport_never_holds_more_than_the_window() {
        let mut order = Order::new(HOST_PACE);
        for _ in 0..40 {
            order.push_game(vec![0; 10_000].into()).unwrap();
        }
        assert_eq!(flush(&mut order, Duration::ZERO).len(), WINDOW_BYTES / 10_000);
        assert_eq!(flush(&mut order, Duration::from_secs(9)).len(), 0);
        order.acknowledge(3).unwrap();
        order.acknowledge(1).unwrap(); // came late
        assert_eq!(flush(&mut order, Duration::from_secs(9)).len(), 3);
        assert_eq!(order.acknowledge(30), Err(BadCount), "29 were sent");
    }

    #[test]
    fn what_waits_is_bounded_and_a_taken_message_stays_taken() {
        let mut order = Order::new(GUEST_PACE);
        let taken = (0..1000)
            .take_while(|_| order.push_game(vec![0; 10_000].into()).is_ok())
            .count();
        assert_eq!(taken, MAX_WAITING_BYTES / (10_000 + FRAME_OVERHEAD_BYTES));
        // Tiny messages are bounded, too.
        let mut order = Order::new(GUEST_PACE);
        let taken = (0..100_000)
            .take_while(|_| order.push_game(vec![0; 2].into()).is_ok())
            .count();
        assert_eq!(taken, MAX_WAITING_BYTES / (2 + FRAME_OVERHEAD_BYTES));
    }

    #[test]
    fn a_resume_sends_again_what_is_missing_and_believes_no_impossible_count() {
        let mut order = Order::new(HOST_PACE);
        for n in 0..6u8 {
            order.push_game(vec![n].into()).unwrap();
            order.push_control(vec![100 + n].into()).unwrap();
        }
        flush(&mut order, Duration::ZERO);
        order.acknowledge(4).unwrap(); // two game messages and two control frames
        order.push_game(vec![6].into()).unwrap(); // never handed over
        for impossible in [0, 1, 7, u64::MAX] {
            assert_eq!(order.relink(impossible), Err(BadCount), "{impossible}");
        }
        order.relink(3).unwrap();
        assert_eq!(
            flush(&mut order, Duration::ZERO),
            [[3], [4], [5], [6]].map(|frame| Bytes::from(frame.to_vec()))
        );
        order.acknowledge(4).unwrap();
        assert!(order.is_flushed() && order.held_bytes == 0 && order.game_held == 0);
    }

    proptest! {
        /// Whatever is acknowledged, lost and resumed: the peer receives 0, 1, 2, … each once.
        #[test]
        fn every_message_arrives_once_in_order(steps in proptest::collection::vec((0u8..4, 0usize..6), 1..80)) {
            let (mut order, mut accepted, mut now) = (Order::new(HOST_PACE), 0u64, Duration::ZERO);
            let (mut got, mut on_link) = (Vec::new(), 0u64);
            for (what, amount) in steps {
                now += Duration::from_millis(10);
                match what {
                    0 => for _ in 0..amount {
                        order.push_game(accepted.to_le_bytes().to_vec().into()).unwrap();
                        accepted += 1;
                    },
                    1 => {
                        // Only the first few of what leaves arrive before the link breaks.
                        let arriving = flush(&mut order, now).into_iter().take(amount);
                        got.extend(arriving.map(|bytes| u64::from_le_bytes(bytes.as_ref().try_into().unwrap())));
                        order.relink(got.len() as u64).unwrap();
                        on_link = 0;
                    }
                    _ => {
                        let arriving = flush(&mut order, now);
                        on_link += arriving.len() as u64;
                        got.extend(arriving.iter().map(|bytes| u64::from_le_bytes(bytes.as_ref().try_into().unwrap())));
                        order.acknowledge(on_link.saturating_sub(amount as u64)).unwrap();
                    }
                }
            }
            prop_assert!(got.iter().copied().eq(0..got.len() as u64), "{got:?}");
        }
    }
}

//! Whether the other side lives, how far away it is, and how much of its stream arrives.
//!
//! Flow: each side sends a [`Heartbeat`] every second that gives back the newest one it heard, with the
//! time it lay there; from that the other computes the round trip and how the two clocks stand.
//! Invariant: a peer that lies here falsifies nothing but its own figures.

use super::frames::{Echo, Heartbeat};
use core::time::Duration;
use std::collections::VecDeque;

/// Heartbeats this far apart.
pub(crate) const HEARTBEAT_EVERY: Duration = Duration::from_secs(1);
/// Nothing heard for this long: the link is lost. Four heartbeats; ICE would take 30 s.
pub(crate) const SILENCE: Duration = Duration::from_secs(4);
/// The same for somebody who has just come in ([`ARRIVAL`]): a browser that builds the world and its
/// shaders on a small machine stands still for longer than [`SILENCE`].
const ARRIVAL_SILENCE: Duration = Duration::from_secs(12);
/// How long somebody has just come in.
pub(crate) const ARRIVAL: Duration = Duration::from_secs(20);
/// A round trip longer than this is a lie or a computer that slept.
const MAX_RTT: Duration = Duration::from_secs(30);
/// Weight of a new round trip, as in TCP's smoothed round trip.
const RTT_WEIGHT: f64 = 0.125;
/// Seconds over which loss is counted.
const LOSS_WINDOW_SECS: u64 = 10;

/// One link's heartbeats.
#[derive(Debug)]
pub(crate) struct Pulse {
    heard: Duration,
    /// Heard last before this: [`ARRIVAL_SILENCE`].
    patient_until: Duration,
    sent: Option<Duration>,
    /// Our heartbeats under way: what they say, to know an honest echo.
    expected: VecDeque<u64>,
    /// Newest heartbeat of the peer, and when it came.
    newest: Option<(u64, Duration)>,
    /// When the newest of ours left that the peer said to have heard; at first when the link began.
    answered: Duration,
    rtt_secs: Option<f64>,
    min_rtt_secs: f64,
    /// The peer's clock less ours, seconds, as of the shortest round trip lately.
    offset_secs: Option<f64>,
}

impl Pulse {
    /// A link that starts now, with a peer that may need until `patient_until` to arrive.
    pub(crate) fn new(now: Duration, patient_until: Duration) -> Self {
        Self {
            heard: now,
            patient_until,
            sent: None,
            expected: VecDeque::new(),
            newest: None,
            answered: now,
            rtt_secs: None,
            min_rtt_secs: f64::MAX,
            offset_secs: None,
        }
    }

    /// Something valid came from the peer.
    pub(crate) fn hear(&mut self, now: Duration) {
        self.heard = now;
    }

    /// How long ago something left here that the peer has heard for certain, at most; two seconds and a round trip while all
    /// is well.
    pub(crate) fn unanswered(&self, now: Duration) -> Duration {
        now.saturating_sub(self.answered)
    }

    /// Since when nothing was heard.
    pub(crate) fn silence(&self, now: Duration) -> Duration {
        now.saturating_sub(self.heard)
    }

    pub(crate) fn is_silent(&self, now: Duration) -> bool {
        let limit = if self.heard < self.patient_until {
            ARRIVAL_SILENCE
        } else {
            SILENCE
        };
        self.silence(now) >= limit
    }

    pub(crate) fn is_due(&self, now: Duration) -> bool {
        self.sent
            .is_none_or(|sent| now.saturating_sub(sent) >= HEARTBEAT_EVERY)
    }

    pub(crate) fn beat(&mut self, now: Duration) -> Heartbeat {
        self.sent = Some(now);
        let sent_us = micros(now);
        if self.expected.len() >= 32 {
            self.expected.pop_front();
        }
        self.expected.push_back(sent_us);
        let echo = self.newest.map(|(sent_us, at)| Echo {
            sent_us,
            held_us: micros(now.saturating_sub(at)),
        });
        Heartbeat { sent_us, echo }
    }

    pub(crate) fn on_heartbeat(&mut self, now: Duration, beat: Heartbeat) {
        if self.newest.is_none_or(|(newest, _)| beat.sent_us > newest) {
            self.newest = Some((beat.sent_us, now));
        }
        let Some(echo) = beat.echo else { return };
        let Some(at) = self.expected.iter().position(|sent| *sent == echo.sent_us) else {
            return;
        };
        // An echo counts once; older ones will not come any more.
        self.expected.drain(..=at);
        self.answered = Duration::from_micros(echo.sent_us).max(self.answered);
        let passed = micros(now).saturating_sub(echo.sent_us);
        let Some(rtt_us) = passed.checked_sub(echo.held_us) else {
            return;
        };
        if rtt_us > micros(MAX_RTT) {
            return;
        }
        let rtt = rtt_us as f64 / 1e6;
        self.rtt_secs = Some(self.rtt_secs.map_or(rtt, |old| old + (rtt - old) * RTT_WEIGHT));
        // The shortest round trip has the least queueing in it and says best how the clocks stand; the
        // memory of it fades so that a changed path or a drifting clock is followed.
        self.min_rtt_secs = (self.min_rtt_secs * 1.02 + 0.000_2).min(f64::MAX);
        if rtt <= self.min_rtt_secs {
            self.min_rtt_secs = rtt;
            self.offset_secs = Some(beat.sent_us as f64 / 1e6 + rtt / 2.0 - now.as_secs_f64());
        }
    }

    /// Smoothed round trip, milliseconds.
    pub(crate) fn rtt_ms(&self) -> Option<f32> {
        self.rtt_secs.map(|secs| (secs * 1e3) as f32)
    }

    /// What the peer's clock says when ours says `now`.
    pub(crate) fn peer_now(&self, now: Duration) -> Option<Duration> {
        let secs = now.as_secs_f64() + self.offset_secs?;
        (secs.is_finite() && (0.0..1e12).contains(&secs)).then(|| Duration::from_secs_f64(secs))
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Counts what arrives of a numbered stream.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    /// Newest number, extended beyond 16 bits.
    newest: Option<u64>,
    first: u64,
    /// Bit n: the number `newest - n` has come.
    seen: u64,
    pub(crate) received: u64,
    pub(crate) late: u64,
    /// (second, expected, received) of the last [`LOSS_WINDOW_SECS`] in which something came.
    seconds: VecDeque<(u64, u64, u64)>,
}

impl Arrivals {
    /// Takes note of a number; false when it has come before.
    pub(crate) fn on(&mut self, now: Duration, sequence: u16) -> bool {
        let Some(newest) = self.newest else {
            self.newest = Some(u64::from(sequence) + (1 << 16)); // so that an older one is not below zero
            self.first = u64::from(sequence) + (1 << 16);
            self.seen = 1;
            self.received = 1;
            self.note(now, 1, 1);
            return true;
        };
        let ahead = sequence.wrapping_sub(newest as u16);
        if ahead == 0 {
            return false;
        }
        if ahead < 0x8000 {
            let ahead = u64::from(ahead);
            self.seen = if ahead >= 64 { 1 } else { self.seen << ahead | 1 };
            self.newest = Some(newest + ahead);
            self.received += 1;
            self.note(now, ahead, 1);
            return true;
        }
        let behind = u64::from(sequence.wrapping_neg().wrapping_add(newest as u16));
        if behind < 64 {
            if self.seen & (1 << behind) != 0 {
                return false;
            }
            self.seen |= 1 << behind;
        }
        self.late += 1;
        if newest - behind >= self.first {
            self.received += 1;
            self.note(now, 0, 1);
        }
        true
    }

    fn note(&mut self, now: Duration, expected: u64, received: u64) {
        let second = now.as_secs();
        match self.seconds.back_mut() {
            Some(last) if last.0 == second => {
                last.1 += expected;
                last.2 += received;
            }
            _ => {
                while self
                    .seconds
                    .front()
                    .is_some_and(|first| first.0 + LOSS_WINDOW_SECS <= second)
                {
                    self.seconds.pop_front();
                }
                self.seconds.push_back((second, expected, received));
            }
        }
    }

    /// Never came, of all numbers between the first and the newest.
    pub(crate) fn lost(&self) -> u64 {
        self.newest.map_or(0, |newest| {
            (newest - self.first + 1).saturating_sub(self.received)
        })
    }

    /// Share lost in the [`LOSS_WINDOW_SECS`] before the newest arrival, 0..1.
    pub(crate) fn loss(&self) -> f32 {
        let (expected, received) = self
            .seconds
            .iter()
            .fold((0, 0), |sum, second| (sum.0 + second.1, sum.1 + second.2));
        if expected == 0 {
            0.0
        } else {
            (1.0 - received as f32 / expected as f32).clamp(0.0, 1.0)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn two_clocks_find_their_distance_and_offset() {
        // Ours starts at 0, theirs at 100 s; 40 ms there, 40 ms back, heartbeats not in step.
        let (mut ours, mut theirs) = (
            Pulse::new(Duration::ZERO, Duration::ZERO),
            Pulse::new(Duration::from_secs(100), Duration::ZERO),
        );
        let ms = Duration::from_millis;
        for round in 0..10 {
            let start = ms(round * 1000);
            let beat = ours.beat(start);
            theirs.on_heartbeat(ms(100_040) + start, beat);
            let answer = theirs.beat(ms(100_340) + start);
            ours.on_heartbeat(start + ms(380), answer);
        }
        assert!((ours.rtt_ms().unwrap() - 80.0).abs() < 0.1);
        assert!(ours.peer_now(ms(5000)).unwrap().abs_diff(ms(105_000)) < ms(1));
    }

    #[test]
    fn an_echo_of_what_was_never_sent_measures_nothing() {
        let mut ours = Pulse::new(Duration::ZERO, Duration::ZERO);
        ours.beat(Duration::from_secs(1));
        for sent_us in [0, 1, 999_999, u64::MAX] {
            ours.on_heartbeat(
                Duration::from_secs(2),
                Heartbeat {
                    sent_us: 5,
                    echo: Some(Echo {
                        sent_us,
                        held_us: u64::MAX,
                    }),
                },
            );
        }
        ours.on_heartbeat(
            Duration::from_secs(2),
            Heartbeat {
                sent_us: 5,
                echo: Some(Echo {
                    sent_us: 1_000_000,
                    held_us: u64::MAX,
                }),
            },
        );
        assert_eq!(ours.rtt_ms(), None);
    }

    #[test]
    fn lost_late_and_doubled_datagrams_are_told_apart() {
        let mut arrivals = Arrivals::default();
        let fresh: Vec<bool> = [65_534, 65_535, 1, 1, 0, 0, 5]
            .into_iter()
            .map(|sequence| arrivals.on(Duration::from_secs(1), sequence))
            .collect();
        assert_eq!(fresh, [true, true, true, false, true, false, true]);
        // 65534 to 5 are eight numbers; 2, 3 and 4 never came; 0 came after 1.
        assert_eq!((arrivals.received, arrivals.lost(), arrivals.late), (5, 3, 1));
        assert!((arrivals.loss() - 3.0 / 8.0).abs() < 1e-6);
        // After a silence what was lost before it is no news.
        assert!(arrivals.on(Duration::from_secs(11), 6));
        assert_eq!((arrivals.loss(), arrivals.lost()), (0.0, 3));
    }
}

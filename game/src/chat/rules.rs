//! What the host lets through: pure, so that it is the same in every test.

use super::wire::{Line, WhyNot};
use crate::customs;
use holm_net::pose::Slot;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Lines a person may say at once…
pub const BURST: f32 = 5.0;
/// …and how many come back a second. Fast typists write a short line a second; paste bots write hundreds.
pub const LINES_PER_SEC: f32 = 1.0;
/// What a late joiner reads: about what fits two screens, at most ~230 KB of text if all lines are full.
pub const HISTORY_LINES: usize = 100;

/// The host's memory of the conversation.
#[derive(Debug, Default)]
pub struct Room {
    next_id: u64,
    history: VecDeque<Line>,
    buckets: BTreeMap<Slot, Bucket>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    lines: f32,
    at: Duration,
}

impl Room {
    /// Judges a line. `now` never goes back; `at_secs` is for people to read.
    pub fn say(
        &mut self,
        now: Duration,
        at_secs: u64,
        slot: Slot,
        name: &str,
        raw: &str,
    ) -> Result<Line, WhyNot> {
        let bucket = self.buckets.entry(slot).or_insert(Bucket {
            lines: BURST,
            at: now,
        });
        let earned = now.saturating_sub(bucket.at).as_secs_f32() * LINES_PER_SEC;
        bucket.lines = (bucket.lines + earned).min(BURST);
        bucket.at = now;
        if bucket.lines < 1.0 {
            return Err(WhyNot::TooFast);
        }
        // Empty lines cost as much as full ones: else they are a free flood.
        bucket.lines -= 1.0;
        let text = customs::chat_line(raw).ok_or(WhyNot::Empty)?;
        self.next_id += 1;
        let line = Line {
            id: self.next_id,
            slot: slot.0,
            name: customs::name(name),
            text,
            at_secs,
        };
        if self.history.len() == HISTORY_LINES {
            self.history.pop_front();
        }
        self.history.push_back(line.clone());
        Ok(line)
    }

    /// Forgets the budget of somebody who left. Their lines stay.
    pub fn forget(&mut self, slot: Slot) {
        self.buckets.remove(&slot);
    }

    /// The last lines, oldest first, in pieces that fit a message of `max_bytes`.
    pub fn history(&self, max_bytes: usize) -> Vec<Vec<Line>> {
        let mut pieces = vec![Vec::new()];
        let mut used = 0;
        for line in &self.history {
            // 32 bytes hold the numbers and lengths of a line in postcard.
            let size = line.text.len() + line.name.len() + 32;
            if used + size > max_bytes {
                pieces.push(Vec::new());
                used = 0;
            }
            used += size;
            if let Some(piece) = pieces.last_mut() {
                piece.push(line.clone());
            }
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const AT: Duration = Duration::from_secs(10);

    #[test]
    fn the_sixth_line_at_once_is_too_fast_and_a_second_later_it_is_not() {
        let mut room = Room::default();
        for i in 0..5 {
            assert!(room.say(AT, 0, Slot(1), "Ada", "hi").is_ok(), "line {i}");
        }
        assert_eq!(room.say(AT, 0, Slot(1), "Ada", "hi"), Err(WhyNot::TooFast));
        assert!(
            room.say(AT, 0, Slot(2), "Bo", "hi").is_ok(),
            "somebody else still may"
        );
        assert!(
            room.say(AT + Duration::from_secs(1), 0, Slot(1), "Ada", "hi")
                .is_ok()
        );
    }

    #[test]
    fn empty_lines_are_not_a_free_flood() {
        let mut room = Room::default();
        for _ in 0..5 {
            assert_eq!(room.say(AT, 0, Slot(1), "Ada", " \n"), Err(WhyNot::Empty));
        }
        assert_eq!(room.say(AT, 0, Slot(1), "Ada", " \n"), Err(WhyNot::TooFast));
    }

    #[test]
    fn a_late_joiner_reads_the_last_hundred_in_order() {
        let mut room = Room::default();
        for i in 0..130u64 {
            room.say(
                Duration::from_secs(i * 10),
                i,
                Slot(1),
                "Ada",
                &format!("line {i}"),
            )
            .unwrap();
        }
        let lines: Vec<Line> = room.history(1 << 20).concat();
        assert_eq!(lines.len(), HISTORY_LINES);
        assert_eq!(lines.first().unwrap().text, "line 30");
        assert_eq!(lines.last().unwrap().text, "line 129");
    }

    #[test]
    fn a_history_of_full_lines_is_sent_in_pieces_that_fit() {
        let mut room = Room::default();
        for i in 0..100u64 {
            room.say(Duration::from_secs(i * 10), i, Slot(1), "Ada", &"界".repeat(500))
                .unwrap();
        }
        let pieces = room.history(40 * 1024);
        assert!(pieces.len() > 1);
        for piece in &pieces {
            let bytes = postcard::to_stdvec(&super::super::wire::FromHost::History(piece.clone())).unwrap();
            assert!(
                bytes.len() <= crate::wire::MAX_MESSAGE_BYTES,
                "{} bytes",
                bytes.len()
            );
        }
        assert_eq!(pieces.concat().len(), 100);
    }
}

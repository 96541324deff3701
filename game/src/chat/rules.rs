//! What the host lets through, and to whom: pure, so that it is the same in every test.
//!
//! Invariants: a line of those nearby is known to nobody who did not hear it, neither now nor later, edited or not; only
//! who said a line changes it; what was taken back is forgotten here first of all.

use super::mentions;
use super::wire::{Line, Reach, Saying, WhyNot};
use crate::customs;
use bevy::math::Vec3;
use holm_document::{Capabilities, Capability};
use holm_identity::AccountKey;
use holm_net::pose::Slot;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Lines a person may say at once…
pub const BURST: f32 = 5.0;
/// …and how many come back a second. Fast typists write a short line a second; paste bots write hundreds.
/// An edit costs as much as a line: it is one to everybody who reads it.
pub const LINES_PER_SEC: f32 = 1.0;
/// What a late joiner reads: about what fits two screens, at most ~230 KB of text if all lines are full.
pub const HISTORY_LINES: usize = 100;
/// Lines of those nearby that the host remembers, so that they can be changed. Nobody else is ever told them.
pub const NEAR_LINES: usize = 100;
/// How far a word to those nearby is heard, metres: across a fire circle or a small square, not across the harbour.
pub const NEAR_METRES: f32 = 20.0;
/// How long a line may be changed: a slip is seen within minutes, and what was said an hour ago has been answered.
/// Taking back is possible as long as the host knows the line.
pub const EDIT_WITHIN: Duration = Duration::from_secs(15 * 60);

/// Who may speak to all in a banner: whoever keeps order.
pub fn may_announce(may: Capabilities) -> bool {
    may.has(Capability::Chat) && may.has(Capability::Kick)
}

/// Whether somebody who stands here hears what is said there to those nearby.
pub fn hears(listener: Vec3, speaker: Vec3) -> bool {
    // What is not finite is near to nobody: the comparison is false.
    listener.distance_squared(speaker) <= NEAR_METRES * NEAR_METRES
}

/// Somebody in the room, as chat needs to know them.
#[derive(Clone, Debug, PartialEq)]
pub struct Present {
    pub slot: Slot,
    pub account: AccountKey,
    /// Fit to be shown.
    pub name: String,
    /// By their newest pose; `None` before the first.
    pub position: Option<Vec3>,
    /// What they may in this world now.
    pub may: Capabilities,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    Everyone,
    /// These, in the order of their slots.
    Some(Vec<Slot>),
}

/// A line that was changed, as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub text: String,
    pub mentions: Vec<u16>,
}

/// The host's memory of the conversation.
#[derive(Debug, Default)]
pub struct Room {
    next_id: u64,
    /// What was said to all: late joiners read it.
    history: VecDeque<Kept>,
    /// What was said to those nearby.
    near: VecDeque<Kept>,
    buckets: BTreeMap<Slot, Bucket>,
}

#[derive(Debug)]
struct Kept {
    line: Line,
    audience: Audience,
    said: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    lines: f32,
    at: Duration,
}

/// Lines that somebody may have heard of the host before, and we did not: their numbers are not used again.
const UNHEARD: u64 = 1_000;

impl Room {
    /// One that goes on behind this line, 0 where nothing was said.
    pub fn after(line: u64) -> Self {
        Self {
            next_id: if line == 0 { 0 } else { line + UNHEARD },
            ..Self::default()
        }
    }

    /// Judges a line. `now` never goes back; `at_secs` is for people to read; `here` are all in the room, the
    /// author among them.
    pub fn say(
        &mut self,
        now: Duration,
        at_secs: u64,
        from: Slot,
        wish: &Saying,
        here: &[Present],
    ) -> Result<(Audience, Line), WhyNot> {
        self.spend(now, from)?;
        // Who is not in the room says nothing in it.
        let author = here.iter().find(|p| p.slot == from).ok_or(WhyNot::NotAllowed)?;
        if !author.may.has(Capability::Chat) {
            return Err(WhyNot::Silent);
        }
        if wish.reach == Reach::Announcement && !may_announce(author.may) {
            return Err(WhyNot::NotAllowed);
        }
        let text = customs::chat_line(&wish.text).ok_or(WhyNot::Empty)?;
        self.next_id += 1;
        let line = Line {
            id: self.next_id,
            slot: from.0,
            account: author.account.0,
            name: author.name.clone(),
            mentions: mentions::checked(&wish.mentions, &text, here),
            text,
            at_secs,
            reach: wish.reach,
            edited: false,
        };
        let (shelf, most, audience) = match wish.reach {
            Reach::World | Reach::Announcement => (&mut self.history, HISTORY_LINES, Audience::Everyone),
            Reach::Near => (&mut self.near, NEAR_LINES, Audience::Some(nearby(author, here))),
        };
        if shelf.len() == most {
            shelf.pop_front();
        }
        shelf.push_back(Kept {
            line: line.clone(),
            audience: audience.clone(),
            said: now,
        });
        Ok((audience, line))
    }

    /// A line of the host as such: an announcement, which late joiners read, too, where it is `to_all`; `None` where
    /// nothing is left of it.
    pub fn host_says(
        &mut self,
        now: Duration,
        at_secs: u64,
        account: AccountKey,
        name: String,
        text: &str,
        to_all: bool,
    ) -> Option<Line> {
        let text = customs::chat_line(text)?;
        self.next_id += 1;
        let line = Line {
            id: self.next_id,
            slot: Slot::HOST.0,
            account: account.0,
            name,
            mentions: Vec::new(),
            text,
            at_secs,
            reach: Reach::Announcement,
            edited: false,
        };
        if to_all {
            if self.history.len() == HISTORY_LINES {
                self.history.pop_front();
            }
            self.history.push_back(Kept {
                line: line.clone(),
                audience: Audience::Everyone,
                said: now,
            });
        }
        Some(line)
    }

    /// Judges a change of a line.
    pub fn edit(
        &mut self,
        now: Duration,
        from: Slot,
        id: u64,
        text: &str,
        mentions: &[u16],
        here: &[Present],
    ) -> Result<(Audience, Change), WhyNot> {
        self.spend(now, from)?;
        // Otherwise what was said earlier would be the way to say more.
        if here
            .iter()
            .any(|p| p.slot == from && !p.may.has(Capability::Chat))
        {
            return Err(WhyNot::Silent);
        }
        let kept = self.own(id, from, here)?;
        if now.saturating_sub(kept.said) > EDIT_WITHIN {
            return Err(WhyNot::TooLate);
        }
        let text = customs::chat_line(text).ok_or(WhyNot::Empty)?;
        kept.line.mentions = mentions::checked(mentions, &text, here);
        kept.line.text = text;
        kept.line.edited = true;
        let change = Change {
            text: kept.line.text.clone(),
            mentions: kept.line.mentions.clone(),
        };
        Ok((kept.audience.clone(), change))
    }

    /// Judges taking a line back; whom to tell.
    pub fn take_back(
        &mut self,
        now: Duration,
        from: Slot,
        id: u64,
        here: &[Present],
    ) -> Result<Audience, WhyNot> {
        self.spend(now, from)?;
        let audience = self.own(id, from, here)?.audience.clone();
        self.history.retain(|kept| kept.line.id != id);
        self.near.retain(|kept| kept.line.id != id);
        Ok(audience)
    }

    /// Pays for a wish. What is refused costs as much: else it is a free flood.
    fn spend(&mut self, now: Duration, from: Slot) -> Result<(), WhyNot> {
        let bucket = self.buckets.entry(from).or_insert(Bucket {
            lines: BURST,
            at: now,
        });
        let earned = now.saturating_sub(bucket.at).as_secs_f32() * LINES_PER_SEC;
        bucket.lines = (bucket.lines + earned).min(BURST);
        bucket.at = now;
        if bucket.lines < 1.0 {
            return Err(WhyNot::TooFast);
        }
        bucket.lines -= 1.0;
        Ok(())
    }

    /// A line of the account that sits at `from`. Nobody learns whether there is a line that is not theirs.
    fn own(&mut self, id: u64, from: Slot, here: &[Present]) -> Result<&mut Kept, WhyNot> {
        let account = here.iter().find(|p| p.slot == from).map(|p| p.account.0);
        self.history
            .iter_mut()
            .chain(&mut self.near)
            .find(|kept| kept.line.id == id && Some(kept.line.account) == account)
            .ok_or(WhyNot::NotYours)
    }

    /// Forgets the budget of somebody who left, and that their slot was named or told: the next in it is somebody else.
    /// Their lines stay.
    pub fn forget(&mut self, slot: Slot) {
        self.buckets.remove(&slot);
        for kept in self.history.iter_mut().chain(&mut self.near) {
            kept.line.mentions.retain(|named| *named != slot.0);
            if let Audience::Some(told) = &mut kept.audience {
                told.retain(|listener| *listener != slot);
            }
        }
    }

    /// The last lines to all, oldest first, in pieces that fit a message of `max_bytes`.
    pub fn history(&self, max_bytes: usize) -> Vec<Vec<Line>> {
        let mut pieces = vec![Vec::new()];
        let mut used = 0;
        for Kept { line, .. } in &self.history {
            // 64 bytes hold the account and the numbers and lengths of a line in postcard; a mention at most 3.
            let size = line.text.len() + line.name.len() + line.mentions.len() * 3 + 64;
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

/// Who hears the author, the author included whatever their pose. Where nobody knows a pose, nothing is heard.
fn nearby(author: &Present, here: &[Present]) -> Vec<Slot> {
    let near = |p: &Present| match (p.position, author.position) {
        (Some(listener), Some(speaker)) => hears(listener, speaker),
        _ => false,
    };
    let mut slots: Vec<Slot> = here
        .iter()
        .filter(|p| p.slot == author.slot || near(p))
        .map(|p| p.slot)
        .collect();
    slots.sort_unstable();
    slots
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

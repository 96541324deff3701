//! A talker's frames, gathered until the next datagram goes.
//!
//! Invariant: it holds what one datagram can, and no more; who does not fetch in time loses the oldest.

use super::{Bundle, Frame, MAX_FRAMES, NOTHING};

/// Most frames of the datagram before that are repeated.
pub const MAX_REPEAT: u8 = 2;

/// Frames that wait: what somebody has who was not asked for 320 ms. Older ones come too late to be heard.
const WAITING: usize = 2 * MAX_FRAMES;

/// Gathers frames into bundles.
pub struct Bundler {
    waiting: [Frame; WAITING],
    len: usize,
    /// The last that were sent, the newest last.
    sent: [Option<Frame>; MAX_REPEAT as usize],
    repeat: u8,
}

impl Default for Bundler {
    fn default() -> Self {
        Self::new()
    }
}

impl Bundler {
    /// One with nothing in it, which repeats nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            waiting: [NOTHING; WAITING],
            len: 0,
            sent: [None; MAX_REPEAT as usize],
            repeat: 0,
        }
    }

    /// How many frames of the bundle before are sent once more, at most [`MAX_REPEAT`] ([`crate::talker::Talker::repeat`]).
    pub fn set_repeat(&mut self, frames: u8) {
        self.repeat = frames.min(MAX_REPEAT);
    }

    /// How many frames wait.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.len
    }

    /// A frame that is to go.
    pub fn put(&mut self, frame: &Frame) {
        if self.len == WAITING {
            self.drop_first(1);
        }
        self.waiting[self.len] = *frame;
        self.len += 1;
    }

    /// The next bundle of what waits; none if nothing does. Asked again in the same tick it gives what did not fit. The last
    /// frames of a spurt of talk are not repeated, because nothing comes after them.
    pub fn take(&mut self) -> Option<Bundle> {
        let first = *self.waiting[..self.len].first()?;
        let mut bundle = (0..=usize::from(self.repeat))
            .rev()
            .find_map(|repeated| self.beginning(repeated, &first))?;
        let more = self.waiting[1..self.len]
            .iter()
            .take_while(|frame| bundle.push(frame))
            .count();
        for frame in &self.waiting[..=more] {
            self.sent.rotate_left(1);
            self.sent[usize::from(MAX_REPEAT) - 1] = Some(*frame);
        }
        self.drop_first(1 + more);
        Some(bundle)
    }

    /// The last frames that were sent, so many, and then this one; none if they cannot be in one bundle.
    fn beginning(&self, repeated: usize, first: &Frame) -> Option<Bundle> {
        let again = self.sent[usize::from(MAX_REPEAT) - repeated..].iter().flatten();
        let mut bundle = Bundle::new();
        again
            .chain([first])
            .all(|frame| bundle.push(frame))
            .then_some(bundle)
    }

    fn drop_first(&mut self, count: usize) {
        self.waiting.copy_within(count..self.len, 0);
        self.len -= count;
    }
}

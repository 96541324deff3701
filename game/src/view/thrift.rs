//! Work that takes time, where one thread does it and draws the frames as well: a piece at a time, between them.
//!
//! Invariant: between two frames at most one piece more is done than a frame has time for.

/// How much is done between two frames: so much of it in each, and after a piece that is larger none for as many frames as it was
/// too large.
#[derive(Debug, Default)]
pub(crate) struct Thrift {
    /// Work that may be done now; below zero where more was done before.
    left: i64,
}

/// Pixels that are decoded, or vertices. About 10 ms in a browser on a laptop of 2020, which decodes some 25 million pixels a
/// second with their mip levels: twice as many and frames are missed all the time, half as many and a usual avatar takes ten
/// seconds.
pub(crate) const PIXELS_A_FRAME: i64 = 1 << 18;

impl Thrift {
    /// Call it once a frame, for all who share it.
    pub(crate) fn next_frame(&mut self) {
        self.left = self.left.saturating_add(PIXELS_A_FRAME).min(PIXELS_A_FRAME);
    }

    /// Does one piece after the other for as long as it may, and says whether all is done. `piece` says how much work it was, in
    /// pixels or vertices; `None` when there is none left.
    pub(crate) fn spend(&mut self, mut piece: impl FnMut() -> Option<u64>) -> bool {
        while self.left > 0 {
            match piece() {
                Some(work) => self.left = self.left.saturating_sub_unsigned(work),
                None => return true,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_large_piece_nothing_is_done_for_as_long_as_it_took() {
        let mut thrift = Thrift::default();
        let (mut frames, mut worked, mut left) = (0, Vec::new(), 3);
        loop {
            frames += 1;
            thrift.next_frame();
            let before = left;
            let done = thrift.spend(|| {
                left -= 1;
                (left >= 0).then_some(4 * PIXELS_A_FRAME as u64)
            });
            if done {
                break;
            }
            if left < before {
                worked.push(frames);
            }
        }
        assert_eq!(worked, [1, 5, 9]);
        assert_eq!(frames, 13);
    }
}

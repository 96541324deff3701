//! Who has which of a page's lanes, and what the audio thread's bytes and numbers mean. Pure.
//!
//! Invariants: nobody has two lanes and no lane has two; who was heard last keeps theirs; what cannot be read is left out.

use crate::Sounding;
use holm_voice::frame::{Flags, Frame, Reach, Sequence};
use holm_voice::hearing::MAX_HEARD;
use holm_voice::playout::PlayoutStats;
use holm_voice::talker::Meter;

/// Numbers of a lane in a report: its owner, and what `game/audio/worklet` says of it.
const LANE: usize = 13;
/// Bytes before a frame's payload (`game/audio/worklet/src/microphone.rs`).
const HEAD: usize = 5;

/// Somebody in a lane.
#[derive(Clone, Copy)]
struct Held {
    talker: u16,
    /// Numbers whoever had a lane: a report of the one before is not taken for theirs.
    owner: u32,
    /// When a frame of theirs was put, in frames put.
    last: u64,
    sounding: Sounding,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Lanes {
    held: [Option<Held>; MAX_HEARD],
    owners: u32,
    puts: u64,
}

/// Where a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Goes {
    pub(crate) lane: usize,
    /// Its owner's number, if it is someone else's from now on.
    pub(crate) owner: Option<u32>,
}

impl Lanes {
    /// A frame of this talker came. Whoever has no lane gets the one that was silent longest: the host sends no more than
    /// there are at once.
    pub(crate) fn put(&mut self, talker: u16) -> Goes {
        self.puts += 1;
        let puts = self.puts;
        if let Some(lane) = self.lane(talker) {
            if let Some(held) = &mut self.held[lane] {
                held.last = puts;
            }
            return Goes { lane, owner: None };
        }
        let since = |lane: &usize| self.held[*lane].map_or(0, |held| held.last);
        let lane = (0..MAX_HEARD).min_by_key(since).unwrap_or(0);
        self.owners = self.owners.wrapping_add(1).max(1);
        self.held[lane] = Some(Held {
            talker,
            owner: self.owners,
            last: puts,
            sounding: Sounding::default(),
        });
        Goes {
            lane,
            owner: Some(self.owners),
        }
    }

    /// Which lane this talker has.
    pub(crate) fn lane(&self, talker: u16) -> Option<usize> {
        self.held
            .iter()
            .position(|held| held.is_some_and(|held| held.talker == talker))
    }

    /// This talker is gone; which lane is free.
    pub(crate) fn remove(&mut self, talker: u16) -> Option<usize> {
        let lane = self.lane(talker)?;
        self.held[lane] = None;
        Some(lane)
    }

    /// What the audio thread said; nothing, if it sleeps: then nobody speaks.
    pub(crate) fn report(&mut self, numbers: &[f64]) {
        for (lane, held) in self.held.iter_mut().enumerate() {
            let Some(held) = held else { continue };
            match numbers.get(lane * LANE..(lane + 1) * LANE) {
                Some([owner, figures @ ..]) if *owner == f64::from(held.owner) => {
                    held.sounding = sounding(figures);
                }
                Some(_) => {}
                None => {
                    held.sounding.speaking = false;
                    held.sounding.level = 0.0;
                }
            }
        }
    }

    /// What is heard of this talker; none, if they have no lane.
    pub(crate) fn sounding(&self, talker: u16) -> Option<Sounding> {
        self.held[self.lane(talker)?].map(|held| held.sounding)
    }
}

fn sounding(figures: &[f64]) -> Sounding {
    let number = |at: usize| figures.get(at).copied().unwrap_or_default();
    let count = |at| number(at) as u64;
    let millis = |at| number(at) as f32;
    Sounding {
        speaking: number(0) != 0.0,
        level: (number(1) as f32).clamp(0.0, 1.0),
        stats: PlayoutStats {
            target_ms: millis(2),
            delay_ms: millis(3),
            received: count(4),
            lost: count(5),
            recovered: count(6),
            concealed: count(7),
            late: count(8),
            cut: count(9),
            shortened_ms: millis(10),
            lengthened_ms: millis(11),
        },
    }
}

/// What the microphone's numbers mean, and how often frames are to be repeated; `None` if there are none.
pub(crate) fn meter(numbers: &[f64]) -> Option<(Meter, u8)> {
    let [level, peak, gain_db, speech, sending, repeat] = numbers else {
        return None;
    };
    let meter = Meter {
        level: *level as u8,
        peak: *peak as f32,
        gain_db: *gain_db as f32,
        speech: *speech != 0.0,
        sending: *sending != 0.0,
    };
    Some((meter, *repeat as u8))
}

/// The frames in what the audio thread gave; what is no frame ends it.
pub(crate) fn frames(mut bytes: &[u8], mut each: impl FnMut(&Frame)) {
    while let Some(([low, high, facts, level, len], rest)) = bytes.split_first_chunk::<HEAD>() {
        let Some((payload, rest)) = rest.split_at_checked(usize::from(*len)) else {
            return;
        };
        let flags = Flags {
            reach: Reach::ALL[usize::from(facts & 0b11)],
            sealed: false,
            begins: facts >> 2 & 1 == 1,
        };
        let sequence = Sequence(u16::from_le_bytes([*low, *high]));
        let Some(frame) = Frame::new(sequence, flags, *level, payload) else {
            return;
        };
        each(&frame);
        bytes = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn who_was_silent_longest_makes_room() {
        let mut lanes = Lanes::default();
        let all: Vec<_> = (0..MAX_HEARD as u16).map(|talker| lanes.put(talker)).collect();
        assert!(all.iter().all(|goes| goes.owner.is_some()));
        lanes.put(0); // the first speaks again: now the second was silent longest
        let new = lanes.put(100);
        assert_eq!(new.lane, all[1].lane);
        assert_eq!((lanes.lane(1), lanes.lane(0)), (None, Some(all[0].lane)));
        // Whoever left makes room before anybody else does.
        let free = lanes.remove(7).unwrap();
        assert_eq!(lanes.put(101).lane, free);
        assert_eq!(lanes.remove(7), None);
    }

    #[test]
    fn a_report_of_who_had_the_lane_before_is_nobodys() {
        let mut lanes = Lanes::default();
        let first = lanes.put(5);
        let mut numbers = [0.0; LANE * MAX_HEARD];
        numbers[first.lane * LANE..][..6].copy_from_slice(&[
            f64::from(first.owner.unwrap()),
            1.0,
            0.5,
            40.0,
            30.0,
            7.0,
        ]);
        lanes.report(&numbers);
        let heard = lanes.sounding(5).unwrap();
        assert!(heard.speaking && heard.level == 0.5 && heard.stats.target_ms == 40.0);
        assert_eq!(heard.stats.received, 7);
        lanes.remove(5);
        assert_eq!(lanes.put(6).lane, first.lane);
        lanes.report(&numbers);
        assert_eq!(lanes.sounding(6), Some(Sounding::default()));
        assert_eq!(lanes.sounding(5), None);
        // A page that sleeps plays nothing.
        let second = lanes.put(6);
        assert_eq!(second.owner, None);
        numbers[second.lane * LANE] = 2.0;
        lanes.report(&numbers);
        assert!(lanes.sounding(6).unwrap().speaking);
        lanes.report(&[]);
        assert!(!lanes.sounding(6).unwrap().speaking);
    }

    #[test]
    fn frames_are_read_as_the_audio_thread_writes_them() {
        let bytes = [0x34, 0x12, 0b110, 9, 2, 0x48, 0x01, 0x35, 0x12, 0, 0, 1, 0x48, 7];
        let mut read = Vec::new();
        frames(&bytes, |frame| read.push(*frame));
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[0].sequence.0, read[0].level(), read[0].payload()),
            (0x1234, 9, &[0x48, 1][..])
        );
        assert!(read[0].flags.begins && read[0].flags.reach == Reach::Shout && !read[1].flags.begins);
    }

    proptest! {
        #[test]
        fn nobody_has_two_lanes_whatever_happens(talkers in prop::collection::vec((any::<bool>(), 0u16..20), 0..200)) {
            let mut lanes = Lanes::default();
            for (goes, talker) in talkers {
                if goes {
                    lanes.remove(talker);
                } else {
                    let before = lanes.lane(talker);
                    let goes = lanes.put(talker);
                    prop_assert_eq!(goes.owner.is_none(), before == Some(goes.lane));
                }
                let mut held: Vec<u16> = lanes.held.iter().flatten().map(|held| held.talker).collect();
                let count = held.len();
                held.sort_unstable();
                held.dedup();
                prop_assert_eq!(held.len(), count);
            }
        }

        #[test]
        fn bytes_and_numbers_of_any_kind_are_read(bytes in prop::collection::vec(any::<u8>(), 0..600), numbers in prop::collection::vec(any::<f64>(), 0..200)) {
            frames(&bytes, |frame| assert!(!frame.payload().is_empty()));
            let mut lanes = Lanes::default();
            lanes.put(1);
            lanes.report(&numbers);
            meter(&numbers);
        }
    }
}

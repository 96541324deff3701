//! Whom one hears: a jitter buffer and a decoder for each of as many as are heard at once.
//!
//! Flow: who speaks gets a lane ([`Lanes::clear`]) → frames as they come ([`Lanes::put`]) → a quantum of all lanes for each
//! quantum of the audio thread ([`Lanes::play`]) → figures, some times a second ([`Lanes::report`]).
//! Invariants: a number that names no lane does nothing; a lane that has nothing to say costs a look at it.

use crate::MAX_QUANTUM;
use core::time::Duration;
use holm_voice::RATE_HZ;
use holm_voice::codec::{CodecError, Decoder, MAX_PAYLOAD};
use holm_voice::frame::Sequence;
use holm_voice::hearing::MAX_HEARD;
use holm_voice::playout::{Playout, PlayoutStats, Settings};

/// Figures of a lane, each a number, in this order: speaking (0 or 1), level, then [`PlayoutStats`] as it lists them.
/// `game/web/worklet.js` passes them on, the page's program (`game/audio/src/web/figures.rs`) reads them.
pub const FIGURES: usize = 12;

/// A talker.
struct Lane {
    playout: Playout<Decoder>,
    /// Frames came since it was cleared.
    in_use: bool,
    /// Talk was played since the last report, and how loud it was at most.
    speaking: bool,
    level: f32,
}

impl Lane {
    fn new() -> Result<Self, CodecError> {
        Ok(Self {
            playout: Playout::new(Decoder::new()?, Settings::default()),
            in_use: false,
            speaking: false,
            level: 0.0,
        })
    }
}

/// See the module.
pub struct Lanes {
    lanes: Vec<Lane>,
    /// A frame's bytes on their way in.
    pub payload: [u8; MAX_PAYLOAD],
    /// What was played last: [`MAX_QUANTUM`] samples a lane, of which the first are the quantum's.
    pub out: Vec<[f32; MAX_QUANTUM]>,
    /// What was reported last.
    pub figures: [[f64; FIGURES]; MAX_HEARD],
}

impl Lanes {
    /// As many as are heard at once, all silent. Everything they will ever need is allocated here.
    ///
    /// # Errors
    /// No memory.
    pub fn new() -> Result<Self, CodecError> {
        Ok(Self {
            lanes: (0..MAX_HEARD).map(|_| Lane::new()).collect::<Result<_, _>>()?,
            payload: [0; MAX_PAYLOAD],
            out: vec![[0.0; MAX_QUANTUM]; MAX_HEARD],
            figures: [[0.0; FIGURES]; MAX_HEARD],
        })
    }

    /// Somebody else has this lane from now on. This alone allocates: a talker is new seldom.
    pub fn clear(&mut self, lane: usize) {
        // Without memory for another the one that is there goes on: it follows a new talker after a few frames.
        if let Some(place) = self.lanes.get_mut(lane)
            && let Ok(fresh) = Lane::new()
        {
            *place = fresh;
        }
    }

    /// A frame whose first `len` bytes are in [`Self::payload`] came for a lane, at `now`, in samples.
    pub fn put(&mut self, lane: usize, sequence: u16, begins: bool, len: usize, now: f64) {
        if let Some(lane) = self.lanes.get_mut(lane)
            && let Some(payload) = self.payload.get(..len)
        {
            lane.in_use = true;
            lane.playout
                .receive(Sequence(sequence), begins, payload, time(now));
        }
    }

    /// The next samples of all lanes, at `now`, in samples; a bit for each lane in which there is sound. What is not set
    /// in it is silent, and [`Self::out`] does not say so.
    pub fn play(&mut self, samples: usize, now: f64) -> u32 {
        let samples = samples.min(MAX_QUANTUM);
        let mut sounding = 0;
        for (at, (lane, out)) in self.lanes.iter_mut().zip(&mut self.out).enumerate() {
            if !lane.in_use {
                continue;
            }
            let out = &mut out[..samples];
            let played = lane.playout.play(out, time(now));
            lane.speaking |= played.speaking;
            lane.level = lane.level.max(played.level);
            if out.iter().any(|sample| *sample != 0.0) {
                sounding |= 1 << at;
            }
        }
        sounding
    }

    /// Writes into [`Self::figures`] how it is and what was heard since this was asked last; a bit for each lane in use.
    pub fn report(&mut self) -> u32 {
        let mut in_use = 0;
        for (at, (lane, figures)) in self.lanes.iter_mut().zip(&mut self.figures).enumerate() {
            if lane.in_use {
                in_use |= 1 << at;
                *figures = numbers(lane.speaking, lane.level, &lane.playout.stats());
                lane.speaking = false;
                lane.level = 0.0;
            }
        }
        in_use
    }
}

fn numbers(speaking: bool, level: f32, stats: &PlayoutStats) -> [f64; FIGURES] {
    [
        f64::from(u8::from(speaking)),
        f64::from(level),
        f64::from(stats.target_ms),
        f64::from(stats.delay_ms),
        stats.received as f64,
        stats.lost as f64,
        stats.recovered as f64,
        stats.concealed as f64,
        stats.late as f64,
        stats.cut as f64,
        f64::from(stats.shortened_ms),
        f64::from(stats.lengthened_ms),
    ]
}

/// A time in samples; what is none is the beginning.
fn time(samples: f64) -> Duration {
    Duration::try_from_secs_f64(samples / f64::from(RATE_HZ)).unwrap_or_default()
}

const _: () = assert!(MAX_HEARD <= u32::BITS as usize, "a lane is a bit");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microphone::tests::said;
    use proptest::prelude::*;

    const QUANTUM: usize = 128;

    /// Plays so many quanta from `at` on, and puts each frame when it is due; the loudest sample of each lane.
    fn play(lanes: &mut Lanes, quanta: usize, mut due: impl FnMut(&mut Lanes, f64)) -> [f32; MAX_HEARD] {
        let mut loudest = [0.0f32; MAX_HEARD];
        for quantum in 0..quanta {
            let now = (quantum * QUANTUM) as f64;
            due(lanes, now);
            let sounding = lanes.play(QUANTUM, now);
            for (at, loudest) in loudest.iter_mut().enumerate() {
                if sounding >> at & 1 == 1 {
                    *loudest = lanes.out[at][..QUANTUM]
                        .iter()
                        .fold(*loudest, |most, sample| most.max(sample.abs()));
                }
            }
        }
        loudest
    }

    fn put(lanes: &mut Lanes, lane: usize, (sequence, begins, payload): &(u16, bool, Vec<u8>), now: f64) {
        lanes.payload[..payload.len()].copy_from_slice(payload);
        lanes.put(lane, *sequence, *begins, payload.len(), now);
    }

    #[test]
    fn who_speaks_is_heard_in_their_lane_and_in_no_other() {
        let frames = said();
        let mut lanes = Lanes::new().unwrap();
        let mut left = frames.iter();
        let loudest = play(&mut lanes, 400, |lanes, now| {
            if now % 960.0 < QUANTUM as f64
                && let Some(frame) = left.next()
            {
                put(lanes, 3, frame, now);
            }
        });
        assert!(loudest[3] > 0.05, "{loudest:?}");
        assert_eq!(loudest.iter().filter(|loudest| **loudest > 0.0).count(), 1);
        assert_eq!(lanes.report(), 1 << 3);
        let [speaking, level, _, _, received, lost, ..] = lanes.figures[3];
        assert!(speaking == 1.0 && level > 0.01 && received > 10.0 && lost == 0.0);
        // It is told once: until the next report nobody spoke.
        lanes.report();
        assert_eq!(lanes.figures[3][..2], [0.0, 0.0]);
        // And another who gets the lane has said nothing yet.
        lanes.clear(3);
        assert_eq!((lanes.play(QUANTUM, 0.0), lanes.report()), (0, 0));
    }

    proptest! {
        // Each of them makes codecs, which is dear.
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn nothing_that_comes_in_makes_it_panic(
            calls in prop::collection::vec(
                (any::<u32>(), 0usize..14, any::<u16>(), prop::collection::vec(any::<u8>(), 0..300), any::<f64>()), 0..60),
        ) {
            let mut lanes = Lanes::new().unwrap();
            for (kind, lane, number, bytes, now) in calls {
                match kind % 4 {
                    0 => {
                        let len = bytes.len().min(MAX_PAYLOAD);
                        lanes.payload[..len].copy_from_slice(&bytes[..len]);
                        lanes.put(lane, number, number & 1 == 1, bytes.len(), now);
                    }
                    1 => lanes.clear(lane),
                    2 => drop(lanes.report()),
                    _ => {
                        let samples = usize::from(number);
                        let sounding = lanes.play(samples, now);
                        for at in (0..MAX_HEARD).filter(|at| sounding >> at & 1 == 1) {
                            let out = &lanes.out[at][..samples.min(MAX_QUANTUM)];
                            prop_assert!(out.iter().all(|sample| (-1.0..=1.0).contains(sample)));
                        }
                    }
                }
            }
        }
    }
}

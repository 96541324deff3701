//! Whatever comes, in whatever order, at whatever time, by way of whatever decoder: what is heard are samples.
#![allow(clippy::unwrap_used, reason = "tests")]

use core::time::Duration;
use holm_voice::FRAME_SAMPLES;
use holm_voice::codec::{CodecError, Decode, Samples};
use holm_voice::frame::Sequence;
use holm_voice::playout::{Playout, Settings};
use proptest::prelude::*;

/// Takes any bytes, and gives whatever floats can be.
struct Mad(u32);

impl Mad {
    fn rave(&mut self, out: &mut Samples) {
        for sample in out {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = match self.0 >> 28 {
                0 => f32::NAN,
                1 => f32::INFINITY,
                2 => f32::NEG_INFINITY,
                3 => f32::MAX,
                4 => f32::MIN_POSITIVE / 2.0,
                _ => f32::from_bits(self.0),
            };
        }
    }
}

impl Decode for Mad {
    fn decode(&mut self, payload: &[u8], out: &mut Samples) -> Result<(), CodecError> {
        self.rave(out);
        match payload.first() {
            Some(0..200) => Ok(()),
            _ => Err(CodecError::NotAFrame),
        }
    }

    fn recover(&mut self, next: &[u8], out: &mut Samples) -> Result<(), CodecError> {
        self.decode(next, out)
    }

    fn conceal(&mut self, out: &mut Samples) {
        self.rave(out);
    }
}

#[derive(Clone, Debug)]
enum Step {
    Receive {
        sequence: u16,
        begins: bool,
        bytes: usize,
        first: u8,
    },
    /// In order, so many frames.
    Talk {
        frames: u8,
    },
    Play {
        samples: usize,
    },
    Wait {
        millis: u64,
    },
    Leap {
        to: Duration,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let times = prop_oneof![
        (0..100_000_u64).prop_map(Duration::from_millis),
        Just(Duration::ZERO),
        Just(Duration::MAX),
        (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(secs, nanos)| Duration::new(secs, nanos)),
    ];
    let sequences = prop_oneof![any::<u16>(), 0..200_u16, 65_400..=u16::MAX];
    let sizes = prop_oneof![0..2_000_usize, 0..4_usize, 40..120_usize, 249..252_usize];
    prop_oneof![
        4 => (sequences, any::<bool>(), sizes, any::<u8>())
            .prop_map(|(sequence, begins, bytes, first)| Step::Receive { sequence, begins, bytes, first }),
        4 => (1..80_u8).prop_map(|frames| Step::Talk { frames }),
        6 => prop_oneof![0..3_000_usize, Just(480), Just(1_024), Just(50_000)]
            .prop_map(|samples| Step::Play { samples }),
        4 => (0..3_000_u64).prop_map(|millis| Step::Wait { millis }),
        1 => times.prop_map(|to| Step::Leap { to }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_comes_samples_are_heard(
        recover in any::<bool>(),
        adapt in any::<bool>(),
        seed in any::<u32>(),
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut playout = Playout::new(Mad(seed), Settings { recover, adapt });
        let mut now = Duration::ZERO;
        let mut next = 0_u16;
        let mut sent = 0_u64;
        let mut out = vec![0.0; 50_000];
        for step in steps {
            match step {
                Step::Receive { sequence, begins, bytes, first } => {
                    playout.receive(Sequence(sequence), begins, &vec![first; bytes], now);
                    sent += 1;
                    next = sequence.wrapping_add(1);
                }
                Step::Talk { frames } => {
                    for _ in 0..frames {
                        playout.receive(Sequence(next), false, &[7; 60], now);
                        next = next.wrapping_add(1);
                        sent += 1;
                    }
                }
                Step::Play { samples } => {
                    let out = &mut out[..samples];
                    out.fill(f32::NAN);
                    let played = playout.play(out, now);
                    prop_assert!(out.iter().all(|sample| (-1.0..=1.0).contains(sample)));
                    prop_assert!((0.0..=1.0).contains(&played.level));
                    now = now.saturating_add(Duration::from_micros(samples as u64 * 1_000 / 48));
                }
                Step::Wait { millis } => now = now.saturating_add(Duration::from_millis(millis)),
                Step::Leap { to } => now = to,
            }
            let stats = playout.stats();
            prop_assert!((20.0..=120.0).contains(&stats.target_ms) && stats.delay_ms.is_finite());
            prop_assert!(stats.received + stats.late <= sent, "{sent}: {stats:?}");
        }

        // And when all is well again, so is talk, of somebody who begins anew, however near to what was before.
        let now = now.min(Duration::from_secs(1 << 30));
        let mut spoke = 0;
        for frame in 0..300_u16 {
            let at = now + Duration::from_millis(20) * u32::from(frame);
            playout.receive(Sequence(next.wrapping_add(20_000 + frame)), frame == 0, &[7; 60], at);
            let played = playout.play(&mut out[..FRAME_SAMPLES], at);
            spoke += usize::from(played.speaking && frame >= 250);
        }
        prop_assert!(spoke >= 49, "{spoke} of 50 frames");
    }
}

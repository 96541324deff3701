//! The wire's bytes, worked by hand, read back, and made up.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

fn frame(sequence: u16, payload: &[u8]) -> Frame {
    Frame::new(Sequence(sequence), Flags::default(), 9, payload).unwrap()
}

fn bundle(frames: &[Frame]) -> Bundle {
    let mut bundle = Bundle::new();
    for frame in frames {
        assert!(bundle.push(frame));
    }
    bundle
}

fn to_host(bundle: &Bundle) -> Vec<u8> {
    let mut bytes = Vec::new();
    bundle.write_to_host(&mut bytes);
    bytes
}

fn sequences(bundle: &Bundle) -> Vec<u16> {
    bundle.frames().iter().map(|frame| frame.sequence.0).collect()
}

#[test]
fn three_frames_that_begin_a_shout_as_bytes() {
    let flags = Flags {
        reach: Reach::Shout,
        sealed: false,
        begins: true,
    };
    let on = Flags {
        begins: false,
        ..flags
    };
    let bundle = bundle(&[
        Frame::new(Sequence(0xFFFF), flags, 3, &[0x48, 1, 2]).unwrap(),
        Frame::new(Sequence(0), on, 15, &[0x48, 3]).unwrap(),
        Frame::new(Sequence(3), on, 0, &[0x48]).unwrap(), // two silent ones were left out
    ]);
    let bytes = [
        0b0001_0010, // three frames, shouted, not sealed
        0xFF,
        0xFF, // the first is number 65,535
        0b0001_0011,
        3,
        0x48,
        1,
        2, // begins, level 3
        0b0000_1111,
        2,
        0x48,
        3, // level 15
        0b0100_0000,
        1,
        0x48, // two left out
    ];
    assert_eq!(to_host(&bundle), bytes);
    assert_eq!(bundle.byte_len(), bytes.len());
    assert_eq!(Bundle::read_to_host(&bytes), Ok((bundle, bytes.len())));
}

#[test]
fn a_sealed_whisper_of_slot_300_as_bytes() {
    let flags = Flags {
        reach: Reach::Whisper,
        sealed: false,
        begins: false,
    };
    let plain = Frame::new(Sequence(0x0102), flags, 5, &[7]).unwrap();
    let bundle = bundle(&[plain.sealed(&[9, 9]).unwrap()]);
    let mut bytes = Vec::new();
    bundle.write_to_guest(300, &mut bytes);
    assert_eq!(bytes, [0xAC, 0x02, 0b0010_1000, 0x02, 0x01, 5, 2, 9, 9]);
    assert_eq!(Bundle::read_to_guest(&bytes), Ok((300, bundle, bytes.len())));
}

#[test]
fn what_follows_a_bundle_is_left_to_the_caller() {
    let mut bytes = to_host(&bundle(&[frame(1, &[1])]));
    let len = bytes.len();
    bytes.extend_from_slice(&to_host(&bundle(&[frame(7, &[2, 3])])));
    let (first, taken) = Bundle::read_to_host(&bytes).unwrap();
    assert_eq!((sequences(&first), taken), (vec![1], len));
    let (second, taken) = Bundle::read_to_host(&bytes[len..]).unwrap();
    assert_eq!((sequences(&second), taken), (vec![7], bytes.len() - len));
}

#[test]
fn it_costs_two_bytes_a_frame_and_at_most_four_a_bundle() {
    let payload = [1; 60];
    let bundle = bundle(&[frame(1, &payload), frame(2, &payload), frame(3, &payload)]);
    let mut to_guest = Vec::new();
    bundle.write_to_guest(127, &mut to_guest);
    assert_eq!(to_host(&bundle).len(), 3 + 3 * (2 + 60));
    assert_eq!(to_guest.len(), 4 + 3 * (2 + 60));
}

#[test]
fn the_longest_bundle_is_as_long_as_it_says() {
    let frames: Vec<Frame> = (0..8).map(|at| frame(at, &[1; MAX_PAYLOAD])).collect();
    let mut bytes = Vec::new();
    bundle(&frames).write_to_guest(u16::MAX, &mut bytes);
    assert_eq!(bytes.len(), MAX_BUNDLE);
    assert!(Bundle::read_to_guest(&bytes).is_ok());
}

#[test]
fn a_bundle_takes_only_what_it_can_say() {
    let mut full = bundle(&(0..8).map(|at| frame(at, &[1])).collect::<Vec<_>>());
    assert!(!full.push(&frame(8, &[1])));
    let one = bundle(&[frame(10, &[1])]);
    for (other, fits) in [
        (10, false),
        (9, false),
        (11, true),
        (18, true),
        (19, false),
        (60_000, false),
    ] {
        assert_eq!(one.clone().push(&frame(other, &[1])), fits, "{other}");
    }
    let shout = Flags {
        reach: Reach::Shout,
        ..Flags::default()
    };
    assert!(
        !one.clone()
            .push(&Frame::new(Sequence(11), shout, 0, &[1]).unwrap())
    );
    assert!(!one.clone().push(&frame(11, &[1]).sealed(&[1]).unwrap()));
}

#[test]
fn a_frame_has_between_one_byte_and_its_most() {
    let of = |len: usize| Frame::new(Sequence(0), Flags::default(), 0, &vec![0; len]).is_some();
    assert_eq!(
        [0, 1, MAX_PAYLOAD, MAX_PAYLOAD + 1, 256, 10_000].map(of),
        [false, true, true, false, false, false]
    );
}

#[test]
fn what_nobody_honest_writes_is_refused() {
    let good = [0, 0, 0, 0, 1, 0xAA];
    assert!(Bundle::read_to_host(&good).is_ok());
    let with = |at: usize, value: u8| {
        let mut bytes = good;
        bytes[at] = value;
        Bundle::read_to_host(&bytes).map(|_| ())
    };
    assert_eq!(with(0, 0b0100_0000), Err(FrameError::Range)); // bits that mean nothing yet
    assert_eq!(with(0, 0b1000_0000), Err(FrameError::Range));
    assert_eq!(with(3, 0b0010_0000), Err(FrameError::Range)); // left out before the first
    assert_eq!(with(4, 0), Err(FrameError::Length(0)));
    assert_eq!(with(4, 251), Err(FrameError::Length(251)));
    assert_eq!(with(4, 2), Err(FrameError::End));
    assert_eq!(with(0, 1), Err(FrameError::End)); // a second that is not there
    assert_eq!(Bundle::read_to_host(&[]), Err(FrameError::End));
    for slot in [&[0x80, 0x00][..], &[0xFF, 0xFF, 0x04], &[0x80, 0x80, 0x80]] {
        let bytes = [slot, &good].concat();
        assert_eq!(Bundle::read_to_guest(&bytes), Err(FrameError::Range), "{slot:?}");
    }
}

#[test]
fn every_cut_of_a_bundle_ends_early() {
    let bytes = to_host(&bundle(&[frame(1, &[1, 2]), frame(2, &[3])]));
    for len in 0..bytes.len() {
        assert_eq!(Bundle::read_to_host(&bytes[..len]), Err(FrameError::End), "{len}");
    }
}

#[test]
fn levels_are_steps_of_three_decibels() {
    let of = |db: f32| level(10_f32.powf(db / 20.0));
    assert_eq!(
        [0.0, -5.9, -6.1, -20.0, -47.9, -48.1, -90.0].map(of),
        [15, 15, 14, 10, 1, 0, 0]
    );
    assert_eq!([0.0, -1.0, f32::NAN, f32::INFINITY].map(level), [0, 0, 0, 15]);
}

#[test]
fn a_log_says_nothing_of_what_was_said() {
    let text = format!("{:?}", frame(5, &[201, 202, 203]));
    assert!(!text.contains("201") && text.contains("sequence: 5"), "{text}");
}

#[test]
fn a_bundler_gives_what_waits_once() {
    let mut bundler = Bundler::new();
    assert_eq!(bundler.take(), None);
    bundler.put(&frame(1, &[1]));
    bundler.put(&frame(2, &[2]));
    assert_eq!(sequences(&bundler.take().unwrap()), [1, 2]);
    assert_eq!(bundler.take(), None);
    for at in 3..13 {
        bundler.put(&frame(at, &[1]));
    }
    assert_eq!(sequences(&bundler.take().unwrap()), [3, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(sequences(&bundler.take().unwrap()), [11, 12]);
    assert_eq!(bundler.take(), None);
}

#[test]
fn a_bundler_repeats_the_last_frames_of_the_bundle_before() {
    let mut bundler = Bundler::new();
    let next = |bundler: &mut Bundler, frames: core::ops::Range<u16>| {
        for at in frames {
            bundler.put(&frame(at, &[at as u8 + 1]));
        }
        bundler.take().unwrap()
    };
    next(&mut bundler, 0..3);
    bundler.set_repeat(1);
    assert_eq!(sequences(&next(&mut bundler, 3..5)), [2, 3, 4]);
    bundler.set_repeat(9);
    let again = next(&mut bundler, 5..8);
    assert_eq!(sequences(&again), [3, 4, 5, 6, 7]);
    assert_eq!(again.frames()[0].payload(), [4]);
    // One new frame only: the one before it was repeated too, and is not lost by that.
    assert_eq!(sequences(&next(&mut bundler, 8..9)), [6, 7, 8]);
    assert_eq!(sequences(&next(&mut bundler, 9..10)), [7, 8, 9]);
    bundler.set_repeat(0);
    assert_eq!(sequences(&next(&mut bundler, 10..11)), [10]);
}

#[test]
fn a_bundler_repeats_nothing_from_before_a_pause() {
    let mut bundler = Bundler::new();
    bundler.set_repeat(2);
    for at in [1, 2, 50] {
        bundler.put(&frame(at, &[1]));
    }
    assert_eq!(sequences(&bundler.take().unwrap()), [1, 2]);
    assert_eq!(sequences(&bundler.take().unwrap()), [50]);
    // Of the two before, the one that is near enough.
    bundler.put(&frame(51, &[1]));
    assert_eq!(sequences(&bundler.take().unwrap()), [50, 51]);
    bundler.put(&frame(60, &[1]));
    assert_eq!(sequences(&bundler.take().unwrap()), [60]);
}

#[test]
fn a_bundler_that_nobody_asks_forgets_the_oldest() {
    let mut bundler = Bundler::new();
    for at in 0..40 {
        bundler.put(&frame(at, &[1]));
    }
    assert_eq!(sequences(&bundler.take().unwrap())[0], 24);
    assert_eq!(
        sequences(&bundler.take().unwrap()),
        [32, 33, 34, 35, 36, 37, 38, 39]
    );
    assert_eq!(bundler.take(), None);
}

fn any_bundle() -> impl Strategy<Value = Bundle> {
    let one = (
        1_u16..=8,
        any::<bool>(),
        any::<u8>(),
        vec(any::<u8>(), 1..=MAX_PAYLOAD),
    );
    (any::<u16>(), 0..4_usize, any::<bool>(), vec(one, 1..=MAX_FRAMES)).prop_map(
        |(first, reach, sealed, all)| {
            let mut bundle = Bundle::new();
            let mut sequence = Sequence(first);
            for (after, begins, level, payload) in all {
                let flags = Flags {
                    reach: Reach::ALL[reach],
                    sealed,
                    begins,
                };
                assert!(bundle.push(&Frame::new(sequence.plus(after), flags, level, &payload).unwrap()));
                sequence = sequence.plus(after);
            }
            bundle
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(bundle in any_bundle(), slot: u16, after in vec(any::<u8>(), 0..9)) {
        let mut bytes = Vec::new();
        bundle.write_to_host(&mut bytes);
        let len = bytes.len();
        prop_assert_eq!(len, bundle.byte_len());
        bytes.extend_from_slice(&after);
        prop_assert_eq!(Bundle::read_to_host(&bytes), Ok((bundle.clone(), len)));
        bytes.clear();
        bundle.write_to_guest(slot, &mut bytes);
        let len = bytes.len();
        bytes.extend_from_slice(&after);
        prop_assert_eq!(Bundle::read_to_guest(&bytes), Ok((slot, bundle, len)));
    }

    #[test]
    fn what_is_read_has_one_spelling(bytes in vec(any::<u8>(), 0..80), lens in vec(1_u8..20, 8)) {
        // Lengths that lead somewhere, every other time.
        let mut bytes = bytes;
        let mut at = 4;
        for len in lens {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = len;
            }
            at += 2 + usize::from(len);
        }
        if let Some(head) = bytes.first_mut() {
            *head &= 0b0011_1111;
        }
        if let Ok((bundle, taken)) = Bundle::read_to_host(&bytes) {
            prop_assert!(!bundle.frames().is_empty());
            prop_assert_eq!(to_host(&bundle), &bytes[..taken]);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..3000)) {
        if let Ok((bundle, taken)) = Bundle::read_to_host(&bytes) {
            prop_assert_eq!(to_host(&bundle), &bytes[..taken]);
        }
        if let Ok((slot, bundle, taken)) = Bundle::read_to_guest(&bytes) {
            let mut again = Vec::new();
            bundle.write_to_guest(slot, &mut again);
            prop_assert_eq!(again, &bytes[..taken]);
        }
    }
}

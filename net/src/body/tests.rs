//! What the stream of bodies promises, whatever the network and the other side do.

use super::*;
use crate::stream::{Crowd, Receiver, Sender, Streamed, View};
use crate::transport::memory::SeededRng;
use crate::wire::{BitReader, BitWriter};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn angle(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    let dot: f32 = (0..4).map(|at| a[at] * b[at]).sum();
    let lengths = [a, b].map(|q| q.iter().map(|part| part * part).sum::<f32>().sqrt());
    2.0 * (dot.abs() / (lengths[0] * lengths[1])).min(1.0).acos()
}

prop_compose! {
    fn body()(
        position in proptest::array::uniform3(prop_oneof![-20.0f32..20.0, -8_000.0f32..8_000.0, -1e6f32..1e6]),
        rotation in proptest::array::uniform4(-1.0f32..1.0).prop_filter("a turn", |q| q.iter().map(|p| p * p).sum::<f32>() > 1e-3),
    ) -> BodyPose {
        BodyPose { position, rotation }
    }
}

proptest! {
    #[test]
    fn a_body_comes_back_within_half_a_step(body in body()) {
        let back = Quantised::new(&body).unwrap();
        prop_assert!(back.is_within_range());
        let shown = back.shown();
        for (there, back) in body.position.iter().zip(shown.position) {
            let there = there.clamp(-MOST_METRES, MOST_METRES - 1.0 / STEPS_PER_METRE);
            prop_assert!((there - back).abs() <= 0.5 / STEPS_PER_METRE + 1e-3 * (there.abs() / MOST_METRES));
        }
        prop_assert!(angle(&body.rotation, &shown.rotation) < 0.006, "{body:?} {shown:?}");
        prop_assert_eq!(Quantised::new(&shown).unwrap().position, back.position);
    }

    #[test]
    fn an_entry_is_read_as_it_was_written(from in body(), to in body(), near in any::<bool>(), ticks in 0u16..40) {
        let (from, mut to) = (Quantised::new(&from).unwrap(), Quantised::new(&to).unwrap());
        if near {
            // As bodies move: a little.
            for axis in 0..3 {
                to.position[axis] = (from.position[axis] + to.position[axis] % 300).clamp(-(1 << 22), (1 << 22) - 1);
            }
        }
        let mut crowd = Crowd::<Quantised>::new();
        let (mut sender, mut receiver) = (Sender::new(), Receiver::new(MAX_BODIES));
        for (tick, value) in [(0, from), (ticks + 1, to)] {
            crowd.put(crate::stream::Slot(3_000), value, tick, tick);
            let mut w = BitWriter::new();
            let written = sender.write(&crowd, View::default(), tick, 9_000, &mut w);
            prop_assert!(written.max_bits as usize <= Quantised::MAX_ENTRY_BITS);
            let bytes = w.finish().to_vec();
            let mut got = None;
            receiver.read(&mut BitReader::new(&bytes), |sample| got = Some((sample.slot.0, sample.value))).unwrap();
            prop_assert_eq!(got, Some((3_000, value)));
            sender.acked(receiver.ack().unwrap());
        }
    }

    #[test]
    fn strange_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), again in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut stream = BodyStream::new(HANDS);
        for bytes in [bytes, again] {
            let _ = stream.read(&bytes, |sample| {
                assert!(sample.value.is_within_range() && usize::from(sample.slot.0) < HANDS);
                let rotation = sample.value.shown().rotation;
                assert!((rotation.iter().map(|part| part * part).sum::<f32>() - 1.0).abs() < 1e-3);
            });
        }
    }
}

#[test]
fn a_body_that_is_nowhere_is_refused() {
    let mut body = BodyPose::default();
    for bad in [f32::NAN, f32::INFINITY] {
        body.position[1] = bad;
        assert_eq!(Quantised::new(&body), None);
        body = BodyPose::default();
        body.rotation[2] = bad;
        assert_eq!(Quantised::new(&body), None);
        body = BodyPose::default();
    }
    body.rotation = [0.0; 4];
    assert_eq!(Quantised::new(&body), None);
}

/// Things that tumble and fall, as a spilled box of them does, in ticks of the stream.
fn tumble(count: u16, rng: &mut SeededRng) -> Vec<impl FnMut(f32) -> BodyPose> {
    (0..count)
        .map(|n| {
            let mut number = |most: f64| ((rng.unit() - 0.5) * 2.0 * most) as f32;
            let (go, spin, up) = (
                [number(2.0), number(2.0)],
                [number(3.0), number(3.0), number(3.0)],
                number(2.0) + 3.0,
            );
            let from = [f32::from(n % 30) - 15.0, 1.0, f32::from(n / 30) - 15.0];
            move |secs: f32| {
                let fallen = (from[1] + up * secs - 4.9 * secs * secs).max(0.25);
                let half = spin.map(|rate| rate * secs * 0.5);
                let length = half.iter().map(|part| part * part).sum::<f32>().sqrt().max(1e-6);
                let (sin, cos) = length.sin_cos();
                BodyPose {
                    position: [from[0] + go[0] * secs, fallen, from[2] + go[1] * secs],
                    rotation: [
                        half[0] / length * sin,
                        half[1] / length * sin,
                        half[2] / length * sin,
                        cos,
                    ],
                }
            }
        })
        .collect()
}

#[test]
fn what_tumbles_takes_few_bytes_and_nothing_at_rest() {
    let mut rng = SeededRng::new(5);
    let mut things = tumble(60, &mut rng);
    let mut crowd = Bodies::new();
    let (mut here, mut there) = (BodyStream::new(1), BodyStream::new(MAX_BODIES));
    let (mut bits, mut updates) = (0, 0);
    for tick in 0..200u16 {
        for (slot, thing) in things.iter_mut().enumerate() {
            let body = Quantised::new(&thing(f32::from(tick) * 0.05)).unwrap();
            crowd.put(crate::stream::Slot(slot as u16), body, tick, tick);
        }
        let mut w = BitWriter::new();
        let written = here.write(&crowd, View::default(), tick, 1_159, &mut w);
        (bits, updates) = (bits + written.bits, updates + written.updates);
        there.read(w.finish(), |_| {}).unwrap();
        let mut back = BitWriter::new();
        there.write(&Bodies::new(), View::default(), tick, 1_159, &mut back);
        here.read(back.finish(), |_| {}).unwrap();
    }
    let bytes = f64::from(bits) / 8.0 / f64::from(updates);
    assert!(bytes < 7.0, "{bytes:.2} bytes an update");
    // What rests is taken out, and nothing more is said.
    for slot in 0..60 {
        crowd.remove(crate::stream::Slot(slot));
    }
    let mut w = BitWriter::new();
    assert_eq!(here.write(&crowd, View::default(), 200, 1_159, &mut w).updates, 0);
}

#[test]
fn with_many_bodies_all_get_their_turn_and_the_near_ones_more_often() {
    let mut rng = SeededRng::new(9);
    let mut things = tumble(900, &mut rng);
    let mut crowd = Bodies::new();
    let (mut here, mut there) = (BodyStream::new(1), BodyStream::new(MAX_BODIES));
    let mut told: BTreeMap<u16, u32> = BTreeMap::new();
    let view = View {
        eye: Some([-15.0, 0.0, -15.0]),
        except: None,
    };
    for tick in 0..200u16 {
        for (slot, thing) in things.iter_mut().enumerate() {
            let body = Quantised::new(&thing(f32::from(tick) * 0.05)).unwrap();
            crowd.put(crate::stream::Slot(slot as u16), body, tick, tick);
        }
        let mut w = BitWriter::new();
        here.write(&crowd, view, tick, 800, &mut w);
        there
            .read(w.finish(), |sample| *told.entry(sample.slot.0).or_default() += 1)
            .unwrap();
        let mut back = BitWriter::new();
        there.write(&Bodies::new(), View::default(), tick, 1_159, &mut back);
        here.read(back.finish(), |_| {}).unwrap();
    }
    assert_eq!(told.len(), 900);
    let least = told.values().min().copied().unwrap_or_default();
    assert!(
        least >= 8,
        "the worst served was told {least} times in ten seconds"
    );
    let mean = told.values().sum::<u32>() / 900;
    assert!(
        told[&0] > 2 * mean,
        "the one before my feet: {} and not {mean}",
        told[&0]
    );
}

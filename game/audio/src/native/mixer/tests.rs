//! By a clock, without a device: the desk is asked for blocks as a device would.

use super::*;
use holm_voice::FRAME_SAMPLES;
use holm_voice::codec::{Encode, Encoder, MAX_PAYLOAD};
use holm_voice::frame::{Flags, Sequence};

const BLOCK: usize = 480;

/// A mixer, its desk, and a clock.
struct Room {
    mixer: Mixer,
    desk: Desk,
    now: Duration,
    encoder: Encoder,
    sequence: Sequence,
}

impl Room {
    fn new() -> Self {
        let (mixer, desk) = Mixer::new().expect("a mixer");
        Self {
            mixer,
            desk,
            now: Duration::from_secs(1),
            encoder: Encoder::new().expect("a codec"),
            sequence: Sequence(0),
        }
    }

    /// 20 ms of a hum at 300 Hz with something at 6 kHz.
    fn frame(&mut self) -> Frame {
        let begins = u32::from(self.sequence.0) * FRAME_SAMPLES as u32;
        let samples = core::array::from_fn(|at| {
            let turn = (begins + at as u32) as f32 / RATE_HZ as f32 * core::f32::consts::TAU;
            0.2 * (turn * 300.0).sin() + 0.1 * (turn * 6_000.0).sin()
        });
        let mut payload = [0; MAX_PAYLOAD];
        let len = self.encoder.encode(&samples, &mut payload).expect("a frame");
        let flags = Flags {
            begins: self.sequence.0 == 0,
            ..Flags::default()
        };
        let frame = Frame::new(self.sequence, flags, 10, &payload[..len]).expect("a frame");
        self.sequence = self.sequence.plus(1);
        frame
    }

    /// So many blocks of 10 ms, while this talker speaks, if one does: left, and right.
    fn listen(&mut self, blocks: usize, talker: Option<u16>) -> [Vec<f32>; 2] {
        let mut heard = [Vec::new(), Vec::new()];
        let mut out = [0.0_f32; BLOCK * 2];
        for block in 0..blocks {
            if let Some(talker) = talker
                && block % 2 == 0
            {
                let frame = self.frame();
                self.mixer.put(talker, &frame, self.now);
            }
            self.desk.fill(&mut out, 2, self.now);
            self.now += Duration::from_millis(10);
            for (ear, heard) in heard.iter_mut().enumerate() {
                heard.extend(out.iter().skip(ear).step_by(2));
            }
        }
        heard
    }

    /// A second, after half a second in which everything that moves has arrived.
    fn settled(&mut self, talker: Option<u16>) -> [f32; 2] {
        self.listen(50, talker);
        self.listen(100, talker).map(|ear| rms(&ear))
    }
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

/// Of what is higher than some 3 kHz: the difference of neighbours, which grows with the height.
fn height(samples: &[f32]) -> f32 {
    let steps: Vec<f32> = samples.windows(2).map(|pair| pair[1] - pair[0]).collect();
    rms(&steps) / rms(samples)
}

fn at(position: [f32; 3]) -> Placement {
    Placement {
        position: Some(position),
        ..Placement::default()
    }
}

fn step(gain: f32) -> Play {
    Play {
        clip: Clip::StepStone,
        group: Group::World,
        placement: Placement {
            gain,
            ..Placement::default()
        },
        rate: 1.0,
    }
}

#[test]
fn a_talker_is_heard_where_they_are() {
    let mut room = Room::new();
    let [left, right] = room.settled(Some(7));
    assert!(
        left > 0.1 && (left - right).abs() < 1e-4,
        "nowhere: {left}, {right}"
    );
    room.mixer.place(7, &at([4.0, 0.0, 0.0]));
    let [left, right] = room.settled(Some(7));
    assert!(right > left * 2.0 && right > 0.1, "at the right: {left}, {right}");
    // They turn to them: straight ahead.
    room.mixer.set_listener(&Listener {
        forward: [1.0, 0.0, 0.0],
        ..Listener::default()
    });
    let [left, right] = room.settled(Some(7));
    assert!(
        (left / right - 1.0).abs() < 0.05 && right > 0.1,
        "ahead: {left}, {right}"
    );
    // They walk past them, looking the same way: now they are behind to the left.
    room.mixer.set_listener(&Listener {
        position: [4.0, 0.0, 3.0],
        forward: [1.0, 0.0, 0.0],
        ..Listener::default()
    });
    let [left, right] = room.settled(Some(7));
    assert!(left > right * 2.0, "at the left: {left}, {right}");
    assert!(room.mixer.sounding(7).expect("is heard").speaking);
    room.mixer.remove(7);
    assert_eq!(room.mixer.sounding(7), None);
    assert_eq!(room.settled(None), [0.0, 0.0]);
}

#[test]
fn gain_height_and_the_volume_of_a_group_are_what_they_say() {
    let mut room = Room::new();
    room.settled(Some(1));
    let [full, _] = room.settled(Some(1));
    room.mixer.place(
        1,
        &Placement {
            gain: 0.5,
            ..Placement::default()
        },
    );
    let [half, _] = room.settled(Some(1));
    assert!((half / full - 0.5).abs() < 0.03, "{half} of {full}");
    room.mixer.set_volume(Group::Voices, 0.5);
    let [quarter, _] = room.settled(Some(1));
    assert!((quarter / full - 0.25).abs() < 0.02, "{quarter} of {full}");
    room.mixer.set_volume(Group::Voices, 1.0);
    room.mixer.place(1, &Placement::default());
    room.listen(50, Some(1));
    let bright = height(&room.listen(50, Some(1))[0]);
    let behind = Placement {
        cutoff_hz: 900.0,
        ..Placement::default()
    };
    room.mixer.place(1, &behind);
    room.listen(50, Some(1));
    let dull = height(&room.listen(50, Some(1))[0]);
    assert!(dull < bright / 4.0, "{dull} of {bright}");
    room.mixer.set_volume(Group::Voices, 0.0);
    assert_eq!(room.settled(Some(1)), [0.0, 0.0]);
}

#[test]
fn what_moves_is_smooth() {
    let mut room = Room::new();
    room.mixer.set_volume(Group::Voices, 1.0);
    room.settled(Some(1));
    let biggest = |heard: &[Vec<f32>; 2]| {
        let steps = heard[0].windows(2).map(|pair| (pair[1] - pair[0]).abs());
        steps.fold(0.0, f32::max)
    };
    let before = biggest(&room.listen(50, Some(1)));
    room.mixer.place(
        1,
        &Placement {
            gain: 0.0,
            ..Placement::default()
        },
    );
    let after = biggest(&room.listen(20, Some(1)));
    assert!(after <= before * 1.1, "{after} after {before}");
}

#[test]
fn whoever_was_silent_longest_makes_room() {
    let mut room = Room::new();
    let frame = room.frame();
    for talker in 0..MOST_TALKERS as u16 {
        room.mixer
            .put(talker, &frame, room.now + Duration::from_millis(talker.into()));
    }
    room.listen(1, None);
    let later = room.now + Duration::from_secs(1);
    room.mixer.put(0, &frame, later); // they speak again
    room.mixer.put(500, &frame, later);
    assert_eq!(room.mixer.talkers.len(), MOST_TALKERS);
    assert!(room.mixer.sounding(1).is_none() && room.mixer.sounding(0).is_some());
    // And the tracks of those who went are free again, however many come and go.
    for talker in 0..1_000 {
        room.mixer
            .put(talker, &frame, later + Duration::from_millis(talker.into()));
        room.listen(1, None);
        assert!(room.mixer.sounding(talker).is_some(), "{talker}");
    }
}

#[test]
fn a_sound_is_heard_once_and_leaves_nothing_behind() {
    let mut room = Room::new();
    for _ in 0..3 * MOST_SOUNDS {
        room.mixer.play(&step(1.0));
        let heard = rms(&room.listen(8, None)[0]);
        assert!(heard > 0.01, "{heard}");
        room.listen(10, None);
    }
    assert_eq!(room.settled(None), [0.0, 0.0]);
    // Too many at once are left out, and nothing else happens.
    for _ in 0..500 {
        room.mixer.play(&step(0.01));
    }
    room.listen(100, None);
    room.mixer.play(&step(1.0));
    assert!(rms(&room.listen(8, None)[0]) > 0.01);
}

#[test]
fn a_loop_goes_on_until_it_is_none() {
    let mut room = Room::new();
    let placement = Placement::default();
    room.mixer
        .set_loop(3, Some(Clip::StepStone), &placement, Group::World);
    let beginning = rms(&room.listen(5, None)[0]);
    let later = room.listen(200, None).map(|ear| rms(&ear[RATE_HZ as usize..]));
    assert!(later[0] > 0.01 && beginning < later[0], "{beginning}, {later:?}");
    room.mixer.set_loop(
        3,
        Some(Clip::StepStone),
        &Placement {
            gain: 0.5,
            ..placement
        },
        Group::World,
    );
    let [half, _] = room.settled(None);
    assert!((half / later[0] - 0.5).abs() < 0.1, "{half} of {later:?}");
    room.mixer.set_loop(3, None, &placement, Group::World);
    let fading = rms(&room.listen(10, None)[0]);
    assert!(fading > 0.0, "it does not break off");
    room.listen(50, None);
    assert_eq!(room.settled(None), [0.0, 0.0]);
    assert!(room.mixer.loops.is_empty());
}

#[test]
fn a_device_of_another_rate_and_more_channels_hears_the_same() {
    let mut room = Room::new();
    room.mixer.play(&step(1.0));
    let ours = rms(&room.listen(10, None)[0]);
    room.listen(10, None);
    assert!(room.desk.retune(44_100) && !room.desk.retune(1));
    room.mixer.play(&step(1.0));
    let mut out = vec![0_i16; 441 * 10 * 4];
    room.desk.fill(&mut out, 4, room.now);
    let channel = |channel: usize| -> Vec<f32> {
        out.iter()
            .skip(channel)
            .step_by(4)
            .map(|sample| f32::from(*sample) / 32_768.0)
            .collect()
    };
    let theirs = rms(&channel(0));
    assert!((theirs / ours - 1.0).abs() < 0.05, "{theirs} of {ours}");
    assert_eq!(
        (channel(1), rms(&channel(2)), rms(&channel(3))),
        (channel(0), 0.0, 0.0)
    );
    // More than is mixed at once, and nothing at all.
    room.desk.fill(&mut vec![0.0_f32; 20_000], 1, room.now);
    room.desk.fill::<f32>(&mut [], 2, room.now);
}

#[test]
fn what_is_no_number_is_nowhere_and_silent_and_harms_nobody() {
    let mut room = Room::new();
    let odd = f32::NAN;
    room.settled(Some(1));
    room.mixer.set_listener(&Listener {
        position: [odd; 3],
        forward: [0.0; 3],
        up: [odd, f32::INFINITY, 0.0],
    });
    room.mixer.set_volume(Group::World, odd);
    room.mixer.set_volume(Group::World, 1.0);
    let nonsense = Placement {
        position: Some([odd, f32::INFINITY, 1e38]),
        gain: odd,
        cutoff_hz: odd,
    };
    room.mixer.place(1, &nonsense);
    room.mixer.play(&Play {
        placement: nonsense,
        rate: odd,
        ..step(1.0)
    });
    room.mixer
        .set_loop(1, Some(Clip::StepStone), &nonsense, Group::Interface);
    let heard = room.listen(50, Some(1));
    assert!(heard.iter().flatten().all(|sample| sample.is_finite()));
    room.mixer.set_listener(&Listener::default());
    room.mixer.place(1, &Placement::default());
    let [left, right] = room.settled(Some(1));
    assert!(left > 0.1 && (left - right).abs() < 1e-4, "{left}, {right}");
}

#[test]
fn the_quaternion_turns_ahead_to_forward() {
    let turn = |q: [f32; 4], v: [f32; 3]| {
        let [x, y, z, w] = q;
        let cross = |a: [f32; 3], b: [f32; 3]| {
            [
                a[1] * b[2] - a[2] * b[1],
                a[2] * b[0] - a[0] * b[2],
                a[0] * b[1] - a[1] * b[0],
            ]
        };
        let t = cross([x, y, z], v).map(|along| along * 2.0);
        let u = cross([x, y, z], t);
        core::array::from_fn::<f32, 3, _>(|at| v[at] + w * t[at] + u[at])
    };
    for forward in [
        [0.0, 0.0, -1.0],
        [0.0, 0.0, 1.0],
        [1.0, 0.0, 0.0],
        [-0.6, 0.0, 0.8],
        [0.6, 0.64, -0.48],
    ] {
        let q = orientation(&Listener {
            forward,
            ..Listener::default()
        });
        let ahead = turn(q, [0.0, 0.0, -1.0]);
        let off = ahead
            .iter()
            .zip(forward)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(off < 1e-5, "{forward:?}: {ahead:?}");
        assert!(turn(q, [0.0, 1.0, 0.0])[1] > 0.0, "upright");
    }
}

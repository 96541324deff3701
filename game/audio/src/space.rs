//! What distance and walls make of a sound: how loud it still is, and how much of its height is left. Pure.
//!
//! Invariant: nothing is louder for being farther away, nor for being behind something; beyond its range a voice is not heard.

use crate::Placement;
use holm_voice::frame::Reach;
use holm_voice::hearing::{LEAVE, range_metres};

/// As near as this a voice is as loud as it gets, metres: at arm's length.
pub const NEAR_METRES: f32 = 1.2;
/// From here to the end of its range a voice fades to nothing, in shares of the range: nobody vanishes in the middle of a word.
const FADES_FROM: f32 = 0.8;
/// With each doubling of the distance a voice loses so much, as an exponent: 1 is 6 dB, what a point loses outdoors. Talk
/// stays in reach with less: at 10 m a voice is to be understood beside the sea.
const FALL_OFF: f32 = 0.7;
/// Air takes the height out of what comes from far, hertz at 1 m and hertz at which it stops.
const AIR_HZ: f32 = 20_000.0;
const AIR_LEAST_HZ: f32 = 3_500.0;
/// Metres over which what is left of the height halves.
const AIR_HALVES_METRES: f32 = 22.0;
/// A voice behind a wall: what is left of its loudness, and of its height, hertz.
const BEHIND_GAIN: f32 = 0.45;
const BEHIND_HZ: f32 = 900.0;

/// A voice of this reach, so many metres away, of which `hidden` (0 to 1) is behind something solid. The stage is heard
/// everywhere as if its talker stood three metres away.
#[must_use]
pub fn voice(position: [f32; 3], metres: f32, reach: Reach, hidden: f32) -> Placement {
    if reach == Reach::Stage {
        return Placement {
            position: Some(position),
            gain: falls(3.0),
            cutoff_hz: AIR_HZ,
        };
    }
    let range = range_metres(reach) * LEAVE;
    let fade = ((range - metres) / (range * (1.0 - FADES_FROM))).clamp(0.0, 1.0);
    placed(position, metres, falls(metres) * fade, hidden)
}

/// A sound of the world that is heard up to `range` metres away.
#[must_use]
pub fn sound(position: [f32; 3], metres: f32, range: f32, hidden: f32) -> Placement {
    let fade = ((range - metres) / range.max(0.1)).clamp(0.0, 1.0);
    placed(position, metres, falls(metres) * fade, hidden)
}

fn falls(metres: f32) -> f32 {
    (NEAR_METRES / metres.max(NEAR_METRES)).powf(FALL_OFF)
}

fn placed(position: [f32; 3], metres: f32, gain: f32, hidden: f32) -> Placement {
    let hidden = if hidden.is_finite() {
        hidden.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let air = (AIR_HZ * (-metres.max(0.0) / AIR_HALVES_METRES).exp2()).max(AIR_LEAST_HZ);
    let gain = gain * (1.0 - hidden * (1.0 - BEHIND_GAIN));
    Placement {
        position: Some(position),
        gain: if gain.is_finite() { gain } else { 0.0 },
        // Heights are heard in octaves: half hidden is half the octaves.
        cutoff_hz: air.powf(1.0 - hidden) * BEHIND_HZ.min(air).powf(hidden),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HERE: [f32; 3] = [0.0; 3];

    proptest! {
        #[test]
        fn farther_and_behind_more_is_never_louder(
            near in 0.0f32..200.0, more in 0.0f32..100.0, hidden in 0.0f32..1.0, reach in 0usize..4,
        ) {
            let reach = Reach::ALL[reach];
            let here = voice(HERE, near, reach, 0.0);
            for other in [voice(HERE, near + more, reach, 0.0), voice(HERE, near, reach, hidden)] {
                prop_assert!(other.gain <= here.gain + 1e-6 && other.cutoff_hz <= here.cutoff_hz * 1.000_1);
                prop_assert!(other.cutoff_hz >= 800.0 && other.gain >= 0.0);
            }
        }

        #[test]
        fn nothing_that_is_no_number_comes_out(metres in any::<f32>(), hidden in any::<f32>(), range in any::<f32>()) {
            for placement in [voice(HERE, metres, Reach::Normal, hidden), sound(HERE, metres, range, hidden)] {
                prop_assert!(placement.gain.is_finite() && (0.0..=1.0).contains(&placement.gain));
                prop_assert!(placement.cutoff_hz.is_finite());
            }
        }
    }

    #[test]
    fn a_voice_ends_where_the_host_stops_sending_it_and_is_understood_at_ten_metres() {
        assert_eq!(voice(HERE, 25.0 * LEAVE, Reach::Normal, 0.0).gain, 0.0);
        assert!(voice(HERE, 10.0, Reach::Normal, 0.0).gain > 0.2);
        assert_eq!(voice(HERE, 1.0, Reach::Normal, 0.0).gain, 1.0);
        assert_eq!(
            voice(HERE, 400.0, Reach::Stage, 0.0),
            voice(HERE, 2.0, Reach::Stage, 1.0)
        );
    }
}

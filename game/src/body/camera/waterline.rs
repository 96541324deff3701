//! The eye and the surface of water: above it or under it with the head, never in it.
//!
//! Flow: how high the head is says on which side the eye belongs → [`Waterline::reach`] brings it nearer before it is
//! lifted far → [`Waterline::cross`] takes it to that side → [`Waterline::lift`] keeps it there.
//! Invariant: between two frames the eye passes the surface or is clear of it; in none is it within [`KEEP_METRES`] of it.

use super::{HEIGHT_RATE, Pace};

/// As far above or under the surface the eye is at least, metres: waves rise by 0.07, and with the widest lens the near
/// plane's corners are 0.13 away. More than what `world/view/water` takes for under water.
const KEEP_METRES: f32 = 0.2;
/// How far it is lifted or pushed down rather than brought nearer to the head, metres: the head stays in the picture.
const LIFT_METRES: f32 = 0.7;
/// The head is so far on the other side before it counts, metres: one who floats has it 0.15 above the surface.
const SURE_METRES: f32 = 0.05;

/// On which side of the surface. Heights are metres above it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Waterline {
    head_under: bool,
    eye_under: bool,
    /// How much higher the eye is than behind the head, on its way to the other side.
    lifted: f32,
}

/// What lifts (or pushes down) something to a side of the surface.
fn to_side(under: bool, height: f32) -> f32 {
    let kept = if under {
        height.min(-KEEP_METRES)
    } else {
        height.max(KEEP_METRES)
    };
    kept - height
}

impl Waterline {
    pub(super) fn follow(&mut self, head: f32) {
        self.head_under = if self.head_under {
            head < SURE_METRES
        } else {
            head < -SURE_METRES
        };
    }

    /// Metres that the eye may be behind what it turns about, which is at this height; each of them takes it higher by
    /// `rise`.
    pub(super) fn reach(self, height: f32, rise: f32) -> f32 {
        let (room, steep) = if self.head_under {
            (LIFT_METRES - KEEP_METRES - height, rise)
        } else {
            (LIFT_METRES - KEEP_METRES + height, -rise)
        };
        if steep > 0.0 {
            (room / steep).max(0.0)
        } else {
            f32::INFINITY
        }
    }

    /// A frame of the way to the head's side, for an eye whose place behind the head is at this height; `None` where no
    /// water is.
    pub(super) fn cross(&mut self, height: Option<f32>, pace: Pace) {
        let Some(height) = height else {
            self.lifted = pace.ease(self.lifted, 0.0, HEIGHT_RATE);
            (self.head_under, self.eye_under) = (false, false);
            return;
        };
        let wished = to_side(self.head_under, height);
        if self.eye_under != self.head_under {
            self.lifted = pace.ease(self.lifted, wished, HEIGHT_RATE);
            let at = height + self.lifted;
            let is_away = if self.eye_under {
                at < -KEEP_METRES
            } else {
                at > KEEP_METRES
            };
            if is_away {
                return;
            }
            self.eye_under = self.head_under;
        }
        self.lifted = wished;
    }

    /// How much higher than its place behind the head the eye is.
    pub(super) fn lift(self, height: Option<f32>) -> f32 {
        let Some(height) = height else { return self.lifted };
        if self.eye_under == self.head_under {
            to_side(self.head_under, height)
        } else {
            self.lifted + to_side(self.eye_under, height + self.lifted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRAME: Pace = Pace {
        secs: 0.016,
        still: false,
    };

    /// A frame with head and eye at these heights; where the eye is.
    fn frame(line: &mut Waterline, head: f32, eye: f32) -> f32 {
        line.follow(head);
        line.cross(Some(eye), FRAME);
        eye + line.lift(Some(eye))
    }

    #[test]
    fn whoever_swims_and_looks_up_has_the_eye_above_the_water() {
        let mut line = Waterline::default();
        for eye in [0.6, 0.3, 0.1, -0.2, -0.6, -0.1, 0.5] {
            let at = frame(&mut line, 0.15, eye);
            assert!((at - eye.max(KEEP_METRES)).abs() < 1e-4, "not late either: {at}");
        }
    }

    #[test]
    fn it_comes_nearer_before_it_is_lifted_out_of_the_heads_sight() {
        let mut line = Waterline::default();
        line.follow(0.15);
        assert_eq!(line.reach(0.37, 0.4), f32::INFINITY, "looking down");
        assert_eq!(line.reach(0.37, 0.0), f32::INFINITY);
        for rise in [-0.2f32, -0.5, -0.9] {
            let back = line.reach(0.37, rise);
            let lift = to_side(false, 0.37 + back * rise);
            assert!(
                (lift - LIFT_METRES).abs() < 1e-3 && back > 0.8,
                "{back} m, {lift}"
            );
        }
        line.follow(-1.0);
        assert_eq!(line.reach(-0.8, -0.4), f32::INFINITY, "looking up");
        assert!(line.reach(-0.8, 0.5) < 3.0);
        assert_eq!(line.reach(3.0, 0.5), 0.0);
    }

    #[test]
    fn whoever_dives_takes_the_eye_along_and_it_passes_the_surface_in_one_frame() {
        let mut line = Waterline::default();
        frame(&mut line, 0.15, 1.0);
        let (mut before, mut frames) = (1.0, 0);
        while before > 0.0 {
            let at = frame(&mut line, -0.4, 1.0);
            assert!(before - at < 0.5, "{before} to {at}");
            (before, frames) = (at, frames + 1);
        }
        assert!((3..30).contains(&frames), "{frames}");
        assert!(frame(&mut line, -0.4, 0.1) < 1e-4 - KEEP_METRES);
        // And up again.
        while before < 0.0 {
            let at = frame(&mut line, 0.2, -1.0);
            assert!(at - before < 0.9, "{before} to {at}");
            before = at;
        }
        assert!(before > KEEP_METRES - 1e-4);
    }

    #[test]
    fn a_head_that_bobs_in_the_surface_does_not_take_the_eye_up_and_down() {
        let mut line = Waterline::default();
        for head in [0.15, -0.04, 0.04, -0.03] {
            assert!(frame(&mut line, head, 0.0) > 0.0, "{head}");
        }
        assert!(frame(&mut line, -0.1, 0.0) < 0.0);
        assert!(frame(&mut line, 0.04, 0.0) < 0.0);
        assert!(frame(&mut line, 0.1, 0.0) > 0.0);
    }

    #[test]
    fn beyond_the_water_nothing_is_lifted() {
        let mut line = Waterline::default();
        frame(&mut line, 0.15, -0.3);
        let lifted = line.lift(Some(-0.3));
        line.cross(None, FRAME);
        let left = line.lift(None);
        assert!(left > 0.0 && left < lifted, "softly: {left}");
        for _ in 0..100 {
            line.cross(None, FRAME);
        }
        assert!(line.lift(None) < 1e-3);
    }

    proptest! {
        #[test]
        fn the_eye_is_never_in_the_surface(way in prop::collection::vec((-2.0f32..2.0, -3.0f32..3.0), 1..60)) {
            let mut line = Waterline::default();
            for (head, eye) in way {
                let at = frame(&mut line, head, eye);
                prop_assert!(at.abs() > KEEP_METRES - 1e-4, "{at}");
                // Nearer to the head as something solid wants it.
                let nearer = eye * 0.5;
                let at = nearer + line.lift(Some(nearer));
                prop_assert!(at.abs() > KEEP_METRES - 1e-4, "{at}");
            }
        }
    }
}

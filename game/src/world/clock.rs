//! The time that what moves in a world goes by: the host's clock, as well as this machine knows it.
//!
//! Flow: the session's heartbeats say how the host's clock stands → [`WorldClock`], once a frame → courses.
//! Invariant: it never goes back and never jumps but to catch up with more than [`JUMP_SECS`]; smaller errors
//! are walked off, so that nobody sees a ferry twitch. How exact: half the difference between the ways there and
//! back, see `Session::host_secs`.

use crate::session::{Session, SessionSystems};
use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    // Part of receiving: whoever else has to do with the session in this schedule comes after that.
    app.init_resource::<WorldClock>().add_systems(
        PreUpdate,
        keep.in_set(SessionSystems::Receive)
            .after(crate::session::receive),
    );
}

/// More than this is set right at once: a link that was away, a computer that slept.
const JUMP_SECS: f64 = 0.5;
/// A smaller error is walked off at this share of the time that passes.
const SLEW: f64 = 0.05;

/// The session's time, the same on every machine; without a session this machine's own.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct WorldClock {
    secs: f64,
    set: bool,
}

impl WorldClock {
    /// Seconds since the host's program started.
    pub fn secs(&self) -> f64 {
        self.secs
    }

    fn follow(&mut self, wanted: f64, passed: f64) {
        let next = self.secs + passed;
        let error = wanted - next;
        self.secs = if !self.set || error.abs() > JUMP_SECS {
            wanted
        } else {
            next + error.clamp(-SLEW * passed, SLEW * passed)
        };
        self.set = true;
    }
}

fn keep(mut clock: ResMut<WorldClock>, session: Res<Session>, time: Res<Time<Real>>) {
    let passed = time.delta_secs_f64();
    match session.host_secs() {
        Some(secs) => clock.follow(secs, passed),
        // Alone, or a link that has not been measured yet: on as before.
        None => clock.secs += passed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_errors_are_walked_off_and_large_ones_set_right() {
        let mut clock = WorldClock::default();
        clock.follow(100.0, 0.016);
        assert_eq!(clock.secs(), 100.0);
        let mut wanted = 100.2;
        for _ in 0..400 {
            wanted += 0.016;
            let before = clock.secs();
            clock.follow(wanted, 0.016);
            let went = clock.secs() - before;
            assert!((0.015..=0.017).contains(&went), "{went}");
        }
        assert!((clock.secs() - wanted).abs() < 1e-6);
        clock.follow(50.0, 0.016);
        assert_eq!(clock.secs(), 50.0);
    }
}

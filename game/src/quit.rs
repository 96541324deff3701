//! Leaving the program politely: guests are told why before the world goes.
//!
//! Flow: [`Quit`] (a signal, the window's cross) → [`LeaveSession`] → the session's end, or a deadline →
//! `AppExit`.

use crate::session::{LeaveSession, Session, SessionPhase};
use bevy::prelude::*;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Quit>()
        .init_resource::<Quitting>()
        .add_systems(Last, quit);
}

/// A wish: end the program.
#[derive(Message, Clone, Debug, Default)]
pub struct Quit {
    /// What guests are told.
    pub why: String,
}

/// Longest we wait for the session to say good-bye: it gives itself one second.
const DEADLINE: Duration = Duration::from_millis(1500);

#[derive(Resource, Debug, Default)]
struct Quitting(Option<Duration>);

fn quit(
    mut wishes: MessageReader<Quit>,
    mut quitting: ResMut<Quitting>,
    session: Res<Session>,
    time: Res<Time<Real>>,
    mut leave: MessageWriter<LeaveSession>,
    mut exit: MessageWriter<AppExit>,
) {
    let now = time.elapsed();
    if let (Some(wish), None) = (wishes.read().last(), quitting.0) {
        quitting.0 = Some(now);
        leave.write(LeaveSession {
            why: wish.why.clone(),
        });
    }
    if let Some(since) = quitting.0
        && (session.phase() == SessionPhase::Off || now.saturating_sub(since) > DEADLINE)
    {
        exit.write(AppExit::Success);
    }
}

//! Gestures: a wave of the hand. Seen by others as part of the pose stream.
//!
//! Flow: [`Wave`] → `Gesturing` on one's own person → `Posture::pose.gesture` → the stream.

use crate::people::Me;
use bevy::prelude::*;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Wave>()
        .configure_sets(Update, GestureSystems::Apply)
        .add_systems(
            Update,
            (begin_wave, end_gestures).chain().in_set(GestureSystems::Apply),
        );
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GestureSystems {
    Apply,
}

/// No gesture, in [`holm_net::pose::Pose::gesture`].
pub const NO_GESTURE: u8 = 0;
/// A wave of the hand, in [`holm_net::pose::Pose::gesture`].
pub const WAVE: u8 = 1;

/// How long a wave lasts: two swings of the hand, and long enough for the slowest tier of the pose
/// stream (four updates a second) to show it.
pub const WAVE_DURATION: Duration = Duration::from_millis(1800);

/// A wish: wave.
#[derive(Message, Clone, Copy, Debug)]
pub struct Wave;

/// A gesture under way on one's own person.
#[derive(Component, Clone, Copy, Debug)]
pub struct Gesturing {
    pub gesture: u8,
    until: Duration,
}

fn begin_wave(
    mut commands: Commands,
    mut wishes: MessageReader<Wave>,
    time: Res<Time<Real>>,
    me: Query<Entity, With<Me>>,
) {
    if wishes.read().count() == 0 {
        return;
    }
    for entity in &me {
        commands.entity(entity).insert(Gesturing {
            gesture: WAVE,
            until: time.elapsed() + WAVE_DURATION,
        });
    }
}

fn end_gestures(mut commands: Commands, time: Res<Time<Real>>, under_way: Query<(Entity, &Gesturing)>) {
    for (entity, gesturing) in &under_way {
        if time.elapsed() >= gesturing.until {
            commands.entity(entity).remove::<Gesturing>();
        }
    }
}

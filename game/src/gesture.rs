//! Gestures: a wave of the hand, and five more. Seen by others as part of the pose stream.
//!
//! Flow: [`Wave`] or [`Express`] (from the emote wheel) → [`Gesturing`] on one's own person → `Posture::pose.gesture`
//! → the stream → `people::view` of everybody.
//! Invariants: a gesture ends by itself, but for the dance, which ends when one walks on; a number that does not
//! exist is no gesture.

#[cfg(feature = "view")]
pub mod wheel;

use crate::people::{Me, Posture};
use bevy::prelude::*;
use holm_net::pose::Gait;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Wave>()
        .add_message::<Express>()
        .configure_sets(Update, GestureSystems::Apply)
        .add_systems(
            Update,
            (begin, end_gestures, stop_dancing)
                .chain()
                .in_set(GestureSystems::Apply),
        );
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GestureSystems {
    Apply,
}

/// Numbers in [`holm_net::pose::Pose::gesture`].
pub const NO_GESTURE: u8 = 0;
pub const WAVE: u8 = 1;
pub const CLAP: u8 = 2;
pub const POINT: u8 = 3;
pub const DANCE: u8 = 4;
pub const LAUGH: u8 = 5;
pub const SHRUG: u8 = 6;
/// The highest there is.
pub const LAST: u8 = SHRUG;
/// All of them, as the wheel has them, clockwise from the top.
pub const ALL: [u8; 6] = [WAVE, CLAP, POINT, DANCE, LAUGH, SHRUG];

/// How long a wave lasts: two swings of the hand, and long enough for the slowest tier of the pose
/// stream (four updates a second) to show it.
pub const WAVE_DURATION: Duration = Duration::from_millis(1800);

/// How long a gesture lasts; `None` until something else is done.
pub const fn duration(gesture: u8) -> Option<Duration> {
    match gesture {
        CLAP => Some(Duration::from_millis(2600)),
        POINT => Some(Duration::from_millis(2400)),
        DANCE => None,
        LAUGH => Some(Duration::from_millis(3000)),
        _ => Some(WAVE_DURATION),
    }
}

/// A wish: wave.
#[derive(Message, Clone, Copy, Debug)]
pub struct Wave;

/// A wish: make this gesture; [`NO_GESTURE`] stops.
#[derive(Message, Clone, Copy, Debug)]
pub struct Express {
    pub gesture: u8,
}

/// A gesture under way on one's own person.
#[derive(Component, Clone, Copy, Debug)]
pub struct Gesturing {
    pub gesture: u8,
    until: Option<Duration>,
    /// Where it began: a dance ends when one walks away from there.
    at: Option<Vec3>,
}

fn begin(
    mut commands: Commands,
    mut waves: MessageReader<Wave>,
    mut wishes: MessageReader<Express>,
    time: Res<Time<Real>>,
    me: Query<Entity, With<Me>>,
) {
    let waved = waves.read().last().map(|Wave| WAVE);
    let Some(gesture) = wishes.read().last().map(|wish| wish.gesture).or(waved) else {
        return;
    };
    for entity in &me {
        if ALL.contains(&gesture) {
            commands.entity(entity).insert(Gesturing {
                gesture,
                until: duration(gesture).map(|lasts| time.elapsed() + lasts),
                at: None,
            });
        } else {
            commands.entity(entity).remove::<Gesturing>();
        }
    }
}

fn end_gestures(mut commands: Commands, time: Res<Time<Real>>, under_way: Query<(Entity, &Gesturing)>) {
    for (entity, gesturing) in &under_way {
        if gesturing.until.is_some_and(|until| time.elapsed() >= until) {
            commands.entity(entity).remove::<Gesturing>();
        }
    }
}

/// Farther than a body settles by itself, metres.
const WALKED_METRES: f32 = 0.25;

fn stop_dancing(mut commands: Commands, mut under_way: Query<(Entity, &mut Gesturing, &Posture)>) {
    for (entity, mut gesturing, posture) in &mut under_way {
        if gesturing.until.is_some() {
            continue;
        }
        let here = Vec3::from_array(posture.pose.position);
        let began = *gesturing.at.get_or_insert(here);
        if began.distance(here) > WALKED_METRES || posture.pose.gait == Gait::Air {
            commands.entity(entity).remove::<Gesturing>();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use bevy::time::TimeUpdateStrategy;

    fn somebody() -> (App, Entity) {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, plugin))
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)));
        let me = app.world_mut().spawn((Me, Posture::default())).id();
        (app, me)
    }

    fn gesture(app: &App, me: Entity) -> u8 {
        app.world().get::<Gesturing>(me).map_or(NO_GESTURE, |g| g.gesture)
    }

    #[test]
    fn a_gesture_ends_by_itself() {
        for wanted in ALL.into_iter().filter(|gesture| *gesture != DANCE) {
            let (mut app, me) = somebody();
            app.world_mut().write_message(Express { gesture: wanted });
            app.update();
            assert_eq!(gesture(&app, me), wanted);
            for _ in 0..40 {
                app.update();
            }
            assert_eq!(gesture(&app, me), NO_GESTURE);
        }
    }

    #[test]
    fn one_dances_until_one_walks_on_or_stops() {
        let (mut app, me) = somebody();
        app.world_mut().write_message(Express { gesture: DANCE });
        for _ in 0..600 {
            app.update();
        }
        assert_eq!(gesture(&app, me), DANCE);
        app.world_mut().get_mut::<Posture>(me).unwrap().pose.position[2] = 0.5;
        app.update();
        app.update();
        assert_eq!(gesture(&app, me), NO_GESTURE);
        app.world_mut().write_message(Express { gesture: DANCE });
        app.update();
        app.world_mut().write_message(Express { gesture: NO_GESTURE });
        app.update();
        assert_eq!(gesture(&app, me), NO_GESTURE);
        app.world_mut().write_message(Express { gesture: 200 });
        app.update();
        assert_eq!(gesture(&app, me), NO_GESTURE, "there is no gesture 200");
    }
}

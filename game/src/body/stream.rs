//! Poses: ours to the session, everybody else's from it.

use super::{Body, Intent, SpawnPoint, rules};
use crate::gesture::Gesturing;
use crate::people::{Me, Person, Posture};
use crate::session::Session;
use crate::world::{CurrentWorld, WorldClock};
use bevy::prelude::*;
use holm_net::pose::Pose;
use std::f32::consts::FRAC_PI_2;

/// How far somebody else is shown from where they were told to be, because what they stand on has moved on since:
/// what moves is drawn where it is now, and people where they were a moment ago.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Carried {
    shift: Vec3,
    /// 1 while they ride; it comes and goes within [`BOARDING_SECS`], so that nobody leaps on boarding.
    share: f32,
}

/// See [`Carried`].
const BOARDING_SECS: f32 = 0.25;

impl Carried {
    fn follow(&mut self, on: Option<Vec3>, secs: f32) -> Vec3 {
        let step = secs / BOARDING_SECS;
        match on {
            Some(shift) => (self.shift, self.share) = (shift, (self.share + step).min(1.0)),
            None => self.share = (self.share - step).max(0.0),
        }
        self.shift * self.share
    }
}

/// Puts everyone but ourselves where the stream shows them; at the spawn point before their first pose.
pub(super) fn show_others(
    session: Res<Session>,
    spawn: Res<SpawnPoint>,
    world: Res<CurrentWorld>,
    clock: Res<WorldClock>,
    time: Res<Time<Real>>,
    me: Query<&Person, With<Me>>,
    mut others: Query<
        (
            Entity,
            &Person,
            &mut Posture,
            &mut Transform,
            Option<&mut Carried>,
        ),
        Without<Me>,
    >,
    mut commands: Commands,
) {
    let rides = world
        .document
        .as_ref()
        .map_or(&[][..], |document| &document.fixtures.rides);
    let own_ping_ms = me.iter().next().and_then(|me| me.ping_ms);
    for (entity, person, mut posture, mut transform, carried) in &mut others {
        let shown = session.shown_pose(person.slot).and_then(crate::customs::pose);
        let next = match shown {
            Some(mut pose) => {
                if !rides.is_empty() {
                    let now = clock.secs();
                    let then = now - session.shown_late_secs(person.ping_ms, own_ping_ms);
                    let feet = Vec3::from_array(pose.position);
                    let on = rides.iter().find_map(|ride| ride.carried(feet, then, now));
                    let mut next = carried.as_deref().copied().unwrap_or_default();
                    let shift = next.follow(on, time.delta_secs());
                    pose.position = (feet + shift).to_array();
                    match carried {
                        Some(mut carried) => _ = carried.set_if_neq(next),
                        None => _ = commands.entity(entity).insert(next),
                    }
                }
                Posture { pose, known: true }
            }
            None if posture.known => continue,
            None => Posture {
                pose: Pose {
                    position: super::spawn_place(&spawn, person.slot.0).to_array(),
                    yaw: spawn.yaw,
                    ..Pose::default()
                },
                known: false,
            },
        };
        if posture.set_if_neq(next) {
            *transform = transform_of(&next.pose);
        }
    }
}

/// Draws our own body between its last step and the coming one, and tells the session where that is.
pub(super) fn show_own(
    mut session: ResMut<Session>,
    fixed: Res<Time<Fixed>>,
    mut own: Query<(&Body, &Intent, Option<&Gesturing>, &mut Posture, &mut Transform), With<Me>>,
) {
    for (body, intent, gesturing, mut posture, mut transform) in &mut own {
        let pose = pose_between(body, intent, gesturing, fixed.overstep_fraction());
        *transform = transform_of(&pose);
        posture.set_if_neq(Posture { pose, known: true });
        session.set_own_pose(pose);
    }
}

fn pose_between(body: &Body, intent: &Intent, gesturing: Option<&Gesturing>, part: f32) -> Pose {
    let (last, coming) = (&body.state, &body.coming);
    let yaw = rules::wrap(last.yaw + rules::wrap(coming.yaw - last.yaw) * part);
    Pose {
        position: last.position.lerp(coming.position, part).to_array(),
        yaw,
        head_yaw: rules::wrap(intent.look_yaw - yaw).clamp(-rules::HEAD_TURN, rules::HEAD_TURN),
        pitch: intent.look_pitch.clamp(-FRAC_PI_2, FRAC_PI_2),
        gait: coming.gait(&body.moves),
        gesture: gesturing.map_or(crate::gesture::NO_GESTURE, |g| g.gesture),
    }
}

fn transform_of(pose: &Pose) -> Transform {
    Transform::from_translation(pose.position.into()).with_rotation(Quat::from_rotation_y(pose.yaw))
}

//! Poses: ours to the session, everybody else's from it.

use super::{Body, Intent, SpawnPoint, rules};
use crate::gesture::Gesturing;
use crate::people::{Me, Person, Posture};
use crate::session::Session;
use bevy::prelude::*;
use holm_net::pose::Pose;
use std::f32::consts::FRAC_PI_2;

/// Puts everyone but ourselves where the stream shows them; at the spawn point before their first pose.
pub(super) fn show_others(
    session: Res<Session>,
    spawn: Res<SpawnPoint>,
    mut others: Query<(&Person, &mut Posture, &mut Transform), Without<Me>>,
) {
    for (person, mut posture, mut transform) in &mut others {
        let shown = session.shown_pose(person.slot).and_then(crate::customs::pose);
        let next = match shown {
            Some(pose) => Posture { pose, known: true },
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

/// Draws our own body between its last two steps, and tells the session where that is.
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
    let (before, after) = (&body.before, &body.state);
    let yaw = rules::wrap(before.yaw + rules::wrap(after.yaw - before.yaw) * part);
    Pose {
        position: before.position.lerp(after.position, part).to_array(),
        yaw,
        head_yaw: rules::wrap(intent.look_yaw - yaw).clamp(-rules::HEAD_TURN, rules::HEAD_TURN),
        pitch: intent.look_pitch.clamp(-FRAC_PI_2, FRAC_PI_2),
        gait: after.gait(&body.moves),
        gesture: gesturing.map_or(crate::gesture::NO_GESTURE, |g| g.gesture),
    }
}

fn transform_of(pose: &Pose) -> Transform {
    Transform::from_translation(pose.position.into()).with_rotation(Quat::from_rotation_y(pose.yaw))
}

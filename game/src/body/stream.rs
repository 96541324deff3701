//! Poses: ours to the session, everybody else's from it.

use crate::people::{Me, Person, Posture};
use crate::session::Session;
use bevy::prelude::*;

/// Puts everyone but ourselves where the stream shows them.
pub(super) fn show(session: Res<Session>, mut others: Query<(&Person, &mut Posture, &mut Transform), Without<Me>>) {
    for (person, mut posture, mut transform) in &mut others {
        let Some(pose) = session.shown_pose(person.slot).and_then(crate::customs::pose) else { continue };
        posture.pose = pose;
        posture.known = true;
        *transform = Transform::from_translation(pose.position.into()).with_rotation(Quat::from_rotation_y(pose.yaw));
    }
}

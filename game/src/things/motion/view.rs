//! What moves, as it is drawn: with all that hangs on it.

use super::{At, Motion, MotionSystems};
use crate::things::Things;
use crate::things::bodies::from_above;
use crate::things::view::{ShowSystems, Shown, transform};
use bevy::prelude::*;
use holm_document::rules::seen_at;
use holm_document::{State as Document, ThingId};
use std::collections::BTreeSet;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Update, follow.after(ShowSystems).after(MotionSystems::Show));
}

/// Where something is that hangs, at whatever depth, on what moves.
fn carried(state: &Document, root: ThingId, root_at: At, id: ThingId) -> Option<Transform> {
    let seen = seen_at(state, id)?;
    let root = seen_at(state, root)?;
    let rel = from_above(&root, &seen);
    Some(Transform {
        translation: root_at.position + root_at.rotation * Vec3::from_array(rel.position),
        rotation: (root_at.rotation * Quat::from_array(rel.rotation)).normalize(),
        scale: Vec3::from_array(seen.scale),
    })
}

fn follow(
    things: Res<Things>,
    motion: Res<Motion>,
    shown: Res<Shown>,
    mut drawn: Query<&mut Transform>,
    mut followed: Local<BTreeSet<ThingId>>,
) {
    let Some(state) = things.state() else { return };
    let moving: BTreeSet<ThingId> = motion.iter().map(|(thing, _)| thing).collect();
    // What the host did not let us take is back where it lies, without a fact that says so.
    let back = followed
        .difference(&moving)
        .filter_map(|thing| Some((*thing, At::from(&seen_at(state, *thing)?))));
    for (root, at) in motion.iter().chain(back) {
        let mut left = vec![root];
        while let Some(id) = left.pop() {
            left.extend(state.hanging_on(id));
            let Some(mut drawn) = shown.get(id).and_then(|entity| drawn.get_mut(entity).ok()) else {
                continue;
            };
            let place = if id == root {
                let size = seen_at(state, id).map(|place| transform(&place).scale);
                size.map(|scale| at.transform().with_scale(scale))
            } else {
                carried(state, root, at, id)
            };
            if let Some(place) = place {
                drawn.set_if_neq(place);
            }
        }
    }
    *followed = moving;
}

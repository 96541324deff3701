//! Doors: whoever stands before one opens and closes it.
//!
//! Flow: [`Built`] → which things are doors → [`AtHand`], the one before us → a press → a wish ([`Act::Open`]).
//! Invariant: what the body itself would do with the press (sit down, take hold) comes first, and with something in hand the
//! press puts it down.

use super::hand::Hand;
use super::motion::Carrying;
use super::view::transform;
use super::{Build, Built, Things};
use crate::body::Body;
use crate::body::camera::Eye;
use crate::input::actions::Doing;
use crate::input::hands::Hands;
use crate::people::Me;
use crate::screens::{ScreenSystems, Screens, in_world};
use crate::session::SessionPhase;
use bevy::prelude::*;
use holm_document::rules::seen_at;
use holm_document::{Act, Part, PartKind, State as Document, ThingId};
use std::collections::BTreeSet;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Doors>()
        .init_resource::<AtHand>()
        .add_systems(
            Update,
            (know, reach, open)
                .chain()
                .in_set(DoorSystems)
                .after(ScreenSystems::Choose),
        );
}

/// `Update`: which door is before us, and what a press does to it.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DoorSystems;

/// The things here that are doors.
#[derive(Resource, Debug, Default)]
struct Doors(BTreeSet<ThingId>);

/// The door before us, and whether it is open.
#[derive(Resource, Debug, Default, PartialEq)]
pub(crate) struct AtHand(pub(crate) Option<(ThingId, bool)>);

/// From the middle of one's body to the leaf, metres: an arm and a half step.
const REACH_METRES: f32 = 1.6;
/// The middle of one's body above the feet, metres.
const MIDDLE_METRES: f32 = 1.0;
/// The cosine of how far beside one's look it may be; whoever stands in it need not look.
const BEFORE: f32 = 0.3;
const WITHIN_METRES: f32 = 0.4;

fn is_open(state: &Document, id: ThingId) -> Option<bool> {
    match state.thing(id)?.part(PartKind::Door)? {
        Part::Door(door) => Some(door.open),
        _ => None,
    }
}

fn know(mut built: MessageReader<Built>, things: Res<Things>, mut doors: ResMut<Doors>) {
    let Some(change) = super::changed(&mut built, &things) else {
        return;
    };
    for (id, state) in change.of(doors.0.iter().copied()) {
        if state.and_then(|state| is_open(state, id)).is_some() {
            doors.0.insert(id);
        } else {
            doors.0.remove(&id);
        }
    }
}

/// How far a leaf is from here, and in which direction its nearest point lies.
fn from_leaf(state: &Document, id: ThingId, from: Vec3) -> Option<(f32, Vec3)> {
    let at = transform(&seen_at(state, id)?);
    let half = at.scale * 0.5;
    let local = at.rotation.inverse() * (from - at.translation);
    let nearest = at.translation + at.rotation * local.clamp(-half, half);
    Some((nearest.distance(from), nearest - from))
}

fn reach(
    me: Query<&Transform, With<Me>>,
    eye: Res<Eye>,
    things: Res<Things>,
    doors: Res<Doors>,
    mut at_hand: ResMut<AtHand>,
) {
    let found = || {
        let (me, state) = (me.single().ok()?, things.state()?);
        let from = me.translation + Vec3::Y * MIDDLE_METRES;
        let (sin, cos) = eye.yaw.sin_cos();
        let look = Vec3::new(-sin, 0.0, -cos);
        let (_, id) = doors
            .0
            .iter()
            .filter_map(|id| Some((from_leaf(state, *id, from)?, *id)))
            .filter(|((far, way), _)| {
                *far < WITHIN_METRES
                    || (*far < REACH_METRES && way.with_y(0.0).normalize_or_zero().dot(look) > BEFORE)
            })
            .map(|((far, _), id)| (far, id))
            .min_by(|(a, _), (b, _)| a.total_cmp(b))?;
        Some((id, is_open(state, id)?))
    };
    let found = if doors.0.is_empty() { None } else { found() };
    at_hand.set_if_neq(AtHand(found));
}

fn open(
    hands: Res<Hands>,
    screens: Res<Screens>,
    phase: Res<State<SessionPhase>>,
    at_hand: Res<AtHand>,
    me: Query<&Body, With<Me>>,
    hand: Res<Hand>,
    carrying: Res<Carrying>,
    mut build: MessageWriter<Build>,
) {
    if !hands.started(Doing::Act) || screens.blocks_walking() || !in_world(phase.get()) || !hand.is_empty() {
        return;
    }
    if carrying.thing().is_some() || me.iter().any(|body| body.offer.is_some()) {
        return;
    }
    if let Some((thing, open)) = at_hand.0 {
        let open = !open;
        build.write(Build {
            acts: vec![Act::Open { thing, open }],
        });
    }
}

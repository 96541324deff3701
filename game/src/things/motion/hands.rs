//! Taking and throwing by what one presses.
//!
//! Flow: what lies before us → [`InReach`] → a press ([`Doing::Act`]) → [`Grab`]; with something in the hand the same press
//! puts it down, and [`Doing::Throw`] throws it.
//! Invariant: what the body itself would do with the press comes first, and a door that is nearer, too.

use super::rules::{MOST_KG, REACH_METRES, may_hold};
use super::wire::NotHeld;
use super::{Carrying, Grab, LetGo, Motion, NotGrabbed};
use crate::body::Body;
use crate::body::camera::MainCamera;
use crate::input::actions::Doing;
use crate::input::hands::Hands;
use crate::notices::Notice;
use crate::people::Me;
use crate::screens::{Panel, Pointer, ScreenSystems, Screens, in_world};
use crate::session::{Session, SessionPhase};
use crate::things::Things;
use crate::things::bodies::{Loose, Solid};
use crate::things::doors::AtHand;
use crate::things::hand::Hand;
use crate::third_party::avian::ground;
use crate::words::Words;
use avian3d::prelude::{Position, SpatialQuery, SpatialQueryFilter};
use bevy::prelude::*;
use holm_document::ThingId;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<InReach>().add_systems(
        Update,
        (reach, take, tell)
            .chain()
            .after(ScreenSystems::Choose)
            .after(crate::things::doors::DoorSystems)
            .before(super::MotionSystems::Show),
    );
}

/// What could be taken now.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct InReach(pub(crate) Option<ThingId>);

/// How far beside the middle of the picture it may lie, metres: one need not aim at a ball.
const WIDE_METRES: f32 = 0.35;
/// The eyes above the feet.
const EYES_METRES: f32 = 1.6;

fn reach(
    camera: Query<&Transform, With<MainCamera>>,
    me: Query<&Transform, (With<Me>, Without<MainCamera>)>,
    space: SpatialQuery,
    loose: Query<(&Solid, &Loose, &Position)>,
    things: Res<Things>,
    session: Res<Session>,
    motion: Res<Motion>,
    carrying: Res<Carrying>,
    screens: Res<Screens>,
    mut in_reach: ResMut<InReach>,
) {
    let building = screens.is_open(Panel::Build) || screens.is_open(Panel::Hand);
    let found = || {
        if building || carrying.thing().is_some() || loose.is_empty() {
            return None;
        }
        let (camera, me) = (camera.single().ok()?, me.single().ok()?);
        let (state, person) = (things.state()?, things.me()?);
        let along = camera.forward();
        let eyes = me.translation + Vec3::Y * EYES_METRES;
        // What is between the camera and one's own head is behind one.
        let from = camera.translation + *along * (eyes - camera.translation).dot(*along).max(0.0);
        let filter = SpatialQueryFilter::default();
        let ray = space.cast_ray(from, along, REACH_METRES + 1.0, true, &filter);
        let first = ray.and_then(|hit| loose.get(hit.entity).ok());
        let far = ray.map_or(REACH_METRES, |hit| hit.distance).min(REACH_METRES);
        let near = || {
            let ball = avian3d::prelude::Collider::sphere(WIDE_METRES);
            let at = from + *along * (far - WIDE_METRES).max(0.3);
            let lies = space.shape_intersections(&ball, at, Quat::IDENTITY, &filter);
            // So wide it reaches through a thin wall that one stands before.
            lies.into_iter().find_map(|entity| {
                let found = loose.get(entity).ok()?;
                let (way, far) = Dir3::new_and_length(found.2.0 - from).ok()?;
                let walls = ground().with_excluded_entities([entity]);
                let wall = space.cast_ray(from, way, far, true, &walls);
                wall.is_none().then_some(found)
            })
        };
        let (Solid(thing), body, _) = first.or_else(near)?;
        let mine = session.me();
        let free = motion.holder(*thing).is_none_or(|by| Some(by) == mine);
        let may = may_hold(state, person, things.may(), *thing).is_ok();
        (free && may && body.mass_kg <= MOST_KG).then_some(*thing)
    };
    in_reach.set_if_neq(InReach(found()));
}

fn take(
    hands: Res<Hands>,
    screens: Res<Screens>,
    phase: Res<State<SessionPhase>>,
    in_reach: Res<InReach>,
    door: Res<AtHand>,
    carrying: Res<Carrying>,
    hand: Res<Hand>,
    me: Query<&Body, With<Me>>,
    mouse: Res<ButtonInput<MouseButton>>,
    pointer: Res<Pointer>,
    mut pointed: Local<bool>,
    mut grab: MessageWriter<Grab>,
    mut let_go: MessageWriter<LetGo>,
) {
    // A click that takes the pointer throws nothing.
    let clicked = std::mem::replace(&mut *pointed, pointer.held())
        && pointer.held()
        && mouse.just_pressed(MouseButton::Left);
    if screens.blocks_walking() || !in_world(phase.get()) || !hand.is_empty() {
        return;
    }
    if carrying.thing().is_some() {
        if hands.started(Doing::Throw) || clicked {
            let_go.write(LetGo { thrown: true });
        } else if hands.started(Doing::Act) {
            let_go.write(LetGo { thrown: false });
        }
        return;
    }
    let sits = me.iter().any(|body| body.offer.is_some());
    if let Some(thing) = in_reach.0
        && hands.started(Doing::Act)
        && !sits
        && door.0.is_none()
    {
        grab.write(Grab { thing });
    }
}

fn tell(mut refused: MessageReader<NotGrabbed>, words: Res<Words>, mut notices: MessageWriter<Notice>) {
    for NotGrabbed { why } in refused.read() {
        let key = match why {
            NotHeld::NotAllowed => "motion-not-allowed",
            NotHeld::Taken => "motion-taken",
            NotHeld::Locked => "building-locked",
            NotHeld::Blocked => "building-blocked",
            NotHeld::TooFar => "motion-too-far",
            NotHeld::TooHeavy => "motion-too-heavy",
            NotHeld::Gone => "building-gone",
        };
        notices.write(Notice::plain(words.say(key)));
    }
}

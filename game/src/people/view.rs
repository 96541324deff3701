//! How people look: a body for everyone in the room, moved by their posture.
//!
//! Flow: a [`Person`] appears → `dress` gives them a body of the default family in the same frame → `detail` says how
//! much of it is drawn → `animate` turns [`Posture`] and the way they came since the last frame into joints (`motion`).
//! Invariant: presence is guaranteed: the body needs no file from elsewhere and no download.
//!
//! Cost: near people are moved in every frame and have their feet set on the ground; farther ones are moved less often
//! and with fewer triangles; beyond [`detail::FAR_METRES`] they are a mesh without joints, chosen from a few poses.

mod detail;
pub(crate) mod family;
pub(crate) mod mirror;
pub(crate) mod motion;
pub(crate) mod paint;
mod shade;
pub(crate) mod suit;
mod tailor;

use super::look::Look;
use super::mute::Muted;
use super::{Person, Posture};
use crate::body::camera::{CameraSystems, Eye, MainCamera};
use crate::voice::Speaking;
use avian3d::prelude::*;
use bevy::camera::visibility::ViewVisibility;
use bevy::prelude::*;
use detail::Detail;
use family::{JAW, JOINTS, LEFT_EYE, RIGHT_EYE};
use holm_net::pose::Gait;
use motion::{Held, LIMBS, Limb, Mover, Seen, Skeleton, Solved};
use tailor::Tailor;

/// Where the eyes of a middling islander are, for the first-person camera, metres above the feet.
pub(crate) const EYE_HEIGHT: f32 = 1.45;

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((suit::plugin, mirror::plugin))
        .configure_sets(Update, LookSystems::Animate.after(CameraSystems::Follow))
        .add_systems(
            Update,
            (
                shade::light,
                dress,
                hide,
                suit::wear,
                detail::choose,
                suit::show_one_of_both,
                shade::cast,
                animate,
                suit::show_faces,
                tailor::put_away,
            )
                .chain()
                .in_set(LookSystems::Animate),
        );
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LookSystems {
    /// `Update`, after the camera stands: joints.
    Animate,
}

/// How high somebody is, metres above their feet: names float above it.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stature {
    pub(crate) top: f32,
}

/// Somebody's body: what draws it and what moves it.
#[derive(Component)]
pub(crate) struct Figure {
    look: Look,
    /// Everything hangs on it.
    model: Entity,
    /// Drawn with joints.
    shape: Entity,
    /// Drawn without, when far.
    still: Entity,
    joints: [Entity; JOINTS],
    /// Of whoever sits here.
    shade: Option<shade::Shade>,
    rest: [Vec3; JOINTS],
    skeleton: Skeleton,
    mover: Mover,
    detail: Detail,
    /// Seconds since the joints were last moved.
    waited: f32,
    /// How high the ground is below each foot, against the feet's place.
    ground: [f32; 2],
    /// Which of the still poses is shown.
    shown: Option<u8>,
}

/// Marks what [`Figure`] moves.
#[derive(Component)]
pub(crate) struct Joint;

fn dress(
    mut commands: Commands,
    tailor: Option<ResMut<Tailor>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut binds: ResMut<Assets<bevy::mesh::skinning::SkinnedMeshInverseBindposes>>,
    mut people: Query<(
        Entity,
        &Person,
        Option<&crate::avatar::Wearing>,
        Option<&mut Figure>,
    )>,
) {
    if people.is_empty() {
        return;
    }
    let Some(mut tailor) = tailor else {
        // Unpacked when the first person comes, so that the title screen starts sooner; people wait one frame.
        commands.init_resource::<Tailor>();
        return;
    };
    for (entity, person, wearing, figure) in &mut people {
        let look = wearing.map_or_else(
            || Look::of_account(&person.account.0),
            |wearing| wearing.look.checked(),
        );
        let before = match figure {
            Some(figure) if figure.look == look => continue,
            Some(figure) => {
                commands.entity(figure.model).try_despawn();
                Some(figure.mover.clone())
            }
            None => None,
        };
        let sewn = tailor.sew(&look, &mut meshes, &mut binds);
        let own = f32::from(person.account.0[3]) / 37.0;
        let mut mover = before.unwrap_or_else(|| Mover::new(own, sewn.legs));
        mover.set_legs(sewn.legs);
        tailor::dress(&mut commands, entity, &look, &sewn, mover, person.me);
    }
}

/// Whoever is blocked is not there to be seen, and is seen again afterwards.
fn hide(muted: Res<Muted>, mut people: Query<(&Person, &mut Visibility), With<Figure>>) {
    for (person, mut visibility) in &mut people {
        let wanted = if muted.is_blocked(&person.account) {
            Visibility::Hidden
        } else {
            Visibility::Inherited
        };
        visibility.set_if_neq(wanted);
    }
}

/// Feet are set on the ground of this many people, and no farther from the eye than that, metres: beyond a few steps
/// nobody sees a sole in the grass.
const MOST_GROUNDED: usize = 10;
const GROUNDED_METRES: f32 = 12.0;
/// How far above and below the feet ground is looked for, metres: a stair of usual height.
const GROUND_REACH: f32 = 0.34;

fn animate(
    mut people: Query<
        (
            &Person,
            &Transform,
            &Posture,
            &mut Figure,
            Option<&mut suit::Rig>,
            Option<&Speaking>,
        ),
        Without<Joint>,
    >,
    mut joints: Query<&mut Transform, (With<Joint>, Without<MainCamera>)>,
    mut stills: Query<&mut Mesh3d>,
    seen: Query<&ViewVisibility>,
    camera: Query<&Transform, (With<MainCamera>, Without<Joint>, Without<Person>)>,
    mut tailor: Option<ResMut<Tailor>>,
    mut meshes: ResMut<Assets<Mesh>>,
    space: Option<SpatialQuery>,
    eye: Res<Eye>,
    time: Res<Time<Real>>,
) {
    let step = time.delta_secs().clamp(1e-4, 0.25);
    let from = camera.iter().next().map(|camera| camera.translation);
    let mut grounded = 0;
    let mut swayed = 0;
    for (person, place, posture, mut figure, rig, speaking) in &mut people {
        let figure = &mut *figure;
        figure.waited += step;
        let metres = from.map_or(5.0, |from| from.distance(place.translation));
        let is_seen = |shape: Entity| seen.get(shape).is_ok_and(|seen| seen.get());
        let on_screen = is_seen(figure.shape)
            || is_seen(figure.still)
            || rig.as_ref().is_some_and(|rig| rig.shapes().any(is_seen));
        if figure.waited < figure.detail.every_secs(metres, on_screen || person.me) {
            continue;
        }
        let waited = core::mem::take(&mut figure.waited);
        let pose = &posture.pose;
        // Longer legs take longer steps, whoever brought them.
        let legs = rig.as_ref().map_or(&figure.skeleton, |rig| rig.skeleton()).scale;
        figure.mover.set_legs(legs);
        figure.mover.advance(
            &Seen {
                position: place.translation,
                yaw: pose.yaw,
                head_yaw: pose.head_yaw,
                pitch: pose.pitch,
                gait: pose.gait,
                gesture: pose.gesture,
                talk: speaking.map_or(0.0, |speaking| motion::talk(speaking.level)),
            },
            waited,
        );
        if figure.detail == Detail::Still {
            let wanted = tailor::Still::of(pose.gait, pose.gesture, &figure.mover);
            if figure.shown != Some(wanted)
                && let Some(tailor) = tailor.as_mut()
                && let Ok(mut mesh) = stills.get_mut(figure.still)
            {
                mesh.0 = tailor.still(&figure.look, wanted, &mut meshes);
                figure.shown = Some(wanted);
            }
            continue;
        }
        let held = figure.mover.held();
        let stands = held.planted > 0.5 && !matches!(pose.gait, Gait::Air);
        let mut ground = [0.0; 2];
        if stands
            && metres < GROUNDED_METRES
            && grounded < MOST_GROUNDED
            && let Some(space) = &space
        {
            grounded += 1;
            ground = below(space, place, &held, legs);
        }
        let ease = 1.0 - (-18.0 * waited).exp();
        for (kept, found) in figure.ground.iter_mut().zip(ground) {
            *kept += (found - *kept) * ease;
        }
        let headless = person.me && !eye.sees_oneself();
        if let Some(mut rig) = rig {
            let solved = motion::solve(&held, rig.skeleton(), figure.ground);
            rig.hold(&solved, &held);
            swayed += rig.sway_cost();
            let swings = on_screen && figure.detail <= Detail::Plain && swayed <= suit::MOST_SWAYED;
            rig.swing(place, waited, swings);
            rig.write(headless, &mut joints);
            continue;
        }
        let solved = motion::solve(&held, &figure.skeleton, figure.ground);
        figure.write(&solved, &held, headless, &mut joints);
    }
}

/// How high the ground is below each foot, against the place of the body.
fn below(space: &SpatialQuery, place: &Transform, held: &Held, scale: f32) -> [f32; 2] {
    let filter = SpatialQueryFilter::default();
    held.feet.map(|foot| {
        let at = place.transform_point(Vec3::new(foot.at.x, 0.0, foot.at.z) * scale);
        space
            .cast_ray(
                at + Vec3::Y * GROUND_REACH,
                Dir3::NEG_Y,
                GROUND_REACH * 2.0,
                true,
                &filter,
            )
            .map_or(0.0, |hit| GROUND_REACH - hit.distance)
    })
}

impl Figure {
    /// What of them can be drawn: with joints, and without.
    pub(crate) fn shapes(&self) -> [Entity; 2] {
        [self.shape, self.still]
    }

    /// How far its legs have gone, in strides.
    pub(crate) fn stride(&self) -> f32 {
        self.mover.stride()
    }

    /// How high it is with a hat on.
    fn stature(&self) -> Stature {
        Stature {
            top: self.rest[Limb::Head as usize].y + 0.46,
        }
    }

    /// Puts every joint where it belongs.
    fn write(
        &self,
        solved: &Solved,
        held: &Held,
        headless: bool,
        joints: &mut Query<&mut Transform, (With<Joint>, Without<MainCamera>)>,
    ) {
        for (joint, entity) in self.joints.iter().enumerate() {
            let Ok(mut transform) = joints.get_mut(*entity) else {
                continue;
            };
            let mut next = Transform::from_translation(match family::parent(joint) {
                None => solved.hips,
                Some(parent) => self.rest[joint] - self.rest[parent],
            });
            if joint < LIMBS {
                next.rotation = solved.turns[joint];
            } else if joint == JAW {
                // Laughing is wide, speaking round; what is higher comes out of the face a little, or it would sink in.
                next.scale = Vec3::new(
                    1.0 + 0.15 * held.mouth - 0.3 * held.talk,
                    1.0 + 1.2 * held.mouth + 1.4 * held.talk,
                    1.0 + 0.06 * held.talk,
                );
            } else if joint == LEFT_EYE || joint == RIGHT_EYE {
                next.rotation = Quat::from_rotation_y(held.eyes.x) * Quat::from_rotation_x(held.eyes.y);
                next.scale.y = 1.0 - 0.9 * held.blink;
            }
            let whole = next;
            if joint == Limb::Head as usize && headless {
                // In first person one does not look through one's own face, but down at one's own coat.
                next.scale = Vec3::splat(0.001);
            }
            *transform = next;
            if let Some(shade) = &self.shade
                && let Some(place) = shade::HEAD.iter().position(|of| *of == joint)
                && let Ok(mut transform) = joints.get_mut(shade.head[place])
            {
                *transform = whole;
            }
        }
    }
}

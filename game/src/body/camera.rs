//! The eye: over the shoulder, or one's own.
//!
//! Flow: `input` turns [`Eye`] → after the body is shown, `follow` puts the camera behind it, nearer when a wall
//! is between (`room` asks the world), and on the head's side of the surface of water (`waterline`).
//! Invariants: nothing is ever nearer to the camera than its near plane's corners, so that no wall is cut open; nor is it
//! in the surface of water, where there is room beside that. What comes between it and the head is seen coming and the
//! camera is on its way before; going back is slow, so that passing a post does not pump. Where one looks and where one's
//! body is are never eased: what is eased is only how high the eye is (bending down, sitting, coming through the surface of
//! water), how far behind and on which side, so that no own motion is late.

mod room;
#[cfg(test)]
mod walks;
mod waterline;

use super::rides::Rides;
use super::rules::{CROUCHED_METRES, HEIGHT_METRES};
use super::{BodySystems, Intent, SpawnPoint};
use crate::people::view::EYE_HEIGHT;
use crate::people::{Me, Posture};
use crate::settings::Settings;
use crate::world::CurrentWorld;
use avian3d::prelude::SpatialQuery;
use bevy::prelude::*;
use core::f32::consts::FRAC_PI_2;
use holm_net::pose::{Gait, SEAT_METRES};
use room::Room;
use waterline::Waterline;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Eye>()
        .add_message::<SwitchShoulder>()
        .configure_sets(Update, CameraSystems::Follow.after(BodySystems::Show))
        .add_systems(PreUpdate, face_as_spawned.after(BodySystems::Embody))
        .add_systems(
            Update,
            (switch_shoulder, follow).chain().in_set(CameraSystems::Follow),
        );
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CameraSystems {
    /// `Update`, after everybody stands where they are shown.
    Follow,
}

/// A wish: look over the other shoulder.
#[derive(Message, Clone, Copy, Debug, Default)]
pub struct SwitchShoulder;

/// The one camera of the client. It always exists: the title screen looks through it, too.
#[derive(Component)]
pub struct MainCamera;

/// Where one looks.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Eye {
    /// Radians about +y; 0 looks along −z, positive turns left.
    pub yaw: f32,
    /// Radians; up is positive.
    pub pitch: f32,
    /// Metres behind the head that are wished for.
    pub distance: f32,
    pub first_person: bool,
    /// Over the left shoulder instead of the right.
    pub left_shoulder: bool,
    /// Metres behind the head that there is room for.
    shown: f32,
    /// `distance`, on its way there.
    zoomed: f32,
    /// Metres to the right of the head; left is negative.
    side: f32,
    /// Metres above the feet.
    height: f32,
    /// Metres above the head that the camera turns about.
    over: f32,
    /// So near to the head that one's own figure would be around the eye.
    close: bool,
    waterline: Waterline,
}

impl Default for Eye {
    fn default() -> Self {
        Self {
            yaw: 0.0,
            pitch: RESTING_PITCH,
            distance: 3.6,
            first_person: false,
            left_shoulder: false,
            shown: 3.6,
            zoomed: 3.6,
            side: SHOULDER,
            height: EYE_HEIGHT,
            over: OVER,
            close: false,
            waterline: Waterline::default(),
        }
    }
}

/// A little downwards, radians: the ground before one's feet is in the picture.
const RESTING_PITCH: f32 = -0.12;
/// Straight up and down would turn the view around.
const MAX_PITCH: f32 = FRAC_PI_2 - 0.05;
/// Nearer than this one sees the inside of one's own head; the view becomes first person.
const NEAREST: f32 = 1.1;
const FARTHEST: f32 = 9.0;
/// How far beside the head the eye is in third person, metres: one's own figure does not stand before what one
/// looks at.
const SHOULDER: f32 = 0.38;
/// How far above the head, metres: one looks over it.
const OVER: f32 = 0.22;
/// Nearer than this to one's head one sees its inside, where a wall pushes the eye that close…
const FACE: f32 = 0.5;
/// …and no longer from here on. Between the two it stays as it is, so that nothing flickers.
const FACE_AGAIN: f32 = 0.62;
/// How quickly the eye follows, per second: zoom, out of the way of what comes between, back from it, shoulder, bending
/// down. 0.1 to 0.3 s.
const ZOOM_RATE: f32 = 14.0;
const AWAY_RATE: f32 = 28.0;
const BACK_RATE: f32 = 6.0;
const SIDE_RATE: f32 = 9.0;
const HEIGHT_RATE: f32 = 11.0;
/// The near plane, metres: half of what Bevy has, so that its corners stay close at every field of view.
const NEAR_METRES: f32 = 0.05;

impl Eye {
    /// Turns by radians, e.g. of mouse motion. Nonsense does nothing.
    pub fn turn(&mut self, yaw: f32, pitch: f32) {
        if yaw.is_finite() && pitch.is_finite() {
            self.yaw = (self.yaw + yaw).rem_euclid(core::f32::consts::TAU);
            self.pitch = (self.pitch + pitch).clamp(-MAX_PITCH, MAX_PITCH);
        }
    }

    /// Nearer for positive `steps` (wheel notches), through the head into first person and back out.
    pub fn zoom(&mut self, steps: f32) {
        if steps == 0.0 || !steps.is_finite() {
            return;
        }
        if self.first_person {
            if steps < 0.0 {
                self.first_person = false;
                self.distance = NEAREST + 0.3;
            }
            return;
        }
        let wished = self.distance * 0.86f32.powf(steps.clamp(-6.0, 6.0));
        if wished < NEAREST {
            self.first_person = true;
        }
        self.distance = wished.clamp(NEAREST, FARTHEST);
    }

    pub fn rotation(&self) -> Quat {
        Quat::from_rotation_y(self.yaw) * Quat::from_rotation_x(self.pitch)
    }

    /// Whether one's own figure is in the picture, rather than around the eye.
    pub fn sees_oneself(&self) -> bool {
        !self.first_person && !self.close
    }

    /// One frame's answer to the metres that are free behind the head; `soon` of them will be.
    fn settle(&mut self, free: f32, soon: f32, pace: Pace) -> f32 {
        self.zoomed = pace.ease(self.zoomed, self.distance, ZOOM_RATE);
        let target = self.zoomed.min(soon).min(free).max(0.0);
        let rate = if target < self.shown { AWAY_RATE } else { BACK_RATE };
        self.shown = pace.ease(self.shown, target, rate).min(free).max(0.0);
        self.close = self.shown < if self.close { FACE_AGAIN } else { FACE };
        self.shown
    }

    /// The same for the shoulder: `free` says how many metres are on the right, or for −1 on the left.
    fn lean(&mut self, free: impl Fn(f32) -> f32, pace: Pace) -> f32 {
        let wished = self.side_wished();
        let target = wished.signum() * free(wished.signum()).min(SHOULDER);
        let eased = pace.ease(self.side, target, SIDE_RATE);
        // Never further into a wall than there is room, on whichever side it still is.
        let most = if eased * target > 0.0 {
            target.abs()
        } else {
            free(eased.signum())
        };
        self.side = eased.clamp(-most, most);
        self.side
    }

    /// The same for what is above: down at once, up softly.
    fn rise(&mut self, free: f32, pace: Pace) -> f32 {
        self.over = pace.ease(self.over, OVER, HEIGHT_RATE).min(free);
        self.over
    }

    fn side_wished(&self) -> f32 {
        if self.left_shoulder { -SHOULDER } else { SHOULDER }
    }
}

/// How much of a change one frame shows.
#[derive(Clone, Copy, Debug)]
struct Pace {
    secs: f32,
    /// Nothing moves by itself: changes are there at once.
    still: bool,
}

impl Pace {
    fn ease(self, from: f32, to: f32, rate: f32) -> f32 {
        if self.still {
            to
        } else {
            from + (to - from) * (1.0 - (-self.secs * rate).exp())
        }
    }
}

/// How high the eyes are above [`holm_net::pose::Pose::position`], metres.
pub(crate) fn eye_height(gait: Gait) -> f32 {
    match gait {
        // Hips on the seat, the upper body as ever: eyes are 0.7 m above the hips.
        Gait::Sit => SEAT_METRES + 0.70,
        // Below the crown of the bent body, 1.1 m.
        Gait::Crouch => EYE_HEIGHT - 0.5,
        Gait::Ground | Gait::Run | Gait::Air | Gait::Swim | Gait::Climb => EYE_HEIGHT,
    }
}

pub(super) fn switch_shoulder(mut wishes: MessageReader<SwitchShoulder>, mut eye: ResMut<Eye>) {
    if wishes.read().count() % 2 == 1 {
        eye.left_shoulder = !eye.left_shoulder;
    }
}

/// One looks where the spawn point looks: on arrival, and again when the world says where it is.
fn face_as_spawned(mut eye: ResMut<Eye>, spawn: Res<SpawnPoint>, me: Query<Ref<Intent>, With<Me>>) {
    for intent in &me {
        if intent.is_added() || spawn.is_changed() {
            eye.yaw = spawn.yaw;
            eye.pitch = RESTING_PITCH;
        }
    }
}

fn follow(
    me: Query<(&Transform, &Posture), (With<Me>, Without<MainCamera>)>,
    mut camera: Query<(&mut Transform, &mut Projection), With<MainCamera>>,
    mut eye: ResMut<Eye>,
    settings: Res<Settings>,
    space: SpatialQuery,
    rides: Res<Rides>,
    world: Res<CurrentWorld>,
    time: Res<Time<Real>>,
) {
    let (Ok((me, posture)), Ok((mut camera, mut projection))) = (me.single(), camera.single_mut()) else {
        return;
    };
    let corner = lens(&mut projection, settings.field_of_view_degrees.to_radians());
    let pace = Pace {
        secs: time.delta_secs(),
        still: settings.reduced_motion,
    };
    eye.height = pace.ease(eye.height, eye_height(posture.pose.gait), HEIGHT_RATE);
    let head = me.translation + Vec3::Y * eye.height;
    let rotation = eye.rotation();
    camera.rotation = rotation;
    if eye.first_person {
        // The way out begins at the head.
        (eye.shown, eye.zoomed, eye.side) = (0.0, 0.0, 0.0);
        eye.waterline = Waterline::default();
        // A hand's breadth before the face, so that one's own cap is never in the picture.
        camera.translation = head + Quat::from_rotation_y(eye.yaw) * Vec3::new(0.0, 0.02, -0.10);
        return;
    }
    let room = Room::new(&space, &rides, corner);
    // The highest place inside of the body that surely touches nothing: bodies keep out of everything.
    let crown = match posture.pose.gait {
        Gait::Crouch => CROUCHED_METRES,
        _ => HEIGHT_METRES,
    };
    let inside = me.translation + Vec3::Y * eye.height.min(room.under(crown));
    let neck = head.y - inside.y;
    let over = eye.rise(room.above(inside, neck + OVER) - neck, pace);
    let above = head + Vec3::Y * over;
    let right = Quat::from_rotation_y(eye.yaw) * Vec3::X;
    let side = eye.lean(|side| room.beside(above, right * side, SHOULDER), pace);
    let pivot = above + right * side;
    let back = rotation * Vec3::Z;
    let water = world.document.as_ref();
    let surface = water.and_then(|world| world.fixtures.surface_near(pivot + back * eye.distance));
    let dry = surface.map_or(f32::INFINITY, |surface| {
        eye.waterline.follow(head.y - surface);
        eye.waterline.reach(pivot.y - surface, back.y)
    });
    let (free, soon) = room
        .behind(pivot, rotation, eye.distance)
        .unwrap_or((eye.shown, eye.shown));
    let mut shown = eye.settle(free, soon.min(dry), pace);
    let place = |shown: f32| pivot + back * shown;
    let height = |shown: f32| surface.map(|surface| place(shown).y - surface);
    eye.waterline.cross(height(shown), pace);
    let waterline = eye.waterline;
    let lifted = |shown: f32| place(shown) + Vec3::Y * waterline.lift(height(shown));
    // Casts are exact to some millimetres only, rounding adds up where several walls meet, and no cast went to where the
    // water lifts it.
    while shown > 0.0 && !room.is_clear(lifted(shown)) {
        shown = (shown - STEP_IN_METRES).max(0.0);
    }
    eye.shown = shown;
    let at = lifted(shown);
    camera.translation = if shown > 0.0 || room.is_clear(at) {
        at
    } else {
        inside
    };
}

/// How far the eye is pulled in at a time where it is too near to something, metres.
const STEP_IN_METRES: f32 = 0.1;

/// The lens as it is wished for; how far the corners of its near plane are from the eye, metres.
fn lens(projection: &mut Mut<Projection>, field_of_view: f32) -> f32 {
    let Projection::Perspective(now) = &**projection else {
        return NEAR_METRES;
    };
    let (aspect, up) = (now.aspect_ratio, (field_of_view * 0.5).tan());
    if ((now.fov - field_of_view).abs() > 1e-4 || now.near != NEAR_METRES)
        && let Projection::Perspective(lens) = &mut **projection
    {
        lens.fov = field_of_view;
        lens.near = NEAR_METRES;
        lens.near_clip_plane = Vec4::new(0.0, 0.0, -1.0, -NEAR_METRES);
    }
    NEAR_METRES * (1.0 + up * up * (1.0 + aspect * aspect)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Pace = Pace {
        secs: 0.016,
        still: false,
    };

    fn settled(eye: &mut Eye, free: f32) -> f32 {
        eye.settle(free, free, FRAME)
    }

    #[test]
    fn what_will_come_between_is_made_way_for_softly_and_before_it_does() {
        let mut eye = Eye::default();
        let first = eye.settle(3.6, 1.0, FRAME);
        assert!(first < 3.4 && first > 2.3, "{first}");
        for _ in 0..30 {
            eye.settle(3.6, 1.0, FRAME);
        }
        assert!(eye.shown < 1.1, "{eye:?}");
    }

    #[test]
    fn a_wall_is_never_passed_and_the_way_back_is_slow() {
        let mut eye = Eye::default();
        assert_eq!(settled(&mut eye, 0.8), 0.8);
        let a_moment_later = settled(&mut eye, f32::INFINITY);
        assert!(a_moment_later > 0.8 && a_moment_later < 1.4, "{a_moment_later}");
        for _ in 0..200 {
            settled(&mut eye, f32::INFINITY);
        }
        assert!((eye.shown - eye.distance).abs() < 0.01);
    }

    #[test]
    fn a_wall_beside_one_holds_the_shoulder_and_the_other_is_reached_softly() {
        let mut eye = Eye::default();
        assert_eq!(eye.lean(|_| 0.1, FRAME), 0.1);
        eye.left_shoulder = true;
        let mut before = 0.1;
        for _ in 0..100 {
            let side = eye.lean(|_| 1.0, FRAME);
            assert!(side <= before && before - side < 0.09, "{before} to {side}");
            before = side;
        }
        assert!((before + SHOULDER).abs() < 0.01, "{before}");
        assert!((eye.lean(|_| 0.0, FRAME)).abs() < 1e-6, "never into a wall");
    }

    #[test]
    fn zooming_is_soft_and_with_reduced_motion_at_once() {
        let mut eye = Eye::default();
        eye.zoom(-3.0);
        let wanted = eye.distance;
        let first = settled(&mut eye, f32::INFINITY);
        assert!(first > 3.6 && first < wanted - 0.5, "{first} of {wanted}");
        let still = Pace { still: true, ..FRAME };
        assert_eq!(eye.settle(f32::INFINITY, f32::INFINITY, still), wanted);
        eye.zoom(2.0);
        assert_eq!(eye.settle(f32::INFINITY, f32::INFINITY, still), eye.distance);
    }

    #[test]
    fn a_wall_at_ones_back_leaves_no_figure_around_the_eye() {
        let mut eye = Eye::default();
        assert!(eye.sees_oneself());
        settled(&mut eye, 0.2);
        assert!(!eye.sees_oneself());
        settled(&mut eye, 0.3);
        while eye.shown < 0.55 {
            settled(&mut eye, 0.56);
        }
        assert!(!eye.sees_oneself(), "not there and gone again about one place");
        while eye.shown < 0.7 {
            settled(&mut eye, 2.0);
        }
        assert!(eye.sees_oneself());
        eye.first_person = true;
        assert!(!eye.sees_oneself());
    }

    #[test]
    fn the_wheel_goes_through_the_head_and_back() {
        let mut eye = Eye::default();
        for _ in 0..20 {
            eye.zoom(1.0);
        }
        assert!(eye.first_person);
        eye.zoom(-1.0);
        assert!(!eye.first_person && eye.distance >= NEAREST);
        for _ in 0..50 {
            eye.zoom(-1.0);
        }
        assert!(eye.distance <= FARTHEST);
    }

    #[test]
    fn one_looks_where_the_spawn_point_looks_and_then_where_one_likes() {
        let mut app = App::new();
        let spawn = SpawnPoint {
            yaw: 1.0,
            ..default()
        };
        app.init_resource::<Eye>()
            .insert_resource(spawn)
            .add_systems(Update, face_as_spawned);
        app.world_mut().spawn((Me, Intent::default()));
        app.update();
        assert_eq!(app.world().resource::<Eye>().yaw, 1.0);
        app.world_mut().resource_mut::<Eye>().turn(0.5, 0.0);
        app.update();
        assert_eq!(app.world().resource::<Eye>().yaw, 1.5);
        app.world_mut().resource_mut::<SpawnPoint>().yaw = 2.0;
        app.update();
        assert_eq!(app.world().resource::<Eye>().yaw, 2.0, "the world one waited for");
    }

    #[test]
    fn looking_up_stops_before_it_turns_over() {
        let mut eye = Eye::default();
        eye.turn(100.0, 50.0);
        assert!(eye.pitch < FRAC_PI_2 && (0.0..core::f32::consts::TAU).contains(&eye.yaw));
        let before = eye;
        eye.turn(f32::NAN, 0.0);
        assert_eq!(eye, before);
    }
}

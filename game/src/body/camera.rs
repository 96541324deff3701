//! The eye: over the shoulder, or one's own.
//!
//! Flow: `input` turns [`Eye`] → after the body is shown, `follow` puts the camera behind it, nearer when a wall
//! is between.
//! Invariant: the camera never looks from inside a wall, and coming nearer is instant while going back is slow,
//! so that passing a post does not pump.

use super::{BodySystems, Intent, SpawnPoint};
use crate::people::view::EYE_HEIGHT;
use crate::people::{Me, Posture};
use crate::settings::Settings;
use avian3d::prelude::*;
use bevy::prelude::*;
use core::f32::consts::FRAC_PI_2;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Eye>()
        .configure_sets(Update, CameraSystems::Follow.after(BodySystems::Show))
        .add_systems(PreUpdate, face_as_spawned.after(BodySystems::Embody))
        .add_systems(Update, follow.in_set(CameraSystems::Follow));
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CameraSystems {
    /// `Update`, after everybody stands where they are shown.
    Follow,
}

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
    /// Metres behind the head that there is room for.
    shown: f32,
}

impl Default for Eye {
    fn default() -> Self {
        Self {
            yaw: 0.0,
            pitch: RESTING_PITCH,
            distance: 3.6,
            first_person: false,
            shown: 3.6,
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
/// Thicker than the near plane's corners (0.1 m at 75°), thin enough for a doorway.
const CAMERA_RADIUS: f32 = 0.2;

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

    /// One frame's answer to `room`, the metres that are free behind the head.
    fn settle(&mut self, room: f32, secs: f32) -> f32 {
        let target = self.distance.min(room).max(0.0);
        self.shown = if target < self.shown {
            target
        } else {
            self.shown + (target - self.shown) * (1.0 - (-secs * 6.0).exp())
        };
        self.shown
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
    time: Res<Time<Real>>,
) {
    let (Ok((me, posture)), Ok((mut camera, mut projection))) = (me.single(), camera.single_mut()) else {
        return;
    };
    let field_of_view = settings.field_of_view_degrees.to_radians();
    if let Projection::Perspective(perspective) = &*projection
        && (perspective.fov - field_of_view).abs() > 1e-4
        && let Projection::Perspective(perspective) = &mut *projection
    {
        perspective.fov = field_of_view;
    }
    let crouch = if posture.pose.gait == holm_net::pose::Gait::Crouch {
        0.3
    } else {
        0.0
    };
    let head = me.translation + Vec3::Y * (EYE_HEIGHT - crouch);
    let rotation = eye.rotation();
    camera.rotation = rotation;
    if eye.first_person {
        // A hand's breadth before the face, so that one's own cap is never in the picture.
        camera.translation = head + Quat::from_rotation_y(eye.yaw) * Vec3::new(0.0, 0.02, -0.10);
        return;
    }
    let pivot = head + Vec3::Y * 0.22;
    let back = rotation * Vec3::Z;
    let room = Dir3::new(back).ok().and_then(|direction| {
        let config = ShapeCastConfig::from_max_distance(eye.distance);
        space
            .cast_shape(
                &Collider::sphere(CAMERA_RADIUS),
                pivot,
                Quat::IDENTITY,
                direction,
                &config,
                &SpatialQueryFilter::default(),
            )
            .map(|hit| hit.distance)
    });
    let distance = eye.settle(room.unwrap_or(f32::INFINITY), time.delta_secs());
    camera.translation = pivot + back * distance;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_is_never_passed_and_the_way_back_is_slow() {
        let mut eye = Eye::default();
        assert_eq!(eye.settle(0.8, 0.016), 0.8);
        let a_moment_later = eye.settle(f32::INFINITY, 0.016);
        assert!(a_moment_later > 0.8 && a_moment_later < 1.4, "{a_moment_later}");
        for _ in 0..200 {
            eye.settle(f32::INFINITY, 0.016);
        }
        assert!((eye.shown - eye.distance).abs() < 0.01);
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

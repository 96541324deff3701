//! A hundred people before one's eyes, as one meets them: some near, most across the place, walking, waving, standing.

use super::frames::{Scene, Stage};
use crate::gesture;
use crate::people::view::Figure;
use crate::people::{Person, Posture};
use crate::world::BuiltIn;
use avian3d::prelude::*;
use bevy::camera::visibility::ViewVisibility;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use holm_identity::Identity;
use holm_net::pose::{Gait, Pose, Slot};
use holm_net::transport::Path;

/// Nearest and farthest, metres: the depth of the harbour's meadow, and of the hall.
const NEAREST: f32 = 3.0;
const FARTHEST: f32 = 40.0;
/// To each side of where one looks, radians: inside the picture at four to three.
const SPREAD: f32 = 0.52;

/// Where they are in the harbour, and where one looks at them from.
pub(super) fn place(people: u16) -> Scene {
    Scene {
        name: "harbour",
        stage: Stage::BuiltIn(BuiltIn::Harbour),
        eye: Vec3::new(-6.5, 4.4, 13.5),
        look: Vec3::new(2.0, 2.4, -2.0),
        people,
    }
}

/// One and a hundred in the world that comes with Holm, and on a bare floor, where nothing hides what they cost.
pub(super) fn scenes() -> Vec<Scene> {
    let harbour = |name, people| Scene {
        name,
        ..place(people)
    };
    let floor = |name, people| Scene {
        name,
        stage: Stage::Floor,
        eye: Vec3::new(0.0, 2.2, 0.0),
        look: Vec3::new(0.0, 1.0, -20.0),
        people,
    };
    vec![
        harbour("harbour-1", 1),
        harbour("harbour-100", 100),
        floor("floor-1", 1),
        floor("floor-100", 100),
    ]
}

/// Somebody of the scene: round which place they walk, how fast, and what they do.
#[derive(Component)]
struct Guest {
    around: Vec3,
    yaw: f32,
    speed: f32,
    walked: f32,
    pose: Pose,
}

pub(super) fn come(app: &mut App) {
    app.add_systems(Update, walk.before(crate::body::BodySystems::Show));
}

/// Who is in the scene.
#[derive(SystemParam)]
pub(super) struct Guests<'w, 's> {
    commands: Commands<'w, 's>,
    space: SpatialQuery<'w, 's>,
    here: Query<'w, 's, (Entity, Option<&'static Figure>), With<Guest>>,
    seen: Query<'w, 's, &'static ViewVisibility>,
}

impl Guests<'_, '_> {
    pub(super) fn send_away(&mut self) {
        for (guest, _) in &self.here {
            self.commands.entity(guest).despawn();
        }
    }

    /// How many of them are drawn.
    pub(super) fn in_view(&self) -> usize {
        let drawn = |figure: &Figure| {
            figure
                .shapes()
                .iter()
                .any(|shape| self.seen.get(*shape).is_ok_and(|seen| seen.get()))
        };
        self.here
            .iter()
            .filter(|(_, figure)| figure.is_some_and(drawn))
            .count()
    }

    pub(super) fn invite(&mut self, scene: &Scene) {
        let ahead = (scene.look - scene.eye).with_y(0.0).normalize_or(Vec3::NEG_Z);
        let aside = ahead.cross(Vec3::Y);
        for index in 0..scene.people {
            // Even over the ground: as many on each square metre. And without rows: the golden angle's share.
            let far = (f32::from(index) + 0.5) / 100.0;
            let metres = (NEAREST.powi(2) + (FARTHEST.powi(2) - NEAREST.powi(2)) * far).sqrt();
            let turn = (((f32::from(index) + 0.3) * 0.618_034).fract() * 2.0 - 1.0) * SPREAD;
            let at = scene.eye + (ahead * turn.cos() + aside * turn.sin()) * metres;
            // From well below roofs and leaves; where the ground is higher they stand on top of it.
            let from = at + Vec3::Y * 1.5;
            let ground = self
                .space
                .cast_ray(from, Dir3::NEG_Y, 60.0, true, &SpatialQueryFilter::default());
            let around = ground.map_or(at.with_y(0.0), |hit| from - Vec3::Y * hit.distance);
            let seed = (index % 250) as u8 + 3; // fits
            let identity = Identity::from_secrets(&[seed; 32], &[seed ^ 0x55; 32]);
            let mut pose = Pose::default();
            if index % 6 == 3 {
                pose.gesture = gesture::ALL[usize::from(index / 6) % gesture::ALL.len()];
            }
            let speed = [0.0, 1.5, 0.0, 0.0, 1.8][usize::from(index) % 5];
            self.commands.spawn((
                Person {
                    slot: Slot(300 + index),
                    name: format!("Guest {index}"),
                    account: identity.account(),
                    me: false,
                    ping_ms: None,
                    path: Path::Memory,
                    away: false,
                },
                Posture { pose, known: true },
                Transform::from_translation(around),
                Guest {
                    around,
                    yaw: f32::from(index) * 2.4,
                    speed,
                    walked: f32::from(index),
                    pose,
                },
            ));
        }
    }
}

/// Round in small circles, on the ground of their middle.
fn walk(mut guests: Query<(&mut Guest, &mut Posture, &mut Transform)>, time: Res<Time<Real>>) {
    const RADIUS: f32 = 0.8;
    for (mut guest, mut posture, mut place) in &mut guests {
        guest.walked += guest.speed * time.delta_secs().min(0.25);
        let (at, yaw) = if guest.speed > 0.0 {
            let angle = guest.walked / RADIUS;
            (
                guest.around + Quat::from_rotation_y(angle) * Vec3::X * RADIUS,
                angle,
            )
        } else {
            (guest.around, guest.yaw)
        };
        posture.pose = Pose {
            position: at.to_array(),
            yaw,
            gait: Gait::Ground,
            ..guest.pose
        };
        *place = Transform::from_translation(at).with_rotation(Quat::from_rotation_y(yaw));
    }
}

//! People for pictures: the family in a row, what bodies do, a crowd on the meadow.
//!
//! Flow: [`asked`] → [`gather`] puts people on the ground in front of a camera that goes with them, and moves them.
//! They are [`Person`]s without a session: what draws them cannot tell.

use super::place::View;
use crate::avatar::own::{Answer, TryOn};
use crate::gesture;
use crate::people::{Person, Posture};
use crate::world::WorldStatus;
use avian3d::prelude::*;
use bevy::prelude::*;
use holm_identity::Identity;
use holm_net::pose::{Gait, Pose, Slot};
use holm_net::transport::Path;
use std::path::PathBuf;

/// Who is in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folk {
    /// Two rows of them: builds, clothes, hats.
    Family,
    /// The six gestures.
    Emotes,
    /// Every way to go.
    Gaits,
    /// So many, around a middle.
    Crowd(u16),
    /// The same at the clock's own pace, to say how long a frame takes.
    Timed(u16),
    /// Three who brought the same avatar, beside one of the family.
    Suited,
}

/// By its name on the command line.
pub(super) fn asked(name: &str) -> Option<Folk> {
    match name {
        "family" => Some(Folk::Family),
        "emotes" => Some(Folk::Emotes),
        "gaits" => Some(Folk::Gaits),
        "crowd" => Some(Folk::Crowd(50)),
        "crowd-1" => Some(Folk::Timed(1)),
        "crowd-100" => Some(Folk::Timed(100)),
        "vrm" => Some(Folk::Suited),
        _ => None,
    }
}

/// The middle of the picture: the meadow before the fire of the harbour; and where the camera looks from there.
const MIDDLE: Vec3 = Vec3::new(-9.0, 30.0, 3.0);
const FACING: f32 = 2.45;

/// One person: where (right of and behind the middle, metres), turned against the camera, and what they do.
struct Part {
    at: Vec2,
    yaw: f32,
    pose: Pose,
    speed: f32,
    /// The avatar that was brought.
    wears: bool,
}

fn parts(folk: Folk) -> Vec<Part> {
    let plain = |x: f32, z: f32| Part {
        at: Vec2::new(x, z),
        yaw: 0.0,
        pose: Pose::default(),
        speed: 0.0,
        wears: false,
    };
    match folk {
        Folk::Family => (0..10u8)
            .map(|index| {
                let column = f32::from(index % 5) - 2.0;
                let row = f32::from(index / 5);
                let mut part = plain(column * 0.95 + row * 0.45 - 0.2, row * 1.1);
                part.yaw = -column * 0.13;
                part
            })
            .collect(),
        Folk::Emotes => gesture::ALL
            .iter()
            .enumerate()
            .map(|(index, gesture)| {
                let column = index as f32 - 2.5;
                let mut part = plain(column * 1.05, 0.0);
                part.yaw = -column * 0.10;
                part.pose.gesture = *gesture;
                part.pose.head_yaw = if *gesture == gesture::POINT { 0.5 } else { 0.0 };
                part
            })
            .collect(),
        Folk::Gaits => [
            (Gait::Ground, 1.9),
            (Gait::Run, 4.6),
            (Gait::Crouch, 0.9),
            (Gait::Air, 0.0),
            (Gait::Swim, 1.2),
            (Gait::Climb, 0.0),
            (Gait::Sit, 0.0),
            (Gait::Ground, 0.0),
        ]
        .iter()
        .enumerate()
        .map(|(index, (gait, speed))| {
            let column = index as f32 - 3.5;
            let mut part = plain(column * 1.15, 0.0);
            part.yaw = 1.0;
            part.pose.gait = *gait;
            part.speed = *speed;
            part
        })
        .collect(),
        Folk::Suited => (0..4u8)
            .map(|index| {
                let column = f32::from(index) - 1.5;
                let mut part = plain(column * 1.15, 0.0);
                part.yaw = -column * 0.15;
                match index {
                    0 | 1 => part.pose.gesture = gesture::WAVE,
                    2 => {
                        part.speed = 1.9;
                        part.at.y = 1.0;
                    }
                    _ => part.pose.gesture = gesture::LAUGH,
                }
                part.wears = index > 0;
                part
            })
            .collect(),
        Folk::Crowd(count) | Folk::Timed(count) => (0..count)
            .map(|index| {
                // A sunflower: even, without rows.
                let turn = f32::from(index) * 2.399_963;
                let out = 0.85 * f32::from(index).sqrt();
                let mut part = plain(turn.cos() * out, turn.sin() * out * 1.3 + 6.0);
                part.yaw = turn * 1.7;
                part.pose.head_yaw = (f32::from(index) * 1.3).sin() * 0.6;
                if index % 7 == 3 {
                    part.pose.gesture = gesture::ALL[usize::from(index / 7) % 6];
                }
                if index % 5 == 2 {
                    part.speed = 1.6;
                }
                part
            })
            .collect(),
    }
}

const NAMES: [&str; 12] = [
    "Ada", "Bjørn", "Mei", "Omar", "Ines", "Kofi", "Yuki", "Lou", "Pilar", "Tomasz", "Noor", "Sanne",
];

/// Somebody of the picture: where they are to be, in the camera's frame.
#[derive(Component)]
struct Extra {
    part: Part,
    walked: f32,
}

#[derive(Resource)]
struct Gathering(Folk);

/// Puts them there.
pub(super) fn gather(app: &mut App, folk: Folk, avatar: Option<PathBuf>) {
    if let Some(path) = avatar {
        app.add_systems(Startup, move |mut wishes: MessageWriter<TryOn>| -> Result {
            wishes.write(TryOn {
                bytes: std::fs::read(&path)?.into(),
                answer: Some(Answer::IMayShowIt),
            });
            Ok(())
        });
    }
    if matches!(folk, Folk::Timed(_)) {
        app.init_resource::<Clocked>().add_systems(Last, clock);
    }
    app.insert_resource(Gathering(folk)).add_systems(
        Update,
        (enter, stand).chain().before(crate::body::BodySystems::Show),
    );
}

fn enter(
    mut commands: Commands,
    gathering: Res<Gathering>,
    status: Res<WorldStatus>,
    here: Query<(), With<Extra>>,
) {
    if !matches!(*status, WorldStatus::Ready) || !here.is_empty() {
        return;
    }
    for (index, part) in parts(gathering.0).into_iter().enumerate() {
        let seed = index as u8 + 3; // at most a few dozen
        let identity = Identity::from_secrets(&[seed; 32], &[seed ^ 0x55; 32]);
        commands.spawn((
            Person {
                slot: Slot(300 + index as u16),
                name: NAMES[index % NAMES.len()].to_owned(),
                account: identity.account(),
                // Whoever is at this machine wears what they brought without telling anybody.
                me: part.wears,
                ping_ms: None,
                path: Path::Memory,
                away: index % 17 == 16,
            },
            Posture {
                pose: part.pose,
                known: true,
            },
            Transform::default(),
            Extra { part, walked: 0.0 },
        ));
    }
}

fn stand(
    gathering: Res<Gathering>,
    mut view: ResMut<View>,
    mut extras: Query<(&mut Extra, &mut Posture, &mut Transform)>,
    space: SpatialQuery,
    time: Res<Time>,
) {
    let ground = |at: Vec3| {
        space
            .cast_ray(at, Dir3::NEG_Y, 60.0, true, &SpatialQueryFilter::default())
            .map_or(0.0, |hit| at.y - hit.distance)
    };
    let turn = Quat::from_rotation_y(FACING);
    for (mut extra, mut posture, mut place) in &mut extras {
        let step = extra.part.speed * time.delta_secs();
        extra.walked += step;
        let yaw = FACING + core::f32::consts::PI + extra.part.yaw;
        let offset = turn * Vec3::new(extra.part.at.x, 0.0, -extra.part.at.y);
        // Two metres along and round again would be a jump: they walk a circle as wide as that.
        let radius = 0.8;
        let (around, facing) = if extra.part.speed > 0.0 {
            let angle = extra.walked / radius;
            let on = Quat::from_rotation_y(angle) * Vec3::X * radius;
            (on, angle)
        } else {
            (Vec3::ZERO, yaw)
        };
        let mut at = MIDDLE + offset + around;
        at.y = ground(at);
        match extra.part.pose.gait {
            Gait::Swim => at.y -= 0.55,
            Gait::Air => at.y += 0.5,
            _ => {}
        }
        posture.pose = Pose {
            position: at.to_array(),
            yaw: facing,
            ..extra.part.pose
        };
        *place = Transform::from_translation(at).with_rotation(Quat::from_rotation_y(facing));
    }
    let floor = ground(MIDDLE);
    let (back, up, look_up) = match gathering.0 {
        Folk::Family => (3.6, 1.55, 0.98),
        Folk::Emotes | Folk::Gaits => (4.6, 1.6, 0.9),
        Folk::Suited => (3.4, 1.45, 0.95),
        Folk::Crowd(_) | Folk::Timed(_) => (5.5, 3.0, 0.6),
    };
    let at = Vec3::new(MIDDLE.x, floor, MIDDLE.z);
    view.eye = at + turn * Vec3::Z * back + Vec3::Y * up;
    view.look = at + Vec3::Y * look_up + turn * Vec3::NEG_Z;
}

/// Frames take as long as they take, and are counted.
#[derive(Resource, Default)]
pub(super) struct Clocked {
    frames: Vec<f32>,
}

/// Not counted: shaders are built, meshes go to the graphics card.
const WARM_FRAMES: usize = 10;

fn clock(mut clocked: ResMut<Clocked>, time: Res<Time<Real>>, extras: Query<(), With<Extra>>) {
    if !extras.is_empty() {
        clocked.frames.push(time.delta_secs() * 1000.0);
    }
}

impl Clocked {
    /// The middle one of all frames, in a line for who asked.
    pub(super) fn say(&self) -> String {
        let mut frames: Vec<f32> = self.frames.iter().copied().skip(WARM_FRAMES).collect();
        frames.sort_by(f32::total_cmp);
        match frames.get(frames.len() / 2) {
            Some(middle) => format!("{middle:.1} ms a frame, the middle of {}", frames.len()),
            None => "no frames".to_owned(),
        }
    }
}

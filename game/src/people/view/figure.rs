//! What a person looks like until they bring an avatar of their own: a small islander in coat, scarf and
//! cap, coloured by their account key, so that the same person looks the same to everybody.
//!
//! Flow: [`Wardrobe`] holds the meshes (one set for all) and the materials (one a colour); [`dress`] spawns the
//! parts below a person; [`Joints`] says how the parts are held at a moment, and is pure.
//! Invariant: a crowd of hundreds shares six meshes and at most [`HUES`]·2 + [`SKINS`] + 1 materials.

use super::clay::Clay;
use bevy::prelude::*;
use core::f32::consts::{FRAC_PI_2, PI};
use holm_net::pose::Gait;

/// Colours of coats: those of nameplates.
const HUES: usize = crate::theme::PERSON_HUES as usize;
/// Skin tones, linear, from light to dark.
const SKIN_TONES: [[f32; 3]; 6] = [
    [0.86, 0.62, 0.48],
    [0.74, 0.48, 0.33],
    [0.58, 0.34, 0.21],
    [0.40, 0.22, 0.13],
    [0.24, 0.125, 0.075],
    [0.13, 0.07, 0.045],
];
const SKINS: usize = SKIN_TONES.len();

/// Heights above the feet, metres. Neck and shoulders turn about these points.
const HIP: f32 = 0.60;
const SHOULDER: f32 = 1.10;
const NECK: f32 = 1.22;
/// Where a name floats: above the cap's bobble, metres above the feet.
pub(crate) const NAME_HEIGHT: f32 = 1.98;
/// Where the eyes are, for the first-person camera, metres above the feet.
pub(crate) const EYE_HEIGHT: f32 = 1.45;

/// Meshes and materials all figures share.
#[derive(Resource)]
pub(crate) struct Wardrobe {
    coat: Handle<Mesh>,
    scarf: Handle<Mesh>,
    head: Handle<Mesh>,
    cap: Handle<Mesh>,
    arm: Handle<Mesh>,
    leg: Handle<Mesh>,
    coats: Vec<Handle<StandardMaterial>>,
    accents: Vec<Handle<StandardMaterial>>,
    skins: Vec<Handle<StandardMaterial>>,
    plain: Handle<StandardMaterial>,
}

impl FromWorld for Wardrobe {
    fn from_world(world: &mut World) -> Self {
        let mut meshes = world.resource_mut::<Assets<Mesh>>();
        let (coat, scarf, head) = (meshes.add(coat()), meshes.add(scarf()), meshes.add(head()));
        let (cap, arm, leg) = (meshes.add(cap()), meshes.add(arm()), meshes.add(leg()));
        let mut materials = world.resource_mut::<Assets<StandardMaterial>>();
        let mut cloth = |colour: Color| {
            materials.add(StandardMaterial {
                base_color: colour,
                perceptual_roughness: 0.92,
                reflectance: 0.25,
                ..default()
            })
        };
        let hue = |index: usize| 360.0 * index as f32 / HUES as f32;
        let coats = (0..HUES)
            .map(|index| cloth(Color::oklch(0.66, 0.085, hue(index))))
            .collect();
        // Across the wheel and a little aside: a warm scarf on a cold coat and the other way round.
        let accents = (0..HUES)
            .map(|index| cloth(Color::oklch(0.76, 0.115, (hue(index) + 165.0) % 360.0)))
            .collect();
        let skins = SKIN_TONES
            .iter()
            .map(|tone| cloth(Color::linear_rgb(tone[0], tone[1], tone[2])))
            .collect();
        let plain = cloth(Color::WHITE);
        Self {
            coat,
            scarf,
            head,
            cap,
            arm,
            leg,
            coats,
            accents,
            skins,
            plain,
        }
    }
}

const WHITE: [f32; 3] = [1.0; 3];

fn coat() -> Mesh {
    let flat = Transform::from_scale(Vec3::new(1.0, 1.0, 0.80));
    let profile = [
        (0.0, 0.50),
        (0.235, 0.50),
        (0.235, 0.50),
        (0.262, 0.52),
        (0.258, 0.60),
        (0.240, 0.74),
        (0.228, 0.88),
        (0.224, 1.00),
        (0.205, 1.09),
        (0.165, 1.16),
        (0.105, 1.20),
        (0.085, 1.25),
    ];
    let mut clay = Clay::default().lathe(&profile, 22, WHITE, flat);
    let button = [0.30, 0.22, 0.12];
    for height in [0.72, 0.86, 1.0] {
        clay = clay.ball(
            0.020,
            8,
            button,
            Transform::from_xyz(0.0, height, -0.186).with_scale(Vec3::new(1.0, 1.0, 0.6)),
        );
    }
    // Belt: darker, hides where legs swing out.
    clay.ring(
        0.232,
        0.022,
        22,
        [0.42; 3],
        Transform::from_xyz(0.0, 0.79, 0.0).with_scale(Vec3::new(1.0, 1.3, 0.81)),
    )
    .fire()
}

fn scarf() -> Mesh {
    Clay::default()
        .ring(
            0.125,
            0.055,
            18,
            WHITE,
            Transform::from_xyz(0.0, 1.205, 0.0).with_scale(Vec3::new(1.0, 0.95, 0.95)),
        )
        .ball(
            0.055,
            10,
            WHITE,
            Transform::from_xyz(0.07, 1.07, -0.19)
                .with_rotation(Quat::from_rotation_x(-0.16) * Quat::from_rotation_z(0.12))
                .with_scale(Vec3::new(0.95, 2.5, 0.42)),
        )
        .fire()
}

/// In the neck's space: the head sits above the origin and looks along −z.
fn head() -> Mesh {
    let centre = Vec3::new(0.0, 0.195, 0.0);
    let eye = [0.02, 0.02, 0.025];
    let mut clay = Clay::default().ball(
        0.190,
        22,
        WHITE,
        Transform::from_translation(centre).with_scale(Vec3::new(1.0, 1.02, 0.96)),
    );
    for side in [-1.0, 1.0] {
        clay = clay
            .ball(
                0.025,
                10,
                eye,
                Transform::from_translation(centre + Vec3::new(side * 0.068, 0.012, -0.168))
                    .with_scale(Vec3::new(0.85, 1.25, 0.55)),
            )
            // A spark in the eye: without it a face looks switched off.
            .ball(
                0.007,
                6,
                [6.0; 3],
                Transform::from_translation(
                    centre + Vec3::new(side * 0.068 + 0.008, 0.026, -0.181),
                ),
            )
            .ball(
                0.030,
                8,
                [1.0, 0.62, 0.55],
                Transform::from_translation(centre + Vec3::new(side * 0.112, -0.042, -0.142))
                    .with_scale(Vec3::new(1.0, 0.7, 0.35)),
            );
    }
    clay.ball(
        0.026,
        8,
        [0.92, 0.78, 0.72],
        Transform::from_translation(centre + Vec3::new(0.0, -0.028, -0.186)),
    )
    .fire()
}

fn cap() -> Mesh {
    let dome: Vec<_> = (0..=8)
        .map(|row| {
            let angle = FRAC_PI_2 * row as f32 / 8.0;
            (0.202 * angle.cos(), 0.178 * angle.sin())
        })
        .collect();
    let tilt = Transform::from_xyz(0.0, 0.245, 0.012).with_rotation(Quat::from_rotation_x(0.14));
    Clay::default()
        .lathe(&dome, 22, WHITE, tilt)
        .ring(0.186, 0.033, 22, [0.72; 3], tilt)
        .ball(0.052, 10, [0.95; 3], Transform::from_xyz(0.0, 0.450, 0.040))
        .fire()
}

/// In the shoulder's space: hangs down from the origin.
fn arm() -> Mesh {
    let profile = [
        (0.0, -0.46),
        (0.050, -0.455),
        (0.058, -0.42),
        (0.056, -0.30),
        (0.064, -0.12),
        (0.072, -0.01),
        (0.055, 0.045),
        (0.0, 0.062),
    ];
    Clay::default()
        .lathe(&profile, 12, WHITE, Transform::default())
        .ring(0.050, 0.017, 12, [0.55; 3], Transform::from_xyz(0.0, -0.415, 0.0))
        .ball(
            0.060,
            10,
            [0.32; 3],
            Transform::from_xyz(0.0, -0.475, -0.008).with_scale(Vec3::new(0.85, 1.15, 1.0)),
        )
        .fire()
}

/// In the hip's space: hangs down from the origin; carries its own colours.
fn leg() -> Mesh {
    let trouser = [0.055, 0.070, 0.095];
    let boot = [0.095, 0.050, 0.028];
    let profile = [
        (0.0, -0.52),
        (0.082, -0.515),
        (0.086, -0.40),
        (0.092, -0.20),
        (0.098, 0.0),
        (0.0, 0.05),
    ];
    let shaft = [
        (0.0, -0.60),
        (0.090, -0.60),
        (0.090, -0.60),
        (0.092, -0.48),
        (0.100, -0.40),
        (0.088, -0.39),
    ];
    Clay::default()
        .lathe(&profile, 12, trouser, Transform::default())
        .lathe(&shaft, 12, boot, Transform::default())
        .ball(
            0.090,
            12,
            boot,
            Transform::from_xyz(0.0, -0.548, -0.062).with_scale(Vec3::new(0.95, 0.575, 1.45)),
        )
        .fire()
}

/// How the parts are held at one moment. Angles in radians, heights in metres.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Joints {
    /// Of the whole figure: up and down with the steps, leaning into speed.
    pub(super) bob: f32,
    pub(super) lean: f32,
    /// Swing forward is positive; left, right.
    pub(super) legs: [f32; 2],
    pub(super) arms: [f32; 2],
    /// Away from the body; left, right.
    pub(super) spread: [f32; 2],
}

impl Joints {
    /// `phase` counts radians of the stride (2π is two steps), `speed` metres a second along the ground,
    /// `secs` only breathes, `waving` is 0..1 of how far the arm is up.
    pub(super) fn at(phase: f32, speed: f32, gait: Gait, secs: f32, waving: f32) -> Self {
        let speed = if speed.is_finite() {
            speed.clamp(0.0, 12.0)
        } else {
            0.0
        };
        // Full swing at 2.5 m/s; a run swings wider but not for ever.
        let swing = (speed / 2.5).min(1.0) * 0.55 + ((speed - 2.5) / 4.0).clamp(0.0, 1.0) * 0.40;
        let breath = (secs * 1.7).sin();
        let mut joints = match gait {
            Gait::Air => Self {
                bob: 0.0,
                lean: 0.06,
                legs: [0.45, -0.30],
                arms: [-0.35, -0.35],
                spread: [0.75, 0.75],
            },
            Gait::Swim => Self {
                bob: breath * 0.03,
                lean: -0.5,
                legs: [(secs * 5.0).sin() * 0.35, -(secs * 5.0).sin() * 0.35],
                arms: [0.5 + (secs * 2.5).sin() * 0.5, 0.5 + (secs * 2.5).sin() * 0.5],
                spread: [0.9, 0.9],
            },
            Gait::Climb => Self {
                bob: 0.0,
                lean: 0.0,
                legs: [0.3 + phase.sin() * 0.3, 0.3 - phase.sin() * 0.3],
                arms: [2.3 - phase.sin() * 0.4, 2.3 + phase.sin() * 0.4],
                spread: [0.15, 0.15],
            },
            Gait::Sit => Self {
                bob: breath * 0.004 - 0.33,
                lean: 0.05,
                legs: [1.45, 1.45],
                arms: [0.35, 0.35],
                spread: [0.16, 0.16],
            },
            Gait::Ground | Gait::Run | Gait::Crouch => Self {
                bob: phase.sin().abs() * swing * 0.06 + breath * 0.004,
                lean: -(speed / 7.0).min(1.0) * 0.16,
                legs: [phase.sin() * swing, -phase.sin() * swing],
                arms: [-phase.sin() * swing * 0.85, phase.sin() * swing * 0.85],
                spread: [0.16 + breath * 0.012, 0.16 + breath * 0.012],
            },
        };
        if gait == Gait::Crouch {
            joints.bob -= 0.22;
            joints.lean -= 0.25;
        }
        let waving = waving.clamp(0.0, 1.0);
        joints.arms[1] = joints.arms[1] * (1.0 - waving) + 0.20 * waving;
        joints.spread[1] = joints.spread[1] * (1.0 - waving) + (2.55 + (secs * 9.0).sin() * 0.32) * waving;
        joints
    }
}

/// The parts of one figure, so that animating looks nothing up.
#[derive(Component)]
pub(crate) struct Figure {
    body: Entity,
    head: Entity,
    arms: [Entity; 2],
    legs: [Entity; 2],
    pub(super) phase: f32,
    pub(super) speed: f32,
    pub(super) waving: f32,
    pub(super) last: Option<Vec3>,
}

impl Figure {
    /// Puts every part where `joints` and the look say.
    pub(super) fn pose(
        &self,
        joints: &Joints,
        head_yaw: f32,
        pitch: f32,
        parts: &mut Query<&mut Transform, With<Part>>,
    ) {
        let mut set = |entity: Entity, place: Transform| {
            if let Ok(mut transform) = parts.get_mut(entity) {
                *transform = place;
            }
        };
        set(
            self.body,
            Transform::from_xyz(0.0, joints.bob, 0.0).with_rotation(Quat::from_rotation_x(joints.lean)),
        );
        set(
            self.head,
            Transform::from_xyz(0.0, NECK, 0.0).with_rotation(
                // The neck gives only part of the way up and down; it looks broken otherwise.
                Quat::from_rotation_y(head_yaw.clamp(-1.4, 1.4))
                    * Quat::from_rotation_x(pitch.clamp(-1.0, 1.0) * 0.7),
            ),
        );
        for (index, side) in [(0, -1.0), (1, 1.0)] {
            set(
                self.arms[index],
                Transform::from_xyz(side * 0.205, SHOULDER, 0.0).with_rotation(
                    Quat::from_rotation_x(joints.arms[index])
                        * Quat::from_rotation_z(side * joints.spread[index]),
                ),
            );
            set(
                self.legs[index],
                Transform::from_xyz(side * 0.105, HIP, 0.0)
                    .with_rotation(Quat::from_rotation_x(joints.legs[index])),
            );
        }
    }
}

/// Marks what [`Figure`] moves.
#[derive(Component)]
pub(crate) struct Part;

/// Spawns the parts below `person`, who keeps their own transform (feet, facing −z).
pub(super) fn dress(commands: &mut Commands, wardrobe: &Wardrobe, person: Entity, account: &[u8; 32]) {
    let hue = ((crate::theme::person_hue(account) * HUES as f32).round() as usize) % HUES;
    let skin = usize::from(account[7] ^ account[19]) % SKINS;
    let coat = wardrobe.coats[hue].clone();
    let accent = wardrobe.accents[hue].clone();
    let mut shape = |mesh: &Handle<Mesh>, material: &Handle<StandardMaterial>| {
        commands
            .spawn((
                Part,
                Mesh3d(mesh.clone()),
                MeshMaterial3d(material.clone()),
                Transform::default(),
            ))
            .id()
    };
    let trunk = shape(&wardrobe.coat, &coat);
    let scarf = shape(&wardrobe.scarf, &accent);
    let head = shape(&wardrobe.head, &wardrobe.skins[skin]);
    let cap = shape(&wardrobe.cap, &accent);
    let arms = [shape(&wardrobe.arm, &coat), shape(&wardrobe.arm, &coat)];
    let legs = [
        shape(&wardrobe.leg, &wardrobe.plain),
        shape(&wardrobe.leg, &wardrobe.plain),
    ];
    commands.entity(head).add_child(cap);
    let body = commands
        .spawn((Part, Transform::default(), Visibility::default()))
        .id();
    commands
        .entity(body)
        .add_children(&[trunk, scarf, head, arms[0], arms[1]]);
    let figure = Figure {
        body,
        head,
        arms,
        legs,
        phase: 0.0,
        speed: 0.0,
        waving: 0.0,
        last: None,
    };
    commands
        .entity(person)
        .insert((figure, Visibility::default()))
        .add_children(&[body, legs[0], legs[1]]);
}

/// Radians of stride a metre of ground takes, so that feet do not skate: a step is longer when running.
pub(super) fn stride(speed: f32) -> f32 {
    PI / (0.55 + speed.clamp(0.0, 8.0) * 0.11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standing_is_still_and_walking_swings_against_the_arms() {
        let still = Joints::at(1.0, 0.0, Gait::Ground, 0.0, 0.0);
        assert_eq!(still.legs, [0.0, 0.0]);
        let walk = Joints::at(1.0, 1.8, Gait::Ground, 0.0, 0.0);
        assert!(walk.legs[0] > 0.1 && walk.legs[1] < -0.1);
        assert!(
            walk.legs[0] * walk.arms[0] < 0.0,
            "arm and leg of a side swing against each other"
        );
        let run = Joints::at(1.0, 6.0, Gait::Run, 0.0, 0.0);
        assert!(run.legs[0] > walk.legs[0] && run.lean < walk.lean);
    }

    #[test]
    fn a_wave_lifts_the_right_arm_only() {
        let rest = Joints::at(0.0, 0.0, Gait::Ground, 0.0, 0.0);
        let wave = Joints::at(0.0, 0.0, Gait::Ground, 0.0, 1.0);
        assert!(wave.spread[1] > 2.0);
        assert_eq!(wave.spread[0], rest.spread[0]);
    }

    #[test]
    fn no_speed_a_peer_can_cause_breaks_the_joints() {
        for speed in [f32::NAN, f32::INFINITY, -5.0, 1e30] {
            let joints = Joints::at(0.7, speed, Gait::Run, 3.0, 0.5);
            assert!(
                joints
                    .legs
                    .iter()
                    .chain(&joints.arms)
                    .all(|angle| angle.abs() < 1.6)
            );
            assert!(stride(speed).is_finite() || speed.is_nan());
        }
    }
}

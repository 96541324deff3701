//! Walks through narrow places of the harbour, with the camera behind: up the lighthouse, through the workshop. In every
//! frame nothing may be so near to the eye that its near plane cuts it open, and the camera moves no
//! further than one can follow.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::SimPlugins;
use crate::session::{BoxTransport, Session};
use crate::wire::GAME_PROTOCOL;
use crate::world::{BuiltIn, LoadWorld, WorldDocument, WorldStatus};
use avian3d::parry::math::Pose;
use avian3d::parry::query::PointQuery;
use avian3d::prelude::Collider;
use bevy::time::TimeUpdateStrategy;
use core::f32::consts::{PI, TAU};
use holm_identity::Identity;
use holm_net::link::RoomSecret;
use holm_net::session::host::{Host, HostConfig};
use holm_net::transport::memory::MemoryNet;
use std::sync::Arc;
use std::time::Duration;

const FRAME_SECS: f32 = 1.0 / 60.0;
/// Nothing is nearer to the eye, metres. With a lens of 100° in a picture of 16:9 the near plane's corners are 0.13 m away.
const CLEAR: f32 = 0.16;
/// How quickly a person turns while they walk, radians a second.
const TURN: f32 = 3.5;
/// Furthest in one frame, beside what one's own turning makes of it, metres: where a wall comes between at once, as an edge
/// of a door does to who turns by 200° a second. Without looking aside it was 3.6;
/// most now is 1.4, with the widest lens, around a post.
const JUMP: f32 = 1.5;
/// More than this is seen as a leap, metres; it happens in one of 25 frames of such walks at most.
const LEAP: f32 = 0.225;
const FRAMES_A_LEAP: usize = 25;

/// What a walk was like for the eye.
#[derive(Debug)]
struct Seen {
    frames: usize,
    /// Least distance to anything solid, metres, and where.
    nearest: (f32, Vec3),
    /// Frames in which something was nearer than [`CLEAR`].
    too_near: usize,
    /// Furthest that the camera went in a frame, relative to the head and to its turning; and where.
    jump: (f32, Vec3),
    /// Frames in which it went further than [`LEAP`].
    leaps: usize,
}

struct Walker {
    app: App,
    solids: Vec<Collider>,
}

impl Walker {
    fn in_the_harbour(eye: Eye, field_of_view: f32) -> Self {
        let document: Arc<WorldDocument> = Arc::new(BuiltIn::Harbour.load().unwrap());
        let mut app = crate::headless::bare();
        app.add_plugins(TransformPlugin)
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_secs_f32(
                FRAME_SECS,
            )))
            .add_plugins(SimPlugins { embodied: true })
            .insert_resource(Settings {
                field_of_view_degrees: field_of_view,
                ..default()
            })
            .add_plugins(plugin)
            .insert_resource(eye);
        let lens = PerspectiveProjection {
            aspect_ratio: 16.0 / 9.0,
            ..default()
        };
        app.world_mut()
            .spawn((MainCamera, Transform::default(), Projection::Perspective(lens)));
        app.finish();
        app.cleanup();
        let host = Host::new(HostConfig {
            identity: Identity::from_secrets(&[1; 32], &[3; 32]),
            secret: RoomSecret([7; 16]),
            world_name: "Test".into(),
            game_protocol: GAME_PROTOCOL,
            max_guests: 4,
            own_name: Some("Ada".into()),
            stream_bytes_per_sec: 32_000,
        });
        let transport: BoxTransport = Box::new(MemoryNet::new(1).host());
        app.world_mut()
            .resource_mut::<Session>()
            .open_host(host, transport, None, true, "Test".into());
        app.world_mut()
            .write_message(LoadWorld::Document(document.clone()));
        let mut ready = false;
        for _ in 0..1_000_000 {
            app.update();
            ready = *app.world().resource::<WorldStatus>() == WorldStatus::Ready;
            if ready {
                break;
            }
            std::thread::yield_now();
        }
        assert!(ready);
        let solids = document
            .solids
            .iter()
            .map(|solid| Collider::try_trimesh(solid.positions.clone(), solid.triangles.clone()).unwrap());
        Self {
            solids: solids.collect(),
            app,
        }
    }

    fn state(&mut self) -> (Vec3, Vec3, f32) {
        let world = self.app.world_mut();
        let feet = *world
            .query_filtered::<&Transform, With<Me>>()
            .single(world)
            .unwrap();
        let camera = *world
            .query_filtered::<&Transform, With<MainCamera>>()
            .single(world)
            .unwrap();
        let eye = *world.resource::<Eye>();
        (
            camera.translation,
            feet.translation + Vec3::Y * eye.height,
            eye.yaw,
        )
    }

    /// Metres from a place to the nearest thing that is solid.
    fn distance(&self, at: Vec3) -> f32 {
        self.solids
            .iter()
            .map(|solid| {
                let shape = solid.shape_scaled();
                let mesh = shape.as_trimesh().unwrap();
                let pose = Pose::from_parts(Vec3::ZERO, Quat::IDENTITY);
                mesh.project_point(&pose, at, false).point.distance(at)
            })
            .fold(f32::INFINITY, f32::min)
    }

    fn put(&mut self, feet: Vec3, yaw: f32) {
        let world = self.app.world_mut();
        let mut bodies = world.query_filtered::<&mut crate::body::Body, With<Me>>();
        let mut body = bodies.single_mut(world).unwrap();
        body.state = crate::body::rules::BodyState::standing(feet, yaw);
        body.coming = body.state;
        self.app.world_mut().resource_mut::<Eye>().yaw = yaw.rem_euclid(TAU);
        for _ in 0..40 {
            self.app.update();
        }
    }

    /// Walks from one place to the next, looking where it goes.
    fn walk(&mut self, way: &[Vec3]) -> Seen {
        let mut seen = Seen {
            frames: 0,
            nearest: (f32::INFINITY, Vec3::ZERO),
            too_near: 0,
            jump: (0.0, Vec3::ZERO),
            leaps: 0,
        };
        let (mut camera, mut head, mut yaw) = self.state();
        for (number, goal) in way.iter().enumerate() {
            let mut patience = 360;
            while (goal.xz() - head.xz()).length() > 0.4 {
                patience -= 1;
                assert!(patience > 0, "stuck at {head} on the way to {number}: {goal}");
                let flat = *goal - head;
                let wanted = (-flat.x).atan2(-flat.z);
                let turn =
                    ((wanted - yaw + PI).rem_euclid(TAU) - PI).clamp(-TURN * FRAME_SECS, TURN * FRAME_SECS);
                let world = self.app.world_mut();
                world.resource_mut::<Eye>().turn(turn, 0.0);
                let look_yaw = world.resource::<Eye>().yaw;
                // Who comes against a post goes around it, to either side.
                let tried = 360 - patience;
                let aside = match (tried > 60, tried / 15 % 4) {
                    (true, 1) => 1.0,
                    (true, 3) => -1.0,
                    _ => 0.0,
                };
                *world
                    .query_filtered::<&mut Intent, With<Me>>()
                    .single_mut(world)
                    .unwrap() = Intent {
                    walk: Vec2::new(aside, 1.0).normalize(),
                    look_yaw,
                    ..default()
                };
                self.app.update();
                let before = (camera, head);
                (camera, head, yaw) = self.state();
                seen.frames += 1;
                let near = self.distance(camera);
                if near < seen.nearest.0 {
                    seen.nearest = (near, camera);
                }
                seen.too_near += usize::from(near < CLEAR);
                // Turning with the head is no jump: where the camera would be, had it only turned.
                let turned = Quat::from_rotation_y(turn) * (before.0 - before.1);
                let jump = (camera - head).distance(turned);
                seen.leaps += usize::from(jump > LEAP);
                if jump > seen.jump.0 {
                    seen.jump = (jump, camera);
                }
            }
        }
        seen
    }
}

/// The lighthouse of `assets/worlds/harbour/make.py`, its foot at this height.
fn up_the_lighthouse(foot: f32) -> Vec<Vec3> {
    const STEPS: usize = 48;
    const SWEEP: f32 = TAU / 12.0;
    const DOOR: f32 = -2.1;
    let at = |angle: f32, radius: f32, height: f32| {
        Vec3::new(
            23.0 + radius * angle.cos(),
            foot + height,
            -21.0 - radius * angle.sin(),
        )
    };
    let begin = DOOR + SWEEP * 1.5;
    let end = begin + SWEEP * STEPS as f32;
    let top = 0.15 + 0.22 * STEPS as f32;
    let mut way = vec![
        at(DOOR, 4.6, 0.0),
        at(DOOR, 2.6, 0.15),
        at(DOOR + 0.35, 1.4, 0.15),
    ];
    for step in 0..STEPS {
        way.push(at(
            begin + SWEEP * (step as f32 + 0.5),
            1.3,
            0.15 + 0.22 * (step + 1) as f32,
        ));
    }
    way.push(at(end + SWEEP, 1.4, top));
    // Out between the posts, and around the gallery.
    for n in 0..12 {
        way.push(at(end + SWEEP + TAU * n as f32 / 12.0, 2.6, top));
    }
    way
}

#[track_caller]
fn clean(seen: &Seen) {
    assert!(seen.frames > 100, "{seen:?}");
    assert_eq!(seen.too_near, 0, "{seen:?}");
    assert!(seen.jump.0 < JUMP, "{seen:?}");
    assert!(seen.leaps * FRAMES_A_LEAP < seen.frames, "{seen:?}");
}

fn height_of_the_ground(walker: &Walker, x: f32, z: f32, from: f32) -> f32 {
    let down = walker
        .solids
        .iter()
        .filter_map(|solid| {
            solid.cast_ray(
                Vec3::ZERO,
                Quat::IDENTITY,
                Vec3::new(x, from, z),
                Vec3::NEG_Y,
                60.0,
                false,
            )
        })
        .map(|(distance, _)| distance)
        .min_by(f32::total_cmp);
    from - down.unwrap()
}

fn climb(eye: Eye, field_of_view: f32) -> Seen {
    let mut walker = Walker::in_the_harbour(eye, field_of_view);
    // Before the door, beside the tower's foot.
    let start = Vec3::new(23.0 + 6.2 * (-2.1f32).cos(), 0.0, -21.0 - 6.2 * (-2.1f32).sin());
    let foot = height_of_the_ground(&walker, start.x, start.z, 30.0);
    let way = up_the_lighthouse(foot);
    let ahead = way[0] - start;
    walker.put(start.with_y(foot + 0.05), (-ahead.x).atan2(-ahead.z));
    let seen = walker.walk(&way);
    let (_, head, _) = walker.state();
    assert!(head.y > foot + 11.0, "on the gallery: {head}");
    seen
}

#[test]
fn the_lighthouse_is_climbed_and_no_wall_is_cut_open() {
    clean(&climb(Eye::default(), 62.0));
}

#[test]
fn the_same_over_the_other_shoulder_with_the_widest_lens() {
    let eye = Eye {
        left_shoulder: true,
        pitch: 0.25,
        ..default()
    };
    clean(&climb(eye, 100.0));
}

#[test]
fn the_workshop_is_walked_through_and_no_wall_is_cut_open() {
    let mut walker = Walker::in_the_harbour(Eye::default(), 62.0);
    let (sin, cos) = 0.72f32.sin_cos();
    let place = |x: f32, z: f32| Vec3::new(15.0 + x * cos + z * sin, 0.0, 12.2 - x * sin + z * cos);
    let start = place(0.0, -6.5);
    let ground = height_of_the_ground(&walker, start.x, start.z, 20.0);
    let ahead = place(0.0, -3.0) - start;
    walker.put(start.with_y(ground + 0.05), (-ahead.x).atan2(-ahead.z));
    let way = [
        (0.0, -3.2),
        (-1.4, -1.8),
        (-2.9, -1.2),
        (-2.9, 0.6),
        (-1.2, 0.4),
        (-1.2, -1.6),
        (-2.8, -1.9),
        (-2.9, 0.6),
        (-1.3, -1.8),
        (0.0, -3.2),
        (0.0, -6.0),
    ];
    let way = way.map(|(x, z)| place(x, z));
    clean(&walker.walk(&way));
}

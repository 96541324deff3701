//! The worlds that come with Holm: whole, small enough, made by their scripts, and every place in them can be reached
//! on foot from where one arrives.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use avian3d::prelude::Collider;
use bevy::math::{Quat, Vec2, Vec3};
use holm::world::{BuiltIn, WorldDocument};
use std::collections::{HashMap, VecDeque};

/// What the issue allows the default world; the others keep to it too.
const MOST_TRIANGLES: usize = 300_000;
/// Files in the program, and so in what a browser fetches: about a third of it when compressed.
const MOST_BYTES: usize = 3_600_000;

#[test]
fn every_world_is_whole_and_within_its_limits() {
    for which in BuiltIn::ALL {
        let document = which.load().unwrap();
        let name = which.name();
        assert!(document.warnings.is_empty(), "{name}: {:?}", document.warnings);
        let triangles = document.drawn_triangle_count();
        assert!(
            (10_000..MOST_TRIANGLES).contains(&triangles),
            "{name}: {triangles}"
        );
        let bytes: usize = document.bundle.files.iter().map(|file| file.bytes.len()).sum();
        assert!(bytes <= MOST_BYTES, "{name}: {bytes}");
        assert!(document.pictures.is_empty(), "{name}: colours are in its corners");
        let moments: Vec<&str> = document
            .moments
            .iter()
            .map(|moment| moment.name.as_str())
            .collect();
        assert_eq!(moments, which.moments(), "{name}: what the title screen offers");
        assert_eq!(BuiltIn::named(name), Some(which));
    }
}

#[test]
fn every_world_is_what_its_script_writes() {
    for which in BuiltIn::ALL {
        let script = format!(
            "{}/../assets/worlds/{}/make.py",
            env!("CARGO_MANIFEST_DIR"),
            which.name()
        );
        match std::process::Command::new("python3")
            .args([&script, "--check"])
            .output()
        {
            Ok(output) => assert!(
                output.status.success(),
                "{}: {}",
                which.name(),
                String::from_utf8_lossy(&output.stderr)
            ),
            Err(error) => eprintln!("not checked, python3 does not start here: {error}"),
        }
    }
}

/// Solid ground, as bodies meet it.
struct Ground(Vec<Collider>);

impl Ground {
    fn of(document: &WorldDocument) -> Self {
        Self(
            document
                .solids
                .iter()
                .map(|solid| Collider::try_trimesh(solid.positions.clone(), solid.triangles.clone()).unwrap())
                .collect(),
        )
    }

    /// Metres to the first thing in this direction, at most `far`.
    fn hit(&self, from: Vec3, way: Vec3, far: f32) -> Option<f32> {
        self.0
            .iter()
            .filter_map(|solid| solid.cast_ray(Vec3::ZERO, Quat::IDENTITY, from, way, far, false))
            .map(|(distance, _)| distance)
            .min_by(f32::total_cmp)
    }

    fn below(&self, from: Vec3, far: f32) -> Option<f32> {
        self.hit(from, Vec3::NEG_Y, far).map(|distance| from.y - distance)
    }

    /// Can somebody step from one spot to the next? As a person of 1.75 m does: knee, hip and head free, the floor no
    /// more than a step higher or two lower.
    fn step(&self, from: Vec3, to: Vec2) -> Option<Vec3> {
        let above = Vec3::new(to.x, from.y + 0.40, to.y);
        let floor = self.below(above, 1.1)?;
        let feet = Vec3::new(to.x, floor, to.y);
        let flat = Vec2::new(to.x - from.x, to.y - from.z);
        let long = flat.length();
        let way = Vec3::new(flat.x / long, 0.0, flat.y / long);
        let high = from.y.max(floor);
        for knee in [0.42, 0.95, 1.6] {
            let start = Vec3::new(from.x, high + knee, from.z);
            // The body is 0.3 m thick on each side.
            if self.hit(start, way, long + 0.28).is_some() {
                return None;
            }
        }
        let room = self.hit(feet + Vec3::Y * 0.3, Vec3::Y, 1.45);
        room.is_none().then_some(feet)
    }
}

const CELL: f32 = 0.3;

/// Every spot one can walk to from `start`, on a grid of 0.3 m and floors 0.25 m apart, until all goals are reached.
/// Goals are feet; one is there when within half a metre. Gives those that were not reached.
fn unreached<'a>(ground: &Ground, start: Vec3, goals: &[(&'a str, Vec3)]) -> Vec<&'a str> {
    let key = |p: Vec3| {
        (
            (p.x / CELL).round() as i32,
            (p.y / 0.25).round() as i32,
            (p.z / CELL).round() as i32,
        )
    };
    let mut left: Vec<(&str, Vec3)> = goals.to_vec();
    let first = Vec3::new(
        start.x,
        ground.below(start + Vec3::Y * 0.5, 3.0).unwrap(),
        start.z,
    );
    let mut seen = HashMap::from([(key(first), ())]);
    let mut queue = VecDeque::from([first]);
    while let Some(at) = queue.pop_front() {
        left.retain(|(_, goal)| (goal.xz() - at.xz()).length() > 0.5 || (goal.y - at.y).abs() > 0.5);
        if left.is_empty() || seen.len() > 150_000 {
            break;
        }
        let (x, _, z) = key(at);
        for (dx, dz) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
            let to = Vec2::new((x + dx) as f32 * CELL, (z + dz) as f32 * CELL);
            if let Some(feet) = ground.step(at, to)
                && feet.y > -0.5
                && seen.insert(key(feet), ()).is_none()
            {
                queue.push_back(feet);
            }
        }
    }
    left.into_iter().map(|(name, _)| name).collect()
}

use bevy::math::Vec3Swizzles;

fn document(which: BuiltIn) -> (WorldDocument, Ground) {
    let document = which.load().unwrap();
    let ground = Ground::of(&document);
    (document, ground)
}

#[test]
fn the_harbours_places_are_reached_on_foot_up_to_the_lighthouses_gallery() {
    let (document, ground) = document(BuiltIn::Harbour);
    let stand =
        |x: f32, z: f32, from: f32| Vec3::new(x, ground.below(Vec3::new(x, from, z), 40.0).unwrap(), z);
    // On the gallery, outside: higher than anything else near, under no roof.
    let gallery = (0..48)
        .map(|n| {
            let (sin, cos) = (core::f32::consts::TAU * n as f32 / 48.0).sin_cos();
            stand(23.0 + 2.45 * cos, -21.0 + 2.45 * sin, 23.5)
        })
        .collect::<Vec<_>>();
    let top = gallery[0].y;
    assert!(
        gallery.iter().all(|spot| (spot.y - top).abs() < 0.3) && top > 18.0,
        "{gallery:?}"
    );
    let goals = [
        ("the pier's end", stand(-6.0, 53.5, 3.0)),
        ("the fire", stand(2.2, 0.6, 6.0)),
        ("the stage", stand(-17.6, 9.4, 3.4)),
        ("the workshop", stand(14.6, 11.7, 3.9)),
        ("the lighthouse's gallery", gallery[12]),
    ];
    let missing = unreached(&ground, document.spawns[0].feet, &goals);
    assert!(missing.is_empty(), "{missing:?} of {goals:?}");
}

#[test]
fn the_chairs_of_the_quiet_room_and_the_halls_stage_are_reached_on_foot() {
    let (room, ground) = document(BuiltIn::QuietRoom);
    assert_eq!(room.fixtures.seats.len(), 4);
    for spawn in &room.spawns[..4] {
        let missing = unreached(&ground, spawn.feet, &[("the fire", Vec3::new(-2.7, 0.0, 0.0))]);
        assert!(missing.is_empty(), "{missing:?} from {spawn:?}");
    }
    let (hall, ground) = document(BuiltIn::Hall);
    let goals = [
        ("the stage", Vec3::new(0.0, 0.9, -11.9)),
        ("the last row", Vec3::new(-4.0, 1.12, -0.2)),
        ("the first row", Vec3::new(3.0, 0.0, -5.75)),
    ];
    let missing = unreached(&ground, hall.spawns[0].feet, &goals);
    assert!(missing.is_empty(), "{missing:?}");
    let hundred = &hall.spawns[..100];
    for (n, place) in hundred.iter().enumerate() {
        assert!(
            hundred[n + 1..]
                .iter()
                .all(|other| other.feet.distance(place.feet) > 0.9),
            "somebody else arrives at {place:?}"
        );
    }
}

#[test]
fn seats_and_ladders_are_where_the_geometry_has_them() {
    for (which, at_least) in [
        (BuiltIn::Harbour, 40),
        (BuiltIn::QuietRoom, 4),
        (BuiltIn::Hall, 100),
    ] {
        let (document, ground) = document(which);
        let name = which.name();
        assert!(
            document.fixtures.seats.len() >= at_least,
            "{name}: {}",
            document.fixtures.seats.len()
        );
        for seat in &document.fixtures.seats {
            // Something to sit on within a hand of it, and room for head and chest above.
            let top = ground.below(seat.surface + Vec3::Y * 0.25, 0.5);
            assert!(
                top.is_some_and(|top| (top - seat.surface.y).abs() < 0.17),
                "{name}: nothing under {seat:?}: {top:?}"
            );
            assert!(
                ground.hit(seat.surface + Vec3::Y * 0.3, Vec3::Y, 0.6).is_none(),
                "{name}: no room above {seat:?}"
            );
            // Feet find a floor in front, and nothing is in the face.
            let ahead = Quat::from_rotation_y(seat.yaw) * Vec3::NEG_Z;
            let knees = seat.surface + ahead * 0.5 + Vec3::Y * 0.1;
            assert!(
                ground.below(knees, 1.1).is_some(),
                "{name}: no floor before {seat:?}"
            );
            assert!(
                ground.hit(seat.surface + Vec3::Y * 0.5, ahead, 0.45).is_none(),
                "{name}: {seat:?} faces a wall"
            );
        }
        for ladder in &document.fixtures.ladders {
            let landing = ladder.foot + Vec3::Y * (ladder.height + 0.6) + ladder.ahead() * 0.7;
            let floor = ground.below(landing, 1.2).unwrap();
            assert!(
                (floor - ladder.foot.y - ladder.height).abs() < 0.12,
                "{name}: {ladder:?} ends at {floor}"
            );
        }
    }
}

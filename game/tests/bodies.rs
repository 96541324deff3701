//! A body in a real world file, as a program has it: what it wishes becomes where it is, at any frame rate.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bytes::Bytes;
use holm::SimPlugins;
use holm::body::rules::{Mode, Offer};
use holm::body::{Body, BodySystems, Intent, SpawnPoint};
use holm::people::{Me, Person, Posture};
use holm::session::{BoxTransport, Session};
use holm::wire::GAME_PROTOCOL;
use holm::world::{BuiltIn, CurrentWorld, LoadWorld, MemoryFiles, WorldClock, WorldPath, WorldStatus, load};
use holm_identity::Identity;
use holm_net::link::RoomSecret;
use holm_net::pose::{Gait, Pose, Slot};
use holm_net::session::host::{Host, HostConfig};
use holm_net::transport::memory::MemoryNet;
use std::f32::consts::{FRAC_PI_2, PI};
use std::sync::Arc;
use std::time::Duration;

/// A floor of 20 × 20 m in a sea, with a tower and its ladder in the east, a bench in the north, a lift in the
/// west and the water's edge in the south.
const WORLD: &str = r##"World(
    version: 1,
    spawns: [(at: (0, 0.1, 0), facing_degrees: 0)],
    environment: (water: (level: -0.5, colour: "#2b6f7ce6")),
    fall_below: -12,
    things: [
        (shape: Box(size: (20, 4, 20)), at: (0, -4, 0)),
        (shape: Box(size: (4, 3, 4)), at: (7, 0, 0)),
        (shape: Ladder(height: 3), at: (4.93, 0, 0), turn_degrees: (0, -90, 0)),
        (shape: Box(size: (2, 0.45, 0.5)), at: (0, 0, -6)),
        (shape: Seat(height: 0.45), at: (0, 0, -6), turn_degrees: (0, 180, 0)),
        (shape: Box(size: (2, 0.2, 2)), at: (-6, 0, 0), moves: (through: [(0, 5, 0)], period_secs: 12, rest_secs: 2)),
    ],
)"##;

/// A person alone in their world.
struct Alone(App);

impl Alone {
    fn in_world(frame: Duration) -> Self {
        let main = WorldPath::new("world.ron").unwrap();
        let mut files = MemoryFiles::default();
        files.insert(main.clone(), Bytes::from_static(WORLD.as_bytes()));
        let document = Arc::new(load(&files, &main).unwrap());
        Self::within(frame, LoadWorld::Document(document))
    }

    fn within(frame: Duration, world: LoadWorld) -> Self {
        let mut app = holm::headless::bare();
        app.add_plugins(TransformPlugin)
            .insert_resource(TimeUpdateStrategy::ManualDuration(frame))
            .add_plugins(SimPlugins { embodied: true });
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
        app.world_mut().write_message(world);
        let mut alone = Self(app);
        for _ in 0..100_000 {
            alone.0.update();
            if *alone.0.world().resource::<WorldStatus>() == WorldStatus::Ready {
                break;
            }
            std::thread::yield_now();
        }
        assert!(alone.0.world().resource::<SpawnPoint>().ready);
        // The first steps: the colliders are there, the body stands.
        alone.run(0.5);
        assert!(alone.body().state.grounded, "{:?}", alone.body());
        alone
    }

    fn frame(&self) -> f32 {
        match self.0.world().resource::<TimeUpdateStrategy>() {
            TimeUpdateStrategy::ManualDuration(frame) => frame.as_secs_f32(),
            _ => unreachable!("set above"),
        }
    }

    fn run(&mut self, secs: f32) {
        for _ in 0..(secs / self.frame()).round() as usize {
            self.0.update();
        }
    }

    fn body(&mut self) -> Body {
        let world = self.0.world_mut();
        *world.query_filtered::<&Body, With<Me>>().single(world).unwrap()
    }

    fn posture(&mut self) -> Pose {
        let world = self.0.world_mut();
        let mut postures = world.query_filtered::<&Posture, With<Me>>();
        postures.single(world).unwrap().pose
    }

    fn intend(&mut self, intent: Intent) {
        let world = self.0.world_mut();
        *world
            .query_filtered::<&mut Intent, With<Me>>()
            .single_mut(world)
            .unwrap() = intent;
    }

    /// Puts the body somewhere, at rest.
    fn put(&mut self, feet: Vec3) {
        let world = self.0.world_mut();
        let mut bodies = world.query_filtered::<&mut Body, With<Me>>();
        let mut body = bodies.single_mut(world).unwrap();
        body.state = holm::body::rules::BodyState::standing(feet, 0.0);
        body.coming = body.state;
        self.intend(Intent::default());
        self.run(0.5);
    }

    /// Wishes one thing for some time, then nothing.
    fn hold(&mut self, intent: Intent, secs: f32) {
        self.intend(intent);
        self.run(secs);
        self.intend(Intent {
            look_yaw: intent.look_yaw,
            ..Intent::default()
        });
    }
}

const EAST: f32 = -FRAC_PI_2;
const SOUTH: f32 = PI;

fn ahead(look_yaw: f32) -> Intent {
    Intent {
        walk: Vec2::Y,
        look_yaw,
        ..Intent::default()
    }
}

const ACT: Intent = Intent {
    walk: Vec2::ZERO,
    run: false,
    jump: false,
    crouch: false,
    act: true,
    look_yaw: 0.0,
    look_pitch: 0.0,
};

const FRAME: Duration = Duration::from_nanos(16_666_667);

#[test]
fn a_ladder_is_climbed_to_the_top_of_the_tower() {
    let mut alone = Alone::in_world(FRAME);
    alone.put(Vec3::new(3.5, 0.1, 0.1));
    alone.hold(ahead(EAST), 1.4);
    assert_eq!(alone.posture().gait, Gait::Climb);
    alone.hold(ahead(EAST), 1.6);
    let body = alone.body();
    assert!(
        body.state.grounded && (body.state.position.y - 3.0).abs() < 0.05,
        "{body:?}"
    );
    assert_eq!(alone.posture().gait, Gait::Ground);
}

#[test]
fn act_sits_on_the_bench_and_stands_up_again() {
    let mut alone = Alone::in_world(FRAME);
    alone.put(Vec3::new(0.2, 0.1, -5.0));
    assert_eq!(alone.body().offer, Some(Offer::Sit));
    alone.hold(ACT, 1.0);
    let pose = alone.posture();
    assert_eq!(pose.gait, Gait::Sit);
    assert!(
        Vec3::from_array(pose.position).abs_diff_eq(Vec3::new(0.0, 0.0, -6.0), 0.01),
        "{pose:?}"
    );
    assert!((pose.yaw.abs() - PI).abs() < 0.02, "faces south: {pose:?}");
    assert_eq!(alone.body().offer, Some(Offer::StandUp));
    alone.hold(ahead(SOUTH), 0.2);
    alone.run(0.6);
    let state = alone.body().state;
    assert!(
        state.mode == Mode::Foot && state.grounded && state.position.z > -5.7,
        "{state:?}"
    );
}

#[test]
fn a_seat_that_somebody_sits_in_is_refused_and_of_two_in_one_the_first_stays() {
    let mut alone = Alone::in_world(FRAME);
    alone.put(Vec3::new(0.2, 0.1, -5.0));
    // Somebody of whom the stream says that they sit there. (Nobody of the session: the roster would know them.)
    let other = {
        let world = alone.0.world_mut();
        let mut persons = world.query_filtered::<&Person, With<Me>>();
        let person = Person {
            slot: Slot(4),
            me: false,
            ..persons.single(world).unwrap().clone()
        };
        let pose = Pose {
            position: [0.1, 0.0, -6.0],
            gait: Gait::Sit,
            ..Pose::default()
        };
        let posture = Posture { pose, known: true };
        world.spawn((person, posture, Transform::default())).id()
    };
    alone.run(0.1);
    assert_eq!(alone.body().offer, None);
    alone.hold(ACT, 0.5);
    assert_ne!(alone.posture().gait, Gait::Sit);
    // They leave, one sits down, and then it shows that they had sat there all the time: the lower slot stays.
    let set = |alone: &mut Alone, gait| {
        alone.0.world_mut().get_mut::<Posture>(other).unwrap().pose.gait = gait;
    };
    set(&mut alone, Gait::Ground);
    alone.hold(ACT, 0.5);
    set(&mut alone, Gait::Sit);
    alone.run(0.5);
    assert_eq!(alone.posture().gait, Gait::Sit, "slot 0 came before slot 4");
}

#[test]
fn one_swims_in_the_sea_and_climbs_out_over_the_edge() {
    let mut alone = Alone::in_world(FRAME);
    alone.put(Vec3::new(0.0, 0.1, 9.0));
    alone.hold(ahead(SOUTH), 2.5);
    alone.run(3.0);
    let pose = alone.posture();
    assert_eq!(pose.gait, Gait::Swim);
    assert!((pose.position[1] + 1.8).abs() < 0.05, "{pose:?}");
    alone.hold(ahead(0.0), 3.0);
    assert_eq!(alone.posture().gait, Gait::Swim);
    let jump = Intent {
        jump: true,
        ..ahead(0.0)
    };
    alone.hold(jump, 1.2);
    let state = alone.body().state;
    assert!(state.grounded && state.position.y > -0.05, "{state:?}");
}

#[test]
fn a_lift_takes_one_up_to_where_its_course_says() {
    let mut alone = Alone::in_world(FRAME);
    let start = alone.0.world().resource::<WorldClock>().secs();
    // Until it is down and at rest.
    while !(0.2..0.5).contains(&alone.0.world().resource::<WorldClock>().secs().rem_euclid(12.0)) {
        alone.run(0.1);
        assert!(alone.0.world().resource::<WorldClock>().secs() < start + 30.0);
    }
    alone.put(Vec3::new(-6.0, 1.0, 0.0));
    let mut highest = 0.0f32;
    for _ in 0..480 {
        alone.0.update();
        let clock = alone.0.world().resource::<WorldClock>().secs().rem_euclid(12.0);
        let pose = alone.posture();
        highest = highest.max(pose.position[1]);
        if (6.2..7.8).contains(&clock) {
            assert!((pose.position[1] - 5.2).abs() < 0.03, "at {clock}: {pose:?}");
        }
    }
    assert!((highest - 5.2).abs() < 0.03, "{highest}");
}

#[test]
fn who_dives_out_of_the_world_comes_back() {
    let mut alone = Alone::in_world(FRAME);
    alone.put(Vec3::new(0.0, -3.0, 15.0));
    let dive = Intent {
        crouch: true,
        ..Intent::default()
    };
    alone.intend(dive);
    let mut lowest = 0.0f32;
    for _ in 0..900 {
        alone.0.update();
        lowest = lowest.min(alone.body().state.position.y);
        if alone.body().state.position.y > -0.2 {
            break;
        }
    }
    assert!(lowest < -11.0, "{lowest}");
    let at = alone.body().state.position;
    assert!(at.y > -0.2 && at.x.abs() < 9.0 && at.z.abs() < 9.0, "{at}");
}

/// The harbour and the quiet room: each seat can be sat in and left, each ladder climbed.
#[test]
fn every_seat_and_ladder_of_the_harbour_and_the_quiet_room_works() {
    for built_in in [BuiltIn::Harbour, BuiltIn::QuietRoom] {
        let mut alone = Alone::within(FRAME, LoadWorld::BuiltIn(built_in));
        let document = alone
            .0
            .world()
            .resource::<CurrentWorld>()
            .document
            .clone()
            .unwrap();
        let fixtures = &document.fixtures;
        println!(
            "{built_in:?}: {} seats, {} ladders",
            fixtures.seats.len(),
            fixtures.ladders.len()
        );
        for (number, seat) in fixtures.seats.iter().enumerate() {
            let what = format!("{built_in:?}, seat {number} at {}", seat.surface);
            let ahead = Quat::from_rotation_y(seat.yaw) * Vec3::NEG_Z;
            alone.put(seat.position() + ahead * 0.7 + Vec3::Y * 0.1);
            assert_eq!(
                alone.body().offer,
                Some(Offer::Sit),
                "{what}: {:?}",
                alone.body().state
            );
            alone.hold(ACT, 0.6);
            assert!(matches!(alone.body().state.mode, Mode::Sit(_)), "{what}");
            alone.hold(ACT, 0.8);
            let state = alone.body().state;
            let away = state.position.distance(seat.position());
            assert!(
                state.mode == Mode::Foot && state.grounded && away < 1.6,
                "{what}: {state:?}"
            );
        }
        for (number, ladder) in fixtures.ladders.iter().enumerate() {
            let what = format!("{built_in:?}, ladder {number} at {}", ladder.foot);
            alone.put(ladder.world(Vec3::new(0.0, 0.3, 0.4)));
            let up = ahead(ladder.yaw);
            alone.hold(up, ladder.height / 1.9 + 0.9);
            let state = alone.body().state;
            assert!(state.mode == Mode::Foot && state.grounded, "{what}: {state:?}");
            assert!(
                ladder.local(state.position).y > ladder.height - 0.3,
                "{what}: {state:?}"
            );
        }
    }
}

/// What somebody wishes at a moment, seconds since they began: a walk round the whole world.
fn plan(secs: f32) -> Intent {
    let at = |from: f32, to: f32| (from..to).contains(&secs);
    let press = |moment: f32| at(moment, moment + 0.01);
    Intent {
        walk: if at(0.0, 4.0) || at(4.5, 9.0) {
            Vec2::Y
        } else {
            Vec2::new(0.3, 0.8)
        },
        run: at(1.0, 2.0) || at(5.0, 7.0),
        jump: press(0.5) || press(2.2) || press(6.0) || press(8.0),
        crouch: at(3.0, 3.6),
        act: false,
        look_yaw: if secs < 4.0 { EAST } else { SOUTH },
        look_pitch: 0.0,
    }
}

#[derive(Resource, Default)]
struct Walked {
    steps: Vec<Vec3>,
}

/// The states after each step, and what was drawn at each frame.
fn walk_round(frames: &[f32]) -> (Vec<Vec3>, Vec<(f32, Vec3)>) {
    let mut alone = Alone::in_world(FRAME);
    alone.put(Vec3::new(1.0, 0.1, 0.0));
    // The hand's wishes come at the steps' times, whatever the frames do.
    let wish = |mut walked: ResMut<Walked>, mut me: Query<(&Body, &mut Intent), With<Me>>| {
        let (body, mut intent) = me.single_mut().unwrap();
        walked.steps.push(body.state.position);
        *intent = plan((walked.steps.len() - 1) as f32 / 60.0);
    };
    alone
        .0
        .init_resource::<Walked>()
        .add_systems(FixedUpdate, wish.before(BodySystems::Step));
    let mut drawn = Vec::new();
    let mut cycle = frames.iter().cycle();
    let mut secs = 0.0;
    while alone.0.world().resource::<Walked>().steps.len() < 600 {
        let frame = Duration::from_secs_f32(*cycle.next().unwrap());
        alone.0.insert_resource(TimeUpdateStrategy::ManualDuration(frame));
        alone.0.update();
        secs += frame.as_secs_f32();
        drawn.push((secs, Vec3::from_array(alone.posture().position)));
    }
    let mut steps = alone.0.world().resource::<Walked>().steps.clone();
    steps.truncate(600);
    (steps, drawn)
}

/// The same feel at 30 and at 144 frames a second: to the last bit the same steps, and what is drawn lies
/// between them.
#[test]
fn the_path_is_the_same_at_every_frame_rate() {
    let (steps, drawn_at_60) = walk_round(&[1.0 / 60.0]);
    assert!(steps.iter().any(|p| p.y > 0.5) && steps.last().unwrap().distance(steps[0]) > 5.0);
    for frames in [
        &[1.0 / 30.0][..],
        &[1.0 / 144.0],
        &[0.007, 0.031, 0.016, 0.050, 0.003, 0.012, 0.090],
    ] {
        let (there, drawn) = walk_round(frames);
        assert_eq!(there, steps, "frames {frames:?}");
        for (secs, place) in drawn {
            let (_, at_60) = drawn_at_60
                .iter()
                .min_by(|a, b| (a.0 - secs).abs().total_cmp(&(b.0 - secs).abs()))
                .unwrap();
            // Half a frame at the fastest (a fall) is 0.12 m, and the clocks began anywhere within a step.
            assert!(
                place.distance(*at_60) < 0.35,
                "frames {frames:?} at {secs}: {place} and {at_60}"
            );
        }
    }
}

/// Input to own motion: the frame it comes in, whatever part of a step has passed then.
#[test]
fn a_wish_shows_in_the_posture_of_the_same_frame() {
    for frame in [1.0 / 60.0f32, 1.0 / 30.0, 1.0 / 144.0] {
        for wait in 0..8 {
            // A hair off, so that frames come at every phase of the steps.
            let mut alone = Alone::in_world(Duration::from_secs_f32(frame * 1.003));
            for _ in 0..wait {
                alone.0.update();
            }
            let rest = alone.posture();
            alone.intend(ahead(EAST));
            alone.0.update();
            let moved = alone.posture();
            assert!(
                moved.head_yaw != rest.head_yaw,
                "looks at once, {frame} s a frame"
            );
            assert!(
                moved.position[0] > rest.position[0],
                "walks at once, {frame} s a frame after {wait}"
            );
            // And goes on without going back or leaping: what was foreseen comes to be.
            let mut last = moved.position[0];
            for _ in 0..(0.3 / frame) as usize {
                alone.0.update();
                let now = alone.posture().position[0];
                assert!(
                    (0.0..6.0 * frame).contains(&(now - last)),
                    "{last} to {now}, {frame} s a frame"
                );
                last = now;
            }
        }
    }
}

/// Sits down in every seat of every world, from wherever before or beside it that is possible, gets up, and walks.
#[test]
fn from_every_seat_of_every_world_one_gets_up_and_walks_away() {
    for which in BuiltIn::ALL {
        let mut alone = Alone::within(FRAME, LoadWorld::BuiltIn(which));
        let world = alone.0.world().resource::<CurrentWorld>();
        let seats = world.document.as_ref().unwrap().fixtures.seats.clone();
        for (number, seat) in seats.iter().enumerate() {
            let name = format!("seat {number} of {}", which.name());
            let around = [0.6, 0.5, 0.7, 0.9, 1.1].into_iter();
            let around = around.flat_map(|far| (0..8).map(move |turn| (far, turn as f32 * PI / 4.0)));
            let sits = |alone: &mut Alone, (far, turn): (f32, f32)| {
                let way = Quat::from_rotation_y(seat.yaw + turn) * Vec3::NEG_Z;
                alone.put(seat.position() + way * far + Vec3::Y * 0.3);
                alone.hold(ACT, 0.4);
                alone.body().state.mode == Mode::Sit(number)
            };
            assert!(
                { around }.any(|place| sits(&mut alone, place)),
                "nobody can sit down in {name}"
            );
            alone.hold(ACT, 0.7);
            let up = alone.body();
            assert!(
                up.state.mode == Mode::Foot && up.state.grounded,
                "{name}: not up: {up:?}"
            );
            let walks = |alone: &mut Alone, way: i32| {
                let world = alone.0.world_mut();
                let mut bodies = world.query_filtered::<&mut Body, With<Me>>();
                *bodies.single_mut(world).unwrap() = up;
                alone.hold(ahead(way as f32 * PI / 4.0), 0.8);
                alone.body().state.position.distance(up.state.position) > 1.0
            };
            assert!(
                (0..8).any(|way| walks(&mut alone, way)),
                "{name}: no way leads away from {up:?}"
            );
        }
    }
}

//! Two and more people in one process, over the in-memory transport: the centre of the suite.
//!
//! Each person is a whole app with everything but a window; time is stepped by hand, so a test of a minute
//! takes a second and the same seed gives the same history.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use holm::SimPlugins;
use holm::body::{Body, Intent};
use holm::chat::{ChatLog, NotSaid, Say};
use holm::gesture::{WAVE, Wave};
use holm::people::{Me, Person, PersonLeft, Posture};
use holm::profile::Profile;
use holm::session::wire::FromHost as SessionFromHost;
use holm::session::{
    BoxTransport, Dial, Entered, JoinLink, Kick, LeaveSession, Network, Session, SessionEnd, SessionEnded,
    SessionPhase, Tell,
};
use holm::wire::{FromHost, GAME_PROTOCOL};
use holm::world::{BuiltIn, CurrentWorld, LoadWorld, MemoryFiles, WorldClock, WorldPath, WorldStatus, load};
use holm_identity::Identity;
use holm_net::link::{Link, RoomSecret};
use holm_net::session::EndReason;
use holm_net::session::host::{Host, HostConfig};
use holm_net::transport::memory::{MemoryNet, Weather};
use std::sync::Arc;
use std::time::Duration;

const FRAME: Duration = Duration::from_millis(16);
const SECRET: RoomSecret = RoomSecret(*b"a test's secrets");

fn link() -> Link {
    Link::new("127.0.0.1", 1, false, SECRET).unwrap()
}

fn person(seed: u8, name: &str, embodied: bool) -> App {
    let mut app = holm::headless::bare();
    app.add_plugins(TransformPlugin)
        .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
        .insert_resource(Profile {
            identity: Identity::from_secrets(&[seed; 32], &[seed ^ 0xFF; 32]),
            name: name.to_owned(),
        })
        .add_plugins(SimPlugins { embodied })
        .init_resource::<Facts>()
        .add_systems(Last, Facts::note);
    app.finish();
    app.cleanup();
    app
}

/// What happened to one person, kept for the test to read.
#[derive(Resource, Default)]
struct Facts {
    entered: Vec<Entered>,
    ended: Vec<SessionEnd>,
    left: Vec<String>,
    not_said: usize,
}

impl Facts {
    fn note(
        mut facts: ResMut<Facts>,
        mut entered: MessageReader<Entered>,
        mut ended: MessageReader<SessionEnded>,
        mut left: MessageReader<PersonLeft>,
        mut not_said: MessageReader<NotSaid>,
    ) {
        facts.entered.extend(entered.read().cloned());
        facts.ended.extend(ended.read().map(|e| e.end.clone()));
        facts.left.extend(left.read().map(|l| l.name.clone()));
        facts.not_said += not_said.read().count();
    }
}

/// A room with its host, over one seeded net.
struct Room {
    net: MemoryNet,
    apps: Vec<App>,
}

impl Room {
    /// Hosted by Ada, who walks about in it; the others come later.
    fn of_ada(seed: u64) -> Self {
        Self::hosted(seed, true)
    }

    fn hosted(seed: u64, embodied: bool) -> Self {
        let net = MemoryNet::new(seed);
        let mut ada = person(1, "Ada", embodied);
        let host = Host::new(HostConfig {
            identity: ada.world().resource::<Profile>().identity.clone(),
            secret: SECRET,
            world_name: "Test island".to_owned(),
            game_protocol: GAME_PROTOCOL,
            max_guests: 16,
            own_name: embodied.then(|| "Ada".to_owned()),
            stream_bytes_per_sec: 32_000,
        });
        let transport = Box::new(net.host());
        ada.world_mut().resource_mut::<Session>().open_host(
            host,
            transport,
            Some(link()),
            embodied,
            "Test island".to_owned(),
        );
        ada.world_mut()
            .write_message(LoadWorld::BuiltIn(BuiltIn::Harbour));
        Self { net, apps: vec![ada] }
    }

    /// Somebody sets out to this room; their index.
    fn guest(&mut self, seed: u8, name: &str, weather: Weather) -> usize {
        let mut app = person(seed, name, true);
        let net = self.net.clone();
        app.insert_resource(Network(Box::new(move |_link: &Link| -> Box<dyn Dial> {
            let net = net.clone();
            Box::new(move || -> BoxTransport { Box::new(net.guest(weather)) })
        })));
        app.world_mut().write_message(JoinLink { link: link() });
        self.apps.push(app);
        self.apps.len() - 1
    }

    fn step(&mut self) {
        for app in &mut self.apps {
            app.update();
        }
    }

    fn run(&mut self, secs: f32) {
        for _ in 0..(secs / FRAME.as_secs_f32()) as usize {
            self.step();
        }
    }

    /// Steps until `done`, or fails after `secs` of their time.
    fn until(&mut self, secs: f32, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        for _ in 0..(secs / FRAME.as_secs_f32()) as usize {
            self.step();
            if done(self) {
                return;
            }
        }
        panic!("not within {secs} s: {what} (seed {})", self.net.seed());
    }

    /// The world is loaded on another thread, whose pace is not the clock's: wait for it in real time.
    #[allow(
        clippy::disallowed_methods,
        reason = "another thread's pace is measured by the real clock"
    )]
    fn until_ready(&mut self, who: usize) {
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while *self.apps[who].world().resource::<WorldStatus>() != WorldStatus::Ready {
            assert!(
                std::time::Instant::now() < deadline,
                "the world of {who} is {:?}",
                self.apps[who].world().resource::<WorldStatus>()
            );
            self.step();
            std::thread::yield_now();
        }
    }

    fn names(&mut self, who: usize) -> Vec<String> {
        let world = self.apps[who].world_mut();
        let mut query = world.query::<&Person>();
        let mut names: Vec<String> = query.iter(world).map(|p| p.name.clone()).collect();
        names.sort();
        names
    }

    fn see(&mut self, who: usize, name: &str) -> Option<(Person, Posture)> {
        let world = self.apps[who].world_mut();
        let mut query = world.query::<(&Person, &Posture)>();
        query
            .iter(world)
            .find(|(p, _)| p.name == name)
            .map(|(p, posture)| (p.clone(), *posture))
    }

    fn own_place(&mut self, who: usize) -> Vec3 {
        let world = self.apps[who].world_mut();
        let mut query = world.query_filtered::<&Body, With<Me>>();
        query.single(world).unwrap().state.position
    }

    fn intend(&mut self, who: usize, intent: Intent) {
        let world = self.apps[who].world_mut();
        let mut query = world.query_filtered::<&mut Intent, With<Me>>();
        *query.single_mut(world).unwrap() = intent;
    }

    fn say(&mut self, who: usize, text: &str) {
        self.apps[who].world_mut().write_message(Say::to_all(text));
    }

    fn log(&self, who: usize) -> Vec<String> {
        let log = self.apps[who].world().resource::<ChatLog>();
        log.lines()
            .map(|line| format!("{}: {}", line.name, line.text))
            .collect()
    }

    fn phase(&self, who: usize) -> SessionPhase {
        self.apps[who].world().resource::<Session>().phase()
    }

    fn facts(&self, who: usize) -> &Facts {
        self.apps[who].world().resource::<Facts>()
    }
}

#[test]
fn two_people_meet_and_each_has_a_body_and_a_name_at_once() {
    let mut room = Room::of_ada(1);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.until(3.0, "they meet", |room| {
        room.names(0).len() == 2 && room.names(1).len() == 2
    });
    assert_eq!(room.names(0), ["Ada", "Bo"]);
    assert_eq!(room.names(bo), ["Ada", "Bo"]);
    assert!(room.see(bo, "Bo").unwrap().0.me);
    assert!(!room.see(bo, "Ada").unwrap().0.me);
    assert_eq!(room.facts(bo).entered[0].world_name, "Test island");
}

/// Presence is guaranteed: whatever fails to load, there is a body and a name within two seconds.
#[test]
fn a_world_that_cannot_be_had_hides_nobody() {
    let mut room = Room::hosted(21, true);
    // The host's world never comes to stand, and what it tells of it is nonsense.
    room.apps[0]
        .world_mut()
        .write_message(LoadWorld::Path("/nowhere/at/all.glb".into()));
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    let cy = room.guest(3, "Cy", Weather::GOOD_WIFI);
    room.until(2.0, "everybody is a name and a body to everybody", |room| {
        let all = ["Ada", "Bo", "Cy"];
        (0..3).all(|who| {
            room.names(who) == all
                && all
                    .iter()
                    .all(|name| room.see(who, name).is_some_and(|(_, posture)| posture.known))
        })
    });
    let lie = FromHost::Session(SessionFromHost::World {
        manifest: [9; 32],
        len: u64::MAX,
        moment: 0,
    });
    room.apps[0].world_mut().write_message(Tell::all(lie));
    room.until(2.0, "the guests are told", |room| {
        [bo, cy].iter().all(|who| {
            matches!(
                room.apps[*who].world().resource::<WorldStatus>(),
                WorldStatus::Failed { .. }
            )
        })
    });
    assert_eq!(room.names(bo), ["Ada", "Bo", "Cy"]);
    assert!(room.see(bo, "Cy").unwrap().1.known && room.see(cy, "Ada").unwrap().1.known);
}

#[test]
fn a_guest_walks_and_the_host_sees_where_to() {
    let mut room = Room::of_ada(2);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.until(3.0, "inside", |room| room.phase(1) == SessionPhase::Inside);
    room.until_ready(0);
    room.until_ready(bo);
    room.run(1.0);
    let from = room.own_place(bo);
    room.intend(
        bo,
        Intent {
            walk: Vec2::Y,
            look_yaw: 1.0,
            ..default()
        },
    );
    room.run(2.0);
    let there = room.own_place(bo);
    assert!(there.distance(from) > 3.0, "walked {} m", there.distance(from));
    room.intend(
        bo,
        Intent {
            look_yaw: 1.0,
            ..default()
        },
    );
    room.run(1.0);
    let there = room.own_place(bo);
    let (_, seen) = room.see(0, "Bo").unwrap();
    let error = Vec3::from_array(seen.pose.position).distance(there);
    assert!(seen.known && error < 0.05, "seen {error} m away from where Bo is");
}

#[test]
fn a_guest_sees_the_host_walk_smoothly_over_a_bad_link() {
    let mut room = Room::of_ada(3);
    let bo = room.guest(2, "Bo", Weather::BENCH_50MS);
    room.until(5.0, "inside", |room| room.phase(1) == SessionPhase::Inside);
    room.until_ready(0);
    room.run(2.0);
    room.intend(
        0,
        Intent {
            walk: Vec2::Y,
            look_yaw: 2.0,
            ..default()
        },
    );
    room.run(0.6);
    let (mut last, mut longest, mut moved) = (None::<Vec3>, 0.0f32, 0.0f32);
    for _ in 0..180 {
        room.step();
        let at = Vec3::from_array(room.see(bo, "Ada").unwrap().1.pose.position);
        if let Some(last) = last {
            let step: f32 = at.distance(last);
            longest = longest.max(step);
            moved += step;
        }
        last = Some(at);
    }
    // 2.6 m/s is 4.2 cm a frame; three of those in one is a jump one sees.
    assert!(moved > 5.0, "moved {moved} m");
    assert!(
        longest < 0.13,
        "jumped {longest} m in a frame (seed {})",
        room.net.seed()
    );
}

#[test]
fn a_wave_is_seen_by_the_others() {
    let mut room = Room::of_ada(4);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.until(3.0, "inside", |room| room.phase(1) == SessionPhase::Inside);
    room.run(0.5);
    room.apps[bo].world_mut().write_message(Wave);
    room.until(1.5, "Ada sees the wave", |room| {
        room.see(0, "Bo").is_some_and(|(_, p)| p.pose.gesture == WAVE)
    });
    room.until(4.0, "and its end", |room| {
        room.see(0, "Bo").is_some_and(|(_, p)| p.pose.gesture == 0)
    });
}

#[test]
fn what_anybody_says_everybody_reads_once_and_in_order() {
    let mut room = Room::of_ada(5);
    let bo = room.guest(2, "Bo", Weather::WEAK_4G);
    let cy = room.guest(3, "Cy", Weather::GOOD_WIFI);
    room.until(10.0, "all inside", |room| {
        (0..3).all(|who| room.names(who).len() == 3)
    });
    room.say(bo, "first");
    room.run(1.0);
    room.say(0, "second");
    room.run(1.0);
    room.say(cy, "third");
    room.run(3.0);
    let want = ["Bo: first", "Ada: second", "Cy: third"];
    for who in 0..3 {
        assert_eq!(room.log(who), want, "as read by {who}");
    }
}

#[test]
fn a_flood_of_lines_is_cut_and_its_author_told() {
    let mut room = Room::of_ada(6);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.until(3.0, "inside", |room| room.phase(1) == SessionPhase::Inside);
    for i in 0..40 {
        room.say(bo, &format!("line {i}"));
    }
    room.run(2.0);
    let lines = room.log(0).len();
    assert!((5..=8).contains(&lines), "{lines} lines came through");
    assert!(room.facts(bo).not_said >= 30);
    assert_eq!(room.phase(bo), SessionPhase::Inside, "and Bo is still here");
}

#[test]
fn a_late_joiner_reads_what_was_said_and_stands_in_the_same_world() {
    let mut room = Room::of_ada(7);
    room.until_ready(0);
    room.say(0, "nobody is here yet");
    room.run(0.5);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.until(5.0, "history", |room| !room.log(1).is_empty());
    assert_eq!(room.log(bo), ["Ada: nobody is here yet"]);
    room.until_ready(bo);
    let world = |room: &Room, who: usize| {
        let document = room.apps[who]
            .world()
            .resource::<CurrentWorld>()
            .document
            .clone()
            .unwrap();
        (document.name.clone(), document.manifest())
    };
    let (theirs, ours) = (world(&room, bo), world(&room, 0));
    assert_eq!(theirs.0, ours.0);
    assert_eq!(theirs.1.files, ours.1.files);
    // One stands on it, and does not fall.
    room.run(2.0);
    let place = room.own_place(bo);
    let bottom = room.apps[bo]
        .world()
        .resource::<CurrentWorld>()
        .document
        .as_ref()
        .unwrap()
        .fall_below;
    assert!(place.y > bottom + 1.0, "at {place}");
}

#[test]
fn a_headless_host_is_in_nobodys_list_and_two_guests_meet_there() {
    let mut room = Room::hosted(8, false);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    let cy = room.guest(3, "Cy", Weather::BAD_WIFI);
    room.until(8.0, "they meet", |room| {
        room.names(1).len() == 2 && room.names(2).len() == 2
    });
    assert_eq!(room.names(bo), ["Bo", "Cy"]);
    assert_eq!(room.names(0), ["Bo", "Cy"]);
    room.say(cy, "hello");
    room.until(3.0, "Bo reads it", |room| room.log(1) == ["Cy: hello"]);
}

#[test]
fn whoever_leaves_is_gone_for_all() {
    let mut room = Room::of_ada(9);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    let cy = room.guest(3, "Cy", Weather::GOOD_WIFI);
    room.until(6.0, "all inside", |room| {
        (0..3).all(|who| room.names(who).len() == 3)
    });
    room.apps[bo].world_mut().write_message(LeaveSession::default());
    room.until(3.0, "Bo is gone", |room| {
        room.names(0).len() == 2 && room.names(2).len() == 2
    });
    assert_eq!(room.names(cy), ["Ada", "Cy"]);
    assert_eq!(room.facts(cy).left, ["Bo"]);
    assert_eq!(room.facts(bo).ended, [SessionEnd::Left]);
    assert_eq!(room.names(bo), Vec::<String>::new(), "and Bo is nowhere");
    assert_eq!(room.phase(bo), SessionPhase::Off);
}

#[test]
fn a_host_that_closes_tells_why() {
    let mut room = Room::of_ada(10);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.until(3.0, "inside", |room| room.phase(1) == SessionPhase::Inside);
    room.apps[0].world_mut().write_message(LeaveSession {
        why: "Supper.".to_owned(),
    });
    room.until(3.0, "Bo is told", |room| !room.facts(1).ended.is_empty());
    assert_eq!(
        room.facts(bo).ended,
        [SessionEnd::Ended(EndReason::HostStopped("Supper.".to_owned()))]
    );
    room.until(3.0, "the host is out, too", |room| {
        room.phase(0) == SessionPhase::Off
    });
}

#[test]
fn who_is_sent_away_is_told_and_gone() {
    let mut room = Room::of_ada(11);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.until(3.0, "inside", |room| {
        room.phase(1) == SessionPhase::Inside && room.names(0).len() == 2
    });
    let slot = room.see(0, "Bo").unwrap().0.slot;
    room.apps[0].world_mut().write_message(Kick {
        slot,
        why: "Manners.".to_owned(),
    });
    room.until(3.0, "Bo is told", |room| !room.facts(1).ended.is_empty());
    assert_eq!(
        room.facts(bo).ended,
        [SessionEnd::Ended(EndReason::Kicked("Manners.".to_owned()))]
    );
    assert_eq!(room.names(0), ["Ada"]);
}

#[test]
fn a_lost_link_is_mended_and_nothing_said_meanwhile_is_lost() {
    let mut room = Room::of_ada(12);
    let net = room.net.clone();
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.until(3.0, "inside", |room| {
        room.phase(1) == SessionPhase::Inside && room.names(0).len() == 2
    });
    let slot = room.see(0, "Bo").unwrap().0.slot;
    room.run(22.0); // a host is patient with somebody who has just come in
    // The first guest's link is number one of the net.
    net.black_hole(holm_net::transport::LinkId(1));
    room.until(8.0, "Ada notices", |room| {
        room.see(0, "Bo").is_some_and(|(p, _)| p.away)
    });
    room.say(0, "are you there?");
    room.say(bo, "can you hear me?");
    room.until(15.0, "Bo is back", |room| {
        room.phase(1) == SessionPhase::Inside && room.see(0, "Bo").is_some_and(|(p, _)| !p.away)
    });
    room.until(5.0, "both lines are there", |room| {
        room.log(0).len() == 2 && room.log(1).len() == 2
    });
    assert_eq!(room.see(0, "Bo").unwrap().0.slot, slot, "the same seat");
    assert_eq!(room.log(0), room.log(bo));
    assert!(room.facts(0).left.is_empty(), "Bo never left");
}

#[test]
fn the_wrong_secret_opens_nothing_and_shows_nobody() {
    let mut room = Room::of_ada(13);
    let net = room.net.clone();
    let mut eve = person(9, "Eve", true);
    eve.insert_resource(Network(Box::new(move |_link: &Link| -> Box<dyn Dial> {
        let net = net.clone();
        Box::new(move || -> BoxTransport { Box::new(net.guest(Weather::PERFECT)) })
    })));
    let wrong = Link::new("127.0.0.1", 1, false, RoomSecret([7; 16])).unwrap();
    eve.world_mut().write_message(JoinLink { link: wrong });
    room.apps.push(eve);
    room.until(12.0, "Eve is refused", |room| !room.facts(1).ended.is_empty());
    assert_eq!(room.facts(1).ended, [SessionEnd::Ended(EndReason::WrongSecret)]);
    assert_eq!(room.names(1), Vec::<String>::new());
    assert_eq!(room.names(0), ["Ada"]);
}

#[test]
fn names_that_deceive_are_tamed_before_anybody_sees_them() {
    let mut room = Room::of_ada(14);
    let bo = room.guest(2, "Bo\u{202E}adA\n\n", Weather::PERFECT);
    room.until(3.0, "inside", |room| {
        room.phase(1) == SessionPhase::Inside && room.names(0).len() == 2
    });
    room.run(1.0);
    for who in [0, bo] {
        assert_eq!(room.names(who), ["Ada", "BoadA"]);
    }
}

#[test]
fn nobodys_place_is_taken_when_nine_arrive_together() {
    let mut room = Room::hosted(15, false);
    for i in 0..9 {
        room.guest(20 + i, &format!("Guest {i}"), Weather::GOOD_WIFI);
    }
    room.until(10.0, "all see all", |room| {
        (0..10).all(|who| room.names(who).len() == 9)
    });
    let places: Vec<Vec3> = (1..10).map(|who| room.own_place(who)).collect();
    for (i, a) in places.iter().enumerate() {
        for b in &places[..i] {
            assert!(a.distance(*b) > 0.5, "{a} and {b}");
        }
    }
}

/// The order of our systems is never left to chance: a schedule with two that touch the same data in no order
/// is a bug that comes and goes.
#[test]
fn our_schedules_have_no_ambiguities() {
    use bevy::ecs::schedule::{LogLevel, ScheduleBuildSettings, ScheduleLabel};
    fn check(app: &mut App, label: impl ScheduleLabel + Clone) {
        app.edit_schedule(label, |schedule| {
            schedule.set_build_settings(ScheduleBuildSettings {
                ambiguity_detection: LogLevel::Error,
                ..default()
            });
        });
    }
    for embodied in [false, true] {
        let mut app = holm::headless::bare();
        app.add_plugins(TransformPlugin)
            .add_plugins(SimPlugins { embodied });
        check(&mut app, PreUpdate);
        check(&mut app, Update);
        check(&mut app, PostUpdate);
        check(&mut app, FixedUpdate);
        check(&mut app, Last);
        app.finish();
        app.cleanup();
        // An ambiguity is an error when the schedule is built: in the first update.
        app.update();
        app.update();
    }
}

/// A document on its own is no proof that it was shared: hosts and guests hold their own.
#[test]
fn two_apps_share_no_world_by_accident() {
    let mut room = Room::of_ada(16);
    room.until_ready(0);
    let stranger = person(5, "Stranger", true);
    assert!(stranger.world().resource::<CurrentWorld>().document.is_none());
    let ours = room.apps[0]
        .world()
        .resource::<CurrentWorld>()
        .document
        .clone()
        .unwrap();
    assert!(Arc::strong_count(&ours) > 1, "the host stands in it");
}

/// What moves in a world is where the host's clock says: everybody must know that clock.
#[test]
fn everybody_goes_by_the_hosts_clock() {
    for (seed, weather, within_secs) in [
        (17, Weather::LAN, 0.010),
        (18, Weather::GOOD_WIFI, 0.020),
        (19, Weather::WEAK_4G, 0.060),
    ] {
        // (Over memory all clocks begin together; that clocks apart are found is shown where heartbeats are.)
        let mut room = Room::of_ada(seed);
        let bo = room.guest(2, "Bo", weather);
        room.until(10.0, "Bo is in", |room| room.names(bo).len() == 2);
        room.run(8.0);
        let measured = room.apps[bo].world().resource::<Session>().host_secs();
        assert!(measured.is_some(), "{}", weather.name);
        let secs = |room: &Room, who: usize| room.apps[who].world().resource::<WorldClock>().secs();
        let (mut worst, mut before) = (0.0f64, secs(&room, bo));
        for _ in 0..1_000 {
            room.step();
            let now = secs(&room, bo);
            let went = now - before;
            assert!(
                (0.014..=0.018).contains(&went),
                "{}: a jump of {went} s",
                weather.name
            );
            before = now;
            worst = worst.max((now - secs(&room, 0)).abs());
        }
        println!(
            "{}: {:.1} ms from the host's clock at worst",
            weather.name,
            worst * 1e3
        );
        assert!(worst < within_secs, "{}: {worst} s", weather.name);
    }
}

/// What moves is drawn where it is now, and others where they were a moment ago: on a lift that would be under
/// its floor.
#[test]
fn others_on_a_lift_are_seen_on_it() {
    let text = "World(version: 1, spawns: [(at: (0, 0, 0))], things: [
        (shape: Box(size: (40, 1, 40)), at: (0, -1, 0)),
        (shape: Box(size: (10, 0.2, 10)), moves: (through: [(0, 9, 0)], period_secs: 12, rest_secs: 1)),
    ])";
    let main = WorldPath::new("world.ron").unwrap();
    let mut files = MemoryFiles::default();
    files.insert(main.clone(), text.into());
    let document = Arc::new(load(&files, &main).unwrap());
    let mut room = Room::of_ada(20);
    room.apps[0]
        .world_mut()
        .write_message(LoadWorld::Document(document));
    room.until_ready(0);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.until(10.0, "Bo is in", |room| room.names(bo).len() == 2);
    room.until_ready(bo);
    room.run(14.0);
    let mut before = room.own_place(0).y;
    let (mut worst, mut fastest) = ([0.0f32; 2], 0.0f32);
    for _ in 0..750 {
        room.step();
        for (who, other) in [(0, "Bo"), (bo, "Ada")] {
            let own = room.see(who, ["Ada", "Bo"][who]).unwrap().1.pose.position[1];
            let seen = room.see(who, other).unwrap().1.pose.position[1];
            worst[who] = worst[who].max((own - seen).abs());
            if who == 0 {
                fastest = fastest.max((own - before).abs() / FRAME.as_secs_f32());
                before = own;
            }
        }
    }
    println!("feet of others on a lift at {fastest:.1} m/s: off by {worst:?} m at worst");
    assert!(fastest > 2.0, "the lift runs: {fastest}");
    assert!(worst.iter().all(|off| *off < 0.12), "{worst:?}");
}

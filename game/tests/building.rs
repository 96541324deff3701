//! What people put into a world, over the in-memory transport: wishes, facts, who comes late, and what is there tomorrow.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "building/files.rs"]
mod files;
#[path = "building/keeping.rs"]
mod keeping;
#[path = "building/motion.rs"]
mod motion;
#[path = "building/powers.rs"]
mod powers;
#[path = "building/succession.rs"]
mod succession;
#[path = "building/together.rs"]
mod together;

use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use holm::SimPlugins;
use holm::profile::Profile;
use holm::session::{BoxTransport, Dial, JoinLink, LeaveSession, Network, Session, SessionPhase, TellHost};
use holm::things::versions::{AskVersion, Versions};
use holm::things::wire::{Piece, ToHost as ThingsToHost, VersionWish};
use holm::things::{Build, Kept, KeptWorld, NotBuilt, Things};
use holm::wire::{GAME_PROTOCOL, ToHost};
use holm_document::folder::Folder;
use holm_document::part::{Name, Paint, Place, Shape};
use holm_document::store::Store;
use holm_document::{Act, History, Part, PartKind, Refusal, State, ThingId};
use holm_identity::Identity;
use holm_net::link::{Link, RoomSecret};
use holm_net::session::host::{Host, HostConfig};
use holm_net::transport::memory::{MemoryNet, Weather};
use std::path::{Path, PathBuf};
use std::time::Duration;

const FRAME: Duration = Duration::from_millis(16);
const SECRET: RoomSecret = RoomSecret(*b"a test's secrets");

fn person(seed: u8, name: &str) -> App {
    somebody(seed, name, false)
}

fn somebody(seed: u8, name: &str, embodied: bool) -> App {
    let mut app = holm::headless::bare();
    app.add_plugins(TransformPlugin)
        .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
        .insert_resource(Profile {
            identity: Identity::from_secrets(&[seed; 32], &[seed ^ 0xFF; 32]),
            name: name.to_owned(),
        })
        .add_plugins(SimPlugins { embodied })
        .init_resource::<Refused>()
        .add_systems(Last, Refused::note);
    app.finish();
    app.cleanup();
    app
}

#[derive(Resource, Default)]
struct Refused(Vec<Refusal>);

impl Refused {
    fn note(mut refused: ResMut<Refused>, mut not_built: MessageReader<NotBuilt>) {
        refused.0.extend(not_built.read().map(|not_built| not_built.why));
    }
}

/// A room: the host first.
struct Room {
    net: MemoryNet,
    apps: Vec<App>,
}

impl Room {
    fn new(seed: u64, kept: Option<&Path>) -> Self {
        Self::hosted_by(person(1, "Ada"), seed, kept)
    }

    fn hosted_by(ada: App, seed: u64, kept: Option<&Path>) -> Self {
        Self::opened_by(ada, Some("Ada"), seed, kept)
    }

    /// Without a name of their own, whoever hosts is nobody in the room.
    fn opened_by(mut ada: App, own_name: Option<&str>, seed: u64, kept: Option<&Path>) -> Self {
        let net = MemoryNet::new(seed);
        if let Some(folder) = kept {
            ada.insert_resource(Kept::new(open(folder)));
        }
        let host = Host::new(HostConfig {
            identity: ada.world().resource::<Profile>().identity.clone(),
            secret: SECRET,
            world_name: "Workshop".to_owned(),
            game_protocol: GAME_PROTOCOL,
            max_guests: 16,
            own_name: own_name.map(str::to_owned),
            stream_bytes_per_sec: 32_000,
        });
        ada.world_mut().resource_mut::<Session>().open_host(
            host,
            Box::new(net.host()),
            None,
            true,
            "Workshop".to_owned(),
        );
        Self { net, apps: vec![ada] }
    }

    fn guest(&mut self, seed: u8, name: &str, weather: Weather) -> usize {
        self.comes(person(seed, name), weather)
    }

    fn comes(&mut self, mut app: App, weather: Weather) -> usize {
        // One clock for all, as the links between them have.
        let now = |app: &App| app.world().resource::<Time<Real>>().elapsed();
        while now(&app) < now(&self.apps[0]) {
            app.update();
        }
        let net = self.net.clone();
        app.insert_resource(Network(Box::new(move |_link: &Link| -> Box<dyn Dial> {
            let net = net.clone();
            Box::new(move || -> BoxTransport { Box::new(net.guest(weather)) })
        })));
        let link = Link::new("127.0.0.1", 1, false, SECRET).unwrap();
        app.world_mut().write_message(JoinLink { link });
        self.apps.push(app);
        self.apps.len() - 1
    }

    /// Steps until `done`, or fails after `secs` of their time. Disks are other threads, which get a little of real time.
    #[allow(
        clippy::disallowed_methods,
        reason = "another thread's pace is not the clock's"
    )]
    fn until(&mut self, secs: f32, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        for _ in 0..(secs / FRAME.as_secs_f32()) as usize {
            for app in &mut self.apps {
                app.update();
            }
            if done(self) {
                return;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        panic!("not within {secs} s: {what} (seed {})", self.net.seed());
    }

    fn things(&self, who: usize) -> &Things {
        self.apps[who].world().resource::<Things>()
    }

    fn count(&self, who: usize) -> Option<usize> {
        Some(self.things(who).state()?.things().len())
    }

    fn all_here(&mut self) {
        self.until(10.0, "everybody has the world", |room| {
            (0..room.apps.len()).all(|who| room.things(who).me().is_some())
        });
    }

    fn build(&mut self, who: usize, acts: Vec<Act>) {
        self.apps[who].world_mut().write_message(Build { acts });
    }

    /// What a program says of the world's things; only one of its own says anything it likes.
    fn says_of_things(&mut self, who: usize, message: ThingsToHost) {
        self.apps[who]
            .world_mut()
            .write_message(TellHost(ToHost::Things(message)));
    }

    /// A box of this name; its number.
    fn make(&mut self, who: usize, name: &str, x: f32) -> ThingId {
        let thing = self.things(who).next_thing().unwrap();
        let parts = vec![
            Part::Place(Place {
                position: [x, 0.5, 0.0],
                ..Place::default()
            }),
            Part::Name(Name(name.to_owned())),
            Part::Shape(Shape::Box),
            Part::Paint(Paint {
                colour: [200, 40, 40, 255],
                roughness: 200,
                metal: 0,
                glow: 0,
            }),
        ];
        self.build(who, vec![Act::Make { thing, parts }]);
        // The next number is known once this wish was tried.
        self.apps[who].update();
        thing
    }

    /// Everybody has answers to everything, and the same world.
    fn same_for_all(&mut self, secs: f32) {
        self.until(secs, "everybody has the same world", |room| {
            let digests: Vec<_> = (0..room.apps.len())
                .map(|who| room.things(who).digest())
                .collect();
            (0..room.apps.len()).all(|who| room.things(who).unanswered() == 0)
                && digests
                    .iter()
                    .all(|digest| digest.is_some() && *digest == digests[0])
        });
    }

    fn name_of(&self, who: usize, thing: ThingId) -> Option<String> {
        match self.things(who).state()?.thing(thing)?.part(PartKind::Name)? {
            Part::Name(name) => Some(name.0.clone()),
            _ => None,
        }
    }

    fn refused(&self, who: usize) -> &[Refusal] {
        &self.apps[who].world().resource::<Refused>().0
    }
}

/// A folder of this test, empty.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("holm-building-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    path
}

#[allow(
    clippy::disallowed_methods,
    reason = "another thread's pace is not the clock's"
)]
fn open(path: &Path) -> KeptWorld {
    let folder = (0..500)
        .find_map(|_| {
            // A world that was closed is written as a whole beside its program.
            Folder::new(path).ok().or_else(|| {
                std::thread::sleep(Duration::from_millis(10));
                None
            })
        })
        .unwrap();
    let (store, state, history) = match Store::open(folder) {
        Ok((store, state, history, _)) => (store, state, history),
        Err(_) => {
            let owner = Identity::from_secrets(&[1; 32], &[0xFE; 32]).account();
            let (state, history) = (State::new(owner.0), History::default());
            let store = Store::create(Folder::new(path).unwrap(), [7; 16], &state, &history).unwrap();
            (store, state, history)
        }
    };
    KeptWorld {
        store: Some(store),
        state,
        history,
    }
}

#[test]
fn where_nothing_can_be_kept_people_meet_and_nobody_is_promised_anything() {
    let mut room = Room::new(9, None);
    let owner = Identity::from_secrets(&[1; 32], &[0xFE; 32]).account();
    room.apps[0].insert_resource(Kept::new(KeptWorld {
        store: None,
        state: State::new(owner.0),
        history: History::default(),
    }));
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.all_here();
    room.make(bo, "Bo's box", 0.0);
    room.until(5.0, "it is refused", |room| {
        room.refused(bo) == [Refusal::NotKept] && room.count(bo) == Some(0)
    });
    room.same_for_all(5.0);
}

#[test]
fn what_one_builds_one_sees_at_once_and_all_others_a_moment_later() {
    let mut room = Room::new(1, None);
    let bo = room.guest(2, "Bo", Weather::BENCH_50MS);
    let cy = room.guest(3, "Cy", Weather::GOOD_WIFI);
    room.all_here();
    let boxed = room.make(bo, "Bo's box", 3.0);
    // Before the host can have heard of it.
    assert_eq!(room.name_of(bo, boxed).as_deref(), Some("Bo's box"));
    assert_eq!(room.name_of(cy, boxed), None);
    room.same_for_all(5.0);
    for who in [0, bo, cy] {
        assert_eq!(room.name_of(who, boxed).as_deref(), Some("Bo's box"), "{who}");
    }
}

#[test]
fn what_the_host_refuses_is_taken_back_with_the_reason() {
    let mut room = Room::new(2, None);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    let cy = room.guest(3, "Cy", Weather::GOOD_WIFI);
    room.all_here();
    let boxed = room.make(bo, "Bo's box", 3.0);
    room.same_for_all(5.0);
    // Cy may not change what is Bo's: known here already, and nothing is sent.
    room.build(cy, vec![Act::Remove { thing: boxed }]);
    room.until(1.0, "it is refused", |room| !room.refused(cy).is_empty());
    assert_eq!(room.count(cy), Some(1));
    // Both move one thing at the same time: the host's order decides, on every screen.
    let to = |x: f32| {
        Part::Place(Place {
            position: [x, 0.5, 0.0],
            ..Place::default()
        })
    };
    let seen = room.things(bo).state().unwrap().newest();
    for (who, x) in [(bo, 5.0), (0, 9.0)] {
        room.build(
            who,
            vec![Act::Set {
                thing: boxed,
                part: to(x),
                seen: Some(seen),
            }],
        );
    }
    room.same_for_all(5.0);
    assert_eq!(room.refused(bo), [Refusal::Stale]);
    let at = room
        .things(bo)
        .state()
        .unwrap()
        .thing(boxed)
        .unwrap()
        .part(PartKind::Place);
    assert_eq!(at, Some(&to(9.0)));
}

#[test]
fn undo_takes_back_ones_own_and_leaves_what_others_did() {
    let mut room = Room::new(3, None);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.all_here();
    let mine = room.make(bo, "mine", 1.0);
    let theirs = room.make(0, "theirs", 2.0);
    room.same_for_all(5.0);
    room.build(bo, vec![Act::Undo { within: None }]);
    room.until(5.0, "it is gone everywhere", |room| {
        (0..2).all(|who| room.name_of(who, mine).is_none())
    });
    assert_eq!(room.name_of(bo, theirs).as_deref(), Some("theirs"));
    room.build(bo, vec![Act::Redo { within: None }]);
    room.until(5.0, "it is back", |room| {
        (0..2).all(|who| room.name_of(who, mine).is_some())
    });
    room.same_for_all(5.0);
}

#[test]
fn who_comes_late_gets_everything_while_others_build_on() {
    let path = folder("late");
    let mut room = Room::new(4, Some(&path));
    room.all_here();
    for n in 0..300 {
        room.make(0, &format!("thing {n} {}", "of a long name".repeat(3)), n as f32);
    }
    room.same_for_all(10.0);
    let bo = room.guest(2, "Bo", Weather::BENCH_50MS);
    let mut more = 0;
    room.until(30.0, "Bo has it all", |room| {
        if more < 60 {
            room.make(0, &format!("later {more}"), 0.0);
            more += 1;
        }
        room.things(bo).me().is_some() && more == 60
    });
    room.same_for_all(10.0);
    assert_eq!(room.count(bo), Some(360));
    drop(room);
    let _ = std::fs::remove_dir_all(&path);
}

#[test]
fn a_world_is_tomorrow_as_it_was_left() {
    let path = folder("tomorrow");
    let mut room = Room::new(5, Some(&path));
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.all_here();
    let boxed = room.make(bo, "Bo's box", 3.0);
    room.same_for_all(5.0);
    let digest = room.things(0).digest();
    // The cable is pulled: nobody says goodbye, and nothing that Bo was told is lost.
    drop(room);
    let mut room = Room::new(6, Some(&path));
    room.all_here();
    assert_eq!(room.things(0).digest(), digest);
    assert_eq!(room.name_of(0, boxed).as_deref(), Some("Bo's box"));
    // Bo is known again: what was Bo's is still.
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.all_here();
    room.build(bo, vec![Act::Remove { thing: boxed }]);
    room.same_for_all(5.0);
    assert_eq!((room.count(0), room.refused(bo).len()), (Some(0), 0));
    room.apps[0].world_mut().write_message(LeaveSession::default());
    room.until(5.0, "the world is closed", |room| {
        room.apps[0].world().resource::<Session>().phase() == SessionPhase::Off
    });
    drop(room);
    let KeptWorld { state, history, .. } = open(&path);
    assert!(state.things().len() == 0 && history.past().next().is_some());
    let _ = std::fs::remove_dir_all(&path);
}

#[test]
fn a_hostile_wish_ends_its_sender_and_nobody_else() {
    let mut room = Room::new(7, None);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    let cy = room.guest(3, "Cy", Weather::GOOD_WIFI);
    room.all_here();
    let piece = Piece {
        bytes: vec![0xFF; 2_000],
        last: true,
    };
    room.apps[bo]
        .world_mut()
        .write_message(TellHost(ToHost::Things(ThingsToHost::Wish(piece))));
    room.until(5.0, "Bo is sent away", |room| {
        room.apps[bo].world().resource::<Session>().phase() == SessionPhase::Off
    });
    room.make(cy, "Cy's box", 0.0);
    room.until(5.0, "Cy builds on", |room| room.count(0) == Some(1));
}

#[test]
fn whoever_asks_for_everything_anew_gets_it() {
    let mut room = Room::new(8, None);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.all_here();
    room.make(0, "a box", 0.0);
    room.same_for_all(5.0);
    room.apps[bo]
        .world_mut()
        .write_message(TellHost(ToHost::Things(ThingsToHost::Again)));
    room.make(bo, "meanwhile", 1.0);
    room.until(5.0, "both are there", |room| {
        room.count(bo) == Some(2) && room.count(0) == Some(2)
    });
    room.same_for_all(5.0);
}

#[test]
fn a_version_is_brought_back_by_whoever_may_and_can_be_taken_back() {
    let path = folder("versions");
    let mut room = Room::new(10, Some(&path));
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.all_here();
    let kept = room.make(bo, "Bo's box", 3.0);
    room.same_for_all(5.0);
    let ask = |room: &mut Room, who: usize, wish: VersionWish| {
        room.apps[who].world_mut().write_message(AskVersion(wish));
        room.until(10.0, "the host answers", |room| {
            !room.apps[who].world().resource::<Versions>().waits
        });
    };
    let name = || "Before the party".to_owned();
    // A guest may not.
    ask(&mut room, bo, VersionWish::Save { name: name() });
    assert!(room.apps[bo].world().resource::<Versions>().list.is_none());
    ask(&mut room, 0, VersionWish::Save { name: name() });
    let list = room.apps[0].world().resource::<Versions>().list.clone().unwrap();
    assert_eq!(
        (list.len(), list[0].name.as_str(), list[0].things),
        (1, "Before the party", 1)
    );
    room.build(bo, vec![Act::Remove { thing: kept }]);
    for n in 0..5 {
        room.make(bo, &format!("crumbs {n}"), n as f32);
    }
    room.same_for_all(5.0);
    ask(&mut room, 0, VersionWish::Restore { name: name() });
    room.same_for_all(5.0);
    assert_eq!(
        (room.count(bo), room.name_of(bo, kept).as_deref()),
        (Some(1), Some("Bo's box"))
    );
    room.build(0, vec![Act::Undo { within: None }]);
    room.until(5.0, "the crumbs are back", |room| room.count(bo) == Some(5));
    ask(&mut room, 0, VersionWish::Remove { name: name() });
    let list = room.apps[0].world().resource::<Versions>().list.clone().unwrap();
    assert!(list.is_empty());
    drop(room);
    let _ = std::fs::remove_dir_all(&path);
}

#[test]
fn a_copy_that_came_to_differ_is_noticed_and_mended_where_it_differs() {
    let mut room = Room::new(11, None);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.all_here();
    for n in 0..50 {
        room.make(0, &format!("thing {n}"), n as f32);
    }
    room.same_for_all(5.0);
    // Bo alone is told of something that never was; what really came under that number Bo takes for known.
    let thing = ThingId {
        maker: holm_document::PersonNo(0),
        serial: 9_000,
    };
    let false_fact = holm_document::Fact {
        number: room.things(0).state().unwrap().newest() + 1,
        by: holm_document::PersonNo(0),
        at_secs: 0,
        wish: 0,
        way: holm_document::Way::Done,
        deeds: vec![holm_document::Deed::Made {
            thing,
            owner: holm_document::PersonNo(0),
            parts: vec![Part::Name(Name("never was".to_owned()))],
        }],
    };
    let to = room.apps[bo].world().resource::<Session>().me().unwrap();
    for piece in holm::things::pieces::cut(&vec![false_fact]) {
        let message = holm::wire::FromHost::Things(holm::things::wire::FromHost::Facts(piece));
        room.apps[0]
            .world_mut()
            .write_message(holm::session::Tell::one(to, message));
    }
    room.until(5.0, "Bo believes it", |room| room.name_of(bo, thing).is_some());
    let real = room.make(0, "really", 0.0);
    room.until(5.0, "Bo's copy differs", |room| {
        let digests = [0, bo].map(|who| room.things(who).digest());
        let newest = [0, bo].map(|who| room.things(who).state().unwrap().newest());
        newest[0] == newest[1] && digests[0] != digests[1] && room.things(0).unanswered() == 0
    });
    room.same_for_all(60.0);
    assert!(room.name_of(bo, thing).is_none() && room.name_of(bo, real).is_some());
}

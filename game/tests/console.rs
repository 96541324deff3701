//! A host without a window is spoken to, and two guests live with what is ordered: over the in-memory transport.
#![allow(clippy::unwrap_used, reason = "tests")]

use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use holm::SimPlugins;
use holm::chat::{ChatLog, Reach};
use holm::console::{Answer, Answered, Ask, Asked, ConsolePlugin, Restarting, Welcome};
use holm::profile::Profile;
use holm::session::{BoxTransport, Dial, JoinLink, Network, Session, SessionEnd, SessionPhase};
use holm::things::{Build, NotBuilt, Things};
use holm::wire::GAME_PROTOCOL;
use holm_document::part::{Name, Place, Shape};
use holm_document::{Act, Part, Refusal, Role, ThingId};
use holm_identity::{AccountKey, Identity};
use holm_net::link::{Link, RoomSecret};
use holm_net::session::EndReason;
use holm_net::session::host::{Host, HostConfig};
use holm_net::transport::memory::{MemoryNet, Weather};
use std::time::Duration;

const FRAME: Duration = Duration::from_millis(16);
const SECRET: RoomSecret = RoomSecret(*b"a test's secrets");

fn person(seed: u8, name: &str) -> App {
    let mut app = holm::headless::bare();
    app.add_plugins(TransformPlugin)
        .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
        .insert_resource(Profile {
            identity: identity(seed),
            name: name.to_owned(),
        })
        .add_plugins(SimPlugins { embodied: false })
        .init_resource::<Refused>()
        .add_systems(Last, Refused::note);
    app
}

fn identity(seed: u8) -> Identity {
    Identity::from_secrets(&[seed; 32], &[seed ^ 0xFF; 32])
}

fn account(seed: u8) -> AccountKey {
    identity(seed).account()
}

#[derive(Resource, Default)]
struct Refused(Vec<Refusal>);

impl Refused {
    fn note(mut refused: ResMut<Refused>, mut not_built: MessageReader<NotBuilt>) {
        refused.0.extend(not_built.read().map(|not_built| not_built.why));
    }
}

/// What the host's console answered, and whether it is to begin again.
#[derive(Resource, Default)]
struct Said(Vec<(u64, Answer)>, bool);

impl Said {
    fn note(
        mut said: ResMut<Said>,
        mut answered: MessageReader<Answered>,
        mut restarting: MessageReader<Restarting>,
    ) {
        said.0
            .extend(answered.read().map(|one| (one.ticket, one.answer.clone())));
        said.1 |= restarting.read().count() > 0;
    }
}

/// A room: a headless host first, who walks about nowhere.
struct Room {
    net: MemoryNet,
    apps: Vec<App>,
    tickets: u64,
}

impl Room {
    fn new(seed: u64) -> Self {
        let net = MemoryNet::new(seed);
        let mut host_app = person(1, "Harbour master");
        host_app
            .add_plugins(ConsolePlugin)
            .init_resource::<Said>()
            .add_systems(Last, Said::note);
        let host = Host::new(HostConfig {
            identity: identity(1),
            secret: SECRET,
            world_name: "Workshop".to_owned(),
            game_protocol: GAME_PROTOCOL,
            max_guests: 16,
            own_name: None,
            stream_bytes_per_sec: 32_000,
        });
        host_app.finish();
        host_app.cleanup();
        host_app.world_mut().resource_mut::<Session>().open_host(
            host,
            Box::new(net.host()),
            None,
            false,
            "Workshop".to_owned(),
        );
        Self {
            net,
            apps: vec![host_app],
            tickets: 0,
        }
    }

    fn guest(&mut self, seed: u8, name: &str) -> usize {
        let mut app = person(seed, name);
        app.finish();
        app.cleanup();
        let net = self.net.clone();
        app.insert_resource(Network(Box::new(move |_link: &Link| -> Box<dyn Dial> {
            let net = net.clone();
            Box::new(move || -> BoxTransport { Box::new(net.guest(Weather::GOOD_WIFI)) })
        })));
        let link = Link::new("127.0.0.1", 1, false, SECRET).unwrap();
        app.world_mut().write_message(JoinLink { link });
        self.apps.push(app);
        let who = self.apps.len() - 1;
        self.until(10.0, "they are in the world", |room| {
            room.things(who).me().is_some()
        });
        who
    }

    fn until(&mut self, secs: f32, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        for _ in 0..(secs / FRAME.as_secs_f32()) as usize {
            for app in &mut self.apps {
                app.update();
            }
            if done(self) {
                return;
            }
        }
        panic!("not within {secs} s: {what} (seed {})", self.net.seed());
    }

    fn things(&self, who: usize) -> &Things {
        self.apps[who].world().resource::<Things>()
    }

    fn count(&self, who: usize) -> usize {
        self.things(who).state().map_or(0, |state| state.things().len())
    }

    fn make(&mut self, who: usize, name: &str) -> ThingId {
        let thing = self.things(who).next_thing().unwrap();
        let parts = vec![
            Part::Place(Place::default()),
            Part::Name(Name(name.to_owned())),
            Part::Shape(Shape::Box),
        ];
        self.apps[who].world_mut().write_message(Build {
            acts: vec![Act::Make { thing, parts }],
        });
        self.apps[who].update();
        thing
    }

    /// Says a line at the console; its answer.
    fn say(&mut self, line: &str) -> (bool, String) {
        match self.ask(Ask::Line(line.to_owned())) {
            Answer::Said { done, lines } => (done, lines.join("\n")),
            other => panic!("{other:?} for {line}"),
        }
    }

    fn ask(&mut self, what: Ask) -> Answer {
        self.tickets += 1;
        let ticket = self.tickets;
        self.apps[0].world_mut().write_message(Asked { ticket, what });
        self.until(10.0, "the console answers", |room| room.answer(ticket).is_some());
        let answers = self.apps[0].world().resource::<Said>().0.iter();
        assert_eq!(answers.filter(|(of, _)| *of == ticket).count(), 1, "one answer");
        self.answer(ticket).unwrap()
    }

    fn answer(&self, ticket: u64) -> Option<Answer> {
        let said = &self.apps[0].world().resource::<Said>().0;
        said.iter()
            .find(|(of, _)| *of == ticket)
            .map(|(_, answer)| answer.clone())
    }

    fn done(&mut self, line: &str) -> String {
        let (done, text) = self.say(line);
        assert!(done, "{line}: {text}");
        text
    }

    fn not(&mut self, line: &str) -> String {
        let (done, text) = self.say(line);
        assert!(!done, "{line}: {text}");
        text
    }

    fn role(&self, who: usize) -> Option<Role> {
        let things = self.things(who);
        Some(things.state()?.person(things.me()?)?.role)
    }

    fn end(&self, who: usize) -> Option<SessionEnd> {
        self.apps[who].world().resource::<Session>().last_end().cloned()
    }

    fn phase(&self, who: usize) -> SessionPhase {
        self.apps[who].world().resource::<Session>().phase()
    }
}

#[test]
fn a_headless_host_orders_and_its_guests_live_with_it() {
    let mut room = Room::new(1);
    let bo = room.guest(2, "Bo");
    let mei = room.guest(3, "Mei Ling");
    let people = room.done("people");
    assert!(
        people.contains("Bo") && people.contains("\"Mei Ling\"") && people.contains("guest"),
        "{people}"
    );

    // A role, by the beginning of a name; the guest's own copy says so.
    room.done("role mei builder");
    room.until(5.0, "Mei is a builder", |room| {
        room.role(mei) == Some(Role::Builder)
    });
    assert!(room.done("role mei builder").contains("already"));

    // What one built in the last minutes is taken back, what the other built stays.
    for n in 0..5 {
        room.make(bo, &format!("Bo's {n}"));
    }
    let kept = room.make(mei, "Mei's");
    room.until(5.0, "all is there", |room| {
        room.count(bo) == 6 && room.count(mei) == 6
    });
    let things = room.done("things");
    assert!(things.contains("6 things of 2 people"), "{things}");
    assert!(room.done("rollback Bo 5").contains("Bo"));
    room.until(5.0, "it is gone", |room| {
        room.count(bo) == 1 && room.count(mei) == 1
    });
    assert!(room.things(bo).state().unwrap().thing(kept).is_some());
    assert!(room.done("rollback Bo 5").contains("nothing"));

    // Silence, and its end.
    room.done("silence Bo 10");
    let of_bo = account(2).0;
    let silent = |room: &Room, who: usize| {
        let state = room.things(who).state().unwrap();
        let bo = state.number_of(&of_bo).unwrap();
        state.person(bo).unwrap().silent_until > 0
    };
    room.until(5.0, "Bo is silenced on every machine", |room| {
        silent(room, bo) && silent(room, mei)
    });
    assert!(room.done("people").contains("silenced"));
    room.done("silence Bo 0");
    room.until(5.0, "Bo is heard", |room| !silent(room, mei));

    // The table, exceptions, the lock: what is refused is refused to guests, too.
    room.done("deny Bo spawn");
    room.until(5.0, "Bo knows", |room| {
        let state = room.things(bo).state().unwrap();
        let me = state.person(room.things(bo).me().unwrap()).unwrap();
        !state.powers().of(me, 0).has(holm_document::Capability::Spawn)
    });
    room.make(bo, "one more");
    let spawn = Refusal::NotAllowed(holm_document::Capability::Spawn);
    room.until(5.0, "Bo may not", |room| {
        room.apps[bo].world().resource::<Refused>().0.contains(&spawn)
    });
    room.done("default Bo spawn");
    room.done("revoke guest emote");
    let table = room.done("table");
    assert!(
        table
            .lines()
            .any(|line| line.starts_with("emote") && line.contains('-')),
        "{table}"
    );
    room.done("lock");
    assert!(room.done("lock").contains("already"));
    room.done("unlock");

    // A ban sends away and keeps away, until it is taken back by name.
    room.done("ban Bo");
    room.until(5.0, "Bo is out", |room| room.phase(bo) == SessionPhase::Off);
    assert!(
        matches!(room.end(bo), Some(SessionEnd::Ended(EndReason::Kicked(why))) if why.contains("banned"))
    );
    assert_eq!(room.phase(mei), SessionPhase::Inside);
    assert!(room.not("kick Bo").contains("not here"));
    room.done("unban Bo");
    let Answer::Picture(picture) = room.ask(Ask::Picture) else {
        panic!()
    };
    assert!(picture.banned.is_empty());
    assert_eq!(picture.people.len(), 1);
    assert_eq!(
        (picture.people[0].name.as_str(), picture.people[0].role),
        ("Mei Ling", "builder")
    );
    assert_eq!(picture.figures.things, 1);
    // Over memory nobody comes from anywhere.
    assert!(picture.bars.is_empty());
    assert_eq!(room.done("bars"), "No address is kept out.");
    assert!(room.not("unbar 203.0.113.7").contains("not kept out"));
    assert!(room.not("unbar Bo").contains("no address"));

    // All of it is in the past, by name.
    let past = room.done("history 50");
    for what in [
        "gave Mei Ling the role builder",
        "rolled back Bo",
        "banned Bo",
        "let Bo come back",
        "locked the world",
    ] {
        assert!(past.contains(what), "{what} in\n{past}");
    }
    assert!(room.done("history mei 5").contains("made a thing"));

    // With a reason.
    room.done("kick mei you asked for it");
    room.until(5.0, "Mei is out", |room| room.phase(mei) == SessionPhase::Off);
    assert!(
        matches!(room.end(mei), Some(SessionEnd::Ended(EndReason::Kicked(why))) if why == "you asked for it")
    );
}

#[test]
fn who_is_meant_is_never_guessed_and_rules_hold_for_the_host_too() {
    let mut room = Room::new(2);
    room.guest(2, "Ann");
    room.guest(3, "Ann");
    assert!(room.not("ban Ann").contains("one of several"));
    assert!(room.not("kick Zoe").contains("Here are"));
    let key: String = account(3).fingerprint().chars().take(9).collect();
    assert!(room.done(&format!("role {key} moderator")).contains("moderator"));
    assert!(room.done("role #1 spectator").contains("spectator"));
    // What the host made itself is taken back once, and not brought back by its own roll-back.
    let own: String = account(1).fingerprint();
    let ann = room.apps.len() - 1;
    let thing = ThingId {
        maker: holm_document::PersonNo(0),
        serial: 1,
    };
    let parts = vec![Part::Place(Place::default()), Part::Shape(Shape::Box)];
    room.apps[0].world_mut().write_message(holm::things::Decree {
        ticket: 999,
        acts: vec![Act::Make { thing, parts }],
    });
    room.until(5.0, "it is there", |room| room.count(ann) == 1);
    assert!(room.done(&format!("rollback @{own} 5")).contains("taken back"));
    room.until(5.0, "it is gone", |room| room.count(ann) == 0);
    // Its own rights are nobody's to take, not even by its own console.
    assert!(room.not(&format!("ban {own}")).contains("above"));
    assert!(room.not(&format!("role {own} guest")).contains("owner"));
    assert!(room.not("revoke owner ban").contains("always"));
    assert!(room.not("newcomers owner").contains("above"));
    assert!(
        room.not("quota #1").contains("of 0 things"),
        "what a spectator has is shown"
    );
    room.done("quota #1 things=7 bytes=1M");
    assert!(room.not("quota #1").contains("of 7 things"));
    room.done("quota #1 default");
    assert!(room.not("dance").contains("help"));
}

#[test]
fn somebody_is_named_who_goes_on_and_nothing_is_handed_over_before_they_are_ready() {
    let mut room = Room::new(5);
    room.guest(2, "Bo");
    assert!(room.done("heirs").contains("Nobody is named"));
    assert!(room.done("heir Bo").contains("asked"));
    assert!(room.done("heirs").contains("Bo  asked, no answer yet"));
    assert!(room.done("heir bo").contains("already"));
    let own: String = account(1).fingerprint();
    assert!(room.not(&format!("heir @{own}")).contains("somebody else"));
    assert!(room.not("hand-over").contains("ready"));
    assert!(room.not("go-on").contains("can be changed"));
    room.done("disown Bo");
    assert!(room.not("disown Bo").contains("not named"));
    assert!(room.done("heirs").contains("Nobody is named"));
}

#[test]
fn where_nothing_is_kept_there_are_no_versions_and_whoever_asks_hears_why() {
    let mut room = Room::new(6);
    room.guest(2, "Bo");
    let Answer::Said { done, lines } = room.ask(Ask::Versions) else {
        panic!()
    };
    assert!(!done && lines[0].contains("not kept"), "{lines:?}");
    assert!(room.not("save Evening").contains("not kept"));
    assert!(room.not("versions").contains("not kept"));
}

#[test]
fn announcements_and_the_welcome_are_read_by_guests() {
    let mut room = Room::new(3);
    room.apps[0].insert_resource(Welcome("Mind the wet paint.".to_owned()));
    let lines = |room: &Room, who: usize| -> Vec<(String, String)> {
        let log = room.apps[who].world().resource::<ChatLog>();
        log.lines()
            .filter(|line| line.reach == Reach::Announcement)
            .map(|line| (line.name.clone(), line.text.clone()))
            .collect()
    };
    let welcome = ("Harbour master".to_owned(), "Mind the wet paint.".to_owned());
    let bo = room.guest(2, "Bo");
    room.until(5.0, "Bo is welcomed", |room| lines(room, bo) == [welcome.clone()]);
    assert!(
        room.done("say The ferry leaves at nine")
            .contains("one who is here")
    );
    let ferry = ("Harbour master".to_owned(), "The ferry leaves at nine".to_owned());
    room.until(5.0, "Bo reads it", |room| lines(room, bo).contains(&ferry));
    // Who comes later reads what was said to all, and a welcome of their own.
    let mei = room.guest(3, "Mei");
    room.until(5.0, "Mei reads both", |room| {
        let read = lines(room, mei);
        read.contains(&ferry) && read.contains(&welcome) && read.len() == 2
    });
    assert_eq!(lines(&room, bo).len(), 2, "another's welcome is theirs");
}

#[test]
fn a_stop_is_counted_down_can_be_called_off_and_says_goodbye() {
    let mut room = Room::new(4);
    let bo = room.guest(2, "Bo");
    let read = |room: &Room, words: &str| {
        let log = room.apps[bo].world().resource::<ChatLog>();
        log.lines().any(|line| line.text.contains(words))
    };
    assert!(room.not("stay").contains("No end"));
    room.done("stop 60");
    room.until(5.0, "it is told", |room| read(room, "closes in 1 minute"));
    room.done("stay");
    room.until(5.0, "it is called off", |room| read(room, "stays open"));
    room.done("restart 12 new paint");
    room.until(8.0, "it is told again", |room| {
        read(room, "new paint. This world restarts in 10 seconds.")
    });
    room.until(15.0, "Bo is sent home", |room| {
        room.phase(bo) == SessionPhase::Off
    });
    let why = "new paint. The host restarts the world: come back in a moment.";
    assert!(matches!(room.end(bo), Some(SessionEnd::Ended(EndReason::HostStopped(said))) if said == why));
    assert!(
        room.apps[0].world().resource::<Said>().1,
        "the program is to begin again"
    );
}

//! Two and more people in one process who talk: near and far, edits, names called, the muted, late joiners, the hostile.
//!
//! Like `meeting.rs`: each person is a whole app without a window, over the in-memory transport, time stepped by hand.
#![allow(clippy::unwrap_used, reason = "tests")]

use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use holm::SimPlugins;
use holm::chat::rules::NEAR_METRES;
use holm::chat::{ChatLine, ChatLog, Edit, NotChanged, NotSaid, Reach, Said, Say, TakeBack, WhyNot, wire};
use holm::people::{Me, People, Person, Posture};
use holm::profile::Profile;
use holm::session::{
    BoxTransport, Dial, JoinLink, LeaveSession, Network, Session, SessionPhase, Tell, TellHost, Told,
};
use holm::wire::{FromHost, GAME_PROTOCOL, ToHost};
use holm_identity::Identity;
use holm_net::link::{Link, RoomSecret};
use holm_net::pose::{Pose, Slot};
use holm_net::session::host::{Host, HostConfig};
use holm_net::transport::memory::{MemoryNet, Weather};
use std::time::Duration;

const FRAME: Duration = Duration::from_millis(16);
const SECRET: RoomSecret = RoomSecret(*b"a test's secrets");

fn link() -> Link {
    Link::new("127.0.0.1", 1, false, SECRET).unwrap()
}

/// What one person was told, kept for the test to read.
#[derive(Resource, Default)]
struct Facts {
    said: Vec<ChatLine>,
    not_said: Vec<WhyNot>,
    not_changed: Vec<(u64, WhyNot)>,
    /// Whether each wish to say something was said, in the order in which the host answered.
    answers: Vec<bool>,
}

fn note(
    mut facts: ResMut<Facts>,
    mut said: MessageReader<Said>,
    mut not_said: MessageReader<NotSaid>,
    mut not_changed: MessageReader<NotChanged>,
    mut told: MessageReader<Told>,
) {
    facts
        .answers
        .extend(told.read().filter_map(|Told(message)| match message {
            FromHost::Chat(wire::FromHost::Said(_)) => Some(true),
            FromHost::Chat(wire::FromHost::NotSaid(_)) => Some(false),
            _ => None,
        }));
    facts.said.extend(said.read().map(|said| said.line.clone()));
    facts.not_said.extend(not_said.read().map(|not| not.why));
    facts
        .not_changed
        .extend(not_changed.read().map(|not| (not.id, not.why)));
}

/// Nobody here has a body of their own: the test puts them where they stand.
fn person(seed: u8, name: &str) -> App {
    let mut app = holm::headless::bare();
    app.add_plugins(TransformPlugin)
        .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
        .insert_resource(Profile {
            identity: Identity::from_secrets(&[seed; 32], &[seed ^ 0xFF; 32]),
            name: name.to_owned(),
        })
        .add_plugins(SimPlugins { embodied: false })
        .init_resource::<Facts>()
        .add_systems(Last, note);
    app.finish();
    app.cleanup();
    app
}

/// A room whose host is nobody in it, and its guests with where they stand.
struct Room {
    net: MemoryNet,
    apps: Vec<App>,
    places: Vec<[f32; 3]>,
    frames: usize,
}

impl Room {
    fn new(seed: u64) -> Self {
        let net = MemoryNet::new(seed);
        let mut host_app = person(1, "Host");
        let host = Host::new(HostConfig {
            identity: host_app.world().resource::<Profile>().identity.clone(),
            secret: SECRET,
            world_name: "Test island".to_owned(),
            game_protocol: GAME_PROTOCOL,
            max_guests: 16,
            own_name: Some("Host".to_owned()),
            stream_bytes_per_sec: 32_000,
        });
        let transport = Box::new(net.host());
        host_app.world_mut().resource_mut::<Session>().open_host(
            host,
            transport,
            Some(link()),
            true,
            "Test island".to_owned(),
        );
        Self {
            net,
            apps: vec![host_app],
            places: vec![[0.0; 3]],
            frames: 0,
        }
    }

    /// Somebody comes and stands there; their index, once everybody sees everybody.
    fn guest(&mut self, seed: u8, name: &str, place: [f32; 3]) -> usize {
        let mut app = person(seed, name);
        let net = self.net.clone();
        app.insert_resource(Network(Box::new(move |_link: &Link| -> Box<dyn Dial> {
            let net = net.clone();
            Box::new(move || -> BoxTransport { Box::new(net.guest(Weather::PERFECT)) })
        })));
        // One clock for all: the net delivers by the time of whoever sent.
        for _ in 0..self.frames {
            app.update();
        }
        app.world_mut().write_message(JoinLink { link: link() });
        self.apps.push(app);
        self.places.push(place);
        let who = self.apps.len() - 1;
        self.until(5.0, "they come in", |room| {
            room.phase(who) == SessionPhase::Inside
        });
        // Their pose reaches the host.
        self.run(0.8);
        who
    }

    fn phase(&self, who: usize) -> SessionPhase {
        self.apps[who].world().resource::<Session>().phase()
    }

    fn step(&mut self) {
        self.frames += 1;
        for (app, position) in self.apps.iter_mut().zip(&self.places) {
            let pose = Pose {
                position: *position,
                ..Pose::default()
            };
            let world = app.world_mut();
            let mut session = world.resource_mut::<Session>();
            if session.phase() == SessionPhase::Inside {
                session.set_own_pose(pose);
            }
            // What a body of one's own does every frame.
            if let Ok(mut mine) = world.query_filtered::<&mut Posture, With<Me>>().single_mut(world) {
                *mine = Posture { pose, known: true };
            }
            app.update();
        }
    }

    fn run(&mut self, secs: f32) {
        for _ in 0..(secs / FRAME.as_secs_f32()) as usize {
            self.step();
        }
    }

    fn until(&mut self, secs: f32, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        for _ in 0..(secs / FRAME.as_secs_f32()) as usize {
            self.step();
            if done(self) {
                return;
            }
        }
        panic!("not within {secs} s: {what} (seed {})", self.net.seed());
    }

    fn tell<M: Message>(&mut self, who: usize, wish: M) {
        self.apps[who].world_mut().write_message(wish);
    }

    fn say(&mut self, who: usize, text: &str, reach: Reach) {
        self.tell(
            who,
            Say {
                text: text.to_owned(),
                reach,
                mentions: Vec::new(),
            },
        );
        self.run(0.5);
    }

    fn lines(&self, who: usize) -> Vec<ChatLine> {
        let log = self.apps[who].world().resource::<ChatLog>();
        log.lines().cloned().collect()
    }

    fn texts(&self, who: usize) -> Vec<String> {
        self.lines(who).into_iter().map(|line| line.text).collect()
    }

    fn facts(&self, who: usize) -> &Facts {
        self.apps[who].world().resource::<Facts>()
    }

    fn slot(&self, who: usize) -> Slot {
        self.apps[who].world().resource::<Session>().me().unwrap()
    }
}

const FAR: [f32; 3] = [NEAR_METRES * 3.0, 0.0, 0.0];

#[test]
fn whoever_stands_near_hears_a_low_word_and_whoever_is_far_or_late_does_not() {
    let mut room = Room::new(1);
    let bo = room.guest(2, "Bo", [2.0, 0.0, 0.0]);
    let cy = room.guest(3, "Cy", [NEAR_METRES, 0.0, 0.0]);
    let di = room.guest(4, "Di", FAR);
    room.say(bo, "psst", Reach::Near);
    room.say(bo, "hello all", Reach::World);
    assert_eq!(room.texts(bo), ["psst", "hello all"], "who says it reads it");
    assert_eq!(room.texts(0), ["psst", "hello all"], "2 m away");
    assert_eq!(room.texts(cy), ["psst", "hello all"], "18 m away");
    assert_eq!(room.texts(di), ["hello all"], "58 m away");
    let late = room.guest(5, "Late", [1.0, 0.0, 0.0]);
    assert_eq!(room.texts(late), ["hello all"]);
    // Di walks up to them; what was said is not said again, what is said now is heard.
    room.places[di] = [3.0, 0.0, 0.0];
    room.run(1.5);
    room.say(cy, "hi, Di", Reach::Near);
    assert_eq!(room.texts(di), ["hello all", "hi, Di"]);
}

#[test]
fn a_line_is_changed_and_taken_back_for_everybody_who_has_it_and_nobody_else() {
    let mut room = Room::new(2);
    let bo = room.guest(2, "Bo", [2.0, 0.0, 0.0]);
    let cy = room.guest(3, "Cy", FAR);
    room.say(bo, "teh tide", Reach::World);
    room.say(bo, "low word", Reach::Near);
    let ids: Vec<u64> = room.lines(bo).iter().map(|line| line.id).collect();
    for (id, text) in [(ids[0], "the tide"), (ids[1], "lower word")] {
        let text = text.to_owned();
        room.tell(
            bo,
            Edit {
                id,
                text,
                mentions: Vec::new(),
            },
        );
    }
    room.run(0.5);
    assert_eq!(room.texts(0), ["the tide", "lower word"]);
    assert!(room.lines(0).iter().all(|line| line.edited));
    assert_eq!(
        room.texts(cy),
        ["the tide"],
        "an edit tells nobody what they did not hear"
    );
    room.tell(bo, TakeBack { id: ids[0] });
    room.run(0.5);
    for who in [0, bo, cy] {
        let line = &room.lines(who)[0];
        assert!(line.taken_back && line.text.is_empty(), "{line:?}");
    }
    let late = room.guest(4, "Late", FAR);
    assert_eq!(room.texts(late), [""; 0], "nobody reads it later");
}

#[test]
fn nobody_changes_the_words_of_others() {
    let mut room = Room::new(3);
    let bo = room.guest(2, "Bo", [2.0, 0.0, 0.0]);
    room.say(0, "I owe Bo nothing", Reach::World);
    let id = room.lines(bo)[0].id;
    room.tell(
        bo,
        Edit {
            id,
            text: "I owe Bo a boat".to_owned(),
            mentions: Vec::new(),
        },
    );
    for id in [id, 0, u64::MAX] {
        room.tell(bo, TakeBack { id });
    }
    room.run(0.5);
    assert_eq!(room.texts(0), ["I owe Bo nothing"]);
    assert_eq!(room.texts(bo), ["I owe Bo nothing"]);
    let refused: Vec<_> = room.facts(bo).not_changed.iter().map(|(_, why)| *why).collect();
    assert_eq!(refused, [WhyNot::NotYours; 4]);
}

#[test]
fn a_call_by_name_rings_at_whoever_is_meant_and_a_false_one_at_nobody() {
    let mut room = Room::new(4);
    let bo = room.guest(2, "Bo the Boat", [2.0, 0.0, 0.0]);
    let cy = room.guest(3, "Cy", FAR);
    let (slot_bo, slot_cy) = (room.slot(bo), room.slot(cy));
    // Cy's slot is sent along, but the text does not name Cy.
    let say = Say {
        text: "look, @Bo the Boat!".to_owned(),
        reach: Reach::World,
        mentions: vec![slot_bo, slot_cy, Slot(999)],
    };
    room.tell(0, say);
    room.run(0.5);
    assert!(room.lines(bo)[0].names_me);
    assert_eq!(room.lines(bo)[0].named.first(), Some(&(6..18)));
    assert!(!room.lines(cy)[0].names_me);
    assert_eq!(
        room.lines(cy)[0].named.first(),
        Some(&(6..18)),
        "everybody sees who is meant"
    );
    room.say(0, "@Cy is only text here", Reach::World);
    assert!(!room.lines(cy)[1].names_me);
    // Bo leaves, and somebody else gets the seat: the old call is not for them.
    room.tell(bo, LeaveSession::default());
    room.run(1.0);
    let new = room.guest(5, "Bo the Boat", [2.0, 0.0, 0.0]);
    assert_eq!(room.slot(new), slot_bo, "the seat is lent again");
    assert!(room.lines(new).iter().all(|line| !line.names_me));
}

#[test]
fn only_the_host_announces_to_all() {
    let mut room = Room::new(5);
    let bo = room.guest(2, "Bo", FAR);
    room.say(bo, "I am the captain", Reach::Announcement);
    assert_eq!(room.facts(bo).not_said, [WhyNot::NotAllowed]);
    room.say(0, "Supper at the fire", Reach::Announcement);
    assert_eq!(room.lines(bo)[0].reach, Reach::Announcement);
    assert_eq!(room.facts(bo).said.len(), 1);
}

#[test]
fn edits_are_no_way_around_the_limit() {
    let mut room = Room::new(6);
    let bo = room.guest(2, "Bo", FAR);
    room.say(bo, "first", Reach::World);
    room.run(5.0);
    let id = room.lines(bo)[0].id;
    for i in 0..40 {
        let text = format!("edit {i}");
        room.tell(
            bo,
            Edit {
                id,
                text,
                mentions: Vec::new(),
            },
        );
    }
    room.run(1.0);
    let refused = room.facts(bo).not_changed.len();
    assert!((33..=36).contains(&refused), "{refused} of 40 refused");
    assert_eq!(room.phase(bo), SessionPhase::Inside, "and Bo is still here");
    let (line, at_bo) = (room.lines(0), room.lines(bo));
    assert_eq!(line[0].text, at_bo[0].text, "both read the same");
}

#[test]
fn a_hostile_guest_and_a_hostile_host_write_only_tamed_lines() {
    let mut room = Room::new(7);
    let bo = room.guest(2, "Bo", FAR);
    let zalgo = format!("a{}\u{202E}b", "\u{0E47}".repeat(300));
    let raw = wire::ToHost::Say(wire::Saying {
        text: zalgo.clone(),
        reach: Reach::World,
        mentions: (0..1000).collect(),
    });
    room.tell(bo, TellHost(ToHost::Chat(raw)));
    room.run(0.5);
    assert_eq!(room.texts(0), ["a\u{0E47}\u{0E47}\u{0E47}b"]);
    // The host's program lies: long lines, ids that jump, edits and takings back of what is not there.
    let line = wire::Line {
        id: u64::MAX,
        slot: 60_000,
        account: [9; 32],
        name: "\u{202E}nobody\n".repeat(200),
        text: zalgo.repeat(20),
        at_secs: u64::MAX,
        reach: Reach::Announcement,
        mentions: (0..2000).collect(),
        edited: true,
    };
    let low = wire::Line {
        id: 0,
        ..line.clone()
    };
    for lie in [
        wire::FromHost::Said(line.clone()),
        wire::FromHost::Said(line.clone()),
        wire::FromHost::History(vec![low, line]),
        wire::FromHost::Edited {
            id: 77,
            text: "x".to_owned(),
            mentions: vec![1; 5000],
        },
        wire::FromHost::TakenBack { id: 78 },
        wire::FromHost::NotChanged {
            id: 79,
            why: WhyNot::TooLate,
        },
    ] {
        room.tell(0, Tell::all(FromHost::Chat(lie)));
    }
    room.run(0.5);
    let lines = room.lines(bo);
    assert_eq!(lines.len(), 3);
    assert!(
        lines
            .iter()
            .all(|l| l.text.chars().count() <= 500 && l.name.chars().count() <= 32)
    );
    assert!(lines.is_sorted_by_key(|l| l.id));
    assert_eq!(room.phase(bo), SessionPhase::Inside);
}

#[test]
fn the_people_one_could_call_are_those_in_the_room() {
    let mut room = Room::new(8);
    let bo = room.guest(2, "Bo", FAR);
    let names: Vec<String> = {
        let world = room.apps[bo].world();
        let people = world.resource::<People>();
        people
            .iter()
            .filter_map(|(_, entity)| Some(world.get::<Person>(entity)?.name.clone()))
            .collect()
    };
    assert_eq!(names, ["Host", "Bo"]);
}

#[test]
fn answers_come_in_the_order_of_the_wishes_also_when_they_come_at_once() {
    let mut room = Room::new(11);
    let bo = room.guest(2, "Bo", [2.0, 0.0, 0.0]);
    // As after a lost link: more lines than one may say in a moment, in one frame.
    for n in 0..6 {
        room.tell(
            bo,
            Say {
                text: format!("line {n}"),
                reach: Reach::World,
                mentions: Vec::new(),
            },
        );
    }
    room.run(1.0);
    assert_eq!(room.facts(bo).answers, [true, true, true, true, true, false]);
}

#[test]
fn the_last_word_of_somebody_who_goes_is_heard() {
    let mut room = Room::new(11);
    let bo = room.guest(2, "Bo", [2.0, 0.0, 0.0]);
    let cy = room.guest(3, "Cy", [3.0, 0.0, 0.0]);
    // In one frame, as a quick hand or a slow machine does.
    for (text, reach) in [("good night", Reach::World), ("psst", Reach::Near)] {
        room.tell(
            bo,
            Say {
                text: text.to_owned(),
                reach,
                mentions: Vec::new(),
            },
        );
    }
    room.tell(bo, LeaveSession::default());
    room.run(1.5);
    assert_eq!(room.phase(bo), SessionPhase::Off);
    for who in [0, cy] {
        assert_eq!(room.texts(who), ["good night", "psst"]);
    }
    assert!(room.lines(cy).iter().all(|line| line.name == "Bo"));
    // Who comes later reads it, too, and whoever gets the seat is somebody else.
    let di = room.guest(4, "Di", FAR);
    assert_eq!(room.texts(di), ["good night"]);
    assert!(room.facts(bo).not_said.is_empty());
}

#[test]
fn the_last_word_of_a_host_who_closes_the_world_is_heard() {
    let mut room = Room::new(12);
    let bo = room.guest(2, "Bo", [2.0, 0.0, 0.0]);
    room.tell(0, Say::to_all("we close"));
    room.tell(0, LeaveSession::default());
    room.until(1.5, "the world is closed", |room| {
        room.phase(0) == SessionPhase::Off
    });
    room.run(0.3);
    assert_eq!(
        room.facts(bo).said.last().map(|line| line.text.as_str()),
        Some("we close")
    );
    assert_eq!(room.phase(bo), SessionPhase::Off);
}

#[test]
fn who_gives_no_name_has_none_on_the_wire() {
    let mut room = Room::new(13);
    let nobody = room.guest(2, "", [2.0, 0.0, 0.0]);
    let bo = room.guest(3, "Bo", [2.0, 0.0, 0.0]);
    room.say(nobody, "hello", Reach::World);
    assert_eq!(room.lines(bo)[0].name, "");
}

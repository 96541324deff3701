//! People in one process who hear each other: near and far, the silenced, the muted and the blocked, whispers, late joiners.
//!
//! Like `talking.rs`: each person is a whole app without a window, over the in-memory transport, time stepped by hand. What
//! they say is no sound but frames of bytes that only they would say: nobody in between looks into them.
#![allow(clippy::unwrap_used, reason = "tests")]

use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use holm::SimPlugins;
use holm::people::mute::{Block, Mute};
use holm::people::{Me, People, Person, Posture};
use holm::powers::SendAway;
use holm::profile::Profile;
use holm::session::{
    BoxTransport, Dial, JoinLink, LeaveSession, Network, Session, SessionPhase, Tell, TellHost,
};
use holm::things::{Build, Things};
use holm::voice::wire::{
    FromHost as ToldOfVoice, Letter, Microphone as ToldMicrophone, ToHost as SaidOfVoice,
};
use holm::voice::{
    Audience, Frame, FrameHeard, HeardBy, Microphone, MyVoice, Offers, Reach, SayFrame, Speaking,
};
use holm::wire::{FromHost, GAME_PROTOCOL, ToHost};
use holm_document::{Act, Order, PersonNo};
use holm_identity::{AccountKey, Identity};
use holm_net::link::{Link, RoomSecret};
use holm_net::pose::{Pose, Slot};
use holm_net::session::host::{Host, HostConfig};
use holm_net::session::voice::VoiceRules;
use holm_net::transport::memory::{MemoryNet, Weather};
use holm_voice::frame::{Flags, Sequence};
use std::time::Duration;

const FRAME: Duration = Duration::from_millis(16);
const SECRET: RoomSecret = RoomSecret(*b"a test's secrets");

fn link() -> Link {
    Link::new("127.0.0.1", 1, false, SECRET).unwrap()
}

/// What one person heard, for the test to read.
#[derive(Resource, Default)]
struct Ears(Vec<(Slot, Frame)>);

fn listen(mut ears: ResMut<Ears>, mut heard: MessageReader<FrameHeard>) {
    ears.0.extend(heard.read().map(|heard| (heard.slot, heard.frame)));
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
        .init_resource::<Ears>()
        .add_systems(Last, listen);
    app.finish();
    app.cleanup();
    app
}

/// Ada's room, in which she is herself, and her guests with where they stand.
struct Room {
    net: MemoryNet,
    apps: Vec<App>,
    places: Vec<[f32; 3]>,
    steps: usize,
    /// Of the next frame that anybody says.
    sequence: u16,
}

const ADA: usize = 0;

/// What somebody says: nobody else would say the same.
fn said(seed: u8, number: u16) -> Vec<u8> {
    (0..60).map(|at| seed ^ (number as u8).wrapping_add(at)).collect()
}

impl Room {
    fn new(seed: u64) -> Self {
        let net = MemoryNet::new(seed);
        let mut ada = person(1, "Ada");
        let host = Host::new(HostConfig {
            identity: ada.world().resource::<Profile>().identity.clone(),
            secret: SECRET,
            world_name: "Test island".to_owned(),
            game_protocol: GAME_PROTOCOL,
            max_guests: 16,
            own_name: Some("Ada".to_owned()),
            stream_bytes_per_sec: 32_000,
        });
        let transport = Box::new(net.host());
        ada.world_mut().resource_mut::<Session>().open_host(
            host,
            transport,
            Some(link()),
            true,
            "Test island".to_owned(),
        );
        Self {
            net,
            apps: vec![ada],
            places: vec![[0.0; 3]],
            steps: 0,
            sequence: 0,
        }
    }

    /// Somebody comes and stands so far to the right of Ada; their index, once they are in and may speak.
    fn guest(&mut self, seed: u8, name: &str, metres: f32) -> usize {
        let mut app = person(seed, name);
        let net = self.net.clone();
        app.insert_resource(Network(Box::new(move |_link: &Link| -> Box<dyn Dial> {
            let net = net.clone();
            Box::new(move || -> BoxTransport { Box::new(net.guest(Weather::PERFECT)) })
        })));
        // One clock for all: the net delivers by the time of whoever sent.
        for _ in 0..self.steps {
            app.update();
        }
        app.world_mut().write_message(JoinLink { link: link() });
        self.apps.push(app);
        self.places.push([metres, 0.0, 0.0]);
        let who = self.apps.len() - 1;
        self.until(5.0, "they come in", |room| {
            room.phase(who) == SessionPhase::Inside && room.things(who).me().is_some()
        });
        // Their pose reaches the host.
        self.run(0.8);
        who
    }

    fn phase(&self, who: usize) -> SessionPhase {
        self.apps[who].world().resource::<Session>().phase()
    }

    fn things(&self, who: usize) -> &Things {
        self.apps[who].world().resource::<Things>()
    }

    fn slot(&self, who: usize) -> Slot {
        self.apps[who].world().resource::<Session>().me().unwrap()
    }

    fn account(&self, who: usize) -> AccountKey {
        self.apps[who].world().resource::<Profile>().identity.account()
    }

    fn number(&self, of: usize) -> PersonNo {
        let state = self.things(ADA).state().unwrap();
        state.number_of(&self.account(of).0).unwrap()
    }

    fn tell<M: Message>(&mut self, who: usize, wish: M) {
        self.apps[who].world_mut().write_message(wish);
    }

    fn order(&mut self, order: Order) {
        let acts = vec![Act::Order(order)];
        self.tell(ADA, Build { acts });
        self.run(0.5);
    }

    fn voice(&mut self, who: usize) -> Mut<'_, MyVoice> {
        self.apps[who].world_mut().resource_mut::<MyVoice>()
    }

    fn speaks_to(&mut self, who: usize, few: &[usize]) {
        let few = few.iter().map(|of| self.account(*of)).collect();
        self.voice(who).audience = Audience::Few(few);
        self.run(1.0);
    }

    fn step(&mut self) {
        self.steps += 1;
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

    /// Somebody speaks for so long, a frame in each step; `each` step is looked at.
    fn speak_and(&mut self, who: usize, reach: Reach, secs: f32, mut each: impl FnMut(&mut Self)) {
        for app in &mut self.apps {
            app.world_mut().resource_mut::<Ears>().0.clear();
        }
        let seed = self.account(who).0[0];
        let steps = (secs / FRAME.as_secs_f32()) as u16;
        for step in 0..steps {
            let flags = Flags {
                reach,
                sealed: false,
                begins: step == 0,
            };
            let number = self.sequence;
            let frame = Frame::new(Sequence(number), flags, 9, &said(seed, number)).unwrap();
            self.sequence += 1;
            self.tell(who, SayFrame(frame));
            self.step();
            each(self);
        }
        // The last of it is on its way for a moment, and seen for a fifth of a second.
        self.run(0.4);
        // Numbers go on while nobody speaks, too.
        self.sequence += 20;
    }

    /// The same; how many of the frames each of them heard. What is heard is what was said.
    fn speak(&mut self, who: usize, reach: Reach, secs: f32) -> Vec<usize> {
        self.speak_and(who, reach, secs, |_| ());
        let (slot, seed) = (self.slot(who), self.account(who).0[0]);
        let heard = self.apps.iter().map(|app| {
            let ears = &app.world().resource::<Ears>().0;
            for (from, frame) in ears {
                assert_eq!(*from, slot);
                assert_eq!((frame.flags.reach, frame.level()), (reach, 9));
                assert_eq!(frame.payload(), said(seed, frame.sequence.0));
            }
            ears.len()
        });
        heard.collect()
    }

    /// Who of them heard (nearly) all of it, and who nothing; anything in between is a failure.
    fn hear(&mut self, who: usize, reach: Reach) -> Vec<bool> {
        // 62 frames.
        let heard = self.speak(who, reach, 1.0);
        assert!(heard.iter().all(|count| *count == 0 || *count >= 50), "{heard:?}");
        heard.into_iter().map(|count| count > 0).collect()
    }

    fn of<C: Component + Copy>(&self, who: usize, of: usize) -> C {
        let (world, slot) = (self.apps[who].world(), self.slot(of));
        let entity = world.resource::<People>().entity(slot).unwrap();
        *world.get::<C>(entity).unwrap()
    }

    fn heard_by(&self, who: usize) -> Option<u16> {
        self.apps[who].world().resource::<HeardBy>().0
    }

    fn offers(&self, who: usize) -> &Offers {
        self.apps[who].world().resource::<Offers>()
    }
}

#[test]
fn whoever_stands_near_hears_and_sees_who_speaks_and_whoever_is_far_does_not() {
    let mut room = Room::new(1);
    let bo = room.guest(2, "Bo", 2.0);
    let cy = room.guest(3, "Cy", 12.0);
    let di = room.guest(4, "Di", 100.0);
    assert_eq!(room.hear(bo, Reach::Normal), [true, false, true, false]);
    assert_eq!(room.hear(ADA, Reach::Normal), [false, true, true, false]);
    assert_eq!(room.hear(bo, Reach::Whisper), [true, false, false, false]);
    let mut levels = [0; 4];
    room.speak_and(bo, Reach::Normal, 0.5, |room| {
        for (who, level) in levels.iter_mut().enumerate() {
            *level = room.of::<Speaking>(who, bo).level;
        }
    });
    assert_eq!(levels, [9, 9, 9, 0], "Bo sees their own, too");
    for who in [ADA, bo, cy, di] {
        assert_eq!(room.of::<Speaking>(who, bo), Speaking::default());
    }
    // Di walks up to them.
    room.places[di] = [6.0, 0.0, 0.0];
    room.run(1.0);
    assert_eq!(room.hear(bo, Reach::Normal), [true, false, true, true]);
}

#[test]
fn how_many_hear_is_told_to_whoever_speaks_from_the_first_moment() {
    let mut room = Room::new(2);
    let bo = room.guest(2, "Bo", 100.0);
    let cy = room.guest(3, "Cy", 103.0);
    assert_eq!(room.heard_by(bo), None, "Bo has not spoken");
    room.speak(bo, Reach::Normal, 0.2);
    assert_eq!(room.heard_by(bo), Some(1), "Cy");
    room.places[cy] = [0.0, 0.0, 5.0];
    room.run(2.0);
    room.speak(bo, Reach::Normal, 0.2);
    assert_eq!(room.heard_by(bo), Some(0), "nobody");
    room.speak(ADA, Reach::Normal, 0.2);
    assert_eq!(room.heard_by(ADA), Some(1), "whoever hosts is told, too");
    assert_eq!(room.heard_by(cy), None);
}

#[test]
fn who_is_silenced_or_sent_away_is_not_heard_from_then_on() {
    let mut room = Room::new(3);
    let bo = room.guest(2, "Bo", 2.0);
    room.guest(3, "Cy", 5.0);
    let person = room.number(bo);
    let silence = |until_secs| Order::Silence { person, until_secs };
    room.order(silence(u64::MAX));
    assert_eq!(room.hear(bo, Reach::Normal), [false; 3]);
    assert_eq!(room.heard_by(bo), Some(0));
    room.order(silence(0));
    assert_eq!(room.hear(bo, Reach::Normal), [true, false, true]);
    // In the middle of a word.
    let wish = SendAway {
        slot: room.slot(bo),
        account: room.account(bo),
    };
    let mut step = 0;
    room.speak_and(bo, Reach::Normal, 2.0, |room| {
        step += 1;
        if step == 30 {
            room.tell(ADA, wish);
        }
    });
    assert_ne!(room.phase(bo), SessionPhase::Inside);
    for who in [ADA, 2] {
        let heard = room.apps[who].world().resource::<Ears>().0.len();
        assert!((20..=35).contains(&heard), "{heard} of 125");
    }
}

#[test]
fn of_who_is_muted_nothing_is_heard_or_seen_and_the_others_hear_them() {
    let mut room = Room::new(4);
    let bo = room.guest(2, "Bo", 2.0);
    let cy = room.guest(3, "Cy", 5.0);
    let (account, name) = (room.account(bo), "Bo".to_owned());
    let mute = |on| Mute {
        account,
        name: name.clone(),
        on,
    };
    room.tell(cy, mute(true));
    room.run(0.1);
    let mut seen = 0;
    room.speak_and(bo, Reach::Normal, 0.5, |room| {
        seen = seen.max(room.of::<Speaking>(cy, bo).level);
    });
    assert_eq!(seen, 0);
    assert_eq!(room.hear(bo, Reach::Normal), [true, false, false]);
    assert_eq!(
        room.hear(cy, Reach::Normal),
        [true, true, false],
        "Bo knows nothing of it"
    );
    room.tell(cy, mute(false));
    room.run(0.1);
    assert_eq!(room.hear(bo, Reach::Normal), [true, false, true]);
}

#[test]
fn neither_of_two_hears_the_other_once_one_blocks() {
    let mut room = Room::new(5);
    let bo = room.guest(2, "Bo", 2.0);
    let cy = room.guest(3, "Cy", 5.0);
    let (account, name) = (room.account(bo), "Bo".to_owned());
    room.tell(
        cy,
        Block {
            account,
            name,
            on: true,
        },
    );
    let (blocker, blocked) = (room.number(cy), room.number(bo));
    room.until(10.0, "the world knows", |room| {
        let state = room.things(ADA).state().unwrap();
        state.person(blocker).unwrap().blocks.contains(&blocked)
    });
    room.run(0.2);
    assert_eq!(room.hear(bo, Reach::Normal), [true, false, false]);
    assert_eq!(room.hear(cy, Reach::Normal), [true, false, false]);
    // Nor does a whisper find its way.
    room.speaks_to(bo, &[cy]);
    assert_eq!(room.hear(bo, Reach::Normal), [false; 3]);
    assert!(room.offers(cy).0.is_empty());
}

#[test]
fn earmuffs_let_in_who_is_near_and_the_stage_is_for_whoever_keeps_order() {
    let mut room = Room::new(6);
    let bo = room.guest(2, "Bo", 10.0);
    let cy = room.guest(3, "Cy", 18.0);
    let di = room.guest(4, "Di", 500.0);
    room.voice(cy).earmuffs = Some(4.0);
    room.run(0.5);
    assert_eq!(
        room.hear(bo, Reach::Normal),
        [true, false, false, false],
        "8 m away"
    );
    room.places[bo] = [15.0, 0.0, 0.0];
    room.run(1.0);
    assert_eq!(
        room.hear(bo, Reach::Normal),
        [true, false, true, false],
        "3 m away"
    );
    room.voice(cy).earmuffs = None;
    room.run(0.5);
    assert_eq!(room.hear(bo, Reach::Stage), [false; 4], "Bo may not");
    assert_eq!(room.hear(ADA, Reach::Stage), [false, true, true, true]);
    let person = room.number(bo);
    room.order(Order::Rank {
        person,
        role: holm_document::Role::Moderator,
    });
    assert_eq!(room.hear(bo, Reach::Stage), [true, false, true, true]);
    assert_eq!(
        room.of::<Speaking>(di, bo),
        Speaking::default(),
        "and is silent again"
    );
}

#[test]
fn a_whisper_is_opened_by_its_one_and_by_nobody_else_and_can_be_answered() {
    let mut room = Room::new(7);
    let bo = room.guest(2, "Bo", 1.0);
    let cy = room.guest(3, "Cy", 2.0);
    let di = room.guest(4, "Di", 3.0);
    room.speaks_to(bo, &[cy]);
    assert_eq!(room.hear(bo, Reach::Normal), [false, false, true, false]);
    let mut seen = Speaking::default();
    room.speak_and(bo, Reach::Normal, 0.3, |room| seen = room.of::<Speaking>(cy, bo));
    assert!(seen.level == 9 && seen.sealed, "{seen:?}");
    assert_eq!(room.heard_by(bo), Some(1));
    // A host that sends it to all of them, itself included: none of them can open it.
    let slot = room.slot(bo);
    let open = |room: &mut Room| {
        let mut session = room.apps[ADA].world_mut().resource_mut::<Session>();
        session.set_voice(slot, VoiceRules::default());
    };
    open(&mut room);
    let mut listeners = 0;
    room.speak_and(bo, Reach::Normal, 0.5, |room| {
        let session = room.apps[ADA].world().resource::<Session>();
        listeners = listeners.max(session.voice_listeners(slot).unwrap_or(0));
        for who in [ADA, di] {
            assert_eq!(room.of::<Speaking>(who, bo), Speaking::default());
        }
    });
    assert_eq!(listeners, 3, "it was sent to all");
    assert_eq!(room.hear(bo, Reach::Normal), [false, false, true, false]);
    // Cy answers with one press, and nobody else hears that either.
    let offers = room.offers(cy).0.clone();
    assert_eq!(offers.len(), 1);
    assert_eq!((offers[0].from, offers[0].others.len()), (room.account(bo), 0));
    room.voice(cy).audience = offers[0].answer();
    room.run(1.0);
    assert_eq!(room.hear(cy, Reach::Normal), [false, true, false, false]);
    assert!(room.offers(di).0.is_empty() && room.offers(ADA).0.is_empty());
    // And back to all.
    for who in [bo, cy] {
        room.voice(who).audience = Audience::All;
    }
    room.run(0.5);
    assert_eq!(room.hear(bo, Reach::Normal), [true, false, true, true]);
    assert!(room.offers(cy).0.is_empty());
}

#[test]
fn nothing_is_said_in_clear_while_keys_are_exchanged_and_to_nobody_who_is_not_there() {
    let mut room = Room::new(8);
    let bo = room.guest(2, "Bo", 1.0);
    let cy = room.guest(3, "Cy", 2.0);
    // From the moment of the wish on, and with nobody there to hear it.
    let few = vec![AccountKey([9; 32]), room.account(cy)];
    room.voice(bo).audience = Audience::Few(few);
    room.speak_and(bo, Reach::Normal, 1.0, |_| ());
    assert!(room.apps[ADA].world().resource::<Ears>().0.is_empty());
    let heard = room.apps[cy].world().resource::<Ears>().0.len();
    assert!(heard >= 30, "once there are keys: {heard}");
    room.voice(bo).audience = Audience::Few(vec![AccountKey([9; 32])]);
    let mut own = 0;
    room.speak_and(bo, Reach::Normal, 0.5, |room| {
        own = own.max(room.of::<Speaking>(bo, bo).level);
    });
    for who in [ADA, cy] {
        assert!(room.apps[who].world().resource::<Ears>().0.is_empty(), "{who}");
    }
    assert_eq!(own, 0, "one sees that one is not heard");
}

#[test]
fn who_is_left_out_of_a_circle_or_comes_back_into_it_hears_what_is_theirs() {
    let mut room = Room::new(9);
    let bo = room.guest(2, "Bo", 1.0);
    let cy = room.guest(3, "Cy", 2.0);
    let di = room.guest(4, "Di", 3.0);
    room.speaks_to(bo, &[cy, di]);
    assert_eq!(room.hear(bo, Reach::Normal), [false, false, true, true]);
    let offer = room.offers(cy).0[0].clone();
    assert_eq!(
        (offer.from, offer.others),
        (room.account(bo), vec![room.account(di)])
    );
    room.speaks_to(bo, &[di]);
    assert_eq!(room.hear(bo, Reach::Normal), [false, false, false, true]);
    // Di goes and comes back as somebody whose program has just begun.
    room.tell(di, LeaveSession::default());
    room.run(1.5);
    assert_ne!(room.phase(di), SessionPhase::Inside);
    drop(room.apps.remove(di));
    room.places.remove(di);
    assert_eq!(room.hear(bo, Reach::Normal), [false; 3]);
    let di = room.guest(4, "Di", 3.0);
    room.run(1.0);
    assert_eq!(room.hear(bo, Reach::Normal), [false, false, false, true]);
    assert_eq!(room.offers(di).0.len(), 1);
}

#[test]
fn who_comes_late_sees_whose_microphone_is_how() {
    let mut room = Room::new(10);
    let bo = room.guest(2, "Bo", 1.0);
    let cy = room.guest(3, "Cy", 2.0);
    room.voice(ADA).microphone = Microphone::Muted;
    room.voice(bo).microphone = Microphone::Open;
    room.run(0.5);
    for who in [ADA, bo, cy] {
        let told = [ADA, bo, cy].map(|of| room.of::<Microphone>(who, of));
        assert_eq!(told, [Microphone::Muted, Microphone::Open, Microphone::None]);
    }
    let di = room.guest(4, "Di", 200.0);
    let told = [ADA, bo, cy, di].map(|of| room.of::<Microphone>(di, of));
    assert_eq!(
        told,
        [
            Microphone::Muted,
            Microphone::Open,
            Microphone::None,
            Microphone::None
        ]
    );
    // Whoever gets Bo's seat has not got Bo's microphone.
    let seat = room.slot(bo);
    room.tell(bo, LeaveSession::default());
    room.run(1.5);
    let new = room.guest(5, "Ed", 1.0);
    assert_eq!(room.slot(new), seat, "the seat is lent again");
    for who in [ADA, di] {
        assert_eq!(room.of::<Microphone>(who, new), Microphone::None);
    }
}

#[test]
fn a_hostile_guest_and_a_hostile_host_make_nobody_fall_over() {
    let mut room = Room::new(11);
    let bo = room.guest(2, "Bo", 1.0);
    let cy = room.guest(3, "Cy", 2.0);
    let to = room.account(cy).0;
    let letters = [
        Letter::Ends,
        Letter::Key(vec![7; 148]),
        Letter::Key(vec![7; 40_000]),
        Letter::Listens {
            announcement: vec![7; 224],
            hears: true,
        },
        Letter::Speaks {
            announcement: vec![7; 224],
            members: vec![to],
            signature: vec![7; 64],
        },
    ];
    for round in 0..40_u8 {
        for letter in &letters {
            let letter = letter.clone();
            let circle = [round; 16];
            room.tell(
                bo,
                TellHost(ToHost::Voice(SaidOfVoice::Letter { to, circle, letter })),
            );
        }
        room.step();
    }
    let from = [0xEE; 32];
    for letter in letters {
        let circle = [1; 16];
        let letter = ToldOfVoice::Letter { from, circle, letter };
        room.tell(ADA, Tell::all(FromHost::Voice(letter)));
    }
    let many = (0..9_000).map(|slot| (slot, ToldMicrophone::Open)).collect();
    room.tell(ADA, Tell::all(FromHost::Voice(ToldOfVoice::Microphones(many))));
    room.tell(ADA, Tell::all(FromHost::Voice(ToldOfVoice::HeardBy(u16::MAX))));
    room.run(1.0);
    assert!(room.offers(cy).0.is_empty());
    assert!(room.heard_by(cy).is_some_and(|listeners| listeners < 1_000));
    for who in [bo, cy] {
        assert_eq!(room.phase(who), SessionPhase::Inside);
    }
    assert_eq!(room.hear(cy, Reach::Normal), [true, true, false]);
}

/// Nobody has two voices, and everybody has one.
#[test]
fn everybody_in_the_room_can_be_seen_to_speak() {
    let mut room = Room::new(12);
    room.guest(2, "Bo", 1.0);
    room.guest(3, "Cy", 2.0);
    for app in &mut room.apps {
        let world = app.world_mut();
        let mut all = world.query::<(&Person, Has<Speaking>, Has<Microphone>)>();
        let people: Vec<_> = all
            .iter(world)
            .map(|(_, speaking, mic)| (speaking, mic))
            .collect();
        assert_eq!(people, [(true, true); 3]);
    }
}

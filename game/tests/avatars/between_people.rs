//! Avatars between people, in one process over memory.

use super::{COOL_LOOPS, EXPRESSIONS, glb, vrm1};
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bytes::Bytes;
use core::time::Duration;
use holm::SimPlugins;
use holm::avatar::own::{Answer, Answered, ChangeLook, Own, OwnAvatar, TakeOff, TryOn};
use holm::avatar::wire::{AvatarRef, FromHost, ToHost, Weight, WhyNot, Worn};
use holm::avatar::{Avatars, AvatarsShown, Refusal, Wearing, limits};
use holm::people::Person;
use holm::people::look::{Choice, Look};
use holm::profile::Profile;
use holm::session::{BoxTransport, Heard, LeaveSession, Session, SessionPhase, TellHost, Told, Unseated};
use holm::wire::{FromHost as GameFromHost, GAME_PROTOCOL, ToHost as GameToHost};
use holm::world::LoadWorld;
use holm_identity::Identity;
use holm_net::link::{Link, RoomSecret};
use holm_net::pose::Slot;
use holm_net::session::EndReason;
use holm_net::session::host::{Host, HostConfig};
use holm_net::transport::memory::{MemoryNet, Weather};
use holm_net::transport::{Channel, LinkEvent, LinkId, LinkReport, SendError, Transport};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A line that loses files and nothing else, while it is told to.
struct Clogging {
    line: BoxTransport,
    clogged: Arc<AtomicBool>,
}

impl Transport for Clogging {
    fn poll(&mut self, now: Duration, events: &mut Vec<LinkEvent>) {
        let from = events.len();
        self.line.poll(now, events);
        if self.clogged.load(Ordering::Relaxed) {
            let mut index = 0;
            events.retain(|event| {
                index += 1;
                let file = matches!(
                    event,
                    LinkEvent::Received {
                        channel: Channel::Bulk,
                        ..
                    }
                );
                index <= from || !file
            });
        }
    }

    fn send(&mut self, link: LinkId, channel: Channel, bytes: Bytes) -> Result<(), SendError> {
        if channel == Channel::Bulk && self.clogged.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.line.send(link, channel, bytes)
    }

    fn close(&mut self, link: LinkId) {
        self.line.close(link);
    }

    fn report(&self, link: LinkId) -> Option<LinkReport> {
        self.line.report(link)
    }
}

const FRAME: Duration = Duration::from_millis(20);

struct Room {
    net: MemoryNet,
    /// The host first.
    apps: Vec<App>,
}

fn program(embodied: bool) -> App {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, TransformPlugin, bevy::state::app::StatesPlugin))
        .add_plugins(SimPlugins { embodied })
        .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME));
    app.finish();
    app.cleanup();
    app
}

impl Room {
    fn open(embodied: bool) -> Self {
        let net = MemoryNet::new(5);
        let mut host = program(embodied);
        let config = HostConfig {
            identity: Identity::from_secrets(&[1; 32], &[101; 32]),
            secret: RoomSecret([7; 16]),
            world_name: "Test".into(),
            game_protocol: GAME_PROTOCOL,
            max_guests: 8,
            own_name: embodied.then(|| "Host".into()),
            stream_bytes_per_sec: 32_000,
        };
        let transport: BoxTransport = Box::new(net.host());
        host.world_mut().resource_mut::<Session>().open_host(
            Host::new(config),
            transport,
            None,
            embodied,
            "Test".into(),
        );
        host.world_mut().write_message(LoadWorld::Nothing);
        Self {
            net,
            apps: vec![host],
        }
    }

    /// Somebody comes in and is inside; their place in the list, which is their slot as well.
    fn join(&mut self) -> usize {
        self.join_over(Arc::default())
    }

    /// The same, with a line on which no file moves while the switch is on.
    fn join_over(&mut self, clogged: Arc<AtomicBool>) -> usize {
        let mut guest = program(true);
        let who = self.apps.len() as u8 + 1;
        let profile = Profile {
            identity: Identity::from_secrets(&[who; 32], &[who + 100; 32]),
            name: "Guest".into(),
        };
        let link = Link::new("localhost", 1, false, RoomSecret([7; 16])).unwrap();
        let net = self.net.clone();
        let dial = move || -> BoxTransport {
            Box::new(Clogging {
                line: Box::new(net.guest(Weather::GOOD_WIFI)),
                clogged: clogged.clone(),
            })
        };
        guest
            .world_mut()
            .resource_mut::<Session>()
            .join(&profile, link, Box::new(dial));
        self.apps.push(guest);
        let at = self.apps.len() - 1;
        self.until("inside", |room| room.phase(at) == SessionPhase::Inside);
        at
    }

    fn phase(&self, at: usize) -> SessionPhase {
        self.apps[at].world().resource::<Session>().phase()
    }

    #[track_caller]
    fn until(&mut self, what: &str, so: impl Fn(&mut Self) -> bool) {
        for _ in 0..3_000 {
            self.step();
            if so(self) {
                return;
            }
        }
        panic!("never {what}");
    }

    /// How long a frame takes from now on, for all of them.
    fn pace(&mut self, frame: Duration) {
        for app in &mut self.apps {
            app.insert_resource(TimeUpdateStrategy::ManualDuration(frame));
        }
    }

    fn step(&mut self) {
        for app in &mut self.apps {
            app.update();
        }
        // Files are read in tasks, on threads that need a moment of the real machine.
        std::thread::yield_now();
    }

    fn wears(&mut self, at: usize, slot: u16) -> Option<Wearing> {
        let world = self.apps[at].world_mut();
        let mut people = world.query::<(&Person, &Wearing)>();
        people
            .iter(world)
            .find(|(person, _)| person.slot == Slot(slot))
            .map(|(_, wearing)| *wearing)
    }

    /// Those but oneself who wear this file, with what they say of it.
    fn wearers(&mut self, at: usize, bytes: &[u8]) -> Vec<(u16, AvatarRef)> {
        let hash = *blake3::hash(bytes).as_bytes();
        let world = self.apps[at].world_mut();
        let mut people = world.query::<(&Person, &Wearing)>();
        people
            .iter(world)
            .filter(|(person, _)| !person.me)
            .filter_map(|(person, wearing)| Some((person.slot.0, wearing.avatar?)))
            .filter(|(_, said)| said.hash == hash)
            .collect()
    }

    fn shown_in(&mut self, at: usize, slot: u16, bytes: &[u8]) -> bool {
        let wearers = self.wearers(at, bytes);
        let avatars = self.apps[at].world().resource::<Avatars>();
        wearers
            .iter()
            .any(|(who, said)| *who == slot && avatars.document(said).is_some())
    }

    fn shows(&mut self, at: usize, bytes: &[u8]) -> bool {
        let wearers = self.wearers(at, bytes);
        let avatars = self.apps[at].world().resource::<Avatars>();
        wearers.iter().any(|(_, said)| avatars.document(said).is_some())
    }

    fn refusal(&mut self, at: usize, bytes: &[u8]) -> Option<Refusal> {
        let wearers = self.wearers(at, bytes);
        let avatars = self.apps[at].world().resource::<Avatars>();
        wearers.iter().find_map(|(_, said)| avatars.refusal(said))
    }

    fn try_on(&mut self, at: usize, bytes: &[u8]) {
        self.apps[at].world_mut().write_message(TryOn {
            bytes: Bytes::copy_from_slice(bytes),
            answer: None,
        });
    }

    fn own(&self, at: usize) -> &Own {
        self.apps[at].world().resource::<Own>()
    }

    fn account(&mut self, at: usize, slot: u16) -> [u8; 32] {
        let world = self.apps[at].world_mut();
        let mut people = world.query::<&Person>();
        let mut people = people.iter(world);
        people.find(|person| person.slot == Slot(slot)).unwrap().account.0
    }

    /// What a host says that is wrong, or late.
    fn told(&mut self, at: usize, slot: u16, account: [u8; 32], worn: Worn) {
        let message = GameFromHost::Avatar(FromHost::Worn { slot, account, worn });
        self.apps[at].world_mut().write_message(Told(message));
    }

    /// Somebody whose program says what it likes.
    fn lie(&mut self, at: usize, bytes: &[u8], change: impl FnOnce(&mut AvatarRef)) {
        let world = self.apps[at].world_mut();
        world
            .resource_mut::<Session>()
            .offer_blob(Bytes::copy_from_slice(bytes));
        let mut avatar = AvatarRef {
            hash: *blake3::hash(bytes).as_bytes(),
            len: bytes.len() as u32,
            weight: Weight::Good,
            declared: false,
        };
        change(&mut avatar);
        let worn = Worn {
            look: None,
            avatar: Some(avatar),
        };
        world.write_message(TellHost(GameToHost::Avatar(ToHost::Wear(worn))));
    }
}

fn strict() -> Vec<u8> {
    let (root, blob) = vrm1();
    glb(&root, &blob)
}

#[test]
fn what_one_wears_the_others_see_and_who_comes_late_too() {
    let mut room = Room::open(false);
    let (a, b) = (room.join(), room.join());
    room.try_on(a, COOL_LOOPS);
    room.until("shown", |room| room.shows(b, COOL_LOOPS));
    let hash = *blake3::hash(COOL_LOOPS).as_bytes();
    assert_eq!(room.wears(b, 1).unwrap().avatar.unwrap().hash, hash);
    assert_eq!(
        room.wears(a, 1).unwrap().avatar.unwrap().hash,
        hash,
        "oneself as well"
    );
    assert_eq!(room.wears(b, 2).unwrap().avatar, None);
    // Nobody looks at a headless host's screen, so it reads nothing.
    assert!(!room.shows(0, COOL_LOOPS));
    let c = room.join();
    room.until("shown to who came late", |room| room.shows(c, COOL_LOOPS));
    room.apps[a].world_mut().write_message(TakeOff);
    room.until("taken off", |room| {
        room.wears(c, 1).is_some_and(|w| w.avatar.is_none()) && !room.shows(c, COOL_LOOPS)
    });
    room.try_on(a, COOL_LOOPS);
    room.until("on again", |room| room.shows(b, COOL_LOOPS));
    room.apps[a].world_mut().write_message(LeaveSession::default());
    room.until("gone", |room| {
        room.wears(b, 1).is_none() && !room.shows(b, COOL_LOOPS)
    });
}

#[test]
fn a_host_in_its_own_world_shows_its_avatar_and_sees_those_of_guests() {
    let mut room = Room::open(true);
    let a = room.join();
    room.try_on(0, COOL_LOOPS);
    room.until("the host is seen", |room| room.shows(a, COOL_LOOPS));
    assert!(room.wears(a, 0).unwrap().avatar.is_some());
    let mine = strict();
    room.apps[a].world_mut().write_message(TryOn {
        bytes: mine.clone().into(),
        answer: Some(Answer::IMayShowIt),
    });
    room.until("the guest is seen", |room| room.shows(0, &mine));
}

#[test]
fn a_file_reserved_by_its_author_asks_before_it_leaves() {
    let mut room = Room::open(false);
    let (a, b) = (room.join(), room.join());
    let mine = strict();
    room.try_on(a, &mine);
    room.until("asked", |room| {
        matches!(room.own(a).avatar, OwnAvatar::Asking { .. })
    });
    // "Only me" is no answer where only the author may wear it at all.
    room.apps[a].world_mut().write_message(Answered(Answer::OnlyMe));
    for _ in 0..50 {
        room.step();
    }
    assert!(matches!(room.own(a).avatar, OwnAvatar::Asking { .. }));
    assert_eq!(room.wears(b, 1).unwrap().avatar, None);
    room.apps[a]
        .world_mut()
        .write_message(Answered(Answer::IMayShowIt));
    room.until("shown", |room| room.shows(b, &mine));
    assert!(room.wears(b, 1).unwrap().avatar.unwrap().declared);
}

#[test]
fn who_wants_to_see_none_fetches_none() {
    let mut room = Room::open(false);
    let (a, b, c) = (room.join(), room.join(), room.join());
    *room.apps[b].world_mut().resource_mut::<AvatarsShown>() = AvatarsShown::Nothing;
    room.try_on(a, COOL_LOOPS);
    room.until("shown to another", |room| room.shows(c, COOL_LOOPS));
    let hash = blake3::hash(COOL_LOOPS);
    let avatars = room.apps[b].world().resource::<Avatars>();
    assert!(avatars.state(hash.as_bytes()).is_none());
    assert!(
        room.apps[b]
            .world()
            .resource::<Session>()
            .blob_progress(hash.as_bytes())
            .is_none()
    );
    assert!(room.wears(b, 1).is_some(), "and sees the person all the same");
    *room.apps[b].world_mut().resource_mut::<AvatarsShown>() = AvatarsShown::Everything;
    room.until("shown after all", |room| room.shows(b, COOL_LOOPS));
}

#[test]
fn lies_about_an_avatar_leave_its_wearer_in_the_default_and_nobody_else_notices() {
    let mut room = Room::open(false);
    let (a, b, c) = (room.join(), room.join(), room.join());
    room.try_on(c, COOL_LOOPS);
    let damaged = &COOL_LOOPS[..500_000];
    room.lie(a, damaged, |_| {});
    room.until("read and refused", |room| {
        matches!(room.refusal(b, damaged), Some(Refusal::Unreadable(_)))
    });
    let reserved = strict();
    room.lie(a, &reserved, |_| {});
    room.until("reserved", |room| {
        room.refusal(b, &reserved) == Some(Refusal::Licence)
    });
    // Something else than it offers, and more than there may be.
    room.lie(a, COOL_LOOPS, |avatar| avatar.hash = [9; 32]);
    room.until("not received", |room| {
        room.own(a).refused == Some(WhyNot::NotReceived)
    });
    room.lie(a, b"short", |avatar| {
        avatar.len = limits::MAX_FILE_BYTES as u32 + 1
    });
    room.until("too large", |room| room.own(a).refused == Some(WhyNot::TooLarge));
    room.until("the default again", |room| {
        room.wears(b, 1).unwrap().avatar.is_none()
    });
    room.until("the others are seen", |room| room.shows(b, COOL_LOOPS));
    for at in 0..4 {
        assert_eq!(room.phase(at), SessionPhase::Inside, "{at}");
    }
}

#[test]
fn clothes_that_somebody_chooses_are_seen_by_everybody_and_by_who_comes_later() {
    let mut room = Room::open(true);
    let ada = room.join();
    let mei = room.join();
    let first = Look::random(1);
    let chosen = first.with(Choice::Hat, (first.get(Choice::Hat) + 1) % Choice::Hat.count());
    // Two presses in one frame: the last one counts.
    for look in [first, chosen] {
        room.apps[ada].world_mut().write_message(ChangeLook(look));
    }
    let slot = ada as u16;
    for at in [0, ada, mei] {
        room.until("seen in new clothes", |room| {
            room.wears(at, slot).is_some_and(|wearing| wearing.look == chosen)
        });
    }
    let late = room.join();
    room.until("seen by who came later", |room| {
        room.wears(late, slot)
            .is_some_and(|wearing| wearing.look == chosen)
    });
    room.apps[ada].world_mut().write_message(ChangeLook(first));
    room.until("taken back", |room| {
        room.wears(mei, slot).is_some_and(|wearing| wearing.look == first)
    });
}

#[test]
fn clothes_tried_on_faster_than_the_host_takes_them_are_seen_all_the_same_in_the_end() {
    let mut room = Room::open(false);
    let (a, b) = (room.join(), room.join());
    let looks: Vec<Look> = (0..9)
        .map(|n| Look::random(1).with(Choice::Hat, n % 3).with(Choice::Hair, n))
        .collect();
    for look in &looks {
        room.apps[a].world_mut().write_message(ChangeLook(*look));
        room.step();
        room.step();
    }
    let last = *looks.last().unwrap();
    room.until("the last of them", |room| {
        room.wears(b, a as u16)
            .is_some_and(|wearing| wearing.look == last)
    });
    assert_eq!(room.own(a).refused, None);
    // The same when they come to the host all at once, as after a lost link.
    let again = looks[0];
    let wear = |look| {
        TellHost(GameToHost::Avatar(ToHost::Wear(Worn {
            look: Some(look),
            avatar: None,
        })))
    };
    for look in &looks {
        room.apps[a].world_mut().write_message(wear(*look));
    }
    room.apps[a].world_mut().write_message(ChangeLook(again));
    room.until("the choice after them", |room| {
        room.wears(b, a as u16)
            .is_some_and(|wearing| wearing.look == again)
    });
}

#[test]
fn what_somebody_says_of_a_file_counts_for_nobody_else_who_wears_it() {
    let mut room = Room::open(false);
    let (liar, honest) = (room.join(), room.join());
    let reserved = strict();
    room.lie(liar, &reserved, |_| {});
    room.apps[honest].world_mut().write_message(TryOn {
        bytes: reserved.clone().into(),
        answer: Some(Answer::IMayShowIt),
    });
    // Somebody new hears of both at once, whoever comes first.
    let late = room.join();
    room.until("shown on who may", |room| {
        room.shown_in(late, honest as u16, &reserved)
    });
    room.until("both are known", |room| room.wearers(late, &reserved).len() == 2);
    assert!(!room.shown_in(late, liar as u16, &reserved));
    assert_eq!(room.refusal(late, &reserved), Some(Refusal::Licence));
    room.apps[liar].world_mut().write_message(LeaveSession::default());
    room.until("gone", |room| room.wears(late, liar as u16).is_none());
    assert!(room.shown_in(late, honest as u16, &reserved));
}

#[test]
fn what_somebody_chose_just_before_they_left_dresses_nobody_who_takes_their_seat() {
    let mut room = Room::open(false);
    let b = room.join();
    let slot = room.apps.len() as u16;
    let look = Look::random(7);
    // The host hears it after it has seen them leave.
    room.apps[0].world_mut().write_message(Heard {
        from: Slot(slot),
        message: GameToHost::Avatar(ToHost::Wear(Worn {
            look: Some(look),
            avatar: None,
        })),
    });
    room.step();
    let next = room.join();
    room.until("seen", |room| room.wears(b, slot).is_some());
    for _ in 0..100 {
        room.step();
    }
    assert_eq!(next as u16, slot);
    assert_ne!(room.wears(b, slot).unwrap().look, look);
}

#[test]
fn a_wearer_whose_file_does_not_come_on_is_given_up_told_so_and_seen_once_it_does() {
    let mut room = Room::open(false);
    let clogged = Arc::new(AtomicBool::new(true));
    let (a, b, c) = (room.join_over(clogged.clone()), room.join(), room.join());
    room.try_on(a, COOL_LOOPS);
    room.try_on(c, EXPRESSIONS);
    room.until("the others are seen meanwhile", |room| room.shows(b, EXPRESSIONS));
    room.until("given up", |room| {
        room.own(a).refused == Some(WhyNot::NotReceived)
    });
    assert_eq!(room.wears(b, a as u16).unwrap().avatar, None);
    clogged.store(false, Ordering::Relaxed);
    room.until("tried again by itself", |room| room.shows(b, COOL_LOOPS));
    room.until("and its wearer knows", |room| room.own(a).refused.is_none());
    assert_eq!(room.phase(a), SessionPhase::Inside);
}

#[test]
fn what_does_not_come_on_here_is_given_up_and_shown_once_it_comes() {
    let mut room = Room::open(false);
    let clogged = Arc::new(AtomicBool::new(true));
    let (a, b, c) = (room.join(), room.join_over(clogged.clone()), room.join());
    room.try_on(a, COOL_LOOPS);
    room.until("told of", |room| {
        room.wears(b, a as u16).is_some_and(|w| w.avatar.is_some())
    });
    room.until("given up", |room| {
        room.refusal(b, COOL_LOOPS) == Some(Refusal::NotReceived)
    });
    assert!(room.shows(c, COOL_LOOPS), "nobody else waits");
    clogged.store(false, Ordering::Relaxed);
    room.until("tried again by itself", |room| room.shows(b, COOL_LOOPS));
}

#[test]
fn an_avatar_put_on_anew_is_asked_for_at_once() {
    let mut room = Room::open(false);
    let clogged = Arc::new(AtomicBool::new(true));
    let (a, b) = (room.join(), room.join_over(clogged.clone()));
    room.try_on(a, COOL_LOOPS);
    // Three times in vain: it would be a minute until the next.
    for _ in 0..2 {
        room.until("given up", |room| {
            room.refusal(b, COOL_LOOPS) == Some(Refusal::NotReceived)
        });
        room.until("asked for again", |room| room.refusal(b, COOL_LOOPS).is_none());
    }
    room.until("given up", |room| {
        room.refusal(b, COOL_LOOPS) == Some(Refusal::NotReceived)
    });
    clogged.store(false, Ordering::Relaxed);
    room.try_on(a, COOL_LOOPS);
    // Reading it takes a while of the real machine, in which it is not to become time for the next try.
    room.pace(Duration::ZERO);
    room.step();
    room.until("worn again", |room| {
        matches!(room.own(a).avatar, OwnAvatar::Worn { .. })
    });
    room.pace(FRAME);
    for _ in 0..250 {
        room.step();
    }
    assert_eq!(room.refusal(b, COOL_LOOPS), None, "within five seconds");
    room.until("seen", |room| room.shows(b, COOL_LOOPS));
}

#[test]
fn a_wrong_length_told_by_somebody_else_or_by_the_host_costs_nobody_their_avatar() {
    let mut room = Room::open(false);
    let (liar, honest, b) = (room.join(), room.join(), room.join());
    room.lie(liar, COOL_LOOPS, |avatar| avatar.len += 1);
    room.until("asked for", |room| room.own(liar).refused.is_some());
    room.lie(liar, COOL_LOOPS, |avatar| avatar.len -= 100_000);
    room.try_on(honest, COOL_LOOPS);
    room.until("seen all the same", |room| {
        room.shown_in(b, honest as u16, COOL_LOOPS)
    });
    assert_eq!(room.own(honest).refused, None);
    // The host is wrong about somebody who wears the same.
    let late = room.join();
    let account = room.account(late, liar as u16);
    let avatar = AvatarRef {
        hash: *blake3::hash(COOL_LOOPS).as_bytes(),
        len: 77,
        weight: Weight::Good,
        declared: false,
    };
    let worn = Worn {
        look: None,
        avatar: Some(avatar),
    };
    room.told(late, liar as u16, account, worn);
    room.until("seen by who came late", |room| {
        room.shown_in(late, honest as u16, COOL_LOOPS)
    });
    assert!(!room.shown_in(late, liar as u16, COOL_LOOPS));
}

#[test]
fn whoever_gets_a_slot_at_once_is_in_no_frame_seen_in_the_clothes_of_the_one_before() {
    let mut room = Room::open(false);
    let (a, b) = (room.join(), room.join());
    let look = Look::random(7);
    let avatar = AvatarRef {
        hash: *blake3::hash(COOL_LOOPS).as_bytes(),
        len: COOL_LOOPS.len() as u32,
        weight: Weight::Good,
        declared: false,
    };
    let worn = Worn {
        look: Some(look),
        avatar: Some(avatar),
    };
    let before = room.wears(b, a as u16).unwrap();
    assert_ne!(before.look, look);
    // Where it is seen: what is told of the one before comes when the next is in the list already.
    room.told(b, a as u16, [9; 32], worn);
    // And at the host: what the one before said last is heard in the frame in which the next has the slot.
    let host = room.apps[0].world_mut();
    host.write_message(Unseated {
        slot: Slot(a as u16),
        reason: EndReason::Left,
    });
    host.write_message(Heard {
        from: Slot(a as u16),
        message: GameToHost::Avatar(ToHost::Wear(worn)),
    });
    for frame in 0..200 {
        room.step();
        assert_eq!(room.wears(b, a as u16), Some(before), "{frame}");
    }
    let account = room.account(b, a as u16);
    room.told(b, a as u16, account, worn);
    room.step();
    assert_eq!(room.wears(b, a as u16).unwrap().look, look);
}

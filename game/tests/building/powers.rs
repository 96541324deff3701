//! People and power, over the in-memory transport: roles, silence, bans, blocks, roll-back, strikes, and who is told of it.

use super::*;
use holm::chat::{ChatLog, NotSaid, Reach, Say, WhyNot};
use holm::people::mute::{Block, Muted};
use holm::people::{People, Person, Posture};
use holm::powers::barred::Barred;
use holm::powers::past::Pages;
use holm::powers::wire::How;
use holm::powers::{AskPast, Misdeed, NotDone, Reports, SendAway};
use holm_document::part::{Door, Lock};
use holm_document::{Capabilities, Capability, Order, PersonNo, Role};
use holm_identity::AccountKey;
use holm_net::pose::{Pose, Slot};

impl Room {
    fn number(&self, who: usize, of: usize) -> PersonNo {
        let account = self.account(of);
        self.things(who).state().unwrap().number_of(&account.0).unwrap()
    }

    fn account(&self, who: usize) -> AccountKey {
        self.apps[who].world().resource::<Profile>().identity.account()
    }

    fn slot(&self, who: usize) -> Slot {
        self.apps[who].world().resource::<Session>().me().unwrap()
    }

    fn order(&mut self, who: usize, order: Order) {
        self.build(who, vec![Act::Order(order)]);
        self.same_for_all(5.0);
    }

    fn say(&mut self, who: usize, text: &str, reach: Reach) {
        let say = Say {
            reach,
            ..Say::to_all(text)
        };
        self.apps[who].world_mut().write_message(say);
    }

    fn reads(&self, who: usize, text: &str) -> bool {
        let log = self.apps[who].world().resource::<ChatLog>();
        log.lines().any(|line| line.text == text)
    }

    fn is_in(&self, who: usize) -> bool {
        self.apps[who].world().resource::<Session>().phase() == SessionPhase::Inside
    }

    fn sends_away(&mut self, who: usize, whom: usize) {
        let wish = SendAway {
            slot: self.slot(whom),
            account: self.account(whom),
        };
        self.apps[who].world_mut().write_message(wish);
    }
}

/// What somebody was told no to.
#[derive(Resource, Default)]
struct Noes {
    lines: Vec<WhyNot>,
    orders: usize,
}

fn listening(room: &mut Room, who: usize) {
    let note =
        |mut noes: ResMut<Noes>, mut lines: MessageReader<NotSaid>, mut not: MessageReader<NotDone>| {
            noes.lines.extend(lines.read().map(|line| line.why));
            noes.orders += not.read().count();
        };
    room.apps[who].init_resource::<Noes>().add_systems(Last, note);
}

/// Ada hosts; Bo and Cy are her guests.
fn three(seed: u64) -> (Room, usize, usize) {
    let mut room = Room::new(seed, None);
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    let cy = room.guest(3, "Cy", Weather::GOOD_WIFI);
    room.all_here();
    for who in 0..3 {
        listening(&mut room, who);
    }
    (room, bo, cy)
}

#[test]
fn a_moderator_keeps_order_and_a_guest_does_not() {
    let (mut room, bo, cy) = three(20);
    // A guest sends nobody away, and silences nobody.
    room.sends_away(cy, bo);
    room.until(5.0, "Cy is told no", |room| {
        room.apps[cy].world().resource::<Noes>().orders == 1
    });
    let person = room.number(cy, bo);
    let until_secs = u64::MAX;
    room.build(cy, vec![Act::Order(Order::Silence { person, until_secs })]);
    room.until(2.0, "it is refused", |room| !room.refused(cy).is_empty());
    assert_eq!(room.refused(cy), [Refusal::NotAllowed(Capability::Kick)]);
    // Once Ada trusts Bo with it, Bo does.
    let role = Role::Moderator;
    let person = room.number(0, bo);
    room.order(0, Order::Rank { person, role });
    assert!(room.things(bo).may().has(Capability::Ban));
    let person = room.number(bo, cy);
    room.order(bo, Order::Silence { person, until_secs });
    room.say(cy, "nobody reads this", Reach::World);
    room.until(5.0, "Cy is told why", |room| {
        room.apps[cy].world().resource::<Noes>().lines == [WhyNot::Silent]
    });
    room.order(
        bo,
        Order::Silence {
            person,
            until_secs: 0,
        },
    );
    room.say(cy, "thank you", Reach::World);
    room.say(bo, "the boat leaves", Reach::Announcement);
    room.until(5.0, "both are read by all", |room| {
        (0..3).all(|who| room.reads(who, "thank you") && room.reads(who, "the boat leaves"))
    });
    assert!(!room.reads(0, "nobody reads this"));
    // Nobody takes out who stands above them.
    room.sends_away(bo, 0);
    room.until(5.0, "Bo is told no", |room| {
        room.apps[bo].world().resource::<Noes>().orders == 1
    });
    room.sends_away(bo, cy);
    room.until(5.0, "Cy is gone", |room| !room.is_in(cy));
    assert!(room.is_in(0) && room.is_in(bo));
}

#[test]
fn from_where_nobody_may_come_is_known_after_a_restart_and_forgotten_with_the_ban() {
    let path = folder("barred");
    let mut room = Room::new(28, Some(&path));
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.all_here();
    let (person, account) = (room.number(0, bo), room.account(bo).0);
    room.build(0, vec![Act::Order(Order::Ban { person, banned: true })]);
    room.until(5.0, "Bo is out", |room| !room.is_in(bo));
    drop(room);
    // Over memory nobody comes from anywhere: as if they had.
    let bar = |address: &str, account: [u8; 32]| {
        let account = account.map(|byte| byte.to_string()).join(",");
        let until = u64::MAX;
        format!("(household:\"{address}\",account:({account}),until_secs:{until})")
    };
    let bars = [bar("203.0.113.7", account), bar("203.0.113.8", [9; 32])].join(",");
    let file = path.join("barred.ron");
    std::fs::write(&file, format!("(format:1,bars:[{bars}])")).unwrap();
    let mut room = Room::new(29, Some(&path));
    room.all_here();
    let barred = |room: &Room| -> Vec<String> {
        let barred = room.apps[0].world().resource::<Barred>();
        barred.iter().map(|bar| bar.household.to_string()).collect()
    };
    assert_eq!(barred(&room), ["203.0.113.7"], "of the other nobody is banned");
    room.build(
        0,
        vec![Act::Order(Order::Ban {
            person,
            banned: false,
        })],
    );
    room.until(5.0, "nobody is kept out", |room| barred(room).is_empty());
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(!kept.contains("203.0.113"), "{kept}");
    drop(room);
    let _ = std::fs::remove_dir_all(&path);
}

#[test]
fn the_banned_are_out_at_once_and_do_not_come_back_until_they_may() {
    let (mut room, bo, cy) = three(21);
    let person = room.number(0, bo);
    room.build(0, vec![Act::Order(Order::Ban { person, banned: true })]);
    room.until(5.0, "Bo is out", |room| !room.is_in(bo));
    let again = room.guest(2, "Bo", Weather::GOOD_WIFI);
    // In the very first moment, before anybody could have looked.
    room.say(again, "you will hear from me", Reach::World);
    let mut was_in = false;
    room.until(10.0, "Bo does not stay", |room| {
        was_in |= room.is_in(again);
        room.say(again, "you will hear from me", Reach::World);
        was_in && !room.is_in(again)
    });
    assert!(!room.reads(0, "you will hear from me") && !room.reads(cy, "you will hear from me"));
    room.build(
        0,
        vec![Act::Order(Order::Ban {
            person,
            banned: false,
        })],
    );
    room.until(5.0, "that is so", |room| room.things(0).unanswered() == 0);
    let back = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.until(10.0, "Bo is back", |room| room.things(back).me().is_some());
}

#[test]
fn a_vandals_minutes_are_taken_back_with_one_order_and_everybody_can_read_it() {
    let (mut room, bo, cy) = three(22);
    let kept = room.make(cy, "Cy's box", 1.0);
    room.same_for_all(5.0);
    let person = room.number(0, bo);
    let role = Role::Builder;
    room.order(0, Order::Rank { person, role });
    // Bo takes Cy's away and leaves rubbish.
    room.build(bo, vec![Act::Remove { thing: kept }]);
    for n in 0..20 {
        room.make(bo, &format!("rubbish {n}"), n as f32);
    }
    room.same_for_all(10.0);
    assert_eq!(room.count(cy), Some(20));
    room.build(0, vec![Act::RollBack { person, secs: 3_600 }]);
    room.until(5.0, "only Cy's is there", |room| {
        (0..3).all(|who| room.count(who) == Some(1))
    });
    room.same_for_all(5.0);
    assert_eq!(room.name_of(cy, kept).as_deref(), Some("Cy's box"));
    for (who, orders) in [(cy, false), (0, true)] {
        room.apps[who].world_mut().write_message(AskPast { before: 0 });
        room.until(5.0, "the past is told", |room| {
            room.apps[who].world().resource::<Pages>().came() > 0
        });
        let pages = room.apps[who].world().resource::<Pages>();
        let newest = pages.entries().next().unwrap();
        assert!(matches!(&newest.way, How::RolledBack(who) if who.account == room.account(bo).0));
        assert_eq!((newest.by.account, newest.made), (room.account(0).0, 1));
        assert_eq!(newest.removed, 20);
        // Changes of power are for those who keep order.
        let told = pages.entries().any(|entry| entry.order.is_some());
        assert_eq!(told, orders);
        assert_eq!(pages.more_before(), None);
    }
}

#[test]
fn whom_i_block_changes_nothing_of_mine_in_any_world_that_knows_them() {
    let (mut room, bo, cy) = three(23);
    for who in [bo, cy] {
        let person = room.number(0, who);
        let role = Role::Builder;
        room.order(0, Order::Rank { person, role });
    }
    let mine = room.make(cy, "mine", 1.0);
    room.same_for_all(5.0);
    let (account, name) = (room.account(bo), "Bo".to_owned());
    let on = true;
    room.apps[cy]
        .world_mut()
        .write_message(Block { account, name, on });
    let (number, blocked) = (room.number(0, cy), room.number(0, bo));
    room.until(10.0, "the world knows", |room| {
        let state = room.things(0).state().unwrap();
        state.person(number).unwrap().blocks.contains(&blocked)
    });
    assert!(room.apps[cy].world().resource::<Muted>().contains(&account));
    room.same_for_all(5.0);
    room.build(bo, vec![Act::Remove { thing: mine }]);
    room.until(2.0, "it is refused", |room| !room.refused(bo).is_empty());
    assert_eq!(room.refused(bo), [Refusal::Blocked]);
    assert_eq!(room.count(0), Some(1));
}

#[test]
fn a_flood_of_lines_is_three_warnings_to_those_who_keep_order_and_a_goodbye() {
    let (mut room, bo, cy) = three(24);
    room.until(60.0, "Bo is sent away", |room| {
        if room.is_in(bo) {
            for n in 0..4 {
                room.say(bo, &format!("buy {n}"), Reach::World);
            }
        }
        !room.is_in(bo)
    });
    let report = room.apps[0].world().resource::<Reports>().of(&room.account(bo));
    let report = report.unwrap();
    assert_eq!(
        (report.what, report.strikes, report.name.as_str()),
        (Misdeed::Lines, 3, "Bo")
    );
    let guests = room.apps[cy].world().resource::<Reports>();
    assert!(guests.of(&room.account(bo)).is_none(), "not for everybody");
    assert!(room.is_in(cy));
}

#[test]
fn whoever_leaps_across_the_world_again_and_again_is_noticed() {
    let (mut room, bo, _) = three(25);
    let mut far = 0.0;
    let mut frame = 0;
    room.until(60.0, "Bo is sent away", |room| {
        frame += 1;
        if frame % 60 == 0 {
            far = 400.0 - far;
        }
        let pose = Pose {
            position: [far, 0.0, 0.0],
            ..Pose::default()
        };
        room.apps[bo]
            .world_mut()
            .resource_mut::<Session>()
            .set_own_pose(pose);
        !room.is_in(bo)
    });
    let reports = room.apps[0].world().resource::<Reports>();
    assert_eq!(reports.of(&room.account(bo)).unwrap().what, Misdeed::Speed);
}

#[test]
fn whoever_may_not_gesture_is_seen_standing_still() {
    let (mut room, bo, cy) = three(26);
    let gesture_at = |room: &Room, who: usize, of: Slot| {
        let world = room.apps[who].world();
        let entity = world.resource::<People>().entity(of).unwrap();
        world.get::<Posture>(entity).unwrap().pose.gesture
    };
    let slot = room.slot(bo);
    let waves = |room: &mut Room| {
        let pose = Pose {
            gesture: 1,
            ..Pose::default()
        };
        room.apps[bo]
            .world_mut()
            .resource_mut::<Session>()
            .set_own_pose(pose);
    };
    room.until(5.0, "the wave is seen", |room| {
        waves(room);
        gesture_at(room, cy, slot) == 1
    });
    let person = room.number(0, bo);
    let (more, less) = (Capabilities::NONE, Capabilities::of(&[Capability::Emote]));
    room.order(0, Order::Except { person, more, less });
    room.until(5.0, "it is not", |room| {
        waves(room);
        gesture_at(room, cy, slot) == 0
    });
    assert!(
        room.apps[cy]
            .world()
            .get::<Person>(room.apps[cy].world().resource::<People>().entity(slot).unwrap())
            .is_some()
    );
}

#[test]
fn a_door_is_for_everybody_until_it_is_locked_and_never_for_whom_its_owner_blocks() {
    let (mut room, bo, cy) = three(27);
    let thing = room.things(0).next_thing().unwrap();
    let door = Door {
        open: false,
        swing_degrees: 90.0,
    };
    let parts = vec![Place::default().into(), Shape::Box.into(), door.into()];
    room.build(0, vec![Act::Make { thing, parts }]);
    room.same_for_all(5.0);
    let open = |room: &Room| {
        let state = room.things(cy).state().unwrap();
        match state.thing(thing).unwrap().part(PartKind::Door) {
            Some(Part::Door(door)) => door.open,
            _ => panic!("no door"),
        }
    };
    // Neither may change what is Ada's, and both go through her door.
    let wish = |open| vec![Act::Open { thing, open }];
    room.build(bo, wish(true));
    room.same_for_all(5.0);
    assert!(open(&room));
    room.build(
        0,
        vec![Act::Set {
            thing,
            part: Lock.into(),
            seen: None,
        }],
    );
    room.same_for_all(5.0);
    room.build(bo, wish(false));
    room.until(2.0, "it is locked", |room| room.refused(bo) == [Refusal::Locked]);
    room.build(0, wish(false));
    room.build(
        0,
        vec![Act::Clear {
            thing,
            kind: PartKind::Lock,
        }],
    );
    let (person, blocked) = (room.number(0, cy), true);
    room.order(0, Order::Block { person, blocked });
    assert!(!open(&room));
    room.build(cy, wish(true));
    room.until(2.0, "Cy stays out", |room| room.refused(cy) == [Refusal::Blocked]);
    room.same_for_all(5.0);
    assert!(!open(&room));
}

//! What moves, over the in-memory transport: it falls, is carried and thrown, and lies in the same place for everybody.

use super::*;
use avian3d::prelude::CollisionLayers;
use holm::body::Intent;
use holm::people::{Me, Posture};
use holm::session::Told;
use holm::things::Decree;
use holm::things::bodies::Solid;
use holm::things::motion::wire::{FromHost as MotionFromHost, NotHeld, ToHost as MotionToHost};
use holm::things::motion::{At, Carrying, Grab, LetGo, Motion, MotionSystems, NotGrabbed};
use holm_document::part::{Body, Lock};
use holm_document::{Keeper, Now, Order, PersonNo, Role, Wish};
use holm_net::body::BodyPose;
use holm_net::pose::Slot;

/// How often somebody was told who holds something.
#[derive(Resource, Default)]
struct ToldOfHands(usize);

/// What somebody was told no to.
#[derive(Resource, Default)]
struct NotMine(Vec<NotHeld>);

fn body(moves: bool, mass_kg: f32) -> Part {
    Body {
        moves,
        mass_kg,
        friction: 0.6,
        bounce: 0.3,
    }
    .into()
}

fn place(position: [f32; 3], scale: [f32; 3]) -> Part {
    Place {
        position,
        scale,
        ..Place::default()
    }
    .into()
}

impl Room {
    /// Ada hosts a floor of 160 m; everybody has a body, and hangs in the air above it.
    fn meadow(seed: u64, kept: Option<&Path>) -> Self {
        let mut room = Self::hosted_by(somebody(1, "Ada", true), seed, kept);
        room.all_here();
        if room.count(0) == Some(0) {
            room.put(
                0,
                Shape::Box,
                [0.0, -0.5, 0.0],
                [160.0, 1.0, 160.0],
                body(false, 1.0),
            );
        }
        room
    }

    fn plays(&mut self, seed: u8, name: &str, weather: Weather) -> usize {
        let mut app = somebody(seed, name, true);
        app.init_resource::<NotMine>().add_systems(
            Last,
            |mut not: ResMut<NotMine>, mut told: MessageReader<NotGrabbed>| {
                not.0.extend(told.read().map(|told| told.why));
            },
        );
        let who = self.comes(app, weather);
        self.all_here();
        who
    }

    fn put(&mut self, who: usize, shape: Shape, at: [f32; 3], scale: [f32; 3], body: Part) -> ThingId {
        let thing = self.things(who).next_thing().unwrap();
        let parts = vec![place(at, scale), shape.into(), body];
        self.build(who, vec![Act::Make { thing, parts }]);
        self.apps[who].update();
        thing
    }

    /// Ada hangs a box on something, told in its measures.
    fn hang(&mut self, to: ThingId, at: [f32; 3], scale: [f32; 3]) -> ThingId {
        let thing = self.things(0).next_thing().unwrap();
        let attach = Part::Attach(holm_document::part::Attach { to });
        let parts = vec![place(at, scale), attach, Shape::Box.into(), body(false, 1.0)];
        self.build(0, vec![Act::Make { thing, parts }]);
        thing
    }

    /// Of half a kilogram and a foot across.
    fn ball(&mut self, who: usize, at: [f32; 3]) -> ThingId {
        let ball = self.put(who, Shape::Ball, at, [0.3; 3], body(true, 0.5));
        self.same_for_all(5.0);
        ball
    }

    /// Where somebody sees it.
    fn has_it_at(&self, who: usize, thing: ThingId) -> Vec3 {
        let moving = self.apps[who].world().resource::<Motion>().at(thing);
        moving.map_or_else(|| self.kept(who, thing), |at: At| at.position)
    }

    /// Where the world has it.
    fn kept(&self, who: usize, thing: ThingId) -> Vec3 {
        match self
            .things(who)
            .state()
            .unwrap()
            .thing(thing)
            .unwrap()
            .part(PartKind::Place)
        {
            Some(Part::Place(place)) => Vec3::from_array(place.position),
            other => panic!("{other:?}"),
        }
    }

    fn moves(&self, who: usize, thing: ThingId) -> bool {
        self.apps[who].world().resource::<Motion>().at(thing).is_some()
    }

    /// Nothing moves any more, and everybody has it at the same place.
    fn comes_to_rest(&mut self, thing: ThingId) -> Vec3 {
        self.until(20.0, "it comes to rest", |room| {
            (0..room.apps.len()).all(|who| !room.moves(who, thing))
        });
        self.same_for_all(5.0);
        let there = self.kept(0, thing);
        for who in 0..self.apps.len() {
            assert_eq!(self.has_it_at(who, thing), there, "person {who}");
        }
        there
    }

    fn grab(&mut self, who: usize, thing: ThingId) {
        self.apps[who].world_mut().write_message(Grab { thing });
    }

    fn lets_go(&mut self, who: usize, thrown: bool) {
        self.apps[who].world_mut().write_message(LetGo { thrown });
    }

    fn holds(&self, who: usize) -> Option<ThingId> {
        self.apps[who].world().resource::<Carrying>().thing()
    }

    /// What only a program of one's own says.
    fn says(&mut self, who: usize, message: MotionToHost) {
        self.apps[who]
            .world_mut()
            .write_message(TellHost(ToHost::Motion(message)));
    }

    /// From now on this person's program streams what is in their hand as being there.
    fn claims(&mut self, who: usize, position: Vec3) {
        let pose = BodyPose {
            position: position.to_array(),
            ..BodyPose::default()
        };
        let claim = move |mut session: ResMut<Session>| session.set_in_hand(Some(pose));
        // The first in a frame counts.
        self.apps[who].add_systems(Update, claim.before(MotionSystems::Show));
    }

    fn at(&self, who: usize) -> Slot {
        self.apps[who].world().resource::<Session>().me().unwrap()
    }

    /// Everybody knows that this person holds it.
    fn in_the_hand_of(&mut self, who: usize, thing: ThingId) {
        let slot = self.at(who);
        self.until(5.0, "everybody knows who holds it", |room| {
            room.holds(who) == Some(thing)
                && room
                    .apps
                    .iter()
                    .all(|app| app.world().resource::<Motion>().holder(thing) == Some(slot))
        });
    }

    /// Turns somebody's look, radians.
    fn turns_to(&mut self, who: usize, yaw: f32, pitch: f32) {
        let world = self.apps[who].world_mut();
        let mut mine = world.query_filtered::<&mut Intent, With<Me>>();
        let mut intent = mine.single_mut(world).unwrap();
        (intent.look_yaw, intent.look_pitch) = (yaw, pitch);
    }

    fn feet(&mut self, who: usize) -> Vec3 {
        let world = self.apps[who].world_mut();
        let mut mine = world.query_filtered::<&Posture, With<Me>>();
        Vec3::from_array(mine.single(world).unwrap().pose.position)
    }

    /// Three metres, as a stream says: nobody walks where there is no ground.
    fn walks_ahead(&mut self, who: usize, from: Vec3) {
        for step in 0..150 {
            let world = self.apps[who].world_mut();
            let mut mine = world.query_filtered::<&mut holm::body::Body, With<Me>>();
            let mut body = mine.single_mut(world).unwrap();
            body.state.position = Vec3::new(from.x, 0.0, from.z - step as f32 * 0.02);
            self.run(FRAME.as_secs_f32());
        }
    }

    fn run(&mut self, secs: f32) {
        let mut left = (secs / FRAME.as_secs_f32()) as usize;
        self.until(secs + 1.0, "time passes", |_| {
            left = left.saturating_sub(1);
            left == 0
        });
    }

    /// What its collider is to who walks, and to all else.
    fn layers(&mut self, who: usize, thing: ThingId) -> CollisionLayers {
        let world = self.apps[who].world_mut();
        let mut solids = world.query::<(&Solid, &CollisionLayers)>();
        let found = solids.iter(world).find(|(solid, _)| solid.0 == thing);
        *found.unwrap().1
    }

    fn person_no(&self, of: usize) -> PersonNo {
        let account = self.apps[of].world().resource::<Profile>().identity.account();
        self.things(0).state().unwrap().number_of(&account.0).unwrap()
    }

    fn body_updates(&self) -> u64 {
        self.apps[0]
            .world()
            .resource::<Session>()
            .host_totals()
            .unwrap()
            .body_updates
    }
}

#[test]
fn what_is_let_fall_falls_for_everybody_and_costs_nothing_at_rest() {
    let mut room = Room::meadow(41, None);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let cy = room.plays(3, "Cy", Weather::WEAK_4G);
    let ball = room.put(0, Shape::Ball, [4.0, 9.0, 5.0], [0.3; 3], body(true, 0.5));
    room.until(5.0, "everybody has it", |room| {
        [0, bo, cy].iter().all(|who| room.count(*who) == Some(2))
    });
    let mut lowest = [9.0f32; 3];
    let mut leaps = 0.0f32;
    let mut before: Vec<Vec3> = (0..3).map(|who| room.has_it_at(who, ball)).collect();
    for _ in 0..250 {
        room.run(FRAME.as_secs_f32());
        for who in [0, bo, cy] {
            let now = room.has_it_at(who, ball);
            // Before the first of it came, it is where it was made.
            if before[who].y < 8.0 {
                leaps = leaps.max(before[who].distance(now));
            }
            lowest[who] = lowest[who].min(now.y);
            before[who] = now;
        }
    }
    // It bounces, and nobody sees it in the floor or somewhere else at once: at 13 m/s a frame is 21 cm.
    assert!(lowest.iter().all(|low| *low > 0.1), "{lowest:?}");
    assert!(leaps < 0.5, "{leaps}");
    let there = room.comes_to_rest(ball);
    assert!((there.y - 0.15).abs() < 0.02, "{there}");
    let said = room.body_updates();
    assert!(said > 20, "{said}");
    room.run(2.0);
    assert_eq!(room.body_updates(), said, "at rest nothing is said");
}

#[test]
fn what_is_in_a_hand_is_seen_there_and_nobody_else_takes_it() {
    let mut room = Room::meadow(42, None);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let cy = room.plays(3, "Cy", Weather::GOOD_WIFI);
    let ball = room.ball(0, [0.0, 1.0, -1.0]);
    room.comes_to_rest(ball);
    room.grab(bo, ball);
    room.in_the_hand_of(bo, ball);
    room.grab(cy, ball);
    room.run(0.5);
    assert_eq!(room.holds(cy), None);
    // Even for a program that asks all the same.
    room.says(cy, MotionToHost::Take { thing: ball });
    room.until(5.0, "Cy is told no", |room| {
        room.apps[cy].world().resource::<NotMine>().0 == [NotHeld::Taken]
    });
    room.turns_to(bo, 1.5, 0.3);
    room.run(1.5);
    let hand = room.has_it_at(bo, ball);
    let eyes = room.feet(bo) + Vec3::Y * 1.6;
    assert!(
        hand.distance(eyes) < 1.6 && hand.x < eyes.x - 0.4,
        "{hand} {eyes}"
    );
    for who in [0, cy] {
        assert!(
            room.has_it_at(who, ball).distance(hand) < 0.05,
            "{} {hand}",
            room.has_it_at(who, ball)
        );
    }
    room.lets_go(bo, false);
    let there = room.comes_to_rest(ball);
    assert!(
        there.y < 0.2 && there.xz().distance(hand.xz()) < 2.5,
        "{there} {hand}"
    );
}

#[test]
fn a_throw_flies_and_whoever_threw_it_answers_for_it() {
    let mut room = Room::meadow(43, None);
    let bo = room.plays(2, "Bo", Weather::WEAK_4G);
    let cy = room.plays(3, "Cy", Weather::GOOD_WIFI);
    let ball = room.ball(0, [0.0, 1.0, -1.0]);
    let lay = room.comes_to_rest(ball);
    room.grab(bo, ball);
    room.in_the_hand_of(bo, ball);
    room.turns_to(bo, 0.0, 0.4);
    room.run(1.0);
    let hand = room.has_it_at(bo, ball);
    room.lets_go(bo, true);
    // Bo sees it fly at once, though the host hears of it much later; and nobody sees it come back.
    let (mut far, mut leaps) = (0.0f32, 0.0f32);
    let mut before = hand;
    for frame in 0..60 {
        room.run(FRAME.as_secs_f32());
        let now = room.has_it_at(bo, ball);
        leaps = leaps.max(before.distance(now));
        if frame == 5 {
            assert!(now.distance(hand) > 0.5, "{now} {hand}");
        }
        assert!(hand.z - now.z > far - 0.3, "it came back: {now}");
        far = far.max(hand.z - now.z);
        before = now;
    }
    assert!(far > 4.0 && leaps < 0.6, "{far} {leaps}");
    let there = room.comes_to_rest(ball);
    assert!(there.z < hand.z - 5.0, "{there}");
    // A roll-back of what Bo did takes it back.
    let order = Order::Rank {
        person: room.person_no(cy),
        role: Role::Moderator,
    };
    room.build(0, vec![Act::Order(order)]);
    room.same_for_all(5.0);
    let person = room.person_no(bo);
    room.build(cy, vec![Act::RollBack { person, secs: 600 }]);
    room.until(5.0, "it lies where it lay", |room| room.kept(bo, ball) == lay);
    assert!(matches!(room.comes_to_rest(ball), at if at.distance(lay) < 0.05));
}

#[test]
fn what_is_locked_or_anothers_or_too_heavy_stays_where_it_is() {
    let mut room = Room::meadow(44, None);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let locked = room.ball(0, [0.0, 0.15, -1.0]);
    let act = Act::Set {
        thing: locked,
        part: Lock.into(),
        seen: None,
    };
    room.build(0, vec![act]);
    let heavy = room.put(0, Shape::Box, [0.0, 0.5, 2.0], [1.0; 3], body(true, 400.0));
    let far = room.ball(0, [25.0, 0.15, 0.0]);
    let stands = room.put(0, Shape::Box, [-1.0, 0.5, 0.0], [0.5; 3], body(false, 1.0));
    room.same_for_all(5.0);
    for thing in [locked, heavy, far] {
        room.comes_to_rest(thing);
    }
    let mut told = Vec::new();
    for (thing, why) in [
        (locked, NotHeld::Locked),
        (heavy, NotHeld::TooHeavy),
        (far, NotHeld::TooFar),
        (stands, NotHeld::Gone),
    ] {
        room.says(bo, MotionToHost::Take { thing });
        told.push(why);
        room.until(5.0, "Bo is told why", |room| {
            room.apps[bo].world().resource::<NotMine>().0 == told
        });
    }
    let person = room.person_no(bo);
    let order = Order::Block {
        person,
        blocked: true,
    };
    room.build(0, vec![Act::Order(order)]);
    room.same_for_all(5.0);
    let ball = room.ball(0, [0.0, 0.15, -0.6]);
    room.comes_to_rest(ball);
    room.grab(bo, ball);
    told.push(NotHeld::Blocked);
    room.until(5.0, "Bo is told that Ada blocks him", |room| {
        room.apps[bo].world().resource::<NotMine>().0 == told && room.holds(bo).is_none()
    });
}

#[test]
fn whoever_vanishes_lets_go() {
    let mut room = Room::meadow(45, None);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let ball = room.ball(0, [0.0, 1.0, -1.0]);
    room.comes_to_rest(ball);
    room.grab(bo, ball);
    room.in_the_hand_of(bo, ball);
    room.run(1.0);
    assert!(room.has_it_at(0, ball).y > 0.5);
    drop(room.apps.remove(bo));
    room.until(20.0, "it falls out of a hand that is gone", |room| {
        !room.moves(0, ball) && room.kept(0, ball).y < 0.2
    });
}

#[test]
fn who_comes_late_sees_what_moves_where_it_is() {
    let mut room = Room::meadow(46, None);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let ball = room.ball(0, [0.0, 1.0, -1.0]);
    room.comes_to_rest(ball);
    // So much that is nearer to who comes that the ball is not in the first pieces of the world.
    for _ in 0..15 {
        let first = room.things(0).next_thing().unwrap();
        let made = |number: u32| Act::Make {
            thing: ThingId {
                serial: first.serial + number,
                ..first
            },
            parts: vec![
                place([0.0, 0.0, -0.1], [0.1; 3]),
                Shape::Box.into(),
                Part::Name(Name("of a long name".repeat(4))),
            ],
        };
        room.build(0, (0..100).map(made).collect());
        room.apps[0].update();
    }
    room.same_for_all(10.0);
    room.grab(bo, ball);
    room.in_the_hand_of(bo, ball);
    room.run(1.0);
    let dee = room.plays(4, "Dee", Weather::WEAK_4G);
    room.run(2.0);
    let hand = room.has_it_at(bo, ball);
    assert!(
        room.has_it_at(dee, ball).distance(hand) < 0.05,
        "{} {hand}",
        room.has_it_at(dee, ball)
    );
    // Nor does who fetches all of it anew lose sight of it.
    room.says_of_things(dee, ThingsToHost::Again);
    room.run(3.0);
    room.all_here();
    assert!(room.has_it_at(dee, ball).distance(hand) < 0.05);
    assert!(room.kept(dee, ball).distance(hand) > 0.3);
    assert_eq!(
        room.apps[dee].world().resource::<Motion>().holder(ball),
        Some(room.at(bo))
    );
    // What Bo held is not there for a moment, when Bo fetches all of it: nobody holds it then, and it falls.
    room.says_of_things(bo, ThingsToHost::Again);
    room.until(10.0, "nobody holds it", |room| {
        room.holds(bo).is_none()
            && room
                .apps
                .iter()
                .all(|app| app.world().resource::<Motion>().holder(ball).is_none())
    });
    room.all_here();
    room.comes_to_rest(ball);
}

#[test]
fn what_somebody_puts_elsewhere_while_it_moves_is_there_for_everybody() {
    let mut room = Room::meadow(47, None);
    let bo = room.plays(2, "Bo", Weather::WEAK_4G);
    let ball = room.ball(0, [0.0, 20.0, 5.0]);
    room.run(0.6);
    assert!(room.moves(bo, ball));
    let act = Act::Set {
        thing: ball,
        part: place([9.0, 0.15, 9.0], [0.3; 3]),
        seen: None,
    };
    room.build(0, vec![act]);
    room.until(3.0, "it is there for everybody", |room| {
        [0, bo]
            .into_iter()
            .all(|who| room.has_it_at(who, ball).distance(Vec3::new(9.0, 0.15, 9.0)) < 0.05)
    });
    // And does not come back by a sample that was late.
    for _ in 0..60 {
        room.run(FRAME.as_secs_f32());
        assert!(room.has_it_at(bo, ball).distance(Vec3::new(9.0, 0.15, 9.0)) < 0.1);
    }
    room.comes_to_rest(ball);
}

#[test]
fn a_world_that_is_closed_while_something_falls_keeps_where_it_was() {
    let path = folder("falling");
    let (mut room, ball) = {
        let mut room = Room::meadow(48, Some(&path));
        let ball = room.ball(0, [3.0, 15.0, 3.0]);
        room.run(0.7);
        let seen = room.has_it_at(0, ball);
        assert!(seen.y < 14.5 && seen.y > 5.0, "{seen}");
        room.apps[0].world_mut().write_message(LeaveSession::default());
        room.until(5.0, "the world is closed", |room| {
            room.apps[0].world().resource::<Session>().phase() == SessionPhase::Off
        });
        drop(room);
        (Room::meadow(48, Some(&path)), ball)
    };
    let kept = room.kept(0, ball);
    assert!(kept.y < 14.5, "{kept}");
    room.until(20.0, "it falls on", |room| room.kept(0, ball).y < 1.0);
    let there = room.comes_to_rest(ball);
    assert!((there.y - 0.15).abs() < 0.02, "{there}");
    let _ = std::fs::remove_dir_all(path);
}

#[test]
fn who_walks_into_a_ball_kicks_it() {
    let mut room = Room::meadow(49, None);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let feet = room.feet(bo);
    let ball = room.ball(0, [feet.x, 0.15, feet.z - 2.0]);
    let lay = room.comes_to_rest(ball);
    // Whom Ada blocks, and who looks on only, goes through it.
    let person = room.person_no(bo);
    let block = |blocked| vec![Act::Order(Order::Block { person, blocked })];
    let rank = |role| vec![Act::Order(Order::Rank { person, role })];
    for (no, yes) in [
        (block(true), block(false)),
        (rank(Role::Spectator), rank(Role::Builder)),
    ] {
        room.build(0, no);
        room.same_for_all(5.0);
        room.walks_ahead(bo, feet);
        assert_eq!(room.has_it_at(0, ball), lay);
        room.build(0, yes);
        room.same_for_all(5.0);
    }
    room.walks_ahead(bo, feet);
    let there = room.comes_to_rest(ball);
    assert!(there.z < lay.z - 0.5, "{there} {lay}");
    let history = room.things(0).state().unwrap().thing(ball).unwrap();
    assert_eq!(
        history.held(PartKind::Place).unwrap().by,
        room.person_no(bo),
        "it is Bo's doing"
    );
}

#[test]
fn what_hangs_on_it_goes_along_and_is_part_of_its_body() {
    let mut room = Room::meadow(50, None);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let table = room.put(0, Shape::Box, [0.0, 3.0, 5.0], [1.0, 0.1, 1.0], body(true, 20.0));
    // Of the table's own size: a metre below it, told in tenths.
    let leg = room.hang(table, [0.0, -5.0, 0.0], [0.2, 10.0, 0.2]);
    room.same_for_all(5.0);
    let there = room.comes_to_rest(table);
    // On its one leg, or fallen over it: never flat on the floor as without.
    assert!(there.y > 0.3, "{there}");
    let seen = |who: usize| holm_document::rules::seen_at(room.things(who).state().unwrap(), leg).unwrap();
    assert_eq!(seen(0), seen(bo));
}

#[test]
fn a_ball_falls_on_a_headless_host_too() {
    let mut room = Room::opened_by(person(1, "Harbour master"), None, 51, None);
    let bo = room.comes(somebody(2, "Bo", true), Weather::GOOD_WIFI);
    room.until(10.0, "Bo has the world", |room| room.things(bo).me().is_some());
    let made = |serial| ThingId {
        maker: PersonNo(0),
        serial,
    };
    let make = |serial, shape: Shape, at, scale, body| Act::Make {
        thing: made(serial),
        parts: vec![place(at, scale), shape.into(), body],
    };
    let acts = vec![
        make(
            1,
            Shape::Box,
            [0.0, -0.5, 0.0],
            [160.0, 1.0, 160.0],
            body(false, 1.0),
        ),
        make(2, Shape::Ball, [0.0, 6.0, -1.0], [0.3; 3], body(true, 0.5)),
    ];
    let ball = made(2);
    room.apps[0].world_mut().write_message(Decree { ticket: 1, acts });
    room.until(5.0, "it falls", |room| {
        room.moves(bo, ball) && room.has_it_at(bo, ball).y < 5.0
    });
    let there = room.comes_to_rest(ball);
    assert!((there.y - 0.15).abs() < 0.02, "{there}");
    room.grab(bo, ball);
    room.in_the_hand_of(bo, ball);
    room.run(1.0);
    assert!(room.has_it_at(0, ball).y > 0.5);
}

#[test]
fn nothing_is_taken_held_or_thrown_through_a_wall() {
    let mut room = Room::meadow(52, None);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let feet = room.feet(bo);
    let wall = feet.z - 1.2;
    room.put(
        0,
        Shape::Box,
        [feet.x, 2.0, wall],
        [6.0, 4.0, 0.1],
        body(false, 1.0),
    );
    let beyond = room.ball(0, [feet.x, 0.15, wall - 0.8]);
    let mine = room.ball(0, [feet.x, 0.15, wall + 0.5]);
    for thing in [beyond, mine] {
        room.comes_to_rest(thing);
    }
    room.says(bo, MotionToHost::Take { thing: beyond });
    room.until(5.0, "Bo is told no", |room| {
        room.apps[bo].world().resource::<NotMine>().0 == [NotHeld::TooFar]
    });
    room.grab(bo, mine);
    room.in_the_hand_of(bo, mine);
    room.claims(bo, Vec3::new(feet.x, 1.0, wall - 1.0));
    for _ in 0..60 {
        room.run(FRAME.as_secs_f32());
        let at = room.has_it_at(0, mine);
        assert!(at.z > wall, "{at} is behind the wall");
    }
    let nowhere = MotionToHost::LetGo {
        thing: mine,
        position: [f32::NAN; 3],
        rotation: [0.0, 0.0, 0.0, 1.0],
        velocity: [0.0; 3],
        spin: [0.0; 3],
    };
    room.says(bo, nowhere);
    let there = room.comes_to_rest(mine);
    assert!(there.z > wall, "{there} is behind the wall");
}

#[test]
fn what_is_put_down_and_taken_again_at_once_stays_in_the_hand() {
    let mut room = Room::meadow(53, None);
    let bo = room.plays(2, "Bo", Weather::WEAK_4G);
    let ball = room.ball(0, [0.0, 1.0, -1.0]);
    let lay = room.comes_to_rest(ball);
    room.grab(bo, ball);
    room.run(0.08);
    // It is before Bo's eyes before the host can have answered.
    assert!(room.has_it_at(bo, ball).distance(lay) > 0.05);
    room.in_the_hand_of(bo, ball);
    room.run(0.5);
    for _ in 0..3 {
        room.lets_go(bo, false);
        room.run(FRAME.as_secs_f32());
        room.grab(bo, ball);
        room.run(FRAME.as_secs_f32());
    }
    assert_eq!(room.holds(bo), Some(ball));
    room.run(2.0);
    room.in_the_hand_of(bo, ball);
    let hand = room.has_it_at(bo, ball);
    assert!(
        room.has_it_at(0, ball).distance(hand) < 0.05 && hand.y > 0.5,
        "{hand}"
    );
    room.lets_go(bo, false);
    room.comes_to_rest(ball);
}

#[test]
fn what_the_host_does_not_give_lies_where_it_lay() {
    let mut room = Room::meadow(54, None);
    let bo = room.plays(2, "Bo", Weather::WEAK_4G);
    let ball = room.ball(0, [0.0, 1.0, -1.0]);
    let lay = room.comes_to_rest(ball);
    let person = room.person_no(bo);
    let order = Order::Block {
        person,
        blocked: true,
    };
    room.build(0, vec![Act::Order(order)]);
    room.same_for_all(5.0);
    room.grab(bo, ball);
    room.run(0.1);
    room.lets_go(bo, true);
    room.until(5.0, "Bo is told no", |room| {
        room.apps[bo].world().resource::<NotMine>().0 == [NotHeld::Blocked]
    });
    room.run(0.1);
    assert_eq!(room.has_it_at(bo, ball), lay);
    assert!(!room.moves(bo, ball));
    let world = room.apps[bo].world_mut();
    let mut solids = world.query::<(&Solid, &Transform)>();
    let collider = solids.iter(world).find(|(solid, _)| solid.0 == ball).unwrap().1;
    assert!(collider.translation.distance(lay) < 1e-3, "{collider:?}");
}

#[test]
fn what_is_taken_back_while_it_falls_lies_where_it_lay() {
    let mut room = Room::meadow(55, None);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let ball = room.ball(0, [0.0, 1.0, -1.0]);
    let lay = room.comes_to_rest(ball);
    let act = Act::Set {
        thing: ball,
        part: place([3.0, 9.0, 3.0], [0.3; 3]),
        seen: None,
    };
    room.build(0, vec![act]);
    room.until(3.0, "it falls", |room| {
        [0, bo].into_iter().all(|who| room.has_it_at(who, ball).x > 2.5)
    });
    room.run(0.3);
    room.build(0, vec![Act::Undo { within: None }]);
    room.run(1.0);
    let there = room.comes_to_rest(ball);
    assert!(there.distance(lay) < 0.05, "{there} {lay}");
}

#[test]
fn what_is_taken_off_a_thing_is_no_part_of_its_body_any_more() {
    let mut room = Room::meadow(56, None);
    let table = room.put(0, Shape::Box, [0.0, 1.2, 5.0], [1.0, 0.1, 1.0], body(true, 20.0));
    let leg = room.hang(table, [0.0, -5.0, 0.0], [0.9, 10.0, 0.9]);
    room.same_for_all(5.0);
    let there = room.comes_to_rest(table);
    assert!(there.y > 0.9, "it stands on its leg: {there}");
    room.build(0, vec![Act::Remove { thing: leg }]);
    room.run(1.0);
    let there = room.comes_to_rest(table);
    assert!(there.y < 0.1, "it lies flat: {there}");
}

#[test]
fn who_hangs_something_on_what_falls_does_not_put_it_back() {
    let mut room = Room::meadow(57, None);
    let ball = room.ball(0, [0.0, 20.0, 5.0]);
    room.run(0.6);
    room.hang(ball, [0.0, 0.6, 0.0], [0.5; 3]);
    let mut before = room.has_it_at(0, ball).y;
    let began = before;
    assert!(began < 19.0, "{began}");
    for _ in 0..20 {
        room.run(FRAME.as_secs_f32());
        let now = room.has_it_at(0, ball).y;
        assert!(now < before + 0.01, "{now} {before}");
        before = now;
    }
    assert!(before < began - 1.0, "{before} {began}");
}

#[test]
fn what_is_let_go_turned_by_no_turn_lies_somewhere_all_the_same() {
    let mut room = Room::meadow(58, None);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let ball = room.ball(0, [0.0, 1.0, -1.0]);
    room.comes_to_rest(ball);
    for rotation in [[1e30, 0.0, 0.0, 0.0], [0.0; 4], [f32::INFINITY; 4]] {
        room.grab(bo, ball);
        room.in_the_hand_of(bo, ball);
        room.run(0.5);
        let nowhere = MotionToHost::LetGo {
            thing: ball,
            position: room.has_it_at(bo, ball).to_array(),
            rotation,
            velocity: [0.0, 1.0, 0.0],
            spin: [0.0; 3],
        };
        room.says(bo, nowhere);
        room.until(5.0, "it falls", |room| room.holds(bo).is_none());
        let there = room.comes_to_rest(ball);
        assert!((there.y - 0.15).abs() < 0.02, "{there}");
    }
}

#[test]
fn who_takes_without_end_is_not_told_of_without_end() {
    let mut room = Room::meadow(59, None);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let cy = room.plays(3, "Cy", Weather::GOOD_WIFI);
    let feet = room.feet(bo);
    let balls = [-0.6, 0.6].map(|x| room.ball(0, [feet.x + x, 0.15, feet.z]));
    for ball in balls {
        room.comes_to_rest(ball);
    }
    room.apps[cy].init_resource::<ToldOfHands>().add_systems(
        Last,
        |mut count: ResMut<ToldOfHands>, mut told: MessageReader<Told>| {
            let held =
                |told: &&Told| matches!(told.0, holm::wire::FromHost::Motion(MotionFromHost::Held { .. }));
            count.0 += told.read().filter(held).count();
        },
    );
    for n in 0..120 {
        room.says(bo, MotionToHost::Take { thing: balls[n % 2] });
    }
    room.run(1.0);
    let told = room.apps[cy].world().resource::<ToldOfHands>().0;
    // One is put away for the other.
    assert!((10..=60).contains(&told), "{told}");
}

#[test]
fn what_is_heavy_stands_in_nobodys_way_while_it_is_held() {
    let mut room = Room::meadow(60, None);
    let cy = room.plays(3, "Cy", Weather::GOOD_WIFI);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let feet = room.feet(bo);
    let at = [feet.x, 0.5, feet.z - 1.6];
    let heavy = room.put(0, Shape::Box, at, [1.0; 3], body(true, 60.0));
    room.same_for_all(5.0);
    room.comes_to_rest(heavy);
    let lay = room.layers(0, heavy);
    room.grab(bo, heavy);
    room.in_the_hand_of(bo, heavy);
    room.run(0.1);
    let all = [0, cy, bo].map(|who| room.layers(who, heavy));
    assert!(all.iter().all(|layers| *layers == all[0] && *layers != lay));
    // However it leaves the hand.
    drop(room.apps.remove(bo));
    room.until(20.0, "nobody holds it", |room| {
        let held = |app: &App| app.world().resource::<Motion>().holder(heavy).is_some();
        !room.apps.iter().any(held)
    });
    room.run(0.1);
    assert_eq!([0, cy].map(|who| room.layers(who, heavy)), [lay; 2]);
}

#[test]
fn nobody_answers_for_a_fall_because_they_touched_it_once() {
    let mut room = Room::meadow(61, None);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    let ball = room.ball(0, [0.0, 1.0, -1.0]);
    room.comes_to_rest(ball);
    // Twice, the second time while it moves already.
    for _ in 0..2 {
        room.grab(bo, ball);
        room.in_the_hand_of(bo, ball);
        room.run(0.5);
        room.lets_go(bo, false);
        room.run(0.1);
    }
    room.comes_to_rest(ball);
    let table = room.put(0, Shape::Box, [5.0, 0.5, 5.0], [1.0; 3], body(false, 1.0));
    let act = Act::Set {
        thing: ball,
        part: place([5.0, 1.15, 5.0], [0.3; 3]),
        seen: None,
    };
    room.build(0, vec![act]);
    room.run(1.0);
    room.comes_to_rest(ball);
    room.build(0, vec![Act::Remove { thing: table }]);
    room.until(5.0, "it falls", |room| room.has_it_at(0, ball).y < 0.5);
    let there = room.comes_to_rest(ball);
    assert!(there.y < 0.2, "{there}");
    let thing = room.things(0).state().unwrap().thing(ball).unwrap();
    assert_eq!(thing.held(PartKind::Place).unwrap().by, room.person_no(0));
}

#[test]
fn where_nothing_is_kept_who_comes_late_sees_things_where_they_came_to_rest() {
    let owner = Identity::from_secrets(&[1; 32], &[0xFE; 32]).account();
    let mut keeper = Keeper::new(State::new(owner.0), History::default());
    let ball = ThingId {
        maker: PersonNo(0),
        serial: 2,
    };
    let make = |serial, shape: Shape, at, scale, body| Act::Make {
        thing: ThingId { serial, ..ball },
        parts: vec![place(at, scale), shape.into(), body],
    };
    let wish = Wish {
        number: 1,
        acts: vec![
            make(
                1,
                Shape::Box,
                [0.0, -0.5, 0.0],
                [160.0, 1.0, 160.0],
                body(false, 1.0),
            ),
            make(2, Shape::Ball, [0.0, 5.0, 5.0], [0.3; 3], body(true, 0.5)),
        ],
    };
    keeper.wish(PersonNo(0), &wish, Now::default()).unwrap();
    let mut ada = somebody(1, "Ada", true);
    ada.insert_resource(Kept::new(KeptWorld {
        store: None,
        state: keeper.state().clone(),
        history: History::default(),
    }));
    let mut room = Room::hosted_by(ada, 62, None);
    room.all_here();
    room.until(5.0, "it fell", |room| room.has_it_at(0, ball).y < 0.2);
    room.run(3.0);
    let lies = room.has_it_at(0, ball);
    let bo = room.plays(2, "Bo", Weather::GOOD_WIFI);
    room.run(1.0);
    let seen = room.has_it_at(bo, ball);
    assert!(seen.distance(lies) < 0.01 && lies.y < 0.2, "{seen} {lies}");
    // No fact says so, and nobody is told that one does.
    assert!(room.kept(bo, ball).y > 4.0);
}

//! Putting something down, by each device alone, and taking it back.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::sure::press;
use super::*;
use crate::things::hand::Hand;
use crate::things::{Build, Things};
use holm_document::part::{Door, Place, Shape};
use holm_document::{Act, Part, PartKind};

pub(super) fn things(app: &App) -> usize {
    let state = app.world().resource::<Things>().state();
    state.map_or(0, |state| state.things().len())
}

pub(super) fn inside() -> Journey {
    let mut journey = Journey::begin();
    journey.guest.world_mut().write_message(JoinLink { link: link() });
    journey.inside();
    journey.until("the world's things are here", |journey| {
        journey.guest.world().resource::<Things>().me().is_some()
    });
    journey
}

pub(super) fn ada_sees(journey: &mut Journey, count: usize) {
    journey.until("Ada sees so many things", |journey| {
        things(&journey.ada) == count && things(&journey.guest) == count
    });
}

#[test]
fn keys_alone_take_put_and_take_back_and_escape_puts_away() {
    let mut journey = inside();
    journey.key(KeyCode::KeyF, Key::Character("f".into()));
    journey.run(3);
    assert_eq!(journey.top(), Some(Panel::Build));
    press(&mut journey, "Ball");
    press(&mut journey, "Take in hand");
    assert_eq!(journey.top(), Some(Panel::Hand));
    assert!(!journey.guest.world().resource::<Screens>().blocks_walking());
    journey.run(2);
    for count in [1, 2] {
        journey.key(KeyCode::KeyE, Key::Character("e".into()));
        ada_sees(&mut journey, count);
    }
    journey.key(KeyCode::Escape, Key::Escape);
    journey.run(2);
    assert_eq!(journey.top(), None, "one step");
    assert!(journey.guest.world().resource::<Hand>().is_empty());
    journey.key(KeyCode::KeyE, Key::Character("e".into()));
    journey.run(30);
    assert_eq!(things(&journey.ada), 2, "the hand is empty");
    // Not while one only walks: the key may mean something else to whoever presses it.
    journey.key(KeyCode::KeyF, Key::Character("f".into()));
    journey.run(3);
    for (letter, key_code, count) in [
        ("z", KeyCode::KeyZ, 1),
        ("z", KeyCode::KeyZ, 0),
        ("y", KeyCode::KeyY, 1),
    ] {
        journey.key_goes(KeyCode::ControlLeft, Key::Control, ButtonState::Pressed);
        journey.key(key_code, Key::Character(letter.into()));
        journey.key_goes(KeyCode::ControlLeft, Key::Control, ButtonState::Released);
        ada_sees(&mut journey, count);
    }
}

#[test]
fn a_pad_alone_takes_and_puts_and_start_puts_away() {
    let mut journey = inside();
    let pad = journey.pad();
    journey.button(pad, GamepadButton::LeftTrigger2);
    journey.run(3);
    assert_eq!(journey.top(), Some(Panel::Build));
    journey.button(pad, GamepadButton::South);
    journey.run(3);
    assert_eq!(journey.top(), Some(Panel::Hand));
    journey.button(pad, GamepadButton::West);
    ada_sees(&mut journey, 1);
    journey.button(pad, GamepadButton::Start);
    journey.run(2);
    assert_eq!(journey.top(), None);
}

#[test]
fn fingers_alone_put_down_by_the_button_that_acts() {
    let mut journey = inside();
    journey.tap(GLASS * 0.5);
    let world = journey.guest.world_mut();
    world.resource_scope(|world, mut hand: Mut<Hand>| {
        hand.take_new(&mut world.resource_mut::<Screens>());
    });
    journey.run(4);
    let act = Layout::of(
        GLASS,
        Edges::default(),
        crate::input::touch::rules::Near::Something,
    )
    .buttons
    .into_iter()
    .find(|button| button.doing == Doing::Act)
    .unwrap();
    journey.tap(act.centre);
    ada_sees(&mut journey, 1);
}

/// A leaf a step before Bo, and what a pressed key does to it.
#[test]
fn a_door_is_opened_and_closed_by_whoever_stands_before_it() {
    let mut journey = inside();
    journey.run(5);
    let world = journey.guest.world_mut();
    let me = world
        .query_filtered::<&Transform, With<crate::people::Me>>()
        .single(world)
        .unwrap()
        .translation;
    let yaw = world.resource::<crate::body::camera::Eye>().yaw;
    let turn = Quat::from_rotation_y(yaw);
    let at = me + Vec3::Y + turn * Vec3::new(0.0, 0.0, -1.0);
    let things = journey.ada.world().resource::<Things>();
    let thing = things.next_thing().unwrap();
    let place = Place {
        position: at.to_array(),
        rotation: turn.to_array(),
        scale: [1.0, 2.0, 0.1],
    };
    let door = Door {
        open: false,
        swing_degrees: 100.0,
    };
    let parts = vec![place.into(), Shape::Box.into(), door.into()];
    journey.ada.world_mut().write_message(Build {
        acts: vec![Act::Make { thing, parts }],
    });
    ada_sees(&mut journey, 1);
    let open = |app: &App| {
        let state = app.world().resource::<Things>().state().unwrap();
        match state.thing(thing).unwrap().part(PartKind::Door) {
            Some(Part::Door(door)) => door.open,
            _ => panic!("no door"),
        }
    };
    for wanted in [true, false] {
        journey.run(3);
        // The leaf that is open stands beside one, not before one.
        if !wanted {
            let world = journey.guest.world_mut();
            world.resource_mut::<crate::body::camera::Eye>().yaw = yaw + 1.0;
            journey.run(3);
        }
        journey.key(KeyCode::KeyE, Key::Character("e".into()));
        journey.until("both see it", |journey| {
            open(&journey.ada) == wanted && open(&journey.guest) == wanted
        });
    }
}

//! Putting something down, by each device alone, and taking it back.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::sure::press;
use super::*;
use crate::things::Things;
use crate::things::hand::Hand;

fn things(app: &App) -> usize {
    let state = app.world().resource::<Things>().state();
    state.map_or(0, |state| state.things().len())
}

fn inside() -> Journey {
    let mut journey = Journey::begin();
    journey.guest.world_mut().write_message(JoinLink { link: link() });
    journey.inside();
    journey.until("the world's things are here", |journey| {
        journey.guest.world().resource::<Things>().me().is_some()
    });
    journey
}

fn ada_sees(journey: &mut Journey, count: usize) {
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
    let act = Layout::of(GLASS, Edges::default(), true)
        .buttons
        .into_iter()
        .find(|button| button.doing == Doing::Act)
        .unwrap();
    journey.tap(act.centre);
    ada_sees(&mut journey, 1);
}

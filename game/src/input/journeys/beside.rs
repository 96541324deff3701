//! What lies over a world while one walks on in it (a card, a list, a wheel): none of it takes the hands away, and each
//! is worked by every device.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::gesture::Gesturing;
use crate::guide::Guide;
use crate::input::hands::Hands;
use crate::people::Me;
use crate::settings::Settings;

/// Bo, in Ada's world.
fn inside(guide: bool) -> Journey {
    let mut journey = Journey::begin();
    journey.guest.world_mut().resource_mut::<Settings>().guide = guide;
    journey.guest.world_mut().write_message(JoinLink { link: link() });
    journey.inside();
    journey
}

fn walks_forwards(journey: &mut Journey) -> bool {
    let key = || Key::Character("w".into());
    journey.key_goes(KeyCode::KeyW, key(), ButtonState::Pressed);
    journey.run(3);
    let walk = journey.guest.world().resource::<Hands>().walk();
    journey.key_goes(KeyCode::KeyW, key(), ButtonState::Released);
    walk == Vec2::Y
}

fn guide_under_way(journey: &Journey) -> bool {
    journey.guest.world().resource::<Guide>().is_under_way()
}

#[test]
fn tab_in_the_guided_walk_brings_the_list_and_one_walks_on() {
    let mut journey = inside(true);
    journey.until("the walk begins", |journey| guide_under_way(journey));
    // The card is there, with its button to skip it.
    journey.run(4);
    assert!(walks_forwards(&mut journey));
    journey.key(KeyCode::Tab, Key::Tab);
    assert_eq!(journey.top(), Some(Panel::People));
    journey.run(2);
    assert!(walks_forwards(&mut journey), "beside the list");
    for key in [
        (KeyCode::Space, Key::Space),
        (KeyCode::KeyE, Key::Character("e".into())),
    ] {
        journey.key(key.0, key.1);
    }
    assert!(guide_under_way(&journey), "Space jumps, and presses no button");
    journey.key(KeyCode::Tab, Key::Tab);
    assert_eq!(journey.top(), None);
    assert!(walks_forwards(&mut journey), "without it");
}

#[test]
fn the_list_of_people_is_worked_by_a_pad_while_the_sticks_walk_on() {
    let mut journey = inside(false);
    let pad = journey.pad();
    journey.button(pad, GamepadButton::Select);
    journey.run(3);
    assert_eq!(journey.top(), Some(Panel::People));
    // Its first control has the focus: A closes it.
    journey.button(pad, GamepadButton::South);
    journey.run(2);
    assert_eq!(journey.top(), None);
    journey.button(pad, GamepadButton::Select);
    journey.run(3);
    // The cross has other uses in a world: not now.
    journey.button(pad, GamepadButton::DPadRight);
    journey.button(pad, GamepadButton::DPadDown);
    journey.run(3);
    assert_eq!(journey.top(), Some(Panel::People), "no chat");
    journey.button(pad, GamepadButton::South);
    journey.run(3);
    let muted = journey.guest.world().resource::<crate::people::mute::Muted>();
    assert_eq!(muted.iter().count(), 1, "Ada, below the first control");
    let pushed = bevy::input::gamepad::RawGamepadAxisChangedEvent::new(pad, GamepadAxis::LeftStickY, 1.0);
    journey
        .guest
        .world_mut()
        .write_message(RawGamepadEvent::Axis(pushed));
    journey.run(3);
    assert_eq!(journey.guest.world().resource::<Hands>().walk(), Vec2::Y);
    journey.button(pad, GamepadButton::East);
    assert_eq!(journey.top(), None, "one step back");
    assert!(!journey.guest.world().resource::<Hands>().held(Doing::Crouch));
}

#[test]
fn a_finger_opens_the_wheel_lifts_and_waves() {
    let mut journey = inside(false);
    journey.tap(GLASS * 0.5);
    let emotes = Layout::of(GLASS, Edges::default(), false)
        .buttons
        .into_iter()
        .find(|button| button.doing == Doing::Emotes)
        .unwrap();
    journey.tap(emotes.centre);
    journey.run(3);
    assert_eq!(
        journey.top(),
        Some(Panel::Emotes),
        "it stays when the finger lifts"
    );
    let wave = crate::gesture::wheel::place_of(0, egui::vec2(GLASS.x, GLASS.y));
    journey.tap(GLASS * 0.5 + Vec2::new(wave.x, wave.y));
    journey.run(2);
    assert_eq!(journey.top(), None);
    let world = journey.guest.world_mut();
    let mut me = world.query_filtered::<&Gesturing, With<Me>>();
    assert_eq!(me.single(world).unwrap().gesture, crate::gesture::WAVE);
    // A press beside it is no choice.
    journey.tap(emotes.centre);
    journey.run(3);
    assert_eq!(journey.top(), Some(Panel::Emotes));
    journey.tap(Vec2::new(20.0, 200.0));
    assert_eq!(journey.top(), None);
}

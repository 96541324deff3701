//! What lies over a world while one walks on in it (a card, a list, a wheel): none of it takes the hands away, and each
//! is worked by every device.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::avatar::own::Own;
use crate::gesture::Gesturing;
use crate::guide::Guide;
use crate::input::hands::Hands;
use crate::people::Me;
use crate::people::look::Look;
use crate::settings::Settings;

/// Bo, in Ada's world.
fn inside(guide: bool) -> Journey {
    let mut journey = Journey::begin();
    journey.guest.world_mut().resource_mut::<Settings>().guide = guide;
    // What somebody is offered who never chose a look has a test of its own.
    journey.guest.world_mut().resource_mut::<Own>().look = Some(Look::default());
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

/// Bo, who never chose a look, in Ada's world.
fn newcomer() -> Journey {
    let mut journey = Journey::begin();
    journey.guest.world_mut().resource_mut::<Settings>().guide = true;
    journey.guest.world_mut().write_message(JoinLink { link: link() });
    journey.inside();
    journey.until("the walk begins", |journey| guide_under_way(journey));
    journey.run(4);
    journey
}

/// The card of the walk.
fn card(journey: &mut Journey) -> egui::Rect {
    let world = journey.guest.world_mut();
    let mut contexts = world.query::<&mut EguiContext>();
    let ctx = contexts.single_mut(world).unwrap().get_mut().clone();
    ctx.memory(|memory| memory.area_rect("guide")).unwrap()
}

fn offers_a_look(journey: &Journey) -> bool {
    journey.guest.world().resource::<Guide>().offers_a_look()
}

#[test]
fn a_newcomer_is_offered_a_look_first_and_walks_on_by_every_device() {
    let mut journey = newcomer();
    assert!(offers_a_look(&journey));
    assert!(walks_forwards(&mut journey), "nobody is held up");
    journey.key(KeyCode::KeyE, Key::Character("e".into()));
    journey.run(3);
    assert_eq!(journey.top(), Some(Panel::Look));
    // However long one stands before the mirror, no lesson passes meanwhile.
    journey.run(1500);
    journey.key(KeyCode::Escape, Key::Escape);
    journey.run(3);
    assert_eq!(journey.top(), None);
    assert!(
        guide_under_way(&journey) && !offers_a_look(&journey),
        "and the walk goes on"
    );

    let mut journey = newcomer();
    let pad = journey.pad();
    journey.button(pad, GamepadButton::West);
    journey.run(3);
    assert_eq!(journey.top(), Some(Panel::Look));
    journey.button(pad, GamepadButton::East);
    journey.run(3);
    assert!(!offers_a_look(&journey));

    let mut journey = newcomer();
    journey.tap(GLASS * 0.5);
    journey.run(4);
    // Its large button is at the left, over the row of the small one.
    let card = card(&mut journey).left_bottom();
    journey.tap(Vec2::new(card.x + 50.0, card.y - 100.0));
    journey.run(3);
    assert_eq!(journey.top(), Some(Panel::Look));
}

#[test]
fn who_wants_no_look_now_skips_it() {
    let mut journey = newcomer();
    journey.tap(GLASS * 0.5);
    journey.run(4);
    let card = card(&mut journey).right_bottom();
    journey.tap(Vec2::new(card.x - 40.0, card.y - 34.0));
    journey.run(4);
    assert!(!guide_under_way(&journey));
    assert!(!journey.guest.world().resource::<Settings>().guide);
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
    let emotes = Layout::of(GLASS, Edges::default(), crate::input::touch::rules::Near::Nothing)
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

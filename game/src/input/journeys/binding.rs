//! Changing what is pressed for something, in the lower part of a long list.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::sure::press;
use super::*;
use crate::input::bindings::Bindings;
use crate::input::source::Source;
use crate::input::ui::Listening;

/// At the list, with the question whether E, which acts, is to show the hints instead.
fn asked() -> Journey {
    let mut journey = Journey::begin();
    let mut screens = journey.guest.world_mut().resource_mut::<Screens>();
    screens.open(Panel::Settings);
    screens.open(Panel::Bindings);
    press(&mut journey, "Show or hide these hints");
    journey.key(KeyCode::KeyE, Key::Character("e".into()));
    // What is far down takes a moment to scroll to.
    journey.run(60);
    assert!(matches!(
        listening(&journey),
        Listening::Taken {
            doing: Doing::Hints,
            owner: Doing::Act,
            ..
        }
    ));
    journey
}

fn listening(journey: &Journey) -> Listening {
    *journey.guest.world().resource::<Listening>()
}

fn owner_of_e(journey: &Journey) -> Option<Doing> {
    let bindings = journey.guest.world().resource::<Bindings>();
    bindings.owner(Source::Key(KeyCode::KeyE))
}

/// Where the control with the focus is.
fn lit(journey: &mut Journey) -> egui::Rect {
    let world = journey.guest.world_mut();
    let mut contexts = world.query::<&mut EguiContext>();
    let ctx = contexts.single_mut(world).unwrap().get_mut().clone();
    let focused = ctx.memory(|memory| memory.focused()).unwrap();
    ctx.read_response(focused).unwrap().rect
}

#[test]
fn the_question_is_in_sight_with_the_focus_and_escape_is_no() {
    let mut journey = asked();
    let glass = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(GLASS.x, GLASS.y));
    assert!(glass.contains_rect(lit(&mut journey)), "{:?}", lit(&mut journey));
    journey.key(KeyCode::Escape, Key::Escape);
    journey.run(2);
    assert_eq!(journey.top(), Some(Panel::Bindings), "one step");
    assert_eq!(listening(&journey), Listening::Nothing);
    assert_eq!(owner_of_e(&journey), Some(Doing::Act));
    // Back where it began: the same press asks again.
    journey.key(KeyCode::Enter, Key::Enter);
    journey.run(2);
    assert!(matches!(
        listening(&journey),
        Listening::For {
            doing: Doing::Hints,
            ..
        }
    ));
}

#[test]
fn enter_at_the_question_swaps() {
    let mut journey = asked();
    journey.key(KeyCode::Enter, Key::Enter);
    journey.run(3);
    assert_eq!(owner_of_e(&journey), Some(Doing::Hints));
    assert_eq!(journey.top(), Some(Panel::Bindings));
}

//! What others would pay for is asked about first, and a no costs nothing.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::people::People;

/// Bo hosts, by a client with a screen, and Ada is there.
pub(super) fn hosting() -> Journey {
    let mut journey = Journey::between(person(1, "Ada"), client(2, "Bo"));
    journey
        .guest
        .world_mut()
        .resource_mut::<crate::settings::Settings>()
        .guide = false;
    let net = journey.net.clone();
    open_world(&mut journey.guest, &net);
    journey.inside();
    journey.ada.world_mut().write_message(JoinLink { link: link() });
    journey.until("both are there", |journey| {
        journey.guest.world().resource::<People>().len() == 2
    });
    journey
}

fn phase(app: &App) -> SessionPhase {
    app.world().resource::<Session>().phase()
}

/// Presses what is called so, going there by Tab.
pub(super) fn press(journey: &mut Journey, name: &str) {
    journey.run(3);
    // What has the focus from the start does not say so: once around leads back to it.
    journey.focus = None;
    let mut met: Vec<String> = Vec::new();
    for _ in 0..MOST_STEPS {
        if journey.focus.as_deref() == Some(name) {
            journey.key(KeyCode::Enter, Key::Enter);
            journey.run(3);
            return;
        }
        journey.key(KeyCode::Tab, Key::Tab);
        journey.run(1);
        met.push(format!("{:?} {:?}", journey.top(), journey.focus));
    }
    met.dedup();
    met.truncate(60);
    panic!("no {name} among {met:#?}");
}

/// More than there are controls on any screen.
const MOST_STEPS: usize = 200;

#[test]
fn a_world_is_closed_for_everybody_only_after_a_yes() {
    let mut journey = hosting();
    journey.key(KeyCode::Escape, Key::Escape);
    press(&mut journey, "Close this world");
    assert_eq!(journey.top(), Some(Panel::Confirm));
    journey.key(KeyCode::Escape, Key::Escape);
    assert_eq!(journey.top(), Some(Panel::Menu), "Escape is no");
    press(&mut journey, "Close this world");
    journey.key(KeyCode::Enter, Key::Enter);
    journey.run(3);
    assert_eq!(
        journey.top(),
        Some(Panel::Menu),
        "the focus began on what changes nothing"
    );
    assert_eq!(phase(&journey.guest), SessionPhase::Inside);
    assert_eq!(phase(&journey.ada), SessionPhase::Inside);
    press(&mut journey, "Close this world");
    press(&mut journey, "Close it");
    journey.until("closed", |journey| phase(&journey.ada) == SessionPhase::Off);
}

#[test]
fn somebody_is_sent_away_only_after_a_yes() {
    let mut journey = hosting();
    journey.key(KeyCode::Escape, Key::Escape);
    press(&mut journey, "Who is here");
    assert_eq!(journey.top(), Some(Panel::People));
    press(&mut journey, "More");
    assert_eq!(journey.top(), Some(Panel::Person));
    press(&mut journey, "Send away");
    assert_eq!(journey.top(), Some(Panel::Confirm));
    press(&mut journey, "Let them stay");
    assert_eq!(journey.top(), Some(Panel::Person));
    assert_eq!(phase(&journey.ada), SessionPhase::Inside);
    press(&mut journey, "Send away");
    press(&mut journey, "Send away");
    journey.until("sent away", |journey| phase(&journey.ada) == SessionPhase::Off);
    journey.run(4);
    assert_eq!(phase(&journey.guest), SessionPhase::Inside);
    assert_eq!(journey.top(), Some(Panel::Person));
}

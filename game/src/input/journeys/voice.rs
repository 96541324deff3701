//! One's own voice by keys alone, by a pad alone, by fingers alone: muted at first, heard after a press, and what is set
//! about it is found. No machine here has a microphone, and none is needed for that.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::sure::press;
use super::*;
use crate::input::source::Source;
use crate::input::touch::rules::Near;
use crate::settings::Settings;
use crate::settings::ui::{Chapter, Shown};
use crate::voice::Reach;
use crate::voice::devices::VoiceView;

/// Bo, in Ada's world.
fn inside() -> Journey {
    let mut journey = Journey::begin();
    journey.guest.world_mut().write_message(JoinLink { link: link() });
    journey.inside();
    assert!(muted(&journey), "nobody is heard before they want to be");
    journey
}

fn view(journey: &Journey) -> &VoiceView {
    journey.guest.world().resource::<VoiceView>()
}

fn muted(journey: &Journey) -> bool {
    view(journey).muted
}

fn chapter(journey: &Journey) -> Chapter {
    journey.guest.world().resource::<Shown>().0
}

/// What a keyboard or a pad does it with from the start.
fn usual<T>(doing: Doing, which: fn(&Source) -> Option<T>) -> T {
    doing.usual().iter().find_map(which).unwrap()
}

fn mute_key(journey: &mut Journey) {
    let key = usual(Doing::Mute, |source| match source {
        Source::Key(key) => Some(*key),
        _ => None,
    });
    journey.key(key, Key::Unidentified(NativeKey::Unidentified));
    journey.run(2);
}

#[test]
fn a_key_alone_unmutes_and_the_same_key_mutes() {
    let mut journey = inside();
    mute_key(&mut journey);
    assert!(!muted(&journey));
    mute_key(&mut journey);
    assert!(muted(&journey));
}

#[test]
fn a_button_of_the_pad_unmutes_and_the_same_button_mutes() {
    let mut journey = inside();
    let pad = journey.pad();
    let button = usual(Doing::Mute, |source| match source {
        Source::Button(button) => Some(*button),
        _ => None,
    });
    journey.button(pad, button);
    journey.run(2);
    assert!(!muted(&journey));
    journey.button(pad, button);
    journey.run(2);
    assert!(muted(&journey));
}

#[test]
fn keys_alone_find_all_of_it_from_the_menu() {
    let mut journey = inside();
    journey.key(KeyCode::Escape, Key::Escape);
    press(&mut journey, "Your voice");
    assert_eq!(journey.top(), Some(Panel::Voice));
    press(&mut journey, "Unmute");
    assert!(!muted(&journey));
    press(&mut journey, "Mute");
    assert!(muted(&journey));
    press(&mut journey, "Whisper");
    assert_eq!(view(&journey).reach, Reach::Whisper);
    press(&mut journey, "Sound and voice settings");
    assert_eq!(journey.top(), Some(Panel::Settings));
    assert_eq!(chapter(&journey), Chapter::Sound);
    press(&mut journey, "While a key is held");
    let settings = journey.guest.world().resource::<Settings>();
    assert!(settings.voice.push_to_talk);
    // One step back each.
    for left in [Some(Panel::Voice), Some(Panel::Menu), None] {
        journey.key(KeyCode::Escape, Key::Escape);
        journey.run(2);
        assert_eq!(journey.top(), left);
    }
}

/// That the cross leads to every control of every panel is shown by `walk`.
#[test]
fn a_pad_alone_unmutes_in_the_panel_and_goes_back_to_the_world() {
    let mut journey = inside();
    let pad = journey.pad();
    journey.button(pad, GamepadButton::Start);
    journey.run(2);
    assert_eq!(journey.top(), Some(Panel::Menu));
    journey
        .guest
        .world_mut()
        .resource_mut::<Screens>()
        .open(Panel::Voice);
    journey.run(3);
    // The first control has the focus.
    journey.button(pad, GamepadButton::South);
    journey.run(3);
    assert!(!muted(&journey));
    journey.button(pad, GamepadButton::East);
    journey.run(2);
    assert_eq!(journey.top(), Some(Panel::Menu));
    journey.button(pad, GamepadButton::Start);
    journey.run(2);
    assert_eq!(journey.top(), None);
    assert!(!muted(&journey), "what was chosen stays");
}

#[test]
fn a_finger_alone_unmutes_and_holds_to_talk_once_that_was_chosen() {
    let mut journey = inside();
    // The first touch brings the buttons.
    journey.tap(GLASS * 0.5);
    let button = Layout::of(GLASS, Edges::default(), Near::Nothing)
        .buttons
        .into_iter()
        .find(|button| button.doing == Doing::Mute)
        .unwrap();
    journey.tap(button.centre);
    assert!(!muted(&journey));
    journey
        .guest
        .world_mut()
        .resource_mut::<Settings>()
        .voice
        .push_to_talk = true;
    journey.finger(TouchPhase::Started, button.centre);
    assert!(view(&journey).held && !muted(&journey));
    journey.finger(TouchPhase::Ended, button.centre);
    assert!(!view(&journey).held && !muted(&journey));
}

#[test]
fn there_is_no_way_to_the_stage_for_who_keeps_no_order_here() {
    let mut journey = inside();
    journey
        .guest
        .world_mut()
        .resource_mut::<Screens>()
        .open(Panel::Voice);
    journey.run(3);
    let mut met = Vec::new();
    for _ in 0..30 {
        journey.key(KeyCode::Tab, Key::Tab);
        journey.run(1);
        met.extend(journey.focus.clone());
    }
    assert!(met.iter().any(|name| name == "Shout"), "{met:?}");
    assert!(met.iter().all(|name| name != "Stage"), "{met:?}");
}

//! Voices for pictures: no machine that draws them has a microphone, and nobody there says anything.
//!
//! Flow: a page says what a real machine would show ([`test`], [`talk`]) → [`Held`] → put, in each frame before anything
//! is painted, where `voice::devices` and the session would have put it.
//! Whom one speaks to is wished for as by hands.
//! Invariant: nothing but [`VoiceView`] and what people are marked with is put there, and [`forget`] gives it back.

use crate::people::Person;
use crate::view::ViewSystems;
use crate::voice::devices::{MicrophoneView, VoiceView, VoiceWish};
use crate::voice::{Audience, Microphone, Reach, Speaking};
use bevy::prelude::*;
use bevy_egui::EguiPrimaryContextPass;
use holm_audio::{Device, Devices, Meter};

/// What is put there; `None`: whatever the client says by itself.
#[derive(Resource, Default)]
struct Held {
    view: Option<VoiceView>,
    /// Who is there speaks, or has told of their microphone.
    people: bool,
}

pub(super) fn hold(app: &mut App) {
    app.init_resource::<Held>()
        .add_systems(EguiPrimaryContextPass, put.before(ViewSystems::Overhead));
}

fn put(
    held: Res<Held>,
    mut view: ResMut<VoiceView>,
    mut people: Query<(&Person, &mut Speaking, &mut Microphone)>,
) {
    let Some(wanted) = &held.view else { return };
    view.set_if_neq(wanted.clone());
    if !held.people {
        return;
    }
    for (person, mut speaking, mut microphone) in &mut people {
        let (level, told) = match person.name.as_str() {
            "Mei" => (11, Microphone::Open),
            "Bjørn" => (0, Microphone::Muted),
            _ => continue,
        };
        speaking.set_if_neq(Speaking {
            level,
            reach: Reach::Normal,
            sealed: level > 0,
        });
        microphone.set_if_neq(told);
    }
}

fn open(level: u8) -> VoiceView {
    let device = |id: &str, name: &str| Device {
        id: id.to_owned(),
        name: name.to_owned(),
    };
    VoiceView {
        microphone: MicrophoneView::Open("Headset Microphone (USB)".to_owned()),
        muted: false,
        held: false,
        meter: Meter {
            level,
            peak: 0.4,
            gain_db: 4.0,
            speech: level > 3,
            sending: level > 3,
        },
        reach: Reach::Normal,
        testing: false,
        sending: level > 3,
        devices: Devices {
            microphones: vec![
                device("headset", "Headset Microphone (USB)"),
                device("built-in", "Built-in Microphone"),
            ],
            speakers: vec![
                device("headset", "Headset (USB)"),
                device("built-in", "Built-in Speakers"),
            ],
        },
        speakers: None,
    }
}

/// Somebody tests their microphone: silent at first, so that there is a beginning to mark.
pub(super) fn test(world: &mut World, frame: u32) {
    let level = match frame {
        0..16 => 1,
        16..18 => 5,
        _ => 10,
    };
    let view = VoiceView {
        testing: true,
        ..open(level)
    };
    *world.get_resource_or_init::<Held>() = Held {
        view: Some(view),
        people: false,
    };
}

/// Mei speaks to us alone and we to her, Bjørn is muted.
pub(super) fn talk(world: &mut World, frame: u32) {
    *world.get_resource_or_init::<Held>() = Held {
        view: Some(open(9)),
        people: true,
    };
    let mut people = world.query::<&Person>();
    let mei = people.iter(world).find(|person| person.name == "Mei");
    let mei = mei.filter(|_| frame == 0).map(|mei| mei.account);
    if let Some(mei) = mei {
        world.write_message(VoiceWish::Audience(Audience::Few(vec![mei])));
    }
}

/// As the client says by itself.
pub(super) fn forget(world: &mut World) {
    let held = std::mem::take(&mut *world.get_resource_or_init::<Held>());
    if held.view.is_none() {
        return;
    }
    *world.resource_mut::<VoiceView>() = VoiceView::default();
    if held.people {
        world.write_message(VoiceWish::Audience(Audience::All));
        let mut people = world.query::<(&mut Speaking, &mut Microphone)>();
        for (mut speaking, mut microphone) in people.iter_mut(world) {
            *speaking = Speaking::default();
            *microphone = Microphone::default();
        }
    }
}

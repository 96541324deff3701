//! Every panel fits every window in every language, with the largest letters, too.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::settings::Settings;
use crate::settings::ui::{Chapter, Shown};
use crate::words::Language;

/// What can be opened at the title, and in a world.
const AT_TITLE: [Panel; 7] = [
    Panel::Join,
    Panel::Host,
    Panel::Settings,
    Panel::Bindings,
    Panel::Look,
    Panel::Avatar,
    Panel::Checkup,
];
const IN_WORLD: [Panel; 15] = [
    Panel::Menu,
    Panel::Share,
    Panel::People,
    Panel::Report,
    Panel::Chat,
    Panel::Settings,
    Panel::Bindings,
    Panel::Emotes,
    Panel::Look,
    Panel::Avatar,
    Panel::Checkup,
    Panel::Photo,
    Panel::Build,
    Panel::Succession,
    Panel::Voice,
];

fn inside() -> Journey {
    let mut journey = Journey::begin();
    journey.guest.world_mut().write_message(JoinLink { link: link() });
    journey.inside();
    journey
}

fn open(journey: &mut Journey, panel: Panel) {
    let mut screens = journey.guest.world_mut().resource_mut::<Screens>();
    screens.close_all();
    screens.open(panel);
}

/// The edges of everything that floats, by what it is called.
fn areas(journey: &mut Journey) -> Vec<egui::Rect> {
    let world = journey.guest.world_mut();
    let mut contexts = world.query::<&mut EguiContext>();
    let ctx = contexts.single_mut(world).unwrap().get_mut().clone();
    ctx.memory(|memory| {
        let layers = memory.areas().visible_layer_ids();
        layers
            .into_iter()
            .filter_map(|layer| memory.area_rect(layer.id))
            .collect()
    })
}

/// The settings remember their chapter: every one of them is tried.
const CHAPTERS: [Chapter; 4] = [
    Chapter::Interface,
    Chapter::Controls,
    Chapter::Picture,
    Chapter::Sound,
];

fn everything_fits(journey: &mut Journey, panels: &[Panel]) {
    let windows = [
        (Device::Keyboard, Vec2::new(1280.0, 720.0)),
        (Device::Keyboard, Vec2::new(640.0, 360.0)),
        (Device::Touch, Vec2::new(390.0, 844.0)),
        (Device::Touch, Vec2::new(844.0, 390.0)),
    ];
    let mut wrong = Vec::new();
    for (device, size) in windows {
        for language in Language::ALL {
            for scale in [1.0, *crate::settings::TEXT_SCALE.end()] {
                let world = journey.guest.world_mut();
                world.resource_mut::<Screen>().0 = size;
                let mut settings = world.resource_mut::<Settings>();
                settings.language = Some(language);
                settings.text_scale = scale;
                journey.run(2);
                let chapters = CHAPTERS.map(|chapter| (Panel::Settings, chapter));
                let others = panels.iter().filter(|panel| **panel != Panel::Settings);
                let others = others.map(|panel| (*panel, Chapter::default()));
                for (panel, chapter) in chapters.into_iter().chain(others) {
                    journey.guest.world_mut().resource_mut::<Shown>().0 = chapter;
                    open(journey, panel);
                    for _ in 0..6 {
                        *journey.guest.world_mut().resource_mut::<Device>() = device;
                        journey.guest.update();
                    }
                    let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(size.x, size.y));
                    for area in areas(journey) {
                        if !screen.expand(1.0).contains_rect(area) {
                            wrong.push(format!(
                                "{panel:?} {chapter:?} {size} {language:?} {scale}: {area}"
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_panel_of_the_title_fits_every_window_in_every_language() {
    everything_fits(&mut Journey::begin(), &AT_TITLE);
}

#[test]
fn every_panel_in_a_world_fits_every_window_in_every_language() {
    everything_fits(&mut inside(), &IN_WORLD);
}

#[test]
fn on_the_way_in_fits_a_telephone_with_the_largest_letters() {
    let mut journey = Journey::begin();
    let silent = MemoryNet::new(3);
    let host = silent.host();
    journey
        .guest
        .insert_resource(Network(Box::new(move |_link: &Link| -> Box<dyn Dial> {
            let net = silent.clone();
            Box::new(move || -> BoxTransport { Box::new(net.guest(Weather::GOOD_WIFI)) })
        })));
    let world = journey.guest.world_mut();
    world.resource_mut::<Screen>().0 = Vec2::new(390.0, 844.0);
    world.resource_mut::<Settings>().text_scale = *crate::settings::TEXT_SCALE.end();
    world.write_message(JoinLink { link: link() });
    journey.run(12);
    let phase = journey.guest.world().resource::<Session>().phase();
    assert_eq!(phase, SessionPhase::Joining);
    let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(390.0, 844.0));
    for area in areas(&mut journey) {
        assert!(screen.contains_rect(area), "{area}");
    }
    drop(host);
}

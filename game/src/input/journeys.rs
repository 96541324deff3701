//! Somebody with a keyboard alone, somebody with a gamepad alone, somebody with fingers on glass alone: each gets
//! from a link to a line in the chat, by what their device says; pad and fingers have the link already, as from
//! another program.
//!
//! Each is a whole client but for the pictures, in one process with the host, over the in-memory transport.
#![allow(clippy::unwrap_used, reason = "tests")]

mod beside;
mod binding;
mod building;
mod choosing;
mod heirs;
mod panels;
mod sure;
mod voice;
mod walk;

use super::board::Board;
use super::touch::rules::{Edges, Layout};
use super::{actions::Doing, board};
use crate::SimPlugins;
use crate::chat::ChatLog;
use crate::profile::Profile;
use crate::screens::{Device, Panel, Screens};
use crate::session::{BoxTransport, Dial, JoinLink, Network, Session, SessionPhase};
use crate::wire::GAME_PROTOCOL;
use bevy::input::ButtonState;
use bevy::input::gamepad::{
    GamepadConnection, GamepadConnectionEvent, RawGamepadButtonChangedEvent, RawGamepadEvent,
};
use bevy::input::keyboard::{Key, KeyboardInput, NativeKey};
use bevy::input::touch::{TouchInput, TouchPhase};
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bevy::window::PrimaryWindow;
use bevy_egui::{EguiContext, EguiInput, EguiOutput, EguiPreUpdateSet, PrimaryEguiContext, egui};
use core::time::Duration;
use holm_identity::Identity;
use holm_net::link::{Link, RoomSecret};
use holm_net::session::host::{Host, HostConfig};
use holm_net::transport::memory::{MemoryNet, Weather};

const FRAME: Duration = Duration::from_millis(16);
const SECRET: RoomSecret = RoomSecret(*b"a test's secrets");
/// A phone held across.
const GLASS: Vec2 = Vec2::new(800.0, 400.0);

/// How large the window is, points.
#[derive(Resource)]
struct Screen(Vec2);

fn link() -> Link {
    Link::new("127.0.0.1", 1, false, SECRET).unwrap()
}

fn person(seed: u8, name: &str) -> App {
    let mut app = crate::headless::bare();
    app.add_plugins(TransformPlugin)
        .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
        .insert_resource(Profile {
            identity: Identity::from_secrets(&[seed; 32], &[seed ^ 0xFF; 32]),
            name: name.to_owned(),
        })
        .add_plugins(SimPlugins { embodied: true });
    app
}

/// A whole client, window and all, without a graphics card: everything is laid out, nothing is drawn.
fn client(seed: u8, name: &str) -> App {
    let mut app = App::new();
    app.add_plugins(
        crate::view::blind_engine()
            .disable::<bevy::log::LogPlugin>()
            .disable::<bevy::app::TerminalCtrlCHandlerPlugin>(),
    )
    .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
    .insert_resource(Profile {
        identity: Identity::from_secrets(&[seed; 32], &[seed ^ 0xFF; 32]),
        name: name.to_owned(),
    })
    .add_plugins((SimPlugins { embodied: true }, crate::ViewPlugins))
    // What is despawned tells the renderer's copy of the world, which without a renderer nobody has made.
    .add_plugins(bevy::render::sync_world::SyncWorldPlugin)
    .insert_resource(Screen(GLASS))
    .add_systems(
        PreUpdate,
        (|mut inputs: Query<&mut EguiInput>, screen: Res<Screen>| {
            for mut input in &mut inputs {
                // No camera measures a window here.
                let glass = egui::vec2(screen.0.x, screen.0.y);
                input.screen_rect = Some(egui::Rect::from_min_size(egui::Pos2::ZERO, glass));
            }
        })
        .after(EguiPreUpdateSet::InitContexts)
        .before(EguiPreUpdateSet::ProcessInput),
    );
    // It has its lessons in the middle of everything; they are tested where they are.
    app.world_mut().resource_mut::<crate::settings::Settings>().guide = false;
    app
}

fn open_world(app: &mut App, net: &MemoryNet) {
    let profile = app.world().resource::<Profile>();
    let host = Host::new(HostConfig {
        identity: profile.identity.clone(),
        secret: SECRET,
        world_name: "Test island".to_owned(),
        game_protocol: GAME_PROTOCOL,
        max_guests: 4,
        own_name: Some(profile.name.clone()),
        stream_bytes_per_sec: 32_000,
    });
    let transport = Box::new(net.host());
    app.world_mut().resource_mut::<Session>().open_host(
        host,
        transport,
        Some(link()),
        true,
        "Test island".to_owned(),
    );
}

/// Ada, who hosts, and somebody who has her link.
struct Journey {
    net: MemoryNet,
    ada: App,
    guest: App,
    window: Entity,
    /// What the focus came to last, as a screen reader would say it.
    focus: Option<String>,
}

impl Journey {
    fn begin() -> Self {
        let mut journey = Self::between(person(1, "Ada"), client(2, "Bo"));
        open_world(&mut journey.ada, &journey.net);
        journey
    }

    /// The two of them, before anybody hosts.
    fn between(mut ada: App, mut guest: App) -> Self {
        let net = MemoryNet::new(11);
        for app in [&mut ada, &mut guest] {
            let dial = net.clone();
            app.insert_resource(Network(Box::new(move |_link: &Link| -> Box<dyn Dial> {
                let net = dial.clone();
                Box::new(move || -> BoxTransport { Box::new(net.guest(Weather::GOOD_WIFI)) })
            })));
        }
        ada.finish();
        ada.cleanup();
        guest.finish();
        guest.cleanup();
        let window = guest
            .world_mut()
            .spawn((
                Window {
                    resolution: (GLASS.x as u32, GLASS.y as u32).into(),
                    ..default()
                },
                PrimaryWindow,
            ))
            .id();
        let mut journey = Self {
            net,
            ada,
            guest,
            window,
            focus: None,
        };
        journey.run(4);
        let context = journey.context();
        journey
            .guest
            .world_mut()
            .resource_mut::<bevy_egui::input::WindowToEguiContextMap>()
            .window_to_contexts
            .entry(window)
            .or_default()
            .insert(context);
        journey
    }

    fn context(&mut self) -> Entity {
        let world = self.guest.world_mut();
        let mut contexts = world.query_filtered::<Entity, With<PrimaryEguiContext>>();
        contexts.single(world).unwrap()
    }

    fn run(&mut self, frames: usize) {
        for _ in 0..frames {
            self.ada.update();
            self.guest.update();
            self.focus = self.focused().or(self.focus.take());
        }
    }

    fn until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        for _ in 0..1200 {
            if done(self) {
                return;
            }
            self.run(1);
        }
        panic!(
            "never: {what} (seed {}), on top {:?}",
            self.net.seed(),
            self.top()
        );
    }

    fn top(&self) -> Option<Panel> {
        self.guest.world().resource::<Screens>().top()
    }

    fn inside(&mut self) {
        self.until("inside", |journey| {
            journey.guest.world().resource::<Session>().phase() == SessionPhase::Inside
        });
        self.run(8);
    }

    fn ada_reads(&mut self, line: &str) {
        self.until("Ada reads it", |journey| {
            let log = journey.ada.world().resource::<ChatLog>();
            log.lines().any(|said| said.name == "Bo" && said.text == line)
        });
    }

    fn focused(&mut self) -> Option<String> {
        let world = self.guest.world_mut();
        let mut outputs = world.query::<&EguiOutput>();
        let output = outputs.single(world).unwrap();
        output
            .platform_output
            .events
            .iter()
            .find_map(|event| match event {
                egui::output::OutputEvent::FocusGained(info) => info.label.clone(),
                _ => None,
            })
    }

    fn key(&mut self, key_code: KeyCode, logical_key: Key) {
        for state in [ButtonState::Pressed, ButtonState::Released] {
            self.key_goes(key_code, logical_key.clone(), state);
        }
    }

    fn key_goes(&mut self, key_code: KeyCode, logical_key: Key, state: ButtonState) {
        let window = self.window;
        self.guest.world_mut().write_message(KeyboardInput {
            key_code,
            logical_key,
            state,
            text: None,
            repeat: false,
            window,
        });
        self.run(1);
    }

    fn pad(&mut self) -> Entity {
        let pad = self.guest.world_mut().spawn_empty().id();
        let connection = GamepadConnection::Connected {
            name: "Pad".to_owned(),
            vendor_id: None,
            product_id: None,
        };
        self.guest
            .world_mut()
            .write_message(GamepadConnectionEvent::new(pad, connection));
        pad
    }

    fn types(&mut self, text: &str) {
        for letter in text.chars() {
            let key = match letter {
                ' ' => Key::Space,
                other => Key::Character(other.to_string().into()),
            };
            self.key(
                KeyCode::Unidentified(bevy::input::keyboard::NativeKeyCode::Unidentified),
                key,
            );
        }
    }

    fn button(&mut self, pad: Entity, button: GamepadButton) {
        for value in [1.0, 0.0] {
            let event = RawGamepadButtonChangedEvent::new(pad, button, value);
            self.guest
                .world_mut()
                .write_message(RawGamepadEvent::Button(event));
            self.run(1);
        }
    }

    fn finger(&mut self, phase: TouchPhase, position: Vec2) {
        let window = self.window;
        self.guest.world_mut().write_message(TouchInput {
            phase,
            position,
            window,
            force: None,
            id: 7,
        });
        self.run(2);
    }

    fn tap(&mut self, at: Vec2) {
        self.finger(TouchPhase::Started, at);
        self.finger(TouchPhase::Ended, at);
    }

    /// Where a letter of the letters on the screen is.
    fn letter(&mut self, letter: char) -> Vec2 {
        let place = self.guest.world().resource::<Board>().place_of(letter).unwrap();
        self.board_key(place)
    }

    fn board_key(&mut self, place: (usize, usize)) -> Vec2 {
        let world = self.guest.world_mut();
        let mut contexts = world.query::<&mut EguiContext>();
        let ctx = contexts.single_mut(world).unwrap().get_mut().clone();
        let at = ctx.read_response(board::key_id(place)).unwrap().rect.center();
        Vec2::new(at.x, at.y)
    }
}

#[test]
fn a_keyboard_alone_gets_from_the_title_with_a_link_to_a_line_in_the_chat() {
    let mut journey = Journey::begin();
    journey.until("the focus is on joining", |journey| {
        if journey.focus.as_deref() == Some("Join by link") {
            return true;
        }
        journey.key(KeyCode::Tab, Key::Tab);
        false
    });
    journey.key(KeyCode::Enter, Key::Enter);
    assert_eq!(journey.top(), Some(Panel::Join));
    journey.run(3);
    journey.types(&link().to_string());
    journey.key(KeyCode::Enter, Key::Enter);
    journey.inside();
    assert_eq!(*journey.guest.world().resource::<Device>(), Device::Keyboard);
    journey.key(KeyCode::Enter, Key::Enter);
    journey.run(3);
    assert_eq!(journey.top(), Some(Panel::Chat));
    journey.types("good evening");
    journey.key(KeyCode::Enter, Key::Enter);
    journey.ada_reads("good evening");
}

#[test]
fn a_gamepad_alone_gets_from_a_link_to_a_line_in_the_chat() {
    let mut journey = Journey::begin();
    let pad = journey.pad();
    journey.guest.world_mut().write_message(JoinLink { link: link() });
    journey.inside();
    // Chat, its field, the letters.
    journey.button(pad, GamepadButton::DPadRight);
    journey.run(3);
    assert_eq!(journey.top(), Some(Panel::Chat));
    assert_eq!(*journey.guest.world().resource::<Device>(), Device::Gamepad);
    journey.button(pad, GamepadButton::South);
    assert!(journey.guest.world().resource::<Board>().is_open());
    for letter in "hi ada".chars() {
        if letter == ' ' {
            journey.button(pad, GamepadButton::North);
            continue;
        }
        for _ in 0..60 {
            let board = journey.guest.world().resource::<Board>();
            let Some(way) = board.way_to(letter) else { break };
            journey.button(pad, way);
        }
        journey.button(pad, GamepadButton::South);
    }
    journey.button(pad, GamepadButton::Start);
    journey.ada_reads("hi ada");
    assert!(!journey.guest.world().resource::<Board>().is_open());
    // And out again, one step at a time.
    journey.button(pad, GamepadButton::Start);
    journey.run(2);
    assert_eq!(journey.top(), Some(Panel::Menu));
    journey.button(pad, GamepadButton::East);
    assert_eq!(journey.top(), None);
}

#[test]
fn fingers_alone_get_from_a_link_to_a_line_in_the_chat() {
    let mut journey = Journey::begin();
    journey.guest.world_mut().write_message(JoinLink { link: link() });
    journey.inside();
    // The first touch brings the buttons.
    journey.tap(GLASS * 0.5);
    assert_eq!(*journey.guest.world().resource::<Device>(), Device::Touch);
    let chat = Layout::of(
        GLASS,
        Edges::default(),
        crate::input::touch::rules::Near::Something,
    )
    .buttons
    .into_iter()
    .find(|button| button.doing == Doing::Chat)
    .unwrap();
    journey.tap(chat.centre);
    journey.run(4);
    assert_eq!(journey.top(), Some(Panel::Chat));
    // A phone in a browser lends its own keyboard; here there are the letters on the screen.
    assert!(journey.guest.world().resource::<Board>().is_open());
    for letter in "hello".chars() {
        let at = journey.letter(letter);
        journey.tap(at);
    }
    let done = journey.guest.world().resource::<Board>().place_of_done();
    let at = journey.board_key(done);
    journey.tap(at);
    journey.ada_reads("hello");
}

#[test]
fn a_logical_key_is_what_is_printed_not_where_it_is() {
    let mut journey = Journey::begin();
    journey.key(KeyCode::KeyW, Key::Character("z".into()));
    journey.key(KeyCode::KeyX, Key::Unidentified(NativeKey::Unidentified));
    let mut caps = bevy::ecs::system::SystemState::<super::glyphs::Signs>::new(journey.guest.world_mut());
    let signs = caps.get(journey.guest.world()).unwrap();
    use crate::theme::glyph::Glyph;
    assert_eq!(signs.of(Doing::WalkForwards), Some(Glyph::Cap("Z".to_owned())));
}

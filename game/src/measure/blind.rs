//! A whole client that draws nothing, alone in a world of its own: what is measured without a graphics card.
//!
//! Flow: [`client`] → the measurement adds its own systems → [`enter`] → frames.

use super::Measure;
use crate::profile::Profile;
use crate::session::{Session, SessionPhase};
use crate::world::{BuiltIn, LoadWorld, WorldStatus};
use crate::{SimPlugins, ViewPlugins, platform};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::PrimaryEguiContext;
use bevy_egui::input::WindowToEguiContextMap;
use holm_identity::Identity;
use holm_net::link::RoomSecret;
use holm_net::session::host::{Host, HostConfig};
use holm_net::transport::memory::MemoryNet;

/// Turns of the loop until the world stands: a minute and a half.
const PATIENCE: usize = 90_000;

/// Its settings as nobody has touched them; time is for the measurement to hand in.
pub(super) fn client(measure: &Measure) -> App {
    let mut app = App::new();
    app.add_plugins(crate::view::blind_engine())
        // What is despawned tells the renderer's copy of the world, which without a renderer nobody has made.
        .add_plugins(bevy::render::sync_world::SyncWorldPlugin)
        .insert_resource(Profile {
            identity: Identity::from_secrets(&[1; 32], &[2; 32]),
            name: "Ada".to_owned(),
        })
        .insert_resource(super::settings(measure.quality))
        .add_plugins((SimPlugins { embodied: true }, ViewPlugins));
    app.world_mut().spawn((
        Window {
            resolution: measure.size.into(),
            ..default()
        },
        PrimaryWindow,
    ));
    app
}

/// Opens the harbour and waits until one stands in it; whether that came to be.
pub(super) fn enter(app: &mut App) -> bool {
    app.finish();
    app.cleanup();
    for _ in 0..4 {
        app.update();
    }
    connect(app.world_mut());
    open(app.world_mut());
    let there = |app: &App| {
        *app.world().resource::<WorldStatus>() == WorldStatus::Ready
            && app.world().resource::<Session>().phase() == SessionPhase::Inside
    };
    for turn in 0..PATIENCE {
        if turn >= 8 && there(app) {
            return true;
        }
        app.update();
        platform::breathe();
    }
    false
}

/// Without a windowing library nobody tells egui which window its context is in.
fn connect(world: &mut World) {
    let mut windows = world.query_filtered::<Entity, With<PrimaryWindow>>();
    let mut contexts = world.query_filtered::<Entity, With<PrimaryEguiContext>>();
    if let (Ok(window), Ok(context)) = (windows.single(world), contexts.single(world)) {
        world
            .resource_mut::<WindowToEguiContextMap>()
            .window_to_contexts
            .entry(window)
            .or_default()
            .insert(context);
    }
}

fn open(world: &mut World) {
    let net = MemoryNet::new(7);
    let profile = world.resource::<Profile>();
    let host = Host::new(HostConfig {
        identity: profile.identity.clone(),
        secret: RoomSecret(*b"what is measured"),
        world_name: "The harbour".to_owned(),
        game_protocol: crate::wire::GAME_PROTOCOL,
        max_guests: 64,
        own_name: Some(profile.name.clone()),
        stream_bytes_per_sec: crate::hosting::STREAM_BYTES_PER_SEC,
    });
    let transport = Box::new(net.host());
    world
        .resource_mut::<Session>()
        .open_host(host, transport, None, true, "The harbour".to_owned());
    world.write_message(LoadWorld::BuiltIn(BuiltIn::Harbour));
}

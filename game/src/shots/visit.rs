//! Somebody else's world, and the person of the pictures in it: a guest who may take a copy of it along.
//!
//! Flow: [`play`], once a frame → a host without a window, in this process, goes on by a frame → the guest comes in over the
//! in-memory transport → the host lets them.
//! Invariant: both go by one clock, however long a frame of the pictures is.

use super::{cast, profile};
use crate::SimPlugins;
use crate::body::camera::Eye;
use crate::gesture::NO_GESTURE;
use crate::people::Me;
use crate::profile::Profile;
use crate::session::{BoxTransport, Session};
use crate::things::{Build, Things};
use bevy::prelude::*;
use bevy::state::app::StatesPlugin;
use bevy::time::TimeUpdateStrategy;
use holm_document::{Act, Capabilities, Capability, Order};
use holm_net::pose::{Gait, Pose};
use holm_net::session::DEFAULT_MAX_GUESTS;
use holm_net::session::host::{Host, HostConfig};
use holm_net::transport::memory::{MemoryNet, Weather};
use std::time::Duration;

const NAME: &str = "Harbour";

/// Whoever hosts.
struct House {
    app: App,
    /// The guest was given what they need for a copy.
    lets: bool,
}

pub(super) fn play(world: &mut World) {
    let mut house = world.remove_non_send::<House>().unwrap_or_else(|| open(world));
    let frame = world.resource::<Time<Real>>().delta();
    house
        .app
        .insert_resource(TimeUpdateStrategy::ManualDuration(frame));
    stand(world, &mut house.app);
    house.lets = house.lets || lets(world.resource::<Profile>(), &mut house.app);
    house.app.update();
    world.insert_non_send(house);
}

fn open(world: &mut World) -> House {
    let net = MemoryNet::new(13);
    let host = profile(4, "Bjørn");
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, StatesPlugin))
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::ZERO))
        .insert_resource(host.clone())
        .add_plugins(SimPlugins { embodied: false });
    app.finish();
    app.cleanup();
    let room = Host::new(HostConfig {
        identity: host.identity,
        secret: cast::SECRET,
        world_name: NAME.to_owned(),
        game_protocol: crate::wire::GAME_PROTOCOL,
        max_guests: DEFAULT_MAX_GUESTS,
        own_name: Some(host.name),
        stream_bytes_per_sec: crate::hosting::STREAM_BYTES_PER_SEC,
    });
    let transport: BoxTransport = Box::new(net.host());
    // What one stands on is not told: the guest has the harbour behind the title already.
    app.world_mut()
        .resource_mut::<Session>()
        .open_host(room, transport, None, true, NAME.to_owned());
    if let Some(link) = cast::link() {
        let guest = world.resource::<Profile>().clone();
        let dial = move || -> BoxTransport { Box::new(net.guest(Weather::GOOD_WIFI)) };
        world.resource_mut::<Session>().join(&guest, link, Box::new(dial));
    }
    House { app, lets: false }
}

/// The host stands before the guest.
fn stand(world: &mut World, house: &mut App) {
    let mut me = world.query_filtered::<&Transform, With<Me>>();
    let Ok(me) = me.single(world) else { return };
    let yaw = world.resource::<Eye>().yaw;
    let position = me.translation + Quat::from_rotation_y(yaw) * Vec3::new(-1.35, 0.0, -2.9);
    let pose = Pose {
        position: position.to_array(),
        yaw: yaw + 2.6,
        head_yaw: 0.0,
        pitch: 0.05,
        gait: Gait::Ground,
        gesture: NO_GESTURE,
    };
    house.world_mut().resource_mut::<Session>().set_own_pose(pose);
}

/// Whether the guest was met, and so could be given it.
fn lets(guest: &Profile, house: &mut App) -> bool {
    let account = guest.identity.account();
    let met = house.world().resource::<Things>().state();
    let Some(person) = met.and_then(|state| state.number_of(&account.0)) else {
        return false;
    };
    let order = Order::Except {
        person,
        more: Capabilities::of(&[Capability::Copy]),
        less: Capabilities::NONE,
    };
    let acts = vec![Act::Order(order)];
    house.world_mut().write_message(Build { acts });
    true
}

//! A world between people, in one process over memory: what the host stands in, the guest stands in.
#![allow(clippy::unwrap_used, reason = "tests")]

use avian3d::prelude::*;
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bytes::Bytes;
use core::time::Duration;
use holm::SimPlugins;
use holm::body::{Body, Intent, SpawnPoint};
use holm::profile::Profile;
use holm::session::wire::FromHost as SessionFromHost;
use holm::session::{BoxTransport, Session, SessionPhase, Tell};
use holm::wire::{FromHost, GAME_PROTOCOL};
use holm::world::{
    BuiltIn, ChooseMoment, CurrentMoment, CurrentWorld, LoadWorld, MemoryFiles, WorldDocument, WorldPath,
    WorldStatus, load,
};
use holm_identity::Identity;
use holm_net::link::{Link, RoomSecret};
use holm_net::session::host::{Host, HostConfig};
use holm_net::transport::memory::{MemoryNet, Weather};
use std::sync::Arc;

/// One program: everything of the simulation, nothing to look at.
fn program(embodied: bool) -> App {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, TransformPlugin, bevy::state::app::StatesPlugin))
        .add_plugins(SimPlugins { embodied })
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(20)));
    app.finish();
    app.cleanup();
    app
}

struct Two {
    host: App,
    guest: App,
}

impl Two {
    fn meet(world: Option<Arc<WorldDocument>>, weather: Weather) -> Self {
        Self::meet_from(world, weather, |_| {})
    }

    /// `before`: what the guest's program did until its person followed the link.
    fn meet_from(world: Option<Arc<WorldDocument>>, weather: Weather, before: impl FnOnce(&mut App)) -> Self {
        let net = MemoryNet::new(11);
        let secret = RoomSecret([7; 16]);
        let mut host = program(false);
        let config = HostConfig {
            identity: Identity::from_secrets(&[1; 32], &[3; 32]),
            secret: secret.clone(),
            world_name: "Test".into(),
            game_protocol: GAME_PROTOCOL,
            max_guests: 4,
            own_name: None,
            stream_bytes_per_sec: 32_000,
        };
        let transport: BoxTransport = Box::new(net.host());
        host.world_mut().resource_mut::<Session>().open_host(
            Host::new(config),
            transport,
            None,
            false,
            "Test".into(),
        );
        if let Some(world) = world {
            host.world_mut().write_message(LoadWorld::Document(world));
        }
        let mut guest = program(true);
        before(&mut guest);
        let profile = Profile {
            identity: Identity::from_secrets(&[2; 32], &[4; 32]),
            name: "Guest".into(),
        };
        let link = Link::new("localhost", 1, false, secret).unwrap();
        let dial = move || -> BoxTransport { Box::new(net.guest(weather)) };
        guest
            .world_mut()
            .resource_mut::<Session>()
            .join(&profile, link, Box::new(dial));
        Self { host, guest }
    }

    /// Steps both until something is so at the guest, for at most two minutes of their time.
    #[track_caller]
    fn until(&mut self, what: &str, so: impl Fn(&mut App) -> bool) {
        for _ in 0..6_000 {
            self.host.update();
            self.guest.update();
            if so(&mut self.guest) {
                return;
            }
        }
        panic!("never {what}: {:?}", self.guest.world().resource::<WorldStatus>());
    }
}

fn status(app: &App) -> &WorldStatus {
    app.world().resource::<WorldStatus>()
}

fn colliders(app: &mut App) -> usize {
    app.world_mut()
        .query_filtered::<(), With<Collider>>()
        .iter(app.world())
        .count()
}

/// A world of one file that no program has built in.
fn meadow() -> Arc<WorldDocument> {
    let main = WorldPath::new("world.ron").unwrap();
    let mut files = MemoryFiles::default();
    // A comment of 200 kB: a file that takes several messages.
    let text = format!(
        "World(version: 1, name: \"Meadow\", spawns: [(at: (3, 1, 0), facing_degrees: 90)], fall_below: -7, \
         things: [(shape: Box(size: (20, 1, 20)), at: (0, -1, 0))]) // {}",
        "x".repeat(200_000)
    );
    files.insert(main.clone(), Bytes::from(text));
    Arc::new(load(&files, &main).unwrap())
}

#[test]
fn a_guest_stands_in_the_hosts_world() {
    let meadow = meadow();
    let mut two = Two::meet(Some(meadow.clone()), Weather::GOOD_WIFI);
    two.until("ready", |guest| *status(guest) == WorldStatus::Ready);
    let there = two
        .guest
        .world()
        .resource::<CurrentWorld>()
        .document
        .clone()
        .unwrap();
    assert_eq!(*there, *meadow);
    assert_eq!(colliders(&mut two.guest), 1);
    let spawn = two.guest.world().resource::<SpawnPoint>();
    assert!(
        spawn.ready && (spawn.position.x - 3.0).abs() < 1e-3 && spawn.bottom == -7.0,
        "{spawn:?}"
    );
    assert_eq!(
        colliders(&mut two.host),
        1,
        "things fall on it at a host without a body, too"
    );
}

/// A floor with a large picture beside it.
fn painted() -> Arc<WorldDocument> {
    let main = WorldPath::new("floor.gltf").unwrap();
    let corners: [[f32; 3]; 6] = [
        [-9.0, 0.0, -9.0],
        [-9.0, 0.0, 9.0],
        [9.0, 0.0, 9.0],
        [-9.0, 0.0, -9.0],
        [9.0, 0.0, 9.0],
        [9.0, 0.0, -9.0],
    ];
    let floor: Vec<u8> = corners
        .as_flattened()
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\0\0\0\x01\0\x08\x06\0\0\0".to_vec();
    picture.extend((0..2_000_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8));
    let scene = r#"{"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}],
        "meshes":[{"primitives":[{"attributes":{"POSITION":0},"material":0}]}],
        "materials":[{"pbrMetallicRoughness":{"baseColorTexture":{"index":0}}}],
        "textures":[{"source":0}],"images":[{"uri":"paint.png"}],
        "accessors":[{"bufferView":0,"componentType":5126,"count":6,"type":"VEC3"}],
        "bufferViews":[{"buffer":0,"byteLength":72}],"buffers":[{"uri":"floor.bin","byteLength":72}]}"#;
    let mut files = MemoryFiles::default();
    files.insert(main.clone(), Bytes::from_static(scene.as_bytes()));
    files.insert(WorldPath::new("floor.bin").unwrap(), Bytes::from(floor));
    files.insert(WorldPath::new("paint.png").unwrap(), Bytes::from(picture));
    Arc::new(load(&files, &main).unwrap())
}

#[test]
fn one_walks_before_the_pictures_are_there_and_nothing_moves_when_they_are() {
    let painted = painted();
    assert_eq!(painted.pictures.len(), 1, "{:?}", painted.warnings);
    let mut two = Two::meet(Some(painted.clone()), Weather::GOOD_WIFI);
    two.until("ground", |guest| {
        guest.world().resource::<SpawnPoint>().ready && colliders(guest) > 0
    });
    let WorldStatus::Fetching { have, of } = *status(&two.guest) else {
        panic!("everything is here already: {:?}", status(&two.guest));
    };
    assert!(have < of, "{have} of {of}");
    let document = |guest: &App| guest.world().resource::<CurrentWorld>().document.clone().unwrap();
    let bare = document(&two.guest);
    assert!(bare.pictures.is_empty() && bare.solids == painted.solids);
    let ground = |guest: &mut App| {
        let mut pieces = guest.world_mut().query_filtered::<Entity, With<Collider>>();
        pieces.iter(guest.world()).collect::<Vec<_>>()
    };
    let before = ground(&mut two.guest);
    two.until("ready", |guest| *status(guest) == WorldStatus::Ready);
    assert_eq!(*document(&two.guest), *painted);
    assert_eq!(
        ground(&mut two.guest),
        before,
        "the ground under one's feet stays"
    );
}

#[test]
fn the_built_in_world_needs_no_download() {
    let mut two = Two::meet(
        Some(Arc::new(BuiltIn::Harbour.load().unwrap())),
        Weather::GOOD_WIFI,
    );
    two.until("ready", |guest| *status(guest) == WorldStatus::Ready);
    let received = two
        .host
        .world()
        .resource::<Session>()
        .host_totals()
        .unwrap()
        .sent_bulk_bytes;
    assert!(received < 10_000, "only the manifest travels: {received} bytes");
    assert_eq!(
        two.guest
            .world()
            .resource::<CurrentWorld>()
            .document
            .as_ref()
            .unwrap()
            .name,
        "Harbour"
    );
}

#[test]
fn one_walks_in_the_world_that_was_behind_the_title_already() {
    let harbour = Arc::new(BuiltIn::Harbour.load().unwrap());
    let mut two = Two::meet_from(Some(harbour), Weather::GOOD_WIFI, |guest| {
        guest
            .world_mut()
            .write_message(LoadWorld::BuiltIn(BuiltIn::Harbour));
        for _ in 0..100_000 {
            guest.update();
            if *status(guest) == WorldStatus::Ready {
                return;
            }
            std::thread::yield_now();
        }
        panic!("no world behind the title: {:?}", status(guest));
    });
    two.until("inside, in the harbour", |guest| {
        guest.world().resource::<Session>().phase() == SessionPhase::Inside
            && *status(guest) == WorldStatus::Ready
            && guest.world().resource::<CurrentMoment>() == &CurrentMoment(0)
            && guest.world_mut().query::<&Intent>().single(guest.world()).is_ok()
    });
    let place = |guest: &mut App| {
        let mut bodies = guest.world_mut().query::<&Body>();
        bodies.single(guest.world()).unwrap().state.position
    };
    let from = place(&mut two.guest);
    for _ in 0..100 {
        let world = two.guest.world_mut();
        let mut intents = world.query::<&mut Intent>();
        intents.single_mut(world).unwrap().walk = Vec2::Y;
        two.host.update();
        two.guest.update();
    }
    let went = place(&mut two.guest).distance(from);
    assert!(went > 2.0, "{went} m in two seconds");
}

#[test]
fn another_world_replaces_the_first_for_everyone() {
    let mut two = Two::meet(
        Some(Arc::new(BuiltIn::Harbour.load().unwrap())),
        Weather::GOOD_WIFI,
    );
    two.until("ready", |guest| *status(guest) == WorldStatus::Ready);
    two.host.world_mut().write_message(LoadWorld::Document(meadow()));
    two.until("in the meadow", |guest| {
        let current = guest.world().resource::<CurrentWorld>();
        current
            .document
            .as_ref()
            .is_some_and(|document| document.name == "Meadow")
    });
    assert_eq!(colliders(&mut two.guest), 1, "the harbour's ground is gone");
}

#[test]
fn a_host_that_lies_about_its_world_costs_a_sentence_and_no_more() {
    let lies: [(&[u8], &str); 2] = [(b"not a manifest", "makes no sense"), (&[], "makes no sense")];
    for (bytes, words) in lies {
        let mut two = Two::meet(None, Weather::GOOD_WIFI);
        two.until("inside", |guest| {
            guest.world().resource::<Session>().phase() == SessionPhase::Inside
        });
        let bytes = Bytes::copy_from_slice(bytes);
        let len = bytes.len() as u64;
        let hash = two
            .host
            .world_mut()
            .resource_mut::<Session>()
            .offer_blob(bytes)
            .unwrap();
        let message = FromHost::Session(SessionFromHost::World {
            manifest: hash,
            len,
            moment: 0,
        });
        two.host.world_mut().write_message(Tell::all(message));
        two.until("told", |guest| {
            matches!(status(guest), WorldStatus::Failed { .. })
        });
        let WorldStatus::Failed { sentence } = status(&two.guest) else {
            unreachable!()
        };
        assert!(sentence.to_string().contains(words), "{sentence}");
        // Not in the air: there is a floor to walk on with the others, and the sentence stays.
        two.until("a floor", |guest| {
            guest.world().resource::<SpawnPoint>().ready && colliders(guest) > 0
        });
        assert!(matches!(status(&two.guest), WorldStatus::Failed { .. }));
        assert_eq!(
            two.guest.world().resource::<Session>().phase(),
            SessionPhase::Inside
        );
    }
}

#[test]
fn a_manifest_of_absurd_length_is_not_even_asked_for() {
    let mut two = Two::meet(None, Weather::GOOD_WIFI);
    two.until("inside", |guest| {
        guest.world().resource::<Session>().phase() == SessionPhase::Inside
    });
    let message = FromHost::Session(SessionFromHost::World {
        manifest: [9; 32],
        len: u64::MAX,
        moment: 0,
    });
    two.host.world_mut().write_message(Tell::all(message));
    two.until("told", |guest| {
        matches!(status(guest), WorldStatus::Failed { .. })
    });
}

#[test]
fn the_host_says_what_time_of_day_it_is_and_nothing_is_fetched_or_built_again_for_it() {
    let mut two = Two::meet(
        Some(Arc::new(BuiltIn::Harbour.load().unwrap())),
        Weather::GOOD_WIFI,
    );
    two.until("the harbour", |guest| *status(guest) == WorldStatus::Ready);
    let document = |two: &Two| {
        two.guest
            .world()
            .resource::<CurrentWorld>()
            .document
            .clone()
            .unwrap()
    };
    let before = document(&two);
    two.host.world_mut().write_message(ChooseMoment(1));
    two.until("day", |guest| {
        *guest.world().resource::<CurrentMoment>() == CurrentMoment(1)
    });
    two.until("still there", |guest| *status(guest) == WorldStatus::Ready);
    assert!(Arc::ptr_eq(&before, &document(&two)));
    // A moment that the world does not have is its first.
    assert_eq!(before.environment(200), before.environment(0));
    // A guest's own wish changes nothing.
    two.guest.world_mut().write_message(ChooseMoment(2));
    two.host.world_mut().write_message(ChooseMoment(0));
    two.until("evening again", |guest| {
        *guest.world().resource::<CurrentMoment>() == CurrentMoment(0)
    });
}

#[test]
fn a_broken_file_leaves_the_world_one_stands_in() {
    let mut app = program(true);
    app.world_mut().write_message(LoadWorld::Document(meadow()));
    let wait = |app: &mut App, so: fn(&WorldStatus) -> bool| {
        for _ in 0..6_000 {
            app.update();
            if so(status(app)) {
                return;
            }
        }
        panic!("{:?}", status(app));
    };
    wait(&mut app, |status| *status == WorldStatus::Ready);
    app.world_mut()
        .write_message(LoadWorld::Path("/nowhere/at/all.glb".into()));
    wait(&mut app, |status| matches!(status, WorldStatus::Failed { .. }));
    let WorldStatus::Failed { sentence } = status(&app) else {
        unreachable!()
    };
    assert!(sentence.to_string().contains("There is no file"), "{sentence}");
    assert_eq!(
        app.world()
            .resource::<CurrentWorld>()
            .document
            .as_ref()
            .unwrap()
            .name,
        "Meadow"
    );
    assert_eq!(colliders(&mut app), 1);
    app.world_mut().write_message(LoadWorld::Nothing);
    wait(&mut app, |status| *status == WorldStatus::None);
    assert_eq!(colliders(&mut app), 0);
}

//! A guest keeps a copy of the world, over the in-memory transport: if they may, and what the host confirmed, with its files and
//! in its place.

use super::*;
use bytes::Bytes;
use holm::hosting::{HostSettings, OpenHouse, OwnWorld, WorldChoice};
use holm::platform::{self, Vault};
use holm::things::files::{FileCache, Outbox};
use holm::things::keep::{CopyKept, CopyNotKept, KeepCopy, Keeping};
use holm::words::Phrase;
use holm::world::{BuiltIn, LoadWorld, MemoryFiles, WorldDocument, WorldPath, WorldStatus, load};
use holm_document::files::FilePlace;
use holm_document::one_file::hex;
use holm_document::part::{Blob, Picture};
use holm_document::{Capabilities, Capability, Order, Role};
use holm_identity::AccountKey;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// What came of somebody's wishes.
#[derive(Resource, Default)]
struct Outcomes {
    kept: Vec<CopyKept>,
    not: Vec<Phrase>,
}

fn at_home(room: &mut Room, who: usize, data: &Path) {
    let note = |mut all: ResMut<Outcomes>,
                mut kept: MessageReader<CopyKept>,
                mut not: MessageReader<CopyNotKept>| {
        all.kept.extend(kept.read().cloned());
        all.not.extend(not.read().map(|not| not.sentence.clone()));
    };
    room.apps[who]
        .insert_resource(Vault::at(Some(data.to_owned())))
        .init_resource::<Outcomes>()
        .add_systems(Last, note);
}

/// Ada hosts this place; Bo is her guest, and has a folder of his own.
fn two(seed: u64, kept: Option<&Path>, place: &Arc<WorldDocument>, data: &Path) -> (Room, usize) {
    let mut room = Room::new(seed, kept);
    room.apps[0]
        .world_mut()
        .write_message(LoadWorld::Document(place.clone()));
    let bo = room.guest(2, "Bo", Weather::BENCH_50MS);
    at_home(&mut room, bo, data);
    room.all_here();
    room.until(20.0, "Bo stands in it", |room| {
        *room.apps[bo].world().resource::<WorldStatus>() == WorldStatus::Ready
    });
    (room, bo)
}

fn account(room: &Room, who: usize) -> AccountKey {
    room.apps[who].world().resource::<Profile>().identity.account()
}

/// Ada lets them take a copy along.
fn lets(room: &mut Room, who: usize) {
    let account = account(room, who);
    let person = room.things(0).state().unwrap().number_of(&account.0).unwrap();
    let order = Order::Except {
        person,
        more: Capabilities::of(&[Capability::Copy]),
        less: Capabilities::NONE,
    };
    room.build(0, vec![Act::Order(order)]);
    room.same_for_all(5.0);
}

fn came_of_it(room: &mut Room, who: usize) -> Result<CopyKept, Phrase> {
    let mut came = None;
    room.until(60.0, "something comes of it", |room| {
        let mut all = room.apps[who].world_mut().resource_mut::<Outcomes>();
        came = all.kept.pop().map(Ok);
        if came.is_none() {
            came = all.not.pop().map(Err);
        }
        came.is_some()
    });
    came.unwrap()
}

fn keeps(room: &mut Room, who: usize) -> Result<CopyKept, Phrase> {
    room.apps[who].world_mut().write_message(KeepCopy);
    came_of_it(room, who)
}

/// The copy as hosting opens it by its name.
fn hosted(data: &Path, name: &str, owner: AccountKey) -> OpenHouse {
    let settings = HostSettings {
        world: WorldChoice::AsKept,
        keep: Some(name.to_owned()),
        bind: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        announce: false,
        ..HostSettings::default()
    };
    let vault = Vault::at(Some(data.to_owned()));
    platform::open_house(&settings, Some(&vault), Some(owner)).unwrap()
}

/// A place that comes with no program.
fn meadow() -> Arc<WorldDocument> {
    let main = WorldPath::new("world.ron").unwrap();
    let text = "World(version: 1, name: \"Meadow\", spawns: [(at: (3, 1, 0), facing_degrees: 90)], fall_below: -7, \
                things: [(shape: Box(size: (20, 1, 20)), at: (0, -1, 0))])";
    let mut files = MemoryFiles::default();
    files.insert(main.clone(), Bytes::from_static(text.as_bytes()));
    Arc::new(load(&files, &main).unwrap())
}

/// The head of a picture this wide, and bytes behind it that nobody decodes here.
fn picture(width: u32, behind: usize) -> (Blob, Bytes) {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(8u32.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0]);
    bytes.extend((0..behind).map(|n| (n * 7 + n / 251) as u8));
    let file = Blob {
        hash: *blake3::hash(&bytes).as_bytes(),
        bytes: bytes.len() as u64,
    };
    (file, bytes.into())
}

/// Ada builds a world in this folder in which hangs each of these, and closes it.
fn with_pictures(seed: u64, path: &Path, pictures: &[(Blob, Bytes)]) {
    let mut room = Room::new(seed, Some(path));
    room.all_here();
    for (count, (file, bytes)) in (1..).zip(pictures) {
        let brought = room.apps[0]
            .world_mut()
            .resource_mut::<Outbox>()
            .bring(bytes.clone());
        assert_eq!(brought, *file);
        let thing = room.things(0).next_thing().unwrap();
        let shows = Picture {
            file: *file,
            aspect: 1.0,
        };
        let parts = vec![Place::default().into(), shows.into()];
        room.build(0, vec![Act::Make { thing, parts }]);
        room.until(20.0, "it hangs there", |room| room.count(0) == Some(count));
    }
    room.apps[0].world_mut().write_message(LeaveSession::default());
    room.until(5.0, "it is closed", |room| room.things(0).state().is_none());
}

#[test]
fn who_may_keeps_what_the_host_confirmed_and_who_may_not_is_told_so() {
    let data = folder("keep");
    let place = Arc::new(BuiltIn::QuietRoom.load().unwrap());
    let (mut room, bo) = two(60, None, &place, &data);
    let theirs = room.make(0, "Ada's box", 1.0);
    let mine = room.make(bo, "Bo's box", 2.0);
    room.same_for_all(5.0);
    let vault = Vault::at(Some(data.clone()));
    assert_eq!(keeps(&mut room, bo), Err(Phrase::new("keep-not-allowed")));
    assert!(!data.join("worlds").exists());
    lets(&mut room, bo);
    // On its way to the host while the copy is wished.
    let unanswered = room.make(bo, "not answered", 3.0);
    assert_eq!(room.things(bo).unanswered(), 1);
    let kept = keeps(&mut room, bo).unwrap();
    assert_eq!((kept.name.as_str(), kept.missing), ("Workshop-1", 0));
    room.until(5.0, "the host has heard of it by now", |room| {
        room.name_of(0, unanswered).is_some()
    });
    let (ada, me) = (account(&room, 0), account(&room, bo));
    let house = hosted(&data, &kept.name, me);
    assert_eq!(house.world.bundle, place.bundle);
    assert_eq!(house.world.name, "Workshop");
    let KeptWorld {
        store,
        state,
        history,
    } = house.kept.unwrap();
    let store = store.unwrap();
    assert_ne!(*store.world(), [7; 16], "a world of its own");
    assert_eq!(state.things().len(), 2);
    let hosts = room.things(0).state().unwrap();
    for thing in [theirs, mine] {
        assert!(state.thing(thing).is_some());
        assert_eq!(state.thing(thing), hosts.thing(thing));
    }
    let role = |account: AccountKey| {
        let person = state.number_of(&account.0).unwrap();
        state.person(person).unwrap().role
    };
    assert_eq!((role(me), role(ada)), (Role::Owner, Role::Guest));
    assert_eq!(history.past().count(), 1, "that it is his, and nothing before");
    // Another one is another one, and both are listed.
    assert_eq!(keeps(&mut room, bo).unwrap().name, "Workshop-2");
    let listed = ["Workshop-1", "Workshop-2"].map(|name| OwnWorld {
        name: name.to_owned(),
        called: "Workshop".to_owned(),
    });
    assert_eq!(platform::own_worlds(&vault), listed);
    // Who has just come has nothing to keep yet.
    let cy = room.guest(3, "Cy", Weather::BENCH_50MS);
    at_home(&mut room, cy, &folder("keep-cy"));
    assert_eq!(keeps(&mut room, cy), Err(Phrase::new("keep-nothing-yet")));
    drop((room, store));
    let _ = std::fs::remove_dir_all(&data);
}

#[test]
fn files_go_along_those_that_cannot_be_had_are_counted_and_the_place_is_the_hosts_own() {
    let [data, path, cache] = ["keep-files", "keep-host", "keep-cache"].map(folder);
    let [fetched, known, lost] = [9, 10, 11].map(|width| picture(width, 200_000));
    with_pictures(61, &path, &[fetched.clone(), known.clone(), lost.clone()]);
    // A disk that rots has lost one, and another is at hand from an earlier visit.
    let hosts = FilePlace::beside(&path);
    std::fs::write(hosts.path().join(hex(&lost.0.hash)), b"rotten").unwrap();
    FilePlace::at(&cache).write(&known.0, &known.1).unwrap();
    let place = meadow();
    let (mut room, bo) = two(62, Some(&path), &place, &data);
    room.apps[bo].insert_resource(FileCache(FilePlace::at(&cache)));
    lets(&mut room, bo);
    let kept = keeps(&mut room, bo).unwrap();
    assert_eq!((kept.name.as_str(), kept.missing), ("Workshop-1", 1));
    let copy = FilePlace::beside(&data.join("worlds").join(&kept.name));
    for (file, bytes) in [&fetched, &known] {
        assert_eq!(copy.read(file).unwrap().as_deref(), Some(&bytes[..]));
    }
    assert_eq!(copy.list().unwrap().len(), 2);
    let house = hosted(&data, &kept.name, account(&room, bo));
    assert_eq!(house.world.bundle, place.bundle);
    assert_eq!(house.world.spawns, place.spawns);
    assert_eq!(house.kept.unwrap().state.things().len(), 3);
    drop(room);
    for path in [data, path, cache] {
        let _ = std::fs::remove_dir_all(path);
    }
}

#[test]
fn who_leaves_meanwhile_has_the_copy_without_what_did_not_come() {
    let [data, path] = ["keep-left", "keep-left-host"].map(folder);
    with_pictures(63, &path, &[picture(9, 8_000_000)]);
    let (mut room, bo) = two(64, Some(&path), &meadow(), &data);
    lets(&mut room, bo);
    room.apps[bo].world_mut().write_message(KeepCopy);
    room.until(5.0, "it has begun", |room| {
        room.apps[bo].world().resource::<Keeping>().progress() == Some((0, 2))
    });
    room.apps[bo].world_mut().write_message(KeepCopy);
    assert_eq!(came_of_it(&mut room, bo), Err(Phrase::new("keep-busy")));
    room.apps[bo].world_mut().write_message(LeaveSession::default());
    let kept = came_of_it(&mut room, bo).unwrap();
    assert_eq!((kept.name.as_str(), kept.missing), ("Workshop-1", 1));
    assert_eq!(room.apps[bo].world().resource::<Keeping>().progress(), None);
    drop(room);
    for path in [data, path] {
        let _ = std::fs::remove_dir_all(path);
    }
}

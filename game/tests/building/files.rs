//! Files that people bring into a world, over the in-memory transport: once to the host, from there to everybody, and no further.

use super::*;
use bytes::Bytes;
use holm::things::files::read::{self, BadFile, Content};
use holm::things::files::wire::{ToHost as FilesToHost, WhyNoFile};
use holm::things::files::{FileCache, FileState, Files, FilesShown, NotBrought, Outbox, Refusal as NotShown};
use holm_document::files::FilePlace;
use holm_document::part::{Blob, Model, Picture};
use holm_document::{Order, Quota, Role, limits};

/// What somebody's files were refused for.
#[derive(Resource, Default)]
struct Noes(Vec<WhyNoFile>);

/// The head of a picture of this size, and bytes behind it that nobody decodes here.
fn png(width: u32, height: u32, behind: usize) -> Bytes {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0]);
    bytes.extend((0..behind).map(|n| (n * 7 + n / 251) as u8));
    bytes.into()
}

/// A triangle of 2 m by 1 m, with these corners.
fn gltf(corners: [u16; 3], asset: &str) -> Bytes {
    let mut data = Vec::new();
    for number in [0.0_f32, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 1.0, 0.0] {
        data.extend(number.to_le_bytes());
    }
    for corner in corners {
        data.extend(corner.to_le_bytes());
    }
    let uri = data_encoding::BASE64.encode(&data);
    let text = format!(
        r#"{{"asset":{{"version":"2.0"{asset}}},"scene":0,"scenes":[{{"nodes":[0]}}],"nodes":[{{"mesh":0}}],
        "meshes":[{{"primitives":[{{"attributes":{{"POSITION":0}},"indices":1}}]}}],
        "accessors":[{{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3"}},
            {{"bufferView":1,"componentType":5123,"count":3,"type":"SCALAR"}}],
        "bufferViews":[{{"buffer":0,"byteLength":36}},{{"buffer":0,"byteOffset":36,"byteLength":6}}],
        "buffers":[{{"byteLength":42,"uri":"data:application/octet-stream;base64,{uri}"}}]}}"#
    );
    text.into_bytes().into()
}

fn blob(bytes: &[u8]) -> Blob {
    Blob {
        hash: *blake3::hash(bytes).as_bytes(),
        bytes: bytes.len() as u64,
    }
}

impl Room {
    /// Everybody here wants to see everything.
    fn looks(&mut self) {
        for app in &mut self.apps {
            app.insert_resource(FilesShown::Everything)
                .init_resource::<Noes>()
                .add_systems(
                    Last,
                    |mut noes: ResMut<Noes>, mut not: MessageReader<NotBrought>| {
                        noes.0.extend(not.read().map(|not| not.why));
                    },
                );
        }
    }

    fn noes(&self, who: usize) -> &[WhyNoFile] {
        &self.apps[who].world().resource::<Noes>().0
    }

    fn rank(&mut self, who: usize, role: Role) {
        let account = self.apps[who].world().resource::<Profile>().identity.account();
        let person = self.things(0).state().unwrap().number_of(&account.0).unwrap();
        self.build(0, vec![Act::Order(Order::Rank { person, role })]);
        self.same_for_all(5.0);
    }

    /// They may have so many bytes.
    fn allot(&mut self, who: usize, bytes: u64) {
        let account = self.apps[who].world().resource::<Profile>().identity.account();
        let state = self.things(0).state().unwrap();
        let person = state.number_of(&account.0).unwrap();
        let quota = Some(Quota {
            bytes,
            ..state.powers().line(Role::Builder).quota
        });
        self.build(0, vec![Act::Order(Order::Allot { person, quota })]);
        self.same_for_all(5.0);
    }

    /// Ada hosts and keeps; Bo builds; Cy looks on.
    fn workshop(seed: u64, kept: Option<&Path>, weather: Weather) -> (Self, usize, usize) {
        let mut room = Self::new(seed, kept);
        let bo = room.guest(2, "Bo", weather);
        let cy = room.guest(3, "Cy", weather);
        room.looks();
        room.all_here();
        room.rank(bo, Role::Builder);
        (room, bo, cy)
    }

    /// Puts down what is in this file, as the hand does.
    fn puts_down(&mut self, who: usize, bytes: &Bytes, x: f32) -> Part {
        let file = self.apps[who]
            .world_mut()
            .resource_mut::<Outbox>()
            .bring(bytes.clone());
        let part = read::read(bytes).unwrap().part(file);
        self.shows(who, part.clone(), x);
        part
    }

    /// Wishes for something that shows this.
    fn shows(&mut self, who: usize, part: Part, x: f32) {
        let thing = self.things(who).next_thing().unwrap();
        let place = Place {
            position: [x, 0.5, 0.0],
            ..Place::default()
        };
        let parts = vec![place.into(), part];
        self.build(who, vec![Act::Make { thing, parts }]);
    }

    fn sees(&self, who: usize, part: &Part) -> Result<bool, NotShown> {
        let files = self.apps[who].world().resource::<Files>();
        files.content(part).map(|content| content.is_some())
    }

    fn held(path: &Path) -> Vec<[u8; 32]> {
        FilePlace::beside(path).list().unwrap().into_keys().collect()
    }

    fn leaves(&mut self, who: usize) {
        self.apps[who]
            .world_mut()
            .write_message(LeaveSession { why: String::new() });
    }
}

#[test]
fn a_picture_goes_to_the_host_first_and_everybody_shows_it_afterwards() {
    let path = folder("files");
    let (mut room, bo, cy) = Room::workshop(21, Some(&path), Weather::BENCH_50MS);
    let bytes = png(300, 200, 3_000_000);
    let part = room.puts_down(bo, &bytes, 1.0);
    assert_eq!(
        part,
        Picture {
            file: blob(&bytes),
            aspect: 200.0 / 300.0
        }
        .into()
    );
    let mut shares = Vec::new();
    room.until(20.0, "the host has it", |room| {
        // Nobody is told of it before it is on the disk.
        let told = (0..3).any(|who| room.count(who) == Some(1));
        let held = Room::held(&path) == [blob(&bytes).hash];
        assert!(held || !told, "told of before it was held");
        let outbox = room.apps[bo].world().resource::<Outbox>();
        shares.extend(outbox.going().map(|(_, share)| share));
        told
    });
    assert!(
        shares.iter().any(|share| *share > 0.2 && *share < 1.0),
        "whoever brings it sees how far it is: {shares:?}"
    );
    room.same_for_all(5.0);
    room.until(20.0, "everybody shows it", |room| {
        (0..3).all(|who| room.sees(who, &part) == Ok(true))
    });
    let files = room.apps[cy].world().resource::<Files>();
    let Some(FileState::Ready(content)) = files.state(&blob(&bytes)) else {
        panic!("{:?}", files.state(&blob(&bytes)));
    };
    assert!(matches!(&**content, Content::Picture(picture) if picture.bytes == bytes));
    // A second one like it travels nowhere.
    room.shows(bo, part.clone(), 3.0);
    room.same_for_all(5.0);
    assert_eq!(room.count(cy), Some(2));
    assert_eq!(Room::held(&path).len(), 1);
    assert_eq!(room.noes(bo), []);
}

#[test]
fn the_hosts_own_person_brings_files_by_the_same_road() {
    let (mut room, _, cy) = Room::workshop(22, None, Weather::GOOD_WIFI);
    let part = room.puts_down(0, &gltf([0, 1, 2], ""), 1.0);
    assert!(matches!(part, Part::Model(Model { triangles: 1, .. })));
    room.until(20.0, "a guest shows it", |room| {
        room.count(cy) == Some(1) && room.sees(cy, &part) == Ok(true)
    });
}

#[test]
fn a_wish_that_names_what_the_host_does_not_hold_is_refused() {
    let path = folder("not-held");
    let (mut room, bo, _) = Room::workshop(23, Some(&path), Weather::GOOD_WIFI);
    let part: Part = Picture {
        file: blob(b"nobody has it"),
        aspect: 1.0,
    }
    .into();
    room.shows(bo, part, 1.0);
    room.until(5.0, "it is refused", |room| room.refused(bo) == [Refusal::NoFile]);
    room.same_for_all(5.0);
    assert_eq!((room.count(0), room.count(bo)), (Some(0), Some(0)));
}

#[test]
fn who_may_not_and_what_is_too_much_is_refused_before_a_byte_travels() {
    let path = folder("refused");
    let (mut room, bo, cy) = Room::workshop(24, Some(&path), Weather::GOOD_WIFI);
    // Guests bring nothing.
    room.puts_down(cy, &png(8, 8, 100), 1.0);
    room.until(5.0, "Cy hears", |room| room.noes(cy) == [WhyNoFile::NotAllowed]);
    room.allot(bo, 5_000);
    room.puts_down(bo, &png(8, 8, 4_000), 1.0);
    room.until(10.0, "the first fits", |room| room.count(0) == Some(1));
    room.puts_down(bo, &png(9, 8, 4_000), 1.0);
    room.until(5.0, "the second does not", |room| {
        room.noes(bo) == [WhyNoFile::Quota]
    });
    room.same_for_all(5.0);
    assert_eq!(room.count(bo), Some(1), "and what showed it is not there");
    assert_eq!(Room::held(&path).len(), 1);
}

#[test]
fn no_lie_about_a_file_gets_it_held() {
    let path = folder("lies");
    let (mut room, bo, cy) = Room::workshop(25, Some(&path), Weather::GOOD_WIFI);
    let offer = |room: &mut Room, bytes: &[u8]| {
        let bytes = Bytes::copy_from_slice(bytes);
        room.apps[bo]
            .world_mut()
            .resource_mut::<Session>()
            .offer_blob(bytes);
    };
    let whole = png(8, 8, 100_000);
    offer(&mut room, &whole);
    offer(&mut room, b"no kind of file that things show");
    let lies = [
        // Nobody has such bytes; shorter and a little longer than they are; larger than may be; nothing; another kind.
        blob(b"nobody has it"),
        Blob {
            bytes: 50_000,
            ..blob(&whole)
        },
        Blob {
            bytes: whole.len() as u64 + 100,
            ..blob(&whole)
        },
        Blob {
            bytes: limits::BLOB_BYTES + 1,
            ..blob(&whole)
        },
        Blob {
            bytes: u64::MAX,
            ..blob(&whole)
        },
        Blob {
            bytes: 0,
            ..blob(&whole)
        },
        blob(b"no kind of file that things show"),
    ];
    for file in lies {
        room.says_of_things(bo, ThingsToHost::File(FilesToHost::Bring(file)));
    }
    for _ in 0..300 {
        room.until(1.0, "a frame", |_| true);
    }
    assert_eq!(Room::held(&path), Vec::<[u8; 32]>::new());
    // And the host goes on as ever.
    offer(&mut room, &whole);
    let part = room.puts_down(bo, &whole, 1.0);
    room.until(20.0, "the truth is held and shown", |room| {
        room.sees(cy, &part) == Ok(true)
    });
}

#[test]
fn who_vanishes_while_it_is_fetched_leaves_nothing_and_who_brings_the_same_is_asked() {
    let path = folder("vanished");
    let (mut room, bo, cy) = Room::workshop(26, Some(&path), Weather::BENCH_50MS);
    room.rank(cy, Role::Builder);
    let bytes = png(8, 8, 3_000_000);
    let part = room.puts_down(bo, &bytes, 1.0);
    room.until(20.0, "some of it is here", |room| {
        let outbox = room.apps[bo].world().resource::<Outbox>();
        outbox.going().any(|(_, share)| share > 0.05)
    });
    room.puts_down(cy, &bytes, 2.0);
    room.until(1.0, "Cy has said so", |_| true);
    room.leaves(bo);
    room.until(60.0, "it came from Cy", |room| room.count(0) == Some(1));
    assert_eq!(Room::held(&path), [blob(&bytes).hash]);
    room.until(20.0, "the host shows it", |room| room.sees(0, &part) == Ok(true));
    // One who leaves alone leaves nothing.
    let other = png(9, 8, 3_000_000);
    room.puts_down(cy, &other, 3.0);
    room.until(20.0, "some of it is here", |room| {
        let outbox = room.apps[cy].world().resource::<Outbox>();
        outbox.going().any(|(_, share)| share > 0.05)
    });
    room.leaves(cy);
    for _ in 0..300 {
        room.until(1.0, "a frame", |_| true);
    }
    assert_eq!(Room::held(&path), [blob(&bytes).hash]);
    let unfinished = std::fs::read_dir(FilePlace::beside(&path).path())
        .unwrap()
        .count();
    assert_eq!(unfinished, 1, "not even a piece of it");
}

#[test]
fn what_is_brought_and_put_down_nowhere_counts_for_whoever_brought_it() {
    let path = folder("unnamed");
    let (mut room, bo, _) = Room::workshop(34, Some(&path), Weather::GOOD_WIFI);
    room.allot(bo, 5_000);
    let first = png(8, 8, 4_000);
    // In a place that no world takes: the file is held, and nothing names it.
    room.puts_down(bo, &first, 1e9);
    room.until(10.0, "it is held", |_| Room::held(&path).len() == 1);
    room.until(10.0, "and refused", |room| !room.refused(bo).is_empty());
    room.puts_down(bo, &png(9, 8, 4_000), 1.0);
    room.until(5.0, "a second is too much", |room| {
        room.noes(bo) == [WhyNoFile::Quota]
    });
    // The first one still has its place.
    room.puts_down(bo, &first, 1.0);
    room.until(10.0, "it is there", |room| room.count(0) == Some(1));
    assert_eq!(Room::held(&path), [blob(&first).hash]);
}

#[test]
fn what_was_refused_and_removed_can_be_brought_in_again() {
    let path = folder("again");
    let mut room = Room::new(35, Some(&path));
    room.looks();
    room.all_here();
    let bytes = png(8, 8, 50_000);
    room.puts_down(0, &bytes, 1e9);
    room.until(10.0, "it is held", |_| Room::held(&path).len() == 1);
    room.until(10.0, "and refused", |room| !room.refused(0).is_empty());
    // An hour in which nobody puts it down, of long frames.
    let hour = TimeUpdateStrategy::ManualDuration(Duration::from_secs(2));
    room.apps[0].insert_resource(hour);
    room.until(30.0, "it is removed", |_| Room::held(&path).is_empty());
    room.apps[0].insert_resource(TimeUpdateStrategy::ManualDuration(FRAME));
    room.puts_down(0, &bytes, 1.0);
    room.until(10.0, "it is there", |room| room.count(0) == Some(1));
    assert_eq!(Room::held(&path), [blob(&bytes).hash]);
}

#[test]
fn two_large_files_on_a_slow_line_both_arrive() {
    let slow = Weather {
        name: "SLOW_UPLINK",
        bits_per_sec: Some(500_000),
        ..Weather::BENCH_50MS
    };
    let mut room = Room::new(36, None);
    let bo = room.guest(2, "Bo", slow);
    room.looks();
    room.all_here();
    room.rank(bo, Role::Builder);
    // The second waits for longer than one that stands still is waited for.
    for width in [8, 9] {
        room.puts_down(bo, &png(width, 8, 2_400_000), width as f32);
    }
    room.until(30.0, "the first is on its way", |room| {
        let outbox = room.apps[bo].world().resource::<Outbox>();
        outbox.going().any(|(_, share)| share > 0.2)
    });
    let outbox = room.apps[bo].world().resource::<Outbox>();
    assert!(
        outbox.going().any(|(_, share)| share == 0.0),
        "one after the other"
    );
    room.until(180.0, "both are there", |room| room.count(0) == Some(2));
    assert_eq!(room.noes(bo), []);
}

#[test]
fn what_is_taken_back_comes_no_further_and_can_be_put_down_again() {
    let path = folder("taken-back");
    let (mut room, bo, _) = Room::workshop(37, Some(&path), Weather::BENCH_50MS);
    let bytes = png(8, 8, 3_000_000);
    room.puts_down(bo, &bytes, 1.0);
    room.until(20.0, "some of it is here", |room| {
        let outbox = room.apps[bo].world().resource::<Outbox>();
        outbox.going().any(|(_, share)| share > 0.05)
    });
    room.apps[bo].world_mut().resource_mut::<Outbox>().take_back();
    for _ in 0..300 {
        room.until(1.0, "a frame", |_| true);
    }
    assert_eq!(Room::held(&path), Vec::<[u8; 32]>::new());
    assert_eq!((room.count(0), room.count(bo)), (Some(0), Some(0)));
    room.puts_down(bo, &bytes, 1.0);
    room.until(20.0, "it is there", |room| room.count(0) == Some(1));
    assert_eq!(room.noes(bo), []);
}

#[test]
fn of_too_many_at_once_some_are_refused_and_the_others_come() {
    let (mut room, bo, _) = Room::workshop(27, None, Weather::GOOD_WIFI);
    let all: Vec<Bytes> = (0..12).map(|n| png(8 + n, 8, 40_000)).collect();
    for bytes in &all {
        let bytes = bytes.clone();
        room.apps[bo]
            .world_mut()
            .resource_mut::<Session>()
            .offer_blob(bytes);
    }
    for bytes in &all {
        room.says_of_things(bo, ThingsToHost::File(FilesToHost::Bring(blob(bytes))));
    }
    // Whether they are held is seen by putting them down.
    for _ in 0..600 {
        room.until(1.0, "a frame", |_| true);
    }
    for (n, bytes) in all.iter().enumerate() {
        let part = read::read(bytes).unwrap().part(blob(bytes));
        room.shows(bo, part, n as f32);
        room.until(5.0, "it is answered", |room| room.things(bo).unanswered() == 0);
    }
    room.same_for_all(5.0);
    assert_eq!(room.count(0), Some(8));
    assert_eq!(room.refused(bo), [Refusal::NoFile; 4]);
}

#[test]
fn what_was_brought_is_there_tomorrow_and_what_nothing_names_any_more_is_not() {
    let path = folder("tomorrow");
    let cache = folder("tomorrow-cache");
    let (kept, undoable, forgotten) = (png(8, 8, 50_000), png(9, 8, 50_000), png(10, 8, 50_000));
    let mut room = Room::new(28, Some(&path));
    room.looks();
    room.all_here();
    let part = room.puts_down(0, &kept, 1.0);
    room.until(10.0, "it is there", |room| room.count(0) == Some(1));
    let thing = room.things(0).next_thing().unwrap();
    room.puts_down(0, &undoable, 2.0);
    room.until(10.0, "it is there", |room| room.count(0) == Some(2));
    room.build(0, vec![Act::Remove { thing }]);
    let file = room.apps[0]
        .world_mut()
        .resource_mut::<Outbox>()
        .bring(forgotten.clone());
    let picture = Picture { file, aspect: 1.0 };
    // In a place that no world takes: the file is held, and nothing names it.
    room.shows(0, picture.into(), 1e9);
    room.until(10.0, "all three are held", |_| Room::held(&path).len() == 3);
    room.until(10.0, "and it was refused", |room| !room.refused(0).is_empty());
    room.leaves(0);
    room.until(5.0, "it is closed", |room| room.things(0).state().is_none());
    drop(room);
    // Half a file that a program which was killed left behind.
    std::fs::write(FilePlace::beside(&path).path().join("00.part"), b"half").unwrap();

    let mut room = Room::new(29, Some(&path));
    room.looks();
    room.all_here();
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    room.apps[bo].insert_resource(FilesShown::Everything);
    room.apps[bo].insert_resource(FileCache(FilePlace::at(&cache)));
    room.until(20.0, "who comes late shows it", |room| {
        room.sees(bo, &part) == Ok(true)
    });
    room.until(60.0, "what nothing names is removed", |_| {
        Room::held(&path).len() == 2
    });
    let held = Room::held(&path);
    assert!(
        held.contains(&blob(&kept).hash) && held.contains(&blob(&undoable).hash),
        "{held:?}"
    );
    assert!(!FilePlace::beside(&path).path().join("00.part").exists());
    room.build(0, vec![Act::Undo { within: None }]);
    room.until(5.0, "it is taken back", |room| room.count(0) == Some(2));
    room.until(10.0, "Bo keeps it on his disk", |_| {
        FilePlace::at(&cache)
            .list()
            .unwrap()
            .contains_key(&blob(&kept).hash)
    });
    // A disk that rots costs the file and nothing else, and whoever has it still shows it.
    let place = FilePlace::beside(&path)
        .path()
        .join(holm_document::one_file::hex(&blob(&kept).hash));
    room.leaves(0);
    room.until(5.0, "it is closed", |room| room.things(0).state().is_none());
    drop(room);
    let mut rotten = std::fs::read(&place).unwrap();
    rotten[40_000] ^= 1;
    std::fs::write(&place, rotten).unwrap();
    let mut room = Room::new(30, Some(&path));
    room.looks();
    room.all_here();
    let bo = room.guest(2, "Bo", Weather::GOOD_WIFI);
    let cy = room.guest(3, "Cy", Weather::GOOD_WIFI);
    for who in [bo, cy] {
        room.apps[who].insert_resource(FilesShown::Everything);
    }
    room.apps[bo].insert_resource(FileCache(FilePlace::at(&cache)));
    room.until(
        20.0,
        "Bo shows his own copy, Cy hears that there is none",
        |room| room.sees(bo, &part) == Ok(true) && room.sees(cy, &part) == Err(NotShown::NotReceived),
    );
    assert_eq!((room.count(bo), room.count(cy)), (Some(2), Some(2)));
    // Whoever brings it again mends it.
    room.puts_down(0, &kept, 5.0);
    room.until(60.0, "Cy is asked to try again and sees it", |room| {
        room.sees(cy, &part) == Ok(true)
    });
}

#[test]
fn whoever_wants_to_see_nothing_fetches_nothing() {
    let (mut room, bo, cy) = Room::workshop(31, None, Weather::GOOD_WIFI);
    room.apps[cy].insert_resource(FilesShown::Nothing);
    let part = room.puts_down(bo, &png(8, 8, 50_000), 1.0);
    room.until(20.0, "the host shows it", |room| room.sees(0, &part) == Ok(true));
    room.same_for_all(5.0);
    for _ in 0..100 {
        room.until(1.0, "a frame", |_| true);
    }
    let files = room.apps[cy].world().resource::<Files>();
    assert!(files.state(&part.file().unwrap()).is_none());
    assert_eq!(room.sees(cy, &part), Err(NotShown::NotWanted));
    room.apps[cy].insert_resource(FilesShown::Small);
    room.until(20.0, "Cy changed their mind", |room| {
        room.sees(cy, &part) == Ok(true)
    });
}

#[test]
fn what_is_not_what_was_said_is_not_shown() {
    let (mut room, bo, cy) = Room::workshop(32, None, Weather::GOOD_WIFI);
    let bytes = gltf([0, 1, 2], "");
    room.puts_down(bo, &bytes, 1.0);
    room.until(20.0, "it is there", |room| room.count(cy) == Some(1));
    // Fewer triangles than there are, and a model that is said to be a picture.
    let file = blob(&bytes);
    let lies: [Part; 2] = [
        Model { file, triangles: 0 }.into(),
        Picture { file, aspect: 1.0 }.into(),
    ];
    for lie in lies {
        room.shows(bo, lie.clone(), 2.0);
        room.until(20.0, "it is seen through", |room| {
            room.sees(cy, &lie) == Err(NotShown::NotAsSaid)
        });
    }
    // A file that no reader takes, put down by a program that did not look: guests say what it is.
    let bad = gltf([0, 1, 900], "");
    assert!(matches!(read::read(&bad), Err(BadFile::Model(_))));
    let bomb = png(60_000, 60_000, 10);
    assert!(matches!(read::read(&bomb), Err(BadFile::TooManyPixels { .. })));
    for bytes in [bad, bomb] {
        let file = room.apps[bo]
            .world_mut()
            .resource_mut::<Outbox>()
            .bring(bytes.clone());
        let part: Part = if bytes[0] == b'{' {
            Model { file, triangles: 1 }.into()
        } else {
            Picture { file, aspect: 1.0 }.into()
        };
        room.shows(bo, part.clone(), 3.0);
        room.until(20.0, "it is not shown", |room| {
            matches!(room.sees(cy, &part), Err(NotShown::Bad(_)))
        });
    }
    room.same_for_all(5.0);
}

#[test]
fn the_nearest_comes_first() {
    let (mut room, bo, cy) = Room::workshop(33, None, Weather::BENCH_50MS);
    room.apps[cy].insert_resource(FilesShown::Nothing);
    let far: Vec<Part> = (0..4)
        .map(|n| room.puts_down(bo, &png(20 + n, 8, 200_000), 500.0 + n as f32))
        .collect();
    let near = room.puts_down(bo, &png(8, 8, 200_000), 1.0);
    room.until(60.0, "all are there", |room| room.count(cy) == Some(5));
    room.apps[cy].insert_resource(FilesShown::Everything);
    room.until(60.0, "the near one is", |room| room.sees(cy, &near) == Ok(true));
    let others = far.iter().filter(|part| room.sees(cy, part) == Ok(true)).count();
    assert!(others <= 1, "{others} far ones came before it");
}

#[test]
fn a_photo_on_its_side_is_as_large_as_it_is_seen() {
    // How a telephone says that it was held upright.
    let mut photo = vec![0xff, 0xd8, 0xff, 0xe1, 0, 34];
    photo.extend(b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0");
    photo.extend([0xff, 0xc0, 0, 17, 8, 0, 30, 0, 40, 3]);
    photo.extend([0; 11]);
    let content = read::read(&photo.into()).unwrap();
    let Content::Picture(picture) = &content else {
        panic!("{content:?}");
    };
    assert_eq!((picture.width, picture.height), (40, 30));
    assert_eq!(read::sides(picture), [30, 40]);
    let Part::Picture(said) = content.part(blob(b"")) else {
        panic!("a picture");
    };
    assert_eq!(said.aspect, 40.0 / 30.0);
    assert!(content.size().y > content.size().x);
}

#[test]
fn a_file_tells_whose_it_is() {
    let about = read::about(&gltf(
        [0, 1, 2],
        r#","copyright":"2024 (c) Ada","extras":{"author":"Ada \u202e L.","license":"CC-BY-4.0","title":"Sign"}"#,
    ));
    assert_eq!(about.author.as_deref(), Some("Ada L."));
    assert_eq!(about.licence.as_deref(), Some("CC-BY-4.0"));
    assert_eq!(about.title.as_deref(), Some("Sign"));
    let only = read::about(&gltf([0, 1, 2], r#","copyright":"2024 (c) Ada""#));
    assert_eq!(only.licence.as_deref(), Some("2024 (c) Ada"));
    // Of whatever type: nobody is refused for it.
    assert_eq!(
        read::about(&gltf([0, 1, 2], r#","copyright":7,"extras":[1]"#)).licence,
        None
    );
    assert!(read::read(&gltf([0, 1, 2], r#","copyright":7"#)).is_ok());
    let mut png = png(8, 8, 0).to_vec();
    png.extend([0; 4]); // the head's check
    png.extend([0, 0, 0, 10]);
    png.extend(b"tEXtAuthor\0Ada");
    png.extend([0; 4]);
    assert_eq!(read::about(&png.into()).author.as_deref(), Some("Ada"));
}

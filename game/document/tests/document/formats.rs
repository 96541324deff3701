//! Worlds as released versions wrote them: they open for ever, and say what they said.
//!
//! Each folder of `tests/formats` is a world in the files of one version: a snapshot, the facts since, and nothing else. A new
//! version of the format adds its folder (`HOLM_WRITE_FORMAT=1 cargo test -p holm-document --test document formats`), and
//! never changes an older one.

use super::crash::MemoryDisk;
use super::people::account;
use holm_document::arrival::Arrival;
use holm_document::part::{
    Attach, Blob, Body, Door, Lamp, Lock, Model, Name, Paint, Picture, Place, Shape, Sound, Writing,
};
use holm_document::power::{Capabilities, Line};
use holm_document::resync::Resync;
use holm_document::store::{Disk, Store};
use holm_document::{
    Act, Capability, History, Keeper, Now, Order, Part, PartKind, PersonNo, Powers, Quota, Refusal, Role,
    State, ThingId, Wish, journal,
};
use std::path::PathBuf;
use std::time::Duration;

const WORLD: [u8; 16] = *b"a world of old  ";

/// One of every part, none of them with the values that it has by default.
fn every_part(to: ThingId) -> Vec<Part> {
    let file = |number: u8| Blob {
        hash: [number; 32],
        bytes: 1_000 * u64::from(number),
    };
    vec![
        Place {
            position: [1.5, -2.25, 1_000.125],
            rotation: [0.0, 0.6, 0.0, 0.8],
            scale: [0.5, 2.0, 100.0],
        }
        .into(),
        Attach { to }.into(),
        Name("Käthe's lamp".to_owned()).into(),
        Lock.into(),
        Shape::Wedge.into(),
        Paint {
            colour: [1, 2, 3, 4],
            roughness: 5,
            metal: 6,
            glow: 7,
        }
        .into(),
        Writing {
            text: "Hello\nthere".to_owned(),
            line_metres: 0.25,
        }
        .into(),
        Lamp {
            colour: [250, 240, 230],
            lumens: 800.0,
            reach_metres: 12.0,
            cone_degrees: Some(30.0),
        }
        .into(),
        Picture {
            file: file(1),
            aspect: 0.75,
        }
        .into(),
        Model {
            file: file(2),
            triangles: 1_234,
        }
        .into(),
        Sound {
            file: file(3),
            gain_db: -6.5,
            reach_metres: 20.0,
            again_and_again: true,
        }
        .into(),
        Body {
            moves: true,
            mass_kg: 3.5,
            friction: 0.25,
            bounce: 0.125,
        }
        .into(),
        Door {
            open: true,
            swing_degrees: -95.0,
        }
        .into(),
    ]
}

struct Author<D: Disk> {
    keeper: Keeper,
    store: Store<D>,
    now: Now,
}

impl<D: Disk> Author<D> {
    fn does(&mut self, who: u32, act: Act) {
        self.now.secs += 10;
        self.now.since_start += Duration::from_secs(10);
        let wish = Wish {
            number: self.now.secs as u32,
            acts: vec![act],
        };
        let fact = self.keeper.wish(PersonNo(who), &wish, self.now).unwrap().unwrap();
        self.store.append(&[fact]).unwrap();
        self.keeper.kept();
    }

    fn orders(&mut self, who: u32, order: Order) {
        self.does(who, Act::Order(order));
    }
}

fn thing(maker: u32, serial: u32) -> ThingId {
    ThingId {
        maker: PersonNo(maker),
        serial,
    }
}

/// What new worlds had for a table when these were made: what a world has is kept with it, and new worlds may have another.
fn the_table_of_then() -> Powers {
    use Capability as May;
    let spectator = Capabilities::of(&[May::Chat, May::Emote]);
    let guest = spectator.and(Capabilities::of(&[May::Talk, May::Spawn, May::EditOwn]));
    let mut table = Powers::default();
    table.set_line(
        Role::Guest,
        Line {
            may: guest,
            ..table.line(Role::Guest)
        },
    );
    table
}

/// A day in a small world: every part, every deed and every order that this version knows is in it, some in the snapshot and some
/// behind it.
fn a_day<D: Disk>(disk: D, version: u16) -> Author<D> {
    let (state, history) = (State::under(the_table_of_then(), account(0)), History::default());
    let mut author = Author {
        store: Store::create(disk, WORLD, &state, &history).unwrap(),
        keeper: Keeper::new(state, history),
        now: Now {
            secs: 1_700_000_000,
            ..Now::default()
        },
    };
    for person in 1..6 {
        let met = author.keeper.meet(&account(person), author.now).unwrap().1;
        author.store.append(&[met.unwrap()]).unwrap();
    }
    let person = PersonNo;
    let set = |thing, part| Act::Set {
        thing,
        part,
        seen: None,
    };
    let make = |thing, parts| Act::Make { thing, parts };
    let role = Role::Builder;
    author.orders(
        0,
        Order::Rank {
            person: person(1),
            role,
        },
    );
    author.orders(
        0,
        Order::Except {
            person: person(2),
            more: Capabilities::of(&[Capability::Media, Capability::Moving]),
            less: Capabilities::of(&[Capability::Talk]),
        },
    );
    let allotted = Quota {
        things: 7,
        bytes: 6,
        triangles: 5_000,
        moving: 4,
        lamps: 3,
        wishes_per_sec: 2,
    };
    author.orders(
        0,
        Order::Allot {
            person: person(3),
            quota: Some(allotted),
        },
    );
    author.orders(
        0,
        Order::Ban {
            person: person(4),
            banned: true,
        },
    );
    author.orders(
        0,
        Order::Silence {
            person: person(3),
            until_secs: 1_800_000_000,
        },
    );
    author.orders(
        1,
        Order::Block {
            person: person(2),
            blocked: true,
        },
    );
    let line = Line {
        may: Capabilities::of(&[Capability::Chat, Capability::Spawn, Capability::EditOwn]),
        quota: allotted,
    };
    author.orders(
        0,
        Order::Line {
            role: Role::Spectator,
            line,
        },
    );
    author.does(0, make(thing(0, 1), vec![Shape::Box.into()]));
    author.does(0, make(thing(0, 2), every_part(thing(0, 1))));
    author.does(
        1,
        make(thing(1, 1), vec![Place::default().into(), Shape::Ball.into()]),
    );
    author.does(3, make(thing(3, 1), vec![Name("mine".to_owned()).into()]));
    author.does(1, set(thing(1, 1), Name("first".to_owned()).into()));
    author.does(1, set(thing(1, 1), Name("second".to_owned()).into()));
    author.does(1, Act::Undo { within: None });
    author.does(0, Act::Remove { thing: thing(0, 1) });
    author.does(0, Act::Undo { within: None });
    if version >= 2 {
        let gone = author.keeper.forget(&|_| false, author.now).unwrap();
        author.store.append(&[gone]).unwrap();
    }
    author
        .store
        .compact(author.keeper.state(), author.keeper.history())
        .unwrap();
    author.does(1, Act::Redo { within: None });
    author.does(
        0,
        Act::Clear {
            thing: thing(0, 2),
            kind: PartKind::Lock,
        },
    );
    author.does(
        0,
        Act::Undo {
            within: Some(thing(0, 2)),
        },
    );
    author.does(
        0,
        Act::Give {
            thing: thing(0, 2),
            to: person(1),
        },
    );
    author.does(3, make(thing(3, 2), vec![Name("spam".to_owned()).into()]));
    author.does(
        0,
        Act::RollBack {
            person: person(3),
            secs: 15,
        },
    );
    author.orders(
        0,
        Order::Newcomers {
            role: Role::Spectator,
        },
    );
    author.orders(0, Order::Lock { locked: true });
    author.does(0, make(thing(0, 3), vec![Shape::Ring.into()]));
    if version >= 2 {
        let (back, met) = author.keeper.meet(&account(5), author.now).unwrap();
        assert_eq!(back, person(6));
        author.store.append(&[met.unwrap()]).unwrap();
    }
    author.store.sync().unwrap();
    if version >= 3 {
        let (old, newest) = (author.keeper.state().clone(), author.keeper.state().newest());
        author.does(0, make(thing(0, 4), vec![Name("refused".to_owned()).into()]));
        author.store.retract(newest).unwrap();
        author.keeper.take_out(newest + 1);
        author.does(0, make(thing(0, 4), vec![Name("since".to_owned()).into()]));
        author.does(0, set(thing(1, 1), Name("else".to_owned()).into()));
        let back = author
            .keeper
            .restore(person(0), 7, &old, author.now)
            .unwrap()
            .unwrap();
        author.store.append(&[back]).unwrap();
        author.store.sync().unwrap();
    }
    author
}

fn folder(version: u16) -> PathBuf {
    let formats = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    formats.join(format!("v{version}"))
}

/// The files of that version, in memory: opening a world may put files aside.
fn files(version: u16) -> MemoryDisk {
    let mut disk = MemoryDisk::default();
    for entry in std::fs::read_dir(folder(version)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        disk.write(name, &std::fs::read(&path).unwrap()).unwrap();
    }
    disk
}

/// What the format of now makes of that day lies in its folder, to the byte.
#[test]
fn the_present_format_is_these_files() {
    let disk = MemoryDisk::default();
    a_day(disk.clone(), journal::VERSION);
    let (folder, names) = (folder(journal::VERSION), disk.names());
    if std::env::var_os("HOLM_WRITE_FORMAT").is_some() && !folder.exists() {
        std::fs::create_dir_all(&folder).unwrap();
        for name in &names {
            std::fs::write(folder.join(name), disk.read(name).unwrap()).unwrap();
        }
    }
    let kept = files(journal::VERSION);
    assert_eq!(kept.names(), names);
    for name in names {
        assert!(
            kept.read(&name).unwrap() == disk.read(&name).unwrap(),
            "{name} has changed"
        );
    }
}

#[test]
fn worlds_of_every_version_open_and_say_what_they_said() {
    for (version, digest) in (1..=journal::VERSION).zip(DIGESTS) {
        let day = a_day(MemoryDisk::default(), version);
        let (mut store, state, history, found) = Store::open(files(version)).unwrap();
        assert_eq!(found.damaged, Vec::<String>::new());
        assert_eq!(
            (found.facts, *store.world()),
            ([9, 10, 13][usize::from(version) - 1], WORLD)
        );
        assert_eq!(state.digest(), day.keeper.state().digest(), "version {version}");
        assert_eq!(state.digest(), digest, "version {version}");
        let [mine, given] = [thing(1, 1), thing(0, 2)].map(|id| state.thing(id).unwrap().clone());
        assert_eq!(mine.part(PartKind::Name), Some(&Name("second".to_owned()).into()));
        let parts: Vec<_> = given.parts().iter().map(|held| held.part.clone()).collect();
        assert_eq!(parts, every_part(thing(0, 1)));
        assert_eq!(given.owner, PersonNo(1));
        assert!(state.thing(thing(3, 2)).is_none() && state.thing(thing(3, 1)).is_some());
        assert!(state.person(PersonNo(4)).unwrap().banned && state.powers().locked);
        assert!(state.person(PersonNo(1)).unwrap().blocks.contains(&PersonNo(2)));
        assert!(history.past().eq(day.keeper.history().past()));
        // It goes on: what was done in the old version is taken back in this one, and kept.
        let mut keeper = Keeper::new(state, history);
        let undo = |number| Wish {
            number,
            acts: vec![Act::Undo { within: None }],
        };
        for number in 0..20 {
            match keeper.wish(PersonNo(0), &undo(number), day.now) {
                Ok(fact) => store.append(&[fact.unwrap()]).unwrap(),
                Err(refusal) => {
                    assert!(number > 3 && refusal == Refusal::Nothing, "{number}: {refusal}");
                    break;
                }
            }
        }
        let (_, again, _, found) = Store::open(store.close()).unwrap();
        assert_eq!(found.damaged, Vec::<String>::new());
        assert_eq!(again.digest(), keeper.state().digest());
    }
}

/// Newcomers and those who came to differ are sent these bytes: a change of them is a change of the protocol.
#[test]
fn what_is_sent_of_that_day_is_these_bytes() {
    let day = a_day(MemoryDisk::default(), 2);
    let state = day.keeper.state();
    let chunk = Arrival::new([0.0; 3]).next(state, 48 << 10).unwrap();
    let nothing = State::new(account(0)).digests();
    let patch = Resync::new(state, &nothing)
        .unwrap()
        .next(state, 48 << 10)
        .unwrap();
    assert_eq!((chunk.left, patch.left), (0, 0));
    let bytes = [
        postcard::to_stdvec(&chunk).unwrap(),
        postcard::to_stdvec(&patch).unwrap(),
        postcard::to_stdvec(&state.digests()).unwrap(),
    ];
    let told = bytes.map(|bytes| (bytes.len(), blake3::hash(&bytes).to_hex()[..16].to_owned()));
    let told = told.each_ref().map(|(len, hash)| (*len, hash.as_str()));
    assert_eq!(
        told,
        [
            (750, "2e72f181e8367bde"),
            (797, "4c09d48d34a77159"),
            (2571, "d6bf0506b83f8313")
        ]
    );
}

/// Of that day's end, by version. Another one means that digests are computed differently: peers of two versions would take each
/// other for damaged.
const DIGESTS: [[u8; 16]; journal::VERSION as usize] = [
    [
        46, 215, 166, 16, 76, 88, 173, 184, 104, 5, 177, 35, 16, 5, 102, 154,
    ],
    [
        146, 191, 60, 161, 42, 6, 42, 145, 129, 160, 245, 92, 65, 157, 177, 59,
    ],
    [63, 37, 95, 78, 212, 39, 62, 11, 152, 157, 21, 33, 34, 124, 49, 57],
];

//! What the document costs: confirmed wishes of 64 people who build, with the journal on a real disk; a snapshot that another
//! thread writes meanwhile; a late arrival in a world of 10,000 things and 1,200 people; one thing that came to differ; what
//! such a world takes in files. One line of JSON.
//!
//! Without a network and without an engine: the work of the document itself, on one core.

use holm_document::arrival::{Arrival, Arriving};
use holm_document::folder::Folder;
use holm_document::part::{Paint, Place, Shape};
use holm_document::replica::Replica;
use holm_document::resync::Resync;
use holm_document::store::{Store, StoreError};
use holm_document::{
    Act, Deed, Fact, History, Keeper, Now, Order, Part, PersonNo, Role, State, ThingId, Way, Wish,
};
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error>;

const PEOPLE: u32 = 64;
const THINGS: u32 = 10_000;
/// Wishes of one network tick of 64 people who each make one: at 25 ticks a second that is 1,600 a second.
const WISHES_A_TICK: usize = 64;
const TICKS: usize = 1_000;
/// What a newcomer may be sent in a tick, bytes: one message, 10 Mbit/s at 25 ticks a second.
const ARRIVAL_BYTES: usize = 48 << 10;
/// Who came once and left nothing, in the end.
const VISITORS: u32 = 1_200;
/// Ticks while snapshots are written…
const SNAPSHOT_TICKS: usize = 100;
/// …of which each is begun before one and written during some others.
const TICKS_A_SNAPSHOT: usize = 5;

fn account(number: u32) -> [u8; 32] {
    *blake3::hash(&number.to_le_bytes()).as_bytes()
}

fn parts(number: u32) -> Vec<Part> {
    vec![
        Place {
            position: [(number % 100) as f32 * 2.0, 0.5, (number / 100) as f32 * 2.0],
            ..Place::default()
        }
        .into(),
        Shape::Box.into(),
        Paint {
            colour: [number as u8, 120, 90, 255],
            roughness: 200,
            metal: 0,
            glow: 0,
        }
        .into(),
    ]
}

/// A world that `PEOPLE` builders have filled.
fn filled() -> Result<Keeper, Failure> {
    let mut keeper = Keeper::new(State::new(account(0)), History::default());
    let mut now = Now::default();
    let mut wish = |keeper: &mut Keeper, who: u32, act: Act| {
        now.since_start += Duration::from_secs(1);
        now.secs += 1;
        keeper.wish(
            PersonNo(who),
            &Wish {
                number: 1,
                acts: vec![act],
            },
            now,
        )
    };
    for person in 1..PEOPLE {
        keeper.meet(&account(person), Now::default())?;
        let order = Order::Rank {
            person: PersonNo(person),
            role: Role::Builder,
        };
        wish(&mut keeper, 0, Act::Order(order))?;
    }
    for number in 0..THINGS {
        let maker = PersonNo(number % PEOPLE);
        let thing = ThingId {
            maker,
            serial: number / PEOPLE + 1,
        };
        let parts = parts(number);
        wish(&mut keeper, maker.0, Act::Make { thing, parts })?;
    }
    Ok(keeper)
}

type Writing = std::thread::JoinHandle<Result<Duration, StoreError>>;

fn joined(writing: Writing) -> Result<Duration, Failure> {
    Ok(writing.join().map_err(|_| "the thread that writes")??)
}

fn micros(values: &mut [Duration], share: f64) -> f64 {
    values.sort_unstable();
    let at = ((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1));
    values.get(at).map_or(0.0, Duration::as_secs_f64) * 1e6
}

#[expect(clippy::print_stdout, reason = "that is what it is for")]
#[expect(
    clippy::disallowed_methods,
    reason = "measuring is what it is for: nothing is decided by these clocks"
)]
fn main() -> Result<(), Failure> {
    let mut keeper = filled()?;
    let folder = std::env::temp_dir().join(format!("holm-document-bench-{}", std::process::id()));
    let snapshot = Instant::now();
    let mut store = Store::create(Folder::new(&folder)?, [7; 16], keeper.state(), keeper.history())?;
    let snapshot = snapshot.elapsed();
    // Confirmed: judged, written to the system, encoded for everybody; and applied by a guest, apart.
    let mut replica = Replica::new(keeper.state().clone(), PersonNo(1));
    let (mut ticks, mut applied, mut beside) = (Vec::new(), Vec::new(), Vec::new());
    let (mut wire_bytes, mut confirmed) = (0, 0);
    let (mut begins, mut firsts, mut writes, mut writing) = (Vec::new(), Vec::new(), Vec::new(), None);
    let all = Instant::now();
    for tick in 0..TICKS + SNAPSHOT_TICKS {
        let first = tick >= TICKS && tick % TICKS_A_SNAPSHOT == 0;
        if first {
            writes.extend(writing.take().map(joined).transpose()?);
            let begun = Instant::now();
            let pending = store.begin_snapshot(keeper.state(), keeper.history())?;
            begins.push(begun.elapsed());
            let mut disk = store.disk().another();
            writing = Some(std::thread::spawn(move || {
                let begun = Instant::now();
                pending.run(&mut disk).map(|()| begun.elapsed())
            }));
        }
        let now = Now {
            since_start: Duration::from_secs(100_000 + tick as u64),
            secs: 100_000 + tick as u64,
        };
        let begun = Instant::now();
        let mut facts: Vec<Fact> = Vec::new();
        for number in 0..WISHES_A_TICK as u32 {
            let who = PersonNo(number % PEOPLE);
            let serial = 1 + (tick as u32 * 7 + number) % (THINGS / PEOPLE);
            let thing = ThingId { maker: who, serial };
            let part = Place {
                position: [tick as f32, number as f32, 0.0],
                ..Place::default()
            };
            let act = Act::Set {
                thing,
                part: part.into(),
                seen: None,
            };
            let wish = Wish {
                number: 1,
                acts: vec![act],
            };
            facts.extend(keeper.wish(who, &wish, now)?);
        }
        store.append(&facts)?;
        keeper.kept();
        for fact in &facts {
            wire_bytes += postcard::to_stdvec(fact)?.len();
        }
        let took = begun.elapsed();
        if first {
            &mut firsts
        } else if tick < TICKS {
            &mut ticks
        } else {
            &mut beside
        }
        .push(took);
        confirmed += facts.len();
        let begun = Instant::now();
        replica.hear(&facts, now.secs).ok_or("facts in order")?;
        applied.push(begun.elapsed());
    }
    let all = all.elapsed();
    writes.extend(writing.map(joined).transpose()?);
    let sync = Instant::now();
    store.sync()?;
    let sync = sync.elapsed();
    let files: u64 = std::fs::read_dir(&folder)?
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .map(|about| about.len())
        .sum();
    let reopen = Instant::now();
    drop(store);
    let (_, state, _, _) = Store::open(Folder::new(&folder)?)?;
    let reopen = reopen.elapsed();
    std::fs::remove_dir_all(&folder)?;
    let equal = state.digest() == keeper.state().digest() && replica.state().digest() == state.digest();

    for visitor in 0..VISITORS {
        keeper.meet(&account(PEOPLE + visitor), Now::default())?;
    }
    let mut arrival = Arrival::new([0.0; 3]);
    let (mut pieces, mut bytes, mut longest) = (Vec::new(), 0, Duration::ZERO);
    loop {
        let begun = Instant::now();
        let Some(piece) = arrival.next(keeper.state(), ARRIVAL_BYTES) else {
            break;
        };
        let piece = postcard::to_stdvec(&piece)?;
        longest = longest.max(begun.elapsed());
        bytes += piece.len();
        pieces.push(piece);
    }
    let receive = Instant::now();
    let mut arriving = Arriving::default();
    for piece in &pieces {
        arriving.piece(postcard::from_bytes(piece)?)?;
    }
    let newcomer = arriving.done(&account(1))?.ok_or("all was given")?;
    let receive = receive.elapsed();
    let equal = equal && newcomer.state().digest() == keeper.state().digest();

    // One thing came to differ.
    let mut lie = keeper.state().clone();
    let one = ThingId {
        maker: PersonNo(1),
        serial: 1,
    };
    let deed = Deed::Removed { thing: one };
    let newest = lie.newest();
    lie.apply(&Fact {
        number: newest,
        by: one.maker,
        at_secs: 0,
        wish: 0,
        way: Way::Done,
        deeds: vec![deed],
    });
    let mut other = Replica::new(lie, PersonNo(2));
    let resync = Instant::now();
    let asked = postcard::to_stdvec(&other.confirmed_digests())?;
    let mut resynced = asked.len();
    let mut answer = Resync::new(keeper.state(), &postcard::from_bytes(&asked)?).ok_or("digests")?;
    while let Some(patch) = answer.next(keeper.state(), ARRIVAL_BYTES) {
        let patch = postcard::to_stdvec(&patch)?;
        resynced += patch.len();
        other.patch(postcard::from_bytes(&patch)?, 0)?;
    }
    let resync = resync.elapsed();
    let equal = equal && other.confirmed_digest() == keeper.state().digest();

    let forget = Instant::now();
    let forgotten = keeper
        .forget(&|_| false, Now::default())
        .map_or(0, |fact| fact.deeds.len());
    let forget = forget.elapsed();

    let ticks_secs: f64 = ticks.iter().map(Duration::as_secs_f64).sum();
    let report = format!(
        concat!(
            "{{\"equal\":{},\"confirmed\":{},\"confirmed_a_second_of_work\":{:.0},\"tick_p50_us\":{:.1},",
            "\"tick_p99_us\":{:.1},\"applied_us_a_fact\":{:.2},\"wire_bytes_a_fact\":{:.1},\"whole_secs\":{:.2},",
            "\"file_bytes\":{},\"snapshot_ms\":{:.1},\"reopen_ms\":{:.1},\"things\":{},\"arrival_bytes\":{},",
            "\"arrival_pieces\":{},\"arrival_longest_piece_us\":{:.1},",
            "\"arrival_received_ms\":{:.1},\"begin_p50_us\":{:.1},\"begin_p90_us\":{:.1},\"tick_first_p50_us\":{:.1},",
            "\"tick_first_p90_us\":{:.1},\"tick_beside_p50_us\":{:.1},\"written_p50_ms\":{:.1},",
            "\"sync_ms\":{:.1},\"resync_bytes\":{},\"resync_us\":{:.1},\"forgotten\":{},\"forget_us\":{:.1}}}"
        ),
        equal,
        confirmed,
        confirmed as f64 / ticks_secs,
        micros(&mut ticks, 0.5),
        micros(&mut ticks, 0.99),
        applied.iter().map(Duration::as_secs_f64).sum::<f64>() * 1e6 / confirmed as f64,
        wire_bytes as f64 / confirmed as f64,
        all.as_secs_f64(),
        files,
        snapshot.as_secs_f64() * 1e3,
        reopen.as_secs_f64() * 1e3,
        keeper.state().things().len(),
        bytes,
        pieces.len(),
        longest.as_secs_f64() * 1e6,
        receive.as_secs_f64() * 1e3,
        micros(&mut begins, 0.5),
        micros(&mut begins, 0.9),
        micros(&mut firsts, 0.5),
        micros(&mut firsts, 0.9),
        micros(&mut beside, 0.5),
        micros(&mut writes, 0.5) / 1e3,
        sync.as_secs_f64() * 1e3,
        resynced,
        resync.as_secs_f64() * 1e6,
        forgotten,
        forget.as_secs_f64() * 1e6,
    );
    println!("{report}");
    Ok(())
}

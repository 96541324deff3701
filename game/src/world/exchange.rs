//! A world between people: the host offers its files, a guest fetches and distrusts them.
//!
//! Host: world ready and room open → every file and the manifest become blobs → each guest is told the
//! manifest's hash. Guest: told → manifest → files, a few at a time, those of the built-in world from the
//! program itself → [`LoadWorld`], once for the ground where pictures take longer, and once for all.
//! Invariants: nothing is asked for before its length is known and within the limits; a host that sends
//! nonsense costs the guest a sentence and no more: people still see each other.

use super::manifest::{WorldFetch, WorldManifest};
use super::{
    ChooseMoment, CurrentMoment, CurrentWorld, LoadWorld, Spawn, WorldDocument, WorldError, WorldStatus,
    WorldSystems, built_in, limits,
};
use crate::body::SpawnPoint;
use crate::session::wire::FromHost as SessionFromHost;
use crate::session::{BlobArrived, BlobFailed, Seated, Session, SessionEnded, Tell, Told};
use crate::wire::FromHost;
use bevy::prelude::*;
use bytes::Bytes;
use holm_net::pose::Slot;
use std::sync::Arc;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Offer>()
        .init_resource::<Fetch>()
        .init_resource::<Standing>()
        .add_systems(
            PreUpdate,
            (forget, choose, offer, fetch)
                .chain()
                .in_set(WorldSystems::Exchange),
        );
}

/// What this host offers.
#[derive(Resource, Default)]
struct Offer {
    document: Option<Arc<WorldDocument>>,
    message: Option<FromHost>,
    /// Its files and manifest, and those of the world before it.
    offered: Vec<[u8; 32]>,
    before: Vec<[u8; 32]>,
    /// Came in while another world was being built.
    waiting: Vec<Slot>,
}

/// The manifest of the world this guest was told of last, fetched or on its way.
#[derive(Resource, Default)]
pub(crate) struct Standing(Option<[u8; 32]>);

impl Standing {
    /// Whether this guest was told of the world it is in, and it was not in vain.
    pub(crate) fn is_told(&self) -> bool {
        self.0.is_some()
    }
}

/// What this guest is fetching.
#[derive(Resource, Default)]
enum Fetch {
    #[default]
    Nothing,
    Manifest {
        hash: [u8; 32],
        len: u64,
    },
    Files {
        fetch: Box<WorldFetch>,
        /// Asked for and not here yet.
        asked: Vec<[u8; 32]>,
        /// Our own person was told where to stand.
        greeted: bool,
        /// What there is to stand on was handed to the builder before its pictures are here.
        grounded: bool,
    },
}

/// A room that closed takes its world's files with it.
fn forget(
    mut ended: MessageReader<SessionEnded>,
    mut offer: ResMut<Offer>,
    mut fetch: ResMut<Fetch>,
    mut standing: ResMut<Standing>,
) {
    if ended.read().count() > 0 {
        *offer = Offer::default();
        *fetch = Fetch::Nothing;
        standing.0 = None;
    }
}

/// The host says what time it is in its world.
fn choose(mut wishes: MessageReader<ChooseMoment>, session: Res<Session>, mut moment: ResMut<CurrentMoment>) {
    if let Some(ChooseMoment(wished)) = wishes.read().last()
        && session.is_host()
    {
        moment.set_if_neq(CurrentMoment(*wished));
    }
}

fn offer(
    current: Res<CurrentWorld>,
    status: Res<WorldStatus>,
    moment: Res<CurrentMoment>,
    mut session: ResMut<Session>,
    mut offer: ResMut<Offer>,
    mut standing: ResMut<Standing>,
    mut seated: MessageReader<Seated>,
    mut tell: MessageWriter<Tell>,
) {
    if !session.is_host() {
        seated.clear();
        if offer.document.is_some() {
            *offer = Offer::default(); // it went with the room
        }
        return;
    }
    if *status == WorldStatus::Building {
        // Whoever comes in now is told when it stands.
        offer.waiting.extend(seated.read().map(|seat| seat.slot));
        return;
    }
    let Some(document) = &current.document else { return };
    if !offer
        .document
        .as_ref()
        .is_some_and(|offered| Arc::ptr_eq(offered, document))
    {
        let files = document.bundle.files.iter().map(|file| file.bytes.clone());
        let offered: Vec<[u8; 32]> = files.filter_map(|bytes| session.offer_blob(bytes)).collect();
        let manifest = document.manifest_bytes();
        let len = manifest.len() as u64;
        let Some(hash) = session.offer_blob(manifest) else {
            return;
        };
        // Whoever is fetching the one before has not heard yet that it is gone; the one before that is nobody's. What
        // two worlds share was offered twice and stays.
        let current = std::mem::take(&mut offer.offered);
        for hash in std::mem::replace(&mut offer.before, current) {
            session.withdraw_blob(&hash);
        }
        offer.offered = offered;
        offer.offered.push(hash);
        // Where the world moves to another host it is the same, and we stand in it.
        standing.0 = Some(hash);
        let message = FromHost::Session(SessionFromHost::World {
            manifest: hash,
            len,
            moment: moment.0,
        });
        offer.document = Some(document.clone());
        offer.message = Some(message.clone());
        // Everyone who is in already, those of this frame included.
        seated.clear();
        offer.waiting.clear();
        tell.write(Tell::all(message));
        return;
    }
    let offer = &mut *offer;
    if let Some(FromHost::Session(SessionFromHost::World { moment: told, .. })) = &mut offer.message
        && *told != moment.0
    {
        *told = moment.0;
        seated.clear();
        offer.waiting.clear();
        tell.write_batch(offer.message.clone().map(Tell::all));
        return;
    }
    if let Some(message) = &offer.message {
        for slot in offer.waiting.drain(..).chain(seated.read().map(|seat| seat.slot)) {
            tell.write(Tell::one(slot, message.clone()));
        }
    }
}

fn fetch(
    mut session: ResMut<Session>,
    mut state: ResMut<Fetch>,
    mut status: ResMut<WorldStatus>,
    mut moment: ResMut<CurrentMoment>,
    mut standing: ResMut<Standing>,
    mut told: MessageReader<Told>,
    mut arrived: MessageReader<BlobArrived>,
    mut failed: MessageReader<BlobFailed>,
    mut load: MessageWriter<LoadWorld>,
    spawn_point: Option<ResMut<SpawnPoint>>,
) {
    // A host stands in its own world already.
    if session.is_host() {
        told.clear();
        arrived.clear();
        failed.clear();
        return;
    }
    for Told(message) in told.read() {
        let FromHost::Session(SessionFromHost::World {
            manifest,
            len,
            moment: now,
        }) = message
        else {
            continue;
        };
        moment.set_if_neq(CurrentMoment(*now));
        if standing.0 == Some(*manifest) {
            continue; // only the time of day is another
        }
        standing.0 = Some(*manifest);
        if *len > limits::MAX_MANIFEST_BYTES {
            let error = WorldError::BadManifest { what: "its length" };
            standing.0 = None;
            load.write(give_up(&mut state, &mut status, &error));
            continue;
        }
        *state = Fetch::Manifest {
            hash: *manifest,
            len: *len,
        };
        *status = WorldStatus::Fetching { have: 0, of: 0 };
        session.fetch_blob(*manifest, *len);
    }
    for blob in arrived.read() {
        if let Err(error) = take(&mut state, blob.hash, &blob.bytes) {
            standing.0 = None;
            load.write(give_up(&mut state, &mut status, &error));
        }
    }
    if let (
        Fetch::Files {
            fetch,
            greeted: greeted @ false,
            ..
        },
        Some(mut spawn_point),
    ) = (&mut *state, spawn_point)
    {
        // Where one will arrive is known before there is ground: stand there, hovering, and be seen.
        *greeted = true;
        *spawn_point = SpawnPoint {
            position: Vec3::from_array(fetch.manifest().spawn),
            yaw: fetch.manifest().spawn_yaw,
            ..SpawnPoint::default()
        };
    }
    for blob in failed.read() {
        if state.waits_for(blob.hash) {
            let error = WorldError::BadManifest {
                what: "a file it names is not there",
            };
            standing.0 = None;
            load.write(give_up(&mut state, &mut status, &error));
        }
    }
    match advance(&mut state, &mut session) {
        Some((files, main)) => {
            let at = state.arrival();
            *state = Fetch::Nothing;
            load.write(LoadWorld::Fetched {
                files: Arc::new(files),
                main,
                at,
            });
        }
        None => {
            if let Fetch::Files {
                fetch,
                grounded: grounded @ false,
                ..
            } = &mut *state
                && let Some((files, main)) = fetch.ground()
            {
                *grounded = true;
                load.write(LoadWorld::Ground {
                    files: Arc::new(files),
                    main,
                });
            }
            if let Some(progress) = state.progress(&session) {
                status.set_if_neq(progress);
            }
        }
    }
}

/// What to stand on instead.
fn give_up(state: &mut Fetch, status: &mut WorldStatus, error: &WorldError) -> LoadWorld {
    warn!("the host's world was not fetched: {error}");
    let at = state.arrival();
    *state = Fetch::Nothing;
    let sentence = error.phrase();
    *status = WorldStatus::Failed {
        sentence: sentence.clone(),
    };
    LoadWorld::StandIn { at, sentence }
}

/// Takes in a blob. One that nobody waits for is another feature's, or late.
fn take(state: &mut Fetch, arrived: [u8; 32], bytes: &Bytes) -> Result<(), WorldError> {
    match state {
        Fetch::Nothing => {}
        Fetch::Manifest { hash, len } => {
            if arrived != *hash {
                return Ok(());
            }
            if bytes.len() as u64 != *len {
                return Err(WorldError::BadManifest { what: "its length" });
            }
            let Ok((manifest, [])) = postcard::take_from_bytes::<WorldManifest>(bytes) else {
                return Err(WorldError::BadManifest { what: "unreadable" });
            };
            let mut fetch = Box::new(WorldFetch::new(manifest)?);
            for bytes in built_in::blobs() {
                fetch.take(*blake3::hash(&bytes).as_bytes(), &bytes)?;
            }
            *state = Fetch::Files {
                fetch,
                asked: Vec::new(),
                greeted: false,
                grounded: false,
            };
        }
        Fetch::Files { fetch, asked, .. } => {
            fetch.take(arrived, bytes)?;
            asked.retain(|hash| *hash != arrived);
        }
    }
    Ok(())
}

/// Asks for what comes next; the files once all of them are here.
fn advance(state: &mut Fetch, session: &mut Session) -> Option<(super::MemoryFiles, super::WorldPath)> {
    let Fetch::Files { fetch, asked, .. } = state else {
        return None;
    };
    for (hash, len) in fetch.missing() {
        if asked.len() < limits::FETCHES_AT_ONCE && !asked.contains(&hash) {
            asked.push(hash);
            session.fetch_blob(hash, len);
        }
    }
    fetch.finish()
}

impl Fetch {
    /// Where the host has its guests arrive, as far as it has said.
    fn arrival(&self) -> Spawn {
        match self {
            Self::Files { fetch, .. } => Spawn {
                feet: Vec3::from_array(fetch.manifest().spawn),
                yaw: fetch.manifest().spawn_yaw,
            },
            _ => Spawn::default(),
        }
    }

    fn waits_for(&self, hash: [u8; 32]) -> bool {
        match self {
            Self::Nothing => false,
            Self::Manifest { hash: manifest, .. } => *manifest == hash,
            Self::Files { asked, .. } => asked.contains(&hash),
        }
    }

    fn progress(&self, session: &Session) -> Option<WorldStatus> {
        let Self::Files { fetch, asked, .. } = self else {
            return None;
        };
        let (have, of) = fetch.progress();
        let under_way: u64 = asked
            .iter()
            .filter_map(|hash| session.blob_progress(hash))
            .map(|(have, _)| have)
            .sum();
        Some(WorldStatus::Fetching {
            have: (have + under_way).min(of),
            of,
        })
    }
}

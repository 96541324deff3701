//! The test of devices and network: what draws and how fast, what is in the hands, how the network is from here, and
//! what to do about it.
//!
//! Flow: [`Panel::Checkup`] opens → [`Checkup`] measures for some seconds (frames here, the network by
//! `holm_net`'s look outside, a bounded transfer from the host) → `rules` make lights and sentences of it → `ui`.
//! Invariants: every measurement ends by itself and is dropped with the panel; servers that are asked are only those a
//! host named to its guests, or this host names; no address goes into what is copied but one's own outside one.

mod rules;
mod ui;

pub(crate) use rules::draws_in_software;

use crate::hosting::HostWorld;
use crate::screens::{Panel, Screens};
use crate::session::wire::FromHost;
use crate::session::{BlobArrived, BlobFailed, Session, SessionEnded, SessionPhase, Told};
use crate::wire::FromHost as GameFromHost;
use crate::world::{WorldManifest, WorldStatus, limits};
use bevy::prelude::*;
use holm_net::transport::Path;
use holm_net::transport::outside::{Look, Seen};
use std::time::Duration;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Checkup>()
        .add_plugins(ui::plugin)
        .add_systems(
            Update,
            (learn, begin, frames, outside, fetch)
                .chain()
                .after(crate::screens::ScreenSystems::Choose),
        );
}

/// Frames are timed for this long; the first ones are those in which the panel itself appears.
const FRAMES_FOR: Duration = Duration::from_secs(4);
const FRAMES_AFTER: Duration = Duration::from_millis(600);
/// On a machine that draws three pictures a second, ten of them must do.
const FEWEST_FRAMES: usize = 10;
/// Timed at most this often: 4 s at 500 Hz.
const MOST_FRAMES: usize = 2_000;

/// Not more than this is fetched to see how fast it comes: a second at 16 Mbit/s.
const MOST_BYTES: u64 = 2 << 20;
/// And not for longer.
const FETCH_FOR: Duration = Duration::from_secs(12);
/// How often the host's servers are looked at.
const LEARN_EVERY: Duration = Duration::from_millis(500);

/// The test: what is known and what is under way.
#[derive(Resource, Debug, Default)]
pub(crate) struct Checkup {
    /// Since when it runs; `None` while the panel is closed.
    began: Option<Duration>,
    /// Milliseconds of each.
    frames: Vec<f32>,
    timed: bool,
    look: Option<Look>,
    seen: Option<Seen>,
    transfer: Transfer,
    /// What the last host named.
    servers: Vec<String>,
    /// The manifest of the world we are in.
    manifest: Option<([u8; 32], u64)>,
    learnt: Duration,
}

/// A fetch to see how fast things come.
#[derive(Debug, Default)]
enum Transfer {
    /// Not in somebody's world.
    #[default]
    None,
    /// Which files are there?
    Manifest {
        since: Duration,
    },
    File {
        hash: [u8; 32],
        since: Duration,
    },
    Over {
        bytes: u64,
        secs: f64,
    },
}

impl Checkup {
    /// Forgets what was measured and measures anew.
    fn again(&mut self, now: Duration) {
        self.began = Some(now);
        self.frames.clear();
        self.timed = false;
        self.seen = None;
        self.look = Some(Look::start(&self.servers));
        self.transfer = Transfer::None;
    }

    /// How far it is, 0 to 1; 1 is done.
    fn done(&self, now: Duration) -> f32 {
        let Some(began) = self.began else { return 1.0 };
        let waits = [
            self.timed,
            self.seen.is_some(),
            !matches!(self.transfer, Transfer::Manifest { .. } | Transfer::File { .. }),
        ];
        if waits.iter().all(|over| *over) {
            return 1.0;
        }
        // By time, for nobody knows how long an answer takes; never quite there before it is.
        let longest = if waits[2] { FRAMES_FOR } else { FETCH_FOR };
        (now.saturating_sub(began).as_secs_f32() / longest.as_secs_f32()).min(0.95)
    }
}

/// Notes what hosts name, whether or not anybody looks: after a failed join there is nobody to ask.
fn learn(
    mut checkup: ResMut<Checkup>,
    mut session: ResMut<Session>,
    mut told: MessageReader<Told>,
    mut hosted: MessageReader<HostWorld>,
    mut ended: MessageReader<SessionEnded>,
    time: Res<Time<Real>>,
) {
    if ended.read().count() > 0 {
        checkup.manifest = None;
    }
    for Told(message) in told.read() {
        if let GameFromHost::Session(FromHost::World { manifest, len, .. }) = message {
            checkup.manifest = Some((*manifest, *len));
        }
    }
    for HostWorld { settings } in hosted.read() {
        let relays = settings.turn.iter().flat_map(|(urls, _)| urls);
        checkup.servers = settings.stun.iter().chain(relays).cloned().collect();
    }
    let now = time.elapsed();
    if now < checkup.learnt {
        return;
    }
    checkup.learnt = now + LEARN_EVERY;
    if let Some(urls) = session.bypass_change_detection().ice_urls() {
        checkup.servers = urls;
    }
}

fn begin(mut checkup: ResMut<Checkup>, screens: Res<Screens>, time: Res<Time<Real>>) {
    let open = screens.top() == Some(Panel::Checkup);
    if open && checkup.began.is_none() {
        checkup.again(time.elapsed());
    } else if !open && checkup.began.is_some() {
        // Whatever is still under way ends unheard.
        (checkup.began, checkup.look, checkup.transfer) = (None, None, Transfer::None);
    }
}

fn frames(mut checkup: ResMut<Checkup>, time: Res<Time<Real>>) {
    let Some(began) = checkup.began.filter(|_| !checkup.timed) else {
        return;
    };
    let passed = time.elapsed().saturating_sub(began);
    if passed > FRAMES_AFTER && checkup.frames.len() < MOST_FRAMES {
        checkup.frames.push(time.delta_secs() * 1e3);
    }
    checkup.timed = passed > FRAMES_FOR && checkup.frames.len() >= FEWEST_FRAMES;
}

fn outside(mut checkup: ResMut<Checkup>) {
    if let Some(look) = &mut checkup.look
        && let Some(seen) = look.poll()
    {
        checkup.seen = Some(seen);
        checkup.look = None;
    }
}

/// Times how fast a file of the world comes from the host once more.
fn fetch(
    mut checkup: ResMut<Checkup>,
    mut session: ResMut<Session>,
    mut arrived: MessageReader<BlobArrived>,
    mut failed: MessageReader<BlobFailed>,
    status: Option<Res<WorldStatus>>,
    time: Res<Time<Real>>,
) {
    let now = time.elapsed();
    let manifest = checkup.manifest;
    let Some(began) = checkup.began else { return };
    let ready = status.is_some_and(|status| *status == WorldStatus::Ready);
    if session.phase() != SessionPhase::Inside || session.is_host() || !ready {
        return;
    }
    // Only the pictures are timed at first: fetching would slow them.
    let timed = checkup.timed && now.saturating_sub(began) < FRAMES_FOR + FETCH_FOR;
    match (&checkup.transfer, manifest) {
        (Transfer::None, Some((hash, len))) if timed && len <= limits::MAX_MANIFEST_BYTES => {
            checkup.transfer = Transfer::Manifest { since: now };
            session.fetch_blob(hash, len);
        }
        (Transfer::Manifest { since } | Transfer::File { since, .. }, _)
            if now.saturating_sub(*since) > FETCH_FOR =>
        {
            let secs = now.saturating_sub(*since).as_secs_f64();
            let bytes = match &checkup.transfer {
                Transfer::File { hash, .. } => session.blob_progress(hash).map_or(0, |(have, _)| have),
                _ => 0,
            };
            checkup.transfer = Transfer::Over { bytes, secs };
        }
        _ => {}
    }
    for blob in arrived.read() {
        match &checkup.transfer {
            Transfer::Manifest { .. } if manifest.is_some_and(|(hash, _)| hash == blob.hash) => {
                let file = postcard::from_bytes::<WorldManifest>(&blob.bytes)
                    .ok()
                    .and_then(|manifest| worth_timing(&manifest));
                match file {
                    Some((hash, len)) => {
                        checkup.transfer = Transfer::File { hash, since: now };
                        session.fetch_blob(hash, len);
                    }
                    None => checkup.transfer = Transfer::Over { bytes: 0, secs: 0.0 },
                }
            }
            Transfer::File { hash, since } if *hash == blob.hash => {
                let secs = now.saturating_sub(*since).as_secs_f64().max(1e-3);
                let bytes = blob.bytes.len() as u64;
                checkup.transfer = Transfer::Over { bytes, secs };
            }
            _ => {}
        }
    }
    for blob in failed.read() {
        if matches!(&checkup.transfer, Transfer::File { hash, .. } if *hash == blob.hash) {
            checkup.transfer = Transfer::Over { bytes: 0, secs: 0.0 };
        }
    }
}

/// The largest file that is not too large: small ones measure the round trip.
fn worth_timing(manifest: &WorldManifest) -> Option<([u8; 32], u64)> {
    let fits = manifest
        .files
        .iter()
        .filter(|file| (1..=MOST_BYTES).contains(&file.len));
    fits.max_by_key(|file| file.len).map(|file| (file.hash, file.len))
}

/// The results that there are by now: the key of what it is about, and what was found.
fn results(checkup: &Checkup, session: &mut Session) -> Vec<(&'static str, rules::Verdict)> {
    let inside = session.phase() != SessionPhase::Off;
    let mut all = Vec::new();
    if let Some(seen) = &checkup.seen {
        let relays = seen.relays_answered > 0;
        all.push(("checkup-nat", rules::nat(seen, relays, inside)));
        all.extend(rules::relay(seen).map(|result| ("checkup-relay", result)));
    }
    if let Some(stats) = session.guest_stats().filter(|_| inside) {
        let path = session.report().map_or(Path::Unknown, |report| report.path);
        all.push(("checkup-link", rules::link(stats.rtt_ms, stats.loss, path)));
    }
    if let Transfer::Over { bytes, secs } = checkup.transfer {
        all.push(("checkup-transfer", rules::transfer(bytes, secs)));
    }
    if session.is_host() {
        let links = session.guest_links();
        let relayed = links
            .iter()
            .filter(|guest| guest.link.path == Path::Relayed)
            .count();
        all.push(("checkup-guests", rules::guests(links.len() - relayed, relayed)));
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_test_ends_by_itself_and_closing_the_panel_ends_it_at_once() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, bevy::state::app::StatesPlugin))
            .add_plugins(crate::SimPlugins { embodied: false })
            .insert_resource(bevy::time::TimeUpdateStrategy::ManualDuration(
                Duration::from_millis(50),
            ))
            .init_resource::<Screens>()
            .init_resource::<Checkup>()
            .add_systems(Update, (learn, begin, frames, outside, fetch).chain());
        app.world_mut().resource_mut::<Screens>().open(Panel::Checkup);
        app.update();
        let done = |app: &App| {
            let now = app.world().resource::<Time<Real>>().elapsed();
            app.world().resource::<Checkup>().done(now)
        };
        assert!(done(&app) < 1.0);
        app.world_mut().resource_mut::<Screens>().back();
        app.update();
        let checkup = app.world().resource::<Checkup>();
        assert!(checkup.began.is_none() && checkup.look.is_none());
        app.world_mut().resource_mut::<Screens>().open(Panel::Checkup);
        for _ in 0..20_000 {
            app.update();
            if done(&app) == 1.0 {
                break;
            }
            std::thread::yield_now();
        }
        let checkup = app.world().resource::<Checkup>();
        assert!(
            checkup.timed
                && checkup
                    .seen
                    .as_ref()
                    .is_some_and(|seen| seen.can_ask && seen.asked == 0)
        );
        assert_eq!(rules::middle(&checkup.frames), Some(50.0));
    }

    /// A program of the simulation, in the same net as others.
    fn program(embodied: bool) -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, TransformPlugin, bevy::state::app::StatesPlugin))
            .add_plugins(crate::SimPlugins { embodied })
            .insert_resource(bevy::time::TimeUpdateStrategy::ManualDuration(
                Duration::from_millis(20),
            ));
        app
    }

    #[test]
    fn a_guest_is_told_how_fast_things_come_from_the_host() {
        use crate::session::BoxTransport;
        use holm_identity::Identity;
        use holm_net::link::{Link, RoomSecret};
        use holm_net::session::host::{Host, HostConfig};
        use holm_net::transport::memory::{MemoryNet, Weather};

        let net = MemoryNet::new(5);
        let secret = RoomSecret([7; 16]);
        let mut host = program(false);
        let mut guest = program(true);
        guest
            .init_resource::<Screens>()
            .init_resource::<Checkup>()
            .add_systems(Update, (learn, begin, frames, outside, fetch).chain());
        for app in [&mut host, &mut guest] {
            app.finish();
            app.cleanup();
        }
        let config = HostConfig {
            identity: Identity::from_secrets(&[1; 32], &[3; 32]),
            secret: secret.clone(),
            world_name: "Hall".into(),
            game_protocol: crate::wire::GAME_PROTOCOL,
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
            "Hall".into(),
        );
        host.world_mut()
            .write_message(crate::world::LoadWorld::BuiltIn(crate::world::BuiltIn::Hall));
        let profile = crate::profile::Profile {
            identity: Identity::from_secrets(&[2; 32], &[4; 32]),
            name: "Bo".into(),
        };
        let link = Link::new("localhost", 1, false, secret).unwrap();
        let net_of_guest = net.clone();
        let dial = move || -> BoxTransport { Box::new(net_of_guest.guest(Weather::GOOD_WIFI)) };
        guest
            .world_mut()
            .resource_mut::<Session>()
            .join(&profile, link, Box::new(dial));
        let mut until = |what: &str, so: &dyn Fn(&mut App) -> bool| {
            for _ in 0..60_000 {
                host.update();
                guest.update();
                if so(&mut guest) {
                    return;
                }
                std::thread::yield_now();
            }
            panic!("never: {what} (seed {})", net.seed());
        };
        until("in the world", &|app| {
            *app.world().resource::<WorldStatus>() == WorldStatus::Ready
        });
        until("the test is over", &|app| {
            let mut screens = app.world_mut().resource_mut::<Screens>();
            if screens.top() != Some(Panel::Checkup) {
                screens.open(Panel::Checkup);
            }
            let now = app.world().resource::<Time<Real>>().elapsed();
            let checkup = app.world().resource::<Checkup>();
            checkup.began.is_some() && checkup.done(now) == 1.0 && !matches!(checkup.transfer, Transfer::None)
        });
        let Transfer::Over { bytes, secs } = guest.world().resource::<Checkup>().transfer else {
            panic!("it is over");
        };
        assert!(
            bytes > 50_000 && secs > 0.0 && secs < FETCH_FOR.as_secs_f64(),
            "{bytes} in {secs} s"
        );
        let mut session = guest.world_mut().remove_resource::<Session>().unwrap();
        let found = results(guest.world().resource::<Checkup>(), &mut session);
        let keys: Vec<&str> = found.iter().map(|(key, _)| *key).collect();
        assert!(
            keys.contains(&"checkup-transfer") && keys.contains(&"checkup-link"),
            "{keys:?}"
        );
        let said = found.iter().find(|(key, _)| *key == "checkup-transfer").unwrap();
        assert_eq!(said.1.said, "checkup-transfer-said", "so many Mbit/s");
    }

    #[test]
    fn the_largest_file_that_is_not_too_large_is_timed() {
        let file = |len: u64| crate::world::ManifestFile {
            path: String::new(),
            hash: [len as u8; 32],
            len,
        };
        let manifest = WorldManifest {
            name: String::new(),
            spawn: [0.0; 3],
            spawn_yaw: 0.0,
            main: String::new(),
            files: vec![file(40), file(MOST_BYTES), file(MOST_BYTES + 1), file(0)],
        };
        assert_eq!(worth_timing(&manifest).map(|(_, len)| len), Some(MOST_BYTES));
    }
}

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
use crate::session::{BlobArrived, BlobFailed, Session, SessionPhase, probe};
use crate::world::WorldStatus;
use bevy::prelude::*;
use holm_net::transport::Path;
use holm_net::transport::outside::{Look, Seen};
use std::time::Duration;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Checkup>()
        .add_plugins(ui::plugin)
        .add_systems(
            Update,
            (learn, begin, frames, outside, link, fetch)
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

/// What is fetched to see how fast it comes is not fetched for longer.
const FETCH_FOR: Duration = Duration::from_secs(12);
/// Small bytes that were there in this time say little: the large ones follow.
const SAYS_LITTLE: Duration = Duration::from_millis(1_500);
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
    /// The way to the host, as a guest.
    link: Option<Way>,
    /// What the last host named.
    servers: Vec<String>,
    learnt: Duration,
}

/// How a link is.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Way {
    round_trip_ms: Option<f32>,
    /// Share of what is lost.
    loss: f32,
    path: Path,
}

/// A fetch to see how fast things come.
#[derive(Debug, Default)]
enum Transfer {
    /// Not in somebody's world.
    #[default]
    None,
    UnderWay(Fetching),
    /// So many bytes came, and how many bytes a second.
    Over {
        bytes: u64,
        rate: f64,
    },
}

type Named = ([u8; 32], u64);

/// Bytes on their way.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fetching {
    what: Named,
    /// What follows if these say little.
    then: Option<Named>,
    since: Duration,
    /// When the first ones were here, and how many: what comes after them is no more held up by asking.
    flowing: Option<(Duration, u64)>,
}

impl Fetching {
    fn new(what: Named, then: Option<Named>, since: Duration) -> Self {
        Self {
            what,
            then,
            since,
            flowing: None,
        }
    }

    /// So many are here now.
    fn note(&mut self, now: Duration, have: u64) {
        if self.flowing.is_none() && have > 0 {
            self.flowing = Some((now, have));
        }
    }

    /// Bytes a second, when so many are here.
    fn rate(&self, now: Duration, have: u64) -> f64 {
        let over = |since: Duration, bytes: u64| {
            let secs = now.saturating_sub(since).as_secs_f64();
            (secs > 0.0).then(|| bytes as f64 / secs)
        };
        // Where most of it came with the first there is only the whole.
        self.flowing
            .filter(|(_, first)| have > 2 * first)
            .and_then(|(at, first)| over(at, have - first))
            .or_else(|| over(self.since, have))
            .unwrap_or_default()
    }
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

    /// As it is after a test in somebody's world: for pictures of its panel.
    pub(crate) fn pretend(&mut self) {
        let outside = core::net::SocketAddr::from(([203, 0, 113, 9], 40_000));
        (self.frames, self.timed, self.look) = (vec![16.7; 40], true, None);
        self.seen = Some(Seen {
            can_ask: true,
            asked: 2,
            local: Some(([192, 168, 1, 5], 40_000).into()),
            reflexive: vec![outside; 2],
            relays_asked: 1,
            relays_answered: 1,
        });
        self.link = Some(Way {
            round_trip_ms: Some(31.0),
            loss: 0.004,
            path: Path::Direct,
        });
        self.transfer = Transfer::Over {
            bytes: 2 << 20,
            rate: 2.35e6,
        };
    }

    /// How far it is, 0 to 1; 1 is done.
    fn done(&self, now: Duration) -> f32 {
        let Some(began) = self.began else { return 1.0 };
        let waits = [
            self.timed,
            self.seen.is_some(),
            !matches!(self.transfer, Transfer::UnderWay(_)),
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
    mut hosted: MessageReader<HostWorld>,
    time: Res<Time<Real>>,
) {
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
        checkup.link = None;
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

/// How the way to the host is now.
fn link(mut checkup: ResMut<Checkup>, session: Res<Session>) {
    if checkup.began.is_some()
        && session.phase() != SessionPhase::Off
        && let Some(stats) = session.guest_stats()
    {
        checkup.link = Some(Way {
            round_trip_ms: stats.rtt_ms,
            loss: stats.loss,
            path: session.report().map_or(Path::Unknown, |report| report.path),
        });
    }
}

/// Times how fast bytes come from the host.
fn fetch(
    mut checkup: ResMut<Checkup>,
    mut session: ResMut<Session>,
    mut arrived: MessageReader<BlobArrived>,
    mut failed: MessageReader<BlobFailed>,
    status: Option<Res<WorldStatus>>,
    time: Res<Time<Real>>,
) {
    let now = time.elapsed();
    let Some(began) = checkup.began else { return };
    let ready = status.is_some_and(|status| *status == WorldStatus::Ready);
    if session.phase() != SessionPhase::Inside || session.is_host() || !ready {
        return;
    }
    let mut ask = |what: Named, then| {
        session.fetch_blob(what.0, what.1);
        Transfer::UnderWay(Fetching::new(what, then, now))
    };
    let mut under_way = match checkup.transfer {
        Transfer::UnderWay(under_way) => under_way,
        // Only the pictures are timed at first: fetching would slow them.
        Transfer::None if checkup.timed && now.saturating_sub(began) < FRAMES_FOR + FETCH_FOR => {
            let [small, large] = probe::named();
            checkup.transfer = ask(small, Some(large));
            return;
        }
        _ => return,
    };
    let (hash, len) = under_way.what;
    let took = now.saturating_sub(under_way.since);
    if arrived.read().any(|blob| blob.hash == hash) {
        checkup.transfer = match under_way.then.filter(|_| took < SAYS_LITTLE) {
            Some(more) => ask(more, None),
            None => Transfer::Over {
                bytes: len,
                rate: under_way.rate(now, len),
            },
        };
        return;
    }
    let gone = failed.read().any(|blob| blob.hash == hash);
    let have = session.blob_progress(&hash).map_or(0, |(have, _)| have);
    under_way.note(now, have);
    checkup.transfer = if gone || took > FETCH_FOR {
        session.forget_blob(&hash);
        Transfer::Over {
            bytes: have,
            rate: under_way.rate(now, have),
        }
    } else {
        Transfer::UnderWay(under_way)
    };
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
    if let Some(way) = checkup.link {
        let verdict = rules::link(way.round_trip_ms, way.loss, way.path);
        all.push(("checkup-link", verdict));
    }
    if let Transfer::Over { bytes, rate } = checkup.transfer {
        all.push(("checkup-transfer", rules::transfer(bytes, rate)));
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
            .add_systems(Update, (learn, begin, frames, outside, link, fetch).chain());
        app.finish();
        app.cleanup();
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

    /// What a guest's test says of a host in the harbour, whose largest file has some kilobytes, over a link like this.
    fn measured_over(weather: holm_net::transport::memory::Weather) -> (u64, f64) {
        use crate::session::BoxTransport;
        use holm_identity::Identity;
        use holm_net::link::{Link, RoomSecret};
        use holm_net::session::host::{Host, HostConfig};
        use holm_net::transport::memory::MemoryNet;

        let net = MemoryNet::new(5);
        let secret = RoomSecret([7; 16]);
        let mut host = program(false);
        let mut guest = program(true);
        guest
            .init_resource::<Screens>()
            .init_resource::<Checkup>()
            .add_systems(Update, (learn, begin, frames, outside, link, fetch).chain());
        for app in [&mut host, &mut guest] {
            app.finish();
            app.cleanup();
        }
        let config = HostConfig {
            identity: Identity::from_secrets(&[1; 32], &[3; 32]),
            secret: secret.clone(),
            world_name: "Harbour".into(),
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
            "Harbour".into(),
        );
        host.world_mut()
            .write_message(crate::world::LoadWorld::BuiltIn(crate::world::BuiltIn::Harbour));
        let profile = crate::profile::Profile {
            identity: Identity::from_secrets(&[2; 32], &[4; 32]),
            name: "Bo".into(),
        };
        let link = Link::new("localhost", 1, false, secret).unwrap();
        let net_of_guest = net.clone();
        let dial = move || -> BoxTransport { Box::new(net_of_guest.guest(weather)) };
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
        let checkup = guest.world().resource::<Checkup>();
        let Transfer::Over { bytes, rate } = checkup.transfer else {
            panic!("it is over");
        };
        let now = guest.world().resource::<Time<Real>>().elapsed();
        let took = now - checkup.began.unwrap();
        assert!(took < FRAMES_FOR + FETCH_FOR + SAYS_LITTLE, "{took:?}");
        let mut session = guest.world_mut().remove_resource::<Session>().unwrap();
        let found = results(guest.world().resource::<Checkup>(), &mut session);
        for wanted in ["checkup-transfer", "checkup-link"] {
            assert!(found.iter().any(|(key, _)| *key == wanted), "{found:?}");
        }
        (bytes, rate)
    }

    #[test]
    fn a_guest_is_told_how_fast_things_come_from_the_host() {
        use holm_net::transport::memory::Weather;
        for megabits in [0.3, 1.5, 6.0, 24.0] {
            let weather = Weather {
                latency: Duration::from_millis(20),
                bits_per_sec: Some((megabits * 1e6) as u64),
                ..Weather::LAN
            };
            let (bytes, rate) = measured_over(weather);
            let said = rate * 8.0 / 1e6;
            assert!(bytes >= 100_000, "{bytes} bytes say nothing");
            assert!(
                (said / megabits - 1.0).abs() < 0.2,
                "{said} Mbit/s over a link of {megabits}, with {bytes} bytes"
            );
        }
    }

    #[test]
    fn a_host_that_sends_nothing_is_not_waited_for() {
        let second = |secs: u64| Duration::from_secs(secs);
        let mut fetching = Fetching::new(([0; 32], 1_000_000), None, second(1));
        assert_eq!(fetching.rate(second(13), 0), 0.0);
        assert_eq!(rules::transfer(0, 0.0).said, "checkup-transfer-nothing");
        // A second until anything comes is not the link's.
        fetching.note(second(2), 50_000);
        fetching.note(second(3), 500_000);
        assert_eq!(fetching.rate(second(4), 1_000_000), 475_000.0);
    }
}

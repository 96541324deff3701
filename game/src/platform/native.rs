//! Desktop and headless: Linux, Windows, macOS.
//!
//! Flow: [`run`] → `cli` → the client, a headless host (`serve`, to which `terminal` and `admin` speak over `desk`) or bots.

#![allow(
    clippy::disallowed_methods,
    reason = "this is the platform: clocks are read and threads wait here, so that nobody else does"
)]

mod admin;
mod bots;
mod cli;
#[cfg(feature = "view")]
#[path = "native/client.rs"]
mod client;
#[cfg(not(feature = "view"))]
#[path = "native/no_client.rs"]
mod client;
mod config;
mod copies;
mod desk;
mod house;
mod keeping;
mod lan;
mod metrics;
mod place;
mod serve;
mod signals;
mod steward;
mod supervise;
mod switchboard;
mod terminal;
mod vault;
mod worlds;

pub use copies::CopyPlace;
pub use house::{House, open_door, open_house};
pub use lan::Lan;
pub use place::own_worlds;
pub use vault::Vault;

use crate::session::{BoxTransport, Dial, Network};
use holm_net::link::Link;
use holm_net::session::PROTOCOL_VERSION;
use holm_net::transport::webrtc::{GuestOptions, Rendezvous, WebRtcTransport};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seconds since 1970, for people to read; 0 if the clock stands before that.
pub fn unix_secs() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs())
}

/// The same in milliseconds.
fn unix_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// Rooms by WebRTC.
pub fn network() -> Network {
    Network(Box::new(|link: &Link| -> Box<dyn Dial> {
        let url = link.websocket_url();
        Box::new(move || guest_transport(url.clone()))
    }))
}

fn guest_transport(url: String) -> BoxTransport {
    Box::new(WebRtcTransport::guest(
        Rendezvous::Url(url),
        GuestOptions::new(PROTOCOL_VERSION),
    ))
}

/// The newest term in which this person's programs went on with this world; 0: none did. Blocking, and short.
pub fn newest_term(vault: &Vault, world: &[u8; 16]) -> u64 {
    crate::succession::kept::newest_term(&vault.folder().join(keeping::WORLDS), world)
}

/// Writes a small file that nobody else on this machine may read, whole or not at all. Blocking, and short.
///
/// # Errors
/// What the system says, for a person.
pub fn write_private(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), String> {
    Vault::at(Some(folder.to_owned())).save(name, bytes)
}

/// Whether the machine of this link says that nobody listens at its port. Blocking for a second at most.
pub fn nobody_answers(link: &Link) -> bool {
    let Ok(addresses) = std::net::ToSocketAddrs::to_socket_addrs(&link.authority) else {
        return false;
    };
    let addresses: Vec<_> = addresses.collect();
    let refused = |address| {
        let connected = std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1));
        connected.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
    };
    !addresses.is_empty() && addresses.into_iter().all(refused)
}

/// The program.
pub fn run() -> ExitCode {
    let started = Instant::now();
    // First of all, while this is the only thread: it is told by the environment.
    holm_net::transport::configure_threads(
        std::thread::available_parallelism().map_or(2, |n| n.get().min(4)),
    );
    allow_many_sockets();
    #[cfg(feature = "view")]
    match crate::shots::asked(std::env::args()) {
        None => {}
        Some(Ok(shot)) => return crate::shots::run(shot),
        Some(Err(usage)) => return fail(usage),
    }
    #[cfg(feature = "view")]
    match crate::measure::asked(std::env::args()) {
        None => {}
        Some(Ok(measure)) => return crate::measure::run(&measure, say),
        Some(Err(usage)) => return fail(usage),
    }
    match cli::parse() {
        Ok(cli) => cli::obey(cli, started),
        Err(code) => code,
    }
}

/// A link takes three sockets, and the usual limit of 1,024 open files would end a host at some 300 guests. The
/// system allows more to whoever asks. A refusal is no reason not to begin: the limit is met when it is met.
fn allow_many_sockets() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::from(u16::MAX)) {
        bevy::log::debug!("the limit of open files stays: {error}");
    }
}

/// One line to whoever started us (a person or a script).
fn say(line: &str) {
    // A closed pipe is the reader's decision, not our failure.
    let _ = writeln!(std::io::stdout(), "{line}");
    let _ = std::io::stdout().flush();
}

/// One sentence about what went wrong, and a failure for the shell.
fn fail(sentence: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "holm: {sentence}");
    ExitCode::FAILURE
}

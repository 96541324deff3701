//! What a server is told before it starts, and why it may refuse to.
//!
//! Invariant: every number that bounds what strangers can make us hold is in [`Limits`], with its reason.

use core::time::Duration;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use prometheus_client::registry::Registry;

/// How to serve.
#[derive(Debug)]
pub struct ServerConfig {
    /// Where to listen. `[::]` takes IPv4 too, and falls back to `0.0.0.0` on machines without IPv6.
    pub listen: SocketAddr,
    /// Certificate and key for https; `None` serves plain http.
    pub tls: Option<TlsFiles>,
    /// Folder with the browser client (`index.html` and what it asks for). It is read when asked for, so
    /// that a bundle made while the server runs is found.
    pub bundle: Option<PathBuf>,
    /// Who may host rooms over the network. The program around the server needs no permission.
    pub remote_hosts: RemoteHosts,
    /// Reverse proxies whose `X-Forwarded-For` is believed. Anybody else's is not.
    pub trusted_proxies: Vec<IpAddr>,
    /// Metrics of the program around the server; the server adds its own under `holm_rendezvous`.
    pub registry: Registry,
    pub limits: Limits,
}

impl ServerConfig {
    /// Plain http on every address, with the usual limits. Port 0 lets the system choose.
    #[must_use]
    pub fn on_port(port: u16) -> Self {
        Self::on(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)))
    }

    /// Plain http on one address, with the usual limits.
    #[must_use]
    pub fn on(listen: SocketAddr) -> Self {
        Self {
            listen,
            tls: None,
            bundle: None,
            remote_hosts: RemoteHosts::Refused,
            trusted_proxies: Vec::new(),
            registry: Registry::default(),
            limits: Limits::default(),
        }
    }
}

/// PEM files for https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, then its issuers.
    pub certificate: PathBuf,
    /// The private key (PKCS#8, PKCS#1 or SEC1).
    pub key: PathBuf,
}

/// Who may claim a room over the network.
#[derive(Clone, PartialEq, Eq)]
pub enum RemoteHosts {
    /// Nobody: this server is one program's own.
    Refused,
    /// Whoever has this token.
    Token(String),
    /// Anybody, with a token of their choice that keeps the room theirs while they are away. Room names
    /// are hashes of secrets, so nobody can squat a room whose link they do not have.
    Anyone,
}

impl core::fmt::Debug for RemoteHosts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Refused => "Refused",
            Self::Token(_) => "Token(…)", // never in a log
            Self::Anyone => "Anyone",
        })
    }
}

/// How much a server takes from strangers.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Open connections in all. Below the 1,024 files that Linux gives a process, leaving the rest to
    /// whatever surrounds the server; one more is closed before a byte is read.
    pub connections: usize,
    /// Open connections from one address (an IPv6 /64 counts as one). A browser opens six, a school
    /// behind one address some dozens.
    pub connections_per_address: usize,
    /// Rooms, before a stranger is refused another. The program around the server opens its own all the same.
    pub rooms: usize,
    /// Guests at the door of one room at a time; those inside are linked and need no line.
    pub guests_per_room: usize,
    /// Guest lines from one address, and how fast it may open new ones. A host runs 32 handshakes at a time
    /// for 20 s each at most: an address that only starts them must not be able to hold them all.
    pub guests_per_address: usize,
    pub joins: Rate,
    /// Frames on one line. A join takes about 20 (one for each candidate) and is tried twice.
    pub guest_frames: Rate,
    pub guest_bytes: Rate,
    /// A remote host answers all guests over one line.
    pub host_frames: Rate,
    pub host_bytes: Rate,
    /// Whether loopback is spared the limits per address: a crowd of bots on the same machine is no attack.
    pub spare_loopback: bool,
    /// How long a room waits for its host's line to come back.
    pub grace: Duration,
    /// How long a guest may hold a line without a word.
    pub guest_idle: Duration,
    /// How long a line may be dead (not even a pong) before it is closed.
    pub line_dead: Duration,
    /// How long a head of a request, or a TLS handshake, may take.
    pub handshake: Duration,
    /// How long the other side may read nothing while we have something to send.
    pub stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 800,
            connections_per_address: 128,
            rooms: 1024,
            guests_per_room: 512,
            guests_per_address: 64,
            joins: Rate {
                burst: 60.0,
                per_sec: 1.0,
            },
            guest_frames: Rate {
                burst: 120.0,
                per_sec: 10.0,
            },
            guest_bytes: Rate {
                burst: 256.0 * 1024.0,
                per_sec: 32.0 * 1024.0,
            },
            host_frames: Rate {
                burst: 8192.0,
                per_sec: 1024.0,
            },
            host_bytes: Rate {
                burst: 8.0 * 1024.0 * 1024.0,
                per_sec: 2.0 * 1024.0 * 1024.0,
            },
            spare_loopback: true,
            grace: Duration::from_secs(20),
            guest_idle: Duration::from_secs(120),
            line_dead: Duration::from_secs(60),
            handshake: Duration::from_secs(10),
            stall: Duration::from_secs(20),
        }
    }
}

/// So many at once, and so many a second after that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub burst: f64,
    pub per_sec: f64,
}

/// Why a server did not come to be.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program (or another host of this one) listens there.
    #[error("{0} is in use")]
    PortBusy(SocketAddr),
    /// The system does not let us (ports below 1024, a firewall's rule).
    #[error("no permission to listen on {0}")]
    NoPermission(SocketAddr),
    /// This machine has no such address.
    #[error("{0} is not an address of this machine")]
    NoSuchAddress(SocketAddr),
    #[error("cannot listen on {addr}: {source}")]
    Listen { addr: SocketAddr, source: io::Error },
    /// A PEM file that is not there or not readable.
    #[error("cannot read {}: {source}", path.display())]
    PemUnreadable { path: PathBuf, source: io::Error },
    /// A file without what it is there for, or with something that is not PEM.
    #[error("{} holds no usable {what}", path.display())]
    PemWithout { path: PathBuf, what: &'static str },
    /// Certificate and key do not belong together, or are of a kind TLS does not know.
    #[error("certificate and key do not work together: {0}")]
    BadCertificate(rustls::Error),
}

//! One port: bound before anything runs, served on a thread of its own, ended with a word to everyone.
//!
//! Flow: [`Server::bind`] takes the port and reads the certificate, so that what can fail fails there;
//! [`Server::start`] serves; [`ServerHandle`] gives the program its own seat, tells `world.json` the news,
//! and ends it all when dropped.
//! Invariant: a connection costs at most one place in [`Limits`](crate::Limits), from its first byte to the end of
//! its websocket; whoever is slow at anything is timed.

mod connection;
mod stall;
mod tls;

use core::time::Duration;
use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::ws::Message;
use axum::http::HeaderMap;
use futures::{SinkExt, StreamExt, channel::mpsc, stream};
use holm_net::household::Household;
use holm_net::transport::signal::{RoomId, SignalLine};
use matchbox_protocol::PeerId;
use prometheus_client::registry::Registry;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use crate::config::{BindError, RemoteHosts, ServerConfig};
use crate::metrics::Metrics;
use crate::rooms::{Owner, Rooms, Seat};
use crate::signal::{self, Incoming};
use crate::web::{Bundle, Client, WorldCard};

/// Connections the system holds for us while we are busy.
const BACKLOG: i32 = 256;
/// Frames between the program and its own seat, each way. A program that answers hundreds of guests between
/// two looks must not find its line full: a full line is a lost line.
const SEAT_QUEUES: (usize, usize) = (8192, 256);
/// How long the end of a server may take; then connections are dropped.
const SHUTDOWN: Duration = Duration::from_secs(3);

/// A port taken, not yet served.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<rustls::ServerConfig>>,
    shared: Arc<Shared>,
}

/// What every connection sees.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) rooms: Rooms,
    pub(crate) bundle: Bundle,
    pub(crate) registry: Registry,
    pub(crate) remote_hosts: RemoteHosts,
    pub(crate) tls: bool,
    world: RwLock<String>,
    trusted_proxies: Vec<IpAddr>,
    started: Instant,
}

impl Shared {
    /// Time since the server was made.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// `world.json` as it is now.
    pub(crate) fn world(&self) -> String {
        self.world.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whose limits a request counts against; `None` spares it.
    pub(crate) fn address(&self, Client(peer): Client, headers: &HeaderMap) -> Option<Household> {
        let mut address = peer.to_canonical();
        if self.trusted_proxies.contains(&address) {
            // Each proxy appends whom it saw: the first from the right that is no proxy of ours is the client.
            let listed = headers
                .get_all("x-forwarded-for")
                .into_iter()
                .filter_map(|v| v.to_str().ok());
            let listed: Vec<&str> = listed.flat_map(|v| v.split(',')).collect();
            let seen = listed
                .iter()
                .rev()
                .map_while(|v| v.trim().parse::<IpAddr>().ok())
                .map(|ip| ip.to_canonical());
            address = seen
                .into_iter()
                .find(|ip| !self.trusted_proxies.contains(ip))
                .unwrap_or(address);
        }
        (!self.is_spared(address)).then(|| Household::of(address))
    }

    /// Whose limits a connection counts against, before anything was read from it.
    fn connection_address(&self, peer: IpAddr) -> Option<Household> {
        let peer = peer.to_canonical();
        (!self.is_spared(peer) && !self.trusted_proxies.contains(&peer)).then(|| Household::of(peer))
    }

    fn is_spared(&self, address: IpAddr) -> bool {
        self.rooms.limits.spare_loopback && address.is_loopback()
    }
}

impl Server {
    /// Takes the port and reads the certificate. Nothing is answered before [`start`](Self::start).
    ///
    /// # Errors
    /// The port, the permission, the address or the certificate, each with its facts.
    pub fn bind(config: ServerConfig) -> Result<Self, BindError> {
        let tls = config.tls.as_ref().map(tls::load).transpose()?;
        let listener = listen(config.listen)?;
        let address = listener.local_addr().map_err(|source| BindError::Listen {
            addr: config.listen,
            source,
        })?;
        let mut registry = config.registry;
        let metrics = Metrics::register(&mut registry);
        let shared = Shared {
            rooms: Rooms::new(config.limits, metrics),
            bundle: Bundle::new(config.bundle),
            registry,
            remote_hosts: config.remote_hosts,
            tls: tls.is_some(),
            world: RwLock::new(WorldCard::default().to_json()),
            trusted_proxies: config.trusted_proxies.iter().map(IpAddr::to_canonical).collect(),
            started: Instant::now(),
        };
        Ok(Self {
            listener,
            address,
            tls,
            shared: Arc::new(shared),
        })
    }

    /// Where it listens; the port the system chose when 0 was asked for.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves on a thread of its own until the handle is dropped.
    ///
    /// # Errors
    /// When the system gives no thread or event queue.
    pub fn start(self) -> io::Result<ServerHandle> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (mut handle, serve) = self.prepare(runtime.handle().clone());
        let thread = std::thread::Builder::new()
            .name("rendezvous".to_owned())
            .spawn(move || {
                runtime.block_on(serve);
                runtime.shutdown_background(); // a file still being read must not hold us
            })?;
        handle.thread = Some(thread);
        Ok(handle)
    }

    /// Serves on a runtime somebody else owns, until the handle is dropped.
    #[must_use = "dropping the handle ends the server"]
    pub fn start_on(self, runtime: &Handle) -> ServerHandle {
        let (handle, serve) = self.prepare(runtime.clone());
        runtime.spawn(serve);
        handle
    }

    fn prepare(self, runtime: Handle) -> (ServerHandle, impl Future<Output = ()> + Send + 'static) {
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::clone(&self.shared);
        let address = self.address;
        if self.tls.is_some() {
            tracing::info!(%address, "serving https");
        } else {
            tracing::info!(
                %address,
                "serving plain http: browsers give microphone and pointer lock to https and localhost only"
            );
        }
        let serve = connection::serve(self.listener, self.tls, self.shared, stopped);
        (
            ServerHandle {
                address,
                shared,
                runtime,
                stop,
                thread: None,
            },
            serve,
        )
    }
}

/// A running server. Dropping it tells everyone at the door that it goes, and frees the port.
#[derive(Debug)]
pub struct ServerHandle {
    address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Handle,
    stop: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl ServerHandle {
    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Whether it speaks https.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.shared.tls
    }

    /// The host's seat in `room`, without a websocket to oneself. It takes the room over from whoever has
    /// it. When the line is dropped, the room waits [`Limits::grace`](crate::Limits) for another.
    #[must_use]
    pub fn host_seat(&self, room: &RoomId) -> SignalLine {
        let seat = self.shared.rooms.admit_host(&room.0, Owner::Here);
        self.line(seat.expect("only strangers are refused a room"))
    }

    /// A guest's seat in `room`, for bots and tests in the same process.
    ///
    /// # Errors
    /// The [`close_code`](holm_net::transport::signal::close_code) a websocket would have got.
    pub fn guest_seat(&self, room: &RoomId) -> Result<SignalLine, u16> {
        self.shared
            .rooms
            .admit_guest(&room.0, None, self.shared.now())
            .map(|seat| self.line(seat))
    }

    /// From now on whoever comes from one of these is refused a guest's line
    /// ([`BARRED`](holm_net::transport::signal::close_code::BARRED)), and who has one already loses it; links that are open
    /// stay. Whoever is spared the limits per address comes from none.
    pub fn bar(&self, households: BTreeSet<Household>) {
        self.shared.rooms.bar(households);
    }

    /// Where a guest comes from, or came from, whom the rendezvous knows by this id: of the last 4,096. `None` for whoever is
    /// spared the limits per address.
    #[must_use]
    pub fn household(&self, id: [u8; 16]) -> Option<Household> {
        self.shared.rooms.household(PeerId(Uuid::from_bytes(id)))
    }

    /// What `world.json` says from now on.
    pub fn set_world(&self, world: &WorldCard) {
        *self.shared.world.write().unwrap_or_else(PoisonError::into_inner) = world.to_json();
    }

    /// Ends everything: lines with 1001, connections within three seconds. Waits for it where the server
    /// has a thread of its own.
    pub fn shutdown(self) {
        drop(self);
    }

    fn line(&self, seat: Seat) -> SignalLine {
        let (to_rendezvous, incoming) = mpsc::channel(SEAT_QUEUES.0);
        let (outgoing, from_rendezvous) = mpsc::channel(SEAT_QUEUES.1);
        let shared = Arc::clone(&self.shared);
        self.runtime.spawn(async move {
            let mut outgoing = outgoing.with_flat_map(|message| {
                stream::iter(match message {
                    Message::Text(text) => Some(Ok(text.as_str().to_owned())),
                    _ => None,
                })
            });
            let incoming = incoming.map(Incoming::Frame);
            signal::pump(&shared, seat, incoming, &mut outgoing, false).await;
        });
        SignalLine {
            to_rendezvous,
            from_rendezvous,
        }
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // it bounds itself by SHUTDOWN; if it panicked, it has said so
        }
    }
}

fn listen(addr: SocketAddr) -> Result<TcpListener, BindError> {
    let listener = match try_listen(addr) {
        // Machines without IPv6: everything is then every IPv4 address.
        Err(error) if addr.is_ipv6() && addr.ip().is_unspecified() && !is_final(&error) => {
            try_listen(SocketAddr::from((Ipv4Addr::UNSPECIFIED, addr.port())))
        }
        other => other,
    };
    listener.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::PortBusy(addr),
        io::ErrorKind::PermissionDenied => BindError::NoPermission(addr),
        io::ErrorKind::AddrNotAvailable => BindError::NoSuchAddress(addr),
        _ => BindError::Listen { addr, source },
    })
}

fn is_final(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied
    )
}

fn try_listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::for_address(addr), socket2::Type::STREAM, None)?;
    if addr.is_ipv6() {
        socket.set_only_v6(!addr.ip().is_unspecified())?;
    }
    // On Unix this lets a restarted host have its port back at once; on Windows it would let another
    // program take it while we have it.
    socket.set_reuse_address(std::env::consts::FAMILY == "unix")?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

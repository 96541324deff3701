//! A house: the one port around a hosted world, with the rendezvous, the browser client and the metrics.
//!
//! Flow: [`open_house`] reads the world, takes the port, starts the rendezvous on a thread of its own and
//! sits down in it as the room's host. [`open_door`] does the last alone, and leaves the seat free until somebody takes it.
//! Invariant: everything it opened is in [`House`]; dropping that closes it.

use super::metrics::HostMetrics;
use super::{Vault, keeping, place};
use crate::hosting::{Door, HostSettings, OpenDoor, OpenHouse, WorldChoice};
use crate::words::Phrase;
use crate::world::{self, BuiltIn, WorldDocument};
use holm_identity::AccountKey;
use holm_net::household::Household;
use holm_net::link::{Link, RoomSecret};
use holm_net::session::PROTOCOL_VERSION;
use holm_net::session::host::HostTotals;
use holm_net::transport::webrtc::{HostOptions, Rendezvous, WebRtcTransport};
use holm_rendezvous::turn::TurnConfig;
use holm_rendezvous::{
    BindError, Limits, Rate, Registry, Server, ServerConfig, ServerHandle, TlsFiles, WorldCard,
};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What is open around a world.
pub struct House {
    server: ServerHandle,
    metrics: HostMetrics,
    card: WorldCard,
}

/// How long a guest's TURN credentials are good for. A session's relay is refreshed with the same ones, so
/// this is also the longest relayed session; shorter ones end evenings, longer ones are worth stealing.
const TURN_TTL: Duration = Duration::from_secs(12 * 60 * 60);

/// Under this name the link of the last headless world is kept: a further one of the same program has its own name before it.
const SECRET: &str = "room.secret";

impl House {
    /// Keeps up what the door says; called once a second.
    pub(crate) fn tend(&mut self, world_name: &str, people: u32, totals: HostTotals) {
        self.metrics.note(people, &totals);
        let card = WorldCard {
            name: world_name.to_owned(),
            people,
            ..self.card.clone()
        };
        if card != self.card {
            self.server.set_world(&card);
            self.card = card;
        }
    }

    /// From now on nobody is let in who comes from one of these.
    pub(crate) fn bar(&self, households: BTreeSet<Household>) {
        self.server.bar(households);
    }

    /// Where a guest comes from whom the rendezvous knows by this id; `None` for guests on this machine.
    pub(crate) fn household(&self, id: [u8; 16]) -> Option<Household> {
        self.server.household(id)
    }
}

/// Opens a house; a world that is new belongs to `owner`. Blocking: reads files, and takes as long as the world is large.
///
/// # Errors
/// A sentence for a person; nothing stays open then.
pub fn open_house(
    settings: &HostSettings,
    vault: Option<&Vault>,
    owner: Option<AccountKey>,
) -> Result<OpenHouse, Phrase> {
    let document = match &settings.world {
        WorldChoice::File(path) => world::load_path(path),
        WorldChoice::BuiltIn(which) => which.load(),
        WorldChoice::AsKept => match kept_place(settings, vault)? {
            Some(document) => Ok(document),
            None => BuiltIn::default().load(),
        },
    };
    let document = document.map_err(|error| {
        bevy::log::warn!("the world was not opened: {error}");
        error.phrase()
    })?;
    let kept = keeping::open(&settings.world, settings.keep.as_deref(), vault, owner)?;
    let secret = secret(settings, vault)?;
    let name = settings
        .room_name
        .clone()
        .unwrap_or_else(|| document.name.clone());
    let door = open_door(settings, secret)?;
    Ok(OpenHouse {
        door: (door.sit)(&name),
        world: Arc::new(document),
        kept,
    })
}

/// A port that is open, behind which nobody hosts anything yet.
struct Threshold {
    server: ServerHandle,
    metrics: HostMetrics,
    turn: TurnConfig,
    link: Link,
    local_link: Link,
    card: WorldCard,
    max_links: usize,
    has_web_client: bool,
    reachable: bool,
}

/// Takes the port, for a room with this secret. Blocking, and short.
///
/// # Errors
/// A sentence for a person; nothing stays open then.
pub fn open_door(settings: &HostSettings, secret: RoomSecret) -> Result<Door, Phrase> {
    let turn = turn(settings)?;
    let bundle = settings.web_dir.clone().or_else(usual_bundle);
    let has_web_client = bundle
        .as_deref()
        .is_some_and(|dir| dir.join("index.html").is_file());
    let mut registry = Registry::default();
    let metrics = HostMetrics::register(&mut registry);
    let listen = SocketAddr::new(
        settings.bind.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
        settings.port,
    );
    let config = ServerConfig {
        tls: settings
            .tls
            .clone()
            .map(|(certificate, key)| TlsFiles { certificate, key }),
        bundle,
        registry,
        limits: limits(settings.max_guests),
        ..ServerConfig::on(listen)
    };
    let server = Server::bind(config)
        .map_err(|error| sentence(&error))?
        .start()
        .map_err(|error| Phrase::new("house-no-thread").with("error", error.to_string()))?;
    let port = server.local_addr().port();
    let tls = server.is_tls();
    let make = |host: &str, port| {
        Link::new(host, port, tls, secret.clone()).map_err(|error| {
            Phrase::new("house-no-link")
                .with("host", host)
                .with("error", error.to_string())
        })
    };
    let (link, reachable) = match &settings.public_authority {
        Some(public) => {
            let (host, public_port) = split_authority(public, if tls { 443 } else { port })?;
            (make(&host, public_port)?, true)
        }
        None => {
            let address = own_address(settings.bind);
            (make(&address.to_string(), port)?, !address.is_loopback())
        }
    };
    let local_link = make("localhost", port).unwrap_or_else(|_| link.clone());
    let threshold = Threshold {
        server,
        metrics,
        turn,
        link: link.clone(),
        local_link,
        card: WorldCard {
            name: String::new(),
            people: u32::from(settings.embodied),
            max: u32::try_from(settings.max_guests).unwrap_or(u32::MAX),
            version: PROTOCOL_VERSION,
        },
        max_links: settings.max_guests + 8, // a few more, so that a full room can say so
        has_web_client,
        reachable,
    };
    Ok(Door {
        link,
        sit: Box::new(move |name| threshold.sit(name)),
    })
}

impl Threshold {
    /// From now on somebody hosts a room of this name behind it.
    fn sit(self, name: &str) -> OpenDoor {
        let Self {
            server,
            metrics,
            turn,
            link,
            local_link,
            card,
            max_links,
            has_web_client,
            reachable,
        } = self;
        let card = WorldCard {
            name: name.to_owned(),
            ..card
        };
        server.set_world(&card);
        let mut options = HostOptions::new(PROTOCOL_VERSION);
        options.max_links = max_links;
        let mut minted: u64 = 0;
        options.ice = Box::new(move || {
            minted += 1;
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            turn.mint(TURN_TTL, &format!("holm{minted}"), now)
        });
        let seat = server.host_seat(&link.secret.room_id());
        let transport = WebRtcTransport::host(Rendezvous::Seat(seat), options);
        OpenDoor {
            house: Some(House {
                server,
                metrics,
                card,
            }),
            transport: Box::new(transport),
            link,
            local_link,
            has_web_client,
            reachable,
        }
    }
}

/// The place that is written down beside what is kept under this name.
fn kept_place(settings: &HostSettings, vault: Option<&Vault>) -> Result<Option<WorldDocument>, Phrase> {
    match (vault, &settings.keep) {
        (Some(vault), Some(name)) => place::load(&vault.folder().join(keeping::WORLDS).join(name)),
        _ => Ok(None),
    }
}

/// Whoever knocks has the link, so an address is a household, a school or a fair, not a stranger: all guests
/// may come from one. Twice as many connections, since each may also be fetching the browser client.
fn limits(max_guests: usize) -> Limits {
    let usual = Limits::default();
    Limits {
        connections_per_address: usual.connections_per_address.max(2 * max_guests),
        guests_per_address: max_guests.max(1),
        joins: Rate {
            burst: max_guests.max(60) as f64,
            per_sec: 4.0,
        },
        ..usual
    }
}

fn turn(settings: &HostSettings) -> Result<TurnConfig, Phrase> {
    let (turn_urls, secret) = settings
        .turn
        .clone()
        .map_or((Vec::new(), None), |(urls, secret)| (urls, Some(secret)));
    let config = TurnConfig {
        urls: settings.stun.iter().cloned().chain(turn_urls).collect(),
        secret,
    };
    config
        .check()
        .map_err(|error| Phrase::new("house-turn").with("error", error.to_string()))?;
    Ok(config)
}

fn secret(settings: &HostSettings, vault: Option<&Vault>) -> Result<RoomSecret, Phrase> {
    let file = settings
        .link_name
        .as_ref()
        .map_or(SECRET.to_owned(), |name| format!("{name}.{SECRET}"));
    let kept = || {
        let bytes = vault?.load(&file).ok().flatten()?;
        RoomSecret::decode(core::str::from_utf8(&bytes).ok()?.trim()).ok()
    };
    if settings.keep_link
        && let Some(secret) = kept()
    {
        return Ok(secret);
    }
    let secret = RoomSecret::random().map_err(|_| Phrase::new("house-no-random"))?;
    if let Some(vault) = vault
        && !settings.embodied
        && let Err(error) = vault.save(&file, secret.encode().as_bytes())
    {
        bevy::log::warn!("the link is not kept for next time: {error}");
    }
    Ok(secret)
}

/// Where the browser client is when nobody says: beside the program, or where `cargo xtask web` puts it.
fn usual_bundle() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?;
    let made = |target: &Path| [target.join("web/web"), target.join("web/web-quick")];
    let beside = folder.join("web");
    let target = folder.parent().map(made).into_iter().flatten();
    core::iter::once(beside)
        .chain(target)
        .find(|dir| dir.join("index.html").is_file())
}

/// An address friends on the same network can reach: the one a packet to the world would leave from.
fn own_address(bind: Option<IpAddr>) -> IpAddr {
    if let Some(bind) = bind.filter(|address| !address.is_unspecified()) {
        return bind;
    }
    // Connecting a UDP socket sends nothing; the address is one for documentation (RFC 5737).
    let asked = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    });
    match asked {
        Ok(address) if !address.ip().is_unspecified() => address.ip(),
        _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
    }
}

fn split_authority(text: &str, usual_port: u16) -> Result<(String, u16), Phrase> {
    let wrong = || Phrase::new("house-authority").with("text", text);
    if let Some((host, port)) = text.rsplit_once(':')
        && !host.ends_with(':')
        && (!host.contains(':') || host.ends_with(']'))
    {
        return Ok((host.to_owned(), port.parse().map_err(|_| wrong())?));
    }
    if text.is_empty() {
        Err(wrong())
    } else {
        Ok((text.to_owned(), usual_port))
    }
}

/// What went wrong with the port, for a person.
fn sentence(error: &BindError) -> Phrase {
    match error {
        BindError::PortBusy(address) => {
            Phrase::new("house-port-busy").with("port", address.port().to_string())
        }
        BindError::NoPermission(address) => {
            Phrase::new("house-port-denied").with("port", address.port().to_string())
        }
        BindError::NoSuchAddress(address) => {
            Phrase::new("house-no-address").with("address", address.ip().to_string())
        }
        BindError::Listen { addr, source } => Phrase::new("house-no-listen")
            .with("address", addr.to_string())
            .with("error", source.to_string()),
        BindError::PemUnreadable { path, source } => Phrase::new("house-pem-unreadable")
            .with("path", path.display().to_string())
            .with("error", source.to_string()),
        BindError::PemWithout { path, what } => Phrase::new("house-pem-without")
            .with("path", path.display().to_string())
            .with("what", what.to_string()),
        BindError::BadCertificate(error) => Phrase::new("house-certificate").with("error", error.to_string()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn public_names_are_read_with_and_without_a_port() {
        assert_eq!(
            split_authority("holm.example:443", 1).unwrap(),
            ("holm.example".to_owned(), 443)
        );
        assert_eq!(
            split_authority("holm.example", 4656).unwrap(),
            ("holm.example".to_owned(), 4656)
        );
        assert_eq!(
            split_authority("[2001:db8::1]:80", 1).unwrap(),
            ("[2001:db8::1]".to_owned(), 80)
        );
        assert!(split_authority("holm.example:door", 1).is_err());
        assert!(split_authority("", 1).is_err());
    }
}

//! Hosting: opening one's own world to others, and finding the worlds on this network.
//!
//! Flow: [`HostWorld`] → off the main thread the platform reads the world and takes the port → the session's
//! host begins → [`HostOpened`] with the link, or [`HostFailed`] with a sentence; then `tend` keeps what the
//! door says (people inside, metrics, the local network's list) up to date once a second.
//! Invariant: a world that cannot be opened leaves nothing open, and a room that ended closes its door.

use crate::platform::{self, House, Lan};
use crate::profile::Profile;
use crate::session::{BoxTransport, Session, SessionEnded, SessionPhase, SessionSystems};
use crate::things::{Kept, KeptWorld};
use crate::wire::GAME_PROTOCOL;
use crate::words::Phrase;
use crate::world::{BuiltIn, CurrentMoment, LoadWorld, WorldDocument};
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use holm_net::link::{Link, RoomSecret};
use holm_net::session::host::{Host, HostConfig};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<LanWorlds>()
        .init_resource::<Opening>()
        .init_resource::<Doors>()
        .add_message::<HostWorld>()
        .add_message::<HostOpened>()
        .add_message::<HostFailed>()
        .configure_sets(
            PreUpdate,
            HostingSystems::Open
                .after(SessionSystems::Receive)
                .before(crate::world::WorldSystems::Build)
                .before(crate::world::WorldSystems::Exchange),
        )
        .configure_sets(Last, HostingSystems::Tend)
        .add_systems(
            PreUpdate,
            (close, begin, finish).chain().in_set(HostingSystems::Open),
        )
        .add_systems(Last, (tend, look_around).chain().in_set(HostingSystems::Tend));
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostingSystems {
    /// `PreUpdate`: doors open and close.
    Open,
    /// `Last`: what the door says is kept up to date.
    Tend,
}

/// A wish: host a world here.
#[derive(Message, Clone, Debug)]
pub struct HostWorld {
    pub settings: HostSettings,
}

/// Which world is hosted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorldChoice {
    /// One that comes with Holm.
    BuiltIn(BuiltIn),
    /// A world file (RON, glTF) on this machine.
    File(PathBuf),
    /// The one that is written down beside what is kept under the name that is given; the default where none is.
    AsKept,
}

impl Default for WorldChoice {
    fn default() -> Self {
        Self::BuiltIn(BuiltIn::Harbour)
    }
}

impl From<PathBuf> for WorldChoice {
    /// The name of a world that comes with Holm, or the path of a file. `./hall` is a file even then.
    fn from(path: PathBuf) -> Self {
        path.to_str()
            .and_then(BuiltIn::named)
            .map_or_else(|| Self::File(path.clone()), Self::BuiltIn)
    }
}

/// How a world is hosted.
#[derive(Clone, Debug, PartialEq)]
pub struct HostSettings {
    pub world: WorldChoice,
    /// Under which name what is built is kept here; without, under the world's.
    pub keep: Option<String>,
    /// Which of the world's moments it begins with.
    pub moment: u8,
    /// 0 lets the system choose one.
    pub port: u16,
    /// Address to listen on; `None` is all of them.
    pub bind: Option<IpAddr>,
    /// What the room is called; `None` is the world's own name.
    pub room_name: Option<String>,
    /// The host walks about in it too.
    pub embodied: bool,
    /// Tell the local network about it.
    pub announce: bool,
    pub max_guests: usize,
    /// Certificate and key, PEM files, for https.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// `stun:` URLs given to guests.
    pub stun: Vec<String>,
    /// `turn:` URLs and the secret shared with the TURN server (`use-auth-secret`).
    pub turn: Option<(Vec<String>, String)>,
    /// The browser client's files; `None` looks where they usually are.
    pub web_dir: Option<PathBuf>,
    /// What the link says instead of an address found here (`my.example.org:443`).
    pub public_authority: Option<String>,
    /// The same link as last time (kept on this device) instead of a new one.
    pub keep_link: bool,
    /// Under which name that link is kept; without, the device's own.
    pub link_name: Option<String>,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            world: WorldChoice::default(),
            keep: None,
            moment: 0,
            port: 0,
            bind: None,
            room_name: None,
            embodied: true,
            announce: true,
            max_guests: holm_net::session::DEFAULT_MAX_GUESTS,
            tls: None,
            stun: Vec::new(),
            turn: None,
            web_dir: None,
            public_authority: None,
            keep_link: false,
            link_name: None,
        }
    }
}

/// The world is open.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct HostOpened {
    /// For friends: opens in a browser, or in the client.
    pub link: String,
    /// The same for a browser on this machine, which gives pointer and microphone only to `localhost`
    /// where there is no https.
    pub local_link: String,
    /// Browsers give microphones and pointer lock to https and localhost only.
    pub secure: bool,
    /// The browser client is there to be served.
    pub has_web_client: bool,
    /// The link leads to this machine from others; without a network it does not.
    pub reachable: bool,
}

/// The world could not be opened.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct HostFailed {
    /// What happened and what to do, for a person.
    pub sentence: Phrase,
}

/// A world somebody hosts on this network.
#[derive(Clone, Debug, PartialEq)]
pub struct LanWorld {
    pub name: String,
    pub link: String,
    pub people: u32,
}

/// A world that is kept on this device with its place: hosted by its name, it is as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnWorld {
    /// Under which it is kept, and found.
    pub name: String,
    /// What the room was called in which it was kept; not yet fit to be shown (see `customs::world_name`).
    pub called: String,
}

/// Worlds found on this network, by name.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct LanWorlds {
    pub worlds: Vec<LanWorld>,
}

/// A house that the platform just opened, and what the session needs from it.
pub struct OpenHouse {
    pub door: OpenDoor,
    pub world: Arc<WorldDocument>,
    /// Where what is built in it is kept; `None` without a folder of this person's.
    pub kept: Option<KeptWorld>,
}

/// A door behind which somebody hosts.
pub struct OpenDoor {
    /// `None` where there is no port, as between two people in one process.
    pub house: Option<House>,
    pub transport: BoxTransport,
    pub link: Link,
    pub local_link: Link,
    pub has_web_client: bool,
    pub reachable: bool,
}

/// A door that is there, behind which nobody hosts yet.
pub struct Door {
    /// What opens it once somebody does.
    pub link: Link,
    /// Somebody does, from now on, a room of this name.
    pub sit: Box<dyn FnOnce(&str) -> OpenDoor + Send + Sync>,
}

/// How this process makes doors, and looks at others': ports in the programs, memory in tests. All of it blocking, and short.
#[derive(Resource, Clone)]
pub struct Doors {
    pub make: Arc<MakeDoor>,
    pub is_gone: Arc<IsGone>,
}

/// For a room with this secret; why not, for a person.
pub type MakeDoor = dyn Fn(&HostSettings, RoomSecret) -> Result<Door, Phrase> + Send + Sync;

/// Whether the machine of this link says that nobody listens at its port: a program that did has ended.
pub type IsGone = dyn Fn(&Link) -> bool + Send + Sync;

impl Default for Doors {
    fn default() -> Self {
        Self {
            make: Arc::new(platform::open_door),
            is_gone: Arc::new(platform::nobody_answers),
        }
    }
}

/// A door that is about to open.
#[derive(Resource, Default)]
struct Opening(Option<(HostSettings, Task<Result<OpenHouse, Phrase>>)>);

/// The door that is open.
#[derive(Resource)]
pub(crate) struct Hosting {
    house: Option<House>,
    link: Link,
    announce: bool,
    /// Where others see it, it is this program's port and nobody's in front of it.
    own_port: bool,
    tended: Duration,
}

/// How often what the door says is looked at.
const TEND_EVERY: Duration = Duration::from_secs(1);

/// Bytes a second of stream for one guest, headers included: 256 kbit/s, so that a home's upload of 10 Mbit/s
/// carries some forty.
pub(crate) const STREAM_BYTES_PER_SEC: u32 = 32_000;

fn close(
    mut commands: Commands,
    mut ended: MessageReader<SessionEnded>,
    hosting: Option<Res<Hosting>>,
    session: Res<Session>,
    lan: Option<ResMut<Lan>>,
) {
    // The world may have moved to another host, and we with it.
    let moved = session.phase() != SessionPhase::Off && !session.is_host();
    if (ended.read().count() > 0 || moved) && hosting.is_some() {
        commands.remove_resource::<Hosting>();
        if let Some(mut lan) = lan {
            lan.hush();
        }
    }
}

fn begin(
    mut wishes: MessageReader<HostWorld>,
    mut opening: ResMut<Opening>,
    session: Res<Session>,
    vault: Option<Res<platform::Vault>>,
    profile: Option<Res<Profile>>,
) {
    let Some(HostWorld { settings }) = wishes.read().last() else {
        return;
    };
    if opening.0.is_some() || session.phase() != SessionPhase::Off {
        return; // pressed twice
    }
    let (wanted, vault) = (
        settings.clone(),
        vault.map(|vault| platform::Vault::clone(&vault)),
    );
    let owner = profile.map(|profile| profile.identity.account());
    let task = AsyncComputeTaskPool::get()
        .spawn(async move { platform::open_house(&wanted, vault.as_ref(), owner) });
    opening.0 = Some((settings.clone(), task));
}

fn finish(
    mut commands: Commands,
    mut opening: ResMut<Opening>,
    mut session: ResMut<Session>,
    profile: Option<Res<Profile>>,
    time: Res<Time<Real>>,
    mut load: MessageWriter<LoadWorld>,
    mut moment: ResMut<CurrentMoment>,
    mut kept: ResMut<Kept>,
    mut opened: MessageWriter<HostOpened>,
    mut failed: MessageWriter<HostFailed>,
) {
    let Some((_, task)) = &mut opening.0 else { return };
    let Some(result) = check_ready(task) else { return };
    let Some((settings, _)) = opening.0.take() else {
        return;
    };
    if session.phase() != SessionPhase::Off {
        return; // they have set out for another world meanwhile: this one's door closes as it is dropped
    }
    let (open, profile) = match (result, profile) {
        (Ok(open), Some(profile)) => (open, profile),
        (Err(sentence), _) => {
            failed.write(HostFailed { sentence });
            return;
        }
        (Ok(_), None) => {
            failed.write(HostFailed {
                sentence: Phrase::new("house-nobody"),
            });
            return;
        }
    };
    let door = open.door;
    let room_name = settings
        .room_name
        .clone()
        .unwrap_or_else(|| open.world.name.clone());
    let host = Host::new(HostConfig {
        identity: profile.identity.clone(),
        secret: door.link.secret.clone(),
        world_name: room_name.clone(),
        game_protocol: GAME_PROTOCOL,
        max_guests: settings.max_guests,
        own_name: settings.embodied.then(|| profile.name.clone()),
        stream_bytes_per_sec: STREAM_BYTES_PER_SEC,
    });
    *moment = CurrentMoment(settings.moment);
    load.write(LoadWorld::Document(open.world));
    opened.write(HostOpened {
        link: door.link.browser_url(),
        local_link: door.local_link.browser_url(),
        secure: door.link.tls,
        has_web_client: door.has_web_client,
        reachable: door.reachable,
    });
    *kept = open.kept.map(Kept::new).unwrap_or_default();
    session.open_host(
        host,
        door.transport,
        Some(door.link.clone()),
        settings.embodied,
        room_name,
    );
    commands.insert_resource(Hosting::new(
        door.house,
        door.link,
        settings.announce,
        settings.public_authority.is_none(),
        time.elapsed(),
    ));
}

impl Hosting {
    /// Where nobody answers there, this program has ended.
    pub(crate) fn is_own_port(&self) -> bool {
        self.own_port && !self.link.tls
    }

    /// The port behind which it is hosted; `None` where there is none.
    pub(crate) fn house(&self) -> Option<&House> {
        self.house.as_ref()
    }

    /// The door of a world that is hosted from now on; it closes with the session.
    pub(crate) fn new(
        house: Option<House>,
        link: Link,
        announce: bool,
        own_port: bool,
        now: Duration,
    ) -> Self {
        Self {
            house,
            link,
            announce,
            own_port,
            tended: now,
        }
    }
}

fn tend(
    hosting: Option<ResMut<Hosting>>,
    session: Res<Session>,
    time: Res<Time<Real>>,
    mut commands: Commands,
    lan: Option<ResMut<Lan>>,
) {
    let Some(mut hosting) = hosting else { return };
    let now = time.elapsed();
    if now.saturating_sub(hosting.tended) < TEND_EVERY {
        return;
    }
    hosting.tended = now;
    let mut people = 0;
    session.for_each_person(|_| people += 1);
    if let Some(house) = &mut hosting.house {
        house.tend(
            session.world_name(),
            people,
            session.host_totals().unwrap_or_default(),
        );
    }
    if !hosting.announce {
        return;
    }
    match lan {
        Some(mut lan) => lan.announce(session.world_name(), &hosting.link, people),
        None => {
            if let Some(lan) = Lan::start() {
                commands.insert_resource(lan);
            } else {
                // No multicast here (a container, a strict firewall): the link still works.
                hosting.announce = false;
            }
        }
    }
}

fn look_around(lan: Option<ResMut<Lan>>, time: Res<Time<Real>>, mut worlds: ResMut<LanWorlds>) {
    let Some(mut lan) = lan else { return };
    if lan.poll(time.elapsed()) {
        let found = LanWorlds { worlds: lan.worlds() };
        worlds.set_if_neq(found);
    }
}

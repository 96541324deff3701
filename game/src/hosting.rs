//! Hosting: opening one's own world to others, and finding the worlds on this network.
//!
//! Flow: [`HostWorld`] → the platform opens the port, the rendezvous and the transport → the session's
//! host → [`HostOpened`] with the link, or [`HostFailed`] with a sentence.
//! Invariant: a world that cannot be opened leaves nothing open.

use bevy::prelude::*;
use std::net::IpAddr;
use std::path::PathBuf;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<LanWorlds>()
        .add_message::<HostWorld>()
        .add_message::<HostOpened>()
        .add_message::<HostFailed>();
}

/// A wish: host a world here.
#[derive(Message, Clone, Debug)]
pub struct HostWorld {
    pub settings: HostSettings,
}

/// How a world is hosted.
#[derive(Clone, Debug, PartialEq)]
pub struct HostSettings {
    /// A world file (RON, glTF); `None` is the harbour that comes with Holm.
    pub world: Option<PathBuf>,
    /// 0 lets the system choose one.
    pub port: u16,
    /// Addresses to listen on; `None` is all of them.
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
    /// The browser client's files; `None` looks next to the program.
    pub web_dir: Option<PathBuf>,
    /// What the link says instead of an address found here (`my.example.org:443`).
    pub public_authority: Option<String>,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            world: None,
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
        }
    }
}

/// The world is open.
#[derive(Message, Clone, Debug)]
pub struct HostOpened {
    /// For friends: opens in a browser, or in the client.
    pub link: String,
}

/// The world could not be opened.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct HostFailed {
    /// What happened and what to do, for a person.
    pub sentence: String,
}

/// A world somebody hosts on this network.
#[derive(Clone, Debug, PartialEq)]
pub struct LanWorld {
    pub name: String,
    pub link: String,
    pub people: u32,
}

/// Worlds found on this network, by name.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct LanWorlds {
    pub worlds: Vec<LanWorld>,
}

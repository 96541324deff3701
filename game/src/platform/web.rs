//! In a browser: one page is one client, and what it keeps is kept by the page's storage.
//!
//! Flow: [`run`] starts the client; the page's own address is the link it goes in by.
//! Invariant: the secret in the address is read here and goes nowhere but into the session.

#[path = "web/page.rs"]
mod page;
#[path = "web/vault.rs"]
mod vault;

pub use vault::Vault;

use crate::hosting::{Door, HostSettings, LanWorld, OpenHouse, OwnWorld};
use crate::notices::Notice;
use crate::profile;
use crate::session::{BoxTransport, JoinLink, Network};
use crate::settings::store::Keep;
use crate::sound::HasDevices;
use crate::succession::heir::HeldWorld;
use crate::things::keep::WorldCopy;
use crate::words::{Language, Phrase, SystemLanguage, Words};
use crate::{SimPlugins, ViewPlugins, headless};
use bevy::log::LogPlugin;
use bevy::prelude::*;
use holm_document::files::FilePlace;
use holm_document::folder::Folder;
use holm_document::part::Blob;
use holm_document::store::Store;
use holm_identity::AccountKey;
use holm_net::household::Household;
use holm_net::link::{Link, RoomSecret};
use holm_net::session::PROTOCOL_VERSION;
use holm_net::session::host::HostTotals;
use holm_net::transport::webrtc::{GuestOptions, Rendezvous, WebRtcTransport};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

/// Seconds since 1970, for people to read.
pub fn unix_secs() -> u64 {
    (js_sys::Date::now() / 1000.0) as u64
}

/// Rooms by WebRTC.
pub fn network() -> Network {
    Network(Box::new(|link: &Link| {
        let url = link.websocket_url();
        Box::new(move || {
            let rendezvous = Rendezvous::Url(url.clone());
            Box::new(WebRtcTransport::guest(
                rendezvous,
                GuestOptions::new(PROTOCOL_VERSION),
            )) as BoxTransport
        })
    }))
}

/// The program: starts the client on this page.
pub fn run() -> ExitCode {
    let vault = Vault;
    let (profile, notice) = match profile::load(&vault) {
        Ok(loaded) => loaded,
        // No random bytes: there is no browser like that, and nothing safe to do in one.
        Err(error) => panic!("this browser gives no random numbers: {error}"),
    };
    let mut app = App::new();
    app.add_plugins(crate::view::engine(crate::view::window(), false).set(LogPlugin {
        filter: headless::LOG_FILTER.to_owned(),
        ..default()
    }))
    .insert_resource(profile)
    .insert_resource(Keep(crate::platform::text_keep(std::path::PathBuf::new())))
    .insert_resource(vault)
    .insert_resource(HasDevices(true))
    .insert_resource(network())
    .insert_resource(SystemLanguage(Language::of_system(&crate::platform::languages())))
    .add_plugins((SimPlugins { embodied: true }, ViewPlugins, page::plugin))
    .add_systems(
        Startup,
        move |words: Res<Words>, mut notices: MessageWriter<Notice>, mut joins: MessageWriter<JoinLink>| {
            if let Some(notice) = &notice {
                notices.write(Notice::trouble(words.phrase(&notice.sentence), ""));
            }
            match page_link() {
                Some(Ok(link)) => {
                    joins.write(JoinLink { link });
                }
                Some(Err(error)) => {
                    warn!("the page's address is no link: {error}");
                    notices.write(Notice::trouble(
                        words.say("title-page-link"),
                        words.say("title-page-link-next"),
                    ));
                }
                None => {}
            }
        },
    );
    match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    }
}

/// The page's address as a link; `None` without a secret behind the `#`.
fn page_link() -> Option<Result<Link, holm_net::link::LinkError>> {
    let location = web_sys::window()?.location();
    let fragment = location.hash().ok().filter(|fragment| fragment.len() > 1)?;
    let origin = location.origin().ok()?;
    Some(format!("{origin}/{fragment}").parse())
}

/// What a browser cannot do: nobody can come to a page. There is no value of this type.
pub enum House {}

impl House {
    pub(crate) fn tend(&mut self, _world_name: &str, _people: u32, _totals: HostTotals) {
        match *self {}
    }

    pub(crate) fn bar(&self, _households: BTreeSet<Household>) {
        match *self {}
    }

    pub(crate) fn household(&self, _id: [u8; 16]) -> Option<Household> {
        match *self {}
    }
}

/// Says what to do instead.
///
/// # Errors
/// Always: a page cannot be reached from outside.
pub fn open_house(
    _settings: &HostSettings,
    _vault: Option<&Vault>,
    _owner: Option<AccountKey>,
) -> Result<OpenHouse, Phrase> {
    Err(Phrase::new("house-browser"))
}

/// The same, for a world that somebody else hosts still.
///
/// # Errors
/// Always: a page cannot be reached from outside.
pub fn open_door(_settings: &HostSettings, _secret: RoomSecret) -> Result<Door, Phrase> {
    Err(Phrase::new("succession-browser"))
}

/// What a browser cannot do: a page has no room for a world. There is no value of this type.
pub enum CopyPlace {}

impl CopyPlace {
    /// Says what to do instead.
    ///
    /// # Errors
    /// Always: a page's storage is a few megabytes.
    pub fn begin(_vault: &Vault, _called: &str) -> Result<Self, Phrase> {
        Err(Phrase::new("keep-browser"))
    }

    pub fn name(&self) -> &str {
        match *self {}
    }

    pub fn take(&self, _file: &Blob, _cache: &FilePlace) -> Result<bool, Phrase> {
        match *self {}
    }

    pub fn put(&self, _file: &Blob, _bytes: &[u8]) -> Result<(), Phrase> {
        match *self {}
    }

    pub fn finish(&self, _copy: WorldCopy) -> Result<(), Phrase> {
        match *self {}
    }

    pub fn hold(&self, _world: &HeldWorld) -> Result<Store<Folder>, Phrase> {
        match *self {}
    }

    pub fn claim(&self) -> Result<(), Phrase> {
        match *self {}
    }
}

/// A page goes on with no world.
pub fn newest_term(_vault: &Vault, _world: &[u8; 16]) -> u64 {
    0
}

/// A page has no folders.
///
/// # Errors
/// Always.
pub fn write_private(_folder: &std::path::Path, _name: &str, _bytes: &[u8]) -> Result<(), String> {
    Err(std::io::Error::from(std::io::ErrorKind::Unsupported).to_string())
}

/// A page cannot ask whether anybody listens at a port.
pub fn nobody_answers(_link: &Link) -> bool {
    false
}

/// A page keeps no worlds.
pub fn own_worlds(_vault: &Vault) -> Vec<OwnWorld> {
    Vec::new()
}

/// What a browser cannot do: ask the local network. There is no value of this type.
#[derive(Resource)]
pub enum Lan {}

impl Lan {
    /// `None`: pages hear no multicast.
    pub fn start() -> Option<Self> {
        None
    }

    pub fn announce(&mut self, _name: &str, _link: &Link, _people: u32) {
        match *self {}
    }

    pub fn hush(&mut self) {
        match *self {}
    }

    pub fn poll(&mut self, _now: Duration) -> bool {
        match *self {}
    }

    pub fn worlds(&mut self) -> Vec<LanWorld> {
        match *self {}
    }
}

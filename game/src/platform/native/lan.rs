//! Worlds on this network: telling of ours, hearing of others.

use crate::customs;
use crate::hosting::LanWorld;
use bevy::prelude::*;
use holm_net::link::Link;
use holm_net::session::PROTOCOL_VERSION;
use holm_rendezvous::lan::{self, Announcement};
use std::time::Duration;

/// Our voice and ear on the local network.
#[derive(Resource)]
pub struct Lan(bevy::platform::cell::SyncCell<lan::Lan>);

impl Lan {
    /// `None` where there is no multicast; said in the log, once.
    pub fn start() -> Option<Self> {
        match lan::Lan::start() {
            Ok(lan) => Some(Self(bevy::platform::cell::SyncCell::new(lan))),
            Err(error) => {
                info!("the local network is not asked for worlds: {error}");
                None
            }
        }
    }

    /// Listens for others.
    pub fn browse(&mut self) {
        self.0.get().browse();
    }

    /// Tells of a world, or of what changed about it.
    pub fn announce(&mut self, name: &str, link: &Link, people: u32) {
        let port = link
            .authority
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok())
            .unwrap_or_default();
        self.0.get().announce(&Announcement {
            name: customs::world_name(name),
            link: link.clone(),
            port,
            people,
            version: PROTOCOL_VERSION,
        });
    }

    /// Tells that our world is gone.
    pub fn hush(&mut self) {
        self.0.get().hush();
    }

    /// Works off what was heard; true when the list changed.
    pub fn poll(&mut self, now: Duration) -> bool {
        match self.0.get().poll(now) {
            Ok(changed) => changed,
            Err(error) => {
                debug!("the local network was not heard: {error}");
                false
            }
        }
    }

    /// Worlds heard of, those that speak our version.
    pub fn worlds(&mut self) -> Vec<LanWorld> {
        self.0
            .get()
            .worlds()
            .into_iter()
            .filter(|world| world.version == PROTOCOL_VERSION)
            .map(|world| LanWorld {
                name: customs::world_name(&world.name),
                link: world.link.browser_url(),
                people: world.people,
            })
            .collect()
    }
}

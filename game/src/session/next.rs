//! The way to another host of the same world, while one is still where one is.
//!
//! Flow: [`super::Session::try_next`] → it is dialled again and again, until somebody lets us in or it is dropped → what that host
//! says is kept ([`super::Session::next`]) → [`super::Session::go_next`]: from then on it is the session.
//! Invariant: until then nothing of it touches the session that one is in.

use super::guest::GuestSeat;
use super::{BoxTransport, Dial};
use crate::profile::Profile;
use crate::wire::{self, FromHost, GAME_PROTOCOL};
use bevy::platform::cell::SyncCell;
use holm_identity::AccountKey;
use holm_net::link::Link;
use holm_net::pose::Slot;
use holm_net::session::guest::{Guest, GuestConfig, GuestEvent};
use std::time::Duration;

/// Between two tries: whoever goes on may open any moment.
const AGAIN_AFTER: Duration = Duration::from_millis(400);
/// What a host says before one has decided; more is not waited for.
const MOST_TOLD: usize = 4_096;

/// See the module.
pub(super) struct Next {
    config: GuestConfig,
    pub(super) link: Link,
    dial: Box<dyn Dial>,
    way: Option<(Guest, SyncCell<BoxTransport>)>,
    again_at: Duration,
    inside: Option<Inside>,
    events: Vec<GuestEvent>,
}

/// What is known of a room that one could go over to.
pub(super) struct Inside {
    pub(super) slot: Slot,
    pub(super) world_name: String,
    pub(super) host: AccountKey,
    pub(super) told: Vec<FromHost>,
}

impl Next {
    pub(super) fn new(profile: &Profile, link: Link, dial: Box<dyn Dial>) -> Self {
        Self {
            config: GuestConfig {
                identity: profile.identity.clone(),
                secret: link.secret.clone(),
                name: profile.name.clone(),
                game_protocol: GAME_PROTOCOL,
            },
            link,
            dial,
            way: None,
            again_at: Duration::ZERO,
            inside: None,
            events: Vec::new(),
        }
    }

    pub(super) fn inside(&self) -> Option<&Inside> {
        self.inside.as_ref()
    }

    pub(super) fn drive(&mut self, now: Duration) {
        if self.way.is_none() {
            if now < self.again_at {
                return;
            }
            self.way = Some((Guest::new(self.config.clone()), SyncCell::new(self.dial.dial())));
        }
        let Some((guest, transport)) = &mut self.way else {
            return;
        };
        if guest.wants_new_link() && self.inside.is_none() {
            *transport = SyncCell::new(self.dial.dial());
        }
        let mut events = std::mem::take(&mut self.events);
        guest.update(now, &mut **transport.get(), &mut events);
        let mut over = false;
        for event in events.drain(..) {
            match event {
                GuestEvent::Entered { slot, world_name } => {
                    self.inside = guest.host().map(|host| Inside {
                        slot,
                        world_name,
                        host,
                        told: Vec::new(),
                    });
                }
                GuestEvent::Message(bytes) => match (&mut self.inside, wire::decode(&bytes)) {
                    (Some(inside), Ok(message)) if inside.told.len() < MOST_TOLD => inside.told.push(message),
                    _ => over = true,
                },
                GuestEvent::Ended(_) | GuestEvent::Failed(_) | GuestEvent::Lost { .. } => over = true,
                _ => {}
            }
        }
        self.events = events;
        if over {
            (self.way, self.inside) = (None, None);
            self.again_at = now + AGAIN_AFTER;
        }
    }

    /// A seat there, if we are inside.
    pub(super) fn seat(self) -> Option<(GuestSeat, Inside, Link)> {
        let (guest, transport) = self.way?;
        Some((
            GuestSeat::new(guest, transport, self.dial),
            self.inside?,
            self.link,
        ))
    }
}

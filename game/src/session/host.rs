//! The host's seat: drives a [`Host`] and turns its events into the features' facts.

use super::{GuestBlob, GuestLink, Harvest, Heard, Seated, SessionEnd, Unseated};
use crate::wire::{self, FromHost};
use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
use holm_net::pose::Slot;
use holm_net::session::host::{Host, HostEvent};
use std::time::Duration;

/// How long a stopping host waits for its last words to leave.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(super) struct HostSeat {
    pub(super) host: Host,
    transport: SyncCell<super::BoxTransport>,
    events: Vec<HostEvent>,
    stopping: Option<Stopping>,
}

enum Stopping {
    /// What this person said in the same frame comes back in the next as if a guest had said it, is judged and told:
    /// the end waits for it.
    Wanted {
        why: String,
        heard: bool,
    },
    Since(Duration),
}

impl HostSeat {
    pub(super) fn new(host: Host, transport: SyncCell<super::BoxTransport>) -> Self {
        Self {
            host,
            transport,
            events: Vec::new(),
            stopping: None,
        }
    }

    pub(super) fn drive(&mut self, now: Duration, harvest: &mut Harvest) {
        if let Some(Stopping::Wanted { why, heard }) = &mut self.stopping
            && std::mem::replace(heard, true)
        {
            self.host.stop(why);
            self.stopping = Some(Stopping::Since(now));
        }
        let mut events = std::mem::take(&mut self.events);
        self.host.update(now, &mut **self.transport.get(), &mut events);
        for event in events.drain(..) {
            match event {
                HostEvent::Joined { slot, expected } => {
                    harvest.roster_changed = true;
                    harvest.seated.push(Seated {
                        slot,
                        moved: expected,
                    });
                }
                HostEvent::Lost { .. } | HostEvent::Resumed { .. } => harvest.roster_changed = true,
                HostEvent::Left { slot, reason } => {
                    harvest.roster_changed = true;
                    harvest.unseated.push(Unseated { slot, reason });
                }
                HostEvent::Message { slot, bytes } => match wire::decode(&bytes) {
                    Ok(message) => harvest.heard.push(Heard { from: slot, message }),
                    // Same build on both sides (the hello says so): no honest guest sends this.
                    Err(wire::NotAMessage) => self
                        .host
                        .kick(slot, "sent something this world does not understand"),
                },
                HostEvent::Blob { slot, hash, bytes } => harvest.of_guests.push(GuestBlob {
                    from: slot,
                    hash,
                    bytes: Some(bytes),
                }),
                HostEvent::BlobFailed { slot, hash } => harvest.of_guests.push(GuestBlob {
                    from: slot,
                    hash,
                    bytes: None,
                }),
                HostEvent::UnknownBlob { slot, .. } => debug!("guest {} asked for an unknown blob", slot.0),
            }
        }
        self.events = events;
        match self.stopping {
            None | Some(Stopping::Wanted { .. }) => {}
            Some(Stopping::Since(since)) if self.host.is_over() || now.saturating_sub(since) > LAST_WORDS => {
                harvest.end = Some(SessionEnd::Left);
            }
            Some(Stopping::Since(_)) => {}
        }
    }

    pub(super) fn links(&mut self) -> Vec<GuestLink> {
        let pings: Vec<_> = self
            .host
            .people()
            .map(|person| (person.slot, person.ping_ms))
            .collect();
        let ping = |slot| {
            pings
                .iter()
                .find(|(of, _)| *of == slot)
                .and_then(|(_, ping)| *ping)
        };
        self.host
            .links(&**self.transport.get())
            .map(|(slot, loss, link)| GuestLink {
                slot,
                ping_ms: ping(slot),
                loss,
                link,
            })
            .collect()
    }

    pub(super) fn known_as(&mut self, slot: Slot) -> Option<[u8; 16]> {
        self.host.known_as(slot, &**self.transport.get())
    }

    pub(super) fn stop(&mut self, why: &str) {
        if self.stopping.is_none() {
            self.stopping = Some(Stopping::Wanted {
                why: why.to_owned(),
                heard: false,
            });
        }
    }

    pub(super) fn tell(&mut self, to: Slot, message: &FromHost) {
        match wire::encode(message) {
            Some(bytes) => {
                self.host.send(to, bytes);
            }
            None => error!("a message was too long to send and was dropped"),
        }
    }

    pub(super) fn tell_all(&mut self, message: &FromHost) {
        match wire::encode(message) {
            Some(bytes) => self.host.broadcast(bytes),
            None => error!("a message was too long to send and was dropped"),
        }
    }
}

//! A guest's seat: drives a [`Guest`], dials again when the link is lost, and turns events into facts.

use super::{BlobArrived, BlobFailed, Dial, Harvest, SessionEnd, SessionPhase, Told};
use crate::wire::{self, ToHost};
use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
use holm_net::session::EndReason;
use holm_net::session::guest::{Guest, GuestEvent};
use holm_net::transport::JoinStep;
use std::time::Duration;

/// How long a leaving guest waits for its good-bye to leave.
const GOOD_BYE: Duration = Duration::from_secs(1);

/// Pause between two dials while the link is lost: a dial costs the rendezvous a connection, and a
/// network that comes back after sleep needs a moment anyway.
const REDIAL_EVERY: Duration = Duration::from_secs(3);

pub(super) struct GuestSeat {
    pub(super) guest: Guest,
    transport: SyncCell<super::BoxTransport>,
    dial: Box<dyn Dial>,
    last_dial: Option<Duration>,
    events: Vec<GuestEvent>,
    leaving: Option<Leaving>,
}

enum Leaving {
    Asked,
    Since(Duration),
}

impl GuestSeat {
    pub(super) fn new(guest: Guest, transport: SyncCell<super::BoxTransport>, dial: Box<dyn Dial>) -> Self {
        Self {
            guest,
            transport,
            dial,
            last_dial: None,
            events: Vec::new(),
            leaving: None,
        }
    }

    pub(super) fn drive(
        &mut self,
        now: Duration,
        harvest: &mut Harvest,
        phase: &mut SessionPhase,
        step: &mut Option<JoinStep>,
        away_until: &mut Option<Duration>,
    ) {
        let redial_due = self
            .last_dial
            .is_none_or(|last| now.saturating_sub(last) >= REDIAL_EVERY);
        if self.guest.wants_new_link() && redial_due {
            self.last_dial = Some(now);
            self.transport = SyncCell::new(self.dial.dial());
        }
        let mut events = std::mem::take(&mut self.events);
        self.guest.update(now, &mut **self.transport.get(), &mut events);
        for event in events.drain(..) {
            match event {
                GuestEvent::Progress(next) => *step = Some(next),
                GuestEvent::Entered { slot, world_name } => {
                    *phase = SessionPhase::Inside;
                    harvest.entered = Some((Some(slot), world_name));
                }
                GuestEvent::PersonJoined { .. } | GuestEvent::PersonLeft { .. } => {
                    harvest.roster_changed = true
                }
                GuestEvent::Message(bytes) => match wire::decode(&bytes) {
                    Ok(message) => harvest.told.push(Told(message)),
                    Err(wire::NotAMessage) => {
                        self.guest.leave();
                        harvest.end = Some(SessionEnd::Ended(EndReason::Misbehaved));
                    }
                },
                GuestEvent::Lost { until } => {
                    *phase = SessionPhase::Away;
                    *away_until = Some(until);
                    harvest.roster_changed = true;
                }
                GuestEvent::Resumed => {
                    *phase = SessionPhase::Inside;
                    *away_until = None;
                    harvest.roster_changed = true;
                }
                GuestEvent::Blob { hash, bytes } => harvest.blobs.push(BlobArrived { hash, bytes }),
                GuestEvent::BlobFailed { hash } => harvest.blobs_failed.push(BlobFailed { hash }),
                GuestEvent::Ended(EndReason::Left) => harvest.end = Some(SessionEnd::Left),
                GuestEvent::Ended(reason) => harvest.end = Some(SessionEnd::Ended(reason)),
                GuestEvent::Failed(cause) => harvest.end = Some(SessionEnd::Failed(cause)),
            }
        }
        self.events = events;
        match self.leaving {
            None => {}
            Some(Leaving::Asked) => self.leaving = Some(Leaving::Since(now)),
            Some(Leaving::Since(since)) if now.saturating_sub(since) > GOOD_BYE => {
                harvest.end.get_or_insert(SessionEnd::Left);
            }
            Some(Leaving::Since(_)) => {}
        }
    }

    pub(super) fn ice_urls(&mut self) -> Option<Vec<String>> {
        Some(self.transport.get().ice_servers()?.urls.clone())
    }

    pub(super) fn leave(&mut self) {
        if self.leaving.is_none() {
            self.guest.leave();
            self.leaving = Some(Leaving::Asked);
        }
    }

    pub(super) fn tell(&mut self, message: &ToHost) {
        match wire::encode(message) {
            Some(bytes) => {
                self.guest.send(bytes);
            }
            None => error!("a message was too long to send and was dropped"),
        }
    }
}

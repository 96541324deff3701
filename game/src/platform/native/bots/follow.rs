//! A bot follows its world to whoever goes on with it, as a client does.

use super::guest_transport;
use crate::session::BoxTransport;
use crate::succession::rules::TAKE_OVER;
use crate::succession::will::Heir;
use crate::succession::wire::FromHost;
use crate::things;
use crate::wire::{self, FromHost as Said, ToHost};
use holm_net::session::guest::{Guest, GuestConfig, GuestEvent};
use std::time::Duration;

/// As the client's.
const SUSPECT: Duration = Duration::from_millis(1_200);
const AGAIN_AFTER: Duration = Duration::from_millis(400);
/// Longer than an heir waits.
const HOPES_FOR: Duration = Duration::from_secs(50);
const _: () = assert!(SUSPECT.as_millis() < TAKE_OVER.as_millis());

/// See the module.
pub(super) struct Follow {
    config: GuestConfig,
    heirs: Vec<Heir>,
    over: bool,
    /// When the host was heard last, once it is missed.
    lost_since: Option<Duration>,
    next: Option<(Guest, BoxTransport, String)>,
    /// What the next host said, until we go there; and that nobody needs to wait for the one before.
    heard: Vec<GuestEvent>,
    ended: bool,
    dial_at: Duration,
    tries: usize,
    pub(super) moves: u32,
    /// From the last word of one host to being let in by the next, each time.
    pub(super) back_in: Vec<Duration>,
}

impl Follow {
    pub(super) fn new(config: GuestConfig) -> Self {
        Self {
            config,
            heirs: Vec::new(),
            over: false,
            lost_since: None,
            next: None,
            heard: Vec::new(),
            ended: false,
            dial_at: Duration::ZERO,
            tries: 0,
            moves: 0,
            back_in: Vec::new(),
        }
    }

    pub(super) fn hear(&mut self, message: &FromHost) {
        match message {
            FromHost::Will(signed) => self.heirs.clone_from(&signed.will.heirs),
            FromHost::Over(heir) => {
                self.heirs = vec![heir.clone()];
                self.over = true;
            }
            _ => {}
        }
    }

    /// Whether an end may not be one.
    pub(super) fn is_hoping(&self, now: Duration) -> bool {
        let since = self.lost_since.unwrap_or(now);
        !self.heirs.is_empty() && now.saturating_sub(since) < HOPES_FOR
    }

    /// Whoever let us in instead, with what it is reached by.
    pub(super) fn step(
        &mut self,
        now: Duration,
        guest: &Guest,
        events: &mut Vec<GuestEvent>,
    ) -> Option<(Guest, BoxTransport, String)> {
        match guest.silence(now) {
            Some(silence) if silence < SUSPECT && !self.over => {
                (self.lost_since, self.next) = (None, None);
                self.heard.clear();
                return None;
            }
            Some(silence) => self.lost_since = Some(now.saturating_sub(silence)),
            None if guest.slot().is_none() => return None,
            None => {
                self.lost_since.get_or_insert(now);
            }
        }
        if self.heirs.is_empty() {
            return None;
        }
        let Some((next, transport, _)) = &mut self.next else {
            if now >= self.dial_at {
                let heir = &self.heirs[self.tries % self.heirs.len()];
                self.tries += 1;
                self.dial_at = now + AGAIN_AFTER;
                let url = heir.door.link(&self.config.secret)?.websocket_url();
                self.next = Some((Guest::new(self.config.clone()), guest_transport(url.clone()), url));
            }
            return None;
        };
        next.update(now, &mut **transport, &mut self.heard);
        let mut inside = false;
        for event in &self.heard {
            inside |= matches!(event, GuestEvent::Entered { .. });
            if let GuestEvent::Message(bytes) = event
                && let Ok(Said::Succession(FromHost::Standing { ended, .. })) = wire::decode(bytes)
            {
                self.ended = ended;
            }
        }
        let since = self.lost_since.unwrap_or(now);
        if inside && (self.over || self.ended || now.saturating_sub(since) >= TAKE_OVER) {
            self.moves += 1;
            self.back_in.push(now.saturating_sub(since));
            (self.heirs, self.over, self.ended, self.lost_since) = (Vec::new(), false, false, None);
            events.append(&mut self.heard);
            let (mut next, transport, url) = self.next.take()?;
            // All of it: a bot has nothing from before.
            if let Some(bytes) = wire::encode(&ToHost::Things(things::wire::ToHost::Again)) {
                next.send(bytes);
            }
            return Some((next, transport, url));
        }
        if next.is_over() {
            self.next = None;
            self.heard.clear();
            self.dial_at = now + AGAIN_AFTER;
        }
        None
    }
}

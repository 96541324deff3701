//! A guest that means harm: comes in like anybody, then sends garbage as fast as it is told to.
//!
//! It shows that a host cuts it off and serves the others meanwhile; its report says when it was cut.

use super::tally::Tally;
use super::{BotArgs, TICK};
use crate::profile::Profile;
use crate::session::BoxTransport;
use crate::wire::GAME_PROTOCOL;
use bytes::Bytes;
use holm_net::link::Link;
use holm_net::session::guest::{Guest, GuestConfig, GuestEvent};
use holm_net::transport::{Channel, LinkEvent, LinkId, LinkReport, MAX_DATAGRAM_BYTES, SendError, Transport};
use serde_json::json;
use std::time::{Duration, Instant};

/// A transport that remembers its link, so that something besides the session can use it.
struct Tapped {
    inner: BoxTransport,
    link: Option<LinkId>,
}

impl Transport for Tapped {
    fn poll(&mut self, now: Duration, events: &mut Vec<LinkEvent>) {
        let before = events.len();
        self.inner.poll(now, events);
        for event in events.iter().skip(before) {
            match event {
                LinkEvent::Opened { link, .. } => self.link = Some(*link),
                LinkEvent::Closed { .. } => self.link = None,
                _ => {}
            }
        }
    }

    fn send(&mut self, link: LinkId, channel: Channel, bytes: Bytes) -> Result<(), SendError> {
        self.inner.send(link, channel, bytes)
    }

    fn close(&mut self, link: LinkId) {
        self.inner.close(link);
    }

    fn report(&self, link: LinkId) -> Option<LinkReport> {
        self.inner.report(link)
    }
}

/// Floods for `args.seconds`. Coming in again after being cut off is part of it.
pub(super) fn run(args: &BotArgs, link: &Link) -> Result<Tally, String> {
    let start = Instant::now();
    let stay = Duration::from_secs_f32(args.seconds.clamp(0.0, 3600.0));
    let garbage = Bytes::from(vec![0xA5u8; MAX_DATAGRAM_BYTES]);
    let mut sent: u64 = 0;
    let mut joins: u32 = 0;
    let mut refusals: u32 = 0;
    let mut cut_after_ms: Vec<u128> = Vec::new();
    while start.elapsed() < stay {
        let profile =
            Profile::throw_away("Flood").map_err(|error| format!("Holm cannot make keys: {error}."))?;
        let mut guest = Guest::new(GuestConfig {
            identity: profile.identity,
            secret: link.secret.clone(),
            name: profile.name,
            game_protocol: GAME_PROTOCOL,
        });
        let mut transport = Tapped {
            inner: super::guest_transport(link.websocket_url()),
            link: None,
        };
        let mut inside: Option<Instant> = None;
        let mut events = Vec::new();
        let mut owed = 0.0;
        let mut last = Instant::now();
        'life: while start.elapsed() < stay {
            guest.update(start.elapsed(), &mut transport, &mut events);
            for event in events.drain(..) {
                match event {
                    GuestEvent::Entered { .. } => {
                        inside = Some(Instant::now());
                        last = Instant::now();
                        joins += 1;
                    }
                    GuestEvent::Lost { .. } | GuestEvent::Ended(_) => {
                        if let Some(since) = inside {
                            cut_after_ms.push(since.elapsed().as_millis());
                        }
                        break 'life;
                    }
                    GuestEvent::Failed(_) => {
                        refusals += 1;
                        break 'life;
                    }
                    _ => {}
                }
            }
            if let (Some(_), Some(link)) = (inside, transport.link) {
                owed += last.elapsed().as_secs_f64() * args.flood_mb * 1e6;
                last = Instant::now();
                while owed >= garbage.len() as f64 {
                    owed -= garbage.len() as f64;
                    if transport.send(link, Channel::Stream, garbage.clone()).is_err() {
                        break;
                    }
                    sent += garbage.len() as u64;
                }
            }
            std::thread::sleep(TICK / 5);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let secs = start.elapsed().as_secs_f64();
    let report = json!({
        "ok": joins > 0,
        "joined": joins.min(1),
        "hostile_flood": true,
        "seconds": secs,
        "joins": joins,
        "refused": refusals,
        "sent_bytes": sent,
        "mb_per_sec": sent as f64 / 1e6 / secs,
        "cut_after_ms": cut_after_ms,
    });
    Ok(Tally {
        report,
        ok: joins > 0,
    })
}

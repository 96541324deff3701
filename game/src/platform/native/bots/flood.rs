//! A guest that means harm: comes in like anybody, then sends garbage as fast as it is told to, over its link
//! or as raw packets to the port that its link goes to.
//!
//! The first shows that a host cuts it off and serves the others meanwhile; its report says when it was cut. The
//! second nobody can be cut off for, since anybody can send such packets in another's name: the host reads and
//! drops them, and serves the others all the same.

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
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// What a flood is made of.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FloodOf {
    /// Datagrams of the session, over the link.
    Messages,
    /// UDP packets beside the link, to the host's end of it.
    Packets,
}

/// Longest UDP packet that passes a usual network in one piece.
const PACKET_BYTES: usize = 1200;

/// Raw packets to wherever the link's host can be reached.
struct Packets {
    socket: UdpSocket,
    count: usize,
}

impl Packets {
    fn new() -> Result<Self, String> {
        let socket = UdpSocket::bind("0.0.0.0:0").map_err(|error| format!("no UDP socket: {error}."))?;
        Ok(Self { socket, count: 0 })
    }

    /// Sends `bytes` in packets, each of a kind that another layer of WebRTC feels addressed by (RFC 7983: STUN,
    /// DTLS, TURN channels, RTP); what was sent.
    fn send(&mut self, to: &[SocketAddr], bytes: usize) -> usize {
        const FIRST_BYTES: [u8; 4] = [0, 22, 64, 128];
        let mut packet = [0xA5; PACKET_BYTES];
        let mut sent = 0;
        while sent < bytes && !to.is_empty() {
            packet[0] = FIRST_BYTES[self.count % FIRST_BYTES.len()];
            // A full buffer of ours or a refusal of theirs (ICMP) loses one packet; so it goes to floods.
            if self.socket.send_to(&packet, to[self.count % to.len()]).is_ok() {
                sent += PACKET_BYTES;
            } else {
                break;
            }
            self.count += 1;
        }
        sent
    }
}

/// Addresses of the other end in a report's lines (`theirs host udp 192.168.1.5:50000`).
fn host_addresses(report: &LinkReport) -> Vec<SocketAddr> {
    report
        .tried
        .iter()
        .filter(|line| line.starts_with("theirs") && line.contains(" udp "))
        .filter_map(|line| line.split(' ').next_back()?.parse().ok())
        .filter(SocketAddr::is_ipv4)
        .collect()
}

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
    let mut packets = Packets::new()?;
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
                if args.flood_of == FloodOf::Packets {
                    let to = transport
                        .report(link)
                        .as_ref()
                        .map(host_addresses)
                        .unwrap_or_default();
                    sent += packets.send(&to, owed as usize) as u64;
                    owed = 0.0;
                }
                while owed >= garbage.len() as f64 {
                    owed -= garbage.len() as f64;
                    if transport.send(link, Channel::Stream, garbage.clone()).is_err() {
                        break;
                    }
                    sent += garbage.len() as u64;
                }
            }
            std::thread::sleep(TICK / 10);
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

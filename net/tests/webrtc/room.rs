//! A room for tests: a host, guests, and a rendezvous in this process that can be told to misbehave.
#![allow(clippy::disallowed_methods, reason = "real sockets run on the real clock")]
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(unreachable_pub, reason = "a module of test programs")]
#![allow(dead_code, reason = "each test program uses its part")]

use bytes::Bytes;
use core::time::Duration;
use futures::channel::mpsc;
use holm_net::transport::signal::{Signal, SignalLine};
use holm_net::transport::webrtc::{GuestOptions, HostOptions, Rendezvous, WebRtcTransport};
use holm_net::transport::{Channel, CloseCause, JoinFailure, LinkEvent, LinkId, Transport};
use matchbox_protocol::{PeerEvent, PeerId, PeerRequest};
use std::time::Instant;

/// A well-formed offer of nobody.
pub const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n\
    a=ice-ufrag:9uB6\r\na=ice-pwd:YH75Fviy6338Vbrhrlp8Yh\r\n\
    a=fingerprint:sha-256 0F:74:31:25:CB:A2:13:EC:28:6F:6D:2C:61:FF:5D:C2:BC:B9:DB:3D:98:14:8D:1A:BB:EA:33:0C:A4:60:A8:8E\r\n\
    a=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";

/// A breath between two polls: WebRTC runs on threads of its own and needs the processor.
pub fn pause() {
    std::thread::park_timeout(Duration::from_millis(5));
}

fn id(number: usize) -> PeerId {
    serde_json::from_str(&format!("\"00000000-0000-0000-0000-{number:012x}\"")).unwrap()
}

/// A rendezvous: the host's seat and the guests' lines, by number from 1.
#[derive(Default)]
pub struct Hub {
    to_host: Option<mpsc::Sender<String>>,
    from_host: Option<mpsc::Receiver<String>>,
    lines: Vec<(Option<mpsc::Sender<String>>, Option<mpsc::Receiver<String>>)>,
    /// Takes every address out of what passes.
    pub lose_candidates: bool,
    /// Puts another certificate's fingerprint into what the host answers, as one does who sits in between.
    pub forge_answers: bool,
    /// How many offers are still to be lost.
    pub lose_offers: usize,
    /// What the host would hear, for a hub without a host.
    unheard: Vec<(usize, Signal)>,
}

impl Hub {
    pub fn host_seat(&mut self) -> SignalLine {
        let (to_host, from_rendezvous) = mpsc::channel(8192);
        let (to_rendezvous, from_host) = mpsc::channel(8192);
        self.to_host = Some(to_host);
        self.from_host = Some(from_host);
        SignalLine {
            to_rendezvous,
            from_rendezvous,
        }
    }

    pub fn guest_seat(&mut self) -> SignalLine {
        let (mut to_guest, from_rendezvous) = mpsc::channel(1024);
        let (to_rendezvous, from_guest) = mpsc::channel(1024);
        for event in [
            PeerEvent::IdAssigned(id(self.lines.len() + 1)),
            PeerEvent::NewPeer(id(0)),
        ] {
            let event: PeerEvent<Signal> = event;
            to_guest.try_send(serde_json::to_string(&event).unwrap()).unwrap();
        }
        self.lines.push((Some(to_guest), Some(from_guest)));
        SignalLine {
            to_rendezvous,
            from_rendezvous,
        }
    }

    /// A line on which a test itself speaks to the host.
    pub fn line(&mut self) -> usize {
        self.lines.push((None, None));
        self.lines.len()
    }

    pub fn say(&mut self, line: usize, signal: &Signal) {
        let event = PeerEvent::Signal {
            sender: id(line),
            data: signal.clone(),
        };
        self.say_raw(line, &serde_json::to_string(&event).unwrap());
    }

    pub fn say_raw(&mut self, _line: usize, frame: &str) {
        let _ = self.to_host.as_mut().unwrap().try_send(frame.to_owned());
    }

    pub fn host_says(&mut self, line: usize, signal: &Signal) {
        let event = PeerEvent::Signal {
            sender: id(0),
            data: signal.clone(),
        };
        let frame = serde_json::to_string(&event).unwrap();
        if let Some(to) = &mut self.lines[line - 1].0 {
            let _ = to.try_send(frame);
        }
    }

    pub fn heard_by_host(&mut self) -> Vec<(usize, Signal)> {
        self.pass();
        core::mem::take(&mut self.unheard)
    }

    pub fn hang_up(&mut self) {
        *self = Self::default();
    }

    fn spoil(&mut self, signal: Signal) -> Option<Signal> {
        let without_addresses = |sdp: String| {
            sdp.lines()
                .filter(|line| !line.starts_with("a=candidate"))
                .map(|line| format!("{line}\r\n"))
                .collect::<String>()
        };
        match signal {
            Signal::Offer(_) if self.lose_offers > 0 => {
                self.lose_offers -= 1;
                None
            }
            Signal::Answer(sdp) if self.forge_answers => {
                let (before, print) = sdp.split_once("sha-256 ").unwrap();
                let other = if print.starts_with('0') { "1" } else { "0" };
                Some(Signal::Answer(format!("{before}sha-256 {other}{}", &print[1..])))
            }
            Signal::IceCandidate(_) if self.lose_candidates => None,
            Signal::Offer(sdp) if self.lose_candidates => Some(Signal::Offer(without_addresses(sdp))),
            Signal::Answer(sdp) if self.lose_candidates => Some(Signal::Answer(without_addresses(sdp))),
            other => Some(other),
        }
    }

    pub fn pass(&mut self) {
        for line in 1..=self.lines.len() {
            while let Some(frame) = self.lines[line - 1]
                .1
                .as_mut()
                .and_then(|from| from.try_recv().ok())
            {
                let request: PeerRequest<Signal> = serde_json::from_str(&frame).unwrap();
                let PeerRequest::Signal { receiver, data } = request else {
                    continue;
                };
                assert_eq!(receiver, id(0));
                match self.spoil(data) {
                    Some(signal) if self.to_host.is_some() => self.say(line, &signal),
                    Some(signal) => self.unheard.push((line, signal)),
                    None => {}
                }
            }
        }
        while let Some(frame) = self.from_host.as_mut().and_then(|from| from.try_recv().ok()) {
            let request: PeerRequest<Signal> = serde_json::from_str(&frame).unwrap();
            let PeerRequest::Signal { receiver, data } = request else {
                continue;
            };
            let line = (1..=self.lines.len()).find(|line| id(*line) == receiver).unwrap();
            if let Some(signal) = self.spoil(data) {
                self.host_says(line, &signal);
            }
        }
    }
}

/// One end, with everything that happened to it.
#[derive(Debug)]
pub struct Everyone {
    pub transport: WebRtcTransport,
    pub events: Vec<LinkEvent>,
    pub failed: Option<JoinFailure>,
    /// A guest's link.
    pub open: Option<LinkId>,
    links: Vec<LinkId>,
}

impl Everyone {
    pub fn new(transport: WebRtcTransport) -> Self {
        Self {
            transport,
            events: Vec::new(),
            failed: None,
            open: None,
            links: Vec::new(),
        }
    }

    pub fn poll(&mut self, now: Duration) {
        let seen = self.events.len();
        self.transport.poll(now, &mut self.events);
        for event in &self.events[seen..] {
            match event {
                LinkEvent::Opened { link, .. } => {
                    self.open = Some(*link);
                    self.links.push(*link);
                }
                LinkEvent::Closed { link, .. } => {
                    self.open = self.open.filter(|open| open != link);
                    self.links.retain(|open| open != link);
                }
                LinkEvent::Failed { cause } => {
                    assert_eq!(self.failed.replace(cause.clone()), None, "failed twice");
                }
                LinkEvent::Received { .. } | LinkEvent::Progress { .. } => {}
            }
        }
    }

    pub fn open_links(&self) -> Vec<LinkId> {
        self.links.clone()
    }

    pub fn has(&self, wanted: Channel, message: &Bytes) -> bool {
        self.events.iter().any(|event| {
            matches!(event, LinkEvent::Received { channel, bytes, .. } if *channel == wanted && bytes == message)
        })
    }

    pub fn closed(&self, wanted: CloseCause) -> usize {
        let is = |event: &&LinkEvent| matches!(event, LinkEvent::Closed { cause, .. } if *cause == wanted);
        self.events.iter().filter(is).count()
    }
}

/// A host and its guests.
pub struct All {
    pub host: Everyone,
    pub guests: Vec<Everyone>,
}

impl All {
    /// The guest is linked, and the host has as many links as guests have.
    pub fn both_open(&self, guest: usize) -> bool {
        let linked = self.guests.iter().filter(|guest| guest.open.is_some()).count();
        self.guests[guest].open.is_some() && self.host.links.len() >= linked
    }
}

/// A host, its guests and their rendezvous.
pub struct Room {
    pub hub: Hub,
    pub all: All,
    started: Instant,
}

impl Room {
    pub fn new(options: HostOptions) -> Self {
        let mut hub = Hub::default();
        let host = WebRtcTransport::host(Rendezvous::Seat(hub.host_seat()), options);
        let all = All {
            host: Everyone::new(host),
            guests: Vec::new(),
        };
        Self {
            hub,
            all,
            started: Instant::now(),
        }
    }

    pub fn join(&mut self) -> usize {
        self.join_with(GuestOptions::new(1))
    }

    pub fn join_with(&mut self, options: GuestOptions) -> usize {
        let seat = Rendezvous::Seat(self.hub.guest_seat());
        self.all
            .guests
            .push(Everyone::new(WebRtcTransport::guest(seat, options)));
        self.all.guests.len() - 1
    }

    /// A linked guest says something on the ordered channel, and the host hears it within two seconds.
    pub fn is_heard(&mut self, guest: usize, said: impl Into<Bytes>) {
        let said = said.into();
        let guest = &mut self.all.guests[guest];
        let link = guest.open.unwrap();
        guest.transport.send(link, Channel::Order, said.clone()).unwrap();
        self.until("heard", Duration::from_secs(2), |all| {
            all.host.has(Channel::Order, &said)
        });
    }

    pub fn step(&mut self) {
        let now = self.started.elapsed();
        self.hub.pass();
        self.all.host.poll(now);
        self.all.guests.iter_mut().for_each(|guest| guest.poll(now));
        pause();
    }

    pub fn until(&mut self, what: &str, within: Duration, mut done: impl FnMut(&All) -> bool) {
        let deadline = Instant::now() + within;
        while !done(&self.all) {
            assert!(
                Instant::now() < deadline,
                "not within {within:?}: {what}; failures: {:?}; host {:?}",
                self.all
                    .guests
                    .iter()
                    .filter_map(|guest| guest.failed.clone())
                    .collect::<Vec<_>>(),
                self.all.host.transport.counters(),
            );
            self.step();
        }
    }
}

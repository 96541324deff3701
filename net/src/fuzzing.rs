//! Doors for fuzzers: each takes any bytes the way a stranger's would come in.
//!
//! Flow: `fuzz/` calls one of [`TARGETS`] with a fuzzer's bytes; `net/tests/fuzz_corpus.rs` calls all of them
//! with the corpus and its mutations ([`mutated`]) on every test run, and `game/tests` does the same with files.
//! Invariant: no target has a failure of its own; what panics or hangs here does so for a real peer.

use crate::body::{self, BodyPose};
use crate::link::{Link, RoomSecret};
use crate::pose::{self, Pose};
use crate::session::guest::{Guest, GuestConfig};
use crate::session::host::{Host, HostConfig};
use crate::stream::{self, Crowd, Slot, Streamed, View};
use crate::transport::memory::{MemoryNet, MemoryTransport, SeededRng, Weather};
use crate::transport::signal::Signal;
use crate::transport::webrtc::sdp::{Description, Half, parse_candidate};
use crate::transport::{Channel, LinkEvent, LinkId, Transport};
use crate::wire::{BitReader, BitWriter};
use bytes::Bytes;
use core::time::Duration;
use holm_identity::Identity;
use holm_voice::frame::{Flags, Frame, Reach, Sequence};
use matchbox_protocol::{PeerEvent, PeerRequest};

/// Name and function of every target; a target's corpus lies in `fuzz/corpus/NAME`.
pub const TARGETS: [(&str, fn(&[u8])); 8] = [
    ("wire", wire),
    ("pose", pose),
    ("body", body),
    ("link", link),
    ("signal", signal),
    ("host_door", host_door),
    ("host_guest", host_guest),
    ("guest", guest),
];

/// What a corpus is made of, for the changes that find most in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corpus {
    /// Messages: any byte may mean anything.
    Messages,
    /// Files that begin with a description in text: a digit for another keeps it readable, and half of one is
    /// refused at once.
    Files,
}

/// Longest mutation of a message; a datagram and a control message are shorter.
const MAX_MESSAGE_BYTES: usize = 60_000;

/// One input of the corpus (which has some) with a few changes of the kind that fuzzers make.
pub fn mutated(rng: &mut SeededRng, corpus: &[Vec<u8>], of: Corpus) -> Vec<u8> {
    let files = of == Corpus::Files;
    let mut input = corpus[rng.below(corpus.len())].clone();
    for _ in 0..1 + rng.below(4) {
        let at = rng.below(input.len() + 1);
        if files && rng.below(3) == 0 {
            let digits = input.iter().enumerate().filter(|(_, byte)| byte.is_ascii_digit());
            let digits: Vec<usize> = digits.map(|(at, _)| at).collect();
            if !digits.is_empty() {
                input[digits[rng.below(digits.len())]] = b'0' + rng.below(10) as u8;
            }
            continue;
        }
        match rng.below(7) {
            0 if at < input.len() => input[at] ^= 1 << rng.below(8),
            1 if at < input.len() => input[at] = [0, 0xFF, 0x7F, 0x80, rng.below(256) as u8][rng.below(5)],
            2 if !files || rng.below(8) == 0 => input.truncate(at),
            3 => input.insert(at, rng.below(256) as u8),
            4 if at < input.len() => _ = input.remove(at),
            5 if !files => {
                let other = &corpus[rng.below(corpus.len())];
                let from = rng.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ => {
                let most = if files { 40 } else { 8 };
                let again = input[at..(at + rng.below(most)).min(input.len())].to_vec();
                input.splice(at..at, again);
            }
        }
    }
    if !files {
        input.truncate(MAX_MESSAGE_BYTES);
    }
    input
}

/// Reads fields in an order that the bytes choose.
pub fn wire(data: &[u8]) {
    let (plan, data) = data.split_at(data.len() / 2);
    let mut r = BitReader::new(data);
    for step in plan {
        let n = u32::from(step >> 3);
        let _ = match step & 7 {
            0 => r.bits(n).map(drop),
            1 => r.signed(n.max(1)).map(drop),
            2 => r.varint().map(drop),
            3 => r.varint_signed().map(drop),
            4 => r.bytes(n as usize).map(drop),
            5 => r.str(n as usize).map(drop),
            6 => r.raw(usize::MAX - n as usize).map(drop),
            _ => r.end(),
        };
    }
}

/// A pose stream that has a past, and then these bytes from the other side, more than once.
pub fn pose(data: &[u8]) {
    streamed::<pose::Quantised>(data, |at| {
        pose::Quantised::new(&Pose {
            position: at,
            ..Pose::default()
        })
    });
}

/// The same of bodies.
pub fn body(data: &[u8]) {
    streamed::<body::Quantised>(data, |at| {
        body::Quantised::new(&BodyPose {
            position: at,
            rotation: [at[0], 0.3, 0.0, 1.0],
        })
    });
}

fn streamed<V: Streamed>(data: &[u8], value: impl Fn([f32; 3]) -> Option<V>) {
    let (mut here, mut there) = (stream::Pair::<V>::new(V::SLOTS), stream::Pair::<V>::new(V::SLOTS));
    let (mut crowd, mut w) = (Crowd::<V>::new(), BitWriter::new());
    for tick in 0..6u16 {
        for slot in [0, 1, 2, 9, 300] {
            if let Some(value) = value([f32::from(tick) * 0.1, 0.0, f32::from(slot)]) {
                crowd.put(Slot(slot), value, tick, tick);
            }
        }
        w.clear();
        here.write(&crowd, View::default(), tick, 1159, &mut w);
        // After lies from the same peer even its honest datagrams may not fit any more.
        let _ = there.read(w.finish(), |_| {});
        for stream in [&mut there, &mut here] {
            let _ = stream.read(data, |sample| {
                assert!(usize::from(sample.slot.0) < V::SLOTS, "a slot out of range");
                assert!(sample.value.is_within_range(), "a value out of range");
                assert!(V::new(&sample.value.shown()).is_some(), "a value that is nowhere");
            });
        }
        w.clear();
        there.write(&Crowd::new(), View::default(), tick, 1159, &mut w);
        let _ = here.read(w.finish(), |_| {});
    }
}

/// Text that somebody pasted as a link: what is taken is written the same way again.
pub fn link(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    let _ = RoomSecret::decode(text);
    if let Ok(link) = text.parse::<Link>() {
        let again = link.browser_url().parse::<Link>();
        assert_eq!(
            again.as_ref(),
            Ok(&link),
            "a link that does not survive its own spelling"
        );
    }
}

/// A frame on a signaling line, and the SDP and candidates in it.
pub fn signal(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    let _ = serde_json::from_str::<PeerRequest<Signal>>(text);
    let signal = match serde_json::from_str::<PeerEvent<Signal>>(text) {
        Ok(PeerEvent::Signal { data, .. }) => Some(data),
        _ => serde_json::from_str::<Signal>(text).ok(),
    };
    let (sdp, candidate) = match &signal {
        Some(Signal::Offer(sdp) | Signal::Answer(sdp)) => (sdp.as_str(), text),
        Some(Signal::IceCandidate(candidate)) => (text, candidate.as_str()),
        _ => (text, text),
    };
    for half in [Half::Offer, Half::Answer] {
        if let Ok(description) = Description::parse(sdp, half) {
            let _ = parse_candidate(candidate, &description);
        }
    }
}

/// One who has not said who they are yet says this to a host.
pub fn host_door(data: &[u8]) {
    let mut pair = Pair::new();
    pair.open();
    for (channel, bytes) in messages(data) {
        pair.say_to_host(channel, bytes);
    }
    pair.host_lives();
}

/// A guest who is inside says this to the host.
pub fn host_guest(data: &[u8]) {
    let mut pair = Pair::new();
    pair.enter();
    for (channel, bytes) in messages(data) {
        pair.say_to_host(channel, bytes);
    }
    pair.host_lives();
}

/// A host says this to a guest who is inside.
pub fn guest(data: &[u8]) {
    let mut pair = Pair::new();
    pair.enter();
    for (channel, bytes) in messages(data) {
        pair.say_to_guest(channel, bytes);
    }
}

/// A fuzzer's bytes as messages: a channel (one byte), a length (two, low first), that many bytes; the last
/// takes what is left. At most 16.
fn messages(mut data: &[u8]) -> Vec<(Channel, Bytes)> {
    let mut all = Vec::new();
    while let Some((&[channel, low, high], rest)) = data.split_first_chunk()
        && all.len() < 16
    {
        let len = usize::from(u16::from_le_bytes([low, high])).min(rest.len());
        let (message, rest) = rest.split_at(len);
        let channel = match channel % 3 {
            0 => Channel::Stream,
            1 => Channel::Order,
            _ => Channel::Bulk,
        };
        all.push((channel, Bytes::copy_from_slice(message)));
        data = rest;
    }
    all
}

/// Messages in the form that `messages` reads, for making a corpus.
pub fn as_messages(all: &[(Channel, Bytes)]) -> Vec<u8> {
    let mut data = Vec::new();
    for (channel, bytes) in all {
        data.push(*channel as u8);
        data.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
        data.extend_from_slice(bytes);
    }
    data
}

/// A host and a guest in one process.
pub struct Pair {
    now: Duration,
    host: Host,
    guest: Guest,
    host_end: Heard,
    guest_end: Heard,
}

impl Default for Pair {
    fn default() -> Self {
        Self::new()
    }
}

impl Pair {
    /// Both exist; nobody is linked.
    pub fn new() -> Self {
        let net = MemoryNet::new(1);
        let secret = RoomSecret([7; 16]);
        let host_end = Heard::new(net.host());
        let guest_end = Heard::new(net.guest(Weather::PERFECT));
        let host = Host::new(HostConfig {
            identity: Identity::from_secrets(&[1; 32], &[2; 32]),
            secret: secret.clone(),
            world_name: "World".into(),
            game_protocol: 1,
            max_guests: 4,
            own_name: Some("Ada".into()),
            stream_bytes_per_sec: 32_000,
        });
        let guest = Guest::new(GuestConfig {
            identity: Identity::from_secrets(&[3; 32], &[4; 32]),
            secret,
            name: "Bo".into(),
            game_protocol: 1,
        });
        Self {
            now: Duration::ZERO,
            host,
            guest,
            host_end,
            guest_end,
        }
    }

    /// Opens the link at transport level only: the guest's session says nothing.
    fn open(&mut self) {
        for _ in 0..3 {
            self.guest_end.inner.poll(self.now, &mut Vec::new());
            self.step_host();
        }
    }

    /// Lets both run until the guest is inside and poses, words, voices and a blob have gone both ways.
    pub fn enter(&mut self) {
        let blob = self.host.offer_blob(Bytes::from_static(&[5; 40_000]));
        for frame in 0..30u8 {
            let walk = Pose {
                position: [f32::from(frame) * 0.1, 0.0, 0.0],
                ..Pose::default()
            };
            self.host.set_own_pose(self.now, walk);
            self.guest.set_own_pose(self.now, walk);
            let flags = Flags {
                reach: Reach::ALL[usize::from(frame / 8) % 3],
                ..Flags::default()
            };
            if let Some(said) = Frame::new(Sequence(frame.into()), flags, 9, &[0x48, frame, 3, 4, 5]) {
                self.host.say(self.now, &said);
                self.guest.say(&said);
            }
            if frame == 10 {
                self.guest.send(Bytes::from_static(b"hello"));
                self.host.broadcast(Bytes::from_static(b"welcome"));
                self.guest.fetch_blob(blob, 40_000);
            }
            self.step_host();
            self.guest.update(self.now, &mut self.guest_end, &mut Vec::new());
        }
    }

    /// What each side received so far, host first.
    pub fn heard(&self) -> [&[(Channel, Bytes)]; 2] {
        [&self.host_end.heard, &self.guest_end.heard]
    }

    fn step_host(&mut self) {
        self.now += Duration::from_millis(25);
        self.host.update(self.now, &mut self.host_end, &mut Vec::new());
    }

    fn say_to_host(&mut self, channel: Channel, bytes: Bytes) {
        if let Some(link) = self.guest_end.inner.link() {
            let _ = self.guest_end.inner.send(link, channel, bytes);
        }
        self.step_host();
    }

    fn say_to_guest(&mut self, channel: Channel, bytes: Bytes) {
        if let Some(link) = self.guest_end.inner.link() {
            let _ = self.host_end.inner.send(link, channel, bytes);
        }
        self.now += Duration::from_millis(25);
        self.guest.update(self.now, &mut self.guest_end, &mut Vec::new());
    }

    /// Whatever one guest says, the host goes on for the others.
    fn host_lives(&mut self) {
        self.step_host();
        assert!(!self.host.is_over(), "a guest ended the host");
    }
}

/// A transport that remembers what came.
struct Heard {
    inner: MemoryTransport,
    heard: Vec<(Channel, Bytes)>,
}

impl Heard {
    fn new(inner: MemoryTransport) -> Self {
        Self {
            inner,
            heard: Vec::new(),
        }
    }
}

impl Transport for Heard {
    fn poll(&mut self, now: Duration, events: &mut Vec<LinkEvent>) {
        let before = events.len();
        self.inner.poll(now, events);
        self.heard
            .extend(events[before..].iter().filter_map(|event| match event {
                LinkEvent::Received { channel, bytes, .. } => Some((*channel, bytes.clone())),
                _ => None,
            }));
    }

    fn send(
        &mut self,
        link: LinkId,
        channel: Channel,
        bytes: Bytes,
    ) -> Result<(), crate::transport::SendError> {
        self.inner.send(link, channel, bytes)
    }

    fn close(&mut self, link: LinkId) {
        self.inner.close(link);
    }

    fn report(&self, link: LinkId) -> Option<crate::transport::LinkReport> {
        self.inner.report(link)
    }
}

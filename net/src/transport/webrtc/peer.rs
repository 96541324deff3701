//! One peer: a matchbox socket of its own, supervised, with a signaling line made of two queues.
//!
//! Flow: [`Peer::offer`] or [`Peer::answer`] starts the handshake; [`Peer::hear`] takes the peer's checked
//! words; [`Peer::poll`] gives back what is to be said to the peer, then messages, then the end.
//! Invariant: whatever happens in one peer's task, a panic included, ends this link and no other. That is
//! why matchbox, which can hold many peers in one socket, holds exactly one here: one task to lose, and
//! dropping it closes the connection, which is how somebody is sent away.

use super::limits::{InboundLimits, Meter, max_len};
use super::sdp::{
    Candidate, Description, Fingerprint, Half, MAX_CANDIDATES, Malformed, parse_candidate,
    parse_own_candidate,
};
use crate::transport::signal::{IceServers, Signal};
use crate::transport::{
    Channel, ChannelBinding, CloseCause, LinkReport, Path, SendError, UdpFinding, platform,
};
use bytes::Bytes;
use core::time::Duration;
use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use matchbox_socket::{
    ChannelConfig, Packet, PeerEvent, PeerId, PeerRequest, PeerSignal, PeerState, RtcIceServerConfig,
    SignalingError, Signaller, SignallerBuilder, WebRtcSocket,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Signals that may wait in each direction between us and the task: an SDP and every candidate.
const SIGNAL_QUEUE: usize = 4 * MAX_CANDIDATES;

/// Silence before the end that tells a network that went away from a peer that hung up: an open link
/// carries a heartbeat each second.
const NETWORK_SILENCE: Duration = Duration::from_secs(3);

/// Channel configurations, by [`Channel`].
fn channels() -> [ChannelConfig; 3] {
    let bulk = ChannelConfig {
        ordered: false,
        max_retransmits: None,
    };
    [ChannelConfig::unreliable(), ChannelConfig::reliable(), bulk]
}

/// What a poll of one peer found, besides messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Opened(ChannelBinding),
    Closed(CloseCause),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Handshaking,
    Open,
    Over,
}

/// One peer and its link. Dropping it closes the connection.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) remote: PeerId,
    socket: WebRtcSocket,
    _task: platform::LinkTask,
    senders: [UnboundedSender<(PeerId, Packet)>; 3],
    receivers: [UnboundedReceiver<(PeerId, Packet)>; 3],
    to_task: mpsc::Sender<PeerEvent>,
    from_task: mpsc::Receiver<PeerRequest>,
    state: State,
    meter: Meter,
    own_fingerprint: Option<Fingerprint>,
    /// Their description; candidates are read against it.
    theirs: Option<Description>,
    their_candidates: usize,
    report: LinkReport,
    own_reflexive_or_relay: bool,
    stun_or_turn_offered: bool,
    last_received: Duration,
    /// When our offer or answer left.
    said_at: Option<Duration>,
}

impl Peer {
    /// Starts a handshake in which we make the offer.
    pub(super) fn offer(remote: PeerId, ice: &IceServers, limits: InboundLimits, now: Duration) -> Self {
        let mut peer = Self::new(remote, ice, limits, now);
        peer.tell_task(PeerEvent::NewPeer(remote));
        peer
    }

    /// Starts a handshake in which we answer `offer`.
    pub(super) fn answer(
        remote: PeerId,
        offer: Description,
        ice: &IceServers,
        limits: InboundLimits,
        now: Duration,
    ) -> Self {
        let mut peer = Self::new(remote, ice, limits, now);
        peer.take_description(offer);
        peer
    }

    fn new(remote: PeerId, ice: &IceServers, limits: InboundLimits, now: Duration) -> Self {
        let (to_task, events) = mpsc::channel(SIGNAL_QUEUE);
        let (requests, from_task) = mpsc::channel(SIGNAL_QUEUE);
        let line = TaskLine { requests, events };
        let mut builder = WebRtcSocket::builder("")
            .ice_server(RtcIceServerConfig {
                urls: ice.urls.clone(),
                username: ice.username.clone(),
                credential: ice.credential.clone(),
            })
            .signaling_keep_alive_interval(None)
            .signaller_builder(Arc::new(TaskLineOnce(Mutex::new(Some(line)))));
        for channel in channels() {
            builder = builder.add_channel(channel);
        }
        let (mut socket, task) = builder.build();
        let task = platform::spawn_link(async move {
            if let Err(error) = task.await {
                tracing::debug!("a link's task ended: {error}");
            }
        });
        let [stream, order, bulk] = [0, 1, 2].map(|channel| {
            socket
                .take_channel(channel)
                .expect("built with three channels just above")
                .split()
        });
        let mut peer = Self {
            remote,
            socket,
            _task: task,
            senders: [stream.0, order.0, bulk.0],
            receivers: [stream.1, order.1, bulk.1],
            to_task,
            from_task,
            state: State::Handshaking,
            meter: Meter::new(limits, now),
            own_fingerprint: None,
            theirs: None,
            their_candidates: 0,
            report: LinkReport::default(),
            own_reflexive_or_relay: false,
            stun_or_turn_offered: !ice.urls.is_empty(),
            last_received: now,
            said_at: None,
        };
        // matchbox wants to be told an id of its own first and uses it for nothing: any will do.
        peer.tell_task(PeerEvent::IdAssigned(remote));
        peer
    }

    /// The queue holds every signal an honest peer has; the task of one that sent more is not waited for.
    fn tell_task(&mut self, event: PeerEvent) {
        let _ = self.to_task.try_send(event);
    }

    fn take_description(&mut self, description: Description) {
        let text = description.write();
        let signal = match description.half {
            Half::Offer => PeerSignal::Offer(text),
            Half::Answer => PeerSignal::Answer(text),
        };
        self.their_candidates = description.candidates.len();
        for candidate in &description.candidates {
            self.note("theirs", candidate);
        }
        self.theirs = Some(description);
        self.tell_task(PeerEvent::Signal {
            sender: self.remote,
            data: signal,
        });
    }

    fn note(&mut self, whose: &str, candidate: &Candidate) {
        if self.report.tried.len() < 2 * MAX_CANDIDATES {
            let address = core::net::SocketAddr::new(candidate.address, candidate.port);
            self.report
                .tried
                .push(format!("{whose} {} udp {address}", candidate.kind.as_str()));
        }
    }

    /// Takes an answer to our offer. A second one is left out.
    pub(super) fn hear_answer(&mut self, sdp: &str) -> Result<(), Malformed> {
        if self.theirs.is_none() && self.own_fingerprint.is_some() {
            self.take_description(Description::parse(sdp, Half::Answer)?);
        }
        Ok(())
    }

    /// Takes one candidate. Those before the description and those above [`MAX_CANDIDATES`] are left out.
    pub(super) fn hear_candidate(&mut self, json: &str) -> Result<(), Malformed> {
        let Some(theirs) = &self.theirs else {
            return Ok(());
        };
        let Some(candidate) = parse_candidate(json, theirs)? else {
            return Ok(());
        };
        if self.their_candidates < MAX_CANDIDATES {
            self.their_candidates += 1;
            let json = candidate.to_json(theirs);
            self.note("theirs", &candidate);
            self.tell_task(PeerEvent::Signal {
                sender: self.remote,
                data: PeerSignal::IceCandidate(json),
            });
        }
        Ok(())
    }

    /// What our side has to say to the peer next, through the rendezvous.
    pub(super) fn next_signal(&mut self, now: Duration) -> Option<Signal> {
        loop {
            let PeerRequest::Signal { data, .. } = self.from_task.try_recv().ok()? else {
                continue;
            };
            return Some(match data {
                PeerSignal::Offer(sdp) => {
                    self.take_own(&sdp, Half::Offer, now);
                    Signal::Offer(sdp)
                }
                PeerSignal::Answer(sdp) => {
                    self.take_own(&sdp, Half::Answer, now);
                    Signal::Answer(sdp)
                }
                PeerSignal::IceCandidate(json) => {
                    if let Some(candidate) = parse_own_candidate(&json) {
                        self.note_own(&candidate);
                    }
                    Signal::IceCandidate(json)
                }
            });
        }
    }

    fn take_own(&mut self, sdp: &str, half: Half, now: Duration) {
        self.said_at = Some(now);
        match Description::parse(sdp, half) {
            Ok(own) => {
                self.own_fingerprint = Some(own.fingerprint);
                for candidate in &own.candidates {
                    self.note_own(candidate);
                }
            }
            // Without it the link has no binding and is refused when it opens.
            Err(error) => tracing::error!("our own description is not readable: {error}"),
        }
    }

    fn note_own(&mut self, candidate: &Candidate) {
        use super::sdp::CandidateKind::{Relay, ServerReflexive};
        self.own_reflexive_or_relay |= matches!(candidate.kind, ServerReflexive | Relay);
        self.note("ours", candidate);
    }

    /// Whether the peer has described itself.
    pub(super) fn was_answered(&self) -> bool {
        self.theirs.is_some()
    }

    /// When our description left, if it has.
    pub(super) fn said_at(&self) -> Option<Duration> {
        self.said_at
    }

    pub(super) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// What gathering found out about UDP: a server's answer shows as a candidate that is not our own address.
    pub(super) fn udp_finding(&self) -> UdpFinding {
        match (self.stun_or_turn_offered, self.own_reflexive_or_relay) {
            (_, true) => UdpFinding::Works,
            (true, false) => UdpFinding::Blocked,
            (false, false) => UdpFinding::Unknown,
        }
    }

    /// Moves messages in and looks whether the link opened or ended. After [`Change::Closed`] the peer is
    /// to be dropped.
    pub(super) fn poll(
        &mut self,
        now: Duration,
        mut receive: impl FnMut(Channel, Bytes),
    ) -> (Option<Change>, Option<Change>) {
        let mut opened = None;
        let mut gone = false;
        match self.socket.try_update_peers() {
            Ok(changes) => {
                for (_, state) in changes {
                    match state {
                        PeerState::Connected => opened = self.binding().map(Change::Opened),
                        PeerState::Disconnected => gone = true,
                    }
                }
            }
            Err(_) => gone = true, // the task ended
        }
        if opened.is_some() {
            self.state = State::Open;
            self.last_received = now;
        }
        // Messages may be there before the news that the link is open: they wait until it is told.
        if self.state == State::Open && !self.drain(now, &mut receive) {
            self.state = State::Over;
            return (opened, Some(Change::Closed(CloseCause::Misbehaved)));
        }
        if !gone {
            return (opened, None);
        }
        self.state = State::Over;
        let silent = now.saturating_sub(self.last_received) > NETWORK_SILENCE;
        let cause = if silent {
            CloseCause::Network
        } else {
            CloseCause::There
        };
        (opened, Some(Change::Closed(cause)))
    }

    /// Takes everything that waits. False when it is more than an honest peer sends.
    fn drain(&mut self, now: Duration, receive: &mut impl FnMut(Channel, Bytes)) -> bool {
        self.meter.refill(now);
        for channel in [Channel::Stream, Channel::Order, Channel::Bulk] {
            while let Ok((_, bytes)) = self.receivers[channel as usize].try_recv() {
                if !self.meter.admits(channel, bytes.len()) {
                    return false;
                }
                self.report.received_messages += 1;
                self.report.received_bytes += bytes.len() as u64;
                self.last_received = now;
                receive(channel, bytes);
            }
        }
        true
    }

    /// Both fingerprints, sorted, hashed. `None` before both descriptions are known.
    fn binding(&self) -> Option<ChannelBinding> {
        let mut both = [self.own_fingerprint?, self.theirs.as_ref()?.fingerprint];
        both.sort();
        let mut hasher =
            blake3::Hasher::new_derive_key("holm 2026-11 channel binding: two DTLS fingerprints");
        hasher.update(&both[0].0).update(&both[1].0);
        Some(ChannelBinding(hasher.finalize().into()))
    }

    pub(super) fn send(&mut self, channel: Channel, bytes: Bytes) -> Result<(), SendError> {
        let max = max_len(channel);
        if bytes.len() > max {
            return Err(SendError::TooLarge {
                len: bytes.len(),
                max,
            });
        }
        if self.state != State::Open {
            return Err(SendError::NoLink);
        }
        self.report.sent_messages += 1;
        self.report.sent_bytes += bytes.len() as u64;
        // Fails only when the task is gone, which the next poll tells.
        let _ = self.senders[channel as usize].unbounded_send((self.remote, bytes));
        Ok(())
    }

    pub(super) fn path(&self) -> Path {
        match self.socket.candidate_pair(self.remote) {
            None => Path::Unknown,
            Some(pair) if pair.is_relayed() => Path::Relayed,
            Some(_) => Path::Direct,
        }
    }

    pub(super) fn report(&self) -> LinkReport {
        let mut report = self.report.clone();
        report.path = self.path();
        if let Some(pair) = self.socket.candidate_pair(self.remote) {
            use matchbox_socket::CandidateType;
            let name = |kind| match kind {
                CandidateType::Host => "host".to_owned(),
                CandidateType::ServerReflexive => "srflx".to_owned(),
                CandidateType::PeerReflexive => "prflx".to_owned(),
                CandidateType::Relay => "relay".to_owned(),
            };
            report.chosen = Some((name(pair.local), name(pair.remote)));
        }
        report
    }
}

/// The task's end of the two queues: what matchbox takes for a rendezvous.
#[derive(Debug)]
struct TaskLine {
    requests: mpsc::Sender<PeerRequest>,
    events: mpsc::Receiver<PeerEvent>,
}

#[cfg_attr(not(target_arch = "wasm32"), async_trait::async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait::async_trait(?Send))]
impl Signaller for TaskLine {
    async fn send(&mut self, request: PeerRequest) -> Result<(), SignalingError> {
        // Full only when nobody polls us; then a candidate is lost, and the handshake times out at worst.
        let _ = self.requests.try_send(request);
        Ok(())
    }

    async fn next_message(&mut self) -> Result<PeerEvent, SignalingError> {
        self.events.next().await.ok_or(SignalingError::StreamExhausted)
    }
}

/// Hands the one line to the one socket that was built for it.
#[derive(Debug)]
struct TaskLineOnce(Mutex<Option<TaskLine>>);

#[cfg_attr(not(target_arch = "wasm32"), async_trait::async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait::async_trait(?Send))]
impl SignallerBuilder for TaskLineOnce {
    async fn new_signaller(
        &self,
        _attempts: Option<u16>,
        _room_url: String,
    ) -> Result<Box<dyn Signaller>, SignalingError> {
        let line = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match line {
            Some(line) => Ok(Box::new(line)),
            None => Err(SignalingError::UserImplementationError(
                "the line is taken".to_owned(),
            )),
        }
    }
}

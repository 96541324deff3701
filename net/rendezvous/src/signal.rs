//! Lines: a websocket, or a seat in the same process, pumped through a [`Seat`].
//!
//! Flow: `GET /signal/ROOM` becomes a websocket; with a token (`?host=TOKEN` or `Authorization: Bearer`) it
//! asks for the host's seat, without for a guest's. [`pump`] then carries frames both ways until either
//! side, a limit or the room ends it, and the end has a [`close_code`].
//! Invariant: a line that breaks a rule ends itself and nothing else.

use core::pin::pin;
use core::time::Duration;
use std::sync::Arc;

use axum::Extension;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::{Sink, SinkExt, Stream, StreamExt};
use holm_net::transport::signal::{MAX_SIGNAL_BYTES, close_code};
use matchbox_protocol::PeerId;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::config::{Rate, RemoteHosts};
use crate::rooms::{Bucket, Owner, Request, Role, Seat};
use crate::server::Shared;
use crate::web::Client;

/// The rendezvous shuts down (RFC 6455 §7.4.1).
pub(crate) const GOING_AWAY: u16 = 1001;
/// A frame was too long (ibid.).
const TOO_BIG: u16 = 1009;
/// The line ended without a word (ibid.; never sent).
const ABNORMAL: u16 = 1006;
/// Longest token a host may show.
const MAX_TOKEN_BYTES: usize = 256;
/// How long a guest waits for a host that does not read, before it is told to come back later.
const HOST_PATIENCE: Duration = Duration::from_secs(5);
/// Pings find dead lines, and keep proxies (which cut after 30–60 s of silence) from cutting.
const PING_EVERY: Duration = Duration::from_secs(15);

/// Whether this can be a room: 32 lower-case hex digits.
pub(crate) fn is_room_name(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[derive(Debug, serde::Deserialize)]
pub(crate) struct SignalQuery {
    host: Option<String>,
}

/// `GET /signal/{room}`.
pub(crate) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    Extension(client): Extension<Client>,
    Path(room): Path<String>,
    Query(query): Query<SignalQuery>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !is_room_name(&room) {
        return (StatusCode::NOT_FOUND, "a room is 32 lower-case hex digits\n").into_response();
    }
    let address = shared.address(client, &headers);
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok()?.strip_prefix("Bearer "));
    let token = query.host.or(bearer.map(str::to_owned));
    upgrade
        .max_message_size(MAX_SIGNAL_BYTES)
        .max_frame_size(MAX_SIGNAL_BYTES)
        // The queue of a seat is what waits for a slow reader, not this one.
        .write_buffer_size(0)
        .max_write_buffer_size(4 * MAX_SIGNAL_BYTES)
        .on_upgrade(move |socket| async move {
            // Not before: who hangs up during the upgrade would leave a seat behind that nobody gives back.
            let seat = match token {
                Some(token) => may_host(&shared.remote_hosts, &token)
                    .and_then(|owner| shared.rooms.admit_host(&room, owner)),
                None => shared.rooms.admit_guest(&room, address, shared.now()),
            };
            run(shared, socket, seat).await;
        })
}

fn may_host(policy: &RemoteHosts, token: &str) -> Result<Owner, u16> {
    let hash = blake3::hash(token.as_bytes()); // compared in constant time
    let may = match policy {
        RemoteHosts::Refused => false,
        RemoteHosts::Token(expected) => blake3::hash(expected.as_bytes()) == hash,
        RemoteHosts::Anyone => !token.is_empty(),
    };
    (may && token.len() <= MAX_TOKEN_BYTES)
        .then_some(Owner::Token(hash))
        .ok_or(close_code::UNAUTHORISED)
}

async fn run(shared: Arc<Shared>, socket: WebSocket, seat: Result<Seat, u16>) {
    let (mut outgoing, incoming) = socket.split();
    let incoming = incoming.map(|message| match message {
        Ok(Message::Text(text)) => Incoming::Frame(text.as_str().to_owned()),
        Ok(Message::Ping(_) | Message::Pong(_)) => Incoming::Alive,
        Ok(Message::Binary(_)) => Incoming::Broken(close_code::MALFORMED),
        Ok(Message::Close(frame)) => Incoming::Ended(frame.map_or(1005, |f| f.code)),
        Err(error) => Incoming::Broken(if is_too_big(&error) { TOO_BIG } else { ABNORMAL }),
    });
    let mut incoming = pin!(incoming);
    let code = match seat {
        Ok(seat) => pump(&shared, seat, incoming.as_mut(), &mut outgoing, true).await,
        Err(code) => code,
    };
    shared.rooms.metrics.line_end(code);
    if code == ABNORMAL {
        return;
    }
    // Wait for the other's close, so that ours is not lost to a reset over unread frames; but not for long.
    let farewell = async {
        let close = CloseFrame {
            code,
            reason: reason(code).into(),
        };
        if outgoing.send(Message::Close(Some(close))).await.is_ok() {
            while incoming.next().await.is_some_and(|i| !i.is_last()) {}
        }
    };
    let _ = timeout(Duration::from_secs(2), farewell).await;
}

fn is_too_big(error: &axum::Error) -> bool {
    // axum hides tungstenite's error type; its words are all there is.
    let text = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    text.contains("too long") || text.contains("too big") || text.contains("Space limit exceeded")
}

/// The code in words, for whoever reads it in a browser's console.
fn reason(code: u16) -> &'static str {
    match code {
        close_code::MALFORMED => "malformed",
        close_code::UNAUTHORISED => "unauthorised",
        close_code::BARRED => "barred",
        close_code::NO_SUCH_ROOM => "no such room",
        close_code::IDLE => "idle",
        close_code::TAKEN => "somebody else hosts this room",
        close_code::HOST_GONE => "the host went away",
        close_code::RATE_LIMITED => "rate limited",
        close_code::FULL => "full",
        GOING_AWAY => "the rendezvous shuts down",
        TOO_BIG => "frame too long",
        _ => "",
    }
}

/// What came in on a line.
#[derive(Debug)]
pub(crate) enum Incoming {
    Frame(String),
    /// A sign of life without content.
    Alive,
    /// The other side closed, with this code.
    Ended(u16),
    /// The line is no good any more.
    Broken(u16),
}

impl Incoming {
    fn is_last(&self) -> bool {
        matches!(self, Self::Ended(_) | Self::Broken(_))
    }
}

/// Carries frames between a line and its seat until one of them ends; returns why. `strict` holds the line to
/// the limits for strangers and pings it.
pub(crate) async fn pump<I, O>(
    shared: &Shared,
    mut seat: Seat,
    mut incoming: I,
    outgoing: &mut O,
    strict: bool,
) -> u16
where
    I: Stream<Item = Incoming> + Unpin,
    O: Sink<Message> + Unpin,
{
    let code = carry(shared, &mut seat, &mut incoming, outgoing, strict).await;
    shared.rooms.leave(seat, shared.now());
    code
}

/// The two directions run side by side: a line whose other end does not read is still listened to, or a host
/// that is flooded could not get rid of its answers.
async fn carry<I, O>(
    shared: &Shared,
    seat: &mut Seat,
    incoming: &mut I,
    outgoing: &mut O,
    strict: bool,
) -> u16
where
    I: Stream<Item = Incoming> + Unpin,
    O: Sink<Message> + Unpin,
{
    let Seat {
        room,
        id,
        role,
        greeting,
        frames,
        end,
    } = seat;
    let ping_every = PING_EVERY.min(shared.rooms.limits.line_dead / 3);
    let write = async {
        for greeting in greeting.drain(..) {
            if outgoing.send(Message::Text(greeting.into())).await.is_err() {
                return ABNORMAL;
            }
        }
        let mut ping = interval(ping_every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let message = tokio::select! {
                biased;
                frame = frames.recv() => match frame {
                    Some(frame) => Message::Text(frame.into()),
                    // The room let go of this seat, and its `end` says why.
                    None => return core::future::pending().await,
                },
                _ = ping.tick(), if strict => Message::Ping(bytes::Bytes::new()),
            };
            if outgoing.send(message).await.is_err() {
                return ABNORMAL;
            }
        }
    };
    tokio::select! {
        biased;
        code = end => code.unwrap_or(close_code::HOST_GONE),
        code = write => code,
        code = listen(shared, room, *id, *role, incoming, strict.then_some(ping_every)) => code,
    }
}

/// Handles what a line says until it ends or breaks a rule. `strict` is how often to look whether it is alive.
async fn listen<I>(
    shared: &Shared,
    room: &str,
    id: PeerId,
    role: Role,
    incoming: &mut I,
    strict: Option<Duration>,
) -> u16
where
    I: Stream<Item = Incoming> + Unpin,
{
    let limits = &shared.rooms.limits;
    let (name, frames, bytes) = match role {
        Role::Host { .. } => ("host", limits.host_frames, limits.host_bytes),
        Role::Guest => ("guest", limits.guest_frames, limits.guest_bytes),
    };
    shared.rooms.metrics.line(name);
    let mut allowance = Allowance::new(frames, bytes, shared.now());
    let (mut alive_at, mut spoke_at) = (shared.now(), shared.now());
    let mut look = interval(strict.unwrap_or(PING_EVERY));
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            biased;
            message = incoming.next() => message,
            _ = look.tick(), if strict.is_some() => {
                let now = shared.now();
                if now.saturating_sub(alive_at) >= limits.line_dead {
                    return ABNORMAL;
                }
                if role == Role::Guest && now.saturating_sub(spoke_at) >= limits.guest_idle {
                    return close_code::IDLE;
                }
                continue;
            }
        };
        alive_at = shared.now();
        let frame = match message {
            Some(Incoming::Frame(frame)) => frame,
            Some(Incoming::Alive) => continue,
            Some(Incoming::Ended(code) | Incoming::Broken(code)) => return code,
            None => return ABNORMAL,
        };
        shared.rooms.metrics.frame(name, frame.len());
        if frame.len() > MAX_SIGNAL_BYTES {
            return TOO_BIG;
        }
        if strict.is_some() && !allowance.take(frame.len(), alive_at) {
            return close_code::RATE_LIMITED;
        }
        let (receiver, data) = match serde_json::from_str::<Request>(&frame) {
            Ok(Request::KeepAlive) => continue,
            Ok(Request::Signal { receiver, data }) => (receiver, data),
            Err(_) => return close_code::MALFORMED,
        };
        spoke_at = alive_at;
        let done = match role {
            Role::Host { line } => shared.rooms.host_says(room, line, receiver, data),
            Role::Guest => match shared.rooms.guest_says(room, id, receiver, data) {
                Ok(word) => deliver(word).await,
                Err(code) => Err(code),
            },
        };
        if let Err(code) = done {
            return code;
        }
    }
}

async fn deliver(word: crate::rooms::ToHost) -> Result<(), u16> {
    match timeout(HOST_PATIENCE, word.host.send(word.frame)).await {
        Ok(Ok(())) => Ok(()),
        // The host came back on another line in between; the guest will say it again.
        Ok(Err(_)) => Ok(()),
        Err(_) => Err(close_code::FULL),
    }
}

struct Allowance {
    frames: (Bucket, Rate),
    bytes: (Bucket, Rate),
}

impl Allowance {
    fn new(frames: Rate, bytes: Rate, now: Duration) -> Self {
        Self {
            frames: (Bucket::full(frames, now), frames),
            bytes: (Bucket::full(bytes, now), bytes),
        }
    }

    fn take(&mut self, len: usize, now: Duration) -> bool {
        self.frames.0.take(1.0, self.frames.1, now) && self.bytes.0.take(len as f64, self.bytes.1, now)
    }
}

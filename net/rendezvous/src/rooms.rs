//! Rooms: one host each, guests who talk to the host only.
//!
//! Flow: [`Rooms::admit_host`] and [`Rooms::admit_guest`] give a [`Seat`]; `signal` pumps a line through it, hands
//! each frame to [`Rooms::host_says`] or [`Rooms::guest_says`], and says [`Rooms::leave`] at the end. A host learns
//! of a guest by the guest's first word, a guest of its host by `NewPeer`. A host whose line breaks keeps
//! its room for a while, and what guests said meanwhile; then the room is forgotten.
//! Invariants: a word goes from guest to host or from host to guest, never elsewhere; every queue is
//! bounded: a guest that does not read loses its line, a guest that writes to a slow host waits.
//!
//! Why not `matchbox_signaling`, whose frames these are: its handler takes websocket messages of 64 MiB
//! before any topology sees them, queues without bound towards a client that does not read, and neither
//! can be changed from outside.

mod address;
mod bucket;
#[cfg(test)]
mod tests;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use holm_net::household::Household;
use holm_net::transport::signal::close_code;
use matchbox_protocol::{PeerEvent, PeerId, PeerRequest};
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

pub(crate) use bucket::Bucket;

use crate::config::Limits;
use crate::metrics::Metrics;
use address::Addresses;

/// Frames that wait for a guest. A host answers a join with about 20; beyond that it does not read.
const GUEST_QUEUE: usize = 64;
/// Frames that wait for a host, of all guests together; the next guest waits in its own line.
const HOST_QUEUE: usize = 256;

/// Guests of whom it is remembered where they came from, 130 KB: many times those who can be in a room, whose lines may
/// have ended long ago.
const REMEMBERED: usize = 4096;

/// What a line may say. The payload is carried, not read.
pub(crate) type Request = PeerRequest<Box<RawValue>>;
type Event = PeerEvent<Box<RawValue>>;

/// Who a room belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The program around this server. It takes precedence over everyone.
    Here,
    /// Whoever has the token with this hash.
    Token(blake3::Hash),
}

/// Which end of a room a seat is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The host's `n`th line; older ones are void.
    Host {
        line: u64,
    },
    Guest,
}

/// A place in a room, for as long as a line lasts.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) room: String,
    pub(crate) id: PeerId,
    pub(crate) role: Role,
    /// What this line is told before anything else.
    pub(crate) greeting: Vec<String>,
    /// Frames for this line.
    pub(crate) frames: mpsc::Receiver<String>,
    /// Fires with a [`close_code`] when the line has to end.
    pub(crate) end: oneshot::Receiver<u16>,
}

/// A frame on its way to a host. Sending it may take as long as the host does.
#[derive(Debug)]
pub(crate) struct ToHost {
    pub(crate) host: mpsc::Sender<String>,
    pub(crate) frame: String,
}

#[derive(Debug)]
struct Room {
    owner: Owner,
    host: PeerId,
    line: u64,
    to_host: mpsc::Sender<String>,
    end_host: Option<oneshot::Sender<u16>>,
    /// Since when the host's line is broken, and what waits for it.
    away: Option<(Duration, mpsc::Receiver<String>)>,
    guests: BTreeMap<PeerId, Guest>,
}

#[derive(Debug)]
struct Guest {
    frames: mpsc::Sender<String>,
    end: Option<oneshot::Sender<u16>>,
    /// Whether the host has had a word from it.
    heard: bool,
    address: Option<Household>,
}

#[derive(Debug, Default)]
struct State {
    rooms: HashMap<String, Room>,
    addresses: Addresses,
    /// From there nobody is taken in.
    barred: BTreeSet<Household>,
    /// Where the last guests came from, the newest at the end.
    came_from: VecDeque<(PeerId, Household)>,
    connections: usize,
    lines: u64,
}

/// All rooms of one server.
#[derive(Debug)]
pub(crate) struct Rooms {
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    state: Mutex<State>,
}

impl Rooms {
    pub(crate) fn new(limits: Limits, metrics: Metrics) -> Self {
        Self {
            limits,
            metrics,
            state: Mutex::default(),
        }
    }

    /// Counts a connection in; `false` when there is no room for it.
    pub(crate) fn connect(&self, address: Option<Household>, now: Duration) -> bool {
        let mut state = self.state();
        let room = state.connections < self.limits.connections
            && address.is_none_or(|key| state.addresses.connect(key, &self.limits, now));
        state.connections += usize::from(room);
        self.metrics.connections(room, state.connections);
        room
    }

    pub(crate) fn disconnect(&self, address: Option<Household>) {
        let mut state = self.state();
        state.connections = state.connections.saturating_sub(1);
        if let Some(key) = address {
            state.addresses.disconnect(key);
        }
        self.metrics.connections(true, state.connections);
    }

    /// Gives `owner` the host's seat, taking over its own former line. [`Owner::Here`] is never refused: it takes
    /// over anybody's, and rooms that strangers opened leave it room for its own.
    ///
    /// # Errors
    /// The [`close_code`] to end the line with: `TAKEN`, `FULL`.
    pub(crate) fn admit_host(&self, name: &str, owner: Owner) -> Result<Seat, u16> {
        let mut state = self.state();
        state.lines += 1;
        let line = state.lines;
        let (end, ended) = oneshot::channel();
        let rooms = state.rooms.len();
        let (id, frames) = match state.rooms.get_mut(name) {
            Some(room) if room.owner == owner || owner == Owner::Here => {
                room.owner = owner;
                room.line = line;
                if let Some(former) = room.end_host.replace(end) {
                    let _ = former.send(close_code::TAKEN); // gone by itself otherwise
                }
                let frames = match room.away.take() {
                    Some((_, frames)) => frames,
                    None => {
                        let (to_host, frames) = mpsc::channel(HOST_QUEUE);
                        room.to_host = to_host;
                        frames
                    }
                };
                (room.host, frames)
            }
            Some(_) => return Err(close_code::TAKEN),
            None if owner != Owner::Here && rooms >= self.limits.rooms => return Err(close_code::FULL),
            None => {
                let (to_host, frames) = mpsc::channel(HOST_QUEUE);
                let host = new_id();
                let room = Room {
                    owner,
                    host,
                    line,
                    to_host,
                    end_host: Some(end),
                    away: None,
                    guests: BTreeMap::new(),
                };
                state.rooms.insert(name.to_owned(), room);
                (host, frames)
            }
        };
        self.count(&state);
        let greeting = vec![write(&Event::IdAssigned(id))];
        Ok(Seat {
            room: name.to_owned(),
            id,
            role: Role::Host { line },
            greeting,
            frames,
            end: ended,
        })
    }

    /// Gives somebody a guest's seat, which is theirs until [`Self::leave`]. `address` is `None` for whoever is
    /// spared the limits per address.
    ///
    /// # Errors
    /// The [`close_code`] to end the line with: `BARRED`, `RATE_LIMITED`, `NO_SUCH_ROOM`, `FULL`.
    pub(crate) fn admit_guest(
        &self,
        name: &str,
        address: Option<Household>,
        now: Duration,
    ) -> Result<Seat, u16> {
        let mut state = self.state();
        let State {
            rooms,
            addresses,
            barred,
            came_from,
            ..
        } = &mut *state;
        if address.is_some_and(|key| barred.contains(&key)) {
            return Err(close_code::BARRED);
        }
        // Counted first, so that guessing room names is slow as well.
        if address.is_some_and(|key| !addresses.join(key, &self.limits, now)) {
            return Err(close_code::RATE_LIMITED);
        }
        let refused = match rooms.get(name) {
            None => Some(close_code::NO_SUCH_ROOM),
            Some(room) if room.guests.len() >= self.limits.guests_per_room => Some(close_code::FULL),
            Some(_) => None,
        };
        let (Some(room), None) = (rooms.get_mut(name), refused) else {
            if let Some(key) = address {
                addresses.leave(key);
            }
            return Err(refused.unwrap_or(close_code::NO_SUCH_ROOM));
        };
        let id = new_id();
        let (frames, for_guest) = mpsc::channel(GUEST_QUEUE);
        let (end, ended) = oneshot::channel();
        room.guests.insert(
            id,
            Guest {
                frames,
                end: Some(end),
                heard: false,
                address,
            },
        );
        if let Some(key) = address {
            if came_from.len() >= REMEMBERED {
                came_from.pop_front();
            }
            came_from.push_back((id, key));
        }
        let greeting = vec![write(&Event::IdAssigned(id)), write(&Event::NewPeer(room.host))];
        self.count(&state);
        Ok(Seat {
            room: name.to_owned(),
            id,
            role: Role::Guest,
            greeting,
            frames: for_guest,
            end: ended,
        })
    }

    /// From now on nobody is taken in who comes from one of these, and who is at the door from there loses their line.
    pub(crate) fn bar(&self, households: BTreeSet<Household>) {
        let mut state = self.state();
        state.barred = households;
        let State {
            rooms,
            addresses,
            barred,
            ..
        } = &mut *state;
        rooms.values_mut().for_each(|room| {
            let from_there = |guest: &Guest| guest.address.is_some_and(|key| barred.contains(&key));
            let there: Vec<PeerId> = room
                .guests
                .iter()
                .filter(|(_, guest)| from_there(guest))
                .map(|(id, _)| *id)
                .collect();
            for id in there {
                if let Some(guest) = room.guests.remove(&id) {
                    room.tell_left(id, &guest);
                    guest.end(close_code::BARRED, addresses);
                }
            }
        });
        self.count(&state);
    }

    /// Where this guest came from, if it is one of the last.
    pub(crate) fn household(&self, id: PeerId) -> Option<Household> {
        let state = self.state();
        let mut came_from = state.came_from.iter().rev();
        came_from.find(|(guest, _)| *guest == id).map(|(_, key)| *key)
    }

    /// A host's word for one of its guests. One who has left is not missed; one who does not read is cut.
    pub(crate) fn host_says(
        &self,
        name: &str,
        line: u64,
        to: PeerId,
        data: Box<RawValue>,
    ) -> Result<(), u16> {
        let mut state = self.state();
        let State { rooms, addresses, .. } = &mut *state;
        let Some(room) = rooms.get_mut(name).filter(|room| room.line == line) else {
            return Err(close_code::TAKEN);
        };
        let Some(guest) = room.guests.get(&to) else {
            return Ok(());
        };
        let frame = write(&Event::Signal {
            sender: room.host,
            data,
        });
        if guest.frames.try_send(frame).is_err()
            && let Some(guest) = room.guests.remove(&to)
        {
            room.tell_left(to, &guest);
            guest.end(close_code::RATE_LIMITED, addresses);
        }
        Ok(())
    }

    /// A guest's word for its host.
    pub(crate) fn guest_says(
        &self,
        name: &str,
        from: PeerId,
        to: PeerId,
        data: Box<RawValue>,
    ) -> Result<ToHost, u16> {
        let mut state = self.state();
        let Some(room) = state.rooms.get_mut(name) else {
            return Err(close_code::HOST_GONE);
        };
        if to != room.host {
            return Err(close_code::MALFORMED);
        }
        let Some(guest) = room.guests.get_mut(&from) else {
            return Err(close_code::HOST_GONE);
        };
        guest.heard = true;
        Ok(ToHost {
            host: room.to_host.clone(),
            frame: write(&Event::Signal { sender: from, data }),
        })
    }

    /// The end of a line. A host's frames are kept for when it comes back.
    pub(crate) fn leave(&self, seat: Seat, now: Duration) {
        let mut state = self.state();
        let State { rooms, addresses, .. } = &mut *state;
        let Some(room) = rooms.get_mut(&seat.room) else {
            return;
        };
        match seat.role {
            Role::Host { line } if line == room.line => {
                room.end_host = None;
                room.away = Some((now, seat.frames));
            }
            Role::Host { .. } => {}
            Role::Guest => {
                if let Some(guest) = room.guests.remove(&seat.id) {
                    room.tell_left(seat.id, &guest);
                    guest.end(close_code::HOST_GONE, addresses);
                }
            }
        }
        self.count(&state);
    }

    /// Forgets hosts that did not come back, and addresses that have nothing here. Call it every second.
    pub(crate) fn sweep(&self, now: Duration) {
        let mut state = self.state();
        let State { rooms, addresses, .. } = &mut *state;
        rooms.retain(|_, room| {
            let gone = room
                .away
                .as_ref()
                .is_some_and(|(since, _)| now.saturating_sub(*since) >= self.limits.grace);
            if gone {
                room.end_all(close_code::HOST_GONE, addresses);
            }
            !gone
        });
        addresses.forget(&self.limits, now);
        self.count(&state);
    }

    /// Ends every line.
    pub(crate) fn close(&self, code: u16) {
        let mut state = self.state();
        let State { rooms, addresses, .. } = &mut *state;
        rooms.retain(|_, room| {
            room.end_all(code, addresses);
            false
        });
        self.count(&state);
    }

    fn count(&self, state: &State) {
        let guests = state.rooms.values().map(|room| room.guests.len()).sum();
        self.metrics.rooms(state.rooms.len(), guests);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing here panics half-way; if it did, one line's loss is better than everyone's.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    /// A hint that frees what the host keeps for a join; lost when the host is busy.
    fn tell_left(&self, id: PeerId, guest: &Guest) {
        if guest.heard {
            let _ = self.to_host.try_send(write(&Event::PeerLeft(id)));
        }
    }

    fn end_all(&mut self, code: u16, addresses: &mut Addresses) {
        if let Some(end) = self.end_host.take() {
            let _ = end.send(code);
        }
        while let Some((_, guest)) = self.guests.pop_first() {
            guest.end(code, addresses);
        }
    }
}

impl Guest {
    fn end(mut self, code: u16, addresses: &mut Addresses) {
        if let Some(end) = self.end.take() {
            let _ = end.send(code); // its line may have ended first
        }
        if let Some(key) = self.address {
            addresses.leave(key);
        }
    }
}

fn new_id() -> PeerId {
    PeerId(Uuid::new_v4())
}

fn write(event: &Event) -> String {
    serde_json::to_string(event).expect("ids and JSON that was JSON before cannot fail to be written")
}

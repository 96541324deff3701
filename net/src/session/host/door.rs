//! The host's door: links that have proven nothing yet, and those that are being closed.

use super::super::gate::Gate;
use super::super::hello::{
    Challenge, Hello, HelloError, MAX_HELLO_BYTES, Opening, Resume, Token, Welcome, refused,
};
use super::super::order::GUEST_PACE;
use super::super::peer::{Peer, Slots};
use super::super::{FAREWELL, HANDSHAKE_STEP, MAX_NAME_BYTES, PROTOCOL_VERSION, names};
use super::{
    Bytes, Channel, Duration, EndReason, FromHost, Host, HostEvent, LinkId, Path, Person, Seat, Slot,
    Transport, slot_of,
};
use crate::transport::ChannelBinding;
use subtle::ConstantTimeEq;

/// Strangers at the door at once; more are turned away before anything is computed for them.
const MAX_KNOCKING: usize = 512;

/// Where a link stands.
pub(super) enum Door {
    /// Challenged, has not answered.
    Knocking {
        binding: ChannelBinding,
        challenge: Bytes,
        until: Duration,
    },
    /// A guest's.
    Seated(Slot),
    /// Told why; closed at this time, unless the other side is quicker. Nothing from it is read.
    Closing { until: Duration },
}

/// Random bytes of the operating system.
pub(super) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}

impl Host {
    pub(super) fn open_door(
        &mut self,
        now: Duration,
        link: LinkId,
        binding: ChannelBinding,
        transport: &mut dyn Transport,
    ) {
        let knocking = self
            .doors
            .values()
            .filter(|door| matches!(door, Door::Knocking { .. }))
            .count();
        // Without randomness there are no proofs and nobody is let in.
        let nonce = if knocking < MAX_KNOCKING {
            random::<32>()
        } else {
            None
        };
        let Some(nonce) = nonce else {
            self.totals.refused += 1;
            transport.close(link);
            return;
        };
        let challenge = Challenge::write(&self.keys, binding, self.config.game_protocol, &nonce);
        let _ = transport.send(link, Channel::Order, challenge.clone());
        self.doors.insert(
            link,
            Door::Knocking {
                binding,
                challenge,
                until: now + HANDSHAKE_STEP,
            },
        );
    }

    pub(super) fn close_doors_in_time(&mut self, now: Duration, transport: &mut dyn Transport) {
        self.doors.retain(|link, door| {
            let over = match door {
                Door::Knocking { until, .. } | Door::Closing { until } => now >= *until,
                Door::Seated(_) => false,
            };
            if over {
                transport.close(*link);
            }
            !over
        });
    }

    fn refuse(&mut self, now: Duration, link: LinkId, reason: &EndReason, transport: &mut dyn Transport) {
        self.totals.refused += 1;
        let _ = transport.send(link, Channel::Order, refused(reason));
        self.doors.insert(
            link,
            Door::Closing {
                until: now + FAREWELL,
            },
        );
    }

    /// Closed without a word: there is nobody honest to tell.
    fn slam(&mut self, link: LinkId, transport: &mut dyn Transport) {
        self.totals.misbehaved += 1;
        self.doors.remove(&link);
        transport.close(link);
    }

    /// Reads the one message that a stranger may send.
    pub(super) fn knock(
        &mut self,
        now: Duration,
        link: LinkId,
        channel: Channel,
        bytes: &Bytes,
        transport: &mut dyn Transport,
        events: &mut Vec<HostEvent>,
    ) {
        let Some(Door::Knocking {
            binding, challenge, ..
        }) = self.doors.get(&link)
        else {
            return;
        };
        let (binding, challenge) = (*binding, challenge.clone());
        if channel != Channel::Order {
            return self.slam(link, transport);
        }
        // Before the length: a hello of another version may have any.
        if let Some((Opening::Hello, version)) = Opening::read(bytes)
            && version != PROTOCOL_VERSION
        {
            return self.refuse(
                now,
                link,
                &EndReason::Version {
                    host: PROTOCOL_VERSION,
                },
                transport,
            );
        }
        if bytes.len() > MAX_HELLO_BYTES {
            return self.slam(link, transport);
        }
        let hello = match Hello::check(bytes, &self.keys, binding, &challenge, self.config.game_protocol) {
            Ok(hello) => hello,
            Err(HelloError::WrongSecret) => {
                return self.refuse(now, link, &EndReason::WrongSecret, transport);
            }
            Err(HelloError::Build) => return self.refuse(now, link, &EndReason::Build, transport),
            Err(HelloError::Version(_) | HelloError::Malformed(_) | HelloError::Unproven) => {
                return self.slam(link, transport);
            }
        };
        if let Some(stopping) = &self.stopping {
            let reason = stopping.reason.clone();
            return self.refuse(now, link, &reason, transport);
        }
        let Some(token) = random().map(Token) else {
            return self.slam(link, transport);
        };
        let seat = self.by_account.get(&hello.credential.account).copied();
        let mut expected = None;
        let answer = match (&hello.resume, seat) {
            (None, old) => {
                expected = old.filter(|slot| self.seat_mut(*slot).is_some_and(|seat| seat.expected));
                if let Some(old) = old
                    && expected.is_none()
                {
                    self.end_seat(now, old, EndReason::Elsewhere, transport, events);
                }
                self.seat_somebody(now, link, &hello, token, expected, transport)
                    .map(|slot| (slot, None))
            }
            // The seat is gone, or never was: the guest has to begin anew, and its game must know.
            (Some(_), None) => Err(EndReason::Lost),
            (Some(resume), Some(slot)) => self
                .resume_seat(now, link, slot, *resume, token, transport, events)
                .map(|received| (slot, Some(received))),
        };
        let (slot, resumed) = match answer {
            Ok(answer) => answer,
            Err(reason) => return self.refuse(now, link, &reason, transport),
        };
        let people = self.people().cloned().collect();
        let world_name = self.config.world_name.clone();
        let welcome = Welcome {
            slot,
            token: token.0,
            resumed,
            world_name,
            people,
        };
        let Ok(welcome) = welcome.write(&self.keys, binding, &challenge, bytes, &self.config.identity) else {
            return;
        };
        let _ = transport.send(link, Channel::Order, welcome);
        let Some(person) = self.seat_mut(slot).map(|seat| seat.person.clone()) else {
            return;
        };
        if resumed.is_some() {
            self.totals.resumes += 1;
            events.push(HostEvent::Resumed { slot });
            let change = super::Change {
                slot,
                ping_ms: None,
                path: person.path,
                away: false,
            };
            self.tell_all(&FromHost::PeopleChanged(vec![change]), Some(slot));
        } else {
            self.totals.joins += 1;
            events.push(HostEvent::Joined {
                slot,
                expected: expected.is_some(),
            });
            self.tell_all(&FromHost::PersonJoined(person), Some(slot));
        }
    }

    fn seat_somebody(
        &mut self,
        now: Duration,
        link: LinkId,
        hello: &Hello,
        token: Token,
        expected: Option<Slot>,
        transport: &dyn Transport,
    ) -> Result<Slot, EndReason> {
        if expected.is_none() && self.seats.iter().flatten().count() >= self.config.max_guests {
            return Err(EndReason::Full);
        }
        let kept = expected.map(|slot| usize::from(slot.0));
        let free = || {
            let free = self.seats.iter().skip(1).position(Option::is_none);
            free.map(|index| index + 1)
        };
        let index = kept.or_else(free).unwrap_or_else(|| {
            self.seats.push(None);
            self.seats.len() - 1
        });
        let slot = slot_of(index);
        let person = Person {
            slot,
            account: hello.credential.account,
            name: names::shown(&hello.name, MAX_NAME_BYTES, ""),
            ping_ms: None,
            path: path_of(link, transport),
            away: false,
        };
        self.by_account.insert(person.account, slot);
        self.seats[index] = Some(Box::new(Seat::new(
            person,
            token,
            new_peer(now, link, slot).has_just_come_in(now),
            self.config.stream_bytes_per_sec,
        )));
        self.doors.insert(link, Door::Seated(slot));
        Ok(slot)
    }

    /// Puts the same person back on their seat; answers how many game messages of theirs had arrived.
    fn resume_seat(
        &mut self,
        now: Duration,
        link: LinkId,
        slot: Slot,
        shown: Resume,
        token: Token,
        transport: &mut dyn Transport,
        events: &mut Vec<HostEvent>,
    ) -> Result<u64, EndReason> {
        let seat = self.seat_mut(slot).ok_or(EndReason::Lost)?;
        let fits = |token: &Token| bool::from(token.0.ct_eq(&shown.token.0));
        if seat.ending.is_some() || !(fits(&seat.token) || seat.previous_token.as_ref().is_some_and(fits)) {
            return Err(EndReason::Lost);
        }
        // They noticed before we did.
        self.lose_link(now, slot, transport, events);
        let path = path_of(link, transport);
        let seat = self.seat_mut(slot).ok_or(EndReason::Lost)?;
        if seat.resume(shown, token, new_peer(now, link, slot)).is_err() {
            seat.ending = Some(EndReason::Misbehaved);
            return Err(EndReason::Misbehaved);
        }
        seat.person.path = path;
        let received = seat.order.game_received();
        self.doors.insert(link, Door::Seated(slot));
        Ok(received)
    }
}

fn path_of(link: LinkId, transport: &dyn Transport) -> Path {
    transport.path(link).unwrap_or_default()
}

fn new_peer(now: Duration, link: LinkId, slot: Slot) -> Peer {
    // The golden ratio spreads any number of consecutive slots evenly over the tick.
    let phase = (f64::from(slot.0) * 0.618_033_988_75).fract();
    Peer::new(link, Gate::for_guest(GUEST_PACE), now, phase, Slots::OF_GUEST)
}

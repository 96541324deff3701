//! A guest inside: what the host says, and what becomes of it here.

use super::*;

impl Guest {
    pub(super) fn receive_inside(
        &mut self,
        now: Duration,
        channel: Channel,
        bytes: &Bytes,
        transport: &mut dyn Transport,
        events: &mut Vec<GuestEvent>,
    ) -> Result<(), Misbehaved> {
        let Stage::Inside(peer) = &mut self.stage else {
            return Ok(());
        };
        peer.admit(now, channel, bytes.len())?;
        match channel {
            Channel::Stream => peer.on_datagram(
                now,
                bytes,
                &mut self.order,
                |sample| {
                    // A pose may overtake the word that its owner left, which must not bring them back.
                    if self.people.contains_key(&sample.slot) {
                        self.timelines.push(now, &sample);
                    }
                },
                |sample| self.body_lines.push(now, &sample),
                |body| {
                    voice::read_heard(body, |slot, bundle| {
                        if self.people.contains_key(&slot) {
                            self.ears.put(slot, bundle, now);
                        }
                    })
                },
            ),
            Channel::Bulk => {
                peer.pulse.hear(now);
                if !is_want(bytes) {
                    return self.fetcher.receive(now, bytes).map_err(|_| Misbehaved);
                }
                let answer = self.asked.want(now, &mut self.blobs, bytes);
                if let Answer::Unknown { reply, .. } = answer.map_err(|_| Misbehaved)? {
                    let _ = transport.send(peer.link, Channel::Bulk, reply);
                }
                Ok(())
            }
            Channel::Order => {
                peer.pulse.hear(now);
                match bytes.split_first() {
                    Some((&frames::GAME, message)) if message.len() <= MAX_GAME_MESSAGE_BYTES => {
                        self.order.count_received(true);
                        events.push(GuestEvent::Message(bytes.slice(1..)));
                        Ok(())
                    }
                    Some((&frames::CONTROL, body)) => {
                        self.order.count_received(false);
                        let message = frames::read(body).map_err(|_| Misbehaved)?;
                        self.follow(message, transport, events)
                    }
                    _ => Err(Misbehaved),
                }
            }
        }
    }

    fn follow(
        &mut self,
        message: FromHost,
        transport: &mut dyn Transport,
        events: &mut Vec<GuestEvent>,
    ) -> Result<(), Misbehaved> {
        match message {
            FromHost::PersonJoined(person) => {
                let slot = person.slot;
                if self.people.len() > MAX_GUESTS && !self.people.contains_key(&slot) {
                    return Err(Misbehaved);
                }
                if self.people.insert(slot, clean_person(person)).is_some() {
                    self.timelines.forget(slot);
                    events.push(GuestEvent::PersonLeft { slot });
                }
                events.push(GuestEvent::PersonJoined { slot });
            }
            FromHost::PersonLeft { slot } => {
                if self.people.remove(&slot).is_some() {
                    self.timelines.forget(slot);
                    events.push(GuestEvent::PersonLeft { slot });
                }
            }
            FromHost::PeopleChanged(changes) => {
                for Change {
                    slot,
                    ping_ms,
                    path,
                    away,
                } in changes
                {
                    if let Some(person) = self.people.get_mut(&slot) {
                        (person.ping_ms, person.path, person.away) = (ping_ms, path, away);
                    }
                }
            }
            FromHost::End(reason) => self.end(GuestEvent::Ended(clean(reason)), Some(transport), events),
        }
        Ok(())
    }
}

/// A host's words are somebody else's words, too.
pub(super) fn clean(reason: EndReason) -> EndReason {
    match reason {
        EndReason::HostStopped(words) => EndReason::HostStopped(names::shown(&words, MAX_REASON_BYTES, "")),
        EndReason::Kicked(words) => EndReason::Kicked(names::shown(&words, MAX_REASON_BYTES, "")),
        reason => reason,
    }
}

pub(super) fn clean_person(mut person: Person) -> Person {
    person.name = names::shown(&person.name, MAX_NAME_BYTES, "");
    person
}

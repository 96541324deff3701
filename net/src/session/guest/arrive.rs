//! A guest's way in: the host's challenge, our hello, the host's welcome.

use super::inside::{clean, clean_person};
use super::*;

/// The host's challenge leaves as soon as the link is open. A link can be open at one end only (a run of the NAT matrix met one
/// that never answered; why is not known): without a word for so long a second one is made.
const FIRST_WORD: Duration = Duration::from_secs(4);

impl Guest {
    pub(super) fn opened(
        &mut self,
        now: Duration,
        link: LinkId,
        binding: ChannelBinding,
        transport: &mut dyn Transport,
    ) {
        if matches!(self.stage, Stage::Arriving) {
            self.stage = Stage::Challenged {
                link,
                binding,
                until: now
                    + if self.seat.is_none() && !self.second_link {
                        FIRST_WORD
                    } else {
                        HANDSHAKE_STEP
                    },
            };
        } else {
            transport.close(link); // a second link is not asked for
        }
    }

    pub(super) fn shake_hands(
        &mut self,
        now: Duration,
        bytes: &Bytes,
        transport: &mut dyn Transport,
        events: &mut Vec<GuestEvent>,
    ) {
        let step = match Opening::read(bytes) {
            Some((Opening::Refused, PROTOCOL_VERSION)) => match read_refused(bytes) {
                Ok(reason) => Err(clean(reason)),
                Err(_) => Err(EndReason::HostUnproven),
            },
            Some((_, version)) if version != PROTOCOL_VERSION => {
                // So that the host can tell an old client from a broken one.
                if let Some(link) = self.stage.link() {
                    let _ = transport.send(link, Channel::Order, Opening::Hello.write().to_vec().into());
                }
                Err(EndReason::Version { host: version })
            }
            Some((Opening::Challenge, _)) => self.answer_challenge(now, bytes, transport),
            Some((Opening::Welcome, _)) => self.enter(now, bytes, events),
            _ => Err(EndReason::HostUnproven),
        };
        if let Err(reason) = step {
            self.end(GuestEvent::Ended(reason), Some(transport), events);
        }
    }

    fn answer_challenge(
        &mut self,
        now: Duration,
        bytes: &Bytes,
        transport: &mut dyn Transport,
    ) -> Result<(), EndReason> {
        let Stage::Challenged { link, binding, .. } = self.stage else {
            return Err(EndReason::HostUnproven);
        };
        Challenge::check(bytes, &self.keys, binding, self.config.game_protocol).map_err(reason_of)?;
        let mut nonce = [0; 32];
        // Without randomness of our own the host's nonce still makes this hello unique.
        let _ = getrandom::fill(&mut nonce);
        let hello = Hello {
            game_protocol: self.config.game_protocol,
            credential: self.config.identity.credential(),
            name: names::shown(&self.config.name, MAX_NAME_BYTES, ""),
            resume: self.seat.map(|seat| Resume {
                token: seat.token,
                received: self.order.game_received(),
            }),
        }
        .write(&self.keys, binding, bytes, &nonce, &self.config.identity);
        let _ = transport.send(link, Channel::Order, hello.clone());
        self.stage = Stage::Asking {
            link,
            binding,
            challenge: bytes.clone(),
            hello,
            until: now + HANDSHAKE_STEP,
        };
        Ok(())
    }

    fn enter(&mut self, now: Duration, bytes: &Bytes, events: &mut Vec<GuestEvent>) -> Result<(), EndReason> {
        let Stage::Asking {
            link,
            binding,
            challenge,
            hello,
            ..
        } = &self.stage
        else {
            return Err(EndReason::HostUnproven);
        };
        let (link, unproven) = (*link, EndReason::HostUnproven);
        let (welcome, host) =
            Welcome::check(bytes, &self.keys, *binding, challenge, hello).map_err(reason_of)?;
        // The room's secret opens the door, but a seat is resumed with the host that gave it only.
        if welcome.people.len() > MAX_GUESTS + 1 || self.seat.is_some_and(|seat| seat.host != host) {
            return Err(unproven);
        }
        let resumed = match (self.seat, welcome.resumed) {
            (Some(seat), Some(received)) if seat.slot == welcome.slot => {
                self.order.relink(received).map_err(|_| unproven)?;
                true
            }
            (None, None) => false,
            _ => return Err(unproven),
        };
        self.fetcher.relink();
        self.asked.clear();
        self.seat = Some(Seat {
            slot: welcome.slot,
            token: Token(welcome.token),
            host,
        });
        self.away = None;
        self.stage = Stage::Inside(Box::new(Peer::new(
            link,
            Gate::for_host(HOST_PACE),
            now,
            0.0,
            Slots::OF_HOST,
        )));
        self.body_lines = body::Timelines::new();
        let before = core::mem::take(&mut self.people);
        self.people = welcome
            .people
            .into_iter()
            .map(|person| (person.slot, clean_person(person)))
            .collect();
        if resumed {
            events.push(GuestEvent::Resumed);
            // A slot may have gone to somebody else meanwhile.
            let same = |a: &Person, b: &BTreeMap<Slot, Person>| {
                b.get(&a.slot).is_some_and(|b| b.account == a.account)
            };
            for Person { slot, .. } in before.values().filter(|person| !same(person, &self.people)) {
                self.timelines.forget(*slot);
                events.push(GuestEvent::PersonLeft { slot: *slot });
            }
            let joined = self.people.values().filter(|person| !same(person, &before));
            events.extend(joined.map(|person| GuestEvent::PersonJoined { slot: person.slot }));
        } else {
            let world_name = names::shown(&welcome.world_name, MAX_WORLD_NAME_BYTES, "World");
            events.push(GuestEvent::Entered {
                slot: welcome.slot,
                world_name,
            });
        }
        Ok(())
    }
}

fn reason_of(error: HelloError) -> EndReason {
    match error {
        HelloError::Version(host) => EndReason::Version { host },
        HelloError::WrongSecret => EndReason::WrongSecret,
        HelloError::Build => EndReason::Build,
        HelloError::Malformed(_) | HelloError::Unproven => EndReason::HostUnproven,
    }
}

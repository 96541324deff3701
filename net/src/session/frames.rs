//! What host and guest say to each other once they know who they are.
//!
//! The ordered channel carries frames: one kind byte, then a game message's own bytes
//! ([`GAME`]) or a postcard-coded [`FromHost`] / [`FromGuest`] ([`CONTROL`]).
//! The stream channel carries datagrams: a sequence number (two bytes, low first), then sections:
//! one kind byte, the body's length as a varint, the body.
//! Invariant: reading never panics and allocates in proportion to the message, whatever lengths it claims; what
//! is unknown or left over is an error, because both sides speak exactly one version.

use super::{EndReason, Person};
use crate::pose::Slot;
use crate::transport::Path;
use crate::wire::{BitReader, WireError};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Ordered frame: a game message.
pub(crate) const GAME: u8 = 1;
/// Ordered frame: a control message.
pub(crate) const CONTROL: u8 = 2;

/// Stream section: [`Heartbeat`].
pub(crate) const HEARTBEAT: u8 = 1;
/// Stream section: how many ordered frames have arrived on this link, a varint.
pub(crate) const ACK: u8 = 2;
/// Stream section: poses and which of them have arrived, in the format of [`crate::pose`].
pub(crate) const POSES: u8 = 3;

/// Stream section: bodies and which of them have arrived, in the format of [`crate::body`].
pub(crate) const BODIES: u8 = 4;
/// Stream section: bundles of voice, in the format of [`holm_voice::frame`].
pub(crate) const VOICE: u8 = 5;

/// Control messages of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FromHost {
    PersonJoined(Person),
    PersonLeft {
        slot: Slot,
    },
    /// Only of those whose ping, path or presence changed noticeably.
    PeopleChanged(Vec<Change>),
    /// Nothing follows; the host closes the link.
    End(EndReason),
}

/// What changes about a person while they are here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) slot: Slot,
    pub(crate) ping_ms: Option<u16>,
    pub(crate) path: Path,
    pub(crate) away: bool,
}

/// Control messages of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FromGuest {
    /// Good-bye; the seat is free.
    Leave,
}

/// Tells the other side that we live, and lets both measure the round trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Heartbeat {
    /// The sender's clock, microseconds.
    pub(crate) sent_us: u64,
    /// The newest heartbeat heard from the receiver, if any.
    pub(crate) echo: Option<Echo>,
}

/// A heartbeat given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Echo {
    /// Its `sent_us`.
    pub(crate) sent_us: u64,
    /// How long it lay here before this answer left, microseconds.
    pub(crate) held_us: u64,
}

/// A game message as a frame.
pub(crate) fn game(message: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(1 + message.len());
    bytes.push(GAME);
    bytes.extend_from_slice(message);
    bytes.into()
}

/// A control message as a frame.
pub(crate) fn control<T: Serialize>(message: &T) -> Bytes {
    // Writing plain data to a growing buffer cannot fail.
    postcard::to_extend(message, vec![CONTROL]).map_or_else(|_| Bytes::new(), Bytes::from)
}

/// Reads one whole postcard value.
pub(crate) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, WireError> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(|_| WireError::Range)?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(WireError::Trailing)
    }
}

/// Builds one datagram.
#[derive(Debug, Default)]
pub(crate) struct Datagram {
    bytes: Vec<u8>,
}

/// Sequence number before the first section.
const SEQUENCE_BYTES: usize = 2;
/// Kind and the longest length (two varint bytes reach 16,383).
pub(crate) const SECTION_HEADER_BYTES: usize = 3;
/// The longest body of a section that has a datagram to itself.
pub(crate) const MAX_SECTION_BYTES: usize =
    crate::transport::MAX_DATAGRAM_BYTES - SEQUENCE_BYTES - SECTION_HEADER_BYTES;

impl Datagram {
    pub(crate) fn start(&mut self) {
        self.bytes.clear();
        self.bytes.extend_from_slice(&[0; SEQUENCE_BYTES]);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.len() <= SEQUENCE_BYTES
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes a further section's body may have, up to `max` for the whole datagram.
    pub(crate) fn room(&self, max: usize) -> usize {
        max.saturating_sub(self.bytes.len() + SECTION_HEADER_BYTES)
    }

    pub(crate) fn section(&mut self, kind: u8, body: &[u8]) {
        self.bytes.push(kind);
        let mut len = body.len();
        while len >= 0x80 {
            self.bytes.push((len & 0x7f) as u8 | 0x80);
            len >>= 7;
        }
        self.bytes.push(len as u8);
        self.bytes.extend_from_slice(body);
    }

    pub(crate) fn postcard<T: Serialize>(&mut self, kind: u8, value: &T) {
        let mut buffer = [0; 48]; // the longest, a heartbeat, has 31
        if let Ok(body) = postcard::to_slice(value, &mut buffer) {
            self.section(kind, body);
        }
    }

    pub(crate) fn finish(&mut self, sequence: u16) -> Bytes {
        self.bytes[..SEQUENCE_BYTES].copy_from_slice(&sequence.to_le_bytes());
        Bytes::copy_from_slice(&self.bytes)
    }
}

/// Sequence number and sections of a datagram.
pub(crate) fn read_datagram(bytes: &[u8]) -> Result<(u16, Sections<'_>), WireError> {
    let mut reader = BitReader::new(bytes);
    let sequence = reader.u16()?;
    Ok((sequence, Sections { reader }))
}

/// The sections of a datagram, in order; ends after the first error.
pub(crate) struct Sections<'a> {
    reader: BitReader<'a>,
}

impl<'a> Iterator for Sections<'a> {
    type Item = Result<(u8, &'a [u8]), WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.bits_left() == 0 {
            return None;
        }
        let section = (|| {
            let kind = self.reader.u8()?;
            Ok((kind, self.reader.bytes(crate::transport::MAX_DATAGRAM_BYTES)?))
        })();
        if section.is_err() {
            self.reader = BitReader::new(&[]);
        }
        Some(section)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::session::worked;
    use holm_identity::AccountKey;
    use proptest::prelude::*;

    fn ada() -> Person {
        Person {
            slot: Slot(300),
            account: AccountKey([0xac; 32]),
            name: "Ada".into(),
            ping_ms: Some(45),
            path: Path::Relayed,
            away: false,
        }
    }

    fn datagram() -> Bytes {
        let mut datagram = Datagram::default();
        datagram.start();
        datagram.postcard(
            HEARTBEAT,
            &Heartbeat {
                sent_us: 1_500_000,
                echo: Some(Echo {
                    sent_us: 20,
                    held_us: 300,
                }),
            },
        );
        datagram.postcard(ACK, &300u64);
        datagram.section(POSES, &[0xaa; 130]);
        datagram.finish(0x0201)
    }

    #[test]
    fn frames_and_datagrams_are_those_of_the_document() {
        worked::check("game", &game(b"hej"));
        worked::check("joined", &control(&FromHost::PersonJoined(ada())));
        worked::check("left", &control(&FromHost::PersonLeft { slot: Slot(300) }));
        let change = Change {
            slot: Slot(1),
            ping_ms: Some(300),
            path: Path::Direct,
            away: true,
        };
        worked::check("changed", &control(&FromHost::PeopleChanged(vec![change])));
        worked::check("end", &control(&FromHost::End(EndReason::Kicked("no".into()))));
        worked::check("leave", &control(&FromGuest::Leave));
        worked::check("datagram", &datagram()[..24]);
    }

    #[test]
    fn a_datagrams_sections_are_read_back() {
        let bytes = datagram();
        let (sequence, sections) = read_datagram(&bytes).unwrap();
        let sections: Vec<_> = sections.map(Result::unwrap).collect();
        assert_eq!(sequence, 0x0201);
        let beat: Heartbeat = read(sections[0].1).unwrap();
        assert_eq!(
            (sections[0].0, beat.sent_us, beat.echo),
            (
                HEARTBEAT,
                1_500_000,
                Some(Echo {
                    sent_us: 20,
                    held_us: 300
                })
            )
        );
        assert_eq!((sections[1].0, read::<u64>(sections[1].1)), (ACK, Ok(300)));
        assert_eq!(sections[2], (POSES, &[0xaa; 130][..]));
        assert_eq!(sections.len(), 3);
    }

    #[test]
    fn a_full_datagram_is_not_over_the_limit() {
        let mut datagram = Datagram::default();
        datagram.start();
        datagram.postcard(
            HEARTBEAT,
            &Heartbeat {
                sent_us: u64::MAX,
                echo: Some(Echo {
                    sent_us: u64::MAX,
                    held_us: u64::MAX,
                }),
            },
        );
        datagram.postcard(ACK, &u64::MAX);
        let room = datagram.room(crate::transport::MAX_DATAGRAM_BYTES);
        datagram.section(POSES, &vec![0; room]);
        assert_eq!(datagram.finish(0).len(), crate::transport::MAX_DATAGRAM_BYTES);
        assert_eq!(read_datagram(&datagram.finish(0)).unwrap().1.count(), 3);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read::<FromHost>(&bytes);
            let _ = read::<FromGuest>(&bytes);
            let _ = read::<Heartbeat>(&bytes);
            if let Ok((_, sections)) = read_datagram(&bytes) {
                prop_assert!(sections.count() <= bytes.len());
            }
        }
    }
}

//! As much of STUN as it takes to ask a server how it sees us, and a TURN server whether it is there (RFC 8489, RFC 8656).
//!
//! Flow: [`question`] → 20 or 28 bytes to a server → its datagram → [`answer`].
//! Invariant: an answer counts only with the 96 random bits of its question, and only when every length in it is true;
//! no bytes make it panic or allocate.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The longest datagram that is looked at: STUN keeps within an Ethernet frame (RFC 8489 §6.1).
pub(super) const MAX_BYTES: usize = 1500;

/// What tells our questions from all others'.
pub(super) type Nonce = [u8; 12];

const COOKIE: u32 = 0x2112_A442;
const HEADER: usize = 20;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Where do I come from? (Binding)
    WhereFrom,
    /// May I be relayed? (Allocate, without a name: a server that is there says that it wants one.)
    Relay,
}

/// What a server said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// So it sees us.
    From(SocketAddr),
    /// A TURN server is there.
    Relays,
    /// An answer to our question, with nothing in it that helps.
    Nothing,
}

/// The bytes of a question.
pub(super) fn question(ask: Ask, nonce: &Nonce) -> Vec<u8> {
    let (kind, attributes): (u16, &[u8]) = match ask {
        Ask::WhereFrom => (0x0001, &[]),
        // REQUESTED-TRANSPORT: UDP.
        Ask::Relay => (0x0003, &[0x00, 0x19, 0x00, 0x04, 17, 0, 0, 0]),
    };
    let mut bytes = Vec::with_capacity(HEADER + attributes.len());
    bytes.extend(kind.to_be_bytes());
    bytes.extend((attributes.len() as u16).to_be_bytes()); // 0 or 8
    bytes.extend(COOKIE.to_be_bytes());
    bytes.extend(nonce);
    bytes.extend(attributes);
    bytes
}

/// Reads what came back; `None` when it is no answer to this question.
pub(super) fn answer(ask: Ask, nonce: &Nonce, bytes: &[u8]) -> Option<Answer> {
    if bytes.len() > MAX_BYTES || bytes.get(8..HEADER)? != nonce {
        return None;
    }
    let half = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let kind = half(0)?;
    let attributes = bytes.get(HEADER..)?;
    if usize::from(half(2)?) != attributes.len() || bytes.get(4..8)? != COOKIE.to_be_bytes() {
        return None;
    }
    match (ask, kind) {
        (Ask::WhereFrom, 0x0101) => Some(reflexive(attributes, nonce).map_or(Answer::Nothing, Answer::From)),
        (Ask::Relay, 0x0103) => Some(Answer::Relays),
        // An error: whoever wants a name (401), knows an older question (438) or is busy (486, 508) relays; what else
        // it says is about a server that does not.
        (Ask::Relay, 0x0113) => Some(match error_code(attributes) {
            Some(401 | 438 | 486 | 508) => Answer::Relays,
            _ => Answer::Nothing,
        }),
        (Ask::WhereFrom, 0x0111) => Some(Answer::Nothing),
        _ => None,
    }
}

/// The attributes of a message; stops at the first whose length is a lie.
fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    core::iter::from_fn(move || {
        let (head, rest) = bytes.split_at_checked(4)?;
        let len = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = rest.get(..len)?;
        bytes = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_be_bytes([head[0], head[1]]), value))
    })
}

fn reflexive(bytes: &[u8], nonce: &Nonce) -> Option<SocketAddr> {
    let found = |wanted: u16| {
        attributes(bytes)
            .find(|(kind, _)| *kind == wanted)
            .map(|(_, value)| value)
    };
    // XOR-MAPPED-ADDRESS, and MAPPED-ADDRESS of servers of before 2008.
    match found(0x0020) {
        Some(value) => address(value, nonce, true),
        None => address(found(0x0001)?, nonce, false),
    }
}

fn address(value: &[u8], nonce: &Nonce, masked: bool) -> Option<SocketAddr> {
    let mut mask = [0; 16];
    if masked {
        mask[..4].copy_from_slice(&COOKIE.to_be_bytes());
        mask[4..].copy_from_slice(nonce);
    }
    let port = u16::from_be_bytes(value.get(2..4)?.try_into().ok()?) ^ u16::from_be_bytes([mask[0], mask[1]]);
    let host = value.get(4..)?;
    let ip: IpAddr = match value.get(1)? {
        1 => {
            let bytes: [u8; 4] = host.try_into().ok()?;
            Ipv4Addr::from(core::array::from_fn::<u8, 4, _>(|n| bytes[n] ^ mask[n])).into()
        }
        2 => {
            let bytes: [u8; 16] = host.try_into().ok()?;
            Ipv6Addr::from(core::array::from_fn::<u8, 16, _>(|n| bytes[n] ^ mask[n])).into()
        }
        _ => return None,
    };
    (port != 0 && !ip.is_unspecified()).then_some(SocketAddr::new(ip, port))
}

fn error_code(bytes: &[u8]) -> Option<u16> {
    let (_, value) = attributes(bytes).find(|(kind, _)| *kind == 0x0009)?;
    let [_, _, class, number] = *value.first_chunk()?;
    Some(u16::from(class & 7) * 100 + u16::from(number))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    const NONCE: Nonce = [
        0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
    ];

    /// The answers of RFC 5769 §2.2 and §2.3.
    const OVER_IPV4: &[u8] = &[
        0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa,
        0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74, 0x6f,
        0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43, 0x00, 0x08, 0x00,
        0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9, 0x2a, 0xf9, 0xba, 0x53,
        0xf0, 0x6b, 0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96,
    ];
    const OVER_IPV6: &[u8] = &[
        0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa,
        0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74, 0x6f,
        0x72, 0x20, 0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1,
        0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14, 0xa3, 0x82, 0x95, 0x4e,
        0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75, 0xbf, 0xe3, 0xed, 0x41, 0x80,
        0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c,
    ];

    fn read(bytes: &[u8]) -> Option<Answer> {
        answer(Ask::WhereFrom, &NONCE, bytes)
    }

    #[test]
    fn the_worked_answers_of_the_standard_are_read() {
        assert_eq!(
            read(OVER_IPV4),
            Some(Answer::From("192.0.2.1:32853".parse().unwrap()))
        );
        assert_eq!(
            read(OVER_IPV6),
            Some(Answer::From(
                "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap()
            ))
        );
    }

    #[test]
    fn an_answer_to_another_question_or_with_a_lying_length_is_none() {
        let mut other = OVER_IPV4.to_vec();
        other[12] ^= 1;
        assert_eq!(read(&other), None);
        assert_eq!(answer(Ask::Relay, &NONCE, OVER_IPV4), None);
        for cut in 0..OVER_IPV4.len() {
            assert_eq!(read(&OVER_IPV4[..cut]), None, "{cut} bytes");
        }
        let mut lying = OVER_IPV4.to_vec();
        lying[23] = 0xff;
        assert_eq!(
            read(&lying),
            Some(Answer::Nothing),
            "nothing after a lie is believed"
        );
    }

    #[test]
    fn a_relay_that_wants_a_name_is_there() {
        let refusal = |code: u8| {
            let mut bytes = vec![0x01, 0x13, 0, 8];
            bytes.extend(COOKIE.to_be_bytes());
            bytes.extend(NONCE);
            bytes.extend([0, 9, 0, 4, 0, 0, 4, code]);
            answer(Ask::Relay, &NONCE, &bytes)
        };
        assert_eq!(refusal(1), Some(Answer::Relays));
        assert_eq!(refusal(3), Some(Answer::Nothing), "forbidden");
        assert_eq!(question(Ask::Relay, &NONCE).len(), 28);
        assert_eq!(question(Ask::WhereFrom, &NONCE)[..4], [0, 1, 0, 0]);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0..80usize, to: u8) {
            let mut changed = OVER_IPV4.to_vec();
            changed[at] = to;
            let mut claimed = OVER_IPV4[..HEADER].to_vec();
            claimed.extend(&bytes);
            claimed[2..4].copy_from_slice(&(bytes.len() as u16).to_be_bytes());
            for bytes in [&bytes, &changed, &claimed] {
                let _ = read(bytes);
                let _ = answer(Ask::Relay, &NONCE, bytes);
            }
        }
    }
}

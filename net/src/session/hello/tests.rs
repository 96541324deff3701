//! The handshake alone, without links, and its bytes as `docs/protocol.md` shows them.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::session::worked;
use crate::transport::Path;
use proptest::prelude::*;

const GAME: u64 = 0x1122_3344_5566_7788;
const BINDING: ChannelBinding = ChannelBinding([0xb1; 32]);

fn keys() -> RoomKeys {
    RoomKeys::new(&RoomSecret([1; 16]))
}

fn host() -> Identity {
    Identity::from_secrets(&[2; 32], &[3; 32])
}

fn guest() -> Identity {
    Identity::from_secrets(&[4; 32], &[5; 32])
}

fn challenge() -> Bytes {
    Challenge::write(&keys(), BINDING, GAME, &[6; 32])
}

fn hello(resume: Option<Resume>) -> Bytes {
    let hello = Hello {
        game_protocol: GAME,
        credential: guest().credential(),
        name: "Ada".into(),
        resume,
    };
    hello.write(&keys(), BINDING, &challenge(), &[7; 32], &guest())
}

fn person() -> Person {
    Person {
        slot: Slot(1),
        account: guest().account(),
        name: "Ada".into(),
        ping_ms: None,
        path: Path::Direct,
        away: false,
    }
}

fn welcome() -> Welcome {
    Welcome {
        slot: Slot(1),
        token: [8; 16],
        resumed: None,
        world_name: "Harbour".into(),
        people: vec![person()],
    }
}

fn read_hello(bytes: &[u8]) -> Result<Hello, HelloError> {
    Hello::check(bytes, &keys(), BINDING, &challenge(), GAME)
}

#[test]
fn the_handshakes_bytes_are_those_of_the_document() {
    worked::check("challenge", &challenge());
    worked::check(
        "hello",
        &hello(Some(Resume {
            token: Token([9; 16]),
            received: 300,
        })),
    );
    worked::check(
        "welcome",
        &welcome()
            .write(&keys(), BINDING, &challenge(), &hello(None), &host())
            .unwrap(),
    );
    worked::check("refused", &refused(&EndReason::Version { host: 2 }));
}

#[test]
fn an_honest_handshake_is_read_back() {
    assert_eq!(Challenge::check(&challenge(), &keys(), BINDING, GAME), Ok(()));
    let resume = Resume {
        token: Token([9; 16]),
        received: u64::MAX,
    };
    let read = read_hello(&hello(Some(resume))).unwrap();
    assert!(read.name == "Ada" && read.credential == guest().credential() && read.resume == Some(resume));
    let bytes = welcome()
        .write(&keys(), BINDING, &challenge(), &hello(None), &host())
        .unwrap();
    let read = Welcome::check(&bytes, &keys(), BINDING, &challenge(), &hello(None)).unwrap();
    assert_eq!(read, (welcome(), host().account()));
    assert_eq!(read_refused(&refused(&EndReason::Full)), Ok(EndReason::Full));
}

#[test]
fn the_longest_hello_is_as_long_as_allowed() {
    let hello = Hello {
        game_protocol: GAME,
        credential: guest().credential(),
        name: "x".repeat(MAX_NAME_BYTES),
        resume: Some(Resume {
            token: Token([9; 16]),
            received: u64::MAX,
        }),
    };
    let bytes = hello.write(&keys(), BINDING, &challenge(), &[7; 32], &guest());
    assert!(
        bytes.len() <= MAX_HELLO_BYTES && bytes.len() + 2 >= MAX_HELLO_BYTES,
        "{}",
        bytes.len()
    );
    assert!(read_hello(&bytes).is_ok());
}

#[test]
fn a_proof_is_for_one_link_one_room_one_build_and_one_question() {
    let other = ChannelBinding([0xb2; 32]);
    let check = |keys: &RoomKeys, binding, challenge: &[u8], game| {
        Hello::check(&hello(None), keys, binding, challenge, game).err()
    };
    let elsewhere = RoomKeys::new(&RoomSecret([2; 16]));
    let asked_again = Challenge::write(&keys(), BINDING, GAME, &[66; 32]);
    assert_eq!(check(&keys(), BINDING, &challenge(), GAME), None);
    assert_eq!(
        check(&keys(), other, &challenge(), GAME),
        Some(HelloError::WrongSecret)
    );
    assert_eq!(
        check(&elsewhere, BINDING, &challenge(), GAME),
        Some(HelloError::WrongSecret)
    );
    assert_eq!(
        check(&keys(), BINDING, &asked_again, GAME),
        Some(HelloError::WrongSecret)
    );
    assert_eq!(check(&keys(), BINDING, &challenge(), 5), Some(HelloError::Build));

    assert_eq!(
        Challenge::check(&challenge(), &keys(), other, GAME),
        Err(HelloError::Unproven)
    );
    assert_eq!(
        Challenge::check(&challenge(), &elsewhere, BINDING, GAME),
        Err(HelloError::WrongSecret)
    );
    assert_eq!(
        Challenge::check(&challenge(), &keys(), BINDING, 5),
        Err(HelloError::Build)
    );

    let bytes = welcome()
        .write(&keys(), BINDING, &challenge(), &hello(None), &host())
        .unwrap();
    let check = |binding, challenge: &[u8], hello: &[u8]| {
        Welcome::check(&bytes, &keys(), binding, challenge, hello).err()
    };
    assert_eq!(
        check(other, &challenge(), &hello(None)),
        Some(HelloError::Unproven)
    );
    assert_eq!(
        check(BINDING, &asked_again, &hello(None)),
        Some(HelloError::Unproven)
    );
    let another = hello(Some(Resume {
        token: Token([9; 16]),
        received: 0,
    }));
    assert_eq!(check(BINDING, &challenge(), &another), Some(HelloError::Unproven));
}

#[test]
fn somebody_with_the_link_cannot_speak_for_another_account() {
    // Knows the secret, so the MAC is right, but signs with its own device for a stolen credential.
    let thief = Identity::from_secrets(&[70; 32], &[71; 32]);
    let hello = Hello {
        game_protocol: GAME,
        credential: guest().credential(),
        name: "Ada".into(),
        resume: None,
    };
    let bytes = hello.write(&keys(), BINDING, &challenge(), &[7; 32], &thief);
    assert_eq!(read_hello(&bytes).err(), Some(HelloError::Unproven));
}

#[test]
fn the_opening_is_read_in_every_version() {
    assert_eq!(
        Opening::read(b"holmC\x02\x01and more"),
        Some((Opening::Challenge, 258))
    );
    assert_eq!(Opening::read(b"holmX\x02\x01"), None);
    assert_eq!(Opening::read(b"holmC\x02"), None);
    assert_eq!(read_hello(b"holmH\x04\x00").err(), Some(HelloError::Version(4)));
}

proptest! {
    #[test]
    fn no_changed_byte_is_accepted(at in 0usize..2000, flip in 1u8..=255) {
        let mut bytes = hello(None).to_vec();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        prop_assert!(read_hello(&bytes).is_err());
        let mut bytes = challenge().to_vec();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        prop_assert!(Challenge::check(&bytes, &keys(), BINDING, GAME).is_err());
        let mut bytes = welcome().write(&keys(), BINDING, &challenge(), &hello(None), &host()).unwrap().to_vec();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        prop_assert!(Welcome::check(&bytes, &keys(), BINDING, &challenge(), &hello(None)).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), letter in 0usize..4) {
        let mut near = bytes.clone();
        if near.len() > 7 {
            near[..7].copy_from_slice(&[Opening::Challenge, Opening::Hello, Opening::Welcome, Opening::Refused][letter].write());
        }
        for bytes in [bytes, near] {
            prop_assert!(Challenge::check(&bytes, &keys(), BINDING, GAME).is_err());
            prop_assert!(read_hello(&bytes).is_err());
            prop_assert!(Welcome::check(&bytes, &keys(), BINDING, &challenge(), &[]).is_err());
            let _ = read_refused(&bytes);
        }
    }

    /// With the right MAC and signature, too: a guest that is honest about who it is and about nothing else.
    #[test]
    fn a_proven_body_of_garbage_never_panics(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut bytes = Opening::Hello.write().to_vec();
        bytes.extend_from_slice(&body);
        let transcript = transcript(BINDING, &keys(), &[&challenge(), &bytes]);
        bytes.extend_from_slice(&guest().sign(GUEST_SIGNS, &transcript).0);
        bytes.extend_from_slice(&mac(&keys().guest, &transcript));
        prop_assert!(read_hello(&bytes).is_err());

        let mut bytes = Opening::Welcome.write().to_vec();
        let mut writer = BitWriter::new();
        write_credential(&mut writer, &host().credential());
        bytes.extend_from_slice(writer.finish());
        bytes.extend_from_slice(&body);
        let transcript = super::transcript(BINDING, &keys(), &[&challenge(), &hello(None), &bytes]);
        bytes.extend_from_slice(&host().sign(HOST_SIGNS, &transcript).0);
        bytes.extend_from_slice(&mac(&keys().host, &transcript));
        let _ = Welcome::check(&bytes, &keys(), BINDING, &challenge(), &hello(None));
    }
}

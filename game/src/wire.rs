//! The protocol list: everything people's programs say to each other reliably.
//!
//! One line a feature. Deleting a feature deletes its line here. Poses are not here: they are a stream.
//! Flow: feature → [`crate::session::TellHost`] / [`crate::session::Tell`] → bytes → the other side's
//! [`crate::session::Heard`] / [`crate::session::Told`].
//! Invariant: what does not decode completely is refused completely.

use crate::{avatar, chat, powers, session, succession, things, voice};
use bytes::Bytes;
use postcard_schema::{Schema, key::Key};
use serde::{Deserialize, Serialize};

/// What a guest says to the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToHost {
    Chat(chat::wire::ToHost),
    Avatar(avatar::wire::ToHost),
    Things(things::wire::ToHost),
    Powers(powers::wire::ToHost),
    Motion(things::motion::wire::ToHost),
    Succession(succession::wire::ToHost),
    Voice(voice::wire::ToHost),
}

/// What the host says to guests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    Session(session::wire::FromHost),
    Chat(chat::wire::FromHost),
    Avatar(avatar::wire::FromHost),
    Things(things::wire::FromHost),
    Powers(powers::wire::FromHost),
    Motion(things::motion::wire::FromHost),
    Succession(succession::wire::FromHost),
    Voice(voice::wire::FromHost),
}

/// Longest reliable message, bytes: what [`holm_net::session`] takes in one piece.
pub const MAX_MESSAGE_BYTES: usize = holm_net::session::MAX_GAME_MESSAGE_BYTES;

/// Hash of the shape of both lists: two builds whose messages differ refuse each other in the hello
/// instead of misunderstanding each other later.
pub const GAME_PROTOCOL: u64 = {
    let to = u64::from_le_bytes(Key::for_path::<ToHost>("holm/to-host").to_bytes());
    let from = u64::from_le_bytes(Key::for_path::<FromHost>("holm/from-host").to_bytes());
    // What travels in pieces.
    let wish = u64::from_le_bytes(Key::for_path::<holm_document::Wish>("holm/wish").to_bytes());
    let fact = u64::from_le_bytes(Key::for_path::<holm_document::Fact>("holm/fact").to_bytes());
    to.rotate_left(1) ^ from ^ wish.rotate_left(2) ^ fact.rotate_left(3)
};

/// Bytes that are no message of this build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a message")]
pub struct NotAMessage;

/// Writes a message. `None` when it is too long to send: the feature that made it should have cut it.
pub fn encode<T: Serialize>(message: &T) -> Option<Bytes> {
    let bytes = postcard::to_stdvec(message).ok()?;
    (bytes.len() <= MAX_MESSAGE_BYTES).then(|| Bytes::from(bytes))
}

/// Reads a whole message and nothing behind it. Allocates no more than the bytes can hold.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, NotAMessage> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        _ => Err(NotAMessage),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::world::{ManifestFile, WorldFetch, WorldManifest};
    use proptest::prelude::*;

    fn saying(text: &str, mentions: Vec<u16>) -> chat::wire::Saying {
        chat::wire::Saying {
            text: text.into(),
            reach: chat::wire::Reach::Near,
            mentions,
        }
    }

    /// The exact bytes, as two programs of this build exchange them.
    #[test]
    fn messages_are_these_bytes() {
        let say = ToHost::Chat(chat::wire::ToHost::Say(saying("hi", vec![2])));
        assert_eq!(&encode(&say).unwrap()[..], [0, 0, 2, b'h', b'i', 1, 1, 2]);
        let edit = ToHost::Chat(chat::wire::ToHost::Edit {
            id: 300,
            text: "ho".into(),
            mentions: vec![],
        });
        assert_eq!(&encode(&edit).unwrap()[..], [0, 1, 0xAC, 2, 2, b'h', b'o', 0]);
        let back = ToHost::Chat(chat::wire::ToHost::TakeBack { id: 5 });
        assert_eq!(&encode(&back).unwrap()[..], [0, 2, 5]);
        let said = FromHost::Chat(chat::wire::FromHost::Said(chat::wire::Line {
            id: 300,
            slot: 2,
            account: [7; 32],
            name: "Bo".into(),
            text: "hi".into(),
            at_secs: 5,
            reach: chat::wire::Reach::World,
            mentions: vec![3],
            edited: false,
        }));
        let bytes = encode(&said).unwrap();
        assert_eq!(&bytes[..5], [1, 0, 0xAC, 2, 2]);
        assert_eq!(&bytes[5..37], [7; 32]);
        assert_eq!(&bytes[37..], [2, b'B', b'o', 2, b'h', b'i', 5, 0, 1, 3, 0]);
        assert_eq!(decode::<FromHost>(&bytes), Ok(said));
        let world = FromHost::Session(session::wire::FromHost::World {
            manifest: [7; 32],
            len: 200,
            moment: 1,
        });
        let bytes = encode(&world).unwrap();
        assert_eq!(
            (bytes.len(), &bytes[..3], &bytes[34..]),
            (37, &[0, 0, 7][..], &[0xC8, 1, 1][..])
        );
    }

    #[test]
    fn messages_of_voices_are_these_bytes() {
        use voice::wire::{Letter, Microphone, Mine};
        let to = |message| encode(&ToHost::Voice(message)).unwrap();
        let mine = to(voice::wire::ToHost::Mine(Mine {
            microphone: Microphone::Open,
            earmuffs: Some(5),
            audience: None,
        }));
        assert_eq!(&mine[..], [6, 0, 2, 1, 5, 0]);
        let whisper = to(voice::wire::ToHost::Mine(Mine {
            audience: Some(vec![[7; 32]]),
            ..Mine::default()
        }));
        assert_eq!(
            (&whisper[..6], &whisper[6..]),
            (&[6, 0, 0, 0, 1, 1][..], &[7; 32][..])
        );
        let ends = to(voice::wire::ToHost::Letter {
            to: [7; 32],
            circle: [8; 16],
            letter: Letter::Ends,
        });
        assert_eq!(&ends[..2], [6, 1]);
        assert_eq!((&ends[2..34], &ends[34..50]), (&[7; 32][..], &[8; 16][..]));
        assert_eq!(&ends[50..], [3]);
        let speaks = Letter::Speaks {
            announcement: vec![1, 2],
            members: vec![[7; 32]],
            signature: vec![3],
        };
        let bytes = postcard::to_stdvec(&speaks).unwrap();
        assert_eq!(&bytes[..5], [0, 2, 1, 2, 1]);
        assert_eq!((&bytes[5..37], &bytes[37..]), (&[7; 32][..], &[1, 3][..]));
        let from = |message| encode(&FromHost::Voice(message)).unwrap();
        let microphones = vec![(2, Microphone::Open), (300, Microphone::Muted)];
        let told = from(voice::wire::FromHost::Microphones(microphones));
        assert_eq!(&told[..], [7, 0, 2, 2, 2, 0xAC, 2, 1]);
        assert_eq!(&from(voice::wire::FromHost::HeardBy(300))[..], [7, 1, 0xAC, 2]);
        let key = from(voice::wire::FromHost::Letter {
            from: [7; 32],
            circle: [8; 16],
            letter: Letter::Key(vec![9]),
        });
        assert_eq!((&key[..2], &key[50..]), (&[7, 2][..], &[2, 1, 9][..]));
    }

    #[test]
    fn half_a_message_and_one_and_a_half_are_none() {
        let whole = encode(&ToHost::Chat(chat::wire::ToHost::Say(saying(
            "good evening",
            vec![],
        ))))
        .unwrap();
        for end in 0..whole.len() {
            assert_eq!(decode::<ToHost>(&whole[..end]), Err(NotAMessage), "{end}");
        }
        let more = [&whole[..], &[0]].concat();
        assert_eq!(decode::<ToHost>(&more), Err(NotAMessage));
    }

    fn manifest() -> Vec<u8> {
        let file = |path: &str, len| ManifestFile {
            path: path.to_owned(),
            hash: [3; 32],
            len,
        };
        let manifest = WorldManifest {
            name: "Meadow".to_owned(),
            spawn: [1.0, 2.0, -3.0],
            spawn_yaw: 0.5,
            main: "world.ron".to_owned(),
            files: vec![file("world.ron", 900), file("trees/oak.glb", 70_000)],
        };
        postcard::to_stdvec(&manifest).unwrap()
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let _ = decode::<ToHost>(&bytes);
            let _ = decode::<FromHost>(&bytes);
            let _ = decode::<WorldManifest>(&bytes).map(WorldFetch::new);
        }

        #[test]
        fn no_damage_to_a_manifest_makes_its_reader_panic(
            damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        ) {
            let mut bytes = manifest();
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = decode::<WorldManifest>(&bytes).map(WorldFetch::new);
        }
    }
}

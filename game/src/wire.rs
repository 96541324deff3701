//! The protocol list: everything people's programs say to each other reliably.
//!
//! One line a feature. Deleting a feature deletes its line here. Poses are not here: they are a stream.
//! Flow: feature → [`crate::session::TellHost`] / [`crate::session::TellAll`] → bytes → the other side's
//! [`crate::session::Heard`] / [`crate::session::Told`].
//! Invariant: what does not decode completely is refused completely.

use crate::{chat, session};
use bytes::Bytes;
use postcard_schema::{Schema, key::Key};
use serde::{Deserialize, Serialize};

/// What a guest says to the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToHost {
    Chat(chat::wire::ToHost),
}

/// What the host says to guests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    Session(session::wire::FromHost),
    Chat(chat::wire::FromHost),
}

/// Longest reliable message, bytes: what [`holm_net::session`] takes in one piece.
pub const MAX_MESSAGE_BYTES: usize = 48 * 1024;

/// Hash of the shape of both lists: two builds whose messages differ refuse each other in the hello
/// instead of misunderstanding each other later.
pub const GAME_PROTOCOL: u64 = {
    let to = u64::from_le_bytes(Key::for_path::<ToHost>("holm/to-host").to_bytes());
    let from = u64::from_le_bytes(Key::for_path::<FromHost>("holm/from-host").to_bytes());
    to.rotate_left(1) ^ from
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

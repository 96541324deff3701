//! What is longer than one message, in several.
//!
//! Invariant: whoever joins pieces holds no more than they were told to, whatever comes.

use super::wire::Piece;
use crate::wire::{MAX_MESSAGE_BYTES, NotAMessage, decode};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest thing in pieces, bytes: a wish about a selection of some thousand things, the facts of a moment.
pub const MOST_BYTES: usize = 1 << 20;
/// Bytes of a piece: others' messages get between two of them.
const PIECE_BYTES: usize = 16 * 1024;
const _: () = assert!(PIECE_BYTES + 16 < MAX_MESSAGE_BYTES);

/// The pieces of a value, in their order.
pub fn cut<T: Serialize>(value: &T) -> Vec<Piece> {
    // Only a map of unknown length or an error of our own could fail here, and nothing has one.
    let bytes = postcard::to_stdvec(value).unwrap_or_default();
    let count = bytes.len().div_ceil(PIECE_BYTES).max(1);
    let mut pieces: Vec<Piece> = bytes
        .chunks(PIECE_BYTES)
        .enumerate()
        .map(|(at, bytes)| Piece {
            bytes: bytes.to_vec(),
            last: at + 1 == count,
        })
        .collect();
    if pieces.is_empty() {
        pieces.push(Piece { bytes, last: true });
    }
    pieces
}

/// Pieces that have come.
#[derive(Clone, Debug, Default)]
pub struct Joined(Vec<u8>);

impl Joined {
    /// Takes the next; the value, once it is whole.
    ///
    /// # Errors
    /// More than `most` bytes, or no such value. What was there is forgotten then.
    pub fn take<T: DeserializeOwned>(
        &mut self,
        piece: &Piece,
        most: usize,
    ) -> Result<Option<T>, NotAMessage> {
        if piece.bytes.len() > most - self.0.len().min(most) {
            self.0 = Vec::new();
            return Err(NotAMessage);
        }
        self.0.extend_from_slice(&piece.bytes);
        if !piece.last {
            return Ok(None);
        }
        decode(&std::mem::take(&mut self.0)).map(Some)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_cut_is_joined_again(values in proptest::collection::vec(any::<u32>(), 0..20_000)) {
            let mut joined = Joined::default();
            let mut whole = None;
            for piece in cut(&values) {
                prop_assert!(piece.bytes.len() <= PIECE_BYTES && whole.is_none());
                whole = joined.take::<Vec<u32>>(&piece, 1 << 20).unwrap();
            }
            prop_assert_eq!(whole, Some(values));
        }

        #[test]
        fn nobody_fills_a_memory_with_pieces(
            pieces in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..200), any::<bool>()), 0..40),
        ) {
            let mut joined = Joined::default();
            for (bytes, last) in pieces {
                let _ = joined.take::<Vec<String>>(&Piece { bytes, last }, 500);
                prop_assert!(joined.0.len() <= 500);
            }
        }
    }
}

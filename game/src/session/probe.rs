//! Bytes to measure a link with. A world of a few kilobytes would measure the round trip.
//!
//! Flow: whoever opens a room [offers](all) them → a guest's `checkup` fetches the small one, and the large one if that was
//! there in a moment.
//! Invariants: nothing is sent that was not asked for; everybody makes the same ones, and nothing of a person is in them.

use bytes::Bytes;

/// A second at 1 Mbit/s: what tells a slow link.
const SMALL_BYTES: usize = 128 * 1024;
/// A second at 16 Mbit/s, and 11 at 1.5 Mbit/s, below which the small one took too long to go on. A host holds this much
/// in memory for it.
const LARGE_BYTES: usize = 2 * 1024 * 1024;

/// The one and the other: no packer on the way makes them smaller.
pub(super) fn all() -> [Bytes; 2] {
    [SMALL_BYTES, LARGE_BYTES].map(|len| {
        let mut bytes = vec![0; len];
        blake3::Hasher::new_derive_key("holm 2026 bytes to measure a link with")
            .finalize_xof()
            .fill(&mut bytes);
        bytes.into()
    })
}

/// What they are called and how long they are, the small one first.
#[cfg(feature = "view")]
pub(crate) fn named() -> [(holm_net::transfer::BlobHash, u64); 2] {
    all().map(|bytes| (*blake3::hash(&bytes).as_bytes(), bytes.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_the_same_everywhere_and_cannot_be_packed() {
        let [small, large] = all();
        assert_eq!((small.len(), large.len()), (SMALL_BYTES, LARGE_BYTES));
        assert_eq!(
            blake3::hash(&large).to_hex().as_str(),
            "4beb6d853c73ce180f912b28bf852247d5e83e6ad59ebca985f043c7886b9592",
            "another build would fetch something else"
        );
        let mut counts = [0u32; 256];
        large.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
        let even = LARGE_BYTES as u32 / 256;
        assert!(counts.iter().all(|count| count.abs_diff(even) < even / 10));
    }
}

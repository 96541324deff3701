//! SFrame (RFC 9605): one frame sealed under one key, and opened once.
//!
//! Flow: a base key that the members agreed on → key and salt ([`SealingKey::derive`] where one talks,
//! [`OpeningKey::derive`] where one listens) → `header ‖ ciphertext ‖ tag`; the nonce is the salt XOR the header's
//! counter, the header and the caller's metadata are authenticated with the frame.
//! Ours rather than the crate `sframe` (2.1): that one keeps its AEAD of short tags to itself, so that the RFC's
//! vectors for it could not be run here, leaves copies of derived keys behind in freed memory, and until October 2026
//! authenticated the metadata before the header, which is not the RFC's order. The tests seal and open against it, both
//! ways.
//! Invariants: no counter seals two frames under one key, and opens two; nothing is decrypted before its tag fits.

mod aead;
mod header;
#[cfg(test)]
mod tests;
mod window;

pub use header::Header;

use core::fmt;
use hkdf::Hkdf;
use hmac::EagerHash;
use sha2::{Sha256, Sha512};
use window::Window;
use zeroize::Zeroizing;

/// Bytes of a nonce, and so of the salt, in every suite.
const NONCE_BYTES: usize = 12;

/// How frames are sealed, by the numbers of RFC 9605 §8.1. All five are here, so that all of the RFC's vectors hold us
/// to it; which one voice uses is said where it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// AES-128 in counter mode, HMAC-SHA-256 cut to 10 bytes.
    CtrHmac80 = 1,
    /// The same, cut to 8 bytes.
    CtrHmac64 = 2,
    /// The same, cut to 4 bytes: too few wherever somebody may try often.
    CtrHmac32 = 3,
    /// AES-128-GCM, tags of 16 bytes.
    Gcm128 = 4,
    /// AES-256-GCM, tags of 16 bytes.
    Gcm256 = 5,
}

impl Suite {
    /// Bytes that a tag adds to a frame.
    #[must_use]
    pub const fn tag_bytes(self) -> usize {
        match self {
            Self::CtrHmac80 => 10,
            Self::CtrHmac64 => 8,
            Self::CtrHmac32 => 4,
            Self::Gcm128 | Self::Gcm256 => 16,
        }
    }

    /// Bytes of the AEAD's key; those of the CTR suites are two keys, 16 bytes to encrypt and 32 to authenticate.
    const fn key_bytes(self) -> usize {
        match self {
            Self::CtrHmac80 | Self::CtrHmac64 | Self::CtrHmac32 => 48,
            Self::Gcm128 => 16,
            Self::Gcm256 => 32,
        }
    }
}

/// Why a sealed frame was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Too short for its header and a tag, or a header that RFC 9605 does not write.
    #[error("not a sealed frame")]
    Malformed,
    /// Sealed under another key than this one.
    #[error("sealed under another key")]
    AnotherKey,
    /// Its counter was opened before, or is so old that this is no longer known.
    #[error("opened before, or too old")]
    Replayed,
    /// Not what was sealed under this key, or with other metadata.
    #[error("the tag does not fit")]
    Forged,
}

/// What is derived from a base key for one KID.
struct Key {
    suite: Suite,
    kid: u64,
    key: Zeroizing<Vec<u8>>,
    salt: Zeroizing<[u8; NONCE_BYTES]>,
}

impl Key {
    /// RFC 9605 §4.4.2.
    fn derive(suite: Suite, kid: u64, base_key: &[u8]) -> Self {
        match suite {
            Suite::Gcm256 => Self::expand::<Sha512>(suite, kid, base_key),
            _ => Self::expand::<Sha256>(suite, kid, base_key),
        }
    }

    fn expand<H: EagerHash>(suite: Suite, kid: u64, base_key: &[u8]) -> Self {
        let secret = Hkdf::<H>::new(None, base_key);
        let mut key = Zeroizing::new(vec![0; suite.key_bytes()]);
        let mut salt = Zeroizing::new([0; NONCE_BYTES]);
        for (label, out) in [
            (&b"SFrame 1.0 Secret key "[..], &mut key[..]),
            (b"SFrame 1.0 Secret salt ", &mut salt[..]),
        ] {
            let number = (suite as u16).to_be_bytes();
            secret
                .expand_multi_info(&[label, &kid.to_be_bytes(), &number], out)
                .expect("48 bytes at most, and HKDF gives 255 hashes");
        }
        Self {
            suite,
            kid,
            key,
            salt,
        }
    }

    /// The salt XOR the counter, as one number of 12 bytes.
    fn nonce(&self, counter: u64) -> [u8; NONCE_BYTES] {
        let mut nonce = *self.salt;
        for (byte, of_counter) in nonce[NONCE_BYTES - 8..].iter_mut().zip(counter.to_be_bytes()) {
            *byte ^= of_counter;
        }
        nonce
    }

    /// Whoever calls this has not sealed anything with this counter before.
    fn seal(&self, counter: u64, metadata: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealed = Header {
            kid: self.kid,
            counter,
        }
        .write();
        let associated = [&sealed, metadata].concat();
        let text_at = sealed.len();
        sealed.extend_from_slice(plain);
        let nonce = self.nonce(counter);
        aead::encrypt(self.suite, &self.key, &nonce, &associated, &mut sealed, text_at);
        sealed
    }

    fn open(&self, header: Header, metadata: &[u8], sealed: &[u8]) -> Result<Vec<u8>, FrameError> {
        let (head, text) = sealed
            .split_at_checked(header.bytes())
            .ok_or(FrameError::Malformed)?;
        let associated = [head, metadata].concat();
        let nonce = self.nonce(header.counter);
        aead::decrypt(self.suite, &self.key, &nonce, &associated, text)
    }
}

/// A key to seal with: of one talker, who alone has it for this. No secret is in its `Debug`.
pub struct SealingKey {
    key: Key,
    next: u64,
}

impl SealingKey {
    /// From a base key that nobody else seals with: 16 bytes or more, of all strength they have.
    #[must_use]
    pub fn derive(suite: Suite, kid: u64, base_key: &[u8]) -> Self {
        Self {
            key: Key::derive(suite, kid, base_key),
            next: 0,
        }
    }

    /// Frames sealed so far.
    #[must_use]
    pub fn sealed(&self) -> u64 {
        self.next
    }

    /// Seals the next frame. `metadata` is not sealed and not sent: whoever opens must have the same.
    #[must_use]
    pub fn seal(&mut self, metadata: &[u8], plain: &[u8]) -> Vec<u8> {
        let counter = self.next;
        self.next = counter
            .checked_add(1)
            .expect("50 frames a second fill 64 bits in ten thousand million years");
        self.key.seal(counter, metadata, plain)
    }
}

/// A key to open with: of one talker's frames. No secret is in its `Debug`.
pub struct OpeningKey {
    key: Key,
    opened: Window,
}

impl OpeningKey {
    /// From the talker's base key.
    #[must_use]
    pub fn derive(suite: Suite, kid: u64, base_key: &[u8]) -> Self {
        Self {
            key: Key::derive(suite, kid, base_key),
            opened: Window::default(),
        }
    }

    /// Which frames it opens: those whose header names this KID.
    #[must_use]
    pub fn kid(&self) -> u64 {
        self.key.kid
    }

    /// Opens a frame, in whatever order they come, each once.
    ///
    /// # Errors
    /// [`FrameError`], each of them; nothing is then as if the frame had come.
    pub fn open(&mut self, metadata: &[u8], sealed: &[u8]) -> Result<Vec<u8>, FrameError> {
        let header = Header::read(sealed)?;
        if header.kid != self.key.kid {
            return Err(FrameError::AnotherKey);
        }
        if !self.opened.is_new(header.counter) {
            return Err(FrameError::Replayed);
        }
        let plain = self.key.open(header, metadata, sealed)?;
        self.opened.note(header.counter);
        Ok(plain)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey")
            .field("kid", &self.key.kid)
            .field("sealed", &self.next)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpeningKey")
            .field("kid", &self.key.kid)
            .finish_non_exhaustive()
    }
}

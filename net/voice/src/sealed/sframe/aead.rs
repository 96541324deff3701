//! The AEADs of RFC 9605: AES-GCM, and AES in counter mode with an HMAC behind it, for short tags (§4.5.1).

use super::{FrameError, NONCE_BYTES, Suite};
use aes::Aes128;
use aes_gcm::aead::{AeadInOut, Nonce, Tag};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use ctr::Ctr32BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Of the 48 bytes of a CTR suite's key, those that encrypt; the others authenticate.
const ENCRYPTING_BYTES: usize = 16;

/// Encrypts what lies from `text_at` on and appends the tag.
pub(super) fn encrypt(
    suite: Suite,
    key: &[u8],
    nonce: &[u8; NONCE_BYTES],
    associated: &[u8],
    bytes: &mut Vec<u8>,
    text_at: usize,
) {
    let text = &mut bytes[text_at..];
    match suite {
        Suite::CtrHmac80 | Suite::CtrHmac64 | Suite::CtrHmac32 => {
            let (encrypting, authenticating) = key.split_at(ENCRYPTING_BYTES);
            keystream(encrypting, nonce, text);
            let tag = mac(suite, authenticating, nonce, associated, text).finalize();
            bytes.extend_from_slice(&tag.into_bytes()[..suite.tag_bytes()]);
        }
        Suite::Gcm128 => {
            let tag = gcm_encrypt::<Aes128Gcm>(key, nonce, associated, text);
            bytes.extend_from_slice(&tag);
        }
        Suite::Gcm256 => {
            let tag = gcm_encrypt::<Aes256Gcm>(key, nonce, associated, text);
            bytes.extend_from_slice(&tag);
        }
    }
}

/// What `sealed`, text and tag, was before.
pub(super) fn decrypt(
    suite: Suite,
    key: &[u8],
    nonce: &[u8; NONCE_BYTES],
    associated: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, FrameError> {
    let text_bytes = sealed
        .len()
        .checked_sub(suite.tag_bytes())
        .ok_or(FrameError::Malformed)?;
    let (text, tag) = sealed.split_at(text_bytes);
    let mut plain = text.to_vec();
    match suite {
        Suite::CtrHmac80 | Suite::CtrHmac64 | Suite::CtrHmac32 => {
            let (encrypting, authenticating) = key.split_at(ENCRYPTING_BYTES);
            mac(suite, authenticating, nonce, associated, text)
                .verify_truncated_left(tag)
                .map_err(|_| FrameError::Forged)?;
            keystream(encrypting, nonce, &mut plain);
        }
        Suite::Gcm128 => gcm_decrypt::<Aes128Gcm>(key, nonce, associated, &mut plain, tag)?,
        Suite::Gcm256 => gcm_decrypt::<Aes256Gcm>(key, nonce, associated, &mut plain, tag)?,
    }
    Ok(plain)
}

/// AES-128 in counter mode, both ways; the block counter stands behind the nonce and begins at 0.
fn keystream(key: &[u8], nonce: &[u8; NONCE_BYTES], text: &mut [u8]) {
    let mut first_block = [0; 16];
    first_block[..NONCE_BYTES].copy_from_slice(nonce);
    Ctr32BE::<Aes128>::new_from_slices(key, &first_block)
        .expect("the suite's own lengths")
        .apply_keystream(text);
}

fn mac(suite: Suite, key: &[u8], nonce: &[u8; NONCE_BYTES], associated: &[u8], text: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for length in [associated.len(), text.len(), suite.tag_bytes()] {
        mac.update(&(length as u64).to_be_bytes());
    }
    mac.update(nonce);
    mac.update(associated);
    mac.update(text);
    mac
}

fn gcm_encrypt<A: AeadInOut + KeyInit>(
    key: &[u8],
    nonce: &[u8; NONCE_BYTES],
    associated: &[u8],
    text: &mut [u8],
) -> Tag<A> {
    let nonce = Nonce::<A>::try_from(&nonce[..]).expect("nonces of GCM have 12 bytes");
    A::new_from_slice(key)
        .expect("the suite's own length")
        .encrypt_inout_detached(&nonce, associated, text.into())
        .expect("a frame is shorter than 64 GiB")
}

fn gcm_decrypt<A: AeadInOut + KeyInit>(
    key: &[u8],
    nonce: &[u8; NONCE_BYTES],
    associated: &[u8],
    text: &mut [u8],
    tag: &[u8],
) -> Result<(), FrameError> {
    let nonce = Nonce::<A>::try_from(&nonce[..]).expect("nonces of GCM have 12 bytes");
    let tag = Tag::<A>::try_from(tag).expect("tags of GCM have 16 bytes");
    A::new_from_slice(key)
        .expect("the suite's own length")
        .decrypt_inout_detached(&nonce, associated, text.into(), &tag)
        .map_err(|_| FrameError::Forged)
}

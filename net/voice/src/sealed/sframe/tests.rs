//! The vectors of RFC 9605, each of them; then what they do not say.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use data_encoding::HEXLOWER;
use proptest::prelude::*;
use serde_json::Value;

const SUITES: [Suite; 5] = [
    Suite::CtrHmac80,
    Suite::CtrHmac64,
    Suite::CtrHmac32,
    Suite::Gcm128,
    Suite::Gcm256,
];

fn vectors(of: &str) -> Vec<Value> {
    let all: Value =
        serde_json::from_str(include_str!("../../../tests/vectors/sframe-rfc9605.json")).unwrap();
    all[of].as_array().unwrap().clone()
}

fn number(vector: &Value, name: &str) -> u64 {
    vector[name].as_u64().unwrap()
}

fn bytes(vector: &Value, name: &str) -> Vec<u8> {
    HEXLOWER
        .decode(vector[name].as_str().unwrap().as_bytes())
        .unwrap()
}

fn suite(vector: &Value) -> Suite {
    SUITES[usize::try_from(number(vector, "cipher_suite")).unwrap() - 1]
}

#[test]
fn headers_are_as_in_the_rfc() {
    let vectors = vectors("header");
    assert_eq!(vectors.len(), 289);
    for vector in vectors {
        let header = Header {
            kid: number(&vector, "kid"),
            counter: number(&vector, "ctr"),
        };
        let encoded = bytes(&vector, "encoded");
        assert_eq!(header.write(), encoded, "{vector}");
        assert_eq!(header.bytes(), encoded.len(), "{vector}");
        assert_eq!(Header::read(&encoded), Ok(header), "{vector}");
        for cut in 0..encoded.len() {
            assert_eq!(Header::read(&encoded[..cut]), Err(FrameError::Malformed));
        }
    }
}

#[test]
fn counter_mode_with_a_mac_is_as_in_the_rfc() {
    let vectors = vectors("aes_ctr_hmac");
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let suite = suite(&vector);
        let key = bytes(&vector, "key");
        assert_eq!(
            key,
            [bytes(&vector, "enc_key"), bytes(&vector, "auth_key")].concat()
        );
        let nonce = bytes(&vector, "nonce").try_into().unwrap();
        let (associated, plain) = (bytes(&vector, "aad"), bytes(&vector, "pt"));
        let mut sealed = plain.clone();
        aead::encrypt(suite, &key, &nonce, &associated, &mut sealed, 0);
        assert_eq!(sealed, bytes(&vector, "ct"), "{vector}");
        assert_eq!(
            aead::decrypt(suite, &key, &nonce, &associated, &sealed),
            Ok(plain)
        );
    }
}

#[test]
fn frames_are_as_in_the_rfc() {
    let vectors = vectors("sframe");
    assert_eq!(vectors.len(), 5);
    for vector in vectors {
        let (kid, counter) = (number(&vector, "kid"), number(&vector, "ctr"));
        let base_key = bytes(&vector, "base_key");
        let key = Key::derive(suite(&vector), kid, &base_key);
        assert_eq!(*key.key, bytes(&vector, "sframe_key"), "{vector}");
        assert_eq!(key.salt[..], bytes(&vector, "sframe_salt"), "{vector}");
        assert_eq!(key.nonce(counter)[..], bytes(&vector, "nonce"), "{vector}");

        let (metadata, plain) = (bytes(&vector, "metadata"), bytes(&vector, "pt"));
        let sealed = key.seal(counter, &metadata, &plain);
        assert_eq!(sealed, bytes(&vector, "ct"), "{vector}");
        let mut opening = OpeningKey::derive(suite(&vector), kid, &base_key);
        assert_eq!(opening.open(&metadata, &sealed), Ok(plain));
    }
}

#[test]
fn a_value_said_in_more_bytes_than_it_needs_is_no_header() {
    for longer in [
        &[0x08, 7][..],
        &[0x80, 0],
        &[0x09, 0, 255],
        &[0x1f, 0, 1, 2, 3, 4, 5, 6, 7],
    ] {
        assert_eq!(Header::read(longer), Err(FrameError::Malformed), "{longer:?}");
    }
}

#[test]
fn a_talkers_counter_never_seals_twice() {
    let mut key = SealingKey::derive(Suite::CtrHmac64, 3, &[1; 32]);
    let frames: Vec<_> = (0..300).map(|_| key.seal(b"", b"the same")).collect();
    for (counter, frame) in (0..).zip(&frames) {
        assert_eq!(Header::read(frame), Ok(Header { kid: 3, counter }));
    }
    assert_eq!(key.sealed(), 300);
}

#[test]
fn frames_open_in_any_order_once_and_nothing_refused_moves_the_window() {
    let mut sealing = SealingKey::derive(Suite::CtrHmac64, 0, &[1; 32]);
    let mut opening = OpeningKey::derive(Suite::CtrHmac64, 0, &[1; 32]);
    let frames: Vec<_> = (0..300_u32)
        .map(|n| sealing.seal(b"m", &n.to_le_bytes()))
        .collect();
    for at in [0, 2, 1, 60, 59] {
        assert!(opening.open(b"m", &frames[at]).is_ok(), "{at}");
        assert_eq!(opening.open(b"m", &frames[at]), Err(FrameError::Replayed));
    }
    // A forged frame from far ahead does not shut out those that are honest.
    let mut forged = Header {
        kid: 0,
        counter: 1 << 40,
    }
    .write();
    forged.extend_from_slice(&[7; 20]);
    assert_eq!(opening.open(b"m", &forged), Err(FrameError::Forged));
    assert_eq!(opening.open(b"other", &frames[61]), Err(FrameError::Forged));
    assert_eq!(opening.open(b"m", &frames[61]), Ok(61_u32.to_le_bytes().to_vec()));
    // 238 are lost; what is older than the window comes too late.
    assert!(opening.open(b"m", &frames[299]).is_ok());
    assert_eq!(opening.open(b"m", &frames[62]), Err(FrameError::Replayed));
    assert!(opening.open(b"m", &frames[200]).is_ok());
}

#[test]
fn no_secret_is_in_debug_output() {
    let text = format!(
        "{:?} {:?}",
        SealingKey::derive(Suite::CtrHmac64, 1, &[1; 32]),
        OpeningKey::derive(Suite::CtrHmac64, 1, &[1; 32])
    );
    assert_eq!(
        text,
        "SealingKey { kid: 1, sealed: 0, .. } OpeningKey { kid: 1, .. }"
    );
}

/// The same suite in the crate `sframe`, another's RFC 9605.
fn theirs(suite: Suite) -> ::sframe::CipherSuite {
    match suite {
        Suite::CtrHmac80 => ::sframe::CipherSuite::AesCtr128HmacSha256_80,
        Suite::CtrHmac64 => ::sframe::CipherSuite::AesCtr128HmacSha256_64,
        Suite::CtrHmac32 => ::sframe::CipherSuite::AesCtr128HmacSha256_32,
        Suite::Gcm128 => ::sframe::CipherSuite::AesGcm128Sha256,
        Suite::Gcm256 => ::sframe::CipherSuite::AesGcm256Sha512,
    }
}

proptest! {
    #[test]
    fn what_another_implementation_seals_opens_here_and_the_other_way_round(
        suite in proptest::sample::select(&SUITES[..]),
        kid: u64,
        counter: u64,
        // A counter mode of 32 bits, blocks of 16: lengths around them, and every voice frame.
        plain in proptest::collection::vec(any::<u8>(), 0..260),
        metadata in proptest::collection::vec(any::<u8>(), 0..40),
        base_key: [u8; 32],
    ) {
        use ::sframe::frame::{EncryptedFrameView, MediaFrame, SingleUseCounter};
        use ::sframe::key::{DecryptionKey, EncryptionKey};
        let sealed = Key::derive(suite, kid, &base_key).seal(counter, &metadata, &plain);
        let key = DecryptionKey::derive_from(theirs(suite), kid, base_key).unwrap();
        let opened = EncryptedFrameView::try_with_meta_data(&sealed, &metadata).unwrap().decrypt(&key).unwrap();
        prop_assert_eq!(opened.payload(), &plain[..]);

        let key = EncryptionKey::derive_from(theirs(suite), kid, base_key).unwrap();
        let mut counters = SingleUseCounter::new(counter);
        let frame = MediaFrame::try_with_meta_data(&mut counters, &plain, &metadata).unwrap();
        let frame = frame.encrypt(&key).unwrap();
        prop_assert_eq!(frame.sframe_cipher_text(), &sealed[..]);
        let mut opening = OpeningKey::derive(suite, kid, &base_key);
        prop_assert_eq!(opening.open(&metadata, frame.sframe_cipher_text()), Ok(plain));
    }

    #[test]
    fn one_bit_more_or_less_anywhere_does_not_open(
        suite in proptest::sample::select(&SUITES[..]),
        plain in proptest::collection::vec(any::<u8>(), 0..100),
        frames in 0..20_u8,
        at: proptest::sample::Index,
        bit in 0..8_u8,
    ) {
        let mut sealing = SealingKey::derive(suite, 9, &[3; 32]);
        let mut sealed = Vec::new();
        for _ in 0..=frames {
            sealed = sealing.seal(b"metadata", &plain);
        }
        prop_assert_eq!(sealed.len() - plain.len(), Header::read(&sealed).unwrap().bytes() + suite.tag_bytes());
        let at = at.index(sealed.len());
        let mut altered = sealed.clone();
        altered[at] ^= 1 << bit;
        let mut opening = OpeningKey::derive(suite, 9, &[3; 32]);
        prop_assert!(opening.open(b"metadata", &altered).is_err());
        prop_assert!(opening.open(b"metadatA", &sealed).is_err());
        prop_assert!(opening.open(b"metadata", &sealed[..at]).is_err());
        prop_assert_eq!(opening.open(b"metadata", &sealed), Ok(plain));
    }

    #[test]
    fn no_bytes_panic(suite in proptest::sample::select(&SUITES[..]), sealed: Vec<u8>) {
        let mut opening = OpeningKey::derive(suite, 0, &[3; 32]);
        let _ = Header::read(&sealed);
        prop_assert!(opening.open(b"", &sealed).is_err());
        // The same behind a header that fits.
        let sealed = [&[0][..], &sealed].concat();
        prop_assert!(opening.open(b"", &sealed).is_err());
    }
}

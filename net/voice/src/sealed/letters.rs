//! What members of a circle send each other through the host: a key, signed, for this circle; and a talker's key,
//! sealed to one member.
//!
//! *Announcement*: account 32, device 32, certificate 64, public key (X25519) 32, signature 64. Signed: place, account,
//! device, public key; the account too, as anybody can certify somebody else's device as theirs.
//! *Key letter*: generation 4 (low first), HPKE's encapsulated key 32, the talker's base key sealed 48, signature 64.
//! HPKE (RFC 9180) in base mode with X25519, HKDF-SHA-256 and ChaCha20-Poly1305; who writes is proven by the signature.
//! Sealed for, and signed: place, both accounts, both announced keys; and the generation.
//! Invariant: a letter is good for one circle of one world, from one announced key to one other, and nowhere else.

use super::SealedError;
use core::convert::Infallible;
use holm_identity::{AccountKey, Credential, DeviceKey, Domain, Identity, Signature};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use zeroize::Zeroizing;

type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type PublicKey = <X25519HkdfSha256 as Kem>::PublicKey;
type Encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey;

const ANNOUNCES: Domain = Domain::new("holm.voice.sealed.1");
const GIVES_KEY: Domain = Domain::new("holm.voice.sealed.key.1");
const HPKE_INFO: &[u8] = b"holm voice sealed 1 key letter";

/// Bytes of a talker's base key.
pub(super) const SECRET_BYTES: usize = 32;
/// Bytes of an announcement.
pub const ANNOUNCEMENT_BYTES: usize = 32 + 32 + 64 + 32 + 64;
/// Bytes of a key letter.
pub const KEY_LETTER_BYTES: usize = 4 + 32 + SECRET_BYTES + 16 + 64;

/// A secret of 32 bytes, wiped when dropped.
pub(super) type Secret = Zeroizing<[u8; SECRET_BYTES]>;

/// 32 bytes from the operating system.
pub(super) fn draw() -> Result<Secret, SealedError> {
    let mut drawn = Zeroizing::new([0; SECRET_BYTES]);
    getrandom::fill(&mut *drawn).map_err(|_| SealedError::NoRandomness)?;
    Ok(drawn)
}

/// Which circle of which world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) world: [u8; 16],
    pub(super) circle: [u8; 16],
}

/// A member's key of one circle.
pub(super) struct OwnKey {
    private: PrivateKey,
    pub(super) public: [u8; 32],
}

/// What somebody announced, proven.
#[derive(Clone, Copy)]
pub(super) struct Announced {
    pub(super) credential: Credential,
    pub(super) public: [u8; 32],
}

/// Between whom a key letter goes.
pub(super) struct Ends {
    pub(super) place: Place,
    pub(super) from: (AccountKey, [u8; 32]),
    pub(super) to: (AccountKey, [u8; 32]),
}

impl OwnKey {
    pub(super) fn from_secret(secret: &Secret) -> Self {
        let (private, public) = X25519HkdfSha256::derive_keypair(&**secret);
        Self {
            private,
            public: public.to_bytes().into(),
        }
    }

    pub(super) fn announce(&self, me: &Identity, place: Place) -> Vec<u8> {
        let credential = me.credential();
        let signature = me.sign(ANNOUNCES, &announcement(place, &credential, &self.public));
        [
            &credential.account.0[..],
            &credential.device.0,
            &credential.certificate.0,
            &self.public,
            &signature.0,
        ]
        .concat()
    }

    /// Whether a secret can be agreed on with this key: not with the few of small order, which make it known to all.
    fn agrees_with(&self, public: &[u8; 32]) -> bool {
        Encapsulated::from_bytes(public).is_ok_and(|theirs| {
            hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
                &OpModeR::Base,
                &self.private,
                &theirs,
                HPKE_INFO,
            )
            .is_ok()
        })
    }

    /// What `who` announced for this place.
    pub(super) fn read_announcement(
        &self,
        place: Place,
        who: AccountKey,
        bytes: &[u8],
    ) -> Result<Announced, SealedError> {
        let mut rest = bytes;
        let credential = Credential {
            account: AccountKey(take(&mut rest)?),
            device: DeviceKey(take(&mut rest)?),
            certificate: Signature(take(&mut rest)?),
        };
        let public = take(&mut rest)?;
        let signature = Signature(take(&mut rest)?);
        if !rest.is_empty() {
            return Err(SealedError::Malformed);
        }
        if credential.account != who {
            return Err(SealedError::AnotherPerson);
        }
        credential.verify(ANNOUNCES, &announcement(place, &credential, &public), &signature)?;
        if !self.agrees_with(&public) {
            return Err(SealedError::BadKey);
        }
        Ok(Announced { credential, public })
    }

    /// The generation, later than `heard`, and the base key in a letter to this key, from a member with this
    /// credential.
    pub(super) fn read_key(
        &self,
        ends: &Ends,
        from: &Credential,
        heard: u32,
        bytes: &[u8],
    ) -> Result<(u32, Secret), SealedError> {
        let (body, signature) = bytes
            .split_last_chunk::<64>()
            .filter(|_| bytes.len() == KEY_LETTER_BYTES)
            .ok_or(SealedError::Malformed)?;
        let mut sealed = body;
        let generation: [u8; 4] = take(&mut sealed)?;
        // Before anything is computed on a curve: what is only played again costs nothing.
        if u32::from_le_bytes(generation) <= heard {
            return Err(SealedError::Outdated);
        }
        from.verify(
            GIVES_KEY,
            &[&ends.bytes()[..], body].concat(),
            &Signature(*signature),
        )?;
        let encapsulated =
            Encapsulated::from_bytes(&take::<32>(&mut sealed)?).map_err(|_| SealedError::BadKey)?;
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &self.private,
            &encapsulated,
            &ends.info(),
            sealed,
            &generation,
        )
        .map(Zeroizing::new)
        .map_err(|_| SealedError::BadKey)?;
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        secret.copy_from_slice(&opened);
        Ok((u32::from_le_bytes(generation), secret))
    }
}

/// A letter with a base key. `drawn` is random, for this letter alone.
pub(super) fn write_key(
    me: &Identity,
    ends: &Ends,
    generation: u32,
    secret: &Secret,
    drawn: Secret,
) -> Result<Vec<u8>, SealedError> {
    let generation = generation.to_le_bytes();
    let to = PublicKey::from_bytes(&ends.to.1).map_err(|_| SealedError::BadKey)?;
    let (encapsulated, sealed) =
        hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &to,
            &ends.info(),
            &secret[..],
            &generation,
            &mut Once(Some(drawn)),
        )
        .map_err(|_| SealedError::BadKey)?;
    let mut letter = [&generation[..], &encapsulated.to_bytes(), &sealed].concat();
    let signature = me.sign(GIVES_KEY, &[&ends.bytes()[..], &letter].concat());
    letter.extend_from_slice(&signature.0);
    Ok(letter)
}

impl Place {
    fn bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.world);
        bytes[16..].copy_from_slice(&self.circle);
        bytes
    }
}

impl Ends {
    fn bytes(&self) -> Vec<u8> {
        [
            self.place.bytes(),
            self.from.0.0,
            self.from.1,
            self.to.0.0,
            self.to.1,
        ]
        .concat()
    }

    fn info(&self) -> Vec<u8> {
        [HPKE_INFO, &self.bytes()].concat()
    }
}

/// What is signed of an announcement.
fn announcement(place: Place, credential: &Credential, public: &[u8; 32]) -> Vec<u8> {
    [place.bytes(), credential.account.0, credential.device.0, *public].concat()
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], SealedError> {
    let (own, after) = rest.split_first_chunk().ok_or(SealedError::Malformed)?;
    *rest = after;
    Ok(*own)
}

/// The random bytes of one encapsulation. HPKE asks a generator that cannot fail; the operating system's can, and is
/// asked before.
struct Once(Option<Secret>);

impl TryRng for Once {
    type Error = Infallible;

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        let drawn = self.0.take().expect("X25519 asks once");
        into.copy_from_slice(&drawn[..]);
        Ok(())
    }

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("X25519 asks for bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("X25519 asks for bytes")
    }
}

impl TryCryptoRng for Once {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use data_encoding::HEXLOWER;
    use sha2::{Digest, Sha256};

    fn person(number: u8) -> (Identity, OwnKey) {
        let identity = Identity::from_secrets(&[number; 32], &[number + 1; 32]);
        (identity, OwnKey::from_secret(&Zeroizing::new([number + 2; 32])))
    }

    /// The first bytes of a message and a hash of all: both ends of an old and a new program must agree on each bit.
    fn seen(bytes: &[u8]) -> (usize, String) {
        (bytes.len(), HEXLOWER.encode(&Sha256::digest(bytes)[..8]))
    }

    #[test]
    fn what_crosses_the_wire_stays_as_it_is() {
        let place = Place {
            world: [1; 16],
            circle: [2; 16],
        };
        let ((alice, own), (bob, theirs)) = (person(10), person(20));
        assert_eq!(
            seen(&own.announce(&alice, place)),
            (224, "b6152bd22cc47e8e".into())
        );
        let ends = Ends {
            place,
            from: (alice.account(), own.public),
            to: (bob.account(), theirs.public),
        };
        let (secret, drawn) = (Zeroizing::new([30; 32]), Zeroizing::new([40; 32]));
        let letter = write_key(&alice, &ends, 7, &secret, drawn).unwrap();
        assert_eq!(seen(&letter), (148, "254ec214833c6d82".into()));
        let read = theirs.read_key(&ends, &alice.credential(), 6, &letter);
        assert_eq!(read, Ok((7, secret)));
    }
}

//! How two strangers on a fresh link become host and guest.
//!
//! Flow, all on the ordered channel: host → [`Challenge`] → guest → [`Hello`] → host → [`Welcome`] or
//! [`refused`]. Each proves that it knows the room's secret *on this very link*, with a MAC over the
//! link's [`ChannelBinding`], the room and both sides' nonces; then who it is, with its device's
//! signature over the same. The host proves the secret first, so a guest tells a stranger nothing, and the
//! host tells a guest nothing about the room before that guest's proof.
//! Invariant: whoever sits in the middle has two links with two bindings, and no proof made for the one
//! fits the other. The first seven bytes of every message ([`Opening`]) never change, in any version.

use super::{EndReason, MAX_NAME_BYTES, PROTOCOL_VERSION, Person};
use crate::link::RoomSecret;
use crate::pose::Slot;
use crate::transport::ChannelBinding;
use crate::wire::{BitReader, BitWriter, WireError};
use bytes::Bytes;
use holm_identity::{AccountKey, Credential, DeviceKey, Domain, Identity, Signature};
use subtle::ConstantTimeEq;

/// First bytes of every handshake message, for ever.
const MAGIC: [u8; 4] = *b"holm";

/// Longest hello: all fields and the longest name. Longer ones are not read.
pub(crate) const MAX_HELLO_BYTES: usize = 7 + 8 + 128 + 32 + 2 + MAX_NAME_BYTES + 1 + 16 + 10 + 64 + 32;

const GUEST_SIGNS: Domain = Domain::new("holm.session.guest.1");
const HOST_SIGNS: Domain = Domain::new("holm.session.host.1");
const CHALLENGE_KEY: &str = "holm session 1 challenge mac key";
const GUEST_KEY: &str = "holm session 1 guest mac key";
const HOST_KEY: &str = "holm session 1 host mac key";
const ROOM_TAG: &str = "holm session 1 room tag";
const TRANSCRIPT: &str = "holm session 1 transcript";

/// Proof of a resume, rotated at each; known to one guest and the host.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token(pub(crate) [u8; 16]);

/// What the frozen first seven bytes say: `holm`, a letter, the version (two bytes, low first).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    Challenge,
    Hello,
    Welcome,
    Refused,
}

impl Opening {
    const fn letter(self) -> u8 {
        match self {
            Self::Challenge => b'C',
            Self::Hello => b'H',
            Self::Welcome => b'W',
            Self::Refused => b'R',
        }
    }

    pub(crate) fn write(self) -> [u8; 7] {
        let [low, high] = PROTOCOL_VERSION.to_le_bytes();
        let [a, b, c, d] = MAGIC;
        [a, b, c, d, self.letter(), low, high]
    }

    /// Reads only what never changes, so that it works on messages of any version.
    pub(crate) fn read(bytes: &[u8]) -> Option<(Self, u16)> {
        let [letter, low, high] = *bytes.strip_prefix(&MAGIC)?.first_chunk()?;
        let kind = [Self::Challenge, Self::Hello, Self::Welcome, Self::Refused]
            .into_iter()
            .find(|kind| kind.letter() == letter)?;
        Some((kind, u16::from_le_bytes([low, high])))
    }
}

/// Why a handshake message was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HelloError {
    #[error("another version: {0}")]
    Version(u16),
    #[error("malformed: {0}")]
    Malformed(#[from] WireError),
    /// Made for another room.
    #[error("wrong secret")]
    WrongSecret,
    #[error("other game messages")]
    Build,
    /// Right room, but not proven: somebody in the middle, a replay, or keys that do not fit.
    #[error("unproven")]
    Unproven,
}

/// The room's secret, turned into one key for each use; made once for a session.
#[derive(Clone)]
pub(crate) struct RoomKeys {
    room: [u8; 32],
    tag: [u8; 8],
    challenge: [u8; 32],
    guest: [u8; 32],
    host: [u8; 32],
}

impl RoomKeys {
    pub(crate) fn new(secret: &RoomSecret) -> Self {
        let mut tag = [0; 8];
        tag.copy_from_slice(&secret.derive(ROOM_TAG)[..8]);
        Self {
            room: blake3::hash(secret.room_id().0.as_bytes()).into(),
            tag,
            challenge: secret.derive(CHALLENGE_KEY),
            guest: secret.derive(GUEST_KEY),
            host: secret.derive(HOST_KEY),
        }
    }
}

fn opened(bytes: &[u8], expected: Opening) -> Result<BitReader<'_>, HelloError> {
    let (kind, version) = Opening::read(bytes).ok_or(WireError::Range)?;
    if version != PROTOCOL_VERSION {
        return Err(HelloError::Version(version));
    }
    if kind != expected {
        return Err(WireError::Range.into());
    }
    Ok(BitReader::new(&bytes[7..]))
}

fn array<const N: usize>(reader: &mut BitReader<'_>) -> Result<[u8; N], WireError> {
    reader.raw(N)?.try_into().map_err(|_| WireError::End)
}

fn write_credential(writer: &mut BitWriter, credential: &Credential) {
    writer.raw(&credential.account.0);
    writer.raw(&credential.device.0);
    writer.raw(&credential.certificate.0);
}

fn read_credential(reader: &mut BitReader<'_>) -> Result<Credential, WireError> {
    Ok(Credential {
        account: AccountKey(array(reader)?),
        device: DeviceKey(array(reader)?),
        certificate: Signature(array(reader)?),
    })
}

fn mac(key: &[u8; 32], transcript: &[u8; 32]) -> [u8; 32] {
    *blake3::keyed_hash(key, transcript).as_bytes()
}

fn same(a: &[u8], b: &[u8]) -> bool {
    bool::from(a.ct_eq(b))
}

/// Hash over everything both sides have said so far on this link; lengths are hashed before the parts.
fn transcript(binding: ChannelBinding, keys: &RoomKeys, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(TRANSCRIPT);
    hasher.update(&binding.0).update(&keys.room);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    *hasher.finalize().as_bytes()
}

/// Splits signature and MAC off the end of a message.
fn split_proof(bytes: &[u8]) -> Result<(&[u8], Signature, [u8; 32]), WireError> {
    let (rest, mac) = bytes.split_last_chunk::<32>().ok_or(WireError::End)?;
    let (body, signature) = rest.split_last_chunk::<64>().ok_or(WireError::End)?;
    Ok((body, Signature(*signature), *mac))
}

/// The host's first word: version, build, room and a nonce, with a MAC that only the room's host can make
/// for this link.
pub(crate) struct Challenge;

impl Challenge {
    pub(crate) fn write(
        keys: &RoomKeys,
        binding: ChannelBinding,
        game_protocol: u64,
        nonce: &[u8; 32],
    ) -> Bytes {
        let mut writer = BitWriter::with_capacity(96);
        writer.raw(&Opening::Challenge.write());
        writer.u64(game_protocol);
        writer.raw(&keys.tag);
        writer.raw(nonce);
        let body = writer.finish().to_vec();
        let proof = mac(&keys.challenge, &transcript(binding, keys, &[&body]));
        let mut bytes = body;
        bytes.extend_from_slice(&proof);
        bytes.into()
    }

    /// The guest's check.
    pub(crate) fn check(
        bytes: &[u8],
        keys: &RoomKeys,
        binding: ChannelBinding,
        game_protocol: u64,
    ) -> Result<(), HelloError> {
        let mut reader = opened(bytes, Opening::Challenge)?;
        let theirs = reader.u64()?;
        let tag: [u8; 8] = array(&mut reader)?;
        let _nonce: [u8; 32] = array(&mut reader)?;
        let proof: [u8; 32] = array(&mut reader)?;
        reader.end()?;
        if tag != keys.tag {
            return Err(HelloError::WrongSecret);
        }
        let body = &bytes[..bytes.len() - 32];
        if !same(&proof, &mac(&keys.challenge, &transcript(binding, keys, &[body]))) {
            return Err(HelloError::Unproven);
        }
        // Only now: a stranger must not be able to tell people that they need an update.
        if theirs != game_protocol {
            Err(HelloError::Build)
        } else {
            Ok(())
        }
    }
}

/// What a guest asks with: who it is, what it is called, and which seat it had.
pub(crate) struct Hello {
    pub(crate) game_protocol: u64,
    pub(crate) credential: Credential,
    pub(crate) name: String,
    pub(crate) resume: Option<Resume>,
}

/// The seat a guest had before its link was lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resume {
    pub(crate) token: Token,
    /// Game messages it has received since it first came in.
    pub(crate) received: u64,
}

impl Hello {
    pub(crate) fn write(
        &self,
        keys: &RoomKeys,
        binding: ChannelBinding,
        challenge: &[u8],
        nonce: &[u8; 32],
        identity: &Identity,
    ) -> Bytes {
        let mut writer = BitWriter::with_capacity(MAX_HELLO_BYTES);
        writer.raw(&Opening::Hello.write());
        writer.u64(self.game_protocol);
        write_credential(&mut writer, &self.credential);
        writer.raw(nonce);
        writer.str(&self.name);
        match &self.resume {
            None => writer.u8(0),
            Some(resume) => {
                writer.u8(1);
                writer.raw(&resume.token.0);
                writer.varint(resume.received);
            }
        }
        let mut bytes = writer.finish().to_vec();
        let transcript = transcript(binding, keys, &[challenge, &bytes]);
        bytes.extend_from_slice(&identity.sign(GUEST_SIGNS, &transcript).0);
        bytes.extend_from_slice(&mac(&keys.guest, &transcript));
        bytes.into()
    }

    /// The host's check, cheapest first: nothing is computed on a curve before the secret is proven.
    pub(crate) fn check(
        bytes: &[u8],
        keys: &RoomKeys,
        binding: ChannelBinding,
        challenge: &[u8],
        game_protocol: u64,
    ) -> Result<Self, HelloError> {
        opened(bytes, Opening::Hello)?;
        if bytes.len() > MAX_HELLO_BYTES {
            return Err(WireError::TooLong {
                len: bytes.len(),
                max: MAX_HELLO_BYTES,
            }
            .into());
        }
        let (body, signature, proof) = split_proof(bytes)?;
        let transcript = transcript(binding, keys, &[challenge, body]);
        if !same(&proof, &mac(&keys.guest, &transcript)) {
            return Err(HelloError::WrongSecret);
        }
        let mut reader = opened(body, Opening::Hello)?;
        let theirs = reader.u64()?;
        if theirs != game_protocol {
            return Err(HelloError::Build);
        }
        let credential = read_credential(&mut reader)?;
        let _nonce: [u8; 32] = array(&mut reader)?;
        let name = reader.str(MAX_NAME_BYTES)?;
        let resume = match reader.u8()? {
            0 => None,
            1 => Some(Resume {
                token: Token(array(&mut reader)?),
                received: reader.varint()?,
            }),
            _ => return Err(WireError::Range.into()),
        };
        reader.end()?;
        credential
            .verify(GUEST_SIGNS, &transcript, &signature)
            .map_err(|_| HelloError::Unproven)?;
        Ok(Self {
            game_protocol: theirs,
            credential,
            name,
            resume,
        })
    }
}

/// The host's answer: a seat, and who else is here.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Welcome {
    pub(crate) slot: Slot,
    pub(crate) token: [u8; 16],
    /// On a resume: game messages the host has received from this guest since it first came in.
    pub(crate) resumed: Option<u64>,
    pub(crate) world_name: String,
    /// Everyone in the room, the guest itself included.
    pub(crate) people: Vec<Person>,
}

impl Welcome {
    pub(crate) fn write(
        &self,
        keys: &RoomKeys,
        binding: ChannelBinding,
        challenge: &[u8],
        hello: &[u8],
        identity: &Identity,
    ) -> Result<Bytes, postcard::Error> {
        let mut writer = BitWriter::with_capacity(512);
        writer.raw(&Opening::Welcome.write());
        write_credential(&mut writer, &identity.credential());
        let mut bytes = postcard::to_extend(self, writer.finish().to_vec())?;
        let transcript = transcript(binding, keys, &[challenge, hello, &bytes]);
        bytes.extend_from_slice(&identity.sign(HOST_SIGNS, &transcript).0);
        bytes.extend_from_slice(&mac(&keys.host, &transcript));
        Ok(bytes.into())
    }

    /// The guest's check; also answers who the host is.
    pub(crate) fn check(
        bytes: &[u8],
        keys: &RoomKeys,
        binding: ChannelBinding,
        challenge: &[u8],
        hello: &[u8],
    ) -> Result<(Self, AccountKey), HelloError> {
        opened(bytes, Opening::Welcome)?;
        let (body, signature, proof) = split_proof(bytes)?;
        let transcript = transcript(binding, keys, &[challenge, hello, body]);
        if !same(&proof, &mac(&keys.host, &transcript)) {
            return Err(HelloError::Unproven);
        }
        let mut reader = opened(body, Opening::Welcome)?;
        let credential = read_credential(&mut reader)?;
        credential
            .verify(HOST_SIGNS, &transcript, &signature)
            .map_err(|_| HelloError::Unproven)?;
        let (welcome, rest) =
            postcard::take_from_bytes::<Self>(reader.rest()?).map_err(|_| WireError::Range)?;
        if !rest.is_empty() {
            return Err(WireError::Trailing.into());
        }
        Ok((welcome, credential.account))
    }
}

/// A closed door, with the reason.
pub(crate) fn refused(reason: &EndReason) -> Bytes {
    let mut bytes = Opening::Refused.write().to_vec();
    // Writing a small enum to a growing buffer cannot fail; without it the refusal has no reason, no more.
    if let Ok(reason) = postcard::to_stdvec(reason) {
        bytes.extend_from_slice(&reason);
    }
    bytes.into()
}

/// Reads [`refused`].
pub(crate) fn read_refused(bytes: &[u8]) -> Result<EndReason, HelloError> {
    let mut reader = opened(bytes, Opening::Refused)?;
    let (reason, _) = postcard::take_from_bytes::<EndReason>(reader.rest()?).map_err(|_| WireError::Range)?;
    Ok(reason)
}

#[cfg(test)]
mod tests;

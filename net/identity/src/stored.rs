//! An identity as bytes, for the device's own storage.
//!
//! Layout: `HOLMID`, version (1), flags (bit 0: the account's secret follows), device secret 32,
//! account public key 32, certificate 64, [account secret 32], then the first 8 bytes of a BLAKE3
//! hash of all before them. Invariant: bytes that read back were checked to belong together, so that
//! a damaged file is told from a good one here and not at the first join.

use crate::{AccountKey, Credential, DeviceKey, Identity, IdentityError, Signature};
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

const MAGIC: &[u8; 6] = b"HOLMID";
const VERSION: u8 = 1;
const HAS_ACCOUNT_SECRET: u8 = 1;
const CHECK_BYTES: usize = 8;

/// Length of a stored identity without the account's secret.
pub const STORED_BYTES: usize = MAGIC.len() + 2 + 32 + 32 + 64 + CHECK_BYTES;
/// Length of a stored identity with the account's secret (the account's first device).
pub const STORED_WITH_ACCOUNT_BYTES: usize = STORED_BYTES + 32;

impl Identity {
    /// For the device's own storage; **secret**. Wiped when dropped.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(STORED_WITH_ACCOUNT_BYTES));
        bytes.extend_from_slice(MAGIC);
        bytes.push(VERSION);
        bytes.push(if self.account.is_some() {
            HAS_ACCOUNT_SECRET
        } else {
            0
        });
        bytes.extend_from_slice(self.device.as_bytes());
        bytes.extend_from_slice(&self.credential.account.0);
        bytes.extend_from_slice(&self.credential.certificate.0);
        if let Some(account) = &self.account {
            bytes.extend_from_slice(account.as_bytes());
        }
        let check = check(&bytes);
        bytes.extend_from_slice(&check);
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`IdentityError::Damaged`], [`IdentityError::Newer`], [`IdentityError::BadCertificate`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdentityError> {
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or(IdentityError::Damaged("not an identity"))?;
        let [version, flags, rest @ ..] = rest else {
            return Err(IdentityError::Damaged("too short"));
        };
        if *version != VERSION {
            return Err(IdentityError::Newer {
                found: *version,
                known: VERSION,
            });
        }
        let expected = match *flags {
            0 => STORED_BYTES,
            HAS_ACCOUNT_SECRET => STORED_WITH_ACCOUNT_BYTES,
            _ => return Err(IdentityError::Damaged("unknown flags")),
        };
        if bytes.len() != expected {
            return Err(IdentityError::Damaged("wrong length"));
        }
        let (body, found) = bytes.split_at(bytes.len() - CHECK_BYTES);
        if check(body) != found {
            return Err(IdentityError::Damaged("checksum"));
        }
        let (device, rest) = take::<32>(rest)?;
        let (account, rest) = take::<32>(rest)?;
        let (certificate, rest) = take::<64>(rest)?;
        let device = SigningKey::from_bytes(device);
        let credential = Credential {
            account: AccountKey(*account),
            device: DeviceKey(device.verifying_key().to_bytes()),
            certificate: Signature(*certificate),
        };
        credential.check()?;
        let account = if *flags == HAS_ACCOUNT_SECRET {
            let secret = SigningKey::from_bytes(take::<32>(rest)?.0);
            if secret.verifying_key().to_bytes() != credential.account.0 {
                return Err(IdentityError::Damaged("account keys do not fit"));
            }
            Some(secret)
        } else {
            None
        };
        Ok(Self {
            device,
            credential,
            account,
        })
    }
}

fn take<const N: usize>(bytes: &[u8]) -> Result<(&[u8; N], &[u8]), IdentityError> {
    bytes
        .split_first_chunk()
        .ok_or(IdentityError::Damaged("too short"))
}

fn check(body: &[u8]) -> [u8; CHECK_BYTES] {
    let hash = blake3::derive_key("holm identity 1 stored check", body);
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&hash[..CHECK_BYTES]);
    check
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_stored_form_stays_readable_for_ever() {
        // A change here locks people out of their accounts: write a new version beside it instead.
        let identity = Identity::from_secrets(&[7; 32], &[9; 32]);
        let text = data_encoding::HEXLOWER.encode(&identity.to_bytes());
        assert_eq!(
            text,
            "484f4c4d494401010909090909090909090909090909090909090909090909090909090909090909ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c77d012ba9aba913c75adfdbf06e9d144fe9e845bd2f9fb2abac2ef1a2dcb0fbf68574c8d6abaae9bbbc0a27dac675ffeb87eedb8950b09b524dca3ae1c24190c070707070707070707070707070707070707070707070707070707070707070778cd8f53865a6540"
        );
    }

    #[test]
    fn both_kinds_of_device_read_back() {
        let first = Identity::create().unwrap();
        let second = first.for_another_device().unwrap().unwrap();
        for identity in [first, second] {
            let bytes = identity.to_bytes();
            let read = Identity::from_bytes(&bytes).unwrap();
            assert_eq!(read.credential(), identity.credential());
            assert_eq!(read.is_first_device(), identity.is_first_device());
            assert_eq!(*read.to_bytes(), *bytes);
        }
    }

    #[test]
    fn a_newer_file_is_named_as_such() {
        let mut bytes = Identity::create().unwrap().to_bytes().to_vec();
        bytes[6] = 2;
        assert_eq!(
            Identity::from_bytes(&bytes).unwrap_err(),
            IdentityError::Newer { found: 2, known: 1 }
        );
    }

    proptest! {
        #[test]
        fn any_stored_identity_reads_back(account: [u8; 32], device: [u8; 32]) {
            let identity = Identity::from_secrets(&account, &device);
            let read = Identity::from_bytes(&identity.to_bytes()).unwrap();
            prop_assert_eq!(read.credential(), identity.credential());
        }

        #[test]
        fn damage_anywhere_is_noticed(at in 0usize..STORED_WITH_ACCOUNT_BYTES, flip in 1u8..=255) {
            let mut bytes = Identity::from_secrets(&[3; 32], &[4; 32]).to_bytes().to_vec();
            bytes[at] ^= flip;
            prop_assert!(Identity::from_bytes(&bytes).is_err());
        }

        #[test]
        fn a_cut_file_is_noticed(len in 0usize..STORED_WITH_ACCOUNT_BYTES) {
            let bytes = Identity::from_secrets(&[3; 32], &[4; 32]).to_bytes();
            prop_assert!(Identity::from_bytes(&bytes[..len]).is_err());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Identity::from_bytes(&bytes).is_err());
        }
    }
}

//! Who somebody is: account keys, device keys certified by them, signatures.
//!
//! Flow: [`Identity::create`] makes an account key and this device's key, and the account certifies
//! the device. Others are shown a [`Credential`] (both public keys and the certificate); the device
//! signs, and whoever holds the credential checks with [`Credential::verify`]. A further device gets
//! an identity of its own from [`Identity::for_another_device`], without the account's secret.
//! Invariants: every signature names its purpose ([`Domain`]), so that one made for one thing can
//! never be shown for another; secrets are wiped when dropped and are in no `Debug` output.

mod stored;

pub use stored::{STORED_BYTES, STORED_WITH_ACCOUNT_BYTES};

use core::fmt;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

/// An account's public key (Ed25519): what a person is known by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct AccountKey(pub [u8; 32]);

/// The public key (Ed25519) of one device of an account.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct DeviceKey(pub [u8; 32]);

/// An Ed25519 signature, made by [`Identity::sign`] under a [`Domain`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// What a signature is for. Two domains never accept each other's signatures, because the name, with
/// its length before it, is signed too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain(&'static str);

impl Domain {
    /// A domain by its name, `what.who.version` by convention; 1 to 255 bytes.
    ///
    /// # Panics
    /// When the name is empty or longer: it is a constant of the program, never input.
    pub const fn new(name: &'static str) -> Self {
        assert!(
            !name.is_empty() && name.len() <= 255,
            "a domain has 1 to 255 bytes"
        );
        Self(name)
    }

    fn framed(self, message: &[u8]) -> Vec<u8> {
        let mut framed = Vec::with_capacity(1 + self.0.len() + message.len());
        framed.push(u8::try_from(self.0.len()).expect("checked in Domain::new"));
        framed.extend_from_slice(self.0.as_bytes());
        framed.extend_from_slice(message);
        framed
    }
}

/// An account says "this device is mine".
const DEVICE_OF_ACCOUNT: Domain = Domain::new("holm.identity.device.1");

/// Why keys or signatures were not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// 32 bytes that are no point of the curve.
    #[error("not a public key")]
    BadKey,
    /// The account never certified this device.
    #[error("the certificate does not fit the account and device")]
    BadCertificate,
    /// The signature was not made by this device, for this domain, over these bytes.
    #[error("the signature does not fit")]
    BadSignature,
    /// Stored bytes that are no identity: another file, cut short, or damaged.
    #[error("stored identity is damaged: {0}")]
    Damaged(&'static str),
    /// Stored by a newer program.
    #[error("stored identity has version {found}, this program reads up to {known}")]
    Newer { found: u8, known: u8 },
    /// The operating system gave no random bytes.
    #[error("no randomness from the operating system")]
    NoRandomness,
}

/// A person's keys on this device.
#[derive(Clone)]
pub struct Identity {
    device: SigningKey,
    credential: Credential,
    /// Only on the device where the account was made.
    account: Option<SigningKey>,
}

/// What a person shows to others: the account, the device, and that the one vouches for the other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credential {
    pub account: AccountKey,
    pub device: DeviceKey,
    /// The account's signature over the device key.
    pub certificate: Signature,
}

impl Identity {
    /// A new account with this device as its first.
    ///
    /// # Errors
    /// [`IdentityError::NoRandomness`].
    pub fn create() -> Result<Self, IdentityError> {
        let (account, device) = (random_secret()?, random_secret()?);
        Ok(Self::from_secrets(&account, &device))
    }

    /// The identity with these secret keys: for tests and for keys kept elsewhere.
    pub fn from_secrets(account: &[u8; 32], device: &[u8; 32]) -> Self {
        let account = SigningKey::from_bytes(account);
        let device = SigningKey::from_bytes(device);
        let credential = certify(&account, DeviceKey(device.verifying_key().to_bytes()));
        Self {
            device,
            credential,
            account: Some(account),
        }
    }

    /// An identity of the same account for another device; `None` on a device that is not the
    /// account's first, which has no right to certify others.
    ///
    /// # Errors
    /// [`IdentityError::NoRandomness`].
    pub fn for_another_device(&self) -> Result<Option<Self>, IdentityError> {
        let Some(account) = &self.account else {
            return Ok(None);
        };
        let secret = random_secret()?;
        let device = SigningKey::from_bytes(&secret);
        let credential = certify(account, DeviceKey(device.verifying_key().to_bytes()));
        Ok(Some(Self {
            device,
            credential,
            account: None,
        }))
    }

    /// What the person is known by.
    pub fn account(&self) -> AccountKey {
        self.credential.account
    }

    /// What to show to others before signing for them.
    pub fn credential(&self) -> Credential {
        self.credential
    }

    /// Whether this device holds the account's own secret and can certify further devices.
    pub fn is_first_device(&self) -> bool {
        self.account.is_some()
    }

    /// Signs as this device, for one purpose.
    pub fn sign(&self, domain: Domain, message: &[u8]) -> Signature {
        Signature(self.device.sign(&domain.framed(message)).to_bytes())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("account", &self.credential.account)
            .field("device", &self.credential.device)
            .field("first_device", &self.is_first_device())
            .finish_non_exhaustive()
    }
}

impl Credential {
    /// Checks that the account certified the device.
    ///
    /// # Errors
    /// [`IdentityError::BadKey`], [`IdentityError::BadCertificate`].
    pub fn check(&self) -> Result<(), IdentityError> {
        verify(
            &self.account.0,
            DEVICE_OF_ACCOUNT,
            &self.device.0,
            &self.certificate,
        )
        .map_err(|error| {
            if error == IdentityError::BadSignature {
                IdentityError::BadCertificate
            } else {
                error
            }
        })
    }

    /// Checks the certificate, then that this device signed `message` for `domain`.
    ///
    /// # Errors
    /// [`IdentityError::BadKey`], [`IdentityError::BadCertificate`], [`IdentityError::BadSignature`].
    pub fn verify(&self, domain: Domain, message: &[u8], signature: &Signature) -> Result<(), IdentityError> {
        self.check()?;
        verify(&self.device.0, domain, message, signature)
    }
}

impl AccountKey {
    /// A short form two people can read to each other: 80 bits of a hash, as `abcd-efgh-ijkl-mnop`.
    pub fn fingerprint(&self) -> String {
        let hash = blake3::derive_key("holm identity 1 fingerprint", &self.0);
        let text = data_encoding::BASE32_NOPAD
            .encode(&hash[..10])
            .to_ascii_lowercase();
        format!("{}-{}-{}-{}", &text[..4], &text[4..8], &text[8..12], &text[12..])
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountKey({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("account", &self.account)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

fn random_secret() -> Result<Zeroizing<[u8; 32]>, IdentityError> {
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *secret).map_err(|_| IdentityError::NoRandomness)?;
    Ok(secret)
}

fn certify(account: &SigningKey, device: DeviceKey) -> Credential {
    Credential {
        account: AccountKey(account.verifying_key().to_bytes()),
        device,
        certificate: Signature(account.sign(&DEVICE_OF_ACCOUNT.framed(&device.0)).to_bytes()),
    }
}

/// Strict verification: it also refuses the small-order keys under which one signature fits many messages.
fn verify(
    key: &[u8; 32],
    domain: Domain,
    message: &[u8],
    signature: &Signature,
) -> Result<(), IdentityError> {
    let key = VerifyingKey::from_bytes(key).map_err(|_| IdentityError::BadKey)?;
    if key.is_weak() {
        return Err(IdentityError::BadKey);
    }
    key.verify_strict(
        &domain.framed(message),
        &ed25519_dalek::Signature::from_bytes(&signature.0),
    )
    .map_err(|_| IdentityError::BadSignature)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    const HELLO: Domain = Domain::new("test.hello.1");

    #[test]
    fn a_signature_is_good_for_its_purpose_and_bytes_only() {
        let identity = Identity::create().unwrap();
        let signature = identity.sign(HELLO, b"bytes");
        let credential = identity.credential();
        assert_eq!(credential.verify(HELLO, b"bytes", &signature), Ok(()));
        assert_eq!(
            credential.verify(Domain::new("test.hello.2"), b"bytes", &signature),
            Err(IdentityError::BadSignature)
        );
        assert_eq!(
            credential.verify(HELLO, b"byteZ", &signature),
            Err(IdentityError::BadSignature)
        );
        // The domain's length is signed: moving a byte over the border changes what was signed.
        assert_eq!(
            credential.verify(Domain::new("test.hello.1b"), b"ytes", &signature),
            Err(IdentityError::BadSignature)
        );
    }

    #[test]
    fn a_device_of_somebody_else_is_not_mine() {
        let (me, other) = (Identity::create().unwrap(), Identity::create().unwrap());
        let mut stolen = me.credential();
        stolen.device = other.credential().device;
        assert_eq!(stolen.check(), Err(IdentityError::BadCertificate));
        let mut stolen = other.credential();
        stolen.account = me.account();
        assert_eq!(stolen.check(), Err(IdentityError::BadCertificate));
    }

    #[test]
    fn a_second_device_proves_the_same_account_and_certifies_nobody() {
        let first = Identity::create().unwrap();
        let second = first.for_another_device().unwrap().unwrap();
        assert_eq!(second.account(), first.account());
        assert_ne!(second.credential().device, first.credential().device);
        let signature = second.sign(HELLO, b"hi");
        assert_eq!(second.credential().verify(HELLO, b"hi", &signature), Ok(()));
        assert_eq!(
            first.credential().verify(HELLO, b"hi", &signature),
            Err(IdentityError::BadSignature)
        );
        assert!(second.for_another_device().unwrap().is_none());
    }

    #[test]
    fn a_weak_key_is_refused() {
        // The identity point: of order one, any signature of a certain shape would fit.
        let mut weak = [0; 32];
        weak[0] = 1;
        let credential = Credential {
            account: AccountKey(weak),
            device: DeviceKey(weak),
            certificate: Signature([0; 64]),
        };
        assert_eq!(credential.check(), Err(IdentityError::BadKey));
    }

    #[test]
    fn nothing_secret_is_in_debug_output() {
        let identity = Identity::from_secrets(&[7; 32], &[9; 32]);
        let text = format!("{identity:?} {:?}", identity.credential());
        assert!(
            !text.contains("7, 7")
                && !text.contains("9, 9")
                && !text.contains("0707")
                && !text.contains("0909"),
            "{text}"
        );
    }

    #[test]
    fn the_fingerprint_stays_as_it_is() {
        let identity = Identity::from_secrets(&[7; 32], &[9; 32]);
        assert_eq!(identity.account().fingerprint(), "f5ao-js54-ta5x-sn4h");
    }

    proptest! {
        #[test]
        fn no_flipped_bit_is_accepted(at in 0usize..64, bit in 0u8..8) {
            let identity = Identity::from_secrets(&[1; 32], &[2; 32]);
            let mut signature = identity.sign(HELLO, b"x");
            signature.0[at] ^= 1 << bit;
            prop_assert!(identity.credential().verify(HELLO, b"x", &signature).is_err());
        }

        #[test]
        fn arbitrary_credentials_never_panic(account: [u8; 32], device: [u8; 32], a: [u8; 32], b: [u8; 32]) {
            let mut certificate = [0; 64];
            certificate[..32].copy_from_slice(&a);
            certificate[32..].copy_from_slice(&b);
            let credential = Credential { account: AccountKey(account), device: DeviceKey(device), certificate: Signature(certificate) };
            prop_assert!(credential.check().is_err());
        }
    }
}

//! Who somebody is: an account key, device keys certified by it, signatures.

/// An account's public key: what a person is known by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct AccountKey(pub [u8; 32]);

impl core::fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AccountKey({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// A person's keys on this device.
#[derive(Clone, Debug)]
pub struct Identity;

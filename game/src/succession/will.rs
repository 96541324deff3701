//! Who goes on with a world, as its host says and signs it.
//!
//! Flow: the host of a term names its heirs → [`Will::sign`] → everybody has it → an heir goes on in the next term, and shows all wills that led
//! to it: [`Chain::check`].
//! Invariants: a will is of one world and one term; the first is signed by an account that owns the world, each further one by an
//! heir that the one before names.

use super::rules::Account;
use holm_identity::{AccountKey, Credential, DeviceKey, Domain, Identity, Signature};
use holm_net::link::{Link, RoomSecret};
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const WILL: Domain = Domain::new("holm.world.will.1");

/// Heirs of one will.
pub const MOST_HEIRS: usize = 8;
/// Terms of one world that are remembered: it is an evening that changes hosts so often.
pub const MOST_TERMS: usize = 64;
/// The longest name of a machine, bytes: a DNS name and a port.
const MOST_AUTHORITY_BYTES: usize = 261;

/// Where a world would go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Door {
    /// `host:port`, as in a link.
    pub authority: String,
    pub tls: bool,
}

impl Door {
    pub fn of(link: &Link) -> Self {
        Self {
            authority: link.authority.clone(),
            tls: link.tls,
        }
    }

    /// The link that opens the same room there; `None` where it is no address.
    pub fn link(&self, secret: &RoomSecret) -> Option<Link> {
        if self.authority.len() > MOST_AUTHORITY_BYTES {
            return None;
        }
        let scheme = if self.tls { "https" } else { "http" };
        let link: Link = format!("{scheme}://{}/#{}", self.authority, secret.encode())
            .parse()
            .ok()?;
        // What is written otherwise than we write it is somebody's trick.
        (link.authority == self.authority).then_some(link)
    }
}

/// One who is willing, and ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Heir {
    pub account: Account,
    pub door: Door,
}

/// What a host says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Will {
    pub world: [u8; 16],
    /// Counts up with each host.
    pub term: u64,
    /// Its door is its own program's: where nobody answers there, it has ended.
    pub own_port: bool,
    /// In their order.
    pub heirs: Vec<Heir>,
}

/// The same with whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Signed {
    pub will: Will,
    pub account: Account,
    device: [u8; 32],
    certificate: Vec<u8>,
    signature: Vec<u8>,
}

/// Why somebody may not go on with a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnHeir {
    #[error("a will is not signed by whom it says")]
    BadSignature,
    #[error("it is of another world")]
    AnotherWorld,
    #[error("terms are missing, or too many")]
    BadTerm,
    #[error("whoever signed it had no right to")]
    NotNamed,
}

impl Will {
    /// Signs it as this host.
    pub fn sign(self, identity: &Identity) -> Signed {
        let credential = identity.credential();
        let bytes = postcard::to_stdvec(&self).unwrap_or_default();
        Signed {
            will: self,
            account: credential.account.0,
            device: credential.device.0,
            certificate: credential.certificate.0.to_vec(),
            signature: identity.sign(WILL, &bytes).0.to_vec(),
        }
    }

    pub fn names(&self, account: &Account) -> bool {
        self.heirs.iter().any(|heir| heir.account == *account)
    }
}

impl Signed {
    /// Whether it is from whom it says, and no longer than any is.
    ///
    /// # Errors
    /// [`NotAnHeir::BadSignature`].
    pub fn check(&self) -> Result<(), NotAnHeir> {
        let bad = NotAnHeir::BadSignature;
        let signature = |bytes: &[u8]| Ok(Signature(bytes.try_into().map_err(|_| bad)?));
        if self.will.heirs.len() > MOST_HEIRS {
            return Err(bad);
        }
        let credential = Credential {
            account: AccountKey(self.account),
            device: DeviceKey(self.device),
            certificate: signature(&self.certificate)?,
        };
        let bytes = postcard::to_stdvec(&self.will).map_err(|_| bad)?;
        credential
            .verify(WILL, &bytes, &signature(&self.signature)?)
            .map_err(|_| bad)
    }
}

/// All wills that led to a host, the oldest first. Empty: it is an owner's, in the first term or a later one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Chain(pub Vec<Signed>);

impl Chain {
    /// Whether by these `host` has this world in this term. `owners`: accounts that own it.
    ///
    /// # Errors
    /// Why not.
    pub fn check(
        &self,
        world: &[u8; 16],
        term: u64,
        host: &Account,
        owners: &BTreeSet<Account>,
    ) -> Result<(), NotAnHeir> {
        if self.0.len() > MOST_TERMS {
            return Err(NotAnHeir::BadTerm);
        }
        let mut before: Option<&Signed> = None;
        for signed in &self.0 {
            signed.check()?;
            if signed.will.world != *world {
                return Err(NotAnHeir::AnotherWorld);
            }
            let by_right = owners.contains(&signed.account)
                || before.is_some_and(|before| before.will.names(&signed.account));
            if !by_right {
                return Err(NotAnHeir::NotNamed);
            }
            if before.is_some_and(|before| before.will.term >= signed.will.term) {
                return Err(NotAnHeir::BadTerm);
            }
            before = Some(signed);
        }
        match before {
            Some(last) if last.will.term >= term => Err(NotAnHeir::BadTerm),
            Some(last) if last.will.names(host) => Ok(()),
            _ if owners.contains(host) => Ok(()),
            _ => Err(NotAnHeir::NotNamed),
        }
    }

    /// With one more; the oldest are forgotten where an owner's stands behind them.
    pub fn and(mut self, will: Signed, owners: &BTreeSet<Account>) -> Self {
        if owners.contains(&will.account) {
            self.0.clear();
        }
        self.0.push(will);
        self
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn identity(seed: u8) -> Identity {
        Identity::from_secrets(&[seed; 32], &[seed ^ 0xFF; 32])
    }

    fn will(term: u64, heirs: &[u8]) -> Will {
        Will {
            world: [9; 16],
            term,
            own_port: true,
            heirs: heirs
                .iter()
                .map(|seed| Heir {
                    account: identity(*seed).account().0,
                    door: Door {
                        authority: format!("10.0.0.{seed}:4656"),
                        tls: false,
                    },
                })
                .collect(),
        }
    }

    fn check(chain: &Chain, term: u64, host: u8) -> Result<(), NotAnHeir> {
        let owners = BTreeSet::from([identity(1).account().0]);
        chain.check(&[9; 16], term, &identity(host).account().0, &owners)
    }

    #[test]
    fn an_heir_of_an_heir_goes_on_and_nobody_else() {
        let chain = Chain(vec![
            will(1, &[2, 3]).sign(&identity(1)),
            will(2, &[4]).sign(&identity(2)),
        ]);
        assert_eq!(check(&chain, 3, 4), Ok(()));
        assert_eq!(check(&chain, 3, 1), Ok(()), "its owner takes it back");
        assert_eq!(check(&chain, 3, 3), Err(NotAnHeir::NotNamed));
        assert_eq!(check(&chain, 2, 4), Err(NotAnHeir::BadTerm), "an old term");
        assert_eq!(check(&Chain::default(), 1, 1), Ok(()));
        assert_eq!(check(&Chain::default(), 1, 2), Err(NotAnHeir::NotNamed));
        let own = Chain(vec![will(1, &[5]).sign(&identity(5))]);
        assert_eq!(check(&own, 2, 5), Err(NotAnHeir::NotNamed), "named by themselves");
        let turned = Chain(chain.0.iter().rev().cloned().collect());
        assert!(check(&turned, 9, 2).is_err());
    }

    #[test]
    fn what_was_changed_after_it_was_signed_says_nothing() {
        let signed = will(1, &[2]).sign(&identity(1));
        assert_eq!(signed.check(), Ok(()));
        let change = |change: fn(&mut Signed)| {
            let mut changed = signed.clone();
            change(&mut changed);
            changed.check()
        };
        assert!(change(|signed| signed.will.term = 2).is_err());
        assert!(change(|signed| signed.will.heirs.clear()).is_err());
        assert!(change(|signed| signed.account = identity(2).account().0).is_err());
        assert!(change(|signed| signed.signature.truncate(60)).is_err());
        let another = Chain(vec![
            Will {
                world: [8; 16],
                ..will(1, &[2])
            }
            .sign(&identity(1)),
        ]);
        assert_eq!(check(&another, 2, 2), Err(NotAnHeir::AnotherWorld));
    }

    #[test]
    fn a_door_is_an_address_and_nothing_else() {
        let secret = RoomSecret([7; 16]);
        let door = |authority: &str| {
            Door {
                authority: authority.to_owned(),
                tls: false,
            }
            .link(&secret)
        };
        assert_eq!(door("10.0.0.2:4656").unwrap().secret, secret);
        assert!(door("[2001:db8::1]:4656").is_some());
        for trick in [
            "",
            "10.0.0.2",
            "a:1/x?",
            "evil.example/#x@10.0.0.2:1",
            "A:1",
            &"a".repeat(300),
        ] {
            assert!(door(trick).is_none(), "{trick}");
        }
    }
}

//! Where somebody comes from, as far as it is told apart at a door: one household, one line to the network.
//!
//! Invariant: what is written is read as the same household; whatever else is read is none, and nothing panics.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// Who counts as one: an IPv4 address, or an IPv6 /64 (what a household is given). Written as `203.0.113.7` or
/// `2001:db8:0:1::/64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Household {
    /// An address.
    V4([u8; 4]),
    /// The first half of an address.
    V6([u8; 8]),
}

impl Household {
    /// That of an address. One of IPv4 that is written as IPv6 is one of IPv4.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::V4(v4.octets()),
            IpAddr::V6(v6) => {
                let [a, b, c, d, e, f, g, h, ..] = v6.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
        }
    }
}

/// What is neither an address nor an IPv6 address with `/64` behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no address")]
pub struct NoHousehold;

impl fmt::Display for Household {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::V4(octets) => write!(f, "{}", Ipv4Addr::from(octets)),
            Self::V6(half) => {
                let mut octets = [0; 16];
                octets[..8].copy_from_slice(&half);
                write!(f, "{}/64", Ipv6Addr::from(octets))
            }
        }
    }
}

impl FromStr for Household {
    type Err = NoHousehold;

    fn from_str(text: &str) -> Result<Self, NoHousehold> {
        let (address, is_half) = match text.strip_suffix("/64") {
            Some(address) => (address, true),
            None => (text, false),
        };
        match address.parse::<IpAddr>().map(Self::of) {
            // Half of an address of IPv4 is none.
            Ok(Self::V4(_)) if is_half => Err(NoHousehold),
            Ok(household) => Ok(household),
            Err(_) => Err(NoHousehold),
        }
    }
}

impl TryFrom<String> for Household {
    type Error = NoHousehold;

    fn try_from(text: String) -> Result<Self, NoHousehold> {
        text.parse()
    }
}

impl From<Household> for String {
    fn from(household: Household) -> Self {
        household.to_string()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn household(text: &str) -> Household {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_one_and_so_is_half_of_an_ipv6_address() {
        assert_eq!(household("203.0.113.7"), Household::V4([203, 0, 113, 7]));
        assert_eq!(household("::ffff:203.0.113.7"), household("203.0.113.7"));
        assert_eq!(household("2001:db8:0:1::5"), household("2001:db8:0:1:9:9:9:9"));
        assert_eq!(household("2001:db8:0:1::/64"), household("2001:db8:0:1::5"));
        assert_ne!(household("2001:db8:0:1::5"), household("2001:db8:0:2::5"));
        assert_eq!(household("203.0.113.7").to_string(), "203.0.113.7");
        assert_eq!(household("2001:db8:0:1::5").to_string(), "2001:db8:0:1::/64");
        for none in [
            "",
            "/64",
            "203.0.113.7/64",
            "2001:db8::/48",
            "2001:db8::/64/64",
            "bo",
            "203.0.113",
        ] {
            assert_eq!(none.parse::<Household>(), Err(NoHousehold), "{none}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(v4 in any::<[u8; 4]>(), v6 in any::<[u8; 8]>()) {
            for household in [Household::V4(v4), Household::V6(v6)] {
                prop_assert_eq!(household.to_string().parse::<Household>(), Ok(household));
            }
        }

        #[test]
        fn whatever_is_read_is_one_or_none(text in "\\PC{0,40}") {
            let _ = text.parse::<Household>();
        }
    }
}

//! What somebody of the default family wears: a dozen small choices that fit one line on the wire.
//!
//! Flow: [`Look::of_account`] until somebody chooses → `ui` → `Wearing` → everybody's `view`.
//! Invariant: every choice is below its count in [`Choice`], whoever sent it: [`Look::checked`] makes it so, and a
//! choice from a newer Holm becomes one that exists here instead of nothing.

pub mod fitting;
#[cfg(feature = "view")]
mod names;
#[cfg(feature = "view")]
pub(crate) mod ui;

use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Colours of cloth: the hues of nameplates, so that a name and a coat belong together.
pub const HUES: u8 = 24;
/// Muted colours after them: cream, sand, brown, moss, slate, navy, wine, charcoal.
pub const MUTED: u8 = 8;

/// One thing to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Choice {
    /// Middle, slim, round, small, tall.
    Build = 0,
    /// From light to dark.
    Skin = 1,
    /// Plain, freckles, glasses, beard.
    Face = 2,
    /// None, short, bob, bun, plaits, curls.
    Hair = 3,
    HairColour = 4,
    /// None, bobble hat, beanie, cap, straw hat, hood.
    Hat = 5,
    /// Coat, jumper, dress, waistcoat.
    Coat = 6,
    /// None, scarf, neckerchief.
    Scarf = 7,
    CoatColour = 8,
    /// Of hat and scarf.
    AccentColour = 9,
    /// Of trousers or tights.
    LegColour = 10,
    BootColour = 11,
}

impl Choice {
    pub const ALL: [Self; 12] = [
        Self::Build,
        Self::Skin,
        Self::Face,
        Self::Hair,
        Self::HairColour,
        Self::Hat,
        Self::Coat,
        Self::Scarf,
        Self::CoatColour,
        Self::AccentColour,
        Self::LegColour,
        Self::BootColour,
    ];

    /// How many there are to choose from.
    pub const fn count(self) -> u8 {
        match self {
            Self::Build => 5,
            Self::Skin | Self::Hair | Self::Hat | Self::BootColour => 6,
            Self::Face | Self::Coat => 4,
            Self::HairColour => 8,
            Self::Scarf => 3,
            Self::CoatColour | Self::AccentColour | Self::LegColour => HUES + MUTED,
        }
    }
}

/// What somebody wears. Twelve bytes on the wire and in a profile.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Schema,
)]
#[serde(transparent)]
pub struct Look([u8; 12]);

const _: () = assert!(Choice::ALL.len() == 12);

impl Look {
    pub const fn get(&self, choice: Choice) -> u8 {
        self.0[choice as usize]
    }

    /// The same with one choice changed; what does not exist wraps around.
    #[must_use]
    pub fn with(mut self, choice: Choice, value: u8) -> Self {
        self.0[choice as usize] = value % choice.count();
        self
    }

    /// Fit to be shown, whatever came.
    #[must_use]
    pub fn checked(self) -> Self {
        Choice::ALL
            .into_iter()
            .fold(self, |look, choice| look.with(choice, look.get(choice)))
    }

    /// What somebody wears who has not chosen: the same on every screen. `hue` is that of their nameplate.
    pub fn of_account(account: &[u8; 32]) -> Self {
        let hue = hue(account);
        let mut numbers = Numbers::new(account);
        Self::drawn(&mut numbers)
            .with(Choice::CoatColour, hue)
            // Across the wheel and a little aside: a warm scarf on a cold coat and the other way round.
            .with(Choice::AccentColour, (hue + 11) % HUES)
    }

    /// Thrown together, by any number.
    pub fn random(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut numbers = Numbers::new(&bytes);
        let coat = numbers.below(HUES + MUTED / 2);
        let accent = (coat + 7 + numbers.below(9)) % HUES;
        Self::drawn(&mut numbers)
            .with(Choice::CoatColour, coat)
            .with(Choice::AccentColour, accent)
    }

    fn drawn(numbers: &mut Numbers) -> Self {
        let mut look = Self::default();
        for choice in Choice::ALL {
            look = look.with(choice, numbers.below(choice.count()));
        }
        // Half of all wear the bobble hat or the beanie: it is an island in a cold sea.
        if numbers.below(2) == 0 {
            look = look.with(Choice::Hat, 1 + numbers.below(2));
        }
        // And most a scarf.
        if numbers.below(3) > 0 {
            look = look.with(Choice::Scarf, 1);
        }
        look.with(Choice::LegColour, HUES + 2 + numbers.below(MUTED - 2))
    }
}

/// The hue of somebody's nameplate and first coat, 0..[`HUES`].
pub fn hue(account: &[u8; 32]) -> u8 {
    // Neighbouring keys must not look alike.
    let mixed = account.iter().fold(0u16, |acc, byte| {
        acc.wrapping_mul(31).wrapping_add(u16::from(*byte))
    });
    (mixed % u16::from(HUES)) as u8
}

/// Numbers from a key (FNV-1a and xorshift): nothing hangs on their quality, only on being the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn new(bytes: &[u8; 32]) -> Self {
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(hash | 1)
    }

    fn below(&mut self, count: u8) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 33) % u64::from(count.max(1))) as u8
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_account_looks_the_same_everywhere_and_unlike_its_neighbours() {
        let looks: Vec<_> = (0..32u8).map(|seed| Look::of_account(&[seed; 32])).collect();
        assert_eq!(looks[7], Look::of_account(&[7; 32]));
        let mut unlike = looks.clone();
        unlike.sort();
        unlike.dedup();
        assert!(unlike.len() >= 30, "{} of 32", unlike.len());
        for hat in 0..Choice::Hat.count() {
            assert!(
                looks.iter().any(|look| look.get(Choice::Hat) == hat),
                "nobody wears hat {hat}"
            );
        }
    }

    #[test]
    fn a_look_is_twelve_bytes_on_the_wire() {
        let look = Look::of_account(&[9; 32]);
        let bytes = postcard::to_allocvec(&look).unwrap();
        assert_eq!(bytes.len(), 12);
        assert_eq!(postcard::from_bytes::<Look>(&bytes).unwrap(), look);
    }

    proptest! {
        #[test]
        fn whatever_came_can_be_worn(bytes: [u8; 12], seed: u64) {
            for look in [Look(bytes).checked(), Look::random(seed)] {
                for choice in Choice::ALL {
                    prop_assert!(look.get(choice) < choice.count());
                }
                prop_assert_eq!(look.checked(), look);
            }
        }
    }
}

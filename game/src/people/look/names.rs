//! The words for every choice and every colour of a look.
//!
//! Invariant: each has a name of its own within its choice, so that nobody needs to tell colours apart to choose one.

use super::{Choice, HUES, MUTED};

/// The key of a choice's name.
pub(super) const fn part(choice: Choice) -> &'static str {
    match choice {
        Choice::Build => "look-build",
        Choice::Skin => "look-skin",
        Choice::Face => "look-face",
        Choice::Hair => "look-hair",
        Choice::HairColour => "look-hair-colour",
        Choice::Hat => "look-hat",
        Choice::Coat => "look-coat",
        Choice::Scarf => "look-scarf",
        Choice::CoatColour => "look-coat-colour",
        Choice::AccentColour => "look-accent-colour",
        Choice::LegColour => "look-leg-colour",
        Choice::BootColour => "look-boot-colour",
    }
}

const BUILDS: [&str; 5] = [
    "look-build-middle",
    "look-build-slim",
    "look-build-round",
    "look-build-small",
    "look-build-tall",
];
const SKINS: [&str; 6] = [
    "look-skin-lightest",
    "look-skin-light",
    "look-skin-tan",
    "look-skin-brown",
    "look-skin-dark",
    "look-skin-darkest",
];
const FACES: [&str; 4] = [
    "look-face-plain",
    "look-face-freckles",
    "look-face-glasses",
    "look-face-beard",
];
const HAIR: [&str; 6] = [
    "look-none",
    "look-hair-short",
    "look-hair-bob",
    "look-hair-bun",
    "look-hair-plaits",
    "look-hair-curls",
];
const HATS: [&str; 6] = [
    "look-none",
    "look-hat-bobble",
    "look-hat-beanie",
    "look-hat-cap",
    "look-hat-straw",
    "look-hat-hood",
];
const COATS: [&str; 4] = [
    "look-coat-coat",
    "look-coat-jumper",
    "look-coat-dress",
    "look-coat-waistcoat",
];
const SCARVES: [&str; 3] = ["look-none", "look-scarf-scarf", "look-scarf-neckerchief"];
const HAIR_COLOURS: [&str; 8] = [
    "look-black",
    "look-dark-brown",
    "look-brown",
    "look-chestnut",
    "look-red",
    "look-blond",
    "look-grey",
    "look-white",
];
const BOOTS: [&str; 6] = [
    "look-brown",
    "look-black",
    "look-tan",
    "look-grey",
    "look-red",
    "look-moss",
];
/// Around the wheel from pink, fifteen degrees apart, and then the muted ones.
const CLOTHS: [&str; HUES as usize + MUTED as usize] = [
    "look-rose",
    "look-salmon",
    "look-coral",
    "look-copper",
    "look-apricot",
    "look-honey",
    "look-ochre",
    "look-mustard",
    "look-olive",
    "look-lime",
    "look-leaf",
    "look-fern",
    "look-jade",
    "look-teal",
    "look-lagoon",
    "look-turquoise",
    "look-sky",
    "look-steel",
    "look-cornflower",
    "look-periwinkle",
    "look-lavender",
    "look-lilac",
    "look-orchid",
    "look-pink",
    "look-cream",
    "look-sand",
    "look-brown",
    "look-moss",
    "look-slate",
    "look-navy",
    "look-wine",
    "look-charcoal",
];

/// The keys of what there is to choose from, in order.
pub(super) const fn options(choice: Choice) -> &'static [&'static str] {
    match choice {
        Choice::Build => &BUILDS,
        Choice::Skin => &SKINS,
        Choice::Face => &FACES,
        Choice::Hair => &HAIR,
        Choice::HairColour => &HAIR_COLOURS,
        Choice::Hat => &HATS,
        Choice::Coat => &COATS,
        Choice::Scarf => &SCARVES,
        Choice::BootColour => &BOOTS,
        Choice::CoatColour | Choice::AccentColour | Choice::LegColour => &CLOTHS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, Words};
    use std::collections::BTreeSet;

    #[test]
    fn every_choice_has_a_name_of_its_own_in_every_language() {
        for language in Language::ALL {
            let words = Words::new(language);
            for choice in Choice::ALL {
                let names: BTreeSet<String> = options(choice).iter().map(|key| words.say(key)).collect();
                assert_eq!(
                    names.len(),
                    usize::from(choice.count()),
                    "{} {choice:?}",
                    language.tag()
                );
            }
        }
    }
}

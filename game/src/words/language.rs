//! The languages Holm speaks.
//!
//! Invariant: each has a folder in `assets/words` (a test compares them), and a person who cannot read the one that
//! is set finds their own by its own name.

use bevy::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unic_langid::LanguageIdentifier;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    English,
    German,
    Spanish,
    Japanese,
    Arabic,
}

/// What the system (or browser) of this person speaks; [`Language::English`] in tests, pictures and headless hosts.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemLanguage(pub Language);

impl Default for SystemLanguage {
    fn default() -> Self {
        Self(Language::English)
    }
}

impl Language {
    pub const ALL: [Self; 5] = [
        Self::English,
        Self::German,
        Self::Spanish,
        Self::Japanese,
        Self::Arabic,
    ];

    /// As its speakers call it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::Spanish => "Español",
            Self::Japanese => "日本語",
            Self::Arabic => "العربية",
        }
    }

    /// Its BCP 47 tag and its folder.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::Japanese => "ja",
            Self::Arabic => "ar",
        }
    }

    pub const fn is_right_to_left(self) -> bool {
        matches!(self, Self::Arabic)
    }

    /// 16000 as 16,000: by thousands, as its speakers do.
    pub fn grouped(self, number: u64) -> String {
        let (mark, fewest_digits) = match self {
            Self::English | Self::Japanese | Self::Arabic => (',', 4),
            Self::German => ('.', 4),
            Self::Spanish => ('.', 5),
        };
        let digits = number.to_string();
        let mut out = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && digits.len() >= fewest_digits && (digits.len() - index).is_multiple_of(3) {
                out.push(mark);
            }
            out.push(digit);
        }
        out
    }

    /// The language of `de`, `de-AT`, `de_DE.UTF-8` …
    pub fn from_tag(tag: &str) -> Option<Self> {
        let first = tag.split(['-', '_', '.', '@']).next()?;
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(first))
    }

    /// The first of somebody's languages that Holm speaks.
    pub fn of_system(tags: &[String]) -> Self {
        tags.iter()
            .find_map(|tag| Self::from_tag(tag))
            .unwrap_or(Self::English)
    }

    pub(super) fn identifier(self) -> LanguageIdentifier {
        // The tags are above, and a test reads each.
        self.tag().parse().unwrap_or_default()
    }
}

/// As it stands in a file of settings: a tag, or `system`. A language of tomorrow's Holm is the system's today.
pub fn write_choice<S: Serializer>(choice: &Option<Language>, serializer: S) -> Result<S::Ok, S::Error> {
    choice.map_or("system", Language::tag).serialize(serializer)
}

/// See [`write_choice`].
///
/// # Errors
/// When it is no text.
pub fn read_choice<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Language>, D::Error> {
    let tag = String::deserialize(deserializer)?;
    Ok(Language::from_tag(&tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_says_its_language_in_many_ways() {
        for (tag, language) in [
            ("de", Some(Language::German)),
            ("de-AT", Some(Language::German)),
            ("ja_JP.UTF-8", Some(Language::Japanese)),
            ("AR", Some(Language::Arabic)),
            ("C", None),
            ("est", None),
            ("", None),
        ] {
            assert_eq!(Language::from_tag(tag), language, "{tag}");
        }
        let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            Language::of_system(&tags(&["fr-CA", "es-MX", "en"])),
            Language::Spanish
        );
        assert_eq!(Language::of_system(&tags(&["fr"])), Language::English);
    }

    #[test]
    fn numbers_are_grouped_by_thousands_as_each_language_does() {
        for language in Language::ALL {
            assert_eq!(language.grouped(0), "0");
            assert_eq!(language.grouped(999), "999");
        }
        for (language, few, many) in [
            (Language::English, "1,600", "10,000,000"),
            (Language::German, "1.600", "10.000.000"),
            (Language::Spanish, "1600", "10.000.000"),
            (Language::Japanese, "1,600", "10,000,000"),
            (Language::Arabic, "1,600", "10,000,000"),
        ] {
            assert_eq!(language.grouped(1_600), few, "{language:?}");
            assert_eq!(language.grouped(10_000_000), many, "{language:?}");
        }
    }

    #[test]
    fn every_language_is_known_to_the_rules_of_plurals() {
        for language in Language::ALL {
            assert_eq!(language.identifier().to_string(), language.tag());
        }
    }
}

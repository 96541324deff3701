//! The files of words, one for each feature in each language, as they are in the program.
//!
//! Invariant: this list is every file of `assets/words` (a test compares them).

use super::Language;

macro_rules! files {
    ($($feature:literal),+ $(,)?) => {
        /// The feature and the text of each file of a language.
        pub(super) fn of(language: Language) -> &'static [(&'static str, &'static str)] {
            match language {
                Language::English => &[$(($feature, include_str!(concat!("../../../assets/words/en/", $feature, ".ftl")))),+],
                Language::German => &[$(($feature, include_str!(concat!("../../../assets/words/de/", $feature, ".ftl")))),+],
                Language::Spanish => &[$(($feature, include_str!(concat!("../../../assets/words/es/", $feature, ".ftl")))),+],
                Language::Japanese => &[$(($feature, include_str!(concat!("../../../assets/words/ja/", $feature, ".ftl")))),+],
                Language::Arabic => &[$(($feature, include_str!(concat!("../../../assets/words/ar/", $feature, ".ftl")))),+],
            }
        }
    };
}

// Braces: rustfmt leaves one on each line, so that two people can add theirs.
files! {
    "avatar",
    "arrival",
    "building",
    "chat",
    "checkup",
    "confirm",
    "files",
    "gesture",
    "guide",
    "house",
    "input",
    "keep",
    "look",
    "menu",
    "motion",
    "notices",
    "people",
    "photo",
    "places",
    "powers",
    "profile",
    "report",
    "sentences",
    "settings",
    "sound",
    "succession",
    "theme",
    "title",
    "versions",
    "voice",
    "world",
}

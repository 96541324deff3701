//! Whether every language says everything, and nothing that nobody asks for.

use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What one message needs to be given.
type Arguments = BTreeSet<String>;

/// The messages of a file and what each needs to be given.
fn messages(text: &str) -> BTreeMap<String, Arguments> {
    let mut found = BTreeMap::new();
    let mut current: Option<String> = None;
    for line in text.lines() {
        if line.starts_with(|c: char| c.is_ascii_lowercase()) {
            let (key, _) = line.split_once('=').expect("a message is `key = words`");
            let key = key.trim().to_owned();
            assert!(
                found.insert(key.clone(), Arguments::new()).is_none(),
                "{key} twice"
            );
            current = Some(key);
        } else if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let needed = current
            .as_ref()
            .and_then(|key| found.get_mut(key))
            .expect("words follow a key");
        for (at, _) in line.match_indices('$') {
            let name = line[at + 1..]
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                .next();
            needed.insert(name.unwrap_or_default().to_owned());
        }
    }
    found
}

fn of_language(language: Language) -> BTreeMap<String, Arguments> {
    let mut all = BTreeMap::new();
    for (feature, text) in files::of(language) {
        for (key, needed) in messages(text) {
            assert!(
                key.starts_with(&format!("{feature}-")),
                "{key} belongs into a file of its feature, not into {feature}.ftl"
            );
            all.insert(key, needed);
        }
    }
    all
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the sources are here").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_list_is_every_file_and_each_can_be_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/words");
    for language in Language::ALL {
        let mut there: Vec<String> = std::fs::read_dir(root.join(language.tag()))
            .expect("each language has a folder")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        there.sort();
        let mut listed: Vec<String> = files::of(language)
            .iter()
            .map(|(feature, _)| format!("{feature}.ftl"))
            .collect();
        listed.sort();
        assert_eq!(there, listed, "{}", language.tag());
        for (feature, text) in files::of(language) {
            if let Err((_, errors)) = FluentResource::try_new((*text).to_owned()) {
                panic!("{}/{feature}.ftl: {errors:?}", language.tag());
            }
        }
    }
}

#[test]
fn every_language_says_everything_with_what_it_is_given() {
    let english = of_language(Language::English);
    for language in Language::ALL {
        let own = of_language(language);
        for (key, needed) in &english {
            let found = own
                .get(key)
                .unwrap_or_else(|| panic!("{} lacks {key}", language.tag()));
            assert_eq!(found, needed, "what {key} is given in {}", language.tag());
        }
        for key in own.keys() {
            assert!(
                english.contains_key(key),
                "{} has {key}, which English has not",
                language.tag()
            );
        }
        let words = Words::new(language);
        for (key, needed) in &own {
            let numbers: Vec<(&str, FluentValue)> = needed
                .iter()
                .map(|name| (name.as_str(), FluentValue::from(3)))
                .collect();
            let said = words.with(key, &numbers);
            assert!(
                !said.contains('{') && !said.trim().is_empty(),
                "{}: {key}: {said}",
                language.tag()
            );
        }
    }
}

#[test]
fn every_key_in_the_sources_has_words_and_all_words_are_used() {
    let english = of_language(Language::English);
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut used = BTreeSet::new();
    for path in files {
        let inside = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&path);
        if inside.starts_with("src/words") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source is text");
        for (at, _) in text.match_indices('"') {
            let rest = &text[at + 1..];
            let key = rest.split('"').next().unwrap_or_default();
            // What to do next stands under the key of what happened (`sentences`).
            for key in [key.to_owned(), format!("{key}-next")] {
                if english.contains_key(&key) {
                    used.insert(key);
                }
            }
            let before = text[..at].trim_end();
            let asked = ["words.say(", "words.with(", "Phrase::new("]
                .iter()
                .any(|call| before.ends_with(call));
            assert!(
                !asked || english.contains_key(key),
                "{}: no words for {key}",
                inside.display()
            );
        }
    }
    let idle: Vec<_> = english.keys().filter(|key| !used.contains(*key)).collect();
    assert!(idle.is_empty(), "nobody says {idle:?}");
}

#[test]
fn no_sentence_names_a_key_that_may_be_bound_to_something_else() {
    const KEYS: [&str; 7] = ["Esc", "Escape", "Tab", "Enter", "Ctrl", "Shift", "F1"];
    for language in Language::ALL {
        for (feature, text) in files::of(language) {
            // Caps themselves, and the two that no binding takes away, told while one presses something to bind.
            let about_keys = ["input-key-", "input-listening-next"];
            let told = |line: &&str| !about_keys.iter().any(|key| line.starts_with(key));
            for line in text.lines().filter(told) {
                let mut words = line.split(|c: char| !c.is_ascii_alphanumeric());
                let named = words.find(|word| KEYS.contains(word));
                assert_eq!(named, None, "{}/{feature}: {line}", language.tag());
            }
        }
    }
}

#[test]
fn a_key_that_nobody_has_is_shown_as_it_is() {
    let words = Words::new(Language::German);
    assert_eq!(words.say("notices-of-tomorrow"), "notices-of-tomorrow");
}

#[test]
fn what_is_put_in_is_isolated_where_a_direction_can_change() {
    let here = |language, name: &str| Words::new(language).with("notices-here", &[("name", name.into())]);
    assert_eq!(here(Language::English, "Zoë"), "Zoë is here");
    assert_eq!(here(Language::English, "سارة"), "\u{2068}سارة\u{2069} is here");
    assert_eq!(here(Language::Arabic, "Zoë"), "وصل \u{2068}Zoë\u{2069}");
}

#[test]
fn a_phrase_is_said_in_the_language_of_whoever_reads_it() {
    let phrase = Phrase::new("notices-left").with("name", "Mei");
    assert_eq!(Words::new(Language::Spanish).phrase(&phrase), "Mei se ha ido");
    assert_eq!(
        Words::new(Language::Japanese).phrase(&phrase),
        "Meiさんが去りました"
    );
}

#[test]
fn a_number_in_a_phrase_is_grouped_as_whoever_reads_it_does() {
    let phrase = Phrase::new("world-too-much")
        .saying("what", "world-measure-waters")
        .counting("found", 3_000_000)
        .counting("max", 1_000);
    let said = |language| Words::new(language).phrase(&phrase);
    assert!(said(Language::English).contains("3,000,000, and Holm takes up to 1,000"));
    assert!(said(Language::German).contains("3.000.000, und Holm nimmt höchstens 1.000"));
}

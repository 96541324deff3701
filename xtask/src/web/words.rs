//! The page's few sentences, as the table that `game/web/words.js` carries.
//!
//! Flow: `game/web/words/LANGUAGE.ftl` → one object a language. Of Fluent the page needs `key = words`, one line
//! each, and `{ $name }`: counts are said so that no plural is needed, units come from the browser. What the worlds
//! that come with Holm are called is said as the program says it.
//! Invariant: every language says the same keys with the same values (checked here, so in every bundle).

use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Sentences by language and key.
pub(super) type Table = BTreeMap<String, BTreeMap<String, String>>;

/// Reads the folder of words.
pub(super) fn read(folder: &Path) -> Result<Table> {
    let mut table = Table::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        let Some(language) = path.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("{} is not text", path.display()))?;
        let words = parse(&text).with_context(|| format!("{}", path.display()))?;
        table.insert(language.to_owned(), words);
    }
    compare(&table)?;
    Ok(table)
}

/// The same with what the worlds of `assets/worlds` are called, from the words of the program.
pub(super) fn read_with_worlds(root: &Path) -> Result<Table> {
    let mut table = read(&root.join("game/web/words"))?;
    let worlds = root.join("assets/worlds");
    let mut keys = BTreeSet::new();
    for entry in std::fs::read_dir(&worlds).with_context(|| format!("{} cannot be read", worlds.display()))? {
        let entry = entry?;
        if entry.path().is_dir() {
            keys.insert(format!("places-{}", entry.file_name().to_string_lossy()));
        }
    }
    for (language, words) in &mut table {
        let path = root.join("assets/words").join(language).join("places.ftl");
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("{} is not text", path.display()))?;
        let mut called = parse(&text).with_context(|| format!("{}", path.display()))?;
        called.retain(|key, _| keys.contains(key));
        words.extend(called);
    }
    compare(&table)?;
    Ok(table)
}

fn parse(text: &str) -> Result<BTreeMap<String, String>> {
    let mut words = BTreeMap::new();
    for line in text.lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let (key, value) = line
            .split_once(" = ")
            .with_context(|| format!("{line:?} is no `key = words`"))?;
        if words.insert(key.to_owned(), places(value)?).is_some() {
            bail!("{key} twice");
        }
    }
    Ok(words)
}

/// `{ $name }` as the page has it: `{name}`.
fn places(value: &str) -> Result<String> {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, then) = after
            .split_once('}')
            .and_then(|(name, then)| Some((name.trim().strip_prefix('$')?, then)))
            .with_context(|| format!("{value:?}: the page understands {{ $name }} and nothing else"))?;
        out.push_str(before);
        out.push_str(&format!("{{{name}}}"));
        rest = then;
    }
    out.push_str(rest);
    Ok(out)
}

fn compare(table: &Table) -> Result<()> {
    let shape = |words: &BTreeMap<String, String>| -> BTreeMap<String, BTreeSet<String>> {
        words
            .iter()
            .map(|(key, value)| {
                let names = value.split('{').skip(1);
                let names = names.filter_map(|part| part.split('}').next().map(str::to_owned));
                (key.clone(), names.collect())
            })
            .collect()
    };
    let english = shape(table.get("en").context("the page has no English")?);
    for (language, words) in table {
        let own = shape(words);
        for (key, names) in &english {
            if own.get(key) != Some(names) {
                bail!("{language} says {key} not as English does");
            }
        }
        if let Some(key) = own.keys().find(|key| !english.contains_key(*key)) {
            bail!("{language} says {key}, which English does not");
        }
    }
    Ok(())
}

/// What the page says where scripts are off: each language, a paragraph.
pub(super) fn noscript(table: &Table) -> String {
    let mut page = String::new();
    for (language, words) in table {
        if let Some(sentence) = words.get("page-noscript") {
            let sentence = sentence.replace('&', "&amp;").replace('<', "&lt;");
            page.push_str(&format!("<p lang=\"{language}\" dir=\"auto\">{sentence}</p>\n"));
        }
    }
    page
}

/// What the script carries: everything but what is in the page itself.
pub(super) fn table(table: &Table) -> Result<String> {
    let mut table = table.clone();
    for words in table.values_mut() {
        words.remove("page-noscript");
    }
    Ok(serde_json::to_string(&table)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn a_value_becomes_a_place_and_anything_else_of_fluent_is_refused() {
        assert_eq!(places("{ $have } of {$all}").unwrap(), "{have} of {all}");
        assert!(places("{ $n -> [one] x *[other] y }").is_err() || places("{ -brand }").is_err());
        assert!(places("{ -brand }").is_err());
        assert!(places("open { $n").is_err());
        assert!(parse("a = 1\na = 2").is_err());
        assert!(parse("a\n").is_err());
    }

    #[test]
    fn a_language_that_lacks_a_sentence_or_a_value_stops_the_bundle() {
        let words = |text: &str| parse(text).unwrap();
        let of = |english: &str, german: &str| {
            compare(&Table::from([
                ("en".into(), words(english)),
                ("de".into(), words(german)),
            ]))
        };
        assert!(of("a = { $n } x", "a = y { $n }").is_ok());
        assert!(of("a = { $n } x", "a = y").is_err());
        assert!(of("a = x\nb = y", "a = x").is_err());
        assert!(of("a = x", "a = x\nb = y").is_err());
        assert!(compare(&Table::from([("de".into(), words("a = x"))])).is_err());
    }

    #[test]
    fn the_page_speaks_every_language_of_the_client() {
        let page: BTreeSet<String> = read(&root().join("game/web/words"))
            .unwrap()
            .into_keys()
            .collect();
        let client: BTreeSet<String> = std::fs::read_dir(root().join("assets/words"))
            .unwrap()
            .flatten()
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        assert_eq!(page, client);
    }

    #[test]
    fn the_worlds_that_come_with_holm_are_called_in_every_language_by_the_name_that_their_hosts_tell() {
        let table = read_with_worlds(&root()).unwrap();
        for entry in std::fs::read_dir(root().join("assets/worlds")).unwrap().flatten() {
            let Ok(world) = std::fs::read_to_string(entry.path().join("world.ron")) else {
                continue;
            };
            let told = world.split_once("name: \"").unwrap().1.split('"').next().unwrap();
            let key = format!("places-{}", entry.file_name().to_string_lossy());
            // The page finds the words by what a host tells, which is the name in the file.
            assert_eq!(table["en"][&key], told);
            for (language, words) in &table {
                assert!(words.contains_key(&key), "{language} has no {key}");
            }
            assert_ne!(table["ja"][&key], told);
        }
    }

    #[test]
    fn every_sentence_that_a_script_says_is_there_and_every_one_there_is_said() {
        let table = read(&root().join("game/web/words")).unwrap();
        let scripts: String = ["boot.js", "door.js", "pad.js"]
            .map(|name| std::fs::read_to_string(root().join("game/web").join(name)).unwrap())
            .concat();
        let mut said: BTreeSet<&str> = scripts
            .split('"')
            .filter(|word| word.starts_with("page-") && !word.contains(' '))
            .collect();
        said.insert("page-noscript");
        for key in table["en"].keys() {
            // What goes wrong has a next step, named after it.
            let by = key.strip_suffix("-next").unwrap_or(key);
            assert!(said.contains(by), "nobody says {key}");
        }
        for key in said {
            assert!(table["en"].contains_key(key), "there are no words for {key}");
        }
        assert!(noscript(&table).contains("dir=\"auto\""));
    }
}

//! Words: what Holm says to people, in their language.
//!
//! Flow: a key and what to put into it → [`Words`] → the sentence of `assets/words/<language>/<feature>.ftl`
//! ([Fluent](https://projectfluent.org)), or the English one where a language has none. The resource changes when
//! the person chooses another language; panels read it in every frame. What leaves Holm on standard output, in logs
//! and in `--help` stays English: it is for operators, who search for it.
//! Invariant: whatever is missing there is a text, and what is put into a sentence never turns it around: it is
//! isolated wherever it or the sentence runs from right to left (`theme::letters` paints by that and removes it).

mod files;
mod language;
#[cfg(test)]
mod tests;

pub use fluent_bundle::FluentValue;
pub use language::{Language, SystemLanguage, read_choice, write_choice};

use bevy::prelude::*;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Words>();
}

/// Opens a part of a line with a direction of its own (first strong isolate), and closes it.
const ISOLATE: char = '\u{2068}';
const ISOLATE_END: char = '\u{2069}';

type Bundle = FluentBundle<FluentResource>;

/// Everything Holm can say, in one language. A clone costs nothing.
#[derive(Resource, Clone)]
pub struct Words(Arc<Spoken>);

struct Spoken {
    language: Language,
    own: Bundle,
    /// For what `own` lacks; `None` when that is English itself.
    english: Option<Bundle>,
    /// Keys that nobody has, each told once.
    missing: Mutex<BTreeSet<String>>,
}

impl Default for Words {
    fn default() -> Self {
        Self::new(Language::English)
    }
}

impl core::fmt::Debug for Words {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Words").field(&self.0.language).finish()
    }
}

impl Words {
    pub fn new(language: Language) -> Self {
        Self(Arc::new(Spoken {
            language,
            own: bundle(language),
            english: (language != Language::English).then(|| bundle(Language::English)),
            missing: Mutex::default(),
        }))
    }

    pub fn language(&self) -> Language {
        self.0.language
    }

    /// The sentence under a key.
    pub fn say(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The sentence under a key with something put into it. Numbers choose the plural form.
    pub fn with(&self, key: &str, values: &[(&str, FluentValue<'_>)]) -> String {
        let from_right = self.0.language.is_right_to_left();
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            let value = match value {
                FluentValue::String(text) => FluentValue::String(isolated(text, from_right)),
                other => other.clone(),
            };
            args.set(*name, value);
        }
        let said = say_in(&self.0.own, key, &args).or_else(|| {
            self.0
                .english
                .as_ref()
                .and_then(|english| say_in(english, key, &args))
        });
        said.unwrap_or_else(|| {
            // Poisoned means that a thread panicked while it noted another key: the set is as good as before.
            let mut missing = self
                .0
                .missing
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            if missing.insert(key.to_owned()) {
                error!("no language has words for {key}");
            }
            key.to_owned()
        })
    }

    /// How somebody is called: by the name they gave, or by a word of this language if they gave none.
    pub fn called(&self, name: &str) -> String {
        if name.is_empty() {
            self.say("people-nameless")
        } else {
            name.to_owned()
        }
    }

    /// What somebody else decided to say, before it was known in which language.
    pub fn phrase(&self, phrase: &Phrase) -> String {
        let values: Vec<_> = phrase
            .values
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    Value::Text(text) => text.clone(),
                    Value::Words(key) => self.say(key),
                    Value::Count(number) => self.language().grouped(*number),
                };
                (*name, FluentValue::from(value))
            })
            .collect();
        self.with(phrase.key, &values)
    }
}

/// In English, for logs and standard error.
impl core::fmt::Display for Phrase {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&Words::default().phrase(self))
    }
}

/// Something to say whose language is not known yet: off the main thread, or before there is a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    key: &'static str,
    values: Vec<(&'static str, Value)>,
}

/// What is put into a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    /// Words of their own, under this key.
    Words(&'static str),
    /// A number, its digits grouped as the language does.
    Count(u64),
}

impl Phrase {
    pub const fn new(key: &'static str) -> Self {
        Self {
            key,
            values: Vec::new(),
        }
    }

    /// With something put into it.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, Value::Text(value.into())));
        self
    }

    /// With other words put into it, in whatever language it is said.
    #[must_use]
    pub fn saying(mut self, name: &'static str, key: &'static str) -> Self {
        self.values.push((name, Value::Words(key)));
        self
    }

    /// With a number put into it, its digits grouped as the language it is said in does.
    #[must_use]
    pub fn counting(mut self, name: &'static str, number: u64) -> Self {
        self.values.push((name, Value::Count(number)));
        self
    }
}

fn bundle(language: Language) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![language.identifier()]);
    // Ours are put around what comes from outside, and only where a direction can change (`isolated`).
    bundle.set_use_isolating(false);
    for (feature, text) in files::of(language) {
        // A mistake in a file costs the sentence it is in; the tests refuse such a file.
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(rest, errors)| {
            error!("{}/{feature}.ftl: {errors:?}", language.tag());
            rest
        });
        if let Err(errors) = bundle.add_resource(resource) {
            error!("{}/{feature}.ftl: {errors:?}", language.tag());
        }
    }
    bundle
}

fn say_in(bundle: &Bundle, key: &str, args: &FluentArgs<'_>) -> Option<String> {
    let pattern = bundle.get_message(key)?.value()?;
    let mut errors = Vec::new();
    let said = bundle.format_pattern(pattern, Some(args), &mut errors);
    // A sentence that asks for what it was not given shows the name of it in braces; the tests compare the names.
    Some(said.into_owned())
}

/// Keeps what is put into a sentence from turning the words around it.
fn isolated(text: &str, from_right: bool) -> Cow<'static, str> {
    if from_right || !text.is_ascii() && text.chars().any(runs_from_right) {
        format!("{ISOLATE}{text}{ISOLATE_END}").into()
    } else {
        text.to_owned().into()
    }
}

/// Letters of the scripts that run from right to left, and the marks and controls that make others do so.
pub fn runs_from_right(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}'
        | '\u{200F}' | '\u{202B}' | '\u{202E}' | '\u{2067}')
}

/// All that a language can say, for tests of what can be painted.
#[cfg(all(test, feature = "view"))]
pub(crate) fn letters_of(language: Language) -> String {
    files::of(language).iter().map(|(_, text)| *text).collect()
}

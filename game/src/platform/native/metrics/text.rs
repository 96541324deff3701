//! Figures of a host as Prometheus reads them: text format 0.0.4.
//!
//! Invariant: pure; numbers only. Guests are told apart by their number in the room, not by name or key.

use crate::console::picture::Picture;
use std::fmt::{Display, Write};

/// What the text is.
pub(in crate::platform) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All of them.
pub(in crate::platform) fn render(picture: &Picture) -> String {
    let figures = &picture.figures;
    let mut out = String::with_capacity(4_096);
    let mut one = |name: &str, kind: &str, help: &str, value: &dyn Display| {
        head(&mut out, name, kind, help);
        let _ = writeln!(out, "{name} {value}");
    };
    one(
        "holm_open",
        "gauge",
        "Whether the world is open.",
        &u8::from(picture.link.is_some()),
    );
    one(
        "holm_open_seconds",
        "gauge",
        "How long it has been.",
        &picture.open_secs,
    );
    one(
        "holm_locked",
        "gauge",
        "Whether nobody may build.",
        &u8::from(picture.locked),
    );
    one("holm_people", "gauge", "People in the world.", &figures.people);
    one(
        "holm_known_people",
        "gauge",
        "People whom the world remembers.",
        &figures.known_people,
    );
    one(
        "holm_banned_people",
        "gauge",
        "People who may not come in.",
        &picture.banned.len(),
    );
    one("holm_things", "gauge", "Things in the world.", &figures.things);
    one(
        "holm_facts_total",
        "counter",
        "Facts since the world began.",
        &figures.facts,
    );
    one(
        "holm_refused_wishes_total",
        "counter",
        "Wishes that were refused.",
        &figures.refused,
    );
    one(
        "holm_journal_bytes",
        "gauge",
        "Facts that are in no snapshot yet.",
        &figures.journal_bytes,
    );
    one(
        "holm_joins_total",
        "counter",
        "Guests who came in.",
        &figures.joins,
    );
    one(
        "holm_turned_away_total",
        "counter",
        "Guests who were refused.",
        &figures.turned_away,
    );
    one(
        "holm_misbehaved_total",
        "counter",
        "Guests who were cut off for what they sent.",
        &figures.misbehaved,
    );
    one(
        "holm_sent_bytes_total",
        "counter",
        "Payload sent to all guests.",
        &figures.sent_bytes,
    );
    one(
        "holm_received_bytes_total",
        "counter",
        "Payload received from all guests.",
        &figures.received_bytes,
    );
    if let Some(bytes) = &figures.memory_bytes {
        one(
            "process_resident_memory_bytes",
            "gauge",
            "Memory of this program.",
            bytes,
        );
    }
    let guests = |out: &mut String,
                  name: &str,
                  help: &str,
                  of: &dyn Fn(&crate::console::picture::Person) -> Option<f64>| {
        head(out, name, "gauge", help);
        for person in picture.people.iter().filter(|person| !person.host) {
            if let Some(value) = of(person) {
                let _ = writeln!(out, "{name}{{slot=\"{}\"}} {value}", person.slot);
            }
        }
    };
    // Gauges: a slot is lent to somebody else, and begins anew with them.
    guests(
        &mut out,
        "holm_guest_sent_bytes",
        "Sent to this guest over their link.",
        &|person| Some(person.sent_bytes as f64),
    );
    guests(
        &mut out,
        "holm_guest_received_bytes",
        "Received from this guest.",
        &|person| Some(person.received_bytes as f64),
    );
    guests(
        &mut out,
        "holm_guest_ping_seconds",
        "Round trip to this guest.",
        &|person| Some(f64::from(person.ping_ms?) / 1e3),
    );
    let frames = &figures.histogram;
    head(
        &mut out,
        "holm_frame_seconds",
        "histogram",
        "Work on each frame of the loop.",
    );
    for (end, count) in &frames.buckets {
        let _ = writeln!(out, "holm_frame_seconds_bucket{{le=\"{end}\"}} {count}");
    }
    let _ = writeln!(out, "holm_frame_seconds_bucket{{le=\"+Inf\"}} {}", frames.count);
    let _ = writeln!(out, "holm_frame_seconds_sum {}", frames.sum_secs);
    let _ = writeln!(out, "holm_frame_seconds_count {}", frames.count);
    out
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::console::pace::Pace;
    use crate::console::picture::{Figures, Person};
    use std::collections::BTreeMap;
    use std::time::Duration;

    /// A sample: its name, labels and value.
    type Sample = (String, BTreeMap<String, String>, f64);

    /// Reads format 0.0.4 as its description says, strictly: each family has its help and type before it and is told in one
    /// piece.
    fn read(text: &str) -> (BTreeMap<String, String>, Vec<Sample>) {
        let (mut types, mut samples) = (BTreeMap::new(), Vec::new());
        let (mut family, mut helped) = (String::new(), None);
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                helped = Some(help.split_once(' ').unwrap().0.to_owned());
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert_eq!(helped.as_deref(), Some(name), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                assert!(
                    types.insert(name.to_owned(), kind.to_owned()).is_none(),
                    "twice: {line}"
                );
                family = name.to_owned();
            } else {
                let (series, value) = line.rsplit_once(' ').unwrap();
                let (name, labels) = match series.split_once('{') {
                    None => (series, BTreeMap::new()),
                    Some((name, labels)) => {
                        let labels = labels.strip_suffix('}').unwrap().split(',').map(|label| {
                            let (key, value) = label.split_once('=').unwrap();
                            let value = value.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
                            (key.to_owned(), value.to_owned())
                        });
                        (name, labels.collect())
                    }
                };
                let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
                assert!(name.chars().all(legal) && name.starts_with(&family), "{line}");
                samples.push((name.to_owned(), labels, value.parse().unwrap()));
            }
        }
        (types, samples)
    }

    #[test]
    fn what_is_told_is_read_by_the_formats_own_rules() {
        let mut pace = Pace::default();
        for ms in [1, 3, 30, 700] {
            pace.note(Duration::from_millis(ms));
        }
        let guest = |slot, ping_ms| Person {
            slot,
            name: "No name is told".to_owned(),
            key: "abcd-efgh".to_owned(),
            ping_ms,
            sent_bytes: 10 * u64::from(slot),
            ..Person::default()
        };
        let picture = Picture {
            link: Some("http://never.told/#secret".to_owned()),
            people: vec![guest(1, Some(25)), guest(2, None)],
            figures: Figures {
                people: 2,
                things: 12,
                facts: 345,
                memory_bytes: Some(1 << 27),
                histogram: pace.histogram(),
                ..Figures::default()
            },
            ..Picture::default()
        };
        let text = render(&picture);
        for secret in ["No name", "abcd", "secret"] {
            assert!(!text.contains(secret), "{text}");
        }
        let (types, samples) = read(&text);
        let value = |name: &str, label: Option<(&str, &str)>| {
            let fits = |labels: &BTreeMap<String, String>| {
                label.is_none_or(|(key, value)| labels.get(key).is_some_and(|has| has == value))
            };
            samples
                .iter()
                .find(|(of, labels, _)| of == name && fits(labels))
                .map(|(_, _, value)| *value)
        };
        assert_eq!(value("holm_people", None), Some(2.0));
        assert_eq!(value("holm_things", None), Some(12.0));
        assert_eq!(value("holm_facts_total", None), Some(345.0));
        assert_eq!(value("holm_open", None), Some(1.0));
        assert_eq!(value("holm_guest_sent_bytes", Some(("slot", "2"))), Some(20.0));
        assert_eq!(value("holm_guest_ping_seconds", Some(("slot", "1"))), Some(0.025));
        assert_eq!(value("holm_guest_ping_seconds", Some(("slot", "2"))), None);
        assert_eq!(types["holm_frame_seconds"], "histogram");
        assert_eq!(
            value("holm_frame_seconds_bucket", Some(("le", "0.005"))),
            Some(2.0)
        );
        assert_eq!(
            value("holm_frame_seconds_bucket", Some(("le", "+Inf"))),
            Some(4.0)
        );
        assert_eq!(value("holm_frame_seconds_count", None), Some(4.0));
        assert!((value("holm_frame_seconds_sum", None).unwrap() - 0.734).abs() < 1e-9);
    }
}

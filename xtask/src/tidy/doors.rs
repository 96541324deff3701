//! Which room may use which: the map as a table. Dependencies of tests count too, unless the table says so.

use super::Finding;
use serde_json::Value;

/// A package, and the packages of this workspace that it may use.
struct Room {
    name: &'static str,
    may_use: &'static [&'static str],
    /// May know Bevy and what stands on it.
    engine: bool,
}

const MAP: &[Room] = &[
    Room {
        name: "holm-identity",
        may_use: &[],
        engine: false,
    },
    Room {
        name: "holm-voice",
        may_use: &["holm-identity"],
        engine: false,
    },
    Room {
        name: "holm-net",
        may_use: &["holm-identity", "holm-voice"],
        engine: false,
    },
    Room {
        name: "holm-rendezvous",
        may_use: &["holm-identity", "holm-net"],
        engine: false,
    },
    Room {
        name: "holm-document",
        may_use: &[],
        engine: false,
    },
    Room {
        name: "holm-audio",
        may_use: &["holm-voice"],
        engine: false,
    },
    Room {
        name: "holm-worklet",
        may_use: &["holm-voice"],
        engine: false,
    },
    Room {
        name: "holm",
        may_use: &[
            "holm-audio",
            "holm-document",
            "holm-identity",
            "holm-net",
            "holm-rendezvous",
            "holm-voice",
        ],
        engine: true,
    },
    Room {
        name: "xtask",
        may_use: &[],
        engine: false,
    },
];

/// Tests of a lower room may start a higher one of the same folder: real links need a real rendezvous.
const TESTS_MAY_USE: &[(&str, &str)] = &[("holm-net", "holm-rendezvous")];

/// Crates that are Bevy or stand on it.
pub(super) fn is_engine(name: &str) -> bool {
    let name = name.replace('-', "_");
    ["bevy", "avian2d", "avian3d", "leafwing"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Checks what `cargo metadata --no-deps` says.
pub(super) fn check(metadata: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let empty = Vec::new();
    let packages = metadata["packages"].as_array().unwrap_or(&empty);
    let names: Vec<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let path = format!("package {name}");
        let Some(room) = MAP.iter().find(|room| room.name == name) else {
            findings.push(Finding::new(&path, 0, "is no room of the map: add it in xtask/src/tidy/doors.rs, and say in ARCHITECTURE.md what it is for"));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap_or(&empty) {
            let used = dependency["name"].as_str().unwrap_or_default();
            let test_only = dependency["kind"].as_str() == Some("dev");
            if is_engine(used) && !room.engine {
                findings.push(Finding::new(
                    &path,
                    0,
                    format!("uses {used}: only `game` knows the engine"),
                ));
            }
            let in_tests = test_only && TESTS_MAY_USE.contains(&(name, used));
            if names.contains(&used) && !room.may_use.contains(&used) && !in_tests && used != name {
                findings.push(Finding::new(
                    &path,
                    0,
                    format!("uses {used}: the map has no such door"),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, uses: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<_> = uses
            .iter()
            .map(|(name, kind)| json!({ "name": name, "kind": kind }))
            .collect();
        json!({ "name": name, "dependencies": dependencies })
    }

    fn sentences(packages: &[Value]) -> Vec<String> {
        check(&json!({ "packages": packages }))
            .into_iter()
            .map(|finding| finding.sentence)
            .collect()
    }

    #[test]
    fn the_doors_of_the_map_are_open() {
        let holm = package(
            "holm",
            &[
                ("bevy", None),
                ("avian3d", None),
                ("holm-net", None),
                ("holm-rendezvous", None),
            ],
        );
        let net = package(
            "holm-net",
            &[
                ("holm-identity", None),
                ("serde", None),
                ("holm-rendezvous", Some("dev")),
            ],
        );
        let found = sentences(&[
            holm,
            net,
            package("holm-rendezvous", &[("holm-net", None)]),
            package("holm-identity", &[]),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn net_that_uses_bevy_or_the_game_is_found() {
        let found = sentences(&[package("holm-net", &[("bevy", None)]), package("holm", &[])]);
        assert_eq!(found, ["uses bevy: only `game` knows the engine"]);
        let found = sentences(&[package("holm-net", &[("bevy_math", Some("dev"))])]);
        assert_eq!(found, ["uses bevy_math: only `game` knows the engine"]);
        let found = sentences(&[
            package("holm-rendezvous", &[("holm", None)]),
            package("holm", &[]),
        ]);
        assert_eq!(found, ["uses holm: the map has no such door"]);
    }

    #[test]
    fn a_lower_room_may_start_a_higher_one_in_tests_only() {
        let found = sentences(&[
            package("holm-net", &[("holm-rendezvous", None)]),
            package("holm-rendezvous", &[]),
        ]);
        assert_eq!(found, ["uses holm-rendezvous: the map has no such door"]);
        assert_eq!(
            sentences(&[package("xtask", &[("holm-net", None)]), package("holm-net", &[])]).len(),
            1
        );
    }

    #[test]
    fn a_package_that_the_map_does_not_have_is_found() {
        assert_eq!(sentences(&[package("holm-cloud", &[])]).len(), 1);
    }
}

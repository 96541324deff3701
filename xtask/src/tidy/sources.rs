//! The rules about one source file.

use super::Finding;
use super::code::{bare, without_tests};
use super::doors::is_engine;

/// Where a length is a matter for its author's explanation.
const LONG_LINES: usize = 1000;
/// What a long file says in its first lines.
const LONG_WORDS: &str = "Long because";

/// Names for kinds of things: what is in such a file nobody can say in one sentence.
const KINDS: &[&str] = &[
    "components",
    "systems",
    "utils",
    "util",
    "helpers",
    "misc",
    "common",
];

/// Checks one file; `path` is relative to the root, with `/`.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    names(path, &mut found);
    opening(path, text, &mut found);
    let bare = bare(text);
    doors(path, &bare, &mut found);
    if !is_test(path) {
        targets(path, &bare, &mut found);
        clocks(path, &bare, &mut found);
        statics(path, &bare, &mut found);
        keys(path, &bare, &mut found);
    }
    found
}

fn is_test(path: &str) -> bool {
    ["/tests/", "/benches/", "/examples/"]
        .iter()
        .any(|folder| path.contains(folder))
        || path.ends_with("/tests.rs")
}

fn names(path: &str, found: &mut Vec<Finding>) {
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    if stem == "mod" {
        found.push(Finding::new(
            path,
            0,
            "`mod.rs`: a module is `feature.rs` with a folder `feature/` beside it",
        ));
    }
    // `tests/common.rs` would be a test of its own; everywhere else the name says nothing.
    if KINDS.contains(&stem) {
        found.push(Finding::new(
            path,
            0,
            format!("`{stem}` names a kind of thing: name the role it plays in its feature"),
        ));
    }
}

fn opening(path: &str, text: &str, found: &mut Vec<Finding>) {
    let first = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    if !first.starts_with("//!") && !first.starts_with("#!/") {
        found.push(Finding::new(
            path,
            1,
            "does not begin with `//!`: purpose, flow, invariant",
        ));
    }
    let lines = text.lines().count();
    if lines > LONG_LINES
        && !text
            .lines()
            .take(20)
            .any(|line| line.starts_with("//!") && line.contains(LONG_WORDS))
    {
        found.push(Finding::new(
            path,
            0,
            format!("{lines} lines: split it, or say `{LONG_WORDS} …` in its first lines"),
        ));
    }
}

fn doors(path: &str, bare: &str, found: &mut Vec<Finding>) {
    let lower =
        path.starts_with("net/") || path.starts_with("inventory/") || path.starts_with("server-lite/");
    for (line, code) in bare.lines().enumerate().map(|(at, code)| (at + 1, code)) {
        for name in paths(code) {
            if is_engine(name) && (lower || path.starts_with("xtask/")) {
                found.push(Finding::new(
                    path,
                    line,
                    format!("`{name}::`: only `game` knows the engine"),
                ));
            }
            if lower && name == "holm" {
                found.push(Finding::new(
                    path,
                    line,
                    "`holm::`: the game stands on this room, not under it",
                ));
            }
            if path.starts_with("xtask/") && (name == "holm" || name.starts_with("holm_")) {
                found.push(Finding::new(
                    path,
                    line,
                    format!("`{name}::`: xtask knows no other room"),
                ));
            }
            if path.starts_with("net/identity/") && (name == "holm_net" || name == "holm_rendezvous") {
                found.push(Finding::new(
                    path,
                    line,
                    format!("`{name}::`: it stands on identity"),
                ));
            }
            if path.starts_with("net/src/") && name == "holm_rendezvous" {
                found.push(Finding::new(path, line, "`holm_rendezvous::`: it stands on net"));
            }
        }
    }
}

/// The names in a line that are followed by `::` and have no `::` before them, and what is imported whole.
fn paths(code: &str) -> impl Iterator<Item = &str> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let imported = code
        .trim()
        .strip_prefix("use ")
        .or_else(|| code.trim().strip_prefix("extern crate "));
    // `use holm;`: the name ends the path. With a `::` behind it, it is found below.
    let whole = imported.and_then(|rest| {
        let name = &rest[..rest.find(|c| !word(c)).unwrap_or(rest.len())];
        (!name.is_empty() && !rest[name.len()..].starts_with("::")).then_some(name)
    });
    let qualified = code.match_indices("::").filter_map(move |(at, _)| {
        let start = code[..at].rfind(|c| !word(c)).map_or(0, |i| i + 1);
        let name = &code[start..at];
        (!name.is_empty() && !code[..start].ends_with("::") && !code[..start].ends_with('.')).then_some(name)
    });
    qualified.chain(whole)
}

/// Target `cfg` lives where the targets differ; elsewhere only on the line that selects a module.
fn targets(path: &str, bare: &str, found: &mut Vec<Finding>) {
    let home = path.starts_with("game/src/platform")
        || path.starts_with("net/src/transport")
        || path.starts_with("xtask/");
    if home {
        return;
    }
    let lines: Vec<(usize, &str)> = without_tests(bare).collect();
    for (at, (line, code)) in lines.iter().enumerate() {
        let by_target = [
            "target_arch",
            "target_os",
            "target_family",
            "cfg(unix)",
            "cfg(windows)",
            "cfg(not(unix))",
            "cfg(not(windows))",
        ];
        if !by_target.iter().any(|word| code.contains(word)) {
            continue;
        }
        let selects = lines[at + 1..]
            .iter()
            .map(|(_, code)| code.trim())
            .find(|code| !code.is_empty() && !code.starts_with('#'))
            .is_some_and(|code| {
                ["mod ", "pub mod ", "pub(crate) mod ", "pub(super) mod "]
                    .iter()
                    .any(|word| code.starts_with(word))
            });
        if !selects {
            found.push(Finding::new(
                path,
                *line,
                "a target's `cfg`: only in game/src/platform, net/src/transport, or on a `mod` line",
            ));
        }
    }
}

/// Time is handed in.
fn clocks(path: &str, bare: &str, found: &mut Vec<Finding>) {
    let home = [
        "game/audio/src/native", // devices live by the machine's clock
        "game/src/platform",
        "net/src/transport",
        "net/rendezvous/",
        "server-lite/",
        "xtask/",
    ];
    if home.iter().any(|home| path.starts_with(home)) {
        return;
    }
    for (line, code) in without_tests(bare) {
        for word in ["Instant::now", "SystemTime::now", "thread::sleep"] {
            if code.contains(word) {
                found.push(Finding::new(
                    path,
                    line,
                    format!("`{word}`: time is handed in, it is read in platform and transport only"),
                ));
            }
        }
    }
}

/// What is pressed becomes an action in one place, or nobody could bind it to something else.
fn keys(path: &str, bare: &str, found: &mut Vec<Finding>) {
    // What was used last says which hints are shown, whatever it was.
    let home = path.starts_with("game/src/input/") || path == "game/src/screens.rs";
    if home || !path.starts_with("game/src/") {
        return;
    }
    for (line, code) in without_tests(bare) {
        if code.contains("ButtonInput<KeyCode>") || code.contains("ButtonInput<Key>") {
            found.push(Finding::new(
                path,
                line,
                "a raw key: ask `Hands` for an action, which can be bound to something else",
            ));
        }
    }
}

/// No state in `static`: two people must fit into one process.
fn statics(path: &str, bare: &str, found: &mut Vec<Finding>) {
    if path.starts_with("xtask/") {
        return;
    }
    for (line, code) in without_tests(bare) {
        let code = code.trim();
        let declares = [
            "static ",
            "pub static ",
            "pub(crate) static ",
            "pub(super) static ",
        ]
        .iter()
        .any(|word| code.starts_with(word));
        let changes = [
            "Mutex<",
            "RwLock<",
            "Atomic",
            "OnceLock<",
            "OnceCell<",
            "RefCell<",
            "Cell<",
        ]
        .iter()
        .any(|word| code.contains(word));
        if code.contains("static mut ")
            || declares && changes
            || code.starts_with("thread_local!")
            || code.starts_with("lazy_static!")
        {
            found.push(Finding::new(
                path,
                line,
                "state in a `static`: two people must fit into one process",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentences about a file that is otherwise in order.
    fn found(path: &str, body: &str) -> Vec<String> {
        check(path, &format!("//! Purpose.\n{body}\n"))
            .into_iter()
            .map(|finding| finding.sentence)
            .collect()
    }

    #[track_caller]
    fn one(path: &str, body: &str, part: &str) {
        let found = found(path, body);
        assert!(found.len() == 1 && found[0].contains(part), "{found:?}");
    }

    #[track_caller]
    fn none(path: &str, body: &str) {
        let found = found(path, body);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn files_named_by_kind_are_found() {
        one("game/src/chat/mod.rs", "", "mod.rs");
        one("game/src/chat/systems.rs", "", "kind of thing");
        one("game/src/components.rs", "", "kind of thing");
        none("game/src/chat/rules.rs", "");
    }

    #[test]
    fn a_module_without_its_sentence_is_found() {
        assert_eq!(check("net/src/a.rs", "use std::fmt;\n").len(), 1);
        assert_eq!(check("net/src/a.rs", "").len(), 1);
        assert_eq!(check("net/src/a.rs", "\n//! Purpose.\n"), []);
    }

    #[test]
    fn a_long_file_says_why() {
        let long = "fn a() {}\n".repeat(LONG_LINES);
        one("net/src/a.rs", &long, "split it");
        none(
            "net/src/a.rs",
            &format!("//! Long because it is one table.\n{long}"),
        );
    }

    #[test]
    fn net_that_names_the_engine_or_the_game_is_found() {
        one("net/src/a.rs", "use bevy::prelude::*;", "only `game` knows");
        one(
            "net/rendezvous/src/a.rs",
            "fn a(x: bevy_math::Vec3) {}",
            "only `game` knows",
        );
        one("net/src/a.rs", "use holm::chat;", "not under it");
        one("net/src/a.rs", "use holm as game;", "not under it");
        one(
            "net/src/a.rs",
            "fn a() { holm_rendezvous::serve(); }",
            "stands on net",
        );
        one(
            "net/identity/src/a.rs",
            "use holm_net::wire;",
            "stands on identity",
        );
        one("xtask/src/a.rs", "use holm_net::wire;", "no other room");
        none(
            "net/src/a.rs",
            "// like bevy::prelude\nuse holm_identity::Account; fn a() { crate::holm::b(\"bevy::x\") }",
        );
        none("game/src/a.rs", "use bevy::prelude::*; use holm_net::wire;");
    }

    #[test]
    fn target_cfg_outside_its_home_is_found() {
        one(
            "game/src/chat.rs",
            "#[cfg(target_arch = \"wasm32\")]\nfn a() {}",
            "target's `cfg`",
        );
        one(
            "game/src/chat.rs",
            "fn a() { if cfg!(target_os = \"linux\") {} }",
            "target's `cfg`",
        );
        one("net/src/session.rs", "#[cfg(unix)]\nuse x;", "target's `cfg`");
        none(
            "game/src/lib.rs",
            "#[cfg(not(target_arch = \"wasm32\"))]\npub mod hosting;",
        );
        none(
            "game/src/platform/web.rs",
            "#[cfg(target_arch = \"wasm32\")]\nfn a() {}",
        );
        none(
            "net/src/transport.rs",
            "#[cfg(target_arch = \"wasm32\")]\nuse web as here;",
        );
    }

    #[test]
    fn a_clock_outside_its_home_is_found() {
        one(
            "game/src/chat.rs",
            "fn a() { let t = std::time::Instant::now(); }",
            "time is handed in",
        );
        one(
            "net/src/session.rs",
            "fn a() { std::thread::sleep(d); }",
            "time is handed in",
        );
        one(
            "net/src/session.rs",
            "fn a() { SystemTime::now(); }",
            "time is handed in",
        );
        none(
            "net/src/session.rs",
            "// no Instant::now here\nfn a() {}\n#[cfg(test)]\nmod tests { fn b() { Instant::now(); } }",
        );
        none("net/src/transport/native.rs", "fn a() { Instant::now(); }");
        none("game/tests/processes.rs", "fn a() { Instant::now(); }");
    }

    #[test]
    fn a_raw_key_outside_its_home_is_found() {
        let reads = "fn a(keys: Res<ButtonInput<KeyCode>>) {}";
        one("game/src/things/hand.rs", reads, "a raw key");
        none("game/src/input/hands.rs", reads);
        none(
            "game/src/a.rs",
            "#[cfg(test)]\nmod tests { fn b(k: ButtonInput<Key>) {} }",
        );
    }

    #[test]
    fn state_in_a_static_is_found() {
        one(
            "game/src/chat.rs",
            "static mut COUNT: u32 = 0;",
            "state in a `static`",
        );
        one(
            "net/src/a.rs",
            "static SEEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());",
            "state in a `static`",
        );
        one(
            "net/src/a.rs",
            "pub(crate) static N: AtomicU64 = AtomicU64::new(0);",
            "state in a `static`",
        );
        one("net/src/a.rs", "thread_local! {", "state in a `static`");
        none(
            "net/src/a.rs",
            "static NAMES: [&str; 1] = [\"a\"];\nfn a(x: &'static Mutex<u8>) {}",
        );
    }
}

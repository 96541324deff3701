//! What must not be in one program twice: types that look alike and do not fit, and twice the compile time.
//! Small crates that are there in two versions are their owners' business and cost seconds.

use super::Finding;

/// The engines: minutes of compiling each, and their types are in our signatures.
const ONCE: [&str; 14] = [
    "avian3d",
    "bevy_ecs",
    "bevy_egui",
    "egui",
    "hyper",
    "matchbox_socket",
    "naga",
    "ring",
    "rustls",
    "serde",
    "tokio",
    "webrtc",
    "wgpu",
    "winit",
];

pub(super) fn check(lock: &str) -> Vec<Finding> {
    let versions = |name: &str| {
        let line = format!("name = \"{name}\"");
        lock.lines().filter(|found| *found == line).count()
    };
    ONCE.iter()
        .filter(|name| versions(name) > 1)
        .map(|name| {
            let sentence = format!(
                "{name} is there {} times: `cargo tree -i {name}` says by whom",
                versions(name)
            );
            Finding::new("Cargo.lock", 0, sentence)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_is_there_twice_is_found() {
        let package = |name: &str, version: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\n")
        };
        let fine = [
            package("wgpu", "29.0.4"),
            package("syn", "1.0.0"),
            package("syn", "2.0.0"),
        ]
        .concat();
        assert_eq!(check(&fine), []);
        let found = check(&(fine + &package("wgpu", "28.0.0")));
        assert_eq!(found.len(), 1);
        assert!(found[0].sentence.contains("wgpu is there 2 times"), "{found:?}");
    }
}

//! The faces of `assets/theme` that a page fetches only when somebody needs them, named by their content.
//!
//! Invariant: the names are those the program asks for (`game/src/theme/faces.rs` makes them from the same list).

use anyhow::{Context, Result};
use std::path::Path;

/// The folder of a bundle that is not part of the first load.
pub(super) const FOLDER: &str = "fonts";

/// Copies what the list names into a bundle and says under which names.
pub(super) fn copy(theme: &Path, out: &Path) -> Result<Vec<String>> {
    let list =
        std::fs::read_to_string(theme.join("faces.ron")).context("assets/theme/faces.ron is not there")?;
    std::fs::create_dir_all(out.join(FOLDER))?;
    let mut copied = Vec::new();
    for (name, hash) in named(&list) {
        let from = theme.join(format!("{name}.ttf"));
        let to = format!("{FOLDER}/{name}-{}.ttf", &hash[..16]);
        std::fs::copy(&from, out.join(&to))
            .with_context(|| format!("{} cannot be copied", from.display()))?;
        copied.push(to);
    }
    Ok(copied)
}

/// Name and hash of each face; the list is written by `make_fonts.py`, a face a line.
fn named(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.lines().filter_map(|line| {
        let value = |key: &str| line.split_once(key)?.1.split('"').nth(1);
        Some((
            value("name: ")?,
            value("hash: ").filter(|hash| hash.len() == 64 && hash.is_ascii())?,
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Scratch;

    #[test]
    fn faces_are_copied_under_names_that_change_with_their_content() {
        let scratch = Scratch::new("faces").unwrap();
        let hash = "0123456789abcdef".repeat(4);
        std::fs::write(
            scratch.0.join("faces.ron"),
            format!("// By a script.\n[\n    (name: \"A-Medium\", bytes: 3, hash: \"{hash}\"),\n]\n"),
        )
        .unwrap();
        std::fs::write(scratch.0.join("A-Medium.ttf"), "ttf").unwrap();
        let name = "fonts/A-Medium-0123456789abcdef.ttf";
        assert_eq!(copy(&scratch.0, &scratch.0).unwrap(), [name]);
        assert_eq!(std::fs::read(scratch.0.join(name)).unwrap(), b"ttf");
        std::fs::remove_file(scratch.0.join("A-Medium.ttf")).unwrap();
        assert!(copy(&scratch.0, &scratch.0).is_err());
    }
}

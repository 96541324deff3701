//! Every asset has a licence line: in a `LICENCE` (or `LICENSE`, `CREDITS`) file of its folder or of one above
//! it inside `assets/`, or in that folder's `README.md`.

use super::Finding;

/// Checks the files below `assets/`, given as paths relative to the root.
pub(super) fn check(paths: &[String], read: impl Fn(&str) -> String) -> Vec<Finding> {
    let covered: Vec<&str> = paths
        .iter()
        .filter(|path| says_licence(path, &read))
        .filter_map(|path| folder(path))
        .collect();
    let mut found = Vec::new();
    for path in paths {
        let mut at = folder(path);
        let mut is_covered = false;
        while let Some(dir) = at {
            is_covered |= covered.contains(&dir);
            at = folder(dir);
        }
        if !is_covered {
            found.push(Finding::new(path, 0, "has no licence line: say in a LICENCE file of its folder whose it is and what one may do with it"));
        }
    }
    found
}

fn folder(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(folder, _)| folder)
}

fn says_licence(path: &str, read: &impl Fn(&str) -> String) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_uppercase();
    let stem = name.split('.').next().unwrap_or(&name);
    let own = ["LICENCE", "LICENSE", "LICENCES", "LICENSES", "CREDITS"].contains(&stem);
    let line = |text: &str| text.lines().any(|line| line.to_lowercase().contains("licen"));
    (own || name == "README.MD") && line(&read(path)) || own && read(path).contains("CC0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        let read = |path: &str| {
            files
                .iter()
                .find(|(other, _)| *other == path)
                .map_or_else(String::new, |(_, text)| (*text).to_owned())
        };
        check(&paths, read)
            .into_iter()
            .map(|finding| finding.path)
            .collect()
    }

    #[test]
    fn an_asset_without_a_licence_line_is_found() {
        assert_eq!(found(&[("assets/worlds/a/a.glb", "")]), ["assets/worlds/a/a.glb"]);
        assert_eq!(
            found(&[("assets/b/LICENCE", "Licence: CC0"), ("assets/a/a.glb", "")]),
            ["assets/a/a.glb"]
        );
        assert_eq!(
            found(&[("assets/a/README.md", "pretty"), ("assets/a/a.glb", "")]).len(),
            2
        );
    }

    #[test]
    fn a_licence_line_covers_its_folder_and_those_below() {
        assert!(
            found(&[
                ("assets/worlds/LICENCE.md", "Licence: CC0-1.0"),
                ("assets/worlds/a/a.glb", "")
            ])
            .is_empty()
        );
        assert!(
            found(&[
                ("assets/a/README.md", "Licence: MIT OR Apache-2.0"),
                ("assets/a/a.glb", "")
            ])
            .is_empty()
        );
    }
}

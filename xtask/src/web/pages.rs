//! The page around the program: `game/web/*` with the names of this build filled in.
//!
//! Invariant: every file but `index.html` and the crates' own snippets carries its content in its name, so a
//! host may let browsers keep it for ever.

use super::bind::Code;
use super::content_name;
use anyhow::{Context, Result, bail};
use std::path::Path;

pub(super) fn write(pages: &Path, code: &Code, out: &Path) -> Result<()> {
    let read = |name: &str| {
        std::fs::read_to_string(pages.join(name)).with_context(|| format!("game/web/{name} cannot be read"))
    };
    let named = |stem: &str, extension: &str, bytes: &[u8]| -> Result<String> {
        let name = format!("{stem}-{}.{extension}", content_name(bytes));
        std::fs::write(out.join(&name), bytes)?;
        Ok(name)
    };
    for (path, text) in &code.snippets {
        // The path is the crate's: keep it below our folder.
        if path.split('/').any(|part| part.is_empty() || part == "..") {
            bail!("a crate brings a script with the path {path:?}");
        }
        let file = out.join(path);
        std::fs::create_dir_all(file.parent().context("a snippet has a folder")?)?;
        std::fs::write(file, text)?;
    }
    let wasm = named("holm", "wasm", &code.wasm)?;
    let js = named("holm", "js", code.js.as_bytes())?;
    let boot = named("boot", "js", read("boot.js")?.as_bytes())?;
    let style = named("holm", "css", read("holm.css")?.as_bytes())?;
    let icon = named("icon", "svg", read("icon.svg")?.as_bytes())?;
    let bytes = code.wasm.len().to_string();
    let page = fill(
        &read("index.html")?,
        &[
            ("wasm", &wasm),
            ("wasm_bytes", &bytes),
            ("js", &js),
            ("boot", &boot),
            ("style", &style),
            ("icon", &icon),
        ],
    )?;
    std::fs::write(out.join("index.html"), page)?;
    // For programs that ask what this folder is, and so that we know it as ours.
    let about = serde_json::json!({ "wasm": wasm, "wasm_bytes": code.wasm.len(), "js": js });
    std::fs::write(out.join("boot.json"), format!("{about}\n"))?;
    Ok(())
}

/// Puts each value where the page says `{{name}}`; a name without a place or a place without a name is an error.
fn fill(page: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut page = page.to_owned();
    for (name, value) in values {
        let place = format!("{{{{{name}}}}}");
        if !page.contains(&place) {
            bail!("index.html has no {place}");
        }
        page = page.replace(&place, value);
    }
    if let Some((_, rest)) = page.split_once("{{") {
        bail!(
            "index.html has a place for {:?} that nobody fills",
            rest.split("}}").next().unwrap_or(rest)
        );
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Scratch;

    #[test]
    fn a_page_is_filled_and_a_missing_or_unknown_place_is_an_error() {
        assert_eq!(
            fill("<a href={{js}}>", &[("js", "x.js")]).unwrap(),
            "<a href=x.js>"
        );
        assert!(fill("<a>", &[("js", "x.js")]).is_err());
        assert!(fill("{{js}} {{other}}", &[("js", "x.js")]).is_err());
    }

    #[test]
    fn the_page_in_the_repository_names_every_file_that_is_written() {
        let out = Scratch::new("pages").unwrap();
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../game/web");
        let code = Code {
            wasm: b"\0asm".to_vec(),
            js: "export default 1".into(),
            snippets: vec![("snippets/a-1/inline0.js".into(), "1".into())],
        };
        write(&pages, &code, &out.0).unwrap();
        let page = std::fs::read_to_string(out.0.join("index.html")).unwrap();
        for file in std::fs::read_dir(&out.0).unwrap().flatten() {
            let name = file.file_name().into_string().unwrap();
            if name.contains('-') {
                assert!(page.contains(&name), "{name} is not in {page}");
            }
        }
        // A page under `script-src 'self'` must not carry a script or a style of its own.
        assert!(
            !page.contains("<style") && !page.contains(" style=") && !page.contains("onload="),
            "{page}"
        );
        assert!(
            page.matches("<script").count() == page.matches("src=\"./boot-").count(),
            "{page}"
        );
    }

    #[test]
    fn a_snippet_cannot_leave_the_folder() {
        let out = Scratch::new("pages-escape").unwrap();
        let code = Code {
            wasm: Vec::new(),
            js: String::new(),
            snippets: vec![("snippets/../../x.js".into(), "1".into())],
        };
        assert!(write(Path::new("."), &code, &out.0).is_err());
    }
}

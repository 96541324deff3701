//! The page around the program: `game/web/*` with the names of this build filled in.
//!
//! Flow: sentences → scripts, each naming those it needs → style, icons, fonts → `index.html`, which names them
//! all → `sw.js`, which keeps them all, and `boot.json`, which says what is loaded first and what later.
//! Invariant: every file but `index.html`, `sw.js`, the manifest and the crates' own snippets carries its content
//! in its name, so a host may let browsers keep it for ever.

use super::bind::Code;
use super::{content_name, faces, words};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// What is loaded at once, and what when somebody needs it.
#[derive(Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Loads {
    pub(super) first: Vec<String>,
    pub(super) later: Vec<String>,
}

/// Writes the page of the repository at `root` into `out`.
pub(super) fn write(root: &Path, code: &Code, out: &Path) -> Result<()> {
    let pages = root.join("game/web");
    let read =
        |path: &Path| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
    let text = |name: &str| -> Result<String> { Ok(String::from_utf8(read(&pages.join(name))?)?) };
    let named = |stem: &str, extension: &str, bytes: &[u8]| -> Result<String> {
        let name = format!("{stem}-{}.{extension}", content_name(bytes));
        std::fs::write(out.join(&name), bytes)?;
        Ok(name)
    };
    // A file as it is, by its content.
    let copied = |path: &Path| -> Result<String> {
        let part = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
        let (Some(stem), Some(extension)) = (part(path.file_stem()), part(path.extension())) else {
            bail!("{} has no name for a page", path.display());
        };
        named(&stem.to_lowercase(), &extension, &read(path)?)
    };
    let mut snippets = Vec::new();
    for (path, text) in &code.snippets {
        // The path is the crate's: keep it below our folder.
        if path.split('/').any(|part| part.is_empty() || part == "..") {
            bail!("a crate brings a script with the path {path:?}");
        }
        let file = out.join(path);
        std::fs::create_dir_all(file.parent().context("a snippet has a folder")?)?;
        std::fs::write(file, text)?;
        snippets.push(path.clone());
    }
    let wasm = named("holm", "wasm", &code.wasm)?;
    let js = named("holm", "js", code.js.as_bytes())?;

    let sentences = words::read_with_worlds(root)?;
    let table = words::table(&sentences)?;
    let words = fill("words.js", &text("words.js")?, &[("table", &table)])?;
    let words = named("words", "js", words.as_bytes())?;
    let pad = fill("pad.js", &text("pad.js")?, &[("words", &words)])?;
    let pad = named("pad", "js", pad.as_bytes())?;
    let door = fill("door.js", &text("door.js")?, &[("words", &words), ("pad", &pad)])?;
    let door = named("door", "js", door.as_bytes())?;
    let frames = named("frames", "js", text("frames.js")?.as_bytes())?;
    let voice = named("voice", "wasm", &code.voice)?;
    let worklet = named("worklet", "js", text("worklet.js")?.as_bytes())?;
    let audio = fill(
        "audio.js",
        &text("audio.js")?,
        &[("worklet", &worklet), ("voice", &voice)],
    )?;
    let audio = named("audio", "js", audio.as_bytes())?;
    let boot = fill(
        "boot.js",
        &text("boot.js")?,
        &[
            ("words", &words),
            ("door", &door),
            ("frames", &frames),
            ("pad", &pad),
            ("audio", &audio),
        ],
    )?;
    let boot = named("boot", "js", boot.as_bytes())?;

    let medium = copied(&root.join("assets/theme/Nunito-Medium.ttf"))?;
    let bold = copied(&root.join("assets/theme/Nunito-Bold.ttf"))?;
    let style = fill(
        "holm.css",
        &text("holm.css")?,
        &[("medium", &medium), ("bold", &bold)],
    )?;
    let style = named("holm", "css", style.as_bytes())?;
    let icon = copied(&pages.join("icon.svg"))?;
    let scene = copied(&pages.join("scene.svg"))?;
    let icon180 = copied(&pages.join("icon-180.png"))?;
    let icon192 = copied(&pages.join("icon-192.png"))?;
    let icon512 = copied(&pages.join("icon-512.png"))?;
    let maskable = copied(&pages.join("icon-maskable.png"))?;
    let manifest = fill(
        "holm.webmanifest",
        &text("holm.webmanifest")?,
        &[
            ("icon", &icon),
            ("icon192", &icon192),
            ("icon512", &icon512),
            ("maskable", &maskable),
        ],
    )?;
    std::fs::write(out.join("holm.webmanifest"), manifest)?;

    let page = fill(
        "index.html",
        &text("index.html")?,
        &[
            ("wasm", &wasm),
            ("wasm_bytes", &code.wasm.len().to_string()),
            ("js", &js),
            ("words", &words),
            ("door", &door),
            ("frames", &frames),
            ("pad", &pad),
            ("audio", &audio),
            ("boot", &boot),
            ("style", &style),
            ("icon", &icon),
            ("icon180", &icon180),
            ("scene", &scene),
            ("noscript", &words::noscript(&sentences)),
        ],
    )?;
    let build = content_name(page.as_bytes());
    std::fs::write(out.join("index.html"), page)?;

    let mut first = vec!["./".to_owned(), "holm.webmanifest".to_owned()];
    first.extend([
        boot,
        door,
        frames,
        pad,
        audio,
        words,
        style,
        icon,
        scene,
        medium,
        bold,
        js.clone(),
    ]);
    first.extend(snippets);
    first.push(wasm.clone()); // last: whoever leaves early has kept the small ones
    let mut later = vec![icon180, icon192, icon512, maskable, worklet, voice.clone()];
    later.extend(faces::copy(&root.join("assets/theme"), out)?);
    let loads = Loads { first, later };
    let keeper = fill(
        "sw.js",
        &text("sw.js")?,
        &[
            ("build", &serde_json::to_string(&build)?),
            ("first", &serde_json::to_string(&loads.first)?),
            ("later", &serde_json::to_string(&loads.later)?),
        ],
    )?;
    std::fs::write(out.join("sw.js"), keeper)?;
    // For programs that ask what this folder is, and so that we know it as ours.
    let about = serde_json::json!({
        "wasm": wasm, "wasm_bytes": code.wasm.len(), "js": js, "voice": voice, "first": loads.first, "later": loads.later,
    });
    std::fs::write(out.join("boot.json"), format!("{about}\n"))?;
    Ok(())
}

/// Puts each value where the file says `{{name}}`; a name without a place or a place without a name is an error.
fn fill(file: &str, text: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut filled = text.to_owned();
    for (name, value) in values {
        let place = format!("{{{{{name}}}}}");
        if !filled.contains(&place) {
            bail!("{file} has no {place}");
        }
        filled = filled.replace(&place, value);
    }
    if let Some((_, rest)) = filled.split_once("{{") {
        bail!(
            "{file} has a place for {:?} that nobody fills",
            rest.split("}}").next().unwrap_or(rest)
        );
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Scratch;

    fn write_page(name: &str) -> (Scratch, Loads) {
        let out = Scratch::new(name).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let code = Code {
            wasm: b"\0asm".to_vec(),
            js: "export default 1".into(),
            snippets: vec![("snippets/a-1/inline0.js".into(), "1".into())],
            voice: b"\0asm".to_vec(),
        };
        write(&root, &code, &out.0).unwrap();
        let loads = serde_json::from_str(&std::fs::read_to_string(out.0.join("boot.json")).unwrap()).unwrap();
        (out, loads)
    }

    #[test]
    fn a_page_is_filled_and_a_missing_or_unknown_place_is_an_error() {
        let fill = |page, values: &[(&str, &str)]| super::fill("x", page, values);
        assert_eq!(
            fill("<a href={{js}}>", &[("js", "x.js")]).unwrap(),
            "<a href=x.js>"
        );
        assert!(fill("<a>", &[("js", "x.js")]).is_err());
        assert!(fill("{{js}} {{other}}", &[("js", "x.js")]).is_err());
    }

    #[test]
    fn the_page_lives_under_its_policy_and_names_its_scripts() {
        let (out, _) = write_page("pages-policy");
        let page = std::fs::read_to_string(out.0.join("index.html")).unwrap();
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
    fn every_file_is_kept_offline_at_once_or_when_it_is_needed_and_each_name_leads_somewhere() {
        let (out, loads) = write_page("pages-kept");
        let listed: Vec<&String> = loads.first.iter().chain(&loads.later).collect();
        for file in std::fs::read_dir(&out.0).unwrap().flatten() {
            let name = file.file_name().into_string().unwrap();
            let known = ["index.html", "sw.js", "boot.json", "snippets", "fonts"].contains(&name.as_str());
            assert!(known || listed.contains(&&name), "{name} would not start offline");
        }
        let mut texts = String::new();
        for name in listed {
            let file = if name == "./" { "index.html" } else { name };
            let bytes = std::fs::read(out.0.join(file)).unwrap();
            texts.push_str(&String::from_utf8(bytes).unwrap_or_default()); // fonts and pictures name nothing
        }
        // What a file names by its content is there.
        for (at, _) in texts.match_indices("./") {
            let name = texts[at + 2..].split(['"', '\'', ')', ' ']).next().unwrap();
            if name.contains('-') {
                assert!(out.0.join(name).is_file(), "{name} is named and not there");
            }
        }
    }

    #[test]
    fn what_the_audio_thread_runs_is_fetched_only_by_who_hears() {
        let (out, loads) = write_page("pages-audio");
        let text = |prefix: &str, names: &[String]| {
            let name = names.iter().find(|name| name.starts_with(prefix)).unwrap();
            (name.clone(), std::fs::read_to_string(out.0.join(name)).unwrap())
        };
        let (worklet, _) = text("worklet-", &loads.later);
        let (voice, _) = text("voice-", &loads.later);
        let (audio, script) = text("audio-", &loads.first);
        assert!(script.contains(&worklet) && script.contains(&voice));
        assert!(text("boot-", &loads.first).1.contains(&audio));
    }

    #[test]
    fn the_manifest_lets_the_client_be_installed() {
        let (out, _) = write_page("pages-manifest");
        let text = std::fs::read_to_string(out.0.join("holm.webmanifest")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(manifest["start_url"], "./");
        assert_eq!(manifest["display"], "standalone");
        for (sizes, purpose) in [("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")] {
            let icons = manifest["icons"].as_array().unwrap();
            let icon = icons
                .iter()
                .find(|icon| icon["sizes"] == sizes && icon["purpose"] == purpose);
            let src = icon.unwrap()["src"].as_str().unwrap().trim_start_matches("./");
            let picture = png::Decoder::new(std::io::BufReader::new(
                std::fs::File::open(out.0.join(src)).unwrap(),
            ));
            let info = picture.read_info().unwrap();
            assert_eq!(format!("{}x{}", info.info().width, info.info().height), sizes);
        }
    }

    #[test]
    fn a_snippet_cannot_leave_the_folder() {
        let out = Scratch::new("pages-escape").unwrap();
        let code = Code {
            wasm: Vec::new(),
            js: String::new(),
            snippets: vec![("snippets/../../x.js".into(), "1".into())],
            voice: Vec::new(),
        };
        assert!(write(Path::new("."), &code, &out.0).is_err());
    }
}

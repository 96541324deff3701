//! The browser bundle that hosts serve: compiled, bound to JavaScript, shrunk, named by content, packed.
//!
//! Flow: `cargo build` for wasm32, of the program and of the audio thread's module → [`bind`] (wasm-bindgen in-process, `wasm-opt` where present) → [`pages`]
//! (index.html, loader, [`words`] and style from `game/web`, each file named by its content) → [`pack`] (brotli and
//! gzip beside each file: browsers take brotli over https and from localhost only) → moved into place at
//! once, so that a host never serves half a bundle.
//! Invariant: the same sources give the same names; nothing is done again when nothing changed.

mod bind;
mod faces;
mod pack;
mod pages;
mod words;

use crate::setup::{Need, ensure};
use crate::shell::{Env, run as run_command, which};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

/// What the first load may weigh packed, in bytes, with its fonts (the project's bar: 10 MB). Faces of other scripts
/// are fetched by those who read them, and count by themselves.
pub(crate) const BAR_BYTES: u64 = 10_000_000;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// `web`: small and fast, what people get. `web-quick`: quick to make, what the tests use.
    #[arg(long, default_value = "web", value_parser = ["web", "web-quick"])]
    profile: String,
    /// Where the bundle goes [default: TARGET/web/PROFILE].
    #[arg(long)]
    out: Option<PathBuf>,
    /// Compile nothing: take the program out of this finished bundle. For work on the page around it.
    #[arg(long)]
    program_of: Option<PathBuf>,
    /// Print the sizes as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// A finished bundle.
#[derive(serde::Serialize)]
pub(crate) struct Bundle {
    pub(crate) dir: PathBuf,
    pub(crate) files: Vec<pack::File>,
    pub(crate) raw_bytes: u64,
    pub(crate) brotli_bytes: u64,
    pub(crate) gzip_bytes: u64,
    /// Packed bytes of the first load, by kind.
    pub(crate) first: Kinds,
    /// Packed bytes of what is fetched only by those who need it, by kind.
    pub(crate) later: Kinds,
    pub(crate) bar_bytes: u64,
}

/// Bytes by kind of file.
pub(crate) type Kinds = BTreeMap<&'static str, u64>;

/// What a file is to somebody who waits for it.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "wasm" => "program",
        "js" => "scripts",
        "ttf" | "otf" | "woff2" => "fonts",
        _ => "page and pictures",
    }
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<()> {
    let bundle = match &args.program_of {
        Some(finished) => {
            let out = args.out.as_deref().context("say where it goes: --out FOLDER")?;
            let code = bind::read(finished)?;
            write(env, &code, std::path::absolute(out)?, args.profile == "web")?
        }
        None => build(env, &args.profile, args.out.as_deref())?,
    };
    if args.json {
        println!("{}", serde_json::to_string(&bundle)?);
    } else {
        println!("{}", bundle.table());
    }
    Ok(())
}

/// Where the bundle of a profile goes unless told otherwise; a host of the same checkout looks there.
pub(crate) fn folder(env: &Env, profile: &str) -> PathBuf {
    env.target.join("web").join(profile)
}

/// Builds the bundle, or finds that it is already there.
pub(crate) fn build(env: &Env, profile: &str, out: Option<&Path>) -> Result<Bundle> {
    ensure(env, &[Need::Linker, Need::Wasm])?;
    bind::check_versions(env)?;
    run_command(&mut env.cargo([
        "build",
        "--package",
        "holm",
        "--bin",
        "holm",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        profile,
    ]))?;
    // Apart: together cargo would give both the same features of the crates that they share.
    run_command(&mut env.cargo([
        "build",
        "--package",
        "holm-worklet",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        profile,
    ]))?;
    let built = env.target.join("wasm32-unknown-unknown").join(profile);
    let (program, voice) = (built.join("holm.wasm"), built.join("holm_worklet.wasm"));
    let out = match out {
        Some(out) => std::path::absolute(out)?,
        None => folder(env, profile),
    };
    let shipped = profile == "web";

    let stamp = stamp(env, [&program, &voice], shipped)?;
    let stamp_file = out.with_extension("stamp");
    if std::fs::read_to_string(&stamp_file).is_ok_and(|text| text == stamp)
        && out.join("index.html").is_file()
    {
        return Bundle::read(out);
    }

    eprintln!("Binding {} to JavaScript", program.display());
    let code = bind::bind(&program, &voice, shipped)?;
    let bundle = write(env, &code, out, shipped)?;
    std::fs::write(&stamp_file, stamp)?;
    Ok(bundle)
}

/// Puts the page around a program, packs it all, and moves it into place at once.
fn write(env: &Env, code: &bind::Code, out: PathBuf, shipped: bool) -> Result<Bundle> {
    let parent = out.parent().context("the bundle needs a folder to lie in")?;
    std::fs::create_dir_all(parent)?;
    refuse_foreign(&out)?;
    let new = out.with_extension("new");
    remove(&new)?;
    std::fs::create_dir_all(&new)?;
    pages::write(&env.root, code, &new)?;
    eprintln!(
        "Packing{}",
        if shipped {
            " (brotli at its best takes a minute or two)"
        } else {
            ""
        }
    );
    pack::pack(&new, shipped)?;
    remove(&out)?;
    std::fs::rename(&new, &out).with_context(|| format!("{} cannot be moved into place", out.display()))?;
    Bundle::read(out)
}

/// We empty the folder that we write to: it must be one of ours, or empty.
fn refuse_foreign(out: &Path) -> Result<()> {
    let holds_something = std::fs::read_dir(out).is_ok_and(|mut files| files.next().is_some());
    if holds_something && !out.join("boot.json").is_file() {
        bail!(
            "{} holds something that is not a bundle of ours: name an empty folder",
            out.display()
        );
    }
    Ok(())
}

fn remove(dir: &Path) -> Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be emptied", dir.display()))
        }
        _ => Ok(()),
    }
}

/// Changes when anything that goes into the bundle does.
fn stamp(env: &Env, programs: [&Path; 2], shipped: bool) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    let mut sources = programs.map(Path::to_path_buf).to_vec();
    sources.push(std::env::current_exe()?);
    let mut pages = Vec::new();
    for folder in ["game/web", "game/web/words", "assets/theme"] {
        let files = std::fs::read_dir(env.root.join(folder))?.flatten();
        pages.extend(files.map(|file| file.path()).filter(|path| path.is_file()));
    }
    pages.sort();
    sources.extend(pages);
    for path in sources {
        hasher.write(&std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?);
    }
    hasher.write_u8(u8::from(shipped && which("wasm-opt").is_some()));
    Ok(format!("{:016x}\n", hasher.finish()))
}

/// A short name for these bytes. Not cryptographic: it only has to change when they do.
fn content_name(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    format!("{:016x}", hasher.finish())
}

impl Bundle {
    fn read(dir: PathBuf) -> Result<Self> {
        let files = pack::files(&dir)?;
        let about = std::fs::read_to_string(dir.join("boot.json")).context("boot.json is not there")?;
        let loads: pages::Loads = serde_json::from_str(&about).context("boot.json")?;
        let (mut first, mut later) = (Kinds::new(), Kinds::new());
        for file in &files {
            // Told to programs that ask; no page loads it.
            if file.name != "boot.json" {
                let later_on = loads.later.contains(&file.name);
                let load = if later_on { &mut later } else { &mut first };
                *load.entry(kind(&file.name)).or_default() += file.brotli_bytes;
            }
        }
        let sum = |size: fn(&pack::File) -> u64| files.iter().map(size).sum();
        Ok(Self {
            raw_bytes: sum(|file| file.raw_bytes),
            brotli_bytes: sum(|file| file.brotli_bytes),
            gzip_bytes: sum(|file| file.gzip_bytes),
            first,
            later,
            bar_bytes: BAR_BYTES,
            dir,
            files,
        })
    }

    /// Packed bytes until the client runs.
    pub(crate) fn first_bytes(&self) -> u64 {
        self.first.values().sum()
    }

    fn table(&self) -> String {
        let width = self
            .files
            .iter()
            .map(|file| file.name.len())
            .max()
            .unwrap_or(0)
            .max(5);
        let mut text = format!(
            "{:width$} {:>12} {:>12} {:>12}\n",
            "file", "bytes", "brotli", "gzip"
        );
        for file in &self.files {
            text.push_str(&format!(
                "{:width$} {:>12} {:>12} {:>12}\n",
                file.name, file.raw_bytes, file.brotli_bytes, file.gzip_bytes
            ));
        }
        text.push_str(&format!(
            "{:width$} {:>12} {:>12} {:>12}\n",
            "all", self.raw_bytes, self.brotli_bytes, self.gzip_bytes
        ));
        let verdict = if self.first_bytes() <= self.bar_bytes {
            "within"
        } else {
            "OVER"
        };
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        for (when, kinds) in [("first load", &self.first), ("when needed", &self.later)] {
            for (kind, bytes) in kinds {
                text.push_str(&format!("\n{when}: {kind} {:.2} MB", megabytes(*bytes)));
            }
        }
        text.push_str(&format!(
            "\n{:.2} MB with brotli until it runs: {verdict} the bar of {:.0} MB\n{}",
            megabytes(self.first_bytes()),
            megabytes(self.bar_bytes),
            self.dir.display()
        ));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Scratch;

    #[test]
    fn a_name_changes_with_the_content_and_only_with_it() {
        assert_eq!(content_name(b"holm"), content_name(b"holm"));
        assert_ne!(content_name(b"holm"), content_name(b"holn"));
    }

    #[test]
    fn what_only_some_people_fetch_does_not_count_for_the_first_load() {
        let scratch = Scratch::new("web-kinds").unwrap();
        let put = |name: &str, bytes: usize| std::fs::write(scratch.0.join(name), vec![b'x'; bytes]).unwrap();
        std::fs::create_dir(scratch.0.join("fonts")).unwrap();
        put("holm.wasm", 1000);
        put("holm.wasm.br", 300);
        put("boot.js", 20);
        put("Nunito.ttf", 7);
        put("fonts/Mincho.ttf", 5000);
        let about =
            r#"{"first": ["./", "holm.wasm", "boot.js", "Nunito.ttf"], "later": ["fonts/Mincho.ttf"]}"#;
        std::fs::write(scratch.0.join("boot.json"), about).unwrap();
        let bundle = Bundle::read(scratch.0.clone()).unwrap();
        assert_eq!(
            bundle.first,
            Kinds::from([("program", 300), ("scripts", 20), ("fonts", 7)])
        );
        assert_eq!(bundle.later, Kinds::from([("fonts", 5000)]));
        assert_eq!(bundle.first_bytes(), 327);
        assert!(bundle.table().contains("within the bar"), "{}", bundle.table());
    }

    #[test]
    fn a_folder_with_somebody_elses_files_is_not_emptied() {
        let scratch = Scratch::new("web-foreign").unwrap();
        assert!(refuse_foreign(&scratch.0).is_ok());
        assert!(refuse_foreign(&scratch.0.join("not-there")).is_ok());
        std::fs::write(scratch.0.join("thesis.txt"), "x").unwrap();
        assert!(refuse_foreign(&scratch.0).is_err());
    }
}

//! `cargo xtask tidy`: the house rules that no compiler checks.
//!
//! Flow: what cargo says about the packages → [`doors`]; every source file, with comments and strings blanked
//! ([`code`]) → [`sources`] and [`spoken`]; the asset folders → [`assets`]; Cargo.lock → [`lock`]. All findings are printed, then it fails.
//! Invariant: every rule is a pure function with a test that shows it failing on a bad sample.

mod assets;
mod code;
mod doors;
mod lock;
mod sources;
mod spoken;

use crate::shell::{Env, output};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// One broken rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Relative to the root, with `/`.
    path: String,
    /// From 1; 0 where the whole file is meant.
    line: usize,
    sentence: String,
}

impl Finding {
    fn new(path: &str, line: usize, sentence: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            sentence: sentence.into(),
        }
    }
}

pub(crate) fn run(env: &Env) -> Result<()> {
    let metadata = output(&mut env.cargo(["metadata", "--no-deps", "--format-version", "1", "--quiet"]))?;
    let mut findings = doors::check(&serde_json::from_str(&metadata).context("cargo metadata is not JSON")?);
    let lock = std::fs::read_to_string(env.root.join("Cargo.lock")).context("there is no Cargo.lock")?;
    findings.extend(lock::check(&lock));
    let mut count = 0;
    for path in walk(&env.root, &["game", "net", "inventory", "server-lite", "xtask"])? {
        let name = relative(&env.root, &path);
        if name.starts_with("game/web/") && (name.ends_with(".js") || name.ends_with(".html")) {
            let text = std::fs::read_to_string(&path).with_context(|| format!("{name} is not text"))?;
            findings.extend(spoken::check(&name, &text));
        }
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("{} is not text", path.display()))?;
            findings.extend(sources::check(&name, &text));
            findings.extend(spoken::check(&name, &text));
            count += 1;
        }
    }
    let paths: Vec<String> = walk(&env.root, &["assets"])?
        .iter()
        .map(|path| relative(&env.root, path))
        .collect();
    findings.extend(assets::check(&paths, |path| {
        std::fs::read_to_string(env.root.join(path)).unwrap_or_default()
    }));

    for Finding { path, line, sentence } in &findings {
        match line {
            0 => println!("{path}: {sentence}"),
            line => println!("{path}:{line}: {sentence}"),
        }
    }
    if !findings.is_empty() {
        bail!("{} broken house rules", findings.len());
    }
    eprintln!(
        "tidy: {count} source files and {} asset files keep the house rules",
        paths.len()
    );
    Ok(())
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

/// Every file below these folders, sorted; build outputs and hidden folders left out.
fn walk(root: &Path, folders: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders
        .iter()
        .map(|folder| root.join(folder))
        .filter(|dir| dir.is_dir())
        .collect();
    while let Some(folder) = open.pop() {
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?
        {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with('.') || name == "target" || name == "node_modules" {
                continue;
            }
            if path.is_dir() {
                open.push(path)
            } else {
                found.push(path)
            }
        }
    }
    found.sort();
    Ok(found)
}

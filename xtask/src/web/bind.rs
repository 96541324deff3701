//! From a compiled `holm.wasm` to one that a browser can load: wasm-bindgen in this process, then `wasm-opt`.

use crate::shell::{Env, Scratch, output, shown, which};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

/// What the browser loads.
pub(super) struct Code {
    pub(super) wasm: Vec<u8>,
    pub(super) js: String,
    /// Small scripts that crates bring along: path relative to the page, text.
    pub(super) snippets: Vec<(String, String)>,
}

/// The generator reads what the library wrote into the program: both must be of one version.
pub(super) fn check_versions(env: &Env) -> Result<()> {
    let lock = std::fs::read_to_string(env.root.join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let library = locked_version(&lock, "wasm-bindgen");
    let generator = locked_version(&lock, "wasm-bindgen-cli-support");
    if library != generator || library.is_none() {
        bail!(
            "Cargo.lock has wasm-bindgen {} and wasm-bindgen-cli-support {}: they must be equal, set both in the root Cargo.toml",
            library.unwrap_or("nowhere"),
            generator.unwrap_or("nowhere")
        );
    }
    Ok(())
}

fn locked_version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    rest.split('"').next()
}

pub(super) fn bind(program: &Path, shipped: bool) -> Result<Code> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(program)
        .out_name("holm")
        .typescript(false)
        .remove_producers_section(true);
    bindgen.remove_name_section(shipped).web(true)?;
    let mut bound = bindgen
        .generate_output()
        .context("wasm-bindgen refuses the program")?;
    let mut snippets = Vec::new();
    for (folder, texts) in bound.snippets() {
        for (i, text) in texts.iter().enumerate() {
            snippets.push((format!("snippets/{folder}/inline{i}.js"), text.clone()));
        }
    }
    let mut modules: Vec<_> = bound.local_modules().iter().collect();
    modules.sort();
    for (path, text) in modules {
        snippets.push((format!("snippets/{path}"), text.clone()));
    }
    let js = bound.js().to_owned();
    let mut wasm = bound.wasm_mut().emit_wasm();
    if shipped {
        wasm = shrink(wasm)?;
    }
    Ok(Code { wasm, js, snippets })
}

/// What rustc 1.95 uses unasked on wasm32-unknown-unknown; an older `wasm-opt` must be told.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// `wasm-opt -Os` where it is installed and understands the program; else the bytes as they are, said aloud.
fn shrink(wasm: Vec<u8>) -> Result<Vec<u8>> {
    if which("wasm-opt").is_none() {
        eprintln!("wasm-opt is not here (Debian: binaryen): the bundle stays a few percent larger");
        return Ok(wasm);
    }
    let scratch = Scratch::new("wasm-opt")?;
    let (input, result) = (scratch.0.join("in.wasm"), scratch.0.join("out.wasm"));
    std::fs::write(&input, &wasm)?;
    let mut command = Command::new("wasm-opt");
    command
        .args(FEATURES)
        .args(["-Os", "--strip-producers", "-o"])
        .arg(&result)
        .arg(&input);
    eprintln!("$ {}", shown(&command));
    match output(&mut command) {
        Ok(_) => {
            let shrunk = std::fs::read(&result)?;
            eprintln!("wasm-opt: {} → {} bytes", wasm.len(), shrunk.len());
            Ok(if shrunk.len() < wasm.len() { shrunk } else { wasm })
        }
        Err(error) => {
            eprintln!("{error:#}: this wasm-opt is too old for the program, the bundle stays as it is");
            Ok(wasm)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.9\"\n\n[[package]]\nname = \"wasm-bindgen-cli-support\"\nversion = \"0.2.10\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.9"));
        assert_eq!(locked_version(lock, "wasm-bindgen-cli-support"), Some("0.2.10"));
        assert_eq!(locked_version(lock, "bevy"), None);
    }
}

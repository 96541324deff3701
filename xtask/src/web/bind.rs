//! From a compiled `holm.wasm` to one that a browser can load: wasm-bindgen in this process, then `wasm-opt`.

use crate::shell::{Env, Scratch, output, shown, which};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;
use wasmparser::{ExternalKind, Payload, TypeRef};

/// What the browser loads.
pub(super) struct Code {
    pub(super) wasm: Vec<u8>,
    pub(super) js: String,
    /// Small scripts that crates bring along: path relative to the page, text.
    pub(super) snippets: Vec<(String, String)>,
    /// The module of the audio thread (`game/audio/worklet`).
    pub(super) voice: Vec<u8>,
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

pub(super) fn bind(program: &Path, voice: &Path, shipped: bool) -> Result<Code> {
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
    let mut voice = std::fs::read(voice).with_context(|| format!("{} cannot be read", voice.display()))?;
    asks_for_nothing(&voice)?;
    if shipped {
        wasm = shrink(wasm, "-Os")?;
        voice = shrink(voice, "-O3")?; // in time before small
    }
    Ok(Code {
        wasm,
        js,
        snippets,
        voice,
    })
}

/// An audio thread has no page to offer: a module that asked it for something would start nowhere.
fn asks_for_nothing(wasm: &[u8]) -> Result<()> {
    for part in wasmparser::Parser::new(0).parse_all(wasm) {
        if let Payload::ImportSection(imports) = part.context("the audio thread's module cannot be read")?
            && let Some(import) = imports.into_imports().next()
        {
            let import = import?;
            bail!(
                "the audio thread's module asks for {}.{}: one of its dependencies needs a page",
                import.module,
                import.name
            );
        }
    }
    Ok(())
}

/// The program of a bundle that was made before.
pub(super) fn read(bundle: &Path) -> Result<Code> {
    let file = |name: &str| {
        let path = bundle.join(name);
        std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let about: serde_json::Value = serde_json::from_slice(&file("boot.json")?)?;
    let name = |key: &str| {
        about[key]
            .as_str()
            .with_context(|| format!("boot.json names no {key}"))
    };
    let mut snippets = Vec::new();
    for path in super::pack::walk(&bundle.join("snippets")).unwrap_or_default() {
        let name = path.strip_prefix(bundle)?.to_string_lossy().replace('\\', "/");
        snippets.push((name, std::fs::read_to_string(&path)?));
    }
    Ok(Code {
        wasm: file(name("wasm")?)?,
        js: String::from_utf8(file(name("js")?)?)?,
        snippets,
        voice: file(name("voice")?)?,
    })
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

/// `wasm-opt` where it is installed and understands the program; else the bytes as they are, said aloud.
fn shrink(wasm: Vec<u8>, how: &str) -> Result<Vec<u8>> {
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
        .args([how, "--strip-producers", "-o"])
        .arg(&result)
        .arg(&input);
    eprintln!("$ {}", shown(&command));
    match output(&mut command) {
        Ok(_) => {
            let shrunk = std::fs::read(&result)?;
            eprintln!("wasm-opt: {} → {} bytes", wasm.len(), shrunk.len());
            if tables(&wasm)? != tables(&shrunk)? {
                eprintln!(
                    "This wasm-opt mixes up the program's tables: the bundle stays as it was. A newer one helps (binaryen 132 does)."
                );
                return Ok(wasm);
            }
            Ok(if shrunk.len() < wasm.len() { shrunk } else { wasm })
        }
        Err(error) => {
            eprintln!("{error:#}: this wasm-opt is too old for the program, the bundle stays as it is");
            Ok(wasm)
        }
    }
}

/// Each table that JavaScript reaches, by name, and whether it holds functions. binaryen 108 (Debian 12) gives out
/// the table of functions under the name of the one for JavaScript's objects, and the program then starts nowhere.
fn tables(wasm: &[u8]) -> Result<BTreeMap<String, bool>> {
    let (mut holds_functions, mut exported) = (Vec::new(), BTreeMap::new());
    for part in wasmparser::Parser::new(0).parse_all(wasm) {
        match part.context("the program cannot be read")? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    if let TypeRef::Table(table) = import?.ty {
                        holds_functions.push(table.element_type.is_func_ref());
                    }
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    holds_functions.push(table?.ty.element_type.is_func_ref());
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Table {
                        let holds = holds_functions.get(export.index as usize);
                        let holds = holds.context("a table is given out that is not there")?;
                        exported.insert(export.name.to_owned(), *holds);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(exported)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tables, of functions and of objects, the one with this index given out as `t`.
    fn program(index: u8) -> Vec<u8> {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend([4, 7, 2, 0x70, 0, 1, 0x6F, 0, 1]); // tables: funcref and externref, one element each
        wasm.extend([7, 5, 1, 1, b't', 1, index]); // exports
        wasm
    }

    #[test]
    fn tables_that_were_mixed_up_are_noticed() {
        assert_eq!(
            tables(&program(0)).unwrap(),
            BTreeMap::from([("t".to_owned(), true)])
        );
        assert_eq!(
            tables(&program(1)).unwrap(),
            BTreeMap::from([("t".to_owned(), false)])
        );
        assert!(tables(&program(2)).is_err());
    }

    #[test]
    fn a_module_that_needs_a_page_is_refused() {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        assert!(asks_for_nothing(&module).is_ok());
        module.extend([1, 4, 1, 0x60, 0, 0]); // types: of a function that takes and gives nothing
        module.extend([2, 7, 1, 1, b'p', 1, b'f', 0, 0]); // imports: `p.f`
        let refused = asks_for_nothing(&module).unwrap_err().to_string();
        assert!(refused.contains("p.f"), "{refused}");
    }

    #[test]
    fn versions_are_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.9\"\n\n[[package]]\nname = \"wasm-bindgen-cli-support\"\nversion = \"0.2.10\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.9"));
        assert_eq!(locked_version(lock, "wasm-bindgen-cli-support"), Some("0.2.10"));
        assert_eq!(locked_version(lock, "bevy"), None);
    }
}

//! Holds the bytes that the code writes against those that `docs/protocol.md` shows.
//!
//! A worked example there is a fenced block under a comment `<!-- bytes: name -->`; what stands in a
//! line before two spaces are bytes in hex, the rest explains.

const DOCUMENT: &str = include_str!("../../../docs/protocol.md");

/// Fails when the document's example is another than `bytes`, with a block to paste.
pub(crate) fn check(name: &str, bytes: &[u8]) {
    let marker = format!("<!-- bytes: {name} -->");
    let (_, after) = DOCUMENT
        .split_once(&marker)
        .unwrap_or_else(|| panic!("{marker} is not in the document"));
    let block = after.split("```").nth(1).unwrap_or_default();
    let shown: String = block
        .lines()
        .skip(1)
        .filter_map(|line| line.split("  ").next())
        .flat_map(str::chars)
        .filter(|char| !char.is_whitespace())
        .collect();
    let hex = data_encoding::HEXLOWER.encode(bytes);
    assert!(
        shown == hex,
        "{name}: the document shows\n{shown}\nand the code writes\n{hex}"
    );
}

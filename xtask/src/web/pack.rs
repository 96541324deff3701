//! Packs each file of a bundle beside itself (`.br`, `.gz`), so that a host spends nothing on it.

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use std::path::{Path, PathBuf};

/// One file of a bundle; packed sizes equal the raw one where packing does not pay.
#[derive(serde::Serialize)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) raw_bytes: u64,
    pub(crate) brotli_bytes: u64,
    pub(crate) gzip_bytes: u64,
}

/// Files below this many bytes are sent as they are: one packet either way.
const WORTH_PACKING_BYTES: usize = 400;

pub(super) fn pack(dir: &Path, shipped: bool) -> Result<()> {
    for path in walk(dir)? {
        let bytes = std::fs::read(&path)?;
        if bytes.len() < WORTH_PACKING_BYTES {
            continue;
        }
        // Quality 11 is 40 times slower than 5 and a seventh smaller: for what people download, not for a test.
        let (brotli_quality, gzip_level) = if shipped { (11, 9) } else { (5, 3) };
        let brotli = brotli(&bytes, brotli_quality)?;
        let gzip = gzip(&bytes, gzip_level)?;
        for (extension, packed) in [("br", brotli), ("gz", gzip)] {
            if packed.len() < bytes.len() {
                let mut name = path.clone().into_os_string();
                name.push(format!(".{extension}"));
                std::fs::write(&name, packed)
                    .with_context(|| format!("{} cannot be written", name.display()))?;
            }
        }
    }
    Ok(())
}

fn brotli(bytes: &[u8], quality: i32) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality,
        lgwin: 24, // the largest window that every browser takes
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params)?;
    Ok(packed)
}

fn gzip(bytes: &[u8], level: u32) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The files of a packed bundle and their sizes, by name.
pub(super) fn files(dir: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for path in walk(dir)? {
        let size = |suffix: &str| {
            let mut name = path.clone().into_os_string();
            name.push(suffix);
            std::fs::metadata(name).map(|data| data.len())
        };
        let raw_bytes = size("")?;
        files.push(File {
            name: path.strip_prefix(dir)?.to_string_lossy().replace('\\', "/"),
            raw_bytes,
            brotli_bytes: size(".br").unwrap_or(raw_bytes),
            gzip_bytes: size(".gz").unwrap_or(raw_bytes),
        });
    }
    Ok(files)
}

/// Every file that is not a packed form of another, sorted.
pub(super) fn walk(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !path
                .extension()
                .is_some_and(|extension| extension == "br" || extension == "gz")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Scratch;
    use std::io::Read;

    #[test]
    fn what_is_packed_unpacks_to_the_same_bytes_and_is_counted() {
        let scratch = Scratch::new("pack").unwrap();
        let text = "the quick brown fox jumps over the lazy dog. ".repeat(200);
        std::fs::create_dir(scratch.0.join("snippets")).unwrap();
        std::fs::write(scratch.0.join("holm.js"), &text).unwrap();
        std::fs::write(scratch.0.join("snippets/tiny.js"), "1").unwrap();
        pack(&scratch.0, false).unwrap();

        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(
            &mut &std::fs::read(scratch.0.join("holm.js.br")).unwrap()[..],
            &mut unpacked,
        )
        .unwrap();
        assert_eq!(unpacked, text.as_bytes());
        let mut unpacked = String::new();
        let file = std::fs::File::open(scratch.0.join("holm.js.gz")).unwrap();
        flate2::read::GzDecoder::new(file)
            .read_to_string(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, text);

        let files = files(&scratch.0).unwrap();
        assert_eq!(
            files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(),
            ["holm.js", "snippets/tiny.js"]
        );
        assert!(files[0].brotli_bytes < files[0].raw_bytes / 10);
        assert_eq!((files[1].raw_bytes, files[1].brotli_bytes), (1, 1));
    }
}

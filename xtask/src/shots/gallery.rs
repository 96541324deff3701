//! `cargo xtask shots --gallery`: every screen at both sizes, in three languages, with the largest letters and in high
//! contrast, as one sheet a screen in `docs/shots/gallery`.
//!
//! Flow: `holm --gallery PLACE --out FOLDER` → `PAGE.DEVICE-LOOK.png` → [`sheets`] puts those of one page side by side,
//! at half their size → compared with, or kept as, `docs/shots/gallery/PAGE.png`.
//! Invariant: like the other pictures, a sheet in the repository changes only by `--update`, after somebody looked at it.

use super::{Picture, judge};
use crate::shell::{Env, run as run_command};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// In the order of the columns.
const LOOKS: [&str; 5] = ["en", "ar", "ja", "largest", "contrast"];
/// Between pictures, pixels.
const GAP: u32 = 8;

/// Draws the pages (all, or the one called `only`) and compares or keeps their sheets. Gives what differs.
pub(super) fn run(env: &Env, display: &str, only: Option<&str>, update: bool) -> Result<Vec<String>> {
    let folder = env.target.join("shots/gallery");
    let kept = env.root.join("docs/shots/gallery");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    std::fs::create_dir_all(&kept)?;
    for place in ["title", "world"] {
        let mut holm = super::holm(env, display);
        holm.args(["--gallery", place, "--out"]).arg(&folder);
        if let Some(page) = only {
            holm.args(["--page", page]);
        }
        run_command(&mut holm)?;
    }
    let sheets = sheets(&folder)?;
    if sheets.is_empty() {
        bail!("no screen is called {:?}", only.unwrap_or_default());
    }
    let mut different = Vec::new();
    for (page, sheet) in sheets {
        let new = folder.join(format!("{page}.png"));
        sheet.write(&new)?;
        let name = format!("gallery/{page}");
        different.extend(judge(&name, &new, &kept.join(format!("{page}.png")), update)?);
    }
    Ok(different)
}

/// The sheet of each page: desks above, telephones below, one column a look.
fn sheets(folder: &Path) -> Result<BTreeMap<String, Picture>> {
    let mut pages: BTreeMap<String, BTreeMap<String, PathBuf>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        if let Some((page, dress)) = name.as_deref().and_then(|name| name.split_once('.')) {
            pages
                .entry(page.to_owned())
                .or_default()
                .insert(dress.to_owned(), path);
        }
    }
    pages
        .into_iter()
        .map(|(page, dresses)| {
            let read = |device: &str, look: &str| {
                let path = dresses
                    .get(&format!("{device}-{look}"))
                    .with_context(|| format!("{page} was not drawn as {device}-{look}"))?;
                Ok(half(&Picture::read(path)?))
            };
            let rows = ["desk", "phone"].map(|device| {
                LOOKS
                    .iter()
                    .map(|look| read(device, look))
                    .collect::<Result<Vec<_>>>()
            });
            let [desks, phones] = rows;
            Ok((page.clone(), sheet(&[desks?, phones?])))
        })
        .collect()
}

/// Rows of pictures on a dark ground, each row's columns as wide as the widest of all.
fn sheet(rows: &[Vec<Picture>]) -> Picture {
    let column = rows
        .iter()
        .flatten()
        .map(|picture| picture.width)
        .max()
        .unwrap_or(0);
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0) as u32;
    let heights: Vec<u32> = rows
        .iter()
        .map(|row| row.iter().map(|picture| picture.height).max().unwrap_or(0))
        .collect();
    let width = GAP + columns * (column + GAP);
    let height = GAP + heights.iter().map(|height| height + GAP).sum::<u32>();
    let mut rgb = vec![24; (width * height * 3) as usize];
    let mut top = GAP;
    for (row, row_height) in rows.iter().zip(&heights) {
        for (index, picture) in row.iter().enumerate() {
            let left = GAP + index as u32 * (column + GAP) + (column - picture.width) / 2;
            for y in 0..picture.height {
                let from = (y * picture.width * 3) as usize;
                let to = (((top + y) * width + left) * 3) as usize;
                let bytes = (picture.width * 3) as usize;
                rgb[to..to + bytes].copy_from_slice(&picture.rgb[from..from + bytes]);
            }
        }
        top += row_height + GAP;
    }
    Picture { width, height, rgb }
}

/// Each pixel the mean of four: small enough to keep, large enough to read.
fn half(picture: &Picture) -> Picture {
    let (width, height) = (picture.width / 2, picture.height / 2);
    let at = |x: u32, y: u32, channel: usize| {
        u32::from(picture.rgb[((y * picture.width + x) * 3) as usize + channel])
    };
    let mut rgb = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let sum = at(2 * x, 2 * y, channel)
                    + at(2 * x + 1, 2 * y, channel)
                    + at(2 * x, 2 * y + 1, channel)
                    + at(2 * x + 1, 2 * y + 1, channel);
                rgb.push((sum / 4) as u8);
            }
        }
    }
    Picture { width, height, rgb }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(width: u32, height: u32, grey: u8) -> Picture {
        Picture {
            width,
            height,
            rgb: vec![grey; (width * height * 3) as usize],
        }
    }

    #[test]
    fn a_sheet_has_room_for_all_and_each_in_its_column() {
        let sheet = sheet(&[
            vec![plain(40, 20, 200), plain(40, 20, 100)],
            vec![plain(10, 30, 50), plain(10, 30, 250)],
        ]);
        assert_eq!((sheet.width, sheet.height), (2 * 48 + 8, 28 + 38 + 8));
        let grey = |x: u32, y: u32| sheet.rgb[((y * sheet.width + x) * 3) as usize];
        assert_eq!(grey(8, 8), 200);
        assert_eq!(grey(56, 8), 100);
        assert_eq!(grey(8 + 15, 36), 50);
        assert_eq!(grey(56 + 15, 36), 250);
        assert_eq!(grey(0, 0), 24);
    }

    #[test]
    fn half_is_the_mean_of_four() {
        let mut picture = plain(2, 2, 0);
        picture.rgb[0] = 200;
        assert_eq!(half(&picture).rgb, [50, 0, 0]);
    }
}

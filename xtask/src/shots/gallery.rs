//! `cargo xtask shots --gallery`: every screen at both sizes, in three languages, with the largest letters and in high
//! contrast, as one sheet a screen in `docs/shots/gallery`.
//!
//! Flow: `holm --gallery PLACE --out FOLDER` → `PAGE.DEVICE-LOOK.png` → [`sheets`] puts those of one page together, at half
//! their size → `TARGET/shots/gallery/PAGE.jpg`, to look at → with `--update` kept as `docs/shots/gallery/PAGE.jpg`.
//! Invariant: sheets are for eyes: they are not compared with the kept ones, because fires burn, chat lines grow old and
//! letters move by a pixel between drivers. What is compared is that every screen has a kept sheet, and every sheet a
//! screen.

use super::Picture;
use crate::shell::{Env, run as run_command};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// In the order of the cells.
const LOOKS: [&str; 5] = ["en", "ar", "ja", "largest", "contrast"];
/// Between pictures, pixels.
const GAP: u32 = 8;
/// Of the JPEGs: letters of 8 pixels can be read, and a sheet has a third of a megabyte.
const QUALITY: u8 = 80;

/// Draws the pages (all, or the one called `only`) and keeps their sheets. Gives what is missing.
pub(super) fn run(env: &Env, display: &str, only: Option<&str>, update: bool) -> Result<Vec<String>> {
    let folder = env.target.join("shots/gallery");
    let kept = env.root.join("docs/shots/gallery");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    std::fs::create_dir_all(&kept)?;
    for place in ["title", "world", "visit"] {
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
    let mut missing = Vec::new();
    for (page, sheet) in &sheets {
        let new = folder.join(format!("{page}.jpg"));
        write(sheet, &new)?;
        let old = kept.join(format!("{page}.jpg"));
        if update {
            std::fs::copy(&new, &old).with_context(|| format!("{} cannot be written", old.display()))?;
            println!("gallery/{page}: updated, look at {}", old.display());
        } else if old.is_file() {
            println!("gallery/{page}: look at {}", new.display());
        } else {
            let new = new.display();
            missing.push(format!(
                "gallery/{page} is not kept; look at {new} and keep it with --update"
            ));
        }
    }
    if only.is_none() {
        missing.extend(orphans(&kept, &sheets, update)?);
        let listed = std::fs::read_to_string(env.root.join(LIST))?;
        missing.extend(unlisted(&listed, sheets.keys()));
    }
    Ok(missing)
}

/// Where people find the sheets.
const LIST: &str = "docs/screens.md";

/// Screens that the list does not name.
fn unlisted<'a>(list: &str, pages: impl Iterator<Item = &'a String>) -> Vec<String> {
    pages
        .filter(|page| !list.contains(&format!("](shots/gallery/{page}.jpg)")))
        .map(|page| format!("{LIST} does not name gallery/{page}.jpg"))
        .collect()
}

/// Sheets of screens that are no more; gone with `update`.
fn orphans(kept: &Path, sheets: &BTreeMap<String, Picture>, update: bool) -> Result<Vec<String>> {
    let mut orphans = Vec::new();
    for entry in std::fs::read_dir(kept)?.flatten() {
        let path = entry.path();
        let page = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        if page.is_some_and(|page| sheets.contains_key(&page)) {
            continue;
        }
        if update {
            std::fs::remove_file(&path)?;
        } else {
            orphans.push(format!("there is no screen for {}", path.display()));
        }
    }
    Ok(orphans)
}

fn write(sheet: &Picture, path: &Path) -> Result<()> {
    let file = std::fs::File::create(path)?;
    image::codecs::jpeg::JpegEncoder::new_with_quality(std::io::BufWriter::new(file), QUALITY).encode(
        &sheet.rgb,
        sheet.width,
        sheet.height,
        image::ExtendedColorType::Rgb8,
    )?;
    Ok(())
}

/// The sheet of each page: desks above, telephones below, looks in their order.
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
            let mut desks = desks?;
            let below = desks.split_off(3);
            Ok((page.clone(), sheet(&[desks, below, phones?])))
        })
        .collect()
}

/// Rows of pictures on a dark ground, one beside the other.
fn sheet(rows: &[Vec<Picture>]) -> Picture {
    let wide = |row: &Vec<Picture>| GAP + row.iter().map(|picture| picture.width + GAP).sum::<u32>();
    let high = |row: &Vec<Picture>| row.iter().map(|picture| picture.height).max().unwrap_or(0);
    let width = rows.iter().map(wide).max().unwrap_or(0);
    let height = GAP + rows.iter().map(|row| high(row) + GAP).sum::<u32>();
    let mut rgb = vec![24; (width * height * 3) as usize];
    let mut top = GAP;
    for row in rows {
        let mut left = GAP;
        for picture in row {
            for y in 0..picture.height {
                let from = (y * picture.width * 3) as usize;
                let to = (((top + y) * width + left) * 3) as usize;
                let bytes = (picture.width * 3) as usize;
                rgb[to..to + bytes].copy_from_slice(&picture.rgb[from..from + bytes]);
            }
            left += picture.width + GAP;
        }
        top += high(row) + GAP;
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
    use crate::shell::Scratch;

    fn plain(width: u32, height: u32, grey: u8) -> Picture {
        Picture {
            width,
            height,
            rgb: vec![grey; (width * height * 3) as usize],
        }
    }

    #[test]
    fn a_sheet_has_room_for_all_and_each_in_its_place() {
        let sheet = sheet(&[
            vec![plain(40, 20, 200), plain(40, 20, 100)],
            vec![plain(10, 30, 50), plain(10, 30, 250)],
        ]);
        assert_eq!((sheet.width, sheet.height), (2 * 48 + 8, 28 + 38 + 8));
        let grey = |x: u32, y: u32| sheet.rgb[((y * sheet.width + x) * 3) as usize];
        assert_eq!(grey(8, 8), 200);
        assert_eq!(grey(56, 8), 100);
        assert_eq!(grey(8, 36), 50);
        assert_eq!(grey(26, 36), 250);
        assert_eq!(grey(0, 0), 24);
    }

    #[test]
    fn a_sheet_of_a_screen_that_is_no_more_is_found() {
        let scratch = Scratch::new("gallery").unwrap();
        let sheets = BTreeMap::from([("menu".to_owned(), plain(16, 16, 90))]);
        write(&sheets["menu"], &scratch.0.join("menu.jpg")).unwrap();
        assert!(orphans(&scratch.0, &sheets, false).unwrap().is_empty());
        write(&sheets["menu"], &scratch.0.join("old.jpg")).unwrap();
        let found = orphans(&scratch.0, &sheets, false).unwrap();
        assert!(found.len() == 1 && found[0].contains("old.jpg"), "{found:?}");
        orphans(&scratch.0, &sheets, true).unwrap();
        assert!(!scratch.0.join("old.jpg").exists() && scratch.0.join("menu.jpg").exists());
    }

    #[test]
    fn a_screen_that_is_in_no_list_is_found() {
        let list = "| [menu](shots/gallery/menu.jpg) | the menu |";
        let pages = ["menu", "menus"].map(str::to_owned);
        assert_eq!(
            unlisted(list, pages.iter()),
            ["docs/screens.md does not name gallery/menus.jpg"]
        );
    }

    #[test]
    fn half_is_the_mean_of_four() {
        let mut picture = plain(2, 2, 0);
        picture.rgb[0] = 200;
        assert_eq!(half(&picture).rgb, [50, 0, 0]);
    }
}

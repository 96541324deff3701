//! `cargo xtask shots [--update]`: fixed scenes at a fixed frame, drawn in software, compared with the pictures
//! in `docs/shots`.
//!
//! Flow: a display in memory (Xvfb) → `holm --shot NAME --out FILE` on lavapipe → [`difference`] → a verdict a
//! scene; where one differs, the new picture and one that marks the difference lie in `TARGET/shots`.
//! Invariant: a picture in the repository changes only by `--update`, after somebody looked at it.

mod gallery;

use crate::setup::{Need, ensure};
use crate::shell::{Env, Running, run as run_command};
use crate::{browser, play, web};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Put the new pictures in the place of the old ones. Look at them first.
    #[arg(long)]
    update: bool,
    /// Only this scene.
    #[arg(long)]
    only: Option<String>,
    /// Every screen in every size, language and contrast (or those called ONLY, commas between) instead of the scenes;
    /// takes minutes.
    #[arg(long)]
    gallery: bool,
    /// What a browser shows (or the picture called ONLY) instead of the scenes; takes minutes.
    #[arg(long, conflicts_with = "gallery")]
    browser: bool,
}

/// The scenes that are kept (`holm --shot` knows more, to look at), and their size: small, for software draws 6
/// frames a second at 720p.
const SCENES: &[(&str, &str)] = &[
    ("title", "960x540"),
    ("world", "960x540"),
    ("build", "960x540"),
    ("harbour-evening", "640x360"),
    ("harbour-day", "640x360"),
    ("room", "640x360"),
    ("room-morning", "640x360"),
    ("hall", "640x360"),
    ("hall-evening", "640x360"),
    ("vrm", "640x360"),
    ("crowd", "960x540"),
];

/// What is worn in the scene of that name; ours, so that its picture shows all that avatars can do.
const WORN: &str = "game/tests/avatars/islander.vrm";

/// How far a colour may be off before a pixel counts as another one, of 255. Drivers round differently.
const CHANNEL_TOLERANCE: u8 = 24;
/// How many pixels of a thousand may be other ones: edges move by a pixel between driver versions.
const PIXELS_PER_MILLE: f64 = 15.0;

pub(crate) fn run(env: &Env, args: &Args) -> Result<()> {
    if args.browser {
        return in_browser(env, args.only.as_deref(), args.update);
    }
    ensure(env, &[Need::Linker, Need::DesktopBuild, Need::Pictures])?;
    play::build(env, "dev", false)?;
    let out = env.target.join("shots");
    let kept = env.root.join("docs/shots");
    std::fs::create_dir_all(&out)?;
    std::fs::create_dir_all(&kept)?;
    let (_display, name) = display(env)?;
    let mut different = Vec::new();
    if args.gallery {
        different = gallery::run(env, &name, args.only.as_deref(), args.update)?;
    }
    for (scene, size) in SCENES {
        if args.gallery || args.only.as_deref().is_some_and(|only| only != *scene) {
            continue;
        }
        let new = out.join(format!("{scene}.png"));
        let _ = std::fs::remove_file(&new);
        let mut holm = holm(env, &name);
        holm.args(["--shot", scene, "--size", size, "--out"]).arg(&new);
        if *scene == "vrm" {
            holm.arg("--avatar").arg(env.root.join(WORN));
        }
        run_command(&mut holm)?;
        different.extend(judge(
            scene,
            &new,
            &kept.join(format!("{scene}.png")),
            args.update,
        )?);
    }
    if !different.is_empty() {
        bail!("{}", different.join("\n"));
    }
    Ok(())
}

/// What a browser shows: for eyes, as the gallery's sheets are; kept with `update`.
fn in_browser(env: &Env, only: Option<&str>, update: bool) -> Result<()> {
    ensure(
        env,
        &[Need::Linker, Need::DesktopBuild, Need::Wasm, Need::Browser],
    )?;
    play::build(env, "dev", false)?;
    let holm = play::keep(env, "dev", "browser-tests")?;
    let bundle = web::build(env, "web-quick", None)?;
    let names = browser::pictures(env, &holm, &bundle.dir, only)?;
    if names.is_empty() {
        bail!("no picture is called {:?}", only.unwrap_or_default());
    }
    let kept = env.root.join("docs/shots/browser");
    std::fs::create_dir_all(&kept)?;
    for name in names {
        let (file, new) = (format!("{name}.jpg"), browser::out(env));
        if update {
            std::fs::copy(new.join(&file), kept.join(&file))?;
        }
        let look = if update { &kept } else { &new };
        println!("browser/{name}: look at {}", look.join(&file).display());
    }
    Ok(())
}

/// The client, drawing on `display` by the processor, with nothing of this person's.
fn holm(env: &Env, display: &str) -> Command {
    drawing(
        env,
        &env.binary("dev", "holm"),
        display,
        &env.target.join("shots/data"),
    )
}

/// A client that draws by the processor on this display.
pub(crate) fn drawing(env: &Env, holm: &Path, display: &str, data: &Path) -> Command {
    let mut holm = env.command(holm);
    holm.env("DISPLAY", display)
        .env("HOLM_DATA", data)
        .env_remove("WAYLAND_DISPLAY");
    if let Some(driver) = lavapipe() {
        holm.env("VK_ICD_FILENAMES", driver); // the same picture on a machine with a graphics card
    }
    holm
}

/// Keeps a new picture, or says how it differs from the one that is kept.
fn judge(name: &str, new: &Path, old: &Path, update: bool) -> Result<Option<String>> {
    if update {
        std::fs::copy(new, old).with_context(|| format!("{} cannot be written", old.display()))?;
        println!("{name}: updated, look at {}", old.display());
        return Ok(None);
    }
    if !old.is_file() {
        return Ok(Some(format!(
            "{name}: there is no picture to compare with; look at {} and keep it with --update",
            new.display()
        )));
    }
    let difference = difference(&Picture::read(old)?, &Picture::read(new)?)?;
    println!(
        "{name}: {:.1} of 1000 pixels differ (up to {PIXELS_PER_MILLE} may)",
        difference.per_mille
    );
    if difference.per_mille <= PIXELS_PER_MILLE {
        return Ok(None);
    }
    let marked = new.with_extension("difference.png");
    difference.marked.write(&marked)?;
    Ok(Some(format!(
        "{name} looks different: {} and {}",
        new.display(),
        marked.display()
    )))
}

fn lavapipe() -> Option<&'static str> {
    [
        "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
        "/usr/share/vulkan/icd.d/lvp_icd.aarch64.json",
        "/usr/share/vulkan/icd.d/lvp_icd.json",
    ]
    .into_iter()
    .find(|path| Path::new(path).is_file())
}

/// A display in memory, on a number that Xvfb finds free itself.
pub(crate) fn display(env: &Env) -> Result<(Running, String)> {
    let mut xvfb = env.command("Xvfb");
    xvfb.args([
        "-displayfd",
        "1",
        "-screen",
        "0",
        "1280x900x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]);
    let mut xvfb = Running::start(xvfb.stdout(Stdio::piped()).stderr(Stdio::null()))?;
    let mut number = String::new();
    BufReader::new(xvfb.0.stdout.take().context("it is piped")?).read_line(&mut number)?;
    let number: u32 = number.trim().parse().context("Xvfb did not start")?;
    Ok((xvfb, format!(":{number}")))
}

/// Rows of red, green, blue.
struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Picture {
    fn read(path: &Path) -> Result<Self> {
        let file =
            std::fs::File::open(path).with_context(|| format!("{} was not written", path.display()))?;
        let mut decoder = png::Decoder::new(BufReader::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder
            .read_info()
            .with_context(|| format!("{} is no PNG", path.display()))?;
        let mut pixels = vec![0; reader.output_buffer_size().context("the picture is too large")?];
        let info = reader.next_frame(&mut pixels)?;
        pixels.truncate(info.buffer_size());
        let channels = info.color_type.samples();
        let rgb = match channels {
            3 => pixels,
            4 => pixels
                .chunks_exact(4)
                .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
                .collect(),
            _ => pixels
                .chunks_exact(channels)
                .flat_map(|pixel| [pixel[0]; 3])
                .collect(),
        };
        Ok(Self {
            width: info.width,
            height: info.height,
            rgb,
        })
    }

    fn write(&self, path: &Path) -> Result<()> {
        let file = std::fs::File::create(path)?;
        let mut encoder = png::Encoder::new(std::io::BufWriter::new(file), self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        encoder.write_header()?.write_image_data(&self.rgb)?;
        Ok(())
    }
}

struct Difference {
    per_mille: f64,
    /// The new picture, dimmed, with what differs in red.
    marked: Picture,
}

fn difference(old: &Picture, new: &Picture) -> Result<Difference> {
    if (old.width, old.height) != (new.width, new.height) {
        bail!(
            "the picture was {}×{} and is {}×{}",
            old.width,
            old.height,
            new.width,
            new.height
        );
    }
    let mut others = 0u32;
    let mut rgb = Vec::with_capacity(new.rgb.len());
    for (was, is) in old.rgb.chunks_exact(3).zip(new.rgb.chunks_exact(3)) {
        let other = was
            .iter()
            .zip(is)
            .any(|(was, is)| was.abs_diff(*is) > CHANNEL_TOLERANCE);
        others += u32::from(other);
        rgb.extend(if other {
            [255, 40, 40]
        } else {
            [is[0] / 3, is[1] / 3, is[2] / 3]
        });
    }
    let per_mille = f64::from(others) * 1000.0 / f64::from(new.width * new.height).max(1.0);
    Ok(Difference {
        per_mille,
        marked: Picture {
            width: new.width,
            height: new.height,
            rgb,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Scratch;

    fn plain(grey: u8) -> Picture {
        Picture {
            width: 10,
            height: 10,
            rgb: vec![grey; 300],
        }
    }

    #[test]
    fn rounding_is_no_difference_and_another_picture_is() {
        assert_eq!(difference(&plain(100), &plain(110)).unwrap().per_mille, 0.0);
        assert_eq!(difference(&plain(100), &plain(200)).unwrap().per_mille, 1000.0);
        let mut spot = plain(100);
        spot.rgb[0] = 255;
        let found = difference(&plain(100), &spot).unwrap();
        assert_eq!(found.per_mille, 10.0);
        assert_eq!(found.marked.rgb[..3], [255, 40, 40]);
        assert!(
            difference(
                &plain(100),
                &Picture {
                    width: 5,
                    height: 20,
                    rgb: vec![100; 300]
                }
            )
            .is_err()
        );
    }

    #[test]
    fn a_picture_is_read_as_it_was_written() {
        let scratch = Scratch::new("shots").unwrap();
        let path = scratch.0.join("a.png");
        let mut picture = plain(7);
        picture.rgb[5] = 99;
        picture.write(&path).unwrap();
        assert_eq!(Picture::read(&path).unwrap().rgb, picture.rgb);
    }
}

//! The worlds that come with Holm: triangles, draws, textures, and how much longer a frame takes than one of an empty
//! world, drawn in software.
//!
//! Flow: a display in memory → `holm --shot place` twice for each world, with few and with many frames → the difference
//! in time is what those frames took; what was counted lies beside the picture as JSON.

use super::lab::Lab;
use super::{Figure, number};
use crate::play;
use crate::setup::{Need, ensure};
use crate::shots;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::Path;
use std::time::Instant;

/// What the issue asks of the default world.
const MOST_TRIANGLES: f64 = 300_000.0;
const MOST_DRAWS: f64 = 300.0;
const MOST_TEXTURE_MB: f64 = 64.0;

/// World, eye, looked at: where much of it is in view.
const WORLDS: [(&str, &str, &str); 3] = [
    ("harbour", "-6.5,3.2,11.5", "6,4,-8"),
    ("quiet-room", "2.9,1.75,2.5", "-0.9,1.0,-1.2"),
    ("hall", "6,4,9", "-1,2,-10"),
];
const SIZE: &str = "640x360";

/// A world with nothing but a stone to look at.
const EMPTY: &str = "World(version: 1, name: \"Empty\", things: [(shape: Box(size: (1, 1, 1)))])";

pub(super) fn place(lab: &Lab) -> Result<Vec<Figure>> {
    ensure(lab.env, &[Need::DesktopBuild, Need::Pictures])?;
    // The lab's own program may be headless; this one draws.
    let holm = match std::env::var_os("HOLM_CLIENT") {
        Some(holm) => holm.into(),
        None => {
            play::build(lab.env, "dev", false)?;
            lab.env.binary("dev", "holm")
        }
    };
    let folder = lab.env.target.join("bench-place");
    std::fs::create_dir_all(&folder)?;
    let empty = folder.join("empty.ron");
    std::fs::write(&empty, EMPTY)?;
    let (_display, display) = shots::display(lab.env)?;
    let more = if lab.quick { 30 } else { 120 };
    let run = |world: &str, eye: &str, look: &str| -> Result<(f64, Value)> {
        let out = folder.join("place.png");
        let timed = |frames: u32| -> Result<f64> {
            let mut holm = shots::drawing(lab.env, &holm, &display, &folder.join("data"));
            holm.args(["--shot", "place", "--world", world, "--eye", eye, "--look", look])
                .args(["--size", SIZE, "--more-frames", &frames.to_string(), "--out"])
                .arg(&out);
            let begun = Instant::now();
            if !holm
                .output()
                .context("the client did not start")?
                .status
                .success()
            {
                bail!("{world} was not drawn");
            }
            Ok(begun.elapsed().as_secs_f64())
        };
        // The shorter run once before, so that both find their shaders in the cache.
        timed(0)?;
        let few = timed(0)?;
        let many = timed(more)?;
        let frame_ms = (many - few) / f64::from(more) * 1_000.0;
        let counted = std::fs::read_to_string(Path::new(&out).with_extension("json"))?;
        Ok((frame_ms, serde_json::from_str(&counted)?))
    };
    let (empty_ms, _) = run(&empty.to_string_lossy(), "4,2,4", "0,0.5,0")?;
    let mut figures = vec![Figure::note(
        "empty world, frame in software",
        Some(empty_ms),
        "ms",
    )];
    for (world, eye, look) in WORLDS {
        let (frame_ms, counted) = run(world, eye, look)?;
        let what = |of: &str| format!("{world}: {of}");
        let draws = number(&counted, "/draws");
        let shadows = number(&counted, "/shadow_draws");
        figures.extend([
            Figure::at_most(
                &what("triangles"),
                number(&counted, "/triangles"),
                MOST_TRIANGLES,
                "",
            ),
            Figure::at_most(
                &what("draws in view, and of all shadow casters"),
                draws.zip(shadows).map(|(draws, shadows)| draws + shadows),
                MOST_DRAWS,
                "",
            ),
            Figure::at_most(
                &what("textures"),
                number(&counted, "/texture_bytes").map(|bytes| bytes / 1e6),
                MOST_TEXTURE_MB,
                "MB",
            ),
            Figure::note(&what("frame in software at 640x360"), Some(frame_ms), "ms"),
            Figure::note(
                &what("the same against the empty world"),
                Some(frame_ms / empty_ms),
                "times",
            ),
        ]);
    }
    Ok(figures)
}

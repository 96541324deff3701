//! What a client's frame costs: the worlds that come with Holm against an empty one, a hundred people against one, and a
//! full screen's interface; and how soon a frame shows what the hands did.
//!
//! Flow: a display in memory → `holm --measure …`, where scenes that are compared take turns in one process → its line
//! of JSON. Drawing is by software, so processor time is the steadier measure on a busy machine; both are said.

use super::lab::Lab;
use super::{Figure, number};
use crate::play;
use crate::setup::{Need, ensure};
use crate::shots;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::PathBuf;

/// What the issue asks of the default world.
const MOST_TRIANGLES: f64 = 300_000.0;
const MOST_DRAWS: f64 = 300.0;
const MOST_TEXTURE_MB: f64 = 64.0;
/// A hundred people against one, frame time.
const MOST_CROWD: f64 = 3.0;
/// The default world against an empty one, at what a software renderer begins with.
const MOST_HARBOUR: f64 = 6.0;
/// The interface, of a frame.
const MOST_INTERFACE_MS: f64 = 1.0;
/// Frames between a press and the picture that shows what it does.
const MOST_ADDED: f64 = 1.0;
const SIZE: &str = "640x360";

/// The program that draws: the lab's own may be headless.
fn client(lab: &Lab) -> Result<PathBuf> {
    ensure(lab.env, &[Need::DesktopBuild, Need::Pictures])?;
    Ok(match std::env::var_os("HOLM_CLIENT") {
        Some(holm) => holm.into(),
        None => {
            play::build(lab.env, "dev", false)?;
            lab.env.binary("dev", "holm")
        }
    })
}

fn measure(lab: &Lab, what: &str, more: &[&str]) -> Result<Value> {
    let holm = client(lab)?;
    let folder = lab.env.target.join("bench-drawn");
    std::fs::create_dir_all(&folder)?;
    let (_display, display) = shots::display(lab.env)?;
    let mut holm = shots::drawing(lab.env, &holm, &display, &folder.join("data"));
    let rounds = if lab.quick { "1" } else { "3" };
    holm.args(["--measure", what, "--rounds", rounds]).args(more);
    let output = holm.output().context("the client did not start")?;
    if !output.status.success() {
        bail!("{what} was not measured");
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said
        .lines()
        .find(|line| line.starts_with('{'))
        .context("nothing was said")?;
    Ok(serde_json::from_str(line)?)
}

fn scene<'a>(report: &'a Value, name: &str) -> Option<&'a Value> {
    let scenes = report.pointer("/scenes")?.as_array()?;
    scenes.iter().find(|scene| scene["name"] == name)
}

fn ratio(report: &Value, pointer: &str, of: &str, against: &str) -> Option<f64> {
    let value = |name| number(scene(report, name)?, pointer);
    Some(value(of)? / value(against)?)
}

pub(super) fn place(lab: &Lab) -> Result<Vec<Figure>> {
    // What a software renderer begins with.
    let report = measure(lab, "place", &["--size", SIZE])?;
    let high = measure(lab, "place", &["--size", SIZE, "--quality", "high"])?;
    let of = |name: &str, pointer: &str| number(scene(&report, name)?, pointer);
    let mut figures = vec![Figure::note(
        "empty world, processor time of a frame in software at 640x360",
        of("empty", "/processor_ms"),
        "ms",
    )];
    for world in ["harbour", "quiet-room", "hall"] {
        let what = |of: &str| format!("{world}: {of}");
        let draws = of(world, "/counted/draws").zip(of(world, "/counted/shadow_draws"));
        figures.extend([
            Figure::at_most(
                &what("triangles"),
                of(world, "/counted/triangles"),
                MOST_TRIANGLES,
                "",
            ),
            Figure::at_most(
                &what("draws in view, and of all shadow casters"),
                draws.map(|(draws, shadows)| draws + shadows),
                MOST_DRAWS,
                "",
            ),
            Figure::at_most(
                &what("textures"),
                of(world, "/counted/texture_bytes").map(|bytes| bytes / 1e6),
                MOST_TEXTURE_MB,
                "MB",
            ),
            Figure::note(
                &what("processor time of a frame"),
                of(world, "/processor_ms"),
                "ms",
            ),
            Figure::at_most(
                &what("the same against the empty world"),
                ratio(&report, "/processor_ms", world, "empty"),
                MOST_HARBOUR,
                "times",
            ),
            Figure::note(
                &what("the same with everything on"),
                ratio(&high, "/processor_ms", world, "empty"),
                "times",
            ),
        ]);
    }
    Ok(figures)
}

pub(super) fn faces(lab: &Lab) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (quality, more) in [
        ("as it begins", &["--size", SIZE][..]),
        ("everything on", &["--size", SIZE, "--quality", "high"][..]),
    ] {
        let report = measure(lab, "crowd", more)?;
        for stage in ["harbour", "floor"] {
            let (many, one) = (format!("{stage}-100"), format!("{stage}-1"));
            figures.push(Figure::at_most(
                &format!("100 people in view against 1, {stage}, {quality}: frame time"),
                ratio(&report, "/frame_ms", &many, &one),
                MOST_CROWD,
                "times",
            ));
            figures.push(Figure::note(
                &format!("the same, {stage}, {quality}: processor time"),
                ratio(&report, "/processor_ms", &many, &one),
                "times",
            ));
        }
    }
    Ok(figures)
}

pub(super) fn interface(lab: &Lab) -> Result<Vec<Figure>> {
    let report = measure(lab, "interface", &["--size", "1280x720"])?;
    Ok(vec![
        Figure::at_most(
            "30 open chat lines, 50 people and their names: interface, p50 of 400 frames",
            number(&report, "/full/p50_ms"),
            MOST_INTERFACE_MS,
            "ms",
        ),
        Figure::note("the same, p95", number(&report, "/full/p95_ms"), "ms"),
        Figure::note(
            "of that, cutting it into triangles",
            number(&report, "/full/triangles_p50_ms"),
            "ms",
        ),
        Figure::note(
            "names over 49 heads alone",
            number(&report, "/names/p50_ms"),
            "ms",
        ),
        Figure::note("nothing open", number(&report, "/nothing_open/p50_ms"), "ms"),
    ])
}

pub(super) fn motion(lab: &Lab) -> Result<Vec<Figure>> {
    let report = measure(lab, "motion", &[])?;
    let measured = report["motion"].as_array().context("nothing was measured")?;
    let figures = measured.iter().flat_map(|figure| {
        let name = figure["hand"].as_str().unwrap_or_default();
        let rate = figure["frames_per_sec"].as_f64().unwrap_or_default();
        let what = |of: &str| format!("{name} at {rate:.0} frames a second: {of}");
        [
            Figure::at_most(
                &what("frames from the press to the motion, most of 40"),
                number(figure, "/added_most"),
                MOST_ADDED,
                "added",
            ),
            Figure::note(&what("the same, mean"), number(figure, "/added_mean"), "added"),
        ]
    });
    Ok(figures.collect())
}

//! What `net` measures of itself, without the game: the pose stream and bare links.

use super::Figure;
use super::lab::{Lab, example};
use anyhow::Result;
use serde_json::Value;

fn number(report: &Value, pointers: &[&str]) -> Option<f64> {
    pointers
        .iter()
        .find_map(|pointer| report.pointer(pointer)?.as_f64())
}

/// Bytes an avatar, and how late and how wrong a pose is shown on a bad link.
pub(super) fn pose(lab: &Lab) -> Result<Vec<Figure>> {
    let report = example(
        lab.env,
        "pose_bench",
        if lab.quick {
            &["--json", "--quick"]
        } else {
            &["--json"]
        },
    )?;
    Ok(vec![
        Figure::at_most(
            "bytes a walking avatar's update on the wire, mean",
            number(&report, &["/update_bytes/mean"]),
            6.0,
            "B",
        ),
        Figure::at_most(
            "the same, largest",
            number(&report, &["/update_bytes/max"]),
            16.0,
            "B",
        ),
        Figure::at_most(
            "shown at the other side, 50 ± 20 ms and 2 % burst loss, p95",
            number(&report, &["/shown_ms/p95"]),
            150.0,
            "ms",
        ),
        Figure::note(
            "position error there, p99",
            number(&report, &["/error_metres/p99"]),
            "m",
        ),
        Figure::note(
            "largest jump between two frames",
            number(&report, &["/jump_metres/max"]),
            "m",
        ),
    ])
}

/// What bare links cost, to compare the crowd with.
pub(super) fn links(lab: &Lab) -> Result<Vec<Figure>> {
    let report = example(
        lab.env,
        "links_bench",
        if lab.quick {
            &["--json", "--quick"]
        } else {
            &["--json"]
        },
    )?;
    Ok(vec![
        Figure::note(
            "bare links, 64 guests, host",
            number(&report, &["/64/cores"]),
            "cores",
        ),
        Figure::note(
            "bare links, 200 guests, host",
            number(&report, &["/200/cores"]),
            "cores",
        ),
    ])
}

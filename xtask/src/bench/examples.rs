//! What `net` measures of itself, without the game: the pose stream and bare links.

use super::lab::{Lab, example};
use super::{Figure, number};
use anyhow::Result;

/// Bytes an avatar, and how late and how wrong a pose is shown on a bad link.
pub(super) fn pose(lab: &Lab) -> Result<Vec<Figure>> {
    let report = example(lab.env, "pose_bench", &["--json"])?;
    let at = |pointer: &str| number(&report, &format!("/pose/{pointer}"));
    Ok(vec![
        Figure::at_most(
            "bytes a walking avatar's update on the wire, mean",
            at("bytes_walking_64/update_bytes/mean"),
            6.0,
            "B",
        ),
        Figure::at_most(
            "the same, largest",
            at("bytes_walking_64/update_bytes/max"),
            16.0,
            "B",
        ),
        Figure::at_most(
            "a pose shown over a link of 50 ± 20 ms with 2 % burst loss, p95",
            at("shown_one_link_BENCH_50MS/delay_ms/p95"),
            150.0,
            "ms later",
        ),
        Figure::note(
            "position error there, p99",
            at("shown_one_link_BENCH_50MS/error_at_shown_time_m/p99"),
            "m",
        ),
        Figure::note(
            "longest step beyond the fastest true one",
            at("shown_one_link_BENCH_50MS/step_over_fastest_true_step_m/max"),
            "m",
        ),
        Figure::note(
            "the same through a host, p95",
            at("shown_through_host_BENCH_50MS/delay_ms/p95"),
            "ms later",
        ),
        Figure::note(
            "host's work for 200 people near each other",
            at("cpu_near_200/host_cores"),
            "cores",
        ),
    ])
}

/// What bare links cost, to compare the crowd with.
pub(super) fn links(lab: &Lab) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for count in ["64", "200"] {
        let secs = if lab.quick { "10" } else { "30" };
        let report = example(
            lab.env,
            "links_bench",
            &["--guests", count, "--secs", secs, "--json"],
        )?;
        figures.push(Figure::note(
            &format!("bare links, {count} guests, host"),
            number(&report, "/host_cores"),
            "cores",
        ));
        figures.push(Figure::note(
            &format!("bare links, {count} guests, joined"),
            number(&report, "/joined"),
            "guests",
        ));
    }
    Ok(figures)
}

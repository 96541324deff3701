//! What rooms without the engine measure of themselves: the pose stream, bare links, the document.

use super::lab::{Lab, example};
use super::{Figure, number};
use anyhow::Result;

/// Bytes an avatar, and how late and how wrong a pose is shown on a bad link.
pub(super) fn pose(lab: &Lab) -> Result<Vec<Figure>> {
    let report = example(lab.env, "holm-net", "pose_bench", &["--json"])?;
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
        Figure::at_least(
            "16 guests, 16 people and 32 moving things, all near: updates a tick",
            at("replication_16_guests_32_bodies/updates_a_tick"),
            752.0,
            "updates",
        ),
        Figure::at_most(
            "the host's whole work on them, each tick",
            at("replication_16_guests_32_bodies/host_us_a_tick"),
            60.0,
            "µs",
        ),
        Figure::at_most(
            "an update encoded, acks with it",
            at("replication_16_guests_32_bodies/host_ns_an_update"),
            200.0,
            "ns",
        ),
        Figure::at_most(
            "an update decoded",
            at("replication_16_guests_32_bodies/guest_ns_an_update"),
            200.0,
            "ns",
        ),
        Figure::at_most(
            "901 bodies all tumbling, to one guest, headers included",
            at("tumbling_901_bodies/kbit_a_second"),
            256.0,
            "kbit/s",
        ),
        Figure::note(
            "how often the worst served of them is told of",
            at("tumbling_901_bodies/of_the_worst_served"),
            "a second",
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
            "holm-net",
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

/// Wishes that come true, and somebody who comes late, in a world of 10,000 things.
pub(super) fn document(lab: &Lab) -> Result<Vec<Figure>> {
    let report = example(lab.env, "holm-document", "document_bench", &[])?;
    let at = |name: &str| number(&report, &format!("/{name}"));
    Ok(vec![
        Figure::at_least(
            "wishes judged, written and encoded a second of work, 64 people",
            at("confirmed_a_second_of_work"),
            2_000.0,
            "wishes",
        ),
        Figure::note("64 of them at once, p99", at("tick_p99_us"), "µs"),
        Figure::note(
            "a fact on the wire, one thing moved",
            at("wire_bytes_a_fact"),
            "B",
        ),
        Figure::note("a fact applied by a guest", at("applied_us_a_fact"), "µs"),
        Figure::note(
            "10,000 things and 1,200 people for a newcomer",
            at("arrival_bytes"),
            "B",
        ),
        Figure::note(
            "the host's longest work on a piece of 48 KiB of them",
            at("arrival_longest_piece_us"),
            "µs",
        ),
        Figure::note(
            "the newcomer's work on all of them",
            at("arrival_received_ms"),
            "ms",
        ),
        Figure::note(
            "such a world opened with 65,000 facts in its past",
            at("reopen_ms"),
            "ms",
        ),
        Figure::note("a snapshot begun, of the tick, p90", at("begin_p90_us"), "µs"),
        Figure::note("64 wishes right after that, p90", at("tick_first_p90_us"), "µs"),
        Figure::note(
            "such a snapshot written by another thread",
            at("written_p50_ms"),
            "ms",
        ),
        Figure::note("one thing that differed, mended", at("resync_bytes"), "B"),
        Figure::note("1,024 of 1,200 visitors forgotten", at("forget_us"), "µs"),
    ])
}

//! A headless host of a world of 10,000 things: what it takes, how soon a newcomer has it, and many who build at once.
//!
//! Read from the bots' report: `built.near_ms`, `.whole_ms`, `.confirmed`, `.refused`, `.answered_ms`, `rtt_ms`, and what `crowd` reads.

use super::crowd::{Asks, crowd};
use super::lab::Lab;
use super::{Figure, number};
use anyhow::{Result, ensure};
use std::time::Duration;

const THINGS: &str = "10000";
const KEPT: &str = "bench-things";

pub(super) fn things(lab: &Lab) -> Result<Vec<Figure>> {
    let keep = ["--keep", KEPT, "--world", "harbour"];
    lab.world_of_things(KEPT, THINGS)?;
    let mut figures = Vec::new();
    {
        let host = lab.host(&keep)?;
        std::thread::sleep(Duration::from_secs(if lab.quick { 3 } else { 8 }));
        figures.push(Figure::at_most(
            "headless host of 10,000 things, memory",
            Some(host.rss_mb()?),
            150.0,
            "MB",
        ));
        if lab.has_cable() {
            // As far as the line goes: what is sent is held back by it.
            let _slow = lab.slow_cable("20mbit")?;
            let looks = ["--builders", "1", "--wishes", "0", "--quiet"];
            let report = lab.bots(&host.link, 1, 8, &looks)?.report()?;
            figures.push(Figure::at_most(
                "joined over 20 Mbit/s, link to what is nearer than 30 m",
                number(&report, "/built/near_ms/max"),
                1_000.0,
                "ms",
            ));
            figures.push(Figure::at_most(
                "the same, to all 10,000",
                number(&report, "/built/whole_ms/max"),
                3_000.0,
                "ms",
            ));
        }
    }
    lab.world_of_things(KEPT, THINGS)?;
    {
        let seconds = if lab.quick { 10 } else { 30 };
        let host = lab.host(&keep)?;
        let edits = ["--builders", "64", "--wishes", "40", "--quiet"];
        let report = lab.bots(&host.link, 64, seconds, &edits)?.report()?;
        let confirmed = number(&report, "/built/confirmed").map(|count| count / f64::from(seconds));
        ensure!(
            number(&report, "/stayed") == Some(64.0),
            "not all stayed: {report:#}"
        );
        let rtt = number(&report, "/rtt_ms/p99").unwrap_or_default();
        figures.extend([
            Figure::at_least(
                "64 guests who edit: confirmed wishes",
                confirmed,
                2_000.0,
                "a second",
            ),
            Figure::at_most(
                "from the wish to its fact, p99 (two ticks and the round trip)",
                number(&report, "/built/answered_ms/p99"),
                100.0 + rtt,
                "ms",
            ),
            Figure::note(
                "the same, median",
                number(&report, "/built/answered_ms/p50"),
                "ms",
            ),
            Figure::note("refused", number(&report, "/built/refused"), "wishes"),
        ]);
    }
    lab.world_of_things(KEPT, THINGS)?;
    let asks = Asks {
        count: 200,
        seconds: if lab.quick { 20 } else { 60 },
        host: &keep,
        bots: &["--builders", "20", "--wishes", "1"],
    };
    let many = crowd(lab, &asks)?;
    figures.extend([
        Figure::at_least(
            "200 bots, 20 of them build: stayed",
            many.stayed(),
            200.0,
            "of 200",
        ),
        Figure::at_most("host with them", Some(many.cores), 1.4, "cores"),
        Figure::at_most(
            "down a guest, headers included",
            Some(many.kbit_down),
            256.0,
            "kbit/s",
        ),
        Figure::note(
            "worst-served guest's ten nearest",
            number(&many.report, "/nearest_hz/worst"),
            "Hz",
        ),
        Figure::note(
            "confirmed wishes",
            number(&many.report, "/built/confirmed"),
            "wishes",
        ),
    ]);
    Ok(figures)
}

//! A headless host and bots: start, joins, 64 and 200 people walking, a flood.
//!
//! Read from the bots' report: `joined`, `stayed`, `first_pose_ms.p95`, `interval_ms.p99` (between poses of the
//! ten nearest, over all bots), `nearest_hz.worst`, `avatar_update_bytes.mean` and `.max`, `errors`.

use super::lab::{Bots, Host, Lab};
use super::{Figure, number};
use anyhow::{Result, bail};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The host ready within a second, and small when nobody is there.
pub(super) fn start(lab: &Lab) -> Result<Vec<Figure>> {
    let runs = if lab.quick { 3 } else { 7 };
    let (mut seen, mut said, mut rss) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let host = lab.host(&[])?;
        seen.push(host.until_ready.as_secs_f64() * 1000.0);
        said.extend(host.ready_ms);
        std::thread::sleep(Duration::from_secs(if lab.quick { 2 } else { 5 }));
        rss.push(host.rss_mb()?);
    }
    let host = lab.host(&[])?;
    std::thread::sleep(Duration::from_secs(2));
    let (cpu, since) = (host.cpu_secs()?, Instant::now());
    std::thread::sleep(Duration::from_secs(if lab.quick { 3 } else { 10 }));
    let idle = (host.cpu_secs()? - cpu) / since.elapsed().as_secs_f64();
    Ok(vec![
        Figure::at_most(
            "headless host ready, slowest of the runs, process start included",
            worst(&seen),
            1000.0,
            "ms",
        ),
        Figure::note("the same as the host says", worst(&said), "ms"),
        Figure::at_most("memory idle in the default world", worst(&rss), 100.0, "MB"),
        Figure::note("processor idle", Some(idle), "cores"),
    ])
}

fn worst(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::max)
}

/// From the link to the first pose.
pub(super) fn join(lab: &Lab) -> Result<Vec<Figure>> {
    let host = lab.host(&[])?;
    let report = lab
        .bots(&host.link, 20, if lab.quick { 5 } else { 10 }, &[])?
        .report()?;
    // Percentiles of nobody are zero: a join that never was is no fast one.
    if number(&report, "/joined") != Some(20.0) {
        bail!("not all bots joined: {}", report["errors"]);
    }
    Ok(vec![
        Figure::at_most(
            "join, link to first pose, p95 of 20",
            number(&report, "/first_pose_ms/p95"),
            2000.0,
            "ms",
        ),
        Figure::note("the same, median", number(&report, "/first_pose_ms/p50"), "ms"),
        Figure::note("link to inside, median", number(&report, "/join_ms/p50"), "ms"),
    ])
}

pub(super) fn crowd_64(lab: &Lab) -> Result<Vec<Figure>> {
    let crowd = crowd(lab, &Asks::of(64, if lab.quick { 15 } else { 60 }))?;
    Ok(vec![
        Figure::at_least("bots that joined and stayed", crowd.stayed(), 64.0, "of 64"),
        Figure::at_most("host, 64 bots", Some(crowd.cores), 0.4, "cores"),
        Figure::at_most(
            "down a guest, headers included",
            Some(crowd.kbit_down),
            256.0,
            "kbit/s",
        ),
        Figure::at_most(
            "bytes an avatar update, mean",
            number(&crowd.report, "/avatar_update_bytes/mean"),
            6.0,
            "B",
        ),
        Figure::at_most(
            "bytes an avatar update, largest",
            number(&crowd.report, "/avatar_update_bytes/max"),
            16.0,
            "B",
        ),
        Figure::note(
            "between poses of the ten nearest, p99",
            number(&crowd.report, "/interval_ms/p99"),
            "ms",
        ),
        Figure::note("host's memory", Some(crowd.rss_mb), "MB"),
    ])
}

pub(super) fn crowd_200(lab: &Lab) -> Result<Vec<Figure>> {
    let crowd = crowd(lab, &Asks::of(200, if lab.quick { 20 } else { 60 }))?;
    Ok(vec![
        Figure::at_least("bots that joined and stayed", crowd.stayed(), 200.0, "of 200"),
        Figure::at_most("host, 200 bots", Some(crowd.cores), 1.2, "cores"),
        Figure::at_least(
            "worst-served guest's ten nearest",
            number(&crowd.report, "/nearest_hz/worst"),
            10.0,
            "Hz",
        ),
        Figure::note("down a guest, headers included", Some(crowd.kbit_down), "kbit/s"),
        Figure::note("join, p95", number(&crowd.report, "/first_pose_ms/p95"), "ms"),
        Figure::note("host's memory", Some(crowd.rss_mb), "MB"),
    ])
}

/// Who comes, for how long, and to what.
pub(super) struct Asks<'a> {
    pub(super) count: u32,
    pub(super) seconds: u32,
    /// What the host is started with, and the bots.
    pub(super) host: &'a [&'a str],
    pub(super) bots: &'a [&'a str],
}

impl Asks<'_> {
    fn of(count: u32, seconds: u32) -> Self {
        Self {
            count,
            seconds,
            host: &[],
            bots: &[],
        }
    }
}

pub(super) struct Crowd {
    pub(super) report: Value,
    pub(super) cores: f64,
    pub(super) kbit_down: f64,
    rss_mb: f64,
}

impl Crowd {
    /// Those who joined and were there at the end.
    pub(super) fn stayed(&self) -> Option<f64> {
        let joined = number(&self.report, "/joined")?;
        Some(number(&self.report, "/stayed").unwrap_or(joined).min(joined))
    }
}

/// A crowd that walks for a while; the host is watched once all are inside.
pub(super) fn crowd(lab: &Lab, asks: &Asks) -> Result<Crowd> {
    let Asks { count, seconds, .. } = *asks;
    let mut host = lab.host(asks.host)?;
    let mut bots = lab.bots(&host.link, count, seconds, asks.bots)?;
    // They join 50 ms apart, and stay for the seconds asked for once the last is in. A join is work of
    // another kind than what is measured here: five seconds for the last one to settle.
    watch(
        &mut host,
        &mut bots,
        Duration::from_millis(50) * count + Duration::from_secs(5),
    )?;
    let (cpu, sent, since) = (host.cpu_secs()?, lab.sent()?, Instant::now());
    watch(
        &mut host,
        &mut bots,
        Duration::from_secs(u64::from(seconds) * 3 / 4),
    )?;
    let secs = since.elapsed().as_secs_f64();
    let cores = (host.cpu_secs()? - cpu) / secs;
    let kbit_down = lab.sent()?.bytes_since(sent) as f64 * 8.0 / 1000.0 / secs / f64::from(count);
    let rss_mb = host.rss_mb()?;
    let report = bots.report()?;
    if let Some(errors) = report["errors"].as_array().filter(|errors| !errors.is_empty()) {
        eprintln!(
            "the bots report: {}",
            Value::Array(errors.iter().take(10).cloned().collect())
        );
    }
    Ok(Crowd {
        report,
        cores,
        kbit_down,
        rss_mb,
    })
}

fn watch(host: &mut Host, bots: &mut Bots, time: Duration) -> Result<()> {
    let end = Instant::now() + time;
    while Instant::now() < end {
        if !host.is_running() {
            bail!("the host ended while people were there");
        }
        if !bots.is_running() {
            bail!("the bots ended early");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// One hostile guest that offers 10 MB/s, over its link and beside it, and what the others notice.
pub(super) fn flood(lab: &Lab) -> Result<Vec<Figure>> {
    let seconds = if lab.quick { 12 } else { 30 };
    // What the eight report, and what the flooder does.
    let meet = |flood: &[&str]| -> Result<(Value, Option<Value>)> {
        let host = lab.host(&[])?;
        let flooder = if flood.is_empty() {
            None
        } else {
            Some(lab.bots(&host.link, 1, seconds, flood)?)
        };
        let report = lab.bots(&host.link, 8, seconds, &[])?.report()?;
        let flood = flooder.map(Bots::report).transpose()?;
        if number(&report, "/interval_ms/samples").is_none_or(|samples| samples == 0.0) {
            bail!("nobody saw anybody move: {}", report["errors"]);
        }
        Ok((report, flood))
    };
    let p99 = |report: &Value| number(report, "/interval_ms/p99");
    let (calm, _) = meet(&[])?;
    let calm = p99(&calm);
    let mut figures = vec![Figure::note("p99 pose interval, calm", calm, "ms")];
    for (of, name) in [
        ("messages", "messages over its link"),
        ("packets", "packets to its link's port"),
    ] {
        let (others, flood) = meet(&["--hostile-flood", "--flood-of", of])?;
        let growth = calm
            .zip(p99(&others))
            .map(|(calm, flooded)| (flooded / calm - 1.0) * 100.0);
        figures.extend([
            Figure::at_most(
                &format!("others' p99 pose interval grows while one offers 10 MB/s of {name}, by"),
                growth,
                20.0,
                "%",
            ),
            Figure::at_least(
                "others who joined in spite of it",
                number(&others, "/joined"),
                8.0,
                "of 8",
            ),
            Figure::note(
                "what the flooder got rid of, over the whole run",
                flood.as_ref().and_then(|flood| number(flood, "/mb_per_sec")),
                "MB/s",
            ),
        ]);
    }
    Ok(figures)
}

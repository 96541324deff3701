//! A world outlives its host: eight guests and an heir, and the host's process is killed, or its cable pulled.
//!
//! Read from the bots' report: `moves`, `stayed`, `back_ms.max` (from the last word of the one host to being let in by the next).

use super::lab::Lab;
use super::{Figure, number};
use anyhow::{Result, ensure};
use std::time::Duration;

const GUESTS: u32 = 8;

/// What happens to the host.
#[derive(Clone, Copy)]
enum End {
    Killed,
    CablePulled,
}

pub(super) fn succession(lab: &Lab) -> Result<Vec<Figure>> {
    let runs = if lab.quick { 1 } else { 3 };
    let (mut killed, mut pulled) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        killed.push(run(lab, End::Killed)?);
        if lab.has_cable() {
            pulled.push(run(lab, End::CablePulled)?);
        }
    }
    let worst = |values: &[f64]| values.iter().copied().reduce(f64::max);
    let mut figures = vec![Figure::at_most(
        "host killed with 8 guests: all are back",
        worst(&killed),
        5_000.0,
        "ms",
    )];
    if lab.has_cable() {
        figures.push(Figure::at_most(
            "its cable pulled: all are back",
            worst(&pulled),
            5_000.0,
            "ms",
        ));
    }
    Ok(figures)
}

/// How long the last of them was without a host, milliseconds.
fn run(lab: &Lab, end: End) -> Result<f64> {
    let mut host = lab.host(&[])?;
    let mut heir = lab.stands_by(&host.link, "Heir")?;
    let bots = lab.bots(&host.link, GUESTS, 25, &["--quiet"])?;
    std::thread::sleep(Duration::from_secs(5));
    host.types("heir Heir")?;
    heir.until_news("ready", Duration::from_secs(20))?;
    // Their word that they know who is here is heard, too; and all of them have been in for a while.
    std::thread::sleep(Duration::from_secs(4));
    let cut = match end {
        End::Killed => {
            host.kill()?;
            None
        }
        End::CablePulled => Some(lab.pull_cable()?),
    };
    heir.until_news("ours", Duration::from_secs(10))?;
    heir.until_news("writes", Duration::from_secs(10))?;
    let report = bots.report()?;
    drop(cut);
    ensure!(
        number(&report, "/moves") == Some(f64::from(GUESTS))
            && number(&report, "/stayed") == Some(f64::from(GUESTS)),
        "not all of them came along: {report:#}"
    );
    number(&report, "/back_ms/max").ok_or_else(|| anyhow::anyhow!("nobody said how long it took"))
}

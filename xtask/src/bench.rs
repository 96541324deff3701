//! `cargo xtask bench`: what Holm must reach, measured, as a table and as JSON.
//!
//! Flow: one release build of the headless host → each group of [`figures`] starts real processes or runs an
//! example of `net`, and returns figures → table → `TARGET/bench.json`.
//! Invariant: a figure is measured or said to be missing with its reason; nothing is estimated silently.
//! These are ratios and byte counts of this machine on this day, not test assertions.

mod crowd;
mod drawn;
mod examples;
mod lab;
mod page;
mod succession;
mod things;
mod voice;

use crate::play;
use crate::setup::{Need, ensure};
use crate::shell::Env;
use anyhow::{Result, bail};
use clap::builder::PossibleValuesParser;
use lab::Lab;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this group; can be given more than once.
    #[arg(long, value_parser = PossibleValuesParser::new(GROUPS.iter().map(|(name, _)| *name)))]
    only: Vec<String>,
    /// Shorter runs: the shape, not the figure.
    #[arg(long)]
    quick: bool,
    /// Use this `holm` instead of building one.
    #[arg(long)]
    holm: Option<PathBuf>,
}

/// One thing that must be reached.
pub(crate) struct Figure {
    what: String,
    bar: String,
    measured: String,
    /// `None`: there is no bar.
    good: Option<bool>,
    values: Value,
}

impl Figure {
    /// A measured number that must not be above its bar.
    fn at_most(what: &str, value: Option<f64>, bar: f64, unit: &str) -> Self {
        Self::judge(what, value, format!("≤ {bar} {unit}"), unit, |value| {
            value <= bar
        })
    }

    /// A measured number that must not be below its bar.
    fn at_least(what: &str, value: Option<f64>, bar: f64, unit: &str) -> Self {
        Self::judge(what, value, format!("≥ {bar} {unit}"), unit, |value| {
            value >= bar
        })
    }

    fn judge(what: &str, value: Option<f64>, bar: String, unit: &str, good: impl Fn(f64) -> bool) -> Self {
        Self {
            what: what.to_owned(),
            bar,
            measured: value.map_or_else(
                || "not reported".to_owned(),
                |value| format!("{} {unit}", short(value)),
            ),
            good: Some(value.is_some_and(good)),
            values: json!(value),
        }
    }

    /// Worth knowing, without a bar.
    fn note(what: &str, value: Option<f64>, unit: &str) -> Self {
        Self {
            good: None,
            bar: "–".to_owned(),
            ..Self::judge(what, value, String::new(), unit, |_| true)
        }
    }

    fn missing(what: &str, why: &anyhow::Error) -> Self {
        let measured = format!("not measured: {why:#}");
        Self {
            what: what.to_owned(),
            bar: "–".to_owned(),
            measured,
            good: Some(false),
            values: Value::Null,
        }
    }
}

/// A number in a report, by its path.
fn number(report: &Value, pointer: &str) -> Option<f64> {
    report.pointer(pointer)?.as_f64()
}

/// Three digits that count, whatever the size.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value == value.trunc() => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

type Group = (&'static str, fn(&Lab) -> Result<Vec<Figure>>);

const GROUPS: &[Group] = &[
    ("start", crowd::start),
    ("join", crowd::join),
    ("crowd64", crowd::crowd_64),
    ("crowd200", crowd::crowd_200),
    ("pose", examples::pose),
    ("links", examples::links),
    ("flood", crowd::flood),
    ("page", page::page),
    ("place", drawn::place),
    ("faces", drawn::faces),
    ("interface", drawn::interface),
    ("motion", drawn::motion),
    ("document", examples::document),
    ("succession", succession::succession),
    ("things", things::things),
    ("voice", voice::voice),
];

pub(crate) fn run(env: &Env, args: &Args) -> Result<()> {
    ensure(env, &[Need::Linker])?;
    let holm = match &args.holm {
        Some(holm) => std::path::absolute(holm)?,
        None => {
            play::build(env, "release", true)?;
            play::keep(env, "release", "bench")?
        }
    };
    let lab = Lab::new(env, holm, args.quick)?;
    let mut rows: Vec<(&str, Figure)> = Vec::new();
    for (name, measure) in GROUPS {
        if !args.only.is_empty() && !args.only.iter().any(|only| only == name) {
            continue;
        }
        eprintln!("\n── {name} ──");
        match measure(&lab) {
            Ok(figures) => rows.extend(figures.into_iter().map(|figure| (*name, figure))),
            Err(error) => {
                eprintln!("{name}: {error:#}");
                rows.push((*name, Figure::missing("all of it", &error)));
            }
        }
    }
    println!("\n{}", table(&rows));
    println!("{}", lab.circumstances());
    let file = env.target.join("bench.json");
    std::fs::write(&file, serde_json::to_string_pretty(&as_json(&rows, &lab))?)?;
    println!("{}", file.display());
    let bad = rows
        .iter()
        .filter(|(_, figure)| figure.good == Some(false))
        .count();
    if bad > 0 {
        bail!("{bad} figures are not reached");
    }
    Ok(())
}

fn as_json(rows: &[(&str, Figure)], lab: &Lab) -> Value {
    let figures: Vec<_> = rows
        .iter()
        .map(|(group, figure)| {
            json!({
                "group": group, "what": figure.what, "bar": figure.bar,
                "measured": figure.measured, "value": figure.values, "good": figure.good,
            })
        })
        .collect();
    json!({ "circumstances": lab.circumstances(), "figures": figures })
}

fn table(rows: &[(&str, Figure)]) -> String {
    let mut cells = vec![[
        "".to_owned(),
        "what".to_owned(),
        "bar".to_owned(),
        "measured".to_owned(),
        "".to_owned(),
    ]];
    for (group, figure) in rows {
        let verdict = match figure.good {
            Some(true) => "reached",
            Some(false) => "NOT REACHED",
            None => "",
        };
        cells.push([
            (*group).to_owned(),
            figure.what.clone(),
            figure.bar.clone(),
            figure.measured.clone(),
            verdict.to_owned(),
        ]);
    }
    let width = |column: usize| {
        cells
            .iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2), width(3)];
    let mut text = String::new();
    for row in &cells {
        for (cell, width) in row.iter().zip(widths) {
            text.push_str(&format!("{cell:width$}  "));
        }
        text.push_str(&row[4]);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_judged_by_its_bar_and_a_missing_one_is_not_good() {
        assert_eq!(Figure::at_most("a", Some(0.3), 0.4, "cores").good, Some(true));
        assert_eq!(Figure::at_most("a", Some(0.5), 0.4, "cores").good, Some(false));
        assert_eq!(Figure::at_least("a", Some(9.0), 10.0, "Hz").good, Some(false));
        assert_eq!(Figure::at_most("a", None, 0.4, "cores").good, Some(false));
        assert_eq!(Figure::note("a", None, "cores").good, None);
        assert_eq!(Figure::missing("a", &anyhow::anyhow!("gone")).good, Some(false));
    }

    #[test]
    fn the_table_says_what_is_not_reached() {
        let text = table(&[("crowd64", Figure::at_most("host", Some(0.51), 0.4, "cores"))]);
        assert!(
            text.contains("≤ 0.4 cores") && text.contains("0.510 cores") && text.contains("NOT REACHED"),
            "{text}"
        );
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            ["0.123", "1.23", "12.3", "1234", "64"],
            [0.1234, 1.234, 12.34, 1234.4, 64.0]
                .map(short)
                .each_ref()
                .map(String::as_str)
        );
    }
}

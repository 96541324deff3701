//! What a frame costs, measured in this program itself: `holm --measure crowd|place|interface|motion|things`, one line of JSON on
//! the standard output. For `cargo xtask bench`.
//!
//! Flow: [`asked`] → [`run`]: `frames` draws scenes by turns in one window and times them; `interface` lays out a full
//! screen without drawing it; `motion` counts frames from a press to what it does; `things` times frames beside ten thousand things.
//! Invariants: nothing of this person's disk is read; scenes that are compared take turns in one process, so that
//! whatever else the machine does hits them alike.

mod blind;
mod crowd;
mod frames;
mod interface;
mod motion;
mod things;

use crate::settings::{Quality, Settings};
use std::path::PathBuf;
use std::process::ExitCode;

/// What to measure, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    what: What,
    /// `None`: what a program begins with on this graphics adapter.
    quality: Option<Quality>,
    size: (u32, u32),
    /// How often the scenes take turns.
    rounds: usize,
    /// Where a picture of each scene goes, to see what was measured.
    pictures: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Crowd,
    Place,
    Interface,
    Motion,
    Things,
}

const USAGE: &str = "Usage: holm --measure crowd|place|interface|motion|things [--quality low|medium|high] [--size WIDTHxHEIGHT] [--rounds N] [--pictures FOLDER]";

/// Reads the command line; `None` when nothing is to be measured.
pub fn asked(args: impl Iterator<Item = String>) -> Option<Result<Measure, &'static str>> {
    let args: Vec<String> = args.collect();
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        Some(args.get(at + 1).map_or("", String::as_str))
    };
    let what = value("--measure")?;
    let read = || {
        let what = match what {
            "crowd" => What::Crowd,
            "place" => What::Place,
            "interface" => What::Interface,
            "motion" => What::Motion,
            "things" => What::Things,
            _ => return None,
        };
        let quality = match value("--quality") {
            None => None,
            Some("low") => Some(Quality::Low),
            Some("medium") => Some(Quality::Medium),
            Some("high") => Some(Quality::High),
            Some(_) => return None,
        };
        let (width, height) = value("--size").unwrap_or("640x360").split_once('x')?;
        let size = (width.parse().ok()?, height.parse().ok()?);
        let fits = (320..=3840).contains(&size.0) && (200..=2160).contains(&size.1);
        let rounds = value("--rounds").map_or(Some(3), |rounds| rounds.parse().ok())?;
        (fits && (1..=100).contains(&rounds)).then(|| Measure {
            what,
            quality,
            size,
            rounds,
            pictures: value("--pictures").map(PathBuf::from),
        })
    };
    Some(read().ok_or(USAGE))
}

/// Measures, and says what it found to `say`.
pub fn run(measure: &Measure, say: fn(&str)) -> ExitCode {
    match measure.what {
        What::Crowd => frames::run(measure, crowd::scenes(), say),
        What::Place => frames::run(measure, frames::worlds(), say),
        What::Interface => interface::run(measure, say),
        What::Motion => motion::run(measure, say),
        What::Things => things::run(measure, say),
    }
}

/// Settings as nobody has touched them.
fn settings(quality: Option<Quality>) -> Settings {
    let mut settings = Settings {
        guide: false,
        ..Settings::default()
    };
    if let Some(quality) = quality {
        settings.set_quality(quality);
    }
    settings
}

/// The middle one.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The one that this share of all are not above.
fn share(mut values: Vec<f64>, share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * share) as usize;
    values.get(at.min(values.len().saturating_sub(1))).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Option<Result<Measure, &'static str>> {
        asked(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_is_to_be_measured_is_said_in_words() {
        assert_eq!(words("holm --shot world"), None);
        let measure =
            words("holm --measure place --quality low --size 320x200 --rounds 2").and_then(Result::ok);
        assert_eq!(
            measure,
            Some(Measure {
                what: What::Place,
                quality: Some(Quality::Low),
                size: (320, 200),
                rounds: 2,
                pictures: None,
            })
        );
        for wrong in [
            "holm --measure",
            "holm --measure sea",
            "holm --measure crowd --size 9x9",
            "holm --measure crowd --rounds 0",
            "holm --measure crowd --quality best",
        ] {
            assert!(matches!(words(wrong), Some(Err(_))), "{wrong}");
        }
    }

    #[test]
    fn the_middle_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(Vec::new()), None);
        assert_eq!(share((0..100).map(f64::from).collect(), 0.95), Some(95.0));
        assert_eq!(share(vec![1.0], 1.0), Some(1.0));
    }
}

//! A list of steps, run in order, with a table of how long each took and what could not be shown.
//!
//! Invariant: the first failure ends the list unless the caller goes on on purpose; nothing is retried.

use anyhow::{Result, bail};
use std::time::{Duration, Instant};

enum Outcome {
    Passed,
    Failed,
    Skipped(String),
}

/// Steps done so far.
pub(crate) struct Steps {
    done: Vec<(String, Duration, Outcome)>,
    notes: Vec<String>,
    from: Option<String>,
    keep_going: bool,
    started: Instant,
}

impl Steps {
    /// `from`: everything before the step of this name is passed over.
    pub(crate) fn new(from: Option<String>, keep_going: bool) -> Self {
        Self {
            done: Vec::new(),
            notes: Vec::new(),
            from,
            keep_going,
            started: Instant::now(),
        }
    }

    /// Runs one step. An error is returned only when the list must end here.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        if let Some(from) = &self.from {
            if from != name {
                return Ok(());
            }
            self.from = None;
        }
        eprintln!("\n── {name} ──");
        let start = Instant::now();
        let result = work();
        let took = start.elapsed();
        match result {
            Ok(()) => self.done.push((name.to_owned(), took, Outcome::Passed)),
            Err(error) => {
                eprintln!("{name}: {error:#}");
                self.done.push((name.to_owned(), took, Outcome::Failed));
                if !self.keep_going {
                    bail!("{name} failed");
                }
            }
        }
        Ok(())
    }

    /// A step that does not run here, and why.
    pub(crate) fn skip(&mut self, name: &str, why: impl Into<String>) {
        if self.from.is_none() {
            self.done
                .push((name.to_owned(), Duration::ZERO, Outcome::Skipped(why.into())));
        }
    }

    /// Something that this machine cannot show, for the end.
    pub(crate) fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    /// Prints the table; fails when a step failed or `--from` named none of them.
    pub(crate) fn finish(self, ended: Result<()>) -> Result<()> {
        println!("\n{}", self.table());
        if let Some(from) = &self.from {
            bail!("there is no step called {from:?}");
        }
        ended?;
        let failed: Vec<_> = self
            .done
            .iter()
            .filter(|(_, _, outcome)| matches!(outcome, Outcome::Failed))
            .map(|(name, ..)| name.as_str())
            .collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }

    fn table(&self) -> String {
        let width = self
            .done
            .iter()
            .map(|(name, ..)| name.chars().count())
            .max()
            .unwrap_or(0)
            .max(5);
        let mut text = String::new();
        for (name, took, outcome) in &self.done {
            let (seconds, word) = match outcome {
                Outcome::Passed => (format!("{:8.1} s", took.as_secs_f64()), "passed".to_owned()),
                Outcome::Failed => (format!("{:8.1} s", took.as_secs_f64()), "FAILED".to_owned()),
                Outcome::Skipped(why) => (format!("{:>10}", "–"), format!("not run: {why}")),
            };
            text.push_str(&format!("{name:width$} {seconds}  {word}\n"));
        }
        text.push_str(&format!(
            "{:width$} {:8.1} s\n",
            "total",
            self.started.elapsed().as_secs_f64()
        ));
        if !self.notes.is_empty() {
            text.push_str("\nNot shown on this machine:\n");
            for note in &self.notes {
                text.push_str(&format!("  · {note}\n"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn the_first_failure_ends_the_list_and_is_in_the_table() {
        let mut steps = Steps::new(None, false);
        steps.step("format", || Ok(())).unwrap();
        let ended = steps.step("lint", || Err(anyhow!("a warning")));
        assert!(ended.is_err());
        let table = steps.table();
        assert!(table.contains("format") && table.contains("passed"), "{table}");
        assert!(table.contains("lint") && table.contains("FAILED"), "{table}");
        assert!(steps.finish(ended).is_err());
    }

    #[test]
    fn going_on_still_fails_at_the_end() {
        let mut steps = Steps::new(None, true);
        steps.step("lint", || Err(anyhow!("a warning"))).unwrap();
        let mut ran = false;
        steps
            .step("test", || {
                ran = true;
                Ok(())
            })
            .unwrap();
        assert!(ran);
        assert_eq!(steps.finish(Ok(())).unwrap_err().to_string(), "failed: lint");
    }

    #[test]
    fn from_passes_over_what_comes_before_and_an_unknown_name_is_an_error() {
        let mut steps = Steps::new(Some("test".into()), false);
        steps.step("lint", || panic!("must not run")).unwrap();
        let mut ran = false;
        steps
            .step("test", || {
                ran = true;
                Ok(())
            })
            .unwrap();
        assert!(ran);
        steps.finish(Ok(())).unwrap();
        assert!(Steps::new(Some("tset".into()), false).finish(Ok(())).is_err());
    }
}

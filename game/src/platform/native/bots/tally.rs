//! What all bots saw, added up into one report.
//!
//! The fields are read by `cargo xtask bench` and the browser tests.

use super::builder::Builder;
use super::{Bot, Stage};
use holm_net::session::guest::GuestStats;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The report, and whether everything went as it should.
pub(super) struct Tally {
    pub(super) report: Value,
    pub(super) ok: bool,
}

impl Tally {
    pub(super) fn of(bots: &[Bot], count: u32, measured: Duration) -> Self {
        let stayed = bots.iter().filter(|bot| bot.stage == Stage::Inside).count();
        let secs = measured.as_secs_f64().max(1e-3);
        let ms = |d: Duration| d.as_secs_f32() * 1000.0;
        let joins: Vec<f32> = bots.iter().filter_map(|bot| bot.joined_in).map(ms).collect();
        let firsts: Vec<f32> = bots.iter().filter_map(|bot| bot.first_pose_in).map(ms).collect();
        let rates = |pick: fn((u64, u64)) -> u64| -> Vec<f32> {
            bots.iter()
                .filter_map(|bot| Some(pick(bot.bytes).saturating_sub(pick(bot.bytes_at_start?))))
                .map(|bytes| (bytes as f64 / secs) as f32)
                .collect()
        };
        let stats: Vec<GuestStats> = bots.iter().map(|bot| bot.guest.stats()).collect();
        let sum = |pick: fn(&GuestStats) -> u64| stats.iter().map(pick).sum::<u64>();
        let (updates, update_bytes) = (sum(|s| s.avatar_updates), sum(|s| s.avatar_update_bytes));
        let (received, lost) = (sum(|s| s.received_packets), sum(|s| s.lost_packets));
        let intervals: Vec<f32> = bots
            .iter()
            .flat_map(|bot| bot.watch.intervals_ms.iter().copied())
            .collect();
        let near_hz: Vec<f32> = bots
            .iter()
            .filter_map(|bot| bot.watch.slowest_near_hz())
            .collect();
        let mut errors: BTreeMap<&str, u32> = BTreeMap::new();
        for error in bots.iter().flat_map(|bot| &bot.errors) {
            *errors.entry(error).or_default() += 1;
        }
        let ok = stayed == count as usize && errors.is_empty();
        let errors: Vec<String> = errors
            .iter()
            .map(|(error, times)| format!("{times} × {error}"))
            .collect();
        let seen: Vec<f32> = bots.iter().map(|bot| bot.watch.people.len() as f32).collect();
        let first = bots.first();
        let people = first.map_or(&[][..], |bot| &bot.watch.people);
        let heard = first.map_or(&[][..], |bot| &bot.heard);
        let builders = || bots.iter().filter_map(|bot| bot.builder.as_ref());
        let answers: Vec<f32> = builders()
            .flat_map(|builder| builder.answered_ms.iter().copied())
            .collect();
        let comes = |pick: fn(&Builder) -> Option<Duration>| -> Vec<f32> {
            bots.iter()
                .filter_map(|bot| Some(ms(pick(bot.builder.as_ref()?)?.saturating_sub(bot.began))))
                .collect()
        };
        let report = json!({
            "ok": ok,
            "count": count,
            "joined": joins.len(),
            "stayed": stayed,
            "seconds": secs,
            "join_ms": spread(&joins),
            "first_pose_ms": spread(&firsts),
            "bytes_per_sec": { "up": spread(&rates(|(up, _)| up)), "down": spread(&rates(|(_, down)| down)) },
            "avatar_update_bytes": {
                "mean": if updates > 0 { update_bytes as f64 / updates as f64 } else { 0.0 },
                "max": stats.iter().map(|s| s.avatar_update_max_bytes).max().unwrap_or(0),
                "updates": updates,
            },
            "packets": {
                "received": received,
                "lost": lost,
                "late": sum(|s| s.late_packets),
                "loss": if received + lost > 0 { lost as f64 / (received + lost) as f64 } else { 0.0 },
            },
            "rtt_ms": spread(&stats.iter().filter_map(|s| s.rtt_ms).collect::<Vec<_>>()),
            "playout_ms": spread(&stats.iter().map(|s| s.playout_ms).collect::<Vec<_>>()),
            "interval_ms": spread(&intervals),
            "nearest_hz": {
                "worst": near_hz.iter().copied().min_by(f32::total_cmp),
                "median": if near_hz.is_empty() { None } else { Some(percentile(&near_hz, 0.5)) },
                "bots": near_hz.len(),
            },
            "said": bots.iter().map(|bot| bot.said).sum::<u32>(),
            "lines_seen": bots.iter().map(|bot| bot.lines_seen).sum::<u64>(),
            "people_seen": spread(&seen),
            "people": people.iter().map(|seen| json!({
                "name": seen.name, "walked_metres": seen.walked_metres, "waved": seen.waved,
            })).collect::<Vec<_>>(),
            "chat": heard.iter().map(|(from, text)| json!({ "from": from, "text": text })).collect::<Vec<_>>(),
            "resumes": bots.iter().map(|bot| bot.resumes).sum::<u32>(),
            "built": {
                "wished": builders().map(|builder| builder.wished).sum::<u64>(),
                "confirmed": builders().map(|builder| builder.confirmed).sum::<u64>(),
                "refused": builders().map(|builder| builder.refused).sum::<u64>(),
                "answered_ms": spread(&answers),
                "near_ms": spread(&comes(|builder| builder.near)),
                "whole_ms": spread(&comes(|builder| builder.whole)),
            },
            "voice": super::voice::tally(bots.iter().filter_map(|bot| bot.voice.as_ref())),
            "moves": bots.iter().map(|bot| bot.follow.moves).sum::<u32>(),
            "back_ms": spread(&bots.iter().flat_map(|bot| bot.follow.back_in.iter().copied()).map(ms).collect::<Vec<_>>()),
            "errors": errors,
        });
        Self { report, ok }
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string_pretty(&self.report).unwrap_or_default()
    }
}

/// The value below which `part` (0..1) of them lie; 0 of none.
fn percentile(values: &[f32], part: f32) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let at = ((sorted.len() as f32 * part).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(at).copied().unwrap_or(0.0)
}

fn spread(values: &[f32]) -> Value {
    let mean = if values.is_empty() {
        0.0
    } else {
        values.iter().sum::<f32>() / values.len() as f32
    };
    json!({
        "samples": values.len(),
        "mean": mean,
        "min": percentile(values, 0.0),
        "p50": percentile(values, 0.5),
        "p95": percentile(values, 0.95),
        "p99": percentile(values, 0.99),
        "max": percentile(values, 1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(
            [0.0, 0.5, 0.95, 1.0].map(|p| percentile(&values, p)),
            [1.0, 3.0, 5.0, 5.0]
        );
        assert_eq!(percentile(&[], 0.5), 0.0);
    }
}

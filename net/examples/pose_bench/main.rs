//! What the pose stream costs and how well it shows people: bytes, nanoseconds, milliseconds, metres.
//!
//! `cargo run --release -p holm-net --example pose_bench -- --json` prints one JSON object; without
//! `--json` the same in lines. Times are the machine's; bytes and errors follow from the seed alone.
#![allow(clippy::print_stdout, reason = "a program that prints its findings")]
#![allow(clippy::unwrap_used, reason = "a bench: a failure should end it")]
#![allow(
    clippy::disallowed_methods,
    reason = "a bench measures with the machine's clock"
)]

mod bodies;
mod cost;
mod shown;

use holm_net::pose::walker::Mood;
use holm_net::transport::memory::Weather;
use serde_json::{Value, json};

fn main() {
    let mut all = serde_json::Map::new();
    let moods = [
        ("walking", Mood::Walking),
        ("idle", Mood::Idle),
        ("running", Mood::Running),
    ];
    for people in [64, 200] {
        for (name, mood) in moods {
            all.insert(
                format!("bytes_{name}_{people}"),
                cost::bytes(people, mood, Weather::BENCH_50MS),
            );
        }
    }
    for people in [64, 200] {
        all.insert(format!("cpu_near_{people}"), cost::cpu(people, 4.0));
        all.insert(format!("cpu_spread_{people}"), cost::cpu(people, 60.0));
    }
    all.insert(
        "replication_16_guests_32_bodies".into(),
        bodies::replication(16, 32),
    );
    all.insert("tumbling_901_bodies".into(), bodies::tumbling(901));
    for weather in [
        Weather::BENCH_50MS,
        Weather::GOOD_WIFI,
        Weather::BAD_WIFI,
        Weather::WEAK_4G,
    ] {
        all.insert(
            format!("shown_one_link_{}", weather.name),
            shown::one_link(weather),
        );
    }
    all.insert(
        "shown_through_host_BENCH_50MS".into(),
        shown::through_host(Weather::BENCH_50MS, Weather::LAN),
    );
    all.insert(
        "shown_through_host_both_BENCH_50MS".into(),
        shown::through_host(Weather::BENCH_50MS, Weather::BENCH_50MS),
    );
    let all = Value::Object(all);
    if std::env::args().any(|arg| arg == "--json") {
        println!("{}", json!({ "pose": all }));
    } else {
        for (name, value) in all.as_object().unwrap() {
            println!("{name}: {value}");
        }
    }
}

/// Mean, median, 95th and 99th percentile, and greatest.
pub(crate) fn spread(mut values: Vec<f64>) -> Value {
    if values.is_empty() {
        return Value::Null;
    }
    values.sort_unstable_by(f64::total_cmp);
    let at = |part: f64| round(values[((values.len() - 1) as f64 * part) as usize]);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    json!({ "mean": round(mean), "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0), "n": values.len() })
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

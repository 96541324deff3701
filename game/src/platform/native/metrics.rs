//! What a host tells about itself in figures: a little at the port of the world, all of it (`text`) at the admin page's.

use crate::console::pace::Pace;
use bevy::prelude::*;
use holm_net::session::host::HostTotals;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::Ordering;
use std::time::Instant;

pub(super) mod text;

/// Measures how long each frame is worked on: from the first of its schedules to the last.
pub(super) fn pace_plugin(app: &mut App) {
    app.insert_resource(Begun(None))
        .add_systems(First, begin)
        .add_systems(Last, end);
}

#[derive(Resource)]
struct Begun(Option<Instant>);

fn begin(mut begun: ResMut<Begun>) {
    begun.0 = Some(Instant::now());
}

fn end(mut begun: ResMut<Begun>, mut pace: ResMut<Pace>) {
    if let Some(begun) = begun.0.take() {
        pace.note(begun.elapsed());
    }
}

/// Memory that this program has, as far as the system says.
pub(super) fn memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Figures of a host; names under `holm_`.
pub(super) struct HostMetrics {
    people: Gauge,
    joins: Counter,
    resumes: Counter,
    refused: Counter,
    misbehaved: Counter,
    stream_sent: Counter,
    stream_received: Counter,
    order_sent: Counter,
    order_received: Counter,
    bulk_sent: Counter,
    updates: Counter,
    update_bytes: Counter,
}

impl HostMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("holm");
        let people = Gauge::default();
        registry.register("people", "People in the room", people.clone());
        let mut counter = |name: &str, help: &str, unit: Option<Unit>| {
            let counter = Counter::default();
            match unit {
                Some(unit) => registry.register_with_unit(name, help, unit, counter.clone()),
                None => registry.register(name, help, counter.clone()),
            }
            counter
        };
        Self {
            people,
            joins: counter("joins", "Guests who came in", None),
            resumes: counter("resumes", "Guests who came back after a lost link", None),
            refused: counter("refused", "Guests who were refused", None),
            misbehaved: counter("misbehaved", "Guests who were cut off for what they sent", None),
            stream_sent: counter("stream_sent", "Stream payload sent", Some(Unit::Bytes)),
            stream_received: counter("stream_received", "Stream payload received", Some(Unit::Bytes)),
            order_sent: counter("order_sent", "Reliable payload sent", Some(Unit::Bytes)),
            order_received: counter("order_received", "Reliable payload received", Some(Unit::Bytes)),
            bulk_sent: counter("bulk_sent", "World files sent", Some(Unit::Bytes)),
            updates: counter(
                "avatar_updates",
                "Avatar updates sent, all receivers together",
                None,
            ),
            update_bytes: counter("avatar_update", "Their payload", Some(Unit::Bytes)),
        }
    }

    pub(super) fn note(&self, people: u32, totals: &HostTotals) {
        self.people.set(i64::from(people));
        let set = |counter: &Counter, value: u64| counter.inner().store(value, Ordering::Relaxed);
        set(&self.joins, totals.joins);
        set(&self.resumes, totals.resumes);
        set(&self.refused, totals.refused);
        set(&self.misbehaved, totals.misbehaved);
        set(&self.stream_sent, totals.sent_stream_bytes);
        set(&self.stream_received, totals.received_stream_bytes);
        set(&self.order_sent, totals.sent_order_bytes);
        set(&self.order_received, totals.received_order_bytes);
        set(&self.bulk_sent, totals.sent_bulk_bytes);
        set(&self.updates, totals.avatar_updates);
        set(&self.update_bytes, totals.avatar_update_bytes);
    }
}

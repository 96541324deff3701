//! What the rendezvous counts, in the words of Prometheus.
//!
//! Invariant: no label comes from a stranger, so nobody can make the page grow.

use core::fmt;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Counters of one server; clones count together.
#[derive(Clone, Default)]
pub(crate) struct Metrics {
    connections: Gauge,
    refused: Counter,
    rooms: Gauge,
    guests: Gauge,
    lines: Family<Side, Counter>,
    ends: Family<Code, Counter>,
    frames: Family<Side, Counter>,
    bytes: Family<Side, Counter>,
    requests: Family<Code, Counter>,
}

/// Who a line belongs to: `host` or `guest`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Side {
    from: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: u16,
}

impl Metrics {
    /// Makes the counters known to `registry`, as `holm_rendezvous_…`.
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let all = Self::default();
        let r = registry.sub_registry_with_prefix("holm_rendezvous");
        for (name, help, gauge) in [
            ("connections", "Open connections", &all.connections),
            ("rooms", "Rooms with a host", &all.rooms),
            ("guests", "Guests at the doors of all rooms", &all.guests),
        ] {
            r.register(name, help, gauge.clone());
        }
        for (name, help, by_side) in [
            ("lines", "Signaling lines opened", &all.lines),
            ("frames", "Signaling frames received", &all.frames),
            ("frame_bytes", "Bytes of signaling frames received", &all.bytes),
        ] {
            r.register(name, help, by_side.clone());
        }
        for (name, help, by_code) in [
            ("line_ends", "Signaling lines ended, by close code", &all.ends),
            ("requests", "HTTP requests, by status", &all.requests),
        ] {
            r.register(name, help, by_code.clone());
        }
        let refused = all.refused.clone();
        r.register("connections_refused", "Connections over a limit", refused);
        all
    }

    pub(crate) fn connections(&self, admitted: bool, open: usize) {
        self.connections.set(gauge(open));
        if !admitted {
            self.refused.inc();
        }
    }

    pub(crate) fn rooms(&self, rooms: usize, guests: usize) {
        self.rooms.set(gauge(rooms));
        self.guests.set(gauge(guests));
    }

    pub(crate) fn line(&self, from: &'static str) {
        self.lines.get_or_create(&Side { from }).inc();
    }

    pub(crate) fn line_end(&self, code: u16) {
        // The other side's own code is a stranger's: only ours and the standard ones are told apart.
        let code = if matches!(code, 1000..=1015 | 4400..=4503) {
            code
        } else {
            1000
        };
        self.ends.get_or_create(&Code { code }).inc();
    }

    pub(crate) fn frame(&self, from: &'static str, bytes: usize) {
        self.frames.get_or_create(&Side { from }).inc();
        self.bytes.get_or_create(&Side { from }).inc_by(bytes as u64);
    }

    pub(crate) fn request(&self, code: u16) {
        self.requests.get_or_create(&Code { code }).inc();
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

fn gauge(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

//! The connection report: what the network did, to look at and to send to somebody who can help.
//!
//! Flow: twice a second the session's figures → [`Report`] → `ui`, and text for the clipboard.
//! Invariant: no names, no chat and no secret are in it; addresses only as the network layer signalled them.

pub(crate) mod ui;

use crate::session::{GuestLink, Session, SessionPhase};
use bevy::prelude::*;
use core::fmt::Write as _;
use holm_net::session::guest::GuestStats;
use holm_net::session::host::HostTotals;
use holm_net::transport::{LinkReport, Path};
use std::time::Duration;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Report>()
        .add_plugins(ui::plugin)
        .add_systems(OnExit(SessionPhase::Off), begin)
        .add_systems(
            Update,
            sample.run_if(
                in_state(SessionPhase::Inside)
                    .or_else(in_state(SessionPhase::Away))
                    .or_else(in_state(SessionPhase::Joining)),
            ),
        );
}

/// Figures that change faster cannot be read.
const SAMPLE_EVERY: Duration = Duration::from_millis(500);

/// The newest figures.
#[derive(Resource, Clone, Debug, Default)]
pub struct Report {
    /// Label and value, in the order they are read.
    pub rows: Vec<(&'static str, String)>,
    /// At a host: each guest's link, a line each.
    pub guests: Vec<String>,
    /// What ICE saw, one candidate a line.
    pub tried: Vec<String>,
    next: Duration,
    last: Option<(Duration, u64, u64)>,
}

impl Report {
    /// For the clipboard.
    pub fn text(&self) -> String {
        let mut text = format!("Holm {} connection report\n", env!("CARGO_PKG_VERSION"));
        for (label, value) in &self.rows {
            let _ = writeln!(text, "{label}: {value}");
        }
        for line in self.guests.iter().chain(&self.tried) {
            let _ = writeln!(text, "  {line}");
        }
        text
    }
}

/// Candidates listed; a machine with many network cards has a few dozen.
const MOST_TRIED: usize = 60;

/// The last link's figures stay to be looked at until the next link begins.
fn begin(mut report: ResMut<Report>) {
    *report = Report::default();
}

fn sample(mut session: ResMut<Session>, time: Res<Time<Real>>, mut report: ResMut<Report>) {
    let now = time.elapsed();
    if now < report.next {
        return;
    }
    report.next = now + SAMPLE_EVERY;
    // Reading the links of a host moves nothing that others look at.
    let guests = session.bypass_change_detection().guest_links();
    let mut rows = vec![(
        "This side",
        if session.is_host() {
            "host".to_owned()
        } else {
            "guest".to_owned()
        },
    )];
    let mut tried = Vec::new();
    let mut bytes = None;
    if let Some(link) = session.report() {
        link_rows(&link, &mut rows);
        tried = link.tried.into_iter().take(MOST_TRIED).collect();
        bytes = Some((link.sent_bytes, link.received_bytes));
    }
    if let Some(stats) = session.guest_stats() {
        stats_rows(&stats, &mut rows);
    }
    if let Some(totals) = session.host_totals() {
        host_rows(&totals, &mut rows);
        bytes = Some((
            totals.sent_stream_bytes + totals.sent_order_bytes + totals.sent_bulk_bytes,
            totals.received_stream_bytes + totals.received_order_bytes,
        ));
    }
    if let Some((sent, received)) = bytes {
        if let Some((then, old_sent, old_received)) = report.last {
            let secs = now.saturating_sub(then).as_secs_f64().max(1e-3);
            let rate = |new: u64, old: u64| rate((new.saturating_sub(old)) as f64 / secs);
            rows.push((
                "Rate out / in",
                format!("{} / {}", rate(sent, old_sent), rate(received, old_received)),
            ));
        }
        report.last = Some((now, sent, received));
    }
    for guest in &guests {
        let room = MOST_TRIED.saturating_sub(tried.len());
        let lines = guest.link.tried.iter().take(room);
        tried.extend(lines.map(|line| format!("{}: {line}", guest.slot.0)));
    }
    report.guests = guests.iter().map(guest_line).collect();
    report.rows = rows;
    report.tried = tried;
}

/// A guest's link in a line, by the number of their seat.
fn guest_line(guest: &GuestLink) -> String {
    let ping = guest
        .ping_ms
        .map_or_else(|| "not measured".to_owned(), |ms| format!("{ms} ms"));
    let pair = guest
        .link
        .chosen
        .as_ref()
        .map(|(ours, theirs)| format!(" ({ours} here, {theirs} there)"))
        .unwrap_or_default();
    format!(
        "{}: {}{pair}, {ping}, loss {:.1} %, {} out, {} in",
        guest.slot.0,
        path_words(guest.link.path),
        guest.loss * 100.0,
        size(guest.link.sent_bytes),
        size(guest.link.received_bytes),
    )
}

fn path_words(path: Path) -> &'static str {
    match path {
        Path::Unknown => "not known yet",
        Path::Direct => "direct, peer to peer",
        Path::Relayed => "through a relay (TURN)",
        Path::Memory => "inside this program",
    }
}

fn link_rows(link: &LinkReport, rows: &mut Vec<(&'static str, String)>) {
    rows.push(("Path", path_words(link.path).to_owned()));
    if let Some((ours, theirs)) = &link.chosen {
        rows.push(("Chosen pair", format!("{ours} here, {theirs} there")));
    }
    rows.push((
        "Sent",
        format!("{} in {} messages", size(link.sent_bytes), link.sent_messages),
    ));
    rows.push((
        "Received",
        format!(
            "{} in {} messages",
            size(link.received_bytes),
            link.received_messages
        ),
    ));
}

fn stats_rows(stats: &GuestStats, rows: &mut Vec<(&'static str, String)>) {
    rows.push((
        "Round trip",
        stats
            .rtt_ms
            .map_or_else(|| "not measured yet".to_owned(), |ms| format!("{ms:.0} ms")),
    ));
    rows.push(("Loss, last 10 s", format!("{:.1} %", stats.loss * 100.0)));
    rows.push((
        "Late / lost packets",
        format!(
            "{} / {} of {}",
            stats.late_packets,
            stats.lost_packets,
            stats.received_packets + stats.lost_packets
        ),
    ));
    rows.push(("Playout delay", format!("{:.0} ms", stats.playout_ms)));
    if stats.avatar_updates > 0 {
        let mean = stats.avatar_update_bytes as f64 / stats.avatar_updates as f64;
        rows.push((
            "Avatar update",
            format!("{mean:.1} B mean, {} B most", stats.avatar_update_max_bytes),
        ));
    }
}

fn host_rows(totals: &HostTotals, rows: &mut Vec<(&'static str, String)>) {
    rows.push((
        "Joins / resumes / refused",
        format!("{} / {} / {}", totals.joins, totals.resumes, totals.refused),
    ));
    if totals.misbehaved > 0 {
        rows.push(("Misbehaved", totals.misbehaved.to_string()));
    }
    rows.push((
        "Streams out / in",
        format!(
            "{} / {}",
            size(totals.sent_stream_bytes),
            size(totals.received_stream_bytes)
        ),
    ));
    rows.push((
        "Messages out / in",
        format!(
            "{} / {}",
            size(totals.sent_order_bytes),
            size(totals.received_order_bytes)
        ),
    ));
    rows.push(("Files out", size(totals.sent_bulk_bytes)));
    if totals.avatar_updates > 0 {
        let mean = totals.avatar_update_bytes as f64 / totals.avatar_updates as f64;
        rows.push(("Avatar update", format!("{mean:.1} B mean")));
    }
}

/// Bytes as people read them.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

fn rate(bytes_per_sec: f64) -> String {
    format!("{:.0} kbit/s", bytes_per_sec * 8.0 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_was_tried_and_what_was_chosen() {
        let link = LinkReport {
            path: Path::Relayed,
            chosen: Some(("relay".into(), "srflx".into())),
            sent_bytes: 1_234_567,
            ..LinkReport::default()
        };
        let mut report = Report {
            tried: vec!["ours host udp 192.168.1.5:50000".into()],
            ..Report::default()
        };
        link_rows(&link, &mut report.rows);
        stats_rows(
            &GuestStats {
                rtt_ms: Some(41.6),
                loss: 0.021,
                ..GuestStats::default()
            },
            &mut report.rows,
        );
        let text = report.text();
        for part in [
            "through a relay",
            "relay here, srflx there",
            "1.2 MB",
            "42 ms",
            "2.1 %",
            "192.168.1.5",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }

    #[test]
    fn a_host_sees_each_guests_way() {
        let line = guest_line(&GuestLink {
            slot: holm_net::pose::Slot(3),
            ping_ms: Some(31),
            loss: 0.004,
            link: LinkReport {
                path: Path::Direct,
                chosen: Some(("host".into(), "prflx".into())),
                sent_bytes: 2_000,
                ..LinkReport::default()
            },
        });
        assert_eq!(
            line,
            "3: direct, peer to peer (host here, prflx there), 31 ms, loss 0.4 %, 2.0 kB out, 0 B in"
        );
    }

    #[test]
    fn sizes_are_readable() {
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_500), "1.5 kB");
        assert_eq!(size(2_500_000), "2.5 MB");
    }
}

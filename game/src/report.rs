//! The connection report: what the network did, to look at and to send to somebody who can help.
//!
//! Flow: twice a second the session's figures → [`Report`] → rows in the language of whoever reads them: `ui`, and text for
//! the clipboard.
//! Invariant: no names, no chat and no secret are in it; addresses only as the network layer signalled them.

pub(crate) mod ui;

use crate::session::{GuestLink, Session, SessionPhase};
use crate::words::Words;
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

/// Label and value, in the order they are read.
pub type Rows = Vec<(String, String)>;

/// What was measured, before it is said in any language.
#[derive(Clone, Debug, Default)]
struct Figures {
    is_host: bool,
    link: Option<LinkReport>,
    guest: Option<GuestStats>,
    host: Option<HostTotals>,
    /// Out and in, as people read them.
    rates: Option<(String, String)>,
    /// At a host: each guest's link.
    guests: Vec<GuestLink>,
}

/// The newest figures.
#[derive(Resource, Clone, Debug, Default)]
pub struct Report {
    figures: Figures,
    /// What ICE saw, one candidate a line.
    pub tried: Vec<String>,
    next: Duration,
    last: Option<(Duration, u64, u64)>,
}

impl Report {
    /// For the clipboard: in English, for whoever can help.
    pub fn text(&self) -> String {
        let mut text = format!("Holm {} connection report\n", env!("CARGO_PKG_VERSION"));
        let english = Words::default();
        for (label, value) in self.rows(&english) {
            let _ = writeln!(text, "{label}: {value}");
        }
        for line in self.guests(&english).iter().chain(&self.tried) {
            let _ = writeln!(text, "  {line}");
        }
        text
    }

    /// Whether there is anything to be looked at.
    pub fn has_figures(&self) -> bool {
        let figures = &self.figures;
        figures.link.is_some() || figures.guest.is_some() || figures.host.is_some()
    }

    /// What is shown, in the language of this screen.
    pub fn rows(&self, words: &Words) -> Rows {
        let figures = &self.figures;
        let side = if figures.is_host {
            "report-host"
        } else {
            "report-guest"
        };
        let mut rows = vec![(words.say("report-side"), words.say(side))];
        if let Some(link) = &figures.link {
            link_rows(words, link, &mut rows);
        }
        if let Some(stats) = &figures.guest {
            stats_rows(words, stats, &mut rows);
        }
        if let Some(totals) = &figures.host {
            host_rows(words, totals, &mut rows);
        }
        if let Some((out, into)) = &figures.rates {
            rows.push((words.say("report-rate"), format!("{out} / {into}")));
        }
        rows
    }

    /// At a host: each guest's link, a line each.
    pub fn guests(&self, words: &Words) -> Vec<String> {
        self.figures
            .guests
            .iter()
            .map(|guest| guest_line(words, guest))
            .collect()
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
    let link = session.report();
    let totals = session.host_totals();
    let mut bytes = link.as_ref().map(|link| (link.sent_bytes, link.received_bytes));
    if let Some(totals) = &totals {
        bytes = Some((
            totals.sent_stream_bytes + totals.sent_order_bytes + totals.sent_bulk_bytes,
            totals.received_stream_bytes + totals.received_order_bytes,
        ));
    }
    let mut rates = None;
    if let Some((sent, received)) = bytes {
        if let Some((then, old_sent, old_received)) = report.last {
            let secs = now.saturating_sub(then).as_secs_f64().max(1e-3);
            let rate = |new: u64, old: u64| rate((new.saturating_sub(old)) as f64 / secs);
            rates = Some((rate(sent, old_sent), rate(received, old_received)));
        }
        report.last = Some((now, sent, received));
    }
    let mut tried: Vec<String> = link
        .iter()
        .flat_map(|link| link.tried.iter().cloned())
        .take(MOST_TRIED)
        .collect();
    for guest in &guests {
        let room = MOST_TRIED.saturating_sub(tried.len());
        let lines = guest.link.tried.iter().take(room);
        tried.extend(lines.map(|line| format!("{}: {line}", guest.slot.0)));
    }
    report.tried = tried;
    report.figures = Figures {
        is_host: session.is_host(),
        link,
        guest: session.guest_stats(),
        host: totals,
        rates,
        guests,
    };
}

/// A guest's link in a line, by the number of their seat.
fn guest_line(words: &Words, guest: &GuestLink) -> String {
    let ping = guest.ping_ms.map_or_else(
        || words.say("report-not-measured"),
        |ms| words.with("report-ms", &[("ms", ms.into())]),
    );
    let pair = guest
        .link
        .chosen
        .as_ref()
        .map(|chosen| format!(" ({})", pair_words(words, chosen)))
        .unwrap_or_default();
    words.with(
        "report-guest-line",
        &[
            ("seat", guest.slot.0.into()),
            (
                "path",
                format!("{}{pair}", path_words(words, guest.link.path)).into(),
            ),
            ("ping", ping.into()),
            ("loss", format!("{:.1}", guest.loss * 100.0).into()),
            ("sent", size(guest.link.sent_bytes).into()),
            ("received", size(guest.link.received_bytes).into()),
        ],
    )
}

fn pair_words(words: &Words, (ours, theirs): &(String, String)) -> String {
    words.with(
        "report-pair-words",
        &[("ours", ours.into()), ("theirs", theirs.into())],
    )
}

fn path_words(words: &Words, path: Path) -> String {
    words.say(match path {
        Path::Unknown => "report-path-unknown",
        Path::Direct => "report-path-direct",
        Path::Relayed => "report-path-relayed",
        Path::Memory => "report-path-memory",
    })
}

fn link_rows(words: &Words, link: &LinkReport, rows: &mut Rows) {
    rows.push((words.say("report-path"), path_words(words, link.path)));
    if let Some(chosen) = &link.chosen {
        rows.push((words.say("report-pair"), pair_words(words, chosen)));
    }
    let moved = |bytes: u64, messages: u64| {
        words.with(
            "report-bytes-in-messages",
            &[("bytes", size(bytes).into()), ("messages", messages.into())],
        )
    };
    rows.push((
        words.say("report-sent"),
        moved(link.sent_bytes, link.sent_messages),
    ));
    rows.push((
        words.say("report-received"),
        moved(link.received_bytes, link.received_messages),
    ));
}

fn stats_rows(words: &Words, stats: &GuestStats, rows: &mut Rows) {
    rows.push((
        words.say("report-round-trip"),
        stats.rtt_ms.map_or_else(
            || words.say("report-not-measured"),
            |ms| words.with("report-ms", &[("ms", format!("{ms:.0}").into())]),
        ),
    ));
    rows.push((words.say("report-loss"), format!("{:.1} %", stats.loss * 100.0)));
    rows.push((
        words.say("report-late-lost"),
        words.with(
            "report-late-lost-words",
            &[
                ("late", stats.late_packets.into()),
                ("lost", stats.lost_packets.into()),
                ("all", (stats.received_packets + stats.lost_packets).into()),
            ],
        ),
    ));
    rows.push((
        words.say("report-playout"),
        words.with("report-ms", &[("ms", format!("{:.0}", stats.playout_ms).into())]),
    ));
    if stats.avatar_updates > 0 {
        let mean = stats.avatar_update_bytes as f64 / stats.avatar_updates as f64;
        rows.push((
            words.say("report-avatar-update"),
            words.with(
                "report-avatar-most",
                &[
                    ("mean", format!("{mean:.1}").into()),
                    ("most", stats.avatar_update_max_bytes.into()),
                ],
            ),
        ));
    }
}

fn host_rows(words: &Words, totals: &HostTotals, rows: &mut Rows) {
    rows.push((
        words.say("report-joins"),
        format!("{} / {} / {}", totals.joins, totals.resumes, totals.refused),
    ));
    if totals.misbehaved > 0 {
        rows.push((words.say("report-misbehaved"), totals.misbehaved.to_string()));
    }
    rows.push((
        words.say("report-streams"),
        format!(
            "{} / {}",
            size(totals.sent_stream_bytes),
            size(totals.received_stream_bytes)
        ),
    ));
    rows.push((
        words.say("report-messages"),
        format!(
            "{} / {}",
            size(totals.sent_order_bytes),
            size(totals.received_order_bytes)
        ),
    ));
    rows.push((words.say("report-files"), size(totals.sent_bulk_bytes)));
    if totals.avatar_updates > 0 {
        let mean = totals.avatar_update_bytes as f64 / totals.avatar_updates as f64;
        rows.push((
            words.say("report-avatar-update"),
            words.with("report-avatar-mean", &[("mean", format!("{mean:.1}").into())]),
        ));
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
    use crate::words::Language;

    #[test]
    fn a_report_says_what_was_tried_and_what_was_chosen() {
        let link = LinkReport {
            path: Path::Relayed,
            chosen: Some(("relay".into(), "srflx".into())),
            sent_bytes: 1_234_567,
            ..LinkReport::default()
        };
        let report = Report {
            figures: Figures {
                link: Some(link),
                guest: Some(GuestStats {
                    rtt_ms: Some(41.6),
                    loss: 0.021,
                    ..GuestStats::default()
                }),
                ..Figures::default()
            },
            tried: vec!["ours host udp 192.168.1.5:50000".into()],
            ..Report::default()
        };
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
    fn what_was_measured_is_said_in_the_language_one_has_now() {
        let report = Report {
            figures: Figures {
                link: Some(LinkReport::default()),
                ..Figures::default()
            },
            ..Report::default()
        };
        for language in Language::ALL {
            let words = Words::new(language);
            let labels: Vec<String> = report.rows(&words).into_iter().map(|(label, _)| label).collect();
            let expected = ["report-side", "report-path", "report-sent", "report-received"];
            assert_eq!(labels, expected.map(|key| words.say(key)));
        }
        assert!(
            report.text().contains(&Words::default().say("report-path")),
            "the clipboard's is English"
        );
    }

    #[test]
    fn a_host_sees_each_guests_way() {
        let line = guest_line(
            &Words::default(),
            &GuestLink {
                slot: holm_net::pose::Slot(3),
                ping_ms: Some(31),
                loss: 0.004,
                link: LinkReport {
                    path: Path::Direct,
                    chosen: Some(("host".into(), "prflx".into())),
                    sent_bytes: 2_000,
                    ..LinkReport::default()
                },
            },
        );
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

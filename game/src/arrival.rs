//! On the way in: what a person sees from a link until their world is whole.
//!
//! Flow: [`SessionPhase::Joining`] → the steps to the host and a way to give up; then, inside, [`WorldStatus`] → whose
//! world it is, who is there, what is being fetched, how fast and for how long still (`Pace`).
//! Invariant: never blank. Each wait shows that something happens, says when nothing does, and ends: the session ends
//! what takes too long, and giving up is one press of a key, a pad's button or a finger.

mod pace;

use crate::people::Person;
use crate::report;
use crate::screens::{Opened, Screens};
use crate::session::{LeaveSession, Session, SessionPhase};
use crate::theme::{self, widgets};
use crate::words::Words;
use crate::world::{WorldStatus, said_name};
use bevy::prelude::*;
use bevy_egui::egui::{self, RichText};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_net::transport::JoinStep;
use pace::Pace;
use std::time::Duration;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Way>()
        .add_systems(OnEnter(SessionPhase::Joining), set_out);
    app.add_systems(
        EguiPrimaryContextPass,
        (
            joining
                .run_if(in_state(SessionPhase::Joining))
                .in_set(crate::view::ViewSystems::Panels),
            fetching
                .run_if(in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away)))
                .in_set(crate::view::ViewSystems::Hud),
        ),
    );
}

/// A step that lasts longer is said to: on a good day none takes half of it.
const LONG: Duration = Duration::from_secs(6);

/// Names of people already there that fit the panel; the others are counted.
const NAMES: usize = 4;

fn step_key(step: JoinStep) -> &'static str {
    match step {
        JoinStep::FindingRendezvous => "arrival-finding",
        JoinStep::Knocking => "arrival-knocking",
        JoinStep::Connecting => "arrival-connecting",
        JoinStep::Linked => "arrival-linked",
    }
}

/// A way in, from the wish to join until it is done or given up.
#[derive(Resource, Debug, Default)]
struct Way {
    /// Which one it is since the program started.
    count: u64,
    /// The step it is at, and since when.
    at: Option<(JoinStep, Duration)>,
}

fn set_out(mut way: ResMut<Way>) {
    *way = Way {
        count: way.count + 1,
        at: None,
    };
}

fn joining(
    mut contexts: EguiContexts,
    session: Res<Session>,
    words: Res<Words>,
    time: Res<Time<Real>>,
    mut leave: MessageWriter<LeaveSession>,
    mut first: Local<crate::view::FirstFocus>,
    mut way: ResMut<Way>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let now = time.elapsed();
    let current = session.step().unwrap_or(JoinStep::FindingRendezvous);
    let begun = match way.at {
        Some((step, begun)) if step == current => begun,
        _ => now,
    };
    way.at = Some((current, begun));
    crate::view::dialog(ctx, "joining", 380.0, |ui| {
        let p = theme::palette(ui.ctx());
        ui.heading(words.say("arrival-title"));
        if let Some(link) = session.link() {
            let host = link.authority.clone();
            widgets::aside(ui, words.with("arrival-to", &[("host", host.into())]));
        }
        ui.add_space(6.0);
        for step in [
            JoinStep::FindingRendezvous,
            JoinStep::Knocking,
            JoinStep::Connecting,
            JoinStep::Linked,
        ] {
            ui.horizontal(|ui| {
                let text = RichText::new(words.say(step_key(step)));
                let (colour, text) = match step.cmp(&current) {
                    core::cmp::Ordering::Less => (p.moss, text.color(p.mist)),
                    core::cmp::Ordering::Equal => (p.amber, text.family(theme::bold())),
                    core::cmp::Ordering::Greater => (p.tide, text.color(p.mist)),
                };
                widgets::dot(ui, colour);
                ui.add(egui::Label::new(text).wrap());
            });
        }
        ui.add_space(4.0);
        widgets::progress(ui, None);
        if now.saturating_sub(begun) > LONG {
            widgets::aside(ui, words.say("arrival-slow"));
        }
        ui.add_space(8.0);
        let cancel = widgets::wide_button(ui, &words.say("arrival-cancel"), widgets::Weight::Plain);
        let opened = Opened {
            count: way.count,
            ..Default::default()
        };
        first.give(opened, &cancel);
        if cancel.clicked() {
            leave.write(LeaveSession::default());
        }
    });
    Ok(())
}

/// The world is on its way: one can stand, talk and see the others meanwhile, and walk as soon as there is ground.
fn fetching(
    mut contexts: EguiContexts,
    status: Res<WorldStatus>,
    session: Res<Session>,
    people: Query<&Person>,
    screens: Res<Screens>,
    words: Res<Words>,
    time: Res<Time<Real>>,
    mut pace: Local<Pace>,
) -> Result {
    let (title, next, part) = match &*status {
        WorldStatus::None | WorldStatus::Ready => {
            *pace = Pace::default();
            return Ok(());
        }
        WorldStatus::Failed { sentence } => {
            if screens.blocks_walking() {
                return Ok(());
            }
            panel(contexts.ctx_mut()?, |ui| {
                widgets::callout(
                    ui,
                    widgets::Mood::Trouble,
                    &words.say("arrival-failed"),
                    &words.phrase(sentence),
                );
            });
            return Ok(());
        }
        WorldStatus::Building => (words.say("arrival-building"), words.say("arrival-complete"), None),
        WorldStatus::Fetching { have, of } => {
            pace.see(time.elapsed(), *have);
            let part = (*of > 0).then(|| *have as f32 / *of as f32);
            let next = match (part, pace.silent_secs(time.elapsed())) {
                (_, Some(secs)) => words.with("arrival-silent", &[("secs", secs.into())]),
                (None, None) => words.say("arrival-asking"),
                (Some(_), None) => figures(&words, &pace, *have, *of),
            };
            (words.say("arrival-fetching"), next, part)
        }
    };
    let there = already_there(&words, people.iter());
    panel(contexts.ctx_mut()?, |ui| {
        ui.label(
            RichText::new(said_name(&words, session.world_name()))
                .heading()
                .family(theme::bold()),
        );
        widgets::aside(ui, there);
        ui.add_space(4.0);
        ui.label(RichText::new(title).family(theme::bold()));
        widgets::aside(ui, next);
        widgets::progress(ui, part);
    });
    Ok(())
}

fn figures(words: &Words, pace: &Pace, have: u64, of: u64) -> String {
    let (have_size, of_size) = (report::size(have), report::size(of));
    match pace.bytes_per_sec() {
        Some(rate) if rate > 0.0 && have < of => {
            let secs = ((of - have) as f64 / rate).ceil().clamp(1.0, 86_400.0);
            words.with(
                "arrival-bytes-left",
                &[
                    ("have", have_size.into()),
                    ("of", of_size.into()),
                    ("rate", report::size(rate as u64).into()),
                    ("secs", secs.into()),
                ],
            )
        }
        _ => words.with(
            "arrival-bytes",
            &[("have", have_size.into()), ("of", of_size.into())],
        ),
    }
}

/// Who is there, by name while the names fit.
fn already_there<'a>(words: &Words, people: impl Iterator<Item = &'a Person>) -> String {
    let mut names: Vec<String> = people
        .filter(|person| !person.me)
        .map(|person| words.called(&person.name))
        .collect();
    if names.is_empty() {
        return words.say("arrival-nobody");
    }
    names.sort_unstable(); // the order of entities changes, and names must not dance
    let more = names.len().saturating_sub(NAMES);
    names.truncate(NAMES);
    let names = names.join(" · ");
    if more == 0 {
        return words.with("arrival-there", &[("names", names.into())]);
    }
    words.with(
        "arrival-there-more",
        &[("names", names.into()), ("more", (more as f64).into())],
    )
}

fn panel(ctx: &egui::Context, contents: impl FnOnce(&mut egui::Ui)) {
    let width = (340.0 * theme::text_scale(ctx)).min(ctx.content_rect().width() - 56.0);
    egui::Area::new("fetching".into())
        .anchor(egui::Align2::CENTER_TOP, [0.0, 76.0])
        .interactable(false)
        .show(ctx, |ui| {
            widgets::panel_frame(ui.ctx())
                .inner_margin(egui::Margin::same(16))
                .show(ui, |ui| {
                    ui.set_width(width);
                    ui.with_layout(widgets::column(ctx), contents);
                });
        });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn a_download_is_told_in_figures_and_time_left() {
        let words = Words::new(Language::English);
        let mut pace = Pace::default();
        assert_eq!(figures(&words, &pace, 0, 4_000_000), "0 B of 4.0 MB");
        for step in 0..=20_u64 {
            pace.see(Duration::from_millis(step * 100), step * 50_000);
        }
        let said = figures(&words, &pace, 1_000_000, 4_000_000);
        assert_eq!(said, "1.0 MB of 4.0 MB · 500.0 kB a second · about 6 s left");
        assert_eq!(figures(&words, &pace, 4_000_000, 4_000_000), "4.0 MB of 4.0 MB");
    }
}

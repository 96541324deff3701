//! Reading and writing: the lines in the corner, the entry, the bubbles over heads.
//!
//! Flow: Enter opens the entry → [`Say`]; [`Said`] → a fading line and a [`Bubble`] over whoever said it.
//! Invariants: a draft survives closing the entry, and no room hears what was meant for another; what was missed
//! while the entry was closed is counted.

use super::wire::WhyNot;
use super::{ChatLine, ChatLog, NotSaid, Said, Say};
use crate::customs::MAX_CHAT_CHARS;
use crate::notices::Notice;
use crate::people::{People, Person};
use crate::platform;
use crate::screens::{Device, Panel, Screens};
use crate::session::{Entered, SessionPhase};
use crate::settings::Settings;
use crate::theme::{self, widgets};
use bevy::prelude::*;
use bevy_egui::egui::{self, RichText, text::LayoutJob};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use std::collections::VecDeque;
use std::time::Duration;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Entry>()
        .add_systems(Update, ((begin_room, hear, fade).chain(), explain))
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Hud)
                .run_if(not(in_state(SessionPhase::Off)).and_then(not(in_state(SessionPhase::Joining)))),
        );
}

/// How long a line stays in the corner while the entry is closed.
const LINE_LASTS: Duration = Duration::from_secs(12);
/// Lines in the corner while the entry is closed.
const FRESH_LINES: usize = 6;
/// How long a bubble stays: time to read it at 15 characters a second.
fn bubble_lasts(chars: usize) -> Duration {
    Duration::from_secs_f32(4.0 + (chars.min(120) as f32) / 15.0)
}

/// What somebody just said, over their head.
#[derive(Component, Clone, Debug, PartialEq)]
pub(crate) struct Bubble {
    text: String,
    since: Duration,
    until: Duration,
}

impl Bubble {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Comes quickly, goes slowly.
    pub(crate) fn opacity(&self, now: Duration) -> f32 {
        let age = now.saturating_sub(self.since).as_secs_f32();
        let left = self.until.saturating_sub(now).as_secs_f32();
        (age * 6.0).min(left * 1.5).clamp(0.0, 1.0)
    }
}

/// The entry, and what was missed while it was closed.
#[derive(Resource, Debug, Default)]
struct Entry {
    draft: String,
    fresh: VecDeque<(u64, Duration)>,
    unread: u32,
}

/// A new room begins with nothing typed and nothing missed.
fn begin_room(mut entered: MessageReader<Entered>, mut entry: ResMut<Entry>) {
    if entered.read().count() > 0 {
        *entry = Entry::default();
    }
}

fn hear(
    mut commands: Commands,
    mut said: MessageReader<Said>,
    mut entry: ResMut<Entry>,
    people: Res<People>,
    screens: Res<Screens>,
    time: Res<Time<Real>>,
) {
    let now = time.elapsed();
    for Said { line } in said.read() {
        entry.fresh.push_back((line.id, now + LINE_LASTS));
        if entry.fresh.len() > FRESH_LINES {
            entry.fresh.pop_front();
        }
        if !screens.is_open(Panel::Chat) {
            entry.unread += 1;
        }
        if let Some(entity) = people.entity(line.slot) {
            let until = now + bubble_lasts(line.text.chars().count());
            commands.entity(entity).try_insert(Bubble {
                text: line.text.clone(),
                since: now,
                until,
            });
        }
    }
}

fn fade(
    mut commands: Commands,
    bubbles: Query<(Entity, &Bubble)>,
    mut entry: ResMut<Entry>,
    time: Res<Time<Real>>,
) {
    let now = time.elapsed();
    for (entity, bubble) in &bubbles {
        if bubble.until <= now {
            commands.entity(entity).remove::<Bubble>();
        }
    }
    if entry.fresh.front().is_some_and(|(_, until)| *until <= now) {
        entry.fresh.pop_front();
    }
}

fn explain(mut not_said: MessageReader<NotSaid>, mut notices: MessageWriter<Notice>) {
    for NotSaid { why } in not_said.read() {
        let notice = match why {
            WhyNot::TooFast => Notice::trouble(
                "That was too much at once.",
                "Your line was not sent. Wait a few seconds and send it again.",
            ),
            WhyNot::Empty => Notice::trouble("There was nothing to read in that line.", "It was not sent."),
            WhyNot::NotAllowed | WhyNot::NotYours | WhyNot::TooLate => {
                Notice::trouble("The host did not pass that on.", "Only the host announces.")
            }
        };
        notices.write(notice);
    }
}

/// "now", "5 min", "2 h": a host's clock is not ours, and hours mean something in every time zone.
fn ago(at_secs: u64, now_secs: u64) -> String {
    match now_secs.saturating_sub(at_secs) {
        0..60 => "now".to_owned(),
        secs @ 60..3600 => format!("{} min", secs / 60),
        secs @ 3600..86_400 => format!("{} h", secs / 3600),
        secs => format!("{} d", secs / 86_400),
    }
}

/// Name in its person's colour, then the text, as one wrapped paragraph.
fn paragraph(
    line: &ChatLine,
    colour: egui::Color32,
    opacity: f32,
    width: f32,
    time: Option<String>,
    palette: &theme::Palette,
) -> LayoutJob {
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    let format = |font: egui::FontId, colour: egui::Color32| egui::TextFormat {
        font_id: font,
        color: colour.gamma_multiply(opacity),
        ..Default::default()
    };
    job.append(
        &line.name,
        0.0,
        format(egui::FontId::new(15.5, theme::bold()), colour),
    );
    job.append(
        &line.text,
        8.0,
        format(egui::FontId::proportional(15.5), palette.foam),
    );
    if let Some(time) = time {
        job.append(&time, 8.0, format(egui::FontId::proportional(12.0), palette.mist));
    }
    job
}

fn show(
    mut contexts: EguiContexts,
    mut entry: ResMut<Entry>,
    log: Res<ChatLog>,
    people: Res<People>,
    persons: Query<&Person>,
    mut screens: ResMut<Screens>,
    settings: Res<Settings>,
    device: Res<Device>,
    time: Res<Time<Real>>,
    mut say: MessageWriter<Say>,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let palette = theme::palette(ctx);
    let width = (ctx.content_rect().width() * 0.42).clamp(240.0, 430.0);
    let colour = |line: &ChatLine| {
        let account = people
            .entity(line.slot)
            .and_then(|entity| persons.get(entity).ok());
        // Who left may have lent the slot to somebody else: only the same name keeps the colour.
        account
            .filter(|person| person.name == line.name)
            .map_or(palette.mist, |person| theme::person_colour(&person.account.0))
    };
    if screens.top() == Some(Panel::Chat) {
        entry.unread = 0;
        let opened = screens.opened();
        let now_secs = platform::unix_secs();
        let mut done = false;
        corner(ctx, "chat", width, true, |ui| {
            egui::ScrollArea::vertical()
                .max_height(ctx.content_rect().height() * 0.42)
                .stick_to_bottom(true)
                .show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    ui.spacing_mut().item_spacing.y = 5.0;
                    if log.lines().len() == 0 {
                        widgets::aside(ui, "Nothing was said here yet.");
                    }
                    for line in log.lines() {
                        let time = settings.chat_times.then(|| ago(line.at_secs, now_secs));
                        ui.label(paragraph(
                            line,
                            colour(line),
                            1.0,
                            ui.available_width(),
                            time,
                            &palette,
                        ));
                    }
                });
            ui.add_space(4.0);
            let used = entry.draft.chars().count();
            let response = ui.add(
                egui::TextEdit::singleline(&mut entry.draft)
                    .char_limit(MAX_CHAT_CHARS)
                    .hint_text(
                        RichText::new("Say something to everyone").color(theme::palette(ui.ctx()).reed),
                    )
                    .margin(egui::Margin::symmetric(12, 10))
                    .background_color(theme::palette(ui.ctx()).ink)
                    .desired_width(f32::INFINITY),
            );
            first.give(opened, &response);
            ui.horizontal(|ui| {
                widgets::keycap(ui, "Enter");
                widgets::aside(ui, "send");
                widgets::keycap(ui, "Esc");
                widgets::aside(ui, "back");
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let near_full = used + 50 >= MAX_CHAT_CHARS;
                    let counter = RichText::new(format!("{used} / {MAX_CHAT_CHARS}")).small();
                    ui.label(counter.color(if near_full {
                        theme::palette(ui.ctx()).amber
                    } else {
                        theme::palette(ui.ctx()).mist
                    }));
                });
            });
            if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
                if !entry.draft.trim().is_empty() {
                    say.write(Say::to_all(std::mem::take(&mut entry.draft)));
                }
                done = true;
            }
        });
        if done {
            screens.close(Panel::Chat);
        }
        return Ok(());
    }
    if screens.blocks_walking() {
        return Ok(());
    }
    let now = time.elapsed();
    let any = !entry.fresh.is_empty() || entry.unread > 0;
    if any {
        corner(ctx, "chat lines", width, false, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            for (id, until) in &entry.fresh {
                let Some(line) = log.lines().rev().find(|line| line.id == *id) else {
                    continue;
                };
                let opacity = until.saturating_sub(now).as_secs_f32().min(1.0);
                egui::Frame::NONE
                    .fill(theme::palette(ui.ctx()).pill(opacity * 0.85))
                    .corner_radius(egui::CornerRadius::same(12))
                    .inner_margin(egui::Margin::symmetric(12, 6))
                    .show(ui, |ui| {
                        ui.label(paragraph(
                            line,
                            colour(line),
                            opacity,
                            width - 24.0,
                            None,
                            &palette,
                        ))
                    });
            }
            if entry.fresh.is_empty() {
                unread(ui, entry.unread, *device);
            }
        });
    }
    Ok(())
}

fn unread(ui: &mut egui::Ui, unread: u32, device: Device) {
    egui::Frame::NONE
        .fill(theme::palette(ui.ctx()).pill(0.85))
        .corner_radius(egui::CornerRadius::same(12))
        .inner_margin(egui::Margin::symmetric(12, 6))
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                widgets::dot(ui, theme::palette(ui.ctx()).amber);
                ui.label(if unread == 1 {
                    "1 line unread".to_owned()
                } else {
                    format!("{unread} lines unread")
                });
                if device == Device::Keyboard {
                    widgets::keycap(ui, "Enter");
                }
            });
        });
}

fn corner(
    ctx: &egui::Context,
    id: &'static str,
    width: f32,
    solid: bool,
    contents: impl FnOnce(&mut egui::Ui),
) {
    let frame = if solid {
        widgets::panel_frame(ctx).inner_margin(egui::Margin::same(14))
    } else {
        egui::Frame::NONE
    };
    egui::Area::new(id.into())
        .anchor(
            egui::Align2::LEFT_BOTTOM,
            [20.0, if solid { -20.0 } else { -64.0 }],
        )
        .interactable(solid)
        .order(egui::Order::Middle)
        .show(ctx, |ui| {
            frame.show(ui, |ui| {
                ui.set_width(width);
                contents(ui);
            });
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short_and_a_clock_that_runs_ahead_says_now() {
        assert_eq!(ago(1_000, 1_030), "now");
        assert_eq!(ago(1_000, 1_000 + 5 * 60), "5 min");
        assert_eq!(ago(1_000, 1_000 + 7_300), "2 h");
        assert_eq!(ago(5_000, 1_000), "now");
    }

    #[test]
    fn a_new_room_begins_with_nothing_typed_and_nothing_missed() {
        let mut app = App::new();
        app.add_message::<Entered>()
            .insert_resource(Entry {
                draft: "Only for Ada".to_owned(),
                fresh: VecDeque::from([(1, Duration::from_secs(9))]),
                unread: 3,
            })
            .add_systems(Update, begin_room);
        app.update();
        assert_eq!(app.world().resource::<Entry>().unread, 3);
        app.world_mut().write_message(Entered {
            me: None,
            world_name: "Elsewhere".to_owned(),
        });
        app.update();
        let entry = app.world().resource::<Entry>();
        assert!(entry.draft.is_empty() && entry.fresh.is_empty() && entry.unread == 0);
    }

    #[test]
    fn a_bubble_comes_and_goes() {
        let bubble = Bubble {
            text: "Hello".into(),
            since: Duration::from_secs(10),
            until: Duration::from_secs(15),
        };
        assert_eq!(bubble.opacity(Duration::from_secs(10)), 0.0);
        assert_eq!(bubble.opacity(Duration::from_secs(12)), 1.0);
        assert_eq!(bubble.opacity(Duration::from_secs(15)), 0.0);
    }
}

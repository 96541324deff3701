//! Announcements: a band at the upper edge, for all to read.
//!
//! Flow: [`Said`] with [`Reach::Announcement`] → a queue → one at a time, as long as it takes to read it.
//! Invariant: at most three wait: the log has them all.

use super::{ChatLine, Reach, Said};
use crate::people::mute::Muted;
use crate::session::{Entered, SessionPhase};
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::{self, RichText};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use std::collections::VecDeque;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Banner>()
        .add_systems(Update, hear)
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Hud)
                .run_if(in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away))),
        );
}

/// As wide as a band becomes with letters of ordinary size, points.
pub const BANNER_WIDTH: f32 = 620.0;
/// More in a row is a speech, and covers the view.
const MOST: usize = 3;

/// What is announced now, and what waits.
#[derive(Resource, Debug, Default)]
struct Banner {
    queue: VecDeque<ChatLine>,
    until: Duration,
}

/// Time to look up and read it at 12 characters a second.
fn lasts(text: &str) -> Duration {
    Duration::from_secs_f32(5.0 + text.chars().count() as f32 / 12.0)
}

fn hear(
    mut entered: MessageReader<Entered>,
    mut said: MessageReader<Said>,
    muted: Res<Muted>,
    time: Res<Time<Real>>,
    mut banner: ResMut<Banner>,
) {
    if entered.read().any(|entered| !entered.moved) {
        *banner = Banner::default();
    }
    let now = time.elapsed();
    let announced = said
        .read()
        .filter(|said| said.line.reach == Reach::Announcement && !muted.contains(&said.line.account));
    for Said { line } in announced {
        if banner.queue.len() == MOST {
            banner.queue.pop_front();
        }
        if banner.queue.is_empty() {
            banner.until = now + lasts(&line.text);
        }
        banner.queue.push_back(line.clone());
    }
    let first = banner.queue.front().map(|line| line.id);
    if banner.until <= now {
        banner.queue.pop_front();
    }
    // Somebody may be muted while they are read.
    banner.queue.retain(|line| !muted.contains(&line.account));
    if let Some(line) = banner.queue.front()
        && Some(line.id) != first
    {
        banner.until = now + lasts(&line.text);
    }
}

fn show(mut contexts: EguiContexts, banner: Res<Banner>, words: Res<Words>) -> Result {
    let Some(ChatLine { name, text, .. }) = banner.queue.front() else {
        return Ok(());
    };
    let ctx = contexts.ctx_mut()?;
    let screen = ctx.content_rect();
    let width = (screen.width() - 40.0).min(BANNER_WIDTH * theme::text_scale(ctx));
    egui::Area::new("announcement".into())
        .anchor(egui::Align2::CENTER_TOP, [0.0, 68.0])
        .interactable(false)
        .order(egui::Order::Foreground)
        .show(ctx, |ui| {
            let p = theme::palette(ui.ctx());
            widgets::panel_frame(ui.ctx())
                .inner_margin(egui::Margin::symmetric(22, 14))
                .stroke(egui::Stroke::new(1.5, p.amber))
                .show(ui, |ui| {
                    ui.set_max_width(width - 44.0);
                    ui.vertical_centered(|ui| {
                        ui.spacing_mut().item_spacing.y = 3.0;
                        let title = words.with("chat-announced-by", &[("name", words.called(name).into())]);
                        ui.label(RichText::new(title).small().family(theme::bold()).color(p.amber));
                        ui.label(RichText::new(text).color(p.foam));
                    });
                });
        });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_announcement_stays_longer() {
        assert!(lasts("Supper") < lasts(&"a".repeat(500)));
        assert!(lasts(&"a".repeat(500)) < Duration::from_secs(60));
    }
}

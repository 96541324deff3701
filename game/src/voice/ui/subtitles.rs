//! What is heard, written: for who does not hear it.
//!
//! Flow: [`Subtitle`] → [`Written`] → a small stack at the lower edge, each line with the way it comes from.
//! Invariants: only while the settings ask for it; the same sound again renews its line; at most [`MOST`] lines.

use crate::body::camera::MainCamera;
use crate::screens::Screens;
use crate::session::SessionPhase;
use crate::settings::Settings;
use crate::sound::Subtitle;
use crate::theme;
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, Painter, Pos2, RichText, Sense, Shape, Stroke, Vec2 as Points};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use std::collections::VecDeque;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Written>()
        .add_systems(Update, write)
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Hud)
                .run_if(in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away))),
        );
}

/// More would be read by nobody before they go.
const MOST: usize = 4;
/// Time to see that something is there and to read three words.
const LASTS: Duration = Duration::from_millis(3200);
/// Nearer than this a sound comes from where one stands, metres.
const HERE_METRES: f32 = 1.2;

/// One sound.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    key: &'static str,
    at: Option<Vec3>,
    until: Duration,
}

/// What is written now, oldest first.
#[derive(Resource, Debug, Default)]
struct Written(VecDeque<Line>);

impl Written {
    fn take(&mut self, key: &'static str, at: Option<Vec3>, now: Duration) {
        let until = now + LASTS;
        // In its place: lines that change it with each wave cannot be read.
        if let Some(line) = self.0.iter_mut().find(|line| line.key == key) {
            *line = Line { key, at, until };
            return;
        }
        self.0.push_back(Line { key, at, until });
        if self.0.len() > MOST {
            self.0.pop_front();
        }
    }

    fn forget(&mut self, now: Duration) {
        self.0.retain(|line| line.until > now);
    }
}

fn write(
    mut subtitles: MessageReader<Subtitle>,
    settings: Res<Settings>,
    time: Res<Time<Real>>,
    mut written: ResMut<Written>,
) {
    let now = time.elapsed();
    if !settings.sound.subtitles {
        subtitles.clear();
        if !written.0.is_empty() {
            written.0.clear();
        }
        return;
    }
    for subtitle in subtitles.read() {
        written.take(subtitle.key, subtitle.at, now);
    }
    if written.0.iter().any(|line| line.until <= now) {
        written.forget(now);
    }
}

/// The way a sound comes from as one looks, ahead being up; `None`: from here, or from nowhere.
fn way(eye: &Transform, at: Option<Vec3>) -> Option<Points> {
    let local = eye.rotation.inverse() * (at? - eye.translation);
    let flat = Points::new(local.x, local.z);
    (flat.length() > HERE_METRES).then(|| flat.normalized())
}

fn show(
    mut contexts: EguiContexts,
    written: Res<Written>,
    camera: Query<&Transform, With<MainCamera>>,
    screens: Res<Screens>,
    words: Res<Words>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    if written.0.is_empty() || (screens.blocks_walking() && theme::on_glass(ctx)) {
        return Ok(());
    }
    let eye = camera.single().ok();
    let above = 48.0 + 24.0 * theme::text_scale(ctx);
    egui::Area::new("subtitles".into())
        .anchor(Align2::CENTER_BOTTOM, [0.0, -above])
        .interactable(false)
        .show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            for line in &written.0 {
                let p = theme::palette(ui.ctx());
                egui::Frame::NONE
                    .fill(p.pill(0.95))
                    .corner_radius(egui::CornerRadius::same(12))
                    .inner_margin(egui::Margin::symmetric(12, 4))
                    .show(ui, |ui| {
                        ui.horizontal(|ui| {
                            let side = egui::TextStyle::Small.resolve(ui.style()).size * 1.2;
                            let (rect, _) = ui.allocate_exact_size(Points::splat(side), Sense::hover());
                            let from = eye.and_then(|eye| way(eye, line.at));
                            arrow(ui.painter(), rect.center(), side, from, p.mist);
                            ui.label(RichText::new(words.say(line.key)).small().color(p.foam));
                        });
                    });
            }
        });
    Ok(())
}

/// A point where there is no way.
fn arrow(painter: &Painter, middle: Pos2, side: f32, way: Option<Points>, colour: egui::Color32) {
    let Some(along) = way else {
        painter.circle_filled(middle, side * 0.16, colour);
        return;
    };
    let across = Points::new(-along.y, along.x);
    let corners = vec![
        middle + along * side * 0.48,
        middle - along * side * 0.36 + across * side * 0.34,
        middle - along * side * 0.36 - across * side * 0.34,
    ];
    painter.add(Shape::convex_polygon(corners, colour, Stroke::NONE));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    /// What is written of the sounds there are (`sound`).
    const KEYS: [&str; 16] = [
        "sound-sea",
        "sound-wind",
        "sound-crickets",
        "sound-fire",
        "sound-lighthouse",
        "sound-gulls",
        "sound-birds",
        "sound-door-opens",
        "sound-door-closes",
        "sound-thing",
        "sound-throw",
        "sound-bump",
        "sound-steps",
        "sound-wading",
        "sound-splash",
        "sound-swimming",
    ];

    #[test]
    fn every_sound_has_words_of_its_own_in_every_language() {
        for language in Language::ALL {
            let words = Words::new(language);
            let said: std::collections::BTreeSet<String> = KEYS.iter().map(|key| words.say(key)).collect();
            assert_eq!(said.len(), KEYS.len(), "{said:?}");
            assert!(!said.iter().any(|said| said.starts_with("sound-")), "{said:?}");
        }
    }

    #[test]
    fn the_same_sound_again_renews_its_line_and_the_oldest_gives_way() {
        let mut written = Written::default();
        for key in ["a", "b", "c", "d", "e"] {
            written.take(key, None, Duration::ZERO);
        }
        written.take("c", Some(Vec3::X), Duration::from_secs(1));
        let keys: Vec<_> = written.0.iter().map(|line| line.key).collect();
        assert_eq!(keys, ["b", "c", "d", "e"]);
        written.forget(LASTS);
        let keys: Vec<_> = written.0.iter().map(|line| line.key).collect();
        assert_eq!(keys, ["c"]);
    }

    #[test]
    fn an_arrow_points_to_where_it_is_heard_from_as_one_looks() {
        let close = |found: Option<Points>, wanted: Points| {
            assert!(
                found.is_some_and(|found| (found - wanted).length() < 1e-3),
                "{found:?}"
            );
        };
        let ahead = Transform::default();
        close(
            way(&ahead, Some(Vec3::new(0.0, 3.0, -9.0))),
            Points::new(0.0, -1.0),
        );
        close(way(&ahead, Some(Vec3::new(9.0, 0.0, 0.0))), Points::new(1.0, 0.0));
        // Turned to the left, what was on the left is ahead.
        let left = Transform::from_rotation(Quat::from_rotation_y(core::f32::consts::FRAC_PI_2));
        close(
            way(&left, Some(Vec3::new(-9.0, 0.0, 0.0))),
            Points::new(0.0, -1.0),
        );
        assert_eq!(way(&ahead, Some(Vec3::new(0.0, 0.0, -0.5))), None);
        assert_eq!(way(&ahead, None), None);
    }
}

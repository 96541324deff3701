//! The microphone at the lower edge: what it does, whom one speaks to, and whether anybody hears it.
//!
//! Flow: [`VoiceView`], [`MyVoice`], [`HeardBy`] → a face in the corner and a line over it → a press mutes or unmutes, a
//! second button or a long press opens the panel.
//! Invariants: at a desk it is seen as long as one is in a world, whatever is open, for whoever is heard must know it; it
//! takes no focus, because what has the focus has the keyboard, and one walks with that; on glass the button is one of those
//! under the thumb (`input/touch`).

use super::face::{self, Face};
use crate::input::glyphs::Signs;
use crate::input::touch::rules::THUMB_REACHES;
use crate::people::Person;
use crate::platform;
use crate::screens::{Device, Panel, Pointer, Screens};
use crate::session::SessionPhase;
use crate::settings::Settings;
use crate::theme::{self, widgets};
use crate::voice::devices::{VoiceView, VoiceWish};
use crate::voice::{Audience, HeardBy, MyVoice, Reach};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, RichText, Sense};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_identity::AccountKey;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        EguiPrimaryContextPass,
        show.in_set(crate::view::ViewSystems::Hud)
            .run_if(in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away))),
    );
}

/// Half of the button, points: 44 across.
const RADIUS: f32 = 22.0;
/// Around it, points: the ring of who is heard is outside of it.
const AROUND: f32 = 5.0;
/// From the edge of the screen, points.
const EDGE: f32 = 20.0;

/// That nobody hears one is said after so much talk: before that the host may not have counted, and a cough is no talk.
const TALKED: Duration = Duration::from_secs(1);
/// And for so long after it, or nobody could read it between two sentences.
const STAYS: Duration = Duration::from_secs(3);

/// Somebody who may be talking to nobody.
#[derive(Debug, Default)]
struct Unheard {
    since: Option<Duration>,
    until: Duration,
}

impl Unheard {
    /// Whether it is to be said now.
    fn follow(&mut self, now: Duration, sends: bool, heard_by: Option<u16>) -> bool {
        if !sends {
            self.since = None;
        } else {
            let since = *self.since.get_or_insert(now);
            match heard_by {
                Some(0) if now.saturating_sub(since) >= TALKED => self.until = now + STAYS,
                Some(count) if count > 0 => self.until = now,
                _ => {}
            }
        }
        now < self.until
    }
}

/// Whom one speaks to, where that is not everybody around.
pub(super) fn whom(
    words: &Words,
    audience: &Audience,
    reach: Reach,
    name: impl Fn(&AccountKey) -> Option<String>,
) -> Option<String> {
    match audience {
        Audience::Few(few) => match few.as_slice() {
            [] => {}
            [one] => {
                let name = name(one).unwrap_or_default();
                return Some(words.with("voice-to-one", &[("name", words.called(&name).into())]));
            }
            more => return Some(words.with("voice-to-few", &[("count", more.len().into())])),
        },
        Audience::All => {}
    }
    match reach {
        Reach::Normal => None,
        Reach::Whisper => Some(words.say("voice-whisper")),
        Reach::Shout => Some(words.say("voice-shout")),
        Reach::Stage => Some(words.say("voice-stage")),
    }
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    pointer: Res<Pointer>,
    view: Res<VoiceView>,
    mine: Res<MyVoice>,
    heard_by: Res<HeardBy>,
    settings: Res<Settings>,
    people: Query<&Person>,
    words: Res<Words>,
    signs: Signs,
    time: Res<Time<Real>>,
    mut wishes: MessageWriter<VoiceWish>,
    mut unheard: Local<Unheard>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let nobody = unheard.follow(time.elapsed(), view.sending && !view.testing, heard_by.0);
    let on_glass = signs.device() == Device::Touch;
    let free = !screens.blocks_walking();
    if on_glass && !free {
        return Ok(());
    }
    let name = |account: &AccountKey| {
        let person = people.iter().find(|person| person.account == *account);
        person.map(|person| person.name.clone())
    };
    let whom = whom(&words, &mine.audience, view.reach, name);
    let (side, x) = if theme::begins_right(ctx) {
        (Align2::LEFT_BOTTOM, EDGE)
    } else {
        (Align2::RIGHT_BOTTOM, -EDGE)
    };
    // Above the hints, which are as high as their letters.
    let below = if on_glass {
        platform::safe_edges()[2] / ctx.zoom_factor() + THUMB_REACHES + theme::STEP
    } else {
        40.0 + 24.0 * theme::text_scale(ctx)
    };
    let face = Face::of(&view, settings.voice.push_to_talk);
    let mut above = below;
    if !on_glass {
        above += 2.0 * (RADIUS + AROUND) + theme::STEP;
        // A mouse that turns the view presses nothing.
        let may_press = free && !pointer.held();
        let pressed = press(
            ctx,
            side,
            [x, -below],
            face,
            may_press,
            &words,
            time.elapsed_secs(),
        );
        match (pressed, face) {
            (Some(Pressed::Menu), _) | (Some(Pressed::Button), Face::Failed(_)) => {
                screens.open(Panel::Voice);
            }
            (Some(Pressed::Button), _) => {
                wishes.write(VoiceWish::ToggleMute);
            }
            (None, _) => {}
        }
    }
    let nobody = nobody.then(|| words.say("voice-nobody"));
    if whom.is_some() || nobody.is_some() {
        lines(ctx, side, [x, -above], whom.as_deref(), nobody.as_deref());
    }
    Ok(())
}

/// What was done with the button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pressed {
    Button,
    Menu,
}

fn press(
    ctx: &egui::Context,
    side: Align2,
    offset: [f32; 2],
    face: Face,
    may_press: bool,
    words: &Words,
    secs: f32,
) -> Option<Pressed> {
    let mut pressed = None;
    egui::Area::new("voice".into())
        .anchor(side, offset)
        .interactable(may_press)
        .show(ctx, |ui| {
            let sense = if may_press { Sense::CLICK } else { Sense::hover() };
            let size = egui::Vec2::splat(2.0 * (RADIUS + AROUND));
            let (rect, response) = ui.allocate_exact_size(size, sense);
            let name = words.say(face.words());
            response
                .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, ui.is_enabled(), &name));
            let lit = may_press && response.hovered();
            face::paint(ui.painter(), rect.center(), RADIUS, face, lit, secs);
            if may_press {
                // A long press of a finger is one by the second button, too.
                if response.secondary_clicked() {
                    pressed = Some(Pressed::Menu);
                } else if response.clicked() {
                    pressed = Some(Pressed::Button);
                }
                response
                    .on_hover_cursor(egui::CursorIcon::PointingHand)
                    .on_hover_text(name);
            }
        });
    pressed
}

/// Over the button: whom one speaks to, and that nobody hears it.
fn lines(ctx: &egui::Context, side: Align2, offset: [f32; 2], whom: Option<&str>, nobody: Option<&str>) {
    let widest = (240.0 * theme::text_scale(ctx)).min(ctx.content_rect().width() * 0.6);
    egui::Area::new("voice said".into())
        .anchor(side, offset)
        .interactable(false)
        .show(ctx, |ui| {
            let p = theme::palette(ui.ctx());
            egui::Frame::NONE
                .fill(p.pill(0.95))
                .corner_radius(egui::CornerRadius::same(12))
                .inner_margin(egui::Margin::symmetric(12, 6))
                .show(ui, |ui| {
                    ui.set_max_width(widest);
                    ui.with_layout(widgets::column(ui.ctx()), |ui| {
                        ui.spacing_mut().item_spacing.y = 2.0;
                        if let Some(whom) = whom {
                            ui.label(RichText::new(whom).small().family(theme::bold()).color(p.foam));
                        }
                        if let Some(nobody) = nobody {
                            ui.label(RichText::new(nobody).small().color(p.amber));
                        }
                    });
                });
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_nobody_hears_it_is_said_after_a_second_of_talk_and_not_before() {
        let mut unheard = Unheard::default();
        let ms = Duration::from_millis;
        assert!(!unheard.follow(ms(0), true, Some(0)));
        assert!(!unheard.follow(ms(900), true, Some(0)));
        assert!(unheard.follow(ms(1100), true, Some(0)));
        assert!(unheard.follow(ms(1500), false, Some(0)), "it can be read");
        assert!(!unheard.follow(ms(4200), false, Some(0)));
        // Who pauses begins anew.
        assert!(!unheard.follow(ms(5000), true, Some(0)));
        assert!(!unheard.follow(ms(5900), false, Some(0)));
        assert!(!unheard.follow(ms(6000), true, Some(0)));
    }

    #[test]
    fn somebody_who_comes_near_ends_it_and_a_host_that_says_nothing_begins_nothing() {
        let mut unheard = Unheard::default();
        let secs = Duration::from_secs;
        assert!(!unheard.follow(secs(0), true, None));
        assert!(!unheard.follow(secs(5), true, None));
        assert!(unheard.follow(secs(6), true, Some(0)));
        assert!(!unheard.follow(secs(7), true, Some(1)));
    }

    #[test]
    fn whom_one_speaks_to_is_said_unless_it_is_everybody_around() {
        let words = Words::default();
        let said = |audience: Audience, reach| whom(&words, &audience, reach, |_| Some("Ada".to_owned()));
        let key = |seed| AccountKey([seed; 32]);
        assert_eq!(said(Audience::All, Reach::Normal), None);
        assert_eq!(said(Audience::Few(Vec::new()), Reach::Normal), None);
        assert!(said(Audience::All, Reach::Shout).is_some());
        let one = said(Audience::Few(vec![key(1)]), Reach::Normal).unwrap_or_default();
        assert!(one.contains("Ada"), "{one}");
        let three = Audience::Few(vec![key(1), key(2), key(3)]);
        let three = said(three, Reach::Normal).unwrap_or_default();
        assert!(three.contains('3'), "{three}");
    }
}

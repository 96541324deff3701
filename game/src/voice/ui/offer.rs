//! Somebody speaks to us alone: a strip that says so, with the key that answers in the same way.
//!
//! Flow: [`Offers`] → [`Standing`] (which one, since when) → a strip → the key that acts on what is near, where nothing is,
//! or a press → [`VoiceWish::Audience`].
//! Invariants: nobody is answered by a press that was meant for a door; the strip takes no focus, as nothing does beside
//! which one walks, and goes by itself.

use crate::body::Body;
use crate::guide::Guide;
use crate::input::actions::Doing;
use crate::input::glyphs::Signs;
use crate::input::hands::Hands;
use crate::people::mute::Muted;
use crate::people::{Me, Person};
use crate::screens::{Pointer, ScreenSystems, Screens};
use crate::session::SessionPhase;
use crate::theme::glyph::glyph;
use crate::theme::{self, widgets};
use crate::things::doors::AtHand;
use crate::things::hand::Hand;
use crate::things::motion::Carrying;
use crate::things::motion::hands::InReach;
use crate::voice::devices::VoiceWish;
use crate::voice::{Audience, MyVoice, Offer, Offers};
use crate::words::Words;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, RichText, Sense};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_identity::AccountKey;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    let inside = in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away));
    app.init_resource::<Standing>()
        .add_systems(
            Update,
            (stand, answer)
                .chain()
                .after(ScreenSystems::Choose)
                .run_if(inside.clone()),
        )
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Hud).run_if(inside),
        );
}

/// Time to read it, to finish what one does, and to find the key.
const LASTS: Duration = Duration::from_secs(15);

/// The offer that is shown.
#[derive(Resource, Debug, Default)]
struct Standing {
    /// Who speaks to us, and since when that is shown.
    by: Option<(AccountKey, Duration)>,
}

impl Standing {
    /// `open`: who may be answered now. One that went and came is new; one that is shown stays until it is over.
    fn follow(&mut self, open: &[AccountKey], now: Duration) {
        let there = self.by.is_some_and(|(by, _)| open.contains(&by));
        if !there {
            self.by = open.first().map(|by| (*by, now));
        }
    }

    fn shown(&self, now: Duration) -> Option<AccountKey> {
        let (by, since) = self.by?;
        (now.saturating_sub(since) < LASTS).then_some(by)
    }
}

/// Whether we speak to them alone already.
fn answered(audience: &Audience, by: &AccountKey) -> bool {
    match audience {
        Audience::All => false,
        Audience::Few(few) => few.contains(by),
    }
}

fn stand(
    offers: Res<Offers>,
    mine: Res<MyVoice>,
    muted: Res<Muted>,
    time: Res<Time<Real>>,
    mut standing: ResMut<Standing>,
) {
    let open: Vec<AccountKey> = offers
        .0
        .iter()
        .map(|offer| offer.from)
        .filter(|by| !answered(&mine.audience, by) && !muted.contains(by))
        .collect();
    if standing.by.is_some() || !open.is_empty() {
        standing.follow(&open, time.elapsed());
    }
}

/// Whatever else the key would act on.
#[derive(SystemParam)]
struct Near<'w, 's> {
    me: Query<'w, 's, &'static Body, With<Me>>,
    door: Res<'w, AtHand>,
    ball: Res<'w, InReach>,
    carrying: Res<'w, Carrying>,
    hand: Res<'w, Hand>,
    guide: Res<'w, Guide>,
}

impl Near<'_, '_> {
    fn is_free(&self) -> bool {
        self.me.iter().all(|body| body.offer.is_none())
            && self.door.0.is_none()
            && self.ball.0.is_none()
            && self.carrying.thing().is_none()
            && self.hand.is_empty()
            && !self.guide.offers_a_look()
    }
}

fn the_one(offers: &Offers, by: AccountKey) -> Option<&Offer> {
    offers.0.iter().find(|offer| offer.from == by)
}

fn answer(
    hands: Res<Hands>,
    screens: Res<Screens>,
    near: Near,
    offers: Res<Offers>,
    standing: Res<Standing>,
    time: Res<Time<Real>>,
    mut wishes: MessageWriter<VoiceWish>,
) {
    let asked = hands.started(Doing::Act) && screens.top().is_none() && near.is_free();
    if asked
        && let Some(by) = standing.shown(time.elapsed())
        && let Some(offer) = the_one(&offers, by)
    {
        wishes.write(VoiceWish::Audience(offer.answer()));
    }
}

fn show(
    mut contexts: EguiContexts,
    screens: Res<Screens>,
    pointer: Res<Pointer>,
    near: Near,
    offers: Res<Offers>,
    standing: Res<Standing>,
    people: Query<&Person>,
    words: Res<Words>,
    signs: Signs,
    time: Res<Time<Real>>,
    mut wishes: MessageWriter<VoiceWish>,
) -> Result {
    let Some(by) = standing.shown(time.elapsed()) else {
        return Ok(());
    };
    let Some(offer) = the_one(&offers, by) else {
        return Ok(());
    };
    if screens.blocks_walking() {
        return Ok(());
    }
    let name = people
        .iter()
        .find(|person| person.account == by)
        .map_or("", |person| person.name.as_str());
    let name = words.called(name);
    let what = if offer.others.is_empty() {
        words.with("voice-whispers", &[("name", name.into())])
    } else {
        let others = offer.others.len();
        words.with(
            "voice-whispers-to-few",
            &[("name", name.into()), ("count", others.into())],
        )
    };
    let key = signs.of(Doing::Act).filter(|_| near.is_free());
    let may_press = !pointer.held();
    let ctx = contexts.ctx_mut()?;
    let top = crate::view::below(
        ctx,
        &[
            (egui::Order::Middle, "looked at"),
            (egui::Order::Middle, "away"),
            (egui::Order::Middle, "guide"),
            (egui::Order::Foreground, "announcement"),
        ],
        68.0,
    );
    let room = ctx.content_rect().width() - 60.0;
    let mut pressed = false;
    egui::Area::new("whisper".into())
        .anchor(Align2::CENTER_TOP, [0.0, top])
        .interactable(may_press)
        .show(ctx, |ui| {
            let p = theme::palette(ui.ctx());
            let sense = if may_press { Sense::CLICK } else { Sense::hover() };
            let strip = widgets::panel_frame(ui.ctx())
                .inner_margin(egui::Margin::symmetric(16, 10))
                .show(ui, |ui| {
                    // Before the column: an area remembers how wide it was.
                    ui.set_width((340.0 * theme::text_scale(ui.ctx())).min(room));
                    ui.with_layout(widgets::column(ui.ctx()), |ui| {
                        ui.spacing_mut().item_spacing.y = 4.0;
                        ui.label(RichText::new(&what).family(theme::bold()).color(p.foam));
                        ui.horizontal(|ui| {
                            if let Some(key) = &key {
                                glyph(ui, key);
                            }
                            let answer = RichText::new(words.say("voice-answer")).color(p.amber);
                            ui.label(answer);
                        });
                    });
                });
            let whole = ui.interact(strip.response.rect, ui.id().with("answer"), sense);
            whole.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, may_press, &what));
            pressed = may_press && whole.clicked();
        });
    if pressed {
        wishes.write(VoiceWish::Audience(offer.answer()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> AccountKey {
        AccountKey([seed; 32])
    }

    #[test]
    fn one_offer_at_a_time_is_shown_for_a_while_and_again_when_it_comes_again() {
        let secs = Duration::from_secs;
        let mut standing = Standing::default();
        standing.follow(&[key(2), key(3)], secs(0));
        assert_eq!(standing.shown(secs(1)), Some(key(2)));
        standing.follow(&[key(1), key(2)], secs(5));
        assert_eq!(standing.shown(secs(5)), Some(key(2)), "who came later waits");
        standing.follow(&[key(2)], secs(30));
        assert_eq!(standing.shown(secs(30)), None, "it was to be seen long enough");
        standing.follow(&[], secs(31));
        standing.follow(&[key(2)], secs(40));
        assert_eq!(standing.shown(secs(41)), Some(key(2)));
        standing.follow(&[key(4)], secs(42));
        assert_eq!(standing.shown(secs(42)), Some(key(4)));
    }

    #[test]
    fn whom_we_speak_to_alone_already_needs_no_answer() {
        assert!(!answered(&Audience::All, &key(1)));
        assert!(!answered(&Audience::Few(vec![key(2)]), &key(1)));
        assert!(answered(&Audience::Few(vec![key(1)]), &key(1)));
    }
}

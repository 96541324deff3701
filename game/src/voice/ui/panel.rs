//! One's own voice: muted or not, how far it is heard, and by whom. The way to all of it for who has neither a pointer
//! nor a key left for it.
//!
//! Flow: [`Panel::Voice`], from the menu or the button at the lower edge → [`VoiceWish`].
//! Invariant: what is offered is what the host would let one do, as far as is known here.

use super::face::Face;
use crate::people::Person;
use crate::screens::{Panel, Screens};
use crate::session::SessionPhase;
use crate::settings::Settings;
use crate::settings::ui::{Chapter, Shown};
use crate::theme::widgets::{self, Mood, Weight};
use crate::things::Things;
use crate::view::FirstFocus;
use crate::voice::devices::{MicrophoneView, VoiceView, VoiceWish};
use crate::voice::{Audience, MyVoice, Reach};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::Ui;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_document::{Capabilities, Capability};
use holm_identity::AccountKey;
use holm_voice::hearing::range_metres;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        EguiPrimaryContextPass,
        show.in_set(crate::view::ViewSystems::Panels)
            .run_if(in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away))),
    );
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    mut shown: ResMut<Shown>,
    view: Res<VoiceView>,
    mine: Res<MyVoice>,
    settings: Res<Settings>,
    things: Res<Things>,
    people: Query<&Person>,
    words: Res<Words>,
    mut wishes: MessageWriter<VoiceWish>,
    mut first: Local<FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Voice) {
        return Ok(());
    }
    let (mut back, mut more) = (false, false);
    let mut wish = None;
    crate::view::dialog(contexts.ctx_mut()?, "own voice", 420.0, |ui| {
        back = widgets::heading(ui, &words.say("voice-title"), &words.say("voice-back"));
        let (text, weight) = match view.muted {
            true => ("voice-unmute", Weight::Primary),
            false => ("voice-mute", Weight::Plain),
        };
        let mute = widgets::wide_button(ui, &words.say(text), weight);
        first.give(screens.opened(), &mute);
        if mute.clicked() {
            wish = Some(VoiceWish::Mute(!view.muted));
        }
        if may_not_talk(&things) {
            let next = words.say("voice-not-here-next");
            widgets::callout(ui, Mood::Plain, &words.say("voice-not-here"), &next);
        } else if !failed(ui, &words, &view, &mut wish) {
            let face = Face::of(&view, settings.voice.push_to_talk);
            widgets::aside(ui, words.say(face.words()));
        }
        reach(ui, &words, view.reach, may_use_stage(things.may()), &mut wish);
        let name = |account: &AccountKey| {
            let person = people.iter().find(|person| person.account == *account);
            words.called(person.map_or("", |person| person.name.as_str()))
        };
        audience(ui, &words, &mine.audience, name, &mut wish);
        more = widgets::wide_button(ui, &words.say("voice-settings"), Weight::Plain).clicked();
    });
    if let Some(wish) = wish {
        wishes.write(wish);
    }
    if back {
        screens.close(Panel::Voice);
    } else if more {
        shown.0 = Chapter::Sound;
        screens.open(Panel::Settings);
    }
    Ok(())
}

/// The keepers of this world do not let us speak; before everything is here nobody knows.
fn may_not_talk(things: &Things) -> bool {
    things.standing().is_some() && !things.may().has(Capability::Talk)
}

/// As the host judges it (`host`).
fn may_use_stage(may: Capabilities) -> bool {
    may.has(Capability::Talk) && may.has(Capability::Kick)
}

/// What keeps the microphone from being heard, and the way to try it again; false where nothing does.
pub(super) fn failed(ui: &mut Ui, words: &Words, view: &VoiceView, wish: &mut Option<VoiceWish>) -> bool {
    let MicrophoneView::Failed(why) = view.microphone else {
        return false;
    };
    let [what, next] = super::trouble(why);
    widgets::callout(ui, Mood::Trouble, &words.say(what), &words.say(next));
    if widgets::button(ui, &words.say("voice-retry"), Weight::Plain, 0.0).clicked() {
        *wish = Some(VoiceWish::Retry);
    }
    true
}

fn reach(ui: &mut Ui, words: &Words, now: Reach, may_use_stage: bool, wish: &mut Option<VoiceWish>) {
    widgets::name(ui, &words.say("voice-reach"));
    let mut options = vec![
        (Reach::Whisper, words.say("voice-whisper")),
        (Reach::Normal, words.say("voice-normal")),
        (Reach::Shout, words.say("voice-shout")),
    ];
    // Who may not any more still sees that they wanted to.
    if may_use_stage || now == Reach::Stage {
        options.push((Reach::Stage, words.say("voice-stage")));
    }
    let mut chosen = now;
    widgets::choose(ui, &mut chosen, &options);
    if chosen != now {
        *wish = Some(VoiceWish::Reach(chosen));
    }
    let metres = range_metres(now);
    let far = if metres.is_finite() {
        words.with("voice-heard-within", &[("count", (metres as u32).into())])
    } else {
        words.say("voice-heard-everywhere")
    };
    widgets::aside(ui, far);
}

fn audience(
    ui: &mut Ui,
    words: &Words,
    audience: &Audience,
    name: impl Fn(&AccountKey) -> String,
    wish: &mut Option<VoiceWish>,
) {
    let Audience::Few(few) = audience else { return };
    if few.is_empty() {
        return;
    }
    widgets::name(ui, &words.say("voice-only-to"));
    let names: Vec<String> = few.iter().map(name).collect();
    widgets::aside(ui, names.join(" · "));
    widgets::aside(ui, words.say("voice-sealed"));
    if widgets::button(ui, &words.say("voice-to-all"), Weight::Plain, 0.0).clicked() {
        *wish = Some(VoiceWish::Audience(Audience::All));
    }
}

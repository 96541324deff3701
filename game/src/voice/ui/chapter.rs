//! The chapter of the settings about sound and voice.
//!
//! Flow: `settings/ui` shows it → what was chosen goes into the settings, what a device is to do is a [`VoiceWish`].
//! Invariants: a microphone is opened for a test only by a press, and the test ends with the page; what this machine cannot
//! do is said, not offered.

use super::meter::{self, Onset};
use super::panel::failed;
use crate::screens::{Panel, Screens};
use crate::settings::ui::{Chapter, Shown};
use crate::settings::{EARMUFFS, Settings, VOLUME};
use crate::theme::widgets::{self, Mood, Weight};
use crate::theme::{self, letters};
use crate::voice::devices::{MicrophoneView, VoiceView, VoiceWish};
use crate::words::Words;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::text::{LayoutJob, TextWrapping};
use bevy_egui::egui::{
    CornerRadius, CursorIcon, Response, RichText, Sense, Stroke, StrokeKind, TextStyle, Ui, Vec2 as Points,
    WidgetInfo, WidgetType,
};
use holm_audio::{Device, Microphone};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, end_test.after(crate::screens::ScreenSystems::Choose));
}

/// Nobody hears themselves where nothing says why.
fn end_test(
    view: Res<VoiceView>,
    screens: Res<Screens>,
    shown: Res<Shown>,
    mut wishes: MessageWriter<VoiceWish>,
) {
    let looks = match screens.top() {
        Some(Panel::Settings) => shown.0 == Chapter::Sound,
        Some(Panel::Checkup) => true,
        _ => false,
    };
    if view.testing && !looks {
        wishes.write(VoiceWish::Test(false));
    }
}

/// The devices of this machine, as the chapter needs them.
#[derive(SystemParam)]
pub(crate) struct Hardware<'w, 's> {
    view: Res<'w, VoiceView>,
    wishes: MessageWriter<'w, VoiceWish>,
    /// The opening of the panel for which devices were looked for.
    looked: Local<'s, Option<u64>>,
    onset: Local<'s, Onset>,
}

/// `opened`: which opening of the panel this is.
pub(crate) fn show(ui: &mut Ui, next: &mut Settings, words: &Words, hardware: &mut Hardware, opened: u64) {
    let mut wish = None;
    if *hardware.looked != Some(opened) {
        *hardware.looked = Some(opened);
        *hardware.onset = Onset::default();
        wish = Some(VoiceWish::LookForDevices);
    }
    hardware.onset.note(&hardware.view.meter);
    sound(ui, next, words, &hardware.view);
    voice(ui, next, words, &hardware.view, &hardware.onset, &mut wish);
    if let Some(wish) = wish {
        hardware.wishes.write(wish);
    }
}

fn title(ui: &mut Ui, text: &str) {
    let p = theme::palette(ui.ctx());
    ui.add_space(8.0);
    ui.label(RichText::new(text).small().family(theme::bold()).color(p.amber));
}

fn sound(ui: &mut Ui, next: &mut Settings, words: &Words, view: &VoiceView) {
    let sound = &mut next.sound;
    for (text, volume) in [
        ("sound-all", &mut sound.all),
        ("sound-voices", &mut sound.voices),
        ("sound-world", &mut sound.world),
        ("sound-interface", &mut sound.interface),
    ] {
        let percent = (*volume * 100.0).round() as u32;
        let shown = words.with("voice-percent", &[("percent", percent.into())]);
        widgets::slider_in_steps(ui, &words.say(text), volume, VOLUME, 0.05, shown);
    }
    widgets::name(ui, &words.say("sound-ears"));
    let ears = [
        (false, words.say("sound-ears-camera")),
        (true, words.say("sound-ears-head")),
    ];
    widgets::choose(ui, &mut sound.ears_at_head, &ears);
    widgets::name(ui, &words.say("sound-earmuffs"));
    let mut metres = vec![(None, words.say("sound-earmuffs-off"))];
    metres.extend(earmuffs(sound.earmuffs).into_iter().map(|metres| {
        let text = words.with("sound-earmuffs-metres", &[("count", (metres as u32).into())]);
        (Some(metres), text)
    }));
    widgets::choose(ui, &mut sound.earmuffs, &metres);
    widgets::aside(ui, words.say("sound-earmuffs-what"));
    widgets::toggle(ui, &mut sound.subtitles, &words.say("sound-subtitles"));
    if view.speakers.is_some() {
        let next = words.say("sound-no-speakers-next");
        widgets::callout(ui, Mood::Trouble, &words.say("sound-no-speakers"), &next);
    }
    if view.devices.speakers.is_empty() {
        widgets::name(ui, &words.say("sound-speakers"));
        widgets::aside(ui, words.say("sound-speakers-system"));
    } else {
        let name = words.say("sound-speakers");
        choose_device(ui, words, &name, &mut sound.speakers, &view.devices.speakers);
    }
}

/// So many metres to choose from; what stands in the file otherwise is one more.
fn earmuffs(now: Option<f32>) -> Vec<f32> {
    let mut all = vec![3.0, 5.0, 10.0, *EARMUFFS.end()];
    all.extend(now);
    all.sort_by(f32::total_cmp);
    all.dedup();
    all
}

fn voice(
    ui: &mut Ui,
    next: &mut Settings,
    words: &Words,
    view: &VoiceView,
    onset: &Onset,
    wish: &mut Option<VoiceWish>,
) {
    let voice = &mut next.voice;
    title(ui, &words.say("voice-title"));
    failed(ui, words, view, wish);
    let name = words.say("voice-microphone");
    choose_device(ui, words, &name, &mut voice.microphone, &view.devices.microphones);
    if view.devices.microphones.is_empty() {
        widgets::aside(ui, words.say("voice-list-empty"));
    }
    if widgets::button(ui, &words.say("voice-look-again"), Weight::Plain, 0.0).clicked() {
        *wish = Some(VoiceWish::LookForDevices);
    }
    let mut testing = view.testing;
    if widgets::toggle(ui, &mut testing, &words.say("voice-test")).changed() {
        *wish = Some(VoiceWish::Test(testing));
    }
    match &view.microphone {
        MicrophoneView::Open(name) => {
            widgets::aside(ui, words.with("voice-open-as", &[("name", name.as_str().into())]));
            meter::show(ui, words, &view.meter, onset);
        }
        MicrophoneView::Opening => {
            widgets::aside(ui, words.say("voice-is-opening"));
        }
        MicrophoneView::Off | MicrophoneView::Failed(_) => {
            widgets::aside(ui, words.say("voice-test-what"));
        }
    }
    widgets::name(ui, &words.say("voice-when"));
    let when = [
        (false, words.say("voice-when-open")),
        (true, words.say("voice-when-held")),
    ];
    widgets::choose(ui, &mut voice.push_to_talk, &when);
    widgets::toggle(ui, &mut voice.without_noise, &words.say("voice-without-noise"));
    widgets::toggle(ui, &mut voice.automatic_gain, &words.say("voice-automatic-gain"));
    if Microphone::CAN_CANCEL_ECHO {
        widgets::toggle(ui, &mut voice.without_echo, &words.say("voice-without-echo"));
    } else {
        widgets::aside(ui, words.say("voice-echo-stays"));
    }
}

/// The system's, or one of these.
fn choose_device(ui: &mut Ui, words: &Words, name: &str, chosen: &mut Option<String>, devices: &[Device]) {
    widgets::name(ui, name);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        if row(ui, &words.say("voice-device-system"), chosen.is_none()).clicked() {
            *chosen = None;
        }
        for device in devices {
            let is = chosen.as_ref() == Some(&device.id);
            if row(ui, &device.name, is).clicked() {
                *chosen = Some(device.id.clone());
            }
        }
        // It may come back: it stays the one until another is chosen.
        let gone = chosen
            .as_ref()
            .is_some_and(|id| devices.iter().all(|device| device.id != *id));
        if gone {
            row(ui, &words.say("voice-device-gone"), true);
        }
    });
}

/// One of a list across the whole panel: what systems call their devices is long, and is cut rather than wrapped.
fn row(ui: &mut Ui, text: &str, is: bool) -> Response {
    let p = theme::palette(ui.ctx());
    let size = Points::new(ui.available_width(), theme::row_height(ui.ctx()));
    let ink = if is { p.ink } else { p.foam };
    let font = TextStyle::Body.resolve(ui.style());
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, ink);
    job.wrap = TextWrapping::truncate_at_width(size.x - 24.0);
    let galley = ui.painter().layout_job(job);
    let size = size.max(Points::new(0.0, galley.size().y + 12.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(WidgetType::RadioButton, ui.is_enabled(), is, text));
    let lit = response.hovered() || response.has_focus();
    let fill = match (is, lit) {
        (true, false) => p.amber,
        (true, true) => p.glow,
        (false, true) => p.shallows,
        (false, false) => p.tide,
    };
    let edge = if is {
        Stroke::NONE
    } else {
        Stroke::new(1.0, p.edge)
    };
    let round = CornerRadius::same(theme::WIDGET_RADIUS);
    ui.painter().rect(rect, round, fill, edge, StrokeKind::Inside);
    let x = if letters::from_right(ui.ctx()) {
        rect.right() - 12.0 - galley.size().x
    } else {
        rect.left() + 12.0
    };
    let at = bevy_egui::egui::pos2(x, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, ink);
    widgets::focus_ring(ui, &response, theme::WIDGET_RADIUS);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_file_can_be_chosen_again() {
        assert_eq!(earmuffs(None), [3.0, 5.0, 10.0, 20.0]);
        assert_eq!(earmuffs(Some(5.0)), [3.0, 5.0, 10.0, 20.0]);
        assert_eq!(earmuffs(Some(7.0)), [3.0, 5.0, 7.0, 10.0, 20.0]);
    }
}

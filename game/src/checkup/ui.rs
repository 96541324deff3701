//! The panel of the test: each result with a mark, a sentence, and what to do.
//!
//! Invariant: a mark is a shape as well as a colour; what is copied is in English, for whoever can help.

use super::rules::{self, Light, Verdict};
use super::{Checkup, results};
use crate::input::glyphs::Signs;
use crate::input::witness::{Tool, Witness};
use crate::screens::{Panel, Screens};
use crate::session::Session;
use crate::settings::{Quality, Settings};
use crate::theme::glyph::glyph;
use crate::theme::{self, widgets};
use crate::voice::devices::{MicrophoneView, VoiceView, VoiceWish};
use crate::words::{FluentValue, Words};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use bevy_egui::egui::{self, RichText, Sense, Stroke, Ui};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        EguiPrimaryContextPass,
        show.in_set(crate::view::ViewSystems::Panels),
    );
}

/// The microphone, and whether it was spoken into while the panel is open.
#[derive(SystemParam)]
struct Voice<'w, 's> {
    view: Res<'w, VoiceView>,
    wishes: MessageWriter<'w, VoiceWish>,
    heard: Local<'s, bool>,
}

impl Voice<'_, '_> {
    /// What there is to say of sound.
    fn results(&mut self) -> Vec<(&'static str, Verdict)> {
        let open = matches!(self.view.microphone, MicrophoneView::Open(_));
        *self.heard |= open && self.view.meter.speech;
        let microphone = rules::microphone(&self.view.microphone, *self.heard);
        let speakers = rules::speakers(self.view.speakers);
        let mut all = vec![("checkup-microphone", microphone)];
        all.extend(speakers.map(|verdict| ("sound-speakers", verdict)));
        all
    }

    /// The press that opens it, and the one that ends that.
    fn press(&mut self, ui: &mut Ui, words: &Words) {
        let (text, wish) = match (&self.view.microphone, self.view.testing) {
            (MicrophoneView::Failed(_), true) => ("voice-retry", VoiceWish::Retry),
            (_, true) => ("checkup-microphone-end", VoiceWish::Test(false)),
            (_, false) => ("checkup-microphone-begin", VoiceWish::Test(true)),
        };
        if widgets::button(ui, &words.say(text), widgets::Weight::Plain, 0.0).clicked() {
            self.wishes.write(wish);
        }
    }
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    mut checkup: ResMut<Checkup>,
    mut session: ResMut<Session>,
    mut settings: ResMut<Settings>,
    adapter: Option<Res<RenderAdapterInfo>>,
    witness: Res<Witness>,
    words: Res<Words>,
    signs: Signs,
    mut voice: Voice,
    english: Local<Words>,
    time: Res<Time<Real>>,
    mut copied_until: Local<f32>,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Checkup) {
        *voice.heard = false;
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let now = time.elapsed();
    let done = checkup.done(now);
    let name = adapter.as_ref().map_or("", |adapter| adapter.name.as_str());
    let backend = adapter
        .as_ref()
        .map_or_else(String::new, |adapter| format!("{:?}", adapter.backend));
    let times = if checkup.timed {
        checkup.frames.as_slice()
    } else {
        &[]
    };
    let (graphics, better) = rules::graphics(name, times, settings.quality());
    // Looking at a host's links moves nothing that others look at.
    let network = results(&checkup, session.bypass_change_detection());
    let sound = voice.results();
    let (mut back, mut again) = (false, false);
    crate::view::dialog(ctx, "checkup", 560.0, |ui| {
        back = widgets::heading(ui, &words.say("checkup-title"), &words.say("checkup-back"));
        // In a part of its own: when it goes, whatever has the focus below stays what it was.
        ui.scope(|ui| {
            if done < 1.0 {
                widgets::aside(ui, words.say("checkup-measuring"));
                widgets::progress(ui, Some(done));
            }
        });
        // First, so that keys begin at the top of what may have to be scrolled.
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::Vec2::splat(theme::STEP);
            let text = if time.elapsed_secs() < *copied_until {
                "checkup-copied"
            } else {
                "checkup-copy"
            };
            let again_button = widgets::button(ui, &words.say("checkup-again"), widgets::Weight::Plain, 0.0);
            first.give(screens.opened(), &again_button);
            again |= again_button.clicked();
            if widgets::button(ui, &words.say(text), widgets::Weight::Plain, 0.0).clicked() {
                let found = [network.as_slice(), sound.as_slice()].concat();
                ui.ctx()
                    .copy_text(report(&english, name, &backend, &graphics, &found, &witness));
                *copied_until = time.elapsed_secs() + 2.0;
            }
        });
        title(ui, &words.say("checkup-graphics"));
        row(ui, &words, None, &graphics);
        if !name.is_empty() {
            let values = [("name", name.into()), ("backend", backend.as_str().into())];
            widgets::aside(ui, words.with("checkup-adapter", &values));
        }
        if let Some((key, quality)) = better.and_then(offered)
            && widgets::button(ui, &words.say(key), widgets::Weight::Plain, 0.0).clicked()
        {
            settings.set_quality(quality);
            again = true;
        }
        title(ui, &words.say("checkup-input"));
        widgets::aside(ui, words.say("checkup-input-how"));
        for tool in Tool::ALL {
            device(ui, &words, &signs, &witness, tool);
        }
        title(ui, &words.say("settings-sound"));
        for (about, verdict) in &sound {
            row(ui, &words, Some(&words.say(about)), verdict);
        }
        voice.press(ui, &words);
        title(ui, &words.say("checkup-network"));
        for (about, verdict) in &network {
            row(ui, &words, Some(&words.say(about)), verdict);
        }
    });
    if again {
        checkup.again(now);
    }
    if back {
        screens.back();
    }
    Ok(())
}

/// The words that offer another quality; the highest is never offered.
fn offered(quality: Quality) -> Option<(&'static str, Quality)> {
    match quality {
        Quality::Low => Some(("checkup-quality-low", quality)),
        Quality::Medium => Some(("checkup-quality-medium", quality)),
        Quality::High => None,
    }
}

fn title(ui: &mut Ui, text: &str) {
    ui.add_space(8.0);
    let p = theme::palette(ui.ctx());
    ui.label(RichText::new(text).small().family(theme::bold()).color(p.amber));
}

fn say(words: &Words, verdict: &Verdict) -> String {
    let values: Vec<(&str, FluentValue)> = verdict
        .values
        .iter()
        .map(|(name, value)| (*name, value.as_str().into()))
        .collect();
    words.with(verdict.said, &values)
}

/// A mark, what it is about, what was found, and what to do.
fn row(ui: &mut Ui, words: &Words, about: Option<&str>, verdict: &Verdict) {
    let p = theme::palette(ui.ctx());
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        mark(ui, verdict.light, &words.say(name(verdict.light)));
        ui.with_layout(widgets::column(ui.ctx()), |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            if let Some(about) = about {
                ui.label(RichText::new(about).family(theme::bold()).color(p.foam));
            }
            ui.label(RichText::new(say(words, verdict)).color(p.foam));
            if !verdict.next.is_empty() {
                ui.label(RichText::new(words.say(verdict.next)).color(p.mist));
            }
        });
    });
}

/// A device, whether it was used, and what is pressed on it.
fn device(ui: &mut Ui, words: &Words, signs: &Signs, witness: &Witness, tool: Tool) {
    let p = theme::palette(ui.ctx());
    let used = witness.seen(tool);
    let light = if used { Light::Green } else { Light::Grey };
    ui.horizontal_wrapped(|ui| {
        ui.set_min_height(26.0);
        ui.spacing_mut().item_spacing.x = 8.0;
        mark(ui, light, &words.say(name(light)));
        ui.label(RichText::new(words.say(called(tool))).color(p.foam));
        if tool == Tool::Pad {
            for pad in &witness.pads {
                widgets::aside(ui, pad);
            }
        }
        if tool == Tool::Glass && witness.fingers > 0 {
            widgets::aside(
                ui,
                words.with("checkup-fingers", &[("count", witness.fingers.into())]),
            );
        }
        let mut pressed = witness.pressed(tool).peekable();
        if !used {
            widgets::aside(ui, words.say("checkup-not-used"));
        } else if pressed.peek().is_none() {
            widgets::aside(ui, words.say("checkup-works"));
        }
        for source in pressed {
            glyph(ui, &signs.glyph(source));
        }
    });
}

const fn called(tool: Tool) -> &'static str {
    match tool {
        Tool::Keyboard => "checkup-keyboard",
        Tool::Mouse => "checkup-mouse",
        Tool::Pad => "checkup-pad",
        Tool::Glass => "checkup-glass",
    }
}

const fn name(light: Light) -> &'static str {
    match light {
        Light::Green => "checkup-good",
        Light::Amber => "checkup-fair",
        Light::Red => "checkup-bad",
        Light::Grey => "checkup-unknown",
    }
}

/// A light that needs no colour: a tick, a stroke, a cross, a dot.
fn mark(ui: &mut Ui, light: Light, name: &str) {
    const SIDE: f32 = 22.0;
    let p = theme::palette(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(egui::Vec2::splat(SIDE), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, name));
    let colour = match light {
        Light::Green => p.moss,
        Light::Amber => p.amber,
        Light::Red => p.coral,
        Light::Grey => p.tide,
    };
    let painter = ui.painter();
    painter.circle_filled(rect.center(), SIDE / 2.0 - 1.0, colour);
    let at = |x: f32, y: f32| rect.center() + egui::vec2(x, y);
    let ink = Stroke::new(2.4, p.ink);
    match light {
        Light::Green => {
            painter.line(vec![at(-4.5, 0.3), at(-1.4, 3.6), at(4.8, -3.6)], ink);
        }
        Light::Amber => {
            painter.line_segment([at(0.0, -5.0), at(0.0, 1.2)], ink);
            painter.circle_filled(at(0.0, 4.6), 1.5, p.ink);
        }
        Light::Red => {
            painter.line_segment([at(-3.6, -3.6), at(3.6, 3.6)], ink);
            painter.line_segment([at(-3.6, 3.6), at(3.6, -3.6)], ink);
        }
        Light::Grey => {
            painter.circle_filled(at(0.0, 0.0), 2.0, p.mist);
        }
    }
    response.on_hover_text(name);
}

/// For the clipboard.
fn report(
    english: &Words,
    adapter: &str,
    backend: &str,
    graphics: &Verdict,
    network: &[(&'static str, Verdict)],
    witness: &Witness,
) -> String {
    let mut lines = vec![format!("Holm {} test", env!("CARGO_PKG_VERSION"))];
    let mut line = |about: &str, verdict: &Verdict| {
        let mut text = format!(
            "{}: {} - {}",
            english.say(about),
            english.say(name(verdict.light)),
            say(english, verdict)
        );
        if !verdict.next.is_empty() {
            text = format!("{text} {}", english.say(verdict.next));
        }
        lines.push(text);
    };
    line("checkup-graphics", graphics);
    for (about, verdict) in network {
        line(about, verdict);
    }
    lines.insert(2, format!("  {adapter} ({backend})"));
    for tool in Tool::ALL {
        let how = if witness.seen(tool) {
            "checkup-works"
        } else {
            "checkup-not-used"
        };
        lines.push(format!("{}: {}", english.say(called(tool)), english.say(how)));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use holm_net::transport::Path;
    use holm_net::transport::outside::Seen;

    #[test]
    fn what_is_copied_says_in_english_what_was_found() {
        let (graphics, _) = rules::graphics("llvmpipe", &[100.0; 20], None);
        let network = [
            ("checkup-nat", rules::nat(&Seen::default(), false, false)),
            ("checkup-link", rules::link(Some(250.0), 0.0, Path::Relayed)),
        ];
        let text = report(
            &Words::default(),
            "llvmpipe",
            "Vulkan",
            &graphics,
            &network,
            &Witness::default(),
        );
        for part in [
            "Picture: bad - The processor draws without a graphics card: 10 pictures a second",
            "  llvmpipe (Vulkan)",
            "Way out: not known",
            "Way to the host: bad - Through a relay: 250 ms",
            "Keyboard: not used yet",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }
}

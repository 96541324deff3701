//! The settings panel, from the title screen and from the menu of a world.

use super::{FIELD_OF_VIEW, INTERFACE_SCALE, Quality, SENSITIVITY, Settings, TEXT_SCALE};
use crate::avatar::AvatarsShown;
use crate::screens::{Panel, Screens};
use crate::sky::Sky;
use crate::theme::{Colours, widgets};
use crate::things::files::FilesShown;
use crate::voice::ui::chapter::{self, Hardware};
use crate::words::{Language, Words};
use bevy::prelude::*;
use bevy_egui::egui::{Key, Ui};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Shown>()
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Panels),
        )
        .add_systems(Update, (smooth_edges, shadows));
}

/// The chapters of the panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Chapter {
    #[default]
    Interface,
    Controls,
    Picture,
    Sound,
}

/// The chapter that is looked at, or was last.
#[derive(Resource, Debug, Default)]
pub(crate) struct Shown(pub(crate) Chapter);

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    mut settings: ResMut<Settings>,
    words: Res<Words>,
    mut shown: ResMut<Shown>,
    mut hardware: Hardware,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Settings) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let mut next = settings.clone();
    let opened = screens.opened().count;
    let (mut back, mut bindings, mut checkup) = (false, false, false);
    crate::view::dialog(ctx, "settings", 520.0, |ui| {
        back = widgets::heading(ui, &words.say("settings-title"), &words.say("settings-back"));
        let chapters = [
            (Chapter::Interface, words.say("settings-interface")),
            (Chapter::Controls, words.say("settings-controls")),
            (Chapter::Picture, words.say("settings-picture")),
            (Chapter::Sound, words.say("settings-sound")),
        ];
        let mut chapter = shown.0;
        // The bumpers of a gamepad turn the page, as these keys do.
        let turned = ui.input(|input| {
            i32::from(input.key_pressed(Key::PageDown)) - i32::from(input.key_pressed(Key::PageUp))
        });
        if let Some(at) = chapters.iter().position(|(other, _)| *other == chapter) {
            chapter = chapters[(at as i32 + turned).rem_euclid(chapters.len() as i32) as usize].0;
        }
        let tabs = widgets::choose(ui, &mut chapter, &chapters);
        shown.0 = chapter;
        first.give(screens.opened(), &tabs);
        ui.add_space(6.0);
        match chapter {
            Chapter::Interface => interface(ui, &mut next, &words),
            Chapter::Controls => bindings = controls(ui, &mut next, &words),
            Chapter::Picture => picture(ui, &mut next, &words),
            Chapter::Sound => chapter::show(ui, &mut next, &words, &mut hardware, opened),
        }
        ui.add_space(6.0);
        checkup = widgets::wide_button(ui, &words.say("checkup-open"), widgets::Weight::Plain).clicked();
    });
    // Written only when something changed: a change is what makes the store write.
    settings.set_if_neq(next.checked());
    // The size follows when the slider is let go: one cannot drag what moves under the pointer.
    if (ctx.zoom_factor() - settings.interface_scale).abs() > 1e-3
        && !ctx.input(|input| input.pointer.any_down())
    {
        ctx.set_zoom_factor(settings.interface_scale);
    }
    if back {
        screens.back();
    } else if bindings {
        screens.open(Panel::Bindings);
    } else if checkup {
        screens.open(Panel::Checkup);
    }
    Ok(())
}

fn interface(ui: &mut Ui, next: &mut Settings, words: &Words) {
    widgets::name(ui, &words.say("settings-language"));
    // Each by its own name: who cannot read this panel still finds theirs.
    let mut languages = vec![(None, words.say("settings-language-system"))];
    languages.extend(
        Language::ALL
            .into_iter()
            .map(|language| (Some(language), language.own_name().to_owned())),
    );
    widgets::choose(ui, &mut next.language, &languages);
    widgets::slider(
        ui,
        &words.say("settings-size"),
        &mut next.interface_scale,
        INTERFACE_SCALE,
        "×",
    );
    widgets::slider(
        ui,
        &words.say("settings-text-size"),
        &mut next.text_scale,
        TEXT_SCALE,
        "×",
    );
    widgets::toggle(ui, &mut next.high_contrast, &words.say("settings-high-contrast"));
    widgets::name(ui, &words.say("settings-colours"));
    let colours = [
        (Colours::Usual, words.say("settings-colours-usual")),
        (Colours::BlueOrange, words.say("settings-colours-blue-orange")),
        (Colours::CyanRose, words.say("settings-colours-cyan-rose")),
    ];
    widgets::choose(ui, &mut next.colours, &colours);
    widgets::aside(ui, words.say("settings-colours-what"));
    widgets::toggle(
        ui,
        &mut next.reduced_motion,
        &words.say("settings-reduced-motion"),
    );
    widgets::toggle(ui, &mut next.hints, &words.say("settings-hints"));
    widgets::toggle(ui, &mut next.chat_times, &words.say("settings-chat-times"));
    widgets::toggle(ui, &mut next.guide, &words.say("settings-guide"));
}

/// True when the list of bindings is wanted.
fn controls(ui: &mut Ui, next: &mut Settings, words: &Words) -> bool {
    widgets::slider(
        ui,
        &words.say("settings-sensitivity"),
        &mut next.mouse_sensitivity,
        SENSITIVITY,
        "×",
    );
    widgets::toggle(ui, &mut next.invert_y, &words.say("settings-invert"));
    widgets::toggle(
        ui,
        &mut next.input.run_by_toggle,
        &words.say("settings-run-by-toggle"),
    );
    widgets::toggle(
        ui,
        &mut next.input.crouch_by_toggle,
        &words.say("settings-crouch-by-toggle"),
    );
    crate::input::ui::entry(ui, words)
}

fn picture(ui: &mut Ui, next: &mut Settings, words: &Words) {
    widgets::name(ui, &words.say("settings-quality"));
    let mut quality = next.quality();
    let qualities = [
        (Some(Quality::Low), words.say("settings-quality-low")),
        (Some(Quality::Medium), words.say("settings-quality-medium")),
        (Some(Quality::High), words.say("settings-quality-high")),
    ];
    if widgets::choose(ui, &mut quality, &qualities).changed()
        && let Some(quality) = quality
    {
        next.set_quality(quality);
    }
    widgets::name(ui, &words.say("avatar-shown"));
    let shown = [
        (AvatarsShown::Everything, words.say("avatar-shown-all")),
        (AvatarsShown::UpToFair, words.say("avatar-shown-fair")),
        (AvatarsShown::OnlyGood, words.say("avatar-shown-good")),
        (AvatarsShown::Nothing, words.say("avatar-shown-none")),
    ];
    widgets::choose(ui, &mut next.avatars, &shown);
    widgets::name(ui, &words.say("files-shown"));
    let shown = [
        (FilesShown::Everything, words.say("files-shown-all")),
        (FilesShown::Small, words.say("files-shown-small")),
        (FilesShown::Nothing, words.say("files-shown-none")),
    ];
    widgets::choose(ui, &mut next.files, &shown);
    widgets::toggle(ui, &mut next.shadows, &words.say("settings-shadows"));
    widgets::toggle(ui, &mut next.smooth_edges, &words.say("settings-smooth-edges"));
    widgets::toggle(ui, &mut next.fine_light, &words.say("settings-fine-light"));
    widgets::slider(
        ui,
        &words.say("settings-field-of-view"),
        &mut next.field_of_view_degrees,
        FIELD_OF_VIEW,
        "°",
    );
}

fn smooth_edges(settings: Res<Settings>, mut cameras: Query<&mut Msaa, With<Camera3d>>) {
    if settings.is_changed() {
        for mut msaa in &mut cameras {
            msaa.set_if_neq(if settings.smooth_edges {
                Msaa::Sample4
            } else {
                Msaa::Off
            });
        }
    }
}

fn shadows(settings: Res<Settings>, mut sky: ResMut<Sky>) {
    if sky.shadows != settings.shadows {
        sky.shadows = settings.shadows;
    }
}

//! My look: what one of the default family wears, chosen before a mirror.
//!
//! Flow: [`Panel::Look`] → a press → [`ChangeLook`] → `avatar::own`, which tells the others and keeps it → the mirror.
//! The page for an avatar file is `avatar::ui`; both have the same row of pages.
//! Invariant: whatever is chosen is worn at once, and every change can be taken back.

use super::fitting::Fitting;
use super::{Choice, Look, names};
use crate::avatar::own::{ChangeLook, Own, OwnAvatar};
use crate::people::view::mirror::{self, Mirror};
use crate::people::view::paint;
use crate::profile::Profile;
use crate::screens::{Panel, Screens};
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align, Color32, Key, Layout, Rect, Response, Sense, Ui};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use core::f32::consts::FRAC_PI_2;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Dressing>().add_systems(
        EguiPrimaryContextPass,
        show.in_set(crate::view::ViewSystems::Panels),
    );
}

/// The pages of the panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Page {
    #[default]
    Figure,
    Head,
    Clothes,
    /// An avatar of one's own: [`Panel::Avatar`].
    File,
}

impl Page {
    /// What is chosen on it.
    const fn choices(self) -> &'static [Choice] {
        match self {
            Self::Figure => &[Choice::Build, Choice::Skin, Choice::Face],
            Self::Head => &[
                Choice::Hair,
                Choice::HairColour,
                Choice::Hat,
                Choice::AccentColour,
            ],
            Self::Clothes => &[
                Choice::Coat,
                Choice::CoatColour,
                Choice::Scarf,
                Choice::AccentColour,
                Choice::LegColour,
                Choice::BootColour,
            ],
            Self::File => &[],
        }
    }
}

/// What is being tried on.
#[derive(Resource, Debug, Default)]
struct Dressing {
    page: Page,
    fitting: Fitting,
    surprises: u64,
    turn: f32,
}

/// The row of pages; turned by the bumpers of a gamepad, too, as these keys are.
pub(crate) fn pages(ui: &mut Ui, words: &Words, page: &mut Page) -> Response {
    let all = [
        (Page::Figure, words.say("look-page-figure")),
        (Page::Head, words.say("look-page-head")),
        (Page::Clothes, words.say("look-page-clothes")),
        (Page::File, words.say("look-page-file")),
    ];
    let turned = ui.input(|input| {
        i32::from(input.key_pressed(Key::PageDown)) - i32::from(input.key_pressed(Key::PageUp))
    });
    if let Some(at) = all.iter().position(|(other, _)| other == page) {
        let next = (at as i32 + turned).clamp(0, all.len() as i32 - 1);
        *page = all[next as usize].0;
    }
    widgets::choose(ui, page, &all)
}

/// From one page to another; the file's is a panel of its own, in the same place of the stack.
pub(crate) fn turn_to(screens: &mut Screens, page: Page) {
    let (leave, open) = if page == Page::File {
        (Panel::Look, Panel::Avatar)
    } else {
        (Panel::Avatar, Panel::Look)
    };
    screens.close(leave);
    screens.open(open);
}

/// The look one has now.
fn worn(own: &Own, profile: Option<&Profile>) -> Look {
    own.look.unwrap_or_else(|| {
        profile.map_or_else(Look::default, |profile| {
            Look::of_account(&profile.identity.account().0)
        })
    })
}

/// Room around everything in the panel, points: less on a telephone.
fn margin(screen: Rect) -> i8 {
    if screen.width() < 480.0 || screen.height() < 480.0 {
        14
    } else {
        24
    }
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    mut dressing: ResMut<Dressing>,
    mut mirror: ResMut<Mirror>,
    own: Res<Own>,
    profile: Option<Res<Profile>>,
    words: Res<Words>,
    time: Res<Time<Real>>,
    mut wishes: MessageWriter<ChangeLook>,
    mut first: Local<crate::view::FirstFocus>,
    mut known: Local<u64>,
) -> Result {
    if screens.top() != Some(Panel::Look) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let dressing = &mut *dressing;
    if *known != screens.opened().count {
        *known = screens.opened().count;
        dressing.turn = 0.0;
        if dressing.page == Page::File {
            dressing.page = Page::default();
        }
        mirror.wave(time.elapsed_secs());
    }
    let before = worn(&own, profile.as_deref());
    let mut look = before;
    let mut undone = false;
    let mut back = false;
    let screen = ctx.content_rect();
    let margin = margin(screen);
    let room = f32::from(margin) * 2.0;
    let width = (720.0 * theme::text_scale(ctx)).min(screen.width() - 16.0) - room;
    let height = screen.height() - 16.0 - room;
    egui::Area::new("look".into())
        .anchor(egui::Align2::CENTER_CENTER, [0.0, 0.0])
        .order(egui::Order::Foreground)
        .show(ctx, |ui| {
            widgets::panel_frame(ui.ctx())
                .inner_margin(egui::Margin::same(margin))
                .show(ui, |ui| {
                    ui.set_width(width);
                    let top = ui.cursor().min.y;
                    ui.with_layout(widgets::column(ui.ctx()), |ui| {
                        back = widgets::heading(ui, &words.say("look-title"), &words.say("look-back"));
                        let tabs = pages(ui, &words, &mut dressing.page);
                        first.give(screens.opened(), &tabs);
                    });
                    ui.add_space(4.0);
                    let left = (height - (ui.cursor().min.y - top))
                        .clamp(120.0, if width > 430.0 { 520.0 } else { 760.0 });
                    let near = dressing.page == Page::Head;
                    let mut choices = |ui: &mut Ui, high: f32| {
                        crate::view::scrolled(high).id_salt("choices").show(ui, |ui| {
                            ui.with_layout(widgets::column(ui.ctx()), |ui| {
                                undone = deeds(ui, &words, dressing, &mut look, profile.as_deref());
                                stands_in(ui, &words, &own);
                                for choice in dressing.page.choices() {
                                    choose(ui, &words, *choice, &mut look);
                                }
                                crate::view::follow_focus(ui);
                            });
                        });
                    };
                    if width > 430.0 {
                        let row = if theme::letters::from_right(ui.ctx()) {
                            Layout::right_to_left(Align::Min)
                        } else {
                            Layout::left_to_right(Align::Min)
                        };
                        let glass = (left * mirror::ASPECT).min(width * 0.42);
                        ui.with_layout(row, |ui| {
                            picture(ui, &mut mirror, egui::vec2(glass, left));
                            ui.add_space(10.0);
                            ui.vertical(|ui| {
                                ui.set_width(width - glass - 26.0);
                                choices(ui, left);
                            });
                        });
                    } else {
                        let glass = (left * 0.42).max(110.0);
                        picture(ui, &mut mirror, egui::vec2(width, glass));
                        choices(ui, left - glass - 12.0);
                    }
                    mirror.show(look, dressing.turn, near);
                });
        });
    if look != before {
        if !undone {
            dressing.fitting.change(before, look);
        }
        wishes.write(ChangeLook(look));
    }
    if back {
        screens.back();
    } else if dressing.page == Page::File {
        turn_to(&mut screens, Page::File);
    }
    Ok(())
}

/// Surprise me, undo, turn around; true when a change was taken back.
fn deeds(
    ui: &mut Ui,
    words: &Words,
    dressing: &mut Dressing,
    look: &mut Look,
    profile: Option<&Profile>,
) -> bool {
    let mut undone = false;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 6.0);
        if widgets::button(ui, &words.say("look-surprise"), widgets::Weight::Plain, 0.0).clicked() {
            dressing.surprises += 1;
            *look = surprise(look, dressing.surprises, profile);
        }
        ui.add_enabled_ui(!dressing.fitting.is_empty(), |ui| {
            if widgets::button(ui, &words.say("look-undo"), widgets::Weight::Quiet, 0.0).clicked()
                && let Some(past) = dressing.fitting.undo()
            {
                *look = past;
                undone = true;
            }
        });
        if widgets::button(ui, &words.say("look-turn"), widgets::Weight::Quiet, 0.0).clicked() {
            dressing.turn += FRAC_PI_2;
        }
    });
    undone
}

/// Something else than now. Build and skin stay: they are of a person, and clothes are what one puts on.
fn surprise(now: &Look, count: u64, profile: Option<&Profile>) -> Look {
    let own = profile.map_or(0, |profile| u64::from(profile.identity.account().0[0]));
    let seed = crate::platform::unix_secs()
        .wrapping_mul(0x9E37_79B9)
        .wrapping_add((count << 8) ^ own);
    Look::random(seed)
        .with(Choice::Build, now.get(Choice::Build))
        .with(Choice::Skin, now.get(Choice::Skin))
}

fn stands_in(ui: &mut Ui, words: &Words, own: &Own) {
    if !matches!(own.avatar, OwnAvatar::None | OwnAvatar::Failed(_)) {
        widgets::aside(ui, words.say("look-stands-in"));
    }
}

/// A choice by words, or by colours where it is one of them.
fn choose(ui: &mut Ui, words: &Words, choice: Choice, look: &mut Look) {
    let keys = names::options(choice);
    let mut value = look.get(choice);
    let part = words.say(names::part(choice));
    ui.push_id(choice as u8, |ui| {
        if paint::sample(choice, 0).is_some() {
            let now = keys
                .get(usize::from(value))
                .map_or_else(String::new, |key| words.say(key));
            widgets::name(
                ui,
                &words.with(
                    "look-colour-now",
                    &[("part", part.into()), ("colour", now.into())],
                ),
            );
            let options: Vec<(Color32, String)> = (0..choice.count())
                .zip(keys)
                .map(|(value, key)| (colour(choice, value), words.say(key)))
                .collect();
            theme::swatches(ui, &mut value, &options);
        } else {
            widgets::name(ui, &part);
            let options: Vec<(u8, String)> = (0..choice.count())
                .zip(keys)
                .map(|(value, key)| (value, words.say(key)))
                .collect();
            widgets::choose(ui, &mut value, &options);
        }
    });
    *look = look.with(choice, value);
}

/// As it is seen in evening light: a little lighter than the cloth is.
fn colour(choice: Choice, value: u8) -> Color32 {
    let [red, green, blue] = paint::sample(choice, value).unwrap_or([0.5; 3]);
    let lit = LinearRgba::rgb(red, green, blue);
    let [red, green, blue, _] = Srgba::from(lit).to_u8_array();
    Color32::from_rgb(red, green, blue)
}

/// The mirror: the figure on a ground of its own.
fn picture(ui: &mut Ui, mirror: &mut Mirror, size: egui::Vec2) {
    let p = theme::palette(ui.ctx());
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let painter = ui.painter();
    painter.rect_filled(rect, egui::CornerRadius::same(theme::WIDGET_RADIUS), p.ink);
    let Some(texture) = mirror.picture() else {
        return;
    };
    // All of its height where there is room across, else as much as fits.
    let high = rect.height().min(rect.width() / mirror::ASPECT);
    // A head stands on the edge of the glass; the whole figure is in its middle.
    let down = (rect.height() - high) / 2.0 * (1.0 - mirror.floor());
    let glass = Rect::from_center_size(
        rect.center() + egui::vec2(0.0, down),
        egui::vec2(high * mirror::ASPECT, high),
    );
    // Something to stand on; a head needs none.
    let soles = egui::pos2(glass.center().x, glass.bottom() - high * (mirror::FLOOR + 0.012));
    painter.add(egui::Shape::ellipse_filled(
        soles,
        egui::vec2(high * 0.2, high * 0.032),
        p.tide.gamma_multiply(mirror.floor()),
    ));
    let all = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
    painter.image(texture, glass, all, Color32::WHITE);
}

/// The way here: a wide button on the title screen, until something was chosen with the words that ask for it.
pub(crate) fn entry(ui: &mut Ui, words: &Words, own: &Own) -> bool {
    let key = if own.look.is_none() && matches!(own.avatar, OwnAvatar::None) {
        "look-choose"
    } else {
        "look-title"
    };
    widgets::wide_button(ui, &words.say(key), widgets::Weight::Plain).clicked()
}

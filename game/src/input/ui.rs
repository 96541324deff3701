//! The list of bindings: what does what, and pressing something else for it.
//!
//! Flow: a glyph pressed → [`Listening`] for the next thing pressed → bound, or a question when it does something
//! already → the settings.
//! Invariants: while it listens nothing else hears; Escape and Start leave everything as it is; the same one pressed
//! again is taken away.

use super::actions::{Chapter, Doing};
use super::bindings::{Bindings, Changed};
use super::glyphs::Signs;
use super::hands::{CONTROLS, chord};
use super::source::Source;
use crate::screens::{Panel, Screens};
use crate::settings::Settings;
use crate::theme::{self, glyph::glyph_button, widgets};
use crate::words::Words;
use bevy::input::keyboard::Key;
use bevy::input::mouse::AccumulatedMouseScroll;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align, RichText, Vec2};
use bevy_egui::{EguiContexts, EguiInput, EguiPreUpdateSet, EguiPrimaryContextPass};
use core::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Listening>()
        .add_systems(
            PreUpdate,
            deafen
                .after(EguiPreUpdateSet::ProcessInput)
                .before(EguiPreUpdateSet::BeginPass),
        )
        .add_systems(Update, listen.after(crate::screens::ScreenSystems::Choose))
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Panels),
        );
}

/// In the settings: the way to the list. True when that is wanted.
pub(crate) fn entry(ui: &mut egui::Ui, words: &Words) -> bool {
    widgets::wide_button(ui, &words.say("input-title"), widgets::Weight::Plain).clicked()
}

/// How long it listens: time to find the key, and a way out for who has neither Escape nor Start.
const LISTENS: Duration = Duration::from_secs(8);

/// What is being changed.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Listening {
    #[default]
    Nothing,
    For {
        doing: Doing,
        old: Option<Source>,
        until: Duration,
        /// Everything was let go once: the press that began this is not what it hears.
        ready: bool,
    },
    /// What was pressed does something already.
    Taken {
        doing: Doing,
        old: Option<Source>,
        new: Source,
        owner: Doing,
    },
}

impl Listening {
    /// Nobody else may hear.
    pub(crate) fn busy(&self) -> bool {
        matches!(self, Listening::For { .. })
    }

    /// Escape at the question: everything stays as it is. False when nothing was asked.
    pub(crate) fn keep(&mut self) -> bool {
        let asked = matches!(self, Listening::Taken { .. });
        if asked {
            *self = Listening::Nothing;
        }
        asked
    }

    /// What is being changed, and what for; `None` for one more.
    fn about(&self) -> Option<(Doing, Option<Source>)> {
        match *self {
            Listening::Nothing => None,
            Listening::For { doing, old, .. } | Listening::Taken { doing, old, .. } => Some((doing, old)),
        }
    }
}

fn deafen(listening: Res<Listening>, mut inputs: Query<&mut EguiInput>) {
    if !listening.busy() {
        return;
    }
    for mut input in &mut inputs {
        input.events.retain(|event| {
            !matches!(
                event,
                egui::Event::Key { .. }
                    | egui::Event::Text(_)
                    | egui::Event::PointerButton { .. }
                    | egui::Event::MouseWheel { .. }
            )
        });
    }
}

/// Sticks and wheels that are meant.
const PUSHED: f32 = 0.75;
/// At rest again.
const RESTS: f32 = 0.3;

fn listen(
    keys: Res<ButtonInput<KeyCode>>,
    letters: Option<Res<ButtonInput<Key>>>,
    mouse: Res<ButtonInput<MouseButton>>,
    scroll: Res<AccumulatedMouseScroll>,
    pads: Query<&Gamepad>,
    screens: Res<Screens>,
    bindings: Res<Bindings>,
    time: Res<Time<Real>>,
    mut settings: ResMut<Settings>,
    mut listening: ResMut<Listening>,
) {
    if screens.top() != Some(Panel::Bindings) {
        listening.set_if_neq(Listening::Nothing);
        return;
    }
    let Listening::For {
        doing,
        old,
        until,
        ready,
    } = *listening
    else {
        return;
    };
    let start = pads.iter().any(|pad| pad.just_pressed(GamepadButton::Start));
    if keys.just_pressed(KeyCode::Escape) || start || time.elapsed() >= until {
        *listening = Listening::Nothing;
        return;
    }
    let axes = [
        GamepadAxis::LeftStickX,
        GamepadAxis::LeftStickY,
        GamepadAxis::RightStickX,
        GamepadAxis::RightStickY,
    ];
    if !ready {
        let resting = keys.get_pressed().next().is_none()
            && mouse.get_pressed().next().is_none()
            && pads.iter().all(|pad| {
                pad.get_pressed().next().is_none()
                    && axes
                        .iter()
                        .all(|axis| pad.get(*axis).unwrap_or(0.0).abs() < RESTS)
            });
        if resting {
            *listening = Listening::For {
                doing,
                old,
                until,
                ready: true,
            };
        }
        return;
    }
    let pushed = pads.iter().find_map(|pad| {
        axes.into_iter().find_map(|axis| {
            let value = pad.get(axis).unwrap_or(0.0);
            (value.abs() > PUSHED).then_some(Source::Axis {
                axis,
                positive: value > 0.0,
            })
        })
    });
    // Ctrl alone is heard when it is let go: until then a letter may come.
    let control = keys.any_pressed(CONTROLS);
    let alone = keys
        .get_just_pressed()
        .filter(|key| !control && !CONTROLS.contains(key))
        .chain(keys.get_just_released().filter(|key| CONTROLS.contains(key)));
    let heard = chord(&keys, letters.as_deref())
        .into_iter()
        .chain(alone.map(|key| Source::Key(*key)))
        .chain(mouse.get_just_pressed().map(|button| Source::Mouse(*button)))
        .chain(
            pads.iter()
                .flat_map(|pad| pad.get_just_pressed())
                .map(|button| Source::Button(*button)),
        )
        .chain((scroll.delta.y != 0.0).then_some(Source::Wheel {
            up: scroll.delta.y > 0.0,
        }))
        .chain(pushed)
        .find(|source| source.name().is_some());
    let Some(new) = heard else { return };
    let mut next = bindings.clone();
    *listening = Listening::Nothing;
    if old == Some(new) {
        next.unbind(doing, new);
    } else {
        match bindings.owner(new) {
            Some(owner) if owner != doing => {
                *listening = Listening::Taken {
                    doing,
                    old,
                    new,
                    owner,
                };
                return;
            }
            _ => next.bind(doing, old, new),
        }
    }
    settings.input.bindings = next.changed(&settings.input.bindings);
}

fn show(
    mut contexts: EguiContexts,
    signs: Signs,
    bindings: Res<Bindings>,
    words: Res<Words>,
    time: Res<Time<Real>>,
    mut screens: ResMut<Screens>,
    mut settings: ResMut<Settings>,
    mut listening: ResMut<Listening>,
    mut first: Local<crate::view::FirstFocus>,
    mut last: Local<Step>,
) -> Result {
    if screens.top() != Some(Panel::Bindings) {
        return Ok(());
    }
    let step = Step {
        about: listening.about().map(|(doing, _)| doing),
        asks: !listening.busy(),
    };
    let is_new = step != *last;
    // Whoever answered goes on where they were.
    let answered = last.about.filter(|_| step.about.is_none());
    *last = step;
    let ctx = contexts.ctx_mut()?;
    let mut back = false;
    let mut next = bindings.clone();
    let now = time.elapsed();
    crate::view::dialog(ctx, "bindings", 600.0, |ui| {
        back = widgets::heading(ui, &words.say("input-title"), &words.say("input-back"));
        for chapter in Chapter::ALL {
            ui.add_space(8.0);
            let title = RichText::new(words.say(chapter.words()))
                .small()
                .family(theme::bold());
            ui.label(title.color(theme::palette(ui.ctx()).amber));
            for doing in Doing::ALL.into_iter().filter(|doing| doing.chapter() == chapter) {
                row(
                    ui,
                    &signs,
                    &words,
                    doing,
                    &mut listening,
                    &mut next,
                    now,
                    |response| {
                        first.give(screens.opened(), response);
                        if answered == Some(doing) {
                            response.request_focus();
                        }
                    },
                );
                if listening.about().is_some_and(|(about, _)| about == doing) {
                    question(ui, &words, &mut listening, &mut next, now, is_new);
                }
            }
        }
        ui.add_space(8.0);
        let all = words.say("input-reset-all");
        if next != Bindings::default() && widgets::wide_button(ui, &all, widgets::Weight::Quiet).clicked() {
            settings.input.bindings = Changed::default();
            next = Bindings::default();
        }
    });
    if next != *bindings {
        settings.input.bindings = next.changed(&settings.input.bindings);
    }
    if back {
        screens.back();
    }
    Ok(())
}

/// How far a change had come in the last frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Step {
    about: Option<Doing>,
    asks: bool,
}

/// What it waits for, or what it must know: below the row it is about, and in sight when it is new.
fn question(
    ui: &mut egui::Ui,
    words: &Words,
    listening: &mut Listening,
    next: &mut Bindings,
    now: Duration,
    is_new: bool,
) {
    let top = ui.cursor().min;
    let said = |doing: Doing| words.say(doing.words());
    match *listening {
        Listening::Nothing => {}
        Listening::For { doing, until, .. } => {
            let secs = until.saturating_sub(now).as_secs() + 1;
            widgets::callout(
                ui,
                widgets::Mood::Plain,
                &words.with("input-listening", &[("doing", said(doing).into())]),
                &words.with("input-listening-next", &[("secs", secs.into())]),
            );
            ui.ctx().request_repaint();
        }
        Listening::Taken {
            doing,
            old,
            new,
            owner,
        } => {
            widgets::callout(
                ui,
                widgets::Mood::Trouble,
                &words.with("input-taken", &[("doing", said(owner).into())]),
                "",
            );
            ui.horizontal(|ui| {
                // What cannot be taken away cannot be swapped.
                let may = !owner.fixed().contains(&new);
                let swap = words.say("input-swap");
                if may {
                    let swap = widgets::button(ui, &swap, widgets::Weight::Primary, 0.0);
                    if is_new {
                        swap.request_focus();
                    }
                    if swap.clicked() {
                        next.swap(doing, old, new);
                        *listening = Listening::Nothing;
                    }
                }
                let keep = widgets::button(ui, &words.say("input-keep"), widgets::Weight::Plain, 0.0);
                if is_new && !may {
                    keep.request_focus();
                }
                if keep.clicked() {
                    *listening = Listening::Nothing;
                }
            });
        }
    }
    if is_new {
        let rect = egui::Rect::from_min_max(top, ui.min_rect().right_bottom());
        ui.scroll_to_rect(rect.expand(12.0), None);
    }
}

fn row(
    ui: &mut egui::Ui,
    signs: &Signs,
    words: &Words,
    doing: Doing,
    listening: &mut Listening,
    next: &mut Bindings,
    now: Duration,
    mut first: impl FnMut(&egui::Response),
) {
    let name = words.say(doing.words());
    let p = theme::palette(ui.ctx());
    let about = listening.about().filter(|(about, _)| *about == doing);
    let mut begin = |old| {
        *listening = Listening::For {
            doing,
            old,
            until: now + LISTENS,
            ready: false,
        };
    };
    // Names wrap in their column, and glyphs in theirs; where a long word would not fit, names stand over glyphs.
    let mut width = 210.0f32.min(ui.available_width() * 0.34);
    let beside = width >= 96.0 * theme::text_scale(ui.ctx());
    let order = if beside {
        widgets::leading(ui.ctx(), Align::Min)
    } else {
        width = ui.available_width();
        widgets::column(ui.ctx())
    };
    let whole = Vec2::new(ui.available_width(), theme::CONTROL_HEIGHT);
    ui.allocate_ui_with_layout(whole, order, |ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(6.0);
        let layout = widgets::leading(ui.ctx(), Align::Center);
        ui.allocate_ui_with_layout(Vec2::new(width, theme::CONTROL_HEIGHT), layout, |ui| {
            ui.set_min_width(width);
            ui.set_max_width(width);
            ui.add(egui::Label::new(RichText::new(&name).color(p.foam)).wrap());
        });
        // As high as a row, growing with what wraps: all that is left below would be its height otherwise.
        let glyphs = Vec2::new(ui.available_width(), theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(glyphs, layout.with_main_wrap(true), |ui| {
            for source in doing.fixed() {
                crate::theme::glyph::glyph(ui, &signs.glyph(*source));
            }
            let mut is_first = true;
            for source in next.of(doing).to_vec() {
                let glyph = signs.glyph(source);
                let lit = about.is_some_and(|(_, old)| old == Some(source));
                let response = glyph_button(ui, &[glyph], &name, lit);
                if std::mem::take(&mut is_first) {
                    first(&response);
                }
                if response.clicked() {
                    begin(Some(source));
                }
            }
            let weight = if about.is_some_and(|(_, old)| old.is_none()) {
                widgets::Weight::Primary
            } else {
                widgets::Weight::Quiet
            };
            let more = widgets::button(ui, "+", weight, 0.0).on_hover_text(words.say("input-add"));
            if is_first {
                first(&more);
            }
            if more.clicked() {
                begin(None);
            }
            if next.of(doing) != doing.usual() {
                let reset = words.say("input-reset-one");
                if widgets::button(ui, &reset, widgets::Weight::Quiet, 0.0).clicked() {
                    next.reset(doing);
                }
            }
        });
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use bevy::time::TimeUpdateStrategy;

    /// Somebody at the list, with a keyboard.
    fn listener() -> App {
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)))
            .init_resource::<ButtonInput<KeyCode>>()
            .init_resource::<ButtonInput<MouseButton>>()
            .init_resource::<AccumulatedMouseScroll>()
            .init_resource::<Screens>()
            .init_resource::<Bindings>()
            .init_resource::<Settings>()
            .init_resource::<Listening>()
            .add_systems(Update, listen);
        app.world_mut().resource_mut::<Screens>().open(Panel::Bindings);
        *app.world_mut().resource_mut::<Listening>() = Listening::For {
            doing: Doing::Jump,
            old: Some(Source::Key(KeyCode::Space)),
            until: Duration::from_secs(60),
            ready: false,
        };
        app
    }

    fn tap(app: &mut App, key: KeyCode) {
        app.world_mut().resource_mut::<ButtonInput<KeyCode>>().press(key);
        app.update();
        let mut keys = app.world_mut().resource_mut::<ButtonInput<KeyCode>>();
        keys.release(key);
        keys.clear();
        app.update();
    }

    fn jump(app: &App) -> Vec<Source> {
        let changed = &app.world().resource::<Settings>().input.bindings;
        Bindings::read(changed).0.of(Doing::Jump).to_vec()
    }

    #[test]
    fn the_next_key_is_the_one_and_the_press_that_began_it_is_not() {
        let mut app = listener();
        tap(&mut app, KeyCode::Enter);
        tap(&mut app, KeyCode::KeyJ);
        assert_eq!(jump(&app)[0], Source::Key(KeyCode::KeyJ));
        assert_eq!(*app.world().resource::<Listening>(), Listening::Nothing);
    }

    #[test]
    fn escape_leaves_everything_and_the_same_key_takes_it_away() {
        let mut app = listener();
        app.update();
        tap(&mut app, KeyCode::Escape);
        assert_eq!(jump(&app), Doing::Jump.usual());
        let mut app = listener();
        app.update();
        tap(&mut app, KeyCode::Space);
        assert!(!jump(&app).contains(&Source::Key(KeyCode::Space)));
    }

    #[test]
    fn a_letter_with_ctrl_is_one_thing_and_ctrl_alone_another() {
        let mut app = listener();
        app.init_resource::<ButtonInput<Key>>();
        app.update();
        let press = |app: &mut App, key| app.world_mut().resource_mut::<ButtonInput<KeyCode>>().press(key);
        press(&mut app, KeyCode::ControlLeft);
        app.update();
        assert!(app.world().resource::<Listening>().busy(), "a letter may come");
        app.world_mut().resource_mut::<ButtonInput<KeyCode>>().clear();
        press(&mut app, KeyCode::KeyK);
        app.world_mut()
            .resource_mut::<ButtonInput<Key>>()
            .press(Key::Character("k".into()));
        app.update();
        let control_k = Source::Control {
            letter: 'K',
            shift: false,
        };
        assert_eq!(jump(&app)[0], control_k);
        let mut app = listener();
        app.update();
        tap(&mut app, KeyCode::AltLeft);
        assert_eq!(jump(&app)[0], Source::Key(KeyCode::AltLeft));
    }

    #[test]
    fn a_key_that_does_something_is_asked_about() {
        let mut app = listener();
        app.update();
        tap(&mut app, KeyCode::KeyG);
        assert_eq!(jump(&app), Doing::Jump.usual());
        assert!(
            matches!(
                *app.world().resource::<Listening>(),
                Listening::Taken {
                    owner: Doing::Wave,
                    ..
                }
            ),
            "{:?}",
            app.world().resource::<Listening>()
        );
    }
}

//! Photo mode: a clean picture of the world, kept where this person keeps pictures.
//!
//! Flow: the menu → [`Panel::Photo`] with what can be turned → [`TakePhoto`] → the interface steps aside for two
//! frames (`interface_shown`, `hud_shown`, `names_shown`) → the frame is read back → written beside the frames → a notice says
//! where it is.
//! Invariants: whatever happens to the picture, the interface comes back; leaving puts the view back as it was.

use crate::body::camera::{CameraSystems, Eye, MainCamera};
use crate::input::actions::Doing;
use crate::input::hands::Hands;
use crate::notices::Notice;
use crate::platform;
use crate::screens::{Panel, ScreenSystems, Screens, in_world};
use crate::session::SessionPhase;
use crate::settings::Settings;
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, poll_once};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};
use core::f32::consts::TAU;
use image::ImageFormat;
use std::time::Duration;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Photo>()
        .add_message::<TakePhoto>()
        .add_systems(Update, by_hand.before(begin).after(ScreenSystems::Choose))
        .add_systems(Update, (open, begin, shoot, tell).chain())
        .add_systems(Update, aim.after(CameraSystems::Follow))
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Panels)
                .run_if(in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away))),
        );
}

/// A wish: take the picture now, in photo mode or while walking.
#[derive(Message, Clone, Copy, Debug, Default)]
pub struct TakePhoto;

/// Frames without interface before the picture: one is on its way to the screen already.
const CLEAN_FRAMES: u8 = 2;
/// A picture that does not come in this time does not come (a window that is not shown), and the interface returns.
const PATIENCE: Duration = Duration::from_secs(5);
/// How far the sliders go: metres behind the head, and degrees. Wider bends faces, narrower shakes.
const DISTANCE: core::ops::RangeInclusive<f32> = 1.1..=9.0;
const FIELD: core::ops::RangeInclusive<f32> = 20.0..=100.0;
const TILT: core::ops::RangeInclusive<f32> = -80.0..=80.0;
/// Degrees of turn for a point the pointer is dragged.
const DEGREES_PER_POINT: f32 = 0.25;

/// Photo mode and the picture under way.
#[derive(Resource, Debug)]
pub struct Photo {
    hide_names: bool,
    field_degrees: f32,
    /// The view before, while photo mode is on.
    before: Option<Eye>,
    step: Step,
    since: Duration,
    writing: Option<Task<Result<String, String>>>,
}

impl Default for Photo {
    fn default() -> Self {
        Self {
            hide_names: true,
            field_degrees: 62.0,
            before: None,
            step: Step::Rest,
            since: Duration::ZERO,
            writing: None,
        }
    }
}

/// How far a picture has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Rest,
    /// So many clean frames are still to be drawn.
    Clearing(u8),
    /// Asked of the graphics card.
    Asked,
}

/// Whether the interface is drawn: not in the picture.
pub(crate) fn interface_shown(photo: Res<Photo>) -> bool {
    photo.step == Step::Rest
}

/// Whether hints and chat are drawn: not while somebody frames a picture.
pub(crate) fn hud_shown(photo: Res<Photo>) -> bool {
    photo.step == Step::Rest && photo.before.is_none()
}

/// Whether names and bubbles are drawn: in the picture, and while framing it, only for who wants them.
pub(crate) fn names_shown(photo: Res<Photo>) -> bool {
    !photo.hide_names || (photo.step == Step::Rest && photo.before.is_none())
}

fn open(screens: Res<Screens>, mut photo: ResMut<Photo>, mut eye: ResMut<Eye>, settings: Res<Settings>) {
    let on = screens.is_open(Panel::Photo);
    if on && photo.before.is_none() {
        photo.before = Some(*eye);
        photo.field_degrees = settings.field_of_view_degrees;
    } else if !on && let Some(before) = photo.before.take() {
        *eye = before;
    }
}

/// While one walks and in photo mode.
fn by_hand(
    hands: Res<Hands>,
    screens: Res<Screens>,
    phase: Res<State<SessionPhase>>,
    mut take: MessageWriter<TakePhoto>,
) {
    let free = !screens.blocks_walking() || screens.top() == Some(Panel::Photo);
    if in_world(&phase) && free && hands.started(Doing::Photo) {
        take.write_default();
    }
}

fn begin(mut wishes: MessageReader<TakePhoto>, mut photo: ResMut<Photo>, time: Res<Time<Real>>) {
    if wishes.read().count() > 0 && photo.step == Step::Rest {
        photo.step = Step::Clearing(CLEAN_FRAMES);
        photo.since = time.elapsed();
    }
}

fn shoot(mut commands: Commands, mut photo: ResMut<Photo>, time: Res<Time<Real>>) {
    match photo.step {
        Step::Rest => return,
        Step::Clearing(0) => {
            photo.step = Step::Asked;
            commands.spawn(Screenshot::primary_window()).observe(
                |captured: On<ScreenshotCaptured>, mut photo: ResMut<Photo>| {
                    photo.step = Step::Rest;
                    let picture = captured.image.clone();
                    let name = file_name(platform::unix_secs());
                    let write = async move { write(picture, &name) };
                    photo.writing = Some(AsyncComputeTaskPool::get().spawn(write));
                },
            );
        }
        Step::Clearing(left) => photo.step = Step::Clearing(left - 1),
        Step::Asked => {}
    }
    if time.elapsed().saturating_sub(photo.since) > PATIENCE {
        photo.step = Step::Rest;
    }
}

/// As PNG, without the alpha that windows do not have.
fn write(picture: Image, name: &str) -> Result<String, String> {
    let picture = picture.try_into_dynamic().map_err(|error| error.to_string())?;
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .to_rgb8()
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|error| error.to_string())?;
    platform::keep_picture(name, bytes.get_ref())
}

/// `Holm 2026-11-20 23.51.07.png`: by date, so that a folder sorts them; Greenwich's, which is the only one we know.
fn file_name(unix_secs: u64) -> String {
    let (days, secs) = (unix_secs / 86_400, unix_secs % 86_400);
    // Days to a date (Howard Hinnant's algorithm): years begin in March, so that the leap day is their last.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (secs / 3600, secs / 60 % 60, secs % 60);
    format!("Holm {year:04}-{month:02}-{day:02} {hour:02}.{minute:02}.{second:02}.png")
}

fn tell(mut photo: ResMut<Photo>, words: Res<Words>, mut notices: MessageWriter<Notice>) {
    if photo.writing.is_none() {
        return;
    }
    let Some(written) = photo
        .writing
        .as_mut()
        .and_then(|writing| block_on(poll_once(writing)))
    else {
        return;
    };
    photo.writing = None;
    match written {
        Ok(place) => {
            let mut notice = Notice::fine(words.say("photo-taken"));
            notice.next = place;
            notices.write(notice);
        }
        Err(error) => {
            warn!("a picture was not kept: {error}");
            notices.write(Notice::trouble(
                words.say("photo-failed"),
                words.say("photo-failed-next"),
            ));
        }
    }
}

/// The lens of photo mode, after everybody else has aimed.
fn aim(photo: Res<Photo>, mut cameras: Query<&mut Projection, With<MainCamera>>) {
    if photo.before.is_none() {
        return;
    }
    for mut projection in &mut cameras {
        if let Projection::Perspective(lens) = &mut *projection {
            lens.fov = photo.field_degrees.to_radians();
        }
    }
}

fn show(
    mut contexts: EguiContexts,
    mut photo: ResMut<Photo>,
    mut eye: ResMut<Eye>,
    mut screens: ResMut<Screens>,
    words: Res<Words>,
    mut take: MessageWriter<TakePhoto>,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Photo) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    // Whoever has a pointer drags the world itself.
    if !ctx.egui_wants_pointer_input() && !ctx.is_pointer_over_egui() {
        let (drag, wheel) = ctx.input(|input| {
            let drag = if input.pointer.any_down() {
                input.pointer.delta()
            } else {
                egui::Vec2::ZERO
            };
            (drag, input.smooth_scroll_delta.y)
        });
        if drag != egui::Vec2::ZERO {
            let turn = -drag * DEGREES_PER_POINT.to_radians();
            eye.turn(turn.x, turn.y);
        }
        if wheel != 0.0 {
            eye.zoom(wheel / 50.0);
        }
    }
    let mut close = false;
    let width = (300.0 * theme::text_scale(ctx)).min(ctx.content_rect().width() - 40.0);
    let (corner, x) = if theme::letters::from_right(ctx) {
        (egui::Align2::LEFT_BOTTOM, 20.0)
    } else {
        (egui::Align2::RIGHT_BOTTOM, -20.0)
    };
    let screen = ctx.content_rect();
    egui::Area::new("photo".into())
        .anchor(corner, [x, -20.0])
        .order(egui::Order::Foreground)
        .show(ctx, |ui| {
            widgets::panel_frame(ui.ctx())
                .inner_margin(egui::Margin::same(16))
                .show(ui, |ui| {
                    ui.set_width(width - 32.0);
                    // At most the lower part of a telephone: above it is the picture.
                    let highest = if screen.height() > screen.width() {
                        screen.height() * 0.56
                    } else {
                        screen.height() - 72.0
                    };
                    crate::view::scrolled(highest).show(ui, |ui| {
                        ui.with_layout(widgets::column(ctx), |ui| {
                            close = widgets::heading(ui, &words.say("photo-title"), &words.say("photo-back"));
                            let press =
                                widgets::wide_button(ui, &words.say("photo-take"), widgets::Weight::Primary);
                            first.give(screens.opened(), &press);
                            if press.clicked() {
                                take.write_default();
                            }
                            let mut turn = eye.yaw.rem_euclid(TAU).to_degrees();
                            let mut tilt = eye.pitch.to_degrees();
                            let old = (turn, tilt);
                            widgets::slider(ui, &words.say("photo-turn"), &mut turn, 0.0..=360.0, "°");
                            widgets::slider(ui, &words.say("photo-tilt"), &mut tilt, TILT, "°");
                            if (turn, tilt) != old {
                                eye.turn((turn - old.0).to_radians(), (tilt - old.1).to_radians());
                            }
                            let mut distance = eye.distance;
                            if widgets::slider(
                                ui,
                                &words.say("photo-distance"),
                                &mut distance,
                                DISTANCE,
                                " m",
                            )
                            .changed()
                            {
                                eye.distance = distance;
                                eye.first_person = false;
                            }
                            widgets::slider(
                                ui,
                                &words.say("photo-field"),
                                &mut photo.field_degrees,
                                FIELD,
                                "°",
                            );
                            widgets::toggle(ui, &mut photo.hide_names, &words.say("photo-hide-names"));
                            crate::view::follow_focus(ui);
                        });
                    });
                });
        });
    if close {
        screens.close(Panel::Photo);
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_called_by_its_date() {
        assert_eq!(file_name(0), "Holm 1970-01-01 00.00.00.png");
        assert_eq!(file_name(951_782_400), "Holm 2000-02-29 00.00.00.png");
        assert_eq!(file_name(1_735_689_599), "Holm 2024-12-31 23.59.59.png");
        assert_eq!(file_name(4_107_542_400), "Holm 2100-03-01 00.00.00.png");
    }

    #[test]
    fn the_interface_steps_aside_for_the_picture_and_comes_back_without_one() {
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .insert_resource(bevy::time::TimeUpdateStrategy::ManualDuration(
                Duration::from_millis(100),
            ))
            .init_resource::<Photo>()
            .add_message::<TakePhoto>()
            .add_systems(Update, (begin, shoot).chain());
        let shown = |app: &mut App| app.world_mut().run_system_cached(interface_shown).unwrap();
        app.update();
        assert!(shown(&mut app));
        app.world_mut().write_message(TakePhoto);
        app.update();
        assert!(!shown(&mut app));
        // Nothing draws here, so no picture ever comes.
        for _ in 0..60 {
            app.update();
        }
        assert!(shown(&mut app));
    }

    #[test]
    fn leaving_puts_the_view_back() {
        let mut app = App::new();
        app.init_resource::<Photo>()
            .init_resource::<Screens>()
            .init_resource::<Eye>()
            .init_resource::<Settings>()
            .add_systems(Update, open);
        app.world_mut().resource_mut::<Screens>().open(Panel::Photo);
        app.update();
        app.world_mut().resource_mut::<Eye>().turn(1.0, 0.5);
        app.world_mut().resource_mut::<Screens>().close_all();
        app.update();
        assert_eq!(*app.world().resource::<Eye>(), Eye::default());
    }
}

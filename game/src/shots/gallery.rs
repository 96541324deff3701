//! Every screen in every dress: `holm --gallery title|world|visit --out FOLDER [--page NAMES] [--dress NAMES]`.
//!
//! Flow: the scene of the pictures settles once → the world behind the screens is drawn once for each size and held as
//! a picture (`backdrop`), for a software renderer needs seconds for it → for each [`Page`] and each [`Dress`] the
//! settings and the size of the window change, panels open, what the page is about happens (`pages`), a few frames
//! pass → `FOLDER/PAGE.DRESS.png` → the next.
//! Invariant: pages are real panels of a running client; nothing here draws anything but the held picture.

mod backdrop;
pub(crate) mod pages;
mod voices;

use super::{FRAME, Progress, Scene, Shot, frames};
use crate::body::camera::MainCamera;
use crate::confirm::{Ask, Asked};
use crate::screens::{Device, Panel, Screens};
use crate::settings::{Quality, Settings};
use crate::words::Language;
use crate::world::WorldStatus;
use backdrop::Backdrop;
use bevy::app::AppExit;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured, save_to_disk};
use bevy::time::TimeUpdateStrategy;
use bevy::window::PrimaryWindow;
use pages::{Hands, PAGES, Page};
use std::path::PathBuf;
use std::time::Duration;

/// How a screen is looked at.
#[derive(Clone, Debug)]
struct Dress {
    name: String,
    device: &'static str,
    size: (f32, f32),
    from_right: bool,
    change: fn(&mut Settings),
}

const DESK: (f32, f32) = (1280.0, 720.0);
/// A telephone held upright, in points: what most of them have.
const PHONE: (f32, f32) = (390.0, 844.0);

/// What is changed before looking.
const LOOKS: &[(&str, fn(&mut Settings))] = &[
    ("en", |_| {}),
    ("ar", |settings| settings.language = Some(Language::Arabic)),
    ("ja", |settings| settings.language = Some(Language::Japanese)),
    ("largest", |settings| {
        settings.text_scale = *crate::settings::TEXT_SCALE.end()
    }),
    ("contrast", |settings| settings.high_contrast = true),
];

/// Every look at both sizes.
const DRESSES: usize = 2 * LOOKS.len();

fn dress(index: usize) -> Dress {
    let (look, change) = LOOKS[index / 2 % LOOKS.len()];
    let (device, size) = if index.is_multiple_of(2) {
        ("desk", DESK)
    } else {
        ("phone", PHONE)
    };
    Dress {
        name: format!("{device}-{look}"),
        device,
        size,
        from_right: look == "ar",
        change,
    }
}

/// What is still to be drawn.
#[derive(Resource, Debug)]
pub(super) struct Gallery {
    folder: PathBuf,
    pages: Vec<Page>,
    dresses: Vec<Dress>,
    /// Of all pictures, page by page.
    next: usize,
    /// Frames since this picture was set up.
    frame: u32,
    /// The picture under way, until it is written.
    pending: bool,
}

/// Frames for a screen to be laid out and for its letters to reach the graphics card: an area is invisible in its
/// first, remembers its size in its second, and fades in for six more.
const SETTLING_FRAMES: u32 = 16;
/// One simulated frame between pictures: slow enough for panels to fade in, fast enough for chat lines to stay.
const STEP: Duration = Duration::from_millis(12);

impl Gallery {
    fn now(&self) -> Option<(Page, Dress)> {
        let page = self.pages.get(self.next / self.dresses.len().max(1))?;
        Some((
            *page,
            self.dresses.get(self.next % self.dresses.len().max(1))?.clone(),
        ))
    }
}

/// What is asked for on the command line: names with commas between them.
pub(super) fn named(asked: Option<&str>, name: &str) -> bool {
    asked.is_none_or(|asked| asked.split(',').any(|asked| asked == name))
}

/// Draws the pages of `place`, or those called `only`, in all dresses, or in these.
pub(super) fn hang(app: &mut App, place: Scene, folder: PathBuf, only: Option<&str>, dresses: Option<&str>) {
    let wanted = |page: &&Page| page.place == place && named(only, page.name);
    app.insert_resource(Gallery {
        folder,
        pages: PAGES.iter().filter(wanted).copied().collect(),
        dresses: (0..DRESSES)
            .map(dress)
            .filter(|dress| named(dresses, &dress.name))
            .collect(),
        next: 0,
        frame: 0,
        pending: false,
    })
    .add_systems(Update, show);
    backdrop::hold(app);
    voices::hold(app);
}

/// Plays the scene until it has settled, then goes through the pictures.
fn show(world: &mut World) {
    let scene = world.resource::<Shot>().scene;
    let ready = *world.resource::<WorldStatus>() == WorldStatus::Ready;
    let mut progress = world.resource_mut::<Progress>();
    let settled = progress.frame >= frames(scene);
    if !ready && !settled {
        progress.waited += 1;
        if progress.waited > 30_000 {
            error!("no pictures: the world does not come");
            world.write_message(AppExit::error());
        }
        return;
    }
    if !settled {
        progress.frame += 1;
        let frame = progress.frame;
        if frame == 1 {
            world.insert_resource(TimeUpdateStrategy::ManualDuration(FRAME));
        }
        draw(world, false);
        super::play(world, scene);
        if scene == Scene::World {
            pages::rehearse(world, frame);
        }
        return;
    }
    world.insert_resource(TimeUpdateStrategy::ManualDuration(STEP));
    super::play(world, scene);
    world.resource_scope(|world, mut gallery: Mut<Gallery>| {
        let Some((page, dress)) = gallery.now() else {
            world.write_message(AppExit::Success);
            return;
        };
        if gallery.pending {
            return;
        }
        // The world itself, once for each size it is looked at in.
        if !world
            .resource_mut::<Backdrop>()
            .is_here(dress.size, dress.from_right)
        {
            let frame = gallery.frame;
            if frame == 0 {
                dress_up(world, None, &dress);
            }
            gallery.frame += 1;
            draw(world, frame + 3 > SETTLING_FRAMES);
            if gallery.frame >= SETTLING_FRAMES {
                gallery.pending = true;
                backdrop::take(world, dress.size, dress.from_right);
            }
            return;
        }
        if gallery.frame == 0 {
            dress_up(world, Some(&page), &dress);
        }
        // Also what the page before left behind (a finger that lifts) makes no other device of it.
        world
            .resource_mut::<Device>()
            .set_if_neq(device(page.hands, &dress));
        (page.act)(world, gallery.frame);
        gallery.frame += 1;
        draw(world, gallery.frame + 2 > page.settling);
        if gallery.frame >= page.settling {
            gallery.pending = true;
            let out = gallery.folder.join(format!("{}.{}.png", page.name, dress.name));
            world.spawn(Screenshot::primary_window()).observe(
                move |captured: On<ScreenshotCaptured>, mut gallery: ResMut<Gallery>| {
                    save_to_disk(&out)(captured);
                    gallery.pending = false;
                    gallery.frame = 0;
                    gallery.next += 1;
                },
            );
        }
    });
}

/// Without a page: only the world.
fn dress_up(world: &mut World, page: Option<&Page>, dress: &Dress) {
    let mut settings = Settings {
        guide: page.is_some_and(|page| page.name.starts_with("guide")),
        ..Settings::default()
    };
    if page.is_some() {
        // What is behind is a picture: shadows and smooth edges of nothing cost a software renderer most of its time.
        settings.set_quality(Quality::Low);
    }
    (dress.change)(&mut settings);
    world.resource_mut::<Settings>().set_if_neq(settings);
    if page.is_some_and(|page| page.panels.contains(&Panel::Confirm)) {
        world.resource_mut::<Asked>().about(Ask::CloseWorld);
    }
    world
        .resource_mut::<Device>()
        .set_if_neq(device(page.map_or(Hands::AsUsual, |page| page.hands), dress));
    let mut screens = world.resource_mut::<Screens>();
    screens.close_all();
    for panel in page.map_or(&[][..], |page| page.panels) {
        screens.open(*panel);
    }
    pages::tidy(world, page.map_or("", |page| page.name));
    let mut windows = world.query_filtered::<&mut Window, With<PrimaryWindow>>();
    for mut window in windows.iter_mut(world) {
        window.resolution.set(dress.size.0, dress.size.1);
    }
}

/// What is in the hands on a page in a dress.
fn device(hands: Hands, dress: &Dress) -> Device {
    match hands {
        Hands::Pad => Device::Gamepad,
        Hands::Fingers => Device::Touch,
        Hands::AsUsual if dress.device == "phone" => Device::Touch,
        Hands::AsUsual => Device::Keyboard,
    }
}

/// A software renderer takes its time: what nobody sees is not drawn.
fn draw(world: &mut World, wanted: bool) {
    let mut cameras = world.query_filtered::<&mut Camera, With<MainCamera>>();
    for mut camera in cameras.iter_mut(world) {
        if camera.is_active != wanted {
            camera.is_active = wanted;
        }
    }
}

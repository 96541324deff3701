//! Every screen in every dress: `holm --gallery title|world --out FOLDER [--page NAME]`.
//!
//! Flow: the scene of the pictures settles once → for each [`Page`] and each [`Dress`] the settings and the size of the
//! window change, a panel opens, a few frames pass → `FOLDER/PAGE.DRESS.png` → the next.
//! Invariant: pages are real panels of a running client; nothing here draws anything.

use super::{FRAME, Progress, Scene, Shot, cast, frames};
use crate::confirm::{Ask, Asked};
use crate::screens::{Panel, Screens};
use crate::settings::Settings;
use crate::words::Language;
use crate::world::WorldStatus;
use bevy::app::AppExit;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured, save_to_disk};
use bevy::time::TimeUpdateStrategy;
use bevy::window::PrimaryWindow;
use std::path::PathBuf;
use std::time::Duration;

/// One screen.
#[derive(Clone, Copy, Debug)]
struct Page {
    name: &'static str,
    place: Scene,
    /// From the bottom of the stack to its top.
    panels: &'static [Panel],
}

const PAGES: &[Page] = &[
    Page {
        name: "title",
        place: Scene::Title,
        panels: &[],
    },
    Page {
        name: "join",
        place: Scene::Title,
        panels: &[Panel::Join],
    },
    Page {
        name: "host",
        place: Scene::Title,
        panels: &[Panel::Host],
    },
    Page {
        name: "settings",
        place: Scene::Title,
        panels: &[Panel::Settings],
    },
    Page {
        name: "bindings",
        place: Scene::Title,
        panels: &[Panel::Settings, Panel::Bindings],
    },
    Page {
        name: "look",
        place: Scene::Title,
        panels: &[Panel::Look],
    },
    Page {
        name: "avatar",
        place: Scene::Title,
        panels: &[Panel::Avatar],
    },
    Page {
        name: "checkup",
        place: Scene::Title,
        panels: &[Panel::Settings, Panel::Checkup],
    },
    Page {
        name: "world",
        place: Scene::World,
        panels: &[],
    },
    Page {
        name: "menu",
        place: Scene::World,
        panels: &[Panel::Menu],
    },
    Page {
        name: "invite",
        place: Scene::World,
        panels: &[Panel::Menu, Panel::Share],
    },
    Page {
        name: "people",
        place: Scene::World,
        panels: &[Panel::People],
    },
    Page {
        name: "confirm",
        place: Scene::World,
        panels: &[Panel::Menu, Panel::Confirm],
    },
    Page {
        name: "chat",
        place: Scene::World,
        panels: &[Panel::Chat],
    },
    Page {
        name: "connection",
        place: Scene::World,
        panels: &[Panel::Menu, Panel::Report],
    },
];

/// How a screen is looked at.
#[derive(Clone, Debug)]
struct Dress {
    name: String,
    size: (f32, f32),
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
        size,
        change,
    }
}

/// What is still to be drawn.
#[derive(Resource, Debug)]
pub(super) struct Gallery {
    folder: PathBuf,
    pages: Vec<Page>,
    /// Of all pictures, page by page.
    next: usize,
    /// Frames since this picture was set up.
    frame: u32,
    /// The picture under way, until it is written.
    pending: bool,
}

/// Frames for a screen to be laid out and for its letters to reach the graphics card: an area is invisible in its
/// first, remembers its size in its second, and fades in for six more.
const SETTLING_FRAMES: u32 = 14;
/// One simulated frame between pictures: slow enough for panels to fade in, fast enough for chat lines to stay.
const STEP: Duration = Duration::from_millis(12);

impl Gallery {
    pub(super) fn new(place: Scene, folder: PathBuf, only: Option<&str>) -> Self {
        let wanted = |page: &&Page| page.place == place && only.is_none_or(|only| only == page.name);
        Self {
            folder,
            pages: PAGES.iter().filter(wanted).copied().collect(),
            next: 0,
            frame: 0,
            pending: false,
        }
    }

    fn now(&self) -> Option<(Page, Dress)> {
        let page = self.pages.get(self.next / DRESSES)?;
        Some((*page, dress(self.next % DRESSES)))
    }
}

/// Plays the scene until it has settled, then goes through the pictures.
pub(super) fn show(world: &mut World) {
    let scene = world.resource::<Shot>().scene;
    let ready = *world.resource::<WorldStatus>() == WorldStatus::Ready;
    let mut progress = world.resource_mut::<Progress>();
    let settled = progress.frame >= frames(scene);
    if !ready {
        progress.waited += 1;
        if progress.waited > 30_000 {
            error!("no pictures: the world does not come");
            world.write_message(AppExit::error());
        }
        return;
    }
    if !settled {
        progress.frame += 1;
        if progress.frame == 1 {
            world.insert_resource(TimeUpdateStrategy::ManualDuration(FRAME));
        }
        draw(world, false);
        if scene != Scene::Title {
            cast::play(world, scene);
        }
        return;
    }
    world.insert_resource(TimeUpdateStrategy::ManualDuration(STEP));
    if scene != Scene::Title {
        cast::play(world, scene);
    }
    world.resource_scope(|world, mut gallery: Mut<Gallery>| {
        let Some((page, dress)) = gallery.now() else {
            world.write_message(AppExit::Success);
            return;
        };
        if gallery.pending {
            return;
        }
        if gallery.frame == 0 {
            dress_up(world, &page, &dress);
        }
        gallery.frame += 1;
        draw(world, gallery.frame + 2 > SETTLING_FRAMES);
        if gallery.frame >= SETTLING_FRAMES {
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

fn dress_up(world: &mut World, page: &Page, dress: &Dress) {
    let mut settings = Settings {
        guide: false,
        // What lies under the panels may be plain: a software renderer draws it twice as fast.
        shadows: false,
        smooth_edges: false,
        ..Settings::default()
    };
    (dress.change)(&mut settings);
    world.resource_mut::<Settings>().set_if_neq(settings);
    if page.panels.contains(&Panel::Confirm) {
        world.resource_mut::<Asked>().about(Ask::CloseWorld);
    }
    let mut screens = world.resource_mut::<Screens>();
    screens.close_all();
    for panel in page.panels {
        screens.open(*panel);
    }
    let mut windows = world.query_filtered::<&mut Window, With<PrimaryWindow>>();
    for mut window in windows.iter_mut(world) {
        window.resolution.set(dress.size.0, dress.size.1);
    }
}

/// A software renderer takes its time: what nobody sees is not drawn.
fn draw(world: &mut World, wanted: bool) {
    let mut cameras = world.query::<&mut Camera>();
    for mut camera in cameras.iter_mut(world) {
        if camera.is_active != wanted {
            camera.is_active = wanted;
        }
    }
}

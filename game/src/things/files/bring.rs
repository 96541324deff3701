//! Bring in a file: dropped onto the window, chosen or named by its path; looked at here, then in the hand.
//!
//! Flow: a file's bytes → an avatar by its own word, or asked for on that page, goes to `avatar` → else it becomes of a kind that is
//! shown ([`recast`]), what a photo says beside its picture is left out ([`exif`]), and it is read and drawn to its last pixel, in a
//! task → refused with a sentence, or straight into the hand; where it says whose it is, or could be worn as well, the panel says so
//! and asks. Of several, each waits until the one before is put down. What is on its way to the host can be taken back here.
//! Invariant: nothing of it leaves this machine here: that begins when it is put down.

use super::read::{self, About, BadFile, Content};
use super::{Outbox, exif, recast, ui};
use crate::avatar::ui::Brought;
use crate::body::camera::Eye;
use crate::gltf::PictureData;
use crate::notices::Notice;
use crate::platform;
use crate::screens::{Panel, Screens};
use crate::session::SessionPhase;
use crate::theme::widgets::{self, Mood, Weight};
use crate::things::Build;
use crate::things::hand::Hand;
use crate::view::FirstFocus;
use crate::words::Words;
use crate::world::view::object;
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use bevy::window::FileDragAndDrop;
use bevy_egui::egui::{Key, Ui};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use bytes::Bytes;
use holm_document::limits::BLOB_BYTES;
use holm_document::{Act, Part};
use std::collections::VecDeque;
use std::path::Path;

pub(crate) fn plugin(app: &mut App) {
    let in_world = in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away));
    app.init_resource::<Bringing>()
        .add_message::<BringFile>()
        .add_systems(
            Update,
            (dropped, look, finish, next)
                .chain()
                .before(crate::screens::ScreenSystems::Choose),
        )
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Panels).run_if(in_world),
        );
}

/// A wish: this file, or why it cannot be read.
#[derive(Message, Clone, Debug)]
pub(crate) struct BringFile(pub(crate) Result<Bytes, String>);

/// How far one is.
#[derive(Resource, Default)]
pub(crate) struct Bringing {
    path: String,
    step: Step,
    /// What was brought with it, and its turn comes.
    waiting: VecDeque<Result<Bytes, String>>,
    /// What of it is in the hand, until it is put down.
    held: Option<Part>,
}

/// Files that are brought at once: an album, not a disk.
const MOST_AT_ONCE: usize = 24;

#[derive(Default)]
enum Step {
    #[default]
    Nothing,
    Looking {
        about: About,
        task: Task<Result<(Bytes, Content), BadFile>>,
    },
    /// It cannot be read from where it is.
    Unread(String),
    Refused(BadFile),
    /// Whoever brings it is asked.
    Found(Box<Found>),
}

struct Found {
    bytes: Bytes,
    about: About,
    content: Content,
}

fn dropped(
    mut drops: MessageReader<FileDragAndDrop>,
    screens: Res<Screens>,
    phase: Res<State<SessionPhase>>,
    mut files: MessageWriter<BringFile>,
    mut avatars: MessageWriter<Brought>,
) {
    let mut all: Vec<Result<Bytes, String>> = Vec::new();
    for drop in drops.read() {
        if let FileDragAndDrop::DroppedFile { path_buf, .. } = drop {
            all.push(platform::chosen_file(path_buf, BLOB_BYTES).map(Bytes::from));
        }
    }
    all.extend(platform::brought_file().map(|file| file.map(Bytes::from)));
    for file in all {
        let avatar = file.as_ref().is_ok_and(|bytes| read::about(bytes).is_avatar);
        // Outside of a world there is nothing else that one could do with it.
        if avatar || screens.top() == Some(Panel::Avatar) || *phase.get() != SessionPhase::Inside {
            avatars.write(Brought(file));
        } else {
            files.write(BringFile(file));
        }
    }
}

/// Reads and decodes it: what can be shown here can be shown. A hand holds one: the others wait.
fn look(
    mut files: MessageReader<BringFile>,
    mut bringing: ResMut<Bringing>,
    mut screens: ResMut<Screens>,
    mut notices: MessageWriter<Notice>,
    words: Res<Words>,
) {
    if files.is_empty() {
        return;
    }
    // What is brought now comes before what still waited.
    let mut all: VecDeque<_> = files.read().map(|BringFile(file)| file.clone()).collect();
    let left_out = all.len().saturating_sub(MOST_AT_ONCE);
    all.truncate(MOST_AT_ONCE);
    let Some(file) = all.pop_front() else { return };
    if !all.is_empty() {
        let waits = words.with("files-others-wait", &[("count", all.len().into())]);
        let what = match left_out {
            0 => words.say("files-others-wait-next"),
            left_out => words.with("files-left-out", &[("count", left_out.into())]),
        };
        notices.write(Notice {
            next: what,
            ..Notice::plain(waits)
        });
        bringing.waiting = all;
    }
    begin(file, &mut bringing, &mut screens);
}

/// The next one's turn comes when the one before is put down, or cannot be; an empty hand wants none of them any more.
fn next(
    mut bringing: ResMut<Bringing>,
    mut builds: MessageReader<Build>,
    mut screens: ResMut<Screens>,
    hand: Res<Hand>,
) {
    let puts_down = |build: &Build| {
        let made = |act: &Act| matches!(act, Act::Make { parts, .. } if bringing.held.iter().any(|held| parts.contains(held)));
        build.acts.iter().any(made)
    };
    let is_down = builds.read().filter(|build| puts_down(build)).count() > 0;
    if bringing.waiting.is_empty() {
        return;
    }
    match bringing.step {
        Step::Nothing => {}
        Step::Looking { .. } => return,
        Step::Unread(_) | Step::Refused(_) | Step::Found(_) => {
            if screens.top() != Some(Panel::Bring) {
                bringing.waiting.clear(); // turned away from
            }
            return;
        }
    }
    if bringing.held.is_some() && !is_down {
        if hand.is_empty() {
            bringing.waiting.clear();
            bringing.held = None;
        }
        return;
    }
    bringing.held = None;
    if let Some(file) = bringing.waiting.pop_front() {
        begin(file, &mut bringing, &mut screens);
    }
}

fn begin(file: Result<Bytes, String>, bringing: &mut Bringing, screens: &mut Screens) {
    bringing.step = match file {
        Err(why) => {
            screens.open(Panel::Bring);
            Step::Unread(why)
        }
        Ok(bytes) => {
            let about = read::about(&bytes);
            let task = AsyncComputeTaskPool::get().spawn(async move {
                let bytes = exif::bare(&recast::recast(&bytes)?);
                let content = read::read(&bytes)?;
                match &content {
                    Content::Picture(picture) if !is_whole(picture) => Err(BadFile::Damaged),
                    _ => Ok((bytes, content)),
                }
            });
            Step::Looking { about, task }
        }
    };
}

fn is_whole(picture: &PictureData) -> bool {
    object::hung(picture, exif::Turn::NONE.number()).is_some()
}

fn finish(
    mut bringing: ResMut<Bringing>,
    mut screens: ResMut<Screens>,
    mut hand: ResMut<Hand>,
    mut outbox: ResMut<Outbox>,
    eye: Res<Eye>,
) {
    let Step::Looking { task, .. } = &mut bringing.bypass_change_detection().step else {
        return;
    };
    let Some(result) = check_ready(task) else { return };
    let Step::Looking { about, .. } = std::mem::take(&mut bringing.step) else {
        return;
    };
    match result {
        Err(bad) => {
            bringing.step = Step::Refused(bad);
            screens.open(Panel::Bring);
        }
        Ok((bytes, content)) => {
            let asks = about.has_figure || about.author.is_some() || about.licence.is_some() || about.moves;
            let found = Found {
                bytes,
                about,
                content,
            };
            if asks {
                bringing.step = Step::Found(Box::new(found));
                screens.open(Panel::Bring);
            } else {
                let part = take(found, &mut hand, &mut outbox, &eye, &mut screens);
                bringing.held = Some(part);
            }
        }
    }
}

/// Into the hand, facing whoever takes it; how a thing names it.
fn take(found: Found, hand: &mut Hand, outbox: &mut Outbox, eye: &Eye, screens: &mut Screens) -> Part {
    let (part, size) = {
        let file = outbox.bring(found.bytes);
        (found.content.part(file), found.content.size())
    };
    screens.close(Panel::Bring);
    let step = 15f32.to_radians();
    let yaw = if hand.snap {
        (eye.yaw / step).round() * step
    } else {
        eye.yaw
    };
    hand.take_file(part.clone(), size, Quat::from_rotation_y(yaw), screens);
    part
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    mut bringing: ResMut<Bringing>,
    mut hand: ResMut<Hand>,
    mut outbox: ResMut<Outbox>,
    eye: Res<Eye>,
    words: Res<Words>,
    mut files: MessageWriter<BringFile>,
    mut avatars: MessageWriter<Brought>,
    mut first: Local<FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Bring) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let opened = screens.opened();
    let (mut back, mut placed, mut worn, mut taken_back) = (false, false, false, false);
    let something_comes = outbox.going().next().is_some();
    crate::view::dialog(ctx, "bring", 520.0, |ui| {
        let heading = widgets::heading_button(ui, &words.say("files-title"), &words.say("files-back"));
        back = heading.clicked();
        widgets::aside(ui, words.say("files-how"));
        let Bringing { path, step, .. } = &mut *bringing;
        let mut focus = heading;
        if platform::HAS_FILE_BUTTON {
            let choose = widgets::wide_button(ui, &words.say("files-choose"), Weight::Plain);
            if choose.clicked() {
                platform::ask_for_file();
            }
            focus = choose;
        }
        if platform::HAS_PATHS {
            let field = widgets::field(ui, &words.say("files-path"), path, "", 1024);
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let pressed = widgets::button(ui, &words.say("files-open"), Weight::Plain, 0.0).clicked();
            if (entered || pressed) && !path.trim().is_empty() {
                let file = platform::chosen_file(Path::new(path.trim()), BLOB_BYTES).map(Bytes::from);
                files.write(BringFile(file));
            }
        }
        match step {
            Step::Nothing => {}
            Step::Looking { .. } => {
                widgets::aside(ui, words.say("files-looking"));
                widgets::progress(ui, None);
            }
            Step::Unread(why) => {
                let why = words.with("files-unread", &[("why", why.clone().into())]);
                widgets::callout(ui, Mood::Trouble, &words.say("files-cannot"), &why);
            }
            Step::Refused(bad) => {
                widgets::callout(
                    ui,
                    Mood::Trouble,
                    &words.say("files-cannot"),
                    &ui::bad(&words, bad),
                );
            }
            Step::Found(found) => {
                says(ui, &words, found);
                let take = widgets::wide_button(ui, &words.say("files-take"), Weight::Primary);
                placed = take.clicked();
                focus = take;
                if found.about.has_figure {
                    worn = widgets::wide_button(ui, &words.say("files-wear"), Weight::Plain).clicked();
                }
            }
        }
        if something_comes {
            let stop = words.say("files-take-back");
            taken_back = widgets::wide_button(ui, &stop, Weight::Plain).clicked();
        }
        first.give(opened, &focus);
    });
    if taken_back {
        outbox.take_back();
    }
    if back {
        bringing.step = Step::Nothing;
        screens.back();
    } else if (placed || worn)
        && let Step::Found(found) = std::mem::take(&mut bringing.step)
    {
        if placed {
            bringing.held = Some(take(*found, &mut hand, &mut outbox, &eye, &mut screens));
        } else {
            screens.close(Panel::Bring);
            avatars.write(Brought(Ok(found.bytes)));
        }
    }
    Ok(())
}

/// What it is, how large, and whose.
fn says(ui: &mut Ui, words: &Words, found: &Found) {
    let About {
        title,
        author,
        licence,
        moves,
        ..
    } = &found.about;
    if let Some(title) = title {
        ui.heading(title.as_str());
    }
    let megabytes = (found.bytes.len() as f64 / 1e5).round() / 10.0;
    widgets::aside(
        ui,
        match &found.content {
            Content::Picture(picture) => {
                let [width, height] = read::sides(picture);
                words.with(
                    "files-picture",
                    &[
                        ("width", width.into()),
                        ("height", height.into()),
                        ("megabytes", megabytes.into()),
                    ],
                )
            }
            Content::Model(object) => words.with(
                "files-model",
                &[
                    ("triangles", object.triangles().into()),
                    ("megabytes", megabytes.into()),
                ],
            ),
        },
    );
    if let Some(author) = author {
        widgets::aside(
            ui,
            words.with("files-author", &[("author", author.clone().into())]),
        );
    }
    if let Some(licence) = licence {
        let licence = words.with("files-licence", &[("licence", licence.clone().into())]);
        widgets::callout(ui, Mood::Plain, &licence, &words.say("files-licence-next"));
    }
    if *moves {
        widgets::aside(ui, words.say("files-still"));
    }
}

impl Bringing {
    /// For a picture of the panel: something was found, and says whose it is.
    pub(crate) fn found(&mut self, bytes: Bytes) {
        if let Ok(content) = read::read(&bytes) {
            let about = read::about(&bytes);
            self.step = Step::Found(Box::new(Found {
                bytes,
                about,
                content,
            }));
        }
    }
}

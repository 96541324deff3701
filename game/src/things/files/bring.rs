//! Bring in a file: dropped onto the window, chosen or named by its path; looked at here, then in the hand.
//!
//! Flow: a file's bytes → an avatar by its own word, or asked for on that page, goes to `avatar` → else it becomes of a kind that is
//! shown ([`recast`]), what a photo says beside its picture is left out ([`exif`]), and it is read and drawn to its last pixel, in a
//! task → refused with a sentence, or straight into the hand; where it says whose it is, or could be worn as well, the panel says so
//! and asks. Of several, each waits until the one before is put down, and is read then. What is on its way to the host can be taken
//! back here.
//! Invariants: nothing of it leaves this machine here: that begins when it is put down; of several one at a time is read, and what
//! waits is for this world only.

use super::read::{self, About, BadFile, Content};
use super::{Outbox, exif, recast, ui};
use crate::avatar::ui::Brought;
use crate::body::camera::Eye;
use crate::gltf::PictureData;
use crate::notices::Notice;
use crate::platform::{self, Chosen};
use crate::screens::{Panel, Screens};
use crate::session::{SessionEnded, SessionPhase};
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
use std::iter;
use std::path::Path;

pub(crate) fn plugin(app: &mut App) {
    let in_world = in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away));
    app.init_resource::<Bringing>()
        .add_systems(
            Update,
            (leave, dropped, queue, finish, next)
                .chain()
                .before(crate::screens::ScreenSystems::Choose),
        )
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Panels).run_if(in_world),
        );
}

/// How far one is.
#[derive(Resource, Default)]
pub(crate) struct Bringing {
    path: String,
    /// What came since the last frame.
    arrived: Vec<Chosen>,
    step: Step,
    /// Their turn comes, and they are read then.
    waiting: VecDeque<Chosen>,
    /// What of it is in the hand, until it is put down.
    held: Option<Part>,
    /// On its way to be worn, whatever it is.
    worn: Option<Task<Result<Vec<u8>, String>>>,
}

/// Files that are brought at once, the one that is looked at among them: an album, not a disk.
const MOST_AT_ONCE: usize = 24;

#[derive(Default)]
enum Step {
    #[default]
    Nothing,
    Looking(Task<Looked>),
    /// It cannot be read from where it is.
    Unread(String),
    Refused(BadFile),
    /// Whoever brings it is asked.
    Found(Box<Found>),
}

/// What came of looking at one.
enum Looked {
    Unread(String),
    Refused(BadFile),
    Avatar(Bytes),
    Found(Box<Found>),
}

struct Found {
    bytes: Bytes,
    about: About,
    content: Content,
}

/// Another world has another hand, and wants other files.
fn leave(mut ended: MessageReader<SessionEnded>, mut bringing: ResMut<Bringing>) {
    if ended.read().count() > 0 {
        bringing.arrived.clear();
        bringing.put_away();
        bringing.held = None;
    }
}

fn dropped(
    mut drops: MessageReader<FileDragAndDrop>,
    screens: Res<Screens>,
    phase: Res<State<SessionPhase>>,
    mut bringing: ResMut<Bringing>,
    mut avatars: MessageWriter<Brought>,
) {
    if let Some(task) = &mut bringing.bypass_change_detection().worn
        && let Some(file) = check_ready(task)
    {
        bringing.worn = None;
        avatars.write(Brought(file.map(Bytes::from)));
    }
    let drops = drops.read().filter_map(|drop| match drop {
        FileDragAndDrop::DroppedFile { path_buf, .. } => Some(Chosen::at(path_buf)),
        _ => None,
    });
    let mut all: Vec<Chosen> = drops.chain(iter::from_fn(platform::brought_file)).collect();
    if all.is_empty() {
        return;
    }
    // Outside of a world there is nothing else that one could do with it; one wears one.
    if screens.top() == Some(Panel::Avatar) || *phase.get() != SessionPhase::Inside {
        let last = all.pop().map(|file| file.read(BLOB_BYTES));
        bringing.worn = last.map(|reading| AsyncComputeTaskPool::get().spawn(reading));
    } else {
        bringing.arrived.append(&mut all);
    }
}

/// What came goes behind what waits, as far as there is room.
fn queue(mut bringing: ResMut<Bringing>, mut notices: MessageWriter<Notice>, words: Res<Words>) {
    if bringing.arrived.is_empty() {
        return;
    }
    let bringing = &mut *bringing;
    // Whoever brings another one has read what is wrong with this one.
    if matches!(bringing.step, Step::Unread(_) | Step::Refused(_)) {
        bringing.step = Step::Nothing;
    }
    let begins = usize::from(bringing.is_free());
    let there = bringing.waiting.len() + 1 - begins;
    let room = MOST_AT_ONCE.saturating_sub(there);
    let left_out = bringing.arrived.len().saturating_sub(room);
    bringing.waiting.extend(bringing.arrived.drain(..).take(room));
    let waits = bringing.waiting.len().saturating_sub(begins);
    if waits > 0 || left_out > 0 {
        let what = words.with("files-others-wait", &[("count", waits.into())]);
        let next = match left_out {
            0 => words.say("files-others-wait-next"),
            left_out => words.with("files-left-out", &[("count", left_out.into())]),
        };
        notices.write(Notice {
            next,
            ..Notice::plain(what)
        });
    }
}

/// The next one's turn comes when the one before is put down, or cannot be. Who puts one away, or turns away from it, wants none
/// of the others any more: whether by the button or by the key.
fn next(
    mut bringing: ResMut<Bringing>,
    mut builds: MessageReader<Build>,
    screens: Res<Screens>,
    hand: Res<Hand>,
    mut was_open: Local<bool>,
) {
    let is_open = screens.is_open(Panel::Bring);
    if std::mem::replace(&mut *was_open, is_open) && !is_open {
        match bringing.step {
            Step::Nothing => {}
            Step::Unread(_) | Step::Refused(_) => bringing.step = Step::Nothing,
            Step::Looking(_) | Step::Found(_) => bringing.put_away(),
        }
    }
    if let Some(held) = &bringing.held {
        let made = |act: &Act| matches!(act, Act::Make { parts, .. } if parts.contains(held));
        let is_down = builds.read().any(|build| build.acts.iter().any(made));
        if is_down {
            bringing.held = None;
        } else if !hand.holds(held) {
            bringing.put_away();
            bringing.held = None;
        }
    }
    builds.clear();
    // One that is an avatar is answered on the page of those.
    if bringing.waiting.is_empty() || !bringing.is_free() || screens.is_open(Panel::Avatar) {
        return;
    }
    if let Some(file) = bringing.waiting.pop_front() {
        bringing.step = Step::Looking(AsyncComputeTaskPool::get().spawn(look_at(file)));
    }
}

/// Reads and decodes it: what can be shown here can be shown.
async fn look_at(file: Chosen) -> Looked {
    let bytes = match file.read(BLOB_BYTES).await {
        Ok(bytes) => Bytes::from(bytes),
        Err(why) => return Looked::Unread(why),
    };
    let about = read::about(&bytes);
    if about.is_avatar {
        return Looked::Avatar(bytes);
    }
    match shown(&bytes) {
        Ok((bytes, content)) => Looked::Found(Box::new(Found {
            bytes,
            about,
            content,
        })),
        Err(bad) => Looked::Refused(bad),
    }
}

fn shown(bytes: &Bytes) -> Result<(Bytes, Content), BadFile> {
    let bytes = exif::bare(&recast::recast(bytes)?);
    let content = read::read(&bytes)?;
    match &content {
        Content::Picture(picture) if !is_whole(picture) => Err(BadFile::Damaged),
        _ => Ok((bytes, content)),
    }
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
    mut avatars: MessageWriter<Brought>,
) {
    let Step::Looking(task) = &mut bringing.bypass_change_detection().step else {
        return;
    };
    let Some(looked) = check_ready(task) else { return };
    bringing.step = Step::Nothing;
    match looked {
        Looked::Unread(why) => bringing.step = Step::Unread(why),
        Looked::Refused(bad) => bringing.step = Step::Refused(bad),
        Looked::Avatar(bytes) => {
            screens.open(Panel::Avatar);
            avatars.write(Brought(Ok(bytes)));
        }
        Looked::Found(found) => {
            let about = &found.about;
            let asks = about.has_figure || about.author.is_some() || about.licence.is_some() || about.moves;
            if asks {
                bringing.step = Step::Found(found);
            } else {
                let part = take(*found, &mut hand, &mut outbox, &eye, &mut screens);
                bringing.held = Some(part);
            }
        }
    }
    if !matches!(bringing.step, Step::Nothing) {
        screens.open(Panel::Bring);
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
        let Bringing {
            path, step, arrived, ..
        } = &mut *bringing;
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
                arrived.push(Chosen::at(Path::new(path.trim())));
            }
        }
        match step {
            Step::Nothing => {}
            Step::Looking(_) => {
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
    /// Nothing is looked at or in the hand.
    fn is_free(&self) -> bool {
        matches!(self.step, Step::Nothing) && self.held.is_none()
    }

    /// What is looked at is not wanted, and the others go with it.
    fn put_away(&mut self) {
        self.step = Step::Nothing;
        self.waiting.clear();
    }

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

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::session::SessionEnd;
    use holm_document::{PersonNo, ThingId};
    use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
    use std::io::Cursor;
    use std::path::PathBuf;

    /// Somebody in a world, and files on their disk.
    struct Somebody {
        app: App,
        folder: PathBuf,
    }

    impl Somebody {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("holm-bring-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(&folder).unwrap();
            let mut app = crate::headless::bare();
            app.insert_state(SessionPhase::Inside)
                .init_resource::<Screens>()
                .init_resource::<Hand>()
                .init_resource::<Outbox>()
                .init_resource::<Eye>()
                .init_resource::<Words>()
                .add_message::<FileDragAndDrop>()
                .add_message::<Brought>()
                .add_message::<Notice>()
                .add_message::<Build>()
                .add_message::<SessionEnded>()
                .add_plugins(plugin);
            Self { app, folder }
        }

        /// A picture of this shade.
        fn paints(&self, name: &str, shade: u8) {
            let picture = DynamicImage::from(RgbaImage::from_pixel(16, 12, Rgba([shade, 0, 0, 255])));
            let mut bytes = Vec::new();
            picture
                .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
                .unwrap();
            self.writes(name, &bytes);
        }

        fn writes(&self, name: &str, bytes: &[u8]) {
            std::fs::write(self.folder.join(name), bytes).unwrap();
        }

        fn drops(&mut self, names: &[&str]) {
            for name in names {
                let path_buf = self.folder.join(name);
                self.app.world_mut().write_message(FileDragAndDrop::DroppedFile {
                    window: Entity::PLACEHOLDER,
                    path_buf,
                });
            }
            self.app.update();
        }

        fn bringing(&self) -> &Bringing {
            self.app.world().resource()
        }

        fn waits(&self) -> usize {
            self.bringing().waiting.len()
        }

        /// Whether this file is in their hand.
        fn holds(&self, name: &str) -> bool {
            let bytes = std::fs::read(self.folder.join(name)).unwrap();
            let (bytes, _) = shown(&bytes.into()).unwrap();
            let file = self.bringing().held.as_ref().and_then(Part::file);
            let outbox = self.app.world().resource::<Outbox>();
            file.and_then(|file| outbox.bytes(&file)) == Some(bytes)
        }

        /// Steps until it is so. Files are read and drawn beside the loop.
        fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
            for _ in 0..1_000_000 {
                if done(self) {
                    return;
                }
                self.app.update();
                std::thread::yield_now();
            }
            panic!("never: {what}");
        }

        fn puts_down(&mut self) {
            let held = self.bringing().held.clone().unwrap();
            let thing = ThingId {
                maker: PersonNo(1),
                serial: 1,
            };
            let parts = vec![held];
            self.app.world_mut().write_message(Build {
                acts: vec![Act::Make { thing, parts }],
            });
            self.app.update();
        }

        fn steps_back(&mut self) {
            self.app.world_mut().resource_mut::<Screens>().back();
            self.app.update();
        }

        /// What was said since this was asked last.
        fn read(&mut self) -> Vec<String> {
            let mut notices = self.app.world_mut().resource_mut::<Messages<Notice>>();
            let said = notices.drain();
            said.map(|notice| format!("{} {}", notice.what, notice.next))
                .collect()
        }

        fn has_gone(self) {
            std::fs::remove_dir_all(self.folder).unwrap();
        }
    }

    #[test]
    fn each_of_several_files_is_read_when_its_turn_comes() {
        let mut ada = Somebody::new("turn");
        ada.paints("one.png", 1);
        ada.drops(&["one.png", "two.png"]);
        ada.until("the first is in the hand", |ada| ada.holds("one.png"));
        assert_eq!(ada.waits(), 1);
        ada.paints("two.png", 2); // it was not there when it was dropped
        ada.puts_down();
        ada.until("and then the second", |ada| ada.holds("two.png"));
        assert_eq!(ada.waits(), 0);
        ada.has_gone();
    }

    #[test]
    fn what_comes_later_goes_behind_what_waits_and_what_is_too_much_is_said() {
        let mut ada = Somebody::new("behind");
        ada.paints("one.png", 1);
        ada.paints("two.png", 2);
        ada.drops(&["one.png"]);
        ada.until("it is in the hand", |ada| ada.holds("one.png"));
        assert_eq!(ada.read(), [""; 0]);
        ada.drops(&["two.png"]);
        assert!(ada.holds("one.png") && ada.waits() == 1);
        let said = ada.read();
        assert!(
            said.len() == 1 && said[0].contains("One more file waits"),
            "{said:?}"
        );
        let names: Vec<String> = (0..30).map(|number| format!("{number}.png")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        ada.drops(&names);
        assert_eq!(ada.waits(), MOST_AT_ONCE - 1);
        let said = ada.read();
        assert!(
            said.len() == 1 && said[0].contains("23 more files wait") && said[0].contains("8 were too many"),
            "{said:?}"
        );
        ada.puts_down();
        ada.until("the one that was first is next", |ada| ada.holds("two.png"));
        ada.has_gone();
    }

    #[test]
    fn what_cannot_be_shown_holds_up_none_of_the_others() {
        let mut ada = Somebody::new("refused");
        ada.paints("one.png", 1);
        ada.paints("two.png", 2);
        ada.writes("bad.png", b"no picture at all");
        ada.drops(&["nowhere.png", "bad.png", "one.png", "two.png"]);
        let is_open = |ada: &Somebody| {
            let screens = ada.app.world().resource::<Screens>();
            screens.top() == Some(Panel::Bring)
        };
        ada.until("the first is not there", |ada| {
            matches!(ada.bringing().step, Step::Unread(_)) && is_open(ada)
        });
        ada.steps_back();
        ada.until("the next is none", |ada| {
            matches!(ada.bringing().step, Step::Refused(_)) && is_open(ada)
        });
        ada.steps_back();
        ada.until("but then there is one", |ada| ada.holds("one.png"));
        assert_eq!(ada.waits(), 1);
        ada.has_gone();
    }

    #[test]
    fn who_turns_away_from_one_or_puts_it_away_wants_none_of_the_others() {
        let mut ada = Somebody::new("away");
        ada.paints("one.png", 1);
        ada.paints("two.png", 2);
        ada.drops(&["one.png", "two.png"]);
        ada.until("it is in the hand", |ada| ada.holds("one.png"));
        *ada.app.world_mut().resource_mut::<Hand>() = Hand::default();
        ada.app.update();
        assert!(ada.waits() == 0 && ada.bringing().is_free());
        // One that says whose it is, and is asked about.
        ada.writes(
            "boat.gltf",
            br#"{"asset":{"version":"2.0","extras":{"title":"Rowing boat","author":"Mei","license":"CC-BY-4.0"}},
                "scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}],"meshes":[{"primitives":[{"attributes":{"POSITION":0}}]}],
                "accessors":[{"componentType":5126,"count":12288,"type":"VEC3"}],"skins":[{"joints":[0]}]}"#,
        );
        ada.drops(&["boat.gltf", "two.png"]);
        ada.until("it is asked about", |ada| {
            matches!(ada.bringing().step, Step::Found(_))
        });
        assert_eq!(ada.waits(), 1);
        ada.steps_back();
        assert!(ada.waits() == 0 && ada.bringing().is_free());
        ada.has_gone();
    }

    #[test]
    fn what_waits_does_not_come_along_into_another_world() {
        let mut ada = Somebody::new("leaves");
        ada.paints("one.png", 1);
        ada.drops(&["one.png", "two.png"]);
        ada.until("it is in the hand", |ada| ada.holds("one.png"));
        let end = SessionEnd::Left;
        ada.app.world_mut().write_message(SessionEnded { end });
        ada.app.update();
        assert!(ada.waits() == 0 && ada.bringing().is_free());
        ada.has_gone();
    }
}

//! The screens there are, and what happens on each before it is looked at.
//!
//! Flow: [`rehearse`] while the scene plays (lines that are changed, taken back, meant for the near) → for each picture
//! [`tidy`] ends what the page before began, then the page's `act` in each frame.
//! Invariant: whatever an act does goes through the messages and resources that people's own hands go through.

use super::super::{Scene, cast, workshop};
use super::{SETTLING_FRAMES, voices};
use crate::avatar::licence::reserved;
use crate::avatar::own::{Own, OwnAvatar, TryOn};
use crate::chat::ui::Entry;
use crate::chat::{ChatLog, Edit, Reach, Say, TakeBack};
use crate::checkup::Checkup;
use crate::guide::Guide;
use crate::input::actions::Doing;
use crate::input::board::Board;
use crate::input::source::Source;
use crate::input::ui::Listening;
use crate::notices::{Notice, Notices};
use crate::people::Person;
use crate::screens::{Panel, Screens};
use crate::session::{SessionEnd, SessionEnded};
use crate::succession::NameHeir;
use crate::things::files::bring::Bringing;
use crate::things::hand::Hand;
use crate::things::ui::{Bench, Page as Work};
use crate::title::Title;
use crate::words::Words;
use crate::world::WorldStatus;
use bevy::input::touch::{TouchInput, TouchPhase};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::input::EguiInputEvent;
use bevy_egui::{EguiContext, PrimaryEguiContext, egui};
use holm_identity::{AccountKey, Identity};
use holm_net::pose::Slot;
use holm_net::transport::{JoinFailure, Path};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is in the hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hands {
    /// Keys at a desk, fingers on a telephone.
    AsUsual,
    Pad,
    Fingers,
}

/// One screen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    pub(crate) name: &'static str,
    pub(crate) place: Scene,
    /// From the bottom of the stack to its top.
    pub(crate) panels: &'static [Panel],
    pub(crate) hands: Hands,
    /// Frames before the picture.
    pub(crate) settling: u32,
    /// Called in each frame before the picture, with its number.
    pub(crate) act: fn(&mut World, u32),
}

const fn page(name: &'static str, place: Scene, panels: &'static [Panel]) -> Page {
    Page {
        name,
        place,
        panels,
        hands: Hands::AsUsual,
        settling: SETTLING_FRAMES,
        act: |_, _| {},
    }
}

const fn with(page: Page, act: fn(&mut World, u32)) -> Page {
    Page { act, ..page }
}

/// With so many more frames before the picture.
const fn later(page: Page, frames: u32) -> Page {
    Page {
        settling: SETTLING_FRAMES + frames,
        ..page
    }
}

const fn by_finger(page: Page) -> Page {
    Page {
        hands: Hands::Fingers,
        ..page
    }
}

const fn by_pad(page: Page) -> Page {
    Page {
        hands: Hands::Pad,
        ..page
    }
}

use Scene::{Title as AtTitle, Visit as OnVisit, World as InWorld};

/// In this order: what stays for seconds (a notice, an announcement) comes late.
pub(crate) const PAGES: &[Page] = &[
    page("title", AtTitle, &[]),
    page("join", AtTitle, &[Panel::Join]),
    page("host", AtTitle, &[Panel::Host]),
    page("settings", AtTitle, &[Panel::Settings]),
    with(page("settings-controls", AtTitle, &[Panel::Settings]), controls),
    with(page("settings-picture", AtTitle, &[Panel::Settings]), picture),
    later(
        with(page("settings-sound", AtTitle, &[Panel::Settings]), sounding),
        8,
    ),
    page("bindings", AtTitle, &[Panel::Settings, Panel::Bindings]),
    // It is scrolled to.
    later(
        with(
            page("question", AtTitle, &[Panel::Settings, Panel::Bindings]),
            taken_key,
        ),
        40,
    ),
    by_pad(with(page("letters", AtTitle, &[Panel::Join]), letters)),
    page("look", AtTitle, &[Panel::Look]),
    page("checkup", AtTitle, &[Panel::Settings, Panel::Checkup]),
    with(page("failed", AtTitle, &[]), not_in),
    with(page("joining", AtTitle, &[]), on_the_way),
    page("world", InWorld, &[]),
    by_pad(page("pad", InWorld, &[])),
    by_finger(with(page("touch", InWorld, &[]), thumb)),
    with(page("guide", InWorld, &[]), walk),
    with(page("guide-look", InWorld, &[]), newcomer),
    with(page("voice", InWorld, &[]), talking),
    with(page("voice-own", InWorld, &[Panel::Menu, Panel::Voice]), talking),
    page("menu", InWorld, &[Panel::Menu]),
    page("confirm", InWorld, &[Panel::Menu, Panel::Confirm]),
    page("invite", InWorld, &[Panel::Menu, Panel::Share]),
    page("people", InWorld, &[Panel::People]),
    with(page("unread", InWorld, &[]), missed),
    page("chat", InWorld, &[Panel::Chat]),
    with(
        page("chat-edit", InWorld, &[Panel::Chat, Panel::ChatEdit]),
        change_line,
    ),
    with(
        page("chat-line", InWorld, &[Panel::Chat, Panel::ChatLine]),
        about_line,
    ),
    with(
        page("chat-link", InWorld, &[Panel::Chat, Panel::Address]),
        about_link,
    ),
    with(
        page("checkup-done", InWorld, &[Panel::Settings, Panel::Checkup]),
        measured,
    ),
    page("emotes", InWorld, &[Panel::Emotes]),
    page("photo", InWorld, &[Panel::Photo]),
    with(page("avatar", InWorld, &[Panel::Avatar]), try_on),
    page("connection", InWorld, &[Panel::Menu, Panel::Report]),
    with(
        page("person", InWorld, &[Panel::People, Panel::Person]),
        about_mei,
    ),
    page("powers", InWorld, &[Panel::Menu, Panel::Powers]),
    page("past", InWorld, &[Panel::Powers, Panel::Past]),
    page("versions", InWorld, &[Panel::Powers, Panel::Versions]),
    with(
        page("succession", InWorld, &[Panel::Menu, Panel::Succession]),
        name_mei,
    ),
    page("build", InWorld, &[Panel::Build]),
    with(page("build-chosen", InWorld, &[Panel::Build]), |world, frame| {
        chosen(world, frame, 3, Work::Place);
    }),
    with(page("build-look", InWorld, &[Panel::Build]), |world, frame| {
        chosen(world, frame, 1, Work::Look);
    }),
    with(page("build-writing", InWorld, &[Panel::Build]), |world, frame| {
        chosen(world, frame, 1, Work::Writing);
    }),
    with(page("build-light", InWorld, &[Panel::Build]), |world, frame| {
        chosen(world, frame, 1, Work::Light);
    }),
    // The host is asked first.
    later(
        with(page("build-story", InWorld, &[Panel::Build]), |world, frame| {
            chosen(world, frame, 1, Work::Story);
        }),
        20,
    ),
    with(page("hand", InWorld, &[Panel::Hand]), hold),
    with(page("bring", InWorld, &[Panel::Bring]), bring),
    with(page("people-50", InWorld, &[Panel::People]), crowd),
    with(page("arriving", InWorld, &[]), fetch),
    with(page("notices", InWorld, &[]), notices),
    with(page("announcement", InWorld, &[]), announce),
    page("menu-guest", OnVisit, &[Panel::Menu]),
];

/// What was done already in this run.
#[derive(Resource, Default)]
struct Done(BTreeSet<&'static str>);

fn once(world: &mut World, what: &'static str) -> bool {
    world.get_resource_or_init::<Done>().0.insert(what)
}

fn own_line(world: &World, begins: &str) -> Option<u64> {
    let log = world.resource::<ChatLog>();
    log.lines()
        .find(|line| line.text.starts_with(begins))
        .map(|line| line.id)
}

/// While people gather: a line that is changed, one that is taken back, one for the near, one from the right.
pub(crate) fn rehearse(world: &mut World, frame: u32) {
    let near = |text: &str| Say {
        reach: Reach::Near,
        ..Say::to_all(text)
    };
    match frame {
        175 => {
            if let Some(id) = own_line(world, "It looks") {
                world.write_message(Edit {
                    id,
                    text: "It looks even better from the end of the pier".to_owned(),
                    mentions: Vec::new(),
                });
            }
        }
        182 => {
            world.write_message(near("Shall we climb the lighthouse?"));
        }
        196 => {
            world.write_message(Say::to_all("أهلًا يا أصدقاء! النار دافئة 🔥"));
        }
        206 => {
            world.write_message(Say::to_all("Wrong window"));
        }
        216 => {
            if let Some(id) = own_line(world, "Wrong window") {
                world.write_message(TakeBack { id });
            }
        }
        _ => {}
    }
}

const FINGER: u64 = 7;

fn finger(world: &mut World, phase: TouchPhase, at: Vec2) {
    let window = world
        .query_filtered::<Entity, With<PrimaryWindow>>()
        .single(world);
    if let Ok(window) = window {
        world.write_message(TouchInput {
            phase,
            position: at,
            window,
            force: None,
            id: FINGER,
        });
    }
}

/// Ends what another page began.
pub(crate) fn tidy(world: &mut World, page: &str) {
    if page != "touch" && world.get_resource_or_init::<Done>().0.remove("touch") {
        finger(world, TouchPhase::Ended, Vec2::ZERO);
    }
    if !page.starts_with("guide") {
        world.resource_mut::<Guide>().skip();
    }
    if !["settings-sound", "voice", "voice-own"].contains(&page) {
        voices::forget(world);
    }
    world.resource_mut::<Notices>().clear();
    if page != "letters" {
        world.resource_mut::<Board>().close();
    }
    if page != "arriving" && matches!(*world.resource::<WorldStatus>(), WorldStatus::Fetching { .. }) {
        *world.resource_mut::<WorldStatus>() = WorldStatus::Ready;
    }
    if page != "question" {
        world.resource_mut::<Listening>().set_if_neq(Listening::Nothing);
    }
}

/// The panel remembers its chapter: each is turned to once.
fn controls(world: &mut World, frame: u32) {
    if frame == 4 && once(world, "controls") {
        turn_page(world);
    }
}

fn picture(world: &mut World, frame: u32) {
    controls(world, frame);
    if frame == 8 && once(world, "picture") {
        turn_page(world);
    }
}

/// With a microphone that is open and spoken into.
fn sounding(world: &mut World, frame: u32) {
    picture(world, frame);
    if frame == 12 && once(world, "sounding") {
        turn_page(world);
    }
    voices::test(world, frame);
}

/// Somebody speaks to us, somebody else cannot, and we speak to few.
fn talking(world: &mut World, frame: u32) {
    voices::talk(world, frame);
}

fn turn_page(world: &mut World) {
    let context = world
        .query_filtered::<Entity, With<PrimaryEguiContext>>()
        .single(world);
    let Ok(context) = context else { return };
    for pressed in [true, false] {
        world.write_message(EguiInputEvent {
            context,
            event: egui::Event::Key {
                key: egui::Key::PageDown,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: egui::Modifiers::NONE,
            },
        });
    }
}

/// Each time anew, once the list is there: only a new question is scrolled to.
fn taken_key(world: &mut World, frame: u32) {
    if frame == 0 {
        world.resource_mut::<Listening>().set_if_neq(Listening::Nothing);
    }
    if frame == 8 {
        *world.resource_mut::<Listening>() = Listening::Taken {
            doing: Doing::Jump,
            old: Some(Source::Key(KeyCode::Space)),
            new: Source::Key(KeyCode::KeyG),
            owner: Doing::Wave,
        };
    }
}

fn walk(world: &mut World, frame: u32) {
    if frame == 0 {
        let now = world.resource::<Time<Real>>().elapsed();
        world.resource_mut::<Guide>().begin(now, false);
    }
}

/// Somebody who never chose a look.
fn newcomer(world: &mut World, frame: u32) {
    if frame == 0 {
        let now = world.resource::<Time<Real>>().elapsed();
        world.resource_mut::<Guide>().begin(now, true);
    }
}

fn letters(world: &mut World, frame: u32) {
    if frame != 5 {
        return;
    }
    let mut contexts = world.query_filtered::<&mut EguiContext, With<PrimaryEguiContext>>();
    let field = contexts
        .single_mut(world)
        .ok()
        .and_then(|mut context| context.get_mut().memory(|memory| memory.focused()));
    if let Some(field) = field {
        world.resource_mut::<Board>().open(field);
    }
}

fn not_in(world: &mut World, frame: u32) {
    // Each time anew: the sentence is in the language it was said in.
    if frame == 2 {
        world.resource_mut::<Title>().last = cast::link();
        world.write_message(SessionEnded {
            end: SessionEnd::Failed(JoinFailure::HostSilent),
        });
    }
}

fn on_the_way(world: &mut World, _: u32) {
    if once(world, "joining") {
        cast::knock(world);
    }
}

fn thumb(world: &mut World, frame: u32) {
    let size = world
        .query_filtered::<&Window, With<PrimaryWindow>>()
        .single(world)
        .map_or(Vec2::ZERO, Window::size);
    // A thumb that rests: it walks nobody out of the picture.
    let at = Vec2::new(size.x * 0.25, size.y * 0.78);
    if frame == 1 {
        once(world, "touch");
        finger(world, TouchPhase::Started, at);
    } else if frame == 3 {
        finger(world, TouchPhase::Moved, at + Vec2::new(2.0, -4.0));
    }
}

/// All that a test can find, for nobody here has a network to look at.
fn measured(world: &mut World, frame: u32) {
    if frame > 1 {
        world.resource_mut::<Checkup>().pretend();
    }
}

fn missed(world: &mut World, _: u32) {
    world.resource_mut::<Entry>().let_lines_go();
}

fn account_of_mei(world: &mut World) -> Option<AccountKey> {
    let mut people = world.query::<&Person>();
    let mei = people.iter(world).find(|person| person.name == "Mei");
    mei.map(|person| person.account)
}

/// She is asked whether she would go on with the world.
fn name_mei(world: &mut World, frame: u32) {
    if frame == 0
        && let Some(account) = account_of_mei(world)
    {
        world.write_message(NameHeir {
            account: account.0,
            named: true,
        });
    }
}

/// Somebody else who is here.
fn about_mei(world: &mut World, frame: u32) {
    if frame > 1 {
        return;
    }
    let account = account_of_mei(world);
    world.resource_mut::<crate::powers::ui::About>().0 = account;
    // It closed itself while it was about nobody.
    world.resource_mut::<Screens>().open(Panel::Person);
}

fn change_line(world: &mut World, frame: u32) {
    if frame != 1 {
        return;
    }
    let line = own_line(world, "It looks").and_then(|id| world.resource::<ChatLog>().get(id).cloned());
    if let Some(line) = line {
        world.resource_mut::<Entry>().edit(&line);
    }
}

fn about_line(world: &mut World, frame: u32) {
    if frame == 0 {
        let about = own_line(world, "@Ada is that");
        world.resource_mut::<Entry>().about = about;
    }
}

fn about_link(world: &mut World, frame: u32) {
    if frame == 0 {
        let address = "http://holm.example@boats.example.org/harbour/seal?from=chat";
        world.resource_mut::<Entry>().address = Some(address.to_owned());
    }
}

/// One that reserves rights, so that all of the panel is seen.
fn try_on(world: &mut World, _: u32) {
    if once(world, "avatar") {
        world.write_message(TryOn {
            bytes: crate::people::view::family::file(),
            answer: None,
        });
    }
    let mut own = world.resource_mut::<Own>();
    if let OwnAvatar::Worn { bytes, document, .. } = &own.avatar {
        let (bytes, mut document) = (bytes.clone(), (**document).clone());
        let meta = &mut document.meta;
        meta.title = "Islander".to_owned();
        meta.authors = vec!["Mei".to_owned()];
        meta.licence = "CC-BY-4.0".to_owned();
        meta.worn_by = crate::avatar::document::WornBy::Licensed;
        meta.redistribution = Some(false);
        meta.credit_required = Some(true);
        let reserved = reserved(meta);
        own.avatar = OwnAvatar::Asking {
            bytes,
            document: Arc::new(document),
            reserved,
        };
    }
}

const NAMES: [&str; 16] = [
    "Pilar",
    "Tomasz",
    "Noor",
    "Sanne",
    "Yuki",
    "Kofi",
    "Ines",
    "Omar",
    "結衣",
    "سارة",
    "Lou",
    "Anouk",
    "Renée",
    "Zoë",
    "Ciarán",
    "Настя",
];

/// So many that the list is longer than the screen.
fn crowd(world: &mut World, _: u32) {
    if !once(world, "crowd") {
        return;
    }
    for index in 0..47u8 {
        let identity = Identity::from_secrets(&[index + 40; 32], &[index ^ 0x55; 32]);
        world.spawn(Person {
            slot: Slot(300 + u16::from(index)),
            name: NAMES[usize::from(index) % NAMES.len()].to_owned(),
            account: identity.account(),
            me: false,
            ping_ms: (index % 13 != 12).then_some(18 + u16::from(index) * 7 % 260),
            path: match index % 5 {
                4 => Path::Relayed,
                _ => Path::Direct,
            },
            away: index % 17 == 16,
        });
    }
}

fn fetch(world: &mut World, frame: u32) {
    *world.resource_mut::<WorldStatus>() = WorldStatus::Fetching {
        have: 3_400_000 + u64::from(frame) * 16_000,
        of: 12_100_000,
    };
}

fn notices(world: &mut World, frame: u32) {
    if frame != 0 {
        return;
    }
    let words = world.resource::<Words>();
    let notices = [
        Notice::fine(words.with("notices-here", &[("name", "Sanne".into())])),
        Notice::plain(words.with("notices-left", &[("name", "Kofi".into())])),
        Notice::trouble(words.say("photo-failed"), words.say("photo-failed-next")),
    ];
    world.write_message_batch(notices);
}

/// A model that says whose it is.
fn bring(world: &mut World, frame: u32) {
    if frame != 0 {
        return;
    }
    let model = r#"{"asset":{"version":"2.0","extras":{"title":"Rowing boat","author":"Mei","license":"CC-BY-4.0"}},
        "scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}],"meshes":[{"primitives":[{"attributes":{"POSITION":0}}]}],
        "accessors":[{"componentType":5126,"count":12288,"type":"VEC3"}],"skins":[{"joints":[0]}]}"#;
    world
        .resource_mut::<Bringing>()
        .found(bytes::Bytes::from_static(model.as_bytes()));
}

/// Something in the hand, to be put down.
fn hold(world: &mut World, _: u32) {
    world.resource_scope(|world, mut hand: Mut<Hand>| {
        if hand.is_empty() {
            hand.take_new(&mut world.resource_mut::<Screens>());
        }
    });
}

/// So many things are chosen, and this page of the panel is open. What is built first is there two frames later.
fn chosen(world: &mut World, frame: u32, count: usize, page: Work) {
    if frame == 0 && once(world, "furnished") {
        workshop::furnish(world);
    }
    if frame == 1 {
        world.resource_mut::<Bench>().page = page;
    }
    if frame == 3 {
        workshop::choose(world, count);
        if page == Work::Light && once(world, "lit") {
            workshop::light(world);
        }
    }
}

fn announce(world: &mut World, _: u32) {
    if once(world, "announced") {
        world.write_message(Say {
            reach: Reach::Announcement,
            ..Say::to_all("At sunset we all meet on the pier for a picture. Bring your best hat!")
        });
    }
}

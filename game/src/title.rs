//! The title screen: who one is, and the ways into a world.
//!
//! Flow: name → [`HostWorld`] or [`JoinLink`] (in a browser a link to another host opens that host's page); then
//! `arrival` takes over; after an end the reason and the next step.
//! Invariant: whatever went wrong is one sentence with something to do about it, and trying again is one press.

mod backdrop;

use crate::avatar::own::Own;
use crate::customs::MAX_NAME_CHARS;
use crate::hosting::{HostFailed, HostSettings, HostWorld, LanWorlds, OwnWorld, WorldChoice};
use crate::platform;
use crate::profile::{NameDone, Profile};
use crate::report::Report;
use crate::screens::{Opened, Panel, Screens};
use crate::sentences::{self, Sentence};
use crate::session::{JoinLink, SessionEnd, SessionEnded, SessionPhase};
use crate::theme::{self, widgets};
use crate::words::Words;
use crate::world::{BuiltIn, moment_words};
use bevy::prelude::*;
use bevy_egui::egui::{self, RichText};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_net::link::Link;
use std::path::PathBuf;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Title>()
        .add_plugins(backdrop::plugin)
        .add_systems(Update, note_ends)
        .add_systems(
            EguiPrimaryContextPass,
            show.run_if(in_state(SessionPhase::Off))
                .in_set(crate::view::ViewSystems::Panels),
        );
}

/// What is typed on the title screen, and what the last try came to.
#[derive(Resource, Debug)]
pub(crate) struct Title {
    link: String,
    /// Why the typed link cannot be used.
    link_trouble: Option<&'static str>,
    /// The last link that was set out for, for *Try again*.
    pub(crate) last: Option<Link>,
    trouble: Option<Sentence>,
    world_file: String,
    /// Which of the worlds that come with Holm is to be hosted, and at which of its moments.
    place: BuiltIn,
    moment: u8,
    port: String,
    announce: bool,
    opening: bool,
    /// Worlds that are kept here with their places, as of when the panel was opened that lists them.
    own_worlds: Vec<OwnWorld>,
    looked: Option<u64>,
    /// What stands in the name field; `None` until it was first shown.
    name: Option<String>,
}

impl Default for Title {
    fn default() -> Self {
        Self {
            link: String::new(),
            link_trouble: None,
            last: None,
            trouble: None,
            world_file: String::new(),
            place: BuiltIn::default(),
            moment: 0,
            port: String::new(),
            announce: true,
            opening: false,
            own_worlds: Vec::new(),
            looked: None,
            name: None,
        }
    }
}

/// Worlds of one's own that are listed: more are hosted by their names, from a command line.
const MOST_OWN_WORLDS: usize = 24;

/// Longest link typed in: ours are 60 characters, a long host name makes it 300.
const MAX_LINK_CHARS: usize = 400;

fn note_ends(
    mut ended: MessageReader<SessionEnded>,
    mut failed: MessageReader<HostFailed>,
    mut joins: MessageReader<JoinLink>,
    phase: Res<State<SessionPhase>>,
    words: Res<Words>,
    mut title: ResMut<Title>,
) {
    for join in joins.read() {
        title.last = Some(join.link.clone());
        title.trouble = None;
    }
    for SessionEnded { end } in ended.read() {
        title.trouble = match end {
            SessionEnd::Ended(reason) => Some(sentences::end_reason(&words, reason)),
            SessionEnd::Failed(cause) => Some(sentences::join_failure(&words, cause)),
            SessionEnd::Left => None,
        };
    }
    for HostFailed { sentence } in failed.read() {
        title.opening = false;
        title.trouble = Some(Sentence {
            what: words.say("title-not-opened"),
            next: words.phrase(sentence),
            again: false,
        });
    }
    if title.opening && *phase.get() != SessionPhase::Off {
        title.opening = false;
    }
}

/// What a panel on the title screen decided.
enum Choice {
    Back,
    Open(Panel),
    Join(Link),
    Host(Box<HostSettings>),
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    mut title: ResMut<Title>,
    mut profile: Option<ResMut<Profile>>,
    worlds: Res<LanWorlds>,
    report: Res<Report>,
    own: Res<Own>,
    vault: Option<Res<platform::Vault>>,
    words: Res<Words>,
    mut joins: MessageWriter<JoinLink>,
    mut hosts: MessageWriter<HostWorld>,
    mut name_done: MessageWriter<NameDone>,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    if matches!(
        screens.top(),
        Some(
            Panel::Settings | Panel::Bindings | Panel::Report | Panel::Look | Panel::Avatar | Panel::Checkup
        )
    ) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let screen = ctx.content_rect();
    let opened = screens.opened();
    let mut choice = None;
    dusk(ctx, screen);
    let width = (400.0 * theme::text_scale(ctx)).min(screen.width() - 32.0);
    // At the side that lines begin at, as on a book's cover; in the middle when there is no room for that.
    let aside = if screen.width() > 760.0 {
        screen.width() * 0.08
    } else {
        (screen.width() - width) / 2.0
    };
    let (corner, aside) = if theme::letters::from_right(ctx) {
        (egui::Align2::RIGHT_CENTER, -aside)
    } else {
        (egui::Align2::LEFT_CENTER, aside)
    };
    egui::Area::new("title".into())
        .anchor(corner, [aside, 0.0])
        .order(egui::Order::Middle)
        .show(ctx, |ui| {
            ui.set_width(width);
            let mut room = screen.height() - 60.0;
            if screen.height() > 280.0 + 180.0 * theme::text_scale(ui.ctx()) && screens.top().is_none() {
                let top = ui.cursor().top();
                ui.with_layout(widgets::column(ui.ctx()), |ui| brand(ui, &words));
                room -= ui.cursor().top() - top;
            }
            widgets::panel_frame(ui.ctx()).show(ui, |ui| {
                ui.set_width(width - 48.0);
                crate::view::bar_beside(ui);
                crate::view::scrolled(room).show(ui, |ui| {
                    ui.with_layout(widgets::column(ui.ctx()), |ui| {
                        if let Some(trouble) = title.trouble.clone() {
                            choice = choice
                                .take()
                                .or(say_trouble(ui, &words, &mut title, &trouble, &report));
                        }
                        let made = match screens.top() {
                            Some(Panel::Join) => join(ui, &words, &mut title, opened, &mut first),
                            Some(Panel::Host) => {
                                if title.looked.replace(opened.count) != Some(opened.count) {
                                    title.own_worlds =
                                        vault.as_deref().map(platform::own_worlds).unwrap_or_default();
                                }
                                host(ui, &words, &mut title, opened, &mut first)
                            }
                            _ => ways_in(
                                ui,
                                &words,
                                &mut title,
                                profile.as_deref_mut(),
                                &own,
                                &worlds,
                                opened,
                                &mut first,
                                &mut name_done,
                            ),
                        };
                        choice = choice.take().or(made);
                        crate::view::follow_focus(ui);
                    });
                });
            });
        });
    match choice {
        Some(Choice::Back) => {
            title.trouble = None;
            screens.back();
        }
        Some(Choice::Open(panel)) => {
            if !matches!(panel, Panel::Report | Panel::Checkup) {
                title.trouble = None;
            }
            title.link_trouble = None;
            screens.open(panel);
        }
        Some(Choice::Join(link)) if platform::open_page_of(&link) => {
            title.trouble = Some(Sentence {
                what: words.with("arrival-elsewhere", &[("host", (*link.authority).into())]),
                next: words.say("arrival-elsewhere-next"),
                again: false,
            });
        }
        Some(Choice::Join(link)) => {
            joins.write(JoinLink { link });
        }
        Some(Choice::Host(settings)) => {
            title.trouble = None;
            title.opening = true;
            hosts.write(HostWorld { settings: *settings });
        }
        None => {}
    }
    Ok(())
}

/// Evening falls from where letters begin, so that they have a ground whatever the backdrop shows.
fn dusk(ctx: &egui::Context, screen: egui::Rect) {
    let dark = theme::palette(ctx).ink.gamma_multiply(0.69);
    let reach = (screen.width() * 0.72).max(420.0);
    let mut mesh = egui::Mesh::default();
    let (from, to) = if theme::letters::from_right(ctx) {
        (screen.right(), screen.right() - reach)
    } else {
        (screen.left(), screen.left() + reach)
    };
    // On a telephone letters are all across.
    let far = if screen.width() > 760.0 {
        egui::Color32::TRANSPARENT
    } else {
        dark.gamma_multiply(0.75)
    };
    for (x, colour) in [(from, dark), (to, far)] {
        mesh.colored_vertex(egui::pos2(x, screen.top()), colour);
        mesh.colored_vertex(egui::pos2(x, screen.bottom()), colour);
    }
    mesh.add_triangle(0, 1, 2);
    mesh.add_triangle(2, 1, 3);
    ctx.layer_painter(egui::LayerId::background()).add(mesh);
}

fn brand(ui: &mut egui::Ui, words: &Words) {
    // Light on whatever the backdrop shows behind it: a soft shadow of its own.
    let shadowed = |ui: &mut egui::Ui, text: &str, style: egui::TextStyle, colour: egui::Color32| {
        let mut font = style.resolve(ui.style());
        // With large letters on a telephone, no larger than there is room.
        font.size = font.size.min(ui.available_width() * 0.24);
        let galley = ui
            .painter()
            .layout(text.to_owned(), font, colour, ui.available_width());
        let (rect, _) = ui.allocate_exact_size(galley.size(), egui::Sense::hover());
        for (x, y, alpha) in [
            (0.0, 3.0, 50),
            (0.0, 2.0, 70),
            (-1.0, 1.0, 90),
            (1.0, 1.0, 90),
            (0.0, -1.0, 60),
        ] {
            ui.painter().galley_with_override_text_color(
                rect.min + egui::vec2(x, y),
                galley.clone(),
                egui::Color32::from_black_alpha(alpha),
            );
        }
        ui.painter().galley(rect.min, galley, colour);
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    shadowed(ui, "Holm", theme::display(), theme::palette(ui.ctx()).foam);
    shadowed(
        ui,
        &words.say("title-small-islands"),
        egui::TextStyle::Body,
        theme::palette(ui.ctx()).foam,
    );
    ui.add_space(18.0);
    ui.spacing_mut().item_spacing.y = theme::STEP;
}

fn say_trouble(
    ui: &mut egui::Ui,
    words: &Words,
    title: &mut Title,
    trouble: &Sentence,
    report: &Report,
) -> Option<Choice> {
    widgets::callout(ui, widgets::Mood::Trouble, &trouble.what, &trouble.next);
    let mut choice = None;
    if trouble.again && title.last.is_some() {
        ui.horizontal_wrapped(|ui| {
            if widgets::button(ui, &words.say("title-try-again"), widgets::Weight::Plain, 0.0).clicked() {
                choice = title.last.clone().map(Choice::Join);
            }
            if report.has_figures()
                && widgets::button(
                    ui,
                    &words.say("title-what-was-tried"),
                    widgets::Weight::Quiet,
                    0.0,
                )
                .clicked()
            {
                choice = Some(Choice::Open(Panel::Report));
            }
            if widgets::button(ui, &words.say("checkup-open"), widgets::Weight::Quiet, 0.0).clicked() {
                choice = Some(Choice::Open(Panel::Checkup));
            }
            if widgets::button(ui, &words.say("title-dismiss"), widgets::Weight::Quiet, 0.0).clicked() {
                title.trouble = None;
            }
        });
    }
    ui.add_space(6.0);
    choice
}

fn ways_in(
    ui: &mut egui::Ui,
    words: &Words,
    title: &mut Title,
    profile: Option<&mut Profile>,
    own: &Own,
    worlds: &LanWorlds,
    opened: Opened,
    first: &mut crate::view::FirstFocus,
    name_done: &mut MessageWriter<NameDone>,
) -> Option<Choice> {
    let mut choice = None;
    if let Some(profile) = profile {
        let typed = title.name.get_or_insert_with(|| profile.name.clone());
        let response = widgets::field(
            ui,
            &words.say("title-name"),
            typed,
            &words.say("title-name-hint"),
            MAX_NAME_CHARS,
        );
        if response.lost_focus() {
            name_done.write(NameDone);
        }
        if response.changed() {
            let name = crate::customs::name(typed);
            if profile.name != name {
                profile.name = name;
            }
        }
        if crate::people::look::ui::entry(ui, words, own) {
            choice = Some(Choice::Open(Panel::Look));
        }
        ui.add_space(6.0);
    }
    if platform::CAN_HOST {
        let host_text = if title.opening {
            words.say("title-opening-world")
        } else {
            words.say("title-host")
        };
        let host = widgets::wide_button(ui, &host_text, widgets::Weight::Primary);
        first.give(opened, &host);
        if host.clicked() && !title.opening {
            choice = Some(Choice::Open(Panel::Host));
        }
    }
    let weight = match platform::CAN_HOST {
        true => widgets::Weight::Plain,
        false => widgets::Weight::Primary,
    };
    let join = widgets::wide_button(ui, &words.say("title-join-by-link"), weight);
    if !platform::CAN_HOST {
        first.give(opened, &join);
    }
    if join.clicked() {
        choice = Some(Choice::Open(Panel::Join));
    }
    if widgets::wide_button(ui, &words.say("title-settings"), widgets::Weight::Plain).clicked() {
        choice = Some(Choice::Open(Panel::Settings));
    }
    if !platform::CAN_HOST {
        ui.add_space(6.0);
        ui.label(
            RichText::new(words.say("title-use-the-program"))
                .small()
                .color(theme::palette(ui.ctx()).mist),
        );
    }
    if !worlds.worlds.is_empty() {
        ui.add_space(10.0);
        ui.label(
            RichText::new(words.say("title-on-this-network"))
                .small()
                .family(theme::bold())
                .color(theme::palette(ui.ctx()).amber),
        );
        for world in &worlds.worlds {
            let people = words.with("title-people", &[("count", world.people.into())]);
            let name = crate::world::said_name(words, &world.name);
            let text = words.with("title-world", &[("name", name.into()), ("people", people.into())]);
            if widgets::wide_button(ui, &text, widgets::Weight::Plain).clicked() {
                match world.link.parse::<Link>() {
                    Ok(link) => choice = Some(Choice::Join(link)),
                    Err(_) => {
                        title.trouble = Some(Sentence {
                            what: words.say("title-strange-link"),
                            next: words.say("title-strange-link-next"),
                            again: false,
                        });
                    }
                }
            }
        }
    }
    choice
}

fn join(
    ui: &mut egui::Ui,
    words: &Words,
    title: &mut Title,
    opened: Opened,
    first: &mut crate::view::FirstFocus,
) -> Option<Choice> {
    if widgets::heading(ui, &words.say("title-join-by-link"), &words.say("title-back")) {
        return Some(Choice::Back);
    }
    let field = widgets::field(
        ui,
        &words.say("title-link"),
        &mut title.link,
        &words.say("title-link-hint"),
        MAX_LINK_CHARS,
    );
    first.give(opened, &field);
    if field.changed() {
        title.link_trouble = None;
    }
    if let Some(trouble) = title.link_trouble {
        widgets::callout(
            ui,
            widgets::Mood::Trouble,
            &words.say("title-bad-link"),
            &words.say(trouble),
        );
    }
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let pressed = widgets::wide_button(ui, &words.say("title-join"), widgets::Weight::Primary).clicked();
    if !(entered || pressed) {
        return None;
    }
    match title.link.trim().parse::<Link>() {
        Ok(link) => Some(Choice::Join(link)),
        Err(_) => {
            title.link_trouble = Some(link_advice(&title.link));
            None
        }
    }
}

/// What to do about a link that is none: the key of its words.
fn link_advice(link: &str) -> &'static str {
    let link = link.trim();
    if link.is_empty() {
        "title-link-empty"
    } else if !link.contains("://") {
        "title-link-begin"
    } else if !link.contains('#') {
        "title-link-no-key"
    } else {
        "title-link-changed"
    }
}

fn host(
    ui: &mut egui::Ui,
    words: &Words,
    title: &mut Title,
    opened: Opened,
    first: &mut crate::view::FirstFocus,
) -> Option<Choice> {
    if widgets::heading(ui, &words.say("title-host"), &words.say("title-back")) {
        return Some(Choice::Back);
    }
    ui.label(RichText::new(words.say("title-runs-here")).color(theme::palette(ui.ctx()).mist));
    ui.add_space(4.0);
    let places = BuiltIn::ALL.map(|which| (which, words.say(which.words())));
    let before = title.place;
    widgets::choose(ui, &mut title.place, &places);
    if title.place != before {
        title.moment = 0;
    }
    widgets::aside(ui, words.say(title.place.about()));
    let moments: Vec<(u8, String)> = (0..)
        .zip(title.place.moments())
        .map(|(index, name)| {
            let text = moment_words(name).map_or_else(|| (*name).to_owned(), |key| words.say(key));
            (index, text)
        })
        .collect();
    widgets::choose(ui, &mut title.moment, &moments);
    ui.add_space(4.0);
    let text = words.say(if title.opening {
        "title-opening"
    } else {
        "places-open"
    });
    let open = widgets::wide_button(ui, &text, widgets::Weight::Primary);
    first.give(opened, &open);
    let mut go = open.clicked();
    let mut kept = None;
    if !title.own_worlds.is_empty() {
        ui.add_space(8.0);
        ui.label(
            RichText::new(words.say("title-kept"))
                .small()
                .family(theme::bold())
                .color(theme::palette(ui.ctx()).amber),
        );
    }
    for own in title.own_worlds.iter().take(MOST_OWN_WORLDS) {
        let world = crate::world::said_name(words, &own.called);
        let text = words.with(
            "title-kept-world",
            &[("world", world.into()), ("name", own.name.as_str().into())],
        );
        if widgets::wide_button(ui, &text, widgets::Weight::Plain).clicked() {
            kept = Some(own.name.clone());
            go = true;
        }
    }
    ui.add_space(8.0);
    ui.label(
        RichText::new(words.say("title-own-world"))
            .small()
            .family(theme::bold())
            .color(theme::palette(ui.ctx()).amber),
    );
    let file = widgets::field(
        ui,
        &words.say("title-world-file"),
        &mut title.world_file,
        &words.say("title-path"),
        1024,
    );
    go |= file.lost_focus()
        && ui.input(|input| input.key_pressed(egui::Key::Enter))
        && !title.world_file.trim().is_empty();
    if !title.world_file.trim().is_empty()
        && widgets::wide_button(ui, &words.say("title-open-file"), widgets::Weight::Plain).clicked()
    {
        go = true;
    }
    widgets::field(
        ui,
        &words.say("title-port"),
        &mut title.port,
        &words.say("title-port-hint"),
        5,
    );
    widgets::toggle(ui, &mut title.announce, &words.say("title-announce"));
    if !go || title.opening {
        return None;
    }
    let port = title.port.trim();
    let port = if port.is_empty() {
        Some(0)
    } else {
        port.parse().ok()
    };
    let Some(port) = port else {
        title.trouble = Some(Sentence {
            what: words.say("title-no-port"),
            next: words.say("title-no-port-next"),
            again: false,
        });
        return None;
    };
    let file = title.world_file.trim();
    let (world, moment) = if kept.is_some() {
        (WorldChoice::AsKept, 0)
    } else if open.clicked() || file.is_empty() {
        (WorldChoice::BuiltIn(title.place), title.moment)
    } else {
        (WorldChoice::File(PathBuf::from(file)), 0)
    };
    Some(Choice::Host(Box::new(HostSettings {
        world,
        keep: kept,
        moment,
        port,
        announce: title.announce,
        ..HostSettings::default()
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_link_is_answered_with_what_is_missing() {
        let advice = |link: &str| Words::default().say(link_advice(link));
        assert!(advice("  ").contains("Paste"));
        assert!(advice("192.168.1.4:7777/#abc").contains("http://"));
        assert!(advice("http://192.168.1.4:7777/").contains("#"));
        assert!(advice("http://192.168.1.4:7777/#abc").contains("again"));
    }
}

//! The building panel, the mark in the middle of the picture, and what one is told when something cannot be.
//!
//! Invariant: what it offers for the thing that is looked at is what the document's rules would let one do, as far as is
//! known here; the host decides.

mod chosen;
mod draft;
mod mark;
mod story;

use super::choice::{self, Choice};
use super::hand::Hand;
use super::handles::{self, Handles};
use super::index::Index;
use super::{Build, NotBuilt, Things, forms};
use crate::body::camera::MainCamera;
use crate::customs;
use crate::notices::Notice;
use crate::people::{Me, Person};
use crate::powers::AskStory;
use crate::powers::story::Story;
use crate::screens::{Panel, Screens};
use crate::session::SessionPhase;
use crate::theme::field::Field;
use crate::theme::{self, widgets};
use crate::view::FirstFocus;
use crate::words::Words;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, Color32, RichText, WidgetInfo, WidgetType};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
pub(crate) use chosen::{Bench, Page};
use holm_document::part::Shape;
use holm_document::{Act, Capability, FactNo, Part, PartKind, PersonNo, Refusal, ThingId};
use std::time::Duration;

pub(crate) fn plugin(app: &mut App) {
    let in_world = in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away));
    app.init_resource::<Bench>()
        // What was begun in one world is not for another.
        .add_systems(OnEnter(SessionPhase::Off), |mut bench: ResMut<Bench>| *bench = Bench::default())
        .add_systems(Update, tell)
        .add_systems(
            EguiPrimaryContextPass,
            (
                mark::mark.in_set(crate::view::ViewSystems::Hud),
                show.in_set(crate::view::ViewSystems::Panels),
            )
                .run_if(in_world),
        );
}

/// What the panel looks at.
#[derive(SystemParam)]
struct Seen<'w, 's> {
    words: Res<'w, Words>,
    things: Res<'w, Things>,
    index: Res<'w, Index>,
    story: Res<'w, Story>,
    time: Res<'w, Time<Real>>,
    persons: Query<'w, 's, &'static Person>,
    camera: Query<'w, 's, &'static Transform, With<MainCamera>>,
    me: Query<'w, 's, &'static Transform, (With<Me>, Without<MainCamera>)>,
}

/// Points.
const WIDTH: f32 = 360.0;
/// Metres across that the slider offers.
const LEAST_SIZE: f32 = 0.1;
const MOST_SIZE: f32 = 8.0;
/// What was done to a thing is asked for so often while one looks.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// The colours of the panel: those of the worlds that come with Holm.
const COLOURS: [(&str, [u8; 3]); 12] = [
    ("building-white", [238, 233, 222]),
    ("building-sand", [214, 190, 150]),
    ("building-stone", [140, 138, 134]),
    ("building-black", [44, 46, 50]),
    ("building-wood", [150, 104, 66]),
    ("building-red", [190, 62, 48]),
    ("building-orange", [224, 138, 54]),
    ("building-yellow", [232, 200, 84]),
    ("building-green", [98, 142, 70]),
    ("building-teal", [47, 100, 112]),
    ("building-blue", [62, 104, 176]),
    ("building-purple", [132, 92, 160]),
];

fn words_of(shape: Shape) -> &'static str {
    match shape {
        Shape::Box => "building-box",
        Shape::Ball => "building-ball",
        Shape::Cylinder => "building-cylinder",
        Shape::Cone => "building-cone",
        Shape::Wedge => "building-wedge",
        Shape::Ring => "building-ring",
        Shape::Capsule => "building-capsule",
    }
}

/// What a thing is called: its name, or its form.
fn called(things: &Things, words: &Words, id: ThingId) -> String {
    let thing = things.state().and_then(|state| state.thing(id));
    if let Some(Part::Name(name)) = thing.and_then(|thing| thing.part(PartKind::Name)) {
        return customs::name(&name.0);
    }
    match thing.and_then(|thing| thing.part(PartKind::Shape)) {
        Some(Part::Shape(shape)) => words.say(words_of(*shape)),
        _ => words.say("building-thing"),
    }
}

/// Whose it is, as a sentence.
fn whose(seen: &Seen, owner: PersonNo) -> String {
    let words = &seen.words;
    if Some(owner) == seen.things.me() {
        return words.say("building-yours");
    }
    let state = seen.things.state();
    let account = state
        .and_then(|state| state.person(owner))
        .map(|standing| standing.account);
    let here = seen
        .persons
        .iter()
        .find(|person| Some(person.account.0) == account);
    here.map_or_else(
        || words.say("building-somebodys"),
        |person| words.with("building-whose", &[("name", words.called(&person.name).into())]),
    )
}

/// What a press in the panel asks for.
enum Wish {
    Back,
    New,
    Bring,
    Carry(ThingId),
    Copy(ThingId),
    ChooseMine,
    /// Things are chosen by walking up to them.
    Walk,
    AskStory(ThingId, FactNo),
    Do(Vec<Act>),
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    mut hand: ResMut<Hand>,
    mut choice: ResMut<Choice>,
    mut handles: ResMut<Handles>,
    mut bench: ResMut<Bench>,
    seen: Seen,
    mut build: MessageWriter<Build>,
    mut stories: MessageWriter<AskStory>,
    mut first: Local<FirstFocus>,
    mut asked: Local<Option<(ThingId, Duration)>>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let named = seen
        .things
        .state()
        .and_then(|state| chosen::named(ctx, &mut bench, state));
    if let Some(acts) = named {
        build.write(Build { acts });
    }
    if screens.top() != Some(Panel::Build) {
        *asked = None;
        return Ok(());
    }
    let words = &seen.words;
    let screen = ctx.content_rect();
    let width = (WIDTH * theme::text_scale(ctx)).min(screen.width() - 24.0);
    let (side, x) = if theme::begins_right(ctx) {
        (Align2::RIGHT_CENTER, -12.0)
    } else {
        (Align2::LEFT_CENTER, 12.0)
    };
    let chosen = choice.or(hand.looked_at);
    let mut wish = None;
    egui::Area::new("build".into())
        .anchor(side, [x, 0.0])
        .order(egui::Order::Foreground)
        .show(ctx, |ui| {
            widgets::panel_frame(ui.ctx()).show(ui, |ui| {
                ui.set_width(width - 48.0);
                crate::view::bar_beside(ui);
                crate::view::scrolled(screen.height() - 72.0).show(ui, |ui| {
                    ui.with_layout(widgets::column(ui.ctx()), |ui| {
                        if widgets::heading(ui, &words.say("building-title"), &words.say("building-back")) {
                            wish = Some(Wish::Back);
                        }
                        if let Some(left) = seen.things.left() {
                            widgets::aside(ui, words.with("building-left", &[("count", left.into())]));
                        }
                        // What is not all here takes no wishes.
                        if seen.things.me().is_none() {
                            widgets::aside(ui, words.say("building-wait"));
                            ui.disable();
                        }
                        let (focus, of_chosen) = chosen::show(
                            ui,
                            &seen,
                            &mut hand,
                            &mut choice,
                            &mut handles,
                            &mut bench,
                            &chosen,
                        );
                        wish = of_chosen.or(wish.take());
                        if focus.is_some() {
                            ui.separator();
                        } else {
                            ui.horizontal_wrapped(|ui| {
                                ui.spacing_mut().item_spacing = egui::Vec2::splat(6.0);
                                for (key, asked) in [
                                    ("building-choose-mine", Wish::ChooseMine),
                                    ("building-choose-walking", Wish::Walk),
                                ] {
                                    let text = words.say(key);
                                    if widgets::button(ui, &text, widgets::Weight::Quiet, 0.0).clicked() {
                                        wish = Some(asked);
                                    }
                                }
                            });
                        }
                        let may_fall = seen.things.may().has(Capability::Moving);
                        let take = next(ui, words, &mut hand, focus.is_none(), may_fall);
                        first.give(screens.opened(), focus.as_ref().unwrap_or(&take));
                        if take.clicked() {
                            wish = Some(Wish::New);
                        }
                        let bring = words.say("files-bring");
                        if widgets::wide_button(ui, &bring, widgets::Weight::Plain).clicked() {
                            wish = Some(Wish::Bring);
                        }
                        ui.horizontal_wrapped(|ui| {
                            for (text, act) in [
                                ("building-undo", Act::Undo { within: None }),
                                ("building-redo", Act::Redo { within: None }),
                            ] {
                                if widgets::button(ui, &words.say(text), widgets::Weight::Plain, 0.0)
                                    .clicked()
                                {
                                    wish = Some(Wish::Do(vec![act]));
                                }
                            }
                        });
                        crate::view::follow_focus(ui);
                    });
                });
            });
        });
    // What was done to the thing that is looked at.
    let about = chosen.first().filter(|_| bench.page == Page::Story).copied();
    let now = seen.time.elapsed();
    match (about, *asked) {
        (Some(thing), Some((last, at))) if last == thing && now.saturating_sub(at) < ASK_EVERY => {}
        (Some(thing), _) => {
            *asked = Some((thing, now));
            stories.write(AskStory { thing, before: 0 });
        }
        (None, _) => *asked = None,
    }
    let Some(state) = seen.things.state() else {
        if matches!(wish, Some(Wish::Back)) {
            screens.close(Panel::Build);
        }
        return Ok(());
    };
    match wish {
        None => {}
        Some(Wish::Back) => screens.close(Panel::Build),
        Some(Wish::New) => hand.take_new(&mut screens),
        Some(Wish::Bring) => screens.open(Panel::Bring),
        Some(Wish::Carry(thing)) => hand.take_up(state, thing, &mut screens),
        Some(Wish::Copy(thing)) => hand.take_copy(state, thing, &mut screens),
        Some(Wish::Walk) => hand.choose(&mut screens),
        Some(Wish::ChooseMine) => {
            let around = seen.me.single().map_or(Vec3::ZERO, |me| me.translation);
            choice.set(choice::mine_near(&seen.things, around));
        }
        Some(Wish::AskStory(thing, before)) => {
            stories.write(AskStory { thing, before });
        }
        Some(Wish::Do(acts)) => handles::wish(&mut build, &acts),
    }
    Ok(())
}

/// A labelled text of several lines.
fn paragraph(ui: &mut egui::Ui, label: &str, text: &mut String) -> egui::Response {
    let p = theme::palette(ui.ctx());
    ui.label(RichText::new(label).small().color(p.mist));
    let mut written = Field::paragraph(text, customs::MAX_WRITING_CHARS).show(ui);
    if written.entered {
        end_line(ui.ctx(), written.response.id, text);
        written.response.mark_changed();
        written.response.request_focus();
    }
    let response = written.response;
    response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, label));
    response
}

/// Here, unlike in the chat, Enter ends a line: where the cursor is.
fn end_line(ctx: &egui::Context, field: egui::Id, text: &mut String) {
    let count = text.chars().count();
    let Some(mut state) = egui::text_edit::TextEditState::load(ctx, field) else {
        return;
    };
    let range = state.cursor.char_range();
    let at = range.map_or(count, |range| range.primary.index.0.min(count));
    let byte = text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
    text.insert(byte, '\n');
    let after = egui::text::CCursor::new(at + 1);
    state
        .cursor
        .set_char_range(Some(egui::text::CCursorRange::one(after)));
    state.store(ctx, field);
}

/// The panel's colours; the one that was pressed.
fn colours(ui: &mut egui::Ui, words: &Words, now: [u8; 3]) -> Option<[u8; 3]> {
    let options: Vec<(Color32, String)> = COLOURS
        .iter()
        .map(|(name, [r, g, b])| (Color32::from_rgb(*r, *g, *b), words.say(name)))
        .collect();
    let at = COLOURS.iter().position(|(_, colour)| *colour == now);
    let mut chosen = at.map_or(u8::MAX, |at| at as u8); // twelve
    let before = chosen;
    theme::swatches(ui, &mut chosen, &options);
    let (_, colour) = COLOURS.get(usize::from(chosen)).filter(|_| chosen != before)?;
    Some(*colour)
}

/// What the next new thing is like; the button that takes it in hand.
fn next(ui: &mut egui::Ui, words: &Words, hand: &mut Hand, alone: bool, may_fall: bool) -> egui::Response {
    let take = widgets::wide_button(ui, &words.say("building-take"), widgets::Weight::Primary);
    widgets::name(ui, &words.say("building-shape"));
    let weight = |is| {
        if is {
            widgets::Weight::Primary
        } else {
            widgets::Weight::Plain
        }
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 6.0);
        for shape in forms::ALL {
            let is = shape == hand.design.shape && !hand.design.bare;
            if widgets::button(ui, &words.say(words_of(shape)), weight(is), 0.0).clicked() {
                hand.design.shape = shape;
                hand.design.bare = false;
            }
        }
        let bare = weight(hand.design.bare);
        if widgets::button(ui, &words.say("building-letters"), bare, 0.0).clicked() {
            hand.design.bare = true;
        }
    });
    paragraph(ui, &words.say("building-text"), &mut hand.design.text);
    widgets::name(ui, &words.say("building-colour"));
    let [r, g, b, _] = hand.design.paint.colour;
    if let Some([r, g, b]) = colours(ui, words, [r, g, b]) {
        hand.design.paint.colour = [r, g, b, 255];
    }
    widgets::slider(
        ui,
        &words.say("building-size"),
        &mut hand.design.size,
        LEAST_SIZE..=MOST_SIZE,
        " m",
    );
    let mut glows = hand.design.paint.glow > 0;
    if widgets::toggle(ui, &mut glows, &words.say("building-glows")).changed() {
        hand.design.paint.glow = if glows { 255 } else { 0 };
    }
    widgets::toggle(ui, &mut hand.design.lights, &words.say("building-lights"));
    widgets::toggle(ui, &mut hand.design.solid, &words.say("building-bump"));
    if may_fall && !hand.design.bare {
        widgets::toggle(ui, &mut hand.design.loose, &words.say("building-falls"));
    }
    // What is chosen has the same switch.
    if alone {
        widgets::toggle(ui, &mut hand.snap, &words.say("building-snap"));
    }
    take
}

/// The sentence for a refusal, and what to do.
fn sentence(why: Refusal) -> &'static str {
    match why {
        Refusal::NotAllowed(_) | Refusal::Nobody => "building-not-allowed",
        Refusal::Quota => "building-quota",
        Refusal::Full => "building-full",
        Refusal::Bad(_) | Refusal::WrongNumber | Refusal::Ring => "building-bad",
        Refusal::Gone => "building-gone",
        Refusal::Stale => "building-stale",
        Refusal::Locked => "building-locked",
        Refusal::Blocked | Refusal::Above => "building-blocked",
        Refusal::Nothing => "building-nothing",
        Refusal::TooMuch => "building-much",
        Refusal::TooOften => "building-often",
        Refusal::NotKept => "building-not-kept",
        Refusal::NoFile => "files-no-file",
        Refusal::CutOff => "succession-cut-off",
    }
}

fn tell(mut refused: MessageReader<NotBuilt>, words: Res<Words>, mut notices: MessageWriter<Notice>) {
    for NotBuilt { why } in refused.read() {
        let text = words.say(sentence(*why));
        notices.write(match why {
            Refusal::NotKept | Refusal::Full | Refusal::CutOff => Notice::trouble(text, ""),
            _ => Notice::plain(text),
        });
    }
}

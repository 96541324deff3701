//! What the chat shows: paragraphs made once, marks for what is new, the entry and its keys.
//!
//! Invariant: egui runs without a window here; nothing is painted.

#![allow(clippy::unwrap_used, reason = "tests")]
use super::bubble::{Bubble, fade, hear};
use super::entry::{account_for, explain};
use super::log::ago;
use super::*;
use crate::chat::lines::Shown;
use crate::chat::wire::WhyNot;
use crate::chat::{Changed, NotChanged, NotSaid, Said};
use crate::notices::Notice;
use crate::people::mute::Mute;
use crate::session::{Session, SessionEnd, SessionEnded};
use crate::words::Language;
use holm_identity::AccountKey;
use holm_net::session::EndReason;

fn line(id: u64, text: &str) -> ChatLine {
    ChatLine {
        id,
        slot: Slot(1),
        account: AccountKey([1; 32]),
        name: "Bo".to_owned(),
        text: text.to_owned(),
        at_secs: 0,
        reach: Reach::World,
        named: Vec::new(),
        names_me: false,
        edited: false,
        taken_back: false,
        version: 0,
    }
}

const MISSED: Missed = Missed {
    line: 1,
    names_me: false,
};

#[test]
fn times_are_short_and_a_clock_that_runs_ahead_says_now() {
    let words = Words::new(Language::English);
    assert_eq!(ago(1_000, 1_030, &words), "now");
    assert_eq!(ago(1_000, 1_000 + 5 * 60, &words), "5 min");
    assert_eq!(ago(1_000, 1_000 + 7_300, &words), "2 h");
    assert_eq!(ago(5_000, 1_000, &words), "now");
}

#[test]
fn a_new_room_begins_with_nothing_typed_and_nothing_missed() {
    let mut app = App::new();
    app.add_message::<Entered>()
        .init_resource::<Drawn>()
        .insert_resource(Entry {
            draft: "Only for Ada".to_owned(),
            fresh: VecDeque::from([(1, Duration::from_secs(9))]),
            missed: VecDeque::from([MISSED, MISSED, MISSED]),
            ..default()
        })
        .add_systems(Update, begin_room);
    app.update();
    assert_eq!(app.world().resource::<Entry>().missed.len(), 3);
    app.world_mut().write_message(Entered {
        me: None,
        world_name: "Elsewhere".to_owned(),
        moved: false,
    });
    app.update();
    let entry = app.world().resource::<Entry>();
    assert!(entry.draft.is_empty() && entry.fresh.is_empty() && entry.missed.is_empty());
}

#[test]
fn a_bubble_comes_and_goes() {
    let bubble = Bubble {
        line: 1,
        account: AccountKey([0; 32]),
        text: "Hello".into(),
        since: Duration::from_secs(10),
        until: Duration::from_secs(15),
    };
    assert_eq!(bubble.opacity(Duration::from_secs(10)), 0.0);
    assert_eq!(bubble.opacity(Duration::from_secs(12)), 1.0);
    assert_eq!(bubble.opacity(Duration::from_secs(15)), 0.0);
}

#[test]
fn a_draft_waits_while_another_line_is_changed() {
    let mut entry = Entry {
        draft: "half a thought".to_owned(),
        ..default()
    };
    entry.edit(&line(3, "teh tide"));
    assert_eq!(entry.draft, "teh tide");
    entry.edit(&line(2, "an older one"));
    entry.stop_editing();
    assert_eq!(entry.draft, "half a thought");
}

#[test]
fn calling_somebody_names_them_in_the_draft() {
    let mut entry = Entry {
        draft: "look".to_owned(),
        ..default()
    };
    entry.call(Slot(4), "Cy");
    assert_eq!(entry.draft, "look @Cy ");
    assert_eq!(entry.picked, [Slot(4)]);
}

#[test]
fn a_refused_line_comes_back_into_the_entry() {
    let mut app = App::new();
    app.add_message::<NotSaid>()
        .add_message::<NotChanged>()
        .add_message::<Notice>()
        .init_resource::<Words>()
        .insert_resource(Entry {
            sent: VecDeque::from(["too fast".to_owned()]),
            ..default()
        })
        .add_systems(Update, explain);
    app.world_mut().write_message(NotSaid { why: WhyNot::TooFast });
    app.update();
    assert_eq!(app.world().resource::<Entry>().draft, "too fast");
}

#[test]
fn a_refused_change_comes_back_into_the_entry() {
    let mut app = App::new();
    app.add_message::<NotSaid>()
        .add_message::<NotChanged>()
        .add_message::<Notice>()
        .init_resource::<Words>()
        .insert_resource(Entry {
            changes: VecDeque::from([(3, "another".to_owned()), (7, "the tide".to_owned())]),
            ..default()
        })
        .add_systems(Update, explain);
    app.world_mut().write_message(NotChanged {
        id: 7,
        why: WhyNot::TooLate,
    });
    app.update();
    let entry = app.world().resource::<Entry>();
    assert_eq!(entry.draft, "the tide");
    assert_eq!(entry.changes, [(3, "another".to_owned())]);
}

/// A room whose end came while a line was on its way; what is said of it.
fn ended(end: SessionEnd, before: SessionPhase) -> Vec<Notice> {
    let mut app = App::new();
    app.add_plugins(bevy::state::app::StatesPlugin)
        .insert_state(before)
        .add_message::<SessionEnded>()
        .add_message::<Notice>()
        .init_resource::<Words>()
        .insert_resource(Entry {
            sent: VecDeque::from(["one".to_owned(), "good night".to_owned()]),
            ..default()
        })
        .add_systems(Update, account_for);
    app.update();
    app.world_mut().write_message(SessionEnded { end });
    app.update();
    assert!(app.world().resource::<Entry>().sent.is_empty());
    let mut notices = app.world_mut().resource_mut::<Messages<Notice>>();
    notices.drain().collect()
}

#[test]
fn a_line_that_nobody_answered_is_told_and_not_lost() {
    let lost = ended(SessionEnd::Ended(EndReason::Lost), SessionPhase::Away);
    assert!(lost[0].next.contains("good night"), "{lost:?}");
    let away = ended(SessionEnd::Left, SessionPhase::Away);
    assert!(away[0].next.contains("good night"), "{away:?}");
    // It left before the good-bye: nothing is to be told.
    assert_eq!(ended(SessionEnd::Left, SessionPhase::Inside).len(), 0);
}

#[test]
fn what_was_missed_is_not_counted_once_its_author_is_muted() {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, crate::people::mute::plugin))
        .add_message::<Said>()
        .add_message::<Changed>()
        .add_message::<Notice>()
        .init_resource::<Words>()
        .init_resource::<Session>()
        .init_resource::<People>()
        .init_resource::<Screens>()
        .init_resource::<Entry>()
        .init_resource::<ChatLog>()
        .add_systems(Update, (hear, fade).chain());
    let names = crate::chat::Names {
        here: Vec::new(),
        me: None,
    };
    for (id, seed) in [(1, 1), (2, 2), (3, 2)] {
        let wire = crate::chat::wire::Line {
            id,
            slot: 1,
            account: [seed; 32],
            name: "Bo".to_owned(),
            text: "hello".to_owned(),
            at_secs: 0,
            reach: Reach::World,
            mentions: Vec::new(),
            edited: false,
        };
        let mut log = app.world_mut().resource_mut::<ChatLog>();
        let line = log.note(&wire, &names).unwrap().clone();
        app.world_mut().write_message(Said { line });
    }
    app.update();
    let missed = |app: &App| app.world().resource::<Entry>().missed.len();
    assert_eq!(missed(&app), 3);
    app.world_mut().write_message(Mute {
        account: AccountKey([2; 32]),
        name: "Bo".to_owned(),
        on: true,
    });
    app.update();
    assert_eq!(missed(&app), 1);
}

/// The log of a long evening: 500 lines, of which a few are in view.
fn evening() -> Vec<ChatLine> {
    (0..500)
        .map(|i| ChatLine {
            account: AccountKey([(i % 7) as u8; 32]),
            ..line(
                i,
                "Somebody says something of a usual length, with https://example.org/a/link in it",
            )
        })
        .collect()
}

/// Draws the log some frames long; how many paragraphs were made, and how many shapes the last frame painted.
fn draw(layouts: &mut Layouts, lines: &[ChatLine], frames: usize) -> usize {
    let ctx = egui::Context::default();
    theme::give_letters(&ctx, &[]);
    theme::apply(&ctx, &theme::Appearance::default());
    let words = Words::new(Language::English);
    let mut shapes = 0;
    for _ in 0..frames {
        let shown: Vec<Shown> = lines
            .iter()
            .map(|line| Shown {
                line,
                colour: egui::Color32::WHITE,
                time: "now".to_owned(),
                headed: true,
                first_new: false,
            })
            .collect();
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            crate::view::scrolled(300.0).show_viewport(ui, |ui, viewport| {
                layouts.show(ui, viewport, &shown, &words, None, false);
            });
        });
        output.textures_delta.clear();
        shapes = output.shapes.len();
    }
    shapes
}

#[test]
fn a_frame_of_a_long_log_makes_no_paragraph_twice_and_paints_only_what_is_seen() {
    let (short, long) = (evening()[..30].to_vec(), evening());
    let mut layouts = Layouts::default();
    let shapes = draw(&mut layouts, &long, 3);
    // A context measures its letters anew in its first frame.
    let made = layouts.count;
    assert!(made <= 2 * 500, "{made} paragraphs for 500 lines");
    draw_again(&mut layouts, &long);
    let few = draw(&mut Layouts::default(), &short, 3);
    assert!(shapes <= few + 4, "{shapes} shapes for 500 lines, {few} for 30");
}

fn draw_again(layouts: &mut Layouts, lines: &[ChatLine]) {
    let before = layouts.count;
    draw(layouts, lines, 50);
    assert_eq!(layouts.count, before, "nothing changed, nothing is made");
}

#[test]
fn the_log_lies_in_its_panel_in_both_directions() {
    let words = Words::new(Language::English);
    let lines = &evening()[..3];
    for from_right in [false, true] {
        let ctx = egui::Context::default();
        theme::give_letters(&ctx, &[]);
        theme::apply(&ctx, &theme::Appearance::default());
        theme::letters::set_from_right(&ctx, from_right);
        let mut layouts = Layouts::default();
        let mut painted = Vec::new();
        for _ in 0..3 {
            let shown: Vec<Shown> = lines
                .iter()
                .map(|line| Shown {
                    line,
                    colour: egui::Color32::WHITE,
                    time: "now".to_owned(),
                    headed: true,
                    first_new: false,
                })
                .collect();
            let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
                ui.set_max_width(400.0);
                ui.with_layout(widgets::column(&ctx), |ui| {
                    crate::view::scrolled(300.0).show_viewport(ui, |ui, viewport| {
                        layouts.show(ui, viewport, &shown, &words, None, false);
                    });
                });
            });
            output.textures_delta.clear();
            painted = output.shapes;
        }
        let texts = painted.iter().filter_map(|clipped| match &clipped.shape {
            egui::Shape::Text(text) => Some(text.visual_bounding_rect()),
            _ => None,
        });
        let texts: Vec<egui::Rect> = texts.collect();
        assert!(texts.len() >= 6);
        for rect in texts {
            assert!(
                rect.left() >= 0.0 && rect.right() <= 410.0,
                "{from_right}: {rect}"
            );
        }
    }
}

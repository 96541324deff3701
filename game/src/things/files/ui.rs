//! What is said of files: how far one is, over its box; why one is not shown; why the host does not take one of mine.
//!
//! Invariant: only boxes are spoken of, and only near ones: what is shown speaks for itself.

use super::read::BadFile;
use super::view::{Going, Hung};
use super::wire::WhyNoFile;
use super::{Files, NotBrought, Refusal};
use crate::body::camera::MainCamera;
use crate::notices::Notice;
use crate::session::{Session, SessionPhase};
use crate::theme;
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::{self, CornerRadius, FontId, Pos2};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_document::part::Blob;

pub(crate) fn plugin(app: &mut App) {
    let in_world = in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away));
    app.add_systems(Update, tell).add_systems(
        EguiPrimaryContextPass,
        label.in_set(crate::view::ViewSystems::Overhead).run_if(in_world),
    );
}

/// Farther away nothing is said, metres; and of no more than so many.
const NEAR_METRES: f32 = 20.0;
const MOST: usize = 24;
/// Points.
const WIDTH: f32 = 220.0;

/// Why a file that somebody brought is not shown.
pub(super) fn hidden(words: &Words, why: &Refusal) -> String {
    match why {
        Refusal::NotReceived => words.say("files-not-received"),
        Refusal::Bad(_) => words.say("files-bad"),
        Refusal::NotAsSaid => words.say("files-not-as-said"),
        Refusal::NoRoom => words.say("files-no-room"),
        Refusal::NotWanted => words.say("files-not-wanted"),
    }
}

/// Why a file of mine cannot be shown.
pub(super) fn bad(words: &Words, why: &BadFile) -> String {
    match why {
        BadFile::Empty => words.say("files-bad-empty"),
        BadFile::TooLarge => words.with("files-bad-large", &[("most", MOST_MEGABYTES.into())]),
        BadFile::Unknown => words.say("files-bad-kind"),
        BadFile::Damaged => words.say("files-bad-damaged"),
        BadFile::TooManyPixels { width, height } => words.with(
            "files-bad-pixels",
            &[("width", (*width).into()), ("height", (*height).into())],
        ),
        BadFile::Model(phrase) => words.phrase(phrase),
    }
}

const MOST_MEGABYTES: u64 = holm_document::limits::BLOB_BYTES >> 20;

fn sentence(why: WhyNoFile) -> &'static str {
    match why {
        WhyNoFile::NotAllowed => "files-no-allowed",
        WhyNoFile::TooLarge => "files-no-large",
        WhyNoFile::Unknown => "files-no-kind",
        WhyNoFile::Quota => "files-no-quota",
        WhyNoFile::Full => "files-no-full",
        WhyNoFile::TooMany => "files-no-many",
        WhyNoFile::NotReceived => "files-no-received",
        WhyNoFile::NotKept => "files-no-kept",
    }
}

fn tell(mut not: MessageReader<NotBrought>, words: Res<Words>, mut notices: MessageWriter<Notice>) {
    notices.write_batch(
        not.read()
            .map(|not| Notice::trouble(words.say("files-not-brought"), words.say(sentence(not.why)))),
    );
}

/// What a box is there for.
enum About<'a> {
    Coming(&'a Blob),
    /// The share of it that the host has.
    Going(f32),
    Hidden(&'a Refusal),
}

fn label(
    mut contexts: EguiContexts,
    words: Res<Words>,
    files: Res<Files>,
    session: Res<Session>,
    camera: Query<(&Camera, &GlobalTransform), With<MainCamera>>,
    hung: Query<(&Hung, &GlobalTransform)>,
    going: Query<(&Going, &GlobalTransform)>,
) -> Result {
    let Ok((camera, eye)) = camera.single() else {
        return Ok(());
    };
    let coming = hung.iter().filter_map(|(hung, at)| match hung {
        Hung::Shown(..) => None,
        Hung::Waiting(file) => Some((at.translation(), About::Coming(file))),
        Hung::Refused(why) => Some((at.translation(), About::Hidden(why))),
    });
    let going = going
        .iter()
        .map(|(going, at)| (at.translation(), About::Going(going.0)));
    let from = eye.translation();
    // Which ones comes first: each sentence costs.
    let mut near: Vec<(f32, Vec3, About<'_>)> = coming
        .chain(going)
        .map(|(at, about)| (at.distance(from), at, about))
        .filter(|(metres, ..)| *metres < NEAR_METRES)
        .collect();
    if near.is_empty() {
        return Ok(());
    }
    near.sort_by(|(a, ..), (b, ..)| a.total_cmp(b));
    near.truncate(MOST);
    let ctx = contexts.ctx_mut()?;
    let scale = theme::text_scale(ctx);
    let palette = theme::palette(ctx);
    let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Background, "files".into()));
    let percent = |share: f32| {
        let percent = (share.clamp(0.0, 1.0) * 100.0).floor();
        words.with("files-percent", &[("percent", percent.into())])
    };
    // The nearest last: over the others.
    for (_, at, about) in near.into_iter().rev() {
        let Ok(at) = camera.world_to_viewport(eye, at) else {
            continue;
        };
        let text = match about {
            About::Coming(file) => {
                let (here, all) = files.progress(&session, file);
                percent(here as f32 / all.max(1) as f32)
            }
            About::Going(share) => percent(share),
            About::Hidden(why) => hidden(&words, why),
        };
        let font = FontId::new(14.0 * scale, theme::bold());
        let galley = painter.layout(text, font, palette.foam, WIDTH * scale);
        let at = Pos2::new(at.x, at.y) / ctx.zoom_factor();
        let rect = egui::Rect::from_center_size(at, galley.size() + egui::vec2(20.0, 10.0));
        painter.rect_filled(rect, CornerRadius::same(10), palette.pill(0.9));
        painter.galley(rect.center() - galley.size() / 2.0, galley, palette.foam);
    }
    Ok(())
}

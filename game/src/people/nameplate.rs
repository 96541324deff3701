//! Names over heads, and what was just said.
//!
//! Flow: each frame, heads in front of the camera → [`Plate`]s with the [`Marks`] of their voices, nearest first →
//! `declutter` keeps them apart → egui paints them back to front, below every panel.
//! Invariants: a name has the same size and its own dark ground at every distance and light; a crowd does not
//! smear: of names that would cover each other the nearest is whole and the others step up or shrink to a dot; no name is
//! cut by an edge: it stays beside it while its head is near, and is gone before it would be cut.

mod declutter;

use super::mute::Muted;
use super::view::Stature;
use super::{Me, Person};
use crate::body::camera::MainCamera;
use crate::chat::ui::Bubble;
use crate::theme;
use crate::voice::ui::marks::{self, Marks, Voices};
use crate::voice::{Microphone, Speaking};
use crate::words::Words;
use avian3d::prelude::*;
use bevy::prelude::*;
use bevy_egui::egui::{self, Color32, CornerRadius, FontId, Pos2, Rect, Stroke, text::LayoutJob};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use declutter::{Declutter, Wish};
use holm_net::pose::Slot;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(
        EguiPrimaryContextPass,
        paint.in_set(crate::view::ViewSystems::Overhead),
    );
}

/// Nearer than this a name would hang in one's face; it fades over the last half metre.
const TOO_NEAR_METRES: f32 = 0.8;
/// Beyond this nobody needs to know names: they fade over the last part of the way.
const FARTHEST_METRES: f32 = 50.0;
const FADING_METRES: f32 = 10.0;
/// How quickly a name becomes a dot and back, per second.
const FADE_RATE: f32 = 10.0;
/// Whether something is before a name is looked at in every so many frames: it costs a ray.
const RAY_EVERY_FRAMES: usize = 6;

/// What of a name is remembered from frame to frame, each 0..1.
#[derive(Clone, Copy, Default)]
struct Kept {
    whole: f32,
    behind: f32,
    is_behind: bool,
    seen: usize,
    /// Seconds for which waves stay beside it.
    waves: f32,
}
/// Waves stay for so long after the last word, seconds: most pauses within what somebody says are shorter.
const WAVES_STAY: f32 = 1.5;
/// Names looked at in one frame, nearest first. More are a carpet, and each costs a ray.
const MOST_PLATES: usize = 60;
/// Width of a bubble's text, points, and its lines.
const BUBBLE_WIDTH: f32 = 230.0;
const BUBBLE_ROWS: usize = 4;

/// One name on its way to the screen.
struct Plate<'a> {
    person: &'a Person,
    bubble: Option<&'a Bubble>,
    at: Pos2,
    metres: f32,
    opacity: f32,
    rect: Rect,
    /// 0 a dot, 1 a name.
    whole: f32,
    /// The name, without a colour: that one changes while it fades, and a layout is kept as long as it is asked for.
    text: Arc<egui::Galley>,
    marks: Marks,
    speaks: bool,
}

impl Plate<'_> {
    /// As high as its letters: how large its marks are.
    fn letters(&self) -> f32 {
        self.text.size().y * 0.8
    }

    fn marks_width(&self) -> f32 {
        self.marks.width(self.letters())
    }
}

fn paint(
    mut contexts: EguiContexts,
    camera: Query<(&Camera, &Transform), With<MainCamera>>,
    people: Query<
        (
            &Person,
            &Transform,
            Option<&Stature>,
            Option<&Bubble>,
            Option<&Speaking>,
            Option<&Microphone>,
        ),
        Without<Me>,
    >,
    voices: Voices,
    space: Option<SpatialQuery>,
    time: Res<Time<Real>>,
    words: Res<Words>,
    muted: Res<Muted>,
    mut declutter: Local<Declutter>,
    mut kept: Local<BTreeMap<Slot, Kept>>,
    mut frame: Local<usize>,
) -> Result {
    let Ok((camera, eye)) = camera.single() else {
        return Ok(());
    };
    if people.is_empty() {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let painter = ctx.layer_painter(egui::LayerId::background());
    let scale = theme::text_scale(ctx);
    let eye_global = GlobalTransform::from(*eye);
    let screen = ctx.content_rect();
    let own = voices.own();
    let lingers = |slot: Slot| kept.get(&slot).is_some_and(|kept| kept.waves > 0.0);
    let mut plates: Vec<Plate> = people
        .iter()
        .filter(|(person, ..)| !muted.is_blocked(&person.account))
        .filter_map(|(person, place, stature, bubble, speaking, microphone)| {
            let head = place.translation + Vec3::Y * (stature.map_or(1.75, |stature| stature.top) + 0.25);
            let metres = head.distance(eye.translation);
            if metres > FARTHEST_METRES {
                return None;
            }
            let at = camera.world_to_viewport(&eye_global, head).ok()?;
            let at = Pos2::new(at.x, at.y) / ctx.zoom_factor();
            let opacity = opacity(metres) * near_the_picture(at, screen);
            if opacity <= 0.01 {
                return None;
            }
            // Of the muted nothing is heard, so nobody sees them speak.
            let speaking = speaking.filter(|_| !muted.contains(&person.account));
            let speaking = speaking.copied().unwrap_or_default();
            let marks = marks::of(
                &own,
                person,
                place.translation,
                metres,
                speaking,
                lingers(person.slot),
                microphone.copied().unwrap_or_default(),
            );
            Some(Plate {
                person,
                bubble,
                at,
                metres,
                opacity,
                rect: Rect::NOTHING,
                whole: 1.0,
                text: painter.layout_no_wrap(
                    label(&words, person),
                    font(metres, scale),
                    Color32::PLACEHOLDER,
                ),
                marks,
                speaks: speaking.level > 0,
            })
        })
        .collect();
    plates.sort_by(|a, b| a.metres.total_cmp(&b.metres));
    plates.truncate(MOST_PLATES);

    let wishes: Vec<Wish> = plates
        .iter()
        .map(|plate| {
            let size = plate.text.size() + PADDING + egui::vec2(plate.marks_width(), 0.0);
            let wanted = Rect::from_center_size(plate.at, size);
            Wish {
                who: plate.person.slot,
                at: kept_in(wanted, screen).center(),
                size,
                metres: plate.metres,
            }
        })
        .collect();
    let shown = declutter.settle(&wishes, screen.top() + EDGE);
    let mut taken: Vec<Rect> = shown.iter().flatten().copied().collect();
    *frame = frame.wrapping_add(1);
    let still = theme::still(ctx);
    let ease = if still {
        1.0
    } else {
        1.0 - (-time.delta_secs() * FADE_RATE).exp()
    };
    for (index, (plate, (wish, rect))) in plates.iter_mut().zip(wishes.iter().zip(shown)).enumerate() {
        let is_new = !kept.contains_key(&wish.who);
        let kept = kept.entry(wish.who).or_default();
        if plate.metres > 2.0 && (is_new || (index + *frame).is_multiple_of(RAY_EVERY_FRAMES)) {
            kept.is_behind = behind_something(
                space.as_ref(),
                eye.translation,
                plate.metres,
                eye_global,
                camera,
                plate.at * ctx.zoom_factor(),
            );
        }
        let whole = if rect.is_some() { 1.0 } else { 0.0 };
        let behind = if kept.is_behind { 1.0 } else { 0.0 };
        if is_new {
            (kept.whole, kept.behind) = (whole, behind);
        }
        kept.whole += (whole - kept.whole) * ease;
        kept.behind += (behind - kept.behind) * ease;
        kept.seen = *frame;
        kept.waves = match plate.speaks {
            true => WAVES_STAY,
            false => kept.waves - time.delta_secs(),
        };
        plate.whole = kept.whole;
        plate.opacity *= 1.0 - 0.7 * kept.behind;
        plate.rect = rect.unwrap_or(Rect::from_center_size(wish.at, wish.size));
    }
    let this = *frame;
    kept.retain(|_, kept| kept.seen == this);
    let now = time.elapsed();
    for plate in plates.iter().rev() {
        if screen.expand(60.0).intersects(plate.rect) {
            paint_name(&painter, plate);
        }
    }
    for plate in &plates {
        let Some(bubble) = plate.bubble else { continue };
        let opacity = eased(bubble.opacity(now), still) * plate.opacity.max(0.6);
        if opacity > 0.01 && screen.expand(60.0).intersects(plate.rect) {
            paint_bubble(&painter, plate, bubble.text(), opacity, screen, &mut taken);
        }
    }
    Ok(())
}

/// What comes and goes is there or not for who wants less motion.
fn eased(opacity: f32, still: bool) -> f32 {
    if still && opacity > 0.0 { 1.0 } else { opacity }
}

/// Around a name, points in all.
const PADDING: egui::Vec2 = egui::vec2(20.0, 8.0);

/// How much of a name is there at a distance from the eye.
fn opacity(metres: f32) -> f32 {
    let near = ((metres - TOO_NEAR_METRES) / 0.5).clamp(0.0, 1.0);
    let far = ((FARTHEST_METRES - metres) / FADING_METRES).clamp(0.0, 1.0);
    near * far
}

/// Slightly smaller far away, never unreadable.
fn font(metres: f32, scale: f32) -> FontId {
    let far = ((metres - 5.0) / 40.0).clamp(0.0, 1.0);
    // By whole points: each size of each letter is drawn once and kept, and people who walk pass through all between.
    FontId::new((16.0 - 3.0 * far).round() * scale, theme::bold())
}

fn label(words: &Words, person: &Person) -> String {
    if person.away {
        words.with("people-back-soon", &[("name", words.called(&person.name).into())])
    } else {
        words.called(&person.name)
    }
}

fn behind_something(
    space: Option<&SpatialQuery>,
    from: Vec3,
    metres: f32,
    eye: GlobalTransform,
    camera: &Camera,
    at: Pos2,
) -> bool {
    let Some(space) = space else { return false };
    let Ok(ray) = camera.viewport_to_world(&eye, Vec2::new(at.x, at.y)) else {
        return false;
    };
    space
        .cast_ray(
            from,
            ray.direction,
            metres - 0.3,
            true,
            &SpatialQueryFilter::default(),
        )
        .is_some()
}

fn paint_name(painter: &egui::Painter, plate: &Plate) {
    let palette = theme::palette(painter.ctx());
    let colour = if plate.person.away {
        palette.mist
    } else {
        theme::person_colour(&plate.person.account.0)
    };
    let dot = plate.opacity * (1.0 - plate.whole);
    if dot > 0.02 {
        painter.circle_filled(plate.at, 5.5, palette.pill(dot));
        painter.circle_filled(plate.at, 3.5, colour.gamma_multiply(dot));
    }
    let whole = plate.opacity * plate.whole;
    if whole <= 0.02 {
        return;
    }
    let radius = CornerRadius::same((plate.rect.height() / 2.0) as u8);
    painter.rect_filled(plate.rect, radius, palette.pill(whole));
    // Marks are where the name ends.
    let way = if theme::letters::from_right(painter.ctx()) {
        -1.0
    } else {
        1.0
    };
    let middle = plate.rect.center() - egui::vec2(way * plate.marks_width() / 2.0, 0.0);
    let corner = middle - plate.text.size() / 2.0;
    painter.galley(corner, plate.text.clone(), colour.gamma_multiply(whole));
    let end = middle + egui::vec2(way * plate.text.size().x / 2.0, 0.0);
    plate.marks.paint(painter, end, way, plate.letters(), whole);
}

fn paint_bubble(
    painter: &egui::Painter,
    plate: &Plate,
    text: &str,
    opacity: f32,
    screen: Rect,
    taken: &mut Vec<Rect>,
) {
    let ink = theme::palette(painter.ctx()).ink.gamma_multiply(opacity);
    let ctx = painter.ctx();
    let scale = theme::text_scale(ctx);
    let mut job = LayoutJob::simple(
        text.to_owned(),
        FontId::new(15.0 * scale, egui::FontFamily::Proportional),
        ink,
        (BUBBLE_WIDTH * scale).min(screen.width() * 0.6),
    );
    job.wrap.max_rows = BUBBLE_ROWS;
    let galley = painter.layout_job(job);
    let size = galley.size() + egui::vec2(24.0, 14.0);
    let foot = Pos2::new(plate.rect.center().x, plate.rect.top() - 8.0);
    let wanted = Rect::from_min_size(foot - egui::vec2(size.x / 2.0, size.y), size);
    let rect = place_bubble(wanted, screen, taken);
    taken.push(rect);
    let ground = theme::palette(painter.ctx()).foam.gamma_multiply(opacity * 0.96);
    if rect.bottom() + 1.0 >= foot.y {
        let tail = vec![
            foot + egui::vec2(-7.0, -1.0),
            foot + egui::vec2(7.0, -1.0),
            foot + egui::vec2(0.0, 7.0),
        ];
        painter.add(egui::Shape::convex_polygon(tail, ground, Stroke::NONE));
    } else {
        // Lifted over somebody else's words: a thread leads back down.
        painter.line_segment([Pos2::new(foot.x, rect.bottom()), foot], Stroke::new(2.0, ground));
    }
    painter.rect_filled(rect, CornerRadius::same(12), ground);
    painter.galley(rect.min + egui::vec2(12.0, 7.0), galley, ink);
}

/// How far names and bubbles stay from the edges, points.
const EDGE: f32 = 8.0;
/// A head that is this far above the picture belongs to a body that is still seen, points.
const ABOVE: f32 = 90.0;
/// Over how many points beyond that, or beside the picture, a name fades.
const BESIDE: f32 = 24.0;

/// How much of a name is there: all of it while the head is in the picture, nothing soon after it left.
fn near_the_picture(head: Pos2, screen: Rect) -> f32 {
    let seen = Rect::from_min_max(screen.min - egui::vec2(0.0, ABOVE), screen.max);
    let outside = head - seen.clamp(head);
    1.0 - (outside.length() / BESIDE).min(1.0)
}

/// Beside the edge rather than cut by it.
fn kept_in(rect: Rect, screen: Rect) -> Rect {
    let free = screen.shrink(EDGE);
    let aside = |low: f32, high: f32, least: f32, most: f32| {
        // What is larger than the screen begins where the screen does.
        if low < least || high - low > most - least {
            least - low
        } else {
            (most - high).min(0.0)
        }
    };
    rect.translate(egui::vec2(
        aside(rect.left(), rect.right(), free.left(), free.right()),
        aside(rect.top(), rect.bottom(), free.top(), free.bottom()),
    ))
}

/// Aside first, as far as the tail still reaches, then up; where it was wanted when nothing is free.
fn place_bubble(wanted: Rect, screen: Rect, taken: &[Rect]) -> Rect {
    let reach = (wanted.width() / 2.0 - 18.0).max(0.0);
    let free = |rect: &Rect| !taken.iter().any(|other| other.expand(3.0).intersects(*rect));
    (0..=4u8)
        .flat_map(|up| [0.0, -0.5, 0.5, -1.0, 1.0].map(|aside| (up, aside)))
        .map(|(up, aside)| {
            let up = f32::from(up) * (wanted.height() * 0.5 + 4.0);
            kept_in(wanted.translate(egui::vec2(aside * reach, -up)), screen)
        })
        .find(free)
        .unwrap_or(kept_in(wanted, screen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_do_not_cover_other_words() {
        let size = egui::vec2(200.0, 50.0);
        let mut taken = Vec::new();
        for x in [300.0, 380.0, 450.0, 500.0] {
            let screen = Rect::from_min_size(Pos2::ZERO, egui::vec2(1280.0, 720.0));
            let placed = place_bubble(Rect::from_center_size(Pos2::new(x, 200.0), size), screen, &taken);
            assert!(
                !taken.iter().any(|other: &Rect| other.intersects(placed)),
                "{placed:?} on {taken:?}"
            );
            taken.push(placed);
        }
    }

    #[test]
    fn words_at_the_edge_are_not_cut_by_it() {
        let screen = Rect::from_min_size(Pos2::ZERO, egui::vec2(390.0, 844.0));
        for x in [-40.0, 20.0, 200.0, 380.0, 420.0] {
            let bubble = Rect::from_center_size(Pos2::new(x, 300.0), egui::vec2(220.0, 40.0));
            assert!(screen.contains_rect(kept_in(bubble, screen)), "{x}");
        }
    }

    #[test]
    fn no_name_is_cut_by_an_edge_and_who_left_the_picture_has_none() {
        let screen = Rect::from_min_size(Pos2::ZERO, egui::vec2(390.0, 844.0));
        for x in -20..=60 {
            for y in -30..=100 {
                let head = Pos2::new(x as f32 * 10.0, y as f32 * 10.0);
                let there = near_the_picture(head, screen);
                let name = Rect::from_center_size(head, egui::vec2(180.0, 44.0));
                assert!(screen.contains_rect(kept_in(name, screen)), "{head}");
                assert!(!screen.contains(head) || there == 1.0, "{head}");
                assert!(
                    screen.expand2(egui::vec2(30.0, 120.0)).contains(head) || there == 0.0,
                    "{head}"
                );
            }
        }
        assert_eq!(
            near_the_picture(Pos2::new(200.0, -60.0), screen),
            1.0,
            "a body below its name"
        );
    }

    #[test]
    fn a_name_in_ones_face_fades_and_one_across_the_square_is_whole() {
        assert_eq!(opacity(0.5), 0.0);
        assert!(opacity(1.1) > 0.0 && opacity(1.1) < 1.0);
        assert_eq!(opacity(40.0), 1.0);
        assert_eq!(opacity(500.0), 0.0);
        assert!(font(1000.0, 1.0).size >= 13.0);
    }

    #[test]
    fn names_are_as_large_as_letters_are_wanted_and_still_where_nothing_is_to_move() {
        let ctx = egui::Context::default();
        let appearance = theme::Appearance {
            text_scale: 1.75,
            reduced_motion: true,
            ..Default::default()
        };
        theme::apply(&ctx, &appearance);
        assert_eq!(font(5.0, theme::text_scale(&ctx)).size, 16.0 * 1.75);
        assert_eq!(eased(0.3, theme::still(&ctx)), 1.0);
        assert_eq!(eased(0.0, theme::still(&ctx)), 0.0);
        assert_eq!(eased(0.3, false), 0.3);
    }
}

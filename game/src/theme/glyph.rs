//! Glyphs: what to press, drawn as it looks on the device: key caps, a mouse, the buttons and sticks of a gamepad,
//! and the signs on the buttons of a touch screen.
//!
//! Invariant: everything is drawn, nothing is a picture: it takes the theme's colours and any size.

use super::*;
use bevy_egui::egui::{Painter, Pos2, Rect, Response, Sense, Shape, StrokeKind, Ui, WidgetInfo, WidgetType};
use core::f32::consts::TAU;

/// Four ways, as on arrow keys, sticks and crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Up,
    Down,
    Left,
    Right,
}

impl Way {
    fn vector(self) -> Vec2 {
        match self {
            Way::Up => Vec2::new(0.0, -1.0),
            Way::Down => Vec2::new(0.0, 1.0),
            Way::Left => Vec2::new(-1.0, 0.0),
            Way::Right => Vec2::new(1.0, 0.0),
        }
    }
}

/// What is on a mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MousePart {
    Left,
    Right,
    Middle,
    WheelUp,
    WheelDown,
}

/// The four buttons under the right thumb, by their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    South,
    East,
    West,
    North,
}

/// Which signs a gamepad wears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PadSigns {
    /// A, B, X, Y; LB, RB.
    #[default]
    Letters,
    /// Cross, circle, square, triangle; L1, R1.
    Shapes,
}

/// Signs of actions, for buttons on glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Jump,
    Hand,
    Smile,
    Bubble,
    People,
    Menu,
    /// An arrow down onto the ground.
    Crouch,
    Eye,
    /// A ball on its way.
    Throw,
    /// A finger that goes both ways.
    Draw,
    /// To speak into.
    Microphone,
    /// To listen with.
    Headphones,
}

/// Something to press.
#[derive(Clone, Debug, PartialEq)]
pub enum Glyph {
    /// A key with what is printed on it.
    Cap(String),
    Arrow(Way),
    Mouse(MousePart),
    Face(Face, PadSigns),
    /// A shoulder button, a trigger, a small one: what stands on it.
    Shoulder(String),
    /// The whole cross when no way is lit.
    Cross(Option<Way>),
    /// The right one or the left one, pushed somewhere or pressed down.
    Stick {
        right: bool,
        way: Option<Way>,
        pressed: bool,
    },
    Start,
    Sign(Sign),
}

impl Glyph {
    /// For a screen reader.
    fn name(&self) -> String {
        match self {
            Glyph::Cap(text) | Glyph::Shoulder(text) => text.clone(),
            Glyph::Face(face, PadSigns::Letters) => letter(*face).to_owned(),
            other => format!("{other:?}"),
        }
    }

    /// How wide it is at a height.
    fn width(&self, ui: &Ui, height: f32) -> f32 {
        match self {
            Glyph::Cap(text) | Glyph::Shoulder(text) => {
                let galley = ui
                    .painter()
                    .layout_no_wrap(text.clone(), font(height), Color32::WHITE);
                (galley.size().x + height * 0.55).max(height)
            }
            Glyph::Mouse(_) => height * 0.78,
            _ => height,
        }
    }
}

fn font(height: f32) -> FontId {
    FontId::new(height * 0.57, bold())
}

fn letter(face: Face) -> &'static str {
    match face {
        Face::South => "A",
        Face::East => "B",
        Face::West => "X",
        Face::North => "Y",
    }
}

fn line_height(ui: &Ui) -> f32 {
    (TextStyle::Small.resolve(ui.style()).size * 1.65).max(20.0)
}

/// How wide [`glyph()`] is, points.
pub fn glyph_width(ui: &Ui, glyph: &Glyph) -> f32 {
    glyph.width(ui, line_height(ui))
}

/// A glyph in a line of text, as high as a key cap.
pub fn glyph(ui: &mut Ui, glyph: &Glyph) -> Response {
    let height = line_height(ui);
    let width = glyph.width(ui, height);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, glyph.name()));
    paint(ui.painter(), glyph, rect);
    response
}

/// Several side by side, as many as fit, on a control that can be pressed.
pub fn glyph_button(ui: &mut Ui, glyphs: &[Glyph], name: &str, lit: bool) -> Response {
    let p = palette(ui.ctx());
    let height = (TextStyle::Small.resolve(ui.style()).size * 1.65).max(22.0);
    let widths: Vec<f32> = glyphs.iter().map(|glyph| glyph.width(ui, height)).collect();
    let inside: f32 = widths.iter().sum::<f32>() + 4.0 * (widths.len().saturating_sub(1)) as f32;
    let size = Vec2::new((inside + 14.0).max(44.0), CONTROL_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, ui.is_enabled(), name));
    if ui.is_rect_visible(rect) {
        let fill = match (lit, response.hovered() || response.has_focus()) {
            (true, _) => p.amber,
            (false, true) => p.shallows,
            (false, false) => p.deep,
        };
        ui.painter()
            .rect_filled(rect, CornerRadius::same(WIDGET_RADIUS), fill);
        let mut x = rect.center().x - inside / 2.0;
        for (glyph, width) in glyphs.iter().zip(widths) {
            let at = Rect::from_min_size(
                Pos2::new(x, rect.center().y - height / 2.0),
                Vec2::new(width, height),
            );
            paint(ui.painter(), glyph, at);
            x += width + 4.0;
        }
        widgets::focus_ring(ui, &response, WIDGET_RADIUS);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

fn paint(painter: &Painter, glyph: &Glyph, rect: Rect) {
    let p = palette(painter.ctx());
    let (middle, unit) = (rect.center(), rect.height());
    let line = Stroke::new((unit * 0.07).max(1.2), p.foam);
    let cap = |radius: u8| {
        painter.rect(
            rect,
            CornerRadius::same(radius),
            p.tide,
            Stroke::new(1.0, p.edge),
            StrokeKind::Inside,
        );
        // The edge of the key that is nearer.
        let y = rect.bottom() - 1.5;
        painter.hline(
            rect.left() + 4.0..=rect.right() - 4.0,
            y,
            Stroke::new(1.5, p.edge),
        );
    };
    let text = |text: &str| {
        let galley = painter.layout_no_wrap(text.to_owned(), font(unit), p.foam);
        painter.galley(middle - galley.size() / 2.0, galley, p.foam);
    };
    match glyph {
        Glyph::Cap(printed) => {
            cap(6);
            text(printed);
        }
        Glyph::Arrow(way) => {
            cap(6);
            painter.add(arrow(middle, *way, unit * 0.26, p.foam));
        }
        Glyph::Mouse(part) => mouse(painter, rect, *part, &p),
        Glyph::Face(face, signs) => {
            painter.circle(middle, unit * 0.48, p.ink, Stroke::new(1.2, p.mist));
            face_sign(painter, middle, unit, *face, *signs, &p);
        }
        Glyph::Shoulder(printed) => {
            painter.rect(
                rect.shrink2(Vec2::new(0.0, unit * 0.06)),
                CornerRadius {
                    nw: (unit * 0.4) as u8,
                    ne: (unit * 0.4) as u8,
                    sw: 4,
                    se: 4,
                },
                p.ink,
                Stroke::new(1.2, p.mist),
                StrokeKind::Inside,
            );
            text(printed);
        }
        Glyph::Cross(lit) => {
            for way in [Way::Up, Way::Down, Way::Left, Way::Right] {
                let arm = middle + way.vector() * unit * 0.31;
                let fill = if *lit == Some(way) { p.foam } else { p.reed };
                painter.rect_filled(
                    Rect::from_center_size(arm, Vec2::splat(unit * 0.29)),
                    CornerRadius::same(2),
                    fill,
                );
            }
            painter.rect_filled(
                Rect::from_center_size(middle, Vec2::splat(unit * 0.34)),
                CornerRadius::ZERO,
                p.reed,
            );
        }
        Glyph::Stick { right, way, pressed } => {
            painter.circle(middle, unit * 0.48, p.ink, Stroke::new(1.2, p.mist));
            let pushed = way.map_or(Vec2::ZERO, |way| way.vector() * unit * 0.16);
            let fill = if *pressed { p.amber } else { p.tide };
            painter.circle(middle + pushed, unit * 0.29, fill, Stroke::new(1.0, p.mist));
            let ink = if *pressed { p.ink } else { p.foam };
            let name = if *right { "R" } else { "L" };
            let galley = painter.layout_no_wrap(name.to_owned(), FontId::new(unit * 0.42, bold()), ink);
            painter.galley(middle + pushed - galley.size() / 2.0, galley, ink);
        }
        Glyph::Start => {
            painter.circle(middle, unit * 0.48, p.ink, Stroke::new(1.2, p.mist));
            bars(painter, middle, unit * 0.2, Stroke::new(line.width * 0.9, p.foam));
        }
        Glyph::Sign(sign) => paint_sign(painter, *sign, middle, unit, p.foam),
    }
}

fn arrow(middle: Pos2, way: Way, reach: f32, colour: Color32) -> Shape {
    let along = way.vector();
    let across = Vec2::new(-along.y, along.x);
    let corners = vec![
        middle + along * reach,
        middle - along * reach * 0.6 + across * reach,
        middle - along * reach * 0.6 - across * reach,
    ];
    Shape::convex_polygon(corners, colour, Stroke::NONE)
}

fn bars(painter: &Painter, middle: Pos2, reach: f32, line: Stroke) {
    for step in [-1.0, 0.0, 1.0] {
        let y = middle.y + step * reach * 0.75;
        painter.hline(middle.x - reach..=middle.x + reach, y, line);
    }
}

fn mouse(painter: &Painter, rect: Rect, part: MousePart, p: &Palette) {
    let body = rect.shrink(1.0);
    let round = CornerRadius::same((body.width() * 0.45) as u8);
    let top = body.top() + body.height() * 0.42;
    painter.rect(body, round, p.ink, Stroke::new(1.2, p.mist), StrokeKind::Inside);
    let half = |left: bool| {
        let (from, to) = if left {
            (body.left(), body.center().x)
        } else {
            (body.center().x, body.right())
        };
        let button = Rect::from_min_max(Pos2::new(from, body.top()), Pos2::new(to, top)).shrink(1.0);
        let corner = (body.width() * 0.38) as u8;
        let round = CornerRadius {
            nw: if left { corner } else { 0 },
            ne: if left { 0 } else { corner },
            sw: 0,
            se: 0,
        };
        painter.rect_filled(button, round, p.amber);
    };
    let wheel = Pos2::new(body.center().x, body.top() + body.height() * 0.27);
    match part {
        MousePart::Left => half(true),
        MousePart::Right => half(false),
        MousePart::Middle => {
            painter.rect_filled(
                Rect::from_center_size(wheel, Vec2::new(body.width() * 0.28, body.height() * 0.32)),
                CornerRadius::same(3),
                p.amber,
            );
        }
        MousePart::WheelUp | MousePart::WheelDown => {
            let way = if part == MousePart::WheelUp {
                Way::Up
            } else {
                Way::Down
            };
            painter.add(arrow(body.center(), way, body.width() * 0.3, p.amber));
        }
    }
    if matches!(part, MousePart::Left | MousePart::Right) {
        painter.hline(body.x_range(), top, Stroke::new(1.0, p.mist));
        painter.vline(body.center().x, body.top()..=top, Stroke::new(1.0, p.mist));
    }
}

fn face_sign(painter: &Painter, middle: Pos2, unit: f32, face: Face, signs: PadSigns, p: &Palette) {
    // The colours of both families, as light as text on ink must be; in high contrast the sign says it all.
    let line = Stroke::new((unit * 0.09).max(1.5), p.foam);
    if signs == PadSigns::Letters {
        let galley =
            painter.layout_no_wrap(letter(face).to_owned(), FontId::new(unit * 0.62, bold()), p.foam);
        painter.galley(middle - galley.size() / 2.0, galley, p.foam);
        return;
    }
    let reach = unit * 0.2;
    match face {
        Face::South => {
            for turn in [1.0, -1.0] {
                let arm = Vec2::new(reach, reach * turn);
                painter.line_segment([middle - arm, middle + arm], line);
            }
        }
        Face::East => {
            painter.circle_stroke(middle, reach * 1.15, line);
        }
        Face::West => {
            painter.rect_stroke(
                Rect::from_center_size(middle, Vec2::splat(reach * 2.0)),
                CornerRadius::ZERO,
                line,
                StrokeKind::Middle,
            );
        }
        Face::North => {
            let corner = |turn: f32| middle + Vec2::angled(turn * TAU - TAU / 4.0) * reach * 1.3;
            let corners = vec![corner(0.0), corner(1.0 / 3.0), corner(2.0 / 3.0)];
            painter.add(Shape::closed_line(corners, line));
        }
    }
}

/// The sign of an action in a square of `unit` points around `middle`.
pub fn paint_sign(painter: &Painter, sign: Sign, middle: Pos2, unit: f32, colour: Color32) {
    let line = Stroke::new((unit * 0.08).max(1.5), colour);
    let at = |x: f32, y: f32| middle + Vec2::new(x, y) * unit;
    match sign {
        Sign::Jump => {
            painter.add(Shape::line(
                vec![at(-0.28, 0.02), at(0.0, -0.26), at(0.28, 0.02)],
                line,
            ));
            painter.line_segment([at(0.0, -0.24), at(0.0, 0.18)], line);
            painter.line_segment([at(-0.24, 0.32), at(0.24, 0.32)], line);
        }
        Sign::Hand => {
            for (x, top) in [(-0.18, -0.18), (-0.06, -0.3), (0.06, -0.3), (0.18, -0.2)] {
                painter.line_segment([at(x, top), at(x, 0.08)], line);
            }
            painter.add(Shape::line(
                vec![at(-0.18, 0.06), at(-0.14, 0.26), at(0.14, 0.26), at(0.2, 0.06)],
                line,
            ));
            painter.line_segment([at(-0.32, -0.02), at(-0.17, 0.18)], line);
        }
        Sign::Throw => {
            painter.circle_stroke(at(0.2, -0.18), unit * 0.13, line);
            let way = (0..=5).map(|step| {
                let along = step as f32 / 5.0;
                at(-0.34 + along * 0.4, 0.3 - (along * (2.0 - along)) * 0.42)
            });
            painter.add(Shape::line(way.collect(), line));
        }
        Sign::Smile => {
            painter.circle_stroke(middle, unit * 0.34, line);
            for x in [-0.12, 0.12] {
                painter.circle_filled(at(x, -0.08), unit * 0.05, colour);
            }
            let mouth = (0..=6).map(|step| {
                let turn = TAU * (0.08 + step as f32 * 0.34 / 6.0);
                middle + Vec2::angled(turn) * unit * 0.19
            });
            painter.add(Shape::line(mouth.collect(), line));
        }
        Sign::Bubble => {
            painter.rect_stroke(
                Rect::from_center_size(at(0.0, -0.05), Vec2::new(0.66, 0.46) * unit),
                CornerRadius::same((unit * 0.14) as u8),
                line,
                StrokeKind::Middle,
            );
            painter.add(Shape::line(
                vec![at(-0.16, 0.18), at(-0.2, 0.34), at(0.0, 0.18)],
                line,
            ));
        }
        Sign::People => {
            for (x, y, size) in [(-0.12, -0.12, 0.13), (0.2, -0.1, 0.1)] {
                painter.circle_stroke(at(x, y), unit * size, line);
            }
            let shoulders = |x: f32, reach: f32, y: f32| {
                let curve = (0..=8).map(|step| {
                    let turn = TAU * (0.5 + step as f32 / 16.0);
                    at(x, y) + Vec2::angled(turn) * unit * reach
                });
                painter.add(Shape::line(curve.collect(), line));
            };
            shoulders(-0.12, 0.24, 0.32);
            shoulders(0.24, 0.16, 0.3);
        }
        Sign::Menu => bars(painter, middle, unit * 0.26, line),
        Sign::Crouch => {
            painter.add(Shape::line(
                vec![at(-0.24, -0.04), at(0.0, 0.2), at(0.24, -0.04)],
                line,
            ));
            painter.line_segment([at(0.0, 0.18), at(0.0, -0.28)], line);
            painter.line_segment([at(-0.24, 0.32), at(0.24, 0.32)], line);
        }
        Sign::Eye => {
            for side in [-1.0, 1.0] {
                let lid = (0..=10).map(|step| {
                    let along = step as f32 / 5.0 - 1.0;
                    at(0.38 * along, side * 0.24 * (1.0 - along * along))
                });
                painter.add(Shape::line(lid.collect(), line));
            }
            painter.circle_filled(middle, unit * 0.11, colour);
        }
        Sign::Draw => {
            painter.line_segment([at(-0.36, 0.0), at(0.36, 0.0)], line);
            for side in [-1.0, 1.0] {
                painter.add(Shape::line(
                    vec![
                        at(side * 0.24, -0.12),
                        at(side * 0.37, 0.0),
                        at(side * 0.24, 0.12),
                    ],
                    line,
                ));
            }
            painter.circle_filled(middle, unit * 0.13, colour);
        }
        Sign::Microphone => {
            painter.rect_stroke(
                Rect::from_center_size(at(0.0, -0.13), Vec2::new(0.26, 0.44) * unit),
                CornerRadius::same((unit * 0.13) as u8),
                line,
                StrokeKind::Middle,
            );
            let cradle = (0..=8).map(|step| {
                let turn = TAU * step as f32 / 16.0;
                at(0.0, -0.06) + Vec2::angled(turn) * unit * 0.26
            });
            painter.add(Shape::line(cradle.collect(), line));
            painter.line_segment([at(0.0, 0.2), at(0.0, 0.35)], line);
            painter.line_segment([at(-0.14, 0.35), at(0.14, 0.35)], line);
        }
        Sign::Headphones => {
            let bow = (0..=10).map(|step| {
                let turn = TAU * (0.5 + step as f32 / 20.0);
                at(0.0, 0.04) + Vec2::angled(turn) * unit * 0.3
            });
            painter.add(Shape::line(bow.collect(), line));
            for side in [-1.0, 1.0] {
                painter.rect_filled(
                    Rect::from_center_size(at(side * 0.28, 0.16), Vec2::new(0.16, 0.28) * unit),
                    CornerRadius::same((unit * 0.06) as u8),
                    colour,
                );
            }
        }
    }
}

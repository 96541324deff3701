//! Letters on the screen, for who has a gamepad and no keyboard.
//!
//! Flow: A on a field opens it → the cross moves, A types, X deletes, Y is a blank, LB and RB move the caret, the
//! left stick pressed shows other letters, B closes, Start finishes the line → all as the keys of a keyboard, so
//! that every field works.
//! Invariant: it types only into the field it was opened on, and goes when that goes.

use super::nav::{tap, typing_in};
use crate::theme::glyph::Way;
use crate::theme::{self};
use crate::words::{Language, Words};
use bevy::prelude::*;
use bevy_egui::egui::{self, Key, Rect, Sense, Stroke, StrokeKind, Vec2, WidgetInfo, WidgetType};
use bevy_egui::input::EguiInputEvent;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, PrimaryEguiContext};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Board>().add_systems(
        EguiPrimaryContextPass,
        show.in_set(crate::view::ViewSystems::Overlay),
    );
}

/// Pages of letters: rows of keys, each a character. None stands twice on a page.
type Page = &'static [&'static str];

const LATIN: Page = &["1234567890", "qwertyuiop", "asdfghjkl'", "zxcvbnm,.?"];
const LATIN_UPPER: Page = &["!\"§$%&/()=", "QWERTYUIOP", "ASDFGHJKL-", "ZXCVBNM;:_"];
const SIGNS: Page = &["@#€$%&*+=~", "-_/\\|<>[]{", "áéíóúüñ¿¡}", "äöûßçàèêøå"];
const ARABIC: Page = &["١٢٣٤٥٦٧٨٩٠", "ضصثقفغعهخح", "شسيبلاتنمك", "ئءؤرىةوزظط"];
const ARABIC_MORE: Page = &["جدذإأآ؟،؛.", "ًٌٍَُِّْـ!", "1234567890", "-()/@:\"#+="];
// As in a table of the fifty sounds: down a column go a, i, u, e, o. What has a mark or is small is on the next page.
const HIRAGANA: Page = &[
    "あかさたなはまやらわ",
    "いきしちにひみゆりを",
    "うくすつぬふむよるん",
    "えけせてねへめ、れー",
    "おこそとのほも。ろ！",
];
const HIRAGANA_MARKED: Page = &[
    "がざだばぱぁゃっ「」",
    "ぎじぢびぴぃゅゎ（）",
    "ぐずづぶぷぅょゔ？・",
    "げぜでべぺぇ…〜：／",
    "ごぞどぼぽぉ『』＠＃",
];
const KATAKANA: Page = &[
    "アカサタナハマヤラワ",
    "イキシチニヒミユリヲ",
    "ウクスツヌフムヨルン",
    "エケセテネヘメ、レー",
    "オコソトノホモ。ロ！",
];
const KATAKANA_MARKED: Page = &[
    "ガザダバパァャッ「」",
    "ギジヂビピィュヮ（）",
    "グズヅブプゥョヴ？・",
    "ゲゼデベペェヵヶ…〜",
    "ゴゾドボポォ『』：／",
];
const COLUMNS: usize = 10;

/// What a language types with; the first page is shown first.
fn pages(language: Language) -> &'static [Page] {
    match language {
        Language::Arabic => &[ARABIC, ARABIC_MORE, LATIN, LATIN_UPPER],
        Language::Japanese => &[
            HIRAGANA,
            HIRAGANA_MARKED,
            KATAKANA,
            KATAKANA_MARKED,
            LATIN,
            LATIN_UPPER,
            SIGNS,
        ],
        _ => &[LATIN, LATIN_UPPER, SIGNS],
    }
}

/// What the last row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Other,
    Space,
    Delete,
    Done,
}

const DEEDS: [(Deed, &str); 4] = [
    (Deed::Other, "input-board-other"),
    (Deed::Space, "input-board-space"),
    (Deed::Delete, "input-board-delete"),
    (Deed::Done, "input-board-send"),
];

/// The letters, and where one is among them.
#[derive(Resource, Debug, Default)]
pub(crate) struct Board {
    field: Option<egui::Id>,
    /// The field it was closed on: it does not come back by itself until another is typed in.
    closed: Option<egui::Id>,
    language: Option<Language>,
    page: usize,
    row: usize,
    column: usize,
}

impl Board {
    pub(crate) fn is_open(&self) -> bool {
        self.field.is_some()
    }

    /// Comes by itself for who has only fingers, where no system brings a keyboard.
    pub(super) fn offer(&mut self, field: Option<egui::Id>) {
        if field != self.closed {
            self.closed = None;
        }
        if let Some(field) = field.filter(|field| self.field.is_none() && self.closed != Some(*field)) {
            self.open(field);
        }
    }

    pub(crate) fn open(&mut self, field: egui::Id) {
        self.field = Some(field);
        (self.page, self.row, self.column) = (0, 1, 0);
    }

    pub(crate) fn close(&mut self) {
        self.closed = self.field.take();
    }

    /// Goes with its field.
    pub(super) fn follow(&mut self, ctx: &egui::Context) {
        if self.field.is_some() && typing_in(ctx) != self.field {
            self.close();
        }
    }

    fn page(&self) -> Page {
        let pages = pages(self.language.unwrap_or(Language::English));
        pages[self.page % pages.len()]
    }

    /// The row one is in; behind those of letters is the one of deeds.
    fn row(&self) -> usize {
        self.row.min(self.page().len())
    }

    fn letter(&self) -> Option<char> {
        self.page().get(self.row())?.chars().nth(self.column)
    }

    fn deed(&self) -> Option<Deed> {
        (self.row() == self.page().len())
            .then(|| DEEDS[(self.column * DEEDS.len() / COLUMNS).min(DEEDS.len() - 1)].0)
    }

    /// One key on; over an edge it comes in at the other.
    pub(super) fn go(&mut self, way: Way) {
        let rows = self.page().len() + 1;
        self.row = self.row();
        match way {
            Way::Up => self.row = (self.row + rows - 1) % rows,
            Way::Down => self.row = (self.row + 1) % rows,
            Way::Left | Way::Right if self.row + 1 == rows => {
                let here = (self.column * DEEDS.len() / COLUMNS).min(DEEDS.len() - 1);
                let step = if way == Way::Left { DEEDS.len() - 1 } else { 1 };
                // The middle of the next one's share of the columns.
                self.column = ((here + step) % DEEDS.len() * 2 + 1) * COLUMNS / (2 * DEEDS.len());
            }
            Way::Left => self.column = (self.column + COLUMNS - 1) % COLUMNS,
            Way::Right => self.column = (self.column + 1) % COLUMNS,
        }
    }

    /// Where a letter is on the page that is shown.
    #[cfg(test)]
    pub(super) fn place_of(&self, letter: char) -> Option<(usize, usize)> {
        self.page().iter().enumerate().find_map(|(row, letters)| {
            let column = letters.chars().position(|other| other == letter)?;
            Some((row, column))
        })
    }

    /// Where the key that finishes the line is.
    #[cfg(test)]
    pub(super) fn place_of_done(&self) -> (usize, usize) {
        (self.page().len(), DEEDS.len() - 1)
    }

    /// The button of a pad that leads towards a letter; `None` when it is lit.
    #[cfg(test)]
    pub(super) fn way_to(&self, letter: char) -> Option<GamepadButton> {
        let Some((row, column)) = self.place_of(letter) else {
            return Some(GamepadButton::LeftThumb);
        };
        if self.row() != row {
            Some(GamepadButton::DPadDown)
        } else {
            (self.column != column).then_some(GamepadButton::DPadRight)
        }
    }

    fn press(&mut self) -> Vec<egui::Event> {
        match self.deed() {
            Some(deed) => self.act(deed),
            None => self
                .letter()
                .map(|letter| egui::Event::Text(letter.to_string()))
                .into_iter()
                .collect(),
        }
    }

    fn act(&mut self, deed: Deed) -> Vec<egui::Event> {
        match deed {
            Deed::Other => {
                // Who is among the deeds stays there: pages differ in their rows.
                let deeds = self.deed().is_some();
                self.page = (self.page + 1) % pages(self.language.unwrap_or(Language::English)).len();
                self.row = if deeds { self.page().len() } else { self.row() };
                Vec::new()
            }
            Deed::Space => vec![egui::Event::Text(" ".to_owned())],
            Deed::Delete => tap(Key::Backspace, false).to_vec(),
            Deed::Done => {
                self.close();
                tap(Key::Enter, false).to_vec()
            }
        }
    }

    /// What the buttons of a pad type.
    pub(super) fn pressed(&mut self, pressed: &impl Fn(GamepadButton) -> bool) -> Vec<egui::Event> {
        use GamepadButton::*;
        if pressed(South) {
            self.press()
        } else if pressed(West) {
            self.act(Deed::Delete)
        } else if pressed(North) {
            self.act(Deed::Space)
        } else if pressed(LeftThumb) {
            self.act(Deed::Other)
        } else if pressed(LeftTrigger) {
            tap(Key::ArrowLeft, false).to_vec()
        } else if pressed(RightTrigger) {
            tap(Key::ArrowRight, false).to_vec()
        } else if pressed(Start) {
            self.act(Deed::Done)
        } else if pressed(East) {
            self.close();
            Vec::new()
        } else {
            Vec::new()
        }
    }
}

/// Each key is known by its place: words and letters may be the same in some language.
pub(super) fn key_id(place: (usize, usize)) -> egui::Id {
    egui::Id::new(("board", place))
}

const KEY: Vec2 = Vec2::new(48.0, 40.0);
const GAP: f32 = 4.0;
/// Around the keys, and from the edge of the screen.
const MARGIN: f32 = 10.0;
const AWAY: f32 = 16.0;

fn show(
    mut contexts: EguiContexts,
    context: Query<Entity, With<PrimaryEguiContext>>,
    mut board: ResMut<Board>,
    words: Res<Words>,
    mut typed: MessageWriter<EguiInputEvent>,
) -> Result {
    let Some(field) = board.field else { return Ok(()) };
    board.language = Some(words.language());
    let context = context.single()?;
    let ctx = contexts.ctx_mut()?;
    let key = KEY * ((ctx.content_rect().width() - 40.0) / (COLUMNS as f32 * (KEY.x + GAP))).min(1.0);
    let mut events = Vec::new();
    let keys = Vec2::new(COLUMNS as f32, (board.page().len() + 1) as f32);
    let size = keys * (key + Vec2::splat(GAP)) + Vec2::splat(2.0 * MARGIN);
    let field_at = ctx.read_response(field);
    let panel = field_at
        .as_ref()
        .and_then(|response| ctx.memory(|memory| memory.area_rect(response.layer_id.id)));
    let field_at = field_at.map(|response| response.rect);
    let (anchor, share) = lie(ctx.content_rect(), panel, field_at, size);
    let key = key * share;
    let away = anchor.to_sign() * -AWAY;
    egui::Area::new("board".into())
        .anchor(anchor, away)
        .order(egui::Order::Tooltip)
        .show(ctx, |ui| {
            theme::widgets::panel_frame(ui.ctx())
                .inner_margin(MARGIN)
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing = Vec2::splat(GAP);
                    let page = board.page();
                    for (row, letters) in page.iter().enumerate() {
                        ui.horizontal(|ui| {
                            for (column, letter) in letters.chars().enumerate() {
                                let lit = (board.row(), board.column) == (row, column);
                                let letter_points = key.y * 0.5;
                                if cap(ui, (row, column), &letter.to_string(), key, letter_points, lit) {
                                    events.push(egui::Event::Text(letter.to_string()));
                                }
                            }
                        });
                    }
                    let width = (key.x + GAP) * COLUMNS as f32 / DEEDS.len() as f32 - GAP;
                    // One size for the row: the longest word decides.
                    let deeds = DEEDS.map(|(_, name)| words.say(name));
                    let points = deeds
                        .iter()
                        .map(|text| cap_points(ui, text, width))
                        .fold(f32::MAX, f32::min);
                    ui.horizontal(|ui| {
                        for (column, ((deed, _), name)) in DEEDS.into_iter().zip(&deeds).enumerate() {
                            let lit = board.deed() == Some(deed);
                            let size = Vec2::new(width, key.y);
                            if cap(ui, (page.len(), column), name, size, points, lit) {
                                events.extend(board.act(deed));
                            }
                        }
                    });
                });
        });
    // A press of the mouse on a letter would take the focus from the field; the last one, too, which sends the line.
    ctx.memory_mut(|memory| memory.request_focus(field));
    typed.write_batch(events.into_iter().map(|event| EguiInputEvent { context, event }));
    Ok(())
}

/// Where the board lies, and how much of its size it has: beside the panel that is written in, or smaller beside it, or at
/// the edge where it hides least of the panel and nothing of the field.
fn lie(screen: Rect, panel: Option<Rect>, field: Option<Rect>, size: Vec2) -> (egui::Align2, f32) {
    use egui::Align2;
    let places = [
        Align2::CENTER_BOTTOM,
        Align2::RIGHT_BOTTOM,
        Align2::LEFT_BOTTOM,
        Align2::CENTER_TOP,
    ];
    let hides = |place: &Align2, share: f32, what: Option<Rect>| {
        let board = place.align_size_within_rect(size * share, screen.shrink(AWAY));
        let common = what.map_or(Rect::NOTHING, |what| board.intersect(what));
        if common.is_positive() { common.area() } else { 0.0 }
    };
    for share in [1.0, 0.8, 0.6] {
        if let Some(place) = places.iter().find(|place| hides(place, share, panel) == 0.0) {
            return (*place, share);
        }
    }
    let least = places.iter().min_by(|a, b| {
        let cost = |place: &Align2| 1e4 * hides(place, 1.0, field) + hides(place, 1.0, panel);
        cost(a).total_cmp(&cost(b))
    });
    (least.copied().unwrap_or(Align2::CENTER_BOTTOM), 1.0)
}

/// Letters of a word on a key so wide: large letters, a long word, a narrow key: smaller is better than cut.
fn cap_points(ui: &egui::Ui, text: &str, width: f32) -> f32 {
    let font = egui::TextStyle::Small.resolve(ui.style());
    let points = font.size;
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font, egui::Color32::PLACEHOLDER);
    points * ((width - 2.0 * GAP) / galley.size().x).min(1.0)
}

/// One key; true when the mouse or a finger pressed it. Never focused: the field is.
fn cap(ui: &mut egui::Ui, place: (usize, usize), text: &str, size: Vec2, points: f32, lit: bool) -> bool {
    let p = theme::palette(ui.ctx());
    let (rect, _): (Rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let response = ui.interact(rect, key_id(place), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, text));
    let (fill, ink) = match (lit, response.hovered()) {
        (true, _) => (p.amber, p.ink),
        (false, true) => (p.shallows, p.foam),
        (false, false) => (p.tide, p.foam),
    };
    let round = egui::CornerRadius::same(8);
    ui.painter().rect_filled(rect, round, fill);
    if lit {
        ui.painter()
            .rect_stroke(rect, round, Stroke::new(2.0, p.foam), StrokeKind::Inside);
    }
    let font = if text.chars().count() == 1 {
        egui::FontId::new(points, theme::bold())
    } else {
        egui::FontId::proportional(points)
    };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, ink);
    ui.painter()
        .galley(rect.center() - galley.size() / 2.0, galley, ink);
    response.clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(language: Language) -> Board {
        let mut board = Board {
            language: Some(language),
            ..default()
        };
        board.open(egui::Id::new("a field"));
        board
    }

    #[test]
    fn every_key_of_every_page_types_its_letter() {
        for language in Language::ALL {
            for page in pages(language) {
                let mut met = std::collections::BTreeSet::new();
                for row in *page {
                    assert_eq!(row.chars().count(), COLUMNS, "{row}");
                    assert!(!row.contains(char::is_control));
                    for letter in row.chars() {
                        assert!(met.insert(letter), "{letter} twice on one page");
                    }
                }
            }
        }
        let mut board = on(Language::English);
        assert_eq!(board.press(), [egui::Event::Text("q".to_owned())]);
        board.go(Way::Down);
        board.go(Way::Left);
        assert_eq!(
            board.press(),
            [egui::Event::Text("'".to_owned())],
            "over the edge"
        );
    }

    #[test]
    fn it_lies_beside_what_is_written_in_and_never_over_the_field() {
        let size = Vec2::new(540.0, 250.0);
        for screen in [
            Vec2::new(1280.0, 720.0),
            Vec2::new(800.0, 400.0),
            Vec2::new(390.0, 844.0),
        ] {
            let screen = Rect::from_min_size(egui::Pos2::ZERO, screen);
            let size = size * ((screen.width() - 40.0) / size.x).min(1.0);
            for (x, y) in [(0.08, 0.3), (0.5, 0.3), (0.05, 0.6), (0.1, 0.05)] {
                let at = screen.min + Vec2::new(x, y) * screen.size();
                let panel = Rect::from_min_size(at, Vec2::new(screen.width() * 0.3, screen.height() * 0.35));
                let field = Rect::from_min_size(panel.left_center(), Vec2::new(panel.width(), 40.0));
                let (place, share) = lie(screen, Some(panel), Some(field), size);
                let board = place.align_size_within_rect(size * share, screen.shrink(AWAY));
                assert!(!board.intersects(field.shrink(1.0)), "{screen} {panel} {board}");
                if screen.width() > 1000.0 {
                    assert!(!board.intersects(panel.shrink(1.0)), "{panel} {board}");
                }
            }
        }
    }

    #[test]
    fn a_pad_alone_writes_japanese() {
        for sentence in [
            "こんにちは、ガーデンでチャットしよう！",
            "ぱっと「ヴァイオリン」ゃゅょぢづ",
        ] {
            let mut board = on(Language::Japanese);
            let mut written = String::new();
            for letter in sentence.chars() {
                for _ in 0..200 {
                    match board.way_to(letter) {
                        Some(GamepadButton::DPadDown) => board.go(Way::Down),
                        Some(GamepadButton::DPadRight) => board.go(Way::Right),
                        Some(other) => {
                            board.pressed(&|button| button == other);
                        }
                        None => break,
                    }
                }
                for typed in board.press() {
                    if let egui::Event::Text(text) = typed {
                        written += &text;
                    }
                }
            }
            assert_eq!(written, sentence);
        }
    }

    #[test]
    fn a_page_with_fewer_rows_leaves_nobody_outside() {
        let mut board = on(Language::Japanese);
        board.row = HIRAGANA.len();
        assert_eq!(board.deed(), Some(Deed::Other));
        for _ in 0..pages(Language::Japanese).len() {
            board.press();
            assert_eq!(board.deed(), Some(Deed::Other));
        }
        board.row = HIRAGANA.len() - 1;
        board.act(Deed::Other);
        board.language = Some(Language::English);
        assert!(board.letter().is_some() || board.deed().is_some());
    }

    #[test]
    fn from_anywhere_everything_is_reached_and_done_closes() {
        let mut board = on(Language::German);
        let mut met = Vec::new();
        board.row = LATIN.len();
        for _ in 0..DEEDS.len() {
            met.extend(board.deed());
            board.go(Way::Right);
        }
        for (deed, _) in DEEDS {
            assert!(met.contains(&deed), "{deed:?}");
        }
        while board.deed() != Some(Deed::Done) {
            board.go(Way::Right);
        }
        assert_eq!(board.press(), tap(Key::Enter, false));
        assert!(!board.is_open());
    }
}

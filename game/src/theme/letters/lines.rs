//! Text that is being written, row by row: where each letter stands, and where between two of them one writes.
//!
//! Flow: `theme::field` sets what is written ([`Lines::set`]); a press becomes a [`Caret`], a key moves it, and it
//! becomes a place again.
//! Invariants: pure; a letter with its marks is one; each stands in one row, once; a step to a side goes over one
//! letter as it is seen, whichever way it is read, and comes back by a step to the other.

use super::order;
use std::ops::Range;
use unicode_bidi::{BidiClass, BidiInfo, Level, bidi_class};
use unicode_segmentation::UnicodeSegmentation;

/// Where one writes: a number of characters of the text, and which of the two neighbours it stands beside. Where the
/// direction changes these are seen apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::theme) struct Caret {
    pub(in crate::theme) at: usize,
    /// Beside the letter that follows; otherwise beside the one before.
    pub(in crate::theme) to_next: bool,
}

/// A letter with its marks where it stands.
#[derive(Clone, Debug, PartialEq)]
struct Letter {
    chars: Range<usize>,
    left: f32,
    right: f32,
    from_right: bool,
    blank: bool,
}

impl Letter {
    /// Beside it.
    fn edge(&self, right: bool) -> Caret {
        if right == self.from_right {
            Caret {
                at: self.chars.start,
                to_next: true,
            }
        } else {
            Caret {
                at: self.chars.end,
                to_next: false,
            }
        }
    }
}

/// What is painted as one.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::theme) struct Piece {
    pub(in crate::theme) text: String,
    pub(in crate::theme) left: f32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::theme) struct Row {
    /// Without what ends the line.
    pub(in crate::theme) chars: Range<usize>,
    /// As they are seen from left to right.
    letters: Vec<Letter>,
    pub(in crate::theme) pieces: Vec<Piece>,
    /// The line was too long and goes on in the next row.
    pub(in crate::theme) goes_on: bool,
    /// Where one begins while there is no letter.
    begin: f32,
}

impl Row {
    fn last_read(&self) -> Option<&Letter> {
        self.letters.iter().max_by_key(|letter| letter.chars.end)
    }

    /// How wide what is blank at its end is.
    fn hanging(&self) -> f32 {
        let written = self.letters.iter().filter(|letter| !letter.blank);
        let end = written
            .map(|letter| letter.chars.end)
            .max()
            .unwrap_or(self.chars.start);
        let hangs = self.letters.iter().filter(|letter| letter.chars.start >= end);
        hangs.map(|letter| letter.right - letter.left).sum()
    }
}

/// Where a caret is seen: `between` counts the letters left of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::theme) struct Spot {
    pub(in crate::theme) row: usize,
    between: usize,
    pub(in crate::theme) x: f32,
}

/// How text is set.
#[derive(Clone, Copy, Debug)]
pub(in crate::theme) struct Setting {
    /// Which way it is read as a whole.
    pub(in crate::theme) from_right: bool,
    /// Rows end at the right edge of the room instead of beginning at the left one.
    pub(in crate::theme) at_right: bool,
    /// Width, points; rows are not broken when it is infinite.
    pub(in crate::theme) room: f32,
    /// Pictures of letters begin at multiples of it.
    pub(in crate::theme) pixel: f32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::theme) struct Lines {
    pub(in crate::theme) rows: Vec<Row>,
    pub(in crate::theme) width: f32,
    pub(in crate::theme) from_right: bool,
}

/// How far each letter of a piece reaches, from the side the piece begins at: the right one when it is told so.
pub(in crate::theme) type Measure<'a> = &'a mut dyn FnMut(&str, bool) -> Vec<f32>;

/// What is shaped as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Letters that the shaper joins and sets from right to left.
    Word,
    /// A sign between such words, set alone.
    Sign,
    /// Everything that is read from left to right.
    Run,
}

fn kind(letter: &str, level: Level) -> Kind {
    let class = letter.chars().next().map(bidi_class);
    match class {
        Some(BidiClass::R | BidiClass::AL) => Kind::Word,
        _ if level.is_rtl() => Kind::Sign,
        _ => Kind::Run,
    }
}

fn is_blank(letter: &str) -> bool {
    letter.chars().all(char::is_whitespace)
}

/// Letters between which a row may be broken without a space (Japanese, Chinese, Korean), unless a sign hangs there.
fn is_wide(letter: &str) -> bool {
    letter.starts_with(|c| {
        matches!(c, '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}'
            | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFD}')
    })
}

fn breaks_between(before: &str, after: &str) -> bool {
    let hangs = after.starts_with(|c| {
        "、。，．！？：；」』）］｝〉》】ーぁぃぅぇぉっゃゅょァィゥェォッャュョ!?,.:;)]}".contains(c)
    });
    let opens = before.starts_with(|c| "「『（［｛〈《【([{".contains(c));
    if is_blank(after) {
        return false;
    }
    is_blank(before) || before == "-" || (is_wide(before) || is_wide(after)) && !hangs && !opens
}

/// A line between two ends of line: its letters, and where each begins in the text.
struct Line<'a> {
    letters: Vec<&'a str>,
    /// One more than there are letters: where the line ends.
    starts: Vec<usize>,
    levels: Vec<Level>,
}

impl<'a> Line<'a> {
    fn new(line: &'a str, first: usize, from_right: bool) -> Self {
        let letters: Vec<&str> = line.graphemes(true).collect();
        let mut start = first;
        let mut starts = vec![first];
        starts.extend(letters.iter().map(|letter| {
            start += letter.chars().count();
            start
        }));
        let level_of = order::levels(line, from_right);
        let levels = starts
            .iter()
            .filter_map(|start| level_of.get(start - first))
            .copied()
            .collect();
        Self {
            letters,
            starts,
            levels,
        }
    }

    fn chars(&self, letters: Range<usize>) -> Range<usize> {
        self.starts[letters.start]..self.starts[letters.end]
    }

    /// What is shaped as one, in the order of reading.
    fn segments(&self, within: Range<usize>, base: Level) -> Vec<(Range<usize>, Kind, Level)> {
        // What is blank at the end of a row goes with the row, not with the words before it (UAX #9, L1).
        let blank = self.letters[within.clone()]
            .iter()
            .rev()
            .take_while(|letter| is_blank(letter))
            .count();
        let mut segments: Vec<(Range<usize>, Kind, Level)> = Vec::new();
        for at in within.clone() {
            let level = if at + blank >= within.end {
                base
            } else {
                self.levels[at]
            };
            let kind = kind(self.letters[at], level);
            match segments.last_mut() {
                Some((range, before, at_level))
                    if *before == kind && *at_level == level && kind != Kind::Sign =>
                {
                    range.end = at + 1;
                }
                _ => segments.push((at..at + 1, kind, level)),
            }
        }
        segments
    }

    fn text(&self, segment: Range<usize>, kind: Kind) -> String {
        let text = self.letters[segment].concat();
        match kind {
            Kind::Sign => text.chars().map(order::mirrored).collect(),
            Kind::Word | Kind::Run => text,
        }
    }

    fn widths(&self, within: Range<usize>, base: Level, measure: Measure) -> Vec<f32> {
        let mut widths = Vec::with_capacity(within.len());
        for (segment, kind, _) in self.segments(within, base) {
            let length = segment.len();
            let ends = measure(&self.text(segment, kind), kind == Kind::Word);
            let mut before = 0.0;
            for at in 0..length {
                let end = ends.get(at).copied().unwrap_or(before);
                widths.push(end - before);
                before = end;
            }
        }
        widths
    }

    /// Which letters stand in which row.
    fn rows(&self, how: &Setting, base: Level, measure: Measure) -> Vec<Range<usize>> {
        let all = 0..self.letters.len();
        if how.room.is_infinite() {
            return vec![all];
        }
        let widths = self.widths(all.clone(), base, measure);
        let mut rows = Vec::new();
        let (mut start, mut x, mut gap) = (0, 0.0, None);
        for at in all.clone() {
            while !is_blank(self.letters[at]) && x + widths[at] > how.room && at > start {
                let cut = gap.take().unwrap_or(at);
                rows.push(start..cut);
                start = cut;
                x = widths[cut..at].iter().sum();
            }
            x += widths[at];
            if at + 1 < all.end && breaks_between(self.letters[at], self.letters[at + 1]) {
                gap = Some(at + 1);
            }
        }
        rows.push(start..all.end);
        rows
    }

    fn set(&self, within: Range<usize>, goes_on: bool, how: &Setting, base: Level, measure: Measure) -> Row {
        let segments = self.segments(within.clone(), base);
        let levels: Vec<Level> = segments.iter().map(|(.., level)| *level).collect();
        let whole = |x: f32| (x / how.pixel).round() * how.pixel;
        let mut row = Row {
            chars: self.chars(within.clone()),
            goes_on,
            begin: if how.at_right && how.room.is_finite() {
                how.room
            } else {
                0.0
            },
            ..Row::default()
        };
        let mut x = 0.0;
        for at in BidiInfo::reorder_visual(&levels) {
            let (segment, kind, _) = &segments[at];
            let text = self.text(segment.clone(), *kind);
            let ends = measure(&text, *kind == Kind::Word);
            let width = ends.last().copied().unwrap_or(0.0);
            let from_right = *kind != Kind::Run;
            let mut before = 0.0;
            let mut letters = Vec::with_capacity(segment.len());
            for (at, end) in segment.clone().zip(ends) {
                letters.push(Letter {
                    chars: self.chars(at..at + 1),
                    left: x + if from_right { width - end } else { before },
                    right: x + if from_right { width - before } else { end },
                    from_right,
                    blank: is_blank(self.letters[at]),
                });
                before = end;
            }
            if from_right {
                letters.reverse();
            }
            row.letters.extend(letters);
            if !is_blank(&text) {
                row.pieces.push(Piece { text, left: x });
            }
            x = whole(x + width);
        }
        if how.at_right && how.room.is_finite() {
            // Blanks at the end of a row that goes on hang over its edge.
            let hangs = if goes_on { row.hanging() } else { 0.0 };
            let by = whole(how.room - (x - hangs)) - if how.from_right { hangs } else { 0.0 };
            for letter in &mut row.letters {
                letter.left += by;
                letter.right += by;
            }
            for piece in &mut row.pieces {
                piece.left += by;
            }
        }
        row
    }
}

impl Lines {
    pub(in crate::theme) fn set(text: &str, how: &Setting, measure: Measure) -> Self {
        let base = order::base(how.from_right);
        let mut lines = Self {
            from_right: how.from_right,
            ..Self::default()
        };
        let mut first = 0;
        for line in text.split('\n') {
            let line = Line::new(line, first, how.from_right);
            let rows = line.rows(how, base, measure);
            let last = rows.len() - 1;
            for (at, row) in rows.into_iter().enumerate() {
                lines.rows.push(line.set(row, at < last, how, base, measure));
            }
            first = line.starts.last().map_or(first, |end| end + 1);
        }
        lines.width = if how.at_right && how.room.is_finite() {
            how.room
        } else {
            let rights = lines
                .rows
                .iter()
                .flat_map(|row| &row.letters)
                .map(|letter| letter.right);
            rights.fold(0.0, f32::max)
        };
        lines
    }

    /// Where one is when nothing says beside which letter: behind what was written last, unless the row goes on with
    /// the next after a space.
    pub(in crate::theme) fn rest(&self, at: usize) -> Caret {
        let went_over = self.rows.windows(2).any(|rows| {
            rows[0].goes_on && rows[1].chars.start == at && rows[0].last_read().is_some_and(|last| last.blank)
        });
        Caret {
            at,
            to_next: went_over || at == 0,
        }
    }

    /// Where a caret is seen.
    pub(in crate::theme) fn spot(&self, caret: Caret) -> Spot {
        let row = self.row_of(caret);
        let Some(line) = self.rows.get(row) else {
            return Spot {
                row,
                between: 0,
                x: 0.0,
            };
        };
        let at = caret.at;
        let next = || {
            let next = line.letters.iter().position(|letter| letter.chars.start == at);
            next.map(|letter| (letter, true))
        };
        let before = || {
            let holds = |letter: &Letter| letter.chars.start < at && at <= letter.chars.end;
            let before = line.letters.iter().position(holds);
            before.map(|letter| (letter, false))
        };
        let beside = if caret.to_next {
            next().or_else(before)
        } else {
            before().or_else(next)
        };
        let Some((letter, at_its_start)) = beside else {
            return Spot {
                row,
                between: 0,
                x: line.begin,
            };
        };
        let (between, letter) = (letter, &line.letters[letter]);
        if letter.from_right == at_its_start {
            Spot {
                row,
                between: between + 1,
                x: letter.right,
            }
        } else {
            Spot {
                row,
                between,
                x: letter.left,
            }
        }
    }

    fn row_of(&self, caret: Caret) -> usize {
        let holds = |row: &Row| row.chars.start <= caret.at && caret.at <= row.chars.end;
        let row = self.rows.iter().position(holds);
        let row = row.unwrap_or(self.rows.len().saturating_sub(1));
        let over = self
            .rows
            .get(row)
            .is_some_and(|line| line.goes_on && caret.at == line.chars.end);
        row + usize::from(over && caret.to_next)
    }

    /// The caret that a press there means.
    pub(in crate::theme) fn hit(&self, row: usize, x: f32) -> Caret {
        let Some(row) = self.rows.get(row) else {
            return Caret { at: 0, to_next: true };
        };
        let letter = row.letters.iter().find(|letter| x < letter.right);
        match letter.or(row.letters.last()) {
            Some(letter) => letter.edge(x > (letter.left + letter.right) / 2.0),
            None => Caret {
                at: row.chars.start,
                to_next: true,
            },
        }
    }

    /// How many letters are left of where a row ends.
    fn end_of(&self, row: &Row) -> usize {
        if self.from_right { 0 } else { row.letters.len() }
    }

    /// Where a row begins, as it is seen.
    fn begin(&self, row: usize) -> Option<Caret> {
        let row = self.rows.get(row)?;
        let letter = if self.from_right {
            row.letters.last()
        } else {
            row.letters.first()
        };
        Some(letter.map_or(
            Caret {
                at: row.chars.start,
                to_next: true,
            },
            |letter| letter.edge(self.from_right),
        ))
    }

    /// One letter on to a side, as it is seen; over the edge into the row that is read there.
    pub(in crate::theme) fn step(&self, caret: Caret, right: bool) -> Caret {
        let forward = right != self.from_right;
        let Spot {
            mut row, mut between, ..
        } = self.spot(caret);
        let mut from = caret;
        // The end of a row that goes on is where the next begins.
        if let Some(line) = self.rows.get(row)
            && line.goes_on
            && between == self.end_of(line)
            && let Some(begin) = self.begin(row + 1)
        {
            from = begin;
            row += 1;
            between = self.rows[row].letters.len() - self.end_of(&self.rows[row]);
        }
        let Some(line) = self.rows.get(row) else {
            return from;
        };
        let over = |line: &Row, between: usize| {
            let letter = if right {
                Some(between)
            } else {
                between.checked_sub(1)
            };
            letter
                .and_then(|letter| line.letters.get(letter))
                .map(|letter| letter.edge(right))
        };
        match over(line, between) {
            Some(to) => {
                let now = if right { between + 1 } else { between - 1 };
                let goes_over = forward && line.goes_on && now == self.end_of(line);
                goes_over.then(|| self.begin(row + 1)).flatten().unwrap_or(to)
            }
            None if forward => self.begin(row + 1).unwrap_or(from),
            None => {
                let Some(before) = row.checked_sub(1).and_then(|row| self.rows.get(row)) else {
                    return from;
                };
                let end = self.end_of(before);
                if before.goes_on {
                    return over(before, end).unwrap_or(from);
                }
                let last = if self.from_right {
                    before.letters.first()
                } else {
                    before.letters.last()
                };
                last.map_or(
                    Caret {
                        at: before.chars.start,
                        to_next: true,
                    },
                    |letter| letter.edge(!self.from_right),
                )
            }
        }
    }

    /// The row above or below at `x`; from the first and the last row the ends of the text.
    pub(in crate::theme) fn climb(&self, caret: Caret, down: bool, x: f32) -> Caret {
        let row = self.row_of(caret);
        if down && row + 1 < self.rows.len() {
            self.hit(row + 1, x)
        } else if down {
            self.end(caret, true)
        } else if row > 0 {
            self.hit(row - 1, x)
        } else {
            self.home(caret, true)
        }
    }

    /// Where the row begins to be read, or the text.
    pub(in crate::theme) fn home(&self, caret: Caret, of_text: bool) -> Caret {
        let row = if of_text { 0 } else { self.row_of(caret) };
        Caret {
            at: self.rows.get(row).map_or(0, |row| row.chars.start),
            to_next: true,
        }
    }

    /// Where the row, or the text, has been read.
    pub(in crate::theme) fn end(&self, caret: Caret, of_text: bool) -> Caret {
        let row = if of_text {
            self.rows.len().saturating_sub(1)
        } else {
            self.row_of(caret)
        };
        Caret {
            at: self.rows.get(row).map_or(0, |row| row.chars.end),
            to_next: false,
        }
    }

    /// Which of the two is farther to a side.
    pub(in crate::theme) fn outer(&self, a: Caret, b: Caret, right: bool) -> Caret {
        let (spot_a, spot_b) = (self.spot(a), self.spot(b));
        let b_is_right = if spot_a.row == spot_b.row {
            spot_b.x > spot_a.x
        } else {
            (spot_b.row > spot_a.row) != self.from_right
        };
        if b_is_right == right { b } else { a }
    }

    /// What is to be lit behind the letters of a part of the text: row, left, right.
    pub(in crate::theme) fn lit(&self, chars: Range<usize>) -> Vec<(usize, f32, f32)> {
        let mut lit: Vec<(usize, f32, f32)> = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            for letter in &row.letters {
                if letter.chars.start >= chars.end || letter.chars.end <= chars.start {
                    continue;
                }
                match lit.last_mut() {
                    Some((row, _, right)) if *row == at && letter.left - *right < 1.0 => {
                        *right = letter.right
                    }
                    _ => lit.push((at, letter.left, letter.right)),
                }
            }
        }
        lit
    }
}

/// How many characters of a text are before the end of each letter with its marks.
pub(in crate::theme) fn letter_ends(text: &str) -> impl Iterator<Item = usize> {
    text.graphemes(true).scan(0, |end, letter| {
        *end += letter.chars().count();
        Some(*end)
    })
}

/// Where the letter with its marks ends that follows a character.
pub(in crate::theme) fn letter_after(text: &str, at: usize) -> usize {
    letter_ends(text).find(|end| *end > at).unwrap_or(at)
}

/// Where the letter with its marks begins that is before a character.
pub(in crate::theme) fn letter_before(text: &str, at: usize) -> usize {
    letter_ends(text).take_while(|end| *end < at).last().unwrap_or(0)
}

/// Where the next word ends, or the one before begins.
pub(in crate::theme) fn word(text: &str, at: usize, forward: bool) -> usize {
    let mut end = 0;
    let words: Vec<Range<usize>> = text
        .split_word_bounds()
        .filter_map(|word| {
            let start = end;
            end += word.chars().count();
            word.contains(char::is_alphanumeric).then_some(start..end)
        })
        .collect();
    if forward {
        words
            .iter()
            .map(|word| word.end)
            .find(|end| *end > at)
            .unwrap_or(end)
    } else {
        words
            .iter()
            .rev()
            .map(|word| word.start)
            .find(|start| *start < at)
            .unwrap_or(0)
    }
}

/// How far each letter of a word from right to left reaches, from the right: the shaper gives fewer pictures than
/// letters where it joins several in one, and says of each which character it begins with. `pictures` are in the order
/// of reading: that character, and how wide it is; marks are none.
pub(in crate::theme) fn reaches(word: &str, pictures: &[(char, f32)]) -> Vec<f32> {
    let letters: Vec<&str> = word.graphemes(true).collect();
    // Each picture with the letters it is of.
    let mut shared: Vec<(usize, f32)> = Vec::new();
    let mut left = pictures.iter().peekable();
    let mut before = None;
    for (at, letter) in letters.iter().enumerate() {
        let first = letter.chars().next();
        let joined = before == Some('ل')
            && first.is_some_and(|c| "اأإآٱ".contains(c))
            && left.len() < letters.len() - at;
        match left.next_if(|(c, _)| Some(*c) == first && !joined) {
            Some((_, width)) => shared.push((1, *width)),
            None => match shared.last_mut() {
                Some((count, _)) => *count += 1,
                None => shared.push((1, 0.0)),
            },
        }
        before = first;
    }
    // Whatever is left belongs to the end: the word is as wide as its pictures.
    let rest: f32 = left.map(|(_, width)| width).sum();
    if let Some((_, width)) = shared.last_mut() {
        *width += rest;
    }
    let mut reach = 0.0;
    let mut reaches = Vec::with_capacity(letters.len());
    for (count, width) in shared {
        for part in 1..=count {
            reaches.push(reach + width * part as f32 / count as f32);
        }
        reach += width;
    }
    reaches
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;

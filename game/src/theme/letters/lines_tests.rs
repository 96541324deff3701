//! Where one writes, on rows whose letters are all 10 points wide.

#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use proptest::prelude::*;

fn ten(text: &str, _: bool) -> Vec<f32> {
    (1..=text.graphemes(true).count())
        .map(|count| count as f32 * 10.0)
        .collect()
}

fn set(text: &str, from_right: bool, room: f32) -> Lines {
    let how = Setting {
        from_right,
        at_right: from_right,
        room,
        pixel: 1.0,
    };
    Lines::set(text, &how, &mut ten)
}

fn line(text: &str, from_right: bool) -> Lines {
    set(text, from_right, f32::INFINITY)
}

/// The letters as they are seen.
fn seen(lines: &Lines, text: &str, row: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let letters = lines.rows[row].letters.iter();
    letters
        .flat_map(|letter| chars[letter.chars.clone()].iter())
        .collect()
}

fn x(lines: &Lines, at: usize) -> f32 {
    lines.spot(lines.rest(at)).x
}

/// Where each of so many presses leads, from a caret.
fn walk(lines: &Lines, from: Caret, right: bool, steps: usize) -> Vec<(usize, f32)> {
    let mut caret = from;
    (0..steps)
        .map(|_| {
            caret = lines.step(caret, right);
            (caret.at, lines.spot(caret).x)
        })
        .collect()
}

#[test]
fn the_next_arabic_letter_goes_to_the_left() {
    let lines = line("سلام", true);
    assert_eq!(seen(&lines, "سلام", 0), "مالس");
    let places: Vec<f32> = (0..=4).map(|at| x(&lines, at)).collect();
    assert_eq!(places, [40.0, 30.0, 20.0, 10.0, 0.0]);
}

#[test]
fn in_a_mixed_line_one_writes_on_where_one_wrote_last() {
    let text = "abc سلام";
    let lines = line(text, false);
    assert_eq!(seen(&lines, text, 0), "abc مالس");
    assert_eq!(x(&lines, 3), 30.0);
    assert_eq!(x(&lines, 5), 70.0, "left of the first Arabic letter");
    assert_eq!(x(&lines, 8), 40.0, "behind the last");
    // A number in an Arabic line is read from left to right.
    let text = "سعر 12 ب";
    let lines = line(text, true);
    assert_eq!(seen(&lines, text, 0), "ب 12 رعس");
    assert_eq!((x(&lines, 5), x(&lines, 6)), (30.0, 40.0));
}

#[test]
fn digits_beside_arabic_letters_keep_their_order() {
    for text in ["غرفة12", "غرفة١٢"] {
        let lines = line(text, true);
        assert!(seen(&lines, text, 0).ends_with("ةفرغ"));
        let digits: String = text.chars().skip(4).collect();
        assert!(seen(&lines, text, 0).starts_with(&digits));
    }
}

#[test]
fn arrows_go_one_letter_to_their_side_whichever_way_it_is_read() {
    let text = "ab سل c";
    let lines = line(text, false);
    assert_eq!(seen(&lines, text, 0), "ab لس c");
    let from = Caret { at: 0, to_next: true };
    let places: Vec<f32> = walk(&lines, from, true, 8).iter().map(|(_, x)| *x).collect();
    assert_eq!(places, [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 70.0]);
    let numbers: Vec<usize> = walk(&lines, from, true, 7).iter().map(|(at, _)| *at).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 3, 6, 7]);
}

#[test]
fn a_press_writes_where_it_was() {
    let text = "ab سل";
    let lines = line(text, false);
    assert_eq!(lines.hit(0, 38.0), Caret { at: 4, to_next: true });
    assert_eq!(lines.spot(lines.hit(0, 38.0)).x, 40.0);
    assert_eq!(
        lines.hit(0, 900.0).at,
        3,
        "the first Arabic letter is at the right edge"
    );
    assert_eq!(lines.hit(0, -5.0).at, 0);
    assert_eq!(line("", true).hit(0, 3.0).at, 0);
}

#[test]
fn what_is_selected_is_lit_and_nothing_else() {
    let text = "ab سلام c";
    let lines = line(text, false);
    assert_eq!(seen(&lines, text, 0), "ab مالس c");
    assert_eq!(lines.lit(1..5), [(0, 10.0, 30.0), (0, 50.0, 70.0)]);
    assert_eq!(lines.lit(3..7), [(0, 30.0, 70.0)]);
    assert!(lines.lit(2..2).is_empty());
    assert_eq!(
        lines
            .outer(
                Caret { at: 3, to_next: true },
                Caret {
                    at: 7,
                    to_next: false
                },
                true
            )
            .at,
        3,
        "the Arabic word begins at its right"
    );
}

#[test]
fn long_lines_go_on_in_the_next_row_after_a_space() {
    let text = "سلام عليكم يا";
    let lines = set(text, true, 60.0);
    let rows: Vec<Range<usize>> = lines.rows.iter().map(|row| row.chars.clone()).collect();
    assert_eq!(rows, [0..5, 5..11, 11..13]);
    assert_eq!(
        lines.rows[0].letters.last().unwrap().right,
        60.0,
        "at the right edge"
    );
    // The space hangs over the end or fits; what follows it begins the next row.
    assert_eq!(lines.rest(5), Caret { at: 5, to_next: true });
    assert_eq!(
        lines.spot(lines.rest(5)),
        Spot {
            row: 1,
            between: 6,
            x: 60.0
        }
    );
    // A word that is longer than the row is broken; nothing is lost.
    let lines = set("abcdefgh", false, 35.0);
    let rows: Vec<Range<usize>> = lines.rows.iter().map(|row| row.chars.clone()).collect();
    assert_eq!(rows, [0..3, 3..6, 6..8]);
    // Japanese has no spaces, and no comma begins a row.
    let lines = set("あいう、えお", false, 30.0);
    let rows: Vec<Range<usize>> = lines.rows.iter().map(|row| row.chars.clone()).collect();
    assert_eq!(rows, [0..2, 2..5, 5..6]);
}

#[test]
fn arrows_go_through_all_rows_and_back() {
    let lines = set("one two", false, 40.0);
    let walked = walk(&lines, Caret { at: 0, to_next: true }, true, 7);
    assert_eq!(
        walked.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6, 7]
    );
    let back = walk(
        &lines,
        Caret {
            at: 7,
            to_next: false,
        },
        false,
        7,
    );
    assert_eq!(
        back.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
        [6, 5, 4, 3, 2, 1, 0]
    );
    let lines = set("سل ام", true, 30.0);
    let walked = walk(&lines, Caret { at: 0, to_next: true }, false, 5);
    assert_eq!(
        walked.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    let up = lines.climb(
        Caret {
            at: 5,
            to_next: false,
        },
        false,
        0.0,
    );
    assert_eq!(lines.row_of(up), 0);
    assert_eq!(lines.home(Caret { at: 4, to_next: true }, false).at, 3);
    assert_eq!(lines.end(Caret { at: 1, to_next: true }, false).at, 3);
}

#[test]
fn a_letter_with_its_marks_is_one() {
    let family = "👨\u{200D}👩\u{200D}👧";
    for letter in [family, "بّ", "é", "🇯🇵", "👍🏽"] {
        let text = format!("a{letter}b");
        let count = letter.chars().count();
        assert_eq!(letter_before(&text, 1 + count), 1, "{letter}");
        assert_eq!(letter_after(&text, 1), 1 + count, "{letter}");
        let lines = line(&text, false);
        let walked = walk(&lines, Caret { at: 0, to_next: true }, true, 2);
        assert_eq!(walked.last().unwrap().1, 20.0, "{letter}");
    }
    assert_eq!((letter_before("", 0), letter_after("", 0)), (0, 0));
}

#[test]
fn words_are_jumped_over() {
    assert_eq!(word("two words, here", 0, true), 3);
    assert_eq!(word("two words, here", 3, true), 9);
    assert_eq!(word("two words, here", 15, false), 11);
    assert_eq!(word("سلام عليكم", 10, false), 5);
    assert_eq!(word("  ", 1, true), 2);
}

#[test]
fn joined_letters_share_one_picture() {
    // lam and alef are one picture, in front of another alef.
    assert_eq!(reaches("لاا", &[('ل', 8.0), ('ا', 3.0)]), [4.0, 8.0, 11.0]);
    assert_eq!(reaches("بت", &[('ب', 5.0), ('ت', 6.0)]), [5.0, 11.0]);
    assert_eq!(reaches("الله", &[('ا', 3.0), ('ل', 9.0)]), [3.0, 6.0, 9.0, 12.0]);
    // Pictures that nobody expects make the last letter wider.
    assert_eq!(reaches("ب", &[('x', 5.0), ('y', 6.0)]), [11.0]);
    assert_eq!(reaches("", &[]), [0.0; 0]);
}

proptest! {
    #[test]
    fn every_letter_stands_once_and_every_walk_ends(
        text in "[ابلدا12١٢abc ().،؟\u{64e}\u{200d}\u{2067}\u{2069}\u{202e}\u{2029}🔥世、\n]{0,40}",
        from_right: bool,
        wide in 20.0f32..200.0,
        broken: bool,
    ) {
        let lines = set(&text, from_right, if broken { wide } else { f32::INFINITY });
        let mut met: Vec<usize> = lines
            .rows
            .iter()
            .flat_map(|row| &row.letters)
            .flat_map(|letter| letter.chars.clone())
            .collect();
        met.sort_unstable();
        let written: Vec<usize> = text.chars().enumerate().filter(|(_, c)| *c != '\n').map(|(at, _)| at).collect();
        prop_assert_eq!(met, written);
        for row in &lines.rows {
            for pair in row.letters.windows(2) {
                prop_assert!(pair[1].left >= pair[0].right - 0.01, "letters lie on each other");
            }
        }
        // From either end to the other, each place once.
        let most = text.chars().count() + lines.rows.len() + 1;
        let starts = [Caret { at: 0, to_next: true }, Caret { at: text.chars().count(), to_next: false }];
        for (start, right) in starts.iter().flat_map(|start| [(*start, true), (*start, false)]) {
            let mut caret = start;
            for _ in 0..=most {
                caret = lines.step(caret, right);
            }
            prop_assert_eq!(lines.step(caret, right), caret, "a walk that never ends");
        }
        // A press where a caret is seen means a place that is seen there.
        for at in 0..=text.chars().count() {
            let spot = lines.spot(lines.rest(at));
            let pressed = lines.spot(lines.hit(spot.row, spot.x));
            prop_assert!((pressed.x - spot.x).abs() < 0.01, "{spot:?} {pressed:?}");
        }
    }

    #[test]
    fn a_step_back_undoes_a_step(
        text in "[ابلدa-c12 ()🔥]{1,30}",
        from_right: bool,
        x in 0.0f32..300.0,
    ) {
        let lines = line(&text, from_right);
        let caret = lines.hit(0, x);
        for right in [true, false] {
            let there = lines.step(caret, right);
            let (from, to) = (lines.spot(caret).x, lines.spot(there).x);
            if there != caret && from != to {
                prop_assert!((to > from) == right);
                let back = lines.spot(lines.step(there, !right));
                prop_assert!((back.x - from).abs() < 0.01);
            }
        }
    }
}

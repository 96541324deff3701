//! Source text with comments and strings blanked, so that a rule about code is not broken by a sentence.

/// The same lines and columns (in bytes of ASCII), with spaces where comments, strings and characters were.
pub(super) fn bare(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut bare = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => block_end(bytes, at),
            b'"' => string_end(bytes, at),
            b'r' if !continues_word(bytes, at) => match raw_string_end(bytes, at + 1) {
                Some(end) => end,
                None => {
                    at += 1;
                    continue;
                }
            },
            b'\'' => match character_end(bytes, at) {
                Some(end) => end,
                None => {
                    at += 1; // a lifetime
                    continue;
                }
            },
            _ => {
                at += 1;
                continue;
            }
        };
        for byte in &mut bare[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    // Only whole comments and strings were replaced, each byte by ASCII: what is left is still UTF-8.
    String::from_utf8_lossy(&bare).into_owned()
}

/// The lines before the first `#[cfg(test)]` module: tests have rules of their own.
pub(super) fn without_tests(bare: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines: Vec<&str> = bare.lines().collect();
    let end = lines
        .iter()
        .position(|line| line.trim() == "#[cfg(test)]")
        .filter(|at| {
            lines[*at..]
                .iter()
                .skip(1)
                .find(|line| !line.trim_start().starts_with('#'))
                .is_some_and(|line| line.contains("mod "))
        })
        .unwrap_or(lines.len());
    lines
        .into_iter()
        .take(end)
        .enumerate()
        .map(|(at, line)| (at + 1, line))
}

fn continues_word(bytes: &[u8], at: usize) -> bool {
    // `br"…"` is a raw string too; any other letter before the `r` makes it the end of a word.
    let before = |back: usize| at.checked_sub(back).map(|i| bytes[i]);
    let word = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let prefix = matches!(before(1), Some(b'b' | b'c')) && !word(before(2));
    word(before(1)) && !prefix
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |length| at + length)
}

fn block_end(bytes: &[u8], at: usize) -> usize {
    let (mut depth, mut i) = (0usize, at);
    while i < bytes.len() {
        match &bytes[i..(i + 2).min(bytes.len())] {
            b"/*" => (depth, i) = (depth + 1, i + 2),
            b"*/" => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut i = at + 1;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => i += 2,
            b'"' => return i + 1,
            _ => i += 1,
        }
    }
    bytes.len()
}

/// `at` is behind the `r`.
fn raw_string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let hashes = bytes[at..].iter().take_while(|byte| **byte == b'#').count();
    if bytes.get(at + hashes) != Some(&b'"') {
        return None;
    }
    let mut close = vec![b'"'];
    close.extend(std::iter::repeat_n(b'#', hashes));
    let start = at + hashes + 1;
    let length = bytes[start..]
        .windows(close.len())
        .position(|window| window == close);
    Some(length.map_or(bytes.len(), |length| start + length + close.len()))
}

/// `'a'`, `'\n'` and `'é'`, but not the lifetime `'a`.
fn character_end(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at + 1) == Some(&b'\\') {
        let length = bytes[at + 3..].iter().take(12).position(|byte| *byte == b'\'')?;
        return Some(at + 3 + length + 1);
    }
    let width = match bytes.get(at + 1)? {
        0..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    (bytes.get(at + 1 + width) == Some(&b'\'')).then_some(at + 2 + width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_are_blank_and_code_stays_in_its_place() {
        let text = "let a = \"Instant::now\"; // sleep\n/* x /* y */ z */ let b = 'c'; let d: &'static str = r#\"e\"f\"#;\n";
        let bare = bare(text);
        assert_eq!(bare.lines().count(), 2);
        assert!(!bare.contains("Instant") && !bare.contains("sleep"), "{bare}");
        assert!(
            !bare.contains('x') && !bare.contains('z') && !bare.contains("e\"f"),
            "{bare}"
        );
        assert!(
            bare.contains("let b =") && bare.contains("&'static str"),
            "{bare}"
        );
        assert_eq!(bare.find("let b"), text.find("let b"));
    }

    #[test]
    fn a_word_that_ends_in_r_is_no_raw_string_and_an_escaped_quote_ends_nothing() {
        assert!(bare("for x in four { }").contains("four"));
        assert!(!bare(r#"let a = "\" sleep";"#).contains("sleep"));
        assert!(!bare(r##"let a = br#"sleep"#;"##).contains("sleep"));
        assert!(!bare(r"let a = '\''; let b = '\u{1f600}';").contains("1f600"));
    }

    #[test]
    fn tests_at_the_end_of_a_file_are_cut() {
        let text = "fn a() {}\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n    sleep();\n}\n";
        assert_eq!(without_tests(text).collect::<Vec<_>>(), [(1, "fn a() {}")]);
        let text = "#[cfg(test)]\nuse x;\nfn a() {}\n";
        assert_eq!(without_tests(text).count(), 3);
    }
}

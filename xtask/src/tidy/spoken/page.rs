//! What the page around the client shows: strings that its scripts put there, and what its markup says itself.
//!
//! Invariant: a script is read as far as needed to tell its strings from comments and patterns, and no further.

/// Properties that are shown or read aloud.
const PROPERTIES: &[&str] = &[
    "alt",
    "ariaDescription",
    "ariaLabel",
    "innerHTML",
    "innerText",
    "outerHTML",
    "placeholder",
    "textContent",
    "title",
];

/// Attributes that are.
const ATTRIBUTES: &[&str] = &["alt", "aria-description", "aria-label", "placeholder", "title"];

/// Functions that show their arguments.
const CALLS: &[&str] = &[
    "Text",
    "alert",
    "append",
    "confirm",
    "createTextNode",
    "prepend",
    "progress",
    "prompt",
    "replaceWith",
];

/// The strings that a file of the page shows, and their lines.
pub(super) fn shown(path: &str, text: &str) -> Vec<(usize, String)> {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => script(text),
        Some("html") => markup(text),
        _ => Vec::new(),
    }
}

/// A piece of a script.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Word(String),
    /// What stands between quotes; of a template what stands outside of `${…}`.
    Text(String),
    Sign(char),
}

fn script(text: &str) -> Vec<(usize, String)> {
    let pieces = pieces(text);
    let piece = |at: usize| pieces.get(at).map(|(_, piece)| piece);
    let is = |at: usize, sign: char| piece(at) == Some(&Piece::Sign(sign));
    let mut found = Vec::new();
    for (at, (_, here)) in pieces.iter().enumerate() {
        let Piece::Word(word) = here else { continue };
        let word = word.as_str();
        let assigned = (is(at + 1, '=') && !is(at + 2, '=')) || is(at + 1, ':');
        if PROPERTIES.contains(&word) && assigned {
            found.extend(values(&pieces, at + 2, false));
        } else if CALLS.contains(&word) && is(at + 1, '(') {
            found.extend(values(&pieces, at + 2, true));
        } else if word == "setAttribute" && is(at + 1, '(') {
            let read =
                matches!(piece(at + 2), Some(Piece::Text(name)) if ATTRIBUTES.contains(&name.as_str()));
            if read {
                found.extend(values(&pieces, at + 4, false));
            }
        }
    }
    found
}

/// The strings that are the value from here on, or a branch of it; `all`: every value up to the closing bracket.
fn values(pieces: &[(usize, Piece)], from: usize, all: bool) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    // For each open bracket, whether what stands in it is shown: not the arguments of a call, nor an index.
    let mut open = vec![true];
    for (at, (line, piece)) in pieces.iter().enumerate().skip(from) {
        match piece {
            Piece::Sign('(' | '[' | '{') => {
                let follows_value = matches!(
                    &pieces[at - 1].1,
                    Piece::Word(_) | Piece::Text(_) | Piece::Sign(')' | ']')
                );
                open.push(open.last() == Some(&true) && !follows_value);
            }
            Piece::Sign(')' | ']' | '}') => {
                open.pop();
            }
            Piece::Sign(';') if open.len() == 1 => break,
            Piece::Sign(',') if open.len() == 1 && !all => break,
            Piece::Text(text) if open.last() == Some(&true) => found.push((*line, text.clone())),
            _ => {}
        }
        if open.is_empty() {
            break;
        }
    }
    found
}

fn pieces(text: &str) -> Vec<(usize, Piece)> {
    let chars: Vec<char> = text.chars().collect();
    let mut found: Vec<(usize, Piece)> = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let here = chars[at];
        let next = chars.get(at + 1).copied();
        let begun = at;
        let piece = match here {
            '/' if next == Some('/') => {
                at = position(&chars, at, |rest| rest[0] == '\n');
                None
            }
            '/' if next == Some('*') => {
                at = position(&chars, at + 2, |rest| rest.starts_with(&['*', '/'])) + 2;
                None
            }
            '/' if begins_pattern(found.last().map(|(_, piece)| piece)) => {
                at = pattern_end(&chars, at + 1);
                None
            }
            '"' | '\'' | '`' => {
                let (text, end) = quoted(&chars, at);
                at = end;
                Some(Piece::Text(text))
            }
            _ if here.is_alphanumeric() || here == '_' || here == '$' => {
                at = position(&chars, at, |rest| {
                    !(rest[0].is_alphanumeric() || rest[0] == '_' || rest[0] == '$')
                });
                Some(Piece::Word(chars[begun..at].iter().collect()))
            }
            _ => {
                at += 1;
                (!here.is_whitespace()).then_some(Piece::Sign(here))
            }
        };
        at = at.min(chars.len());
        found.extend(piece.map(|piece| (line, piece)));
        line += chars[begun..at].iter().filter(|c| **c == '\n').count();
    }
    found
}

/// The first place from here on where this is so, or the end.
fn position(chars: &[char], from: usize, is: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len())
        .find(|at| is(&chars[*at..]))
        .unwrap_or(chars.len())
}

/// A stroke behind a value divides; elsewhere it begins a pattern.
fn begins_pattern(before: Option<&Piece>) -> bool {
    match before {
        Some(Piece::Word(word)) => word == "return",
        Some(Piece::Text(_) | Piece::Sign(')' | ']' | '}')) => false,
        _ => true,
    }
}

/// Behind the pattern that began before `at`: a stroke in a class of letters does not end it.
fn pattern_end(chars: &[char], mut at: usize) -> usize {
    let mut class = false;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 1,
            '[' => class = true,
            ']' => class = false,
            '/' if !class => return at + 1,
            _ => {}
        }
        at += 1;
    }
    at
}

/// What stands between the quote at `at` and the next of its kind, and where that ends. `${…}` of a template is left out,
/// with the templates in it.
fn quoted(chars: &[char], at: usize) -> (String, usize) {
    let quote = chars[at];
    let mut text = String::new();
    let mut i = at + 1;
    while i < chars.len() && chars[i] != quote {
        match chars[i] {
            '\\' => i += 2,
            '$' if quote == '`' && chars.get(i + 1) == Some(&'{') => {
                let mut depth = 1;
                i += 2;
                while i < chars.len() && depth > 0 {
                    match chars[i] {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        '"' | '\'' | '`' => i = quoted(chars, i).1 - 1,
                        _ => {}
                    }
                    i += 1;
                }
                text.push(' ');
            }
            c => {
                text.push(c);
                i += 1;
            }
        }
    }
    (text, (i + 1).min(chars.len()))
}

/// Words between tags, and attributes that are read. What `<meta>` says is for programs that preview links: they know
/// no language of whoever reads it.
fn markup(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (text, 1);
    let count = |text: &str| text.matches('\n').count();
    while !rest.is_empty() {
        let (said, behind) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        let said_line = line + count(&said[..said.len() - said.trim_start().len()]);
        found.push((said_line, without_entities(said.trim())));
        line += count(said);
        let end = if behind.starts_with("<!--") { "-->" } else { ">" };
        let (tag, after) = behind.split_at(behind.find(end).map_or(behind.len(), |at| at + end.len()));
        if end == ">" {
            for name in ATTRIBUTES {
                let value = tag.split_once(&format!(" {name}=\"")).map(|(_, value)| value);
                let value = value.and_then(|value| value.split('"').next());
                found.extend(value.map(|value| (line, value.to_owned())));
            }
        }
        line += count(tag);
        rest = after;
    }
    found
}

/// `&nbsp;` and its like are signs.
fn without_entities(said: &str) -> String {
    let mut parts = said.split('&');
    let mut left = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        left.push_str(part.split_once(';').map_or(part, |(_, behind)| behind));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::super::check;

    fn found(file: &str, text: &str) -> Vec<usize> {
        check(&format!("game/web/{file}"), text)
            .iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn a_sentence_that_a_script_shows_is_found() {
        for script in [
            "a.textContent = \"Come in\";",
            "a.textContent = `Come in, ${name}`;",
            "a.title = full ? \"Full\" : say(\"page-here\")",
            "document.title = (world ?? 'A world');",
            "Object.assign(a, { id: \"x y\", textContent: \"Come in\" });",
            "a.setAttribute(\"aria-label\", \"Come in\");",
            "progress(0.5, \"Almost there\");",
            "row.append(\"Come in\", key);",
            "a.innerText = /[\"/]/.test(b) ? 'Quoted' : \"\";",
        ] {
            assert_eq!(found("a.js", script), [1], "{script}");
        }
        assert_eq!(found("a.js", "// \"One\n/* \"two\n*/\na.alt = \"Three\";\n"), [4]);
    }

    #[test]
    fn words_of_the_tables_patterns_and_what_nobody_sees_are_not() {
        for script in [
            "a.textContent = say(\"page-join\");",
            "a.textContent = `${name} · Holm`;",
            "document.title = `${say(`page of ${name}`)}`;",
            "fail(\"page-broken\", \"no module came\");",
            "a.className = \"quite quiet\";",
            "if (a.title === \"Come in\") b();",
            "a.setAttribute(\"role\", \"alert dialog\");",
            "const secs = bytes / 1000; // a.alt = \"Come in\"",
            "const word = /(\"a b\")/.exec(text); a.alt = name;",
        ] {
            assert_eq!(found("a.js", script), [0; 0], "{script}");
        }
        assert_eq!(found("a.css", "a { content: \"Come in\" }"), [0; 0]);
    }

    #[test]
    fn a_sentence_in_the_markup_is_found_and_its_own_name_is_not() {
        assert_eq!(found("a.html", "<p>\n  Come in\n</p>"), [2]);
        assert_eq!(found("a.html", "<img\n alt=\"A harbour\">"), [1]);
        assert_eq!(
            found(
                "a.html",
                "<!-- Come in --><title>Holm</title><p>{{noscript}} &nbsp;</p><img alt=\"\">"
            ),
            [0; 0]
        );
        assert_eq!(
            found("a.html", "<meta name=\"description\" content=\"Come in\">"),
            [0; 0]
        );
    }
}

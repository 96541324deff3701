//! Links in a line: found, shown whole, taken apart so that a person sees where one leads before anything opens.
//!
//! Flow: [`find`] → underlined in the line → a click → [`Address::read`] → a confirmation that shows every character, the
//! host lit up, and each [`Doubt`] in words → only then the platform opens [`Address::open`].
//! Invariant: what is opened is what was shown: nothing here shortens, decodes or completes an address in silence.

use std::net::Ipv6Addr;
use std::ops::Range;

/// Where links stand in a text. Only `http://` and `https://`: others start programs.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = next_scheme(text, from) {
        let stop = text[at..]
            .find(|c: char| c.is_whitespace() || c.is_control() || "<>\"`{}|\\^".contains(c))
            .map_or(text.len(), |end| at + end);
        let end = at + without_tail(&text[at..stop]).len();
        if Address::read(&text[at..end]).is_some() {
            found.push(at..end);
        }
        from = stop.max(at + 4);
    }
    found
}

fn next_scheme(text: &str, from: usize) -> Option<usize> {
    text.get(from..)?
        .char_indices()
        .map(|(at, _)| from + at)
        .find(|at| scheme(&text[*at..]).is_some())
}

/// Length of the scheme with its slashes, and whether it is the encrypted one.
fn scheme(text: &str) -> Option<(usize, bool)> {
    let starts = |with: &str| {
        text.get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    if starts("https://") {
        Some((8, true))
    } else if starts("http://") {
        Some((7, false))
    } else {
        None
    }
}

/// Without the full stop, comma or closing bracket of the sentence around it.
fn without_tail(link: &str) -> &str {
    let mut link = link;
    while let Some(last) = link.chars().next_back() {
        let closes = |open: char, close: char| {
            last == close && link.matches(close).count() > link.matches(open).count()
        };
        let tail = ".,;:!?'…。、，！？".contains(last)
            || closes('(', ')')
            || closes('[', ']')
            || closes('（', '）')
            || closes('「', '」')
            || closes('«', '»');
        if !tail {
            break;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
    link
}

/// Why an address deserves a second look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// What stands before the `@` looks like the host and is not.
    NameInFront(String),
    /// The host is written with letters that can look like others; this is how the network writes it.
    OtherLetters { network: String },
    /// The host is written as the network does it; this is how it would look.
    Disguised { looks: String },
    /// Letters of several alphabets in one word.
    MixedLetters,
    /// A number instead of a name.
    Number,
    /// Not encrypted: everybody on the way reads and changes it.
    Open,
}

/// An address, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// All of it, as it was written.
    pub whole: String,
    /// The host in it.
    pub host: Range<usize>,
    pub doubts: Vec<Doubt>,
}

impl Address {
    /// `None` for what is no address with a host.
    pub fn read(whole: &str) -> Option<Self> {
        let (scheme_len, encrypted) = scheme(whole)?;
        if whole
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>\"`{}|\\^".contains(c))
        {
            return None;
        }
        let rest = &whole[scheme_len..];
        let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
        let mut doubts = Vec::new();
        let mut begin = scheme_len;
        // Browsers take the last one.
        if let Some(at) = authority.rfind('@') {
            doubts.push(Doubt::NameInFront(authority[..at].to_owned()));
            begin += at + 1;
        }
        let host_port = &whole[begin..scheme_len + authority.len()];
        let host = host_of(host_port)?;
        let plain = host.trim_end_matches('.');
        if plain.starts_with('[') || is_number(plain) {
            doubts.push(Doubt::Number);
        } else {
            let network = to_network(plain)?;
            if !plain.is_ascii() {
                doubts.push(Doubt::OtherLetters {
                    network: network.clone(),
                });
                if plain.split('.').any(mixes_alphabets) {
                    doubts.push(Doubt::MixedLetters);
                }
            } else if let Some(looks) = disguised(&network) {
                if looks.split('.').any(mixes_alphabets) {
                    doubts.push(Doubt::MixedLetters);
                }
                doubts.push(Doubt::Disguised { looks });
            }
        }
        if !encrypted {
            doubts.push(Doubt::Open);
        }
        Some(Self {
            whole: whole.to_owned(),
            host: begin..begin + host.len(),
            doubts,
        })
    }

    /// What is handed to the system: the same, with the host as the network writes it, so that nobody between here and
    /// there reads it in another way.
    pub fn open(&self) -> Option<String> {
        let host = &self.whole[self.host.clone()];
        let network = if host.starts_with('[') {
            host.to_owned()
        } else {
            to_network(host)?
        };
        Some(format!(
            "{}{network}{}",
            &self.whole[..self.host.start],
            &self.whole[self.host.end..]
        ))
    }
}

/// The host of `host:port`, if both can be one.
fn host_of(host_port: &str) -> Option<&str> {
    let (host, port) = if host_port.starts_with('[') {
        let end = host_port.find(']')? + 1;
        host_port[1..end - 1].parse::<Ipv6Addr>().ok()?;
        (&host_port[..end], &host_port[end..])
    } else {
        let end = host_port.find(':').unwrap_or(host_port.len());
        (&host_port[..end], &host_port[end..])
    };
    // `parse` takes a sign, which no port has.
    let port_is_one = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| {
            digits.bytes().all(|byte| byte.is_ascii_digit())
                && (digits.is_empty() || digits.parse::<u16>().is_ok())
        });
    // 253 is the longest name there is; longer labels than 63 there are not.
    let named = !host.is_empty()
        && host.len() <= 1_000
        && host
            .chars()
            .all(|c| c.is_alphanumeric() || "-._~[]:\u{00B7}".contains(c) || !c.is_ascii())
        && host
            .trim_end_matches('.')
            .split('.')
            .all(|label| !label.is_empty());
    (port_is_one && named).then_some(host)
}

/// `127.0.0.1`, and `2130706433` or `0x7f.1`, which browsers take for the same.
fn is_number(host: &str) -> bool {
    host.rsplit('.').next().is_some_and(|last| {
        let hex = last.get(..2).is_some_and(|x| x.eq_ignore_ascii_case("0x"));
        hex || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// Coarse: which alphabet a letter belongs to; `None` for digits, hyphens and marks, which belong to all.
fn alphabet(c: char) -> Option<u8> {
    Some(match c {
        'a'..='z' | 'A'..='Z' | '\u{00C0}'..='\u{024F}' | '\u{1E00}'..='\u{1EFF}' => 0,
        '\u{0370}'..='\u{03FF}' | '\u{1F00}'..='\u{1FFF}' => 1,
        '\u{0400}'..='\u{052F}'
        | '\u{1C80}'..='\u{1C8F}'
        | '\u{2DE0}'..='\u{2DFF}'
        | '\u{A640}'..='\u{A69F}' => 2,
        '\u{0530}'..='\u{058F}' => 3,
        '\u{0590}'..='\u{05FF}' => 4,
        '\u{0600}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' => 5,
        '\u{10A0}'..='\u{10FF}' => 6,
        '\u{13A0}'..='\u{13FF}' => 7,
        // Kana, Han, Bopomofo, Hangul: written together, and with Latin, in honest names.
        '\u{1100}'..='\u{11FF}'
        | '\u{2E80}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}'
        | '\u{20000}'..='\u{3FFFF}' => {
            return None;
        }
        _ if c.is_alphabetic() => 8,
        _ => return None,
    })
}

fn mixes_alphabets(word: &str) -> bool {
    let mut first = None;
    word.chars()
        .filter_map(alphabet)
        .any(|of| *first.get_or_insert(of) != of)
}

/// A host as the network writes it: lower case, `xn--` for what is not ASCII. `None` for labels that are too long.
fn to_network(host: &str) -> Option<String> {
    let labels: Option<Vec<String>> = host
        .to_lowercase()
        .split('.')
        .map(|label| {
            let label = if label.is_ascii() {
                label.to_owned()
            } else {
                format!("xn--{}", punycode(label)?)
            };
            (label.len() <= 63).then_some(label)
        })
        .collect();
    labels.map(|labels| labels.join("."))
}

/// How a host with `xn--` in it looks to people; `None` without one.
fn disguised(network: &str) -> Option<String> {
    let mut any = false;
    let labels: Vec<String> = network
        .split('.')
        .map(|label| match label.strip_prefix("xn--").map(from_punycode) {
            Some(looks) => {
                any = true;
                looks.unwrap_or_else(|| label.to_owned())
            }
            None => label.to_owned(),
        })
        .collect();
    any.then(|| crate::customs::chat_line(&labels.join(".")).unwrap_or_default())
}

/// Numbers of RFC 3492, section 5.
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;

fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / points.max(1);
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

fn threshold(k: u32, bias: u32) -> u32 {
    k.saturating_sub(bias).clamp(T_MIN, T_MAX)
}

/// RFC 3492, section 6.3.
fn punycode(label: &str) -> Option<String> {
    let points: Vec<u32> = label.chars().map(u32::from).collect();
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let digit = |d: u32| {
        char::from_digit(d, 36).map(|c| match d {
            // Letters come first here: a = 0 … z = 25, then 0 … 9.
            0..26 => char::from(b'a' + d as u8),
            26..36 => char::from(b'0' + (d - 26) as u8),
            _ => c,
        })
    };
    let (mut n, mut delta, mut bias, mut done) = (INITIAL_N, 0u32, INITIAL_BIAS, basic);
    while (done as usize) < points.len() {
        let next = *points.iter().filter(|p| **p >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(done + 1)?)?;
        n = next;
        for point in &points {
            if *point < n {
                delta = delta.checked_add(1)?;
            }
            if *point == n {
                let (mut q, mut k) = (delta, BASE);
                loop {
                    let t = threshold(k, bias);
                    if q < t {
                        break;
                    }
                    out.push(digit(t + (q - t) % (BASE - t))?);
                    q = (q - t) / (BASE - t);
                    k += BASE;
                }
                out.push(digit(q)?);
                bias = adapt(delta, done + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta += 1;
        n += 1;
    }
    Some(out)
}

/// RFC 3492, section 6.2.
fn from_punycode(label: &str) -> Option<String> {
    // No label is longer, and inserting is quadratic.
    if label.len() > 63 || !label.is_ascii() {
        return None;
    }
    let (basic, rest) = label.rsplit_once('-').unwrap_or(("", label));
    let mut out: Vec<char> = basic.chars().collect();
    let mut digits = rest.bytes().map(|b| match b {
        b'a'..=b'z' => Some(u32::from(b - b'a')),
        b'A'..=b'Z' => Some(u32::from(b - b'A')),
        b'0'..=b'9' => Some(u32::from(b - b'0') + 26),
        _ => None,
    });
    let (mut n, mut i, mut bias) = (INITIAL_N, 0u32, INITIAL_BIAS);
    while digits.len() > 0 {
        let before = i;
        let (mut weight, mut k) = (1u32, BASE);
        loop {
            let digit = digits.next()??;
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let t = threshold(k, bias);
            if digit < t {
                break;
            }
            weight = weight.checked_mul(BASE - t)?;
            k += BASE;
        }
        let len = u32::try_from(out.len()).ok()? + 1;
        bias = adapt(i - before, len, before == 0);
        n = n.checked_add(i / len)?;
        i %= len;
        out.insert(i as usize, char::from_u32(n)?);
        i += 1;
    }
    Some(out.into_iter().collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn links(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|place| &text[place]).collect()
    }

    fn doubts(link: &str) -> Vec<Doubt> {
        Address::read(link).unwrap().doubts
    }

    #[test]
    fn after_an_address_in_brackets_comes_a_port_or_nothing() {
        for no_link in [
            "https://[::1]é",
            "https://[::1]x80/",
            "https://a.b:+80/",
            "https://[::1]:é",
        ] {
            for place in find(no_link) {
                let address = Address::read(&no_link[place]).unwrap();
                let _ = address.open();
                assert!(!address.whole.contains(['é', 'x', '+']), "{}", address.whole);
            }
        }
        assert_eq!(links("https://[::1]:80/a"), ["https://[::1]:80/a"]);
    }

    #[test]
    fn links_are_found_whole_and_without_the_sentence_around_them() {
        assert_eq!(
            links("see https://example.org/a_(b)."),
            ["https://example.org/a_(b)"]
        );
        assert_eq!(
            links("(http://a.b/?q=1#x) and HTTPS://C.D, or mailto:me@x.y javascript:alert(1)"),
            ["http://a.b/?q=1#x", "HTTPS://C.D"]
        );
        assert_eq!(
            links("「https://例え.jp/道」 https:// http:///x"),
            ["https://例え.jp/道"]
        );
        assert_eq!(
            links("http://192.168.1.20:7777/#AbC"),
            ["http://192.168.1.20:7777/#AbC"]
        );
        assert_eq!(
            links("https://good.example\\@evil.example"),
            ["https://good.example"]
        );
    }

    #[test]
    fn an_honest_address_raises_no_doubt() {
        assert_eq!(doubts("https://en.wikipedia.org/wiki/Holm?x=@y"), []);
        let address = Address::read("https://example.org:8443/a").unwrap();
        assert_eq!(&address.whole[address.host.clone()], "example.org");
        assert_eq!(address.open().unwrap(), "https://example.org:8443/a");
    }

    #[test]
    fn the_name_before_an_at_is_not_where_it_leads() {
        let address = Address::read("https://bank.example:443@evil.example/login").unwrap();
        assert_eq!(&address.whole[address.host.clone()], "evil.example");
        assert_eq!(
            address.doubts,
            [Doubt::NameInFront("bank.example:443".to_owned())]
        );
    }

    #[test]
    fn look_alike_letters_are_told_in_both_ways_of_writing() {
        // The first letter is Cyrillic.
        assert_eq!(
            doubts("https://\u{0430}pple.com"),
            [
                Doubt::OtherLetters {
                    network: "xn--pple-43d.com".to_owned()
                },
                Doubt::MixedLetters
            ]
        );
        assert_eq!(
            doubts("https://xn--pple-43d.com"),
            [
                Doubt::MixedLetters,
                Doubt::Disguised {
                    looks: "\u{0430}pple.com".to_owned()
                }
            ]
        );
        let open = Address::read("https://bücher.example/ä").unwrap().open().unwrap();
        assert_eq!(open, "https://xn--bcher-kva.example/ä");
        assert_eq!(doubts("https://bücher.example").len(), 1);
    }

    #[test]
    fn numbers_and_open_doors_are_told() {
        for number in [
            "http://127.0.0.1/",
            "http://2130706433",
            "http://[::1]:80/",
            "http://0x7f.1",
        ] {
            assert_eq!(doubts(number), [Doubt::Number, Doubt::Open], "{number}");
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for wrong in [
            "https://",
            "https://@",
            "https://a b",
            "https://a..b",
            "https://a:99999",
            "ftp://a",
            "https://[x]",
        ] {
            assert_eq!(Address::read(wrong), None, "{wrong}");
        }
    }

    /// Of RFC 3492, section 7.1.
    #[test]
    fn punycode_is_that_of_the_standard() {
        for (plain, coded) in [
            ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
            ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
            ("pročprostěnemluvíčesky", "proprostnemluvesky-uyb24dma41a"),
            (
                "なぜみんな日本語を話してくれないのか",
                "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa",
            ),
        ] {
            assert_eq!(punycode(plain).unwrap(), coded);
            assert_eq!(from_punycode(coded).unwrap(), plain);
        }
    }

    proptest! {
        #[test]
        fn punycode_comes_back(label in "[a-zа-я界é]{1,20}") {
            prop_assert_eq!(from_punycode(&punycode(&label).unwrap()).unwrap(), label);
        }

        #[test]
        fn no_text_breaks_the_search(
            text in "\\PC{0,80}",
            tail in "(https?://)?(\\[(::1|fe80::a|1:2:3:4:5:6:7:8)\\])?[a-z@:.\\[\\]/#?xn\\-界é+0-9]{0,40}",
        ) {
            let text = text + &tail;
            let mut end = 0;
            for place in find(&text) {
                prop_assert!(place.start >= end);
                end = place.end;
                let address = Address::read(&text[place.clone()]).unwrap();
                prop_assert_eq!(&address.whole, &text[place]);
                prop_assert!(!address.whole[address.host.clone()].is_empty());
                let _ = address.open();
            }
        }

        #[test]
        fn no_label_breaks_the_decoder(label in "[a-z0-9-]{0,80}") {
            let _ = from_punycode(&label);
        }
    }
}

//! Who may ask the admin page: pure looks at a request's head.
//!
//! Invariant: a page from elsewhere that a browser has open reaches nothing here, neither by a name that it made lead to this
//! machine (DNS rebinding) nor by asking across origins.

use axum::http::{HeaderMap, header};
use std::net::IpAddr;
use subtle::ConstantTimeEq;

/// What whoever runs this host has.
pub(super) struct Token {
    text: String,
    hash: blake3::Hash,
}

impl Token {
    pub(super) fn new(text: String) -> Self {
        let hash = blake3::hash(text.as_bytes());
        Self { text, hash }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Takes as long for every wrong one, whatever of it is right.
    pub(super) fn is(&self, given: &str) -> bool {
        let given = blake3::hash(given.as_bytes());
        self.hash.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

/// The token that comes with a request.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether a request names us as we are called, and comes from our own page or from no page at all.
///
/// # Errors
/// A sentence for whoever reads the refusal.
pub(super) fn asked_by_us(headers: &HeaderMap, names: &[String]) -> Result<(), &'static str> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = text(header::HOST) else {
        return Err("Which host is asked?");
    };
    if !is_ours(host, names) {
        return Err("This name is not the admin page's: add it to admin_names.");
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let authority = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        if authority != Some(host) {
            return Err("Another page asks.");
        }
    }
    // Browsers say where a request comes from; a link from elsewhere may open the page, and nothing more.
    let site = headers
        .get("sec-fetch-site")
        .map(|site| site.to_str().unwrap_or_default());
    let opens = headers
        .get("sec-fetch-mode")
        .is_some_and(|mode| mode == "navigate");
    match site {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) if opens => Ok(()),
        Some(_) => Err("Another page asks."),
    }
}

/// An address cannot be made to lead elsewhere; of names only those that we know.
fn is_ours(host: &str, names: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    bare.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a program on this machine asks, and not somebody through a proxy on it.
pub(super) fn is_this_machine(peer: IpAddr, headers: &HeaderMap) -> bool {
    let handed_on = [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-real-ip",
        "via",
    ];
    peer.is_loopback() && handed_on.iter().all(|name| !headers.contains_key(*name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_the_token_is_the_token() {
        let token = Token::new("abcdefghijklmnop".to_owned());
        assert!(token.is("abcdefghijklmnop"));
        for wrong in ["", "abcdefghijklmno", "abcdefghijklmnopq", "ABCDEFGHIJKLMNOP"] {
            assert!(!token.is(wrong), "{wrong}");
        }
        let of = |value: &str| bearer(&headers(&[("authorization", value)])).map(str::to_owned);
        assert_eq!(of("Bearer abc"), Some("abc".to_owned()));
        assert_eq!(of("bearer  abc"), Some("abc".to_owned()));
        assert_eq!(of("Basic abc"), None);
        assert_eq!(of("abc"), None);
    }

    #[test]
    fn a_name_that_leads_here_is_not_ours_unless_it_is_said() {
        let ours = |host: &str, names: &[String]| asked_by_us(&headers(&[("host", host)]), names).is_ok();
        for host in [
            "127.0.0.1:4657",
            "localhost:4657",
            "localhost",
            "[::1]:4657",
            "192.168.0.7:80",
            "[::1]",
        ] {
            assert!(ours(host, &[]), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example:4657",
            "127.0.0.1.evil.example",
            "",
            "localhost:x",
        ] {
            assert!(!ours(host, &[]), "{host}");
        }
        assert!(ours("Admin.example.org:443", &["admin.example.org".to_owned()]));
        assert!(asked_by_us(&HeaderMap::new(), &[]).is_err());
    }

    #[test]
    fn another_page_reaches_nothing() {
        let host = ("host", "127.0.0.1:4657");
        let asks =
            |more: &[(&'static str, &str)]| asked_by_us(&headers(&[&[host], more].concat()), &[]).is_ok();
        assert!(asks(&[
            ("origin", "http://127.0.0.1:4657"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(asks(&[
            ("sec-fetch-site", "none"),
            ("sec-fetch-mode", "navigate")
        ]));
        assert!(asks(&[
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate")
        ]));
        assert!(
            !asks(&[("origin", "http://127.0.0.1:4656")]),
            "the port of the world is another page"
        );
        assert!(!asks(&[("origin", "null")]));
        assert!(!asks(&[("origin", "https://evil.example")]));
        assert!(!asks(&[
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "no-cors")
        ]));
        assert!(!asks(&[
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-mode", "cors")
        ]));
    }

    #[test]
    fn who_comes_through_a_proxy_is_not_this_machine() {
        let here: IpAddr = "127.0.0.1".parse().unwrap();
        assert!(is_this_machine(here, &HeaderMap::new()));
        assert!(!is_this_machine(
            here,
            &headers(&[("x-forwarded-for", "192.0.2.1")])
        ));
        assert!(!is_this_machine("192.0.2.1".parse().unwrap(), &HeaderMap::new()));
    }
}

//! Links people send each other: where the rendezvous is, and the room's secret in the fragment.
//!
//! `http(s)://host:port/#SECRET` opens in a browser; `holm://host:port/#SECRET` (`holms://` over TLS)
//! opens the client. The fragment never reaches a server. The room's name at the rendezvous is a hash
//! of the secret, so a rendezvous that knows every room name still opens none of them.
//! Invariant: a [`Link`] that exists has an authority that is safe to put into a URL.

use crate::transport::signal::RoomId;
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

/// Longest text read as a link, bytes: a DNS name has at most 253, the rest of a link under 60, and
/// what messengers append (`?fbclid=…`) fits too.
pub const MAX_LINK_BYTES: usize = 512;

/// Port of `holm://` and `holms://` links that name none (4656 spells "HOLM" on a telephone's keys).
pub const DEFAULT_PORT: u16 = 4656;

/// Letters of a secret in a link: 128 bits, five a letter.
const SECRET_CHARS: usize = 26;

/// 16 random bytes; whoever has them may enter.
#[derive(Clone, PartialEq, Eq)]
pub struct RoomSecret(pub [u8; 16]);

/// A parsed link. Its `Display` is [`Self::browser_url`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// `host:port`, an IPv6 host in brackets; lower case, the port always there.
    pub authority: String,
    pub tls: bool,
    pub secret: RoomSecret,
}

/// Why a text is not a link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("a link has at most {MAX_LINK_BYTES} bytes, this has {len}")]
    TooLong { len: usize },
    #[error("nothing there")]
    Empty,
    /// No `http://`, `https://`, `holm://` or `holms://` at the start.
    #[error("a link begins with http://, https://, holm:// or holms://")]
    UnknownScheme,
    #[error("no host between // and the next /")]
    NoHost,
    /// The host is neither a name nor an address.
    #[error("not a host name or address")]
    BadHost,
    #[error("a port is a number from 1 to 65535")]
    BadPort,
    /// A path other than `/`: a page, not a world.
    #[error("a link to a world has no path")]
    UnexpectedPath,
    /// No `#…` at the end: the part that opens the room was cut off.
    #[error("the link has lost its end, the part after #")]
    NoSecret,
    /// The part after `#` is not 26 letters and digits of base32: cut or mistyped.
    #[error("the part after # is not complete ({chars} characters of {SECRET_CHARS}) or mistyped")]
    BadSecret { chars: usize },
}

impl RoomSecret {
    /// A new secret from the operating system's randomness.
    ///
    /// # Errors
    /// When the operating system has none to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The room's name at a rendezvous: the first 16 bytes of a hash of the secret, in hex.
    pub fn room_id(&self) -> RoomId {
        RoomId(data_encoding::HEXLOWER.encode(&self.derive("holm link 1 room id")[..16]))
    }

    /// A key for one purpose, from which nothing about the secret or other keys can be told.
    pub(crate) fn derive(&self, purpose: &'static str) -> [u8; 32] {
        blake3::derive_key(purpose, &self.0)
    }

    /// 26 letters and digits, lower case (base32, RFC 4648, unpadded).
    pub fn encode(&self) -> String {
        data_encoding::BASE32_NOPAD.encode(&self.0).to_ascii_lowercase()
    }

    /// Reads what [`Self::encode`] wrote, in either case.
    ///
    /// # Errors
    /// [`LinkError::BadSecret`].
    pub fn decode(text: &str) -> Result<Self, LinkError> {
        let bad = || LinkError::BadSecret {
            chars: text.chars().count(),
        };
        if text.len() != SECRET_CHARS {
            return Err(bad());
        }
        let bytes = data_encoding::BASE32_NOPAD
            .decode(text.to_ascii_uppercase().as_bytes())
            .map_err(|_| bad())?;
        bytes.try_into().map(Self).map_err(|_| bad())
    }
}

impl fmt::Debug for RoomSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoomSecret(…)") // never in a log
    }
}

impl Link {
    /// A link to `host`, which may be a name, an IPv4 or an IPv6 address (with or without brackets).
    ///
    /// # Errors
    /// [`LinkError::BadHost`], [`LinkError::NoHost`], [`LinkError::BadPort`] for port 0.
    pub fn new(host: &str, port: u16, tls: bool, secret: RoomSecret) -> Result<Self, LinkError> {
        let host = if host.parse::<Ipv6Addr>().is_ok() {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        if port == 0 {
            return Err(LinkError::BadPort);
        }
        Ok(Self {
            authority: format!("{}:{port}", checked_host(&host)?),
            tls,
            secret,
        })
    }

    /// `http(s)://host:port/#SECRET`: what people send each other.
    pub fn browser_url(&self) -> String {
        format!("{}#{}", self.page_url(), self.secret.encode())
    }

    /// `holm(s)://host:port/#SECRET`: opens the desktop client.
    pub fn client_url(&self) -> String {
        let scheme = if self.tls { "holms" } else { "holm" };
        format!("{scheme}://{}/#{}", self.authority, self.secret.encode())
    }

    /// `http(s)://host:port/`, without the secret.
    pub fn page_url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}/", self.authority)
    }

    /// Where the room's signaling is: `ws(s)://host:port/signal/ROOM`.
    pub fn websocket_url(&self) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://{}/signal/{}", self.authority, self.secret.room_id().0)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.browser_url())
    }
}

impl FromStr for Link {
    type Err = LinkError;

    /// Reads a link as people paste it: with spaces or `<…>` around it, with a query some messenger
    /// added, or with `#` written as `%23`.
    fn from_str(text: &str) -> Result<Self, LinkError> {
        if text.len() > MAX_LINK_BYTES {
            return Err(LinkError::TooLong { len: text.len() });
        }
        let text = text.trim().trim_start_matches('<').trim_end_matches('>').trim();
        if text.is_empty() {
            return Err(LinkError::Empty);
        }
        let (scheme, rest) = text.split_once("://").ok_or(LinkError::UnknownScheme)?;
        let (tls, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (false, 80),
            "https" => (true, 443),
            "holm" => (false, DEFAULT_PORT),
            "holms" => (true, DEFAULT_PORT),
            _ => return Err(LinkError::UnknownScheme),
        };
        let (place, secret) = rest
            .split_once('#')
            .or_else(|| rest.split_once("%23"))
            .ok_or(LinkError::NoSecret)?;
        let place = place.split_once('?').map_or(place, |(place, _)| place);
        let (authority, path) = place.split_once('/').unwrap_or((place, ""));
        if !matches!(path, "" | "index.html") {
            return Err(LinkError::UnexpectedPath);
        }
        let (host, port) = split_port(authority)?;
        if secret.is_empty() {
            return Err(LinkError::NoSecret);
        }
        Self::new(
            host,
            port.unwrap_or(default_port),
            tls,
            RoomSecret::decode(secret)?,
        )
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), LinkError> {
    // The colons inside an IPv6 address are not the port's.
    let host_end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let Some(colon) = authority[host_end..].find(':') else {
        return Ok((authority, None));
    };
    let (host, port) = authority.split_at(host_end + colon);
    let digits = &port[1..];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(LinkError::BadPort);
    }
    match digits.parse() {
        Ok(0) | Err(_) => Err(LinkError::BadPort),
        Ok(port) => Ok((host, Some(port))),
    }
}

/// Lower-cases a host and lets through only what is harmless in a URL: a DNS name of letters, digits,
/// `-`, `_` and dots, an IPv4 address, an IPv6 address in brackets.
fn checked_host(host: &str) -> Result<String, LinkError> {
    if host.is_empty() {
        return Err(LinkError::NoHost);
    }
    if let Some(inside) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let address: Ipv6Addr = inside.parse().map_err(|_| LinkError::BadHost)?;
        return Ok(format!("[{address}]"));
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Ok(address.to_string());
    }
    let labels_ok = host.strip_suffix('.').unwrap_or(host).split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    if host.len() > 253 || !labels_ok {
        return Err(LinkError::BadHost);
    }
    Ok(host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    const SECRET: &str = "aeaqcaibaeaqcaibaeaqcaibae";

    fn parse(text: &str) -> Result<Link, LinkError> {
        text.parse()
    }

    #[test]
    fn a_link_leads_to_its_page_its_client_and_its_signaling() {
        let link = parse(&format!("http://192.168.1.5:4656/#{SECRET}")).unwrap();
        assert_eq!(link.secret, RoomSecret([1; 16]));
        assert_eq!(link.to_string(), format!("http://192.168.1.5:4656/#{SECRET}"));
        assert_eq!(link.client_url(), format!("holm://192.168.1.5:4656/#{SECRET}"));
        assert_eq!(link.page_url(), "http://192.168.1.5:4656/");
        // Changing the hash locks every sent link out of its room.
        assert_eq!(
            link.websocket_url(),
            "ws://192.168.1.5:4656/signal/9384227a60664504312b4b4770219a22"
        );
    }

    #[test]
    fn default_ports_are_written_out() {
        for (scheme, authority, tls) in [
            ("http", "a.example:80", false),
            ("https", "a.example:443", true),
            ("holm", "a.example:4656", false),
            ("holms", "a.example:4656", true),
        ] {
            let link = parse(&format!("{scheme}://A.example/#{SECRET}")).unwrap();
            assert_eq!((link.authority.as_str(), link.tls), (authority, tls));
        }
    }

    #[test]
    fn ipv6_hosts_keep_their_brackets() {
        let link = parse(&format!("https://[2001:DB8::1]:9000/#{SECRET}")).unwrap();
        assert_eq!(link.authority, "[2001:db8::1]:9000");
        assert_eq!(
            parse(&format!("http://[::1]/#{SECRET}")).unwrap().authority,
            "[::1]:80"
        );
        assert_eq!(
            Link::new("::1", 7, false, RoomSecret([0; 16])).unwrap().authority,
            "[::1]:7"
        );
        assert_eq!(parse(&format!("http://[::1/#{SECRET}")), Err(LinkError::BadPort));
        assert_eq!(parse(&format!("http://::1/#{SECRET}")), Err(LinkError::BadPort));
    }

    #[test]
    fn links_are_read_as_people_paste_them() {
        let plain = parse(&format!("http://a.example:80/#{SECRET}")).unwrap();
        for text in [
            format!("  <http://a.example/#{SECRET}>\n"),
            format!("HTTP://a.example#{}", SECRET.to_uppercase()),
            format!("http://a.example/?fbclid=abc#{SECRET}"),
            format!("http://a.example/%23{SECRET}"),
            format!("http://a.example/index.html#{SECRET}"),
        ] {
            assert_eq!(parse(&text).as_ref(), Ok(&plain), "{text}");
        }
    }

    #[test]
    fn each_fault_has_its_name() {
        let with = |place: &str| parse(&format!("{place}#{SECRET}"));
        assert_eq!(parse(""), Err(LinkError::Empty));
        assert_eq!(parse("hello"), Err(LinkError::UnknownScheme));
        assert_eq!(with("ftp://a/"), Err(LinkError::UnknownScheme));
        assert_eq!(with("javascript://a/"), Err(LinkError::UnknownScheme));
        assert_eq!(with("http:///"), Err(LinkError::NoHost));
        assert_eq!(with("http://me:pw@a/"), Err(LinkError::BadPort));
        assert_eq!(with("http://me@a/"), Err(LinkError::BadHost));
        assert_eq!(with("http://a b/"), Err(LinkError::BadHost));
        assert_eq!(with("http://a\\b/"), Err(LinkError::BadHost));
        assert_eq!(with("http://a..b/"), Err(LinkError::BadHost));
        assert_eq!(with("http://a:0/"), Err(LinkError::BadPort));
        assert_eq!(with("http://a:70000/"), Err(LinkError::BadPort));
        assert_eq!(with("http://a:+80/"), Err(LinkError::BadPort));
        assert_eq!(with("http://a/page/"), Err(LinkError::UnexpectedPath));
        assert_eq!(parse("http://a/"), Err(LinkError::NoSecret));
        assert_eq!(parse("http://a/#"), Err(LinkError::NoSecret));
        assert_eq!(parse("http://a/#abc"), Err(LinkError::BadSecret { chars: 3 }));
        assert_eq!(
            parse(&format!("http://a/#{}1", &SECRET[1..])),
            Err(LinkError::BadSecret { chars: 26 })
        );
        let long = format!("http://a/#{}", "a".repeat(600));
        assert_eq!(parse(&long), Err(LinkError::TooLong { len: 610 }));
    }

    #[test]
    fn the_secret_is_in_no_debug_output() {
        let link = parse(&format!("http://a/#{SECRET}")).unwrap();
        assert!(!format!("{link:?}").contains(SECRET));
    }

    proptest! {
        #[test]
        fn every_link_reads_back(host in "[a-z0-9]{1,20}(\\.[a-z]{2,9}){0,3}", port in 1u16.., tls: bool, secret: [u8; 16]) {
            let link = Link::new(&host, port, tls, RoomSecret(secret)).unwrap();
            prop_assert_eq!(&parse(&link.browser_url()).unwrap(), &link);
            prop_assert_eq!(&parse(&link.client_url()).unwrap(), &link);
        }

        #[test]
        fn every_ipv6_link_reads_back(segments: [u16; 8], port in 1u16..) {
            let link = Link::new(&Ipv6Addr::from(segments).to_string(), port, false, RoomSecret([5; 16])).unwrap();
            prop_assert_eq!(parse(&link.to_string()).unwrap(), link);
        }

        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,80}", tail in "[a-z2-7]{26}") {
            let _ = parse(&text);
            let _ = parse(&format!("http://{text}#{tail}"));
            // What is accepted is safe inside a URL.
            if let Ok(link) = parse(&format!("holm://{text}/#{tail}")) {
                prop_assert!(link.authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:[]".contains(&byte)));
            }
        }
    }
}

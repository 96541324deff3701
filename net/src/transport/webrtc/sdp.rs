//! What a peer may say about how to reach it, parsed and written anew.
//!
//! Flow: foreign SDP → [`Description::parse`] → [`Description::write`] → WebRTC; foreign candidate JSON →
//! [`parse_candidate`] → [`Candidate::to_json`] → WebRTC.
//! Invariant: not one byte that a peer wrote reaches the WebRTC stack. matchbox and the stacks below it
//! `unwrap` on SDP they do not like, and in a browser such a panic ends the whole program; so the few
//! fields a data channel needs are read by a strict grammar and a fresh document is made of them.

use core::fmt::Write as _;
use core::net::IpAddr;
use serde::{Deserialize, Serialize};

/// Longest SDP read, bytes. Browsers with a dozen candidates write 2–4 KiB.
pub const MAX_SDP_BYTES: usize = 12 * 1024;

/// Longest candidate JSON read, bytes; real ones have about 250.
pub const MAX_CANDIDATE_BYTES: usize = 1024;

/// Most candidates kept from one peer for one link: a laptop with VPNs and containers has about 20.
/// Each costs connectivity checks to an address of the peer's choosing, so it must be bounded.
pub const MAX_CANDIDATES: usize = 32;

/// Largest message size told to the stack below: what libwebrtc takes, and native peers' hard limit.
const MAX_MESSAGE_SIZE_TOLD: u32 = 262_144;

/// SHA-256 of a DTLS certificate, from `a=fingerprint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 32]);

/// Which half of the exchange a description is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    Offer,
    Answer,
}

/// What is wrong with foreign words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("too long")]
    TooLong,
    #[error("not one data channel section")]
    Sections,
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("{0} is given twice, differently")]
    Conflict(&'static str),
    #[error("{0} is not well-formed")]
    Field(&'static str),
}

/// Who starts DTLS (`a=setup`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setup {
    ActPass,
    Active,
    Passive,
}

/// All that is kept of an SDP document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    pub half: Half,
    pub fingerprint: Fingerprint,
    pub candidates: Vec<Candidate>,
    ice_ufrag: String,
    ice_pwd: String,
    setup: Setup,
    mid: String,
    sctp_port: u16,
    max_message_size: u32,
}

/// Candidate types of RFC 8445.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateKind {
    Host,
    ServerReflexive,
    PeerReflexive,
    Relay,
}

impl CandidateKind {
    /// The word of the grammar: `host`, `srflx`, `prflx`, `relay`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::ServerReflexive => "srflx",
            Self::PeerReflexive => "prflx",
            Self::Relay => "relay",
        }
    }
}

/// One UDP candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub kind: CandidateKind,
    pub address: IpAddr,
    pub port: u16,
    foundation: String,
    priority: u32,
    /// What it was mapped from; for all but host candidates.
    related: Option<(IpAddr, u16)>,
}

fn unspecified(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::from([0, 0, 0, 0]),
        IpAddr::V6(_) => IpAddr::from([0u16; 8]),
    }
}

/// `RTCIceCandidateInit` as browsers and matchbox write it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CandidateInit {
    candidate: String,
    #[serde(default)]
    sdp_mid: Option<String>,
    #[serde(default, rename = "sdpMLineIndex")]
    sdp_m_line_index: Option<u16>,
    #[serde(default)]
    username_fragment: Option<String>,
}

/// Keeps the first value of a key, and refuses a different second one.
fn set_once<'a>(slot: &mut Option<&'a str>, value: &'a str, name: &'static str) -> Result<(), Malformed> {
    match slot {
        Some(earlier) if *earlier != value => Err(Malformed::Conflict(name)),
        _ => {
            *slot = Some(value);
            Ok(())
        }
    }
}

fn is_ice_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

fn ice_chars(
    value: Option<&str>,
    len: core::ops::RangeInclusive<usize>,
    name: &'static str,
) -> Result<String, Malformed> {
    let value = value.ok_or(Malformed::Missing(name))?;
    if len.contains(&value.len()) && value.bytes().all(is_ice_char) {
        Ok(value.to_owned())
    } else {
        Err(Malformed::Field(name))
    }
}

impl Fingerprint {
    /// Reads `sha-256 AB:CD:…`: exactly 32 pairs of hex digits. Other hashes are refused: native peers
    /// know none, and a binding over two kinds of hash would not be the same at both ends.
    fn parse(value: &str) -> Result<Self, Malformed> {
        let bad = Malformed::Field("fingerprint");
        let (algorithm, hex) = value.split_once(' ').ok_or(bad)?;
        if !algorithm.eq_ignore_ascii_case("sha-256") || hex.len() != 32 * 3 - 1 {
            return Err(bad);
        }
        let mut bytes = [0; 32];
        let mut pairs = hex.split(':');
        for byte in &mut bytes {
            let pair = pairs.next().ok_or(bad)?;
            if pair.len() != 2 || !pair.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(bad);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| bad)?;
        }
        Ok(Self(bytes))
    }
}

impl Description {
    /// Reads one SDP document.
    ///
    /// # Errors
    /// [`Malformed`] when it is not an offer or answer for exactly one data channel section with one
    /// certificate. Candidates that this program would not use (TCP, `.local` names) are left out silently.
    pub fn parse(text: &str, half: Half) -> Result<Self, Malformed> {
        if text.len() > MAX_SDP_BYTES {
            return Err(Malformed::TooLong);
        }
        let (mut ufrag, mut pwd, mut setup, mut mid) = (None, None, None, None);
        let (mut sctp_port, mut max_message_size) = (None, None);
        let mut fingerprint = None;
        let mut sections = 0;
        let mut candidates = Vec::new();
        for line in text.lines() {
            if let Some(media) = line.strip_prefix("m=") {
                sections += 1;
                let mut words = media.split(' ');
                let application = words.next() == Some("application");
                let open = words.next().is_some_and(|port| port != "0");
                let proto = words
                    .next()
                    .is_some_and(|p| p == "UDP/DTLS/SCTP" || p == "DTLS/SCTP");
                let format = words.next() == Some("webrtc-datachannel");
                if sections > 1 || !(application && open && proto && format) {
                    return Err(Malformed::Sections);
                }
            }
            let Some((key, value)) = line.strip_prefix("a=").and_then(|a| a.split_once(':')) else {
                continue;
            };
            match key {
                "ice-ufrag" => set_once(&mut ufrag, value, "ice-ufrag")?,
                "ice-pwd" => set_once(&mut pwd, value, "ice-pwd")?,
                "setup" => set_once(&mut setup, value, "setup")?,
                "mid" => set_once(&mut mid, value, "mid")?,
                "sctp-port" => set_once(&mut sctp_port, value, "sctp-port")?,
                "max-message-size" => {
                    set_once(&mut max_message_size, value, "max-message-size")?;
                }
                "fingerprint" => {
                    let new = Fingerprint::parse(value)?;
                    if fingerprint.is_some_and(|earlier| earlier != new) {
                        return Err(Malformed::Conflict("fingerprint"));
                    }
                    fingerprint = Some(new);
                }
                "candidate" if candidates.len() < MAX_CANDIDATES => {
                    candidates.extend(Candidate::parse(value)?);
                }
                _ => {}
            }
        }
        if sections != 1 {
            return Err(Malformed::Sections);
        }
        let setup = match (half, setup.ok_or(Malformed::Missing("setup"))?) {
            (Half::Offer, "actpass") => Setup::ActPass,
            (Half::Answer, "active") => Setup::Active,
            (Half::Answer, "passive") => Setup::Passive,
            _ => return Err(Malformed::Field("setup")),
        };
        let mid = mid.ok_or(Malformed::Missing("mid"))?;
        let mid_fits = (1..=32).contains(&mid.len())
            && mid
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !mid_fits {
            return Err(Malformed::Field("mid"));
        }
        let sctp_port = match sctp_port.map(str::parse::<u16>) {
            None => 5000,
            Some(Ok(port)) if port != 0 => port,
            Some(_) => return Err(Malformed::Field("sctp-port")),
        };
        // RFC 8841 §6: absent means 64 KiB, zero means no limit.
        let max_message_size = match max_message_size.map(str::parse::<u32>) {
            None => 65_536,
            Some(Ok(0)) => MAX_MESSAGE_SIZE_TOLD,
            Some(Ok(size)) if size as usize >= crate::transport::MAX_MESSAGE_BYTES => {
                size.min(MAX_MESSAGE_SIZE_TOLD)
            }
            Some(_) => return Err(Malformed::Field("max-message-size")),
        };
        Ok(Self {
            half,
            fingerprint: fingerprint.ok_or(Malformed::Missing("fingerprint"))?,
            candidates,
            ice_ufrag: ice_chars(ufrag, 4..=256, "ice-ufrag")?,
            ice_pwd: ice_chars(pwd, 22..=256, "ice-pwd")?,
            setup,
            mid: mid.to_owned(),
            sctp_port,
            max_message_size,
        })
    }

    /// A document that says the same and nothing else.
    pub fn write(&self) -> String {
        let mut out = String::with_capacity(640);
        let setup = match self.setup {
            Setup::ActPass => "actpass",
            Setup::Active => "active",
            Setup::Passive => "passive",
        };
        let mut fingerprint = String::with_capacity(96);
        for (i, byte) in self.fingerprint.0.iter().enumerate() {
            let colon = if i == 0 { "" } else { ":" };
            let _ = write!(fingerprint, "{colon}{byte:02X}");
        }
        let _ = write!(
            out,
            "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
             a=group:BUNDLE {mid}\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n\
             m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n",
            mid = self.mid,
        );
        for candidate in &self.candidates {
            let _ = write!(out, "a={candidate}\r\n");
        }
        let _ = write!(
            out,
            "a=ice-ufrag:{ufrag}\r\na=ice-pwd:{pwd}\r\na=ice-options:trickle\r\n\
             a=fingerprint:sha-256 {fingerprint}\r\na=setup:{setup}\r\na=mid:{mid}\r\n\
             a=sendrecv\r\na=sctp-port:{port}\r\na=max-message-size:{size}\r\n",
            ufrag = self.ice_ufrag,
            pwd = self.ice_pwd,
            mid = self.mid,
            port = self.sctp_port,
            size = self.max_message_size,
        );
        out
    }
}

impl Candidate {
    /// Reads what follows `candidate:`. `None` for one that this program would not use.
    fn parse(value: &str) -> Result<Option<Self>, Malformed> {
        const BAD: Malformed = Malformed::Field("candidate");
        if value.len() > MAX_CANDIDATE_BYTES {
            return Err(Malformed::TooLong);
        }
        let mut words = value.split_ascii_whitespace();
        let mut next = || words.next().ok_or(BAD);
        let foundation = ice_chars(Some(next()?), 1..=32, "candidate")?;
        let component: u16 = next()?.parse().map_err(|_| BAD)?;
        let protocol = next()?;
        let priority: u32 = next()?.parse().map_err(|_| BAD)?;
        let address = next()?;
        let port: u16 = next()?.parse().map_err(|_| BAD)?;
        if next()? != "typ" {
            return Err(BAD);
        }
        let kind = match next()? {
            "host" => CandidateKind::Host,
            "srflx" => CandidateKind::ServerReflexive,
            "prflx" => CandidateKind::PeerReflexive,
            "relay" => CandidateKind::Relay,
            _ => return Err(BAD),
        };
        let mut related_address = None;
        let mut related_port = None;
        while let Some(key) = words.next() {
            let Some(value) = words.next() else { break };
            match key {
                "raddr" => related_address = value.parse::<IpAddr>().ok(),
                "rport" => related_port = value.parse::<u16>().ok(),
                _ => {} // generation, ufrag, network-id, …: nothing we need
            }
        }
        // Browsers hide local addresses behind `<uuid>.local`. Resolving a name of a peer's choosing by
        // multicast is not worth it: the browser still finds us by our addresses, and we find it by its checks.
        let address = match address.parse::<IpAddr>() {
            Ok(address) => address,
            Err(_) if address.len() <= 64 && address.ends_with(".local") => return Ok(None),
            Err(_) => return Err(BAD),
        };
        let reachable = match address {
            IpAddr::V4(v4) => !(v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast()),
            IpAddr::V6(v6) => !(v6.is_unspecified() || v6.is_multicast()),
        };
        let usable = reachable && port != 0 && component == 1 && protocol.eq_ignore_ascii_case("udp");
        Ok(usable.then_some(Self {
            kind,
            address,
            port,
            foundation,
            priority: priority.clamp(1, i32::MAX as u32),
            related: match (kind, related_address.zip(related_port)) {
                (CandidateKind::Host, _) => None,
                (_, Some(related)) => Some(related),
                // RFC 8839 §5.1 asks for it; who leaves it out means to say nothing.
                (_, None) => Some((unspecified(address), 0)),
            },
        }))
    }

    /// The JSON that matchbox takes, for the only section of `description`.
    ///
    /// # Panics
    /// Never: strings and numbers always serialise.
    pub fn to_json(&self, description: &Description) -> String {
        serde_json::to_string(&CandidateInit {
            candidate: self.to_string(),
            sdp_mid: Some(description.mid.clone()),
            sdp_m_line_index: Some(0),
            username_fragment: None,
        })
        .expect("strings and numbers always serialise")
    }
}

impl core::fmt::Display for Candidate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self {
            foundation,
            priority,
            address,
            port,
            ..
        } = self;
        write!(
            f,
            "candidate:{foundation} 1 udp {priority} {address} {port} typ {}",
            self.kind.as_str()
        )?;
        if let Some((address, port)) = self.related {
            write!(f, " raddr {address} rport {port}")?;
        }
        Ok(())
    }
}

/// Reads one trickled candidate that belongs to `description`. `None` for the end mark, for one of another
/// handshake (its `usernameFragment` says so; a browser would refuse it) and for one we would not use.
///
/// # Errors
/// [`Malformed`] when it is not the JSON of a candidate.
pub fn parse_candidate(json: &str, description: &Description) -> Result<Option<Candidate>, Malformed> {
    let Some(init) = parse_init(json)? else {
        return Ok(None);
    };
    if init
        .username_fragment
        .is_some_and(|ufrag| ufrag != description.ice_ufrag)
    {
        return Ok(None);
    }
    parse_line(&init.candidate)
}

/// Reads one of our own trickled candidates, for the report.
pub fn parse_own_candidate(json: &str) -> Option<Candidate> {
    parse_line(&parse_init(json).ok()??.candidate).ok()?
}

fn parse_init(json: &str) -> Result<Option<CandidateInit>, Malformed> {
    if json.len() > MAX_CANDIDATE_BYTES {
        return Err(Malformed::TooLong);
    }
    serde_json::from_str(json).map_err(|_| Malformed::Field("candidate"))
}

fn parse_line(line: &str) -> Result<Option<Candidate>, Malformed> {
    let line = line.strip_prefix("a=").unwrap_or(line);
    let line = line.strip_prefix("candidate:").unwrap_or(line);
    if line.is_empty() {
        Ok(None)
    } else {
        Candidate::parse(line)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    const PRINT: &str =
        "0F:74:31:25:CB:A2:13:EC:28:6F:6D:2C:61:FF:5D:C2:BC:B9:DB:3D:98:14:8D:1A:BB:EA:33:0C:A4:60:A8:8E";

    fn chrome_offer() -> String {
        format!(
            "v=0\r\no=- 4962303333179871722 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
             a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n\
             m=application 53912 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 192.0.2.9\r\n\
             a=candidate:1467250027 1 udp 2122260223 3a7c1d7e-3b52-4b0b-9a52-6f1f3b9f2f60.local 46243 typ host generation 0 network-id 1\r\n\
             a=candidate:1853887674 1 udp 1518280447 192.0.2.9 53912 typ srflx raddr 0.0.0.0 rport 0 generation 0\r\n\
             a=candidate:1853887674 1 tcp 1518280447 192.0.2.9 9 typ host tcptype active\r\n\
             a=ice-ufrag:9uB6\r\na=ice-pwd:YH75Fviy6338Vbrhrlp8Yh/+\r\na=ice-options:trickle\r\n\
             a=fingerprint:sha-256 {PRINT}\r\na=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n"
        )
    }

    #[test]
    fn an_offer_is_written_anew_with_only_what_we_read() {
        let offer = Description::parse(&chrome_offer(), Half::Offer).unwrap();
        assert_eq!(offer.fingerprint.0[..2], [0x0f, 0x74]);
        assert_eq!(offer.candidates.len(), 1, "only the UDP address is kept");
        assert_eq!(offer.candidates[0].port, 53912);
        let written = offer.write();
        assert!(!written.contains("4962303333179871722") && !written.contains(".local"));
        assert_eq!(Description::parse(&written, Half::Offer), Ok(offer));
    }

    #[test]
    fn two_certificates_in_one_description_are_refused() {
        let other = PRINT.replacen("0F", "0E", 1);
        let sdp = chrome_offer() + &format!("a=fingerprint:sha-256 {other}\r\n");
        assert_eq!(
            Description::parse(&sdp, Half::Offer),
            Err(Malformed::Conflict("fingerprint"))
        );
        // Twice the same, in another case, is one certificate.
        let sdp = chrome_offer() + &format!("a=fingerprint:SHA-256 {}\r\n", PRINT.to_lowercase());
        assert!(Description::parse(&sdp, Half::Offer).is_ok());
    }

    #[test]
    fn what_would_panic_or_hang_below_is_refused_here() {
        let good = chrome_offer();
        for (from, to) in [
            ("m=application 53912", "m=audio 53912"),
            ("m=application 53912", "m=application 0"),
            ("a=setup:actpass", "a=setup:holdconn"),
            ("a=ice-pwd:YH75Fviy6338Vbrhrlp8Yh/+", "a=ice-pwd:short"),
            ("a=ice-ufrag:9uB6", "a=ice-ufrag:9u B6"),
            ("a=mid:0", "a=mid:0 1"),
            ("a=mid:0\r\n", ""),
            ("a=fingerprint:sha-256", "a=fingerprint:sha-1"),
            ("a=sctp-port:5000", "a=sctp-port:0"),
            ("a=max-message-size:262144", "a=max-message-size:100"),
            ("1 udp 1518280447", "1 udp 99999999999"),
            ("192.0.2.9 53912 typ srflx", "example.org 53912 typ srflx"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            assert!(Description::parse(&bad, Half::Offer).is_err(), "{from} → {to}");
        }
        assert!(Description::parse(&good, Half::Answer).is_err());
        let long = good.clone() + &"a=x:y\r\n".repeat(4096);
        assert_eq!(Description::parse(&long, Half::Offer), Err(Malformed::TooLong));
        assert_eq!(
            Description::parse(&(good.clone() + &good), Half::Offer),
            Err(Malformed::Sections)
        );
    }

    #[test]
    fn a_candidate_of_an_earlier_handshake_is_left_out() {
        let offer = Description::parse(&chrome_offer(), Half::Offer).unwrap();
        let line = r#""candidate:1 1 UDP 2130706431 192.0.2.7 5000 typ host","sdpMid":"0","sdpMLineIndex":0"#;
        let json = |ufrag: &str| format!(r#"{{"candidate":{line},"usernameFragment":{ufrag}}}"#);
        let mine = parse_candidate(&json(r#""9uB6""#), &offer).unwrap().unwrap();
        assert_eq!(
            mine.to_json(&offer),
            r#"{"candidate":"candidate:1 1 udp 2130706431 192.0.2.7 5000 typ host","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":null}"#
        );
        assert_eq!(parse_candidate(&json("null"), &offer).unwrap(), Some(mine));
        assert_eq!(parse_candidate(&json(r#""zzzz""#), &offer).unwrap(), None);
        assert_eq!(parse_candidate("null", &offer).unwrap(), None);
        assert!(parse_candidate("{}", &offer).is_err());
    }

    #[test]
    fn a_candidate_without_its_origin_and_a_host_with_one_are_written_as_they_are_read() {
        for line in [
            "1 1 udp 9 192.0.2.9 5 typ srflx",
            "1 1 udp 9 192.0.2.9 5 typ host raddr 192.0.2.1 rport 7",
        ] {
            let read = Candidate::parse(line).unwrap().unwrap();
            let written = read.to_string();
            let again = Candidate::parse(written.strip_prefix("candidate:").unwrap())
                .unwrap()
                .unwrap();
            assert_eq!(again, read, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>(), answer in any::<bool>()) {
            let half = if answer { Half::Answer } else { Half::Offer };
            let _ = Description::parse(&text, half);
            let _ = Candidate::parse(&text);
            let _ = parse_own_candidate(&text);
        }

        #[test]
        fn whatever_passes_says_the_same_when_written_anew(
            cuts in prop::collection::vec((0usize..1200, "[ -~]{0,6}"), 0..4)
        ) {
            let mut sdp = chrome_offer();
            for (at, text) in cuts {
                let at = at.min(sdp.len());
                sdp.insert_str(at, &text);
            }
            if let Ok(offer) = Description::parse(&sdp, Half::Offer) {
                prop_assert_eq!(Description::parse(&offer.write(), Half::Offer), Ok(offer));
            }
        }

        #[test]
        fn whatever_candidate_passes_says_the_same_when_written_anew(
            line in "[0-9a-z+/]{1,8} [12] (udp|tcp) [0-9]{1,11} ([0-9]{1,3}\\.){3}[0-9]{1,3} [0-9]{1,6} typ (host|srflx|relay)( raddr [0-9:.]{1,8} rport [0-9]{1,6})?"
        ) {
            if let Ok(Some(candidate)) = Candidate::parse(&line) {
                let again = parse_line(&candidate.to_string()).unwrap().unwrap();
                prop_assert_eq!(again.to_string(), candidate.to_string());
                prop_assert_eq!(again.address, candidate.address);
            }
        }
    }
}

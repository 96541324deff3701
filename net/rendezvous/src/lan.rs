//! Worlds on the same network, found without a link.
//!
//! Flow: a host [announces](Lan::announce) what it hosts as `_holm._tcp.local.` (DNS-SD over multicast DNS);
//! who [browses](Lan::browse) polls, and reads [`Lan::worlds`]. The announcement holds the whole link, secret
//! included: who announces a world on a network invites everyone on it.
//! Invariant: everything heard is somebody's claim: bounded in number and length, cleaned of what is not
//! text, and parsed as a link, so that a world on the list is at worst a world one would rather not enter.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;
use std::net::IpAddr;

use holm_net::link::Link;
use mdns_sd::{
    Error, IfKind, Receiver, ResolvedService, ServiceDaemon, ServiceEvent, ServiceInfo, TryRecvError,
};
use uuid::Uuid;

/// The service's type (RFC 6763 §4.1.2; at most 15 letters).
const SERVICE: &str = "_holm._tcp.local.";
/// Port of multicast DNS (RFC 6762 §3).
const MDNS_PORT: u16 = 5353;
/// Worlds listed at a time; more than a person reads, fewer than a neighbour can annoy with.
const MAX_WORLDS: usize = 64;
/// Characters of a name that are shown and sent; a TXT string holds 255 bytes.
const MAX_NAME_CHARS: usize = 48;
/// Events handled in one poll: the rest waits for the next, a frame later.
const MAX_EVENTS: usize = 256;
/// How often people coming and going are told. Multicast over Wi-Fi is slow and wakes everybody.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(3);
/// How often a listed world is asked whether it is still there, and how long it has for the answer
/// (RFC 6762 §10.4): a host that lost its power says no goodbye, and its record lives for 75 minutes.
const VERIFY_EVERY: Duration = Duration::from_secs(20);
const VERIFY_WITHIN: Duration = Duration::from_secs(5);
/// How long to wait before listening anew when the daemon cut us off for being slow.
const BROWSE_AGAIN: Duration = Duration::from_secs(5);
/// How long a goodbye may take when the program ends.
const GOODBYE: Duration = Duration::from_millis(500);

/// What a host says about its world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    pub name: String,
    pub link: Link,
    /// The port listened on here, where it is not the link's.
    pub port: u16,
    /// How many are inside.
    pub people: u32,
    /// Protocol version, as in `Knock`.
    pub version: u16,
}

/// A world somebody announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundWorld {
    /// As its host calls it: cleaned, at most 48 characters, perhaps empty.
    pub name: String,
    /// With the address it was heard from, or the host's own name for it over TLS.
    pub link: Link,
    /// As claimed.
    pub people: u32,
    /// Protocol version, as claimed.
    pub version: u16,
}

/// Why the network cannot be asked.
#[derive(Debug, thiserror::Error)]
#[error("multicast DNS: {0}")]
pub struct LanError(#[from] mdns_sd::Error);

/// Announces and browses. Dropping it says goodbye.
pub struct Lan {
    daemon: ServiceDaemon,
    /// Our instance's name, so that we do not find ourselves.
    id: String,
    loopback: bool,
    wanted: Option<Announcement>,
    announced: Option<(Announcement, Duration)>,
    browsing: bool,
    events: Option<Receiver<ServiceEvent>>,
    browse_at: Duration,
    found: BTreeMap<String, (FoundWorld, Duration)>,
}

impl fmt::Debug for Lan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lan")
            .field("found", &self.found.len())
            .finish_non_exhaustive()
    }
}

impl Lan {
    /// Starts listening, on a thread of its own.
    ///
    /// # Errors
    /// When the system gives no thread. A network that forbids multicast shows as an empty list.
    pub fn start() -> Result<Self, LanError> {
        Self::start_at(MDNS_PORT, false)
    }

    /// The same on another port, so that tests hear only themselves; `loopback` uses that interface only.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_at(port: u16, loopback: bool) -> Result<Self, LanError> {
        let daemon = ServiceDaemon::new_with_port(port)?;
        if loopback {
            daemon.disable_interface(IfKind::All)?;
            daemon.enable_interface(IfKind::LoopbackV4)?;
        }
        Ok(Self {
            daemon,
            id: format!("holm-{}", Uuid::new_v4().simple()),
            loopback,
            wanted: None,
            announced: None,
            browsing: false,
            events: None,
            browse_at: Duration::ZERO,
            found: BTreeMap::new(),
        })
    }

    /// Announces a world from the next [`poll`](Self::poll) on, in place of the one before. Call it as often
    /// as you like: what has not changed is not said again.
    pub fn announce(&mut self, world: &Announcement) {
        if self.wanted.as_ref() != Some(world) {
            self.wanted = Some(world.clone());
        }
    }

    /// Takes the announcement back.
    pub fn hush(&mut self) {
        self.wanted = None;
        if self.announced.take().is_some() {
            let _ = self.daemon.unregister(&self.fullname()); // a daemon that is gone says nothing anyway
        }
    }

    /// Starts looking for worlds.
    pub fn browse(&mut self) {
        self.browsing = true;
    }

    /// What was found, by name, then by link.
    #[must_use]
    pub fn worlds(&self) -> Vec<FoundWorld> {
        let mut worlds: Vec<_> = self.found.values().map(|(world, _)| world.clone()).collect();
        worlds.sort_by_cached_key(|world| (world.name.to_lowercase(), world.link.authority.clone()));
        worlds
    }

    /// Says and hears what is due at `now` (time since an arbitrary start); whether [`worlds`](Self::worlds)
    /// changed. What the daemon is too busy for is said in a later poll.
    ///
    /// # Errors
    /// When the daemon's thread is gone, or an announcement does not fit.
    pub fn poll(&mut self, now: Duration) -> Result<bool, LanError> {
        self.say(now)?;
        let changed = self.hear(now)?;
        for (fullname, (_, asked_at)) in &mut self.found {
            if now.saturating_sub(*asked_at) < VERIFY_EVERY {
                continue;
            }
            match self.daemon.verify(fullname.clone(), VERIFY_WITHIN) {
                Ok(()) => *asked_at = now,
                Err(Error::Again) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(changed)
    }

    fn say(&mut self, now: Duration) -> Result<(), LanError> {
        let Some(wanted) = &self.wanted else { return Ok(()) };
        if let Some((said, at)) = &self.announced
            && (said == wanted || now.saturating_sub(*at) < ANNOUNCE_EVERY)
        {
            return Ok(());
        }
        let (people, version) = (wanted.people.to_string(), wanted.version.to_string());
        let (name, link) = (clean(&wanted.name), wanted.link.browser_url());
        let txt = [
            ("name", name.as_str()),
            ("link", &link),
            ("people", &people),
            ("version", &version),
        ];
        let host = format!("{}.local.", self.id);
        let mut info =
            ServiceInfo::new(SERVICE, &self.id, &host, "", wanted.port, &txt[..])?.enable_addr_auto();
        // The name is 122 random bits: probing for somebody else who has it would only cost a second.
        info.set_requires_probe(false);
        if self.loopback {
            info.set_interfaces(vec![IfKind::LoopbackV4]);
        }
        match self.daemon.register(info) {
            Ok(()) => self.announced = Some((wanted.clone(), now)),
            Err(Error::Again) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn hear(&mut self, now: Duration) -> Result<bool, LanError> {
        let events = match &self.events {
            Some(events) => events.clone(),
            None if self.browsing && now >= self.browse_at => {
                self.browse_at = now.saturating_add(BROWSE_AGAIN);
                self.events.insert(self.daemon.browse(SERVICE)?).clone()
            }
            None => return Ok(false),
        };
        let own = self.fullname();
        let mut changed = false;
        let mut lost = false;
        for _ in 0..MAX_EVENTS {
            match events.try_recv() {
                Ok(ServiceEvent::ServiceResolved(service)) if service.fullname != own => {
                    let Some(world) = read(&service) else { continue };
                    if self.found.len() >= MAX_WORLDS && !self.found.contains_key(&service.fullname) {
                        continue;
                    }
                    let before = self.found.insert(service.fullname, (world.clone(), now));
                    changed |= before.is_none_or(|(before, _)| before != world);
                }
                Ok(ServiceEvent::ServiceRemoved(_, fullname)) => {
                    changed |= self.found.remove(&fullname).is_some()
                }
                Ok(_) => {}
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    lost = true;
                    break;
                }
            }
        }
        if lost {
            self.events = None;
        }
        Ok(changed)
    }

    fn fullname(&self) -> String {
        format!("{}.{SERVICE}", self.id)
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        if let Ok(done) = self.daemon.shutdown() {
            let _ = done.recv_timeout(GOODBYE); // it withdraws what is announced
        }
    }
}

/// A claim, checked; `None` when there is nothing to enter.
fn read(service: &ResolvedService) -> Option<FoundWorld> {
    let text = |key| service.txt_properties.get_property_val_str(key);
    let mut link: Link = text("link")?.parse().ok()?;
    if !link.tls {
        // What the host calls itself may be a name only it knows; where we heard it from, it can be reached.
        // Over TLS only the name on the certificate will do.
        let claimed = link.authority.clone();
        let mut reachable: Vec<Link> = service
            .addresses
            .iter()
            .map(mdns_sd::ScopedIp::to_ip_addr)
            .filter(is_linkable)
            .filter_map(|ip| Link::new(&ip.to_string(), service.port, false, link.secret.clone()).ok())
            .collect();
        reachable.sort_by_key(|link| {
            (
                link.authority != claimed,
                link.authority.starts_with('['),
                link.authority.clone(),
            )
        });
        link = reachable.into_iter().next().unwrap_or(link);
    }
    Some(FoundWorld {
        name: clean(text("name").unwrap_or_default()),
        link,
        people: text("people").and_then(|n| n.parse().ok()).unwrap_or(0),
        version: text("version")?.parse().ok()?,
    })
}

/// Whether an address can stand in a link: an IPv6 link-local one needs its interface, which a link lacks.
fn is_linkable(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast(),
        IpAddr::V6(ip) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_unicast_link_local(),
    }
}

/// Text only: no control characters, no marks that turn or hide what follows, no runs of blanks.
fn clean(name: &str) -> String {
    let plain = |c: char| {
        let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if c.is_control() || hidden { ' ' } else { c }
    };
    let spaced: String = name.chars().take(4 * MAX_NAME_CHARS).map(plain).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    // 48 characters of four bytes, and `name=`, are 197 of the 255 bytes of a TXT string.
    words
        .join(" ")
        .chars()
        .take(MAX_NAME_CHARS)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn service(txt: &[(&str, &str)], address: &str) -> ResolvedService {
        ServiceInfo::new(SERVICE, "x", "x.local.", address, 4656, txt)
            .expect("a service")
            .as_resolved_service()
    }

    const LINK: &str = "http://harbour.example:80/#aaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn a_link_leads_to_where_it_was_heard_from_unless_a_certificate_forbids() {
        let found = |link: &str, address: &str| {
            let txt = [
                ("link", link),
                ("version", "1"),
                ("people", "7"),
                ("name", "Harbour"),
            ];
            read(&service(&txt, address)).map(|world| world.link.browser_url())
        };
        let secret = "#aaaaaaaaaaaaaaaaaaaaaaaaaa";
        assert_eq!(
            found(LINK, "192.0.2.7"),
            Some(format!("http://192.0.2.7:4656/{secret}"))
        );
        assert_eq!(
            found(LINK, "2001:db8::7"),
            Some(format!("http://[2001:db8::7]:4656/{secret}"))
        );
        assert_eq!(
            found(LINK, "2001:db8::7,192.0.2.7"),
            Some(format!("http://192.0.2.7:4656/{secret}"))
        );
        assert_eq!(found(LINK, "fe80::1"), Some(LINK.to_owned()));
        let own = format!("http://192.0.2.9:4656/{secret}");
        assert_eq!(found(&own, "192.0.2.7,192.0.2.9"), Some(own.clone()));
        let tls = LINK.replace("http:", "https:");
        assert_eq!(found(&tls, "192.0.2.7"), Some(tls.clone()));
        assert_eq!(found("javascript:alert(1)", "192.0.2.7"), None);
        assert_eq!(read(&service(&[("link", LINK)], "192.0.2.7")), None, "no version");
    }

    #[test]
    fn a_name_is_text() {
        assert_eq!(
            clean("  Bj\u{f6}rn's\t\nharbour\u{202e}dab "),
            "Bj\u{f6}rn's harbour dab"
        );
        assert_eq!(clean(&"\u{1f3dd}".repeat(1000)).chars().count(), MAX_NAME_CHARS);
        assert_eq!(clean("\u{0}\u{200b}"), "");
    }

    proptest! {
        #[test]
        fn whatever_is_claimed_is_read_or_refused(link in ".{0,120}", name in ".{0,60}", people in ".{0,12}") {
            let txt = [("link", link.as_str()), ("version", "1"), ("people", &people), ("name", &name)];
            if let Ok(info) = ServiceInfo::new(SERVICE, "x", "x.local.", "192.0.2.7", 4656, txt.as_slice())
                && let Some(world) = read(&info.as_resolved_service())
            {
                prop_assert!(world.name.chars().count() <= MAX_NAME_CHARS);
                prop_assert!(!world.name.chars().any(char::is_control));
            }
        }
    }
}

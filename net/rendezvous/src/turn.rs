//! Short-lived TURN credentials, as coturn's `use-auth-secret` checks them.
//!
//! Flow: a host knows the TURN server's shared secret; each guest it lets in gets a user name that says when it
//! ends, and the password that only the secret could have made. The relay keeps no users.
//! Invariant: the secret leaves neither this module's arguments nor any log.
//! The scheme: `draft-uberti-behave-turn-rest-00` §2.2, as coturn implements it.

use core::time::Duration;

use data_encoding::BASE64;
use holm_net::transport::signal::IceServers;
use ring::hmac;
use serde::{Deserialize, Serialize};

/// Longest id in a user name; STUN's USERNAME ends at 513 bytes.
const MAX_ID_BYTES: usize = 64;

/// STUN and TURN servers a host offers its guests.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnConfig {
    /// `stun:host:port` and `turn:host:port` URLs. All go into one ICE entry: matchbox takes exactly one.
    /// Native clients speak TURN over UDP only.
    pub urls: Vec<String>,
    /// coturn's `static-auth-secret`. Without it only the `stun:` URLs are of use, and only they are given.
    pub secret: Option<String>,
}

impl core::fmt::Debug for TurnConfig {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TurnConfig")
            .field("urls", &self.urls)
            .field("secret", &self.secret.as_ref().map(|_| "…")) // never in a log
            .finish()
    }
}

/// What is wrong with a configured URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TurnConfigError {
    #[error("`{0}` is no stun:, turn: or turns: URL with a host")]
    NoIceUrl(String),
    #[error("`{0}` needs a secret to mint credentials with")]
    NoSecret(String),
}

impl TurnConfig {
    /// Checks what a person wrote.
    ///
    /// # Errors
    /// The first URL that is none, or that is a relay without a secret.
    pub fn check(&self) -> Result<(), TurnConfigError> {
        for url in &self.urls {
            let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
            let host = rest.split(['?', '/']).next().unwrap_or("");
            let plain =
                rest.bytes().all(|b| b.is_ascii_graphic()) && !host.is_empty() && !rest.starts_with("//");
            match scheme {
                "stun" | "stuns" if plain => {}
                "turn" | "turns" if plain && self.secret.is_some() => {}
                "turn" | "turns" if plain => return Err(TurnConfigError::NoSecret(url.clone())),
                _ => return Err(TurnConfigError::NoIceUrl(url.clone())),
            }
        }
        Ok(())
    }

    /// Credentials for one guest: good for `ttl` from `now` (time since the Unix epoch), told apart in the
    /// relay's log by `id`. Without a secret, the STUN servers only.
    #[must_use]
    pub fn mint(&self, ttl: Duration, id: &str, now: Duration) -> IceServers {
        match &self.secret {
            Some(secret) => mint(&self.urls, secret, ttl, id, now),
            None => IceServers {
                urls: self
                    .urls
                    .iter()
                    .filter(|url| url.starts_with("stun"))
                    .cloned()
                    .collect(),
                username: None,
                credential: None,
            },
        }
    }
}

/// User name `EXPIRY:ID` and password `base64(HMAC-SHA1(secret, user name))` for `urls`.
///
/// `now` is time since the Unix epoch. `id` keeps its ASCII letters, digits, `-` and `_`, 64 at most.
#[must_use]
pub fn mint(urls: &[String], secret: &str, ttl: Duration, id: &str, now: Duration) -> IceServers {
    let id: String = id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .take(MAX_ID_BYTES)
        .collect();
    let username = format!("{}:{id}", now.saturating_add(ttl).as_secs());
    // SHA-1 because coturn's scheme is; HMAC does not need what SHA-1 lost.
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    let credential = BASE64.encode(hmac::sign(&key, username.as_bytes()).as_ref());
    IceServers {
        urls: urls.to_vec(),
        username: Some(username),
        credential: Some(credential),
    }
}

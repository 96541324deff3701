//! How a host is, all in one: what the admin page shows and the metrics are made of.
//!
//! Invariant: it is taken at one moment; keys in it are short ones, which name nobody to a stranger. Addresses in it are for
//! nobody but whoever runs the host.

use super::pace::{Histogram, Percentiles};
use serde::Serialize;

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Picture {
    /// The world's name.
    pub world: String,
    /// What opens it, for friends.
    pub link: Option<String>,
    pub locked: bool,
    pub newcomers: &'static str,
    pub open_secs: u64,
    /// Until it closes, where that is announced; and whether it comes back then.
    pub closes_secs: Option<u64>,
    pub restarts: bool,
    pub people: Vec<Person>,
    /// Who may not come in.
    pub banned: Vec<Absent>,
    /// Addresses from which nobody may, with them.
    pub bars: Vec<Bar>,
    pub roles: Vec<Role>,
    /// All that may be allowed or not, in the order of the table.
    pub capabilities: Vec<&'static str>,
    /// The newest first.
    pub history: Vec<Past>,
    pub figures: Figures,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Person {
    pub slot: u16,
    pub name: String,
    pub key: String,
    pub role: &'static str,
    /// It is whoever runs this host.
    pub host: bool,
    pub ping_ms: Option<u16>,
    /// `direct`, `relayed`, `away`, …
    pub link: &'static str,
    pub lost_percent: f32,
    pub here_secs: u64,
    /// Seconds until they are heard again.
    pub silent_secs: u64,
    /// Allowed or denied beside their role.
    pub more: Vec<&'static str>,
    pub less: Vec<&'static str>,
    pub things: u64,
    pub sent_bytes: u64,
    pub received_bytes: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Absent {
    pub name: String,
    pub key: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Bar {
    /// `203.0.113.7`, or `2001:db8:0:1::/64`.
    pub address: String,
    /// Who is banned.
    pub name: String,
    pub key: String,
    pub left_secs: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Role {
    pub name: &'static str,
    pub may: Vec<&'static str>,
    /// The table says nothing of it: whoever owns the world may everything.
    pub fixed: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Past {
    pub number: u64,
    pub at_secs: u64,
    pub who: String,
    pub what: String,
}

/// A version of the world.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Saved {
    /// As it is said in commands, behind `restore` and `forget`.
    pub name: String,
    pub at_secs: u64,
    /// Who saved it: by name where that is known, else by a short key.
    pub by: String,
    pub things: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    pub people: usize,
    pub things: usize,
    pub known_people: usize,
    /// Facts since the world began.
    pub facts: u64,
    /// Wishes that were refused, since the world was opened.
    pub refused: u64,
    pub journal_bytes: u64,
    pub joins: u64,
    pub turned_away: u64,
    pub misbehaved: u64,
    pub sent_bytes: u64,
    pub received_bytes: u64,
    pub frames: Percentiles,
    #[serde(skip)]
    pub histogram: Histogram,
    /// Of this program; the platform says it, where it can.
    pub memory_bytes: Option<u64>,
}

//! A host's configuration: everything that can be said behind `holm host`, kept in a RON file with comments.
//!
//! Flow: [`read`] a file → [`HostFile`] → what is typed goes over it (`cli`) → what is hosted. [`KEYS`] is the one table from
//! which the commented file, its schema, the help with mistakes and what can be changed while a world is open are made.
//! Invariant: a file that is not understood as a whole is not used at all.

use crate::console::language::nearest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The file in the data folder that is read when no other is named.
pub(super) const USUAL: &str = "host.ron";
/// A configuration file is a few kilobytes.
const MAX_BYTES: u64 = 64 * 1024;

/// Settings as a file says them.
#[derive(Deserialize, Serialize, Clone, Debug, Default, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub(super) struct HostFile {
    pub(super) headless: Option<bool>,
    pub(super) name: Option<String>,
    pub(super) room: Option<String>,
    pub(super) welcome: Option<String>,
    pub(super) world: Option<PathBuf>,
    pub(super) keep: Option<String>,
    pub(super) moment: Option<u8>,
    pub(super) max: Option<usize>,
    pub(super) ban_addresses: Option<bool>,
    pub(super) port: Option<u16>,
    pub(super) bind: Option<IpAddr>,
    pub(super) public: Option<String>,
    pub(super) lan: Option<bool>,
    pub(super) cert: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
    pub(super) stun: Option<Vec<String>>,
    pub(super) turn_urls: Option<Vec<String>>,
    pub(super) turn_secret: Option<String>,
    pub(super) web: Option<PathBuf>,
    pub(super) admin: Option<String>,
    pub(super) admin_names: Option<Vec<String>>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) metrics: Option<bool>,
    pub(super) json: Option<bool>,
    pub(super) also: Option<Vec<PathBuf>>,
}

impl HostFile {
    /// What it does not say of the machine is as another world of the same program has it; what it does not say of its own world
    /// is nobody else's.
    pub(super) fn beside(self, first: &Self) -> Self {
        let first = first.clone();
        Self {
            headless: first.headless,
            json: first.json,
            name: first.name,
            bind: self.bind.or(first.bind),
            lan: self.lan.or(first.lan),
            cert: self.cert.or(first.cert),
            key: self.key.or(first.key),
            stun: self.stun.or(first.stun),
            turn_urls: self.turn_urls.or(first.turn_urls),
            turn_secret: self.turn_secret.or(first.turn_secret),
            web: self.web.or(first.web),
            metrics: self.metrics.or(first.metrics),
            ban_addresses: self.ban_addresses.or(first.ban_addresses),
            ..self
        }
    }
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Texts,
    Flag,
    /// A whole number up to this.
    Whole(u64),
}

/// A setting as it is told.
pub(super) struct Key {
    pub(super) name: &'static str,
    kind: Kind,
    /// As it may stand in a file.
    example: &'static str,
    help: &'static str,
    /// Whether it can be changed while the world is open.
    pub(super) live: bool,
}

impl Key {
    /// Whether it is one for all worlds of a program, and looked at when that begins.
    pub(super) fn is_of_program(&self) -> bool {
        matches!(self.name, "name" | "headless" | "json" | "also")
    }
}

const fn key(name: &'static str, kind: Kind, example: &'static str, live: bool, help: &'static str) -> Key {
    Key {
        name,
        kind,
        example,
        help,
        live,
    }
}

use Kind::{Flag, Text, Texts, Whole};

/// All there are, in the order of the file.
pub(super) const KEYS: &[Key] = &[
    key(
        "room",
        Text,
        "\"The harbour\"",
        false,
        "What the world is called. Without: as its file says.",
    ),
    key(
        "welcome",
        Text,
        "\"Mind the wet paint.\"",
        true,
        "What everybody reads who comes in.",
    ),
    key(
        "world",
        Text,
        "\"harbour\"",
        false,
        "One that comes with Holm (harbour, quiet-room, hall) or the path of a world file (.ron, .glb, .gltf). Without: the place of what is kept, or the harbour.",
    ),
    key(
        "keep",
        Text,
        "\"picnic\"",
        false,
        "Under which name what is built is kept, so that one place can be many worlds. Without: under the world's.",
    ),
    key(
        "moment",
        Whole(255),
        "0",
        true,
        "Which of the world's moments it is: 0 is the first (the harbour's evening).",
    ),
    key("max", Whole(1_000), "250", false, "Most guests at once."),
    key(
        "ban_addresses",
        Flag,
        "true",
        true,
        "Whoever is banned is kept out by address, too, for a week. false: by account only, for a host whose guests all come \
         through one proxy.",
    ),
    key(
        "port",
        Whole(65_535),
        "4656",
        false,
        "The one port for everything that guests need; 0 lets the system choose.",
    ),
    key(
        "bind",
        Text,
        "\"192.0.2.7\"",
        false,
        "Listen on this address only. Without: on all of them.",
    ),
    key(
        "public",
        Text,
        "\"world.example.org:443\"",
        false,
        "What the link says instead of an address found here.",
    ),
    key(
        "lan",
        Flag,
        "false",
        false,
        "Tell the local network about the world.",
    ),
    key(
        "cert",
        Text,
        "\"/etc/holm/fullchain.pem\"",
        false,
        "Certificate chain for https, PEM.",
    ),
    key(
        "key",
        Text,
        "\"/etc/holm/privkey.pem\"",
        false,
        "Its private key, PEM.",
    ),
    key(
        "stun",
        Texts,
        "[\"stun:turn.example.org:3478\"]",
        false,
        "STUN servers for guests behind NAT.",
    ),
    key(
        "turn_urls",
        Texts,
        "[\"turn:turn.example.org:3478\"]",
        false,
        "TURN servers for guests whom nothing else reaches.",
    ),
    key(
        "turn_secret",
        Text,
        "\"\"",
        false,
        "The secret shared with them. Better kept out of this file: HOLM_TURN_SECRET in the environment.",
    ),
    key(
        "web",
        Text,
        "\"/usr/local/share/holm/web\"",
        false,
        "Folder with the browser client.",
    ),
    key(
        "admin",
        Text,
        "\"127.0.0.1:4657\"",
        false,
        "Where the admin page is. Without: there is none. Others than this machine should reach it through a tunnel or a \
         proxy with https only.",
    ),
    key(
        "admin_names",
        Texts,
        "[\"admin.example.org\"]",
        true,
        "Names under which a proxy shows the admin page; addresses and localhost always are.",
    ),
    key(
        "token_file",
        Text,
        "\"/var/lib/holm/admin.token\"",
        false,
        "Where the admin page's token is kept. Without: admin.token in the data folder, and NAME.admin.token for a further world \
         of this name.",
    ),
    key(
        "metrics",
        Flag,
        "true",
        true,
        "Figures for Prometheus at the admin page's /metrics.",
    ),
    key(
        "name",
        Text,
        "\"Harbour master\"",
        false,
        "The name that others see of whoever hosts.",
    ),
    key("headless", Flag, "true", false, "Without a window."),
    key(
        "json",
        Flag,
        "false",
        false,
        "Print what happens as JSON, one object a line.",
    ),
    key(
        "also",
        Texts,
        "[\"/etc/holm/garden.ron\"]",
        false,
        "Files like this one, each of a further world that the same program hosts (without a window). What they do not say of the \
         machine (bind, lan, cert, key, stun, turn, web, metrics, ban_addresses) is as it is here; their port is the next one.",
    ),
];

/// Reads a configuration.
///
/// # Errors
/// A sentence for a person, with the line.
pub(super) fn read(path: &Path) -> Result<HostFile, String> {
    let unread = |what: String| format!("The configuration {} was not read: {what}", path.display());
    let about = std::fs::metadata(path).map_err(|error| unread(format!("{error}.")))?;
    if !about.is_file() || about.len() > MAX_BYTES {
        return Err(unread(format!("it is no file of at most {MAX_BYTES} bytes.")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unread(format!("{error}.")))?;
    parse(&text).map_err(unread)
}

fn parse(text: &str) -> Result<HostFile, String> {
    let options = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    options.from_str(text).map_err(|error| {
        let (line, column) = (error.span.start.line, error.span.start.col);
        let what = match &error.code {
            ron::error::Error::NoSuchStructField { found, .. } => {
                match nearest(found, KEYS.iter().map(|key| key.name)) {
                    Some(near) => format!("there is no setting “{found}”: perhaps {near}?"),
                    None => format!("there is no setting “{found}”."),
                }
            }
            other => format!("{other} (column {column})."),
        };
        format!("line {line}: {what}")
    })
}

/// The file that says how everything is when nothing is said.
pub(super) fn commented() -> String {
    let mut out = String::from(
        "// How a world is hosted: holm host --config THIS-FILE, or as host.ron in the data folder.\n\
         // Everything may be left out; what is typed behind `holm host` wins.\n\
         // Settings marked (live) are changed by `reload` at the console, or by SIGHUP.\n(\n",
    );
    for key in KEYS {
        let live = if key.live { " (live)" } else { "" };
        let _ = writeln!(
            out,
            "    // {}{live}\n    // {}: {},\n",
            key.help, key.name, key.example
        );
    }
    out.truncate(out.trim_end().len());
    out + "\n)\n"
}

/// Writes [`commented`] where there is nothing yet; `-` is standard output.
///
/// # Errors
/// A sentence for a person.
pub(super) fn write(path: &Path) -> Result<(), String> {
    if path == Path::new("-") {
        super::say(commented().trim_end());
        return Ok(());
    }
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(commented().as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            format!(
                "{} is there already: give another name, or remove it.",
                path.display()
            )
        }
        _ => format!("{} was not written: {error}.", path.display()),
    })
}

/// What a file may say, as a JSON schema for editors.
fn schema() -> Value {
    let properties = KEYS.iter().map(|key| {
        let mut about = match key.kind {
            Text => json!({ "type": "string" }),
            Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Flag => json!({ "type": "boolean" }),
            Whole(most) => json!({ "type": "integer", "minimum": 0, "maximum": most }),
        };
        let live = if key.live {
            " Can be changed while the world is open."
        } else {
            ""
        };
        about["description"] = Value::from(format!("{}{live}", key.help));
        (key.name.to_owned(), about)
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "holm host",
        "description": "Settings of a hosted world. The file is RON; this is what may stand in it.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties.collect::<serde_json::Map<String, Value>>(),
    })
}

/// The same as a text.
pub(super) fn schema_text() -> String {
    serde_json::to_string_pretty(&schema()).unwrap_or_default()
}

/// What differs between two configurations, in the order of [`KEYS`].
pub(super) fn changed(before: &HostFile, after: &HostFile) -> Vec<&'static Key> {
    let of = |file: &HostFile| serde_json::to_value(file).unwrap_or_default();
    let (before, after) = (of(before), of(after));
    KEYS.iter()
        .filter(|key| before[key.name] != after[key.name])
        .collect()
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;

//! What can be said to a console: every command as a line of a table, and the one reader of what was typed.
//!
//! Invariant: pure; whatever is typed becomes an order or a sentence that helps, and nothing here panics.

use holm_document::{Capability, Role};
use std::fmt::Write;

/// Longest line that is read: a command with a paragraph of text.
pub const MAX_LINE_BYTES: usize = 2_048;

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Help,
    Status,
    People,
    Things,
    History,
    Table,
    Say,
    Kick,
    Ban,
    Unban,
    Bars,
    Unbar,
    Silence,
    Role,
    Allow,
    Deny,
    Default,
    Quota,
    Newcomers,
    Grant,
    Revoke,
    Lock,
    Unlock,
    RollBack,
    Save,
    Versions,
    Restore,
    Forget,
    Moment,
    Heirs,
    Heir,
    Disown,
    HandOver,
    GoOn,
    Stop,
    Restart,
    Stay,
    Reload,
    Admin,
}

/// A kind of word behind a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody: their number here, the beginning of their name, or of their key.
    Person,
    Role,
    Capability,
    Number(&'static str),
    /// One or more of `things=200`, or `default`.
    Quota,
    Command,
    /// The rest of the line.
    Text(&'static str),
}

impl Kind {
    fn shown(self) -> &'static str {
        match self {
            Self::Person => "PERSON",
            Self::Role => "ROLE",
            Self::Capability => "CAPABILITY",
            Self::Number(name) | Self::Text(name) => name,
            Self::Quota => "QUOTA",
            Self::Command => "COMMAND",
        }
    }
}

/// A command as it is told.
#[derive(Debug)]
pub struct Spec {
    pub name: &'static str,
    pub verb: Verb,
    /// In their order; those that may be left out come last.
    pub args: &'static [Kind],
    /// So many of them must be there.
    pub needed: usize,
    /// What it is for, in one sentence.
    pub help: &'static str,
    /// What whoever gives it must be allowed; the world's rules ask for it.
    pub needs: Option<Capability>,
}

const fn spec(
    name: &'static str,
    verb: Verb,
    args: &'static [Kind],
    needed: usize,
    needs: Option<Capability>,
    help: &'static str,
) -> Spec {
    Spec {
        name,
        verb,
        args,
        needed,
        help,
        needs,
    }
}

use Capability as May;
use Kind::{Number, Person, Text};

/// All there are, as `help` lists them.
pub const COMMANDS: &[Spec] = &[
    spec(
        "help",
        Verb::Help,
        &[Kind::Command],
        0,
        None,
        "What can be said here, or what one command does.",
    ),
    spec(
        "status",
        Verb::Status,
        &[],
        0,
        None,
        "How the world and this program are.",
    ),
    spec(
        "people",
        Verb::People,
        &[],
        0,
        None,
        "Who is here: number, name, role, key, link, how long.",
    ),
    spec(
        "things",
        Verb::Things,
        &[],
        0,
        None,
        "How much was built, and by whom.",
    ),
    spec(
        "history",
        Verb::History,
        &[Person, Number("COUNT")],
        0,
        None,
        "Who did what, the newest last.",
    ),
    spec("table", Verb::Table, &[], 0, None, "What each role may."),
    spec(
        "say",
        Verb::Say,
        &[Text("TEXT")],
        1,
        None,
        "Tells everybody in a banner.",
    ),
    spec(
        "kick",
        Verb::Kick,
        &[Person, Text("REASON")],
        1,
        Some(May::Kick),
        "Sends somebody away; they may come back.",
    ),
    spec(
        "ban",
        Verb::Ban,
        &[Person],
        1,
        Some(May::Ban),
        "Sends somebody away for good.",
    ),
    spec(
        "unban",
        Verb::Unban,
        &[Person],
        1,
        Some(May::Ban),
        "Lets somebody come back who was banned.",
    ),
    spec(
        "bars",
        Verb::Bars,
        &[],
        0,
        None,
        "Addresses that are kept out with those who are banned: for whose sake, and how long still.",
    ),
    spec(
        "unbar",
        Verb::Unbar,
        &[Text("ADDRESS")],
        1,
        None,
        "Lets people come in again from an address.",
    ),
    spec(
        "silence",
        Verb::Silence,
        &[Person, Number("MINUTES")],
        2,
        Some(May::Kick),
        "Nobody hears or reads them for so long; 0 ends it.",
    ),
    spec(
        "role",
        Verb::Role,
        &[Person, Kind::Role],
        2,
        Some(May::Settings),
        "Gives somebody a role.",
    ),
    spec(
        "allow",
        Verb::Allow,
        &[Person, Kind::Capability],
        2,
        Some(May::Settings),
        "Somebody may this, whatever their role says.",
    ),
    spec(
        "deny",
        Verb::Deny,
        &[Person, Kind::Capability],
        2,
        Some(May::Settings),
        "Somebody may not, whatever their role says.",
    ),
    spec(
        "default",
        Verb::Default,
        &[Person, Kind::Capability],
        2,
        Some(May::Settings),
        "Somebody may what their role says, again.",
    ),
    spec(
        "quota",
        Verb::Quota,
        &[Person, Kind::Quota],
        1,
        Some(May::Settings),
        "How much somebody may have; `default` is what their role may, nothing behind the name shows it.",
    ),
    spec(
        "newcomers",
        Verb::Newcomers,
        &[Kind::Role],
        1,
        Some(May::Settings),
        "What somebody new is.",
    ),
    spec(
        "grant",
        Verb::Grant,
        &[Kind::Role, Kind::Capability],
        2,
        Some(May::Settings),
        "A role may this.",
    ),
    spec(
        "revoke",
        Verb::Revoke,
        &[Kind::Role, Kind::Capability],
        2,
        Some(May::Settings),
        "A role may not.",
    ),
    spec(
        "lock",
        Verb::Lock,
        &[],
        0,
        Some(May::Settings),
        "Nobody changes anything, but who may change settings.",
    ),
    spec(
        "unlock",
        Verb::Unlock,
        &[],
        0,
        Some(May::Settings),
        "The opposite of lock.",
    ),
    spec(
        "rollback",
        Verb::RollBack,
        &[Person, Number("MINUTES")],
        2,
        Some(May::RollBack),
        "Takes back what somebody did in the last minutes.",
    ),
    spec(
        "save",
        Verb::Save,
        &[Text("NAME")],
        1,
        Some(May::Settings),
        "Keeps the world as it is now, under a name.",
    ),
    spec(
        "versions",
        Verb::Versions,
        &[],
        0,
        Some(May::Settings),
        "The versions that were saved, the newest last.",
    ),
    spec(
        "restore",
        Verb::Restore,
        &[Text("NAME")],
        1,
        Some(May::Settings),
        "Makes everything what it was in a version; it can be taken back.",
    ),
    spec(
        "forget",
        Verb::Forget,
        &[Text("NAME")],
        1,
        Some(May::Settings),
        "Throws a version away.",
    ),
    spec(
        "moment",
        Verb::Moment,
        &[Number("NUMBER")],
        1,
        None,
        "Which of the world's moments it is: 0 is the first (the harbour's evening), 1 the next.",
    ),
    spec(
        "heirs",
        Verb::Heirs,
        &[],
        0,
        None,
        "Who goes on with the world if this host vanishes, and how far they are.",
    ),
    spec(
        "heir",
        Verb::Heir,
        &[Person],
        1,
        None,
        "Names somebody who goes on with the world if this host vanishes; they are asked.",
    ),
    spec(
        "disown",
        Verb::Disown,
        &[Person],
        1,
        None,
        "The opposite of heir.",
    ),
    spec(
        "hand-over",
        Verb::HandOver,
        &[],
        0,
        None,
        "The first heir who is ready hosts the world from now on, and everybody goes there.",
    ),
    spec(
        "go-on",
        Verb::GoOn,
        &[],
        0,
        None,
        "While the world can only be looked at: whoever is cut off has lost it, and it goes on here.",
    ),
    spec(
        "stop",
        Verb::Stop,
        &[Number("SECONDS"), Text("REASON")],
        0,
        None,
        "Closes the world, at once or after telling everybody how long they have.",
    ),
    spec(
        "restart",
        Verb::Restart,
        &[Number("SECONDS"), Text("REASON")],
        0,
        None,
        "Closes the world and opens it again: guests come back by themselves.",
    ),
    spec(
        "stay",
        Verb::Stay,
        &[],
        0,
        None,
        "Calls off a stop or a restart that was announced.",
    ),
    spec(
        "reload",
        Verb::Reload,
        &[],
        0,
        None,
        "Reads the configuration file again, and says what needs a restart.",
    ),
    spec("admin", Verb::Admin, &[], 0, None, "The link of the admin page."),
];

/// A capability as it is typed.
pub fn capability_name(capability: Capability) -> &'static str {
    match capability {
        May::Talk => "talk",
        May::Chat => "chat",
        May::Emote => "emote",
        May::Spawn => "spawn",
        May::EditOwn => "edit-own",
        May::EditOthers => "edit-others",
        May::Moving => "moving",
        May::Media => "media",
        May::Invite => "invite",
        May::Kick => "kick",
        May::Ban => "ban",
        May::RollBack => "rollback",
        May::Settings => "settings",
        May::Copy => "copy",
    }
}

/// A role as it is typed.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Moderator => "moderator",
        Role::Builder => "builder",
        Role::Guest => "guest",
        Role::Spectator => "spectator",
    }
}

/// What a quota counts, as it is typed.
pub const QUOTAS: &[&str] = &["things", "bytes", "triangles", "moving", "lamps", "wishes"];

/// A change of somebody's quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allotted {
    Default,
    /// Of [`QUOTAS`], and how many.
    These(Vec<(&'static str, u64)>),
}

/// What stood behind the command: of each kind at most one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    pub person: Option<String>,
    pub role: Option<Role>,
    pub capability: Option<Capability>,
    pub number: Option<u64>,
    pub quota: Option<Allotted>,
    pub command: Option<&'static Spec>,
    pub text: Option<String>,
}

/// A line, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub verb: Verb,
    pub given: Given,
}

impl PartialEq for Spec {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Spec {}

/// Reads a line. `None`: there is nothing on it, or a remark.
///
/// # Errors
/// A sentence that says what is wrong and how it is said.
pub fn parse(line: &str) -> Result<Option<Order>, String> {
    if line.len() > MAX_LINE_BYTES {
        return Err(format!("That is longer than {MAX_LINE_BYTES} bytes."));
    }
    let mut rest = Rest(line);
    let Some(name) = rest.word()? else {
        return Ok(None);
    };
    if name.starts_with('#') {
        return Ok(None);
    }
    let spec = find_command(&name)?;
    let mut given = Given::default();
    for (at, kind) in spec.args.iter().enumerate() {
        let needed = at < spec.needed;
        if rest.is_empty() {
            if needed {
                return Err(format!("{} is missing: {}", kind.shown(), usage(spec)));
            }
            break;
        }
        if skips(spec, at, rest) {
            continue;
        }
        take(*kind, &mut rest, &mut given).map_err(|wrong| format!("{wrong} Say: {}", usage(spec)))?;
    }
    if !rest.is_empty() {
        return Err(format!("“{}” is too much. Say: {}", rest.0.trim(), usage(spec)));
    }
    Ok(Some(Order {
        verb: spec.verb,
        given,
    }))
}

/// `history 20`: where both a person and a number may be left out, a number alone is the number, and somebody's number
/// here is written `#20`. `stop we are tired`: the number is left out.
fn skips(spec: &Spec, at: usize, rest: Rest<'_>) -> bool {
    if at < spec.needed {
        return false;
    }
    let mut ahead = rest;
    let word = ahead.word().ok().flatten().unwrap_or_default();
    let is_number = word.parse::<u64>().is_ok();
    match (spec.args.get(at), spec.args.get(at + 1)) {
        (Some(Kind::Person), Some(Kind::Number(_))) => is_number && ahead.is_empty(),
        (Some(Kind::Number(_)), Some(Kind::Text(_))) => !is_number,
        _ => false,
    }
}

fn take(kind: Kind, rest: &mut Rest<'_>, given: &mut Given) -> Result<(), String> {
    if let Kind::Text(_) = kind {
        given.text = Some(rest.0.trim().to_owned());
        rest.0 = "";
        return Ok(());
    }
    let Some(word) = rest.word()? else { return Ok(()) };
    match kind {
        Kind::Person => given.person = Some(word),
        Kind::Role => given.role = Some(one_of(&word, "role", &Role::ALL, role_name)?),
        Kind::Capability => {
            given.capability = Some(one_of(&word, "capability", &Capability::ALL, capability_name)?);
        }
        Kind::Number(name) => {
            let number = word
                .parse()
                .map_err(|_| format!("“{word}” is no whole number: {name}."))?;
            given.number = Some(number);
        }
        Kind::Command => given.command = Some(find_command(&word)?),
        Kind::Quota => given.quota = Some(quota(word, rest)?),
        Kind::Text(_) => {}
    }
    Ok(())
}

fn quota(first: String, rest: &mut Rest<'_>) -> Result<Allotted, String> {
    if first == "default" {
        return Ok(Allotted::Default);
    }
    let mut these = Vec::new();
    let mut next = Some(first);
    while let Some(word) = next {
        let Some((name, number)) = word.split_once('=') else {
            return Err(format!("“{word}” is no quota: they look like things=200."));
        };
        let name = one_of(name, "quota", QUOTAS, |name| name)?;
        let number = amount(number).ok_or_else(|| format!("“{number}” is no amount, such as 200 or 32M."))?;
        these.push((name, number));
        next = rest.word()?;
    }
    Ok(Allotted::These(these))
}

/// `200`, `64k`, `32M`, `2G`.
fn amount(text: &str) -> Option<u64> {
    let (digits, times) = match text.chars().last()? {
        'k' | 'K' => (&text[..text.len() - 1], 1 << 10),
        'm' | 'M' => (&text[..text.len() - 1], 1 << 20),
        'g' | 'G' => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(times)
}

fn one_of<T: Copy>(word: &str, what: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    let word = word.to_lowercase();
    if let Some(found) = all.iter().find(|one| name(**one) == word) {
        return Ok(*found);
    }
    let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
    Err(match nearest(&word, names.iter().copied()) {
        Some(near) => format!("There is no {what} “{word}”: perhaps {near}?"),
        None => format!("There is no {what} “{word}”: there are {}.", names.join(", ")),
    })
}

fn find_command(name: &str) -> Result<&'static Spec, String> {
    let name = name.trim_start_matches('/').to_lowercase();
    let found = COMMANDS.iter().find(|spec| spec.name == name);
    found.ok_or_else(|| match nearest(&name, COMMANDS.iter().map(|spec| spec.name)) {
        Some(near) => format!("There is no “{name}”: perhaps {near}? `help` lists what can be said."),
        None => format!("There is no “{name}”. `help` lists what can be said."),
    })
}

/// How a command is said.
pub fn usage(spec: &Spec) -> String {
    let mut text = spec.name.to_owned();
    for (at, kind) in spec.args.iter().enumerate() {
        let shown = kind.shown();
        let _ = if at < spec.needed {
            write!(text, " {shown}")
        } else {
            write!(text, " [{shown}]")
        };
    }
    text
}

/// What is nearest to a word that was mistyped: begins with it, or differs by two letters at most.
pub fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |name: &str| {
        if name.starts_with(word) && !word.is_empty() {
            0
        } else {
            edits(word, name)
        }
    };
    let most = if word.chars().count() < 4 { 1 } else { 2 };
    names
        .map(|name| (distance(name), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= most)
        .map(|(_, name)| name)
}

/// Letters to add, take away, change or swap with the next, until one word is the other (Damerau and Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    // What nobody mistyped costs no time.
    let short = |text: &str| text.chars().take(32).collect::<Vec<char>>();
    let (a, b) = (short(a), short(b));
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (rows[i][j] + usize::from(x != y))
                .min(rows[i][j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// What is left of a line.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn is_empty(self) -> bool {
        self.0.trim().is_empty()
    }

    /// The next word; names with spaces are written in quotes.
    fn word(&mut self) -> Result<Option<String>, String> {
        self.0 = self.0.trim_start();
        let Some(first) = self.0.chars().next() else {
            return Ok(None);
        };
        if matches!(first, '"' | '\'' | '“') {
            let close = if first == '“' { '”' } else { first };
            let inside = &self.0[first.len_utf8()..];
            let Some(end) = inside.find(close) else {
                return Err(format!("The {first} is not closed."));
            };
            self.0 = &inside[end + close.len_utf8()..];
            return Ok(Some(inside[..end].to_owned()));
        }
        let end = self.0.find(char::is_whitespace).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        Ok(Some(word.to_owned()))
    }
}

/// What the last word of a line that is being typed may become, and where it begins.
pub fn complete(line: &str, people: &[String]) -> (usize, Vec<String>) {
    let start = line
        .rfind(char::is_whitespace)
        .map_or(0, |at| at + line[at..].chars().next().map_or(1, char::len_utf8));
    let (before, begun) = line.split_at(start);
    let begun = begun.to_lowercase();
    let words = before.split_whitespace().count();
    let commands = || COMMANDS.iter().map(|spec| spec.name.to_owned()).collect();
    let all: Vec<String> = if words == 0 {
        commands()
    } else {
        let name = before.split_whitespace().next().unwrap_or_default();
        let spec = COMMANDS.iter().find(|spec| spec.name == name);
        match spec.and_then(|spec| spec.args.get(words - 1).or(spec.args.last())) {
            Some(Kind::Person) => people.iter().map(|name| quoted(name)).collect(),
            Some(Kind::Role) => Role::ALL.iter().map(|role| role_name(*role).to_owned()).collect(),
            Some(Kind::Capability) => {
                let names = Capability::ALL.iter().map(|one| capability_name(*one).to_owned());
                names.collect()
            }
            Some(Kind::Quota) => {
                let names = QUOTAS.iter().map(|name| format!("{name}="));
                std::iter::once("default".to_owned()).chain(names).collect()
            }
            Some(Kind::Command) => commands(),
            Some(Kind::Number(_) | Kind::Text(_)) | None => Vec::new(),
        }
    };
    let fits = |word: &String| {
        word.trim_start_matches('"')
            .to_lowercase()
            .starts_with(begun.trim_start_matches('"'))
    };
    (start, all.into_iter().filter(fits).collect())
}

/// A name as it can be typed.
pub fn quoted(name: &str) -> String {
    if name.contains(char::is_whitespace) {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
#[path = "language_tests.rs"]
mod tests;

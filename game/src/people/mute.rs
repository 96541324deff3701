//! Whom this person does not want to hear, or to have around at all: by account, remembered on this device.
//!
//! Flow: [`Mute`], [`Block`] → [`Muted`] → chat hides their lines and bubbles, `view` and `nameplate` those who are blocked,
//! `powers` tells each world whom it is to keep from our things; a moment later it is kept on this device.
//! Invariants: of muting nobody else is told: not the host, not whoever is muted; whoever is blocked is muted, too; a list that
//! cannot be read is put aside and said.

use super::accounts::{self, Accounts};
use crate::platform::Vault;
use bevy::prelude::*;
use holm_identity::AccountKey;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Muted>()
        .add_message::<Mute>()
        .add_message::<Block>()
        .add_message::<MutedLost>()
        .configure_sets(PreUpdate, MuteSystems::Apply)
        .add_systems(Startup, load)
        .add_systems(PreUpdate, apply.in_set(MuteSystems::Apply))
        .add_systems(Last, keep);
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MuteSystems {
    /// `PreUpdate`: wishes change [`Muted`]; whoever hides something runs after it.
    Apply,
}

/// A wish: hear nothing of this account any more, or again.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct Mute {
    pub account: AccountKey,
    /// As they are called now, for the list of those who are not here.
    pub name: String,
    pub on: bool,
}

/// A wish: neither see nor hear this account any more, and let it change nothing of mine; or all of it again.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct Block {
    pub account: AccountKey,
    pub name: String,
    pub on: bool,
}

/// A list of this device could not be read: whoever was on it is heard.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct MutedLost;

/// Whom this person does not hear.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Muted {
    muted: Accounts,
    blocked: Accounts,
}

impl Muted {
    /// Nothing of them is heard or read.
    pub fn contains(&self, account: &AccountKey) -> bool {
        self.muted.contains_key(account) || self.is_blocked(account)
    }

    /// They are not seen either.
    pub fn is_blocked(&self, account: &AccountKey) -> bool {
        self.blocked.contains_key(account)
    }

    /// All of them and what they were called, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (&AccountKey, &str)> {
        let only_muted = self.muted.iter().filter(|(key, _)| !self.is_blocked(key));
        let all = only_muted.chain(&self.blocked);
        all.map(|(key, name)| (key, name.as_str()))
    }

    /// Those who are blocked.
    pub fn blocked(&self) -> impl Iterator<Item = (&AccountKey, &str)> {
        self.blocked.iter().map(|(key, name)| (key, name.as_str()))
    }
}

/// The names they are kept under.
const MUTED: &str = "muted.ron";
const BLOCKED: &str = "blocked.ron";
/// Most people on a list: each is a line of some 150 bytes, and the file must stay small.
const MOST: usize = 2_000;
/// As many as one world remembers for one person.
const MOST_BLOCKED: usize = holm_document::limits::BLOCKS;

fn apply(mut mutes: MessageReader<Mute>, mut blocks: MessageReader<Block>, mut muted: ResMut<Muted>) {
    let mut put = |list: fn(&mut Muted) -> &mut Accounts, most, account, name: &String, on: bool| {
        if !on {
            list(&mut muted).remove(account);
        } else if list(&mut muted).len() < most {
            list(&mut muted).insert(*account, name.clone());
        }
    };
    for Mute { account, name, on } in mutes.read() {
        put(|muted| &mut muted.muted, MOST, account, name, *on);
    }
    for Block { account, name, on } in blocks.read() {
        put(|muted| &mut muted.blocked, MOST_BLOCKED, account, name, *on);
    }
}

fn load(vault: Option<Res<Vault>>, mut muted: ResMut<Muted>, mut lost: MessageWriter<MutedLost>) {
    let Some(vault) = vault else { return };
    let mut read = |name, most| {
        accounts::load(&vault, name, most).unwrap_or_else(|error| {
            warn!("{name} could not be read and was set aside: {error}");
            lost.write(MutedLost);
            None
        })
    };
    let (only_muted, blocked) = (read(MUTED, MOST), read(BLOCKED, MOST_BLOCKED));
    *muted.bypass_change_detection() = Muted {
        muted: only_muted.unwrap_or_default(),
        blocked: blocked.unwrap_or_default(),
    };
}

fn keep(vault: Option<Res<Vault>>, muted: Res<Muted>, mut kept: Local<Option<Muted>>) {
    if !muted.is_changed() {
        return;
    }
    let before = kept.replace(muted.clone());
    // What was read is kept already.
    let (Some(vault), Some(before)) = (vault, before) else {
        return;
    };
    if before.muted != muted.muted {
        accounts::keep(&vault, MUTED, &muted.muted);
    }
    if before.blocked != muted.blocked {
        accounts::keep(&vault, BLOCKED, &muted.blocked);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::accounts::{from_text, to_text};
    use super::*;

    fn some() -> Accounts {
        Accounts::from([
            (AccountKey([1; 32]), "Bo \"the\" Loud".to_owned()),
            (AccountKey([9; 32]), "علي".to_owned()),
        ])
    }

    #[test]
    fn who_was_muted_stays_muted() {
        assert_eq!(from_text(&to_text(&some()).unwrap(), MOST), Some(some()));
    }

    #[test]
    fn a_line_that_is_nobody_costs_only_itself() {
        let text = to_text(&some()).unwrap().replacen("0101", "zz", 1);
        let read = from_text(&text, MOST).unwrap();
        assert!(read.contains_key(&AccountKey([9; 32])) && !read.contains_key(&AccountKey([1; 32])));
        assert_eq!(from_text("(not a list", MOST), None);
    }

    #[test]
    fn a_wish_mutes_and_another_hears_again() {
        let mut app = App::new();
        app.add_plugins(plugin);
        let account = AccountKey([5; 32]);
        let mut wish = |on| {
            app.world_mut().write_message(Mute {
                account,
                name: "Cy".to_owned(),
                on,
            });
            app.update();
            app.world().resource::<Muted>().contains(&account)
        };
        assert!(wish(true));
        assert!(!wish(false));
    }

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn whoever_was_blocked_is_muted_and_stays_so_until_it_is_taken_back() {
        let folder = std::env::temp_dir().join(format!("holm-blocked-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let account = AccountKey([7; 32]);
        let app = || {
            let mut app = App::new();
            app.add_plugins(plugin)
                .insert_resource(Vault::at(Some(folder.clone())));
            app.update();
            app
        };
        let wish = |app: &mut App, on| {
            let name = "Mo".to_owned();
            app.world_mut().write_message(Block { account, name, on });
            app.update();
        };
        let mut first = app();
        wish(&mut first, true);
        let mut later = app();
        let muted = later.world().resource::<Muted>();
        assert!(muted.is_blocked(&account) && muted.contains(&account));
        assert_eq!(muted.iter().collect::<Vec<_>>(), [(&account, "Mo")]);
        wish(&mut later, false);
        assert!(!app().world().resource::<Muted>().contains(&account));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn a_list_that_cannot_be_read_is_put_aside_and_said() {
        let folder = std::env::temp_dir().join(format!("holm-muted-{}", std::process::id()));
        for broken in [&b"[(\"01"[..], b"\xff\xfe", &[b'('; 70_000], &vec![b' '; 2 << 20]] {
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(MUTED), broken).unwrap();
            let mut app = App::new();
            app.add_plugins(plugin)
                .insert_resource(Vault::at(Some(folder.clone())));
            app.update();
            assert_eq!(app.world().resource::<Messages<MutedLost>>().len(), 1);
            let aside = folder.join(format!("{MUTED}.broken0"));
            assert_eq!(std::fs::read(aside).unwrap(), broken);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

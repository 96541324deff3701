//! Whom this person does not want to hear: by account, remembered on this device.
//!
//! Flow: [`Mute`] → [`Muted`] → chat hides their lines and bubbles; a moment later it is kept on this device.
//! Invariants: nobody else is told: not the host, not whoever is muted; a list that cannot be read is put aside and said.

use crate::customs;
use crate::platform::Vault;
use bevy::prelude::*;
use data_encoding::HEXLOWER;
use holm_identity::AccountKey;
use std::collections::BTreeMap;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Muted>()
        .add_message::<Mute>()
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

/// The list of this device could not be read: everybody is heard.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct MutedLost;

/// Whom this person does not hear.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Muted {
    accounts: BTreeMap<AccountKey, String>,
}

impl Muted {
    pub fn contains(&self, account: &AccountKey) -> bool {
        self.accounts.contains_key(account)
    }

    /// Accounts and what they were called, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (&AccountKey, &str)> {
        self.accounts.iter().map(|(key, name)| (key, name.as_str()))
    }
}

/// The name it is kept under.
const NAME: &str = "muted.ron";
/// Most people on the list: each is a line of some 150 bytes, and the file must stay small.
const MOST: usize = 2_000;
const MAX_BYTES: usize = 512 * 1024;

fn apply(mut wishes: MessageReader<Mute>, mut muted: ResMut<Muted>) {
    for Mute { account, name, on } in wishes.read() {
        if *on && muted.accounts.len() < MOST {
            muted.accounts.insert(*account, name.clone());
        } else if !*on {
            muted.accounts.remove(account);
        }
    }
}

fn to_text(muted: &Muted) -> Option<String> {
    let lines: Vec<(String, &str)> = muted
        .iter()
        .map(|(key, name)| (HEXLOWER.encode(&key.0), name))
        .collect();
    ron::ser::to_string_pretty(&lines, ron::ser::PrettyConfig::default()).ok()
}

/// Lines that are no account cost only themselves.
fn from_text(text: &str) -> Option<Muted> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let lines: Vec<(String, String)> = ron::from_str(text).ok()?;
    let accounts = lines
        .into_iter()
        .filter_map(|(key, name)| {
            let key = HEXLOWER.decode(key.as_bytes()).ok()?.try_into().ok()?;
            Some((AccountKey(key), customs::name(&name)))
        })
        .take(MOST)
        .collect();
    Some(Muted { accounts })
}

fn load(vault: Option<Res<Vault>>, mut muted: ResMut<Muted>, mut lost: MessageWriter<MutedLost>) {
    let Some(vault) = vault else { return };
    let read = match vault.load(NAME) {
        Ok(None) => return,
        Ok(Some(bytes)) => std::str::from_utf8(&bytes)
            .ok()
            .and_then(from_text)
            .ok_or_else(|| "no list".to_owned()),
        Err(error) => Err(error),
    };
    match read {
        Ok(read) => *muted.bypass_change_detection() = read,
        Err(error) => {
            let aside = vault.set_aside(NAME);
            warn!("the list of muted people could not be read ({error}) and was set aside: {aside:?}");
            lost.write(MutedLost);
        }
    }
}

fn keep(vault: Option<Res<Vault>>, muted: Res<Muted>) {
    let Some(vault) = vault else { return };
    if !muted.is_changed() || muted.is_added() {
        return;
    }
    if let Some(text) = to_text(&muted)
        && let Err(error) = vault.save(NAME, text.as_bytes())
    {
        warn!("the list of muted people was not kept: {error}");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn muted() -> Muted {
        Muted {
            accounts: BTreeMap::from([
                (AccountKey([1; 32]), "Bo \"the\" Loud".to_owned()),
                (AccountKey([9; 32]), "علي".to_owned()),
            ]),
        }
    }

    #[test]
    fn who_was_muted_stays_muted() {
        assert_eq!(from_text(&to_text(&muted()).unwrap()), Some(muted()));
    }

    #[test]
    fn a_line_that_is_nobody_costs_only_itself() {
        let text = to_text(&muted()).unwrap().replacen("0101", "zz", 1);
        let read = from_text(&text).unwrap();
        assert!(read.contains(&AccountKey([9; 32])) && !read.contains(&AccountKey([1; 32])));
        assert_eq!(from_text("(not a list"), None);
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
    fn a_list_that_cannot_be_read_is_put_aside_and_said() {
        let folder = std::env::temp_dir().join(format!("holm-muted-{}", std::process::id()));
        for broken in [&b"[(\"01"[..], b"\xff\xfe", &[b'('; 70_000], &vec![b' '; 2 << 20]] {
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(NAME), broken).unwrap();
            let mut app = App::new();
            app.add_plugins(plugin)
                .insert_resource(Vault::at(Some(folder.clone())));
            app.update();
            assert_eq!(app.world().resource::<Messages<MutedLost>>().len(), 1);
            let aside = folder.join(format!("{NAME}.broken0"));
            assert_eq!(std::fs::read(aside).unwrap(), broken);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

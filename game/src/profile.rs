//! Who sits here: keys and a name, kept on this device.
//!
//! Flow: [`load`] at the start, before anything else → [`Profile`] → a changed name is kept once typing rests or is done.
//! Invariants: a damaged key file is set aside and said, never overwritten: it may be the only copy; a name that somebody
//! finished is kept, also when Holm closes then.

use crate::customs;
use crate::platform::Vault;
use crate::quit::Quit;
use crate::words::Phrase;
use bevy::prelude::*;
use holm_identity::{Identity, IdentityError};
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<NameDone>()
        .add_message::<Quit>()
        .add_systems(Last, keep_name);
}

/// A name is typed letter by letter; the disk hears of it after a rest of this, or when it is done.
const SETTLE: Duration = Duration::from_millis(700);

/// Whoever typed a name has left the field.
#[derive(Message, Clone, Copy, Debug)]
pub struct NameDone;

/// The person at this device. Inserted before anything else runs; a bot or a test has one of its own.
#[derive(Resource, Clone, Debug)]
pub struct Profile {
    pub identity: Identity,
    /// As they gave it; may be empty.
    pub name: String,
}

/// Something a person should know about how their profile was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileNotice {
    pub sentence: Phrase,
}

/// Names under which a profile is kept.
const IDENTITY: &str = "identity.key";
const NAME: &str = "name.txt";

impl Profile {
    /// A new account that nobody keeps: for bots, tests and throw-away clients.
    ///
    /// # Errors
    /// Only when the operating system gives no random bytes.
    pub fn throw_away(name: &str) -> Result<Self, IdentityError> {
        Ok(Self {
            identity: Identity::create()?,
            name: customs::name(name),
        })
    }
}

/// Loads the profile of this device, or makes one. Whatever is wrong with the disk, there is a profile;
/// the notice says what the person should know.
///
/// # Errors
/// Only when the operating system gives no random bytes.
pub fn load(vault: &Vault) -> Result<(Profile, Option<ProfileNotice>), IdentityError> {
    let mut notice = None;
    let kept = vault.load(IDENTITY).unwrap_or_else(|error| {
        notice = Some(Phrase::new("profile-unreadable").with("error", error.to_string()));
        None
    });
    let unreadable = notice.is_some();
    let identity = match kept.as_deref().map(Identity::from_bytes) {
        Some(Ok(identity)) => identity,
        Some(Err(IdentityError::Newer { .. })) => {
            notice = Some(Phrase::new("profile-newer"));
            Identity::create()?
        }
        Some(Err(_)) => {
            let aside = vault.set_aside(IDENTITY);
            notice = Some(match aside {
                Ok(place) => Phrase::new("profile-damaged-kept").with("place", place.to_string()),
                Err(_) => Phrase::new("profile-damaged"),
            });
            keep_new(vault, &mut notice)?
        }
        None if unreadable => Identity::create()?,
        None => keep_new(vault, &mut notice)?,
    };
    let name = match vault.load(NAME).map(|kept| kept.map(String::from_utf8)) {
        Ok(None) => String::new(),
        Ok(Some(Ok(name))) => name,
        // Whoever sits here sees that there is no name; whatever it was is not written over by the next.
        Ok(Some(Err(_))) | Err(_) => {
            let _ = vault.set_aside(NAME);
            String::new()
        }
    };
    Ok((
        Profile {
            identity,
            name: customs::name(&name),
        },
        notice.map(|sentence| ProfileNotice { sentence }),
    ))
}

fn keep_new(vault: &Vault, notice: &mut Option<Phrase>) -> Result<Identity, IdentityError> {
    let identity = Identity::create()?;
    if let Err(error) = vault.save(IDENTITY, &identity.to_bytes()) {
        notice.get_or_insert(Phrase::new("profile-not-kept").with("error", error.to_string()));
    }
    Ok(identity)
}

fn keep_name(
    profile: Option<Res<Profile>>,
    vault: Option<Res<Vault>>,
    time: Res<Time<Real>>,
    mut done: MessageReader<NameDone>,
    mut quits: MessageReader<Quit>,
    mut due: Local<Option<Duration>>,
) {
    let (Some(profile), Some(vault)) = (profile, vault) else {
        return;
    };
    let now = time.elapsed();
    if profile.is_changed() && !profile.is_added() {
        *due = Some(now + SETTLE);
    }
    let done = done.read().count() + quits.read().count() > 0;
    if due.is_some_and(|due| due <= now || done) {
        *due = None;
        // The name field refuses control characters; what is kept is what would be shown.
        if let Err(error) = vault.save(NAME, customs::name(&profile.name).as_bytes()) {
            warn!("the name was not kept: {error}");
        }
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use bevy::time::TimeUpdateStrategy;

    /// A device on which somebody is about to type a name, and what is kept of it.
    fn typing(folder: &str) -> (App, Vault) {
        let folder = std::env::temp_dir().join(format!("holm-name-{folder}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let vault = Vault::at(Some(folder));
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, plugin))
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)))
            .insert_resource(vault.clone())
            .insert_resource(Profile::throw_away("").unwrap());
        app.update();
        (app, vault)
    }

    fn type_name(app: &mut App, name: &str) {
        app.world_mut().resource_mut::<Profile>().name = name.to_owned();
        app.update();
    }

    fn kept(vault: &Vault) -> Option<String> {
        vault
            .load(NAME)
            .unwrap()
            .map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_name_is_kept_when_typing_rests_and_not_at_every_letter() {
        let (mut app, vault) = typing("rests");
        for name in ["A", "Ad", "Ada"] {
            type_name(&mut app, name);
            assert_eq!(kept(&vault), None);
        }
        for _ in 0..8 {
            app.update();
        }
        assert_eq!(kept(&vault).as_deref(), Some("Ada"));
        std::fs::remove_dir_all(vault.folder()).unwrap();
    }

    #[test]
    fn a_finished_name_is_kept_at_once_also_when_holm_closes() {
        let (mut app, vault) = typing("done");
        type_name(&mut app, "Ada");
        app.world_mut().write_message(NameDone);
        app.update();
        assert_eq!(kept(&vault).as_deref(), Some("Ada"));
        type_name(&mut app, "Bo");
        app.world_mut().write_message(Quit::default());
        app.update();
        assert_eq!(kept(&vault).as_deref(), Some("Bo"));
        std::fs::remove_dir_all(vault.folder()).unwrap();
    }

    #[test]
    fn who_never_gave_a_name_has_none() {
        let (_, vault) = typing("none");
        let (profile, _) = load(&vault).unwrap();
        assert_eq!(profile.name, "");
        std::fs::remove_dir_all(vault.folder()).unwrap();
    }
}

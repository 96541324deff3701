//! Who sits here: keys and a name, kept on this device.
//!
//! Flow: [`load`] at the start, before anything else → [`Profile`] → a changed name is kept at once.
//! Invariant: a damaged key file is set aside and said, never overwritten: it may be the only copy.

use crate::customs;
use crate::platform::Vault;
use crate::words::Phrase;
use bevy::prelude::*;
use holm_identity::{Identity, IdentityError};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Last, keep_name);
}

/// The person at this device. Inserted before anything else runs; a bot or a test has one of its own.
#[derive(Resource, Clone, Debug)]
pub struct Profile {
    pub identity: Identity,
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
    let name = vault
        .load(NAME)
        .ok()
        .flatten()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default();
    let name = if name.trim().is_empty() {
        "Guest".to_owned()
    } else {
        customs::name(&name)
    };
    Ok((
        Profile { identity, name },
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

fn keep_name(profile: Option<Res<Profile>>, vault: Option<Res<Vault>>) {
    let (Some(profile), Some(vault)) = (profile, vault) else {
        return;
    };
    if profile.is_changed() && !profile.is_added() {
        // The name field refuses control characters; what is kept is what would be shown.
        if let Err(error) = vault.save(NAME, customs::name(&profile.name).as_bytes()) {
            warn!("the name was not kept: {error}");
        }
    }
}

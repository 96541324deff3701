//! Holm: worlds that people host themselves.
//!
//! Three products from this crate: the desktop client and the browser client ([`SimPlugins`] and
//! `ViewPlugins`) and the headless host ([`SimPlugins`] alone, built without the feature `view`).
//! Flow: wishes ([`session::JoinLink`], [`chat::Say`], …) → rules → facts, told over the session, applied
//! by everyone. What moves ([`body`]) is a stream instead.
//! Invariant: no state in `static`: everything about one person is in one `App`, so two fit in a process.

#[cfg(feature = "view")]
pub mod arrival;
pub mod avatar;
pub mod body;
pub mod chat;
#[cfg(feature = "view")]
mod checkup;
#[cfg(feature = "view")]
mod confirm;
pub mod console;
pub mod customs;
pub mod fuzzing;
pub mod gesture;
pub mod gltf;
#[cfg(feature = "view")]
pub mod guide;
pub mod headless;
pub mod hosting;
#[cfg(feature = "view")]
pub mod input;
#[cfg(feature = "view")]
pub mod measure;
#[cfg(feature = "view")]
pub mod menu;
#[cfg(feature = "view")]
pub mod notices;
pub mod people;
#[cfg(feature = "view")]
pub mod photo;
pub mod platform;
pub mod powers;
pub mod profile;
pub mod quit;
#[cfg(feature = "view")]
pub mod report;
#[cfg(feature = "view")]
pub mod screens;
pub mod sentences;
pub mod session;
#[cfg(feature = "view")]
pub mod settings;
#[cfg(feature = "view")]
pub mod shots;
#[cfg(feature = "view")]
pub mod sky;
#[cfg(feature = "view")]
pub mod sound;
pub mod succession;
#[cfg(feature = "view")]
pub mod theme;
pub mod things;
mod third_party;
#[cfg(feature = "view")]
pub mod title;
#[cfg(feature = "view")]
pub mod view;
pub mod voice;
pub mod wire;
pub mod words;
pub mod world;

use bevy::prelude::*;

pub use platform::run;
#[cfg(feature = "view")]
pub use view::ViewPlugins;

/// Everything that happens whether or not anybody looks at it.
pub struct SimPlugins {
    /// This process moves a body of its own (a client, or a host that is also in its world); a headless host does not.
    pub embodied: bool,
}

impl Plugin for SimPlugins {
    fn build(&self, app: &mut App) {
        app.add_plugins((
            words::plugin,
            profile::plugin,
            session::plugin,
            quit::plugin,
            hosting::plugin,
            people::plugin,
            avatar::plugin,
            chat::plugin,
            things::plugin,
            powers::plugin,
            gesture::plugin,
            voice::plugin,
            body::others_plugin,
            world::plugin,
        ));
        if !self.embodied {
            app.insert_resource(avatar::AvatarsShown::Nothing)
                .insert_resource(things::files::FilesShown::Nothing);
        }
        // Things fall and roll where nobody looks, too.
        app.add_plugins((
            third_party::avian::plugin,
            world::ground_plugin,
            things::bodies::plugin,
            things::motion::plugin,
            succession::plugin,
        ));
        if self.embodied {
            app.add_plugins(body::plugin);
        } else {
            app.add_plugins(things::motion::sparing_plugin);
        }
    }
}

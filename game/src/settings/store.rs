//! Settings on this device: a small RON file (a browser keeps it in its local storage).
//!
//! Invariants: a broken file costs the settings in it and nothing else: it is kept aside, said once, and the
//! defaults are used; one that cannot be put aside is not written over.

use super::{Quality, Settings, VERSION};
use crate::notices::Notice;
use crate::quit::Quit;
use crate::theme::widgets::Mood;
use crate::words::Words;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use std::time::Duration;

/// Where small texts are kept on this device. The program hands one in as [`Keep`].
pub trait TextKeep: Send + Sync {
    /// The text kept under a name, if anything is. The error is for the log: something is there and is no text, or
    /// cannot be read.
    fn load(&self, name: &str) -> Result<Option<String>, String>;
    /// Puts what is broken aside under another name, beside what was put aside before. The error is for the log.
    fn set_aside(&self, name: &str) -> Result<(), String>;
    /// Keeps it, whole or not at all. The error is for the log.
    fn save(&self, name: &str, text: &str) -> Result<(), String>;
}

/// The keep in use. Without one (tests, pictures) settings are the usual ones and nothing is written.
#[derive(Resource)]
pub struct Keep(pub Box<dyn TextKeep>);

/// The name they are kept under.
const NAME: &str = "settings.ron";

/// A settings file is under 1 KB; ten times that is somebody's mistake.
const MAX_BYTES: usize = 16 * 1024;

/// Dragging a slider changes the settings sixty times a second; the disk hears of it once, or when Holm closes.
const SETTLE: Duration = Duration::from_millis(700);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Pending>()
        .add_systems(Startup, load)
        .add_systems(Update, save);
}

/// Reads what [`to_text`] wrote, and the version it was written as. Errors are for the log.
pub fn from_text(text: &str) -> Result<(Settings, u32), String> {
    if text.len() > MAX_BYTES {
        return Err(format!("{} bytes, at most {MAX_BYTES}", text.len()));
    }
    ron::Options::default()
        .with_recursion_limit(16)
        .from_str::<Settings>(text)
        .map(|read| {
            let version = read.version;
            (read.checked(), version)
        })
        .map_err(|error| error.to_string())
}

/// As it is written.
pub fn to_text(settings: &Settings) -> Option<String> {
    ron::ser::to_string_pretty(settings, ron::ser::PrettyConfig::default()).ok()
}

/// What is not on the disk yet.
#[derive(Resource, Debug, Default)]
struct Pending {
    /// When unsaved changes are old enough.
    due: Option<Duration>,
    /// A broken file is still where they would go.
    in_the_way: bool,
}

/// What one begins with on this graphics adapter; true when that is little. Who wants shadows at a frame a second can
/// still have them.
pub(crate) fn spare_software(
    adapter: Option<Res<RenderAdapterInfo>>,
    settings: &mut ResMut<Settings>,
) -> bool {
    // By name, because WebGL tells no more.
    let software = adapter.is_some_and(|adapter| crate::checkup::draws_in_software(&adapter.name));
    if software {
        settings.bypass_change_detection().set_quality(Quality::Low);
    }
    software
}

fn load(
    keep: Option<Res<Keep>>,
    adapter: Option<Res<RenderAdapterInfo>>,
    mut settings: ResMut<Settings>,
    mut pending: ResMut<Pending>,
    words: Res<Words>,
    mut notices: MessageWriter<Notice>,
) {
    let Some(keep) = keep else { return };
    let mut broken = |error: String| {
        let next = match keep.0.set_aside(NAME) {
            Ok(()) => {
                warn!("settings are broken and were set aside: {error}");
                "settings-broken-next"
            }
            Err(why) => {
                warn!("settings are broken and stay where they are: {error}, {why}");
                pending.in_the_way = true;
                "settings-broken-stays"
            }
        };
        notices.write(Notice::trouble(words.say("settings-broken"), words.say(next)));
    };
    let text = match keep.0.load(NAME) {
        Ok(text) => text,
        Err(error) => return broken(error),
    };
    let Some(text) = text else {
        // The first start on this device.
        if spare_software(adapter, &mut settings) {
            notices.write(Notice {
                mood: Mood::Plain,
                what: words.say("settings-software"),
                next: words.say("settings-software-next"),
            });
        }
        return;
    };
    match from_text(&text) {
        Ok((read, version)) => {
            if version > VERSION {
                let _ = keep.0.save(&format!("settings.{version}.ron"), &text);
                notices.write(Notice::trouble(
                    words.say("settings-newer"),
                    words.say("settings-newer-next"),
                ));
            }
            *settings.bypass_change_detection() = read;
        }
        Err(error) => broken(error),
    }
}

fn save(
    keep: Option<Res<Keep>>,
    settings: Res<Settings>,
    time: Res<Time<Real>>,
    mut pending: ResMut<Pending>,
    mut quits: MessageReader<Quit>,
    words: Res<Words>,
    mut notices: MessageWriter<Notice>,
) {
    let Some(keep) = keep else { return };
    let now = time.elapsed();
    let quitting = quits.read().count() > 0;
    if settings.is_changed() && !settings.is_added() {
        pending.due = Some(now + SETTLE);
    }
    if pending.due.is_some_and(|due| due <= now || quitting) {
        pending.due = None;
        if pending.in_the_way {
            return;
        }
        let saved = to_text(&settings)
            .ok_or_else(|| "not text".to_owned())
            .and_then(|text| keep.0.save(NAME, &text));
        if let Err(error) = saved {
            warn!("settings were not saved: {error}");
            notices.write(Notice::trouble(
                words.say("settings-unsaved"),
                words.say("settings-unsaved-next"),
            ));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_written_is_read() {
        let settings = Settings {
            mouse_sensitivity: 1.7,
            invert_y: true,
            ..default()
        };
        assert_eq!(
            from_text(&to_text(&settings).unwrap()).unwrap(),
            (settings, VERSION)
        );
    }

    #[test]
    fn an_older_file_keeps_what_it_says_and_a_newer_one_is_read() {
        let (settings, _) = from_text("(invert_y: true, a_setting_of_tomorrow: 3)").unwrap();
        assert!(settings.invert_y && settings.hints);
    }

    #[test]
    fn numbers_out_of_range_come_back_into_it() {
        let (settings, _) =
            from_text("(mouse_sensitivity: NaN, field_of_view_degrees: 4000.0, interface_scale: -3.0)")
                .unwrap();
        assert_eq!(settings.mouse_sensitivity, 1.0);
        assert_eq!(settings.field_of_view_degrees, 100.0);
        assert_eq!(settings.interface_scale, 0.75);
    }

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("holm-settings-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// A start with what lies in a folder, a change of a setting, and the end; what was said.
    fn session_in(folder: &std::path::Path) -> Vec<String> {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, plugin))
            .insert_resource(Keep(crate::platform::text_keep(folder.to_owned())))
            .init_resource::<Settings>()
            .init_resource::<Words>()
            .add_message::<Notice>()
            .add_message::<Quit>();
        app.update();
        app.world_mut().resource_mut::<Settings>().invert_y = true;
        app.update();
        app.world_mut().write_message(Quit::default());
        app.update();
        let mut notices = app.world_mut().resource_mut::<Messages<Notice>>();
        notices
            .drain()
            .map(|notice| format!("{} {}", notice.what, notice.next))
            .collect()
    }

    /// What lies in a folder, by name.
    fn names_in(folder: &std::path::Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A first start after somebody's mishap with the file; what lies in the folder afterwards.
    fn started_with(name: &str, bytes: &[u8]) -> (usize, Vec<String>) {
        let folder = folder(name);
        std::fs::write(folder.join(NAME), bytes).unwrap();
        // What an earlier mishap left is somebody's, too.
        std::fs::write(folder.join(format!("{NAME}.broken0")), "an earlier one").unwrap();
        let said = session_in(&folder).len();
        assert_eq!(
            std::fs::read(folder.join(format!("{NAME}.broken1"))).unwrap(),
            bytes
        );
        assert_eq!(
            std::fs::read_to_string(folder.join(format!("{NAME}.broken0"))).unwrap(),
            "an earlier one"
        );
        let names = names_in(&folder);
        std::fs::remove_dir_all(folder).unwrap();
        (said, names)
    }

    #[test]
    fn a_broken_file_is_kept_aside_and_said_whatever_is_in_it() {
        let huge = vec![b'x'; 3 << 20];
        // Deeper than any stack, were it followed; within the length that is looked at and beyond.
        let deep = "[".repeat(15_000);
        let nested = format!("(a_setting_of_tomorrow: {}", "[".repeat(15_000));
        let deeper = "(".repeat(900_000);
        let cut = to_text(&Settings::default()).unwrap();
        for (name, bytes) in [
            ("deep", deep.as_bytes()),
            ("nested", nested.as_bytes()),
            ("deeper", deeper.as_bytes()),
            ("cut", &cut.as_bytes()[..cut.len() / 2]),
            ("nothing", &[0; 600][..]),
            ("empty", b""),
            ("words", &b"no settings at all"[..]),
            ("latin", &b"(language: \"fran\xe7ais\")"[..]),
            ("huge", &huge[..]),
        ] {
            let (said, names) = started_with(name, bytes);
            assert_eq!(said, 1, "{name}");
            assert_eq!(
                names,
                ["settings.ron", "settings.ron.broken0", "settings.ron.broken1"],
                "{name}"
            );
        }
    }

    #[test]
    fn a_file_of_a_gigabyte_is_not_read_and_not_lost() {
        let folder = folder("gigabyte");
        let file = std::fs::File::create(folder.join(NAME)).unwrap();
        file.set_len(1 << 30).unwrap();
        let said = session_in(&folder);
        assert!(
            said[0].starts_with("Your settings could not be read."),
            "{said:?}"
        );
        let aside = folder.join(format!("{NAME}.broken0"));
        assert_eq!(std::fs::metadata(aside).unwrap().len(), 1 << 30);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_folder_of_that_name_is_put_aside_with_what_is_in_it() {
        let folder = folder("folder");
        std::fs::create_dir(folder.join(NAME)).unwrap();
        std::fs::write(folder.join(NAME).join("letter"), "mine").unwrap();
        assert_eq!(session_in(&folder).len(), 1);
        let letter = folder.join(format!("{NAME}.broken0")).join("letter");
        assert_eq!(std::fs::read_to_string(letter).unwrap(), "mine");
        assert!(folder.join(NAME).is_file(), "and the changed settings are kept");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_put_aside_is_not_written_over() {
        let folder = folder("stays");
        std::fs::write(folder.join(NAME), "no settings").unwrap();
        for i in 0..100 {
            std::fs::write(folder.join(format!("{NAME}.broken{i}")), "an earlier one").unwrap();
        }
        let said = session_in(&folder);
        assert!(
            said.len() == 1 && said[0].contains("stays where it is"),
            "{said:?}"
        );
        assert_eq!(std::fs::read_to_string(folder.join(NAME)).unwrap(), "no settings");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_file_of_a_newer_holm_is_used_as_far_as_it_is_understood_and_kept_as_it_was() {
        let folder = folder("newer");
        let newer = "(version: 7, high_contrast: true, a_setting_of_tomorrow: (3, 4))";
        std::fs::write(folder.join(NAME), newer).unwrap();
        let said = session_in(&folder);
        assert!(said.len() == 1 && said[0].contains("newer"), "{said:?}");
        assert_eq!(names_in(&folder), ["settings.7.ron", "settings.ron"]);
        assert_eq!(
            std::fs::read_to_string(folder.join("settings.7.ron")).unwrap(),
            newer
        );
        let (read, _) = from_text(&std::fs::read_to_string(folder.join(NAME)).unwrap()).unwrap();
        assert!(read.high_contrast && read.invert_y);
        // A number from nowhere is no reason to fail.
        assert!(from_text("(version: 4294967295)").is_ok());
        assert!(from_text("(version: -1)").is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }

    proptest! {
        #[test]
        fn no_file_breaks_the_start(text in "\\PC{0,300}") {
            if let Ok((settings, _)) = from_text(&text) {
                prop_assert_eq!(settings.clone().checked(), settings);
            }
        }

        #[test]
        fn no_slip_of_a_persons_hand_breaks_the_start(
            slips in proptest::collection::vec((any::<proptest::sample::Index>(), "[0-9eE().,:\"a-z-]{0,4}"), 1..6),
        ) {
            let mut text = to_text(&Settings::default()).unwrap();
            for (at, typed) in slips {
                let mut at = at.index(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                text.replace_range(at..=at, &typed);
            }
            if let Ok((settings, _)) = from_text(&text) {
                prop_assert_eq!(settings.clone().checked(), settings);
            }
        }
    }
}

//! What a window is on a desktop, and where it keeps how it was set.
#![allow(
    clippy::disallowed_methods,
    reason = "the platform reads clocks and waits, for everybody else"
)]

use crate::settings::store::TextKeep;
use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Whether this program can open a world for others.
pub const CAN_HOST: bool = true;

/// The pointer may be taken without a click.
pub const POINTER_NEEDS_CLICK: bool = false;

/// A desktop with a touch screen has no keyboard that comes by itself.
pub const LENDS_KEYBOARD: bool = false;

/// Seconds that processors worked for this program since it began, where the system says so.
pub fn processor_secs() -> Option<f64> {
    // Nanoseconds that each thread ran; Linux alone has it. Threads that ended are not in it: ours live as long as we.
    let threads = std::fs::read_dir("/proc/self/task").ok()?;
    let nanos: u64 = threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    (nanos > 0).then_some(nanos as f64 / 1e9)
}

/// For measuring.
pub fn now() -> bevy::platform::time::Instant {
    bevy::platform::time::Instant::now()
}

/// Lets the threads beside this one work for a moment.
pub fn breathe() {
    std::thread::sleep(std::time::Duration::from_millis(1));
}

/// Shadow maps for the sun: two keep both one's feet and the far end of a pier sharp.
pub const SHADOW_CASCADES: usize = 2;

/// Whether somebody else gave the pointer back, `secs` after it was taken. Only browsers do.
pub fn pointer_was_released(_secs: f32) -> bool {
    false
}

/// The languages of this person's system, the best first.
pub fn languages() -> Vec<String> {
    sys_locale::get_locales().collect()
}

/// A face of `assets/theme`, by its name: here they are in the program.
///
/// # Errors
/// For the log, when there is none of this name.
pub async fn face(name: &'static str, _file: String, _anew: bool) -> Result<Cow<'static, [u8]>, String> {
    let bytes: &'static [u8] = match name {
        "Vazirmatn-Medium" => include_bytes!("../../../../assets/theme/Vazirmatn-Medium.ttf"),
        "Vazirmatn-Bold" => include_bytes!("../../../../assets/theme/Vazirmatn-Bold.ttf"),
        "MPlusRounded-Medium" => include_bytes!("../../../../assets/theme/MPlusRounded-Medium.ttf"),
        "Rubik-Medium" => include_bytes!("../../../../assets/theme/Rubik-Medium.ttf"),
        "Rubik-Bold" => include_bytes!("../../../../assets/theme/Rubik-Bold.ttf"),
        "Mitr-Medium" => include_bytes!("../../../../assets/theme/Mitr-Medium.ttf"),
        "Mitr-Bold" => include_bytes!("../../../../assets/theme/Mitr-Bold.ttf"),
        "Baloo2-Medium" => include_bytes!("../../../../assets/theme/Baloo2-Medium.ttf"),
        _ => return Err(format!("there is no face {name}")),
    };
    Ok(Cow::Borrowed(bytes))
}

/// A file of this person's choice, as a path is typed or dropped.
///
/// # Errors
/// What the system says, for a person.
pub fn chosen_file(path: &std::path::Path, max_bytes: u64) -> Result<Vec<u8>, String> {
    use std::io::Read as _;
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let about = file.metadata().map_err(|error| error.to_string())?;
    if !about.is_file() {
        return Err(std::io::Error::from(std::io::ErrorKind::InvalidInput).to_string());
    }
    let mut bytes = Vec::new();
    // One byte more than allowed: too long a file is seen to be, and not held.
    let read = file.take(max_bytes + 1).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| error.to_string())
}

/// Whether what takes long holds up the frames wherever it is done.
pub const ONE_THREAD: bool = false;

/// Whether a path can be typed in.
pub const HAS_PATHS: bool = true;

/// Whether a person is asked for a file by a button.
pub const HAS_FILE_BUTTON: bool = false;

/// A desktop's files come by drop or path: every system has a window of its own to ask with, and none is needed.
pub fn ask_for_file() {}

/// A file that was chosen by the button.
pub fn brought_file() -> Option<Chosen> {
    None
}

/// A file of this person's choice that is not read yet.
#[derive(Debug)]
pub struct Chosen(PathBuf);

impl Chosen {
    /// As a path is typed or dropped.
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Reads it, and one byte more than allowed: too long a file is seen to be, and not held.
    ///
    /// # Errors
    /// What the system says, for a person.
    pub async fn read(self, max_bytes: u64) -> Result<Vec<u8>, String> {
        chosen_file(&self.0, max_bytes)
    }
}

/// A field is typed in by touch, or no longer. Desktops bring their own keyboard.
pub fn offer_keyboard(_typing: bool) {}

/// Desktops begin with a keyboard; the first touch says otherwise.
pub fn is_touched() -> bool {
    false
}

/// Nothing is lent, nothing is taken away.
pub fn keyboard_is_lent() -> bool {
    true
}

/// What notches and rounded corners take of the window: top, right, bottom, left, pixels of a page.
pub fn safe_edges() -> [f32; 4] {
    [0.0; 4]
}

/// Opens an address with the program that the system has for it. Call it only after a person saw all of it and said yes.
///
/// # Errors
/// What the system says, for the log.
pub fn open_address(address: &str) -> Result<(), String> {
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "windows") {
        // Not `start`: a shell would read what stands in the address.
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else if cfg!(target_os = "macos") {
        ("open", &[])
    } else {
        ("xdg-open", &[])
    };
    let mut child = std::process::Command::new(program)
        .args(arguments)
        .arg(address)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    // It ends when the other program has taken the address over; until then somebody has to wait for it.
    std::thread::spawn(move || {
        let _ = child.wait();
    });
    Ok(())
}

/// Keeps a picture where this person keeps pictures; where that is, for them to read.
///
/// # Errors
/// What the system says, for the log.
pub fn keep_picture(name: &str, bytes: &[u8]) -> Result<String, String> {
    write_picture(&pictures_folder().join("Holm"), name, bytes).map_err(|error| error.to_string())
}

/// Never over another one: two in one second have two names.
fn write_picture(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<String> {
    std::fs::create_dir_all(folder)?;
    for number in 1..100 {
        let path = match number {
            1 => folder.join(name),
            _ => folder.join(format!("{} ({number}).png", name.trim_end_matches(".png"))),
        };
        match std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
        {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(mut file) => {
                return match file.write_all(bytes) {
                    Ok(()) => Ok(path.display().to_string()),
                    // Half a picture is none.
                    Err(error) => {
                        let _ = std::fs::remove_file(&path);
                        Err(error)
                    }
                };
            }
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

/// Where this person's system keeps pictures.
fn pictures_folder() -> PathBuf {
    let env = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if cfg!(windows) {
        return env("USERPROFILE").unwrap_or_default().join("Pictures");
    }
    let home = env("HOME").unwrap_or_else(|| PathBuf::from("."));
    let config = env("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
    // Systems name the folder in the language of their person, and write that down (xdg-user-dirs).
    env("XDG_PICTURES_DIR")
        .or_else(|| {
            let text = std::fs::read_to_string(config.join("user-dirs.dirs")).ok()?;
            pictures_in(&text, &home)
        })
        .filter(|folder| folder.is_absolute())
        .unwrap_or_else(|| home.join("Pictures"))
}

/// The line `XDG_PICTURES_DIR="$HOME/Bilder"` of a `user-dirs.dirs`.
fn pictures_in(text: &str, home: &Path) -> Option<PathBuf> {
    let value = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("XDG_PICTURES_DIR="))?
        .trim_matches('"');
    Some(match value.strip_prefix("$HOME") {
        Some(rest) => home.join(rest.trim_start_matches('/')),
        None => PathBuf::from(value),
    })
}

/// Texts in a folder, one file each.
struct Folder(PathBuf);

/// A keep in `folder`, which is made when something is first saved.
pub fn text_keep(folder: PathBuf) -> Box<dyn TextKeep> {
    Box::new(Folder(folder))
}

impl TextKeep for Folder {
    fn load(&self, name: &str) -> Result<Option<String>, String> {
        // A folder or a device of that name is nothing to read; a file of gigabytes is nothing to hold.
        const MAX_BYTES: u64 = 1 << 20;
        let path = self.0.join(name);
        let about = match std::fs::metadata(&path) {
            Ok(about) => about,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        if !about.is_file() || about.len() > MAX_BYTES {
            return Err(format!("no file, or one of {} bytes", about.len()));
        }
        std::fs::read_to_string(&path)
            .map(Some)
            .map_err(|error| error.to_string())
    }

    fn set_aside(&self, name: &str) -> Result<(), String> {
        crate::platform::Vault::at(Some(self.0.clone()))
            .set_aside(name)
            .map(|_| ())
    }

    fn save(&self, name: &str, text: &str) -> Result<(), String> {
        let aside = self.0.join(format!("{name}.new"));
        let write = || {
            std::fs::create_dir_all(&self.0)?;
            std::fs::write(&aside, text)?;
            // Whole or not at all: a full disk leaves the old one.
            std::fs::rename(&aside, self.0.join(name))
        };
        write().map_err(|error| {
            // Half a text is worth nothing, and room is what may be short.
            let _ = std::fs::remove_file(&aside);
            error.to_string()
        })
    }
}

/// Whether a link is another page's business: never, a program goes to any host by itself.
pub fn open_page_of(_link: &holm_net::link::Link) -> bool {
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_folder_is_the_one_the_system_names() {
        let home = Path::new("/home/ada");
        let text =
            "# made by xdg-user-dirs\nXDG_MUSIC_DIR=\"$HOME/Musik\"\nXDG_PICTURES_DIR=\"$HOME/Bilder\"\n";
        assert_eq!(pictures_in(text, home), Some(PathBuf::from("/home/ada/Bilder")));
        let elsewhere = "XDG_PICTURES_DIR=\"/data/pictures\"";
        assert_eq!(
            pictures_in(elsewhere, home),
            Some(PathBuf::from("/data/pictures"))
        );
        assert_eq!(pictures_in("", home), None);
    }

    #[test]
    fn two_pictures_of_one_second_are_both_kept() {
        let folder = std::env::temp_dir().join(format!("holm-pictures-{}", std::process::id()));
        let first = write_picture(&folder, "Holm.png", b"one").unwrap();
        let second = write_picture(&folder, "Holm.png", b"two").unwrap();
        assert!(second.ends_with("Holm (2).png"), "{second}");
        assert_eq!(std::fs::read(first).unwrap(), b"one");
        assert_eq!(std::fs::read(second).unwrap(), b"two");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

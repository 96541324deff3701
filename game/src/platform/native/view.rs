//! What a window is on a desktop, and where it keeps how it was set.

use crate::settings::store::TextKeep;
use std::borrow::Cow;
use std::path::PathBuf;

/// Whether this program can open a world for others.
pub const CAN_HOST: bool = true;

/// The pointer may be taken without a click.
pub const POINTER_NEEDS_CLICK: bool = false;

/// A desktop with a touch screen has no keyboard that comes by itself.
pub const LENDS_KEYBOARD: bool = false;

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
pub async fn face(name: &'static str, _file: String) -> Result<Cow<'static, [u8]>, String> {
    let bytes: &'static [u8] = match name {
        "Vazirmatn-Medium" => include_bytes!("../../../../assets/theme/Vazirmatn-Medium.ttf"),
        "Vazirmatn-Bold" => include_bytes!("../../../../assets/theme/Vazirmatn-Bold.ttf"),
        "MPlusRounded-Medium" => include_bytes!("../../../../assets/theme/MPlusRounded-Medium.ttf"),
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

/// Whether a path can be typed in.
pub const HAS_PATHS: bool = true;

/// A field is typed in by touch, or no longer. Desktops bring their own keyboard.
pub fn offer_keyboard(_typing: bool) {}

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

/// Texts in a folder, one file each.
struct Folder(PathBuf);

/// A keep in `folder`, which is made when something is first saved.
pub fn text_keep(folder: PathBuf) -> Box<dyn TextKeep> {
    Box::new(Folder(folder))
}

impl TextKeep for Folder {
    fn load(&self, name: &str) -> Option<String> {
        // A folder or a device of that name is nothing to read; a file of gigabytes is nothing to hold.
        const MAX_BYTES: u64 = 1 << 20;
        let path = self.0.join(name);
        let about = std::fs::metadata(&path).ok()?;
        (about.is_file() && about.len() <= MAX_BYTES).then(|| std::fs::read_to_string(&path).ok())?
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

//! What a host keeps beside its world of whom it keeps out: written when that changes, for no other eyes than its own.
//!
//! Invariant: a file that cannot be read is as if there were none, and is said in the log: the bans of accounts are in the world.

use super::{Bar, Bars, MOST};
use crate::platform;
use bevy::log::warn;
use holm_document::folder::Folder;
use holm_document::store::Disk;
use serde::{Deserialize, Serialize};

const FILE: &str = "barred.ron";
/// The format that is written, and the newest that is read.
const FORMAT: u32 = 1;
/// Four times what as many as there can be take.
const MOST_BYTES: usize = 1 << 20;

#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
    bars: Vec<Bar>,
}

/// What is kept in this folder. Blocking, and short.
pub(super) fn load(folder: &Folder) -> Bars {
    let bytes = match folder.read_beginning(FILE, MOST_BYTES + 1) {
        Ok(bytes) => bytes,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                warn!("which networks are kept out could not be read: {error}");
            }
            return Bars::default();
        }
    };
    let read = core::str::from_utf8(&bytes)
        .ok()
        .filter(|text| text.len() <= MOST_BYTES)
        .and_then(|text| ron::from_str::<Kept>(text).ok())
        .filter(|kept| kept.format <= FORMAT && kept.bars.len() <= MOST);
    match read {
        Some(kept) => Bars(kept.bars),
        None => {
            warn!("which networks are kept out could not be read: {FILE} is damaged or newer");
            Bars::default()
        }
    }
}

/// Blocking, and short.
pub(super) fn save(folder: &Folder, bars: &Bars) {
    let kept = Kept {
        format: FORMAT,
        bars: bars.0.clone(),
    };
    let written = ron::to_string(&kept)
        .map_err(|error| error.to_string())
        .and_then(|text| platform::write_private(folder.path(), FILE, text.as_bytes()));
    if let Err(error) = written {
        warn!("which networks are kept out could not be written down: {error}");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_what_is_damaged_is_nothing() {
        let path = std::env::temp_dir().join(format!("holm-barred-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        let folder = Folder::new(&path).unwrap();
        assert_eq!(load(&folder), Bars::default());
        let mut bars = Bars::default();
        for (n, household) in ["203.0.113.7", "2001:db8:0:1::/64"].into_iter().enumerate() {
            bars.add(household.parse().unwrap(), [n as u8; 32], 1_000);
        }
        save(&folder, &bars);
        assert_eq!(load(&folder), bars);
        let text = std::fs::read_to_string(path.join(FILE)).unwrap();
        assert!(text.contains("\"2001:db8:0:1::/64\""), "{text}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = || std::fs::metadata(path.join(FILE)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(), 0o600);
            // One that others could read, of an earlier version, is not read by them any more.
            std::fs::set_permissions(path.join(FILE), std::fs::Permissions::from_mode(0o644)).unwrap();
            save(&folder, &bars);
            assert_eq!(mode(), 0o600);
        }
        for damage in [
            text[..text.len() / 2].to_owned(),
            text.replace("203.0.113.7", "203.0.113.700"),
            text.replace("format:1", "format:9"),
            format!("{text}{}", " ".repeat(MOST_BYTES)),
            "(".repeat(10_000),
            String::new(),
        ] {
            assert_ne!(damage, text);
            std::fs::write(path.join(FILE), damage).unwrap();
            assert_eq!(load(&folder), Bars::default());
        }
        std::fs::write(path.join(FILE), [0xFF, 0xFE]).unwrap();
        assert_eq!(load(&folder), Bars::default());
        std::fs::remove_dir_all(path).unwrap();
    }
}

//! Desktop and headless: Linux, Windows, macOS.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, for people to read; 0 if the clock stands before that.
pub fn unix_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// The program.
pub fn run() -> ExitCode {
    #[cfg(feature = "view")]
    match crate::shots::asked(std::env::args()) {
        None => {}
        Some(Ok(shot)) => return crate::shots::run(shot),
        Some(Err(usage)) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

//! In a browser.

use std::process::ExitCode;

/// Seconds since 1970, for people to read.
pub fn unix_secs() -> u64 {
    (js_sys::Date::now() / 1000.0) as u64
}

/// The program: starts the client on this page.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}

//! The `holm` program: all of it is in the library, so that tests and this file run the same code.

use std::process::ExitCode;

fn main() -> ExitCode {
    holm::run()
}

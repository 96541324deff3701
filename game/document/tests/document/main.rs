//! The document as people and machines put it to the test: together, arriving late, on a disk that fails.
#![allow(clippy::unwrap_used, reason = "tests")]

mod arriving;
mod crash;
mod doctor;
mod files;
mod forgetting;
mod formats;
mod fuzz_corpus;
mod keeping;
mod one_file;
mod people;
mod restoring;
mod resyncing;
mod settling;
mod together;

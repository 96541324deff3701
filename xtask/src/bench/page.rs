//! The browser bundle: what it weighs, and how long until a person is in the world.

use super::Figure;
use super::lab::Lab;
use crate::browser;
use crate::setup::{Need, ensure};
use crate::web;
use anyhow::Result;

pub(super) fn page(lab: &Lab) -> Result<Vec<Figure>> {
    ensure(lab.env, &[Need::Wasm, Need::Browser])?;
    let bundle = web::build(lab.env, if lab.quick { "web-quick" } else { "web" }, None)?;
    let megabytes = bundle.brotli_bytes as f64 / 1e6;
    let mut figures = vec![Figure::at_most(
        "browser bundle, brotli",
        Some(megabytes),
        web::BAR_BYTES as f64 / 1e6,
        "MB",
    )];
    let timed = browser::time(lab.env, &lab.holm, &bundle.dir);
    match timed {
        Ok(secs) => figures.push(Figure::at_most(
            "in the world, headless Chromium with software rendering",
            Some(secs),
            15.0,
            "s",
        )),
        Err(error) => figures.push(Figure::missing(
            "in the world, headless Chromium with software rendering",
            &error,
        )),
    }
    Ok(figures)
}

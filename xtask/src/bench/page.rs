//! The browser bundle: what it weighs by kind, how long until a person is in the world, and what they have to do for it.

use super::Figure;
use super::lab::Lab;
use crate::browser;
use crate::setup::{Need, ensure};
use crate::web;
use anyhow::Result;

pub(super) fn page(lab: &Lab) -> Result<Vec<Figure>> {
    ensure(lab.env, &[Need::Wasm, Need::Browser])?;
    let bundle = web::build(lab.env, if lab.quick { "web-quick" } else { "web" }, None)?;
    let megabytes = |bytes: u64| Some(bytes as f64 / 1e6);
    let mut figures = vec![Figure::at_most(
        "browser: first load with fonts, brotli",
        megabytes(bundle.first_bytes()),
        web::BAR_BYTES as f64 / 1e6,
        "MB",
    )];
    for (when, kinds) in [("first load", &bundle.first), ("only when needed", &bundle.later)] {
        for (kind, bytes) in kinds {
            figures.push(Figure::note(
                &format!("browser: {when}: {kind}"),
                megabytes(*bytes),
                "MB",
            ));
        }
    }
    // Whoever reads no Arabic and no Japanese must not fetch their letters.
    let fonts_later = bundle.later.get("fonts").copied().unwrap_or(0);
    figures.push(Figure::at_least(
        "browser: faces of other scripts, fetched only when needed",
        megabytes(fonts_later),
        0.05,
        "MB",
    ));
    let timed = browser::time(lab.env, &lab.holm, &bundle.dir);
    let inside = "in the world, headless Chromium with software rendering";
    let walking = "from the link in a browser to walking";
    match timed {
        Ok(way) => {
            figures.push(Figure::at_most(inside, Some(way.inside_secs), 15.0, "s"));
            figures.push(Figure::at_most(walking, Some(way.actions), 3.0, "actions"));
        }
        Err(error) => figures.extend([inside, walking].map(|what| Figure::missing(what, &error))),
    }
    Ok(figures)
}

//! What an avatar costs, honestly, before others see it.

use super::document::{AvatarDocument, Meter, Rank};
use super::limits::{FAIR, GOOD, Light};

/// Counts a document. `bytes` are those of its file.
pub(super) fn measure(document: &AvatarDocument, bytes: u64, texture_bytes: u64) -> Meter {
    let sum = |of: &dyn Fn(&super::document::Part) -> usize| document.parts.iter().map(of).sum::<usize>();
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut meter = Meter {
        bytes,
        triangles: small(sum(&|part| part.indices.len() / 3)),
        bones: small(
            document
                .skins
                .iter()
                .map(|skin| skin.joints.len())
                .max()
                .unwrap_or(0),
        ),
        parts: small(document.parts.len()),
        textures: small(document.pictures.len()),
        texture_bytes,
        springs: small(
            document
                .springs
                .springs
                .iter()
                .map(|spring| spring.joints.len())
                .sum(),
        ),
        rank: Rank::Good,
    };
    meter.rank = if fits(&meter, &GOOD) {
        Rank::Good
    } else if fits(&meter, &FAIR) {
        Rank::Fair
    } else {
        Rank::Heavy
    };
    meter
}

fn fits(meter: &Meter, light: &Light) -> bool {
    meter.bytes <= light.bytes
        && meter.triangles <= light.triangles
        && meter.bones <= light.bones
        && meter.parts <= light.parts
        && meter.texture_bytes <= light.texture_bytes
        && meter.springs <= light.springs
}

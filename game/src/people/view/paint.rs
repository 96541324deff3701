//! The colours of a look.
//!
//! Invariant: as many as the file of the family has slots (`assets/people/make.py`).

use crate::people::look::{Choice, HUES, Look, MUTED};
use bevy::prelude::*;

/// A coat is in the hue of its wearer's name.
const _: () = assert!(HUES as u16 == crate::theme::PERSON_HUES);

/// Skin tones, linear, from light to dark.
const SKIN_TONES: [[f32; 3]; 6] = [
    [0.86, 0.62, 0.48],
    [0.74, 0.48, 0.33],
    [0.58, 0.34, 0.21],
    [0.40, 0.22, 0.13],
    [0.24, 0.125, 0.075],
    [0.13, 0.07, 0.045],
];

/// Black, dark brown, brown, chestnut, red, blond, grey, white.
const HAIR: [[f32; 3]; 8] = [
    [0.018, 0.016, 0.018],
    [0.045, 0.026, 0.018],
    [0.115, 0.060, 0.030],
    [0.205, 0.085, 0.035],
    [0.42, 0.135, 0.045],
    [0.62, 0.42, 0.17],
    [0.33, 0.33, 0.35],
    [0.74, 0.71, 0.66],
];

/// Brown, dark, tan, grey, red, moss.
const BOOTS: [[f32; 3]; 6] = [
    [0.115, 0.060, 0.032],
    [0.032, 0.028, 0.028],
    [0.28, 0.16, 0.075],
    [0.13, 0.135, 0.145],
    [0.26, 0.055, 0.040],
    [0.085, 0.105, 0.050],
];

/// Cream, sand, brown, moss, slate, navy, wine, charcoal.
const MUTED_COLOURS: [[f32; 3]; MUTED as usize] = [
    [0.80, 0.74, 0.62],
    [0.52, 0.40, 0.25],
    [0.16, 0.095, 0.055],
    [0.13, 0.16, 0.075],
    [0.13, 0.17, 0.20],
    [0.040, 0.060, 0.115],
    [0.19, 0.045, 0.060],
    [0.055, 0.055, 0.060],
];

fn linear(colour: Color) -> [f32; 3] {
    let linear = colour.to_linear();
    [linear.red.max(0.0), linear.green.max(0.0), linear.blue.max(0.0)]
}

/// A colour of cloth, linear; `light` for scarves and hats.
pub(crate) fn cloth(index: u8, light: bool) -> [f32; 3] {
    if let Some(muted) = index.checked_sub(HUES) {
        return MUTED_COLOURS[usize::from(muted % MUTED)];
    }
    let hue = 360.0 * f32::from(index) / f32::from(HUES);
    linear(if light {
        Color::oklch(0.76, 0.115, hue)
    } else {
        Color::oklch(0.65, 0.095, hue)
    })
}

/// A choice as a colour to show it by, when it is one.
pub(crate) fn sample(choice: Choice, value: u8) -> Option<[f32; 3]> {
    let pick = |list: &[[f32; 3]]| list.get(usize::from(value)).copied();
    match choice {
        Choice::Skin => pick(&SKIN_TONES),
        Choice::HairColour => pick(&HAIR),
        Choice::BootColour => pick(&BOOTS),
        Choice::CoatColour => Some(cloth(value, false)),
        Choice::AccentColour => Some(cloth(value, true)),
        Choice::LegColour => Some(dim(cloth(value, false))),
        _ => None,
    }
}

/// Trousers are darker than coats.
fn dim(colour: [f32; 3]) -> [f32; 3] {
    colour.map(|c| c * 0.62)
}

/// The colour of each slot, linear.
pub(super) fn slots(look: &Look) -> [[f32; 3]; 16] {
    let of = |choice: Choice| sample(choice, look.get(choice)).unwrap_or([0.5; 3]);
    let skin = of(Choice::Skin);
    let tinted = |tint: [f32; 3]| [skin[0] * tint[0], skin[1] * tint[1], skin[2] * tint[2]];
    [
        skin,
        of(Choice::HairColour),
        of(Choice::CoatColour),
        of(Choice::AccentColour),
        of(Choice::LegColour),
        of(Choice::BootColour),
        [0.82, 0.76, 0.65],
        [0.020, 0.018, 0.022],
        tinted([1.04, 0.62, 0.54]),
        // A spark in the eye: without it a face looks switched off.
        [5.0; 3],
        [0.66, 0.47, 0.18],
        [0.20, 0.115, 0.055],
        tinted([0.94, 0.78, 0.72]),
        tinted([0.34, 0.20, 0.18]),
        [0.042, 0.034, 0.030],
        [0.5; 3],
    ]
}

//! One file for each plugin of others, so that an upgrade touches one file.

pub(crate) mod avian;
#[cfg(feature = "view")]
pub(crate) mod egui;
#[cfg(feature = "view")]
pub(crate) mod enhanced_input;
#[cfg(feature = "view")]
pub(crate) mod pbr;

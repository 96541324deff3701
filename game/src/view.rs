//! Everything a person sees, hears and types: the table of contents of the view parts.

use bevy::prelude::*;

/// Window, renderer, interface.
pub struct ViewPlugins;

impl Plugin for ViewPlugins {
    fn build(&self, _app: &mut App) {}
}

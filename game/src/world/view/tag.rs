//! What the shaders are told of one thing by its `MeshTag`, beside what its material says.
//!
//! The lowest byte is about the sun where no shadows are drawn (`third_party/pbr/plain.wgsl`): [`NOTHING`], [`IN_ALPHA`],
//! or from [`DARK`] to 255 how much of it there is. The rest is a distance in decimetres at which a small plant is gone
//! (`moving.wgsl`), 0 for never.

/// In full sun.
pub(crate) const NOTHING: u32 = 0;
/// The alpha of its corners says how much of the sky the sun can be seen in from there.
pub(crate) const IN_ALPHA: u32 = 1;
/// In full shade.
pub(crate) const DARK: u32 = 2;

/// For something that is in this much sun, 0 to 1.
pub(crate) fn sunlit(much: f32) -> u32 {
    if much >= 1.0 {
        return NOTHING;
    }
    DARK + (much.max(0.0) * (255 - DARK) as f32) as u32
}

/// The same tag for something that ends at this distance.
pub(super) fn with_end(tag: u32, metres: f32) -> u32 {
    let decimetres = (metres * 10.0).clamp(0.0, 0xFF_FFFF as f32) as u32;
    tag & 0xFF | decimetres << 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sun_and_distance_do_not_disturb_each_other() {
        assert_eq!(with_end(IN_ALPHA, 12.34), IN_ALPHA | 123 << 8);
        assert_eq!(with_end(with_end(7, 90.0), f32::INFINITY) & 0xFF, 7);
        assert_eq!((sunlit(1.0), sunlit(0.0), sunlit(-3.0)), (NOTHING, DARK, DARK));
        assert!(sunlit(0.999) <= 255 && sunlit(0.5) > sunlit(0.2));
    }
}

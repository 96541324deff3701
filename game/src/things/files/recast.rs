//! A picture of a kind that worlds do not show becomes one of a kind that they do, before it leaves whoever brings it in.
//!
//! Flow: WebP, GIF or BMP → decoded here, the right way up → JPEG, or PNG where one can look through it.
//! Invariants: no bytes make anything in here panic or take more memory than a picture may; of a moving picture the first moment
//! is taken; others never read these kinds.

use super::read::{BadFile, MOST_PIXELS, MOST_SIDE};
use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// Of 100: what photographs keep without anybody seeing a difference.
const QUALITY: u8 = 90;
/// What decoding may take, bytes for a pixel, and beside it.
const BYTES_A_PIXEL: u64 = 16;
const BYTES_BESIDE: u64 = 64 << 20;

/// How it begins, of those that are read here.
fn kind(bytes: &[u8]) -> Option<ImageFormat> {
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    if webp {
        Some(ImageFormat::WebP)
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        Some(ImageFormat::Gif)
    } else if bytes.starts_with(b"BM") {
        Some(ImageFormat::Bmp)
    } else {
        None
    }
}

/// The same picture as PNG or JPEG; anything of another kind as it is. Blocking.
///
/// # Errors
/// Why it cannot be shown.
pub(super) fn recast(bytes: &Bytes) -> Result<Bytes, BadFile> {
    let Some(kind) = kind(bytes) else {
        return Ok(bytes.clone());
    };
    let damaged = |_| BadFile::Damaged;
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), kind)
        .into_decoder()
        .map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > MOST_SIDE || pixels > MOST_PIXELS {
        return Err(BadFile::TooManyPixels { width, height });
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(BYTES_A_PIXEL * pixels + BYTES_BESIDE);
    decoder.set_limits(limits).map_err(damaged)?;
    let turned = decoder.orientation().map_err(damaged)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(turned);
    let mut written = Vec::new();
    let see_through =
        picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] < 255);
    let result = if see_through {
        let png = DynamicImage::from(picture.into_rgba8());
        png.write_to(&mut Cursor::new(&mut written), ImageFormat::Png)
    } else {
        JpegEncoder::new_with_quality(&mut written, QUALITY).encode_image(&picture.into_rgb8())
    };
    result.map_err(damaged)?;
    Ok(written.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::read::{self, Content};
    use super::*;
    use crate::gltf::PictureKind;
    use image::{Rgba, RgbaImage};
    use proptest::prelude::*;

    /// Left half red, right half blue as well as can be seen through.
    fn picture(alpha: u8) -> DynamicImage {
        let colour = |x, _| {
            if x < 8 {
                Rgba([250, 20, 20, 255])
            } else {
                Rgba([20, 20, 250, alpha])
            }
        };
        RgbaImage::from_fn(16, 12, colour).into()
    }

    fn written(picture: &DynamicImage, kind: ImageFormat) -> Bytes {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), kind).unwrap();
        bytes.into()
    }

    fn seen(bytes: &Bytes) -> (PictureKind, u32, u32, RgbaImage) {
        let Content::Picture(data) = read::read(bytes).unwrap() else {
            panic!()
        };
        (
            data.kind,
            data.width,
            data.height,
            image::load_from_memory(bytes).unwrap().into_rgba8(),
        )
    }

    #[test]
    fn pictures_of_other_kinds_become_what_everybody_can_see() {
        for kind in [ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp] {
            let whole = written(&picture(255), kind);
            assert_eq!(
                read::read(&whole),
                Err(BadFile::Unknown),
                "{kind:?} is read by nobody else"
            );
            let (kind_now, width, height, pixels) = seen(&recast(&whole).unwrap());
            assert_eq!((kind_now, width, height), (PictureKind::Jpeg, 16, 12), "{kind:?}");
            let [left, right] = [pixels.get_pixel(2, 6).0, pixels.get_pixel(13, 6).0];
            assert!(
                left[0] > 200 && left[2] < 80 && right[2] > 200 && right[0] < 80,
                "{left:?} {right:?}"
            );
        }
    }

    #[test]
    fn what_one_can_look_through_stays_so() {
        let whole = written(&picture(0), ImageFormat::WebP);
        let (kind, .., pixels) = seen(&recast(&whole).unwrap());
        assert_eq!(kind, PictureKind::Png);
        assert_eq!(
            (pixels.get_pixel(2, 6).0[3], pixels.get_pixel(13, 6).0[3]),
            (255, 0)
        );
    }

    #[test]
    fn what_worlds_show_already_is_the_same_file() {
        let whole = written(&picture(255), ImageFormat::Png);
        assert_eq!(recast(&whole).unwrap(), whole);
        let model = Bytes::from_static(b"{}");
        assert_eq!(recast(&model).unwrap(), model);
    }

    #[test]
    fn one_that_is_too_large_is_not_decoded() {
        let mut whole = written(&picture(255), ImageFormat::Bmp).to_vec();
        whole[18..22].copy_from_slice(&60_000_u32.to_le_bytes());
        let too_large = BadFile::TooManyPixels {
            width: 60_000,
            height: 12,
        };
        assert_eq!(recast(&whole.into()), Err(too_large));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_bytes_make_it_panic(which in 0_usize..3, cut in 0_usize..600, at in 0_usize..600, byte: u8) {
            let kind = [ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp][which];
            let mut bytes = written(&picture(7), kind).to_vec();
            if let Some(there) = bytes.get_mut(at) {
                *there = byte;
            }
            bytes.truncate(cut.max(12));
            let _ = recast(&bytes.into());
        }
    }
}

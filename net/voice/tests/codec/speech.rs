//! Two sentences to test with: espeak-ng said them, at 48 kHz; kept as Opus of 40 kbit/s, each frame after a byte that is
//! its length. Ours, under the licence of this repository.

use holm_voice::FRAME_SAMPLES;
use holm_voice::codec::{Decode, Decoder, Samples};

/// "Please come a little closer to the fire, it is getting cold outside." 3.9 s; it begins in the second frame.
pub(crate) fn man() -> Vec<Samples> {
    unpacked(include_bytes!("man.frames"))
}

/// "Two people took the path to the house: she sells six thick thistle sticks by the sea shore." 5.3 s.
pub(crate) fn woman() -> Vec<Samples> {
    unpacked(include_bytes!("woman.frames"))
}

fn unpacked(mut bytes: &[u8]) -> Vec<Samples> {
    let mut decoder = Decoder::new().unwrap();
    let mut frames = Vec::new();
    while let Some((len, rest)) = bytes.split_first() {
        let (payload, rest) = rest.split_at(usize::from(*len));
        let mut frame = [0.0; FRAME_SAMPLES];
        decoder.decode(payload, &mut frame).unwrap();
        frames.push(frame);
        bytes = rest;
    }
    frames
}

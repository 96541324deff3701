//! Writes every clip as a WAV file, to be heard and looked at: `cargo run -p holm-audio --example clips -- FOLDER`.

use holm_audio::clips::{Clip, samples};
use std::io::Write;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "clips".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let (mut secs, mut memory_bytes) = (0.0, 0);
    for clip in Clip::ALL {
        let sample = samples(clip);
        secs += sample.samples.len() as f32 / sample.rate_hz as f32;
        memory_bytes += size_of_val(sample.samples.as_slice());
        let mut wav = Vec::with_capacity(44 + sample.samples.len() * 2);
        let data_bytes = sample.samples.len() as u32 * 2;
        wav.extend_from_slice(b"RIFF");
        wav.extend_from_slice(&(36 + data_bytes).to_le_bytes());
        wav.extend_from_slice(b"WAVEfmt ");
        wav.extend_from_slice(&16u32.to_le_bytes());
        // PCM, one channel.
        wav.extend_from_slice(&1u16.to_le_bytes());
        wav.extend_from_slice(&1u16.to_le_bytes());
        wav.extend_from_slice(&sample.rate_hz.to_le_bytes());
        wav.extend_from_slice(&(sample.rate_hz * 2).to_le_bytes());
        wav.extend_from_slice(&2u16.to_le_bytes());
        wav.extend_from_slice(&16u16.to_le_bytes());
        wav.extend_from_slice(b"data");
        wav.extend_from_slice(&data_bytes.to_le_bytes());
        for value in &sample.samples {
            wav.extend_from_slice(&((value * 32_767.0) as i16).to_le_bytes());
        }
        std::fs::File::create(folder.join(format!("{clip:?}.wav")))?.write_all(&wav)?;
    }
    writeln!(
        std::io::stdout(),
        "{} clips, {secs:.1} s, {:.1} MB in memory",
        Clip::ALL.len(),
        memory_bytes as f32 / 1e6
    )
}

//! One bot speaks, another hears it: from a file through codec, wire, host and jitter buffer into another file.

use super::*;

const RATE_HZ: usize = 48_000;
/// A sweep from the one to the other, in so many seconds: what a telephone lets through, and nothing else sounds like it.
const SWEEP_HZ: [f32; 2] = [400.0, 1_600.0];
const SWEEP_SECS: f32 = 0.5;
/// Silence follows until so long after it began.
const EVERY_SECS: f32 = 1.0;
/// What is compared is thinner: nothing in it is higher than 1.6 kHz.
const THIN: usize = 8;

/// The sweep's phase in radians, so many seconds after its beginning.
fn phase(secs: f32) -> f32 {
    let [from, to] = SWEEP_HZ;
    std::f32::consts::TAU * (from * secs + (to - from) * secs * secs / (2.0 * SWEEP_SECS))
}

/// 16 bits, one channel.
fn wav(samples: &[i16]) -> Vec<u8> {
    let len = samples.len() as u32 * 2;
    let rate = RATE_HZ as u32;
    let mut out = b"RIFF".to_vec();
    out.extend_from_slice(&(36 + len).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend_from_slice(&rate.to_le_bytes());
    out.extend_from_slice(&(rate * 2).to_le_bytes());
    out.extend_from_slice(b"\x02\0\x10\0data");
    out.extend_from_slice(&len.to_le_bytes());
    samples
        .iter()
        .for_each(|sample| out.extend_from_slice(&sample.to_le_bytes()));
    out
}

fn spoken() -> Vec<u8> {
    let samples = (0..(EVERY_SECS * RATE_HZ as f32) as usize).map(|at| {
        let secs = at as f32 / RATE_HZ as f32;
        // It begins and ends softly.
        let edge = (secs.min(SWEEP_SECS - secs) / 0.02).clamp(0.0, 1.0);
        (phase(secs).sin() * edge * 12_000.0) as i16
    });
    wav(&samples.collect::<Vec<_>>())
}

fn thin(wav: &[u8]) -> Vec<f32> {
    let samples: Vec<f32> = wav[44..]
        .chunks_exact(2)
        .map(|bytes| f32::from(i16::from_le_bytes([bytes[0], bytes[1]])))
        .collect();
    samples
        .chunks_exact(THIN)
        .map(|some| some.iter().sum::<f32>() / THIN as f32)
        .collect()
}

/// How much like the middle of the sweep it sounds where it does most, in each second from there on, 0 to 1; and when. A
/// sweep played `backwards` is another.
fn found(heard: &[f32], backwards: bool) -> Vec<(f32, f32)> {
    let rate = (RATE_HZ / THIN) as f32;
    let (from, len) = (SWEEP_SECS * 0.25, (SWEEP_SECS * 0.5 * rate) as usize);
    // Of any phase: what is made of two that are a quarter of a turn apart.
    let template = |turn: f32| -> Vec<f32> {
        let part = (0..len).map(|at| (phase(from + at as f32 / rate) + turn).sin());
        let part: Vec<f32> = part.collect();
        if backwards {
            part.into_iter().rev().collect()
        } else {
            part
        }
    };
    let [sine, cosine] = [0.0, std::f32::consts::FRAC_PI_2].map(template);
    let power: f32 = sine.iter().map(|x| x * x).sum();
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let alike = |at: usize| {
        let part = &heard[at..at + len];
        let energy = dot(part, part);
        // What is all but silent is like nothing.
        if energy < len as f32 * 100.0 {
            return 0.0;
        }
        (dot(part, &sine).powi(2) + dot(part, &cosine).powi(2)).sqrt() / (energy * power).sqrt()
    };
    let all: Vec<f32> = (0..heard.len().saturating_sub(len)).map(alike).collect();
    all.chunks(rate as usize)
        .enumerate()
        .map(|(second, some)| {
            let best = (0..some.len())
                .max_by(|a, b| some[*a].total_cmp(&some[*b]))
                .unwrap();
            (some[best], second as f32 + best as f32 / rate)
        })
        .collect()
}

#[test]
fn what_one_bot_says_another_hears_and_writes_down() {
    let (_host, ready) = host(&[]);
    let link = ready["link"].as_str().unwrap().to_owned();
    let folder = data();
    std::fs::create_dir_all(&folder).unwrap();
    let (say, record) = (folder.join("say.wav"), folder.join("heard.wav"));
    std::fs::write(&say, spoken()).unwrap();
    let talker = {
        let (link, say) = (link.clone(), say.to_str().unwrap().to_owned());
        std::thread::spawn(move || bots(&link, &["--quiet", "--say", &say, "--seconds", "18"]))
    };
    let record_to = record.to_str().unwrap();
    let (out, listener) = bots(&link, &["--quiet", "--record", record_to, "--seconds", "14"]);
    assert!(
        out.status.success(),
        "{}\n{listener:#}",
        String::from_utf8_lossy(&out.stderr)
    );
    let (out, talker) = talker.join().unwrap();
    assert!(
        out.status.success(),
        "{}\n{talker:#}",
        String::from_utf8_lossy(&out.stderr)
    );
    println!("{:#}\n{:#}", talker["voice"], listener["voice"]);
    // Half of the time it is silent, which is not sent.
    assert!(talker["voice"]["said"].as_u64().unwrap() >= 300, "{talker:#}");
    assert_eq!(talker["voice"]["heard"], 0, "the other says nothing");
    let of = &listener["voice"]["talkers"][0];
    assert_eq!(of["name"], "Bot 1");
    assert!(of["frames"].as_u64().unwrap() >= 200, "{listener:#}");
    assert!((0.0..1.0).contains(&of["lost"].as_f64().unwrap()), "{listener:#}");
    assert!(
        (20.0..=120.0).contains(&of["target_ms"].as_f64().unwrap()),
        "{listener:#}"
    );
    let heard = thin(&std::fs::read(&record).unwrap());
    assert!(heard.len() >= 12 * RATE_HZ / THIN, "{}", heard.len());
    let sweeps = found(&heard, false);
    let clear: Vec<f32> = sweeps
        .iter()
        .filter(|(alike, _)| *alike >= 0.6)
        .map(|(_, at)| *at)
        .collect();
    assert!(clear.len() >= 5, "{sweeps:?}");
    // One after the other, as they were said.
    let steps = clear.windows(2).map(|pair| pair[1] - pair[0]);
    let together = steps.filter(|step| (step - EVERY_SECS).abs() < 0.1).count();
    assert!(together >= 3, "{clear:?}");
    // Nothing else is found: it could have been.
    let others = found(&heard, true);
    assert!(others.iter().all(|(alike, _)| *alike < 0.4), "{others:?}");
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn a_file_that_is_no_wav_is_said() {
    let folder = data();
    std::fs::create_dir_all(&folder).unwrap();
    let say = folder.join("say.wav");
    std::fs::write(&say, b"RIFF but not really").unwrap();
    let link = "http://127.0.0.1:1/#aaaaaaaaaaaaaaaaaaaaaaaaaa";
    let (out, _) = bots(link, &["--say", say.to_str().unwrap()]);
    assert!(!out.status.success());
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("is no WAV file that Holm can read"), "{said}");
    let _ = std::fs::remove_dir_all(folder);
}

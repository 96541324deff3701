//! A real sound card, as far as the program can tell: PulseAudio with sinks that go nowhere, behind ALSA's default device.
//! What is said is heard from the speakers, what the microphone hears is said, and a card that goes away and comes back is
//! a trouble once and then heard again.
//!
//! The test starts itself once more with the server in its environment: the system's library reads that when it is first
//! asked, and a process's environment is not changed under its threads. Its parts run one after the other: each is in real
//! time, and at the mercy of a scheduler that gives it none: not for a process of low priority on a machine that compiles.

#![cfg(all(feature = "device", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]
#![allow(
    clippy::disallowed_methods,
    reason = "a sound card runs by the machine's clock"
)]

#[path = "voice/ends.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod ends;
#[path = "../../../net/voice/tests/codec/speech.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod speech;

use ends::{BLOCK, BLOCK_SAMPLES, Ends, RATE_HZ, alike, settings};
use holm_audio::voice;
use holm_audio::{Microphone, MicrophoneState, Speakers, Trouble};
use holm_voice::talker::Mode;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Tells the second run of a test that it is that.
const INSIDE: &str = "HOLM_SOUND_CARD_INSIDE";
/// Of a clean sentence three quarters of the wave stay alike through Opus; of two different ones a third is.
const SAME_VOICE: f32 = 0.6;
/// What a machine may take for anything here before it is a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// PulseAudio, in a folder of its own.
struct Server {
    process: Child,
    dir: PathBuf,
}

impl Server {
    fn start(dir: &Path) -> Self {
        let script = dir.join("script.pa");
        let lines = [
            format!(
                "load-module module-native-protocol-unix socket={}",
                dir.join("native").display()
            ),
            "load-module module-null-sink sink_name=speakers rate=48000".to_owned(),
            "load-module module-null-sink sink_name=room rate=48000".to_owned(),
            "set-default-sink speakers".to_owned(),
            "set-default-source room.monitor".to_owned(),
        ];
        std::fs::write(&script, lines.join("\n")).unwrap();
        let process = Command::new("pulseaudio")
            .args([
                "-n",
                "--daemonize=no",
                "--use-pid-file=no",
                "--exit-idle-time=-1",
                "--realtime=no",
                "-F",
            ])
            .arg(&script)
            .envs(environment(dir))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            process,
            dir: dir.to_owned(),
        };
        let began = Instant::now();
        while !server.pactl(&["info"]) {
            assert!(began.elapsed() < PATIENCE, "PulseAudio does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        server
    }

    fn pactl(&self, words: &[&str]) -> bool {
        let mut command = Command::new("pactl");
        command.args(words).envs(environment(&self.dir));
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_file(self.dir.join("native"));
    }
}

fn environment(dir: &Path) -> Vec<(&'static str, String)> {
    let dir = dir.display();
    vec![
        ("XDG_RUNTIME_DIR", dir.to_string()),
        ("HOME", dir.to_string()),
        ("PULSE_SERVER", format!("unix:{dir}/native")),
        ("PULSE_COOKIE", format!("{dir}/cookie")),
        ("ALSA_CONFIG_PATH", format!("{dir}/asound.conf")),
    ]
}

/// A log of what the devices say, beside what a failing test says.
struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        println!("{}: {}", record.level(), record.args());
    }

    fn flush(&self) {}
}

#[test]
fn a_card_is_heard_and_hears_and_may_go_and_come_back() {
    if let Some(dir) = std::env::var_os(INSIDE) {
        log::set_logger(&Log).unwrap();
        log::set_max_level(log::LevelFilter::Debug);
        let dir = PathBuf::from(dir);
        let server = Server::start(&dir);
        what_somebody_says_comes_out_of_the_speakers();
        what_the_microphone_hears_is_said();
        a_card_that_goes_and_comes_back_is_said_once_and_heard_again(server, &dir);
        return;
    }
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let plugin = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
    ];
    let plugin = plugin.iter().any(|dir| {
        Path::new(dir)
            .join("alsa-lib/libasound_module_pcm_pulse.so")
            .exists()
    });
    if !has("pulseaudio") || !has("parec") || !plugin {
        let must = std::env::var_os("HOLM_SOUND_CARD").is_some();
        assert!(!must, "PulseAudio or ALSA's plugin for it is missing");
        println!(
            "SKIPPED: this needs PulseAudio and ALSA's plugin for it (`cargo xtask setup` names their packages)"
        );
        return;
    }
    let dir = std::env::temp_dir().join(format!("holm-sound-card-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let config = "</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n";
    std::fs::write(dir.join("asound.conf"), config).unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_card_is_heard_and_hears_and_may_go_and_come_back",
            "--nocapture",
        ])
        .envs(environment(&dir))
        .env(INSIDE, &dir)
        .status()
        .unwrap();
    let _ = std::fs::remove_dir_all(&dir);
    assert!(status.success(), "{status}");
}

/// What comes out of the speakers, left and right mixed, as it comes.
struct Recorder {
    process: Child,
    samples: Arc<Mutex<Vec<f32>>>,
}

impl Recorder {
    fn start() -> Self {
        let mut process = Command::new("parec")
            .args([
                "-d",
                "speakers.monitor",
                "--format=float32le",
                "--rate=48000",
                "--channels=1",
            ])
            .args(["--raw", "--latency-msec=20"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = process.stdout.take().unwrap();
        let samples = Arc::new(Mutex::new(Vec::new()));
        let theirs = Arc::clone(&samples);
        std::thread::spawn(move || {
            let mut bytes = [0; 3_840];
            let mut len = 0;
            while let Ok(more @ 1..) = out.read(&mut bytes[len..]) {
                len += more;
                let whole = len - len % 4;
                let read = bytes[..whole].chunks_exact(4);
                let read = read.map(|sample| f32::from_le_bytes(sample.try_into().unwrap()));
                theirs.lock().unwrap().extend(read);
                bytes.copy_within(whole..len, 0);
                len -= whole;
            }
        });
        let recorder = Self { process, samples };
        await_that("the recorder runs", || recorder.len() > 0);
        recorder
    }

    fn len(&self) -> usize {
        self.samples.lock().unwrap().len()
    }

    fn since(&self, at: usize) -> Vec<f32> {
        self.samples.lock().unwrap()[at..].to_vec()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn await_that(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A sentence, and what a microphone makes of it: the frames of each 10 ms.
fn sentence() -> (Vec<f32>, Vec<Vec<holm_voice::frame::Frame>>) {
    let silence = vec![0.0; RATE_HZ as usize / 2];
    let said = [&silence, speech::woman().as_flattened(), &silence].concat();
    let mut ends = Ends::new(RATE_HZ, 1, &settings(Mode::OpenMic, false));
    let frames = said
        .chunks(BLOCK_SAMPLES)
        .map(|block| ends.say(block).1)
        .collect();
    (said, frames)
}

/// Somebody says a sentence in real time; how alike what comes out of the card is, and how much later, in ms.
fn heard_from(speakers: &mut Speakers) -> (f32, f32) {
    let (said, frames) = sentence();
    let recorder = Recorder::start();
    let at = recorder.len();
    let began = Instant::now();
    for (block, frames) in frames.iter().enumerate() {
        let due = BLOCK * block as u32;
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        for frame in frames {
            speakers.put(4, frame);
        }
        speakers.tick();
    }
    await_that("all of it is recorded", || {
        recorder.len() > at + said.len() + RATE_HZ as usize / 2
    });
    let (lags, alike) = alike(&said, &recorder.since(at), RATE_HZ as usize / 2);
    (alike, lags[lags.len() / 2] as f32 / 48.0)
}

fn what_somebody_says_comes_out_of_the_speakers() {
    let mut speakers = Speakers::open(None).unwrap();
    await_that("the speakers are open", || {
        assert_eq!(speakers.tick(), None);
        !speakers.device().is_empty()
    });
    // On a machine that does nothing else it is heard at once; on a busy one the card may give up a time or two, and gets
    // larger blocks.
    let began = Instant::now();
    let (alike, ms) = loop {
        let heard = heard_from(&mut speakers);
        if heard.0 > SAME_VOICE || began.elapsed() > PATIENCE {
            break heard;
        }
    };
    println!("speakers: {alike} alike, {ms} ms after it was said");
    let sounding = speakers.sounding(4).unwrap();
    assert!(alike > SAME_VOICE, "{alike} after {ms} ms, {sounding:?}");
}

fn what_the_microphone_hears_is_said() {
    let (said, _) = sentence();
    let mut microphone = Microphone::open(&settings(Mode::OpenMic, false));
    await_that("the microphone is open", || {
        matches!(microphone.state(), MicrophoneState::Open(_))
    });
    let mut player = Command::new("pacat")
        .args([
            "--playback",
            "-d",
            "room",
            "--format=float32le",
            "--rate=48000",
            "--channels=1",
        ])
        .args(["--raw", "--latency-msec=50"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut voice = player.stdin.take().unwrap();
    let bytes: Vec<u8> = said.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let writer = std::thread::spawn(move || voice.write_all(&bytes));
    let (mut ear, mut talk) = voice::talker().unwrap();
    let (mut heard, mut frames, mut loudest) = (Vec::new(), 0, 0);
    let began = Instant::now();
    let mut out = [0.0; BLOCK_SAMPLES];
    while heard.len() < said.len() + RATE_HZ as usize * 4 {
        let now = BLOCK * (heard.len() / BLOCK_SAMPLES) as u32;
        std::thread::sleep(now.saturating_sub(began.elapsed()));
        microphone.tick();
        microphone.frames(|frame| {
            frames += 1;
            talk.put(frame, now);
        });
        loudest = loudest.max(microphone.meter().level);
        ear.play(&mut out, now);
        heard.extend_from_slice(&out);
    }
    writer.join().unwrap().unwrap();
    let _ = player.kill();
    let _ = player.wait();
    // How long the player takes to begin is its own affair.
    let begins = |samples: &[f32]| samples.iter().position(|sample| sample.abs() > 0.02).unwrap();
    let early = (begins(&heard) - begins(&said)).saturating_sub(RATE_HZ as usize / 10);
    let (_, alike) = alike(&said, &heard[early..], RATE_HZ as usize / 4);
    println!("microphone: {alike} alike");
    let stats = talk.sounding().stats;
    assert!(
        alike > SAME_VOICE && frames > 200 && loudest > 5,
        "{alike}, {frames}, {loudest}, {stats:?}"
    );
}

fn a_card_that_goes_and_comes_back_is_said_once_and_heard_again(server: Server, dir: &Path) {
    let mut speakers = Speakers::open(None).unwrap();
    let mut microphone = Microphone::open(&settings(Mode::OpenMic, false));
    await_that("both are open", || {
        speakers.tick();
        !speakers.device().is_empty() && matches!(microphone.state(), MicrophoneState::Open(_))
    });
    drop(server);
    let mut troubles = Vec::new();
    await_that("both notice", || {
        troubles.extend(speakers.tick());
        !troubles.is_empty() && matches!(microphone.state(), MicrophoneState::Failed(_))
    });
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(30));
        troubles.extend(speakers.tick());
    }
    assert_eq!(troubles, [Trouble::Lost]);
    let _server = Server::start(dir);
    microphone.retry();
    await_that("the microphone is back", || {
        matches!(microphone.state(), MicrophoneState::Open(_))
    });
    let began = Instant::now();
    let (alike, ms) = loop {
        // The speakers come back by themselves, within their backoff.
        let heard = heard_from(&mut speakers);
        if heard.0 > SAME_VOICE || began.elapsed() > PATIENCE {
            break heard;
        }
    };
    assert!(alike > SAME_VOICE, "{alike} after {ms} ms");
}

//! What bots say and hear: a file instead of a microphone, a file instead of speakers, and all that is between the two as people have it.
//!
//! Flow: [`Voices`] is the sound device of all of them: a thread that every 10 ms, by the clock and not by what the bots are
//! doing, gives each talker's [`Capture`] the next of the file and plays what the listener's [`Ear`]s have. Each bot has a
//! [`BotVoice`]: frames from its [`Mouth`] to its guest, and from there to its [`Talk`]s, which count.
//! Invariant: only the last bot decodes what it hears; the others count, so that a crowd can talk in one process.

use super::wav::{self, Wav};
use clap::Args;
use holm_audio::voice::{Capture, Ear, Mouth, Talk, capture, talker};
use holm_audio::{MicrophoneSettings, Mode};
use holm_identity::AccountKey;
use holm_net::pose::Slot;
use holm_net::session::guest::Guest;
use holm_voice::RATE_HZ;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// `holm bot --say … --record …`
#[derive(Args, Debug, Clone)]
pub(super) struct VoiceArgs {
    /// Say what is in this WAV file, over and over.
    #[arg(long, value_name = "FILE")]
    say: Option<PathBuf>,
    /// So many of them say it, the first ones; all unless told.
    #[arg(long, requires = "say")]
    talkers: Option<u32>,
    /// Write what the last of them hears into this WAV file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl VoiceArgs {
    /// Whether anything is to be said or heard.
    pub(super) fn any(&self) -> bool {
        self.say.is_some() || self.record.is_some()
    }
}

/// A block of the device.
const BLOCK: Duration = Duration::from_millis(10);
/// Blocks a second.
const BLOCKS_HZ: u64 = 100;
/// Samples that one block plays.
const BLOCK_SAMPLES: usize = (RATE_HZ as u64 / BLOCKS_HZ) as usize;
/// What one recording holds at most: ten minutes, 57 MB.
const MOST_RECORDED: usize = 600 * RATE_HZ as usize;
/// Talkers that the listener decodes. A host sends twelve at once.
const MOST_TALKERS: usize = 64;
/// What a voice may take of a bot's link with all that belongs to it, bits a second.
const BITS_PER_SEC: u32 = 48_000;
/// How often the loss is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Somebody's microphone, into which a file is played.
struct Microphone {
    capture: Capture,
    /// Of the file, in samples.
    at: usize,
}

/// The sound device of all bots.
pub(super) struct Voices {
    mouths: Vec<Mouth>,
    ears: SyncSender<Ear>,
    listener: u32,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<i16>>,
    record: Option<PathBuf>,
    /// When the first sample of both files was due, milliseconds since 1970: whoever compares them with another recording
    /// knows how late a word was heard.
    began_unix_ms: f64,
}

impl Voices {
    /// For so many bots, by a clock that begins with `start`.
    pub(super) fn new(args: &VoiceArgs, count: u32, start: Instant) -> Result<Self, String> {
        // The codec is there before anybody waits for it.
        talker().map_err(|_| "The voice's codec does not start.".to_owned())?;
        let mut microphones = Vec::new();
        let mut mouths = Vec::new();
        let mut file = Wav {
            rate_hz: RATE_HZ,
            channels: 1,
            samples: Vec::new(),
        };
        if let Some(path) = &args.say {
            let bytes = std::fs::read(path)
                .map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
            let read = wav::read(&bytes).filter(|wav| !wav.samples.is_empty());
            let none = || format!("{} is no WAV file that Holm can read.", path.display());
            file = read.ok_or_else(none)?;
            // What is in the file is what is said: there is no noise to take out, and nobody to be made louder.
            let settings = MicrophoneSettings {
                mode: Mode::PushToTalk,
                without_noise: false,
                automatic_gain: false,
                ..MicrophoneSettings::default()
            };
            let talkers = args.talkers.unwrap_or(count).min(count);
            let moments = file.samples.len() / usize::from(file.channels);
            for number in 0..talkers as usize {
                let (capture, mut mouth) = capture(file.rate_hz, file.channels, &settings)
                    .map_err(|_| format!("{} has a rate that Holm cannot use.", path.display()))?;
                mouth.hold(true);
                mouths.push(mouth);
                // A crowd does not speak with one mouth.
                let at = number * moments / talkers as usize * usize::from(file.channels);
                microphones.push(Microphone { capture, at });
            }
        }
        // In the order in which they are handed out.
        mouths.reverse();
        let (ears, new) = sync_channel(MOST_TALKERS);
        let stop = Arc::new(AtomicBool::new(false));
        let records = args.record.is_some();
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let began = start.elapsed();
        let told = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("bots' sound".to_owned())
            .spawn(move || run(microphones, &file, &new, (start, began), &told, records))
            .map_err(|error| format!("Holm cannot start a thread: {error}."))?;
        Ok(Self {
            mouths,
            ears,
            listener: count.saturating_sub(1),
            stop,
            thread,
            record: args.record.clone(),
            began_unix_ms: since_1970.as_secs_f64() * 1e3,
        })
    }

    /// The voice of the bot with this number; asked in their order.
    pub(super) fn of(&mut self, number: u32) -> BotVoice {
        BotVoice {
            mouth: self.mouths.pop(),
            ears: (number == self.listener).then(|| self.ears.clone()),
            said: 0,
            heard: BTreeMap::new(),
            accounts: BTreeMap::new(),
            look_at: Duration::ZERO,
            packets: (0, 0),
            began_unix_ms: self.began_unix_ms,
        }
    }

    /// Stops, and writes down what was heard.
    pub(super) fn end(self) -> Result<(), String> {
        self.stop.store(true, Ordering::Release);
        let heard = self
            .thread
            .join()
            .map_err(|_| "What plays the bots' voices fell over.".to_owned())?;
        let Some(path) = &self.record else { return Ok(()) };
        std::fs::write(path, wav::write(RATE_HZ, &heard))
            .map_err(|error| format!("{} cannot be written: {error}.", path.display()))
    }
}

/// The device's thread.
fn run(
    mut microphones: Vec<Microphone>,
    file: &Wav,
    new: &Receiver<Ear>,
    (start, began): (Instant, Duration),
    stop: &AtomicBool,
    records: bool,
) -> Vec<i16> {
    let channels = usize::from(file.channels);
    let mut ears: Vec<Ear> = Vec::new();
    let mut recorded = Vec::new();
    let mut block = Vec::new();
    for number in 0_u64.. {
        if stop.load(Ordering::Acquire) {
            break;
        }
        // By the clock: a block that came late is not made up for by the next ones coming late, too.
        let due = began + BLOCK * u32::try_from(number).unwrap_or(u32::MAX);
        if let Some(early) = due.checked_sub(start.elapsed()) {
            std::thread::sleep(early);
        }
        // So many samples as the file's rate gives, on average exactly.
        let moments_by = |number: u64| number * u64::from(file.rate_hz) / BLOCKS_HZ;
        let len = (moments_by(number + 1) - moments_by(number)) as usize * channels;
        for microphone in &mut microphones {
            block.clear();
            while block.len() < len {
                let left = file.samples.get(microphone.at..).unwrap_or_default();
                let now = left.get(..left.len().min(len - block.len())).unwrap_or_default();
                block.extend_from_slice(now);
                microphone.at += now.len();
                if microphone.at >= file.samples.len() {
                    microphone.at = 0;
                }
            }
            microphone.capture.hear(&block);
        }
        ears.extend(new.try_iter().take(MOST_TALKERS));
        let mut mixed = [0.0_f32; BLOCK_SAMPLES];
        for ear in &mut ears {
            let mut one = [0.0_f32; BLOCK_SAMPLES];
            ear.play(&mut one, start.elapsed());
            mixed.iter_mut().zip(one).for_each(|(sum, one)| *sum += one);
        }
        if records && recorded.len() < MOST_RECORDED {
            recorded.extend(
                mixed
                    .iter()
                    .map(|sample| (sample * 32_767.0).clamp(-32_768.0, 32_767.0) as i16),
            );
        }
    }
    recorded
}

/// What one bot says and hears.
pub(super) struct BotVoice {
    mouth: Option<Mouth>,
    /// Where what it hears is played; only of the listener.
    ears: Option<SyncSender<Ear>>,
    said: u64,
    heard: BTreeMap<AccountKey, Heard>,
    accounts: BTreeMap<Slot, AccountKey>,
    look_at: Duration,
    /// Received and lost, as of the last look.
    packets: (u64, u64),
    began_unix_ms: f64,
}

/// What was heard of one talker.
struct Heard {
    name: String,
    frames: u64,
    talk: Option<Talk>,
    /// Of the delay that was aimed at, milliseconds, and how often it was looked at.
    targets: (f32, u32),
}

impl BotVoice {
    /// What was said since the last look is on its way.
    pub(super) fn say(&mut self, guest: &mut Guest, inside: bool, now: Duration) {
        let looks = now >= self.look_at;
        if looks {
            self.look_at = now + LOOK_EVERY;
            for heard in self.heard.values_mut() {
                if let Some(talk) = &heard.talk {
                    heard.targets.0 += talk.sounding().stats.target_ms;
                    heard.targets.1 += 1;
                }
            }
        }
        let Some(mouth) = &mut self.mouth else { return };
        let said = &mut self.said;
        mouth.frames(|frame| {
            if inside {
                guest.say(frame);
                *said += 1;
            }
        });
        if looks {
            // What is lost on the way to us is likely what is lost on the way from us.
            let stats = guest.stats();
            let packets = (stats.received_packets, stats.lost_packets);
            let received = packets.0.saturating_sub(self.packets.0);
            let lost = packets.1.saturating_sub(self.packets.1);
            self.packets = packets;
            mouth.adapt(lost as f32 / (received + lost).max(1) as f32, BITS_PER_SEC);
            guest.repeat_voice(mouth.repeat());
        }
    }

    /// Whether it has a microphone.
    pub(super) fn talks(&self) -> bool {
        self.mouth.is_some()
    }

    /// At another host everybody may have another slot.
    pub(super) fn move_on(&mut self) {
        self.accounts.clear();
    }

    /// What others said since the last look is played.
    pub(super) fn hear(&mut self, guest: &mut Guest) {
        let frames: Vec<_> = guest.hear().collect();
        for said in frames {
            let known = self.accounts.get(&said.slot).copied();
            let account = known.or_else(|| {
                let person = guest.people().find(|person| person.slot == said.slot)?;
                self.accounts.insert(said.slot, person.account);
                Some(person.account)
            });
            let Some(account) = account else { continue };
            let first = !self.heard.contains_key(&account);
            let decodes = self.heard.len() < MOST_TALKERS;
            let heard = self.heard.entry(account).or_insert_with(|| Heard {
                name: String::new(),
                frames: 0,
                talk: None,
                targets: (0.0, 0),
            });
            if first {
                let person = guest.people().find(|person| person.account == account);
                heard.name = person
                    .map(|person| crate::customs::name(&person.name))
                    .unwrap_or_default();
                if let Some(ears) = self.ears.as_ref().filter(|_| decodes)
                    && let Ok((ear, talk)) = talker()
                    && ears.try_send(ear).is_ok()
                {
                    heard.talk = Some(talk);
                }
            }
            heard.frames += 1;
            if let Some(talk) = &mut heard.talk {
                talk.put(&said.frame, said.at);
            }
        }
    }
}

/// All voices together, and what the listener heard of each.
pub(super) fn tally<'a>(voices: impl Iterator<Item = &'a BotVoice>) -> Value {
    let (mut said, mut heard, mut talkers, mut began) = (0, 0, Vec::new(), None);
    for voice in voices {
        said += voice.said;
        began = Some(voice.began_unix_ms);
        for of in voice.heard.values() {
            heard += of.frames;
            let Some(talk) = &of.talk else { continue };
            let stats = talk.sounding().stats;
            let all = (stats.received + stats.lost).max(1);
            talkers.push(json!({
                "name": of.name,
                "frames": of.frames,
                "lost": stats.lost as f64 / all as f64,
                "late": stats.late,
                "target_ms": of.targets.0 / of.targets.1.max(1) as f32,
            }));
        }
    }
    json!({ "said": said, "heard": heard, "talkers": talkers, "began_unix_ms": began })
}

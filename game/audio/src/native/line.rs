//! A device that is kept open on a thread of its own: opened, watched, opened again.
//!
//! Flow: [`Line::open`] starts the thread. It looks for the device, asks the [`End`] for a stream, and then looks at
//! [`Alarm`] now and then, which the device's callbacks ring. What the program wants, and what it is told, are in one
//! small box that both lock for a moment; the callbacks do not touch it.
//! It begins with small blocks. A device that refuses those, or fails with them on a busy machine (PulseAudio behind ALSA
//! does), gets larger ones at once, and keeps them.
//! Invariants: whatever happens to a device, the thread goes on until the [`Line`] is dropped or its end is spoilt; it is
//! tried again after 1, 2, 4 and then every 8 s.

#![allow(
    clippy::disallowed_methods,
    reason = "devices live by the machine's clock, and a thread of theirs is no frame"
)]

use super::{configs, find, name, trouble};
use crate::{MicrophoneState, Trouble};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use cpal::traits::StreamTrait;
use cpal::{BufferSize, ErrorKind, SupportedStreamConfig};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

/// Blocks that are asked for are such shares of a second: 10, 20, 40 ms. After those comes what the device likes best.
const BLOCKS_A_SECOND: [u32; 3] = [100, 50, 25];
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);
/// A device that ran so long was well: when it fails, it is tried again soon.
const WAS_WELL: Duration = Duration::from_secs(10);
/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// No callback for so long: the device is there, and dead. Systems that wake up take a second or two.
const DEAD_AFTER: Duration = Duration::from_secs(4);
/// How often a device that is not there, and for which the system's stands in, is looked for.
const MISSED_EVERY: Duration = Duration::from_secs(10);

/// What is done with a device. It lends what its callbacks need to the stream, and takes it back when that is dropped.
pub(super) trait End: Send + 'static {
    /// A microphone, or speakers.
    const INPUT: bool;
    /// How often [`End::idle`] is called while there is no device.
    const IDLE_EVERY: Duration;

    /// A stream that is not running yet.
    fn stream(
        &mut self,
        device: &cpal::Device,
        config: &SupportedStreamConfig,
        buffer: BufferSize,
        alarm: &Arc<Alarm>,
    ) -> Result<cpal::Stream, cpal::Error>;

    /// The stream is gone. False: what was lent is spoilt, nothing can be done with a device any more.
    fn take_back(&mut self) -> bool;

    /// There is no device just now.
    fn idle(&mut self);
}

/// What the callbacks of a stream tell its thread.
#[derive(Default)]
pub(super) struct Alarm {
    /// Blocks so far.
    beats: AtomicU64,
    /// The first error that ends it.
    error: OnceLock<cpal::Error>,
    given_up: AtomicBool,
}

impl Alarm {
    /// A block was asked for.
    pub(super) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// The callback cannot go on.
    pub(super) fn give_up(&self) {
        self.given_up.store(true, Ordering::Release);
    }

    /// What the system says of a running stream. Most of it is none of our business.
    pub(super) fn error(&self, error: cpal::Error) {
        let goes_on = [
            ErrorKind::Xrun,
            ErrorKind::RealtimeDenied,
            ErrorKind::DeviceChanged,
        ];
        if !goes_on.contains(&error.kind()) {
            let _ = self.error.set(error); // the first is the cause
        }
    }

    fn raised(&self) -> Option<Trouble> {
        if self.given_up.load(Ordering::Acquire) {
            log::error!("audio: a callback panicked");
            return Some(Trouble::Broken);
        }
        let error = self.error.get()?;
        log::warn!("audio: {:?}: {error}", error.kind());
        Some(match error.kind() {
            ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable | ErrorKind::StreamInvalidated => {
                Trouble::Lost
            }
            _ => Trouble::Broken,
        })
    }
}

/// What both sides see.
struct Inside {
    /// Counts what the program wants: another number is another wish.
    wish: u64,
    device: Option<String>,
    closed: bool,
    state: MicrophoneState,
    /// How often it failed after it was open, or before it ever was.
    failures: u64,
}

struct Shared {
    inside: Mutex<Inside>,
    changed: Condvar,
}

impl Shared {
    /// A thread that panicked while it held the box left it whole: every change is one assignment.
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, state: MicrophoneState) {
        let mut inside = self.lock();
        if matches!(state, MicrophoneState::Failed(_)) && !matches!(inside.state, MicrophoneState::Failed(_))
        {
            inside.failures += 1;
        }
        inside.state = state;
    }

    /// Waits; true if meanwhile the program wants something else.
    fn wait(&self, wish: u64, time: Duration) -> bool {
        let as_before = |inside: &mut Inside| inside.wish == wish && !inside.closed;
        let waiting = self.changed.wait_timeout_while(self.lock(), time, as_before);
        let (mut inside, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        !as_before(&mut inside)
    }
}

/// See the module; the program's side.
pub(super) struct Line {
    shared: Arc<Shared>,
}

impl Line {
    /// Opens this device, or the system's, and keeps it open.
    pub(super) fn open(end: impl End, name: &str, device: Option<String>) -> Result<Self, Trouble> {
        let shared = Arc::new(Shared {
            inside: Mutex::new(Inside {
                wish: 0,
                device,
                closed: false,
                state: MicrophoneState::Opening,
                failures: 0,
            }),
            changed: Condvar::new(),
        });
        let theirs = Arc::clone(&shared);
        // Not joined: a system may take a second to close a device, too.
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || keep(end, &theirs))
            .map_err(|error| {
                log::error!("no thread for an audio device: {error}");
                Trouble::Broken
            })?;
        Ok(Self { shared })
    }

    /// How it is, and how often it failed.
    pub(super) fn state(&self) -> (MicrophoneState, u64) {
        let inside = self.shared.lock();
        (inside.state.clone(), inside.failures)
    }

    /// Tries at once, if it failed.
    pub(super) fn retry(&self) {
        let mut inside = self.shared.lock();
        if matches!(inside.state, MicrophoneState::Failed(_)) {
            inside.state = MicrophoneState::Opening;
            inside.wish += 1;
            self.shared.changed.notify_all();
        }
    }

    /// Another device, or the same.
    pub(super) fn want(&self, device: Option<&str>) {
        let mut inside = self.shared.lock();
        if inside.device.as_deref() != device {
            inside.device = device.map(str::to_owned);
            inside.state = MicrophoneState::Opening;
            inside.wish += 1;
            self.shared.changed.notify_all();
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

/// A device that runs.
struct Open {
    stream: cpal::Stream,
    alarm: Arc<Alarm>,
    name: String,
    is_wanted: bool,
    /// Index of its blocks in [`BLOCKS_A_SECOND`], or behind those.
    blocks: usize,
}

fn keep<E: End>(mut end: E, shared: &Shared) {
    let mut backoff = FIRST_BACKOFF;
    let mut blocks = 0;
    let mut gave_up = false;
    loop {
        let (wish, device, closed) = {
            let inside = shared.lock();
            (inside.wish, inside.device.clone(), inside.closed)
        };
        if closed {
            return;
        }
        let began = Instant::now();
        let trouble = match open(&mut end, device.as_deref(), blocks) {
            Ok(open) => {
                log::info!("audio: {}", open.name);
                gave_up = false;
                shared.tell(MicrophoneState::Open(open.name.clone()));
                let why = watch::<E>(shared, wish, device.as_deref(), &open);
                drop(open.stream);
                if !end.take_back() {
                    log::error!("audio: {} left nothing to go on with", open.name);
                    return shared.tell(MicrophoneState::Failed(Trouble::Broken));
                }
                if began.elapsed() > WAS_WELL {
                    backoff = FIRST_BACKOFF;
                }
                let Some(trouble) = why else {
                    blocks = 0; // it may be another device
                    continue;
                };
                if trouble == Trouble::Broken && open.blocks < BLOCKS_A_SECOND.len() {
                    blocks = open.blocks + 1;
                    gave_up = true;
                    continue;
                }
                log::warn!("audio: {}: {trouble}", open.name);
                trouble
            }
            Err(_) if gave_up => {
                blocks = 0; // it was not the blocks
                Trouble::Lost
            }
            Err(trouble) => trouble,
        };
        gave_up = false;
        shared.tell(MicrophoneState::Failed(trouble));
        let until = Instant::now() + backoff;
        backoff = (backoff * 2).min(LONGEST_BACKOFF);
        while Instant::now() < until {
            end.idle();
            if shared.wait(wish, E::IDLE_EVERY) {
                backoff = FIRST_BACKOFF;
                break;
            }
        }
    }
}

/// Until something is wrong with it, or something else is wanted (none).
fn watch<E: End>(shared: &Shared, wish: u64, device: Option<&str>, open: &Open) -> Option<Trouble> {
    let mut beats = (0, Instant::now());
    let mut looked = Instant::now();
    loop {
        if shared.wait(wish, LOOK_EVERY) {
            return None;
        }
        if let Some(trouble) = open.alarm.raised() {
            return Some(trouble);
        }
        let now = open.alarm.beats.load(Ordering::Relaxed);
        if now != beats.0 {
            beats = (now, Instant::now());
        } else if beats.1.elapsed() > DEAD_AFTER {
            return Some(Trouble::Lost);
        }
        if !open.is_wanted && looked.elapsed() > MISSED_EVERY {
            looked = Instant::now();
            if find(device, E::INPUT).is_ok_and(|(_, is_wanted)| is_wanted) {
                return None;
            }
        }
    }
}

/// With the blocks of this index, or larger ones.
fn open<E: End>(end: &mut E, wanted: Option<&str>, blocks: usize) -> Result<Open, Trouble> {
    let (device, is_wanted) = find(wanted, E::INPUT)?;
    let name = name(&device);
    let mut last = None;
    let configs = configs(&device, E::INPUT).unwrap_or_else(|error| {
        last = Some(error);
        Vec::new()
    });
    for config in configs {
        for blocks in blocks..=BLOCKS_A_SECOND.len() {
            let fixed = BLOCKS_A_SECOND
                .get(blocks)
                .map(|share| config.sample_rate() / share);
            let buffer = fixed.map_or(BufferSize::Default, BufferSize::Fixed);
            let alarm = Arc::new(Alarm::default());
            let stream = end.stream(&device, &config, buffer, &alarm).and_then(|stream| {
                stream.play()?;
                Ok(stream)
            });
            match stream {
                Ok(stream) => {
                    log::debug!("audio: {name}: {config:?}, {buffer:?}");
                    return Ok(Open {
                        stream,
                        alarm,
                        name,
                        is_wanted,
                        blocks,
                    });
                }
                Err(error) => {
                    log::debug!("audio: {name}: {config:?}, {buffer:?}: {error}");
                    last = Some(error);
                    // The callbacks are gone with the stream, and have given back what was lent to them.
                    if !end.take_back() {
                        return Err(Trouble::Broken);
                    }
                }
            }
        }
    }
    let Some(error) = last else {
        return Err(Trouble::Broken);
    };
    log::warn!("audio: {name}: {error}");
    Err(trouble(error.kind()))
}

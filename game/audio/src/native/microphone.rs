//! The microphone: the device, and the end of a voice that listens to it.

use super::line::{Alarm, End, Line};
use crate::voice::{self, Capture, Mouth};
use crate::{MicrophoneSettings, MicrophoneState, Trouble};
use core::time::Duration;
use cpal::traits::DeviceTrait;
use cpal::{BufferSize, FromSample, SampleFormat, SizedSample, SupportedStreamConfig};
use holm_voice::RATE_HZ;
use holm_voice::frame::Frame;
use holm_voice::talker::Meter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

const IDLE_EVERY: Duration = Duration::from_millis(500);
/// A stream that was dropped gives back what was lent to it before this, or never.
const GIVES_BACK_WITHIN: Duration = Duration::from_secs(2);
/// Samples that are turned into ours at once, of a device that has others.
const PART: usize = 1_024;

/// What a person says. See [`crate`].
pub struct Microphone {
    /// None: there was no memory for a codec, or no thread.
    open: Option<(Mouth, Line)>,
}

impl Microphone {
    /// What the speakers say is heard by a microphone beside them: nothing takes it out here (see the module `native`).
    pub const CAN_CANCEL_ECHO: bool = false;

    /// Opens it, meanwhile: [`Self::state`] says how far that is.
    #[must_use]
    pub fn open(settings: &MicrophoneSettings) -> Self {
        let open = voice::capture(RATE_HZ, 1, settings).and_then(|(capture, mouth)| {
            let (back, coming) = sync_channel(1);
            let end = In {
                capture: Some(capture),
                back,
                coming,
            };
            Ok((mouth, Line::open(end, "microphone", settings.device.clone())?))
        });
        Self { open: open.ok() }
    }

    /// Tries at once to open what failed.
    pub fn retry(&mut self) {
        if let Some((_, line)) = &self.open {
            line.retry();
        }
    }

    /// How far it is.
    #[must_use]
    pub fn state(&self) -> MicrophoneState {
        match &self.open {
            Some((_, line)) => line.state().0,
            None => MicrophoneState::Failed(Trouble::Broken),
        }
    }

    /// Chooses anew; another device is opened for it.
    pub fn set(&mut self, settings: &MicrophoneSettings) {
        if let Some((mouth, line)) = &mut self.open {
            mouth.set(settings);
            line.want(settings.device.as_deref());
        }
    }

    /// Whether the key of [`crate::Mode::PushToTalk`] is held.
    pub fn hold(&mut self, held: bool) {
        if let Some((mouth, _)) = &mut self.open {
            mouth.hold(held);
        }
    }

    /// What the network is like ([`Mouth::adapt`]).
    pub fn adapt(&mut self, loss: f32, budget_bits_per_sec: u32) {
        if let Some((mouth, _)) = &mut self.open {
            mouth.adapt(loss, budget_bits_per_sec);
        }
    }

    /// How many frames are to be repeated ([`Mouth::repeat`]).
    #[must_use]
    pub fn repeat(&self) -> u8 {
        self.open.as_ref().map_or(0, |(mouth, _)| mouth.repeat())
    }

    /// What it hears, also while muted; nothing while it is not open.
    #[must_use]
    pub fn meter(&self) -> Meter {
        match (&self.open, self.state()) {
            (Some((mouth, _)), MicrophoneState::Open(_)) => mouth.meter(),
            _ => Meter::default(),
        }
    }

    /// What was said since the last call.
    pub fn frames(&mut self, each: impl FnMut(&Frame)) {
        if let Some((mouth, _)) = &mut self.open {
            mouth.frames(each);
        }
    }

    /// In each frame. A machine's devices are watched on a thread of their own; a page needs it.
    pub fn tick(&mut self) {}
}

/// What the device's thread has.
struct In {
    capture: Option<Capture>,
    back: SyncSender<Capture>,
    coming: Receiver<Capture>,
}

/// The end of the voice, lent to a stream: it comes back when the stream is dropped. Not if it is spoilt.
struct Lent {
    capture: Option<Capture>,
    back: SyncSender<Capture>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(capture) = self.capture.take() {
            // There is room for one, and there is one.
            let _ = self.back.try_send(capture);
        }
    }
}

impl In {
    fn stream_of<T: SizedSample>(
        &mut self,
        device: &cpal::Device,
        config: &SupportedStreamConfig,
        buffer: BufferSize,
        alarm: &Arc<Alarm>,
    ) -> Result<cpal::Stream, cpal::Error>
    where
        f32: FromSample<T>,
    {
        let channels = config.channels();
        let retuned = self
            .capture
            .as_mut()
            .is_some_and(|capture| capture.retune(config.sample_rate(), channels).is_ok());
        if !retuned {
            return Err(cpal::ErrorKind::UnsupportedConfig.into());
        }
        let mut lent = Lent {
            capture: self.capture.take(),
            back: self.back.clone(),
        };
        let whole = PART - PART % usize::from(channels).min(PART);
        let mut part = [0.0; PART];
        let (rings, also_rings) = (Arc::clone(alarm), Arc::clone(alarm));
        let mut config = config.config();
        config.buffer_size = buffer;
        device.build_input_stream(
            config,
            move |heard: &[T], _| {
                rings.beat();
                let hears = lent.capture.as_mut().is_some_and(|capture| {
                    // A panic must not cross into the system's code; what it leaves is not used again.
                    let hear = || {
                        for heard in heard.chunks(whole) {
                            let part = &mut part[..heard.len()];
                            for (ours, theirs) in part.iter_mut().zip(heard) {
                                *ours = f32::from_sample_(*theirs);
                            }
                            capture.hear(part);
                        }
                    };
                    catch_unwind(AssertUnwindSafe(hear)).is_ok()
                });
                if !hears {
                    rings.give_up();
                    if let Some(capture) = lent.capture.take() {
                        core::mem::forget(capture); // to drop it would run what just panicked
                    }
                }
            },
            move |error| also_rings.error(error),
            None,
        )
    }
}

impl End for In {
    const INPUT: bool = true;
    const IDLE_EVERY: Duration = IDLE_EVERY;

    fn stream(
        &mut self,
        device: &cpal::Device,
        config: &SupportedStreamConfig,
        buffer: BufferSize,
        alarm: &Arc<Alarm>,
    ) -> Result<cpal::Stream, cpal::Error> {
        match config.sample_format() {
            SampleFormat::F32 => self.stream_of::<f32>(device, config, buffer, alarm),
            SampleFormat::F64 => self.stream_of::<f64>(device, config, buffer, alarm),
            SampleFormat::I32 => self.stream_of::<i32>(device, config, buffer, alarm),
            SampleFormat::I16 => self.stream_of::<i16>(device, config, buffer, alarm),
            SampleFormat::U16 => self.stream_of::<u16>(device, config, buffer, alarm),
            SampleFormat::U8 => self.stream_of::<u8>(device, config, buffer, alarm),
            _ => Err(cpal::ErrorKind::UnsupportedConfig.into()),
        }
    }

    fn take_back(&mut self) -> bool {
        if self.capture.is_none() {
            self.capture = self.coming.recv_timeout(GIVES_BACK_WITHIN).ok();
        }
        self.capture.is_some()
    }

    fn idle(&mut self) {}
}

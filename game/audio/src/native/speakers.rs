//! The speakers: the mixer, and the device that it is heard from.
//!
//! While there is no device the mix goes on and nobody hears it: talk does not pile up, and who speaks is still seen.

#![allow(
    clippy::disallowed_methods,
    reason = "the device's clock is what a jitter buffer goes by"
)]

use super::desk::Desk;
use super::line::{Alarm, End, Line};
use super::mixer::Mixer;
use crate::clips::Clip;
use crate::{Group, Listener, MicrophoneState, Placement, Play, Sounding, Trouble};
use core::time::Duration;
use cpal::traits::DeviceTrait;
use cpal::{BufferSize, FromSample, SampleFormat, SizedSample, SupportedStreamConfig};
use holm_voice::RATE_HZ;
use holm_voice::frame::Frame;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

/// While nobody hears it, a block is mixed so often.
const IDLE_EVERY: Duration = Duration::from_millis(20);
/// More than this is not made up for: the machine slept.
const IDLE_LONGEST: Duration = Duration::from_millis(200);
/// A stream that was dropped gives back what was lent to it before this, or never.
const GIVES_BACK_WITHIN: Duration = Duration::from_secs(2);

/// What is heard of the world. See [`crate`].
pub struct Speakers {
    mixer: Mixer,
    line: Line,
    epoch: Instant,
    said: u64,
    device: String,
}

impl Speakers {
    /// These speakers, or the system's. The device is opened meanwhile; [`Self::tick`] says if that fails.
    ///
    /// # Errors
    /// [`Trouble::Broken`]: this machine has no memory or no threads left.
    pub fn open(device: Option<&str>) -> Result<Self, Trouble> {
        let epoch = Instant::now();
        let (mixer, desk) = Mixer::new()?;
        let (back, coming) = sync_channel(1);
        let end = Out {
            desk: Some(desk),
            back,
            coming,
            epoch,
            idle_since: epoch,
        };
        Ok(Self {
            mixer,
            line: Line::open(end, "speakers", device.map(str::to_owned))?,
            epoch,
            said: 0,
            device: String::new(),
        })
    }

    /// In each frame: what went wrong with the device, once. It is opened again as soon as that goes.
    pub fn tick(&mut self) -> Option<Trouble> {
        let (state, failures) = self.line.state();
        match state {
            MicrophoneState::Open(name) => self.device = name,
            MicrophoneState::Failed(trouble) if failures != self.said => {
                self.said = failures;
                return Some(trouble);
            }
            MicrophoneState::Opening | MicrophoneState::Failed(_) => {}
        }
        None
    }

    /// Its name, as of the last [`Self::tick`]; empty before the first was opened.
    #[must_use]
    pub fn device(&self) -> String {
        self.device.clone()
    }

    /// Whose ears they are.
    pub fn set_listener(&mut self, listener: &Listener) {
        self.mixer.set_listener(listener);
    }

    /// How loud a group is: an amplitude from 0 to 1.
    pub fn set_volume(&mut self, group: Group, volume: f32) {
        self.mixer.set_volume(group, volume);
    }

    /// A frame of somebody that came just now. Whoever is new is heard nowhere in particular until they are
    /// [placed](Self::place).
    pub fn put(&mut self, talker: u16, frame: &Frame) {
        self.mixer.put(talker, frame, self.epoch.elapsed());
    }

    /// Where they are; nothing if nothing was heard of them.
    pub fn place(&mut self, talker: u16, placement: &Placement) {
        self.mixer.place(talker, placement);
    }

    /// They are not heard any more.
    pub fn remove(&mut self, talker: u16) {
        self.mixer.remove(talker);
    }

    /// What is heard of them just now.
    #[must_use]
    pub fn sounding(&self, talker: u16) -> Option<Sounding> {
        self.mixer.sounding(talker)
    }

    /// A sound, once. In a crowd of sounds those that come last are left out.
    pub fn play(&mut self, play: &Play) {
        self.mixer.play(play);
    }

    /// A sound that goes on until it is another, or none; it comes and goes within half a second.
    pub fn set_loop(&mut self, key: u32, clip: Option<Clip>, placement: &Placement, group: Group) {
        self.mixer.set_loop(key, clip, placement, group);
    }
}

/// What the device's thread has.
struct Out {
    desk: Option<Desk>,
    back: SyncSender<Desk>,
    coming: Receiver<Desk>,
    epoch: Instant,
    idle_since: Instant,
}

/// The desk, lent to a stream: it comes back when the stream is dropped, however that happens. Not if it is spoilt.
struct Lent {
    desk: Option<Desk>,
    back: SyncSender<Desk>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(desk) = self.desk.take() {
            // There is room for one, and there is one.
            let _ = self.back.try_send(desk);
        }
    }
}

impl Out {
    fn stream_of<T: SizedSample + FromSample<f32>>(
        &mut self,
        device: &cpal::Device,
        config: &SupportedStreamConfig,
        buffer: BufferSize,
        alarm: &Arc<Alarm>,
    ) -> Result<cpal::Stream, cpal::Error> {
        let channels = usize::from(config.channels());
        let retuned = self
            .desk
            .as_mut()
            .is_some_and(|desk| desk.retune(config.sample_rate()));
        if !retuned {
            return Err(cpal::ErrorKind::UnsupportedConfig.into());
        }
        let mut lent = Lent {
            desk: self.desk.take(),
            back: self.back.clone(),
        };
        let (epoch, rings, also_rings) = (self.epoch, Arc::clone(alarm), Arc::clone(alarm));
        let mut config = config.config();
        config.buffer_size = buffer;
        device.build_output_stream(
            config,
            move |out: &mut [T], _| {
                rings.beat();
                let now = epoch.elapsed();
                let filled = lent.desk.as_mut().is_some_and(|desk| {
                    // A panic must not cross into the system's code; what it leaves of the mixer is not used again.
                    catch_unwind(AssertUnwindSafe(|| desk.fill(out, channels, now))).is_ok()
                });
                if !filled {
                    out.fill(T::EQUILIBRIUM);
                    rings.give_up();
                    if let Some(desk) = lent.desk.take() {
                        core::mem::forget(desk); // to drop it would run what just panicked
                    }
                }
            },
            move |error| also_rings.error(error),
            None,
        )
    }
}

impl End for Out {
    const INPUT: bool = false;
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
        if self.desk.is_none() {
            self.desk = self.coming.recv_timeout(GIVES_BACK_WITHIN).ok();
        }
        self.idle_since = Instant::now();
        self.desk.as_mut().is_some_and(|desk| desk.retune(RATE_HZ))
    }

    fn idle(&mut self) {
        let passed = self.idle_since.elapsed().min(IDLE_LONGEST);
        self.idle_since = Instant::now();
        let mut nowhere = [0.0_f32; 960];
        let mut left = (passed.as_secs_f32() * RATE_HZ as f32) as usize;
        while left > 0
            && let Some(desk) = &mut self.desk
        {
            let samples = left.min(nowhere.len() / 2);
            desk.fill(&mut nowhere[..samples * 2], 2, self.epoch.elapsed());
            left -= samples;
        }
    }
}

//! A machine's own microphone and speakers: cpal's devices, kira's mixer.
//!
//! Flow: `mixer` (tracks, who is where) ↔ `desk` (the device's thread: mixes at 48 kHz, gives the device its own rate) ←
//! `speakers`; `microphone` → [`crate::voice::Capture`] in the device's thread. `line` keeps a device open on a thread of
//! its own: a system may take a second to open one, and devices come and go.
//!
//! Each asks for blocks of 10 ms and takes what the device has where it does not have those. kira's own door to the devices
//! is not used: it panics where a device cannot be opened again, and knows no device that is not there.
//!
//! Echo: what the speakers say is *not* taken out here ([`Microphone::CAN_CANCEL_ECHO`]); a browser does it. People without
//! headphones are told so. `webrtc-audio-processing` needs Meson and a C++ toolchain on every system; `sonora`, a port of the
//! same to Rust, would not, and is not tried yet: it has to be given what the `desk` plays, beside what the microphone hears.
//! Invariants: nothing here waits for a device on the program's thread, but [`devices`], which asks the system; no callback
//! panics, allocates or waits; a device that is lost, silent or broken is a [`Trouble`](crate::Trouble) and is tried again.

mod desk;
mod line;
mod microphone;
mod mixer;
mod speakers;

use crate::{Device, Devices, Trouble};
use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{ErrorKind, SampleFormat, SupportedStreamConfig, SupportedStreamConfigRange};
use holm_voice::RATE_HZ;
pub use microphone::Microphone;
pub use speakers::Speakers;

/// Formats that are tried, best first: others are rare, and a device that has one has one of these too.
const FORMATS: [SampleFormat; 6] = [
    SampleFormat::F32,
    SampleFormat::I32,
    SampleFormat::I16,
    SampleFormat::F64,
    SampleFormat::U16,
    SampleFormat::U8,
];
/// ALSA lists every way to each card. These are the ways that people mean: a sound server, and a card with what it needs.
const ALSA_FOR_PEOPLE: [&str; 4] = ["pipewire", "pulse", "sysdefault:", "usbstream:"];

/// What there is to choose from. It asks the system, which may take a moment: not for every frame.
#[must_use]
pub fn devices() -> Devices {
    let Some(host) = host() else {
        return Devices::default();
    };
    let list = |devices: Result<Vec<cpal::Device>, cpal::Error>| match devices {
        Ok(devices) => devices.iter().filter_map(described).collect(),
        Err(error) => {
            log::warn!("audio devices: {error}");
            Vec::new()
        }
    };
    Devices {
        microphones: list(host.input_devices().map(Iterator::collect)),
        speakers: list(host.output_devices().map(Iterator::collect)),
    }
}

/// The system's sound, if it has any.
fn host() -> Option<cpal::Host> {
    let mut hosts = cpal::available_hosts().into_iter();
    hosts.find_map(|id| match cpal::host_from_id(id) {
        Ok(host) => Some(host),
        Err(error) => {
            log::warn!("{}: {error}", id.name());
            None
        }
    })
}

fn described(device: &cpal::Device) -> Option<Device> {
    let id = device.id().ok()?;
    let is_alsa = id.host().name() == "ALSA";
    if is_alsa && !ALSA_FOR_PEOPLE.iter().any(|begins| id.id().starts_with(begins)) {
        return None;
    }
    Some(Device {
        id: id.to_string(),
        name: name(device),
    })
}

fn name(device: &cpal::Device) -> String {
    device.to_string()
}

/// The device of this id, or the system's; and whether it is the one that was asked for.
fn find(wanted: Option<&str>, input: bool) -> Result<(cpal::Device, bool), Trouble> {
    let host = host().ok_or(Trouble::NoDevice)?;
    if let Some(wanted) = wanted {
        let device = wanted.parse().ok().and_then(|id| host.device_by_id(&id));
        if let Some(device) = device {
            return Ok((device, true));
        }
    }
    let default = if input {
        host.default_input_device()
    } else {
        host.default_output_device()
    };
    let device = default.ok_or(Trouble::NoDevice)?;
    Ok((device, wanted.is_none()))
}

/// How a device is to run, best first: at our rate, with as few channels as we have, and as it likes it.
fn configs(device: &cpal::Device, input: bool) -> Result<Vec<SupportedStreamConfig>, cpal::Error> {
    let (ranges, default): (Vec<SupportedStreamConfigRange>, _) = if input {
        (
            device.supported_input_configs()?.collect(),
            device.default_input_config(),
        )
    } else {
        (
            device.supported_output_configs()?.collect(),
            device.default_output_config(),
        )
    };
    let channels: [u16; 2] = if input { [1, 2] } else { [2, 1] };
    let ours = FORMATS
        .iter()
        .flat_map(|format| channels.map(|channels| (*format, channels)))
        .find_map(|(format, channels)| {
            ranges
                .iter()
                .filter(|range| range.sample_format() == format && range.channels() == channels)
                .find_map(|range| range.try_with_sample_rate(RATE_HZ))
        });
    let default = default
        .ok()
        .filter(|config| FORMATS.contains(&config.sample_format()));
    let any = ranges
        .iter()
        .find(|range| FORMATS.contains(&range.sample_format()))
        .map(|range| range.with_max_sample_rate());
    Ok([ours, default, any].into_iter().flatten().collect())
}

/// What an error of the system is to a person.
fn trouble(kind: ErrorKind) -> Trouble {
    match kind {
        ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => Trouble::NoDevice,
        ErrorKind::PermissionDenied => Trouble::NotAllowed,
        ErrorKind::DeviceBusy => Trouble::Busy,
        _ => Trouble::Broken,
    }
}

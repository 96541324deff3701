//! What measured figures come to: a light, one sentence, and one sentence about what to do.
//!
//! Invariant: pure; whatever is not known is grey and says so, and nothing that works is called broken.

use crate::hosting::STREAM_BYTES_PER_SEC;
use crate::settings::Quality;
use crate::voice::devices::MicrophoneView;
use crate::voice::ui::trouble;
use holm_net::transport::Path;
use holm_net::transport::outside::{Nat, Seen};

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Light {
    Green,
    Amber,
    Red,
    /// Not known.
    Grey,
}

/// One result: keys of words, with what is put into them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    pub(super) light: Light,
    pub(super) said: &'static str,
    pub(super) values: Vec<(&'static str, String)>,
    /// What to do; empty when there is nothing to do.
    pub(super) next: &'static str,
}

impl Verdict {
    fn new(light: Light, said: &'static str, next: &'static str) -> Self {
        Self {
            light,
            said,
            values: Vec::new(),
            next,
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }
}

/// No graphics card: each pixel costs the processor. By name, because WebGL tells no more.
pub(crate) fn draws_in_software(adapter: &str) -> bool {
    ["SwiftShader", "llvmpipe", "Microsoft Basic Render"]
        .iter()
        .any(|name| adapter.contains(name))
}

/// Milliseconds of a picture that feel smooth, and those one can still walk by: 50 and 25 pictures a second. A
/// screen of 60 Hz shows one in 16.7.
const SMOOTH_MS: f32 = 20.5;
const WALKABLE_MS: f32 = 40.5;

/// How fast pictures come: the middle one of many, so that a hiccup is no verdict.
pub(super) fn middle(milliseconds: &[f32]) -> Option<f32> {
    let mut sorted: Vec<f32> = milliseconds
        .iter()
        .copied()
        .filter(|ms| ms.is_finite() && *ms > 0.0)
        .collect();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// What draws, how fast, and which quality to try instead of `now`.
pub(super) fn graphics(
    adapter: &str,
    milliseconds: &[f32],
    now: Option<Quality>,
) -> (Verdict, Option<Quality>) {
    let Some(ms) = middle(milliseconds) else {
        return (Verdict::new(Light::Grey, "checkup-graphics-nothing", ""), None);
    };
    let lower = match now {
        Some(Quality::High) => Some(Quality::Medium),
        Some(Quality::Medium) | None => Some(Quality::Low),
        Some(Quality::Low) => None,
    };
    let light = if ms <= SMOOTH_MS {
        Light::Green
    } else if ms <= WALKABLE_MS {
        Light::Amber
    } else {
        Light::Red
    };
    let software = draws_in_software(adapter);
    let (said, next, better) = match (light, software) {
        (Light::Green, _) => ("checkup-graphics-smooth", "", None),
        (_, true) => (
            "checkup-graphics-software",
            "checkup-graphics-software-next",
            lower.map(|_| Quality::Low),
        ),
        (_, false) if lower.is_some() => ("checkup-graphics-slow", "checkup-graphics-lower-next", lower),
        (_, false) => ("checkup-graphics-slow", "checkup-graphics-close-next", None),
    };
    let verdict = Verdict::new(light, said, next)
        .with("rate", format!("{:.0}", 1000.0 / ms))
        .with("ms", format!("{ms:.1}"));
    (verdict, better)
}

/// What stands between this machine and the rest of the world.
pub(super) fn nat(seen: &Seen, has_relay: bool, inside: bool) -> Verdict {
    if !seen.can_ask {
        return Verdict::new(Light::Grey, "checkup-nat-page", "checkup-nat-page-next");
    }
    match seen.nat() {
        Nat::Unknown if inside => Verdict::new(Light::Grey, "checkup-nat-nobody", ""),
        Nat::Unknown => Verdict::new(Light::Grey, "checkup-nat-nobody", "checkup-nat-nobody-next"),
        Nat::Blocked => Verdict::new(Light::Red, "checkup-nat-blocked", "checkup-nat-blocked-next"),
        Nat::Open => Verdict::new(Light::Green, "checkup-nat-open", ""),
        Nat::Steady => Verdict::new(Light::Green, "checkup-nat-steady", ""),
        Nat::Some => Verdict::new(Light::Amber, "checkup-nat-some", "checkup-nat-some-next"),
        Nat::PerPeer if has_relay => {
            Verdict::new(Light::Amber, "checkup-nat-per-peer", "checkup-nat-relayed-next")
        }
        Nat::PerPeer => Verdict::new(Light::Amber, "checkup-nat-per-peer", "checkup-nat-per-peer-next"),
    }
}

/// Whether the relay is there; `None` where there is nothing to say.
pub(super) fn relay(seen: &Seen) -> Option<Verdict> {
    if !seen.can_ask || seen.relays_asked == 0 {
        return None;
    }
    Some(if seen.relays_answered > 0 {
        Verdict::new(Light::Green, "checkup-relay-there", "")
    } else {
        Verdict::new(Light::Red, "checkup-relay-silent", "checkup-relay-silent-next")
    })
}

/// Round trips and losses that nobody notices, and those at which people talk past each other.
const NEAR_MS: f32 = 90.0;
const FAR_MS: f32 = 220.0;
const LITTLE_LOST: f32 = 0.02;
const MUCH_LOST: f32 = 0.08;

/// The way to the host.
pub(super) fn link(round_trip_ms: Option<f32>, loss: f32, path: Path) -> Verdict {
    let Some(ms) = round_trip_ms else {
        return Verdict::new(Light::Grey, "checkup-link-nothing", "");
    };
    let light = if ms <= NEAR_MS && loss <= LITTLE_LOST {
        Light::Green
    } else if ms <= FAR_MS && loss <= MUCH_LOST {
        Light::Amber
    } else {
        Light::Red
    };
    let said = match path {
        Path::Relayed => "checkup-link-relayed",
        _ => "checkup-link-direct",
    };
    let next = match light {
        Light::Green => "",
        _ if loss > LITTLE_LOST => "checkup-link-lossy-next",
        _ if path == Path::Relayed => "checkup-link-relay-next",
        _ => "checkup-link-far-next",
    };
    Verdict::new(light, said, next)
        .with("ms", format!("{ms:.0}"))
        .with("loss", format!("{:.1}", loss * 100.0))
}

/// Twice what the movements of a full room take, so that something is left for worlds and avatars.
const AMPLE_BYTES_PER_SEC: f64 = 8.0 * STREAM_BYTES_PER_SEC as f64;
const ENOUGH_BYTES_PER_SEC: f64 = 2.0 * STREAM_BYTES_PER_SEC as f64;

/// How fast something came from the host, bytes a second.
pub(super) fn transfer(bytes: u64, rate: f64) -> Verdict {
    if bytes == 0 || rate <= 0.0 || !rate.is_finite() {
        return Verdict::new(Light::Red, "checkup-transfer-nothing", "checkup-transfer-next");
    }
    let (light, next) = if rate >= AMPLE_BYTES_PER_SEC {
        (Light::Green, "")
    } else if rate >= ENOUGH_BYTES_PER_SEC {
        (Light::Amber, "checkup-transfer-next")
    } else {
        (Light::Red, "checkup-transfer-next")
    };
    Verdict::new(light, "checkup-transfer-said", next)
        .with("rate", format!("{:.1}", rate * 8.0 / 1e6))
        .with("size", crate::report::size(bytes))
}

/// The microphone, which is opened only when it is asked for. `heard`: speech was noticed since.
pub(super) fn microphone(view: &MicrophoneView, heard: bool) -> Verdict {
    match view {
        MicrophoneView::Off => Verdict::new(Light::Grey, "checkup-microphone-nothing", ""),
        MicrophoneView::Opening => Verdict::new(Light::Grey, "voice-is-opening", ""),
        MicrophoneView::Failed(why) => {
            let [what, next] = trouble(*why);
            Verdict::new(Light::Red, what, next)
        }
        MicrophoneView::Open(name) if heard => {
            Verdict::new(Light::Green, "checkup-microphone-heard", "").with("name", name)
        }
        MicrophoneView::Open(name) => Verdict::new(
            Light::Amber,
            "checkup-microphone-silent",
            "checkup-microphone-silent-next",
        )
        .with("name", name),
    }
}

/// Speakers are told only of what is wrong with them: nobody but the person hears whether they sound.
pub(super) fn speakers(trouble: Option<holm_audio::Trouble>) -> Option<Verdict> {
    trouble.map(|_| Verdict::new(Light::Red, "sound-no-speakers", "sound-no-speakers-next"))
}

/// At the host: how guests come here.
pub(super) fn guests(direct: usize, relayed: usize) -> Verdict {
    if direct + relayed == 0 {
        return Verdict::new(Light::Grey, "checkup-guests-none", "checkup-guests-none-next");
    }
    let light = if direct > 0 { Light::Green } else { Light::Amber };
    Verdict::new(light, "checkup-guests-said", "")
        .with("direct", direct.to_string())
        .with("relayed", relayed.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_slow_machine_is_told_the_next_lower_quality_and_a_fast_one_nothing() {
        let of = |adapter: &str, ms: f32, now| graphics(adapter, &[ms; 30], now);
        let (result, better) = of("GeForce", 16.7, Some(Quality::High));
        assert_eq!((result.light, better), (Light::Green, None));
        let (result, better) = of("GeForce", 30.0, Some(Quality::High));
        assert_eq!((result.light, better), (Light::Amber, Some(Quality::Medium)));
        let (result, better) = of("GeForce", 90.0, None);
        assert_eq!((result.light, better), (Light::Red, Some(Quality::Low)));
        let (result, better) = of("GeForce", 90.0, Some(Quality::Low));
        assert_eq!((result.next, better), ("checkup-graphics-close-next", None));
        let (result, better) = of("llvmpipe (LLVM 15)", 160.0, Some(Quality::High));
        assert_eq!(
            (result.said, better),
            ("checkup-graphics-software", Some(Quality::Low))
        );
        assert_eq!(of("llvmpipe (LLVM 15)", 160.0, Some(Quality::Low)).1, None);
        let (result, _) = of("llvmpipe (LLVM 15)", 16.0, None);
        assert_eq!(result.light, Light::Green, "who cares how, when it is smooth");
    }

    #[test]
    fn one_hiccup_is_no_verdict() {
        let mut times = vec![16.0; 50];
        times.extend([900.0, f32::NAN, -1.0]);
        assert_eq!(middle(&times), Some(16.0));
        assert_eq!(middle(&[]), None);
        assert_eq!(graphics("any", &[], None).0.light, Light::Grey);
    }

    #[test]
    fn what_a_nat_does_is_said_with_what_to_do() {
        let at = |text: &str| text.parse().unwrap();
        let seen = |reflexive: &[&str]| Seen {
            can_ask: true,
            asked: 2,
            local: Some(at("192.168.1.5:5000")),
            reflexive: reflexive.iter().map(|text| at(text)).collect(),
            ..Seen::default()
        };
        let strict = seen(&["203.0.113.9:1", "203.0.113.9:2"]);
        assert_eq!(nat(&strict, false, true).next, "checkup-nat-per-peer-next");
        assert_eq!(nat(&strict, true, true).next, "checkup-nat-relayed-next");
        assert_eq!(nat(&seen(&[]), false, true).light, Light::Red);
        assert_eq!(nat(&seen(&["203.0.113.9:1"; 2]), false, true).light, Light::Green);
        assert_eq!(nat(&Seen::default(), false, false).said, "checkup-nat-page");
        let idle = Seen {
            can_ask: true,
            ..Seen::default()
        };
        assert_eq!(nat(&idle, false, false).next, "checkup-nat-nobody-next");
        assert_eq!(relay(&idle), None);
        let silent = Seen {
            relays_asked: 1,
            ..idle
        };
        assert_eq!(relay(&silent).unwrap().light, Light::Red);
    }

    #[test]
    fn the_link_and_what_it_carries_have_lights() {
        assert_eq!(link(Some(31.0), 0.004, Path::Direct).light, Light::Green);
        assert_eq!(
            link(Some(150.0), 0.0, Path::Relayed).next,
            "checkup-link-relay-next"
        );
        assert_eq!(
            link(Some(30.0), 0.2, Path::Direct).next,
            "checkup-link-lossy-next"
        );
        assert_eq!(link(None, 0.0, Path::Unknown).light, Light::Grey);
        assert_eq!(transfer(2_000_000, 2e6).light, Light::Green);
        assert_eq!(transfer(100_000, 1e5).light, Light::Amber);
        assert_eq!(transfer(10_000, 1e4).light, Light::Red);
        assert_eq!(transfer(0, 0.0).said, "checkup-transfer-nothing");
        assert_eq!(guests(0, 2).light, Light::Amber);
    }

    #[test]
    fn a_microphone_is_good_once_it_was_spoken_into() {
        use holm_audio::Trouble;
        let open = MicrophoneView::Open("Desk".to_owned());
        assert_eq!(microphone(&open, true).light, Light::Green);
        assert_eq!(microphone(&open, false).next, "checkup-microphone-silent-next");
        assert_eq!(microphone(&MicrophoneView::Off, true).light, Light::Grey);
        let refused = microphone(&MicrophoneView::Failed(Trouble::NotAllowed), false);
        assert_eq!(
            (refused.light, refused.next),
            (Light::Red, "voice-not-allowed-next")
        );
        assert_eq!(speakers(None), None);
        assert!(speakers(Some(Trouble::NoDevice)).is_some());
    }

    proptest! {
        #[test]
        fn no_figure_breaks_a_rule(ms: f32, loss: f32, bytes: u64, rate: f64) {
            let _ = link(Some(ms), loss, Path::Direct);
            let _ = transfer(bytes, rate);
            let (result, _) = graphics("any", &[ms; 3], None);
            prop_assert!(!result.said.is_empty());
        }
    }
}

//! The table of what comes from the operating system: what it is for, how we see it, who installs it.

use super::Need;
use crate::shell::which;
use std::path::Path;

/// How we see that something is there, cheapest first.
pub(super) enum Probe {
    /// One of these programs is on the PATH.
    Program(&'static [&'static str]),
    /// One of these files exists (a library's description or a driver's).
    File(&'static [&'static str]),
    /// A file whose name begins so lies in one of the folders where libraries lie.
    Library(&'static str),
}

/// One thing that the operating system's packages bring.
pub(super) struct Part {
    pub(super) need: Need,
    pub(super) name: &'static str,
    pub(super) purpose: &'static str,
    probe: Probe,
    /// Debian's and Ubuntu's packages, separated by spaces.
    pub(super) debian: &'static str,
    /// The command on macOS; empty: not needed there.
    pub(super) macos: &'static str,
    /// The command on Windows; empty: not needed there.
    pub(super) windows: &'static str,
}

impl Part {
    pub(super) fn is_there(&self) -> bool {
        let foreign =
            cfg!(target_os = "macos") && self.macos.is_empty() || cfg!(windows) && self.windows.is_empty();
        foreign || self.probe.holds()
    }
}

impl Probe {
    fn holds(&self) -> bool {
        match self {
            // Debian keeps what only root needs in sbin, which is not on everybody's PATH.
            Probe::Program(names) => names.iter().any(|name| {
                which(name).is_some()
                    || ["/usr/sbin", "/sbin"]
                        .iter()
                        .any(|dir| Path::new(dir).join(name).is_file())
            }),
            Probe::File(paths) => paths.iter().any(|path| Path::new(path).exists()),
            Probe::Library(stem) => library_folders().any(|dir| {
                std::fs::read_dir(dir).is_ok_and(|files| {
                    files
                        .flatten()
                        .any(|file| file.file_name().to_string_lossy().starts_with(stem))
                })
            }),
        }
    }
}

fn library_folders() -> impl Iterator<Item = &'static str> {
    [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/lib/x86_64-linux-gnu",
    ]
    .into_iter()
}

/// The parts of these needs.
pub(super) fn parts(needs: &[Need]) -> impl Iterator<Item = &'static Part> {
    PARTS.iter().filter(move |part| needs.contains(&part.need))
}

const PARTS: &[Part] = &[
    Part {
        need: Need::Linker,
        name: "a C compiler",
        purpose: "Rust links with it, and the cryptography is partly C",
        probe: Probe::Program(&["cc"]),
        debian: "build-essential",
        macos: "xcode-select --install",
        // Rust finds Microsoft's by the registry, not on the PATH; whoever runs this has linked it already.
        windows: "",
    },
    Part {
        need: Need::DesktopBuild,
        name: "pkg-config",
        purpose: "finds the libraries below",
        probe: Probe::Program(&["pkg-config"]),
        debian: "pkg-config",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::DesktopBuild,
        name: "cmake",
        purpose: "builds the codec of voice",
        probe: Probe::Program(&["cmake"]),
        debian: "cmake",
        macos: "brew install cmake",
        windows: "winget install Kitware.CMake",
    },
    Part {
        need: Need::DesktopBuild,
        name: "ALSA",
        purpose: "microphones and speakers",
        probe: Probe::File(&[
            "/usr/lib/x86_64-linux-gnu/pkgconfig/alsa.pc",
            "/usr/lib/aarch64-linux-gnu/pkgconfig/alsa.pc",
            "/usr/lib64/pkgconfig/alsa.pc",
            "/usr/lib/pkgconfig/alsa.pc",
        ]),
        debian: "libasound2-dev",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::DesktopBuild,
        name: "libudev",
        purpose: "gamepads",
        probe: Probe::File(&[
            "/usr/lib/x86_64-linux-gnu/pkgconfig/libudev.pc",
            "/usr/lib/aarch64-linux-gnu/pkgconfig/libudev.pc",
            "/usr/lib64/pkgconfig/libudev.pc",
            "/usr/lib/pkgconfig/libudev.pc",
            "/usr/share/pkgconfig/libudev.pc",
        ]),
        debian: "libudev-dev",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::DesktopRun,
        name: "X11's client libraries",
        purpose: "the window",
        probe: Probe::Library("libXcursor.so.1"),
        debian: "libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::DesktopRun,
        name: "Vulkan",
        purpose: "drawing",
        probe: Probe::Library("libvulkan.so.1"),
        debian: "libvulkan1 mesa-vulkan-drivers",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::Windows,
        name: "mingw-w64",
        purpose: "links Windows programs",
        probe: Probe::Program(&["x86_64-w64-mingw32-gcc"]),
        debian: "gcc-mingw-w64-x86-64",
        macos: "brew install mingw-w64",
        windows: "",
    },
    Part {
        need: Need::Browser,
        name: "Node.js",
        purpose: "drives the browser in the tests",
        probe: Probe::Program(&["node"]),
        debian: "nodejs",
        macos: "brew install node",
        windows: "winget install OpenJS.NodeJS.LTS",
    },
    Part {
        need: Need::Browser,
        name: "npm",
        purpose: "fetches playwright-core",
        probe: Probe::Program(&["npm", "npm.cmd"]),
        debian: "npm",
        macos: "brew install node",
        windows: "winget install OpenJS.NodeJS.LTS",
    },
    Part {
        need: Need::Pictures,
        name: "Xvfb",
        purpose: "a display in memory",
        probe: Probe::Program(&["Xvfb"]),
        debian: "xvfb libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::Pictures,
        name: "xdotool",
        purpose: "presses keys in the test of the real window",
        probe: Probe::Program(&["xdotool"]),
        debian: "xdotool",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::Pictures,
        name: "lavapipe",
        purpose: "Vulkan in software",
        probe: Probe::File(&[
            "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
            "/usr/share/vulkan/icd.d/lvp_icd.aarch64.json",
            "/usr/share/vulkan/icd.d/lvp_icd.json",
        ]),
        debian: "libvulkan1 mesa-vulkan-drivers",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::SoundCard,
        name: "PulseAudio",
        purpose: "a sound card in memory",
        probe: Probe::Program(&["pulseaudio"]),
        debian: "pulseaudio pulseaudio-utils",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::SoundCard,
        name: "ALSA's plugin for it",
        purpose: "programs find the sound card",
        probe: Probe::File(&[
            "/usr/lib/x86_64-linux-gnu/alsa-lib/libasound_module_pcm_pulse.so",
            "/usr/lib/aarch64-linux-gnu/alsa-lib/libasound_module_pcm_pulse.so",
            "/usr/lib64/alsa-lib/libasound_module_pcm_pulse.so",
            "/usr/lib/alsa-lib/libasound_module_pcm_pulse.so",
        ]),
        debian: "libasound2-plugins",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::Nat,
        name: "ip",
        purpose: "network namespaces",
        probe: Probe::Program(&["ip"]),
        debian: "iproute2",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::Nat,
        name: "nftables",
        purpose: "the NATs in the tests",
        probe: Probe::Program(&["nft"]),
        debian: "nftables",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::Nat,
        name: "coturn",
        purpose: "the TURN server in the tests",
        probe: Probe::Program(&["turnserver"]),
        debian: "coturn",
        macos: "",
        windows: "",
    },
    Part {
        need: Need::Speech,
        name: "espeak-ng",
        purpose: "says what voice is measured with",
        probe: Probe::Program(&["espeak-ng"]),
        debian: "espeak-ng",
        macos: "brew install espeak-ng",
        windows: "winget install eSpeak-NG.eSpeak-NG",
    },
    Part {
        need: Need::Speech,
        name: "sox",
        purpose: "brings that to 48 kHz",
        probe: Probe::Program(&["sox"]),
        debian: "sox",
        macos: "brew install sox",
        windows: "winget install ChrisBagwell.SoX",
    },
];

/// Not in the table: Ubuntu's package only points at another store, see `node`.
pub(super) const CHROMIUM: Part = Part {
    need: Need::Browser,
    name: "Chromium",
    purpose: "the browser of the tests",
    probe: Probe::Program(&["chromium"]),
    debian: "chromium",
    macos: "brew install --cask google-chrome",
    windows: "winget install Google.Chrome",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_missed_and_one_that_is_there_is_not() {
        assert!(!Probe::Program(&["holm-no-such-program"]).holds());
        assert!(Probe::Program(&["holm-no-such-program", "cargo"]).holds());
        assert!(!Probe::File(&["/holm/no/such/file"]).holds());
        assert!(!Probe::Library("libholm-no-such-library.so").holds());
    }

    #[test]
    fn every_need_that_packages_can_meet_has_a_part_and_every_part_a_package() {
        for need in [
            Need::Linker,
            Need::DesktopBuild,
            Need::DesktopRun,
            Need::Windows,
            Need::Browser,
            Need::Pictures,
            Need::SoundCard,
            Need::Nat,
        ] {
            assert!(parts(&[need]).next().is_some(), "{need:?}");
        }
        for part in PARTS {
            assert!(
                !part.debian.is_empty() && !part.purpose.is_empty(),
                "{}",
                part.name
            );
        }
    }
}

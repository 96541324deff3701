//! The real client in a real window, driven by a real keyboard's events: a display in memory (Xvfb), lavapipe, xdotool.
//!
//! Flow: a host without a window → the client joins by the link → keys are pressed → a bot in the same world says who
//! walked how far and who said what, and what the display holds says what was shown. What the client believes of itself is
//! never asked.
//! Invariant: every wait has an end, minutes long: two busy cores draw one frame a second.

use super::*;
use std::thread::sleep;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(240);
/// How long the bot watches each time it is asked, seconds.
const LOOK_SECS: &str = "6";
/// Half the width a phone has: what is drawn costs what its pixels cost.
const SIZE: [&str; 2] = ["320", "180"];

fn lavapipe() -> Option<&'static str> {
    [
        "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
        "/usr/share/vulkan/icd.d/lvp_icd.aarch64.json",
        "/usr/share/vulkan/icd.d/lvp_icd.json",
    ]
    .into_iter()
    .find(|path| Path::new(path).is_file())
}

/// A display without a window manager, ended with the test.
struct Screen {
    xvfb: Child,
    name: String,
    /// Where Xvfb keeps what it shows.
    folder: PathBuf,
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.xvfb.kill();
        let _ = self.xvfb.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Screen {
    /// On a number that Xvfb finds free itself; `None` where there is no Xvfb.
    fn start() -> Option<Self> {
        let folder = data().with_extension("screen");
        std::fs::create_dir_all(&folder).unwrap();
        let mut xvfb = Command::new("Xvfb")
            .args("-displayfd 1 -screen 0 640x360x24 -nolisten tcp -noreset -fbdir".split(' '))
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut number = String::new();
        let mut said = BufReader::new(xvfb.stdout.take().unwrap());
        said.read_line(&mut number).unwrap();
        let name = format!(":{}", number.trim());
        Some(Self { xvfb, name, folder })
    }

    /// Red, green and blue of the window's pixels as they are shown now. It lies in the upper left corner, where there is no
    /// window manager.
    fn shown(&self) -> Vec<[u8; 3]> {
        // An X window dump: a head of big-endian numbers, as many colours, and rows.
        let dump = std::fs::read(self.folder.join("Xvfb_screen0")).unwrap();
        let number = |at: usize| {
            let bytes = dump[4 * at..][..4].try_into().unwrap();
            u32::from_be_bytes(bytes) as usize
        };
        let (head, order, bits, row, colours) = (number(0), number(7), number(11), number(12), number(19));
        assert_eq!((order, bits), (0, 32), "another kind of display");
        let rows = &dump[head + 12 * colours..];
        let [width, height] = SIZE.map(|side| side.parse::<usize>().unwrap());
        (0..height)
            .flat_map(|y| rows[y * row..][..4 * width].chunks_exact(4))
            .map(|pixel| [pixel[2], pixel[1], pixel[0]])
            .collect()
    }

    /// What xdotool answers; `None` where it fails or is not there.
    fn xdotool(&self, line: &str) -> Option<String> {
        let out = Command::new("xdotool")
            .args(line.split(' '))
            .env("DISPLAY", &self.name)
            .output()
            .ok()?;
        out.status
            .success()
            .then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }

    fn press(&self, key: &str) {
        self.xdotool(&format!("key {key}")).unwrap();
        // A frame between two keys, where there are frames.
        sleep(Duration::from_millis(700));
    }
}

/// A client's window on a screen of its own.
struct Client {
    process: Child,
    data: PathBuf,
    screen: Screen,
    link: String,
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

impl Client {
    /// In the host's world, as Ada, with the keyboard on its window. `None` where that cannot be.
    fn inside(ready: &Value) -> Option<Self> {
        let screen = Screen::start().filter(|screen| screen.xdotool("version").is_some());
        let (Some(screen), Some(driver)) = (screen, lavapipe()) else {
            let must = std::env::var_os("HOLM_WINDOW").is_some();
            assert!(!must, "Xvfb, xdotool or lavapipe is missing");
            println!(
                "SKIPPED: this needs Xvfb, xdotool and lavapipe (`cargo xtask setup` names their packages)"
            );
            return None;
        };
        let data = data();
        std::fs::create_dir_all(&data).unwrap();
        // With high contrast the interface has grounds that nothing in the world has.
        let cheap =
            "(shadows: false, smooth_edges: false, guide: false, reduced_motion: true, high_contrast: true)";
        std::fs::write(data.join("settings.ron"), cheap).unwrap();
        let link = ready["link"].as_str().unwrap().to_owned();
        let process = holm(&data, &["join", &link, "--name", "Ada"])
            .env("DISPLAY", &screen.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("VK_ICD_FILENAMES", driver)
            .env("XDG_PICTURES_DIR", data.join("pictures"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut client = Self {
            process,
            data,
            screen,
            link,
        };
        let window = client.until("a window", |client| {
            let found = client.screen.xdotool("search --onlyvisible --name ^Holm$")?;
            found.lines().next().map(str::to_owned)
        });
        client
            .screen
            .xdotool(&format!("windowsize {window} {} {}", SIZE[0], SIZE[1]))
            .unwrap();
        client.until("the host to say that somebody is here", |_| {
            get(ready, "/world.json").contains("\"people\":1").then_some(())
        });
        // Nobody else gives a window the keyboard: there is no window manager.
        client.screen.xdotool(&format!("windowfocus {window}")).unwrap();
        Some(client)
    }

    /// Asks until there is an answer.
    fn until<T>(&mut self, what: &str, mut ask: impl FnMut(&mut Self) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = ask(self) {
                return answer;
            }
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "the client ended, {ended:?}, waiting for {what}");
            assert!(Instant::now() < deadline, "waited in vain for {what}");
            sleep(Duration::from_millis(200));
        }
    }

    /// What somebody else in the world sees in a few seconds.
    fn seen(&self) -> Value {
        let (_, report) = bots(&self.link, &["--quiet", "--seconds", LOOK_SECS]);
        report
    }

    /// Holds a key down until others see Ada go a metre in the while they look.
    fn walks(&mut self, key: &str) {
        self.screen.xdotool(&format!("keydown {key}")).unwrap();
        self.until("a walk", |client| {
            let report = client.seen();
            let people = report["people"].as_array()?;
            let ada = people.iter().find(|person| person["name"] == "Ada")?;
            let metres = ada["walked_metres"].as_f64()?;
            println!("{key} held: {metres} m");
            (metres >= 1.0).then_some(())
        });
        self.screen.xdotool(&format!("keyup {key}")).unwrap();
    }
}

#[test]
fn in_a_real_window_a_held_key_walks_and_a_typed_line_is_heard() {
    let (_host, ready) = host(&["--room", "Window"]);
    let Some(mut ada) = Client::inside(&ready) else {
        return;
    };
    ada.walks("w");

    // Somebody comes, and is there when the line is typed: bots note only what is said in their presence.
    let link = ada.link.clone();
    let listens = std::thread::spawn(move || bots(&link, &["--quiet", "--seconds", "45"]).1);
    ada.until("somebody to talk to", |_| {
        get(&ready, "/world.json").contains("\"people\":2").then_some(())
    });
    ada.screen.press("Return");
    // The field takes letters from the frame after the one that opens it.
    sleep(Duration::from_secs(4));
    ada.screen.xdotool("type --delay 120 walkwithme").unwrap();
    sleep(Duration::from_secs(2));
    ada.screen.press("Return");
    let report = listens.join().unwrap();
    let heard = report["chat"].as_array().unwrap();
    let is_it = |line: &Value| line["from"] == "Ada" && line["text"] == "walkwithme";
    assert!(heard.iter().any(is_it), "{report:#}");
}

/// The ground of pills and that of panels, with high contrast.
const PILL: [u8; 3] = [0, 0, 0];
const PANEL: [u8; 3] = [0, 8, 12];

/// How many of a hundred pixels are so.
fn percent(pixels: &[[u8; 3]], colour: [u8; 3]) -> f64 {
    let is = |pixel: &&[u8; 3]| {
        pixel
            .iter()
            .zip(colour)
            .all(|(is, wanted)| is.abs_diff(wanted) <= 1)
    };
    100.0 * pixels.iter().filter(is).count() as f64 / pixels.len() as f64
}

#[test]
fn in_a_real_window_a_key_keeps_a_picture_without_the_interface_and_a_notice_says_where() {
    let (_host, ready) = host(&["--room", "Photo"]);
    let Some(mut ada) = Client::inside(&ready) else {
        return;
    };
    let interface = |client: &mut Client| {
        let pills = percent(&client.screen.shown(), PILL);
        (pills > 1.0).then_some(pills)
    };
    let pills = ada.until("the interface", interface);
    // What was said on the way in has gone.
    ada.until("no notices", |client| {
        (percent(&client.screen.shown(), PANEL) < 0.2).then_some(())
    });
    let folder = ada.data.join("pictures").join("Holm");
    ada.screen.press("p");
    let (path, picture) = ada.until("a picture", |_| {
        let file = std::fs::read_dir(&folder).ok()?.next()?.ok()?.path();
        // It may still be being written.
        Some((image::open(&file).ok()?.to_rgb8(), file)).map(|(picture, file)| (file, picture))
    });
    assert_eq!(path.extension().and_then(|end| end.to_str()), Some("png"));
    assert_eq!(
        [picture.width().to_string(), picture.height().to_string()],
        SIZE.map(str::to_owned)
    );
    let pixels: Vec<[u8; 3]> = picture.pixels().map(|pixel| pixel.0).collect();
    let (left, panels) = (percent(&pixels, PILL), percent(&pixels, PANEL));
    println!(
        "pills: {pills:.2} % on the screen, {left:.2} % in the picture, which has {panels:.2} % of panels"
    );
    assert!(
        left < 0.1 && panels < 0.1,
        "the interface is in {}",
        path.display()
    );
    let mut colours: Vec<_> = pixels.clone();
    colours.sort_unstable();
    colours.dedup();
    assert!(
        colours.len() > 500,
        "{} colours are no picture of a harbour",
        colours.len()
    );
    let notice = ada.until("a notice", |client| {
        let panels = percent(&client.screen.shown(), PANEL);
        (panels > 4.0).then_some(panels)
    });
    println!("the notice is {notice:.1} % of the window");
    ada.until("the interface to come back", interface);
}

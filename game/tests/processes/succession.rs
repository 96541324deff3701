//! A world outlives its host's process: real programs over real WebRTC, and the host is killed.

use super::*;

/// A headless program whose lines are read beside the test, and to which one can type.
struct Running {
    child: Child,
    stdin: std::process::ChildStdin,
    lines: std::sync::mpsc::Receiver<Value>,
    heard: Vec<Value>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn begin(data: &Path, more: &[&str]) -> Self {
        Self::begin_in(None, data, more)
    }

    /// In this network namespace.
    fn begin_in(namespace: Option<&str>, data: &Path, more: &[&str]) -> Self {
        let args = [&["host", "--headless", "--json", "--port", "0", "--no-lan"], more].concat();
        let mut child = in_namespace(namespace, holm(data, &args))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (say, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = serde_json::from_str(&line).map(|line: Value| say.send(line));
            }
        });
        Self {
            child,
            stdin,
            lines,
            heard: Vec::new(),
        }
    }

    /// The first line like this that was not waited for before.
    fn until(&mut self, secs: u64, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + Duration::from_secs(secs);
        loop {
            if let Some(at) = self.heard.iter().position(&is) {
                return self.heard.remove(at);
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.heard.push(line),
                Err(_) => panic!("not within {secs} s: {what}; heard {:?}", self.heard),
            }
        }
    }

    fn news(&mut self, secs: u64, news: &str) -> Value {
        self.until(secs, news, |line| {
            line["event"] == "succession" && line["news"] == news
        })
    }

    fn types(&mut self, text: &str) {
        writeln!(self.stdin, "{text}").unwrap();
        self.stdin.flush().unwrap();
    }
}

#[test]
fn the_host_is_killed_and_its_guests_are_back_within_five_seconds_and_it_takes_the_world_home() {
    let (home, away) = (data(), data());
    let mut first = Running::begin(&home, &["--name", "Home"]);
    let ready = first.until(60, "it is open", |line| line["event"] == "ready");
    let link = ready["link"].as_str().unwrap().to_owned();
    let mut second = Running::begin(&away, &["--name", "Second", "--stand-by", &link]);
    let bots = {
        let data = data();
        let args = [
            "bot",
            "--json",
            "--join",
            &link,
            "--count",
            "8",
            "--seconds",
            "60",
        ];
        holm(&data, &args).stdout(Stdio::piped()).spawn().unwrap()
    };
    std::thread::sleep(Duration::from_secs(6));
    first.types("heir Second");
    first.news(20, "heir_ready");
    second.news(5, "ready");
    // Their word that they know who is here is heard, too.
    std::thread::sleep(Duration::from_secs(2));
    first.child.kill().unwrap();
    let killed = Instant::now();
    second.news(5, "ours");
    println!("the heir hosts it after {:?}", killed.elapsed());
    second.news(5, "writes");
    println!("and it can be changed after {:?}", killed.elapsed());
    // The machine comes back: it asks its heir, goes there, and takes the world home.
    std::thread::sleep(Duration::from_secs(4));
    let mut again = Running::begin(&home, &["--name", "Home"]);
    again.news(30, "may_have_gone_on");
    again.news(30, "elsewhere");
    again.news(30, "ours");
    second.news(10, "moved");
    let out = bots.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    let report: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    println!("{}", report["back_ms"]);
    assert!(
        report["back_ms"]["max"].as_f64().unwrap() <= 5_000.0,
        "{report:#}"
    );
    assert_eq!(report["errors"], Value::Array(Vec::new()), "{report:#}");
    assert_eq!(report["stayed"], 8);
    assert_eq!(report["moves"], 16, "there, and home");
    drop((first, second, again));
    for data in [home, away] {
        let _ = std::fs::remove_dir_all(data);
    }
}

/// The same program there.
fn in_namespace(namespace: Option<&str>, command: Command) -> Command {
    let Some(namespace) = namespace else {
        return command;
    };
    let mut there = Command::new("ip");
    there
        .args(["netns", "exec", namespace])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => there.env(name, value),
            None => there.env_remove(name),
        };
    }
    there
}

/// Two machines with a cable between them, gone with the test.
struct Cable {
    ends: [String; 2],
}

impl Drop for Cable {
    fn drop(&mut self) {
        for end in &self.ends {
            let _ = Command::new("ip").args(["netns", "del", end]).output();
        }
    }
}

impl Cable {
    /// `None` where namespaces cannot be made: that needs root on Linux.
    fn new() -> Option<Self> {
        let id = std::process::id();
        let cable = Self {
            ends: [format!("holm-test-a{id}"), format!("holm-test-b{id}")],
        };
        let [a, b] = &cable.ends;
        for line in [
            format!("netns add {a}"),
            format!("netns add {b}"),
            format!("link add cable netns {a} type veth peer name cable netns {b}"),
        ] {
            cable.ip(&line).then_some(())?;
        }
        for (end, address) in [(a, 1), (b, 2)] {
            cable.ip(&format!("-n {end} link set lo up"));
            cable.ip(&format!("-n {end} address add 10.78.0.{address}/24 dev cable"));
            cable.ip(&format!("-n {end} link set cable up"));
            // WebRTC announces itself by multicast, which has no device to leave by without a default route.
            cable.ip(&format!("-n {end} route add default dev cable"));
        }
        Some(cable)
    }

    fn ip(&self, line: &str) -> bool {
        let out = Command::new("ip").args(line.split(' ')).output();
        out.is_ok_and(|out| out.status.success())
    }

    /// Nothing gets from one end to the other, and nobody is told; those at one end have each other as before.
    fn pull(&self) {
        self.routes("add");
    }

    fn plug(&self) {
        self.routes("del");
    }

    fn routes(&self, change: &str) {
        for (end, other) in [(0, 2), (1, 1)] {
            let end = &self.ends[end];
            assert!(self.ip(&format!("-n {end} route {change} blackhole 10.78.0.{other}/32")));
        }
    }
}

#[test]
fn a_pulled_cable_leaves_one_side_that_changes_the_world_and_a_plugged_one_brings_them_together() {
    let Some(cable) = Cable::new() else {
        println!("not shown here: a split needs network namespaces, which need root on Linux");
        return;
    };
    let [here, there] = [&cable.ends[0], &cable.ends[1]].map(String::as_str);
    let (home, away, crowd) = (data(), data(), data());
    let mut first = Running::begin_in(Some(here), &home, &["--name", "Home"]);
    let ready = first.until(60, "it is open", |line| line["event"] == "ready");
    let link = ready["link"].as_str().unwrap().to_owned();
    assert!(link.contains("10.78.0.1"), "{link}");
    let mut second = Running::begin_in(Some(there), &away, &["--name", "Second", "--stand-by", &link]);
    let args = [
        "bot",
        "--json",
        "--join",
        &link,
        "--count",
        "4",
        "--seconds",
        "70",
    ];
    let bots = in_namespace(Some(there), holm(&crowd, &args))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(6));
    first.types("heir Second");
    second.news(20, "ready");
    std::thread::sleep(Duration::from_secs(3));
    cable.pull();
    let cut = Instant::now();
    first.news(5, "cut_off");
    println!("the host stops after {:?}", cut.elapsed());
    second.news(10, "ours");
    second.news(5, "writes");
    println!("the heir goes on after {:?}", cut.elapsed());
    // What is ordered where nothing may be changed is not done, and says why.
    first.types("lock");
    let answer = first.until(5, "an answer", |line| {
        line["event"] == "answer" && line["to"] == "lock"
    });
    assert_eq!(answer["done"], false, "{answer}");
    second.types("say We are here.");
    second.until(5, "an answer", |line| {
        line["event"] == "answer" && line["done"] == true
    });
    std::thread::sleep(Duration::from_secs(5));
    cable.plug();
    first.news(40, "elsewhere");
    first.news(10, "moved");
    // It is its owner's machine, and takes the world home.
    first.news(20, "ours");
    second.news(20, "moved");
    let out = bots.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    let report: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    println!("{}", report["back_ms"]);
    assert_eq!(report["errors"], Value::Array(Vec::new()), "{report:#}");
    assert_eq!(
        (report["stayed"].as_u64(), report["moves"].as_u64()),
        (Some(4), Some(8))
    );
    drop((first, second));
    for data in [home, away, crowd] {
        let _ = std::fs::remove_dir_all(data);
    }
}

//! A real host is spoken to: over a pipe, and over its admin page's port.

use super::{Holm, bots, get, holm, secret};
use serde_json::Value;
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{ChildStdin, Stdio};
use std::time::{Duration, Instant};

/// A host with a pipe to its console.
fn spoken_to(more: &[&str]) -> (Holm, Value, ChildStdin) {
    let data = super::data();
    let args = [&["host", "--headless", "--json", "--port", "0", "--no-lan"], more].concat();
    let mut child = holm(&data, &args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let (stdin, stdout) = (
        child.stdin.take().unwrap(),
        BufReader::new(child.stdout.take().unwrap()),
    );
    let mut host = Holm { child, stdout, data };
    let ready = host.line();
    assert_eq!(ready["event"], "ready", "{ready}");
    (host, ready, stdin)
}

/// Says a line; what is answered.
fn say(host: &mut Holm, stdin: &mut ChildStdin, line: &str) -> (bool, String) {
    writeln!(stdin, "{line}").unwrap();
    stdin.flush().unwrap();
    let answer = host.line();
    assert_eq!(
        (&answer["event"], &answer["to"]),
        (&"answer".into(), &line.into()),
        "{answer}"
    );
    let lines = answer["lines"].as_array().unwrap();
    let lines: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap()).collect();
    (answer["done"].as_bool().unwrap(), lines.join("\n"))
}

/// The same until the answer has this in it.
fn until(host: &mut Holm, stdin: &mut ChildStdin, line: &str, words: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let (_, said) = say(host, stdin, line);
        if said.contains(words) {
            return said;
        }
        assert!(Instant::now() < deadline, "{words} is not in\n{said}");
    }
}

/// One request to the admin page; its status and body.
fn ask(ready: &Value, head: &str, more: &[(&str, &str)], body: &str) -> (u16, String) {
    let page = ready["admin"].as_str().unwrap();
    let authority = page.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let host = more
        .iter()
        .find(|(name, _)| *name == "Host")
        .map_or(authority, |(_, value)| value);
    let mut text = format!(
        "{head} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in more.iter().filter(|(name, _)| *name != "Host") {
        text += &format!("{name}: {value}\r\n");
    }
    write!(stream, "{text}\r\n{body}").unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    (
        status.unwrap_or_else(|| panic!("{answer:?}")),
        body.unwrap_or_default(),
    )
}

#[test]
fn lines_piped_into_a_host_are_obeyed_and_answered() {
    let (mut host, ready, mut stdin) = spoken_to(&[]);
    let link = ready["link"].as_str().unwrap().to_owned();
    assert!(say(&mut host, &mut stdin, "people").1.contains("Nobody"));
    let (done, said) = say(&mut host, &mut stdin, "peolpe");
    assert!(!done && said.contains("perhaps people?"), "{said}");
    let guests = std::thread::spawn(move || bots(&link, &["--count", "2", "--seconds", "40"]));
    for bot in ["\"Bot 1\"  guest", "\"Bot 2\"  guest"] {
        until(&mut host, &mut stdin, "people", bot);
    }
    let (done, said) = say(&mut host, &mut stdin, "role \"Bot 1\" spectator");
    assert!(done, "{said}");
    assert!(say(&mut host, &mut stdin, "people").1.contains("spectator"));
    assert!(say(&mut host, &mut stdin, "say Hello to all of you").0);
    assert!(say(&mut host, &mut stdin, "ban \"Bot 2\"").0);
    until(&mut host, &mut stdin, "status", " 1 here");
    let history = say(&mut host, &mut stdin, "history").1;
    assert!(history.contains("banned Bot 2"), "{history}");
    assert!(!say(&mut host, &mut stdin, "reload").0, "there is no file");
    // One word, and everybody is told why the world goes.
    assert!(say(&mut host, &mut stdin, "stop the lamps are out").0);
    assert_eq!(host.line()["event"], "closed");
    assert!(host.child.wait().unwrap().success());
    let (_, report) = guests.join().unwrap();
    let errors = report["errors"].to_string();
    assert!(errors.contains("banned"), "{report:#}");
    assert!(
        errors.contains("the lamps are out. The host has closed the world."),
        "{report:#}"
    );
}

/// How many threads of a host have a name that begins so, of at most 15 letters.
#[cfg(target_os = "linux")]
fn threads(host: &Holm, name: &str) -> usize {
    let all = std::fs::read_dir(format!("/proc/{}/task", host.child.id())).unwrap();
    let names = all.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok());
    names.filter(|comm| comm.starts_with(name)).count()
}

#[test]
fn several_worlds_share_a_program_and_nothing_else() {
    let folder = super::data();
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("garden.ron");
    std::fs::write(&file, r#"(keep: "garden", world: "quiet-room", port: 0)"#).unwrap();
    let (mut host, first, mut stdin) = spoken_to(&["--new-link", "--also", file.to_str().unwrap()]);
    let second = host.line();
    assert_eq!(second["event"], "ready", "{second}");
    let of = |name: &str| if first["world"] == name { &first } else { &second };
    let (harbour, garden) = (of("harbour"), of("garden"));
    assert_eq!(garden["world"], "garden", "{garden}");
    assert_ne!(
        secret(harbour),
        secret(garden),
        "who has one link cannot go into the other world"
    );
    // What blocks in one (its disk) holds up nothing in the other.
    #[cfg(target_os = "linux")]
    assert!(threads(&host, "Async Compute") >= 2);
    // Somebody is in one of them, and what is done there is done there only.
    let link = garden["link"].as_str().unwrap().to_owned();
    let guests = std::thread::spawn(move || bots(&link, &["--count", "1", "--seconds", "60"]));
    until(&mut host, &mut stdin, "@garden people", "\"Bot 1\"  guest");
    assert!(say(&mut host, &mut stdin, "people").1.contains("Nobody"));
    assert!(say(&mut host, &mut stdin, "@garden lock").0);
    assert!(!say(&mut host, &mut stdin, "history").1.contains("locked"));
    assert!(say(&mut host, &mut stdin, "@garden").1.contains("garden"));
    assert!(say(&mut host, &mut stdin, "history").1.contains("locked"));
    let (done, said) = say(&mut host, &mut stdin, "@gardn people");
    assert!(!done && said.contains("worlds"), "{said}");
    // One begins again, under the same link, with what was built; the other does not notice.
    assert!(say(&mut host, &mut stdin, "restart").0);
    let closed = host.line();
    assert_eq!(
        (&closed["event"], &closed["world"]),
        (&"closed".into(), &"garden".into())
    );
    let again = host.line();
    assert_eq!(
        (&again["event"], &again["world"]),
        (&"ready".into(), &"garden".into())
    );
    assert_eq!(
        again["link"], garden["link"],
        "even where the system chose the port"
    );
    assert!(
        say(&mut host, &mut stdin, "history").1.contains("locked"),
        "what was is kept"
    );
    // A world that is opened anew listens as before, and not once more.
    #[cfg(target_os = "linux")]
    assert_eq!(threads(&host, "reloads"), 2);
    assert!(get(harbour, "/healthz").starts_with("HTTP/1.1 200"));
    // A new link is made once, and not by each restart.
    assert!(say(&mut host, &mut stdin, "@harbour restart").0);
    assert_eq!(host.line()["event"], "closed");
    assert_eq!(host.line()["link"], harbour["link"]);
    // One closes; the program goes on until the last has.
    assert!(say(&mut host, &mut stdin, "stop").0);
    assert_eq!(host.line()["event"], "closed");
    // It says so before all of it is put away.
    until(&mut host, &mut stdin, "worlds", "garden (closed)");
    assert!(host.child.try_wait().unwrap().is_none());
    assert!(say(&mut host, &mut stdin, "@harbour stop").0);
    assert_eq!(host.line()["world"], "harbour");
    assert!(host.child.wait().unwrap().success());
    let _ = guests.join();
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_host_whose_input_ends_goes_on() {
    let (mut host, ready, mut stdin) = spoken_to(&[]);
    assert!(say(&mut host, &mut stdin, "lock").0);
    drop(stdin);
    assert!(get(&ready, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(host.child.try_wait().unwrap().is_none());
}

#[test]
fn a_configuration_is_read_written_and_read_again() {
    let folder = super::data();
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("own.ron");
    let file = file.to_str().unwrap();
    let out = holm(&folder, &["host", "--write-config", file]).output().unwrap();
    assert!(out.status.success(), "{out:?}");
    let written = std::fs::read_to_string(file).unwrap();
    assert!(written.contains("// room: \"The harbour\","), "{written}");
    let text = written.replace("// room: \"The harbour\",", "room: \"Our quay\",");
    std::fs::write(file, &text).unwrap();
    let (mut host, ready, mut stdin) = spoken_to(&["--config", file]);
    assert!(get(&ready, "/world.json").contains("Our quay"));
    assert!(
        say(&mut host, &mut stdin, "reload")
            .1
            .contains("Nothing in it has changed")
    );
    let text = text
        .replace("// welcome: ", "welcome: ")
        .replace("\"Our quay\"", "\"Another quay\"");
    std::fs::write(file, &text).unwrap();
    let (done, said) = say(&mut host, &mut stdin, "reload");
    assert!(
        done && said.contains("welcome: changed") && said.contains("room: changes with a restart"),
        "{said}"
    );
    std::fs::write(file, text.replace("room:", "rom:")).unwrap();
    let (done, said) = say(&mut host, &mut stdin, "reload");
    assert!(!done && said.contains("perhaps room?"), "{said}");
    // A mistake is said before anything is opened.
    let out = holm(&folder, &["host", "--headless", "--port", "0", "--config", file])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && said.contains("perhaps room?"), "{said}");
    let _ = std::fs::remove_dir_all(folder);
}

#[cfg(unix)]
#[test]
fn a_restart_opens_the_same_world_in_the_same_process() {
    let (mut host, ready, mut stdin) = spoken_to(&["--new-link"]);
    assert!(say(&mut host, &mut stdin, "lock").0);
    assert!(say(&mut host, &mut stdin, "restart").0);
    assert_eq!(host.line()["event"], "closed");
    let again = host.line();
    assert_eq!(
        (&again["event"], &again["pid"]),
        (&"ready".into(), &ready["pid"]),
        "{again}"
    );
    assert_eq!(secret(&again), secret(&ready));
    assert!(
        say(&mut host, &mut stdin, "lock").1.contains("already"),
        "what was kept is there"
    );
    assert!(say(&mut host, &mut stdin, "stop").0);
    assert_eq!(host.line()["event"], "closed");
    assert!(host.child.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_hangup_reads_the_configuration_and_ends_a_host_without_one() {
    let (mut host, ready, stdin) = spoken_to(&[]);
    let hang_up = |ready: &Value| {
        let pid = ready["pid"].as_u64().unwrap().to_string();
        assert!(
            std::process::Command::new("kill")
                .args(["-HUP", &pid])
                .status()
                .unwrap()
                .success()
        );
    };
    hang_up(&ready);
    assert_eq!(host.line()["event"], "closed");
    assert!(host.child.wait().unwrap().success());
    drop(stdin);
    let file = host.data.join("own.ron");
    std::fs::write(&file, "(room: \"One\")").unwrap();
    let (mut host, ready, mut stdin) = spoken_to(&["--config", file.to_str().unwrap()]);
    hang_up(&ready);
    assert!(
        say(&mut host, &mut stdin, "status").1.contains("One"),
        "it goes on"
    );
}

#[cfg(unix)]
#[test]
fn a_closed_terminal_ends_all_worlds_of_a_program_that_has_no_file() {
    let folder = super::data();
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("garden.ron");
    std::fs::write(&file, r#"(keep: "garden", world: "quiet-room", port: 0)"#).unwrap();
    let (mut host, ready, stdin) = spoken_to(&["--also", file.to_str().unwrap()]);
    assert_eq!(host.line()["event"], "ready");
    let pid = ready["pid"].as_u64().unwrap().to_string();
    let hung_up = std::process::Command::new("kill").args(["-HUP", &pid]).status();
    assert!(hung_up.unwrap().success());
    for _ in 0..2 {
        assert_eq!(host.line()["event"], "closed");
    }
    assert!(host.child.wait().unwrap().success());
    drop(stdin);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn several_worlds_have_the_first_ones_file_read_again_with_their_own() {
    let folder = super::data();
    std::fs::create_dir_all(&folder).unwrap();
    let [own, garden] = ["own.ron", "garden.ron"].map(|name| folder.join(name));
    std::fs::write(&garden, r#"(keep: "garden", world: "quiet-room", port: 0)"#).unwrap();
    std::fs::write(&own, "()").unwrap();
    let words = [
        "--config",
        own.to_str().unwrap(),
        "--also",
        garden.to_str().unwrap(),
    ];
    let (mut host, _, mut stdin) = spoken_to(&words);
    assert_eq!(host.line()["event"], "ready");
    std::fs::write(
        &own,
        r#"(name: "Ada", metrics: false, stun: ["stun:127.0.0.1:1"])"#,
    )
    .unwrap();
    let (done, said) = say(&mut host, &mut stdin, "@garden reload");
    assert!(done, "{said}");
    for line in [
        "metrics: changed.",
        "stun: changes with a restart.",
        "name: changes when the program begins again.",
    ] {
        assert!(said.contains(line), "{said}");
    }
    drop(host);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_pages_of_several_worlds_have_a_token_each() {
    let folder = super::data();
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("garden.ron");
    std::fs::write(
        &file,
        r#"(keep: "garden", world: "quiet-room", port: 0, admin: "0")"#,
    )
    .unwrap();
    let (mut host, first, _stdin) = spoken_to(&["--admin", "0", "--also", file.to_str().unwrap()]);
    let second = host.line();
    assert_eq!(second["event"], "ready", "{second}");
    let bearer = |ready: &Value| {
        let file = ready["admin_token_file"].as_str().unwrap();
        format!("Bearer {}", std::fs::read_to_string(file).unwrap().trim())
    };
    for (here, there) in [(&first, &second), (&second, &first)] {
        let (right, wrong) = (bearer(here), bearer(there));
        assert_eq!(
            ask(here, "GET /state", &[("Authorization", right.as_str())], "").0,
            200
        );
        assert_eq!(
            ask(here, "GET /state", &[("Authorization", wrong.as_str())], "").0,
            401
        );
    }
    drop(host);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_admin_page_is_for_whoever_has_the_token() {
    let (mut host, ready, mut stdin) = spoken_to(&["--admin", "0", "--room", "Our quay"]);
    let file = ready["admin_token_file"].as_str().unwrap();
    let token = std::fs::read_to_string(file).unwrap().trim().to_owned();
    assert!(
        !ready.to_string().contains(&token),
        "it is not in what is printed"
    );
    let bearer = format!("Bearer {token}");
    let auth = ("Authorization", bearer.as_str());
    let json = ("Content-Type", "application/json");

    // The page itself says nothing about the world.
    let (status, page) = ask(&ready, "GET /", &[], "");
    assert_eq!(status, 200);
    assert!(!page.contains("Our quay"));
    for (path, words) in [
        ("/admin.js", "/command"),
        ("/admin.css", "--amber"),
        ("/icon.svg", "<svg"),
    ] {
        let (status, text) = ask(&ready, &format!("GET {path}"), &[], "");
        assert!(status == 200 && text.contains(words), "{path}: {status}");
    }

    // Who has no token, the wrong one, another page or another name for us gets nothing.
    assert_eq!(ask(&ready, "GET /state", &[], "").0, 401);
    assert_eq!(
        ask(&ready, "GET /state", &[("Authorization", "Bearer wrong")], "").0,
        401
    );
    assert_eq!(
        ask(&ready, "GET /state", &[auth, ("Host", "evil.example:4657")], "").0,
        403
    );
    assert_eq!(
        ask(
            &ready,
            "GET /state",
            &[auth, ("Origin", "https://evil.example")],
            ""
        )
        .0,
        403
    );
    assert_eq!(
        ask(&ready, "GET /state?token=whatever", &[], "").0,
        401,
        "no token is read from an address"
    );
    assert_eq!(
        ask(
            &ready,
            "POST /command",
            &[auth, ("Content-Type", "text/plain")],
            "\"lock\""
        )
        .0,
        415
    );
    assert_eq!(ask(&ready, "POST /command", &[auth, json], "lock").0, 400);
    assert_eq!(ask(&ready, "GET /nothing", &[auth], "").0, 404);

    let (status, state) = ask(&ready, "GET /state", &[auth], "");
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!(
        (status, &state["world"], &state["locked"]),
        (200, &"Our quay".into(), &false.into()),
        "{state}"
    );
    let (status, answer) = ask(&ready, "POST /command", &[auth, json], "\"lock\"");
    assert!(status == 200 && answer.contains("\"done\":true"), "{answer}");
    let (_, answer) = ask(&ready, "POST /command", &[auth, json], "\"lokc\"");
    assert!(
        answer.contains("perhaps lock?") && answer.contains("\"done\":false"),
        "{answer}"
    );
    // The terminal and the page are one desk.
    assert!(say(&mut host, &mut stdin, "lock").1.contains("already"));
    assert!(say(&mut host, &mut stdin, "admin").1.contains(&token));

    let (status, figures) = ask(&ready, "GET /metrics", &[], "");
    assert_eq!(status, 200, "this machine may read figures");
    for line in ["holm_locked 1", "holm_open 1", "holm_people 0"] {
        assert!(figures.lines().any(|one| one == line), "{line} in\n{figures}");
    }
    assert!(
        figures.contains("holm_frame_seconds_bucket{le=\"+Inf\"}"),
        "{figures}"
    );
    assert!(
        !cfg!(target_os = "linux") || figures.contains("process_resident_memory_bytes"),
        "{figures}"
    );
    let through = ("X-Forwarded-For", "192.0.2.1");
    assert_eq!(
        ask(&ready, "GET /metrics", &[through], "").0,
        401,
        "who comes through a proxy needs the token"
    );
    assert_eq!(ask(&ready, "GET /metrics", &[through, auth], "").0, 200);

    // Many wrong tokens at once keep nobody out who has the right one.
    let wrong: Vec<_> = (0..12)
        .map(|_| {
            let ready = ready.clone();
            std::thread::spawn(move || ask(&ready, "GET /state", &[("Authorization", "Bearer guess")], "").0)
        })
        .collect();
    let begun = Instant::now();
    assert_eq!(ask(&ready, "GET /state", &[auth], "").0, 200);
    assert!(
        begun.elapsed() < Duration::from_millis(900),
        "{:?}",
        begun.elapsed()
    );
    let answers: Vec<u16> = wrong.into_iter().map(|one| one.join().unwrap()).collect();
    assert!(
        answers.iter().all(|status| [401, 429].contains(status)),
        "{answers:?}"
    );
    assert!(answers.contains(&429), "they are slowed down: {answers:?}");
}

#[test]
fn the_admin_page_shows_what_was_saved_and_what_was_logged() {
    // On all addresses: that is warned of, and the warning is in the log.
    let (mut host, ready, mut stdin) = spoken_to(&["--admin", "0.0.0.0:0"]);
    let token = std::fs::read_to_string(ready["admin_token_file"].as_str().unwrap()).unwrap();
    let bearer = format!("Bearer {}", token.trim());
    let auth = ("Authorization", bearer.as_str());
    let look = |path: &str| -> Value {
        let (status, text) = ask(&ready, &format!("GET {path}"), &[auth], "");
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    };
    let order = |line: &str| {
        let json = ("Content-Type", "application/json");
        let line = serde_json::to_string(line).unwrap();
        let (status, text) = ask(&ready, "POST /command", &[auth, json], &line);
        assert!(status == 200 && text.contains("\"done\":true"), "{line}: {text}");
    };

    // Who has no token reads neither.
    for path in ["/versions", "/log", "/log?after=0"] {
        let (status, text) = ask(&ready, &format!("GET {path}"), &[], "");
        assert_eq!(status, 401, "{path}: {text}");
        assert!(!text.contains("lines") && !text.contains("versions"), "{text}");
    }

    // What is saved is in the list, the newest first, under the name by which it is brought back.
    assert_eq!(
        look("/versions"),
        serde_json::json!({ "versions": [], "why": null })
    );
    order("save The first evening");
    order("save \"\"After\" it\"");
    let told = look("/versions");
    let names: Vec<&str> = told["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["\"After\" it", "The first evening"], "{told}");
    let first = &told["versions"][1];
    assert!(first["at_secs"].as_u64().unwrap() > 1_700_000_000, "{first}");
    assert_eq!(
        (&first["by"], first["things"].is_u64()),
        (&"the host".into(), true),
        "{first}"
    );
    order("restore \"\"After\" it\"");
    order("forget \"\"After\" it\"");
    let told = look("/versions");
    assert_eq!(told["versions"].as_array().unwrap().len(), 1, "{told}");
    // The terminal and the page see the same.
    let (_, said) = say(&mut host, &mut stdin, "versions");
    assert!(
        said.contains("The first evening") && !said.contains("After"),
        "{said}"
    );

    // What was logged, one line after the other.
    let log = look("/log");
    let lines = log["lines"].as_array().unwrap();
    let number = |line: &Value| line["number"].as_u64().unwrap();
    let warned = lines
        .iter()
        .find(|line| line["text"].as_str().unwrap().contains("open to the network"))
        .unwrap_or_else(|| panic!("{log}"));
    assert_eq!(
        (&warned["level"], &warned["world"]),
        (&"WARN".into(), &Value::Null)
    );
    assert!(
        warned["target"].as_str().unwrap().starts_with("holm::"),
        "{warned}"
    );
    assert!(warned["at_ms"].as_u64().unwrap() > 1_700_000_000_000, "{warned}");
    assert!(lines.windows(2).all(|two| number(&two[0]) + 1 == number(&two[1])));
    assert_eq!(log["missed"], false);
    assert!(!log.to_string().contains(token.trim()), "no log has the token");
    let newest = number(lines.last().unwrap());
    assert_eq!(log["next"].as_u64(), Some(newest));
    let rest = look(&format!("/log?after={}", newest - 1));
    assert_eq!(
        (number(&rest["lines"][0]), &rest["missed"]),
        (newest, &false.into())
    );
    assert!(look(&format!("/log?after={newest}"))["next"].as_u64().unwrap() >= newest);
    // Another program's number is no number of ours: all of it, and that something is missing.
    let anew = look("/log?after=1");
    assert_eq!(
        (number(&anew["lines"][0]), &anew["missed"]),
        (number(&lines[0]), &true.into())
    );
    for query in [
        "after=-1",
        "after=",
        "after=99999999999999999999",
        "before=1",
        "after=1&after=2",
    ] {
        let (status, text) = ask(&ready, &format!("GET /log?{query}"), &[auth], "");
        assert_eq!(status, 400, "{query}: {text}");
    }
}

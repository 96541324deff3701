//! What a configuration may say, and what is said about one that is wrong.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

/// All settings of the commented file, as if somebody had taken the marks away.
fn uncommented() -> String {
    let examples = KEYS.iter().map(|key| (format!("    // {}: ", key.name), key));
    let mut text = commented();
    for (marked, key) in examples {
        assert!(text.contains(&marked), "{}", key.name);
        text = text.replace(&marked, &format!("    {}: ", key.name));
    }
    text
}

#[test]
fn the_commented_file_says_nothing_and_its_examples_say_everything() {
    assert_eq!(parse(&commented()).unwrap(), HostFile::default());
    let all = parse(&uncommented()).unwrap();
    let Value::Object(said) = serde_json::to_value(&all).unwrap() else {
        panic!()
    };
    let mut names: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
    names.sort_unstable();
    let mut fields: Vec<&String> = said.keys().collect();
    fields.sort_unstable();
    assert_eq!(names, fields, "the table and the settings are the same");
    for (name, value) in said {
        assert!(!value.is_null(), "{name} has an example");
    }
}

#[test]
fn the_schema_in_the_documents_is_this_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/host.schema.json");
    let ours = schema_text() + "\n";
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == ours,
        "write it anew: holm host --config-schema > docs/host.schema.json"
    );
}

#[test]
fn a_setting_that_is_none_is_said_with_its_line_and_the_nearest() {
    let wrong = |text: &str| parse(text).unwrap_err();
    let said = wrong("(\n    room: \"A\",\n    prot: 4656,\n)");
    assert!(
        said.starts_with("line 3:") && said.contains("perhaps port?"),
        "{said}"
    );
    let said = wrong("(\n    colour: 3,\n)");
    assert!(said.starts_with("line 2:") && !said.contains("perhaps"), "{said}");
    let said = wrong("(\n    port: \"4656\",\n)");
    assert!(said.starts_with("line 2:"), "{said}");
    assert!(wrong("(port: 70000)").starts_with("line 1:"));
    assert!(wrong("").starts_with("line 1:"));
}

#[test]
fn what_can_be_changed_while_open_is_told_from_what_cannot() {
    let file = |text: &str| parse(text).unwrap();
    let differ = |a: &str, b: &str| -> Vec<(&str, bool)> {
        let keys = changed(&file(a), &file(b));
        keys.into_iter().map(|key| (key.name, key.live)).collect()
    };
    assert_eq!(differ("(port: 1)", "(port: 1)"), []);
    assert_eq!(
        differ("(port: 1)", "(port: 2, welcome: \"hi\")"),
        [("welcome", true), ("port", false)]
    );
    assert_eq!(differ("(stun: [])", "()"), [("stun", false)]);
    let of_program = KEYS.iter().filter(|key| key.is_of_program());
    let of_program: Vec<&str> = of_program.map(|key| key.name).collect();
    assert_eq!(of_program, ["name", "headless", "json", "also"]);
    assert!(KEYS.iter().all(|key| !(key.live && key.is_of_program())));
}

#[test]
fn a_file_that_is_there_is_not_written_over() {
    let folder = std::env::temp_dir().join(format!("holm-config-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("host.ron");
    write(&path).unwrap();
    assert_eq!(read(&path).unwrap(), HostFile::default());
    assert!(write(&path).unwrap_err().contains("there already"));
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(read(&path).unwrap_err().contains("host.ron"));
}

//! What people write wrong, and what other programs pack as Holm cannot read it: a sentence that says what to do.

use super::*;
use holm::words::{Language, Words};

#[test]
fn compressed_files_and_old_versions_say_what_to_do() {
    let draco = with("extensionsRequired", json!(["KHR_draco_mesh_compression"]));
    refused(open_gltf(&draco), "packed with KHR_draco_mesh_compression");
    assert!(open_gltf(&with("extensionsRequired", json!(["KHR_mesh_quantization"]))).is_ok());
    refused(open_gltf(&changed("/asset/version", json!("1.0"))), "glTF 1.0");
    let mut old = floor_glb();
    old[4] = 1;
    refused(
        open("a.glb", &[("a.glb", &old)]),
        "glTF 1, and Holm reads glTF 2.0",
    );
    refused(open("a.glb", &[("a.glb", b"glTF")]), "damaged");
    refused(open("a.txt", &[("a.txt", b"hello")]), "not a world Holm knows");
    refused(
        open("a.gltf", &[("a.gltf", b"{\"asset\": ")]),
        "mistake in line 1",
    );
    refused(
        open("a.gltf", &[("a.gltf", "[".repeat(100_000).as_bytes())]),
        "mistake in line 1",
    );
    refused(
        open_gltf(&json!({"asset": {"version": "2.0"}})),
        "nothing to show",
    );
}

#[test]
fn a_mistake_in_a_world_file_is_named_with_its_line() {
    refused(
        open_ron("World(\n  version: 1,\n  thinks: [],\n)"),
        "says “thinks” in line 3",
    );
    refused(
        open_ron("World(version: 1, things: [(shape: Bax(size: (1, 1, 1)))])"),
        "says “Bax” in line 1",
    );
    refused(open_ron("World(version: 1 things: [])"), "mistake in line 1");
    refused(open_ron("World(version: 7, spaceships: Yes)"), "newer Holm");
    refused(
        open_ron("World(version: 1, things: [(shape: Box(size: (NaN, 1, 1)))])"),
        "things[0].shape",
    );
    refused(
        open_ron("World(version: 1, things: [(shape: Box(size: (1, 1, 1)), at: (inf, 0, 0))])"),
        "things[0].at",
    );
    refused(
        open_ron("World(version: 1, things: [(shape: Sphere(radius: 1), scale: (0, 1, 1))])"),
        "things[0].scale",
    );
    refused(
        open_ron(r##"World(version: 1, things: [(shape: Sphere(radius: 1), colour: "#é12345")])"##),
        "colour",
    );
    refused(
        open_ron(r##"World(version: 1, things: [(shape: Sphere(radius: 1), colour: "#+f+f+f")])"##),
        "colour",
    );
    refused(open_ron("World(version: 1, things: [])"), "nothing to show");
    refused(
        open_ron(r#"World(version: 1, things: [(shape: Model("gone.glb"))])"#),
        "needs “gone.glb”",
    );
    let deep = format!("World(version: 1, things: {}", "[".repeat(200_000));
    refused(open_ron(&deep), "mistake in line 1");
    let many = format!(
        "World(version: 1, things: [{}])",
        "(shape: Sphere(radius: 1)),".repeat(10_001)
    );
    refused(open_ron(&many), "Things: 10,001");
    refused(
        open_ron(&format!("World(version: 1, things: []){}", " ".repeat(3 << 20))),
        "Bytes of world.ron",
    );
    refused(
        open("world.ron", &[("world.ron", &[0xff, 0xfe, 0x00])]),
        "is damaged",
    );
}

#[test]
fn a_fixture_that_makes_no_sense_is_refused_with_its_name() {
    let thing = |text: &str| {
        open_ron(&format!(
            "World(version: 1, things: [(shape: Plane(size: (9, 9))), ({text})])"
        ))
    };
    for (text, word) in [
        ("shape: Ladder(height: 1e9)", "things[1].height"),
        (
            "shape: Ladder(height: 3), turn_degrees: (20, 0, 0)",
            "things[1].turn_degrees",
        ),
        ("shape: Ladder(height: 3), scale: (2, 2, 2)", "things[1].scale"),
        ("shape: Seat(height: -1)", "things[1].height"),
        ("shape: Water(size: (1, 0, 1))", "things[1].size"),
        ("shape: Water(size: (1, NaN, 1))", "things[1].size"),
        (
            "shape: Seat(), moves: (through: [(0, 1, 0)], period_secs: 9)",
            "things[1].moves",
        ),
        (
            "shape: Box(size: (1, 1, 1)), moves: (through: [], period_secs: 9)",
            "things[1].moves.period_secs",
        ),
        (
            "shape: Box(size: (1, 1, 1)), moves: (through: [(0, 900, 0)], period_secs: 9)",
            "things[1].moves.period_secs",
        ),
        (
            "shape: Box(size: (1, 1, 1)), moves: (through: [(0, 9, 0)], period_secs: 0)",
            "things[1].moves.period_secs",
        ),
        (
            "shape: Box(size: (1, 1, 1)), moves: (through: [(0, 9e9, 0)], period_secs: 9)",
            "things[1].moves.through",
        ),
        (
            "shape: Box(size: (1, 1, 1)), moves: (through: [(0, 9, 0)], period_secs: 9, rest_secs: 5)",
            "things[1].moves.period_secs",
        ),
    ] {
        let error = thing(text).unwrap_err();
        assert!(error.sentence().contains(word), "{text}: {}", error.sentence());
    }
}

#[test]
fn what_only_a_programs_maker_can_use_is_in_no_sentence() {
    let mut bytes = floor_bytes();
    bytes[48] = 4;
    let root = floor().to_string();
    let files: [(&str, &[u8]); 2] = [("a.gltf", root.as_bytes()), ("data.bin", &bytes)];
    let error = open("a.gltf", &files).unwrap_err();
    let detail = "a corner that is not there";
    assert!(error.to_string().contains(detail), "the log has it: {error}");
    for language in Language::ALL {
        let said = Words::new(language).phrase(&error.phrase());
        assert!(said.contains("a.gltf") && !said.contains(detail), "{said}");
    }
    let error =
        open_ron("World(version: 1, things: [(shape: Seat()), (shape: Seat(hight: 1))])").unwrap_err();
    for language in Language::ALL {
        let said = Words::new(language).phrase(&error.phrase());
        assert!(said.contains("hight") && !said.contains("Unexpected"), "{said}");
    }
}

#[test]
fn what_there_is_too_much_of_is_named_in_everybodys_language() {
    let seats = "(shape: Seat()),".repeat(limits::MAX_SEATS + 1);
    let error = open_ron(&format!("World(version: 1, things: [{seats}])")).unwrap_err();
    for (language, word, count) in [
        (Language::English, "Seats", "4,097"),
        (Language::German, "Sitzplätze", "4.097"),
        (Language::Arabic, "المقاعد", "4,097"),
    ] {
        let said = Words::new(language).phrase(&error.phrase());
        assert!(said.contains(word) && said.contains(count), "{said}");
    }
}

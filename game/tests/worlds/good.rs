//! What opens: scenes of other programs, world files, the worlds that come with Holm.

use super::*;
use bevy::math::Vec3;
use holm::world::{BuiltIn, WorldFetch, WorldManifest};

#[test]
fn a_gltf_scene_is_walkable_as_it_is() {
    let document = open_gltf(&floor()).unwrap();
    assert_sound(&document);
    assert_eq!(document.name, "scene");
    assert_eq!(document.solid_triangle_count(), 2);
    assert!(document.warnings.is_empty(), "{:?}", document.warnings);
    let feet = document.spawns[0].feet;
    assert!(
        feet.y > 0.0 && feet.y < 0.1 && feet.x.abs() < 1.0 && feet.z.abs() < 1.0,
        "{feet}"
    );
    let names: Vec<&str> = document
        .bundle
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(names, ["data.bin", "scene.gltf"]);
}

#[test]
fn the_same_scene_in_one_file_or_two_is_the_same_world() {
    let two = open_gltf(&floor()).unwrap();
    let one = open("scene.glb", &[("scene.glb", &floor_glb())]).unwrap();
    assert_eq!(
        (&one.meshes, &one.solids, &one.spawns),
        (&two.meshes, &two.solids, &two.spawns)
    );
    let inline = format!(
        "data:application/octet-stream;base64,{}",
        data_encoding::BASE64.encode(&floor_bytes())
    );
    let inside = open_gltf(&changed("/buffers/0/uri", json!(inline))).unwrap();
    assert_eq!(inside.meshes, two.meshes);
    assert_eq!(inside.bundle.files.len(), 1);
}

#[test]
fn a_node_called_spawn_is_where_one_arrives() {
    let nodes = json!([
        {"mesh": 0, "children": [1], "translation": [100.0, 5.0, 0.0]},
        {"name": "Spawn_main", "translation": [3.0, 0.5, -2.0], "rotation": [0.0, 0.6, 0.0, 0.8]},
    ]);
    let document = open_gltf(&with("nodes", nodes)).unwrap();
    let spawn = document.spawns[0];
    assert!((spawn.feet.x - 103.0).abs() < 1e-3 && (spawn.feet.z + 2.0).abs() < 1e-3);
    assert!(
        (spawn.feet.y - 5.03).abs() < 1e-3,
        "settled onto the floor: {}",
        spawn.feet
    );
    assert!((spawn.yaw - 2.0 * 0.6_f32.asin()).abs() < 1e-3, "{}", spawn.yaw);
}

#[test]
fn names_say_what_is_solid_and_what_is_shown() {
    let nodes = json!([
        {"children": [1, 2, 3]},
        {"mesh": 0, "name": "leaves-nocol"},
        {"mesh": 0, "name": "wall-colonly", "translation": [0.0, 1.0, 0.0]},
        {"mesh": 0, "name": "floor", "translation": [0.0, -1.0, 0.0]},
    ]);
    let document = open_gltf(&with("nodes", nodes)).unwrap();
    assert_eq!(document.drawn.len(), 2);
    assert_eq!(document.solid_triangle_count(), 4);
    assert_eq!(document.meshes.len(), 1, "one mesh, used three times");
}

#[test]
fn an_object_gets_a_floor_to_be_looked_at_from() {
    let small = json!([{"mesh": 0, "scale": [0.05, 0.05, 0.05]}]);
    let document = open_gltf(&with("nodes", small)).unwrap();
    assert_eq!(document.warnings, [WorldWarning::FloorAdded]);
    assert!(document.solid_triangle_count() > 2);
    assert_sound(&document);
}

#[test]
fn a_world_file_places_shapes_and_models() {
    let ron = br##"World(
        version: 1,
        name: "  Two floors ",
        spawns: [(at: (1, 4, 0), facing_degrees: 90)],
        environment: (sun: (azimuth_degrees: 90, elevation_degrees: 0, lux: 1000), water: (level: -1, colour: "#204060c0")),
        things: [
            (shape: Model("models/floor.gltf"), at: (0, 3, 0), turn_degrees: (0, 90, 0)),
            (shape: Model("models/floor.gltf"), solid: None),
            (shape: Box(size: (2, 1, 2)), at: (4, 3, 0), colour: "#ff0000"),
            (shape: Cylinder(radius: 1, height: 2), at: (-4, 3, 0), solid: Box),
        ],
    )"##;
    let mut root = floor();
    root["buffers"][0]["uri"] = json!("../bin/data.bin");
    let root = root.to_string();
    let bin = floor_bytes();
    let files: [(&str, &[u8]); 3] = [
        ("world.ron", ron),
        ("models/floor.gltf", root.as_bytes()),
        ("bin/data.bin", &bin),
    ];
    let document = open("world.ron", &files).unwrap();
    assert_sound(&document);
    assert_eq!(document.name, "Two floors");
    assert_eq!(document.drawn.len(), 4);
    assert_eq!(document.solid_triangle_count(), 2 + 12 + 12);
    assert!((document.environment(0).to_sun.x - 1.0).abs() < 1e-5);
    assert!((document.spawns[0].feet.y - 3.03).abs() < 1e-3);
    assert_eq!(document.bundle.files.len(), 3);
}

#[test]
fn the_harbour_is_a_good_place_to_arrive() {
    let document = BuiltIn::Harbour.load().unwrap();
    assert_sound(&document);
    assert_eq!(document.name, "Harbour");
    assert!(document.warnings.is_empty(), "{:?}", document.warnings);
    assert!(
        document.spawns.len() >= 16,
        "room for a crowd: {}",
        document.spawns.len()
    );
    for spawn in &document.spawns {
        assert!(spawn.feet.y > 0.8, "nobody arrives in the water: {spawn:?}");
    }
}

#[test]
fn a_guest_builds_the_very_same_world_from_the_hosts_bytes() {
    let host = BuiltIn::Harbour.load().unwrap();
    let manifest: WorldManifest = postcard::from_bytes(&host.manifest_bytes()).unwrap();
    let mut fetch = WorldFetch::new(manifest).unwrap();
    for (hash, len) in fetch.missing() {
        let file = host.bundle.files.iter().find(|file| file.hash == hash).unwrap();
        assert_eq!(file.bytes.len() as u64, len);
        assert!(fetch.take(hash, &file.bytes).unwrap());
    }
    let (files, main) = fetch.finish().unwrap();
    assert_eq!(load(&files, &main).unwrap(), host);
}

#[test]
fn an_endless_name_is_cut_and_its_end_still_says_what_is_solid() {
    let endless = "x".repeat(1_000_000);
    let mut root = floor();
    root["nodes"] = json!([
        {"mesh": 0},
        {"mesh": 0, "name": format!("{endless}-NoCol")},
        {"mesh": 0, "name": endless, "scale": [0.0, 1.0, 1.0]},
    ]);
    root["scenes"][0]["nodes"] = json!([0, 1, 2]);
    let document = open_gltf(&root).unwrap();
    assert_eq!((document.drawn.len(), document.solid_triangle_count()), (2, 2));
    let WorldWarning::BadTransform { name } = &document.warnings[0] else {
        panic!("{:?}", document.warnings)
    };
    assert_eq!(name.chars().count(), 81);
}

#[test]
fn a_spawn_that_a_scale_carries_out_of_reach_is_nowhere() {
    let ron = br#"World(version: 1, things: [
        (shape: Box(size: (40, 1, 40)), at: (0, -1, 0)),
        (shape: Model("floor.gltf"), scale: (10000, 10000, 10000), solid: None),
    ])"#;
    let mut root = floor();
    root["nodes"] = json!([{"mesh": 0, "children": [1]}, {"name": "spawn", "translation": [10.0, 0.0, 0.0]}]);
    let root = root.to_string();
    let bin = floor_bytes();
    let files: [(&str, &[u8]); 3] = [
        ("world.ron", ron),
        ("floor.gltf", root.as_bytes()),
        ("data.bin", &bin),
    ];
    let document = open("world.ron", &files).unwrap();
    assert_sound(&document);
    assert!(
        WorldFetch::new(document.manifest()).is_ok(),
        "{:?}",
        document.spawns[0]
    );
}

#[test]
fn what_is_too_far_to_walk_is_seen_and_not_walked_on() {
    let mut root = floor();
    root["nodes"] = json!([{"mesh": 0}, {"mesh": 0, "translation": [200000.0, 0.0, 0.0]}]);
    root["scenes"][0]["nodes"] = json!([0, 1]);
    let document = open_gltf(&root).unwrap();
    assert_sound(&document);
    assert_eq!((document.drawn.len(), document.solid_triangle_count()), (2, 2));
    assert!(matches!(document.warnings[0], WorldWarning::TooFar { .. }));
}

/// The fixtures of `docs/worlds.md`, as it writes them.
const FIXTURES: &str = r##"World(version: 1, environment: (water: (level: -1, colour: "#2b6f7ce6")), fall_below: -20, things: [
    (shape: Box(size: (40, 1, 40)), at: (0, -1, 0)),
    (shape: Ladder(height: 4), at: (0, 0, -3), turn_degrees: (0, 90, 0), colour: "#8a5a33"),
    (shape: Seat(height: 0.45), at: (2, 0, 5), turn_degrees: (0, 180, 0)),
    (shape: Water(size: (6, 2, 10)), at: (20, -2, 0), colour: "#2b6f7ccc"),
    (shape: Box(size: (2, 0.2, 2)), at: (0, 0, 9), moves: (through: [(0, 6, 0)], period_secs: 16, rest_secs: 3)),
])"##;

#[test]
fn ladders_seats_water_and_platforms_are_read_as_the_page_says() {
    let document = open_ron(FIXTURES).unwrap();
    assert_sound(&document);
    let fixtures = &document.fixtures;
    let ladder = fixtures.ladders[0];
    assert_eq!((ladder.height, ladder.foot.z), (4.0, -3.0));
    assert!(ladder.ahead().abs_diff_eq(Vec3::NEG_X, 1e-5));
    assert!((fixtures.seats[0].surface.y - 0.45).abs() < 1e-6);
    assert!(
        fixtures.seats[0].position().y.abs() < 1e-6,
        "on a chair the pose is on the floor"
    );
    assert_eq!(fixtures.water_at(Vec3::new(20.0, -1.5, 4.0)), Some(0.0));
    assert_eq!(fixtures.water_at(Vec3::new(90.0, -1.5, 4.0)), Some(-1.0));
    let ride = &fixtures.rides[0];
    assert_eq!(ride.course.at(1.0), Vec3::ZERO);
    assert_eq!(
        ride.course.at(9.0),
        Vec3::Y * 6.0,
        "3 s of rest, 5 s up, then rest"
    );
    assert!(ride.boxes[0].centre.abs_diff_eq(Vec3::new(0.0, 0.1, 9.0), 1e-5));
    assert!(ride.boxes[0].size.abs_diff_eq(Vec3::new(2.0, 0.2, 2.0), 1e-5));
    // Floor, ladder, water's surface, platform are seen; only the floor is ground that stays.
    assert_eq!(document.drawn.len(), 4);
    assert_eq!(
        document
            .drawn
            .iter()
            .filter(|drawn| drawn.ride == Some(0))
            .count(),
        1
    );
    assert_eq!(document.solid_triangle_count(), 12);
}

#[test]
fn a_thing_that_is_not_shown_still_stops_people() {
    let document = open_ron(
        "World(version: 1, things: [(shape: Box(size: (9, 1, 9))), (shape: Box(size: (1, 2, 1)), shown: false)])",
    )
    .unwrap();
    assert_eq!((document.drawn.len(), document.solid_triangle_count()), (1, 24));
}

//! Damage of any kind, by chance: a world or a sentence, and never a panic.

use super::*;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_damage_to_a_glb_makes_it_panic(
        hits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        keep in any::<Option<prop::sample::Index>>(),
    ) {
        let mut bytes = floor_glb();
        for (at, value) in hits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(keep) = keep {
            bytes.truncate(keep.index(bytes.len()));
        }
        if let Ok(document) = open("a.glb", &[("a.glb", &bytes)]) {
            assert_sound(&document);
        }
    }

    #[test]
    fn no_number_in_a_gltf_makes_it_panic(
        which in any::<prop::sample::Index>(),
        value in prop_oneof![
            Just(json!(null)), Just(json!(-1)), Just(json!(0)), Just(json!(1)), Just(json!(7)), Just(json!(1e38)),
            Just(json!(u64::MAX)), Just(json!(u32::MAX)), Just(json!("x")), Just(json!([])), Just(json!({})),
        ],
    ) {
        let mut root = floor();
        let mut leaves = Vec::new();
        collect(&root, String::new(), &mut leaves);
        *root.pointer_mut(&leaves[which.index(leaves.len())]).unwrap() = value;
        if let Ok(document) = open_gltf(&root) {
            assert_sound(&document);
        }
    }

    #[test]
    fn no_damage_to_a_world_file_makes_it_panic(
        hits in proptest::collection::vec((any::<prop::sample::Index>(), "[ -~]"), 1..6),
    ) {
        let mut text = r##"World(version: 1, name: "a", spawns: [(at: (0, 1, 2), facing_degrees: 3)], environment: (haze: 5,
            sun: (azimuth_degrees: 1, elevation_degrees: 2, lux: 3)), things: [(shape: Ramp(size: (1, 2, 3)), at: (4, 5, 6)),
            (shape: Cone(radius: 1, height: 2), scale: (1, 2, 3), turn_degrees: (10, 20, 30), colour: "#aabbcc", solid: Box)])"##
            .to_owned();
        for (at, with) in hits {
            let at = at.index(text.len());
            text.replace_range(at..=at, &with);
        }
        if let Ok(document) = open_ron(&text) {
            assert_sound(&document);
        }
    }
}

/// JSON pointers of everything in a value.
fn collect(value: &Value, at: String, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                collect(value, format!("{at}/{key}"), out);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                collect(value, format!("{at}/{index}"), out);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        out.push(at);
    }
}

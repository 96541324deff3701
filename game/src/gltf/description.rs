//! How long a file's description is, and how much memory it may take parsed, before anything parses it.
//!
//! Invariant: both are found in one pass that keeps nothing; the guess at memory is never below what the parsed
//! description takes, whatever the bytes.

/// A map that has anything in it: one node of the tree has room for eleven keys (24 bytes) and values (32).
const MAP: u64 = 11 * (24 + 32) + 24;
/// A list that has anything in it: room for four values, the least that a growing list takes.
const LIST: u64 = 4 * 32;
/// Each further entry: a value of a list that has just doubled takes two places, a key of a map its share of nodes that
/// are half full.
const ENTRY: u64 = 144;
/// A text beside its bytes: the least that is set aside for one.
const TEXT: u64 = 32;

/// Bytes without what is embedded, as all buffers of a `.gltf` are. What is left out lies between two quotation
/// marks, so whatever it really is, it is no structure that would take more memory than that.
pub(crate) fn bytes(text: &[u8]) -> usize {
    const EMBEDDED: &[u8] = b"\"data:";
    let mut left = text.len();
    let mut at = 0;
    while let Some(found) = text[at..]
        .windows(EMBEDDED.len())
        .position(|window| window == EMBEDDED)
    {
        let begin = at + found + EMBEDDED.len();
        let len = text[begin..].iter().position(|byte| *byte == b'"').unwrap_or(0);
        left -= len;
        at = begin + len;
    }
    left
}

/// Memory of the parsed description. What is no JSON counts up to where it stops being one, and somehow from there on.
pub(crate) fn memory(text: &[u8]) -> u64 {
    let mut sum = 0;
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        sum += match byte {
            b'{' => MAP,
            b'[' => LIST,
            b',' => ENTRY,
            b'"' => {
                let mut text = TEXT;
                while let Some(byte) = rest.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => _ = rest.next(),
                        _ => {}
                    }
                    text += 1;
                }
                text
            }
            _ => 0,
        };
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gltf::json;
    use proptest::prelude::*;
    use serde_json::Value;

    /// What a value takes beside its own place: places set aside, and nodes of maps as if half full.
    fn taken(value: &Value) -> u64 {
        match value {
            Value::Array(list) if !list.is_empty() => {
                (list.capacity() * size_of::<Value>()) as u64 + list.iter().map(taken).sum::<u64>()
            }
            Value::Object(map) if !map.is_empty() => {
                let nodes = 1 + map.len() as u64 / 12 * 2;
                let each = map
                    .iter()
                    .map(|(key, value)| key.capacity() as u64 + taken(value));
                nodes * MAP + each.sum::<u64>()
            }
            Value::String(text) => text.capacity() as u64,
            _ => 0,
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<u8>().prop_map(Value::from),
            "[a-z\"\\\\{,]{0,9}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 200, 40, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..40).prop_map(Value::from),
                proptest::collection::btree_map("[a-z\"{]{0,3}", inner, 0..40)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_description_takes_more_than_was_guessed(value in values()) {
            let text = value.to_string();
            let parsed: Value = serde_json::from_str(&text).unwrap();
            prop_assert!(taken(&parsed) <= memory(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_value_and_what_the_reader_makes_of_one_fit_their_places() {
        assert!(size_of::<Value>() <= 32);
        // Lists of these grow by doubling.
        let entries = [
            size_of::<json::Node>(),
            size_of::<json::Material>(),
            size_of::<json::Primitive>(),
        ];
        assert!(
            entries.iter().all(|size| 2 * *size as u64 <= MAP + ENTRY),
            "{entries:?}"
        );
    }

    #[test]
    fn what_stands_in_texts_is_no_structure() {
        assert_eq!(memory(br#""{[,\"{[,""#), TEXT + 7);
        assert_eq!(memory(b"[1,2]"), LIST + ENTRY);
        assert_eq!(bytes(br#"{"uri":"data:aaaaaa"}"#), 15);
    }
}

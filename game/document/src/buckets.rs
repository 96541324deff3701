//! A map in buckets: shared with whoever took a copy until it changes, and hashed as it changes.
//!
//! Two machines compare a hash for each bucket and send each other only the buckets that differ; a copy for another thread
//! costs as many pointers as there are buckets, and afterwards each bucket is copied once, when it is first changed.
//! Invariant: the hash of a bucket is computed from what is in it and from nothing else, in whatever order it came there.

use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A key, and in which bucket it belongs.
pub(crate) trait Key: Copy + Ord + Serialize {
    /// How many there are.
    const BUCKETS: usize;

    /// Below [`Self::BUCKETS`].
    fn bucket(self) -> usize;
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Buckets<K, V> {
    all: Vec<Bucket<K, V>>,
    len: usize,
    bytes: u64,
}

#[derive(Clone, Debug)]
struct Bucket<K, V> {
    map: Arc<BTreeMap<K, V>>,
    sum: u128,
}

impl<K: Key, V> Default for Buckets<K, V> {
    fn default() -> Self {
        let empty = || Bucket {
            map: Arc::default(),
            sum: 0,
        };
        Self {
            all: (0..K::BUCKETS).map(|_| empty()).collect(),
            len: 0,
            bytes: 0,
        }
    }
}

impl<K: Key, V: Clone + Serialize> Buckets<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// What all of it takes on the wire.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn get(&self, key: K) -> Option<&V> {
        self.all.get(key.bucket())?.map.get(&key)
    }

    pub(crate) fn contains(&self, key: K) -> bool {
        self.get(key).is_some()
    }

    /// What was there before.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let bucket = self.all.get_mut(key.bucket())?;
        let (sum, bytes) = hashed(key, &value);
        bucket.sum = bucket.sum.wrapping_add(sum);
        let before = Arc::make_mut(&mut bucket.map).insert(key, value);
        self.bytes += bytes;
        match &before {
            Some(before) => self.without(key, before),
            None => self.len += 1,
        }
        before
    }

    /// What was there.
    pub(crate) fn remove(&mut self, key: K) -> Option<V> {
        let bucket = self.all.get_mut(key.bucket())?;
        if !bucket.map.contains_key(&key) {
            return None; // nothing is copied for that
        }
        let before = Arc::make_mut(&mut bucket.map).remove(&key)?;
        self.len -= 1;
        self.without(key, &before);
        Some(before)
    }

    /// Changes what is there; what `change` gives.
    pub(crate) fn change<R>(&mut self, key: K, change: impl FnOnce(&mut V) -> R) -> Option<R> {
        let mut value = self.remove(key)?;
        let result = change(&mut value);
        self.insert(key, value);
        Some(result)
    }

    fn without(&mut self, key: K, value: &V) {
        let (sum, bytes) = hashed(key, value);
        self.bytes -= bytes;
        if let Some(bucket) = self.all.get_mut(key.bucket()) {
            bucket.sum = bucket.sum.wrapping_sub(sum);
        }
    }

    /// All, bucket by bucket, in each in the order of keys.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> {
        Iter {
            all: self.all.iter().flat_map(|bucket| bucket.map.iter()),
            left: self.len,
        }
    }

    /// What is in one of them.
    pub(crate) fn bucket(&self, bucket: usize) -> Option<&BTreeMap<K, V>> {
        self.all.get(bucket).map(|bucket| &*bucket.map)
    }

    /// A hash of each.
    pub(crate) fn sums(&self) -> impl Iterator<Item = u128> {
        self.all.iter().map(|bucket| bucket.sum)
    }
}

/// A sum of hashes is the same in every order and is kept in step with each change; it is an alarm, not a proof: who wants
/// to deceive it can.
fn hashed<K: Serialize, V: Serialize>(key: K, value: &V) -> (u128, u64) {
    // Writing to a vector of bytes what derives its format cannot fail; an empty one would only hash alike.
    let bytes = postcard::to_stdvec(&(key, value)).unwrap_or_default();
    let mut sum = [0; 16];
    blake3::Hasher::new().update(&bytes).finalize_xof().fill(&mut sum);
    (u128::from_le_bytes(sum), bytes.len() as u64)
}

/// An iterator that knows how many are left.
struct Iter<I> {
    all: I,
    left: usize,
}

impl<I: Iterator> Iterator for Iter<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let next = self.all.next()?;
        self.left = self.left.saturating_sub(1);
        Some(next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator> ExactSizeIterator for Iter<I> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thing::PersonNo;
    use proptest::prelude::*;

    proptest! {
        /// The same as a plain map, with hashes and lengths as if it had been filled just now; and a copy stays what it was.
        #[test]
        fn it_is_a_map_whose_hashes_are_of_what_is_in_it(
            steps in proptest::collection::vec((0..200u32, proptest::option::weighted(0.7, any::<u16>())), 0..200),
            copied in 0..200usize,
        ) {
            let (mut buckets, mut plain) = (Buckets::<PersonNo, u16>::default(), BTreeMap::new());
            let mut copy = None;
            for (at, (key, value)) in steps.iter().enumerate() {
                if at == copied {
                    copy = Some((buckets.clone(), plain.clone()));
                }
                let key = PersonNo(*key);
                let before = match value {
                    Some(value) => (buckets.insert(key, *value), plain.insert(key, *value)),
                    None => (buckets.remove(key), plain.remove(&key)),
                };
                prop_assert_eq!(before.0, before.1);
            }
            for (buckets, plain) in copy.into_iter().chain([(buckets, plain)]) {
                let mut fresh = Buckets::<PersonNo, u16>::default();
                for (key, value) in &plain {
                    fresh.insert(*key, *value);
                }
                prop_assert!(fresh.sums().eq(buckets.sums()));
                prop_assert_eq!((fresh.len(), fresh.bytes()), (buckets.len(), buckets.bytes()));
                let all: BTreeMap<_, _> = buckets.iter().map(|(key, value)| (*key, *value)).collect();
                prop_assert_eq!(buckets.iter().len(), all.len());
                prop_assert_eq!(all, plain);
            }
        }
    }
}

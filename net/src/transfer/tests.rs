//! Blobs between a store and a fetcher, with and without links that break.
#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use proptest::prelude::*;

fn blob(len: usize, seed: u8) -> Bytes {
    (0..len)
        .map(|n| (n as u8).wrapping_mul(31).wrapping_add((n >> 8) as u8) ^ seed)
        .collect()
}

/// Runs a fetcher against a store; `lose` decides which host messages vanish with a cut link.
fn run(store: &mut BlobStore, fetcher: &mut Fetcher, mut cut: impl FnMut(u32) -> bool) -> Vec<Fetched> {
    let (mut asked, mut done, mut sent) = (Asked::default(), Vec::new(), 0);
    for tick in 0..2000u64 {
        let now = Duration::from_millis(tick * 50);
        let mut wants = Vec::new();
        fetcher.update(
            now,
            true,
            |bytes| {
                wants.push(bytes);
                true
            },
            &mut done,
        );
        for want in wants {
            if let Answer::Unknown { reply, .. } = asked.want(now, store, &want).unwrap() {
                fetcher.receive(now, &reply).unwrap();
            }
        }
        let mut blocks: Vec<Bytes> = core::iter::from_fn(|| asked.next()).collect();
        blocks.reverse(); // unordered
        for block in blocks {
            sent += 1;
            if cut(sent) {
                asked.clear();
                fetcher.relink();
                break;
            }
            fetcher.receive(now, &block).unwrap();
        }
    }
    done
}

#[test]
fn blobs_of_every_size_arrive_whole() {
    let mut store = BlobStore::default();
    let mut fetcher = Fetcher::default();
    let mut expected = Vec::new();
    for len in [
        0,
        1,
        BLOCK_BYTES - 1,
        BLOCK_BYTES,
        BLOCK_BYTES + 1,
        100 * BLOCK_BYTES + 7,
    ] {
        let bytes = blob(len, 3);
        let hash = store.offer(bytes.clone());
        fetcher.fetch(hash, len as u64);
        expected.push(Fetched::Blob { hash, bytes });
    }
    let mut done = run(&mut store, &mut fetcher, |_| false);
    let key = |fetched: &Fetched| match fetched {
        Fetched::Blob { bytes, .. } => bytes.len(),
        Fetched::Failed { .. } => usize::MAX,
    };
    done.sort_by_key(key);
    assert!(
        done == expected,
        "lengths {:?}",
        done.iter().map(key).collect::<Vec<_>>()
    );
}

#[test]
fn a_blob_that_is_not_there_or_not_as_long_as_said_fails() {
    let mut store = BlobStore::default();
    let mut fetcher = Fetcher::default();
    fetcher.fetch([7; 32], 10);
    let bytes = blob(3 * BLOCK_BYTES, 1);
    let hash = store.offer(bytes);
    fetcher.fetch(hash, 2 * BLOCK_BYTES as u64); // the first two blocks are not the blob
    fetcher.fetch([8; 32], MAX_BLOB_BYTES + 1);
    let mut failed = run(&mut store, &mut fetcher, |_| false);
    failed.sort_by_key(|fetched| match fetched {
        Fetched::Failed { hash } | Fetched::Blob { hash, .. } => *hash,
    });
    let mut expected = [[7; 32], hash, [8; 32]];
    expected.sort();
    assert_eq!(failed, expected.map(|hash| Fetched::Failed { hash }));
}

#[test]
fn wrong_bytes_are_noticed() {
    let mut fetcher = Fetcher::default();
    let bytes = blob(20, 1);
    let hash = *blake3::hash(&bytes).as_bytes();
    fetcher.fetch(hash, 20);
    let mut done = Vec::new();
    fetcher.update(Duration::ZERO, true, |_| true, &mut done);
    let mut block = header(BLOCK, 1, 20);
    block.extend_from_slice(&[0; 4]);
    block.extend_from_slice(&blob(20, 2));
    fetcher.receive(Duration::ZERO, &block).unwrap();
    fetcher.update(Duration::ZERO, true, |_| true, &mut done);
    assert_eq!(done, [Fetched::Failed { hash }]);
}

#[test]
fn a_guest_that_asks_for_more_than_its_credit_or_beyond_the_end_misbehaves() {
    let mut store = BlobStore::default();
    let hash = store.offer(blob(100 * BLOCK_BYTES, 1));
    let want = |first, count| {
        Want {
            id: 1,
            first,
            count,
            hash,
        }
        .write()
    };
    let mut asked = Asked::default();
    assert_eq!(
        asked.want(Duration::ZERO, &mut store, &want(0, 32)),
        Ok(Answer::Queued)
    );
    assert_eq!(
        asked.want(Duration::ZERO, &mut store, &want(32, 32)),
        Ok(Answer::Queued)
    );
    assert_eq!(
        asked.want(Duration::ZERO, &mut store, &want(64, 1)),
        Err(WireError::Range)
    );
    for (first, count) in [(99, 2), (u32::MAX, 2), (0, 0)] {
        assert_eq!(
            Asked::default().want(Duration::ZERO, &mut store, &want(first, count)),
            Err(WireError::Range)
        );
    }
    let mut asked = Asked::default();
    let unknown = Want {
        id: 1,
        first: 0,
        count: 1,
        hash: [0; 32],
    }
    .write();
    assert_eq!(
        (0..300)
            .take_while(|_| asked.want(Duration::ZERO, &mut store, &unknown).is_ok())
            .count(),
        MAX_UNKNOWN as usize
    );
}

#[test]
fn a_want_is_42_bytes() {
    let bytes = Want {
        id: 1,
        first: 2,
        count: 3,
        hash: [0xaa; 32],
    }
    .write();
    let text = data_encoding::HEXLOWER.encode(&bytes);
    assert_eq!(
        text,
        format!("01{}{}03{}", "01000000", "02000000", "aa".repeat(32))
    );
}

proptest! {
    #[test]
    fn cut_links_cost_time_but_no_bytes(cuts in proptest::collection::btree_set(1u32..120, 0..12), len in 0usize..60 * BLOCK_BYTES) {
        let mut store = BlobStore::default();
        let bytes = blob(len, 9);
        let hash = store.offer(bytes.clone());
        let mut fetcher = Fetcher::default();
        fetcher.fetch(hash, len as u64);
        let done = run(&mut store, &mut fetcher, |sent| cuts.contains(&sent));
        prop_assert!(done == [Fetched::Blob { hash, bytes }], "not whole");
    }

    #[test]
    fn hostile_bulk_bytes_never_panic(messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..20)) {
        let mut store = BlobStore::default();
        let hash = store.offer(blob(70_000, 1));
        let mut fetcher = Fetcher::default();
        fetcher.fetch(hash, 70_000);
        fetcher.update(Duration::ZERO, true, |_| true, &mut Vec::new());
        let mut asked = Asked::default();
        for message in messages {
            let _ = fetcher.receive(Duration::ZERO, &message);
            let _ = asked.want(Duration::ZERO, &mut store, &message);
            let mut near = Want { id: 1, first: 0, count: 1, hash }.write().to_vec();
            for (at, byte) in message.iter().enumerate().take(9) {
                near[at + 1] = *byte;
            }
            let _ = asked.want(Duration::ZERO, &mut store, &near);
            while asked.next().is_some() {}
        }
    }
}

#[test]
fn what_is_forgotten_is_not_fetched_and_what_comes_after_it_is() {
    let mut store = BlobStore::default();
    let (first, second) = (blob(40 * BLOCK_BYTES, 1), blob(3 * BLOCK_BYTES, 2));
    let (first_hash, second_hash) = (store.offer(first), store.offer(second.clone()));
    let (mut fetcher, mut asked, mut done) = (Fetcher::default(), Asked::default(), Vec::new());
    // Changing one's mind over and over asks for no more than the credit, so it is no misbehaviour.
    for _ in 0..100 {
        fetcher.fetch(first_hash, 40 * BLOCK_BYTES as u64);
        let mut wants = Vec::new();
        let push = |want| {
            wants.push(want);
            true
        };
        fetcher.update(Duration::ZERO, true, push, &mut done);
        for want in wants {
            assert_eq!(asked.want(Duration::ZERO, &mut store, &want), Ok(Answer::Queued));
        }
        fetcher.forget(&first_hash);
        assert_eq!(fetcher.progress(&first_hash), None);
    }
    assert!(fetcher.outstanding > 0);
    while let Some(block) = asked.next() {
        fetcher.receive(Duration::ZERO, &block).unwrap();
    }
    assert_eq!((fetcher.outstanding, done.len()), (0, 0));
    fetcher.fetch(second_hash, second.len() as u64);
    let done = run(&mut store, &mut fetcher, |_| false);
    assert_eq!(
        done,
        [Fetched::Blob {
            hash: second_hash,
            bytes: second
        }]
    );
}

#[test]
fn asking_for_what_was_taken_back_is_no_fishing() {
    let mut store = BlobStore::default();
    let mut asked = Asked::default();
    for n in 0..MAX_UNKNOWN + 10 {
        let hash = store.offer(Bytes::copy_from_slice(&n.to_le_bytes()));
        store.withdraw(&hash);
        let want = Want {
            id: n,
            first: 0,
            count: 1,
            hash,
        };
        assert!(matches!(
            asked.want(Duration::ZERO, &mut store, &want.write()),
            Ok(Answer::Unknown { .. })
        ));
    }
    for n in 0..2 * MAX_WITHDRAWN as u32 {
        let hash = store.offer(Bytes::copy_from_slice(&n.to_le_bytes()));
        store.withdraw(&hash);
    }
    assert_eq!(store.withdrawn.len(), MAX_WITHDRAWN);
}

#[test]
fn what_waits_behind_another_is_told_from_what_does_not_come() {
    let mut store = BlobStore::default();
    let all = [1, 2, 3].map(|seed| blob(40 * BLOCK_BYTES, seed));
    let hashes = all.clone().map(|bytes| store.offer(bytes));
    let (mut fetcher, mut asked, mut done) = (Fetcher::default(), Asked::default(), Vec::new());
    for hash in hashes {
        fetcher.fetch(hash, 40 * BLOCK_BYTES as u64);
    }
    let mut turns = Vec::new();
    for millis in 0..10_000 {
        let now = Duration::from_millis(millis);
        let mut wants = Vec::new();
        let push = |want| {
            wants.push(want);
            true
        };
        fetcher.update(now, true, push, &mut done);
        let waiting = hashes.map(|hash| fetcher.waits(&hash));
        if turns.last() != Some(&waiting) {
            turns.push(waiting);
        }
        for want in wants {
            assert_eq!(asked.want(now, &mut store, &want), Ok(Answer::Queued));
        }
        if let Some(block) = asked.next() {
            fetcher.receive(now, &block).unwrap();
        }
    }
    assert_eq!(done.len(), 3);
    assert_eq!(
        turns[0],
        [false, true, true],
        "the first is asked for, and the others wait"
    );
    assert_eq!(turns.last(), Some(&[false; 3]), "nobody waits once they are here");
    assert!(turns.contains(&[false, false, true]), "{turns:?}");
}

#[test]
fn a_store_knows_when_each_was_asked_for_last() {
    let mut store = BlobStore::default();
    let hash = store.offer(blob(3 * BLOCK_BYTES, 1));
    assert_eq!(store.asked(&hash), None);
    let want = Want {
        id: 1,
        first: 0,
        count: 1,
        hash,
    };
    let at = Duration::from_secs(5);
    assert_eq!(
        Asked::default().want(at, &mut store, &want.write()),
        Ok(Answer::Queued)
    );
    assert_eq!(store.asked(&hash), Some(at));
    let beyond = Want { first: 3, ..want };
    let later = Duration::from_secs(9);
    assert!(Asked::default().want(later, &mut store, &beyond.write()).is_err());
    assert_eq!(store.asked(&hash), Some(at), "a lie keeps nothing here");
    store.withdraw(&hash);
    assert_eq!(store.asked(&hash), None);
}

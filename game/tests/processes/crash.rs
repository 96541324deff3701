//! A host is killed at any moment while people build: what they were told is there when its world is opened again.

use super::*;
use holm_document::folder::Folder;
use holm_document::store::Store;
use std::collections::BTreeMap;

/// Boxes made and moved by three people, some forty facts a second.
const BUILDING: [&str; 10] = [
    "--told",
    "--quiet",
    "--count",
    "3",
    "--builders",
    "3",
    "--wishes",
    "15",
    "--seconds",
    "600",
];

/// 4 times, or as often as HOLM_CRASH_RUNS says: one world through all of them.
#[test]
fn a_killed_host_has_all_that_it_told() {
    let runs: u32 = std::env::var("HOLM_CRASH_RUNS").map_or(4, |runs| runs.parse().unwrap());
    let home = data();
    let mut told: BTreeMap<u64, String> = BTreeMap::new();
    for run in 0..runs {
        let args = ["host", "--headless", "--json", "--port", "0", "--no-lan"];
        let mut host = holm(&home, &args).stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(host.stdout.take().unwrap())
            .read_line(&mut ready)
            .unwrap();
        let ready: Value = serde_json::from_str(&ready).unwrap_or_else(|error| panic!("run {run}: {error}"));
        assert_eq!(ready["event"], "ready", "run {run}: {ready}");
        let away = data();
        let join = ["bot", "--json", "--join", ready["link"].as_str().unwrap()];
        let mut bots = holm(&away, &[&join[..], &BUILDING].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(bots.stdout.take().unwrap()).lines();
        let mut hear = |told: &mut BTreeMap<u64, String>| {
            let line = lines.next()?.ok()?;
            let line: Value = serde_json::from_str(&line).unwrap_or_default();
            if let (Some(fact), Some(hash)) = (line["fact"].as_u64(), line["hash"].as_str()) {
                let before = told.insert(fact, hash.to_owned());
                assert!(before.is_none(), "run {run}: fact {fact} is told twice");
            }
            Some(())
        };
        // Killed after so many facts, in the middle of whatever it does then.
        let until = told.len() + 1 + (run * 37 % 211) as usize;
        while told.len() < until {
            hear(&mut told).unwrap_or_else(|| panic!("run {run}: the bots have gone"));
        }
        host.kill().unwrap();
        host.wait().unwrap();
        // What was on its way to them then was told, too.
        std::thread::sleep(Duration::from_millis(300));
        bots.kill().unwrap();
        bots.wait().unwrap();
        while hear(&mut told).is_some() {}
        let folder = Folder::new(home.join("worlds/harbour")).unwrap();
        let (_, state, history, found) = Store::open(folder).unwrap();
        let newest = *told.last_key_value().unwrap().0;
        assert!(
            state.newest() >= newest,
            "run {run}: {newest} was told, {} is kept",
            state.newest()
        );
        // At most the end of the newest file, in the middle of which it died.
        assert!(found.damaged.len() <= 1, "run {run}: {found:?}");
        // Of those that the past goes back to, every single one that was told is there, and is what was told.
        let kept: BTreeMap<u64, String> = history
            .past()
            .map(|past| {
                let hash = blake3::hash(&postcard::to_stdvec(&past.fact).unwrap()).to_hex();
                (past.fact.number, hash.to_string())
            })
            .collect();
        let oldest = *kept.first_key_value().unwrap().0;
        assert!(
            newest >= oldest,
            "run {run}: {newest} was told, {oldest} is the oldest kept"
        );
        for (fact, hash) in told.range(oldest..) {
            assert_eq!(kept.get(fact), Some(hash), "run {run}: fact {fact} was told");
        }
        println!(
            "run {run}: {} facts told, {} compared, kept from {oldest} on",
            told.len(),
            told.range(oldest..).count()
        );
        let _ = std::fs::remove_dir_all(away);
    }
    let _ = std::fs::remove_dir_all(home);
}

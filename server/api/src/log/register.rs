//! Every version of what work orders are judged by has a leaf: whoever moves a terminal on the map,
//! changes a limit or withdraws a print run is seen doing it. Run at start and after each change of the register, so that also a
//! version written while the server was down is logged before anything rests on it.

use domain::canonical::digest_of;
use domain::ids::Digest;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use serde_json::{Value, json};
use store::{Commit, Store, StoreError};

use super::Tail;
use crate::register::{Kiosk, Register, Tag};

/// Logs what has no leaf yet; returns how many that were.
///
/// # Errors
/// When the store fails.
pub async fn log_register(
    store: &Store,
    register: &Register,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let wanted = wanted(register)?;
    let names: Vec<String> = wanted.iter().map(|(_, h)| h.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (wanted, names) = (&wanted, &names);
    if store.leaf_numbers(names).await?.iter().all(Option::is_some) {
        return Ok(0);
    }
    let (logged, _) = store
        .decide(|n| async move {
            let mut tail = Tail::of(store.log_tail().await?);
            let mut commit = Commit {
                expected_n: n,
                ..Commit::default()
            };
            for ((kind, h), known) in wanted.iter().zip(store.leaf_numbers(names).await?) {
                if known.is_none() {
                    tail.append(&mut commit, *kind, *h, now);
                }
            }
            let logged = commit.leaves.len();
            Ok::<_, StoreError>((commit, logged))
        })
        .await?;
    Ok(logged)
}

/// In one order, so that two servers that start at once want the same.
fn wanted(register: &Register) -> Result<Vec<(LeafKind, Digest)>, StoreError> {
    let unreadable = |_| StoreError::Corrupt {
        table: "register",
        detail: "has no canonical form".to_owned(),
    };
    let mut wanted: Vec<(LeafKind, Digest)> = register
        .policies
        .keys()
        .map(|digest| (LeafKind::Policy, *digest))
        .collect();
    for site in register.sites.values() {
        wanted.push((LeafKind::Site, digest_of(site).map_err(unreadable)?));
    }
    for terminal in register.terminals.values() {
        wanted.push((LeafKind::Terminal, digest_of(terminal).map_err(unreadable)?));
    }
    for record in code_records(register) {
        wanted.push((LeafKind::Label, digest_of(&record).map_err(unreadable)?));
    }
    wanted.sort();
    Ok(wanted)
}

/// What scans of codes are judged by, each as it stands now; withdrawn is another record.
fn code_records(register: &Register) -> Vec<Value> {
    let runs = register
        .label_runs
        .iter()
        .map(|run| json!({ "label_run": run }));
    let kiosks = register.kiosks.iter().flat_map(|(terminal, kiosks)| {
        kiosks.iter().map(move |Kiosk { generation, revoked_at }| {
            json!({ "kiosk": { "terminal": terminal, "generation": generation, "revoked_at": revoked_at } })
        })
    });
    let tags = register.tags.iter().map(
        |(
            id,
            Tag {
                terminal,
                revoked_at,
            },
        )| {
            json!({ "tag": { "tag": id, "terminal": terminal, "revoked_at": revoked_at } })
        },
    );
    runs.chain(kiosks).chain(tags).collect()
}

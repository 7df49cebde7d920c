//! What was erased by law: named, logged, and what it showed kept.

use std::collections::BTreeMap;

use domain::event::{Erased, Event};

use super::*;

/// The check-in and its event.
fn check_in(files: &Files) -> (domain::ids::EventId, Event) {
    let envelope = Envelope::parse(&files[&event_file(files, "checked_in")]).unwrap();
    let payload = base64(&envelope.payload);
    let event = serde_json::from_slice(&payload).unwrap();
    (domain::envelope::event_id(&payload), event)
}

/// The sample an hour later, when the server has erased the position, in the log or not.
fn erased(is_logged: bool) -> (Report, Report, Digest) {
    let mut s = sample();
    let before = verified(s.files.clone());
    let (id, event) = check_in(&s.files);
    let c = event.fact.commitments()[0];
    let presence = before.judgement.as_ref().unwrap().presence[0].clone();
    let fact = Fact::Erased(Erased {
        values: vec![c],
        presence: BTreeMap::from([(id, presence)]),
        reason: "保存期满".to_owned(),
    });
    s.forgets_to_log = !is_logged;
    s.desk(NINE + 100 * MINUTE, "P-0002", fact);
    s.files.remove(&Place::Sidecar(c).to_string()).unwrap();
    s.files.retain(|name, _| !super::log::is_of_the_log(name));
    s.state_verdict(NINE + 110 * MINUTE);
    (before, verified(s.files), c)
}

#[test]
fn the_verdict_stays_and_what_is_gone_is_named() {
    let (before, after, c) = erased(true);
    assert_eq!(after.exit, Exit::Missing);
    assert_eq!(after.findings.len(), 1, "{:#?}", after.findings);
    assert_found(
        &after,
        FindingCode::SidecarErased,
        &Place::Sidecar(c).to_string(),
    );
    let (before, after) = (before.judgement.unwrap(), after.judgement.unwrap());
    assert_eq!(after.presence, before.presence);
    assert_eq!(after.arrival, before.arrival);
    assert_eq!(after.clocks, before.clocks);
}

#[test]
fn an_erasure_that_is_not_in_the_log_is_the_servers_word_alone() {
    let (_, after, _) = erased(false);
    assert_eq!(after.exit, Exit::Missing);
    assert_found(&after, FindingCode::NotLogged, "proofs/");
}

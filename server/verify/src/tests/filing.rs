//! What was told to the authority about a delay: in the log, shown, and without weight in any clock.

use domain::event::{Filed, FilingAnswered, FilingReason};
use domain::sla::clock::ClockVerdict;
use domain::time::Timestamp;

use super::*;

/// The sample an hour later, when the desk has filed a delay and the authority has answered.
fn filed(is_logged: bool) -> (Report, Report) {
    let mut s = sample();
    let before = verified(s.files.clone());
    s.forgets_to_log = !is_logged;
    let fact = Fact::Filed(Filed {
        reason: FilingReason::Traffic,
        text: "隧道封闭".to_owned(),
        expected_at: Timestamp(NINE + 200 * MINUTE),
    });
    s.desk(NINE + 100 * MINUTE, "P-0002", fact);
    let filing = s.server_head.1;
    let fact = Fact::FilingAnswered(FilingAnswered {
        filing,
        accepted: true,
        text: String::new(),
    });
    s.desk(NINE + 101 * MINUTE, "P-0002", fact);
    s.files.retain(|name, _| !super::log::is_of_the_log(name));
    s.state_verdict(NINE + 110 * MINUTE);
    (before, verified(s.files))
}

#[test]
fn a_filing_is_shown_and_every_clock_stays() {
    let (before, after) = filed(true);
    assert_eq!(after.exit, before.exit, "{:#?}", after.findings);
    let (before, after) = (before.judgement.unwrap(), after.judgement.unwrap());
    assert_eq!(after.filings.len(), 1);
    assert_eq!(after.filings[0].in_time, Some(ClockVerdict::Met));
    assert_eq!(after.filings[0].accepted, Some(true));
    assert_eq!(after.clocks, before.clocks);
    assert_eq!(after.arrival, before.arrival);
}

#[test]
fn a_filing_that_is_not_in_the_log_is_the_servers_word_alone() {
    let (_, after) = filed(false);
    assert_eq!(after.exit, Exit::Missing);
    assert_found(&after, FindingCode::NotLogged, "proofs/");
}

//! What the operator could do with evaluations that its own key signs: each is asked again of the facts.

use domain::canonical::digest_of;
use domain::event::{ClosedUnevaluated, Evaluated, Event, LinkMade, LinkRevoked};
use domain::work_order::{EvaluationSource, LINK_VALID, Stage};

use super::*;

const LINK: Digest = Digest([0x33; 32]);
const MADE: i64 = NINE + 90 * MINUTE;
const USED: i64 = NINE + 100 * MINUTE;

/// What the manager signed on the phone, to be said again through a link.
fn evaluated(s: &Sample) -> Evaluated {
    let folder = phone_folder();
    let events = s.files.iter().filter(|(name, _)| name.starts_with(&folder));
    let facts = events.filter_map(|(_, bytes)| {
        let envelope: Envelope = serde_json::from_slice(bytes).ok()?;
        let event: Event = serde_json::from_slice(&base64(&envelope.payload)).ok()?;
        match event.fact {
            Fact::Evaluated(evaluated) => Some(*evaluated),
            _ => None,
        }
    });
    let mut facts = facts;
    Evaluated {
        signer_person: None,
        link: Some(LINK),
        stars: 3,
        ..facts.next().unwrap()
    }
}

/// The sample, evaluated again through a link, after something was changed about it.
fn through_link(spoil: impl FnOnce(&mut LinkMade, &mut Evaluated, &mut Plan)) -> Report {
    let mut s = sample();
    let mut evaluated = evaluated(&s);
    let mut made = LinkMade {
        link: LINK,
        shown: digest_of(&evaluated.summary).unwrap(),
        expires_at: Timestamp(MADE) + LINK_VALID,
    };
    let mut plan = Plan::default();
    spoil(&mut made, &mut evaluated, &mut plan);
    s.forgets_to_log = plan.forgets_to_log;
    if !plan.makes_no_link {
        s.desk(MADE, "P-0002", Fact::LinkMade(made));
    }
    if plan.revokes {
        s.desk(
            MADE + 1,
            "P-0002",
            Fact::LinkRevoked(LinkRevoked { link: LINK }),
        );
    }
    for again in 0..=i64::from(plan.uses_again) {
        s.desk(
            USED + again,
            "public",
            Fact::Evaluated(Box::new(evaluated.clone())),
        );
    }
    s.files.retain(|name, _| !super::log::is_of_the_log(name));
    s.state_verdict(NINE + 110 * MINUTE);
    verified(s.files)
}

#[derive(Default)]
struct Plan {
    makes_no_link: bool,
    revokes: bool,
    uses_again: bool,
    forgets_to_log: bool,
}

#[test]
fn an_evaluation_through_a_link_is_proved_and_told_as_what_it_is() {
    let report = through_link(|_, _, _| {});
    assert_eq!(report.exit, Exit::Proved, "{:#?}", report.findings);
    let judgement = report.judgement.as_ref().unwrap();
    assert_eq!(
        judgement.evaluation_source,
        Some(EvaluationSource::ThroughLink)
    );
    let told = report.text();
    for said in ["不证明提交人是谁、在哪里", "whoever had the link sent it"] {
        assert!(told.contains(said), "{told}");
    }
    let on_the_phone = verified(sample().files);
    assert_eq!(on_the_phone.judgement.unwrap().evaluation_source, None);
}

#[rstest]
#[case::without_a_link("link_unknown", |_: &mut LinkMade, _: &mut Evaluated, plan: &mut Plan| plan.makes_no_link = true)]
#[case::taken_back("link_revoked", |_: &mut LinkMade, _: &mut Evaluated, plan: &mut Plan| plan.revokes = true)]
#[case::used_twice("link_used", |_: &mut LinkMade, _: &mut Evaluated, plan: &mut Plan| plan.uses_again = true)]
#[case::over("link_expired", |made: &mut LinkMade, _: &mut Evaluated, _: &mut Plan| made.expires_at = Timestamp(USED - 1))]
#[case::for_another_text("link_outdated", |made: &mut LinkMade, _: &mut Evaluated, _: &mut Plan| made.shown = Digest([1; 32]))]
#[case::another_text("link_outdated", |made: &mut LinkMade, evaluated: &mut Evaluated, _: &mut Plan| {
    evaluated.summary.action = "更换整机".to_owned();
    evaluated.shown = digest_of(&evaluated.summary).unwrap();
    made.shown = evaluated.shown;
})]
#[case::six_stars("stars_out_of_range", |_: &mut LinkMade, evaluated: &mut Evaluated, _: &mut Plan| evaluated.stars = 6)]
#[case::by_a_stranger_as_manager("not_the_site_manager", |_: &mut LinkMade, evaluated: &mut Evaluated, _: &mut Plan| {
    evaluated.signer_person = Some("P-0099".parse().unwrap());
})]
#[case::by_the_technician("technician_may_not_evaluate", |_: &mut LinkMade, evaluated: &mut Evaluated, _: &mut Plan| {
    evaluated.signer_person = Some(evaluated.summary.technician.clone());
})]
fn what_the_operator_should_not_have_taken_is_named(
    #[case] code: &str,
    #[case] spoil: fn(&mut LinkMade, &mut Evaluated, &mut Plan),
) {
    let report = through_link(spoil);
    assert_eq!(report.exit, Exit::False);
    let mut findings = report.findings.iter();
    let finding = findings.find(|finding| finding.code == FindingCode::RefusalDiffers);
    assert_eq!(
        finding.and_then(|finding| finding.detail.as_deref()),
        Some(code)
    );
}

#[test]
fn what_is_not_in_the_log_is_the_servers_word_alone() {
    let report = through_link(|_, _, plan| plan.forgets_to_log = true);
    assert_eq!(report.exit, Exit::Missing);
    assert_found(&report, FindingCode::NotLogged, "proofs/");
}

/// Restored at ten past ten on a Tuesday, evaluated at once; closed all the same, so long after nine.
fn closed(after_ms: i64) -> Report {
    let mut s = sample();
    let restored = evaluated(&s).summary.restored;
    let closed = ClosedUnevaluated {
        restored,
        due_at: Timestamp(NINE),
    };
    s.desk(NINE + after_ms, "system", Fact::ClosedUnevaluated(closed));
    s.files.retain(|name, _| !super::log::is_of_the_log(name));
    s.state_verdict(NINE + after_ms + 10 * MINUTE);
    verified(s.files)
}

#[test]
fn a_closing_before_its_time_is_found_and_no_closing_hides_an_evaluation() {
    let day = 24 * 60 * MINUTE;
    let early = closed(3 * day);
    assert_eq!(early.exit, Exit::False);
    let mut findings = early.findings.iter();
    let finding = findings.find(|finding| finding.code == FindingCode::RefusalDiffers);
    assert_eq!(
        finding.and_then(|finding| finding.detail.as_deref()),
        Some("closed_too_early")
    );
    let late = closed(4 * day);
    let judgement = late.judgement.unwrap();
    assert!(matches!(judgement.stage, Stage::Evaluated { .. }));
}

//! Signatures that do not count (9.4).

use domain::canonical::digest_of;
use domain::event::{Evaluated, Fact};
use domain::ids::{Digest, WorkOrderId};
use rstest::rstest;
use serde_json::json;

use crate::support::actors::phone_number;
use crate::support::builders::{arrive, evaluation, repair};
use crate::support::{Hand, MATE, TECH, TestApp, person};

async fn restored(test: &TestApp) -> (WorkOrderId, Hand) {
    let id = test.reported().await;
    let mut hand = Hand::ready(test, TECH, 1).await;
    hand.learn(test, &id).await;
    repair(&mut hand, &id);
    hand.sync(test).await;
    (id, hand)
}

fn own_number(_: &mut Evaluated, hand: &mut Hand) -> Option<serde_json::Value> {
    let _ = hand;
    Some(json!({ "name": "某人", "phone": format!("+86 {}", phone_number(TECH)) }))
}

type Spoil = fn(&mut Evaluated, &mut Hand) -> Option<serde_json::Value>;

#[rstest]
#[case::empty_ink("empty_ink", |evaluated: &mut Evaluated, hand: &mut Hand| {
    evaluated.ink = hand.set_aside(json!({ "width": 360, "height": 200, "strokes": [] }));
    None
})]
#[case::a_dot_as_ink("empty_ink", |evaluated: &mut Evaluated, hand: &mut Hand| {
    evaluated.ink = hand.set_aside(json!({ "width": 360, "height": 200, "strokes": [[{ "x": 5, "y": 5, "t": 0 }, { "x": 6, "y": 5, "t": 9 }]] }));
    None
})]
#[case::ink_that_is_none("sidecar_malformed", |evaluated: &mut Evaluated, hand: &mut Hand| {
    evaluated.ink = hand.set_aside(json!("X"));
    None
})]
#[case::the_technician_signs("technician_may_not_evaluate", |evaluated: &mut Evaluated, _: &mut Hand| {
    evaluated.signer_person = Some(person(TECH).parse().unwrap());
    None
})]
#[case::the_technicians_number("technician_may_not_evaluate", own_number)]
#[case::a_colleague_signs("not_the_site_manager", |evaluated: &mut Evaluated, _: &mut Hand| {
    evaluated.signer_person = Some(person(MATE).parse().unwrap());
    None
})]
#[case::nobody_signs("contact_missing", |_: &mut Evaluated, _: &mut Hand| Some(json!({ "name": " ", "phone": "" })))]
#[case::no_unit("contact_missing", |evaluated: &mut Evaluated, _: &mut Hand| {
    evaluated.unit = String::new();
    None
})]
#[case::no_star("stars_out_of_range", |evaluated: &mut Evaluated, _: &mut Hand| {
    evaluated.stars = 0;
    None
})]
#[case::six_stars("stars_out_of_range", |evaluated: &mut Evaluated, _: &mut Hand| {
    evaluated.stars = 6;
    None
})]
#[case::another_summary("summary_mismatch", |evaluated: &mut Evaluated, _: &mut Hand| {
    evaluated.summary.action = "什么也没做".to_owned();
    evaluated.shown = digest_of(&evaluated.summary).unwrap();
    None
})]
#[case::another_hash("summary_mismatch", |evaluated: &mut Evaluated, _: &mut Hand| {
    evaluated.shown = Digest([0; 32]);
    None
})]
#[case::a_long_remark("text_too_long", |evaluated: &mut Evaluated, _: &mut Hand| {
    evaluated.remark = "字".repeat(2_001);
    None
})]
#[tokio::test]
async fn a_signature_that_proves_nothing_is_set_aside(#[case] code: &str, #[case] spoil: Spoil) {
    let test = TestApp::start().await;
    let (id, mut hand) = restored(&test).await;
    let mut evaluated = evaluation(&mut hand, &id);
    if let Some(contact) = spoil(&mut evaluated, &mut hand) {
        evaluated.signer_person = None;
        evaluated.signer = hand.set_aside(contact);
    }
    hand.say(Fact::Evaluated(Box::new(evaluated)), &id);
    hand.is_set_aside(&test, code).await;
    assert!(test.work_order(&id).await.evaluations.is_empty());
    assert_eq!(
        test.evidence(&id).await["quarantined"][0]["reason"]["code"],
        code
    );
    assert_eq!(test.judgement(&id).await["stage"]["name"], "restored");
}

#[tokio::test]
async fn nothing_can_be_signed_before_it_is_restored() {
    let test = TestApp::start().await;
    let (id, mut done) = restored(&test).await;
    let evaluated = evaluation(&mut done, &id);
    let other = test.reported().await;
    let mut summary = evaluated.clone();
    summary.summary.wo = other.clone();
    arrive(&mut done, &other);
    done.say(Fact::Evaluated(Box::new(summary)), &other);
    done.is_set_aside(&test, "nothing_to_evaluate").await;
}

#[tokio::test]
async fn the_values_beside_the_chain_must_come_along_and_fit() {
    for (name, code) in [
        ("left out", "missing_sidecar"),
        ("changed", "sidecar_mismatch"),
    ] {
        let test = TestApp::start().await;
        let (id, mut hand) = restored(&test).await;
        let evaluated = evaluation(&mut hand, &id);
        let (ink, signer) = (evaluated.ink.c, evaluated.signer.c);
        hand.say(Fact::Evaluated(Box::new(evaluated)), &id);
        let mut outbox = hand.phone.take_outbox();
        let removed = outbox.sidecars.remove(&ink).unwrap();
        if name == "changed" {
            let mut forged = removed;
            forged.value = json!({ "width": 1, "height": 1, "strokes": [] });
            outbox.sidecars.insert(ink, forged);
        }
        assert!(outbox.sidecars.contains_key(&signer));
        let body = crate::support::hand::batch(&outbox.envelopes, &outbox.sidecars);
        let answer = test.post("/sync/events").by(TECH).json(&body).ok().await;
        assert_eq!(answer["outcomes"][0]["problem"]["code"], code, "{name}");
    }
}

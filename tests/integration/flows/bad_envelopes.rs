//! Events that are not genuine, by name. Each is kept, each says what to do, none changes anything.

use domain::event::EVENT_TYPE;
use domain::ids::WorkOrderId;
use domain::receipt::{KEY_TYPE, RECEIPT_TYPE};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::builders::note;
use crate::support::forge::{key_of, signed};
use crate::support::hand::assert_words;
use crate::support::{Hand, MATE, TECH, TestApp};

/// The phone's secret, from which its key follows.
const SECRET: u8 = 1;

/// A note that follows the chain, as canonical text.
fn payload(hand: &mut Hand, id: &WorkOrderId) -> String {
    use base64::Engine as _;
    let said = hand.say(note("备注"), id);
    hand.phone.take_outbox();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(&said.envelope.payload)
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Sends one envelope; it must be kept with this code, and the work order must not notice.
async fn is_kept(test: &TestApp, id: &WorkOrderId, envelope: Value, code: &str) {
    let answer = test
        .post("/sync/events")
        .by(TECH)
        .json(&json!({ "events": [envelope] }))
        .ok()
        .await;
    let outcome = &answer["outcomes"][0];
    assert_eq!(
        (&outcome["status"], &outcome["problem"]["code"]),
        (&json!("quarantined"), &json!(code)),
        "{outcome}"
    );
    assert_words(&outcome["problem"]);
    let kept = test.quarantine(TECH).await;
    let item = kept.iter().find(|item| item["envelope"] == envelope);
    let item = item.unwrap_or_else(|| panic!("not kept exactly as it came: {kept:?}"));
    assert_eq!(item["reason"]["code"], code);
    assert!(test.work_order(id).await.notes.is_empty());
}

type Spell = fn(&str) -> String;

#[rstest]
#[case::duplicate_key("duplicate_key", |text: &str| text.replacen('{', "{\"v\":1,", 1))]
#[case::duplicate_key_in_disguise("duplicate_key", |text: &str| text.replacen('{', "{\"\\u0076\":1,", 1))]
#[case::a_space("not_canonical", |text: &str| text.replacen(':', ": ", 1))]
#[case::a_line_feed_at_the_end("not_canonical", |text: &str| format!("{text}\n"))]
#[case::another_order("not_canonical", |text: &str| {
    let body = text.split_once(",\"by\"").unwrap();
    format!("{{\"by\"{},{}}}", body.1.trim_end_matches('}'), &body.0[1..])
})]
#[case::an_escape_too_much("not_canonical", |text: &str| text.replace('备', "\\u5907"))]
#[case::one_point_zero("not_an_integer", |text: &str| text.replace("\"v\":1", "\"v\":1.0"))]
#[case::an_exponent("not_an_integer", |text: &str| text.replace("\"v\":1", "\"v\":1e0"))]
#[case::two_to_the_53("number_out_of_range", |text: &str| text.replace("\"v\":1", "\"v\":9007199254740992"))]
#[case::nan("not_json", |text: &str| text.replace("\"v\":1", "\"v\":NaN"))]
#[case::cut_off("not_json", |text: &str| text[..text.len() - 1].to_owned())]
#[case::byte_order_mark("byte_order_mark", |text: &str| format!("\u{feff}{text}"))]
#[case::too_deep("too_deep", |text: &str| text.replace("\"body\":{", &format!("\"body\":{{\"a\":{}{},", "[".repeat(40), "]".repeat(40))))]
#[case::too_large("too_large", |text: &str| text.replace('备', &"备".repeat(30_000)))]
#[case::an_unknown_member("schema", |text: &str| text.replace("\"t\":\"noted\",\"v\":1", "\"t\":\"noted\",\"u\":1,\"v\":1"))]
#[case::an_unknown_member_inside("schema", |text: &str| text.replace("\"body\":{", "\"body\":{\"more\":1,"))]
#[case::an_unknown_fact("schema", |text: &str| text.replace("\"noted\"", "\"teleported\""))]
#[case::version_2("schema", |text: &str| text.replace("\"v\":1", "\"v\":2"))]
#[case::place_0("schema", |text: &str| {
    let (before, after) = text.split_once("\"seq\":").unwrap();
    format!("{before}\"seq\":0{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
})]
#[case::mono_before_0("schema", |text: &str| {
    let (before, after) = text.split_once("\"mono\":").unwrap();
    format!("{before}\"mono\":-1{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
})]
#[tokio::test]
async fn another_spelling_is_kept_aside_although_it_is_signed(
    #[case] code: &str,
    #[case] spell: Spell,
) {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, SECRET).await;
    let good = payload(&mut hand, &id);
    let spelled = spell(&good);
    assert_ne!(good, spelled);
    is_kept(
        &test,
        &id,
        signed(&key_of(SECRET), EVENT_TYPE, spelled.as_bytes()),
        code,
    )
    .await;
    let answer = test
        .post("/sync/events")
        .by(TECH)
        .json(&json!({ "events": [signed(&key_of(SECRET), EVENT_TYPE, good.as_bytes())] }));
    assert_eq!(
        answer.ok().await["outcomes"][0]["status"],
        "accepted",
        "the one spelling still has its place"
    );
}

#[rstest]
#[case::a_receipts_type(RECEIPT_TYPE)]
#[case::a_key_records_type(KEY_TYPE)]
#[case::no_type("")]
#[tokio::test]
async fn a_signature_of_another_type_is_no_signature_here(#[case] payload_type: &str) {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, SECRET).await;
    let good = payload(&mut hand, &id);
    let mut envelope = signed(&key_of(SECRET), payload_type, good.as_bytes());
    is_kept(&test, &id, envelope.clone(), "wrong_type").await;
    envelope["payloadType"] = json!(EVENT_TYPE);
    is_kept(&test, &id, envelope, "bad_signature").await;
}

#[tokio::test]
async fn signed_by_another_key_twice_or_not_at_all() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, SECRET).await;
    Hand::ready(&test, MATE, 2).await;
    let good = payload(&mut hand, &id);
    is_kept(
        &test,
        &id,
        signed(&key_of(2), EVENT_TYPE, good.as_bytes()),
        "bad_signature",
    )
    .await;
    let genuine = signed(&key_of(SECRET), EVENT_TYPE, good.as_bytes());
    let with = |member: &str, value: Value| {
        let mut envelope = genuine.clone();
        envelope[member] = value;
        envelope
    };
    let signature = genuine["signatures"][0].clone();
    is_kept(&test, &id, with("signatures", json!([])), "signature_count").await;
    is_kept(
        &test,
        &id,
        with("signatures", json!([signature, signature])),
        "signature_count",
    )
    .await;
    is_kept(
        &test,
        &id,
        with("signatures", json!([{ "sig": "AAAA" }])),
        "bad_signature",
    )
    .await;
    is_kept(
        &test,
        &id,
        with("signatures", json!([{ "sig": "***" }])),
        "not_base64",
    )
    .await;
    is_kept(&test, &id, with("payload", json!("***")), "not_base64").await;
    is_kept(&test, &id, with("payload", json!("/////w==")), "not_utf8").await;
    is_kept(&test, &id, with("more", json!(1)), "not_an_envelope").await;
}

#[tokio::test]
async fn an_unknown_phone_is_named_and_its_records_are_kept() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut stranger = Hand::stranger(&test, TECH, 9);
    let said = stranger.say(note("没有登记的手机"), &id);
    is_kept(&test, &id, said.envelope.to_value(), "unknown_device").await;
}

#[tokio::test]
async fn one_phone_cannot_speak_for_another_person_or_for_the_desk() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, SECRET).await;
    let good = payload(&mut hand, &id);
    let as_mate = good.replace("\"by\":\"P-0001\"", "\"by\":\"P-0002\"");
    is_kept(
        &test,
        &id,
        signed(&key_of(SECRET), EVENT_TYPE, as_mate.as_bytes()),
        "wrong_signer",
    )
    .await;
    let mut hand = Hand::ready(&test, TECH, 3).await;
    let assigned = domain::event::Assigned {
        technician: "P-0002".parse().unwrap(),
        reason: None,
    };
    hand.say(domain::event::Fact::Assigned(assigned), &id);
    hand.is_set_aside(&test, "desk_only").await;
    hand.phone.say(note("没有工单号"), None);
    hand.is_set_aside(&test, "missing_work_order").await;
    hand.phone.say(
        domain::event::Fact::Paused(domain::event::Nothing {}),
        Some(&id),
    );
    hand.is_set_aside(&test, "unexpected_work_order").await;
}

/// Neither side can claim other rules later than those the work order was born under (evidence §2.6).
#[tokio::test]
async fn a_record_under_other_rules_does_not_count() {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    hand.phone.judge_by(Some(test.work_order(&id).await.policy));
    hand.say(note("按受理时的规则"), &id);
    hand.sync(&test).await;
    hand.phone.judge_by(Some(domain::ids::Digest([9; 32])));
    hand.say(note("按别的规则"), &id);
    hand.is_set_aside(&test, "other_policy").await;
    hand.phone.judge_by(None);
    hand.say(note("没有写明规则"), &id);
    hand.sync(&test).await;
    assert_eq!(test.work_order(&id).await.notes.len(), 2);
}

/// A receipt of somebody else's chain, or a made-up one, is no proof of time.
#[tokio::test]
async fn a_foreign_or_forged_receipt_inside_an_event_is_set_aside() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, SECRET).await;
    let mut mate = Hand::ready(&test, MATE, 2).await;
    let foreign = mate.head(&test).await;
    hand.phone.acknowledge(&foreign);
    hand.is_set_aside(&test, "other_chain").await;
    let forged = signed(&key_of(SECRET), RECEIPT_TYPE, b"{\"v\":1}");
    let forged = domain::envelope::Envelope::from_value(forged).unwrap();
    hand.phone.acknowledge(&forged);
    hand.is_set_aside(&test, "bad_signature").await;
}

#[rstest]
#[case::nul("a\u{0}b")]
#[case::bells("\u{7}\u{8}")]
#[case::not_a_character("\u{ffff}\u{10ffff}")]
#[case::right_to_left("\u{202e}abc")]
#[case::sql("'; REMOVE TABLE event; --")]
#[tokio::test]
async fn strange_text_is_text(#[case] text: &str) {
    let test = TestApp::start().await;
    let id = test.reported().await;
    let mut hand = Hand::ready(&test, TECH, SECRET).await;
    hand.say(note(text), &id);
    hand.sync(&test).await;
    assert_eq!(test.work_order(&id).await.notes[0].what.text, text);
    assert!(
        test.evidence(&id).await["events"]
            .to_string()
            .contains("noted")
    );
}

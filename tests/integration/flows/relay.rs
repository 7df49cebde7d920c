//! Time proved without network: example 7 and 7b of the evidence design, and who tries to make more
//! of it than it is.

use api::rebuild::rebuild;
use domain::ids::{EventId, WorkOrderId};
use domain::relay::{RelayCode, RelayHead};
use domain::time::Millis;
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::builders::{accepted, arrive, note, set_out};
use crate::support::{Ask, HOTLINE, Hand, MATE, START, TECH, TestApp};

const THREE_DAYS: Millis = Millis::minutes(3 * 24 * 60);

/// Reported at 9:00, anchored at 9:05, arrived at 10:30, and no network since 9:05.
async fn arrived_offline(test: &TestApp, secret: u8) -> (WorkOrderId, Hand) {
    let id = test.reported().await;
    let mut hand = Hand::ready(test, TECH, secret).await;
    hand.learn(test, &id).await;
    hand.minutes(5);
    hand.say(accepted(), &id);
    hand.sync(test).await;
    hand.say(set_out(), &id);
    hand.minutes(85);
    arrive(&mut hand, &id);
    (id, hand)
}

fn relayed(hand: &Hand) -> RelayHead {
    let head = hand.phone.head();
    RelayHead {
        dev: hand.phone.device(),
        head_seq: head.seq,
        head: head.id,
    }
}

async fn scan(test: &TestApp, head: RelayHead) {
    let answer = Ask::new(test, Method::GET, head.to_string()).send().await;
    assert_eq!(answer.status, 200, "{}", answer.as_text());
}

async fn tell(test: &TestApp, code: RelayCode) {
    let body = json!({ "code": code.grouped() });
    test.post("/relay-codes").by(HOTLINE).json(&body).ok().await;
}

async fn arrival(test: &TestApp, id: &WorkOrderId) -> Value {
    test.judgement(id).await["arrival"]["verdict"].clone()
}

/// The latest moment of the check-in by grade B, in minutes and milliseconds after nine.
async fn latest(test: &TestApp, id: &WorkOrderId) -> (i64, i64) {
    let at = test.work_order(id).await.visits[0]
        .check_in
        .at
        .bounds
        .b
        .latest;
    let ms = (at - START).0;
    (ms / 60_000, ms % 60_000)
}

async fn nothing_differs(test: &TestApp) {
    let rebuilt = rebuild(&test.store, test.app.signer.keys()).await.unwrap();
    let differing = rebuilt.differences(&test.store).await.unwrap();
    assert_eq!(differing, Vec::<String>::new());
}

#[tokio::test]
async fn example_7_nobody_saw_it_and_nobody_can_tell() {
    let test = TestApp::start().await;
    let (id, mut hand) = arrived_offline(&test, 1).await;
    hand.sleep(THREE_DAYS);
    hand.sync(&test).await;
    assert_eq!(arrival(&test, &id).await, "cannot_tell");
}

#[tokio::test]
async fn example_7b_the_manager_scanned_at_10_34_and_it_is_met() {
    let test = TestApp::start().await;
    let (id, mut hand) = arrived_offline(&test, 1).await;
    hand.minutes(4);
    scan(&test, relayed(&hand)).await;
    hand.sleep(THREE_DAYS);
    hand.sync(&test).await;
    assert_eq!(arrival(&test, &id).await, "met");
    let (minutes, rest) = latest(&test, &id).await;
    assert!(minutes == 94 && rest < 30_000, "{minutes} min {rest} ms");
    nothing_differs(&test).await;
}

#[tokio::test]
async fn example_7b_by_telephone() {
    let test = TestApp::start().await;
    let (id, mut hand) = arrived_offline(&test, 1).await;
    hand.minutes(4);
    tell(&test, RelayCode::of(hand.phone.head().id)).await;
    hand.sleep(THREE_DAYS);
    hand.sync(&test).await;
    assert_eq!(arrival(&test, &id).await, "met");
    let evidence = test.evidence(&id).await;
    let vias: Vec<String> = test
        .store
        .receipts_of_device(&hand.dev())
        .await
        .unwrap()
        .into_iter()
        .map(|receipt| receipt.via)
        .collect();
    assert_eq!(
        vias.iter().filter(|via| *via == "relay_code").count(),
        1,
        "{vias:?}"
    );
    assert!(evidence["receipts"].as_array().unwrap().len() > 1);
    nothing_differs(&test).await;
}

/// What was relayed is logged when it comes, so witnesses bound the arrival by it, however late the
/// events arrive: by the scan at grade A, by telephone as well.
#[tokio::test]
async fn what_was_relayed_is_bounded_by_the_witnesses_too() {
    for by_telephone in [false, true] {
        let test = TestApp::watched().await;
        test.app.publisher.publish().await.unwrap();
        let (id, mut hand) = arrived_offline(&test, 1).await;
        hand.minutes(4);
        if by_telephone {
            tell(&test, RelayCode::of(hand.phone.head().id)).await;
        } else {
            scan(&test, relayed(&hand)).await;
        }
        let leaf = test.store.log_tail().await.unwrap().leaves - 1;
        let leaf = test.store.leaves_from(leaf, 1).await.unwrap().remove(0);
        assert!(
            leaf.data
                .contains(if by_telephone { "relay" } else { "receipt" })
        );
        test.app.publisher.publish().await.unwrap();
        hand.sleep(THREE_DAYS);
        hand.sync(&test).await;
        test.app.publisher.publish().await.unwrap();
        let judgement = test.judgement(&id).await;
        let clocks = judgement["clocks"].as_array().unwrap();
        let arrival = clocks
            .iter()
            .find(|clock| clock["kind"] == "arrival")
            .unwrap();
        for grade in ["external", "server"] {
            assert_eq!(
                arrival["verdicts"][grade], "met",
                "{by_telephone} {arrival}"
            );
        }
        assert_eq!(arrival["verdict"], "met");
        assert_eq!(crate::flows::log::findings(&test).await, []);
    }
}

/// The first that saw it counts, however many did, and however late the others came.
#[tokio::test]
async fn several_relays_are_all_honoured() {
    let test = TestApp::start().await;
    let (id, mut hand) = arrived_offline(&test, 1).await;
    hand.minutes(4);
    let first = relayed(&hand);
    scan(&test, first).await;
    for number in 0..30 {
        hand.say(note(&format!("第 {number} 条")), &id);
    }
    hand.minutes(60);
    scan(&test, relayed(&hand)).await;
    tell(&test, RelayCode::of(hand.phone.head().id)).await;
    hand.sleep(THREE_DAYS);
    scan(&test, first).await;
    hand.sync(&test).await;
    assert_eq!(arrival(&test, &id).await, "met");
    assert_eq!(latest(&test, &id).await.0, 94);
    let notes = &test.work_order(&id).await.notes;
    let last = (notes.last().unwrap().at.bounds.b.latest - START).0 / 60_000;
    assert_eq!(last, 154, "the later scan bounds what came after the first");
    nothing_differs(&test).await;
}

/// 500 events in requests of 200, 7 or 1; the relayed head stands in the last of them.
#[tokio::test]
async fn a_backlog_of_many_requests_is_bounded_to_its_first_event() {
    for (size, notes) in [(200, 500), (7, 40), (1, 9)] {
        let test = TestApp::start().await;
        let (id, mut hand) = arrived_offline(&test, 1).await;
        for number in 0..notes {
            hand.say(note(&format!("第 {number} 条")), &id);
        }
        hand.minutes(4);
        scan(&test, relayed(&hand)).await;
        hand.say(note("之后"), &id);
        hand.sleep(THREE_DAYS);
        let outbox = hand.phone.take_outbox();
        for (number, envelopes) in outbox.envelopes.chunks(size).enumerate() {
            let body = crate::support::hand::batch(envelopes, &outbox.sidecars);
            test.post("/sync/events").by(TECH).json(&body).ok().await;
            // Requests of a poor line lie minutes apart.
            test.clock.advance(Millis::minutes(3));
            if number == 0 {
                assert_ne!(arrival(&test, &id).await, "met", "not before it is proved");
            }
        }
        assert_eq!(arrival(&test, &id).await, "met", "requests of {size}");
        assert_eq!(latest(&test, &id).await.0, 94, "requests of {size}");
        let work_order = test.work_order(&id).await;
        assert_eq!(work_order.notes.len(), notes + 1);
        assert!(
            work_order
                .notes
                .is_sorted_by_key(|note| (note.at.bounds.b.latest, note.at.seq))
        );
        nothing_differs(&test).await;
    }
}

/// The phone that was told hears of it, or it would go on saying "cannot tell".
#[tokio::test]
async fn the_technician_hears_that_an_earlier_record_is_proved_now() {
    let test = TestApp::start().await;
    let (id, mut hand) = arrived_offline(&test, 1).await;
    hand.minutes(4);
    hand.say_of_the_phone(domain::event::Fact::Resumed(domain::event::Nothing {}));
    scan(&test, relayed(&hand)).await;
    hand.sleep(THREE_DAYS);
    let outbox = hand.phone.take_outbox();
    let (last, before) = outbox.envelopes.split_last().unwrap();
    let send = |envelopes: &[domain::envelope::Envelope]| {
        let body = crate::support::hand::batch(envelopes, &outbox.sidecars);
        test.post("/sync/events").by(TECH).json(&body)
    };
    send(before).ok().await;
    let cursor = test.get("/sync/changes").by(TECH).ok().await["cursor"].clone();
    send(std::slice::from_ref(last)).ok().await;
    let path = format!("/sync/changes?cursor={}", cursor.as_str().unwrap());
    let changes = test.get(&path).by(TECH).ok().await;
    assert_eq!(changes["changes"].as_array().unwrap().len(), 1, "{changes}");
    assert_eq!(arrival(&test, &id).await, "met");
}

/// Attack 25: a head at the wrong place, of another phone, of another history, or made up.
#[tokio::test]
async fn what_is_not_this_head_of_this_chain_proves_nothing() {
    let test = TestApp::start().await;
    let (id, mut hand) = arrived_offline(&test, 1).await;
    let other = Hand::ready(&test, MATE, 2).await;
    hand.minutes(4);
    let right = relayed(&hand);
    for wrong in [
        RelayHead {
            head_seq: right.head_seq + 1,
            ..right
        },
        RelayHead {
            head_seq: right.head_seq - 1,
            ..right
        },
        RelayHead {
            dev: other.phone.device(),
            ..right
        },
        RelayHead {
            head: EventId([9; 32]),
            ..right
        },
        relayed(&other),
    ] {
        scan(&test, wrong).await;
    }
    tell(&test, RelayCode::of(EventId([9; 32]))).await;
    tell(&test, RelayCode::of(other.phone.head().id)).await;
    hand.sleep(THREE_DAYS);
    hand.sync(&test).await;
    assert_eq!(arrival(&test, &id).await, "cannot_tell");
    nothing_differs(&test).await;
}

/// Attack 5: who stays offline to hide being late gains nothing, and a relay that comes too late
/// proves no more than it saw.
#[tokio::test]
async fn a_scan_after_the_deadline_does_not_make_it_met() {
    for (minutes, verdict) in [(89, "met"), (90, "cannot_tell")] {
        let test = TestApp::start().await;
        let (id, mut hand) = arrived_offline(&test, 1).await;
        hand.minutes(minutes);
        scan(&test, relayed(&hand)).await;
        hand.sleep(THREE_DAYS);
        hand.sync(&test).await;
        assert_eq!(
            arrival(&test, &id).await,
            verdict,
            "{minutes} min after the arrival"
        );
    }
}

/// A code that is told after the record is there says nothing new.
#[tokio::test]
async fn a_code_for_what_has_arrived_changes_nothing() {
    let test = TestApp::start().await;
    let (id, mut hand) = arrived_offline(&test, 1).await;
    let head = hand.phone.head().id;
    hand.sleep(THREE_DAYS);
    hand.sync(&test).await;
    let before = test.work_order(&id).await;
    tell(&test, RelayCode::of(head)).await;
    hand.say(note("之后"), &id);
    hand.sync(&test).await;
    assert_eq!(test.work_order(&id).await.visits, before.visits);
    nothing_differs(&test).await;
}

/// Nobody can make two records with one code, so one is put into the store by hand.
#[tokio::test]
async fn two_records_of_one_code_lose_their_bound_and_it_is_said() {
    let test = TestApp::start().await;
    let (id, mut hand) = arrived_offline(&test, 1).await;
    hand.minutes(4);
    let head = hand.phone.head();
    let code = RelayCode::of(head.id);
    tell(&test, code).await;
    let other = Hand::ready(&test, MATE, 2).await;
    let n = test.store.head().await.unwrap();
    let twin = store::RelayMatchRow {
        code: code.to_string(),
        dev: other.dev(),
        seq: 1,
        head: format!("{}{}", &head.id.to_string()[..25], "0".repeat(39)),
    };
    let commit = store::Commit {
        expected_n: n,
        relay_matches: vec![twin],
        ..store::Commit::default()
    };
    test.store.commit(commit).await.unwrap();
    hand.sleep(THREE_DAYS);
    hand.sync(&test).await;
    assert_eq!(arrival(&test, &id).await, "cannot_tell");
    let matches = test.store.relay_matches(code.as_str()).await.unwrap();
    assert_eq!(matches.len(), 2);
    nothing_differs(&test).await;
}

/// Whoever was bounded by a code loses that bound when the code turns out to be another record's too.
#[tokio::test]
async fn a_code_that_another_record_matches_later_is_taken_back() {
    let test = TestApp::start().await;
    let (id, mut hand) = arrived_offline(&test, 1).await;
    let arrived = relayed(&hand);
    let mut other = Hand::ready(&test, MATE, 2).await;
    other.say_of_the_phone(domain::event::Fact::Resumed(domain::event::Nothing {}));
    let code = RelayCode::of(other.phone.head().id);
    hand.minutes(4);
    tell(&test, code).await;
    // As if the first record had matched, which nobody can bring about.
    let told = test.store.relay_codes_after(0).await.unwrap().remove(0);
    let commit = store::Commit {
        expected_n: test.store.head().await.unwrap(),
        relay_matches: vec![store::RelayMatchRow {
            code: code.to_string(),
            dev: hand.dev(),
            seq: arrived.head_seq as i64,
            head: arrived.head.to_string(),
        }],
        receipts: vec![store::ReceiptRow {
            dev: hand.dev(),
            head_seq: arrived.head_seq as i64,
            head: arrived.head.to_string(),
            nonce: None,
            ts: told.ts,
            via: "relay_code".to_owned(),
            envelope: "{}".to_owned(),
        }],
        ..store::Commit::default()
    };
    test.store.commit(commit).await.unwrap();
    hand.sleep(THREE_DAYS);
    hand.push(&test).await;
    assert_eq!(arrival(&test, &id).await, "met");
    other.push(&test).await;
    assert_eq!(arrival(&test, &id).await, "cannot_tell");
}

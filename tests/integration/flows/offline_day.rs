//! A day without network: what the head's receipt proves, and what it cannot.

use api::rebuild::rebuild;
use domain::ids::WorkOrderId;
use domain::time::Millis;
use serde_json::{Value, json};

use crate::support::builders::{accepted, hand_over, left_site, note, repair, set_out};
use crate::support::{Hand, TECH, TestApp};

const THREE_DAYS: Millis = Millis::minutes(3 * 24 * 60);

/// Accepts at 09:04 online, then works offline; `notes` make the day longer.
async fn a_day_of_work(test: &TestApp, secret: u8, notes: usize) -> (WorkOrderId, Hand) {
    let id = test.reported().await;
    let mut hand = Hand::ready(test, TECH, secret).await;
    hand.learn(test, &id).await;
    hand.minutes(4);
    hand.say(accepted(), &id);
    hand.sync(test).await;
    hand.say(set_out(), &id);
    hand.minutes(60);
    repair(&mut hand, &id);
    for number in 0..notes {
        hand.say(note(&format!("第 {number} 条")), &id);
    }
    hand_over(&mut hand, &id);
    hand.say(left_site(), &id);
    (id, hand)
}

#[tokio::test]
async fn with_its_head_receipted_in_time_events_of_three_days_later_meet_the_limit() {
    let test = TestApp::start().await;
    let (id, mut hand) = a_day_of_work(&test, 1, 0).await;
    hand.minutes(10);
    hand.head(&test).await;
    hand.sleep(THREE_DAYS);
    for outcome in hand.push(&test).await {
        assert_eq!(outcome["status"], "accepted", "{outcome}");
    }
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["arrival"]["verdict"], "met", "{judgement}");
    assert_eq!(judgement["stage"]["name"], "evaluated");
}

#[tokio::test]
async fn without_a_head_the_same_events_cannot_tell() {
    let test = TestApp::start().await;
    let (id, mut hand) = a_day_of_work(&test, 1, 0).await;
    hand.sleep(THREE_DAYS);
    hand.sync(&test).await;
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["arrival"]["verdict"], "cannot_tell");
    let clock = judgement["clocks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|clock| clock["kind"] == "arrival")
        .unwrap()
        .clone();
    assert_eq!(clock["verdicts"]["server"], "cannot_tell");
    assert!(
        clock["reasons"]
            .as_array()
            .unwrap()
            .contains(&json!("end_unsure")),
        "{clock}"
    );
}

#[tokio::test]
async fn a_head_that_the_chain_never_reaches_proves_nothing() {
    let test = TestApp::start().await;
    let (id, mut hand) = a_day_of_work(&test, 1, 0).await;
    let outbox = hand.phone.take_outbox();
    hand.minutes(5);
    // Receipted, but what is pushed later is another history behind the same predecessor.
    hand.head(&test).await;
    hand.phone.take_outbox();
    hand.sleep(THREE_DAYS);
    let body = crate::support::hand::batch(&outbox.envelopes, &outbox.sidecars);
    test.post("/sync/events").by(TECH).json(&body).ok().await;
    assert_eq!(
        test.judgement(&id).await["arrival"]["verdict"],
        "cannot_tell"
    );
}

/// A head reaches back behind the request that brings it.
#[tokio::test]
async fn of_several_requests_days_later_those_before_the_head_meet_the_limit_too() {
    let test = TestApp::start().await;
    let (id, mut hand) = a_day_of_work(&test, 1, 210).await;
    hand.minutes(10);
    hand.head(&test).await;
    hand.sleep(THREE_DAYS);
    hand.push(&test).await;
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["arrival"]["verdict"], "met", "{judgement}");
    assert_eq!(judgement["stage"]["name"], "evaluated");
}

/// However many requests a backlog takes and however far apart they come: its head was seen in time, so
/// all of it was, from the first event on. Not before the head's own event has come, though.
#[tokio::test]
async fn a_backlog_in_any_pieces_is_bounded_by_its_head_to_the_first_event() {
    for (size, notes) in [(200, 500), (7, 40), (1, 9)] {
        let test = TestApp::start().await;
        let (id, mut hand) = a_day_of_work(&test, 1, notes).await;
        hand.minutes(10);
        hand.head(&test).await;
        hand.sleep(THREE_DAYS);
        let outbox = hand.phone.take_outbox();
        let requests = outbox.envelopes.chunks(size);
        let last = requests.len() - 1;
        for (number, envelopes) in requests.enumerate() {
            let body = crate::support::hand::batch(envelopes, &outbox.sidecars);
            test.post("/sync/events").by(TECH).json(&body).ok().await;
            test.clock.advance(Millis::minutes(3));
            if number + 1 == last {
                let verdict = &test.judgement(&id).await["arrival"]["verdict"];
                assert_eq!(*verdict, "cannot_tell", "requests of {size}");
            }
        }
        let verdict = &test.judgement(&id).await["arrival"]["verdict"];
        assert_eq!(*verdict, "met", "requests of {size}");
        let work_order = test.work_order(&id).await;
        assert_eq!(work_order.notes.len(), notes);
        let in_order = |notes: &[domain::work_order::Said<domain::work_order::Note>]| {
            notes.is_sorted_by_key(|note| (note.at.bounds.b.latest, note.at.seq))
        };
        assert!(in_order(&work_order.notes), "requests of {size}");
        let rebuilt = rebuild(&test.store, test.app.signer.keys()).await;
        let differing = rebuilt.unwrap().differences(&test.store).await.unwrap();
        assert_eq!(differing, Vec::<String>::new(), "requests of {size}");
        // The bounds the evidence shows are those the verdict rests on.
        let evidence = test.evidence(&id).await;
        let arrived = work_order.visits[0].check_in.at.clone();
        let shown = evidence["events"].as_array().unwrap().iter();
        let shown: Vec<&Value> = shown
            .filter(|event| event["id"] == arrived.event.to_string())
            .map(|event| &event["bounds"])
            .collect();
        assert_eq!(shown, [&json!(arrived.bounds)]);
    }
}

/// The phone hears of it, or it would go on saying "cannot tell"; and what the server said about a
/// finished work order before, it says anew.
#[tokio::test]
async fn who_was_told_that_nobody_can_tell_is_told_better() {
    let test = TestApp::start().await;
    let (id, mut hand) = a_day_of_work(&test, 1, 0).await;
    hand.minutes(10);
    hand.head(&test).await;
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
    let said = test.store.verdicts_of(id.as_str()).await.unwrap();
    let verdicts: Vec<Value> = said
        .iter()
        .map(|row| serde_json::from_str::<Value>(&row.statement).unwrap())
        .map(|statement| statement["judgement"]["arrival"]["verdict"].clone())
        .collect();
    assert_eq!(verdicts, ["cannot_tell", "met"]);
}

/// More events than fit into one request: the later ones must not look earlier than the ones
/// before them, or the manager's signature would seem older than the work it is about.
#[tokio::test]
async fn a_day_of_several_requests_keeps_its_order() {
    let test = TestApp::start().await;
    for notes in [194, 210, 430] {
        let (id, mut hand) = a_day_of_work(&test, notes as u8, notes).await;
        hand.minutes(10);
        hand.head(&test).await;
        hand.sleep(Millis::minutes(20));
        for outcome in hand.push(&test).await {
            assert_eq!(outcome["status"], "accepted", "{outcome}");
            // Requests follow each other, they do not arrive together.
            test.clock.advance(Millis(40));
        }
        assert_eq!(
            test.judgement(&id).await["stage"]["name"],
            "evaluated",
            "{notes} notes"
        );
        let work_order = test.work_order(&id).await;
        let restored = work_order.restored[0].at.bounds.b.latest;
        assert!(
            work_order.evaluations[0].at.bounds.b.latest >= restored,
            "{notes} notes"
        );
    }
}

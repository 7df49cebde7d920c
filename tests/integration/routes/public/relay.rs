//! `GET /r/{device}/{place}/{head}`: the page that gives a phone without network a receipt.

use domain::ids::EventId;
use domain::relay::{RelayCode, RelayHead};
use domain::time::Millis;
use poem::http::Method;

use crate::support::{Answer, Ask, BOSS, Hand, TECH, TestApp};

async fn open(test: &TestApp, path: &str) -> Answer {
    Ask::new(test, Method::GET, path.to_owned()).send().await
}

fn relayed(hand: &Hand) -> RelayHead {
    let head = hand.phone.head();
    RelayHead {
        dev: hand.phone.device(),
        head_seq: head.seq,
        head: head.id,
    }
}

#[tokio::test]
async fn anybody_gets_the_time_and_six_digits_and_no_script() {
    let test = TestApp::start().await;
    let hand = Hand::enrolled(&test, TECH, 1).await;
    let head = relayed(&hand);
    let answer = open(&test, &head.to_string()).await;
    let text = answer.as_text();
    assert_eq!(answer.status, 200, "{text}");
    assert!(text.contains("<time>09:00:00</time>"), "{text}");
    let digits = RelayCode::of(head.head).acknowledgement();
    assert!(text.contains(&format!("{} {}", &digits[..3], &digits[3..])));
    assert!(text.contains("12345") && !text.contains("<script"));
    assert!(answer.bytes.len() < 20 * 1024);
    assert_eq!(answer.header("cache-control"), "no-store");
    let english = open(&test, &format!("{head}?lang=en")).await.as_text();
    assert!(english.contains("Received") && english.contains("<time>09:00:00</time>"));
    let rows = test
        .store
        .receipts_between(&hand.dev(), head.head_seq as i64, head.head_seq as i64)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].via.as_str(), rows[0].nonce.as_ref()),
        ("relay_qr", None)
    );
}

/// A link that a messenger opens beforehand, and the person afterwards.
#[tokio::test]
async fn the_same_head_has_one_receipt_the_first() {
    let test = TestApp::start().await;
    let hand = Hand::enrolled(&test, TECH, 1).await;
    let path = relayed(&hand).to_string();
    open(&test, &path).await;
    test.clock.advance(Millis::minutes(10));
    let again = open(&test, &path).await.as_text();
    assert!(again.contains("<time>09:00:00</time>"), "{again}");
    let rows = test.store.receipts_of_device(&hand.dev()).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.via == "relay_qr").count(), 1);
}

/// Whether a head belongs to a chain is told to nobody: the answer is the same.
#[tokio::test]
async fn a_wrong_head_is_received_like_a_right_one_and_kept_beside_it() {
    let test = TestApp::start().await;
    let hand = Hand::ready(&test, TECH, 1).await;
    let right = relayed(&hand);
    let wrong = RelayHead {
        head: EventId([7; 32]),
        ..right
    };
    for head in [wrong, right] {
        assert_eq!(open(&test, &head.to_string()).await.status, 200);
    }
    let rows = test
        .store
        .receipts_between(&hand.dev(), right.head_seq as i64, right.head_seq as i64)
        .await
        .unwrap();
    assert!(rows.iter().any(|row| row.head == wrong.head.to_string()));
    assert!(rows.iter().any(|row| row.head == right.head.to_string()));
}

#[tokio::test]
async fn what_is_no_head_of_an_enrolled_phone_is_refused_in_words() {
    let test = TestApp::start().await;
    let hand = Hand::enrolled(&test, TECH, 1).await;
    let head = relayed(&hand);
    let stranger = relayed(&Hand::stranger(&test, TECH, 9));
    let path = head.to_string();
    for (path, status) in [
        (stranger.to_string(), 422),
        (format!("{path}/"), 404),
        (path[..path.len() - 1].to_owned(), 404),
        ("/r/".to_owned(), 404),
        ("/r/x/1/y".to_owned(), 404),
        (path.replace(&format!("/{}/", head.head_seq), "/0/"), 404),
    ] {
        let answer = open(&test, &path).await;
        let text = answer.as_text();
        assert_eq!(answer.status, status, "{path}: {text}");
        assert!(
            text.contains("没有登记成功") && text.contains("12345"),
            "{path}: {text}"
        );
    }
    assert!(
        test.store
            .receipts_of_device(&stranger.dev.to_string())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_revoked_phone_gets_no_receipt() {
    let test = TestApp::start().await;
    let hand = Hand::enrolled(&test, TECH, 1).await;
    test.post(&format!("/devices/{}/revocation", hand.dev()))
        .by(BOSS)
        .json(&serde_json::json!({ "reason": "遗失" }))
        .ok()
        .await;
    test.clock.advance(Millis::minutes(1));
    assert_eq!(open(&test, &relayed(&hand).to_string()).await.status, 422);
}

#[tokio::test]
async fn a_flood_of_heads_is_stopped_and_says_when_to_come_back() {
    let test = TestApp::start().await;
    let hand = Hand::enrolled(&test, TECH, 1).await;
    let head = relayed(&hand);
    let mut stopped = None;
    for number in 0..60_u8 {
        let head = RelayHead {
            head: EventId([number; 32]),
            ..head
        };
        let answer = open(&test, &head.to_string()).await;
        if answer.status != 200 {
            stopped = Some((number, answer));
            break;
        }
    }
    let (number, answer) = stopped.expect("somebody stops it");
    assert_eq!((number, answer.status), (20, 429));
    assert!(!answer.header("retry-after").is_empty());
}

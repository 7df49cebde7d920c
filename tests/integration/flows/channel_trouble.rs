//! Receivers that are broken, slow, full or gone, and senders that are killed or not alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use api::channels::courier::{REST, TURN};
use api::config::ChannelArgs;
use domain::channel::retry::ATTEMPTS_MAX;
use domain::time::Millis;
use serde_json::{Value, json};

use crate::support::channels::{TOPICS, here};
use crate::support::receivers::{Hook, Reply};
use crate::support::{BOSS, TestApp};

fn with(status: u16) -> Reply {
    Reply::With(status, String::new())
}

/// Why each attempt failed, oldest first.
fn whys(row: &Value) -> Vec<Option<&str>> {
    let attempts = row["attempts"].as_array().unwrap();
    attempts
        .iter()
        .map(|attempt| attempt["reason"]["code"].as_str())
        .collect()
}

#[tokio::test]
async fn after_an_error_it_is_tried_again_under_the_same_name() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    test.webhook(&hook, &["assigned"]).await;
    hook.answers([with(500), with(429)]);
    test.reported().await;
    assert_eq!(test.deliver().await, 1);
    let row = &test.deliveries().await[0];
    assert_eq!(row["state"], "failed");
    assert_eq!(row["attempts"][0]["number"], "HTTP 500");
    assert!(
        row["attempts"][0]["reason"]["zh"]
            .as_str()
            .unwrap()
            .contains("接收方")
    );
    assert_eq!(row["next_at"], test.app.now().0 + 15_000);

    test.clock.advance(Millis(15_000) - Millis(1));
    assert_eq!(test.deliver().await, 0);
    test.clock.advance(Millis(1));
    assert_eq!(test.deliver().await, 1);
    // Whoever wants fewer gets a minute.
    test.clock.advance(Millis(59_999));
    assert_eq!(test.deliver().await, 0);
    test.clock.advance(Millis(1));
    assert_eq!(test.deliver().await, 1);
    let row = &test.deliveries().await[0];
    assert_eq!(row["state"], "sent");
    assert_eq!(
        whys(row),
        [Some("receiver_broken"), Some("receiver_wants_fewer"), None]
    );
    let names = hook.names();
    assert_eq!(names, vec![names[0].clone(); 3]);
    assert_eq!(names[0], row["id"].as_str().unwrap());
    let times: Vec<String> = hook
        .heard()
        .into_iter()
        .map(|heard| heard.headers["webhook-timestamp"].clone())
        .collect();
    assert!(times[0] < times[1] && times[1] < times[2]);
}

#[tokio::test]
async fn a_robot_that_answers_ok_with_a_number_has_not_taken_it() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    let address = format!("{}/send?key=1", hook.url);
    test.channel("wecom", &address, &["assigned"]).await;
    let refusal = r#"{"errcode":93000,"errmsg":"invalid webhook url, hint: [key=1]"}"#;
    hook.answers([Reply::With(200, refusal.to_owned())]);
    test.reported().await;
    test.deliver().await;
    let row = &test.deliveries().await[0];
    assert_eq!(whys(row), [Some("receiver_refused")]);
    assert_eq!(row["attempts"][0]["number"], "errcode 93000");
    // What the receiver wrote may repeat the key.
    assert!(!row.to_string().contains("hint"));
    test.clock.advance(Millis(15_000));
    test.deliver().await;
    assert_eq!(test.deliveries().await[0]["state"], "sent");
}

#[tokio::test]
async fn slow_long_and_diverting_answers_are_failures() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    test.webhook(&hook, &["assigned"]).await;
    let long = "x".repeat(16 * 1024 + 1);
    hook.answers([Reply::Never, Reply::With(200, long), with(302)]);
    test.reported().await;
    let hurried = test.courier(Duration::from_millis(200));
    for minutes in 0..3 {
        test.clock.advance(Millis::minutes(minutes));
        assert_eq!(hurried.settle().await.unwrap(), 1);
    }
    let row = &test.deliveries().await[0];
    assert_eq!(
        whys(row),
        [
            Some("receiver_too_slow"),
            Some("receiver_unintelligible"),
            Some("receiver_refused")
        ]
    );
    assert_eq!(row["attempts"][2]["number"], "HTTP 302");
}

#[tokio::test]
async fn one_that_hangs_keeps_nobody_else_waiting() {
    let test = TestApp::telling(here()).await;
    let (slow, quick) = (Hook::start().await, Hook::start().await);
    slow.answers([Reply::Never]);
    test.webhook(&slow, &["assigned"]).await;
    test.webhook(&quick, &["assigned"]).await;
    for _ in 0..3 {
        test.reported().await;
    }
    let hurried = test.courier(Duration::from_millis(300));
    assert_eq!(hurried.settle().await.unwrap(), 4);
    assert_eq!((slow.heard().len(), quick.heard().len()), (1, 3));
    // It rests, and is not asked by every message in turn.
    assert_eq!(hurried.settle().await.unwrap(), 0);
    test.clock.advance(REST);
    assert_eq!(hurried.settle().await.unwrap(), 2);
}

#[tokio::test]
async fn killed_after_sending_it_goes_out_again_under_the_same_name() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    test.webhook(&hook, &["assigned"]).await;
    hook.answers([Reply::Never]);
    test.reported().await;
    let courier = Arc::clone(&test.app.courier);
    let killed = tokio::spawn(async move { courier.settle().await });
    hook.arrival().await;
    killed.abort();
    assert!(killed.await.unwrap_err().is_cancelled());
    assert_eq!(test.deliveries().await[0]["state"], "waiting");

    // Another process waits for the turn of the one that was killed, and then sends.
    let other = test.again_telling(here()).await;
    assert_eq!(other.courier.settle().await.unwrap(), 0);
    test.clock.advance(TURN - Millis(1));
    assert_eq!(other.courier.settle().await.unwrap(), 0);
    test.clock.advance(Millis(1));
    assert_eq!(other.courier.settle().await.unwrap(), 1);
    let names = hook.names();
    assert_eq!(names.len(), 2);
    assert_eq!(names[0], names[1]);
    let row = &test.deliveries().await[0];
    assert_eq!((&row["state"], whys(row)), (&json!("sent"), vec![None]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_send_each_message_once() {
    let test = TestApp::telling(here()).await;
    let other = test.again_telling(here()).await;
    let (one, two) = (Hook::start().await, Hook::start().await);
    test.webhook(&one, &TOPICS).await;
    test.webhook(&two, &TOPICS).await;
    for _ in 0..20 {
        test.reported().await;
    }
    for minutes in [0, 5, 5, 1] {
        test.clock.advance(Millis::minutes(minutes));
        let (a, b) = tokio::join!(test.app.timers.settle(), other.timers.settle());
        a.unwrap();
        b.unwrap();
        for _ in 0..6 {
            let (a, b) = tokio::join!(test.app.courier.settle(), other.courier.settle());
            a.unwrap();
            b.unwrap();
        }
    }
    for hook in [one, two] {
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for name in hook.names() {
            *times.entry(name).or_default() += 1;
        }
        assert_eq!(times.len(), 3 * 20);
        assert!(times.values().all(|times| *times == 1), "{times:?}");
    }
}

#[tokio::test]
async fn a_robot_is_told_no_more_than_twenty_in_a_minute() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    let address = format!("{}/send?key=1", hook.url);
    test.channel("wecom", &address, &["assigned"]).await;
    for _ in 0..45 {
        test.reported().await;
    }
    let all = async || {
        let mut sent = 0;
        loop {
            match test.deliver().await {
                0 => return sent,
                now => sent += now,
            }
        }
    };
    assert_eq!(all().await, 20);
    test.clock.advance(Millis(59_999));
    assert_eq!(all().await, 0);
    test.clock.advance(Millis(1));
    assert_eq!(all().await, 20);
    test.clock.advance(Millis::minutes(1));
    assert_eq!(all().await, 5);
}

#[tokio::test]
async fn one_gives_up_and_a_person_tries_again() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    test.webhook(&hook, &["assigned"]).await;
    hook.answers((0..ATTEMPTS_MAX).map(|_| with(503)));
    test.reported().await;
    for _ in 0..ATTEMPTS_MAX {
        assert_eq!(test.deliver().await, 1);
        test.clock.advance(Millis::minutes(20));
    }
    assert_eq!(test.deliver().await, 0);
    let row = test.deliveries().await[0].clone();
    assert_eq!(
        (&row["state"], &row["next_at"]),
        (&json!("given_up"), &Value::Null)
    );
    assert_eq!(whys(&row).len(), ATTEMPTS_MAX as usize);
    let path = format!("/deliveries/{}/again", row["id"].as_str().unwrap());
    let again = test.post(&path).by(BOSS).ok().await;
    assert_eq!(again["state"], "waiting");
    assert_eq!(test.deliver().await, 1);
    assert_eq!(test.deliveries().await[0]["state"], "sent");
    assert_eq!(hook.heard().len(), ATTEMPTS_MAX as usize + 1);
}

#[tokio::test]
async fn what_lies_before_a_channel_that_was_switched_off_is_not_sent() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    let (id, _) = test.webhook(&hook, &["assigned"]).await;
    test.reported().await;
    let body = json!({ "version": 1, "name": "值班", "topics": ["assigned"], "active": false });
    let path = format!("/channels/{id}");
    let ask = test.ask(poem::http::Method::PUT, &path).by(BOSS);
    ask.json(&body).ok().await;
    // From now on none is made.
    test.reported().await;
    assert_eq!(test.deliver().await, 1);
    assert_eq!(test.deliver().await, 0);
    assert!(hook.heard().is_empty());
    let rows = test.deliveries().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["state"], whys(&rows[0])),
        (&json!("given_up"), vec![Some("channel_switched_off")])
    );
}

#[tokio::test]
async fn without_leave_no_machine_of_this_network_is_spoken_to() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    test.webhook(&hook, &["assigned"]).await;
    let address = hook.url.replace("http://127.0.0.1", "https://localhost");
    test.channel("webhook", &address, &["assigned"]).await;
    test.channel("email", "duty@example.cn", &["assigned"])
        .await;
    test.reported().await;
    let strict = test.again_telling(ChannelArgs::default()).await;
    assert_eq!(strict.courier.settle().await.unwrap(), 3);
    assert!(hook.heard().is_empty());
    let rows = test.deliveries().await;
    let mut found: Vec<_> = rows.iter().flat_map(whys).flatten().collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "mail_not_set_up",
            "receiver_not_public",
            "receiver_not_public"
        ]
    );
}

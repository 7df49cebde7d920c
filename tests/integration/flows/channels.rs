//! From a fact to a receiver outside: signed webhook, group robots, mailbox; who hears of what.

use std::collections::BTreeSet;

use api::channels::OVERLAP;
use api::config::ChannelArgs;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::event::FilingReason;
use domain::time::Millis;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::channels::{ROBOT_SECRET, TOPICS, draft, here};
use crate::support::receivers::{Heard, Hook, MailServer};
use crate::support::{ADMIN, BOSS, DESK, FUTIAN, TECH, TestApp};

/// HMAC by its definition (RFC 2104), so that the server's own is not asked whether it is right.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    assert!(key.len() <= 64);
    let pad = |with: u8| -> Vec<u8> {
        let mut pad = vec![with; 64];
        pad.iter_mut().zip(key).for_each(|(pad, key)| *pad ^= key);
        pad
    };
    let inner = Sha256::digest([pad(0x36), message.to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

/// Whether a receiver with this secret believes the request (Standard Webhooks).
fn is_signed_with(heard: &Heard, secret: &str) -> bool {
    let header = |name: &str| heard.headers[name].as_str();
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let signed = format!(
        "{}.{}.{}",
        header("webhook-id"),
        header("webhook-timestamp"),
        heard.body
    );
    let expected = format!("v1,{}", STANDARD.encode(hmac(&key, signed.as_bytes())));
    header("webhook-signature")
        .split(' ')
        .any(|signature| signature == expected)
}

fn types(hook: &Hook) -> Vec<String> {
    let heard = hook.heard();
    let bodies = heard
        .iter()
        .map(|heard| serde_json::from_str::<Value>(&heard.body).unwrap());
    bodies
        .map(|body| body["type"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_late_response_reaches_a_webhook_signed_step_by_step() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    let (channel, secret) = test.webhook(&hook, &TOPICS).await;
    let id = test.reported().await;
    assert_eq!(test.deliver().await, 1);
    assert_eq!(test.deliver().await, 0);
    test.tick(Millis::minutes(5)).await;
    test.tick(Millis(5 * 60_000 + 1)).await;
    // Of one channel each goes in its turn, longest due first.
    assert_eq!(test.deliver().await, 2);
    assert_eq!(
        types(&hook),
        [
            "work_order.assigned",
            "work_order.response.warning",
            "work_order.response.overdue"
        ]
    );
    let heard = hook.heard();
    for heard in &heard {
        assert!(is_signed_with(heard, &secret), "{heard:?}");
        let body: Value = serde_json::from_str(&heard.body).unwrap();
        assert_eq!(body["data"]["work_order"], json!(id));
        let link = format!("https://daochang.test/console/work-orders/{id}");
        assert_eq!(body["data"]["link"], link);
    }
    let now = heard[2].headers["webhook-timestamp"]
        .parse::<i64>()
        .unwrap();
    assert_eq!(now, test.app.now().0 / 1_000);
    let overdue: Value = serde_json::from_str(&heard[2].body).unwrap();
    let reported_at = overdue["data"]["reported_at"].as_i64().unwrap();
    assert_eq!(overdue["data"]["limit_at"], reported_at + 600_000);

    let mut listed = test.deliveries().await;
    listed.reverse();
    let ids: Vec<&str> = listed
        .iter()
        .map(|row| row["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>(),
        hook.names()
            .iter()
            .map(|name| name.as_str())
            .collect::<Vec<_>>()
            .iter()
            .collect()
    );
    for row in &listed {
        assert_eq!(
            (&row["state"], &row["channel"]),
            (&json!("sent"), &json!(channel))
        );
        assert_eq!(row["attempts"].as_array().unwrap().len(), 1);
        assert_eq!(row["attempts"][0]["reason"], Value::Null);
        assert_eq!(row["next_at"], Value::Null);
    }
}

#[tokio::test]
async fn a_changed_secret_and_the_one_before_sign_for_a_day() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    let (channel, first) = test.webhook(&hook, &TOPICS).await;
    let path = format!("/channels/{channel}/secret");
    let ask = test.post(&path).by(BOSS).json(&json!({ "version": 1 }));
    let second = ask.ok().await["secret"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    let send = async || {
        let path = format!("/channels/{channel}/test");
        test.post(&path).by(BOSS).ok().await;
        assert_eq!(test.deliver().await, 1);
        hook.heard().pop().unwrap()
    };
    let heard = send().await;
    assert!(is_signed_with(&heard, &first) && is_signed_with(&heard, &second));
    test.clock.advance(OVERLAP - Millis(1));
    assert!(is_signed_with(&send().await, &first));
    test.clock.advance(Millis(1));
    let heard = send().await;
    assert!(!is_signed_with(&heard, &first) && is_signed_with(&heard, &second));
}

#[tokio::test]
async fn robots_get_their_own_forms() {
    let test = TestApp::telling(here()).await;
    let (wecom, dingtalk) = (Hook::start().await, Hook::start().await);
    let address = format!("{}/cgi-bin/webhook/send?key=693a91f6", wecom.url);
    test.channel("wecom", &address, &["assigned"]).await;
    let address = format!("{}/robot/send?access_token=abc", dingtalk.url);
    test.channel("dingtalk", &address, &["assigned"]).await;
    let id = test.reported().await;
    assert_eq!(test.deliver().await, 2);
    for hook in [&wecom, &dingtalk] {
        let heard = hook.heard();
        assert_eq!(heard.len(), 1);
        let body: Value = serde_json::from_str(&heard[0].body).unwrap();
        assert_eq!(body["msgtype"], "text");
        let text = body["text"]["content"].as_str().unwrap();
        assert!(
            text.starts_with(&format!("【到场】新派工单 · {id}\n")),
            "{text}"
        );
        assert!(text.contains("\n[Daochang] New work order"), "{text}");
        assert!(!heard[0].headers.contains_key("webhook-signature"));
    }
    assert_eq!(wecom.heard()[0].path, "/cgi-bin/webhook/send?key=693a91f6");
    let path = dingtalk.heard()[0].path.clone();
    let now = test.app.now().0;
    let sign = hmac(
        ROBOT_SECRET.as_bytes(),
        format!("{now}\n{ROBOT_SECRET}").as_bytes(),
    );
    let sign = STANDARD
        .encode(sign)
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    assert_eq!(
        path,
        format!("/robot/send?access_token=abc&timestamp={now}&sign={sign}")
    );
}

#[tokio::test]
async fn a_mailbox_gets_a_letter() {
    let server = MailServer::start().await;
    let channels = ChannelArgs {
        smtp: format!("smtp+plain://127.0.0.1:{}", server.port)
            .parse()
            .ok(),
        smtp_from: "daochang@example.cn".parse().ok(),
        ..ChannelArgs::default()
    };
    let test = TestApp::telling(channels).await;
    test.channel("email", "duty@example.cn", &["assigned"])
        .await;
    let id = test.reported().await;
    assert_eq!(test.deliver().await, 1);
    let lines = server.lines();
    assert!(
        lines.contains(&"RCPT TO:<duty@example.cn>".to_owned()),
        "{lines:?}"
    );
    let row = &test.deliveries().await[0];
    assert_eq!(row["state"], "sent");
    let message_id = format!("Message-ID: <{}@example.cn>", row["id"].as_str().unwrap());
    assert!(lines.contains(&message_id), "{lines:?}");
    let body = lines.iter().skip_while(|line| !line.is_empty()).skip(1);
    let body: String = body
        .take_while(|line| *line != ".")
        .map(String::as_str)
        .collect();
    let text = String::from_utf8(STANDARD.decode(body).unwrap()).unwrap();
    assert!(
        text.contains(&format!("/console/work-orders/{id}")),
        "{text}"
    );
}

#[tokio::test]
async fn each_hears_only_what_concerns_it_and_what_it_wants() {
    let test = TestApp::telling(here()).await;
    let (leaders, authority, rival, hall) = (
        Hook::start().await,
        Hook::start().await,
        Hook::start().await,
        Hook::start().await,
    );
    test.webhook(&leaders, &["leader"]).await;
    for (hook, org) in [
        (&authority, "O-FT-ZSJ"),
        (&rival, "O-RIVAL"),
        (&hall, "O-FT-HALL"),
    ] {
        let mut body = draft("webhook", &hook.url, &TOPICS);
        body["org"] = json!(org);
        test.post("/channels").by(ADMIN).json(&body).ok().await;
    }
    test.reported().await;
    test.tick(Millis::minutes(121)).await;
    while test.deliver().await > 0 {}
    let mut told = types(&leaders);
    told.sort();
    assert_eq!(
        told,
        [
            "work_order.response.leader.1",
            "work_order.response.leader.2",
            "work_order.response.leader.3"
        ]
    );
    // The last rung also informs the authority (A19).
    assert_eq!(types(&authority), ["work_order.response.leader.3"]);
    assert!(rival.heard().is_empty() && hall.heard().is_empty());
}

#[tokio::test]
async fn an_answered_filing_reaches_the_provider() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    test.webhook(&hook, &["filing"]).await;
    let id = test.reported().await;
    let body = json!({ "reason": FilingReason::Weather, "text": "暴雨红色预警", "expected_at": test.app.now().0 + 7_200_000 });
    let path = format!("/work-orders/{id}/filings");
    test.post(&path).by(DESK).json(&body).ok().await;
    let filing = test.work_order(&id).await.filings[0].at.event;
    let path = format!("/work-orders/{id}/filings/{filing}/answer");
    let body = json!({ "accepted": false, "text": "理由不足" });
    for _ in 0..2 {
        test.post(&path).by(FUTIAN).json(&body).ok().await;
        test.deliver().await;
    }
    assert_eq!(types(&hook), ["work_order.filing.refused"]);
    // The authority's words stay where they are protected.
    assert!(!hook.heard()[0].body.contains("理由不足"));
}

#[tokio::test]
async fn nothing_personal_goes_out() {
    let test = TestApp::telling(here()).await;
    let hook = Hook::start().await;
    test.webhook(&hook, &TOPICS).await;
    let body = json!({ "terminal": crate::support::terminal(), "fault": "HW-1", "text": "王女士 13800138000 反映蓝屏",
        "reporter_name": "王女士", "reporter_phone": "13800138000", "technician": crate::support::person(TECH) });
    test.post("/reports").by(DESK).json(&body).ok().await;
    test.tick(Millis::minutes(121)).await;
    while test.deliver().await > 0 {}
    assert!(hook.heard().len() >= 5);
    for heard in hook.heard() {
        assert!(!heard.body.contains("王女士") && !heard.body.contains("13800138000"));
    }
}

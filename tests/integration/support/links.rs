//! Evaluating through a link, as a browser would.

use domain::ids::WorkOrderId;
use poem::http::Method;

use super::ask::{Answer, Ask};
use super::builders::{accepted, left_site, repair};
use super::hand::Hand;
use super::test_app::TestApp;

/// A work order that was repaired on site and delivered, and that nobody has evaluated.
pub async fn unevaluated(test: &TestApp, hand: &mut Hand) -> WorkOrderId {
    let id = test.reported().await;
    hand.learn(test, &id).await;
    hand.say(accepted(), &id);
    hand.minutes(20);
    repair(hand, &id);
    hand.say(left_site(), &id);
    hand.sync(test).await;
    id
}

/// Makes a link; its address without the host.
pub async fn link(test: &TestApp, id: &WorkOrderId, login: &str) -> String {
    let made = test
        .post(&format!("/work-orders/{id}/evaluation-links"))
        .by(login);
    let url = made.ok().await["url"].as_str().unwrap().to_owned();
    url[url.find("/e/").unwrap()..].to_owned()
}

/// Every field as somebody content would fill it in.
pub const FIELDS: [(&str, &str); 7] = [
    ("resolved", "yes"),
    ("stars", "4"),
    ("remark", "很快，谢谢"),
    ("name", "陈静"),
    ("unit", "福田大厅管理处"),
    ("phone", "0755-88001234"),
    (
        "ink",
        "360.208-20.30.0.90.120.180.160.40.320-200.40.600.220.90.700",
    ),
];

pub async fn open(test: &TestApp, path: &str) -> Answer {
    Ask::new(test, Method::GET, path.to_owned()).send().await
}

/// Sends the form with these fields changed.
pub async fn send(test: &TestApp, path: &str, changed: &[(&str, &str)]) -> Answer {
    let value = |name: &str, usual: &str| {
        let changed = changed.iter().find(|(other, _)| *other == name);
        encoded(changed.map_or(usual, |(_, value)| value))
    };
    let fields = FIELDS.map(|(name, usual)| format!("{name}={}", value(name, usual)));
    Ask::new(test, Method::POST, path.to_owned())
        .header("content-type", "application/x-www-form-urlencoded")
        .bytes(fields.join("&").as_bytes())
        .send()
        .await
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

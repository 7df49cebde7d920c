use std::collections::BTreeSet;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::wire::{dingtalk_url, robot_body, taken, webhook_body};
use super::*;
use crate::fault::{FaultCode, Level};
use crate::sla::clock::ClockKind;
use crate::sla::escalation::Rung;
use crate::time::Timestamp;

/// 2026-11-24, 09:00 in Shenzhen.
const NINE: Timestamp = Timestamp(1_795_482_000_000);
const LINK: &str = "https://daochang.test/console/work-orders/WO-20261124-0001";

fn step(clock: ClockKind, rung: Rung) -> Occasion {
    Occasion::Step { clock, rung }
}

fn occasions() -> Vec<Occasion> {
    let clocks = [ClockKind::Response, ClockKind::Arrival, ClockKind::Repair];
    let rungs = [
        Rung::Warning,
        Rung::Overdue,
        Rung::Leader(1),
        Rung::Leader(3),
    ];
    let steps = clocks
        .iter()
        .flat_map(|clock| rungs.iter().map(|rung| step(*clock, *rung)));
    let others = [
        Occasion::Assigned,
        Occasion::FilingAnswered { accepted: true },
        Occasion::FilingAnswered { accepted: false },
        Occasion::EvaluationWanted,
        Occasion::Test,
    ];
    steps.chain(others).collect()
}

fn message(occasion: Occasion) -> Message {
    let about = About {
        work_order: "WO-20261124-0001".parse().unwrap(),
        terminal: "SZ-FT-012344".to_owned(),
        terminal_name: "1 号机".to_owned(),
        site_name: "福田区政务服务大厅".to_owned(),
        fault: FaultCode::Hw1,
        level: Level::Severe,
        reported_at: NINE,
        limit_at: Some(NINE + crate::time::Millis::minutes(10)),
    };
    Message {
        occasion,
        at: NINE + crate::time::Millis(600_001),
        about: (occasion != Occasion::Test).then_some(about),
    }
}

#[test]
fn a_message_says_what_where_until_when_and_what_to_do() {
    let message = message(step(ClockKind::Response, Rung::Overdue));
    assert_eq!(
        message.text(LINK),
        "【到场】响应已超时 · WO-20261124-0001\n\
         终端：1 号机（SZ-FT-012344）\n\
         点位：福田区政务服务大厅\n\
         故障：蓝屏（严重）\n\
         报障：11-24 09:00\n\
         时限：11-24 09:10（北京时间）\n\
         请设备责任人立即响应。\n\
         \n\
         [Daochang] Response: the limit has passed · WO-20261124-0001\n\
         Terminal: 1 号机 (SZ-FT-012344)\n\
         Site: 福田区政务服务大厅\n\
         Fault: Blue screen (severe)\n\
         Reported: 11-24 09:00\n\
         Limit: 11-24 09:10 (Beijing time)\n\
         The responsible person is asked to respond at once.\n\
         \n\
         https://daochang.test/console/work-orders/WO-20261124-0001"
    );
}

#[test]
fn every_occasion_has_a_name_a_topic_and_words_of_its_own() {
    let mut names = BTreeSet::new();
    let mut titles = BTreeSet::new();
    for occasion in occasions() {
        assert!(names.insert(occasion.name()), "{occasion:?}");
        let message = message(occasion);
        let (zh, en) = (message.zh(), message.en());
        assert!(titles.insert(zh.title.clone()), "{}", zh.title);
        assert!(titles.insert(en.title.clone()), "{}", en.title);
        assert!(!zh.title.is_ascii() && en.title.replace('·', "").is_ascii());
        assert_eq!(occasion.topic().is_none(), occasion == Occasion::Test);
        let stored = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&stored).unwrap(), message);
    }
}

#[test]
fn a_step_has_one_delivery_per_channel_and_other_facts_one_each() {
    let wo: WorkOrderId = "WO-20261124-0001".parse().unwrap();
    let id = |occasion: &Occasion, of, channel| delivery_id(Some(&wo), occasion, of, channel);
    let late = step(ClockKind::Response, Rung::Overdue);
    assert_eq!(id(&late, "event-1", "C1"), id(&late, "event-2", "C1"));
    assert_ne!(id(&late, "", "C1"), id(&late, "", "C2"));
    assert_ne!(
        id(&late, "", "C1"),
        id(&step(ClockKind::Repair, Rung::Overdue), "", "C1")
    );
    assert_ne!(
        id(&Occasion::Assigned, "event-1", "C1"),
        id(&Occasion::Assigned, "event-2", "C1")
    );
    let mut all = BTreeSet::new();
    for occasion in occasions() {
        assert!(all.insert(id(&occasion, "event-1", "C1")));
    }
    let other: WorkOrderId = "WO-20261124-0002".parse().unwrap();
    assert_ne!(
        id(&late, "", "C1"),
        delivery_id(Some(&other), &late, "", "C1")
    );
}

#[test]
fn the_provider_always_hears_of_a_step_and_others_if_theirs_were_told() {
    let org = |id: &str| id.parse::<OrgId>().unwrap();
    let (provider, unit, city) = (org("O-KEDA"), org("O-HALL"), org("O-CITY"));
    let to = |occasion: Occasion, told: Vec<OrgId>| receivers(&occasion, &provider, &unit, told);
    let late = step(ClockKind::Response, Rung::Leader(3));
    assert_eq!(to(late, vec![]), BTreeSet::from([provider.clone()]));
    assert_eq!(
        to(late, vec![city.clone(), provider.clone()]),
        BTreeSet::from([provider.clone(), city.clone()])
    );
    assert_eq!(
        to(Occasion::Assigned, vec![city.clone()]),
        BTreeSet::from([provider.clone()])
    );
    assert_eq!(
        to(Occasion::EvaluationWanted, vec![]),
        BTreeSet::from([unit.clone()])
    );
    assert_eq!(to(Occasion::Test, vec![city]), BTreeSet::new());
}

#[rstest]
#[case(ChannelKind::Email, "duty@example.cn", "", Ok(()))]
#[case(
    ChannelKind::Email,
    "https://example.cn",
    "",
    Err(ChannelRefusal::NotAnAddress)
)]
#[case(ChannelKind::Webhook, "https://example.cn/hook", "", Ok(()))]
#[case(
    ChannelKind::Webhook,
    "http://example.cn/hook",
    "",
    Err(ChannelRefusal::NotAUrl)
)]
#[case(ChannelKind::Wecom, "https://example.cn/send?key=1", "", Ok(()))]
#[case(
    ChannelKind::Wecom,
    "https://example.cn/send",
    "",
    Err(ChannelRefusal::NoKey)
)]
#[case(
    ChannelKind::Dingtalk,
    "https://example.cn/send?access_token=1",
    "SEC00000000000000000",
    Ok(())
)]
#[case(
    ChannelKind::Dingtalk,
    "https://example.cn/send?access_token=1",
    "SEC0000000000000000",
    Err(ChannelRefusal::NoSecret)
)]
#[case(
    ChannelKind::Dingtalk,
    "https://example.cn/send?access_token=1",
    "",
    Err(ChannelRefusal::NoSecret)
)]
#[case(
    ChannelKind::Dingtalk,
    "https://example.cn/send?key=1",
    "SEC00000000000000000",
    Err(ChannelRefusal::NoKey)
)]
fn each_kind_has_its_address_and_its_secret(
    #[case] kind: ChannelKind,
    #[case] address: &str,
    #[case] secret: &str,
    #[case] expected: Result<(), ChannelRefusal>,
) {
    let said = check(kind, "值班群", address, secret, &[Topic::Overdue], false);
    assert_eq!(said, expected);
}

#[test]
fn a_channel_has_a_name_and_wants_something() {
    let of = |name: &str, topics: &[Topic]| {
        check(ChannelKind::Email, name, "a@example.cn", "", topics, false)
    };
    let name = |chars: usize| "值".repeat(chars);
    assert_eq!(of(&name(1), &[Topic::Filing]), Ok(()));
    assert_eq!(of(&name(40), &[Topic::Filing]), Ok(()));
    assert_eq!(of(&name(41), &[Topic::Filing]), Err(ChannelRefusal::NoName));
    assert_eq!(of("  ", &[Topic::Filing]), Err(ChannelRefusal::NoName));
    assert_eq!(of("a\nb", &[Topic::Filing]), Err(ChannelRefusal::NoName));
    assert_eq!(of("a", &[]), Err(ChannelRefusal::NoTopic));
}

#[test]
fn a_webhook_gets_type_time_and_fields() {
    let body = webhook_body(&message(step(ClockKind::Response, Rung::Leader(2))), LINK);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["type"], "work_order.response.leader.2");
    assert_eq!(body["timestamp"], "2026-11-24T01:10:00.001Z");
    assert_eq!(body["data"]["work_order"], "WO-20261124-0001");
    assert_eq!(body["data"]["limit_at"], json!(NINE.0 + 600_000));
    assert_eq!(body["data"]["occasion"]["rung"], json!({ "leader": 2 }));
    assert_eq!(body["data"]["link"], LINK);
    assert!(
        body["data"]["zh"]["text"]
            .as_str()
            .unwrap()
            .contains("蓝屏")
    );
    let test: Value = serde_json::from_str(&webhook_body(&message(Occasion::Test), LINK)).unwrap();
    assert_eq!(test["type"], "test");
}

#[test]
fn a_robot_gets_plain_text() {
    let body: Value = serde_json::from_str(&robot_body(&message(Occasion::Test), LINK)).unwrap();
    assert_eq!(body["msgtype"], "text");
    let content = body["text"]["content"].as_str().unwrap();
    assert!(content.starts_with("【到场】渠道测试\n"), "{content}");
    assert!(content.ends_with(LINK));
}

#[test]
fn the_signature_of_dingtalk_survives_a_query() {
    let secret = Secret::given("SEC000000000000000000000");
    let url = dingtalk_url("https://a.cn/send?access_token=1", &secret, NINE);
    assert_eq!(
        url,
        "https://a.cn/send?access_token=1&timestamp=1795482000000&sign=F%2F3%2FkIASsXo2XwBCdMyGYYsQY6KStzpSJBh6XujzLhs%3D"
    );
}

#[rstest]
#[case(ChannelKind::Webhook, 200, "", None)]
#[case(ChannelKind::Webhook, 204, "", None)]
#[case(ChannelKind::Webhook, 199, "", Some((Why::Broken, "HTTP 199")))]
#[case(ChannelKind::Webhook, 302, "", Some((Why::Refused, "HTTP 302")))]
#[case(ChannelKind::Webhook, 404, "", Some((Why::Refused, "HTTP 404")))]
#[case(ChannelKind::Webhook, 408, "", Some((Why::TooSlow, "HTTP 408")))]
#[case(ChannelKind::Webhook, 429, "", Some((Why::TooFast, "HTTP 429")))]
#[case(ChannelKind::Webhook, 500, "", Some((Why::Broken, "HTTP 500")))]
#[case(ChannelKind::Wecom, 200, r#"{"errcode":0,"errmsg":"ok"}"#, None)]
#[case(ChannelKind::Wecom, 200, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#, Some((Why::Refused, "errcode 93000")))]
#[case(ChannelKind::Wecom, 200, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#, Some((Why::TooFast, "errcode 45009")))]
#[case(ChannelKind::Dingtalk, 200, r#"{"errcode":310000,"errmsg":"sign not match"}"#, Some((Why::Refused, "errcode 310000")))]
#[case(ChannelKind::Dingtalk, 200, r#"{"errcode":130101,"errmsg":"send too fast"}"#, Some((Why::TooFast, "errcode 130101")))]
#[case(ChannelKind::Dingtalk, 200, r#"{"errcode":-1,"errmsg":"busy"}"#, Some((Why::Broken, "errcode -1")))]
#[case(ChannelKind::Dingtalk, 200, "<html>", Some((Why::Unintelligible, "HTTP 200")))]
#[case(ChannelKind::Dingtalk, 200, r#"{"errcode":"0"}"#, Some((Why::Unintelligible, "HTTP 200")))]
#[case(ChannelKind::Dingtalk, 502, r#"{"errcode":0}"#, Some((Why::Broken, "HTTP 502")))]
fn an_answer_says_whether_it_was_taken(
    #[case] kind: ChannelKind,
    #[case] status: u16,
    #[case] body: &str,
    #[case] expected: Option<(Why, &str)>,
) {
    let expected = expected.map(|(why, number)| Failure::numbered(why, number.to_owned()));
    assert_eq!(taken(kind, status, body.as_bytes()).err(), expected);
}

proptest! {
    /// Whatever a terminal is called, a robot takes it, and it adds no line.
    #[test]
    fn a_message_fits_into_a_robots_limit(name in "\\PC{0,300}", site in ".{0,300}", which in 0_usize..17) {
        let mut message = message(occasions()[which]);
        if let Some(about) = &mut message.about {
            about.terminal_name = name;
            about.site_name = site;
        }
        let text = message.text(LINK);
        prop_assert!(text.len() <= 2_048, "{} bytes", text.len());
        prop_assert_eq!(text.lines().count(), if message.about.is_some() { 17 } else { 7 });
    }
}

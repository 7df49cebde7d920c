//! The server's clock against time from outside: half a minute is an alarm, and nobody can tell us a wrong time who
//! has not read our question.

use std::time::Duration;

use api::log::time_servers::{Heard, NoTime, TimeServers};
use domain::time::{Millis, Timestamp};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::time_server::{Mood, TestTimeServer};
use crate::support::{CITY, START, TestApp};

async fn watch(test: &TestApp) -> Value {
    test.get("/log/watch").by(CITY).ok().await
}

fn alarms(watch: &Value) -> Vec<&str> {
    let alarms = watch["alarms"].as_array().unwrap().iter();
    let codes = alarms.map(|alarm| alarm["code"].as_str().unwrap());
    // That nobody watches this log is another test's matter.
    codes.filter(|code| *code != "nobody_watches").collect()
}

#[rstest]
#[case::well_inside(29_900, false)]
#[case::at_the_limit(30_000, false)]
#[case::beyond(30_001, true)]
#[case::well_beyond(30_100, true)]
#[case::behind_inside(-29_900, false)]
#[case::behind_at_the_limit(-30_000, false)]
#[case::behind_beyond(-30_001, true)]
#[case::another_age(70 * 365 * 86_400_000, true)]
#[tokio::test]
async fn a_clock_that_is_half_a_minute_from_a_time_server_is_an_alarm(
    #[case] ahead_ms: i64,
    #[case] is_alarm: bool,
) {
    let server = TestTimeServer::start(Mood::Tells(START + Millis(ahead_ms))).await;
    let test = TestApp::told_the_time_by(vec![server.named()]).await;
    let before = watch(&test).await;
    assert_eq!(before["time_servers"][0]["at"], Value::Null);
    assert!(alarms(&before).is_empty(), "{before}");
    test.app.time_servers.turn(Instant::now()).await;
    let watch = watch(&test).await;
    let told = &watch["time_servers"][0];
    assert_eq!(
        (&told["ahead_ms"], &told["at"], &told["refused"]),
        (&json!(ahead_ms), &json!(START.0), &Value::Null)
    );
    let expected: &[&str] = if is_alarm { &["clocks_differ"] } else { &[] };
    assert_eq!(alarms(&watch), expected);
}

/// Asks once, patiently enough for this machine.
async fn heard(mood: Mood) -> Heard {
    let server = TestTimeServer::start(mood).await;
    let test = TestApp::start().await;
    let servers = TimeServers::new(vec![server.named()], test.clock.clone());
    let servers = servers.with_patience(Duration::from_millis(200));
    servers.turn(Instant::now()).await;
    servers.heard().next().unwrap().1
}

fn why(heard: &Heard) -> Option<NoTime> {
    heard.refused.as_ref().map(|refused| refused.why)
}

#[tokio::test]
async fn an_answer_to_another_question_is_not_believed_and_cannot_outrun_the_true_one() {
    let lie = START + Millis::minutes(60);
    let forged = heard(Mood::Forges(lie)).await;
    assert_eq!((forged.last, why(&forged)), (None, Some(NoTime::Spoofed)));
    let genuine = START + Millis(700);
    let outrun = heard(Mood::IsOutrun {
        forged: lie,
        genuine,
    });
    let outrun = outrun.await;
    assert_eq!(
        (outrun.last, why(&outrun)),
        (Some((START, Millis(700))), None)
    );
}

#[tokio::test]
async fn what_is_no_answer_has_a_name() {
    let rambles = heard(Mood::Rambles).await;
    assert_eq!(why(&rambles), Some(NoTime::Malformed));
    let silent = heard(Mood::Silent).await;
    assert_eq!((silent.last, why(&silent)), (None, Some(NoTime::Silent)));
}

#[tokio::test]
async fn an_alarm_does_not_end_by_cutting_off_who_raised_it() {
    let server = TestTimeServer::start(Mood::Tells(START + Millis::minutes(1))).await;
    let test = TestApp::told_the_time_by(vec![server.named()]).await;
    test.app.time_servers.turn(Instant::now()).await;
    server.be(Mood::Kisses(b"INIT"));
    test.app.time_servers.turn(Instant::now()).await;
    let still = watch(&test).await;
    assert_eq!(alarms(&still), ["clocks_differ", "no_time_from_outside"]);
    assert_eq!(
        still["time_servers"][0]["refused"]["code"],
        "time_server_unsynchronised"
    );
    server.be(Mood::Tells(START));
    test.app.time_servers.turn(Instant::now()).await;
    assert!(alarms(&watch(&test).await).is_empty());
}

#[tokio::test]
async fn one_that_answers_is_enough_and_one_that_differs_too() {
    let good = TestTimeServer::start(Mood::Tells(START)).await;
    let other = TestTimeServer::start(Mood::Rambles).await;
    other.be(Mood::Kisses(b"DENY"));
    let test = TestApp::told_the_time_by(vec![good.named(), other.named()]).await;
    test.app.time_servers.turn(Instant::now()).await;
    assert!(alarms(&watch(&test).await).is_empty());
    let wrong = TestTimeServer::start(Mood::Tells(Timestamp(0))).await;
    let test = TestApp::told_the_time_by(vec![good.named(), wrong.named()]).await;
    test.app.time_servers.turn(Instant::now()).await;
    assert_eq!(alarms(&watch(&test).await), ["clocks_differ"]);
}

#[tokio::test]
async fn whoever_does_not_want_to_be_asked_is_left_alone() {
    let server = TestTimeServer::start(Mood::Kisses(b"RATE")).await;
    let denying = TestTimeServer::start(Mood::Kisses(b"DENY")).await;
    let test = TestApp::told_the_time_by(vec![server.named(), denying.named()]).await;
    let begun = Instant::now();
    let hour = Duration::from_secs(3_600);
    for (after, asked) in [
        (Duration::ZERO, 1),
        (hour - Duration::from_millis(1), 1),
        (hour, 2),
        (hour * 24, 3),
    ] {
        test.app.time_servers.turn(begun + after).await;
        assert_eq!((server.asked(), denying.asked()), (asked, 1), "{after:?}");
    }
    let watch = watch(&test).await;
    let codes = |n: usize| watch["time_servers"][n]["refused"]["code"].clone();
    assert_eq!(
        (codes(0), codes(1)),
        (json!("time_server_too_often"), json!("time_server_refuses"))
    );
}

#[tokio::test]
async fn nobody_is_asked_unless_somebody_is_named() {
    let test = TestApp::start().await;
    test.app.time_servers.turn(Instant::now()).await;
    let watch = watch(&test).await;
    assert_eq!(watch["time_servers"], json!([]));
    assert!(alarms(&watch).is_empty());
}

//! `/e/{work order}/{secret}`: the page on the site manager's own phone, and what is sent from it.

use domain::time::Millis;

use crate::support::builders::{note, photo, restored, work};
use crate::support::links::{FIELDS, link, open, send, unevaluated};
use crate::support::photos::jpeg;
use crate::support::{DESK, HALL, Hand, TECH, TestApp};

#[tokio::test]
async fn the_page_shows_what_was_done_is_small_and_changes_nothing() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, TECH).await;
    let before = test.work_order(&id).await;
    // Messengers and virus scanners open a link beforehand.
    for _ in 0..3 {
        let answer = open(&test, &path).await;
        let text = answer.as_text();
        assert_eq!(answer.status, 200, "{text}");
        for shown in [
            id.as_str(),
            "福田大厅",
            "内存条松动",
            "重新插拔并压力测试",
            "不能说明提交人身在何处",
        ] {
            assert!(text.contains(shown), "{shown}: {text}");
        }
        assert!(answer.bytes.len() < 30 * 1024, "{}", answer.bytes.len());
        assert!(!text.contains(" checked"), "nothing is chosen beforehand");
        let outside = ["http://", "https://", "serviceWorker", "localStorage"];
        assert!(outside.iter().all(|word| !text.contains(word)));
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(policy.contains("; script-src 'sha256-"), "{policy}");
        assert!(
            !policy.contains("unsafe") && !policy.contains("self'; script"),
            "{policy}"
        );
        assert_eq!(answer.header("cache-control"), "no-store");
        // The address is a secret, and no other site is told of it.
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("set-cookie"), "");
    }
    assert_eq!(test.work_order(&id).await, before);
    let english = open(&test, &format!("{path}?lang=en")).await.as_text();
    assert!(english.contains("Is the fault solved?") && english.contains("Cause"));
}

#[tokio::test]
async fn an_evaluation_is_signed_by_the_server_which_says_no_more_than_it_knows() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, TECH).await;
    let answer = send(&test, &path, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.as_text());
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["stage"]["name"], "evaluated");
    assert_eq!(judgement["evaluation_source"], "evaluated_through_link");
    let work_order = test.work_order(&id).await;
    let said = &work_order.evaluations[0];
    assert_eq!(
        (said.by.as_str(), &said.what.signer_person),
        ("public", &None)
    );
    assert_eq!((said.what.stars, said.what.resolved), (4, true));
    assert_eq!(said.what.remark, "很快，谢谢");
    assert_eq!(said.at.dev, test.app.signer.device_id());
    assert!(answer.as_text().contains(&said.at.event.to_string()));
    assert_eq!(work_order.check_link_use(said), Ok(()));
    let evidence = test.evidence(&id).await;
    assert_eq!(
        evidence["ink"][0]["value"]["strokes"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(evidence["signers"][0]["value"]["name"], "陈静");
}

#[tokio::test]
async fn the_manager_who_signed_in_for_the_link_is_named() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, HALL).await;
    assert_eq!(send(&test, &path, &[]).await.status, 200);
    let said = test.work_order(&id).await.evaluations.remove(0);
    assert_eq!(said.what.signer_person, Some(said.by));
    let judgement = test.judgement(&id).await;
    assert_eq!(judgement["evaluation_source"], "evaluated_signed_in");
    let codes = judgement["presence"][0]["factors"].to_string();
    assert!(!codes.contains("manager"), "{codes}");
}

#[tokio::test]
async fn not_solved_opens_the_work_order_again() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, DESK).await;
    let answer = send(&test, &path, &[("resolved", "no"), ("stars", "1")]).await;
    assert!(
        answer.as_text().contains("工单已重新打开"),
        "{}",
        answer.as_text()
    );
    assert_eq!(test.judgement(&id).await["stage"]["name"], "reopened");
    assert!(
        test.store
            .work_order(id.as_str())
            .await
            .unwrap()
            .unwrap()
            .open
    );
}

#[tokio::test]
async fn a_link_is_good_once_however_fast_it_is_sent() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, TECH).await;
    let (one, two) = tokio::join!(
        send(&test, &path, &[]),
        send(&test, &path, &[("stars", "1")])
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410], "{}", two.as_text());
    assert_eq!(send(&test, &path, &[]).await.status, 410);
    let opened = open(&test, &path).await;
    assert_eq!(opened.status, 410);
    assert!(opened.as_text().contains("已使用") && opened.as_text().contains("12345"));
    assert_eq!(test.work_order(&id).await.evaluations.len(), 1);
}

#[tokio::test]
async fn a_link_ends_after_three_days_to_the_millisecond() {
    for (more, status) in [(-1, 200), (0, 200), (1, 410)] {
        let test = TestApp::start().await;
        let mut hand = Hand::ready(&test, TECH, 1).await;
        let id = unevaluated(&test, &mut hand).await;
        let path = link(&test, &id, TECH).await;
        test.clock.advance(Millis(72 * 3_600_000 + more));
        assert_eq!(open(&test, &path).await.status, status, "{more}");
        assert_eq!(send(&test, &path, &[]).await.status, status, "{more}");
    }
}

#[tokio::test]
async fn what_changed_after_the_link_was_made_is_never_signed_as_it_was() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, TECH).await;
    hand.say(note("现场一切正常"), &id);
    hand.sync(&test).await;
    assert_eq!(
        open(&test, &path).await.status,
        200,
        "a note changes nothing that is shown"
    );
    hand.say(photo(&jpeg(3)), &id);
    hand.sync(&test).await;
    let answer = send(&test, &path, &[]).await;
    assert_eq!(answer.status, 410);
    assert!(
        answer.as_text().contains("又有变化"),
        "{}",
        answer.as_text()
    );
    let path = link(&test, &id, TECH).await;
    hand.say(work(), &id);
    hand.say(restored(), &id);
    hand.sync(&test).await;
    assert_eq!(send(&test, &path, &[]).await.status, 410);
    assert!(test.work_order(&id).await.evaluations.is_empty());
}

#[tokio::test]
async fn a_wrong_address_says_so_and_tells_nothing() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let other = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, TECH).await;
    let wrong = [
        path.replace(id.as_str(), other.as_str()),
        path.replace(id.as_str(), "WO-20990101-0001"),
        path.replace(id.as_str(), "x"),
        path[..path.len() - 1].to_owned(),
        format!("{path}0"),
        path.to_uppercase().replace("/E/", "/e/"),
    ];
    for path in wrong {
        for answer in [open(&test, &path).await, send(&test, &path, &[]).await] {
            assert_eq!(answer.status, 404, "{path}");
            let text = answer.as_text();
            assert!(
                text.contains("评价链接无效") && !text.contains("内存条"),
                "{path}: {text}"
            );
        }
        test.clock.advance(Millis::minutes(1));
    }
    assert!(test.work_order(&other).await.evaluations.is_empty());
}

#[tokio::test]
async fn what_is_missing_is_named_and_what_was_filled_in_stays() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, TECH).await;
    let technician = crate::support::actors::phone_number(TECH);
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[("ink", "")], "请在框内手写签名"),
        (&[("ink", "360.208-20.30.0.20.30.5")], "请在框内手写签名"),
        (&[("ink", "{\"strokes\":[]}")], "请在框内手写签名"),
        (&[("stars", "")], "请选择 1 至 5 分"),
        (&[("stars", "6")], "请选择 1 至 5 分"),
        (&[("resolved", "")], "请选择故障是否已解决"),
        (&[("name", " ")], "请填写姓名和单位"),
        (&[("phone", "call me")], "电话号码看起来不正确"),
        (
            &[("phone", technician.as_str())],
            "技术员不能评价自己的工作",
        ),
    ];
    for (changed, expected) in cases {
        let answer = send(&test, &path, changed).await;
        let text = answer.as_text();
        assert_eq!(answer.status, 422, "{changed:?}");
        assert!(text.contains(expected), "{changed:?}: {text}");
        assert!(text.contains("很快，谢谢"), "{changed:?}");
        test.clock.advance(Millis::minutes(1));
    }
    let hostile = "\"><script>alert(1)</script>";
    let answer = send(
        &test,
        &path,
        &[("name", hostile), ("remark", hostile), ("stars", "")],
    )
    .await;
    assert!(
        !answer.as_text().contains("<script>alert"),
        "{}",
        answer.as_text()
    );
    assert!(test.work_order(&id).await.evaluations.is_empty());
    let nothing = FIELDS.map(|(name, _)| (name, ""));
    assert_eq!(send(&test, &path, &nothing).await.status, 422);
    assert_eq!(
        send(&test, &path, &[]).await.status,
        200,
        "and then it is good still"
    );
}

#[tokio::test]
async fn a_flood_is_stopped_and_says_when_to_come_back() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let path = link(&test, &id, TECH).await;
    for _ in 0..30 {
        assert_eq!(open(&test, &path).await.status, 200);
    }
    let answer = open(&test, &path).await;
    assert_eq!(answer.status, 429);
    assert!(!answer.header("retry-after").is_empty());
}

//! `GET /sync/changes`: what is new for me, and where to go on.

use crate::support::{CITY, DESK, MATE, RIVAL, TECH, TestApp};

#[tokio::test]
async fn first_everything_then_only_what_is_new() {
    let test = TestApp::start().await;
    let first = test.reported().await;
    test.report(MATE).await;
    let all = test.get("/sync/changes").by(TECH).ok().await;
    assert_eq!(all["changes"].as_array().unwrap().len(), 1);
    assert_eq!(all["changes"][0]["work_order"]["id"], first.as_str());
    assert_eq!(
        (&all["more"], &all["server_time"]),
        (&false.into(), &test.app.now().0.into())
    );
    let next = async |cursor: &str| {
        test.get(&format!("/sync/changes?cursor={cursor}"))
            .by(TECH)
            .ok()
            .await
    };
    let nothing = next(all["cursor"].as_str().unwrap()).await;
    assert_eq!(nothing["changes"].as_array().unwrap().len(), 0);
    let second = test.reported().await;
    let new = next(nothing["cursor"].as_str().unwrap()).await;
    assert_eq!(new["changes"][0]["work_order"]["id"], second.as_str());
}

#[tokio::test]
async fn a_snapshot_in_pages_misses_nothing_that_happens_meanwhile() {
    let test = TestApp::start().await;
    for _ in 0..5 {
        test.reported().await;
    }
    let mut seen = Vec::new();
    let mut path = "/sync/changes?limit=2".to_owned();
    let mut pages = 0;
    loop {
        let page = test.get(&path).by(TECH).ok().await;
        let ids = page["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| change["work_order"]["id"].to_string());
        seen.extend(ids);
        pages += 1;
        if pages == 2 {
            test.reported().await;
        }
        path = format!(
            "/sync/changes?limit=2&cursor={}",
            page["cursor"].as_str().unwrap()
        );
        if page["more"] == false && page["changes"].as_array().unwrap().is_empty() {
            break;
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 6);
}

#[tokio::test]
async fn a_feed_is_ones_own() {
    let test = TestApp::start().await;
    test.reported().await;
    for login in [MATE, RIVAL, DESK, CITY] {
        for query in ["", "?cursor=0"] {
            let page = test
                .get(&format!("/sync/changes{query}"))
                .by(login)
                .ok()
                .await;
            assert_eq!(
                page["changes"].as_array().unwrap().len(),
                0,
                "{login} {query}"
            );
        }
    }
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let test = TestApp::start().await;
    for cursor in [
        "x",
        "1.x y",
        "1.2.3'",
        "-",
        "-1",
        "99999999999999999999",
        "",
    ] {
        let cursor = cursor.replace(' ', "%20");
        test.get(&format!("/sync/changes?cursor={cursor}"))
            .by(TECH)
            .is_refused(400, "bad_cursor")
            .await;
    }
    for query in ["limit=0", "limit=501", "limit=x", "limit=-1"] {
        test.get(&format!("/sync/changes?{query}"))
            .by(TECH)
            .is_refused(400, "malformed_parameter")
            .await;
    }
    let long = format!("/sync/changes?cursor={}", "1".repeat(81));
    test.get(&long)
        .by(TECH)
        .is_refused(400, "malformed_parameter")
        .await;
}

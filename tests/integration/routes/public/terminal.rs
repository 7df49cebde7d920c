//! `GET` and `POST /t/{terminal}`: the page behind the QR code, without script and without account.

use domain::time::Millis;
use domain::tlog::leaf::{Leaf, LeafKind};
use domain::tlog::proof::LogProof;
use poem::http::Method;

use crate::support::{self, Ask, CITY, TestApp};

fn page<'a>(test: &'a TestApp, path: &str) -> Ask<'a> {
    Ask::new(test, Method::GET, format!("/t/{path}"))
}

fn form<'a>(test: &'a TestApp, fields: &str) -> Ask<'a> {
    let ask = Ask::new(test, Method::POST, format!("/t/{}", support::terminal()));
    ask.header("content-type", "application/x-www-form-urlencoded")
        .bytes(fields.as_bytes())
}

#[tokio::test]
async fn a_visitor_reports_a_fault_and_it_is_a_work_order() {
    let test = TestApp::start().await;
    let fields = format!(
        "fault=HW-1&text=%E8%93%9D%E5%B1%8F&phone=13800138000&name=&website=&nonce={}",
        "0".repeat(32)
    );
    for _ in 0..2 {
        let answer = form(&test, &fields).send().await;
        assert_eq!(answer.status, 200);
        assert!(
            answer.as_text().contains("WO-20261124-0001"),
            "{}",
            answer.as_text()
        );
    }
    let list = test.get("/work-orders").by(CITY).ok().await;
    assert_eq!(list["total"], 1);
    assert_eq!(
        list["items"][0]["work_order"]["report"]["channel"],
        "public_qr"
    );
    let known = page(&test, support::terminal().as_str())
        .send()
        .await
        .as_text();
    assert!(known.contains("已报修") && !known.contains("13800138000"));
}

#[tokio::test]
async fn a_reporter_takes_a_slip_along_and_no_later_registration_fits_it() {
    let test = TestApp::watched().await;
    let fields = |nonce: &str| format!("fault=HW-1&text=&phone=&name=&website=&nonce={nonce:0>32}");
    let slip = async |nonce: &str| {
        let page = form(&test, &fields(nonce)).send().await.as_text();
        let (_, after) = page.split_once("/log/proof/").unwrap();
        after[..64].to_owned()
    };
    let proof_at = |event: &str| Ask::new(&test, Method::GET, format!("/log/proof/{event}"));
    let taken = slip("1").await;
    let early = proof_at(&taken).send().await;
    assert_eq!(early.status, 404);
    assert_eq!(early.header("retry-after"), "60");
    assert!(early.as_text().contains("not_published"));

    test.app.publisher.publish().await.unwrap();
    let answer = proof_at(&taken).send().await;
    assert_eq!(answer.status, 200);
    let proof = LogProof::parse(&answer.bytes).unwrap();
    let leaf = Leaf::parse(proof.extra.as_deref().unwrap()).unwrap();
    let key = test.app.publisher.identity().verifier_key();
    proof.verify(leaf.hash().unwrap(), &key).unwrap();
    assert_eq!(
        (leaf.k, leaf.h.to_string()),
        (LeafKind::Fault, taken.clone())
    );
    let list = test.get("/work-orders").by(CITY).ok().await;
    let report = &list["items"][0]["work_order"]["report"]["at"];
    assert_eq!(report["event"], taken);
    assert_eq!(report["wall"], leaf.ts.0);

    test.clock.advance(Millis::minutes(40));
    let again = slip("2").await;
    test.app.publisher.publish().await.unwrap();
    let later = LogProof::parse(&proof_at(&again).send().await.bytes).unwrap();
    let later = Leaf::parse(later.extra.as_deref().unwrap()).unwrap();
    assert_eq!(later.ts - leaf.ts, Millis::minutes(40));
    for unknown in ["0".repeat(64), "x".to_owned()] {
        assert_eq!(proof_at(&unknown).send().await.status, 404);
    }
}

#[tokio::test]
async fn pages_are_small_have_no_script_and_refuse_in_words() {
    let test = TestApp::start().await;
    for (path, status) in [
        (support::terminal().as_str(), 200),
        ("SZ-FT-999999", 404),
        ("%3Cscript%3E", 404),
        ("x%00y", 404),
    ] {
        let answer = page(&test, path).send().await;
        let text = answer.as_text();
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, "text/html; charset=utf-8"),
            "{path}"
        );
        assert!(
            answer.bytes.len() < 50 * 1024 && !text.contains("<script") && text.contains("12345"),
            "{path}"
        );
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_form_that_is_none_comes_back() {
    let test = TestApp::start().await;
    for fields in ["", "fault=HW-9", "fault=HW-1&nonce=x", "%FF%FE=1"] {
        assert_eq!(form(&test, fields).send().await.status, 422, "{fields}");
    }
    assert_eq!(form(&test, &"x".repeat(70_000)).send().await.status, 413);
    assert_eq!(test.get("/work-orders").by(CITY).ok().await["total"], 0);
}

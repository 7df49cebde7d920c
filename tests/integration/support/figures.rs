//! A few check-ins in two districts, of two providers, shown more and less well.

use domain::event::{Fact, ScanMethod, Scanned};
use domain::ids::{TerminalId, WorkOrderId};
use serde_json::{Value, json};

use super::actors::{foreign_terminal, person, terminal};
use super::builders::{burst, check_in, scan};
use super::{BOSS, Hand, RIVAL, RIVAL_DESK, TECH, TestApp};

/// What was counted.
pub struct Counted {
    pub test: TestApp,
    /// In Futian, by a code of the terminal's screen.
    pub strong: WorkOrderId,
    /// In Futian, ten minutes later, by the plain number.
    pub adequate: WorkOrderId,
    /// In Nanshan, of the other provider.
    pub foreign: WorkOrderId,
}

impl Counted {
    pub async fn start() -> Self {
        let test = TestApp::start().await;
        let (strong, adequate) = (test.reported().await, test.reported().await);
        let foreign = reported_in_nanshan(&test).await;
        let mut hand = Hand::ready(&test, TECH, 1).await;
        let code = Fact::Scanned(Scanned {
            terminal: Some(terminal()),
            text: screen_code(&test).await,
            method: ScanMethod::Camera,
        });
        arrive_by(&test, &mut hand, &strong, &terminal(), code).await;
        hand.minutes(10);
        let number = scan(&terminal());
        arrive_by(&test, &mut hand, &adequate, &terminal(), number).await;
        let mut rival = Hand::ready(&test, RIVAL, 2).await;
        let number = scan(&foreign_terminal());
        arrive_by(&test, &mut rival, &foreign, &foreign_terminal(), number).await;
        test.app.reviews.settle().await.unwrap();
        Self {
            test,
            strong,
            adequate,
            foreign,
        }
    }

    /// The figure of the last thirty days, as this person sees it.
    pub async fn figure(&self, login: &str, query: &str) -> Value {
        let path = format!("/figures/presence{query}");
        self.test.get(&path).by(login).ok().await
    }

    /// The check-ins behind one of its numbers.
    pub async fn opened(&self, login: &str, query: &str) -> Value {
        let path = format!("/figures/presence/check-ins?{query}");
        self.test.get(&path).by(login).ok().await
    }
}

/// Scans, checks in with good readings, and delivers.
pub async fn arrive_by(
    test: &TestApp,
    hand: &mut Hand,
    id: &WorkOrderId,
    terminal: &TerminalId,
    scan: Fact,
) {
    let scanned = hand.say(scan, id);
    let fixes = burst(hand);
    let fact = check_in(hand, terminal, Some(&scanned), Some(&fixes));
    hand.say(fact, id);
    hand.sync(test).await;
}

async fn reported_in_nanshan(test: &TestApp) -> WorkOrderId {
    let report = json!({
        "terminal": foreign_terminal(), "fault": "HW-1", "text": "蓝屏", "technician": person(RIVAL),
    });
    let ask = test.post("/reports").by(RIVAL_DESK);
    let answer = ask.json(&report).ok().await;
    answer["work_order"].as_str().unwrap().parse().unwrap()
}

async fn screen_code(test: &TestApp) -> String {
    let body = json!({ "terminal": terminal() });
    let opened = test.post("/kiosks").by(BOSS).json(&body).ok().await;
    let address = opened["address"].as_str().unwrap();
    let secret = address.split('#').next_back().unwrap();
    let ask = test.post(&format!("/kiosks/{}/code", terminal()));
    let ask = ask.header("authorization", &format!("Bearer {secret}"));
    ask.ok().await["text"].as_str().unwrap().to_owned()
}

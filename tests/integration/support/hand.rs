//! A technician's hand with a phone in it: says facts, knows its work orders as the app would,
//! and speaks to the server over HTTP only.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::demo::phone::{Outbox, Said, SimulatedPhone};
use api::time_source::{ManualClock, TimeSource};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::enrolment::CheckNumber;
use domain::envelope::Envelope;
use domain::event::{Commitment, Fact};
use domain::ids::{Digest, WorkOrderId};
use domain::interval::Bounds;
use domain::sidecar::Sidecar;
use domain::time::Millis;
use domain::work_order::{Recorded, WorkOrder};
use serde_json::{Value, json};

use super::actors::{ADMIN, person};
use super::ask::Ask;
use super::test_app::TestApp;

/// See the module.
pub struct Hand {
    pub phone: SimulatedPhone,
    pub login: &'static str,
    /// What the phone knows of its work orders.
    pub known: BTreeMap<WorkOrderId, WorkOrder>,
    clock: Arc<ManualClock>,
    values: BTreeMap<Digest, Value>,
}

/// The body of a push.
pub fn batch(envelopes: &[Envelope], sidecars: &BTreeMap<Digest, Sidecar>) -> Value {
    let events: Vec<Value> = envelopes.iter().map(Envelope::to_value).collect();
    json!({ "events": events, "sidecars": sidecars })
}

/// The statuses of a push's answer, in order.
pub fn statuses(answer: &Value) -> Vec<&str> {
    answer["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outcome| outcome["status"].as_str().unwrap())
        .collect()
}

impl Hand {
    /// Enrols a new phone over HTTP; `secret` tells several phones of one test apart.
    pub async fn enrolled(test: &TestApp, login: &'static str, secret: u8) -> Self {
        let phone = SimulatedPhone::new(
            person(login).parse().unwrap(),
            [secret; 32],
            test.clock.now(),
        );
        let mut hand = Self {
            phone,
            login,
            known: BTreeMap::new(),
            clock: test.clock.clone(),
            values: BTreeMap::new(),
        };
        let record = hand.enrol(test).await;
        hand.phone.enrol(&record);
        hand.phone.start(&test.app.served.name.to_string());
        hand
    }

    /// A phone that the server does not know.
    pub fn stranger(test: &TestApp, login: &'static str, secret: u8) -> Self {
        let mut phone = SimulatedPhone::new(
            person(login).parse().unwrap(),
            [secret; 32],
            test.clock.now(),
        );
        phone.start("test");
        Self {
            phone,
            login,
            known: BTreeMap::new(),
            clock: test.clock.clone(),
            values: BTreeMap::new(),
        }
    }

    /// Enrolled, and its first events delivered.
    pub async fn ready(test: &TestApp, login: &'static str, secret: u8) -> Self {
        let mut hand = Self::enrolled(test, login, secret).await;
        hand.sync(test).await;
        hand
    }

    /// What `POST /devices` wants to hear.
    pub async fn enrolment(&self, test: &TestApp) -> Value {
        let answer = test.post("/devices/challenge").by(self.login).ok().await;
        let challenge: Digest = answer["challenge"].as_str().unwrap().parse().unwrap();
        json!({
            "spki": self.phone.public_key().spki_base64(), "challenge": challenge,
            "sig": STANDARD.encode(self.phone.prove_possession(&challenge.0)), "label": "手机",
        })
    }

    /// Asks to be enrolled, and gives what the server said.
    pub async fn ask(&self, test: &TestApp) -> Value {
        let enrolment = self.enrolment(test).await;
        test.post("/devices")
            .by(self.login)
            .json(&enrolment)
            .ok()
            .await
    }

    /// What the phone shows while it waits: its own key and the server's salt, as eight digits.
    pub fn check_number(&self, waiting: &Value) -> String {
        let salt = waiting["salt"].as_str().unwrap().parse().unwrap();
        CheckNumber::of(self.phone.public_key(), salt).to_string()
    }

    /// A phone that is not its person's first is approved at once: most tests are about something else.
    async fn enrol(&self, test: &TestApp) -> Envelope {
        let mut answer = self.ask(test).await;
        if answer["standing"] == "waiting" {
            let path = format!("/enrolments/{}", self.dev());
            let approval = json!({ "check_number": self.check_number(&answer) });
            let approve = test.post(&format!("{path}/approval")).by(ADMIN);
            approve.json(&approval).ok().await;
            answer = test.get(&path).by(self.login).ok().await;
        }
        Envelope::from_value(answer["key_record"].clone()).unwrap()
    }

    /// The device id as it travels.
    pub fn dev(&self) -> String {
        self.phone.device().to_string()
    }

    /// Time passes for everybody, and this phone is awake.
    pub fn pass(&mut self, by: Millis) {
        self.clock.advance(by);
        self.phone.pass(by);
    }

    /// Minutes of [`Hand::pass`].
    pub fn minutes(&mut self, minutes: i64) {
        self.pass(Millis::minutes(minutes));
    }

    /// Time passes for everybody, and this phone sleeps.
    pub fn sleep(&mut self, by: Millis) {
        self.clock.advance(by);
        self.phone.sleep(by);
    }

    /// Takes the work order as the server has it.
    pub async fn learn(&mut self, test: &TestApp, id: &WorkOrderId) {
        let work_order = test.work_order(id).await;
        self.known.insert(id.clone(), work_order);
    }

    /// Keeps a personal value beside the chain.
    pub fn set_aside(&mut self, value: Value) -> Commitment {
        let commitment = self.phone.set_aside(value.clone());
        self.values.insert(commitment.c, value);
        commitment
    }

    /// Says a fact of a work order, and folds it into what the phone knows.
    pub fn say(&mut self, fact: Fact, id: &WorkOrderId) -> Said {
        let said = self.phone.say(fact, Some(id));
        let recorded = Recorded {
            event: said.event.clone(),
            id: said.id,
            bounds: Bounds::exactly(said.event.wall),
            sidecars: self.values.clone(),
            prior: None,
        };
        if let Some(work_order) = self.known.get_mut(id) {
            work_order.apply(&recorded);
        }
        said
    }

    /// Says a fact about the phone itself.
    pub fn say_of_the_phone(&mut self, fact: Fact) -> Said {
        self.phone.say(fact, None)
    }

    /// Asks for a receipt of the chain head, and gives it without embedding it.
    pub async fn head(&mut self, test: &TestApp) -> Envelope {
        let request = self.phone.request_sync();
        let body = json!({ "envelope": request.envelope.to_value() });
        let answer = test
            .post("/sync/head")
            .by(self.login)
            .json(&body)
            .ok()
            .await;
        Envelope::from_value(answer["receipt"].clone()).unwrap()
    }

    /// Everything of the outbox as one request, which is not sent yet.
    pub fn pushing<'a>(&mut self, test: &'a TestApp) -> Ask<'a> {
        let Outbox {
            envelopes,
            sidecars,
        } = self.phone.take_outbox();
        test.post("/sync/events")
            .by(self.login)
            .json(&batch(&envelopes, &sidecars))
    }

    /// Sends the outbox in requests of 200; gives all outcomes.
    pub async fn push(&mut self, test: &TestApp) -> Vec<Value> {
        let Outbox {
            envelopes,
            sidecars,
        } = self.phone.take_outbox();
        let mut outcomes = Vec::new();
        for envelopes in envelopes.chunks(200) {
            let answer = test
                .post("/sync/events")
                .by(self.login)
                .json(&batch(envelopes, &sidecars))
                .ok()
                .await;
            outcomes.extend(answer["outcomes"].as_array().unwrap().clone());
        }
        outcomes
    }

    /// What the app does with network: head, receipt into the chain, events. All must be accepted.
    pub async fn sync(&mut self, test: &TestApp) {
        let receipt = self.head(test).await;
        self.phone.acknowledge(&receipt);
        for outcome in self.push(test).await {
            assert_eq!(outcome["status"], "accepted", "{outcome}");
        }
    }

    /// Says one fact, pushes it, and expects it to be set aside with this code and words in both
    /// languages, in the answer and in the person's quarantine.
    pub async fn is_set_aside(&mut self, test: &TestApp, code: &str) -> Value {
        let outcomes = self.push(test).await;
        let outcome = outcomes.last().unwrap().clone();
        assert_eq!(
            (&outcome["status"], &outcome["problem"]["code"]),
            (&json!("quarantined"), &json!(code)),
            "{outcome}"
        );
        assert_words(&outcome["problem"]);
        let kept = test.quarantine(self.login).await;
        let item = kept
            .iter()
            .find(|item| item["event"] == outcome["id"] && item["reason"]["code"] == code);
        assert_words(
            &item.unwrap_or_else(|| panic!("{code} is not in quarantine: {kept:?}"))["reason"],
        );
        outcome
    }
}

/// A reason has words in both languages that tell what to do.
pub fn assert_words(reason: &Value) {
    let (zh, en) = (
        reason["zh"].as_str().unwrap(),
        reason["en"].as_str().unwrap(),
    );
    assert!(
        zh.contains(|letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter)),
        "{reason}"
    );
    assert!(
        en.starts_with(|letter: char| letter.is_ascii_uppercase()) && en.len() > 15,
        "{reason}"
    );
}

//! A technician with a phone in use and another that waits for approval.

use serde_json::{Value, json};

use super::actors::TECH;
use super::ask::Ask;
use super::hand::Hand;
use super::test_app::TestApp;

/// See the module.
pub struct SecondPhone {
    pub hand: Hand,
    /// What the phone was told when it asked.
    pub waiting: Value,
}

impl SecondPhone {
    /// [`TECH`] has a phone in use; another one asks. `secret` tells several phones apart.
    pub async fn asks(test: &TestApp, secret: u8) -> Self {
        let hand = Hand::stranger(test, TECH, secret);
        let waiting = hand.ask(test).await;
        assert_eq!(waiting["standing"], "waiting", "{waiting}");
        Self { hand, waiting }
    }

    /// The number that is read out.
    pub fn number(&self) -> String {
        self.hand.check_number(&self.waiting)
    }

    /// How its request stands, as the phone is told.
    pub async fn told(&self, test: &TestApp) -> Value {
        let path = format!("/enrolments/{}", self.hand.dev());
        test.get(&path).by(TECH).ok().await
    }

    /// An approval with the number that was read out, not sent yet.
    pub fn approving<'a>(&self, test: &'a TestApp) -> Ask<'a> {
        self.approving_with(test, &self.number())
    }

    pub fn approving_with<'a>(&self, test: &'a TestApp, number: &str) -> Ask<'a> {
        let path = format!("/enrolments/{}/approval", self.hand.dev());
        test.post(&path).json(&json!({ "check_number": number }))
    }

    pub fn refusing<'a>(&self, test: &'a TestApp, reason: &str) -> Ask<'a> {
        let path = format!("/enrolments/{}/refusal", self.hand.dev());
        test.post(&path).json(&json!({ "reason": reason }))
    }
}

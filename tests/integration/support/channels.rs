//! Channels and what goes through them, as tests set them up and look at them.

use std::time::Duration;

use api::channels::Courier;
use api::config::ChannelArgs;
use serde_json::{Value, json};

use super::actors::BOSS;
use super::receivers::Hook;
use super::test_app::TestApp;

/// Every topic.
pub const TOPICS: [&str; 6] = [
    "assigned",
    "warning",
    "overdue",
    "leader",
    "filing",
    "evaluation",
];

/// A robot's signing secret.
pub const ROBOT_SECRET: &str = "SEC0123456789abcdefghij";

/// The options with which a receiver on this machine is reached.
pub fn here() -> ChannelArgs {
    ChannelArgs {
        allow_private_webhooks: true,
        ..ChannelArgs::default()
    }
}

/// The body that adds a channel.
pub fn draft(kind: &str, address: &str, topics: &[&str]) -> Value {
    let secret = if kind == "dingtalk" { ROBOT_SECRET } else { "" };
    json!({ "kind": kind, "name": format!("{kind} 值班"), "address": address, "secret": secret, "topics": topics })
}

impl TestApp {
    /// Adds a channel of [`BOSS`]'s organisation.
    pub async fn channel(&self, kind: &str, address: &str, topics: &[&str]) -> Value {
        let ask = self.post("/channels").by(BOSS);
        ask.json(&draft(kind, address, topics)).ok().await
    }

    /// Adds a webhook that hears of these topics; gives its id and its secret.
    pub async fn webhook(&self, hook: &Hook, topics: &[&str]) -> (String, String) {
        let made = self.channel("webhook", &hook.url, topics).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&made["channel"]["id"]), text(&made["secret"]))
    }

    /// Brings out what is due; how many deliveries were tried.
    pub async fn deliver(&self) -> usize {
        self.app.courier.settle().await.unwrap()
    }

    /// One who waits for answers no longer than this.
    pub fn courier(&self, patience: Duration) -> Courier {
        let clock = self.clock.clone();
        Courier::new(self.store.clone(), clock, &self.app.config, patience)
    }

    /// What became of all of them, newest first.
    pub async fn deliveries(&self) -> Vec<Value> {
        let page = self.get("/deliveries").by(BOSS).ok().await;
        page["items"].as_array().unwrap().clone()
    }
}

//! Accounts of other systems, and what they send.

use serde_json::{Value, json};

use super::ask::Ask;
use super::{ADMIN, TestApp, terminal};

/// Another system with an account of its own.
pub struct System<'a> {
    test: &'a TestApp,
    pub id: String,
    pub token: String,
}

impl<'a> System<'a> {
    /// With an account for these districts.
    pub async fn of(test: &'a TestApp, channel: &str, districts: &[&str]) -> Self {
        let form =
            json!({ "name": "对接", "channel": channel, "districts": districts, "fault": "APP-2" });
        let made = test.post("/integrations").by(ADMIN).json(&form).ok().await;
        Self {
            test,
            id: made["integration"]["id"].as_str().unwrap().to_owned(),
            token: made["token"].as_str().unwrap().to_owned(),
        }
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    pub fn post(&self, path: &str) -> Ask<'a> {
        let ask = self.test.post(path);
        ask.header("authorization", &self.bearer())
    }

    pub fn get(&self, path: &str) -> Ask<'a> {
        let ask = self.test.get(path);
        ask.header("authorization", &self.bearer())
    }

    /// Sends a group of alerts and gives the answers to them.
    pub async fn alarms(&self, alerts: &[Value]) -> Vec<Value> {
        let answer = self.post("/integrations/alarms").json(&group(alerts));
        answer.ok().await["alerts"].as_array().unwrap().clone()
    }
}

/// A notification as Alertmanager 0.28 sends it, with all that it says besides.
pub fn group(alerts: &[Value]) -> Value {
    json!({
        "version": "4", "groupKey": "{}:{alertname=\"TerminalDown\"}", "truncatedAlerts": 0,
        "status": "firing", "receiver": "daochang", "groupLabels": { "alertname": "TerminalDown" },
        "commonLabels": { "alertname": "TerminalDown" }, "commonAnnotations": {},
        "externalURL": "http://alertmanager.example:9093", "alerts": alerts,
    })
}

/// One alert about [`terminal`] that began at 08:58.
pub fn alert(status: &str, fingerprint: &str) -> Value {
    json!({
        "status": status,
        "labels": { "alertname": "TerminalDown", "terminal": terminal(), "severity": "critical" },
        "annotations": { "summary": "心跳丢失 2 分钟" },
        "startsAt": "2026-11-24T08:58:00.5+08:00",
        "endsAt": if status == "firing" { "0001-01-01T00:00:00Z" } else { "2026-11-24T01:00:00Z" },
        "generatorURL": "http://prometheus.example:9090/graph", "fingerprint": fingerprint,
    })
}

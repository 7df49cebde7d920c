//! One request and its answer. A refusal is always looked at in both languages.

use poem::http::{HeaderMap, Method};
use serde_json::Value;

use super::test_app::{TestApp, token};

/// A request that can be sent more than once.
#[derive(Clone)]
pub struct Ask<'a> {
    app: &'a TestApp,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl<'a> Ask<'a> {
    pub fn new(app: &'a TestApp, method: Method, path: String) -> Self {
        Self {
            app,
            method,
            path,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Signed in as this person.
    pub fn by(self, login: &str) -> Self {
        let bearer = format!("Bearer {}", token(login));
        self.header("authorization", &bearer)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// A body that claims to be JSON.
    pub fn text(self, body: &str) -> Self {
        self.header("content-type", "application/json")
            .bytes(body.as_bytes())
    }

    pub fn photo(self, body: &[u8]) -> Self {
        self.header("content-type", "image/jpeg").bytes(body)
    }

    pub fn bytes(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    pub async fn send(self) -> Answer {
        let mut request = self.app.client.request(self.method, self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let response = request
            .header("content-length", self.body.len())
            .body(self.body)
            .send()
            .await
            .0;
        let (parts, body) = response.into_parts();
        let bytes = body.into_vec().await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            bytes,
        }
    }

    /// Sends it; it must work. Gives the JSON, or null for an empty answer.
    pub async fn ok(self) -> Value {
        let what = format!("{} {}", self.method, self.path);
        let answer = self.send().await;
        assert!(
            (200..300).contains(&answer.status),
            "{what}: {} {}",
            answer.status,
            answer.as_text()
        );
        if answer.bytes.is_empty() {
            Value::Null
        } else {
            answer.as_json()
        }
    }

    /// Sends it in both languages; it must be refused with this status and code, as a problem
    /// (RFC 9457) in Chinese by default and in English on demand. Gives the Chinese one.
    pub async fn is_refused(&self, status: u16, code: &str) -> Value {
        let path = self.path.split('?').next().unwrap().to_owned();
        let zh = self.clone().send().await.problem(status, code, "zh-CN");
        let english = self.clone().header("accept-language", "en-GB,en;q=0.9");
        let en = english.send().await.problem(status, code, "en");
        let is_chinese = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
        for member in ["title", "detail"] {
            let (zh, en) = (zh[member].as_str().unwrap(), en[member].as_str().unwrap());
            assert!(zh.contains(is_chinese), "{code} {member}: {zh}");
            assert!(
                en.starts_with(|letter: char| letter.is_ascii_uppercase()),
                "{code} {member}: {en}"
            );
        }
        assert_eq!(zh["instance"], path);
        zh
    }

    /// Nobody is let in without a token, with a false one, or with one of another kind.
    pub async fn needs_a_token(self) {
        for authorization in [
            None,
            Some("Bearer "),
            Some("Bearer nonsense"),
            Some("Basic dGVjaDp4"),
        ] {
            let mut ask = self.clone();
            ask.headers.retain(|(name, _)| name != "authorization");
            if let Some(value) = authorization {
                ask = ask.header("authorization", value);
            }
            ask.is_refused(401, "unauthenticated").await;
        }
    }

    /// Signed in, but not for this.
    pub async fn is_forbidden_for(&self, logins: &[&str]) {
        for login in logins {
            self.clone().by(login).is_refused(403, "forbidden").await;
        }
    }

    /// As absent as if it had never been.
    pub async fn is_absent_for(&self, logins: &[&str]) {
        for login in logins {
            self.clone().by(login).is_refused(404, "not_found").await;
        }
    }
}

impl Answer {
    pub fn as_json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", self.as_text()))
    }

    pub fn as_text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn problem(&self, status: u16, code: &str, language: &str) -> Value {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json; charset=utf-8",
            "{}",
            self.as_text()
        );
        let problem = self.as_json();
        assert_eq!(
            (self.status, problem["code"].as_str()),
            (status, Some(code)),
            "{problem}"
        );
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("urn:daochang:problem:{code}"));
        assert_eq!(self.header("content-language"), language);
        problem
    }
}

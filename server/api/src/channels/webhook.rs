//! Speaking HTTP to addresses that people typed in: to public machines only, checked where the name is resolved so
//! that the checked address is the one that is connected to; without redirects, proxies, or patience.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::channel::address::is_public;
use domain::channel::sign::{Secret, webhook_signature, webhook_timestamp};
use domain::channel::wire::{ANSWER_BYTES_MAX, dingtalk_url, robot_body, taken, webhook_body};
use domain::channel::{ChannelKind, Failure, Message, Why};
use domain::time::Timestamp;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use store::ChannelRow;

use crate::outgoing;

/// Speaks to webhooks and robots.
pub struct Webhooks {
    /// Made when it is first needed: reading whom this machine trusts takes a moment, and most servers of tests
    /// speak to nobody.
    client: OnceLock<reqwest::Client>,
    patience: Duration,
    /// Whether machines of this network may be spoken to, and without TLS: tests and demonstrations.
    may_be_private: bool,
}

/// The address of a name is not one of the public internet.
#[derive(Debug)]
struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not an address of the public internet")
    }
}

impl Error for NotPublic {}

/// Resolves names, and knows only public addresses.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|found| is_public(found.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

impl Webhooks {
    /// Waits so long for an answer.
    pub fn new(may_be_private: bool, patience: Duration) -> Self {
        Self {
            client: OnceLock::new(),
            patience,
            may_be_private,
        }
    }

    fn client(&self) -> &reqwest::Client {
        self.client.get_or_init(|| {
            let builder = outgoing::builder(self.patience).no_proxy();
            let builder = match self.may_be_private {
                true => builder,
                false => builder.dns_resolver(Arc::new(PublicOnly)),
            };
            builder
                .build()
                .expect("a client with a resolver can be built")
        })
    }

    /// Sends a message, under the same name each time.
    ///
    /// # Errors
    /// Why the receiver has not taken it; it may have all the same, if its answer was lost.
    pub async fn send(
        &self,
        channel: &ChannelRow,
        kind: ChannelKind,
        id: &str,
        message: &Message,
        link: &str,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let secret = Secret::given(channel.secret.as_str());
        let (url, body) = match kind {
            ChannelKind::Webhook => (channel.address.clone(), webhook_body(message, link)),
            ChannelKind::Wecom => (channel.address.clone(), robot_body(message, link)),
            ChannelKind::Dingtalk => (
                dingtalk_url(&channel.address, &secret, now),
                robot_body(message, link),
            ),
            ChannelKind::Email => return Err(Why::NoMail.into()),
        };
        let url = self.checked(&url)?;
        let mut request = self
            .client()
            .post(url)
            .header("content-type", "application/json; charset=utf-8");
        if kind == ChannelKind::Webhook {
            let old = channel.old_secret.as_deref().map(Secret::given);
            let old = old.filter(|_| now.0 < channel.old_until);
            let secrets = std::iter::once(&secret).chain(&old);
            request = request
                .header("webhook-id", id)
                .header("webhook-timestamp", webhook_timestamp(now))
                .header(
                    "webhook-signature",
                    webhook_signature(secrets, id, now, &body),
                );
        }
        let (status, answer) = answered(request.body(body)).await?;
        taken(kind, status, &answer)
    }

    /// The address, if it may be spoken to as far as it says itself; names are looked at when they are resolved.
    fn checked(&self, url: &str) -> Result<reqwest::Url, Failure> {
        let url: reqwest::Url = url.parse().map_err(|_| Why::NotReached)?;
        if self.may_be_private {
            return Ok(url);
        }
        let host = url.host_str().unwrap_or_default();
        let literal: Option<IpAddr> = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok();
        if url.scheme() != "https" || literal.is_some_and(|address| !is_public(address)) {
            return Err(Why::Forbidden.into());
        }
        Ok(url)
    }
}

async fn answered(request: reqwest::RequestBuilder) -> Result<(u16, Vec<u8>), Failure> {
    let mut response = request.send().await.map_err(reason)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(reason)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Why::Unintelligible.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok((response.status().as_u16(), body))
}

fn reason(error: reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return Why::Forbidden.into();
        }
        cause = error.source();
    }
    match () {
        () if error.is_timeout() => Why::TooSlow.into(),
        () => Why::NotReached.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(address: &str) -> ChannelRow {
        ChannelRow {
            id: "ch_1".to_owned(),
            org: "O-1".to_owned(),
            kind: "webhook".to_owned(),
            name: "x".to_owned(),
            address: address.to_owned(),
            secret: "whsec_AAAA".to_owned(),
            old_secret: None,
            old_until: 0,
            topics: Vec::new(),
            active: true,
            version: 1,
            by: "P-1".to_owned(),
            at: 0,
        }
    }

    /// In every form in which somebody could write it; nothing is connected to.
    #[tokio::test]
    async fn the_server_speaks_to_no_machine_of_its_own_network() {
        let webhooks = Webhooks::new(false, Duration::from_secs(5));
        let message = Message {
            occasion: domain::channel::Occasion::Test,
            at: Timestamp(0),
            about: None,
        };
        for address in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://10.0.0.1:8443/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fe80::1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://localhost/",
            "http://8.8.8.8/",
        ] {
            let sent = webhooks
                .send(
                    &row(address),
                    ChannelKind::Webhook,
                    "msg_1",
                    &message,
                    "",
                    Timestamp(0),
                )
                .await;
            assert_eq!(sent, Err(Why::Forbidden.into()), "{address}");
        }
    }
}

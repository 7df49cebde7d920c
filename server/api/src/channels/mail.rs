//! Mail by SMTP, to the one server that the command line names: encrypted from the first byte (`smtps`), after
//! STARTTLS, without which nothing is said (`smtp`), or not at all, for a relay on the same machine
//! (`smtp+plain`, never with an account).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_smtp::authentication::{Credentials, Mechanism};
use async_smtp::error::Error as SmtpError;
use async_smtp::extension::ClientId;
use async_smtp::{EmailAddress, Envelope, SendableEmail, SmtpClient, SmtpTransport};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::channel::address::is_mailbox;
use domain::channel::{Failure, Message, Why};
use rustls::RootCertStore;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufStream};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::outgoing;

/// Bytes of a header's word that fit into one encoded word (RFC 2047 §2).
const WORD_BYTES: usize = 42;
/// Characters of a line of the body.
const LINE: usize = 76;

/// How far a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    FromTheStart,
    StartTls,
    Never,
}

/// The server that takes our mail.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpServer {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    account: Option<(String, String)>,
}

/// Without the account.
impl fmt::Debug for SmtpServer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{} ({:?})", self.host, self.port, self.tls)
    }
}

impl FromStr for SmtpServer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        server(text).ok_or_else(|| {
            "expected smtps://USER:PASSWORD@HOST:PORT, smtp://… (STARTTLS), or smtp+plain://HOST:PORT \
             without an account"
                .to_owned()
        })
    }
}

fn server(text: &str) -> Option<SmtpServer> {
    let (scheme, rest) = text.split_once("://")?;
    let (tls, usual_port) = match scheme {
        "smtps" => (Tls::FromTheStart, 465),
        "smtp" => (Tls::StartTls, 587),
        "smtp+plain" => (Tls::Never, 25),
        _ => return None,
    };
    let (account, host) = match rest.rsplit_once('@') {
        Some((account, host)) => {
            let (user, password) = account.split_once(':')?;
            (Some((user.to_owned(), password.to_owned())), host)
        }
        None => (None, rest),
    };
    let host = host.trim_end_matches('/');
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (host, usual_port),
    };
    let is_bare = |user: &(String, String)| user.0.is_empty() || tls == Tls::Never;
    if host.is_empty() || host.contains('/') || account.as_ref().is_some_and(is_bare) {
        return None;
    }
    Some(SmtpServer {
        host: host.to_owned(),
        port,
        tls,
        account,
    })
}

/// An address to send from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(String);

impl FromStr for Sender {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match is_mailbox(text) {
            true => Ok(Self(text.to_owned())),
            false => Err("expected a mail address such as daochang@example.cn".to_owned()),
        }
    }
}

/// Sends mail.
pub struct Mail {
    server: SmtpServer,
    from: Sender,
    tls: TlsConnector,
    patience: Duration,
}

impl Mail {
    /// Through this server, whose certificate somebody vouches for whom this machine trusts.
    pub fn new(server: SmtpServer, from: Sender, patience: Duration) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self {
            server,
            from,
            tls: connector(roots),
            patience,
        }
    }

    /// The same, which trusts nobody but these.
    pub fn trusting(self, roots: RootCertStore) -> Self {
        Self {
            tls: connector(roots),
            ..self
        }
    }

    /// Sends a message, with the same Message-ID each time.
    ///
    /// # Errors
    /// Why the server has not taken it.
    pub async fn send(
        &self,
        to: &str,
        id: &str,
        message: &Message,
        link: &str,
    ) -> Result<(), Failure> {
        let letter = self.letter(to, id, message, link);
        match tokio::time::timeout(self.patience, self.hand_over(to, letter)).await {
            Ok(result) => result,
            Err(_) => Err(Why::TooSlow.into()),
        }
    }

    async fn hand_over(&self, to: &str, letter: String) -> Result<(), Failure> {
        let SmtpServer { host, port, .. } = &self.server;
        let plain = TcpStream::connect((host.as_str(), *port))
            .await
            .map_err(|_| Why::NotReached)?;
        match self.server.tls {
            Tls::FromTheStart => {
                let stream = self.encrypted(plain).await?;
                let smtp = SmtpTransport::new(client(), BufStream::new(stream)).await;
                self.speak(smtp.map_err(failure)?, to, letter).await
            }
            Tls::StartTls => {
                let smtp = SmtpTransport::new(client(), BufStream::new(plain)).await;
                let smtp = smtp.map_err(failure)?;
                let stream = smtp.starttls().await.map_err(failure)?;
                let stream = self.encrypted(stream.into_inner()).await?;
                let greeted = client().without_greeting();
                let smtp = SmtpTransport::new(greeted, BufStream::new(stream)).await;
                self.speak(smtp.map_err(failure)?, to, letter).await
            }
            Tls::Never => {
                let smtp = SmtpTransport::new(client(), BufStream::new(plain)).await;
                self.speak(smtp.map_err(failure)?, to, letter).await
            }
        }
    }

    async fn encrypted<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> Result<tokio_rustls::client::TlsStream<S>, Failure> {
        let name = ServerName::try_from(self.server.host.clone()).map_err(|_| Why::NotReached)?;
        let stream = self.tls.connect(name, stream).await;
        stream.map_err(|_| Why::NotReached.into())
    }

    async fn speak<S: AsyncBufRead + AsyncWrite + Unpin>(
        &self,
        mut smtp: SmtpTransport<S>,
        to: &str,
        letter: String,
    ) -> Result<(), Failure> {
        if let Some((user, password)) = &self.server.account {
            let account = Credentials::new(user.clone(), password.clone());
            let said = smtp.auth(Mechanism::Plain, &account).await;
            said.map_err(failure)?;
        }
        let mailbox = |text: &str| EmailAddress::new(text.to_owned()).map_err(|_| Why::Refused);
        let envelope = Envelope::new(Some(mailbox(&self.from.0)?), vec![mailbox(to)?]);
        let letter = SendableEmail::new(envelope.map_err(|_| Why::Refused)?, letter);
        smtp.send(letter).await.map_err(failure)?;
        // It is theirs now, however the farewell goes.
        let _ = smtp.quit().await;
        Ok(())
    }

    /// The whole mail. Only base64 and encoded words go in, so nothing in a message can become a header.
    fn letter(&self, to: &str, id: &str, message: &Message, link: &str) -> String {
        let from = &self.from.0;
        let (_, domain) = from.split_once('@').unwrap_or(("", "localhost"));
        let headers = [
            format!("From: {} <{from}>", encoded("到场 Daochang")),
            format!("To: <{to}>"),
            format!(
                "Subject: {}",
                encoded(&format!("【到场】{}", message.zh().title))
            ),
            format!("Date: {}", crate::shenzhen::mail_date(message.at)),
            format!("Message-ID: <{id}@{domain}>"),
            "MIME-Version: 1.0".to_owned(),
            "Content-Type: text/plain; charset=utf-8".to_owned(),
            "Content-Transfer-Encoding: base64".to_owned(),
            "Auto-Submitted: auto-generated".to_owned(),
        ];
        let body = STANDARD.encode(message.text(link));
        let lines = body.as_bytes().chunks(LINE);
        let lines: Vec<&str> = lines
            .map(|line| std::str::from_utf8(line).unwrap_or_default())
            .collect();
        format!("{}\r\n\r\n{}\r\n", headers.join("\r\n"), lines.join("\r\n"))
    }
}

/// A word of a header in encoded words, each of whole characters (RFC 2047 §5).
fn encoded(text: &str) -> String {
    let mut words = vec![String::new()];
    for letter in text.chars() {
        let is_full = words
            .last()
            .is_some_and(|word| word.len() + letter.len_utf8() > WORD_BYTES);
        if is_full {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(letter);
        }
    }
    let words = words
        .iter()
        .map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word)));
    words.collect::<Vec<_>>().join("\r\n ")
}

fn connector(roots: RootCertStore) -> TlsConnector {
    outgoing::use_ring();
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

fn client() -> SmtpClient {
    SmtpClient::new().hello_name(ClientId::Domain("daochang.local".to_owned()))
}

fn failure(error: SmtpError) -> Failure {
    let numbered = |why, response: async_smtp::response::Response| {
        Failure::numbered(why, format!("SMTP {}", response.code))
    };
    match error {
        SmtpError::Permanent(response) => numbered(Why::Refused, response),
        SmtpError::Transient(response) => numbered(Why::Broken, response),
        SmtpError::Io(_) | SmtpError::Resolution => Why::NotReached.into(),
        SmtpError::Timeout(_) => Why::TooSlow.into(),
        // It offers no encryption, or no way to sign in.
        SmtpError::Client(_) => Why::Refused.into(),
        _ => Why::Unintelligible.into(),
    }
}

#[cfg(test)]
mod tests;

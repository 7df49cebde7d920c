//! The server's own clock against time from outside (NTP): half a minute apart is an alarm, before receipts are given
//! that no witness can agree with (evidence §3, row 29). Nothing is corrected here, and no verdict rests on it: setting
//! the clock is the operating system's business, and receipts are bounded by what witnesses cosign.

mod packet;

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::time::{Millis, Timestamp};
use domain::tlog::lag::clocks_differ;
use futures_util::future::join_all;
use tokio::net::{UdpSocket, lookup_host};
use tokio::time::{Instant, sleep, timeout_at};

pub use self::packet::{LENGTH, NoTime, Told};
use crate::signer::random_bytes;
use crate::time_source::TimeSource;

/// How long an answer may take. Half of it is the most by which a slow way can falsify the difference.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often each is asked, much less often than servers mind.
const EVERY: Duration = Duration::from_secs(15 * 60);
/// How long one that finds itself asked too often is left alone.
const REST: Duration = Duration::from_secs(60 * 60);
/// Where time servers listen.
const PORT: u16 = 123;

/// A time server as the command line names it: `HOST` or `HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeServer {
    host: String,
    port: u16,
}

impl FromStr for TimeServer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected HOST or HOST:PORT".to_owned();
        let server = |host: &str, port: u16| Self {
            host: host.to_owned(),
            port,
        };
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(server(&address.ip().to_string(), address.port()));
        }
        // An address of version 6 has colons of its own.
        if text.parse::<IpAddr>().is_ok() {
            return Ok(server(text, PORT));
        }
        let (host, port) = match text.split_once(':') {
            None => (text, PORT),
            Some((host, port)) => (host, port.parse().map_err(|_| expected())?),
        };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_name) {
            return Err(expected());
        }
        Ok(server(host, port))
    }
}

/// Why a server has told no time, with what failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub why: NoTime,
    pub detail: String,
}

impl Refused {
    fn new(why: NoTime, detail: impl ToString) -> Self {
        let detail = detail.to_string();
        Self { why, detail }
    }
}

/// What is known of one server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// When it last told the time, by our clock, and how far its clock was ahead of ours. It stays when the server
    /// falls silent: cutting it off must not end an alarm.
    pub last: Option<(Timestamp, Millis)>,
    /// Why it has told none when it was asked last.
    pub refused: Option<Refused>,
}

/// Until when one is left alone.
#[derive(Debug, Clone, Copy)]
enum Rest {
    Until(Instant),
    /// It said that it will never answer.
    ForGood,
}

struct Asked {
    server: TimeServer,
    heard: RwLock<Heard>,
    rest: RwLock<Option<Rest>>,
}

/// All who are asked for the time.
pub struct TimeServers {
    asked: Vec<Asked>,
    time: Arc<dyn TimeSource>,
    patience: Duration,
}

impl TimeServers {
    /// These, against this clock; nobody is asked yet.
    pub fn new(servers: Vec<TimeServer>, time: Arc<dyn TimeSource>) -> Self {
        let asked = |server| Asked {
            server,
            heard: RwLock::default(),
            rest: RwLock::default(),
        };
        Self {
            asked: servers.into_iter().map(asked).collect(),
            time,
            patience: PATIENCE,
        }
    }

    /// The same, which wait only so long for an answer.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Each by its name, with what is known of it.
    pub fn heard(&self) -> impl Iterator<Item = (String, Heard)> {
        self.asked.iter().map(|asked| {
            let TimeServer { host, port } = &asked.server;
            (format!("{host}:{port}"), read(&asked.heard))
        })
    }

    /// Asks as long as the server runs. Nothing waits for it.
    pub async fn run(self: Arc<Self>) {
        while !self.asked.is_empty() {
            self.turn(Instant::now()).await;
            sleep(EVERY).await;
        }
    }

    /// Asks everybody once who is not to be left alone now.
    pub async fn turn(&self, now: Instant) {
        let is_due = |asked: &&Asked| match read(&asked.rest) {
            None => true,
            Some(Rest::Until(then)) => then <= now,
            Some(Rest::ForGood) => false,
        };
        let due = self.asked.iter().filter(is_due);
        join_all(due.map(|asked| self.ask(asked, now))).await;
    }

    async fn ask(&self, asked: &Asked, now: Instant) {
        let told = self.difference(&asked.server).await;
        let host = &asked.server.host;
        match &told {
            Ok((at, ahead)) if clocks_differ(*at, *at + *ahead) => {
                tracing::error!(host, ahead_ms = ahead.0, "this server's clock is off");
            }
            Ok((_, ahead)) => tracing::info!(host, ahead_ms = ahead.0, "clocks were compared"),
            Err(Refused { why, detail }) => {
                tracing::warn!(host, code = why.code(), detail, "no time from this server");
            }
        }
        let why = told.as_ref().err().map(|refused| refused.why);
        write(&asked.rest, |rest| {
            *rest = match why {
                Some(NoTime::Refuses) => Some(Rest::ForGood),
                Some(NoTime::TooOften) => Some(Rest::Until(now + REST)),
                _ => None,
            }
        });
        write(&asked.heard, |heard| {
            heard.last = told.as_ref().ok().copied().or(heard.last);
            heard.refused = told.err();
        });
    }

    /// How far the server's clock is ahead of ours, and when ours said so. The way there and the way back are taken
    /// to be of one length, which is wrong by at most half of both.
    async fn difference(&self, server: &TimeServer) -> Result<(Timestamp, Millis), Refused> {
        let deadline = Instant::now() + self.patience;
        let silent = |error: std::io::Error| Refused::new(NoTime::Silent, error);
        let in_time = |error| Refused::new(NoTime::Silent, error);
        let found = timeout_at(deadline, lookup_host((server.host.as_str(), server.port)));
        let mut found = found.await.map_err(in_time)?.map_err(silent)?;
        let address = found
            .next()
            .ok_or_else(|| Refused::new(NoTime::Silent, "no address"))?;
        let any: IpAddr = match address {
            SocketAddr::V4(_) => [0; 4].into(),
            SocketAddr::V6(_) => [0_u16; 8].into(),
        };
        let socket = UdpSocket::bind((any, 0)).await.map_err(silent)?;
        // From now on only what comes from there is heard.
        socket.connect(address).await.map_err(silent)?;
        let nonce = random_bytes();
        let asked_at = self.time.now();
        let question = packet::question(nonce);
        socket.send(&question).await.map_err(silent)?;
        let mut refused = None;
        let mut bytes = [0; 512];
        loop {
            let length = match timeout_at(deadline, socket.recv(&mut bytes)).await {
                Ok(length) => length.map_err(silent)?,
                Err(late) => return Err(refused.unwrap_or_else(|| in_time(late))),
            };
            let heard_at = self.time.now();
            match packet::told(&bytes[..length], nonce) {
                Ok(Told { received, sent }) => {
                    let ahead = ((received - asked_at).0 + (sent - heard_at).0) / 2;
                    return Ok((heard_at, Millis(ahead)));
                }
                // Not the server's: its own answer may still come, and a forger shall not outrun it.
                Err(why @ (NoTime::Spoofed | NoTime::Malformed)) => {
                    refused = Some(Refused::new(why, format!("from {address}")));
                }
                Err(why) => return Err(Refused::new(why, format!("from {address}"))),
            }
        }
    }
}

fn read<T: Clone>(held: &RwLock<T>) -> T {
    held.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn write<T>(held: &RwLock<T>, change: impl FnOnce(&mut T)) {
    change(&mut held.write().unwrap_or_else(PoisonError::into_inner));
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ntp.aliyun.com", Some(("ntp.aliyun.com", 123)))]
    #[case("ntp.aliyun.com:1123", Some(("ntp.aliyun.com", 1123)))]
    #[case("10.0.0.7", Some(("10.0.0.7", 123)))]
    #[case("10.0.0.7:124", Some(("10.0.0.7", 124)))]
    #[case("fd00::7", Some(("fd00::7", 123)))]
    #[case("[fd00::7]:124", Some(("fd00::7", 124)))]
    #[case("", None)]
    #[case(":123", None)]
    #[case("host:", None)]
    #[case("host:65536", None)]
    #[case("host:1:2", None)]
    #[case("https://host", None)]
    #[case("two words", None)]
    fn a_server_is_a_host_with_or_without_its_port(
        #[case] text: &str,
        #[case] expected: Option<(&str, u16)>,
    ) {
        let server = text.parse::<TimeServer>().ok();
        let expected = expected.map(|(host, port)| TimeServer {
            host: host.to_owned(),
            port,
        });
        assert_eq!(server, expected);
    }
}

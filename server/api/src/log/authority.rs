//! The time-stamp authority (RFC 3161): somebody outside whose clock says when a state of the log was
//! there, without keeping a log of its own. It is one more voice beside the witnesses.

use std::io;
use std::path::Path;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use domain::ids::Digest;
use domain::text::coded;
use domain::time::Timestamp;
use domain::tlog::lag::Standing;
use reqwest::header::CONTENT_TYPE;
use tsa::{Nonce, REPLY_BYTES_MAX, REQUEST_TYPE, Roots, Stamp, request};

use super::witnesses::NoCosignature;
use crate::signer::random_bytes;

/// How long an authority may take.
const PATIENCE: Duration = Duration::from_secs(10);

coded! {
    /// Why there is no time-stamp, or it proves nothing, besides what is wrong with the reply itself
    /// ([`tsa::Refusal`]).
    NoVoice {
        Silent "tsa_silent"
            "时间戳机构没有应答，稍后会再申请。其间以见证方的时间为准。"
            "The time-stamp authority does not answer; it will be asked again. Until then the witnesses' times count.";
        Inaccurate "tsa_inaccurate"
            "时间戳机构声明的时钟误差超过五秒，其时间不采用。请更换时间戳机构。"
            "By its own word the authority's clock may be more than five seconds off, so its time does not count. Use another one.";
        Disagrees "tsa_disagrees"
            "时间戳与见证方的时间相差超过五分钟，该检查点的时间不采用。请核对各方时钟。"
            "Time-stamp and witnesses differ by more than five minutes, so this checkpoint proves no time. Compare their clocks.";
    }
}

/// What to say about it: a stable code, and the words for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    pub code: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
}

impl Said {
    pub(super) fn of(code: &'static str, texts: domain::text::Texts) -> Self {
        let (code, zh, en) = texts
            .iter()
            .find(|(known, ..)| *known == code)
            .expect("every code has its words");
        Self { code, zh, en }
    }
}

impl From<NoVoice> for Said {
    fn from(reason: NoVoice) -> Self {
        Said::of(reason.code(), NoVoice::TEXTS)
    }
}

impl From<NoCosignature> for Said {
    fn from(reason: NoCosignature) -> Self {
        Said::of(reason.code(), NoCosignature::TEXTS)
    }
}

impl From<Standing> for Said {
    fn from(standing: Standing) -> Self {
        Said::of(standing.code(), Standing::TEXTS)
    }
}

impl From<tsa::Refusal> for Said {
    fn from(reason: tsa::Refusal) -> Self {
        Said::of(reason.code(), tsa::Refusal::TEXTS)
    }
}

/// What the authority answered last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastStamp {
    /// The size of the log it was asked about.
    pub size: u64,
    /// When it was asked, by our clock.
    pub asked_at: Timestamp,
    /// The stamp, if there is one.
    pub stamp: Option<Stamp>,
    /// Why there is none, or why it does not count.
    pub refused: Option<Said>,
}

/// The authority of this log.
pub struct Authority {
    url: reqwest::Url,
    roots: Roots,
    client: reqwest::Client,
    last: RwLock<Option<LastStamp>>,
}

impl Authority {
    /// The one at this address, if one of these certificates vouches for it.
    pub fn new(url: reqwest::Url, roots: Roots) -> Self {
        Self {
            url,
            roots,
            client: crate::outgoing::client(PATIENCE),
            last: RwLock::default(),
        }
    }

    /// The same, which waits only so long for an answer.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self {
            client: crate::outgoing::client(patience),
            ..self
        }
    }

    /// Who vouches for its stamps.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// What it answered last; none before the first time.
    pub fn last(&self) -> Option<LastStamp> {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    pub(super) fn remember(&self, last: LastStamp) {
        if let Some(Said { code, en, .. }) = last.refused {
            tracing::warn!(code, size = last.size, "{en}");
        }
        *self.last.write().unwrap_or_else(PoisonError::into_inner) = Some(last);
    }

    /// Asks for a stamp over this digest: the reply as it came, and what it says.
    ///
    /// # Errors
    /// When nothing usable comes back in time.
    pub async fn stamp(&self, imprint: &Digest) -> Result<(Vec<u8>, Stamp), Said> {
        let nonce = Nonce::from_random(random_bytes());
        let asked = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, REQUEST_TYPE)
            .body(request(imprint, nonce).to_vec());
        let reply = match crate::outgoing::answer(asked, REPLY_BYTES_MAX).await {
            Ok((200, reply)) => reply,
            Ok((status, _)) => {
                tracing::warn!(status, "the time-stamp authority refused the request");
                return Err(NoVoice::Silent.into());
            }
            Err(reason) => {
                tracing::warn!(%reason, "the time-stamp authority does not answer");
                return Err(NoVoice::Silent.into());
            }
        };
        let stamp = tsa::verify(&reply, imprint, Some(nonce), &self.roots)?;
        Ok((reply, stamp))
    }
}

/// Reads the certificates that vouch for time-stamps.
///
/// # Errors
/// When the file cannot be read, or holds none.
pub fn read_roots(path: &Path) -> io::Result<Roots> {
    let bytes = std::fs::read(path)?;
    Roots::parse(&bytes)
        .map_err(|_| io::Error::other(format!("{}: no certificates in it", path.display())))
}

//! How the log stands, for people and for machines.

use domain::server_keys::{HeldChange, KeyUse};
use domain::time::Timestamp;
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::note::Note;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use store::StoreError;

use super::Alarm;
use super::authority::{Authority, Said};
use crate::error::ApiError;
use crate::keys::changes_of;
use crate::openapi::Tag;
use crate::state::{App, SharedApp};

/// A witness and what it said last.
#[derive(Debug, Clone, Object)]
pub struct WitnessDto {
    pub name: String,
    /// Its verifier key (C2SP vkey).
    pub key: String,
    /// The size of the log it was last asked about; null if it was not asked since the start.
    pub size: Option<u64>,
    /// When it saw that state, by its own clock, ms since 1970 UTC; null if it did not cosign.
    pub cosigned_at: Option<i64>,
    /// Why it did not cosign.
    pub refused: Option<AlarmDto>,
    /// What it answered instead, or what failed.
    pub detail: Option<String>,
}

/// The time-stamp authority and what it said last.
#[derive(Debug, Clone, Object)]
pub struct StampDto {
    /// Who stamped, by its certificate; null if there is no stamp.
    pub authority: Option<String>,
    /// The size of the log it was last asked about; null if it was not asked since the start.
    pub size: Option<u64>,
    /// When it saw that state, by its own clock, ms since 1970 UTC.
    pub stamped_at: Option<i64>,
    /// Why there is no stamp, or why it does not count.
    pub refused: Option<AlarmDto>,
}

/// A key of this server and when it signs.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "ServerKey")]
pub struct KeyDto {
    /// `server` for receipts, key records, desk events and bundles; `log` for checkpoints.
    pub kind: String,
    /// SubjectPublicKeyInfo in base64; of the log its verifier key (C2SP vkey).
    pub key: String,
    /// When it began to sign, ms since 1970 UTC; null if it was the first.
    pub from: Option<i64>,
    /// From when on the next one signs, ms since 1970 UTC; null while it does.
    pub until: Option<i64>,
}

/// What is wrong, in both languages.
#[derive(Debug, Clone, Object)]
pub struct AlarmDto {
    pub code: String,
    pub zh: String,
    pub en: String,
}

impl AlarmDto {
    pub(super) fn of(Said { code, zh, en }: Said) -> Self {
        Self {
            code: code.to_owned(),
            zh: zh.to_owned(),
            en: en.to_owned(),
        }
    }
}

impl From<Alarm> for AlarmDto {
    fn from(alarm: Alarm) -> Self {
        let (zh, en) = alarm.words();
        let code = alarm.code();
        Self::of(Said { code, zh, en })
    }
}

/// The transparency log.
#[derive(Debug, Clone, Object)]
#[oai(rename = "LogState")]
pub struct LogStateDto {
    /// The log's name, under which it signs.
    pub origin: String,
    /// Its verifier key (C2SP vkey).
    pub key: String,
    /// The keys of the server and of the log, each kind in the order of its changes.
    pub keys: Vec<KeyDto>,
    /// Its key for second signatures (SM2): SubjectPublicKeyInfo, base64; null if there are none.
    pub sm2_key: Option<String>,
    /// Leaves that are written.
    pub leaves: u64,
    /// Leaves that the latest checkpoint covers.
    pub published: u64,
    /// Root of the latest checkpoint, lower-case hex; null before the first.
    pub root: Option<String>,
    /// Leaves that somebody outside has seen.
    pub witnessed: u64,
    /// When they were seen, by the witnesses' clocks, ms since 1970 UTC.
    pub witnessed_at: Option<i64>,
    /// How many witnesses, the time-stamp authority among them, must have seen a state before its time counts.
    pub quorum: u32,
    pub witnesses: Vec<WitnessDto>,
    /// Null if no authority stamps this log.
    pub stamp: Option<StampDto>,
    /// The build of the app that is served: SHA-256 of `/build.json`, lower-case hex. It is a leaf of the log.
    pub build: String,
    /// Null while all is well. Otherwise no receipts are given.
    pub alarm: Option<AlarmDto>,
}

/// The endpoint of this module.
pub struct LogApi(pub SharedApp);

#[OpenApi(prefix_path = "/log", tag = "Tag::Log")]
impl LogApi {
    /// The state of the transparency log
    ///
    /// Open to everybody. The log itself is at `/log/checkpoint` and `/log/tile/…` (C2SP tlog-tiles).
    #[oai(path = "/", method = "get", operation_id = "getLog")]
    async fn state(&self) -> Result<Json<LogStateDto>, ApiError> {
        Ok(Json(state(&self.0).await?))
    }
}

/// How the log stands now.
///
/// # Errors
/// When the store does not answer.
pub async fn state(app: &App) -> Result<LogStateDto, StoreError> {
    let publisher = &app.publisher;
    let (last, external) = app.store.last_checkpoints().await?;
    let checkpoint = last.and_then(|row| checkpoint_of(&row.note));
    let witnesses = publisher.witnesses();
    Ok(LogStateDto {
        origin: publisher.identity().origin.clone(),
        key: publisher.identity().verifier_key().to_string(),
        keys: keys(app),
        sm2_key: (app.config.sm2.as_ref()).map(|sm2| sm2.public_key().spki_base64()),
        leaves: app.store.log_tail().await?.leaves.unsigned_abs(),
        published: checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size),
        root: checkpoint.map(|checkpoint| checkpoint.root.to_string()),
        witnessed: external.as_ref().map_or(0, |row| row.size.unsigned_abs()),
        witnessed_at: external.and_then(|row| row.witnessed_at),
        quorum: witnesses.quorum() as u32,
        witnesses: witnesses
            .keys()
            .into_iter()
            .map(|key| {
                let answer = witnesses.last_answer(key.name());
                let cosigned = answer.as_ref().map(|answer| &answer.cosigned_at);
                let refused = cosigned.and_then(|at| at.as_ref().err());
                WitnessDto {
                    name: key.name().to_owned(),
                    key: key.to_string(),
                    size: answer.as_ref().map(|answer| answer.size),
                    cosigned_at: cosigned
                        .and_then(|at| at.as_ref().ok())
                        .map(|Timestamp(at)| *at),
                    refused: refused.map(|refused| AlarmDto::of(Said::from(refused.why))),
                    detail: refused.map(|refused| refused.detail.to_string()),
                }
            })
            .collect(),
        stamp: witnesses.authority().map(stamp),
        build: app.served.name.to_string(),
        alarm: app.log.alarm().map(AlarmDto::from),
    })
}

/// Every key that ever signed. A change is a leaf, so its time is one that witnesses have seen.
fn keys(app: &App) -> Vec<KeyDto> {
    let server = app.signer.keys().spans().iter();
    let server = server.map(|span| span.key.spki_base64()).collect();
    let log = app.publisher.identity().keys().spans().iter();
    let log = log.map(|span| span.key.to_string()).collect();
    let changes = app.signer.changes();
    let mut keys = in_time(KeyUse::Server, server, changes);
    keys.extend(in_time(KeyUse::Log, log, changes));
    keys
}

fn in_time(kind: KeyUse, keys: Vec<String>, changes: &[HeldChange]) -> Vec<KeyDto> {
    let froms: Vec<i64> = changes_of(changes, kind)
        .map(|held| held.change.from.0)
        .collect();
    let dated = |(place, key): (usize, String)| KeyDto {
        kind: kind.name().to_owned(),
        key,
        from: place
            .checked_sub(1)
            .and_then(|before| froms.get(before).copied()),
        until: froms.get(place).copied(),
    };
    keys.into_iter().enumerate().map(dated).collect()
}

fn stamp(authority: &Authority) -> StampDto {
    let last = authority.last();
    let stamp = last.as_ref().and_then(|last| last.stamp.as_ref());
    StampDto {
        authority: stamp.map(|stamp| stamp.tsa.clone()),
        size: last.as_ref().map(|last| last.size),
        stamped_at: stamp.map(|stamp| stamp.gen_time.0),
        refused: last
            .as_ref()
            .and_then(|last| last.refused.map(AlarmDto::of)),
    }
}

fn checkpoint_of(text: &str) -> Option<Checkpoint> {
    let note = Note::parse(text.as_bytes()).ok()?;
    Checkpoint::parse(note.text()).ok()
}

//! How those outside stand to the log: what each witness and each time-stamp authority has seen last, since
//! when it is behind, and why. For whoever audits the operator, and for the operator, who must act before
//! times rest on this server's word alone.

use domain::actor::{Action, Subject};
use domain::text::coded;
use domain::time::{Millis, Timestamp};
use domain::tlog::checkpoint::Checkpoint;
use domain::tlog::cosignature::cosigned_at;
use domain::tlog::lag::{STAMP_PATIENCE, Standing, WITNESS_PATIENCE, clocks_differ, standing};
use domain::tlog::note::{Note, NoteKey};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use store::{CheckpointRow, Store, StoreError};

use super::authority::{Authority, Said};
use super::stamping::LATEST_STAMP;
use super::state::AlarmDto;
use super::time_servers::{Heard, NoTime};
use super::witnesses::NoCosignature;
use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::state::{App, SharedApp};

/// How many states are looked through for a witness's last cosignature. One that has cosigned none of them is
/// behind for longer than anybody should have waited.
const BACK_MAX: usize = 500;

/// The last state that was signed.
#[derive(Debug, Clone, Object)]
pub struct CheckpointDto {
    /// How many leaves it covers.
    pub size: u64,
    /// Lower-case hex.
    pub root: String,
    /// The time of the last leaf it covers, ms since 1970 UTC.
    pub at: i64,
}

/// Somebody outside: a witness or a time-stamp authority.
#[derive(Debug, Clone, Object)]
pub struct WatcherDto {
    /// Of an authority the name in its certificate, null before the first stamp.
    pub name: Option<String>,
    /// A witness's verifier key (C2SP vkey); null for authorities, which are known by certificates.
    pub key: Option<String>,
    /// The last state it has signed, leaves; 0 if it has signed none of those that were looked through.
    pub size: u64,
    /// When, by its own clock, ms since 1970 UTC.
    pub at: Option<i64>,
    /// How far its clock was ahead of ours when it last answered, ms; null if it has not answered since the start.
    pub ahead_ms: Option<i64>,
    /// Leaves it has not seen.
    pub behind: u64,
    /// Since when there are such, ms since 1970 UTC.
    pub behind_since: Option<i64>,
    /// `outside_current`, `outside_waiting` or `outside_late`, with words.
    pub standing: AlarmDto,
    /// Why it did not sign the last time it was asked; null if it did, or was not asked since the start.
    pub refused: Option<AlarmDto>,
    /// What it answered instead, or what failed.
    pub detail: Option<String>,
}

/// A time server (NTP) that this server's clock is compared with.
#[derive(Debug, Clone, Object)]
#[oai(rename = "TimeServer")]
pub struct TimeServerDto {
    /// Host and port.
    pub name: String,
    /// When it last told the time, by our clock, ms since 1970 UTC; null if it has not since the start.
    pub at: Option<i64>,
    /// How far its clock was ahead of ours then, ms.
    pub ahead_ms: Option<i64>,
    /// Why it told none when it was asked last.
    pub refused: Option<AlarmDto>,
    /// What failed.
    pub detail: Option<String>,
}

/// The log and those outside.
#[derive(Debug, Clone, Object)]
#[oai(rename = "LogWatch")]
pub struct WatchDto {
    /// The log's name.
    pub origin: String,
    /// Leaves that are written.
    pub leaves: u64,
    /// Null before the first state is published.
    pub checkpoint: Option<CheckpointDto>,
    /// Leaves that enough of those outside have seen.
    pub witnessed: u64,
    /// When, by their clocks, ms since 1970 UTC.
    pub witnessed_at: Option<i64>,
    /// How many of those outside must have seen a state before its time counts.
    pub quorum: u32,
    pub witnesses: Vec<WatcherDto>,
    pub authorities: Vec<WatcherDto>,
    /// Empty unless the operator names some.
    pub time_servers: Vec<TimeServerDto>,
    /// Everything that somebody must look into now, the gravest first.
    pub alarms: Vec<AlarmDto>,
}

coded! {
    /// What somebody must look into, beside what a witness or an authority says itself.
    Worry {
        Nobody "nobody_watches"
            "没有足够的见证方或时间戳机构：所有时间只由本服务器证明。请至少登记一个由他方运行的见证方。"
            "Fewer watch this log than the quorum asks for: all times rest on this server alone. Register a witness that somebody else runs.";
        Late "outside_is_late"
            "有见证方或时间戳机构已超过正常时限没有看到新内容，见下表。"
            "A witness or an authority has not seen what is new for longer than it should take; see below.";
        Clock "clocks_differ"
            "本服务器的时钟与见证方、时间戳机构或对时服务器相差超过 30 秒，见下表。请先核对本服务器的对时；多方一致而只有本机不同，就是本机不准。"
            "This server's clock and that of a witness, an authority or a time server are more than 30 seconds apart; see below. Check this server's time first: if the others agree, it is this one that is wrong.";
        NoTime "no_time_from_outside"
            "登记的对时服务器都没有给出时间，本服务器的时钟暂时无从核对，见下表。"
            "None of the time servers tells the time, so this server's clock cannot be compared with theirs; see below.";
    }
}

/// The endpoint of this module.
pub struct WatchApi(pub SharedApp);

#[OpenApi(prefix_path = "/log", tag = "Tag::Log")]
impl WatchApi {
    /// How witnesses and time-stamp authorities stand to the log
    #[oai(path = "/watch", method = "get", operation_id = "getLogWatch")]
    async fn watch(&self, SignedIn(session): SignedIn) -> Result<Json<WatchDto>, ApiError> {
        session.must(Action::WatchLog, &Subject::default())?;
        Ok(Json(watch(&self.0).await?))
    }
}

/// How everybody stands now.
///
/// # Errors
/// When the store does not answer.
pub async fn watch(app: &App) -> Result<WatchDto, StoreError> {
    let store = &app.store;
    let publisher = &app.publisher;
    let now = app.now();
    let leaves = store.log_tail().await?.leaves.unsigned_abs();
    let recent = store.recent_checkpoints(BACK_MAX).await?;
    let (_, external) = store.last_checkpoints().await?;
    let mut witnesses = Vec::new();
    for key in publisher.witnesses().keys() {
        let behind = Behind { app, leaves, now };
        witnesses.push(behind.witness(key, &recent).await?);
    }
    let mut authorities = Vec::new();
    if let Some(authority) = publisher.witnesses().authority() {
        let behind = Behind { app, leaves, now };
        authorities.push(behind.authority(authority).await?);
    }
    let quorum = publisher.witnesses().quorum();
    let mut watch = WatchDto {
        origin: publisher.identity().origin.clone(),
        leaves,
        checkpoint: checkpoint(store, recent.first()).await?,
        witnessed: external.as_ref().map_or(0, |row| row.size.unsigned_abs()),
        witnessed_at: external.and_then(|row| row.witnessed_at),
        quorum: quorum as u32,
        witnesses,
        authorities,
        time_servers: time_servers(app),
        alarms: Vec::from_iter(app.log.alarm().map(AlarmDto::from)),
    };
    watch
        .alarms
        .extend(worries(&watch).into_iter().map(AlarmDto::of));
    Ok(watch)
}

/// What of it somebody must look into.
fn worries(watch: &WatchDto) -> Vec<Said> {
    let outside = || watch.witnesses.iter().chain(&watch.authorities);
    let mut worries = Vec::new();
    let contradicts = NoCosignature::Contradicts;
    let mut refusals = watch
        .witnesses
        .iter()
        .filter_map(|one| one.refused.as_ref());
    if refusals.any(|it| it.code == contradicts.code()) {
        worries.push(contradicts.into());
    }
    if outside().count() < watch.quorum as usize {
        worries.push(Said::of(Worry::Nobody.code(), Worry::TEXTS));
    }
    if outside().any(|one| one.standing.code == Standing::Late.code()) {
        worries.push(Said::of(Worry::Late.code(), Worry::TEXTS));
    }
    let is_off = |ahead: i64| clocks_differ(Timestamp(0), Timestamp(ahead));
    let told = watch.time_servers.iter().filter_map(|one| one.ahead_ms);
    let mut clocks = outside().filter_map(|one| one.ahead_ms).chain(told);
    if clocks.any(is_off) {
        worries.push(Said::of(Worry::Clock.code(), Worry::TEXTS));
    }
    let time_servers = &watch.time_servers;
    if !time_servers.is_empty() && time_servers.iter().all(|one| one.refused.is_some()) {
        worries.push(Said::of(Worry::NoTime.code(), Worry::TEXTS));
    }
    worries
}

fn time_servers(app: &App) -> Vec<TimeServerDto> {
    let one = |(name, heard): (String, Heard)| {
        let (at, ahead) = heard.last.unzip();
        let refused = heard.refused.as_ref();
        TimeServerDto {
            name,
            at: at.map(|at| at.0),
            ahead_ms: ahead.map(|ahead| ahead.0),
            refused: refused.map(|it| AlarmDto::of(Said::of(it.why.code(), NoTime::TEXTS))),
            detail: heard.refused.map(|it| it.detail),
        }
    };
    app.time_servers.heard().map(one).collect()
}

async fn checkpoint(
    store: &Store,
    row: Option<&CheckpointRow>,
) -> Result<Option<CheckpointDto>, StoreError> {
    let note = row.and_then(|row| Note::parse(row.note.as_bytes()).ok());
    let Some(checkpoint) = note.and_then(|note| Checkpoint::parse(note.text()).ok()) else {
        return Ok(None);
    };
    let last = checkpoint.size.saturating_sub(1) as i64;
    let leaf = store.leaves_from(last, 1).await?.pop();
    Ok(Some(CheckpointDto {
        size: checkpoint.size,
        root: checkpoint.root.to_string(),
        at: leaf.map_or(0, |leaf| leaf.ts),
    }))
}

/// Measures how far somebody is behind.
struct Behind<'a> {
    app: &'a App,
    leaves: u64,
    now: Timestamp,
}

impl Behind<'_> {
    async fn witness(
        &self,
        key: &NoteKey,
        recent: &[CheckpointRow],
    ) -> Result<WatcherDto, StoreError> {
        let signed = |row: &CheckpointRow| {
            let note = Note::parse(row.note.as_bytes()).ok()?;
            let at = cosigned_at(&note, key).ok().flatten()?;
            Some((row.size.unsigned_abs(), at))
        };
        let answer = self.app.publisher.witnesses().last_answer(key.name());
        let clocks = answer.as_ref().and_then(|answer| {
            let theirs = *answer.cosigned_at.as_ref().ok()?;
            Some((answer.asked_at, theirs))
        });
        let refused = answer.and_then(|answer| answer.cosigned_at.err());
        let last = recent.iter().find_map(signed);
        let watcher = self.standing(last, WITNESS_PATIENCE).await?;
        Ok(WatcherDto {
            name: Some(key.name().to_owned()),
            key: Some(key.to_string()),
            ahead_ms: clocks.map(|(ours, theirs)| (theirs - ours).0),
            refused: refused.as_ref().map(|it| AlarmDto::of(it.why.into())),
            detail: refused.map(|it| it.detail.to_string()),
            ..watcher
        })
    }

    async fn authority(&self, authority: &Authority) -> Result<WatcherDto, StoreError> {
        let asked = authority.last();
        let name = asked
            .as_ref()
            .and_then(|asked| Some(asked.stamp.as_ref()?.tsa.clone()));
        let ahead = asked.as_ref().and_then(|asked| {
            let theirs = asked.stamp.as_ref()?.gen_time;
            Some(theirs - asked.asked_at)
        });
        let watcher = self
            .standing(self.last_stamp().await?, STAMP_PATIENCE)
            .await?;
        Ok(WatcherDto {
            name,
            ahead_ms: ahead.map(|ahead| ahead.0),
            refused: asked.and_then(|asked| asked.refused.map(AlarmDto::of)),
            ..watcher
        })
    }

    /// The last state with a stamp, and the stamp's time.
    async fn last_stamp(&self) -> Result<Option<(u64, Timestamp)>, StoreError> {
        let named = self.app.publisher.files().read(LATEST_STAMP).await?;
        let size = named.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.trim().parse().ok());
        let Some(size) = size else {
            return Ok(None);
        };
        let row = self.app.store.checkpoint(size).await?;
        let at = row.and_then(|row| row.stamped_at);
        Ok(at.map(|at| (size.unsigned_abs(), Timestamp(at))))
    }

    async fn standing(
        &self,
        last: Option<(u64, Timestamp)>,
        patience: Millis,
    ) -> Result<WatcherDto, StoreError> {
        let size = last.map_or(0, |(size, _)| size);
        let unseen = self.app.store.leaves_from(size as i64, 1).await?.pop();
        let since = unseen.map(|leaf| Timestamp(leaf.ts));
        Ok(WatcherDto {
            name: None,
            key: None,
            size,
            at: last.map(|(_, at)| at.0),
            behind: self.leaves.saturating_sub(size),
            behind_since: since.map(|at| at.0),
            ahead_ms: None,
            standing: AlarmDto::of(standing(since, self.now, patience).into()),
            refused: None,
            detail: None,
        })
    }
}

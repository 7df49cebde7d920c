//! Figures: what is counted over many work orders. So far one, the share of check-ins that are shown strongly (evidence
//! §2.4), by district and by provider. Each number opens the check-ins that it counts, and none of them is a verdict on
//! anybody: they are the verdicts on single check-ins, added up.

use std::collections::BTreeMap;

use domain::actor::Action;
use domain::ids::{OrgId, PersonId};
use domain::interval::UNKNOWN_LATEST;
use domain::presence::PresenceResult;
use domain::presence::share::{Share, Within};
use domain::time::Millis;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use store::{CANNOT_TELL, CheckInCount, CheckInQuery, CheckInRow};

use crate::auth::{Session, SignedIn, subject_of};
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::register::Register;
use crate::state::{App, SharedApp};

/// Check-ins on one page.
const PAGE: usize = 50;
/// The span if none is named: the last thirty days.
const USUAL: Millis = Millis::minutes(30 * 24 * 60);
/// How far beyond this instant a span without an end goes: clocks are only so exact, and what has just been received
/// shall not count as perhaps to come.
const JUST_NOW: Millis = Millis::minutes(1);
/// The longest span, two years.
const LONGEST: Millis = Millis::minutes(2 * 366 * 24 * 60);

/// How well a check-in is shown.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename = "PresenceShown", rename_all = "snake_case")]
enum ShownDto {
    Strong,
    Adequate,
    Weak,
    None,
    Contradicted,
    /// May have happened outside of the span, or its positions have not arrived.
    CannotTell,
}

impl ShownDto {
    fn name(self) -> &'static str {
        match self {
            ShownDto::Strong => PresenceResult::Strong.name(),
            ShownDto::Adequate => PresenceResult::Adequate.name(),
            ShownDto::Weak => PresenceResult::Weak.name(),
            ShownDto::None => PresenceResult::None.name(),
            ShownDto::Contradicted => PresenceResult::Contradicted.name(),
            ShownDto::CannotTell => CANNOT_TELL,
        }
    }
}

/// Check-ins by how well each is shown.
#[derive(Object)]
#[oai(rename = "PresenceShare")]
struct ShareDto {
    strong: u64,
    adequate: u64,
    weak: u64,
    none: u64,
    contradicted: u64,
    /// May have happened outside of the span, or cannot be judged yet; never counted as strong, never left out.
    cannot_tell: u64,
    total: u64,
    /// The least that the share of strong ones can be, thousandths; null of none.
    strong_permille_min: Option<u64>,
    /// The most it can be.
    strong_permille_max: Option<u64>,
}

impl From<&Share> for ShareDto {
    fn from(share: &Share) -> Self {
        let (least, most) = share.strong_permille().unzip();
        Self {
            strong: share.strong,
            adequate: share.adequate,
            weak: share.weak,
            none: share.none,
            contradicted: share.contradicted,
            cannot_tell: share.cannot_tell,
            total: share.total(),
            strong_permille_min: least,
            strong_permille_max: most,
        }
    }
}

/// The share of one district or one provider.
#[derive(Object)]
#[oai(rename = "PresenceShareOf")]
struct ShareOfDto {
    /// The district's code, or the provider's.
    id: String,
    /// The provider's name; of a district its code.
    name: String,
    share: ShareDto,
}

/// The figure.
#[derive(Object)]
#[oai(rename = "PresenceFigure")]
struct FigureDto {
    /// Ms since 1970 UTC.
    from: i64,
    /// Not part of it any more.
    to: i64,
    /// Whether work orders have changed that are not counted yet, as they will be in a moment.
    behind: bool,
    total: ShareDto,
    districts: Vec<ShareOfDto>,
    providers: Vec<ShareOfDto>,
}

/// A check-in that is counted.
#[derive(Object)]
#[oai(rename = "CountedCheckIn")]
struct CheckInDto {
    work_order: String,
    event: String,
    district: String,
    provider: String,
    terminal: String,
    person: String,
    person_name: String,
    /// How well it is shown, wherever in time it lies; `cannot_tell` while its positions have not arrived.
    shown: String,
    /// When it happened at the earliest by the server's receipts, ms.
    earliest: i64,
    /// And at the latest; null while no receipt covers it.
    latest: Option<i64>,
}

/// A page of check-ins, latest first.
#[derive(Object)]
#[oai(rename = "CountedCheckIns")]
struct CheckInsDto {
    items: Vec<CheckInDto>,
    /// How many there are in all.
    total: u64,
}

pub struct FiguresApi(pub SharedApp);

#[OpenApi(prefix_path = "/figures", tag = "Tag::Figures")]
impl FiguresApi {
    /// The share of check-ins that are shown strongly
    ///
    /// Only what lies in the caller's area. The span begins at `from` and ends before `to`, ms since 1970 UTC; without
    /// them it is the last thirty days.
    #[oai(path = "/presence", method = "get", operation_id = "getPresenceFigure")]
    async fn presence(
        &self,
        SignedIn(session): SignedIn,
        from: Query<Option<i64>>,
        to: Query<Option<i64>>,
        /// Only of this district.
        #[oai(validator(max_length = 40))]
        district: Query<Option<String>>,
        /// Only of this provider.
        #[oai(validator(max_length = 40))]
        provider: Query<Option<String>>,
    ) -> Result<Json<FigureDto>, ApiError> {
        let app = &self.0;
        let query = asked(app, &session, (from.0, to.0), district.0, provider.0)?;
        let counts = app.store.count_check_ins(&query).await?;
        let state = app.store.review_state().await?;
        let behind = app.store.work_orders_changed_after(state.n, 1).await?;
        let register = app.register();
        let provider_name = |id: &str| name_of(&register, id);
        Ok(Json(FigureDto {
            from: query.from,
            to: query.to,
            behind: !behind.is_empty(),
            total: ShareDto::from(&sum(&counts)),
            districts: by(&counts, |count| &count.district, str::to_owned),
            providers: by(&counts, |count| &count.provider, provider_name),
        }))
    }

    /// The check-ins behind a number of it
    #[oai(
        path = "/presence/check-ins",
        method = "get",
        operation_id = "listCountedCheckIns"
    )]
    #[allow(
        clippy::too_many_arguments,
        reason = "each is a parameter of the query"
    )]
    async fn check_ins(
        &self,
        SignedIn(session): SignedIn,
        from: Query<Option<i64>>,
        to: Query<Option<i64>>,
        #[oai(validator(max_length = 40))] district: Query<Option<String>>,
        #[oai(validator(max_length = 40))] provider: Query<Option<String>>,
        /// The number that is opened.
        shown: Query<ShownDto>,
        #[oai(default, validator(maximum(value = "10000")))] page: Query<usize>,
    ) -> Result<Json<CheckInsDto>, ApiError> {
        let app = &self.0;
        let query = asked(app, &session, (from.0, to.0), district.0, provider.0)?;
        let found = app
            .store
            .list_check_ins(&query, shown.0.name(), page.0 * PAGE, PAGE)
            .await?;
        let (rows, total) = found;
        let register = app.register();
        // Who was where is personal: who looked is part of the record of the server.
        tracing::info!(person = %session.actor.person, items = rows.len(), "counted check-ins were read");
        Ok(Json(CheckInsDto {
            items: rows.into_iter().map(|row| listed(&register, row)).collect(),
            total: total as u64,
        }))
    }
}

/// What the caller asks for, within what they may see.
fn asked(
    app: &App,
    session: &Session,
    (from, to): (Option<i64>, Option<i64>),
    district: Option<String>,
    provider: Option<String>,
) -> Result<CheckInQuery, ApiError> {
    session.must(Action::ReadFigures, &subject_of(&session.person))?;
    let to = to.unwrap_or((app.now() + JUST_NOW).0);
    let from = from.unwrap_or(to.saturating_sub(USUAL.0));
    if from >= to || to.saturating_sub(from) > LONGEST.0 {
        return Err(ApiError::unprocessable(
            "span_wrong",
            "起止时间不对：结束须晚于开始，最长两年。请重新选择。",
            "The span is none: it must end after it begins and be no longer than two years. Choose another one.",
        ));
    }
    Ok(CheckInQuery {
        scope: session.scope(),
        from,
        to,
        district,
        provider,
    })
}

fn sum<'a>(counts: impl IntoIterator<Item = &'a CheckInCount>) -> Share {
    let mut share = Share::default();
    for count in counts {
        let within = match count.inside {
            true => Within::Inside,
            false => Within::CannotTell,
        };
        let n = u64::try_from(count.count).unwrap_or(0);
        share.add(PresenceResult::named(&count.result), within, n);
    }
    share
}

/// One share for each of them, in order of their ids.
fn by(
    counts: &[CheckInCount],
    id: impl Fn(&CheckInCount) -> &String,
    name: impl Fn(&str) -> String,
) -> Vec<ShareOfDto> {
    let mut sorted: BTreeMap<&String, Vec<&CheckInCount>> = BTreeMap::new();
    for count in counts {
        sorted.entry(id(count)).or_default().push(count);
    }
    let one = |(id, counts): (&String, Vec<&CheckInCount>)| ShareOfDto {
        id: id.clone(),
        name: name(id),
        share: ShareDto::from(&sum(counts)),
    };
    sorted.into_iter().map(one).collect()
}

fn listed(register: &Register, row: CheckInRow) -> CheckInDto {
    let person: Option<PersonId> = row.person.parse().ok();
    CheckInDto {
        person_name: person.map_or_else(String::new, |id| register.name_of(&id).to_owned()),
        work_order: row.wo,
        event: row.event,
        district: row.district,
        provider: row.provider,
        terminal: row.terminal,
        person: row.person,
        shown: row.result,
        earliest: row.earliest,
        latest: (row.latest < UNKNOWN_LATEST.0).then_some(row.latest),
    }
}

fn name_of(register: &Register, org: &str) -> String {
    let known: Option<OrgId> = org.parse().ok();
    known.map_or_else(|| org.to_owned(), |id| register.org_name(&id).to_owned())
}

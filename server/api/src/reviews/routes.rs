//! The review list as authorities and auditors see it, and their decisions. What lies in one
//! district is that district's business, what reaches over several is the city's and the
//! auditors'; providers and sites see none of it. The scope is part of every query.

use domain::actor::{Action, Scope, Subject};
use domain::review::decision::{Decision, Outcome, is_reason};
use domain::review::{Finding, Measure, Seen};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use store::{ReviewDecisionRow, ReviewQuery, ReviewRow, StoreError};

use super::items::is_open;
use crate::auth::{Session, SignedIn};
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::raw_json::RawJson;
use crate::reason::Reason;
use crate::state::{App, SharedApp};

/// Items on one page.
const PAGE: usize = 50;
/// How often a decision looks for its number when several are made at once.
const ATTEMPTS: usize = 5;

/// One line of the list.
#[derive(Object)]
struct ReviewDto {
    /// 32 hex digits.
    id: String,
    kind: Reason,
    /// `certain`, `possible` or `note`.
    weight: String,
    /// Whether somebody still has to look.
    open: bool,
    /// Whether the facts still say so.
    holds: bool,
    /// The decision in force; null before the first.
    outcome: Option<Reason>,
    /// When the latest of it happened at the latest, ms.
    at: i64,
    work_orders: Vec<String>,
    /// The numbers behind it: code, words, value.
    measures: Vec<Any<Value>>,
}

/// A page of the list, latest first.
#[derive(Object)]
struct ReviewsDto {
    items: Vec<ReviewDto>,
    /// How many there are in all.
    total: u64,
}

/// One item with all that it rests on.
#[derive(Object)]
struct ReviewShownDto {
    /// As in the list.
    item: ReviewDto,
    /// SHA-256 of what is shown; a decision repeats it.
    digest: String,
    /// How the second picture lies against the first; null where there are no two.
    laid: Any<Value>,
    /// The facts, as the rules see them.
    sightings: Vec<Any<Value>>,
    /// Drawn signatures by commitment; those erased are missing.
    inks: Any<Value>,
    /// By id: name and organisation.
    people: Any<Value>,
    /// By id: name of the terminal and of its site.
    terminals: Any<Value>,
    /// First to last, with the signed envelope of each.
    decisions: Vec<Any<Value>>,
}

/// What is decided.
#[derive(Object)]
struct DecisionDto {
    /// `no_issue`, `confirmed` or `needs_follow_up`.
    #[oai(validator(pattern = "^(no_issue|confirmed|needs_follow_up)$"))]
    outcome: String,
    /// Why, at least two characters.
    #[oai(validator(max_length = 1000))]
    reason: String,
    /// The digest of what was shown.
    #[oai(validator(max_length = 64))]
    shown: String,
}

pub struct ReviewsApi(pub SharedApp);

#[OpenApi(prefix_path = "/reviews", tag = "Tag::Reviews")]
impl ReviewsApi {
    /// List what is worth a second look
    ///
    /// Only what lies in the caller's area. Nothing here is a verdict on anybody.
    #[oai(path = "/", method = "get", operation_id = "listReviews")]
    async fn list(
        &self,
        SignedIn(session): SignedIn,
        /// `open`, `decided` or `all`.
        #[oai(default = "open_only", validator(pattern = "^(open|decided|all)$"))]
        state: Query<String>,
        /// Only of this kind.
        #[oai(validator(pattern = "^[a-z_]{1,40}$"))]
        kind: Query<Option<String>>,
        /// Only those of this work order, whatever their state.
        #[oai(validator(max_length = 40))]
        work_order: Query<Option<String>>,
        #[oai(default, validator(maximum(value = "10000")))] page: Query<usize>,
    ) -> Result<RawJson<ReviewsDto>, ApiError> {
        let scope = scope_of(&session)?;
        let (rows, total) = match &work_order.0 {
            Some(work_order) => {
                let rows = self
                    .0
                    .store
                    .reviews_of_work_order(work_order, &scope)
                    .await?;
                let total = rows.len();
                (rows, total)
            }
            None => {
                let open = match state.0.as_str() {
                    "open" => Some(true),
                    "decided" => Some(false),
                    _ => None,
                };
                let query = ReviewQuery {
                    scope,
                    open,
                    kind: kind.0,
                    offset: page.0 * PAGE,
                    limit: PAGE,
                };
                let found = self.0.store.list_reviews(&query).await?;
                (found.rows, found.total)
            }
        };
        let items = rows.iter().map(listed).collect::<Result<Vec<_>, _>>()?;
        tracing::info!(person = %session.actor.person, items = items.len(), "review list was read");
        Ok(RawJson::new(
            json!({ "items": items, "total": total }).to_string(),
        ))
    }

    /// One item with the facts behind it
    #[oai(path = "/:id", method = "get", operation_id = "getReview")]
    async fn get(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
    ) -> Result<RawJson<ReviewShownDto>, ApiError> {
        let row = find(&self.0, &session, &id).await?;
        // Pictures and handwriting are personal: who looked is part of the record of the server.
        tracing::info!(person = %session.actor.person, review = %row.id, "review was read");
        shown(&self.0, &row)
            .await
            .map(|shown| RawJson::new(shown.to_string()))
    }

    /// Decide on an item
    ///
    /// Appended and signed by the server; an earlier decision stays and the last one is in force.
    #[oai(path = "/:id/decision", method = "post", operation_id = "decideReview")]
    async fn decide(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        Json(decision): Json<DecisionDto>,
    ) -> Result<RawJson<ReviewShownDto>, ApiError> {
        session.must(Action::DecideReview, &own(&session))?;
        let row = find(&self.0, &session, &id).await?;
        if !is_reason(&decision.reason) {
            return Err(ApiError::unprocessable(
                "reason_missing",
                "请写明理由，2 至 1000 字。",
                "Give the reason, 2 to 1,000 characters.",
            ));
        }
        if decision.shown != row.digest {
            return Err(ApiError::conflict(
                "review_changed",
                "该核查项在您查看之后有了新的内容，请刷新后再作决定。",
                "This item has changed since you looked at it. Refresh it, then decide.",
            ));
        }
        append(&self.0, &session, &row, &decision).await?;
        let row = find(&self.0, &session, &id).await?;
        shown(&self.0, &row)
            .await
            .map(|shown| RawJson::new(shown.to_string()))
    }
}

fn open_only() -> String {
    "open".to_owned()
}

/// The person's own area as a subject.
fn own(session: &Session) -> Subject {
    Subject {
        district: session.actor.district.clone(),
        ..Subject::default()
    }
}

fn scope_of(session: &Session) -> Result<Scope, ApiError> {
    session.must(Action::ReadReviews, &own(session))?;
    Ok(session.scope())
}

/// The row, if it lies in the caller's area; another's is as absent as one that never was.
async fn find(app: &App, session: &Session, id: &str) -> Result<ReviewRow, ApiError> {
    let scope = scope_of(session)?;
    let absent = || {
        ApiError::not_found(
            "核查项（或不在您的管辖范围）",
            "review item, or none in your area,",
            id,
        )
    };
    let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_id {
        return Err(absent());
    }
    app.store.review(id, &scope).await?.ok_or_else(absent)
}

fn finding(row: &ReviewRow) -> Result<Finding, ApiError> {
    serde_json::from_str(&row.doc).map_err(|error| ApiError::internal("review", error))
}

fn reason(code: &str) -> Value {
    let Reason { code, zh, en } = Reason::of(code);
    json!({ "code": code, "zh": zh, "en": en })
}

fn listed(row: &ReviewRow) -> Result<Value, ApiError> {
    let finding = finding(row)?;
    let measure = |(measure, value): (&Measure, &i64)| {
        let mut words = reason(measure.code());
        words["value"] = (*value).into();
        words
    };
    Ok(json!({
        "id": row.id,
        "kind": reason(finding.kind.code()),
        "weight": finding.kind.weight(),
        "open": row.open,
        "holds": row.holds,
        "outcome": row.outcome.as_deref().map(reason),
        "at": row.place.split('-').next().and_then(|at| at.parse::<i64>().ok()),
        "work_orders": row.work_orders,
        "measures": finding.measures.iter().map(measure).collect::<Vec<_>>(),
    }))
}

async fn shown(app: &App, row: &ReviewRow) -> Result<Value, ApiError> {
    let finding = finding(row)?;
    let mut decisions = Vec::new();
    for decision in app.store.review_decisions(&row.id).await? {
        decisions.push(decision_json(app, &decision)?);
    }
    Ok(json!({
        "item": listed(row)?,
        "digest": row.digest,
        "laid": finding.laid,
        "inks": inks(app, &finding).await?,
        "people": people(app, &finding),
        "terminals": terminals(app, &finding),
        "sightings": finding.sightings,
        "decisions": decisions,
    }))
}

fn decision_json(app: &App, row: &ReviewDecisionRow) -> Result<Value, ApiError> {
    let envelope: domain::envelope::Envelope = serde_json::from_str(&row.envelope)
        .map_err(|error| ApiError::internal("review decision", error))?;
    let opened = app.signer.keys().open::<Decision>(&envelope);
    let (_, decision) =
        opened.map_err(|error| ApiError::internal("review decision", error.code()))?;
    let name = app.register().name_of(&decision.by).to_owned();
    Ok(json!({
        "seq": decision.seq, "by": decision.by, "by_name": name, "at": decision.at,
        "outcome": reason(decision.outcome.code()), "reason": decision.reason,
        "shown": decision.shown, "envelope": envelope.to_value(),
    }))
}

async fn inks(app: &App, finding: &Finding) -> Result<Value, ApiError> {
    let names = finding.sightings.iter().filter_map(|seen| match seen.seen {
        Seen::Ink { c } => Some(c.to_string()),
        _ => None,
    });
    let names: Vec<String> = names.collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows = app.store.sidecars(&names).await?;
    let read = |row: store::SidecarRow| Some((row.c, serde_json::from_str(&row.value).ok()?));
    Ok(Value::Object(rows.into_iter().filter_map(read).collect()))
}

fn people(app: &App, finding: &Finding) -> Value {
    let register = app.register();
    let mut people = Map::new();
    for seen in &finding.sightings {
        let technician = match &seen.seen {
            Seen::SignerIsTechnician { technician } => Some(technician),
            _ => None,
        };
        for person in [Some(&seen.by), technician].into_iter().flatten() {
            if let Some(known) = register.people.get(person) {
                let entry = json!({ "name": known.name, "org": register.org_name(&known.org) });
                people.insert(person.to_string(), entry);
            }
        }
    }
    Value::Object(people)
}

fn terminals(app: &App, finding: &Finding) -> Value {
    let register = app.register();
    let mut terminals = Map::new();
    for seen in &finding.sightings {
        if let Some(terminal) = register.terminals.get(&seen.terminal) {
            let site = register
                .sites
                .get(&terminal.site)
                .map_or("", |site| &site.name);
            terminals.insert(
                seen.terminal.to_string(),
                json!({ "name": terminal.name, "site": site }),
            );
        }
    }
    Value::Object(terminals)
}

/// Signs the decision with the next free number. Of two at once both are kept, one after the other.
async fn append(
    app: &App,
    session: &Session,
    row: &ReviewRow,
    wanted: &DecisionDto,
) -> Result<(), ApiError> {
    let outcome: Outcome = serde_json::from_value(wanted.outcome.clone().into())
        .map_err(|error| ApiError::internal("outcome", error))?;
    let shown = row
        .digest
        .parse()
        .map_err(|_| ApiError::internal("review", "its digest is none"))?;
    for _ in 0..ATTEMPTS {
        let before = app.store.review_decisions(&row.id).await?;
        let seq = before.len() as u64 + 1;
        let decision = Decision {
            at: app.now(),
            by: session.actor.person.clone(),
            outcome,
            policy: app.reviews.policy().digest(),
            prev: before
                .last()
                .map(|last| payload_digest(&last.envelope))
                .transpose()?,
            reason: wanted.reason.trim().to_owned(),
            review: row.id.clone(),
            seq,
            shown,
            v: 1,
        };
        let envelope = app
            .signer
            .sign_as(&decision)
            .map_err(|error| ApiError::internal("decision", error.code()))?;
        let appended = ReviewDecisionRow {
            review: row.id.clone(),
            seq: before.len() as i64 + 1,
            by: decision.by.to_string(),
            at: decision.at.0,
            outcome: outcome.code().to_owned(),
            shown: row.digest.clone(),
            envelope: envelope.to_value().to_string(),
        };
        let open = row.holds && is_open(Some(outcome.code()), true);
        match app.store.append_review_decision(appended, open).await {
            Ok(()) => {
                tracing::info!(person = %decision.by, review = %row.id, seq, outcome = outcome.code(), "review was decided");
                return Ok(());
            }
            // Somebody was faster, or the review wrote at the same moment.
            Err(StoreError::Invalid(_) | StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::unavailable("review decision", "too many at once"))
}

fn payload_digest(envelope: &str) -> Result<domain::ids::Digest, ApiError> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let corrupt = |error: &dyn std::fmt::Display| ApiError::internal("review decision", error);
    let envelope: Value = serde_json::from_str(envelope).map_err(|error| corrupt(&error))?;
    let payload = STANDARD
        .decode(envelope["payload"].as_str().unwrap_or_default())
        .map_err(|error| corrupt(&error))?;
    Ok(domain::ids::Digest(Sha256::digest(&payload).into()))
}

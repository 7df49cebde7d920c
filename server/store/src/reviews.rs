//! What is worth a second look: what was seen in each work order, which pictures and signatures look
//! alike, what was found, and what people decided. Everything but the decisions is a projection and is
//! replaced at will; decisions are appended and never touched again.
//!
//! Changes go through [`Store::change_reviews`], a compare-and-set on a version of its own: the review
//! runs behind the intake and must never hold it up.

mod prints;

use domain::actor::Scope;
use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue, Value};

pub(crate) use self::prints::fingerprint_key;
pub use self::prints::{FingerprintRow, LookalikeRow};
use crate::Store;
use crate::check_ins::CheckInRow;
use crate::commit::limit;
use crate::connection::{Row, bind, contents};
use crate::error::{COUNTER_MOVED, Result, StoreError};
use crate::work_orders::WorkOrderRow;

/// Where the review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SurrealValue)]
pub struct ReviewState {
    /// Moves with every change.
    pub version: i64,
    /// The counter up to which work orders were looked at.
    pub n: i64,
}

/// Something seen in a work order.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct SightingRow {
    /// What it must be compared in.
    pub group_name: String,
    pub wo: String,
    /// Its place among those of the work order.
    pub place: i64,
    /// The sighting (JSON).
    pub doc: String,
}

impl Row for SightingRow {
    const TABLE: &'static str = "sighting";
    fn key(&self) -> RecordIdKey {
        let parts = [
            self.group_name.clone().into_value(),
            self.wo.clone().into_value(),
            self.place.into_value(),
        ];
        Array::from(parts.to_vec()).into()
    }
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct ReviewRow {
    /// Its name, 32 hex digits.
    #[surreal(rename = "name")]
    pub id: String,
    pub kind: String,
    /// The group it was found in.
    pub group_name: String,
    /// The one district that all of it lies in; none if it reaches over several.
    pub district: Option<String>,
    /// Whether somebody still has to look.
    pub open: bool,
    /// Whether the facts still say so.
    pub holds: bool,
    /// Sorts by when it happened: the time, then the name.
    pub place: String,
    /// The finding (JSON).
    pub doc: String,
    /// SHA-256 of the finding.
    pub digest: String,
    /// The decision in force.
    pub outcome: Option<String>,
    /// The finding that the decision in force was made on.
    pub decided_digest: Option<String>,
    pub work_orders: Vec<String>,
}

impl Row for ReviewRow {
    const TABLE: &'static str = "review";
    fn key(&self) -> RecordIdKey {
        self.id.as_str().into()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
struct LinkRow {
    wo: String,
    review: String,
}

impl Row for LinkRow {
    const TABLE: &'static str = "review_link";
    fn key(&self) -> RecordIdKey {
        pair_key(
            self.wo.as_str().into_value(),
            self.review.as_str().into_value(),
        )
    }
}

/// One decision, as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct ReviewDecisionRow {
    pub review: String,
    /// From 1.
    pub seq: i64,
    pub by: String,
    /// Server time, ms.
    pub at: i64,
    pub outcome: String,
    /// SHA-256 of the finding it was made on.
    pub shown: String,
    /// The signed envelope (JSON).
    pub envelope: String,
}

impl Row for ReviewDecisionRow {
    const TABLE: &'static str = "review_decision";
    fn key(&self) -> RecordIdKey {
        pair_key(self.review.as_str().into_value(), self.seq.into_value())
    }
}

fn pair_key(first: Value, second: Value) -> RecordIdKey {
    Array::from(vec![first, second]).into()
}

/// One step of the review; all of it, or nothing.
#[derive(Debug, Clone, Default)]
pub struct ReviewChange {
    /// The state this was computed from.
    pub version: i64,
    /// The counter up to which work orders were looked at, from now on.
    pub n: i64,
    /// Work orders whose sightings and check-ins are replaced.
    pub work_orders: Vec<String>,
    pub sightings: Vec<SightingRow>,
    pub check_ins: Vec<CheckInRow>,
    /// New fingerprints; one that is there already stays as it is.
    pub wanted: Vec<FingerprintRow>,
    /// Fingerprints that are known now.
    pub fingerprints: Vec<FingerprintRow>,
    pub lookalikes: Vec<LookalikeRow>,
    /// Findings that are no more and that nobody has decided on.
    pub gone: Vec<String>,
    pub reviews: Vec<ReviewRow>,
}

/// What to list.
#[derive(Debug, Clone)]
pub struct ReviewQuery {
    /// What the asker may see; part of the query.
    pub scope: Scope,
    /// Only those still open, only those decided, or all.
    pub open: Option<bool>,
    pub kind: Option<String>,
    pub offset: usize,
    pub limit: usize,
}

/// A part of a list, latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewPage {
    pub rows: Vec<ReviewRow>,
    pub total: usize,
}

impl Store {
    /// Where the review stands.
    pub async fn review_state(&self) -> Result<ReviewState> {
        let mut results = self
            .connection
            .run("SELECT version, n FROM ONLY review_state:main", bind([]))
            .await?;
        let state: Option<ReviewState> = results
            .take(0)
            .map_err(|error| StoreError::corrupt("review_state", error))?;
        state.ok_or_else(|| StoreError::corrupt("review_state", "review_state:main is missing"))
    }

    /// Up to `rows_max` work orders whose last change came after number `after`, in that order.
    pub async fn work_orders_changed_after(
        &self,
        after: i64,
        rows_max: usize,
    ) -> Result<Vec<WorkOrderRow>> {
        let text = "SELECT * FROM work_order WHERE n > $after ORDER BY n LIMIT $limit";
        self.connection
            .rows(
                text,
                bind([("after", after.into_value()), ("limit", limit(rows_max))]),
            )
            .await
    }

    /// The latest `rows_max` sightings of a group.
    pub async fn sightings_of_group(
        &self,
        group: &str,
        rows_max: usize,
    ) -> Result<Vec<SightingRow>> {
        let range = beginning(SightingRow::TABLE, group);
        let text = "SELECT * FROM $range ORDER BY wo DESC, place LIMIT $limit";
        self.connection
            .rows(text, bind([("range", range), ("limit", limit(rows_max))]))
            .await
    }

    /// The sightings of a work order.
    pub async fn sightings_of_work_order(&self, wo: &str) -> Result<Vec<SightingRow>> {
        self.connection
            .rows(
                "SELECT * FROM sighting WHERE wo = $wo",
                bind([("wo", wo.into_value())]),
            )
            .await
    }

    /// What was found in a group.
    pub async fn reviews_of_group(&self, group: &str) -> Result<Vec<ReviewRow>> {
        let text = "SELECT * FROM review WHERE group_name = $group";
        self.connection
            .rows(text, bind([("group", group.into_value())]))
            .await
    }

    /// One finding, if the scope allows.
    pub async fn review(&self, id: &str, scope: &Scope) -> Result<Option<ReviewRow>> {
        let found: Option<ReviewRow> = self.connection.row(id).await?;
        Ok(found.filter(|row| match scope {
            Scope::All => true,
            Scope::District(district) => row.district.as_deref() == Some(district.as_str()),
            _ => false,
        }))
    }

    /// The findings of a work order that the scope allows.
    pub async fn reviews_of_work_order(&self, wo: &str, scope: &Scope) -> Result<Vec<ReviewRow>> {
        let Some(filter) = condition(scope) else {
            return Ok(Vec::new());
        };
        let links: Vec<LinkRow> = self
            .connection
            .rows(
                "SELECT * FROM $range",
                bind([("range", beginning(LinkRow::TABLE, wo))]),
            )
            .await?;
        let ids: Vec<RecordId> = links
            .iter()
            .map(|link| RecordId::new(ReviewRow::TABLE, RecordIdKey::from(link.review.as_str())))
            .collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        // A link stays when a finding no longer rests on the work order.
        let and = if filter.is_empty() { "" } else { "AND" };
        let text = format!(
            "SELECT * FROM $ids WHERE work_orders CONTAINS $wo {and} {filter} ORDER BY place DESC"
        );
        let variables = bind([
            ("ids", ids.into_value()),
            ("wo", wo.into_value()),
            ("scope", district(scope)),
        ]);
        self.connection.rows(&text, variables).await
    }

    /// Lists what the scope allows.
    pub async fn list_reviews(&self, query: &ReviewQuery) -> Result<ReviewPage> {
        let Some(scope) = condition(&query.scope) else {
            return Ok(ReviewPage {
                rows: Vec::new(),
                total: 0,
            });
        };
        let mut conditions = Vec::from_iter((!scope.is_empty()).then_some(scope));
        conditions.extend(query.open.map(|_| "open = $open"));
        conditions.extend(query.kind.as_ref().map(|_| "kind = $kind"));
        let filter = match conditions.is_empty() {
            true => String::new(),
            false => format!("WHERE {}", conditions.join(" AND ")),
        };
        let text = format!(
            "SELECT * FROM review {filter} ORDER BY place DESC LIMIT $limit START $offset; \
             SELECT VALUE count FROM ONLY (SELECT count() FROM review {filter} GROUP ALL) LIMIT 1;"
        );
        let variables = bind([
            ("scope", district(&query.scope)),
            ("open", query.open.into_value()),
            ("kind", query.kind.clone().into_value()),
            ("offset", limit(query.offset)),
            ("limit", limit(query.limit)),
        ]);
        let mut results = self.connection.run(&text, variables).await?;
        let corrupt = |error| StoreError::corrupt("review", error);
        let rows = results.take::<Vec<ReviewRow>>(0).map_err(corrupt)?;
        let total = results
            .take::<Option<i64>>(1)
            .map_err(corrupt)?
            .unwrap_or(0);
        Ok(ReviewPage {
            rows,
            total: usize::try_from(total).unwrap_or(0),
        })
    }

    /// Writes one step of the review.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the state is not the one it was computed from.
    pub async fn change_reviews(&self, change: ReviewChange) -> Result<()> {
        let links: Vec<LinkRow> = change
            .reviews
            .iter()
            .flat_map(|row| {
                row.work_orders.iter().map(|wo| LinkRow {
                    wo: wo.clone(),
                    review: row.id.clone(),
                })
            })
            .collect();
        let ids = |rows: &[String], table: &'static str| -> Value {
            let ids = rows
                .iter()
                .map(|id| RecordId::new(table, RecordIdKey::from(id.as_str())));
            ids.collect::<Vec<_>>().into_value()
        };
        let mut text = format!(
            "BEGIN; \
             IF (SELECT VALUE version FROM ONLY review_state:main) != $version {{ THROW '{COUNTER_MOVED}' }}; \
             UPDATE review_state:main SET version = $version + 1, n = $n RETURN NONE; "
        );
        let statements = [
            (
                !change.work_orders.is_empty(),
                "DELETE sighting WHERE wo IN $work_orders RETURN NONE; \
                 DELETE check_in WHERE wo IN $work_orders RETURN NONE; ",
            ),
            (
                !change.check_ins.is_empty(),
                "INSERT INTO check_in $check_ins RETURN NONE; ",
            ),
            (
                !change.sightings.is_empty(),
                "INSERT INTO sighting $sightings RETURN NONE; ",
            ),
            (
                !change.wanted.is_empty(),
                "INSERT IGNORE INTO fingerprint $wanted RETURN NONE; ",
            ),
            (
                !change.fingerprints.is_empty(),
                "FOR $row IN $fingerprints { UPSERT $row.id CONTENT $row RETURN NONE }; ",
            ),
            (
                !change.lookalikes.is_empty(),
                "FOR $row IN $lookalikes { UPSERT $row.id CONTENT $row RETURN NONE }; ",
            ),
            (!change.gone.is_empty(), "DELETE $gone RETURN NONE; "),
            (
                !change.reviews.is_empty(),
                "FOR $row IN $reviews { UPSERT $row.id CONTENT $row RETURN NONE }; ",
            ),
            (
                !links.is_empty(),
                "INSERT IGNORE INTO review_link $links RETURN NONE; ",
            ),
        ];
        text.extend(
            statements
                .iter()
                .filter(|(is_needed, _)| *is_needed)
                .map(|(_, statement)| *statement),
        );
        text.push_str("COMMIT;");
        let variables = bind([
            ("version", change.version.into_value()),
            ("n", change.n.into_value()),
            ("work_orders", change.work_orders.clone().into_value()),
            ("sightings", contents(change.sightings)),
            ("check_ins", contents(change.check_ins)),
            ("wanted", contents(change.wanted)),
            ("fingerprints", contents(change.fingerprints)),
            ("lookalikes", contents(change.lookalikes)),
            ("gone", ids(&change.gone, ReviewRow::TABLE)),
            ("reviews", contents(change.reviews)),
            ("links", contents(links)),
        ]);
        self.connection.run(&text, variables).await.map(drop)
    }

    /// The decisions on a finding, first to last.
    pub async fn review_decisions(&self, review: &str) -> Result<Vec<ReviewDecisionRow>> {
        let range = between(
            ReviewDecisionRow::TABLE,
            review,
            0_i64.into_value(),
            i64::MAX.into_value(),
        );
        self.connection
            .rows("SELECT * FROM $range", bind([("range", range)]))
            .await
    }

    /// Appends a decision and lets the finding's row follow it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if the decision of this number was made already.
    pub async fn append_review_decision(
        &self,
        decision: ReviewDecisionRow,
        open: bool,
    ) -> Result<()> {
        let review = RecordId::new(
            ReviewRow::TABLE,
            RecordIdKey::from(decision.review.as_str()),
        );
        let (outcome, digest) = (decision.outcome.clone(), decision.shown.clone());
        let text = "BEGIN; \
                    INSERT INTO review_decision $decisions RETURN NONE; \
                    UPDATE $review SET open = $open, outcome = $outcome, decided_digest = $digest RETURN NONE; \
                    UPDATE review_state:main SET version += 1 RETURN NONE; \
                    COMMIT;";
        let variables = bind([
            ("decisions", contents(vec![decision])),
            ("review", review.into_value()),
            ("open", open.into_value()),
            ("outcome", outcome.into_value()),
            ("digest", digest.into_value()),
        ]);
        self.connection.run(text, variables).await.map(drop)
    }

    /// Forgets everything but fingerprints and decisions, so that the review looks at all work orders anew.
    pub async fn forget_reviews(&self) -> Result<()> {
        let text = "BEGIN; DELETE sighting RETURN NONE; DELETE review RETURN NONE; DELETE review_link RETURN NONE; \
                    DELETE check_in RETURN NONE; \
                    UPDATE review_state:main SET version += 1, n = 0 RETURN NONE; COMMIT;";
        self.connection.run(text, bind([])).await.map(drop)
    }
}

/// What the scope adds to a query, if anything; none if it allows nothing. A provider is not shown what is being
/// looked into about its own people.
fn condition(scope: &Scope) -> Option<&'static str> {
    match scope {
        Scope::All => Some(""),
        Scope::District(_) => Some("district = $scope"),
        Scope::Provider(_) | Scope::SiteUnit(_) | Scope::Technician(_) | Scope::None => None,
    }
}

fn district(scope: &Scope) -> Value {
    match scope {
        Scope::District(district) => district.as_str().into_value(),
        _ => Value::None,
    }
}

/// All keys of this first part and a second one between these.
fn between(table: &'static str, first: &str, from: Value, to: Value) -> Value {
    let range = pair_key(first.into_value(), from)..=pair_key(first.into_value(), to);
    RecordId::new(table, RecordIdKeyRange::from(range)).into_value()
}

/// All keys that begin with this part; what follows is a text of letters and digits, and those sort
/// before `~`.
fn beginning(table: &'static str, first: &str) -> Value {
    between(table, first, "".into_value(), "~".into_value())
}

//! Complaints and their answers. Both are only ever added; whether something waits for an answer is a column to
//! find it by.

use domain::actor::Scope;
use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue, Variables};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind, contents};
use crate::error::{PLACE_TAKEN, Result, StoreError};
use crate::slips::SlipRow;
use crate::work_orders::condition;

/// What somebody complained about.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct ComplaintRow {
    /// `TS-7KQ2M-4XR9B`.
    pub number: String,
    /// Where the terminal stands.
    pub district: String,
    /// Who maintains it.
    pub provider: String,
    /// The terminal it is about.
    pub terminal: String,
    /// The work order it is about, if it is about one.
    pub wo: Option<String>,
    /// The name of the channel.
    pub channel: String,
    /// What was said.
    pub text: String,
    /// Who wrote it down, or the account it came through.
    pub by: String,
    /// Server time, ms.
    pub at: i64,
    /// The other system's number, if it came through an account.
    pub external_id: Option<String>,
    /// SHA-256 of what was sent, to tell a repetition from a contradiction.
    pub request: String,
    /// Whether it waits for an answer.
    pub open: bool,
}

impl Row for ComplaintRow {
    const TABLE: &'static str = "complaint";
    fn key(&self) -> RecordIdKey {
        self.number.as_str().into()
    }
}

/// Name and phone of whoever complained.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct ComplainantRow {
    /// The complaint.
    pub number: String,
    /// As told; may be empty.
    pub name: String,
    /// As told; may be empty.
    pub phone: String,
}

impl Row for ComplainantRow {
    const TABLE: &'static str = "complainant";
    fn key(&self) -> RecordIdKey {
        self.number.as_str().into()
    }
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct ComplaintAnswerRow {
    /// The complaint.
    pub number: String,
    /// From 1.
    pub place: i64,
    /// The answer.
    pub text: String,
    /// Who answered.
    pub by: String,
    /// Server time, ms.
    pub at: i64,
}

impl Row for ComplaintAnswerRow {
    const TABLE: &'static str = "complaint_answer";
    fn key(&self) -> RecordIdKey {
        answer_key(&self.number, self.place)
    }
}

fn answer_key(number: &str, place: i64) -> RecordIdKey {
    Array::from(vec![number.to_owned().into_value(), place.into_value()]).into()
}

/// What to list.
#[derive(Debug, Clone)]
pub struct ComplaintQuery {
    /// What the asker may see.
    pub scope: Scope,
    /// Only those that wait for an answer.
    pub open_only: bool,
    /// How many to skip.
    pub offset: usize,
    /// How many to return at most.
    pub limit: usize,
}

impl ComplaintQuery {
    fn filter(&self) -> String {
        let mut conditions = Vec::new();
        if let Some((column, _)) = condition(&self.scope) {
            conditions.push(format!("{column} = $scope"));
        }
        if self.open_only {
            conditions.push("open = true".to_owned());
        }
        match conditions.is_empty() {
            true => String::new(),
            false => format!("WHERE {}", conditions.join(" AND ")),
        }
    }

    fn variables(&self) -> Variables {
        let scope = condition(&self.scope).map(|(_, value)| value.to_owned());
        bind([
            ("scope", scope.into_value()),
            ("offset", limit(self.offset)),
            ("limit", limit(self.limit)),
        ])
    }
}

impl Store {
    /// Keeps a complaint with whoever complained and their slip, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if the number is taken: the caller draws another one, or finds its own.
    pub async fn put_complaint(
        &self,
        row: ComplaintRow,
        complainant: Option<ComplainantRow>,
        slip: SlipRow,
    ) -> Result<()> {
        let id = RecordId::new(ComplaintRow::TABLE, row.key()).into_value();
        let complainant: Vec<ComplainantRow> = complainant.into_iter().collect();
        let contact = match complainant.is_empty() {
            true => "",
            false => "INSERT IGNORE INTO complainant $complainant RETURN NONE; ",
        };
        let text = format!(
            "BEGIN; IF (SELECT VALUE number FROM $id) != [] {{ THROW '{PLACE_TAKEN}' }}; \
             INSERT INTO complaint $complaint RETURN NONE; {contact}\
             INSERT IGNORE INTO slip $slip RETURN NONE; COMMIT;"
        );
        let variables = bind([
            ("id", id),
            ("complaint", contents(vec![row])),
            ("complainant", contents(complainant)),
            ("slip", contents(vec![slip])),
        ]);
        self.connection.run(&text, variables).await.map(drop)
    }

    /// One complaint.
    pub async fn complaint(&self, number: &str) -> Result<Option<ComplaintRow>> {
        self.connection.row(number).await
    }

    /// Who complained, if they said so and it was not erased.
    pub async fn complainant(&self, number: &str) -> Result<Option<ComplainantRow>> {
        self.connection.row(number).await
    }

    /// Its answers, oldest first.
    pub async fn complaint_answers(&self, number: &str) -> Result<Vec<ComplaintAnswerRow>> {
        let range = RecordIdKeyRange::from(answer_key(number, 0)..=answer_key(number, i64::MAX));
        let range = RecordId::new(ComplaintAnswerRow::TABLE, range).into_value();
        let variables = bind([("range", range)]);
        self.connection
            .rows("SELECT * FROM $range", variables)
            .await
    }

    /// Adds an answer; the complaint no longer waits for one.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if somebody else's answer has that place.
    pub async fn answer_complaint(&self, row: ComplaintAnswerRow) -> Result<()> {
        let answer = RecordId::new(ComplaintAnswerRow::TABLE, row.key()).into_value();
        let complaint = RecordIdKey::from(row.number.as_str());
        let complaint = RecordId::new(ComplaintRow::TABLE, complaint).into_value();
        let text = format!(
            "BEGIN; IF (SELECT VALUE place FROM $answer) != [] {{ THROW '{PLACE_TAKEN}' }}; \
             INSERT INTO complaint_answer $row RETURN NONE; \
             UPDATE $complaint SET open = false RETURN NONE; COMMIT;"
        );
        let variables = bind([
            ("answer", answer),
            ("complaint", complaint),
            ("row", contents(vec![row])),
        ]);
        self.connection.run(&text, variables).await.map(drop)
    }

    /// Complaints, newest first, and how many there are in all.
    pub async fn list_complaints(
        &self,
        query: &ComplaintQuery,
    ) -> Result<(Vec<ComplaintRow>, usize)> {
        if query.scope == Scope::None {
            return Ok((Vec::new(), 0));
        }
        let filter = query.filter();
        let text = format!(
            "SELECT * FROM complaint {filter} ORDER BY at DESC LIMIT $limit START $offset; \
             SELECT VALUE count FROM ONLY (SELECT count() FROM complaint {filter} GROUP ALL) LIMIT 1;"
        );
        let mut results = self.connection.run(&text, query.variables()).await?;
        let corrupt = |error| StoreError::corrupt("complaint", error);
        let rows = results.take::<Vec<ComplaintRow>>(0).map_err(corrupt)?;
        let total = results.take::<Option<i64>>(1).map_err(corrupt)?;
        Ok((rows, usize::try_from(total.unwrap_or(0)).unwrap_or(0)))
    }
}

//! Print runs of labels, kiosk screens and tags, and which codes were used. The first three are
//! registers with small writes of their own; uses enter through [`crate::Store::commit`] only,
//! together with the scan that they are about.

use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind, contents};
use crate::error::Result;

/// A print run of labels.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct LabelRunRow {
    /// From 1.
    pub no: i64,
    /// The public key, base64 SPKI.
    pub public_key: String,
    /// Whose terminals it is for; none for all.
    pub provider: Option<String>,
    /// What it was printed for.
    pub note: String,
    /// Server time, ms.
    pub opened_at: i64,
    /// The person.
    pub opened_by: String,
    /// From when on its labels no longer count, ms.
    pub revoked_at: Option<i64>,
    /// The person.
    pub revoked_by: Option<String>,
    /// Why.
    pub revoked_reason: Option<String>,
}

impl Row for LabelRunRow {
    const TABLE: &'static str = "label_run";
    fn key(&self) -> RecordIdKey {
        self.no.into()
    }
}

/// The screen of a terminal that may show rotating codes.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct KioskRow {
    /// The terminal.
    pub terminal: String,
    /// Counts up with every new registration; the secrets follow from it.
    pub generation: i64,
    /// Server time, ms.
    pub opened_at: i64,
    /// The person.
    pub opened_by: String,
    /// From when on it no longer counts, ms.
    pub revoked_at: Option<i64>,
    /// Why.
    pub revoked_reason: Option<String>,
}

impl Row for KioskRow {
    const TABLE: &'static str = "kiosk";
    fn key(&self) -> RecordIdKey {
        pair(&self.terminal, self.generation)
    }
}

/// An NTAG 424 DNA tag.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct TagRow {
    /// Its identity, hex.
    pub tag: String,
    /// Where it hangs.
    pub terminal: String,
    /// Server time, ms.
    pub opened_at: i64,
    /// The person.
    pub opened_by: String,
    /// From when on it no longer counts, ms.
    pub revoked_at: Option<i64>,
    /// Why.
    pub revoked_reason: Option<String>,
}

impl Row for TagRow {
    const TABLE: &'static str = "tag";
    fn key(&self) -> RecordIdKey {
        self.tag.as_str().into()
    }
}

/// That a scan used a code up.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct CodeUseRow {
    /// `screen:<nonce>` or `tag:<identity>`.
    pub source: String,
    /// The tag's counter; 0 for a screen's code.
    pub number: i64,
    /// The event of the scan.
    pub scan: String,
    /// The phone.
    pub dev: String,
    /// The place of the scan in its chain.
    pub seq: i64,
    /// Its page load and monotonic clock at the scan.
    pub sid: String,
    pub mono: i64,
    /// The work order of the scan.
    pub wo: String,
    /// Latest proved moment of the scan, ms.
    pub latest: i64,
}

impl Row for CodeUseRow {
    const TABLE: &'static str = "code_use";
    fn key(&self) -> RecordIdKey {
        pair(&self.source, self.number)
    }
}

fn pair(name: &str, number: i64) -> RecordIdKey {
    Array::from(vec![name.into_value(), number.into_value()]).into()
}

impl Store {
    /// Opens a print run under a number that is free.
    ///
    /// # Errors
    /// [`crate::StoreError::Invalid`] if another run has the number.
    pub async fn open_label_run(&self, run: LabelRunRow) -> Result<()> {
        self.create(run).await
    }

    /// Writes a print run that is known.
    pub async fn put_label_run(&self, run: LabelRunRow) -> Result<()> {
        self.connection.replace(vec![run]).await
    }

    /// All print runs by number.
    pub async fn label_runs(&self) -> Result<Vec<LabelRunRow>> {
        self.connection
            .rows("SELECT * FROM label_run ORDER BY id", bind([]))
            .await
    }

    /// Registers a screen under a generation that is free.
    ///
    /// # Errors
    /// [`crate::StoreError::Invalid`] if the terminal has this generation already.
    pub async fn open_kiosk(&self, kiosk: KioskRow) -> Result<()> {
        self.create(kiosk).await
    }

    /// Writes a screen that is known.
    pub async fn put_kiosk(&self, kiosk: KioskRow) -> Result<()> {
        self.connection.replace(vec![kiosk]).await
    }

    /// All screens, by terminal and generation.
    pub async fn kiosks(&self) -> Result<Vec<KioskRow>> {
        self.connection
            .rows("SELECT * FROM kiosk ORDER BY id", bind([]))
            .await
    }

    /// Registers a tag that is not known.
    ///
    /// # Errors
    /// [`crate::StoreError::Invalid`] if the tag is known.
    pub async fn open_tag(&self, tag: TagRow) -> Result<()> {
        self.create(tag).await
    }

    /// Writes a tag that is known.
    pub async fn put_tag(&self, tag: TagRow) -> Result<()> {
        self.connection.replace(vec![tag]).await
    }

    /// All tags by identity.
    pub async fn tags(&self) -> Result<Vec<TagRow>> {
        self.connection
            .rows("SELECT * FROM tag ORDER BY id", bind([]))
            .await
    }

    /// Uses of a source, by number from `from` to `to`, both included.
    pub async fn code_uses(&self, source: &str, from: i64, to: i64) -> Result<Vec<CodeUseRow>> {
        let range = RecordIdKeyRange::from(pair(source, from)..=pair(source, to));
        let range = RecordId::new(CodeUseRow::TABLE, range);
        self.connection
            .rows(
                "SELECT * FROM $range",
                bind([("range", range.into_value())]),
            )
            .await
    }

    async fn create<R: Row>(&self, row: R) -> Result<()> {
        let text = format!("INSERT INTO {} $rows RETURN NONE", R::TABLE);
        let variables = bind([("rows", contents(vec![row]))]);
        self.connection.run(&text, variables).await.map(drop)
    }
}

//! Fingerprints of photos and drawn signatures, made once because making them means decoding, and the
//! pairs that look alike. A photo is wanted from the moment a work order names it; its bytes may come
//! days later, and a crash in between loses nothing.

use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use crate::Store;
use crate::commit::limit;
use crate::connection::{Row, bind};
use crate::error::Result;

/// What is remembered of a photo or a drawn signature.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct FingerprintRow {
    /// `photo` or `ink`.
    pub sort: String,
    /// SHA-256 of the photo, commitment of the ink.
    pub name: String,
    /// `wanted`, `known`, or `none` if there is nothing to compare.
    pub state: String,
    /// The fingerprint, once it is known.
    pub text: String,
}

impl Row for FingerprintRow {
    const TABLE: &'static str = "fingerprint";
    fn key(&self) -> RecordIdKey {
        fingerprint_key(&self.sort, &self.name)
    }
}

pub(crate) fn fingerprint_key(sort: &str, name: &str) -> RecordIdKey {
    Array::from(vec![sort.into_value(), name.into_value()]).into()
}

/// Two that look alike.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct LookalikeRow {
    /// `photo` or `ink`.
    pub sort: String,
    /// The lower name of the two.
    pub first: String,
    pub second: String,
    /// How alike (JSON).
    pub doc: String,
}

impl Row for LookalikeRow {
    const TABLE: &'static str = "lookalike";
    fn key(&self) -> RecordIdKey {
        let parts = [&self.sort, &self.first, &self.second].map(|part| part.clone().into_value());
        Array::from(parts.to_vec()).into()
    }
}

impl Store {
    /// These fingerprints; unknown ones are left out.
    pub async fn fingerprints(&self, sort: &str, names: &[&str]) -> Result<Vec<FingerprintRow>> {
        self.connection
            .rows_by_key(names.iter().map(|name| fingerprint_key(sort, name)))
            .await
    }

    /// Up to `rows_max` fingerprints of a sort with a name greater than `after`, in order of their names.
    pub async fn fingerprints_page(
        &self,
        sort: &str,
        after: &str,
        rows_max: usize,
    ) -> Result<Vec<FingerprintRow>> {
        // Nothing lies between a name and the same name with a blank.
        let range = fingerprint_key(sort, &format!("{after} "))..fingerprint_key(sort, "~");
        let range =
            RecordId::new(FingerprintRow::TABLE, RecordIdKeyRange::from(range)).into_value();
        let text = "SELECT * FROM $range LIMIT $limit";
        self.connection
            .rows(text, bind([("range", range), ("limit", limit(rows_max))]))
            .await
    }

    /// Up to `rows_max` fingerprints that are still to be made, with a name greater than `after`.
    pub async fn fingerprints_wanted(
        &self,
        after: &str,
        rows_max: usize,
    ) -> Result<Vec<FingerprintRow>> {
        let text = "SELECT * FROM fingerprint WHERE state = 'wanted' AND name > $after ORDER BY name LIMIT $limit";
        self.connection
            .rows(
                text,
                bind([("after", after.into_value()), ("limit", limit(rows_max))]),
            )
            .await
    }

    /// The pairs that one belongs to.
    pub async fn lookalikes_of(&self, name: &str) -> Result<Vec<LookalikeRow>> {
        let text = "SELECT * FROM lookalike WHERE first = $name; SELECT * FROM lookalike WHERE second = $name;";
        let mut results = self
            .connection
            .run(text, bind([("name", name.into_value())]))
            .await?;
        let mut rows = Vec::new();
        for statement in 0..2 {
            let found: Vec<LookalikeRow> = results
                .take(statement)
                .map_err(|error| crate::StoreError::corrupt("lookalike", error))?;
            rows.extend(found);
        }
        Ok(rows)
    }
}

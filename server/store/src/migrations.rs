//! The schema as numbered steps. Each runs once, in order, in one transaction with its own record;
//! a step is never edited after release, and a database whose record differs is refused.

use surrealdb::types::{RecordIdKey, SurrealValue};

use crate::connection::{Connection, Row, bind, contents};
use crate::error::{Result, StoreError};

struct Migration {
    number: i64,
    name: &'static str,
    text: &'static str,
}

macro_rules! migration {
    ($number:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            text: include_str!(concat!("migrations/", $name, ".surql")),
        }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_evidence"),
    migration!(2, "0002_work_orders"),
    migration!(3, "0003_people"),
    migration!(4, "0004_register"),
    migration!(5, "0005_log"),
    migration!(6, "0006_codes"),
    migration!(7, "0007_relay"),
    migration!(8, "0008_review"),
    migration!(9, "0009_enrolment"),
    migration!(10, "0010_key_changes"),
    migration!(11, "0011_escalation"),
    migration!(12, "0012_arrivals"),
    migration!(13, "0013_check_in"),
];

/// The record that a step was taken.
#[derive(Debug, Clone, PartialEq, SurrealValue)]
struct Applied {
    number: i64,
    name: String,
    text: String,
}

impl Row for Applied {
    const TABLE: &'static str = "migration";
    fn key(&self) -> RecordIdKey {
        self.number.into()
    }
}

impl Migration {
    fn record(&self) -> Applied {
        Applied {
            number: self.number,
            name: self.name.to_owned(),
            text: self.text.to_owned(),
        }
    }

    async fn apply(&self, connection: &Connection) -> Result<()> {
        let text = format!(
            "BEGIN; {} INSERT INTO migration $record RETURN NONE; COMMIT;",
            self.text
        );
        connection
            .run(&text, bind([("record", contents(vec![self.record()]))]))
            .await?;
        tracing::info!(migration = self.name, "applied");
        Ok(())
    }
}

/// Takes the steps that this database has not taken yet.
pub(crate) async fn apply(connection: &Connection) -> Result<()> {
    connection
        .run("DEFINE TABLE IF NOT EXISTS migration SCHEMALESS", bind([]))
        .await?;
    for migration in MIGRATIONS {
        match connection.row::<Applied>(migration.number).await? {
            Some(applied) if applied == migration.record() => {}
            Some(applied) => {
                return Err(StoreError::corrupt(
                    "migration",
                    format!("{} was edited", applied.name),
                ));
            }
            None => migration.apply(connection).await?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Store, StoreConfig};

    #[test]
    fn steps_are_numbered_without_gap_and_named_by_their_number() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.number, index as i64 + 1);
            assert!(
                migration
                    .name
                    .starts_with(&format!("{:04}_", migration.number)),
                "{}",
                migration.name
            );
        }
    }

    #[tokio::test]
    async fn steps_are_taken_once() {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        store
            .connection
            .run("UPDATE counter:main SET n = 7", bind([]))
            .await
            .unwrap();
        apply(&store.connection).await.unwrap();
        assert_eq!(store.head().await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_step_that_was_edited_after_it_was_taken_is_refused() {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        store
            .connection
            .run("UPDATE migration:2 SET text = 'other'", bind([]))
            .await
            .unwrap();
        let refused = apply(&store.connection).await.unwrap_err();
        assert!(
            matches!(
                refused,
                StoreError::Corrupt {
                    table: "migration",
                    ..
                }
            ),
            "{refused:?}"
        );
    }

    #[tokio::test]
    async fn a_step_that_fails_leaves_nothing_behind() {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        let broken = Migration {
            number: 99,
            name: "0099_broken",
            text: "CREATE half:1; THROW 'broken';",
        };
        broken.apply(&store.connection).await.unwrap_err();
        assert_eq!(store.connection.row::<Applied>(99).await.unwrap(), None);
        let mut left = store
            .connection
            .run("SELECT VALUE n FROM half", bind([]))
            .await;
        let left = left
            .as_mut()
            .map_or(Vec::new(), |results| results.take::<Vec<i64>>(0).unwrap());
        assert!(left.is_empty(), "{left:?}");
    }
}

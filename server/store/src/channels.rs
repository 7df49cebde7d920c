//! Notification channels of organisations, and the turns in which processes speak to them: one at a time each, so
//! that what is due longest goes first and a receiver's limit is one number, however many processes there are.

use surrealdb::types::{RecordId, RecordIdKey, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind, content};
use crate::error::{COUNTER_MOVED, Result, StoreError};

/// A channel.
#[derive(Clone, PartialEq, Eq, SurrealValue)]
pub struct ChannelRow {
    #[surreal(rename = "channel")]
    pub id: String,
    /// Whose it is.
    pub org: String,
    /// `email`, `webhook`, `wecom` or `dingtalk`.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// Mailbox or URL; of a robot the URL holds its key.
    pub address: String,
    /// What messages are signed with; empty where nothing is.
    pub secret: String,
    /// The secret before, which still signs along for a while.
    pub old_secret: Option<String>,
    /// Until then, ms.
    pub old_until: i64,
    /// What it wants to hear of.
    pub topics: Vec<String>,
    /// Whether anything is sent through it.
    pub active: bool,
    /// Counts up from 1 with every change.
    pub version: i64,
    /// Who wrote this version.
    pub by: String,
    /// Server time, ms.
    pub at: i64,
}

/// Neither the secrets nor the address, which may hold one.
impl std::fmt::Debug for ChannelRow {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ChannelRow")
            .field("id", &self.id)
            .field("org", &self.org)
            .field("kind", &self.kind)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Row for ChannelRow {
    const TABLE: &'static str = "channel";
    fn key(&self) -> RecordIdKey {
        self.id.as_str().into()
    }
}

/// Who speaks to a channel, and what it was told.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct ChannelTurnRow {
    pub channel: String,
    /// A number that only this turn has.
    pub holder: String,
    /// Nobody else speaks to it before this instant, ms; whoever was killed is waited for so long.
    pub until: i64,
    /// When messages went out lately, ms.
    pub sent: Vec<i64>,
}

impl Row for ChannelTurnRow {
    const TABLE: &'static str = "channel_turn";
    fn key(&self) -> RecordIdKey {
        self.channel.as_str().into()
    }
}

impl Store {
    /// Writes the version after the one that is there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another version is there.
    pub async fn put_channel(&self, row: ChannelRow) -> Result<()> {
        let before: Vec<i64> = (row.version > 1)
            .then_some(row.version - 1)
            .into_iter()
            .collect();
        let text = format!(
            "BEGIN; IF (SELECT VALUE version FROM $id) != $before {{ THROW '{COUNTER_MOVED}' }}; \
             UPSERT $id CONTENT $row RETURN NONE; COMMIT;"
        );
        let id = RecordId::new(ChannelRow::TABLE, row.key());
        let variables = bind([
            ("id", id.into_value()),
            ("before", before.into_value()),
            ("row", content(ChannelRow::TABLE, row.key(), row)),
        ]);
        self.connection.run(&text, variables).await.map(drop)
    }

    /// One channel.
    pub async fn channel(&self, id: &str) -> Result<Option<ChannelRow>> {
        self.connection.row(id).await
    }

    /// All channels of an organisation, or of everybody.
    pub async fn channels(&self, org: Option<&str>) -> Result<Vec<ChannelRow>> {
        let filter = org.map_or("", |_| "WHERE org = $org");
        let text = format!("SELECT * FROM channel {filter} ORDER BY org, name, channel");
        let org = org.map(str::to_owned).into_value();
        self.connection.rows(&text, bind([("org", org)])).await
    }

    /// The last turn of a channel, if there ever was one.
    pub async fn channel_turn(&self, channel: &str) -> Result<Option<ChannelTurnRow>> {
        self.connection.row(channel).await
    }

    /// Takes a turn, unless somebody has one at `now`; whether it was taken.
    pub async fn take_channel_turn(&self, row: ChannelTurnRow, now: i64) -> Result<bool> {
        let text = format!(
            "BEGIN; IF (SELECT VALUE until FROM $id WHERE until > $now) != [] {{ THROW '{COUNTER_MOVED}' }}; \
             UPSERT $id CONTENT $row RETURN NONE; COMMIT;"
        );
        let id = RecordId::new(ChannelTurnRow::TABLE, row.key());
        let variables = bind([
            ("id", id.into_value()),
            ("now", now.into_value()),
            ("row", content(ChannelTurnRow::TABLE, row.key(), row)),
        ]);
        match self.connection.run(&text, variables).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Ends a turn, and lets the next begin at `until`. Harmless if it has ended by itself.
    pub async fn end_channel_turn(&self, channel: &str, holder: &str, until: i64) -> Result<()> {
        let text = "UPDATE $id SET until = $until WHERE holder = $holder RETURN NONE";
        let variables = bind([
            (
                "id",
                RecordId::new(ChannelTurnRow::TABLE, channel).into_value(),
            ),
            ("until", until.into_value()),
            ("holder", holder.into_value()),
        ]);
        self.connection.run(text, variables).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreConfig;

    fn row(id: &str, version: i64) -> ChannelRow {
        ChannelRow {
            id: id.to_owned(),
            org: "O-1".to_owned(),
            kind: "webhook".to_owned(),
            name: "值班".to_owned(),
            address: "https://a.cn/?key=1".to_owned(),
            secret: "whsec_x".to_owned(),
            old_secret: None,
            old_until: 0,
            topics: vec!["overdue".to_owned()],
            active: true,
            version,
            by: "P-1".to_owned(),
            at: 1,
        }
    }

    #[tokio::test]
    async fn a_version_follows_the_one_before() {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        store.put_channel(row("C1", 1)).await.unwrap();
        for version in [1, 3] {
            let refused = store.put_channel(row("C1", version)).await.unwrap_err();
            assert!(refused.is_conflict(), "{version}: {refused:?}");
        }
        store.put_channel(row("C1", 2)).await.unwrap();
        assert_eq!(store.channel("C1").await.unwrap(), Some(row("C1", 2)));
        assert_eq!(store.channels(Some("O-1")).await.unwrap(), [row("C1", 2)]);
        assert_eq!(store.channels(Some("O-2")).await.unwrap(), []);
    }

    #[tokio::test]
    async fn one_speaks_at_a_time_and_whoever_was_killed_is_waited_for() {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        let turn = |holder: &str, until| ChannelTurnRow {
            channel: "C1".to_owned(),
            holder: holder.to_owned(),
            until,
            sent: vec![],
        };
        assert!(store.take_channel_turn(turn("a", 10), 5).await.unwrap());
        assert!(!store.take_channel_turn(turn("b", 15), 9).await.unwrap());
        assert!(store.take_channel_turn(turn("b", 20), 10).await.unwrap());
        // Whoever lost the turn ends nothing.
        store.end_channel_turn("C1", "a", 10).await.unwrap();
        assert!(!store.take_channel_turn(turn("c", 30), 19).await.unwrap());
        store.end_channel_turn("C1", "b", 11).await.unwrap();
        assert!(store.take_channel_turn(turn("c", 30), 11).await.unwrap());
    }

    #[test]
    fn a_channel_that_is_printed_keeps_its_secrets() {
        let printed = format!("{:?}", row("C1", 1));
        assert!(!printed.contains("whsec_x") && !printed.contains("key=1"));
    }
}

//! Where a phone is in the stream of changes. Opaque to the phone; either in the middle of its
//! first snapshot (which starts from the counter read before its first page, so nothing that
//! happens meanwhile is missed) or at a place in the order of changes.

use std::fmt::Write as _;
use std::str::FromStr;

use domain::time::Timestamp;
use store::{Store, WorkOrderRow};

use crate::error::ApiError;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    Snapshot { n: i64, after: String },
    Changes { n: i64 },
}

impl FromStr for Cursor {
    type Err = ApiError;
    fn from_str(text: &str) -> Result<Self, ApiError> {
        let malformed = || {
            ApiError::bad_request(
                "bad_cursor",
                "同步位置无效，请重新同步全部工单。",
                "The cursor is malformed; start again without one.",
            )
        };
        match text.split_once('.') {
            None => Ok(Cursor::Changes {
                n: place(text).ok_or_else(malformed)?,
            }),
            Some((n, after)) => {
                let is_id = after.parse::<domain::ids::WorkOrderId>().is_ok();
                let n = place(n).filter(|_| is_id).ok_or_else(malformed)?;
                Ok(Cursor::Snapshot {
                    n,
                    after: after.to_owned(),
                })
            }
        }
    }
}

/// Digits only: what this server has written itself.
fn place(text: &str) -> Option<i64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cursor::Snapshot { n, after } => write!(f, "{n}.{after}"),
            Cursor::Changes { n } => write!(f, "{n}"),
        }
    }
}

/// A page for one person.
pub struct Page {
    rows: Vec<(i64, WorkOrderRow)>,
    cursor: Cursor,
    more: bool,
}

/// Reads the page that follows the cursor.
pub async fn read(
    store: &Store,
    person: &str,
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<Page, ApiError> {
    let (started, after) = match cursor {
        Some(Cursor::Changes { n }) => {
            let page = store.changes(person, n, limit).await?;
            let rows = page
                .changes
                .into_iter()
                .map(|change| (change.n, change.row))
                .collect();
            return Ok(Page {
                rows,
                cursor: Cursor::Changes { n: page.cursor },
                more: page.more,
            });
        }
        Some(Cursor::Snapshot { n, after }) => (Some(n), Some(after)),
        None => (None, None),
    };
    let page = store.snapshot(person, after.as_deref(), limit).await?;
    let n = started.unwrap_or(page.cursor);
    let last = page.work_orders.last().map(|row| row.id.clone());
    let cursor = match last {
        Some(after) if page.more => Cursor::Snapshot { n, after },
        _ => Cursor::Changes { n },
    };
    let rows = page
        .work_orders
        .into_iter()
        .map(|row| (row.n, row))
        .collect();
    Ok(Page {
        rows,
        cursor,
        more: page.more,
    })
}

impl Page {
    /// The answer as JSON text; documents are copied, not parsed.
    pub fn into_json(self, now: Timestamp) -> String {
        let bytes: usize = self.rows.iter().map(|(_, row)| row.doc.len() + 48).sum();
        let mut text = String::with_capacity(bytes + 128);
        text.push_str("{\"changes\":[");
        for (index, (n, row)) in self.rows.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            // Writing to a string cannot fail.
            let _ = write!(text, "{comma}{{\"n\":{n},\"work_order\":{}}}", row.doc);
        }
        let _ = write!(
            text,
            "],\"cursor\":\"{}\",\"more\":{},\"server_time\":{}}}",
            self.cursor, self.more, now.0
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back_and_nonsense_is_named() {
        for cursor in [
            Cursor::Changes { n: 0 },
            Cursor::Snapshot {
                n: 7,
                after: "WO-20261124-0001".into(),
            },
        ] {
            assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }
        for wrong in [
            "",
            "x",
            "-1",
            "+1",
            "1.",
            "1.a'b",
            "1.2 3",
            "99999999999999999999",
        ] {
            assert_eq!(
                wrong.parse::<Cursor>().unwrap_err().code,
                "bad_cursor",
                "{wrong}"
            );
        }
    }
}

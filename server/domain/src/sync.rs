//! What a phone sends next: a pure plan, made from counts and ids; executing it is the phone's
//! business. The chain head goes first, because two hundred bytes bound every earlier act in time
//! while photos may take minutes; then events in order, then photos, the soonest finished first.

use serde::{Deserialize, Serialize};

use crate::ids::{Digest, WorkOrderId};

/// Most events in one request. A day of work must fit into one: a head receipt binds the events of the
/// request that reaches the head, and only weakly those of requests before it.
const BATCH_EVENTS_MAX: usize = 200;
/// Most bytes of events in one request; one event alone is at most 64 KiB.
const BATCH_BYTES_MAX: u64 = 512 * 1_024;

/// What lies on the phone and how it stands with the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncState {
    pub online: bool,
    pub token_valid: bool,
    /// Whether the server has acknowledged the chain head since the last event of a work order.
    pub head_acknowledged: bool,
    /// Events without receipt.
    pub events: Vec<UnsentEvent>,
    /// Events the server has set aside: it has them, so they are not sent again.
    #[serde(default)]
    pub quarantined: Vec<u64>,
    pub photos: Vec<UnsentPhoto>,
}

/// An event in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsentEvent {
    pub seq: u64,
    /// Size of its envelope with sidecars.
    pub bytes: u64,
}

/// A photo in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsentPhoto {
    pub sha256: Digest,
    /// Bytes in all.
    pub size: u64,
    /// Bytes the server already has.
    pub offset: u64,
    pub wo: WorkOrderId,
}

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Op {
    /// Ask for a receipt of the chain head.
    Head,
    /// Send the events from this sequence number to that one, both included.
    Events { from: u64, to: u64 },
    /// Send what is missing of this photo.
    Photo { sha256: Digest },
    /// Ask what has changed on the server.
    PullChanges,
}

/// Plans one round. Without network or valid session there is nothing to do; otherwise the round
/// always ends by asking for changes. The same state gives the same plan.
pub fn plan(state: &SyncState) -> Vec<Op> {
    if !state.online || !state.token_valid {
        return Vec::new();
    }
    let mut ops = Vec::new();
    if !state.head_acknowledged {
        ops.push(Op::Head);
    }
    ops.extend(batches(state));
    ops.extend(photos(state));
    ops.push(Op::PullChanges);
    ops
}

/// Consecutive runs of unsent events, cut where a request would grow too large.
fn batches(state: &SyncState) -> Vec<Op> {
    let mut events: Vec<UnsentEvent> = state
        .events
        .iter()
        .filter(|event| !state.quarantined.contains(&event.seq))
        .copied()
        .collect();
    events.sort_by_key(|event| event.seq);
    events.dedup_by_key(|event| event.seq);

    let mut ops = Vec::new();
    let mut rest = events.as_slice();
    while let Some(first) = rest.first() {
        let (mut count, mut bytes) = (1, first.bytes);
        while let Some(next) = rest.get(count) {
            bytes = bytes.saturating_add(next.bytes);
            let follows = next.seq == rest[count - 1].seq + 1;
            if !follows || count == BATCH_EVENTS_MAX || bytes > BATCH_BYTES_MAX {
                break;
            }
            count += 1;
        }
        ops.push(Op::Events {
            from: first.seq,
            to: rest[count - 1].seq,
        });
        rest = &rest[count..];
    }
    ops
}

/// Fewest missing bytes first: on a poor line, many small wins before one large risk. The same
/// bytes may belong to two work orders and still travel once.
fn photos(state: &SyncState) -> Vec<Op> {
    let mut missing: Vec<(u64, Digest)> = state
        .photos
        .iter()
        .map(|photo| (photo.size.saturating_sub(photo.offset), photo.sha256))
        .collect();
    missing.sort_unstable();
    let mut ops: Vec<Op> = Vec::with_capacity(missing.len());
    for (_, sha256) in missing {
        let op = Op::Photo { sha256 };
        if !ops.contains(&op) {
            ops.push(op);
        }
    }
    ops
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn photo(name: u8, size: u64, offset: u64) -> UnsentPhoto {
        UnsentPhoto {
            sha256: Digest([name; 32]),
            size,
            offset,
            wo: "WO-20261124-0001".parse().unwrap(),
        }
    }

    fn state(events: &[(u64, u64)], photos: Vec<UnsentPhoto>) -> SyncState {
        SyncState {
            online: true,
            token_valid: true,
            head_acknowledged: false,
            events: events
                .iter()
                .map(|&(seq, bytes)| UnsentEvent { seq, bytes })
                .collect(),
            quarantined: Vec::new(),
            photos,
        }
    }

    fn ranges(state: &SyncState) -> Vec<(u64, u64)> {
        let range = |op| {
            if let Op::Events { from, to } = op {
                Some((from, to))
            } else {
                None
            }
        };
        plan(state).into_iter().filter_map(range).collect()
    }

    #[test]
    fn head_then_events_then_small_photos_then_changes() {
        let state = state(
            &[(8, 900), (7, 900)],
            vec![photo(1, 500, 0), photo(2, 900, 600), photo(3, 400, 0)],
        );
        let sent = |name| Op::Photo {
            sha256: Digest([name; 32]),
        };
        let expected = [
            Op::Head,
            Op::Events { from: 7, to: 8 },
            sent(2),
            sent(3),
            sent(1),
            Op::PullChanges,
        ];
        assert_eq!(plan(&state), expected);
    }

    #[rstest]
    #[case::nineteen(19, 10, &[(1, 19)])]
    #[case::two_hundred(200, 10, &[(1, 200)])]
    #[case::two_hundred_and_one(201, 10, &[(1, 200), (201, 201)])]
    #[case::just_half_a_mebibyte(8, 64 * 1_024, &[(1, 8)])]
    #[case::one_byte_more(8, 64 * 1_024 + 1, &[(1, 7), (8, 8)])]
    #[case::one_too_large_goes_alone(2, 600 * 1_024, &[(1, 1), (2, 2)])]
    #[case::absurd_sizes(2, u64::MAX, &[(1, 1), (2, 2)])]
    fn requests_stay_small(
        #[case] count: u64,
        #[case] bytes: u64,
        #[case] expected: &[(u64, u64)],
    ) {
        let events: Vec<_> = (1..=count).map(|seq| (seq, bytes)).collect();
        assert_eq!(ranges(&state(&events, Vec::new())), expected);
    }

    #[test]
    fn a_quarantined_event_is_left_out_and_splits_the_run() {
        let mut state = state(&[(1, 10), (2, 10), (3, 10), (5, 10)], Vec::new());
        state.quarantined = vec![2];
        assert_eq!(ranges(&state), [(1, 1), (3, 3), (5, 5)]);
    }

    #[rstest]
    #[case::offline(false, true)]
    #[case::signed_out(true, false)]
    fn nothing_is_tried_in_vain(#[case] online: bool, #[case] token_valid: bool) {
        let state = SyncState {
            online,
            token_valid,
            ..state(&[(1, 10)], vec![photo(1, 5, 0)])
        };
        assert_eq!(plan(&state), []);
    }

    #[test]
    fn an_idle_phone_only_asks_for_changes() {
        let state = SyncState {
            head_acknowledged: true,
            ..state(&[], Vec::new())
        };
        assert_eq!(plan(&state), [Op::PullChanges]);
    }

    #[test]
    fn the_wire_form_is_the_documented_one() {
        let ops = [
            Op::Head,
            Op::Events { from: 1, to: 2 },
            Op::Photo {
                sha256: Digest([0; 32]),
            },
            Op::PullChanges,
        ];
        let expected = serde_json::json!([
            {"op": "head"}, {"op": "events", "from": 1, "to": 2}, {"op": "photo", "sha256": "00".repeat(32)}, {"op": "pull_changes"},
        ]);
        assert_eq!(serde_json::to_value(ops).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn everything_unsent_is_sent_exactly_once_and_in_order(
            seqs in btree_set(0u64..200, 0..120),
            quarantined in btree_set(0u64..200, 0..10),
            bytes in 1u64..70_000,
            photos in vec((0u8..12, 0u64..1_000_000, 0u64..1_000_000), 0..12),
            rotation in 0usize..120,
        ) {
            let mut events: Vec<_> = seqs.iter().map(|&seq| (seq, bytes)).collect();
            let turns = if events.is_empty() { 0 } else { rotation % events.len() };
            let mut state = state(&events, photos.iter().map(|&(name, size, offset)| photo(name, size, offset)).collect());
            state.quarantined = quarantined.iter().copied().collect();

            let sent: Vec<u64> = ranges(&state).into_iter().flat_map(|(from, to)| from..=to).collect();
            let expected: Vec<u64> = seqs.difference(&quarantined).copied().collect();
            prop_assert_eq!(sent, expected);
            prop_assert!(ranges(&state).iter().all(|(from, to)| to - from < 200 && (from == to || (to - from + 1) * bytes <= 512 * 1_024)));

            let ops = plan(&state);
            let pictures: Vec<_> = ops.iter().filter(|op| matches!(op, Op::Photo { .. })).collect();
            let names: BTreeSet<u8> = photos.iter().map(|&(name, _, _)| name).collect();
            prop_assert_eq!(pictures.len(), names.len());
            prop_assert_eq!(ops.first(), Some(&Op::Head));
            prop_assert_eq!(ops.last(), Some(&Op::PullChanges));

            events.rotate_left(turns);
            state.events = events.iter().map(|&(seq, bytes)| UnsentEvent { seq, bytes }).collect();
            state.photos.reverse();
            prop_assert_eq!(plan(&state), ops);
        }
    }
}

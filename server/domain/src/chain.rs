//! A device's chain: every event names the one before it, so nothing can be dropped, inserted
//! or reordered unseen. This module says where an event stands; what to do with one that does
//! not follow (keep both sides of a fork as evidence, ask again for a gap) is the caller's.

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::EventId;

/// The last accepted event of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// Its place; 0 for a chain without events.
    pub seq: u64,
    pub id: EventId,
}

impl ChainHead {
    /// A chain without events.
    pub const START: ChainHead = ChainHead {
        seq: 0,
        id: EventId::GENESIS,
    };
}

/// What ties an event to its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainLink {
    pub seq: u64,
    pub id: EventId,
    pub prev: EventId,
}

impl ChainLink {
    /// The tie of this event, whose id is known from its envelope.
    pub fn of(event: &Event, id: EventId) -> Self {
        Self {
            seq: event.seq,
            id,
            prev: event.prev,
        }
    }

    /// The chain head once this event is accepted.
    pub fn as_head(&self) -> ChainHead {
        ChainHead {
            seq: self.seq,
            id: self.id,
        }
    }
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// The next one.
    Follows,
    /// Already there; accepting it again changes nothing.
    Duplicate,
    /// Events are missing before it.
    Gap { expected: u64 },
    /// Two histories of one key: a copied key or a restored backup. Keep both.
    Fork(Fork),
}

/// How two histories contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fork {
    /// The place is taken by another event; `None` if that one cannot be named.
    OtherAtSeq { seq: u64, accepted: Option<EventId> },
    /// It is the next one by number but names another predecessor.
    OtherPredecessor {
        seq: u64,
        accepted: EventId,
        named: EventId,
    },
}

impl Placement {
    /// The stable name of the reason not to accept the event, if there is one.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Placement::Follows | Placement::Duplicate => None,
            Placement::Gap { .. } => Some("gap"),
            Placement::Fork(_) => Some("fork"),
        }
    }
}

/// What people read for each code: code, Chinese, English.
pub const TEXTS: &[(&str, &str, &str)] = &[
    (
        "gap",
        "前面的记录尚未送达，本条暂不接收。请保持联网，应用会自动补传。",
        "Records before this one have not arrived yet. Stay online; the app sends them again by itself.",
    ),
    (
        "fork",
        "同一设备出现两份互相矛盾的记录，两份均已留存。请停止使用本机登记并联系管理员核查。",
        "One device has produced two contradicting records; both were kept. Stop recording on this phone and ask the administrator to look into it.",
    ),
];

/// Places an event against the head of its chain. `accepted_at` gives the id of the accepted
/// event at a place at or below the head.
pub fn place(
    head: ChainHead,
    link: &ChainLink,
    accepted_at: impl FnOnce(u64) -> Option<EventId>,
) -> Placement {
    if link.seq <= head.seq {
        let accepted = if link.seq == head.seq {
            Some(head.id)
        } else {
            accepted_at(link.seq)
        };
        return if link.seq > 0 && accepted == Some(link.id) {
            Placement::Duplicate
        } else {
            Placement::Fork(Fork::OtherAtSeq {
                seq: link.seq,
                accepted,
            })
        };
    }
    let expected = head.seq + 1;
    if link.seq > expected {
        Placement::Gap { expected }
    } else if link.prev == head.id {
        Placement::Follows
    } else {
        Placement::Fork(Fork::OtherPredecessor {
            seq: link.seq,
            accepted: head.id,
            named: link.prev,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn id(n: u8) -> EventId {
        if n == 0 {
            EventId::GENESIS
        } else {
            EventId([n; 32])
        }
    }

    /// The accepted chain: events 1, 2, 3 with ids 1, 2, 3.
    fn placed(seq: u64, own: u8, prev: u8) -> Placement {
        let link = ChainLink {
            seq,
            id: id(own),
            prev: id(prev),
        };
        place(ChainHead { seq: 3, id: id(3) }, &link, |seq| {
            (1..=3).contains(&seq).then(|| id(seq as u8))
        })
    }

    #[rstest]
    #[case::next(4, 4, 3, Placement::Follows)]
    #[case::head_again(3, 3, 2, Placement::Duplicate)]
    #[case::old_again(1, 1, 0, Placement::Duplicate)]
    #[case::one_missing(5, 5, 4, Placement::Gap { expected: 4 })]
    #[case::far_ahead(u64::MAX, 5, 4, Placement::Gap { expected: 4 })]
    #[case::other_head(3, 9, 2, Placement::Fork(Fork::OtherAtSeq { seq: 3, accepted: Some(EventId([3; 32])) }))]
    #[case::other_first(1, 9, 0, Placement::Fork(Fork::OtherAtSeq { seq: 1, accepted: Some(EventId([1; 32])) }))]
    #[case::place_zero(0, 9, 0, Placement::Fork(Fork::OtherAtSeq { seq: 0, accepted: None }))]
    #[case::other_past(4, 4, 9, Placement::Fork(Fork::OtherPredecessor { seq: 4, accepted: EventId([3; 32]), named: EventId([9; 32]) }))]
    fn an_event_stands_where_the_chain_puts_it(
        #[case] seq: u64,
        #[case] own: u8,
        #[case] prev: u8,
        #[case] stands: Placement,
    ) {
        assert_eq!(placed(seq, own, prev), stands);
    }

    #[test]
    fn a_chain_starts_with_event_one_after_genesis_only() {
        let nothing = |_| None;
        let first = ChainLink {
            seq: 1,
            id: id(1),
            prev: EventId::GENESIS,
        };
        assert_eq!(place(ChainHead::START, &first, nothing), Placement::Follows);
        let zero = ChainLink { seq: 0, ..first };
        assert!(matches!(
            place(ChainHead::START, &zero, nothing),
            Placement::Fork(_)
        ));
        let genesis_itself = ChainLink {
            seq: 0,
            id: EventId::GENESIS,
            prev: EventId::GENESIS,
        };
        assert!(matches!(
            place(ChainHead::START, &genesis_itself, nothing),
            Placement::Fork(_)
        ));
        let from_elsewhere = ChainLink {
            prev: id(7),
            ..first
        };
        assert!(matches!(
            place(ChainHead::START, &from_elsewhere, nothing),
            Placement::Fork(Fork::OtherPredecessor { .. })
        ));
    }
}

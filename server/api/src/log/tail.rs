//! The end of the log while a decision is made. The numbers hold because the commit fails if anybody
//! else has committed since they were read.

use domain::ids::Digest;
use domain::time::Timestamp;
use domain::tlog::leaf::{Leaf, LeafKind};
use store::{Commit, LeafRow, LogTail};

/// Where the next leaf goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tail {
    leaves: u64,
    ts: Timestamp,
}

impl Tail {
    /// The end as the store has it.
    pub fn of(tail: LogTail) -> Self {
        Self {
            leaves: tail.leaves.unsigned_abs(),
            ts: Timestamp(tail.ts),
        }
    }

    /// The end as the store has it after the commit.
    pub fn end(&self) -> LogTail {
        LogTail {
            leaves: self.leaves as i64,
            ts: self.ts.0,
        }
    }

    /// The number of the next leaf.
    pub fn next(&self) -> u64 {
        self.leaves
    }

    /// The instant, or that of the last leaf if the clock went back.
    pub fn not_before(&self, now: Timestamp) -> Timestamp {
        now.max(self.ts)
    }

    /// Adds a leaf to the commit; returns its number.
    pub fn append(
        &mut self,
        commit: &mut Commit,
        kind: LeafKind,
        h: Digest,
        now: Timestamp,
    ) -> u64 {
        let number = self.leaves;
        self.ts = self.not_before(now);
        let leaf = Leaf::new(kind, self.ts, h);
        let bytes = leaf
            .bytes()
            .expect("a time within reason has a canonical form");
        commit.leaves.push(LeafRow {
            number: number as i64,
            ts: self.ts.0,
            h: h.to_string(),
            data: String::from_utf8(bytes).expect("canonical JSON is text"),
        });
        self.leaves += 1;
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_and_time_never_goes_back() {
        let mut tail = Tail::of(LogTail { leaves: 7, ts: 100 });
        let mut commit = Commit::default();
        let h = Digest([1; 32]);
        let numbers: Vec<u64> = [99, 100, 101, 50]
            .map(|at| tail.append(&mut commit, LeafKind::Key, h, Timestamp(at)))
            .to_vec();
        assert_eq!(numbers, [7, 8, 9, 10]);
        let times: Vec<i64> = commit.leaves.iter().map(|leaf| leaf.ts).collect();
        assert_eq!(times, [100, 100, 101, 101]);
        assert_eq!(tail.next(), 11);
    }
}

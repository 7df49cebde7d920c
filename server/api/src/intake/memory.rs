//! What a turn need not ask again: where the store stood after the turn before, and the phones it served. All
//! of it holds exactly as long as the counter has not moved, and every commit is a compare-and-set on the
//! counter: a memory that somebody else has made untrue costs a turn, never a wrong decision.

use std::collections::HashMap;

use domain::ids::DeviceId;
use store::{Commit, DeviceRow, LogTail, Standing, Store, StoreError};

/// Phones that are remembered; beyond it all are forgotten, because a row with what is carried of its chain
/// has a few kilobytes.
const DEVICES_MAX: usize = 256;

/// See the module.
#[derive(Default)]
pub struct Memory {
    n: i64,
    /// Where the log ended; none if the store must be asked.
    log: Option<LogTail>,
    devices: HashMap<DeviceId, Remembered>,
}

/// A phone as of the last turn that served it.
#[derive(Clone)]
pub struct Remembered {
    pub row: DeviceRow,
    /// It is known that no receipt lies beyond its head.
    pub is_bare: bool,
}

impl Memory {
    /// Where the store stands, for somebody who knows all proof codes up to this number. Not asked while nobody
    /// else can have written; whether this process has, the commit finds out.
    pub async fn standing(
        &mut self,
        store: &Store,
        relay_codes_known: i64,
    ) -> Result<Standing, StoreError> {
        if let Some(log) = self.log.filter(|_| store.is_alone()) {
            return Ok(Standing {
                n: self.n,
                log,
                relay_codes: Vec::new(),
            });
        }
        let standing = store.standing(relay_codes_known).await?;
        if standing.n != self.n {
            self.devices.clear();
        }
        Ok(standing)
    }

    /// This phone, if it is remembered.
    pub fn device(&self, dev: DeviceId) -> Option<&Remembered> {
        self.devices.get(&dev)
    }

    /// Somebody else has written, or it is not known who has.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Keeps what a commit has left, until the next.
    pub fn learn(&mut self, n: i64, left: Left) {
        let Left { log, devices } = left;
        if self.devices.len() + devices.len() > DEVICES_MAX {
            self.devices.clear();
        }
        self.n = n;
        self.log = log;
        self.devices.extend(devices);
    }
}

/// What is true once a commit is on disk.
pub struct Left {
    log: Option<LogTail>,
    devices: Vec<(DeviceId, Remembered)>,
}

impl Left {
    /// Of these phones as they are then.
    pub fn by(
        commit: &Commit,
        log: LogTail,
        devices: impl Iterator<Item = (DeviceId, Remembered)>,
    ) -> Self {
        let devices = devices.map(|(dev, Remembered { row, is_bare })| {
            let mut given = commit.receipts.iter();
            let is_passed = |(of, seq): (&str, i64)| of == row.dev && seq > row.head_seq;
            let is_bare = is_bare && !given.any(|r| is_passed((&r.dev, r.head_seq)));
            (dev, Remembered { row, is_bare })
        });
        Self {
            // Everybody learns of a code that was told by asking for it.
            log: commit.relay_codes.is_empty().then_some(log),
            devices: devices.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use store::{ReceiptRow, RelayCodeRow, StoreConfig};

    use super::*;

    const LOG: LogTail = LogTail { leaves: 7, ts: 70 };

    fn dev(number: u16) -> DeviceId {
        format!("{number:032x}").parse().unwrap()
    }

    fn phone(number: u16, head_seq: i64) -> (DeviceId, Remembered) {
        let row = DeviceRow {
            dev: dev(number).to_string(),
            person: "P-1".to_owned(),
            alg: "p256".to_owned(),
            spki: String::new(),
            label: String::new(),
            enrolled_at: 0,
            key_record: String::new(),
            revoked_at: None,
            revoked_by: None,
            revoked_reason: None,
            revocation: None,
            head_seq,
            head: String::new(),
            carry: String::new(),
        };
        (dev(number), Remembered { row, is_bare: true })
    }

    fn receipt(number: u16, head_seq: i64) -> ReceiptRow {
        ReceiptRow {
            dev: dev(number).to_string(),
            head_seq,
            head: String::new(),
            nonce: None,
            ts: 70,
            via: "relay_qr".to_owned(),
            envelope: String::new(),
        }
    }

    #[rstest]
    #[case::for_the_head(receipt(1, 20), true)]
    #[case::for_the_next_place(receipt(1, 21), false)]
    #[case::of_another_phone(receipt(2, 21), true)]
    fn a_phone_stays_bare_while_no_receipt_lies_beyond_its_head(
        #[case] given: ReceiptRow,
        #[case] is_bare: bool,
    ) {
        let commit = Commit {
            receipts: vec![given],
            ..Commit::default()
        };
        let mut memory = Memory::default();
        memory.learn(9, Left::by(&commit, LOG, [phone(1, 20)].into_iter()));
        assert_eq!(memory.device(dev(1)).unwrap().is_bare, is_bare);
    }

    #[tokio::test]
    async fn the_store_is_asked_after_a_code_was_told_and_after_somebody_else_wrote() {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        let mut memory = Memory::default();
        let asked = memory.standing(&store, 0).await.unwrap();
        let quiet = Left::by(&Commit::default(), LOG, [phone(1, 20)].into_iter());
        memory.learn(9, quiet);
        let remembered = memory.standing(&store, 0).await.unwrap();
        assert_eq!((remembered.n, remembered.log), (9, LOG));
        let told = Commit {
            relay_codes: vec![RelayCodeRow {
                number: 1,
                code: String::new(),
                ts: 70,
                leaf: 7,
                by: "P-1".to_owned(),
            }],
            ..Commit::default()
        };
        memory.learn(9, Left::by(&told, LOG, [].into_iter()));
        assert_eq!(memory.standing(&store, 0).await.unwrap(), asked);
        assert!(memory.device(dev(1)).is_none(), "the counter had moved");
        memory.learn(
            9,
            Left::by(&Commit::default(), LOG, [phone(1, 20)].into_iter()),
        );
        memory.forget();
        assert_eq!(memory.standing(&store, 0).await.unwrap(), asked);
        assert!(memory.device(dev(1)).is_none());
    }

    #[test]
    fn no_more_phones_are_remembered_than_allowed() {
        let mut memory = Memory::default();
        for number in 0..=DEVICES_MAX as u16 {
            let left = Left::by(&Commit::default(), LOG, [phone(number, 1)].into_iter());
            memory.learn(i64::from(number), left);
            assert!(memory.devices.len() <= DEVICES_MAX);
            assert!(memory.device(dev(number)).is_some());
        }
    }
}

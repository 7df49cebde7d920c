//! A device within a turn: its row, what is remembered of its chain, and what was found around its next
//! events.

use std::collections::HashMap;

use domain::envelope::Signer;
use domain::ids::EventId;
use domain::time::Timestamp;
use store::DeviceRow;

use super::carry::DeviceCarry;
use super::draft::SYSTEM;
use super::past::{Given, Past};
use super::relay::Told;

/// See the module.
pub struct Device {
    pub row: DeviceRow,
    pub carry: DeviceCarry,
    /// Ids already stored at sequence numbers that this turn's requests touch.
    pub known: HashMap<u64, EventId>,
    /// Why those of them that a rule refused were refused.
    pub refused: HashMap<u64, &'static str>,
    /// The end of the chain, as far back as a receipt may reach in this turn.
    pub past: Past,
    /// Receipts given for heads in `past`, or not in the chain yet.
    pub given: Vec<Given>,
    /// Events of this turn's requests whose codes were told by telephone.
    pub told: HashMap<EventId, Told>,
    pub is_changed: bool,
    /// It is known that the store has no receipt beyond its head.
    pub is_bare: bool,
}

/// What was found around a device's next events; see the members of [`Device`].
pub struct Found {
    pub known: HashMap<u64, EventId>,
    pub refused: HashMap<u64, &'static str>,
    pub past: Past,
    pub given: Vec<Given>,
    pub told: HashMap<EventId, Told>,
    pub is_bare: bool,
}

impl Device {
    /// The server's own chain before its first event.
    pub fn of_the_server(signer: &Signer, now: Timestamp) -> Self {
        let row = DeviceRow {
            dev: signer.device_id().to_string(),
            person: SYSTEM.to_owned(),
            alg: "ed25519".to_owned(),
            spki: signer.public_key().spki_base64(),
            label: SYSTEM.to_owned(),
            enrolled_at: now.0,
            revoked_at: None,
            revoked_by: None,
            revoked_reason: None,
            revocation: None,
            head_seq: 0,
            head: EventId::GENESIS.to_string(),
            carry: String::new(),
            key_record: String::new(),
        };
        Self {
            row,
            carry: DeviceCarry::default(),
            known: HashMap::new(),
            refused: HashMap::new(),
            past: Past::default(),
            given: Vec::new(),
            told: HashMap::new(),
            is_changed: false,
            is_bare: false,
        }
    }

    /// As the store has it.
    pub fn loaded(row: DeviceRow, carry: DeviceCarry, found: Found) -> Self {
        let Found {
            known,
            refused,
            past,
            given,
            told,
            is_bare,
        } = found;
        Self {
            row,
            carry,
            known,
            refused,
            past,
            given,
            told,
            is_changed: false,
            is_bare,
        }
    }

    /// Sequence number and id of the last event in the chain.
    pub fn head(&self) -> (u64, EventId) {
        let head = self.row.head.parse().unwrap_or(EventId::GENESIS);
        (self.row.head_seq as u64, head)
    }

    /// Moves the head; the row will be written.
    pub fn advance(&mut self, seq: u64, id: EventId) {
        self.row.head_seq = seq as i64;
        self.row.head = id.to_string();
        self.known.insert(seq, id);
        self.is_changed = true;
    }

    /// Where the phone was is no longer remembered.
    pub fn forget_position(&mut self) {
        self.carry.prior = None;
        self.is_changed = true;
    }

    /// What is remembered of the chain has changed; the row will be written.
    pub fn mark(&mut self) {
        self.is_changed = true;
    }
}

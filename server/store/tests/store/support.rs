//! An opened store per test, and rows with something in every column.

use store::{
    CodeUseRow, Commit, DeviceRow, EventRow, LeafRow, QuarantineRow, ReceiptRow, SidecarRow, Store,
    StoreConfig, WorkOrderChange, WorkOrderRow,
};
use tempfile::TempDir;

/// The engines every behaviour is tested on.
#[derive(Debug, Clone, Copy)]
pub enum Engine {
    Memory,
    RocksDb,
}

/// A store and, for RocksDB, the folder that lives as long as it.
pub struct Opened {
    pub store: Store,
    _folder: Option<TempDir>,
}

impl std::ops::Deref for Opened {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

pub async fn open(engine: Engine) -> Opened {
    let folder = matches!(engine, Engine::RocksDb).then(|| TempDir::new().unwrap());
    let config = match &folder {
        Some(folder) => StoreConfig::rocksdb(folder.path()),
        None => StoreConfig::memory(),
    };
    Opened {
        store: Store::open(&config).await.unwrap(),
        _folder: folder,
    }
}

pub fn event(dev: &str, seq: i64) -> EventRow {
    EventRow {
        dev: dev.to_owned(),
        seq,
        id: format!("{dev}{seq:062x}"),
        n: 0,
        t: "noted".to_owned(),
        by: "P-0012".to_owned(),
        wo: Some("WO-20261124-0001".to_owned()),
        payload: format!(
            r#"{{"body":{{"text":"到场 'quoted' \"double\" \\ $n; REMOVE TABLE event"}},"seq":{seq}}}"#
        ),
        sig: "c2ln".to_owned(),
        received_at: 1_790_000_000_000 + seq,
        bounds: Some(r#"{"b":{"earliest":1,"latest":2}}"#.to_owned()),
        refused: None,
    }
}

pub fn events(dev: &str, seqs: std::ops::RangeInclusive<i64>) -> Vec<EventRow> {
    seqs.map(|seq| event(dev, seq)).collect()
}

pub fn device(dev: &str, person: &str) -> DeviceRow {
    DeviceRow {
        dev: dev.to_owned(),
        person: person.to_owned(),
        alg: "p256".to_owned(),
        spki: "c3BraQ==".to_owned(),
        label: "小米 14".to_owned(),
        enrolled_at: 1_790_000_000_000,
        key_record: "{}".to_owned(),
        revoked_at: None,
        revoked_by: None,
        revoked_reason: None,
        revocation: None,
        head_seq: 0,
        head: "0".repeat(64),
        carry: String::new(),
    }
}

pub fn receipt(dev: &str, head_seq: i64, ts: i64) -> ReceiptRow {
    let nonce = Some("00ff".repeat(8));
    ReceiptRow {
        dev: dev.to_owned(),
        head_seq,
        head: "ab".repeat(32),
        nonce,
        ts,
        via: "sync".to_owned(),
        envelope: "{}".to_owned(),
    }
}

pub fn quarantined(id: &str, person: &str, received_at: i64) -> QuarantineRow {
    QuarantineRow {
        id: id.to_owned(),
        dev: None,
        seq: None,
        event: None,
        person: Some(person.to_owned()),
        wo: Some("WO-20261124-0001".to_owned()),
        code: "bad_signature".to_owned(),
        envelope: "not even JSON".to_owned(),
        received_at,
        resolved: false,
    }
}

pub fn leaf(number: i64, h: &str) -> LeafRow {
    LeafRow {
        number,
        ts: 1_000 + number,
        h: h.to_owned(),
        data: format!(r#"{{"h":"{h}"}}"#),
    }
}

pub fn code_use(source: &str, number: i64) -> CodeUseRow {
    CodeUseRow {
        source: source.to_owned(),
        number,
        scan: format!("{number:064x}"),
        dev: "aa".to_owned(),
        seq: 7,
        sid: "0102030405060708".to_owned(),
        mono: 5_000,
        wo: "WO-20261124-0001".to_owned(),
        latest: 1_790_000_000_000 + number,
    }
}

pub fn sidecar(c: &str) -> SidecarRow {
    SidecarRow {
        c: c.to_owned(),
        salt: "00".repeat(16),
        value: r#"{"name":"张伟"}"#.to_owned(),
        wo: Some("WO-20261124-0001".to_owned()),
        dev: "aa".to_owned(),
    }
}

pub fn work_order(id: &str, technician: Option<&str>) -> WorkOrderRow {
    WorkOrderRow {
        id: id.to_owned(),
        doc: format!(r#"{{"id":"{id}","text":"打印机卡纸 & {{}}"}}"#),
        district: "FT".to_owned(),
        provider: "O-P1".to_owned(),
        site_unit: "O-S1".to_owned(),
        technician: technician.map(str::to_owned),
        terminal: "SZ-FT-012344".to_owned(),
        site: "S-FT-01".to_owned(),
        stage: "reported".to_owned(),
        open: true,
        reported_at: 1_790_000_000_000,
        due_at: store::NEVER,
        search: format!("{} 福田政务大厅", id.to_lowercase()),
        n: 0,
    }
}

pub fn change(row: WorkOrderRow, feeds: &[&str]) -> WorkOrderChange {
    WorkOrderChange {
        row,
        feeds: feeds.iter().map(|feed| (*feed).to_owned()).collect(),
        escalation: None,
    }
}

/// A commit of only these work orders.
pub fn of_work_orders(expected_n: i64, work_orders: Vec<WorkOrderChange>) -> Commit {
    Commit {
        expected_n,
        work_orders,
        ..Commit::default()
    }
}

/// A commit of only these events.
pub fn of_events(expected_n: i64, events: Vec<EventRow>) -> Commit {
    Commit {
        expected_n,
        events,
        ..Commit::default()
    }
}

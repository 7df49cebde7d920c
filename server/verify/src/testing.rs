//! A small believable bundle for tests, made as server and phone make the real ones: a report, an
//! assignment, and one phone's day from enrolment to hand-over.

mod log;

use std::collections::BTreeMap;

use domain::actor::Role;
use domain::canonical::{canonical_of, digest_of, to_canonical};
use domain::envelope::{Envelope, PublicKey, Signer, prepare_event};
use domain::event::*;
use domain::fault::{FaultCode, Level};
use domain::ids::*;
use domain::receipt::{KeyRecord, Receipt, RevocationRecord, Via};
use domain::register::{Manager, Site, Terminal};
use domain::sidecar::{Salt, Sidecar};
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub use self::log::TestLog;
use crate::container;
use crate::evidence::{LoggedVerdict, People, Person, SetAside, Verdict};
use crate::manifest::{Listed, Manifest, Statement, sha256};
use crate::place::Place;
use crate::state::{log_needs, state_verdict};
use crate::trust::Trust;

/// Tuesday 2026-11-24, 09:00 in Shenzhen.
pub const NINE: i64 = 1_795_482_000_000;
pub const MINUTE: i64 = 60_000;
/// Beside the terminal.
pub const HERE: i64 = 225_430_100;
const HERE_LNG: i64 = 1_140_580_000;

pub type Files = BTreeMap<String, Vec<u8>>;

/// The server of the tests, and an impostor.
pub fn server() -> Signer {
    Signer::from_seed(&[1; 32])
}

pub fn impostor() -> Signer {
    Signer::from_seed(&[2; 32])
}

/// This server, its log, and both witnesses.
pub fn trust() -> Trust {
    trust_in(&server())
}

fn trust_in(server: &Signer) -> Trust {
    Trust::in_key(server.public_key()).with_log(log::trust())
}

pub fn wo() -> WorkOrderId {
    "WO-2026-000001".parse().unwrap()
}

/// A phone with its chain.
pub struct Phone {
    key: SigningKey,
    pub dev: DeviceId,
    pub person: PersonId,
    /// The page load; another one after a reload.
    pub sid: SessionId,
    /// How far the wall clock is ahead of the truth, milliseconds.
    pub wall_ahead: i64,
    /// How far the monotonic clock has fallen behind, milliseconds: it stops while a phone sleeps.
    pub mono_behind: i64,
    seq: u64,
    head: EventId,
}

impl Phone {
    pub fn new(seed: u8, person: &str) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let dev = PublicKey::P256(Box::new(*key.verifying_key())).device_id();
        Self {
            key,
            dev,
            person: person.parse().unwrap(),
            sid: SessionId([5; 8]),
            wall_ahead: 0,
            mono_behind: 0,
            seq: 0,
            head: EventId::GENESIS,
        }
    }

    /// Goes on after this event of its own.
    pub fn continue_from(&mut self, envelope: &[u8]) {
        let payload = base64(&Envelope::parse(envelope).unwrap().payload);
        let event: Value = serde_json::from_slice(&payload).unwrap();
        self.seq = event["seq"].as_u64().unwrap();
        self.head = domain::envelope::event_id(&payload);
    }

    /// What its monotonic clock says at an instant.
    fn mono(&self, at: i64) -> i64 {
        at - NINE + 3_600_000 - self.mono_behind
    }

    /// Where its chain ends.
    pub fn head(&self) -> (u64, EventId) {
        (self.seq, self.head)
    }

    pub fn public_key(&self) -> PublicKey {
        PublicKey::P256(Box::new(*self.key.verifying_key()))
    }
}

/// A bundle in the making.
pub struct Sample {
    pub files: Files,
    pub log: TestLog,
    /// What its desk does is not logged.
    pub forgets_to_log: bool,
    pub server: Signer,
    server_head: (u64, EventId),
    pub set_aside: Vec<SetAside>,
}

impl Sample {
    pub fn new(server: Signer) -> Self {
        let files = Files::from([(
            Place::ServerKey.to_string(),
            server.public_key().spki_base64().into_bytes(),
        )]);
        Self {
            files,
            log: TestLog::default(),
            forgets_to_log: false,
            server,
            server_head: (0, EventId::GENESIS),
            set_aside: Vec::new(),
        }
    }

    /// Policy, register and people.
    pub fn surroundings(&mut self) {
        let policy = Policy::v2024_10().digest();
        let (terminal_h, site_h) = (digest_of(&terminal()), digest_of(&site()));
        let early = NINE - 100 * MINUTE;
        self.log.append(LeafKind::Policy, early, policy);
        self.log
            .append(LeafKind::Terminal, early, terminal_h.unwrap());
        self.log.append(LeafKind::Site, early, site_h.unwrap());
        self.log.publish(early + 1_000);
        self.put_plain(Place::Policy, &Policy::v2024_10());
        self.put_plain(Place::Terminal(terminal().id), &terminal());
        self.put_plain(Place::Site(site().id), &site());
        self.put_plain(Place::People, &people());
    }

    pub fn put(&mut self, place: Place, bytes: impl Into<Vec<u8>>) {
        self.files.insert(place.to_string(), bytes.into());
    }

    pub fn put_plain<T: serde::Serialize>(&mut self, place: Place, value: &T) {
        self.put(place, canonical_of(value).unwrap());
    }

    /// A record of the server, which also goes into the log.
    pub fn put_envelope(
        &mut self,
        (kind, at): (LeafKind, i64),
        place: fn(Digest) -> Place,
        envelope: &Envelope,
    ) -> Value {
        let payload = base64(&envelope.payload);
        let id = sha256(&domain::envelope::pae(&envelope.payload_type, &payload));
        let value = envelope.to_value();
        self.put(place(id), value.to_string());
        self.log.append(kind, at, id);
        // Half a minute at most, two seconds if somebody waits for it.
        self.log.publish(at + 2_000);
        value
    }

    pub fn desk(&mut self, at: i64, by: &str, mut fact: Fact) {
        if let Fact::Reported(reported) = &mut fact {
            reported.cp = self.log.external();
        }
        let (seq, prev) = self.server_head;
        let event = Event {
            v: 1,
            dev: self.server.device_id(),
            // Other work orders lie between.
            seq: seq + 7,
            prev,
            sid: SessionId([9; 8]),
            mono: 0,
            wall: Timestamp(at),
            by: by.parse().unwrap(),
            wo: Some(wo()),
            pol: None,
            fact,
        };
        let envelope = self.server.sign_as(&event).unwrap();
        let id = domain::envelope::event_id(&base64(&envelope.payload));
        self.server_head = (event.seq, id);
        let kind = match event.fact {
            Fact::Reported(_) => Some(LeafKind::Fault),
            Fact::Erased(_) => Some(LeafKind::Erase),
            _ => None,
        };
        if let Some(kind) = kind.filter(|_| !self.forgets_to_log) {
            self.log.append(kind, at, Digest(id.0));
            self.log.publish(at + 2_000);
        }
        let place = Place::Event {
            dev: event.dev,
            seq: event.seq,
        };
        self.put(place, envelope.to_value().to_string());
    }

    /// One event of a phone; personal values come along as sidecars.
    pub fn says(
        &mut self,
        phone: &mut Phone,
        at: i64,
        wo: Option<WorkOrderId>,
        fact: Fact,
    ) -> EventId {
        let event = Event {
            v: 1,
            dev: phone.dev,
            seq: phone.seq + 1,
            prev: phone.head,
            sid: phone.sid,
            mono: phone.mono(at),
            wall: Timestamp(at + phone.wall_ahead),
            by: phone.person.clone(),
            wo,
            pol: None,
            fact,
        };
        let envelope = signed_by(phone, &event);
        phone.seq = event.seq;
        phone.head = domain::envelope::event_id(&base64(&envelope.payload));
        let place = Place::Event {
            dev: phone.dev,
            seq: event.seq,
        };
        self.put(place, envelope.to_value().to_string());
        phone.head
    }

    pub fn seal(&mut self, value: Value) -> Commitment {
        let sidecar = Sidecar {
            salt: Salt(Nonce([7; 16])),
            value,
        };
        let c = sidecar.commitment().unwrap();
        self.put(Place::Sidecar(c), sidecar.text().unwrap());
        Commitment { c }
    }

    pub fn enrols(&mut self, phone: &mut Phone, at: i64) {
        let record = KeyRecord::new(&phone.public_key(), phone.person.clone(), Timestamp(at));
        let envelope = record.sign(&self.server).unwrap();
        let key_record = self.put_envelope((LeafKind::Key, at), Place::Key, &envelope);
        self.says(
            phone,
            at + 10,
            None,
            Fact::Enrolled(Enrolled { key_record }),
        );
    }

    pub fn receipt(&mut self, phone: &Phone, at: i64, nonce: Option<Nonce>) -> Value {
        let receipt = Receipt {
            v: 1,
            cp: self.log.external(),
            leaf: self.log.next(),
            dev: phone.dev,
            head_seq: phone.seq,
            head: phone.head,
            nonce,
            ts: Timestamp(at),
            via: Via::Sync,
        };
        let envelope = receipt.sign(&self.server).unwrap();
        self.put_envelope((LeafKind::Receipt, at), Place::Receipt, &envelope)
    }

    /// A scan, three positions six seconds apart that tremble by `step`, and a minute later the check-in.
    pub fn arrives(&mut self, phone: &mut Phone, at: i64, lat_e7: i64, step: i64) -> EventId {
        let scanned = Scanned {
            terminal: Some(terminal().id),
            text: format!("https://daochang.example/t/{}", terminal().id),
            method: ScanMethod::Camera,
        };
        let scan = self.says(phone, at, Some(wo()), Fact::Scanned(scanned));
        let fixes: Vec<Value> = (0..3)
            .map(|n| {
                json!({
                    "lat_e7": lat_e7 + n * step, "lng_e7": HERE_LNG, "acc_cm": 1_200 + n * 100,
                    "ts": at + phone.wall_ahead, "mono": phone.mono(at) + n * 6_000,
                    "src": "gnss", "crs": "wgs84",
                })
            })
            .collect();
        let checked_in = CheckedIn {
            terminal: terminal().id,
            scan: Some(scan),
            fixes: Some(self.seal(Value::Array(fixes))),
            no_fix: None,
            reason: None,
        };
        self.says(phone, at + MINUTE, Some(wo()), Fact::CheckedIn(checked_in))
    }

    /// A picture of the work order, and its bytes.
    pub fn photographs(&mut self, phone: &mut Phone, at: i64) {
        let photo = photo_bytes();
        let taken = PhotoTaken {
            sha256: sha256(&photo),
            size: photo.len() as u64,
            width: 40,
            height: 30,
            slot: PhotoSlot::After,
            source: PhotoSource::Camera,
            exif: None,
        };
        self.says(phone, at, Some(wo()), Fact::PhotoTaken(taken));
        let place = Place::Photo {
            sha256: sha256(&photo),
            extension: "jpg",
        };
        self.put(place, photo);
    }

    /// Ends a key.
    pub fn revoke(&mut self, dev: DeviceId, at: i64, effective: i64) {
        let revocation = RevocationRecord {
            dev,
            effective: Timestamp(effective),
            reason: "手机遗失".into(),
            ts: Timestamp(at),
            v: 1,
        };
        let envelope = self.server.sign_as(&revocation).unwrap();
        self.put_envelope((LeafKind::Revoke, at), Place::Key, &envelope);
    }

    pub fn log_verdict(&mut self, at: i64, verdict: &LoggedVerdict) {
        let text = canonical_of(verdict).unwrap();
        let h = sha256(text.as_bytes());
        self.put(Place::LoggedVerdict(h), text);
        self.log.append(LeafKind::Verdict, at, h);
        self.log.publish(at + 2_000);
    }

    /// Head, receipt, acknowledgement.
    pub fn syncs(&mut self, phone: &mut Phone, at: i64) {
        let nonce = Nonce([3; 16]);
        self.says(
            phone,
            at,
            None,
            Fact::SyncRequested(SyncRequested { nonce }),
        );
        let receipt = self.receipt(phone, at + 200, Some(nonce));
        self.says(
            phone,
            at + 400,
            None,
            Fact::SyncAcknowledged(SyncAcknowledged { receipt }),
        );
        self.receipt(phone, at + 600, None);
    }

    /// Proofs, checkpoints, and what follows from it all.
    pub fn state_verdict(&mut self, ts: i64) {
        self.files.remove("verdict.json");
        let trust = trust_in(&self.server);
        let needs = log_needs(&self.files, &wo(), &trust);
        self.log.prove(&needs, &mut self.files);
        let verdict: Verdict = state_verdict(
            &self.files,
            &wo(),
            &trust,
            self.set_aside.clone(),
            Timestamp(ts),
        )
        .unwrap();
        self.put_plain(Place::Verdict, &verdict);
    }
}

pub fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

fn signed_by(phone: &Phone, event: &Event) -> Envelope {
    let prepared = prepare_event(&serde_json::to_value(event).unwrap()).unwrap();
    let signature: p256::ecdsa::Signature = phone
        .key
        .sign_prehash(&Sha256::digest(&prepared.pae))
        .unwrap();
    prepared.seal(phone.dev, &signature.to_bytes().into())
}

pub fn terminal() -> Terminal {
    Terminal {
        id: TerminalId::from_serial(&"FT".parse().unwrap(), 1234),
        site: "S-FT-01".parse().unwrap(),
        model: "ZT-200".into(),
        name: "一号自助终端".into(),
        version: 3,
        lat_e7: 225_430_000,
        lng_e7: 1_140_580_000,
        radius_cm: None,
        provider: "O-KEDA".parse().unwrap(),
        authority: "O-FT-ZWJ".parse().unwrap(),
    }
}

pub fn site() -> Site {
    Site {
        id: "S-FT-01".parse().unwrap(),
        district: "FT".parse().unwrap(),
        name: "福田区行政服务大厅".into(),
        address: "深南大道".into(),
        lat_e7: 225_430_000,
        lng_e7: 1_140_580_000,
        radius_cm: Some(15_000),
        phone: "0755-00000000".into(),
        hours: "周一至周五".into(),
        managers: vec![Manager {
            person: "P-0031".parse().unwrap(),
            name: "陈静".into(),
        }],
        unit: "O-FT-HALL".parse().unwrap(),
    }
}

fn people() -> People {
    let person = |name: &str, org: &str, role, phone: Option<&str>| Person {
        name: name.into(),
        org: org.parse().unwrap(),
        org_name: org.into(),
        phone: phone.map(str::to_owned),
        role,
    };
    People::from([
        (
            "P-0002".parse().unwrap(),
            person("周敏", "O-KEDA", Role::Dispatcher, None),
        ),
        (
            "P-0012".parse().unwrap(),
            person("林志强", "O-KEDA", Role::Technician, Some("13800000012")),
        ),
    ])
}

pub fn photo_bytes() -> Vec<u8> {
    (0..600_u32).map(|n| (n * 7 % 251) as u8).collect()
}

pub fn reported() -> Fact {
    Fact::Reported(Reported {
        terminal: terminal().id,
        fault: FaultCode::Hw2,
        level: Level::General,
        channel: Channel::Hotline,
        text: "打印机无响应".into(),
        reporter: None,
        occurred_at: None,
        policy: Policy::v2024_10().digest(),
        terminal_version: 3,
        cp: None,
    })
}

/// The whole story, not yet sealed.
pub fn sample() -> Sample {
    sample_of(server())
}

pub fn sample_of(server: Signer) -> Sample {
    day(Sample::new(server))
}

/// The day, on whatever log there is.
pub fn day(mut s: Sample) -> Sample {
    s.surroundings();
    let mut lin = Phone::new(0x11, "P-0012");
    s.enrols(&mut lin, NINE - 60 * MINUTE);
    s.syncs(&mut lin, NINE - 5 * MINUTE);
    s.desk(NINE, "P-0002", reported());
    let to_lin = Assigned {
        technician: lin.person.clone(),
        reason: None,
    };
    s.desk(NINE + MINUTE, "P-0002", Fact::Assigned(to_lin));
    visit(&mut s, &mut lin);
    s.syncs(&mut lin, NINE + 80 * MINUTE);
    s.state_verdict(NINE + 90 * MINUTE);
    s
}

fn visit(s: &mut Sample, lin: &mut Phone) {
    let at = |minutes: i64| NINE + minutes * MINUTE;
    let it = || Some(wo());
    let how = ResponseKind::Accepted;
    s.says(lin, at(3), it(), Fact::Responded(Responded { how }));
    s.syncs(lin, at(4));
    s.says(lin, at(5), it(), Fact::SetOut(Nothing {}));
    let check_in = s.arrives(lin, at(30), HERE, 40);
    s.photographs(lin, at(40));
    let photo = photo_bytes();
    let cause = "卡纸".to_owned();
    let action = "清理纸道".to_owned();
    let work = s.says(
        lin,
        at(60),
        it(),
        Fact::WorkRecorded(WorkRecorded {
            mode: Mode::OnSite,
            fault: FaultCode::Hw2,
            repair_class: RepairClass::Ordinary,
            cause: cause.clone(),
            action: action.clone(),
            parts: Vec::new(),
        }),
    );
    let restored = s.says(lin, at(61), it(), Fact::Restored(Nothing {}));
    let summary = Summary {
        wo: wo(),
        terminal: terminal().id,
        site_name: site().name,
        technician: lin.person.clone(),
        fault: FaultCode::Hw2,
        mode: Mode::OnSite,
        repair_class: RepairClass::Ordinary,
        cause,
        action,
        parts: Vec::new(),
        arrived_wall: Some(Timestamp(at(31))),
        restored_wall: Timestamp(at(61)),
        photos: vec![sha256(&photo)],
        work,
        restored,
        check_in: Some(check_in),
    };
    let signer = s.seal(json!({ "name": "陈静", "phone": "13900000031" }));
    let points: Vec<Value> = (0..6)
        .map(|n| json!({"x": 20 + n * 30, "y": 40 + (n % 2) * 25, "t": n * 16}))
        .collect();
    let ink = s.seal(json!({"width": 320, "height": 160, "strokes": [points]}));
    s.says(
        lin,
        at(63),
        it(),
        Fact::Evaluated(Box::new(Evaluated {
            shown: digest_of(&summary).unwrap(),
            summary,
            stars: 5,
            resolved: true,
            tags: Vec::new(),
            remark: String::new(),
            unit: "福田区行政服务大厅".into(),
            signer,
            signer_person: Some("P-0031".parse().unwrap()),
            ink,
        })),
    );
    s.says(lin, at(64), it(), Fact::LeftSite(Nothing {}));
}

/// Lists and signs whatever the files now are: what the holder of this key can always do.
pub fn sealed_by(mut files: Files, key: &Signer) -> Vec<u8> {
    files.remove("manifest.json");
    files.remove("manifest.dsse.json");
    let listed = files.iter().map(|(name, bytes)| {
        let listed = Listed {
            sha256: sha256(bytes),
            size: bytes.len() as u64,
        };
        (name.clone(), listed)
    });
    let manifest = Manifest {
        files: listed.collect(),
        v: 1,
        wo: wo(),
    };
    let text = manifest.text().unwrap();
    let statement = Statement {
        manifest: sha256(text.as_bytes()),
        ts: Timestamp(NINE + 91 * MINUTE),
        v: 1,
        wo: wo(),
    };
    let envelope = key.sign_as(&statement).unwrap();
    files.insert("manifest.json".into(), text.into_bytes());
    files.insert(
        "manifest.dsse.json".into(),
        envelope.to_value().to_string().into_bytes(),
    );
    container::write(&files)
}

pub fn sealed(files: Files) -> Vec<u8> {
    sealed_by(files, &server())
}

/// Changes one canonical document.
pub fn edit(files: &mut Files, name: &str, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&files[name]).unwrap();
    change(&mut value);
    files.insert(name.to_owned(), to_canonical(&value).unwrap().into_bytes());
}

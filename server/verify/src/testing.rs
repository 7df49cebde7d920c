//! A small believable bundle for tests, made as server and phone make the real ones: a report, an
//! assignment, and one phone's day from enrolment to hand-over.

mod city;
mod log;
mod phone;
mod seal;
mod story;

use std::collections::BTreeMap;

use domain::canonical::{canonical_of, digest_of};
use domain::envelope::{Envelope, Signer};
use domain::event::*;
use domain::ids::*;
use domain::receipt::{KeyRecord, Receipt, RevocationRecord, Via};
use domain::server_keys::{HeldChange, KeyChange, KeyUse};
use domain::sidecar::{Salt, Sidecar};
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use serde_json::{Value, json};

use self::city::people;
pub use self::city::{photo_bytes, reported, site, terminal};
pub use self::log::{TestLog, second_log_key};
pub use self::phone::Phone;
use self::phone::signed_by;
pub use self::seal::{edit, sealed, sealed_by, sealed_with_sm3};
pub use self::story::{day, day_with, sample, sample_of, sample_sm2};
use crate::evidence::{LoggedVerdict, SetAside, Verdict};
use crate::manifest::sha256;
use crate::place::Place;
use crate::state::{Unstatable, log_needs, state_verdict};
use crate::trust::{Trust, TrustedKey};

/// Tuesday 2026-11-24, 09:00 in Shenzhen.
pub const NINE: i64 = 1_795_482_000_000;
pub const MINUTE: i64 = 60_000;
/// Beside the terminal.
pub const HERE: i64 = 225_430_100;
const HERE_LNG: i64 = 1_140_580_000;

/// The build of the app that the server of the tests has published.
pub const BUILD: Digest = Digest([0xb0; 32]);

pub type Files = BTreeMap<String, Vec<u8>>;

/// The server of the tests, and an impostor.
pub fn server() -> Signer {
    Signer::from_seed(&[1; 32])
}

/// The key that follows the server's first one.
pub fn second_key() -> Signer {
    Signer::from_seed(&[11; 32])
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

/// The key with which that server signs a second time.
pub fn sm2() -> gm::Signer {
    gm::Signer::from_secret(&[5; 32]).unwrap()
}

/// The same server, and its second signatures from an instant on.
pub fn trust_sm2(from: i64) -> Trust {
    let key = sm2().public_key().spki_base64();
    trust().with_sm2(vec![TrustedKey::since(key, Timestamp(from))])
}

pub fn wo() -> WorkOrderId {
    "WO-2026-000001".parse().unwrap()
}

/// A bundle in the making.
pub struct Sample {
    pub files: Files,
    pub log: TestLog,
    /// What its desk does is not logged.
    pub forgets_to_log: bool,
    pub server: Signer,
    /// Whom the bundle's reader was handed in person.
    trust: Trust,
    key_changes: u64,
    /// Signs receipts a second time, as does its log's.
    pub sm2: Option<gm::Signer>,
    /// Phones leave the second signature out of the receipts they embed.
    pub phones_strip: bool,
    pub server_head: (u64, EventId),
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
            trust: trust_in(&server),
            key_changes: 0,
            server,
            sm2: None,
            phones_strip: false,
            server_head: (0, EventId::GENESIS),
            set_aside: Vec::new(),
        }
    }

    /// From now on receipts and checkpoints get a second signature.
    pub fn signing_twice(mut self) -> Self {
        self.sm2 = Some(sm2());
        self.log.sm2 = Some(sm2());
        self
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
        self.log.append(LeafKind::Build, early, BUILD);
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
            Fact::Reported(_) | Fact::Joined(_) | Fact::AlarmCleared(_) => Some(LeafKind::Fault),
            Fact::Erased(_) => Some(LeafKind::Erase),
            Fact::Filed(_) | Fact::FilingAnswered(_) => Some(LeafKind::Filing),
            Fact::Held(_) | Fact::Released(_) => Some(LeafKind::Hold),
            ref fact if fact.is_about_evaluation_elsewhere() => Some(LeafKind::Evaluation),
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
            pol: phone.pol,
            fact,
        };
        let envelope = signed_by(phone, &event);
        phone.seq = event.seq;
        phone.head = domain::envelope::event_id(&base64(&envelope.payload));
        if matches!(event.fact, Fact::Filed(_)) && !self.forgets_to_log {
            self.log.append(LeafKind::Filing, at, Digest(phone.head.0));
            self.log.publish(at + 2_000);
        }
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
        self.enrols_by(phone, &record);
    }

    /// The same with a record that may say more.
    pub fn enrols_by(&mut self, phone: &mut Phone, record: &KeyRecord) {
        let at = record.ts.0;
        let envelope = record.sign(&self.server).unwrap();
        let key_record = self.put_envelope((LeafKind::Key, at), Place::Key, &envelope);
        self.says(
            phone,
            at + 10,
            None,
            Fact::Enrolled(Enrolled { key_record }),
        );
        self.starts(phone, at + 20, &BUILD.to_string());
    }

    /// The page is loaded, and says what it runs.
    pub fn starts(&mut self, phone: &mut Phone, at: i64, build: &str) -> EventId {
        let build = build.to_owned();
        self.says(phone, at, None, Fact::AppStarted(AppStarted { build }))
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
        let mut envelope = receipt.sign(&self.server).unwrap();
        if let Some(sm2) = &self.sm2 {
            gm::envelope::sign_too(&mut envelope, sm2).unwrap();
        }
        let given = self.put_envelope((LeafKind::Receipt, at), Place::Receipt, &envelope);
        if self.phones_strip {
            envelope.signatures.truncate(1);
            return envelope.to_value();
        }
        given
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

    /// Another key of the server signs from now on.
    pub fn changes_key(&mut self, at: i64, new: Signer) -> HeldChange {
        self.key_changes += 1;
        let change = KeyChange {
            from: Timestamp(at),
            index: self.key_changes,
            kind: KeyUse::Server,
            leaf: self.log.next(),
            new: new.public_key().spki_base64(),
            old: self.server.public_key().spki_base64(),
            v: 1,
        };
        let envelope = change.sign(&self.server, &new).unwrap();
        self.put_envelope((LeafKind::KeyChange, at), Place::KeyChange, &envelope);
        self.server = new;
        self.server_head = (0, EventId::GENESIS);
        HeldChange::open(&envelope).unwrap()
    }

    /// Another key of the log signs from now on; the first one signs along, or not.
    pub fn changes_log_key(&mut self, at: i64, signs_along: bool) -> HeldChange {
        let (old, new) = (log::log_signer(), second_log_key());
        let change = KeyChange {
            from: Timestamp(at),
            index: 1,
            kind: KeyUse::Log,
            leaf: self.log.next(),
            new: new.public_key().spki_base64(),
            old: old.public_key().spki_base64(),
            v: 1,
        };
        let envelope = change.sign(&old, &new).unwrap();
        self.log.changed = Some((new, signs_along));
        self.put_envelope((LeafKind::KeyChange, at), Place::KeyChange, &envelope);
        HeldChange::open(&envelope).unwrap()
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
        let needs = log_needs(&self.files, &wo(), &self.trust);
        self.log.prove(&needs, &mut self.files);
        let verdict = self.stated(ts).unwrap();
        self.put_plain(Place::Verdict, &verdict);
    }

    /// The same for files that may not allow any verdict; then the old one stays.
    pub fn try_to_state_verdict(&mut self, ts: i64) {
        let needs = log_needs(&self.files, &wo(), &self.trust);
        self.log.prove(&needs, &mut self.files);
        let before = self.files.remove("verdict.json");
        match self.stated(ts) {
            Ok(verdict) => self.put_plain(Place::Verdict, &verdict),
            Err(_) => self
                .files
                .extend(before.map(|it| ("verdict.json".to_owned(), it))),
        }
    }

    fn stated(&self, ts: i64) -> Result<Verdict, Unstatable> {
        let set_aside = self.set_aside.clone();
        state_verdict(&self.files, &wo(), &self.trust, set_aside, Timestamp(ts))
    }
}

pub fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

//! The functions behind the door: a request names one and brings its arguments, the answer is
//! `{"ok": …}` or `{"refusal": {code, zh, en}}`. Nothing here decides; it only translates.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::canonical::digest_of;
use domain::code::label::{LabelRun, LabelState};
use domain::code::{Code, Form};
use domain::enrolment::{CheckNumber, CheckSalt};
use domain::envelope::{Envelope, PublicKey, prepare_event};
use domain::event::Event;
use domain::fault::TABLE;
use domain::ids::{DeviceId, Digest, EventId, OrgId, PersonId};
use domain::interval::external::External;
use domain::interval::{Bounds, Link, Seen, Tolerance, UNKNOWN_EARLIEST, UNKNOWN_LATEST, bound};
use domain::receipt::{KeyRecord, Receipt};
use domain::refusal::{CheckContext, RefusalCode, check};
use domain::register::{Site, Terminal};
use domain::relay::{RelayCode, RelayHead};
use domain::server_keys::{HeldChange, KeySpan, ServerKeys};
use domain::sidecar::{Salt, Sidecar};
use domain::sla::clock::Clock;
use domain::sla::policy::Policy;
use domain::sla::unproved::{Clocks, most_urgent};
use domain::sync::{SyncState, plan};
use domain::text;
use domain::time::{Interval, Millis, Timestamp};
use domain::work_order::{Judgement, Recorded, Surroundings, WorkOrder, hand_over_summary, judge};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The request itself cannot be read: a fault of the program, not of the person.
const MALFORMED: &str = "malformed_request";

#[derive(Deserialize)]
#[serde(tag = "fn", content = "args", rename_all = "snake_case")]
enum Request {
    PrepareEvent {
        event: Value,
    },
    PrepareSidecar {
        salt: Salt,
        value: Value,
    },
    ReadCode {
        text: String,
        /// The terminal the text names, if the phone's register knows it.
        #[serde(default)]
        place: Option<Terminal>,
        #[serde(default)]
        runs: Vec<LabelRun>,
        #[serde(flatten)]
        server: Server,
    },
    Apply {
        work_order: Box<WorkOrder>,
        recorded: Vec<PhoneRecord>,
    },
    Judge {
        items: Vec<Item>,
        policy: Box<Policy>,
        now: Timestamp,
    },
    Summary {
        work_order: Box<WorkOrder>,
        dev: DeviceId,
        site_name: String,
    },
    Check(Box<Check>),
    VerifyReceipt {
        envelope: Envelope,
        #[serde(flatten)]
        server: Server,
    },
    VerifyKeyRecord {
        envelope: Envelope,
        #[serde(flatten)]
        server: Server,
    },
    CheckNumber {
        spki: String,
        salt: CheckSalt,
    },
    ServerKeys(Server),
    VerifyEvent {
        envelope: Envelope,
        spki: String,
    },
    Bounds {
        links: Vec<Link>,
        seen: Vec<Seen>,
        tolerance: Tolerance,
    },
    PlanSync(SyncState),
    Unproved {
        limits: Vec<Clock>,
        epsilon_ms: Millis,
        now: Timestamp,
        wall: Timestamp,
    },
    Relay {
        dev: DeviceId,
        head_seq: u64,
        head: EventId,
    },
    DigestOf {
        value: Value,
    },
    Faults {},
    Texts {},
}

/// The server as this phone knows it.
#[derive(Deserialize)]
struct Server {
    /// The key that was there when the phone was enrolled, SubjectPublicKeyInfo in base64.
    #[serde(default)]
    server_key: Option<String>,
    /// The changes of key since, as the server hands them out; each proves itself.
    #[serde(default)]
    key_changes: Vec<Value>,
}

impl Server {
    fn keys(&self) -> Result<ServerKeys, &'static str> {
        let key = self.server_key.as_deref().ok_or(MALFORMED)?;
        let key = PublicKey::from_base64(key).map_err(|reason| reason.code())?;
        let changes = self.key_changes.iter().cloned();
        let changes = changes.filter_map(|value| Envelope::from_value(value).ok());
        let changes: Vec<HeldChange> = changes
            .filter_map(|envelope| HeldChange::open(&envelope).ok())
            .collect();
        Ok(ServerKeys::proved(vec![KeySpan::always(key)], &changes).keys)
    }
}

/// An event on the phone; without bounds while no receipt covers it.
#[derive(Deserialize)]
struct PhoneRecord {
    event: Event,
    id: EventId,
    bounds: Option<Bounds>,
    #[serde(default)]
    sidecars: BTreeMap<Digest, Value>,
}

#[derive(Deserialize)]
struct Item {
    work_order: WorkOrder,
    terminal: Terminal,
    site: Site,
    /// What witnesses outside say; the phone does not know it, the console does.
    #[serde(default)]
    external: BTreeMap<EventId, External>,
}

#[derive(Deserialize)]
struct Check {
    event: Event,
    work_order: Option<WorkOrder>,
    person: PersonId,
    #[serde(default)]
    person_phone: String,
    provider: OrgId,
    #[serde(default)]
    managers: Vec<PersonId>,
    /// Whether the phone's copy of the register knows the terminal the event names.
    is_terminal_known: bool,
    #[serde(default)]
    sidecars: BTreeMap<Digest, Value>,
}

/// Answers one request; never panics on any input.
pub fn call(request: &[u8]) -> Vec<u8> {
    let answer = match serde_json::from_slice::<Request>(request) {
        Ok(request) => match answer(request) {
            Ok(value) => json!({ "ok": value }),
            Err(code) => refusal(code, None),
        },
        Err(error) => refusal(MALFORMED, Some(&error.to_string())),
    };
    answer.to_string().into_bytes()
}

fn refusal(code: &str, detail: Option<&str>) -> Value {
    let words = |lang| text::text(code, lang).map(str::to_owned);
    let zh = words(text::Lang::Zh)
        .unwrap_or_else(|| "应用内部错误，请更新应用或联系值班台。".to_owned());
    let en = words(text::Lang::En)
        .unwrap_or_else(|| "The app made a mistake; update it or contact the desk.".to_owned());
    json!({ "refusal": { "code": code, "zh": zh, "en": en, "detail": detail } })
}

fn answer(request: Request) -> Result<Value, &'static str> {
    match request {
        Request::PrepareEvent { event } => {
            let prepared = prepare_event(&event).map_err(|reason| reason.code())?;
            Ok(
                json!({ "payload": prepared.payload, "id": prepared.id, "pae": STANDARD.encode(&prepared.pae) }),
            )
        }
        Request::PrepareSidecar { salt, value } => {
            let sidecar = Sidecar { salt, value };
            let c = sidecar.commitment().map_err(|reason| reason.code())?;
            let text = sidecar.text().map_err(|reason| reason.code())?;
            Ok(json!({ "text": text, "c": c }))
        }
        Request::ReadCode {
            text,
            place,
            runs,
            server,
        } => read_code(&text, place.as_ref(), &runs, server.keys().ok().as_ref()),
        Request::Apply {
            mut work_order,
            recorded,
        } => {
            recorded
                .into_iter()
                .for_each(|record| work_order.apply(&record.into()));
            value(&work_order)
        }
        Request::Judge { items, policy, now } => {
            let judgements: Vec<Judgement> = items
                .iter()
                .map(
                    |Item {
                         work_order,
                         terminal,
                         site,
                         external,
                     }| {
                        judge(
                            work_order,
                            &Surroundings {
                                terminal,
                                site,
                                policy: &policy,
                                external,
                                now,
                            },
                        )
                    },
                )
                .collect();
            value(&judgements)
        }
        Request::Summary {
            work_order,
            dev,
            site_name,
        } => {
            let summary =
                hand_over_summary(&work_order, dev, &site_name).map_err(RefusalCode::code)?;
            let shown = digest_of(&summary).map_err(|reason| reason.code())?;
            Ok(json!({ "summary": summary, "shown": shown }))
        }
        Request::Check(arguments) => check_event(&arguments)
            .map(|()| Value::Null)
            .map_err(RefusalCode::code),
        Request::VerifyReceipt { envelope, server } => {
            value(&Receipt::open(&envelope, &server.keys()?).map_err(|reason| reason.code())?)
        }
        Request::VerifyKeyRecord { envelope, server } => {
            value(&KeyRecord::open(&envelope, &server.keys()?).map_err(|reason| reason.code())?)
        }
        Request::ServerKeys(server) => {
            let spans = server.keys()?;
            let spans = spans.spans().iter().map(|span| {
                json!({
                    "dev": span.key.device_id(), "spki": span.key.spki_base64(),
                    "from": span.from, "before": span.before,
                })
            });
            Ok(spans.collect())
        }
        Request::CheckNumber { spki, salt } => {
            let key = PublicKey::from_base64(&spki).map_err(|reason| reason.code())?;
            let number = CheckNumber::of(&key, salt);
            Ok(json!({ "number": number.as_str(), "grouped": number.grouped() }))
        }
        Request::VerifyEvent { envelope, spki } => {
            let key = PublicKey::from_base64(&spki).map_err(|reason| reason.code())?;
            let (verified, event) =
                domain::envelope::open::<Event>(&envelope, &key).map_err(|reason| reason.code())?;
            Ok(json!({ "id": verified.id, "event": event }))
        }
        Request::Bounds {
            links,
            seen,
            tolerance,
        } => value(&bound(&links, &seen, tolerance)),
        Request::PlanSync(state) => value(&plan(&state)),
        Request::Unproved {
            limits,
            epsilon_ms,
            now,
            wall,
        } => value(&most_urgent(&limits, epsilon_ms, Clocks { now, wall })),
        Request::Relay {
            dev,
            head_seq,
            head,
        } => Ok(relay(&RelayHead {
            dev,
            head_seq,
            head,
        })),
        Request::DigestOf { value } => {
            Ok(json!(digest_of(&value).map_err(|reason| reason.code())?))
        }
        Request::Faults {} => value(TABLE),
        Request::Texts {} => {
            let words =
                text::all().map(|(code, zh, en)| (code.to_owned(), json!({ "zh": zh, "en": en })));
            Ok(Value::Object(words.collect()))
        }
    }
}

/// A head as the QR code, the telephone and the person who reads back the digits need it.
fn relay(head: &RelayHead) -> Value {
    let code = RelayCode::of(head.head);
    json!({
        "path": head.to_string(), "code": code.grouped(), "acknowledgement": code.acknowledgement(),
    })
}

fn check_event(arguments: &Check) -> Result<(), RefusalCode> {
    check(
        &arguments.event,
        &CheckContext {
            person: &arguments.person,
            person_phone: &arguments.person_phone,
            provider: &arguments.provider,
            work_order: arguments.work_order.as_ref(),
            managers: &arguments.managers,
            is_terminal: &|_| arguments.is_terminal_known,
            sidecars: &arguments.sidecars,
        },
    )
}

impl From<PhoneRecord> for Recorded {
    fn from(record: PhoneRecord) -> Self {
        let PhoneRecord {
            event,
            id,
            bounds,
            sidecars,
        } = record;
        let open = Interval {
            earliest: UNKNOWN_EARLIEST,
            latest: UNKNOWN_LATEST,
        };
        let bounds = bounds.unwrap_or(Bounds {
            b: open,
            c: open,
            clock_conflict: false,
        });
        Recorded {
            event,
            id,
            bounds,
            sidecars,
            prior: None,
        }
    }
}

/// What a scanned or typed text means, as far as the phone can tell: its form, the terminal (the
/// identifier, or six digits that the phone completes from its register; a tag names none), and
/// whether a signature in it is genuine.
fn read_code(
    text: &str,
    place: Option<&Terminal>,
    runs: &[LabelRun],
    server: Option<&ServerKeys>,
) -> Result<Value, &'static str> {
    let code = Code::read(text).ok_or(RefusalCode::UnknownTerminal.code())?;
    let label = match (&code, place) {
        (Code::Label(label), Some(terminal)) => {
            Some(label.state(&terminal.site, &terminal.provider, runs))
        }
        (
            Code::Broken {
                form: Form::Label, ..
            },
            _,
        ) => Some(LabelState::Forged),
        _ => None,
    };
    let screen = match &code {
        Code::Screen(screen) => server
            .filter(|keys| screen.is_genuine(keys))
            .map(|_| json!({ "ts": screen.ts, "by_manager": screen.manager.is_some() })),
        _ => None,
    };
    Ok(
        json!({ "form": code.form(), "terminal": code.terminal(), "label": label, "screen": screen }),
    )
}

fn value<T: Serialize + ?Sized>(value: &T) -> Result<Value, &'static str> {
    serde_json::to_value(value).map_err(|_| MALFORMED)
}

#[cfg(test)]
mod tests {
    use domain::ids::TerminalId;

    use super::*;

    fn ask(request: Value) -> Value {
        serde_json::from_slice(&call(request.to_string().as_bytes())).unwrap()
    }

    #[test]
    fn codes_are_read_and_labels_checked() {
        let terminal: Terminal = serde_json::from_value(json!({
            "id": TerminalId::from_serial(&"FT".parse().unwrap(), 1234), "site": "S-FT-01", "model": "ZT-200",
            "name": "一号", "version": 1, "lat_e7": 0, "lng_e7": 0, "radius_cm": null, "provider": "O-KEDA",
            "authority": "O-FT",
        }))
        .unwrap();
        let signer = domain::envelope::Signer::from_seed(&[5; 32]);
        let read = |text: &str, runs: Value| {
            ask(
                json!({ "fn": "read_code", "args": { "text": text, "place": terminal, "runs": runs } }),
            )
        };
        let digits = terminal.id.digits().unwrap();
        assert_eq!(
            read(digits, json!([]))["ok"],
            json!({"form": "plain", "terminal": digits, "label": null, "screen": null})
        );
        let label = domain::code::label::text("https://x", &terminal, 4, &signer);
        let run = json!({"no": 4, "key": signer.public_key().spki_base64(), "provider": null, "revoked_at": null});
        assert_eq!(read(&label, json!([run]))["ok"]["label"], "current");
        assert_eq!(read(&label, json!([]))["ok"]["label"], "unknown");
        assert_eq!(
            read("https://example.cn/", json!([]))["refusal"]["code"],
            "unknown_terminal"
        );
    }

    #[test]
    fn a_head_is_given_as_address_and_as_code() {
        let args = json!({ "dev": "ab".repeat(16), "head_seq": 7, "head": "cd".repeat(32) });
        let relay = ask(json!({ "fn": "relay", "args": args }))["ok"].clone();
        let code: String = relay["code"].as_str().unwrap().replace(' ', "");
        assert_eq!(
            relay["path"],
            "/r/q6urq6urq6urq6urq6urqw/7/zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0"
        );
        assert_eq!(code.len(), 20);
        assert_eq!(
            relay["acknowledgement"],
            RelayCode::typed(&code).unwrap().acknowledgement()
        );
        let none = json!({ "limits": [], "epsilon_ms": 1_000, "now": 0, "wall": 0 });
        assert_eq!(
            ask(json!({ "fn": "unproved", "args": none })),
            json!({ "ok": null })
        );
    }

    #[test]
    fn a_key_and_a_salt_have_a_number() {
        let spki = domain::envelope::Signer::from_seed(&[5; 32])
            .public_key()
            .spki_base64();
        let number = |spki: &str, salt: &str| {
            ask(json!({ "fn": "check_number", "args": { "spki": spki, "salt": salt } }))
        };
        let answer = number(&spki, &"ab".repeat(16))["ok"].clone();
        let digits = answer["number"].as_str().unwrap();
        assert_eq!(
            answer["grouped"],
            format!("{} {}", &digits[..4], &digits[4..])
        );
        assert_ne!(number(&spki, &"ac".repeat(16))["ok"], answer);
        assert_eq!(
            number("AAAA", &"ab".repeat(16))["refusal"]["code"],
            "not_a_key"
        );
        assert_eq!(number(&spki, "ab")["refusal"]["code"], MALFORMED);
    }

    #[test]
    fn nonsense_is_answered_and_never_panics() {
        for request in [
            &b""[..],
            b"{}",
            b"\xff\xff",
            b"{\"fn\":\"texts\"}",
            b"{\"fn\":\"nope\",\"args\":{}}",
            b"[]",
        ] {
            let answer: Value = serde_json::from_slice(&call(request)).unwrap();
            assert_eq!(answer["refusal"]["code"], MALFORMED, "{request:?}");
        }
    }

    #[test]
    fn every_word_is_there_in_both_languages() {
        let texts = ask(json!({ "fn": "texts", "args": {} }));
        let texts = texts["ok"].as_object().unwrap();
        assert!(texts.len() > 50);
        assert!(texts["empty_ink"]["zh"].as_str().unwrap().contains("签名"));
    }
}

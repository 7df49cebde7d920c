//! The functions behind the door: a request names one and brings its arguments, the answer is
//! `{"ok": …}` or `{"refusal": {code, zh, en}}`. Nothing here decides; it only translates.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::canonical::digest_of;
use domain::envelope::{Envelope, PublicKey, prepare_event};
use domain::event::Event;
use domain::fault::TABLE;
use domain::ids::{DeviceId, Digest, EventId, OrgId, PersonId, TerminalId};
use domain::interval::external::External;
use domain::interval::{Bounds, Link, Seen, Tolerance, UNKNOWN_EARLIEST, UNKNOWN_LATEST, bound};
use domain::receipt::{KeyRecord, Receipt};
use domain::refusal::{CheckContext, RefusalCode, check};
use domain::register::{Site, Terminal};
use domain::relay::{RelayCode, RelayHead};
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
    ParseCode {
        text: String,
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
        server_key: String,
    },
    VerifyKeyRecord {
        envelope: Envelope,
        server_key: String,
    },
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
        Request::ParseCode { text } => Ok(json!({ "terminal": parse_code(&text)? })),
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
        Request::VerifyReceipt {
            envelope,
            server_key,
        } => {
            let key = PublicKey::from_base64(&server_key).map_err(|reason| reason.code())?;
            value(&Receipt::open(&envelope, &key).map_err(|reason| reason.code())?)
        }
        Request::VerifyKeyRecord {
            envelope,
            server_key,
        } => {
            let key = PublicKey::from_base64(&server_key).map_err(|reason| reason.code())?;
            value(&KeyRecord::open(&envelope, &key).map_err(|reason| reason.code())?)
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

/// The terminal a scanned or typed text means: the public address `…/t/<id>`, the id alone, or
/// its six digits, which the phone completes from its register.
fn parse_code(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let last = match path.rsplit_once("/t/") {
        Some((_, id)) => id.trim_end_matches('/'),
        None => path,
    };
    let is_six_digits = last.len() == 6 && last.bytes().all(|byte| byte.is_ascii_digit());
    let spelled = if is_six_digits {
        format!("SZ-XX-{last}")
    } else {
        last.to_uppercase()
    };
    let terminal: TerminalId = spelled
        .parse()
        .map_err(|_| RefusalCode::UnknownTerminal.code())?;
    if !terminal.has_valid_check_digit() {
        return Err(RefusalCode::UnknownTerminal.code());
    }
    Ok(if is_six_digits {
        last.to_owned()
    } else {
        terminal.to_string()
    })
}

fn value<T: Serialize + ?Sized>(value: &T) -> Result<Value, &'static str> {
    serde_json::to_value(value).map_err(|_| MALFORMED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(request: Value) -> Value {
        serde_json::from_slice(&call(request.to_string().as_bytes())).unwrap()
    }

    #[test]
    fn codes_are_understood_however_they_come() {
        let id = TerminalId::from_serial(&"FT".parse().unwrap(), 1234);
        let digits = id.digits().unwrap();
        let parse = |text: &str| ask(json!({ "fn": "parse_code", "args": { "text": text } }));
        for text in [
            id.to_string(),
            format!("https://example.cn/t/{id}"),
            format!(" https://x/t/{id}?k=1#a "),
            id.as_str().to_lowercase(),
        ] {
            assert_eq!(parse(&text)["ok"]["terminal"], id.as_str(), "{text}");
        }
        assert_eq!(parse(digits)["ok"]["terminal"], digits);
        for text in [
            "",
            "hello",
            "https://example.cn/",
            "012345",
            "SZ-FT-012345",
            "../t/..",
            "https://evil/t/%2e",
        ] {
            assert_eq!(parse(text)["refusal"]["code"], "unknown_terminal", "{text}");
        }
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

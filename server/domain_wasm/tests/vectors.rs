//! Every golden case of `tests/vectors/` through the door, as the phone asks. The same cases run
//! in the real WebAssembly in `pwa/src/domain/vectors.test.ts`.

use domain::canonical::digest_of;
use domain_wasm::door::call;
use serde_json::{Value, json};

/// What is wrong with a value itself. Faults of spelling are lost on the way to the door.
const VALUE_CODES: [&str; 3] = ["not_an_integer", "number_out_of_range", "too_deep"];

fn read(file: &str) -> Value {
    let path = format!("{}/../../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).expect(file)).expect(file)
}

fn cases(of: &Value) -> &[Value] {
    of.as_array().map(Vec::as_slice).expect("a list of cases")
}

fn ask_text(request: &str) -> Value {
    serde_json::from_slice(&call(request.as_bytes())).expect("an answer in JSON")
}

fn ask(function: &str, arguments: Value) -> Value {
    ask_text(&json!({ "fn": function, "args": arguments }).to_string())
}

fn ok(function: &str, arguments: Value) -> Value {
    let mut answer = ask(function, arguments);
    assert!(answer.get("ok").is_some(), "{function}: {answer}");
    answer["ok"].take()
}

fn code(answer: &Value) -> &str {
    answer["refusal"]["code"].as_str().unwrap_or("none")
}

#[test]
fn folding_and_judging_a_work_order_gives_the_stored_judgement() {
    let vectors = read("judgements.json");
    for case in cases(&vectors["cases"]) {
        let name = &case["name"];
        let work_order = ok(
            "apply",
            json!({ "work_order": case["born"], "recorded": case["recorded"] }),
        );
        assert_eq!(work_order, case["work_order"], "{name}");
        let again = ok(
            "apply",
            json!({ "work_order": work_order, "recorded": case["recorded"] }),
        );
        assert_eq!(again, case["work_order"], "{name}, folded twice");
        let item = json!({ "work_order": again, "terminal": case["terminal"], "site": vectors["site"], "external": case["external"] });
        let judged = ok(
            "judge",
            json!({ "items": [item], "policy": vectors["policy"], "now": case["now"] }),
        );
        assert_eq!(judged[0], case["judgement"], "{name}");
        assert_eq!(
            ok("digest_of", json!({ "value": vectors["policy"] })),
            case["born"]["policy"],
            "{name}"
        );
    }
}

/// By its kind: what comes through a link the server signs, whatever its kind.
fn is_said_by_the_server(recorded: &Value) -> bool {
    let event = &recorded["event"];
    let kind = event["t"].as_str().unwrap();
    ["assigned", "link_made", "closed_unevaluated"].contains(&kind)
        || event["body"]["link"].is_string()
}

#[test]
fn a_signed_summary_is_derived_again_with_the_same_hash() {
    let vectors = read("judgements.json");
    let mut signed = 0;
    for case in cases(&vectors["cases"]) {
        // The phone saw exactly the facts before its evaluation.
        let recorded = cases(&case["recorded"]);
        for (place, evaluated) in recorded
            .iter()
            .enumerate()
            .filter(|(_, one)| one["event"]["t"] == "evaluated" && !is_said_by_the_server(one))
        {
            let before = ok(
                "apply",
                json!({ "work_order": case["born"], "recorded": &recorded[..place] }),
            );
            let body = &evaluated["event"]["body"];
            let arguments = json!({
                "work_order": before, "dev": evaluated["event"]["dev"], "site_name": body["summary"]["site_name"],
            });
            assert_eq!(
                ok("summary", arguments),
                json!({ "summary": body["summary"], "shown": body["shown"] })
            );
            signed += 1;
        }
    }
    assert!(signed >= 4, "{signed}");
}

#[test]
fn every_phones_event_of_a_golden_work_order_passes_the_check_before_it() {
    let vectors = read("judgements.json");
    for case in cases(&vectors["cases"]) {
        let mut work_order = case["born"].clone();
        for recorded in cases(&case["recorded"]) {
            let event = &recorded["event"];
            let verdict = ask(
                "check",
                json!({
                    "event": event, "work_order": work_order, "person": event["by"], "person_phone": "13800000012",
                    "provider": case["terminal"]["provider"], "managers": ["P-0031"], "is_terminal_known": true,
                    "sidecars": recorded["sidecars"],
                }),
            );
            if is_said_by_the_server(recorded) {
                assert_eq!(code(&verdict), "desk_only", "{}", case["name"]);
            } else {
                assert_eq!(
                    verdict,
                    json!({ "ok": null }),
                    "{}: {}",
                    case["name"],
                    event["t"]
                );
            }
            work_order = ok(
                "apply",
                json!({ "work_order": work_order, "recorded": [recorded] }),
            );
        }
    }
}

#[test]
fn a_check_in_has_the_stored_presence() {
    let vectors = read("presence.json");
    for case in cases(&vectors["cases"]) {
        let item = json!({ "work_order": case["work_order"], "terminal": case["terminal"], "site": vectors["site"] });
        let judged = ok(
            "judge",
            json!({ "items": [item], "policy": vectors["policy"], "now": 1_795_485_600_000_i64 }),
        );
        assert_eq!(
            judged[0]["presence"][0], case["presence"],
            "{}",
            case["name"]
        );
    }
}

#[test]
fn a_chain_has_the_stored_bounds() {
    for case in cases(&read("interval.json")["cases"]) {
        let given = &case["args"];
        let arguments = json!({ "links": given["links"], "seen": given["receipts"], "tolerance": given["policy"] });
        assert_eq!(ok("bounds", arguments), case["ok"], "{}", case["name"]);
    }
}

#[test]
fn a_value_has_the_stored_spelling_and_its_digest() {
    const SALT: &str = "000102030405060708090a0b0c0d0e0f";
    for case in cases(&read("canonical.json")["accept"]) {
        let (name, text) = (&case["name"], case["canonical"].as_str().expect("text"));
        let value: Value =
            serde_json::from_str(case["json"].as_str().expect("text")).expect("JSON");
        let digest = ok("digest_of", json!({ "value": value }));
        assert_eq!(
            digest,
            json!(digest_of(&value).expect("canonical")),
            "{name}"
        );
        let sealed = ask("prepare_sidecar", json!({ "salt": SALT, "value": value }));
        if sealed.get("ok").is_some() {
            assert_eq!(
                sealed["ok"]["text"],
                format!("{{\"salt\":\"{SALT}\",\"value\":{text}}}"),
                "{name}"
            );
        } else {
            assert_eq!(
                (code(&sealed), name.as_str()),
                ("too_deep", Some("deepest nesting")),
                "one level more"
            );
        }
    }
}

#[test]
fn a_value_without_a_canonical_form_is_refused() {
    let vectors = read("canonical.json");
    let is_of_value =
        |case: &&Value| VALUE_CODES.contains(&case["code"].as_str().unwrap_or_default());
    let refuse: Vec<&Value> = cases(&vectors["refuse"])
        .iter()
        .filter(is_of_value)
        .collect();
    assert!(refuse.len() >= 10);
    for case in refuse {
        let text = case["text"].as_str().expect("text");
        let answer = ask_text(&format!(
            "{{\"fn\":\"digest_of\",\"args\":{{\"value\":{text}}}}}"
        ));
        // A reader of JSON may see a fraction in a number it cannot hold, or give up on the depth.
        assert!(
            VALUE_CODES.contains(&code(&answer)) || code(&answer) == "malformed_request",
            "{}: {answer}",
            case["name"]
        );
    }
}

#[test]
fn envelopes_are_opened_or_refused_by_their_code() {
    let vectors = read("envelopes.json");
    let (server, phone) = (&vectors["server"]["spki"], &vectors["phone"]["spki"]);
    for case in cases(&vectors["accept"]) {
        let opened = ok(
            "verify_event",
            json!({ "envelope": case["envelope"], "spki": phone }),
        );
        assert_eq!(opened["id"], case["id"], "{}", case["name"]);
        let prepared = ok("prepare_event", json!({ "event": opened["event"] }));
        assert_eq!(
            (&prepared["id"], &prepared["payload"]),
            (&case["id"], &case["payload"]),
            "{}",
            case["name"]
        );
    }
    for case in cases(&vectors["refuse"]) {
        let key = if case["key"] == "server" {
            server
        } else {
            phone
        };
        let answer = ask(
            "verify_event",
            json!({ "envelope": case["envelope"], "spki": key }),
        );
        assert!(
            [&case["code"], &json!("malformed_request")].contains(&&json!(code(&answer))),
            "{}: {answer}",
            case["name"]
        );
    }
    for (function, good, bad) in [
        (
            "verify_receipt",
            &vectors["receipt"],
            &vectors["refuse_receipt"],
        ),
        ("verify_receipt", &vectors["receipt_sm2"], &json!([])),
        (
            "verify_key_record",
            &vectors["key_record"],
            &vectors["refuse_key_record"],
        ),
    ] {
        assert_eq!(
            ok(function, json!({ "envelope": good, "server_key": server }))["dev"],
            vectors["phone"]["dev"]
        );
        for case in cases(bad) {
            let answer = ask(
                function,
                json!({ "envelope": case["envelope"], "server_key": server }),
            );
            assert_eq!(json!(code(&answer)), case["code"], "{}", case["name"]);
        }
    }
    for case in cases(&vectors["sidecar"]) {
        let Value::Object(sidecar) = &case["sidecar"] else {
            panic!("{case}")
        };
        let sealed = ok(
            "prepare_sidecar",
            json!({ "salt": sidecar["salt"], "value": sidecar["value"] }),
        );
        assert_eq!(sealed["c"], case["c"]);
    }
}

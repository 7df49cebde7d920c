//! The golden cases of `tests/vectors/`: whole work orders with their judgement, check-ins with
//! their presence. They are written from the stories here (`DAOCHANG_WRITE_VECTORS=1 cargo test -p
//! domain golden`) and then only compared: here, behind the door of `domain_wasm`, and in
//! WebAssembly by `pwa/src/domain/vectors.test.ts`. What each case must come to is said by hand.

mod judgements;
mod presences;

use serde_json::{Value, json};

use crate::canonical::to_canonical;
use crate::sla::policy::Policy;
use crate::work_order::testing::*;

/// Compares a file with what the stories make of it now, or writes it if asked to.
fn compare(file: &str, about: &str, cases: &[Value]) {
    let path = format!("{}/../../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("DAOCHANG_WRITE_VECTORS").is_some() {
        std::fs::write(&path, text(about, cases)).unwrap();
    }
    let stored: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(
        stored["cases"].as_array().unwrap().len(),
        cases.len(),
        "{file}"
    );
    for (stored, made) in stored["cases"].as_array().unwrap().iter().zip(cases) {
        assert_eq!(stored, made, "{}", made["name"]);
    }
    assert_eq!(stored["policy"], json!(Policy::v2024_10()), "{file}");
}

/// One case a line, each in its canonical form: small, and stable under version control.
fn text(about: &str, cases: &[Value]) -> String {
    let line = |value: &Value| to_canonical(value).unwrap();
    let cases: Vec<String> = cases.iter().map(line).collect();
    format!(
        "{{\n\"about\":{},\n\"site\":{},\n\"policy\":{},\n\"cases\":[\n{}\n]}}\n",
        line(&json!(about)),
        line(&json!(site())),
        line(&json!(Policy::v2024_10())),
        cases.join(",\n"),
    )
}

/// The events after the birth, as the phone hands them to the fold.
fn recorded(story: &Story) -> Vec<Value> {
    let one = |recorded: &crate::work_order::Recorded| {
        json!({
            "event": recorded.event,
            "id": recorded.id,
            "bounds": (recorded.bounds != unknown()).then_some(recorded.bounds),
            "sidecars": recorded.sidecars,
        })
    };
    story.told.iter().map(one).collect()
}

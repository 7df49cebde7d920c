//! `GET /standard`: what each clause of the standard became, for everybody.

use std::collections::BTreeSet;
use std::path::Path;

use api::standard::{Screen, State, entries};
use poem::http::Method;
use serde_json::json;

use crate::support::links::{link, unevaluated};
use crate::support::{self, Answer, Ask, HOTLINE, Hand, TECH, TestApp};

async fn open(test: &TestApp, address: &str) -> Answer {
    Ask::new(test, Method::GET, address.to_owned()).send().await
}

/// As the page writes a text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('\'', "&#39;")
}

/// The paths that this TypeScript lists as routes.
fn routes_in(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let paths = text.split("path: '").skip(1);
    paths
        .filter_map(|rest| rest.split_once('\''))
        .map(|(path, _)| path.to_owned())
        .collect()
}

/// Addresses of the built front end: the console's below `/console`, and those of the phone app.
fn screens_of_the_apps() -> BTreeSet<String> {
    let pwa = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pwa/src");
    let console = routes_in(&pwa.join("console/router.ts"));
    let mut all: BTreeSet<String> = console
        .into_iter()
        .map(|path| format!("/console{}", path.trim_end_matches('/')))
        .collect();
    for feature in std::fs::read_dir(pwa.join("features")).unwrap() {
        let file = feature.unwrap().path().join("routes.ts");
        if file.is_file() {
            all.extend(routes_in(&file));
        }
    }
    assert!(all.contains("/console") && all.contains("/sync") && all.len() > 15);
    all
}

#[tokio::test]
async fn every_clause_stands_on_the_page_in_both_languages() {
    let test = TestApp::start().await;
    for (lang, heading) in [("zh-CN", "逐条对照"), ("en", "Clause by clause")] {
        let answer = open(&test, &format!("/standard?lang={lang}")).await;
        assert_eq!(answer.status, 200);
        let page = answer.as_text();
        assert!(page.contains(heading) && page.contains(&format!("<html lang=\"{lang}\">")));
        assert!(!page.contains("<script") && !page.contains(" style="));
        assert!(page.len() < 50 * 1024, "{lang}: {} bytes", page.len());
        for entry in entries() {
            let anchor = entry.anchor();
            let id = format!("id=\"{anchor}\"");
            assert_eq!(page.matches(&id).count(), 1, "{anchor}");
            assert!(page.contains(&format!("href=\"#{anchor}\"")), "{anchor}");
            let mut said = vec![entry.demand, entry.answer];
            if let State::InPart(missing) = entry.state {
                said.push(missing);
            }
            for words in said {
                let text = if lang == "en" { words.en } else { words.zh };
                assert!(page.contains(&escaped(text)), "{anchor}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn other_pages_lead_to_it() {
    let test = TestApp::start().await;
    for address in ["/log", &format!("/t/{}", support::terminal())] {
        let page = open(&test, address).await.as_text();
        assert!(page.contains("href=\"/standard?lang=zh-CN\""), "{address}");
    }
}

#[tokio::test]
async fn every_screen_it_names_answers() {
    let test = TestApp::start().await;
    let mut hand = Hand::ready(&test, TECH, 1).await;
    let id = unevaluated(&test, &mut hand).await;
    let link = link(&test, &id, TECH).await;
    let report = json!({ "terminal": support::terminal(), "fault": "HW-1", "text": "" });
    let filed = test.post("/reports").by(HOTLINE).json(&report).ok().await;
    let code = filed["slip"]["code"].as_str().unwrap();
    let apps = screens_of_the_apps();
    let screens: Vec<&Screen> = entries().flat_map(|entry| entry.screens).collect();
    assert!(screens.len() > 20);
    for screen in screens {
        let opens = screen.opens.unwrap_or(screen.route);
        for address in [screen.route, opens] {
            if apps.contains(address) {
                continue;
            }
            let address = address.replace(":terminal", support::terminal().as_str());
            let address = address.replace("/e/:work_order/:secret", &link);
            let address = address.replace(":code", code);
            let answer = open(&test, &address).await;
            assert_eq!(answer.status, 200, "{address}");
        }
        assert!(!opens.contains(':') || screen.opens.is_none(), "{opens}");
    }
}

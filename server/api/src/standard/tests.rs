//! The table held against the standard's own structure and against the repository.

use std::path::{Path, PathBuf};

use super::*;

/// Every clause that demands or settles something, in the order of the standard's text (2024-09-23).
const CLAUSES: &str = "1, 2, 3, 4, 5 ¶1, 5 ¶2, \
    6 a, 6 b, 6 c, 6 d, 7.1, 7.2, 8, \
    9.1, 9.2 a, 9.2 b, 9.3 a, 9.3 b, 9.3 c, 9.4, 9.5, \
    10.1.1 a, 10.1.1 b, 10.1.1 c, 10.1.2 a, 10.1.2 b, 10.1.2 c, 10.1.3, \
    10.2.1 a, 10.2.1 b, 10.2.2 a, 10.2.2 b, 10.2.3 a, 10.2.3 b, 10.2.4 a, 10.2.4 b, 10.2.4 c, \
    11.1 a, 11.1 b, 11.1 c, 11.1 d, 11.1 e, 11.1 f, \
    11.2.1.1, 11.2.1.2 a, 11.2.1.2 b, 11.2.2 a, 11.2.2 b, 11.2.2 c, 11.2.2 d, 11.2.3 a, 11.2.3 b, 11.2.3 c";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Whether this file of tests has a test of this name.
fn has_test(file: &str, name: &str) -> bool {
    let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
    let written = if file.ends_with(".mjs") {
        format!("test('{name}',")
    } else {
        format!("fn {name}(")
    };
    text.contains(&written)
}

#[test]
fn every_clause_of_the_standard_has_one_entry() {
    let clauses: Vec<&str> = CLAUSES.split(", ").collect();
    let numbers: Vec<&str> = entries().map(|entry| entry.number).collect();
    assert_eq!(numbers, clauses);
}

#[test]
fn every_heading_of_the_standard_stands_above_an_entry() {
    for heading in headings::HEADINGS {
        let below = |entry: &Entry| {
            entry.heading().number == heading.number
                || entry.number.starts_with(&format!("{}.", heading.number))
        };
        assert!(entries().any(below), "{}", heading.number);
    }
    for (number, heading) in [
        ("9.2 a", "9.2"),
        ("1", "1"),
        ("5 ¶2", "5"),
        ("10.1.3", "10.1.3"),
    ] {
        assert_eq!(headings::above(number).unwrap().number, heading);
    }
    assert!(headings::above("12").is_none() && headings::above("").is_none());
}

#[test]
fn everything_is_said_in_both_languages() {
    let is_chinese = |text: &str| text.chars().any(|sign| ('一'..='鿿').contains(&sign));
    let is_english = |text: &str| {
        text.split(|sign: char| !sign.is_ascii_alphabetic())
            .any(|word| word.len() > 1)
    };
    for entry in entries() {
        let mut said = vec![entry.demand, entry.answer, entry.heading().title];
        if let State::InPart(missing) = entry.state {
            said.push(missing);
        }
        said.extend(
            entry
                .screens
                .iter()
                .map(|screen| words(screen.zh, screen.en)),
        );
        for Words { zh, en } in said {
            assert!(is_chinese(zh), "{}: {zh}", entry.number);
            assert!(is_english(en), "{}: {en}", entry.number);
        }
    }
}

#[test]
fn what_an_entry_names_is_there() {
    for entry in entries() {
        for path in entry.code {
            assert!(root().join(path).exists(), "{}: no {path}", entry.number);
        }
        for test in entry.tests {
            let (file, name) = test.split_once("::").expect("file::name");
            assert!(has_test(file, name), "{}: no test {test}", entry.number);
        }
    }
    assert!(!has_test("server/domain/src/fault.rs", "no_such_test"));
}

#[test]
fn what_works_names_its_code_and_a_test() {
    for entry in entries() {
        let is_shown = !entry.code.is_empty() && !entry.tests.is_empty();
        match entry.state {
            State::Works | State::InPart(_) => assert!(is_shown, "{}", entry.number),
            State::NotYet => assert!(!is_shown, "{}: not yet, but tested", entry.number),
        }
    }
}

#[test]
fn every_clause_is_counted_once() {
    let total: usize = counts().iter().map(|(_, count)| count).sum();
    assert_eq!(total, entries().count());
}

#[test]
fn the_document_is_what_the_code_prints() {
    let written = std::fs::read_to_string(root().join("docs/standard.md")).unwrap();
    assert!(written == markdown::printed(), "run scripts/generate");
}

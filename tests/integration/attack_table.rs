//! `docs/attacks.md` against the tests it names: every row of the table is there, and every test it names exists.

use std::fs;
use std::path::{Path, PathBuf};

/// How many attacks evidence §3 counts; the table may have more.
const ROWS: usize = 31;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Number and last column of each row.
fn rows(table: &str) -> Vec<(usize, Vec<String>)> {
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim().trim_matches('|');
        line.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let row = |line: &str| {
        let cells = cells(line);
        // Row 14a is a case of attack 14.
        let number = cells.first()?.trim_end_matches(char::is_alphabetic);
        let number = number.parse().ok()?;
        let named = cells.last()?.split('`').skip(1).step_by(2);
        Some((number, named.map(str::to_owned).collect()))
    };
    table.lines().filter_map(row).collect()
}

/// What the short names at the beginning of the table stand for.
fn place(short: &str) -> PathBuf {
    let (first, rest) = short.split_once('/').unwrap_or((short, ""));
    let base = match first {
        "verify" => "server/verify/src/tests",
        "domain" => "server/domain/src",
        "flows" => "tests/integration/flows",
        "routes" => "tests/integration/routes",
        "server" => "server",
        other => panic!("{other} is no place of tests"),
    };
    root().join(base).join(rest.trim_end_matches('…'))
}

/// The Rust files that this place means: a module with the files below it, or a folder.
fn files(place: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let file = place.with_extension("rs");
    if file.is_file() {
        files.push(file);
    }
    for entry in fs::read_dir(place).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files
}

/// The names of the tests in a file.
fn tests(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let mut names = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        is_test |= line.starts_with("#[test]")
            || line.starts_with("#[tokio::test")
            || line.starts_with("#[rstest]");
        let function = line
            .strip_prefix("async ")
            .unwrap_or(line)
            .strip_prefix("fn ");
        if let Some(function) = function.filter(|_| is_test) {
            let end = function.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            names.push(function[..end.unwrap_or(function.len())].to_owned());
            is_test = false;
        }
    }
    names
}

/// Tests that this name means: a place alone means that it has any.
fn found(name: &str, last_place: &mut String) -> Vec<String> {
    let (place, test) = name.split_once("::").unwrap_or((name, ""));
    if !place.is_empty() {
        last_place.clear();
        last_place.push_str(place);
    }
    let names = files(&self::place(last_place))
        .iter()
        .flat_map(|file| tests(file))
        .collect::<Vec<_>>();
    match test.strip_suffix('…') {
        Some(start) => names
            .into_iter()
            .filter(|name| name.starts_with(start))
            .collect(),
        None => names
            .into_iter()
            .filter(|name| test.is_empty() || name == test)
            .collect(),
    }
}

#[test]
fn every_attack_is_held_by_a_test_that_exists() {
    let table = fs::read_to_string(root().join("docs/attacks.md")).unwrap();
    let rows = rows(&table);
    let mut numbers: Vec<usize> = rows.iter().map(|(number, _)| *number).collect();
    numbers.dedup();
    let all: Vec<usize> = (1..=numbers.len()).collect();
    assert_eq!(numbers, all, "each attack has its row");
    assert!(numbers.len() >= ROWS);
    for (number, named) in rows {
        assert!(!named.is_empty(), "row {number} names no test");
        let mut last_place = String::new();
        for name in named {
            assert!(
                !found(&name, &mut last_place).is_empty(),
                "row {number}: no test is called {name}"
            );
        }
    }
}

#[test]
fn a_test_that_does_not_exist_is_noticed() {
    let place = &mut String::new();
    assert_eq!(found("verify/attacks::row_01_…", place).len(), 1);
    assert!(found("verify/attacks::row_99_…", place).is_empty());
    assert!(
        found("::row_1", place).is_empty(),
        "a name without … is the whole name"
    );
    assert!(found("flows/nothing", place).is_empty());
}

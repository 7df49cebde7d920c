//! The program as people and scripts call it, on the checked-in bundle.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rstest::rstest;

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/vectors/bundle")
        .join(name)
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_daochang-verify"))
        .args(arguments)
        .env_clear()
        .output()
        .expect("the program starts")
}

fn path(name: &str) -> String {
    vector(name).to_string_lossy().into_owned()
}

#[rstest]
#[case::proved(&["evidence.zip", "--trust", "trust.json"], 0)]
#[case::not_witnessed(&["evidence.zip", "--trust", "trust-without-witnesses.json"], 2)]
#[case::tampered(&["tampered.zip", "--trust", "trust.json"], 1)]
#[case::without_trust(&["evidence.zip"], 2)]
#[case::no_bundle(&["trust.json"], 3)]
#[case::absent(&["nowhere.zip"], 3)]
#[case::bad_trust(&["evidence.zip", "--trust", "evidence.zip"], 3)]
fn scripts_can_rely_on_the_exit_code(#[case] arguments: &[&str], #[case] code: i32) {
    let arguments: Vec<String> = arguments
        .iter()
        .map(|argument| {
            if argument.starts_with("--") {
                (*argument).to_owned()
            } else {
                path(argument)
            }
        })
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    let told = [output.stdout, output.stderr].concat();
    assert!(
        String::from_utf8(told)
            .unwrap()
            .contains(|letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter))
    );
}

#[test]
fn a_wrong_call_is_bad_input_and_help_is_none() {
    assert_eq!(run(&[]).status.code(), Some(3));
    assert_eq!(run(&["--frobnicate"]).status.code(), Some(3));
    assert_eq!(run(&["--help"]).status.code(), Some(0));
}

#[test]
fn machines_read_the_same_report() {
    let output = run(&[
        &path("tampered.zip"),
        "--trust",
        &path("trust.json"),
        "--json",
    ]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["exit"], 1);
    assert_eq!(report["findings"][0]["code"], "file_damaged");
    assert!(
        report["findings"][0]["file"]
            .as_str()
            .unwrap()
            .starts_with("photos/")
    );
}

/// Makes the folder it is called in one that nobody can write to, proves that, and goes on with the rest.
const READ_ONLY: &str = "mount --bind . . && mount -o remount,bind,ro . && cd \"$PWD\" && \
    ! touch written 2>/dev/null && exec \"$@\"";

/// Neither the clock nor a network nor a place to write makes any difference. `scripts/setup` installs what
/// shows it; where a machine still cannot (containers often forbid `unshare`), nothing is shown, and
/// `scripts/purity` shows it in the source.
#[rstest]
#[case::in_1990(&["faketime", "1990-01-01 00:00:00"])]
#[case::in_2090(&["faketime", "2090-01-01 00:00:00"])]
#[case::without_network(&["unshare", "--map-root-user", "--net"])]
#[case::in_a_read_only_folder(&["unshare", "--map-root-user", "--mount", "sh", "-c", READ_ONLY, "sh"])]
fn the_surroundings_make_no_difference(#[case] around: &[&str]) {
    let mut own = around.concat();
    own.retain(|letter| letter.is_ascii_alphanumeric());
    own.truncate(60);
    let folder = std::env::temp_dir().join(format!("daochang-verify-{own}"));
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["evidence.zip", "trust.json"] {
        std::fs::copy(vector(name), folder.join(name)).unwrap();
    }
    let (bundle, trust) = ("evidence.zip", "trust.json");
    let program = env!("CARGO_BIN_EXE_daochang-verify");
    let mut command = Command::new(around[0]);
    command.args(&around[1..]);
    let can = command
        .arg("true")
        .current_dir(&folder)
        .output()
        .is_ok_and(|output| output.status.success());
    if !can {
        return;
    }
    let plain = run(&[&path(bundle), "--trust", &path(trust)]);
    let output = Command::new(around[0])
        .args(&around[1..])
        .args([program, bundle, "--trust", trust])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout == plain.stdout);
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 2, "nothing was written");
}

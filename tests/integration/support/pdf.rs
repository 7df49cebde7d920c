//! What a document says, as people read it.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Its text without spaces, by poppler's `pdftotext`, which `scripts/setup` installs.
pub fn text_of(pdf: &[u8]) -> String {
    let mut run = Command::new("pdftotext")
        .args(["-raw", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pdftotext is here: scripts/setup");
    run.stdin.take().unwrap().write_all(pdf).unwrap();
    let text = run.wait_with_output().unwrap().stdout;
    let text = String::from_utf8(text).unwrap();
    text.split_whitespace().collect()
}

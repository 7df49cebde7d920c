//! The files as other programs see them.

use std::process::Command;

use crate::support::Case;

fn qpdf(pdf: &[u8], name: &str) {
    let path = std::env::temp_dir().join(format!("daochang-{}-{name}.pdf", std::process::id()));
    std::fs::write(&path, pdf).unwrap();
    let run = Command::new("qpdf").arg("--check").arg(&path).output();
    std::fs::remove_file(&path).unwrap();
    if let Ok(run) = run {
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{said}");
    }
}

#[test]
fn qpdf_finds_nothing_wrong() {
    let case = Case::typical();
    qpdf(&case.report(), "report");
    qpdf(&case.sheet(), "sheet");
}

#[test]
fn the_file_calls_itself_pdf_a_2_and_brings_its_font() {
    let case = Case::typical();
    for pdf in [case.report(), case.sheet()] {
        let has = |text: &str| pdf.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(has("%PDF-1.7"));
        assert!(has("<pdfaid:part>2</pdfaid:part>"), "no PDF/A mark");
        assert!(has("<pdfaid:conformance>U</pdfaid:conformance>"));
        assert!(has("/FontFile2"), "no embedded font");
        assert!(has("/GTS_PDFA1"), "no output intent");
        assert!(!has("/JavaScript") && !has("/EmbeddedFile") && !has("/URI"));
    }
}

/// Writes the files to look at: `DAOCHANG_WRITE_REPORTS=folder cargo test -p report look`.
#[test]
fn look() {
    let Some(folder) = std::env::var_os("DAOCHANG_WRITE_REPORTS") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    for (name, case) in [
        ("typical", Case::typical()),
        ("nobody", Case::golden("nobody came")),
        ("no-position", Case::golden("in time without any position")),
        ("elsewhere", Case::golden("at another terminal, and late")),
        (
            "twice",
            Case::golden("another terminal first, then the right one"),
        ),
        ("remote", Case::golden("remote, a program, in eight hours")),
        ("offline", Case::golden("offline, the page kept open")),
    ] {
        let started = std::time::Instant::now();
        let report = case.report();
        let took = started.elapsed();
        let sheet = case.sheet();
        println!(
            "{name}: report {} bytes in {took:?}, sheet {} bytes",
            report.len(),
            sheet.len()
        );
        std::fs::write(folder.join(format!("{name}.pdf")), report).unwrap();
        std::fs::write(folder.join(format!("{name}-sheet.pdf")), sheet).unwrap();
    }
}
